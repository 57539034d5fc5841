//! Wrong input of every kind: a problem document with all faults, never 500, nothing written.

use super::stock::Stock;
use super::{ask, count, fresh_key};
use crate::cases;
use crate::harness::{Case, Reply, TestApp};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

pub fn cases() -> Vec<Case> {
    cases![
        bodies_that_cannot_be_read_are_refused,
        every_fault_is_told_with_its_place,
        all_faults_are_told_at_once,
        products_must_be_in_force_today,
        numbers_that_no_quantity_is,
        text_of_any_script_is_kept,
    ]
}

async fn send(app: &TestApp, body: impl Into<reqwest::Body>, media_type: &str) -> Reply {
    let request = app.anonymous().request(Method::POST, "/v1/leads");
    let request = request.header("Idempotency-Key", fresh_key()).header("Content-Type", media_type);
    Reply::of(request.body(body)).await
}

async fn bodies_that_cannot_be_read_are_refused(app: TestApp) {
    let stock = Stock::fill(&app).await;
    let right = stock.enquiry(&[stock.mat]).to_string();
    for broken in ["", "{", "not json", "{\"products\": [}", "\u{feff}{}", &right[..right.len() - 1]] {
        let reply = send(&app, broken.to_owned(), "application/json").await;
        reply.expect_problem(400, "malformed_request");
    }
    let reply = send(&app, b"{\"message\": \"\xff\xfe\"}".to_vec(), "application/json").await;
    reply.expect_problem(400, "malformed_request");
    let deep = "[".repeat(100_000);
    send(&app, deep, "application/json").await.expect_problem(400, "malformed_request");
    for whole in ["null", "[]", "3", "\"x\"", "true"] {
        let reply = send(&app, whole, "application/json").await;
        reply.expect_problem(422, "invalid_body");
        assert_eq!(reply.faults(), [("".into(), "wrong_type".into())], "{whole}");
    }
    for media_type in ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""] {
        let reply = send(&app, right.clone(), media_type).await;
        reply.expect_problem(415, "unsupported_media_type");
    }
    let huge = "x".repeat(10 * 1024 * 1024);
    let huge = right.replace("xin báo giá", &huge);
    let request = app.anonymous().request(Method::POST, "/v1/leads");
    let request = request.header("Idempotency-Key", fresh_key()).header("Content-Type", "application/json");
    // The service may answer and hang up before it has read it all.
    if let Ok(response) = request.body(huge).send().await {
        assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    }
    assert_eq!(count(&app, "enquiries").await, 0);
}

/// What is changed in a right body, and the fault that must come of it.
fn single_faults() -> Vec<(&'static str, Value, &'static str, &'static str)> {
    let long = |n: usize| json!("đ".repeat(n));
    vec![
        ("/products", json!([]), "/products", "wrong_length"),
        ("/products", json!({}), "/products", "wrong_type"),
        ("/products", Value::Null, "/products", "wrong_type"),
        ("/products/0", json!("x"), "/products/0", "wrong_type"),
        ("/products/0/product_id", json!("x"), "/products/0/product_id", "invalid_id"),
        ("/products/0/product_id", json!(7), "/products/0/product_id", "wrong_type"),
        ("/products/0/unit", json!("kg"), "/products/0/unit", "unknown_value"),
        ("/products/0/unit", Value::Null, "/products/0/unit", "wrong_type"),
        ("/message", json!(""), "/message", "missing"),
        ("/message", json!(" \n\t "), "/message", "missing"),
        ("/message", long(4001), "/message", "too_long"),
        ("/message", json!("a\u{0}b"), "/message", "control_character"),
        ("/message", json!("a\u{1b}[2Jb"), "/message", "control_character"),
        ("/message", json!(["a"]), "/message", "wrong_type"),
        ("/company", json!("Ví Dụ"), "/company", "wrong_type"),
        ("/company/name", long(201), "/company/name", "too_long"),
        ("/company/name", json!("a\nb"), "/company/name", "control_character"),
        ("/company/tax_code", json!("9900000017"), "/company/tax_code", "wrong_check_digit"),
        ("/company/tax_code", json!("99"), "/company/tax_code", "invalid_tax_code"),
        ("/company/tax_code", json!("000000000000"), "/company/tax_code", "personal_number"),
        ("/company/tax_code", json!(9_900_000_016_u64), "/company/tax_code", "wrong_type"),
        ("/contact", json!({ "name": "A" }), "/contact", "no_way_to_answer"),
        ("/contact", json!({ "name": "A", "email": null, "phone": null }), "/contact", "no_way_to_answer"),
        ("/contact/name", json!(""), "/contact/name", "missing"),
        ("/contact/email", json!("thumua"), "/contact/email", "invalid_email"),
        ("/contact/phone", json!("12"), "/contact/phone", "invalid_phone"),
        ("/source/channel", json!("tv"), "/source/channel", "unknown_value"),
        ("/source/event", long(201), "/source/event", "too_long"),
        ("/consent/accepted", json!(false), "/consent/accepted", "consent_required"),
        ("/consent/accepted", json!("true"), "/consent/accepted", "wrong_type"),
        ("/consent/text_version", json!("2020-01"), "/consent/text_version", "unknown_consent_text"),
        ("/consent", Value::Null, "/consent", "wrong_type"),
        ("/language", json!("fr"), "/language", "unknown_value"),
        ("/price", json!(1), "/price", "unknown_field"),
        ("/company/vat", json!(1), "/company/vat", "unknown_field"),
        ("/contact/fax", json!(1), "/contact/fax", "unknown_field"),
        ("/products/0/price", json!(1), "/products/0/price", "unknown_field"),
        ("/consent/purpose", json!(1), "/consent/purpose", "unknown_field"),
    ]
}

fn put(body: &mut Value, pointer: &str, value: Value) {
    let (parent, member) = pointer.rsplit_once('/').expect("a pointer");
    let parent = body.pointer_mut(parent).expect("there");
    match parent {
        Value::Array(items) => items[member.parse::<usize>().expect("an index")] = value,
        object => object[member] = value,
    }
}

async fn every_fault_is_told_with_its_place(app: TestApp) {
    let stock = Stock::fill(&app).await;
    for (pointer, value, place, code) in single_faults() {
        let mut body = stock.enquiry(&[stock.mat]);
        put(&mut body, pointer, value.clone());
        let reply = ask(&app.anonymous(), &body).await;
        assert_eq!(reply.status.as_u16(), 422, "{pointer} {value}: {}", reply.text);
        reply.expect_problem(422, "invalid_body");
        assert_eq!(reply.faults(), [(place.into(), code.into())], "{pointer} {value}");
    }
    for member in ["products", "message", "company", "contact", "source", "consent"] {
        let mut body = stock.enquiry(&[stock.mat]);
        body.as_object_mut().expect("an object").remove(member);
        let reply = ask(&app.anonymous(), &body).await;
        reply.expect_problem(422, "invalid_body");
        assert_eq!(reply.faults(), [(format!("/{member}"), "missing".into())]);
    }
    let many: Vec<_> = (0..51).map(|_| app.state.world.id()).collect();
    let reply = ask(&app.anonymous(), &stock.enquiry(&many)).await;
    assert_eq!(reply.faults(), [("/products".into(), "wrong_length".into())]);
    let twice = ask(&app.anonymous(), &stock.enquiry(&[stock.mat, stock.cake, stock.mat])).await;
    assert_eq!(twice.faults(), [("/products/2/product_id".into(), "duplicate".into())]);
    assert_eq!(count(&app, "enquiries").await, 0);
}

async fn all_faults_are_told_at_once(app: TestApp) {
    let body = json!({
        "products": [{ "product_id": "x", "quantity": 0, "unit": "kg", "colour": "red" }],
        "message": "",
        "company": { "name": "A", "tax_code": "1" },
        "contact": { "name": "A" },
        "source": { "channel": "tv" },
        "consent": { "text_version": "1", "accepted": false },
        "surprise": true,
    });
    let reply = ask(&app.anonymous(), &body).await;
    reply.expect_problem(422, "invalid_body");
    let mut places: Vec<_> = reply.faults().into_iter().map(|(place, _)| place).collect();
    places.sort();
    assert_eq!(
        places,
        [
            "/company/tax_code",
            "/consent/accepted",
            "/consent/text_version",
            "/contact",
            "/message",
            "/products/0/colour",
            "/products/0/product_id",
            "/products/0/quantity",
            "/products/0/unit",
            "/source/channel",
            "/surprise",
        ]
    );
}

async fn products_must_be_in_force_today(app: TestApp) {
    let stock = Stock::fill(&app).await;
    let unknown = app.state.world.id();
    let wanted = [stock.mat, stock.expired, unknown, stock.future, stock.cake, stock.unproven];
    let reply = ask(&app.anonymous(), &stock.enquiry(&wanted)).await;
    reply.expect_problem(422, "invalid_body");
    let place = |index: usize| (format!("/products/{index}/product_id"), "not_offered".to_owned());
    assert_eq!(reply.faults(), [place(1), place(2), place(3), place(5)]);
    assert_eq!(count(&app, "enquiries").await, 0);
    assert_eq!(count(&app, "idempotency_keys").await, 0);
}

async fn numbers_that_no_quantity_is(app: TestApp) {
    let stock = Stock::fill(&app).await;
    let body = stock.enquiry(&[stock.mat]).to_string();
    let with = |number: &str| body.replace("\"quantity\":200", &format!("\"quantity\":{number}"));
    assert_ne!(with("1"), body);
    for (number, status, code) in [
        ("0", 422, "out_of_range"),
        ("-0", 422, "wrong_type"),
        ("-1", 422, "out_of_range"),
        ("1000000001", 422, "out_of_range"),
        ("9223372036854775807", 422, "out_of_range"),
        ("9223372036854775808", 422, "out_of_range"),
        ("-9223372036854775809", 422, "wrong_type"),
        ("18446744073709551616", 422, "wrong_type"),
        ("1.5", 422, "wrong_type"),
        ("1e2", 422, "wrong_type"),
        ("1e400", 400, ""),
        ("NaN", 400, ""),
        ("0x10", 400, ""),
        ("\"200\"", 422, "wrong_type"),
        ("null", 422, "wrong_type"),
        ("true", 422, "wrong_type"),
    ] {
        let reply = send(&app, with(number), "application/json").await;
        assert_eq!(reply.status.as_u16(), status, "{number}: {}", reply.text);
        if status == 422 {
            assert_eq!(reply.faults(), [("/products/0/quantity".into(), code.into())], "{number}");
        } else {
            reply.expect_problem(400, "malformed_request");
        }
    }
    for number in ["1", "1000000000"] {
        let reply = send(&app, with(number), "application/json").await;
        reply.expect(StatusCode::CREATED);
    }
}

async fn text_of_any_script_is_kept(app: TestApp) {
    use ocop_market::auth::MemberRole;
    let stock = Stock::fill(&app).await;
    let mut body = stock.enquiry(&[stock.mat]);
    body["company"]["name"] = "Cu\u{31b}\u{309}a ha\u{300}ng 🍯".into();
    body["message"] = "Xin chào 👋\r\nبکم؟ 多少钱 '); DROP TABLE leads; --".into();
    body["language"] = Value::Null;
    let request = app.anonymous().request(Method::POST, "/v1/leads").json(&body);
    let request = request.header("Idempotency-Key", fresh_key()).header("Accept-Language", "en");
    let receipt = Reply::of(request).await.expect(StatusCode::CREATED);
    let maker = app.member("tho-det@example.vn", stock.weavers, MemberRole::Editor).await;
    let id = receipt["leads"][0]["id"].as_str().expect("an id");
    let reveal = maker.post(&format!("/v1/leads/{id}/contact-reveals"), &json!({})).await;
    reveal.expect(StatusCode::CREATED);
    let lead = maker.get(&format!("/v1/leads/{id}")).await.expect(StatusCode::OK);
    assert_eq!(lead["company"]["name"], "Cửa hàng 🍯");
    assert_eq!(lead["message"], "Xin chào 👋\nبکم؟ 多少钱 '); DROP TABLE leads; --");
    assert_eq!(lead["language"], "en");
    assert_eq!(lead["contact"]["phone"], "+84900000000");
}
