//! Who sees which leads, from which side, and what of them.

use super::store::{self, EnquiryRow, EventRow, Filter, Item, LeadRow, Reader, Scope, Sought};
use super::{Beside, LeadError, LeadEventKind, LeadId, LeadSide, LeadStage, beside};
use crate::accounts::Role;
use crate::audit::Agent;
use crate::auth::Caller;
use crate::db::Conn;
use crate::organisations::{self, OrganisationId, Producer};
use crate::reference::Reference;
use std::collections::{HashMap, HashSet};

/// A lead as one caller may see it.
#[derive(Debug)]
pub struct Known {
    pub lead: LeadRow,
    pub enquiry: EnquiryRow,
    pub producer_name: String,
    pub beside: Beside,
    /// The side on which the caller stands.
    pub side: LeadSide,
    /// May the caller write, or only read?
    pub may_write: bool,
}

impl Known {
    /// Of what was found, that which is the caller's to see. Who is of several sides stands on the first of them: producer,
    /// buyer, organiser, office.
    pub(super) fn by(
        conn: &mut Conn,
        reference: &Reference,
        caller: &Caller,
        found: Vec<store::Found>,
    ) -> Result<Vec<Self>, LeadError> {
        Self::standing(conn, reference, found, |producer, enquiry| standing(caller, producer, enquiry))
    }

    /// What was found as `side` sees it, for who is known to stand there otherwise than by having signed in.
    pub fn from_side(
        conn: &mut Conn,
        reference: &Reference,
        side: LeadSide,
        found: Vec<store::Found>,
    ) -> Result<Vec<Self>, LeadError> {
        Self::standing(conn, reference, found, |_, _| Some((side, true)))
    }

    /// What was found, as far as its reader has a standing in it: a side, and whether it may write.
    fn standing(
        conn: &mut Conn,
        reference: &Reference,
        found: Vec<store::Found>,
        of: impl Fn(&Producer, &EnquiryRow) -> Option<(LeadSide, bool)>,
    ) -> Result<Vec<Self>, LeadError> {
        if found.is_empty() {
            return Ok(Vec::new());
        }
        let recorders = found.iter().filter_map(|(_, enquiry)| enquiry.recorder_organisation_id);
        let parties = found.iter().map(|(lead, _)| lead.producer_id).chain(recorders);
        let producers = organisations::producers(conn, &parties.collect::<Vec<OrganisationId>>())?;
        let producers: HashMap<OrganisationId, Producer> =
            producers.into_iter().map(|producer| (producer.id, producer)).collect();
        let beside = beside::beside(conn, reference, &found, &producers)?;
        let known = found.into_iter().filter_map(|(lead, enquiry)| {
            let beside = beside.get(&enquiry.id)?.clone();
            let producer = producers.get(&lead.producer_id)?;
            let (side, may_write) = of(producer, &enquiry)?;
            let producer_name = producer.shown_name(reference);
            Some(Self { producer_name, beside, lead, enquiry, side, may_write })
        });
        Ok(known.collect())
    }

    /// The organisation on whose side the caller stands; a buyer may be a person alone.
    pub fn acted_for(&self, caller: &Caller) -> Option<OrganisationId> {
        match self.side {
            LeadSide::Producer => Some(self.lead.producer_id),
            LeadSide::Buyer => {
                self.enquiry.sender_organisation_id.filter(|sender| caller.role_in(*sender).is_some())
            }
            LeadSide::Organiser => self.enquiry.recorder_organisation_id,
            LeadSide::Office | LeadSide::Service => None,
        }
    }

    /// The caller as the audit log names it, for whom it acts.
    pub fn agent(&self, caller: &Caller) -> Agent {
        match self.acted_for(caller) {
            Some(organisation) => caller.agent_for(organisation),
            None => caller.agent(),
        }
    }

    /// A lead that goes on in another is written to there.
    pub(super) fn not_merged(&self) -> Result<(), LeadError> {
        self.lead.merged_into.map_or(Ok(()), |survivor| Err(LeadError::Merged(survivor)))
    }

    /// Where the caller may move the lead now.
    pub fn moves(&self) -> &'static [LeadStage] {
        let open = self.may_write && self.not_merged().is_ok();
        if open { self.lead.stage.moves(self.side) } else { &[] }
    }

    /// What the caller may record now.
    pub fn possible_events(&self) -> Vec<LeadEventKind> {
        let open = self.may_write && self.not_merged().is_ok();
        if open { LeadEventKind::possible(self.lead.stage, self.side) } else { Vec::new() }
    }
}

/// The side on which a caller stands in a lead, and whether it may write there; `None`: the lead is not the caller's to see.
fn standing(caller: &Caller, producer: &Producer, enquiry: &EnquiryRow) -> Option<(LeadSide, bool)> {
    if caller.role_in(producer.id).is_some() {
        return Some((LeadSide::Producer, caller.may_edit(producer.id)));
    }
    if enquiry.is_of(caller) {
        let organisation = enquiry.sender_organisation_id;
        return Some((LeadSide::Buyer, organisation.is_none_or(|sender| caller.may_edit(sender))));
    }
    if let Some(recorder) = enquiry.recorder_organisation_id
        && enquiry.recorder_side == Some(LeadSide::Organiser)
        && caller.role_in(recorder).is_some()
    {
        return Some((LeadSide::Organiser, caller.may_edit(recorder)));
    }
    let recorded = enquiry.recorder_side == Some(LeadSide::Office)
        && enquiry.recorder_user_id.is_some()
        && enquiry.recorder_user_id == caller.user()
        && caller.role != Role::Member;
    let office = recorded || caller.is_officer_for(producer.place.province.as_deref());
    office.then_some((LeadSide::Office, true))
}

/// At most `rows` of the caller's leads, newest first, with what each asks for. Each side is a question of its own to
/// the database, because each has its own index; an `OR` of the two would have none.
pub fn list(
    conn: &mut Conn,
    reference: &Reference,
    caller: &Caller,
    filter: &Filter,
    after: Option<LeadId>,
    rows: i64,
) -> Result<Vec<(Known, Vec<Item>)>, LeadError> {
    let organisations = caller.organisations();
    let mut found = Vec::new();
    for scope in scopes(caller, &organisations, filter.side) {
        found.extend(store::page(conn, scope, filter, after, rows)?);
    }
    found.sort_by_key(|(lead, _)| std::cmp::Reverse(lead.id));
    // An officer may have recorded what is of its province as well.
    found.dedup_by_key(|(lead, _)| lead.id);
    found.truncate(usize::try_from(rows).unwrap_or(usize::MAX));
    let known = Known::by(conn, reference, caller, found)?;
    let ids: Vec<LeadId> = known.iter().map(|known| known.lead.id).collect();
    let mut items = store::items_by_lead(conn, &ids)?;
    let with_items = known.into_iter().map(|known| {
        let items = items.remove(&known.lead.id).unwrap_or_default();
        (known, items)
    });
    Ok(with_items.collect())
}

/// Where the leads of a caller are found: those of one side, or of all. What is found so is the caller's to see, from that side.
pub(super) fn scopes<'a>(
    caller: &'a Caller,
    organisations: &'a [OrganisationId],
    side: Option<LeadSide>,
) -> Vec<Scope<'a>> {
    let wants = |wanted| side.is_none() || side == Some(wanted);
    let reader = Reader { user: caller.user(), own: organisations };
    let mut scopes = Vec::new();
    if wants(LeadSide::Producer) && !organisations.is_empty() {
        scopes.push(Scope::Producers(organisations));
    }
    if wants(LeadSide::Buyer) {
        scopes.extend(reader.user.map(|user| Scope::Sender(user, reader)));
        scopes.extend((!organisations.is_empty()).then_some(Scope::Senders(reader)));
    }
    if wants(LeadSide::Organiser) && !organisations.is_empty() {
        scopes.push(Scope::Recorders(reader));
    }
    if wants(LeadSide::Office) {
        match &caller.role {
            Role::Member => {}
            Role::Officer { province } => {
                scopes.push(Scope::Province(Some(province), reader));
                scopes.extend(reader.user.map(|user| Scope::Recorder(user, reader)));
            }
            Role::Admin => scopes.push(Scope::Province(None, reader)),
        }
    }
    scopes
}

/// One lead of the caller's.
pub fn read(conn: &mut Conn, reference: &Reference, caller: &Caller, id: LeadId) -> Result<Known, LeadError> {
    let found = store::visible(conn, Sought::Leads(&[id]), caller)?;
    let mut known = Known::by(conn, reference, caller, found)?;
    known.pop().ok_or(LeadError::NotFound)
}

/// One lead of the caller's, locked until the transaction ends.
pub fn lock(conn: &mut Conn, reference: &Reference, caller: &Caller, id: LeadId) -> Result<Known, LeadError> {
    store::lock_visible(conn, Sought::Leads(&[id]), caller)?;
    let known = read(conn, reference, caller, id)?;
    if known.may_write { Ok(known) } else { Err(LeadError::ReadOnly) }
}

/// What a lead asks for, and its timeline as its reader may see it; those of the leads that go on in it are part of both.
pub fn details(conn: &mut Conn, known: &Known) -> Result<(Vec<Item>, Vec<EventRow>), LeadError> {
    let ids = store::family(conn, known.lead.id)?;
    let items = united(known.lead.id, store::items(conn, &ids)?);
    let events = store::timelines(conn, &ids)?.into_iter();
    let visible = events.filter_map(|event| match event.lead_id == known.lead.id {
        true => event.seen_by(known.side),
        false => event.seen_after_merger(known.side),
    });
    Ok((items, visible.collect()))
}

/// Of a product that several leads ask for, what the one that goes on asks for, else the oldest.
fn united(survivor: LeadId, mut items: Vec<Item>) -> Vec<Item> {
    items.sort_by_key(|item| item.lead_id != survivor);
    let mut seen = HashSet::new();
    items.retain(|item| seen.insert(item.product));
    items
}
