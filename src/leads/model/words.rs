//! What a buyer writes into an enquiry, as types that hold only what makes sense.

use crate::input::measured;
use crate::organisations::TaxCode;
use crate::say::{Invalid, Say};

/// Text of one line: trimmed, 1 to `most` characters, no control characters.
fn one_line(text: &str, most: usize) -> Result<String, Invalid> {
    measured(text.trim(), most, |_| false).map(str::to_owned)
}

/// Text of several lines: line ends become `\n`, trimmed, 1 to `most` characters, no control character but `\n` and tab.
fn many_lines(text: &str, most: usize) -> Result<String, Invalid> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    measured(text.trim(), most, |c| matches!(c, '\n' | '\t')).map(str::to_owned)
}

/// Declares a text newtype with its reader; the rest (database, JSON, input, OpenAPI) follows. All that a buyer writes is
/// taken for personal data: `Debug` shows none of it.
macro_rules! text_type {
    ($(#[$meta:meta])* $name:ident, $format:literal, $example:literal, $read:expr) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
        #[diesel(sql_type = diesel::sql_types::Text)]
        pub struct $name(String);

        impl $name {
            pub fn parse(text: &str) -> Result<Self, Invalid> {
                let read: fn(&str) -> Result<String, Invalid> = $read;
                read(text).map(Self)
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        crate::text_column!(personal $name, |text: &str| Some($name(text.to_owned())));
        crate::string_schema!($name, $format, $example);
        crate::parsed_input!($name);
    };
}

text_type!(
    /// What the buyer writes: 1 to 4000 characters.
    LeadMessage, "message", "Chúng tôi muốn bán bánh cáy tại 12 cửa hàng, xin báo giá.",
    |text| many_lines(text, 4000)
);

impl LeadMessage {
    const EXCERPT: usize = 160;

    /// The beginning, for lists: whole words, at most 160 characters.
    pub fn excerpt(&self) -> String {
        let words = self.0.split_whitespace().collect::<Vec<_>>().join(" ");
        let Some((cut, _)) = words.char_indices().nth(Self::EXCERPT) else {
            return words;
        };
        let head = words.get(..cut).unwrap_or_default();
        let whole = head.rsplit_once(' ').map_or(head, |(whole, _)| whole);
        format!("{whole}…")
    }
}

text_type!(
    /// A note in the timeline: 1 to 4000 characters.
    LeadNote, "note", "Đã gọi, hẹn gửi mẫu tuần sau.",
    |text| many_lines(text, 4000)
);
text_type!(
    /// Terms that go with a quote: 1 to 4000 characters.
    QuoteTerms, "terms", "Thanh toán khi nhận hàng; miễn phí giao trong tỉnh.",
    |text| many_lines(text, 4000)
);
text_type!(
    /// Where a meeting was: 1 to 200 characters.
    MeetingPlace, "place", "Gian hàng B12, Hội chợ OCOP",
    |text| one_line(text, 200)
);
text_type!(
    /// Who carries a parcel: 1 to 100 characters.
    Carrier, "carrier", "Bưu điện",
    |text| one_line(text, 100)
);
text_type!(
    /// The number of an order, a parcel or a delivery note: 1 to 50 characters.
    PaperNumber, "paper-number", "DH-2026-017",
    |text| one_line(text, 50)
);
text_type!(
    /// Name of the asking company: 1 to 200 characters.
    CompanyName, "company-name", "Chuỗi cửa hàng Ví Dụ",
    |text| one_line(text, 200)
);
text_type!(
    /// Name of the person to answer: 1 to 100 characters.
    PersonName, "person-name", "Phòng thu mua",
    |text| one_line(text, 100)
);
text_type!(
    /// Name of an event or a campaign: 1 to 200 characters.
    SourceName, "source-name", "Hội nghị kết nối cung cầu",
    |text| one_line(text, 200)
);
text_type!(
    /// The number of an agreement with the parties: 1 to 100 characters.
    AgreementNumber, "agreement-number", "12/2026/HĐMB",
    |text| one_line(text, 100)
);
text_type!(
    /// Why an agreement is void: 1 to 1000 characters. All sides of the lead read it.
    VoidReason, "void-reason", "Ghi nhầm sang yêu cầu của đơn vị khác.",
    |text| many_lines(text, 1000)
);
text_type!(
    /// An e-mail address.
    ContactEmail, "email", "thumua@example.vn", read_email
);
text_type!(
    /// A telephone number: `+` and 8 to 15 digits (E.164), or a Vietnamese 1800 or 1900 service number.
    ContactPhone, "phone", "+84900000000", read_phone
);
text_type!(
    /// The tax code of the asking company. The twelve digits that stand for it with households and persons are a
    /// personal identity number and not taken.
    CompanyTaxCode, "tax-code", "9900000016",
    |text| TaxCode::parse_impersonal(text).map(|code| code.as_str().to_owned())
);

impl AgreementNumber {
    /// Equal for what is one number to people: case and spaces aside.
    pub fn key(&self) -> String {
        self.as_str().to_lowercase().split_whitespace().collect()
    }
}

impl ContactEmail {
    /// Equal for what is one mailbox to people: case aside.
    pub fn key(&self) -> String {
        crate::accounts::Email::parse(self.as_str())
            .map_or_else(|_| self.as_str().to_lowercase(), |email| email.key())
    }
}

/// As the accounts read it. Whether mail arrives only mail can tell.
fn read_email(text: &str) -> Result<String, Invalid> {
    crate::accounts::Email::parse(text).map(|email| email.as_str().to_owned())
}

/// Numbers are written `0912 345 678`, `(024) 3.825.0000`, `+84 912-345-678`, `0084…`; one form is kept.
fn read_phone(text: &str) -> Result<String, Invalid> {
    let wrong = || {
        Invalid::new(
            "invalid_phone",
            Say::new(
                "Số điện thoại bắt đầu bằng 0 (10 hoặc 11 chữ số) hoặc bằng + và mã nước (8 đến 15 chữ số).",
                "A telephone number starts with 0 (10 or 11 digits, in Vietnam) or with + and a country code (8 to 15 digits).",
            ),
        )
    };
    let compact: String =
        text.trim().chars().filter(|c| !matches!(c, ' ' | '\u{a0}' | '.' | '-' | '(' | ')')).collect();
    let (international, digits) = match compact.strip_prefix('+').or_else(|| compact.strip_prefix("00")) {
        Some(digits) => (true, digits),
        None => (false, compact.as_str()),
    };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(wrong());
    }
    if international {
        // A trunk zero after the country code (`+84 0912…`) is a frequent slip.
        let digits = match digits.strip_prefix("840") {
            Some(rest) => format!("84{rest}"),
            None => digits.to_owned(),
        };
        let right = (8..=15).contains(&digits.len()) && !digits.starts_with('0');
        return if right { Ok(format!("+{digits}")) } else { Err(wrong()) };
    }
    match digits.strip_prefix('0') {
        Some(rest) if matches!(rest.len(), 9 | 10) && !rest.starts_with('0') => Ok(format!("+84{rest}")),
        None if digits.starts_with("84") && matches!(digits.len(), 11 | 12) => Ok(format!("+{digits}")),
        None if ["1800", "1900"].iter().any(|prefix| digits.starts_with(prefix))
            && (8..=10).contains(&digits.len()) =>
        {
            Ok(digits.to_owned())
        }
        _ => Err(wrong()),
    }
}

crate::text_enum! {
    /// How the enquiry came about.
    pub enum LeadChannel {
        /// A form on a web page
        Website = "website",
        /// The buyer's own system
        Api = "api",
        /// A trade fair
        Fair = "fair",
        /// A supply-demand conference or a business meeting
        Conference = "conference",
        /// A telephone call
        Phone = "phone",
        /// Somebody's introduction
        Referral = "referral",
        /// Something else
        Other = "other",
    }
}

crate::text_enum! {
    /// Language the sender wants to be answered in.
    pub enum EnquiryLanguage {
        Vi = "vi",
        En = "en",
    }
}

impl From<crate::say::Language> for EnquiryLanguage {
    fn from(language: crate::say::Language) -> Self {
        match language {
            crate::say::Language::Vi => Self::Vi,
            crate::say::Language::En => Self::En,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones_have_one_form() {
        for (written, kept) in [
            ("0900 000 000", "+84900000000"),
            ("(024) 3.800.0000", "+842438000000"),
            ("+84 900-000-000", "+84900000000"),
            ("+84 0900 000 000", "+84900000000"),
            ("0084900000000", "+84900000000"),
            ("84900000000", "+84900000000"),
            ("+44 20 7946 0000", "+442079460000"),
            ("1900 0000", "19000000"),
        ] {
            assert_eq!(
                ContactPhone::parse(written).as_ref().map(ContactPhone::as_str),
                Ok(kept),
                "{written}"
            );
        }
        for wrong in [
            "",
            "+",
            "0",
            "12345678",
            "090000000",
            "09000000000000",
            "+1234567",
            "+1234567890123456",
            "+0900000000",
            "0900 000 00x",
            "０９００００００００",
            "📞",
            "٠٩٠٠٠٠٠٠٠٠",
        ] {
            assert!(ContactPhone::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_company_is_no_person() {
        let kept =
            |text| CompanyTaxCode::parse(text).map(|code| code.as_str().to_owned()).map_err(|i| i.code);
        assert_eq!(kept(" 99 0000 0016 "), Ok("9900000016".to_owned()));
        assert_eq!(kept("9900000016001"), Ok("9900000016-001".to_owned()));
        for (wrong, code) in [
            ("9900000017", "wrong_check_digit"),
            // The weighted sum is a multiple of 11: the check would be 10, so no such code exists.
            ("0000000000", "wrong_check_digit"),
            ("990000001", "invalid_tax_code"),
            ("000000000000", "personal_number"),
            ("001085000001", "personal_number"),
            ("99000000１6", "invalid_tax_code"),
        ] {
            assert_eq!(kept(wrong), Err(code), "{wrong}");
        }
    }

    #[test]
    fn nothing_personal_is_printed() {
        let phone = ContactPhone::parse("0900 000 000").expect("valid");
        let name = PersonName::parse("Phòng thu mua").expect("valid");
        assert_eq!(format!("{phone:?} {name:?}"), "ContactPhone(…) PersonName(…)");
    }

    #[test]
    fn texts_are_measured_in_characters() {
        assert!(CompanyName::parse(&"ế".repeat(200)).is_ok());
        assert_eq!(CompanyName::parse(&"ế".repeat(201)).map_err(|i| i.code), Err("too_long"));
        assert_eq!(CompanyName::parse(" \t ").map_err(|i| i.code), Err("missing"));
        assert_eq!(CompanyName::parse("a\nb").map_err(|i| i.code), Err("control_character"));
        assert_eq!(
            LeadMessage::parse(" một\r\nhai\rba ").as_ref().map(LeadMessage::as_str),
            Ok("một\nhai\nba")
        );
        assert_eq!(LeadMessage::parse("a\u{7}").map_err(|i| i.code), Err("control_character"));
        assert!(LeadMessage::parse("🍯".repeat(4000).as_str()).is_ok());
    }

    #[test]
    fn an_excerpt_ends_with_a_whole_word() {
        let short = LeadMessage::parse("Xin báo giá\n200 hộp").expect("valid");
        assert_eq!(short.excerpt(), "Xin báo giá 200 hộp");
        let long = LeadMessage::parse(&"đường ".repeat(100)).expect("valid");
        assert!(long.excerpt().ends_with("đường…") && long.excerpt().chars().count() <= 161);
        let unbroken = LeadMessage::parse(&"đ".repeat(400)).expect("valid");
        assert_eq!(unbroken.excerpt().chars().count(), 161);
    }
}
