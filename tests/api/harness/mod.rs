//! The language the tests speak: `let app` is a running service with a database of its own; its clock stands still
//! until a test moves it.

pub mod client;
pub mod dice;
pub mod engine;
pub mod letters;
pub mod machines;
pub mod network;
pub mod people;
pub mod smtp;

pub use client::{Actor, Reply};
pub use engine::Engine;

use actix_web::web::Data;
use diesel::connection::SimpleConnection;
use letters::Letterbox;
use libtest_mimic::Trial;
use ocop_market::app::{self, App};
use ocop_market::catalogue::Seq;
use ocop_market::config::Config;
use ocop_market::db::{Failure, Instant};
use ocop_market::world::{Clock, Entropy, World};
use std::net::TcpListener;
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// One test, to be run on each engine.
pub struct Case {
    pub name: &'static str,
    pub run: fn(TestApp) -> Pin<Box<dyn Future<Output = ()>>>,
    pub arguments: &'static [&'static str],
}

/// `cases![one, two]`: the test functions of a module, each `async fn(app: TestApp)`.
#[macro_export]
macro_rules! cases {
    ($($name:ident),+ $(,)?) => {
        vec![$($crate::harness::Case {
            name: stringify!($name),
            run: |app| Box::pin($name(app)),
            arguments: &[],
        }),+]
    };
}

impl Case {
    /// The same test under other settings, as on the command line.
    pub fn with(mut self, arguments: &'static [&'static str]) -> Self {
        self.arguments = arguments;
        self
    }
}

pub fn trial(engine: Engine, module: &str, case: &Case) -> Trial {
    let (run, arguments) = (case.run, case.arguments);
    let skipped = !engine.is_there();
    Trial::test(format!("{engine}::{module}::{}", case.name), move || {
        if skipped {
            return Err("no PostgreSQL on this machine, and OCOP_TEST_REQUIRE_POSTGRES is set".into());
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let app = TestApp::start(engine, arguments);
            run(app).await;
        });
        Ok(())
    })
    .with_ignored_flag(skipped && std::env::var_os("OCOP_TEST_REQUIRE_POSTGRES").is_none())
}

/// A clock that stands where the test puts it.
#[derive(Clone)]
pub struct ManualClock(Arc<AtomicI64>);

impl ManualClock {
    /// One that stands where every test begins.
    pub fn at_start() -> Self {
        let clock = Self(Arc::new(AtomicI64::new(0)));
        clock.set(START);
        clock
    }

    pub fn set(&self, rfc3339: &str) {
        let at: jiff::Timestamp = rfc3339.parse().expect("an RFC 3339 instant");
        self.0.store(at.as_microsecond(), Ordering::SeqCst);
    }

    pub fn advance_seconds(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Instant {
        Instant::from_micros(self.0.load(Ordering::SeqCst))
    }
}

/// Repeatable randomness (SplitMix64), different in each test.
struct SeededEntropy(Mutex<u64>);

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        let mut state = self.0.lock().expect("no test panics while it draws");
        for chunk in bytes.chunks_mut(8) {
            *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = *state;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            z ^= z >> 31;
            chunk.copy_from_slice(&z.to_le_bytes()[..chunk.len()]);
        }
    }
}

/// When every test begins, unless it sets the clock: ten in the morning of 23 November 2026 in Hà Nội.
pub const START: &str = "2026-11-23T03:00:00Z";

/// A running service.
pub struct TestApp {
    pub engine: Engine,
    pub base: String,
    pub state: Data<App>,
    pub clock: ManualClock,
    pub client: reqwest::Client,
    pub network: network::Names,
    letterbox: Letterbox,
    server: actix_web::dev::ServerHandle,
    thread: Option<std::thread::JoinHandle<()>>,
    // Dropped last: the database and the data directory go when the service is down.
    database: engine::TestDatabase,
}

impl TestApp {
    pub fn start(engine: Engine, arguments: &[&str]) -> Self {
        Self::start_on(engine, engine.database(), ManualClock::at_start(), arguments)
    }

    /// Another instance on the same database, with the same clock.
    pub fn beside(&self, arguments: &[&str]) -> Self {
        let mut beside = Self::start_on(self.engine, self.database.beside(), self.clock.clone(), arguments);
        // Either may carry what the other has written.
        self.letterbox.add(beside.data_dir());
        beside.letterbox = self.letterbox.clone();
        beside
    }

    pub fn start_on(
        engine: Engine,
        database: engine::TestDatabase,
        clock: ManualClock,
        arguments: &[&str],
    ) -> Self {
        static SEED: AtomicU64 = AtomicU64::new(1);
        let entropy = SeededEntropy(Mutex::new(SEED.fetch_add(1, Ordering::Relaxed) << 32));
        let network = network::Names::default();
        let world = World::new(clock.clone(), entropy).with_network(Arc::new(network.clone()));
        let state = App::open(config(&database, arguments), world).expect("the service opens");
        let state = Data::new(state);
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("bound"));
        let (tell, told) = std::sync::mpsc::channel();
        let served = state.clone();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = app::serve(served, listener).expect("the server starts");
                tell.send(server.handle()).expect("the test waits");
                server.await.expect("the server ends in order");
            });
        });
        let server = told.recv().expect("the server starts");
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let letterbox = Letterbox::default();
        letterbox.add(database.dir.path());
        Self {
            engine,
            base,
            state,
            clock,
            client,
            network,
            letterbox,
            server,
            thread: Some(thread),
            database,
        }
    }

    /// Changes rows as no request could.
    pub async fn sql(&self, sql: impl Into<String>) {
        let sql = sql.into();
        let run = self.state.db.write(move |conn| conn.batch_execute(&sql).map_err(Failure::from));
        run.await.expect("the statements run");
    }

    pub fn database_url(&self) -> &str {
        &self.database.url
    }

    pub fn data_dir(&self) -> &std::path::Path {
        self.database.dir.path()
    }

    /// Waits until the catalogue shows a change that was written past the API.
    pub async fn settle(&self, seq: Seq) {
        self.state.catalogue.wake();
        let there = self.state.catalogue.reached(Duration::from_secs(10), |head| head.seq >= seq).await;
        assert!(there, "the catalogue has not reached change {seq}");
    }

    /// Somebody who has not signed in.
    pub fn anonymous(&self) -> Actor {
        Actor::new(self.client.clone(), self.base.clone(), None)
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        // Not awaited: the thread below ends when the server has stopped.
        drop(self.server.stop(false));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        self.state.catalogue.close();
        self.state.db.clone().close();
    }
}

/// Settings of a test: small, on the test's own database, without limits unless it asks for them.
pub fn config(database: &engine::TestDatabase, arguments: &[&str]) -> Config {
    let data_dir = database.dir.path().to_string_lossy().into_owned();
    let mut all = vec![
        "--database-url",
        &database.url,
        "--data-dir",
        &data_dir,
        "--workers=2",
        "--database-threads=2",
        "--requests-per-minute=0",
        "--account-requests-per-minute=0",
        "--client-requests-per-minute=0",
        "--leads-per-minute=0",
        "--images-per-minute=0",
        "--leads-per-day=0",
        "--leads-per-day-registered=0",
        "--leads-per-day-verified=0",
        "--sign-ins-per-minute=0",
        "--second-factor=optional",
        "--shutdown-grace=2",
    ];
    all.extend(arguments);
    Config::from_arguments(all).expect("valid settings")
}
