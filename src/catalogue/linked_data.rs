//! A product as linked data: JSON-LD in the vocabulary of schema.org, for search engines and other people's catalogues.
//!
//! Only what the document says is said, in terms that mean it:
//!
//! * The stars are the `certificationRating` of the OCOP certification, not an `aggregateRating` of customers.
//! * A price is the lowest one, so it is `minPrice` of a `UnitPriceSpecification` and never `price`. It is for resellers:
//!   `eligibleCustomerType` says that, for `businessFunction` has no value for wholesale.
//! * Where packs have prices each pack is an offer, and each of its prices by quantity a `UnitPriceSpecification` with the
//!   quantity it begins at.
//! * The product's name is the decision's; what its producer calls it is an `alternateName`.
//! * The maker is the `manufacturer`; whose `brand` it is nobody has told us.
//! * `expires` (of `CreativeWork`, which a `Certification` is) is the last day in force; `validUntil` belongs to permits.

use super::published::{Certificate, Pack, Picture, Published, Text, Tier, Unit};
use crate::say::Language;
use serde_json::{Value, json};

/// The media type of [`product`].
pub const MEDIA_TYPE: &str = "application/ld+json";

const RESELLER: &str = "http://purl.org/goodrelations/v1#Reseller";
const ACTIVE: &str = "https://schema.org/CertificationActive";

/// A product's document as JSON-LD. `base` is the public address of the service, without a slash at its end.
pub fn product(document: &[u8], language: Language, base: &str) -> Result<Vec<u8>, serde_json::Error> {
    let product = Published::read(document)?;
    let url = format!("{base}/v1/products/{}", product.id);
    let mut certifications = vec![recognition(&product, language, base)];
    certifications.extend(product.certificates.iter().map(|held| certificate(held, language)));
    let mut data = json!({
        "@context": "https://schema.org",
        "@type": "Product",
        "@id": url,
        "url": url,
        "name": product.name.as_str(),
        "identifier": product.id.as_str(),
        "productID": product.code.as_str(),
        "manufacturer": {"@type": "Organization", "name": product.producer.name.as_str()},
        "countryOfOrigin": {"@type": "Country", "identifier": "VN", "name": words(language, "Việt Nam", "Viet Nam")},
        "hasCertification": certifications,
    });
    let more = [
        ("gtin", product.gtin.as_ref().map(|gtin| gtin.as_str().into())),
        ("category", category(&product, language)),
        ("additionalProperty", made_in(&product, language)),
        ("alternateName", product.names.as_ref().map(|names| names.in_language(language).into())),
        ("description", description(&product, language)),
        ("image", images(&product, base)),
        ("offers", packs(&product).or_else(|| offer(&product))),
    ];
    if let Some(members) = data.as_object_mut() {
        members.extend(more.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    }
    serde_json::to_vec(&data)
}

fn words(language: Language, vi: &'static str, en: &'static str) -> &'static str {
    match language {
        Language::Vi => vi,
        Language::En => en,
    }
}

/// The OCOP certification that is in force.
fn recognition(product: &Published<'_>, language: Language, base: &str) -> Value {
    let (stars, certification) = (product.stars, &product.certification);
    json!({
        "@type": "Certification",
        "name": match language {
            Language::Vi => format!("OCOP {stars} sao"),
            Language::En => format!("OCOP {stars} stars"),
        },
        "url": format!("{base}{}", product.verification_url),
        "certificationIdentification": certification.decision.number.as_str(),
        "certificationStatus": ACTIVE,
        "certificationRating": {"@type": "Rating", "ratingValue": stars, "bestRating": 5, "worstRating": 1},
        "issuedBy": {"@type": "GovernmentOrganization", "name": certification.decision.issuer.as_str()},
        "validFrom": certification.decision.decided_on.as_str(),
        "expires": certification.in_force_until.as_str(),
    })
}

/// A quality certificate. Documents hold only those that are valid.
fn certificate(held: &Certificate<'_>, language: Language) -> Value {
    let mut data = json!({
        "@type": "Certification",
        "name": held.name(language),
        "certificationIdentification": held.number.as_str(),
        "certificationStatus": ACTIVE,
        "issuedBy": {"@type": "Organization", "name": held.issuer.as_str()},
    });
    if let (Some(members), Some(last)) = (data.as_object_mut(), &held.valid_until) {
        members.insert("expires".to_owned(), last.as_str().into());
    }
    data
}

/// `Thực phẩm > Bánh, kẹo`: schema.org lets signs of "greater" stand for a hierarchy.
fn category(product: &Published<'_>, language: Language) -> Option<Value> {
    let group = product.group.as_ref()?.name.in_language(language);
    Some(match &product.set {
        Some(set) => format!("{group} > {}", set.name.in_language(language)).into(),
        None => group.into(),
    })
}

/// Commune and province of today. schema.org has a country of origin, but no smaller place of making.
fn made_in(product: &Published<'_>, language: Language) -> Option<Value> {
    let units = [&product.place.commune, &product.place.province].into_iter().flatten();
    let place = units.map(|Unit { name, .. }| name.as_str()).collect::<Vec<_>>().join(", ");
    let name = words(language, "Nơi sản xuất", "Place of production");
    (!place.is_empty()).then(|| json!({"@type": "PropertyValue", "name": name, "value": place}))
}

/// The long text, or the short one.
fn description(product: &Published<'_>, language: Language) -> Option<Value> {
    let text = product.description.as_ref().or(product.summary.as_ref())?;
    Some(text.in_language(language).into())
}

/// The addresses of the pictures, the product's face first.
fn images(product: &Published<'_>, base: &str) -> Option<Value> {
    let address = |url: &str| if url.starts_with('/') { format!("{base}{url}") } else { url.to_owned() };
    let files = product.pictures.iter().filter_map(Picture::best);
    let addresses: Vec<String> = files.map(|file| address(file.url.as_str())).collect();
    (!addresses.is_empty()).then(|| addresses.into())
}

/// An offer for each pack that has prices.
fn packs(product: &Published<'_>) -> Option<Value> {
    let offers: Vec<Value> =
        product.trade_items.iter().filter_map(|pack| pack_offer(product, pack)).collect();
    (!offers.is_empty()).then(|| offers.into())
}

fn pack_offer(product: &Published<'_>, pack: &Pack<'_>) -> Option<Value> {
    let unit = pack.unit.as_str();
    let price = |tier: &Tier| {
        json!({
            "@type": "UnitPriceSpecification",
            "price": tier.price,
            "priceCurrency": "VND",
            "unitCode": unit,
            "valueAddedTaxIncluded": pack.vat_included,
            "eligibleQuantity": {"@type": "QuantitativeValue", "minValue": tier.from_quantity, "unitCode": unit},
        })
    };
    let prices: Vec<Value> = pack.prices.iter().map(price).collect();
    let mut offer = json!({
        "@type": "Offer",
        "name": pack.name.as_str(),
        "seller": {"@type": "Organization", "name": product.producer.name.as_str()},
        "eligibleCustomerType": RESELLER,
        "priceSpecification": prices,
    });
    if let Some(members) = offer.as_object_mut() {
        let days = |days| json!({"@type": "QuantitativeValue", "value": days, "unitCode": "DAY"});
        let more = [
            ("gtin", pack.gtin.as_ref().map(|gtin| gtin.as_str().into())),
            ("deliveryLeadTime", product.lead_time_days.map(days)),
        ];
        members.extend(more.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    }
    (!pack.prices.is_empty()).then_some(offer)
}

/// For products whose packs have no prices: the lowest price.
fn offer(product: &Published<'_>) -> Option<Value> {
    let (price, unit) = (product.price_from?, product.price_unit.as_ref().map(Text::as_str)?);
    let mut offer = json!({
        "@type": "Offer",
        "seller": {"@type": "Organization", "name": product.producer.name.as_str()},
        "eligibleCustomerType": RESELLER,
        "priceSpecification": {
            "@type": "UnitPriceSpecification",
            "minPrice": price,
            "priceCurrency": "VND",
            // UN/ECE Recommendation 20, as schema.org wants it.
            "unitCode": unit,
        },
    });
    if let (Some(members), Some(least)) = (offer.as_object_mut(), product.min_order) {
        let (least, unit) = (least.quantity.get(), least.unit);
        let quantity = json!({"@type": "QuantitativeValue", "minValue": least, "unitCode": unit});
        members.insert("eligibleQuantity".to_owned(), quantity);
    }
    Some(offer)
}

#[cfg(test)]
mod tests {
    use super::product;
    use crate::catalogue::published::samples::{bare, bytes, full, without_contents};
    use crate::say::Language;
    use serde_json::{Value, json};

    fn data(document: &Value, language: Language) -> Value {
        serde_json::from_slice(&product(&bytes(document), language, "https://ocop.example").unwrap()).unwrap()
    }

    #[test]
    fn a_product_in_vietnamese() {
        let url = "https://ocop.example/v1/products/01999f6e-3c1a-7d55-9a3e-0c0f7a1b2c3d";
        let maker = json!({"@type": "Organization", "name": "HTX Bánh cáy Hương Đồng (minh họa)"});
        let expected = json!({
            "@context": "https://schema.org",
            "@type": "Product",
            "@id": url,
            "url": url,
            "name": "Bánh cáy \"Hương Đồng\", hộp 250 g",
            "identifier": "01999f6e-3c1a-7d55-9a3e-0c0f7a1b2c3d",
            "productID": "7K3F9-QXM4T",
            "gtin": "08938501234567",
            "manufacturer": maker,
            "countryOfOrigin": {"@type": "Country", "identifier": "VN", "name": "Việt Nam"},
            "category": "Thực phẩm > Bánh, kẹo",
            "additionalProperty": {
                "@type": "PropertyValue", "name": "Nơi sản xuất", "value": "Xã Nguyên Xá, Tỉnh Hưng Yên",
            },
            "hasCertification": [
                {
                    "@type": "Certification",
                    "name": "OCOP 4 sao",
                    "url": "https://ocop.example/v1/verifications/7K3F9-QXM4T",
                    "certificationIdentification": "0012/QĐ-UBND",
                    "certificationStatus": "https://schema.org/CertificationActive",
                    "certificationRating": {"@type": "Rating", "ratingValue": 4, "bestRating": 5, "worstRating": 1},
                    "issuedBy": {"@type": "GovernmentOrganization", "name": "UBND tỉnh Hưng Yên"},
                    "validFrom": "2025-06-01",
                    "expires": "2028-06-01",
                },
                {
                    "@type": "Certification",
                    "name": "VietGAP",
                    "certificationIdentification": "VG-0034",
                    "certificationStatus": "https://schema.org/CertificationActive",
                    "issuedBy": {"@type": "Organization", "name": "Vinacert (minh họa)"},
                    "expires": "2027-05-31",
                },
                {
                    "@type": "Certification",
                    "name": "Hữu cơ",
                    "certificationIdentification": "HC 12",
                    "certificationStatus": "https://schema.org/CertificationActive",
                    "issuedBy": {"@type": "Organization", "name": "Quatest (minh họa)"},
                },
            ],
            "offers": {
                "@type": "Offer",
                "seller": maker,
                "eligibleCustomerType": "http://purl.org/goodrelations/v1#Reseller",
                "priceSpecification": {
                    "@type": "UnitPriceSpecification", "minPrice": 95000, "priceCurrency": "VND", "unitCode": "XBX",
                },
                "eligibleQuantity": {"@type": "QuantitativeValue", "minValue": 50, "unitCode": "XBX"},
            },
        });
        assert_eq!(data(&without_contents(), Language::Vi), expected);
    }

    #[test]
    fn what_the_producer_says() {
        let told = data(&full(), Language::En);
        assert_eq!(told["name"], "Bánh cáy \"Hương Đồng\", hộp 250 g");
        assert_eq!(told["alternateName"], "Huong Dong cakes");
        // In the language there is.
        assert_eq!(told["description"], "Làm từ nếp cái hoa vàng.");
        assert_eq!(told["image"], json!(["https://ocop.example/v1/media/bb.jpg"]));
        let price = |price: i64, from: i64| {
            json!({
                "@type": "UnitPriceSpecification", "price": price, "priceCurrency": "VND", "unitCode": "XBX",
                "valueAddedTaxIncluded": true,
                "eligibleQuantity": {"@type": "QuantitativeValue", "minValue": from, "unitCode": "XBX"},
            })
        };
        let expected = json!([{
            "@type": "Offer",
            "name": "Hộp 250 g",
            "seller": {"@type": "Organization", "name": "HTX Bánh cáy Hương Đồng (minh họa)"},
            "eligibleCustomerType": "http://purl.org/goodrelations/v1#Reseller",
            "priceSpecification": [price(97_000, 50), price(95_000, 500)],
            "gtin": "2000260010007",
            "deliveryLeadTime": {"@type": "QuantitativeValue", "value": 7, "unitCode": "DAY"},
        }]);
        assert_eq!(told["offers"], expected);
    }

    #[test]
    fn english_where_there_are_words() {
        let data = data(&full(), Language::En);
        assert_eq!(data["category"], "Food > Cakes, sweets");
        assert_eq!(data["hasCertification"][0]["name"], "OCOP 4 stars");
        assert_eq!(data["hasCertification"][2]["name"], "Organic");
        assert_eq!(data["additionalProperty"]["name"], "Place of production");
    }

    #[test]
    fn what_is_not_known_is_not_said() {
        let data = data(&bare(), Language::Vi);
        for member in ["gtin", "category", "additionalProperty", "offers"] {
            assert!(data.get(member).is_none(), "{member}");
        }
        assert_eq!(data["hasCertification"].as_array().unwrap().len(), 1);
    }

    /// The terms of schema.org (release 29) that may be used, by type; own and inherited.
    const VOCABULARY: &[(&str, &[&str])] = &[
        (
            "Product",
            &[
                "additionalProperty",
                "alternateName",
                "category",
                "countryOfOrigin",
                "description",
                "gtin",
                "hasCertification",
                "identifier",
                "image",
                "manufacturer",
                "name",
                "offers",
                "productID",
                "url",
            ],
        ),
        ("Organization", &["name"]),
        ("GovernmentOrganization", &["name"]),
        ("Country", &["identifier", "name"]),
        (
            "Certification",
            &[
                "certificationIdentification",
                "certificationRating",
                "certificationStatus",
                "expires",
                "issuedBy",
                "name",
                "url",
                "validFrom",
            ],
        ),
        ("Rating", &["bestRating", "ratingValue", "worstRating"]),
        ("PropertyValue", &["name", "value"]),
        (
            "Offer",
            &[
                "deliveryLeadTime",
                "eligibleCustomerType",
                "eligibleQuantity",
                "gtin",
                "name",
                "priceSpecification",
                "seller",
            ],
        ),
        ("QuantitativeValue", &["minValue", "unitCode", "value"]),
        (
            "UnitPriceSpecification",
            &["eligibleQuantity", "minPrice", "price", "priceCurrency", "unitCode", "valueAddedTaxIncluded"],
        ),
    ];

    fn check(node: &Value) {
        match node {
            Value::Array(nodes) => nodes.iter().for_each(check),
            Value::Object(members) => {
                let kind = members["@type"].as_str().unwrap();
                let known =
                    VOCABULARY.iter().find(|(name, _)| *name == kind).unwrap_or_else(|| panic!("{kind}")).1;
                for (name, value) in members {
                    assert!(name.starts_with('@') || known.contains(&name.as_str()), "{kind} has no {name}");
                    check(value);
                }
            }
            _ => {}
        }
    }

    #[test]
    fn every_term_is_one_of_schema_org() {
        check(&data(&full(), Language::Vi));
        check(&data(&without_contents(), Language::Vi));
        check(&data(&bare(), Language::En));
    }
}
