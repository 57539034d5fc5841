//! What goods are counted, weighed and priced by.

crate::text_enum! {
    /// Unit of a quantity: codes of UN/ECE Recommendation 20, and of Recommendation 21 (packages) with an `X` in front,
    /// as Recommendation 20 (revision 11) and electronic invoices write them.
    pub enum Unit {
        Kilogram = "KGM",
        Gram = "GRM",
        Tonne = "TNE",
        Litre = "LTR",
        Millilitre = "MLT",
        Metre = "MTR",
        SquareMetre = "MTK",
        Piece = "H87",
        Set = "SET",
        Pair = "PR",
        Dozen = "DZN",
        ServiceUnit = "E48",
        Person = "IE",
        Day = "DAY",
        BoxPackage = "XBX",
        Bag = "XBG",
        Bottle = "XBO",
        Case = "XCS",
        Carton = "XCT",
        Jar = "XJR",
        Package = "XPK",
        Sack = "XSA",
        Tin = "XTN",
        Basket = "XBK",
        Pallet = "XPX",
    }
}

impl Unit {
    /// What the code means, in Vietnamese and in English.
    pub fn meaning(self) -> (&'static str, &'static str) {
        match self {
            Self::Kilogram => ("ki-lô-gam (kg)", "kilogram"),
            Self::Gram => ("gam", "gram"),
            Self::Tonne => ("tấn", "tonne"),
            Self::Litre => ("lít", "litre"),
            Self::Millilitre => ("mi-li-lít", "millilitre"),
            Self::Metre => ("mét (lụa, chiếu bán theo chiều dài)", "metre (silk, mats by length)"),
            Self::SquareMetre => ("mét vuông", "square metre"),
            Self::Piece => ("cái, chiếc", "piece"),
            Self::Set => ("bộ", "set"),
            Self::Pair => ("đôi", "pair"),
            Self::Dozen => ("tá (12 cái)", "dozen"),
            Self::ServiceUnit => ("lượt dịch vụ (một tour, một đêm)", "service unit (a tour, a night)"),
            Self::Person => ("người (khách của tour)", "person (visitors of a tour)"),
            Self::Day => ("ngày", "day"),
            Self::BoxPackage => ("hộp", "box"),
            Self::Bag => ("túi", "bag"),
            Self::Bottle => ("chai", "bottle"),
            Self::Case => ("thùng, két", "case"),
            Self::Carton => ("thùng các-tông", "carton"),
            Self::Jar => ("lọ, hũ", "jar"),
            Self::Package => ("gói", "package"),
            Self::Sack => ("bao", "sack"),
            Self::Tin => ("lon, hộp kim loại", "tin"),
            Self::Basket => ("giỏ, rổ", "basket"),
            Self::Pallet => ("pa-lét", "pallet"),
        }
    }
}

impl Unit {
    /// The code in a sentence, after a number: what it means without what explains that.
    pub fn words(self) -> (&'static str, &'static str) {
        let short = |meaning: &'static str| meaning.split([',', '(']).next().unwrap_or(meaning).trim_end();
        let (vi, en) = self.meaning();
        (short(vi), short(en))
    }

    /// How many of which unit it is: units with the same one convert into each other. A package is only itself.
    fn base(self) -> (Self, i64) {
        match self {
            Self::Gram => (Self::Gram, 1),
            Self::Kilogram => (Self::Gram, 1_000),
            Self::Tonne => (Self::Gram, 1_000_000),
            Self::Millilitre => (Self::Millilitre, 1),
            Self::Litre => (Self::Millilitre, 1_000),
            Self::Piece => (Self::Piece, 1),
            Self::Dozen => (Self::Piece, 12),
            itself => (itself, 1),
        }
    }

    /// By what numbers of this unit and of another are to be multiplied to be compared; `None` if nothing converts them.
    pub fn beside(self, other: Self) -> Option<(i64, i64)> {
        let ((own, by), (others, by_other)) = (self.base(), other.base());
        (own == others).then_some((by, by_other))
    }
}

/// The schema of [`Unit`]: the codes, and what each of them means.
pub struct UnitMeaning;

impl utoipa::PartialSchema for UnitMeaning {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        use utoipa::openapi::schema::{ObjectBuilder, Type};
        let lines = Unit::ALL.iter().map(|unit| {
            let (vi, en) = unit.meaning();
            format!("\n- `{}`: {vi} / {en}", unit.as_str())
        });
        let head = "Unit of a quantity, by its code of UN/ECE Recommendation 20 or, with `X` in front, 21 (packages):\n";
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(Unit::ALL.iter().map(Unit::as_str)))
            .description(Some(std::iter::once(head.to_owned()).chain(lines).collect::<String>()))
            .examples([Unit::BoxPackage.as_str()])
            .into()
    }
}

impl utoipa::ToSchema for UnitMeaning {
    fn name() -> std::borrow::Cow<'static, str> {
        "Unit".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_explains_every_code_in_both_languages() {
        let schema = serde_json::to_value(<UnitMeaning as utoipa::PartialSchema>::schema()).expect("JSON");
        assert_eq!(schema["enum"].as_array().map(Vec::len), Some(Unit::ALL.len()));
        let description = schema["description"].as_str().expect("a description");
        assert!(description.contains("\n- `XBX`: hộp / box\n"), "{description}");
        for unit in Unit::ALL {
            assert!(description.contains(&format!("`{}`: ", unit.as_str())), "{unit:?}");
        }
    }

    #[test]
    fn in_a_sentence_a_unit_is_short() {
        assert_eq!(Unit::Kilogram.words(), ("ki-lô-gam", "kilogram"));
        assert_eq!(Unit::Piece.words(), ("cái", "piece"));
        assert!(Unit::ALL.iter().all(|unit| !unit.words().0.is_empty() && !unit.words().1.is_empty()));
    }

    #[test]
    fn only_measures_convert() {
        assert_eq!(Unit::Kilogram.beside(Unit::Tonne), Some((1_000, 1_000_000)));
        assert_eq!(Unit::Dozen.beside(Unit::Piece), Some((12, 1)));
        assert_eq!(Unit::BoxPackage.beside(Unit::BoxPackage), Some((1, 1)));
        for (one, other) in
            [(Unit::Kilogram, Unit::Litre), (Unit::BoxPackage, Unit::Carton), (Unit::Pair, Unit::Piece)]
        {
            assert_eq!(one.beside(other), None);
        }
    }

    #[test]
    fn codes_of_packages_are_those_of_invoices() {
        assert_eq!(Unit::parse("XBO"), Ok(Unit::Bottle));
        for wrong in ["BO", "kg", "KG", "kgm", ""] {
            assert!(Unit::parse(wrong).is_err(), "{wrong}");
        }
    }
}
