//! Who belongs to an organisation, and as what.

use crate::cases;
use crate::harness::{Actor, Case, Reply, TestApp};
use crate::leads::fresh_key;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use ocop_market::accounts::{MemberRole, Role};
use ocop_market::db::{Conn, Failure};
use ocop_market::organisations::OrganisationId;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

pub fn cases() -> Vec<Case> {
    cases![
        members_are_shown_to_those_who_may,
        members_are_listed_in_pages,
        owners_change_the_roles_they_have_seen,
        an_organisation_keeps_an_owner,
        two_owners_who_leave_at_once_leave_one,
        two_owners_who_demote_each_other_leave_one,
        who_is_removed_may_do_nothing_from_then_on,
        ownership_goes_over_whole_or_not_at_all,
        what_members_do_is_in_the_audit_log,
    ]
}

pub async fn run_sql(app: &TestApp, sql: impl Into<String>) {
    let sql = sql.into();
    let run = move |conn: &mut Conn| conn.batch_execute(&sql).map_err(Failure::from);
    app.state.db.write(run).await.expect("valid SQL");
}

/// A producer of Hưng Yên (33).
pub async fn organisation(app: &TestApp, name: &str) -> OrganisationId {
    let id: OrganisationId = app.state.world.id();
    let sql = format!(
        "INSERT INTO organisations (id, kind, public_name, name_key, province, created_at, updated_at)
         VALUES ('{id}', 'producer', '{name}', 'x', '33', 0, 0)"
    );
    run_sql(app, sql).await;
    id
}

/// Somebody signed in, with the id of the account.
pub struct Person {
    pub id: String,
    pub by: Actor,
}

pub async fn person(app: &TestApp, email: &str, role: Role, of: &[(OrganisationId, MemberRole)]) -> Person {
    let id = app.create_user(email, role, of).await.expect("a new user").to_string();
    Person { id, by: signed_in(app, email).await }
}

/// Another session of an account.
pub async fn signed_in(app: &TestApp, email: &str) -> Actor {
    let tokens = app.sign_in(email).await;
    app.anonymous().with_token(tokens["access_token"].as_str().expect("a token"))
}

pub async fn member(app: &TestApp, email: &str, of: OrganisationId, role: MemberRole) -> Person {
    person(app, email, Role::Member, &[(of, role)]).await
}

pub async fn officer(app: &TestApp, email: &str, province: &str) -> Person {
    person(app, email, Role::Officer { province: province.to_owned() }, &[]).await
}

/// Changes a role with the tag of what was read just now.
async fn change_role(by: &Actor, path: &str, role: &str) -> Reply {
    let tag = by.get(path).await.header("etag");
    patch(by, path, &tag, role).await
}

async fn patch(by: &Actor, path: &str, tag: &str, role: &str) -> Reply {
    let request = by.request(Method::PATCH, path).header("If-Match", tag);
    Reply::of(request.json(&json!({ "role": role }))).await
}

/// The roles of an organisation's members by display of who asks.
pub async fn roles(by: &Actor, organisation: OrganisationId) -> Vec<(String, String)> {
    let items = by.all(&format!("/v1/organisations/{organisation}/members")).await;
    let text = |item: &Value, member: &str| item[member].as_str().expect("a text").to_owned();
    let mut roles: Vec<_> = items.iter().map(|item| (text(item, "user_id"), text(item, "role"))).collect();
    roles.sort();
    roles
}

/// An entry of the audit log, as far as these tests look.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Entry {
    #[diesel(sql_type = BigInt)]
    pub seq: i64,
    #[diesel(sql_type = Nullable<Text>)]
    pub actor_id: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub behalf_id: Option<String>,
    #[diesel(sql_type = Text)]
    pub action: String,
    #[diesel(sql_type = Nullable<Text>)]
    pub subject_id: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub province: Option<String>,
    #[diesel(sql_type = Text)]
    pub details: String,
}

/// What the audit log holds about an organisation.
pub async fn audited(app: &TestApp, organisation: OrganisationId) -> Vec<Entry> {
    let sql = format!(
        "SELECT seq, actor_id, behalf_id, action, subject_id, province, details FROM audit_entries
         WHERE organisation_id = '{organisation}' ORDER BY seq"
    );
    let read = move |conn: &mut Conn| diesel::sql_query(sql).load::<Entry>(conn).map_err(Failure::from);
    app.state.db.read(read).await.expect("entries")
}

async fn members_are_shown_to_those_who_may(app: TestApp) {
    let id = organisation(&app, "HTX Ví Dụ").await;
    let other = organisation(&app, "HTX Khác").await;
    let owner = member(&app, "chu@htx.example", id, MemberRole::Owner).await;
    let viewer = member(&app, "xem@htx.example", id, MemberRole::Viewer).await;
    let here = officer(&app, "canbo@tinh.example", "33").await;
    let elsewhere = officer(&app, "canbo@khac.example", "01").await;
    let admin = person(&app, "admin@tinh.example", Role::Admin, &[]).await;
    let stranger = member(&app, "ai@khac.example", other, MemberRole::Owner).await;
    let list = format!("/v1/organisations/{id}/members");
    let one = format!("{list}/{}", viewer.id);

    for (by, reachable) in [(&owner, true), (&admin, true), (&viewer, false), (&here, false)] {
        let reply = by.by.get(&list).await;
        assert_eq!(reply.header("cache-control"), "private, no-store");
        let page = reply.expect(StatusCode::OK);
        assert_eq!(page["items"].as_array().map(Vec::len), Some(2));
        assert_eq!(reply.text.contains("xem@htx.example"), reachable);
        let shown = by.by.get(&one).await.expect(StatusCode::OK);
        assert_eq!(shown["display_name"], "Người dùng thử");
        assert_eq!(shown["role"], "viewer");
        assert_eq!(shown["since"], "2026-11-23T03:00:00Z");
        assert_eq!(shown["email"].as_str(), reachable.then_some("xem@htx.example"));
    }
    for by in [&stranger, &elsewhere] {
        by.by.get(&list).await.expect_problem(404, "not_found");
        by.by.get(&one).await.expect_problem(404, "not_found");
    }
    app.anonymous().get(&list).await.expect_problem(401, "unauthenticated");
    owner.by.get(&format!("{list}/{}", stranger.id)).await.expect_problem(404, "not_found");
    owner.by.get("/v1/organisations/x/members").await.expect_problem(404, "not_found");
    owner.by.get(&format!("{list}?role=owner")).await.expect_problem(400, "invalid_parameters");
    // Suspended, it is read as before.
    run_sql(&app, format!("UPDATE organisations SET standing = 'suspended' WHERE id = '{id}'")).await;
    owner.by.get(&list).await.expect(StatusCode::OK);
    let refused = change_role(&owner.by, &one, "editor").await;
    refused.expect_problem(403, "forbidden");
}

async fn members_are_listed_in_pages(app: TestApp) {
    let id = organisation(&app, "HTX Ví Dụ").await;
    let owner = member(&app, "chu@htx.example", id, MemberRole::Owner).await;
    for n in 0..4 {
        // Two each in the same microsecond.
        app.clock.advance_seconds((n + 1) % 2);
        app.create_user(&format!("nv{n}@htx.example"), Role::Member, &[(id, MemberRole::Editor)])
            .await
            .expect("created");
    }
    let path = format!("/v1/organisations/{id}/members");
    let whole = owner.by.get(&path).await.expect(StatusCode::OK);
    assert_eq!(whole["items"].as_array().map(Vec::len), Some(5));
    assert_eq!(whole["items"][0]["user_id"], *owner.id);
    assert_eq!(whole["next_cursor"], Value::Null);
    for limit in 1..=5 {
        let paged = owner.by.all(&format!("{path}?limit={limit}")).await;
        assert_eq!(Value::from(paged), whole["items"]);
    }
    let first = owner.by.get(&format!("{path}?limit=2")).await;
    assert!(first.header("link").contains("rel=\"next\""));
    let cursor = first.json()["next_cursor"].as_str().expect("a cursor").to_owned();
    let other = organisation(&app, "HTX Khác").await;
    run_sql(&app, format!("INSERT INTO memberships VALUES ('{}', '{other}', 'viewer', 0)", owner.id)).await;
    let foreign = owner.by.get(&format!("/v1/organisations/{other}/members?cursor={cursor}")).await;
    foreign.expect_problem(400, "invalid_cursor");
}

async fn owners_change_the_roles_they_have_seen(app: TestApp) {
    let id = organisation(&app, "HTX Ví Dụ").await;
    let owner = member(&app, "chu@htx.example", id, MemberRole::Owner).await;
    let viewer = member(&app, "xem@htx.example", id, MemberRole::Viewer).await;
    let path = format!("/v1/organisations/{id}/members/{}", viewer.id);

    let tag = owner.by.get(&path).await.header("etag");
    let without = owner.by.request(Method::PATCH, &path).json(&json!({ "role": "editor" }));
    Reply::of(without).await.expect_problem(428, "precondition_required");
    patch(&owner.by, &path, "\"something\"", "editor").await.expect_problem(412, "precondition_failed");
    let changed = patch(&owner.by, &path, &tag, "editor").await;
    assert_eq!(changed.expect(StatusCode::OK)["role"], "editor");
    assert_eq!(changed.header("etag"), owner.by.get(&path).await.header("etag"));
    let letter = app.mail_to("xem@htx.example").await;
    assert!(letter.subject.contains("HTX Ví Dụ") && letter.body.contains("người soạn"), "{letter:?}");
    // Somebody else was faster.
    patch(&owner.by, &path, &tag, "viewer").await.expect_problem(412, "precondition_failed");
    // As it is already: nothing happens, and nobody is told.
    change_role(&owner.by, &path, "editor").await.expect(StatusCode::OK);
    app.no_mail_to("xem@htx.example").await;
    assert_eq!(viewer.by.get("/v1/me").await.json()["memberships"][0]["role"], "editor");

    let itself = change_role(&viewer.by, &path, "owner").await;
    itself.expect_problem(403, "forbidden");
    let wrong = patch(&owner.by, &path, "*", "boss").await;
    wrong.expect_problem(422, "invalid_body");
    assert_eq!(wrong.faults(), [("/role".to_owned(), "unknown_value".to_owned())]);
    let nobody = format!("/v1/organisations/{id}/members/{id}");
    patch(&owner.by, &nobody, "*", "editor").await.expect_problem(404, "not_found");
}

async fn an_organisation_keeps_an_owner(app: TestApp) {
    let id = organisation(&app, "HTX Ví Dụ").await;
    let owner = member(&app, "chu@htx.example", id, MemberRole::Owner).await;
    let editor = member(&app, "soan@htx.example", id, MemberRole::Editor).await;
    let path = |who: &Person| format!("/v1/organisations/{id}/members/{}", who.id);

    change_role(&owner.by, &path(&owner), "editor").await.expect_problem(409, "last_owner");
    owner.by.delete(&path(&owner)).await.expect_problem(409, "last_owner");
    editor.by.delete(&path(&owner)).await.expect_problem(403, "forbidden");
    change_role(&owner.by, &path(&editor), "owner").await.expect(StatusCode::OK);
    // One whose account has been erased counts for nothing.
    run_sql(&app, format!("UPDATE users SET erased_at = 1 WHERE id = '{}'", editor.id)).await;
    owner.by.delete(&path(&owner)).await.expect_problem(409, "last_owner");
    run_sql(&app, format!("UPDATE users SET erased_at = NULL WHERE id = '{}'", editor.id)).await;
    owner.by.delete(&path(&owner)).await.expect(StatusCode::NO_CONTENT);
    assert_eq!(roles(&editor.by, id).await, [(editor.id.clone(), "owner".to_owned())]);
    owner.by.get(&format!("/v1/organisations/{id}/members")).await.expect_problem(404, "not_found");
    // Nobody is told what it did itself.
    app.no_mail_to("chu@htx.example").await;
}

async fn two_owners_who_leave_at_once_leave_one(app: TestApp) {
    for round in 0..8 {
        let id = organisation(&app, "HTX Ví Dụ").await;
        let one = member(&app, &format!("mot{round}@htx.example"), id, MemberRole::Owner).await;
        let two = member(&app, &format!("hai{round}@htx.example"), id, MemberRole::Owner).await;
        let path = |who: &Person| format!("/v1/organisations/{id}/members/{}", who.id);
        let (path_one, path_two) = (path(&one), path(&two));
        let (left, right) = tokio::join!(one.by.delete(&path_one), two.by.delete(&path_two));
        let mut statuses = [left.status.as_u16(), right.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [204, 409], "{} {}", left.text, right.text);
        let stays = if left.status == StatusCode::CONFLICT { &one } else { &two };
        assert_eq!(roles(&stays.by, id).await, [(stays.id.clone(), "owner".to_owned())]);
    }
}

async fn two_owners_who_demote_each_other_leave_one(app: TestApp) {
    for round in 0..8 {
        let id = organisation(&app, "HTX Ví Dụ").await;
        let one = member(&app, &format!("mot{round}@htx.example"), id, MemberRole::Owner).await;
        let two = member(&app, &format!("hai{round}@htx.example"), id, MemberRole::Owner).await;
        let third = member(&app, &format!("ba{round}@htx.example"), id, MemberRole::Owner).await;
        let path = |who: &Person| format!("/v1/organisations/{id}/members/{}", who.id);
        let (path_one, path_two) = (path(&one), path(&two));
        let (left, right) =
            tokio::join!(patch(&one.by, &path_two, "*", "viewer"), patch(&two.by, &path_one, "*", "viewer"));
        // Who comes second is no owner any more, although it was one when its request came in.
        let mut statuses = [left.status.as_u16(), right.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 403], "{} {}", left.text, right.text);
        let owners = roles(&third.by, id).await.into_iter().filter(|(_, role)| role == "owner").count();
        assert_eq!(owners, 2);
    }
}

async fn who_is_removed_may_do_nothing_from_then_on(app: TestApp) {
    let id = organisation(&app, "HTX Ví Dụ").await;
    let owner = member(&app, "chu@htx.example", id, MemberRole::Owner).await;
    let second = member(&app, "hai@htx.example", id, MemberRole::Owner).await;
    let invitations = format!("/v1/organisations/{id}/invitations");
    let friend = json!({ "email": "ban@khac.example", "role": "owner" });
    second.by.post(&invitations, &friend).await.expect(StatusCode::CREATED);
    let token = app.mail_to("ban@khac.example").await.token("invitation");

    let path = format!("/v1/organisations/{id}/members/{}", second.id);
    owner.by.delete(&path).await.expect(StatusCode::NO_CONTENT);
    owner.by.delete(&path).await.expect_problem(404, "not_found");
    assert!(app.mail_to("hai@htx.example").await.body.contains("HTX Ví Dụ"));
    second.by.get(&invitations).await.expect_problem(404, "not_found");
    assert_eq!(second.by.get("/v1/me").await.json()["memberships"], json!([]));
    // Nor comes it back through somebody it had invited.
    let friend = person(&app, "ban@khac.example", Role::Member, &[]).await;
    let accepted = friend.by.post("/v1/invitations/acceptances", &json!({ "token": token })).await;
    accepted.expect_problem(410, "invalid_link");
    assert_eq!(owner.by.get(&invitations).await.json()["items"][0]["state"], "withdrawn");
}

async fn ownership_goes_over_whole_or_not_at_all(app: TestApp) {
    let id = organisation(&app, "HTX Ví Dụ").await;
    let owner = member(&app, "chu@htx.example", id, MemberRole::Owner).await;
    let viewer = member(&app, "xem@htx.example", id, MemberRole::Viewer).await;
    let stranger = person(&app, "ai@khac.example", Role::Member, &[]).await;
    let path = format!("/v1/organisations/{id}/ownership-transfers");
    for wrong in [&owner.id, &stranger.id, &id.to_string()] {
        let refused = owner.by.post(&path, &json!({ "to": wrong })).await;
        refused.expect_problem(422, "invalid_body");
        assert_eq!(refused.faults(), [("/to".to_owned(), "not_a_member".to_owned())]);
    }
    viewer.by.post(&path, &json!({ "to": viewer.id })).await.expect_problem(403, "forbidden");
    stranger.by.post(&path, &json!({ "to": viewer.id })).await.expect_problem(404, "not_found");

    let key = fresh_key();
    let done = owner.by.post_once(&path, &key, &json!({ "to": viewer.id })).await;
    let both = done.expect(StatusCode::CREATED);
    assert_eq!((&both["owner"]["role"], &both["former_owner"]["role"]), (&json!("owner"), &json!("editor")));
    assert_eq!(done.header("location"), format!("/v1/organisations/{id}/members/{}", viewer.id));
    // Sent again, although the caller could not do it again.
    let again = owner.by.post_once(&path, &key, &json!({ "to": viewer.id })).await;
    assert_eq!(again.expect(StatusCode::CREATED), both);
    owner.by.post(&path, &json!({ "to": viewer.id })).await.expect_problem(403, "forbidden");
    let mut expected = [(owner.id.clone(), "editor".to_owned()), (viewer.id.clone(), "owner".to_owned())];
    expected.sort();
    assert_eq!(roles(&viewer.by, id).await, expected);
    assert!(app.mail_to("xem@htx.example").await.subject.contains("chủ sở hữu"));
    app.no_mail_to("xem@htx.example").await;
}

async fn what_members_do_is_in_the_audit_log(app: TestApp) {
    let id = organisation(&app, "HTX Ví Dụ").await;
    let owner = member(&app, "chu@htx.example", id, MemberRole::Owner).await;
    let editor = member(&app, "soan@htx.example", id, MemberRole::Editor).await;
    let path = |who: &Person| format!("/v1/organisations/{id}/members/{}", who.id);
    change_role(&owner.by, &path(&editor), "viewer").await.expect(StatusCode::OK);
    let transfers = format!("/v1/organisations/{id}/ownership-transfers");
    owner.by.post(&transfers, &json!({ "to": editor.id })).await.expect(StatusCode::CREATED);
    owner.by.delete(&path(&owner)).await.expect(StatusCode::NO_CONTENT);
    // Refused: no entry.
    editor.by.delete(&path(&editor)).await.expect_problem(409, "last_owner");

    let entries = audited(&app, id).await;
    let told: Vec<_> = entries
        .iter()
        .map(|entry| (entry.action.as_str(), entry.actor_id.as_deref(), entry.subject_id.as_deref()))
        .collect();
    let (first, second) = (Some(owner.id.as_str()), Some(editor.id.as_str()));
    assert_eq!(
        told,
        [
            ("member.role_changed", first, second),
            ("member.ownership_transferred", first, second),
            ("member.left", first, first),
        ]
    );
    assert!(entries.iter().all(|entry| entry.province.as_deref() == Some("33") && entry.behalf_id.is_none()));
    assert!(entries[0].details.contains(r#""from":"editor""#), "{}", entries[0].details);
    assert!(entries.iter().all(|entry| !entry.details.contains("htx.example")), "no addresses");
}
