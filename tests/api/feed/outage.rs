//! The database is stopped: the catalogue goes on answering, writes say when to come back, midnight comes all the same;
//! and all is well again when the database is back, without a restart.

use super::copy::Copy;
use super::instances::postgres;
use crate::harness::engine::Server;
use crate::harness::{Engine, ManualClock, TestApp};
use crate::seed::{Certified, Seed};
use libtest_mimic::Trial;
use reqwest::StatusCode;
use serde_json::json;
use std::time::{Duration, Instant};

pub fn trials() -> Vec<Trial> {
    vec![postgres("without_its_database_the_catalogue_answers", without_a_database)]
}

async fn without_a_database() {
    let server = Server::of_its_own();
    let app = TestApp::start_on(Engine::Postgres, server.database("market"), ManualClock::at_start(), &[]);
    let officer = app.officer("33").await;
    let mut seed = Seed::new(&app);
    let maker = seed.maker("HTX Ví Dụ");
    let staying = seed.certified(maker, "Bánh cáy", &Certified::default());
    let ending =
        seed.certified(maker, "Hết hạn hôm nay", &Certified { on: "2023-11-23", ..Certified::default() });
    seed.insert().await;
    let by = app.anonymous();
    let before = Copy::load(&by).await;
    let (detail, lapsing) = (format!("/v1/products/{}", staying.id), format!("/v1/products/{}", ending.id));
    let reads = [
        "/v1/products".to_owned(),
        "/v1/products?q=banh+cay&facets=stars,province".to_owned(),
        "/v1/products/suggest?q=ban".to_owned(),
        detail.clone(),
        "/v1/producers".to_owned(),
        format!("/v1/producers/{}", maker.id),
        format!("/v1/verifications/{}", staying.code.as_str()),
        format!("/v1/verifications/{}?on=2025-12-01", ending.code.as_str()),
        "/v1/catalogue/changes?after=0".to_owned(),
        "/v1/catalogue/digest".to_owned(),
        "/v1/catalogue/export?format=ndjson".to_owned(),
        "/v1/catalogue/export?format=csv".to_owned(),
    ];
    let mut answers = Vec::new();
    for url in &reads {
        answers.push(by.get(url).await.text);
    }

    server.stop();
    for (url, answer) in reads.iter().zip(&answers) {
        let reply = by.get(url).await;
        assert_eq!((reply.status, &reply.text), (StatusCode::OK, answer), "{url}");
    }
    // Nor can it say that a change another instance has told of does not exist.
    let told_elsewhere = format!("/v1/catalogue/changes?after={}", before.seq + 1);
    by.get(&told_elsewhere).await.expect_problem(409, "change_not_reached");
    let write = json!({ "email": "officer-33@office.example", "password": crate::harness::people::PASSWORD });
    for (who, path, body) in [
        (&by, "/v1/sessions", &write),
        (
            &officer,
            "/v1/certifications/01999f6e-3c1a-7d55-9a3e-0c0f7a1b2c3d/extensions",
            &json!({"until": "2027-01-01"}),
        ),
    ] {
        let reply = who.post(path, body).await;
        reply.expect_problem(503, "unavailable");
        assert!(!reply.header("retry-after").is_empty());
    }
    assert_eq!(by.get("/readyz").await.expect(StatusCode::OK)["status"], "reads_only");

    // A certificate that ends today ends, whether or not the database hears of it.
    app.clock.set("2026-11-23T17:00:00Z");
    let gone = by.get(&lapsing).await.expect_problem(410, "not_in_force");
    assert_eq!((&gone["reason"], &gone["since"]), (&json!("expired"), &json!("2026-11-24")));
    let list = by.get("/v1/products").await.expect(StatusCode::OK);
    assert_eq!((&list["total"], &list["as_of"]), (&json!(1), &json!("2026-11-24")));
    by.get(&detail).await.expect(StatusCode::OK);

    server.start_again();
    let back = Instant::now();
    let mut copy = before;
    while copy.documents.len() > 1 {
        copy.follow(&by).await;
        assert!(back.elapsed() < Duration::from_secs(5), "the log goes on within five seconds");
    }
    let told = Copy::default().follow(&by).await;
    let ended = told.iter().filter(|(_, what, id)| what == "expired" && *id == ending.id.to_string());
    assert_eq!(ended.count(), 1, "once: {told:?}");
    copy.assert_proved(&by).await;
    // Each connection finds out by itself that it was cut off.
    while by.get("/readyz").await.json()["status"] != "ok" {
        assert!(back.elapsed() < Duration::from_secs(5), "it is ready within five seconds");
    }
    while by.post("/v1/sessions", &write).await.status == StatusCode::SERVICE_UNAVAILABLE {
        assert!(back.elapsed() < Duration::from_secs(5), "it writes within five seconds");
    }
    by.post("/v1/sessions", &write).await.expect(StatusCode::CREATED);
    drop(app);
    drop(server);
}
