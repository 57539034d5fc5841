//! Rate limits, told to the client in the `RateLimit` and `RateLimit-Policy` headers (IETF draft
//! httpapi-ratelimit-headers) and refused with 429 and `Retry-After`.
//!
//! Every request under `/v1` is counted once by the [`Gate`]: with a good token against the budget of its account or
//! machine client, wherever it comes from, else against that of its address. What is dear or can be abused has a limit
//! of its own beside it, which its handler counts. Each instance counts for itself.

mod counters;
mod gate;
mod spenders;

pub use gate::Gate;

use super::{Code, Problem};
use crate::app::App;
use crate::auth::extract::bearer_token;
use crate::config::Config;
use crate::db::Instant;
use crate::leads::SenderStanding;
use crate::say;
use crate::say::{Say, span};
use actix_web::HttpRequest;
use actix_web::http::header::{HeaderName, HeaderValue, RETRY_AFTER};
use actix_web::web::Data;
use counters::{Budget, Counters, Table};
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::{Quota, RateLimiter};
use spenders::{Spender, Spenders};
use std::io::Write;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant as Tick};

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const STATE: HeaderName = HeaderName::from_static("ratelimit");

/// Between two sweeps of a table that is full.
const BREATH: Duration = Duration::from_secs(1);

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);

type Keyed = RateLimiter<Budget, Table, DefaultClock, StateInformationMiddleware>;

/// At most so many requests a minute or a day for each key, all of them at once if need be.
pub struct Limiter {
    told: Told,
    counting: Option<Counting>,
}

/// The texts of a limit's headers, made once and for good: each answer has them.
#[derive(Debug, Clone, Copy)]
struct Told {
    policy: &'static str,
    /// Followed by how many are left.
    state: &'static str,
}

struct Counting {
    keyed: Keyed,
    table: Table,
    clock: DefaultClock,
    swept: Mutex<Option<Tick>>,
}

/// What is left to a key after a request that passed.
#[derive(Debug, Clone, Copy)]
pub struct Allowance {
    told: Told,
    left: u32,
}

impl Allowance {
    /// Adds the two headers to a response; both are lists, so several limits may be told.
    pub fn describe<B>(&self, response: &mut actix_web::HttpResponse<B>) {
        const LONGEST: usize = 64;
        let mut buffer = [0; LONGEST];
        let mut rest = buffer.as_mut_slice();
        // Names are shorter than that.
        let _ = write!(rest, "{}{}", self.told.state, self.left);
        let unused = rest.len();
        let state = buffer.get(..LONGEST - unused).and_then(|text| HeaderValue::from_bytes(text).ok());
        let headers = response.headers_mut();
        headers.append(POLICY, HeaderValue::from_static(self.told.policy));
        if let Some(state) = state {
            headers.append(STATE, state);
        }
    }
}

impl Limiter {
    /// A limiter; `per_minute` 0 lets everything pass.
    pub fn new(name: &'static str, per_minute: u32) -> Self {
        Self::within(name, per_minute, MINUTE)
    }

    /// At most so many a day for each key; 0 lets everything pass.
    pub fn per_day(name: &'static str, per_day: u32) -> Self {
        Self::within(name, per_day, DAY)
    }

    fn within(name: &'static str, most: u32, window: Duration) -> Self {
        let counting = NonZeroU32::new(most).and_then(|most| {
            let table = Table(Arc::new(Counters::default()));
            let clock = DefaultClock::default();
            // What is used comes back evenly. A window holds at least a nanosecond for each of as many as there may be.
            let quota = Quota::with_period(window / most.get())?.allow_burst(most);
            let keyed = Keyed::new(quota, table.clone(), clock.clone());
            Some(Counting { keyed, table, clock, swept: Mutex::new(None) })
        });
        let told = Told {
            policy: format!("\"{name}\";q={most};w={}", window.as_secs()).leak(),
            state: format!("\"{name}\";r=").leak(),
        };
        Self { told, counting }
    }

    /// Counts one request of `key`: an address, or any other name. `Ok(None)` if nothing is limited.
    pub fn check(&self, key: &str) -> Result<Option<Allowance>, Problem> {
        self.count(|| Budget::of(key))
    }

    fn count(&self, budget: impl FnOnce() -> Budget) -> Result<Option<Allowance>, Problem> {
        let Some(counting) = &self.counting else { return Ok(None) };
        if counting.table.0.is_crowded() {
            counting.make_room();
        }
        match counting.keyed.check_key(&budget()) {
            Ok(snapshot) => {
                Ok(Some(Allowance { told: self.told, left: snapshot.remaining_burst_capacity() }))
            }
            Err(refused) => {
                let wait = refused.wait_time_from(counting.clock.now()).as_secs() + 1;
                Err(self.refusal(wait))
            }
        }
    }

    fn refusal(&self, wait: u64) -> Problem {
        let Say { vi, en } = span(i64::try_from(wait).unwrap_or(i64::MAX));
        Problem::new(Code::TooManyRequests)
            .detail(say!(
                "Đã quá giới hạn; hãy thử lại sau {vi}.",
                "The limit is used up; try again in {en}."
            ))
            .header(RETRY_AFTER, wait.to_string())
            .header(POLICY, self.told.policy)
            .header(STATE, format!("{}0;t={wait}", self.told.state))
    }

    /// Forgets keys that have long been quiet.
    pub fn sweep(&self) {
        if let Some(counting) = &self.counting {
            counting.keyed.retain_recent();
        }
    }
}

impl Counting {
    /// One of those who find the table full sweeps it, now and then.
    fn make_room(&self) {
        let Ok(mut swept) = self.swept.try_lock() else { return };
        if swept.is_none_or(|at| at.elapsed() >= BREATH) {
            self.keyed.retain_recent();
            *swept = Some(Tick::now());
        }
    }
}

/// The limits of the service.
pub struct Limits {
    /// All requests of an address without a good token.
    by_address: Limiter,
    /// All requests of an account, by whichever session and from wherever.
    by_account: Limiter,
    /// All requests of a machine client.
    by_client: Limiter,
    spenders: Spenders,
    /// Enquiries by an address of which nobody signed in.
    pub leads: Limiter,
    /// Files of a caller, or of an address without one.
    pub files: Limiter,
    /// Pictures of a caller.
    pub images: Limiter,
    /// Enquiries of a day by somebody who has signed in, by how well the service knows the sender.
    pub enquiries: ByStanding,
    /// Sign-in attempts by an address: the cheap wall ahead of [`throttle`](crate::accounts::throttle).
    pub sign_in_by_address: Limiter,
    /// Refreshes of sessions by an address.
    pub refresh_by_address: Limiter,
    /// Letters to whom they please, asked for by an address.
    pub letters_by_address: Limiter,
    /// Requests about personal data by an address.
    pub data_requests: Limiter,
    /// Links of letters that an address brings.
    pub links_by_address: Limiter,
}

/// Budgets of a day by the sender's standing.
pub struct ByStanding {
    signed_in: Limiter,
    registered: Limiter,
    verified: Limiter,
}

impl ByStanding {
    fn of(config: &Config) -> Self {
        let limiter = |per_day| Limiter::per_day("enquiries", per_day);
        Self {
            signed_in: limiter(config.leads_per_day),
            registered: limiter(config.leads_per_day_registered),
            verified: limiter(config.leads_per_day_verified),
        }
    }

    /// Counts one enquiry against the budget of this name. Whoever is anonymous is counted by address, not here.
    pub fn check(&self, standing: SenderStanding, budget: &str) -> Result<Option<Allowance>, Problem> {
        match standing {
            SenderStanding::Anonymous => Ok(None),
            SenderStanding::SignedIn => self.signed_in.check(budget),
            SenderStanding::Registered => self.registered.check(budget),
            SenderStanding::Verified => self.verified.check(budget),
        }
    }

    fn sweep(&self) {
        let Self { signed_in, registered, verified } = self;
        [signed_in, registered, verified].into_iter().for_each(Limiter::sweep);
    }
}

impl Limits {
    pub fn of(config: &Config) -> Self {
        Self {
            by_address: Limiter::new("requests", config.requests_per_minute),
            by_account: Limiter::new("account-requests", config.account_requests_per_minute),
            by_client: Limiter::new("client-requests", config.client_requests_per_minute),
            spenders: Spenders::default(),
            leads: Limiter::new("leads", config.leads_per_minute),
            files: Limiter::new("files", config.leads_per_minute),
            images: Limiter::new("images", config.images_per_minute),
            enquiries: ByStanding::of(config),
            sign_in_by_address: Limiter::new("sign-ins", config.sign_ins_per_minute),
            // Many people behind one address refresh every 15 minutes; a guesser needs far more than this.
            refresh_by_address: Limiter::new("refreshes", config.sign_ins_per_minute.saturating_mul(10)),
            letters_by_address: Limiter::new("letters", config.sign_ins_per_minute.div_ceil(3)),
            data_requests: Limiter::new("data-requests", config.leads_per_minute.div_ceil(3)),
            links_by_address: Limiter::new("links", config.leads_per_minute),
        }
    }

    /// Counts a request against the budget of whoever makes it.
    fn admit(app: &App, req: &HttpRequest) -> Result<Option<Allowance>, Problem> {
        let limits = &app.limits;
        let token = bearer_token(req).ok().flatten();
        match token.and_then(|token| limits.spenders.of(&app.keys, token, app.world.now())) {
            Some(Spender::Account(budget)) => limits.by_account.count(|| budget),
            Some(Spender::Client(budget)) => limits.by_client.count(|| budget),
            None => limits.by_address.count(|| {
                let address = client_ip(req, app.config.trusted_proxies);
                address.map_or(Budget::numbered(0), Budget::of_address)
            }),
        }
    }

    pub fn sweep(&self, now: Instant) {
        let Self {
            by_address,
            by_account,
            by_client,
            spenders,
            leads,
            files,
            images,
            enquiries,
            sign_in_by_address,
            refresh_by_address,
            letters_by_address,
            data_requests,
            links_by_address,
        } = self;
        spenders.sweep(now);
        enquiries.sweep();
        for limiter in [by_address, by_account, by_client, leads, files, images] {
            limiter.sweep();
        }
        for limiter in [sign_in_by_address, refresh_by_address, letters_by_address, data_requests] {
            limiter.sweep();
        }
        links_by_address.sweep();
    }
}

/// The client's address. `X-Forwarded-For` counts only behind the configured number of trusted proxies.
pub fn client_address(req: &HttpRequest) -> String {
    let proxies = req.app_data::<Data<App>>().map_or(0, |app| app.config.trusted_proxies);
    client_ip(req, proxies).map_or_else(|| "unknown".to_owned(), |address| address.to_string())
}

fn client_ip(req: &HttpRequest, proxies: usize) -> Option<IpAddr> {
    let forwarded = (proxies > 0).then(|| forwarded_for(req, proxies)).flatten();
    forwarded.or_else(|| req.peer_addr().map(|peer| peer.ip())).map(|address| address.to_canonical())
}

/// Each proxy appends the address it saw, to the last line of the header or in one of its own: the outermost trusted
/// one's entry stands `proxies` places from the end of all. Some add the port.
fn forwarded_for(req: &HttpRequest, proxies: usize) -> Option<IpAddr> {
    let lines = req.headers().get_all("x-forwarded-for").map(|line| line.to_str().unwrap_or_default());
    let entries: Vec<&str> = lines.flat_map(|line| line.split(',')).collect();
    let entry = entries.iter().rev().nth(proxies - 1)?.trim();
    let with_port = || entry.parse::<SocketAddr>().map(|address| address.ip()).ok();
    entry.trim_matches(['[', ']']).parse().ok().or_else(with_port)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn seen(lines: &[&str], proxies: usize) -> String {
        let peer: SocketAddr = "198.51.100.1:4000".parse().expect("an address");
        let request = lines.iter().fold(TestRequest::default().peer_addr(peer), |request, line| {
            request.append_header(("X-Forwarded-For", *line))
        });
        client_ip(&request.to_http_request(), proxies).expect("an address").to_string()
    }

    #[test]
    fn only_what_trusted_proxies_appended_is_believed() {
        const PEER: &str = "198.51.100.1";
        assert_eq!(seen(&["203.0.113.7"], 0), PEER);
        assert_eq!(seen(&[], 1), PEER);
        assert_eq!(seen(&["203.0.113.7"], 1), "203.0.113.7");
        assert_eq!(seen(&["10.0.0.1, 203.0.113.7"], 1), "203.0.113.7");
        assert_eq!(seen(&["10.0.0.1", "203.0.113.7"], 1), "203.0.113.7");
        assert_eq!(seen(&["10.0.0.1, 203.0.113.7, 192.0.2.9"], 2), "203.0.113.7");
        assert_eq!(seen(&["203.0.113.7"], 2), PEER);
        assert_eq!(seen(&["nonsense"], 1), PEER);
        assert_eq!(seen(&["203.0.113.7:5123"], 1), "203.0.113.7");
        assert_eq!(seen(&["[2001:db8::1]:5123"], 1), "2001:db8::1");
        assert_eq!(seen(&["::ffff:203.0.113.7"], 1), "203.0.113.7");
    }
}
