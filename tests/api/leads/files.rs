//! `POST /v1/files`, attachments of enquiries, `GET /v1/leads/{id}/files/{file_id}`.

use super::stock::{Stock, settle};
use super::{ask, count, fresh_key};
use crate::cases;
use crate::harness::{Actor, Case, Engine, Reply, TestApp};
use ocop_market::accounts::Role;
use ocop_market::auth::MemberRole;
use ocop_market::db::Failure;
use ocop_market::files;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

pub fn cases() -> Vec<Case> {
    let mut cases = cases![
        a_file_is_stored_as_what_it_is,
        what_is_no_such_file_is_refused,
        a_file_sent_twice_is_stored_once,
        an_attachment_is_for_who_sees_the_enquiry,
        a_file_is_used_once_and_by_its_sender,
        a_file_is_given_out_as_an_attachment_and_only_undamaged,
        what_nothing_uses_is_forgotten_after_two_days,
        too_many_files_that_nothing_uses_are_refused,
    ];
    let limited = cases![files_of_an_address_are_limited];
    cases.extend(limited.into_iter().map(|case| case.with(&["--leads-per-minute=3"])));
    cases
}

/// A PDF with something of its own in it.
pub fn pdf(words: &str) -> String {
    format!("%PDF-1.7\n% {words}\n%%EOF\n")
}

pub async fn send(by: &Actor, query: &str, media_type: &str, content: impl Into<Vec<u8>>) -> Reply {
    let request = by.request(Method::POST, &format!("/v1/files{query}"));
    Reply::of(request.header("Content-Type", media_type).body(content.into())).await
}

/// Stores a PDF; its id.
pub async fn stored(by: &Actor, words: &str) -> String {
    let reply = send(by, "?name=minh-chung.pdf", "application/pdf", pdf(words)).await;
    reply.expect(StatusCode::CREATED)["id"].as_str().expect("an id").to_owned()
}

async fn a_file_is_stored_as_what_it_is(app: TestApp) {
    let by = app.user("nguoi-mua@example.vn", Role::Member, &[]).await;
    let hash = "2a2caeccd52a9ae5c58c04a4e9f1b6c0d8a0d7a2c4c8f1d0e4b7d0a6c2b3f1e9";
    let content = pdf("một");
    let stored = send(&by, "?name=H%E1%BB%A3p%20%C4%91%E1%BB%93ng", "application/pdf", content.clone()).await;
    let stored = stored.expect(StatusCode::CREATED);
    let sha256 = stored["sha256"].as_str().expect("a hash").to_owned();
    assert_eq!(stored["name"], "Hợp đồng.pdf");
    assert_eq!((&stored["media_type"], &stored["size"]), (&json!("application/pdf"), &json!(content.len())));
    assert_eq!(sha256, files::Sha256Hex::of(content.as_bytes()).as_str());
    assert_eq!(stored["unused_until"], "2026-11-25T03:00:00Z");
    let again =
        send(&by, &format!("?sha256={}", sha256.to_uppercase()), "application/pdf", content.clone()).await;
    assert_eq!(again.expect(StatusCode::CREATED)["name"], "document.pdf");
    let other = send(&by, &format!("?sha256={hash}"), "application/pdf", content).await;
    other.expect_problem(400, "invalid_parameters");
    assert_eq!(other.faults(), [("sha256".to_owned(), "hash_mismatch".to_owned())]);

    for (media_type, content, name) in [
        ("image/jpeg", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00".as_slice(), "document.jpg"),
        ("image/png", b"\x89PNG\r\n\x1a\n\x00\x00", "document.png"),
        ("image/webp", b"RIFF\x24\x00\x00\x00WEBPVP8 ", "document.webp"),
        ("application/octet-stream; x=y", b"%PDF-1.4", "document.pdf"),
    ] {
        let stored = send(&app.anonymous(), "", media_type, content).await;
        assert_eq!(stored.expect(StatusCode::CREATED)["name"], name);
    }
    assert_eq!(count(&app, "files").await, 6);
}

async fn what_is_no_such_file_is_refused(app: TestApp) {
    let by = app.anonymous();
    for (media_type, content, status, code) in [
        ("text/html", "<html>", 415, "unsupported_media_type"),
        ("image/svg+xml", "<svg/>", 415, "unsupported_media_type"),
        ("application/pdf", "<html>", 422, "unreadable_file"),
        ("application/pdf", "", 422, "unreadable_file"),
        ("application/octet-stream", "MZ", 422, "unreadable_file"),
        ("image/png", "%PDF-1.7", 422, "unreadable_file"),
    ] {
        send(&by, "", media_type, content).await.expect_problem(status, code);
    }
    for (query, fault) in [
        ("?name=", "missing"),
        ("?name=a%2Fb.pdf", "invalid_name"),
        ("?name=a%00b.pdf", "control_character"),
        ("?name=..%5Cb.pdf", "invalid_name"),
        ("?sha256=abc", "invalid_hash"),
        ("?title=x", "unknown_field"),
    ] {
        let reply = send(&by, query, "application/pdf", pdf("x")).await;
        reply.expect_problem(400, "invalid_parameters");
        assert_eq!(reply.faults().first().map(|(_, code)| code.as_str()), Some(fault), "{query}");
    }
    let mut large = pdf("x").into_bytes();
    large.resize(files::MOST_BYTES, b' ');
    let stored = send(&by, "", "application/pdf", large.clone()).await.expect(StatusCode::CREATED);
    assert_eq!(stored["size"], json!(files::MOST_BYTES));
    large.push(b' ');
    send(&by, "", "application/pdf", large).await.expect_problem(413, "body_too_large");
    assert_eq!(count(&app, "files").await, 1);
}

async fn a_file_sent_twice_is_stored_once(app: TestApp) {
    let (by, key) = (app.user("nguoi-mua@example.vn", Role::Member, &[]).await, fresh_key());
    let send = async |content: String| {
        let request = by.request(Method::POST, "/v1/files").header("Idempotency-Key", &key);
        Reply::of(request.header("Content-Type", "application/pdf").body(content)).await
    };
    let first = send(pdf("một")).await;
    let again = send(pdf("một")).await;
    assert_eq!(
        (first.expect(StatusCode::CREATED), "true"),
        (again.json(), &*again.header("idempotency-replayed"))
    );
    send(pdf("hai")).await.expect_problem(422, "idempotency_key_reused");
    assert_eq!(count(&app, "files").await, 1);
}

/// An enquiry about a product, with attachments.
fn with_files(stock: &Stock, files: &[&str]) -> Value {
    let mut body = stock.enquiry(&[stock.cake, stock.mat]);
    body["attachments"] = json!(files);
    body
}

async fn an_attachment_is_for_who_sees_the_enquiry(app: TestApp) {
    let stock = Stock::fill(&app).await;
    settle(&app, stock.bakers, "33").await;
    let buyer = app.user("nguoi-mua@example.vn", Role::Member, &[]).await;
    let first = stored(&buyer, "một").await;
    app.clock.advance_seconds(1);
    let second = stored(&buyer, "hai").await;
    let sent = ask(&buyer, &with_files(&stock, &[&second, &first])).await.expect(StatusCode::CREATED);
    let lead = sent["leads"][0]["id"].as_str().expect("an id").to_owned();
    let bakers = app.member("tho-banh@example.vn", stock.bakers, MemberRole::Viewer).await;
    let weavers = app.member("tho-det@example.vn", stock.weavers, MemberRole::Owner).await;
    let (here, elsewhere) = (app.officer("33").await, app.officer("01").await);
    let path = format!("/v1/leads/{lead}");
    for by in [&buyer, &bakers] {
        let read = by.get(&path).await.expect(StatusCode::OK);
        let attached = read["attachments"].as_array().expect("attachments");
        let ids: Vec<_> = attached.iter().map(|file| file["id"].as_str().expect("an id")).collect();
        assert_eq!(ids, [&first, &second]);
        let url = attached[1]["url"].as_str().expect("an address");
        assert_eq!(url, format!("{path}/files/{second}"));
        let file = by.get(url).await;
        assert_eq!((file.status, file.text), (StatusCode::OK, pdf("hai")));
    }
    // The other producer asked, by its own lead.
    let own = weavers.all("/v1/leads").await[0]["id"].as_str().expect("an id").to_owned();
    weavers.get(&format!("/v1/leads/{own}/files/{first}")).await.expect_text(&pdf("một"));
    let refused = async |by: &Actor, path: String| {
        by.get(&path).await.expect_problem(404, "not_found");
    };
    refused(&weavers, format!("{path}/files/{first}")).await;
    refused(&elsewhere, format!("{path}/files/{first}")).await;
    // The office sees the attachments with the contact.
    assert_eq!(here.get(&path).await.expect(StatusCode::OK)["attachments"], json!([]));
    refused(&here, format!("{path}/files/{first}")).await;
    app.sql("UPDATE leads SET contact_seen_by_office_at = created_at").await;
    here.get(&format!("{path}/files/{first}")).await.expect_text(&pdf("một"));
    // A file of nothing, or of something else.
    let loose = stored(&buyer, "ba").await;
    refused(&buyer, format!("{path}/files/{loose}")).await;
    refused(&buyer, format!("{path}/files/khong-co")).await;
    app.anonymous().get(&format!("{path}/files/{first}")).await.expect_problem(401, "unauthenticated");
}

async fn a_file_is_used_once_and_by_its_sender(app: TestApp) {
    let stock = Stock::fill(&app).await;
    let buyer = app.user("nguoi-mua@example.vn", Role::Member, &[]).await;
    let other = app.user("nguoi-khac@example.vn", Role::Member, &[]).await;
    let (own, foreign, nobodys) =
        (stored(&buyer, "một").await, stored(&other, "hai").await, stored(&app.anonymous(), "ba").await);
    let faults = async |by: &Actor, path: &str, files: &[&str]| {
        let reply = by.post_once(path, &fresh_key(), &with_files(&stock, files)).await;
        reply.expect_problem(422, "invalid_body");
        reply.faults()
    };
    let fault = |place: &str, code: &str| (place.to_owned(), code.to_owned());
    let missing = "01999f6e-3c1a-7d55-9a3e-0c0f7a1b2c3d";
    for path in ["/v1/leads", "/v1/leads?validate_only=true"] {
        assert_eq!(
            faults(&buyer, path, &[&own, &foreign, missing, &own]).await,
            [
                fault("/attachments/1", "unknown_file"),
                fault("/attachments/2", "unknown_file"),
                fault("/attachments/3", "duplicate"),
            ]
        );
        assert_eq!(faults(&app.anonymous(), path, &[&own]).await, [fault("/attachments/0", "unknown_file")]);
        let six = [missing; 6];
        assert_eq!(faults(&buyer, path, &six).await, [fault("/attachments", "wrong_length")]);
    }
    assert_eq!(count(&app, "enquiries").await, 0);
    // A check uses nothing; what was refused neither.
    let checked = with_files(&stock, &[&own, &nobodys]);
    buyer.post("/v1/leads?validate_only=true", &checked).await.expect(StatusCode::OK);
    ask(&buyer, &checked).await.expect(StatusCode::CREATED);
    assert_eq!(faults(&buyer, "/v1/leads", &[&own]).await, [fault("/attachments/0", "file_in_use")]);
    assert_eq!(count(&app, "enquiry_files").await, 2);

    // Of many that use one file at once, one does.
    let shared = stored(&app.anonymous(), "bốn").await;
    let sent = (0..10).map(|_| {
        let (by, body) = (app.anonymous(), with_files(&stock, &[&shared]));
        tokio::spawn(async move { by.post_once("/v1/leads", &fresh_key(), &body).await })
    });
    let mut won = 0;
    for sent in sent.collect::<Vec<_>>() {
        let reply = sent.await.expect("answered");
        won += i32::from(reply.status == StatusCode::CREATED);
        if reply.status != StatusCode::CREATED {
            assert_eq!(reply.faults(), [fault("/attachments/0", "file_in_use")]);
        }
    }
    assert_eq!((won, count(&app, "enquiry_files").await), (1, 3));
}

async fn a_file_is_given_out_as_an_attachment_and_only_undamaged(app: TestApp) {
    let stock = Stock::fill(&app).await;
    let buyer = app.user("nguoi-mua@example.vn", Role::Member, &[]).await;
    let query = "?name=Bi%C3%AAn%20b%E1%BA%A3n.pdf";
    let file = send(&buyer, query, "application/pdf", pdf("một")).await.expect(StatusCode::CREATED);
    let (id, hash) = (file["id"].as_str().expect("an id"), file["sha256"].as_str().expect("a hash"));
    let sent = ask(&buyer, &with_files(&stock, &[id])).await.expect(StatusCode::CREATED);
    let path = format!("/v1/leads/{}/files/{id}", sent["leads"][0]["id"].as_str().expect("an id"));
    let get = async |header: &'static str, value: &str| {
        Reply::of(buyer.request(Method::GET, &path).header(header, value)).await
    };
    let read = get("Accept-Encoding", "gzip").await;
    read.expect_text(&pdf("một"));
    for (header, value) in [
        ("content-type", "application/pdf"),
        (
            "content-disposition",
            "attachment; filename=\"Bi_n b_n.pdf\"; filename*=UTF-8''Bi%C3%AAn%20b%E1%BA%A3n.pdf",
        ),
        ("content-security-policy", "sandbox; default-src 'none'"),
        ("x-content-type-options", "nosniff"),
        ("cache-control", "private, no-store"),
        ("etag", &format!("\"{hash}\"")),
    ] {
        assert_eq!(read.header(header), value);
    }
    let known = get("If-None-Match", &format!("\"{hash}\"")).await;
    assert_eq!((known.status, known.text.as_str()), (StatusCode::NOT_MODIFIED, ""));
    // What the database has is not what was stored.
    let damaged = match app.engine {
        Engine::Sqlite => "UPDATE files SET content = X'255044462D'",
        Engine::Postgres => "UPDATE files SET content = '\\x255044462D'",
    };
    app.sql(damaged).await;
    get("Accept", "*/*").await.expect_problem(500, "internal");
    app.sql("UPDATE files SET content = NULL").await;
    get("Accept", "*/*").await.expect_problem(410, "erased");
}

async fn what_nothing_uses_is_forgotten_after_two_days(app: TestApp) {
    let stock = Stock::fill(&app).await;
    let by = app.anonymous();
    let (used, unused) = (stored(&by, "một").await, stored(&by, "hai").await);
    ask(&by, &with_files(&stock, &[&used])).await.expect(StatusCode::CREATED);
    app.clock.advance_seconds(48 * 3600);
    let young = stored(&by, "ba").await;
    let purge = async || {
        let now = app.state.world.now();
        let purged = app.state.db.write(move |conn| files::purge(conn, now).map_err(Failure::from));
        purged.await.expect("purged")
    };
    assert_eq!(purge().await, 0);
    app.clock.advance_seconds(1);
    assert_eq!(purge().await, 1);
    // The cake's certificate has ended meanwhile.
    let mut body = stock.enquiry(&[stock.mat]);
    body["attachments"] = json!([unused]);
    let gone = ask(&by, &body).await;
    assert_eq!(gone.faults(), [("/attachments/0".to_owned(), "unknown_file".to_owned())]);
    body["attachments"] = json!([young]);
    ask(&by, &body).await.expect(StatusCode::CREATED);
}

async fn too_many_files_that_nothing_uses_are_refused(app: TestApp) {
    let by = app.user("nguoi-mua@example.vn", Role::Member, &[]).await;
    stored(&by, "một").await;
    // The same file under 99 other ids.
    let rows = (1..files::MOST_UNUSED).map(|n| {
        format!(
            "INSERT INTO files SELECT '01999f6e-3c1a-7d55-9a3e-{n:012}', sha256, name, media_type, size, content, user_id, \
             client_id, created_at, used_at FROM files WHERE id NOT LIKE '01999f6e%';"
        )
    });
    app.sql(rows.collect::<String>()).await;
    let refused = send(&by, "", "application/pdf", pdf("hai")).await;
    refused.expect_problem(429, "too_many_requests");
    assert_eq!(refused.header("retry-after"), "3600");
    stored(&app.anonymous(), "ba").await;
    app.sql("UPDATE files SET used_at = 1 WHERE id LIKE '01999f6e%1'").await;
    stored(&by, "hai").await;
}

async fn files_of_an_address_are_limited(app: TestApp) {
    for n in 0..3 {
        stored(&app.anonymous(), &n.to_string()).await;
    }
    send(&app.anonymous(), "", "application/pdf", pdf("x")).await.expect_problem(429, "too_many_requests");
    // An account has a budget of its own.
    let by = app.user("nguoi-mua@example.vn", Role::Member, &[]).await;
    stored(&by, "x").await;
    assert_eq!(count(&app, "files").await, 4);
}
