//! `reindex`: memory is compared with SQL, and loaded anew when somebody has written past the service.

use super::copy::{Copy, seq_of};
use crate::cases;
use crate::harness::{Case, TestApp};
use crate::seed::{Certified, Seed};
use diesel::connection::SimpleConnection;
use ocop_market::catalogue::command::{self, Comparison};
use ocop_market::db::{self, Failure, Options};
use ocop_market::products::ProductId;
use std::time::{Duration, Instant};

pub fn cases() -> Vec<Case> {
    cases![what_was_written_past_the_service_is_found_and_mended]
}

/// Compares as the command line does, on a connection of its own.
async fn check(app: &TestApp) -> Comparison {
    let options = Options { url: app.database_url().to_owned(), threads: 1, patience: Duration::ZERO };
    let (reference, base) = (app.state.reference.clone(), app.base.clone());
    let compare = move || {
        let mut conn = db::connect(&options).expect("the database");
        let address = base.trim_start_matches("http://").parse().expect("an address");
        command::check(&mut conn, &reference, address).expect("compared")
    };
    tokio::task::spawn_blocking(compare).await.expect("no panic")
}

async fn what_was_written_past_the_service_is_found_and_mended(app: TestApp) {
    let mut seed = Seed::new(&app);
    let maker = seed.maker("HTX Ví Dụ");
    let ids: Vec<ProductId> =
        (0..40).map(|n| seed.certified(maker, &format!("Sản phẩm {n}"), &Certified::default()).id).collect();
    seed.insert().await;
    let by = app.anonymous();
    let mut copy = Copy::load(&by).await;
    let found = check(&app).await;
    assert_eq!((found.products, found.different.len(), found.seq.number()), (40, 0, copy.seq));

    let sql = format!(
        "UPDATE products SET name = 'Tên khác' WHERE id = '{}';
         INSERT INTO listings (product_id, status, price_from, price_unit, season, created_at, updated_at) VALUES ('{}', 'withdrawn', NULL, NULL, 0, 1, 1);",
        ids[3], ids[7]
    );
    let written = app.state.db.write(move |conn| conn.batch_execute(&sql).map_err(Failure::from));
    written.await.expect("written past the service");
    let mut different = check(&app).await.different;
    different.sort();
    let mut expected = vec![ids[3], ids[7]];
    expected.sort();
    assert_eq!(different, expected);

    let world = app.state.world.clone();
    let anew =
        app.state.db.write(move |conn| command::begin_anew(conn, &world).map_err(|error| panic!("{error}")));
    let seq = anew.await.map_err(|error: Failure| error).expect("begun anew");
    app.settle(seq).await;
    let found = check(&app).await;
    assert_eq!((found.products, found.different.len()), (39, 0));
    by.get(&format!("/v1/catalogue/changes?after={}", copy.seq)).await.expect_problem(410, "resync_required");
    copy = Copy::load(&by).await;
    assert!(copy.documents[ids[3].as_str()].contains("Tên khác"));
    copy.assert_proved(&by).await;
    assert_eq!(copy.seq, seq.number());
    assert_eq!(seq_of(&by.get("/v1/products").await), copy.seq);
    let started = Instant::now();
    drop(app);
    assert!(started.elapsed() < Duration::from_secs(30), "the catalogue's thread ends when it is told to");
}
