//! Leads as a file: all of the asker's and nobody else's, contacts only where they were revealed, nothing that a spreadsheet
//! would calculate.

use super::market::{Made, Market, market, seers};
use crate::cases;
use crate::harness::{Actor, Case, Reply, TestApp};
use calamine::{Data, Reader, Xlsx};
use reqwest::StatusCode;
use std::collections::{BTreeSet, HashMap};

pub fn cases() -> Vec<Case> {
    cases![
        a_file_holds_the_asker_s_leads_with_the_asker_s_rights,
        a_workbook_and_a_csv_file_hold_the_same,
        the_file_is_filtered_as_the_list_is,
    ]
}

type Row = HashMap<String, String>;

async fn file(by: &Actor, query: &str) -> Vec<Row> {
    let request = by.request(reqwest::Method::GET, &format!("/v1/leads/export?{query}"));
    let reply = Reply::of(request.header("Accept-Language", "en")).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
    assert_eq!(reply.header("cache-control"), "private, no-store");
    assert_eq!(reply.header("content-disposition"), "attachment; filename=\"leads-2026-11-23.csv\"");
    assert_eq!(reply.header("content-language"), "en");
    let text = reply.text.strip_prefix('\u{feff}').expect("a byte order mark").to_owned();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let headings: Vec<String> = reader.headers().expect("headings").iter().map(str::to_owned).collect();
    let record = |record: csv::StringRecord| {
        headings.iter().cloned().zip(record.iter().map(str::to_owned)).collect::<Row>()
    };
    reader.records().map(|found| record(found.expect("a record"))).collect()
}

fn digit(lead: &Made) -> u32 {
    let id = format!("{:?}", lead.id);
    id.chars().last().and_then(|last| last.to_digit(16)).expect("a hex digit")
}

/// Some contacts are revealed to the producers, some to the office.
async fn reveal(app: &TestApp, market: &Market) {
    let of = |wanted: fn(u32) -> bool| {
        let ids = market.leads.iter().filter(|lead| wanted(digit(lead)));
        ids.map(|lead| format!("'{:?}'", lead.id)).collect::<Vec<_>>().join(", ")
    };
    app.sql(format!(
        "UPDATE leads SET contact_consented_at = created_at WHERE id IN ({});
         UPDATE leads SET contact_revealed_at = created_at WHERE id IN ({});
         UPDATE leads SET contact_seen_by_office_at = created_at WHERE id IN ({});",
        of(|digit| digit < 10),
        of(|digit| digit < 5),
        of(|digit| digit.is_multiple_of(2))
    ))
    .await;
}

async fn a_file_holds_the_asker_s_leads_with_the_asker_s_rights(app: TestApp) {
    let (market, buyers) = market(&app, 31, 520).await;
    reveal(&app, &market).await;
    let seers = seers(&app, &market, buyers).await;
    // As in `seers`: on which side each stands, which decides of the contact.
    type Told = fn(&Made) -> bool;
    let to_office: Told = |lead| digit(lead).is_multiple_of(2);
    let to_producer: Told = |lead| digit(lead) < 5;
    let always: Told = |_| true;
    let never: Told = |_| false;
    let mixed: Told = |lead| match lead {
        lead if lead.producer == 1 => digit(lead) < 5,
        lead if lead.recorder == Some("organiser") => true,
        lead => digit(lead).is_multiple_of(2),
    };
    let contacts: [Told; 7] = [to_office, to_office, to_producer, always, mixed, never, never];
    for (n, ((actor, sees), told)) in seers.iter().zip(contacts).enumerate() {
        let rows = file(actor, "").await;
        let ids: Vec<&String> = rows.iter().map(|row| &row["Lead id"]).collect();
        let expected: BTreeSet<String> =
            market.leads.iter().filter(|lead| sees(lead)).map(|lead| format!("{:?}", lead.id)).collect();
        assert_eq!(ids.iter().copied().cloned().collect::<BTreeSet<_>>(), expected, "{n}");
        assert_eq!(ids.len(), expected.len(), "{n}: each once");
        assert!(ids.windows(2).all(|two| two[0] > two[1]), "newest first");
        for row in &rows {
            let lead =
                market.leads.iter().find(|lead| format!("{:?}", lead.id) == row["Lead id"]).expect("one");
            let contact = (row["Contact"].as_str(), row["E-mail"].as_str());
            let due = if told(lead) { ("Tổ thu mua", "kin-dao@nguoi-mua.example") } else { ("", "") };
            assert_eq!(contact, due, "{n}: {row:?}");
            let office = n < 2 || (n == 4 && lead.producer != 1 && lead.recorder != Some("organiser"));
            // What would be calculated is defused; an office reads who the buyer is after its reveal.
            match office && !told(lead) {
                true => assert_eq!((row["Buyer"].as_str(), row["Message"].as_str()), ("", "")),
                false => assert_eq!(row["Buyer"], format!("'=Chuỗi Ví Dụ, {:?}", lead.id)),
            }
            assert_eq!(row["Products"].matches("Bánh cáy: 200 box").count(), lead.items.len());
            let contracts = lead.signed.iter().filter(|signed| !signed.voided && signed.kind == "contract");
            assert_eq!(
                row["Value of contracts (VND)"],
                contracts.map(|signed| signed.value).sum::<i64>().to_string()
            );
        }
    }
}

async fn a_workbook_and_a_csv_file_hold_the_same(app: TestApp) {
    let (market, buyers) = market(&app, 41, 230).await;
    reveal(&app, &market).await;
    let seers = seers(&app, &market, buyers).await;
    let (admin, _) = &seers[0];
    let csv = file(admin, "merged=false").await;
    let request = admin.request(reqwest::Method::GET, "/v1/leads/export?merged=false&format=xlsx");
    let reply = request.header("Accept-Language", "en").send().await.expect("an answer");
    assert_eq!(reply.status(), StatusCode::OK);
    let bytes = reply.bytes().await.expect("a workbook").to_vec();
    let mut book: Xlsx<_> = Xlsx::new(std::io::Cursor::new(bytes)).expect("a workbook");
    let sheet = book.worksheet_range("Leads").expect("a sheet");
    let headings = sheet.headers().expect("headings");
    let rows: Vec<HashMap<String, Data>> =
        sheet.rows().skip(1).map(|row| headings.iter().cloned().zip(row.iter().cloned()).collect()).collect();
    assert_eq!(rows.len(), csv.len());
    assert!(rows.len() > 100);
    for (row, line) in rows.iter().zip(&csv) {
        for heading in ["Lead id", "Contact", "Event", "Products", "Producer"] {
            let text = match &row[heading] {
                Data::Empty => String::new(),
                Data::String(text) => text.clone(),
                other => panic!("{heading} is {other:?}"),
            };
            assert_eq!(text, line[heading]);
        }
        // A text cell, not a formula, hence without an apostrophe.
        assert_eq!(
            format!("'{}", row["Buyer"]),
            if line["Buyer"].is_empty() { "'".to_owned() } else { line["Buyer"].clone() }
        );
        assert!(matches!(row["Arrived at"], Data::DateTime(_)), "{:?}", row["Arrived at"]);
        assert!(matches!(row["Value of contracts (VND)"], Data::Float(_)));
    }
}

async fn the_file_is_filtered_as_the_list_is(app: TestApp) {
    let (market, buyers) = market(&app, 43, 120).await;
    let seers = seers(&app, &market, buyers).await;
    for (query, some) in [
        ("stage=lost", true),
        ("stage=quoted,enquiry&merged=false", true),
        ("event=HOI%20CHO%20XUAN", true),
        ("event=none&source=fair", true),
        ("group=several", true),
        ("stars=4&units=former&province=34", true),
        ("former_district=344&producer_type=cooperative", true),
        ("province=none", true),
        ("from=2026-11-24", false),
        ("side=office", true),
    ] {
        let mut found = 0;
        for (actor, _) in &seers {
            let listed = actor.get(&format!("/v1/leads?limit=100&{query}")).await.expect(StatusCode::OK);
            let listed = listed["items"].as_array().expect("items").clone();
            let rows = file(actor, query).await;
            // A page holds a hundred.
            assert_eq!(rows.len().min(100), listed.len(), "{query}");
            for (row, lead) in rows.iter().zip(&listed) {
                assert_eq!(row["Lead id"], lead["id"].as_str().expect("an id"), "{query}");
            }
            found += rows.len();
        }
        assert_eq!(found > 0, some, "{query}");
    }
    let (admin, _) = &seers[0];
    let wrong = admin.get("/v1/leads/export?format=pdf&stage=won").await;
    assert_eq!(wrong.expect(StatusCode::BAD_REQUEST)["errors"].as_array().map(Vec::len), Some(2));
}
