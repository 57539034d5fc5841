//! The signing keys: Ed25519, of each instance its own, in `<data_dir>/keys/*.pem`, made at first start.
//!
//! Private keys stay where they are. The **public halves** are published in the table `signing_keys`, and what verifies
//! is the union of all of them, so that every instance takes the tokens of every other. An instance says each hour
//! of its keys that they are in use; one of which nobody has said so for 26 hours is forgotten.
//!
//! A key is rotated by its age (`--key-days`) or at the operator's word (`ocop-market keys rotate`). The new one is
//! published ten minutes before it signs, because gateways keep the published keys for five; the old one verifies for an
//! hour after it stopped, then it is retired and its file removed. The schedule is in [`ring`], and follows from the
//! instants of publication alone. A key that somebody may have stolen is retired at once (`keys revoke`): within the
//! half minute in which instances [look](tend) at the table, every one of them refuses what it signed.
//!
//! `openssl genpkey -algorithm ed25519` writes the same format (PKCS#8 in PEM, RFC 8410); a file that is added is
//! noticed like one that was made here.

pub mod command;
mod files;
mod ring;
mod store;

pub use ring::PublishedKey;

use crate::app::App;
use crate::audit::{self, Action, Agent, Event, SubjectKind};
use crate::config::Config;
use crate::db::{self, Conn, Instant};
use crate::world::World;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use files::OwnKey;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, crypto};
use ring::{Plan, Ring};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant as Tick};
use utoipa::ToSchema;

/// The keys that sign and verify access tokens, and the issuer the tokens name.
pub struct Keys {
    pub(super) issuer: String,
    pub(super) validation: Validation,
    directory: PathBuf,
    key_seconds: i64,
    own: RwLock<Arc<[OwnKey]>>,
    ring: RwLock<Arc<Ring>>,
    /// When a token with an unknown key last made us look.
    looked: tokio::sync::Mutex<Option<Tick>>,
}

#[derive(Clone)]
pub(super) struct VerifyingKey {
    pub jwk: JsonWebKey,
    pub key: DecodingKey,
}

/// Why the keys cannot be used: one line for the operator.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("{} is open to others (mode {mode:04o}); run: chmod {needed:04o} {}", path.display(), path.display())]
    Exposed { path: PathBuf, mode: u32, needed: u32 },
    #[error("{} does not hold an Ed25519 private key (PKCS#8 in PEM)", path.display())]
    Unreadable { path: PathBuf },
    #[error("no key can be generated")]
    Generation,
    #[error("the key does not verify what it signs")]
    SelfTest,
    #[error("there is no key {0} that is not retired")]
    Unknown(String),
    #[error(transparent)]
    Db(db::Failure),
}

crate::db_errors!(KeyError);

/// A public key (RFC 7517, RFC 8037).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct JsonWebKey {
    #[schema(example = "OKP")]
    pub kty: &'static str,
    #[schema(example = "Ed25519")]
    pub crv: &'static str,
    /// The public key, base64url.
    #[schema(example = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")]
    pub x: String,
    /// RFC 7638 thumbprint; the `kid` in the header of the tokens this key signed.
    #[schema(example = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")]
    pub kid: String,
    #[schema(example = "EdDSA")]
    pub alg: &'static str,
    #[schema(example = "sig")]
    pub r#use: &'static str,
}

/// The public keys that verify access tokens (RFC 7517 §5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct JsonWebKeySet {
    pub keys: Vec<JsonWebKey>,
}

impl JsonWebKey {
    fn of(public_key: &[u8]) -> Self {
        let x = URL_SAFE_NO_PAD.encode(public_key);
        // The required members in this order, without spaces: RFC 7638 §3.2, RFC 8037 §2.
        let canonical = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
        Self {
            kty: "OKP",
            crv: "Ed25519",
            kid: URL_SAFE_NO_PAD.encode(Sha256::digest(canonical)),
            x,
            alg: "EdDSA",
            r#use: "sig",
        }
    }
}

/// How often an unknown key makes us look, at most.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often instances look at each other's keys.
pub const TEND_EVERY: Duration = Duration::from_secs(30);

/// What an instance sees when it looks at its files and at the table.
struct Look {
    own: Vec<OwnKey>,
    published: Vec<PublishedKey>,
    plan: Plan,
}

impl Keys {
    /// Reads the keys of the data directory, and makes the first one if there is none. Of other instances nothing is
    /// known before [`Self::settle`].
    pub fn open(config: &Config) -> Result<Self, KeyError> {
        // Only the first call can succeed, and the provider is the same each time.
        let _ = crypto::aws_lc::DEFAULT_PROVIDER.install_default();
        let directory = config.data_dir.join("keys");
        let own = files::open(&directory)?;
        let ring = Ring::at(&own, &[], Instant::from_micros(0));
        let keys = Self {
            issuer: config.issuer.clone(),
            validation: Self::validation(&config.issuer),
            directory,
            key_seconds: i64::from(config.key_days) * 86_400,
            own: RwLock::new(own.into()),
            ring: RwLock::new(Arc::new(ring)),
            looked: tokio::sync::Mutex::new(None),
        };
        keys.test().map(|()| keys)
    }

    /// Publishes what is new and learns what is published: the first [look](tend), ahead of the first request.
    pub fn settle(&self, conn: &mut Conn, world: &World) -> Result<(), KeyError> {
        let mut look = self.look(conn, world.now())?;
        if look.is_due() {
            use diesel::connection::Connection;
            look = conn.transaction(|conn| self.act(conn, world, look))?;
        }
        self.take(look, world.now())?;
        self.test()
    }

    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The public keys, newest first.
    pub fn public(&self) -> JsonWebKeySet {
        self.ring().public()
    }

    pub(super) fn ring(&self) -> Arc<Ring> {
        self.ring.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn own(&self) -> Arc<[OwnKey]> {
        self.own.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, own: &[OwnKey], ring: Ring) {
        *self.own.write().unwrap_or_else(PoisonError::into_inner) = own.into();
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(ring);
    }

    /// A provider that is missing or mixed up shows here and not at the first sign-in.
    fn test(&self) -> Result<(), KeyError> {
        let probe = b"ocop-market";
        let ring = self.ring();
        let (kid, signing) = ring.signing.as_ref().ok_or(KeyError::Generation)?;
        let signed = crypto::sign(probe, signing, Algorithm::EdDSA);
        let verified = signed.ok().zip(ring.verifying(kid)).is_some_and(|(signature, key)| {
            crypto::verify(&signature, probe, key, Algorithm::EdDSA).unwrap_or(false)
        });
        verified.then_some(()).ok_or(KeyError::SelfTest)
    }

    fn look(&self, conn: &mut Conn, now: Instant) -> Result<Look, KeyError> {
        let own = files::read_all(&self.directory)?;
        let published = known_to(conn, &own, now)?;
        let plan = ring::plan(&own, &published, now, self.key_seconds);
        Ok(Look { own, published, plan })
    }

    /// Does what is due. What it does to files can be done again: the table has the last word.
    fn act(&self, conn: &mut Conn, world: &World, look: Look) -> Result<Look, KeyError> {
        let Look { mut own, mut plan, .. } = look;
        let now = world.now();
        if plan.make {
            let before: Vec<String> = own.iter().map(|key| key.kid().to_owned()).collect();
            files::generate(&self.directory)?;
            own = files::read_all(&self.directory)?;
            let new = own.iter().map(|key| key.kid().to_owned()).filter(|kid| !before.contains(kid));
            plan.publish.extend(new);
        }
        let mut events = Vec::new();
        for key in own.iter().filter(|key| plan.publish.iter().any(|kid| kid == key.kid())) {
            if store::publish(conn, key.kid(), &key.public.jwk.x, now)? {
                events.push(Event::new(Action::KeyMade, SubjectKind::SigningKey, key.kid()));
            }
        }
        if !plan.touch.is_empty() {
            store::touch(conn, &plan.touch, now)?;
        }
        for kid in &plan.retire {
            if store::retire(conn, kid, now)? {
                let retired = Event::new(Action::KeyRetired, SubjectKind::SigningKey, kid);
                events.push(retired.with("reason", "rotated"));
            }
        }
        let published = known_to(conn, &own, now)?;
        audit::record_all(conn, world, &Agent::service(), events)?;
        let plan = ring::plan(&own, &published, now, self.key_seconds);
        Ok(Look { own, published, plan })
    }

    /// Uses from now on what was seen, and removes the files of keys that are retired for good.
    fn take(&self, look: Look, now: Instant) -> Result<(), KeyError> {
        let (gone, own): (Vec<_>, Vec<_>) =
            look.own.into_iter().partition(|key| look.plan.remove.iter().any(|kid| kid == key.kid()));
        self.set(&own, Ring::at(&own, &look.published, now));
        gone.iter().try_for_each(files::remove)
    }

    /// Learns what is published, and nothing more.
    fn learn(&self, conn: &mut Conn, now: Instant) -> Result<(), KeyError> {
        let own = self.own();
        let published = known_to(conn, &own, now)?;
        self.set(&own, Ring::at(&own, &published, now));
        Ok(())
    }
}

impl Look {
    fn is_due(&self) -> bool {
        self.plan.make || self.plan.writes()
    }
}

fn known_to(conn: &mut Conn, own: &[OwnKey], now: Instant) -> Result<Vec<PublishedKey>, KeyError> {
    let kids: Vec<String> = own.iter().map(|key| key.kid().to_owned()).collect();
    Ok(store::good_or(conn, now.plus_seconds(-ring::FORGOTTEN_SECONDS), &kids)?)
}

/// Looks at this instance's files and at the table, does what is due and uses what it has seen. While the database is
/// away everything stays as it is.
pub async fn tend(app: &App) -> Result<(), KeyError> {
    let (keys, world) = (app.keys.clone(), app.world.clone());
    let mut look = app.db.read(move |conn| keys.look(conn, world.now())).await?;
    if look.is_due() {
        // First of all what is revoked goes, whatever comes of the rest.
        let now = app.world.now();
        app.keys.set(&look.own, Ring::at(&look.own, &look.published, now));
        let (keys, world) = (app.keys.clone(), app.world.clone());
        look = app.db.write(move |conn| keys.act(conn, &world, look)).await?;
    }
    app.keys.take(look, app.world.now())
}

/// Looks at the table because a token has come with a key that is not known; at most once a second, whoever asks.
pub async fn look_again(app: &App) -> Result<(), KeyError> {
    let mut looked = app.keys.looked.lock().await;
    if looked.is_some_and(|at| at.elapsed() < LOOK_EVERY) {
        return Ok(());
    }
    *looked = Some(Tick::now());
    let (keys, now) = (app.keys.clone(), app.world.now());
    app.db.read(move |conn| keys.learn(conn, now)).await
}

/// [`tend`]s the keys until the server ends.
pub async fn keep(app: actix_web::web::Data<App>) {
    let mut often = tokio::time::interval(TEND_EVERY);
    loop {
        often.tick().await;
        if let Err(error) = tend(&app).await {
            tracing::warn!(%error, "the signing keys could not be looked after");
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use std::path::Path;

    pub fn config(data_dir: &Path) -> Config {
        let data_dir = data_dir.to_string_lossy();
        Config::from_arguments(["--data-dir", &data_dir, "--issuer=https://market.example.vn"])
            .expect("valid settings")
    }

    #[test]
    fn the_thumbprint_is_that_of_the_rfc() {
        let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        let public = URL_SAFE_NO_PAD.decode(x).expect("base64url");
        let jwk = JsonWebKey::of(&public);
        assert_eq!((jwk.x.as_str(), jwk.kid.as_str()), (x, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"));
    }
}
