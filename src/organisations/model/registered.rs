//! Organisations that people register: what they say of themselves.

use super::{EntityType, OrganisationId, OrganisationKind, OrganisationName, OrganisationStanding, TaxCode};
use crate::db::Instant;
use crate::input::{Change, Faults, looks_like_a_link, measured};
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
    pub entity_type: Option<EntityType>,
    /// The name of the business registration. Of a household business it is a person's, and shown to nobody but its
    /// members and the officers of its province.
    pub legal_name: OrganisationName,
    /// The name for everybody; without it the legal name, except of a household business, which is then called by its form
    /// and place.
    #[deserr(default)]
    pub public_name: Option<OrganisationName>,
    /// Tax code of 10 or 13 digits; of a household business also the 12 digits of a personal identity number, which are
    /// shown in full to its owners and the officers of its province alone.
    #[deserr(default)]
    pub tax_code: Option<TaxCode>,
    /// Code of the commune of today in which it is.
    #[schema(example = "13192")]
    pub unit: String,
    /// House number and street, without the admin units; shown to its members and the officers of its province.
    #[deserr(default)]
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
    for (field, name) in [("legal_name", Some(&new.legal_name)), ("public_name", new.public_name.as_ref())] {
        if let Some(invalid) = name.and_then(|name| looks_like_a_link(name.as_str())) {
            wrong(field, invalid);
        }
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

/// What is said of a field that cannot be cleared.
pub fn not_null() -> Invalid {
    Invalid::new("wrong_type", Say::new("Trường này không được là null.", "This field must not be null."))
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

/// What its owners change of an organisation.
#[derive(Clone, Default)]
pub struct OrganisationChange {
    pub entity_type: Change<EntityType>,
    pub legal_name: Change<OrganisationName>,
    pub public_name: Change<OrganisationName>,
    pub tax_code: Change<TaxCode>,
    /// The place of another commune, or what is wrong with it.
    pub place: Option<Result<Place, Invalid>>,
    pub address: Change<StreetAddress>,
}

impl OrganisationChange {
    /// Does it touch what lists know a producer by?
    pub fn is_of_identity(&self) -> bool {
        self.place.is_some() || matches!(self.legal_name, Change::Set(_))
    }
}

impl Organisation {
    /// The organisation with a change, or what is wrong with that. What an officer has looked at (names of the
    /// registration, legal form, tax code) has to be looked at again when it is another.
    pub fn changed_by(&self, change: OrganisationChange) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        for (field, name) in [("legal_name", &change.legal_name), ("public_name", &change.public_name)] {
            let Change::Set(name) = name else { continue };
            if let Some(invalid) = looks_like_a_link(name.as_str()) {
                faults.push([field], invalid);
            }
        }
        let mut changed = self.clone();
        match change.entity_type {
            Change::Keep => {}
            Change::Clear if self.kind == OrganisationKind::Producer => {
                faults.push(["entity_type"], form_needed())
            }
            Change::Clear => changed.entity_type = None,
            Change::Set(form) => changed.entity_type = Some(form),
        }
        match change.legal_name {
            Change::Keep => {}
            Change::Clear => faults.push(["legal_name"], not_null()),
            Change::Set(name) => changed.legal_name = Some(name.as_str().to_owned()),
        }
        match change.tax_code {
            Change::Keep => {}
            Change::Clear => changed.tax_code = None,
            Change::Set(code) => changed.tax_code = Some(code),
        }
        if let Some(invalid) = foreign_number(changed.tax_code.as_ref(), changed.entity_type) {
            faults.push(["tax_code"], invalid);
        }
        match change.address {
            Change::Keep => {}
            Change::Clear => changed.address = None,
            Change::Set(address) => changed.address = Some(address),
        }
        changed.public_name = changed.public_name_after(self, change.public_name);
        match change.place {
            None => {}
            Some(Ok(place)) => changed.place = place,
            Some(Err(invalid)) => faults.push(["unit"], invalid),
        }
        faults.into_result()?;
        if changed.was_looked_at() != self.was_looked_at() {
            changed.standing = self.standing.after_change();
        }
        Ok(changed)
    }

    /// A name for everybody that was the legal one follows it, and goes when that becomes a person's.
    fn public_name_after(&self, before: &Self, change: Change<OrganisationName>) -> Option<String> {
        let derived = before.public_name.is_none() || before.public_name == before.legal_name;
        let given = match change {
            Change::Set(name) => Some(name.as_str().to_owned()),
            Change::Keep if !derived => before.public_name.clone(),
            Change::Keep | Change::Clear => None,
        };
        match &self.legal_name {
            Some(legal) => public_name(self.kind, self.entity_type, legal, given.as_deref()),
            None => given,
        }
    }

    fn was_looked_at(&self) -> (Option<&str>, Option<EntityType>, Option<&TaxCode>) {
        (self.legal_name.as_deref(), self.entity_type, self.tax_code.as_ref())
    }

    /// Names of what is another than before.
    pub fn fields_unlike(&self, before: &Self) -> Vec<&'static str> {
        let fields = [
            ("entity_type", self.entity_type != before.entity_type),
            ("legal_name", self.legal_name != before.legal_name),
            ("public_name", self.public_name != before.public_name),
            ("tax_code", self.tax_code != before.tax_code),
            ("unit", self.place != before.place),
            ("address", self.address != before.address),
        ];
        fields.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
    }

    /// Does everybody read something else of it now?
    pub fn shows_otherwise(&self, before: &Self) -> bool {
        (&self.public_name, self.entity_type, &self.place)
            != (&before.public_name, before.entity_type, &before.place)
    }

    /// The producer of the ledger as it is when an organisation has been found to be it: what the ledger says of it
    /// stays, for lists know it by that, and what it does not say is added.
    pub fn joined_by(&self, claimant: &Self) -> Self {
        let entity_type = self.entity_type.or(claimant.entity_type);
        let unnamed = self.legal_name.is_none() && self.public_name.is_none();
        let may_be_named = entity_type == claimant.entity_type && unnamed;
        Self {
            entity_type,
            legal_name: self.legal_name.clone().or_else(|| claimant.legal_name.clone()),
            public_name: self
                .public_name
                .clone()
                .or_else(|| claimant.public_name.clone().filter(|_| may_be_named)),
            tax_code: self.tax_code.clone().or_else(|| claimant.tax_code.clone()),
            address: self.address.clone().or_else(|| claimant.address.clone()),
            standing: OrganisationStanding::Verified,
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::columns::Key;

    fn organisation(form: EntityType, legal: &str, public: Option<&str>) -> Organisation {
        let at = Instant::from_micros(0);
        Organisation {
            id: Key::new(at, [1; 10]).into(),
            kind: OrganisationKind::Producer,
            entity_type: Some(form),
            legal_name: Some(legal.to_owned()),
            public_name: public.map(str::to_owned),
            tax_code: None,
            place: Place::default(),
            address: None,
            standing: OrganisationStanding::Verified,
            successor: None,
            created_at: at,
            updated_at: at,
        }
    }

    #[test]
    fn a_name_follows_the_legal_one_unless_that_is_a_persons() {
        let name = |text| Change::Set(OrganisationName::parse(text).expect("a name"));
        let firm = organisation(EntityType::Company, "Công ty Ví Dụ", Some("Công ty Ví Dụ"));
        let renamed =
            OrganisationChange { legal_name: name("Công ty Minh Họa"), ..OrganisationChange::default() };
        let renamed = firm.changed_by(renamed).expect("valid");
        assert_eq!(renamed.public_name.as_deref(), Some("Công ty Minh Họa"));
        assert_eq!(renamed.standing, OrganisationStanding::Unverified);

        let household = OrganisationChange {
            entity_type: Change::Set(EntityType::Household),
            ..OrganisationChange::default()
        };
        assert_eq!(firm.changed_by(household.clone()).expect("valid").public_name, None);
        let branded = organisation(EntityType::Company, "Công ty Ví Dụ", Some("Bánh Ví Dụ"));
        assert_eq!(branded.changed_by(household).expect("valid").public_name.as_deref(), Some("Bánh Ví Dụ"));

        let shop =
            OrganisationChange { public_name: name("Quán Ví Dụ"), ..OrganisationChange::default() };
        let shop = firm.changed_by(shop).expect("valid");
        assert_eq!((shop.public_name.as_deref(), shop.standing), (Some("Quán Ví Dụ"), firm.standing));
        assert!(shop.shows_otherwise(&firm));
        let cleared = OrganisationChange { public_name: Change::Clear, ..OrganisationChange::default() };
        assert_eq!(shop.changed_by(cleared).expect("valid").public_name, firm.public_name);
    }

    #[test]
    fn the_ledger_keeps_what_it_says() {
        let known = organisation(EntityType::Cooperative, "HTX Ví Dụ", Some("HTX Ví Dụ"));
        let mut claimant = organisation(EntityType::Company, "Công ty Ví Dụ", Some("Ví Dụ"));
        claimant.tax_code = TaxCode::parse("9900000016").ok();
        let joined = known.joined_by(&claimant);
        assert_eq!(joined, Organisation { tax_code: claimant.tax_code.clone(), ..known.clone() });
        let unnamed = Organisation { legal_name: None, public_name: None, entity_type: None, ..known };
        assert_eq!(unnamed.joined_by(&claimant).public_name.as_deref(), Some("Ví Dụ"));
    }
}
