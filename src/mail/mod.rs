//! Mail: what the service writes to people, in their language.
//!
//! A [`Letter`] is put into the **outbox** in the transaction that has something to say, so that it is sent if and only if
//! that was committed. The **postman**, of whom every instance has one, takes it from there: it *claims* a letter that is
//! due by moving its due time a lease ahead, sends it outside of any transaction, and writes down how it went. A refusal
//! that is final ends the letter; anything else makes it due again, later each time, for three days. Of several instances
//! on one database one at a time has the claim. A letter may still go out twice, if an instance dies between sending and
//! writing that down: both copies have one `Message-ID`.
//!
//! Once a letter is sent, or given up, its text is forgotten, for it may hold a token; what is left of it goes a month later,
//! and so do the files of letters.
//!
//! What a letter says is a template of its [`MailKind`] in `templates/`, one for each language: the first line is the subject,
//! `{name}` stands for a value. What all letters end with, `templates/footer.*`, is added when they are sent.
//!
//! Letters go to a mail server, or, where none is configured, into files; see [`route`].

mod compose;
mod files;
mod model;
mod postman;
pub mod route;
mod smtp;
mod store;

pub use model::*;
pub use postman::{MailError, Post, postman};

use crate::accounts::UserId;
use crate::db::{Conn, Instant};
use crate::world::World;
use diesel::QueryResult;

/// How long it is remembered that a letter was sent, or could not be.
const REMEMBERED_DAYS: i64 = 30;

/// Puts a letter into the outbox.
pub fn send(conn: &mut Conn, world: &World, letter: &Letter) -> QueryResult<()> {
    store::insert(conn, world.id(), letter, &letter.text(), world.now())
}

/// Forgets letters that were sent, or given up, a month ago; returns how many.
pub fn purge(conn: &mut Conn, now: Instant) -> QueryResult<usize> {
    store::purge(conn, forgotten_before(now))
}

fn forgotten_before(now: Instant) -> Instant {
    now.plus_seconds(-REMEMBERED_DAYS * 24 * 3600)
}

/// How many letters of these kinds were written to an address since then, by its [`key`](crate::accounts::Email::key).
pub fn count_to(conn: &mut Conn, key: &str, kinds: &[MailKind], since: Instant) -> QueryResult<i64> {
    store::count_to(conn, key, kinds, since)
}

/// How many letters of a kind were written to a user since then.
pub fn count_since(conn: &mut Conn, user: UserId, kind: MailKind, since: Instant) -> QueryResult<i64> {
    store::count_since(conn, user, kind, since)
}
