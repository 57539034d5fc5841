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

/// `name@domain.vn`, or a name, quoted or not, and such an address in angle brackets.
pub fn mailbox(text: &str) -> Option<Mailbox> {
    let text = text.trim();
    if text.contains(char::is_control) {
        return None;
    }
    match text.strip_suffix('>').and_then(|rest| rest.rsplit_once('<')) {
        None => address(text).map(|address| Mailbox::new(None, address)),
        Some((name, of)) => {
            let name = name.trim();
            let name = name.strip_prefix('"').and_then(|name| name.strip_suffix('"')).unwrap_or(name);
            let name = (!name.is_empty()).then(|| name.to_owned());
            address(of).map(|address| Mailbox::new(name, address))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Instant;
    use crate::db::columns::Key;

    fn composed(recipient: &str, subject: &str, body: &str) -> Result<String, Unwritable> {
        let at = Instant::from_micros(1_795_402_800_000_000);
        let letter = Claimed {
            id: Key::new(at, [0; 10]).into(),
            kind: "session_stolen".to_owned(),
            recipient: recipient.to_owned(),
            language: UserLanguage::En,
            subject: subject.to_owned(),
            body: Some(body.to_owned()),
            created_at: at,
            attempts: 1,
        };
        let issuer = "https://market.example.vn".to_owned();
        let from = "OCOP Market <no-reply@market.example.vn>".parse().expect("an address");
        let sender = Sender { from, issuer, host: "market.example.vn".to_owned() };
        let message = compose(&letter, &sender)?;
        Ok(String::from_utf8(message.formatted()).expect("UTF-8"))
    }

    #[test]
    fn nothing_gets_into_the_headers() {
        let message =
            composed("minh@example.vn", "A\r\nBcc: evil@example.com\r\n\r\nB", "C").expect("a message");
        let (headers, _) = message.split_once("\r\n\r\n").expect("headers and a body");
        let names: Vec<_> = headers
            .split("\r\n")
            .filter(|line| !line.starts_with([' ', '\t']))
            .map(|line| line.split_once(':').expect("a header").0)
            .collect();
        assert_eq!(
            names,
            [
                "Message-ID",
                "Date",
                "From",
                "To",
                "Subject",
                "Auto-Submitted",
                "Content-Language",
                "MIME-Version",
                "Content-Type",
                "Content-Transfer-Encoding"
            ]
        );
        for recipient in
            ["minh@example.vn\r\nBcc: evil@example.com", "a b@example.vn", "minh@1.2.3.4", "minh", "@", ""]
        {
            assert!(composed(recipient, "A", "B").is_err(), "{recipient}");
        }
    }

    #[test]
    fn a_sender_is_an_address_with_a_name_or_without() {
        for (text, expected) in [
            ("a@example.vn", Some((None, "a@example.vn"))),
            (" Chợ OCOP, miền Bắc <a@example.vn> ", Some((Some("Chợ OCOP, miền Bắc"), "a@example.vn"))),
            ("\"OCOP Market\" <a@localhost>", Some((Some("OCOP Market"), "a@localhost"))),
            ("<a@chợ.vn>", Some((None, "a@xn--ch-3bt.vn"))),
            ("A <a@example.vn>\r\nBcc: b@example.vn", None),
            ("A <a@example.vn> B", None),
            ("A a@example.vn", None),
            ("nobody", None),
            ("<>", None),
            ("", None),
        ] {
            let found = mailbox(text);
            let found = found.as_ref().map(|found| (found.name.as_deref(), found.email.as_ref()));
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn a_message_made_again_is_the_same() {
        let make =
            || composed("minh@example.vn", "Chào bạn", "Xin chào,\n\n.\nHẹn gặp lại.\n").expect("a message");
        assert_eq!(make(), make());
    }
}
