//! What the feed tells of single changes, and how it waits.

use super::copy::{Copy, seq_of};
use crate::cases;
use crate::harness::{Case, TestApp};
use crate::seed::{Certified, Seed, day};
use ocop_market::catalogue;
use ocop_market::db::Failure;
use reqwest::StatusCode;
use serde_json::Value;
use std::time::{Duration, Instant};

pub fn cases() -> Vec<Case> {
    cases![
        the_calendar_changes_the_catalogue_at_midnight_once,
        a_reader_waits_for_the_next_change,
        who_names_a_change_reads_it,
        a_number_that_is_not_known_asks_to_load_anew,
        wrong_parameters_are_told,
        details_are_revalidated_and_compressed,
    ]
}

/// 36 months ago tomorrow; the test's clock stands at 2026-11-23.
const ENDS_TODAY: &str = "2023-11-23";

async fn the_calendar_changes_the_catalogue_at_midnight_once(app: TestApp) {
    let mut seed = Seed::new(&app);
    let maker = seed.maker("HTX Ví Dụ");
    let ending =
        seed.certified(maker, "Hết hạn hôm nay", &Certified { on: ENDS_TODAY, ..Certified::default() });
    // 181 days before its end today, 180 tomorrow.
    let expiring =
        seed.certified(maker, "Sắp hết hạn", &Certified { on: "2024-05-23", ..Certified::default() });
    let staying = seed.certified(maker, "Còn hạn", &Certified::default());
    seed.insert().await;
    let by = app.anonymous();
    let mut copy = Copy::default();
    copy.follow(&by).await;
    assert_eq!(copy.documents.len(), 3);
    app.clock.set("2026-11-23T16:59:59.999999Z");
    assert!(copy.follow(&by).await.is_empty(), "the day is not over");
    app.clock.set("2026-11-23T17:00:00Z");
    let mut told: Vec<(String, String)> =
        copy.follow(&by).await.into_iter().map(|(_, what, product)| (product, what)).collect();
    told.sort();
    let mut expected =
        vec![(ending.id.to_string(), "expired".to_owned()), (expiring.id.to_string(), "upsert".to_owned())];
    expected.sort();
    assert_eq!(told, expected);
    copy.assert_proved(&by).await;
    let state = |id: &str| -> Value {
        serde_json::from_str::<Value>(&copy.documents[id]).expect("JSON")["certification"]["state"].clone()
    };
    assert_eq!(
        (state(expiring.id.as_str()), state(staying.id.as_str())),
        ("expiring".into(), "valid".into())
    );
    assert!(copy.clone().follow(&by).await.is_empty(), "once");
}

async fn a_reader_waits_for_the_next_change(app: TestApp) {
    let mut seed = Seed::new(&app);
    let maker = seed.maker("HTX Ví Dụ");
    let product = seed.certified(maker, "Bánh cáy", &Certified::default());
    seed.insert().await;
    let by = app.anonymous();
    let head = seq_of(&by.get("/v1/catalogue/digest").await);
    let url = format!("/v1/catalogue/changes?after={head}&wait=30");
    let started = Instant::now();
    let waiting = by.get(&url);
    let writing = async {
        let (world, id) = (app.state.world.clone(), product.id);
        let announce = move |conn: &mut ocop_market::db::Conn| {
            catalogue::announce(conn, &world, &[id]).map_err(Failure::from)
        };
        // Whichever comes first, the reader is told.
        tokio::task::yield_now().await;
        app.state.db.write(announce).await.expect("announced");
        app.state.catalogue.wake();
    };
    let (reply, ()) = tokio::join!(waiting, writing);
    let page = reply.expect(StatusCode::OK);
    assert_eq!(page["changes"][0]["seq"], head + 1);
    assert_eq!(page["changes"][0]["product_id"], product.id.as_str());
    assert!(started.elapsed() < Duration::from_secs(20), "it did not sit out its time");
    let page =
        by.get(&format!("/v1/catalogue/changes?after={}&wait=1", head + 1)).await.expect(StatusCode::OK);
    assert_eq!((&page["changes"], &page["next_after"]), (&serde_json::json!([]), &(head + 1).into()));
}

async fn who_names_a_change_reads_it(app: TestApp) {
    let mut seed = Seed::new(&app);
    let maker = seed.maker("HTX Ví Dụ");
    let product = seed.certified(maker, "Bánh cáy", &Certified::default());
    seed.insert().await;
    let by = app.anonymous();
    for round in 0..20 {
        let (world, id) = (app.state.world.clone(), product.id);
        let price = 1_000 + round;
        let sql = format!(
            "INSERT INTO listings (product_id, status, price_from, price_unit, season, created_at, updated_at) VALUES ('{id}', 'published', {price}, 'XBX', 0, 1, 1) \
             ON CONFLICT (product_id) DO UPDATE SET price_from = {price}"
        );
        let written = app.state.db.write(move |conn| {
            diesel::connection::SimpleConnection::batch_execute(conn, &sql)?;
            catalogue::announce(conn, &world, &[id]).map_err(Failure::from)
        });
        // Nobody wakes the catalogue: the reader does.
        let seq = written.await.expect("written");
        let detail = by.get(&format!("/v1/products/{id}?at_least={seq}")).await.expect(StatusCode::OK);
        assert_eq!(detail["price_from"], price);
        let listed =
            by.get(&format!("/v1/products?price_max={price}&at_least={seq}")).await.expect(StatusCode::OK);
        assert_eq!((&listed["total"], &listed["items"][0]["price_from"]), (&1.into(), &price.into()));
    }
    let head = seq_of(&by.get("/v1/catalogue/digest").await);
    let late = by.get(&format!("/v1/products?at_least={}", head + 1)).await;
    late.expect_problem(409, "change_not_reached");
    assert!(!late.header("retry-after").is_empty());
    let absurd = by.get(&format!("/v1/products?at_least={}", i64::MAX)).await;
    absurd.expect_problem(409, "change_not_reached");
}

async fn a_number_that_is_not_known_asks_to_load_anew(app: TestApp) {
    let mut seed = Seed::new(&app);
    let maker = seed.maker("HTX Ví Dụ");
    seed.certified(maker, "Bánh cáy", &Certified::default());
    seed.insert().await;
    let by = app.anonymous();
    let head = seq_of(&by.get("/v1/catalogue/digest").await);
    let problem = by.get(&format!("/v1/catalogue/changes?after={}", head + 1)).await;
    let problem = problem.expect_problem(410, "resync_required");
    assert_eq!(problem["head"], head);
    // A hundred days later the first changes are forgotten, by SQL and by memory.
    app.clock.advance_seconds(101 * 86_400);
    let now = app.state.world.now();
    let forget =
        move |conn: &mut ocop_market::db::Conn| catalogue::forget_old(conn, now).map_err(Failure::from);
    let floor = app.state.db.write(forget).await.expect("forgotten");
    assert_eq!(floor.number(), head, "what the new days brought is kept");
    app.state.catalogue.wake();
    let asked = Instant::now();
    let problem = loop {
        let reply = by.get("/v1/catalogue/changes?after=0").await;
        if reply.status == StatusCode::GONE || asked.elapsed() > Duration::from_secs(10) {
            break reply.expect_problem(410, "resync_required");
        }
    };
    assert_eq!(problem["floor"], head);
    let mut copy = Copy::load(&by).await;
    assert!(copy.follow(&by).await.is_empty());
    copy.assert_proved(&by).await;
}

async fn wrong_parameters_are_told(app: TestApp) {
    let by = app.anonymous();
    let reply = by.get("/v1/catalogue/changes?limit=1001&wait=61&since=3").await;
    reply.expect_problem(400, "invalid_parameters");
    let mut faults = reply.faults();
    faults.sort();
    let expected = [
        ("after", "missing"),
        ("limit", "out_of_range"),
        ("since", "unknown_field"),
        ("wait", "out_of_range"),
    ];
    assert_eq!(faults, expected.map(|(place, code)| (place.to_owned(), code.to_owned())));
    for wrong in ["-1", "+1", "1.0", "9223372036854775808", "", "x"] {
        let reply = by.get(&format!("/v1/catalogue/changes?after={wrong}")).await;
        reply.expect_problem(400, "invalid_parameters");
    }
    by.get("/v1/catalogue/changes?after=9223372036854775807").await.expect_problem(410, "resync_required");
    for wrong in ["0", "0G", "FF", "000", "é"] {
        let reply = by.get(&format!("/v1/catalogue/digest?bucket={wrong}")).await;
        let problem = reply.expect_problem(400, "invalid_parameters");
        let detail = problem["errors"][0]["detail"].as_str().unwrap_or_default();
        assert!(detail.contains("viết thường"), "{wrong}: {problem}");
    }
}

async fn details_are_revalidated_and_compressed(app: TestApp) {
    let mut seed = Seed::new(&app);
    let maker = seed.maker("Hợp tác xã Ví Dụ có một cái tên dài để tài liệu đáng được nén lại khi gửi đi");
    let product = seed.certified(maker, "Bánh cáy", &Certified::default());
    seed.insert().await;
    assert!(day("2026-11-23") == app.state.world.today());
    let by = app.anonymous();
    let url = format!("/v1/products/{}", product.id);
    let plain = by.get(&url).await;
    let tag = plain.header("etag");
    for coding in ["gzip", "zstd"] {
        let request = by.request(reqwest::Method::GET, &url).header("Accept-Encoding", coding);
        let response = request.send().await.expect("an answer");
        assert_eq!(response.headers()["content-encoding"], coding);
        assert_eq!(response.headers()["etag"], tag.as_str());
        let body = response.bytes().await.expect("a body");
        let text = match coding {
            "zstd" => zstd::decode_all(&body[..]).expect("zstd"),
            _ => {
                let mut text = Vec::new();
                std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&body[..]), &mut text)
                    .expect("gzip");
                text
            }
        };
        assert_eq!(text, plain.text.as_bytes(), "{coding}");
        assert!(body.len() < plain.text.len());
    }
    for url in [url.as_str(), "/v1/products?q=banh", "/v1/catalogue/digest", "/v1/catalogue/changes?after=0"]
    {
        let tag = by.get(url).await.header("etag");
        let again =
            crate::harness::Reply::of(by.request(reqwest::Method::GET, url).header("If-None-Match", &tag));
        let again = again.await;
        assert_eq!((again.status.as_u16(), again.text.as_str()), (304, ""), "{url}");
        assert_eq!(again.header("etag"), tag);
    }
}
