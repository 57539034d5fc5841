//! What a listing tells in words: in Vietnamese always, in English if its producer wants to be read abroad.

use crate::input::{self, Faults, measured};
use crate::say::{Invalid, Say};
use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// How a text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// On one line, its spaces single.
    Line,
    /// On as many lines as it needs.
    Prose,
}

impl Shape {
    /// A text of 1 to `most` characters in this shape.
    pub fn read(self, text: &str, most: usize) -> Result<String, Invalid> {
        match self {
            Self::Line => {
                let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
                measured(&text, most, |_| false).map(str::to_owned)
            }
            Self::Prose => {
                let text = text.replace("\r\n", "\n").replace('\r', "\n");
                measured(text.trim(), most, |c| matches!(c, '\n' | '\t')).map(str::to_owned)
            }
        }
    }
}

/// Both languages as they arrive.
#[derive(Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
struct Given {
    vi: String,
    #[deserr(default)]
    en: Option<String>,
}

/// Both languages, with the faults of both.
fn both<V: IntoValue>(
    value: Value<V>,
    location: ValuePointerRef,
    (shape, most): (Shape, usize),
) -> Result<(String, Option<String>), Faults> {
    let given = Given::deserialize_from_value(value, location)?;
    let mut faults = Faults::default();
    let mut read = |language: &str, text: &str| {
        let read = shape.read(text, most);
        read.map_err(|invalid| faults.push_located(location.push_key(language), invalid)).ok()
    };
    let (vi, en) = (read("vi", &given.vi), given.en.as_deref().map(|text| read("en", text)));
    faults.into_result()?;
    Ok((vi.unwrap_or_default(), en.flatten()))
}

/// Declares a text of both languages.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident, $shape:ident, $most:literal, $vi:literal, $en:literal) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $name {
            pub vi: String,
            #[serde(default)]
            pub en: Option<String>,
        }

        impl $name {
            /// The most characters either language has.
            pub const MOST: usize = $most;
            pub const SHAPE: Shape = Shape::$shape;
        }

        impl Deserr<Faults> for $name {
            fn deserialize_from_value<V: IntoValue>(
                value: Value<V>,
                location: ValuePointerRef,
            ) -> Result<Self, Faults> {
                both(value, location, (Self::SHAPE, Self::MOST)).map(|(vi, en)| Self { vi, en })
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
                let text = |nullable: bool, example: &str| {
                    let kind = match nullable {
                        true => SchemaType::from_iter([Type::String, Type::Null]),
                        false => Type::String.into(),
                    };
                    ObjectBuilder::new()
                        .schema_type(kind)
                        .min_length(Some(1))
                        .max_length(Some(Self::MOST))
                        .examples([example])
                };
                ObjectBuilder::new()
                    .description(Some($crate::doc_text!($([$meta])*).trim()))
                    .property("vi", text(false, $vi))
                    .property("en", text(true, $en))
                    .required("vi")
                    .into()
            }
        }
        impl utoipa::ToSchema for $name {}
    };
}

words!(
    /// What the product is called in a shop.
    ListingName, Line, 120, "Bánh cáy Làng Nguyễn hộp 250 g", "Làng Nguyễn bánh cáy, 250 g box"
);
words!(
    /// One or two sentences for a list of products.
    Summary, Line, 300, "Bánh nếp rang gừng, gấc, dẻo và thơm.", "Roasted sticky-rice cake with ginger and gac."
);
words!(
    /// What a buyer wants to know of the product.
    Description, Prose, 5000, "Làm từ nếp cái hoa vàng, gấc, gừng và mạch nha.", "Made of sticky rice, gac, ginger and malt."
);
words!(
    /// The story behind it.
    Story, Prose, 10000, "Làng nghề có từ thời Lê.", "The craft village dates from the Lê dynasty."
);
words!(
    /// What it is made of, as on the label.
    Ingredients, Prose, 2000, "Gạo nếp 60 %, mạch nha, gấc, gừng, vừng", "Sticky rice 60 %, malt, gac, ginger, sesame"
);
words!(
    /// How it is to be kept.
    Storage, Prose, 1000, "Nơi khô ráo, tránh nắng.", "Dry, out of the sun."
);
words!(
    /// How it is to be used.
    Usage, Prose, 2000, "Ăn liền, ngon với trà nóng.", "Ready to eat, good with hot tea."
);
words!(
    /// How buyers pay.
    PaymentTerms, Prose, 1000, "Đặt cọc 30 %, còn lại trong 15 ngày sau khi nhận hàng.", "30 % in advance, the rest within 15 days of delivery."
);
words!(
    /// Whether and how samples are sent.
    SamplePolicy, Prose, 1000, "Gửi mẫu miễn phí, người mua trả phí vận chuyển.", "Samples are free, the buyer pays their carriage."
);
words!(
    /// Why an officer has refused a paper.
    PaperReason, Prose, 1000, "Số trên giấy không khớp với hồ sơ của cơ quan cấp.", "The number is not that in the issuer's records."
);
words!(
    /// What a picture shows, for those who do not see it.
    AltText, Line, 250, "Hộp bánh cáy đỏ trên bàn gỗ", "A red box of cakes on a wooden table"
);

words!(
    /// What an officer says of what was handed in, for the producer to read.
    ReviewReason, Prose, 1000, "Tên khác với nhãn đã được chứng nhận.", "The name is not that of the certified label."
);

/// A name of one line: 1 to 120 characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Label(String);

impl Label {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        Shape::Line.read(text, 120).map(Self)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

crate::string_schema!(Label, "label", "Hộp giấy 250 g");
crate::parsed_input!(Label);

/// An address on the web that everybody may open: `https`, a host with a domain, no password, at most 500 characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Link(String);

impl Link {
    const MOST: usize = 500;

    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = input::measured(text.trim(), Self::MOST, |_| false)?;
        let leads_somewhere = |url: &Url| {
            let has_domain = matches!(url.host(), Some(Host::Domain(host)) if host.contains('.'));
            url.scheme() == "https" && has_domain && url.username().is_empty() && url.password().is_none()
        };
        let url = Url::parse(text).ok().filter(leads_somewhere);
        url.map(|url| Self(url.into())).ok_or_else(|| {
            Invalid::new(
                "invalid_link",
                Say::new(
                    "Cần địa chỉ https có tên miền, không kèm mật khẩu.",
                    "Expected an https address with a domain and without a password.",
                ),
            )
        })
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

crate::string_schema!(Link, "uri", "https://truyxuat.example/7K3F9");
crate::parsed_input!(Link);

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn both_languages_are_read_with_all_their_faults() {
        let name = input::read::<ListingName>(json!({ "vi": "  Bánh \n cáy ", "en": null })).expect("a name");
        assert_eq!((name.vi.as_str(), name.en), ("Bánh cáy", None));
        let faults = input::read::<ListingName>(json!({ "vi": " ", "en": "x".repeat(121), "fr": "x" }));
        let found: Vec<_> =
            faults.expect_err("faults").0.iter().map(|fault| (fault.pointer(), fault.code)).collect();
        assert_eq!(found, [("/fr".to_owned(), "unknown_field")]);
        let faults = input::read::<ListingName>(json!({ "vi": " ", "en": "x".repeat(121) }));
        let found: Vec<_> =
            faults.expect_err("faults").0.iter().map(|fault| (fault.pointer(), fault.code)).collect();
        assert_eq!(found, [("/vi".to_owned(), "missing"), ("/en".to_owned(), "too_long")]);
    }

    #[test]
    fn prose_keeps_its_lines() {
        let read = |text: &str| Shape::Prose.read(text, 20).map_err(|invalid| invalid.code);
        assert_eq!(read(" một\r\nhai\rba \n"), Ok("một\nhai\nba".to_owned()));
        assert_eq!(read("a\u{7}b"), Err("control_character"));
    }

    #[test]
    fn links_are_public_addresses() {
        assert!(Link::parse(" https://video.example/xem?v=1 ").is_ok());
        for wrong in [
            "http://video.example/",
            "https://localhost/",
            "https://10.0.0.1/",
            "https://[::1]/",
            "https://ai:mk@video.example/",
            "javascript:alert(1)",
            "video.example",
            "",
        ] {
            assert!(Link::parse(wrong).is_err(), "{wrong}");
        }
    }
}
