//! Passwords: Argon2id, at most one computation for each core, never on a thread that serves requests.
//!
//! A computation takes 19 MiB and some 20 ms, both on purpose (OWASP Password Storage Cheat Sheet: m = 19 MiB, t = 2,
//! p = 1). A flood of sign-ins must therefore wait in line; a line that has become too long is told to come back.

use super::strength;
use crate::say;
use crate::say::Invalid;
use crate::world::World;
use actix_web::web;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use std::sync::LazyLock;
use tokio::sync::{Semaphore, SemaphorePermit};
use unicode_normalization::UnicodeNormalization;

/// A password somebody may choose: 10 to 200 characters of any kind, in NFC so that every keyboard types the same.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    const LEAST: usize = 10;
    const MOST: usize = 200;

    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text: String = text.nfc().collect();
        let (least, most) = (Self::LEAST, Self::MOST);
        if (least..=most).contains(&text.chars().count()) {
            return Ok(Self(text));
        }
        Err(Invalid::new(
            "wrong_length",
            say!("Mật khẩu cần từ {least} đến {most} ký tự.", "A password has {least} to {most} characters."),
        ))
    }

    /// A random password of 100 bits that can be read out over the phone: `k3v9f-qxm4t-…`.
    pub fn generate(world: &World) -> Self {
        const SYMBOLS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
        let mut text = String::new();
        for (place, byte) in world.bytes::<20>().into_iter().enumerate() {
            if place > 0 && place % 5 == 0 {
                text.push('-');
            }
            let symbol = SYMBOLS.get(usize::from(byte % 32)).copied().unwrap_or(b'0');
            text.push(char::from(symbol));
        }
        Self(text)
    }

    /// The password itself, to show it once to whom it was generated for.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Hashes with a fresh salt. Takes its time: on the command line call it directly, in a handler [`hash`].
    pub fn hash(&self, world: &World) -> Result<PasswordHash, HashError> {
        let salt: [u8; 16] = world.bytes();
        argon2()?
            .hash_password_with_salt(self.0.as_bytes(), &salt)
            .map(|hash: argon2::PasswordHash| PasswordHash(hash.to_string()))
            .map_err(HashError)
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(…)")
    }
}

crate::parsed_input!(Password);
crate::string_schema!(Password, "password", "ba-con-trau-go");

/// What somebody types to sign in: any text, because rules for new passwords are nothing to tell a guesser.
#[derive(Clone)]
pub struct PasswordAttempt(String);

impl PasswordAttempt {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        Ok(Self(text.nfc().collect()))
    }

    fn fits(&self, stored: &str) -> bool {
        argon2().is_ok_and(|argon2| argon2.verify_password(self.0.as_bytes(), stored).is_ok())
    }
}

impl std::fmt::Debug for PasswordAttempt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordAttempt(…)")
    }
}

crate::parsed_input!(PasswordAttempt);
crate::string_schema!(PasswordAttempt, "password", "ba-con-trau-go");

/// A password's hash as a PHC string; carries its salt and parameters.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// A hash as the database keeps it.
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the password cannot be hashed: {0}")]
pub struct HashError(argon2::password_hash::Error);

/// Too many sign-ins are waiting already.
#[derive(Debug, thiserror::Error)]
#[error("too many passwords are being checked")]
pub struct Busy;

fn argon2() -> Result<Argon2<'static>, HashError> {
    let params = Params::new(19 * 1024, 2, 1, None).map_err(|error| HashError(error.into()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// What an unknown account's password is compared with, so that the answer takes as long: the same parameters as
/// [`argon2()`], and random bytes in the place of a hash.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$8rxwBbMn7/g/TCvG5LrXcw$jYAix73E8E/qfsp6LZDsjQwrnJ3YzaOYUE9qgy82jhc";

/// Computations at once in this process: its cores are what they compete for, so this is the process's.
static CORES: LazyLock<Semaphore> =
    LazyLock::new(|| Semaphore::new(std::thread::available_parallelism().map_or(2, std::num::NonZero::get)));

/// How many may wait for a core: some two seconds' worth.
static LINE: Semaphore = Semaphore::const_new(256);

/// Waits for a core. The permit goes into the computation, which ends even if the client has hung up.
async fn core() -> Result<SemaphorePermit<'static>, Busy> {
    let _place = LINE.try_acquire().map_err(|_| Busy)?;
    CORES.acquire().await.map_err(|_| Busy)
}

/// Does the attempt fit the account's hash? `None` is an account that does not exist: false, after as long a time.
pub async fn verify(attempt: PasswordAttempt, stored: Option<PasswordHash>) -> Result<bool, Busy> {
    let permit = core().await?;
    let compute = move || {
        let _permit = permit;
        let known = stored.is_some();
        let stored = stored.map_or_else(|| NOBODY.to_owned(), |hash| hash.0);
        attempt.fits(&stored) && known
    };
    web::block(compute).await.map_err(|_| Busy)
}

/// Hashes a new password off the threads that serve requests. The inner error is a bug of ours.
pub async fn hash(password: Password, world: World) -> Result<Result<PasswordHash, HashError>, Busy> {
    let permit = core().await?;
    let compute = move || {
        let _permit = permit;
        password.hash(&world)
    };
    web::block(compute).await.map_err(|_| Busy)
}

/// Is a new password strong enough ([`strength::check`])? Off the threads that serve requests, as what it takes is up to
/// who sends it.
pub async fn judge(password: Password, known: Vec<String>) -> Result<Result<(), Invalid>, Busy> {
    let permit = core().await?;
    let compute = move || {
        let _permit = permit;
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        strength::check(&password, &known)
    };
    web::block(compute).await.map_err(|_| Busy)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(text: &str) -> PasswordAttempt {
        PasswordAttempt::parse(text).expect("any text")
    }

    #[test]
    fn length_is_the_only_rule() {
        for right in ["aaaaaaaaaa", "          ", "mật khẩu dài", "🐃🐃🐃🐃🐃🐃🐃🐃🐃🐃", &"x".repeat(200)]
        {
            assert!(Password::parse(right).is_ok(), "{right}");
        }
        // Nine letters, though eighteen code points before NFC.
        for wrong in ["", "123456789", &"e\u{301}".repeat(9), &"x".repeat(201)] {
            assert!(Password::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_hash_fits_its_password_however_it_was_typed() {
        let password = Password::parse("mật khẩu bí mật").expect("valid");
        let hash = password.hash(&World::real()).expect("hashed");
        assert!(hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(attempt("mật khẩu bí mật").fits(hash.as_str()));
        assert!(attempt("ma\u{323}\u{302}t khẩu bí mật").fits(hash.as_str()));
        for wrong in ["", "mật khẩu bí mậ", "Mật khẩu bí mật", "mật khẩu bí mật "] {
            assert!(!attempt(wrong).fits(hash.as_str()), "{wrong}");
        }
        assert_ne!(hash, password.hash(&World::real()).expect("hashed"), "salted");
    }

    #[test]
    fn a_damaged_hash_fits_nothing() {
        for stored in ["", "x", "$argon2id$v=19$m=19456,t=2,p=1$", "$2b$12$abc"] {
            assert!(!attempt("anything").fits(stored), "{stored}");
        }
    }

    #[test]
    fn nobody_is_a_hash_of_the_same_cost() {
        let nobody = argon2::PasswordHash::new(NOBODY).expect("a PHC string");
        let ours = Password::generate(&World::real()).hash(&World::real()).expect("hashed");
        let ours = argon2::PasswordHash::new(ours.as_str()).expect("a PHC string");
        assert_eq!(
            (nobody.algorithm, nobody.version, &nobody.params),
            (ours.algorithm, ours.version, &ours.params)
        );
        let lengths = |hash: &argon2::PasswordHash| {
            (hash.salt.as_ref().map(|salt| salt.len()), hash.hash.as_ref().map(|output| output.len()))
        };
        assert_eq!(lengths(&nobody), lengths(&ours));
    }

    #[test]
    fn generated_passwords_are_valid_and_differ() {
        let world = World::real();
        let (one, other) = (Password::generate(&world), Password::generate(&world));
        assert_ne!(one, other);
        assert_eq!(one.reveal().len(), 23);
        assert!(Password::parse(one.reveal()).is_ok());
        assert!(attempt(one.reveal()).fits(one.hash(&world).expect("hashed").as_str()));
    }

    #[test]
    fn nothing_secret_is_printed() {
        let password = Password::parse("correct horse").expect("valid");
        let hash = PasswordHash::stored("$argon2id$".into());
        assert_eq!(
            format!("{password:?} {:?} {hash:?}", attempt("x")),
            "Password(…) PasswordAttempt(…) PasswordHash(…)"
        );
    }

    #[actix_web::test]
    async fn unknown_accounts_fit_nothing() {
        let hash = Password::parse("correct horse").expect("valid").hash(&World::real()).expect("hashed");
        let right = verify(attempt("correct horse"), Some(hash.clone())).await;
        let wrong = verify(attempt("wrong horse"), Some(hash)).await;
        let unknown = verify(attempt("correct horse"), None).await;
        assert_eq!((right.ok(), wrong.ok(), unknown.ok()), (Some(true), Some(false), Some(false)));
    }
}
