//! The catalogue in memory: everything the public reads, without SQL.
//!
//! * *records*, by id and by printed code: documents, and the ledger of every product that was ever certified;
//! * *shelves*: search, facets, orders, producers; changed in place under a lock that is held for microseconds, of a bulk
//!   of changes for some milliseconds;
//! * *buckets*: the same documents cut into 256 immutable parts, for exports and digests;
//! * *feed*: the log of changes.
//!
//! The head, last of all, says which change and which day all of them have reached: who has waited for a change finds it
//! everywhere.

use super::buckets::{Buckets, Snapshot};
use super::document::{Document, LedgerRecord, Record};
use super::facts::Facts;
use super::feed::Feed;
use super::index::{Analysed, Index};
use super::indexing::indexed;
use super::log::{Change, ClockRow, Seq};
use super::makers::Makers;
use super::model::Maker;
use super::presence::Presence;
use crate::db::{Day, Instant};
use crate::products::{ProductCode, ProductId};
use crate::reference::Reference;
use std::collections::HashSet;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};
use tokio::sync::watch;

/// How far the catalogue in memory has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The last change that is in it.
    pub seq: Seq,
    /// The local day it is true for.
    pub day: Day,
}

/// Search and lists.
#[derive(Debug, Default)]
pub struct Shelves {
    pub index: Index<Document>,
    pub makers: Makers,
}

/// Keys are of our own making: nobody can choose them to collide.
type FastHash = foldhash::fast::RandomState;

impl Shelves {
    /// Takes in changed products, whose texts it uses up.
    fn take_in(&mut self, rendered: &mut [Rendered]) {
        let Self { index, makers } = self;
        let mut shown = Vec::with_capacity(rendered.len());
        for new in rendered {
            match new.shelved.take() {
                Some(s) => {
                    makers.put(new.id, &s.maker, &s.maker_name, s.stars, s.group.as_deref());
                    shown.push((s.analysed, s.document));
                }
                None => {
                    makers.remove(new.id);
                    index.remove(new.id);
                }
            }
        }
        index.put_all(shown);
    }
}

#[derive(Debug)]
pub struct Memory {
    records: papaya::HashMap<ProductId, Record, FastHash>,
    codes: papaya::HashMap<ProductCode, ProductId, FastHash>,
    shelves: RwLock<Shelves>,
    buckets: Buckets,
    feed: RwLock<Feed>,
    head: watch::Sender<Head>,
    /// The parts as they were when the head was last moved, with it: whoever reads both waits for no writer, who may be
    /// at work for seconds.
    settled: RwLock<(Head, Snapshot)>,
    /// When the day of the head ends, in µs since 1970: all that most requests must know of the head, without its lock.
    day_ends: AtomicI64,
    /// One writer at a time.
    writing: Mutex<()>,
}

/// A product as memory takes it in.
pub struct Rendered {
    id: ProductId,
    code: ProductCode,
    record: Option<Record>,
    shelved: Option<Shelved>,
}

/// What the shelves know of a product that is shown.
struct Shelved {
    document: Document,
    analysed: Analysed,
    maker: Maker,
    maker_name: String,
    stars: i64,
    group: Option<String>,
}

impl Rendered {
    fn new(facts: &Facts, reference: &Reference, day: Day) -> Self {
        let (presence, maker_name) = (facts.presence(day), facts.maker.name(reference));
        let record = Record::of(facts, presence, &maker_name, reference, day);
        let document = record.as_ref().and_then(|record| record.document.clone());
        let shelved = match (document, presence) {
            (Some(document), Presence::Shown { certification, .. }) => Some(Shelved {
                document,
                analysed: Analysed::new(indexed(facts, certification, reference, day)),
                maker: facts.maker.clone(),
                maker_name,
                stars: certification.stars.number(),
                group: certification.group_code.clone(),
            }),
            _ => None,
        };
        Self { id: facts.id, code: facts.code, record, shelved }
    }
}

/// Makes of facts what memory takes in, on all cores if there is much to do.
pub fn render(facts: &[Facts], reference: &Reference, day: Day) -> Vec<Rendered> {
    const WORTH_A_THREAD: usize = 256;
    let one = |facts: &Facts| Rendered::new(facts, reference, day);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = facts.len().div_ceil(threads).max(WORTH_A_THREAD);
    if facts.len() <= share {
        return facts.iter().map(one).collect();
    }
    std::thread::scope(|scope| {
        let work = |part| scope.spawn(move || facts_of(part, reference, day));
        let parts: Vec<_> = facts.chunks(share).map(work).collect();
        // A share that is lost would be products that are lost.
        let done = parts.into_iter().map(|part| part.join().unwrap_or_else(|panic| resume_unwind(panic)));
        done.flatten().collect()
    })
}

fn facts_of(part: &[Facts], reference: &Reference, day: Day) -> Vec<Rendered> {
    part.iter().map(|facts| Rendered::new(facts, reference, day)).collect()
}

/// The first instant after a local day, in µs since 1970.
fn end_of(day: Day) -> i64 {
    day.plus_days(1).start().micros()
}

impl Memory {
    /// Nothing yet.
    pub fn new(clock: &ClockRow) -> Self {
        let (head, buckets) = (Head { seq: clock.floor, day: clock.day }, Buckets::default());
        Self {
            records: papaya::HashMap::default(),
            codes: papaya::HashMap::default(),
            shelves: RwLock::default(),
            settled: RwLock::new((head, buckets.snapshot())),
            buckets,
            feed: RwLock::new(Feed::starting_at(clock.floor)),
            head: watch::Sender::new(head),
            day_ends: AtomicI64::new(end_of(head.day)),
            writing: Mutex::new(()),
        }
    }

    pub fn head(&self) -> Head {
        *self.head.borrow()
    }

    /// Is the day of the head, or a later one, at that instant?
    pub fn is_of_today(&self, now: Instant) -> bool {
        now.micros() < self.day_ends.load(Ordering::Acquire)
    }

    /// Hears of every step of the head.
    pub fn follow(&self) -> watch::Receiver<Head> {
        self.head.subscribe()
    }

    /// Looks at the record of a product.
    pub fn with_record<T>(&self, id: ProductId, look: impl FnOnce(&Record) -> T) -> Option<T> {
        self.records.pin().get(&id).map(look)
    }

    /// What the ledger says of the product with a printed code.
    pub fn ledger_of_code(&self, code: ProductCode) -> Option<LedgerRecord> {
        let id = *self.codes.pin().get(&code)?;
        self.with_record(id, Record::ledger)?
    }

    pub fn shelves(&self) -> RwLockReadGuard<'_, Shelves> {
        self.shelves.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The whole catalogue and the head it stands at, between two steps of the writer.
    pub fn settled(&self) -> (Head, Snapshot) {
        self.settled.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn feed(&self) -> RwLockReadGuard<'_, Feed> {
        self.feed.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in changed products and the changes that told of them, then moves the head.
    pub fn apply(&self, rendered: Vec<Rendered>, changes: &[Change], head: Head) {
        let _alone = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        self.take_in(rendered);
        self.feed.write().unwrap_or_else(PoisonError::into_inner).append(changes);
        self.move_head(head);
    }

    fn take_in(&self, mut rendered: Vec<Rendered>) {
        self.put_in_buckets(&rendered);
        self.shelves.write().unwrap_or_else(PoisonError::into_inner).take_in(&mut rendered);
        self.record(rendered);
    }

    fn put_in_buckets(&self, rendered: &[Rendered]) {
        let parts = rendered.iter().map(|new| (new.id, new.shelved.as_ref().map(|s| s.document.clone())));
        self.buckets.apply(parts.collect());
    }

    fn record(&self, rendered: Vec<Rendered>) {
        let (records, codes) = (self.records.pin(), self.codes.pin());
        for Rendered { id, code, record, .. } in rendered {
            match record {
                Some(record) => {
                    records.insert(id, record);
                    codes.insert(code, id);
                }
                None => {
                    records.remove(&id);
                }
            }
        }
    }

    /// The head never goes back, except when everything is loaded anew.
    fn move_head(&self, head: Head) {
        let at = self.head();
        self.settle(Head { seq: head.seq.max(at.seq), day: head.day.max(at.day) });
    }

    /// Everything is in its place: whoever hears of it by the head finds it settled.
    fn settle(&self, head: Head) {
        *self.settled.write().unwrap_or_else(PoisonError::into_inner) = (head, self.buckets.snapshot());
        self.head.send_if_modified(|at| std::mem::replace(at, head) != head);
        self.day_ends.store(end_of(head.day), Ordering::Release);
    }

    /// Begins to put others in the place of everything.
    pub fn begin_anew(&self) -> Anew<'_> {
        let alone = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let shelves = Shelves::default();
        Anew { memory: self, _alone: alone, shelves, seen: HashSet::new(), pending: Vec::new() }
    }

    /// Forgets the log up to a floor.
    pub fn forget(&self, floor: Seq) {
        self.feed.write().unwrap_or_else(PoisonError::into_inner).forget(floor);
    }

    /// Takes out, on a new day, what the ledger lets be shown no longer: the database is away, and a certificate ends at
    /// midnight all the same. Labels that change with the day wait for the database; so does the log.
    pub fn expire(&self, today: Day) {
        let _alone = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        if self.head().day >= today {
            return;
        }
        let ended = |record: &Record| record.shown_until.is_none_or(|last| last < today);
        let records = self.records.pin();
        let due = records.iter().filter(|(_, record)| record.document.is_some() && ended(record));
        let due: Vec<Rendered> = due
            .filter_map(|(id, record)| {
                let code = record.ledger()?.code;
                Some(Rendered { id: *id, code, record: Some(record.expired()), shelved: None })
            })
            .collect();
        tracing::warn!(products = due.len(), %today, "the day has changed and the database is away: took out what has ended");
        self.take_in(due);
        self.move_head(Head { seq: self.head().seq, day: today });
    }
}

/// Everything is loaded anew, part by part; what is not among it goes at the end.
pub struct Anew<'m> {
    memory: &'m Memory,
    _alone: MutexGuard<'m, ()>,
    /// Filled beside those that are read, which would be locked for as long as it takes.
    shelves: Shelves,
    seen: HashSet<ProductId>,
    pending: Vec<Rendered>,
}

impl Anew<'_> {
    pub fn add(&mut self, rendered: Vec<Rendered>) {
        self.pending.extend(rendered);
        // In shares that grow with what is there: each costs a walk over the orders, and is held twice meanwhile.
        if self.pending.len() >= self.seen.len() / 8 {
            self.flush();
        }
    }

    fn flush(&mut self) {
        let mut pending = std::mem::take(&mut self.pending);
        self.seen.extend(pending.iter().map(|new| new.id));
        self.memory.put_in_buckets(&pending);
        self.shelves.take_in(&mut pending);
        self.memory.record(pending);
    }

    /// Takes out what did not come again, and puts the log and the head in their places.
    pub fn finish(mut self, floor: Seq, changes: &[Change], head: Head) {
        self.flush();
        let Self { memory, seen, shelves, _alone, .. } = self;
        let old =
            std::mem::replace(&mut *memory.shelves.write().unwrap_or_else(PoisonError::into_inner), shelves);
        drop(old);
        let gone: Vec<Rendered> = {
            let records = memory.records.pin();
            let gone = records.iter().filter(|(id, _)| !seen.contains(*id));
            let without = |(id, record): (&ProductId, &Record)| {
                let code = record.ledger()?.code;
                Some(Rendered { id: *id, code, record: None, shelved: None })
            };
            gone.filter_map(without).collect()
        };
        memory.put_in_buckets(&gone);
        memory.record(gone);
        let mut feed = Feed::starting_at(floor);
        feed.append(changes);
        *memory.feed.write().unwrap_or_else(PoisonError::into_inner) = feed;
        memory.settle(head);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_settled_is_read_while_the_writer_is_at_work() {
        let day = Day::constant(2026, 11, 23);
        let clock = ClockRow { last: Seq::new(7), floor: Seq::new(7), day, form: String::new() };
        let memory = Memory::new(&clock);
        let (tell, told) = std::sync::mpsc::channel();
        std::thread::scope(|scope| {
            let at_work = memory.writing.lock().unwrap();
            scope.spawn(|| tell.send(memory.settled().0));
            let head = told.recv_timeout(std::time::Duration::from_secs(5));
            drop(at_work);
            assert_eq!(head, Ok(Head { seq: Seq::new(7), day }));
        });
        let next = Head { seq: Seq::new(9), day: day.plus_days(1) };
        memory.begin_anew().finish(Seq::new(9), &[], next);
        assert_eq!((memory.settled().0, memory.head()), (next, next));
    }
}
