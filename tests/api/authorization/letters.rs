//! Requests about letters: answers by their links, and which of them somebody wants.

use super::cast::{Stage, Who};
use super::requests::{Effect, Request};
use crate::harness::TestApp;
use diesel::connection::SimpleConnection;
use ocop_market::auth::Secret;
use ocop_market::db::Failure;
use ocop_market::db::columns::Key;
use reqwest::{Method, StatusCode};
use serde_json::json;

/// Does an operation at this path belong here?
pub fn is_about(path: &str) -> bool {
    path.starts_with("/v1/lead-answers") || path == "/v1/me/notifications"
}

pub async fn about_letters(stage: &Stage, who: Who, operation: &str, case: &str) -> Option<Request> {
    let person = stage.person(who);
    let by = &person.by;
    let to = match case {
        "as the contact of a buyer" => None,
        _ => Some(Who::Editor.email()),
    };
    Some(match operation {
        "POST /v1/lead-answers/previews" => {
            let (lead, token) = (stage.new_lead().await.id, Secret::random(&stage.app.state.world));
            link(&stage.app, &lead, &token, to).await;
            let mut look = Request::new(by, Method::POST, "/v1/lead-answers/previews")
                .json(&json!({ "token": token.reveal() }))
                .marked(lead)
                .showing_in(Effect::Rows("lead_events"));
            look.writes = false;
            look
        }
        "POST /v1/lead-answers" => {
            let (lead, token) = (stage.new_lead().await.id, Secret::random(&stage.app.state.world));
            link(&stage.app, &lead, &token, to).await;
            Request::new(by, Method::POST, "/v1/lead-answers")
                .json(&json!({ "token": token.reveal(), "answer": { "type": "message", "note": "Chào." } }))
                .marked(lead)
                .showing_in(Effect::Rows("lead_events"))
        }
        "GET /v1/me/notifications" => Request::new(by, Method::GET, "/v1/me/notifications"),
        "PATCH /v1/me/notifications" => {
            let path = "/v1/me/notifications";
            // The other way round than it is: a change, whoever did it before.
            let now = person.account.get(path).await;
            let on = now.status != StatusCode::OK || now.json()["reminders"] == json!(true);
            Request::new(by, Method::PATCH, path)
                .with("If-Match", "*")
                .json(&json!({ "reminders": !on }))
                .showing_in(Effect::View(person.account.clone(), path.to_owned()))
        }
        _ => return None,
    })
}

/// A link as a letter has it: for a member of the producer, or for the buyer's contact.
async fn link(app: &TestApp, lead: &str, token: &Secret, to: Option<String>) {
    let (id, now): (Key, i64) = (app.state.world.id(), app.state.world.now().micros());
    let (purpose, user) = match to {
        Some(email) => ("answer", format!("(SELECT id FROM users WHERE email = '{email}')")),
        None => ("follow", "NULL".to_owned()),
    };
    let sql = format!(
        "INSERT INTO lead_links (id, lead_id, purpose, user_id, token_hash, created_at, expires_at)
         VALUES ('{}', '{lead}', '{purpose}', {user}, '{}', {now}, {})",
        id.as_str(),
        token.hash(),
        now + 3_600_000_000,
    );
    let written = app.state.db.write(move |conn| conn.batch_execute(&sql).map_err(Failure::from));
    written.await.expect("a link");
}
