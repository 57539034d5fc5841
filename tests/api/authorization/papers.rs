//! Requests about papers of products, how ready a listing is, and what retailers answer.

use super::cast::{Stage, Who, text};
use super::requests::{Effect, Request};
use crate::harness::Actor;
use crate::leads::files::stored;
use crate::papers::{paper, retailer};
use ocop_market::organisations::OrganisationId;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// Does an operation at this path belong here?
pub fn is_about(operation: &str, case: &str) -> bool {
    let path = operation.split_once(' ').map_or("", |(_, path)| path);
    let of_documents = path.starts_with("/v1/listings/{id}/documents/{document_id}");
    let known_before = operation == "DELETE /v1/listings/{id}/documents/{document_id}" && case.is_empty();
    (of_documents && !known_before)
        || path.starts_with("/v1/listings/{id}/answers")
        || path == "/v1/listings/{id}/readiness"
        || path.starts_with("/v1/shared-documents")
}

pub async fn about_papers(stage: &Stage, who: Who, operation: &str, case: &str) -> Option<Request> {
    let (by, admin) = (&stage.person(who).by, &stage.person(Who::Admin).by);
    let id = stage.new_product().await;
    let listing = format!("/v1/listings/{id}");
    if operation.contains("/answers") {
        return about_answers(stage, who, operation, case, (&id, &listing)).await;
    }
    if operation == "GET /v1/listings/{id}/readiness" {
        return Some(Request::new(by, Method::GET, format!("{listing}/readiness")).about(&id).marked(id));
    }
    let editor = &stage.person(Who::Editor).by;
    let path = claimed(editor, &listing, if case == "public" { "public" } else { "on_request" }).await;
    if case == "public" {
        let checked = admin.post(&format!("{path}/checks"), &json!({ "decision": "checked" })).await;
        checked.expect(StatusCode::CREATED);
    }
    let shares = format!("{path}/shares");
    let new_share = json!({ "days": 7, "for": "Siêu thị Kín Tiếng" });
    let made = editor.post(&shares, &new_share).await.expect(StatusCode::CREATED);
    let token = json!({ "token": made["token"] });
    let of = |method: Method, more: &str| Request::new(by, method, format!("{path}{more}")).about(&id);
    let shown = || Effect::View(admin.clone(), path.clone());
    Some(match operation {
        "GET /v1/listings/{id}/documents/{document_id}" => of(Method::GET, "").marked("TN-1"),
        "PATCH /v1/listings/{id}/documents/{document_id}" => {
            let change = of(Method::PATCH, "").with("If-Match", "*").json(&json!({ "number": "TN-2" }));
            change.marked("TN-2").showing_in(shown())
        }
        "DELETE /v1/listings/{id}/documents/{document_id}" => of(Method::DELETE, "").showing_in(shown()),
        "POST /v1/listings/{id}/documents/{document_id}/checks" => of(Method::POST, "/checks")
            .json(&json!({ "decision": "checked" }))
            .marked("TN-1")
            .showing_in(shown()),
        "GET /v1/listings/{id}/documents/{document_id}/content" => {
            of(Method::GET, "/content").marked("nội dung TN-1")
        }
        "GET /v1/listings/{id}/documents/{document_id}/accesses" => {
            let opened = stage.app.anonymous().post("/v1/shared-documents/openings", &token).await;
            assert_eq!(opened.status, StatusCode::OK);
            of(Method::GET, "/accesses").marked("Kín Tiếng")
        }
        "GET /v1/listings/{id}/documents/{document_id}/shares" => {
            of(Method::GET, "/shares").marked("Kín Tiếng")
        }
        "POST /v1/listings/{id}/documents/{document_id}/shares" => {
            let shown = Effect::Rows("listing_document_shares");
            of(Method::POST, "/shares").json(&new_share).marked("Kín Tiếng").showing_in(shown)
        }
        "DELETE /v1/listings/{id}/documents/{document_id}/shares/{share_id}" => {
            let share = text(&made, "/share/id");
            of(Method::DELETE, &format!("/shares/{share}")).showing_in(Effect::View(admin.clone(), shares))
        }
        "POST /v1/shared-documents/previews" => {
            let mut look = Request::new(by, Method::POST, "/v1/shared-documents/previews").json(&token);
            look.writes = false;
            look.marked("TN-1").showing_in(Effect::Rows("listing_document_accesses"))
        }
        "POST /v1/shared-documents/openings" => {
            let open = Request::new(by, Method::POST, "/v1/shared-documents/openings").json(&token);
            open.marked("nội dung TN-1").showing_in(Effect::Rows("listing_document_accesses"))
        }
        _ => return None,
    })
}

/// A paper that the producer has handed in, with a file; its path.
async fn claimed(editor: &Actor, listing: &str, disclosure: &str) -> String {
    let mut body = paper("test_report", "TN-1");
    body["file_id"] = json!(stored(editor, "nội dung TN-1").await);
    body["disclosure"] = json!(disclosure);
    let made = editor.post(&format!("{listing}/documents"), &body).await.expect(StatusCode::CREATED);
    format!("{listing}/documents/{}", text(&made, "/id"))
}

async fn about_answers(
    stage: &Stage,
    who: Who,
    operation: &str,
    case: &str,
    (id, listing): (&str, &str),
) -> Option<Request> {
    let name = stage.new_name().replace("Lụa", "Siêu thị");
    let organisation = retailer(&stage.app, &name).await;
    let path = format!("{listing}/answers/{organisation}");
    let body = json!({ "state": "in_review" });
    // The caller, or an account of its own that answers for the retailer.
    let own = stage.double(who).await;
    let by = match case {
        "of its own organisation" => {
            join(stage, &own.account, organisation).await;
            own.by
        }
        _ => stage.person(who).by.clone(),
    };
    let admin = stage.person(Who::Admin).by.clone();
    Some(match operation {
        "PUT /v1/listings/{id}/answers/{organisation_id}" => {
            let put = Request::new(&by, Method::PUT, path).json(&body).about(id);
            put.marked(name).showing_in(Effect::View(admin, format!("{listing}/answers")))
        }
        "GET /v1/listings/{id}/answers" | "GET /v1/listings/{id}/answers/{organisation_id}" => {
            let answers = stage.double(Who::Buyer).await;
            join(stage, &answers.account, organisation).await;
            let given = answers.account.request(Method::PUT, &path).json(&body);
            crate::harness::Reply::of(given).await.expect(StatusCode::OK);
            let path = if operation.ends_with("answers") { format!("{listing}/answers") } else { path };
            Request::new(&by, Method::GET, path).about(id).marked(name)
        }
        _ => return None,
    })
}

async fn join(stage: &Stage, account: &Actor, organisation: OrganisationId) {
    let me: Value = account.get("/v1/me").await.expect(StatusCode::OK);
    let user = text(&me, "/id");
    let sql = format!(
        "INSERT INTO memberships (user_id, organisation_id, role, created_at) VALUES ('{user}', '{organisation}', 'editor', 1)"
    );
    stage.app.sql(sql).await;
}
