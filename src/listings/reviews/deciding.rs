//! An officer decides.

use super::letters;
use crate::audit::{Action, Actor};
use crate::auth::Caller;
use crate::catalogue::Seq;
use crate::db::Conn;
use crate::input::Faults;
use crate::listings::{
    self, Cause, Content, Known, ListingError, Remarks, ReviewDecision, ReviewReason, Submission,
    SubmissionId, SubmissionState, editing, store,
};
use crate::products::ProductId;
use crate::reference::Reference;
use crate::say::{Invalid, Say};
use crate::world::World;

/// What an officer says of a submission.
#[derive(Debug, Clone)]
pub struct NewReview {
    pub submission: SubmissionId,
    pub decision: ReviewDecision,
    /// Of an approval: the fields that are refused.
    pub remarks: Remarks,
    pub remark: Option<ReviewReason>,
}

/// A listing on whose submissions the caller decides, locked until the transaction ends.
pub fn open_to_decide(conn: &mut Conn, caller: &Caller, id: ProductId) -> Result<Known, ListingError> {
    let known = listings::open_as_officer(conn, caller, id).map_err(|error| match error {
        ListingError::OfficersOnly => ListingError::ReviewersOnly,
        error => error,
    })?;
    match caller.role_in(known.product.producer) {
        Some(_) => Err(ListingError::OwnCase),
        None => Ok(known),
    }
}

/// Decides on what waits. Of two who do so at once, the second finds it decided.
pub fn decide(
    conn: &mut Conn,
    world: &World,
    reference: &Reference,
    by: &Caller,
    known: &mut Known,
    new: NewReview,
) -> Result<(Submission, Option<Seq>), ListingError> {
    let found = store::submissions::find(conn, known.product.id, new.submission)?;
    let submission = found.ok_or_else(unknown)?;
    if submission.state != SubmissionState::Waiting {
        return Err(ListingError::AlreadyDecided(submission.state));
    }
    // Machines hold no office.
    let officer = by.user().ok_or(ListingError::ReviewersOnly)?;
    if submission.by == Actor::User(officer) {
        return Err(ListingError::OwnCase);
    }
    check(&submission, &new).map_err(ListingError::Invalid)?;
    let live = known.content();
    let content = outcome(&live, &submission, &new);
    // What was right when it was handed in may not be any more: a number that another producer has taken meanwhile.
    let content = listings::check(conn, reference, world.today(), &known.product, (&live, content))?;
    let before = known.or_new(world.now());
    let shows_more = !content.content().fields_unlike(&live).is_empty();
    let decided = Submission {
        state: new.decision.state(),
        ended_at: Some(world.now()),
        decided_by: Some(officer),
        remarks: new.remarks,
        remark: new.remark,
        version: shows_more.then_some(before.version + 1),
        ..submission
    };
    store::submissions::end(conn, &decided)?;
    known.waiting = None;
    letters::tell_producer(conn, world, &known.product, &decided)?;
    let refused: Vec<_> = decided.remarks.0.keys().collect();
    let event = known
        .event_of(Action::ListingReviewed, &decided)
        .with("decision", new.decision)
        .with("remarks_on", refused);
    let shown = (content, Cause::Reviewed(decided.id.to_string()));
    let draft = known.draft.clone();
    let seq = editing::put(conn, world, by, known, shown, (draft, vec![event]))?;
    Ok((decided, seq))
}

/// What is approved, on top of what buyers see now.
fn outcome(live: &Content, submission: &Submission, new: &NewReview) -> Content {
    match new.decision {
        ReviewDecision::Approved => {
            let refused = |field| new.remarks.0.contains_key(&field);
            let (approved, _) = submission.changes.patch().split(|field| !refused(field));
            live.changed_by(&approved)
        }
        ReviewDecision::Refused | ReviewDecision::Asked => live.clone(),
    }
}

fn unknown() -> ListingError {
    let say = Say::new("Sản phẩm không có bản đề nghị này.", "The listing has no such submission.");
    ListingError::Invalid(Faults::one(["submission_id"], Invalid::new("unknown_submission", say)))
}

/// Remarks are on what was handed in, an approval approves something, and anything else says why.
fn check(submission: &Submission, new: &NewReview) -> Result<(), Faults> {
    let mut faults = Faults::default();
    for field in new.remarks.0.keys().filter(|field| !submission.changes.0.contains_key(field)) {
        let say = Say::new("Bản đề nghị không có mục này.", "The submission does not speak of this field.");
        faults.push(["fields", field.as_str()], Invalid::new("not_submitted", say));
    }
    let all_refused = submission.changes.0.keys().all(|field| new.remarks.0.contains_key(field));
    if new.decision == ReviewDecision::Approved && all_refused {
        let say =
            Say::new("Mọi mục đều bị từ chối: hãy chọn refused.", "Every field is refused: decide refused.");
        faults.push(["decision"], Invalid::new("nothing_approved", say));
    }
    let silent = new.remark.is_none() && new.remarks.0.is_empty();
    if new.decision != ReviewDecision::Approved && silent {
        let say = Say::new(
            "Cần lý do: cho từng mục ở fields, hoặc chung ở note.",
            "A reason is needed: of fields in fields, or of the whole in note.",
        );
        faults.push(["note"], Invalid::new("missing", say));
    }
    faults.into_result()
}
