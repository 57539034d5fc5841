//! The published document of a product, read back from its bytes.
//!
//! The catalogue keeps documents as the bytes it sends. Whoever needs fields of them (the flat rows of an export, linked
//! data) reads them here, borrowing from the bytes: about a microsecond for a document, and no copy of any text without
//! a JSON escape.

use crate::listings::{DocumentKind, Volume};
use crate::say::Language;
use serde::Deserialize;
use std::borrow::Cow;
use std::fmt;

/// A text of the document, borrowed where it stands there as it is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl Text<'_> {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What [`ProductDetail`](super::http) publishes of a product; members nobody reads here are left out.
#[derive(Debug, Deserialize)]
pub struct Published<'a> {
    #[serde(borrow)]
    pub id: Text<'a>,
    pub code: Text<'a>,
    pub name: Text<'a>,
    pub producer: Producer<'a>,
    pub stars: u8,
    pub group: Option<Group<'a>>,
    pub set: Option<Set<'a>>,
    pub place: Place<'a>,
    pub gtin: Option<Text<'a>>,
    pub certification: Certification<'a>,
    pub updated_at: Text<'a>,
    pub score: Option<f64>,
    pub criteria_version: Text<'a>,
    pub source_url: Option<Text<'a>>,
    pub verification_url: Text<'a>,
    #[serde(default)]
    pub certificates: Vec<Certificate<'a>>,
    /// Lowest wholesale price in đồng, for one of `price_unit` (UN/ECE Recommendation 20).
    #[serde(default)]
    pub price_from: Option<i64>,
    #[serde(default)]
    pub price_unit: Option<Text<'a>>,
    /// Months of the season, 1 to 12; empty if nothing is said of it.
    #[serde(default)]
    pub season_months: Option<Vec<u8>>,
    /// The smallest order; what can be made in a month.
    #[serde(default)]
    pub min_order: Option<Volume>,
    #[serde(default)]
    pub monthly_capacity: Option<Volume>,
    /// What its producer calls it.
    #[serde(default)]
    pub names: Option<Words<'a>>,
    #[serde(default)]
    pub summary: Option<Words<'a>>,
    #[serde(default)]
    pub description: Option<Words<'a>>,
    #[serde(default)]
    pub shelf_life_days: Option<i64>,
    #[serde(default)]
    pub lead_time_days: Option<i64>,
    #[serde(default)]
    pub vat_rate: Option<Text<'a>>,
    #[serde(default)]
    pub pictures: Vec<Picture<'a>>,
    #[serde(default)]
    pub trade_items: Vec<Pack<'a>>,
}

/// A text in Vietnamese, and in English if there is one.
#[derive(Debug, Deserialize)]
pub struct Words<'a> {
    #[serde(borrow)]
    pub vi: Text<'a>,
    #[serde(default)]
    pub en: Option<Text<'a>>,
}

impl Words<'_> {
    /// In the language, or in the one there is.
    pub fn in_language(&self, language: Language) -> &str {
        match (language, &self.en) {
            (Language::En, Some(en)) => en.as_str(),
            _ => self.vi.as_str(),
        }
    }
}

#[derive(Debug, Deserialize)]
pub struct Picture<'a> {
    #[serde(borrow)]
    renditions: Vec<File<'a>>,
}

/// A file made of a picture.
#[derive(Debug, Deserialize)]
pub struct File<'a> {
    #[serde(borrow)]
    pub url: Text<'a>,
    media_type: Text<'a>,
    width: u32,
}

impl<'a> Picture<'a> {
    /// The largest file that every program shows.
    pub fn best(&self) -> Option<&File<'a>> {
        self.renditions.iter().max_by_key(|file| (file.media_type.as_str() == "image/jpeg", file.width))
    }
}

/// A pack as it is traded.
#[derive(Debug, Deserialize)]
pub struct Pack<'a> {
    #[serde(borrow)]
    pub name: Text<'a>,
    pub unit: Text<'a>,
    #[serde(default)]
    pub gtin: Option<Text<'a>>,
    #[serde(default)]
    pub prices: Vec<Tier>,
    #[serde(default)]
    pub vat_included: bool,
}

/// A price from a quantity on.
#[derive(Debug, Deserialize)]
pub struct Tier {
    pub from_quantity: i64,
    pub price: i64,
}

#[derive(Debug, Deserialize)]
pub struct Producer<'a> {
    #[serde(borrow)]
    pub id: Text<'a>,
    pub name: Text<'a>,
}

#[derive(Debug, Deserialize)]
pub struct Group<'a> {
    #[serde(borrow)]
    pub code: Text<'a>,
    pub name: Bilingual<'a>,
}

#[derive(Debug, Deserialize)]
pub struct Set<'a> {
    pub set_no: i64,
    #[serde(borrow)]
    pub name: Bilingual<'a>,
}

#[derive(Debug, Deserialize)]
pub struct Bilingual<'a> {
    #[serde(borrow)]
    vi: Text<'a>,
    en: Text<'a>,
}

impl Bilingual<'_> {
    pub fn in_language(&self, language: Language) -> &str {
        match language {
            Language::Vi => self.vi.as_str(),
            Language::En => self.en.as_str(),
        }
    }
}

#[derive(Debug, Deserialize)]
pub struct Place<'a> {
    #[serde(borrow)]
    pub province: Option<Unit<'a>>,
    pub commune: Option<Unit<'a>>,
    pub former: FormerPlace<'a>,
}

#[derive(Debug, Deserialize)]
pub struct FormerPlace<'a> {
    #[serde(borrow)]
    pub province: Option<Unit<'a>>,
    pub district: Option<Unit<'a>>,
    pub commune: Option<Unit<'a>>,
}

#[derive(Debug, Deserialize)]
pub struct Unit<'a> {
    #[serde(borrow)]
    pub code: Text<'a>,
    pub name: Text<'a>,
}

#[derive(Debug, Deserialize)]
pub struct Certification<'a> {
    #[serde(borrow)]
    pub state: Text<'a>,
    pub decision: Decision<'a>,
    pub valid_until: Text<'a>,
    pub in_force_until: Text<'a>,
}

#[derive(Debug, Deserialize)]
pub struct Decision<'a> {
    #[serde(borrow)]
    pub issuer: Text<'a>,
    pub number: Text<'a>,
    pub decided_on: Text<'a>,
}

/// A quality certificate that is valid today.
#[derive(Debug, Deserialize)]
pub struct Certificate<'a> {
    #[serde(borrow)]
    kind: Text<'a>,
    pub number: Text<'a>,
    pub issuer: Text<'a>,
    /// Last day; without a term if absent.
    pub valid_until: Option<Text<'a>>,
}

impl Certificate<'_> {
    pub fn kind(&self) -> Option<DocumentKind> {
        DocumentKind::parse(self.kind.as_str()).ok()
    }

    /// What people call a certificate of its kind.
    pub fn name(&self, language: Language) -> &str {
        let Some(kind) = self.kind() else { return self.kind.as_str() };
        let (vi, en) = kind.name();
        match language {
            Language::Vi => vi,
            Language::En => en,
        }
    }
}

impl<'a> Published<'a> {
    /// Reads a document. An error is a bug: the documents are ours.
    pub fn read(document: &'a [u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(document)
    }
}

/// Documents for tests of what is made from them.
#[cfg(test)]
pub mod samples {
    use serde_json::{Value, json};

    /// A document without what its producer says beyond price, season and quantities.
    pub fn without_contents() -> Value {
        json!({
            "id": "01999f6e-3c1a-7d55-9a3e-0c0f7a1b2c3d",
            "code": "7K3F9-QXM4T",
            "name": "Bánh cáy \"Hương Đồng\", hộp 250 g",
            "producer": {"id": "01999f6e-0000-7000-8000-000000000001", "name": "HTX Bánh cáy Hương Đồng (minh họa)"},
            "stars": 4,
            "group": {"code": "food", "name": {"vi": "Thực phẩm", "en": "Food"}},
            "set": {"set_no": 6, "name": {"vi": "Bánh, kẹo", "en": "Cakes, sweets"}},
            "place": {
                "province": {"code": "33", "name": "Tỉnh Hưng Yên"},
                "commune": {"code": "12688", "name": "Xã Nguyên Xá"},
                "former": {
                    "province": {"code": "34", "name": "Tỉnh Thái Bình"},
                    "district": {"code": "338", "name": "Huyện Đông Hưng"},
                    "commune": {"code": "12712", "name": "Xã Nguyên Xá"},
                },
            },
            "gtin": "08938501234567",
            "certification": {
                "id": "01999f6e-0000-7000-8000-000000000002",
                "state": "valid",
                "decision": {"issuer": "UBND tỉnh Hưng Yên", "number": "0012/QĐ-UBND", "decided_on": "2025-06-01"},
                "valid_until": "2028-06-01",
                "in_force_until": "2028-06-01",
            },
            "updated_at": "2026-11-23T17:15:30.123456Z",
            "score": 83.5,
            "criteria_version": "2023",
            "taxonomy": "2023",
            "source_url": "https://example.vn/qd?so=12&nam=2025",
            "verification_url": "/v1/verifications/7K3F9-QXM4T",
            "producer_products": {"url": "/v1/products?producer=01999f6e-0000-7000-8000-000000000001"},
            "certificates": [
                {"kind": "vietgap", "number": "VG-0034", "issuer": "Vinacert (minh họa)", "valid_until": "2027-05-31"},
                {"kind": "organic", "number": "HC 12", "issuer": "Quatest (minh họa)", "valid_until": null},
            ],
            "price_from": 95000,
            "price_unit": "XBX",
            "season_months": [1, 2, 12],
            "min_order": {"quantity": 50, "unit": "XBX"},
            "monthly_capacity": {"quantity": 2000, "unit": "XBX"},
        })
    }

    /// A document with everything in it.
    pub fn full() -> Value {
        let said = json!({
            "names": {"vi": "Bánh cáy Hương Đồng", "en": "Huong Dong cakes"},
            "summary": {"vi": "Bánh nếp gừng, gấc.", "en": "Sticky-rice cake with ginger."},
            "description": {"vi": "Làm từ nếp cái hoa vàng.", "en": null},
            "shelf_life_days": 90,
            "lead_time_days": 7,
            "vat_rate": "8",
            "pictures": [{
                "id": "01999f6e-0000-7000-8000-000000000003", "width": 3000, "height": 2000,
                "alt": {"vi": "Hộp bánh", "en": null}, "licence": "trade_use",
                "renditions": [
                    {"size": "full", "url": "/v1/media/aa.webp", "media_type": "image/webp", "width": 1600, "height": 1067, "bytes": 1, "sha256": "aa"},
                    {"size": "full", "url": "/v1/media/bb.jpg", "media_type": "image/jpeg", "width": 1600, "height": 1067, "bytes": 1, "sha256": "bb"},
                    {"size": "thumb", "url": "/v1/media/cc.jpg", "media_type": "image/jpeg", "width": 320, "height": 213, "bytes": 1, "sha256": "cc"},
                ],
            }],
            "trade_items": [
                {"name": "Hộp 250 g", "unit": "XBX", "gtin": "2000260010007", "vat_included": true, "prices": [
                    {"from_quantity": 50, "price": 97_000}, {"from_quantity": 500, "price": 95_000},
                ]},
                {"name": "Thùng 24 hộp", "unit": "XCT", "gtin": null, "vat_included": false, "prices": []},
            ],
        });
        let mut document = without_contents();
        let members = said.as_object().unwrap().clone();
        document.as_object_mut().unwrap().extend(members);
        document
    }

    /// A document in which everything is missing that may be.
    pub fn bare() -> Value {
        let mut document = without_contents();
        for member in [
            "group",
            "set",
            "gtin",
            "score",
            "source_url",
            "price_from",
            "price_unit",
            "min_order",
            "monthly_capacity",
        ] {
            document[member] = Value::Null;
        }
        document["certificates"] = json!([]);
        document["season_months"] = json!([]);
        document["place"] = json!({
            "province": null, "commune": null, "former": {"province": null, "district": null, "commune": null},
        });
        document
    }

    pub fn bytes(document: &Value) -> Vec<u8> {
        serde_json::to_vec(document).unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::{Published, samples};
    use std::borrow::Cow;

    #[test]
    fn texts_are_borrowed_unless_they_hold_an_escape() {
        let bytes = samples::bytes(&samples::full());
        let product = Published::read(&bytes).unwrap();
        assert!(matches!(product.producer.name.0, Cow::Borrowed("HTX Bánh cáy Hương Đồng (minh họa)")));
        let Some(gtin) = product.gtin else { panic!("a GTIN") };
        assert!(matches!(gtin.0, Cow::Borrowed("08938501234567")));
        assert!(matches!(product.name.0, Cow::Owned(_)));
        assert_eq!(product.name.as_str(), "Bánh cáy \"Hương Đồng\", hộp 250 g");
    }

    #[test]
    fn what_may_be_missing_may_be_missing() {
        let mut document = samples::bare();
        assert!(document.get("trade_items").is_none(), "what is not said is left out");
        assert!(Published::read(&samples::bytes(&document)).is_ok());
        let members = document.as_object_mut().unwrap();
        for member in
            ["certificates", "price_from", "price_unit", "season_months", "min_order", "monthly_capacity"]
        {
            members.remove(member);
        }
        let bytes = samples::bytes(&document);
        let product = Published::read(&bytes).unwrap();
        assert!(product.certificates.is_empty() && product.price_from.is_none());
    }
}
