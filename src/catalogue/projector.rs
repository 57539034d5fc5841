//! Keeps the catalogue in memory up with the log: a thread with a connection of its own.
//!
//! It is woken when this instance has written a change, and looks by itself often enough that what others write is seen
//! well within a second. When a new local day begins it announces what the calendar changed. While the database is away
//! it goes on trying, and takes out at midnight what ends at midnight.

use super::buckets::Snapshot;
use super::document::FORM;
use super::log::{self, ClockRow, Seq};
use super::memory::{Head, Memory, render};
use super::store;
use crate::db::{self, Conn};
use crate::products::ProductId;
use crate::reference::Reference;
use crate::world::World;
use diesel::{Connection, QueryResult};
use std::collections::BTreeSet;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// How often it looks without being woken: what another instance writes is seen so late at most.
const POLL: Duration = Duration::from_millis(100);
/// Changes taken in at once.
const BATCH: i64 = 2_000;
/// Products read at once when everything is loaded.
const PAGE: i64 = 4_096;

/// What the thread waits for.
#[derive(Debug, Default)]
pub struct Signal {
    state: Mutex<(bool, bool)>,
    changed: Condvar,
}

impl Signal {
    pub fn wake(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).0 = true;
        self.changed.notify_one();
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
        log::begin_anew(conn, &form(), false)?;
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
        let mut after = None;
        loop {
            let (facts, last) = store::facts::page(conn, after, PAGE)?;
            fresh.add(render(&facts, reference, clock.day));
            after = last;
            if after.is_none() {
                break;
            }
        }
        fresh.finish(clock.floor, &changes, Head { seq: clock.last, day: clock.day });
        Ok(())
    })
}

impl Projector {
    /// Follows until it is told to stop.
    pub fn run(self) {
        let mut conn: Option<Conn> = None;
        let mut away = false;
        while self.signal.wait(POLL) {
            match self.follow(&mut conn) {
                Ok(()) if away => {
                    away = false;
                    tracing::info!(
                        seq = self.memory.head().seq.number(),
                        "the catalogue follows the database again"
                    );
                }
                Ok(()) => {}
                Err(error) => {
                    if !away {
                        tracing::warn!(%error, "the catalogue cannot follow the database; it answers from memory");
                    }
                    (conn, away) = (None, true);
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
        if clock.floor > self.memory.head().seq {
            tracing::info!(floor = clock.floor.number(), "the catalogue is loaded anew");
            load(conn, &self.memory, &self.reference)?;
        }
        while self.memory.head().seq < clock.last || self.memory.head().day < clock.day {
            clock = self.take_next(conn)?;
        }
        if self.memory.feed().floor() < clock.floor {
            self.memory.forget(clock.floor);
        }
        Ok(())
    }

    /// Takes in the next changes; returns the clock as it was with them.
    fn take_next(&self, conn: &mut Conn) -> QueryResult<ClockRow> {
        let seen = self.memory.head().seq;
        let (clock, changes, facts) = db::snapshot(conn, |conn| {
            let clock = store::log::read(conn)?;
            let changes = store::log::after(conn, seen, BATCH)?;
            let ids: BTreeSet<ProductId> = changes.iter().map(|change| change.product).collect();
            let ids: Vec<ProductId> = ids.into_iter().collect();
            let facts = match ids.is_empty() {
                true => Vec::new(),
                false => store::facts::of_products(conn, &ids)?,
            };
            Ok::<_, diesel::result::Error>((clock, changes, facts))
        })?;
        let seq = changes.last().map_or(seen, |change| change.seq);
        // The new day is reached when all that it changed is in.
        let day = if seq == clock.last { clock.day } else { self.memory.head().day };
        self.memory.apply(render(&facts, &self.reference, clock.day), &changes, Head { seq, day });
        Ok(clock)
    }
}

/// Makes every instance and every client load everything anew.
pub fn begin_anew(conn: &mut Conn) -> QueryResult<Seq> {
    conn.transaction(|conn| {
        log::begin_anew(conn, &form(), true)?;
        store::log::read(conn).map(|clock| clock.last)
    })
}
