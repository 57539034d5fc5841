//! Users, memberships, and the names of the organisations they belong to.

use super::{has_second_factor, recovery_codes_left};
use crate::accounts::Person;
use crate::accounts::model::{
    Addressee, Email, MemberRole, Membership, Profile, ProfileMembership, Role, RoleName, SecondFactorState,
    UserId, UserLanguage,
};
use crate::auth::password::PasswordHash;
use crate::db::{Conn, Instant, PortableDsl};
use crate::on_engine;
use crate::organisations::{
    EntityType, OrganisationId, OrganisationKind, OrganisationStanding, display_name,
};
use crate::schema::{memberships, organisations, users};
use diesel::prelude::*;

pub fn insert_user(
    conn: &mut Conn,
    user: UserId,
    new: &Person,
    hash: &PasswordHash,
    now: Instant,
) -> QueryResult<()> {
    diesel::insert_into(users::table)
        .values((
            users::id.eq(user),
            users::email.eq(new.email.as_str()),
            users::email_key.eq(new.email.key()),
            users::password_hash.eq(hash.as_str()),
            users::password_changed_at.eq(now),
            users::display_name.eq(&new.display_name),
            users::language.eq(new.language),
            users::role.eq(new.role.name()),
            users::province.eq(new.role.province()),
            users::created_at.eq(now),
            users::updated_at.eq(now),
        ))
        .execute(conn)
        .map(|_| ())
}

/// Gives a user another password.
pub fn set_password_of(conn: &mut Conn, user: UserId, hash: &PasswordHash, now: Instant) -> QueryResult<()> {
    diesel::update(users::table.find(user))
        .set((users::password_hash.eq(hash.as_str()), users::password_changed_at.eq(now)))
        .execute(conn)
        .map(|_| ())
}

/// The same, if the password is still the one that was `seen`; returns how many rows were changed.
pub fn replace_password(
    conn: &mut Conn,
    user: UserId,
    seen: &PasswordHash,
    hash: &PasswordHash,
    now: Instant,
) -> QueryResult<usize> {
    diesel::update(users::table.find(user).filter(users::password_hash.eq(seen.as_str())))
        .set((users::password_hash.eq(hash.as_str()), users::password_changed_at.eq(now)))
        .execute(conn)
}

pub fn set_email(conn: &mut Conn, user: UserId, email: &Email, now: Instant) -> QueryResult<()> {
    diesel::update(users::table.find(user))
        .set((users::email.eq(email.as_str()), users::email_key.eq(email.key()), users::updated_at.eq(now)))
        .execute(conn)
        .map(|_| ())
}

/// The account of an address, as letters go to it.
pub fn addressee_at(conn: &mut Conn, email: &Email) -> QueryResult<Option<Addressee>> {
    let row = users::table
        .filter(users::email_key.eq(email.key()))
        .filter(users::erased_at.is_null())
        .select((users::id, users::email, users::language));
    row.get_result(conn).optional().map(|row| row.and_then(addressed))
}

pub fn insert_memberships(
    conn: &mut Conn,
    user: UserId,
    new: &[Membership],
    now: Instant,
) -> QueryResult<()> {
    let rows: Vec<_> = new
        .iter()
        .map(|membership| {
            (
                memberships::user_id.eq(user),
                memberships::organisation_id.eq(membership.organisation),
                memberships::role.eq(membership.role),
                memberships::created_at.eq(now),
            )
        })
        .collect();
    on_engine!(conn, c => diesel::insert_into(memberships::table).values(&rows).execute(c)).map(|_| ())
}

/// The first of the given organisations that does not exist.
pub fn first_unknown_organisation(
    conn: &mut Conn,
    wanted: &[OrganisationId],
) -> QueryResult<Option<OrganisationId>> {
    let known: Vec<OrganisationId> =
        organisations::table.filter(organisations::id.eq_any(wanted)).select(organisations::id).load(conn)?;
    Ok(wanted.iter().copied().find(|id| !known.contains(id)))
}

/// The owners of an organisation, first come first; whose address is no address is left out.
pub fn owners_of(conn: &mut Conn, organisation: OrganisationId) -> QueryResult<Vec<Addressee>> {
    let rows: Vec<(UserId, String, UserLanguage)> = memberships::table
        .inner_join(users::table)
        .filter(memberships::organisation_id.eq(organisation))
        .filter(memberships::role.eq(MemberRole::Owner))
        .filter(users::erased_at.is_null())
        .order((memberships::created_at, users::id))
        .select((users::id, users::email, users::language))
        .load(conn)?;
    Ok(rows.into_iter().filter_map(addressed).collect())
}

/// What a user is in an organisation, and how that stands.
pub fn part_in(
    conn: &mut Conn,
    user: UserId,
    organisation: OrganisationId,
) -> QueryResult<Option<(MemberRole, OrganisationStanding)>> {
    memberships::table
        .inner_join(organisations::table)
        .filter(memberships::organisation_id.eq(organisation))
        .filter(memberships::user_id.eq(user))
        .select((memberships::role, organisations::standing))
        .first(conn)
        .optional()
}

#[derive(Queryable)]
struct NameRow {
    public_name: Option<String>,
    legal_name: Option<String>,
    entity_type: Option<EntityType>,
}

impl NameRow {
    /// Its own members may know its legal name, which others may not.
    fn for_members(self) -> String {
        let name = self.public_name.or(self.legal_name);
        display_name(name.as_deref(), self.entity_type, None)
    }
}

pub fn organisation_name(conn: &mut Conn, organisation: OrganisationId) -> QueryResult<Option<String>> {
    organisations::table
        .find(organisation)
        .select((organisations::public_name, organisations::legal_name, organisations::entity_type))
        .first::<NameRow>(conn)
        .optional()
        .map(|row| row.map(NameRow::for_members))
}

pub fn find_credentials(conn: &mut Conn, email_key: &str) -> QueryResult<Option<(UserId, PasswordHash)>> {
    users::table
        .filter(users::email_key.eq(email_key))
        .filter(users::erased_at.is_null())
        .select((users::id, users::password_hash))
        .first::<(UserId, String)>(conn)
        .optional()
        .map(|row| row.map(|(user, hash)| (user, PasswordHash::stored(hash))))
}

/// The password's hash of a user, the user's row locked until the transaction ends: ahead of all else of an account.
pub fn lock_password(conn: &mut Conn, user: UserId) -> QueryResult<Option<PasswordHash>> {
    users::table
        .filter(users::id.eq(user))
        .filter(users::erased_at.is_null())
        .select(users::password_hash)
        .locked()
        .get_result::<String>(conn)
        .optional()
        .map(|hash| hash.map(PasswordHash::stored))
}

pub fn password_of(conn: &mut Conn, user: UserId) -> QueryResult<Option<PasswordHash>> {
    users::table
        .filter(users::id.eq(user))
        .filter(users::erased_at.is_null())
        .select(users::password_hash)
        .first::<String>(conn)
        .optional()
        .map(|hash| hash.map(PasswordHash::stored))
}

pub fn created_at(conn: &mut Conn, user: UserId) -> QueryResult<Instant> {
    users::table.find(user).select(users::created_at).first(conn)
}

/// Where to write to a user, and in which language.
pub fn addressee(conn: &mut Conn, user: UserId) -> QueryResult<Option<Addressee>> {
    let row: Option<(UserId, String, UserLanguage)> = users::table
        .filter(users::id.eq(user))
        .filter(users::erased_at.is_null())
        .select((users::id, users::email, users::language))
        .first(conn)
        .optional()?;
    Ok(row.and_then(addressed))
}

/// Nobody, if what is stored is no address by the rules of today.
pub(super) fn addressed((user, email, language): (UserId, String, UserLanguage)) -> Option<Addressee> {
    Email::parse(&email).ok().map(|email| Addressee { user, email, language })
}

#[derive(Queryable)]
struct UserRow {
    email: String,
    display_name: Option<String>,
    language: UserLanguage,
    role: RoleName,
    province: Option<String>,
    created_at: Instant,
    updated_at: Instant,
}

#[derive(Queryable)]
struct MembershipRow {
    organisation: OrganisationId,
    role: MemberRole,
    kind: OrganisationKind,
    name: NameRow,
}

pub fn profile(conn: &mut Conn, user: UserId) -> QueryResult<Option<Profile>> {
    let row: Option<UserRow> = users::table
        .find(user)
        .select((
            users::email,
            users::display_name,
            users::language,
            users::role,
            users::province,
            users::created_at,
            users::updated_at,
        ))
        .first(conn)
        .optional()?;
    let Some(row) = row else { return Ok(None) };
    let memberships: Vec<MembershipRow> = memberships::table
        .inner_join(organisations::table)
        .filter(memberships::user_id.eq(user))
        .order((memberships::created_at, memberships::organisation_id))
        .select((
            memberships::organisation_id,
            memberships::role,
            organisations::kind,
            (organisations::public_name, organisations::legal_name, organisations::entity_type),
        ))
        .load(conn)?;
    let second_factor = SecondFactorState {
        enabled: has_second_factor(conn, user)?,
        recovery_codes_left: recovery_codes_left(conn, user)?,
    };
    Ok(Some(Profile {
        user,
        second_factor,
        email: row.email,
        display_name: row.display_name,
        language: row.language,
        role: Role::of(row.role, row.province),
        created_at: row.created_at,
        updated_at: row.updated_at,
        memberships: memberships
            .into_iter()
            .map(|row| ProfileMembership {
                organisation: row.organisation,
                name: row.name.for_members(),
                kind: row.kind,
                role: row.role,
            })
            .collect(),
    }))
}

/// Writes what a user may change of itself, if the row is still as of `seen`; returns how many rows were.
pub fn update_profile(conn: &mut Conn, seen: Instant, changed: &Profile) -> QueryResult<usize> {
    diesel::update(users::table.filter(users::id.eq(changed.user)).filter(users::updated_at.eq(seen)))
        .set((
            users::display_name.eq(&changed.display_name),
            users::language.eq(changed.language),
            users::updated_at.eq(changed.updated_at),
        ))
        .execute(conn)
}
