//! What is a person's stays among those who may know it.

use super::*;
use crate::cases;

pub fn cases() -> Vec<Case> {
    cases![nothing_of_a_household_is_public]
}

/// What nobody but its members and the officers of its province may read.
const PRIVATE: [&str; 5] = ["Riêng Tư", "rieng tu", "riêng tư", "034085001234", "Ngõ Kín"];

async fn nothing_of_a_household_is_public(app: TestApp) {
    let (owner, officer) = (person(&app, "owner").await, app.officer("33").await);
    let household = json!({
        "kind": "producer", "entity_type": "household", "legal_name": "Hộ kinh doanh Riêng Tư",
        "tax_code": "034085001234", "unit": VU_THU, "address": "Số 7 Ngõ Kín",
    });
    // One that a list has brought and that is claimed, and one that is verified before it is certified.
    let body = with(
        recognition("Bánh cáy", "Hộ kinh doanh Riêng Tư", "household"),
        json!({ "decision_no": "859/QĐ-UBND" }),
    );
    let brought = certify(&officer, &body).await;
    let made = register(&owner, &household).await;
    let target = json!({ "target_id": brought["producer"]["id"] });
    let claim = owner.post(&format!("{}/claims", path(&made)), &target).await.expect(StatusCode::CREATED);
    let decisions = format!("{}/claims/{}/decisions", path(&made), id(&claim));
    officer.post(&decisions, &json!({ "decision": "approved" })).await.expect(StatusCode::CREATED);
    let other = with(
        household,
        json!({ "legal_name": "Hộ kinh doanh Riêng Tư Hai", "tax_code": null, "unit": TAN_HUNG }),
    );
    let other = other.as_object().expect("an object").iter().filter(|(_, value)| !value.is_null());
    let other = register(&owner, &Value::Object(other.map(|(k, v)| (k.clone(), v.clone())).collect())).await;
    decide(&officer, &other, &json!({ "decision": "verified" })).await.expect(StatusCode::CREATED);
    let body = json!({ "product_name": "Kẹo lạc", "producer_name": "Hộ kinh doanh Riêng Tư Hai" });
    let body = with(recognition("x", "x", "household"), body);
    let mut body =
        with(body, json!({ "province": "Hưng Yên", "commune": "Tân Hưng", "decision_date": "2026-06-18" }));
    body.as_object_mut().expect("an object").remove("district");
    let reply = officer.settled(officer.request(Method::POST, "/v1/certifications").json(&body)).await;
    let certified = reply.expect(StatusCode::CREATED)["certification"].clone();
    assert_eq!(certified["producer"]["id"], other["id"]);

    let nobody = app.anonymous();
    let mut paths = vec![
        "/v1/products".to_owned(),
        "/v1/products?facets=producers".to_owned(),
        "/v1/products?q=rieng+tu".to_owned(),
        "/v1/products/suggest?q=rieng".to_owned(),
        "/v1/producers".to_owned(),
        "/v1/producers?q=rieng".to_owned(),
        "/v1/catalogue/changes?after=0".to_owned(),
        "/v1/catalogue/digest".to_owned(),
        "/v1/catalogue/export".to_owned(),
        "/v1/catalogue/export?format=csv".to_owned(),
    ];
    for certification in [&brought, &certified] {
        let (product, producer) = (id(&certification["product"]), id(&certification["producer"]));
        let code = certification["product"]["code"].as_str().expect("a code");
        paths.extend([
            format!("/v1/products/{product}"),
            format!("/v1/producers/{producer}"),
            format!("/v1/verifications/{code}"),
            format!("/v1/certifications/{}", id(certification)),
        ]);
    }
    let mut shown = 0;
    for path in &paths {
        for accept in ["application/json", "application/ld+json", "text/csv", "application/x-ndjson"] {
            let reply = Reply::of(nobody.request(Method::GET, path).header("Accept", accept)).await;
            for private in PRIVATE {
                // What was asked for may be repeated.
                let text = reply.text.replace("q=rieng", "");
                assert!(!text.contains(private), "{path} ({accept}) tells {private}: {text}");
            }
            shown += usize::from(reply.status == StatusCode::OK && reply.text.contains("Hộ kinh doanh tại"));
        }
    }
    assert!(shown > 10, "the households are shown by form and place: {shown}");
    for of in [&brought["producer"], &other] {
        nobody.get(&path(of)).await.expect_problem(401, "unauthenticated");
        person(&app, &format!("stranger-{}", &id(of)[30..]))
            .await
            .get(&path(of))
            .await
            .expect_problem(404, "not_found");
    }
}
