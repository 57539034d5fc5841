//! A producer of the ledger is claimed, and the two become one.

use super::*;
use crate::cases;
use crate::members::run_sql;
use ocop_market::accounts::MemberRole;
use ocop_market::organisations::OrganisationId;

pub fn cases() -> Vec<Case> {
    cases![
        an_approved_claim_makes_one_of_two,
        what_the_claimant_has_made_goes_over,
        an_invitation_leads_to_the_successor,
        an_unnamed_producer_gets_its_name,
        a_refused_claim_changes_nothing,
        claims_are_made_and_taken_back_by_owners,
        what_stands_in_the_way_is_told,
        the_office_is_that_of_the_target,
        of_two_who_decide_at_once_one_does,
    ]
}

/// A producer of the ledger, and an organisation that claims it.
struct Scene {
    owner: Actor,
    officer: Actor,
    certification: Value,
    made: Value,
    claim: Value,
}

impl Scene {
    async fn set(app: &TestApp) -> Self {
        let (owner, officer) = (person(app, "owner").await, app.officer("33").await);
        let certification = certify(&officer, &recognition("Bánh cáy", "HTX Bánh cáy", "cooperative")).await;
        let more = json!({ "tax_code": "9900000016", "address": "Số 5", "entity_type": "company", "unit": TAN_HUNG });
        let made = register(&owner, &with(cooperative("Công ty Bánh cáy"), more)).await;
        let claim = claim(&owner, &made, &certification["producer"]).await.expect(StatusCode::CREATED);
        Self { owner, officer, certification, made, claim }
    }

    fn target(&self) -> &Value {
        &self.certification["producer"]
    }

    async fn decide(&self, by: &Actor, body: &Value) -> Reply {
        decide_claim(by, &self.made, &self.claim, body).await
    }
}

async fn claim(by: &Actor, of: &Value, target: &Value) -> Reply {
    let body = json!({ "target_id": target["id"], "note": "Đó là chúng tôi." });
    by.post(&format!("{}/claims", path(of)), &body).await
}

async fn decide_claim(by: &Actor, of: &Value, claim: &Value, body: &Value) -> Reply {
    by.post(&format!("{}/claims/{}/decisions", path(of), id(claim)), body).await
}

fn approved() -> Value {
    json!({ "decision": "approved" })
}

async fn an_approved_claim_makes_one_of_two(app: TestApp) {
    let scene = Scene::set(&app).await;
    let Scene { owner, officer, made, .. } = &scene;
    let organisation = OrganisationId::parse(&id(made)).expect("an id");
    let editor = app.member("editor@example.vn", organisation, MemberRole::Editor).await;
    let listing = format!("/v1/listings/{}", id(&scene.certification["product"]));
    editor.get(&listing).await.expect_problem(404, "not_found");
    assert_eq!(scene.claim["state"], "open");
    assert_eq!(scene.claim["because"], json!(["similar_name"]));

    let waiting = officer.all("/v1/organisation-claims?state=open").await;
    assert_eq!(waiting, std::slice::from_ref(&scene.claim));
    let decided = scene.decide(officer, &approved()).await.expect(StatusCode::CREATED);
    assert_eq!((&decided["state"], &decided["because"]), (&json!("approved"), &json!([])));

    // The ledger's producer keeps what it is known by, and gets what was not known.
    let seen = owner.get(&path(scene.target())).await.expect(StatusCode::OK);
    for (member, value) in [
        ("legal_name", "HTX Bánh cáy"),
        ("public_name", "HTX Bánh cáy"),
        ("entity_type", "cooperative"),
        ("tax_code", "9900000016"),
        ("address", "Số 5"),
        ("standing", "verified"),
        ("your_role", "owner"),
    ] {
        assert_eq!(seen[member], value, "{member}");
    }
    assert_eq!(seen["place"]["former"]["district"]["code"], "344");
    patch(&editor, &listing, "*", &json!({ "season_months": [1] })).await.expect(StatusCode::OK);
    let history = owner.all(&format!("{}/verifications", path(scene.target()))).await;
    assert_eq!(history[0]["decision"], "verified");

    // The claimant is no more.
    for by in [owner, &editor, officer] {
        let gone = by.get(&path(made)).await.expect_problem(410, "succeeded");
        assert_eq!(gone["successor_id"], scene.target()["id"]);
    }
    person(&app, "stranger").await.get(&path(made)).await.expect_problem(404, "not_found");
    patch(owner, &path(made), "*", &json!({ "address": null })).await.expect_problem(410, "succeeded");
    let me = owner.get("/v1/me").await.expect(StatusCode::OK);
    let mine: Vec<&Value> =
        me["memberships"].as_array().expect("a list").iter().map(|m| &m["organisation_id"]).collect();
    assert_eq!(mine, [&scene.target()["id"]]);
    let ids: Vec<String> = officer.all("/v1/organisations").await.iter().map(id).collect();
    assert!(!ids.contains(&id(made)), "{ids:?}");

    let letter = app.mail_to(&email("owner")).await;
    assert!(letter.subject.contains("HTX Bánh cáy"), "{letter:?}");
    for (column, of) in [("organisation_id", made), ("organisation_id", scene.target())] {
        let entries = format!("audit_entries WHERE action = 'claim.approved' AND {column} = '{}'", id(of));
        assert_eq!(rows(&app, &entries).await, 1);
    }
    // A list that names it as before finds it.
    let again = certify(officer, &recognition("Kẹo lạc", "HTX Bánh cáy", "cooperative")).await;
    assert_eq!(again["producer"]["id"], scene.target()["id"]);
}

async fn what_the_claimant_has_made_goes_over(app: TestApp) {
    let scene = Scene::set(&app).await;
    let Scene { owner, officer, made, .. } = &scene;
    let lead = json!({
        "products": [{ "product_id": scene.certification["product"]["id"], "quantity": 2, "unit": "XBX" }],
        "message": "Xin báo giá.",
        "company": { "name": "Chuỗi cửa hàng Ví Dụ" },
        "contact": { "name": "Phòng thu mua", "email": "thumua@example.vn" },
        "source": { "channel": "api" },
        "consent": { "text_version": "2026-11", "accepted": true },
    });
    app.anonymous().post_once("/v1/leads", "what-a-client-has-sent", &lead).await.expect(StatusCode::CREATED);
    let of = id(made);
    let user = "(SELECT id FROM users WHERE email_key = 'owner@example.vn')";
    run_sql(
        &app,
        format!(
            "INSERT INTO clients (id, organisation_id, name, scopes, addresses, created_by, created_at, updated_at, tokens_since)
                 VALUES ('01999f6e-3c1a-7d55-9a3e-0c0f7a1b2c01', '{of}', 'Kho', 'leads.write', '', {user}, 1, 1, 0);
             INSERT INTO invitations (id, token_hash, email, email_key, organisation_id, member_role, invited_by, created_at, expires_at)
                 VALUES ('01999f6e-3c1a-7d55-9a3e-0c0f7a1b2c02', 'x', 'a@b.vn', 'a@b.vn', '{of}', 'editor', {user}, 1, 2);
             INSERT INTO delegations (id, organisation_id, delegate_id, role, purpose, requested_by, requested_at, ends_at)
                 VALUES ('01999f6e-3c1a-7d55-9a3e-0c0f7a1b2c03', '{of}', {user}, 'editor', 'x', {user}, 1, 2);
             UPDATE enquiries SET sender_organisation_id = '{of}';"
        ),
    )
    .await;
    scene.decide(officer, &approved()).await.expect(StatusCode::CREATED);
    let target = id(scene.target());
    for (table, column) in [
        ("clients", "organisation_id"),
        ("invitations", "organisation_id"),
        ("delegations", "organisation_id"),
        ("memberships", "organisation_id"),
        ("enquiries", "sender_organisation_id"),
    ] {
        assert_eq!(rows(&app, &format!("{table} WHERE {column} = '{target}'")).await, 1, "{table}");
        assert_eq!(rows(&app, &format!("{table} WHERE {column} = '{of}'")).await, 0, "{table}");
    }
    assert_eq!(owner.all("/v1/leads").await.len(), 1);
}

async fn an_invitation_leads_to_the_successor(app: TestApp) {
    let scene = Scene::set(&app).await;
    let Scene { owner, officer, made, .. } = &scene;
    let invitation = json!({ "email": email("guest"), "role": "editor" });
    owner.post(&format!("{}/invitations", path(made)), &invitation).await.expect(StatusCode::CREATED);
    let token = app.mail_to(&email("guest")).await.token("invitation");
    scene.decide(officer, &approved()).await.expect(StatusCode::CREATED);
    let guest = person(&app, "guest").await;
    let accepted = guest.post("/v1/invitations/acceptances", &json!({ "token": token })).await;
    let membership = accepted.expect(StatusCode::CREATED)["membership"].clone();
    let target = id(scene.target());
    assert_eq!(
        membership,
        json!({ "organisation_id": target, "organisation_name": "HTX Bánh cáy", "role": "editor" })
    );
    assert!(accepted.header("location").starts_with(&format!("/v1/organisations/{target}/members/")));
    guest.get(&path(scene.target())).await.expect(StatusCode::OK);
}

async fn an_unnamed_producer_gets_its_name(app: TestApp) {
    let (owner, officer) = (person(&app, "owner").await, app.officer("33").await);
    let mut nameless = recognition("Bánh cáy", "x", "cooperative");
    nameless
        .as_object_mut()
        .expect("an object")
        .retain(|member, _| member != "producer_name" && member != "entity_type");
    let certification = certify(&officer, &nameless).await;
    let made = register(&owner, &cooperative("HTX Bánh cáy")).await;
    let claim = claim(&owner, &made, &certification["producer"]).await.expect(StatusCode::CREATED);
    let path_of_decisions = format!("{}/claims/{}/decisions", path(&made), id(&claim));
    let reply = officer.settled(officer.request(Method::POST, &path_of_decisions).json(&approved())).await;
    reply.expect(StatusCode::CREATED);
    assert!(!reply.header("catalogue-seq").is_empty());
    let product = format!("/v1/products/{}", id(&certification["product"]));
    let shown = app.anonymous().get(&product).await.expect(StatusCode::OK);
    assert_eq!(shown["producer"]["name"], "HTX Bánh cáy");
}

async fn a_refused_claim_changes_nothing(app: TestApp) {
    let scene = Scene::set(&app).await;
    let Scene { owner, officer, made, .. } = &scene;
    let unreasoned = scene.decide(officer, &json!({ "decision": "refused" })).await;
    assert_eq!(unreasoned.faults(), [("/reason".to_owned(), "missing".to_owned())]);
    let before = owner.get(&path(made)).await.expect(StatusCode::OK);
    let refused = json!({ "decision": "refused", "reason": "Giấy tờ không khớp." });
    let decided = scene.decide(officer, &refused).await.expect(StatusCode::CREATED);
    assert_eq!((&decided["state"], &decided["reason"]), (&json!("refused"), &refused["reason"]));
    assert_eq!(owner.get(&path(made)).await.expect(StatusCode::OK), before);
    owner.get(&path(scene.target())).await.expect_problem(404, "not_found");
    assert!(app.mail_to(&email("owner")).await.body.contains("Giấy tờ không khớp."));
    let again = scene.decide(officer, &approved()).await.expect_problem(409, "already_decided");
    assert_eq!(again["state"], "refused");
    // It may be claimed again.
    claim(owner, made, scene.target()).await.expect(StatusCode::CREATED);
    assert_eq!(owner.all(&format!("{}/claims?limit=1", path(made))).await.len(), 2);
}

async fn claims_are_made_and_taken_back_by_owners(app: TestApp) {
    let scene = Scene::set(&app).await;
    let Scene { owner, officer, made, .. } = &scene;
    let organisation = OrganisationId::parse(&id(made)).expect("an id");
    let editor = app.member("editor@example.vn", organisation, MemberRole::Editor).await;
    let twice = claim(owner, made, scene.target()).await.expect_problem(409, "already_recorded");
    assert_eq!(twice["claim_id"], scene.claim["id"]);
    claim(&editor, made, scene.target()).await.expect_problem(403, "forbidden");
    let stranger = person(&app, "stranger").await;
    claim(&stranger, made, scene.target()).await.expect_problem(404, "not_found");

    let path_of_claim = format!("{}/claims/{}", path(made), id(&scene.claim));
    editor.delete(&path_of_claim).await.expect_problem(403, "forbidden");
    stranger.delete(&path_of_claim).await.expect_problem(404, "not_found");
    let elsewhere = register(owner, &cooperative("HTX Khác")).await;
    let misplaced = format!("{}/claims/{}", path(&elsewhere), id(&scene.claim));
    owner.delete(&misplaced).await.expect_problem(404, "not_found");
    owner.delete(&path_of_claim).await.expect(StatusCode::NO_CONTENT);
    owner.delete(&path_of_claim).await.expect_problem(409, "already_decided");
    scene.decide(officer, &approved()).await.expect_problem(409, "already_decided");
    let shown = editor.all(&format!("{}/claims", path(made))).await;
    assert_eq!(shown[0]["state"], "withdrawn");
    assert_eq!(officer.all("/v1/organisation-claims?state=open").await, Vec::<Value>::new());
}

async fn what_stands_in_the_way_is_told(app: TestApp) {
    let scene = Scene::set(&app).await;
    let Scene { owner, officer, made, .. } = &scene;
    let nothing = json!({ "id": "01999f6e-3c1a-7d55-9a3e-0c0f7a1b2c3d" });
    let buyer = json!({ "kind": "buyer", "legal_name": "Siêu thị Ví Dụ", "unit": VU_THU });
    let buyer = register(owner, &buyer).await;
    for target in [&nothing, made, &buyer] {
        let reply = claim(owner, made, target).await;
        reply.expect_problem(422, "invalid_body");
        assert_eq!(reply.faults(), [("/target_id".to_owned(), "unknown_producer".to_owned())]);
    }
    claim(owner, &buyer, scene.target()).await.expect_problem(409, "not_possible_now");

    // Somebody else claims the same, and is the first to be approved.
    let rival = person(&app, "rival").await;
    let theirs = register(&rival, &cooperative("HTX Bánh cáy")).await;
    let their_claim = claim(&rival, &theirs, scene.target()).await.expect(StatusCode::CREATED);
    decide_claim(officer, &theirs, &their_claim, &approved()).await.expect(StatusCode::CREATED);
    scene.decide(officer, &approved()).await.expect_problem(409, "not_possible_now");
    assert_eq!(owner.get(&path(made)).await.expect(StatusCode::OK)["standing"], "unverified");
    claim(owner, made, &theirs).await.expect_problem(422, "invalid_body");

    // Who has products cannot become one with another.
    let other = certify(officer, &recognition("Miến", "HTX Miến", "cooperative")).await;
    let own = claim(&rival, scene.target(), &other["producer"]).await;
    own.expect_problem(409, "not_possible_now");
    // A tax code is verified once.
    let third = claim(owner, made, &other["producer"]).await.expect(StatusCode::CREATED);
    let twin =
        register(&rival, &with(cooperative("HTX Trùng Mã"), json!({ "tax_code": "9900000016" }))).await;
    decide(officer, &twin, &json!({ "decision": "verified" })).await.expect(StatusCode::CREATED);
    decide_claim(officer, made, &third, &approved()).await.expect_problem(409, "not_possible_now");
    assert_eq!(rows(&app, "organisations WHERE successor_id IS NOT NULL").await, 1);
}

async fn the_office_is_that_of_the_target(app: TestApp) {
    let scene = Scene::set(&app).await;
    let elsewhere = app.officer("01").await;
    scene.decide(&elsewhere, &approved()).await.expect_problem(404, "not_found");
    scene.decide(&scene.owner, &approved()).await.expect_problem(403, "forbidden");
    assert_eq!(elsewhere.all("/v1/organisation-claims").await, Vec::<Value>::new());
    scene.owner.get("/v1/organisation-claims").await.expect_problem(403, "forbidden");

    // From another province: the officer there sees the claimant, the one here decides.
    let made = register(&scene.owner, &with(cooperative("HTX Bánh cáy"), json!({ "unit": BA_DINH }))).await;
    let claim = claim(&scene.owner, &made, scene.target()).await.expect(StatusCode::CREATED);
    decide_claim(&elsewhere, &made, &claim, &approved()).await.expect_problem(404, "not_found");
    decide_claim(&scene.officer, &made, &claim, &approved()).await.expect(StatusCode::CREATED);

    // Nobody decides in a case of one's own.
    let own = register(&scene.officer, &cooperative("HTX Của Cán Bộ")).await;
    let other = certify(&scene.officer, &recognition("Miến", "HTX Miến", "cooperative")).await;
    let target = &other["producer"];
    let body = json!({ "target_id": target["id"] });
    let claim =
        scene.officer.post(&format!("{}/claims", path(&own)), &body).await.expect(StatusCode::CREATED);
    decide_claim(&scene.officer, &own, &claim, &approved()).await.expect_problem(403, "forbidden");
}

async fn of_two_who_decide_at_once_one_does(app: TestApp) {
    let scene = Scene::set(&app).await;
    let admin = app.user("admin@office.example", Role::Admin, &[]).await;
    let (approve, refuse) = (approved(), json!({ "decision": "refused", "reason": "Không khớp." }));
    let (one, other) = tokio::join!(scene.decide(&scene.officer, &approve), scene.decide(&admin, &refuse));
    let (won, lost) = if one.status == StatusCode::CREATED { (one, other) } else { (other, one) };
    won.expect(StatusCode::CREATED);
    lost.expect_problem(409, "already_decided");
    assert_eq!(
        rows(&app, "audit_entries WHERE action IN ('claim.refused')").await
            + rows(&app, "audit_entries WHERE action IN ('claim.approved')").await / 2,
        1
    );
}
