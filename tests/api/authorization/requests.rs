//! For each row of the matrix, a request that is valid and has everything it needs to succeed, except perhaps the right
//! caller.

#[path = "media.rs"]
mod media;
#[path = "privacy.rs"]
mod privacy;

use super::agreements::{about_agreements, is_about_agreements};
use super::captured::{about_captured, is_about_captured};
use super::cast::{Stage, Who, text};
use super::members::{about_members, is_about_members};
use super::offers::{about_offers, is_about_offers};
use super::organisations::about_organisations;
use super::own_account::{about_own_account, is_about_own_account};
use super::sessions::{about_sign_in, is_about_sign_in};
use crate::harness::{Actor, Reply};
use crate::leads::count;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// An id that nothing has.
const NOTHING: &str = "01999f6e-3c1a-7d55-9a3e-0c0f7a1b2c3d";

/// A request, and how to see what came of it.
#[derive(Clone)]
pub struct Request {
    pub by: Actor,
    method: Method,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    /// What is in the answer to who is allowed, and in nobody else's.
    pub mark: Option<String>,
    /// The id of the thing concerned, in the path.
    about: Option<String>,
    /// Where the effect shows.
    effect: Option<Effect>,
    /// Has it an effect, when it is allowed?
    pub writes: bool,
}

/// Where to look before and after.
#[derive(Clone)]
pub enum Effect {
    Rows(&'static str),
    /// What this caller reads at this path.
    View(Actor, String),
}

/// An answer without that by which no two are equal.
pub fn without_its_id(reply: &Reply) -> String {
    let mut body: Value = serde_json::from_str(&reply.text).unwrap_or_default();
    if let Some(members) = body.as_object_mut() {
        members.remove("request_id");
    }
    format!("{} {body}", reply.status)
}

impl Request {
    pub fn new(by: &Actor, method: Method, path: impl Into<String>) -> Self {
        let writes = method != Method::GET;
        Self {
            by: by.clone(),
            method,
            path: path.into(),
            headers: Vec::new(),
            body: Vec::new(),
            mark: None,
            about: None,
            effect: None,
            writes,
        }
    }

    /// The same by somebody else.
    pub fn by(self, by: &Actor) -> Self {
        Self { by: by.clone(), ..self }
    }

    pub fn with(mut self, header: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((header, value.into()));
        self
    }

    pub fn json(mut self, body: &Value) -> Self {
        self.body = body.to_string().into_bytes();
        self.with("Content-Type", "application/json")
    }

    pub fn form(mut self, pairs: &[(&str, &str)]) -> Self {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        self.body = body.into_bytes();
        self.with("Content-Type", "application/x-www-form-urlencoded")
    }

    pub fn body(mut self, media_type: &str, body: &str) -> Self {
        self.body = body.as_bytes().to_vec();
        self.with("Content-Type", media_type)
    }

    pub fn bytes(mut self, media_type: &str, body: Vec<u8>) -> Self {
        self.body = body;
        self.with("Content-Type", media_type)
    }

    pub fn csv(mut self, body: String) -> Self {
        self.body = body.into_bytes();
        self.with("Content-Type", "text/csv; charset=utf-8")
    }

    pub fn marked(self, mark: impl Into<String>) -> Self {
        Self { mark: Some(mark.into()), ..self }
    }

    /// About a thing that may be hidden from the caller.
    pub fn about(self, id: impl Into<String>) -> Self {
        Self { about: Some(id.into()), ..self }
    }

    pub fn showing_in(self, effect: Effect) -> Self {
        Self { effect: Some(effect), ..self }
    }

    /// The same, to be checked only.
    fn validate_only(mut self) -> Self {
        self.path.push_str("?validate_only=true");
        Self { writes: false, ..self }
    }

    /// Is it to read something, rather than to do something?
    pub fn reads(&self) -> bool {
        self.method == Method::GET
    }

    /// The same about a thing that does not exist.
    pub fn about_nothing(&self) -> Self {
        let id = self.about.as_deref().expect("the id of what is hidden");
        assert!(self.path.contains(id), "{} is about {id}", self.path);
        Self { path: self.path.replace(id, NOTHING), ..self.clone() }
    }

    pub async fn send(&self) -> Reply {
        let mut request = self.by.request(self.method.clone(), &self.path).body(self.body.clone());
        for (header, value) in &self.headers {
            request = request.header(*header, value);
        }
        Reply::of(request).await
    }

    /// How things stand where the effect shows.
    pub async fn look(&self, stage: &Stage) -> String {
        match &self.effect {
            None => String::new(),
            Some(Effect::Rows(table)) => count(&stage.app, table).await.to_string(),
            Some(Effect::View(by, path)) => without_its_id(&by.get(path).await),
        }
    }
}

/// The request of a row, by somebody, with what it needs freshly made.
pub async fn ready(stage: &Stage, who: Who, operation: &str, case: &str) -> Request {
    let (method, path) = operation.split_once(' ').expect("a method and a path");
    let found = match path.split('/').nth(2) {
        _ if is_about_agreements(path) => about_agreements(stage, who, operation, case).await,
        _ if media::is_about(path) => media::about_pictures(stage, who, operation).await,
        _ if privacy::is_about(path) => privacy::about_data(stage, who, operation).await,
        _ if super::letters::is_about(path) => {
            super::letters::about_letters(stage, who, operation, case).await
        }
        _ if is_about_own_account(path) => about_own_account(stage, who, operation, case).await,
        Some("sessions" | "me") if is_about_sign_in(operation) => {
            about_sign_in(stage, who, operation, case).await
        }
        _ if super::reports::is_about(path) => super::reports::about_reports(stage, who, operation).await,
        _ if is_about_members(path) => about_members(stage, who, operation, case).await,
        Some("sessions" | "me") => about_oneself(stage, who, operation).await,
        Some("oauth") => super::clients::about_tokens(stage, who, operation).await,
        Some("organisations") if path.contains("/clients") => {
            super::clients::about_clients(stage, who, operation).await
        }
        _ if is_about_offers(operation, case) => about_offers(stage, who, operation, case).await,
        Some("leads") if path.contains("/contact-") || case == "revealed" => {
            super::contacts::about_contacts(stage, who, operation).await
        }
        _ if is_about_captured(operation) => about_captured(stage, who, operation, case).await,
        Some("leads") if super::intake::is_about_recording(operation, case) => {
            super::intake::about_recording(stage, who, case)
        }
        Some("leads") => about_leads(stage, who, operation, case).await,
        Some("certifications" | "certification-imports") => about_the_ledger(stage, who, operation).await,
        _ if super::papers::is_about(operation, case) => {
            super::papers::about_papers(stage, who, operation, case).await
        }
        Some("listings" | "listing-submissions") if super::listing_reviews::is_about(operation) => {
            super::listing_reviews::about_reviews(stage, who, operation).await
        }
        Some("listings") => about_listings(stage, who, operation).await,
        Some("listing-sheets" | "listing-change-sets") => {
            super::sheets::about_sheets(stage, who, operation).await
        }
        Some("products") if path.contains("successions") => about_successions(stage, who, operation).await,
        Some("organisations" | "organisation-claims") => about_organisations(stage, who, operation).await,
        Some("audit") => about_the_log(stage, who, operation),
        _ => public(stage, who, operation),
    };
    let Some(mut request) = found else { panic!("{operation} ({case}): no request is written for it") };
    if case == "validate only" {
        request = request.validate_only();
    }
    assert_eq!(request.method, method, "{operation}");
    assert!(request.reads() || request.effect.is_some(), "{operation}: nobody looks whether it was done");
    if request.method == Method::POST {
        // One key for all callers: the answer it keeps of one must not be replayed to another.
        let key =
            format!("the-same-key-{operation}-{case}").replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        request = request.with("Idempotency-Key", key);
    }
    request
}

fn public(stage: &Stage, who: Who, operation: &str) -> Option<Request> {
    let of = |pointer: &str| text(&stage.certification, pointer);
    let path = match operation {
        "GET /livez" => "/livez".to_owned(),
        "GET /readyz" => "/readyz".to_owned(),
        "GET /.well-known/jwks.json" => "/.well-known/jwks.json".to_owned(),
        "GET /.well-known/oauth-authorization-server" => "/.well-known/oauth-authorization-server".to_owned(),
        "GET /.well-known/oauth-protected-resource" => "/.well-known/oauth-protected-resource".to_owned(),
        "GET /v1/openapi.json" => "/v1/openapi.json".to_owned(),
        "GET /v1/admin-units" => "/v1/admin-units".to_owned(),
        "GET /v1/admin-units/{code}" => "/v1/admin-units/33".to_owned(),
        "GET /v1/product-groups" => "/v1/product-groups".to_owned(),
        "GET /v1/criteria-sets/{set_no}" => "/v1/criteria-sets/9".to_owned(),
        "GET /v1/listing-schemas" => "/v1/listing-schemas".to_owned(),
        "GET /v1/listing-schemas/{set_no}" => "/v1/listing-schemas/14".to_owned(),
        "GET /v1/products" => "/v1/products".to_owned(),
        "GET /v1/products/{id}" => format!("/v1/products/{}", of("/product/id")),
        "GET /v1/products/suggest" => "/v1/products/suggest?q=b".to_owned(),
        "GET /v1/catalogue/changes" => "/v1/catalogue/changes?after=0".to_owned(),
        "GET /v1/catalogue/digest" => "/v1/catalogue/digest".to_owned(),
        "GET /v1/catalogue/export" => "/v1/catalogue/export?bucket=00".to_owned(),
        "GET /v1/producers" => "/v1/producers".to_owned(),
        "GET /v1/producers/{id}" => format!("/v1/producers/{}", of("/producer/id")),
        "GET /v1/verifications/{code}" => format!("/v1/verifications/{}", of("/product/code")),
        "GET /v1/readiness-profiles" => "/v1/readiness-profiles".to_owned(),
        "GET /v1/consent-texts" => "/v1/consent-texts".to_owned(),
        "GET /v1/retention-rules" => "/v1/retention-rules".to_owned(),
        "GET /v1/consent-texts/{version}" => "/v1/consent-texts/current".to_owned(),
        _ => return None,
    };
    Some(Request::new(&stage.person(who).by, Method::GET, path))
}

/// What is remembered of the producer concerned.
fn about_the_log(stage: &Stage, who: Who, operation: &str) -> Option<Request> {
    let (producer, id) = (text(&stage.certification, "/producer/id"), text(&stage.certification, "/id"));
    let path = format!("/v1/audit?organisation={producer}&subject={id}&limit=100");
    let read = Request::new(&stage.person(who).by, Method::GET, path);
    (operation == "GET /v1/audit").then(|| read.about(producer).marked(id))
}

async fn about_oneself(stage: &Stage, who: Who, operation: &str) -> Option<Request> {
    let person = stage.person(who);
    Some(match operation {
        "POST /v1/sessions" => Request::new(&person.by, Method::POST, "/v1/sessions")
            .json(&Stage::credentials(who))
            .marked(who.email())
            .showing_in(Effect::Rows("sessions")),
        "POST /v1/sessions/refresh" => {
            let fresh = stage.sign_in(who).await;
            Request::new(&fresh.by, Method::POST, "/v1/sessions/refresh")
                .json(&json!({ "refresh_token": fresh.refresh_token }))
                .marked(who.email())
                .showing_in(Effect::Rows("refresh_tokens"))
        }
        "DELETE /v1/sessions/current" => {
            let fresh = stage.sign_in(who).await;
            Request::new(&fresh.by, Method::DELETE, "/v1/sessions/current")
                .showing_in(Effect::View(fresh.account, "/v1/me".to_owned()))
        }
        "GET /v1/me" => Request::new(&person.by, Method::GET, "/v1/me").marked(who.email()),
        "PATCH /v1/me" => {
            let tag = person.account.get("/v1/me").await.header("etag");
            Request::new(&person.by, Method::PATCH, "/v1/me")
                .with("If-Match", tag)
                .json(&json!({ "display_name": "Tên mới" }))
                .marked(who.email())
                .showing_in(Effect::View(person.account.clone(), "/v1/me".to_owned()))
        }
        _ => return None,
    })
}

async fn about_leads(stage: &Stage, who: Who, operation: &str, case: &str) -> Option<Request> {
    let by = &stage.person(who).by;
    if operation == "POST /v1/leads" {
        let sent = Request::new(by, Method::POST, "/v1/leads").json(&stage.new_enquiry());
        return Some(sent.showing_in(Effect::Rows("leads")));
    }
    let lead = stage.new_lead().await;
    let path = format!("/v1/leads/{}", lead.id);
    Some(match (operation, case) {
        ("GET /v1/leads", "") => Request::new(by, Method::GET, "/v1/leads?limit=100").marked(lead.id),
        ("GET /v1/leads", "of the enquiry") => {
            Request::new(by, Method::GET, format!("/v1/leads?enquiry={}", lead.enquiry)).marked(lead.id)
        }
        ("GET /v1/leads/{id}", "") => Request::new(by, Method::GET, path).about(&lead.id).marked(lead.id),
        ("POST /v1/leads/{id}/events", _) => {
            let event = match case {
                "note" => json!({ "type": "note", "note": "Đã gọi lại." }),
                "end it as lost" => json!({ "type": "stage", "to": "lost", "reason": "price" }),
                _ => return None,
            };
            // What an office notes shows to no party.
            Request::new(by, Method::POST, format!("{path}/events"))
                .with("If-Match", "*")
                .json(&event)
                .about(lead.id)
                .showing_in(Effect::Rows("lead_events"))
        }
        _ => return None,
    })
}

async fn about_the_ledger(stage: &Stage, who: Who, operation: &str) -> Option<Request> {
    let by = &stage.person(who).by;
    let entry = async |kind: &str, body: Value| {
        let path = format!("/v1/certifications/{}", stage.new_certification().await);
        let shown = Effect::View(stage.app.anonymous(), path.clone());
        Request::new(by, Method::POST, format!("{path}/{kind}")).json(&body).showing_in(shown)
    };
    Some(match operation {
        "GET /v1/certifications/{id}" => {
            let id = text(&stage.certification, "/id");
            Request::new(by, Method::GET, format!("/v1/certifications/{id}")).marked(id)
        }
        "GET /v1/certifications" => {
            let id = text(&stage.certification, "/id");
            Request::new(by, Method::GET, "/v1/certifications").marked(id)
        }
        "POST /v1/certifications" => Request::new(by, Method::POST, "/v1/certifications")
            .json(&stage.new_recognition())
            .marked(r#""outcome":"created""#)
            .showing_in(Effect::Rows("certifications")),
        "POST /v1/certifications/{id}/revocations" => {
            let decision = json!({ "number": "9/QĐ-UBND", "decided_on": "2026-11-01" });
            entry("revocations", json!({ "ground": "law_breach", "decision": decision })).await
        }
        "POST /v1/certifications/{id}/extensions" => {
            entry("extensions", json!({ "until": "2027-02-01" })).await
        }
        "POST /v1/certification-imports" => Request::new(by, Method::POST, "/v1/certification-imports")
            .csv(stage.new_list())
            .marked(r#""outcome":"created""#)
            .showing_in(Effect::Rows("certifications")),
        _ => return None,
    })
}

async fn about_listings(stage: &Stage, who: Who, operation: &str) -> Option<Request> {
    let (by, admin) = (&stage.person(who).by, &stage.person(Who::Admin).by);
    let id = stage.new_product().await;
    let path = format!("/v1/listings/{id}");
    let of = |method: Method, more: &str| {
        let shown = Effect::View(admin.clone(), path.clone());
        Request::new(by, method, format!("{path}{more}")).about(&id).showing_in(shown)
    };
    Some(match operation {
        "GET /v1/listings/{id}" => Request::new(by, Method::GET, path).about(&id).marked(id),
        "PATCH /v1/listings/{id}" => {
            of(Method::PATCH, "").with("If-Match", "*").json(&json!({ "season_months": [10, 11] })).marked(id)
        }
        "POST /v1/listings/{id}/withdrawals" => of(Method::POST, "/withdrawals").marked("withdrawn"),
        "DELETE /v1/listings/{id}/withdrawals/current" => {
            admin.post(&format!("{path}/withdrawals"), &Value::Null).await.expect(StatusCode::CREATED);
            of(Method::DELETE, "/withdrawals/current")
        }
        "POST /v1/listings/{id}/documents" => {
            of(Method::POST, "/documents").json(&certificate()).marked("VG-01")
        }
        "DELETE /v1/listings/{id}/documents/{document_id}" => {
            let made = admin.post(&format!("{path}/documents"), &certificate()).await;
            let document = text(&made.expect(StatusCode::CREATED), "/id");
            of(Method::DELETE, &format!("/documents/{document}"))
        }
        _ => return None,
    })
}

fn certificate() -> Value {
    json!({ "kind": "vietgap", "number": "VG-01", "issuer": "Trung tâm Ví Dụ" })
}

async fn about_successions(stage: &Stage, who: Who, operation: &str) -> Option<Request> {
    let (by, admin) = (&stage.person(who).by, &stage.person(Who::Admin).by);
    let path = format!("/v1/products/{}/successions", stage.new_product().await);
    let body = json!({ "successor_id": stage.new_product().await, "kind": "merged_into" });
    let shown = Effect::Rows("product_successions");
    Some(match operation {
        "POST /v1/products/{id}/successions" => {
            Request::new(by, Method::POST, path).json(&body).marked("merged_into").showing_in(shown)
        }
        "DELETE /v1/products/{id}/successions/current" => {
            admin.post(&path, &body).await.expect(StatusCode::CREATED);
            Request::new(by, Method::DELETE, format!("{path}/current")).showing_in(shown)
        }
        _ => return None,
    })
}
