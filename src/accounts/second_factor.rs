//! The second factor: time-based one-time passwords (RFC 6238) of an authenticator app, and recovery codes for the day
//! the telephone is lost.
//!
//! Setting it up takes two steps, lest somebody be locked out by a secret that never reached the app: a secret is handed
//! out and **pending** for an hour, and counts once a code of it has come. Who has one and gets another telephone does
//! the same and shows the old factor first; until the new one is confirmed, the old one counts.
//!
//! A code is good once (RFC 6238 §5.2): the step of the last one is kept, and only later ones count. A clock may be off
//! by one step of 30 seconds. Of recovery codes only hashes are kept; each is used once.

use super::model::EndReason;
use super::proof::Proven;
use super::{AccountError, Email, Role, SecondFactorRule, SessionId, UserId, letters, store, throttle};
use crate::audit::{self, Action, Agent, Event};
use crate::db::{Conn, Instant};
use crate::input::Faults;
use crate::mail::MailKind;
use crate::say::{Invalid, Say};
use crate::world::World;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use diesel::connection::Connection;
use sha2::{Digest, Sha256};
use throttle::Reservation;
use totp_rs::{Builder, Secret, Totp};

/// How many recovery codes there are at once.
const RECOVERY_CODES: usize = 10;
/// How long a secret that was handed out waits for its first code.
const PENDING_SECONDS: i64 = 3600;
/// The fields that bring them.
const CODE: &str = "code";
const RECOVERY_CODE: &str = "recovery_code";

/// The six digits of an authenticator app; spaces do not count.
#[derive(Clone, PartialEq, Eq)]
pub struct OneTimeCode(String);

impl OneTimeCode {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        if digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(Self(digits));
        }
        Err(Invalid::new(
            "invalid_code",
            Say::new("Mã xác thực gồm 6 chữ số.", "The code of an authenticator app has 6 digits."),
        ))
    }
}

impl std::fmt::Debug for OneTimeCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OneTimeCode(…)")
    }
}

crate::parsed_input!(OneTimeCode);
crate::string_schema!(OneTimeCode, "totp", "492039");

/// 80 random bits as sixteen symbols that are not taken for each other: `k3v9-fqxm-4t7e-w2hn`.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryCode(String);

impl RecoveryCode {
    fn random(world: &World) -> Self {
        const SYMBOLS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
        let symbol = |byte: u8| SYMBOLS.get(usize::from(byte % 32)).copied().unwrap_or(b'0');
        Self(world.bytes::<16>().into_iter().map(|byte| char::from(symbol(byte))).collect())
    }

    /// Takes any text: one that is no code of ours is as wrong as another. Case, hyphens and spaces do not count, nor
    /// does an O typed for a 0.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let same = |c: char| match c {
            'o' => '0',
            'i' | 'l' => '1',
            c => c,
        };
        let kept = text.chars().filter(|c| !c.is_whitespace() && *c != '-');
        Ok(Self(kept.flat_map(char::to_lowercase).map(same).collect()))
    }

    /// In groups of four, for the one who is to keep it.
    pub fn reveal(&self) -> String {
        let mut text = String::new();
        for (place, symbol) in self.0.chars().enumerate() {
            if place > 0 && place % 4 == 0 {
                text.push('-');
            }
            text.push(symbol);
        }
        text
    }

    /// With the user's id, so that a code is good for one account only. A fast hash: there is nothing to guess in 80
    /// random bits.
    fn hash(&self, user: UserId) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(format!("{user}:{}", self.0)))
    }
}

impl std::fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecoveryCode(…)")
    }
}

crate::parsed_input!(RecoveryCode);
crate::string_schema!(RecoveryCode, "recovery-code", "k3v9-fqxm-4t7e-w2hn");

/// What somebody shows beside the password.
#[derive(Debug, Clone)]
pub enum Shown {
    Code(OneTimeCode),
    Recovery(RecoveryCode),
}

impl Shown {
    /// The one of two that was given; both are one too many.
    pub fn of(code: Option<OneTimeCode>, recovery: Option<RecoveryCode>) -> Result<Option<Self>, Faults> {
        match (code, recovery) {
            (Some(_), Some(_)) => Err(Faults::one(
                [RECOVERY_CODE],
                Invalid::new(
                    "one_of_both",
                    Say::new(
                        "Chỉ gửi một trong hai: code hoặc recovery_code.",
                        "Send one of the two: code or recovery_code.",
                    ),
                ),
            )),
            (code, recovery) => Ok(code.map(Self::Code).or(recovery.map(Self::Recovery))),
        }
    }

    fn field(&self) -> &'static str {
        match self {
            Self::Code(_) => CODE,
            Self::Recovery(_) => RECOVERY_CODE,
        }
    }
}

/// What came of what was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checked {
    /// The account has no second factor.
    NotSet,
    Right,
    /// A recovery code, used now; so many are left.
    RightByRecovery {
        left: i64,
    },
    Wrong,
    /// Nothing was shown.
    Missing,
}

/// A secret, as the database keeps it (base32), with the account it is for.
fn totp(secret: &str) -> Option<Totp> {
    Builder::new().with_secret(Secret::try_from_base32(secret).ok()?).build().ok()
}

/// The step of a right code that comes after `last`.
fn step_of(secret: &str, code: &OneTimeCode, now: Instant, last: i64) -> Option<i64> {
    let seconds = u64::try_from(now.unix_seconds()).ok()?;
    let step = i64::try_from(totp(secret)?.check(&code.0, seconds)?).ok()?;
    (step > last).then_some(step)
}

/// Checks what was shown, and uses it up. Of two transactions that bring the same code one is first.
pub(super) fn check(
    conn: &mut Conn,
    world: &World,
    user: UserId,
    shown: Option<&Shown>,
) -> Result<Checked, AccountError> {
    let Some(factor) = store::lock_factor(conn, user)? else { return Ok(Checked::NotSet) };
    let Some(secret) = factor.secret else { return Ok(Checked::NotSet) };
    let now = world.now();
    Ok(match shown {
        None => Checked::Missing,
        Some(Shown::Code(code)) => match step_of(&secret, code, now, factor.last_step) {
            Some(step) => {
                store::use_step(conn, user, step)?;
                Checked::Right
            }
            None => Checked::Wrong,
        },
        Some(Shown::Recovery(code)) => match store::use_recovery_code(conn, user, &code.hash(user), now)? {
            0 => Checked::Wrong,
            _ => {
                let left = store::recovery_codes_left(conn, user)?;
                let values = vec![("when", letters::when(now)), ("left", left.to_string())];
                letters::tell(conn, world, user, MailKind::RecoveryCodeUsed, values)?;
                Checked::RightByRecovery { left }
            }
        },
    })
}

impl Proven {
    /// Takes the user's row, ahead of all others of the account, and makes sure that the password is still that one.
    fn lock(&self, conn: &mut Conn) -> Result<(), AccountError> {
        match store::lock_password(conn, self.user)? {
            Some(present) if present == self.hash => Ok(()),
            _ => Err(AccountError::WrongPassword),
        }
    }

    /// The second factor, which the account must have.
    fn show(&self, conn: &mut Conn, world: &World, shown: Option<&Shown>) -> Result<Used, AccountError> {
        match check(conn, world, self.user, shown)? {
            Checked::Right => Ok(Used(None)),
            Checked::RightByRecovery { left } => Ok(Used(Some(left))),
            Checked::NotSet => Err(AccountError::NoSecondFactor),
            Checked::Missing => Err(AccountError::CodeMissing),
            Checked::Wrong => Err(AccountError::WrongCode(shown.map_or(CODE, Shown::field))),
        }
    }
}

/// Makes sure of the holder of an account, ahead of what cannot be undone: the password is still that one, and the second
/// factor was shown if there is one.
pub fn make_sure(
    conn: &mut Conn,
    world: &World,
    by: &Proven,
    shown: Option<&Shown>,
) -> Result<(), AccountError> {
    by.lock(conn)?;
    match by.show(conn, world, shown) {
        Err(AccountError::NoSecondFactor) => Ok(()),
        shown => shown.map(|_| ()),
    }
}

/// The recovery code that was used, if one was.
struct Used(Option<i64>);

impl Used {
    fn event(&self, user: UserId) -> Option<Event> {
        let Self(left) = self;
        left.map(|left| Event::of_user(Action::AccountRecoveryCodeUsed, user).with("left", left))
    }
}

/// A secret on its way to an authenticator app.
pub struct Setup {
    pub secret: String,
    /// `otpauth://totp/…`, as apps read it from a QR code.
    pub uri: String,
    pub expires_at: Instant,
}

/// Hands out a secret. Who has a second factor already shows it.
pub fn set_up(
    conn: &mut Conn,
    world: &World,
    by: &Proven,
    shown: Option<&Shown>,
    issuer: &str,
) -> Result<Setup, AccountError> {
    by.lock(conn)?;
    let used = match by.show(conn, world, shown) {
        Err(AccountError::NoSecondFactor) => Used(None),
        shown => shown?,
    };
    let now = world.now();
    let secret = Secret::new_stack(world.bytes());
    let text = secret.to_base32();
    store::set_pending(conn, by.user, &text, now)?;
    throttle::succeed(conn, now, &by.reservation)?;
    audit::record_all(conn, world, &by.agent, used.event(by.user).into_iter().collect())?;
    let account = store::addressee(conn, by.user)?.ok_or(AccountError::UnknownUser)?;
    let uri = Builder::new()
        .with_secret(secret)
        .with_account_name(account.email.as_str())
        .with_issuer(Some(issuer_label(issuer)))
        .build()
        .and_then(|totp| totp.to_url())
        .map_err(|error| AccountError::Totp(error.to_string()))?;
    Ok(Setup { secret: text, uri, expires_at: now.plus_seconds(PENDING_SECONDS) })
}

/// What an app shows above the code: us, and which installation. A label has no colon.
fn issuer_label(issuer: &str) -> String {
    let host = issuer.split_once("://").map_or(issuer, |(_, host)| host);
    let host = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    format!("ocop-market {}", host.replace(':', "."))
}

/// Makes the secret that was handed out the one that counts: its first code has come. Returns recovery codes, to be shown
/// once. This session counts as one with a second factor from now on, the others end.
pub fn confirm(
    conn: &mut Conn,
    world: &World,
    by: (UserId, SessionId, &Agent),
    code: &OneTimeCode,
    reservation: &Reservation,
) -> Result<Vec<RecoveryCode>, AccountError> {
    let (user, session, agent) = by;
    store::lock_password(conn, user)?;
    let now = world.now();
    let pending =
        store::lock_factor(conn, user)?.and_then(|factor| factor.pending_secret.zip(factor.pending_at));
    let (secret, _) = pending
        .filter(|(_, since)| since.plus_seconds(PENDING_SECONDS) > now)
        .ok_or(AccountError::NothingPending)?;
    let step = step_of(&secret, code, now, 0).ok_or(AccountError::WrongCode(CODE))?;
    store::confirm_factor(conn, user, &secret, step, now)?;
    let codes = new_recovery_codes(conn, world, user)?;
    store::mark_second_factor(conn, session, Some(now))?;
    let ended = store::end_other_sessions(conn, user, session, EndReason::SecondFactorChanged, now)?;
    throttle::succeed(conn, now, reservation)?;
    letters::tell(conn, world, user, MailKind::SecondFactorSet, vec![("when", letters::when(now))])?;
    let set = Event::of_user(Action::AccountSecondFactorSet, user).with("sessions_ended", ended.len());
    audit::record(conn, world, agent, set)?;
    Ok(codes)
}

fn new_recovery_codes(
    conn: &mut Conn,
    world: &World,
    user: UserId,
) -> Result<Vec<RecoveryCode>, AccountError> {
    let codes: Vec<RecoveryCode> = (0..RECOVERY_CODES).map(|_| RecoveryCode::random(world)).collect();
    let hashes: Vec<String> = codes.iter().map(|code| code.hash(user)).collect();
    store::replace_recovery_codes(conn, user, &hashes)?;
    Ok(codes)
}

/// Recovery codes in the place of those there were.
pub fn renew_recovery_codes(
    conn: &mut Conn,
    world: &World,
    by: &Proven,
    shown: Option<&Shown>,
) -> Result<Vec<RecoveryCode>, AccountError> {
    by.lock(conn)?;
    let used = by.show(conn, world, shown)?;
    let codes = new_recovery_codes(conn, world, by.user)?;
    throttle::succeed(conn, world.now(), &by.reservation)?;
    let made = Event::of_user(Action::AccountRecoveryCodesMade, by.user);
    audit::record_all(conn, world, &by.agent, used.event(by.user).into_iter().chain([made]).collect())?;
    Ok(codes)
}

/// Does an office with this rule need a second factor?
pub fn is_required(role: &Role, rule: SecondFactorRule) -> bool {
    *role != Role::Member && rule == SecondFactorRule::Required
}

/// Does without a second factor from now on. The other sessions end.
pub fn remove(
    conn: &mut Conn,
    world: &World,
    by: &Proven,
    shown: Option<&Shown>,
    rule: SecondFactorRule,
) -> Result<(), AccountError> {
    by.lock(conn)?;
    let role = store::profile(conn, by.user)?.map_or(Role::Member, |profile| profile.role);
    if is_required(&role, rule) {
        return Err(AccountError::OfficeNeedsSecondFactor);
    }
    let used = by.show(conn, world, shown)?;
    let now = world.now();
    store::remove_factor(conn, by.user)?;
    store::mark_second_factor(conn, by.session, None)?;
    let ended = store::end_other_sessions(conn, by.user, by.session, EndReason::SecondFactorChanged, now)?;
    throttle::succeed(conn, now, &by.reservation)?;
    letters::tell(conn, world, by.user, MailKind::SecondFactorRemoved, vec![("when", letters::when(now))])?;
    let removed = Event::of_user(Action::AccountSecondFactorRemoved, by.user);
    let removed = removed.with("sessions_ended", ended.len());
    audit::record_all(conn, world, &by.agent, used.event(by.user).into_iter().chain([removed]).collect())?;
    Ok(())
}

/// Takes the second factor from an account whose owner has lost it, and ends its sessions. For the command line.
pub fn reset(conn: &mut Conn, world: &World, email: &Email) -> Result<(), AccountError> {
    let now = world.now();
    conn.transaction(|conn| {
        let (user, _) = store::find_credentials(conn, &email.key())?.ok_or(AccountError::UnknownUser)?;
        store::lock_password(conn, user)?;
        if store::remove_factor(conn, user)? == 0 {
            return Err(AccountError::NoSecondFactor);
        }
        let ended = store::end_sessions_of(conn, user, EndReason::SecondFactorChanged, now)?;
        letters::tell(conn, world, user, MailKind::SecondFactorRemoved, vec![("when", letters::when(now))])?;
        let removed = Event::of_user(Action::AccountSecondFactorRemoved, user).with("sessions_ended", ended);
        Ok(audit::record(conn, world, &Agent::operator(), removed)?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP_SECONDS: i64 = 30;

    /// RFC 6238, appendix B: the secret of the SHA-1 vectors.
    const RFC_SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    fn code(text: &str) -> OneTimeCode {
        OneTimeCode::parse(text).expect("six digits")
    }

    #[test]
    fn codes_are_those_of_the_rfc() {
        // Its vectors have eight digits; ours are the last six.
        for (seconds, digits) in
            [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (2_000_000_000, "279037")]
        {
            let at = Instant::from_micros(0).plus_seconds(seconds);
            assert_eq!(step_of(RFC_SECRET, &code(digits), at, 0), Some(seconds / STEP_SECONDS), "{seconds}");
        }
    }

    #[test]
    fn a_code_is_good_for_a_step_on_either_side_and_once() {
        let step = 1_111_111_109 / STEP_SECONDS;
        let at = |step: i64| Instant::from_micros(0).plus_seconds(step * STEP_SECONDS);
        let right = code("081 804");
        for (distance, good) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
            let found = step_of(RFC_SECRET, &right, at(step + distance), 0);
            assert_eq!(found, good.then_some(step), "{distance}");
        }
        assert_eq!(step_of(RFC_SECRET, &right, at(step), step), None, "used");
        assert_eq!(step_of(RFC_SECRET, &right, at(step), step - 1), Some(step));
        assert_eq!(step_of(RFC_SECRET, &code("000000"), at(step), 0), None);
    }

    #[test]
    fn only_six_digits_are_a_code() {
        for wrong in ["", "12345", "1234567", "12345x", "１２３４５６", "+12345", "-12345"] {
            assert!(OneTimeCode::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn recovery_codes_are_read_however_they_are_typed() {
        let world = World::real();
        let user: UserId = world.id();
        let made = RecoveryCode::random(&world);
        assert_eq!(made.reveal().len(), 19);
        for typed in [
            made.reveal(),
            made.reveal().to_uppercase(),
            made.reveal().replace('-', " "),
            made.reveal().replace('0', "O").replace('1', "l"),
        ] {
            let read = RecoveryCode::parse(&typed).expect("any text");
            assert_eq!(read.hash(user), made.hash(user), "{typed}");
        }
        assert_ne!(made.hash(user), made.hash(world.id()), "of one account");
        assert_ne!(made, RecoveryCode::random(&world));
    }

    #[test]
    fn an_app_shows_which_installation_it_is() {
        for (issuer, label) in [
            ("https://market.example.vn", "ocop-market market.example.vn"),
            ("https://market.example.vn:8443", "ocop-market market.example.vn"),
            ("http://127.0.0.1:8080", "ocop-market 127.0.0.1"),
            ("http://[::1]:8080", "ocop-market [..1]"),
            ("http://[::1]", "ocop-market [..1]"),
        ] {
            assert_eq!(issuer_label(issuer), label, "{issuer}");
        }
    }

    #[test]
    fn nothing_secret_is_printed() {
        let recovery = RecoveryCode::random(&World::real());
        assert_eq!(format!("{:?} {recovery:?}", code("123456")), "OneTimeCode(…) RecoveryCode(…)");
    }
}
