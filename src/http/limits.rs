//! Rate limits per key (an address, an account), told to the client in the `RateLimit` and `RateLimit-Policy`
//! headers (IETF draft httpapi-ratelimit-headers) and refused with 429 and `Retry-After`.

use super::{Code, Problem};
use crate::app::App;
use crate::say;
use actix_web::HttpRequest;
use actix_web::http::header::{HeaderName, RETRY_AFTER};
use actix_web::web::Data;
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};
use std::num::NonZeroU32;

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const STATE: HeaderName = HeaderName::from_static("ratelimit");

type Keyed = RateLimiter<String, DefaultKeyedStateStore<String>, DefaultClock, StateInformationMiddleware>;

/// At most so many requests a minute for each key, all of them at once if need be.
pub struct Limiter {
    name: &'static str,
    per_minute: u32,
    keyed: Option<Keyed>,
    clock: DefaultClock,
}

/// What is left to a key after a request that passed.
#[derive(Debug, Clone)]
pub struct Allowance {
    policy: String,
    state: String,
}

impl Allowance {
    /// Adds the two headers to a response; both are lists, so several limits may be told.
    pub fn describe(&self, response: &mut actix_web::HttpResponse) {
        for (name, text) in [(POLICY, &self.policy), (STATE, &self.state)] {
            if let Ok(value) = text.parse() {
                response.headers_mut().append(name, value);
            }
        }
    }
}

impl Limiter {
    /// A limiter; `per_minute` 0 lets everything pass.
    pub fn new(name: &'static str, per_minute: u32) -> Self {
        let quota = NonZeroU32::new(per_minute).map(Quota::per_minute);
        let keyed = quota.map(|quota| RateLimiter::keyed(quota).with_middleware());
        Self { name, per_minute, keyed, clock: DefaultClock::default() }
    }

    /// Counts one request of `key`. `Ok(None)` if nothing is limited.
    pub fn check(&self, key: &str) -> Result<Option<Allowance>, Problem> {
        let Some(keyed) = &self.keyed else { return Ok(None) };
        let policy = format!("\"{}\";q={};w=60", self.name, self.per_minute);
        match keyed.check_key(&key.to_owned()) {
            Ok(snapshot) => {
                let state = format!("\"{}\";r={}", self.name, snapshot.remaining_burst_capacity());
                Ok(Some(Allowance { policy, state }))
            }
            Err(refused) => {
                let wait = refused.wait_time_from(self.clock.now()).as_secs() + 1;
                Err(Problem::new(Code::TooManyRequests)
                    .detail(say!(
                        "Đã quá giới hạn; hãy thử lại sau {wait} giây.",
                        "The limit is used up; try again in {wait} seconds."
                    ))
                    .header(RETRY_AFTER, wait.to_string())
                    .header(POLICY, policy)
                    .header(STATE, format!("\"{}\";r=0;t={wait}", self.name)))
            }
        }
    }

    /// Forgets keys that have long been quiet.
    pub fn sweep(&self) {
        if let Some(keyed) = &self.keyed {
            keyed.retain_recent();
            keyed.shrink_to_fit();
        }
    }
}

/// The limits of the service.
pub struct Limits {
    /// Enquiries by an address.
    pub leads: Limiter,
    /// Sign-in attempts by an address.
    pub sign_in_by_address: Limiter,
    /// Sign-in attempts at an account, whoever makes them.
    pub sign_in_by_account: Limiter,
}

impl Limits {
    pub fn sweep(&self) {
        self.leads.sweep();
        self.sign_in_by_address.sweep();
        self.sign_in_by_account.sweep();
    }
}

/// The client's address. `X-Forwarded-For` counts only behind the configured number of trusted proxies.
pub fn client_address(req: &HttpRequest) -> String {
    let proxies = req.app_data::<Data<App>>().map_or(0, |app| app.config.trusted_proxies);
    let forwarded = (proxies > 0).then(|| forwarded_for(req, proxies)).flatten();
    forwarded
        .or_else(|| req.peer_addr().map(|peer| peer.ip().to_string()))
        .unwrap_or_else(|| "unknown".to_owned())
}

/// Each proxy appends the address it saw: the outermost trusted one's entry stands `proxies` places from the end.
fn forwarded_for(req: &HttpRequest, proxies: usize) -> Option<String> {
    let header = req.headers().get("x-forwarded-for")?.to_str().ok()?;
    header.rsplit(',').nth(proxies - 1).map(|address| address.trim().to_owned())
}
