//! Delegations.

use crate::accounts::UserId;
use crate::db::{Conn, Instant, MultiBackend, PortableDsl};
use crate::members::model::{DelegatedRole, Delegation, DelegationId, DelegationPurpose};
use crate::organisations::{EntityType, OrganisationId, display_name};
use crate::schema::{delegations, organisations, users};
use diesel::prelude::*;

#[derive(Queryable)]
struct Row {
    id: DelegationId,
    organisation: OrganisationId,
    name: (Option<String>, Option<String>, Option<EntityType>),
    delegate: UserId,
    delegate_name: Option<String>,
    delegate_email: String,
    role: DelegatedRole,
    purpose: DelegationPurpose,
    instants: (Instant, Option<Instant>, Instant, Option<Instant>),
}

impl From<Row> for Delegation {
    fn from(row: Row) -> Self {
        let (public_name, legal_name, entity_type) = row.name;
        let (requested_at, granted_at, ends_at, ended_at) = row.instants;
        let name = public_name.or(legal_name);
        Self {
            id: row.id,
            organisation: row.organisation,
            // Who acts for it, or is to, may know its legal name.
            organisation_name: display_name(name.as_deref(), entity_type, None),
            delegate: row.delegate,
            delegate_name: row.delegate_name,
            delegate_email: row.delegate_email,
            role: row.role,
            purpose: row.purpose,
            requested_at,
            granted_at,
            ends_at,
            ended_at,
        }
    }
}

/// Which delegations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Which {
    pub organisation: Option<OrganisationId>,
    pub delegate: Option<UserId>,
    pub only: Option<DelegationId>,
    /// Neither ended nor over at this instant.
    pub living_at: Option<Instant>,
}

/// Newest first, after the one that a cursor names.
pub fn delegations(
    conn: &mut Conn,
    which: Which,
    after: Option<DelegationId>,
    rows: i64,
) -> QueryResult<Vec<Delegation>> {
    let mut query = delegations::table
        .inner_join(organisations::table)
        .inner_join(users::table.on(users::id.eq(delegations::delegate_id)))
        .order(delegations::id.desc())
        .select((
            delegations::id,
            delegations::organisation_id,
            (organisations::public_name, organisations::legal_name, organisations::entity_type),
            delegations::delegate_id,
            users::display_name,
            users::email,
            delegations::role,
            delegations::purpose,
            (delegations::requested_at, delegations::granted_at, delegations::ends_at, delegations::ended_at),
        ))
        .limit(rows)
        .into_boxed::<MultiBackend>();
    if let Some(organisation) = which.organisation {
        query = query.filter(delegations::organisation_id.eq(organisation));
    }
    if let Some(delegate) = which.delegate {
        query = query.filter(delegations::delegate_id.eq(delegate));
    }
    if let Some(id) = which.only {
        query = query.filter(delegations::id.eq(id));
    }
    if let Some(now) = which.living_at {
        query = query.filter(delegations::ended_at.is_null()).filter(delegations::ends_at.gt(now));
    }
    if let Some(after) = after {
        query = query.filter(delegations::id.lt(after));
    }
    let rows: Vec<Row> = query.load(conn)?;
    Ok(rows.into_iter().map(Delegation::from).collect())
}

pub fn insert_delegation(
    conn: &mut Conn,
    new: &Delegation,
    by: UserId,
    granted_by: Option<UserId>,
) -> QueryResult<()> {
    diesel::insert_into(delegations::table)
        .values((
            delegations::id.eq(new.id),
            delegations::organisation_id.eq(new.organisation),
            delegations::delegate_id.eq(new.delegate),
            delegations::role.eq(new.role),
            delegations::purpose.eq(&new.purpose),
            delegations::requested_by.eq(by),
            delegations::requested_at.eq(new.requested_at),
            delegations::granted_by.eq(granted_by),
            delegations::granted_at.eq(new.granted_at),
            delegations::ends_at.eq(new.ends_at),
        ))
        .execute(conn)
        .map(|_| ())
}

/// Locks a delegation until the transaction ends; nothing if there is none.
pub fn lock_delegation(conn: &mut Conn, id: DelegationId) -> QueryResult<()> {
    let row = delegations::table.find(id).select(delegations::id).locked().get_result::<DelegationId>(conn);
    row.optional().map(|_| ())
}

pub fn grant_delegation(conn: &mut Conn, id: DelegationId, by: UserId, now: Instant) -> QueryResult<()> {
    diesel::update(delegations::table.find(id))
        .set((delegations::granted_by.eq(by), delegations::granted_at.eq(now)))
        .execute(conn)
        .map(|_| ())
}

pub fn end_delegations(
    conn: &mut Conn,
    ids: &[DelegationId],
    by: Option<UserId>,
    now: Instant,
) -> QueryResult<()> {
    if ids.is_empty() {
        return Ok(());
    }
    diesel::update(delegations::table.filter(delegations::id.eq_any(ids)))
        .filter(delegations::ended_at.is_null())
        .set((delegations::ended_at.eq(now), delegations::ended_by.eq(by)))
        .execute(conn)
        .map(|_| ())
}
