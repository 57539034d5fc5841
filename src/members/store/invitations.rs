//! Invitations.

use crate::accounts::{Email, MemberRole, Role, RoleName, UserId};
use crate::auth::Secret;
use crate::db::{Conn, Instant, MultiBackend, PortableDsl};
use crate::members::model::{Invitation, InvitationId, InvitedTo};
use crate::organisations::OrganisationId;
use crate::schema::{invitations, users};
use diesel::prelude::*;

#[derive(Queryable, Selectable)]
#[diesel(table_name = invitations)]
struct Row {
    id: InvitationId,
    email: String,
    organisation_id: Option<OrganisationId>,
    member_role: Option<MemberRole>,
    office: Option<RoleName>,
    province: Option<String>,
    invited_by: UserId,
    created_at: Instant,
    expires_at: Instant,
    accepted_at: Option<Instant>,
    withdrawn_at: Option<Instant>,
}

impl Row {
    /// What the schema's checks allow is one of the two.
    fn read(self) -> Option<Invitation> {
        let to = match (self.organisation_id, self.member_role, self.office) {
            (Some(organisation), Some(role), _) => InvitedTo::Organisation { organisation, role },
            (_, _, Some(office)) => InvitedTo::Office(Role::of(office, self.province)),
            _ => return None,
        };
        Some(Invitation {
            id: self.id,
            email: Email::parse(&self.email).ok()?,
            to,
            invited_by: self.invited_by,
            created_at: self.created_at,
            expires_at: self.expires_at,
            accepted_at: self.accepted_at,
            withdrawn_at: self.withdrawn_at,
        })
    }
}

fn all(rows: Vec<Row>) -> Vec<Invitation> {
    rows.into_iter().filter_map(Row::read).collect()
}

/// Which invitations: those of an organisation, or those to offices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    Organisation(OrganisationId),
    Offices,
}

type Filtered = invitations::BoxedQuery<'static, MultiBackend>;

fn within(of: Scope) -> Filtered {
    let query = invitations::table.into_boxed();
    match of {
        Scope::Organisation(id) => query.filter(invitations::organisation_id.eq(id)),
        Scope::Offices => query.filter(invitations::office.is_not_null()),
    }
}

fn open(of: Scope, now: Instant) -> Filtered {
    within(of)
        .filter(invitations::accepted_at.is_null())
        .filter(invitations::withdrawn_at.is_null())
        .filter(invitations::expires_at.gt(now))
}

pub fn insert_invitation(conn: &mut Conn, invitation: &Invitation, secret: &Secret) -> QueryResult<()> {
    let (organisation, role, office) = match &invitation.to {
        InvitedTo::Organisation { organisation, role } => (Some(*organisation), Some(*role), None),
        InvitedTo::Office(office) => (None, None, Some(office)),
    };
    diesel::insert_into(invitations::table)
        .values((
            (
                invitations::id.eq(invitation.id),
                invitations::token_hash.eq(secret.hash()),
                invitations::email.eq(invitation.email.as_str()),
                invitations::email_key.eq(invitation.email.key()),
                invitations::organisation_id.eq(organisation),
                invitations::member_role.eq(role),
            ),
            (
                invitations::office.eq(office.map(Role::name)),
                invitations::province.eq(office.and_then(Role::province)),
                invitations::invited_by.eq(invitation.invited_by),
                invitations::created_at.eq(invitation.created_at),
                invitations::expires_at.eq(invitation.expires_at),
            ),
        ))
        .execute(conn)
        .map(|_| ())
}

/// Newest first, after the one that a cursor names.
pub fn invitations(
    conn: &mut Conn,
    of: Scope,
    after: Option<InvitationId>,
    rows: i64,
) -> QueryResult<Vec<Invitation>> {
    let mut query = within(of).order(invitations::id.desc()).limit(rows);
    if let Some(after) = after {
        query = query.filter(invitations::id.lt(after));
    }
    query.select(Row::as_select()).load(conn).map(all)
}

/// One of them, its row locked until the transaction ends.
pub fn lock_invitation(conn: &mut Conn, of: Scope, id: InvitationId) -> QueryResult<Option<Invitation>> {
    let locked: Option<InvitationId> =
        invitations::table.find(id).select(invitations::id).locked().get_result(conn).optional()?;
    let Some(id) = locked else { return Ok(None) };
    let row = within(of).filter(invitations::id.eq(id)).select(Row::as_select()).first(conn);
    row.optional().map(|row| row.and_then(Row::read))
}

/// The invitation of a token, whatever its state.
pub fn invitation_by_hash(conn: &mut Conn, token_hash: &str) -> QueryResult<Option<Invitation>> {
    let query = invitations::table.filter(invitations::token_hash.eq(token_hash));
    query.select(Row::as_select()).first(conn).optional().map(|row| row.and_then(Row::read))
}

/// How many are open, and how many were made since.
pub fn count_invitations(
    conn: &mut Conn,
    of: Scope,
    now: Instant,
    since: Instant,
) -> QueryResult<(i64, i64)> {
    let open: i64 = open(of, now).count().get_result(conn)?;
    let recent: i64 = within(of).filter(invitations::created_at.gt(since)).count().get_result(conn)?;
    Ok((open, recent))
}

/// Takes back what is open for an address, because another takes its place; returns which.
pub fn withdraw_open(
    conn: &mut Conn,
    of: Scope,
    email_key: &str,
    now: Instant,
) -> QueryResult<Vec<InvitationId>> {
    let same: Vec<InvitationId> = open(of, now)
        .filter(invitations::email_key.eq(email_key.to_owned()))
        .select(invitations::id)
        .load(conn)?;
    withdraw(conn, &same, now)?;
    Ok(same)
}

/// Takes back what somebody has invited to and is not accepted yet; returns which.
pub fn withdraw_of_inviter(
    conn: &mut Conn,
    of: Scope,
    inviter: UserId,
    now: Instant,
) -> QueryResult<Vec<InvitationId>> {
    let theirs: Vec<InvitationId> =
        open(of, now).filter(invitations::invited_by.eq(inviter)).select(invitations::id).load(conn)?;
    withdraw(conn, &theirs, now)?;
    Ok(theirs)
}

pub fn withdraw(conn: &mut Conn, ids: &[InvitationId], now: Instant) -> QueryResult<()> {
    if ids.is_empty() {
        return Ok(());
    }
    diesel::update(invitations::table.filter(invitations::id.eq_any(ids)))
        .filter(invitations::accepted_at.is_null())
        .set(invitations::withdrawn_at.eq(now))
        .execute(conn)
        .map(|_| ())
}

pub fn set_accepted(conn: &mut Conn, id: InvitationId, by: UserId, now: Instant) -> QueryResult<()> {
    diesel::update(invitations::table.find(id))
        .set((invitations::accepted_at.eq(now), invitations::accepted_by.eq(by)))
        .execute(conn)
        .map(|_| ())
}

/// The account of an address.
pub fn user_of(conn: &mut Conn, email_key: &str) -> QueryResult<Option<(UserId, Role)>> {
    let row: Option<(UserId, RoleName, Option<String>)> = users::table
        .filter(users::email_key.eq(email_key))
        .filter(users::erased_at.is_null())
        .select((users::id, users::role, users::province))
        .first(conn)
        .optional()?;
    Ok(row.map(|(user, role, province)| (user, Role::of(role, province))))
}
