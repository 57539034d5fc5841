//! What the catalogue answers with, as JSON.

use crate::app::App;
use crate::catalogue::model::{Detail, InForce, Listed, ListedMaker, Maker};
use crate::certification::model::{CertificationId, Decision, Score, SourceUrl, Stars, State};
use crate::db::{Day, Instant};
use crate::organisations::{EntityType, OrganisationId};
use crate::products::{Gtin, ProductCode, ProductId};
use crate::reference::{BilingualName, PlaceView, Reference, Taxonomy};
use serde::Serialize;
use utoipa::ToSchema;

/// A product as lists show it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProductCard {
    id: ProductId,
    /// The short code printed on pack and poster; `/v1/verifications/{code}` tells what is behind it.
    code: ProductCode,
    /// As the decision names it.
    #[schema(example = "Bánh cáy truyền thống")]
    name: String,
    producer: ProducerRef,
    stars: Stars,
    /// Product group of the certification's own taxonomy; `null` if its source names none.
    group: Option<CardGroup>,
    /// Criteria set of the certification's own taxonomy; `null` if its source names none.
    set: Option<CardSet>,
    place: PlaceView,
    gtin: Option<Gtin>,
    certification: CardCertification,
    /// When product or certification last changed.
    updated_at: Instant,
}

/// Who makes it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProducerRef {
    id: OrganisationId,
    /// The public name; a producer without one is told by its form and place.
    #[schema(example = "Hợp tác xã bánh cáy Làng Nguyễn (minh họa)")]
    pub name: String,
}

/// A product group.
#[derive(Debug, Serialize, ToSchema)]
pub struct CardGroup {
    #[schema(example = "food")]
    code: String,
    name: BilingualName,
}

/// A criteria set.
#[derive(Debug, Serialize, ToSchema)]
pub struct CardSet {
    #[schema(example = 6, minimum = 1, maximum = 26)]
    set_no: i64,
    name: BilingualName,
}

/// The certification that is in force.
#[derive(Debug, Serialize, ToSchema)]
pub struct CardCertification {
    id: CertificationId,
    /// `valid`, `expiring` (180 days or less to go) or `extended` (renewal under way).
    state: State,
    decision: Decision,
    /// Last day of the term of 36 months.
    valid_until: Day,
    /// Last day in force as the ledger stands: the term, an extension, or the eve of a revocation already decided.
    in_force_until: Day,
}

/// A page of products in force.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProductPage {
    pub items: Vec<ProductCard>,
    /// Leads to the next page; `null` on the last.
    #[schema(required = true)]
    pub next_cursor: Option<String>,
    /// The local day (Asia/Ho_Chi_Minh) the page is true for.
    pub as_of: Day,
}

/// A product in force with all that is public about it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProductDetail {
    #[serde(flatten)]
    card: ProductCard,
    /// Points of the council, 0 to 100; `null` if its source gives none.
    score: Option<Score>,
    /// Version of the criteria it was evaluated by: year of the Prime Minister's decision.
    criteria_version: Taxonomy,
    /// Version of the classification that `group` and `set` belong to.
    taxonomy: Taxonomy,
    /// Where the decision was published.
    source_url: Option<SourceUrl>,
    #[schema(example = "/v1/verifications/7K3F9-QXM4T")]
    verification_url: String,
    producer_products: ProducerProducts,
}

/// What else the producer has in the catalogue.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProducerProducts {
    /// Number of its products in force, this one included.
    #[schema(example = 3)]
    count: i64,
    #[schema(example = "/v1/products?producer=01999f6e-3c1a-7d55-9a3e-0c0f7a1b2c3d")]
    url: String,
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
pub struct ProducerDetail {
    #[serde(flatten)]
    pub producer: ProducerItem,
    /// Its products in force by name, the first hundred of them.
    pub items: Vec<ProductCard>,
    /// All of them, page by page.
    #[schema(example = "/v1/products?producer=01999f6e-3c1a-7d55-9a3e-0c0f7a1b2c3d")]
    pub products_url: String,
    /// The local day (Asia/Ho_Chi_Minh) this is true for.
    pub as_of: Day,
}

pub fn verification_url(code: ProductCode) -> String {
    format!("/v1/verifications/{}", code.as_str())
}

pub fn products_url(producer: OrganisationId) -> String {
    format!("/v1/products?producer={producer}")
}

impl ProducerRef {
    pub fn new(maker: &Maker, reference: &Reference) -> Self {
        Self { id: maker.id, name: maker.name(reference) }
    }
}

impl ProductCard {
    pub fn new(app: &App, listed: Listed) -> Self {
        let (reference, certification) = (&*app.reference, listed.certification);
        Self {
            id: listed.id,
            code: listed.code,
            name: listed.name,
            producer: ProducerRef::new(&listed.producer, reference),
            stars: certification.stars,
            group: group(&certification, reference),
            set: set(&certification, reference),
            place: reference.view(&listed.place),
            gtin: listed.gtin,
            certification: CardCertification {
                id: certification.id,
                state: listed.state,
                decision: certification.decision,
                valid_until: certification.valid_until,
                in_force_until: certification.shown_until,
            },
            updated_at: listed.updated_at,
        }
    }
}

fn group(certification: &InForce, reference: &Reference) -> Option<CardGroup> {
    let code = certification.group_code.as_deref()?;
    let name = bilingual(reference.group_name(certification.taxonomy, code)?);
    Some(CardGroup { code: code.to_owned(), name })
}

fn set(certification: &InForce, reference: &Reference) -> Option<CardSet> {
    let set_no = certification.set_no?;
    let name = bilingual(reference.set_name(certification.taxonomy, set_no)?);
    Some(CardSet { set_no, name })
}

fn bilingual((vi, en): (&str, &str)) -> BilingualName {
    BilingualName { vi: vi.to_owned(), en: en.to_owned() }
}

impl ProductDetail {
    pub fn new(app: &App, detail: Detail) -> Self {
        let Detail { listed, of_producer } = detail;
        Self {
            score: listed.certification.score,
            criteria_version: listed.certification.criteria_version,
            taxonomy: listed.certification.taxonomy,
            source_url: listed.certification.source_url.clone(),
            verification_url: verification_url(listed.code),
            producer_products: ProducerProducts { count: of_producer, url: products_url(listed.producer.id) },
            card: ProductCard::new(app, listed),
        }
    }
}

impl ProducerItem {
    pub fn new(app: &App, listed: ListedMaker) -> Self {
        Self {
            id: listed.maker.id,
            name: listed.maker.name(&app.reference),
            entity_type: listed.maker.entity_type,
            place: app.reference.view(&listed.maker.place),
            products: listed.products,
            best_stars: listed.best_stars,
        }
    }
}
