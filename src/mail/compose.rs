//! A letter of the outbox as a message of RFC 5322, which every transport takes.

use super::postman::Sender;
use super::store::Claimed;
use crate::accounts::UserLanguage;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, SinglePart};
use lettre::{Address, Message};
use std::time::{Duration, SystemTime};

/// No message can be made for this recipient.
#[derive(Debug, thiserror::Error)]
#[error("no message can be made: {0}")]
pub struct Unwritable(String);

/// The whole message. Made anew it is the same, with the same `Message-ID` and the same date.
pub fn compose(letter: &Claimed, sender: &Sender) -> Result<Message, Unwritable> {
    let unwritable = |error: &dyn std::fmt::Display| Unwritable(error.to_string());
    let to = address(&letter.recipient).ok_or_else(|| unwritable(&"not an address"))?;
    let since_1970 = Duration::from_micros(u64::try_from(letter.created_at.micros()).unwrap_or_default());
    let body = format!("{}\n{}", letter.body.as_deref().unwrap_or_default(), footer(letter.language, sender));
    Message::builder()
        .message_id(Some(format!("<{}@{}>", letter.id, sender.host)))
        .date(SystemTime::UNIX_EPOCH + since_1970)
        .from(sender.from.clone())
        .to(Mailbox::new(None, to))
        .subject(letter.subject.as_str())
        .raw_header(header("Auto-Submitted", "auto-generated"))
        .raw_header(header("Content-Language", letter.language.as_str()))
        .singlepart(SinglePart::builder().header(ContentType::TEXT_PLAIN).body(body))
        .map_err(|error| unwritable(&error))
}

/// `name` and `value` are ours.
fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

/// What every letter ends with, after the line that mail programs know as the beginning of a signature.
fn footer(language: UserLanguage, sender: &Sender) -> String {
    let template = match language {
        UserLanguage::Vi => include_str!("templates/footer.vi.txt"),
        UserLanguage::En => include_str!("templates/footer.en.txt"),
    };
    format!("-- \n{}", template.replace("{issuer}", &sender.issuer))
}

/// An address as servers know it: a domain of other letters than ASCII goes as its A-labels (RFC 5891), for which a server
/// needs no extension.
fn address(text: &str) -> Option<Address> {
    let (local, domain) = text.rsplit_once('@')?;
    let domain = match url::Host::parse(domain).ok()? {
        url::Host::Domain(domain) => domain,
        url::Host::Ipv4(_) | url::Host::Ipv6(_) => return None,
    };
    Address::new(local, domain).ok()
}
