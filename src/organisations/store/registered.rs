//! Organisations with all that is known of them.

use crate::accounts::{MemberRole, UserId};
use crate::db::{Conn, Instant, MultiBackend, PortableDsl};
use crate::organisations::{
    EntityType, Organisation, OrganisationId, OrganisationKind, OrganisationStanding, StreetAddress, TaxCode,
};
use crate::reference::{Place, PlaceColumn};
use crate::schema::{delegations, memberships, organisations, users};
use crate::vietnamese::{fold, name_key};
use diesel::prelude::*;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = organisations, treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct Row {
    id: OrganisationId,
    kind: OrganisationKind,
    entity_type: Option<EntityType>,
    legal_name: Option<String>,
    public_name: Option<String>,
    tax_code: Option<TaxCode>,
    address: Option<StreetAddress>,
    province: Option<String>,
    commune: Option<String>,
    former_province: Option<String>,
    former_district: Option<String>,
    former_commune: Option<String>,
    standing: OrganisationStanding,
    successor_id: Option<OrganisationId>,
    created_at: Instant,
    updated_at: Instant,
}

impl From<Row> for Organisation {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            entity_type: row.entity_type,
            legal_name: row.legal_name,
            public_name: row.public_name,
            tax_code: row.tax_code,
            place: Place {
                province: row.province,
                commune: row.commune,
                former_province: row.former_province,
                former_district: row.former_district,
                former_commune: row.former_commune,
            },
            address: row.address,
            standing: row.standing,
            successor: row.successor_id,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

impl From<Organisation> for Row {
    fn from(known: Organisation) -> Self {
        Self {
            id: known.id,
            kind: known.kind,
            entity_type: known.entity_type,
            legal_name: known.legal_name,
            public_name: known.public_name,
            tax_code: known.tax_code,
            address: known.address,
            province: known.place.province,
            commune: known.place.commune,
            former_province: known.place.former_province,
            former_district: known.place.former_district,
            former_commune: known.place.former_commune,
            standing: known.standing,
            successor_id: known.successor,
            created_at: known.created_at,
            updated_at: known.updated_at,
        }
    }
}

/// The key of a registered organisation: that of its legal name, by which lists name a producer.
fn key_of(organisation: &Organisation) -> String {
    name_key(organisation.legal_name.as_deref().unwrap_or_default())
}

pub fn insert(conn: &mut Conn, organisation: Organisation) -> QueryResult<()> {
    let key = key_of(&organisation);
    diesel::insert_into(organisations::table)
        .values((Row::from(organisation), organisations::name_key.eq(key)))
        .execute(conn)
        .map(|_| ())
}

pub fn find(conn: &mut Conn, id: OrganisationId) -> QueryResult<Option<Organisation>> {
    let row: QueryResult<Row> = organisations::table.find(id).select(Row::as_select()).first(conn);
    row.optional().map(|row| row.map(Organisation::from))
}

/// Organisations by their ids, in no order.
pub fn by_ids(conn: &mut Conn, ids: &[OrganisationId]) -> QueryResult<Vec<Organisation>> {
    let rows: Vec<Row> =
        organisations::table.filter(organisations::id.eq_any(ids)).select(Row::as_select()).load(conn)?;
    Ok(rows.into_iter().map(Organisation::from).collect())
}

/// The same, its row locked until the transaction ends.
pub fn lock(conn: &mut Conn, id: OrganisationId) -> QueryResult<Option<Organisation>> {
    let row: QueryResult<Row> =
        organisations::table.find(id).select(Row::as_select()).locked().get_result(conn);
    row.optional().map(|row| row.map(Organisation::from))
}

/// What the officers say of an organisation.
pub fn standing(conn: &mut Conn, id: OrganisationId) -> QueryResult<Option<OrganisationStanding>> {
    organisations::table.find(id).select(organisations::standing).first(conn).optional()
}

/// What the officers say of an organisation, its row locked until the transaction ends.
pub fn lock_standing(conn: &mut Conn, id: OrganisationId) -> QueryResult<Option<OrganisationStanding>> {
    organisations::table.find(id).select(organisations::standing).locked().get_result(conn).optional()
}

/// Writes an organisation as it is to be. The key by which lists find it follows its legal name only if `renamed`.
pub fn update(conn: &mut Conn, organisation: Organisation, renamed: bool) -> QueryResult<()> {
    let key = renamed.then(|| organisations::name_key.eq(key_of(&organisation)));
    let id = organisation.id;
    diesel::update(organisations::table.find(id))
        .set((Row::from(organisation), key))
        .execute(conn)
        .map(|_| ())
}

/// How many organisations a user owns; the user's row is locked until the transaction ends, so that nobody counts beside.
pub fn owned_by(conn: &mut Conn, user: UserId) -> QueryResult<i64> {
    users::table.find(user).select(users::id).locked().get_result::<UserId>(conn).optional()?;
    let owned = memberships::table.filter(memberships::user_id.eq(user));
    owned.filter(memberships::role.eq(MemberRole::Owner)).count().get_result(conn)
}

/// Is the user a member of the organisation, or allowed to act for it now?
pub fn has_part(conn: &mut Conn, user: UserId, id: OrganisationId, now: Instant) -> QueryResult<bool> {
    let member = memberships::table.find((user, id)).count().get_result::<i64>(conn)?;
    let delegate = delegations::table
        .filter(delegations::delegate_id.eq(user))
        .filter(delegations::organisation_id.eq(id))
        .filter(delegations::granted_at.is_not_null())
        .filter(delegations::ended_at.is_null())
        .filter(delegations::ends_at.gt(now))
        .count()
        .get_result::<i64>(conn)?;
    Ok(member + delegate > 0)
}

pub fn has_members(conn: &mut Conn, id: OrganisationId) -> QueryResult<bool> {
    let members = memberships::table.filter(memberships::organisation_id.eq(id)).count();
    members.get_result::<i64>(conn).map(|count| count > 0)
}

/// What a list of organisations is narrowed to.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub standing: Option<OrganisationStanding>,
    pub kind: Option<OrganisationKind>,
    /// Words of the legal or public name.
    pub q: Option<String>,
    pub tax_code: Option<TaxCode>,
    pub unit: Option<(PlaceColumn, String)>,
    pub has_owner: Option<bool>,
}

/// A statement about the organisations of a province (or all) that pass the filter, but for its words, from the one that
/// a cursor names. A macro, because the types of the selections differ.
macro_rules! filtered {
    ($select:expr, $province:expr, $filter:expr, $after:expr) => {{
        let owned = memberships::table
            .filter(memberships::role.eq(MemberRole::Owner))
            .select(memberships::organisation_id);
        let mut query = organisations::table
            .filter(organisations::successor_id.is_null())
            .order(organisations::id)
            .select($select)
            .into_boxed::<MultiBackend>();
        if let Some(province) = $province {
            query = query.filter(organisations::province.eq(province.to_owned()));
        }
        if let Some(standing) = $filter.standing {
            query = query.filter(organisations::standing.eq(standing));
        }
        if let Some(kind) = $filter.kind {
            query = query.filter(organisations::kind.eq(kind));
        }
        if let Some(code) = &$filter.tax_code {
            query = query.filter(organisations::tax_code.eq(code.clone()));
        }
        if let Some((column, code)) = &$filter.unit {
            let code = code.clone();
            query = match column {
                PlaceColumn::Province => query.filter(organisations::province.eq(code)),
                PlaceColumn::Commune => query.filter(organisations::commune.eq(code)),
                PlaceColumn::FormerProvince => query.filter(organisations::former_province.eq(code)),
                PlaceColumn::FormerDistrict => query.filter(organisations::former_district.eq(code)),
                PlaceColumn::FormerCommune => query.filter(organisations::former_commune.eq(code)),
            };
        }
        match $filter.has_owner {
            Some(true) => query = query.filter(organisations::id.eq_any(owned)),
            Some(false) => query = query.filter(organisations::id.ne_all(owned)),
            None => {}
        }
        if let Some(after) = $after {
            query = query.filter(organisations::id.gt(after));
        }
        query
    }};
}

/// The organisations of a province, or all, in the order in which they came.
pub fn page(
    conn: &mut Conn,
    province: Option<&str>,
    filter: &Filter,
    after: Option<OrganisationId>,
    rows: i64,
) -> QueryResult<Vec<Organisation>> {
    let found: Vec<Row> = match &filter.q {
        None => filtered!(Row::as_select(), province, filter, after).limit(rows).load(conn)?,
        Some(q) => {
            let ids = named(conn, province, filter, after, q, rows)?;
            let named = organisations::table.filter(organisations::id.eq_any(ids));
            named.order(organisations::id).select(Row::as_select()).load(conn)?
        }
    };
    Ok(found.into_iter().map(Organisation::from).collect())
}

/// The first of them whose name has all the words, marks aside, the last as far as it is typed. Names are kept in no form
/// that SQL could search so; a province has some thousands.
fn named(
    conn: &mut Conn,
    province: Option<&str>,
    filter: &Filter,
    after: Option<OrganisationId>,
    q: &str,
    rows: i64,
) -> QueryResult<Vec<OrganisationId>> {
    let columns = (organisations::id, organisations::legal_name, organisations::public_name);
    let all: Vec<(OrganisationId, Option<String>, Option<String>)> =
        filtered!(columns, province, filter, after).load(conn)?;
    let wanted = fold(q);
    let has = |name: &Option<String>| {
        name.as_deref().is_some_and(|name| {
            let name = format!(" {}", fold(name));
            wanted.split(' ').all(|word| name.contains(&format!(" {word}")))
        })
    };
    let found = all.into_iter().filter(|(_, legal, public)| has(legal) || has(public)).map(|(id, ..)| id);
    Ok(found.take(usize::try_from(rows).unwrap_or_default()).collect())
}
