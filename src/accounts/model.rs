//! Users, what they may do, and the texts they are known by.

use crate::auth::caller::Caller;
use crate::db::Instant;
use crate::input::looks_like_a_link;
use crate::organisations::{OrganisationId, OrganisationKind};
use crate::privacy::{ConsentPurpose, ConsentText};
use crate::say;
use crate::say::{Invalid, Language, Say};
use unicode_normalization::UnicodeNormalization;

crate::id_type!(
    /// A user's id.
    UserId
);

crate::id_type!(
    /// The id of one sign-in and of all tokens that come of it.
    SessionId
);

crate::id_type!(
    /// The id of a registration whose address is not confirmed yet.
    RegistrationId
);

crate::text_enum! {
    /// What a user is to the whole installation.
    pub enum RoleName {
        /// Acts for organisations it belongs to
        Member = "member",
        /// Keeps the ledger of one province
        Officer = "officer",
        /// Runs the installation
        Admin = "admin",
    }
}

crate::text_enum! {
    /// What a user may do for an organisation.
    pub enum MemberRole {
        /// Everything, members included
        Owner = "owner",
        /// Listings and leads
        Editor = "editor",
        /// Reads
        Viewer = "viewer",
    }
}

crate::text_enum! {
    /// The language a user is written to in.
    pub enum UserLanguage {
        Vi = "vi",
        En = "en",
    }
}

impl From<UserLanguage> for Language {
    fn from(language: UserLanguage) -> Self {
        match language {
            UserLanguage::Vi => Self::Vi,
            UserLanguage::En => Self::En,
        }
    }
}

impl From<Language> for UserLanguage {
    fn from(language: Language) -> Self {
        match language {
            Language::Vi => Self::Vi,
            Language::En => Self::En,
        }
    }
}

crate::text_enum! {
    /// Why a session ended before its time.
    pub enum EndReason {
        SignedOut = "signed_out",
        /// Ended by its user from another session.
        EndedByOwner = "ended_by_owner",
        /// A refresh token came a second time: one of the two who sent it had stolen it.
        RefreshReused = "refresh_reused",
        PasswordReset = "password_reset",
        PasswordChanged = "password_changed",
        SecondFactorChanged = "second_factor_changed",
        OfficeChanged = "office_changed",
        Erased = "erased",
    }
}

/// Do officers and administrators need a second factor?
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum SecondFactorRule {
    /// Without it, an office has no powers
    Required,
    /// Whoever has set one up uses it
    Optional,
}

/// What a user is to the whole installation, with the scope of the office.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    Member,
    /// `province`: code of a province of today; what was merged into it is in scope too.
    Officer {
        province: String,
    },
    Admin,
}

impl Role {
    /// The role as two columns hold it. An officer without a province (which the schema excludes) has no office.
    pub fn of(name: RoleName, province: Option<String>) -> Self {
        match (name, province) {
            (RoleName::Admin, _) => Self::Admin,
            (RoleName::Officer, Some(province)) => Self::Officer { province },
            (RoleName::Officer, None) | (RoleName::Member, _) => Self::Member,
        }
    }

    pub fn name(&self) -> RoleName {
        match self {
            Self::Member => RoleName::Member,
            Self::Officer { .. } => RoleName::Officer,
            Self::Admin => RoleName::Admin,
        }
    }

    /// The province an officer's office is limited to.
    pub fn province(&self) -> Option<&str> {
        match self {
            Self::Officer { province } => Some(province),
            Self::Member | Self::Admin => None,
        }
    }
}

/// A user's part in an organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Membership {
    pub organisation: OrganisationId,
    pub role: MemberRole,
    /// No member: the organisation has agreed to be acted for, until a day.
    pub delegated: bool,
}

impl Membership {
    /// A member's.
    pub fn own(organisation: OrganisationId, role: MemberRole) -> Self {
        Self { organisation, role, delegated: false }
    }
}

/// A person with an open session. What it may do is its [`Caller`]'s, to which it lends itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub user: UserId,
    pub session: SessionId,
    pub caller: Caller,
}

impl std::ops::Deref for Session {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.caller
    }
}

/// A user as itself may see it.
#[derive(Clone, PartialEq, Eq)]
pub struct Profile {
    pub user: UserId,
    pub email: String,
    pub display_name: Option<String>,
    pub language: UserLanguage,
    pub role: Role,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub memberships: Vec<ProfileMembership>,
    pub second_factor: SecondFactorState,
}

/// Has an account a second factor?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecondFactorState {
    pub enabled: bool,
    pub recovery_codes_left: i64,
}

/// Somebody to write to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addressee {
    pub user: UserId,
    pub email: Email,
    pub language: UserLanguage,
}

/// A membership with what the organisation is called by its own members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileMembership {
    pub organisation: OrganisationId,
    pub name: String,
    pub kind: OrganisationKind,
    pub role: MemberRole,
}

/// The version of the terms somebody agrees to who registers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TermsVersion(&'static str);

impl TermsVersion {
    pub fn current() -> &'static str {
        ConsentText::current(ConsentPurpose::AccountTerms).version
    }

    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let purpose = ConsentPurpose::AccountTerms;
        let known = ConsentText::find(purpose, text).ok_or_else(|| ConsentText::unknown(purpose))?;
        Ok(Self(known.version))
    }

    pub fn as_str(&self) -> &str {
        self.0
    }
}

crate::parsed_input!(TermsVersion);
crate::string_schema!(TermsVersion, "consent-version", "2026-11");

/// An e-mail address, as it was written; compared by its [`key`](Email::key).
#[derive(Clone, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// Longest address a mail server takes (RFC 5321 §4.5.3.1.3, less the angle brackets).
    const MOST: usize = 254;

    /// Strict enough to catch what is no address at all; whether mail arrives only mail can tell.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text: String = text.trim().nfc().collect();
        let plausible = text.len() <= Self::MOST
            && text.split_once('@').is_some_and(|(local, domain)| is_local_part(local) && is_domain(domain));
        if plausible {
            return Ok(Self(text));
        }
        Err(Invalid::new(
            "invalid_email",
            Say::new(
                "Địa chỉ email phải có dạng ten@tenmien.vn, dài nhất 254 ký tự.",
                "An e-mail address looks like name@domain.vn and has at most 254 characters.",
            ),
        ))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Equal for what is one mailbox to people: case aside.
    pub fn key(&self) -> String {
        self.0.to_lowercase().nfc().collect()
    }
}

/// Up to 64 bytes without spaces, quotes or other signs that only exotic addresses have.
fn is_local_part(local: &str) -> bool {
    let fits = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    (1..=64).contains(&local.len()) && local.chars().all(fits) && !has_stray_dot(local)
}

/// Labels of letters, digits and inner hyphens; at least two.
fn is_domain(domain: &str) -> bool {
    let fits = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    domain.contains('.') && domain.split('.').all(fits)
}

fn has_stray_dot(text: &str) -> bool {
    text.starts_with('.') || text.ends_with('.') || text.contains("..")
}

/// Personal data: never in a log.
impl std::fmt::Debug for Email {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Email(…)")
    }
}

crate::parsed_input!(Email);
crate::string_schema!(Email, "email", "banhang@example.vn");

/// How a user is shown to others: 1 to 100 characters.
#[derive(Clone, PartialEq, Eq)]
pub struct DisplayName(String);

impl DisplayName {
    const MOST: usize = 100;

    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text: String = text.trim().nfc().collect();
        let most = Self::MOST;
        if text.chars().any(char::is_control) {
            return Err(Invalid::new(
                "control_character",
                Say::new(
                    "Không được chứa ký tự điều khiển hoặc xuống dòng.",
                    "Must not contain control characters or line breaks.",
                ),
            ));
        }
        if !(1..=most).contains(&text.chars().count()) {
            return Err(Invalid::new(
                "wrong_length",
                say!("Cần từ 1 đến {most} ký tự.", "Expected 1 to {most} characters."),
            ));
        }
        looks_like_a_link(&text).map_or(Ok(Self(text)), Err)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Personal data: never in a log.
impl std::fmt::Debug for DisplayName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DisplayName(…)")
    }
}

crate::parsed_input!(DisplayName);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_from_other_text() {
        let long = format!("{}@{}.vn", "a".repeat(64), "b".repeat(63));
        for right in ["a@b.vn", "  ban.hang+hcm@shop.example.vn ", "O'Hara@x-y.com", "thư@tên.vn", &long] {
            assert!(Email::parse(right).is_ok(), "{right}");
        }
        let too_long = format!("a@{}.vn", "b.".repeat(126));
        for wrong in [
            "",
            "a",
            "@b.vn",
            "a@",
            "a@b",
            "a@@b.vn",
            "a@b@c.vn",
            "a b@c.vn",
            "a\n@c.vn",
            "a@c.vn\0",
            ".a@c.vn",
            "a..b@c.vn",
            "a@-c.vn",
            "a@c..vn",
            "a@.vn",
            "<a@c.vn>",
            "\"a\"@c.vn",
            "a@c.vn,b@c.vn",
            &too_long,
        ] {
            assert!(Email::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn one_mailbox_has_one_key() {
        let key = |text| Email::parse(text).map(|email| email.key());
        assert_eq!(key("Ban.Hang@Example.VN"), key("ban.hang@example.vn"));
        assert_eq!(key("th\u{1b0}\u{301}@example.vn"), key("thứ@example.vn"));
        assert_ne!(key("banhang@example.vn"), key("ban.hang@example.vn"));
    }

    #[test]
    fn nothing_personal_is_printed() {
        let email = Email::parse("a@b.vn").expect("valid");
        let name = DisplayName::parse("Cửa hàng").expect("valid");
        assert_eq!(format!("{email:?} {name:?}"), "Email(…) DisplayName(…)");
    }

    #[test]
    fn names_have_bounds() {
        assert!(DisplayName::parse(&"ệ".repeat(100)).is_ok());
        for wrong in ["", "   ", "a\nb", "a\0b", "Qua https://evil.example", &"ệ".repeat(101)] {
            assert!(DisplayName::parse(wrong).is_err(), "{wrong:?}");
        }
        assert_eq!(DisplayName::parse(" a\u{302}\u{301}n ").map(|name| name.0), Ok("ấn".to_owned()));
    }
}
