//! Admin units, product groups, criteria sets, and how the shipped data comes into the database.

use crate::cases;
use crate::harness::{Case, TestApp};
use diesel::connection::SimpleConnection;
use ocop_market::db::{self, Conn, Instant, Options};
use ocop_market::reference::{self, Reference};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;

pub fn cases() -> Vec<Case> {
    cases![
        units_of_today_are_listed_in_alphabetical_order,
        units_of_another_day_are_listed,
        units_are_found_by_the_beginnings_of_syllables,
        pages_go_through_all_units_once,
        a_code_means_another_unit_on_another_day,
        a_unit_knows_what_it_became_and_what_it_was,
        a_code_that_is_no_more_is_explained,
        wrong_parameters_are_all_reported,
        groups_follow_the_taxonomy,
        criteria_have_points_and_minimums,
        answers_are_revalidated,
        other_data_is_replaced_without_breaking_references,
        instances_that_start_together_load_once,
    ]
}

async fn get(app: &TestApp, path: &str) -> Value {
    app.anonymous().get(path).await.expect(StatusCode::OK)
}

fn names(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["name"].as_str().expect("a name")).collect()
}

fn items(page: &Value) -> &[Value] {
    page["items"].as_array().expect("items")
}

async fn units_of_today_are_listed_in_alphabetical_order(app: TestApp) {
    let provinces = app.anonymous().all("/v1/admin-units?level=province").await;
    assert_eq!(provinces.len(), 34);
    assert_eq!(names(&provinces[..4]), ["Tỉnh An Giang", "Tỉnh Bắc Ninh", "Tỉnh Cà Mau", "Tỉnh Cao Bằng"]);
    let communes = app.anonymous().all("/v1/admin-units?parent=33&limit=100").await;
    assert_eq!(communes.len(), 104);
    assert_eq!(communes[0]["parent"], json!({ "code": "33", "name": "Tỉnh Hưng Yên" }));
    assert!(communes.iter().all(|unit| unit["valid_from"] == "2025-07-01"));
}

async fn units_of_another_day_are_listed(app: TestApp) {
    let districts = app.anonymous().all("/v1/admin-units?on=2025-06-30&parent=34").await;
    assert_eq!(
        names(&districts),
        [
            "Huyện Đông Hưng",
            "Huyện Hưng Hà",
            "Huyện Kiến Xương",
            "Huyện Quỳnh Phụ",
            "Thành phố Thái Bình",
            "Huyện Thái Thụy",
            "Huyện Tiền Hải",
            "Huyện Vũ Thư",
        ]
    );
    assert_eq!(
        (&districts[0]["valid_from"], &districts[0]["valid_to"]),
        (&Value::Null, &json!("2025-06-30"))
    );
    let today = get(&app, "/v1/admin-units?level=district").await;
    assert_eq!(today, json!({ "items": [], "next_cursor": null }));
}

async fn units_are_found_by_the_beginnings_of_syllables(app: TestApp) {
    for (query, expected) in [
        ("parent=33&q=vu+th", vec!["Xã Vũ Thư"]),
        ("parent=33&q=V%C5%A9%20Th%C6%B0", vec!["Xã Vũ Thư"]),
        ("parent=33&q=ph%C6%B0%E1%BB%9Dng%20tr%C3%A2n", vec!["Phường Trần Hưng Đạo", "Phường Trần Lãm"]),
        ("parent=33&q=x%C3%A3+tran", vec![]),
        ("parent=34&q=hung&on=2025-06-30", vec!["Huyện Đông Hưng", "Huyện Hưng Hà"]),
        ("level=province&q=%F0%9F%8D%AF%20", vec!["Tỉnh An Giang"]),
    ] {
        let page = get(&app, &format!("/v1/admin-units?limit=2&{query}")).await;
        let found = names(items(&page));
        assert_eq!(found[..expected.len().min(found.len())], expected, "{query}");
    }
}

async fn pages_go_through_all_units_once(app: TestApp) {
    let all = app.anonymous().all("/v1/admin-units?on=2025-06-30&q=minh+tan&limit=3").await;
    let mut codes: Vec<&str> = all.iter().map(|unit| unit["code"].as_str().expect("a code")).collect();
    assert!(codes.len() > 6, "one name, many communes");
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), all.len());

    let first = app.anonymous().get("/v1/admin-units?level=province&limit=1").await;
    assert!(first.header("link").contains("level=province&limit=1&cursor="));
    let cursor = first.json()["next_cursor"].as_str().expect("more").to_owned();
    let other_list = format!("/v1/admin-units?level=commune&limit=1&cursor={cursor}");
    app.anonymous().get(&other_list).await.expect_problem(400, "invalid_cursor");
}

async fn a_code_means_another_unit_on_another_day(app: TestApp) {
    let before = get(&app, "/v1/admin-units/12452?on=2025-06-30").await;
    assert_eq!(
        before["parents"],
        json!([{ "code": "336", "name": "Thành phố Thái Bình" }, { "code": "34", "name": "Tỉnh Thái Bình" }])
    );
    assert_eq!(before["also"][0]["valid_from"], "2025-07-01");
    let today = get(&app, "/v1/admin-units/12452").await;
    assert_eq!(today, get(&app, "/v1/admin-units/12452?on=2025-07-01").await);
    assert_eq!(today["parents"], json!([{ "code": "33", "name": "Tỉnh Hưng Yên" }]));
    assert_eq!(
        today["also"],
        json!([{
            "name": "Phường Trần Hưng Đạo, Thành phố Thái Bình, Tỉnh Thái Bình",
            "level": "commune", "valid_from": null, "valid_to": "2025-06-30",
        }])
    );
    app.clock.set("2025-06-30T16:59:59Z");
    assert_eq!(get(&app, "/v1/admin-units/12452").await, before);
}

async fn a_unit_knows_what_it_became_and_what_it_was(app: TestApp) {
    let thai_binh = get(&app, "/v1/admin-units/34").await;
    assert_eq!(
        thai_binh["successors"],
        json!([{ "code": "33", "name": "Tỉnh Hưng Yên", "parents": [], "extent": "whole" }])
    );
    let hung_yen = get(&app, "/v1/admin-units/33").await;
    assert_eq!(names(hung_yen["predecessors"].as_array().expect("two")), ["Tỉnh Hưng Yên", "Tỉnh Thái Bình"]);
    let tran_lam = get(&app, "/v1/admin-units/12454").await;
    let predecessors = tran_lam["predecessors"].as_array().expect("six");
    assert_eq!(predecessors.len(), 6);
    let of_kien_xuong = predecessors.iter().find(|unit| unit["parents"][0]["code"] == "343");
    assert_eq!(of_kien_xuong.expect("one of another district")["name"], "Xã Tây Sơn");
    assert_eq!(tran_lam["successors"], json!([]));
    let split = get(&app, "/v1/admin-units/10540?on=2024-01-01").await;
    let extents: Vec<_> = split["successors"].as_array().expect("two").iter().map(|s| &s["extent"]).collect();
    assert_eq!(extents, ["part", "part"]);
    let district = get(&app, "/v1/admin-units/343").await;
    assert!(district["successors"].as_array().expect("communes").len() > 5);
}

async fn a_code_that_is_no_more_is_explained(app: TestApp) {
    let reply = app.anonymous().get("/v1/admin-units/34?on=2025-07-01").await;
    let detail = reply.expect_problem(404, "not_found")["detail"].to_string();
    assert!(detail.contains("Tỉnh Thái Bình (đến 2025-06-30)"), "{detail}");
    let reply = app.anonymous().get("/v1/admin-units?parent=34").await;
    reply.expect_problem(400, "invalid_parameters");
    assert_eq!(reply.faults(), [("parent".into(), "unknown_unit".into())]);
    for nothing in ["99999", "x", "%00", "1", "123456", "%F0%9F%8D%AF", "33%20"] {
        let reply = app.anonymous().get(&format!("/v1/admin-units/{nothing}")).await;
        reply.expect_problem(404, "not_found");
    }
}

async fn wrong_parameters_are_all_reported(app: TestApp) {
    let long = "x".repeat(101);
    let path = format!("/v1/admin-units?level=village&parent=abc&on=2025-02-30&q={long}&limit=0&colour=red");
    let reply = app.anonymous().get(&path).await;
    reply.expect_problem(400, "invalid_parameters");
    let mut faults = reply.faults();
    faults.sort();
    let expected = [
        ("colour", "unknown_field"),
        ("level", "unknown_value"),
        ("limit", "out_of_range"),
        ("on", "invalid_date"),
        ("parent", "invalid_unit"),
        ("q", "too_long"),
    ];
    assert_eq!(faults, expected.map(|(place, code)| (place.to_owned(), code.to_owned())));
    for path in [
        "/v1/admin-units?on=9999999999999999999",
        "/v1/admin-units?q=%00",
        "/v1/admin-units?level=province&level=commune",
        "/v1/product-groups?taxonomy=2020",
        "/v1/criteria-sets/9?taxonomy=",
    ] {
        app.anonymous().get(path).await.expect_problem(400, "invalid_parameters");
    }
    app.anonymous().get("/v1/admin-units?cursor=x").await.expect_problem(400, "invalid_cursor");
}

async fn groups_follow_the_taxonomy(app: TestApp) {
    let today = get(&app, "/v1/product-groups").await;
    assert_eq!(
        (&today["taxonomy"], &today["act"], &today["in_force_until"]),
        (&json!("2026"), &json!("26/2026/QĐ-TTg"), &Value::Null)
    );
    let codes = |answer: &Value| -> Vec<String> {
        let groups = answer["groups"].as_array().expect("groups");
        groups.iter().map(|group| group["code"].as_str().expect("a code").to_owned()).collect()
    };
    assert_eq!(codes(&today), ["food", "drinks", "medicinal", "handicrafts", "ornamentals", "tourism"]);
    let of_2019 = get(&app, "/v1/product-groups?taxonomy=2019").await;
    assert_eq!(codes(&of_2019), ["food", "drinks", "medicinal", "decoration", "textiles", "tourism"]);
    let set_9 = |answer: &Value| {
        let sets = answer["groups"][0]["sets"].as_array().expect("sets");
        sets.iter().find(|set| set["set_no"] == 9).expect("set 9")["name"]["vi"].clone()
    };
    assert_eq!(set_9(&of_2019), "Chế biến từ thủy, hải sản");
    assert_eq!(set_9(&today), "Tương, nước mắm, gia vị dạng lỏng khác");
    assert_eq!(
        today["groups"][0]["sets"][5]["agencies"][1],
        json!({ "code": "MOIT", "name": { "vi": "Bộ Công Thương", "en": "Ministry of Industry and Trade" } })
    );
    // The last day of 2023's, to the microsecond before midnight in Hà Nội.
    app.clock.set("2026-05-21T16:59:59.999999Z");
    assert_eq!(get(&app, "/v1/product-groups").await["taxonomy"], "2023");
    app.clock.set("2026-05-21T17:00:00Z");
    assert_eq!(get(&app, "/v1/product-groups").await["taxonomy"], "2026");
}

async fn criteria_have_points_and_minimums(app: TestApp) {
    let set = get(&app, "/v1/criteria-sets/11?taxonomy=2026").await;
    assert_eq!((&set["group"], &set["name"]["vi"]), (&json!("food"), &json!("Chè tươi, chế biến")));
    let parts = set["criteria"]["parts"].as_array().expect("parts");
    let points: Vec<_> = parts.iter().map(|part| part["max_points"].as_i64()).collect();
    assert_eq!(points, [Some(40), Some(25), Some(35)]);
    let impurities = parts[2]["criteria"].as_array().expect("criteria");
    let impurities = impurities.iter().find(|c| c["code"] == "6.1.1").expect("6.1.1");
    let options: Vec<_> = impurities["options"]
        .as_array()
        .expect("options")
        .iter()
        .map(|option| option["points"].as_i64())
        .collect();
    assert_eq!(options, [Some(0), Some(1), Some(2)]);
    for (path, status) in [
        ("/v1/criteria-sets/11", 200),
        ("/v1/criteria-sets/11?taxonomy=2019", 404),
        ("/v1/criteria-sets/27", 404),
        ("/v1/criteria-sets/0", 404),
        ("/v1/criteria-sets/9223372036854775808", 404),
        ("/v1/criteria-sets/-1", 404),
    ] {
        assert_eq!(app.anonymous().get(path).await.status.as_u16(), status, "{path}");
    }
}

async fn answers_are_revalidated(app: TestApp) {
    for path in
        ["/v1/admin-units?parent=33", "/v1/admin-units/33", "/v1/product-groups", "/v1/criteria-sets/1"]
    {
        let reply = app.anonymous().get(path).await;
        assert_eq!(reply.header("cache-control"), "public, no-cache");
        let request = app.anonymous().request(Method::GET, path);
        let again = request.header("If-None-Match", reply.header("etag"));
        assert_eq!(again.send().await.expect("an answer").status(), StatusCode::NOT_MODIFIED);
    }
}

fn connect(url: &str) -> Conn {
    let options = Options { url: url.to_owned(), threads: 1, patience: Duration::from_secs(5) };
    db::connect(&options).expect("a connection")
}

fn execute(conn: &mut Conn, sql: &str) {
    match conn {
        Conn::Pg(pg) => pg.batch_execute(sql),
        Conn::Sqlite(sqlite) => sqlite.batch_execute(sql),
    }
    .expect("valid SQL");
}

fn count(conn: &mut Conn, from: &str) -> i64 {
    use diesel::prelude::*;
    let sql = format!("(SELECT count(*) FROM {from})");
    diesel::select(diesel::dsl::sql::<diesel::sql_types::BigInt>(&sql)).get_result(conn).expect("a count")
}

async fn other_data_is_replaced_without_breaking_references(app: TestApp) {
    let mut conn = connect(app.database_url());
    execute(
        &mut conn,
        "UPDATE reference_versions SET version = 'before';
         UPDATE admin_units SET name = 'changed' WHERE code = '12452';
         DELETE FROM admin_unit_successors WHERE old_code = '12452';
         INSERT INTO admin_units VALUES
             ('99990', '2025-07-01', NULL, 'commune', 'xã', 'Xã Bỏ', '33'),
             ('99991', '2025-07-01', NULL, 'commune', 'xã', 'Xã Còn dùng', '33');
         INSERT INTO admin_unit_successors VALUES ('12452', '0001-01-01', '99990', '2025-07-01', 'whole');
         INSERT INTO product_groups VALUES ('2019', 'gone', 7, 'Bỏ', 'Gone'), ('2019', 'used', 8, 'Dùng', 'Used');
         INSERT INTO criteria_sets VALUES
             ('2019', 27, 'gone', '', '', '', '', '', NULL), ('2019', 28, 'used', '', '', '', '', '', NULL);
         INSERT INTO organisations (id, kind, name_key, commune, created_at, updated_at)
             VALUES ('o', 'producer', 'o', '99991', 0, 0);
         INSERT INTO products (id, producer_id, name, name_key, code, created_at, updated_at)
             VALUES ('p', 'o', 'p', 'p', 'p', 0, 0);
         INSERT INTO decisions VALUES ('d', 'i', 'i', '1', '2026-01-01', 0);
         INSERT INTO certifications (id, product_id, decision_id, decided_on, stars, criteria_version, taxonomy,
                 group_code, set_no, valid_until, recorded_at, updated_at)
             VALUES ('c', 'p', 'd', '2026-01-01', 3, '2019', '2019', 'used', 28, '2029-01-01', 0, 0);",
    );
    reference::install(&mut conn, Instant::from_micros(0)).expect("installed");
    assert_eq!(count(&mut conn, "admin_units WHERE name = 'changed' OR code = '99990'"), 0);
    assert_eq!(count(&mut conn, "admin_units WHERE code = '99991'"), 1);
    assert_eq!(count(&mut conn, "admin_unit_successors WHERE old_code = '12452'"), 1);
    assert_eq!(count(&mut conn, "admin_units"), 14_166);
    assert_eq!(count(&mut conn, "criteria_sets WHERE set_no > 26"), 1);
    assert_eq!(count(&mut conn, "product_groups WHERE position > 6"), 1);
    assert_eq!(count(&mut conn, "reference_versions WHERE version = 'before'"), 0);
    Reference::load(&mut conn).expect("loads");
}

async fn instances_that_start_together_load_once(app: TestApp) {
    let mut conn = connect(app.database_url());
    execute(
        &mut conn,
        "DELETE FROM reference_versions; DELETE FROM admin_unit_successors; DELETE FROM admin_units;
         DELETE FROM criteria_sets; DELETE FROM product_groups;",
    );
    let starts: Vec<_> = (1..=4)
        .map(|at| {
            let url = app.database_url().to_owned();
            std::thread::spawn(move || reference::install(&mut connect(&url), Instant::from_micros(at)))
        })
        .collect();
    for start in starts {
        start.join().expect("no panic").expect("installed");
    }
    assert_eq!(count(&mut conn, "admin_units"), 14_165);
    assert_eq!(count(&mut conn, "criteria_sets"), 78);
    assert_eq!(count(&mut conn, "reference_versions"), 1);
}
