//! Mail: what the service writes to people, in their language.
//!
//! A [`Letter`] is put into the **outbox** in the transaction that has something to say, so that it is sent if and only if
//! that was committed. The [`postman`](self) takes it from there, again and again until a server has taken it; its text is
//! forgotten then, because it may hold a token.
//!
//! What a letter says is a template of its [`MailKind`] in `templates/`, one for each language: the first line is the subject,
//! `{name}` stands for a value.

mod model;
mod store;

pub use model::*;

use crate::db::Conn;
use crate::world::World;
use diesel::QueryResult;

/// Puts a letter into the outbox.
pub fn send(conn: &mut Conn, world: &World, letter: &Letter) -> QueryResult<()> {
    store::insert(conn, world.id(), letter, &letter.text(), world.now())
}
