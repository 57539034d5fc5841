//! Pictures in parts: `POST /v1/uploads`, `GET`, `HEAD`, `PATCH` and `DELETE /v1/uploads/{id}`.

use super::pictures::{self, halves};
use super::{Scene, lying, send};
use crate::cases;
use crate::harness::{Actor, Case, Reply, TestApp};
use crate::leads::{count, fresh_key};
use image::{Rgb, RgbImage};
use ocop_market::accounts::MemberRole;
use ocop_market::files::Sha256Hex;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

pub fn cases() -> Vec<Case> {
    cases![
        a_picture_comes_in_parts,
        what_has_come_when_the_line_breaks_is_kept,
        another_instance_goes_on_where_one_stopped,
        a_part_begins_where_the_others_end,
        what_arrives_as_something_else_is_forgotten,
        every_fault_of_an_upload_is_told,
        an_upload_is_its_senders,
        too_many_begun_uploads_are_refused,
        an_upload_is_given_up,
    ]
}

/// A picture of a few megabytes that no encoder makes small.
pub fn noisy(number: u32) -> Vec<u8> {
    let mut state = number.wrapping_mul(2_654_435_761).max(1);
    let pixels = RgbImage::from_fn(1400, 1000, |_, _| {
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state as u8
        };
        Rgb([next(), next(), next()])
    });
    pictures::png(&pixels)
}

pub async fn begin(by: &Actor, size: usize) -> Reply {
    let request = by.request(Method::POST, "/v1/uploads").header("Upload-Length", size.to_string());
    Reply::of(request.header("Tus-Resumable", "1.0.0")).await
}

/// Where the parts of a new upload go.
pub async fn begun(by: &Actor, size: usize) -> String {
    let reply = begin(by, size).await;
    reply.expect(StatusCode::CREATED);
    reply.header("location")
}

pub async fn patch(by: &Actor, path: &str, offset: usize, part: &[u8]) -> Reply {
    let request = by.request(Method::PATCH, path).header("Upload-Offset", offset.to_string());
    Reply::of(request.header("Content-Type", "application/offset+octet-stream").body(part.to_vec())).await
}

/// How much is there.
pub async fn offset(by: &Actor, path: &str) -> usize {
    let reply = Reply::of(by.request(Method::HEAD, path)).await;
    assert_eq!((reply.status, reply.text.as_str()), (StatusCode::OK, ""));
    assert_eq!(reply.header("cache-control"), "private, no-store");
    assert_eq!(reply.header("tus-resumable"), "1.0.0");
    reply.header("upload-offset").parse().expect("a number")
}

async fn a_picture_comes_in_parts(app: TestApp) {
    let scene = Scene::set(&app).await;
    let (by, photo) = (&scene.editor, noisy(1));
    assert!(photo.len() > 3_500_000, "more than one part: {}", photo.len());
    let made = begin(by, photo.len()).await;
    let view = made.expect(StatusCode::CREATED);
    assert_eq!((&view["size"], &view["offset"]), (&json!(photo.len()), &json!(0)));
    assert_eq!(view["expires_at"], "2026-11-24T03:00:00Z");
    let path = made.header("location");
    assert_eq!(path, format!("/v1/uploads/{}", view["id"].as_str().expect("an id")));
    let halfway = photo.len() / 2;
    let first = patch(by, &path, 0, &photo[..halfway]).await;
    first.expect(StatusCode::NO_CONTENT);
    assert_eq!(first.header("upload-offset"), halfway.to_string());
    assert_eq!(first.header("upload-expires"), "Tue, 24 Nov 2026 03:00:00 GMT");
    assert_eq!(offset(by, &path).await, halfway);
    let last = patch(by, &path, halfway, &photo[halfway..]).await;
    let image = last.expect(StatusCode::CREATED);
    assert_eq!(last.header("location"), format!("/v1/images/{}", image["id"].as_str().expect("an id")));
    assert_eq!(last.header("upload-offset"), photo.len().to_string());
    // It is the same as if it had come at once.
    assert_eq!(send(by, photo.clone()).await.expect(StatusCode::OK), image);
    assert_eq!((lying(&app, "uploads").len(), count(&app, "upload_parts").await), (0, 0));
    // Who missed the answer gets it again.
    let view = by.get(&path).await.expect(StatusCode::OK);
    assert_eq!((&view["image_id"], &view["offset"]), (&image["id"], &json!(photo.len())));
    let again = patch(by, &path, photo.len(), b"").await;
    assert_eq!(again.expect(StatusCode::OK), image);
    patch(by, &path, halfway, &photo[..9]).await.expect_problem(409, "wrong_offset");
    assert_eq!(count(&app, "images").await, 1);
}

/// Sends the beginning of a part, and hangs up.
fn break_off(by: &Actor, app: &TestApp, path: &str, from: usize, (part, promised): (&[u8], usize)) {
    let address = app.base.strip_prefix("http://").expect("an address");
    let mut line = TcpStream::connect(address).expect("a connection");
    let token = by.token.as_deref().expect("a token");
    let head = format!(
        "PATCH {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nUpload-Offset: {from}\r\n\
         Content-Type: application/offset+octet-stream\r\nContent-Length: {promised}\r\n\r\n"
    );
    line.write_all(head.as_bytes()).and_then(|()| line.write_all(part)).expect("sent");
    line.shutdown(Shutdown::Write).expect("hung up");
    // Until the other side has hung up, too.
    let _ = line.read_to_end(&mut Vec::new());
}

async fn what_has_come_when_the_line_breaks_is_kept(app: TestApp) {
    let scene = Scene::set(&app).await;
    let (by, photo) = (&scene.editor, noisy(2));
    let path = begun(by, photo.len()).await;
    let mut there = 0;
    for length in [700_000, 2_500_000] {
        let part = &photo[there..there + length];
        break_off(by, &app, &path, there, (part, photo.len() - there));
        // The part is stored after the line broke: ask until it is. The end of what was sent may be lost with the line.
        let until = Instant::now() + Duration::from_secs(10);
        let before = there;
        while there == before {
            assert!(Instant::now() < until, "nothing of what came is kept");
            there = offset(by, &path).await;
        }
        assert!(there <= before + length, "{there} of {}", before + length);
    }
    patch(by, &path, there, &photo[there..]).await.expect(StatusCode::CREATED);
    send(by, photo).await.expect(StatusCode::OK);
}

async fn another_instance_goes_on_where_one_stopped(app: TestApp) {
    let scene = Scene::set(&app).await;
    let (by, photo) = (&scene.editor, noisy(3));
    let path = begun(by, photo.len()).await;
    patch(by, &path, 0, &photo[..1_000_000]).await.expect(StatusCode::NO_CONTENT);
    let store = format!("--media-url={}", app.data_dir().join("media").display());
    let beside = app.beside(&[&store]);
    let there = beside.anonymous().with_token(by.token.clone().expect("a token"));
    assert_eq!(offset(&there, &path).await, 1_000_000);
    patch(&there, &path, 1_000_000, &photo[1_000_000..]).await.expect(StatusCode::CREATED);
    send(by, photo).await.expect(StatusCode::OK);
}

async fn a_part_begins_where_the_others_end(app: TestApp) {
    let scene = Scene::set(&app).await;
    let (by, photo) = (&scene.editor, pictures::plain(1));
    let path = begun(by, photo.len()).await;
    let ahead = patch(by, &path, 10, &photo[10..]).await;
    assert_eq!(ahead.expect_problem(409, "wrong_offset")["offset"], 0);
    assert_eq!(ahead.header("upload-offset"), "0");
    patch(by, &path, 0, &photo[..50]).await.expect(StatusCode::NO_CONTENT);
    assert_eq!(patch(by, &path, 0, &photo[..50]).await.expect_problem(409, "wrong_offset")["offset"], 50);
    // More than was told is not taken, and neither is what comes with it.
    let long = [&photo[50..], b"more"].concat();
    patch(by, &path, 50, &long).await.expect_problem(413, "body_too_large");
    assert_eq!(offset(by, &path).await, 50);
    // Of two that bring the same part at the same moment one is noted.
    let (one, other) =
        tokio::join!(patch(by, &path, 50, &photo[50..90]), patch(by, &path, 50, &photo[50..90]));
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 409]);
    assert_eq!(offset(by, &path).await, 90);
    patch(by, &path, 90, &photo[90..]).await.expect(StatusCode::CREATED);
}

async fn what_arrives_as_something_else_is_forgotten(app: TestApp) {
    let scene = Scene::set(&app).await;
    let (by, photo) = (&scene.editor, pictures::plain(1));
    let path = begun(by, pictures::SVG.len()).await;
    patch(by, &path, 0, pictures::SVG).await.expect_problem(422, "unreadable_file");
    by.get(&path).await.expect_problem(404, "not_found");
    let told = |hash: Sha256Hex| format!("/v1/uploads?sha256={}", hash.as_str());
    for (hash, status) in [(Sha256Hex::of(b"another"), 422), (Sha256Hex::of(&photo), 201)] {
        let request = by.request(Method::POST, &told(hash)).header("Upload-Length", photo.len().to_string());
        let path = Reply::of(request).await.header("location");
        assert_eq!(patch(by, &path, 0, &photo).await.status.as_u16(), status);
    }
    assert_eq!((count(&app, "images").await, lying(&app, "uploads").len()), (1, 0));
}

async fn every_fault_of_an_upload_is_told(app: TestApp) {
    let scene = Scene::set(&app).await;
    let by = &scene.editor;
    for (length, status, code) in [
        ("", 400, "invalid_header"),
        ("-1", 400, "invalid_header"),
        ("1e3", 400, "invalid_header"),
        ("99999999999999999999", 400, "invalid_header"),
        ("0", 400, "invalid_header"),
        ("26214401", 413, "body_too_large"),
    ] {
        let request = by.request(Method::POST, "/v1/uploads").header("Upload-Length", length);
        Reply::of(request).await.expect_problem(status, code);
    }
    Reply::of(by.request(Method::POST, "/v1/uploads")).await.expect_problem(400, "invalid_header");
    let old = by.request(Method::POST, "/v1/uploads").header("Upload-Length", "9");
    Reply::of(old.header("Tus-Resumable", "0.2.2")).await.expect_problem(400, "invalid_header");
    let path = begun(by, 9).await;
    let request = by.request(Method::PATCH, &path).body("x");
    Reply::of(request.header("Upload-Offset", "0")).await.expect_problem(415, "unsupported_media_type");
    let request = by.request(Method::PATCH, &path).body("x");
    let untold = request.header("Content-Type", "application/offset+octet-stream");
    Reply::of(untold).await.expect_problem(400, "invalid_header");
    assert_eq!((count(&app, "uploads").await, offset(by, &path).await), (1, 0));
    // Begun twice with one key, it is begun once.
    let key = fresh_key();
    let again = async || {
        let request = by.request(Method::POST, "/v1/uploads").header("Upload-Length", "9");
        Reply::of(request.header("Idempotency-Key", &key)).await.header("location")
    };
    assert_eq!(again().await, again().await);
    assert_eq!(count(&app, "uploads").await, 2);
}

async fn an_upload_is_its_senders(app: TestApp) {
    let scene = Scene::set(&app).await;
    let colleague = app.member("chu@banh.example", scene.maker.id, MemberRole::Owner).await;
    let photo = pictures::plain(1);
    let path = begun(&scene.editor, photo.len()).await;
    colleague.get(&path).await.expect_problem(404, "not_found");
    patch(&colleague, &path, 0, &photo).await.expect_problem(404, "not_found");
    colleague.delete(&path).await.expect_problem(404, "not_found");
    let nobody = app.anonymous();
    nobody.get(&path).await.expect_problem(401, "unauthenticated");
    begin(&nobody, 9).await.expect_problem(401, "unauthenticated");
    let viewer = app.member("xem@banh.example", scene.maker.id, MemberRole::Viewer).await;
    begin(&viewer, 9).await.expect_problem(403, "forbidden");
    let machine = app.machine(&colleague, scene.maker.id, &["listings.write"]).await;
    let machine = app.as_machine(&machine).await;
    let own = begun(&machine, photo.len()).await;
    patch(&machine, &own, 0, &photo).await.expect(StatusCode::CREATED);
    patch(&scene.editor, &path, 0, &photo).await.expect(StatusCode::OK);
}

async fn too_many_begun_uploads_are_refused(app: TestApp) {
    let scene = Scene::set(&app).await;
    let (by, photo) = (&scene.editor, pictures::plain(1));
    let first = begun(by, photo.len()).await;
    for _ in 1..20 {
        begun(by, photo.len()).await;
    }
    begin(by, photo.len()).await.expect_problem(429, "too_many_requests");
    patch(by, &first, 0, &photo).await.expect(StatusCode::CREATED);
    begun(by, photo.len()).await;
    assert_eq!(count(&app, "uploads").await, 21);
}

async fn an_upload_is_given_up(app: TestApp) {
    let scene = Scene::set(&app).await;
    let (by, photo) = (&scene.editor, pictures::jpeg(&halves(90, 60)));
    let path = begun(by, photo.len()).await;
    patch(by, &path, 0, &photo[..100]).await.expect(StatusCode::NO_CONTENT);
    assert_eq!(lying(&app, "uploads").len(), 1);
    assert_eq!(by.delete(&path).await.expect(StatusCode::NO_CONTENT), Value::Null);
    by.get(&path).await.expect_problem(404, "not_found");
    assert_eq!((lying(&app, "uploads").len(), count(&app, "upload_parts").await), (0, 0));
}
