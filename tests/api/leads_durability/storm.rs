//! Everything that is written about leads, at once, while the service is killed (`kill -9`) fifty times and more: at any
//! moment, also while it starts. After each kill the rows are looked at, before the service comes back.
//!
//! `OCOP_TEST_KILLS` sets how often (55 unless told).

use super::acts::Acts;
use super::kinds::{Kind, Told};
use super::{Service, invariants, options, wait_until_ready};
use crate::harness::Engine;
use crate::harness::people::PASSWORD;
use crate::leads::stock::Stock;
use diesel::connection::SimpleConnection;
use ocop_market::accounts::{self, DisplayName, Email, MemberRole, Membership, NewUser, Role};
use ocop_market::auth::Password;
use ocop_market::db::{self, Conn};
use ocop_market::organisations::OrganisationId;
use ocop_market::world::World;
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const CLIENTS: usize = 12;

/// What all clients share.
pub struct Storm {
    pub base: String,
    pub stock: Stock,
    pub producer: String,
    pub buyer: String,
    /// The operations the service has, as `POST /v1/leads`.
    pub operations: Vec<String>,
    /// Leads of the buyer's to the producer, about which things happen.
    pub deals: Mutex<Vec<String>>,
    pub over: AtomicBool,
    pub next: AtomicUsize,
    pub told: Mutex<Vec<Told>>,
    pub resent: AtomicUsize,
    pub rescued: AtomicUsize,
    pub refused: AtomicUsize,
}

pub async fn run(engine: Engine) {
    let kills = std::env::var("OCOP_TEST_KILLS").map_or(55, |n| n.parse().expect("a number"));
    let database = engine.database();
    let mut conn = db::connect(&options(&database)).expect("the database");
    let world = World::real();
    let stock = Stock::written(&mut conn, &world);
    conn.batch_execute("UPDATE organisations SET province = '33'").expect("the producers are somewhere");
    account(&mut conn, &world, "tho-banh@example.vn", &[(stock.bakers, MemberRole::Editor)]);
    account(&mut conn, &world, "nguoi-mua@example.vn", &[]);
    let mut service = Service::start(database);
    let base = format!("http://{}", service.listen);
    wait_until_ready(&base).await;
    let storm = Arc::new(Storm {
        producer: sign_in(&base, "tho-banh@example.vn").await,
        buyer: sign_in(&base, "nguoi-mua@example.vn").await,
        operations: operations(&base).await,
        base,
        stock,
        deals: Mutex::default(),
        over: AtomicBool::new(false),
        next: AtomicUsize::new(0),
        told: Mutex::default(),
        resent: AtomicUsize::new(0),
        rescued: AtomicUsize::new(0),
        refused: AtomicUsize::new(0),
    });
    let started = Instant::now();
    let clients: Vec<_> =
        (0..CLIENTS).map(|seed| tokio::spawn(Acts::new(storm.clone(), seed).go_on())).collect();
    let (mut checked, mut chance) = (0, 0_u64);
    for kill in 0..kills {
        // Now after much, now after little, now while it starts.
        chance =
            chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407 + kill);
        let (draw, wait) = ((chance >> 33) % 8, Duration::from_millis((chance >> 40) % 60));
        if draw != 0 {
            wait_until_ready(&storm.base).await;
            let due = checked + 5 + usize::try_from(draw).expect("small") * 25;
            let patience = Instant::now();
            while storm.told.lock().expect("no client panics").len() < due {
                assert!(
                    clients.iter().all(|client| !client.is_finished()),
                    "a client has found something wrong"
                );
                assert!(patience.elapsed() < Duration::from_secs(60), "no progress");
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
        tokio::time::sleep(wait).await;
        service.end();
        // What was told by now must be there; what is told from now on is of an answer that was under way.
        let told = storm.told.lock().expect("no client panics").clone();
        invariants::hold(&mut conn, engine);
        all_is_there(&mut conn, &told);
        checked = told.len();
        service.start_again();
    }
    storm.over.store(true, Ordering::SeqCst);
    for client in clients {
        client.await.expect("no client found anything wrong");
    }
    service.end();
    invariants::hold(&mut conn, engine);
    invariants::would_break(&mut conn, engine);
    invariants::hold_at_the_end(&mut conn, engine);
    let told = storm.told.lock().expect("the clients have ended");
    all_is_there(&mut conn, &told);
    let mut kinds: BTreeMap<Kind, usize> = BTreeMap::new();
    told.iter().for_each(|told| *kinds.entry(told.kind).or_default() += 1);
    println!(
        "{engine}: killed {kills} times in {:.0} s; acknowledged, there, and there once: {kinds:?}; {} sent again, {} of them had been stored; {} refused",
        started.elapsed().as_secs_f64(),
        storm.resent.load(Ordering::SeqCst),
        storm.rescued.load(Ordering::SeqCst),
        storm.refused.load(Ordering::SeqCst),
    );
    for kind in Kind::ALL {
        let possible = kind.needs().iter().all(|needed| storm.operations.iter().any(|one| one == needed));
        assert!(!possible || kinds.contains_key(&kind), "nothing of {kind:?} was acknowledged");
    }
}

fn account(conn: &mut Conn, world: &World, email: &str, memberships: &[(OrganisationId, MemberRole)]) {
    let new = NewUser {
        email: Email::parse(email).expect("an address"),
        password: Password::parse(PASSWORD).expect("a password"),
        display_name: Some(DisplayName::parse("Người dùng thử").expect("a name")),
        role: Role::Member,
        memberships: memberships.iter().map(|(id, role)| Membership::own(*id, *role)).collect(),
    };
    accounts::create_user(conn, world, new).expect("a new account");
}

async fn sign_in(base: &str, email: &str) -> String {
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let body = json!({ "email": email, "password": PASSWORD });
    let answer = http.post(format!("{base}/v1/sessions")).json(&body).send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::CREATED);
    let tokens: Value = answer.json().await.expect("JSON");
    tokens["access_token"].as_str().expect("a token").to_owned()
}

async fn operations(base: &str) -> Vec<String> {
    let document = reqwest::get(format!("{base}/v1/openapi.json")).await.expect("an answer");
    let document: Value = document.json().await.expect("JSON");
    let paths = document["paths"].as_object().expect("paths").iter();
    let of_path = |(path, methods): (&String, &Value)| {
        let methods = methods.as_object().expect("methods").keys();
        methods.map(|method| format!("{} {path}", method.to_uppercase())).collect::<Vec<_>>()
    };
    paths.flat_map(of_path).collect()
}

/// Everything acknowledged is there, by the id it was acknowledged with, and once.
fn all_is_there(conn: &mut Conn, told: &[Told]) {
    for kind in Kind::ALL {
        let mut stored: HashMap<String, String> = HashMap::new();
        for (mark, id) in invariants::marked(conn, kind.rows()) {
            let twice = stored.insert(mark.clone(), id);
            assert_eq!(twice, None, "{kind:?} {mark} is there twice");
        }
        for Told { mark, id, .. } in told.iter().filter(|told| told.kind == kind) {
            assert_eq!(stored.get(mark), Some(id), "{kind:?} {mark} was acknowledged");
        }
    }
}
