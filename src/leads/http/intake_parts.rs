//! What answers tell of an enquiry beside products and people: delivery, certificates, who recorded it, and advice.

use crate::db::Day;
use crate::leads::{Advice, AdviceCode, EnquiryRow, Known, LeadSide};
use crate::listings::DocumentKind;
use crate::organisations::OrganisationId;
use crate::products::ProductId;
use crate::reference::{BilingualName, PlaceView, Reference};
use serde::Serialize;
use utoipa::ToSchema;

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
