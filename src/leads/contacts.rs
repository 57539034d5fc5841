//! The buyer's contact: asked for, agreed to, revealed, taken back.
//!
//! A producer gets it by a reveal, once the buyer lets this producer have it: with the enquiry, or when asked. An office of
//! the programme gets it by a reveal too, and has to say why. Each is an event that both parties see. So that nobody
//! collects contacts, what an organisation or an officer reveals in 24 hours has a budget, counted by the rows of
//! `contact_reveals` under a lock: on all instances together, and exactly.

use super::store::contacts::{self as store, RevealRow, Spender};
use super::{
    ConsentVersion, ContactState, EventDetails, EventRow, Known, LeadError, LeadEventKind, LeadId, LeadNote,
    LeadSide, NewEvent, RevealBudgets,
};
use crate::auth::Caller;
use crate::db::{Conn, Instant};
use crate::input::Faults;
use crate::organisations::{self, OrganisationStanding};
use crate::privacy;
use crate::reference::Reference;
use crate::say::{Invalid, Say};
use crate::world::World;

/// The time over which reveals are counted.
const WINDOW_SECONDS: i64 = 86_400;
/// Who asked and was not answered, or refused, may ask again after this long.
const ASK_AGAIN_SECONDS: i64 = 14 * 86_400;

impl Known {
    /// How the buyer's contact stands to this reader.
    pub fn contact_state(&self) -> ContactState {
        ContactState::of(&self.lead, &self.enquiry, self.side)
    }

    /// May this reader read what the buyer wrote, and who it is? An office only with the contact.
    pub fn tells_the_buyer(&self) -> bool {
        self.side != LeadSide::Office || self.lead.contact_seen_by_office_at.is_some()
    }

    fn open_for(&self, side: LeadSide) -> Result<(), LeadError> {
        if self.side != side {
            return Err(LeadError::NotForThisSide);
        }
        self.untouched()
    }

    fn untouched(&self) -> Result<(), LeadError> {
        self.not_merged()?;
        if self.enquiry.contact_forgotten_at.is_some() {
            return Err(forgotten());
        }
        Ok(())
    }
}

fn reason_missing() -> LeadError {
    let say = Say::new(
        "Cơ quan quản lý phải nêu lý do; người mua đọc được.",
        "An office has to say why; the buyer reads it.",
    );
    LeadError::Invalid(Faults::one(["because"], Invalid::new("missing", say)))
}

fn forgotten() -> LeadError {
    LeadError::NotPossible(Say::new("Thông tin liên hệ đã được xóa.", "The contact was erased."))
}

/// The producer asks the buyer of a lead that this transaction has locked for the contact. `because` is told to the buyer.
pub fn ask_for_contact(
    conn: &mut Conn,
    world: &World,
    by: Option<&Caller>,
    known: &mut Known,
    because: Option<LeadNote>,
) -> Result<EventRow, LeadError> {
    known.open_for(LeadSide::Producer)?;
    match known.contact_state() {
        ContactState::Open | ContactState::Hidden => {
            return Err(LeadError::NotPossible(Say::new(
                "Người mua đã đồng ý: hãy mở thông tin liên hệ.",
                "The buyer has agreed: reveal the contact.",
            )));
        }
        ContactState::Forgotten => return Err(forgotten()),
        ContactState::Asked | ContactState::Withheld => {}
    }
    let now = world.now();
    let last = store::last_asked_at(conn, known.lead.id)?;
    if let Some(again) = last.map(|at| at.plus_seconds(ASK_AGAIN_SECONDS)).filter(|again| *again > now) {
        return Err(LeadError::AskedBefore(seconds_until(again, now)));
    }
    known.lead.contact_asked_at = Some(now);
    let asked = NewEvent::of(LeadEventKind::ContactAsked).noted(because);
    super::write(conn, world, by, known, None, asked)
}

/// The buyer of a lead that this transaction has locked lets its producer have the contact; `None`: it did before.
pub fn consent_to_contact(
    conn: &mut Conn,
    world: &World,
    by: Option<&Caller>,
    known: &mut Known,
    version: ConsentVersion,
) -> Result<Option<EventRow>, LeadError> {
    known.open_for(LeadSide::Buyer)?;
    if known.lead.contact_consented_at.is_some() {
        return Ok(None);
    }
    known.lead.contact_consented_at = Some(world.now());
    let details = EventDetails::Consent { text_version: version.as_str().to_owned() };
    let consented = NewEvent::of(LeadEventKind::ContactConsented).with(details);
    super::write(conn, world, by, known, None, consented).map(Some)
}

/// The buyer of a lead that this transaction has locked does not let its producer have the contact, or no more: it is
/// hidden again, and who has got it is told to stop using it. So it is of a lead that goes on in another, too: a consent can be
/// taken back wherever it was given. `None`: there was nothing to take back or to refuse.
pub fn withhold_contact(
    conn: &mut Conn,
    world: &World,
    by: Option<&Caller>,
    known: &mut Known,
) -> Result<Option<EventRow>, LeadError> {
    if known.side != LeadSide::Buyer {
        return Err(LeadError::NotForThisSide);
    }
    if known.enquiry.contact_forgotten_at.is_some() {
        return Err(forgotten());
    }
    let lead = &mut known.lead;
    if lead.contact_consented_at.is_none() && lead.contact_asked_at.is_none() {
        return Ok(None);
    }
    let had = lead.contact_revealed_at.take().is_some();
    lead.contact_consented_at = None;
    lead.contact_asked_at = None;
    let (producer, id) = (lead.producer_id, lead.id);
    if had {
        privacy::tell_producer(conn, world, producer, id)?;
    }
    let withheld = NewEvent::of(LeadEventKind::ContactWithheld);
    super::write(conn, world, by, known, None, withheld).map(Some)
}

/// Gives the contact to the caller's side; no event if the side has it already.
pub fn reveal_contact(
    conn: &mut Conn,
    world: &World,
    reference: &Reference,
    by: &Caller,
    id: LeadId,
    because: Option<LeadNote>,
    budgets: RevealBudgets,
) -> Result<(Known, Option<EventRow>), LeadError> {
    let known = super::read(conn, reference, by, id)?;
    if !known.may_write {
        return Err(LeadError::ReadOnly);
    }
    // Whoever spends is locked ahead of the lead, as where an account is erased.
    let spender = match known.side {
        LeadSide::Producer => Spender::Organisation(known.lead.producer_id),
        LeadSide::Office => by.user().map(Spender::Officer).ok_or(LeadError::NotForThisSide)?,
        LeadSide::Buyer | LeadSide::Organiser | LeadSide::Service => return Err(LeadError::NotForThisSide),
    };
    let budget = match spender {
        Spender::Organisation(organisation) => {
            let standing = organisations::lock_standing(conn, organisation)?;
            let verified = standing == Some(OrganisationStanding::Verified);
            if verified { budgets.verified } else { budgets.unverified }
        }
        Spender::Officer(user) => {
            store::lock_user(conn, user)?;
            budgets.officer
        }
    };
    let mut known = super::lock(conn, reference, by, id)?;
    known.untouched()?;
    match known.contact_state() {
        ContactState::Open => return Ok((known, None)),
        ContactState::Hidden => {}
        ContactState::Asked | ContactState::Withheld => return Err(LeadError::NoConsent),
        ContactState::Forgotten => return Err(forgotten()),
    }
    if known.side == LeadSide::Office && because.is_none() {
        return Err(reason_missing());
    }
    let now = world.now();
    if budget > 0
        && let Some(first) =
            store::nth_reveal_since(conn, spender, now.plus_seconds(-WINDOW_SECONDS), budget)?
    {
        let wait = seconds_until(first.plus_seconds(WINDOW_SECONDS), now);
        return Err(LeadError::RevealedTooMany { budget, wait });
    }
    let organisation_id = match spender {
        Spender::Organisation(organisation) => {
            known.lead.contact_revealed_at = Some(now);
            Some(organisation)
        }
        Spender::Officer(_) => {
            known.lead.contact_seen_by_office_at = Some(now);
            None
        }
    };
    let row = RevealRow {
        id: world.id(),
        lead_id: id,
        side: known.side,
        organisation_id,
        user_id: by.user(),
        client_id: by.client().map(|(client, _)| client),
        because: because.clone(),
        at: now,
    };
    store::insert_reveal(conn, &row)?;
    let revealed = NewEvent::of(LeadEventKind::ContactRevealed).noted(because);
    let event = super::write(conn, world, Some(by), &mut known, None, revealed)?;
    Ok((known, Some(event)))
}

/// Whole seconds, rounded up, at least one.
fn seconds_until(then: Instant, now: Instant) -> i64 {
    let micros = then.micros().saturating_sub(now.micros());
    (micros / 1_000_000 + i64::from(micros % 1_000_000 > 0)).max(1)
}
