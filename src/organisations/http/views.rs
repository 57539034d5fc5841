//! Organisations as those see them who may.

use crate::accounts::MemberRole;
use crate::db::Instant;
use crate::organisations::{
    EntityType, Organisation, OrganisationId, OrganisationKind, OrganisationStanding, Seen, StreetAddress,
    producer_name,
};
use crate::reference::{PlaceView, Reference};
use serde::Serialize;
use utoipa::ToSchema;

/// An organisation as its members and the officers of its province see it. What is public of a producer stands at
/// `/v1/producers/{id}`.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrganisationDetails {
    pub id: OrganisationId,
    pub kind: OrganisationKind,
    pub entity_type: Option<EntityType>,
    /// The name as everybody may read it.
    #[schema(example = "Hộ kinh doanh tại Xã Vũ Thư, Tỉnh Hưng Yên")]
    pub name: String,
    #[schema(example = "HTX Bánh cáy Ví Dụ")]
    pub legal_name: Option<String>,
    /// `null`: it is called by its form and place.
    #[schema(example = "Bánh cáy Ví Dụ")]
    pub public_name: Option<String>,
    /// Of a personal identity number only the last four digits, unless the reader is an owner or an officer of the province.
    #[schema(example = "9900000016")]
    pub tax_code: Option<String>,
    pub place: PlaceView,
    pub address: Option<StreetAddress>,
    pub standing: OrganisationStanding,
    /// The caller's part in it; `null` of an officer who has none.
    pub your_role: Option<MemberRole>,
    pub created_at: Instant,
    /// When something last changed that everybody may read.
    pub updated_at: Instant,
}

impl OrganisationDetails {
    pub fn new(reference: &Reference, seen: &Seen) -> Self {
        let whole = seen.reads_all();
        Self::of(reference, &seen.organisation, seen.role, whole)
    }

    /// `whole`: with a person's number.
    pub fn of(reference: &Reference, known: &Organisation, role: Option<MemberRole>, whole: bool) -> Self {
        Self {
            id: known.id,
            kind: known.kind,
            entity_type: known.entity_type,
            name: producer_name(reference, known.public_name.as_deref(), known.entity_type, &known.place),
            legal_name: known.legal_name.clone(),
            public_name: known.public_name.clone(),
            tax_code: known.tax_code.as_ref().map(|code| code.shown(whole)),
            place: reference.view(&known.place),
            address: known.address.clone(),
            standing: known.standing,
            your_role: role,
            created_at: known.created_at,
            updated_at: known.updated_at,
        }
    }
}
