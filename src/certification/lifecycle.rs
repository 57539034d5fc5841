//! What becomes of a certification: it is extended while its renewal is under way, or revoked.

use super::ledger::Certification;
use super::model::{
    CertificationId, Decision, DecisionId, DecisionNumber, EXPIRING_DAYS, Ground, Issuer, extension_limit,
};
use super::store::{self, NewEvent, What};
use super::{Clerk, LedgerError, authorities};
use crate::audit::{Action, Event, SubjectKind};
use crate::db::{Conn, Day};
use crate::products::{self, Product};
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
    /// Keeps a certification in force for up to 180 days after its term: once, only if it was not revoked, and not
    /// before a renewal may be asked for, which is what it bridges.
    pub fn extend(
        &mut self,
        conn: &mut Conn,
        id: CertificationId,
        extension: &NewExtension,
    ) -> Result<Certification, LedgerError> {
        let (held, product) = self.open_entry(conn, id)?;
        if let Some(earlier) = &held.extension {
            let until = earlier.until;
            return Err(LedgerError::Conflict(say!(
                "Giấy chứng nhận này đã được gia hạn đến {until}; chỉ gia hạn một lần.",
                "This certificate was extended to {until} already; it is extended once only."
            )));
        }
        let (from, limit) = (held.valid_until, extension_limit(held.valid_until));
        let (first, today) = (from.plus_days(-EXPIRING_DAYS), self.world.today());
        if today < first {
            return Err(LedgerError::Conflict(say!(
                "Chỉ được gia hạn từ ngày {first}, khi được đề nghị công nhận lại ({EXPIRING_DAYS} ngày trước khi hết \
                 hạn {from}).",
                "It may be extended from {first} on, when a renewal may be asked for ({EXPIRING_DAYS} days before the \
                 end of its term on {from})."
            )));
        }
        if extension.until <= from || extension.until > limit {
            return Err(LedgerError::Conflict(say!(
                "Chỉ được gia hạn đến một ngày sau {from} và muộn nhất là {limit} (180 ngày sau khi hết hạn).",
                "It may be extended to a day after {from} and {limit} at the latest (180 days after its term)."
            )));
        }
        let decision = match &extension.decision {
            Some(stated) => Some(self.later_decision(conn, stated, &held, &product.place)?),
            None => None,
        };
        let event = NewEvent {
            certification: id,
            effective_on: from.plus_days(1),
            what: What::ExtendedUntil(extension.until),
            decision,
            recorded_by: self.by.agent.user(),
        };
        let extended = self.add_event(conn, &event)?;
        let remembered = about(Action::CertificationExtended, id, &product).with("until", extension.until);
        self.events.push(remembered);
        Ok(extended)
    }

    /// Revokes a certification from the day of the revoking decision, or a later one that is not after today.
    pub fn revoke(
        &mut self,
        conn: &mut Conn,
        id: CertificationId,
        revocation: &NewRevocation,
    ) -> Result<Certification, LedgerError> {
        let (held, product) = self.open_entry(conn, id)?;
        let (decided_on, today) = (revocation.decision.decided_on, self.world.today());
        let effective_on = revocation.effective_on.unwrap_or(decided_on);
        if effective_on < decided_on || effective_on > today {
            return Err(LedgerError::Conflict(say!(
                "Ngày thu hồi {effective_on} phải từ ngày quyết định {decided_on} đến hôm nay ({today}).",
                "The revocation of {effective_on} must lie between its decision of {decided_on} and today ({today})."
            )));
        }
        let event = NewEvent {
            certification: id,
            effective_on,
            what: What::RevokedFor(revocation.ground),
            decision: Some(self.later_decision(conn, &revocation.decision, &held, &product.place)?),
            recorded_by: self.by.agent.user(),
        };
        let revoked = self.add_event(conn, &event)?;
        let remembered = about(Action::CertificationRevoked, id, &product)
            .with("ground", revocation.ground)
            .with("effective_on", effective_on)
            .with("decision", &revocation.decision.number);
        self.events.push(remembered);
        Ok(revoked)
    }

    /// A certification within the office that takes further entries, and its product.
    fn open_entry(
        &self,
        conn: &mut Conn,
        id: CertificationId,
    ) -> Result<(Certification, Product), LedgerError> {
        let held = store::find(conn, id)?.ok_or(LedgerError::NotFound)?;
        let product = products::by_ids(conn, &[held.product])?.pop().ok_or(LedgerError::NotFound)?;
        self.require_office(&product.place)?;
        if let Some(revocation) = &held.revocation {
            let on = revocation.effective_on;
            return Err(LedgerError::Conflict(say!(
                "Giấy chứng nhận này đã bị thu hồi từ {on}.",
                "This certificate has been revoked since {on}."
            )));
        }
        if let Some(on) = held.superseded_on {
            return Err(LedgerError::Conflict(say!(
                "Giấy chứng nhận này đã được thay thế từ {on}.",
                "This certificate has been superseded since {on}."
            )));
        }
        Ok((held, product))
    }

    /// The decision on what becomes of a certification; an issuer it does not name follows from the law.
    fn later_decision(
        &mut self,
        conn: &mut Conn,
        stated: &StatedDecision,
        held: &Certification,
        place: &Place,
    ) -> Result<DecisionId, LedgerError> {
        let (number, decided_on) = (&stated.number, stated.decided_on);
        let granted = held.decision.decided_on;
        if decided_on < granted {
            return Err(LedgerError::Conflict(say!(
                "Quyết định ngày {decided_on} có trước ngày công nhận {granted}.",
                "The decision of {decided_on} precedes the recognition of {granted}."
            )));
        }
        let derived = || {
            let authorities = authorities(self.reference, place, decided_on);
            Issuer::derive(number, held.stars, decided_on, &authorities)
        };
        let issuer = stated.issuer.clone().or_else(derived).ok_or_else(|| {
            LedgerError::Conflict(say!(
                "Theo luật ngày {decided_on} không rõ cơ quan nào ký số {number:?}; hãy ghi issuer.",
                "By the law of {decided_on} it is not clear who signs {number:?}; please give the issuer."
            ))
        })?;
        self.decision(conn, &Decision { issuer, number: number.clone(), decided_on })
    }

    fn add_event(&mut self, conn: &mut Conn, event: &NewEvent) -> Result<Certification, LedgerError> {
        store::insert_event(conn, self.world, event)?;
        let changed = store::find(conn, event.certification)?.ok_or(LedgerError::NotFound)?;
        store::update(conn, &changed, self.world.now())?;
        self.touched.insert(changed.product);
        Ok(changed)
    }
}

/// What the audit log remembers of what became of a certification.
fn about(action: Action, id: CertificationId, product: &Product) -> Event {
    Event::new(action, SubjectKind::Certification, id)
        .concerning(product.producer)
        .within(product.place.province.as_deref())
        .with("product", product.id)
}
