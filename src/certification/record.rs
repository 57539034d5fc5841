//! Recording a recognition: the certification of a product by a decision.

use super::identity::{Identity, Sighting};
use super::ledger::{Certification, supersede};
use super::model::{Recognition, term_end};
use super::notes::{self, Note};
use super::{Change, Clerk, Entered, LedgerError, store};
use crate::audit::{Action, Event, SubjectKind};
use crate::db::{Conn, Day};
use crate::products::ProductId;
use crate::say;

impl Clerk<'_> {
    /// Records a recognition: finds or creates producer, product and decision. The product's earlier certifications
    /// are superseded, claims it covers are removed. Nothing is written if it ends in an error.
    pub fn record(&mut self, conn: &mut Conn, recognition: &Recognition) -> Result<Entered, LedgerError> {
        let entered = self.enter(conn, recognition)?;
        if entered.change != Change::Unchanged {
            let certification = &entered.certification;
            let recorded =
                Event::new(Action::CertificationRecorded, SubjectKind::Certification, certification.id)
                    .concerning(entered.producer)
                    .within(recognition.subject.place.province.as_deref())
                    .with("outcome", entered.change.as_str())
                    .with("product", entered.product)
                    .with("stars", certification.stars)
                    .with("decision", &certification.decision);
            self.events.push(recorded);
        }
        Ok(entered)
    }

    /// The same without an entry in the audit log: of an import there is one for all of its rows.
    pub(super) fn enter(
        &mut self,
        conn: &mut Conn,
        recognition: &Recognition,
    ) -> Result<Entered, LedgerError> {
        self.require_office(&recognition.subject.place)?;
        let identity = Identity::find(conn, &recognition.subject, &Sighting::from(recognition))?;
        let known = identity.certifications(conn)?;
        match known.iter().find(|known| is_by(known, recognition)) {
            Some(held) => self.add_to(conn, identity, held, recognition),
            None => self.add(conn, identity, &known, recognition),
        }
    }

    /// Adds what the recognition knows to the certification by its decision.
    fn add_to(
        &mut self,
        conn: &mut Conn,
        identity: Identity,
        held: &Certification,
        recognition: &Recognition,
    ) -> Result<Entered, LedgerError> {
        let described = agreed(held, recognition)?;
        let mut settled = self.settle(conn, identity, &recognition.subject)?;
        if held.decision.issuer.key() != recognition.decision.issuer.key() {
            settled.notes.push(notes::OTHER_ISSUER);
        }
        let change = match described == *held {
            true => Change::Unchanged,
            false => {
                store::update(conn, &described, self.world.now())?;
                self.touched.insert(described.product);
                Change::Updated
            }
        };
        Ok(settled.with(described, change))
    }

    /// Adds a certification to those of its product.
    fn add(
        &mut self,
        conn: &mut Conn,
        identity: Identity,
        known: &[Certification],
        recognition: &Recognition,
    ) -> Result<Entered, LedgerError> {
        refuse_second_of_day(known, recognition)?;
        let mut settled = self.settle(conn, identity, &recognition.subject)?;
        let new = self.certification(settled.product, recognition);
        let id = new.id;
        let mut of_product = [known, &[new]].concat();
        supersede(&mut of_product);
        // Changed besides it: the end of the one it supersedes.
        of_product.retain(|certification| !known.contains(certification));
        let mut entered = None;
        for certification in of_product {
            if certification.id == id {
                entered = Some(certification);
            } else {
                store::update(conn, &certification, self.world.now())?;
            }
        }
        let new = entered.ok_or(LedgerError::NotFound)?;
        let decision = self.decision(conn, &new.decision)?;
        store::insert(conn, &new, decision, self.world.now())?;
        self.touched.insert(new.product);
        if !settled.is_new {
            let covered = self.drop_covered(conn, &new)?;
            settled.notes.extend((covered > 0).then(|| Note::claims_settled(covered)));
        }
        Ok(settled.with(new, Change::Created))
    }

    fn certification(&self, product: ProductId, recognition: &Recognition) -> Certification {
        let decision = recognition.decision.clone();
        Certification {
            id: self.world.id(),
            product,
            stars: recognition.stars,
            score: recognition.score,
            criteria_version: recognition.taxonomy(),
            taxonomy: recognition.taxonomy(),
            group_code: recognition.group_code.clone(),
            set_no: recognition.set_no,
            valid_until: recognition.valid_until.unwrap_or_else(|| term_end(decision.decided_on)),
            decision,
            source_url: recognition.source_url.clone(),
            extension: None,
            revocation: None,
            superseded_on: None,
            updated_at: self.world.now(),
        }
    }
}

/// Is this the certification by the recognition's decision? On one product, number and date tell; the issuer of a list
/// may only be what the law of the day makes of it.
fn is_by(held: &Certification, recognition: &Recognition) -> bool {
    let (held, stated) = (&held.decision, &recognition.decision);
    held.number == stated.number && held.decided_on == stated.decided_on
}

/// What is on file with what the recognition adds, if the two do not contradict each other.
fn agreed(held: &Certification, recognition: &Recognition) -> Result<Certification, LedgerError> {
    let number = &held.decision.number;
    if held.stars != recognition.stars {
        let (on_file, stated) = (held.stars.number(), recognition.stars.number());
        return Err(LedgerError::Conflict(say!(
            "Sổ chứng nhận đã ghi {on_file} sao theo quyết định {number:?}, không phải {stated} sao.",
            "The ledger has {on_file} stars by decision {number:?}, not {stated}."
        )));
    }
    if let (Some(on_file), Some(stated)) = (held.score, recognition.score)
        && on_file != stated
    {
        return Err(LedgerError::Conflict(say!(
            "Sổ chứng nhận đã ghi {on_file} điểm theo quyết định {number:?}, không phải {stated}.",
            "The ledger has a score of {on_file} by decision {number:?}, not {stated}."
        )));
    }
    if let Some(version) = recognition.criteria_version
        && version != held.criteria_version
    {
        let (on_file, stated) = (held.criteria_version.as_str(), version.as_str());
        return Err(LedgerError::Conflict(say!(
            "Sổ chứng nhận đã ghi bộ tiêu chí {on_file} cho quyết định {number:?}, không phải {stated}.",
            "The ledger has the criteria of {on_file} for decision {number:?}, not {stated}."
        )));
    }
    if let Some(stated) = recognition.valid_until
        && stated != held.valid_until
    {
        check_other_term(held, stated)?;
    }
    Ok(held.described_by(recognition))
}

/// The legal term was assumed where nothing was said; a term once said is a fact, and so is one that was extended.
fn check_other_term(held: &Certification, stated: Day) -> Result<(), LedgerError> {
    let (number, on_file) = (&held.decision.number, held.valid_until);
    if on_file == term_end(held.decision.decided_on) && held.extension.is_none() {
        return Ok(());
    }
    Err(LedgerError::Conflict(say!(
        "Sổ chứng nhận đã ghi hạn {on_file} theo quyết định {number:?}, không phải {stated}.",
        "The ledger has a term to {on_file} by decision {number:?}, not {stated}."
    )))
}

/// Two decisions of one day on one product: which of them is in force, nobody could tell.
fn refuse_second_of_day(known: &[Certification], recognition: &Recognition) -> Result<(), LedgerError> {
    let day = recognition.decision.decided_on;
    let Some(other) = known.iter().find(|known| known.decision.decided_on == day) else {
        return Ok(());
    };
    let (number, issuer) = (&other.decision.number, other.decision.issuer.as_str());
    Err(LedgerError::Conflict(say!(
        "Sản phẩm này đã có quyết định {number:?} của {issuer} cùng ngày {day}; một ngày chỉ có một quyết định.",
        "This product already has decision {number:?} of {issuer} of the same day {day}; there is one a day at most."
    )))
}
