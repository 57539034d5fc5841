//! How fast somebody may guess: passwords, codes, secrets of machine clients.
//!
//! Failures are counted by what is guessed at and by where the guesses come from, in the database, so that all instances
//! count together. The first few cost nothing; after them each is followed by a delay that doubles, from a second to a
//! quarter of an hour, in which nothing is looked at and nothing is counted: an owner who knows the password gets in
//! when the delay is over, however many others go on trying. What has been quiet for a day is forgotten.
//!
//! A guess is counted **ahead**: [`reserve`] takes it for a failure before anything is looked at, and who turns out to be
//! right gets it back ([`succeed`]). Guesses that come all at once are therefore counted one after the other.
//!
//! A stranger who guesses on and on keeps an account's delay at its longest. So that this locks no owner out, guesses from
//! a place from which the account has been signed in to of late are counted apart. And a success takes back only itself
//! from the count of its address: somebody with an account of one's own cannot wash an address clean with it.

use super::{AccountError, Email, UserId, store};
use crate::clients::ClientId;
use crate::db::{Conn, Instant};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// The longest delay.
const LONGEST_SECONDS: i64 = 15 * 60;
/// Failures are forgotten when the last one is so old.
/// Failures are forgotten when it has been quiet for so long.
pub const FORGOTTEN_SECONDS: i64 = 24 * 3600;
/// Failures without a delay: at an account, and from an address, behind which there may be many people.
const FREE_AT_ACCOUNT: i64 = 5;
const FREE_FROM_ADDRESS: i64 = 20;

/// Too many wrong guesses: nothing is looked at for so many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many wrong guesses; the next one in {wait_seconds} s")]
pub struct Throttled {
    pub wait_seconds: i64,
}

/// The failures of a key, as they are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    pub failures: i64,
    pub last_failed_at: Instant,
    pub blocked_until: Instant,
}

impl Count {
    pub(super) fn none(now: Instant) -> Self {
        Self { failures: 0, last_failed_at: now, blocked_until: now }
    }

    /// One failure more.
    fn plus_one(self, free: i64, now: Instant) -> Self {
        let quiet = self.last_failed_at.plus_seconds(FORGOTTEN_SECONDS) <= now;
        let failures = if quiet { 1 } else { self.failures.saturating_add(1) };
        Self { failures, last_failed_at: now, blocked_until: now.plus_seconds(delay_after(failures, free)) }
    }
}

/// 0 for those that are free, then 1, 2, 4, … seconds.
fn delay_after(failures: i64, free: i64) -> i64 {
    let doubled = u32::try_from(failures.saturating_sub(free).saturating_sub(1).min(30));
    doubled.map_or(0, |doubled| 1_i64.checked_shl(doubled).unwrap_or(LONGEST_SECONDS).min(LONGEST_SECONDS))
}

/// One thing that failures are counted by.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Key {
    text: String,
    free: i64,
    /// Of what is guessed at: who guesses right starts anew. Not so a place guesses come from.
    cleared: bool,
}

/// What a guess counts at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guess(Vec<Key>);

impl Guess {
    /// At the password of an account, which need not exist. `known_place`: see [`super::sign_in::look_up`].
    pub fn at_account(email: &Email, address: &str, known_place: bool) -> Self {
        let [anywhere, known] = account_keys(&email.key());
        Self::of(vec![guessed(if known_place { known } else { anywhere }), from(address)])
    }

    /// At the password or a code of the user whose session is open: apart from sign-ins, lest a stolen session keep its
    /// owner from signing in.
    pub fn by_user(user: UserId) -> Self {
        Self::of(vec![guessed(user_key(user))])
    }

    /// At the password of a registration that waits to be confirmed: apart from others of the address.
    pub fn at_registration(token_hash: &str, address: &str) -> Self {
        Self::of(vec![guessed(format!("registration:{token_hash}")), from(address)])
    }

    /// At the secret of a machine client.
    pub fn at_client(client: ClientId, address: &str) -> Self {
        Self::of(vec![guessed(format!("client:{client}")), from(address)])
    }

    /// In one order, so that no two transactions wait for each other.
    fn of(mut keys: Vec<Key>) -> Self {
        keys.sort_by(|a, b| a.text.cmp(&b.text));
        Self(keys)
    }
}

/// What guesses at an account are counted by: from anywhere, from places that its holder was seen at.
fn account_keys(email_key: &str) -> [String; 2] {
    let hash = hashed(email_key);
    [format!("account:{hash}"), format!("account:{hash}:known")]
}

/// Everything that names an account among the keys, to forget it.
pub fn keys_of(user: UserId, email_key: &str) -> [String; 3] {
    let [anywhere, known] = account_keys(email_key);
    [anywhere, known, user_key(user)]
}

fn user_key(user: UserId) -> String {
    format!("user:{user}")
}

/// The table tells neither addresses of mail nor of networks to whoever reads it.
fn hashed(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(text.as_bytes()))
}

fn guessed(text: String) -> Key {
    Key { text, free: FREE_AT_ACCOUNT, cleared: true }
}

fn from(address: &str) -> Key {
    Key { text: format!("address:{}", hashed(&network(address))), free: FREE_FROM_ADDRESS, cleared: false }
}

/// The network somebody is to be taken for: an IPv4 address, of IPv6 the /64 that each household has at least. What is
/// no address (of a proxy that says something else) is itself, cut.
pub fn network(address: &str) -> String {
    let address = address.trim();
    let bare = address.trim_start_matches('[').trim_end_matches(']');
    let parsed = bare.parse::<IpAddr>().or_else(|_| address.parse::<SocketAddr>().map(|socket| socket.ip()));
    match parsed.map(|ip| ip.to_canonical()) {
        Ok(IpAddr::V4(ip)) => ip.to_string(),
        Ok(IpAddr::V6(ip)) => {
            let prefix = Ipv6Addr::from_bits(ip.to_bits() & (u128::MAX << 64));
            format!("{prefix}/64")
        }
        Err(_) => address.chars().take(64).collect(),
    }
}

/// A guess that is counted as a failure until it is known to be none.
#[derive(Debug, Clone)]
pub struct Reservation(Vec<Reserved>);

#[derive(Debug, Clone)]
struct Reserved {
    key: Key,
    before: Count,
    after: Count,
}

impl Reservation {
    /// Is this the guess after which the one guessed at begins to be slowed? Worth a line in the audit log, once.
    pub fn begins_delay(&self) -> bool {
        self.0.iter().any(|one| one.key.cleared && one.after.failures == one.key.free + 1)
    }
}

/// Counts a guess ahead, or refuses to look at it. In a short transaction of its own if what follows takes long; the
/// refusal rolls back, so that nothing is counted.
pub fn reserve(conn: &mut Conn, now: Instant, guess: &Guess) -> Result<Reservation, AccountError> {
    let mut reserved = Vec::with_capacity(guess.0.len());
    let mut blocked_until = now;
    for key in &guess.0 {
        let before = store::lock_count(conn, &key.text, now)?;
        blocked_until = blocked_until.max(before.blocked_until);
        reserved.push(Reserved { key: key.clone(), before, after: before.plus_one(key.free, now) });
    }
    if blocked_until > now {
        let micros = blocked_until.micros().saturating_sub(now.micros());
        let wait_seconds = micros.saturating_add(999_999) / 1_000_000;
        return Err(AccountError::Throttled(Throttled {
            wait_seconds: wait_seconds.clamp(1, LONGEST_SECONDS),
        }));
    }
    for one in &reserved {
        store::write_count(conn, &one.key.text, one.after)?;
    }
    Ok(Reservation(reserved))
}

/// The guess was right: what was guessed at starts anew, its address gets this one guess back.
pub fn succeed(conn: &mut Conn, now: Instant, reservation: &Reservation) -> Result<(), AccountError> {
    for one in &reservation.0 {
        match one.key.cleared {
            true => store::write_count(conn, &one.key.text, Count::none(now))?,
            false => give_back(conn, now, one)?,
        }
    }
    Ok(())
}

/// The guess was none: it could not be looked at, or was only the first half of a proof.
pub fn take_back(conn: &mut Conn, now: Instant, reservation: &Reservation) -> Result<(), AccountError> {
    reservation.0.iter().try_for_each(|one| give_back(conn, now, one))
}

/// As it was before, unless others have failed meanwhile: then one less.
fn give_back(conn: &mut Conn, now: Instant, one: &Reserved) -> Result<(), AccountError> {
    let present = store::lock_count(conn, &one.key.text, now)?;
    let back = match present == one.after {
        true => one.before,
        false => Count { failures: (present.failures - 1).max(0), ..present },
    };
    Ok(store::write_count(conn, &one.key.text, back)?)
}

/// Writes the counts of a failed guess once more, as they are: what is done for an account that exists has as much to
/// commit as what is done for one that does not.
pub(super) fn touch(conn: &mut Conn, now: Instant, reservation: &Reservation) -> Result<(), AccountError> {
    for one in &reservation.0 {
        let present = store::lock_count(conn, &one.key.text, now)?;
        store::write_count(conn, &one.key.text, present)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_a_quarter_of_an_hour() {
        let delays: Vec<i64> = (1..=17).map(|failures| delay_after(failures, 5)).collect();
        assert_eq!(delays, [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
        assert_eq!(delay_after(i64::MAX, 5), 900);
        assert_eq!(delay_after(75, 5), 900);
    }

    #[test]
    fn a_day_of_quiet_is_a_new_beginning() {
        let start = Instant::from_micros(1_795_000_000_000_000);
        let mut count = Count::none(start);
        for _ in 0..30 {
            count = count.plus_one(5, start);
        }
        assert_eq!((count.failures, count.blocked_until), (30, start.plus_seconds(900)));
        assert_eq!(count.plus_one(5, start.plus_seconds(86_399)).failures, 31);
        let anew = count.plus_one(5, start.plus_seconds(86_400));
        assert_eq!((anew.failures, anew.blocked_until), (1, start.plus_seconds(86_400)));
    }

    #[test]
    fn one_household_is_one_network() {
        for (address, expected) in [
            ("192.0.2.7", "192.0.2.7"),
            (" 192.0.2.7 ", "192.0.2.7"),
            ("192.0.2.7:4711", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("[2001:db8:1:2:ffff::1]", "2001:db8:1:2::/64"),
            ("[2001:db8:1:2::1]:443", "2001:db8:1:2::/64"),
            ("unknown", "unknown"),
        ] {
            assert_eq!(network(address), expected, "{address}");
        }
        assert_eq!(network(&"x".repeat(500)).len(), 64);
    }

    #[test]
    fn a_key_names_nobody() {
        let email = Email::parse("ban.hang@shop.example").expect("an address");
        let Guess(keys) = Guess::at_account(&email, "192.0.2.7", false);
        let texts: Vec<&str> = keys.iter().map(|key| key.text.as_str()).collect();
        assert_eq!(texts.len(), 2);
        assert!(texts.iter().all(|text| !text.contains("shop") && !text.contains("ban.hang")), "{texts:?}");
        assert_ne!(Guess::at_account(&email, "192.0.2.7", true), Guess(keys));
    }
}
