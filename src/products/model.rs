//! What a producer makes; an identity that outlives certificates.

mod succession;
mod unit;

use crate::input::is_invisible;
use crate::say::{Invalid, Say};
use crate::world::World;
use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
pub use succession::{Succession, SuccessionKind};
pub use unit::{Unit, UnitMeaning};

crate::id_type!(
    /// A product's id.
    ProductId
);

/// The name of a product: 1 to 200 characters, on one line.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize)]
pub struct ProductName(String);

impl ProductName {
    const LONGEST: usize = 200;

    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let fits = name.chars().count() <= Self::LONGEST
            && !name.contains(|c: char| c.is_control() || is_invisible(c));
        if fits && !crate::vietnamese::fold(&name).is_empty() {
            return Ok(Self(name));
        }
        Err(Invalid::new(
            "invalid_name",
            Say::new(
                "Tên sản phẩm có chữ hoặc số, dài nhất 200 ký tự, không có ký tự điều khiển.",
                "A product's name has letters or digits, at most 200 characters and no control characters.",
            ),
        ))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

crate::string_schema!(ProductName, "name", "Bánh cáy truyền thống");
crate::parsed_input!(ProductName);

/// Digits and letters that are not mistaken for each other in print (Crockford's base 32: no I, L, O, U).
const SYMBOLS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Length of the code without its hyphen; the last symbol is the check.
const LENGTH: usize = 10;

/// The short code of a product that is printed on a pack or a poster: `7K3F9-QXM4T`.
///
/// Nine random symbols and a check symbol (Luhn's rule in base 32): a single wrong symbol, and nearly every swap of
/// two neighbours, is noticed before the ledger is asked. Read leniently: case, spaces and hyphens do not matter, and
/// O, I and L are taken for the digits they look like.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, AsExpression, FromSqlRow)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub struct ProductCode([u8; LENGTH + 1]);

impl ProductCode {
    /// A new random code. Uniqueness is the database's to say (`products_code_unique`).
    pub fn random(world: &World) -> Self {
        let mut values = [0; LENGTH];
        for (value, byte) in values.iter_mut().zip(world.bytes::<{ LENGTH - 1 }>()) {
            *value = byte % 32;
        }
        Self::written(with_check(values))
    }

    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let wrong = || {
            Invalid::new(
                "invalid_code",
                Say::new(
                    "Mã sản phẩm gồm 10 chữ số và chữ cái in trên bao bì; hãy xem lại, có thể đã gõ nhầm một ký tự.",
                    "A product code is the 10 digits and letters printed on the pack; please check it, one may be mistyped.",
                ),
            )
        };
        let mut values = [0; LENGTH];
        let mut places = values.iter_mut();
        for symbol in text.bytes().filter(|b| !b" -".contains(b)).map(|b| b.to_ascii_uppercase()) {
            let symbol = match symbol {
                b'O' => b'0',
                b'I' | b'L' => b'1',
                other => other,
            };
            let value = SYMBOLS.iter().position(|known| *known == symbol).ok_or_else(wrong)?;
            *places.next().ok_or_else(wrong)? = value as u8;
        }
        let complete = places.next().is_none() && with_check(values) == values;
        if complete { Ok(Self::written(values)) } else { Err(wrong()) }
    }

    pub fn as_str(&self) -> &str {
        // Written only by `written`, hence ASCII.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    fn written(values: [u8; LENGTH]) -> Self {
        let mut text = [b'-'; LENGTH + 1];
        let places =
            text.iter_mut().enumerate().filter(|(place, _)| *place != LENGTH / 2).map(|(_, byte)| byte);
        for (byte, value) in places.zip(values) {
            *byte = SYMBOLS.get(usize::from(value)).copied().unwrap_or(b'0');
        }
        Self(text)
    }
}

/// Puts the right check symbol last.
fn with_check(mut values: [u8; LENGTH]) -> [u8; LENGTH] {
    let sum: u32 = values
        .iter()
        .rev()
        .skip(1)
        .enumerate()
        .map(|(place, value)| {
            let weighted = u32::from(*value) * if place % 2 == 0 { 2 } else { 1 };
            weighted / 32 + weighted % 32
        })
        .sum();
    if let Some(check) = values.last_mut() {
        *check = ((32 - sum % 32) % 32) as u8;
    }
    values
}

crate::text_column!(ProductCode, |text: &str| ProductCode::parse(text).ok());
crate::string_schema!(ProductCode, "product-code", "7K3F9-QXM4T");
crate::parsed_input!(ProductCode);

/// A GS1 trade item number of 8, 12, 13 or 14 digits whose check digit is right. It says where the firm is registered
/// with GS1, not where the goods were made.
#[derive(Clone, PartialEq, Eq, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub struct Gtin(String);

impl Gtin {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(10)).collect();
        let weighted = digits
            .iter()
            .rev()
            .enumerate()
            .map(|(place, digit)| if place % 2 == 0 { *digit } else { 3 * digit });
        let right = digits.len() == text.len()
            && matches!(digits.len(), 8 | 12 | 13 | 14)
            && weighted.sum::<u32>() % 10 == 0;
        if right {
            return Ok(Self(text.to_owned()));
        }
        Err(Invalid::new(
            "invalid_gtin",
            Say::new(
                "GTIN có 8, 12, 13 hoặc 14 chữ số và chữ số kiểm tra phải đúng.",
                "A GTIN has 8, 12, 13 or 14 digits, and its check digit must be right.",
            ),
        ))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// With zeros in front, 14 digits: the same number for GTINs of all lengths.
    pub fn full(&self) -> String {
        format!("{:0>14}", self.0)
    }
}

crate::text_column!(Gtin, |text: &str| Gtin::parse(text).ok());
crate::string_schema!(Gtin, "gtin", "2000260010007");
crate::parsed_input!(Gtin);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_reads_back_however_it_is_typed() {
        for _ in 0..200 {
            let code = ProductCode::random(&World::real());
            let typed = format!(
                " {} ",
                code.as_str().to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l")
            );
            assert_eq!(ProductCode::parse(&typed), Ok(code));
        }
    }

    #[test]
    fn every_single_wrong_symbol_is_noticed() {
        let code = ProductCode::random(&World::real());
        for place in (0..=LENGTH).filter(|place| *place != LENGTH / 2) {
            for symbol in SYMBOLS {
                let mut text = code.as_str().to_owned().into_bytes();
                let same = text[place] == *symbol;
                text[place] = *symbol;
                let text = String::from_utf8(text).expect("ASCII");
                assert_eq!(ProductCode::parse(&text).is_ok(), same, "{text}");
            }
        }
        for wrong in ["", "7K3F9", "7K3F9-QXM4T0", "bánh cáy", "UUUUU-UUUUU"] {
            assert!(ProductCode::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_gtin_needs_its_check_digit() {
        for right in ["4006381333931", "96385074", "036000291452", "2000260010007"] {
            assert!(Gtin::parse(right).is_ok(), "{right}");
        }
        for wrong in ["4006381333932", "400638133393", "", "4006381333931 ", "４006381333931", "0"] {
            assert!(Gtin::parse(wrong).is_err(), "{wrong}");
        }
    }
}
