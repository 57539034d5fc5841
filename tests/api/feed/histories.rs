//! Thousands of random lives of products (published, edited, withdrawn, restored, revoked, upgraded, succeeded, run out)
//! against a retailer's copy that stops, resumes and starts anew at random. A simple model says what must be in it, SQL
//! says it byte for byte, and the digest proves it.

use super::copy::{Copy, Told};
use crate::harness::{Actor, Engine, TestApp};
use diesel::connection::SimpleConnection;
use libtest_mimic::Trial;
use ocop_market::catalogue::{self, Seq};
use ocop_market::certification::lifecycle::{NewRevocation, StatedDecision};
use ocop_market::certification::model::{
    CertificationId, Decision, DecisionNumber, Ground, Issuer, Recognition, Stars, Subject,
};
use ocop_market::certification::{By, Clerk, LedgerError};
use ocop_market::db::{Conn, Day, Failure};
use ocop_market::organisations::OrganisationName;
use ocop_market::products::{ProductId, ProductName};
use ocop_market::reference::Place;
use serde_json::Value;
use std::collections::BTreeMap;

/// Lives in all: so many trials of so many rounds of so many products.
const TRIALS: usize = 4;
const ROUNDS: usize = 25;
const PRODUCTS: usize = 20;

pub fn trials() -> Vec<Trial> {
    let trial = |engine: Engine, number: usize, rounds: usize| {
        let skipped = !engine.is_there();
        let name = format!("{engine}::feed::histories_{number}_end_in_equal_copies");
        let run = move || {
            if skipped {
                return Err("no PostgreSQL on this machine, and OCOP_TEST_REQUIRE_POSTGRES is set".into());
            }
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let mut story = Story::new(engine, number);
                story.run(rounds).await;
            });
            Ok(())
        };
        let ignored = skipped && std::env::var_os("OCOP_TEST_REQUIRE_POSTGRES").is_none();
        Trial::test(name, run).with_ignored_flag(ignored)
    };
    let mut all: Vec<Trial> = (1..=TRIALS).map(|n| trial(Engine::Sqlite, n, ROUNDS)).collect();
    all.push(trial(Engine::Postgres, TRIALS + 1, ROUNDS / 5));
    all
}

/// A product as the model knows it.
struct Life {
    id: ProductId,
    certification: CertificationId,
    stars: i64,
    decided_on: Day,
    until: Day,
    revoked: bool,
    withdrawn: bool,
    succeeded: bool,
    price: Option<i64>,
    /// VietGAP until this day.
    certificate: Option<Day>,
}

impl Life {
    fn is_shown(&self, today: Day) -> bool {
        !self.revoked && !self.withdrawn && !self.succeeded && today <= self.until
    }
}

struct Story {
    app: TestApp,
    random: u64,
    serial: u32,
    lives: Vec<Life>,
    copy: Copy,
    /// The last change that was written.
    written: Seq,
    seen: Seen,
}

/// What happened, so that a test that tests nothing shows.
#[derive(Default)]
struct Seen {
    reasons: BTreeMap<String, usize>,
    resyncs: usize,
    stops: usize,
    proofs: usize,
}

impl Story {
    fn new(engine: Engine, number: usize) -> Self {
        let app = TestApp::start(engine, &[]);
        let random = 0x9E37_79B9_7F4A_7C15 ^ (number as u64) << 17;
        Self {
            app,
            random,
            serial: 0,
            lives: Vec::new(),
            copy: Copy::default(),
            written: Seq::default(),
            seen: Seen::default(),
        }
    }

    fn draw(&mut self, below: usize) -> usize {
        // xorshift64*: repeatable, and good enough to mix.
        self.random ^= self.random >> 12;
        self.random ^= self.random << 25;
        self.random ^= self.random >> 27;
        (self.random.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % below
    }

    fn today(&self) -> Day {
        self.app.state.world.today()
    }

    async fn run(&mut self, rounds: usize) {
        for round in 0..rounds {
            let first = self.lives.len();
            for _ in 0..PRODUCTS {
                self.publish().await;
            }
            for _ in 0..PRODUCTS * 5 {
                // Mostly those of this round; now and then an old one.
                let whose =
                    if self.draw(8) == 0 { self.draw(self.lives.len()) } else { first + self.draw(PRODUCTS) };
                self.change(whose).await;
                if self.draw(6) == 0 {
                    self.read().await;
                }
            }
            self.prove(&format!("round {round}")).await;
        }
        self.find_what_was_spoilt().await;
        let Seen { reasons, resyncs, stops, proofs } = &self.seen;
        for reason in ["upsert", "expired", "revoked", "withdrawn", "superseded", "merged_into", "overtaken"]
        {
            assert!(reasons.contains_key(reason), "{reason} never happened: {reasons:?}");
        }
        assert!(*resyncs > 0 && *stops > 0 && *proofs > rounds, "the copy stops and starts anew");
    }

    async fn change(&mut self, whose: usize) {
        match self.draw(20) {
            0..=3 => self.upgrade(whose).await,
            4..=8 => self.edit(whose).await,
            9..=10 => self.certify_quality(whose).await,
            11..=13 => self.withdraw_or_restore(whose).await,
            14 => self.revoke(whose).await,
            15 => self.succeed(whose).await,
            16..=18 => {
                let days = 1 + self.draw(40) as i64;
                self.app.clock.advance_seconds(days * 86_400);
            }
            _ => {
                let days = 200 + self.draw(300) as i64;
                self.app.clock.advance_seconds(days * 86_400);
            }
        }
    }

    /// Follows at random: all, a little of it, or from the beginning.
    async fn read(&mut self) {
        let by = self.app.anonymous();
        match self.draw(10) {
            0 => {
                self.seen.resyncs += 1;
                self.copy = Copy::load(&by).await;
            }
            1 => {
                // Lost, and the log is still there from its first number.
                self.copy = Copy::default();
                self.follow(&by).await;
            }
            2..=5 => {
                self.seen.stops += 1;
                let limit = 1 + self.draw(7);
                let mut told = Told::new();
                self.copy.step(&by, limit, &mut told).await;
                self.note(told);
            }
            _ => self.follow(&by).await,
        }
    }

    async fn follow(&mut self, by: &Actor) {
        let told = self.copy.follow(by).await;
        self.note(told);
    }

    fn note(&mut self, told: Told) {
        for (_, what, _) in told {
            *self.seen.reasons.entry(what).or_default() += 1;
        }
    }

    /// The copy is what the model, SQL, the digest and the details say.
    async fn prove(&mut self, when: &str) {
        let by = self.app.anonymous();
        self.app.settle(self.written).await;
        self.follow(&by).await;
        self.seen.proofs += 2;
        self.copy.assert_proved(&by).await;
        let today = self.today();
        let expected: BTreeMap<String, &Life> = self
            .lives
            .iter()
            .filter(|life| life.is_shown(today))
            .map(|life| (life.id.to_string(), life))
            .collect();
        assert_eq!(
            self.copy.documents.keys().collect::<Vec<_>>(),
            expected.keys().collect::<Vec<_>>(),
            "{when}, {today}"
        );
        for (id, life) in &expected {
            let document: Value = serde_json::from_str(&self.copy.documents[id]).expect("JSON");
            let held = life.certificate.is_some_and(|until| today <= until);
            assert_eq!(document["stars"], life.stars, "{when}");
            assert_eq!(document["price_from"].as_i64(), life.price, "{when}");
            assert_eq!(document["certificates"].as_array().map(Vec::len), Some(usize::from(held)), "{when}");
        }
        let reference = self.app.state.reference.clone();
        let of_sql =
            self.app.state.db.read(move |conn| catalogue::of_sql(conn, &reference).map_err(Failure::from));
        let (head, snapshot) = of_sql.await.expect("SQL answers");
        assert_eq!((head.seq.number(), head.day), (self.copy.seq, today));
        for (_, bucket) in snapshot.buckets() {
            for (id, document) in bucket.entries() {
                let copied = self.copy.documents[id.as_str()].as_bytes();
                assert!(copied == document.bytes(), "{when}: {id} differs from SQL");
            }
        }
        assert_eq!(snapshot.products(), self.copy.documents.len());
        let some = self.copy.documents.iter().nth(self.random as usize % self.copy.documents.len().max(1));
        if let Some((id, document)) = some {
            assert_eq!(&by.get(&format!("/v1/products/{id}")).await.text, document, "{when}");
        }
    }

    /// The digest finds documents that were changed, dropped or made up in the copy.
    async fn find_what_was_spoilt(&mut self) {
        let by = self.app.anonymous();
        self.publish().await;
        self.publish().await;
        self.app.settle(self.written).await;
        self.follow(&by).await;
        assert!(self.copy.differences(&by).await.is_empty());
        let mut spoilt = self.copy.clone();
        let ids: Vec<String> = spoilt.documents.keys().rev().take(2).cloned().collect();
        spoilt.documents.get_mut(&ids[0]).expect("there").push(' ');
        spoilt.documents.remove(&ids[1]);
        let made_up = ids[0].replace(|c: char| c.is_ascii_digit(), "a");
        spoilt.documents.insert(made_up.clone(), "{}".to_owned());
        let mut expected = vec![ids[0].clone(), ids[1].clone(), made_up];
        let mut found = spoilt.differences(&by).await;
        expected.sort();
        found.sort();
        assert_eq!(found, expected);
    }

    // ── what happens to products ────────────────────────────────────────────────────────────────────────────

    /// A decision of today on the product of a life, by the producer it has.
    async fn record(&mut self, whose: usize, stars: i64) -> (ProductId, CertificationId) {
        self.serial += 1;
        let producer = format!("HTX {}", whose % 5);
        let recognition = Recognition {
            subject: Subject {
                product_name: ProductName::parse(&format!("Sản phẩm {whose}")).expect("a name"),
                gtin: None,
                producer_name: Some(OrganisationName::parse(&producer).expect("a name")),
                entity_type: None,
                place: Place { province: Some("33".to_owned()), ..Place::default() },
            },
            decision: Decision {
                issuer: Issuer::parse("UBND tỉnh Hưng Yên").expect("an issuer"),
                number: DecisionNumber::illustration(self.serial, "UBND"),
                decided_on: self.today(),
            },
            stars: Stars::new(stars).expect("stars"),
            score: None,
            criteria_version: None,
            group_code: None,
            set_no: None,
            valid_until: None,
            source_url: None,
        };
        let entered = self.enter(move |clerk, conn| clerk.record(conn, &recognition)).await;
        (entered.product, entered.certification.id)
    }

    /// Makes an entry in the ledger.
    async fn enter<T: Send + 'static>(
        &mut self,
        entry: impl FnOnce(&mut Clerk, &mut Conn) -> Result<T, LedgerError> + Send + 'static,
    ) -> T {
        let (world, reference) = (self.app.state.world.clone(), self.app.state.reference.clone());
        let written = self
            .app
            .state
            .db
            .write(move |conn| Clerk::at_work(conn, &world, &reference, &By::operator(), entry));
        let (entered, seq) = written.await.expect("the ledger takes it");
        self.written = seq;
        self.app.state.catalogue.wake();
        entered
    }

    async fn publish(&mut self) {
        let stars = 3 + self.draw(3) as i64;
        let (id, certification) = self.record(self.lives.len(), stars).await;
        let decided_on = self.today();
        self.lives.push(Life {
            id,
            certification,
            stars,
            decided_on,
            until: decided_on.plus_months(36),
            revoked: false,
            withdrawn: false,
            succeeded: false,
            price: None,
            certificate: None,
        });
    }

    async fn upgrade(&mut self, whose: usize) {
        let (today, stars) = (self.today(), 3 + self.draw(3) as i64);
        if self.lives[whose].decided_on == today {
            return;
        }
        let (id, certification) = self.record(whose, stars).await;
        let life = &mut self.lives[whose];
        assert_eq!(id, life.id, "the same product");
        (life.certification, life.stars) = (certification, stars);
        (life.decided_on, life.until, life.revoked) = (today, today.plus_months(36), false);
    }

    async fn revoke(&mut self, whose: usize) {
        let (today, life) = (self.today(), &self.lives[whose]);
        if life.revoked {
            return;
        }
        self.serial += 1;
        let revocation = NewRevocation {
            ground: Ground::CriteriaNotMet,
            decision: StatedDecision {
                issuer: Some(Issuer::parse("UBND tỉnh Hưng Yên").expect("an issuer")),
                number: DecisionNumber::illustration(self.serial, "UBND"),
                decided_on: today,
            },
            effective_on: None,
        };
        let id = life.certification;
        self.enter(move |clerk, conn| clerk.revoke(conn, id, &revocation)).await;
        self.lives[whose].revoked = true;
    }

    /// Writes rows past the use cases, and announces them as those do.
    async fn write(&mut self, whose: usize, sql: String) {
        let (world, id) = (self.app.state.world.clone(), self.lives[whose].id);
        let written = self.app.state.db.write(move |conn| -> Result<Seq, Failure> {
            conn.batch_execute(&sql)?;
            Ok(catalogue::announce(conn, &world, &[id])?)
        });
        self.written = written.await.expect("written");
        self.app.state.catalogue.wake();
    }

    async fn edit(&mut self, whose: usize) {
        let (id, price, season) = (self.lives[whose].id, 1_000 + self.draw(900_000) as i64, self.draw(4096));
        let sql = format!(
            "INSERT INTO listings (product_id, status, price_from, price_unit, season, created_at, updated_at) VALUES ('{id}', 'published', {price}, 'XBX', {season}, 1, 1) \
             ON CONFLICT (product_id) DO UPDATE SET price_from = {price}, price_unit = 'XBX', season = {season};"
        );
        self.write(whose, sql).await;
        self.lives[whose].price = Some(price);
    }

    async fn withdraw_or_restore(&mut self, whose: usize) {
        let (id, withdrawn) = (self.lives[whose].id, !self.lives[whose].withdrawn);
        let status = if withdrawn { "withdrawn" } else { "published" };
        let sql = format!(
            "INSERT INTO listings (product_id, status, price_from, price_unit, season, created_at, updated_at) VALUES ('{id}', '{status}', NULL, NULL, 0, 1, 1) \
             ON CONFLICT (product_id) DO UPDATE SET status = '{status}';"
        );
        self.write(whose, sql).await;
        self.lives[whose].withdrawn = withdrawn;
    }

    async fn certify_quality(&mut self, whose: usize) {
        if self.lives[whose].certificate.is_some() {
            return;
        }
        let until = self.today().plus_days(self.draw(500) as i64);
        let (id, document) = (self.lives[whose].id, self.app.state.world.id::<ProductId>());
        let sql = format!(
            "INSERT INTO listing_documents (id, product_id, kind, number, issuer, valid_until, recorded_at, recorded_by) VALUES ('{document}', '{id}', 'vietgap', 'VG {document}', 'Tổ chức Ví Dụ', \
             '{until}', 1, NULL);"
        );
        self.write(whose, sql).await;
        self.lives[whose].certificate = Some(until);
    }

    async fn succeed(&mut self, whose: usize) {
        let successor = (whose + 1) % self.lives.len();
        if self.lives[whose].succeeded || self.lives[successor].succeeded {
            return;
        }
        let kind = ["merged_into", "superseded"][self.draw(2)];
        let (id, successor) = (self.lives[whose].id, self.lives[successor].id);
        self.write(
            whose,
            format!("INSERT INTO product_successions VALUES ('{id}', '{successor}', '{kind}', 1, NULL);"),
        )
        .await;
        self.lives[whose].succeeded = true;
    }
}
