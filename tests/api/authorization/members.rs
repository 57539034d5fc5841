//! Requests about members, invitations, offices and delegations. Each is about an organisation of its own, of Hưng Yên, in
//! which viewer, editor and owner are what their names say.

use super::cast::{Stage, Who};
use super::requests::{Effect, Request};
use crate::members::run_sql;
use ocop_market::auth::Secret;
use ocop_market::db::columns::Key;
use reqwest::Method;
use serde_json::json;

pub fn is_about_members(path: &str) -> bool {
    let of_organisation = ["/members", "/ownership-transfers", "/invitations", "/delegations"];
    ["/v1/invitations/", "/v1/office-invitations", "/v1/officers", "/v1/me/delegations"]
        .iter()
        .any(|start| path.starts_with(start))
        || (path.starts_with("/v1/organisations/{id}/")
            && of_organisation.iter().any(|part| path.contains(part)))
}

/// An organisation with a second owner and with a member whom nothing else needs.
struct Cooperative {
    id: String,
    spare: String,
}

fn id(stage: &Stage) -> String {
    let key: Key = stage.app.state.world.id();
    key.as_str().to_owned()
}

fn user(email: &str) -> String {
    format!("(SELECT id FROM users WHERE email_key = '{email}')")
}

/// An account that nobody signs in to.
async fn account(stage: &Stage, role: &str, province: &str) -> String {
    let id = id(stage);
    let sql = format!(
        "INSERT INTO users (id, email, email_key, password_hash, language, role, province, created_at, updated_at)
         VALUES ('{id}', '{id}@example.vn', '{id}@example.vn', 'x', 'vi', '{role}', {province}, 1, 1)"
    );
    run_sql(&stage.app, sql).await;
    id
}

async fn cooperative(stage: &Stage) -> Cooperative {
    let made = Cooperative { id: id(stage), spare: account(stage, "member", "NULL").await };
    let (id, other) = (&made.id, account(stage, "member", "NULL").await);
    let mut sql = format!(
        "INSERT INTO organisations (id, kind, public_name, name_key, province, created_at, updated_at)
         VALUES ('{id}', 'producer', 'HTX Riêng', '{id}', '33', 1, 1);
         INSERT INTO memberships VALUES ('{}', '{id}', 'viewer', 1), ('{other}', '{id}', 'owner', 1);",
        made.spare
    );
    for (who, role) in [
        (Who::Viewer, "viewer"),
        (Who::Editor, "editor"),
        (Who::Owner, "owner"),
        (Who::SignedOut, "owner"),
        (Who::Forged, "owner"),
    ] {
        sql += &format!("INSERT INTO memberships VALUES ({}, '{id}', '{role}', 1);", user(&who.email()));
    }
    run_sql(&stage.app, sql).await;
    made
}

/// An open invitation, to the organisation or to an office; its id, and its token.
async fn invitation(stage: &Stage, email: &str, organisation: Option<&str>) -> (String, String) {
    let (id, token) = (id(stage), Secret::random(&stage.app.state.world));
    let to = match organisation {
        Some(organisation) => format!("'{organisation}', 'viewer', NULL, NULL"),
        None => "NULL, NULL, 'officer', '33'".to_owned(),
    };
    let sql = format!(
        "INSERT INTO invitations (id, token_hash, email, email_key, organisation_id, member_role, office, province,
             invited_by, created_at, expires_at)
         VALUES ('{id}', '{}', '{email}', '{email}', {to}, {}, 1, 9000000000000000)",
        token.hash(),
        user("admin@example.vn")
    );
    run_sql(&stage.app, sql).await;
    (id, token.reveal().to_owned())
}

/// A delegation that somebody has asked for.
async fn request_for_delegation(stage: &Stage, organisation: &str, who: Who) -> String {
    let (id, delegate) = (id(stage), user(&who.email()));
    let sql = format!(
        "INSERT INTO delegations (id, organisation_id, delegate_id, role, purpose, requested_by, requested_at, ends_at)
         VALUES ('{id}', '{organisation}', {delegate}, 'viewer', 'Giúp.', {delegate}, 1, 9000000000000000)"
    );
    run_sql(&stage.app, sql).await;
    id
}

pub async fn about_members(stage: &Stage, who: Who, operation: &str, case: &str) -> Option<Request> {
    let (by, admin) = (&stage.person(who).by, &stage.person(Who::Admin).by);
    let of = cooperative(stage).await;
    let path = format!("/v1/organisations/{}", of.id);
    let ask = |method: Method, more: &str| Request::new(by, method, format!("{path}{more}")).about(&of.id);
    let seen = |more: &str| Effect::View(admin.clone(), format!("{path}{more}"));
    let spare = format!("/members/{}", of.spare);
    Some(match (operation, case) {
        ("GET /v1/organisations/{id}/members", _) => ask(Method::GET, "/members").marked(&of.spare),
        ("GET /v1/organisations/{id}/members/{user_id}", _) => ask(Method::GET, &spare).marked(&of.spare),
        ("PATCH /v1/organisations/{id}/members/{user_id}", _) => ask(Method::PATCH, &spare)
            .with("If-Match", "*")
            .json(&json!({ "role": "editor" }))
            .marked(&of.spare)
            .showing_in(seen("/members")),
        ("DELETE /v1/organisations/{id}/members/{user_id}", "") => {
            ask(Method::DELETE, &spare).showing_in(seen("/members"))
        }
        ("DELETE /v1/organisations/{id}/members/{user_id}", "leave") => {
            let own = stage.person(who).account.get("/v1/me").await.json()["id"].clone();
            let own = format!("/members/{}", own.as_str().expect("an id"));
            ask(Method::DELETE, &own).showing_in(seen("/members"))
        }
        ("POST /v1/organisations/{id}/ownership-transfers", _) => ask(Method::POST, "/ownership-transfers")
            .json(&json!({ "to": of.spare }))
            .marked("former_owner")
            .showing_in(seen("/members")),
        ("POST /v1/organisations/{id}/delegations", _) => {
            let mut body = json!({ "role": "viewer", "purpose": "Giúp.", "until": "2026-12-31" });
            if who == Who::Owner {
                body["delegate_email"] = Who::OfficerHere.email().into();
            }
            ask(Method::POST, "/delegations").json(&body).marked("purpose").showing_in(seen("/delegations"))
        }
        ("POST /v1/organisations/{id}/invitations", _) => ask(Method::POST, "/invitations")
            .json(&json!({ "email": "duoc-moi@example.vn", "role": "viewer" }))
            .marked("duoc-moi@example.vn")
            .showing_in(Effect::Rows("invitations")),
        _ if operation.contains("invitations") => about_invitations(stage, who, operation, case, &of).await?,
        _ if operation.contains("officers") => about_officers(stage, who, operation).await?,
        _ => {
            let whose = if operation.contains("/me/") { who } else { Who::OfficerHere };
            let one = request_for_delegation(stage, &of.id, whose).await;
            match operation {
                "GET /v1/organisations/{id}/delegations" => ask(Method::GET, "/delegations").marked(one),
                "POST /v1/organisations/{id}/delegations/{delegation_id}/grants" => {
                    ask(Method::POST, &format!("/delegations/{one}/grants"))
                        .marked("active")
                        .showing_in(seen("/delegations"))
                }
                "DELETE /v1/organisations/{id}/delegations/{delegation_id}" => {
                    ask(Method::DELETE, &format!("/delegations/{one}")).showing_in(seen("/delegations"))
                }
                "GET /v1/me/delegations" => {
                    Request::new(by, Method::GET, "/v1/me/delegations?limit=100").marked(one)
                }
                _ => return None,
            }
        }
    })
}

async fn about_invitations(
    stage: &Stage,
    who: Who,
    operation: &str,
    case: &str,
    of: &Cooperative,
) -> Option<Request> {
    let by = &stage.person(who).by;
    let not_withdrawn = Effect::Rows("invitations WHERE withdrawn_at IS NULL");
    let list = format!("/v1/organisations/{}/invitations", of.id);
    Some(match operation {
        "GET /v1/organisations/{id}/invitations" => {
            let (one, _) = invitation(stage, "duoc-moi@example.vn", Some(&of.id)).await;
            Request::new(by, Method::GET, list).about(&of.id).marked(one)
        }
        "DELETE /v1/organisations/{id}/invitations/{invitation_id}" => {
            let (one, _) = invitation(stage, "duoc-moi@example.vn", Some(&of.id)).await;
            Request::new(by, Method::DELETE, format!("{list}/{one}")).about(&of.id).showing_in(not_withdrawn)
        }
        "POST /v1/invitations/acceptances" => {
            let email = if case.is_empty() { who.email() } else { "ai-khac@example.vn".to_owned() };
            let (_, token) = invitation(stage, &email, Some(&of.id)).await;
            Request::new(by, Method::POST, "/v1/invitations/acceptances")
                .json(&json!({ "token": token }))
                .marked("membership")
                .showing_in(Effect::Rows("invitations WHERE accepted_at IS NULL"))
        }
        "POST /v1/office-invitations" => Request::new(by, Method::POST, "/v1/office-invitations")
            .json(&json!({ "email": "duoc-moi@example.vn", "office": "admin" }))
            .marked("duoc-moi@example.vn")
            .showing_in(Effect::Rows("invitations")),
        "GET /v1/office-invitations" => {
            let (one, _) = invitation(stage, "can-bo@example.vn", None).await;
            Request::new(by, Method::GET, "/v1/office-invitations").marked(one)
        }
        "DELETE /v1/office-invitations/{id}" => {
            let (one, _) = invitation(stage, "can-bo@example.vn", None).await;
            Request::new(by, Method::DELETE, format!("/v1/office-invitations/{one}"))
                .showing_in(not_withdrawn)
        }
        _ => return None,
    })
}

async fn about_officers(stage: &Stage, who: Who, operation: &str) -> Option<Request> {
    let by = &stage.person(who).by;
    Some(match operation {
        "GET /v1/officers" => {
            Request::new(by, Method::GET, "/v1/officers?limit=100").marked(Who::OfficerHere.email())
        }
        "DELETE /v1/officers/{user_id}" => {
            let one = account(stage, "officer", "'01'").await;
            Request::new(by, Method::DELETE, format!("/v1/officers/{one}"))
                .showing_in(Effect::Rows("users WHERE role = 'officer'"))
        }
        _ => return None,
    })
}
