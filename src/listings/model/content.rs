//! What a producer says of a product, field by field.
//!
//! [`Content`] is all of it. A **field** is a member of it: what a change, a review, a version and a column of a sheet speak
//! of. One table, at the end of this file, says of each field what it holds, what it is called, and how much is at stake if it
//! is wrong ([`Stake`]).

use super::attributes::Attributes;
use super::picture::Picture;
use super::season::Season;
use super::trade::{ColdChain, Country, Days, Delivery, TradeItem, VatRate};
use super::volume::Volume;
use super::words::{
    Description, Ingredients, Link, ListingName, PaymentTerms, SamplePolicy, Storage, Story, Summary, Usage,
};
use super::{Amount, Price};
use crate::input::{self, Change, Faults, Listed};
use crate::products::{Unit, UnitMeaning};
use crate::reference::UnitCode;
use crate::say::{Invalid, Say};
use deserr::{Deserr, ValuePointerRef};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// How much is at stake if a field is wrong, and so who has to have agreed before buyers see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stake {
    /// The seller's own word, by which it is bound: shown at once.
    Terms,
    /// Of little harm: of a verified producer shown at once, of others once an officer has agreed.
    Low,
    /// A claim about the certified product: an officer has to have agreed.
    High,
}

/// Where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct Origin {
    /// Admin unit of today or of the past, by code.
    #[schema(example = "12388")]
    pub unit: UnitCode,
    /// A day on which the unit was there, for codes are used again; today unless told.
    #[deserr(default)]
    #[serde(default)]
    pub on: Option<crate::db::Day>,
}

/// Declares the fields: what is at stake, its name in code and in JSON, its type, how the document describes it, what people
/// call it.
macro_rules! content {
    ($(
        $(#[doc = $doc:literal])*
        $stake:ident $variant:ident $name:ident $text:literal: $type:ty as ($shown:ty $(, $($schema:tt)+)?), $vi:literal, $en:literal;
    )+) => {
        crate::text_enum! {
            /// A field of a listing.
            pub enum Field { $($(#[doc = $doc])* $variant = $text),+ }
        }

        impl Field {
            pub fn stake(self) -> Stake {
                match self { $(Self::$variant => Stake::$stake),+ }
            }

            /// What people call it.
            pub fn label(self) -> Say {
                match self { $(Self::$variant => Say::new($vi, $en)),+ }
            }
        }

        /// All that a producer says of a product. What is `None` it says nothing of.
        #[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
        #[serde(default)]
        pub struct Content {
            $(
                $(#[doc = $doc])*
                #[schema(value_type = Option<$shown>, required = true $(, $($schema)+)?)]
                pub $name: Option<$type>,
            )+
        }

        /// What of a listing changes; a field that is left out stays, `null` clears it.
        #[derive(Debug, Clone, PartialEq, Default, ToSchema, Deserr)]
        #[deserr(error = Faults, deny_unknown_fields, validate = price_with_its_unit -> Faults)]
        #[schema(as = ListingPatch)]
        pub struct ContentPatch {
            $(
                $(#[doc = $doc])*
                #[deserr(default)]
                #[schema(value_type = Option<$shown>, required = false $(, $($schema)+)?)]
                pub $name: Change<$type>,
            )+
        }

        impl Content {
            /// The same with a change.
            pub fn changed_by(&self, patch: &ContentPatch) -> Self {
                Self { $($name: patch.$name.clone().of(self.$name.clone())),+ }.settled()
            }

            /// The fields in which it is another.
            pub fn fields_unlike(&self, other: &Self) -> Vec<Field> {
                let mut fields = Vec::new();
                $(if self.$name != other.$name { fields.push(Field::$variant); })+
                fields
            }

            /// What makes `self` of `before`, in the fields that are not alike.
            pub fn as_patch_of(&self, before: &Self) -> ContentPatch {
                ContentPatch {
                    $($name: match &self.$name {
                        same if *same == before.$name => Change::Keep,
                        Some(value) => Change::Set(value.clone()),
                        None => Change::Clear,
                    }),+
                }
            }
        }

        impl ContentPatch {
            /// The fields it speaks of.
            pub fn fields(&self) -> Vec<Field> {
                let mut fields = Vec::new();
                $(if self.$name != Change::Keep { fields.push(Field::$variant); })+
                fields
            }

            /// Those of its changes whose field is taken, and the rest.
            pub fn split(self, taken: impl Fn(Field) -> bool) -> (Self, Self) {
                let (mut one, mut rest) = (Self::default(), Self::default());
                $(
                    let side = if taken(Field::$variant) { &mut one } else { &mut rest };
                    side.$name = self.$name;
                )+
                (one, rest)
            }

            /// This change, then another one: where both speak of a field, the later counts.
            pub fn then(self, later: Self) -> Self {
                Self {
                    $($name: match later.$name {
                        Change::Keep => self.$name,
                        change => change,
                    }),+
                }
            }

            /// The change as JSON: its fields, cleared ones as `null`.
            pub fn members(&self) -> Map<String, Value> {
                let mut members = Map::new();
                $(match &self.$name {
                    Change::Keep => {}
                    Change::Clear => { members.insert($text.to_owned(), Value::Null); }
                    Change::Set(value) => { members.insert($text.to_owned(), written(value)); }
                })+
                members
            }
        }
    };
}

content! {
    /// What the product is called in a shop; the decision's name stays beside it.
    High Names names "names": ListingName as (ListingName), "Tên thương mại", "Trade name";
    /// One or two sentences for lists of products.
    High Summary summary "summary": Summary as (Summary), "Mô tả ngắn", "Summary";
    High Description description "description": Description as (Description), "Mô tả", "Description";
    High Story story "story": Story as (Story), "Câu chuyện sản phẩm", "Product story";
    /// As on the label.
    High Ingredients ingredients "ingredients": Ingredients as (Ingredients), "Thành phần", "Ingredients";
    Low Storage storage "storage": Storage as (Storage), "Bảo quản", "Storage";
    Low Usage usage "usage": Usage as (Usage), "Cách dùng", "Use";
    /// Days from production to the end of use.
    High ShelfLife shelf_life_days "shelf_life_days": Days as (i64, minimum = 1, maximum = 3_650, example = 90), "Hạn sử dụng (ngày)", "Shelf life (days)";
    High Origin origin "origin": Origin as (Origin), "Xuất xứ", "Origin";
    /// Pictures in their order; the first is the product's face. At most 20.
    High Images images "images": Listed<Picture, 0, 20> as (Vec<Picture>, max_items = 20), "Ảnh", "Pictures";
    /// Films about it. At most 10.
    Low Videos videos "videos": Listed<Link, 0, 10> as (Vec<Link>, max_items = 10), "Video", "Videos";
    /// Where the code on the pack leads: the chain from harvest to shelf.
    High Traceability traceability_url "traceability_url": Link as (Link), "Truy xuất nguồn gốc", "Traceability";
    High Attributes attributes "attributes": Attributes as (Attributes), "Thuộc tính", "Attributes";
    /// The packs that are traded, the usual one first. At most 30.
    Low TradeItems trade_items "trade_items": Listed<TradeItem, 0, 30> as (Vec<TradeItem>, max_items = 30), "Quy cách và giá", "Packs and prices";
    /// Lowest wholesale price in đồng, for one of `price_unit`: both have a value or none. Where packs have prices it follows from
    /// them.
    Terms PriceFrom price_from "price_from": Amount as (i64, minimum = 1, maximum = 1_000_000_000_000_i64, example = 85_000), "Giá từ", "Price from";
    /// What the price is for one of.
    Terms PriceUnit price_unit "price_unit": Unit as (UnitMeaning), "Đơn vị giá", "Price unit";
    Terms Vat vat_rate "vat_rate": VatRate as (VatRate), "Thuế suất VAT", "VAT rate";
    /// The smallest order that is taken.
    Terms MinOrder min_order "min_order": Volume as (Volume), "Đặt hàng tối thiểu", "Smallest order";
    /// What can be made in a month.
    Terms MonthlyCapacity monthly_capacity "monthly_capacity": Volume as (Volume), "Năng lực mỗi tháng", "Monthly capacity";
    /// The months, 1 to 12, in which it is to be had; empty if nothing is said of it.
    Terms SeasonMonths season_months "season_months": Season as (Season), "Mùa vụ", "Season";
    /// Days from the order to the delivery.
    Terms LeadTime lead_time_days "lead_time_days": Days as (i64, minimum = 1, maximum = 3_650, example = 7), "Thời gian giao (ngày)", "Lead time (days)";
    Terms Delivery delivery "delivery": Delivery as (Delivery), "Nơi giao", "Delivery";
    Terms ColdChain cold_chain "cold_chain": ColdChain as (ColdChain), "Nhiệt độ vận chuyển", "Cold chain";
    Terms PaymentTerms payment_terms "payment_terms": PaymentTerms as (PaymentTerms), "Thanh toán", "Payment";
    Terms SamplePolicy sample_policy "sample_policy": SamplePolicy as (SamplePolicy), "Hàng mẫu", "Samples";
    /// Countries it may be exported to, by ISO 3166-1. At most 60.
    Low ExportMarkets export_markets "export_markets": Listed<Country, 0, 60> as (Vec<Country>, max_items = 60), "Thị trường xuất khẩu", "Export markets";
}

/// Price and unit are said together, or taken back together.
fn price_with_its_unit(patch: ContentPatch, location: ValuePointerRef) -> Result<ContentPatch, Faults> {
    let partner = match (&patch.price_from, &patch.price_unit) {
        (Change::Keep, Change::Keep) | (Change::Clear, Change::Clear) | (Change::Set(_), Change::Set(_)) => {
            return Ok(patch);
        }
        (Change::Keep, _) => "price_from",
        (_, Change::Keep) => "price_unit",
        (Change::Clear, _) => "price_from",
        (_, Change::Clear) => "price_unit",
    };
    let say = Say::new(
        "price_from và price_unit đi cùng nhau: cả hai có giá trị, hoặc cả hai là null.",
        "price_from and price_unit go together: both have a value, or both are null.",
    );
    Err(Faults::located(location.push_key(partner), Invalid::new("goes_together", say)))
}

/// A value of ours as JSON.
fn written<T: Serialize>(value: &T) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

impl Content {
    pub fn price(&self) -> Option<Price> {
        self.price_from.zip(self.price_unit).map(|(amount, unit)| Price { amount: amount.get(), unit })
    }

    pub fn season(&self) -> Season {
        self.season_months.unwrap_or_default()
    }

    pub fn pictures(&self) -> &[Picture] {
        self.images.as_ref().map_or(&[], |images| &images.0)
    }

    pub fn items(&self) -> &[TradeItem] {
        self.trade_items.as_ref().map_or(&[], |items| &items.0)
    }

    /// What is said as JSON; what nothing is said of is left out.
    pub fn members(&self) -> Map<String, Value> {
        match written(self) {
            Value::Object(members) => members.into_iter().filter(|(_, value)| !value.is_null()).collect(),
            _ => Map::new(),
        }
    }

    /// What follows from the rest: empty lists say nothing, and the lowest price is that of the first pack that has prices.
    fn settled(mut self) -> Self {
        fn emptied<T, const MOST: usize>(list: &mut Option<Listed<T, 0, MOST>>) {
            if list.as_ref().is_some_and(|list| list.0.is_empty()) {
                *list = None;
            }
        }
        emptied(&mut self.images);
        emptied(&mut self.videos);
        emptied(&mut self.trade_items);
        emptied(&mut self.export_markets);
        self.season_months = self.season_months.filter(|season| *season != Season::default());
        self.attributes = self.attributes.filter(|attributes| !attributes.0.is_empty());
        let priced = self.items().iter().find_map(|item| Some((item.lowest_price()?, item.unit)));
        if let Some((price, unit)) = priced {
            (self.price_from, self.price_unit) = (Some(price), Some(unit));
        }
        self
    }
}

impl ContentPatch {
    /// Reads a JSON merge patch (RFC 7396) of `over`: members of objects are merged, everything else is replaced.
    pub fn read(patch: Value, over: &Content) -> Result<Self, Faults> {
        let Value::Object(members) = patch else { return input::read(patch) };
        let before = over.members();
        let merged = members.into_iter().map(|(name, change)| {
            let mut value = before.get(&name).cloned().unwrap_or_default();
            merge(&mut value, change);
            (name, value)
        });
        input::read(Value::Object(merged.collect()))
    }

    /// What is stored of a change, read back.
    pub fn of_members(members: Map<String, Value>) -> Result<Self, Faults> {
        input::read(Value::Object(members))
    }

    /// The same where what was right once need not be any more: fields that cannot be read are left out.
    pub fn of_stored(members: Map<String, Value>) -> Self {
        if let Ok(all) = Self::of_members(members.clone()) {
            return all;
        }
        let each = members.into_iter().map(|member| Self::of_members(Map::from_iter([member])));
        each.flatten().fold(Self::default(), Self::then)
    }

    /// Those of its changes that make another content of this one.
    pub fn unlike(self, content: &Content) -> Self {
        let unlike = content.changed_by(&self).fields_unlike(content);
        self.split(|field| unlike.contains(&field)).0
    }

    pub fn is_empty(&self) -> bool {
        self.fields().is_empty()
    }
}

/// RFC 7396 §2. Members that are `null` in the patch are gone.
fn merge(target: &mut Value, patch: Value) {
    let Value::Object(changes) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(members) = target else { return };
    for (name, change) in changes {
        if change.is_null() {
            members.shift_remove(&name);
        } else {
            merge(members.entry(name).or_insert(Value::Null), change);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn content(patch: Value) -> Content {
        Content::default().changed_by(&ContentPatch::read(patch, &Content::default()).expect("a patch"))
    }

    #[test]
    fn a_patch_is_merged_into_what_is_there() {
        let before = content(json!({ "names": { "vi": "Bánh cáy" }, "price_from": 9, "price_unit": "XBX" }));
        let patch = ContentPatch::read(
            json!({ "names": { "en": "Cakes" }, "price_from": null, "price_unit": null }),
            &before,
        );
        let patch = patch.expect("a patch");
        assert_eq!(patch.fields(), [Field::Names, Field::PriceFrom, Field::PriceUnit]);
        let after = before.changed_by(&patch);
        assert_eq!(
            after.members(),
            *json!({ "names": { "vi": "Bánh cáy", "en": "Cakes" } }).as_object().expect("members")
        );
        assert_eq!(after.fields_unlike(&before), patch.fields());
        assert_eq!(before.changed_by(&after.as_patch_of(&before)), after);
        let faults = ContentPatch::read(json!({ "names": { "vi": null } }), &before).expect_err("a fault");
        assert_eq!(
            faults.0.first().map(|fault| (fault.pointer(), fault.code)),
            Some(("/names/vi".to_owned(), "missing"))
        );
    }

    #[test]
    fn the_lowest_price_follows_from_the_packs() {
        let item = json!({ "name": "Hộp", "unit": "XBX", "prices": [{ "from_quantity": 1, "price": 50 }, { "from_quantity": 9, "price": 40 }] });
        let said = content(
            json!({ "price_from": 1, "price_unit": "KGM", "trade_items": [item], "images": [], "season_months": [] }),
        );
        assert_eq!(said.price(), Some(Price { amount: 40, unit: Unit::BoxPackage }));
        assert_eq!((said.images, said.season_months), (None, None));
    }

    #[test]
    fn what_is_written_reads_back() {
        let said = content(json!({
            "names": { "vi": "Bánh cáy", "en": "Cakes" }, "shelf_life_days": 90, "videos": ["https://video.example/1"],
            "season_months": [1, 12], "min_order": { "quantity": 5, "unit": "XBX" }, "vat_rate": "8",
            "origin": { "unit": "12388", "on": "2026-01-01" }, "export_markets": ["JP"], "delivery": { "nationwide": true },
            "attributes": { "flavour": "gừng", "abv": 12.5, "handmade": true, "allergens": ["sesame"] },
        }));
        let read = ContentPatch::of_members(said.members()).expect("what we wrote");
        assert_eq!(Content::default().changed_by(&read), said);
        let stored: Content = serde_json::from_value(Value::Object(said.members())).expect("what we wrote");
        assert_eq!(stored, said);
    }

    #[test]
    fn a_stored_change_is_read_as_far_as_it_can_be() {
        let stored = json!({ "storage": { "vi": "Mát" }, "shelf_life_days": 0, "gone": 1, "usage": null });
        let read = ContentPatch::of_stored(stored.as_object().expect("members").clone());
        assert_eq!(read.fields(), [Field::Storage, Field::Usage]);
        let live = content(json!({ "storage": { "vi": "Mát" } }));
        assert!(read.unlike(&live).is_empty());
    }

    #[test]
    fn a_change_is_split_by_its_fields_and_put_together_again() {
        let patch = ContentPatch::read(
            json!({ "storage": { "vi": "Mát" }, "summary": null, "price_from": 5, "price_unit": "XBX" }),
            &Content::default(),
        );
        let patch = patch.expect("a patch");
        let (terms, rest) = patch.clone().split(|field| field.stake() == Stake::Terms);
        assert_eq!(terms.fields(), [Field::PriceFrom, Field::PriceUnit]);
        assert_eq!(rest.fields(), [Field::Summary, Field::Storage]);
        assert_eq!(terms.then(rest), patch);
    }
}
