//! The log breaks off: it is begun anew, or set back by a database that lost its last commits. Nobody goes on as if
//! nothing had happened.

use super::copy::{Copy, seq_of};
use super::some_products;
use crate::cases;
use crate::harness::{Actor, Case, TestApp};
use diesel::connection::SimpleConnection;
use ocop_market::catalogue::{self, Seq, command};
use ocop_market::db::{Conn, Failure};
use ocop_market::products::ProductId;
use reqwest::StatusCode;
use std::time::{Duration, Instant};

pub fn cases() -> Vec<Case> {
    cases![
        a_log_begun_anew_while_changes_come_in_is_loaded_anew,
        a_log_that_was_set_back_is_loaded_anew_by_everybody,
        a_reader_ahead_of_this_instance_waits_for_it,
        a_clock_that_was_behind_forgets_no_changes,
        a_clock_that_ran_ahead_is_put_right_by_beginning_anew,
    ]
}

async fn begin_anew(app: &TestApp) -> Seq {
    let world = app.state.world.clone();
    let anew = move |conn: &mut Conn| command::begin_anew(conn, &world).map_err(|error| panic!("{error}"));
    let seq = app.state.db.write(anew).await.map_err(|error: Failure| error);
    app.state.catalogue.wake();
    seq.expect("begun anew")
}

/// Runs SQL, then announces these products.
async fn write(app: &TestApp, sql: String, products: Vec<ProductId>) -> Seq {
    let world = app.state.world.clone();
    let written = app.state.db.write(move |conn| {
        conn.batch_execute(&sql)?;
        catalogue::announce(conn, &world, &products).map_err(Failure::from)
    });
    let seq = written.await.expect("written");
    app.state.catalogue.wake();
    seq
}

fn priced(id: ProductId, price: usize) -> String {
    format!(
        "INSERT INTO listings (product_id, status, price_from, price_unit, season, created_at, updated_at) VALUES ('{id}', 'published', {price}, 'XBX', 0, 1, 1) \
         ON CONFLICT (product_id) DO UPDATE SET price_from = {price};"
    )
}

async fn price_becomes(by: &Actor, id: ProductId, price: usize) {
    let asked = Instant::now();
    loop {
        let detail = by.get(&format!("/v1/products/{id}")).await.expect(StatusCode::OK);
        if detail["price_from"] == price {
            return;
        }
        assert!(asked.elapsed() < Duration::from_secs(5), "{price} is not seen: {detail}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn a_log_begun_anew_while_changes_come_in_is_loaded_anew(app: TestApp) {
    let products = some_products(&app, 3).await;
    let by = app.anonymous();
    // The catalogue looks at the clock, then reads the changes: what breaks off may do so between the two.
    for round in 0..150 {
        let id = products[round % products.len()];
        write(&app, priced(id, 1_000 + round), vec![id]).await;
        begin_anew(&app).await;
        let last = write(&app, priced(id, 5_000 + round), vec![id]).await;
        let there = app.state.catalogue.reached(Duration::from_secs(5), |head| head.seq >= last).await;
        assert!(there, "round {round}: change {last} has not come");
        let changes = by.get(&format!("/v1/catalogue/changes?after={}", last.plus(-1))).await;
        let changes = changes.expect(StatusCode::OK);
        assert_eq!(
            (&changes["head"], &changes["changes"][0]["seq"]),
            (&last.number().into(), &last.number().into())
        );
        assert_eq!(changes["changes"][0]["document"]["price_from"], 5_000 + round);
        by.get(&format!("/v1/catalogue/changes?after={}", last.plus(-2)))
            .await
            .expect_problem(410, "resync_required");
    }
}

async fn a_log_that_was_set_back_is_loaded_anew_by_everybody(app: TestApp) {
    let products = some_products(&app, 4).await;
    let by = app.anonymous();
    let before = seq_of(&by.get("/v1/catalogue/digest").await);
    write(&app, priced(products[0], 1_001), products[..1].to_vec()).await;
    let last = write(&app, priced(products[1], 1_002), products[1..2].to_vec()).await;
    app.settle(last).await;
    let mut copy = Copy::load(&by).await;
    assert_eq!(copy.seq, last.number());

    // The database goes on without its last two commits, and others have gone on writing: to the same number or beyond.
    for (more, price) in [(0, 2_001), (3, 2_002)] {
        let lost = format!(
            "DELETE FROM listings; DELETE FROM catalogue_changes WHERE seq > {before}; \
             UPDATE catalogue_clock SET last_seq = {before};"
        );
        let written = [products[2], products[3]].into_iter().cycle().take(2 + more).collect::<Vec<_>>();
        let world = app.state.world.clone();
        let sql = format!("{lost} {}", priced(products[2], price));
        let rewritten = app.state.db.write(move |conn| {
            conn.batch_execute(&sql)?;
            for id in written {
                catalogue::announce(conn, &world, &[id]).map_err(Failure::from)?;
            }
            Ok::<_, Failure>(())
        });
        rewritten.await.expect("written");
        // Found out at the next change, whatever it is.
        write(&app, priced(products[3], price), vec![products[3]]).await;
        price_becomes(&by, products[3], price).await;
        price_becomes(&by, products[2], price).await;
        by.get(&format!("/v1/catalogue/changes?after={}", copy.seq))
            .await
            .expect_problem(410, "resync_required");
        copy = Copy::load(&by).await;
        copy.assert_proved(&by).await;
        let last = write(&app, priced(products[0], price), vec![products[0]]).await;
        app.settle(last).await;
        copy.follow(&by).await;
        copy.assert_proved(&by).await;
    }
}

async fn a_reader_ahead_of_this_instance_waits_for_it(app: TestApp) {
    let products = some_products(&app, 1).await;
    let by = app.anonymous();
    let head = seq_of(&by.get("/v1/catalogue/digest").await);
    // Another instance has told the reader of a change that this one has not heard of yet.
    let url = format!("/v1/catalogue/changes?after={}", head + 1);
    let asking = by.get(&url);
    let writing = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        write(&app, priced(products[0], 1_000), products.clone()).await
    };
    let (reply, seq) = tokio::join!(asking, writing);
    assert_eq!(seq.number(), head + 1);
    let page = reply.expect(StatusCode::OK);
    assert_eq!((&page["changes"], &page["next_after"]), (&serde_json::json!([]), &(head + 1).into()));
}

async fn a_clock_that_was_behind_forgets_no_changes(app: TestApp) {
    let products = some_products(&app, 5).await;
    let last = write(&app, priced(products[0], 1_000), products.clone()).await;
    // One instance had started before its clock was set.
    let behind = format!("UPDATE catalogue_changes SET at = 1 WHERE seq = {};", last.plus(-1));
    let last = write(&app, behind, vec![products[0]]).await;
    app.settle(last).await;
    let now = app.state.world.now();
    let floor = app.state.db.write(move |conn| catalogue::forget_old(conn, now).map_err(Failure::from)).await;
    assert_eq!(floor.expect("forgotten").number(), 0, "nothing is old");
    let by = app.anonymous();
    let mut copy = Copy::default();
    copy.follow(&by).await;
    copy.assert_proved(&by).await;
}

async fn a_clock_that_ran_ahead_is_put_right_by_beginning_anew(app: TestApp) {
    let products = some_products(&app, 2).await;
    let by = app.anonymous();
    app.clock.set("2036-01-01T00:00:00Z");
    by.get(&format!("/v1/products/{}", products[0])).await.expect_problem(410, "not_in_force");
    // The clock is set right; what it announced stands in the log.
    app.clock.set(crate::harness::START);
    by.get(&format!("/v1/products/{}", products[0])).await.expect_problem(410, "not_in_force");
    app.settle(begin_anew(&app).await).await;
    let list = by.get("/v1/products").await.expect(StatusCode::OK);
    assert_eq!((&list["total"], &list["as_of"]), (&2.into(), &"2026-11-23".into()));
    let mut copy = Copy::load(&by).await;
    // The calendar goes on from there.
    app.clock.set("2028-06-02T00:00:00Z");
    let day = app.state.world.today();
    app.state.catalogue.wake();
    assert!(app.state.catalogue.reached(Duration::from_secs(10), |head| head.day >= day).await);
    copy.follow(&by).await;
    assert!(copy.documents.is_empty());
    copy.assert_proved(&by).await;
}
