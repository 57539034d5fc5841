//! The timeline of a lead: what people add to it, and what follows from that.

use super::store::{self, EventRow};
use super::{
    EventDetails, Known, LeadError, LeadEventId, LeadEventKind, LeadNote, LeadReason, LeadSide, LeadStage,
    Move, clock, letters,
};
use crate::accounts::UserId;
use crate::audit::{self, Action, Event, SubjectKind};
use crate::auth::Caller;
use crate::db::{Conn, Instant};
use crate::input::Faults;
use crate::world::World;

/// What somebody adds to a timeline.
#[derive(Debug, Clone)]
pub struct NewEvent {
    pub kind: LeadEventKind,
    /// Of a plain move: where to.
    pub to: Option<LeadStage>,
    pub reason: Option<LeadReason>,
    pub note: Option<LeadNote>,
    pub details: Option<EventDetails>,
    /// The id it was given where it was recorded, and when it happened; else both are made on arrival.
    pub id: Option<LeadEventId>,
    pub occurred_at: Option<Instant>,
    /// Who does it without having signed in, by a link in a letter.
    pub actor: Option<UserId>,
}

impl NewEvent {
    pub fn of(kind: LeadEventKind) -> Self {
        Self {
            kind,
            to: None,
            reason: None,
            note: None,
            details: None,
            id: None,
            occurred_at: None,
            actor: None,
        }
    }

    /// A plain move: somebody says that it stands there now.
    pub fn step(step: Move) -> Self {
        Self { to: Some(step.to), reason: step.reason, ..Self::of(LeadEventKind::Stage) }
    }

    pub fn noted(self, note: Option<LeadNote>) -> Self {
        Self { note, ..self }
    }

    pub fn with(self, details: EventDetails) -> Self {
        Self { details: Some(details), ..self }
    }
}

/// Adds an event that people record to a lead that this transaction has locked, if it is possible there.
pub fn record(
    conn: &mut Conn,
    world: &World,
    by: Option<&Caller>,
    known: &mut Known,
    new: NewEvent,
) -> Result<EventRow, LeadError> {
    let to = match new.to {
        Some(to) => {
            known.not_merged()?;
            known.lead.stage.check(known.side, to).map_err(LeadError::Illegal)?;
            Some(to)
        }
        None => check(known, new.kind)?,
    };
    if let Some(occurred_at) = new.occurred_at {
        clock::plausible(occurred_at, world.now())
            .map_err(|invalid| LeadError::Invalid(Faults::one(["occurred_at"], invalid)))?;
    }
    write(conn, world, by, known, to, new)
}

/// Where an event of a kind would take a lead, if it is possible there.
pub(super) fn check(known: &Known, kind: LeadEventKind) -> Result<Option<LeadStage>, LeadError> {
    known.not_merged()?;
    kind.effect(known.lead.stage, known.side).map_err(LeadError::Illegal)
}

/// The instant of a lead's next event: later than what is there even if the clock is not, so that the order of a timeline
/// never depends on two clocks.
pub(super) fn next_instant(conn: &mut Conn, world: &World, known: &Known) -> Result<Instant, LeadError> {
    let last = store::last_event_at(conn, known.lead.id)?;
    let after_last = last.map_or(0, |at| at.micros() + 1);
    Ok(world.now().max(Instant::from_micros(after_last)))
}

/// Adds an event whatever the stage: the consequence of something else. Who of the sides did what, the timeline tells; the
/// audit log remembers besides what somebody did in the place of a side, as an officer, a delegate or a machine.
pub fn write(
    conn: &mut Conn,
    world: &World,
    by: Option<&Caller>,
    known: &mut Known,
    to: Option<LeadStage>,
    new: NewEvent,
) -> Result<EventRow, LeadError> {
    let event = add(conn, world, by, known, to, new)?;
    if let Some(by) = by {
        remember(conn, world, by, known, &event)?;
    }
    Ok(event)
}

/// The same where the audit log is told by whoever calls.
pub(super) fn add(
    conn: &mut Conn,
    world: &World,
    by: Option<&Caller>,
    known: &mut Known,
    to: Option<LeadStage>,
    new: NewEvent,
) -> Result<EventRow, LeadError> {
    let at = next_instant(conn, world, known)?;
    let id = new.id.unwrap_or_else(|| world.id());
    let event = EventRow::new(id, known, by.map(|by| by.principal), at, to, new);
    if let Some(to) = to {
        known.lead.stage = to;
        // What is recorded late happened before; yet no stage ends before it began.
        known.lead.stage_since = known.lead.stage_since.max(event.occurred_at);
    }
    if !event.is_internal() {
        known.lead.updated_at = at;
    }
    if known.side == LeadSide::Producer && event.kind.answers() {
        // What was recorded on the spot may arrive after what was done later.
        let when = event.occurred_at.max(known.lead.occurred_at);
        let answered = known.lead.answered_at.get_or_insert(when);
        *answered = when.min(*answered);
    }
    if letters::is_news(&event) {
        known.lead.untold_since.get_or_insert(at);
    }
    store::insert_events(conn, std::slice::from_ref(&event))?;
    store::update_lead(conn, &known.lead)?;
    Ok(event)
}

/// Tells the audit log of an event that somebody recorded in the place of a side.
fn remember(
    conn: &mut Conn,
    world: &World,
    by: &Caller,
    known: &Known,
    event: &EventRow,
) -> Result<(), LeadError> {
    if known.side == LeadSide::Office {
        let producer = known.lead.producer_id;
        audit::record(conn, world, &by.agent(), remembered(event).concerning(producer))?;
    } else if let Some(organisation) = known.acted_for(by) {
        let agent = by.agent_for(organisation);
        if agent.behalf.is_some() || by.client().is_some() {
            audit::record(conn, world, &agent, remembered(event).concerning(organisation))?;
        }
    }
    Ok(())
}

/// What the audit log remembers of an event; nothing of what was written.
fn remembered(event: &EventRow) -> Event {
    let action = match event.to_stage {
        Some(_) => Action::LeadMoved,
        None if event.kind == LeadEventKind::ContactRevealed => Action::LeadContactRevealed,
        None => Action::LeadNoted,
    };
    let remembered = Event::new(action, SubjectKind::Lead, event.lead_id).with("event", event.id);
    match event.to_stage {
        Some(stage) => remembered.with("to", stage),
        None => remembered,
    }
}
