//! Whom to write to about what organisations and offices have to deal with.

use super::addressed;
use crate::accounts::model::{Addressee, MemberRole, RoleName, UserId, UserLanguage};
use crate::db::Conn;
use crate::organisations::{OrganisationId, OrganisationStanding};
use crate::schema::{memberships, organisations, users};
use diesel::prelude::*;

type Row = (UserId, String, UserLanguage);

/// Owners and editors, organisation by organisation, those who have been it longest first.
pub fn editors_of(conn: &mut Conn, of: &[OrganisationId]) -> QueryResult<Vec<(OrganisationId, Addressee)>> {
    let rows: Vec<(OrganisationId, Row)> = memberships::table
        .inner_join(users::table)
        .inner_join(organisations::table)
        .filter(memberships::organisation_id.eq_any(of))
        .filter(memberships::role.eq_any([MemberRole::Owner, MemberRole::Editor]))
        .filter(organisations::standing.ne(OrganisationStanding::Suspended))
        .filter(users::erased_at.is_null())
        .order((memberships::organisation_id, memberships::created_at, users::id))
        .select((memberships::organisation_id, (users::id, users::email, users::language)))
        .load(conn)?;
    Ok(rows.into_iter().filter_map(|(organisation, row)| Some((organisation, addressed(row)?))).collect())
}

pub fn officers_of(conn: &mut Conn, provinces: &[String]) -> QueryResult<Vec<(String, Addressee)>> {
    let rows: Vec<(Option<String>, Row)> = users::table
        .filter(users::role.eq(RoleName::Officer))
        .filter(users::province.eq_any(provinces))
        .filter(users::erased_at.is_null())
        .order(users::id)
        .select((users::province, (users::id, users::email, users::language)))
        .load(conn)?;
    Ok(rows.into_iter().filter_map(|(province, row)| Some((province?, addressed(row)?))).collect())
}

pub fn admins(conn: &mut Conn) -> QueryResult<Vec<Addressee>> {
    let rows: Vec<Row> = users::table
        .filter(users::role.eq(RoleName::Admin))
        .filter(users::erased_at.is_null())
        .order(users::id)
        .select((users::id, users::email, users::language))
        .load(conn)?;
    Ok(rows.into_iter().filter_map(addressed).collect())
}
