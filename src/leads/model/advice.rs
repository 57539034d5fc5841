//! What of an enquiry does not go together with what a producer states. It is advice, never a refusal: what is stated may be
//! old, and the producer decides. Only what converts is compared: kilograms with tonnes, never kilograms with boxes.

use super::{Period, Quantity, TargetPrice};
use crate::catalogue::Stated;
use crate::listings::{DocumentKind, Volume};
use crate::products::Unit;
use crate::say;
use crate::say::{Language, Say, grouped};

crate::text_enum! {
    /// What does not go together with what the producer states.
    pub enum AdviceCode {
        /// Less is asked for than the smallest order
        BelowMinOrder = "below_min_order",
        /// More is asked for than can be made in the months of the delivery, or in one month if they are not told
        AboveMonthlyCapacity = "above_monthly_capacity",
        /// The delivery falls into months in which it is not to be had
        OutOfSeason = "out_of_season",
        /// The product has no such certificate that counts today
        LacksCertificate = "lacks_certificate",
        /// Less is hoped for than the lowest wholesale price
        BelowPrice = "below_price_from",
    }
}

/// One remark on one product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice {
    pub code: AdviceCode,
    /// The member it is about: of the line, or of the whole enquiry.
    pub member: &'static str,
    pub of_line: bool,
    pub say: Say,
}

/// What is asked of one product.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    pub quantity: Quantity,
    pub unit: Unit,
    pub target_price: Option<TargetPrice>,
    pub period: Option<Period>,
    pub certificates: &'a [DocumentKind],
}

/// Everything that is to be said of it, in the order of [`AdviceCode`].
pub fn of(ask: &Ask<'_>, stated: &Stated) -> Vec<Advice> {
    [min_order, monthly_capacity, season, certificates, price]
        .iter()
        .filter_map(|look| look(ask, stated))
        .collect()
}

/// `one` of a unit less `other` of another; `None` if they cannot be compared.
fn less(one: i64, unit: Unit, other: i64, other_unit: Unit) -> Option<bool> {
    let (by, by_other) = unit.beside(other_unit)?;
    Some(i128::from(one) * i128::from(by) < i128::from(other) * i128::from(by_other))
}

fn min_order(ask: &Ask<'_>, stated: &Stated) -> Option<Advice> {
    let least = stated.min_order?;
    let too_little = less(ask.quantity.get(), ask.unit, least.quantity.get(), least.unit)?;
    let (vi, en) = volume(least);
    too_little.then(|| Advice {
        code: AdviceCode::BelowMinOrder,
        member: "quantity",
        of_line: true,
        say: say!("Chủ thể nêu đơn hàng tối thiểu là {vi}.", "The producer states a smallest order of {en}."),
    })
}

fn monthly_capacity(ask: &Ask<'_>, stated: &Stated) -> Option<Advice> {
    let capacity = stated.monthly_capacity?;
    let months = ask.period.map_or(1, Period::months_long);
    let made = capacity.quantity.get().saturating_mul(months);
    let too_much = less(made, capacity.unit, ask.quantity.get(), ask.unit)?;
    let (vi, en) = volume(capacity);
    let say = if ask.period.is_none() {
        say!(
            "Chủ thể nêu sản lượng {vi} mỗi tháng: lượng này cần hơn một tháng.",
            "The producer states {en} a month: this takes more than one."
        )
    } else {
        say!(
            "Chủ thể nêu sản lượng {vi} mỗi tháng: lượng này cần nhiều hơn {months} tháng của thời gian giao.",
            "The producer states {en} a month: this takes more than the {months} of the delivery."
        )
    };
    too_much.then_some(Advice {
        code: AdviceCode::AboveMonthlyCapacity,
        member: "quantity",
        of_line: true,
        say,
    })
}

fn season(ask: &Ask<'_>, stated: &Stated) -> Option<Advice> {
    let season = stated.season;
    if season.bits() == 0 {
        return None;
    }
    let mut out: Vec<u8> = Vec::new();
    for month in ask.period?.months().filter_map(|month| u8::try_from(month).ok()) {
        if !season.has(month) && !out.contains(&month) {
            out.push(month);
        }
    }
    let (missed, had) = (listed(out.iter().copied()), listed(season.months()));
    (!out.is_empty()).then(|| Advice {
        code: AdviceCode::OutOfSeason,
        member: "delivery",
        of_line: false,
        say: say!(
            "Tháng {missed} ngoài mùa vụ chủ thể nêu (tháng {had}).",
            "Outside the season the producer states (months {had}): {missed}."
        ),
    })
}

fn certificates(ask: &Ask<'_>, stated: &Stated) -> Option<Advice> {
    let lacking = ask.certificates.iter().filter(|kind| !stated.certificates.contains(kind));
    let (vi, en): (Vec<_>, Vec<_>) = lacking.map(|kind| kind.name()).unzip();
    let (vi, en) = (vi.join(", "), en.join(", "));
    (!vi.is_empty()).then(|| Advice {
        code: AdviceCode::LacksCertificate,
        member: "certificates",
        of_line: false,
        say: say!(
            "Sản phẩm hiện không có giấy còn hiệu lực: {vi}.",
            "The product has no certificate that counts today of: {en}."
        ),
    })
}

/// A price is for one: the dearer unit has the greater number beside it.
fn price(ask: &Ask<'_>, stated: &Stated) -> Option<Advice> {
    let (hoped, (lowest, unit)) = (ask.target_price?.get(), stated.price?);
    let (by, by_lowest) = ask.unit.beside(unit)?;
    let too_low = i128::from(hoped) * i128::from(by_lowest) < i128::from(lowest) * i128::from(by);
    let ((vi_unit, en_unit), (vi, en)) =
        (unit.words(), (grouped(lowest, Language::Vi), grouped(lowest, Language::En)));
    too_low.then(|| Advice {
        code: AdviceCode::BelowPrice,
        member: "target_price",
        of_line: true,
        say: say!(
            "Chủ thể nêu giá sỉ từ {vi} đồng một {vi_unit}.",
            "The producer states a wholesale price from {en} đồng for one {en_unit}."
        ),
    })
}

/// `1.500 hộp`, `1,500 boxes`.
fn volume(volume: Volume) -> (String, String) {
    let (number, (vi, en)) = (volume.quantity.get(), volume.unit.words());
    let plural = match en {
        _ if number == 1 || en == "dozen" => "",
        _ if en.ends_with('x') => "es",
        _ => "s",
    };
    (
        format!("{} {vi}", grouped(number, Language::Vi)),
        format!("{} {en}{plural}", grouped(number, Language::En)),
    )
}

fn listed(months: impl Iterator<Item = u8>) -> String {
    months.map(|month| month.to_string()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Day;

    fn ask(quantity: i64, unit: Unit) -> Ask<'static> {
        let quantity = Quantity::new(quantity).expect("a quantity");
        Ask { quantity, unit, target_price: None, period: None, certificates: &[] }
    }

    fn volume(quantity: i64, unit: Unit) -> Option<Volume> {
        Some(Volume::new(quantity, unit).expect("a volume"))
    }

    fn period(from: &str, until: &str) -> Option<Period> {
        Period::of(Day::parse(from).ok(), Day::parse(until).ok())
    }

    fn codes(ask: &Ask<'_>, stated: &Stated) -> Vec<&'static str> {
        of(ask, stated).iter().map(|advice| advice.code.as_str()).collect()
    }

    #[test]
    fn what_is_not_stated_is_not_compared() {
        let demanding = Ask { period: period("2026-01-01", "2026-12-31"), ..ask(1, Unit::Gram) };
        assert!(of(&demanding, &Stated::default()).is_empty());
    }

    #[test]
    fn quantities_are_compared_where_units_convert() {
        let least = Stated { min_order: volume(2, Unit::Tonne), ..Stated::default() };
        assert_eq!(codes(&ask(1_999, Unit::Kilogram), &least), ["below_min_order"]);
        assert!(codes(&ask(2_000, Unit::Kilogram), &least).is_empty());
        assert!(codes(&ask(1, Unit::BoxPackage), &least).is_empty());
        let advice = of(&ask(1, Unit::Kilogram), &least);
        assert_eq!(advice[0].say.vi, "Chủ thể nêu đơn hàng tối thiểu là 2 tấn.");
        assert_eq!(advice[0].say.en, "The producer states a smallest order of 2 tonnes.");
        // As much as there may be of the greatest unit.
        let most = Stated { min_order: volume(1_000_000_000, Unit::Tonne), ..Stated::default() };
        assert_eq!(codes(&ask(1_000_000_000, Unit::Kilogram), &most), ["below_min_order"]);
    }

    #[test]
    fn a_capacity_counts_for_each_month_of_the_delivery() {
        let stated = Stated { monthly_capacity: volume(1_500, Unit::BoxPackage), ..Stated::default() };
        let asked = |quantity, period| Ask { period, ..ask(quantity, Unit::BoxPackage) };
        assert!(codes(&asked(1_500, None), &stated).is_empty());
        assert_eq!(codes(&asked(1_501, None), &stated), ["above_monthly_capacity"]);
        let quarter = period("2026-10-31", "2026-12-01");
        assert!(codes(&asked(4_500, quarter), &stated).is_empty());
        assert_eq!(codes(&asked(4_501, quarter), &stated), ["above_monthly_capacity"]);
        let advice = of(&asked(4_501, quarter), &stated);
        assert!(advice[0].say.vi.contains("1.500 hộp mỗi tháng"), "{}", advice[0].say.vi);
        assert!(advice[0].say.en.contains("1,500 boxes a month"), "{}", advice[0].say.en);
    }

    #[test]
    fn months_out_of_season_are_named() {
        let stated = Stated { season: [10, 11, 12, 1].into_iter().collect(), ..Stated::default() };
        let asked = |from, until| Ask { period: period(from, until), ..ask(1, Unit::Gram) };
        assert!(codes(&asked("2026-10-01", "2027-01-31"), &stated).is_empty());
        let advice = of(&asked("2026-12-15", "2027-03-01"), &stated);
        assert_eq!(advice[0].say.vi, "Tháng 2, 3 ngoài mùa vụ chủ thể nêu (tháng 1, 10, 11, 12).");
        assert!(!advice[0].of_line);
    }

    #[test]
    fn certificates_that_are_lacking_are_named() {
        let stated = Stated { certificates: vec![DocumentKind::Haccp], ..Stated::default() };
        let needed = [DocumentKind::Haccp, DocumentKind::Organic, DocumentKind::Halal];
        let advice = of(&Ask { certificates: &needed, ..ask(1, Unit::Gram) }, &stated);
        assert_eq!(advice[0].say.vi, "Sản phẩm hiện không có giấy còn hiệu lực: Hữu cơ, Halal.");
        assert!(codes(&Ask { certificates: &needed[..1], ..ask(1, Unit::Gram) }, &stated).is_empty());
    }

    #[test]
    fn prices_are_for_one_of_their_unit() {
        let stated = Stated { price: Some((85_000, Unit::Kilogram)), ..Stated::default() };
        let asked = |dong, unit| Ask { target_price: TargetPrice::new(dong).ok(), ..ask(1, unit) };
        assert!(codes(&asked(85_000, Unit::Kilogram), &stated).is_empty());
        assert_eq!(codes(&asked(84_999, Unit::Kilogram), &stated), ["below_price_from"]);
        assert!(codes(&asked(85, Unit::Gram), &stated).is_empty());
        assert_eq!(codes(&asked(84, Unit::Gram), &stated), ["below_price_from"]);
        assert_eq!(codes(&asked(84_999_999, Unit::Tonne), &stated), ["below_price_from"]);
        assert!(codes(&asked(1, Unit::BoxPackage), &stated).is_empty());
        let advice = of(&asked(1, Unit::Kilogram), &stated);
        assert_eq!(advice[0].say.vi, "Chủ thể nêu giá sỉ từ 85.000 đồng một ki-lô-gam.");
    }
}
