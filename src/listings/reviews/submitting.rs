//! Handing in, taking back, and looking at what was handed in.

use super::letters;
use crate::audit::{Action, Event};
use crate::auth::{Caller, Office};
use crate::db::{Conn, Failure};
use crate::listings::{
    self, Changes, Known, ListingError, Remarks, Submission, SubmissionId, SubmissionNote, SubmissionState,
    store,
};
use crate::products::{self, Product, ProductId};
use crate::world::World;
use std::collections::HashMap;

impl Known {
    /// What the audit log remembers of a submission.
    pub(super) fn event_of(&self, action: Action, submission: &Submission) -> Event {
        self.event(action).with("submission_id", submission.id).with("fields", submission.changes.fields())
    }
}

/// Freezes the draft of a listing that was opened as its producer, for an officer to decide on.
pub fn submit(
    conn: &mut Conn,
    world: &World,
    by: &Caller,
    known: &mut Known,
    note: Option<SubmissionNote>,
) -> Result<Submission, ListingError> {
    if let Some(waiting) = &known.waiting {
        return Err(ListingError::AlreadySubmitted(waiting.id));
    }
    if known.draft.is_empty() {
        return Err(ListingError::NothingDrafted);
    }
    let (live, id) = (known.content(), known.product.id);
    let submission = Submission {
        id: world.id(),
        product: id,
        number: store::submissions::count(conn, id)? + 1,
        changes: Changes::between(&live, &live.changed_by(&known.draft)),
        note,
        state: SubmissionState::Waiting,
        submitted_at: world.now(),
        by: by.agent().actor,
        ended_at: None,
        decided_by: None,
        remarks: Remarks::default(),
        remark: None,
        version: None,
    };
    store::submissions::insert(conn, &submission)?;
    letters::tell_office(conn, world, &known.product, &submission)?;
    let event = known.event_of(Action::ListingSubmitted, &submission);
    known.record(conn, world, by, vec![event])?;
    known.waiting = Some(submission.clone());
    Ok(submission)
}

/// Takes back what waits; it is kept as what was taken back.
pub fn take_back(
    conn: &mut Conn,
    world: &World,
    by: &Caller,
    known: &mut Known,
    id: SubmissionId,
) -> Result<(), ListingError> {
    let found = store::submissions::find(conn, known.product.id, id)?.ok_or(ListingError::NotFound)?;
    if found.state != SubmissionState::Waiting {
        return Err(ListingError::AlreadyDecided(found.state));
    }
    let ended = Submission { state: SubmissionState::TakenBack, ended_at: Some(world.now()), ..found };
    store::submissions::end(conn, &ended)?;
    known.waiting = None;
    let event = known.event_of(Action::ListingSubmissionTakenBack, &ended);
    Ok(known.record(conn, world, by, vec![event])?)
}

/// A submission of a listing the caller may see.
pub fn find(
    conn: &mut Conn,
    caller: &Caller,
    id: ProductId,
    submission: SubmissionId,
) -> Result<(Known, Submission), ListingError> {
    let known = listings::read(conn, caller, id)?;
    let found = store::submissions::find(conn, id, submission)?.ok_or(ListingError::NotFound)?;
    Ok((known, found))
}

/// The submissions of a listing the caller may see, latest first, from before a number.
pub fn list(
    conn: &mut Conn,
    caller: &Caller,
    id: ProductId,
    before: Option<i64>,
    rows: i64,
) -> Result<(Known, Vec<Submission>), ListingError> {
    let known = listings::read(conn, caller, id)?;
    Ok((known, store::submissions::page(conn, id, before, rows)?))
}

/// The submissions of an office, first come, first listed, from after one, with their products.
pub fn list_of_office(
    conn: &mut Conn,
    office: &Office,
    state: Option<SubmissionState>,
    after: Option<SubmissionId>,
    rows: i64,
) -> Result<Vec<(Submission, Product)>, Failure> {
    let found = store::submissions::page_of_office(conn, office.province(), state, after, rows)?;
    let ids: Vec<ProductId> = found.iter().map(|submission| submission.product).collect();
    let products: HashMap<ProductId, Product> =
        products::by_ids(conn, &ids)?.into_iter().map(|product| (product.id, product)).collect();
    let with_product = |submission: Submission| {
        let product = products.get(&submission.product)?.clone();
        Some((submission, product))
    };
    Ok(found.into_iter().filter_map(with_product).collect())
}
