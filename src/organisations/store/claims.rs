//! Claims, the producers that can be claimed, and what goes over when a claim is approved.

use crate::accounts::UserId;
use crate::db::{Conn, Instant, MultiBackend, PortableDsl};
use crate::organisations::{
    Claim, ClaimId, ClaimNote, ClaimState, EntityType, OrganisationId, OrganisationKind, Reason, TaxCode,
    Unclaimed,
};
use crate::reference::Place;
use crate::schema::{
    clients, delegations, enquiries, invitations, memberships, organisation_claims as claims, organisations,
};
use diesel::prelude::*;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = claims, treat_none_as_default_value = false, treat_none_as_null = true)]
struct Row {
    id: ClaimId,
    organisation_id: OrganisationId,
    target_id: OrganisationId,
    note: Option<ClaimNote>,
    claimed_by: UserId,
    claimed_at: Instant,
    state: ClaimState,
    reason: Option<Reason>,
    decided_by: Option<UserId>,
    decided_at: Option<Instant>,
}

impl From<Row> for Claim {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            organisation: row.organisation_id,
            target: row.target_id,
            note: row.note,
            claimed_by: row.claimed_by,
            claimed_at: row.claimed_at,
            state: row.state,
            reason: row.reason,
            decided_by: row.decided_by,
            decided_at: row.decided_at,
        }
    }
}

impl From<Claim> for Row {
    fn from(claim: Claim) -> Self {
        Self {
            id: claim.id,
            organisation_id: claim.organisation,
            target_id: claim.target,
            note: claim.note,
            claimed_by: claim.claimed_by,
            claimed_at: claim.claimed_at,
            state: claim.state,
            reason: claim.reason,
            decided_by: claim.decided_by,
            decided_at: claim.decided_at,
        }
    }
}

pub fn insert(conn: &mut Conn, claim: Claim) -> QueryResult<()> {
    diesel::insert_into(claims::table).values(Row::from(claim)).execute(conn).map(|_| ())
}

pub fn update(conn: &mut Conn, claim: Claim) -> QueryResult<()> {
    diesel::update(claims::table.find(claim.id)).set(Row::from(claim)).execute(conn).map(|_| ())
}

/// A claim of an organisation, its row locked until the transaction ends.
pub fn lock(conn: &mut Conn, of: OrganisationId, id: ClaimId) -> QueryResult<Option<Claim>> {
    let claim = claims::table.filter(claims::id.eq(id)).filter(claims::organisation_id.eq(of));
    let row: QueryResult<Row> = claim.select(Row::as_select()).locked().get_result(conn);
    row.optional().map(|row| row.map(Claim::from))
}

/// The open claim of one to another.
pub fn open_between(conn: &mut Conn, of: OrganisationId, to: OrganisationId) -> QueryResult<Option<ClaimId>> {
    claims::table
        .filter(claims::organisation_id.eq(of))
        .filter(claims::target_id.eq(to))
        .filter(claims::state.eq(ClaimState::Open))
        .select(claims::id)
        .first(conn)
        .optional()
}

/// Whose claims a list holds.
#[derive(Debug, Clone, Copy)]
pub enum Scope<'a> {
    Of(OrganisationId),
    /// To producers of a province of today, or to all.
    Office(Option<&'a str>),
}

/// Claims in the order in which they were made, from the one that a cursor names.
pub fn page(
    conn: &mut Conn,
    scope: Scope<'_>,
    state: Option<ClaimState>,
    after: Option<ClaimId>,
    rows: i64,
) -> QueryResult<Vec<Claim>> {
    let mut query =
        claims::table.order(claims::id).limit(rows).select(Row::as_select()).into_boxed::<MultiBackend>();
    match scope {
        Scope::Of(organisation) => query = query.filter(claims::organisation_id.eq(organisation)),
        Scope::Office(None) => {}
        Scope::Office(Some(province)) => {
            let targets = organisations::table.filter(organisations::province.eq(province.to_owned()));
            query = query.filter(claims::target_id.eq_any(targets.select(organisations::id)));
        }
    }
    if let Some(state) = state {
        query = query.filter(claims::state.eq(state));
    }
    if let Some(after) = after {
        query = query.filter(claims::id.gt(after));
    }
    let rows: Vec<Row> = query.load(conn)?;
    Ok(rows.into_iter().map(Claim::from).collect())
}

#[derive(Queryable)]
struct UnclaimedRow {
    id: OrganisationId,
    entity_type: Option<EntityType>,
    public_name: Option<String>,
    name_key: String,
    tax_code: Option<TaxCode>,
    place: Place,
}

/// Producers for whom nobody acts, in a province of today or with a tax code.
pub fn unclaimed(
    conn: &mut Conn,
    province: Option<&str>,
    tax_code: Option<&TaxCode>,
) -> QueryResult<Vec<Unclaimed>> {
    let acted_for = memberships::table.select(memberships::organisation_id);
    let rows: Vec<UnclaimedRow> = organisations::table
        .filter(organisations::kind.eq(OrganisationKind::Producer))
        .filter(organisations::successor_id.is_null())
        .filter(organisations::province.eq(province).or(organisations::tax_code.eq(tax_code.cloned())))
        .filter(organisations::id.ne_all(acted_for))
        .select((
            organisations::id,
            organisations::entity_type,
            organisations::public_name,
            organisations::name_key,
            organisations::tax_code,
            (
                organisations::province,
                organisations::commune,
                organisations::former_province,
                organisations::former_district,
                organisations::former_commune,
            ),
        ))
        .load(conn)?;
    let unclaimed = |row: UnclaimedRow| Unclaimed {
        id: row.id,
        entity_type: row.entity_type,
        public_name: row.public_name,
        name_key: row.name_key,
        tax_code: row.tax_code,
        place: row.place,
    };
    Ok(rows.into_iter().map(unclaimed).collect())
}

/// Gives to the one all that people have of the other: members, invitations, delegations, machine clients, enquiries it
/// has sent, and what it has itself taken the place of.
pub fn hand_over(conn: &mut Conn, from: OrganisationId, to: OrganisationId) -> QueryResult<()> {
    diesel::update(memberships::table.filter(memberships::organisation_id.eq(from)))
        .set(memberships::organisation_id.eq(to))
        .execute(conn)?;
    diesel::update(invitations::table.filter(invitations::organisation_id.eq(from)))
        .set(invitations::organisation_id.eq(to))
        .execute(conn)?;
    diesel::update(delegations::table.filter(delegations::organisation_id.eq(from)))
        .set(delegations::organisation_id.eq(to))
        .execute(conn)?;
    diesel::update(clients::table.filter(clients::organisation_id.eq(from)))
        .set(clients::organisation_id.eq(to))
        .execute(conn)?;
    diesel::update(enquiries::table.filter(enquiries::sender_organisation_id.eq(from)))
        .set(enquiries::sender_organisation_id.eq(to))
        .execute(conn)?;
    diesel::update(organisations::table.filter(organisations::successor_id.eq(from)))
        .set(organisations::successor_id.eq(to))
        .execute(conn)?;
    Ok(())
}

/// Takes back what else an organisation claims: it is no more.
pub fn withdraw_open(conn: &mut Conn, of: OrganisationId) -> QueryResult<()> {
    let open =
        claims::table.filter(claims::organisation_id.eq(of)).filter(claims::state.eq(ClaimState::Open));
    diesel::update(open).set(claims::state.eq(ClaimState::Withdrawn)).execute(conn).map(|_| ())
}
