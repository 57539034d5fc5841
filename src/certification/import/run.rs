//! Brings rows into the ledger, in one transaction.

use super::ImportError;
use super::file::Row;
use super::header::ImportColumn;
use super::report::{Line, Outcome, Remark, Report, Standing};
use super::row::{self, Refused, Statement};
use crate::audit::{Action, Event};
use crate::certification::ledger::Certification;
use crate::certification::model::{Claim, Issuer, State, term_end};
use crate::certification::{By, Clerk, Entered, LedgerError, Note, rehearse};
use crate::db::{Conn, Day, refresh_statistics};
use crate::products::ProductId;
use crate::reference::Reference;
use crate::say;
use crate::say::Say;
use crate::vietnamese::name_key;
use crate::world::World;
use diesel::Connection;
use std::collections::{BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

/// What an import may do.
#[derive(Debug, Clone)]
pub struct Scope {
    /// Rows outside the office are rejected.
    pub by: By,
    /// Check everything and write nothing.
    pub dry_run: bool,
}

/// Enters the rows and tells what came of each. `progress` hears of every row done.
pub fn run(
    conn: &mut Conn,
    world: &World,
    reference: &Reference,
    rows: &[Row],
    scope: &Scope,
    mut progress: impl FnMut(usize),
) -> Result<Report, ImportError> {
    let mut enter_all = |conn: &mut Conn| {
        let entered = Clerk::at_work(conn, world, reference, &scope.by, |clerk, conn| {
            let today = world.today();
            let mut import = Import {
                clerk,
                today,
                reference,
                scope,
                said: HashMap::new(),
                lines: HashMap::new(),
                provinces: BTreeSet::new(),
            };
            let mut lines = Vec::with_capacity(rows.len());
            for (row, done) in rows.iter().zip(1..) {
                lines.push(import.enter(conn, row)?);
                progress(done);
            }
            let event = remembered(&lines, &import.provinces);
            clerk.events.push(event);
            Ok::<_, ImportError>(lines)
        });
        entered.map(|(lines, catalogue_seq)| Report { lines, catalogue_seq })
    };
    match scope.dry_run {
        true => rehearse(conn, enter_all),
        false => conn.transaction(|conn| {
            let report = enter_all(conn)?;
            if rows.len() >= BULK {
                refresh_statistics(conn)?;
            }
            Ok(report)
        }),
    }
}

/// Rows from which on the engine's plans for the tables before the import no longer fit.
const BULK: usize = 1_000;

struct Import<'a, 'c> {
    clerk: &'c mut Clerk<'a>,
    today: Day,
    reference: &'a Reference,
    scope: &'a Scope,
    /// What rows were about, with their lines and what they said about it: see [`digest`].
    said: HashMap<u64, (usize, u64)>,
    /// The first line of each product.
    lines: HashMap<ProductId, usize>,
    /// Where something was entered.
    provinces: BTreeSet<String>,
}

/// What the audit log remembers of an import: one entry for all of its rows.
fn remembered(lines: &[Line], provinces: &BTreeSet<String>) -> Event {
    let count = |outcome: Outcome| lines.iter().filter(|line| line.outcome == outcome).count();
    let only = provinces.iter().next().filter(|_| provinces.len() == 1);
    let event = Event::of_installation(Action::CertificationsImported)
        .within(only.map(String::as_str))
        .with("rows", lines.len());
    let event =
        Outcome::ALL.iter().fold(event, |event, outcome| event.with(outcome.as_str(), count(*outcome)));
    event.with("provinces", provinces)
}

/// What a row is about, and what it says about it, as two hashes: a list may have very many rows, and two of one subject
/// must not say different things.
fn digest(statement: &Statement) -> (u64, u64) {
    fn hash(value: impl Hash) -> u64 {
        let mut hasher = DefaultHasher::new();
        value.hash(&mut hasher);
        hasher.finish()
    }
    let subject = statement.subject();
    let producer = subject.producer_name.as_ref().map(|name| name_key(name.as_str()));
    // Without a name, the form tells two makers apart.
    let form = subject.entity_type.filter(|_| producer.is_none());
    let about = hash((name_key(subject.product_name.as_str()), producer, form, &subject.place));
    match statement {
        Statement::Recognition(r) => (
            hash((about, r.decision.issuer.key(), &r.decision.number, r.decision.decided_on)),
            hash((
                r.stars,
                r.score,
                &r.group_code,
                r.set_no,
                r.valid_until,
                r.criteria_version,
                &subject.gtin,
            )),
        ),
        Statement::Claim(Claim { said, .. }) => (
            hash((about, &said.number, said.decided_on, &said.source_url)),
            hash((
                said.stars,
                said.score,
                &said.group_code,
                said.issuer.as_ref().map(Issuer::key),
                &subject.gtin,
            )),
        ),
    }
}

impl Import<'_, '_> {
    /// Enters one row. Only the database can fail it; whatever is wrong with the row is in its report.
    fn enter(&mut self, conn: &mut Conn, row: &Row) -> Result<Line, ImportError> {
        let read = match row::read(row, self.reference, self.today, self.scope.by.province.as_deref()) {
            Ok(read) => read,
            Err(Refused { is_question: true, remarks }) => return Ok(line(row, Outcome::Question, remarks)),
            Err(Refused { remarks, .. }) => return Ok(line(row, Outcome::Rejected, remarks)),
        };
        let (about, said) = digest(&read.statement);
        let mut notes = read.notes;
        match self.said.get(&about) {
            Some((earlier, before)) if *before != said => {
                return Ok(line(row, Outcome::Rejected, vec![contradiction(*earlier)]));
            }
            Some((earlier, _)) => notes.push(repetition(*earlier)),
            None => {}
        }
        let entered = match &read.statement {
            Statement::Recognition(recognition) => {
                self.clerk.enter(conn, recognition).map(|entered| entered.map(Some))
            }
            Statement::Claim(claim) => self.clerk.claim(conn, claim),
        };
        let entered = match entered {
            Ok(entered) => entered,
            Err(error) => return refused(row, error),
        };
        self.said.entry(about).or_insert((row.line, said));
        self.lines.entry(entered.product).or_insert(row.line);
        self.provinces.extend(read.statement.subject().place.province.clone());
        Ok(self.taken(row, &read.statement, entered, notes))
    }

    fn taken(
        &self,
        row: &Row,
        statement: &Statement,
        entered: Entered<Option<Certification>>,
        mut notes: Vec<Remark>,
    ) -> Line {
        notes.extend(entered.notes.iter().map(|note| self.remark(note)));
        let certification = entered.certification.as_ref();
        let state = certification.map(|certification| certification.state_on(self.today));
        let in_force_until = certification.and_then(|certification| certification.ledger().shown_until());
        if let (Statement::Claim(_), Some(certification)) = (statement, certification) {
            notes.push(covered(certification));
        }
        match (statement, state) {
            (_, Some(State::Expired)) => notes.extend(in_force_until.map(ran_out)),
            (Statement::Claim(claim), None) => {
                notes.push(missing(row));
                let would_end = claim.said.decided_on.map(term_end).filter(|until| *until < self.today);
                notes.extend(would_end.map(would_have_run_out));
            }
            _ => {}
        }
        Line {
            standing: Some(state.map_or(Standing::Unverified, Standing::from)),
            in_force_until,
            product: Some(entered.product),
            certification: certification.map(|certification| certification.id),
            notes,
            ..line(row, entered.change.into(), Vec::new())
        }
    }

    /// A note of the ledger, with the line of the product it is about.
    fn remark(&self, note: &Note) -> Remark {
        let line = note.product.and_then(|product| self.lines.get(&product).copied());
        Remark { line, ..Remark::from(note.clone()) }
    }
}

/// What the ledger would not take.
fn refused(row: &Row, error: LedgerError) -> Result<Line, ImportError> {
    match error {
        LedgerError::Conflict(say) => {
            Ok(line(row, Outcome::Rejected, vec![Remark::new("ledger_conflict", say)]))
        }
        LedgerError::Question(asked) => {
            let value = row.get(ImportColumn::ProducerName);
            let remark = Remark::about(Some(ImportColumn::ProducerName), value, asked);
            Ok(line(row, Outcome::Question, vec![remark]))
        }
        LedgerError::Db(failure) => Err(ImportError::Db(failure)),
        // Only entries about a certification by its id can miss it; places outside were refused before.
        LedgerError::NotFound | LedgerError::OutsideProvince => Err(diesel::result::Error::NotFound.into()),
    }
}

fn line(row: &Row, outcome: Outcome, faults: Vec<Remark>) -> Line {
    let name = row.get(ImportColumn::ProductName).unwrap_or_default();
    Line {
        line: row.line,
        outcome,
        standing: None,
        in_force_until: None,
        product_name: name.chars().take(200).collect(),
        product: None,
        certification: None,
        notes: Vec::new(),
        faults,
    }
}

fn contradiction(earlier: usize) -> Remark {
    let say = say!(
        "Dòng {earlier} nói khác về cùng sản phẩm, cùng quyết định; dòng ấy được giữ.",
        "Line {earlier} says otherwise about the same product and decision; that line stands."
    );
    Remark { line: Some(earlier), ..Remark::new("contradicts_line", say) }
}

fn repetition(earlier: usize) -> Remark {
    let say = say!("Giống dòng {earlier}.", "The same as line {earlier}.");
    Remark { line: Some(earlier), ..Remark::new("same_as_line", say) }
}

fn ran_out(until: Day) -> Remark {
    let say = say!(
        "Giấy chứng nhận đã hết hạn sau ngày {until}: được lưu, không công khai.",
        "The certificate ran out after {until}: it is kept and not public."
    );
    Remark::new("ran_out", say)
}

fn would_have_run_out(until: Day) -> Remark {
    let say = say!(
        "Dù được xác minh, giấy chứng nhận cũng đã hết hạn sau ngày {until}.",
        "Even if it is verified, the certificate ran out after {until}."
    );
    Remark::new("would_have_run_out", say)
}

/// A claim that adds nothing to what the ledger knows.
fn covered(by: &Certification) -> Remark {
    let (number, on, issuer) = (&by.decision.number, by.decision.decided_on, by.decision.issuer.as_str());
    let say = say!(
        "Sổ chứng nhận đã có: quyết định {number:?} ngày {on} của {issuer}.",
        "The ledger has it already: decision {number:?} of {on} by {issuer}."
    );
    Remark::new("covered_by_certification", say)
}

/// What a claim lacks to be a certification.
fn missing(row: &Row) -> Remark {
    let lacking: Vec<ImportColumn> =
        [ImportColumn::Stars, ImportColumn::DecisionNo, ImportColumn::DecisionDate]
            .into_iter()
            .filter(|column| row.get(*column).is_none())
            .collect();
    let vi: Vec<String> = lacking.iter().map(|column| column.heading().to_lowercase()).collect();
    let en: Vec<&str> = lacking.iter().map(ImportColumn::as_str).collect();
    let (vi, en) = (vi.join(", "), en.join(", "));
    let say = Say {
        vi: format!("Chưa xác minh, không công khai: thiếu {vi}.").into(),
        en: format!("Unverified and not public: {en} missing.").into(),
    };
    Remark::new("unverified", say)
}
