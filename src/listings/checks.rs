//! What a content is held against before buyers see it: the world as it is, beyond what each field can tell of itself.
//!
//! The types have parsed every field; here stands what takes more than one of them, the reference data, the product's criteria
//! set or other listings. Only what changes is looked at: what was right when it was said is not refused because the world
//! has moved on. [`Checked`] is a content that has passed, and nothing else can be [published](super::publish).

use super::{
    Attributes, Content, ContentPatch, Field, ListingError, Origin, Picture, Schemas, TradeItem, schema,
    store,
};
use crate::certification;
use crate::db::{Conn, Day};
use crate::input::{self, Change, Faults};
use crate::media::{self, ImageId};
use crate::products::Product;
use crate::reference::{Reference, Taxonomy, UnitCode};
use crate::say;
use crate::say::{Invalid, Say};
use diesel::QueryResult;
use std::collections::HashSet;

/// A content that fits the world of today.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked(Content);

impl Checked {
    pub fn content(&self) -> &Content {
        &self.0
    }

    pub fn into_content(self) -> Content {
        self.0
    }
}

/// A content to come after another one, with what follows from the day, or everything that stands against it.
pub fn check(
    conn: &mut Conn,
    reference: &Reference,
    today: Day,
    product: &Product,
    (before, after): (&Content, Content),
) -> Result<Checked, ListingError> {
    let after = Content { origin: after.origin.map(|origin| dated(origin, today)), ..after };
    faults(conn, reference, today, product, (before, &after))?
        .into_result()
        .map_err(ListingError::Invalid)?;
    Ok(Checked(after))
}

/// A change of `before` (which need not be what buyers see now) with what follows from the day, or everything that stands
/// against it.
pub fn check_change(
    conn: &mut Conn,
    reference: &Reference,
    today: Day,
    product: &Product,
    (before, patch): (&Content, ContentPatch),
) -> Result<ContentPatch, ListingError> {
    let patch = patch.dated(today);
    let after = before.changed_by(&patch);
    let mut all = patch.contradicts(&after);
    all.0.extend(faults(conn, reference, today, product, (before, &after))?.0);
    all.into_result().map_err(ListingError::Invalid)?;
    Ok(patch)
}

/// The criteria set a product is of today: that of its latest certification.
pub fn set_of(conn: &mut Conn, product: &Product, today: Day) -> QueryResult<Option<(Taxonomy, i64)>> {
    let history = certification::of_products(conn, &[product.id])?;
    let latest = history.iter().find(|held| held.decision.decided_on <= today).or(history.first());
    Ok(latest.and_then(|held| Some((held.taxonomy, held.set_no?))))
}

/// An origin without a day is one of today.
fn dated(origin: Origin, today: Day) -> Origin {
    Origin { on: origin.on.or(Some(today)), ..origin }
}

fn faults(
    conn: &mut Conn,
    reference: &Reference,
    today: Day,
    product: &Product,
    (before, after): (&Content, &Content),
) -> QueryResult<Faults> {
    let mut faults = Faults::default();
    for field in after.fields_unlike(before) {
        match field {
            Field::Names => {
                without_links(&mut faults, field, after.names.as_ref().map(|said| (&said.vi, &said.en)))
            }
            Field::Summary => {
                without_links(&mut faults, field, after.summary.as_ref().map(|said| (&said.vi, &said.en)));
            }
            Field::Description => {
                without_links(
                    &mut faults,
                    field,
                    after.description.as_ref().map(|said| (&said.vi, &said.en)),
                );
            }
            Field::Origin => place_is_there(&mut faults, reference, after.origin.as_ref()),
            Field::Images => {
                each_picture_once(&mut faults, after.pictures());
                pictures_are_its_own(conn, &mut faults, product, (before.pictures(), after.pictures()))?;
            }
            Field::Delivery => delivers_somewhere(&mut faults, reference, after),
            Field::ExportMarkets => {
                let markets = after.export_markets.as_ref().map_or(&[][..], |markets| &markets.0);
                let markets = markets.iter().map(|market| market.as_str());
                each_once(&mut faults, &["export_markets"], markets);
            }
            Field::Attributes => {
                let nothing = Attributes::default();
                let [before, after] =
                    [before, after].map(|content| content.attributes.as_ref().unwrap_or(&nothing));
                let asked = Schemas::shipped().members(set_of(conn, product, today)?);
                faults.0.extend(schema::check(asked, (before, after)).0);
            }
            Field::TradeItems => {
                numbers_are_its_own(conn, &mut faults, product, (before.items(), after.items()))?
            }
            _ => {}
        }
    }
    Ok(faults)
}

/// Names and short texts go into lists, sheets and other people's shops, where a link leads buyers astray. Films and the
/// traceability page have fields of their own; the story may name a site, for an officer has read it.
fn without_links(faults: &mut Faults, field: Field, said: Option<(&String, &Option<String>)>) {
    let Some((vi, en)) = said else { return };
    for (language, text) in [("vi", Some(vi)), ("en", en.as_ref())] {
        if text.is_some_and(|text| input::looks_like_a_link(text).is_some()) {
            let say = Say::new(
                "Không được chứa liên kết hoặc tên miền; video và truy xuất nguồn gốc có trường riêng.",
                "Must not contain a link or a domain name; videos and traceability have fields of their own.",
            );
            faults.push([field.as_str(), language], Invalid::new("looks_like_a_link", say));
        }
    }
}

fn place_is_there(faults: &mut Faults, reference: &Reference, origin: Option<&Origin>) {
    let Some((origin, on)) = origin.and_then(|origin| Some((origin, origin.on?))) else { return };
    if reference.place_of(origin.unit.as_str(), on).is_none() {
        let say = reference.no_such_unit(origin.unit.as_str(), on);
        faults.push(["origin", "unit"], Invalid::new("unknown_unit", say));
    }
}

fn each_picture_once(faults: &mut Faults, pictures: &[Picture]) {
    let mut seen = HashSet::new();
    for (index, picture) in pictures.iter().enumerate() {
        if !seen.insert(picture.image_id) {
            faults.push(["images".to_owned(), index.to_string(), "image_id".to_owned()], duplicate());
        }
    }
}

/// Pictures belong to the producer who stored them. Those that the listing shows already are its own, whoever the producer is
/// today.
fn pictures_are_its_own(
    conn: &mut Conn,
    faults: &mut Faults,
    product: &Product,
    (before, after): (&[Picture], &[Picture]),
) -> QueryResult<()> {
    let is_new = |id: &ImageId| before.iter().all(|picture| picture.image_id != *id);
    let pictures = after.iter().map(|picture| picture.image_id).enumerate();
    let (places, ids): (Vec<usize>, Vec<ImageId>) = pictures.filter(|(_, id)| is_new(id)).unzip();
    for fault in media::check(conn, product.producer, &ids)?.0 {
        let index = fault.path.first().and_then(|index| index.parse::<usize>().ok());
        let index = index.and_then(|index| places.get(index)).copied().unwrap_or_default();
        let path = ["images".to_owned(), index.to_string(), "image_id".to_owned()];
        faults.push(path, Invalid::new(fault.code, fault.say));
    }
    Ok(())
}

fn duplicate() -> Invalid {
    Invalid::new("duplicate", Say::new("Đã có trong danh sách.", "It is in the list already."))
}

fn each_once<'a>(faults: &mut Faults, place: &[&str], entries: impl Iterator<Item = &'a str>) {
    let mut seen = HashSet::new();
    for (index, entry) in entries.enumerate() {
        if !seen.insert(entry) {
            let index = index.to_string();
            faults.push(place.iter().copied().chain([index.as_str()]), duplicate());
        }
    }
}

fn delivers_somewhere(faults: &mut Faults, reference: &Reference, content: &Content) {
    let Some(delivery) = &content.delivery else { return };
    let provinces = &delivery.provinces.0;
    if delivery.nationwide != provinces.is_empty() {
        let say = Say::new(
            "Hoặc giao toàn quốc (nationwide), hoặc kể các tỉnh giao (provinces).",
            "Either everywhere (nationwide) or to the provinces that are named.",
        );
        faults.push(["delivery", "nationwide"], Invalid::new("one_of_both", say));
    }
    for (index, code) in provinces.iter().map(UnitCode::as_str).enumerate() {
        if !reference.province_of_today(code) {
            let say = say!(
                "{code} không phải mã của một tỉnh hiện nay.",
                "{code} is not the code of a province of today."
            );
            faults.push(["delivery", "provinces", &index.to_string()], Invalid::new("unknown_unit", say));
        }
    }
    each_once(faults, &["delivery", "provinces"], provinces.iter().map(UnitCode::as_str));
}

/// A number of GS1 names one pack of one firm.
fn numbers_are_its_own(
    conn: &mut Conn,
    faults: &mut Faults,
    product: &Product,
    (before, after): (&[TradeItem], &[TradeItem]),
) -> QueryResult<()> {
    let numbers = |items: &[TradeItem]| -> Vec<Option<String>> {
        items.iter().map(|item| item.gtin.as_ref().map(|gtin| gtin.full())).collect()
    };
    let (known, numbers) = (numbers(before), numbers(after));
    let new: Vec<&str> =
        numbers.iter().filter(|number| !known.contains(number)).flatten().map(String::as_str).collect();
    let taken = match new.is_empty() {
        true => HashSet::new(),
        false => store::gtins_of_others(conn, product.producer, &new)?,
    };
    let mut seen = HashSet::new();
    for (index, number) in numbers.iter().enumerate() {
        let Some(number) = number else { continue };
        let place = ["trade_items".to_owned(), index.to_string(), "gtin".to_owned()];
        if !seen.insert(number) {
            let say = Say::new("Hai quy cách không dùng chung một GTIN.", "Two packs do not share a GTIN.");
            faults.push(place, Invalid::new("duplicate", say));
        } else if taken.contains(number) {
            let say = Say::new(
                "GTIN này đang được sản phẩm của chủ thể khác sử dụng.",
                "This GTIN is used by a product of another producer.",
            );
            faults.push(place, Invalid::new("gtin_of_another", say));
        }
    }
    Ok(())
}

impl ContentPatch {
    fn dated(self, today: Day) -> Self {
        match self.origin {
            Change::Set(origin) => Self { origin: Change::Set(dated(origin, today)), ..self },
            _ => self,
        }
    }

    /// Where it says another price than its packs: the lowest price follows from them.
    fn contradicts(&self, after: &Content) -> Faults {
        let mut faults = Faults::default();
        if after.items().iter().all(|item| item.lowest_price().is_none()) {
            return faults;
        }
        let price = differs(&self.price_from, after.price_from);
        let unit = differs(&self.price_unit, after.price_unit);
        for (field, contradicts) in [(Field::PriceFrom, price), (Field::PriceUnit, unit)] {
            if contradicts {
                let say = Say::new(
                    "Giá thấp nhất được tính từ giá của các quy cách (trade_items); hãy sửa ở đó.",
                    "The lowest price follows from the prices of the packs (trade_items); change it there.",
                );
                faults.push([field.as_str()], Invalid::new("derived", say));
            }
        }
        faults
    }
}

fn differs<T: PartialEq + Copy>(change: &Change<T>, from: Option<T>) -> bool {
    *change != Change::Keep && change.of(from) != from
}
