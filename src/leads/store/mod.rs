//! SQL of the leads.

mod agreements;
mod capture;
pub mod contacts;
mod duplicates;
mod enrichment;
mod evidence;
mod facts;
pub mod letters;
pub mod links;
mod merging;
mod narrowing;
mod quotes;
mod rows;
mod senders;

pub use agreements::*;
pub use capture::*;
pub use duplicates::*;
pub use enrichment::*;
pub use evidence::*;
pub use facts::*;
pub use merging::*;
pub use quotes::*;
pub use rows::*;
pub use senders::*;

use super::{About, EnquiryId, LeadId, LeadSide, LeadStage, Quantity, TargetPrice};
use crate::accounts::{Role, UserId};
use crate::auth::Caller;
use crate::db::{Conn, Day, Instant, MultiBackend, PortableDsl};
use crate::insert_rows;
use crate::organisations::OrganisationId;
use crate::products::{ProductId, Unit};
use crate::schema::{enquiries, lead_events, lead_items, leads, organisations, products};
use diesel::IntoSql;
use diesel::helper_types::{InnerJoin, IntoBoxed};
use diesel::prelude::*;
use diesel::sql_types::Bool;
use std::collections::HashMap;

pub fn insert_enquiries(conn: &mut Conn, rows: &[EnquiryRow]) -> QueryResult<()> {
    insert_rows!(conn, enquiries::table, rows)
}

pub fn insert_leads(conn: &mut Conn, rows: &[LeadRow]) -> QueryResult<()> {
    insert_rows!(conn, leads::table, rows)
}

pub fn insert_items(conn: &mut Conn, rows: &[ItemRow]) -> QueryResult<()> {
    insert_rows!(conn, lead_items::table, rows)
}

pub fn insert_events(conn: &mut Conn, rows: &[EventRow]) -> QueryResult<()> {
    insert_rows!(conn, lead_events::table, rows)
}

/// Writes what an event changes of its lead.
pub fn update_lead(conn: &mut Conn, row: &LeadRow) -> QueryResult<()> {
    diesel::update(leads::table.find(row.id))
        .set((
            leads::stage.eq(row.stage),
            leads::stage_since.eq(row.stage_since),
            leads::updated_at.eq(row.updated_at),
            leads::answered_at.eq(row.answered_at),
            leads::untold_since.eq(row.untold_since),
            leads::contact_consented_at.eq(row.contact_consented_at),
            leads::contact_asked_at.eq(row.contact_asked_at),
            leads::contact_revealed_at.eq(row.contact_revealed_at),
            leads::contact_seen_by_office_at.eq(row.contact_seen_by_office_at),
            leads::merged_into.eq(row.merged_into),
        ))
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
    pub about: About,
}

/// Whose leads a query is about. Those of a reader stand on one side each: what is another side's ahead of it is left out, so
/// that a page of one side is a page of that.
#[derive(Debug, Clone, Copy)]
pub enum Scope<'a> {
    /// All there are, whoever reads them.
    All,
    /// Leads of these producers.
    Producers(&'a [OrganisationId]),
    /// Leads that the reader sent, or a client of its organisations.
    Sender(UserId, Reader<'a>),
    Senders(Reader<'a>),
    /// Leads that the reader's organisations recorded for their buyers.
    Recorders(Reader<'a>),
    /// Leads that this user recorded as an officer.
    Recorder(UserId, Reader<'a>),
    /// Leads of the producers of a province of today; of all provinces.
    Province(Option<&'a str>, Reader<'a>),
}

/// Who reads, and to which organisations it belongs.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    pub user: Option<UserId>,
    pub own: &'a [OrganisationId],
}

/// Leads with their enquiries, of which a part is chosen.
pub type Chosen<'a> = IntoBoxed<'a, InnerJoin<leads::table, enquiries::table>, MultiBackend>;

/// The leads of a scope, newest first, after the one a cursor names.
pub fn page(
    conn: &mut Conn,
    scope: Scope<'_>,
    filter: &Filter,
    after: Option<LeadId>,
    rows: i64,
) -> QueryResult<Vec<Found>> {
    let mut query = chosen(scope, filter);
    if let Some(after) = after {
        query = query.filter(leads::id.lt(after));
    }
    let columns = (leads::all_columns, enquiries::all_columns);
    query.select(columns).order(leads::id.desc()).limit(rows).load(conn)
}

/// The leads of a scope that a filter leaves, in no order.
fn chosen<'a>(scope: Scope<'a>, filter: &'a Filter) -> Chosen<'a> {
    let mut query = leads::table.inner_join(enquiries::table).into_boxed::<MultiBackend>();
    query = match scope {
        Scope::All => query,
        Scope::Producers(ids) => query.filter(leads::producer_id.eq_any(ids)),
        Scope::Sender(user, reader) => {
            query.filter(enquiries::sender_user_id.eq(user)).filter(leads::producer_id.ne_all(reader.own))
        }
        Scope::Senders(reader) => {
            let sent = query.filter(enquiries::sender_organisation_id.eq_any(reader.own));
            sent.filter(leads::producer_id.ne_all(reader.own))
        }
        Scope::Recorders(reader) => not_as_party(query, reader)
            .filter(enquiries::recorder_organisation_id.eq_any(reader.own))
            .filter(enquiries::recorder_side.eq(LeadSide::Organiser)),
        Scope::Recorder(user, reader) => not_as_party(query, reader)
            .filter(enquiries::recorder_user_id.eq(user))
            .filter(enquiries::recorder_side.eq(LeadSide::Office)),
        Scope::Province(province, reader) => {
            let office = not_as_organiser(not_as_party(query, reader), reader);
            match province {
                None => office,
                Some(province) => {
                    let there = organisations::table.filter(organisations::province.eq(province));
                    office.filter(leads::producer_id.eq_any(there.select(organisations::id)))
                }
            }
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
    narrowing::narrowed(query, &filter.about)
}

/// Without the leads of which the reader is the producer or the buyer.
fn not_as_party<'a>(query: Chosen<'a>, Reader { user, own }: Reader<'a>) -> Chosen<'a> {
    let others =
        enquiries::sender_organisation_id.is_null().or(enquiries::sender_organisation_id.ne_all(own));
    let query = query.filter(leads::producer_id.ne_all(own)).filter(others);
    match user {
        None => query,
        Some(user) => {
            query.filter(enquiries::sender_user_id.is_null().or(enquiries::sender_user_id.ne(user)))
        }
    }
}

/// Without the leads that the reader's organisations recorded for their buyers.
fn not_as_organiser<'a>(query: Chosen<'a>, Reader { own, .. }: Reader<'a>) -> Chosen<'a> {
    let nobody = enquiries::recorder_side.is_null().or(enquiries::recorder_side.ne(LeadSide::Organiser));
    let others = enquiries::recorder_organisation_id.is_null();
    query.filter(nobody.or(others.or(enquiries::recorder_organisation_id.ne_all(own))))
}

/// These leads, the oldest first, whoever may see them.
pub fn by_ids(conn: &mut Conn, ids: &[LeadId]) -> QueryResult<Vec<Found>> {
    leads::table
        .inner_join(enquiries::table)
        .filter(leads::id.eq_any(ids))
        .order(leads::id)
        .select((leads::all_columns, enquiries::all_columns))
        .load(conn)
}

/// Which leads are looked for.
#[derive(Debug, Clone, Copy)]
pub enum Sought<'a> {
    Leads(&'a [LeadId]),
    OfEnquiries(&'a [EnquiryId]),
}

/// Those of them that the caller may see from some side, oldest first. The database decides, so that for a lead of others no
/// more is done than for one that does not exist.
pub fn visible(conn: &mut Conn, sought: Sought<'_>, caller: &Caller) -> QueryResult<Vec<Found>> {
    let (own, user) = (caller.organisations(), caller.user());
    let (all, province) = match &caller.role {
        Role::Member => (false, None),
        Role::Officer { province } => (false, Some(province.as_str())),
        Role::Admin => (true, None),
    };
    // What an officer recorded stays in sight wherever the producer is; a comparison with nothing is never true.
    let officer = user.filter(|_| caller.role != Role::Member);
    let as_party = leads::producer_id
        .eq_any(&own)
        .nullable()
        .or(enquiries::sender_user_id.eq(user))
        .or(enquiries::sender_organisation_id.eq_any(&own));
    let as_recorder =
        enquiries::recorder_organisation_id.eq_any(&own).or(enquiries::recorder_user_id.eq(officer));
    let as_office = organisations::province.eq(province).or(all.into_sql::<Bool>().nullable());
    let query = leads::table
        .inner_join(enquiries::table)
        .inner_join(organisations::table)
        .filter(as_party.or(as_recorder).or(as_office))
        .select((leads::all_columns, enquiries::all_columns))
        .order(leads::id)
        .into_boxed::<MultiBackend>();
    match sought {
        Sought::Leads([id]) => query.filter(leads::id.eq(*id)).load(conn),
        Sought::Leads(ids) => query.filter(leads::id.eq_any(ids)).load(conn),
        Sought::OfEnquiries(ids) => query.filter(leads::enquiry_id.eq_any(ids)).load(conn),
    }
}

/// Locks leads of the caller's until the transaction ends, always in the same order. Of what is not the caller's nothing is
/// locked: neither would waiting for it tell that it is there, nor does its owner wait for strangers.
pub fn lock_visible(conn: &mut Conn, sought: Sought<'_>, caller: &Caller) -> QueryResult<()> {
    let ids: Vec<LeadId> = visible(conn, sought, caller)?.into_iter().map(|(lead, _)| lead.id).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let concerned = leads::table.filter(leads::id.eq_any(&ids)).order(leads::id).select(leads::id);
    concerned.locked().load::<LeadId>(conn).map(|_| ())
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
    pub target_price: Option<TargetPrice>,
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
            lead_items::target_price,
        ))
        .load(conn)
}

/// The same by lead.
pub fn items_by_lead(conn: &mut Conn, of: &[LeadId]) -> QueryResult<HashMap<LeadId, Vec<Item>>> {
    let mut by_lead: HashMap<LeadId, Vec<Item>> = HashMap::new();
    for item in items(conn, of)? {
        by_lead.entry(item.lead_id).or_default().push(item);
    }
    Ok(by_lead)
}

/// The timelines of several leads as one, oldest first.
pub fn timelines(conn: &mut Conn, of: &[LeadId]) -> QueryResult<Vec<EventRow>> {
    lead_events::table
        .filter(lead_events::lead_id.eq_any(of))
        .order((lead_events::occurred_at, lead_events::at, lead_events::id))
        .load(conn)
}

/// When the last event of a lead was.
pub fn last_event_at(conn: &mut Conn, of: LeadId) -> QueryResult<Option<Instant>> {
    let of_lead = lead_events::table.filter(lead_events::lead_id.eq(of));
    of_lead.order(lead_events::at.desc()).select(lead_events::at).first(conn).optional()
}

diesel::alias!(leads as theirs: Theirs);

/// Gives the leads of one producer to another, unless that one has its part of the enquiry already.
pub fn hand_over(conn: &mut Conn, from: OrganisationId, to: OrganisationId) -> QueryResult<()> {
    let already =
        theirs.filter(theirs.field(leads::producer_id).eq(to)).select(theirs.field(leads::enquiry_id));
    diesel::update(
        leads::table.filter(leads::producer_id.eq(from)).filter(leads::enquiry_id.ne_all(already)),
    )
    .set(leads::producer_id.eq(to))
    .execute(conn)?;
    // A lead goes on in one of its own producer only: where that one stayed behind, it goes on by itself.
    let parted: Vec<LeadId> = leads::table
        .inner_join(theirs.on(leads::merged_into.eq(theirs.field(leads::id).nullable())))
        .filter(leads::producer_id.eq_any([from, to]))
        .filter(leads::producer_id.ne(theirs.field(leads::producer_id)))
        .select(leads::id)
        .load(conn)?;
    diesel::update(leads::table.filter(leads::id.eq_any(parted)))
        .set(leads::merged_into.eq(None::<LeadId>))
        .execute(conn)
        .map(|_| ())
}
