//! The schedule of the signing keys: which one signs, which verify, which are to be made and which to go.
//!
//! Nothing of it is kept anywhere. It follows from the instant at which each key was published, and so it is the same
//! for whoever asks, whenever it asks.

use super::files::OwnKey;
use super::{JsonWebKey, JsonWebKeySet, VerifyingKey};
use crate::db::Instant;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{DecodingKey, EncodingKey};
use std::collections::HashMap;

/// A key signs so long after it was published: gateways may keep the published keys for five minutes.
pub(super) const LEAD_SECONDS: i64 = 10 * 60;
/// A key verifies so long after it stopped to sign; its last token lasts 15 minutes.
pub(super) const OVERLAP_SECONDS: i64 = 3600;
/// How often an instance says of its keys that they are in use.
const SEEN_EVERY_SECONDS: i64 = 3600;
/// A key of which nobody has said so for this long is forgotten.
pub(super) const FORGOTTEN_SECONDS: i64 = 26 * 3600;

/// The public half of a key as all instances know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedKey {
    pub kid: String,
    /// base64url
    pub public_key: String,
    pub published_at: Instant,
    pub seen_at: Instant,
    pub retired_at: Option<Instant>,
}

impl PublishedKey {
    /// Does it verify tokens?
    pub fn is_good(&self, now: Instant) -> bool {
        self.retired_at.is_none() && self.seen_at > now.plus_seconds(-FORGOTTEN_SECONDS)
    }
}

/// What is to be done about the keys of this instance.
#[derive(Debug, PartialEq, Eq, Default)]
pub(super) struct Plan {
    /// Of these the public halves are not known yet.
    pub publish: Vec<String>,
    /// Of these it is to be said that they are in use.
    pub touch: Vec<String>,
    /// The time of these is over.
    pub retire: Vec<String>,
    /// The files of these are to go: somebody has retired them.
    pub remove: Vec<String>,
    /// A new one is due.
    pub make: bool,
}

impl Plan {
    pub fn writes(&self) -> bool {
        !(self.publish.is_empty() && self.touch.is_empty() && self.retire.is_empty())
    }
}

/// This instance's keys that are published and not retired, oldest first. Of those published at once the names decide.
fn in_use<'a>(own: &'a [OwnKey], published: &[PublishedKey]) -> Vec<(&'a OwnKey, Instant)> {
    let mut keys: Vec<(&OwnKey, Instant)> = own
        .iter()
        .filter_map(|key| {
            let known =
                published.iter().find(|known| known.kid == key.kid() && known.retired_at.is_none())?;
            Some((key, known.published_at))
        })
        .collect();
    keys.sort_by(|(one, at), (other, then)| (at, &one.path).cmp(&(then, &other.path)));
    keys
}

/// What is due at `now` if keys last `key_seconds`.
pub(super) fn plan(own: &[OwnKey], published: &[PublishedKey], now: Instant, key_seconds: i64) -> Plan {
    let known: HashMap<&str, &PublishedKey> = published.iter().map(|key| (key.kid.as_str(), key)).collect();
    let mut plan = Plan::default();
    for key in own {
        let kid = key.kid();
        match known.get(kid) {
            None => plan.publish.push(kid.to_owned()),
            Some(known) if known.retired_at.is_some() => plan.remove.push(kid.to_owned()),
            Some(known) if known.seen_at.plus_seconds(SEEN_EVERY_SECONDS) <= now => {
                plan.touch.push(kid.to_owned());
            }
            Some(_) => {}
        }
    }
    let in_use = in_use(own, published);
    for ((key, _), (_, next_published)) in in_use.iter().zip(in_use.iter().skip(1)) {
        if next_published.plus_seconds(LEAD_SECONDS + OVERLAP_SECONDS) <= now {
            plan.retire.push(key.kid().to_owned());
        }
    }
    let youngest = in_use.last().map(|(_, published_at)| published_at.plus_seconds(key_seconds));
    plan.make = plan.publish.is_empty() && youngest.is_none_or(|ends| ends <= now);
    plan
}

/// The keys as requests use them.
pub(in crate::auth) struct Ring {
    /// Its id, and the key; `None` if this instance has none that may sign.
    pub signing: Option<(String, EncodingKey)>,
    /// Newest first.
    pub verifying: Vec<VerifyingKey>,
}

impl Ring {
    pub(super) fn at(own: &[OwnKey], published: &[PublishedKey], now: Instant) -> Self {
        let in_use = in_use(own, published);
        let ready = in_use.iter().rev().find(|(_, at)| at.plus_seconds(LEAD_SECONDS) <= now);
        let is_unknown = |key: &&OwnKey| published.iter().all(|known| known.kid != key.kid());
        // Nobody waits for a first key: there is nothing else that could sign.
        let signing = ready.or_else(|| in_use.first()).map(|(key, _)| *key);
        let signing = signing.or_else(|| own.iter().rev().find(is_unknown));
        let signing = signing.map(|key| (key.kid().to_owned(), key.signing.clone()));
        let is_own = |kid: &str| own.iter().any(|key| key.kid() == kid);
        let verifies =
            |key: &&PublishedKey| key.is_good(now) || (key.retired_at.is_none() && is_own(&key.kid));
        let mut good: Vec<&PublishedKey> = published.iter().filter(verifies).collect();
        good.sort_by(|one, other| (other.published_at, &other.kid).cmp(&(one.published_at, &one.kid)));
        let known = good.into_iter().filter_map(VerifyingKey::of);
        // Its own are good whether others know them yet or not.
        let unknown = own.iter().filter(|key| is_unknown(key)).map(|key| key.public.clone());
        Self { signing, verifying: unknown.chain(known).collect() }
    }

    pub fn public(&self) -> JsonWebKeySet {
        JsonWebKeySet { keys: self.verifying.iter().map(|key| key.jwk.clone()).collect() }
    }

    #[cfg(test)]
    pub fn signing_kid(&self) -> &str {
        self.signing.as_ref().map_or("", |(kid, _)| kid)
    }

    pub fn verifying(&self, kid: &str) -> Option<&DecodingKey> {
        self.verifying.iter().find(|key| key.jwk.kid == kid).map(|key| &key.key)
    }
}

impl VerifyingKey {
    /// `None` for a row that holds no key, or that of another id.
    fn of(published: &PublishedKey) -> Option<Self> {
        let public = URL_SAFE_NO_PAD.decode(&published.public_key).ok().filter(|bytes| bytes.len() == 32)?;
        let jwk = JsonWebKey::of(&public);
        (jwk.kid == published.kid).then(|| Self { jwk, key: DecodingKey::from_ed_der(&public) })
    }
}

#[cfg(test)]
mod tests {
    use super::super::files;
    use super::*;

    const DAY: i64 = 86_400;
    const LIFE: i64 = 90 * DAY;

    fn at(seconds: i64) -> Instant {
        Instant::from_micros(1_795_000_000_000_000).plus_seconds(seconds)
    }

    /// `n` keys in files, and them as they are known, published at these seconds.
    fn keys(published: &[Option<i64>]) -> (Vec<OwnKey>, Vec<PublishedKey>) {
        let directory = tempfile::tempdir().expect("a directory");
        let directory = directory.path().join("keys");
        let mut own = files::open(&directory).expect("made");
        while own.len() < published.len() {
            files::generate(&directory).expect("made");
            own = files::read_all(&directory).expect("read");
        }
        let known = own.iter().zip(published).filter_map(|(key, seconds)| {
            Some(PublishedKey {
                kid: key.kid().to_owned(),
                public_key: key.public.jwk.x.clone(),
                published_at: at((*seconds)?),
                seen_at: at((*seconds)?),
                retired_at: None,
            })
        });
        let known = known.collect();
        (own, known)
    }

    fn signer(own: &[OwnKey], known: &[PublishedKey], seconds: i64) -> usize {
        let ring = Ring::at(own, known, at(seconds));
        own.iter().position(|key| key.kid() == ring.signing_kid()).expect("its own")
    }

    #[test]
    fn a_first_key_signs_at_once_and_a_second_after_ten_minutes() {
        let (own, known) = keys(&[Some(0), Some(LIFE)]);
        assert_eq!(signer(&own[..1], &known[..1], 0), 0);
        assert_eq!(signer(&own, &known, LIFE), 0);
        assert_eq!(signer(&own, &known, LIFE + 599), 0);
        assert_eq!(signer(&own, &known, LIFE + 600), 1);
        let both = Ring::at(&own, &known, at(LIFE)).public();
        let kids: Vec<_> = both.keys.iter().map(|key| key.kid.as_str()).collect();
        assert_eq!(kids, [own[1].kid(), own[0].kid()], "its own are good whenever they were last seen");
    }

    #[test]
    fn what_nobody_knows_yet_is_published() {
        let (own, known) = keys(&[None]);
        let plan = plan(&own, &known, at(0), LIFE);
        assert_eq!((plan.publish.as_slice(), plan.make), ([own[0].kid().to_owned()].as_slice(), false));
        assert_eq!(signer(&own, &known, 0), 0);
    }

    #[test]
    fn each_hour_a_key_is_touched_and_by_its_age_the_next_is_made() {
        let (own, mut known) = keys(&[Some(0)]);
        assert_eq!(plan(&own, &known, at(3599), LIFE), Plan::default());
        assert_eq!(plan(&own, &known, at(3600), LIFE).touch, [own[0].kid()]);
        known[0].seen_at = at(LIFE - 1);
        assert_eq!(plan(&own, &known, at(LIFE - 1), LIFE), Plan::default());
        assert!(plan(&own, &known, at(LIFE), LIFE).make);
    }

    #[test]
    fn an_old_key_is_retired_an_hour_after_it_stopped() {
        let (own, mut known) = keys(&[Some(0), Some(1000)]);
        known.iter_mut().for_each(|key| key.seen_at = at(5000));
        let last = 1000 + LEAD_SECONDS + OVERLAP_SECONDS;
        assert!(plan(&own, &known, at(last - 1), LIFE).retire.is_empty());
        assert_eq!(plan(&own, &known, at(last), LIFE).retire, [own[0].kid()]);
        known[0].retired_at = Some(at(last));
        let after = plan(&own, &known, at(last), LIFE);
        assert_eq!((after.retire.len(), after.remove), (0, vec![own[0].kid().to_owned()]));
        let ring = Ring::at(&own, &known, at(last));
        assert!(ring.verifying(own[0].kid()).is_none() && ring.verifying(own[1].kid()).is_some());
    }

    #[test]
    fn a_revoked_key_leaves_another_to_be_made() {
        let (own, mut known) = keys(&[Some(0)]);
        known[0].retired_at = Some(at(10));
        let plan = plan(&own, &known, at(10), LIFE);
        assert!(plan.make && plan.remove == [own[0].kid()]);
        let ring = Ring::at(&own, &known, at(10));
        assert!(ring.signing.is_none() && ring.verifying.is_empty());
    }

    #[test]
    fn keys_of_others_verify_until_they_are_forgotten_or_retired() {
        let (own, known) = keys(&[Some(0)]);
        let (_, mut others) = keys(&[Some(0)]);
        let kid = others[0].kid.clone();
        let verifies = |others: &[PublishedKey], seconds| {
            let all: Vec<_> = known.iter().chain(others).cloned().collect();
            Ring::at(&own, &all, at(seconds)).verifying(&kid).is_some()
        };
        assert!(verifies(&others, 0) && verifies(&others, FORGOTTEN_SECONDS - 1));
        assert!(!verifies(&others, FORGOTTEN_SECONDS));
        others[0].retired_at = Some(at(5));
        assert!(!verifies(&others, 5));
        others[0].retired_at = None;
        others[0].public_key = own[0].public.jwk.x.clone();
        assert!(!verifies(&others, 0), "a key under a wrong id");
    }
}
