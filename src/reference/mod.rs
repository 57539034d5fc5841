//! Reference data: admin units, product groups, criteria sets.
//!
//! **Admin units.** On 1 July 2025 Vietnam went from 63 provinces, 696 districts and 10,051 communes to 34 provinces
//! and 3,321 communes, without districts. Certificates, addresses and lists name units of both sides, and three traps
//! come with that:
//!
//! * *Codes are re-used*: 12452 was a ward of 4 km² and is now another, larger one of the same name. A unit's key is
//!   its code together with the day it came into force.
//! * *Names repeat*: old Thái Bình had three communes Minh Tân. Only district and date tell them apart.
//! * *Some communes were split*: then the new one does not follow from the old one.
//!
//! A [`Place`] therefore holds both sides, each as far as it is certain. [`Reference::resolve`] makes one of names as
//! people write them, or says what to ask; it never guesses.
//!
//! **Product groups and criteria sets** are versioned by [`Taxonomy`], the year of the act.
//!
//! The data is shipped in `data/reference`. [`install`] writes it into SQL when its content has changed;
//! [`Reference::load`] reads it once into memory, where all slices use it.

mod data;
mod directory;
mod groups;
pub mod http;
mod model;
mod names;
mod questions;
mod store;
mod units;
mod writing;

use crate::db::{Conn, Day, Instant};
use crate::say::{Invalid, Say};
use data::Data;
use diesel::Connection;
use directory::Directory;
use groups::Groups;
use names::Names;
use std::sync::OnceLock;
use units::{Node, Units};

pub use data::DataError;
pub use groups::{Agency, BilingualName};
pub use model::{
    Extent, FormerPlaceView, Level, MERGER, NamedUnit, Place, PlaceColumn, PlaceNames, PlaceQuestion,
    PlaceView, SetNumber, Taxonomy, UnitCode, small_number,
};
pub use writing::{producer_kinds, set_words};

/// The reference data in memory, read-only.
#[derive(Debug)]
pub struct Reference {
    units: Units,
    names: Names,
    groups: Groups,
    /// Made when a list is first asked for: most starts of the program are for something else.
    directory: OnceLock<Directory>,
}

/// Writes the shipped data into the database if it holds none or another version. Instances that start at the same
/// time wait for the first of them.
pub fn install(conn: &mut Conn, now: Instant) -> Result<(), DataError> {
    let version = data::version();
    if store::version(conn)?.as_deref() == Some(version.as_str()) {
        return Ok(());
    }
    let data = data::shipped()?;
    conn.transaction(|conn| {
        // Of several instances one claims the version; the others wait here for its commit and find it done.
        if store::claim(conn, &version, now)? {
            store::replace(conn, &data)?;
            tracing::info!(version, "reference data loaded");
        }
        Ok(())
    })
}

impl Reference {
    /// Reads the reference data of the database.
    pub fn load(conn: &mut Conn) -> Result<Self, DataError> {
        store::load(conn).map(Self::new)
    }

    /// The data of the binary, without a database.
    pub fn shipped() -> Result<Self, DataError> {
        data::shipped().map(Self::new)
    }

    fn new(data: Data) -> Self {
        let units = Units::new(data.units, &data.successions);
        Self {
            names: Names::new(&units),
            units,
            groups: Groups::new(data.groups, data.sets),
            directory: OnceLock::new(),
        }
    }

    /// Names the content of the shipped data: another one when any of it changes.
    pub fn version() -> String {
        data::version()
    }

    /// Both sides, as far as they are certain, of the unit that has this code on a day.
    pub fn place_of(&self, code: &str, on: Day) -> Option<Place> {
        self.units.on(code, on).map(|node| self.units.place(node))
    }

    /// The place of names as people write them, or what to ask about them. The rules are in `names.rs`.
    pub fn resolve(&self, names: &PlaceNames, on: Option<Day>) -> Result<Place, PlaceQuestion> {
        self.names.resolve(&self.units, names, on)
    }

    /// A place with names.
    pub fn view(&self, place: &Place) -> PlaceView {
        let present = |code: &Option<String>| self.named(code, model::Side::Present);
        let former = |code: &Option<String>| self.named(code, model::Side::Former);
        PlaceView {
            province: present(&place.province),
            commune: present(&place.commune),
            former: FormerPlaceView {
                province: former(&place.former_province),
                district: former(&place.former_district),
                commune: former(&place.former_commune),
            },
        }
    }

    fn named(&self, code: &Option<String>, side: model::Side) -> Option<NamedUnit> {
        let code = code.as_deref()?;
        let unit = self.units.on_side(code, side).map(Node::named);
        Some(unit.unwrap_or_else(|| NamedUnit { code: code.to_owned(), name: code.to_owned() }))
    }

    /// A place in one line, by the units of today where they are certain: `Xã Vũ Thư, Tỉnh Hưng Yên`.
    pub fn place_name(&self, place: &Place) -> Option<String> {
        let view = self.view(place);
        let former = view.former;
        let units = match (view.commune, former.commune, former.district) {
            (Some(commune), _, _) => vec![Some(commune), view.province],
            (None, None, None) => vec![view.province.or(former.province)],
            (None, commune, district) => vec![commune, district, former.province],
        };
        let names: Vec<String> = units.into_iter().flatten().map(|unit| unit.name).collect();
        (!names.is_empty()).then(|| names.join(", "))
    }

    /// What `unit=CODE` or `unit=CODE@YYYY-MM-DD` selects: a column of places and the code in it. Without a date it
    /// is today's unit of that code, else the last one that had it, so that old codes go on working.
    pub fn unit_filter(&self, text: &str, today: Day) -> Result<(PlaceColumn, String), Invalid> {
        let (code, on) = match text.split_once('@') {
            Some((code, day)) => (code, Some(Day::parse(day)?)),
            None => (text, None),
        };
        let node = self.unit(UnitCode::parse(code)?.as_str(), on, today);
        let node = node.map_err(|nobody| Invalid::new("unknown_unit", nobody))?;
        Ok((node.column(), node.unit.code.clone()))
    }

    /// Says that a code names nothing on a day, and when it does.
    pub fn no_such_unit(&self, code: &str, on: Day) -> Say {
        questions::no_such_unit(&self.units, code, on)
    }

    /// The unit that has the code on a day; without a day today's, else the last one that had it.
    fn unit(&self, code: &str, on: Option<Day>, today: Day) -> Result<&Node, Say> {
        let known = match on {
            Some(day) => self.units.on(code, day),
            None => self.units.on_or_last(code, today),
        };
        known.ok_or_else(|| questions::no_such_unit(&self.units, code, on.unwrap_or(today)))
    }

    fn directory(&self) -> &Directory {
        self.directory.get_or_init(|| Directory::new(&self.units))
    }

    /// Is this the code of one of today's provinces?
    pub fn province_of_today(&self, code: &str) -> bool {
        self.units.on_side(code, model::Side::Present).is_some_and(|node| node.unit.level == Level::Province)
    }

    /// The name of one of today's provinces.
    pub fn province_name(&self, code: &str) -> Option<&str> {
        let node = self.units.on_side(code, model::Side::Present)?;
        (node.unit.level == Level::Province).then_some(node.unit.name.as_str())
    }

    /// The product group a text names: by code, by its Vietnamese or English name in any case, or as lists call it.
    pub fn group_code(&self, taxonomy: Taxonomy, text: &str) -> Option<&str> {
        self.groups.code(taxonomy, text)
    }

    /// Names by which people search for a place: its units without their kinds, and what else they are called.
    pub fn place_phrases(&self, place: &Place) -> Vec<String> {
        use model::Side::{Former, Present};
        let units = [
            (&place.province, Present),
            (&place.commune, Present),
            (&place.former_province, Former),
            (&place.former_district, Former),
            (&place.former_commune, Former),
        ];
        let mut names = Vec::new();
        for (code, side) in units {
            let unit = code.as_deref().and_then(|code| self.units.on_side(code, side)).map(|node| &node.unit);
            let Some(unit) = unit else { continue };
            names.push(unit.bare_name().to_owned());
            if unit.level == Level::Province {
                names.extend(writing::searched_as(unit.bare_name()).map(str::to_owned));
                if unit.kind == "thành phố" {
                    names.push("TP".to_owned());
                }
            }
        }
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The group a criteria set belongs to.
    pub fn set_group(&self, taxonomy: Taxonomy, set_no: i64) -> Option<&str> {
        self.groups.set(taxonomy, set_no).map(|set| set.group_code.as_str())
    }

    /// A group's name, Vietnamese and English.
    pub fn group_name(&self, taxonomy: Taxonomy, code: &str) -> Option<(&str, &str)> {
        let name = &self.groups.group(taxonomy, code)?.name;
        Some((&name.vi, &name.en))
    }

    /// A criteria set's name, Vietnamese and English.
    pub fn set_name(&self, taxonomy: Taxonomy, set_no: i64) -> Option<(&str, &str)> {
        let name = &self.groups.set(taxonomy, set_no)?.name;
        Some((&name.vi, &name.en))
    }
}
