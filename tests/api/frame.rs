//! What every request can rely on, whatever its resource.

use crate::cases;
use crate::harness::{Case, Reply, TestApp};
use reqwest::{Method, StatusCode};
use std::io::{Read, Write};
use std::net::TcpStream;

pub fn cases() -> Vec<Case> {
    let mut cases = cases![
        probes_answer,
        request_ids_are_kept_or_made,
        unknown_addresses_are_404_in_the_readers_language,
        wrong_methods_are_405_with_allow,
        head_and_options_work,
        the_documentation_works_offline,
        answers_are_compressed_on_request,
        an_unchanged_answer_ends_with_its_headers,
        without_cors_no_answer_depends_on_the_origin,
    ];
    let of_shop = cases![scripts_of_a_named_origin_may_read_our_headers];
    cases.extend(of_shop.into_iter().map(|case| case.with(&["--cors-origins=https://shop.example"])));
    cases
}

async fn probes_answer(app: TestApp) {
    for path in ["/livez", "/readyz"] {
        assert_eq!(app.anonymous().get(path).await.expect(StatusCode::OK)["status"], "ok");
    }
}

async fn request_ids_are_kept_or_made(app: TestApp) {
    let with_id = |id: &str| app.anonymous().request(Method::GET, "/livez").header("X-Request-Id", id);
    let kept = Reply::of(with_id("retailer-42_abc")).await;
    assert_eq!(kept.header("x-request-id"), "retailer-42_abc");
    for unsafe_id in ["short", "has space in it", &"x".repeat(65), "line\tbreak-"] {
        let made = Reply::of(with_id(unsafe_id)).await;
        assert_eq!(made.header("x-request-id").len(), 36, "{unsafe_id}");
    }
}

async fn unknown_addresses_are_404_in_the_readers_language(app: TestApp) {
    let get = |language: &str| {
        app.anonymous().request(Method::GET, "/v1/nothing").header("Accept-Language", language)
    };
    let vietnamese = Reply::of(get("vi")).await;
    assert_eq!(vietnamese.expect_problem(404, "not_found")["title"], "Không tìm thấy");
    assert_eq!(vietnamese.header("content-language"), "vi");
    let english = Reply::of(get("en-GB, vi;q=0.1")).await;
    assert_eq!(english.expect_problem(404, "not_found")["title"], "Not found");
    assert_eq!(english.header("content-language"), "en");
    assert!(english.header("vary").to_lowercase().contains("accept-language"), "{:?}", english.headers);
}

async fn wrong_methods_are_405_with_allow(app: TestApp) {
    let reply = Reply::of(app.anonymous().request(Method::PUT, "/livez")).await;
    reply.expect_problem(405, "method_not_allowed");
    assert_eq!(reply.header("allow"), "GET, HEAD, OPTIONS");
}

async fn head_and_options_work(app: TestApp) {
    let get = app.anonymous().get("/v1/openapi.json").await;
    let head = Reply::of(app.anonymous().request(Method::HEAD, "/v1/openapi.json")).await;
    assert_eq!((head.status, head.text.as_str()), (StatusCode::OK, ""));
    assert_eq!(head.header("etag"), get.header("etag"));
    let options = Reply::of(app.anonymous().request(Method::OPTIONS, "/v1/openapi.json")).await;
    assert_eq!(
        (options.status, options.header("allow").as_str()),
        (StatusCode::NO_CONTENT, "GET, HEAD, OPTIONS")
    );
    let missing = Reply::of(app.anonymous().request(Method::HEAD, "/v1/nothing")).await;
    assert_eq!((missing.status, missing.text.as_str()), (StatusCode::NOT_FOUND, ""));
}

async fn the_documentation_works_offline(app: TestApp) {
    let page = app.anonymous().get("/docs").await;
    assert_eq!(page.status, StatusCode::OK);
    for word in ["swagger-ui-bundle.js", "swagger-ui.css"] {
        assert!(page.text.contains(word), "{word} in {}", page.text);
        assert_eq!(app.anonymous().get(&format!("/docs/{word}")).await.status, StatusCode::OK);
    }
    let sync = app.anonymous().get("/docs/SYNC.md").await;
    assert_eq!(
        (sync.status, sync.header("content-type")),
        (StatusCode::OK, "text/markdown; charset=utf-8".into())
    );
    assert!(sync.text.starts_with("# Keeping a copy"), "{:.80}", sync.text);
    assert!(!page.text.contains("https://"), "nothing is fetched from elsewhere: {}", page.text);
}

async fn answers_are_compressed_on_request(app: TestApp) {
    for encoding in ["gzip", "zstd"] {
        let request =
            app.anonymous().request(Method::GET, "/v1/openapi.json").header("Accept-Encoding", encoding);
        let response = request.send().await.expect("an answer");
        assert_eq!(response.headers()["content-encoding"], encoding);
    }
}

/// On one connection, because it is the next answer that a body after a 304 would spoil.
async fn an_unchanged_answer_ends_with_its_headers(app: TestApp) {
    let tag = app.anonymous().get("/v1/openapi.json").await.header("etag");
    let address = app.base.strip_prefix("http://").expect("an address").to_owned();
    let read = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(&address).expect("a connection");
        let unchanged =
            format!("GET /v1/openapi.json HTTP/1.1\r\nHost: {address}\r\nIf-None-Match: {tag}\r\n\r\n");
        let last = format!("GET /livez HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all((unchanged + &last).as_bytes()).expect("sent");
        let mut answers = String::new();
        stream.read_to_string(&mut answers).expect("two answers");
        answers
    });
    let answers = read.await.expect("answers");
    let (first, second) = answers.split_once("\r\n\r\n").expect("the end of the headers");
    assert!(first.starts_with("HTTP/1.1 304 "), "{first}");
    assert!(second.starts_with("HTTP/1.1 200 "), "{second:.300}");
}

async fn from_shop(app: &TestApp) -> Reply {
    let request = app.anonymous().request(Method::GET, "/livez").header("Origin", "https://shop.example");
    Reply::of(request).await
}

async fn without_cors_no_answer_depends_on_the_origin(app: TestApp) {
    let reply = from_shop(&app).await;
    assert_eq!(reply.status, StatusCode::OK);
    for header in ["access-control-allow-origin", "access-control-expose-headers", "vary"] {
        assert!(reply.headers.get(header).is_none(), "{header} in {:?}", reply.headers);
    }
}

async fn scripts_of_a_named_origin_may_read_our_headers(app: TestApp) {
    let reply = from_shop(&app).await;
    assert_eq!(reply.header("access-control-allow-origin"), "https://shop.example");
    let exposed = reply.header("access-control-expose-headers").to_lowercase();
    for header in ["etag", "x-request-id", "link", "catalogue-seq", "ratelimit"] {
        assert!(exposed.split(',').any(|one| one.trim() == header), "{header} in {exposed}");
    }
    assert!(reply.header("vary").contains("Origin"), "{:?}", reply.headers);
    let stranger =
        Reply::of(app.anonymous().request(Method::GET, "/livez").header("Origin", "https://other.example"))
            .await;
    assert!(stranger.headers.get("access-control-allow-origin").is_none(), "{:?}", stranger.headers);
}
