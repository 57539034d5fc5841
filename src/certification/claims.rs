//! Claims: what lists say without stars, decision or date. They are kept, so that nothing of a list is lost and an
//! officer can look for the decision, and they are never public.
//!
//! A claim is covered by a certification of its product that agrees with everything the claim knows. Then the claim is
//! not kept beside it: an arriving one changes nothing, one on file is removed when the certification comes.

use super::identity::Identity;
use super::ledger::Certification;
use super::model::{Claim, DecisionNumber, Issuer, Score, SourceUrl, Stars};
use super::store::claims::{self as store, ClaimId};
use super::{Change, Clerk, LedgerError, Note};
use crate::db::{Conn, Day};
use crate::organisations::{OrganisationId, agrees};
use crate::products::ProductId;
use crate::reference::Taxonomy;
use std::cmp::Reverse;

/// How a statement was seen: what tells it from another one of the same product.
#[derive(Clone, Copy)]
pub struct Sighting<'a> {
    pub number: Option<&'a DecisionNumber>,
    pub decided_on: Option<Day>,
    pub source: Option<&'a str>,
}

impl Sighting<'_> {
    /// Number and date are known: that is a decision, whoever issued it.
    pub fn is_decision(&self) -> bool {
        self.number.is_some() && self.decided_on.is_some()
    }
}

/// A claim as it is on file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldClaim {
    pub id: ClaimId,
    pub stars: Option<Stars>,
    pub score: Option<Score>,
    pub issuer: Option<Issuer>,
    pub number: Option<DecisionNumber>,
    pub decided_on: Option<Day>,
    pub group_code: Option<String>,
    pub source_url: String,
}

impl HeldClaim {
    /// Does the certification agree with everything this claim knows?
    pub fn is_covered_by(&self, certification: &Certification) -> bool {
        let known = (self.number.as_ref(), self.decided_on, self.issuer.as_ref());
        covers(certification, known, self.stars, self.score)
    }

    fn has_key(&self, claim: &Claim) -> bool {
        self.number == claim.number
            && self.decided_on == claim.decided_on
            && self.source_url == source_of(claim)
    }
}

fn source_of(claim: &Claim) -> &str {
    claim.source_url.as_ref().map_or("", SourceUrl::as_str)
}

fn covers(
    certification: &Certification,
    (number, decided_on, issuer): (Option<&DecisionNumber>, Option<Day>, Option<&Issuer>),
    stars: Option<Stars>,
    score: Option<Score>,
) -> bool {
    let decision = &certification.decision;
    agrees(number, Some(&decision.number))
        && agrees(decided_on, Some(decision.decided_on))
        && agrees(issuer.map(Issuer::key), Some(decision.issuer.key()))
        && agrees(stars, Some(certification.stars))
        && agrees(score, certification.score)
}

/// What came of a claim.
pub struct Claimed {
    pub product: ProductId,
    pub producer: OrganisationId,
    pub change: Change,
    /// The certification that covers it; without one it is kept as unverified.
    pub covered_by: Option<Certification>,
    pub notes: Vec<Note>,
}

impl Clerk<'_> {
    /// Keeps a claim, unless a certification covers it. Nothing is written if it ends in an error.
    pub fn claim(&mut self, conn: &mut Conn, claim: &Claim) -> Result<Claimed, LedgerError> {
        self.require_office(&claim.subject.place)?;
        let seen = Sighting {
            number: claim.number.as_ref(),
            decided_on: claim.decided_on,
            source: Some(source_of(claim)),
        };
        let identity = Identity::find(conn, &claim.subject, &seen)?;
        let certifications = match identity.product() {
            Some(product) => super::store::of_products(conn, &[product.id])?,
            None => Vec::new(),
        };
        let known = (claim.number.as_ref(), claim.decided_on, claim.issuer.as_ref());
        let covered_by = certifications
            .into_iter()
            .filter(|certification| covers(certification, known, claim.stars, claim.score))
            .min_by_key(|certification| Reverse(certification.decision.decided_on));
        let settled = identity.settle(conn, self.world, self.reference, &claim.subject)?;
        let kept = match (&covered_by, settled.is_new) {
            (Some(_), _) => Change::Unchanged,
            (None, true) => self.insert_claim(conn, settled.product, claim)?,
            (None, false) => self.merge_claim(conn, settled.product, claim)?,
        };
        Ok(Claimed {
            product: settled.product,
            producer: settled.producer,
            change: kept.and(settled.changed),
            covered_by,
            notes: settled.notes,
        })
    }

    fn merge_claim(&self, conn: &mut Conn, product: ProductId, claim: &Claim) -> Result<Change, LedgerError> {
        let held = store::of_product(conn, product)?;
        let Some(held) = held.into_iter().find(|held| held.has_key(claim)) else {
            return self.insert_claim(conn, product, claim);
        };
        let group_code = claim.group_code.clone().or_else(|| held.group_code.clone());
        let more = HeldClaim {
            stars: claim.stars.or(held.stars),
            score: claim.score.or(held.score),
            issuer: claim.issuer.clone().or_else(|| held.issuer.clone()),
            group_code,
            ..held.clone()
        };
        if more == held {
            return Ok(Change::Unchanged);
        }
        store::update(conn, &more, self.world.now())?;
        Ok(Change::Updated)
    }

    fn insert_claim(
        &self,
        conn: &mut Conn,
        product: ProductId,
        claim: &Claim,
    ) -> Result<Change, LedgerError> {
        store::insert(conn, self.world.id(), product, claim, self.world.now())?;
        Ok(Change::Created)
    }

    /// Removes the claims a new certification covers; how many.
    pub(super) fn drop_covered(
        &self,
        conn: &mut Conn,
        certification: &Certification,
    ) -> Result<usize, LedgerError> {
        let held = store::of_product(conn, certification.product)?;
        let covered: Vec<ClaimId> =
            held.iter().filter(|claim| claim.is_covered_by(certification)).map(|claim| claim.id).collect();
        if !covered.is_empty() {
            store::delete(conn, &covered)?;
        }
        Ok(covered.len())
    }
}

/// The list a claim's group is read by: that of its date, or today's.
pub fn taxonomy_of(decided_on: Option<Day>, today: Day) -> Taxonomy {
    Taxonomy::in_force_on(decided_on.unwrap_or(today))
}
