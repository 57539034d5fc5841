//! Offers: prices by quantity, until when they stand, and which of several is the cheapest.
//!
//! The producer quotes, the buyer makes counter-offers; both are [`NewQuote`]s, numbered within their lead. An offer lapses
//! by its date, and the newest price that a side names for a product in a unit takes the place of the one before: a producer
//! who has raised a price is not held to the old one because its date is later.

use super::goods::{LeadDays, Quantity, UnitPrice};
use super::stage::LeadStage;
use super::words::QuoteTerms;
use crate::accounts::UserId;
use crate::db::Day;
use crate::input::Faults;
use crate::products::{ProductId, Unit};
use crate::say::{Invalid, Say};
use std::collections::HashSet;

crate::text_enum! {
    /// Whether an offer stands.
    pub enum QuoteState {
        /// It stands
        Valid = "valid",
        /// Its last day has passed
        Lapsed = "lapsed",
        /// The same side has since named other prices for all that is in it
        Replaced = "replaced",
        /// The lead has come to its end
        Ended = "ended",
    }
}

crate::text_enum! {
    /// What a producer's offers say of a product and the quantity asked for.
    pub enum OfferAnswer {
        /// A price for that quantity
        Offered = "offered",
        /// A price from a larger quantity on
        FromMore = "from_more",
        /// Prices in other units only
        OtherUnit = "other_unit",
        /// There was a price, whose last day has passed
        Lapsed = "lapsed",
        /// The lead has come to its end
        Ended = "ended",
        /// No price as yet
        NotQuoted = "not_quoted",
    }
}

/// The price of one unit from a quantity on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tier {
    pub from_quantity: Quantity,
    pub price: UnitPrice,
}

/// The price of the highest tier that a quantity reaches.
pub fn tier_for(tiers: &[Tier], quantity: Quantity) -> Option<Tier> {
    tiers.iter().filter(|tier| tier.from_quantity <= quantity).max_by_key(|tier| tier.from_quantity).copied()
}

/// The prices of a product in a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuoteLine {
    pub product: ProductId,
    pub unit: Unit,
    pub tiers: Vec<Tier>,
}

/// An offer as one of the parties makes it.
#[derive(Debug, Clone)]
pub struct NewQuote {
    pub lines: Vec<QuoteLine>,
    /// The last local day on which it stands.
    pub valid_until: Day,
    pub vat_included: bool,
    /// From the order to the delivery.
    pub lead_days: Option<LeadDays>,
    pub terms: Option<QuoteTerms>,
    /// Who makes it without having signed in, by a link in a letter.
    pub actor: Option<UserId>,
}

impl NewQuote {
    pub const MOST_LINES: usize = 50;
    pub const MOST_TIERS: usize = 10;
    /// An offer may stand for a year and a day.
    pub const MOST_DAYS: i64 = 366;

    /// What is wrong with it, whatever lead it is for.
    pub fn faults(&self, today: Day) -> Faults {
        let mut faults = Faults::default();
        if !(1..=Self::MOST_LINES).contains(&self.lines.len()) {
            let say = Say::new("Cần từ 1 đến 50 dòng báo giá.", "From 1 to 50 lines are needed.");
            faults.push(["lines"], Invalid::new("wrong_length", say));
        }
        let mut seen = HashSet::new();
        for (index, line) in self.lines.iter().enumerate().take(Self::MOST_LINES) {
            let index = index.to_string();
            if !seen.insert((line.product, line.unit)) {
                let say = Say::new(
                    "Sản phẩm này với đơn vị này đã có ở trên.",
                    "This product in this unit is already in the list.",
                );
                faults.push(["lines", &index, "product_id"], Invalid::new("duplicate", say));
            }
            line.check(&index, &mut faults);
        }
        if self.valid_until < today || self.valid_until > today.plus_days(Self::MOST_DAYS) {
            let say = Say::new(
                "Ngày cuối của báo giá là từ hôm nay đến một năm sau.",
                "The last day of an offer is between today and a year from now.",
            );
            faults.push(["valid_until"], Invalid::new("out_of_range", say));
        }
        faults
    }
}

impl QuoteLine {
    fn check(&self, index: &str, faults: &mut Faults) {
        if !(1..=NewQuote::MOST_TIERS).contains(&self.tiers.len()) {
            let say =
                Say::new("Mỗi dòng cần từ 1 đến 10 mức giá.", "From 1 to 10 tiers are needed in a line.");
            faults.push(["lines", index, "tiers"], Invalid::new("wrong_length", say));
        }
        let mut seen = HashSet::new();
        for (tier, position) in self.tiers.iter().take(NewQuote::MOST_TIERS).zip(0..) {
            if !seen.insert(tier.from_quantity.get()) {
                let tier = i32::to_string(&position);
                let say = Say::new("Mức số lượng này đã có.", "There is a tier from this quantity already.");
                faults
                    .push(["lines", index, "tiers", &tier, "from_quantity"], Invalid::new("duplicate", say));
            }
        }
    }
}

impl QuoteState {
    /// Where an offer stands on a day, on a lead at a stage.
    pub fn on(today: Day, valid_until: Day, replaced: bool, stage: LeadStage) -> Self {
        match () {
            () if replaced => Self::Replaced,
            () if valid_until < today => Self::Lapsed,
            () if stage.is_end() => Self::Ended,
            () => Self::Valid,
        }
    }
}

/// The highest rate of value-added tax, in per cent.
const MOST_VAT: i128 = 10;

/// A price for one unit, and whether the tax is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Priced {
    pub price: UnitPrice,
    pub vat_included: bool,
}

impl Priced {
    /// Is this certainly not dearer than the other, whatever rate of tax is added to the one that is without?
    fn at_most(self, other: Self) -> bool {
        let (own, others) = (i128::from(self.price.get()), i128::from(other.price.get()));
        if !self.vat_included && other.vat_included {
            return own * (100 + MOST_VAT) <= others * 100;
        }
        own <= others
    }

    /// Is it the cheapest of several that can be compared? Of one alone there is nothing to say, and of several equal ones
    /// each is.
    pub fn is_cheapest_of(self, all: &[Self]) -> bool {
        all.len() > 1 && all.iter().all(|other| self.at_most(*other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tier(from: i64, price: i64) -> Tier {
        Tier {
            from_quantity: Quantity::new(from).expect("valid"),
            price: UnitPrice::new(price).expect("valid"),
        }
    }

    #[test]
    fn the_highest_tier_that_is_reached_counts() {
        let tiers = [tier(500, 40_000), tier(50, 45_000), tier(100, 44_000)];
        let price = |quantity| {
            let quantity = Quantity::new(quantity).expect("valid");
            tier_for(&tiers, quantity).map(|tier| tier.price.get())
        };
        for (quantity, expected) in [
            (49, None),
            (50, Some(45_000)),
            (99, Some(45_000)),
            (100, Some(44_000)),
            (499, Some(44_000)),
            (500, Some(40_000)),
            (1_000_000_000, Some(40_000)),
        ] {
            assert_eq!(price(quantity), expected, "{quantity}");
        }
    }

    #[test]
    fn an_offer_stands_to_the_end_of_its_last_day() {
        let day = |text| Day::parse(text).expect("a day");
        let until = day("2026-12-01");
        for (today, replaced, stage, expected) in [
            ("2026-12-01", false, LeadStage::Quoted, QuoteState::Valid),
            ("2026-12-02", false, LeadStage::Quoted, QuoteState::Lapsed),
            ("2026-12-01", true, LeadStage::Quoted, QuoteState::Replaced),
            ("2026-12-01", false, LeadStage::Declined, QuoteState::Ended),
            ("2026-12-02", false, LeadStage::Lost, QuoteState::Lapsed),
        ] {
            assert_eq!(QuoteState::on(day(today), until, replaced, stage), expected, "{today} {stage:?}");
        }
    }

    #[test]
    fn the_cheapest_is_so_whatever_the_tax() {
        let priced =
            |price, vat_included| Priced { price: UnitPrice::new(price).expect("valid"), vat_included };
        let cheapest =
            |all: &[Priced]| -> Vec<bool> { all.iter().map(|one| one.is_cheapest_of(all)).collect() };
        assert_eq!(cheapest(&[priced(100, true)]), [false]);
        assert_eq!(cheapest(&[priced(100, true), priced(101, true)]), [true, false]);
        assert_eq!(
            cheapest(&[priced(100, false), priced(100, false), priced(101, false)]),
            [true, true, false]
        );
        // 100 with the tax in it is at most 100 without; 95 without may become 104.5.
        assert_eq!(cheapest(&[priced(100, true), priced(100, false)]), [true, false]);
        assert_eq!(cheapest(&[priced(100, true), priced(95, false)]), [false, false]);
        assert_eq!(cheapest(&[priced(110, true), priced(100, false)]), [false, true]);
        assert_eq!(cheapest(&[priced(109, true), priced(100, false)]), [false, false]);
    }

    #[test]
    fn every_fault_of_an_offer_is_told() {
        let today = Day::parse("2026-11-23").expect("a day");
        let line = |tiers: &[Tier]| QuoteLine {
            product: ProductId::parse("01999f6e-3c1a-7d55-9a3e-0c0f7a1b2c3d").expect("an id"),
            unit: Unit::BoxPackage,
            tiers: tiers.to_vec(),
        };
        let quote = |lines: Vec<QuoteLine>, days| NewQuote {
            lines,
            valid_until: today.plus_days(days),
            vat_included: true,
            lead_days: None,
            terms: None,
            actor: None,
        };
        let told = |quote: &NewQuote| -> Vec<String> {
            quote.faults(today).0.iter().map(|fault| format!("{} {}", fault.pointer(), fault.code)).collect()
        };
        let one = line(&[tier(1, 10)]);
        assert!(told(&quote(vec![one.clone()], 0)).is_empty());
        assert!(told(&quote(vec![one.clone()], NewQuote::MOST_DAYS)).is_empty());
        assert_eq!(told(&quote(Vec::new(), -1)), ["/lines wrong_length", "/valid_until out_of_range"]);
        assert_eq!(
            told(&quote(
                vec![one.clone(), line(&[tier(1, 10), tier(1, 9)]), line(&[])],
                NewQuote::MOST_DAYS + 1
            )),
            [
                "/lines/1/product_id duplicate",
                "/lines/1/tiers/1/from_quantity duplicate",
                "/lines/2/product_id duplicate",
                "/lines/2/tiers wrong_length",
                "/valid_until out_of_range",
            ]
        );
        assert_eq!(told(&quote(vec![one; 51], 0)).first().map(String::as_str), Some("/lines wrong_length"));
    }
}
