//! Fetching a picture from an address that somebody gives us, without fetching for them what is not theirs to see.
//!
//! Whoever names an address sends **us** there, from inside our network: to our own services, to the machine itself, to what a
//! provider tells its machines at 169.254.169.254 (server-side request forgery). So:
//!
//! * only `http` and `https` on their own ports, only names, no numbers in any spelling, no user and password;
//! * every address the name leads to must be public, and it is **those** addresses that are spoken to: the name is not looked
//!   up again, so that it cannot lead elsewhere meanwhile (DNS rebinding);
//! * redirects are followed by hand, three at most, each looked at like the first;
//! * no proxy, no cookies, nothing of the caller goes along; time and size are bounded.
//!
//! Whatever goes wrong, the caller gets one answer. What is behind an address that may not be fetched must not be told by
//! the difference to one that does not answer.

mod addresses;

use super::MOST_BYTES;
use super::spool::{Spool, Spooled};
use crate::world::World;
use reqwest::header::{CONTENT_LENGTH, LOCATION};
use reqwest::{Client, Response, StatusCode, redirect};
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;
use tokio::time::timeout;
use url::{Host, Url};

/// For all of it, redirects included.
const MOST_TIME: Duration = Duration::from_secs(30);
const MOST_CONNECTING: Duration = Duration::from_secs(5);
const MOST_REDIRECTS: usize = 3;
/// The longest address that is followed.
pub const MOST_ADDRESS: usize = 2000;

/// Why nothing was fetched; for the log, not for the caller.
#[derive(Debug, thiserror::Error)]
pub enum NotFetched {
    #[error("an address that may not be fetched")]
    Forbidden,
    #[error("the name leads nowhere: {0}")]
    Unknown(std::io::Error),
    #[error("no answer: {0}")]
    NoAnswer(#[from] reqwest::Error),
    #[error("answered with {0}")]
    Status(StatusCode),
    #[error("redirected too often, or nowhere")]
    Redirects,
    #[error("too large")]
    TooLarge,
    #[error("too slow")]
    TooSlow,
    /// Ours: the disk is full.
    #[error("cannot be kept: {0}")]
    Spool(std::io::Error),
}

/// Fetches what stands at an address into a file.
pub async fn fetch(world: &World, url: Url, dir: &Path) -> Result<Spooled, NotFetched> {
    timeout(MOST_TIME, follow(world, url, dir)).await.map_err(|_| NotFetched::TooSlow)?
}

async fn follow(world: &World, mut url: Url, dir: &Path) -> Result<Spooled, NotFetched> {
    for _ in 0..=MOST_REDIRECTS {
        let response = ask(world, &url).await?;
        let status = response.status();
        if status == StatusCode::OK {
            return receive(response, dir).await;
        }
        if !matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
            return Err(NotFetched::Status(status));
        }
        let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
        let location = location.filter(|text| text.len() <= MOST_ADDRESS).ok_or(NotFetched::Redirects)?;
        url = url.join(location).map_err(|_| NotFetched::Redirects)?;
    }
    Err(NotFetched::Redirects)
}

/// One request to the addresses that were looked at, and to no others.
async fn ask(world: &World, url: &Url) -> Result<Response, NotFetched> {
    let host = host_of(url)?;
    let addresses = allowed_addresses(world, host, url).await?;
    let client = Client::builder()
        .no_proxy()
        .redirect(redirect::Policy::none())
        .referer(false)
        .http1_only()
        .pool_max_idle_per_host(0)
        .connect_timeout(MOST_CONNECTING)
        .timeout(MOST_TIME)
        .user_agent("ocop-market")
        .resolve_to_addrs(host, &addresses)
        .build()?;
    let response = client.get(url.clone()).send().await?;
    match response.remote_addr() {
        Some(spoken_to) if !addresses.iter().any(|address| address.ip() == spoken_to.ip()) => {
            Err(NotFetched::Forbidden)
        }
        _ => Ok(response),
    }
}

/// The name an address has, if it is one that may be looked up at all.
fn host_of(url: &Url) -> Result<&str, NotFetched> {
    let plain = matches!(url.scheme(), "http" | "https")
        && url.username().is_empty()
        && url.password().is_none()
        // The scheme's own port is told by none.
        && url.port().is_none();
    match url.host() {
        // Numbers in whatever spelling (2130706433, 0x7f.1, 0177.0.0.1) are addresses by now.
        Some(Host::Domain(name)) if plain && is_of_the_world(name) => Ok(name),
        _ => Err(NotFetched::Forbidden),
    }
}

/// Names that lead out of our own network, as far as the name tells.
fn is_of_the_world(name: &str) -> bool {
    const OWN: [&str; 7] = ["localhost", "local", "internal", "intranet", "lan", "home.arpa", "onion"];
    let name = name.trim_end_matches('.');
    let ends_with =
        |own: &str| name.strip_suffix(own).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    name.contains('.') && !OWN.iter().any(|own| ends_with(own))
}

/// Where the name leads, if all of it is public: a name that also leads inside is not for us.
async fn allowed_addresses(world: &World, host: &str, url: &Url) -> Result<Vec<SocketAddr>, NotFetched> {
    let port = url.port_or_known_default().ok_or(NotFetched::Forbidden)?;
    let resolving = world.network().resolve(host, port);
    let addresses = timeout(MOST_CONNECTING, resolving).await.map_err(|_| NotFetched::TooSlow)?;
    let addresses = addresses.map_err(NotFetched::Unknown)?;
    let is_allowed =
        |address: &SocketAddr| addresses::is_public(address.ip()) || world.network().is_excepted(*address);
    if addresses.is_empty() || !addresses.iter().all(is_allowed) {
        return Err(NotFetched::Forbidden);
    }
    Ok(addresses)
}

async fn receive(mut response: Response, dir: &Path) -> Result<Spooled, NotFetched> {
    let promised = response.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    if promised.and_then(|text| text.parse::<u64>().ok()).is_some_and(|length| length > MOST_BYTES) {
        return Err(NotFetched::TooLarge);
    }
    let mut spool = Spool::new(dir).map_err(NotFetched::Spool)?;
    while let Some(chunk) = response.chunk().await? {
        spool.write(&chunk).map_err(NotFetched::Spool)?;
        if spool.length() > MOST_BYTES {
            return Err(NotFetched::TooLarge);
        }
    }
    Ok(spool.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_the_world_on_the_usual_ports_are_asked() {
        for (url, may_be) in [
            ("https://anh.example.vn/banh.jpg", true),
            ("http://anh.example.vn:80/banh.jpg", true),
            ("https://anh.example.vn:443/banh.jpg", true),
            ("https://ảnh.vn/x", true),
            ("https://anh.example.vn./x", true),
            ("https://anh.example.vn:8443/banh.jpg", false),
            ("http://anh.example.vn:443/", false),
            ("ftp://anh.example.vn/banh.jpg", false),
            ("file:///etc/passwd", false),
            ("https://ai@anh.example.vn/", false),
            ("https://:x@anh.example.vn/", false),
            ("http://127.0.0.1/", false),
            ("http://2130706433/", false),
            ("http://0x7f000001/", false),
            ("http://0x7f.1/", false),
            ("http://0177.0.0.1/", false),
            ("http://127.1/", false),
            ("http://①②⑦.⓪.⓪.①/", false),
            ("http://134744072/", false),
            ("http://8.8.8.8/", false),
            ("http://[::1]/", false),
            ("http://[::ffff:127.0.0.1]/", false),
            ("http://[2606:4700:4700::1111]/", false),
            ("http://localhost/", false),
            ("http://localhost./", false),
            ("http://LOCALHOST/", false),
            ("http://a.localhost/", false),
            ("http://metadata.google.internal/", false),
            ("http://printer.local/", false),
            ("http://db/", false),
            ("http://notlocalhost.vn/", true),
        ] {
            let may = Url::parse(url).is_ok_and(|url| host_of(&url).is_ok());
            assert_eq!(may, may_be, "{url}");
        }
    }
}
