//! What was handed in, as both sides see it.

use crate::audit::{Actor, ActorKind};
use crate::db::Instant;
use crate::db::columns::Key;
use crate::listings::{
    Changes, Field, FieldRemark, Remarks, ReviewDecision, ReviewReason, Submission, SubmissionId,
    SubmissionNote, SubmissionState,
};
use crate::organisations::OrganisationId;
use crate::products::{Product, ProductId};
use crate::reference::BilingualName;
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use utoipa::ToSchema;

/// What people are called, by their ids.
pub type Names = HashMap<Key, String>;

/// Who did something.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ListingAuthor {
    pub kind: ActorKind,
    /// Of a user or a machine client.
    #[schema(value_type = Option<crate::accounts::UserId>)]
    pub id: Option<String>,
    /// What it is called, for who may know: the producer's people know each other and who acts for them, officers everybody.
    #[schema(example = "Phòng kinh doanh")]
    pub name: Option<String>,
}

impl ListingAuthor {
    pub fn new(actor: Actor, names: &Names) -> Self {
        let key = actor.id();
        Self {
            kind: actor.kind(),
            id: key.map(|key| key.as_str().to_owned()),
            name: key.and_then(|key| names.get(&key).cloned()),
        }
    }
}

/// What an officer has decided.
#[derive(Debug, Serialize, ToSchema)]
pub struct SubmissionReview {
    pub decision: ReviewDecision,
    pub decided_at: Instant,
    pub decided_by: ListingAuthor,
    /// What the officer says of fields: of an approval, why these were refused.
    #[schema(value_type = BTreeMap<String, FieldRemark>)]
    pub fields: Remarked,
    /// What the officer says of the whole.
    pub note: Option<ReviewReason>,
    /// The version that came of it.
    #[schema(minimum = 1, example = 4)]
    pub version: Option<i64>,
}

/// Remarks as they were given.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct Remarked(BTreeMap<Field, Remark>);

#[derive(Debug, Serialize)]
struct Remark {
    reason: ReviewReason,
}

impl From<Remarks> for Remarked {
    fn from(remarks: Remarks) -> Self {
        Self(remarks.0.into_iter().map(|(field, reason)| (field, Remark { reason })).collect())
    }
}

/// A submission in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListingSubmission {
    pub id: SubmissionId,
    /// Counts the submissions of the listing.
    #[schema(minimum = 1, example = 2)]
    pub number: i64,
    pub product_id: ProductId,
    #[schema(example = "Bánh cáy truyền thống")]
    pub product_name: String,
    pub producer_id: OrganisationId,
    pub state: SubmissionState,
    /// The fields that are to change.
    pub fields: Vec<Field>,
    /// What the producer tells the officer.
    pub note: Option<SubmissionNote>,
    pub submitted_at: Instant,
    pub submitted_by: ListingAuthor,
    /// When it was decided or taken back.
    pub ended_at: Option<Instant>,
    /// `null` as long as nobody has decided.
    pub review: Option<SubmissionReview>,
}

impl ListingSubmission {
    pub fn new(submission: &Submission, product: &Product, names: &Names) -> Self {
        Self {
            id: submission.id,
            number: submission.number,
            product_id: product.id,
            product_name: product.name.clone(),
            producer_id: product.producer,
            state: submission.state,
            fields: submission.changes.fields(),
            note: submission.note.clone(),
            submitted_at: submission.submitted_at,
            submitted_by: ListingAuthor::new(submission.by, names),
            ended_at: submission.ended_at,
            review: review(submission, names),
        }
    }
}

fn review(submission: &Submission, names: &Names) -> Option<SubmissionReview> {
    let decision = match submission.state {
        SubmissionState::Approved => ReviewDecision::Approved,
        SubmissionState::Refused => ReviewDecision::Refused,
        SubmissionState::Asked => ReviewDecision::Asked,
        SubmissionState::Waiting | SubmissionState::TakenBack => return None,
    };
    Some(SubmissionReview {
        decision,
        decided_at: submission.ended_at?,
        decided_by: ListingAuthor::new(Actor::User(submission.decided_by?), names),
        fields: submission.remarks.clone().into(),
        note: submission.remark.clone(),
        version: submission.version,
    })
}

/// Those who had to do with a submission.
pub fn actors_of(submission: &Submission) -> Vec<Actor> {
    let officer = submission.decided_by.map(Actor::User);
    [Some(submission.by), officer].into_iter().flatten().collect()
}

/// A field before and after.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListingFieldChange {
    pub field: Field,
    /// What people call it.
    pub name: BilingualName,
    /// As a listing has it; `null`: nothing was said.
    #[schema(required = true)]
    pub before: Value,
    /// The same; `null`: nothing is said any more.
    #[schema(required = true)]
    pub after: Value,
}

/// Changes in the order of the fields.
pub fn changes(changes: &Changes) -> Vec<ListingFieldChange> {
    let view = |(field, change): (&Field, &crate::listings::FieldChange)| {
        let label = field.label();
        ListingFieldChange {
            field: *field,
            name: BilingualName { vi: label.vi.into_owned(), en: label.en.into_owned() },
            before: change.before.clone(),
            after: change.after.clone(),
        }
    };
    changes.0.iter().map(view).collect()
}

/// A submission with what it changes.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListingSubmissionWhole {
    #[serde(flatten)]
    pub submission: ListingSubmission,
    /// Each field as it was when it was handed in, and as it is to be.
    pub changes: Vec<ListingFieldChange>,
}

impl ListingSubmissionWhole {
    pub fn new(submission: &Submission, product: &Product, names: &Names) -> Self {
        Self {
            changes: changes(&submission.changes),
            submission: ListingSubmission::new(submission, product, names),
        }
    }
}

/// A page of submissions.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListingSubmissionPage {
    pub items: Vec<ListingSubmission>,
    /// Leads to the next page; `null` on the last.
    #[schema(required = true)]
    pub next_cursor: Option<String>,
}
