//! Does the time of a 404 tell whether a lead exists? Requests over HTTP about a lead of another producer and about one that
//! does not exist, one after the other in either order; printed is the median ratio of such a pair with its 95 % interval.
//! `cargo bench --bench lead_404`; with `DATABASE_URL=postgres://…` on that (empty) database, else on a SQLite file.
#![expect(clippy::print_stdout, reason = "a benchmark tells what it measured")]

use actix_web::web::Data;
use ocop_market::accounts::{self, Email, MemberRole, Membership, NewUser, Role};
use ocop_market::app::{self, App};
use ocop_market::auth::Password;
use ocop_market::config::Config;
use ocop_market::organisations::OrganisationId;
use ocop_market::world::World;
use reqwest::Method;
use serde_json::{Value, json};
use std::net::TcpListener;
use std::time::Instant;

type Failed = Box<dyn std::error::Error>;

/// Leads of the other producer, and how often each is asked for.
const LEADS: usize = 200;
const ROUNDS: usize = 10;
const PASSWORD: &str = "mật khẩu để đo";

/// Chance that is the same each time (SplitMix64).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap_or(1).max(1);
        usize::try_from(self.next() % bound).unwrap_or_default()
    }
}

struct Service {
    base: String,
    client: reqwest::Client,
}

impl Service {
    async fn send(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<&Value>,
    ) -> Result<(u16, Vec<u8>), Failed> {
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        Ok((status, answer.bytes().await?.to_vec()))
    }

    async fn made(&self, path: &str, token: Option<&str>, body: &Value) -> Result<Value, Failed> {
        let (status, answer) = self.send(Method::POST, path, token, Some(body)).await?;
        if !(200..300).contains(&status) {
            return Err(format!("{path}: {status} {}", String::from_utf8_lossy(&answer)).into());
        }
        Ok(serde_json::from_slice(&answer)?)
    }

    async fn token(&self, email: &str) -> Result<String, Failed> {
        let session =
            self.made("/v1/sessions", None, &json!({ "email": email, "password": PASSWORD })).await?;
        Ok(text(&session, "/access_token")?)
    }
}

fn text(value: &Value, pointer: &str) -> Result<String, String> {
    let text = value.pointer(pointer).and_then(Value::as_str);
    text.map(str::to_owned).ok_or_else(|| format!("no {pointer} in {value}"))
}

fn main() -> Result<(), Failed> {
    let dir = tempfile::tempdir()?;
    let data_dir = dir.path().to_string_lossy().into_owned();
    let settings = [
        "--data-dir",
        &data_dir,
        "--requests-per-minute=0",
        "--account-requests-per-minute=0",
        "--leads-per-minute=0",
        "--leads-per-day=0",
        "--sign-ins-per-minute=0",
        "--second-factor=optional",
        "--log=error",
    ];
    let app = Data::new(App::open(Config::from_arguments(settings)?, World::real())?);
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let base = format!("http://{}", listener.local_addr()?);
    let served = app.clone();
    let (tell, told) = std::sync::mpsc::channel();
    let thread = std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let server = app::serve(served, listener)?;
            let _ = tell.send(server.handle());
            server.await
        })
    });
    let server = told.recv()?;
    let client = reqwest::Client::builder().no_proxy().build()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let done = runtime.block_on(measure(&app, &Service { base, client }));
    drop(server.stop(false));
    let _ = thread.join();
    app.catalogue.close();
    app.db.clone().close();
    done
}

async fn user(
    app: &Data<App>,
    email: &str,
    role: Role,
    memberships: Vec<(OrganisationId, MemberRole)>,
) -> Result<(), Failed> {
    let new = NewUser {
        email: Email::parse(email).map_err(|_| "an address")?,
        password: Password::parse(PASSWORD).map_err(|_| "a password")?,
        display_name: None,
        role,
        memberships: memberships
            .into_iter()
            .map(|(organisation, role)| Membership::own(organisation, role))
            .collect(),
    };
    let world = app.world.clone();
    app.db.write(move |conn| accounts::create_user(conn, &world, new)).await?;
    Ok(())
}

fn recognition(producer: &str, product: &str) -> Value {
    json!({
        "product_name": product, "producer_name": producer, "entity_type": "cooperative",
        "district": "Đông Hưng", "province": "Thái Bình", "group": "food", "set_no": 6,
        "stars": 4, "decision_no": "858/QĐ-UBND", "decision_date": "2025-06-18",
    })
}

async fn measure(app: &Data<App>, service: &Service) -> Result<(), Failed> {
    user(app, "admin@office.example", Role::Admin, Vec::new()).await?;
    let admin = service.token("admin@office.example").await?;
    let (path, admin) = ("/v1/certifications", Some(admin.as_str()));
    let own = service.made(path, admin, &recognition("HTX Dệt Ví Dụ", "Chiếu cói")).await?;
    let other = service.made(path, admin, &recognition("HTX Bánh Ví Dụ", "Bánh cáy")).await?;
    let producer = text(&own, "/certification/producer/id")?;
    let producer = OrganisationId::parse(&producer).map_err(|_| "an id")?;
    user(app, "owner@own.example", Role::Member, vec![(producer, MemberRole::Owner)]).await?;
    user(app, "officer@office.example", Role::Officer { province: "01".into() }, Vec::new()).await?;
    user(app, "nobody@else.example", Role::Member, Vec::new()).await?;

    // The asker has as many leads of its own.
    let mut foreign = Vec::new();
    for n in 0..LEADS {
        for (certified, list) in [(&own, None), (&other, Some(&mut foreign))] {
            let enquiry = json!({
                "products": [{ "product_id": text(certified, "/certification/product/id")?, "quantity": 9, "unit": "XBX" }],
                "message": "Xin báo giá.", "company": { "name": "Chuỗi cửa hàng Ví Dụ" },
                "contact": { "name": "Phòng thu mua", "email": "thumua@example.vn" },
                "source": { "channel": "website" }, "consent": { "text_version": "2026-11", "accepted": true },
            });
            let request = service.client.post(format!("{}/v1/leads", service.base)).json(&enquiry);
            let key = format!("lead-of-the-measure-{n}-{}", list.is_some());
            let sent = request.header("Idempotency-Key", key).send().await?.bytes().await?;
            let id = text(&serde_json::from_slice(&sent)?, "/leads/0/id")?;
            if let Some(list) = list {
                list.push(id);
            }
        }
    }
    println!("a 404 of a lead, time to the answer");
    for (who, email) in [
        ("owner of another producer", "owner@own.example"),
        ("officer of another province", "officer@office.example"),
        ("member of nothing", "nobody@else.example"),
    ] {
        let token = service.token(email).await?;
        for (what, method, more, body) in [
            ("GET", Method::GET, "", None),
            ("POST …/events", Method::POST, "/events", Some(json!({ "type": "note", "note": "x" }))),
            ("POST …/contact-reveals", Method::POST, "/contact-reveals", Some(json!({ "because": "x" }))),
        ] {
            let pairs = pairs(service, &token, &foreign, &method, more, body.as_ref()).await?;
            report(&format!("{who}, {what}"), &pairs);
        }
    }
    Ok(())
}

/// Microseconds to the answer about what is there and about what is not.
async fn pairs(
    service: &Service,
    token: &str,
    foreign: &[String],
    method: &Method,
    more: &str,
    body: Option<&Value>,
) -> Result<Vec<(f64, f64)>, Failed> {
    let mut chance = Chance(7);
    let mut pairs = Vec::new();
    for round in 0..=ROUNDS {
        for id in foreign {
            // Another id of the same instant.
            let (instant, _) = id.split_at(id.len() - 12);
            let nothing = format!("{instant}{:012x}", chance.next() >> 16);
            let mut both = [(true, id.as_str(), 0.0), (false, nothing.as_str(), 0.0)];
            if chance.below(2) == 1 {
                both.reverse();
            }
            for (_, id, micros) in &mut both {
                let began = Instant::now();
                let path = format!("/v1/leads/{id}{more}");
                let (status, _) = service.send(method.clone(), &path, Some(token), body).await?;
                *micros = began.elapsed().as_secs_f64() * 1e6;
                if status != 404 {
                    return Err(format!("{status} instead of 404").into());
                }
            }
            both.sort_by_key(|(there, ..)| !there);
            let [(_, _, there), (_, _, nothing)] = both;
            // The first round warms up.
            if round > 0 {
                pairs.push((there, nothing));
            }
        }
    }
    Ok(pairs)
}

fn report(what: &str, pairs: &[(f64, f64)]) {
    let mut chance = Chance(11);
    let (there, nothing): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    let ratio =
        |pairs: Vec<(f64, f64)>| median(pairs.iter().map(|(there, nothing)| there / nothing).collect());
    let mut drawn =
        || (0..pairs.len()).filter_map(|_| pairs.get(chance.below(pairs.len())).copied()).collect();
    let mut ratios: Vec<f64> = (0..500).map(|_| ratio(drawn())).collect();
    ratios.sort_by(f64::total_cmp);
    let at = |share: usize| ratios.get(ratios.len() * share / 1000).copied().unwrap_or_default();
    println!(
        "  {what:<52} there {:.0} µs, not there {:.0} µs; ratio of a pair, median {:.3} (95 %: {:.3} to {:.3}; {} pairs)",
        median(there),
        median(nothing),
        ratio(pairs.to_vec()),
        at(25),
        at(975),
        pairs.len(),
    );
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied().unwrap_or_default()
}
