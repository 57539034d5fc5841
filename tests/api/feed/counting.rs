//! Totals and facets of random filters, counted once more over the rows that SQL holds.

use crate::cases;
use crate::harness::{Case, TestApp};
use crate::seed::{Certified, Codes, Seed};
use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel::{QueryableByName, RunQueryDsl};
use ocop_market::catalogue;
use ocop_market::db::{Conn, Failure};
use ocop_market::products::ProductId;
use reqwest::StatusCode;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write;

pub fn cases() -> Vec<Case> {
    cases![totals_and_facets_equal_a_count_over_sql]
}

/// A product as SQL has it: all that filters look at.
#[derive(QueryableByName, Debug)]
struct Row {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = BigInt)]
    stars: i64,
    #[diesel(sql_type = Nullable<Text>)]
    group_code: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    set_no: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    province: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    district: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    price: Option<i64>,
    #[diesel(sql_type = BigInt)]
    season: i64,
    #[diesel(sql_type = Text)]
    certificates: String,
    #[diesel(sql_type = BigInt)]
    has_gtin: i64,
}

const ROWS: &str = "
    SELECT p.id, p.name, c.stars, c.group_code, c.set_no, p.province, p.former_district AS district,
           l.price_from AS price, COALESCE(l.season, 0) AS season,
           COALESCE(d.kinds, '') AS certificates,
           CAST(CASE WHEN p.gtin IS NULL THEN 0 ELSE 1 END AS BIGINT) AS has_gtin
    FROM products p
    JOIN certifications c ON c.product_id = p.id AND c.decided_on <= 'TODAY' AND c.shown_until >= 'TODAY'
    LEFT JOIN listings l ON l.product_id = p.id
    LEFT JOIN (SELECT product_id, AGGREGATE AS kinds FROM listing_documents
               WHERE valid_until IS NULL OR valid_until >= 'TODAY' GROUP BY product_id) d ON d.product_id = p.id
    WHERE COALESCE(l.status, 'published') = 'published'
      AND NOT EXISTS (SELECT 1 FROM product_successions s WHERE s.product_id = p.id)";

fn rows(conn: &mut Conn) -> Result<Vec<Row>, Failure> {
    let (aggregate, today) = match conn {
        Conn::Pg(_) => ("string_agg(kind, ' ')", "2026-11-23"),
        Conn::Sqlite(_) => ("group_concat(kind, ' ')", "2026-11-23"),
    };
    let sql = ROWS.replace("AGGREGATE", aggregate).replace("TODAY", today);
    Ok(diesel::sql_query(sql).load(conn)?)
}

const NAMES: [&str; 6] = ["Bánh cáy", "Nước mắm", "Chè sen", "Mật ong", "Lụa tơ tằm", "Gạo nếp"];
const GROUPS: [Option<&str>; 4] = [Some("food"), Some("drinks"), Some("tourism"), None];
const PLACES: [Codes; 4] = [
    [Some("33"), Some("13192"), Some("34"), Some("344"), Some("13192")],
    [Some("01"), None, Some("01"), None, None],
    [Some("48"), None, None, None, None],
    [None, None, None, None, None],
];
const KINDS: [&str; 4] = ["vietgap", "haccp", "organic", "food_safety"];
const BANDS: [(&str, i64, i64); 6] = [
    ("under_50k", 0, 50_000),
    ("50k_100k", 50_000, 100_000),
    ("100k_200k", 100_000, 200_000),
    ("200k_500k", 200_000, 500_000),
    ("500k_1m", 500_000, 1_000_000),
    ("from_1m", 1_000_000, i64::MAX),
];

/// SplitMix64.
struct Random(u64);

impl Random {
    fn draw(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 33) as usize % below
    }

    /// Some of the values, perhaps none, each once.
    fn some<T: Copy>(&mut self, of: &[T]) -> Vec<T> {
        match self.draw(3) {
            0 => of.iter().copied().filter(|_| self.draw(2) == 0).collect(),
            _ => Vec::new(),
        }
    }
}

/// A filter as the query string has it.
#[derive(Debug, Default)]
struct Wanted {
    q: Option<&'static str>,
    stars: Vec<i64>,
    groups: Vec<&'static str>,
    sets: Vec<i64>,
    provinces: Vec<&'static str>,
    district: Option<&'static str>,
    bands: Vec<usize>,
    least: Option<i64>,
    most: Option<i64>,
    kinds: Vec<&'static str>,
    months: Vec<i64>,
    gtin: Option<bool>,
}

impl Wanted {
    fn random(random: &mut Random) -> Self {
        Self {
            q: [None, None, Some("banh cay"), Some("sen"), Some("o")][random.draw(5)],
            stars: random.some(&[3, 4, 5]),
            groups: random.some(&["food", "drinks", "tourism"]),
            sets: match random.draw(8) {
                0 => vec![6],
                _ => Vec::new(),
            },
            provinces: random.some(&["33", "01", "48", "79"]),
            district: (random.draw(8) == 0).then_some("344"),
            bands: random.some(&[0, 1, 2, 3, 4, 5]),
            least: (random.draw(6) == 0).then(|| random.draw(300_000) as i64),
            most: (random.draw(6) == 0).then(|| 300_000 + random.draw(900_000) as i64),
            kinds: random.some(&KINDS),
            months: random.some(&[1, 2, 7, 12]),
            gtin: [None, None, Some(true), Some(false)][random.draw(4)],
        }
    }

    fn url(&self) -> String {
        let mut url = "/v1/products?limit=1&facets=stars,group,province,price,certificates,season".to_owned();
        let join = |values: Vec<String>| values.join(",");
        let mut many = |name: &str, values: Vec<String>| {
            if !values.is_empty() {
                let _ = write!(url, "&{name}={}", join(values));
            }
        };
        let texts = |values: &[&str]| values.iter().map(|v| (*v).to_owned()).collect::<Vec<_>>();
        many("q", self.q.map(|q| q.replace(' ', "+")).into_iter().collect());
        many("stars", self.stars.iter().map(ToString::to_string).collect());
        many("group", texts(&self.groups));
        many("set", self.sets.iter().map(ToString::to_string).collect());
        many("province", texts(&self.provinces));
        many("unit", self.district.map(|code| format!("{code}@2025-01-01")).into_iter().collect());
        many("price", self.bands.iter().map(|band| BANDS[*band].0.to_owned()).collect());
        many("price_min", self.least.map(|price| price.to_string()).into_iter().collect());
        many("price_max", self.most.map(|price| price.to_string()).into_iter().collect());
        many("certificates", texts(&self.kinds));
        many("season", self.months.iter().map(ToString::to_string).collect());
        many("has_gtin", self.gtin.map(|gtin| gtin.to_string()).into_iter().collect());
        url
    }

    /// Does a row pass, one facet's own filter left aside?
    fn passes(&self, row: &Row, aside: &str) -> bool {
        let any = |facet: &str, none: bool, fits: bool| facet == aside || none || fits;
        let words = ocop_market::vietnamese::fold(&row.name);
        let q = self.q.is_none_or(|q| q.split(' ').all(|word| words.split(' ').any(|its| its == word)));
        q && any("stars", self.stars.is_empty(), self.stars.contains(&row.stars))
            && any(
                "group",
                self.groups.is_empty(),
                row.group_code.as_deref().is_some_and(|g| self.groups.contains(&g)),
            )
            && (self.sets.is_empty() || row.set_no.is_some_and(|set| self.sets.contains(&set)))
            && any(
                "province",
                self.provinces.is_empty(),
                row.province.as_deref().is_some_and(|code| self.provinces.contains(&code)),
            )
            && self.district.is_none_or(|code| row.district.as_deref() == Some(code))
            && any("price", self.bands.is_empty(), self.bands.iter().any(|band| is_in(row.price, *band)))
            && self.least.is_none_or(|least| row.price.is_some_and(|price| price >= least))
            && self.most.is_none_or(|most| row.price.is_some_and(|price| price <= most))
            && any("certificates", self.kinds.is_empty(), self.kinds.iter().any(|kind| row.holds(kind)))
            && any("season", self.months.is_empty(), self.months.iter().any(|month| row.is_had_in(*month)))
            && self.gtin.is_none_or(|gtin| gtin == (row.has_gtin == 1))
    }
}

fn is_in(price: Option<i64>, band: usize) -> bool {
    price.is_some_and(|price| (BANDS[band].1..BANDS[band].2).contains(&price))
}

impl Row {
    fn holds(&self, kind: &str) -> bool {
        self.certificates.split(' ').any(|held| held == kind)
    }

    fn is_had_in(&self, month: i64) -> bool {
        self.season >> (month - 1) & 1 == 1
    }

    /// Its values of a facet.
    fn values(&self, facet: &str) -> Vec<String> {
        match facet {
            "stars" => vec![self.stars.to_string()],
            "group" => self.group_code.iter().cloned().collect(),
            "province" => self.province.iter().cloned().collect(),
            "price" => (0..BANDS.len())
                .filter(|band| is_in(self.price, *band))
                .map(|band| BANDS[band].0.to_owned())
                .collect(),
            "certificates" => {
                let mut kinds: Vec<_> = self.certificates.split_whitespace().map(str::to_owned).collect();
                kinds.sort();
                kinds.dedup();
                kinds
            }
            _ => (1..=12).filter(|month| self.is_had_in(*month)).map(|month| month.to_string()).collect(),
        }
    }
}

/// Products of every kind, some of them withdrawn, succeeded, lapsed, or with papers that have.
async fn stock(app: &TestApp, random: &mut Random) {
    let mut seed = Seed::new(app);
    let maker = seed.maker("HTX Ví Dụ");
    let mut ids: Vec<ProductId> = Vec::new();
    for n in 0..400 {
        let name = format!("{} số {n}", NAMES[random.draw(NAMES.len())]);
        let product = seed.product(maker, &name, PLACES[random.draw(PLACES.len())]);
        let on = if random.draw(10) == 0 { "2021-01-01" } else { "2025-06-01" };
        let (stars, group) = (3 + random.draw(3) as i64, GROUPS[random.draw(GROUPS.len())]);
        let set = (group == Some("food") && random.draw(2) == 0).then_some(6);
        seed.certify(&product, &Certified { on, stars, group, set, ..Certified::default() }, None);
        ids.push(product.id);
    }
    seed.insert().await;
    let mut sql = String::new();
    for (n, id) in ids.iter().enumerate() {
        if random.draw(3) > 0 {
            let status = if random.draw(12) == 0 { "withdrawn" } else { "published" };
            let price = match random.draw(4) {
                0 => "NULL, NULL".to_owned(),
                _ => format!("{}, 'KGM'", 1 + random.draw(1_500_000)),
            };
            let _ = write!(
                sql,
                "INSERT INTO listings (product_id, status, price_from, price_unit, season, created_at, updated_at) VALUES ('{id}', '{status}', {price}, {}, 1, 1);",
                random.draw(4096)
            );
        }
        for kind in KINDS {
            if random.draw(4) > 0 {
                continue;
            }
            let until = ["NULL", "'2026-11-23'", "'2026-11-22'", "'2030-01-01'"][random.draw(4)];
            let document = app.state.world.id::<ProductId>();
            let _ = write!(
                sql,
                "INSERT INTO listing_documents (id, product_id, kind, number, issuer, valid_until, recorded_at, recorded_by) VALUES ('{document}', '{id}', '{kind}', '{n}', 'Ví Dụ', {until}, 1, NULL);"
            );
        }
        if random.draw(15) == 0 && n > 0 {
            let _ = write!(
                sql,
                "INSERT INTO product_successions VALUES ('{id}', '{}', 'merged_into', 1, NULL);",
                ids[n - 1]
            );
        }
        if random.draw(3) == 0 {
            let _ = write!(sql, "UPDATE products SET gtin = '4006381333931' WHERE id = '{id}';");
        }
    }
    let world = app.state.world.clone();
    let written = app.state.db.write(move |conn| {
        conn.batch_execute(&sql)?;
        catalogue::announce(conn, &world, &ids).map_err(Failure::from)
    });
    app.settle(written.await.expect("written")).await;
}

async fn totals_and_facets_equal_a_count_over_sql(app: TestApp) {
    let mut random = Random(20_261_123);
    stock(&app, &mut random).await;
    let rows = app.state.db.read(rows).await.expect("SQL answers");
    assert!((200..400).contains(&rows.len()), "{} of 400 are shown", rows.len());
    let by = app.anonymous();
    let mut nonempty = 0;
    for _ in 0..250 {
        let wanted = Wanted::random(&mut random);
        let page = by.get(&wanted.url()).await.expect(StatusCode::OK);
        let expected = rows.iter().filter(|row| wanted.passes(row, "")).count();
        // Words that few products have are read more generously, which is not this test's matter.
        if page["matched"].as_str().is_some_and(|matched| matched != "words") {
            continue;
        }
        assert_eq!(page["total"], expected, "{wanted:?}");
        nonempty += usize::from(expected > 0);
        for facet in ["stars", "group", "province", "price", "certificates", "season"] {
            let mut counts: BTreeMap<String, usize> = BTreeMap::new();
            for row in rows.iter().filter(|row| wanted.passes(row, facet)) {
                for value in row.values(facet) {
                    *counts.entry(value).or_default() += 1;
                }
            }
            let told = page["facets"][facet].as_array().expect("a facet");
            let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let told: BTreeMap<String, usize> = told
                .iter()
                .map(|count| (text(&count["value"]), count["count"].as_u64().expect("a number") as usize))
                .collect();
            assert_eq!(told, counts, "{facet} of {wanted:?}");
        }
    }
    assert!(nonempty > 60, "{nonempty} filters found something");
    let all: Vec<String> =
        by.all("/v1/products?limit=100&sort=price").await.iter().map(|item| item["id"].to_string()).collect();
    let mut found: Vec<String> = all.iter().map(|id| id.trim_matches('"').to_owned()).collect();
    found.sort();
    let mut expected: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
    expected.sort();
    assert_eq!(found, expected);
}
