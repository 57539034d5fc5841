//! What a decision grants: stars, score, and the grounds on which it is taken back.

use crate::say;
use crate::say::{Invalid, Say};
use deserr::{IntoValue, Value, ValuePointerRef};
use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;

/// Stars of a certified product: 3 to 5. One and two stars get neither decision nor certificate (Decision
/// 26/2026/QĐ-TTg, Article 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = diesel::sql_types::BigInt)]
pub struct Stars(i64);

impl Stars {
    pub const THREE: Self = Self(3);
    pub const FOUR: Self = Self(4);
    pub const FIVE: Self = Self(5);

    pub fn new(stars: i64) -> Result<Self, Invalid> {
        match stars {
            3..=5 => Ok(Self(stars)),
            _ => Err(Invalid::new(
                "out_of_range",
                Say::new(
                    "Sản phẩm được công nhận có 3, 4 hoặc 5 sao; 1 và 2 sao không có giấy chứng nhận.",
                    "A certified product has 3, 4 or 5 stars; 1 and 2 stars get no certificate.",
                ),
            )),
        }
    }

    /// Reads `4`, `4 sao`, `4*`, `4★`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let lower = text.trim().to_lowercase();
        let digits = lower.trim_end_matches("sao").trim_end_matches(['*', '★', '⭐']).trim_end();
        digits.parse().ok().map_or_else(
            || {
                Err(Invalid::new(
                    "invalid_stars",
                    Say::new("Số sao là 3, 4 hoặc 5.", "The stars are 3, 4 or 5."),
                ))
            },
            Self::new,
        )
    }

    pub const fn number(self) -> i64 {
        self.0
    }
}

/// A council's average in hundredths of a point, 0 to 100: the law counts in points, councils print averages such
/// as 65,8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = diesel::sql_types::BigInt)]
pub struct Score(i64);

impl Score {
    pub fn from_hundredths(hundredths: i64) -> Result<Self, Invalid> {
        match hundredths {
            0..=10_000 => Ok(Self(hundredths)),
            _ => Err(Self::invalid()),
        }
    }

    /// Reads `65,8`, `65.80`, `81`; at most two decimals.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        let (whole, decimals) = text.split_once([',', '.']).unwrap_or((text, "0"));
        let numeric = |part: &str, most: usize| {
            (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !numeric(whole, 3) || !numeric(decimals, 2) {
            return Err(Self::invalid());
        }
        format!("{whole}{decimals:0<2}").parse().map_err(|_| Self::invalid()).and_then(Self::from_hundredths)
    }

    fn invalid() -> Invalid {
        Invalid::new(
            "invalid_score",
            Say::new(
                "Điểm từ 0 đến 100, nhiều nhất hai chữ số thập phân, ví dụ 65,8.",
                "A score is 0 to 100 with at most two decimals, for example 65.8.",
            ),
        )
    }

    pub const fn hundredths(self) -> i64 {
        self.0
    }

    /// The stars this total stands for: three from 50, four from 70, five from 90.
    pub fn stars(self) -> Option<Stars> {
        match self.0 {
            9000.. => Some(Stars::FIVE),
            7000.. => Some(Stars::FOUR),
            5000.. => Some(Stars::THREE),
            _ => None,
        }
    }

    /// Is this the score of a product with so many stars?
    pub fn require(self, stars: Stars) -> Result<(), Invalid> {
        if self.stars() == Some(stars) {
            return Ok(());
        }
        let (stars, range) = (
            stars.number(),
            match stars {
                Stars::THREE => "50 ≤ … < 70",
                Stars::FOUR => "70 ≤ … < 90",
                _ => "90 ≤ … ≤ 100",
            },
        );
        Err(Invalid::new(
            "score_contradicts_stars",
            say!(
                "Điểm không khớp số sao: {stars} sao là {range} điểm.",
                "The score does not agree with the stars: {stars} stars are {range} points."
            ),
        ))
    }
}

impl std::fmt::Display for Score {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

crate::integer_column!(Stars, Stars::new);
crate::integer_column!(Score, Score::from_hundredths);

impl serde::Serialize for Stars {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.0)
    }
}

impl<'de> serde::Deserialize<'de> for Stars {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = i64::deserialize(deserializer)?;
        Self::new(number).map_err(|_| serde::de::Error::custom("not a number of stars"))
    }
}

/// A plain JSON number of points.
impl serde::Serialize for Score {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 % 100 {
            0 => serializer.serialize_i64(self.0 / 100),
            _ => self.to_string().parse::<f64>().unwrap_or_default().serialize(serializer),
        }
    }
}

impl<'de> serde::Deserialize<'de> for Score {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let points = f64::deserialize(deserializer)?;
        Self::parse(&format!("{points:.2}")).map_err(|_| serde::de::Error::custom("not a score"))
    }
}

impl deserr::Deserr<crate::input::Faults> for Stars {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, crate::input::Faults> {
        let stars = i64::deserialize_from_value(value, location)?;
        Self::new(stars).map_err(|invalid| crate::input::Faults::located(location, invalid))
    }
}

/// A JSON number, or a string as councils print it (`"65,8"`).
impl deserr::Deserr<crate::input::Faults> for Score {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, crate::input::Faults> {
        let text = match value {
            Value::Float(points) => points.to_string(),
            Value::Integer(points) => points.to_string(),
            Value::NegativeInteger(points) => points.to_string(),
            other => String::deserialize_from_value(other, location)?,
        };
        Self::parse(&text).map_err(|invalid| crate::input::Faults::located(location, invalid))
    }
}

impl utoipa::PartialSchema for Stars {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        use utoipa::openapi::schema::Type;
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(3))
            .maximum(Some(5))
            .examples([4])
            .into()
    }
}
impl utoipa::ToSchema for Stars {}

impl utoipa::PartialSchema for Score {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        use utoipa::openapi::schema::Type;
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(Type::Number)
            .minimum(Some(0))
            .maximum(Some(100))
            .multiple_of(Some(0.01))
            .examples([83.5])
            .into()
    }
}
impl utoipa::ToSchema for Score {}

crate::text_enum! {
    /// Why a certificate was taken back: the six grounds of Article 8 of Decision 26/2026/QĐ-TTg.
    pub enum Ground {
        /// (a) The dossier was untrue or forged
        UntrueDossier = "untrue_dossier",
        /// (b) The product no longer meets the criteria
        CriteriaNotMet = "criteria_not_met",
        /// (c) Breach of law on quality, food safety, environment, intellectual property or labelling
        LawBreach = "law_breach",
        /// (d) Misuse of the OCOP mark
        MarkMisuse = "mark_misuse",
        /// (đ) The producer no longer makes the product
        ProductionEnded = "production_ended",
        /// (e) Another conclusion of an authority
        AuthorityConclusion = "authority_conclusion",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn stars_are_three_to_five() {
        for (text, stars) in [("3", 3), (" 4 ", 4), ("5 sao", 5), ("4 Sao", 4), ("4*", 4), ("3★", 3)] {
            assert_eq!(Stars::parse(text).map(Stars::number), Ok(stars), "{text}");
        }
        for wrong in ["", "2", "6", "-3", "3.5", "ba", "３", "9223372036854775808", "sao"] {
            assert!(Stars::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn scores_are_read_with_comma_or_point() {
        for (text, hundredths) in [
            ("65,8", 6580),
            ("65.80", 6580),
            ("81", 8100),
            ("0", 0),
            ("100", 10_000),
            ("100,00", 10_000),
            ("7.05", 705),
        ] {
            assert_eq!(Score::parse(text).map(Score::hundredths), Ok(hundredths), "{text}");
        }
        for wrong in ["", "100.01", "-1", "65,833", "65,8,0", "1e2", ",5", "5,", "0100", "NaN", "６５"] {
            assert!(Score::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn stars_follow_from_the_score_at_the_thresholds() {
        for (hundredths, stars) in [
            (4999, None),
            (5000, Some(3)),
            (6999, Some(3)),
            (7000, Some(4)),
            (8999, Some(4)),
            (9000, Some(5)),
            (10_000, Some(5)),
        ] {
            let score = Score::from_hundredths(hundredths).expect("in range");
            assert_eq!(score.stars().map(Stars::number), stars, "{hundredths}");
        }
    }

    proptest! {
        #[test]
        fn a_score_reads_back(hundredths in 0_i64..=10_000) {
            let score = Score::from_hundredths(hundredths).expect("in range");
            prop_assert_eq!(Score::parse(&score.to_string()), Ok(score));
            prop_assert_eq!(Score::parse(&score.to_string().replace('.', ",")), Ok(score));
            let json = serde_json::to_value(score).expect("a number");
            prop_assert_eq!(crate::input::read::<Score>(json), Ok(score));
        }

        #[test]
        fn no_text_upsets_the_readers(text in "\\PC*") {
            let _ = (Stars::parse(&text), Score::parse(&text));
        }
    }
}
