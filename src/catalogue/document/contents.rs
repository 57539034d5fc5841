//! What the producer says, as a product's document tells it: all of a listing's content that is public.
//!
//! A member of which the producer says nothing is left out, so that a document is no longer than what it tells.

use crate::catalogue::facts::Facts;
use crate::db::Day;
use crate::listings::{
    AltText, Attributes, ColdChain, Content, Country, Days, Description, Ingredients, Label, Licence, Link,
    ListingName, PaymentTerms, Picture, SamplePolicy, Storage, Story, Summary, TradeItem, Usage, VatRate,
    missing_languages,
};
use crate::media::{ImageId, ImageView, Rendition};
use crate::reference::{NamedUnit, Reference, UnitCode};
use serde::Serialize;
use serde_json::Map;
use utoipa::ToSchema;

/// The product's face in lists.
#[derive(Debug, Serialize, ToSchema)]
pub struct CardPicture<'a> {
    /// The smallest of its files.
    #[schema(example = "/v1/media/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08.webp")]
    url: &'a str,
    #[schema(minimum = 1, example = 240)]
    width: i64,
    #[schema(minimum = 1, example = 180)]
    height: i64,
    alt: &'a AltText,
}

/// A picture of the product.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProductPicture<'a> {
    id: ImageId,
    /// Of its largest file.
    #[schema(minimum = 1, example = 2048)]
    width: i64,
    #[schema(minimum = 1, example = 1536)]
    height: i64,
    alt: &'a AltText,
    licence: Licence,
    /// Whom to name beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    credit: Option<&'a Label>,
    /// Its files, each under an address that never changes its content.
    renditions: &'a [Rendition],
}

/// Where it comes from, as its producer says.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProductOrigin<'a> {
    /// Admin unit of today or of the past, by code.
    #[schema(example = "12388")]
    unit: &'a UnitCode,
    /// A day on which the unit was there.
    on: Option<Day>,
    /// Its name, in the units of today where they are certain.
    #[schema(example = "Xã Vũ Thư, Tỉnh Hưng Yên")]
    name: Option<String>,
}

/// Where orders are delivered to.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProductDelivery {
    /// Everywhere in Việt Nam?
    nationwide: bool,
    /// Provinces of today.
    provinces: Vec<NamedUnit>,
}

/// What the producer says. Members of which it says nothing are absent.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct ProductContents<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    summary: Option<&'a Summary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    description: Option<&'a Description>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    story: Option<&'a Story>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    ingredients: Option<&'a Ingredients>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    storage: Option<&'a Storage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    usage: Option<&'a Usage>,
    /// Days from production to the end of use.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = i64, nullable = false, minimum = 1, maximum = 3_650, example = 90)]
    shelf_life_days: Option<Days>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    origin: Option<ProductOrigin<'a>>,
    /// In the producer's order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pictures: Vec<ProductPicture<'a>>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(required = false)]
    videos: &'a [Link],
    /// Where the code on the pack leads.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    traceability_url: Option<&'a Link>,
    /// By key; `/v1/listing-schemas/{set_no}` tells what they are called and what their values mean.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    attributes: Option<&'a Attributes>,
    /// The packs that are traded, with their wholesale prices by quantity.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(required = false)]
    trade_items: &'a [TradeItem],
    /// Rate of value-added tax of all of them; whether a price holds it already, each pack tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    vat_rate: Option<VatRate>,
    /// Days from the order to the delivery.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = i64, nullable = false, minimum = 1, maximum = 3_650, example = 7)]
    lead_time_days: Option<Days>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    delivery: Option<ProductDelivery>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    cold_chain: Option<ColdChain>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    payment_terms: Option<&'a PaymentTerms>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    sample_policy: Option<&'a SamplePolicy>,
    /// Countries it may be exported to.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(required = false)]
    export_markets: &'a [Country],
    /// JSON pointers into this document to texts that have no English.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false, example = json!(["/story", "/pictures/0/alt"]))]
    missing_languages: Vec<String>,
}

fn listed<T, const MOST: usize>(list: Option<&crate::input::Listed<T, 0, MOST>>) -> &[T] {
    list.map_or(&[], |list| &list.0)
}

impl<'a> ProductContents<'a> {
    pub fn new(facts: &'a Facts, reference: &Reference) -> Self {
        let Some(said) = facts.listing.as_ref().map(|listing| &listing.content) else {
            return Self::default();
        };
        Self {
            summary: said.summary.as_ref(),
            description: said.description.as_ref(),
            story: said.story.as_ref(),
            ingredients: said.ingredients.as_ref(),
            storage: said.storage.as_ref(),
            usage: said.usage.as_ref(),
            shelf_life_days: said.shelf_life_days,
            origin: origin(said, reference),
            pictures: pictures(facts, said)
                .map(|(picture, view)| ProductPicture::new(picture, view))
                .collect(),
            videos: listed(said.videos.as_ref()),
            traceability_url: said.traceability_url.as_ref(),
            attributes: said.attributes.as_ref(),
            trade_items: said.items(),
            vat_rate: said.vat_rate,
            lead_time_days: said.lead_time_days,
            delivery: said.delivery.as_ref().map(|delivery| ProductDelivery {
                nationwide: delivery.nationwide,
                provinces: delivery.provinces.0.iter().map(|code| province(code, reference)).collect(),
            }),
            cold_chain: said.cold_chain,
            payment_terms: said.payment_terms.as_ref(),
            sample_policy: said.sample_policy.as_ref(),
            export_markets: listed(said.export_markets.as_ref()),
            missing_languages: untranslated(said),
        }
    }
}

/// What listings call `images` are `pictures` here.
fn untranslated(said: &Content) -> Vec<String> {
    let here = |pointer: String| match pointer.strip_prefix("/images/") {
        Some(rest) => format!("/pictures/{rest}"),
        None => pointer,
    };
    missing_languages(said, &Map::new()).into_iter().map(here).collect()
}

/// The trade name, if there is one, and the face.
pub fn face(facts: &Facts) -> (Option<&ListingName>, Option<CardPicture<'_>>) {
    let Some(said) = facts.listing.as_ref().map(|listing| &listing.content) else { return (None, None) };
    (said.names.as_ref(), pictures(facts, said).next().and_then(CardPicture::new))
}

/// The pictures that are there, with what was made of them.
fn pictures<'a>(facts: &'a Facts, said: &'a Content) -> impl Iterator<Item = (&'a Picture, &'a ImageView)> {
    said.pictures().iter().filter_map(|picture| Some((picture, facts.images.get(&picture.image_id)?)))
}

impl<'a> CardPicture<'a> {
    fn new((picture, view): (&'a Picture, &'a ImageView)) -> Option<Self> {
        let smallest = view.renditions.iter().min_by_key(|file| (file.width * file.height, file.bytes))?;
        Some(Self { url: &smallest.url, width: smallest.width, height: smallest.height, alt: &picture.alt })
    }
}

impl<'a> ProductPicture<'a> {
    fn new(picture: &'a Picture, view: &'a ImageView) -> Self {
        Self {
            id: view.id,
            width: view.width,
            height: view.height,
            alt: &picture.alt,
            licence: picture.licence,
            credit: picture.credit.as_ref(),
            renditions: &view.renditions,
        }
    }
}

fn origin<'a>(said: &'a Content, reference: &Reference) -> Option<ProductOrigin<'a>> {
    let origin = said.origin.as_ref()?;
    let place = origin.on.and_then(|on| reference.place_of(origin.unit.as_str(), on));
    let name = place.and_then(|place| reference.place_name(&place));
    Some(ProductOrigin { unit: &origin.unit, on: origin.on, name })
}

/// A province that is none any more is told by its code.
fn province(code: &UnitCode, reference: &Reference) -> NamedUnit {
    let code = code.as_str();
    NamedUnit { code: code.to_owned(), name: reference.province_name(code).unwrap_or(code).to_owned() }
}
