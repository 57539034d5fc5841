//! Does the time of an answer tell whether an account exists? Sign-ins with a wrong password over HTTP, at an account that
//! exists and at one that does not, one after the other in either order; printed is the median ratio of such a pair with
//! its 95 % interval.
//! `cargo bench --bench sign_in`; with `DATABASE_URL=postgres://…` on that (empty) database, else on a SQLite file.
#![expect(clippy::print_stdout, reason = "a benchmark tells what it measured")]

use actix_web::web::Data;
use ocop_market::accounts::{self, Email, NewUser, Role};
use ocop_market::app::{self, App};
use ocop_market::auth::Password;
use ocop_market::config::Config;
use ocop_market::world::World;
use serde_json::json;
use std::net::TcpListener;
use std::time::Instant;

type Failed = Box<dyn std::error::Error>;

/// Accounts of each kind; each is guessed at six times, the sixth of which begins to be slowed.
const ACCOUNTS: usize = 200;
const GUESSES: usize = 6;
const PASSWORD: &str = "mật khẩu để đo";

/// Chance that is the same each time (SplitMix64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let bound = u64::try_from(bound).unwrap_or(1).max(1);
        usize::try_from((z ^ (z >> 31)) % bound).unwrap_or_default()
    }

    fn shuffle<T>(&mut self, all: &mut [T]) {
        for last in (1..all.len()).rev() {
            all.swap(last, self.below(last + 1));
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Known,
    Unknown,
}

impl Kind {
    fn email(self, n: usize) -> String {
        match self {
            Self::Known => format!("person-{n}@known.example"),
            Self::Unknown => format!("person-{n}@other.example"),
        }
    }
}

struct Service {
    base: String,
    client: reqwest::Client,
}

impl Service {
    /// Microseconds until the answer is read.
    async fn sign_in(&self, email: &str, password: &str, from: &str) -> Result<(u16, f64), Failed> {
        let body = json!({ "email": email, "password": password });
        let request = self.client.post(format!("{}/v1/sessions", self.base)).json(&body);
        let began = Instant::now();
        let answer = request.header("X-Forwarded-For", from).send().await?;
        let status = answer.status().as_u16();
        answer.bytes().await?;
        Ok((status, began.elapsed().as_secs_f64() * 1e6))
    }
}

fn main() -> Result<(), Failed> {
    let dir = tempfile::tempdir()?;
    let data_dir = dir.path().to_string_lossy().into_owned();
    let settings = ["--data-dir", &data_dir, "--sign-ins-per-minute=0", "--trusted-proxies=1", "--log=error"];
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

async fn measure(app: &Data<App>, service: &Service) -> Result<(), Failed> {
    for n in 0..ACCOUNTS {
        let new = NewUser {
            email: Email::parse(&Kind::Known.email(n)).map_err(|_| "an address")?,
            password: Password::parse(PASSWORD).map_err(|_| "a password")?,
            display_name: None,
            role: Role::Member,
            memberships: Vec::new(),
        };
        let world = app.world.clone();
        app.db.write(move |conn| accounts::create_user(conn, &world, new)).await?;
        // Places it is known from, as accounts in use have.
        for place in 0..3 {
            service.sign_in(&Kind::Known.email(n), PASSWORD, &format!("198.51.{place}.{n}")).await?;
        }
    }
    let mut chance = Chance(7);
    let (mut first, mut slowing) = (Vec::new(), Vec::new());
    for guess in 1..=GUESSES {
        for n in 0..ACCOUNTS {
            // In pairs, either first: what else the machine does slows both.
            let mut pair = [(Kind::Known, 0.0), (Kind::Unknown, 0.0)];
            chance.shuffle(&mut pair);
            for (kind, micros) in &mut pair {
                let from = format!("10.{guess}.{}.{}", chance.below(256), chance.below(256));
                let (status, measured) = service.sign_in(&kind.email(n), "not the password", &from).await?;
                if status != 401 {
                    return Err(format!("{status} instead of 401").into());
                }
                *micros = measured;
            }
            pair.sort_by_key(|(kind, _)| *kind == Kind::Unknown);
            let [(_, known), (_, unknown)] = pair;
            if guess == GUESSES { slowing.push((known, unknown)) } else { first.push((known, unknown)) }
        }
    }
    println!("sign-in with a wrong password, time to the answer");
    report("the five that are free", &first, &mut chance);
    report("the sixth, which is logged", &slowing, &mut chance);
    Ok(())
}

fn report(what: &str, pairs: &[(f64, f64)], chance: &mut Chance) {
    let (known, unknown): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    let ratio =
        |pairs: Vec<(f64, f64)>| median(pairs.iter().map(|(known, unknown)| known / unknown).collect());
    let mut drawn =
        || (0..pairs.len()).filter_map(|_| pairs.get(chance.below(pairs.len())).copied()).collect();
    let mut ratios: Vec<f64> = (0..2000).map(|_| ratio(drawn())).collect();
    ratios.sort_by(f64::total_cmp);
    let at = |share: usize| ratios.get(ratios.len() * share / 1000).copied().unwrap_or_default();
    println!(
        "  {what:<28} median known {:.2} ms, unknown {:.2} ms; ratio of a pair, median {:.3} (95 %: {:.3} to {:.3}; {} pairs)",
        median(known) / 1e3,
        median(unknown) / 1e3,
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
