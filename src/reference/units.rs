//! The admin units as a graph: who lies in whom, and who became whom on 1 July 2025.
//!
//! The official table says it for communes. For provinces and districts it follows from their communes: a district's
//! successors are communes, a province's are provinces.

use super::model::{Extent, Level, NamedUnit, Place, PlaceColumn, Side, Succession, Unit};
use crate::db::Day;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A unit with its neighbours, as positions in the list of all units.
#[derive(Debug)]
pub struct Node {
    pub unit: Unit,
    pub(super) id: usize,
    parent: Option<usize>,
    /// Successors of a former unit, predecessors of a present one.
    links: Vec<(usize, Extent)>,
}

impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Node {
    pub fn side(&self) -> Side {
        self.unit.side()
    }

    pub fn named(&self) -> NamedUnit {
        NamedUnit { code: self.unit.code.clone(), name: self.unit.name.clone() }
    }

    /// The column of a place this unit stands in.
    pub fn column(&self) -> PlaceColumn {
        match (self.side(), self.unit.level) {
            (Side::Present, Level::Province) => PlaceColumn::Province,
            // There are no districts on this side; whatever is below a province is a commune.
            (Side::Present, Level::District | Level::Commune) => PlaceColumn::Commune,
            (Side::Former, Level::Province) => PlaceColumn::FormerProvince,
            (Side::Former, Level::District) => PlaceColumn::FormerDistrict,
            (Side::Former, Level::Commune) => PlaceColumn::FormerCommune,
        }
    }
}

/// All units, read-only.
#[derive(Debug)]
pub struct Units {
    nodes: Vec<Node>,
    by_code: HashMap<String, Vec<usize>>,
}

impl Units {
    pub fn new(units: Vec<Unit>, successions: &[Succession]) -> Self {
        let mut by_code: HashMap<String, Vec<usize>> = HashMap::with_capacity(units.len());
        for (id, unit) in units.iter().enumerate() {
            by_code.entry(unit.code.clone()).or_default().push(id);
        }
        let on_side = |code: &str, side: Side| {
            let ids = by_code.get(code).into_iter().flatten().copied();
            ids.into_iter().find(|id| units.get(*id).is_some_and(|unit| unit.side() == side))
        };
        let parents: Vec<Option<usize>> = units
            .iter()
            .map(|unit| {
                let parent = unit.parent_code.as_deref()?;
                on_side(parent, unit.side())
            })
            .collect();
        let links = links(&units, &parents, successions, &on_side);
        let nodes = units.into_iter().zip(parents).zip(links).enumerate();
        let nodes = nodes.map(|(id, ((unit, parent), links))| Node { unit, id, parent, links }).collect();
        Self { nodes, by_code }
    }

    pub fn all(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter()
    }

    pub(super) fn node(&self, id: usize) -> Option<&Node> {
        self.nodes.get(id)
    }

    /// Every unit that ever had a code, the earliest first.
    pub fn with_code(&self, code: &str) -> impl Iterator<Item = &Node> {
        let ids = self.by_code.get(code).into_iter().flatten();
        ids.filter_map(|id| self.node(*id))
    }

    /// The unit that has a code on a day.
    pub fn on(&self, code: &str, day: Day) -> Option<&Node> {
        self.with_code(code).find(|node| node.unit.is_in_force_on(day))
    }

    /// The unit that has a code on a day, else the last one that had it.
    pub fn on_or_last(&self, code: &str, day: Day) -> Option<&Node> {
        self.on(code, day).or_else(|| self.with_code(code).max_by_key(|node| node.unit.valid_to))
    }

    pub fn on_side(&self, code: &str, side: Side) -> Option<&Node> {
        self.with_code(code).find(|node| node.side() == side)
    }

    pub fn parent(&self, node: &Node) -> Option<&Node> {
        node.parent.and_then(|id| self.node(id))
    }

    /// Successors of a former unit, predecessors of a present one.
    pub fn links(&self, node: &Node) -> impl Iterator<Item = (&Node, Extent)> {
        node.links.iter().filter_map(|(id, extent)| Some((self.node(*id)?, *extent)))
    }

    /// The unit itself and the ones above it, the nearest first.
    pub fn chain<'a>(&'a self, node: &'a Node) -> impl Iterator<Item = &'a Node> {
        std::iter::successors(Some(node), |node| self.parent(node))
    }

    pub fn ancestor<'a>(&'a self, node: &'a Node, level: Level) -> Option<&'a Node> {
        self.chain(node).find(|node| node.unit.level == level)
    }

    pub fn is_within(&self, node: &Node, other: &Node) -> bool {
        self.chain(node).any(|node| node == other)
    }

    /// The unit's name with those above it: `Xã Minh Tân, Huyện Đông Hưng, Tỉnh Thái Bình`.
    pub fn full_name(&self, node: &Node) -> String {
        let names: Vec<&str> = self.chain(node).map(|node| node.unit.name.as_str()).collect();
        names.join(", ")
    }

    /// Both sides of a unit, as far as they are certain.
    pub fn place(&self, node: &Node) -> Place {
        let code = |node: Option<&Node>| node.map(|node| node.unit.code.clone());
        let own = |level| code(self.ancestor(node, level));
        let of_links = |level| {
            let units = self.links(node).map(|(linked, _)| self.ancestor(linked, level).map(|unit| unit.id));
            code(sole(units).and_then(|id| self.node(id)))
        };
        let whole = || {
            let mut links = self.links(node);
            match (links.next(), links.next()) {
                (Some((only, Extent::Whole)), None) => Some(only.unit.code.clone()),
                _ => None,
            }
        };
        match (node.side(), node.unit.level) {
            (Side::Former, level) => Place {
                province: of_links(Level::Province).or_else(|| self.province_after(node)),
                commune: (level == Level::Commune).then(whole).flatten(),
                former_province: own(Level::Province),
                former_district: own(Level::District),
                former_commune: own(Level::Commune),
            },
            (Side::Present, Level::Province) => Place {
                province: own(Level::Province),
                former_province: of_links(Level::Province),
                ..Place::default()
            },
            (Side::Present, _) => Place {
                province: own(Level::Province),
                commune: own(Level::Commune),
                former_province: of_links(Level::Province),
                former_district: of_links(Level::District),
                former_commune: whole(),
            },
        }
    }

    /// Where a former unit of unknown successors is now: provinces were merged as a whole.
    fn province_after(&self, node: &Node) -> Option<String> {
        let province = self.ancestor(node, Level::Province).filter(|p| *p != node)?;
        let (after, _) = self.links(province).next()?;
        (self.links(province).count() == 1 && self.links(node).next().is_none())
            .then(|| after.unit.code.clone())
    }
}

/// The value all items share; `None` if they differ, one is missing or there are none.
fn sole<T: PartialEq>(mut items: impl Iterator<Item = Option<T>>) -> Option<T> {
    let first = items.next()??;
    items.all(|item| item.as_ref() == Some(&first)).then_some(first)
}

/// For each unit its links to the other side.
fn links(
    units: &[Unit],
    parents: &[Option<usize>],
    successions: &[Succession],
    on_side: &impl Fn(&str, Side) -> Option<usize>,
) -> Vec<Vec<(usize, Extent)>> {
    let parent = |id: usize| parents.get(id).copied().flatten();
    let mut communes: BTreeMap<(usize, usize), Extent> = BTreeMap::new();
    // What a former district or province went into.
    let mut above: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for Succession { old_code, new_code, extent } in successions {
        let Some((old, new)) = on_side(old_code, Side::Former).zip(on_side(new_code, Side::Present)) else {
            continue;
        };
        communes.insert((old, new), *extent);
        if let Some(district) = parent(old) {
            above.entry(district).or_default().insert(new);
        }
        if let Some((old, new)) = parent(old).and_then(parent).zip(parent(new)) {
            above.entry(old).or_default().insert(new);
        }
    }
    let mut links = vec![Vec::new(); units.len()];
    let mut link = |from: usize, to: usize, extent: Extent| {
        if let Some(links) = links.get_mut(from) {
            links.push((to, extent));
        }
    };
    for ((old, new), extent) in communes {
        link(old, new, extent);
        link(new, old, extent);
    }
    for (old, all) in above {
        let extent = if all.len() == 1 { Extent::Whole } else { Extent::Part };
        let is_province = units.get(old).is_some_and(|unit| unit.level == Level::Province);
        for new in all {
            link(old, new, extent);
            // A commune's predecessors are communes, not the districts they were in.
            if is_province {
                link(new, old, extent);
            }
        }
    }
    links
}

#[cfg(test)]
mod tests;
