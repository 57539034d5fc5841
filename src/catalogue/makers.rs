//! The producers that have a product in the catalogue, in memory.

use super::model::{ListedMaker, Maker, MakerFilter};
use crate::organisations::OrganisationId;
use crate::products::ProductId;
use crate::reference::PlaceColumn;
use crate::vietnamese;
use std::collections::{BTreeMap, HashMap};

/// Where a producer stands in the list: its name's sort key, then its id.
pub type ByName = (String, String);

/// A producer with its products in the catalogue: of each, stars and group.
#[derive(Debug)]
struct Held {
    maker: Maker,
    name: String,
    place: ByName,
    products: HashMap<ProductId, (i64, Option<String>)>,
}

impl Held {
    fn listed(&self) -> ListedMaker {
        ListedMaker {
            maker: self.maker.clone(),
            name: self.name.clone(),
            products: i64::try_from(self.products.len()).unwrap_or(i64::MAX),
            best_stars: self.products.values().map(|(stars, _)| *stars).max().unwrap_or_default(),
        }
    }

    fn fits(&self, filter: &MakerFilter) -> bool {
        let place = &self.maker.place;
        let is_in = |(column, code): &(PlaceColumn, String)| place.code(*column) == Some(code.as_str());
        let wanted =
            |group: &Option<String>| group.as_ref().is_some_and(|group| filter.groups.contains(group));
        (filter.units.is_empty() || filter.units.iter().any(is_in))
            && (filter.provinces.is_empty()
                || place.province.as_ref().is_some_and(|code| filter.provinces.contains(code)))
            && (filter.groups.is_empty() || self.products.values().any(|(_, group)| wanted(group)))
            && filter.search.as_ref().is_none_or(|search| search.matches(&self.name))
    }
}

#[derive(Debug, Default)]
pub struct Makers {
    by_id: HashMap<OrganisationId, Held>,
    of_product: HashMap<ProductId, OrganisationId>,
    by_name: BTreeMap<ByName, OrganisationId>,
}

impl Makers {
    /// Enters a product of a maker, whose name everybody may read is given.
    pub fn put(&mut self, product: ProductId, maker: &Maker, name: &str, stars: i64, group: Option<&str>) {
        if self.of_product.get(&product).is_some_and(|held| *held != maker.id) {
            self.remove(product);
        }
        self.of_product.insert(product, maker.id);
        let place = || (vietnamese::sort_key(name), maker.id.to_string());
        let held = self.by_id.entry(maker.id).or_insert_with(|| {
            let place = place();
            self.by_name.insert(place.clone(), maker.id);
            Held { maker: maker.clone(), name: name.to_owned(), place, products: HashMap::new() }
        });
        if held.name != name {
            self.by_name.remove(&held.place);
            held.place = place();
            held.name = name.to_owned();
            self.by_name.insert(held.place.clone(), maker.id);
        }
        if held.maker != *maker {
            held.maker = maker.clone();
        }
        held.products.insert(product, (stars, group.map(str::to_owned)));
    }

    /// Takes a product out, and its maker if it was the only one.
    pub fn remove(&mut self, product: ProductId) {
        let Some(maker) = self.of_product.remove(&product) else { return };
        let Some(held) = self.by_id.get_mut(&maker) else { return };
        held.products.remove(&product);
        if held.products.is_empty() {
            self.by_name.remove(&held.place);
            self.by_id.remove(&maker);
        }
    }

    pub fn find(&self, id: OrganisationId) -> Option<ListedMaker> {
        self.by_id.get(&id).map(Held::listed)
    }

    /// Makers by name, from behind `after`, with where each stands.
    pub fn list(
        &self,
        filter: &MakerFilter,
        after: Option<ByName>,
        limit: usize,
    ) -> Vec<(ByName, ListedMaker)> {
        use std::ops::Bound;
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let held = self.by_name.range((from, Bound::Unbounded)).filter_map(|(_, id)| self.by_id.get(id));
        let fitting = held.filter(|held| held.fits(filter)).take(limit);
        fitting.map(|held| (held.place.clone(), held.listed())).collect()
    }
}
