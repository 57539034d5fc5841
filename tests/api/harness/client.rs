//! Who speaks to the service, and what it answers.

use reqwest::{Method, StatusCode};
use serde_json::Value;

/// Somebody who makes requests: signed in or not.
#[derive(Clone)]
pub struct Actor {
    client: reqwest::Client,
    base: String,
    pub token: Option<String>,
}

impl Actor {
    pub fn new(client: reqwest::Client, base: String, token: Option<String>) -> Self {
        Self { client, base, token }
    }

    /// The same client with another access token.
    pub fn with_token(&self, token: impl Into<String>) -> Self {
        Self { token: Some(token.into()), ..self.clone() }
    }

    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub async fn get(&self, path: &str) -> Reply {
        Reply::of(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Reply {
        self.settled(self.request(Method::POST, path).json(body)).await
    }

    /// POST with an Idempotency-Key.
    pub async fn post_once(&self, path: &str, key: &str, body: &Value) -> Reply {
        self.settled(self.request(Method::POST, path).header("Idempotency-Key", key).json(body)).await
    }

    /// Makes a write and waits until the catalogue shows it, as whoever wants to read it next does.
    pub async fn settled(&self, request: reqwest::RequestBuilder) -> Reply {
        let reply = Reply::of(request).await;
        if let Some(seq) = reply.headers.get("catalogue-seq") {
            let seq = seq.to_str().expect("a number");
            self.get(&format!("/v1/catalogue/digest?bucket=00&at_least={seq}")).await.expect(StatusCode::OK);
        }
        reply
    }

    pub async fn delete(&self, path: &str) -> Reply {
        Reply::of(self.request(Method::DELETE, path)).await
    }

    /// Follows `next_cursor` from the first page of a list to its end; returns all items.
    pub async fn all(&self, path: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let joint = if path.contains('?') { '&' } else { '?' };
            let page = match &cursor {
                None => self.get(path).await,
                Some(cursor) => self.get(&format!("{path}{joint}cursor={cursor}")).await,
            };
            let page = page.expect(StatusCode::OK);
            items.extend(page["items"].as_array().expect("a list").iter().cloned());
            cursor = page["next_cursor"].as_str().map(str::to_owned);
            if cursor.is_none() {
                return items;
            }
        }
    }
}

/// An answer, read whole.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
}

impl Reply {
    pub async fn of(request: reqwest::RequestBuilder) -> Self {
        let response = request.send().await.expect("the service answers");
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.expect("a body");
        Self { status, headers, text }
    }

    /// A header's value; several of one name are joined by commas, as RFC 9110 reads them.
    pub fn header(&self, name: &str) -> String {
        let values = self.headers.get_all(name).iter();
        values.map(|value| value.to_str().expect("an ASCII header")).collect::<Vec<_>>().join(", ")
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{e}: {}", self.text))
    }

    /// The body, if the status is the expected one.
    #[track_caller]
    pub fn expect(&self, status: StatusCode) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        if self.text.is_empty() { Value::Null } else { self.json() }
    }

    /// Checks that this is a success with exactly this body.
    #[track_caller]
    pub fn expect_text(&self, text: &str) {
        assert_eq!((self.status, self.text.as_str()), (StatusCode::OK, text));
    }

    /// Checks that this is a problem document of the given status and code; returns it.
    #[track_caller]
    pub fn expect_problem(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem = self.json();
        assert_eq!(problem["code"], code, "{problem}");
        assert_eq!(problem["status"], status);
        assert_eq!(problem["request_id"], self.header("x-request-id"));
        problem
    }

    /// Where the faults of a problem document are, with their codes, in order.
    #[track_caller]
    pub fn faults(&self) -> Vec<(String, String)> {
        let problem = self.json();
        let faults = problem["errors"].as_array().unwrap_or_else(|| panic!("no faults in {problem}"));
        let place = |fault: &Value| {
            fault["pointer"].as_str().or(fault["parameter"].as_str()).expect("a place").to_owned()
        };
        faults
            .iter()
            .map(|fault| (place(fault), fault["code"].as_str().expect("a code").to_owned()))
            .collect()
    }
}
