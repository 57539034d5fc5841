//! What the clients of the storm do.

use super::kinds::{Kind, Told};
use super::storm::Storm;
use ocop_market::leads::{EnquiryId, LeadEventId};
use ocop_market::world::World;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

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

    async fn post(&self, path: &str, by: Option<&str>, key: Option<&str>, body: &Body<'_>) -> Option<Value> {
        self.send(Method::POST, path, by, key, body).await
    }

    /// Sends a request until there is an answer to it. `None`: it was refused, for somebody else was quicker.
    async fn send(
        &self,
        method: Method,
        path: &str,
        by: Option<&str>,
        key: Option<&str>,
        body: &Body<'_>,
    ) -> Option<Value> {
        let mut sent_before = false;
        loop {
            let mut request = self.http.request(method.clone(), format!("{}{path}", self.storm.base));
            if method == Method::PUT {
                request = request.header("If-Match", "*");
            }
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
        if number.is_multiple_of(8) {
            let Some(file) = self.store(number, by.as_deref()).await else { return };
            body["attachments"] = json!([file]);
        }
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
        let kind = ["note", "message", "sample", "call"][number % 4];
        let (key, body) = (format!("storm-event-{number:09}"), json!({ "type": kind, "note": mark }));
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

    /// Stores a file.
    async fn store(&self, number: usize, by: Option<&str>) -> Option<Value> {
        let (name, key) = (format!("minh-chung-{number}.pdf"), format!("storm-file-{number:09}"));
        let pdf = format!("%PDF-1.7\n% storm {number}\n%%EOF\n");
        let file = self.post(&format!("/v1/files?name={name}"), by, Some(&key), &Body::Pdf(&pdf)).await?;
        self.acknowledge(Kind::File, &name, &file["id"]);
        Some(file["id"].clone())
    }

    /// Stores a file, and records with it what was signed; some of it is credited to other work, some was a mistake.
    async fn sign(&mut self, number: usize) {
        let Some(lead) = self.deal().filter(|_| self.can(Kind::Agreement)) else { return };
        let by = if number.is_multiple_of(2) { &self.storm.producer } else { &self.storm.buyer };
        let Some(file) = self.store(number, Some(by)).await else { return };
        let (today, mark) = (self.world.today(), format!("{number}/BB"));
        let kind = ["mou", "principle_contract", "contract"][number % 3];
        let body = json!({
            "kind": kind, "number": mark, "value": 480_000_001,
            "parties": { "buyer": { "name": "Chuỗi cửa hàng Ví Dụ" }, "producer": { "name": "Cơ sở làm bánh (minh họa)" } },
            "signed_on": today, "starts_on": today, "ends_on": today.plus_days(300),
            "evidence": [{ "file_id": file }],
        });
        let (key, path) = (format!("storm-agreement-{number:09}"), format!("/v1/leads/{lead}/agreements"));
        let Some(made) = self.post(&path, Some(by), Some(&key), &Body::Json(&body)).await else { return };
        self.acknowledge(Kind::Agreement, &mark, &made["agreement"]["id"]);
        let id = made["agreement"]["id"].as_str().expect("an id");
        if number.is_multiple_of(3) {
            let fair = format!("Hội chợ {number}");
            let shares = json!({ "shares": [
                { "kind": "event", "name": fair, "share": 6667 }, { "kind": "province", "name": "33", "share": 3333 },
            ] });
            let path = format!("{path}/{id}/attribution");
            if self.send(Method::PUT, &path, Some(by), None, &Body::Json(&shares)).await.is_some() {
                self.acknowledge(Kind::Credit, id, &Value::from(fair));
            }
        }
        if number.is_multiple_of(4) {
            let reason = format!("Ghi nhầm {number}");
            let (key, body) = (format!("storm-voiding-{number:09}"), json!({ "reason": reason }));
            let path = format!("{path}/{id}/voidings");
            if self.post(&path, Some(by), Some(&key), &Body::Json(&body)).await.is_some() {
                self.acknowledge(Kind::Voiding, id, &Value::from(reason));
            }
        }
    }

    /// Hands in what was recorded at a stand: two enquiries and what was told of them and completed. What comes first is about
    /// enquiries that come after it; at the end all of it is handed in once more.
    async fn hand_in(&mut self, number: usize) {
        if !self.can(Kind::Captured) {
            return;
        }
        let at = self.world.now();
        let (mut items, mut leads, mut marks) = (Vec::new(), Vec::new(), Vec::new());
        for part in 0..2 {
            let (enquiry, event, completion): (EnquiryId, LeadEventId, LeadEventId) =
                (self.world.id(), self.world.id(), self.world.id());
            let mark = format!("captured {number}.{part}");
            let mut lead = self.storm.stock.enquiry(&[self.storm.stock.cake]);
            lead["message"] = mark.as_str().into();
            lead["walk_in"] = json!({ "as": "producer" });
            let about = |kind: &str, id: LeadEventId, name: &str, what: Value| json!({ "type": kind, "id": id, "occurred_at": at, "enquiry_id": enquiry, (name): what });
            let phone = format!("+849{number:07}{part}");
            let changes = json!({ "contact": { "phone": phone }, "company": { "name": "Cửa hàng Ví Dụ" } });
            items.push(about("enrichment", completion, "changes", changes));
            items.push(about("event", event, "event", json!({ "type": "note", "note": mark })));
            leads.push(json!({ "type": "lead", "id": enquiry, "occurred_at": at, "lead": lead }));
            marks.push((Kind::CapturedEvent, mark.clone(), event.to_string()));
            marks.push((Kind::Completion, enquiry.to_string(), phone));
            marks.push((Kind::Captured, mark, enquiry.to_string()));
        }
        let ahead = items.clone();
        items.extend(leads);
        let producer = self.storm.producer.clone();
        let rounds: [(&[Value], &[&str]); 3] =
            [(&ahead, &["waiting"]), (&items, &["created", "unchanged"]), (&items, &["unchanged"])];
        for (items, results) in rounds {
            let body = json!({ "items": items });
            let Some(receipt) = self.post("/v1/leads/batch", Some(&producer), None, &Body::Json(&body)).await
            else {
                return;
            };
            for item in receipt["items"].as_array().expect("a result for each") {
                assert!(results.iter().any(|result| item["result"] == *result), "{results:?}: {item}");
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
