//! SQL of the machine clients.

use super::{
    Client, ClientId, ClientName, ClientSecret, ClientSecretId, Networks, NewClient, Scopes, SecretKnown,
};
use crate::accounts::UserId;
use crate::db::{Conn, Instant, PortableDsl};
use crate::organisations::{OrganisationId, OrganisationStanding};
use crate::schema::{client_secrets as secrets, clients, organisations, revoked_tokens};
use diesel::prelude::*;
use std::collections::HashMap;

/// A client whose token has come.
pub struct Open {
    pub organisation: OrganisationId,
    pub standing: OrganisationStanding,
    pub scopes: Scopes,
    pub addresses: Networks,
}

/// A client that has not been revoked, if a token issued at `issued_at` (seconds) is still good.
pub fn open(conn: &mut Conn, client: ClientId, token_id: &str, issued_at: i64) -> QueryResult<Option<Open>> {
    let revoked = revoked_tokens::table.filter(revoked_tokens::jti.eq(token_id));
    let row: Option<(OrganisationId, OrganisationStanding, String, String)> = clients::table
        .inner_join(organisations::table)
        .filter(clients::id.eq(client))
        .filter(clients::revoked_at.is_null())
        .filter(clients::tokens_since.le(issued_at.saturating_mul(1_000_000)))
        .filter(diesel::dsl::not(diesel::dsl::exists(revoked)))
        .select((clients::organisation_id, organisations::standing, clients::scopes, clients::addresses))
        .first(conn)
        .optional()?;
    row.map(|(organisation, standing, scopes, addresses)| {
        Ok(Open {
            organisation,
            standing,
            scopes: read_scopes(&scopes)?,
            addresses: read_networks(&addresses)?,
        })
    })
    .transpose()
}

/// A client that wants a token, with its secrets.
pub struct Credentials {
    pub scopes: Scopes,
    pub addresses: Networks,
    pub last_used_at: Option<Instant>,
    /// Hash, and when it was last used.
    pub secrets: Vec<(ClientSecretId, String, Option<Instant>)>,
}

pub fn credentials(conn: &mut Conn, client: ClientId) -> QueryResult<Option<Credentials>> {
    let row: Option<(String, String, Option<Instant>)> = clients::table
        .find(client)
        .filter(clients::revoked_at.is_null())
        .select((clients::scopes, clients::addresses, clients::last_used_at))
        .first(conn)
        .optional()?;
    let Some((scopes, addresses, last_used_at)) = row else { return Ok(None) };
    let secrets = secrets::table
        .filter(secrets::client_id.eq(client))
        .filter(secrets::revoked_at.is_null())
        .select((secrets::id, secrets::secret_hash, secrets::last_used_at))
        .load(conn)?;
    let (scopes, addresses) = (read_scopes(&scopes)?, read_networks(&addresses)?);
    Ok(Some(Credentials { scopes, addresses, last_used_at, secrets }))
}

fn read_scopes(text: &str) -> QueryResult<Scopes> {
    Scopes::parse(text).map_err(|_| unreadable("scopes"))
}

fn read_networks(text: &str) -> QueryResult<Networks> {
    Networks::parse(text).ok_or_else(|| unreadable("addresses"))
}

fn unreadable(column: &str) -> diesel::result::Error {
    diesel::result::Error::DeserializationError(format!("not clients.{column}").into())
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = clients)]
struct Row {
    id: ClientId,
    organisation_id: OrganisationId,
    name: ClientName,
    scopes: String,
    addresses: String,
    created_by: UserId,
    created_at: Instant,
    updated_at: Instant,
    last_used_at: Option<Instant>,
}

impl Row {
    fn with(self, secrets: Vec<SecretKnown>) -> QueryResult<Client> {
        Ok(Client {
            id: self.id,
            organisation: self.organisation_id,
            name: self.name,
            scopes: read_scopes(&self.scopes)?,
            addresses: read_networks(&self.addresses)?,
            secrets,
            created_by: self.created_by,
            created_at: self.created_at,
            updated_at: self.updated_at,
            last_used_at: self.last_used_at,
        })
    }
}

/// The clients of an organisation that have not been revoked, oldest first.
pub fn page(
    conn: &mut Conn,
    organisation: OrganisationId,
    after: Option<ClientId>,
    rows: i64,
) -> QueryResult<Vec<Client>> {
    let mut query = clients::table
        .filter(clients::organisation_id.eq(organisation))
        .filter(clients::revoked_at.is_null())
        .order(clients::id)
        .limit(rows)
        .select(Row::as_select())
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(clients::id.gt(after));
    }
    let rows: Vec<Row> = query.load(conn)?;
    with_secrets(conn, rows)
}

/// A client of an organisation, unless it was revoked.
pub fn find(conn: &mut Conn, organisation: OrganisationId, client: ClientId) -> QueryResult<Option<Client>> {
    let row: Option<Row> = clients::table
        .find(client)
        .filter(clients::organisation_id.eq(organisation))
        .filter(clients::revoked_at.is_null())
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    Ok(with_secrets(conn, row.into_iter().collect())?.pop())
}

fn with_secrets(conn: &mut Conn, rows: Vec<Row>) -> QueryResult<Vec<Client>> {
    let ids: Vec<ClientId> = rows.iter().map(|row| row.id).collect();
    let found: Vec<(ClientId, ClientSecretId, String, Instant, Option<Instant>)> = secrets::table
        .filter(secrets::client_id.eq_any(&ids))
        .filter(secrets::revoked_at.is_null())
        .order((secrets::created_at, secrets::id))
        .select((
            secrets::client_id,
            secrets::id,
            secrets::ending,
            secrets::created_at,
            secrets::last_used_at,
        ))
        .load(conn)?;
    let mut known: HashMap<ClientId, Vec<SecretKnown>> = HashMap::new();
    for (client, id, ending, created_at, last_used_at) in found {
        known.entry(client).or_default().push(SecretKnown { id, ending, created_at, last_used_at });
    }
    rows.into_iter()
        .map(|row| {
            let secrets = known.remove(&row.id).unwrap_or_default();
            row.with(secrets)
        })
        .collect()
}

/// Locks an organisation until the transaction ends, so that its clients are counted by one at a time.
pub fn lock_organisation(conn: &mut Conn, organisation: OrganisationId) -> QueryResult<()> {
    let row = organisations::table.find(organisation).select(organisations::id);
    row.locked().get_result::<OrganisationId>(conn).map(|_| ())
}

pub fn count(conn: &mut Conn, organisation: OrganisationId) -> QueryResult<i64> {
    clients::table
        .filter(clients::organisation_id.eq(organisation))
        .filter(clients::revoked_at.is_null())
        .count()
        .get_result(conn)
}

/// Locks a client until the transaction ends.
pub fn lock(conn: &mut Conn, client: ClientId) -> QueryResult<()> {
    let row = clients::table.find(client).select(clients::id);
    row.locked().get_result::<ClientId>(conn).optional().map(|_| ())
}

pub fn insert(
    conn: &mut Conn,
    id: ClientId,
    organisation: OrganisationId,
    new: &NewClient,
    by: UserId,
    now: Instant,
) -> QueryResult<()> {
    diesel::insert_into(clients::table)
        .values((
            clients::id.eq(id),
            clients::organisation_id.eq(organisation),
            clients::name.eq(&new.name),
            clients::scopes.eq(new.scopes.to_string()),
            clients::addresses.eq(new.addresses.to_string()),
            clients::created_by.eq(by),
            clients::created_at.eq(now),
            clients::updated_at.eq(now),
            clients::tokens_since.eq(0_i64),
        ))
        .execute(conn)
        .map(|_| ())
}

pub fn insert_secret(
    conn: &mut Conn,
    id: ClientSecretId,
    client: ClientId,
    secret: &ClientSecret,
    now: Instant,
) -> QueryResult<()> {
    diesel::insert_into(secrets::table)
        .values((
            secrets::id.eq(id),
            secrets::client_id.eq(client),
            secrets::secret_hash.eq(secret.hash()),
            secrets::ending.eq(secret.ending()),
            secrets::created_at.eq(now),
        ))
        .execute(conn)
        .map(|_| ())
}

/// Writes what can be changed of a client; tokens issued before `tokens_since` end, if it is given.
pub fn update(conn: &mut Conn, client: &Client, tokens_since: Option<Instant>) -> QueryResult<()> {
    diesel::update(clients::table.find(client.id))
        .set((
            clients::name.eq(&client.name),
            clients::scopes.eq(client.scopes.to_string()),
            clients::addresses.eq(client.addresses.to_string()),
            clients::updated_at.eq(client.updated_at),
            tokens_since.map(|since| clients::tokens_since.eq(since.micros())),
        ))
        .execute(conn)
        .map(|_| ())
}

/// Ends a client and all its secrets.
pub fn revoke(conn: &mut Conn, client: ClientId, now: Instant) -> QueryResult<()> {
    diesel::update(clients::table.find(client)).set(clients::revoked_at.eq(now)).execute(conn)?;
    diesel::update(secrets::table.filter(secrets::client_id.eq(client)).filter(secrets::revoked_at.is_null()))
        .set(secrets::revoked_at.eq(now))
        .execute(conn)
        .map(|_| ())
}

/// Ends a secret.
pub fn revoke_secret(conn: &mut Conn, secret: ClientSecretId, now: Instant) -> QueryResult<()> {
    diesel::update(secrets::table.find(secret)).set(secrets::revoked_at.eq(now)).execute(conn).map(|_| ())
}

/// Notes that a client has used a secret.
pub fn note_use(conn: &mut Conn, client: ClientId, secret: ClientSecretId, now: Instant) -> QueryResult<()> {
    diesel::update(clients::table.find(client)).set(clients::last_used_at.eq(now)).execute(conn)?;
    diesel::update(secrets::table.find(secret)).set(secrets::last_used_at.eq(now)).execute(conn).map(|_| ())
}

/// Ends a token; false if it had ended.
pub fn revoke_token(conn: &mut Conn, id: &str, expires_at: Instant) -> QueryResult<bool> {
    diesel::insert_into(revoked_tokens::table)
        .values((revoked_tokens::jti.eq(id), revoked_tokens::expires_at.eq(expires_at)))
        .on_conflict_do_nothing()
        .portable()
        .execute(conn)
        .map(|rows| rows > 0)
}

/// Forgets revoked tokens that have run out.
pub fn purge(conn: &mut Conn, now: Instant) -> QueryResult<usize> {
    diesel::delete(revoked_tokens::table.filter(revoked_tokens::expires_at.le(now))).execute(conn)
}
