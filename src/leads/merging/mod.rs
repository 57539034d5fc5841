//! Two leads of one producer that have turned out to be one.
//!
//! One of them goes on for both and takes what the other has: its history and its items show there, and its stage is the
//! further of the two. The other stays as it is, to be read only, so that a merger by mistake can be undone. The one that
//! goes on is the one whose buyer has an account, for the buyer follows it there; of two buyers with accounts of their own
//! neither can be shown the other's lead.

mod duplicates;

pub use duplicates::{Duplicate, DuplicateSign, possible as possible_duplicates};

use super::agreements;
use super::store::{self, EnquiryRow, EventRow, Sought};
use super::timeline;
use super::{EventDetails, Known, LeadError, LeadEventKind, LeadId, LeadNote, LeadSide, LeadStage, NewEvent};
use crate::audit::{self, Action, Event, SubjectKind};
use crate::auth::Caller;
use crate::db::Conn;
use crate::input::Faults;
use crate::organisations::{self, OrganisationId};
use crate::reference::Reference;
use crate::say::{Invalid, Say};
use crate::world::World;
use std::collections::BTreeSet;

/// Has `other` go on in `survivor`; the event that tells of it. Both are locked, the survivor as it was read.
pub fn merge(
    conn: &mut Conn,
    world: &World,
    reference: &Reference,
    by: &Caller,
    survivor: &mut Known,
    (other, because): (LeadId, Option<LeadNote>),
) -> Result<EventRow, LeadError> {
    may_merge(survivor)?;
    survivor.not_merged()?;
    let other = second(conn, reference, by, survivor, other)?;
    check_senders(&survivor.enquiry, &other.enquiry)?;
    check_papers(conn, survivor, &other)?;
    let to = further(survivor.lead.stage, other.lead.stage);
    // What goes on in the other is told to go on here: whoever looks for the survivor finds it at once.
    let moved = store::family(conn, other.lead.id)?;
    store::set_merged(conn, &moved, Some(survivor.lead.id), world.now())?;
    let told = |lead_id| NewEvent::of(LeadEventKind::Merged).with(EventDetails::Lead { lead_id });
    let event = timeline::add(conn, world, Some(by), survivor, to, told(other.lead.id).noted(because))?;
    for lead in moved.into_iter().skip(1) {
        timeline::add(conn, world, Some(by), survivor, None, told(lead))?;
    }
    remember(conn, world, by, survivor, Action::LeadsMerged, other.lead.id)?;
    Ok(event)
}

/// Has `other` go on by itself again, for who deals with both. If the lead stands where it does because of the merger alone, it
/// goes back to where it has come without it; and the other from where only an agreement had brought it that is void by now.
pub fn separate(
    conn: &mut Conn,
    world: &World,
    reference: &Reference,
    by: &Caller,
    (survivor, other): (LeadId, LeadId),
) -> Result<(), LeadError> {
    let mut survivor = lock_both(conn, reference, by, survivor, other)?;
    may_merge(&survivor)?;
    if other == survivor.lead.id || !store::family(conn, survivor.lead.id)?.contains(&other) {
        return Err(LeadError::NotFound);
    }
    may_merge(&super::read(conn, reference, by, other)?)?;
    let brought = store::last_move(conn, survivor.lead.id)?.filter(|event| {
        event.kind == LeadEventKind::Merged && event.details() == Some(EventDetails::Lead { lead_id: other })
    });
    store::set_merged(conn, &[other], None, world.now())?;
    let told = |lead_id| NewEvent::of(LeadEventKind::Separated).with(EventDetails::Lead { lead_id });
    let to = brought.map(|merger| stage_without(conn, &survivor, &merger)).transpose()?.flatten();
    timeline::add(conn, world, Some(by), &mut survivor, to, told(other))?;
    let mut other = super::read(conn, reference, by, other)?;
    if let Some(to) = agreements::unsupported(conn, &other)? {
        timeline::add(conn, world, Some(by), &mut other, Some(to), told(survivor.lead.id))?;
    }
    remember(conn, world, by, &survivor, Action::LeadsSeparated, other.lead.id)
}

/// Where a lead goes back to that a merger had brought to where it stands: the furthest of where it stood before, of what was
/// done since, and of what is still part of it. `None`: it stays.
fn stage_without(
    conn: &mut Conn,
    survivor: &Known,
    merger: &EventRow,
) -> Result<Option<LeadStage>, LeadError> {
    let id = survivor.lead.id;
    let mut parts = store::family(conn, id)?;
    parts.retain(|part| *part != id);
    let mut stages: Vec<LeadStage> = merger.from_stage.into_iter().collect();
    stages.extend(store::by_ids(conn, &parts)?.iter().map(|(part, _)| part.stage));
    let signed = super::agreements(conn, survivor)?;
    stages.extend(signed.iter().filter(|one| one.row.voided_at.is_none()).map(|one| one.row.kind.stage()));
    let since = store::timelines(conn, &[id])?.into_iter().filter(|event| event.at > merger.at);
    stages.extend(since.filter_map(|event| event.kind.comes_to()));
    let furthest = stages.into_iter().max_by_key(|stage| stage.progress());
    Ok(furthest.filter(|stage| *stage != survivor.lead.stage))
}

/// Locks two leads with all that are one with either; the first as the caller may see it. What is one changes only with the
/// producer locked, ahead of its leads as where a contact is revealed: so nobody else joins them meanwhile.
pub fn lock_both(
    conn: &mut Conn,
    reference: &Reference,
    by: &Caller,
    first: LeadId,
    second: LeadId,
) -> Result<Known, LeadError> {
    let sought = Sought::Leads(&[first, second]);
    let found = store::visible(conn, sought, by)?;
    let producers: BTreeSet<OrganisationId> = found.iter().map(|(lead, _)| lead.producer_id).collect();
    for producer in producers {
        organisations::lock_standing(conn, producer)?;
    }
    store::lock_with_kin(conn, sought, by)?;
    super::read(conn, reference, by, first)
}

/// Buyers have one lead or two; who deals with them puts them together.
fn may_merge(known: &Known) -> Result<(), LeadError> {
    match known.side {
        _ if !known.may_write => Err(LeadError::ReadOnly),
        LeadSide::Producer | LeadSide::Organiser | LeadSide::Office => Ok(()),
        LeadSide::Buyer | LeadSide::Service => Err(LeadError::NotForThisSide),
    }
}

/// The lead that is to go on in another. What the caller may not see is told like what is not there.
fn second(
    conn: &mut Conn,
    reference: &Reference,
    by: &Caller,
    survivor: &Known,
    id: LeadId,
) -> Result<Known, LeadError> {
    let fault = |code, say| LeadError::Invalid(Faults::one(["lead_id"], Invalid::new(code, say)));
    if id == survivor.lead.id {
        let say = Say::new("Không thể gộp một yêu cầu với chính nó.", "A lead cannot be merged into itself.");
        return Err(fault("same_lead", say));
    }
    let other = super::read(conn, reference, by, id).map_err(|error| match error {
        LeadError::NotFound => {
            fault("no_such_lead", Say::new("Không có yêu cầu này.", "There is no such lead."))
        }
        error => error,
    })?;
    may_merge(&other)?;
    if other.lead.producer_id != survivor.lead.producer_id {
        let say = Say::new(
            "Hai yêu cầu gửi đến hai chủ thể khác nhau.",
            "The two leads are of different producers.",
        );
        return Err(fault("other_producer", say));
    }
    other.not_merged().map(|()| other)
}

/// Only a buyer without an account loses its own lead.
fn check_senders(survivor: &EnquiryRow, other: &EnquiryRow) -> Result<(), LeadError> {
    if !other.sender_has_account() {
        return Ok(());
    }
    if !survivor.sender_has_account() {
        return Err(LeadError::NotPossible(Say::new(
            "Bên mua của yêu cầu kia có tài khoản và theo dõi tại đó: hãy gộp theo chiều ngược lại.",
            "The buyer of the other lead has an account and follows it there: merge the other way round.",
        )));
    }
    let same_user = survivor.sender_user_id.is_some() && survivor.sender_user_id == other.sender_user_id;
    let same_organisation = survivor.sender_organisation_id.is_some()
        && survivor.sender_organisation_id == other.sender_organisation_id;
    if same_user || same_organisation {
        return Ok(());
    }
    Err(LeadError::NotPossible(Say::new(
        "Hai yêu cầu do hai tài khoản khác nhau gửi nên không thể gộp.",
        "The two leads were sent from two different accounts and cannot be merged.",
    )))
}

/// One paper that is recorded on both would count twice in one lead.
fn check_papers(conn: &mut Conn, survivor: &Known, other: &Known) -> Result<(), LeadError> {
    let (signed, others) = (super::agreements(conn, survivor)?, super::agreements(conn, other)?);
    if signed.iter().any(|one| others.iter().any(|other| one.is_of_one_paper_with(other))) {
        return Err(LeadError::NotPossible(Say::new(
            "Cùng một văn bản đã được ghi nhận ở cả hai yêu cầu: hãy hủy một ghi nhận trước khi gộp.",
            "One paper is recorded on both leads: void one of the two records before merging.",
        )));
    }
    Ok(())
}

/// Where a lead goes that takes over from another; `None`: it stays. What is under way goes ahead of what has ended.
fn further(survivor: LeadStage, other: LeadStage) -> Option<LeadStage> {
    (other.progress() > survivor.progress()).then_some(other)
}

fn remember(
    conn: &mut Conn,
    world: &World,
    by: &Caller,
    survivor: &Known,
    action: Action,
    other: LeadId,
) -> Result<(), LeadError> {
    let producer = survivor.lead.producer_id;
    let event = Event::new(action, SubjectKind::Lead, survivor.lead.id).with("other", other);
    audit::record(conn, world, &survivor.agent(by), event.concerning(producer))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_further_stage_goes_on() {
        use LeadStage::*;
        for (survivor, other, to) in [
            (Enquiry, Enquiry, None),
            (Enquiry, Quoted, Some(Quoted)),
            (Negotiating, Quoted, None),
            (Lost, Enquiry, Some(Enquiry)),
            (Quoted, Declined, None),
            (Lost, Closed, None),
        ] {
            assert_eq!(further(survivor, other), to, "{survivor:?} {other:?}");
        }
    }
}
