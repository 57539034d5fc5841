//! Officers who act for an organisation that has agreed.

use crate::cases;
use crate::harness::{Actor, Case, Reply, TestApp};
use crate::leads::fresh_key;
use crate::leads::stock::Stock;
use crate::members::{Person, audited, member, officer, organisation, person, run_sql, signed_in};
use ocop_market::accounts::{MemberRole, Role};
use ocop_market::organisations::OrganisationId;
use reqwest::StatusCode;
use serde_json::{Value, json};

pub fn cases() -> Vec<Case> {
    let mut cases = cases![
        an_owner_lets_an_officer_act,
        an_officer_asks_and_an_owner_grants,
        a_request_is_refused_or_taken_back,
        a_delegation_ends_with_its_last_day,
        a_delegation_ends_with_the_office,
        a_delegation_ends_at_the_province,
        the_suspended_may_still_end_a_delegation,
        a_delegate_never_does_what_owners_do,
        only_officers_of_the_province_are_delegates,
        every_fault_of_a_delegation_is_told,
        of_two_delegations_at_once_there_is_one,
        delegations_are_shown_to_those_concerned,
    ];
    let waiting = cases![a_delegate_needs_the_second_factor_of_the_office].remove(0);
    cases.push(waiting.with(&["--second-factor=required"]));
    cases
}

fn path(organisation: OrganisationId) -> String {
    format!("/v1/organisations/{organisation}/delegations")
}

/// What an owner sends.
fn given(email: &str, role: &str) -> Value {
    json!({ "delegate_email": email, "role": role, "purpose": "Cập nhật giá giúp.", "until": "2026-12-31" })
}

/// What an officer sends.
fn asked(role: &str) -> Value {
    json!({ "role": role, "purpose": "Cập nhật giá giúp.", "until": "2026-12-31" })
}

struct Scene {
    id: OrganisationId,
    owner: Person,
    officer: Person,
    stock: Stock,
    /// A lead of the organisation's: the office of its province has a side of its own in it.
    lead: String,
}

const OWNER: &str = "chu@htx.example";
const OFFICER: &str = "canbo@xa.example";

impl Scene {
    async fn set(app: &TestApp) -> Self {
        let stock = Stock::fill(app).await;
        let id = stock.weavers;
        let sql = format!("UPDATE organisations SET province = '33' WHERE id = '{id}'");
        run_sql(app, sql).await;
        let sent = app.anonymous().post_once("/v1/leads", &fresh_key(), &stock.enquiry(&[stock.mat])).await;
        let sent = sent.expect(StatusCode::CREATED);
        let lead = sent["leads"][0]["id"].as_str().expect("an id").to_owned();
        let owner = member(app, OWNER, id, MemberRole::Owner).await;
        Self { id, owner, officer: officer(app, OFFICER, "33").await, stock, lead }
    }

    async fn give(&self, role: &str) -> Value {
        let made = self.owner.by.post(&path(self.id), &given(OFFICER, role)).await;
        made.expect(StatusCode::CREATED)
    }

    async fn one(&self, delegation: &Value) -> String {
        format!("{}/{}", path(self.id), delegation["id"].as_str().expect("an id"))
    }

    async fn read_lead(&self, by: &Actor) -> Reply {
        by.get(&format!("/v1/leads/{}", self.lead)).await
    }

    /// On which side of the lead somebody stands.
    async fn side(&self, by: &Actor) -> String {
        let lead = self.read_lead(by).await.expect(StatusCode::OK);
        lead["your_side"].as_str().expect("a side").to_owned()
    }

    /// On which side somebody's note is.
    async fn notes_as(&self, by: &Actor) -> String {
        let noted = self.note(by).await.expect(StatusCode::CREATED);
        noted["event"]["side"].as_str().expect("a side").to_owned()
    }

    async fn note(&self, by: &Actor) -> Reply {
        let note = json!({ "type": "note", "note": "Đã gọi lại." });
        by.post(&format!("/v1/leads/{}/events", self.lead), &note).await
    }
}

async fn an_owner_lets_an_officer_act(app: TestApp) {
    let scene = Scene::set(&app).await;
    let by = &scene.officer.by;
    assert_eq!(scene.side(by).await, "office");
    let made = scene.give("editor").await;
    assert_eq!(made["state"], "active");
    assert_eq!(made["delegate"]["user_id"], *scene.officer.id);
    assert_eq!(made["until"], "2026-12-31");
    let letter = app.mail_to(OFFICER).await;
    assert!(letter.body.contains("đến hết ngày 31/12/2026") && letter.body.contains("Cập nhật giá giúp."));
    app.no_mail_to(OWNER).await;

    // From the next request on it stands where the organisation does.
    assert_eq!(scene.side(by).await, "producer");
    assert_eq!(scene.notes_as(by).await, "producer");
    let listing = format!("/v1/listings/{}", scene.stock.mat);
    let change = by.request(reqwest::Method::PATCH, &listing).header("If-Match", "*");
    let changed = app.anonymous().settled(change.json(&json!({ "season_months": [10] }))).await;
    changed.expect(StatusCode::OK);
    scene.note(&scene.owner.by).await.expect(StatusCode::CREATED);
    // Both names where it acts for the organisation; what a side does of its leads itself, their timeline tells.
    let entries = audited(&app, scene.id).await;
    let by = |action: &str| -> Vec<(Option<String>, Option<String>)> {
        let told = entries.iter().filter(|entry| entry.action == action);
        told.map(|entry| (entry.actor_id.clone(), entry.behalf_id.clone())).collect()
    };
    let delegate = (Some(scene.officer.id.clone()), Some(scene.id.to_string()));
    assert_eq!(by("listing.changed"), std::slice::from_ref(&delegate));
    assert_eq!(by("lead.noted"), [delegate]);
    let by = &scene.officer.by;

    let one = scene.one(&made).await;
    scene.owner.by.delete(&one).await.expect(StatusCode::NO_CONTENT);
    assert_eq!(scene.side(by).await, "office");
    assert_eq!(scene.notes_as(by).await, "office");
    assert!(app.mail_to(OFFICER).await.subject.contains("không còn làm thay"));
    scene.owner.by.delete(&one).await.expect_problem(409, "already_decided");
    // And again.
    scene.give("viewer").await;
    assert_eq!(scene.side(by).await, "producer");
    scene.note(by).await.expect_problem(403, "forbidden");

    let told: Vec<_> = audited(&app, scene.id).await;
    let told: Vec<_> = told.into_iter().filter(|entry| entry.action.starts_with("delegation.")).collect();
    let actions: Vec<&str> = told.iter().map(|entry| entry.action.as_str()).collect();
    assert_eq!(actions, ["delegation.granted", "delegation.ended", "delegation.granted"]);
    assert!(told.iter().all(|entry| entry.details.contains(&scene.officer.id)), "who the delegate is");
}

async fn an_officer_asks_and_an_owner_grants(app: TestApp) {
    let scene = Scene::set(&app).await;
    let editor = member(&app, "soan@htx.example", scene.id, MemberRole::Editor).await;
    let (by, owner) = (&scene.officer.by, &scene.owner.by);
    let asked_for = by.post(&path(scene.id), &asked("viewer")).await;
    let made = asked_for.expect(StatusCode::CREATED);
    assert_eq!((&made["state"], &made["granted_at"]), (&json!("requested"), &Value::Null));
    assert!(app.mail_to(OWNER).await.subject.contains("xin được làm thay"));
    assert_eq!(scene.side(by).await, "office");

    let grants = format!("{}/grants", scene.one(&made).await);
    by.post(&grants, &Value::Null).await.expect_problem(403, "forbidden");
    editor.by.post(&grants, &Value::Null).await.expect_problem(403, "forbidden");
    app.anonymous().post(&grants, &Value::Null).await.expect_problem(401, "unauthenticated");
    let key = fresh_key();
    let granted = owner.post_once(&grants, &key, &Value::Null).await.expect(StatusCode::CREATED);
    assert_eq!(
        (&granted["state"], &granted["granted_at"]),
        (&json!("active"), &json!("2026-11-23T03:00:00Z"))
    );
    assert_eq!(owner.post_once(&grants, &key, &Value::Null).await.expect(StatusCode::CREATED), granted);
    owner.post(&grants, &Value::Null).await.expect_problem(409, "already_decided");
    assert!(app.mail_to(OFFICER).await.body.contains("chỉ xem"));
    assert_eq!(scene.side(by).await, "producer");
    scene.note(by).await.expect_problem(403, "forbidden");
    // A second one beside it: no, neither given nor asked for.
    by.post(&path(scene.id), &asked("editor")).await.expect_problem(409, "not_possible_now");
    owner.post(&path(scene.id), &given(OFFICER, "editor")).await.expect_problem(409, "not_possible_now");

    let entries = audited(&app, scene.id).await;
    let told: Vec<_> =
        entries.iter().map(|entry| (entry.action.as_str(), entry.actor_id.as_deref())).collect();
    let expected = [("delegation.requested", &scene.officer.id), ("delegation.granted", &scene.owner.id)];
    let told: Vec<_> = told.into_iter().filter(|(action, _)| action.starts_with("delegation.")).collect();
    assert_eq!(told, expected.map(|(action, id)| (action, Some(id.as_str()))));
}

async fn a_request_is_refused_or_taken_back(app: TestApp) {
    let scene = Scene::set(&app).await;
    let colleague = officer(&app, "dongnghiep@xa.example", "33").await;
    for by in [&scene.owner.by, &scene.officer.by] {
        let made = scene.officer.by.post(&path(scene.id), &asked("editor")).await.expect(StatusCode::CREATED);
        app.mail_to(OWNER).await;
        let one = scene.one(&made).await;
        colleague.by.delete(&one).await.expect_problem(404, "not_found");
        by.delete(&one).await.expect(StatusCode::NO_CONTENT);
        let owner = &scene.owner.by;
        owner.post(&format!("{one}/grants"), &Value::Null).await.expect_problem(409, "already_decided");
    }
    assert!(app.mail_to(OFFICER).await.subject.contains("đã khép lại"));
    app.no_mail_to(OFFICER).await;
    assert!(app.mail_to(OWNER).await.subject.contains("đã khép lại"));
    // Active, its delegate ends it too.
    let made = scene.give("editor").await;
    scene.officer.by.delete(&scene.one(&made).await).await.expect(StatusCode::NO_CONTENT);
    assert_eq!(scene.side(&scene.officer.by).await, "office");
    assert!(app.mail_to(OWNER).await.subject.contains("không còn làm thay"));
}

async fn a_delegation_ends_with_its_last_day(app: TestApp) {
    let scene = Scene::set(&app).await;
    let mut body = given(OFFICER, "editor");
    body["until"] = json!("2026-11-23");
    let made = scene.owner.by.post(&path(scene.id), &body).await.expect(StatusCode::CREATED);
    // The last microsecond of that day in Việt Nam, and the first of the next.
    app.clock.set("2026-11-23T16:59:59.999999Z");
    let by = signed_in(&app, OFFICER).await;
    assert_eq!(scene.side(&by).await, "producer");
    app.clock.set("2026-11-23T17:00:00Z");
    assert_eq!(scene.side(&by).await, "office");
    let owner = signed_in(&app, OWNER).await;
    assert_eq!(owner.all(&path(scene.id)).await[0]["state"], "expired");
    let one = scene.one(&made).await;
    owner.delete(&one).await.expect_problem(409, "already_decided");
    // Nothing stands in the way of another one, nor of a request that nobody answers.
    body["until"] = json!("2026-11-24");
    owner.post(&path(scene.id), &body).await.expect(StatusCode::CREATED);
}

async fn a_delegation_ends_with_the_office(app: TestApp) {
    let scene = Scene::set(&app).await;
    let admin = person(&app, "admin@bo.example", Role::Admin, &[]).await;
    let colleague = officer(&app, "dongnghiep@xa.example", "33").await;
    scene.give("editor").await;
    let request = colleague.by.post(&path(scene.id), &asked("editor")).await.expect(StatusCode::CREATED);
    for who in [&scene.officer, &colleague] {
        admin.by.delete(&format!("/v1/officers/{}", who.id)).await.expect(StatusCode::NO_CONTENT);
    }
    let by = signed_in(&app, OFFICER).await;
    scene.read_lead(&by).await.expect_problem(404, "not_found");
    let states: Vec<Value> =
        scene.owner.by.all(&path(scene.id)).await.iter().map(|item| item["state"].clone()).collect();
    assert_eq!(states, ["ended", "ended"]);
    let grants = format!("{}/grants", scene.one(&request).await);
    scene.owner.by.post(&grants, &Value::Null).await.expect_problem(409, "not_possible_now");
    let ended = audited(&app, scene.id).await;
    assert_eq!(ended.iter().filter(|entry| entry.action == "delegation.ended").count(), 2);
}

async fn a_delegation_ends_at_the_province(app: TestApp) {
    let scene = Scene::set(&app).await;
    let by = &scene.officer.by;
    scene.give("editor").await;
    assert_eq!(scene.notes_as(by).await, "producer");
    let moved = |to: &str| format!("UPDATE organisations SET province = {to} WHERE id = '{}'", scene.id);
    for elsewhere in ["'01'", "NULL"] {
        run_sql(&app, moved(elsewhere)).await;
        scene.read_lead(by).await.expect_problem(404, "not_found");
        scene.note(by).await.expect_problem(404, "not_found");
    }
    run_sql(&app, moved("'33'")).await;
    assert_eq!(scene.notes_as(by).await, "producer");
    // Nor does somebody act who holds another office now, even if nobody has ended it.
    let now_admin = "UPDATE users SET role = 'admin', province = NULL";
    run_sql(&app, format!("{now_admin} WHERE id = '{}'", scene.officer.id)).await;
    assert_eq!(scene.notes_as(by).await, "office");
}

async fn the_suspended_may_still_end_a_delegation(app: TestApp) {
    let scene = Scene::set(&app).await;
    let editor = member(&app, "soan@htx.example", scene.id, MemberRole::Editor).await;
    let one = scene.one(&scene.give("editor").await).await;
    run_sql(&app, format!("UPDATE organisations SET standing = 'suspended' WHERE id = '{}'", scene.id)).await;
    editor.by.delete(&one).await.expect_problem(403, "forbidden");
    scene.owner.by.delete(&one).await.expect(StatusCode::NO_CONTENT);
    let again = scene.owner.by.post(&path(scene.id), &given(OFFICER, "editor")).await;
    again.expect_problem(403, "forbidden");
}

async fn a_delegate_never_does_what_owners_do(app: TestApp) {
    let scene = Scene::set(&app).await;
    scene.give("editor").await;
    let (by, id) = (&scene.officer.by, scene.id);
    let invitation = json!({ "email": "ban@khac.example", "role": "owner" });
    let organisation = format!("/v1/organisations/{id}");
    by.post(&format!("{organisation}/invitations"), &invitation).await.expect_problem(403, "forbidden");
    by.get(&format!("{organisation}/invitations")).await.expect_problem(403, "forbidden");
    let transfer = json!({ "to": scene.officer.id });
    by.post(&format!("{organisation}/ownership-transfers"), &transfer).await.expect_problem(403, "forbidden");
    let owner = format!("{organisation}/members/{}", scene.owner.id);
    by.delete(&owner).await.expect_problem(403, "forbidden");
    let change = by.request(reqwest::Method::PATCH, &owner).header("If-Match", "*");
    Reply::of(change.json(&json!({ "role": "viewer" }))).await.expect_problem(403, "forbidden");
    // It is no member: it cannot leave, and whom it could write to it is not told.
    let itself = format!("{organisation}/members/{}", scene.officer.id);
    by.delete(&itself).await.expect_problem(404, "not_found");
    let members = by.get(&format!("{organisation}/members")).await;
    assert!(members.status == StatusCode::OK && !members.text.contains(OWNER));
    // Nor does it hand on what it was given.
    officer(&app, "dongnghiep@xa.example", "33").await;
    let handed = by.post(&path(id), &given("dongnghiep@xa.example", "editor")).await;
    handed.expect_problem(422, "invalid_body");
    let role = "UPDATE delegations SET role = 'owner'";
    let raw = app.state.db.write(move |conn| {
        diesel::connection::SimpleConnection::batch_execute(conn, role)
            .map_err(ocop_market::db::Failure::from)
    });
    assert!(raw.await.is_err(), "not even the database lets a delegation be an owner's");
}

async fn only_officers_of_the_province_are_delegates(app: TestApp) {
    let scene = Scene::set(&app).await;
    officer(&app, "canbo@hanoi.example", "01").await;
    person(&app, "ai@shop.example", Role::Member, &[]).await;
    person(&app, "admin@bo.example", Role::Admin, &[]).await;
    let mut answers = Vec::new();
    for email in ["canbo@hanoi.example", "ai@shop.example", "admin@bo.example", "khong@co.example"] {
        let refused = scene.owner.by.post(&path(scene.id), &given(email, "viewer")).await;
        refused.expect_problem(422, "invalid_body");
        assert_eq!(refused.faults(), [("/delegate_email".to_owned(), "not_an_officer".to_owned())]);
        answers.push(refused.json()["errors"].clone());
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "whether there is an account is not told");
    // Nor asks anybody else; and a member needs no delegation.
    let editor = member(&app, "soan@htx.example", scene.id, MemberRole::Editor).await;
    editor.by.post(&path(scene.id), &asked("editor")).await.expect_problem(403, "forbidden");
    let admin = signed_in(&app, "admin@bo.example").await;
    admin.post(&path(scene.id), &asked("editor")).await.expect_problem(403, "forbidden");
    let elsewhere = signed_in(&app, "canbo@hanoi.example").await;
    elsewhere.post(&path(scene.id), &asked("editor")).await.expect_problem(404, "not_found");
    let join =
        format!("INSERT INTO memberships VALUES ('{}', '{}', 'viewer', 0)", scene.officer.id, scene.id);
    run_sql(&app, join).await;
    let refused = scene.owner.by.post(&path(scene.id), &given(OFFICER, "editor")).await;
    refused.expect_problem(409, "already_member");
}

async fn every_fault_of_a_delegation_is_told(app: TestApp) {
    let scene = Scene::set(&app).await;
    let fault = |pointer: &str, code: &str| (pointer.to_owned(), code.to_owned());
    let late = json!({ "role": "owner", "purpose": "x\ny", "until": "2026-02-30", "delegate_email": "x" });
    let refused = scene.owner.by.post(&path(scene.id), &late).await;
    refused.expect_problem(422, "invalid_body");
    let mut faults = refused.faults();
    faults.sort();
    assert_eq!(
        faults,
        [
            fault("/delegate_email", "invalid_email"),
            fault("/purpose", "control_character"),
            fault("/role", "unknown_value"),
            fault("/until", "invalid_date"),
        ]
    );
    for until in ["2026-11-22", "2027-11-24"] {
        let body = json!({ "role": "editor", "purpose": "Giúp.", "until": until });
        let by_owner = scene.owner.by.post(&path(scene.id), &body).await;
        by_owner.expect_problem(422, "invalid_body");
        assert_eq!(by_owner.faults(), [fault("/until", "out_of_range"), fault("/delegate_email", "missing")]);
        let by_officer = scene.officer.by.post(&path(scene.id), &body).await;
        assert_eq!(by_officer.faults(), [fault("/until", "out_of_range")]);
    }
    let for_another = scene.officer.by.post(&path(scene.id), &given(OFFICER, "editor")).await;
    assert_eq!(for_another.faults(), [fault("/delegate_email", "not_applicable")]);
}

async fn of_two_delegations_at_once_there_is_one(app: TestApp) {
    let scene = Scene::set(&app).await;
    let path = path(scene.id);
    for _ in 0..6 {
        let (by_owner, by_officer) = (given(OFFICER, "editor"), asked("editor"));
        let (one, other) =
            tokio::join!(scene.owner.by.post(&path, &by_owner), scene.officer.by.post(&path, &by_officer));
        let mut statuses = [one.status.as_u16(), other.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409], "{} {}", one.text, other.text);
        let made = if one.status == StatusCode::CREATED { one } else { other };
        scene.owner.by.delete(&made.header("location")).await.expect(StatusCode::NO_CONTENT);
    }
}

async fn delegations_are_shown_to_those_concerned(app: TestApp) {
    let scene = Scene::set(&app).await;
    let viewer = member(&app, "xem@htx.example", scene.id, MemberRole::Viewer).await;
    let admin = person(&app, "admin@bo.example", Role::Admin, &[]).await;
    let colleague = officer(&app, "dongnghiep@xa.example", "33").await;
    let elsewhere = officer(&app, "canbo@hanoi.example", "01").await;
    scene.give("editor").await;
    colleague.by.post(&path(scene.id), &asked("viewer")).await.expect(StatusCode::CREATED);
    for (by, seen) in [(&scene.owner, 2), (&viewer, 2), (&admin, 2), (&scene.officer, 1), (&colleague, 1)] {
        assert_eq!(by.by.all(&format!("{}?limit=1", path(scene.id))).await.len(), seen);
    }
    elsewhere.by.get(&path(scene.id)).await.expect_problem(404, "not_found");

    let other = organisation(&app, "HTX Khác").await;
    let second = member(&app, "chu@khac.example", other, MemberRole::Owner).await;
    second.by.post(&path(other), &given(OFFICER, "viewer")).await.expect(StatusCode::CREATED);
    let mine = scene.officer.by.all("/v1/me/delegations?limit=1").await;
    let names: Vec<_> = mine.iter().map(|item| item["organisation_name"].clone()).collect();
    assert!(names.len() == 2 && names.contains(&json!("HTX Khác")), "{names:?}");
    assert_eq!(scene.owner.by.all("/v1/me/delegations").await, Vec::<Value>::new());
    app.anonymous().get("/v1/me/delegations").await.expect_problem(401, "unauthenticated");
}

/// It was the office that the organisation trusted, and the office waits for the second factor.
async fn a_delegate_needs_the_second_factor_of_the_office(app: TestApp) {
    let scene = Scene::set(&app).await;
    scene.give("editor").await;
    scene.read_lead(&scene.officer.by).await.expect_problem(404, "not_found");
    let sql = format!("UPDATE sessions SET second_factor_at = 1 WHERE user_id = '{}'", scene.officer.id);
    run_sql(&app, sql).await;
    scene.read_lead(&scene.officer.by).await.expect(StatusCode::OK);
}
