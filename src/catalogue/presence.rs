//! Is a product in the catalogue on a day, and if not, why?

use crate::certification::ledger::Certification;
use crate::certification::model::State;
use crate::db::Day;
use crate::products::SuccessionKind;

crate::text_enum! {
    /// Why a product is not in the catalogue any more.
    pub enum Gone {
        /// Its certificate ran out.
        Expired = "expired",
        /// Its certificate was taken back.
        Revoked = "revoked",
        /// Its producer offers it no longer.
        Withdrawn = "withdrawn",
        /// The producer's product of another name took its place.
        Superseded = "superseded",
        /// It had been recorded twice; the other one goes on.
        MergedInto = "merged_into",
    }
}

/// What besides the ledger keeps a product out of the catalogue.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Absence {
    pub withdrawn: bool,
    /// How another product took its place.
    pub succession: Option<SuccessionKind>,
}

impl From<SuccessionKind> for Gone {
    fn from(kind: SuccessionKind) -> Self {
        match kind {
            SuccessionKind::MergedInto => Self::MergedInto,
            SuccessionKind::Superseded => Self::Superseded,
        }
    }
}

/// A product on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence<'a> {
    /// Nothing of it was certified by then: the public does not know it.
    Unknown,
    Shown {
        certification: &'a Certification,
        state: State,
    },
    /// `since`: the first day without it, if the ledger is the reason.
    Gone {
        why: Gone,
        state: State,
        since: Option<Day>,
    },
}

/// What the entries of the ledger, the latest first, and the absence make of a product on `day`. The ledger has the first
/// word: what is not certified is not shown, whoever withdrew it.
pub fn presence<'a>(history: &'a [Certification], absence: &Absence, day: Day) -> Presence<'a> {
    let mut begun = history.iter().filter_map(|held| Some((held, held.ledger().state_on(day)?)));
    let Some(latest) = begun.next() else { return Presence::Unknown };
    let in_force = std::iter::once(latest).chain(begun).find(|(_, state)| state.is_in_force());
    let Some((certification, state)) = in_force else {
        let (ledger, state) = (latest.0.ledger(), latest.1);
        let since = ledger.shown_until().map_or(ledger.decided_on, |last| last.plus_days(1));
        let why = match state {
            State::Revoked => Gone::Revoked,
            State::Superseded => Gone::Superseded,
            State::Expired | State::Valid | State::Expiring | State::Extended => Gone::Expired,
        };
        return Presence::Gone { why, state, since: Some(since) };
    };
    match absence {
        Absence { succession: Some(kind), .. } => Presence::Gone { why: (*kind).into(), state, since: None },
        Absence { withdrawn: true, .. } => Presence::Gone { why: Gone::Withdrawn, state, since: None },
        _ => Presence::Shown { certification, state },
    }
}

impl Presence<'_> {
    /// As the log of changes keeps it: `None` if there is nothing to tell.
    pub fn logged(&self) -> Option<Option<Gone>> {
        match self {
            Self::Unknown => None,
            Self::Shown { .. } => Some(None),
            Self::Gone { why, .. } => Some(Some(*why)),
        }
    }
}
