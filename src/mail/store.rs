//! SQL of the outbox.

use super::model::{Letter, MailId, MailKind, Text};
use crate::accounts::{UserId, UserLanguage};
use crate::db::{Conn, Instant};
use crate::schema::mails;
use diesel::prelude::*;

pub fn insert(conn: &mut Conn, id: MailId, letter: &Letter, text: &Text, now: Instant) -> QueryResult<()> {
    diesel::insert_into(mails::table)
        .values((
            mails::id.eq(id),
            mails::kind.eq(letter.kind),
            mails::recipient.eq(letter.to.as_str()),
            mails::recipient_key.eq(letter.to.key()),
            mails::user_id.eq(letter.user),
            mails::language.eq(letter.language),
            mails::subject.eq(&text.subject),
            mails::body.eq(&text.body),
            mails::created_at.eq(now),
            mails::due_at.eq(now),
            mails::attempts.eq(0_i64),
        ))
        .execute(conn)
        .map(|_| ())
}

/// A letter that one postman has, until its lease ends.
#[derive(Queryable)]
pub struct Claimed {
    pub id: MailId,
    /// As text: a letter of a kind that only a newer version knows is sent all the same.
    pub kind: String,
    pub recipient: String,
    pub language: UserLanguage,
    pub subject: String,
    pub body: Option<String>,
    pub created_at: Instant,
    /// How often it was claimed, this time included.
    pub attempts: i64,
}

/// Letters that are neither sent nor given up; an index holds them.
macro_rules! waiting {
    () => {
        mails::table.filter(mails::sent_at.is_null().and(mails::failed_at.is_null()))
    };
}

/// When the next letter is due.
pub fn next_due(conn: &mut Conn) -> QueryResult<Option<Instant>> {
    waiting!().select(mails::due_at).order(mails::due_at).first(conn).optional()
}

/// Takes the letter that has been due for longest: nobody else gets it before `lease`. One that somebody is just taking is
/// passed over.
pub fn claim(conn: &mut Conn, now: Instant, lease: Instant) -> QueryResult<Option<Claimed>> {
    let due = waiting!()
        .filter(mails::due_at.le(now))
        .order((mails::due_at, mails::created_at, mails::id))
        .select((
            mails::id,
            mails::kind,
            mails::recipient,
            mails::language,
            mails::subject,
            mails::body,
            mails::created_at,
            mails::attempts + 1_i64,
        ))
        .limit(1);
    let claimed: Option<Claimed> = match conn {
        Conn::Pg(pg) => due.for_no_key_update().skip_locked().first(pg).optional()?,
        Conn::Sqlite(sqlite) => due.first(sqlite).optional()?,
    };
    if let Some(letter) = &claimed {
        diesel::update(mails::table.find(letter.id))
            .set((mails::due_at.eq(lease), mails::attempts.eq(letter.attempts)))
            .execute(conn)?;
    }
    Ok(claimed)
}

/// It is out; its text is forgotten.
pub fn sent(conn: &mut Conn, id: MailId, now: Instant) -> QueryResult<()> {
    diesel::update(mails::table.find(id))
        .set((
            mails::sent_at.eq(now),
            mails::failed_at.eq(None::<Instant>),
            mails::body.eq(None::<String>),
            mails::last_error.eq(None::<String>),
        ))
        .execute(conn)
        .map(|_| ())
}

/// It is to be tried again; unless somebody else has it by now, whose lease counts.
pub fn postponed(conn: &mut Conn, letter: &Claimed, due: Instant, error: &str) -> QueryResult<()> {
    diesel::update(mails::table.find(letter.id))
        .filter(mails::sent_at.is_null().and(mails::attempts.eq(letter.attempts)))
        .set((mails::due_at.eq(due), mails::last_error.eq(error)))
        .execute(conn)
        .map(|_| ())
}

/// It is given up; its text is forgotten.
pub fn failed(conn: &mut Conn, letter: &Claimed, now: Instant, error: &str) -> QueryResult<()> {
    diesel::update(mails::table.find(letter.id))
        .filter(mails::sent_at.is_null().and(mails::attempts.eq(letter.attempts)))
        .set((mails::failed_at.eq(now), mails::body.eq(None::<String>), mails::last_error.eq(error)))
        .execute(conn)
        .map(|_| ())
}

pub fn purge(conn: &mut Conn, before: Instant) -> QueryResult<usize> {
    let done = mails::sent_at.lt(before).or(mails::failed_at.lt(before));
    // The age, for which there is an index, is a consequence.
    diesel::delete(mails::table.filter(mails::created_at.lt(before)).filter(done)).execute(conn)
}

pub fn count_since(conn: &mut Conn, user: UserId, kind: MailKind, since: Instant) -> QueryResult<i64> {
    mails::table
        .filter(mails::user_id.eq(user))
        .filter(mails::kind.eq(kind))
        .filter(mails::created_at.gt(since))
        .count()
        .get_result(conn)
}

pub fn count_to(conn: &mut Conn, key: &str, kinds: &[MailKind], since: Instant) -> QueryResult<i64> {
    mails::table
        .filter(mails::recipient_key.eq(key))
        .filter(mails::kind.eq_any(kinds))
        .filter(mails::created_at.gt(since))
        .count()
        .get_result(conn)
}
