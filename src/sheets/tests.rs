//! From a listing to a workbook and back, without a database.

use super::reading::{self, Reach};
use super::{CellFaults, Line, Sheeting, read_book, tag_of, write};
use crate::accounts::Role;
use crate::auth::{Caller, Principal};
use crate::db::columns::Key;
use crate::db::{Day, Instant};
use crate::listings::{Content, ContentPatch, Known, Listing, Many};
use crate::products::{Product, ProductCode};
use crate::reference::Place;
use crate::say::Language;
use crate::world::World;
use serde_json::{Value, json};
use std::collections::HashMap;

fn key(n: u8) -> Key {
    Key::new(Instant::from_micros(0), [n; 10])
}

fn officer() -> Caller {
    Caller {
        principal: Principal::User { user: key(9).into(), session: key(8).into() },
        role: Role::Admin,
        office_waits: false,
        memberships: Vec::new(),
        origin: crate::audit::Origin::default(),
    }
}

fn known(content: Value) -> Known {
    let patch = ContentPatch::read(content, &Content::default()).expect("a content");
    let listing = Listing {
        content: Content::default().changed_by(&patch),
        version: 3,
        ..Listing::new(Instant::from_micros(0))
    };
    let product = Product {
        id: key(1).into(),
        producer: key(2).into(),
        name: "Bánh cáy".to_owned(),
        name_key: "banh cay".to_owned(),
        code: ProductCode::random(&World::real()),
        gtin: None,
        place: Place {
            province: Some("33".to_owned()),
            commune: None,
            former_province: None,
            former_district: None,
            former_commune: None,
        },
    };
    Known {
        product,
        listing: Some(listing),
        draft: ContentPatch::default(),
        waiting: None,
        papers: Vec::new(),
    }
}

/// What a workbook of a listing makes of another one.
fn read_over(bytes: &[u8], known: Known) -> Result<ContentPatch, CellFaults> {
    let tables = read_book(bytes).expect("a workbook");
    let many = Many { open: HashMap::from([(known.product.id, known)]), ..Many::default() };
    let caller = officer();
    let reach = Reach { ids_of_codes: HashMap::new(), many: &many, caller: &caller };
    let (mut wanted, faults) = reading::read(&tables, &reach);
    match faults.is_empty() {
        true => Ok(wanted.pop().expect("a row").patch),
        false => Err(faults),
    }
}

fn written(known: &Known, language: Language) -> Vec<u8> {
    let line = Line {
        product: known.product.id.to_string(),
        product_name: known.product.name.clone(),
        version: 3,
        tag: tag_of(known, &officer()),
        members: known.content().members(),
    };
    let sheeting = Sheeting { template: false, set: None, language, day: Day::constant(2026, 11, 30) };
    write(&[line], sheeting).expect("a workbook")
}

fn everything() -> Value {
    let image = |n: u8| key(n).as_str().to_owned();
    json!({
        "names": { "vi": "Bánh", "en": "_x0041_ cakes" }, "story": { "vi": "=1\n\n2", "en": null },
        "origin": { "unit": "00004", "on": "2020-01-31" },
        "images": [
            { "image_id": image(3), "alt": { "vi": "Hộp đỏ", "en": "A box" }, "licence": "cc_by", "credit": "HTX Ví Dụ" },
            { "image_id": image(4), "alt": { "vi": "Bánh" }, "licence": "trade_use" },
        ],
        "videos": ["https://video.example/1,2", "https://video.example/3"],
        "attributes": { "a": "0012", "b": 12.5, "c": true, "d": ["một"], "e": ["một", "hai ba"], "f": 1e15, "g": -3 },
        "trade_items": [{
            "name": "Hộp", "unit": "XBX", "gtin": "08938501234568", "vat_included": true,
            "prices": (0..12).map(|n| json!({ "from_quantity": n + 1, "price": 1_000_000_000_000_i64 - n })).collect::<Vec<_>>(),
        }],
        "season_months": [1, 12], "delivery": { "nationwide": false, "provinces": [] }, "vat_rate": "exempt",
    })
}

#[test]
fn a_workbook_says_what_the_listing_says() {
    for language in [Language::Vi, Language::En] {
        let bytes = written(&known(everything()), language);
        assert_eq!(read_over(&bytes, known(everything())), Ok(ContentPatch::default()), "{language:?}");
    }
}

#[test]
fn a_listing_that_has_changed_is_told() {
    let bytes = written(&known(everything()), Language::Vi);
    let mut other = everything();
    other["images"] = json!([]);
    let faults = read_over(&bytes, known(other)).expect_err("another tag");
    let found: Vec<_> = faults.first.iter().map(|fault| (fault.place.cell(), fault.code)).collect();
    assert_eq!(found, [("C3".to_owned(), "changed_meanwhile")]);
}
