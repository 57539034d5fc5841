//! Officers and administrators.

use crate::accounts::{Role, RoleName, UserId};
use crate::db::{Conn, Instant, MultiBackend, PortableDsl};
use crate::schema::{second_factors, sessions, users};
use diesel::dsl::max;
use diesel::prelude::*;
use std::collections::{HashMap, HashSet};

/// Somebody who holds an office.
#[derive(Clone)]
pub struct OfficeHolder {
    pub user: UserId,
    pub display_name: Option<String>,
    pub email: String,
    pub role: Role,
    /// When a session of it was last used.
    pub seen_at: Option<Instant>,
    pub second_factor: bool,
}

#[derive(Queryable)]
struct Row {
    user: UserId,
    display_name: Option<String>,
    email: String,
    role: RoleName,
    province: Option<String>,
}

/// Everybody who holds an office, or the officers of one province; by id, after the one that a cursor names.
pub fn office_holders(
    conn: &mut Conn,
    province: Option<&str>,
    after: Option<UserId>,
    rows: i64,
) -> QueryResult<Vec<OfficeHolder>> {
    let mut query = users::table
        .filter(users::role.ne(RoleName::Member))
        .filter(users::erased_at.is_null())
        .order(users::id)
        .select((users::id, users::display_name, users::email, users::role, users::province))
        .limit(rows)
        .into_boxed::<MultiBackend>();
    if let Some(province) = province {
        query = query.filter(users::province.eq(province));
    }
    if let Some(after) = after {
        query = query.filter(users::id.gt(after));
    }
    let rows: Vec<Row> = query.load(conn)?;
    let ids: Vec<UserId> = rows.iter().map(|row| row.user).collect();
    let seen = last_seen(conn, &ids)?;
    let second_factors: Vec<UserId> = second_factors::table
        .filter(second_factors::user_id.eq_any(&ids))
        .filter(second_factors::confirmed_at.is_not_null())
        .select(second_factors::user_id)
        .load(conn)?;
    let second_factors: HashSet<UserId> = second_factors.into_iter().collect();
    let holder = |row: Row| OfficeHolder {
        user: row.user,
        display_name: row.display_name,
        email: row.email,
        role: Role::of(row.role, row.province),
        seen_at: seen.get(&row.user).copied(),
        second_factor: second_factors.contains(&row.user),
    };
    Ok(rows.into_iter().map(holder).collect())
}

fn last_seen(conn: &mut Conn, of: &[UserId]) -> QueryResult<HashMap<UserId, Instant>> {
    let rows: Vec<(UserId, Option<Instant>)> = sessions::table
        .filter(sessions::user_id.eq_any(of))
        .group_by(sessions::user_id)
        .select((sessions::user_id, max(sessions::seen_at)))
        .load(conn)?;
    Ok(rows.into_iter().filter_map(|(user, at)| Some((user, at?))).collect())
}

/// The administrators, locked until the transaction ends: of two who dismiss each other at once one comes second, and
/// sees it.
pub fn lock_admins(conn: &mut Conn) -> QueryResult<Vec<UserId>> {
    users::table
        .filter(users::role.eq(RoleName::Admin))
        .filter(users::erased_at.is_null())
        .order(users::id)
        .select(users::id)
        .locked()
        .load(conn)
}

/// The office of a user, whose row is locked until the transaction ends.
pub fn lock_office(conn: &mut Conn, user: UserId) -> QueryResult<Option<Role>> {
    let row: Option<(RoleName, Option<String>)> = users::table
        .find(user)
        .select((users::role, users::province))
        .locked()
        .get_result(conn)
        .optional()?;
    Ok(row.map(|(role, province)| Role::of(role, province)))
}

pub fn set_office(conn: &mut Conn, user: UserId, role: &Role, now: Instant) -> QueryResult<()> {
    diesel::update(users::table.find(user))
        .set((users::role.eq(role.name()), users::province.eq(role.province()), users::updated_at.eq(now)))
        .execute(conn)
        .map(|_| ())
}
