//! What an enquiry says beside products and people: delivery, certificates, and who records it; and what is answered to that.

use crate::db::Day;
use crate::input::Faults;
use crate::leads::{Advice, AdviceCode, EnquiryRow, Known, LeadSide, RecorderRole, WalkIn};
use crate::listings::DocumentKind;
use crate::organisations::OrganisationId;
use crate::products::ProductId;
use crate::reference::{BilingualName, PlaceView, Reference, UnitCode};
use crate::say;
use crate::say::{Invalid, Say};
use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use serde::Serialize;
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// Where to and when the goods are wanted. A first or a last day alone means its month.
#[derive(Debug, Clone, Default, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct NewLeadDelivery {
    /// A province or commune of today, by its code (`GET /v1/admin-units`).
    #[deserr(default)]
    #[schema(value_type = Option<String>, nullable = false, example = "01")]
    pub unit: Option<UnitCode>,
    #[deserr(default)]
    #[schema(nullable = false, example = "2026-12-01")]
    pub from: Option<Day>,
    /// Not before `from`, not before the day of the enquiry.
    #[deserr(default)]
    #[schema(nullable = false, example = "2027-01-20")]
    pub until: Option<Day>,
}

/// Further ahead nobody plans a delivery.
const YEARS_AHEAD: i64 = 5;

impl NewLeadDelivery {
    /// Everything that is wrong with it on the day of the enquiry.
    pub fn check(&self, reference: &Reference, on: Day, faults: &mut Faults) {
        let unknown = |unit: &&UnitCode| reference.place_of(unit.as_str(), on).is_none();
        if let Some(unit) = self.unit.as_ref().filter(unknown) {
            faults.push(
                ["delivery", "unit"],
                Invalid::new("unknown_unit", reference.no_such_unit(unit.as_str(), on)),
            );
        }
        let (latest, member) = match (self.from, self.until) {
            (_, Some(until)) => (until, "until"),
            (Some(from), None) => (from, "from"),
            (None, None) => return,
        };
        if self.from.is_some_and(|from| from > latest) {
            let say = Say::new("Ngày cuối trước ngày đầu.", "The last day is before the first.");
            faults.push(["delivery", member], Invalid::new("out_of_range", say));
        } else if latest < on {
            let say = say!(
                "Ngày này đã qua; yêu cầu là của ngày {on}.",
                "This day is over; the enquiry is of {on}."
            );
            faults.push(["delivery", member], Invalid::new("in_the_past", say));
        } else if latest > on.plus_months(12 * YEARS_AHEAD) {
            let say = say!("Không quá {YEARS_AHEAD} năm tới.", "At most {YEARS_AHEAD} years ahead.");
            faults.push(["delivery", member], Invalid::new("out_of_range", say));
        }
    }
}

/// The kinds of certificates a buyer needs, each once.
#[derive(Debug, Clone, Default)]
pub struct Certificates(BTreeSet<DocumentKind>);

impl Certificates {
    /// Separated by spaces, as they are kept.
    pub fn joined(&self) -> String {
        self.0.iter().map(DocumentKind::as_str).collect::<Vec<_>>().join(" ")
    }
}

impl Deserr<Faults> for Certificates {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, Faults> {
        let kinds = Vec::<DocumentKind>::deserialize_from_value(value, location)?;
        let (mut all, mut faults) = (BTreeSet::new(), Faults::default());
        for (index, kind) in kinds.into_iter().enumerate() {
            if !all.insert(kind) {
                let say = Say::new("Loại giấy này đã có ở trên.", "This kind is already in the list.");
                let twice = Faults::located(location.push_index(index), Invalid::new("duplicate", say));
                faults.0.extend(twice.0);
            }
        }
        faults.into_result().map(|()| Self(all))
    }
}

/// Somebody records the enquiry for a buyer that stands before them or is on the telephone.
#[derive(Debug, Clone, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct NewWalkIn {
    #[deserr(rename = "as")]
    #[schema(rename = "as")]
    pub role: RecorderRole,
    /// The organiser or the producer of which the caller is an editor; may be left out where there is only one. An office
    /// has none.
    #[deserr(default)]
    #[schema(nullable = false)]
    pub organisation_id: Option<OrganisationId>,
}

impl From<&NewWalkIn> for WalkIn {
    fn from(new: &NewWalkIn) -> Self {
        Self { role: new.role, organisation: new.organisation_id }
    }
}

/// Where to and when the goods are wanted.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LeadDelivery {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "01")]
    unit: Option<String>,
    /// The unit with its names.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    place: Option<PlaceView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    from: Option<Day>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    until: Option<Day>,
}

impl LeadDelivery {
    /// `None` if nothing was said of it.
    fn new(
        unit: Option<&str>,
        (from, until): (Option<Day>, Option<Day>),
        place: Option<PlaceView>,
    ) -> Option<Self> {
        let said = unit.is_some() || from.is_some() || until.is_some();
        said.then(|| Self { unit: unit.map(str::to_owned), place, from, until })
    }

    /// As somebody asked for it on a day.
    pub fn asked(
        unit: Option<&str>,
        period: (Option<Day>, Option<Day>),
        reference: &Reference,
        on: Day,
    ) -> Option<Self> {
        let place = unit.and_then(|code| reference.place_of(code, on)).map(|place| reference.view(&place));
        Self::new(unit, period, place)
    }

    /// Of a lead.
    pub fn of(known: &Known) -> Option<Self> {
        let EnquiryRow { delivery_unit, delivery_from, delivery_until, .. } = &known.enquiry;
        Self::new(delivery_unit.as_deref(), (*delivery_from, *delivery_until), known.beside.place.clone())
    }
}

/// The kinds of certificates the buyer of an enquiry needs.
pub fn certificates_of(enquiry: &EnquiryRow) -> Vec<DocumentKind> {
    enquiry.needed_certificates.split(' ').filter_map(|kind| DocumentKind::parse(kind).ok()).collect()
}

/// Who recorded an enquiry for its buyer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LeadRecorder {
    /// On which side of the lead they stand.
    #[serde(rename = "as")]
    side: LeadSide,
    /// The organiser or the producer; an office has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    organisation: Option<RecordingOrganisation>,
}

/// The organisation that recorded an enquiry.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RecordingOrganisation {
    id: OrganisationId,
    #[schema(example = "Trung tâm Xúc tiến Thương mại (minh họa)")]
    name: String,
}

impl LeadRecorder {
    pub fn of(known: &Known) -> Option<Self> {
        let organisation = known.beside.recorder.clone();
        Some(Self {
            side: known.enquiry.recorder_side?,
            organisation: organisation.map(|(id, name)| RecordingOrganisation { id, name }),
        })
    }
}

/// Something that does not go together with what a producer states. It is no refusal: the producer decides.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LeadAdvice {
    code: AdviceCode,
    product_id: ProductId,
    /// The member of the request it is about (RFC 6901).
    #[schema(example = "/products/0/quantity")]
    pointer: String,
    /// A sentence for people.
    text: BilingualName,
}

impl From<(usize, ProductId, Advice)> for LeadAdvice {
    fn from((line, product_id, advice): (usize, ProductId, Advice)) -> Self {
        let Advice { code, member, of_line, say } = advice;
        let pointer = if of_line { format!("/products/{line}/{member}") } else { format!("/{member}") };
        let text = BilingualName { vi: say.vi.into_owned(), en: say.en.into_owned() };
        Self { code, product_id, pointer, text }
    }
}
