//! Several instances on one PostgreSQL, and many that write at once: every follower sees every change, in order, once.

use super::copy::{Copy, Told, seq_of};
use super::some_products;
use crate::harness::{Engine, TestApp};
use crate::seed::{Certified, Seed};
use diesel::connection::SimpleConnection;
use libtest_mimic::Trial;
use ocop_market::catalogue::{self, Seq};
use ocop_market::db::Failure;
use ocop_market::products::ProductId;
use reqwest::StatusCode;
use std::collections::BTreeMap;

pub fn trials() -> Vec<Trial> {
    vec![
        postgres("a_change_through_one_instance_is_seen_through_the_other", || async {
            seen_through_the_other(TestApp::start(Engine::Postgres, &[])).await;
        }),
        postgres("midnight_is_announced_once_by_whichever_instance", || async {
            midnight_once(TestApp::start(Engine::Postgres, &[])).await;
        }),
        postgres("of_eight_that_commit_at_once_no_change_is_missed", || async {
            eight_at_once(TestApp::start(Engine::Postgres, &["--database-threads=12"])).await;
        }),
    ]
}

/// A trial that only PostgreSQL can be put to.
pub fn postgres<F: Future<Output = ()>>(name: &str, run: impl FnOnce() -> F + Send + 'static) -> Trial {
    let skipped = !Engine::Postgres.is_there();
    let trial = Trial::test(format!("postgres::feed::{name}"), move || {
        if skipped {
            return Err("no PostgreSQL on this machine, and OCOP_TEST_REQUIRE_POSTGRES is set".into());
        }
        tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run());
        Ok(())
    });
    trial.with_ignored_flag(skipped && std::env::var_os("OCOP_TEST_REQUIRE_POSTGRES").is_none())
}

/// Writes a price and announces it; an error rolls both back.
async fn write(app: &TestApp, id: ProductId, price: usize, fail: bool) -> Option<Seq> {
    let world = app.state.world.clone();
    let sql = format!(
        "INSERT INTO listings (product_id, status, price_from, price_unit, season, created_at, updated_at) VALUES ('{id}', 'published', {price}, 'XBX', 0, 1, 1) \
         ON CONFLICT (product_id) DO UPDATE SET price_from = {price}"
    );
    let written = app.state.db.write(move |conn| -> Result<Seq, Failure> {
        conn.batch_execute(&sql)?;
        let seq = catalogue::announce(conn, &world, &[id])?;
        match fail {
            true => Err(diesel::result::Error::RollbackTransaction.into()),
            false => Ok(seq),
        }
    });
    let seq = written.await.ok();
    app.state.catalogue.wake();
    seq
}

async fn seen_through_the_other(one: TestApp) {
    let other = one.beside(&[]);
    let products = some_products(&one, 3).await;
    let by = other.anonymous();
    let mut copy = Copy::load(&by).await;
    copy.follow(&by).await;
    let mut last = Seq::default();
    for round in 0..30 {
        let writer = if round % 3 == 2 { &other } else { &one };
        let id = products[round % products.len()];
        let seq = write(writer, id, 1_000 + round, false).await.expect("committed");
        // The reader asks the instance that did not write, and is answered as soon as that has heard of it.
        let reader = if round % 3 == 2 { &one } else { &other }.anonymous();
        let url = format!("/v1/catalogue/changes?after={}&wait=10", seq.plus(-1));
        // It may not have heard of the change before it either, and is not to say that there is none.
        let page = reader.get(&url).await.expect(StatusCode::OK);
        let document = page.pointer("/changes/0/document").expect("an upsert");
        assert_eq!(document["price_from"], 1_000 + round, "{page}");
        copy.follow(&by).await;
        last = seq;
    }
    one.settle(last).await;
    other.settle(last).await;
    copy.follow(&by).await;
    copy.assert_proved(&by).await;
    assert_eq!(copy.root(), one.anonymous().get("/v1/catalogue/digest").await.json()["root"]);
}

async fn midnight_once(one: TestApp) {
    let mut seed = Seed::new(&one);
    let maker = seed.maker("HTX Ví Dụ");
    for n in 0..20 {
        seed.certified(
            maker,
            &format!("Sản phẩm {n}"),
            &Certified { on: "2023-11-23", ..Certified::default() },
        );
    }
    seed.insert().await;
    let others = [one.beside(&[]), one.beside(&[])];
    let mut copy = Copy::load(&one.anonymous()).await;
    assert_eq!(copy.documents.len(), 20);
    one.clock.set("2026-11-23T17:00:00Z");
    let asked = [&one, &others[0], &others[1]].map(|app| app.anonymous());
    let (a, b, c) = tokio::join!(
        asked[0].get("/v1/products"),
        asked[1].get("/v1/products"),
        asked[2].get("/v1/products")
    );
    for reply in [a, b, c] {
        assert_eq!(reply.expect(StatusCode::OK)["total"], 0, "no instance shows what has ended");
    }
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for (_, what, product) in copy.follow(&asked[1]).await {
        assert_eq!(what, "expired");
        *counts.entry(product).or_default() += 1;
    }
    assert_eq!((counts.len(), counts.values().max()), (20, Some(&1)), "each once");
    copy.assert_proved(&asked[2]).await;
}

async fn eight_at_once(app: TestApp) {
    const WRITERS: usize = 8;
    const WRITES: usize = 60;
    let products = some_products(&app, WRITERS * 2).await;
    let other = app.beside(&[]);
    let reader = other.anonymous();
    let mut copy = Copy::load(&reader).await;
    let before = copy.seq;
    let writers = (0..WRITERS).map(|writer| {
        let (app, products) = (&app, &products);
        async move {
            let mut committed = Vec::new();
            for n in 0..WRITES {
                let id = products[(writer + n * 3) % products.len()];
                // One in seven takes its change back at the last moment.
                if let Some(seq) = write(app, id, 1 + writer * 1_000 + n, n % 7 == 3).await {
                    committed.push((seq, id));
                }
            }
            committed
        }
    });
    let (committed, mut told) = {
        let mut told = Told::new();
        let mut writing = std::pin::pin!(futures_join(writers.collect()));
        let committed = loop {
            tokio::select! {
                biased;
                done = &mut writing => break done,
                _ = copy.step(&reader, 50, &mut told) => {}
            }
        };
        (committed, told)
    };
    let mut committed: Vec<(i64, String)> =
        committed.into_iter().flatten().map(|(seq, id)| (seq.number(), id.to_string())).collect();
    committed.sort();
    let last = committed.last().expect("writes").0;
    while copy.seq < last {
        copy.step(&reader, 1000, &mut told).await;
        tokio::task::yield_now().await;
    }
    let seen: Vec<(i64, String)> = told.into_iter().map(|(seq, _, product)| (seq, product)).collect();
    assert_eq!(seen, committed, "every committed change, in order, and nothing else");
    assert_eq!(usize::try_from(last - before).expect("positive"), committed.len(), "rollbacks leave no gap");
    assert_eq!(committed.len(), WRITERS * (WRITES - WRITES.div_ceil(7) + usize::from(WRITES % 7 < 4)));
    copy.assert_proved(&reader).await;
    assert_eq!(
        copy.seq,
        seq_of(&app.anonymous().get(&format!("/v1/catalogue/digest?at_least={last}")).await)
    );
}

/// All of these, side by side.
async fn futures_join<T, F: Future<Output = T>>(futures: Vec<F>) -> Vec<T> {
    let mut pending: Vec<_> = futures.into_iter().map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|cx| {
        for (future, done) in pending.iter_mut().filter(|(_, done)| done.is_none()) {
            if let std::task::Poll::Ready(value) = future.as_mut().poll(cx) {
                *done = Some(value);
            }
        }
        match pending.iter().all(|(_, done)| done.is_some()) {
            true => std::task::Poll::Ready(()),
            false => std::task::Poll::Pending,
        }
    })
    .await;
    pending.into_iter().filter_map(|(_, done)| done).collect()
}
