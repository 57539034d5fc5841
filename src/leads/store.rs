//! SQL of the leads.

use super::{
    CompanyName, CompanyTaxCode, ConsentVersion, ContactEmail, ContactPhone, EnquiryId, EnquiryLanguage,
    Known, LeadChannel, LeadEventId, LeadEventKind, LeadId, LeadMessage, LeadNote, LeadReason, LeadSide,
    LeadStage, NewEnquiry, NewEvent, PersonName, Quantity, SourceName, Wanted,
};
use crate::accounts::UserId;
use crate::auth::{Caller, Principal};
use crate::clients::ClientId;
use crate::db::{Conn, Day, Instant, MultiBackend, PortableDsl};
use crate::on_engine;
use crate::organisations::OrganisationId;
use crate::products::{ProductId, Unit};
use crate::schema::{enquiries, lead_events, lead_items, leads, products};
use diesel::prelude::*;

#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = enquiries, treat_none_as_default_value = false)]
pub struct EnquiryRow {
    pub id: EnquiryId,
    pub sender_user_id: Option<UserId>,
    pub company_name: CompanyName,
    pub company_tax_code: Option<CompanyTaxCode>,
    pub contact_name: PersonName,
    pub contact_email: Option<ContactEmail>,
    pub contact_phone: Option<ContactPhone>,
    pub message: LeadMessage,
    pub language: EnquiryLanguage,
    pub source_channel: LeadChannel,
    pub source_event: Option<SourceName>,
    pub source_campaign: Option<SourceName>,
    pub consent_version: ConsentVersion,
    pub received_at: Instant,
    pub sender_organisation_id: Option<OrganisationId>,
    pub sender_client_id: Option<ClientId>,
    /// The address as it is compared.
    pub contact_email_key: Option<String>,
    /// When the contact was forgotten: what stands in its place tells nobody's name.
    pub contact_forgotten_at: Option<Instant>,
}

impl EnquiryRow {
    pub fn new(id: EnquiryId, sender: Option<Principal>, new: NewEnquiry, at: Instant) -> Self {
        let (user, client) = by_kind(sender);
        Self {
            id,
            sender_user_id: user,
            sender_organisation_id: client.map(|(_, organisation)| organisation),
            sender_client_id: client.map(|(client, _)| client),
            company_name: new.company,
            company_tax_code: new.tax_code,
            contact_name: new.contact,
            contact_email_key: new.email.as_ref().map(ContactEmail::key),
            contact_forgotten_at: None,
            contact_email: new.email,
            contact_phone: new.phone,
            message: new.message,
            language: new.language,
            source_channel: new.channel,
            source_event: new.event,
            source_campaign: new.campaign,
            consent_version: new.consent,
            received_at: at,
        }
    }

    /// Was it sent by the caller: by this user, or by a client of an organisation the caller belongs to?
    pub fn is_of(&self, caller: &Caller) -> bool {
        let by_organisation =
            self.sender_organisation_id.is_some_and(|sender| caller.role_in(sender).is_some());
        by_organisation || (self.sender_user_id.is_some() && self.sender_user_id == caller.user())
    }
}

/// A caller as the columns have it: a user, or a client and its organisation.
fn by_kind(by: Option<Principal>) -> (Option<UserId>, Option<(ClientId, OrganisationId)>) {
    match by {
        None => (None, None),
        Some(Principal::User { user, .. }) => (Some(user), None),
        Some(Principal::Client { client, organisation }) => (None, Some((client, organisation))),
    }
}

#[derive(Debug, Queryable, Insertable)]
#[diesel(table_name = leads, treat_none_as_default_value = false)]
pub struct LeadRow {
    pub id: LeadId,
    pub enquiry_id: EnquiryId,
    pub producer_id: OrganisationId,
    pub stage: LeadStage,
    pub created_at: Instant,
    /// Instant of the last event that both sides see: of the producer's notes the buyer learns nothing at all.
    pub updated_at: Instant,
}

#[derive(Debug, Insertable)]
#[diesel(table_name = lead_items, treat_none_as_default_value = false)]
pub struct ItemRow {
    lead_id: LeadId,
    position: i64,
    product_id: ProductId,
    quantity: Quantity,
    unit: Unit,
}

impl ItemRow {
    /// The items of one lead, in the order in which they were asked for.
    pub fn of(lead_id: LeadId, items: &[(Wanted, String)]) -> impl Iterator<Item = Self> {
        items.iter().zip(0..).map(move |((wanted, _), position)| Self {
            lead_id,
            position,
            product_id: wanted.product,
            quantity: wanted.quantity,
            unit: wanted.unit,
        })
    }
}

#[derive(Debug, Queryable, Insertable)]
#[diesel(table_name = lead_events, treat_none_as_default_value = false)]
pub struct EventRow {
    pub id: LeadEventId,
    pub lead_id: LeadId,
    pub kind: LeadEventKind,
    pub side: LeadSide,
    pub actor_id: Option<UserId>,
    pub from_stage: Option<LeadStage>,
    pub to_stage: Option<LeadStage>,
    pub reason: Option<LeadReason>,
    pub note: Option<LeadNote>,
    pub at: Instant,
    pub client_id: Option<ClientId>,
}

impl EventRow {
    /// The first event of a lead: the enquiry arrived.
    pub fn arrival(id: LeadEventId, lead_id: LeadId, sender: Option<Principal>, at: Instant) -> Self {
        let (user, client) = by_kind(sender);
        Self {
            id,
            lead_id,
            kind: LeadEventKind::Enquiry,
            side: LeadSide::Buyer,
            actor_id: user,
            client_id: client.map(|(client, _)| client),
            from_stage: None,
            to_stage: Some(LeadStage::Enquiry),
            reason: None,
            note: None,
            at,
        }
    }

    /// An event that somebody adds.
    pub fn new(id: LeadEventId, known: &Known, by: Principal, at: Instant, new: NewEvent) -> Self {
        let (kind, step, note) = match new {
            NewEvent::Note(note) => (LeadEventKind::Note, None, Some(note)),
            NewEvent::Stage(step, note) => (LeadEventKind::Stage, Some(step), note),
        };
        let (user, client) = by_kind(Some(by));
        Self {
            id,
            lead_id: known.lead.id,
            kind,
            side: known.side,
            actor_id: user,
            client_id: client.map(|(client, _)| client),
            from_stage: step.map(|_| known.lead.stage),
            to_stage: step.map(|step| step.to),
            reason: step.and_then(|step| step.reason),
            note,
            at,
        }
    }

    /// A note of the producer's is the producer's own.
    pub fn is_internal(&self) -> bool {
        self.kind == LeadEventKind::Note && self.side == LeadSide::Producer
    }

    /// The event as `reader` may see it: not the other side's user, and to the buyer nothing the producer wrote.
    pub fn seen_by(self, reader: LeadSide) -> Option<Self> {
        if self.side == reader {
            return Some(self);
        }
        let hidden = reader == LeadSide::Buyer;
        if hidden && self.is_internal() {
            return None;
        }
        Some(Self { actor_id: None, client_id: None, note: self.note.filter(|_| !hidden), ..self })
    }
}

pub fn insert_enquiry(conn: &mut Conn, row: &EnquiryRow) -> QueryResult<()> {
    diesel::insert_into(enquiries::table).values(row).execute(conn).map(|_| ())
}

pub fn insert_leads(conn: &mut Conn, rows: &[LeadRow]) -> QueryResult<()> {
    on_engine!(conn, c => diesel::insert_into(leads::table).values(rows).execute(c)).map(|_| ())
}

pub fn insert_items(conn: &mut Conn, rows: &[ItemRow]) -> QueryResult<()> {
    on_engine!(conn, c => diesel::insert_into(lead_items::table).values(rows).execute(c)).map(|_| ())
}

pub fn insert_events(conn: &mut Conn, rows: &[EventRow]) -> QueryResult<()> {
    on_engine!(conn, c => diesel::insert_into(lead_events::table).values(rows).execute(c)).map(|_| ())
}

/// Writes what an event changes of its lead.
pub fn update_lead(conn: &mut Conn, row: &LeadRow) -> QueryResult<()> {
    diesel::update(leads::table.find(row.id))
        .set((leads::stage.eq(row.stage), leads::updated_at.eq(row.updated_at)))
        .execute(conn)
        .map(|_| ())
}

/// A lead with its enquiry.
pub type Found = (LeadRow, EnquiryRow);

/// What a list of leads is narrowed to.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub side: Option<LeadSide>,
    pub stages: Vec<LeadStage>,
    pub enquiry: Option<EnquiryId>,
    pub product: Option<ProductId>,
    /// First and last local day of arrival.
    pub from: Option<Day>,
    pub to: Option<Day>,
}

/// Whose leads a query is about.
#[derive(Debug, Clone, Copy)]
pub enum Scope<'a> {
    One(LeadId),
    /// Leads of these producers.
    Producers(&'a [OrganisationId]),
    /// Leads this user sent, to others than these producers.
    Sender(UserId, &'a [OrganisationId]),
    /// Leads that clients of these organisations sent, to others than them.
    Senders(&'a [OrganisationId]),
}

/// The leads of a scope, newest first, after the one a cursor names.
pub fn page(
    conn: &mut Conn,
    scope: Scope<'_>,
    filter: &Filter,
    after: Option<LeadId>,
    rows: i64,
) -> QueryResult<Vec<Found>> {
    let mut query = leads::table
        .inner_join(enquiries::table)
        .select((leads::all_columns, enquiries::all_columns))
        .order(leads::id.desc())
        .limit(rows)
        .into_boxed::<MultiBackend>();
    query = match scope {
        Scope::One(id) => query.filter(leads::id.eq(id)),
        Scope::Producers(ids) => query.filter(leads::producer_id.eq_any(ids)),
        Scope::Sender(user, own) => {
            query.filter(enquiries::sender_user_id.eq(user)).filter(leads::producer_id.ne_all(own))
        }
        Scope::Senders(own) => {
            let sent = query.filter(enquiries::sender_organisation_id.eq_any(own));
            sent.filter(leads::producer_id.ne_all(own))
        }
    };
    if !filter.stages.is_empty() {
        query = query.filter(leads::stage.eq_any(&filter.stages));
    }
    if let Some(enquiry) = filter.enquiry {
        query = query.filter(leads::enquiry_id.eq(enquiry));
    }
    if let Some(product) = filter.product {
        let asking = lead_items::table.filter(lead_items::product_id.eq(product));
        query = query.filter(leads::id.eq_any(asking.select(lead_items::lead_id)));
    }
    if let Some(from) = filter.from {
        query = query.filter(leads::created_at.ge(from.start()));
    }
    if let Some(to) = filter.to {
        query = query.filter(leads::created_at.lt(to.plus_days(1).start()));
    }
    if let Some(after) = after {
        query = query.filter(leads::id.lt(after));
    }
    query.load(conn)
}

/// One lead, if there is one of that id.
pub fn find(conn: &mut Conn, id: LeadId) -> QueryResult<Vec<Found>> {
    page(conn, Scope::One(id), &Filter::default(), None, 1)
}

/// Locks a lead until the transaction ends; nothing if there is none.
pub fn lock(conn: &mut Conn, id: LeadId) -> QueryResult<()> {
    leads::table.find(id).select(leads::id).locked().get_result::<LeadId>(conn).optional().map(|_| ())
}

/// What a lead asks for, one line.
#[derive(Debug, Clone, Queryable)]
pub struct Item {
    pub lead_id: LeadId,
    pub product: ProductId,
    pub name: String,
    pub quantity: Quantity,
    pub unit: Unit,
}

/// The items of several leads, each lead's in the order in which they were asked for.
pub fn items(conn: &mut Conn, of: &[LeadId]) -> QueryResult<Vec<Item>> {
    lead_items::table
        .inner_join(products::table)
        .filter(lead_items::lead_id.eq_any(of))
        .order((lead_items::lead_id, lead_items::position))
        .select((
            lead_items::lead_id,
            lead_items::product_id,
            products::name,
            lead_items::quantity,
            lead_items::unit,
        ))
        .load(conn)
}

/// When the last event of a lead was.
pub fn last_event_at(conn: &mut Conn, of: LeadId) -> QueryResult<Option<Instant>> {
    let of_lead = lead_events::table.filter(lead_events::lead_id.eq(of));
    of_lead.order(lead_events::at.desc()).select(lead_events::at).first(conn).optional()
}

/// The whole timeline of a lead, oldest first.
pub fn events(conn: &mut Conn, of: LeadId) -> QueryResult<Vec<EventRow>> {
    lead_events::table
        .filter(lead_events::lead_id.eq(of))
        .order((lead_events::at, lead_events::id))
        .load(conn)
}

diesel::alias!(leads as theirs: Theirs);

/// Gives the leads of one producer to another, unless that one has its part of the enquiry already.
pub fn hand_over(conn: &mut Conn, from: OrganisationId, to: OrganisationId) -> QueryResult<()> {
    let already =
        theirs.filter(theirs.field(leads::producer_id).eq(to)).select(theirs.field(leads::enquiry_id));
    diesel::update(leads::table.filter(leads::producer_id.eq(from)).filter(leads::enquiry_id.ne_all(already)))
        .set(leads::producer_id.eq(to))
        .execute(conn)
        .map(|_| ())
}
