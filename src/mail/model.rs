//! Letters and their templates.

use crate::accounts::{Email, UserId, UserLanguage};

crate::id_type!(
    /// The id of a letter, also in its `Message-ID`.
    MailId
);

macro_rules! kinds {
    ($($(#[$meta:meta])* $name:ident = $text:literal),+ $(,)?) => {
        crate::text_enum! {
            /// What a letter is about.
            pub enum MailKind { $($(#[$meta])* $name = $text),+ }
        }

        impl MailKind {
            /// Subject in the first line, then an empty one, then the body.
            pub fn template(self, language: UserLanguage) -> &'static str {
                match (self, language) {
                    $(
                        (Self::$name, UserLanguage::Vi) => include_str!(concat!("templates/", $text, ".vi.txt")),
                        (Self::$name, UserLanguage::En) => include_str!(concat!("templates/", $text, ".en.txt")),
                    )+
                }
            }
        }
    };
}

kinds! {
    /// A refresh token came twice: the session was ended
    SessionStolen = "session_stolen",
    /// To an organisation, with the token
    Invitation = "invitation",
    /// To an office, with the token
    OfficeInvitation = "office_invitation",
    OfficeEnded = "office_ended",
    MemberRoleChanged = "member_role_changed",
    MemberRemoved = "member_removed",
    /// To the new owner
    OwnershipTransferred = "ownership_transferred",
    /// An officer asks to act for an organisation
    DelegationRequested = "delegation_requested",
    DelegationGranted = "delegation_granted",
    /// A request that was not granted, or was taken back
    DelegationRefused = "delegation_refused",
    DelegationEnded = "delegation_ended",
}

/// A letter to be.
#[derive(Debug, Clone)]
pub struct Letter {
    pub kind: MailKind,
    pub to: Email,
    /// The account it goes to, if there is one: what is not sent yet goes when the account does.
    pub user: Option<UserId>,
    pub language: UserLanguage,
    /// What stands in the places of the template.
    pub values: Vec<(&'static str, String)>,
}

/// A letter's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    pub subject: String,
    pub body: String,
}

impl Letter {
    /// The template with its values. A value is put in as it is and not looked into again.
    pub fn text(&self) -> Text {
        let template = self.kind.template(self.language);
        let (subject, body) = template.split_once('\n').unwrap_or((template, ""));
        Text {
            subject: self.filled(subject.trim()).replace(['\r', '\n'], " "),
            body: self.filled(body.trim_start()),
        }
    }

    fn filled(&self, template: &str) -> String {
        let mut text = String::with_capacity(template.len());
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            text.push_str(before);
            let Some((name, after)) = after.split_once('}') else {
                text.push('{');
                rest = after;
                continue;
            };
            let value = self.values.iter().find(|(known, _)| *known == name);
            debug_assert!(value.is_some(), "{} wants a value for {name}", self.kind.as_str());
            text.push_str(value.map_or("", |(_, value)| value.as_str()));
            rest = after;
        }
        text.push_str(rest);
        text
    }
}
