//! What devices record without a network and hand in later: enquiries of walk-in buyers, what happened next, and what was
//! completed of them.
//!
//! A device gives each item an id of its own making and hands in what it has until it is told that it is there. Handing in
//! again, in whatever parts and order, changes nothing: an id is done once (`capture_items`), and the same id with another
//! content is refused. What is about an enquiry that has not come, or is not the recorder's to see, waits with its content,
//! and is done when that enquiry comes from the same recorder. What is refused is not kept: put right, it may come again
//! under its id.
//!
//! Each item is done whole or not at all, whatever becomes of the others; some are committed together, and what is answered
//! is durable. If the service ends between two of these groups, handing in once more does the rest.

mod enrichment;

pub use enrichment::{Completion, Opened, Requantified, complete, open as open_to_complete};

use self::enrichment::{Noted, may_complete};
use super::store::{self, CaptureRow, Sought};
use super::{CaptureId, EnquiryId, Known, LeadError, LeadId, NewEnquiry, NewEvent, WalkIn, intake, timeline};
use crate::auth::Caller;
use crate::db::columns::Key;
use crate::db::failure::violated_unique;
use crate::db::{Conn, Failure, Instant};
use crate::input::Faults;
use crate::organisations::OrganisationId;
use crate::reference::Reference;
use crate::say::{Invalid, Say};
use crate::world::World;
use diesel::Connection;
use std::collections::{HashMap, HashSet};

/// So many items of one recorder wait at most.
const WAITING_MOST: i64 = 5000;

/// An item as it was handed in.
#[derive(Debug)]
pub struct Captured {
    pub id: CaptureId,
    pub occurred_at: Instant,
    pub act: Act,
    /// As it was written, in one form whatever the order of its members; and the hash of that.
    pub content: String,
    pub hash: String,
}

/// What was recorded.
#[derive(Debug)]
pub enum Act {
    /// An enquiry, whose id is the item's.
    Lead { new: Box<NewEnquiry>, walk_in: Option<WalkIn> },
    /// Something that happened with one of the leads of an enquiry: the only one, or that of a producer.
    Event { enquiry: EnquiryId, producer: Option<OrganisationId>, event: Box<NewEvent> },
    /// What was completed of an enquiry.
    Completion { enquiry: EnquiryId, told: Box<Completion> },
}

impl Captured {
    pub fn enquiry(&self) -> EnquiryId {
        match &self.act {
            Act::Lead { .. } => self.id.enquiry(),
            Act::Event { enquiry, .. } | Act::Completion { enquiry, .. } => *enquiry,
        }
    }

    /// The order in which what has come together is done: enquiries ahead of what is about them, then as it happened.
    pub fn turn(&self) -> (bool, Instant, CaptureId) {
        (!matches!(self.act, Act::Lead { .. }), self.occurred_at, self.id)
    }
}

/// What has become of an item that was not refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// It is done; the leads concerned.
    Created(Vec<(LeadId, OrganisationId)>),
    /// It had been done before.
    Unchanged(Vec<(LeadId, OrganisationId)>),
    /// Its enquiry has not come.
    Waiting,
}

/// An item and what has become of it.
#[derive(Debug)]
pub struct Answered {
    pub id: CaptureId,
    pub outcome: Result<Taken, LeadError>,
}

/// Which of these items were handed in before.
pub fn handed_in(conn: &mut Conn, ids: &[CaptureId]) -> Result<HashSet<CaptureId>, LeadError> {
    let by_key: HashMap<Key, CaptureId> = ids.iter().map(|id| (id.key(), *id)).collect();
    let keys: Vec<Key> = by_key.keys().copied().collect();
    let known = store::known_items(conn, &keys)?.into_iter();
    Ok(known.filter_map(|key| by_key.get(&key).copied()).collect())
}

/// Takes items in the order in which they are given, each for itself. Besides what has become of them is told what has
/// become of those that had been waiting for them; `read` reads the content of such a one.
pub fn take(
    conn: &mut Conn,
    world: &World,
    reference: &Reference,
    by: &Caller,
    items: Vec<Captured>,
    read: impl Fn(&str) -> Result<Captured, Faults>,
) -> Result<(Vec<Answered>, Vec<Answered>), LeadError> {
    let mut hand = Hand { conn, world, reference, by, recorder: by.key(), waiting: None };
    let mut concerned: Vec<EnquiryId> = items.iter().map(Captured::enquiry).collect();
    concerned.sort();
    concerned.dedup();
    // What one recorder hands in at the same time comes one after the other, so that what it opens is there to be locked; and
    // all at once and ahead of all else: no two batches wait for each other.
    store::lock_recorder(hand.conn, by.principal)?;
    store::lock_with_kin(hand.conn, Sought::OfEnquiries(&concerned), by)?;
    let (mut answers, mut released) = (Vec::with_capacity(items.len()), Vec::new());
    for item in items {
        let (id, enquiry, opens) = (item.id, item.enquiry(), matches!(item.act, Act::Lead { .. }));
        let outcome = hand.alone(|hand| hand.take(item))?;
        if opens && matches!(outcome, Ok(Taken::Created(_))) {
            released.extend(hand.release(enquiry, &read)?);
        }
        answers.push(Answered { id, outcome });
    }
    Ok((answers, released))
}

/// What it takes to take items.
struct Hand<'a> {
    conn: &'a mut Conn,
    world: &'a World,
    reference: &'a Reference,
    by: &'a Caller,
    recorder: String,
    /// How many items of the recorder wait, once that was asked.
    waiting: Option<i64>,
}

impl Hand<'_> {
    /// Does something whole or not at all. What stands in its way is told inside; what is wrong with the database, outside.
    fn alone<T>(
        &mut self,
        f: impl FnOnce(&mut Hand<'_>) -> Result<T, LeadError>,
    ) -> Result<Result<T, LeadError>, LeadError> {
        let Self { conn, world, reference, by, recorder, waiting } = self;
        let done = conn.transaction(|conn| {
            let mut hand = Hand { conn, world, reference, by, recorder: recorder.clone(), waiting: *waiting };
            let done = f(&mut hand);
            *waiting = hand.waiting;
            done
        });
        match done {
            Err(LeadError::Db(failure)) if is_taken(&failure) => Ok(Err(id_in_use())),
            Err(LeadError::Db(failure)) => Err(failure.into()),
            outcome => Ok(outcome),
        }
    }

    fn take(&mut self, item: Captured) -> Result<Taken, LeadError> {
        let (now, enquiry) = (self.world.now(), item.enquiry());
        let row = CaptureRow {
            id: item.id.key(),
            recorder: self.recorder.clone(),
            content_hash: item.hash.clone(),
            enquiry_id: enquiry,
            content: None,
            received_at: now,
            done_at: Some(now),
        };
        let is_new = store::claim(self.conn, &row)?;
        if !is_new {
            let known = store::captured(self.conn, item.id.key())?;
            if (&known.recorder, &known.content_hash) != (&row.recorder, &row.content_hash) {
                return Err(id_in_use());
            }
            if known.done_at.is_some() {
                self.was_done(&item)?;
                return self.leads_of(&item).map(Taken::Unchanged);
            }
        }
        let content = item.content.clone();
        match self.act(item)? {
            Some(leads) => {
                if !is_new {
                    store::set_waiting(self.conn, row.id, None, Some(now))?;
                }
                Ok(Taken::Created(leads))
            }
            None => {
                if is_new {
                    self.may_wait()?;
                    store::set_waiting(self.conn, row.id, Some(&content), None)?;
                }
                Ok(Taken::Waiting)
            }
        }
    }

    /// Does what an item tells; the leads concerned, or nothing if its enquiry is not there.
    fn act(&mut self, item: Captured) -> Result<Option<Vec<(LeadId, OrganisationId)>>, LeadError> {
        let Captured { id, occurred_at, act, .. } = item;
        match act {
            Act::Lead { new, walk_in } => self.open(id, occurred_at, *new, walk_in).map(Some),
            Act::Event { enquiry, producer, event } => {
                let event = NewEvent { id: Some(id.event()), occurred_at: Some(occurred_at), ..*event };
                self.record(enquiry, producer, event)
            }
            Act::Completion { enquiry, told } => {
                let noted = Noted { at: occurred_at, id: id.event() };
                self.complete(enquiry, *told, noted)
            }
        }
    }

    fn open(
        &mut self,
        id: CaptureId,
        occurred_at: Instant,
        new: NewEnquiry,
        walk_in: Option<WalkIn>,
    ) -> Result<Vec<(LeadId, OrganisationId)>, LeadError> {
        if let Some((_, organisation)) = self.by.client()
            && !self.by.may_edit(organisation)
        {
            return Err(LeadError::ReadOnly);
        }
        if store::has_enquiry(self.conn, id.enquiry())? {
            return Err(id_in_use());
        }
        let recorder = walk_in.map(|walk_in| intake::recorder(self.conn, self.by, walk_in)).transpose();
        let recorder = recorder.map_err(|error| error.within(&["lead"]))?;
        let new = NewEnquiry { id: Some(id.enquiry()), occurred_at: Some(occurred_at), recorder, ..new };
        let received = intake::send(self.conn, self.world, self.reference, Some(self.by.principal), new)
            .map_err(|error| error.within(&["lead"]))?;
        Ok(received.leads.into_iter().map(|(lead, share)| (lead, share.producer)).collect())
    }

    fn record(
        &mut self,
        enquiry: EnquiryId,
        producer: Option<OrganisationId>,
        event: NewEvent,
    ) -> Result<Option<Vec<(LeadId, OrganisationId)>>, LeadError> {
        let leads = enrichment::of_enquiry(self.conn, self.reference, self.by, enquiry)?;
        if leads.is_empty() {
            return Ok(None);
        }
        let mut known = self.survivor(of_producer(leads, producer)?)?;
        if !known.may_write {
            return Err(LeadError::ReadOnly);
        }
        timeline::record(self.conn, self.world, Some(self.by), &mut known, event)
            .map_err(|error| error.within(&["event"]))?;
        Ok(Some(vec![(known.lead.id, known.lead.producer_id)]))
    }

    /// The lead itself, or the one that it goes on in, if that is the recorder's to see as well: who was offline has not heard
    /// of the merger.
    fn survivor(&mut self, known: Known) -> Result<Known, LeadError> {
        let Some(into) = known.lead.merged_into else { return Ok(known) };
        store::lock_visible(self.conn, Sought::Leads(&[into]), self.by)?;
        match super::read(self.conn, self.reference, self.by, into) {
            Err(LeadError::NotFound) => Err(LeadError::Merged(into)),
            other => other,
        }
    }

    fn complete(
        &mut self,
        enquiry: EnquiryId,
        told: Completion,
        noted: Noted,
    ) -> Result<Option<Vec<(LeadId, OrganisationId)>>, LeadError> {
        let mut leads = enrichment::of_enquiry(self.conn, self.reference, self.by, enquiry)?;
        let Some(first) = leads.first() else { return Ok(None) };
        may_complete(self.by, first)?;
        enrichment::write(self.conn, self.world, self.by, &mut leads, told, Some(noted))
            .map_err(|error| error.within(&["changes"]))?;
        Ok(Some(ids(&leads)))
    }

    /// What has waited too long, or told of somebody who wanted to be forgotten, waits no more, and was never done: its device
    /// hears so instead of taking it for stored.
    fn was_done(&mut self, item: &Captured) -> Result<(), LeadError> {
        let is_event = !matches!(item.act, Act::Lead { .. });
        if is_event && store::lead_of_event(self.conn, item.id.event())?.is_none() {
            return Err(LeadError::NotPossible(Say::new(
                "Yêu cầu của mục này không đến kịp, hoặc dữ liệu đã được xóa; mục này không còn được ghi nhận.",
                "The enquiry of this item did not come in time, or its data were erased; it is not recorded any more.",
            )));
        }
        Ok(())
    }

    /// The leads that an item concerned when it was done.
    fn leads_of(&mut self, item: &Captured) -> Result<Vec<(LeadId, OrganisationId)>, LeadError> {
        let leads = enrichment::read_of_enquiry(self.conn, self.reference, self.by, item.enquiry())?;
        let Act::Event { .. } = item.act else { return Ok(ids(&leads)) };
        let Some(lead) = store::lead_of_event(self.conn, item.id.event())? else { return Ok(Vec::new()) };
        let known = super::read(self.conn, self.reference, self.by, lead);
        Ok(known.ok().iter().map(|known| (known.lead.id, known.lead.producer_id)).collect())
    }

    /// Does what had been waiting for an enquiry that has come. What is refused goes on waiting: when it is handed in again,
    /// its device is told.
    fn release(
        &mut self,
        enquiry: EnquiryId,
        read: &impl Fn(&str) -> Result<Captured, Faults>,
    ) -> Result<Vec<Answered>, LeadError> {
        let rows = store::waiting(self.conn, enquiry, &self.recorder)?;
        let contents = rows.iter().filter_map(|row| row.content.as_deref());
        // What an earlier release took and this one does not read stays where it is.
        let mut items: Vec<Captured> = contents.filter_map(|content| read(content).ok()).collect();
        items.sort_by_key(Captured::turn);
        let mut answers = Vec::with_capacity(items.len());
        for item in items {
            let id = item.id;
            answers.push(Answered { id, outcome: self.alone(|hand| hand.take(item))? });
        }
        Ok(answers)
    }

    fn may_wait(&mut self) -> Result<(), LeadError> {
        let waiting = match self.waiting {
            Some(waiting) => waiting,
            None => store::count_waiting(self.conn, &self.recorder)?,
        };
        self.waiting = Some(waiting + 1);
        if waiting < WAITING_MOST {
            return Ok(());
        }
        Err(LeadError::NotPossible(Say::new(
            "Quá nhiều mục đang chờ yêu cầu của chúng; hãy gửi các yêu cầu ấy trước.",
            "Too many items wait for their enquiries; hand in those enquiries first.",
        )))
    }
}

fn ids(leads: &[Known]) -> Vec<(LeadId, OrganisationId)> {
    leads.iter().map(|known| (known.lead.id, known.lead.producer_id)).collect()
}

/// The lead that an event is about.
fn of_producer(mut leads: Vec<Known>, producer: Option<OrganisationId>) -> Result<Known, LeadError> {
    if let Some(producer) = producer {
        leads.retain(|known| known.lead.producer_id == producer);
    }
    let invalid = match (leads.pop(), leads.is_empty()) {
        (Some(only), true) => return Ok(only),
        (Some(_), false) => Invalid::new(
            "missing",
            Say::new(
                "Yêu cầu này gửi đến nhiều chủ thể; hãy nêu chủ thể nào.",
                "The enquiry went to several producers; tell which of them this is about.",
            ),
        ),
        (None, _) => Invalid::new(
            "not_asked",
            Say::new("Yêu cầu này không gửi đến chủ thể ấy.", "The enquiry did not go to this producer."),
        ),
    };
    Err(LeadError::Invalid(Faults::one(["producer_id"], invalid)))
}

fn is_taken(failure: &Failure) -> bool {
    let Failure::Query(error) = failure else { return false };
    matches!(violated_unique(error), Some("enquiries_pk" | "lead_events_pk"))
}

fn id_in_use() -> LeadError {
    let say =
        Say::new("Mã này đã được dùng cho một nội dung khác.", "This id is in use for another content.");
    LeadError::Invalid(Faults::one(["id"], Invalid::new("id_in_use", say)))
}
