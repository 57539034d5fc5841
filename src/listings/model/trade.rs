//! Terms of trade: what can be ordered, at what price by quantity, where it goes and how.

use super::volume::Volume;
use super::{Amount, Label};
use crate::input::{Faults, Listed};
use crate::products::{Gtin, Unit, UnitMeaning};
use crate::reference::UnitCode;
use crate::say::{Invalid, Say};
use deserr::{Deserr, ValuePointerRef};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

crate::text_enum! {
    /// Rate of value-added tax in percent (Law 48/2024/QH15 and the reductions in force).
    pub enum VatRate {
        /// Not taxed: what a producer sells of its own fresh or barely processed harvest
        Exempt = "exempt",
        Zero = "0",
        Five = "5",
        Eight = "8",
        Ten = "10",
    }
}

crate::text_enum! {
    /// How cold it must be kept on its way.
    pub enum ColdChain {
        /// As the air is
        Ambient = "ambient",
        /// 0 to 8 °C
        Chilled = "chilled",
        /// −18 °C and below
        Frozen = "frozen",
    }
}

crate::whole_number! {
    /// A number of days.
    #[derive(Serialize, Deserialize)]
    #[serde(transparent)]
    pub struct Days: 1..=3_650, "Số ngày là số nguyên", "A number of days is a whole number"
}

crate::whole_number! {
    /// A length in millimetres.
    #[derive(Serialize, Deserialize)]
    #[serde(transparent)]
    pub struct Millimetres: 1..=20_000, "Kích thước là số nguyên mi-li-mét", "A length is a whole number of millimetres"
}

crate::whole_number! {
    /// A weight in grams.
    #[derive(Serialize, Deserialize)]
    #[serde(transparent)]
    pub struct Grams: 1..=10_000_000, "Khối lượng là số nguyên gam", "A weight is a whole number of grams"
}

crate::whole_number! {
    /// How many of one thing are in another.
    #[derive(Serialize, Deserialize)]
    #[serde(transparent)]
    pub struct Packed: 1..=100_000, "Số lượng trong một kiện là số nguyên", "How many are packed is a whole number"
}

/// A pack as it is traded: what buyers order, scan and stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields, validate = priced_sensibly -> Faults)]
pub struct TradeItem {
    /// What tells it from the other packs.
    pub name: Label,
    /// What one of it is.
    #[schema(value_type = UnitMeaning)]
    pub unit: Unit,
    /// GS1 number of this pack. Its beginning (893: Việt Nam) says where the firm is registered with GS1, not where the goods
    /// were made.
    #[deserr(default)]
    #[serde(default)]
    pub gtin: Option<Gtin>,
    /// What is in one of it, without the pack.
    #[deserr(default)]
    #[serde(default)]
    pub net_content: Option<Volume>,
    /// How many of it are in a case.
    #[deserr(default)]
    #[serde(default)]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 100_000, example = 24)]
    pub per_case: Option<Packed>,
    /// How many cases are on a pallet.
    #[deserr(default)]
    #[serde(default)]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 100_000, example = 60)]
    pub cases_per_pallet: Option<Packed>,
    #[deserr(default)]
    #[serde(default)]
    pub dimensions: Option<Dimensions>,
    /// With the pack, in grams.
    #[deserr(default)]
    #[serde(default)]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 10_000_000, example = 290)]
    pub gross_weight: Option<Grams>,
    /// Wholesale prices by quantity, the smallest quantity first; more never costs more. At most 12.
    #[deserr(default)]
    #[serde(default)]
    #[schema(value_type = Vec<PriceTier>, max_items = 12)]
    pub prices: Listed<PriceTier, 0, 12>,
    /// Do the prices include value-added tax?
    #[deserr(default)]
    #[serde(default)]
    pub vat_included: bool,
}

/// Length, width and height in millimetres.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct Dimensions {
    #[schema(value_type = i64, minimum = 1, maximum = 20_000, example = 180)]
    pub length: Millimetres,
    #[schema(value_type = i64, minimum = 1, maximum = 20_000, example = 120)]
    pub width: Millimetres,
    #[schema(value_type = i64, minimum = 1, maximum = 20_000, example = 60)]
    pub height: Millimetres,
}

/// A price from a quantity on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct PriceTier {
    /// From how many of the pack on.
    #[schema(value_type = i64, minimum = 1, maximum = 100_000, example = 100)]
    pub from_quantity: Packed,
    /// In đồng for one of the pack.
    #[schema(value_type = i64, minimum = 1, maximum = 1_000_000_000_000_i64, example = 42_000)]
    pub price: Amount,
}

/// Quantities rise from tier to tier, and the price never does.
fn priced_sensibly(item: TradeItem, location: ValuePointerRef) -> Result<TradeItem, Faults> {
    let mut faults = Faults::default();
    for (index, (before, tier)) in item.prices.0.iter().zip(item.prices.0.iter().skip(1)).enumerate() {
        let prices = location.push_key("prices");
        let here = prices.push_index(index + 1);
        if tier.from_quantity <= before.from_quantity {
            let say = Say::new(
                "Số lượng của mỗi mức giá phải lớn hơn mức trước.",
                "The quantity of a tier is larger than that of the one before.",
            );
            faults.push_located(here.push_key("from_quantity"), Invalid::new("not_rising", say));
        }
        if tier.price > before.price {
            let say = Say::new(
                "Mua nhiều hơn thì giá không được cao hơn.",
                "Who orders more does not pay a higher price.",
            );
            faults.push_located(here.push_key("price"), Invalid::new("rising_price", say));
        }
    }
    faults.into_result().map(|()| item)
}

impl TradeItem {
    /// The lowest of its prices.
    pub fn lowest_price(&self) -> Option<Amount> {
        self.prices.0.iter().map(|tier| tier.price).min()
    }
}

/// Where orders are delivered to: the whole country (`VN`), or provinces of today by their codes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct Delivery {
    /// Everywhere in Việt Nam?
    #[deserr(default)]
    #[serde(default)]
    pub nationwide: bool,
    /// Provinces of today, by code; at most 34.
    #[deserr(default)]
    #[serde(default)]
    #[schema(value_type = Vec<UnitCode>, max_items = 34, example = json!(["33", "01"]))]
    pub provinces: Listed<UnitCode, 0, 34>,
}

/// A country, by its two letters of ISO 3166-1.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Country(String);

/// The officially assigned codes of ISO 3166-1 (2026), Việt Nam left out: nobody exports to it from there.
const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS \
    BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ \
    FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT \
    JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP \
    MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE \
    RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV \
    TW TZ UA UG UM US UY UZ VA VC VE VG VI VU WF WS YE YT ZA ZM ZW";

impl Country {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if text.len() == 2 && COUNTRIES.split_whitespace().any(|code| code == text) {
            return Ok(Self(text.to_owned()));
        }
        Err(Invalid::new(
            "unknown_country",
            Say::new(
                "Cần mã nước hai chữ cái theo ISO 3166-1, ví dụ JP.",
                "Expected the two letters of a country as in ISO 3166-1, for example JP.",
            ),
        ))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

crate::string_schema!(Country, "iso-3166-1-alpha-2", "JP");
crate::parsed_input!(Country);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input;
    use serde_json::json;

    #[test]
    fn more_never_costs_more() {
        let item = |tiers: &[(i64, i64)]| {
            let prices: Vec<_> =
                tiers.iter().map(|(from, price)| json!({ "from_quantity": from, "price": price })).collect();
            input::read::<TradeItem>(json!({ "name": "Hộp", "unit": "XBX", "prices": prices }))
        };
        let found = item(&[(1, 45_000), (100, 42_000), (500, 42_000)]).expect("an item");
        assert_eq!(found.lowest_price().map(Amount::get), Some(42_000));
        let faults = item(&[(10, 40_000), (10, 45_000)]).expect_err("two faults");
        let found: Vec<_> = faults.0.iter().map(|fault| (fault.pointer(), fault.code)).collect();
        assert_eq!(
            found,
            [
                ("/prices/1/from_quantity".to_owned(), "not_rising"),
                ("/prices/1/price".to_owned(), "rising_price"),
            ]
        );
    }

    #[test]
    fn countries_are_those_of_the_standard() {
        assert!(Country::parse("JP").is_ok());
        assert!(["jp", "VN", "XX", "JPN", "J", "", "A "].iter().all(|code| Country::parse(code).is_err()));
        assert_eq!(COUNTRIES.split_whitespace().count(), 248);
    }
}
