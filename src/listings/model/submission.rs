//! What a producer hands in, and what an officer says of it.

use super::content::{Content, ContentPatch, Field};
use super::words::ReviewReason;
use crate::accounts::UserId;
use crate::audit::Actor;
use crate::db::Instant;
use crate::input::{self, Faults, measured};
use crate::products::ProductId;
use crate::say::Invalid;
use deserr::{Deserr, IntoValue, Value as Input, ValuePointerRef};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use utoipa::ToSchema;

crate::id_type!(
    /// The id of a submission of a listing.
    SubmissionId
);

crate::text_enum! {
    /// What has become of a submission.
    pub enum SubmissionState {
        /// An officer is to decide
        Waiting = "waiting",
        /// It is shown to buyers, but for the fields that were refused by name
        Approved = "approved",
        Refused = "refused",
        /// The officer has asked for something first; the draft goes on
        Asked = "asked",
        /// The producer has taken it back
        TakenBack = "taken_back",
    }
}

crate::text_enum! {
    /// What an officer decides on a submission.
    pub enum ReviewDecision {
        /// Buyers see it, but for the fields that are refused by name
        Approved = "approved",
        Refused = "refused",
        /// Something has to be changed or answered first: the submission ends, the draft stays
        Asked = "asked",
    }
}

impl ReviewDecision {
    pub fn state(self) -> SubmissionState {
        match self {
            Self::Approved => SubmissionState::Approved,
            Self::Refused => SubmissionState::Refused,
            Self::Asked => SubmissionState::Asked,
        }
    }
}

/// What the producer tells the officer who decides: 1 to 1000 characters.
#[derive(Clone, PartialEq, Eq, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub struct SubmissionNote(String);

impl SubmissionNote {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.replace("\r\n", "\n");
        measured(text.trim(), 1000, |c| matches!(c, '\n' | '\t')).map(|text| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

crate::text_column!(personal SubmissionNote, |text: &str| Some(SubmissionNote(text.to_owned())));
crate::string_schema!(SubmissionNote, "note", "Đã đổi tên theo nhãn mới, ảnh nhãn ở ảnh thứ hai.");
crate::parsed_input!(SubmissionNote);

/// A field before and after; `null`: nothing is said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldChange {
    pub before: Value,
    pub after: Value,
}

/// Changes by field, in the order of the fields.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Changes(pub BTreeMap<Field, FieldChange>);

impl Changes {
    /// What is unlike in two contents.
    pub fn between(before: &Content, after: &Content) -> Self {
        let fields = after.fields_unlike(before);
        let (before, after) = (before.members(), after.members());
        let of = |content: &Map<String, Value>, field: Field| {
            content.get(field.as_str()).cloned().unwrap_or_default()
        };
        let changed =
            |field: Field| (field, FieldChange { before: of(&before, field), after: of(&after, field) });
        Self(fields.into_iter().map(changed).collect())
    }

    pub fn fields(&self) -> Vec<Field> {
        self.0.keys().copied().collect()
    }

    /// What they make of a content.
    pub fn patch(&self) -> ContentPatch {
        let after = self.0.iter().map(|(field, change)| (field.as_str().to_owned(), change.after.clone()));
        ContentPatch::of_stored(after.collect())
    }
}

/// What an officer says of fields.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Remarks(pub BTreeMap<Field, ReviewReason>);

/// What an officer says of one field.
#[derive(Debug, Clone, PartialEq, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct FieldRemark {
    pub reason: ReviewReason,
}

impl Deserr<Faults> for Remarks {
    fn deserialize_from_value<V: IntoValue>(
        value: Input<V>,
        location: ValuePointerRef,
    ) -> Result<Self, Faults> {
        let (mut remarks, mut faults) = (BTreeMap::new(), Faults::default());
        for (name, remark) in input::members::<FieldRemark, V>(value, location)? {
            match Field::parse(&name) {
                Ok(field) => drop(remarks.insert(field, remark.reason)),
                Err(invalid) => faults.push_located(location.push_key(&name), invalid),
            }
        }
        faults.into_result().map(|()| Self(remarks))
    }
}

/// A draft as it was handed in, and what became of it.
#[derive(Debug, Clone)]
pub struct Submission {
    pub id: SubmissionId,
    pub product: ProductId,
    /// Counts those of the listing, from 1 on.
    pub number: i64,
    pub changes: Changes,
    pub note: Option<SubmissionNote>,
    pub state: SubmissionState,
    pub submitted_at: Instant,
    pub by: Actor,
    /// When it was decided or taken back.
    pub ended_at: Option<Instant>,
    pub decided_by: Option<UserId>,
    pub remarks: Remarks,
    /// What the officer says of the whole.
    pub remark: Option<ReviewReason>,
    /// The version that came of it.
    pub version: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn content(patch: Value) -> Content {
        Content::default().changed_by(&ContentPatch::read(patch, &Content::default()).expect("a patch"))
    }

    #[test]
    fn changes_tell_both_sides_and_can_be_made() {
        let before =
            content(json!({ "names": { "vi": "Cói" }, "shelf_life_days": 90, "usage": { "vi": "Trải" } }));
        let after = content(
            json!({ "names": { "vi": "Chiếu" }, "usage": { "vi": "Trải" }, "storage": { "vi": "Khô" } }),
        );
        let changes = Changes::between(&before, &after);
        let expected = json!({
            "names": { "before": { "vi": "Cói", "en": null }, "after": { "vi": "Chiếu", "en": null } },
            "storage": { "before": null, "after": { "vi": "Khô", "en": null } },
            "shelf_life_days": { "before": 90, "after": null },
        });
        assert_eq!(serde_json::to_value(&changes).expect("JSON"), expected);
        assert_eq!(changes.fields(), [Field::Names, Field::Storage, Field::ShelfLife]);
        assert_eq!(before.changed_by(&changes.patch()), after);
        let stored: Changes = serde_json::from_value(expected).expect("what we wrote");
        assert_eq!(stored, changes);
    }

    #[test]
    fn remarks_are_on_fields_that_there_are() {
        let read = input::read::<Remarks>(json!({ "names": { "reason": { "vi": "Khác nhãn" } } }));
        assert_eq!(read.expect("remarks").0.keys().copied().collect::<Vec<_>>(), [Field::Names]);
        let faults = input::read::<Remarks>(json!({ "name": { "reason": { "vi": "Khác nhãn" } } }));
        let faults = faults.expect_err("no such field");
        assert_eq!(
            faults.0.first().map(|fault| (fault.pointer(), fault.code)),
            Some(("/name".to_owned(), "unknown_value"))
        );
    }
}
