//! `ocop-market user create`, `user reset-password` and `user reset-second-factor`: the way in for the first administrator, for everybody until they
//! can register, and for whoever has lost a password or a telephone.

use super::{
    AccountError, Email, MemberRole, Membership, NewUser, Role, create_user, organisation_name, second_factor,
};
use crate::auth::password::Password;
use crate::auth::strength;
use crate::db::Conn;
use crate::organisations::OrganisationId;
use crate::reference::Reference;
use crate::say::Invalid;
use crate::world::World;
use clap::{Args, ValueEnum};

/// The user to create.
#[derive(Debug, Args)]
pub struct CreateUser {
    /// E-mail address: the name to sign in with
    #[arg(long, value_parser = parsed(Email::parse))]
    email: Email,

    /// What the user is: a member of organisations, an officer of a province, or an administrator
    #[arg(long, value_enum, default_value = "member")]
    role: Office,

    /// Of an officer: code of the province, as of today (33 is Hưng Yên)
    #[arg(long, value_name = "CODE", required_if_eq("role", "officer"))]
    province: Option<String>,

    /// Of a member: id of the organisation to act for
    #[arg(long, value_name = "ID", value_parser = parsed(OrganisationId::parse), required_if_eq("role", "member"))]
    organisation: Option<OrganisationId>,

    /// Of a member: what the user may do there (owner, editor, viewer)
    #[arg(long, value_name = "ROLE", value_parser = parsed(MemberRole::parse), default_value = "owner")]
    member_role: MemberRole,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Office {
    Member,
    Officer,
    Admin,
}

/// Why no user was created.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    #[error("{0} is not the code of a province of today")]
    UnknownProvince(String),
    #[error("only an officer has a province: leave out --province, or say --role officer")]
    ProvinceOfNoOfficer,
    #[error("OCOP_PASSWORD: {0}")]
    Password(String),
    #[error(transparent)]
    Account(#[from] AccountError),
}

/// Creates the user; returns what to tell the operator, the password included if it was made up.
pub fn create(
    wanted: &CreateUser,
    conn: &mut Conn,
    world: &World,
    reference: &Reference,
) -> Result<String, CreateError> {
    let (password, secret) = password(world, &wanted.email)?;
    if wanted.province.is_some() && !matches!(wanted.role, Office::Officer) {
        return Err(CreateError::ProvinceOfNoOfficer);
    }
    let role = match (wanted.role, &wanted.province) {
        (Office::Admin, _) => Role::Admin,
        (Office::Officer, Some(province)) if reference.province_of_today(province) => {
            Role::Officer { province: province.clone() }
        }
        (Office::Officer, province) => {
            return Err(CreateError::UnknownProvince(province.clone().unwrap_or_default()));
        }
        (Office::Member, _) => Role::Member,
    };
    let mut memberships = Vec::new();
    let mut acts_for = String::new();
    if let Some(organisation) = wanted.organisation {
        let name =
            organisation_name(conn, organisation)?.ok_or(AccountError::UnknownOrganisation(organisation))?;
        acts_for = format!(" of {name}");
        memberships.push(Membership::own(organisation, wanted.member_role));
    }
    let email = wanted.email.clone();
    let shown = email.as_str().to_owned();
    let new = NewUser { email, password, display_name: None, role, memberships };
    let id = create_user(conn, world, new)?;
    Ok(format!("Created user {id}{acts_for}: {shown}, {secret}."))
}

/// The account whose password is lost.
#[derive(Debug, Args)]
pub struct ResetPassword {
    /// E-mail address of the account
    #[arg(long, value_parser = parsed(Email::parse))]
    email: Email,
}

/// Gives an account another password and ends its sessions; returns what to tell the operator.
pub fn reset(wanted: &ResetPassword, conn: &mut Conn, world: &World) -> Result<String, CreateError> {
    let (password, secret) = password(world, &wanted.email)?;
    super::reset_password(conn, world, &wanted.email, &password)?;
    Ok(format!("{} signs in {secret}; its sessions have ended.", wanted.email.as_str()))
}

/// The account whose second factor is lost.
#[derive(Debug, Args)]
pub struct ResetSecondFactor {
    /// E-mail address of the account
    #[arg(long, value_parser = parsed(Email::parse))]
    email: Email,
}

/// Takes an account's second factor from it and ends its sessions; returns what to tell the operator.
pub fn reset_second_factor(
    wanted: &ResetSecondFactor,
    conn: &mut Conn,
    world: &World,
) -> Result<String, AccountError> {
    second_factor::reset(conn, world, &wanted.email)?;
    Ok(format!("{} signs in by password alone; its sessions have ended.", wanted.email.as_str()))
}

/// The password of `OCOP_PASSWORD`, else a made-up one, and how to tell the operator.
fn password(world: &World, email: &Email) -> Result<(Password, String), CreateError> {
    let refused = |invalid: Invalid| CreateError::Password(invalid.say.en.into_owned());
    match std::env::var("OCOP_PASSWORD").ok().filter(|text| !text.is_empty()) {
        Some(text) => {
            let password = Password::parse(&text).map_err(refused)?;
            strength::check(&password, &[email.as_str()]).map_err(refused)?;
            Ok((password, "with the password of OCOP_PASSWORD".to_owned()))
        }
        None => {
            let password = Password::generate(world);
            let secret = format!("with the password {} (shown this once)", password.reveal());
            Ok((password, secret))
        }
    }
}

/// A clap parser of a type that parses itself; says what is wrong in English.
fn parsed<T: Clone + Send + Sync + 'static>(
    parse: fn(&str) -> Result<T, Invalid>,
) -> impl clap::builder::TypedValueParser<Value = T> {
    use clap::builder::TypedValueParser;
    clap::builder::StringValueParser::new()
        .try_map(move |text| parse(&text).map_err(|invalid| invalid.say.en.into_owned()))
}
