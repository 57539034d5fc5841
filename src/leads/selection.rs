//! How requests name the leads that they mean: the parameters that lists, exports and reports share.

use super::{About, AttributionKind, LeadChannel, Only, source_key};
use crate::certification::model::Stars;
use crate::db::Day;
use crate::input::{Faults, measured};
use crate::organisations::EntityType;
use crate::reference::{MERGER, PlaceColumn, Reference, Taxonomy};
use crate::say::{Invalid, Say};

/// Stands for what has none, or is not known.
pub const NONE: &str = "none";
/// Stands for what has several.
pub const SEVERAL: &str = "several";

crate::text_enum! {
    /// Which side of 1 July 2025 the admin units are of.
    pub enum UnitSide {
        /// The units of today
        Current = "current",
        /// The units until 30 June 2025
        Former = "former",
    }
}

/// A value, or `none`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrNone<T>(pub Option<T>);

/// A value, `several` or `none`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrSeveral<T>(pub Only<T>);

/// The code of an admin unit, to be looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitAsked(String);

/// The name of an event or a campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceAsked(pub String);

/// The code or name of a product group, to be looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupAsked(String);

/// `event:NAME`, `campaign:NAME`, `province:CODE`, or `none` in the place of the name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreditAsked(pub AttributionKind, pub Option<String>);

impl UnitAsked {
    fn parse(text: &str) -> Result<Self, Invalid> {
        measured(text, 20, |_| false).map(|text| Self(text.to_owned()))
    }
}

impl SourceAsked {
    fn parse(text: &str) -> Result<Self, Invalid> {
        measured(text.trim(), 200, |_| false).map(|text| Self(text.to_owned()))
    }
}

impl GroupAsked {
    fn parse(text: &str) -> Result<Self, Invalid> {
        measured(text.trim(), 200, |_| false).map(|text| Self(text.to_owned()))
    }

    /// Its code, in any version of the classification.
    fn code(&self, reference: &Reference) -> Result<String, Invalid> {
        let known = Taxonomy::ALL.iter().rev().find_map(|taxonomy| reference.group_code(*taxonomy, &self.0));
        known.map(str::to_owned).ok_or_else(|| {
            Invalid::new(
                "unknown_group",
                Say::new(
                    "Không có nhóm sản phẩm này; xem /v1/product-groups.",
                    "There is no such product group; see /v1/product-groups.",
                ),
            )
        })
    }
}

impl CreditAsked {
    fn parse(text: &str) -> Result<Self, Invalid> {
        let wrong = || {
            Invalid::new(
                "invalid_credit",
                Say::new(
                    "Viết loại và tên, ví dụ event:Hội chợ xuân, campaign:thu-2026, province:33, hoặc event:none.",
                    "Write the kind and the name, for example event:Spring fair, campaign:thu-2026, province:33, or event:none.",
                ),
            )
        };
        let (kind, name) = text.split_once(':').ok_or_else(wrong)?;
        let kind = AttributionKind::parse(kind).map_err(|_| wrong())?;
        let name = measured(name.trim(), 200, |_| false)?;
        Ok(Self(kind, (name != NONE).then(|| source_key(name))))
    }
}

crate::parsed_input!(UnitAsked);
crate::parsed_input!(SourceAsked);
crate::parsed_input!(GroupAsked);
crate::parsed_input!(CreditAsked);

macro_rules! or_none {
    ($($of:ty),+) => {$(
        impl OrNone<$of> {
            fn parse(text: &str) -> Result<Self, Invalid> {
                if text == NONE { Ok(Self(None)) } else { <$of>::parse(text).map(|value| Self(Some(value))) }
            }
        }

        crate::parsed_input!(OrNone<$of>);
    )+};
}

macro_rules! or_several {
    ($($of:ty),+) => {$(
        impl OrSeveral<$of> {
            fn parse(text: &str) -> Result<Self, Invalid> {
                match text {
                    NONE => Ok(Self(Only::Unknown)),
                    SEVERAL => Ok(Self(Only::Several)),
                    text => <$of>::parse(text).map(|value| Self(Only::Is(value))),
                }
            }
        }

        crate::parsed_input!(OrSeveral<$of>);
    )+};
}

or_none!(UnitAsked, SourceAsked, EntityType);
or_several!(GroupAsked, Stars);

/// What a request says of the leads it means. The names of the members are those of the parameters.
#[derive(Debug, Default)]
pub struct Selection {
    pub units: Option<UnitSide>,
    pub province: Option<OrNone<UnitAsked>>,
    pub former_district: Option<OrNone<UnitAsked>>,
    pub commune: Option<OrNone<UnitAsked>>,
    pub group: Option<OrSeveral<GroupAsked>>,
    pub stars: Option<OrSeveral<Stars>>,
    pub event: Option<OrNone<SourceAsked>>,
    pub campaign: Option<OrNone<SourceAsked>>,
    pub source: Option<LeadChannel>,
    pub producer_type: Option<OrNone<EntityType>>,
}

impl Selection {
    /// Which units `province` and `commune` are of.
    pub fn side(&self) -> UnitSide {
        self.units.unwrap_or(UnitSide::Current)
    }

    /// What it comes to; every fault is told.
    pub fn about(&self, reference: &Reference, today: Day) -> Result<About, Faults> {
        let mut faults = Faults::default();
        let mut places = Vec::new();
        let (province, commune) = self.side().columns();
        for (name, column, asked) in [
            ("province", province, &self.province),
            ("former_district", PlaceColumn::FormerDistrict, &self.former_district),
            ("commune", commune, &self.commune),
        ] {
            match asked.as_ref().map(|OrNone(unit)| unit) {
                None => {}
                Some(None) => places.push((column, None)),
                Some(Some(unit)) => match found(reference, unit, column, today) {
                    Ok(code) => places.push((column, Some(code))),
                    Err(invalid) => faults.push([name], invalid),
                },
            }
        }
        let group = match &self.group {
            None => None,
            Some(OrSeveral(Only::Is(group))) => match group.code(reference) {
                Ok(code) => Some(Only::Is(code)),
                Err(invalid) => {
                    faults.push(["group"], invalid);
                    None
                }
            },
            Some(OrSeveral(Only::Several)) => Some(Only::Several),
            Some(OrSeveral(Only::Unknown)) => Some(Only::Unknown),
        };
        faults.into_result()?;
        let key = |asked: &OrNone<SourceAsked>| asked.0.as_ref().map(|name| source_key(&name.0));
        Ok(About {
            places,
            producer_type: self.producer_type.as_ref().map(|OrNone(form)| *form),
            group,
            stars: self.stars.as_ref().map(|OrSeveral(stars)| stars.clone()),
            channel: self.source,
            event: self.event.as_ref().map(key),
            campaign: self.campaign.as_ref().map(key),
            merged: None,
            credited: None,
        })
    }
}

impl UnitSide {
    /// The columns of its provinces and communes.
    pub fn columns(self) -> (PlaceColumn, PlaceColumn) {
        match self {
            Self::Current => (PlaceColumn::Province, PlaceColumn::Commune),
            Self::Former => (PlaceColumn::FormerProvince, PlaceColumn::FormerCommune),
        }
    }
}

/// The code of a unit of the column's level and side.
fn found(
    reference: &Reference,
    UnitAsked(text): &UnitAsked,
    column: PlaceColumn,
    today: Day,
) -> Result<String, Invalid> {
    let former = !matches!(column, PlaceColumn::Province | PlaceColumn::Commune);
    // Codes are re-used: without a day the side tells which of two is meant.
    let dated = match former && !text.contains('@') {
        true => format!("{text}@{}", MERGER.plus_days(-1)),
        false => text.clone(),
    };
    let (found, code) = reference.unit_filter(&dated, today)?;
    if found == column {
        return Ok(code);
    }
    Err(Invalid::new(
        "unknown_unit",
        Say::new(
            "Đơn vị này thuộc cấp khác hoặc bên kia mốc 1/7/2025; xem units và /v1/admin-units.",
            "This unit is of another level, or of the other side of 1 July 2025; see units and /v1/admin-units.",
        ),
    ))
}

/// Parameters that name leads, and those of one operation.
macro_rules! leads_query {
    ($(#[$meta:meta])* $vis:vis struct $name:ident { $($more:tt)* }) => {
        $(#[$meta])*
        #[derive(Debug, deserr::Deserr, utoipa::IntoParams)]
        #[deserr(error = crate::input::Faults, deny_unknown_fields)]
        #[into_params(parameter_in = Query)]
        $vis struct $name {
            $($more)*
            /// Only leads that arrived on this local day or later.
            #[deserr(default)]
            from: Option<crate::db::Day>,
            /// Only leads that arrived on this local day or earlier.
            #[deserr(default)]
            to: Option<crate::db::Day>,
            /// Which side of 1 July 2025 `province` and `commune` are of; `current` unless told.
            #[deserr(default)]
            #[param(inline)]
            units: Option<crate::leads::UnitSide>,
            /// Only leads of producers of this province, by code, or `none`: of those whose province is not known.
            #[deserr(default)]
            #[param(value_type = Option<String>, example = "33")]
            province: Option<crate::leads::OrNone<crate::leads::UnitAsked>>,
            /// Only leads of producers of this district of before 1 July 2025, by code, or `none`.
            #[deserr(default)]
            #[param(value_type = Option<String>, example = "344")]
            former_district: Option<crate::leads::OrNone<crate::leads::UnitAsked>>,
            /// Only leads of producers of this commune, by code, or `none`.
            #[deserr(default)]
            #[param(value_type = Option<String>, example = "13192")]
            commune: Option<crate::leads::OrNone<crate::leads::UnitAsked>>,
            /// Only leads all of whose goods are of this product group (`/v1/product-groups`), `several`: of more than one,
            /// or `none`: of none that is known.
            #[deserr(default)]
            #[param(value_type = Option<String>, example = "food")]
            group: Option<crate::leads::OrSeveral<crate::leads::GroupAsked>>,
            /// Only leads all of whose goods had so many stars on the day of the enquiry, `several` or `none`.
            #[deserr(default)]
            #[param(value_type = Option<String>, example = "4")]
            stars: Option<crate::leads::OrSeveral<crate::certification::model::Stars>>,
            /// Only leads from this fair, conference or meeting, in whatever case and with or without marks, or `none`.
            #[deserr(default)]
            #[param(value_type = Option<String>, example = "Hội nghị kết nối cung cầu")]
            event: Option<crate::leads::OrNone<crate::leads::SourceAsked>>,
            /// Only leads from this campaign, or `none`.
            #[deserr(default)]
            #[param(value_type = Option<String>, example = "thu-2026")]
            campaign: Option<crate::leads::OrNone<crate::leads::SourceAsked>>,
            /// Only leads that came about so.
            #[deserr(default)]
            #[param(inline)]
            source: Option<crate::leads::LeadChannel>,
            /// Only leads of producers of this legal form, or `none`.
            #[deserr(default)]
            #[param(value_type = Option<String>, example = "cooperative")]
            producer_type: Option<crate::leads::OrNone<crate::organisations::EntityType>>,
        }

        impl $name {
            /// What the shared parameters say; they are taken out.
            fn selection(&mut self) -> crate::leads::Selection {
                crate::leads::Selection {
                    units: self.units,
                    province: self.province.take(),
                    former_district: self.former_district.take(),
                    commune: self.commune.take(),
                    group: self.group.take(),
                    stars: self.stars.take(),
                    event: self.event.take(),
                    campaign: self.campaign.take(),
                    source: self.source,
                    producer_type: self.producer_type.take(),
                }
            }
        }
    };
}

pub(crate) use leads_query;

/// The days of a period, of which the first must not be after the last.
pub fn in_order(from: Option<Day>, to: Option<Day>) -> Result<(), Faults> {
    if from.is_some_and(|from| to.is_some_and(|to| to < from)) {
        let say = Say::new("Ngày cuối trước ngày đầu.", "The last day is before the first.");
        return Err(Faults::one(["to"], Invalid::new("out_of_range", say)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_of_the_side_and_level_asked_for() {
        let reference = Reference::shipped().expect("the shipped data");
        let today = Day::constant(2026, 11, 23);
        let places = |units, province: Option<&str>, district: Option<&str>, commune: Option<&str>| {
            let unit = |text: &str| OrNone::<UnitAsked>::parse(text).expect("a unit");
            let selection = Selection {
                units,
                province: province.map(unit),
                former_district: district.map(unit),
                commune: commune.map(unit),
                ..Selection::default()
            };
            selection.about(&reference, today).map(|about| about.places).map_err(|faults| faults.0.len())
        };
        let code = |code: &str| Some(code.to_owned());
        assert_eq!(places(None, Some("33"), None, None), Ok(vec![(PlaceColumn::Province, code("33"))]));
        // Code 33 is Hưng Yên on both sides, of different extent.
        let former = Some(UnitSide::Former);
        assert_eq!(
            places(former, Some("33"), None, None),
            Ok(vec![(PlaceColumn::FormerProvince, code("33"))])
        );
        assert_eq!(
            places(former, Some("34"), Some("344"), Some("none")),
            Ok(vec![
                (PlaceColumn::FormerProvince, code("34")),
                (PlaceColumn::FormerDistrict, code("344")),
                (PlaceColumn::FormerCommune, None)
            ])
        );
        // All faults at once: a district is no province, a province no commune.
        assert_eq!(places(None, Some("13192"), Some("33"), Some("33")), Err(3));
    }

    #[test]
    fn credits_are_read() {
        let read = |text| CreditAsked::parse(text).map(|CreditAsked(kind, key)| (kind.as_str(), key)).ok();
        assert_eq!(read("event:Hội chợ  Xuân"), Some(("event", Some(source_key("hoi cho xuan")))));
        assert_eq!(read("province:33"), Some(("province", Some("33".to_owned()))));
        assert_eq!(read("campaign:none"), Some(("campaign", None)));
        for wrong in ["", "event", "event:", "fair:x"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
