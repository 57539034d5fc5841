//! Papers: handed in, checked, opened, shared, reminded of; and what retailers answer.

use crate::cases;
use crate::harness::{Actor, Case, Reply, TestApp};
use crate::leads::files::{pdf, stored};
use crate::leads::{count, fresh_key};
use crate::privacy::everything::{column, places_of};
use crate::seed::{Certified, Maker, Product, Seed};
use ocop_market::accounts::{MemberRole, Role};
use ocop_market::listings::reminders;
use ocop_market::organisations::OrganisationId;
use ocop_market::privacy;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

pub fn cases() -> Vec<Case> {
    let limited = cases![links_of_an_address_are_limited];
    let limited = limited.into_iter().map(|case| case.with(&["--leads-per-minute=3"]));
    let all = cases![
        a_paper_is_handed_in_and_checked,
        only_what_is_checked_valid_and_told_counts,
        what_may_change_of_a_paper,
        every_fault_of_a_paper_is_told,
        who_takes_a_paper_away,
        everybody_reads_what_the_disclosure_says,
        a_link_lives_as_long_as_it_should,
        a_link_ends_with_what_it_leads_to,
        openings_are_listed_page_by_page,
        owners_are_reminded_once_for_each_step,
        of_several_instances_one_reminds,
        a_retailer_answers,
        one_retailer_does_not_see_another,
        answers_follow_one_another,
        personal_data_in_papers_is_exported_forgotten_and_erased,
        a_household_that_goes_takes_its_papers_along,
    ];
    all.into_iter().chain(limited).collect()
}

const OWNER: &str = "owner@banh.example";

/// A producer with two products in force, another one beside it, and who deals with them.
pub struct Scene {
    maker: Maker,
    pub cake: Product,
    mat: Product,
    pub owner: Actor,
    editor: Actor,
    stranger: Actor,
    pub officer: Actor,
}

impl Scene {
    pub async fn set(app: &TestApp) -> Self {
        let mut seed = Seed::new(app);
        let maker = seed.maker("HTX Bánh Ví Dụ");
        let other = seed.maker("HTX Dệt Ví Dụ");
        let usual = Certified::default();
        let (cake, mat) =
            (seed.certified(maker, "Bánh cáy", &usual), seed.certified(maker, "Chiếu cói", &usual));
        seed.insert().await;
        let owner = app.member(OWNER, maker.id, MemberRole::Owner).await;
        let editor = app.member("editor@banh.example", maker.id, MemberRole::Editor).await;
        let stranger = app.member("owner@det.example", other.id, MemberRole::Owner).await;
        let officer = app.officer("33").await;
        Self { maker, cake, mat, owner, editor, stranger, officer }
    }

    fn papers(&self) -> String {
        format!("/v1/listings/{}/documents", self.cake.id)
    }

    /// A paper of the cake with a file, in this state; its path.
    async fn paper(&self, number: &str, disclosure: &str, state: &str) -> String {
        let file = stored(&self.editor, number).await;
        let mut body = paper("test_report", number);
        (body["file_id"], body["disclosure"]) = (json!(file), json!(disclosure));
        let made = self.editor.post(&self.papers(), &body).await.expect(StatusCode::CREATED);
        let path = format!("{}/{}", self.papers(), text(&made["id"]));
        match state {
            "claimed" => {}
            "checked" => decide(&self.officer, &path, "checked").await,
            _ => decide(&self.officer, &path, "refused").await,
        }
        path
    }

    /// A buyer with an editor of its own.
    async fn retailer(&self, app: &TestApp, name: &str) -> (OrganisationId, Actor) {
        let id = retailer(app, name).await;
        let email = format!("{id}@sieuthi.example");
        (id, app.member(&email, id, MemberRole::Editor).await)
    }
}

/// A new organisation that buys.
pub async fn retailer(app: &TestApp, name: &str) -> OrganisationId {
    let id: OrganisationId = app.state.world.id();
    app.sql(format!(
        "INSERT INTO organisations (id, kind, legal_name, public_name, name_key, created_at, updated_at)
         VALUES ('{id}', 'buyer', '{name}', '{name}', '{id}', 1, 1)"
    ))
    .await;
    id
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value}"))
}

pub fn paper(kind: &str, number: &str) -> Value {
    json!({ "kind": kind, "number": number, "issuer": "Trung tâm Kiểm nghiệm Ví Dụ", "issued_on": "2026-11-01" })
}

async fn decide(officer: &Actor, path: &str, decision: &str) {
    let mut body = json!({ "decision": decision });
    if decision == "refused" {
        body["reason"] = json!({ "vi": "Số không khớp.", "en": "The number does not match." });
    }
    let decided = officer.post(&format!("{path}/checks"), &body).await;
    assert_eq!(decided.expect(StatusCode::CREATED)["state"], decision);
}

async fn patch(by: &Actor, path: &str, body: &Value) -> Reply {
    by.settled(by.request(Method::PATCH, path).header("If-Match", "*").json(body)).await
}

async fn delete(by: &Actor, path: &str) -> Reply {
    by.settled(by.request(Method::DELETE, path)).await
}

async fn public(app: &TestApp, product: &Product) -> Value {
    app.anonymous().get(&format!("/v1/products/{}", product.id)).await.expect(StatusCode::OK)
}

/// Kinds of the certificates that the catalogue shows of a product, and those it counts.
async fn certificates(app: &TestApp, product: &Product) -> (Vec<String>, Vec<String>) {
    let shown = public(app, product).await;
    let kinds = |list: &Value, member: &str| -> Vec<String> {
        list.as_array().expect("a list").iter().map(|one| text(&one[member]).to_owned()).collect()
    };
    let counted = app.anonymous().get("/v1/products?facets=certificates").await.expect(StatusCode::OK);
    (kinds(&shown["certificates"], "kind"), kinds(&counted["facets"]["certificates"], "value"))
}

async fn a_paper_is_handed_in_and_checked(app: TestApp) {
    let scene = Scene::set(&app).await;
    let before = public(&app, &scene.cake).await;
    let file = stored(&scene.editor, "VietGAP").await;
    let mut body = paper("vietgap", " VG  01 ");
    (body["file_id"], body["valid_until"]) = (json!(file), json!("2027-06-30"));
    let key = fresh_key();
    let made = scene.editor.post_once(&scene.papers(), &key, &body).await;
    let replayed = scene.editor.post_once(&scene.papers(), &key, &body).await;
    assert_eq!((&replayed.text, replayed.header("idempotency-replayed")), (&made.text, "true".to_owned()));
    let hash = made.json()["file"]["sha256"].clone();
    let mut expected = json!({
        "id": made.json()["id"], "kind": "vietgap", "name": { "vi": "VietGAP", "en": "VietGAP" }, "number": "VG 01",
        "issuer": "Trung tâm Kiểm nghiệm Ví Dụ", "issued_on": "2026-11-01", "valid_until": "2027-06-30",
        "file": { "name": "minh-chung.pdf", "media_type": "application/pdf", "size": pdf("VietGAP").len(), "sha256": hash },
        "disclosure": "on_request", "state": "claimed", "reason": null, "recorded_by": "producer",
        "recorded_at": "2026-11-23T03:00:00Z", "checked_at": null,
    });
    assert_eq!(made.expect(StatusCode::CREATED), expected);
    // Buyers learn nothing of it: not even that something has changed.
    assert_eq!(made.header("catalogue-seq"), "");
    assert_eq!(public(&app, &scene.cake).await, before);
    let path = format!("{}/{}", scene.papers(), text(&expected["id"]));
    let read = scene.owner.get(&path).await;
    assert_eq!(read.expect(StatusCode::OK), expected);
    let listing = scene.owner.get(&format!("/v1/listings/{}", scene.cake.id)).await.json();
    assert_eq!(listing["documents"], json!([expected]));
    // The file is this paper's for good.
    let again = scene
        .editor
        .post(&scene.papers(), &json!({ "file_id": file, "kind": "haccp", "number": "1", "issuer": "x" }))
        .await;
    again.expect_problem(422, "invalid_body");
    assert_eq!(again.faults(), [("/file_id".to_owned(), "file_in_use".to_owned())]);
    let twice = scene.officer.post(&scene.papers(), &paper("vietgap", "VG 01")).await;
    assert_eq!(twice.expect_problem(409, "already_recorded")["document_id"], expected["id"]);

    app.clock.advance_seconds(60);
    let checks = format!("{path}/checks");
    for by in [&scene.owner, &scene.editor] {
        by.post(&checks, &json!({ "decision": "checked" })).await.expect_problem(403, "forbidden");
    }
    let checked = scene.officer.post(&checks, &json!({ "decision": "checked" })).await;
    (expected["state"], expected["checked_at"]) = (json!("checked"), json!("2026-11-23T03:01:00Z"));
    assert_eq!(checked.expect(StatusCode::CREATED), expected);
    assert_ne!(checked.header("catalogue-seq"), "");
    assert_eq!(checked.header("location"), path);
    let (shown, counted) = certificates(&app, &scene.cake).await;
    assert_eq!((shown, counted), (vec!["vietgap".to_owned()], vec!["vietgap".to_owned()]));
    scene
        .officer
        .post(&checks, &json!({ "decision": "checked" }))
        .await
        .expect_problem(409, "already_decided");
    let told = column(
        &app,
        "SELECT action AS value FROM audit_entries WHERE action LIKE 'listing.document%' ORDER BY seq",
    )
    .await;
    assert_eq!(told, ["listing.document_claimed", "listing.document_decided"]);
}

async fn only_what_is_checked_valid_and_told_counts(app: TestApp) {
    let scene = Scene::set(&app).await;
    let record = async |kind: &str, more: Value| {
        let mut body = paper(kind, "1");
        for (member, value) in more.as_object().expect("members") {
            body[member] = value.clone();
        }
        let made = scene.officer.post(&scene.papers(), &body).await;
        (made.expect(StatusCode::CREATED), !made.header("catalogue-seq").is_empty())
    };
    let (haccp, announced) = record("haccp", json!({ "valid_until": "2026-11-24" })).await;
    assert_eq!(
        (&haccp["state"], &haccp["disclosure"], announced),
        (&json!("checked"), &json!("public"), true)
    );
    // What is no certificate is checked too, and the catalogue has nothing to say of it.
    for kind in ["business_registration", "self_declaration", "test_report", "other"] {
        assert!(!record(kind, json!({})).await.1, "{kind}");
    }
    assert!(!record("halal", json!({ "disclosure": "officer" })).await.1);
    assert!(record("organic", json!({ "disclosure": "on_request" })).await.1);
    scene.editor.post(&scene.papers(), &paper("gmp", "1")).await.expect(StatusCode::CREATED);
    let both = ["haccp".to_owned(), "organic".to_owned()];
    let sorted = async || {
        let (mut shown, mut counted) = certificates(&app, &scene.cake).await;
        shown.sort();
        counted.sort();
        assert_eq!(shown, counted);
        shown
    };
    assert_eq!(sorted().await, both);
    let csv = app.anonymous().get("/v1/catalogue/export?format=csv").await;
    assert!(!csv.text.contains("halal") && !csv.text.contains("gmp"), "{}", csv.text);
    app.anonymous()
        .get("/v1/products?certificates=business_registration")
        .await
        .expect_problem(400, "invalid_parameters");

    // The producer keeps one to itself, and tells of it again.
    let path = format!("{}/{}", scene.papers(), text(&haccp["id"]));
    let hidden = patch(&scene.editor, &path, &json!({ "disclosure": "officer" })).await;
    assert_eq!(hidden.expect(StatusCode::OK)["disclosure"], "officer");
    assert_ne!(hidden.header("catalogue-seq"), "");
    assert_eq!(sorted().await, ["organic"]);
    let asked = patch(&scene.editor, &path, &json!({ "disclosure": "on_request" })).await;
    assert_ne!(asked.header("catalogue-seq"), "");
    let same = patch(&scene.editor, &path, &json!({ "disclosure": "public" })).await;
    assert_eq!(
        (same.expect(StatusCode::OK)["disclosure"].clone(), same.header("catalogue-seq")),
        (json!("public"), String::new())
    );
    assert_eq!(sorted().await, both);
    // To the end of the last day.
    app.clock.set("2026-11-24T16:59:59.999999Z");
    assert_eq!(sorted().await, both);
    app.clock.set("2026-11-24T17:00:00Z");
    assert_eq!(sorted().await, ["organic"]);
}

async fn what_may_change_of_a_paper(app: TestApp) {
    let scene = Scene::set(&app).await;
    let path = scene.paper("TN-1", "on_request", "refused").await;
    let read = scene.owner.get(&path).await;
    let refused = read.expect(StatusCode::OK);
    assert_eq!(
        (&refused["state"], &refused["reason"]["en"]),
        (&json!("refused"), &json!("The number does not match."))
    );
    let body = json!({ "number": "TN-2", "valid_until": "2027-01-31" });
    let without = Reply::of(scene.owner.request(Method::PATCH, &path).json(&body)).await;
    without.expect_problem(428, "precondition_required");
    let stale = scene.owner.request(Method::PATCH, &path).header("If-Match", "\"x\"").json(&body);
    Reply::of(stale).await.expect_problem(412, "precondition_failed");
    patch(&scene.officer, &path, &body).await.expect_problem(403, "forbidden");
    // Who may read it is no other paper: it stays refused.
    let told = patch(&scene.owner, &path, &json!({ "disclosure": "public" })).await.expect(StatusCode::OK);
    assert_eq!((&told["state"], &told["disclosure"]), (&json!("refused"), &json!("public")));
    let tag = scene.owner.get(&path).await.header("etag");
    let changed = scene.owner.request(Method::PATCH, &path).header("If-Match", tag).json(&body);
    let changed = Reply::of(changed).await.expect(StatusCode::OK);
    assert_eq!(
        (
            &changed["number"],
            &changed["valid_until"],
            &changed["state"],
            &changed["reason"],
            &changed["checked_at"]
        ),
        (&json!("TN-2"), &json!("2027-01-31"), &json!("claimed"), &Value::Null, &Value::Null)
    );
    // Another file takes the place of the first, which is gone.
    let files = count(&app, "files").await;
    let file = stored(&scene.owner, "một bản khác").await;
    let other = patch(&scene.owner, &path, &json!({ "file_id": file, "valid_until": null }))
        .await
        .expect(StatusCode::OK);
    assert_ne!(other["file"]["sha256"], changed["file"]["sha256"]);
    assert_eq!((&other["valid_until"], count(&app, "files").await), (&Value::Null, files));
    decide(&scene.officer, &path, "checked").await;
    for body in [
        json!({ "number": "TN-3" }),
        json!({ "issuer": "Nơi khác" }),
        json!({ "valid_until": "2030-01-01" }),
        json!({ "issued_on": null }),
        json!({ "file_id": null }),
    ] {
        patch(&scene.owner, &path, &body).await.expect_problem(409, "already_decided");
    }
    patch(&scene.owner, &path, &json!({ "disclosure": "officer" })).await.expect(StatusCode::OK);
    // No two of one number.
    let second = scene.paper("TN-9", "on_request", "claimed").await;
    let taken = patch(&scene.owner, &second, &json!({ "number": "TN-2" })).await;
    taken.expect_problem(409, "already_recorded");
    scene.stranger.get(&path).await.expect_problem(404, "not_found");
    patch(&scene.stranger, &path, &json!({})).await.expect_problem(404, "not_found");
    let elsewhere = path.replace(scene.cake.id.as_str(), scene.mat.id.as_str());
    scene.owner.get(&elsewhere).await.expect_problem(404, "not_found");
    patch(&scene.owner, &elsewhere, &json!({})).await.expect_problem(404, "not_found");
}

async fn every_fault_of_a_paper_is_told(app: TestApp) {
    let scene = Scene::set(&app).await;
    let faults = async |by: &Actor, path: &str, body: &Value| {
        let reply = by.post(path, body).await;
        reply.expect_problem(422, "invalid_body");
        let mut faults = reply.faults();
        faults.sort();
        faults
    };
    let at = |list: &[(&str, &str)]| -> Vec<(String, String)> {
        list.iter().map(|(at, code)| ((*at).to_owned(), (*code).to_owned())).collect()
    };
    let wrong = json!({ "kind": "iso_9001", "number": " ", "disclosure": "secret", "file_id": "x", "state": "checked" });
    let expected = [
        ("/disclosure", "unknown_value"),
        ("/file_id", "invalid_id"),
        ("/issuer", "missing"),
        ("/kind", "unknown_value"),
        ("/number", "missing"),
        ("/state", "unknown_field"),
    ];
    assert_eq!(faults(&scene.owner, &scene.papers(), &wrong).await, at(&expected));
    let mut days = paper("trademark", "1");
    (days["issued_on"], days["valid_until"]) = (json!("2026-11-24"), json!("2026-11-22"));
    let expected = [("/issued_on", "in_the_future"), ("/valid_until", "in_the_past")];
    assert_eq!(faults(&scene.owner, &scene.papers(), &days).await, at(&expected));
    // Somebody else's file is none.
    let mut body = paper("trademark", "1");
    body["file_id"] = json!(stored(&scene.stranger, "của người khác").await);
    assert_eq!(faults(&scene.owner, &scene.papers(), &body).await, at(&[("/file_id", "unknown_file")]));
    let path = scene.paper("TN-1", "on_request", "claimed").await;
    let checks = format!("{path}/checks");
    assert_eq!(
        faults(&scene.officer, &checks, &json!({ "decision": "refused" })).await,
        at(&[("/reason", "missing")])
    );
    let reasoned = json!({ "decision": "checked", "reason": { "vi": "Vì vậy." } });
    assert_eq!(faults(&scene.officer, &checks, &reasoned).await, at(&[("/reason", "not_allowed")]));
    let shares = format!("{path}/shares");
    let wrong = json!({ "days": 91, "for": "", "most_openings": 0 });
    let expected = [("/days", "out_of_range"), ("/for", "missing"), ("/most_openings", "out_of_range")];
    assert_eq!(faults(&scene.owner, &shares, &wrong).await, at(&expected));
}

async fn who_takes_a_paper_away(app: TestApp) {
    let scene = Scene::set(&app).await;
    let files = count(&app, "files").await;
    for (state, n) in [("claimed", "1"), ("checked", "2"), ("refused", "3")] {
        let path = scene.paper(n, "on_request", state).await;
        let shared =
            scene.owner.post(&format!("{path}/shares"), &json!({ "days": 7, "for": "Siêu thị" })).await;
        if state != "refused" {
            let token = shared.expect(StatusCode::CREATED)["token"].clone();
            let opened =
                app.anonymous().post("/v1/shared-documents/openings", &json!({ "token": token })).await;
            assert_eq!(opened.status, StatusCode::OK);
        }
        delete(&scene.stranger, &path).await.expect_problem(404, "not_found");
        delete(&scene.editor, &path).await.expect(StatusCode::NO_CONTENT);
        scene.owner.get(&path).await.expect_problem(404, "not_found");
    }
    // With its file, its links and its log.
    assert_eq!(count(&app, "files").await, files);
    assert_eq!(count(&app, "listing_document_shares").await, 0);
    assert_eq!(count(&app, "listing_document_accesses").await, 0);
    let made = scene.officer.post(&scene.papers(), &paper("vietgap", "1")).await.expect(StatusCode::CREATED);
    let path = format!("{}/{}", scene.papers(), text(&made["id"]));
    delete(&scene.owner, &path).await.expect_problem(403, "forbidden");
    let removed = delete(&scene.officer, &path).await;
    removed.expect(StatusCode::NO_CONTENT);
    assert_ne!(removed.header("catalogue-seq"), "");
}

/// Every kind of caller, every disclosure, every state.
async fn everybody_reads_what_the_disclosure_says(app: TestApp) {
    let scene = Scene::set(&app).await;
    let viewer = app.member("viewer@banh.example", scene.maker.id, MemberRole::Viewer).await;
    let (nobody, away) = (app.anonymous(), app.officer("01").await);
    let admin = app.user("admin@office.example", Role::Admin, &[]).await;
    let buyer = app.user("mua@example.vn", Role::Member, &[]).await;
    let machine = app.machine(&scene.owner, scene.maker.id, &["listings.read"]).await;
    let machine = app.as_machine(&machine).await;
    let insiders = [&viewer, &scene.editor, &scene.owner, &machine];
    let office = [&scene.officer, &admin];
    let outsiders = [&nobody, &scene.stranger, &buyer, &away];
    let mut open_to_all = Vec::new();
    for disclosure in ["public", "on_request", "officer"] {
        for state in ["claimed", "checked", "refused"] {
            let at = format!("{disclosure} {state}");
            let path = scene.paper(&at, disclosure, state).await;
            let content = format!("{path}/content");
            for by in insiders.iter().chain(&office) {
                let read = by.get(&content).await;
                assert_eq!((read.status, read.text.as_str()), (StatusCode::OK, pdf(&at).as_str()), "{at}");
                assert_eq!(read.header("cache-control"), "private, no-store");
                assert!(read.header("content-disposition").starts_with("attachment"));
            }
            let is_public = disclosure == "public" && state == "checked";
            for by in outsiders {
                let read = by.get(&content).await;
                if is_public {
                    assert_eq!(
                        (read.status, read.text.as_str()),
                        (StatusCode::OK, pdf(&at).as_str()),
                        "{at}"
                    );
                } else {
                    read.expect_problem(404, "not_found");
                }
            }
            if is_public {
                open_to_all.push(content);
            }
            // What the producer's own side opens is nobody's business.
            let log = scene.editor.all(&format!("{path}/accesses")).await;
            // All at one instant, in which there is no order.
            let mut via: Vec<&str> = log.iter().map(|one| text(&one["via"])).collect();
            via.sort_unstable();
            let expected: &[&str] = match is_public {
                true => &["office", "office", "public", "public", "public", "public"],
                false => &["office", "office"],
            };
            assert_eq!(via, expected, "{at}");
            assert_eq!(
                log.iter().filter(|one| one["user_id"].is_string()).count(),
                expected.len() - usize::from(is_public)
            );
            assert_eq!(scene.officer.all(&format!("{path}/accesses")).await, log);
            for by in [&scene.stranger, &away] {
                by.get(&format!("{path}/accesses")).await.expect_problem(404, "not_found");
            }
        }
    }
    // What is not offered is not told of.
    assert_eq!(open_to_all.len(), 1);
    let withdrawal = format!("/v1/listings/{}/withdrawals", scene.cake.id);
    scene.owner.post(&withdrawal, &Value::Null).await.expect(StatusCode::CREATED);
    nobody.get(&open_to_all[0]).await.expect_problem(404, "not_found");
    assert_eq!(scene.owner.get(&open_to_all[0]).await.status, StatusCode::OK);
    let bare = scene.officer.post(&scene.papers(), &paper("other", "1")).await.expect(StatusCode::CREATED);
    let bare = format!("{}/{}/content", scene.papers(), text(&bare["id"]));
    scene.owner.get(&bare).await.expect_problem(404, "not_found");
    let elsewhere = open_to_all[0].replace(scene.cake.id.as_str(), scene.mat.id.as_str());
    scene.owner.get(&elsewhere).await.expect_problem(404, "not_found");
}

/// Makes a link; its token and its id.
async fn share(by: &Actor, path: &str, body: &Value) -> (String, String) {
    let made = by.post(&format!("{path}/shares"), body).await.expect(StatusCode::CREATED);
    let (token, url) = (text(&made["token"]).to_owned(), text(&made["url"]));
    assert!(url.ends_with(&format!("/links/shared-document#{token}")), "{url}");
    (token, text(&made["share"]["id"]).to_owned())
}

async fn look(app: &TestApp, token: &str) -> Reply {
    app.anonymous().post("/v1/shared-documents/previews", &json!({ "token": token })).await
}

async fn open(app: &TestApp, token: &str) -> Reply {
    app.anonymous().post("/v1/shared-documents/openings", &json!({ "token": token })).await
}

async fn a_link_lives_as_long_as_it_should(app: TestApp) {
    let scene = Scene::set(&app).await;
    let path = scene.paper("TN-1", "on_request", "checked").await;
    let body = json!({ "days": 7, "for": " Phòng thu  mua ", "most_openings": 2 });
    scene.officer.post(&format!("{path}/shares"), &body).await.expect_problem(403, "forbidden");
    let (token, id) = share(&scene.editor, &path, &body).await;
    assert!(places_of(&app, &[&token]).await.is_empty(), "only a hash of the token is kept");
    let page = app.anonymous().get("/links/shared-document").await;
    assert!(
        page.text.contains("/v1/shared-documents/openings")
            && page.header("content-security-policy").contains("sha256-")
    );
    // To look uses nothing up, and tells what it is.
    for _ in 0..3 {
        let seen = look(&app, &token).await.expect(StatusCode::OK);
        assert_eq!(
            (&seen["number"], &seen["state"], &seen["openings_left"]),
            (&json!("TN-1"), &json!("checked"), &json!(2))
        );
        assert_eq!(
            (&seen["product_name"], &seen["producer_name"]),
            (&json!("Bánh cáy"), &json!("HTX Bánh Ví Dụ"))
        );
    }
    for _ in 0..2 {
        let opened = open(&app, &token).await;
        assert_eq!((opened.status, opened.text), (StatusCode::OK, pdf("TN-1")));
    }
    open(&app, &token).await.expect_problem(410, "invalid_link");
    look(&app, &token).await.expect_problem(410, "invalid_link");
    let listed = scene.owner.get(&format!("{path}/shares")).await;
    assert!(!listed.text.contains(&token));
    let listed = listed.expect(StatusCode::OK)["items"][0].clone();
    assert_eq!(
        (&listed["for"], &listed["state"], &listed["openings"], &listed["expires_at"]),
        (&json!("Phòng thu mua"), &json!("used_up"), &json!(2), &json!("2026-11-30T03:00:00Z"))
    );
    let log = scene.owner.all(&format!("{path}/accesses")).await;
    assert_eq!(log.len(), 2);
    assert_eq!(
        (&log[0]["via"], &log[0]["share"]),
        (&json!("share"), &json!({ "id": id, "for": "Phòng thu mua" }))
    );
    assert_eq!((&log[0]["user_id"], &log[0]["client_id"]), (&Value::Null, &Value::Null));

    // One without a number of openings runs out by its day.
    app.clock.advance_seconds(1);
    let (token, _) = share(&scene.owner, &path, &json!({ "days": 1, "for": "Khách" })).await;
    assert_eq!(look(&app, &token).await.expect(StatusCode::OK)["openings_left"], Value::Null);
    app.clock.set("2026-11-24T03:00:00Z");
    assert_eq!(open(&app, &token).await.status, StatusCode::OK);
    app.clock.set("2026-11-24T03:00:01Z");
    open(&app, &token).await.expect_problem(410, "invalid_link");
    let owner = app.again(OWNER).await;
    let states: Vec<_> =
        owner.all(&format!("{path}/shares")).await.iter().map(|one| one["state"].clone()).collect();
    assert_eq!(states, [json!("expired"), json!("used_up")]);
    for unknown in ["", "x", &token.to_uppercase()] {
        open(&app, unknown).await.expect_problem(410, "invalid_link");
    }
}

async fn a_link_ends_with_what_it_leads_to(app: TestApp) {
    let scene = Scene::set(&app).await;
    let path = scene.paper("TN-1", "on_request", "claimed").await;
    let body = json!({ "days": 90, "for": "Khách" });
    let (token, id) = share(&scene.owner, &path, &body).await;
    let (other, _) = share(&scene.owner, &path, &body).await;
    assert_eq!(look(&app, &token).await.expect(StatusCode::OK)["state"], "claimed");
    let one = format!("{path}/shares/{id}");
    delete(&scene.officer, &one).await.expect_problem(403, "forbidden");
    delete(&scene.stranger, &one).await.expect_problem(404, "not_found");
    delete(&scene.editor, &one).await.expect(StatusCode::NO_CONTENT);
    delete(&scene.editor, &one).await.expect_problem(404, "not_found");
    open(&app, &token).await.expect_problem(410, "invalid_link");
    assert_eq!(open(&app, &other).await.status, StatusCode::OK);
    patch(&scene.owner, &path, &json!({ "disclosure": "officer" })).await.expect(StatusCode::OK);
    open(&app, &other).await.expect_problem(410, "invalid_link");
    scene.owner.post(&format!("{path}/shares"), &body).await.expect_problem(409, "not_possible_now");
    patch(&scene.owner, &path, &json!({ "disclosure": "on_request" })).await.expect(StatusCode::OK);
    assert_eq!(open(&app, &other).await.status, StatusCode::OK);
    decide(&scene.officer, &path, "refused").await;
    open(&app, &other).await.expect_problem(410, "invalid_link");
    scene.owner.post(&format!("{path}/shares"), &body).await.expect_problem(409, "not_possible_now");
    // Nor is there anything to share without a file.
    let bare = scene.editor.post(&scene.papers(), &paper("other", "1")).await.expect(StatusCode::CREATED);
    let shares = format!("{}/{}/shares", scene.papers(), text(&bare["id"]));
    scene.owner.post(&shares, &body).await.expect_problem(409, "not_possible_now");
    delete(&scene.owner, &path).await.expect(StatusCode::NO_CONTENT);
    open(&app, &other).await.expect_problem(410, "invalid_link");
}

async fn links_of_an_address_are_limited(app: TestApp) {
    for _ in 0..3 {
        look(&app, "x").await.expect_problem(410, "invalid_link");
    }
    let limited = open(&app, "x").await;
    limited.expect_problem(429, "too_many_requests");
    assert_ne!(limited.header("retry-after"), "");
}

async fn openings_are_listed_page_by_page(app: TestApp) {
    let scene = Scene::set(&app).await;
    let path = scene.paper("TN-1", "public", "checked").await;
    for n in 0..5 {
        app.clock.advance_seconds(n);
        assert_eq!(app.anonymous().get(&format!("{path}/content")).await.status, StatusCode::OK);
        share(&scene.owner, &path, &json!({ "days": 1, "for": format!("Khách {n}") })).await;
    }
    for list in ["accesses", "shares"] {
        let whole = scene.owner.all(&format!("{path}/{list}?limit=100")).await;
        assert_eq!(
            (whole.len(), &scene.owner.all(&format!("{path}/{list}?limit=2")).await),
            (5, &whole),
            "{list}"
        );
        let member = if list == "shares" { "made_at" } else { "at" };
        assert!(whole.is_sorted_by(|one, next| text(&one[member]) >= text(&next[member])), "{whole:?}");
    }
    let page = scene.owner.get(&format!("{path}/accesses?limit=2")).await;
    let cursor = page.json()["next_cursor"].clone();
    let wrong = scene.owner.get(&format!("{path}/shares?limit=2&cursor={}", text(&cursor))).await;
    wrong.expect_problem(400, "invalid_cursor");
}

async fn remind(app: &TestApp, at: &str) -> usize {
    app.clock.set(at);
    reminders::round(&app.state).await.expect("the letters are written")
}

async fn owners_are_reminded_once_for_each_step(app: TestApp) {
    let scene = Scene::set(&app).await;
    let english = app.member("english@banh.example", scene.maker.id, MemberRole::Owner).await;
    let tag = english.get("/v1/me").await.header("etag");
    let spoken =
        english.request(Method::PATCH, "/v1/me").header("If-Match", tag).json(&json!({ "language": "en" }));
    Reply::of(spoken).await.expect(StatusCode::OK);
    let silent = app.member("silent@banh.example", scene.maker.id, MemberRole::Owner).await;
    let off = silent.request(Method::PATCH, "/v1/me/notifications").header("If-Match", "*");
    let off = Reply::of(off.json(&json!({ "paper_reminders": false }))).await.expect(StatusCode::OK);
    assert_eq!(off["paper_reminders"], false);
    let until = |number: &str, day: &str| {
        let mut body = paper("food_safety", number);
        body["valid_until"] = json!(day);
        body
    };
    // Its last day is 90 days off.
    scene.officer.post(&scene.papers(), &until("ATTP-1", "2027-02-21")).await.expect(StatusCode::CREATED);
    // 20 days to go when it is recorded: the steps of 60 and 30 days are over.
    scene.officer.post(&scene.papers(), &until("ATTP-2", "2026-12-13")).await.expect(StatusCode::CREATED);
    // Of what nobody has checked, has no end, or is not offered, nobody is told.
    scene.editor.post(&scene.papers(), &until("ATTP-3", "2027-02-21")).await.expect(StatusCode::CREATED);
    scene.officer.post(&scene.papers(), &paper("haccp", "1")).await.expect(StatusCode::CREATED);
    let withdrawn = format!("/v1/listings/{}", scene.mat.id);
    scene
        .officer
        .post(&format!("{withdrawn}/documents"), &until("ATTP-4", "2027-02-21"))
        .await
        .expect(StatusCode::CREATED);
    scene.owner.post(&format!("{withdrawn}/withdrawals"), &Value::Null).await.expect(StatusCode::CREATED);

    let told = async |n: usize, at: &str, subject: [&str; 2], says: &str| {
        assert_eq!(remind(&app, at).await, n, "{at}");
        assert_eq!(remind(&app, at).await, 0, "{at}: once");
        let (vi, en) = (app.mail_to(OWNER).await, app.mail_to("english@banh.example").await);
        assert_eq!([vi.subject.as_str(), en.subject.as_str()], subject);
        assert!(en.body.contains(says), "{}", en.body);
    };
    assert_eq!(remind(&app, "2026-11-23T03:00:00Z").await, 0);
    let vi = "Cơ sở đủ điều kiện an toàn thực phẩm của Bánh cáy";
    // Six days late, for the service was not running; in the morning.
    assert_eq!(remind(&app, "2026-12-05T23:59:59Z").await, 0);
    let soon =
        [format!("{vi} hết hạn ngày 13/12/2026"), "Food safety of Bánh cáy ends on 2026-12-13".to_owned()];
    told(1, "2026-12-08T00:00:00Z", [&soon[0], &soon[1]], "number ATTP-2").await;
    let over = [format!("{vi} đã hết hạn"), "Food safety of Bánh cáy has run out".to_owned()];
    told(1, "2026-12-14T00:00:00Z", [&over[0], &over[1]], "ended on 2026-12-13").await;
    let first =
        [format!("{vi} hết hạn ngày 21/02/2027"), "Food safety of Bánh cáy ends on 2027-02-21".to_owned()];
    assert_eq!(remind(&app, "2026-12-22T23:59:59Z").await, 0);
    told(1, "2026-12-23T00:00:00Z", [&first[0], &first[1]], "60 days are left").await;
    assert_eq!(remind(&app, "2027-01-21T23:59:59Z").await, 0);
    told(1, "2027-01-22T00:00:00Z", [&first[0], &first[1]], "30 days are left").await;
    told(1, "2027-02-14T00:00:00Z", [&first[0], &first[1]], "7 days are left").await;
    assert_eq!(remind(&app, "2027-02-21T10:00:00Z").await, 0);
    told(1, "2027-02-22T00:00:00Z", [&over[0], &over[1]], "number ATTP-1").await;
    assert_eq!(remind(&app, "2027-04-01T00:00:00Z").await, 0);
    for address in [OWNER, "english@banh.example", "silent@banh.example", "editor@banh.example"] {
        app.no_mail_to(address).await;
    }
}

async fn of_several_instances_one_reminds(app: TestApp) {
    let scene = Scene::set(&app).await;
    for n in 0..5 {
        let mut body = paper("food_safety", &n.to_string());
        body["valid_until"] = json!("2027-02-21");
        scene.officer.post(&scene.papers(), &body).await.expect(StatusCode::CREATED);
    }
    app.clock.set("2026-12-23T03:00:00Z");
    let beside = app.beside(&[]);
    let rounds = tokio::join!(
        reminders::round(&app.state),
        reminders::round(&beside.state),
        reminders::round(&app.state),
        reminders::round(&beside.state),
    );
    let told = [rounds.0, rounds.1, rounds.2, rounds.3].map(|round| round.expect("a round"));
    assert_eq!(told.iter().sum::<usize>(), 5, "{told:?}");
    let letters = column(&app, "SELECT id AS value FROM mails WHERE kind = 'paper_expiring'").await;
    assert_eq!(letters.len(), 5);
}

fn answers(product: &Product) -> String {
    format!("/v1/listings/{}/answers", product.id)
}

async fn put(by: &Actor, path: &str, tag: Option<&str>, body: &Value) -> Reply {
    let request = by.request(Method::PUT, path).json(body);
    Reply::of(match tag {
        Some(tag) => request.header("If-Match", tag),
        None => request,
    })
    .await
}

async fn a_retailer_answers(app: TestApp) {
    let scene = Scene::set(&app).await;
    let (id, by) = scene.retailer(&app, "Siêu thị Ví Dụ").await;
    let path = format!("{}/{id}", answers(&scene.cake));
    by.get(&path).await.expect_problem(404, "not_found");
    assert_eq!(by.get(&answers(&scene.cake)).await.expect(StatusCode::OK)["items"], json!([]));
    let body = json!({ "state": "in_review", "profile": "supermarket" });
    let first = put(&by, &path, None, &body).await;
    let view = first.expect(StatusCode::OK);
    let given = json!({
        "number": 1, "state": "in_review", "reason": null, "text": null, "listed_since": null, "profile": "supermarket",
        "answered_at": "2026-11-23T03:00:00Z",
    });
    assert_eq!(view["organisation"], json!({ "id": id, "name": "Siêu thị Ví Dụ" }));
    assert_eq!((&view["answer"], &view["history"]), (&given, &json!([given])));
    let letter = app.mail_to(OWNER).await;
    assert_eq!(letter.subject, "Siêu thị Ví Dụ: Bánh cáy");
    assert!(letter.body.contains("đang xem xét"), "{}", letter.body);
    // The same again is no answer, and no letter.
    assert_eq!(put(&by, &path, Some(&first.header("etag")), &body).await.expect(StatusCode::OK), view);
    app.no_mail_to(OWNER).await;
    let refusal = json!({ "state": "rejected", "reason": "papers", "text": "Xin bổ sung phiếu thử nghiệm." });
    put(&by, &path, None, &refusal).await.expect_problem(428, "precondition_required");
    put(&by, &path, Some("\"x\""), &refusal).await.expect_problem(412, "precondition_failed");
    let second = put(&by, &path, Some(&first.header("etag")), &refusal).await.expect(StatusCode::OK);
    assert_eq!((&second["answer"]["number"], &second["history"][1]), (&json!(2), &given));
    let letter = app.mail_to(OWNER).await;
    assert!(
        letter.body.contains("Lý do: giấy tờ") && letter.body.contains("phiếu thử nghiệm"),
        "{}",
        letter.body
    );
    // The producer and the office see it; a machine of the retailer answers too.
    for sees in [&scene.owner, &scene.editor, &scene.officer, &by] {
        assert_eq!(sees.get(&path).await.expect(StatusCode::OK), second);
        assert_eq!(sees.all(&answers(&scene.cake)).await, std::slice::from_ref(&second));
    }
    let owner = app.member("chu@sieuthi.example", id, MemberRole::Owner).await;
    let machine = app.machine(&owner, id, &["listings.write", "listings.read"]).await;
    let machine = app.as_machine(&machine).await;
    let taken = put(&machine, &path, Some("*"), &json!({ "state": "accepted" })).await.expect(StatusCode::OK);
    assert_eq!(taken["answer"]["state"], "accepted");
    let sold = json!({ "state": "listed", "listed_since": "2026-11-20" });
    let sold = put(&machine, &path, Some("*"), &sold).await.expect(StatusCode::OK);
    assert_eq!(
        (&sold["answer"]["listed_since"], sold["history"].as_array().map(Vec::len)),
        (&json!("2026-11-20"), Some(4))
    );
    // What nobody wants to read is not written.
    let off = scene.owner.request(Method::PATCH, "/v1/me/notifications").header("If-Match", "*");
    Reply::of(off.json(&json!({ "retailer_answers": false }))).await.expect(StatusCode::OK);
    app.mail_to(OWNER).await;
    app.mail_to(OWNER).await;
    put(&machine, &path, Some("*"), &json!({ "state": "in_review" })).await.expect(StatusCode::OK);
    app.no_mail_to(OWNER).await;
}

async fn one_retailer_does_not_see_another(app: TestApp) {
    let scene = Scene::set(&app).await;
    let (one, by) = scene.retailer(&app, "Siêu thị Một").await;
    let (other, stranger) = scene.retailer(&app, "Siêu thị Hai").await;
    let (path, others) =
        (format!("{}/{one}", answers(&scene.cake)), format!("{}/{other}", answers(&scene.cake)));
    let body = json!({ "state": "in_review" });
    put(&by, &path, None, &body).await.expect(StatusCode::OK);
    // As if there were none.
    let hidden = stranger.get(&path).await.expect_problem(404, "not_found");
    let nothing = stranger.get(&others).await.expect_problem(404, "not_found");
    assert_eq!((&hidden["title"], &hidden["detail"]), (&nothing["title"], &nothing["detail"]));
    assert_eq!(stranger.get(&answers(&scene.cake)).await.expect(StatusCode::OK)["items"], json!([]));
    put(&stranger, &path, Some("*"), &body).await.expect_problem(404, "not_found");
    put(&stranger, &others, None, &body).await.expect(StatusCode::OK);
    for (by, own) in [(&by, one), (&stranger, other)] {
        let seen = by.all(&answers(&scene.cake)).await;
        assert_eq!((seen.len(), &seen[0]["organisation"]["id"]), (1, &json!(own)));
    }
    let all = scene.owner.all(&format!("{}?limit=1", answers(&scene.cake))).await;
    assert_eq!(all.len(), 2);
    // Others have no part in it.
    let buyer = app.user("mua@example.vn", Role::Member, &[]).await;
    for nobody in [&scene.stranger, &buyer] {
        nobody.get(&answers(&scene.cake)).await.expect_problem(404, "not_found");
        nobody.get(&path).await.expect_problem(404, "not_found");
        put(nobody, &path, Some("*"), &body).await.expect_problem(404, "not_found");
    }
    put(&app.anonymous(), &path, Some("*"), &body).await.expect_problem(401, "unauthenticated");
    for keeps in [&scene.owner, &scene.officer] {
        put(keeps, &path, Some("*"), &body).await.expect_problem(403, "forbidden");
    }
    let own = format!("{}/{}", answers(&scene.cake), scene.maker.id);
    put(&scene.owner, &own, None, &body).await.expect_problem(403, "forbidden");
    let viewer = app.member("xem@sieuthi.example", one, MemberRole::Viewer).await;
    put(&viewer, &path, Some("*"), &body).await.expect_problem(403, "forbidden");
    viewer.get(&path).await.expect(StatusCode::OK);
    // Of what is not in the catalogue nobody hears; what was answered stays to be read.
    let withdrawal = format!("/v1/listings/{}/withdrawals", scene.cake.id);
    scene.owner.post(&withdrawal, &Value::Null).await.expect(StatusCode::CREATED);
    put(&by, &path, Some("*"), &json!({ "state": "accepted" })).await.expect_problem(404, "not_found");
    by.get(&path).await.expect(StatusCode::OK);
    let (_, late) = scene.retailer(&app, "Siêu thị Ba").await;
    late.get(&answers(&scene.cake)).await.expect_problem(404, "not_found");
}

async fn answers_follow_one_another(app: TestApp) {
    let scene = Scene::set(&app).await;
    let (id, by) = scene.retailer(&app, "Siêu thị Ví Dụ").await;
    let path = format!("{}/{id}", answers(&scene.cake));
    let rejected = json!({ "state": "rejected", "reason": "price" });
    let listed = json!({ "state": "listed", "listed_since": "2026-11-23" });
    for (body, expected) in [
        (json!({ "state": "rejected" }), vec![("/reason", "missing")]),
        (json!({ "state": "accepted", "reason": "price" }), vec![("/reason", "not_allowed")]),
        (json!({ "state": "listed" }), vec![("/listed_since", "missing")]),
        (
            json!({ "state": "listed", "listed_since": "2026-11-24" }),
            vec![("/listed_since", "in_the_future")],
        ),
        (
            json!({ "state": "rejected", "listed_since": "2026-11-01" }),
            vec![("/reason", "missing"), ("/listed_since", "not_allowed")],
        ),
        (
            json!({ "state": "sold", "profile": "market" }),
            vec![("/state", "unknown_value"), ("/profile", "unknown_value")],
        ),
    ] {
        let reply = put(&by, &path, None, &body).await;
        reply.expect_problem(422, "invalid_body");
        let mut faults = reply.faults();
        let mut expected: Vec<_> =
            expected.into_iter().map(|(at, code)| (at.to_owned(), code.to_owned())).collect();
        faults.sort();
        expected.sort();
        assert_eq!(faults, expected, "{body}");
    }
    put(&by, &path, None, &rejected).await.expect(StatusCode::OK);
    let senseless = put(&by, &path, Some("*"), &listed).await;
    let problem = senseless.expect_problem(409, "illegal_move");
    assert_eq!(problem["allowed"], json!(["in_review", "accepted", "rejected"]));
    assert_eq!(by.get(&path).await.json()["next"], problem["allowed"]);
    put(&by, &path, Some("*"), &json!({ "state": "accepted" })).await.expect(StatusCode::OK);
    put(&by, &path, Some("*"), &listed).await.expect(StatusCode::OK);
    put(&by, &path, Some("*"), &json!({ "state": "accepted" })).await.expect_problem(409, "illegal_move");
    // However many answer at once, each answer has its number.
    let tag = by.get(&path).await.header("etag");
    let tries: Vec<_> = (0..6)
        .map(|n| {
            let (by, path, tag) = (by.clone(), path.clone(), tag.clone());
            let body = json!({ "state": "rejected", "reason": "other", "text": format!("Lần {n}") });
            tokio::spawn(async move { put(&by, &path, Some(&tag), &body).await })
        })
        .collect();
    let mut won = 0;
    for reply in tries {
        let reply = reply.await.expect("an answer");
        match reply.status {
            StatusCode::OK => won += 1,
            _ => drop(reply.expect_problem(412, "precondition_failed")),
        }
    }
    assert_eq!((won, by.get(&path).await.json()["history"].as_array().map(Vec::len)), (1, Some(4)));
}

async fn personal_data_in_papers_is_exported_forgotten_and_erased(app: TestApp) {
    let scene = Scene::set(&app).await;
    let path = scene.paper("TN-1", "public", "checked").await;
    let words = "Chị Lan Kín Đáo";
    let (token, _) = share(&scene.editor, &path, &json!({ "days": 1, "for": words })).await;
    assert_eq!(open(&app, &token).await.status, StatusCode::OK);
    let (id, by) = scene.retailer(&app, "Siêu thị Ví Dụ").await;
    let said = json!({ "state": "accepted", "text": "Gọi anh Kín Đáo." });
    put(&by, &format!("{}/{id}", answers(&scene.cake)), None, &said).await.expect(StatusCode::OK);
    assert_eq!(by.get(&format!("{path}/content")).await.status, StatusCode::OK);
    let held = scene.editor.get("/v1/me/export").await.expect(StatusCode::OK);
    assert_eq!(
        (&held["papers"][0]["number"], &held["paper_links"][0]["for"]),
        (&json!("TN-1"), &json!(words))
    );
    let held = by.get("/v1/me/export").await.expect(StatusCode::OK);
    assert_eq!(held["listing_answers"][0]["text"], "Gọi anh Kín Đáo.");
    assert_eq!(held["paper_openings"][0]["via"], "public");

    for person in [&scene.editor, &by] {
        let erased =
            person.post("/v1/me/erasure", &json!({ "password": crate::harness::people::PASSWORD })).await;
        assert_eq!(erased.status, StatusCode::NO_CONTENT, "{}", erased.text);
    }
    app.outbox_is_empty().await;
    assert_eq!(places_of(&app, &["Kín Đáo"]).await, Vec::<String>::new());
    // The paper is the producer's and stays; who has opened it is told for a year, by which link too.
    assert_eq!(scene.owner.get(&format!("{path}/content")).await.status, StatusCode::OK);
    let retain = async || {
        let world = app.state.world.clone();
        app.state.db.write(move |conn| privacy::retain(conn, &world)).await.expect("retention applied")
    };
    let kept = retain().await;
    assert_eq!((kept.paper_openings, kept.paper_links), (0, 0));
    app.clock.advance_seconds(365 * 86_400 - 60);
    let kept = retain().await;
    assert_eq!((kept.paper_openings, kept.paper_links), (0, 0));
    app.clock.advance_seconds(61);
    let kept = retain().await;
    assert_eq!((kept.paper_openings, kept.paper_links), (2, 0), "the link ended a day later");
    app.clock.advance_seconds(86_400);
    assert_eq!(retain().await.paper_links, 1);
    assert_eq!(count(&app, "listing_document_shares").await, 0);
    let rules = app.anonymous().get("/v1/retention-rules").await.expect(StatusCode::OK).to_string();
    assert!(rules.contains("paper_opening") && rules.contains("listing_answer"));
}

async fn a_household_that_goes_takes_its_papers_along(app: TestApp) {
    let mut seed = Seed::new(&app);
    let maker = seed.maker_of("household", None, crate::seed::VU_THU);
    let cake = seed.certified(maker, "Bánh cáy", &Certified::default());
    seed.insert().await;
    let owner = app.member(OWNER, maker.id, MemberRole::Owner).await;
    let officer = app.officer("33").await;
    let papers = format!("/v1/listings/{}/documents", cake.id);
    for kind in ["business_registration", "vietgap"] {
        let mut body = paper(kind, "Hộ Kín Đáo 1");
        body["file_id"] = json!(stored(&owner, "Hộ Kín Đáo").await);
        let made = owner.post(&papers, &body).await.expect(StatusCode::CREATED);
        decide(&officer, &format!("{papers}/{}", text(&made["id"])), "checked").await;
    }
    let erased = owner.post("/v1/me/erasure", &json!({ "password": crate::harness::people::PASSWORD })).await;
    assert_eq!(erased.status, StatusCode::NO_CONTENT, "{}", erased.text);
    let left =
        officer.get(&format!("/v1/listings/{}", cake.id)).await.expect(StatusCode::OK)["documents"].clone();
    assert_eq!((left.as_array().map(Vec::len), &left[0]["kind"]), (Some(1), &json!("vietgap")));
    officer.get(&format!("{papers}/{}/content", text(&left[0]["id"]))).await.expect_problem(410, "erased");
    let contents = column(&app, "SELECT id AS value FROM files WHERE content IS NOT NULL").await;
    assert!(contents.is_empty(), "{contents:?}");
}
