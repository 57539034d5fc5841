//! Who stands behind the sender of an enquiry.

use crate::accounts::UserId;
use crate::db::Conn;
use crate::organisations::{OrganisationId, OrganisationStanding, TaxCode};
use crate::schema::{memberships, organisations};
use diesel::prelude::*;

/// An organisation by which a company may be known.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = organisations)]
pub struct Vouching {
    pub id: OrganisationId,
    pub tax_code: Option<TaxCode>,
    pub name_key: String,
    pub standing: OrganisationStanding,
}

pub fn vouching(conn: &mut Conn, ids: &[OrganisationId]) -> QueryResult<Vec<Vouching>> {
    organisations::table.filter(organisations::id.eq_any(ids)).select(Vouching::as_select()).load(conn)
}

/// The organisations of these users.
pub fn vouching_for_users(conn: &mut Conn, users: &[UserId]) -> QueryResult<Vec<(UserId, Vouching)>> {
    memberships::table
        .inner_join(organisations::table)
        .filter(memberships::user_id.eq_any(users))
        .select((memberships::user_id, Vouching::as_select()))
        .load(conn)
}
