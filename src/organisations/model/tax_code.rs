//! Tax codes: what a party is to the tax office, and to us the surest sign that two are one.

use crate::say::{Invalid, Say};

/// A Vietnamese tax code: ten digits of which the tenth is a check, or these with `-` and three more of a dependent unit
/// (Circular 105/2020/TT-BTC). Since 1 July 2025 a household business has the twelve digits of its owner's personal
/// identity number instead (Circular 86/2024/TT-BTC): personal data, hence [`shown`](Self::shown) whole to few.
#[derive(Clone, PartialEq, Eq, Hash, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub struct TaxCode(String);

const PERSONAL_DIGITS: usize = 12;

impl TaxCode {
    /// Spaces, dots and hyphens do not matter.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let compact = compacted(text);
        let digits: Vec<u32> = compact.chars().filter_map(|c| c.to_digit(10)).collect();
        if digits.len() != compact.chars().count() || !matches!(digits.len(), 10 | PERSONAL_DIGITS | 13) {
            return Err(Invalid::new(
                "invalid_tax_code",
                Say::new(
                    "Mã số thuế có 10 chữ số, hoặc 13 chữ số với đơn vị phụ thuộc.",
                    "A tax code has 10 digits, or 13 of a dependent unit.",
                ),
            ));
        }
        if digits.len() == PERSONAL_DIGITS {
            return if is_personal_number(&digits) { Ok(Self(compact)) } else { Err(no_personal_number()) };
        }
        if !has_right_check_digit(&digits) {
            return Err(Invalid::new(
                "wrong_check_digit",
                Say::new(
                    "Chữ số kiểm tra (thứ mười) không đúng; hãy xem lại mã số thuế.",
                    "The check digit (the tenth) is wrong; please check the tax code.",
                ),
            ));
        }
        let (head, unit) = compact.split_at_checked(10).unwrap_or((&compact, ""));
        Ok(Self(if unit.is_empty() { head.to_owned() } else { format!("{head}-{unit}") }))
    }

    /// A business's own code, and no personal identity number.
    pub fn parse_impersonal(text: &str) -> Result<Self, Invalid> {
        let compact = compacted(text);
        if compact.len() == PERSONAL_DIGITS && compact.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Invalid::new(
                "personal_number",
                Say::new(
                    "Đây là số định danh cá nhân; hệ thống không nhận, hãy bỏ trống mã số thuế.",
                    "This is a personal identity number, which is not taken here; leave the tax code out.",
                ),
            ));
        }
        Self::parse(&compact)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Is it a natural person's identity number?
    pub fn is_personal(&self) -> bool {
        self.0.len() == PERSONAL_DIGITS
    }

    /// The code as somebody may read it: of a personal number only the last four digits, unless `whole`.
    pub fn shown(&self, whole: bool) -> String {
        match self.0.split_at_checked(PERSONAL_DIGITS - 4) {
            Some((hidden, end)) if self.is_personal() && !whole => {
                format!("{}{end}", "*".repeat(hidden.len()))
            }
            _ => self.0.clone(),
        }
    }
}

fn compacted(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '.')).collect()
}

/// The tenth digit is 10 minus the remainder by 11 of the weighted sum of the nine before it. Where that would be 10
/// no code was given out.
fn has_right_check_digit(digits: &[u32]) -> bool {
    const WEIGHTS: [u32; 9] = [31, 29, 23, 19, 17, 13, 7, 5, 3];
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(digit, weight)| digit * weight).sum();
    digits.get(9) == Some(&(10 - sum % 11))
}

/// Three digits of the province (001 to 096) or the country (from 101) where the birth was registered, one of century and
/// sex (0 to 3: born since 1900), two of the year, six of their own (Decree 137/2015/NĐ-CP). There is no check digit.
fn is_personal_number(digits: &[u32]) -> bool {
    let [hundreds, tens, ones, century, ..] = digits else { return false };
    let birthplace = hundreds * 100 + tens * 10 + ones;
    (matches!(birthplace, 1..=96) || birthplace > 100) && *century <= 3
}

fn no_personal_number() -> Invalid {
    Invalid::new(
        "invalid_tax_code",
        Say::new(
            "12 chữ số này không phải số định danh cá nhân: 3 chữ số đầu là nơi đăng ký khai sinh, chữ số thứ tư từ 0 đến 3.",
            "These 12 digits are no personal identity number: it begins with three digits of the place of birth, and the fourth is 0 to 3.",
        ),
    )
}

crate::text_column!(personal TaxCode, |text: &str| Some(TaxCode(text.to_owned())));
crate::string_schema!(TaxCode, "tax-code", "9900000016");
crate::parsed_input!(TaxCode);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tax_codes_are_told_by_their_form() {
        for (text, code) in [
            ("9900000016", "9900000016"),
            ("99 0000 0016", "9900000016"),
            ("9900000016-001", "9900000016-001"),
            ("9900000016001", "9900000016-001"),
            ("001 085 000 001", "001085000001"),
            ("034300123456", "034300123456"),
            ("124099000000", "124099000000"),
        ] {
            assert_eq!(
                TaxCode::parse(text).map(|code| code.as_str().to_owned()),
                Ok(code.to_owned()),
                "{text}"
            );
        }
        for (text, code) in [
            ("9900000017", "wrong_check_digit"),
            ("990000001", "invalid_tax_code"),
            ("99000000160", "invalid_tax_code"),
            ("000085000001", "invalid_tax_code"),
            ("097085000001", "invalid_tax_code"),
            ("001485000001", "invalid_tax_code"),
            ("99000000a6", "invalid_tax_code"),
            ("", "invalid_tax_code"),
        ] {
            assert_eq!(TaxCode::parse(text).map_err(|invalid| invalid.code), Err(code), "{text}");
        }
    }

    #[test]
    fn a_person_is_hidden_behind_four_digits() {
        let (person, firm) = (TaxCode::parse("001085001234"), TaxCode::parse("9900000016-001"));
        let (person, firm) = (person.expect("a person's"), firm.expect("a firm's"));
        assert_eq!(
            (person.shown(false).as_str(), person.shown(true).as_str()),
            ("********1234", "001085001234")
        );
        assert_eq!((firm.shown(false).as_str(), firm.is_personal()), ("9900000016-001", false));
        assert_eq!(format!("{person:?}"), "TaxCode(…)");
        assert_eq!(TaxCode::parse_impersonal("001085001234").map_err(|i| i.code), Err("personal_number"));
    }

    /// Every slip of one digit is noticed: the weights are prime to 11.
    #[test]
    fn a_single_wrong_digit_is_noticed() {
        let right = "9900000016";
        for place in 0..10 {
            for digit in b'0'..=b'9' {
                let mut text = right.as_bytes().to_vec();
                text[place] = digit;
                let text = String::from_utf8(text).expect("ASCII");
                assert_eq!(TaxCode::parse(&text).is_ok(), text == right, "{text}");
            }
        }
    }
}
