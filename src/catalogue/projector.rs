//! Keeps the catalogue in memory up with the log: a thread with a connection of its own.
//!
//! It is woken when this instance has written a change, and looks by itself often enough that what others write is seen
//! well within a second. When a new local day begins it announces what the calendar changed. While the database is away
//! it goes on trying, and takes out at midnight what ends at midnight.

use super::buckets::Snapshot;
use super::document::FORM;
use super::facts::Facts;
use super::log::{self, Change, ClockRow, Seq};
use super::memory::{Head, Memory, render};
use super::store;
use crate::db::{self, Conn};
use crate::products::ProductId;
use crate::reference::Reference;
use crate::world::World;
use diesel::{Connection, QueryResult};
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// How often it looks without being woken: what another instance writes is seen so late at most.
const POLL: Duration = Duration::from_millis(100);
/// Changes taken in at once: lists wait for that long.
const BATCH: i64 = 500;
/// Products read at once when everything is loaded.
const PAGE: i64 = 2_048;

/// What the thread waits for.
#[derive(Debug, Default)]
pub struct Signal {
    state: Mutex<(bool, bool)>,
    changed: Condvar,
    /// The database is away.
    away: AtomicBool,
}

impl Signal {
    pub fn wake(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).0 = true;
        self.changed.notify_one();
    }

    /// Was the database there when it was last asked?
    pub fn follows(&self) -> bool {
        !self.away.load(Ordering::Relaxed)
    }

    pub fn stop(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).1 = true;
        self.changed.notify_one();
    }

    /// Waits until woken or for a while; false when it is to stop.
    fn wait(&self, most: Duration) -> bool {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_timeout_while(state, most, |(woken, stop)| !*woken && !*stop);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.0 = false;
        !state.1
    }
}

pub struct Projector {
    pub memory: Arc<Memory>,
    pub signal: Arc<Signal>,
    pub options: db::Options,
    pub world: World,
    pub reference: Arc<Reference>,
}

/// Version of everything a document is made of: its form and the reference data.
fn form() -> String {
    format!("{FORM}-{}", Reference::version())
}

/// Announces what is due and loads everything.
pub fn start(conn: &mut Conn, world: &World, reference: &Reference) -> QueryResult<Memory> {
    conn.transaction(|conn| {
        log::begin_anew(conn, &form())?;
        log::announce(conn, world, &[])
    })?;
    let clock = store::log::read(conn)?;
    let memory = Memory::new(&clock);
    load(conn, &memory, reference)?;
    Ok(memory)
}

/// The catalogue as SQL has it now, made without the one in memory: what that is compared with.
pub fn of_sql(conn: &mut Conn, reference: &Reference) -> QueryResult<(Head, Snapshot)> {
    let memory = Memory::new(&store::log::read(conn)?);
    load(conn, &memory, reference)?;
    Ok(memory.settled())
}

/// Loads everything, as it is at one moment.
fn load(conn: &mut Conn, memory: &Memory, reference: &Reference) -> QueryResult<()> {
    db::snapshot(conn, |conn| {
        let clock = store::log::read(conn)?;
        let changes = store::log::after(conn, clock.floor, i64::MAX)?;
        let mut fresh = memory.begin_anew();
        std::thread::scope(|scope| {
            // The next page is read while this one is taken in.
            let (pages, read) = sync_channel(1);
            let reader = scope.spawn(move || each_page(conn, |facts| pages.send(facts).is_ok()));
            for facts in read {
                fresh.add(render(&facts, reference, clock.day));
            }
            reader.join().unwrap_or_else(|panic| resume_unwind(panic))
        })?;
        fresh.finish(clock.floor, &changes, Head { seq: clock.last, day: clock.day });
        Ok(())
    })
}

/// Reads all products, page by page, until there are no more or `taken` wants none.
fn each_page(conn: &mut Conn, mut taken: impl FnMut(Vec<Facts>) -> bool) -> QueryResult<()> {
    let mut after = None;
    loop {
        let (facts, last) = store::facts::page(conn, after, PAGE)?;
        after = last;
        if after.is_none() || !taken(facts) {
            return Ok(());
        }
    }
}

impl Projector {
    /// Follows until it is told to stop.
    pub fn run(self) {
        let mut conn: Option<Conn> = None;
        while self.signal.wait(POLL) {
            // A panic is a fault of ours; to follow no more for its sake would be a second one.
            let followed = catch_unwind(AssertUnwindSafe(|| self.follow(&mut conn)));
            let followed = followed.unwrap_or_else(|_| Err("the catalogue's thread panicked".into()));
            let was_away = self.signal.away.swap(followed.is_err(), Ordering::Relaxed);
            match followed {
                Ok(()) if was_away => {
                    tracing::info!(
                        seq = self.memory.head().seq.number(),
                        "the catalogue follows the database again"
                    );
                }
                Ok(()) => {}
                Err(error) => {
                    if !was_away {
                        tracing::warn!(%error, "the catalogue cannot follow the database; it answers from memory");
                    }
                    conn = None;
                    self.memory.expire(self.world.today());
                }
            }
        }
    }

    fn follow(&self, held: &mut Option<Conn>) -> Result<(), Box<dyn std::error::Error>> {
        let conn = match held {
            Some(conn) => conn,
            None => {
                held.insert(db::connect(&db::Options { patience: Duration::ZERO, ..self.options.clone() })?)
            }
        };
        let mut clock = store::log::read(conn)?;
        if clock.day < self.world.today() {
            conn.transaction(|conn| log::announce(conn, &self.world, &[]))?;
            clock = store::log::read(conn)?;
        }
        while self.memory.head().seq != clock.last || self.memory.head().day < clock.day {
            clock = self.take_next(conn)?;
        }
        if self.memory.feed().floor() < clock.floor {
            self.memory.forget(clock.floor);
        }
        Ok(())
    }

    /// Takes in the next changes, or everything if they are not to be had; returns the clock as it was with them.
    fn take_next(&self, conn: &mut Conn) -> QueryResult<ClockRow> {
        let seen = self.memory.head().seq;
        let known = self.memory.feed().get(seen);
        let next = db::snapshot(conn, |conn| {
            let clock = store::log::read(conn)?;
            // With the last one seen, to compare, if it is still kept.
            let known = known.filter(|_| clock.floor < seen);
            let from = known.map_or(seen, |_| seen.plus(-1));
            let mut changes = store::log::after(conn, from, BATCH)?;
            let more = i64::try_from(changes.len()).is_ok_and(|taken| taken == BATCH);
            let goes_on = match known {
                Some(known) => !changes.is_empty() && changes.remove(0).is(seen, known),
                None => true,
            };
            let next = match () {
                () if clock.floor > seen => Next::Begun,
                () if !goes_on || !joins(seen, &changes, clock.last, more) => Next::Other,
                () => {
                    let ids: BTreeSet<ProductId> = changes.iter().map(|change| change.product).collect();
                    let ids: Vec<ProductId> = ids.into_iter().collect();
                    let facts = match ids.is_empty() {
                        true => Vec::new(),
                        false => store::facts::of_products(conn, &ids)?,
                    };
                    Next::Changes(changes, facts)
                }
            };
            Ok::<_, diesel::result::Error>((clock, next))
        })?;
        let (clock, changes, facts) = match next {
            (clock, Next::Changes(changes, facts)) => (clock, changes, facts),
            (clock, Next::Begun) => {
                tracing::info!(floor = clock.floor.number(), "the catalogue is loaded anew");
                return self.load_anew(conn);
            }
            (clock, Next::Other) => {
                let (seen, last) = (seen.number(), clock.last.number());
                tracing::warn!(
                    seen,
                    last,
                    "the database has lost changes that were seen: all is loaded anew"
                );
                conn.transaction(|conn| log::break_off(conn, &clock.form, Seq::new(seen)))?;
                return self.load_anew(conn);
            }
        };
        let seq = changes.last().map_or(seen, |change| change.seq);
        // The new day is reached when all that it changed is in.
        let day = if seq == clock.last { clock.day } else { self.memory.head().day };
        self.memory.apply(render(&facts, &self.reference, clock.day), &changes, Head { seq, day });
        Ok(clock)
    }

    fn load_anew(&self, conn: &mut Conn) -> QueryResult<ClockRow> {
        load(conn, &self.memory, &self.reference)?;
        store::log::read(conn)
    }
}

/// What comes after what was seen.
enum Next {
    Changes(Vec<Change>, Vec<Facts>),
    /// The log was begun anew.
    Begun,
    /// It is another log: the database was set back, by a failover or from a backup, and may have gone on since.
    Other,
}

/// Do these changes follow a number without a gap, to the last there is unless there are more?
fn joins(seen: Seq, changes: &[Change], last: Seq, more: bool) -> bool {
    let in_order = changes.iter().zip(1..).all(|(change, n)| change.seq == seen.plus(n));
    let reached = changes.last().map_or(seen, |change| change.seq);
    in_order && (reached == last || (more && reached < last))
}

/// Makes every instance and every client load everything anew, as it is today: a day that a clock running ahead has
/// announced is taken back.
pub fn begin_anew(conn: &mut Conn, world: &World) -> QueryResult<Seq> {
    conn.transaction(|conn| {
        log::break_off(conn, &form(), Seq::default())?;
        let clock = store::log::read(conn)?;
        store::log::advance(conn, clock.last, clock.day.min(world.today()))?;
        Ok(clock.last)
    })
}
