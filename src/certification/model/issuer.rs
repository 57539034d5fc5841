//! Who decides on a certification, and how that follows from the law of the day when a list does not say it.

use super::{DecisionNumber, Stars};
use crate::db::Day;
use crate::say::{Invalid, Say};
use crate::vietnamese::name_key;
use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use std::borrow::Cow;

/// The authority that issued a decision, in one spelling: `UBND tỉnh Đắk Nông`, `UBND huyện Đắk Song`,
/// `Bộ Nông nghiệp và Môi trường`.
#[derive(Clone, PartialEq, Eq, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub struct Issuer(String);

const MARD: &str = "Bộ Nông nghiệp và Phát triển nông thôn";
const MAE: &str = "Bộ Nông nghiệp và Môi trường";
/// The ministry of agriculture became the ministry of agriculture and environment (Resolution 176/2025/QH15).
const MAE_SINCE: Day = Day::constant(2025, 3, 1);

/// Decision 148/QĐ-TTg gave the recognition of three stars to the districts; 1489/QĐ-TTg took it back to the province
/// on 6 July 2025, when there had been no districts for five days.
const DISTRICTS_DECIDE_FROM: Day = Day::constant(2023, 2, 24);
const DISTRICTS_END: Day = crate::reference::MERGER;

/// Longest name of an authority, in characters.
const LONGEST: usize = 200;

impl Issuer {
    /// Reads an authority's name; abbreviations and the chairman who signs for the committee do not matter.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let plain = words.join(" ");
        let fits = (1..=LONGEST).contains(&plain.chars().count()) && !plain.contains(char::is_control);
        if !fits || name_key(&plain).is_empty() {
            return Err(Invalid::new(
                "invalid_issuer",
                Say::new(
                    "Cơ quan ban hành dài 1 đến 200 ký tự, ví dụ: UBND tỉnh Hưng Yên.",
                    "An issuer has 1 to 200 characters, for example: UBND tỉnh Hưng Yên.",
                ),
            ));
        }
        Ok(Self(canonical(&plain)))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Equal for two spellings of one authority.
    pub fn key(&self) -> String {
        name_key(&self.0)
    }

    /// The issuer of a decision of that number, stars and day for a product of a place. `None` if the law of the day
    /// knows no such decision: then only the paper can tell.
    pub fn derive(number: &DecisionNumber, stars: Stars, on: Day, authorities: &Authorities) -> Option<Self> {
        let first = number.suffix().split('-').next().unwrap_or_default();
        if first.starts_with("BNN") {
            return Some(Self::ministry_on(on));
        }
        if first != "UBND" {
            return None;
        }
        let district = (DISTRICTS_DECIDE_FROM..DISTRICTS_END).contains(&on);
        let committee = match stars {
            // Five stars are the centre's to give: a committee's number on them is a mistake somewhere.
            Stars::FIVE => None,
            Stars::THREE if district => authorities.district.as_deref().or(authorities.province.as_deref()),
            _ => authorities.province.as_deref(),
        };
        committee.map(|unit| Self(format!("UBND {}", lower_first(unit))))
    }

    /// The ministry that recognises five stars, by its name of the day.
    pub fn ministry_on(day: Day) -> Self {
        Self(if day < MAE_SINCE { MARD } else { MAE }.to_owned())
    }
}

/// The units of a product's place on the day of a decision, by their full names (`Tỉnh Đắk Nông`, `Huyện Đắk Song`).
#[derive(Debug, Clone, Default)]
pub struct Authorities {
    pub province: Option<String>,
    pub district: Option<String>,
}

crate::text_column!(Issuer, |text: &str| Issuer::parse(text).ok());
crate::string_schema!(Issuer, "issuer", "UBND tỉnh Lâm Đồng");
crate::parsed_input!(Issuer);

fn canonical(plain: &str) -> String {
    let plain = strip_words(plain, "Chủ tịch").unwrap_or(plain);
    for long in ["Ủy ban nhân dân", "UBND"] {
        if let Some(unit) = strip_words(plain, long) {
            return format!("UBND {}", lower_first(&kind_in_full(unit)));
        }
    }
    match crate::vietnamese::fold(plain).as_str() {
        "bo nn ptnt" | "bo nnptnt" | "bo nong nghiep ptnt" => MARD.to_owned(),
        "bo nn mt" | "bo nnmt" => MAE.to_owned(),
        _ => plain.to_owned(),
    }
}

/// `TP. Hà Nội` and `TP Hà Nội` as `thành phố Hà Nội`.
fn kind_in_full(unit: &str) -> Cow<'_, str> {
    let kinds = [("tp", "thành phố"), ("tx", "thị xã"), ("t", "tỉnh"), ("h", "huyện"), ("q", "quận")];
    let (head, rest) = unit.split_once(['.', ' ']).unwrap_or_default();
    let kind = kinds.iter().find(|(short, _)| head.eq_ignore_ascii_case(short));
    kind.map_or(Cow::Borrowed(unit), |(_, kind)| format!("{kind} {}", rest.trim_start()).into())
}

/// The rest after some first words, whatever their case and tone placement.
fn strip_words<'a>(text: &'a str, words: &str) -> Option<&'a str> {
    let count = words.split(' ').count();
    let (end, _) = text.match_indices(' ').nth(count - 1)?;
    let (head, rest) = (text.get(..end)?, text.get(end + 1..)?);
    (name_key(head) == name_key(words)).then_some(rest)
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_authority_have_one_key() {
        for (text, name) in [
            ("UBND tỉnh Đắk Nông", "UBND tỉnh Đắk Nông"),
            ("Ủy ban nhân dân tỉnh Đắk Nông", "UBND tỉnh Đắk Nông"),
            ("Uỷ ban nhân dân  tỉnh Đắk Nông", "UBND tỉnh Đắk Nông"),
            ("Chủ tịch UBND Tỉnh Đắk Nông", "UBND tỉnh Đắk Nông"),
            ("ubnd huyện Đắk Song", "UBND huyện Đắk Song"),
            ("UBND TP Hà Nội", "UBND Thành phố Hà Nội"),
            ("UBND TP.Hải Phòng", "UBND thành phố Hải Phòng"),
            ("UBND tx. Sơn Tây", "UBND thị xã Sơn Tây"),
            ("UBND H. Đắk Song", "UBND huyện Đắk Song"),
            ("Bộ NN&PTNT", MARD),
            ("Bộ Nông nghiệp và Môi trường", MAE),
        ] {
            let issuer = Issuer::parse(text).expect("a name");
            assert_eq!(issuer.key(), Issuer::parse(name).expect("a name").key(), "{text}");
        }
        let district = Issuer::parse("UBND huyện Đắk Song").expect("a name");
        assert_ne!(district.key(), Issuer::parse("UBND tỉnh Đắk Song").expect("a name").key());
        for wrong in ["", "  ", "a\u{7}b", "—", &"x".repeat(201)] {
            assert!(Issuer::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_issuer_follows_from_the_law_of_the_day() {
        let both = Authorities {
            province: Some("Tỉnh Đắk Nông".into()),
            district: Some("Huyện Đắk Song".into()),
        };
        let province_only = Authorities { district: None, ..both.clone() };
        let (province, district) = (Some("UBND tỉnh Đắk Nông"), Some("UBND huyện Đắk Song"));
        for (number, stars, on, authorities, expected) in [
            ("858/QĐ-UBND", 4, "2025-06-19", &both, province),
            ("1887/QĐ-UBND", 3, "2025-06-16", &both, district),
            ("1887/QĐ-UBND", 3, "2025-06-16", &province_only, province),
            // The province decided before 24 February 2023, and again since there are no districts.
            ("1114/QĐ-UBND", 3, "2023-02-23", &both, province),
            ("1114/QĐ-UBND", 3, "2023-02-24", &both, district),
            ("1114/QĐ-UBND", 3, "2025-06-30", &both, district),
            ("1114/QĐ-UBND", 3, "2025-07-01", &both, province),
            ("377/QĐ-BNN-VPĐP", 5, "2025-01-17", &both, Some(MARD)),
            ("377/QĐ-BNNMT-VPĐP", 5, "2025-03-01", &both, Some(MAE)),
            ("858/QĐ-UBND", 5, "2025-06-19", &both, None),
            ("148/QĐ-TTg", 4, "2025-06-19", &both, None),
            ("858/QĐ-UBND", 4, "2025-06-19", &Authorities::default(), None),
        ] {
            let number = DecisionNumber::parse(number).expect("well-formed");
            let (stars, on) = (Stars::new(stars).expect("stars"), Day::parse(on).expect("a day"));
            let issuer = Issuer::derive(&number, stars, on, authorities);
            assert_eq!(issuer.as_ref().map(Issuer::as_str), expected, "{number:?} {stars:?} {on}");
        }
        let illustration = DecisionNumber::illustration(1, "UBND");
        let on = Day::constant(2026, 1, 1);
        assert!(Issuer::derive(&illustration, Stars::FOUR, on, &both).is_some());
    }
}
