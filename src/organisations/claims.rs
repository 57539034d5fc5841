//! "That producer of the ledger is us."
//!
//! Lists of recognised products bring producers for whom nobody acts. Whoever registers one of them finds it among the
//! [`candidates`] and claims it; an officer of its province decides. Approved, the two become one: the producer of the
//! ledger stays, with its id, its names and its products, and gets the claimant's members and what they have made; the
//! claimant is no more, and names it as its successor.

use super::verification::{reason_line, tell_owners};
use super::{
    Claim, ClaimDecision, ClaimId, ClaimNote, ClaimState, Likeness, Organisation, OrganisationError,
    OrganisationId, OrganisationKind, OrganisationStanding, Reason, Seen, Traits, Unclaimed, Verification,
    VerificationDecision, access, producer_name, score, store,
};
use crate::accounts::UserLanguage;
use crate::audit::{self, Action, Event, SubjectKind};
use crate::auth::{Caller, Office, Officer, Session};
use crate::catalogue::{self, Seq};
use crate::db::{Conn, ledger_lock};
use crate::input::Faults;
use crate::mail::MailKind;
use crate::products;
use crate::reference::Reference;
use crate::say::{Invalid, Say};
use crate::world::World;
use std::cmp::Reverse;
use std::collections::HashMap;

/// A producer of the ledger that an organisation may be.
#[derive(Clone)]
pub struct Candidate {
    pub producer: Unclaimed,
    pub because: Vec<Likeness>,
    /// Names of its products.
    pub products: Vec<String>,
}

/// The longest list of candidates.
const MOST_CANDIDATES: usize = 20;

/// Producers of the ledger for whom nobody acts and which this organisation may be, the likeliest first.
pub fn candidates(
    conn: &mut Conn,
    caller: &Caller,
    id: OrganisationId,
) -> Result<Vec<Candidate>, OrganisationError> {
    let Seen { organisation, .. } = access::read(conn, caller, id)?.edited()?;
    if organisation.kind != OrganisationKind::Producer {
        return Ok(Vec::new());
    }
    let traits = Traits::of(&organisation);
    let unclaimed = store::claims::unclaimed(conn, organisation.province(), organisation.tax_code.as_ref())?;
    let mut likely: Vec<Candidate> = unclaimed
        .into_iter()
        .filter(|producer| producer.id != id)
        .map(|producer| Candidate { because: traits.in_common(&producer), producer, products: Vec::new() })
        .filter(|candidate| !candidate.because.is_empty())
        .collect();
    likely.sort_by_key(|candidate| (Reverse(score(&candidate.because)), candidate.producer.id));
    likely.truncate(MOST_CANDIDATES);
    let ids: Vec<OrganisationId> = likely.iter().map(|candidate| candidate.producer.id).collect();
    let mut products: HashMap<OrganisationId, Vec<String>> = HashMap::new();
    for (producer, name) in products::names_of_producers(conn, &ids)? {
        products.entry(producer).or_default().push(name);
    }
    for candidate in &mut likely {
        candidate.products = products.remove(&candidate.producer.id).unwrap_or_default();
    }
    Ok(likely)
}

/// An owner says that a producer of the ledger is this organisation.
pub fn make(
    conn: &mut Conn,
    world: &World,
    by: &Session,
    id: OrganisationId,
    target: OrganisationId,
    note: Option<ClaimNote>,
) -> Result<Told, OrganisationError> {
    let claimant = access::lock_as_owner(conn, by, id)?.organisation;
    if claimant.kind != OrganisationKind::Producer {
        return Err(OrganisationError::NotPossible(PRODUCERS_ONLY));
    }
    let unknown = || {
        let say = Say::new("Không có chủ thể sản xuất này.", "There is no such producer.");
        OrganisationError::Invalid(Faults::one(["target_id"], Invalid::new("unknown_producer", say)))
    };
    let target = store::registered::find(conn, target)?.ok_or_else(unknown)?;
    if target.kind != OrganisationKind::Producer || target.successor.is_some() || target.id == id {
        return Err(unknown());
    }
    can_be_one(conn, &claimant, &target)?;
    if let Some(open) = store::claims::open_between(conn, id, target.id)? {
        return Err(OrganisationError::AlreadyClaimed(open));
    }
    let claim = Claim {
        id: world.id(),
        organisation: id,
        target: target.id,
        note,
        claimed_by: by.user,
        claimed_at: world.now(),
        state: ClaimState::Open,
        reason: None,
        decided_by: None,
        decided_at: None,
    };
    store::claims::insert(conn, claim.clone())?;
    let event = event(Action::ClaimMade, &claim, &target);
    audit::record(conn, world, &by.agent_for(id), event.concerning(id))?;
    Ok(Told { claim, claimant, target })
}

const PRODUCERS_ONLY: Say = Say::new(
    "Chỉ chủ thể sản xuất mới nhận là chủ thể trong sổ chứng nhận.",
    "Only a producer can claim a producer of the ledger.",
);
const HAS_PRODUCTS: Say = Say::new(
    "Tổ chức của bạn đã có sản phẩm trong sổ chứng nhận, nên không thể nhập vào chủ thể khác.",
    "Your organisation has products in the ledger itself, so it cannot become one with another.",
);
const HAS_MEMBERS: Say = Say::new(
    "Đã có người đại diện cho chủ thể này; hãy xin chủ sở hữu của tổ chức ấy mời bạn.",
    "Somebody acts for this producer already; ask its owners for an invitation.",
);
const IS_SUSPENDED: Say =
    Say::new("Một trong hai tổ chức đang bị tạm dừng.", "One of the two organisations is suspended.");

/// The claimant has nothing in the ledger, and nobody acts for the other.
fn can_be_one(
    conn: &mut Conn,
    claimant: &Organisation,
    target: &Organisation,
) -> Result<(), OrganisationError> {
    if !products::ids_of_producer(conn, claimant.id)?.is_empty() {
        return Err(OrganisationError::NotPossible(HAS_PRODUCTS));
    }
    if store::registered::has_members(conn, target.id)? {
        return Err(OrganisationError::NotPossible(HAS_MEMBERS));
    }
    if [claimant, target].iter().any(|one| one.standing == OrganisationStanding::Suspended) {
        return Err(OrganisationError::NotPossible(IS_SUSPENDED));
    }
    Ok(())
}

fn event(action: Action, claim: &Claim, target: &Organisation) -> Event {
    Event::new(action, SubjectKind::Claim, claim.id)
        .within(target.province())
        .with("organisation_id", claim.organisation)
        .with("target_id", claim.target)
}

/// An owner takes a claim back.
pub fn withdraw(
    conn: &mut Conn,
    world: &World,
    by: &Session,
    id: OrganisationId,
    claim: ClaimId,
) -> Result<(), OrganisationError> {
    access::read(conn, by, id)?.owned()?;
    let claim = store::claims::lock(conn, id, claim)?.ok_or(OrganisationError::NotFound)?;
    if claim.state != ClaimState::Open {
        return Err(OrganisationError::AlreadyDecided(claim.state));
    }
    let target = store::registered::find(conn, claim.target)?.ok_or(OrganisationError::NotFound)?;
    let event = event(Action::ClaimWithdrawn, &claim, &target);
    store::claims::update(conn, Claim { state: ClaimState::Withdrawn, ..claim })?;
    Ok(audit::record(conn, world, &by.agent_for(id), event.concerning(id))?)
}

/// A claim with its two sides.
#[derive(Debug, Clone)]
pub struct Told {
    pub claim: Claim,
    pub claimant: Organisation,
    pub target: Organisation,
}

impl Told {
    fn of(conn: &mut Conn, claims: Vec<Claim>) -> Result<Vec<Self>, OrganisationError> {
        let ids: Vec<OrganisationId> =
            claims.iter().flat_map(|claim| [claim.organisation, claim.target]).collect();
        let sides = store::registered::by_ids(conn, &ids)?;
        let sides: HashMap<OrganisationId, Organisation> =
            sides.into_iter().map(|side| (side.id, side)).collect();
        let told = claims.into_iter().filter_map(|claim| {
            let (claimant, target) = (sides.get(&claim.organisation)?, sides.get(&claim.target)?);
            Some(Self { claimant: claimant.clone(), target: target.clone(), claim })
        });
        Ok(told.collect())
    }

    /// What the two have in common.
    pub fn because(&self) -> Vec<Likeness> {
        let target = Unclaimed {
            id: self.target.id,
            entity_type: self.target.entity_type,
            public_name: self.target.public_name.clone(),
            name_key: crate::vietnamese::name_key(self.target.legal_name.as_deref().unwrap_or_default()),
            tax_code: self.target.tax_code.clone(),
            place: self.target.place.clone(),
        };
        Traits::of(&self.claimant).in_common(&target)
    }
}

/// The claims of an organisation that the caller may see.
pub fn of_organisation(
    conn: &mut Conn,
    caller: &Caller,
    id: OrganisationId,
    after: Option<ClaimId>,
    rows: i64,
) -> Result<Vec<Told>, OrganisationError> {
    access::read(conn, caller, id)?;
    let claims = store::claims::page(conn, store::claims::Scope::Of(id), None, after, rows)?;
    Told::of(conn, claims)
}

/// The claims to producers in an office.
pub fn of_office(
    conn: &mut Conn,
    office: &Office,
    state: Option<ClaimState>,
    after: Option<ClaimId>,
    rows: i64,
) -> Result<Vec<Told>, OrganisationError> {
    let scope = store::claims::Scope::Office(office.province());
    let claims = store::claims::page(conn, scope, state, after, rows)?;
    Told::of(conn, claims)
}

/// An officer of the target's province decides. Of two who do so at once, the second finds it decided.
pub fn decide(
    conn: &mut Conn,
    world: &World,
    reference: &Reference,
    officer: &Officer,
    (id, claim): (OrganisationId, ClaimId),
    (decision, reason): (ClaimDecision, Option<Reason>),
) -> Result<(Told, Option<Seq>), OrganisationError> {
    // No list may give the claimant a product meanwhile.
    ledger_lock(conn)?;
    let claim = store::claims::lock(conn, id, claim)?.ok_or(OrganisationError::NotFound)?;
    // In the order of their ids, lest two decisions wait for each other.
    let mut ids = [claim.organisation, claim.target];
    ids.sort_unstable();
    for side in ids {
        store::registered::lock(conn, side)?;
    }
    let told = Told::of(conn, vec![claim])?.pop().ok_or(OrganisationError::NotFound)?;
    if !officer.office.reaches(told.target.province()) {
        return Err(OrganisationError::NotFound);
    }
    for side in ids {
        access::impartial(conn, officer, side, world.now())?;
    }
    if told.claim.state != ClaimState::Open {
        return Err(OrganisationError::AlreadyDecided(told.claim.state));
    }
    let claim = Claim {
        state: decision.state(),
        reason,
        decided_by: Some(officer.user),
        decided_at: Some(world.now()),
        ..told.claim
    };
    store::claims::update(conn, claim.clone())?;
    let told = Told { claim, ..told };
    match decision {
        ClaimDecision::Refused => refuse(conn, world, reference, officer, told).map(|told| (told, None)),
        ClaimDecision::Approved => approve(conn, world, reference, officer, told),
    }
}

fn refuse(
    conn: &mut Conn,
    world: &World,
    reference: &Reference,
    officer: &Officer,
    told: Told,
) -> Result<Told, OrganisationError> {
    tell(conn, world, reference, &told, told.claimant.id)?;
    let event = event(Action::ClaimRefused, &told.claim, &told.target).with("because", told.because());
    audit::record(conn, world, &officer.agent, event.concerning(told.claimant.id))?;
    Ok(told)
}

/// Makes one of the two. All of it is in the transaction of the decision.
fn approve(
    conn: &mut Conn,
    world: &World,
    reference: &Reference,
    officer: &Officer,
    told: Told,
) -> Result<(Told, Option<Seq>), OrganisationError> {
    can_be_one(conn, &told.claimant, &told.target)?;
    let (claimant, target) = (&told.claimant, &told.target);
    let mut joined = target.joined_by(claimant);
    let shown_otherwise = joined.shows_otherwise(target);
    if shown_otherwise {
        joined.updated_at = world.now();
    }
    let left = Organisation {
        tax_code: None,
        address: None,
        standing: OrganisationStanding::Unverified,
        successor: Some(target.id),
        ..claimant.clone()
    };
    store::claims::hand_over(conn, claimant.id, target.id)?;
    store::claims::withdraw_open(conn, claimant.id)?;
    store::registered::update(conn, left.clone(), false)?;
    store::registered::update(conn, joined.clone(), false).map_err(OrganisationError::of_write)?;
    let made = Verification {
        id: world.id(),
        decision: VerificationDecision::Verified,
        reason: None,
        decided_at: world.now(),
    };
    store::verifications::insert(conn, target.id, officer.user, &made)?;
    tell(conn, world, reference, &told, target.id)?;
    let both = [claimant.id, target.id];
    let events = both.map(|side| {
        let approved = event(Action::ClaimApproved, &told.claim, target).with("because", told.because());
        approved.concerning(side)
    });
    audit::record_all(conn, world, &officer.agent, events.to_vec())?;
    let seq = match shown_otherwise {
        true => {
            let products = products::ids_of_producer(conn, target.id)?;
            Some(catalogue::announce(conn, world, &products)?)
        }
        false => None,
    };
    Ok((Told { claimant: left, target: joined, claim: told.claim }, seq))
}

/// Writes to those who claimed; if it was approved, they own the target now.
fn tell(
    conn: &mut Conn,
    world: &World,
    reference: &Reference,
    told: &Told,
    owners_of: OrganisationId,
) -> Result<(), OrganisationError> {
    let target = &told.target;
    let name = producer_name(reference, target.public_name.as_deref(), target.entity_type, &target.place);
    tell_owners(conn, world, owners_of, MailKind::ClaimDecided, |language| {
        let decision = match (told.claim.state, language) {
            (ClaimState::Approved, UserLanguage::Vi) => "được chấp thuận",
            (ClaimState::Approved, UserLanguage::En) => "was approved",
            (_, UserLanguage::Vi) => "không được chấp thuận",
            (_, UserLanguage::En) => "was not approved",
        };
        vec![
            ("organisation", told.claimant.inner_name()),
            ("target", name.clone()),
            ("decision", decision.to_owned()),
            ("reason", reason_line(told.claim.reason.as_ref(), language)),
        ]
    })?;
    Ok(())
}
