//! The list of units as it is browsed: in the order of the Vietnamese alphabet, found by the beginnings of syllables.

use super::model::{Level, Unit};
use super::units::{Node, Units};
use super::writing::{Kinds, key_of, without_kind};
use crate::db::Day;
use crate::vietnamese::{fold, sort_key};

/// What to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub level: Option<Level>,
    /// Code of the unit directly above.
    pub parent: Option<String>,
    /// Beginnings of syllables of the name.
    pub words: Option<String>,
}

#[derive(Debug)]
struct Entry {
    id: usize,
    sort: String,
    folded: String,
}

/// All units in order.
#[derive(Debug)]
pub struct Directory {
    entries: Vec<Entry>,
}

impl Directory {
    pub fn new(units: &Units) -> Self {
        let mut entries: Vec<(Entry, &Unit)> = units
            .all()
            .map(|node| {
                let name = node.unit.bare_name();
                let entry = Entry { id: node.id, sort: sort_key(name), folded: fold(name) };
                (entry, &node.unit)
            })
            .collect();
        entries.sort_by(|(one, unit), (other, other_unit)| {
            (&one.sort, &unit.code).cmp(&(&other.sort, &other_unit.code))
        });
        Self { entries: entries.into_iter().map(|(entry, _)| entry).collect() }
    }

    /// The units of a day after a place in the order, each with its own place: (sort key, code).
    pub fn list<'u>(
        &'u self,
        units: &'u Units,
        filter: &Filter,
        on: Day,
        after: Option<&(String, String)>,
    ) -> impl Iterator<Item = (&'u Node, (String, String))> {
        let words = filter.words.as_deref().map(Words::new);
        let begin = after.map_or(0, |(sort, code)| {
            self.entries.partition_point(|entry| {
                let its_code = units.node(entry.id).map(|node| node.unit.code.as_str());
                (entry.sort.as_str(), its_code) <= (sort.as_str(), Some(code.as_str()))
            })
        });
        let (level, parent) = (filter.level, filter.parent.clone());
        self.entries.iter().skip(begin).filter_map(move |entry| {
            let node = units.node(entry.id)?;
            let unit = &node.unit;
            let fits = unit.is_in_force_on(on)
                && level.is_none_or(|level| unit.level == level)
                && parent.as_ref().is_none_or(|parent| unit.parent_code.as_ref() == Some(parent))
                && words.as_ref().is_none_or(|words| words.fit(unit, &entry.folded));
            fits.then(|| (node, (entry.sort.clone(), unit.code.clone())))
        })
    }
}

/// Typed words: a kind of unit in front limits to that kind, the rest are beginnings of successive syllables.
struct Words {
    folded: Vec<String>,
    of_kind: Option<(Vec<String>, Kinds)>,
}

impl Words {
    fn new(text: &str) -> Self {
        let syllables = |text: &str| fold(text).split_whitespace().map(str::to_owned).collect();
        let of_kind = Level::ALL
            .iter()
            .filter_map(|level| without_kind(&key_of(text), *level))
            .min_by_key(|(rest, _)| rest.len());
        Self { folded: syllables(text), of_kind: of_kind.map(|(rest, kinds)| (syllables(&rest), kinds)) }
    }

    fn fit(&self, unit: &Unit, folded: &str) -> bool {
        begin_syllables(&self.folded, folded)
            || self.of_kind.as_ref().is_some_and(|(words, kinds)| {
                kinds.contains(&unit.kind.as_str()) && begin_syllables(words, folded)
            })
    }
}

/// Does each word begin one of the syllables, in their order?
fn begin_syllables(words: &[String], folded: &str) -> bool {
    let mut syllables = folded.split(' ');
    words.iter().all(|word| syllables.any(|syllable| syllable.starts_with(word.as_str())))
}
