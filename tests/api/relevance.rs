//! How good the search is: the labelled queries of `tests/relevance` are asked over HTTP, and what comes back is graded.
//!
//! `cargo test --test api relevance` prints the table. A category that falls under its floor, or a catalogue that finds
//! too much of nothing, fails. One engine is enough: the order must not depend on the database.

use crate::harness::{Actor, Engine, Reply, TestApp};
use libtest_mimic::Trial;
use ocop_market::accounts::Role;
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use std::collections::HashMap;
use std::fmt::Write;
use unicode_normalization::UnicodeNormalization;

const PRODUCTS: &str = include_str!("../relevance/products.csv");
const QUERIES: &str = include_str!("../relevance/queries.csv");

/// Places of a page that count.
const DEPTH: usize = 10;

/// The queries of this category must find nothing at all.
const NOTHING: &str = "nothing";

/// The least a category may reach in nDCG@10, a little under what it does reach; `nothing`: the least share of queries
/// that find nothing. See `tests/relevance/README.md` for how to raise one.
const FLOORS: [(&str, f64); 21] = [
    ("marks", 0.945),
    ("no_marks", 0.975),
    ("nfd", 0.975),
    ("upper_case", 0.955),
    ("old_tone_placement", 0.965),
    ("i_or_y", 0.870),
    ("telex_residue", 0.955),
    ("typo", 0.810),
    ("partial_last_word", 0.915),
    ("district_name", 0.980),
    ("province_name", 0.980),
    ("commune", 0.980),
    ("producer_name", 0.925),
    ("product_and_place", 0.955),
    ("two_word_trap", 0.925),
    ("word_order", 0.970),
    ("long_query", 0.785),
    ("number_or_size", 0.850),
    ("group_word", 0.980),
    ("code_like", 0.980),
    (NOTHING, 0.980),
];

/// The least of all queries together (`nothing` is not among them), and the most of them that may find nothing.
const FLOOR_OF_ALL: f64 = 0.93;
const MOST_WITHOUT_HIT: f64 = 0.018;

pub fn trials() -> Vec<Trial> {
    let search = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(search_is_as_good_as_it_was()).map_err(Into::into)
    };
    let simple = |name: &str, run: fn()| {
        Trial::test(format!("relevance::{name}"), move || {
            run();
            Ok(())
        })
    };
    vec![
        Trial::test("sqlite::relevance::search_is_as_good_as_it_was", search),
        simple("the_measure_is_right", the_measure_is_right),
        simple("the_set_is_in_order", the_set_is_in_order),
    ]
}

/// A labelled query.
struct Query {
    text: String,
    category: String,
    /// Product's key → 3 the thing itself, 2 clearly wanted, 1 acceptable.
    relevant: HashMap<String, u8>,
}

#[derive(Deserialize)]
struct QueryRow {
    query: String,
    /// `nfd`: asked in decomposed form, which no editor may compose again.
    form: String,
    category: String,
    relevant: String,
}

fn queries() -> Vec<Query> {
    let label = |text: &str| {
        let (key, grade) = text.split_once(':').expect("key:grade");
        (key.to_owned(), grade.parse().expect("a grade"))
    };
    let query = |row: QueryRow| Query {
        text: match row.form.as_str() {
            "" => row.query,
            "nfd" => row.query.nfd().collect(),
            other => panic!("unknown form {other}"),
        },
        category: row.category,
        relevant: row.relevant.split_whitespace().map(label).collect(),
    };
    let rows = csv::Reader::from_reader(QUERIES.as_bytes()).into_deserialize();
    rows.map(|row| query(row.expect("a query"))).collect()
}

/// The keys of the products, and the list as the importer takes it: without them.
fn products() -> (Vec<String>, Vec<u8>) {
    let mut rows = csv::Reader::from_reader(PRODUCTS.as_bytes());
    let mut list = csv::Writer::from_writer(Vec::new());
    let header = rows.headers().expect("a header");
    assert_eq!(&header[0], "key");
    list.write_record(header.iter().skip(1)).expect("written");
    let mut keys = Vec::new();
    for row in rows.records() {
        let row = row.expect("a product");
        keys.push(row[0].to_owned());
        list.write_record(row.iter().skip(1)).expect("written");
    }
    (keys, list.into_inner().expect("written"))
}

/// What a query came to.
struct Answer {
    /// nDCG@10; of a query that must find nothing, 1 if it did.
    score: f64,
    /// Keys of the products on the page.
    found: Vec<String>,
}

fn judge(query: &Query, found: Vec<String>) -> Answer {
    let score = if query.category == NOTHING {
        f64::from(u8::from(found.is_empty()))
    } else {
        let grades: Vec<u8> = found.iter().map(|key| query.relevant.get(key).copied().unwrap_or(0)).collect();
        let all: Vec<u8> = query.relevant.values().copied().collect();
        ndcg(&grades, &all)
    };
    Answer { score, found }
}

/// Normalised discounted cumulative gain of the first ten: a grade `g` is worth `2^g - 1`, divided by `log2(place + 1)`;
/// the sum is divided by that of the best possible page.
fn ndcg(found: &[u8], relevant: &[u8]) -> f64 {
    let gain = |grades: &[u8]| -> f64 {
        let discounted =
            |(place, grade): (u32, &u8)| (f64::from(*grade).exp2() - 1.0) / f64::from(place + 1).log2();
        (1..).zip(grades).take(DEPTH).map(discounted).sum()
    };
    let mut best = relevant.to_vec();
    best.sort_unstable_by(|a, b| b.cmp(a));
    let ideal = gain(&best);
    // An empty sum is -0.0.
    if ideal == 0.0 { 0.0 } else { gain(found) / ideal + 0.0 }
}

async fn search_is_as_good_as_it_was() -> Result<(), String> {
    let app = TestApp::start(Engine::Sqlite, &[]);
    let keys = import(&app).await;
    let queries = queries();
    let mut results = Vec::with_capacity(queries.len());
    let mut faults = Vec::new();
    for query in &queries {
        let found = ask(&app, &query.text, &keys).await;
        let composed: String = query.text.nfc().collect();
        if composed != query.text && ask(&app, &composed, &keys).await != found {
            faults.push(format!("{composed}: its decomposed form finds something else"));
        }
        results.push(judge(query, found));
    }
    let outcome = Outcome::of(&queries, &results);
    eprintln!("{}", outcome.table());
    if std::env::var_os("OCOP_TEST_QUERIES").is_some() {
        eprintln!("{}", each(&queries, &results));
    }
    faults.extend(outcome.faults());
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n")) }
}

/// Brings the products in as an office does; product's id → key.
async fn import(app: &TestApp) -> HashMap<String, String> {
    app.create_user("admin@office.example", Role::Admin, &[]).await.expect("a new user");
    let tokens = app.sign_in("admin@office.example").await;
    let admin: Actor = app.anonymous().with_token(tokens["access_token"].as_str().expect("a token"));
    let (keys, list) = products();
    let request = admin.request(Method::POST, "/v1/certification-imports");
    let request = request.header("Content-Type", "text/csv; charset=utf-8").body(list);
    let reply = Reply::of(request).await;
    let seq = reply.header("catalogue-seq");
    // The search follows the ledger with a delay: wait until it has the list.
    let wait = format!("/v1/products?limit=1&at_least={seq}");
    app.anonymous().get(&wait).await.expect(StatusCode::OK);
    let report = reply.expect(StatusCode::OK);
    let rows = report["rows"].as_array().expect("rows");
    assert_eq!(rows.len(), keys.len());
    let entered = |(row, key): (&serde_json::Value, String)| {
        assert_eq!((&row["outcome"], &row["standing"]), (&"created".into(), &"valid".into()), "{key}: {row}");
        (row["product"].as_str().expect("an id").to_owned(), key)
    };
    let entered: HashMap<String, String> = rows.iter().zip(keys).map(entered).collect();
    assert_eq!(entered.len(), rows.len(), "no two rows are one product");
    entered
}

/// The keys of the first page; a query that is refused finds nothing.
async fn ask(app: &TestApp, text: &str, keys: &HashMap<String, String>) -> Vec<String> {
    let query = [("q", text), ("limit", "10")];
    let reply = Reply::of(app.anonymous().request(Method::GET, "/v1/products").query(&query)).await;
    if reply.status == StatusCode::BAD_REQUEST {
        assert_eq!(reply.faults(), [("q".to_owned(), "too_long".to_owned())], "{text}");
        return Vec::new();
    }
    let page = reply.expect(StatusCode::OK);
    let items = page["items"].as_array().expect("a list");
    items.iter().map(|item| keys[item["id"].as_str().expect("an id")].clone()).collect()
}

/// The results of one category, or of all that ask for something.
#[derive(Default, Clone, Copy)]
struct Sum {
    queries: usize,
    score: f64,
    without_hit: usize,
}

impl Sum {
    fn add(&mut self, result: &Answer) {
        self.queries += 1;
        self.score += result.score;
        self.without_hit += usize::from(result.found.is_empty());
    }

    fn mean(&self) -> f64 {
        self.score / count(self.queries)
    }

    fn without_hit(&self) -> f64 {
        count(self.without_hit) / count(self.queries)
    }
}

fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).expect("few"))
}

/// By category, in the order of [`FLOORS`].
struct Outcome {
    all: Sum,
    of_category: Vec<(&'static str, f64, Sum)>,
}

impl Outcome {
    fn of(queries: &[Query], results: &[Answer]) -> Self {
        let mut all = Sum::default();
        let mut of_category: Vec<_> =
            FLOORS.iter().map(|(name, floor)| (*name, *floor, Sum::default())).collect();
        for (query, result) in queries.iter().zip(results) {
            let category = of_category.iter_mut().find(|(name, ..)| *name == query.category);
            category.expect("a category with a floor").2.add(result);
            if query.category != NOTHING {
                all.add(result);
            }
        }
        Self { all, of_category }
    }

    fn table(&self) -> String {
        let mut table = format!(
            "relevance of the search\n{:<20} {:>7} {:>8} {:>9} {:>6}\n",
            "category", "queries", "nDCG@10", "zero hits", "floor"
        );
        let all = ("all but nothing", FLOOR_OF_ALL, self.all);
        for (name, floor, sum) in self.of_category.iter().chain([&all]) {
            let _ = writeln!(
                table,
                "{name:<20} {:>7} {:>8.3} {:>8.1}% {floor:>6.3}",
                sum.queries,
                sum.mean(),
                100.0 * sum.without_hit()
            );
        }
        table
    }

    fn faults(&self) -> Vec<String> {
        let mut faults: Vec<String> = self
            .of_category
            .iter()
            .filter(|(_, floor, sum)| sum.mean() < *floor)
            .map(|(name, floor, sum)| format!("{name}: {:.3} is under the floor of {floor}", sum.mean()))
            .collect();
        if self.all.mean() < FLOOR_OF_ALL {
            faults.push(format!("all: {:.3} is under the floor of {FLOOR_OF_ALL}", self.all.mean()));
        }
        if self.all.without_hit() > MOST_WITHOUT_HIT {
            let share = self.all.without_hit();
            faults.push(format!("{share:.3} of all find nothing; at most {MOST_WITHOUT_HIT} may"));
        }
        faults
    }
}

/// Every query that is not perfect, the worst first: `OCOP_TEST_QUERIES=1` prints them.
fn each(queries: &[Query], results: &[Answer]) -> String {
    let mut all: Vec<_> = queries.iter().zip(results).filter(|(_, result)| result.score < 0.999).collect();
    all.sort_by(|(_, a), (_, b)| a.score.total_cmp(&b.score));
    let mut text = String::new();
    for (query, result) in all {
        let Query { text: asked, category, relevant } = query;
        let graded = |key: &String| format!("{key}:{}", relevant.get(key).copied().unwrap_or(0));
        let found: Vec<String> = result.found.iter().map(graded).collect();
        let _ = writeln!(text, "{:.3} {category:<20} {asked:<40} {}", result.score, found.join(" "));
    }
    text
}

/// Worked out by hand.
fn the_measure_is_right() {
    let is = |found: &[u8], relevant: &[u8], expected: f64| {
        let score = ndcg(found, relevant);
        assert!((score - expected).abs() < 1e-4, "{found:?} of {relevant:?}: {score}");
    };
    is(&[3, 2, 1], &[1, 3, 2], 1.0);
    is(&[], &[3], 0.0);
    is(&[0, 0, 0], &[3], 0.0);
    // 7 in the second place: 7 / log2(3), of 7.
    is(&[0, 3], &[3], 0.6309);
    // Gains 1, 3, 7 over 1, 1.5850, 2: 1 + 1.8928 + 3.5 = 6.3928, of 7 + 1.8928 + 0.5 = 9.3928.
    is(&[1, 2, 3], &[1, 2, 3], 0.6806);
    // One of two things in the first place: 7 of 7 + 4.4165.
    is(&[3], &[3, 3], 0.6131);
    // Only ten places count, of the best page as of the one that came.
    is(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3], &[3], 0.0);
    is(&[3; 10], &[3; 30], 1.0);

    let query = |category: &str| Query {
        text: String::new(),
        category: category.to_owned(),
        relevant: HashMap::from([("a".to_owned(), 3)]),
    };
    let score = |category: &str, found: &[&str]| {
        judge(&query(category), found.iter().map(|key| (*key).to_owned()).collect()).score
    };
    assert!((score("marks", &["b", "a"]) - 0.6309).abs() < 1e-4);
    assert!((score(NOTHING, &[]) - 1.0).abs() < 1e-9);
    assert!(score(NOTHING, &["b"]) < 1e-9);
}

/// Every label names a product, every category has a floor and enough queries, and no query stands twice.
fn the_set_is_in_order() {
    let (keys, _) = products();
    let mut unique = keys.clone();
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), keys.len(), "a key stands twice");
    let queries = queries();
    for Query { text, category, relevant } in &queries {
        assert_eq!(relevant.is_empty(), category == NOTHING, "{text}");
        for (key, grade) in relevant {
            assert!(unique.binary_search(key).is_ok(), "{text}: no product {key}");
            assert!((1..=3).contains(grade), "{text}: {key}:{grade}");
        }
        let same = queries.iter().filter(|other| other.text == *text && other.category == *category);
        assert_eq!(same.count(), 1, "{text} stands twice");
    }
    for (name, _) in FLOORS {
        assert!(queries.iter().filter(|query| query.category == name).count() >= 5, "{name}");
    }
}
