//! One letter to a mail server: a connection, a conversation, and whether what went wrong is final.

use super::postman::Refusal;
use super::route::{Encryption, Relay};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::{Address, Message};
use std::time::Duration;

/// For each way a name resolves to.
const TO_CONNECT: Duration = Duration::from_secs(10);
/// For a whole letter. RFC 5321 §4.5.3.2 would have a client wait for minutes; we come again instead.
const TO_SEND: Duration = Duration::from_secs(60);
/// For a farewell that changes nothing any more.
const TO_QUIT: Duration = Duration::from_secs(2);

/// A server to send to.
pub struct Server {
    relay: Relay,
    tls: TlsParameters,
    /// Who we say we are.
    name: ClientId,
}

impl Server {
    pub fn new(relay: Relay, name: &str) -> Result<Self, Error> {
        let tls = TlsParameters::new(relay.host.clone())?;
        Ok(Self { relay, tls, name: ClientId::Domain(name.to_owned()) })
    }

    /// Sends a message. It is out as soon as the server has said so: how the conversation ends does not matter then.
    pub async fn send(&self, message: &Message) -> Result<(), Refusal> {
        let sent = tokio::time::timeout(TO_SEND, async {
            let mut conversation = self.connect().await?;
            hand_over(&mut conversation, message).await?;
            Ok(conversation)
        });
        let mut conversation = sent.await.unwrap_or_else(|_| Err(Refusal::of_server("no answer in time")))?;
        let _ = tokio::time::timeout(TO_QUIT, conversation.abort()).await;
        Ok(())
    }

    /// What goes wrong here is no fault of the letter's.
    async fn connect(&self) -> Result<AsyncSmtpConnection, Refusal> {
        let Relay { host, port, encryption, credentials } = &self.relay;
        let from_the_start = (*encryption == Encryption::FromTheStart).then(|| self.tls.clone());
        let address = (host.as_str(), *port);
        let connect =
            AsyncSmtpConnection::connect_tokio1(address, Some(TO_CONNECT), &self.name, from_the_start, None);
        let mut conversation = connect.await.map_err(|error| of_server("connecting", &error))?;
        let encrypt = match encryption {
            Encryption::FromTheStart | Encryption::Never => false,
            Encryption::Required => true,
            Encryption::IfOffered => conversation.can_starttls(),
        };
        if encrypt {
            let encrypted = conversation.starttls(self.tls.clone(), &self.name);
            encrypted.await.map_err(|error| of_server("STARTTLS", &error))?;
        }
        if let Some((user, password)) = credentials {
            let credentials = Credentials::new(user.clone(), password.clone());
            let signed_in = conversation.auth(DEFAULT_MECHANISMS, &credentials);
            signed_in.await.map_err(|error| of_server("AUTH", &error))?;
        }
        Ok(conversation)
    }
}

async fn hand_over(conversation: &mut AsyncSmtpConnection, message: &Message) -> Result<(), Refusal> {
    let (envelope, content) = (message.envelope(), message.formatted());
    let mut parameters = Vec::new();
    let utf8 = |address: &Address| !AsRef::<str>::as_ref(address).is_ascii();
    if envelope.from().is_some_and(utf8) || envelope.to().iter().any(utf8) {
        if !conversation.server_info().supports_feature(Extension::SmtpUtfEight) {
            return Err(Refusal::of_letter("the server takes no addresses beyond ASCII (SMTPUTF8)"));
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    if !content.is_ascii() {
        // Only with an address beyond ASCII; who offers SMTPUTF8 must offer this too (RFC 6531 §3.1).
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    let mail = Mail::new(envelope.from().cloned(), parameters);
    // The sender is our setting, the same with every letter.
    conversation.command(mail).await.map_err(|error| of_server("MAIL", &error))?;
    for recipient in envelope.to() {
        let rcpt = Rcpt::new(recipient.clone(), Vec::new());
        conversation.command(rcpt).await.map_err(|error| of_letter("RCPT", &error))?;
    }
    conversation.command(Data).await.map_err(|error| of_letter("DATA", &error))?;
    conversation.message(&content).await.map_err(|error| of_letter("the message", &error))?;
    Ok(())
}

/// 530: we ought to have signed in, which the setting can mend.
const SIGN_IN_FIRST: u16 = 530;

fn of_letter(stage: &str, error: &Error) -> Refusal {
    let code = code(error);
    let about_us = !error.is_permanent() || code == Some(SIGN_IN_FIRST);
    Refusal { is_final: !about_us, of_server: code.is_none(), ..of_server(stage, error) }
}

fn of_server(stage: &str, error: &Error) -> Refusal {
    let code = code(error);
    let brief = match code {
        Some(code) => format!("{stage}: refused with {code}"),
        // Ours or the operating system's words, in which nobody's address stands.
        None => format!("{stage}: {error}"),
    };
    Refusal { brief, whole: format!("{stage}: {error}"), is_final: false, of_server: true }
}

fn code(error: &Error) -> Option<u16> {
    error.status().map(u16::from)
}
