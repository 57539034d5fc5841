//! What a list of the catalogue is asked, and what it answers.

use super::facets::{Certificates, Months, PriceBand};
use super::search::Search;
use crate::certification::model::Stars;
use crate::db::Day;
use crate::organisations::{EntityType, OrganisationId, producer_name};
use crate::products::ProductId;
use crate::reference::{Place, PlaceColumn, Reference, SetNumber, Taxonomy, small_number};
use crate::say;
use crate::say::Invalid;
use serde::{Deserialize, Serialize};

crate::text_enum! {
    /// Order of a product list.
    #[derive(Default)]
    pub enum ProductSort {
        /// Latest decision first: the default without `q`.
        #[default]
        Newest = "newest",
        /// Most stars first, then by name.
        Stars = "stars",
        /// Cheapest first, then by name; those without a price last.
        Price = "price",
        /// By name, as a Vietnamese dictionary orders.
        Name = "name",
        /// Best match of `q` first: the default with `q`.
        Relevance = "relevance",
    }
}

/// Stars of a filter, 3 to 5.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StarsWanted(pub Stars);

impl StarsWanted {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        small_number(text, 3, 5).and_then(Stars::new).map(Self)
    }
}

crate::parsed_input!(StarsWanted);

/// One admin unit of a filter: the column to look at and the code to find there.
pub type InUnit = (PlaceColumn, String);

/// Which products, in which order. Values of one filter are alternatives; filters narrow each other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    pub sort: ProductSort,
    pub stars: Vec<StarsWanted>,
    pub groups: Vec<String>,
    pub sets: Vec<SetNumber>,
    pub units: Vec<InUnit>,
    pub provinces: Vec<String>,
    pub producer: Option<OrganisationId>,
    pub prices: Vec<PriceBand>,
    /// In đồng, included.
    pub price_min: Option<i64>,
    pub price_max: Option<i64>,
    pub certificates: Certificates,
    pub season: Months,
    pub has_gtin: Option<bool>,
    /// Blank searches are left out.
    pub search: Option<Search>,
}

/// Which producers. Values of one filter are alternatives; filters narrow each other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MakerFilter {
    /// Of a product in force.
    pub groups: Vec<String>,
    pub units: Vec<InUnit>,
    pub provinces: Vec<String>,
    pub search: Option<Search>,
}

/// Where a product stands in a list: all that any order looks at. It travels in the cursor, which anybody can forge,
/// hence it is parsed like other input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "SealedPosition", try_from = "SealedPosition")]
pub struct Position {
    /// How well the search is matched; 0 is best.
    pub rank: i64,
    pub stars: i64,
    pub sort_key: String,
    pub decided_on: Day,
    pub product: ProductId,
    /// In đồng.
    pub price: Option<i64>,
}

/// The form of a [`Position`] in a cursor.
#[derive(Serialize, Deserialize)]
struct SealedPosition(i64, i64, String, String, String, Option<i64>);

impl From<Position> for SealedPosition {
    fn from(at: Position) -> Self {
        Self(at.rank, at.stars, at.sort_key, at.decided_on.to_string(), at.product.to_string(), at.price)
    }
}

impl TryFrom<SealedPosition> for Position {
    type Error = &'static str;

    fn try_from(sealed: SealedPosition) -> Result<Self, Self::Error> {
        let SealedPosition(rank, stars, sort_key, day, product, price) = sealed;
        match (Day::parse(&day), ProductId::parse(&product)) {
            (Ok(decided_on), Ok(product)) if is_sort_key(&sort_key) => {
                Ok(Self { rank, stars, sort_key, decided_on, product, price })
            }
            _ => Err("no position of a list"),
        }
    }
}

/// `vietnamese::sort_key` writes lower-case hex.
fn is_sort_key(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// What the catalogue tells of a producer.
#[derive(Debug, Clone, PartialEq, Eq, diesel::Queryable)]
pub struct Maker {
    pub id: OrganisationId,
    pub public_name: Option<String>,
    pub entity_type: Option<EntityType>,
    pub place: Place,
}

impl Maker {
    /// The name as everybody may read it.
    pub fn name(&self, reference: &Reference) -> String {
        producer_name(reference, self.public_name.as_deref(), self.entity_type, &self.place)
    }
}

/// A producer with at least one product in the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedMaker {
    pub maker: Maker,
    /// As everybody may read it.
    pub name: String,
    pub products: i64,
    pub best_stars: i64,
}

/// A product that may be asked for today, as an enquiry needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    pub product: ProductId,
    pub producer: OrganisationId,
    pub product_name: String,
    pub producer_name: String,
    /// What it is certified as.
    pub stars: Stars,
    pub group: Option<(Taxonomy, String)>,
}

/// Says why a group code is refused.
pub fn unknown_group(code: &str) -> Invalid {
    let code = excerpt(code);
    Invalid::new(
        "unknown_value",
        say!(
            "Không có nhóm sản phẩm {code}; danh mục ở /v1/product-groups.",
            "There is no product group {code}; the list is at /v1/product-groups."
        ),
    )
}

/// Says why a province's code is refused.
pub fn unknown_province(code: &str) -> Invalid {
    let code = excerpt(code);
    Invalid::new(
        "unknown_value",
        say!(
            "{code} không phải mã tỉnh, thành phố hiện nay; mã cũ dùng tham số unit.",
            "{code} is not the code of a province of today; the parameter unit takes old codes."
        ),
    )
}

/// What was typed, short enough to be repeated.
fn excerpt(text: &str) -> String {
    text.chars().take(20).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vietnamese;

    #[test]
    fn numbers_are_read_strictly() {
        for right in ["3", "4", "5"] {
            assert!(StarsWanted::parse(right).is_ok(), "{right}");
        }
        for wrong in ["2", "6", "", "+4", "-3", "3.0", "٣", "9223372036854775808", " 3"] {
            assert!(StarsWanted::parse(wrong).is_err(), "{wrong}");
        }
        assert!(["26", "27", "0"].map(|text| SetNumber::parse(text).is_ok()) == [true, false, false]);
    }

    #[test]
    fn a_position_reads_back_and_a_forged_one_does_not() {
        let position = Position {
            rank: 1,
            stars: 4,
            sort_key: vietnamese::sort_key("Bánh cáy"),
            decided_on: Day::constant(2026, 1, 2),
            product: ProductId::parse("01999f6e-3c1a-7d55-9a3e-0c0f7a1b2c3d").expect("an id"),
            price: Some(45_000),
        };
        assert_eq!(Position::try_from(SealedPosition::from(position.clone())), Ok(position.clone()));
        for forge in [
            |p: &mut SealedPosition| p.2 = "zz".into(),
            |p: &mut SealedPosition| p.2 = "\0".into(),
            |p: &mut SealedPosition| p.3 = "2026-02-30".into(),
            |p: &mut SealedPosition| p.4 = "x".into(),
        ] {
            let mut sealed = SealedPosition::from(position.clone());
            forge(&mut sealed);
            assert!(Position::try_from(sealed).is_err());
        }
    }
}
