//! Requests about organisations: the producer concerned, or one that is registered for the request, in which viewer, editor
//! and owner are what their names say.

use super::cast::{Stage, Who, recognition, record, text};
use super::requests::{Effect, Request};
use ocop_market::accounts::{self, MemberRole, Membership, UserId};
use ocop_market::audit::Agent;
use ocop_market::input;
use ocop_market::organisations::{self, NewOrganisation, OrganisationError, OrganisationId};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

fn new_producer(name: &str) -> Value {
    json!({ "kind": "producer", "entity_type": "cooperative", "legal_name": name, "unit": "13192" })
}

async fn user(stage: &Stage, who: Who) -> UserId {
    let me = stage.person(who).account.get("/v1/me").await.expect(StatusCode::OK);
    UserId::parse(&text(&me, "/id")).expect("an id")
}

/// The path of a new organisation with its members.
async fn registered(stage: &Stage) -> (String, String) {
    let (owner, editor, viewer) =
        (user(stage, Who::Owner).await, user(stage, Who::Editor).await, user(stage, Who::Viewer).await);
    let new: NewOrganisation = input::read(new_producer(&stage.new_name())).expect("valid");
    let (world, reference) = (stage.app.state.world.clone(), stage.app.state.reference.clone());
    let make = move |conn: &mut ocop_market::db::Conn| {
        let id = organisations::register(conn, &world, &reference, &Agent::operator(), new, owner)?;
        accounts::join(conn, &world, editor, Membership::own(id, MemberRole::Editor))?;
        accounts::join(conn, &world, viewer, Membership::own(id, MemberRole::Viewer))?;
        Ok::<OrganisationId, OrganisationError>(id)
    };
    let id = stage.app.state.db.write(make).await.expect("registered").to_string();
    (format!("/v1/organisations/{id}"), id)
}

/// A claim of that organisation to a new producer of the ledger, as its owner would make it.
async fn claim_to_be(stage: &Stage) -> Value {
    let name = format!("HTX {}", stage.new_name());
    let ledgers = recognition(&name, &stage.new_name(), "2024-01-19");
    let ledgers = record(&stage.person(Who::Admin).by, &ledgers).await;
    json!({ "target_id": text(&ledgers, "/producer/id") })
}

async fn claimed(stage: &Stage, path: &str) -> String {
    let owner = &stage.person(Who::Owner).by;
    let made = owner.post(&format!("{path}/claims"), &claim_to_be(stage).await).await;
    text(&made.expect(StatusCode::CREATED), "/id")
}

pub async fn about_organisations(stage: &Stage, who: Who, operation: &str) -> Option<Request> {
    let by = &stage.person(who).by;
    let known = text(&stage.certification, "/producer/id");
    let path_of_known = format!("/v1/organisations/{known}");
    let shown_to = |who: Who, path: &str| Effect::View(stage.person(who).by.clone(), path.to_owned());
    let get = |path: String, mark: &str| Request::new(by, Method::GET, path).marked(mark);
    Some(match operation {
        "POST /v1/organisations" => {
            let name = stage.new_name();
            let request = Request::new(by, Method::POST, "/v1/organisations").json(&new_producer(&name));
            request.marked(name).showing_in(Effect::Rows("organisations"))
        }
        "GET /v1/organisations" => get("/v1/organisations?q=det+vi+du".to_owned(), &known),
        "GET /v1/organisations/{id}" => get(path_of_known, "HTX Dệt Ví Dụ").about(known),
        "PATCH /v1/organisations/{id}" => {
            let address = stage.new_name();
            Request::new(by, Method::PATCH, &path_of_known)
                .with("If-Match", "*")
                .json(&json!({ "address": address }))
                .marked(address)
                .about(known)
                .showing_in(shown_to(Who::Owner, &path_of_known))
        }
        "GET /v1/organisations/{id}/verifications" => {
            get(format!("{path_of_known}/verifications"), r#""standing":"#).about(known)
        }
        "POST /v1/organisations/{id}/verifications" => {
            let (path, id) = registered(stage).await;
            Request::new(by, Method::POST, format!("{path}/verifications"))
                .json(&json!({ "decision": "verified" }))
                .marked(r#""decision":"verified""#)
                .about(id)
                .showing_in(shown_to(Who::Admin, &path))
        }
        "GET /v1/organisations/{id}/matches" => {
            get(format!("{path_of_known}/matches"), r#""items":"#).about(known)
        }
        _ => return about_claims(stage, who, operation).await,
    })
}

async fn about_claims(stage: &Stage, who: Who, operation: &str) -> Option<Request> {
    let by = &stage.person(who).by;
    let (path, id) = registered(stage).await;
    let claims = format!("{path}/claims");
    if operation == "POST /v1/organisations/{id}/claims" {
        let request = Request::new(by, Method::POST, claims).json(&claim_to_be(stage).await).about(id);
        return Some(request.marked(r#""state":"open""#).showing_in(Effect::Rows("organisation_claims")));
    }
    let claim = claimed(stage, &path).await;
    Some(match operation {
        "GET /v1/organisations/{id}/claims" => Request::new(by, Method::GET, claims).about(id).marked(claim),
        "GET /v1/organisation-claims" => {
            Request::new(by, Method::GET, "/v1/organisation-claims?state=open&limit=100").marked(claim)
        }
        "DELETE /v1/organisations/{id}/claims/{claim_id}" => {
            Request::new(by, Method::DELETE, format!("{claims}/{claim}"))
                .about(id)
                .showing_in(Effect::View(stage.person(Who::Owner).by.clone(), claims))
        }
        "POST /v1/organisations/{id}/claims/{claim_id}/decisions" => {
            Request::new(by, Method::POST, format!("{claims}/{claim}/decisions"))
                .json(&json!({ "decision": "approved" }))
                .about(id)
                .marked(r#""state":"approved""#)
                .showing_in(Effect::Rows("organisation_verifications"))
        }
        _ => return None,
    })
}
