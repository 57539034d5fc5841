//! Invitations to organisations and offices, their acceptance, and how offices end.

use crate::cases;
use crate::harness::{Actor, Case, Reply, TestApp};
use crate::leads::fresh_key;
use crate::members::{Person, audited, member, officer, organisation, person, roles, run_sql, signed_in};
use ocop_market::accounts::{self, DisplayName, MemberRole, NewUser, Role};
use ocop_market::audit::{Actor as AuditActor, Agent, Origin};
use ocop_market::auth::{Password, Secret};
use ocop_market::db::Conn;
use ocop_market::members::{self, InvitedTo, MemberError};
use ocop_market::organisations::OrganisationId;
use reqwest::StatusCode;
use serde_json::{Value, json};

pub fn cases() -> Vec<Case> {
    let mut cases = cases![
        an_invited_person_accepts_once,
        the_answer_does_not_tell_whether_there_is_an_account,
        only_the_invited_address_accepts,
        invitations_end,
        an_invitation_replaces_the_open_one,
        invitations_are_limited,
        a_role_is_raised_and_never_lowered,
        of_two_acceptances_at_once_one_counts,
        every_fault_of_an_invitation_is_told,
        an_account_is_made_with_an_invitation,
        an_office_comes_by_invitation,
        offices_have_their_own_faults,
        officers_are_shown_to_officers,
        an_office_ends_with_its_sessions,
        the_last_administrator_stays,
    ];
    cases.push(cases![an_office_waits_for_the_second_factor].remove(0).with(&["--second-factor=required"]));
    cases
}

const ACCEPT: &str = "/v1/invitations/acceptances";

fn path(organisation: OrganisationId) -> String {
    format!("/v1/organisations/{organisation}/invitations")
}

async fn invite(by: &Actor, organisation: OrganisationId, email: &str, role: &str) -> Value {
    let made = by.post(&path(organisation), &json!({ "email": email, "role": role })).await;
    made.expect(StatusCode::CREATED)
}

async fn accept(by: &Actor, token: &str) -> Reply {
    by.post(ACCEPT, &json!({ "token": token })).await
}

/// An organisation with an owner.
async fn owned(app: &TestApp) -> (OrganisationId, Person) {
    let id = organisation(app, "HTX Ví Dụ").await;
    (id, member(app, "chu@htx.example", id, MemberRole::Owner).await)
}

async fn an_invited_person_accepts_once(app: TestApp) {
    let (id, owner) = owned(&app).await;
    let guest = person(&app, "khach@shop.example", Role::Member, &[]).await;
    let body = json!({ "email": "Khach@shop.example", "role": "editor", "language": "en" });
    let made = owner.by.post(&path(id), &body).await;
    let invitation = made.expect(StatusCode::CREATED);
    assert_eq!(
        made.header("location"),
        format!("{}/{}", path(id), invitation["id"].as_str().unwrap_or_default())
    );
    assert_eq!(invitation["state"], "open");
    assert_eq!(invitation["expires_at"], "2026-11-30T03:00:00Z");

    let letter = app.mail_to("Khach@shop.example").await;
    assert!(letter.subject.contains("You are invited to join “HTX Ví Dụ”"), "{letter:?}");
    assert!(letter.body.contains("Người dùng thử invites you") && letter.body.contains("as editor"));
    let token = letter.token("invitation");
    assert_eq!(token.len(), 43);
    assert!(letter.body.contains(&format!("\n{token}\n")), "the bare token, for programs");
    assert!(!made.text.contains(&token), "who invites does not get the token");

    let accepted = accept(&guest.by, &token).await;
    let shown = accepted.expect(StatusCode::CREATED);
    assert_eq!(
        shown["membership"],
        json!({ "organisation_id": id, "organisation_name": "HTX Ví Dụ", "role": "editor" })
    );
    assert_eq!(accepted.header("location"), format!("/v1/organisations/{id}/members/{}", guest.id));
    assert_eq!(guest.by.get("/v1/me").await.json()["memberships"][0]["role"], "editor");
    accept(&guest.by, &token).await.expect_problem(410, "invalid_link");
    assert_eq!(owner.by.get(&path(id)).await.json()["items"][0]["state"], "accepted");
    let decided = owner.by.delete(&made.header("location")).await;
    decided.expect_problem(409, "already_decided");

    let told: Vec<_> =
        audited(&app, id).await.into_iter().map(|entry| (entry.action, entry.actor_id)).collect();
    assert_eq!(
        told,
        [
            ("member.invited".to_owned(), Some(owner.id.clone())),
            ("member.joined".to_owned(), Some(guest.id.clone())),
        ]
    );
}

async fn the_answer_does_not_tell_whether_there_is_an_account(app: TestApp) {
    let (id, owner) = owned(&app).await;
    person(&app, "co@shop.example", Role::Member, &[]).await;
    let without = |mut made: Value| {
        for member in ["id", "email"] {
            made.as_object_mut().expect("an object").remove(member);
        }
        made
    };
    let known = without(invite(&owner.by, id, "co@shop.example", "viewer").await);
    let unknown = without(invite(&owner.by, id, "khong@shop.example", "viewer").await);
    assert_eq!(known, unknown);
    let (one, other) = (app.mail_to("co@shop.example").await, app.mail_to("khong@shop.example").await);
    let rest = |mail: &crate::harness::letters::Mail| mail.body.replace(&mail.token("invitation"), "…");
    assert_eq!((one.subject.clone(), rest(&one)), (other.subject.clone(), rest(&other)));
    // A member is told apart: owners see who that is.
    let again = owner.by.post(&path(id), &json!({ "email": "CHU@htx.example", "role": "viewer" })).await;
    again.expect_problem(409, "already_member");
}

async fn only_the_invited_address_accepts(app: TestApp) {
    let (id, owner) = owned(&app).await;
    let thief = person(&app, "trom@shop.example", Role::Member, &[]).await;
    invite(&owner.by, id, "khach@shop.example", "owner").await;
    let token = app.mail_to("khach@shop.example").await.token("invitation");
    let refused = accept(&thief.by, &token).await;
    let problem = refused.expect_problem(403, "forbidden");
    assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains("email")), "{problem}");
    assert!(!refused.text.contains("khach@"), "whose it is, is not told");
    // Not used up by that.
    let guest = person(&app, "khach@shop.example", Role::Member, &[]).await;
    accept(&guest.by, &token).await.expect(StatusCode::CREATED);
    app.anonymous().post(ACCEPT, &json!({ "token": token })).await.expect_problem(401, "unauthenticated");
}

async fn invitations_end(app: TestApp) {
    let (id, owner) = owned(&app).await;
    let guest = person(&app, "khach@shop.example", Role::Member, &[]).await;
    for unknown in ["", "x", "p9mFQk0d0Q9Wc3xJmJ0m0y1c7m3m5Gm8l5sJv0cF1iA"] {
        accept(&guest.by, unknown).await.expect_problem(410, "invalid_link");
    }
    let made = invite(&owner.by, id, "khach@shop.example", "viewer").await;
    let token = app.mail_to("khach@shop.example").await.token("invitation");
    let one = format!("{}/{}", path(id), made["id"].as_str().expect("an id"));
    guest.by.delete(&one).await.expect_problem(404, "not_found");
    owner.by.delete(&one).await.expect(StatusCode::NO_CONTENT);
    owner.by.delete(&one).await.expect_problem(409, "already_decided");
    owner.by.delete(&format!("{}/{id}", path(id))).await.expect_problem(404, "not_found");
    accept(&guest.by, &token).await.expect_problem(410, "invalid_link");

    invite(&owner.by, id, "khach@shop.example", "viewer").await;
    let token = app.mail_to("khach@shop.example").await.token("invitation");
    app.clock.advance_seconds(7 * 86_400);
    let (owner, guest) =
        (signed_in(&app, "chu@htx.example").await, signed_in(&app, "khach@shop.example").await);
    accept(&guest, &token).await.expect_problem(410, "invalid_link");
    // Made in the same instant of a clock that stood still, they have no order.
    let listed = owner.all(&path(id)).await;
    let mut states: Vec<&str> = listed.iter().filter_map(|item| item["state"].as_str()).collect();
    states.sort_unstable();
    assert_eq!(states, ["expired", "withdrawn"]);
}

async fn an_invitation_replaces_the_open_one(app: TestApp) {
    let (id, owner) = owned(&app).await;
    let guest = person(&app, "khach@shop.example", Role::Member, &[]).await;
    invite(&owner.by, id, "khach@shop.example", "owner").await;
    let old = app.mail_to("khach@shop.example").await.token("invitation");
    invite(&owner.by, id, "KHACH@shop.example", "viewer").await;
    let new = app.mail_to("KHACH@shop.example").await.token("invitation");
    accept(&guest.by, &old).await.expect_problem(410, "invalid_link");
    let accepted = accept(&guest.by, &new).await.expect(StatusCode::CREATED);
    assert_eq!(accepted["membership"]["role"], "viewer");
    // Sent again with the same key, one letter is sent.
    let (key, body) = (fresh_key(), json!({ "email": "moi@shop.example", "role": "viewer" }));
    let first = owner.by.post_once(&path(id), &key, &body).await.expect(StatusCode::CREATED);
    let again = owner.by.post_once(&path(id), &key, &body).await.expect(StatusCode::CREATED);
    assert_eq!(first, again);
    app.mail_to("moi@shop.example").await;
    app.no_mail_to("moi@shop.example").await;
}

async fn invitations_are_limited(app: TestApp) {
    let (id, owner) = owned(&app).await;
    for n in 0..20 {
        invite(&owner.by, id, &format!("khach{n}@shop.example"), "viewer").await;
    }
    let one_more = json!({ "email": "nua@shop.example", "role": "viewer" });
    owner.by.post(&path(id), &one_more).await.expect_problem(409, "not_possible_now");
    app.no_mail_to("nua@shop.example").await;
    // Replacing makes room for itself, but is a letter all the same.
    for _ in 20..50 {
        invite(&owner.by, id, "khach0@shop.example", "viewer").await;
    }
    let reply = owner.by.post(&path(id), &json!({ "email": "khach0@shop.example", "role": "viewer" })).await;
    reply.expect_problem(429, "too_many_requests");
    assert_eq!(reply.header("retry-after"), "3600");
    // What was refused has withdrawn nothing.
    let open = owner.by.all(&format!("{}?limit=100", path(id))).await;
    assert_eq!(open.iter().filter(|item| item["state"] == "open").count(), 20);
    app.clock.advance_seconds(86_400);
    let owner = signed_in(&app, "chu@htx.example").await;
    invite(&owner, id, "khach0@shop.example", "viewer").await;
}

async fn a_role_is_raised_and_never_lowered(app: TestApp) {
    let (id, owner) = owned(&app).await;
    for (before, invited, after) in
        [("viewer", "editor", "editor"), ("owner", "viewer", "owner"), ("editor", "editor", "editor")]
    {
        let email = format!("{before}@shop.example");
        let guest = person(&app, &email, Role::Member, &[]).await;
        invite(&owner.by, id, &email, invited).await;
        let token = app.mail_to(&email).await.token("invitation");
        // Meanwhile it has become a member some other way.
        run_sql(&app, format!("INSERT INTO memberships VALUES ('{}', '{id}', '{before}', 1)", guest.id))
            .await;
        let accepted = accept(&guest.by, &token).await.expect(StatusCode::CREATED);
        assert_eq!(accepted["membership"]["role"], after);
        assert!(roles(&owner.by, id).await.contains(&(guest.id, after.to_owned())));
    }
}

async fn of_two_acceptances_at_once_one_counts(app: TestApp) {
    let (id, owner) = owned(&app).await;
    for round in 0..6 {
        let email = format!("khach{round}@shop.example");
        let guest = person(&app, &email, Role::Member, &[]).await;
        invite(&owner.by, id, &email, "editor").await;
        let token = app.mail_to(&email).await.token("invitation");
        let (one, other) = tokio::join!(accept(&guest.by, &token), accept(&guest.by, &token));
        let mut statuses = [one.status.as_u16(), other.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 410], "{} {}", one.text, other.text);
    }
}

async fn every_fault_of_an_invitation_is_told(app: TestApp) {
    let (id, owner) = owned(&app).await;
    let wrong = json!({ "email": "khong phai", "role": "boss", "language": "fr", "note": "x" });
    let reply = owner.by.post(&path(id), &wrong).await;
    reply.expect_problem(422, "invalid_body");
    let mut faults = reply.faults();
    faults.sort();
    let fault = |pointer: &str, code: &str| (pointer.to_owned(), code.to_owned());
    assert_eq!(
        faults,
        [
            fault("/email", "invalid_email"),
            fault("/language", "unknown_value"),
            fault("/note", "unknown_field"),
            fault("/role", "unknown_value"),
        ]
    );
    for wrong in [json!({}), json!({ "token": 7 }), json!({ "token": "a\u{0}" })] {
        owner.by.post(ACCEPT, &wrong).await.expect_problem(422, "invalid_body");
    }
}

/// What a registration with an invitation does, in one transaction.
async fn an_account_is_made_with_an_invitation(app: TestApp) {
    let (id, owner) = owned(&app).await;
    invite(&owner.by, id, "moi@shop.example", "editor").await;
    let hash =
        Secret::parse(&app.mail_to("moi@shop.example").await.token("invitation")).expect("any text").hash();
    let world = app.state.world.clone();
    let register = move |conn: &mut Conn| {
        let invitation = members::invitation_of(conn, &hash, world.now())?.ok_or(MemberError::InvalidLink)?;
        let new = NewUser {
            email: invitation.email.clone(),
            password: Password::parse("một mật khẩu khác").expect("a password"),
            display_name: DisplayName::parse("Người mới").ok(),
            role: Role::Member,
            memberships: Vec::new(),
        };
        let user = accounts::create_user(conn, &world, new)?;
        let by = Agent::new(AuditActor::User(user), Origin::default());
        let accepted = members::accept(conn, &world, &by, &hash, user, &invitation.email.key())?;
        assert!(members::invitation_of(conn, &hash, world.now())?.is_none());
        Ok::<_, MemberError>((user, accepted))
    };
    let (user, accepted) = app.state.db.write(register).await.expect("registered");
    assert_eq!(accepted.to, InvitedTo::Organisation { organisation: id, role: MemberRole::Editor });
    assert!(roles(&owner.by, id).await.contains(&(user.to_string(), "editor".to_owned())));
}

async fn an_office_comes_by_invitation(app: TestApp) {
    let id = organisation(&app, "HTX Ví Dụ").await;
    let admin = person(&app, "admin@bo.example", Role::Admin, &[]).await;
    let guest = member(&app, "canbo@xa.example", id, MemberRole::Viewer).await;
    let body = json!({ "email": "canbo@xa.example", "office": "officer", "province": "33" });
    let made = admin.by.post("/v1/office-invitations", &body).await;
    let shown = made.expect(StatusCode::CREATED);
    assert_eq!((&shown["office"], &shown["province"]), (&json!("officer"), &json!("33")));
    let letter = app.mail_to("canbo@xa.example").await;
    assert!(letter.body.contains("xác thực hai lớp"), "{letter:?}");
    let token = letter.token("invitation");
    guest.by.get("/v1/certifications").await.expect_problem(403, "forbidden");

    let accepted = accept(&guest.by, &token).await;
    let shown = accepted.expect(StatusCode::CREATED);
    assert_eq!(shown["office"], json!({ "office": "officer", "province": "33" }));
    assert_eq!(accepted.header("location"), "/v1/me");
    let me = guest.by.get("/v1/me").await.json();
    assert_eq!((&me["role"], &me["province"]), (&json!("officer"), &json!("33")));
    assert_eq!(me["memberships"][0]["role"], "viewer", "what it was, it stays");
    guest.by.get("/v1/certifications").await.expect(StatusCode::OK);

    // The same office again: no; another province: it moves there.
    admin.by.post("/v1/office-invitations", &body).await.expect_problem(409, "already_member");
    let body =
        json!({ "email": "canbo@xa.example", "office": "officer", "province": "01", "language": "en" });
    admin.by.post("/v1/office-invitations", &body).await.expect(StatusCode::CREATED);
    let letter = app.mail_to("canbo@xa.example").await;
    assert!(letter.body.contains("second factor"), "{letter:?}");
    accept(&guest.by, &letter.token("invitation")).await.expect(StatusCode::CREATED);
    assert_eq!(guest.by.get("/v1/me").await.json()["province"], "01");
    let items = admin.by.all("/v1/office-invitations").await;
    assert!(items.len() == 2 && items.iter().all(|item| item["state"] == "accepted"));
}

async fn offices_have_their_own_faults(app: TestApp) {
    let admin = person(&app, "admin@bo.example", Role::Admin, &[]).await;
    let own = officer(&app, "canbo@xa.example", "33").await;
    let post = async |body: Value| admin.by.post("/v1/office-invitations", &body).await;
    for (body, code) in [
        (json!({ "email": "a@b.vn", "office": "officer" }), "missing"),
        (json!({ "email": "a@b.vn", "office": "officer", "province": "34" }), "unknown_province"),
        (json!({ "email": "a@b.vn", "office": "officer", "province": "'" }), "unknown_province"),
        (json!({ "email": "a@b.vn", "office": "admin", "province": "33" }), "not_applicable"),
    ] {
        let reply = post(body.clone()).await;
        reply.expect_problem(422, "invalid_body");
        assert_eq!(reply.faults(), [("/province".to_owned(), code.to_owned())], "{body}");
    }
    let lower = json!({ "email": "admin@bo.example", "office": "officer", "province": "33" });
    post(lower).await.expect_problem(409, "not_possible_now");
    let body = json!({ "email": "a@b.vn", "office": "admin" });
    own.by.post("/v1/office-invitations", &body).await.expect_problem(403, "forbidden");

    // Withdrawn, the link is no good; and one to an organisation is none to an office.
    let made = post(body).await;
    let token = app.mail_to("a@b.vn").await.token("invitation");
    let one = made.header("location");
    own.by.delete(&one).await.expect_problem(403, "forbidden");
    let (id, owner) = owned(&app).await;
    let other = invite(&owner.by, id, "a@b.vn", "viewer").await;
    let wrong = format!("/v1/office-invitations/{}", other["id"].as_str().expect("an id"));
    admin.by.delete(&wrong).await.expect_problem(404, "not_found");
    admin.by.delete(&one).await.expect(StatusCode::NO_CONTENT);
    let guest = person(&app, "a@b.vn", Role::Member, &[]).await;
    accept(&guest.by, &token).await.expect_problem(410, "invalid_link");
}

async fn officers_are_shown_to_officers(app: TestApp) {
    let admin = person(&app, "admin@bo.example", Role::Admin, &[]).await;
    let here = officer(&app, "canbo@hungyen.example", "33").await;
    let there = officer(&app, "canbo@hanoi.example", "01").await;
    let nobody = person(&app, "ai@shop.example", Role::Member, &[]).await;
    app.create_user("moi@hungyen.example", Role::Officer { province: "33".into() }, &[])
        .await
        .expect("created");
    let sql = format!(
        "INSERT INTO second_factors (user_id, secret, confirmed_at, last_step, pending_secret, pending_at)
         VALUES ('{}', 'x', 1, 0, NULL, NULL), ('{}', NULL, NULL, 0, 'x', 1)",
        here.id, there.id
    );
    run_sql(&app, sql).await;

    nobody.by.get("/v1/officers").await.expect_problem(403, "forbidden");
    let all = admin.by.get("/v1/officers").await.expect(StatusCode::OK);
    assert_eq!(all["items"].as_array().map(Vec::len), Some(4));
    assert_eq!(Value::from(admin.by.all("/v1/officers?limit=1").await), all["items"]);
    let own = here.by.all("/v1/officers").await;
    let find = |items: &[Value], email: &str| items.iter().find(|item| item["email"] == email).cloned();
    assert_eq!(own.len(), 2);
    let shown = find(&own, "canbo@hungyen.example").expect("itself");
    assert_eq!(shown["second_factor"], true);
    assert_eq!(shown["last_seen_at"], "2026-11-23T03:00:00Z");
    let new = find(&own, "moi@hungyen.example").expect("its colleague");
    assert_eq!((&new["second_factor"], &new["last_seen_at"]), (&json!(false), &Value::Null));
    let all = all["items"].as_array().expect("a list").clone();
    let unconfirmed = find(&all, "canbo@hanoi.example").expect("an officer");
    assert_eq!(unconfirmed["second_factor"], false);
}

async fn an_office_ends_with_its_sessions(app: TestApp) {
    let id = organisation(&app, "HTX Ví Dụ").await;
    let admin = person(&app, "admin@bo.example", Role::Admin, &[]).await;
    let role = Role::Officer { province: "33".to_owned() };
    let own = person(&app, "canbo@xa.example", role, &[(id, MemberRole::Editor)]).await;
    let path = format!("/v1/officers/{}", own.id);
    own.by.delete(&path).await.expect_problem(403, "forbidden");
    admin.by.delete(&path).await.expect(StatusCode::NO_CONTENT);
    own.by.get("/v1/me").await.expect_problem(401, "unauthenticated");
    let letter = app.mail_to("canbo@xa.example").await;
    assert!(letter.body.contains("mã 33"), "{letter:?}");
    let again = signed_in(&app, "canbo@xa.example").await;
    let me = again.get("/v1/me").await.json();
    assert_eq!((&me["role"], &me["province"]), (&json!("member"), &Value::Null));
    assert_eq!(me["memberships"][0]["role"], "editor");
    again.get("/v1/officers").await.expect_problem(403, "forbidden");
    // No officer, or nobody at all: the same.
    admin.by.delete(&path).await.expect_problem(404, "not_found");
    admin.by.delete(&format!("/v1/officers/{id}")).await.expect_problem(404, "not_found");
}

async fn the_last_administrator_stays(app: TestApp) {
    let only = person(&app, "admin0@bo.example", Role::Admin, &[]).await;
    let path = |who: &Person| format!("/v1/officers/{}", who.id);
    only.by.delete(&path(&only)).await.expect_problem(409, "not_possible_now");
    let mut last = only;
    for round in 1..6 {
        let other = person(&app, &format!("admin{round}@bo.example"), Role::Admin, &[]).await;
        let (path_last, path_other) = (path(&last), path(&other));
        let (one, two) = tokio::join!(last.by.delete(&path_other), other.by.delete(&path_last));
        // Who comes second is no administrator any more, or not even signed in.
        let dismissed = [&one, &two].iter().filter(|reply| reply.status == StatusCode::NO_CONTENT).count();
        assert_eq!(dismissed, 1, "{} {}", one.text, two.text);
        assert!([one.status, two.status].iter().any(|status| [401, 403].contains(&status.as_u16())));
        last = if one.status == StatusCode::NO_CONTENT { last } else { other };
        last.by.delete(&path(&last)).await.expect_problem(409, "not_possible_now");
    }
}

async fn an_office_waits_for_the_second_factor(app: TestApp) {
    let admin = person(&app, "admin@bo.example", Role::Admin, &[]).await;
    admin.by.get("/v1/officers").await.expect_problem(403, "second_factor_required");
    let body = json!({ "email": "a@b.vn", "office": "admin" });
    let refused = admin.by.post("/v1/office-invitations", &body).await;
    refused.expect_problem(403, "second_factor_required");
    app.no_mail_to("a@b.vn").await;
}
