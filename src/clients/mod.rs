//! Machine clients: a retailer's own system that signs in by itself.
//!
//! A client belongs to an organisation and acts for it, as far as its **scopes** go. It proves itself with a **secret**
//! (OAuth 2.0 client credentials, RFC 6749 §4.4) and gets an access token like a person's (RFC 9068), for 15 minutes and
//! without a refresh token. It has at most two secrets, so that one can be replaced without a pause.
//!
//! A token is as good as its client at the moment of its use: it is refused once the client is revoked, once a scope of
//! it was taken away, and from an address that is not on the client's list. To delete a secret ends no token: that is what
//! a planned replacement needs, and within 15 minutes none is left. Where a secret was stolen, revoke the client, or narrow
//! it.
//!
//! The members of an organisation see its clients, its owners change them.

pub mod http;
mod model;
mod store;

pub use model::*;

use crate::accounts::{self, MemberRole, Membership, Role, Session};
use crate::audit::{self, Action, Actor, Agent, Event, Origin, SubjectKind};
use crate::auth::caller::{Caller, Principal};
use crate::auth::token::Checked;
use crate::db::columns::Key;
use crate::db::{Conn, Failure, Instant};
use crate::mail::{self, Letter, MailKind};
use crate::organisations::OrganisationId;
use crate::world::World;
use diesel::QueryResult;

/// What can stand in the way of a use case.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// There is no such organisation, client or secret, or it is not the caller's to see.
    #[error("no such client")]
    NotFound,
    #[error("this is for owners of the organisation")]
    NotOwner,
    #[error("the organisation has as many clients as it may have")]
    TooManyClients,
    #[error("the client has as many secrets as it may have")]
    TooManySecrets,
    #[error("the credentials are not those of a client that may come from here: {0}")]
    Refused(&'static str),
    #[error("the token was issued to another client")]
    AnotherClient,
    #[error(transparent)]
    Db(Failure),
}

crate::db_errors!(ClientError);

/// The client of a token that was checked, if both are still good: it acts as an editor of its organisation, and its
/// scopes limit that further.
pub fn open(
    conn: &mut Conn,
    client: ClientId,
    scopes: &Scopes,
    token: &Checked,
    origin: Origin,
) -> QueryResult<Option<Caller>> {
    let open = store::open(conn, client, &token.id, token.issued_at)?;
    let address = origin.address.clone().unwrap_or_default();
    let open = open.filter(|open| scopes.within(&open.scopes) && open.addresses.allow(&address));
    Ok(open.map(|store::Open { organisation, standing, .. }| Caller {
        principal: Principal::Client { client, organisation },
        role: Role::Member,
        office_waits: false,
        memberships: vec![Membership::own(organisation, standing.limited(MemberRole::Editor))],
        origin,
    }))
}

fn member_of(by: &Session, organisation: OrganisationId) -> Result<(), ClientError> {
    by.role_in(organisation).map(|_| ()).ok_or(ClientError::NotFound)
}

/// At most `rows` clients of an organisation, oldest first, for its members.
pub fn list(
    conn: &mut Conn,
    by: &Session,
    organisation: OrganisationId,
    after: Option<ClientId>,
    rows: i64,
) -> Result<Vec<Client>, ClientError> {
    member_of(by, organisation)?;
    Ok(store::page(conn, organisation, after, rows)?)
}

/// A client of an organisation, for its members.
pub fn read(
    conn: &mut Conn,
    by: &Session,
    organisation: OrganisationId,
    client: ClientId,
) -> Result<Client, ClientError> {
    member_of(by, organisation)?;
    store::find(conn, organisation, client)?.ok_or(ClientError::NotFound)
}

/// A client of an organisation, for its owners, locked with the organisation until the transaction ends.
pub fn open_as_owner(
    conn: &mut Conn,
    by: &Session,
    organisation: OrganisationId,
    client: ClientId,
) -> Result<Client, ClientError> {
    let known = lock(conn, by, organisation, client)?;
    if accounts::owns_still(conn, by, organisation)? { Ok(known) } else { Err(ClientError::NotOwner) }
}

/// The same to take something from it, which the owners of a suspended organisation may do, too.
pub fn open_to_revoke(
    conn: &mut Conn,
    by: &Session,
    organisation: OrganisationId,
    client: ClientId,
) -> Result<Client, ClientError> {
    let known = lock(conn, by, organisation, client)?;
    if accounts::may_revoke(conn, by, organisation)? { Ok(known) } else { Err(ClientError::NotOwner) }
}

fn lock(
    conn: &mut Conn,
    by: &Session,
    organisation: OrganisationId,
    client: ClientId,
) -> Result<Client, ClientError> {
    member_of(by, organisation)?;
    store::lock_organisation(conn, organisation)?;
    store::lock(conn, client)?;
    read(conn, by, organisation, client)
}

/// Makes a client with its first secret.
pub fn create(
    conn: &mut Conn,
    world: &World,
    by: &Session,
    organisation: OrganisationId,
    new: &NewClient,
) -> Result<(Client, ClientSecret), ClientError> {
    member_of(by, organisation)?;
    store::lock_organisation(conn, organisation)?;
    if !accounts::owns_still(conn, by, organisation)? {
        return Err(ClientError::NotOwner);
    }
    if store::count(conn, organisation)? >= MOST_CLIENTS {
        return Err(ClientError::TooManyClients);
    }
    let (id, secret, now) = (world.id::<ClientId>(), ClientSecret::random(world), world.now());
    store::insert(conn, id, organisation, new, by.user, now)?;
    store::insert_secret(conn, world.id(), id, &secret, now)?;
    let client = store::find(conn, organisation, id)?.ok_or(ClientError::NotFound)?;
    tell_other_owners(conn, world, by, &client, MailKind::ClientMade)?;
    let made = event(Action::ClientCreated, &client).with("scopes", client.scopes.as_slice());
    let made = made.with("addresses", client.addresses.as_slice().len());
    audit::record(conn, world, &by.agent_for(organisation), made)?;
    Ok((client, secret))
}

/// What changes of a client; `None` leaves as it is.
#[derive(Debug, Clone, Default)]
pub struct ClientChange {
    pub name: Option<ClientName>,
    pub scopes: Option<Scopes>,
    pub addresses: Option<Networks>,
}

/// Changes a client that this transaction has locked. If it may do less than before, the tokens it has end.
pub fn change(
    conn: &mut Conn,
    world: &World,
    by: &Session,
    known: Client,
    change: ClientChange,
) -> Result<Client, ClientError> {
    let now = world.now();
    let mut client = known.clone();
    client.name = change.name.unwrap_or(client.name);
    client.scopes = change.scopes.unwrap_or(client.scopes);
    client.addresses = change.addresses.unwrap_or(client.addresses);
    if client == known {
        return Ok(known);
    }
    // Always later than before, whatever the clock says: it is what tells two states apart.
    client.updated_at = now.max(Instant::from_micros(known.updated_at.micros().saturating_add(1)));
    let narrowed = !(known.scopes.within(&client.scopes) && known.addresses.within(&client.addresses));
    // Tokens know whole seconds, and one that is fetched right now shall be good. One of this very second that may do
    // more than the client is refused for that.
    let since = narrowed.then(|| Instant::from_micros(0).plus_seconds(now.unix_seconds()));
    store::update(conn, &client, since)?;
    let changed = event(Action::ClientChanged, &client)
        .with("scopes", client.scopes.as_slice())
        .with("addresses", client.addresses.as_slice().len())
        .with("renamed", client.name != known.name)
        .with("narrowed", narrowed);
    audit::record(conn, world, &by.agent_for(client.organisation), changed)?;
    Ok(client)
}

/// Ends a client that this transaction has locked: its secrets and all its tokens, at once.
pub fn revoke(conn: &mut Conn, world: &World, by: &Session, client: &Client) -> Result<(), ClientError> {
    store::revoke(conn, client.id, world.now())?;
    let revoked = event(Action::ClientRevoked, client);
    Ok(audit::record(conn, world, &by.agent_for(client.organisation), revoked)?)
}

/// Gives a client that this transaction has locked another secret.
pub fn add_secret(
    conn: &mut Conn,
    world: &World,
    by: &Session,
    client: &Client,
) -> Result<(SecretKnown, ClientSecret), ClientError> {
    if client.secrets.len() >= MOST_SECRETS {
        return Err(ClientError::TooManySecrets);
    }
    let (id, secret, now) = (world.id(), ClientSecret::random(world), world.now());
    store::insert_secret(conn, id, client.id, &secret, now)?;
    tell_other_owners(conn, world, by, client, MailKind::ClientSecretAdded)?;
    let added = event(Action::ClientSecretAdded, client).with("secret_id", id);
    audit::record(conn, world, &by.agent_for(client.organisation), added)?;
    let known = SecretKnown { id, ending: secret.ending(), created_at: now, last_used_at: None };
    Ok((known, secret))
}

/// Ends a secret of a client that this transaction has locked. Tokens that it got stay.
pub fn revoke_secret(
    conn: &mut Conn,
    world: &World,
    by: &Session,
    client: &Client,
    secret: ClientSecretId,
) -> Result<(), ClientError> {
    if client.secrets.iter().all(|known| known.id != secret) {
        return Err(ClientError::NotFound);
    }
    store::revoke_secret(conn, secret, world.now())?;
    let revoked = event(Action::ClientSecretRevoked, client).with("secret_id", secret);
    Ok(audit::record(conn, world, &by.agent_for(client.organisation), revoked)?)
}

fn event(action: Action, client: &Client) -> Event {
    Event::new(action, SubjectKind::Client, client.id).concerning(client.organisation)
}

fn tell_other_owners(
    conn: &mut Conn,
    world: &World,
    by: &Session,
    client: &Client,
    kind: MailKind,
) -> Result<(), ClientError> {
    let owners = accounts::owners_of(conn, client.organisation)?;
    for owner in owners.into_iter().filter(|owner| owner.user != by.user) {
        let letter = Letter {
            kind,
            to: owner.email,
            user: Some(owner.user),
            language: owner.language,
            values: vec![("client", client.name.as_str().to_owned()), ("scopes", client.scopes.to_string())],
        };
        mail::send(conn, world, &letter)?;
    }
    Ok(())
}

/// A client that has proved itself.
#[derive(Debug, Clone)]
pub struct Proven {
    pub client: ClientId,
    pub scopes: Scopes,
    secret: ClientSecretId,
    /// It was last noted long enough ago to be noted again.
    pub is_due: bool,
}

/// How long a use is not noted again.
const NOTED_SECONDS: i64 = 60;

/// The client of this name; what is no id is looked for like one that nobody has.
pub fn named(id: &str) -> ClientId {
    ClientId::parse(id).unwrap_or_else(|_| Key::new(Instant::from_micros(0), [0; 10]).into())
}

/// Checks a client's credentials and address. Whatever is wrong, it costs the same and looks the same from outside.
pub fn prove(
    conn: &mut Conn,
    client: ClientId,
    given: &ClientSecret,
    address: &str,
    now: Instant,
) -> Result<Proven, ClientError> {
    let found = store::credentials(conn, client)?;
    let stored = found.as_ref().map_or(&[][..], |found| found.secrets.as_slice());
    // Both places are compared, taken or not.
    let mut right = None;
    for place in 0..MOST_SECRETS {
        let secret = stored.get(place);
        let is_right = given.is(secret.map_or("", |(_, hash, _)| hash.as_str()));
        if is_right {
            right = secret;
        }
    }
    let Some(found) = &found else { return Err(ClientError::Refused("there is no such client")) };
    let Some((secret, _, secret_used)) = right else { return Err(ClientError::Refused("wrong secret")) };
    if !found.addresses.allow(address) {
        return Err(ClientError::Refused("the address is not on the client's list"));
    }
    let long_ago = |used: Option<Instant>| used.is_none_or(|at| at.plus_seconds(NOTED_SECONDS) <= now);
    Ok(Proven {
        client,
        scopes: found.scopes.clone(),
        secret: *secret,
        is_due: long_ago(found.last_used_at) || long_ago(*secret_used),
    })
}

/// Notes that a client has proved itself.
pub fn note_use(conn: &mut Conn, proven: &Proven, now: Instant) -> Result<(), ClientError> {
    Ok(store::note_use(conn, proven.client, proven.secret, now)?)
}

/// Ends a token of a client (RFC 7009).
pub fn revoke_token(
    conn: &mut Conn,
    world: &World,
    client: ClientId,
    token: &Checked,
    origin: Origin,
) -> Result<(), ClientError> {
    let expires_at = Instant::from_micros(0).plus_seconds(token.expires_at);
    if store::revoke_token(conn, &token.id, expires_at)? {
        let organisation = store::open(conn, client, "", i64::MAX)?.map(|open| open.organisation);
        let revoked = Event::new(Action::ClientTokenRevoked, SubjectKind::Client, client);
        let revoked = Event { organisation, ..revoked };
        audit::record(conn, world, &Agent::new(Actor::Client(client), origin), revoked)?;
    }
    Ok(())
}

/// Forgets revoked tokens that have run out. Housekeeping calls it.
pub fn purge_tokens(conn: &mut Conn, now: Instant) -> QueryResult<usize> {
    store::purge(conn, now)
}
