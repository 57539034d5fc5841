//! From the names people write to a place.
//!
//! Names come with the kind of unit, abbreviated or without it (`Phường 1`, `P.1`, `TT. Đông Hưng`), in any case, with
//! the tone on either letter. The rules:
//!
//! * A district is named: it is the side until 30 June 2025, whatever the date.
//! * A date is known: the side of that day. Lists mix the sides, so what is not there is looked up on the other one.
//! * Neither: both sides.
//! * One unit is an answer. So are several that all went into the same new commune: what they have in common.
//! * Everything else is a question with the units that may be meant. There is no guessing.

use super::model::{Level, MERGER, Place, PlaceNames, PlaceQuestion, Side};
use super::questions;
use super::units::{Node, Units};
use super::writing::{PROVINCE_ALIASES, Written, key_of};
use crate::db::Day;
use crate::vietnamese::fold;
use std::collections::HashMap;

/// How much the kind in front of a name counts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A commune that became a ward is still found: the district is known.
    Preferred,
    Required,
}

/// An index of all names.
#[derive(Debug)]
pub struct Names {
    by_key: HashMap<String, Vec<usize>>,
}

/// The province a name means on either side.
pub struct Province<'u> {
    pub former: Option<&'u Node>,
    pub present: Option<&'u Node>,
}

/// The sides that a date leaves open.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Era {
    Before,
    Since,
    Unknown,
}

impl Names {
    pub fn new(units: &Units) -> Self {
        let mut by_key: HashMap<String, Vec<usize>> = HashMap::new();
        for node in units.all() {
            by_key.entry(key_of(node.unit.bare_name())).or_default().push(node.id);
        }
        Self { by_key }
    }

    pub fn resolve(
        &self,
        units: &Units,
        names: &PlaceNames,
        on: Option<Day>,
    ) -> Result<Place, PlaceQuestion> {
        let era = match on {
            Some(day) if day < MERGER => Era::Before,
            Some(_) => Era::Since,
            None => Era::Unknown,
        };
        let blank = |text: &str| fold(text).is_empty();
        let text = |name: &'_ Option<String>| name.clone().filter(|text| !blank(text));
        let (commune, district) = (text(&names.commune), text(&names.district));
        let province = text(&names.province).ok_or_else(questions::no_province)?;
        let province = Written::new(&province, Level::Province);
        let meant = self.province(units, &province)?;
        let Some(district) = district else {
            return match commune {
                Some(commune) => {
                    let commune = Written::new(&commune, Level::Commune);
                    self.commune_of_province(units, &meant, &commune, era)
                }
                None => province_alone(units, &meant, era).ok_or_else(questions::no_province),
            };
        };
        let district = Written::new(&district, Level::District);
        let districts = self.districts(units, &meant, &district, era)?;
        match commune {
            Some(commune) => {
                let commune = Written::new(&commune, Level::Commune);
                self.commune_of_districts(units, &districts, &commune)
            }
            None => match districts.as_slice() {
                [only] => Ok(units.place(only)),
                several => Err(questions::ambiguous(units, &district, Level::District, several)),
            },
        }
    }

    /// The units of a name for which `scope` holds.
    fn find<'u>(
        &self,
        units: &'u Units,
        written: &Written,
        kind: Kind,
        scope: impl Fn(&Node) -> bool,
    ) -> Vec<&'u Node> {
        let by_key = |key: &str| -> Vec<&'u Node> {
            let ids = self.by_key.get(key).into_iter().flatten();
            ids.filter_map(|id| units.node(*id)).filter(|n| scope(n)).collect()
        };
        if let Some((bare, kinds)) = &written.bare {
            let named = by_key(bare);
            let of_kind: Vec<&Node> =
                named.iter().copied().filter(|node| kinds.contains(&node.unit.kind.as_str())).collect();
            if !of_kind.is_empty() {
                return of_kind;
            }
            if kind == Kind::Preferred && !named.is_empty() {
                return named;
            }
        }
        by_key(&written.key)
    }

    fn province<'u>(&self, units: &'u Units, written: &Written) -> Result<Province<'u>, PlaceQuestion> {
        let is_province = |node: &Node| node.unit.level == Level::Province;
        let mut found = self.find(units, written, Kind::Preferred, is_province);
        if found.is_empty() {
            let bare = written.bare.as_ref().map_or(&written.key, |(bare, _)| bare);
            let alias = PROVINCE_ALIASES
                .iter()
                .find(|(alias, _)| [bare, &written.key].contains(&&key_of(alias)))
                .map(|(_, official)| Written::new(official, Level::Province));
            found = alias
                .map_or_else(Vec::new, |official| self.find(units, &official, Kind::Preferred, is_province));
        }
        if found.is_empty() {
            // No two provinces are alike without marks.
            let folded = written.folded();
            found = units
                .all()
                .filter(|node| is_province(node) && fold(node.unit.bare_name()) == folded)
                .collect();
        }
        let of_side = |side: Side| found.iter().copied().find(|node| node.side() == side);
        match (of_side(Side::Former), of_side(Side::Present)) {
            (None, None) => Err(questions::unknown_province(units, written)),
            (former, present) => Ok(Province { former, present }),
        }
    }

    /// The districts of a name. Lists after the merger put old districts under the new province.
    fn districts<'u>(
        &self,
        units: &'u Units,
        province: &Province<'u>,
        written: &Written,
        era: Era,
    ) -> Result<Vec<&'u Node>, PlaceQuestion> {
        let within = |scope: &[&Node]| {
            let is_in = |node: &Node| {
                node.unit.level == Level::District && scope.iter().any(|p| units.is_within(node, p))
            };
            self.find(units, written, Kind::Preferred, is_in)
        };
        let own: Vec<&Node> = province.former.into_iter().collect();
        let merged = province.merged(units);
        let tiers = match era {
            Era::Since if !merged.is_empty() => [&merged, &own],
            _ => [&own, &merged],
        };
        tiers
            .into_iter()
            .map(|scope| within(scope))
            .find(|found| !found.is_empty())
            .ok_or_else(|| questions::unknown_district(units, written, province))
    }

    fn commune_of_districts(
        &self,
        units: &Units,
        districts: &[&Node],
        written: &Written,
    ) -> Result<Place, PlaceQuestion> {
        let is_in = |node: &Node| districts.iter().any(|district| units.is_within(node, district));
        let former = |node: &Node| node.unit.level == Level::Commune && is_in(node);
        // A commune of today with the district it used to be in.
        let present =
            |node: &Node| node.side() == Side::Present && units.links(node).any(|(from, _)| is_in(from));
        let mut found = self.find(units, written, Kind::Preferred, former);
        if found.is_empty() {
            found = self.find(units, written, Kind::Preferred, |node| {
                node.unit.level == Level::Commune && present(node)
            });
        }
        decide(units, written, &found)
            .unwrap_or_else(|| Err(questions::unknown_commune(units, written, districts)))
    }

    fn commune_of_province(
        &self,
        units: &Units,
        province: &Province,
        written: &Written,
        era: Era,
    ) -> Result<Place, PlaceQuestion> {
        let is_in = |node: &Node, scope: &[&Node]| scope.iter().any(|unit| units.is_within(node, unit));
        let own: Vec<&Node> = province.former.into_iter().collect();
        let merged = province.merged(units);
        let former = |node: &Node| node.side() == Side::Former && is_in(node, &own);
        let of_merged = |node: &Node| node.side() == Side::Former && is_in(node, &merged);
        let present = |node: &Node| match province.present {
            Some(present) => units.is_within(node, present),
            // The province is no more: its part of the new one.
            None => node.side() == Side::Present && units.links(node).any(|(from, _)| is_in(from, &own)),
        };
        let find = |scope: &dyn Fn(&Node) -> bool| {
            self.find(units, written, Kind::Required, |node| node.unit.level == Level::Commune && scope(node))
        };
        let found = match (era, province.present) {
            (Era::Before, _) => either(find(&former), || find(&|node| present(node) || of_merged(node))),
            (Era::Since, Some(_)) => either(find(&present), || find(&of_merged)),
            (Era::Since, None) | (Era::Unknown, _) => {
                either(find(&|node| former(node) || present(node)), || find(&of_merged))
            }
        };
        decide(units, written, &found).unwrap_or_else(|| {
            let scope: Vec<&Node> = province.former.into_iter().chain(province.present).collect();
            Err(questions::unknown_commune(units, written, &scope))
        })
    }
}

impl<'u> Province<'u> {
    /// The former provinces that make up the present one of this name.
    fn merged(&self, units: &'u Units) -> Vec<&'u Node> {
        let present = self.present.into_iter();
        present.flat_map(|p| units.links(p)).map(|(from, _)| from).collect()
    }
}

fn either<'u>(first: Vec<&'u Node>, second: impl FnOnce() -> Vec<&'u Node>) -> Vec<&'u Node> {
    if first.is_empty() { second() } else { first }
}

fn province_alone(units: &Units, province: &Province, era: Era) -> Option<Place> {
    let place = |node: Option<&Node>| node.map(|node| units.place(node));
    let (former, present) = (place(province.former), place(province.present));
    match (era, former, present) {
        (Era::Before, Some(former), _) => Some(former),
        (Era::Since, _, Some(present)) => Some(present),
        (Era::Unknown, Some(former), Some(present)) => Some(former.common(&present)),
        (_, former, present) => former.or(present),
    }
}

/// One unit, or several that are now in the same commune; `None` if nothing was found.
fn decide(units: &Units, written: &Written, found: &[&Node]) -> Option<Result<Place, PlaceQuestion>> {
    let mut places = found.iter().map(|node| units.place(node));
    let first = places.next()?;
    let agreed = places.try_fold(first, |known, place| {
        let agrees = known.commune.is_some() && known.commune == place.commune;
        agrees.then(|| known.common(&place))
    });
    Some(agreed.ok_or_else(|| questions::ambiguous(units, written, Level::Commune, found)))
}

#[cfg(test)]
mod tests;
