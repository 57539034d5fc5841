//! The catalogue as a file: complete, in order, resumable, compressed; and a product as linked data.

use super::*;
use ocop_market::catalogue::export::xlsx;
use reqwest::header::HeaderMap;
use std::io::{Cursor, Read};

pub fn cases() -> Vec<Case> {
    cases![
        lines_are_the_documents_in_the_order_of_the_parts,
        a_download_is_resumed,
        compressed_it_is_the_same,
        a_spreadsheet_has_a_row_for_each_product,
        filters_leave_what_the_list_shows,
        wrong_parameters_are_told,
        a_product_as_linked_data,
    ]
}

const EXPORT: &str = "/v1/catalogue/export";

/// Enough products for most parts of the catalogue to have one.
async fn stock(app: &TestApp) -> Vec<Product> {
    let mut seed = Seed::new(app);
    let maker = seed.maker("HTX Ví Dụ");
    let product = |n: i32| seed.certified(maker, &format!("Bánh cáy, loại \"{n}\""), &Certified::default());
    let products = (0..300).map(product).collect();
    seed.insert().await;
    products
}

struct Download {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Download {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("ASCII"))
    }
}

async fn download(app: &TestApp, query: &str, headers: &[(&str, &str)]) -> Download {
    let request = app.anonymous().request(Method::GET, &format!("{EXPORT}{query}"));
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let response = request.send().await.expect("the service answers");
    let (status, headers) = (response.status(), response.headers().clone());
    Download { status, headers, body: response.bytes().await.expect("a whole body").to_vec() }
}

async fn lines_are_the_documents_in_the_order_of_the_parts(app: TestApp) {
    let products = stock(&app).await;
    let whole = download(&app, "", &[]).await;
    assert_eq!((whole.status, whole.header("content-type")), (StatusCode::OK, "application/x-ndjson"));
    assert_eq!(whole.header("content-length"), whole.body.len().to_string());
    assert_eq!(whole.header("accept-ranges"), "bytes");

    let digest = get(&app, "/v1/catalogue/digest").await;
    assert_eq!(whole.header("catalogue-seq"), digest["seq"].to_string());
    let lines: Vec<&[u8]> = whole.body.split_inclusive(|byte| *byte == b'\n').collect();
    let order: Vec<String> = lines
        .iter()
        .map(|line| serde_json::from_slice::<Value>(line).expect("JSON")["id"].as_str().unwrap().to_owned())
        .collect();
    let mut expected: Vec<String> = products.iter().map(|product| product.id.to_string()).collect();
    expected.sort_by_key(|id| (id[34..].to_owned(), id.clone()));
    assert_eq!(order, expected);

    let detail = app.anonymous().get(&format!("/v1/products/{}", expected[7])).await;
    assert_eq!(format!("{}\n", detail.text).as_bytes(), lines[7]);

    let mut parts = Vec::new();
    for bucket in digest["buckets"].as_array().expect("parts") {
        let bucket = bucket["bucket"].as_str().expect("a name");
        parts.extend(download(&app, &format!("?format=ndjson&bucket={bucket}"), &[]).await.body);
    }
    assert!(parts == whole.body, "the parts together are the whole");
}

async fn a_download_is_resumed(app: TestApp) {
    stock(&app).await;
    let whole = download(&app, "", &[]).await;
    let (tag, total) = (whole.header("etag").to_owned(), whole.body.len());
    for (range, first, last) in [
        ("bytes=0-", 0, total - 1),
        ("bytes=100000-", 100_000, total - 1),
        ("bytes=70000-200000", 70_000, 200_000),
        ("bytes=-1", total - 1, total - 1),
        ("bytes=5-5", 5, 5),
    ] {
        // Whatever else the client takes: a range is of the plain lines.
        let headers = [("Range", range), ("If-Range", &tag), ("Accept-Encoding", "gzip, zstd")];
        let part = download(&app, "", &headers).await;
        assert_eq!(part.status, StatusCode::PARTIAL_CONTENT, "{range}");
        assert_eq!(part.header("content-range"), format!("bytes {first}-{last}/{total}"));
        assert_eq!((part.header("etag"), part.header("content-encoding")), (tag.as_str(), ""));
        assert!(part.body == whole.body[first..=last], "{range}");
    }
    let other = download(&app, "", &[("Range", "bytes=5-"), ("If-Range", "\"other\"")]).await;
    assert!(other.status == StatusCode::OK && other.body == whole.body);
    let several = download(&app, "", &[("Range", "bytes=0-1,5-6")]).await;
    assert!(several.status == StatusCode::OK && several.body == whole.body);

    let beyond = app.anonymous().request(Method::GET, EXPORT).header("Range", format!("bytes={total}-"));
    let beyond = Reply::of(beyond).await;
    beyond.expect_problem(416, "range_not_satisfiable");
    assert_eq!(beyond.header("content-range"), format!("bytes */{total}"));
    assert_eq!(download(&app, "", &[("If-None-Match", &tag)]).await.status, StatusCode::NOT_MODIFIED);
    let head = app.anonymous().request(Method::HEAD, EXPORT).send().await.expect("an answer");
    assert_eq!(head.headers()["content-length"], total.to_string());
}

async fn compressed_it_is_the_same(app: TestApp) {
    stock(&app).await;
    for query in ["", "?bucket=00", "?format=csv", "?format=csv&bucket=7f"] {
        let plain = download(&app, query, &[]).await;
        // Twice: made, then kept.
        for _ in 0..2 {
            let gzipped = download(&app, query, &[("Accept-Encoding", "gzip")]).await;
            assert_eq!(gzipped.header("content-encoding"), "gzip");
            assert_ne!(gzipped.header("etag"), plain.header("etag"), "a tag for each coding");
            let (mut decoded, mut rest) = (Vec::new(), gzipped.body.as_slice());
            flate2::bufread::GzDecoder::new(&mut rest).read_to_end(&mut decoded).expect("gzip");
            assert!(decoded == plain.body && rest.is_empty(), "one member, {query}");
            let frames = download(&app, query, &[("Accept-Encoding", "zstd")]).await;
            assert_eq!(frames.header("content-encoding"), "zstd");
            assert!(zstd::stream::decode_all(frames.body.as_slice()).expect("zstd") == plain.body, "{query}");
        }
    }
}

async fn a_spreadsheet_has_a_row_for_each_product(app: TestApp) {
    let products = stock(&app).await;
    let csv = download(&app, "?format=csv", &[("Accept-Language", "en")]).await;
    assert!(csv.header("content-type").starts_with("text/csv"));
    assert_eq!(csv.header("content-language"), "en");
    assert_eq!(csv.header("content-disposition"), "attachment; filename=\"ocop-2026-11-23.csv\"");
    assert!(csv.body.starts_with("\u{feff}Code,Product,".as_bytes()));
    let mut reader = csv::Reader::from_reader(&csv.body[3..]);
    let names: BTreeSet<String> =
        reader.records().map(|record| record.expect("a row").get(1).expect("a cell").to_owned()).collect();
    assert_eq!(names.len(), products.len());
    assert!(names.contains("Bánh cáy, loại \"42\""));

    let xlsx = download(&app, "?format=xlsx", &[("Accept-Encoding", "gzip")]).await;
    assert_eq!(
        xlsx.header("content-length"),
        xlsx.body.len().to_string(),
        "a zip archive is not compressed again"
    );
    let mut book: calamine::Xlsx<_> = calamine::Reader::new(Cursor::new(xlsx.body)).expect("a workbook");
    let sheet = calamine::Reader::worksheet_range(&mut book, "Sản phẩm OCOP").expect("a sheet");
    assert_eq!(sheet.height(), products.len() + 1);
    assert!(products.len() < xlsx::MOST_ROWS);
}

async fn filters_leave_what_the_list_shows(app: TestApp) {
    let mut seed = Seed::new(&app);
    let maker = seed.maker("HTX Ví Dụ");
    for n in 0..300 {
        seed.certified(maker, &format!("Bánh cáy {n}"), &Certified::default());
    }
    for n in 0..120 {
        seed.certified(
            maker,
            &format!("Kẹo lạc {n}"),
            &Certified { stars: 3, score: Some(6000), ..Certified::default() },
        );
    }
    seed.insert().await;
    let digest = get(&app, "/v1/catalogue/digest").await;
    assert_eq!(digest["products"], 420);
    for query in ["?stars=3", "?q=keo+lac&sort=name", "?sort=name", "?stars=5"] {
        let listed = app.anonymous().all(&format!("/v1/products{query}&limit=100")).await;
        let export = download(&app, query, &[]).await;
        let ids = |documents: &[Value]| -> Vec<String> {
            documents.iter().map(|document| document["id"].as_str().expect("an id").to_owned()).collect()
        };
        let lines = export.body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let lines: Vec<Value> = lines.map(|line| serde_json::from_slice(line).expect("JSON")).collect();
        assert_eq!(ids(&lines), ids(&listed), "{query}");
        let gzipped = download(&app, query, &[("Accept-Encoding", "gzip")]).await;
        let mut decoded = Vec::new();
        flate2::read::GzDecoder::new(gzipped.body.as_slice()).read_to_end(&mut decoded).expect("gzip");
        assert!(decoded == export.body, "{query}");
        if let Some(last) = export.body.len().checked_sub(1) {
            let range = format!("bytes={}-", last / 2);
            let part = download(&app, query, &[("Range", &range), ("If-Range", export.header("etag"))]).await;
            assert!(
                part.status == StatusCode::PARTIAL_CONTENT && part.body == export.body[last / 2..],
                "{query}"
            );
        }
    }
    // One part of what is found.
    let part = download(&app, "?stars=3&bucket=7f", &[]).await;
    let whole = download(&app, "?bucket=7f", &[]).await;
    let lines = |body: &[u8]| {
        String::from_utf8(body.to_vec()).expect("UTF-8").lines().filter(|l| l.contains("Kẹo")).count()
    };
    assert_eq!(String::from_utf8(part.body.clone()).expect("UTF-8").lines().count(), lines(&whole.body));
}

async fn wrong_parameters_are_told(app: TestApp) {
    let reply = app.anonymous().get("/v1/catalogue/export?format=pdf&bucket=FF&colour=red").await;
    reply.expect_problem(400, "invalid_parameters");
    let mut faults = reply.faults();
    faults.sort();
    let expected = [("bucket", "wrong_type"), ("colour", "unknown_field"), ("format", "unknown_value")];
    assert_eq!(faults, expected.map(|(place, code)| (place.to_owned(), code.to_owned())));
}

async fn a_product_as_linked_data(app: TestApp) {
    let mut seed = Seed::new(&app);
    let maker = seed.maker("HTX Ví Dụ");
    let product = seed.certified(maker, "Bánh cáy", &Certified::default());
    seed.insert().await;
    let path = format!("/v1/products/{}", product.id);
    let with =
        |name: &'static str, value: &str| app.anonymous().request(Method::GET, &path).header(name, value);

    let request = with("Accept", "application/ld+json").header("Accept-Language", "en");
    let linked = Reply::of(request).await;
    assert_eq!(linked.header("content-type"), "application/ld+json");
    assert_eq!(linked.header("content-language"), "en");
    assert!(linked.header("vary").contains("accept-language"), "{}", linked.header("vary"));
    let data = linked.expect(StatusCode::OK);
    assert_eq!((&data["@context"], &data["@type"]), (&json!("https://schema.org"), &json!("Product")));
    assert_eq!(data["hasCertification"][0]["certificationRating"]["ratingValue"], 4);
    assert_eq!(data["url"], format!("{}{path}", app.state.config.issuer));
    let again = with("Accept", "application/ld+json").header("Accept-Language", "en");
    let again = Reply::of(again.header("If-None-Match", linked.header("etag"))).await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);

    for accept in ["*/*", "application/*", "application/json", "text/html, */*;q=0.1"] {
        let reply = Reply::of(with("Accept", accept)).await;
        assert_eq!(reply.header("content-type"), "application/json", "{accept}");
    }
    let refused = Reply::of(with("Accept", "text/html")).await.expect_problem(406, "not_acceptable");
    assert_eq!(refused["offered"], json!(["application/json", "application/ld+json"]));
}
