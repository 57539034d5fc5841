//! The postman: takes what is due out of the outbox, sends it, writes down how that went.

use super::compose::{compose, mailbox};
use super::files::Folder;
use super::model::MailId;
use super::route::{Relay, RouteError};
use super::smtp::Server;
use super::store::{self, Claimed};
use crate::app::App;
use crate::config::Config;
use crate::db::{Conn, Failure, Instant};
use crate::world::World;
use actix_web::web::Data;
use diesel::QueryResult;
use lettre::message::Mailbox;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{Mutex, Notify};

/// How often the postman looks into the outbox when nobody has rung.
const LOOKS_EVERY: Duration = Duration::from_secs(5);
/// The least time between two looks: who rings at every request costs no more than fifty of them a second.
const BREATH: Duration = Duration::from_millis(20);
/// For how long a claimed letter is nobody else's; much longer than sending takes at most.
const LEASE_SECONDS: i64 = 5 * 60;
/// How long after each attempt the next one comes; the last counts for all that follow. A letter of a quarter of an hour's
/// use is tried thrice in it, a server may be away for a weekend.
const PAUSES: [i64; 7] = [60, 5 * 60, 30 * 60, 2 * 3600, 6 * 3600, 12 * 3600, 24 * 3600];
/// How long it is tried at all.
const GIVES_UP_AFTER: i64 = 3 * 24 * 3600;
/// How long to wait, each time, before writing down again what the database did not take.
const NOTE_AGAIN: [Duration; 4] =
    [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(5), Duration::from_secs(20)];

/// Why mail cannot be set up: one line for the operator.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    #[error("--mail-url (OCOP_MAIL_URL): {0}")]
    Route(#[from] RouteError),
    #[error("--mail-url (OCOP_MAIL_URL): TLS cannot be set up: {0}")]
    Tls(#[from] lettre::transport::smtp::Error),
    #[error(
        "--mail-from (OCOP_MAIL_FROM): expected an address, or a name and an address as `Name <name@domain.vn>`"
    )]
    From,
    #[error("the folder {path} for letters cannot be used: {source}")]
    Folder { path: String, source: std::io::Error },
}

/// Who the letters are from.
pub struct Sender {
    pub from: Mailbox,
    /// The service's public address.
    pub issuer: String,
    /// Its host, which ends the ids of messages.
    pub host: String,
}

enum Transport {
    Files(Folder),
    Smtp(Server),
}

/// The post office of this instance.
pub struct Post {
    sender: Sender,
    transport: Transport,
    bell: Notify,
    closed: AtomicBool,
    /// Held while a letter is under way.
    at_work: Mutex<()>,
}

/// Why a letter was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// For the log: without what the server said, which may repeat the address.
    pub brief: String,
    pub whole: String,
    /// Trying again is no use.
    pub is_final: bool,
    /// Other letters would fare no better now.
    pub of_server: bool,
}

impl Refusal {
    pub fn of_letter(text: impl Into<String>) -> Self {
        let brief = text.into();
        Self { whole: brief.clone(), brief, is_final: true, of_server: false }
    }

    pub fn of_server(text: impl Into<String>) -> Self {
        Self { is_final: false, of_server: true, ..Self::of_letter(text) }
    }
}

impl Post {
    pub fn open(config: &Config) -> Result<Self, MailError> {
        let host = host(&config.issuer);
        let from = match config.mail_from.as_deref().filter(|from| !from.is_empty()) {
            Some(from) => mailbox(from).ok_or(MailError::From)?,
            None => mailbox(&format!("OCOP Market <no-reply@{host}>")).ok_or(MailError::From)?,
        };
        let transport = match config.mail_url.as_deref().filter(|url| !url.is_empty()) {
            Some(url) => Transport::Smtp(Server::new(Relay::parse(url)?, &host)?),
            None => {
                let path = config.data_dir.join("mail");
                let shown = path.display().to_string();
                let folder =
                    Folder::open(path).map_err(|source| MailError::Folder { path: shown, source })?;
                Transport::Files(folder)
            }
        };
        Ok(Self {
            sender: Sender { from, issuer: config.issuer.clone(), host },
            transport,
            bell: Notify::new(),
            closed: AtomicBool::new(false),
            at_work: Mutex::new(()),
        })
    }

    /// Has the postman look into the outbox now: there may be a new letter.
    pub fn wake(&self) {
        self.bell.notify_one();
    }

    /// Lets the postman finish the letter in hand, and take no other.
    pub async fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.wake();
        drop(self.at_work.lock().await);
    }

    /// Removes the files of letters, where letters are files. What fails is left to [`Post::purge_files`].
    pub async fn forget_files(&self, letters: Vec<MailId>) {
        if letters.is_empty() {
            return;
        }
        let endings: Vec<String> = letters.iter().map(|id| format!("-{id}.eml")).collect();
        self.remove_files(move |name| {
            let name = name.trim_end_matches(".part");
            endings.iter().any(|ending| name.ends_with(ending.as_str()))
        })
        .await;
    }

    /// Removes the files of letters that were written 30 days ago, by their names.
    pub async fn purge_files(&self, now: Instant) {
        let oldest = in_a_name(super::forgotten_before(now));
        self.remove_files(move |name| is_older(name, &oldest)).await;
    }

    async fn remove_files(&self, chosen: impl Fn(&str) -> bool + Send + 'static) {
        let Transport::Files(folder) = &self.transport else { return };
        // The letter in hand may be one of them.
        let _at_work = self.at_work.lock().await;
        match folder.remove(chosen).await {
            Ok(files) => tracing::debug!(files, "files of letters removed"),
            Err(error) => tracing::warn!(%error, "files of letters not removed"),
        }
    }

    /// Sends a letter, by whichever way is configured.
    async fn deliver(&self, letter: &Claimed) -> Result<(), Refusal> {
        let message =
            compose(letter, &self.sender).map_err(|unwritable| Refusal::of_letter(unwritable.to_string()))?;
        match &self.transport {
            Transport::Smtp(server) => server.send(&message).await,
            Transport::Files(folder) => {
                let file = format!("{}-{}.eml", in_a_name(letter.created_at), letter.id);
                let put = folder.put(&file, message.formatted()).await;
                put.map_err(|error| Refusal::of_server(format!("the file cannot be written: {error}")))?;
                tracing::info!(kind = letter.kind, file, "letter written to a file");
                Ok(())
            }
        }
    }
}

/// An instant as names of files begin.
fn in_a_name(at: Instant) -> String {
    at.to_string().replace(':', "")
}

/// Is it the file of a letter, finished or not, from an earlier second than such a name begins with?
fn is_older(name: &str, oldest: &str) -> bool {
    const SECOND: std::ops::Range<usize> = 0.."2026-11-23T030000".len();
    let name = name.trim_start_matches('.');
    let is_letter =
        name.trim_end_matches(".part").ends_with(".eml") && name.starts_with(|c: char| c.is_ascii_digit());
    is_letter
        && name.get(SECOND).is_some_and(|second| oldest.get(SECOND).is_some_and(|oldest| second < oldest))
}

/// The issuer's host. One that is no name has no mail domain either.
fn host(issuer: &str) -> String {
    let name = url::Url::parse(issuer).ok().and_then(|url| url.domain().map(str::to_owned));
    name.unwrap_or_else(|| "localhost".to_owned())
}

/// Carries letters until the post is closed.
pub async fn postman(app: Data<App>) {
    if let Transport::Files(folder) = &app.post.transport {
        let folder = folder.path().display();
        tracing::warn!(%folder, "no mail server is configured (--mail-url): letters are only written to files");
    }
    let mut lost = false;
    while !app.post.closed.load(Ordering::SeqCst) {
        let round = round(&app).await;
        match &round {
            Err(error) if !lost => tracing::warn!(%error, "the outbox cannot be used now; letters wait"),
            _ => {}
        }
        lost = round.is_err();
        tokio::time::sleep(BREATH).await;
        tokio::select! {
            () = app.post.bell.notified() => {}
            () = tokio::time::sleep(LOOKS_EVERY) => {}
        }
    }
}

/// Sends one letter after the other until none is due, or the server takes none.
async fn round(app: &App) -> Result<(), Failure> {
    loop {
        let _at_work = app.post.at_work.lock().await;
        if app.post.closed.load(Ordering::SeqCst) {
            return Ok(());
        }
        let Some(letter) = claim(app).await? else { return Ok(()) };
        let outcome = app.post.deliver(&letter).await;
        let server_is_away = outcome.as_ref().is_err_and(|refusal| refusal.of_server);
        note(app, letter, outcome).await?;
        if server_is_away {
            return Ok(());
        }
    }
}

async fn claim(app: &App) -> Result<Option<Claimed>, Failure> {
    let now = app.world.now();
    // Most of the time nothing is due: a look at an index is all then.
    let next = app.db.read(|conn| store::next_due(conn).map_err(Failure::from)).await?;
    if next.is_none_or(|due| due > now) {
        return Ok(None);
    }
    let lease = now.plus_seconds(LEASE_SECONDS);
    app.db.write(move |conn| store::claim(conn, now, lease).map_err(Failure::from)).await
}

/// Writes down how it went, and tries hard to: a letter of which nobody knows that it was sent is sent again.
async fn note(app: &App, letter: Claimed, outcome: Result<(), Refusal>) -> Result<(), Failure> {
    let note = Note::of(&app.world, &letter, outcome);
    note.log(&letter);
    let (mut pauses, mail) = (NOTE_AGAIN.iter(), letter.id);
    let (letter, note) = (std::sync::Arc::new(letter), std::sync::Arc::new(note));
    loop {
        let (letter, note) = (letter.clone(), note.clone());
        let written = app.db.write(move |conn| note.write(conn, &letter).map_err(Failure::from)).await;
        let Err(failure) = written else { return Ok(()) };
        let Some(pause) = pauses.next().filter(|_| !app.post.closed.load(Ordering::SeqCst)) else {
            tracing::error!(%mail, error = %failure, "what became of a letter is not noted; if it was sent, it will be again");
            return Err(failure);
        };
        tokio::time::sleep(*pause).await;
    }
}

/// What becomes of a letter.
enum Note {
    Sent { at: Instant },
    Postponed { due: Instant, refusal: Refusal },
    Failed { at: Instant, refusal: Refusal },
}

impl Note {
    fn of(world: &World, letter: &Claimed, outcome: Result<(), Refusal>) -> Self {
        let now = world.now();
        let Err(mut refusal) = outcome else { return Self::Sent { at: now } };
        refusal.whole = refusal.whole.replace(&letter.recipient, "…").chars().take(500).collect();
        let last_chance = letter.created_at.plus_seconds(GIVES_UP_AFTER);
        if refusal.is_final || now >= last_chance {
            return Self::Failed { at: now, refusal };
        }
        let due = now.plus_seconds(pause(letter.attempts, world.bytes())).min(last_chance);
        Self::Postponed { due, refusal }
    }

    fn write(&self, conn: &mut Conn, letter: &Claimed) -> QueryResult<()> {
        match self {
            Self::Sent { at } => store::sent(conn, letter.id, *at),
            Self::Postponed { due, refusal } => store::postponed(conn, letter, *due, &refusal.whole),
            Self::Failed { at, refusal } => store::failed(conn, letter, *at, &refusal.whole),
        }
    }

    /// Without the address and what may hold it.
    fn log(&self, letter: &Claimed) {
        let Claimed { id: mail, kind, attempts, .. } = letter;
        match self {
            Self::Sent { .. } => tracing::debug!(%mail, kind, attempts, "letter sent"),
            Self::Postponed { due, refusal } => {
                tracing::warn!(%mail, kind, attempts, %due, error = refusal.brief, "letter not sent, to be tried again");
            }
            Self::Failed { refusal, .. } => {
                tracing::error!(%mail, kind, attempts, error = refusal.brief, "letter given up");
            }
        }
    }
}

/// Seconds until the attempt after the `attempts`th, up to a fifth longer by chance: what failed together does not come
/// again together.
fn pause(attempts: i64, chance: [u8; 2]) -> i64 {
    let nth = usize::try_from(attempts.saturating_sub(1)).unwrap_or(0).min(PAUSES.len() - 1);
    let pause = PAUSES.get(nth).copied().unwrap_or(GIVES_UP_AFTER);
    pause + pause * i64::from(u16::from_le_bytes(chance)) / (5 * i64::from(u16::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_scatter_by_a_fifth() {
        for (attempts, least, most) in
            [(1, 60, 72), (2, 300, 360), (7, 86_400, 103_680), (90, 86_400, 103_680)]
        {
            assert_eq!(pause(attempts, [0, 0]), least);
            assert_eq!(pause(attempts, [255, 255]), most);
        }
    }

    #[test]
    fn only_files_of_old_letters_are_old() {
        let oldest = "2026-11-23T030000Z";
        for (name, old) in [
            ("2026-11-23T025959.999999Z-1.eml", true),
            (".2026-11-23T025959Z-1.eml.part", true),
            ("2026-11-23T030000Z-1.eml", false),
            ("2026-11-23T030000.5Z-1.eml", false),
            ("2025-01-01T000000Z-list.txt", false),
            (".keep", false),
        ] {
            assert_eq!(is_older(name, oldest), old, "{name}");
        }
    }

    #[test]
    fn a_host_that_is_no_name_has_no_mail() {
        for (issuer, expected) in [
            ("https://market.example.vn", "market.example.vn"),
            ("http://market.example.vn:8080", "market.example.vn"),
            ("http://localhost:8080", "localhost"),
            ("http://127.0.0.1:8080", "localhost"),
            ("http://[::1]:8080", "localhost"),
        ] {
            assert_eq!(host(issuer), expected, "{issuer}");
        }
    }
}
