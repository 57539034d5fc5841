//! Leads: what comes of a certified product once a buyer has seen it.
//!
//! A buyer sends one **enquiry** about one or more products. It becomes one **lead** for each producer concerned: producers
//! see their own lead and nothing of each other. A lead stands at a [`LeadStage`]; who may move it where is the table in
//! [`model::stage`]. Whatever happens is an event of its **timeline**, which is only ever added to.
//!
//! Who sees what: a lead is seen by the members of its producer and by the signed-in user who sent it (or, if a machine client did, by the members of its organisation), and by nobody
//! else; to everybody else it does not exist (404). Both sides see the stages and the reasons. What the producer's side
//! writes, only the producer's side reads, and not even that it is there shows to the buyer; what the buyer writes, both
//! read.
//!
//! Personal data: the buyer's contact is kept and passed on because its owner agreed to a published text, whose version
//! the enquiry keeps ([`model::consent`]). Nothing of it is logged.
//!
//! Nothing gets lost: enquiry, leads, items, first events and the stored answer of the Idempotency-Key are one
//! transaction, acknowledged when it is durable. Two who move the same lead at once are put in order by a row lock.

pub mod http;
mod model;
mod store;

pub use model::*;
pub use store::{EventRow, Filter, Item};

use crate::audit::{self, Action, Event, SubjectKind};
use crate::auth::{Caller, Principal};
use crate::catalogue::{self, Offered};
use crate::db::{Conn, Day, Failure, Instant};
use crate::input::Faults;
use crate::organisations::{self, OrganisationId};
use crate::products::{ProductId, Unit};
use crate::reference::Reference;
use crate::say::{Invalid, Say};
use crate::world::World;
use diesel::QueryResult;
use std::collections::HashMap;
use store::{EnquiryRow, ItemRow, LeadRow, Scope};

/// What can stand in the way of a use case.
#[derive(Debug, thiserror::Error)]
pub enum LeadError {
    /// There is no such lead, or it is not the caller's to see.
    #[error("no such lead")]
    NotFound,
    /// The caller may read the lead but not write to it.
    #[error("this member may only read")]
    ReadOnly,
    /// The content cannot be accepted as things are today.
    #[error("the content is invalid")]
    Invalid(Faults),
    #[error("no move to this stage from {:?}", .0.from)]
    Illegal(Illegal),
    #[error(transparent)]
    Db(Failure),
}

crate::db_errors!(LeadError);

/// A product with how much of it is asked for.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub product: ProductId,
    pub quantity: Quantity,
    pub unit: Unit,
}

/// An enquiry as its sender wrote it.
#[derive(Debug, Clone)]
pub struct NewEnquiry {
    pub products: Vec<Wanted>,
    pub message: LeadMessage,
    pub company: CompanyName,
    pub tax_code: Option<CompanyTaxCode>,
    pub contact: PersonName,
    pub email: Option<ContactEmail>,
    pub phone: Option<ContactPhone>,
    pub channel: LeadChannel,
    pub event: Option<SourceName>,
    pub campaign: Option<SourceName>,
    pub consent: ConsentVersion,
    pub language: EnquiryLanguage,
}

/// The part of an enquiry that goes to one producer.
#[derive(Debug)]
pub struct Share {
    pub producer: OrganisationId,
    pub producer_name: String,
    pub items: Vec<(Wanted, String)>,
}

/// An enquiry that has become leads.
#[derive(Debug)]
pub struct Received {
    pub enquiry: EnquiryId,
    pub at: Instant,
    pub leads: Vec<(LeadId, Share)>,
}

/// Divides what is wanted among the producers, in the order in which they first appear. Every product must be certified
/// today.
pub fn divide(
    conn: &mut Conn,
    reference: &Reference,
    wanted: &[Wanted],
    today: Day,
) -> Result<Vec<Share>, LeadError> {
    let ids: Vec<ProductId> = wanted.iter().map(|w| w.product).collect();
    let offered = catalogue::offered(conn, reference, &ids, today)?;
    let mut offered: HashMap<ProductId, Offered> = offered.into_iter().map(|o| (o.product, o)).collect();
    let (mut shares, mut faults) = (Vec::<Share>::new(), Faults::default());
    for (index, wanted) in wanted.iter().enumerate() {
        let Some(offer) = offered.remove(&wanted.product) else {
            let index = index.to_string();
            faults.push(["products", &index, "product_id"], not_offered());
            continue;
        };
        let item = (wanted.clone(), offer.product_name);
        match shares.iter_mut().find(|share| share.producer == offer.producer) {
            Some(share) => share.items.push(item),
            None => shares.push(Share {
                producer: offer.producer,
                producer_name: offer.producer_name,
                items: vec![item],
            }),
        }
    }
    faults.into_result().map_err(LeadError::Invalid)?;
    Ok(shares)
}

fn not_offered() -> Invalid {
    Invalid::new(
        "not_offered",
        Say::new(
            "Hôm nay không có sản phẩm này trong danh mục: mã sai, hoặc chứng nhận không còn hiệu lực.",
            "This product is not in the catalogue today: the id is wrong, or its certification is no longer in force.",
        ),
    )
}

/// Stores an enquiry with one lead for each producer concerned, each with its first event.
pub fn send(
    conn: &mut Conn,
    world: &World,
    reference: &Reference,
    sender: Option<Principal>,
    new: NewEnquiry,
) -> Result<Received, LeadError> {
    let at = world.now();
    let shares = divide(conn, reference, &new.products, at.local_day())?;
    let enquiry = EnquiryRow::new(world.id(), sender, new, at);
    let leads: Vec<(LeadId, Share)> = shares.into_iter().map(|share| (world.id(), share)).collect();
    let rows = leads.iter().map(|(id, share)| LeadRow {
        id: *id,
        enquiry_id: enquiry.id,
        producer_id: share.producer,
        stage: LeadStage::Enquiry,
        created_at: at,
        updated_at: at,
    });
    let items = leads.iter().flat_map(|(id, share)| ItemRow::of(*id, &share.items));
    let events = leads.iter().map(|(id, _)| EventRow::arrival(world.id(), *id, sender, at));
    store::insert_enquiry(conn, &enquiry)?;
    store::insert_leads(conn, &rows.collect::<Vec<_>>())?;
    store::insert_items(conn, &items.collect::<Vec<_>>())?;
    store::insert_events(conn, &events.collect::<Vec<_>>())?;
    Ok(Received { enquiry: enquiry.id, at, leads })
}

/// A lead as one caller may see it.
#[derive(Debug)]
pub struct Known {
    pub lead: LeadRow,
    pub enquiry: EnquiryRow,
    pub producer_name: String,
    /// The side on which the caller stands.
    pub side: LeadSide,
    /// May the caller write, or only read?
    pub may_write: bool,
}

impl Known {
    /// Of what was found, that which is the caller's to see. Who is of both sides stands on the producer's.
    fn by(
        conn: &mut Conn,
        reference: &Reference,
        caller: &Caller,
        found: Vec<store::Found>,
    ) -> Result<Vec<Self>, LeadError> {
        let producers: Vec<OrganisationId> = found.iter().map(|(lead, _)| lead.producer_id).collect();
        let producers = organisations::producers(conn, &producers)?;
        let names: HashMap<OrganisationId, String> =
            producers.into_iter().map(|producer| (producer.id, producer.shown_name(reference))).collect();
        let known = found.into_iter().filter_map(|(lead, enquiry)| {
            let sent = enquiry.is_of(caller);
            let (side, may_write) = match caller.role_in(lead.producer_id) {
                Some(_) => (LeadSide::Producer, caller.may_edit(lead.producer_id)),
                None if sent => {
                    let organisation = enquiry.sender_organisation_id;
                    (LeadSide::Buyer, organisation.is_none_or(|sender| caller.may_edit(sender)))
                }
                None => return None,
            };
            Some(Self {
                producer_name: names.get(&lead.producer_id).cloned().unwrap_or_default(),
                lead,
                enquiry,
                side,
                may_write,
            })
        });
        Ok(known.collect())
    }

    /// The organisation on whose side the caller stands; a buyer may be a person alone.
    fn acted_for(&self, caller: &Caller) -> Option<OrganisationId> {
        match self.side {
            LeadSide::Producer => Some(self.lead.producer_id),
            LeadSide::Buyer => {
                self.enquiry.sender_organisation_id.filter(|sender| caller.role_in(*sender).is_some())
            }
        }
    }

    /// Where the caller may move the lead now.
    pub fn moves(&self) -> &'static [LeadStage] {
        if self.may_write { self.lead.stage.moves(self.side) } else { &[] }
    }
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
    if filter.side != Some(LeadSide::Buyer) && !organisations.is_empty() {
        let scope = Scope::Producers(&organisations);
        found.extend(store::page(conn, scope, filter, after, rows)?);
    }
    if filter.side != Some(LeadSide::Producer) {
        if let Some(user) = caller.user() {
            found.extend(store::page(conn, Scope::Sender(user, &organisations), filter, after, rows)?);
        }
        if !organisations.is_empty() {
            found.extend(store::page(conn, Scope::Senders(&organisations), filter, after, rows)?);
        }
    }
    found.sort_by_key(|(lead, _)| std::cmp::Reverse(lead.id));
    found.truncate(usize::try_from(rows).unwrap_or(usize::MAX));
    let known = Known::by(conn, reference, caller, found)?;
    let ids: Vec<LeadId> = known.iter().map(|known| known.lead.id).collect();
    let mut items: HashMap<LeadId, Vec<Item>> = HashMap::new();
    for item in store::items(conn, &ids)? {
        items.entry(item.lead_id).or_default().push(item);
    }
    let with_items = known.into_iter().map(|known| {
        let items = items.remove(&known.lead.id).unwrap_or_default();
        (known, items)
    });
    Ok(with_items.collect())
}

/// One lead of the caller's.
pub fn read(conn: &mut Conn, reference: &Reference, caller: &Caller, id: LeadId) -> Result<Known, LeadError> {
    let found = store::find(conn, id)?;
    let mut known = Known::by(conn, reference, caller, found)?;
    known.pop().ok_or(LeadError::NotFound)
}

/// One lead of the caller's, locked until the transaction ends.
pub fn lock(conn: &mut Conn, reference: &Reference, caller: &Caller, id: LeadId) -> Result<Known, LeadError> {
    store::lock(conn, id)?;
    let known = read(conn, reference, caller, id)?;
    if known.may_write { Ok(known) } else { Err(LeadError::ReadOnly) }
}

/// What a lead asks for, and its timeline as its reader may see it.
pub fn details(conn: &mut Conn, known: &Known) -> Result<(Vec<Item>, Vec<EventRow>), LeadError> {
    let items = store::items(conn, &[known.lead.id])?;
    let events = store::events(conn, known.lead.id)?;
    let visible = events.into_iter().filter_map(|event| event.seen_by(known.side));
    Ok((items, visible.collect()))
}

/// What somebody adds to a timeline.
#[derive(Debug, Clone)]
pub enum NewEvent {
    Note(LeadNote),
    Stage(Move, Option<LeadNote>),
}

/// Adds an event to a lead that this transaction has locked. Who of the two sides did what, the timeline tells; the audit
/// log remembers besides what somebody did in the place of a side: a delegate, or a machine.
pub fn record(
    conn: &mut Conn,
    world: &World,
    by: &Caller,
    known: &mut Known,
    new: NewEvent,
) -> Result<EventRow, LeadError> {
    let from = known.lead.stage;
    if let NewEvent::Stage(step, _) = &new {
        from.check(known.side, step.to).map_err(LeadError::Illegal)?;
    }
    // Later than what is there even if the clock is not: the order of a timeline never depends on two clocks.
    let last = store::last_event_at(conn, known.lead.id)?;
    let after_last = last.map_or(0, |at| at.micros() + 1);
    let at = world.now().max(Instant::from_micros(after_last));
    let event = EventRow::new(world.id(), known, by.principal, at, new);
    known.lead.stage = event.to_stage.unwrap_or(from);
    if !event.is_internal() {
        known.lead.updated_at = at;
    }
    store::insert_events(conn, std::slice::from_ref(&event))?;
    store::update_lead(conn, &known.lead)?;
    if let Some(organisation) = known.acted_for(by) {
        let agent = by.agent_for(organisation);
        if agent.behalf.is_some() || by.client().is_some() {
            audit::record(conn, world, &agent, remembered(&event).concerning(organisation))?;
        }
    }
    Ok(event)
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

/// Gives the leads of one producer to another that has turned out to be the same, unless it has its part of the
/// enquiry already.
pub fn hand_over(conn: &mut Conn, from: OrganisationId, to: OrganisationId) -> QueryResult<()> {
    store::hand_over(conn, from, to)
}
