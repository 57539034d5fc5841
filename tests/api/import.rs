//! Lists of certified products: what is taken, what is asked, what is refused, and that nothing happens twice.

use crate::cases;
use crate::harness::{Actor, Case, Reply, TestApp};
use diesel::prelude::*;
use ocop_market::accounts::MemberRole;
use ocop_market::certification::By;
use ocop_market::certification::import::{self, Claimed, Scope};
use ocop_market::db::Failure;
use ocop_market::organisations::OrganisationId;
use reqwest::{Method, StatusCode};
use rust_xlsxwriter::Workbook;
use serde_json::{Value, json};
use std::io::Write;

pub fn cases() -> Vec<Case> {
    let mut cases = cases![
        files_that_are_not_what_they_claim_change_nothing,
        only_officers_import,
        a_list_is_reported_row_by_row,
        the_same_list_again_writes_nothing,
        a_workbook_says_the_same_as_text,
        makers_of_products_of_one_name_are_kept_apart,
        all_faults_of_a_row_are_told_at_once,
        rows_that_contradict_each_other_are_told,
        what_contradicts_the_ledger_is_rejected,
        places_that_are_not_certain_are_asked_about,
        a_code_answers_what_the_names_leave_open,
        producers_that_may_be_one_of_several_are_asked_about,
        a_claim_goes_when_its_certification_comes,
        a_later_list_names_the_producer,
        leads_follow_a_product_to_its_producer,
        names_of_households_stay_private,
        an_officer_imports_the_own_province_only,
        validation_writes_nothing,
        the_example_shows_every_outcome,
        the_published_list_is_accounted_for,
        twenty_thousand_rows_are_one_import,
    ];
    cases.push(cases![a_file_over_the_limit_is_refused].remove(0).with(&["--max-import=10000"]));
    cases
}

const CSV: &str = "text/csv; charset=utf-8";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const PATH: &str = "/v1/certification-imports";

const HEADER: &str = "product_name,producer_name,entity_type,commune,district,province,group,stars,decision_no,decision_date,source_url";

/// Made-up rows: one in force, one that has run out, two claims, and one of a household.
const LIST: [&str; 5] = [
    "Kẹo lạc Ví Dụ,HTX Ví Dụ Một,HTX,Nguyên Xá,Đông Hưng,Thái Bình,Thực phẩm,4,858/QĐ-UBND,2025-06-19,https://example.vn/a",
    "Miến Ví Dụ,Công ty TNHH Ví Dụ Hai,công ty,,Thọ Xuân,Thanh Hóa,Thực phẩm,3,1114/QĐ-UBND,6/4/2021,https://example.vn/b",
    "Rượu Ví Dụ,,,,Kiến Xương,Thái Bình,Đồ uống,3,,,https://example.vn/c",
    "Trà Ví Dụ,HTX Ví Dụ Một,HTX,,Thái Thụy,Thái Bình,,,,,https://example.vn/c",
    "Mật ong Ví Dụ,Hộ kinh doanh Tên Riêng,hộ kinh doanh,Đức An,Đắk Song,Đắk Nông,Thực phẩm,3,1887/QĐ-UBND,2025-06-16,",
];

fn list(rows: &[&str]) -> String {
    format!("{HEADER}\n{}\n", rows.join("\n"))
}

async fn send(actor: &Actor, path: &str, media_type: &str, body: impl Into<Vec<u8>>) -> Reply {
    let request = actor.request(Method::POST, path).header("Content-Type", media_type);
    Reply::of(request.body(body.into())).await
}

/// Imports a CSV list as an administrator; the report.
async fn import(app: &TestApp, rows: &[&str]) -> Value {
    let admin = admin(app).await;
    send(&admin, PATH, CSV, list(rows)).await.expect(StatusCode::OK)
}

async fn admin(app: &TestApp) -> Actor {
    let email = "admin@office.example";
    // There already, if this is not the first import of the test.
    let _ = app.create_user(email, ocop_market::accounts::Role::Admin, &[]).await;
    let tokens = app.sign_in(email).await;
    app.anonymous().with_token(tokens["access_token"].as_str().expect("a token"))
}

/// One member of each row of a report.
fn each<'a>(report: &'a Value, member: &str) -> Vec<&'a str> {
    let rows = report["rows"].as_array().expect("rows");
    rows.iter().map(|row| row[member].as_str().unwrap_or_default()).collect()
}

fn codes(row: &Value, of: &str) -> Vec<String> {
    let remarks = row[of].as_array().map(Vec::as_slice).unwrap_or_default();
    remarks
        .iter()
        .map(|remark| match remark["column"].as_str() {
            Some(column) => format!("{column}: {}", remark["code"].as_str().expect("a code")),
            None => remark["code"].as_str().expect("a code").to_owned(),
        })
        .collect()
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    count: i64,
}

async fn number(app: &TestApp, sql: &'static str) -> i64 {
    let sql = format!("SELECT CAST(coalesce({sql}, 0) AS BIGINT) AS count");
    let counted = app.state.db.read(move |conn| {
        let counts: Vec<Count> = diesel::sql_query(sql).load(conn)?;
        Ok::<_, Failure>(counts)
    });
    counted.await.expect("counted")[0].count
}

/// Rows of every table an import writes, and the sum of their times of change.
async fn state(app: &TestApp) -> Vec<i64> {
    let mut all = Vec::new();
    for sql in [
        "(SELECT count(*) FROM organisations)",
        "(SELECT sum(updated_at - 1790000000000000) FROM organisations)",
        "(SELECT count(*) FROM products)",
        "(SELECT sum(updated_at - 1790000000000000) FROM products)",
        "(SELECT count(*) FROM decisions)",
        "(SELECT count(*) FROM certifications)",
        "(SELECT sum(updated_at - 1790000000000000) FROM certifications)",
        "(SELECT count(*) FROM certification_claims)",
        "(SELECT sum(updated_at - 1790000000000000) FROM certification_claims)",
    ] {
        all.push(number(app, sql).await);
    }
    all
}

fn workbook(rows: &[&str]) -> Vec<u8> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (row, line) in (0..).zip(std::iter::once(&HEADER).chain(rows)) {
        for (column, field) in (0..).zip(line.split(',')) {
            match field.parse::<f64>() {
                Ok(number) => sheet.write(row, column, number).expect("written"),
                Err(_) => sheet.write(row, column, field).expect("written"),
            };
        }
    }
    workbook.save_to_buffer().expect("saved")
}

/// Unpacks to more than it may.
fn bomb() -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    writer.start_file("xl/workbook.xml", options).expect("started");
    let megabyte = vec![0_u8; 1024 * 1024];
    for _ in 0..257 {
        writer.write_all(&megabyte).expect("written");
    }
    writer.finish().expect("finished").into_inner()
}

async fn files_that_are_not_what_they_claim_change_nothing(app: TestApp) {
    let admin = admin(&app).await;
    let (text, sheet) = (list(&LIST), workbook(&LIST));
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let utf16_marked = [b"\xFF\xFE".as_slice(), &utf16].concat();
    // The last row is broken, so that all before it would have been taken.
    let and = |tail: &[u8]| [text.as_bytes(), tail].concat();
    let old_workbook = [b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".as_slice(), &[0; 600]].concat();
    for (what, media_type, body, reason) in [
        ("empty", CSV, Vec::new(), "empty_file"),
        ("UTF-16", CSV, utf16_marked, "wrong_encoding"),
        ("UTF-16 without mark", CSV, utf16, "not_text"),
        ("TCVN3", CSV, and(b"K\xD1o l\xB9c,,,,,,,,,,\n"), "wrong_encoding"),
        ("a zero byte", CSV, and(b"a\0b,,,,,,,,,,\n"), "not_text"),
        ("a picture", CSV, b"\x89PNG\r\n\x1A\n\0\0\0\rIHDR".to_vec(), "not_text"),
        ("an open quote", CSV, and(b"\"Keo,,,,,,,,,,\n"), "unclosed_quote"),
        ("a long field", CSV, and(format!("{},,,,,,,,,,\n", "x".repeat(4_097)).as_bytes()), "field_too_long"),
        ("a long line", CSV, and("x".repeat(70_000).as_bytes()), "line_too_long"),
        ("blank lines", CSV, b"\n,,,\n\n".to_vec(), "empty_file"),
        ("a header only", CSV, format!("{HEADER}\n").into_bytes(), "no_rows"),
        ("a header only as workbook", XLSX, workbook(&[]), "no_rows"),
        ("no header", CSV, LIST.join("\n").into_bytes(), "no_header"),
        ("another header", CSV, text.replace("stars", "price").into_bytes(), "unknown_column"),
        ("a doubled header", CSV, text.replace("stars", "group").into_bytes(), "duplicate_column"),
        ("no place", CSV, b"product_name,stars\nx,4\n".to_vec(), "missing_column"),
        ("text as workbook", XLSX, text.clone().into_bytes(), "not_what_it_claims"),
        ("workbook as text", CSV, sheet.clone(), "not_what_it_claims"),
        ("half a workbook", XLSX, sheet[..sheet.len() / 2].to_vec(), "damaged_workbook"),
        ("an archive", XLSX, zipped(), "not_a_workbook"),
        ("a bomb", XLSX, bomb(), "oversized_workbook"),
        ("with a password", XLSX, old_workbook, "protected_or_old_workbook"),
    ] {
        let reply = send(&admin, PATH, media_type, body).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{what}: {}", reply.text);
        let problem = reply.expect_problem(422, "unreadable_file");
        assert_eq!(problem["reason"], reason, "{what}: {problem}");
    }
    let reply = send(&admin, PATH, CSV, and(b"K\xD1o,,,,,,,,,,\n")).await;
    let detail = reply.json()["detail"].as_str().expect("a detail").to_owned();
    assert!(detail.contains("Dòng 7, byte thứ 2 (0xD1)"), "{detail}");
    // All that is unknown at once; and no words of a library in what people read.
    let reply = send(&admin, PATH, CSV, text.replace("stars", "Giá bán").replace("group", "price")).await;
    let detail = reply.json()["detail"].as_str().expect("a detail").to_owned();
    assert!(detail.contains("cột “price”, “Giá bán” ở dòng tiêu đề"), "{detail}");
    let reply = send(&admin, PATH, XLSX, sheet[..sheet.len() / 2].to_vec()).await;
    assert_eq!(reply.json()["detail"], "Tệp XLSX bị cắt cụt hoặc hỏng; hãy lưu và gửi lại.");
    send(&admin, PATH, "application/json", "{}").await.expect_problem(415, "unsupported_media_type");
    assert!(state(&app).await.iter().all(|count| *count == 0));
}

fn zipped() -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    writer.start_file("danh-sach.csv", options).expect("started");
    writer.write_all(list(&LIST).as_bytes()).expect("written");
    writer.finish().expect("finished").into_inner()
}

async fn a_file_over_the_limit_is_refused(app: TestApp) {
    let admin = admin(&app).await;
    let text = list(&LIST);
    let padded = |length: usize| format!("{text}{}", "\n".repeat(length - text.len()));
    send(&admin, PATH, CSV, padded(10_001)).await.expect_problem(413, "body_too_large");
    send(&admin, PATH, CSV, padded(10_000)).await.expect(StatusCode::OK);
    // Not even a file without end is read further than that.
    let endless = std::fs::File::open("/dev/zero").expect("a special file");
    assert!(matches!(
        import::read(endless, 10_000, Claimed::Nothing),
        Err(import::ImportError::TooLarge(10_000))
    ));
}

async fn only_officers_import(app: TestApp) {
    let list = list(&LIST);
    send(&app.anonymous(), PATH, CSV, list.clone()).await.expect_problem(401, "unauthenticated");
    let member = app.user("m@example.com", ocop_market::accounts::Role::Member, &[]).await;
    send(&member, PATH, CSV, list).await.expect_problem(403, "forbidden");
    assert_eq!(state(&app).await[0], 0);
}

async fn a_list_is_reported_row_by_row(app: TestApp) {
    let report = import(&app, &LIST).await;
    assert_eq!(each(&report, "outcome"), ["created"; 5]);
    assert_eq!(each(&report, "standing"), ["valid", "expired", "unverified", "unverified", "valid"]);
    assert_eq!(each(&report, "in_force_until"), ["2028-06-19", "2024-04-06", "", "", "2028-06-16"]);
    let lines: Vec<_> = report["rows"].as_array().expect("rows").iter().map(|row| &row["line"]).collect();
    assert_eq!(lines, [2, 3, 4, 5, 6]);
    assert_eq!(codes(&report["rows"][1], "notes"), ["issuer: issuer_derived", "ran_out"]);
    assert_eq!(report["counts"]["expired"], 1);
    assert_eq!((&report["counts"]["rows"], &report["counts"]["unverified"]), (&json!(5), &json!(2)));

    let certification = report["rows"][4]["certification"].as_str().expect("an id");
    let view = app.anonymous().get(&format!("/v1/certifications/{certification}")).await;
    let view = view.expect(StatusCode::OK);
    assert_eq!(view["decision"]["issuer"], "UBND huyện Đắk Song");
    assert_eq!((&view["state"], &view["criteria_version"]), (&json!("valid"), &json!("2023")));
    let expired = report["rows"][1]["certification"].as_str().expect("an id");
    let view = app.anonymous().get(&format!("/v1/certifications/{expired}")).await.expect(StatusCode::OK);
    assert_eq!((&view["in_force"], &view["criteria_version"]), (&json!(false), &json!("2019")));
}

async fn the_same_list_again_writes_nothing(app: TestApp) {
    import(&app, &LIST).await;
    let before = state(&app).await;
    app.clock.advance_seconds(3600);
    let again = import(&app, &LIST).await;
    assert_eq!(each(&again, "outcome"), ["unchanged"; 5]);
    assert_eq!(each(&again, "standing"), ["valid", "expired", "unverified", "unverified", "valid"]);
    // Other spellings of the same are the same.
    let retyped = [
        "KẸO LẠC VÍ DỤ,htx  ví dụ một,hợp tác xã,Xã Nguyên Xá,Huyện Đông Hưng,tỉnh Thái Bình,food,4 sao,858 / qd–ubnd,19/06/2025,https://example.vn/a",
    ];
    let again = import(&app, &retyped).await;
    assert_eq!(each(&again, "outcome"), ["unchanged"]);
    assert_eq!(state(&app).await, before);
}

async fn a_workbook_says_the_same_as_text(app: TestApp) {
    let text = import(&app, &LIST).await;
    let before = state(&app).await;
    let admin = admin(&app).await;
    let sheet = send(&admin, PATH, XLSX, workbook(&LIST)).await.expect(StatusCode::OK);
    assert_eq!(each(&sheet, "outcome"), ["unchanged"; 5]);
    assert_eq!(each(&sheet, "product"), each(&text, "product"));
    let semicolons = format!("\u{feff}{}", list(&LIST).replace(',', ";").replace('\n', "\r\n"));
    let other = send(&admin, PATH, CSV, semicolons).await.expect(StatusCode::OK);
    assert_eq!(each(&other, "outcome"), ["unchanged"; 5]);
    assert_eq!(each(&other, "line"), each(&text, "line"));
    // So do the headings that lists carry, with or without their marks, beside the numbers of the lines.
    let headings = "STT,TÊN SẢN PHẨM,Tên chủ thể,loai hinh,\"Xã, phường\",Quận/Huyện,\"Tỉnh, thành phố\",Ngành,Hạng sao,\
                    Số quyết định,Ngày ban hành,Nguồn";
    let rows: Vec<String> = (1..).zip(LIST).map(|(number, row)| format!("{number},{row}")).collect();
    let vietnamese = format!("{headings}\n{}\n6,,,,,,,,,,,\n", rows.join("\n"));
    let other = send(&admin, PATH, CSV, vietnamese).await.expect(StatusCode::OK);
    assert_eq!(each(&other, "outcome"), ["unchanged"; 5]);
    assert_eq!(each(&other, "product"), each(&text, "product"));
    assert_eq!(state(&app).await, before);
}

async fn makers_of_products_of_one_name_are_kept_apart(app: TestApp) {
    let report = import(
        &app,
        &[
            "Kẹo lạc,Cơ sở Ví Dụ Một,cơ sở sản xuất,Nguyên Xá,Đông Hưng,Thái Bình,,4,858/QĐ-UBND,2025-06-19,",
            "Kẹo lạc,Cơ sở Ví Dụ Hai,cơ sở sản xuất,Nguyên Xá,Đông Hưng,Thái Bình,,4,858/QĐ-UBND,2025-06-19,",
            // The same name in another district is another maker.
            "Kẹo lạc,Cơ sở Ví Dụ Một,cơ sở sản xuất,,Tiền Hải,Thái Bình,,4,858/QĐ-UBND,2025-06-19,",
            "Kẹo lạc,Cơ sở Ví Dụ Một,cơ sở sản xuất,Nguyên Xá,Đông Hưng,Thái Bình,,4,858/QĐ-UBND,2025-06-19,",
        ],
    )
    .await;
    assert_eq!(each(&report, "outcome"), ["created", "created", "created", "unchanged"]);
    let products = each(&report, "product");
    assert_eq!(products[0], products[3]);
    assert!(products[0] != products[1] && products[1] != products[2] && products[0] != products[2]);
    let note = &report["rows"][1]["notes"];
    let duplicate = note.as_array().expect("notes").iter().find(|note| note["code"] == "possible_duplicate");
    let duplicate = duplicate.expect("the neighbour is named");
    assert_eq!((&duplicate["line"], duplicate["product"].as_str()), (&json!(2), Some(products[0])));
    assert!(codes(&report["rows"][2], "notes").contains(&"producer_name_elsewhere".to_owned()));
    assert!(codes(&report["rows"][3], "notes").contains(&"same_as_line".to_owned()));
}

async fn all_faults_of_a_row_are_told_at_once(app: TestApp) {
    let admin = admin(&app).await;
    let header = "product_name,producer_name,entity_type,province,group,stars,score,decision_no,decision_date,valid_until,\
                  gtin,commune_code,criteria_version,set_no,source_url,issuer";
    let rows = [
        ",x\u{7}y,tập đoàn,Thái Bình,Vũ khí,2,101,303,2026-11-24,5/8/2029,123,99999,2020,27,ftp://x,\u{7}",
        "Kẹo,HTX A,HTX,Thái Bình,food,4,69.99,858/QĐ-UBND,2025-06-19,2028-06-20,,,,21,,",
        "Kẹo,HTX A,HTX,Thái Bình,food,5,,858/QĐ-UBND,2025-06-19,,,,,,,",
    ];
    let body = format!("{header}\n{}\n", rows.join("\n"));
    let report = send(&admin, PATH, CSV, body).await.expect(StatusCode::OK);
    assert_eq!(each(&report, "outcome"), ["rejected"; 3]);
    let mut faults = codes(&report["rows"][0], "faults");
    faults.sort();
    assert_eq!(
        faults,
        [
            "commune_code: unknown_commune_code",
            "criteria_version: unknown_value",
            "decision_date: in_the_future",
            "decision_no: invalid_decision_number",
            "entity_type: unknown_entity_type",
            "group: unknown_group",
            "gtin: invalid_gtin",
            "issuer: invalid_issuer",
            "producer_name: invalid_name",
            "product_name: missing",
            "score: invalid_score",
            "set_no: unknown_set",
            "source_url: invalid_url",
            "stars: out_of_range",
        ]
    );
    assert_eq!(
        codes(&report["rows"][1], "faults"),
        ["score: score_contradicts_stars", "valid_until: term_out_of_range", "set_no: set_of_another_group"]
    );
    assert_eq!(codes(&report["rows"][2], "faults"), ["decision_no: issuer_unclear"]);
    assert_eq!(report["rows"][0]["faults"][0]["value"], "2026-11-24");
    let english =
        admin.request(Method::POST, PATH).header("Content-Type", CSV).header("Accept-Language", "en");
    let english = Reply::of(english.body(format!("{header}\n{}\n", rows[2]))).await.expect(StatusCode::OK);
    let detail = english["rows"][0]["faults"][0]["detail"].as_str().expect("a detail");
    assert!(detail.contains("no authority signs this number for 5 stars"), "{detail}");
    assert_eq!(state(&app).await[0], 0);
}

async fn rows_that_contradict_each_other_are_told(app: TestApp) {
    let report = import(
        &app,
        &[
            "Kẹo,HTX A,HTX,,Đông Hưng,Thái Bình,,4,858/QĐ-UBND,2025-06-19,",
            "Chè,HTX A,HTX,,Đông Hưng,Thái Bình,,3,,,https://example.vn/a",
            "Kẹo,HTX A,HTX,,Đông Hưng,Thái Bình,drinks,4,858/QĐ-UBND,2025-06-19,",
            "Chè,HTX A,HTX,,Đông Hưng,Thái Bình,,4,,,https://example.vn/a",
            "Chè,HTX A,HTX,,Đông Hưng,Thái Bình,,4,,,https://example.vn/b",
        ],
    )
    .await;
    assert_eq!(each(&report, "outcome"), ["created", "created", "rejected", "rejected", "created"]);
    for (row, line) in [(2, 2), (3, 3)] {
        let fault = &report["rows"][row]["faults"][0];
        assert_eq!((&fault["code"], &fault["line"]), (&json!("contradicts_line"), &json!(line)));
    }
}

async fn what_contradicts_the_ledger_is_rejected(app: TestApp) {
    let row = |stars: &str, number: &str, date: &str| {
        format!("Kẹo,HTX A,HTX,,Đông Hưng,Thái Bình,,{stars},{number},{date},")
    };
    import(&app, &[&row("4", "858/QĐ-UBND", "2025-06-19")]).await;
    let before = state(&app).await;
    let report =
        import(&app, &[&row("3", "859/QĐ-UBND", "2025-06-19"), &row("4", "860/QĐ-UBND", "2025-06-19")]).await;
    assert_eq!(each(&report, "outcome"), ["rejected"; 2]);
    assert_eq!(codes(&report["rows"][1], "faults"), ["ledger_conflict"]);
    assert_eq!(state(&app).await, before);
    // An issuer is not worth a second certification: the one on file stays.
    let header = format!("{HEADER},issuer");
    let body = format!("{header}\n{},UBND huyện Đông Hưng\n", row("4", "858/QĐ-UBND", "2025-06-19"));
    let report = send(&admin(&app).await, PATH, CSV, body).await.expect(StatusCode::OK);
    assert_eq!(each(&report, "outcome"), ["unchanged"]);
    assert_eq!(codes(&report["rows"][0], "notes"), ["issuer_differs"]);
    // A later decision supersedes.
    let report = import(&app, &[&row("4", "12/QĐ-UBND", "2026-08-05")]).await;
    assert_eq!((each(&report, "outcome"), each(&report, "standing")), (vec!["created"], vec!["valid"]));
    let report = import(&app, &[&row("4", "858/QĐ-UBND", "2025-06-19")]).await;
    assert_eq!(
        (each(&report, "outcome"), each(&report, "standing")),
        (vec!["unchanged"], vec!["superseded"])
    );
}

async fn places_that_are_not_certain_are_asked_about(app: TestApp) {
    let rows = [
        // Three communes of old Thái Bình had this name.
        "Kẹo,HTX A,HTX,Minh Tân,,Thái Bình,,4,858/QĐ-UBND,2025-06-19,",
        "Kẹo,HTX A,HTX,Không Đâu,Đông Hưng,Thái Bình,,4,858/QĐ-UBND,2025-06-19,",
        "Kẹo,HTX A,HTX,Minh Tân,Đông Hưng,Thái Bình,,4,858/QĐ-UBND,2025-06-19,",
    ];
    let report = import(&app, &rows).await;
    assert_eq!(each(&report, "outcome"), ["question", "question", "created"]);
    assert_eq!(codes(&report["rows"][0], "faults"), ["commune: ambiguous_commune"]);
    assert_eq!(codes(&report["rows"][1], "faults"), ["commune: unknown_commune"]);
    let again = import(&app, &rows).await;
    assert_eq!(each(&again, "outcome"), ["question", "question", "unchanged"]);
    assert_eq!(again["counts"]["questions"], 2);
}

async fn a_code_answers_what_the_names_leave_open(app: TestApp) {
    let header = "product_name,commune,district,province,commune_code";
    let rows = [
        // Three communes of old Thái Bình had this name; the code, which none has today, is that of the one in Đông Hưng.
        "Kẹo,Minh Tân,,Thái Bình,12721",
        "Kẹo,Không Đâu,Đông Hưng,Thái Bình,12721",
        "Chè,Minh Tân,,Thanh Hóa,12721",
        "Chè,Không Đâu,Kiến Xương,Thái Bình,12721",
        "Chè,,,Nowhere,12721",
    ];
    let body = format!("{header}\n{}\n", rows.join("\n"));
    let admin = admin(&app).await;
    let report = send(&admin, PATH, CSV, body).await.expect(StatusCode::OK);
    assert_eq!(
        each(&report, "outcome"),
        ["created", "unchanged", "rejected", "rejected", "created"],
        "{report}"
    );
    assert_eq!(codes(&report["rows"][2], "faults"), ["commune_code: code_contradicts_names"]);
    assert_eq!(codes(&report["rows"][3], "faults"), ["commune_code: code_contradicts_names"]);
}

async fn producers_that_may_be_one_of_several_are_asked_about(app: TestApp) {
    let rows = [
        "Kẹo,HTX A,HTX,Nguyên Xá,Đông Hưng,Thái Bình,,4,858/QĐ-UBND,2025-06-19,",
        "Kẹo,HTX A,HTX,Đông La,Đông Hưng,Thái Bình,,4,858/QĐ-UBND,2025-06-19,",
        "Chè,HTX A,HTX,,Đông Hưng,Thái Bình,,4,858/QĐ-UBND,2025-06-19,",
    ];
    let report = import(&app, &rows).await;
    assert_eq!(each(&report, "outcome"), ["created", "created", "question"]);
    assert_eq!(codes(&report["rows"][2], "faults"), ["producer_name: ambiguous_producer"]);
    // The less certain row first: then the ledger knows whose it is, and still does when the list comes again.
    let rows = [
        "Chè,HTX B,HTX,,Đông Hưng,Thái Bình,,4,858/QĐ-UBND,2025-06-19,",
        "Kẹo,HTX B,HTX,Nguyên Xá,Đông Hưng,Thái Bình,,4,858/QĐ-UBND,2025-06-19,",
        "Kẹo,HTX B,HTX,Đông La,Đông Hưng,Thái Bình,,4,858/QĐ-UBND,2025-06-19,",
    ];
    let report = import(&app, &rows).await;
    assert_eq!(each(&report, "outcome"), ["created"; 3]);
    let before = state(&app).await;
    let again = import(&app, &rows).await;
    assert_eq!(each(&again, "outcome"), ["unchanged"; 3]);
    assert_eq!(each(&again, "product"), each(&report, "product"));
    assert_eq!(state(&app).await, before);
}

async fn a_claim_goes_when_its_certification_comes(app: TestApp) {
    let claim = "Kẹo,HTX A,HTX,,Đông Hưng,Thái Bình,,4,,,https://example.vn/tin";
    let other = "Kẹo,HTX A,HTX,,Đông Hưng,Thái Bình,,3,,,https://example.vn/tin-cu";
    let certification = "Kẹo,HTX A,HTX,,Đông Hưng,Thái Bình,,4,858/QĐ-UBND,2025-06-19,https://example.vn/qd";
    let report = import(&app, &[claim, other]).await;
    assert_eq!(each(&report, "standing"), ["unverified"; 2]);
    let report = import(&app, &[certification]).await;
    assert!(codes(&report["rows"][0], "notes").contains(&"claims_settled".to_owned()));
    assert_eq!(number(&app, "(SELECT count(*) FROM certification_claims)").await, 1);
    // The claim again: the ledger knows better. The other one says something else and stays.
    let before = state(&app).await;
    let report = import(&app, &[claim, other]).await;
    assert_eq!(each(&report, "outcome"), ["unchanged"; 2]);
    assert_eq!(each(&report, "standing"), ["valid", "unverified"]);
    assert_eq!(codes(&report["rows"][0], "notes"), ["covered_by_certification"]);
    let covered = report["rows"][0]["notes"][0]["detail"].as_str().expect("a detail");
    assert_eq!(
        covered,
        "Sổ chứng nhận đã có: quyết định 858/QĐ-UBND ngày 2025-06-19 của UBND tỉnh Thái Bình."
    );
    assert_eq!(codes(&report["rows"][1], "notes"), ["unverified"]);
    let lacking = report["rows"][1]["notes"][0]["detail"].as_str().expect("a detail");
    assert_eq!(lacking, "Chưa xác minh, không công khai: thiếu số quyết định, ngày quyết định.");
    assert_eq!(state(&app).await, before);
}

async fn a_later_list_names_the_producer(app: TestApp) {
    let unnamed = [
        "Kẹo,,,Nguyên Xá,Đông Hưng,Thái Bình,,4,858/QĐ-UBND,2025-06-19,",
        "Chè,,,Nguyên Xá,Đông Hưng,Thái Bình,,4,858/QĐ-UBND,2025-06-19,",
    ];
    let named = [
        "Kẹo,HTX A,HTX,Nguyên Xá,Đông Hưng,Thái Bình,,4,858/QĐ-UBND,2025-06-19,",
        "Chè,HTX A,HTX,Nguyên Xá,Đông Hưng,Thái Bình,,4,858/QĐ-UBND,2025-06-19,",
    ];
    let first = import(&app, &unnamed).await;
    // Elsewhere it is another producer, but not one of the same name.
    let elsewhere = "Kẹo,,,,Tiền Hải,Thái Bình,,4,858/QĐ-UBND,2025-06-19,";
    let report = import(&app, &[elsewhere]).await;
    assert_eq!(
        (each(&report, "outcome"), codes(&report["rows"][0], "notes")),
        (vec!["created"], vec!["issuer: issuer_derived".to_owned()])
    );
    assert_eq!(number(&app, "(SELECT count(*) FROM organisations)").await, 3);
    let second = import(&app, &named).await;
    assert_eq!(each(&second, "outcome"), ["updated"; 2]);
    assert_eq!(each(&second, "product"), each(&first, "product"));
    assert!(codes(&second["rows"][0], "notes").contains(&"producer_named".to_owned()));
    assert_eq!(number(&app, "(SELECT count(*) FROM organisations)").await, 2);
    // Both lists again, in either order.
    let before = state(&app).await;
    for rows in [&unnamed, &named, &unnamed] {
        let again = import(&app, rows).await;
        assert_eq!(each(&again, "outcome"), ["unchanged"; 2]);
        assert_eq!(each(&again, "product"), each(&first, "product"));
    }
    assert_eq!(state(&app).await, before);
}

async fn leads_follow_a_product_to_its_producer(app: TestApp) {
    let row = |name: &str, producer: &str| {
        format!("{name},{producer},Nguyên Xá,Đông Hưng,Thái Bình,,4,858/QĐ-UBND,2025-06-19,")
    };
    let report = import(&app, &[&row("Kẹo", ","), &row("Chè", ",")]).await;
    let products = each(&report, "product");
    for (key, asked_for) in [("both-key-0000000000", &products[..]), ("one-key-00000000000", &products[1..])]
    {
        let items: Vec<Value> = asked_for
            .iter()
            .map(|product| json!({ "product_id": product, "quantity": 20, "unit": "XBX" }))
            .collect();
        let body = json!({
            "products": items, "message": "Xin báo giá.", "company": { "name": "Siêu thị Ví Dụ" },
            "contact": { "name": "Phòng mua", "email": "mua@example.vn" }, "source": { "channel": "website" },
            "consent": { "text_version": "2026-11", "accepted": true },
        });
        app.anonymous().post_once("/v1/leads", key, &body).await.expect(StatusCode::CREATED);
    }
    let named = import(&app, &[&row("Kẹo", "HTX A,HTX"), &row("Chè", "HTX A,HTX")]).await;
    assert_eq!(each(&named, "outcome"), ["updated"; 2]);
    let certification = format!("/v1/certifications/{}", each(&named, "certification")[1]);
    let view = app.anonymous().get(&certification).await.expect(StatusCode::OK);
    let producer = OrganisationId::parse(view["producer"]["id"].as_str().expect("an id")).expect("an id");
    let member = app.member("a@example.vn", producer, MemberRole::Owner).await;
    // Its own part of the first enquiry, and the second one. The other part of the first has no place beside its own,
    // so it stays with whom it was sent to.
    assert_eq!(member.all("/v1/leads").await.len(), 2);
    assert_eq!(number(&app, "(SELECT count(*) FROM leads)").await, 3);
    assert_eq!(number(&app, "(SELECT count(*) FROM organisations)").await, 2);
}

async fn names_of_households_stay_private(app: TestApp) {
    let rows = [
        "Kẹo,Hộ kinh doanh Tên Riêng,hộ kinh doanh,Nguyên Xá,Đông Hưng,Thái Bình,,4,858/QĐ-UBND,2025-06-19,",
        "Chè,Hộ Tên Riêng,cơ sở sản xuất,Nguyên Xá,Đông Hưng,Thái Bình,,4,858/QĐ-UBND,2025-06-19,",
        "Miến,Tên Riêng,,Nguyên Xá,Đông Hưng,Thái Bình,,4,858/QĐ-UBND,2025-06-19,",
    ];
    let report = import(&app, &rows).await;
    assert!(codes(&report["rows"][2], "notes").contains(&"producer_name_not_public".to_owned()));
    for (certification, shown) in each(&report, "certification").into_iter().zip([
        "Hộ kinh doanh tại",
        "Hộ kinh doanh tại",
        "Chủ thể chưa rõ tên",
    ]) {
        let reply = app.anonymous().get(&format!("/v1/certifications/{certification}")).await;
        let view = reply.expect(StatusCode::OK);
        assert!(!reply.text.contains("Tên Riêng"), "{view}");
        let name = view["producer"]["name"].as_str().expect("a name");
        assert!(name.starts_with(shown), "{name}");
    }
    let found = app.anonymous().get("/v1/products?q=rieng").await.expect(StatusCode::OK);
    assert_eq!(found["total"], 0, "{found}");
    let found = app.anonymous().get("/v1/producers?q=rieng").await.expect(StatusCode::OK);
    assert_eq!(found["items"].as_array().map(Vec::len), Some(0), "{found}");
}

async fn an_officer_imports_the_own_province_only(app: TestApp) {
    // Hưng Yên of today is Thái Bình and Hưng Yên of yesterday.
    let officer = app.officer("33").await;
    let report = send(&officer, PATH, CSV, list(&LIST)).await.expect(StatusCode::OK);
    assert_eq!(each(&report, "outcome"), ["created", "rejected", "created", "created", "rejected"]);
    assert_eq!(codes(&report["rows"][1], "faults"), ["province: outside_your_province"]);
}

async fn validation_writes_nothing(app: TestApp) {
    let admin = admin(&app).await;
    let path = format!("{PATH}?validate_only=true");
    let report = send(&admin, &path, CSV, list(&LIST)).await.expect(StatusCode::OK);
    assert_eq!(each(&report, "outcome"), ["created"; 5]);
    assert_eq!(report["validated_only"], true);
    assert_eq!(report["rows"][0]["product"], Value::Null);
    assert!(state(&app).await.iter().all(|count| *count == 0));
    let wrong = send(&admin, &format!("{PATH}?validate_only=ja&dry=1"), CSV, list(&LIST)).await;
    wrong.expect_problem(400, "invalid_parameters");
    assert_eq!(wrong.faults().len(), 2);
}

/// The list of the officer's tour in the README.
async fn the_example_shows_every_outcome(app: TestApp) {
    let officer = app.officer("33").await;
    let text = include_bytes!("../../data/demo/example-import.csv");
    let dry = send(&officer, &format!("{PATH}?validate_only=true"), CSV, text).await.expect(StatusCode::OK);
    let report = send(&officer, PATH, CSV, text).await.expect(StatusCode::OK);
    assert_eq!((each(&dry, "outcome"), &dry["counts"]), (each(&report, "outcome"), &report["counts"]));
    assert_eq!(
        each(&report, "outcome"),
        ["created", "created", "created", "rejected", "question", "created"],
        "{report}"
    );
    assert_eq!(each(&report, "standing"), ["valid", "expired", "unverified", "", "", "expiring"]);
    assert_eq!(each(&report, "in_force_until"), ["2029-09-14", "2026-05-10", "", "", "", "2027-03-12"]);
    assert_eq!(codes(&report["rows"][0], "notes"), ["issuer: issuer_derived"]);
    assert_eq!(codes(&report["rows"][2], "notes"), ["unverified"]);
    assert_eq!(codes(&report["rows"][3], "faults"), ["stars: out_of_range", "score: invalid_score"]);
    assert_eq!(codes(&report["rows"][4], "faults"), ["commune: ambiguous_commune"]);
    let again = send(&officer, PATH, CSV, text).await.expect(StatusCode::OK);
    assert_eq!(
        each(&again, "outcome"),
        ["unchanged", "unchanged", "unchanged", "rejected", "question", "unchanged"]
    );
}

/// The list the project started from, where it is at hand.
async fn the_published_list_is_accounted_for(app: TestApp) {
    let Ok(text) =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/ocop_products.csv"))
    else {
        println!("SKIPPED: ../shared/data/ocop_products.csv is not there");
        return;
    };
    let admin = admin(&app).await;
    let first = send(&admin, PATH, CSV, text.clone()).await.expect(StatusCode::OK);
    let counts = &first["counts"];
    assert_eq!((&counts["rows"], &counts["rejected"]), (&json!(154), &json!(0)));
    assert_eq!((&counts["valid"], &counts["expired"]), (&json!(13), &json!(4)));
    let before = state(&app).await;
    let second = send(&admin, PATH, CSV, text).await.expect(StatusCode::OK);
    let unchanged = second["counts"]["unchanged"].as_i64().expect("a count");
    assert_eq!(unchanged + second["counts"]["questions"].as_i64().expect("a count"), 154);
    assert_eq!(state(&app).await, before);
}

async fn twenty_thousand_rows_are_one_import(app: TestApp) {
    let rows: Vec<String> = (0..20_000)
        .map(|n| {
            let (district, day) = (["Đông Hưng", "Tiền Hải", "Vũ Thư"][n % 3], 1 + n % 28);
            format!(
                "Kẹo {n},HTX {},HTX,,{district},Thái Bình,food,4,{}/QĐ-UBND,2025-06-{day:02},",
                n / 9,
                1 + n % 28
            )
        })
        .collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let bytes = list(&rows);
    let read = import::read(bytes.as_bytes(), 1 << 25, Claimed::Csv).expect("readable");
    let state = app.state.clone();
    let mut steps = 0;
    let report = app.state.db.write(move |conn| {
        let report = import::run(
            conn,
            &state.world,
            &state.reference,
            &read,
            &Scope { by: By::operator(), dry_run: false },
            |_| steps += 1,
        );
        report.map(|report| (report.counts(), steps))
    });
    let (counts, steps) = report.await.expect("imported");
    assert_eq!((counts.created, counts.rows, steps), (20_000, 20_000, 20_000));
    assert_eq!(number(&app, "(SELECT count(*) FROM decisions)").await, 28);
}
