//! Counts beside a list.

use crate::app::App;
use crate::catalogue::PriceBand;
use crate::catalogue::index::Facets;
use crate::listings::DocumentKind;
use crate::reference::{BilingualName, Reference, Taxonomy};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

crate::text_enum! {
    /// What products may be counted by.
    pub enum FacetName {
        Stars = "stars",
        Group = "group",
        /// Provinces of today.
        Province = "province",
        /// Bands of the lowest wholesale price.
        Price = "price",
        Certificates = "certificates",
        /// Months.
        Season = "season",
    }
}

/// How many of the products found have each value. A facet does not look at its own filter: the counts tell what choosing
/// another value would bring. Each is in the order of its values; values that none has are left out, and so are facets that
/// were not asked for.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct ProductFacets<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    stars: Option<Vec<NumberCount>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    group: Option<Vec<NamedCount<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    province: Option<Vec<NamedCount<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    price: Option<Vec<PriceCount>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    certificates: Option<Vec<NamedCount<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    season: Option<Vec<NumberCount>>,
}

/// Products with a number.
#[derive(Debug, Serialize, ToSchema)]
pub struct NumberCount {
    #[schema(example = 4)]
    value: i64,
    #[schema(example = 42)]
    count: u32,
}

/// Products with a value that has a code and a name.
#[derive(Debug, Serialize, ToSchema)]
pub struct NamedCount<'a> {
    /// As the filter takes it.
    #[schema(example = "food")]
    value: &'a str,
    #[schema(value_type = BilingualName)]
    name: Names<'a>,
    #[schema(example = 42)]
    count: u32,
}

/// A [`BilingualName`] that is borrowed: a page may have a hundred.
#[derive(Debug, Serialize)]
struct Names<'a> {
    vi: &'a str,
    en: &'a str,
}

/// Products with a price in a band.
#[derive(Debug, Serialize, ToSchema)]
pub struct PriceCount {
    value: PriceBand,
    #[schema(example = 42)]
    count: u32,
}

impl<'a> ProductFacets<'a> {
    pub fn new(app: &'a App, facets: &'a Facets, wanted: &[FacetName]) -> Self {
        let mut all = Self::default();
        for name in wanted {
            match name {
                FacetName::Stars => all.stars = Some(numbers(&facets.stars, |stars| *stars)),
                FacetName::Group => {
                    all.group = Some(named(&facets.groups, |code| group(&app.reference, code)))
                }
                FacetName::Province => {
                    all.province = Some(named(&facets.provinces, |code| province(&app.reference, code)));
                }
                FacetName::Price => {
                    let count =
                        |(value, count): &(PriceBand, u32)| PriceCount { value: *value, count: *count };
                    all.price = Some(facets.prices.iter().map(count).collect());
                }
                FacetName::Certificates => all.certificates = Some(certificates(&facets.certificates)),
                FacetName::Season => all.season = Some(numbers(&facets.season, |month| i64::from(*month))),
            }
        }
        all
    }
}

fn numbers<T>(counts: &[(T, u32)], number: impl Fn(&T) -> i64) -> Vec<NumberCount> {
    counts.iter().map(|(value, count)| NumberCount { value: number(value), count: *count }).collect()
}

fn named<'a>(counts: &'a [(Arc<str>, u32)], name: impl Fn(&'a str) -> Names<'a>) -> Vec<NamedCount<'a>> {
    counts.iter().map(|(code, count)| NamedCount { value: code, name: name(code), count: *count }).collect()
}

fn certificates<'a>(counts: &[(DocumentKind, u32)]) -> Vec<NamedCount<'a>> {
    let count = |(kind, count): &(DocumentKind, u32)| {
        let (vi, en) = kind.name();
        NamedCount { value: kind.as_str(), name: Names { vi, en }, count: *count }
    };
    counts.iter().map(count).collect()
}

/// A group's name in the latest taxonomy that has it.
fn group<'a>(reference: &'a Reference, code: &'a str) -> Names<'a> {
    let mut latest = Taxonomy::ALL.iter().rev();
    let (vi, en) = latest.find_map(|taxonomy| reference.group_name(*taxonomy, code)).unwrap_or((code, code));
    Names { vi, en }
}

/// A province has one official name, which is Vietnamese.
fn province<'a>(reference: &'a Reference, code: &'a str) -> Names<'a> {
    let name = reference.province_name(code).unwrap_or(code);
    Names { vi: name, en: name }
}
