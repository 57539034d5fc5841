//! SQL of the outbox.

use super::model::{Letter, MailId, Text};
use crate::db::{Conn, Instant};
use crate::schema::mails;
use diesel::prelude::*;

pub fn insert(conn: &mut Conn, id: MailId, letter: &Letter, text: &Text, now: Instant) -> QueryResult<()> {
    diesel::insert_into(mails::table)
        .values((
            mails::id.eq(id),
            mails::kind.eq(letter.kind),
            mails::recipient.eq(letter.to.as_str()),
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
