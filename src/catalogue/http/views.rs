//! What the catalogue answers with, as JSON.

use super::facets::ProductFacets;
use crate::app::App;
use crate::catalogue::document::ProductCard;
use crate::catalogue::index::Matched;
use crate::catalogue::model::ListedMaker;
use crate::catalogue::{Document, Seq};
use crate::db::Day;
use crate::http::{Code, Problem};
use crate::organisations::{EntityType, OrganisationId};
use crate::reference::PlaceView;
use serde::Serialize;
use utoipa::ToSchema;

/// A page of products in force.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProductPage<'a> {
    pub items: Vec<ProductCard<'a>>,
    #[serde(flatten)]
    pub more: MoreOfPage<'a>,
}

/// What a page of products tells besides the products.
#[derive(Debug, Serialize, ToSchema)]
pub struct MoreOfPage<'a> {
    /// Leads to the next page; `null` on the last.
    #[schema(required = true)]
    pub next_cursor: Option<String>,
    /// Products found, on all pages.
    #[schema(example = 42)]
    pub total: u64,
    /// How `q` was understood; `null` without it, `words` if nothing was found.
    #[schema(required = true)]
    pub matched: Option<Matched>,
    /// Counts, if `facets` asks for any.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub facets: Option<ProductFacets<'a>>,
    /// The local day (Asia/Ho_Chi_Minh) the page is true for.
    pub as_of: Day,
    /// The catalogue's last change that is in the page.
    pub catalogue_seq: Seq,
}

/// A producer with products in force.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProducerItem {
    id: OrganisationId,
    /// The public name; a producer without one is told by its form and place.
    #[schema(example = "Hợp tác xã bánh cáy Làng Nguyễn (minh họa)")]
    name: String,
    entity_type: Option<EntityType>,
    place: PlaceView,
    /// Number of its products in force.
    #[schema(example = 3)]
    products: i64,
    /// The most stars one of them has.
    #[schema(example = 4, minimum = 3, maximum = 5)]
    best_stars: i64,
}

/// A page of producers.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProducerPage {
    pub items: Vec<ProducerItem>,
    /// Leads to the next page; `null` on the last.
    #[schema(required = true)]
    pub next_cursor: Option<String>,
    /// The local day (Asia/Ho_Chi_Minh) the page is true for.
    pub as_of: Day,
}

/// A producer with its products in force.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProducerDetail<'a> {
    /// Its products in force by name, the first hundred of them.
    pub items: Vec<ProductCard<'a>>,
    #[serde(flatten)]
    pub more: MoreOfProducer,
}

/// What a producer's page tells besides its products.
#[derive(Debug, Serialize, ToSchema)]
pub struct MoreOfProducer {
    #[serde(flatten)]
    pub producer: ProducerItem,
    /// All of them, page by page.
    #[schema(example = "/v1/products?producer=01999f6e-3c1a-7d55-9a3e-0c0f7a1b2c3d")]
    pub products_url: String,
    /// The local day (Asia/Ho_Chi_Minh) this is true for.
    pub as_of: Day,
}

impl ProducerItem {
    pub fn new(app: &App, listed: ListedMaker) -> Self {
        Self {
            id: listed.maker.id,
            name: listed.name,
            entity_type: listed.maker.entity_type,
            place: app.reference.view(&listed.maker.place),
            products: listed.products,
            best_stars: listed.best_stars,
        }
    }
}

/// A page as its bytes: the cards are copied, not serialised again.
pub fn page_body<T: Serialize>(cards: &[Document], more: &T) -> Result<Vec<u8>, Problem> {
    const ROOM_FOR_MORE: usize = 8 * 1024;
    let room: usize = cards.iter().map(|card| card.card_len() + 1).sum();
    let mut body = Vec::with_capacity(room + ROOM_FOR_MORE);
    body.extend_from_slice(b"{\"items\":[");
    for (place, card) in cards.iter().enumerate() {
        if place > 0 {
            body.push(b',');
        }
        card.write_card(&mut body);
    }
    body.push(b']');
    // The brace that the rest begins with makes way for a comma.
    let brace = body.len();
    serde_json::to_writer(&mut body, more).map_err(|error| Problem::new(Code::Internal).cause(error))?;
    if let Some(brace) = body.get_mut(brace) {
        *brace = b',';
    }
    Ok(body)
}
