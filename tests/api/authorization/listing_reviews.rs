//! Requests about drafts of listings, what is handed in of them, their versions, and the list of all.

use super::cast::{Stage, Who, text};
use super::requests::{Effect, Request};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

pub fn is_about(operation: &str) -> bool {
    let path = operation.split_once(' ').map_or("", |(_, path)| path);
    let parts = ["/draft", "/submissions", "/reviews", "/versions", "/restorations"];
    ["/v1/listings", "/v1/listing-submissions"].contains(&path)
        || parts.iter().any(|part| path.contains(part))
}

async fn change(stage: &Stage, who: Who, path: &str, body: &Value) {
    let by = &stage.person(who).by;
    let changed = by.settled(by.request(Method::PATCH, path).header("If-Match", "*").json(body)).await;
    changed.expect(StatusCode::OK);
}

/// A draft, as the editor makes it.
async fn draft(stage: &Stage, path: &str) {
    change(stage, Who::Editor, path, &json!({ "names": { "vi": "Tên mới" } })).await;
}

/// What the editor has handed in.
async fn submitted(stage: &Stage, path: &str) -> String {
    draft(stage, path).await;
    let by = &stage.person(Who::Editor).by;
    let request = by.request(Method::POST, &format!("{path}/submissions")).header("If-Match", "*");
    let made = by.settled(request.json(&json!({}))).await;
    text(&made.expect(StatusCode::CREATED), "/id")
}

pub async fn about_reviews(stage: &Stage, who: Who, operation: &str) -> Option<Request> {
    let (by, admin) = (&stage.person(who).by, &stage.person(Who::Admin).by);
    if operation == "GET /v1/listings" {
        let id = text(&stage.certification, "/product/id");
        return Some(Request::new(by, Method::GET, "/v1/listings?limit=100").marked(id));
    }
    let id = stage.new_product().await;
    let path = format!("/v1/listings/{id}");
    let of = |method: Method, more: &str| {
        let shown = Effect::View(admin.clone(), path.clone());
        Request::new(by, method, format!("{path}{more}")).about(&id).showing_in(shown)
    };
    Some(match operation {
        "GET /v1/listing-submissions" => {
            let submission = submitted(stage, &path).await;
            Request::new(by, Method::GET, "/v1/listing-submissions?state=waiting&limit=100")
                .marked(submission)
        }
        "DELETE /v1/listings/{id}/draft" => {
            draft(stage, &path).await;
            of(Method::DELETE, "/draft").with("If-Match", "*")
        }
        "POST /v1/listings/{id}/submissions" => {
            draft(stage, &path).await;
            let request = of(Method::POST, "/submissions").with("If-Match", "*");
            request.json(&json!({})).marked(r#""state":"waiting""#)
        }
        "GET /v1/listings/{id}/submissions" => {
            let submission = submitted(stage, &path).await;
            of(Method::GET, "/submissions").marked(submission)
        }
        "GET /v1/listings/{id}/submissions/{submission_id}" => {
            let submission = submitted(stage, &path).await;
            of(Method::GET, &format!("/submissions/{submission}")).marked(r#""after""#)
        }
        "DELETE /v1/listings/{id}/submissions/{submission_id}" => {
            let submission = submitted(stage, &path).await;
            of(Method::DELETE, &format!("/submissions/{submission}"))
        }
        "POST /v1/listings/{id}/reviews" => {
            let body = json!({ "submission_id": submitted(stage, &path).await, "decision": "approved" });
            of(Method::POST, "/reviews").json(&body).marked(r#""state":"approved""#)
        }
        "GET /v1/listings/{id}/versions" => {
            change(stage, Who::Admin, &path, &json!({ "season_months": [1] })).await;
            of(Method::GET, "/versions").marked(r#""season_months""#)
        }
        "GET /v1/listings/{id}/versions/{version}" => {
            change(stage, Who::Admin, &path, &json!({ "season_months": [1] })).await;
            of(Method::GET, "/versions/1").marked(r#""season_months""#)
        }
        "POST /v1/listings/{id}/restorations" => {
            change(stage, Who::Admin, &path, &json!({ "season_months": [1] })).await;
            change(stage, Who::Admin, &path, &json!({ "season_months": [2] })).await;
            let request = of(Method::POST, "/restorations").with("If-Match", "*");
            request.json(&json!({ "version": 1 })).marked(r#""season_months":[1]"#)
        }
        _ => return None,
    })
}
