//! Brings rows into the ledger, in one transaction.

use super::ImportError;
use super::file::{ImportColumn, Row};
use super::report::{Line, Outcome, Remark, Report, Standing};
use super::row::{self, Statement};
use crate::certification::ledger::Certification;
use crate::certification::model::{CertificationId, Issuer, term_end};
use crate::certification::{By, Change, Clerk, LedgerError, Note};
use crate::db::{Conn, Day, Failure, ledger_lock};
use crate::organisations::EntityType;
use crate::products::{Gtin, ProductId};
use crate::reference::{Place, Reference};
use crate::say;
use crate::say::{Invalid, Say};
use crate::vietnamese::name_key;
use crate::world::World;
use diesel::Connection;
use std::collections::HashMap;

/// What an import may do.
#[derive(Debug, Clone, Default)]
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
    let mut report = Report::default();
    let outcome = conn.transaction(|conn| {
        ledger_lock(conn)?;
        let mut import = Import {
            clerk: Clerk::new(world, reference, &scope.by),
            world,
            reference,
            scope,
            stated: HashMap::new(),
            lines: HashMap::new(),
        };
        report.lines.reserve(rows.len());
        for (index, row) in rows.iter().enumerate() {
            report.lines.push(import.enter(conn, row)?);
            progress(index + 1);
        }
        // The way out of a transaction that must leave nothing behind.
        match scope.dry_run {
            true => Err(ImportError::from(diesel::result::Error::RollbackTransaction)),
            false => Ok(()),
        }
    });
    match outcome {
        Err(ImportError::Db(Failure::Query(diesel::result::Error::RollbackTransaction))) if scope.dry_run => {
            Ok(report)
        }
        Err(error) => Err(error),
        Ok(()) => Ok(report),
    }
}

/// What a row is about; two rows of one key must not say different things.
#[derive(PartialEq, Eq, Hash)]
struct Key {
    product: String,
    producer: Option<String>,
    /// Without a name, the form tells two makers apart.
    entity_type: Option<EntityType>,
    place: Place,
    decision: [Option<String>; 3],
    /// Of a claim also where it was read.
    source: Option<String>,
}

/// What a row says about it.
#[derive(PartialEq)]
struct Said {
    stars: Option<i64>,
    score: Option<i64>,
    group_code: Option<String>,
    set_no: Option<i64>,
    rest: [Option<String>; 3],
    gtin: Option<Gtin>,
}

fn key_and_said(statement: &Statement) -> (Key, Said) {
    let subject = statement.subject();
    let producer = subject.producer_name.as_ref().map(|name| name_key(name.as_str()));
    let text = |text: &str| Some(text.to_owned());
    let (decision, source, stars, score, group_code, set_no, rest) = match statement {
        Statement::Recognition(r) => (
            [
                text(&r.decision.issuer.key()),
                text(r.decision.number.as_str()),
                text(r.decision.decided_on.as_str()),
            ],
            None,
            Some(r.stars),
            r.score,
            &r.group_code,
            r.set_no,
            [
                r.valid_until.map(|day| day.to_string()),
                r.criteria_version.map(|version| version.as_str().to_owned()),
                None,
            ],
        ),
        Statement::Claim(c) => (
            [
                None,
                c.number.as_ref().map(|number| number.as_str().to_owned()),
                c.decided_on.map(|day| day.to_string()),
            ],
            c.source_url.as_ref().map(|url| url.as_str().to_owned()),
            c.stars,
            c.score,
            &c.group_code,
            None,
            [None, None, c.issuer.as_ref().map(Issuer::key)],
        ),
    };
    let key = Key {
        product: name_key(subject.product_name.as_str()),
        entity_type: subject.entity_type.filter(|_| producer.is_none()),
        producer,
        place: subject.place.clone(),
        decision,
        source,
    };
    let said = Said {
        stars: stars.map(|stars| stars.number()),
        score: score.map(|score| score.hundredths()),
        group_code: group_code.clone(),
        set_no,
        rest,
        gtin: subject.gtin.clone(),
    };
    (key, said)
}

/// What came of an entry, whichever kind it was.
struct Entered {
    product: ProductId,
    change: Change,
    certification: Option<Certification>,
    /// The decision's day, if only a claim knows it.
    claimed_on: Option<Day>,
    notes: Vec<Note>,
}

struct Import<'a> {
    clerk: Clerk<'a>,
    world: &'a World,
    reference: &'a Reference,
    scope: &'a Scope,
    /// What the rows so far have said, with their lines.
    stated: HashMap<Key, (usize, Said)>,
    /// The first line of each product.
    lines: HashMap<ProductId, usize>,
}

impl Import<'_> {
    /// Enters one row. Only the database can fail it; whatever is wrong with the row is in its report.
    fn enter(&mut self, conn: &mut Conn, row: &Row) -> Result<Line, ImportError> {
        let today = self.world.today();
        let read = match row::read(row, self.reference, today, self.scope.by.province.as_deref()) {
            Ok(read) => read,
            Err(refused) => {
                let outcome = match refused.is_question {
                    true => Outcome::Question,
                    false => Outcome::Rejected,
                };
                return Ok(line(row, outcome, refused.remarks));
            }
        };
        let (key, said) = key_and_said(&read.statement);
        let mut notes = read.notes;
        match self.stated.get(&key) {
            Some((earlier, before)) if *before != said => {
                return Ok(line(row, Outcome::Rejected, vec![contradiction(*earlier)]));
            }
            Some((earlier, _)) => notes.push(repetition(*earlier)),
            None => {}
        }

        let entered = match &read.statement {
            Statement::Recognition(recognition) => {
                self.clerk.record(conn, recognition).map(|recorded| Entered {
                    product: recorded.product,
                    change: recorded.change,
                    certification: Some(recorded.certification),
                    claimed_on: None,
                    notes: recorded.notes,
                })
            }
            Statement::Claim(claim) => self.clerk.claim(conn, claim).map(|claimed| Entered {
                product: claimed.product,
                change: claimed.change,
                certification: claimed.covered_by,
                claimed_on: claim.decided_on,
                notes: claimed.notes,
            }),
        };
        let entered = match entered {
            Ok(entered) => entered,
            Err(LedgerError::Conflict(say)) => {
                let fault = Remark::about(None, None, Invalid::new("ledger_conflict", say));
                return Ok(line(row, Outcome::Rejected, vec![fault]));
            }
            Err(LedgerError::Question(question)) => {
                let asked = Invalid::new(question.code, question.say);
                let value = row.get(ImportColumn::ProducerName);
                let fault = Remark::about(Some(ImportColumn::ProducerName), value, asked);
                return Ok(line(row, Outcome::Question, vec![fault]));
            }
            Err(LedgerError::Db(failure)) => return Err(ImportError::Db(failure)),
            // Only entries about a certification by its id can miss it; places outside were refused above.
            Err(LedgerError::NotFound | LedgerError::OutsideProvince) => {
                return Err(diesel::result::Error::NotFound.into());
            }
        };
        self.stated.entry(key).or_insert((row.line, said));
        self.lines.entry(entered.product).or_insert(row.line);
        Ok(self.report(row, entered, notes))
    }

    fn report(&self, row: &Row, entered: Entered, mut notes: Vec<Remark>) -> Line {
        let today = self.world.today();
        notes.extend(entered.notes.into_iter().map(|note| {
            let mut remark = Remark::from(note);
            remark.line = remark.product.and_then(|product| self.lines.get(&product).copied());
            remark
        }));
        let state = entered.certification.as_ref().map(|certification| certification.state_on(today));
        let standing = state.map_or(Standing::Unverified, Standing::from);
        let in_force_until =
            entered.certification.as_ref().and_then(|certification| certification.ledger().shown_until());
        if let Some(until) = in_force_until.filter(|_| standing == Standing::Expired) {
            let say = say!(
                "Giấy chứng nhận đã hết hạn sau ngày {until}: được lưu, không công khai.",
                "The certificate ran out after {until}: it is kept and not public."
            );
            notes.push(Remark::about(None, None, Invalid::new("ran_out", say)));
        }
        if standing == Standing::Unverified {
            notes.push(missing(row));
            let would_end = entered.claimed_on.map(term_end);
            if let Some(until) = would_end.filter(|until| *until < today) {
                let say = say!(
                    "Dù được xác minh, giấy chứng nhận cũng đã hết hạn sau ngày {until}.",
                    "Even if it is verified, the certificate ran out after {until}."
                );
                notes.push(Remark::about(None, None, Invalid::new("would_have_run_out", say)));
            }
        }
        let outcome = Outcome::from(entered.change);
        let certification: Option<CertificationId> =
            entered.certification.map(|certification| certification.id);
        Line {
            standing: Some(standing),
            in_force_until,
            product: Some(entered.product),
            certification,
            notes,
            ..line(row, outcome, Vec::new())
        }
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
    Remark::of_line(
        "contradicts_line",
        say!(
            "Dòng {earlier} nói khác về cùng sản phẩm, cùng quyết định; dòng ấy được giữ.",
            "Line {earlier} says otherwise about the same product and decision; that line stands."
        ),
        earlier,
    )
}

fn repetition(earlier: usize) -> Remark {
    Remark::of_line("same_as_line", say!("Giống dòng {earlier}.", "The same as line {earlier}."), earlier)
}

/// What a claim lacks to be a certification.
fn missing(row: &Row) -> Remark {
    let lacking: Vec<&str> = [ImportColumn::Stars, ImportColumn::DecisionNo, ImportColumn::DecisionDate]
        .iter()
        .filter(|column| row.get(**column).is_none())
        .map(ImportColumn::as_str)
        .collect();
    let lacking = lacking.join(", ");
    let say: Say = say!(
        "Chưa xác minh, không công khai: thiếu {lacking}.",
        "Unverified and not public: {lacking} missing."
    );
    Remark::about(None, None, Invalid::new("unverified", say))
}
