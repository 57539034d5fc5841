//! Requests that arrive while others are being written are written together next.
//!
//! What a small write costs is mostly not its rows: it is a transaction, messages to the server and back, and the wait for the
//! disk, and all of these are the same for one request and for a hundred. So a [`Gatherer`] keeps what has come and lets a
//! writer take all of it at once; a request that comes alone is written alone at once, as nobody waits for company.
//!
//! To each of them it is as if it were alone. What one may not do writes nothing; if the database refuses what they wrote
//! together, each is tried by itself; and all are answered when what they did is on disk.

use super::{Answer, Bound, Failed, store};
use crate::db::{Conn, Database, Failure, Instant, Unavailable};
use crate::http::Problem;
use crate::world::World;
use diesel::Connection;
use diesel::QueryResult;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// A request whose effect is written together with that of others.
pub trait Together: Clone + Send + 'static {
    /// What all of them need besides.
    type Means: Send + Sync + 'static;
    /// What is to be written of one of them.
    type Rows: Send + 'static;
    type Error: Into<Problem> + From<Failure> + From<diesel::result::Error> + Send + 'static;

    /// The answers, and what is to be written if they are given; errors of those that may not be done. Writes nothing yet.
    fn prepare(means: &Self::Means, conn: &mut Conn, requests: Vec<Self>)
    -> QueryResult<Vec<Prepared<Self>>>;

    /// Writes what was prepared.
    fn write(conn: &mut Conn, rows: Vec<Self::Rows>) -> QueryResult<()>;
}

/// The answer to a request with what is to be written, or why it may not be done.
pub type Prepared<T> = Result<(Answer, <T as Together>::Rows), <T as Together>::Error>;

/// Requests of one transaction at most: bounds how long the first of them waits for the others.
const MOST: usize = 256;
/// Requests that may wait; more are sent away, to come again later.
const WAITING: usize = 8192;
/// Transactions under way at the same time: while one waits for the disk another is at work.
const WRITERS: usize = 3;

type Outcome<T> = Result<(Answer, bool), Failed<<T as Together>::Error>>;

/// Gathers requests of one kind.
pub struct Gatherer<T: Together>(Arc<Desk<T>>);

struct Desk<T: Together> {
    db: Database,
    world: World,
    means: T::Means,
    most_writers: usize,
    queue: Mutex<Queue<T>>,
}

struct Queue<T: Together> {
    waiting: VecDeque<Waiting<T>>,
    writers: usize,
}

struct Waiting<T: Together> {
    bound: Bound,
    request: T,
    tell: Tell<T>,
}

/// Who waits for an outcome; if it is dropped, they hear that it is lost.
type Tell<T> = oneshot::Sender<Outcome<T>>;

impl<T: Together> Gatherer<T> {
    pub fn new(db: Database, world: World, means: T::Means) -> Self {
        let most_writers = db.writers().min(WRITERS);
        let queue = Mutex::new(Queue { waiting: VecDeque::new(), writers: 0 });
        Self(Arc::new(Desk { db, world, means, most_writers, queue }))
    }

    /// The answer to a request, and whether it is a replay, once it is on disk.
    pub(super) async fn run(&self, bound: Bound, request: T) -> Outcome<T> {
        let (tell, told) = oneshot::channel();
        let writer = self.0.put(Waiting { bound, request, tell })?;
        if let Some(writer) = writer {
            writer.start();
        }
        told.await.unwrap_or_else(|_| Err(Failure::from(Unavailable::Lost).into()))
    }
}

impl<T: Together> Desk<T> {
    fn queue(&self) -> MutexGuard<'_, Queue<T>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in a request; if no writer will come for it by itself, here is one.
    fn put(self: &Arc<Self>, waiting: Waiting<T>) -> Result<Option<Writer<T>>, Failed<T::Error>> {
        let mut queue = self.queue();
        if queue.waiting.len() >= WAITING {
            return Err(Failure::from(Unavailable::Busy).into());
        }
        queue.waiting.push_back(waiting);
        let another = queue.writers < self.most_writers;
        queue.writers += usize::from(another);
        Ok(another.then(|| Writer { desk: self.clone(), at_work: true }))
    }

    fn take(&self) -> Vec<Waiting<T>> {
        let mut queue = self.queue();
        let some = queue.waiting.len().min(MOST);
        queue.waiting.drain(..some).collect()
    }
}

/// What became of several requests, and who is to be told.
type Written<T> = (Vec<Outcome<T>>, Vec<Tell<T>>);

/// One of those who write. It comes again as long as somebody waits.
struct Writer<T: Together> {
    desk: Arc<Desk<T>>,
    at_work: bool,
}

impl<T: Together> Writer<T> {
    fn start(self) {
        let (desk, db) = (self.desk.clone(), self.desk.db.clone());
        let work = move |conn: &mut Conn| -> Written<T> {
            let taken =
                desk.take().into_iter().map(|Waiting { bound, request, tell }| ((bound, request), tell));
            let (requests, tells): (Vec<_>, Vec<_>) = taken.unzip();
            (desk.write(conn, &requests), tells)
        };
        let done = move |written: Result<Written<T>, Unavailable>| {
            // Of what was lost they hear by their senders, which are gone.
            for (outcome, tell) in
                written.into_iter().flat_map(|(outcomes, tells)| outcomes.into_iter().zip(tells))
            {
                // Somebody who has hung up needs no answer.
                let _ = tell.send(outcome);
            }
            self.go_on();
        };
        db.write_detached(work, done);
    }

    fn go_on(mut self) {
        let mut queue = self.desk.queue();
        if queue.waiting.is_empty() {
            queue.writers -= 1;
            drop(queue);
            self.at_work = false;
        } else {
            drop(queue);
            self.start();
        }
    }
}

/// A writer that is lost on the way, because there was no room for it or because its thread was, leaves nobody waiting for
/// nothing: they are told that it is lost.
impl<T: Together> Drop for Writer<T> {
    fn drop(&mut self) {
        if self.at_work {
            let mut queue = self.desk.queue();
            queue.writers -= 1;
            if queue.writers == 0 {
                queue.waiting.clear();
            }
        }
    }
}

impl<T: Together> Desk<T> {
    fn write(&self, conn: &mut Conn, requests: &[(Bound, T)]) -> Vec<Outcome<T>> {
        let now = self.world.now();
        match conn.transaction(|conn| self.all_of(conn, requests, now)) {
            Ok(outcomes) => outcomes,
            Err(failure) if failure.is_temporary() => {
                tracing::warn!(%failure, requests = requests.len(), "not written together");
                requests.iter().map(|_| Err(Failure::from(Unavailable::Lost).into())).collect()
            }
            Err(failure) if requests.len() == 1 => vec![Err(failure.into())],
            Err(failure) => {
                tracing::warn!(%failure, requests = requests.len(), "each is now written by itself");
                requests.chunks(1).flat_map(|one| self.write(conn, one)).collect()
            }
        }
    }

    fn all_of(
        &self,
        conn: &mut Conn,
        requests: &[(Bound, T)],
        now: Instant,
    ) -> Result<Vec<Outcome<T>>, Failure> {
        let prepared =
            T::prepare(&self.means, conn, requests.iter().map(|(_, request)| request.clone()).collect())?;
        let answered = requests.iter().zip(&prepared);
        let answered =
            answered.filter_map(|((bound, _), one)| one.as_ref().ok().map(|(answer, _)| (bound, answer)));
        let mut new = store::keep_new(conn, &answered.collect::<Vec<_>>(), now)?.into_iter();
        let (mut outcomes, mut rows) =
            (Vec::with_capacity(requests.len()), Vec::with_capacity(requests.len()));
        for ((bound, _), prepared) in requests.iter().zip(prepared) {
            let is_new = prepared.is_ok() && new.next().unwrap_or_default();
            outcomes.push(match prepared {
                Ok((answer, its)) if is_new => {
                    rows.push(its);
                    Ok((answer, false))
                }
                Ok((answer, its)) => match store::look_up(conn, bound, now)? {
                    Some(claim) => claim.into_outcome(),
                    // The answer that is there is too old to be given again.
                    None => {
                        store::replace(conn, bound, &answer, now)?;
                        rows.push(its);
                        Ok((answer, false))
                    }
                },
                // It may have been possible when it was sent first.
                Err(error) => match store::look_up(conn, bound, now)? {
                    Some(claim) => claim.into_outcome(),
                    None => Err(Failed::Effect(error)),
                },
            });
        }
        T::write(conn, rows)?;
        Ok(outcomes)
    }
}
