//! Consents, their texts, and the rules of how long what is kept.

use super::audited;
use crate::cases;
use crate::harness::{Case, TestApp};
use crate::leads::fresh_key;
use crate::leads::stock::Stock;
use ocop_market::accounts::{MemberRole, Role};
use reqwest::StatusCode;
use serde_json::{Value, json};

pub fn cases() -> Vec<Case> {
    cases![
        every_purpose_has_its_own_text,
        a_consent_is_given_by_an_act_and_withdrawn_at_will,
        what_is_no_consent_is_refused,
        withdrawing_the_contact_ends_what_rested_on_it,
        the_rules_of_retention_are_public,
    ]
}

fn news() -> Value {
    json!({ "purpose": "news_mail", "text_version": "2026-11", "accepted": true })
}

async fn every_purpose_has_its_own_text(app: TestApp) {
    let nobody = app.anonymous();
    let all = nobody.get("/v1/consent-texts").await.expect(StatusCode::OK);
    let purposes: Vec<&str> =
        all["items"].as_array().expect("texts").iter().filter_map(|text| text["purpose"].as_str()).collect();
    assert_eq!(purposes, ["account_terms", "lead_contact", "news_mail"]);
    for purpose in purposes {
        let path = format!("/v1/consent-texts/current?purpose={purpose}");
        let text = nobody.get(&path).await.expect(StatusCode::OK);
        assert_eq!((&text["purpose"], &text["is_current"]), (&json!(purpose), &json!(true)));
        let listed = nobody.get(&format!("/v1/consent-texts?purpose={purpose}")).await.expect(StatusCode::OK);
        assert_eq!(listed["items"], json!([text]));
    }
    let lead = nobody.get("/v1/consent-texts/current").await.expect(StatusCode::OK);
    assert_eq!(lead["purpose"], "lead_contact");
    nobody.get("/v1/consent-texts/1999-01?purpose=news_mail").await.expect_problem(404, "not_found");
    nobody.get("/v1/consent-texts?purpose=everything").await.expect_problem(400, "invalid_parameters");
}

async fn a_consent_is_given_by_an_act_and_withdrawn_at_will(app: TestApp) {
    let by = app.user("a@shop.example", Role::Member, &[]).await;
    let none = by.get("/v1/me/consents").await.expect(StatusCode::OK);
    assert_eq!(none, json!({ "items": [] }), "nothing is agreed to by silence");
    for _ in 0..2 {
        let given = by.post("/v1/me/consents", &news()).await;
        assert_eq!(given.header("location"), "/v1/me/consents");
        let given = given.expect(StatusCode::CREATED);
        let expected = json!([{
            "purpose": "news_mail", "text_version": "2026-11", "channel": "account",
            "given_at": "2026-11-23T03:00:00Z", "withdrawn_at": null, "enquiry_id": null,
        }]);
        assert_eq!(given["items"], expected, "twice is once");
    }
    app.clock.advance_seconds(60);
    assert_eq!(by.delete("/v1/me/consents/news_mail").await.status, StatusCode::NO_CONTENT);
    by.delete("/v1/me/consents/news_mail").await.expect_problem(404, "not_found");
    let kept = by.get("/v1/me/consents").await.expect(StatusCode::OK);
    assert_eq!(kept["items"][0]["withdrawn_at"], "2026-11-23T03:01:00Z", "kept as proof");
    by.post("/v1/me/consents", &news()).await.expect(StatusCode::CREATED);
    let two = by.get("/v1/me/consents").await.expect(StatusCode::OK);
    assert_eq!(two["items"].as_array().map(Vec::len), Some(2));
    let actions: Vec<String> = audited(&app).await.into_iter().filter(|a| a.starts_with("consent")).collect();
    assert_eq!(actions, ["consent.given", "consent.withdrawn", "consent.given"]);
}

async fn what_is_no_consent_is_refused(app: TestApp) {
    let by = app.user("a@shop.example", Role::Member, &[]).await;
    for (change, place, code) in [
        (json!({ "accepted": false }), "/accepted", "consent_required"),
        (json!({ "accepted": null }), "/accepted", "wrong_type"),
        (json!({ "text_version": "1999-01" }), "/text_version", "unknown_consent_text"),
        (json!({ "purpose": "all" }), "/purpose", "unknown_value"),
        (json!({ "ticked": true }), "/ticked", "unknown_field"),
    ] {
        let mut body = news();
        for (name, value) in change.as_object().expect("an object") {
            body[name] = value.clone();
        }
        let refused = by.post("/v1/me/consents", &body).await;
        refused.expect_problem(422, "invalid_body");
        assert_eq!(refused.faults(), [(place.to_owned(), code.to_owned())]);
    }
    let mut body = news();
    body["purpose"] = json!("lead_contact");
    by.post("/v1/me/consents", &body).await.expect_problem(409, "not_possible_now");
    by.delete("/v1/me/consents/account_terms").await.expect_problem(409, "not_possible_now");
    by.delete("/v1/me/consents/lead_contact").await.expect_problem(404, "not_found");
    assert!(audited(&app).await.iter().all(|action| !action.starts_with("consent")));
}

async fn withdrawing_the_contact_ends_what_rested_on_it(app: TestApp) {
    let stock = Stock::fill(&app).await;
    let weaver = app.member("chu@det.example", stock.weavers, MemberRole::Owner).await;
    let buyer = app.user("mua@shop.example", Role::Member, &[]).await;
    let sent = buyer.post_once("/v1/leads", &fresh_key(), &stock.enquiry(&[stock.mat])).await;
    let lead = sent.expect(StatusCode::CREATED)["leads"][0]["id"].as_str().expect("an id").to_owned();
    let consents = buyer.get("/v1/me/consents").await.expect(StatusCode::OK);
    assert_eq!(consents["items"][0]["purpose"], "lead_contact");
    assert_eq!(consents["items"][0]["channel"], "enquiry");

    let reveal = weaver.post(&format!("/v1/leads/{lead}/contact-reveals"), &json!({})).await;
    assert_eq!(reveal.expect(StatusCode::CREATED)["contact"]["name"], "Phòng thu mua");
    // The contact is another's than the sender's; letters about leads to it go, others do not.
    super::run_sql(
        &app,
        "INSERT INTO mails (id, kind, recipient, recipient_key, language, subject, created_at, due_at, attempts, sent_at) VALUES
            ('01999f6e-3c1a-7d55-9a3e-0c0f7a1b2d01', 'lead_acknowledged', 'x', 'thumua@example.vn', 'vi', 'x', 0, 0, 0, 1),
            ('01999f6e-3c1a-7d55-9a3e-0c0f7a1b2d02', 'password_reset', 'x', 'thumua@example.vn', 'vi', 'x', 0, 0, 0, 1)",
    )
    .await;
    assert_eq!(buyer.delete("/v1/me/consents/lead_contact").await.status, StatusCode::NO_CONTENT);
    let letters = "SELECT kind AS value FROM mails WHERE recipient_key = 'thumua@example.vn'";
    assert_eq!(super::everything::column(&app, letters).await, ["password_reset"]);
    let seen = weaver.get(&format!("/v1/leads/{lead}")).await;
    let text = seen.expect(StatusCode::OK).to_string();
    for secret in ["Phòng thu mua", "thumua@example.vn", "+84900000000", "12 cửa hàng"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    assert!(
        text.contains(r#""contact_state":"forgotten""#) && text.contains("Chuỗi cửa hàng Ví Dụ"),
        "{text}"
    );
    let told = app.mail_to("chu@det.example").await;
    assert!(told.body.contains(&lead), "{}", told.body);
    let consents = buyer.get("/v1/me/consents").await.expect(StatusCode::OK);
    assert_eq!(consents["items"][0]["withdrawn_at"], "2026-11-23T03:00:00Z");
}

async fn the_rules_of_retention_are_public(app: TestApp) {
    let rules = app.anonymous().get("/v1/retention-rules").await.expect(StatusCode::OK);
    let contact = &rules["items"][0];
    assert_eq!((&contact["purpose"], &contact["period"]), (&json!("lead_contact"), &json!("P24M")));
    for rule in rules["items"].as_array().expect("rules") {
        for part in ["what", "until", "reason"] {
            assert!(rule[part]["vi"].is_string() && rule[part]["en"].is_string(), "{rule}");
        }
    }
}
