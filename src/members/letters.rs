//! What is written to people when something changes that concerns them.

use super::store::{self, Reader};
use super::{Delegation, Invitation, InvitedTo, OfficeKind, Party};
use crate::accounts::{self, MemberRole, UserId, UserLanguage};
use crate::auth::Secret;
use crate::db::{Conn, Day};
use crate::mail::{self, Letter, MailKind};
use crate::members::{DelegatedRole, MemberError};
use crate::organisations::OrganisationId;
use crate::say::Say;
use crate::world::World;

/// A letter's values, in the reader's language.
type Values = Vec<(&'static str, String)>;

fn send(
    conn: &mut Conn,
    world: &World,
    kind: MailKind,
    to: Reader,
    values: Values,
) -> Result<(), MemberError> {
    let letter = Letter { kind, to: to.email, user: Some(to.user), language: to.language, values };
    Ok(mail::send(conn, world, &letter)?)
}

fn name_of(conn: &mut Conn, organisation: OrganisationId) -> Result<String, MemberError> {
    Ok(accounts::organisation_name(conn, organisation)?.unwrap_or_default())
}

/// How others know somebody.
fn known_as(reader: Option<&Reader>) -> String {
    let name = reader.map(|reader| match &reader.display_name {
        Some(name) => name.clone(),
        None => reader.email.as_str().to_owned(),
    });
    name.unwrap_or_default()
}

fn in_words(say: Say, language: UserLanguage) -> String {
    say.in_language(language.into()).to_owned()
}

fn role(role: MemberRole, language: UserLanguage) -> String {
    let say = match role {
        MemberRole::Owner => Say::new("chủ sở hữu", "owner"),
        MemberRole::Editor => Say::new("người soạn", "editor"),
        MemberRole::Viewer => Say::new("người xem", "viewer"),
    };
    in_words(say, language)
}

fn delegated_role(role: DelegatedRole, language: UserLanguage) -> String {
    let say = match role {
        DelegatedRole::Editor => Say::new(
            "soạn (giá, mùa vụ, giấy tờ, trả lời khách hỏi)",
            "editor (prices, seasons, papers, answers to enquiries)",
        ),
        DelegatedRole::Viewer => Say::new("chỉ xem", "viewer (reads only)"),
    };
    in_words(say, language)
}

fn office(office: OfficeKind, province: Option<&str>, language: UserLanguage) -> String {
    let say = match (office, province) {
        (OfficeKind::Admin, _) => Say::new("quản trị viên", "administrator"),
        (OfficeKind::Officer, province) => {
            let province = province.unwrap_or_default();
            crate::say!(
                "cán bộ OCOP của tỉnh mã {province}",
                "OCOP officer of the province with code {province}"
            )
        }
    };
    in_words(say, language)
}

/// A day as its readers write it.
fn day(day: Day, language: UserLanguage) -> String {
    match language {
        UserLanguage::Vi => day.date().strftime("%d/%m/%Y").to_string(),
        UserLanguage::En => day.to_string(),
    }
}

/// The letter with the token. `language` is the inviter's choice: of whom is invited nothing may be known.
pub fn invitation(
    conn: &mut Conn,
    world: &World,
    issuer: &str,
    invitation: &Invitation,
    secret: &Secret,
    language: Option<UserLanguage>,
) -> Result<(), MemberError> {
    let inviter = store::readers(conn, &[invitation.invited_by])?.pop();
    let language = language.or(inviter.as_ref().map(|inviter| inviter.language));
    let language = language.unwrap_or(UserLanguage::Vi);
    let token = secret.reveal().to_owned();
    let mut values = vec![
        ("inviter", known_as(inviter.as_ref())),
        ("link", format!("{issuer}/links/invitation#{token}")),
        ("token", token),
        // The last day on which it is good to the end.
        ("until", day(invitation.expires_at.local_day().plus_days(-1), language)),
    ];
    let kind = match &invitation.to {
        InvitedTo::Organisation { organisation, role: invited } => {
            values.push(("organisation", name_of(conn, *organisation)?));
            values.push(("role", role(*invited, language)));
            MailKind::Invitation
        }
        InvitedTo::Office(to) => {
            let kind = OfficeKind::of(to.name()).unwrap_or(OfficeKind::Officer);
            values.push(("office", office(kind, to.province(), language)));
            MailKind::OfficeInvitation
        }
    };
    let account = store::user_of(conn, &invitation.email.key())?;
    let to = invitation.email.clone();
    let letter = Letter { kind, to, user: account.map(|(user, _)| user), language, values };
    Ok(mail::send(conn, world, &letter)?)
}

/// To a member, about itself.
pub fn to_member(
    conn: &mut Conn,
    world: &World,
    kind: MailKind,
    party: &Party,
    member: UserId,
    now: Option<MemberRole>,
) -> Result<(), MemberError> {
    let organisation = name_of(conn, party.id)?;
    let Some(reader) = store::readers(conn, &[member])?.pop() else { return Ok(()) };
    let role = now.map(|now| role(now, reader.language)).unwrap_or_default();
    let values = vec![("organisation", organisation), ("role", role)];
    send(conn, world, kind, reader, values)
}

/// To whoever held an office.
pub fn office_ended(
    conn: &mut Conn,
    world: &World,
    holder: UserId,
    kind: OfficeKind,
    province: Option<&str>,
) -> Result<(), MemberError> {
    let Some(reader) = store::readers(conn, &[holder])?.pop() else { return Ok(()) };
    let values = vec![("office", office(kind, province, reader.language))];
    send(conn, world, MailKind::OfficeEnded, reader, values)
}

/// To all who are concerned by a delegation, about it.
pub fn about_delegation(
    conn: &mut Conn,
    world: &World,
    kind: MailKind,
    delegation: &Delegation,
    to: &[UserId],
) -> Result<(), MemberError> {
    let delegate = store::readers(conn, &[delegation.delegate])?.pop();
    let delegate = known_as(delegate.as_ref());
    for reader in store::readers(conn, to)? {
        let values = vec![
            ("delegate", delegate.clone()),
            ("organisation", delegation.organisation_name.clone()),
            ("purpose", delegation.purpose.as_str().to_owned()),
            ("role", delegated_role(delegation.role, reader.language)),
            ("until", day(delegation.until(), reader.language)),
        ];
        send(conn, world, kind, reader, values)?;
    }
    Ok(())
}
