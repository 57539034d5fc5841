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
    /// A sign-in from where the account was not seen before
    SignInNewPlace = "sign_in_new_place",
    /// The account has a second factor now, or another one
    SecondFactorSet = "second_factor_set",
    SecondFactorRemoved = "second_factor_removed",
    /// A recovery code was used in the place of the second factor
    RecoveryCodeUsed = "recovery_code_used",
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
    /// To the other owners: a machine client was made
    ClientMade = "client_made",
    /// To the other owners: a machine client got another secret
    ClientSecretAdded = "client_secret_added",
    /// Officers have decided on an organisation: to its owners
    OrganisationDecided = "organisation_decided",
    /// Officers have decided on a claim: to those who made it
    ClaimDecided = "claim_decided",
    /// Somebody registers with this address
    Registration = "registration",
    /// Somebody registers with the address of an account that there is
    RegistrationExists = "registration_exists",
    PasswordReset = "password_reset",
    PasswordChanged = "password_changed",
    /// To the new address of an account
    EmailChange = "email_change",
    /// To the present address of an account that is to get another
    EmailChangeAsked = "email_change_asked",
    /// To an address that another account wants as its own
    EmailChangeExists = "email_change_exists",
    /// To the address that an account had
    EmailChanged = "email_changed",
    /// To a producer's people: enquiries have come
    LeadAnnounced = "lead_announced",
    /// To the same: answers are due
    LeadReminded = "lead_reminded",
    /// To the office of the province: no answer came
    LeadEscalated = "lead_escalated",
    /// To a producer's people: the buyer has done something
    LeadNewsToProducer = "lead_news_to_producer",
    /// To a buyer with an account: the producer has done something
    LeadNewsToBuyer = "lead_news_to_buyer",
    /// To the contact of a buyer without an account: the enquiry has been passed on
    LeadAcknowledged = "lead_acknowledged",
    /// To the same: something has happened, and by which link it can be read
    LeadFollowNews = "lead_follow_news",
    /// To the office of the province: new content of a listing waits for a decision
    ListingSubmitted = "listing_submitted",
    /// To a producer's people: an officer has decided on it
    ListingReviewed = "listing_reviewed",
    /// To a producer's owners: a checked paper runs out
    PaperExpiring = "paper_expiring",
    /// To the same: it has run out
    PaperExpired = "paper_expired",
    /// To the same: a retailer has answered about a product
    ListingAnswered = "listing_answered",
    /// A buyer's contact was erased: its receiver must stop using it
    ContactErased = "contact_erased",
    /// A token by which the address of a request about personal data is confirmed
    DataRequestConfirm = "data_request_confirm",
    /// Such a request has come, and by when it is answered
    DataRequestReceived = "data_request_received",
    DataRequestAnswered = "data_request_answered",
    DataRequestCompleted = "data_request_completed",
    DataRequestRefused = "data_request_refused",
    DataRequestExtended = "data_request_extended",
    /// What is held about the address
    DataRequestExport = "data_request_export",
}

/// A letter to be.
#[derive(Clone)]
pub struct Letter {
    pub kind: MailKind,
    pub to: Email,
    /// The account it goes to, if there is one: what is not sent yet goes when the account does.
    pub user: Option<UserId>,
    pub language: UserLanguage,
    /// What stands in the places of the template.
    pub values: Vec<(&'static str, String)>,
}

/// Its values may be secrets: never in a log.
impl std::fmt::Debug for Letter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Letter({})", self.kind.as_str())
    }
}

/// A letter's text.
#[derive(Clone, PartialEq, Eq)]
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
            subject: self.filled(subject.trim()).replace(char::is_control, " "),
            // Lines end as the transport ends them.
            body: self.filled(body.trim_start()).replace('\r', ""),
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn placeholders(template: &str) -> BTreeSet<&str> {
        template.split('{').skip(1).map(|rest| rest.split_once('}').expect("a closed brace").0).collect()
    }

    fn letter(values: Vec<(&'static str, String)>) -> Letter {
        let to = Email::parse("minh@example.vn").expect("an address");
        Letter { kind: MailKind::SessionStolen, to, user: None, language: UserLanguage::En, values }
    }

    #[test]
    fn every_kind_has_a_letter_in_both_languages() {
        for kind in MailKind::ALL {
            let [vi, en] = [UserLanguage::Vi, UserLanguage::En].map(|language| kind.template(language));
            let name = kind.as_str();
            assert_eq!(
                placeholders(vi),
                placeholders(en),
                "{name}: one language has values that the other has not"
            );
            assert_ne!(vi, en, "{name}");
            for template in [vi, en] {
                let (subject, body) = template.split_once("\n\n").expect("a subject, an empty line, a body");
                assert!((1..=78).contains(&subject.trim().chars().count()), "{name}: {subject}");
                assert!(!subject.contains('\n'), "{name}: the subject is one line: {subject}");
                assert!(body.trim().chars().count() > 40, "{name}: {body}");
                let strange = |c: char| c != '\n' && c.is_control();
                assert!(!template.contains(strange), "{name} holds control characters");
                assert!(placeholders(template).iter().all(|name| {
                    !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
                }));
            }
        }
    }

    #[test]
    fn every_value_is_filled_in() {
        for kind in MailKind::ALL {
            for language in [UserLanguage::Vi, UserLanguage::En] {
                let names = placeholders(kind.template(language));
                let values: Vec<_> = names.iter().map(|name| (*name, format!("<{name}>"))).collect();
                let text = Letter { kind: *kind, language, ..letter(values) }.text();
                let whole = format!("{}\n{}", text.subject, text.body);
                assert!(!whole.contains(['{', '}']), "{whole}");
                assert!(names.iter().all(|name| whole.contains(&format!("<{name}>"))), "{whole}");
            }
        }
    }

    #[test]
    fn values_are_not_looked_into() {
        let text = letter(vec![("started", "{started}\r\n{".to_owned())]).text();
        assert!(text.body.contains("began at {started}\n{."), "{}", text.body);
    }

    #[test]
    #[should_panic(expected = "session_stolen wants a value for started")]
    fn a_value_that_is_missing_shows_in_tests() {
        letter(Vec::new()).text();
    }
}
