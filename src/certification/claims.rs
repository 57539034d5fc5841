//! Claims: what lists say without stars, decision or date. They are kept, so that nothing of a list is lost and an
//! officer can look for the decision, and they are never public.
//!
//! A claim is covered by a certification of its product that agrees with everything the claim knows. Then the claim is
//! not kept beside it: an arriving one changes nothing, one on file is removed when the certification comes.

use super::identity::{Identity, Sighting};
use super::ledger::Certification;
use super::model::{Claim, Hearsay, Issuer};
use super::store::claims::{self as store, ClaimId};
use super::{Change, Clerk, Entered, LedgerError};
use crate::db::Conn;
use crate::organisations::agrees;
use crate::products::ProductId;

/// A claim as it is on file.
pub struct HeldClaim {
    pub id: ClaimId,
    pub said: Hearsay,
}

impl Hearsay {
    fn is_covered_by(&self, certification: &Certification) -> bool {
        let decision = &certification.decision;
        agrees(self.number.as_ref(), Some(&decision.number))
            && agrees(self.decided_on, Some(decision.decided_on))
            && agrees(self.issuer.as_ref().map(Issuer::key), Some(decision.issuer.key()))
            && agrees(self.stars, Some(certification.stars))
            && agrees(self.score, certification.score)
    }

    /// Of one product these two are one claim.
    fn is_about_the_same_as(&self, other: &Self) -> bool {
        (&self.number, &self.decided_on, &self.source_url)
            == (&other.number, &other.decided_on, &other.source_url)
    }

    /// The same with what a later statement says.
    fn with(&self, later: &Self) -> Self {
        Self {
            stars: later.stars.or(self.stars),
            score: later.score.or(self.score),
            issuer: later.issuer.clone().or_else(|| self.issuer.clone()),
            group_code: later.group_code.clone().or_else(|| self.group_code.clone()),
            ..self.clone()
        }
    }
}

impl Clerk<'_> {
    /// Keeps a claim, unless a certification covers it. Nothing is written if it ends in an error.
    pub fn claim(
        &mut self,
        conn: &mut Conn,
        claim: &Claim,
    ) -> Result<Entered<Option<Certification>>, LedgerError> {
        self.require_office(&claim.subject.place)?;
        let identity = Identity::find(conn, &claim.subject, &Sighting::from(&claim.said))?;
        let mut certifications = identity.certifications(conn)?.into_iter();
        let covered_by = certifications.find(|certification| claim.said.is_covered_by(certification));
        let settled = self.settle(conn, identity, &claim.subject)?;
        let change = match covered_by {
            Some(_) => Change::Unchanged,
            None => self.keep(conn, settled.product, &claim.said)?,
        };
        Ok(settled.with(covered_by, change))
    }

    fn keep(&self, conn: &mut Conn, product: ProductId, said: &Hearsay) -> Result<Change, LedgerError> {
        let now = self.world.now();
        let held = store::of_product(conn, product)?;
        let Some(held) = held.into_iter().find(|held| held.said.is_about_the_same_as(said)) else {
            let new = HeldClaim { id: self.world.id(), said: said.clone() };
            store::insert(conn, product, &new, now)?;
            return Ok(Change::Created);
        };
        let more = HeldClaim { id: held.id, said: held.said.with(said) };
        if more.said == held.said {
            return Ok(Change::Unchanged);
        }
        store::update(conn, product, &more, now)?;
        Ok(Change::Updated)
    }

    /// Removes the claims a new certification covers; how many.
    pub(super) fn drop_covered(
        &self,
        conn: &mut Conn,
        certification: &Certification,
    ) -> Result<usize, LedgerError> {
        let held = store::of_product(conn, certification.product)?;
        let covered: Vec<ClaimId> =
            held.iter().filter(|held| held.said.is_covered_by(certification)).map(|held| held.id).collect();
        if !covered.is_empty() {
            store::delete(conn, &covered)?;
        }
        Ok(covered.len())
    }
}
