//! Letters that the service has written: `let letter = app.mail_to("minh@example.vn").await;`
//!
//! Without a mail server configured they are files, which are read and decoded here by somebody else's parser.

use super::TestApp;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use mail_parser::MessageParser;
use ocop_market::db::{Conn, Failure};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

/// A letter as its reader sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    pub to: String,
    pub from: String,
    pub from_name: Option<String>,
    pub subject: String,
    /// With `\n` at the ends of lines; the footer is left out.
    pub body: String,
    pub footer: String,
    /// Without the angle brackets.
    pub message_id: String,
    /// The whole message.
    pub raw: String,
}

impl Mail {
    pub fn read(raw: &[u8]) -> Self {
        let message = MessageParser::default().parse(raw).expect("a message of RFC 5322");
        let address = |of: Option<&mail_parser::Address>| {
            let first = of.and_then(|of| of.first()).expect("an address");
            first.address().expect("an address").to_owned()
        };
        let text = message.body_text(0).expect("a text").replace("\r\n", "\n");
        let (body, footer) = text.split_once("-- \n").expect("a footer");
        Self {
            to: address(message.to()),
            from: address(message.from()),
            from_name: message.from().and_then(|from| from.first()?.name()).map(str::to_owned),
            subject: message.subject().expect("a subject").to_owned(),
            body: body.trim_end().to_owned(),
            footer: footer.trim_end().to_owned(),
            message_id: message.message_id().expect("an id").to_owned(),
            raw: String::from_utf8(raw.to_vec()).expect("UTF-8 at most"),
        }
    }

    /// The token in the link `{issuer}/links/<purpose>#<token>`.
    #[allow(dead_code, reason = "for whoever is sent a link")]
    #[track_caller]
    pub fn token(&self, purpose: &str) -> String {
        let (_, after) = self.body.split_once(&format!("/links/{purpose}#")).expect("a link of that purpose");
        after.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect()
    }
}

/// The folders of all instances on one database, and what a test has taken out of them.
#[derive(Clone, Default)]
pub struct Letterbox(Arc<Mutex<Letters>>);

#[derive(Default)]
struct Letters {
    folders: Vec<PathBuf>,
    taken: HashSet<PathBuf>,
}

impl Letterbox {
    pub fn add(&self, data_dir: &Path) {
        self.0.lock().expect("no test panics here").folders.push(data_dir.join("mail"));
    }

    /// All letters, or those not yet taken, the oldest first.
    fn files(&self, taken_too: bool) -> Vec<(PathBuf, Mail)> {
        let letters = self.0.lock().expect("no test panics here");
        let folders = letters.folders.iter().filter_map(|folder| std::fs::read_dir(folder).ok());
        let mut files: Vec<(SystemTime, PathBuf)> = folders
            .flatten()
            .map(|entry| entry.expect("a file").path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "eml"))
            .filter(|path| taken_too || !letters.taken.contains(path))
            .map(|path| (path.metadata().and_then(|file| file.modified()).expect("a time"), path))
            .collect();
        files.sort();
        let read = |(_, path): (SystemTime, PathBuf)| {
            let mail = Mail::read(&std::fs::read(&path).expect("a letter"));
            (path, mail)
        };
        files.into_iter().map(read).collect()
    }

    fn take(&self, address: &str) -> Option<Mail> {
        let (path, mail) = self.files(false).into_iter().find(|(_, mail)| mail.to == address)?;
        self.0.lock().expect("no test panics here").taken.insert(path);
        Some(mail)
    }
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

fn waiting(conn: &mut Conn) -> QueryResult<i64> {
    let sql = "SELECT COUNT(*) AS n FROM mails WHERE sent_at IS NULL AND failed_at IS NULL";
    diesel::sql_query(sql).get_result::<Count>(conn).map(|count| count.n)
}

impl TestApp {
    /// Is there a file of a letter to this address, case aside?
    pub fn has_letters_to(&self, address: &str) -> bool {
        self.letterbox.files(true).iter().any(|(_, mail)| mail.to.to_lowercase() == address.to_lowercase())
    }

    /// Lets the job that writes letters about leads come round; in tests it does so only then.
    pub async fn write_letters(&self) {
        ocop_market::leads::letters::round(&self.state).await.expect("the letters are written");
    }

    /// The next letter to an address that was not taken yet.
    pub async fn mail_to(&self, address: &str) -> Mail {
        let began = Instant::now();
        loop {
            if let Some(mail) = self.letterbox.take(address) {
                return mail;
            }
            assert!(began.elapsed() < Duration::from_secs(10), "no letter to {address} has come");
            // For those that the clock has made due.
            self.state.post.wake();
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Checks that no letter to an address is there, beyond those taken, nor on its way.
    pub async fn no_mail_to(&self, address: &str) {
        self.outbox_is_empty().await;
        let mail = self.letterbox.take(address);
        assert!(mail.is_none(), "{mail:?}");
    }

    /// All letters to all addresses, the oldest first.
    #[allow(dead_code, reason = "for whoever writes several")]
    pub async fn all_mail(&self) -> Vec<Mail> {
        self.outbox_is_empty().await;
        self.letterbox.files(true).into_iter().map(|(_, mail)| mail).collect()
    }

    /// Waits until every letter that was written is sent or given up.
    pub async fn outbox_is_empty(&self) {
        let began = Instant::now();
        loop {
            let waiting =
                self.state.db.read(|conn| waiting(conn).map_err(Failure::from)).await.expect("counted");
            if waiting == 0 {
                return;
            }
            assert!(began.elapsed() < Duration::from_secs(10), "{waiting} letters wait");
            self.state.post.wake();
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}
