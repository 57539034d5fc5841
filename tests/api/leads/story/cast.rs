//! Who is in the story, how they came to be there, and what everybody does all the time.

use super::{BAKER, Bakery, HOST, PURCHASER, SECOND, Story, TAX_CODE, THIRD, text};
use crate::harness::{Actor, TestApp};
use crate::leads::fresh_key;
use ocop_market::accounts::Role;
use ocop_market::organisations::OrganisationId;
use reqwest::StatusCode;
use serde_json::{Value, json};

impl Story {
    /// The week before: everybody registers, is looked at, and what the bakeries make is certified.
    pub async fn begin(app: TestApp) -> Self {
        app.clock.set("2026-11-20T02:00:00Z");
        let (office, elsewhere) = (app.officer("33").await, app.officer("01").await);
        let mut bakeries = Vec::new();
        for (owner, name, unit, district) in [
            (BAKER, "HTX Bánh cáy Vũ Thư (minh họa)", "13192", ["Vũ Thư", "Thái Bình"]),
            (SECOND, "HTX Bánh cáy Thứ Hai (minh họa)", "11977", ["Thành phố Hưng Yên", "Hưng Yên"]),
            (THIRD, "HTX Bánh cáy Thứ Ba (minh họa)", "11977", ["Thành phố Hưng Yên", "Hưng Yên"]),
        ] {
            let owner_actor = app.user(owner, Role::Member, &[]).await;
            let id = registered(&owner_actor, &office, "producer", name, json!({ "unit": unit })).await;
            let recognition = json!({
                "product_name": "Bánh cáy", "producer_name": name, "entity_type": "cooperative",
                "district": district[0], "province": district[1], "group": "food", "set_no": 6,
                "stars": 4, "decision_no": "858/QĐ-UBND", "decision_date": "2025-06-18",
            });
            let certified = office.post("/v1/certifications", &recognition).await.expect(StatusCode::CREATED);
            assert_eq!(certified["certification"]["producer"]["id"], json!(id));
            bakeries.push(Bakery { owner, id, cake: text(&certified["certification"]["product"]["id"]) });
        }
        let host = app.user(HOST, Role::Member, &[]).await;
        let place = json!({ "unit": "11977" });
        let organiser = registered(&host, &office, "organiser", "Ban tổ chức (minh họa)", place).await;
        let organiser = OrganisationId::parse(&organiser).expect("an id");
        let tablet = app.machine(&host, organiser, &["leads.read", "leads.write"]).await;
        let purchaser = app.user(PURCHASER, Role::Member, &[]).await;
        let chain = json!({ "unit": "00004", "tax_code": TAX_CODE, "entity_type": "company" });
        registered(&purchaser, &elsewhere, "buyer", "Chuỗi cửa hàng Ví Dụ", chain).await;
        for owner in [BAKER, SECOND, THIRD, HOST] {
            assert!(app.mail_to(owner).await.subject.contains("đã được xác minh"));
        }
        Self {
            app,
            tablet,
            bakeries: bakeries.try_into().unwrap_or_else(|_| panic!("three bakeries")),
            enquiry: String::new(),
            leads: Vec::new(),
            at_stand: String::new(),
            memorandum: String::new(),
            contract: String::new(),
        }
    }

    /// Somebody signs in; what was signed in days ago is good no more.
    pub async fn by(&self, email: &str) -> Actor {
        let tokens = self.app.sign_in(email).await;
        self.app.anonymous().with_token(text(&tokens["access_token"]))
    }

    pub async fn read(&self, email: &str, lead: &str) -> Value {
        self.by(email).await.get(&format!("/v1/leads/{lead}")).await.expect(StatusCode::OK)
    }

    /// Does something with a lead, as it should be possible.
    pub async fn does(&self, email: &str, lead: &str, what: &str, body: &Value) -> Value {
        let path = format!("/v1/leads/{lead}/{what}");
        self.by(email).await.post_once(&path, &fresh_key(), body).await.expect(StatusCode::CREATED)
    }

    pub async fn hours_pass(&self, hours: i64) {
        self.app.clock.advance_seconds(hours * 3600);
        self.app.write_letters().await;
    }

    /// Letters are written a minute after what they tell of.
    pub async fn letter_to(&self, email: &str, about: &str) {
        self.app.clock.advance_seconds(61);
        self.app.write_letters().await;
        let letter = self.app.mail_to(email).await;
        assert!(letter.subject.contains(about) || letter.body.contains(about), "{about}: {letter:?}");
    }
}

/// An organisation that its owner registers and its office verifies; a buyer stays as it registered.
async fn registered(owner: &Actor, office: &Actor, kind: &str, name: &str, more: Value) -> String {
    let mut body = json!({ "kind": kind, "entity_type": "cooperative", "legal_name": name });
    body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    let made = owner.post("/v1/organisations", &body).await.expect(StatusCode::CREATED);
    let id = text(&made["id"]);
    if kind != "buyer" {
        let verified = office
            .post(&format!("/v1/organisations/{id}/verifications"), &json!({ "decision": "verified" }))
            .await;
        verified.expect(StatusCode::CREATED);
    }
    id
}
