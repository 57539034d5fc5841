//! SQL of the machine clients.

use super::ClientId;
use crate::db::Conn;
use crate::organisations::{OrganisationId, OrganisationStanding};
use crate::schema::{clients, organisations, revoked_tokens};
use diesel::prelude::*;

/// The organisation of a client that has not been revoked, if a token issued at `issued_at` (seconds) is still good.
pub fn open(
    conn: &mut Conn,
    client: ClientId,
    token_id: &str,
    issued_at: i64,
) -> QueryResult<Option<(OrganisationId, OrganisationStanding)>> {
    let revoked = revoked_tokens::table.filter(revoked_tokens::jti.eq(token_id));
    clients::table
        .inner_join(organisations::table)
        .filter(clients::id.eq(client))
        .filter(clients::revoked_at.is_null())
        .filter(clients::tokens_since.le(issued_at.saturating_mul(1_000_000)))
        .filter(diesel::dsl::not(diesel::dsl::exists(revoked)))
        .select((clients::organisation_id, organisations::standing))
        .first(conn)
        .optional()
}
