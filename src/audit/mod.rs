//! The audit log: who did what, on whose behalf, about what, when and from where.
//!
//! An entry is written in the transaction of what it tells ([`record`]), so that neither is without the other. Entries
//! are numbered without gaps and **chained**: each holds the SHA-256 of itself and the hash of the one before, and whoever
//! changes, removes or inserts one has to change all that follow ([`chain`]). The clock's row puts them in the order of
//! the commits, as the catalogue's does; it is taken late in a transaction, after every other row and ahead of the
//! catalogue's clock, so that no two transactions wait for each other in a circle.
//!
//! From where somebody came is personal data. The chain holds only a hash of it with a nonce, so that it can be
//! forgotten when its time is over and the chain still proves what is left.
//!
//! | Part | Holds |
//! |---|---|
//! | [`chain`] | the form of an entry and its hash, for those who check it by themselves too |
//! | [`mod@verify`], [`command`] | the proof that the chain is whole |
//! | `reading`, [`http`] | who may read what |

pub mod chain;
pub mod command;
pub mod http;
mod model;
mod reading;
mod store;
pub mod verify;

pub use model::*;
pub use reading::{names, names_for};

use crate::accounts::UserId;
use crate::db::{Conn, Instant};
use crate::world::World;
use diesel::QueryResult;

/// Writes what was done. Call it when all else is written, but ahead of [`catalogue::announce`](crate::catalogue::announce).
pub fn record(conn: &mut Conn, world: &World, by: &Agent, event: Event) -> QueryResult<()> {
    record_all(conn, world, by, vec![event])
}

/// Writes several things that one and the same has done.
pub fn record_all(conn: &mut Conn, world: &World, by: &Agent, events: Vec<Event>) -> QueryResult<()> {
    if events.is_empty() {
        return Ok(());
    }
    let mut link = store::lock(conn)?;
    let mut entries = Vec::with_capacity(events.len());
    for event in events {
        let entry = chain::Entry::after(&link, world, by, event);
        link = entry.link();
        entries.push(entry);
    }
    store::append(conn, &entries)?;
    store::advance(conn, &link)
}

/// Forgets from where the oldest things were done that were done before an instant, of at most so many entries; tells of how
/// many. The chain stays whole.
pub fn forget_origins(conn: &mut Conn, before: Instant, rows: i64) -> QueryResult<usize> {
    store::forget_origins(conn, before, rows)
}

/// Forgets from where a user did things, and from where somebody tried to be this user.
pub fn forget_origins_of(conn: &mut Conn, user: UserId) -> QueryResult<usize> {
    store::forget_origins_of(conn, user)
}

/// Forgets from where somebody who was not signed in did things about these subjects of a kind.
pub fn forget_origins_about(conn: &mut Conn, kind: SubjectKind, subjects: &[String]) -> QueryResult<usize> {
    store::forget_origins_about(conn, kind, subjects)
}
