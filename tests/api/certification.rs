//! The ledger over HTTP: entries of officers, and what everybody may read.

use crate::cases;
use crate::harness::{Actor, Case, TestApp};
use reqwest::StatusCode;
use serde_json::{Value, json};

pub fn cases() -> Vec<Case> {
    cases![
        a_certification_is_recorded_once_and_read_by_all,
        all_faults_of_a_recognition_are_told_at_once,
        what_contradicts_the_ledger_is_a_conflict,
        a_classification_belongs_to_one_list,
        validation_records_nothing,
        a_certification_lives_to_the_end_of_its_last_day,
        an_extension_keeps_it_in_force_once,
        an_extension_fits_recognition_and_term,
        an_extension_waits_until_a_renewal_may_be_asked_for,
        a_revocation_ends_it_from_its_day,
        a_later_certification_supersedes,
        officers_keep_to_their_province,
        lists_agree_with_every_single_state,
    ]
}

const PATH: &str = "/v1/certifications";

fn recognition(name: &str, number: &str, date: &str) -> Value {
    json!({
        "product_name": name, "producer_name": "HTX Ví Dụ", "entity_type": "cooperative",
        "district": "Đông Hưng", "province": "Thái Bình", "group": "food", "set_no": 6,
        "stars": 4, "score": 83.5, "decision_no": number, "decision_date": date,
        "source_url": "https://example.vn/qd.pdf",
    })
}

fn with(mut body: Value, changes: Value) -> Value {
    for (key, value) in changes.as_object().expect("an object") {
        body[key] = value.clone();
    }
    body
}

/// Records a recognition; the path of its certification.
async fn record(officer: &Actor, body: &Value) -> String {
    let reply = officer.post(PATH, body).await;
    let recorded = reply.expect(StatusCode::CREATED);
    let path = format!("{PATH}/{}", recorded["certification"]["id"].as_str().expect("an id"));
    assert_eq!(reply.header("location"), path);
    path
}

async fn state(app: &TestApp, path: &str) -> String {
    let view = app.anonymous().get(path).await.expect(StatusCode::OK);
    let state = view["state"].as_str().expect("a state").to_owned();
    let in_force = ["valid", "expiring", "extended"].contains(&state.as_str());
    assert_eq!(view["in_force"], in_force, "{view}");
    state
}

async fn a_certification_is_recorded_once_and_read_by_all(app: TestApp) {
    let officer = app.officer("33").await;
    let body = recognition("Bánh cáy Ví Dụ", "858/qd-ubnd", "2025-06-19");
    let first = officer.post_once(PATH, "3f1c2f0e-key-of-sixteen", &body).await;
    let recorded = first.expect(StatusCode::CREATED);
    assert_eq!(recorded["outcome"], "created");
    assert_eq!(recorded["notes"][0]["code"], "issuer_derived");
    let replayed = officer.post_once(PATH, "3f1c2f0e-key-of-sixteen", &body).await;
    assert_eq!(replayed.header("idempotency-replayed"), "true");
    assert_eq!(replayed.text, first.text);
    let again = officer.post(PATH, &body).await.expect(StatusCode::CREATED);
    assert_eq!(again["outcome"], "unchanged");
    assert_eq!(again["certification"], recorded["certification"]);

    let reply = app.anonymous().get(&first.header("location")).await;
    let view = reply.expect(StatusCode::OK);
    assert_eq!(view, recorded["certification"]);
    assert_eq!(
        view["decision"],
        json!({ "issuer": "UBND tỉnh Thái Bình", "number": "858/QĐ-UBND", "decided_on": "2025-06-19" })
    );
    assert_eq!((&view["stars"], &view["score"]), (&json!(4), &json!(83.5)));
    assert_eq!((&view["valid_until"], &view["criteria_version"]), (&json!("2028-06-19"), &json!("2023")));
    assert_eq!(view["place"]["province"]["code"], "33");
    assert_eq!(view["place"]["former"]["district"]["name"], "Huyện Đông Hưng");
    assert_eq!(view["group"]["name"]["en"], "Food");
    assert!(!reply.header("etag").is_empty());
    for unknown in ["01999f6e-3c1a-7d55-9a3e-0c0f7a1b2c3d", "x", "%00"] {
        app.anonymous().get(&format!("{PATH}/{unknown}")).await.expect_problem(404, "not_found");
    }
}

async fn all_faults_of_a_recognition_are_told_at_once(app: TestApp) {
    let officer = app.officer("33").await;
    let body = json!({
        "product_name": "", "stars": 2, "score": 100.001, "decision_no": "303", "decision_date": "2026-13-01",
        "gtin": "1", "colour": "red", "entity_type": "guild", "set_no": 1.5,
    });
    let reply = officer.post(PATH, &body).await;
    reply.expect_problem(422, "invalid_body");
    let mut places: Vec<String> = reply.faults().into_iter().map(|(place, _)| place).collect();
    places.sort();
    assert_eq!(
        places,
        [
            "/colour",
            "/decision_date",
            "/decision_no",
            "/entity_type",
            "/gtin",
            "/product_name",
            "/score",
            "/set_no",
            "/stars"
        ]
    );
    let body = recognition("Bánh", "858/QĐ-UBND", "2026-11-24");
    let changes =
        json!({ "score": "69,9", "province": "Nowhere", "group": "arms", "valid_until": "2029-11-25" });
    let reply = officer.post(PATH, &with(body, changes)).await;
    reply.expect_problem(422, "invalid_body");
    assert_eq!(
        reply.faults(),
        [
            ("/decision_date", "in_the_future"),
            ("/score", "score_contradicts_stars"),
            ("/valid_until", "term_out_of_range"),
            ("/group", "unknown_group"),
            ("/province", "unknown_province"),
        ]
        .map(|(place, code)| (place.to_owned(), code.to_owned()))
    );
    for number in ["MINH HỌA 012/QĐ-UBND", "99999999999999999999/QĐ-UBND", "🍯"] {
        let body = recognition("Bánh", number, "2025-06-19");
        officer.post(PATH, &body).await.expect_problem(422, "invalid_body");
    }
}

async fn what_contradicts_the_ledger_is_a_conflict(app: TestApp) {
    let officer = app.officer("33").await;
    let body = recognition("Bánh", "858/QĐ-UBND", "2025-06-19");
    record(&officer, &with(body.clone(), json!({ "score": null }))).await;
    for changes in [
        json!({ "stars": 3, "score": null, "issuer": "UBND tỉnh Thái Bình" }),
        json!({ "decision_no": "859/QĐ-UBND" }),
        json!({ "criteria_version": "2026" }),
    ] {
        let reply = officer.post(PATH, &with(body.clone(), changes)).await;
        let problem = reply.expect_problem(409, "ledger_conflict");
        assert!(problem["detail"].as_str().expect("a detail").contains("858/QĐ-UBND"), "{problem}");
    }
    // What it did not know yet is added.
    let more = officer.post(PATH, &body).await.expect(StatusCode::CREATED);
    assert_eq!((&more["outcome"], &more["certification"]["score"]), (&json!("updated"), &json!(83.5)));
}

/// What is said later is taken if it is said of the same list, and a set only with its group.
async fn a_classification_belongs_to_one_list(app: TestApp) {
    let officer = app.officer("33").await;
    let classified = |view: &Value| json!([view["group"]["code"], view["set"]["set_no"]]);
    let body = recognition("Bánh", "858/QĐ-UBND", "2025-06-19");
    record(&officer, &body).await;
    let drinks = with(body, json!({ "group": "drinks", "set_no": null }));
    let updated = officer.post(PATH, &drinks).await.expect(StatusCode::CREATED);
    assert_eq!(updated["outcome"], "updated");
    assert_eq!(classified(&updated["certification"]), json!(["drinks", null]));

    // Finished under the criteria of 2019, whose list has another fourth group.
    let body = recognition("Lụa", "12/QĐ-UBND", "2023-06-19");
    let under_2019 = json!({ "criteria_version": "2019", "group": "textiles", "set_no": null });
    record(&officer, &with(body.clone(), under_2019)).await;
    let silent = with(body, json!({ "group": "handicrafts", "set_no": null }));
    let again = officer.post(PATH, &silent).await.expect(StatusCode::CREATED);
    assert_eq!(again["outcome"], "unchanged");
    assert_eq!(classified(&again["certification"]), json!(["textiles", null]));
}

async fn validation_records_nothing(app: TestApp) {
    let officer = app.officer("33").await;
    let body = recognition("Bánh", "858/QĐ-UBND", "2025-06-19");
    let path = format!("{PATH}?validate_only=true");
    let checked = officer.post(&path, &body).await.expect(StatusCode::OK);
    assert_eq!(checked["outcome"], "created");
    assert!(officer.all(PATH).await.is_empty());
    record(&officer, &body).await;
    let checked = officer
        .post(&path, &with(body, json!({ "stars": 3, "score": null, "issuer": "UBND tỉnh Thái Bình" })))
        .await;
    checked.expect_problem(409, "ledger_conflict");
}

async fn a_certification_lives_to_the_end_of_its_last_day(app: TestApp) {
    let officer = app.officer("33").await;
    // 36 months from 23 November 2023 end today.
    let path = record(&officer, &recognition("Bánh", "1/QĐ-UBND", "2023-11-23")).await;
    app.clock.set("2026-11-23T16:59:59.999999Z");
    assert_eq!(state(&app, &path).await, "expiring");
    app.clock.set("2026-11-23T17:00:00Z");
    assert_eq!(state(&app, &path).await, "expired");
}

async fn an_extension_keeps_it_in_force_once(app: TestApp) {
    let officer = app.officer("33").await;
    let path = record(&officer, &recognition("Bánh", "1/QĐ-UBND", "2023-11-20")).await;
    assert_eq!(state(&app, &path).await, "expired");
    let extensions = format!("{path}/extensions");
    for until in ["2026-11-20", "2027-05-20"] {
        officer.post(&extensions, &json!({ "until": until })).await.expect_problem(409, "ledger_conflict");
    }
    let decision = json!({ "number": "77/QĐ-UBND", "decided_on": "2026-11-19" });
    let body = json!({ "until": "2027-05-19", "decision": decision });
    let extended = officer.post(&extensions, &body).await.expect(StatusCode::CREATED);
    assert_eq!((&extended["state"], &extended["in_force_until"]), (&json!("extended"), &json!("2027-05-19")));
    assert_eq!(extended["extension"]["decision"]["issuer"], "UBND tỉnh Hưng Yên");
    officer.post(&extensions, &body).await.expect_problem(409, "ledger_conflict");
    app.clock.set("2027-05-19T16:59:59Z");
    assert_eq!(state(&app, &path).await, "extended");
    app.clock.set("2027-05-19T17:00:00Z");
    assert_eq!(state(&app, &path).await, "expired");
    let officer = app.officer("01").await;
    let elsewhere = officer.post(&extensions, &body).await;
    elsewhere.expect_problem(403, "forbidden");
}

async fn an_extension_fits_recognition_and_term(app: TestApp) {
    let officer = app.officer("33").await;
    let body = recognition("Bánh", "1/QĐ-UBND", "2023-11-20");
    let path = record(&officer, &body).await;
    let extensions = format!("{path}/extensions");
    let early = json!({ "number": "77/QĐ-UBND", "decided_on": "2023-11-19" });
    let reply = officer.post(&extensions, &json!({ "until": "2027-05-19", "decision": early })).await;
    reply.expect_problem(409, "ledger_conflict");
    officer.post(&extensions, &json!({ "until": "2027-05-19" })).await.expect(StatusCode::CREATED);
    // Its 180 days were counted from the legal term.
    let shorter = officer.post(PATH, &with(body, json!({ "valid_until": "2025-11-20" }))).await;
    shorter.expect_problem(409, "ledger_conflict");
    // What was extended can be revoked, and then it is.
    let decision = json!({ "number": "78/QĐ-UBND", "decided_on": "2026-11-22" });
    let revocation = json!({ "ground": "law_breach", "decision": decision });
    let revoked = officer.post(&format!("{path}/revocations"), &revocation).await.expect(StatusCode::CREATED);
    assert_eq!((&revoked["state"], &revoked["in_force_until"]), (&json!("revoked"), &json!("2026-11-21")));
    assert_eq!(revoked["extension"]["until"], "2027-05-19");
}

async fn an_extension_waits_until_a_renewal_may_be_asked_for(app: TestApp) {
    let officer = app.officer("33").await;
    // 180 days before 23 May 2027 is tomorrow.
    let path = record(&officer, &recognition("Bánh", "1/QĐ-UBND", "2024-05-23")).await;
    let (extensions, body) = (format!("{path}/extensions"), json!({ "until": "2027-06-23" }));
    assert_eq!(state(&app, &path).await, "valid");
    let problem = officer.post(&extensions, &body).await.expect_problem(409, "ledger_conflict");
    let detail = problem["detail"].as_str().expect("a detail");
    assert!(detail.contains("từ ngày 2026-11-24"), "{detail}");
    app.clock.set("2026-11-23T17:00:00Z");
    assert_eq!(state(&app, &path).await, "expiring");
    let officer = app.anonymous().with_token(
        app.sign_in("officer-33@office.example").await["access_token"].as_str().expect("a token"),
    );
    officer.post(&extensions, &body).await.expect(StatusCode::CREATED);
}

async fn a_revocation_ends_it_from_its_day(app: TestApp) {
    let officer = app.officer("33").await;
    let path = record(&officer, &recognition("Bánh", "858/QĐ-UBND", "2025-06-19")).await;
    let revocations = format!("{path}/revocations");
    let body = |on: &str| json!({ "ground": "mark_misuse", "decision": { "number": "99/QĐ-UBND", "decided_on": on } });
    let future = officer.post(&revocations, &body("2026-11-24")).await;
    future.expect_problem(422, "invalid_body");
    assert_eq!(future.faults(), [("/decision/decided_on".to_owned(), "in_the_future".to_owned())]);
    let later = with(body("2026-11-20"), json!({ "effective_on": "2026-11-24" }));
    let future = officer.post(&revocations, &later).await;
    let problem = future.expect_problem(422, "invalid_body");
    assert_eq!(future.faults(), [("/effective_on".to_owned(), "in_the_future".to_owned())]);
    assert!(future.text.contains("Ngày thu hồi có hiệu lực sau hôm nay (2026-11-23)"), "{problem}");
    officer.post(&revocations, &body("2025-06-18")).await.expect_problem(409, "ledger_conflict");
    let unknown = officer.post(&revocations, &with(body("2026-11-20"), json!({ "ground": "whim" }))).await;
    assert_eq!(unknown.faults(), [("/ground".to_owned(), "unknown_value".to_owned())]);
    assert_eq!(state(&app, &path).await, "valid");
    let revoked = officer.post(&revocations, &body("2026-11-20")).await;
    let view = revoked.expect(StatusCode::CREATED);
    assert_eq!((&view["state"], &view["in_force_until"]), (&json!("revoked"), &json!("2026-11-19")));
    assert_eq!(view["revocation"]["ground"], "mark_misuse");
    assert_eq!(view["revocation"]["decision"]["issuer"], "UBND tỉnh Hưng Yên");
    officer.post(&revocations, &body("2026-11-20")).await.expect_problem(409, "ledger_conflict");
    let extension = json!({ "until": "2028-07-01" });
    officer.post(&format!("{path}/extensions"), &extension).await.expect_problem(409, "ledger_conflict");
    // The product can be recognised again; how the first one ended stays as it was.
    let later = record(&officer, &recognition("Bánh", "100/QĐ-UBND", "2026-11-22")).await;
    assert_eq!((state(&app, &path).await, state(&app, &later).await), ("revoked".into(), "valid".into()));
}

async fn a_later_certification_supersedes(app: TestApp) {
    let officer = app.officer("33").await;
    let later = record(&officer, &recognition("Bánh", "12/QĐ-UBND", "2026-08-05")).await;
    // Recorded afterwards, it was decided before.
    let earlier = record(&officer, &recognition("Bánh", "858/QĐ-UBND", "2025-06-19")).await;
    assert_eq!(
        (state(&app, &earlier).await, state(&app, &later).await),
        ("superseded".into(), "valid".into())
    );
    let view = app.anonymous().get(&earlier).await.json();
    assert_eq!(
        (&view["superseded_on"], &view["in_force_until"]),
        (&json!("2026-08-05"), &json!("2026-08-04"))
    );
    let body =
        json!({ "ground": "law_breach", "decision": { "number": "9/QĐ-UBND", "decided_on": "2026-11-01" } });
    officer.post(&format!("{earlier}/revocations"), &body).await.expect_problem(409, "ledger_conflict");
}

async fn officers_keep_to_their_province(app: TestApp) {
    let (here, elsewhere) = (app.officer("33").await, app.officer("01").await);
    let body = recognition("Bánh", "858/QĐ-UBND", "2025-06-19");
    elsewhere.post(PATH, &body).await.expect_problem(403, "forbidden");
    let path = record(&here, &body).await;
    assert_eq!((here.all(PATH).await.len(), elsewhere.all(PATH).await.len()), (1, 0));
    let revocation =
        json!({ "ground": "law_breach", "decision": { "number": "9/QĐ-UBND", "decided_on": "2026-11-01" } });
    elsewhere.post(&format!("{path}/revocations"), &revocation).await.expect_problem(403, "forbidden");
    app.anonymous().post(PATH, &body).await.expect_problem(401, "unauthenticated");
    app.anonymous().get(PATH).await.expect_problem(401, "unauthenticated");
    assert_eq!(state(&app, &path).await, "valid");
}

/// What SQL lists by state is what the model says of each.
async fn lists_agree_with_every_single_state(app: TestApp) {
    let officer = app.officer("33").await;
    let mut paths = Vec::new();
    for (n, (date, extended, revoked, next)) in [
        ("2025-06-19", None, None, None),
        ("2023-11-23", None, None, None),
        ("2023-11-22", None, None, None),
        ("2023-11-22", Some("2026-11-23"), None, None),
        ("2023-11-22", Some("2027-05-01"), None, None),
        ("2023-05-01", Some("2026-10-28"), None, None),
        ("2025-06-19", None, Some("2025-06-19"), None),
        ("2025-06-19", None, Some("2026-11-23"), None),
        ("2025-06-19", None, None, Some("2026-08-05")),
        ("2022-06-19", None, None, Some("2026-08-05")),
        ("2024-06-19", None, Some("2025-01-01"), Some("2026-08-05")),
        ("2024-05-21", None, None, None),
        ("2024-05-22", None, None, None),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("Bánh số {n}");
        let path = record(&officer, &recognition(&name, "5/QĐ-UBND", date)).await;
        if let Some(until) = extended {
            officer
                .post(&format!("{path}/extensions"), &json!({ "until": until }))
                .await
                .expect(StatusCode::CREATED);
        }
        if let Some(on) = revoked {
            let decision = json!({ "number": "6/QĐ-UBND", "decided_on": on });
            let body = json!({ "ground": "criteria_not_met", "decision": decision });
            officer.post(&format!("{path}/revocations"), &body).await.expect(StatusCode::CREATED);
        }
        if let Some(date) = next {
            paths.push(record(&officer, &recognition(&name, "7/QĐ-UBND", date)).await);
        }
        paths.push(path);
    }
    for now in
        ["2026-11-23T03:00:00Z", "2026-11-23T17:00:00Z", "2027-06-01T00:00:00Z", "2030-01-01T00:00:00Z"]
    {
        app.clock.set(now);
        let officer = app.anonymous().with_token(
            app.sign_in("officer-33@office.example").await["access_token"].as_str().expect("a token"),
        );
        let all = officer.all(&format!("{PATH}?limit=4")).await;
        assert_eq!(all.len(), paths.len());
        let ends: Vec<_> = all.iter().map(|view| view["valid_until"].as_str().expect("a day")).collect();
        assert!(ends.is_sorted(), "{ends:?}");
        let mut listed = 0;
        for state in ["valid", "expiring", "extended", "expired", "revoked", "superseded"] {
            let of_state = officer.all(&format!("{PATH}?state={state}&limit=3")).await;
            assert!(of_state.iter().all(|view| view["state"] == state), "{now} {state}: {of_state:?}");
            listed += of_state.len();
        }
        assert_eq!(listed, paths.len(), "{now}");
        let today = all_ending_within(&all, now, 90);
        let soon = officer.all(&format!("{PATH}?expiring_within=90&limit=2")).await;
        assert_eq!(soon.len(), today, "{now}");
    }
    let officer = app.officer("01").await;
    let wrong = officer.get(&format!("{PATH}?state=gone&expiring_within=-1&limit=0&page=2")).await;
    wrong.expect_problem(400, "invalid_parameters");
    assert_eq!(wrong.faults().len(), 4);
    officer.get(&format!("{PATH}?cursor=AAAA")).await.expect_problem(400, "invalid_cursor");
}

fn all_ending_within(all: &[Value], now: &str, days: i64) -> usize {
    use ocop_market::db::{Day, Instant};
    let now: jiff::Timestamp = now.parse().expect("an instant");
    let today = Instant::from_micros(now.as_microsecond()).local_day();
    let last = today.plus_days(days);
    all.iter()
        .filter(|view| view["in_force"] == true)
        .filter(|view| {
            view["in_force_until"].as_str().is_some_and(|until| Day::parse(until).expect("a day") <= last)
        })
        .count()
}
