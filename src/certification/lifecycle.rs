//! What becomes of a certification: it is extended while its renewal is under way, or revoked.

use super::ledger::Certification;
use super::model::{CertificationId, Decision, DecisionNumber, Ground, Issuer, State, extension_limit};
use super::store::{self, NewEvent, What};
use super::{Clerk, LedgerError, authorities};
use crate::db::{Conn, Day};
use crate::products;
use crate::reference::Place;
use crate::say;

/// A decision as it is stated; without an issuer, the law of its day tells it.
#[derive(Debug, Clone)]
pub struct StatedDecision {
    pub issuer: Option<Issuer>,
    pub number: DecisionNumber,
    pub decided_on: Day,
}

/// A renewal that was asked for in time and is not decided yet (Decision 26/2026/QĐ-TTg, Article 12).
#[derive(Debug, Clone)]
pub struct NewExtension {
    pub until: Day,
    pub decision: Option<StatedDecision>,
}

/// A certificate taken back by a decision.
#[derive(Debug, Clone)]
pub struct NewRevocation {
    pub ground: Ground,
    pub decision: StatedDecision,
    /// First day on which it is revoked, if it is not the day of the decision.
    pub effective_on: Option<Day>,
}

impl Clerk<'_> {
    pub fn extend(
        &mut self,
        conn: &mut Conn,
        id: CertificationId,
        extension: &NewExtension,
    ) -> Result<Certification, LedgerError> {
        let (held, place) = self.open(conn, id)?;
        if let Some(earlier) = &held.extension {
            let until = earlier.until;
            return Err(LedgerError::Conflict(say!(
                "Giấy chứng nhận này đã được gia hạn đến {until}; chỉ gia hạn một lần.",
                "This certificate was extended to {until} already; it is extended once only."
            )));
        }
        let (from, limit) = (held.valid_until, extension_limit(held.valid_until));
        if extension.until <= from || extension.until > limit {
            return Err(LedgerError::Conflict(say!(
                "Chỉ được gia hạn đến một ngày sau {from} và muộn nhất là {limit} (180 ngày sau khi hết hạn).",
                "It may be extended to a day after {from} and {limit} at the latest (180 days after its term)."
            )));
        }
        let decision = match &extension.decision {
            Some(stated) => {
                let decision = self.issued(stated, &held, &place)?;
                Some(self.decision(conn, &decision)?)
            }
            None => None,
        };
        let event = NewEvent {
            certification: id,
            effective_on: from.plus_days(1),
            what: What::ExtendedUntil(extension.until),
            decision,
            recorded_by: self.by.user,
        };
        self.add_event(conn, &event)
    }

    pub fn revoke(
        &mut self,
        conn: &mut Conn,
        id: CertificationId,
        revocation: &NewRevocation,
    ) -> Result<Certification, LedgerError> {
        let (held, place) = self.open(conn, id)?;
        let (granted, withdrawn) = (held.decision.decided_on, revocation.decision.decided_on);
        let effective_on = revocation.effective_on.unwrap_or(withdrawn);
        let today = self.world.today();
        if withdrawn < granted || effective_on < withdrawn {
            return Err(LedgerError::Conflict(say!(
                "Thu hồi không thể trước quyết định của nó, và quyết định thu hồi không thể trước ngày công nhận {granted}.",
                "A revocation cannot precede its decision, nor its decision the recognition of {granted}."
            )));
        }
        if effective_on > today {
            return Err(LedgerError::Conflict(say!(
                "Ngày thu hồi {effective_on} sau hôm nay ({today}).",
                "The revocation of {effective_on} is after today ({today})."
            )));
        }
        let decision = self.issued(&revocation.decision, &held, &place)?;
        let decision = self.decision(conn, &decision)?;
        let event = NewEvent {
            certification: id,
            effective_on,
            what: What::RevokedFor(revocation.ground),
            decision: Some(decision),
            recorded_by: self.by.user,
        };
        self.add_event(conn, &event)
    }

    /// A certification within the office that takes further entries, and its product's place.
    fn open(&self, conn: &mut Conn, id: CertificationId) -> Result<(Certification, Place), LedgerError> {
        let held = self.certification(conn, id)?;
        let place = products::by_ids(conn, &[held.product])?
            .pop()
            .map(|product| product.place)
            .ok_or(LedgerError::NotFound)?;
        self.require_office(&place)?;
        self.refuse_ended(&held)?;
        Ok((held, place))
    }

    /// The decision with its issuer.
    fn issued(
        &self,
        stated: &StatedDecision,
        held: &Certification,
        place: &Place,
    ) -> Result<Decision, LedgerError> {
        let (number, decided_on) = (stated.number.clone(), stated.decided_on);
        let derived = || {
            let authorities = authorities(self.reference, place, decided_on);
            Issuer::derive(&number, held.stars, decided_on, &authorities)
        };
        let issuer = stated.issuer.clone().or_else(derived).ok_or_else(|| {
            LedgerError::Conflict(say!(
                "Theo luật ngày {decided_on} không rõ cơ quan nào ký số {number:?}; hãy ghi issuer.",
                "By the law of {decided_on} it is not clear who signs {number:?}; please give the issuer."
            ))
        })?;
        Ok(Decision { issuer, number, decided_on })
    }

    /// What has been revoked or superseded takes no further entry.
    fn refuse_ended(&self, held: &Certification) -> Result<(), LedgerError> {
        if let Some(revocation) = &held.revocation {
            let on = revocation.effective_on;
            return Err(LedgerError::Conflict(say!(
                "Giấy chứng nhận này đã bị thu hồi từ {on}.",
                "This certificate has been revoked since {on}."
            )));
        }
        match (held.state_on(self.world.today()), held.superseded_on) {
            (State::Superseded, Some(on)) => Err(LedgerError::Conflict(say!(
                "Giấy chứng nhận này đã được thay thế từ {on}.",
                "This certificate has been superseded since {on}."
            ))),
            _ => Ok(()),
        }
    }

    fn add_event(&mut self, conn: &mut Conn, event: &NewEvent) -> Result<Certification, LedgerError> {
        store::insert_event(conn, self.world, event)?;
        let changed = self.certification(conn, event.certification)?;
        store::update(conn, &changed, self.world.now())?;
        Ok(changed)
    }
}
