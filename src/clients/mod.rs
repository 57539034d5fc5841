//! Machine clients: a retailer's own system that signs in by itself.
//!
//! A client belongs to an organisation and acts for it, as far as its **scopes** go. It proves itself with a secret (OAuth
//! 2.0 client credentials, RFC 6749 §4.4) and gets an access token like a person's (RFC 9068), for 15 minutes and
//! without a refresh token.

mod model;
mod store;

pub use model::*;

use crate::accounts::{MemberRole, Membership, Role};
use crate::audit::Origin;
use crate::auth::caller::{Caller, Principal};
use crate::auth::token::Checked;
use crate::db::Conn;
use diesel::QueryResult;

/// The client of a token that was checked, if both are still good: it acts as an editor of its organisation, and its
/// scopes limit that further.
pub fn open(
    conn: &mut Conn,
    client: ClientId,
    token: &Checked,
    origin: Origin,
) -> QueryResult<Option<Caller>> {
    let open = store::open(conn, client, &token.id, token.issued_at)?;
    Ok(open.map(|(organisation, standing)| Caller {
        principal: Principal::Client { client, organisation },
        role: Role::Member,
        office_waits: false,
        memberships: vec![Membership::own(organisation, standing.limited(MemberRole::Editor))],
        origin,
    }))
}
