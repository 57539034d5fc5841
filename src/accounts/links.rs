//! What letters with a link in them have in common: the link, how often one is sent, and tokens that are good once.

use super::AccountError;
use super::model::Addressee;
use crate::auth::secret::Secret;
use crate::db::Conn;
use crate::mail::{self, Letter, MailKind};
use crate::world::World;

/// So many letters of a kind an address gets …
pub const MOST_LETTERS: i64 = 3;
/// … in so many seconds, whoever asks for them.
pub const WINDOW_SECONDS: i64 = 3600;

crate::text_enum! {
    /// What the page does to which a link leads.
    pub enum Purpose {
        Registration = "registration",
        PasswordReset = "password-reset",
        EmailChange = "email-change",
        Invitation = "invitation",
        /// A request about personal data
        DataRequest = "data-request",
    }
}

crate::text_enum! {
    /// What a token that went out by mail is good for.
    pub enum TokenPurpose {
        PasswordReset = "password_reset",
        EmailChange = "email_change",
    }
}

impl Addressee {
    pub fn letter(self, kind: MailKind, values: Vec<(&'static str, String)>) -> Letter {
        Letter { kind, to: self.email, user: Some(self.user), language: self.language, values }
    }
}

/// The link with a token, for people, and the bare token, for programs. What follows `#` is sent to no server, and so
/// stands in nobody's log.
pub fn values(issuer: &str, purpose: Purpose, token: &Secret) -> Vec<(&'static str, String)> {
    let link = format!("{issuer}/links/{}#{}", purpose.as_str(), token.reveal());
    vec![("link", link), ("token", token.reveal().to_owned())]
}

/// Writes to the owner of an address that somebody else has used, unless it was done often of late.
pub fn remind(
    conn: &mut Conn,
    world: &World,
    kind: MailKind,
    account: Addressee,
) -> Result<(), AccountError> {
    let since = world.now().plus_seconds(-WINDOW_SECONDS);
    if mail::count_since(conn, account.user, kind, since)? < MOST_LETTERS {
        mail::send(conn, world, &account.letter(kind, Vec::new()))?;
    }
    Ok(())
}
