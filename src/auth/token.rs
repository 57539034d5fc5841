//! Access tokens: JWTs of the profile RFC 9068, signed with Ed25519.
//!
//! What is checked follows RFC 8725: the algorithm and the type before anything else, the key by its id and never by
//! what the token brings along, every claim present and of its type. Time is the injected clock's, which is why
//! jsonwebtoken's own look at `exp` is off.

use super::keys::Keys;
use crate::accounts::model::{SessionId, UserId};
use crate::clients::{ClientId, Scopes};
use crate::db::Instant;
use crate::db::columns::Key;
use crate::world::World;
use jsonwebtoken::{Algorithm, Header, Validation};
use serde::{Deserialize, Serialize};

/// Life of an access token in seconds.
pub const LIFE_SECONDS: i64 = 15 * 60;
/// The client the tokens are made for: this service's own users. Machine clients have ids of their own.
const CLIENT_ID: &str = "ocop-market";
/// `typ` of the header (RFC 9068 §2.1).
const TYPE: &str = "at+jwt";
/// A token is a header of a request; a longer one is not ours.
const LONGEST: usize = 8 * 1024;
/// How far the clock of another instance that issued the token may be ahead.
const CLOCK_SKEW_SECONDS: i64 = 60;

/// A signed token and how long it lasts.
pub struct AccessToken {
    pub text: String,
    pub expires_in: i64,
}

/// Whom a valid token speaks for. Whether session or client are still good only the database knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bearer {
    User { user: UserId, session: SessionId },
    Client { client: ClientId, scopes: Scopes },
}

/// A token that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    pub bearer: Bearer,
    pub id: String,
    pub issued_at: i64,
    pub expires_at: i64,
}

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    client_id: String,
    iat: i64,
    exp: i64,
    jti: String,
    /// Of a person: the session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sid: Option<String>,
    /// Of a machine client: what it may do (RFC 9068 §2.2.3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
}

/// The token could not be signed: a bug of ours.
#[derive(Debug, thiserror::Error)]
pub enum SigningError {
    #[error("the access token cannot be signed: {0}")]
    Failed(#[from] jsonwebtoken::errors::Error),
    #[error("there is no key that may sign")]
    NoKey,
}

/// Why a token was refused; for the log, the client learns only that it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("the token is too long")]
    TooLong,
    #[error("the token's header is wrong: {0}")]
    Header(&'static str),
    #[error("the token's key is unknown")]
    UnknownKey,
    #[error("the token is not valid: {0}")]
    Invalid(String),
    #[error("the token's claim {0} is wrong")]
    Claim(&'static str),
    #[error("the token has expired")]
    Expired,
    #[error("the token is from the future")]
    Future,
}

impl Keys {
    /// Signs a token. That of a person lasts no longer than the session, which ends at `session_ends`.
    pub fn sign(
        &self,
        world: &World,
        bearer: &Bearer,
        session_ends: Option<Instant>,
    ) -> Result<AccessToken, SigningError> {
        let iat = world.now().unix_seconds();
        let end = iat + LIFE_SECONDS;
        let exp = session_ends.map_or(end, |ends| ends.unix_seconds().min(end));
        let (sub, client_id, sid, scope) = match bearer {
            Bearer::User { user, session } => {
                (user.to_string(), CLIENT_ID.to_owned(), Some(session.to_string()), None)
            }
            Bearer::Client { client, scopes } => {
                (client.to_string(), client.to_string(), None, Some(scopes.to_string()))
            }
        };
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: self.issuer.clone(),
            sub,
            client_id,
            iat,
            exp,
            jti: world.id::<Key>().as_str().to_owned(),
            sid,
            scope,
        };
        let ring = self.ring();
        let (kid, signing) = ring.signing.as_ref().ok_or(SigningError::NoKey)?;
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(kid.clone());
        let text = jsonwebtoken::encode(&header, &claims, signing)?;
        Ok(AccessToken { text, expires_in: exp - iat })
    }

    /// Checks a token that claims to be ours.
    pub fn verify(&self, token: &str, now: Instant) -> Result<Checked, Refused> {
        if token.len() > LONGEST {
            return Err(Refused::TooLong);
        }
        // The header is not trusted yet: it only tells which of our own keys to try.
        let header = jsonwebtoken::decode_header(token).map_err(invalid)?;
        let kid = accepted_kid(&header)?;
        let ring = self.ring();
        let key = ring.verifying(kid).ok_or(Refused::UnknownKey)?;
        let claims = jsonwebtoken::decode::<Claims>(token, key, &self.validation).map_err(invalid)?.claims;
        self.check(claims, now.unix_seconds())
    }

    /// What jsonwebtoken is to check of a token for `issuer`.
    pub(super) fn validation(issuer: &str) -> Validation {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.validate_exp = false;
        validation.leeway = 0;
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
        validation.set_issuer(&[issuer]);
        validation.set_audience(&[issuer]);
        validation
    }

    fn check(&self, claims: Claims, now: i64) -> Result<Checked, Refused> {
        if claims.iss != self.issuer {
            return Err(Refused::Claim("iss"));
        }
        if claims.aud != self.issuer {
            return Err(Refused::Claim("aud"));
        }
        if claims.jti.is_empty() {
            return Err(Refused::Claim("jti"));
        }
        if claims.exp <= now {
            return Err(Refused::Expired);
        }
        if claims.iat > now + CLOCK_SKEW_SECONDS {
            return Err(Refused::Future);
        }
        let bearer = bearer(&claims)?;
        Ok(Checked { bearer, id: claims.jti, issued_at: claims.iat, expires_at: claims.exp })
    }
}

/// A person's token has a session and no scope, a machine's a scope and no session.
fn bearer(claims: &Claims) -> Result<Bearer, Refused> {
    match (&claims.sid, &claims.scope) {
        (Some(session), None) if claims.client_id == CLIENT_ID => Ok(Bearer::User {
            user: UserId::parse(&claims.sub).map_err(|_| Refused::Claim("sub"))?,
            session: SessionId::parse(session).map_err(|_| Refused::Claim("sid"))?,
        }),
        (None, Some(scope)) if claims.client_id == claims.sub => Ok(Bearer::Client {
            client: ClientId::parse(&claims.sub).map_err(|_| Refused::Claim("sub"))?,
            scopes: Scopes::parse(scope).map_err(|_| Refused::Claim("scope"))?,
        }),
        (Some(_), None) | (None, Some(_)) => Err(Refused::Claim("client_id")),
        _ => Err(Refused::Claim("sid")),
    }
}

/// The key id of a header that could be ours.
fn accepted_kid(header: &Header) -> Result<&str, Refused> {
    if header.alg != Algorithm::EdDSA {
        return Err(Refused::Header("alg"));
    }
    // Media types compare without regard to case, and their `application/` may be there or not (RFC 7515 §4.1.9).
    let typ = header.typ.as_deref().unwrap_or_default().to_ascii_lowercase();
    if typ.strip_prefix("application/").unwrap_or(&typ) != TYPE {
        return Err(Refused::Header("typ"));
    }
    // An extension that must be understood is one we do not understand (RFC 7515 §4.1.11).
    if header.crit.is_some() {
        return Err(Refused::Header("crit"));
    }
    header.kid.as_deref().ok_or(Refused::Header("kid"))
}

fn invalid(error: jsonwebtoken::errors::Error) -> Refused {
    Refused::Invalid(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::keys::tests::config;
    use crate::world::{Clock, Entropy};
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use jsonwebtoken::EncodingKey;
    use serde_json::{Value, json};

    const NOW: Instant = Instant::from_micros(1_795_000_000_000_000);

    struct Still;
    impl Clock for Still {
        fn now(&self) -> Instant {
            NOW
        }
    }
    struct Counted;
    impl Entropy for Counted {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
    }

    struct Scene {
        keys: Keys,
        user: UserId,
        session: SessionId,
        _directory: tempfile::TempDir,
    }

    fn scene() -> Scene {
        let directory = tempfile::tempdir().expect("a directory");
        let world = World::new(Still, Counted);
        Scene {
            keys: Keys::open(&config(directory.path())).expect("opened"),
            user: world.id(),
            session: world.id(),
            _directory: directory,
        }
    }

    impl Scene {
        fn signing(&self) -> EncodingKey {
            self.keys.ring().signing.as_ref().map(|(_, key)| key.clone()).expect("a key")
        }

        fn bearer(&self) -> Bearer {
            Bearer::User { user: self.user, session: self.session }
        }

        fn token(&self, ends: Instant) -> AccessToken {
            let world = World::new(Still, Counted);
            self.keys.sign(&world, &self.bearer(), Some(ends)).expect("signed")
        }

        fn verify_text(&self, token: &str, at: Instant) -> Result<Bearer, Refused> {
            self.keys.verify(token, at).map(|checked| checked.bearer)
        }

        fn header(&self) -> Value {
            json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": self.keys.ring().signing_kid() })
        }

        fn claims(&self) -> Value {
            json!({
                "iss": "https://market.example.vn", "aud": "https://market.example.vn",
                "sub": self.user.as_str(), "client_id": "ocop-market", "jti": "1",
                "iat": NOW.unix_seconds(), "exp": NOW.unix_seconds() + 60, "sid": self.session.as_str(),
            })
        }

        /// A token of any shape, truly signed.
        fn forge(&self, header: &Value, claims: &Value, key: &EncodingKey, algorithm: Algorithm) -> String {
            let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
            let message = format!("{}.{}", part(header), part(claims));
            let signature = jsonwebtoken::crypto::sign(message.as_bytes(), key, algorithm).expect("signed");
            format!("{message}.{signature}")
        }

        fn verify(&self, header: &Value, claims: &Value) -> Result<Bearer, Refused> {
            let token = self.forge(header, claims, &self.signing(), Algorithm::EdDSA);
            self.keys.verify(&token, NOW).map(|checked| checked.bearer)
        }
    }

    fn with(mut value: Value, member: &str, new: Value) -> Value {
        value[member] = new;
        value
    }

    fn without(mut value: Value, member: &str) -> Value {
        value.as_object_mut().expect("an object").remove(member);
        value
    }

    #[test]
    fn a_token_lasts_fifteen_minutes_or_as_long_as_the_session() {
        let scene = scene();
        let token = scene.token(NOW.plus_seconds(86_400));
        assert_eq!(token.expires_in, 900);
        assert_eq!(scene.verify_text(&token.text, NOW), Ok(scene.bearer()));
        let last = NOW.plus_seconds(899);
        assert_eq!(scene.verify_text(&token.text, last), Ok(scene.bearer()));
        let end = NOW.plus_seconds(900);
        assert_eq!(scene.verify_text(&token.text, end), Err(Refused::Expired));
        assert_eq!(scene.token(NOW.plus_seconds(100)).expires_in, 100);
    }

    #[test]
    fn a_token_has_what_the_profile_asks_for() {
        let scene = scene();
        let token = scene.token(NOW.plus_seconds(86_400)).text;
        let part = |n: usize| -> Value {
            let part = token.split('.').nth(n).expect("three parts");
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
        };
        assert_eq!(part(0), scene.header());
        let claims = part(1);
        for claim in ["iss", "aud", "sub", "client_id", "iat", "exp", "jti", "sid"] {
            assert!(claims.get(claim).is_some(), "{claim}");
        }
    }

    #[test]
    fn forged_by_hand_but_right_is_accepted() {
        let scene = scene();
        assert_eq!(scene.verify(&scene.header(), &scene.claims()), Ok(scene.bearer()));
        let long_type = with(scene.header(), "typ", json!("application/AT+JWT"));
        assert!(scene.verify(&long_type, &scene.claims()).is_ok());
        let skewed = with(scene.claims(), "iat", json!(NOW.unix_seconds() + 60));
        assert!(scene.verify(&scene.header(), &skewed).is_ok());
    }

    #[test]
    fn wrong_headers_are_refused() {
        let scene = scene();
        for header in [
            with(scene.header(), "typ", json!("JWT")),
            without(scene.header(), "typ"),
            without(scene.header(), "kid"),
            with(scene.header(), "kid", json!("unknown")),
            with(scene.header(), "kid", json!(null)),
            with(scene.header(), "alg", json!("none")),
            with(scene.header(), "alg", json!("HS256")),
            with(scene.header(), "alg", json!("ES256")),
            with(scene.header(), "crit", json!(["exp"])),
            without(scene.header(), "alg"),
            json!([]),
        ] {
            assert!(scene.verify(&header, &scene.claims()).is_err(), "{header}");
        }
    }

    #[test]
    fn wrong_claims_are_refused() {
        let scene = scene();
        let now = NOW.unix_seconds();
        for (claim, value) in [
            ("iss", json!("https://other.example.vn")),
            ("iss", json!(["https://market.example.vn"])),
            ("aud", json!("https://other.example.vn")),
            ("aud", json!([])),
            ("sub", json!("admin")),
            ("sub", json!(1)),
            ("client_id", json!("other")),
            ("jti", json!("")),
            ("sid", json!("x")),
            ("exp", json!(now.to_string())),
            ("exp", json!((now + 60).to_string())),
            ("exp", json!(now)),
            ("exp", json!(-1)),
            ("exp", json!(1e300)),
            ("exp", json!(null)),
            ("iat", json!(now + 61)),
            ("iat", json!(now.to_string())),
        ] {
            let claims = with(scene.claims(), claim, value);
            assert!(scene.verify(&scene.header(), &claims).is_err(), "{claims}");
        }
        for claim in ["iss", "aud", "sub", "client_id", "iat", "exp", "jti", "sid"] {
            let claims = without(scene.claims(), claim);
            assert!(scene.verify(&scene.header(), &claims).is_err(), "{claims}");
        }
    }

    #[test]
    fn wrong_signatures_are_refused() {
        let (scene, other) = (scene(), self::scene());
        let (header, claims) = (scene.header(), scene.claims());
        let by_other = scene.forge(&header, &claims, &other.signing(), Algorithm::EdDSA);

        // The public key taken for an HMAC secret.
        let public = scene.keys.public().keys[0].x.clone();
        let secret = EncodingKey::from_secret(&URL_SAFE_NO_PAD.decode(&public).expect("base64url"));
        let hmac_header = with(header.clone(), "alg", json!("HS256"));
        let by_hmac = scene.forge(&hmac_header, &claims, &secret, Algorithm::HS256);

        let right = scene.forge(&header, &claims, &scene.signing(), Algorithm::EdDSA);
        let (message, _) = right.rsplit_once('.').expect("three parts");
        let changed = with(claims.clone(), "sub", json!(other.session.as_str()));
        let changed = scene.forge(&header, &changed, &other.signing(), Algorithm::EdDSA);
        let none = with(header.clone(), "alg", json!("none"));
        let none = scene.forge(&none, &claims, &scene.signing(), Algorithm::EdDSA);
        let (none, _) = none.rsplit_once('.').expect("three parts");
        for token in [
            &by_other,
            &by_hmac,
            &changed,
            &format!("{message}."),
            &format!("{message}.AAAA"),
            &format!("{none}."),
            message,
            none,
            "",
            ".",
            "..",
            "a.b.c",
            &format!("{right}.x"),
            &format!("{right}="),
            &format!(" {right}"),
        ] {
            assert!(scene.keys.verify(token, NOW).is_err(), "{token}");
        }
        assert!(scene.keys.verify(&right, NOW).is_ok());
    }

    #[test]
    fn a_huge_token_is_not_looked_into() {
        let scene = scene();
        let claims = with(scene.claims(), "filler", json!("x".repeat(9 * 1024)));
        assert_eq!(scene.verify(&scene.header(), &claims), Err(Refused::TooLong));
    }
}
