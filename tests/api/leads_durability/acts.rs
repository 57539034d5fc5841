//! What the clients of the storm do.

use super::storm::Storm;
use ocop_market::leads::{EnquiryId, LeadEventId};
use ocop_market::world::World;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// A kind of thing that is acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Enquiry,
    Event,
    Captured,
    CapturedEvent,
    File,
    Quote,
    Agreement,
    Merger,
}

impl Kind {
    pub const ALL: [Self; 8] = [
        Self::Enquiry,
        Self::Event,
        Self::Captured,
        Self::CapturedEvent,
        Self::File,
        Self::Quote,
        Self::Agreement,
        Self::Merger,
    ];

    /// All rows of the kind that the storm has made: what marks each, and its id.
    pub fn rows(self) -> &'static str {
        match self {
            Self::Enquiry => "SELECT message AS mark, id FROM enquiries WHERE message LIKE 'enquiry %'",
            Self::Captured => "SELECT message AS mark, id FROM enquiries WHERE message LIKE 'captured %'",
            Self::Event => "SELECT note AS mark, id FROM lead_events WHERE note LIKE 'event %'",
            Self::CapturedEvent => "SELECT note AS mark, id FROM lead_events WHERE note LIKE 'captured %'",
            Self::File => "SELECT name AS mark, id FROM files",
            Self::Quote => "SELECT terms AS mark, id FROM quotes",
            Self::Agreement => "SELECT number AS mark, id FROM agreements",
            Self::Merger => "SELECT id AS mark, id FROM leads WHERE merged_into IS NOT NULL",
        }
    }

    /// The operations it takes.
    pub fn needs(self) -> &'static [&'static str] {
        match self {
            Self::Enquiry => &["POST /v1/leads"],
            Self::Event => &["POST /v1/leads/{id}/events"],
            Self::Captured | Self::CapturedEvent => &["POST /v1/leads/batch"],
            Self::File => &["POST /v1/files"],
            Self::Quote => &["POST /v1/leads/{id}/quotes"],
            Self::Agreement => &["POST /v1/files", "POST /v1/leads/{id}/agreements"],
            Self::Merger => &["POST /v1/leads/{id}/merges"],
        }
    }
}

/// Something that was acknowledged.
#[derive(Debug, Clone)]
pub struct Told {
    pub kind: Kind,
    pub mark: String,
    pub id: String,
}

/// One client.
pub struct Acts {
    storm: Arc<Storm>,
    http: reqwest::Client,
    world: World,
    chance: u64,
}

impl Acts {
    pub fn new(storm: Arc<Storm>, seed: usize) -> Self {
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(20)).build();
        let chance = u64::try_from(seed).expect("small") * 7919 + 1;
        Self { storm, http: http.expect("a client"), world: World::real(), chance }
    }

    /// Goes on until the storm is over.
    pub async fn go_on(mut self) {
        while !self.storm.over.load(Ordering::SeqCst) {
            let number = self.storm.next.fetch_add(1, Ordering::SeqCst);
            match self.draw(20) {
                0..8 => self.ask(number, None).await,
                8..11 => self.ask(number, Some(self.storm.buyer.clone())).await,
                11..14 => self.note(number).await,
                14..16 => self.quote(number).await,
                16 => self.sign(number).await,
                17 | 18 => self.hand_in(number).await,
                _ => self.merge().await,
            }
        }
    }

    fn draw(&mut self, below: usize) -> usize {
        self.chance =
            self.chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.chance >> 33).expect("31 bits") % below
    }

    fn can(&self, kind: Kind) -> bool {
        kind.needs().iter().all(|needed| self.storm.operations.iter().any(|one| one == needed))
    }

    fn acknowledge(&self, kind: Kind, mark: &str, id: &Value) {
        let id = id.as_str().unwrap_or_else(|| panic!("{kind:?} {mark} without an id")).to_owned();
        self.storm.told.lock().expect("no client panics").push(Told { kind, mark: mark.to_owned(), id });
    }

    fn deal(&mut self) -> Option<String> {
        let draw = self.draw(1 << 20);
        let deals = self.storm.deals.lock().expect("no client panics");
        let recent = deals.len().min(30);
        (recent > 0).then(|| deals[deals.len() - 1 - draw % recent].clone())
    }

    /// Sends a request until there is an answer to it. `None`: it was refused, for somebody else was quicker.
    async fn post(&self, path: &str, by: Option<&str>, key: Option<&str>, body: &Body<'_>) -> Option<Value> {
        let mut sent_before = false;
        loop {
            let mut request = self.http.request(Method::POST, format!("{}{path}", self.storm.base));
            request = match body {
                Body::Json(value) => request.json(value),
                Body::Pdf(text) => request.header("Content-Type", "application/pdf").body((*text).to_owned()),
            };
            if let Some(token) = by {
                request = request.bearer_auth(token);
            }
            if let Some(key) = key {
                request = request.header("Idempotency-Key", key);
            }
            let answer = match request.send().await {
                Ok(answer) => {
                    let (status, replayed) =
                        (answer.status(), answer.headers().contains_key("idempotency-replayed"));
                    answer.json::<Value>().await.ok().map(|value| (status, replayed, value))
                }
                Err(_) => None,
            };
            match answer {
                Some((StatusCode::CREATED | StatusCode::OK, replayed, value)) => {
                    self.storm.rescued.fetch_add(usize::from(replayed), Ordering::SeqCst);
                    return Some(value);
                }
                Some((StatusCode::CONFLICT, _, problem)) if problem["code"] != "request_in_progress" => {
                    self.storm.refused.fetch_add(1, Ordering::SeqCst);
                    return None;
                }
                None | Some((StatusCode::SERVICE_UNAVAILABLE | StatusCode::CONFLICT, ..)) => {
                    self.storm.resent.fetch_add(usize::from(!sent_before), Ordering::SeqCst);
                    sent_before = true;
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                Some((status, _, problem)) => panic!("{path}: {status}: {problem}"),
            }
        }
    }

    async fn ask(&mut self, number: usize, by: Option<String>) {
        let stock = &self.storm.stock;
        let wanted = [stock.cake, stock.mat];
        let mut body = stock.enquiry(if number.is_multiple_of(3) { &wanted } else { &wanted[..1] });
        let mark = format!("enquiry {number}");
        body["message"] = mark.as_str().into();
        let key = format!("storm-enquiry-{number:09}");
        let Some(receipt) = self.post("/v1/leads", by.as_deref(), Some(&key), &Body::Json(&body)).await
        else {
            return;
        };
        self.acknowledge(Kind::Enquiry, &mark, &receipt["enquiry_id"]);
        let bakers = self.storm.stock.bakers.to_string();
        let leads = receipt["leads"].as_array().expect("leads").iter();
        let ours = leads.filter(|lead| lead["producer"]["id"] == bakers.as_str());
        if by.is_some() {
            let ours = ours.map(|lead| lead["id"].as_str().expect("an id").to_owned());
            self.storm.deals.lock().expect("no client panics").extend(ours);
        }
    }

    async fn note(&mut self, number: usize) {
        let Some(lead) = self.deal() else { return };
        let by = if number.is_multiple_of(2) { &self.storm.producer } else { &self.storm.buyer };
        let mark = format!("event {number}");
        let (key, body) = (format!("storm-event-{number:09}"), json!({ "type": "note", "note": mark }));
        let path = format!("/v1/leads/{lead}/events");
        if let Some(told) = self.post(&path, Some(by), Some(&key), &Body::Json(&body)).await {
            self.acknowledge(Kind::Event, &mark, &told["event"]["id"]);
        }
    }

    async fn quote(&mut self, number: usize) {
        let Some(lead) = self.deal().filter(|_| self.can(Kind::Quote)) else { return };
        let by = if number.is_multiple_of(4) { &self.storm.buyer } else { &self.storm.producer };
        let mark = format!("terms {number}");
        let until = self.world.today().plus_days(30);
        let tiers =
            json!([{ "from_quantity": 1, "price": 45_000 }, { "from_quantity": 500, "price": 40_000 }]);
        let body = json!({
            "lines": [{ "product_id": self.storm.stock.cake, "unit": "XBX", "tiers": tiers }],
            "valid_until": until, "vat_included": true, "terms": mark,
        });
        let (key, path) = (format!("storm-quote-{number:09}"), format!("/v1/leads/{lead}/quotes"));
        if let Some(made) = self.post(&path, Some(by), Some(&key), &Body::Json(&body)).await {
            self.acknowledge(Kind::Quote, &mark, &made["quote"]["id"]);
        }
    }

    /// Stores a file, and records with it what was signed.
    async fn sign(&mut self, number: usize) {
        let Some(lead) = self.deal().filter(|_| self.can(Kind::File)) else { return };
        let by = if number.is_multiple_of(2) { &self.storm.producer } else { &self.storm.buyer };
        let (name, key) = (format!("minh-chung-{number}.pdf"), format!("storm-file-{number:09}"));
        let pdf = format!("%PDF-1.7\n% storm {number}\n%%EOF\n");
        let path = format!("/v1/files?name={name}");
        let Some(file) = self.post(&path, Some(by), Some(&key), &Body::Pdf(&pdf)).await else { return };
        self.acknowledge(Kind::File, &name, &file["id"]);
        if !self.can(Kind::Agreement) {
            return;
        }
        let (today, mark) = (self.world.today(), format!("{number}/BB"));
        let kind = ["mou", "principle_contract", "contract"][number % 3];
        let body = json!({
            "kind": kind, "number": mark, "value": 480_000_001,
            "parties": { "buyer": { "name": "Chuỗi cửa hàng Ví Dụ" }, "producer": { "name": "Cơ sở làm bánh (minh họa)" } },
            "signed_on": today, "starts_on": today, "ends_on": today.plus_days(300),
            "evidence": [{ "file_id": file["id"] }],
        });
        let (key, path) = (format!("storm-agreement-{number:09}"), format!("/v1/leads/{lead}/agreements"));
        if let Some(made) = self.post(&path, Some(by), Some(&key), &Body::Json(&body)).await {
            self.acknowledge(Kind::Agreement, &mark, &made["agreement"]["id"]);
        }
    }

    /// Hands in what was recorded at a stand: two enquiries and what was told about them; half of it once more.
    async fn hand_in(&mut self, number: usize) {
        if !self.can(Kind::Captured) {
            return;
        }
        let at = self.world.now();
        let (mut items, mut marks) = (Vec::new(), Vec::new());
        for part in 0..2 {
            let (enquiry, event): (EnquiryId, LeadEventId) = (self.world.id(), self.world.id());
            let mark = format!("captured {number}.{part}");
            let mut lead = self.storm.stock.enquiry(&[self.storm.stock.cake]);
            lead["message"] = mark.as_str().into();
            lead["walk_in"] = json!({ "as": "producer" });
            let note = json!({ "type": "note", "note": mark });
            items.push(json!({ "type": "event", "id": event, "occurred_at": at, "enquiry_id": enquiry, "event": note }));
            items.push(json!({ "type": "lead", "id": enquiry, "occurred_at": at, "lead": lead }));
            marks.push((Kind::CapturedEvent, mark.clone(), event.to_string()));
            marks.push((Kind::Captured, mark, enquiry.to_string()));
        }
        let producer = self.storm.producer.clone();
        for body in [json!({ "items": items }), json!({ "items": items[..2] })] {
            let Some(receipt) = self.post("/v1/leads/batch", Some(&producer), None, &Body::Json(&body)).await
            else {
                return;
            };
            for item in receipt["items"].as_array().expect("a result for each") {
                let done = item["result"] == "created" || item["result"] == "unchanged";
                assert!(done, "{item}");
            }
        }
        for (kind, mark, id) in marks {
            self.acknowledge(kind, &mark, &Value::from(id));
        }
    }

    /// Has one of the buyer's leads go on in another.
    async fn merge(&mut self) {
        let pair = self.deal().zip(self.deal()).filter(|(one, other)| one != other);
        let Some((one, other)) = pair.filter(|_| self.can(Kind::Merger)) else { return };
        let body = json!({ "lead_id": other });
        let key = format!("storm-merger-{one}-{other}");
        let path = format!("/v1/leads/{one}/merges");
        if self.post(&path, Some(&self.storm.producer), Some(&key), &Body::Json(&body)).await.is_some() {
            self.storm.deals.lock().expect("no client panics").retain(|lead| *lead != other);
            // Where it goes on may have changed by now; that it does was told.
            self.acknowledge(Kind::Merger, &other, &Value::from(other.as_str()));
        }
    }
}

enum Body<'a> {
    Json(&'a Value),
    Pdf(&'a str),
}
