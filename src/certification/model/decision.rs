//! Numbers of decisions, as Vietnamese authorities write them.

use crate::say::{Invalid, Say};
use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;

/// The number of a decision in its official spelling.
///
/// Two forms: an individual decision `303/QĐ-UBND`, `377/QĐ-BNN-VPĐP`, and a legal normative act `26/2026/QĐ-TTg`.
/// A number restarts every year at every issuer; only with issuer and date does it name a decision.
///
/// Decisions written for demonstration read `MINH HỌA 012/QĐ-UBND`: the database holds them, no input is taken for
/// one.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, AsExpression, FromSqlRow)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub struct DecisionNumber(String);

const ILLUSTRATION: &str = "MINH HỌA ";
/// More parts of a suffix than any authority has.
const MOST_PARTS: usize = 5;

impl DecisionNumber {
    /// Reads either form. Spaces, the kind of hyphen, case and a lost stroke (`QD`) do not matter.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        read(text).map(Self).ok_or_else(|| {
            Invalid::new(
                "invalid_decision_number",
                Say::new(
                    "Số quyết định có dạng 303/QĐ-UBND, 377/QĐ-BNN-VPĐP hoặc 26/2026/QĐ-TTg.",
                    "A decision's number is written like 303/QĐ-UBND, 377/QĐ-BNN-VPĐP or 26/2026/QĐ-TTg.",
                ),
            )
        })
    }

    /// The number of a decision that exists for demonstration only: `MINH HỌA 012/QĐ-UBND`.
    pub fn illustration(serial: u32, suffix: &str) -> Self {
        Self(format!("{ILLUSTRATION}{serial:03}/QĐ-{suffix}"))
    }

    pub fn is_illustration(&self) -> bool {
        self.0.starts_with(ILLUSTRATION)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What follows `QĐ-`: who signs (`UBND`, `BNN-VPĐP`, `TTg`).
    pub fn suffix(&self) -> &str {
        self.0.rsplit_once("QĐ-").map_or("", |(_, suffix)| suffix)
    }

    fn read_back(text: &str) -> Option<Self> {
        match text.strip_prefix(ILLUSTRATION) {
            Some(_) => Some(Self(text.to_owned())),
            None => Self::parse(text).ok(),
        }
    }
}

crate::text_column!(DecisionNumber, DecisionNumber::read_back);
crate::string_schema!(DecisionNumber, "decision-number", "3981/QĐ-UBND");
crate::parsed_input!(DecisionNumber);

/// The official spelling, or nothing if it is no decision's number.
fn read(text: &str) -> Option<String> {
    let plain: String = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| match c {
            '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}' | '\u{ad}' => '-',
            // Eth and the African D look the same as the letter of the alphabet.
            'đ' | 'Ð' | 'ð' | 'Ɖ' | 'ɖ' => 'Đ',
            other => other,
        })
        .flat_map(char::to_uppercase)
        .collect();
    let plain = plain.strip_prefix("SỐ").unwrap_or(&plain);
    let plain = plain.strip_prefix(':').unwrap_or(plain);
    let (serial, rest) = plain.split_once('/')?;
    let (year, kind) = match rest.split_once('/') {
        Some((year, kind)) => (Some(year), kind),
        None => (None, rest),
    };
    let suffix = kind.strip_prefix("QĐ-").or_else(|| kind.strip_prefix("QD-"))?;

    let digits = |part: &str, most: usize| {
        (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let serial: u32 = digits(serial, 6).then(|| serial.parse().ok()).flatten()?;
    let year_is_one =
        year.is_none_or(|year| year.len() == 4 && digits(year, 4) && ("1945".."3000").contains(&year));
    let parts: Vec<&str> = suffix.split('-').collect();
    let parts_are_names = parts.len() <= MOST_PARTS
        && parts.iter().all(|part| {
            (1..=12).contains(&part.chars().count())
                && part.chars().all(|c| c.is_ascii_alphanumeric() || c == 'Đ')
        });
    if serial == 0 || !year_is_one || !parts_are_names {
        return None;
    }
    let suffix = parts.iter().map(|part| spelled(part)).collect::<Vec<_>>().join("-");
    let year = year.map_or(String::new(), |year| format!("{year}/"));
    // Two digits at least: Decree 30/2020/NĐ-CP on office documents.
    Some(format!("{serial:02}/{year}QĐ-{suffix}"))
}

/// A part of the suffix as its authority spells it.
fn spelled(part: &str) -> &str {
    match part {
        "TTG" => "TTg",
        "VPDP" => "VPĐP",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn both_forms_are_read_into_one_spelling() {
        for (text, official) in [
            ("148/QĐ-TTg", "148/QĐ-TTg"),
            ("26/2026/QĐ-TTg", "26/2026/QĐ-TTg"),
            ("303/QĐ-UBND", "303/QĐ-UBND"),
            ("377/QĐ-BNN-VPĐP", "377/QĐ-BNN-VPĐP"),
            ("303 / qđ – ubnd", "303/QĐ-UBND"),
            ("303/QD-UBND", "303/QĐ-UBND"),
            ("303/Qd-Ubnd", "303/QĐ-UBND"),
            ("303/QÐ-UBND", "303/QĐ-UBND"),
            ("377/qd-bnn-vpdp", "377/QĐ-BNN-VPĐP"),
            ("Số: 05/QĐ-UBND", "05/QĐ-UBND"),
            ("5/QĐ-UBND", "05/QĐ-UBND"),
            ("0005/QĐ\u{a0}\u{2212}UBND", "05/QĐ-UBND"),
            ("26/2026/qd-ttg", "26/2026/QĐ-TTg"),
            ("1234/QĐ-BNNMT-VPĐP", "1234/QĐ-BNNMT-VPĐP"),
        ] {
            assert_eq!(
                DecisionNumber::parse(text).as_ref().map(DecisionNumber::as_str),
                Ok(official),
                "{text}"
            );
        }
    }

    #[test]
    fn other_texts_are_no_numbers() {
        for wrong in [
            "",
            "303",
            "QĐ-UBND",
            "0/QĐ-UBND",
            "303/NQ-UBND",
            "303/QĐ",
            "303/QĐ-",
            "303/QĐ--UBND",
            "303/QĐUBND",
            "303/26/QĐ-TTg",
            "303/3026/QĐ-TTg",
            "1234567/QĐ-UBND",
            "-1/QĐ-UBND",
            "303/QĐ-UB ND!",
            "３/QĐ-UBND",
            "MINH HỌA 012/QĐ-UBND",
            "303/QĐ-UBND/1",
            "303/QĐ-A-B-C-D-E-F",
            "3,5/QĐ-UBND",
            "303/QĐ-省",
        ] {
            assert!(DecisionNumber::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_illustration_is_read_back_and_never_read_in() {
        let number = DecisionNumber::illustration(12, "UBND");
        assert_eq!(number.as_str(), "MINH HỌA 012/QĐ-UBND");
        assert_eq!(number.suffix(), "UBND");
        assert!(number.is_illustration());
        assert!(DecisionNumber::parse(number.as_str()).is_err());
        assert_eq!(DecisionNumber::read_back(number.as_str()), Some(number));
    }

    proptest! {
        #[test]
        fn reading_is_stable(serial in 1_u32..999_999, year in proptest::option::of(1945_u16..3000),
                             suffix in "[A-ZĐ]{1,8}(-[A-ZĐ]{1,8}){0,3}") {
            let year = year.map_or(String::new(), |year| format!("{year}/"));
            let number = DecisionNumber::parse(&format!("{serial}/{year}QĐ-{suffix}")).expect("well-formed");
            prop_assert_eq!(DecisionNumber::parse(number.as_str()), Ok(number.clone()));
            prop_assert_eq!(DecisionNumber::parse(&number.as_str().to_lowercase()), Ok(number));
        }

        #[test]
        fn no_text_upsets_the_reader(text in "\\PC*") {
            let _ = DecisionNumber::parse(&text);
        }
    }
}
