//! What was acknowledged is there, once: many clients send enquiries and repeat them while the service is killed
//! (`kill -9`) again and again and comes back on the same port. [`storm`] does the same with everything that is written about
//! leads, and is killed far more often.
//!
//! `OCOP_TEST_ENQUIRIES` sets how many (19,000 unless told).

mod acts;
mod invariants;
mod kinds;
mod storm;

use crate::harness::Engine;
use crate::harness::engine::TestDatabase;
use crate::leads::stock::Stock;
use diesel::QueryableByName;
use diesel::RunQueryDsl;
use diesel::sql_types::{BigInt, Text};
use libtest_mimic::Trial;
use ocop_market::db::{self, Conn, Options};
use ocop_market::world::World;
use reqwest::StatusCode;
use serde_json::Value;
use std::collections::HashMap;
use std::net::{SocketAddr, TcpListener};
use std::pin::Pin;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const CLIENTS: usize = 64;
const KILLS: usize = 6;

pub fn trials() -> Vec<Trial> {
    let trial = |engine: Engine, name: &str, run: fn(Engine) -> Run| {
        let skipped = !engine.is_there();
        Trial::test(format!("{engine}::leads_durability::{name}"), move || {
            if skipped {
                return Err("no PostgreSQL on this machine, and OCOP_TEST_REQUIRE_POSTGRES is set".into());
            }
            tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run(engine));
            Ok(())
        })
        .with_ignored_flag(skipped && std::env::var_os("OCOP_TEST_REQUIRE_POSTGRES").is_none())
    };
    let both = |engine| {
        [
            trial(engine, "no_acknowledged_enquiry_is_lost_or_doubled", |engine| Box::pin(run(engine))),
            trial(engine, "whatever_is_killed_nothing_is_lost_doubled_or_half", |engine| {
                Box::pin(storm::run(engine))
            }),
        ]
    };
    [Engine::Sqlite, Engine::Postgres].into_iter().flat_map(both).collect()
}

type Run = Pin<Box<dyn Future<Output = ()>>>;

/// The service as a process of its own, on a port that stays.
struct Service {
    database: TestDatabase,
    listen: SocketAddr,
    process: Child,
}

impl Service {
    fn start(database: TestDatabase) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let listen = free.local_addr().expect("bound");
        drop(free);
        let process = Self::spawn(&database, listen);
        Self { database, listen, process }
    }

    fn spawn(database: &TestDatabase, listen: SocketAddr) -> Child {
        Command::new(env!("CARGO_BIN_EXE_ocop-market"))
            .arg("serve")
            .arg(format!("--database-url={}", database.url))
            .arg(format!("--data-dir={}", database.dir.path().display()))
            .arg(format!("--listen={listen}"))
            .args([
                "--requests-per-minute=0",
                "--account-requests-per-minute=0",
                "--leads-per-minute=0",
                "--leads-per-day=0",
            ])
            .args(["--leads-per-day-registered=0", "--sign-ins-per-minute=0"])
            .args(["--workers=2", "--log=error"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("the service starts")
    }

    /// `kill -9`, and a new process in its place.
    fn kill_and_restart(&mut self) {
        self.end();
        self.start_again();
    }

    fn start_again(&mut self) {
        self.process = Self::spawn(&self.database, self.listen);
    }

    fn end(&mut self) {
        self.process.kill().expect("it was running");
        let status = self.process.wait().expect("it has ended");
        assert!(status.code().is_none(), "it ended by itself: {status}");
    }

    fn options(&self) -> Options {
        options(&self.database)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn options(database: &TestDatabase) -> Options {
    Options { url: database.url.clone(), threads: 1, patience: Duration::from_secs(5) }
}

/// What the clients know of each other.
struct Work {
    base: String,
    stock: Stock,
    total: usize,
    next: AtomicUsize,
    acknowledged: AtomicUsize,
    replayed: AtomicUsize,
    retried: AtomicUsize,
    /// Stored before the kill, acknowledged after it: only the key kept them single.
    rescued: AtomicUsize,
    /// Number of the enquiry → its receipt.
    receipts: Mutex<HashMap<usize, String>>,
}

async fn run(engine: Engine) {
    let total = std::env::var("OCOP_TEST_ENQUIRIES").map_or(19_000, |n| n.parse().expect("a number"));
    let database = engine.database();
    let mut conn = db::connect(&options(&database)).expect("the database");
    let stock = Stock::written(&mut conn, &World::real());
    drop(conn);
    let mut service = Service::start(database);
    let work = Arc::new(Work {
        base: format!("http://{}", service.listen),
        stock,
        total,
        next: AtomicUsize::new(0),
        acknowledged: AtomicUsize::new(0),
        replayed: AtomicUsize::new(0),
        retried: AtomicUsize::new(0),
        rescued: AtomicUsize::new(0),
        receipts: Mutex::new(HashMap::new()),
    });
    wait_until_ready(&work.base).await;
    let started = Instant::now();
    let clients: Vec<_> = (0..CLIENTS).map(|_| tokio::spawn(client(work.clone()))).collect();
    let mut down = Duration::ZERO;
    for kill in 1..=KILLS {
        let due = total * kill / (KILLS + 1);
        while work.acknowledged.load(Ordering::SeqCst) < due {
            tokio::time::sleep(Duration::from_millis(2)).await;
            assert!(started.elapsed() < Duration::from_secs(600), "no progress");
        }
        let at = Instant::now();
        service.kill_and_restart();
        wait_until_ready(&work.base).await;
        down += at.elapsed();
        println!(
            "{engine}: {} of {total} acknowledged after {:.1} s; killed ({kill} of {KILLS}), back after {:.2} s",
            work.acknowledged.load(Ordering::SeqCst),
            started.elapsed().as_secs_f64(),
            at.elapsed().as_secs_f64(),
        );
    }
    for client in clients {
        client.await.expect("no client found anything wrong");
    }
    let up = started.elapsed() - down;
    println!(
        "{engine}: {total} acknowledged in {:.1} s, {:.1} s of it up: {:.0} posts a second ({} answers repeated, {} posts sent again after no answer, {} of them had been stored)",
        started.elapsed().as_secs_f64(),
        up.as_secs_f64(),
        (total + work.replayed.load(Ordering::SeqCst)) as f64 / up.as_secs_f64(),
        work.replayed.load(Ordering::SeqCst),
        work.retried.load(Ordering::SeqCst),
        work.rescued.load(Ordering::SeqCst),
    );
    service.end();
    let mut conn = db::connect(&service.options()).expect("the database");
    verify(&mut conn, engine, &work);
}

async fn wait_until_ready(base: &str) {
    let started = Instant::now();
    let ready = async || {
        let answer = reqwest::get(format!("{base}/readyz")).await;
        answer.is_ok_and(|answer| answer.status().is_success())
    };
    while !ready().await {
        assert!(started.elapsed() < Duration::from_secs(60), "the service does not come up");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Sends enquiries until none is left; one in ten it sends again although it was acknowledged.
async fn client(work: Arc<Work>) {
    let http =
        reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(30)).build().expect("a client");
    loop {
        let number = work.next.fetch_add(1, Ordering::SeqCst);
        if number >= work.total {
            return;
        }
        let (receipt, stored_before) = send(&http, &work, number).await;
        work.rescued.fetch_add(usize::from(stored_before), Ordering::SeqCst);
        let known = work.receipts.lock().expect("no client panics").insert(number, receipt.clone());
        assert!(known.is_none());
        work.acknowledged.fetch_add(1, Ordering::SeqCst);
        if number.is_multiple_of(10) {
            let (again, replayed) = send(&http, &work, number).await;
            assert_eq!(again, receipt, "one answer for one key");
            assert!(replayed, "the second answer is a repetition");
            work.replayed.fetch_add(1, Ordering::SeqCst);
        }
    }
}

/// Sends one enquiry until it is acknowledged: the receipt, and whether it is a repetition.
async fn send(http: &reqwest::Client, work: &Work, number: usize) -> (String, bool) {
    // Every third enquiry concerns both producers.
    let wanted = [work.stock.mat, work.stock.cake];
    let mut body = work.stock.enquiry(if number.is_multiple_of(3) { &wanted } else { &wanted[..1] });
    body["message"] = format!("enquiry {number}").into();
    let key = format!("durability-{number:09}");
    loop {
        let request =
            http.post(format!("{}/v1/leads", work.base)).header("Idempotency-Key", &key).json(&body);
        let answer = match request.send().await {
            Ok(response) => {
                let (status, headers) = (response.status(), response.headers().clone());
                response.text().await.ok().map(|text| (status, headers, text))
            }
            Err(_) => None,
        };
        match answer {
            Some((StatusCode::CREATED, headers, text)) => {
                return (text, headers.contains_key("idempotency-replayed"));
            }
            None | Some((StatusCode::SERVICE_UNAVAILABLE | StatusCode::CONFLICT, ..)) => {
                work.retried.fetch_add(1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Some((status, _, text)) => panic!("{status}: {text}"),
        }
    }
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

#[derive(QueryableByName)]
struct Stored {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Text)]
    message: String,
}

fn number(conn: &mut Conn, sql: &str) -> i64 {
    let counted = diesel::sql_query(sql).get_result::<Number>(conn);
    counted.unwrap_or_else(|error| panic!("{sql}: {error}")).n
}

fn verify(conn: &mut Conn, engine: Engine, work: &Work) {
    let receipts = work.receipts.lock().expect("the clients have ended");
    assert_eq!(receipts.len(), work.total, "every enquiry was acknowledged");
    let stored: Vec<Stored> =
        diesel::sql_query("SELECT id, message FROM enquiries").load(conn).expect("the enquiries");
    assert_eq!(stored.len(), work.total, "each is there once");
    let mut by_message: HashMap<String, String> = HashMap::new();
    for enquiry in stored {
        assert_eq!(by_message.insert(enquiry.message, enquiry.id), None, "none is there twice");
    }
    let mut leads = 0;
    for (number, receipt) in receipts.iter() {
        let receipt: Value = serde_json::from_str(receipt).expect("JSON");
        let id = by_message.get(&format!("enquiry {number}"));
        assert_eq!(receipt["enquiry_id"].as_str(), id.map(String::as_str), "what was acknowledged is there");
        leads += receipt["leads"].as_array().expect("leads").len();
    }
    let leads = i64::try_from(leads).expect("not so many");
    for table in ["leads", "lead_items", "lead_events"] {
        assert_eq!(number(conn, &format!("SELECT count(*) AS n FROM {table}")), leads, "{table}");
    }
    for (what, sql) in [
        (
            "enquiries without a lead",
            "SELECT count(*) AS n FROM enquiries e WHERE NOT EXISTS (SELECT 1 FROM leads l WHERE l.enquiry_id = e.id)",
        ),
        (
            "leads without their first event",
            "SELECT count(*) AS n FROM leads l WHERE NOT EXISTS
                (SELECT 1 FROM lead_events v WHERE v.lead_id = l.id AND v.kind = 'enquiry' AND v.at = l.created_at)",
        ),
        (
            "leads without an item",
            "SELECT count(*) AS n FROM leads l WHERE NOT EXISTS (SELECT 1 FROM lead_items i WHERE i.lead_id = l.id)",
        ),
        (
            "keys without an answer",
            "SELECT count(*) AS n FROM idempotency_keys WHERE status <> 201 OR body = ''",
        ),
    ] {
        assert_eq!(number(conn, sql), 0, "{what}");
    }
    let total = i64::try_from(work.total).expect("not so many");
    assert_eq!(number(conn, "SELECT count(*) AS n FROM idempotency_keys"), total);
    if engine == Engine::Sqlite {
        let sound = "SELECT count(*) AS n FROM pragma_integrity_check WHERE integrity_check <> 'ok'";
        assert_eq!(number(conn, sound), 0, "the file is sound");
    }
    println!("{engine}: {total} enquiries, {leads} leads, none lost, none twice, none half");
}
