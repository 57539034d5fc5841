//! Organisations that people register: what they say of themselves.

use super::{EntityType, OrganisationId, OrganisationKind, OrganisationName, OrganisationStanding, TaxCode};
use crate::db::Instant;
use crate::input::{Faults, measured};
use crate::reference::Place;
use crate::say::{Invalid, Say};
use deserr::{Deserr, ValuePointerRef};
use utoipa::ToSchema;

/// House number and street or hamlet: 1 to 200 characters, on one line. A household's is where a person lives.
#[derive(Clone, PartialEq, Eq, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub struct StreetAddress(String);

impl StreetAddress {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        measured(&line, 200, |_| false).map(|line| Self(line.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

crate::text_column!(personal StreetAddress, |text: &str| Some(StreetAddress(text.to_owned())));
crate::string_schema!(StreetAddress, "address", "Số 12, thôn Minh Họa");
crate::parsed_input!(StreetAddress);

/// An organisation to be, as somebody describes it who will own it. Kept as JSON until an e-mail address is confirmed.
#[derive(Clone, PartialEq, Eq, Deserr, serde::Serialize, serde::Deserialize, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields, validate = whole -> Faults)]
pub struct NewOrganisation {
    /// An `office` is registered by administrators only.
    pub kind: OrganisationKind,
    /// Legal form; required of a producer.
    #[deserr(default)]
    #[schema(nullable = false)]
    pub entity_type: Option<EntityType>,
    /// The name of the business registration. Of a household business it is a person's, and shown to nobody but its
    /// members and the officers of its province.
    pub legal_name: OrganisationName,
    /// The name for everybody; without it the legal name, except of a household business, which is then called by its form
    /// and place.
    #[deserr(default)]
    #[schema(nullable = false)]
    pub public_name: Option<OrganisationName>,
    /// Tax code of 10 or 13 digits; of a household business also the 12 digits of a personal identity number, which are
    /// shown in full to its owners and the officers of its province alone.
    #[deserr(default)]
    #[schema(nullable = false)]
    pub tax_code: Option<TaxCode>,
    /// Code of the commune of today in which it is.
    #[schema(example = "13192")]
    pub unit: String,
    /// House number and street, without the admin units; shown to its members and the officers of its province.
    #[deserr(default)]
    #[schema(nullable = false)]
    pub address: Option<StreetAddress>,
}

/// It may be a person's: never in a log.
impl std::fmt::Debug for NewOrganisation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewOrganisation({} …)", self.kind.as_str())
    }
}

fn whole(new: NewOrganisation, location: ValuePointerRef) -> Result<NewOrganisation, Faults> {
    let mut faults = Faults::default();
    let mut wrong =
        |field: &str, invalid| faults.0.extend(Faults::located(location.push_key(field), invalid).0);
    if new.kind == OrganisationKind::Producer && new.entity_type.is_none() {
        wrong("entity_type", form_needed());
    }
    if let Some(invalid) = foreign_number(new.tax_code.as_ref(), new.entity_type) {
        wrong("tax_code", invalid);
    }
    faults.into_result().map(|()| new)
}

/// What is said of a producer without a legal form.
pub fn form_needed() -> Invalid {
    Invalid::new(
        "missing",
        Say::new("Chủ thể sản xuất cần có loại hình.", "A producer needs its legal form."),
    )
}

/// What is wrong with a personal number that is no household's.
pub fn foreign_number(code: Option<&TaxCode>, form: Option<EntityType>) -> Option<Invalid> {
    let personal = code.is_some_and(TaxCode::is_personal);
    (personal && form != Some(EntityType::Household)).then(|| {
        Invalid::new(
            "personal_number",
            Say::new(
                "Chỉ hộ kinh doanh dùng số định danh cá nhân làm mã số thuế.",
                "Only a household business has a personal identity number as its tax code.",
            ),
        )
    })
}

/// May everybody read the legal name?
fn is_public(kind: OrganisationKind, form: Option<EntityType>) -> bool {
    form.map_or(kind != OrganisationKind::Producer, EntityType::has_public_name)
}

/// The name for everybody: the one that is given, else the legal name where that is no person's.
pub fn public_name(
    kind: OrganisationKind,
    form: Option<EntityType>,
    legal: &str,
    given: Option<&str>,
) -> Option<String> {
    given.or(Some(legal).filter(|_| is_public(kind, form))).map(str::to_owned)
}

/// An organisation with all that is known of it: not for everybody.
#[derive(Clone, PartialEq, Eq)]
pub struct Organisation {
    pub id: OrganisationId,
    pub kind: OrganisationKind,
    pub entity_type: Option<EntityType>,
    pub legal_name: Option<String>,
    pub public_name: Option<String>,
    pub tax_code: Option<TaxCode>,
    pub place: Place,
    pub address: Option<StreetAddress>,
    pub standing: OrganisationStanding,
    /// Another one has taken its place.
    pub successor: Option<OrganisationId>,
    pub created_at: Instant,
    pub updated_at: Instant,
}

/// It may be a person's: never in a log.
impl std::fmt::Debug for Organisation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Organisation({})", self.id)
    }
}

impl Organisation {
    /// Code of the province of today.
    pub fn province(&self) -> Option<&str> {
        self.place.province.as_deref()
    }

    /// What those call it who may know its legal name.
    pub fn inner_name(&self) -> String {
        let name = self.legal_name.as_deref().or(self.public_name.as_deref());
        super::display_name(name, self.entity_type, None)
    }
}
