//! The timeline of a lead: what people add to it, and what follows from that.

use super::store::{self, EventRow};
use super::{
    EventDetails, Known, LeadError, LeadEventId, LeadEventKind, LeadNote, LeadReason, LeadSide, LeadStage,
    Move, letters,
};
use crate::accounts::UserId;
use crate::audit::{self, Action, Event, SubjectKind};
use crate::auth::Caller;
use crate::db::{Conn, Instant};
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
    if let Some(survivor) = known.lead.merged_into {
        return Err(LeadError::Merged(survivor));
    }
    let from = known.lead.stage;
    let to = match new.to {
        Some(to) => from.check(known.side, to).map(|()| Some(to)),
        None => new.kind.effect(from, known.side),
    };
    let to = to.map_err(LeadError::Illegal)?;
    write(conn, world, by, known, to, new)
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
    // Later than what is there even if the clock is not: the order of a timeline never depends on two clocks.
    let last = store::last_event_at(conn, known.lead.id)?;
    let after_last = last.map_or(0, |at| at.micros() + 1);
    let at = world.now().max(Instant::from_micros(after_last));
    let id = new.id.unwrap_or_else(|| world.id());
    let event = EventRow::new(id, known, by.map(|by| by.principal), at, to, new);
    if let Some(to) = to {
        known.lead.stage = to;
        known.lead.stage_since = event.occurred_at;
    }
    if !event.is_internal() {
        known.lead.updated_at = at;
    }
    if known.side == LeadSide::Producer && event.kind.answers() {
        known.lead.answered_at.get_or_insert(event.occurred_at);
    }
    if letters::is_news(&event) {
        known.lead.untold_since.get_or_insert(at);
    }
    store::insert_events(conn, std::slice::from_ref(&event))?;
    store::update_lead(conn, &known.lead)?;
    if let Some(by) = by {
        remember(conn, world, by, known, &event)?;
    }
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
        None => Action::LeadNoted,
    };
    let remembered = Event::new(action, SubjectKind::Lead, event.lead_id).with("event", event.id);
    match event.to_stage {
        Some(stage) => remembered.with("to", stage),
        None => remembered,
    }
}
