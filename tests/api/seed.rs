//! Fills the ledger by plain SQL, for tests that need certain rows and not the way they came there. Builders write
//! nothing until `insert`.

use crate::harness::TestApp;
use diesel::connection::SimpleConnection;
use ocop_market::catalogue;
use ocop_market::certification::model::{CertificationId, DecisionId, Ledger};
use ocop_market::db::{Day, Failure};
use ocop_market::organisations::OrganisationId;
use ocop_market::products::{ProductCode, ProductId};
use ocop_market::vietnamese::name_key;
use std::fmt::Write;

pub fn day(text: &str) -> Day {
    Day::parse(text).expect("a day")
}

/// The five codes of a place: province, commune, former province, former district, former commune.
pub type Codes = [Option<&'static str>; 5];

/// A commune of former Thái Bình whose code is re-used by the one it went into.
pub const VU_THU: Codes = [Some("33"), Some("13192"), Some("34"), Some("344"), Some("13192")];

#[derive(Clone, Copy)]
pub struct Maker {
    pub id: OrganisationId,
}

#[derive(Clone)]
pub struct Product {
    pub id: ProductId,
    pub code: ProductCode,
}

/// Rows to be written together.
pub struct Seed<'a> {
    app: &'a TestApp,
    sql: String,
    decisions: usize,
    products: Vec<ProductId>,
}

fn text(value: Option<&str>) -> String {
    value.map_or("NULL".to_owned(), |text| format!("'{}'", text.replace('\'', "''")))
}

fn number(value: Option<i64>) -> String {
    value.map_or("NULL".to_owned(), |number| number.to_string())
}

fn codes(codes: Codes) -> String {
    codes.map(text).join(", ")
}

/// One certification of a product; what is not said is the commonest.
#[derive(Clone)]
pub struct Certified {
    pub on: &'static str,
    pub stars: i64,
    pub group: Option<&'static str>,
    pub set: Option<i64>,
    pub taxonomy: &'static str,
    pub score: Option<i64>,
    pub extended_until: Option<&'static str>,
    pub revoked_on: Option<&'static str>,
}

impl Default for Certified {
    fn default() -> Self {
        Self {
            on: "2025-06-01",
            stars: 4,
            group: Some("food"),
            set: Some(6),
            taxonomy: "2026",
            score: Some(8350),
            extended_until: None,
            revoked_on: None,
        }
    }
}

impl<'a> Seed<'a> {
    pub fn new(app: &'a TestApp) -> Self {
        Self { app, sql: String::new(), decisions: 0, products: Vec::new() }
    }

    /// A co-operative with a public name.
    pub fn maker(&mut self, name: &str) -> Maker {
        self.maker_of("cooperative", Some(name), VU_THU)
    }

    pub fn maker_of(&mut self, entity_type: &str, public_name: Option<&str>, place: Codes) -> Maker {
        let id: OrganisationId = self.app.state.world.id();
        let (name, key) = (text(public_name), name_key(public_name.unwrap_or("? riêng tư")));
        let place = codes(place);
        let _ = writeln!(
            self.sql,
            "INSERT INTO organisations (id, kind, entity_type, legal_name, public_name, name_key, province, \
             commune, former_province, former_district, former_commune, created_at, updated_at) VALUES ('{id}', 'producer', '{entity_type}', 'Ví Dụ Không Công Khai', {name}, \
             {}, {place}, 1, 1);",
            text(Some(&key))
        );
        Maker { id }
    }

    /// A product without any certification.
    pub fn product(&mut self, maker: Maker, name: &str, place: Codes) -> Product {
        let (id, code) = (self.app.state.world.id(), ProductCode::random(&self.app.state.world));
        let product = Product { id, code };
        self.products.push(id);
        let _ = writeln!(
            self.sql,
            "INSERT INTO products VALUES ('{id}', '{}', {}, {}, '{}', NULL, {}, 1, 1);",
            maker.id,
            text(Some(name)),
            text(Some(&name_key(name))),
            code.as_str(),
            codes(place)
        );
        product
    }

    /// The usual product: certified, in Vũ Thư.
    pub fn certified(&mut self, maker: Maker, name: &str, certified: &Certified) -> Product {
        let product = self.product(maker, name, VU_THU);
        self.certify(&product, certified, None);
        product
    }

    /// A certification; `superseded_on` if a later one of the product is to follow.
    pub fn certify(
        &mut self,
        product: &Product,
        c: &Certified,
        superseded_on: Option<&str>,
    ) -> CertificationId {
        let world = &self.app.state.world;
        let (id, decision): (CertificationId, DecisionId) = (world.id(), world.id());
        self.decisions += 1;
        let (serial, on, stars) = (self.decisions + 300, c.on, c.stars);
        let ledger = Ledger {
            extended_until: c.extended_until.map(day),
            revoked_on: c.revoked_on.map(day),
            superseded_on: superseded_on.map(day),
            ..Ledger::new(day(on))
        };
        let shown = ledger.shown_until().map(|day| day.to_string());
        let sql = &mut self.sql;
        let _ = writeln!(
            sql,
            "INSERT INTO decisions VALUES ('{decision}', 'UBND tỉnh Hưng Yên', 'k', '{serial}/QĐ-UBND', '{on}', 1);
             INSERT INTO certifications VALUES ('{id}', '{}', '{decision}', '{on}', {stars}, {}, '{}', '{}', {}, {}, \
             '{}', {}, NULL, 1, 1);",
            product.id,
            number(c.score),
            c.taxonomy,
            c.taxonomy,
            text(c.group),
            number(c.set),
            ledger.valid_until,
            text(shown.as_deref()),
        );
        let mut event = |kind: &str, on: &str, until: Option<&str>, ground: Option<&str>| {
            let event: CertificationId = world.id();
            let _ = writeln!(
                sql,
                "INSERT INTO certification_events VALUES ('{event}', '{id}', '{kind}', '{on}', {}, {}, '{decision}', 1, NULL);",
                text(until),
                text(ground),
            );
        };
        if let Some(until) = c.extended_until {
            event("extended", ledger.valid_until.as_str(), Some(until), None);
        }
        if let Some(on) = c.revoked_on {
            event("revoked", on, None, Some("mark_misuse"));
        }
        id
    }

    /// A source claims a recognition that nobody has seen.
    pub fn claim(&mut self, product: &Product) {
        let id: CertificationId = self.app.state.world.id();
        let _ = writeln!(
            self.sql,
            "INSERT INTO certification_claims VALUES ('{id}', '{}', 4, NULL, '', '', '', NULL, 'https://example.vn', 1, 1);",
            product.id
        );
    }

    pub async fn insert(self) {
        let (sql, world, products) = (self.sql, self.app.state.world.clone(), self.products);
        let written = self.app.state.db.write(move |conn| {
            conn.batch_execute(&sql)?;
            catalogue::announce(conn, &world, &products).map_err(Failure::from)
        });
        let seq = written.await.expect("the seed is written");
        self.app.settle(seq).await;
    }
}
