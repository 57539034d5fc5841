//! The audit log: a chain that shows every tampering, and who may read what of it.

use crate::cases;
use crate::harness::people::PASSWORD;
use crate::harness::{Actor, Case, Reply, TestApp};
use crate::leads::fresh_key;
use crate::seed::{Certified, Codes, Maker, Product, Seed};
use aws_lc_rs::digest;
use diesel::connection::SimpleConnection;
use ocop_market::accounts::{MemberRole, Role, UserId};
use ocop_market::audit::verify::{Anchor, Break, Why, verify};
use ocop_market::audit::{self, Action, Agent, Event, SubjectKind, chain::Link};
use ocop_market::db::{Conn, Failure};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::process::{Command, Output};

pub fn cases() -> Vec<Case> {
    let at_once = cases![the_chain_is_whole_whoever_writes_at_once];
    let at_once = at_once.into_iter().map(|case| case.with(&["--database-threads=8"]));
    let all = cases![
        whoever_has_the_entries_can_check_the_chain,
        every_field_that_is_changed_is_found,
        entries_removed_inserted_or_swapped_are_found,
        a_chain_cut_off_or_written_anew_is_found_by_an_anchor,
        a_forgotten_origin_is_no_break,
        the_command_line_proves_it,
        what_is_done_is_remembered,
        a_delegate_is_named_with_whom_it_acts_for,
        each_reads_what_concerns_it,
        filters_narrow_and_pages_follow,
        wrong_questions_are_refused,
    ];
    all.into_iter().chain(at_once).collect()
}

const HA_NOI: Codes = [Some("01"), None, None, None, None];

/// A producer of Hưng Yên with two products, another in Hà Nội, and who deals with them.
struct Scene {
    maker: Maker,
    cake: Product,
    mat: Product,
    elsewhere: Product,
    owner: Actor,
    viewer: Actor,
    officer: Actor,
    admin: Actor,
}

impl Scene {
    async fn set(app: &TestApp) -> Self {
        let mut seed = Seed::new(app);
        let maker = seed.maker("HTX Bánh Ví Dụ");
        let other = seed.maker_of("cooperative", Some("HTX Cốm Ví Dụ"), HA_NOI);
        let usual = Certified::default();
        let (cake, mat) =
            (seed.certified(maker, "Bánh cáy", &usual), seed.certified(maker, "Chiếu cói", &usual));
        let elsewhere = seed.product(other, "Cốm", HA_NOI);
        seed.certify(&elsewhere, &usual, None);
        seed.insert().await;
        Self {
            maker,
            cake,
            mat,
            elsewhere,
            owner: app.member("owner@banh.example", maker.id, MemberRole::Owner).await,
            viewer: app.member("viewer@banh.example", maker.id, MemberRole::Viewer).await,
            officer: app.officer("33").await,
            admin: app.user("admin@office.example", Role::Admin, &[]).await,
        }
    }

    /// Some entries of several kinds.
    async fn act(&self) {
        let price = json!({ "price_from": 85_000, "price_unit": "KGM", "season_months": [10, 11] });
        set(&self.owner, &self.cake, &price).await.expect(StatusCode::OK);
        let path = format!("/v1/listings/{}/withdrawals", self.mat.id);
        self.officer.post(&path, &Value::Null).await.expect(StatusCode::CREATED);
        let restored =
            self.owner.settled(self.owner.request(Method::DELETE, &format!("{path}/current"))).await;
        restored.expect(StatusCode::NO_CONTENT);
        let elsewhere = format!("/v1/listings/{}/withdrawals", self.elsewhere.id);
        self.admin.post(&elsewhere, &Value::Null).await.expect(StatusCode::CREATED);
    }
}

async fn set(by: &Actor, product: &Product, body: &Value) -> Reply {
    let request = by.request(Method::PATCH, &format!("/v1/listings/{}", product.id));
    by.settled(request.header("If-Match", "*").json(body)).await
}

/// What a reader finds, newest first.
async fn entries(by: &Actor, query: &str) -> Vec<Value> {
    by.all(&format!("/v1/audit?limit=7{query}")).await
}

fn actions(entries: &[Value]) -> Vec<&str> {
    entries.iter().map(|entry| entry["action"].as_str().expect("an action")).collect()
}

async fn head(by: &Actor) -> Link {
    let head = by.get("/v1/audit?limit=1").await.expect(StatusCode::OK)["head"].clone();
    let hash = head["hash"].as_str().expect("a hash").to_owned();
    Link { seq: head["seq"].as_i64().expect("a number"), hash }
}

async fn proved(app: &TestApp, anchors: &[Anchor]) -> Result<Link, Break> {
    let anchors = anchors.to_vec();
    let found = app.state.db.read(move |conn| verify(conn, &anchors, |_, _| {}).map_err(Failure::from));
    found.await.expect("the log can be read")
}

/// What somebody who has the database does.
async fn tamper(app: &TestApp, sql: impl Into<String>) {
    let sql = sql.into();
    let done = app.state.db.write(move |conn| conn.batch_execute(&sql).map_err(Failure::from));
    done.await.expect("it is done");
}

// ── an implementation of its own, from the documentation of `audit::chain` and nothing else ──────────────────

fn sha256(text: &str) -> String {
    let digest = digest::digest(&digest::SHA256, text.as_bytes());
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The hash of an entry as `GET /v1/audit` shows it.
fn hash_of(entry: &Value) -> String {
    let at: jiff::Timestamp = entry["at"].as_str().expect("an instant").parse().expect("RFC 3339");
    let details = Value::String(entry["details"].to_string());
    let members = [
        &entry["seq"],
        &json!(at.as_microsecond()),
        &entry["actor"]["kind"],
        &entry["actor"]["id"],
        &entry["on_behalf_of"]["id"],
        &entry["action"],
        &entry["subject"]["kind"],
        &entry["subject"]["id"],
        &entry["organisation_id"],
        &entry["province"],
        &entry["request_id"],
        &details,
        &entry["origin_hash"],
        &entry["previous_hash"],
    ];
    let members: Vec<String> = members.iter().map(|member| member.to_string()).collect();
    sha256(&format!("[{}]", members.join(",")))
}

async fn whoever_has_the_entries_can_check_the_chain(app: TestApp) {
    let scene = Scene::set(&app).await;
    scene.act().await;
    let mut all = entries(&scene.admin, "").await;
    all.reverse();
    assert!(all.len() > 10, "{}", all.len());
    let (mut seq, mut previous) = (0, String::new());
    for entry in &all {
        seq += 1;
        assert_eq!(entry["seq"], seq);
        assert_eq!(entry["previous_hash"], previous, "{entry}");
        assert_eq!(entry["hash"], hash_of(entry), "{entry}");
        match &entry["origin"] {
            // The command line and the service itself come from nowhere.
            Value::Null => {
                let kind = entry["actor"]["kind"].as_str();
                assert!(matches!(kind, Some("operator" | "service")), "{entry}");
            }
            origin => assert_eq!(entry["origin_hash"], sha256(&origin.to_string()), "{entry}"),
        }
        previous = entry["hash"].as_str().expect("a hash").to_owned();
    }
    assert_eq!(head(&scene.admin).await, Link { seq, hash: previous });
    assert!(proved(&app, &[]).await.is_ok());
}

async fn every_field_that_is_changed_is_found(app: TestApp) {
    let scene = Scene::set(&app).await;
    scene.act().await;
    let whole = proved(&app, &[]).await.expect("whole");
    // The withdrawal of the mat by the officer: it has everything but `behalf_id`.
    let target = entries(&scene.officer, "&action=listing.withdrawn").await;
    let seq = target[0]["seq"].as_i64().expect("a number");
    let keep = "CREATE TABLE kept AS SELECT * FROM audit_entries";
    tamper(&app, keep).await;
    for (column, value, why) in [
        ("at", "at + 1", Why::Content),
        ("actor_kind", "'client'", Why::Content),
        ("actor_id", "'01999f6e-3c1a-7d55-9a3e-0c0f7a1b2c3d'", Why::Content),
        ("behalf_id", "'01999f6e-3c1a-7d55-9a3e-0c0f7a1b2c3d'", Why::Content),
        ("action", "'listing.restored'", Why::Content),
        ("action", "'something else'", Why::Content),
        ("subject_kind", "'lead'", Why::Content),
        ("subject_id", "NULL", Why::Content),
        ("organisation_id", "NULL", Why::Content),
        ("province", "'01'", Why::Content),
        ("request_id", "'another'", Why::Content),
        ("request_id", "NULL", Why::Content),
        ("details", "'{\"x\":1}'", Why::Content),
        ("details", "'no JSON'", Why::Content),
        ("origin", "replace(origin, '127.0.0.1', '127.0.0.2')", Why::Origin),
        ("origin_hash", "NULL", Why::Content),
        ("origin_hash", "hash", Why::Content),
        ("previous_hash", "hash", Why::Previous),
        ("previous_hash", "''", Why::Previous),
        ("hash", "previous_hash", Why::Content),
        ("seq", "1000000", Why::Missing),
        ("seq", "-1", Why::Missing),
    ] {
        tamper(&app, format!("UPDATE audit_entries SET {column} = {value} WHERE seq = {seq}")).await;
        assert_eq!(proved(&app, &[]).await, Err(Break { seq, why }), "{column} = {value}");
        tamper(&app, "DELETE FROM audit_entries; INSERT INTO audit_entries SELECT * FROM kept").await;
        assert_eq!(proved(&app, &[]).await, Ok(whole.clone()), "{column}");
    }
}

async fn entries_removed_inserted_or_swapped_are_found(app: TestApp) {
    let scene = Scene::set(&app).await;
    scene.act().await;
    let whole = proved(&app, &[]).await.expect("whole");
    let last = whole.seq;
    tamper(&app, "CREATE TABLE kept AS SELECT * FROM audit_entries").await;
    tamper(&app, "CREATE TABLE kept_clock AS SELECT * FROM audit_clock").await;
    let columns = "at, actor_kind, actor_id, behalf_id, action, subject_kind, subject_id, organisation_id, province, \
                   request_id, details, origin, origin_hash, previous_hash, hash";
    let copy = |from: i64, to: i64| {
        format!(
            "INSERT INTO audit_entries (seq, {columns}) SELECT {to}, {columns} FROM kept WHERE seq = {from}"
        )
    };
    let shifted = format!(
        "DELETE FROM audit_entries WHERE seq > 4; {}; INSERT INTO audit_entries (seq, {columns}) \
         SELECT seq + 1, {columns} FROM kept WHERE seq > 4",
        copy(4, 5)
    );
    let swapped = format!("DELETE FROM audit_entries WHERE seq IN (4, 6); {}; {}", copy(4, 6), copy(6, 4));
    for (sql, seq, why) in [
        ("DELETE FROM audit_entries WHERE seq = 1".to_owned(), 1, Why::Missing),
        ("DELETE FROM audit_entries WHERE seq = 5".to_owned(), 5, Why::Missing),
        ("DELETE FROM audit_entries WHERE seq IN (3, 4, 5)".to_owned(), 3, Why::Missing),
        (format!("DELETE FROM audit_entries WHERE seq = {last}"), last, Why::CutOff),
        ("DELETE FROM audit_entries".to_owned(), 1, Why::CutOff),
        (copy(last, last + 1), last + 1, Why::Previous),
        (shifted, 5, Why::Previous),
        (swapped, 4, Why::Previous),
        ("DELETE FROM audit_clock".to_owned(), last + 1, Why::NoClock),
        ("UPDATE audit_clock SET last_seq = last_seq - 2".to_owned(), last - 1, Why::BeyondTheClock),
        ("UPDATE audit_clock SET last_seq = last_seq + 1".to_owned(), last + 1, Why::CutOff),
        ("UPDATE audit_clock SET last_hash = ''".to_owned(), last, Why::Clock),
    ] {
        tamper(&app, sql.clone()).await;
        assert_eq!(proved(&app, &[]).await, Err(Break { seq, why }), "{sql}");
        tamper(&app, "DELETE FROM audit_entries; INSERT INTO audit_entries SELECT * FROM kept").await;
        tamper(&app, "DELETE FROM audit_clock; INSERT INTO audit_clock SELECT * FROM kept_clock").await;
        assert_eq!(proved(&app, &[]).await, Ok(whole.clone()), "{sql}");
    }
}

/// Removes the entries after one, and has the clock say that there were none.
async fn cut_off(app: &TestApp, seq: i64) {
    tamper(app, format!("DELETE FROM audit_entries WHERE seq > {seq}")).await;
    let hash = format!("(SELECT hash FROM audit_entries WHERE seq = {seq})");
    tamper(app, format!("UPDATE audit_clock SET last_seq = {seq}, last_hash = {hash}")).await;
}

async fn a_chain_cut_off_or_written_anew_is_found_by_an_anchor(app: TestApp) {
    let scene = Scene::set(&app).await;
    scene.act().await;
    let noted = head(&scene.admin).await;
    let anchor = Anchor(noted.clone());
    assert_eq!(proved(&app, std::slice::from_ref(&anchor)).await, Ok(noted.clone()));
    let cut = noted.seq - 3;
    cut_off(&app, cut).await;
    assert_eq!(proved(&app, &[]).await.map(|head| head.seq), Ok(cut));
    let anchors = std::slice::from_ref(&anchor);
    assert_eq!(proved(&app, anchors).await, Err(Break { seq: cut + 1, why: Why::AnchorMissing }));
    // Written anew, and further than it was.
    for price in 1..=5 {
        let body = json!({ "price_from": price, "price_unit": "KGM" });
        set(&scene.owner, &scene.cake, &body).await.expect(StatusCode::OK);
    }
    assert_eq!(proved(&app, &[]).await.map(|head| head.seq), Ok(cut + 5));
    assert_eq!(proved(&app, anchors).await, Err(Break { seq: noted.seq, why: Why::Anchor }));
    // One that was noted before is in it still.
    let other = Anchor(head(&scene.admin).await);
    assert!(proved(&app, std::slice::from_ref(&other)).await.is_ok());
    let both = proved(&app, &[other, anchor]).await;
    assert_eq!(both, Err(Break { seq: noted.seq, why: Why::Anchor }));
}

async fn a_forgotten_origin_is_no_break(app: TestApp) {
    let scene = Scene::set(&app).await;
    scene.act().await;
    let noted = Anchor(head(&scene.admin).await);
    let now = app.state.world.now();
    app.clock.advance_seconds(86_400);
    let admin = app.sign_in("admin@office.example").await;
    let admin = app.anonymous().with_token(admin["access_token"].as_str().expect("a token"));
    let forget = |before| {
        app.state.db.write(move |conn| audit::forget_origins(conn, before, 1000).map_err(Failure::from))
    };
    assert_eq!(forget(now).await.expect("nothing is that old"), 0);
    assert!(forget(now.plus_seconds(3_600)).await.expect("forgotten") > 5);
    let all = entries(&admin, "").await;
    let with_origin: Vec<bool> = all.iter().map(|entry| !entry["origin"].is_null()).collect();
    assert_eq!(with_origin.iter().filter(|with| **with).count(), 1, "the last sign-in");
    assert!(all.iter().filter(|entry| !entry["origin_hash"].is_null()).count() > 6);
    assert!(proved(&app, &[noted]).await.is_ok());
}

fn run(app: &TestApp, arguments: &[&str]) -> Output {
    let data_dir = app.data_dir().to_string_lossy().into_owned();
    Command::new(env!("CARGO_BIN_EXE_ocop-market"))
        .arg("audit")
        .args(arguments)
        .args(["--database-url", app.database_url(), "--data-dir", &data_dir])
        .output()
        .expect("the program runs")
}

async fn the_command_line_proves_it(app: TestApp) {
    let scene = Scene::set(&app).await;
    scene.act().await;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    let head = run(&app, &["head"]);
    let noted = text(&head.stdout);
    assert_eq!(Anchor::parse(&noted).map(|anchor| anchor.0), Ok(proved(&app, &[]).await.expect("whole")));
    let whole = run(&app, &["verify", "--anchor", &noted]);
    assert!(whole.status.success(), "{whole:?}");
    let line = text(&whole.stdout);
    assert!(line.starts_with("Whole: ") && line.ends_with(&noted) && !line.contains('\n'), "{line}");
    tamper(&app, "UPDATE audit_entries SET details = '{}' WHERE action = 'listing.changed'").await;
    let changed = entries(&scene.admin, "&action=listing.changed").await;
    let broken = run(&app, &["verify"]);
    assert_eq!(broken.status.code(), Some(1));
    let expected = format!("broken at entry {}: its hash", changed[0]["seq"]);
    assert!(text(&broken.stderr).contains(&expected), "{broken:?}");
    assert_eq!(run(&app, &["verify", "--anchor", "17"]).status.code(), Some(2));
}

async fn the_chain_is_whole_whoever_writes_at_once(app: TestApp) {
    const WRITERS: usize = 8;
    const EACH: usize = 30;
    let before = proved(&app, &[]).await.expect("whole").seq;
    let writers = (0..WRITERS).map(|writer| {
        let (db, world) = (app.state.db.clone(), app.state.world.clone());
        tokio::spawn(async move {
            let mut written = 0;
            for n in 0..EACH {
                let world = world.clone();
                let write = move |conn: &mut Conn| {
                    let event =
                        Event::new(Action::ClientChanged, SubjectKind::Client, format!("{writer}-{n}"));
                    let events = vec![event.clone(), event.with("second", true)];
                    audit::record_all(conn, &world, &Agent::service(), events)?;
                    // Fails after it has been remembered: the log must not have it, and no gap in its place.
                    match n % 3 {
                        0 => Err(Failure::Query(diesel::result::Error::NotFound)),
                        _ => Ok(()),
                    }
                };
                written += i64::from(db.write(write).await.is_ok());
            }
            written
        })
    });
    let mut written = 0;
    for writer in writers.collect::<Vec<_>>() {
        written += writer.await.expect("no panic");
    }
    assert_eq!(written, (WRITERS * EACH * 2 / 3) as i64);
    assert_eq!(proved(&app, &[]).await.map(|head| head.seq), Ok(before + 2 * written));
}

const DECISION: &str = "858/QĐ-UBND";

fn recognition(product: &str) -> Value {
    json!({
        "product_name": product, "producer_name": "HTX Dệt Ví Dụ", "entity_type": "cooperative",
        "district": "Đông Hưng", "province": "Thái Bình", "group": "food", "set_no": 6,
        "stars": 4, "decision_no": DECISION, "decision_date": "2024-01-19",
    })
}

async fn what_is_done_is_remembered(app: TestApp) {
    let scene = Scene::set(&app).await;
    let officer = &scene.officer;
    let since = head(&scene.admin).await.seq;
    let recorded = officer.post("/v1/certifications", &recognition("Lụa")).await.expect(StatusCode::CREATED);
    // Recorded again nothing changes, and there is nothing to remember.
    officer.post("/v1/certifications", &recognition("Lụa")).await.expect(StatusCode::CREATED);
    officer
        .post("/v1/certifications?validate_only=true", &recognition("Thổ cẩm"))
        .await
        .expect(StatusCode::OK);
    let certification = recorded["certification"]["id"].as_str().expect("an id");
    let product = recorded["certification"]["product"]["id"].as_str().expect("an id");
    let extension = json!({ "until": "2027-02-01" });
    officer
        .post(&format!("/v1/certifications/{certification}/extensions"), &extension)
        .await
        .expect(StatusCode::CREATED);
    let decision = json!({ "number": "9/QĐ-UBND", "decided_on": "2026-11-01" });
    let revocation = json!({ "ground": "law_breach", "decision": decision });
    officer
        .post(&format!("/v1/certifications/{certification}/revocations"), &revocation)
        .await
        .expect(StatusCode::CREATED);
    let list = "product_name,producer_name,entity_type,district,province,stars,decision_no,decision_date\n\
                Nhiễu,HTX Dệt Ví Dụ,cooperative,Đông Hưng,Thái Bình,4,858/QĐ-UBND,2024-01-19\n\
                Đũi,HTX Dệt Ví Dụ,cooperative,Đông Hưng,Thái Bình,,,\n,,,,,,,\n";
    let import =
        officer.request(Method::POST, "/v1/certification-imports").header("Content-Type", "text/csv");
    officer.settled(import.body(list)).await.expect(StatusCode::OK);
    let succession = json!({ "successor_id": scene.mat.id.to_string(), "kind": "merged_into" });
    let path = format!("/v1/products/{}/successions", scene.cake.id);
    officer.post(&path, &succession).await.expect(StatusCode::CREATED);
    officer
        .settled(officer.request(Method::DELETE, &format!("{path}/current")))
        .await
        .expect(StatusCode::NO_CONTENT);
    let path = format!("/v1/listings/{}/documents", scene.cake.id);
    let paper = json!({ "kind": "vietgap", "number": "VG-01", "issuer": "Trung tâm Ví Dụ" });
    let paper = officer.post(&path, &paper).await.expect(StatusCode::CREATED);
    let path = format!("{path}/{}", paper["id"].as_str().expect("an id"));
    officer.settled(officer.request(Method::DELETE, &path)).await.expect(StatusCode::NO_CONTENT);
    let me = officer.get("/v1/me").await.header("etag");
    let me = officer.request(Method::PATCH, "/v1/me").header("If-Match", me);
    Reply::of(me.json(&json!({ "display_name": "Cán bộ Ví Dụ" }))).await.expect(StatusCode::OK);

    let mut all = entries(officer, "").await;
    all.retain(|entry| entry["seq"].as_i64() > Some(since));
    all.reverse();
    assert_eq!(
        actions(&all),
        [
            "certification.recorded",
            "certification.extended",
            "certification.revoked",
            "certifications.imported",
            "product.succeeded",
            "product.succession_undone",
            "listing.document_recorded",
            "listing.document_removed",
            "account.changed",
        ]
    );
    assert_eq!(all[0]["subject"], json!({ "kind": "certification", "id": certification }));
    assert_eq!(all[0]["details"]["product"], product);
    assert_eq!(all[0]["details"]["outcome"], "created");
    assert_eq!(all[1]["details"], json!({ "product": product, "until": "2027-02-01" }));
    assert_eq!(all[2]["details"]["ground"], "law_breach");
    let imported = &all[3]["details"];
    assert_eq!((&imported["created"], &imported["rows"]), (&json!(2), &json!(2)), "{imported}");
    assert_eq!(imported["provinces"], json!(["33"]));
    assert_eq!(all[8]["details"], json!({ "fields": ["display_name"] }));
    for entry in &all {
        let province = if entry["action"] == "account.changed" { Value::Null } else { json!("33") };
        assert_eq!(entry["province"], province, "{entry}");
        assert_eq!(entry["actor"]["name"], "Cán bộ Ví Dụ");
        assert!(entry["request_id"].is_string() && entry["origin"].is_null(), "{entry}");
    }
    for entry in &all[4..8] {
        assert_eq!(entry["organisation_id"], scene.maker.id.to_string());
        assert_eq!(entry["subject"]["id"], scene.cake.id.to_string());
    }
    assert!(proved(&app, &[]).await.is_ok());
}

/// Lets somebody act for an organisation that has agreed.
async fn delegate(app: &TestApp, organisation: &Maker, delegate: UserId) {
    let (id, now) = (app.state.world.id::<UserId>(), app.state.world.now().micros());
    let (organisation, later) = (organisation.id, now + 3_600_000_000);
    tamper(
        app,
        format!(
            "INSERT INTO delegations (id, organisation_id, delegate_id, role, purpose, requested_by, requested_at, \
             granted_by, granted_at, ends_at) VALUES ('{id}', '{organisation}', '{delegate}', 'editor', 'Nhập liệu', \
             '{delegate}', {now}, '{delegate}', {now}, {later})"
        ),
    )
    .await;
}

async fn a_delegate_is_named_with_whom_it_acts_for(app: TestApp) {
    let scene = Scene::set(&app).await;
    let office = Role::Officer { province: "33".to_owned() };
    let helper = app.create_user("helper@xa.example", office, &[]).await.expect("created");
    delegate(&app, &scene.maker, helper).await;
    let tokens = app.sign_in("helper@xa.example").await;
    let by = app.anonymous().with_token(tokens["access_token"].as_str().expect("a token"));
    set(&by, &scene.cake, &json!({ "season_months": [1] })).await.expect(StatusCode::OK);
    let enquiry = json!({
        "products": [{ "product_id": scene.cake.id.to_string(), "quantity": 200, "unit": "XBX" }],
        "message": "Xin báo giá.", "company": { "name": "Chuỗi cửa hàng Ví Dụ" },
        "contact": { "name": "Tổ thu mua", "email": "mua@shop.example" },
        "source": { "channel": "website" }, "consent": { "text_version": "2026-11", "accepted": true },
    });
    let sent =
        app.anonymous().post_once("/v1/leads", &fresh_key(), &enquiry).await.expect(StatusCode::CREATED);
    let lead = sent["leads"][0]["id"].as_str().expect("an id");
    let path = format!("/v1/leads/{lead}/events");
    let note = json!({ "type": "note", "note": "Bí mật của chủ thể." });
    by.post(&path, &note).await.expect(StatusCode::CREATED);
    by.post(&path, &json!({ "type": "stage", "to": "quoted" })).await.expect(StatusCode::CREATED);
    // What a member does stands in the timeline.
    scene.owner.post(&path, &note).await.expect(StatusCode::CREATED);

    let organisation = scene.maker.id;
    let all = entries(&scene.owner, &format!("&organisation={organisation}")).await;
    assert_eq!(actions(&all), ["lead.moved", "lead.noted", "listing.changed"]);
    for entry in &all {
        assert_eq!(entry["actor"]["id"], helper.to_string());
        assert_eq!(entry["actor"]["name"], "Người dùng thử");
        assert_eq!(
            entry["on_behalf_of"],
            json!({ "id": organisation.to_string(), "name": "HTX Bánh Ví Dụ" })
        );
        assert!(entry["origin"].is_null(), "not one of its own members: {entry}");
    }
    assert_eq!(all[0]["details"]["to"], "quoted");
    assert_eq!(all[0]["subject"], json!({ "kind": "lead", "id": lead }));
    assert!(all.iter().all(|entry| !entry.to_string().contains("Bí mật")));
    // An office has no part in leads.
    let seen = entries(&scene.officer, &format!("&organisation={organisation}")).await;
    assert_eq!(actions(&seen), ["listing.changed"]);
    // Who did it is an officer, and sees what it has done.
    let own = entries(&by, &format!("&organisation={organisation}")).await;
    assert_eq!(actions(&own), actions(&all));
}

async fn each_reads_what_concerns_it(app: TestApp) {
    let scene = Scene::set(&app).await;
    scene.act().await;
    let organisation = format!("/v1/audit?organisation={}", scene.maker.id);
    let stranger = app.user("x@shop.example", Role::Member, &[]).await;
    let hidden = stranger.get(&organisation).await;
    hidden.expect_problem(404, "not_found");
    stranger
        .get("/v1/audit?organisation=01999f6e-3c1a-7d55-9a3e-0c0f7a1b2c3d")
        .await
        .expect_problem(404, "not_found");
    scene.viewer.get(&organisation).await.expect_problem(403, "forbidden");
    app.anonymous().get(&organisation).await.expect_problem(401, "unauthenticated");
    for who in [&stranger, &scene.owner] {
        let reply = who.get("/v1/audit").await;
        reply.expect_problem(400, "invalid_parameters");
        assert_eq!(reply.faults(), [("organisation".to_owned(), "missing".to_owned())]);
    }

    let of_owner = entries(&scene.owner, &format!("&organisation={}", scene.maker.id)).await;
    assert_eq!(actions(&of_owner), ["listing.restored", "listing.withdrawn", "listing.changed"]);
    let (own, officers) = (&of_owner[0], &of_owner[1]);
    assert_eq!(own["origin"]["address"], "127.0.0.1");
    assert_eq!(own["actor"]["name"], "Người dùng thử");
    // By whom of the office, and from where, is not the producer's to know.
    assert!(officers["origin"].is_null() && officers["actor"]["name"].is_null(), "{officers}");
    assert_eq!(officers["actor"]["kind"], "user");

    let of_officer = entries(&scene.officer, "").await;
    assert_eq!(
        actions(&of_officer),
        ["listing.restored", "listing.withdrawn", "listing.changed", "session.started"]
    );
    assert!(of_officer.iter().all(|entry| entry["origin"].is_null() && entry["actor"]["name"].is_string()));
    let elsewhere = app.officer("01").await;
    assert_eq!(actions(&entries(&elsewhere, "").await), ["session.started", "listing.withdrawn"]);
    assert!(entries(&elsewhere, &format!("&organisation={}", scene.maker.id)).await.is_empty());

    let all = entries(&scene.admin, "").await;
    assert!(all.len() > 10 && all.iter().any(|entry| entry["origin"]["user_agent"].is_null()));
    let texts = all.iter().map(Value::to_string).collect::<String>();
    for personal in ["@banh.example", "@office.example", "@shop.example", PASSWORD] {
        assert!(!texts.contains(personal), "{personal}");
    }
    let reply = scene.admin.get("/v1/audit").await;
    assert_eq!(reply.header("cache-control"), "private, no-store");
}

async fn filters_narrow_and_pages_follow(app: TestApp) {
    let scene = Scene::set(&app).await;
    scene.act().await;
    app.clock.advance_seconds(86_400);
    let admin = app.sign_in("admin@office.example").await;
    let admin = &app.anonymous().with_token(admin["access_token"].as_str().expect("a token"));
    let found = async |query: &str| entries(admin, query).await;
    let all = found("").await;
    let numbers: Vec<i64> = all.iter().map(|entry| entry["seq"].as_i64().expect("a number")).collect();
    assert_eq!(numbers, (1..=numbers[0]).rev().collect::<Vec<_>>(), "each once, newest first");
    let withdrawn = found("&action=listing.withdrawn,listing.restored").await;
    assert_eq!(actions(&withdrawn), ["listing.withdrawn", "listing.restored", "listing.withdrawn"]);
    let cake = found(&format!("&subject={}", scene.cake.id)).await;
    assert_eq!(actions(&cake), ["listing.changed"]);
    let actor = cake[0]["actor"]["id"].as_str().expect("an id");
    let of_owner = found(&format!("&actor={actor}")).await;
    assert_eq!(actions(&of_owner), ["listing.restored", "listing.changed", "session.started"]);
    let of_maker = found(&format!("&organisation={}&actor={actor}", scene.maker.id)).await;
    assert_eq!(actions(&of_maker), ["listing.restored", "listing.changed"]);
    // Local days: the test begins at ten in the morning of the 23rd.
    assert_eq!(actions(&found("&from=2026-11-24").await), ["session.started"]);
    assert_eq!(found("&to=2026-11-23").await.len(), all.len() - 1);
    assert_eq!(found("&from=2026-11-23&to=2026-11-24").await.len(), all.len());
    assert!(found("&to=2026-11-22").await.is_empty());
    assert!(found("&subject=nothing").await.is_empty());
}

async fn wrong_questions_are_refused(app: TestApp) {
    let admin = app.user("admin@office.example", Role::Admin, &[]).await;
    for (query, parameter) in [
        ("from=2026-11-24&to=2026-11-23", "to"),
        ("action=listing.changed,nothing", "action"),
        ("actor=x", "actor"),
        ("organisation=x", "organisation"),
        ("subject=", "subject"),
        ("subject=%00", "subject"),
        ("from=yesterday", "from"),
        ("limit=0", "limit"),
        ("other=1", "other"),
    ] {
        let reply = admin.get(&format!("/v1/audit?{query}")).await;
        reply.expect_problem(400, "invalid_parameters");
        assert_eq!(reply.faults()[0].0, parameter, "{query}");
    }
    admin.get("/v1/audit?cursor=AAAA").await.expect_problem(400, "invalid_cursor");
}
