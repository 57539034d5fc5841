//! Legal parties: who makes, buys, organises.

mod claim;
mod likeness;
mod registered;
mod standing;
mod tax_code;

pub use claim::{Claim, ClaimDecision, ClaimId, ClaimNote, ClaimState};
pub use likeness::{Likeness, Traits, Unclaimed, score};
pub use registered::{
    NewOrganisation, Organisation, OrganisationChange, StreetAddress, foreign_number, form_needed, not_null,
    public_name,
};
pub use standing::{
    IllegalDecision, OrganisationStanding, Reason, Verification, VerificationDecision, VerificationId,
};
pub use tax_code::TaxCode;

use crate::input::is_invisible;
use crate::reference::Place;
use crate::say::{Invalid, Say};
use crate::vietnamese::{fold, name_key};

crate::id_type!(
    /// An organisation's id.
    OrganisationId
);

crate::text_enum! {
    /// What a party is in the programme.
    pub enum OrganisationKind {
        Producer = "producer",
        Buyer = "buyer",
        Organiser = "organiser",
        Office = "office",
    }
}

crate::text_enum! {
    /// Legal form of a producer, as the lists name it.
    pub enum EntityType {
        /// Công ty, doanh nghiệp tư nhân
        Company = "company",
        /// Hợp tác xã (HTX)
        Cooperative = "cooperative",
        /// Tổ hợp tác (THT)
        CooperativeGroup = "cooperative_group",
        /// Cơ sở sản xuất, xưởng
        Facility = "facility",
        /// Hộ kinh doanh: its legal name is a natural person's
        Household = "household",
    }
}

/// The first words of names and of the lists' `entity_type`, folded, with the form they tell.
const FORMS: &[(&str, EntityType)] = &[
    ("cong ty", EntityType::Company),
    ("ctcp", EntityType::Company),
    ("cty", EntityType::Company),
    ("doanh nghiep", EntityType::Company),
    ("dntn", EntityType::Company),
    ("chi nhanh", EntityType::Company),
    ("hop tac xa", EntityType::Cooperative),
    ("htx", EntityType::Cooperative),
    ("lien hiep hop tac xa", EntityType::Cooperative),
    ("to hop tac", EntityType::CooperativeGroup),
    ("tht", EntityType::CooperativeGroup),
    ("co so", EntityType::Facility),
    ("xuong", EntityType::Facility),
    ("ho kinh doanh", EntityType::Household),
    ("hkd", EntityType::Household),
    ("ho san xuat", EntityType::Household),
    ("ho gia dinh", EntityType::Household),
];

impl EntityType {
    /// Reads a form as lists write it (`công ty`, `HTX`, `hộ kinh doanh`), or its code.
    pub fn named(text: &str) -> Result<Self, Invalid> {
        Self::parse(text.trim()).or_else(|_| {
            Self::of_name(text).ok_or_else(|| {
                Invalid::new(
                    "unknown_entity_type",
                    Say::new(
                        "Loại hình chủ thể là: công ty, HTX, tổ hợp tác, cơ sở sản xuất hoặc hộ kinh doanh.",
                        "The legal form is one of: công ty (company), HTX (cooperative), tổ hợp tác \
                         (cooperative_group), cơ sở sản xuất (facility), hộ kinh doanh (household).",
                    ),
                )
            })
        })
    }

    /// The form that a producer's full name begins with.
    pub fn of_name(name: &str) -> Option<Self> {
        // With its marks, for `hồ` is a lake.
        if name_key(name).split(' ').next() == Some(name_key("hộ").as_str()) {
            return Some(Self::Household);
        }
        let folded = fold(name);
        FORMS
            .iter()
            .find(|(words, _)| {
                folded.strip_prefix(words).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
            })
            .map(|(_, form)| *form)
    }

    /// May everybody read its name? That of a household business is a natural person's (Law 91/2025/QH15).
    pub fn has_public_name(self) -> bool {
        self != Self::Household
    }
}

/// The name of a party: 1 to 200 characters, on one line.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct OrganisationName(String);

impl OrganisationName {
    const LONGEST: usize = 200;

    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let fits = name.chars().count() <= Self::LONGEST
            && !name.contains(|c: char| c.is_control() || is_invisible(c));
        if fits && !fold(&name).is_empty() {
            return Ok(Self(name));
        }
        Err(Invalid::new(
            "invalid_name",
            Say::new(
                "Tên có chữ hoặc số, dài nhất 200 ký tự, không có ký tự điều khiển.",
                "A name has letters or digits, at most 200 characters and no control characters.",
            ),
        ))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

crate::string_schema!(OrganisationName, "name", "HTX Bánh cáy Hương Đồng");
crate::parsed_input!(OrganisationName);

fn pairs<'a>(one: &'a Place, other: &'a Place) -> [(&'a Option<String>, &'a Option<String>); 5] {
    [
        (&one.province, &other.province),
        (&one.commune, &other.commune),
        (&one.former_province, &other.former_province),
        (&one.former_district, &other.former_district),
        (&one.former_commune, &other.former_commune),
    ]
}

/// Equal, or not both known.
pub fn agrees<T: PartialEq>(one: Option<T>, other: Option<T>) -> bool {
    one.is_none() || other.is_none() || one == other
}

/// Can both be the place of one thing? Every unit is equal wherever both know it.
pub fn compatible(one: &Place, other: &Place) -> bool {
    pairs(one, other).iter().all(|(one, other)| agrees(one.as_ref(), other.as_ref()))
}

/// A place with the units another knows of it.
pub fn filled(place: &Place, more: &Place) -> Place {
    let [province, commune, former_province, former_district, former_commune] =
        pairs(place, more).map(|(known, more)| known.clone().or_else(|| more.clone()));
    Place { province, commune, former_province, former_district, former_commune }
}

/// The name of an organisation as everybody may read it.
///
/// A producer without a public name is described by its form and place: the legal name of a household business is a
/// natural person's (Law 91/2025/QH15), and many published lists leave the producer out.
pub fn display_name(
    public_name: Option<&str>,
    entity_type: Option<EntityType>,
    place: Option<&str>,
) -> String {
    if let Some(name) = public_name {
        return name.to_owned();
    }
    let form = match entity_type {
        Some(EntityType::Company) => "Công ty",
        Some(EntityType::Cooperative) => "Hợp tác xã",
        Some(EntityType::CooperativeGroup) => "Tổ hợp tác",
        Some(EntityType::Facility) => "Cơ sở sản xuất",
        Some(EntityType::Household) => "Hộ kinh doanh",
        None => "Chủ thể chưa rõ tên",
    };
    place.map_or_else(|| form.to_owned(), |place| format!("{form} tại {place}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_read_as_lists_write_them() {
        for (text, form) in [
            ("công ty", EntityType::Company),
            ("CTCP Bánh kẹo Ví Dụ", EntityType::Company),
            ("HTX", EntityType::Cooperative),
            ("Hợp tác xã", EntityType::Cooperative),
            ("tổ hợp tác", EntityType::CooperativeGroup),
            ("cơ sở sản xuất", EntityType::Facility),
            ("hộ kinh doanh", EntityType::Household),
            ("Hộ ông Ví Dụ", EntityType::Household),
            ("cooperative_group", EntityType::CooperativeGroup),
        ] {
            assert_eq!(EntityType::named(text), Ok(form), "{text}");
        }
        for wrong in ["", "tập đoàn", "hội nông dân", "công", "Hồ tiêu Ví Dụ"] {
            assert!(EntityType::named(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn places_fit_unless_they_contradict() {
        let place = |district: Option<&str>, commune: Option<&str>| Place {
            province: Some("33".into()),
            former_district: district.map(Into::into),
            former_commune: commune.map(Into::into),
            ..Place::default()
        };
        let (district, both, other) =
            (place(Some("339"), None), place(Some("339"), Some("12595")), place(Some("340"), None));
        assert!(compatible(&district, &both) && compatible(&both, &district));
        assert!(!compatible(&both, &other));
        assert_eq!(filled(&district, &both), both);
        assert_eq!(filled(&both, &other), both);
    }
}
