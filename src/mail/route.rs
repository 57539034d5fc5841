//! How letters leave the house, as configured:
//!
//! * nothing: into files, in the folder `mail` of the data directory;
//! * `smtp://user:password@host:port`: to that server (port 587), encrypted by STARTTLS or not at all sent. With
//!   `?tls=opportunistic` encrypted if the server offers it, with `?tls=none` never: for a server on the same machine;
//! * `smtps://user:password@host:port`: to that server (port 465) over TLS from the first byte (RFC 8314).
//!
//! User and password, percent-encoded where they need it, may be left out. Certificates are those the machine trusts.

use std::fmt;
use url::Url;

/// Whether the connection to the server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// From the first byte.
    FromTheStart,
    /// By STARTTLS; without it nothing is sent.
    Required,
    /// By STARTTLS, if the server offers it.
    IfOffered,
    Never,
}

/// A mail server that takes our letters.
#[derive(Clone, PartialEq, Eq)]
pub struct Relay {
    pub host: String,
    pub port: u16,
    pub encryption: Encryption,
    /// User and password.
    pub credentials: Option<(String, String)>,
}

/// Without the password.
impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{} ({:?})", self.host, self.port, self.encryption)
    }
}

/// What is wrong with a mail server's address, in words that do not repeat it: it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RouteError {
    #[error("it must be smtp://user:password@host:port or smtps://user:password@host:port")]
    Shape,
    #[error("the user and the password go together, percent-encoded as UTF-8")]
    Credentials,
    #[error(
        "after `?` may stand only tls=none, tls=opportunistic or tls=required, and nothing with smtps://"
    )]
    Parameters,
}

impl Relay {
    /// Reads the setting.
    pub fn parse(text: &str) -> Result<Self, RouteError> {
        let url = Url::parse(text).map_err(|_| RouteError::Shape)?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(RouteError::Shape)?;
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(RouteError::Shape);
        }
        let parameters: Vec<_> = url.query_pairs().collect();
        let parameters: Vec<_> = parameters.iter().map(|(name, value)| (&**name, &**value)).collect();
        let (encryption, port) = match (url.scheme(), parameters.as_slice()) {
            ("smtps", []) => (Encryption::FromTheStart, 465),
            ("smtp", [] | [("tls", "required")]) => (Encryption::Required, 587),
            ("smtp", [("tls", "opportunistic")]) => (Encryption::IfOffered, 587),
            ("smtp", [("tls", "none")]) => (Encryption::Never, 587),
            ("smtp" | "smtps", _) => return Err(RouteError::Parameters),
            _ => return Err(RouteError::Shape),
        };
        Ok(Self {
            host: host.trim_matches(['[', ']']).to_owned(),
            port: url.port().unwrap_or(port),
            encryption,
            credentials: credentials(&url)?,
        })
    }
}

fn credentials(url: &Url) -> Result<Option<(String, String)>, RouteError> {
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        ("", Some(_)) | (_, None) => Err(RouteError::Credentials),
        (user, Some(password)) => Ok(Some((
            decoded(user).ok_or(RouteError::Credentials)?,
            decoded(password).ok_or(RouteError::Credentials)?,
        ))),
    }
}

/// Resolves percent-encoding.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digit =
                    |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
                digit(rest.next()?)? * 16 + digit(rest.next()?)?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relay_is_read_and_never_shows_its_password() {
        let relay = Relay::parse("smtp://shop%40example.vn:m%E1%BA%ADt%3A@mail.example.vn").expect("right");
        assert_eq!((relay.host.as_str(), relay.port), ("mail.example.vn", 587));
        assert_eq!(relay.encryption, Encryption::Required);
        assert_eq!(relay.credentials, Some(("shop@example.vn".to_owned(), "mật:".to_owned())));
        assert_eq!(format!("{relay:?}"), "mail.example.vn:587 (Required)");
        for (text, encryption, port) in [
            ("smtps://mail.example.vn", Encryption::FromTheStart, 465),
            ("smtps://mail.example.vn:2465/", Encryption::FromTheStart, 2465),
            ("smtp://127.0.0.1:25?tls=none", Encryption::Never, 25),
            ("smtp://[::1]:25?tls=opportunistic", Encryption::IfOffered, 25),
            ("smtp://localhost?tls=required", Encryption::Required, 587),
        ] {
            let relay = Relay::parse(text).expect(text);
            assert_eq!((relay.encryption, relay.port, relay.credentials), (encryption, port, None), "{text}");
        }
        assert_eq!(Relay::parse("smtp://[::1]").map(|relay| relay.host).as_deref(), Ok("::1"));
    }

    #[test]
    fn a_wrong_relay_is_refused() {
        for (text, error) in [
            ("mail.example.vn", RouteError::Shape),
            ("mail.example.vn:25", RouteError::Shape),
            ("http://mail.example.vn", RouteError::Shape),
            ("smtp://", RouteError::Shape),
            ("smtp:///x", RouteError::Shape),
            ("smtp://host/ehlo", RouteError::Shape),
            ("smtp://host:99999", RouteError::Shape),
            ("smtp://user@host", RouteError::Credentials),
            ("smtp://:secret@host", RouteError::Credentials),
            ("smtp://user:%FF@host", RouteError::Credentials),
            ("smtp://host?tls=no", RouteError::Parameters),
            ("smtp://host?starttls=none", RouteError::Parameters),
            ("smtps://host?tls=none", RouteError::Parameters),
        ] {
            assert_eq!(Relay::parse(text), Err(error), "{text}");
        }
    }
}
