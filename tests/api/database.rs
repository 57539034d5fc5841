//! What the lanes promise: an acknowledged write is there, a failed one is not, and a lost connection comes back.

use crate::cases;
use crate::harness::{Case, Engine, TestApp, engine};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use ocop_market::db::{self, Conn, Database, Failure, Options};
use reqwest::StatusCode;
use std::time::Duration;

pub fn cases() -> Vec<Case> {
    cases![
        acknowledged_writes_are_there_and_others_are_not,
        a_panic_costs_its_group_but_is_never_acknowledged,
        readers_cannot_write_on_sqlite,
        lost_connections_come_back,
        a_start_waits_for_its_database,
        closing_finishes_what_is_queued,
        what_is_kept_is_the_services_own,
    ]
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

fn count(conn: &mut Conn, prefix: &str) -> QueryResult<i64> {
    let sql = format!("SELECT COUNT(*) AS n FROM reference_versions WHERE name LIKE '{prefix}%'");
    diesel::sql_query(sql).get_result::<Count>(conn).map(|count| count.n)
}

fn insert(conn: &mut Conn, name: &str) -> QueryResult<()> {
    conn.batch_execute(&format!(
        "INSERT INTO reference_versions (name, version, loaded_at) VALUES ('{name}', '', 0)"
    ))
}

fn open(app: &TestApp, patience: Duration) -> Database {
    let url = app.database_url().to_owned();
    Database::open(&Options { url, threads: 2, patience }).expect("the database opens")
}

async fn acknowledged_writes_are_there_and_others_are_not(app: TestApp) {
    let writers = (0..400).map(|n| {
        let db = app.state.db.clone();
        tokio::spawn(async move {
            let write = move |conn: &mut Conn| {
                insert(conn, &format!("w{n}"))?;
                // Fails after it has written: nothing of it may stay.
                if n % 7 == 0 { Err(Failure::Query(diesel::result::Error::NotFound)) } else { Ok(()) }
            };
            db.write(write).await.is_ok()
        })
    });
    let mut acknowledged = 0;
    for writer in writers.collect::<Vec<_>>() {
        acknowledged += i64::from(writer.await.expect("no panic"));
    }
    assert_eq!(acknowledged, 400 - 58);
    let there = app.state.db.read(|conn| count(conn, "w").map_err(Failure::from)).await.expect("counted");
    assert_eq!(there, acknowledged);
}

async fn a_panic_costs_its_group_but_is_never_acknowledged(app: TestApp) {
    let writers = (0..100).map(|n| {
        let db = app.state.db.clone();
        let write = move |conn: &mut Conn| -> Result<(), Failure> {
            insert(conn, &format!("p{n}"))?;
            assert!(n != 50, "a bug in a job");
            Ok(())
        };
        tokio::spawn(async move { db.write(write).await.is_ok() })
    });
    let mut acknowledged = 0;
    for writer in writers.collect::<Vec<_>>() {
        acknowledged += i64::from(writer.await.expect("the caller does not panic"));
    }
    assert!(acknowledged < 100);
    let there = app.state.db.read(|conn| count(conn, "p").map_err(Failure::from)).await.expect("counted");
    assert_eq!(there, acknowledged);
    app.state.db.write(|conn| insert(conn, "after").map_err(Failure::from)).await.expect("the lane goes on");
}

async fn readers_cannot_write_on_sqlite(app: TestApp) {
    let written = app.state.db.read(|conn| insert(conn, "sneaked").map_err(Failure::from)).await;
    assert_eq!(written.is_err(), app.engine == Engine::Sqlite);
}

async fn lost_connections_come_back(app: TestApp) {
    if app.engine == Engine::Postgres {
        let name = app.database_url().rsplit('/').next().expect("a database's name");
        engine::server()
            .run(&format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"));
    }
    // A connection may answer one request with the news of its loss; then it is open again.
    let mut refused = 0;
    for _ in 0..20 {
        let status = app.anonymous().get("/readyz").await.expect(StatusCode::OK)["status"].clone();
        refused += usize::from(status == "reads_only");
        assert!(status == "ok" || status == "reads_only");
    }
    assert!(refused <= 2, "{refused} of 20 were refused");
    app.state.db.write(|conn| insert(conn, "again").map_err(Failure::from)).await.expect("writes go on");
}

async fn a_start_waits_for_its_database(app: TestApp) {
    let (url, create): (String, Box<dyn FnOnce() + Send>) = match app.engine {
        Engine::Sqlite => {
            let folder = app.data_dir().join("later");
            let file = folder.join("late.db").to_string_lossy().into_owned();
            (file, Box::new(move || std::fs::create_dir(folder).expect("created")))
        }
        Engine::Postgres => {
            let name = format!("ocop_test_late_{}", std::process::id());
            let url = engine::server().url(&name);
            (url, Box::new(move || engine::server().run(&format!("CREATE DATABASE {name}"))))
        }
    };
    let options = Options { url, threads: 1, patience: Duration::from_secs(20) };
    let impatient = Options { patience: Duration::ZERO, ..options.clone() };
    assert!(db::connect(&impatient).is_err());
    let creator = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(300));
        create();
    });
    let mut conn = db::connect(&options).expect("it waits until the database is there");
    db::ping(&mut conn).expect("it answers");
    creator.join().expect("created");
    drop(conn);
    if app.engine == Engine::Postgres {
        engine::server().run(&format!("DROP DATABASE ocop_test_late_{} WITH (FORCE)", std::process::id()));
    }
}

async fn closing_finishes_what_is_queued(app: TestApp) {
    let db = open(&app, Duration::ZERO);
    let writes: Vec<_> = (0..200)
        .map(|n| {
            let db = db.clone();
            tokio::spawn(async move {
                db.write(move |conn| insert(conn, &format!("q{n}")).map_err(Failure::from)).await
            })
        })
        .collect();
    tokio::task::yield_now().await;
    let closing = db.clone();
    tokio::task::spawn_blocking(move || closing.close()).await.expect("closed");
    let mut acknowledged = 0;
    for write in writes {
        acknowledged += i64::from(write.await.expect("no panic").is_ok());
    }
    let there = app.state.db.read(|conn| count(conn, "q").map_err(Failure::from)).await.expect("counted");
    assert_eq!(there, acknowledged);
    assert!(acknowledged > 0);
    assert!(db.write(|conn| insert(conn, "late").map_err(Failure::from)).await.is_err(), "closed is closed");
}

async fn what_is_kept_is_the_services_own(app: TestApp) {
    use std::os::unix::fs::PermissionsExt;
    let folder = app.data_dir().join("fresh");
    let folder_text = folder.to_string_lossy().into_owned();
    let config =
        ocop_market::config::Config::from_arguments(["--data-dir", &folder_text, "--database-url", ""]);
    let world = ocop_market::world::World::real();
    let opened = ocop_market::app::App::open(config.expect("valid settings"), world).expect("it opens");
    let mode = |name: &str| {
        let metadata = std::fs::metadata(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        metadata.permissions().mode() & 0o777
    };
    assert_eq!(mode("."), 0o700);
    for file in ["ocop-market.db", "ocop-market.db-wal", "keys/signing-0001.pem"] {
        assert_eq!(mode(file), 0o600, "{file}");
    }
    opened.db.close();
}
