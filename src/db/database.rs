//! One `Database` over both engines. Every connection is owned by one thread of a *lane*; async callers post
//! closures to a lane and await the answer.
//!
//! * PostgreSQL: one lane of N threads serves reads and writes.
//! * SQLite: N read-only threads, one writer that commits what has queued as one group, and one thread that brings the
//!   writer's log into the file.
//!
//! The queue is bounded: a full one answers [`Unavailable::Busy`] at once instead of piling work up.

use super::conn::snapshot;
use super::{Conn, Failure};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError, bounded};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant as Tick};
use tokio::sync::oneshot;

/// The database cannot answer now; trying again later is right, so this becomes 503 with `Retry-After`.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Unavailable {
    #[error("the database queue is full")]
    Busy,
    #[error("the database connection was lost before the answer")]
    Lost,
    #[error("the commit failed: {0}")]
    Commit(Arc<diesel::result::Error>),
}

/// How a database is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// `postgres://…`, or a SQLite file's path (`sqlite://` in front is allowed).
    pub url: String,
    /// Reading threads on SQLite, all threads on PostgreSQL.
    pub threads: usize,
    /// How long to go on trying while the database is not there yet.
    pub patience: Duration,
}

impl Options {
    pub fn is_postgres(&self) -> bool {
        self.url.starts_with("postgres://") || self.url.starts_with("postgresql://")
    }

    /// The file, if the database is SQLite's.
    pub fn sqlite_file(&self) -> Option<&Path> {
        (!self.is_postgres()).then(|| Path::new(self.sqlite_path()))
    }

    fn sqlite_path(&self) -> &str {
        self.url.strip_prefix("sqlite://").unwrap_or(&self.url)
    }
}

/// Told once the outcome of its job is durable, or known to be lost.
type Ack = Box<dyn FnOnce(Result<(), Unavailable>) + Send>;
type Job = Box<dyn FnOnce(&mut Conn) -> Ack + Send>;
type Turn = fn(&mut Conn, Job, &Receiver<Job>);

#[derive(Clone)]
pub struct Database {
    lanes: Arc<Mutex<Option<Lanes>>>,
    reads: Sender<Job>,
    writes: Sender<Job>,
    writers: usize,
}

struct Lanes {
    threads: Vec<JoinHandle<()>>,
    /// Dropped to end the threads, however many clones of the `Database` are still about.
    _stop: Sender<()>,
}

/// The writer of SQLite: every commit is on disk when it is acknowledged. Pages that many rows share (indices, above all) stay
/// in its cache. What is in the log is brought into the file by [`fold`]; the writer itself does the rest of it when the log has
/// 64 MB, and begins it anew.
const WRITER: &str =
    "PRAGMA synchronous = FULL; PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 16000;";
const QUEUE: usize = 4096;
/// Jobs of one SQLite group commit at most: bounds how long the first of them waits for the others.
const GROUP: usize = 128;
/// A connection idle for this long is probed before use: a restart of PostgreSQL meanwhile goes unnoticed.
const PROBE_AFTER: Duration = Duration::from_secs(1);

impl Database {
    /// Opens all connections, waiting up to `patience` for a database that is not there yet.
    pub fn open(options: &Options) -> ConnectionResult<Self> {
        let (_stop, stopped) = bounded::<()>(0);
        let mut threads = Vec::new();
        let (reads, writes, writers) = if options.is_postgres() {
            let url = options.url.clone();
            let open = move || postgres(&url);
            let lane =
                lane("postgres", options.threads, options.patience, open, each, &stopped, &mut threads)?;
            (lane.clone(), lane, options.threads.max(1))
        } else {
            let path = options.sqlite_path().to_owned();
            let read_path = path.clone();
            let writer = move || sqlite(&path, WRITER);
            let reader = move || sqlite(&read_path, "PRAGMA query_only = ON;");
            let writes = lane("sqlite-write", 1, options.patience, writer, group, &stopped, &mut threads)?;
            threads.push(folder(options.sqlite_path(), &stopped)?);
            let reads =
                lane("sqlite-read", options.threads, options.patience, reader, each, &stopped, &mut threads)?;
            (reads, writes, 1)
        };
        Ok(Self { lanes: Arc::new(Mutex::new(Some(Lanes { threads, _stop }))), reads, writes, writers })
    }

    /// Runs `f` on a reading connection. If it reads more than once and the answers must agree, see [`Self::snapshot`].
    pub async fn read<T, E, F>(&self, f: F) -> Result<T, E>
    where
        F: FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Failure> + Send + 'static,
    {
        post(&self.reads, f).await
    }

    /// Runs `f` on a reading connection; all it reads is of one moment.
    pub async fn snapshot<T, E, F>(&self, f: F) -> Result<T, E>
    where
        F: FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Failure> + From<diesel::result::Error> + Send + 'static,
    {
        post(&self.reads, |conn| snapshot(conn, f)).await
    }

    /// Runs `f` in one transaction and answers only when it is durable. An `Err` rolls back `f` alone.
    pub async fn write<T, E, F>(&self, f: F) -> Result<T, E>
    where
        F: FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Failure> + From<diesel::result::Error> + Send + 'static,
    {
        post(&self.writes, |conn| conn.transaction(f)).await
    }

    /// Runs `work` on a writing connection, where it opens its transactions itself, and tells `done` once what it has
    /// committed is durable. Nobody waits: if there is no room in the queue, or the thread is lost on the way, both are
    /// dropped, and what they own learns of it.
    pub fn write_detached<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Conn) -> T + Send + 'static,
        done: impl FnOnce(Result<T, Unavailable>) + Send + 'static,
    ) {
        let job: Job = Box::new(|conn| {
            let out = work(conn);
            Box::new(move |durable| done(durable.map(|()| out)))
        });
        // What the closures own is dropped with them.
        drop(self.writes.try_send(job));
    }

    /// How many writers can be at work at the same time.
    pub fn writers(&self) -> usize {
        self.writers
    }

    /// Finishes what is queued, then closes every connection (SQLite folds its log into the file).
    pub fn close(self) {
        let Some(Lanes { threads, _stop }) = self.lanes.lock().ok().and_then(|mut lanes| lanes.take()) else {
            return;
        };
        drop(_stop);
        for thread in threads {
            if thread.join().is_err() {
                tracing::error!("a database thread ended in a panic");
            }
        }
    }
}

/// One connection of its own, with the rights of a writer: for migrations and for the command line.
pub fn connect(options: &Options) -> ConnectionResult<Conn> {
    let open = || match options.is_postgres() {
        true => postgres(&options.url),
        false => sqlite(options.sqlite_path(), "PRAGMA synchronous = FULL;"),
    };
    open_patiently(&open, options.patience)
}

/// The shortest question that needs an answer of the database.
pub fn ping(conn: &mut Conn) -> QueryResult<()> {
    diesel::select(1_i32.into_sql::<diesel::sql_types::Integer>()).execute(conn).map(|_| ())
}

/// After how long a server that does not answer at all, not even its kernel, counts as lost: a host that went down or a
/// network that was cut says nothing. Without these it would be waited for by the defaults of TCP, a quarter of an hour
/// or two hours, however soon another took its place.
const PATIENCE_WITH_SILENCE: [(&str, &str); 5] = [
    ("connect_timeout", "5"),
    ("tcp_user_timeout", "10000"),
    ("keepalives_idle", "5"),
    ("keepalives_interval", "2"),
    ("keepalives_count", "3"),
];

/// The address with what it does not say itself of [`PATIENCE_WITH_SILENCE`].
fn bounded_silence(url: &str) -> String {
    let said = url.split_once('?').map_or("", |(_, parameters)| parameters);
    let says = |name: &str| said.split('&').any(|one| one.split('=').next() == Some(name));
    let mut bounded = url.to_owned();
    for (name, value) in PATIENCE_WITH_SILENCE {
        if !says(name) {
            match bounded.contains('?') {
                true if bounded.ends_with('?') => {}
                true => bounded.push('&'),
                false => bounded.push('?'),
            }
            bounded.push_str(&format!("{name}={value}"));
        }
    }
    bounded
}

fn postgres(url: &str) -> ConnectionResult<Conn> {
    let mut conn = PgConnection::establish(&bounded_silence(url))?;
    conn.batch_execute(
        "SET statement_timeout = '30s'; SET lock_timeout = '10s';
         SET idle_in_transaction_session_timeout = '60s'; SET client_min_messages = warning;",
    )
    .map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(Conn::Pg(conn))
}

fn sqlite(path: &str, extra: &str) -> ConnectionResult<Conn> {
    let mut conn = SqliteConnection::establish(path)?;
    conn.batch_execute(
        "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON;
         PRAGMA cache_size = -16000; PRAGMA mmap_size = 268435456; PRAGMA temp_store = MEMORY;",
    )
    .and_then(|()| conn.batch_execute(extra))
    .map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(Conn::Sqlite(conn))
}

async fn post<T, E, F>(lane: &Sender<Job>, f: F) -> Result<T, E>
where
    F: FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
    T: Send + 'static,
    E: From<Failure> + Send + 'static,
{
    let (tell, told) = oneshot::channel();
    let job: Job = Box::new(move |conn| {
        let out = f(conn);
        Box::new(move |durable| {
            // The caller may have hung up; then nobody is left to tell.
            let _ = tell.send(durable.map_err(|lost| E::from(Failure::from(lost))).and(out));
        })
    });
    match lane.try_send(job) {
        Ok(()) => told.await.unwrap_or_else(|_| Err(Failure::from(Unavailable::Lost).into())),
        Err(TrySendError::Full(_)) => Err(Failure::from(Unavailable::Busy).into()),
        Err(TrySendError::Disconnected(_)) => Err(Failure::from(Unavailable::Lost).into()),
    }
}

/// Starts the threads of one lane. A thread whose turn panics or breaks its connection opens a new one; an ack
/// dropped on the way reads as [`Unavailable::Lost`], never as success.
fn lane(
    name: &str,
    threads: usize,
    patience: Duration,
    open: impl Fn() -> ConnectionResult<Conn> + Send + Sync + 'static,
    turn: Turn,
    stopped: &Receiver<()>,
    handles: &mut Vec<JoinHandle<()>>,
) -> ConnectionResult<Sender<Job>> {
    let (sender, queue) = bounded::<Job>(QUEUE);
    let open = Arc::new(open);
    for _ in 0..threads.max(1) {
        let conn = open_patiently(&*open, patience)?;
        let (queue, open, stopped) = (queue.clone(), open.clone(), stopped.clone());
        let run = move || serve(conn, &queue, &stopped, &*open, turn);
        let handle = std::thread::Builder::new()
            .name(name.into())
            .spawn(run)
            .map_err(|e| ConnectionError::BadConnection(e.to_string()))?;
        handles.push(handle);
    }
    Ok(sender)
}

/// Starts the thread that brings SQLite's log into its file while the writer goes on: by itself the writer would do it now and
/// then, and everybody would wait for the disk meanwhile.
fn folder(path: &str, stopped: &Receiver<()>) -> ConnectionResult<JoinHandle<()>> {
    let (mut conn, stopped) = (sqlite(path, "")?, stopped.clone());
    let run = move || {
        let mut pause = CALM;
        // Nothing is ever sent: the channel ends with the database.
        while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(pause) {
            pause = match fold(&mut conn) {
                Ok(frames) if frames > MUCH => BUSY,
                Ok(_) => CALM,
                Err(error) => {
                    tracing::warn!(%error, "SQLite's log was not brought into its file");
                    CALM
                }
            };
        }
    };
    let started = std::thread::Builder::new().name("sqlite-fold".into()).spawn(run);
    started.map_err(|e| ConnectionError::BadConnection(e.to_string()))
}

/// Pauses between two folds, and how many pages of log are much.
const CALM: Duration = Duration::from_secs(2);
const BUSY: Duration = Duration::from_millis(50);
const MUCH: i64 = 1000;

/// What a checkpoint found.
#[derive(QueryableByName)]
struct Folded {
    /// Pages in the log.
    #[diesel(sql_type = BigInt)]
    log: i64,
}

/// Brings what is in the log into the file, as far as no reader needs it there, and keeps nobody waiting; says how many pages
/// the log has.
fn fold(conn: &mut Conn) -> QueryResult<i64> {
    diesel::sql_query("PRAGMA wal_checkpoint(PASSIVE)").get_result::<Folded>(conn).map(|folded| folded.log)
}

fn serve(
    mut conn: Conn,
    queue: &Receiver<Job>,
    stopped: &Receiver<()>,
    open: &dyn Fn() -> ConnectionResult<Conn>,
    turn: Turn,
) {
    use diesel::r2d2::R2D2Connection;
    let mut last_used = Tick::now();
    let mut loss = Loss::default();
    loop {
        let job = crossbeam_channel::select_biased! {
            recv(queue) -> job => match job { Ok(job) => job, Err(_) => return },
            // `close` was called: the queue is empty, for it is looked at first.
            recv(stopped) -> _ => return,
        };
        if matches!(conn, Conn::Pg(_)) && last_used.elapsed() > PROBE_AFTER && conn.ping().is_err() {
            reopen(&mut conn, open, &mut loss);
        }
        let calm = catch_unwind(AssertUnwindSafe(|| turn(&mut conn, job, queue))).is_ok();
        if !calm || conn.is_broken() {
            reopen(&mut conn, open, &mut loss);
        }
        last_used = Tick::now();
    }
}

/// When a lane last said that its database is away.
#[derive(Default)]
struct Loss(Option<Tick>);

/// One attempt; if the database is still away, jobs meanwhile fail fast on the broken connection and the next one tries
/// again.
fn reopen(conn: &mut Conn, open: &dyn Fn() -> ConnectionResult<Conn>, loss: &mut Loss) {
    const SAY_AGAIN_AFTER: Duration = Duration::from_secs(10);
    match open() {
        Ok(fresh) => {
            tracing::info!("database connection reopened");
            (*conn, *loss) = (fresh, Loss(None));
        }
        Err(error) if loss.0.is_none_or(|said| said.elapsed() > SAY_AGAIN_AFTER) => {
            tracing::warn!(%error, "database connection lost and not yet back");
            *loss = Loss(Some(Tick::now()));
        }
        Err(_) => {}
    }
}

fn open_patiently(open: &dyn Fn() -> ConnectionResult<Conn>, patience: Duration) -> ConnectionResult<Conn> {
    let started = Tick::now();
    let mut pause = Duration::from_millis(100);
    loop {
        match open() {
            Err(error) if started.elapsed() + pause < patience && !is_hopeless(&error) => {
                tracing::warn!(%error, retry_ms = pause.as_millis() as u64, "database not there yet");
                std::thread::sleep(pause);
                pause = (pause * 2).min(Duration::from_secs(3));
            }
            outcome => return outcome,
        }
    }
}

/// Waiting does not make a database of another file, nor a password right.
fn is_hopeless(error: &ConnectionError) -> bool {
    let text = error.to_string();
    ["file is not a database", "password authentication failed"].iter().any(|phrase| text.contains(phrase))
}

fn each(conn: &mut Conn, job: Job, _: &Receiver<Job>) {
    job(conn)(Ok(()));
}

/// Group commit: `BEGIN IMMEDIATE`, a savepoint per queued job, one `COMMIT` (one fsync), then the answers.
/// It never waits for company: it takes only what has queued.
fn group(conn: &mut Conn, first: Job, queue: &Receiver<Job>) {
    let mut acks = Vec::with_capacity(GROUP);
    let committed = immediate(conn, |conn| {
        acks.push(first(conn));
        acks.extend(queue.try_iter().take(GROUP - 1).map(|job| job(conn)));
    })
    .map_err(|error| Unavailable::Commit(Arc::new(error)));
    for ack in acks {
        ack(committed.clone());
    }
}

/// `immediate_transaction` for the enum (diesel's derive gives only the deferred one, which can fail half-way
/// when another process writes).
fn immediate(conn: &mut Conn, f: impl FnOnce(&mut Conn)) -> QueryResult<()> {
    use diesel::connection::{AnsiTransactionManager, TransactionManager};
    if let Conn::Sqlite(sqlite) = conn {
        AnsiTransactionManager::begin_transaction_sql(sqlite, "BEGIN IMMEDIATE")?;
    }
    f(conn);
    <Conn as TransactionManager<Conn>>::commit_transaction(conn)
}

#[cfg(test)]
mod tests {
    use super::bounded_silence;

    #[test]
    fn what_the_address_says_of_patience_stands() {
        let more = "tcp_user_timeout=10000&keepalives_idle=5&keepalives_interval=2&keepalives_count=3";
        for (url, bounded) in [
            ("postgres://host/market", format!("postgres://host/market?connect_timeout=5&{more}")),
            (
                "postgres:///market?host=/run/postgresql",
                format!("postgres:///market?host=/run/postgresql&connect_timeout=5&{more}"),
            ),
            ("postgres://host/m?", format!("postgres://host/m?connect_timeout=5&{more}")),
            ("postgres://host/m?connect_timeout=60", format!("postgres://host/m?connect_timeout=60&{more}")),
        ] {
            assert_eq!(bounded_silence(url), bounded);
        }
    }
}
