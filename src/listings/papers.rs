//! Papers are claimed, checked, changed, opened and taken away; what they are, [`Paper`] tells.
//!
//! A producer's editor or machine client **claims** a paper, an officer **records** one that is checked at once. Before it is
//! checked its producer may change everything of it; afterwards only who may read it, for what an officer has seen must not
//! become another paper. A producer may take away whatever it handed in itself, checked or not: it is its own word, and taking
//! it back hides nothing of what others said. What an officer recorded only officers remove.
//!
//! The file of a paper is opened by [`find_file`]; every opening by somebody outside the producer is logged.

use super::store::{self, papers};
use super::{
    Disclosure, DocumentId, Known, ListingError, NewPaper, Paper, PaperDecision, PaperFile, PaperReason,
    PaperSource, PaperState, Reach, Via, check_days, reminders_passed,
};
use crate::audit::Action;
use crate::auth::Caller;
use crate::catalogue::{self, Seq};
use crate::db::{Conn, Day};
use crate::files::{self, FileId, FileRow, TakeError};
use crate::input::{Change, Faults};
use crate::products::{self, ProductId};
use crate::reference::Reference;
use crate::world::World;

/// The most papers of a product.
const MOST: usize = 200;

/// Adds a paper to a listing that was opened: claimed by its producer's side, checked at once by an officer.
pub fn record(
    conn: &mut Conn,
    world: &World,
    by: &Caller,
    known: &mut Known,
    new: NewPaper,
) -> Result<(Paper, Option<Seq>), ListingError> {
    let claimed = Reach::of(by, &known.product)? < Reach::Certifies;
    let NewPaper { kind, number, issuer, issued_on, valid_until, file, disclosure } = new;
    check_days(issued_on, valid_until, world.today()).map_err(ListingError::Invalid)?;
    if let Some(held) = known.papers.iter().find(|held| held.place() == (kind, number.as_str())) {
        return Err(ListingError::AlreadyRecorded(held.id));
    }
    if known.papers.len() >= MOST {
        return Err(ListingError::TooManyPapers);
    }
    let (source, state, action) = match claimed {
        true => (PaperSource::Producer, PaperState::Claimed, Action::ListingDocumentClaimed),
        false => (PaperSource::Office, PaperState::Checked, Action::ListingDocumentRecorded),
    };
    let paper = Paper {
        id: world.id(),
        kind,
        number,
        issuer,
        issued_on,
        valid_until,
        file: file.map(|file| taken(conn, world, by, file)).transpose()?,
        disclosure,
        source,
        state,
        refusal: None,
        recorded_at: world.now(),
        checked_at: (!claimed).then(|| world.now()),
    };
    papers::insert(conn, known.product.id, &paper, by.principal)?;
    if !claimed {
        papers::skip_reminders(conn, paper.id, passed(&paper, world.today()))?;
    }
    let event = known
        .event(action)
        .with("document", paper.id)
        .with("kind", paper.kind)
        .with("number", &paper.number)
        .with("file", paper.file.as_ref().map(|file| &file.sha256));
    let seq = known.noted(conn, world, by, event, paper.is_shown())?;
    Ok((paper, seq))
}

/// The steps before the end of a paper that are over already.
fn passed(paper: &Paper, today: Day) -> Option<i64> {
    paper.valid_until.and_then(|last| reminders_passed(today.days_until(last)))
}

/// Uses a stored file for a paper.
fn taken(conn: &mut Conn, world: &World, by: &Caller, file: FileId) -> Result<PaperFile, ListingError> {
    let used = files::take(conn, world, Some(by.principal), &[file]).map_err(|error| match error {
        TakeError::Invalid(mut faults) => {
            // It is a field of its own, not an entry of a list.
            faults.0.iter_mut().for_each(|fault| fault.path = vec!["file_id".to_owned()]);
            ListingError::Invalid(faults)
        }
        TakeError::Db(failure) => ListingError::Db(failure),
    })?;
    let row = used.into_iter().next().ok_or(ListingError::NoFile)?;
    Ok(PaperFile { id: row.id, name: row.name, media_type: row.kind, size: row.size, sha256: row.sha256 })
}

/// An officer decides on a claimed paper of a listing that was opened as an officer.
pub fn decide(
    conn: &mut Conn,
    world: &World,
    by: &Caller,
    known: &mut Known,
    (id, decision, reason): (DocumentId, PaperDecision, Option<PaperReason>),
) -> Result<(Paper, Option<Seq>), ListingError> {
    let mut paper = known.paper(id)?.clone();
    if paper.state != PaperState::Claimed {
        return Err(ListingError::PaperDecided);
    }
    let officer = by.user().ok_or(ListingError::OfficersOnly)?;
    (paper.state, paper.refusal) = match decision {
        PaperDecision::Checked => (PaperState::Checked, None),
        PaperDecision::Refused => (PaperState::Refused, reason),
    };
    paper.checked_at = Some(world.now());
    papers::decide(conn, &paper, officer, passed(&paper, world.today()))?;
    let event = known.event(Action::ListingDocumentDecided).with("document", id).with("decision", decision);
    let seq = known.noted(conn, world, by, event, paper.is_shown())?;
    Ok((paper, seq))
}

/// What of a paper changes.
#[derive(Debug, Clone, Default)]
pub struct PaperChange {
    pub number: Option<super::DocumentNumber>,
    pub issuer: Option<super::DocumentIssuer>,
    pub issued_on: Change<Day>,
    pub valid_until: Change<Day>,
    pub file: Change<FileId>,
    pub disclosure: Option<Disclosure>,
}

impl PaperChange {
    /// Does it change what the paper is, rather than who may read it?
    fn is_of_content(&self) -> bool {
        let days = [&self.issued_on, &self.valid_until];
        self.number.is_some()
            || self.issuer.is_some()
            || self.file != Change::Keep
            || days.iter().any(|change| **change != Change::Keep)
    }
}

/// Its producer changes a paper of a listing that was opened.
pub fn change(
    conn: &mut Conn,
    world: &World,
    by: &Caller,
    known: &mut Known,
    (id, change): (DocumentId, PaperChange),
) -> Result<(Paper, Option<Seq>), ListingError> {
    if !by.may_edit(known.product.producer) {
        return Err(ListingError::ProducersOnly);
    }
    let before = known.paper(id)?.clone();
    let of_content = change.is_of_content();
    if of_content && before.is_checked() {
        return Err(ListingError::PaperDecided);
    }
    let mut paper = before.clone();
    paper.number = change.number.unwrap_or(paper.number);
    paper.issuer = change.issuer.unwrap_or(paper.issuer);
    paper.disclosure = change.disclosure.unwrap_or(paper.disclosure);
    if change.issued_on != Change::Keep || change.valid_until != Change::Keep {
        paper.issued_on = change.issued_on.of(paper.issued_on);
        paper.valid_until = change.valid_until.of(paper.valid_until);
        check_days(paper.issued_on, paper.valid_until, world.today()).map_err(ListingError::Invalid)?;
    }
    if let Some(other) = known.papers.iter().find(|held| held.id != id && held.place() == paper.place()) {
        return Err(ListingError::AlreadyRecorded(other.id));
    }
    match change.file {
        Change::Keep => {}
        Change::Clear => paper.file = None,
        Change::Set(file) => paper.file = Some(taken(conn, world, by, file)?),
    }
    if of_content {
        // What was refused is looked at anew.
        (paper.state, paper.refusal, paper.checked_at) = (PaperState::Claimed, None, None);
    }
    if paper == before {
        return Ok((paper, None));
    }
    papers::update(conn, &paper)?;
    if let Some(file) = before.file.filter(|file| paper.file.as_ref() != Some(file)) {
        files::discard(conn, file.id)?;
    }
    let event =
        known.event(Action::ListingDocumentChanged).with("document", id).with("disclosure", paper.disclosure);
    let shown = before_or_after(known, id, &paper);
    let seq = known.noted(conn, world, by, event, shown)?;
    Ok((paper, seq))
}

/// Does the catalogue show another thing than before?
fn before_or_after(known: &Known, id: DocumentId, after: &Paper) -> bool {
    known.paper(id).is_ok_and(|before| before.is_shown() != after.is_shown())
}

/// Takes a paper away, with its file, its links and the log of its openings: by an officer, and by its producer what that
/// handed in.
pub fn remove(
    conn: &mut Conn,
    world: &World,
    by: &Caller,
    known: &mut Known,
    id: DocumentId,
) -> Result<Option<Seq>, ListingError> {
    let paper = known.paper(id)?.clone();
    if paper.source == PaperSource::Office && Reach::of(by, &known.product)? < Reach::Certifies {
        return Err(ListingError::OfficersOnly);
    }
    papers::delete(conn, id)?;
    if let Some(file) = &paper.file {
        files::discard(conn, file.id)?;
    }
    let event = known
        .event(Action::ListingDocumentRemoved)
        .with("document", id)
        .with("kind", paper.kind)
        .with("state", paper.state);
    known.noted(conn, world, by, event, paper.is_shown())
}

/// A paper's file that somebody may open, and how, if that is to be logged.
#[derive(Debug)]
pub struct Opened {
    pub document: DocumentId,
    pub via: Option<Via>,
    pub file: FileRow,
    pub content: Vec<u8>,
}

/// The file of a paper for whoever may read it; 404 to everybody else, as if there were no such paper.
pub fn find_file(
    conn: &mut Conn,
    reference: &Reference,
    caller: Option<&Caller>,
    (product, id, today): (ProductId, DocumentId, Day),
) -> Result<Opened, ListingError> {
    let (of, paper) = papers::find(conn, id)?.ok_or(ListingError::NotFound)?;
    let product = products::by_ids(conn, &[product])?.pop().ok_or(ListingError::NotFound)?;
    if of != product.id {
        return Err(ListingError::NotFound);
    }
    let member = caller.is_some_and(|caller| caller.role_in(product.producer).is_some());
    let officer = caller.is_some_and(|caller| caller.is_officer_for(product.place.province.as_deref()));
    let via = match (member, officer) {
        (true, _) => None,
        (false, true) => Some(Via::Office),
        (false, false) => {
            let public = paper.disclosure == Disclosure::Public && paper.is_checked() && paper.file.is_some();
            if !public || catalogue::offered(conn, reference, &[of], today)?.is_empty() {
                return Err(ListingError::NotFound);
            }
            Some(Via::Public)
        }
    };
    let file = paper.file.ok_or(ListingError::NoFile)?;
    let (file, content) = files::read(conn, file.id)?.ok_or(ListingError::NoFile)?;
    Ok(Opened { document: id, via, file, content })
}

/// Notes that somebody outside the producer opens a paper.
pub fn log(
    conn: &mut Conn,
    world: &World,
    by: Option<&Caller>,
    (id, via): (DocumentId, Via),
) -> Result<(), ListingError> {
    let principal = by.map(|caller| caller.principal);
    Ok(store::shares::log(conn, world.id(), id, world.now(), (via, None, principal))?)
}

/// 422 in the form of a body's fault: a refusal tells why, and nothing else does.
pub fn check_reason(decision: PaperDecision, reason: Option<&PaperReason>) -> Result<(), Faults> {
    use crate::say::{Invalid, Say};
    match (decision, reason) {
        (PaperDecision::Refused, None) => {
            let say = Say::new("Khi từ chối phải nêu lý do.", "A refusal tells the reason.");
            Err(Faults::one(["reason"], Invalid::new("missing", say)))
        }
        (PaperDecision::Checked, Some(_)) => {
            let say = Say::new("Chỉ nêu lý do khi từ chối.", "Only a refusal has a reason.");
            Err(Faults::one(["reason"], Invalid::new("not_allowed", say)))
        }
        _ => Ok(()),
    }
}
