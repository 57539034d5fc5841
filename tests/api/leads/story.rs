//! One buyer's way from a stand at a fair to a contract, over HTTP alone, with everybody who has to do with it: the chain's
//! purchaser, three bakeries, the organiser and its tablet, the programme office, and those who are to see nothing of it.

mod cast;
mod told;

use super::ask;
use super::captured::{device_id, hand_in, lead_item};
use super::files::{pdf, send};
use crate::cases;
use crate::harness::machines::Machine;
use crate::harness::{Case, TestApp};
use reqwest::StatusCode;
use serde_json::{Value, json};

pub fn cases() -> Vec<Case> {
    cases![from_a_stand_at_a_fair_to_a_contract_that_counts_once]
}

const PURCHASER: &str = "thu-mua@chuoi-cua-hang.example";
const HOST: &str = "chu@ban-to-chuc.example";
const OFFICE: &str = "officer-33@office.example";
/// Whose bakery is in Vũ Thư, and the two that are in another district.
const BAKER: &str = "chu@lo-vu-thu.example";
const SECOND: &str = "chu@lo-thu-hai.example";
const THIRD: &str = "chu@lo-thu-ba.example";

const FAIR: &str = "Hội chợ OCOP cuối tuần (minh họa)";
const CAMPAIGN: &str = "tet-2027";
const TAX_CODE: &str = "9900000016";
const MOU_VALUE: i64 = 900_000_000;
/// Not to be divided without a remainder.
const CONTRACT_VALUE: i64 = 480_000_001;

/// Everybody and everything of the story, by what it is called in it.
struct Story {
    app: TestApp,
    /// The organiser's tablet.
    tablet: Machine,
    bakeries: [Bakery; 3],
    /// What the purchaser got for its enquiry.
    enquiry: String,
    /// The leads of it, a bakery's each.
    leads: Vec<String>,
    /// The lead from the stand.
    at_stand: String,
    /// SHA-256 of what was signed.
    memorandum: String,
    contract: String,
}

struct Bakery {
    owner: &'static str,
    id: String,
    cake: String,
}

async fn from_a_stand_at_a_fair_to_a_contract_that_counts_once(app: TestApp) {
    let mut story = Story::begin(app).await;
    story.the_tablet_hands_in_the_fair_twice().await;
    story.the_same_buyer_asks_three_bakeries_on_the_website().await;
    story.the_bakery_is_told_that_it_knows_the_buyer_and_merges().await;
    story.two_bakeries_quote_and_the_buyer_compares().await;
    story.the_buyer_counters_and_the_bakery_comes_down().await;
    story.in_the_morning_the_silent_are_reminded().await;
    story.a_sample_goes_out().await;
    story.a_memorandum_is_signed_and_recorded_by_the_office().await;
    story.a_contract_is_signed_and_recorded_once().await;
    story.the_office_credits_it_to_whose_work_it_was().await;
    story.reports_count_it_once().await;
    story.the_file_and_the_dossier_have_it().await;
    story.the_others_see_what_is_theirs().await;
}

impl Story {
    /// The lead that goes on.
    fn lead(&self) -> &str {
        &self.leads[0]
    }

    async fn stage(&self) -> Value {
        self.read(BAKER, self.lead()).await["stage"].clone()
    }

    /// On Saturday there is no network in the hall. The tablet notes who came to which stand, and what was completed later.
    fn captured(&self) -> Vec<Value> {
        let visitor = |bakery: &Bakery, quantity: i64, company: &str| {
            json!({
                "products": [{ "product_id": bakery.cake, "quantity": quantity, "unit": "XBX" }],
                "message": "Hỏi tại quầy.", "company": { "name": company }, "contact": { "name": "Khách tại quầy" },
                "source": { "channel": "fair", "event": FAIR }, "walk_in": { "as": "organiser" },
                "consent": { "text_version": "2026-11", "accepted": true },
            })
        };
        let [vu_thu, second, third] = &self.bakeries;
        let chain = device_id();
        let about = |kind: &str, at: &str, name: &str, what: Value| json!({ "type": kind, "id": device_id(), "occurred_at": at, "enquiry_id": chain, (name): what });
        let card = json!({ "company": { "tax_code": TAX_CODE }, "contact": { "phone": "0900 000 000" } });
        let taste = json!({ "type": "note", "note": "Đã nếm thử, thích vị gừng." });
        let talk = json!({ "type": "meeting", "place": "Quầy 12", "note": "Hẹn báo giá sau hội chợ." });
        let mut items = vec![
            about("enrichment", "2026-11-21T05:00:00Z", "changes", card),
            about("event", "2026-11-21T04:00:00Z", "event", talk),
            about("event", "2026-11-21T03:30:00Z", "event", taste),
            lead_item(&chain, "2026-11-21T03:00:00Z", visitor(vu_thu, 150, "Chuỗi cửa hàng Ví Dụ")),
        ];
        for (number, bakery) in [second, third, second, third].into_iter().enumerate() {
            let company = format!("Cửa hàng số {number}");
            items.push(lead_item(&device_id(), "2026-11-21T06:00:00Z", visitor(bakery, 20, &company)));
        }
        items
    }

    async fn the_tablet_hands_in_the_fair_twice(&mut self) {
        let items = self.captured();
        self.app.clock.set("2026-11-23T01:00:00Z");
        let tablet = self.app.as_machine(&self.tablet).await;
        // The line is cut after the first items, which are about an enquiry that has not come.
        let cut = hand_in(&tablet, &items[..2]).await;
        assert_eq!(results(&cut), ["waiting"; 2], "{cut}");
        let whole = hand_in(&tablet, &items).await;
        assert_eq!(whole["items"][3]["result"], "created", "{whole}");
        assert!(results(&whole).iter().all(|result| result == "created" || result == "unchanged"), "{whole}");
        self.at_stand = text(&whole["items"][3]["leads"][0]["id"]);
        let again = hand_in(&tablet, &items).await;
        assert_eq!(results(&again), ["unchanged"; 8], "{again}");

        let lead = tablet.get(&format!("/v1/leads/{}", self.at_stand)).await.expect(StatusCode::OK);
        assert_eq!(lead["company"]["tax_code"], TAX_CODE);
        assert_eq!(
            (&lead["contact"]["phone"], &lead["your_side"]),
            (&json!("+84900000000"), &json!("organiser"))
        );
        assert_eq!(
            kinds(&lead),
            ["enquiry", "note", "meeting", "enriched"],
            "in the order in which it happened"
        );
        assert_eq!(
            (&lead["occurred_at"], &lead["created_at"]),
            (&json!("2026-11-21T03:00:00Z"), &json!("2026-11-23T01:00:00Z"))
        );
        assert_eq!(tablet.all("/v1/leads").await.len(), 5, "nothing came twice");
        for bakery in &self.bakeries {
            self.letter_to(bakery.owner, "Yêu cầu mới").await;
        }
    }

    async fn the_same_buyer_asks_three_bakeries_on_the_website(&mut self) {
        self.hours_pass(1).await;
        let line = |bakery: &Bakery| json!({ "product_id": bakery.cake, "quantity": 200, "unit": "XBX" });
        let body = json!({
            "products": self.bakeries.iter().map(line).collect::<Vec<_>>(),
            "message": "Xin báo giá 200 hộp cho 12 cửa hàng.",
            "company": { "name": "Chuỗi cửa hàng Ví Dụ", "tax_code": TAX_CODE },
            "contact": { "name": "Phòng thu mua", "email": "thumua@chuoi-cua-hang.example", "phone": "0900 000 000" },
            "source": { "channel": "website", "campaign": CAMPAIGN },
            "delivery": { "unit": "01", "from": "2027-01-04", "until": "2027-01-29" },
            "consent": { "text_version": "2026-11", "accepted": true },
        });
        let receipt = ask(&self.by(PURCHASER).await, &body).await.expect(StatusCode::CREATED);
        self.enquiry = text(&receipt["enquiry_id"]);
        let leads = receipt["leads"].as_array().expect("leads");
        let of = |bakery: &Bakery| leads.iter().find(|lead| lead["producer"]["id"] == json!(bakery.id));
        self.leads = self.bakeries.iter().map(|bakery| text(&of(bakery).expect("its lead")["id"])).collect();
        let seen = self.read(BAKER, self.lead()).await;
        assert_eq!(seen["company"]["standing"], "registered");
        for bakery in &self.bakeries {
            self.letter_to(bakery.owner, "Chuỗi cửa hàng Ví Dụ").await;
        }
    }

    async fn the_bakery_is_told_that_it_knows_the_buyer_and_merges(&mut self) {
        let suggested = self.read(BAKER, self.lead()).await["possible_duplicates"].clone();
        assert_eq!(suggested[0]["lead_id"], json!(self.at_stand), "{suggested}");
        let because = ["tax_code", "company_name", "product"];
        assert_eq!(
            suggested[0]["because"],
            json!(because),
            "nothing of a contact that it has not been given"
        );
        // The buyer follows the lead that it sent: that one goes on.
        let baker = self.by(BAKER).await;
        let wrong = format!("/v1/leads/{}/merges", self.at_stand);
        baker.post(&wrong, &json!({ "lead_id": self.lead() })).await.expect_problem(409, "not_possible_now");
        let same = json!({ "lead_id": self.at_stand, "because": "Gặp tại quầy 12." });
        self.does(BAKER, self.lead(), "merges", &same).await;
        let lead = self.read(BAKER, self.lead()).await;
        // But for what the organiser noted for itself.
        assert_eq!(kinds(&lead), ["enquiry", "meeting", "enriched", "enquiry", "merged"]);
        let of_stand = lead["events"].as_array().expect("events").iter();
        assert_eq!(of_stand.filter(|event| event["lead_id"] == json!(self.at_stand)).count(), 3);
        assert!(lead["possible_duplicates"].as_array().is_none_or(Vec::is_empty), "{lead}");
        // What was said at the stand is not for the buyer to read.
        let of_buyer = self.read(PURCHASER, self.lead()).await.to_string();
        assert!(!of_buyer.contains("vị gừng") && !of_buyer.contains("Quầy 12"), "{of_buyer}");
    }

    async fn quote(&self, by: &str, at: usize, tiers: &[(i64, i64)]) -> Value {
        let tier = |(from, price): &(i64, i64)| json!({ "from_quantity": from, "price": price });
        let tiers: Vec<Value> = tiers.iter().map(tier).collect();
        let line = json!({ "product_id": self.bakeries[at].cake, "unit": "XBX", "tiers": tiers });
        let body =
            json!({ "lines": [line], "valid_until": "2026-12-31", "vat_included": true, "lead_days": 7 });
        self.does(by, &self.leads[at], "quotes", &body).await
    }

    /// What the buyer compares: of each bakery the answer, the price, and whether it is the cheapest.
    async fn compared(&self) -> Vec<(String, Option<i64>, bool)> {
        let path = format!("/v1/enquiries/{}/quotes", self.enquiry);
        let told = self.by(PURCHASER).await.get(&path).await.expect(StatusCode::OK);
        let products = told["products"].as_array().expect("products");
        let of = |bakery: &Bakery| {
            let one = products.iter().find(|one| one["product_id"] == json!(bakery.cake)).expect("asked for");
            let cheapest = one["offer"]["cheapest"] == json!(true);
            (text(&one["answer"]), one["offer"]["price"].as_i64(), cheapest)
        };
        self.bakeries.iter().map(of).collect()
    }

    async fn two_bakeries_quote_and_the_buyer_compares(&mut self) {
        self.hours_pass(2).await;
        let quoted = self.quote(BAKER, 0, &[(1, 46_000), (100, 43_000), (500, 39_000)]).await;
        assert_eq!((&quoted["stage"], &quoted["event"]["type"]), (&json!("quoted"), &json!("quote")));
        self.quote(SECOND, 1, &[(1, 42_000)]).await;
        let offered = |price, cheapest| ("offered".to_owned(), Some(price), cheapest);
        let silent = ("not_quoted".to_owned(), None, false);
        assert_eq!(self.compared().await, [offered(43_000, false), offered(42_000, true), silent]);
        for _ in [BAKER, SECOND] {
            self.letter_to(PURCHASER, "đã báo giá").await;
        }
        let lead = self.read(BAKER, self.lead()).await;
        assert_eq!((&lead["overdue"], &lead["answered_in_working_days"]), (&json!(false), &json!(0)));
    }

    async fn the_buyer_counters_and_the_bakery_comes_down(&mut self) {
        let countered = self.quote(PURCHASER, 0, &[(200, 40_000)]).await;
        assert_eq!(
            (&countered["stage"], &countered["event"]["type"]),
            (&json!("negotiating"), &json!("counter_offer"))
        );
        self.letter_to(BAKER, "Chuỗi cửa hàng Ví Dụ").await;
        self.quote(BAKER, 0, &[(1, 46_000), (200, 41_000)]).await;
        self.letter_to(PURCHASER, "đã báo giá").await;
        let compared = self.compared().await;
        assert_eq!(compared[0], ("offered".to_owned(), Some(41_000), true));
        assert_eq!(compared[1], ("offered".to_owned(), Some(42_000), false));
    }

    async fn in_the_morning_the_silent_are_reminded(&mut self) {
        self.hours_pass(22).await;
        // Of the visitors of the fair, and of the chain.
        self.letter_to(SECOND, "trả lời (2)").await;
        self.letter_to(THIRD, "trả lời (3)").await;
        self.app.no_mail_to(BAKER).await;
    }

    async fn a_sample_goes_out(&mut self) {
        let revealed = self.does(BAKER, self.lead(), "contact-reveals", &json!({})).await;
        assert_eq!(revealed["contact"]["email"], "thumua@chuoi-cua-hang.example");
        let parcel = json!({ "type": "sample", "carrier": "Bưu điện", "number": "EB 0001" });
        self.does(BAKER, self.lead(), "events", &parcel).await;
        let of_buyer = self.read(PURCHASER, self.lead()).await;
        let told = kinds(&of_buyer);
        assert_eq!(told[told.len() - 2..], ["contact_revealed", "sample"]);
        self.letter_to(PURCHASER, "mẫu").await;
    }

    /// Stores a paper and records what it proves; the agreement, and the paper's SHA-256.
    async fn signed(&self, by: &str, kind: &str, value: i64, number: &str) -> (Value, String) {
        let paper = send(&self.by(by).await, "?name=ban-ky.pdf", "application/pdf", pdf(number)).await;
        let paper = paper.expect(StatusCode::CREATED);
        let parties = json!({
            "buyer": { "name": "Chuỗi cửa hàng Ví Dụ", "tax_code": TAX_CODE },
            "producer": { "name": "HTX Bánh cáy Vũ Thư (minh họa)" },
        });
        let proof = json!({ "file_id": paper["id"], "sha256": paper["sha256"] });
        let body = json!({
            "kind": kind, "number": number, "parties": parties, "value": value, "signed_on": "2026-11-24",
            "starts_on": "2026-12-01", "ends_on": "2027-11-30", "evidence": [proof],
        });
        (self.does(by, self.lead(), "agreements", &body).await, text(&paper["sha256"]))
    }

    async fn a_memorandum_is_signed_and_recorded_by_the_office(&mut self) {
        self.hours_pass(3).await;
        let (made, hash) = self.signed(OFFICE, "mou", MOU_VALUE, "07/BBGN").await;
        assert_eq!((&made["stage"], &made["agreement"]["side"]), (&json!("mou_signed"), &json!("office")));
        self.memorandum = hash;
        self.letter_to(PURCHASER, "ký").await;
    }

    async fn a_contract_is_signed_and_recorded_once(&mut self) {
        let (made, hash) = self.signed(BAKER, "contract", CONTRACT_VALUE, "12/2026/HĐMB").await;
        assert_eq!(
            (&made["stage"], self.stage().await),
            (&json!("contract_signed"), json!("contract_signed"))
        );
        assert_eq!(made["agreement"]["evidence"][0]["sha256"], json!(hash));
        self.contract = hash;
        // They met at the fair, though the lead that goes on came over the website.
        let credited = &made["agreement"]["attribution"];
        assert_eq!((&credited[0]["name"], &credited[0]["value"]), (&json!(FAIR), &json!(CONTRACT_VALUE)));
        // The buyer holds the same paper, and need not record it again.
        let purchaser = self.by(PURCHASER).await;
        let path = format!("/v1/leads/{}/agreements", self.lead());
        let copy =
            send(&purchaser, "", "application/pdf", pdf("12/2026/HĐMB")).await.expect(StatusCode::CREATED);
        let mut body = made["agreement"].clone();
        body["evidence"] = json!([{ "file_id": copy["id"] }]);
        let keep = ["kind", "number", "parties", "value", "signed_on", "starts_on", "ends_on", "evidence"];
        body.as_object_mut().expect("an agreement").retain(|name, _| keep.contains(&name.as_str()));
        let refused = purchaser.post(&path, &body).await.expect_problem(409, "already_recorded");
        assert_eq!(refused["agreement_id"], made["agreement"]["id"]);
        self.letter_to(PURCHASER, "ký").await;
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("a text, not {value}")).to_owned()
}

fn results(receipt: &Value) -> Vec<String> {
    receipt["items"].as_array().expect("items").iter().map(|item| text(&item["result"])).collect()
}

/// What a timeline tells of, in its order.
fn kinds(lead: &Value) -> Vec<String> {
    lead["events"].as_array().expect("events").iter().map(|event| text(&event["type"])).collect()
}
