//! Links in letters about leads, by which people act without signing in. The token of a link is a [`Secret`]; the database
//! has its hash.
//!
//! * An **answer** link goes to one owner or editor of the producer. It answers once, within [`ANSWER_SECONDS`]; it is dead as
//!   soon as its receiver may no longer act for the producer. What is done by it is done by that user, and the tables of
//!   stages and events hold as for anybody.
//! * A **follow** link goes to the contact of a buyer without an account, who sees by it how the lead stands and may write,
//!   decide on the contact and stop the letters, within [`FOLLOW_SECONDS`]. It shows nothing of the contact: the address may
//!   have been mistyped.
//!
//! To look what a link is about uses nothing up: programs that open every link of a letter must do no harm.

use crate::accounts::{self, UserId};
use crate::auth::secret::Secret;
use crate::db::{Conn, Instant};
use crate::leads::store::{self, links::LinkRow};
use crate::leads::{
    self, ConsentVersion, EventDetails, EventRow, Item, Known, LeadError, LeadEventKind, LeadId, LeadNote,
    LeadReason, LeadSide, NewEvent, NewQuote, quotes,
};
use crate::reference::Reference;
use crate::world::World;
use diesel::QueryResult;

crate::id_type!(
    /// A link's id.
    LeadLinkId
);

/// For how long a link answers.
pub const ANSWER_SECONDS: i64 = 14 * 24 * 3600;
/// For how long a link leads to a lead.
pub const FOLLOW_SECONDS: i64 = 180 * 24 * 3600;

crate::text_enum! {
    /// What a link in a letter is for.
    pub enum LeadLinkPurpose {
        /// The producer answers by it, once
        Answer = "answer",
        /// A buyer without an account follows the lead by it
        Follow = "follow",
    }
}

crate::text_enum! {
    /// What can be done by a link.
    pub enum LeadAnswerType {
        /// Write to the other party
        Message = "message",
        /// Offer prices; the producer's
        Quote = "quote",
        /// Not take it up; the producer's
        Decline = "decline",
        /// Let the producer have the contact; the buyer's
        Consent = "consent",
        /// Not let the producer have the contact, or no more; the buyer's
        Withhold = "withhold",
        /// End the letters; the buyer's
        StopLetters = "stop_letters",
    }
}

/// What somebody does by a link.
#[derive(Debug, Clone)]
pub enum Act {
    Message(LeadNote),
    Quote(NewQuote),
    Decline {
        reason: Option<LeadReason>,
        note: Option<LeadNote>,
    },
    Consent(ConsentVersion),
    Withhold,
    /// About this enquiry; with `everywhere` about all that name the same address.
    StopLetters {
        everywhere: bool,
    },
}

/// A link that is good, with its lead as its receiver may see it.
#[derive(Debug)]
pub struct Opened {
    pub link: LinkRow,
    pub known: Known,
}

impl Opened {
    /// What can be done by it now.
    pub fn possible(&self) -> Vec<LeadAnswerType> {
        let can = |kind: LeadEventKind| self.known.possible_events().contains(&kind);
        let lead = &self.known.lead;
        let (may_have, asked) = (lead.contact_consented_at.is_some(), lead.contact_asked_at.is_some());
        let possible = |act: &LeadAnswerType| match (act, self.link.purpose) {
            (LeadAnswerType::Message, _) => can(LeadEventKind::Message),
            (LeadAnswerType::Quote, LeadLinkPurpose::Answer) => can(LeadEventKind::Quote),
            (LeadAnswerType::Decline, LeadLinkPurpose::Answer) => can(LeadEventKind::Declined),
            (LeadAnswerType::Consent, LeadLinkPurpose::Follow) => !may_have && lead.merged_into.is_none(),
            (LeadAnswerType::Withhold, LeadLinkPurpose::Follow) => may_have || asked,
            (LeadAnswerType::StopLetters, LeadLinkPurpose::Follow) => {
                self.known.enquiry.letters_stopped_at.is_none()
            }
            _ => false,
        };
        LeadAnswerType::ALL.iter().copied().filter(possible).collect()
    }
}

/// Makes a link; the token is for its letter alone.
pub fn make(
    conn: &mut Conn,
    world: &World,
    lead: LeadId,
    purpose: LeadLinkPurpose,
    user: Option<UserId>,
) -> QueryResult<Secret> {
    let (token, now) = (Secret::random(world), world.now());
    let seconds = match purpose {
        LeadLinkPurpose::Answer => ANSWER_SECONDS,
        LeadLinkPurpose::Follow => FOLLOW_SECONDS,
    };
    let row = LinkRow {
        id: world.id(),
        lead_id: lead,
        purpose,
        user_id: user,
        token_hash: token.hash(),
        created_at: now,
        expires_at: now.plus_seconds(seconds),
        used_at: None,
    };
    store::links::insert_links(conn, &[row])?;
    Ok(token)
}

/// The link of a token, if its receiver may use it.
pub fn open(
    conn: &mut Conn,
    reference: &Reference,
    token: &Secret,
    now: Instant,
) -> Result<Opened, LeadError> {
    let link = store::links::find_link(conn, &token.hash(), now)?.ok_or(LeadError::InvalidLink)?;
    seen_by_receiver(conn, reference, link)
}

fn seen_by_receiver(conn: &mut Conn, reference: &Reference, link: LinkRow) -> Result<Opened, LeadError> {
    let side = match link.purpose {
        LeadLinkPurpose::Answer => LeadSide::Producer,
        LeadLinkPurpose::Follow => LeadSide::Buyer,
    };
    let found = store::by_ids(conn, &[link.lead_id])?;
    let known = Known::from_side(conn, reference, side, found)?.pop().ok_or(LeadError::InvalidLink)?;
    let good = match link.user_id {
        Some(user) => accounts::may_edit(conn, user, known.lead.producer_id)?,
        None => known.enquiry.contact_forgotten_at.is_none(),
    };
    if good { Ok(Opened { link, known }) } else { Err(LeadError::InvalidLink) }
}

/// What is asked for, and what its receiver reads of the timeline: without the notes of the own side, which are for who has
/// signed in.
pub fn details(conn: &mut Conn, opened: &Opened) -> Result<(Vec<Item>, Vec<EventRow>), LeadError> {
    let (items, mut events) = leads::details(conn, &opened.known)?;
    events.retain(|event| !event.is_internal());
    for event in &mut events {
        (event.actor_id, event.client_id) = (None, None);
    }
    Ok((items, events))
}

/// What came of an act.
#[derive(Debug)]
pub struct Done {
    pub known: Known,
    /// None of what is no event.
    pub event: Option<EventRow>,
}

/// Acts by a link. One that answers is used up, unless what was wanted is not possible.
pub fn act(
    conn: &mut Conn,
    world: &World,
    reference: &Reference,
    token: &Secret,
    act: Act,
) -> Result<Done, LeadError> {
    let now = world.now();
    let link = store::links::find_link(conn, &token.hash(), now)?.ok_or(LeadError::InvalidLink)?;
    store::lock(conn, link.lead_id)?;
    // Whoever was faster with the same token has used it up by now.
    let used = link.purpose == LeadLinkPurpose::Answer;
    if used && !store::links::use_link(conn, link.id, now)? {
        return Err(LeadError::InvalidLink);
    }
    let Opened { link, mut known } = seen_by_receiver(conn, reference, link)?;
    let event = done(conn, world, &link, &mut known, act)?;
    Ok(Done { known, event })
}

fn done(
    conn: &mut Conn,
    world: &World,
    link: &LinkRow,
    known: &mut Known,
    act: Act,
) -> Result<Option<EventRow>, LeadError> {
    let actor = link.user_id;
    let by_link = |kind| NewEvent { actor, ..NewEvent::of(kind).with(EventDetails::Link) };
    let event = match (act, link.purpose) {
        (Act::Message(text), _) => {
            leads::record(conn, world, None, known, by_link(LeadEventKind::Message).noted(Some(text)))?
        }
        (Act::Quote(quote), LeadLinkPurpose::Answer) => {
            quotes::make(conn, world, None, known, NewQuote { actor, ..quote })?.1
        }
        (Act::Decline { reason, note }, LeadLinkPurpose::Answer) => {
            let declined = NewEvent { reason, ..by_link(LeadEventKind::Declined).noted(note) };
            leads::record(conn, world, None, known, declined)?
        }
        (Act::Consent(version), LeadLinkPurpose::Follow) => {
            return leads::consent_to_contact(conn, world, None, known, version);
        }
        (Act::Withhold, LeadLinkPurpose::Follow) => {
            return leads::withhold_contact(conn, world, None, known);
        }
        (Act::StopLetters { everywhere }, LeadLinkPurpose::Follow) => {
            let address = known.enquiry.contact_email_key.as_deref().filter(|_| everywhere);
            store::links::stop_letters(conn, known.enquiry.id, address, world.now())?;
            return Ok(None);
        }
        (
            Act::Quote(_) | Act::Decline { .. } | Act::Consent(_) | Act::Withhold | Act::StopLetters { .. },
            _,
        ) => {
            return Err(LeadError::NotByThisLink);
        }
    };
    Ok(Some(event))
}

/// Forgets links that nobody can use any more.
pub fn purge(conn: &mut Conn, now: Instant) -> QueryResult<usize> {
    store::links::purge_links(conn, now)
}
