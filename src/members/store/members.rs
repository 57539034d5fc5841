//! Parties, their members, and how to write to people.

use crate::accounts::{Email, MemberRole, UserId, UserLanguage};
use crate::db::{Conn, Instant, MultiBackend, PortableDsl};
use crate::members::model::{Member, Party};
use crate::organisations::OrganisationId;
use crate::schema::{memberships, organisations, users};
use diesel::prelude::*;

#[derive(Queryable)]
struct PartyRow {
    id: OrganisationId,
    province: Option<String>,
}

impl From<PartyRow> for Party {
    fn from(row: PartyRow) -> Self {
        Self { id: row.id, province: row.province }
    }
}

pub fn party(conn: &mut Conn, id: OrganisationId) -> QueryResult<Option<Party>> {
    let row = organisations::table.find(id).select((organisations::id, organisations::province)).first(conn);
    row.optional().map(|row: Option<PartyRow>| row.map(Party::from))
}

/// The same, its row locked until the transaction ends: who belongs to an organisation is changed by one at a time.
pub fn lock_party(conn: &mut Conn, id: OrganisationId) -> QueryResult<Option<Party>> {
    let query = organisations::table.find(id).select((organisations::id, organisations::province));
    query.locked().get_result(conn).optional().map(|row: Option<PartyRow>| row.map(Party::from))
}

#[derive(Queryable)]
struct MemberRow {
    user: UserId,
    display_name: Option<String>,
    email: String,
    role: MemberRole,
    since: Instant,
}

impl From<MemberRow> for Member {
    fn from(row: MemberRow) -> Self {
        Self {
            user: row.user,
            display_name: row.display_name,
            email: row.email,
            role: row.role,
            since: row.since,
        }
    }
}

/// The members of an organisation, those who have been it longest first, after the one that a cursor names; or only one
/// of them.
fn select(
    conn: &mut Conn,
    organisation: OrganisationId,
    only: Option<UserId>,
    after: Option<(Instant, UserId)>,
    rows: i64,
) -> QueryResult<Vec<Member>> {
    let mut query = memberships::table
        .inner_join(users::table)
        .filter(memberships::organisation_id.eq(organisation))
        .order((memberships::created_at, memberships::user_id))
        .select((
            memberships::user_id,
            users::display_name,
            users::email,
            memberships::role,
            memberships::created_at,
        ))
        .limit(rows)
        .into_boxed::<MultiBackend>();
    if let Some(user) = only {
        query = query.filter(memberships::user_id.eq(user));
    }
    if let Some((at, user)) = after {
        let later = memberships::created_at.eq(at).and(memberships::user_id.gt(user));
        query = query.filter(memberships::created_at.gt(at).or(later));
    }
    let rows: Vec<MemberRow> = query.load(conn)?;
    Ok(rows.into_iter().map(Member::from).collect())
}

pub fn members(
    conn: &mut Conn,
    organisation: OrganisationId,
    after: Option<(Instant, UserId)>,
    rows: i64,
) -> QueryResult<Vec<Member>> {
    select(conn, organisation, None, after, rows)
}

pub fn member(conn: &mut Conn, organisation: OrganisationId, user: UserId) -> QueryResult<Option<Member>> {
    select(conn, organisation, Some(user), None, 1).map(|mut found| found.pop())
}

/// The owners of an organisation whose accounts are still there.
pub fn owners(conn: &mut Conn, organisation: OrganisationId) -> QueryResult<Vec<UserId>> {
    memberships::table
        .inner_join(users::table)
        .filter(memberships::organisation_id.eq(organisation))
        .filter(memberships::role.eq(MemberRole::Owner))
        .filter(users::erased_at.is_null())
        .order(memberships::user_id)
        .select(memberships::user_id)
        .load(conn)
}

/// Is somebody with this address a member?
pub fn is_member(conn: &mut Conn, organisation: OrganisationId, email_key: &str) -> QueryResult<bool> {
    let found: Option<UserId> = memberships::table
        .inner_join(users::table)
        .filter(memberships::organisation_id.eq(organisation))
        .filter(users::email_key.eq(email_key))
        .select(memberships::user_id)
        .first(conn)
        .optional()?;
    Ok(found.is_some())
}

pub fn add_member(
    conn: &mut Conn,
    organisation: OrganisationId,
    user: UserId,
    role: MemberRole,
    now: Instant,
) -> QueryResult<()> {
    diesel::insert_into(memberships::table)
        .values((
            memberships::organisation_id.eq(organisation),
            memberships::user_id.eq(user),
            memberships::role.eq(role),
            memberships::created_at.eq(now),
        ))
        .execute(conn)
        .map(|_| ())
}

pub fn set_role(
    conn: &mut Conn,
    organisation: OrganisationId,
    user: UserId,
    role: MemberRole,
) -> QueryResult<()> {
    diesel::update(memberships::table.find((user, organisation)))
        .set(memberships::role.eq(role))
        .execute(conn)
        .map(|_| ())
}

pub fn remove_member(conn: &mut Conn, organisation: OrganisationId, user: UserId) -> QueryResult<()> {
    diesel::delete(memberships::table.find((user, organisation))).execute(conn).map(|_| ())
}

/// How to write to somebody.
#[derive(Clone)]
pub struct Reader {
    pub user: UserId,
    pub email: Email,
    pub language: UserLanguage,
    pub display_name: Option<String>,
}

/// How to write to users; those whose accounts are gone are left out.
pub fn readers(conn: &mut Conn, of: &[UserId]) -> QueryResult<Vec<Reader>> {
    let rows: Vec<(UserId, String, UserLanguage, Option<String>)> = users::table
        .filter(users::id.eq_any(of))
        .filter(users::erased_at.is_null())
        .order(users::id)
        .select((users::id, users::email, users::language, users::display_name))
        .load(conn)?;
    let readers = rows.into_iter().filter_map(|(user, email, language, display_name)| {
        Some(Reader { user, email: Email::parse(&email).ok()?, language, display_name })
    });
    Ok(readers.collect())
}
