//! The documents' parts, as JSON.

use super::contents::{CardPicture, ProductContents, face};
use crate::catalogue::facts::Facts;
use crate::certification::ledger::Certification;
use crate::certification::model::{CertificationId, Decision, Score, SourceUrl, Stars, State};
use crate::db::{Day, Instant};
use crate::listings::{Document, DocumentIssuer, DocumentKind, DocumentNumber, ListingName, Season, Volume};
use crate::organisations::OrganisationId;
use crate::products::{Gtin, ProductCode, ProductId, Unit};
use crate::reference::{BilingualName, PlaceView, Reference, Taxonomy};
use serde::Serialize;
use utoipa::ToSchema;

/// A product as lists show it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProductCard<'a> {
    id: ProductId,
    /// The short code printed on pack and poster; `/v1/verifications/{code}` tells what is behind it.
    code: ProductCode,
    /// As the decision names it.
    #[schema(example = "Bánh cáy truyền thống")]
    name: &'a str,
    /// What its producer calls it in shops; absent if not otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    names: Option<&'a ListingName>,
    /// Its face; absent without pictures.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    picture: Option<CardPicture<'a>>,
    producer: ProducerRef<'a>,
    stars: Stars,
    /// Product group of the certification's own taxonomy; `null` if its source names none.
    group: Option<CardGroup<'a>>,
    /// Criteria set of the certification's own taxonomy; `null` if its source names none.
    set: Option<CardSet>,
    place: PlaceView,
    /// GS1 number of the certified product. Its beginning (893: Việt Nam) says where the firm is registered with GS1, and is no
    /// proof of origin.
    gtin: Option<&'a Gtin>,
    /// Lowest wholesale price in đồng, for one `price_unit`; `null` if the producer names none.
    #[schema(example = 85_000, minimum = 1)]
    price_from: Option<i64>,
    price_unit: Option<Unit>,
    /// Months in which it is to be had; empty if nothing is said of them.
    season_months: Season,
    /// Quality certificates an officer has seen and that are valid today.
    certificates: Vec<CardCertificate<'a>>,
    certification: CardCertification<'a>,
    /// When anything of this last changed.
    updated_at: Instant,
}

/// Who makes it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProducerRef<'a> {
    pub id: OrganisationId,
    /// The public name; a producer without one is told by its form and place.
    #[schema(example = "Hợp tác xã bánh cáy Làng Nguyễn (minh họa)")]
    pub name: &'a str,
}

/// A product group.
#[derive(Debug, Serialize, ToSchema)]
pub struct CardGroup<'a> {
    #[schema(example = "food")]
    code: &'a str,
    name: BilingualName,
}

/// A criteria set.
#[derive(Debug, Serialize, ToSchema)]
pub struct CardSet {
    #[schema(example = 6, minimum = 1, maximum = 26)]
    set_no: i64,
    name: BilingualName,
}

/// A quality certificate of the product.
#[derive(Debug, Serialize, ToSchema)]
pub struct CardCertificate<'a> {
    kind: DocumentKind,
    number: &'a DocumentNumber,
    issuer: &'a DocumentIssuer,
    /// Last day; `null` without a term.
    valid_until: Option<Day>,
}

/// The certification that is in force.
#[derive(Debug, Serialize, ToSchema)]
pub struct CardCertification<'a> {
    id: CertificationId,
    /// `valid`, `expiring` (180 days or less to go) or `extended` (renewal under way).
    state: State,
    decision: &'a Decision,
    /// Last day of the term of 36 months.
    valid_until: Day,
    /// Last day in force as the ledger stands: the term, an extension, or the eve of a revocation already decided.
    in_force_until: Day,
}

/// A product in force with all that is public about it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProductDetail<'a> {
    #[serde(flatten)]
    pub card: ProductCard<'a>,
    #[serde(flatten)]
    pub more: MoreOfProduct<'a>,
}

/// What lists leave out of a product.
#[derive(Debug, Serialize, ToSchema)]
pub struct MoreOfProduct<'a> {
    /// Points of the council, 0 to 100; `null` if its source gives none.
    score: Option<Score>,
    /// Version of the criteria it was evaluated by: year of the Prime Minister's decision.
    criteria_version: Taxonomy,
    /// Version of the classification that `group` and `set` belong to.
    taxonomy: Taxonomy,
    /// The smallest order that is taken; `null` if the producer names none.
    min_order: Option<Volume>,
    /// What can be made in a month; `null` if the producer says nothing of it.
    monthly_capacity: Option<Volume>,
    #[serde(flatten)]
    contents: ProductContents<'a>,
    /// Where the decision was published.
    source_url: Option<&'a SourceUrl>,
    #[schema(example = "/v1/verifications/7K3F9-QXM4T")]
    verification_url: String,
    /// All products of its producer.
    #[schema(example = "/v1/products?producer=01999f6e-3c1a-7d55-9a3e-0c0f7a1b2c3d")]
    producer_products_url: String,
}

pub fn verification_url(code: ProductCode) -> String {
    format!("/v1/verifications/{}", code.as_str())
}

pub fn products_url(producer: OrganisationId) -> String {
    format!("/v1/products?producer={producer}")
}

impl<'a> ProductDetail<'a> {
    /// A product as it is shown on a day, by the certification that is in force on it.
    pub fn new(
        facts: &'a Facts,
        (certification, state): (&'a Certification, State),
        producer_name: &'a str,
        reference: &'a Reference,
        day: Day,
    ) -> Self {
        let listing = facts.listing.as_ref();
        let price = listing.and_then(|listing| listing.content.price());
        let ledger = certification.ledger();
        let (names, picture) = face(facts);
        let card = ProductCard {
            id: facts.id,
            code: facts.code,
            name: &facts.name,
            names,
            picture,
            producer: ProducerRef { id: facts.maker.id, name: producer_name },
            stars: certification.stars,
            group: group(certification, reference),
            set: set(certification, reference),
            place: reference.view(&facts.place),
            gtin: facts.gtin.as_ref(),
            price_from: price.map(|price| price.amount),
            price_unit: price.map(|price| price.unit),
            season_months: listing.map(|listing| listing.content.season()).unwrap_or_default(),
            certificates: facts.documents(day).map(CardCertificate::new).collect(),
            certification: CardCertification {
                id: certification.id,
                state,
                decision: &certification.decision,
                valid_until: certification.valid_until,
                in_force_until: ledger.shown_until().unwrap_or(certification.valid_until),
            },
            updated_at: facts.updated_at(),
        };
        let more = MoreOfProduct {
            score: certification.score,
            criteria_version: certification.criteria_version,
            taxonomy: certification.taxonomy,
            min_order: listing.and_then(|listing| listing.content.min_order),
            monthly_capacity: listing.and_then(|listing| listing.content.monthly_capacity),
            contents: ProductContents::new(facts, reference),
            source_url: certification.source_url.as_ref(),
            verification_url: verification_url(facts.code),
            producer_products_url: products_url(facts.maker.id),
        };
        Self { card, more }
    }
}

impl<'a> CardCertificate<'a> {
    fn new(document: &'a Document) -> Self {
        Self {
            kind: document.kind,
            number: &document.number,
            issuer: &document.issuer,
            valid_until: document.valid_until,
        }
    }
}

fn group<'a>(certification: &'a Certification, reference: &Reference) -> Option<CardGroup<'a>> {
    let code = certification.group_code.as_deref()?;
    let name = bilingual(reference.group_name(certification.taxonomy, code)?);
    Some(CardGroup { code, name })
}

fn set(certification: &Certification, reference: &Reference) -> Option<CardSet> {
    let set_no = certification.set_no?;
    let name = bilingual(reference.set_name(certification.taxonomy, set_no)?);
    Some(CardSet { set_no, name })
}

fn bilingual((vi, en): (&str, &str)) -> BilingualName {
    BilingualName { vi: vi.to_owned(), en: en.to_owned() }
}
