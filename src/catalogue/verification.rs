//! Is what the pack says true? What the ledger holds of one product, seen from one day.

use super::document::LedgerRecord;
use crate::certification::ledger::Certification;
use crate::certification::model::State;
use crate::db::Day;
use crate::organisations::OrganisationId;
use crate::products::{ProductCode, ProductId};
use crate::say;
use crate::say::Say;
use std::cmp::Ordering;

/// The product that is asked about.
#[derive(Debug, Clone)]
pub struct Verified {
    pub id: ProductId,
    pub code: ProductCode,
    pub name: String,
    pub producer: OrganisationId,
    pub producer_name: String,
}

/// One certification and its state on the day.
#[derive(Debug, Clone)]
pub struct Standing {
    pub certification: Certification,
    /// `None` before its decision.
    pub state: Option<State>,
}

/// The answer. It is given with today's knowledge: a revocation recorded late counts from the day it worked.
#[derive(Debug, Clone)]
pub struct Verification {
    pub product: Verified,
    pub on: Day,
    today: Day,
    /// All certifications of the product, the latest first.
    pub history: Vec<Standing>,
}

impl Verification {
    pub fn new(record: LedgerRecord, on: Day, today: Day) -> Self {
        let LedgerRecord { id, code, name, producer, producer_name, history } = record;
        let product = Verified { id, code, name, producer, producer_name };
        let standing = |certification: Certification| Standing {
            state: certification.ledger().state_on(on),
            certification,
        };
        Self { product, on, today, history: history.into_iter().map(standing).collect() }
    }

    /// The certification that speaks for the product on the day: the one in force, else the latest decided by then.
    pub fn standing(&self) -> Option<(&Certification, State)> {
        let latest = self.history.iter().find(|standing| standing.state.is_some());
        let in_force = |standing: &&Standing| standing.state.is_some_and(State::is_in_force);
        let standing = self.history.iter().find(in_force).or(latest)?;
        standing.state.map(|state| (&standing.certification, state))
    }

    pub fn is_certified(&self) -> bool {
        self.standing().is_some_and(|(_, state)| state.is_in_force())
    }

    /// The answer as a sentence.
    pub fn sentence(&self) -> Say {
        let Verified { name, producer_name: producer, .. } = &self.product;
        let (vi_when, en_when) = self.when();
        let Some((certification, state)) = self.standing() else {
            return say!(
                "{vi_when}Sản phẩm “{name}” của {producer} chưa được công nhận sản phẩm OCOP.",
                "{en_when}The product “{name}” of {producer} was not certified yet."
            );
        };
        let (vi_by, en_by) = authority(certification);
        let (vi_fate, en_fate) = fate(certification, state);
        let stars = certification.stars.number();
        if state.is_in_force() {
            return say!(
                "{vi_when}Sản phẩm “{name}” của {producer} đạt {stars} sao {vi_by}, {vi_fate}.",
                "{en_when}The product “{name}” of {producer} was recognised with {stars} stars {en_by}, {en_fate}."
            );
        }
        // Whoever reads no further than the first words must not take it for a live one.
        let (vi_lapsed, en_lapsed) = self.lapsed();
        say!(
            "{vi_lapsed}: sản phẩm “{name}” của {producer} từng đạt {stars} sao {vi_by}, {vi_fate}.",
            "{en_lapsed}: the product “{name}” of {producer} was once recognised with {stars} stars {en_by}, {en_fate}."
        )
    }

    /// How the sentence begins of what is not in force on the day.
    fn lapsed(&self) -> (String, String) {
        let (vi, en) = ("Không còn được công nhận", "No longer certified");
        let (vi_day, en_day) = (Numeric(self.on), self.on);
        match self.on.cmp(&self.today) {
            Ordering::Less => (format!("{vi} vào ngày {vi_day}"), format!("{en} on {en_day}")),
            Ordering::Equal => (vi.to_owned(), en.to_owned()),
            Ordering::Greater => (
                format!("{vi} vào ngày {vi_day}, theo sổ chứng nhận đến hôm nay"),
                format!("{en} on {en_day}, as the ledger stands today"),
            ),
        }
    }

    /// Said only of another day than today; of one to come, that the ledger may still change.
    fn when(&self) -> (String, String) {
        let (vi, en) = (Numeric(self.on), self.on);
        match self.on.cmp(&self.today) {
            Ordering::Less => (format!("Vào ngày {vi}: "), format!("On {en}: ")),
            Ordering::Equal => (String::new(), String::new()),
            Ordering::Greater => (
                format!("Vào ngày {vi}, theo sổ chứng nhận đến hôm nay: "),
                format!("On {en}, as the ledger stands today: "),
            ),
        }
    }
}

/// Who recognised it by which decision.
fn authority(certification: &Certification) -> (String, String) {
    let decision = &certification.decision;
    let (number, issuer, day) = (decision.number.as_str(), decision.issuer.as_str(), decision.decided_on);
    let vi_day = Numeric(day);
    (
        format!("theo Quyết định {number} ngày {vi_day} của {issuer}"),
        format!("by Decision {number} of {day}, issued by {issuer}"),
    )
}

/// What has become of it by the day.
fn fate(certification: &Certification, state: State) -> (String, String) {
    let ledger = certification.ledger();
    let until = ledger.shown_until().unwrap_or(ledger.valid_until);
    let both = |vi: &str, en: &str, day: Day| (format!("{vi} {}", Numeric(day)), format!("{en} {day}"));
    match state {
        // Not of one whose end is decided, nor of one that has its extension already.
        State::Expiring if until == ledger.valid_until => {
            both("sắp hết hiệu lực, có hiệu lực đến hết ngày", "expiring, in force until", until)
        }
        State::Valid | State::Expiring => both("có hiệu lực đến hết ngày", "in force until", until),
        State::Extended => both("đang được gia hạn đến hết ngày", "extended until", until),
        State::Expired => {
            both("đã hết hiệu lực từ ngày", "expired and not in force since", until.plus_days(1))
        }
        State::Revoked => both("đã bị thu hồi từ ngày", "revoked from", ledger.revoked_on.unwrap_or(until)),
        State::Superseded => both(
            "đã được thay bằng công nhận mới từ ngày",
            "superseded by a later certification from",
            ledger.superseded_on.unwrap_or(until),
        ),
    }
}

/// A day as Vietnamese documents write it: `04/02/2020`.
pub struct Numeric(pub Day);

impl std::fmt::Display for Numeric {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let date = self.0.date();
        write!(f, "{:02}/{:02}/{}", date.day(), date.month(), date.year())
    }
}
