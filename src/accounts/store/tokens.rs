//! Tokens that went out by mail, each good once.

use crate::accounts::links::TokenPurpose;
use crate::accounts::model::UserId;
use crate::db::{Conn, Instant};
use crate::schema::mail_tokens;
use diesel::prelude::*;

/// A token to be.
#[derive(Debug)]
pub struct NewToken {
    pub purpose: TokenPurpose,
    pub user: UserId,
    /// Of an e-mail change: the new address.
    pub email: Option<String>,
    pub created_at: Instant,
    pub expires_at: Instant,
}

pub fn insert_token(conn: &mut Conn, hash: &str, new: &NewToken) -> QueryResult<()> {
    diesel::insert_into(mail_tokens::table)
        .values((
            mail_tokens::token_hash.eq(hash),
            mail_tokens::purpose.eq(new.purpose),
            mail_tokens::user_id.eq(new.user),
            mail_tokens::email.eq(new.email.as_deref()),
            mail_tokens::created_at.eq(new.created_at),
            mail_tokens::expires_at.eq(new.expires_at),
        ))
        .execute(conn)
        .map(|_| ())
}

/// How many tokens of a kind a user was sent since then.
pub fn count_tokens(
    conn: &mut Conn,
    user: UserId,
    purpose: TokenPurpose,
    since: Instant,
) -> QueryResult<i64> {
    mail_tokens::table
        .filter(mail_tokens::user_id.eq(user))
        .filter(mail_tokens::purpose.eq(purpose))
        .filter(mail_tokens::created_at.gt(since))
        .count()
        .get_result(conn)
}

/// Whose token this is, if it is good.
pub fn find_token(
    conn: &mut Conn,
    hash: &str,
    purpose: TokenPurpose,
    now: Instant,
) -> QueryResult<Option<UserId>> {
    mail_tokens::table
        .find(hash)
        .filter(mail_tokens::purpose.eq(purpose))
        .filter(mail_tokens::used_at.is_null())
        .filter(mail_tokens::expires_at.gt(now))
        .select(mail_tokens::user_id)
        .get_result(conn)
        .optional()
}

/// Uses a token up, if it is good; returns whose it was and the address it was about. Of two who bring it at once, one
/// gets it.
pub fn use_token(
    conn: &mut Conn,
    hash: &str,
    purpose: TokenPurpose,
    now: Instant,
) -> QueryResult<Option<(UserId, Option<String>)>> {
    let good = mail_tokens::table
        .find(hash)
        .filter(mail_tokens::purpose.eq(purpose))
        .filter(mail_tokens::used_at.is_null())
        .filter(mail_tokens::expires_at.gt(now));
    diesel::update(good)
        .set(mail_tokens::used_at.eq(now))
        .returning((mail_tokens::user_id, mail_tokens::email))
        .get_result(conn)
        .optional()
}

/// Uses up all tokens of a user.
pub fn use_tokens_of(conn: &mut Conn, user: UserId, now: Instant) -> QueryResult<()> {
    let open =
        mail_tokens::table.filter(mail_tokens::user_id.eq(user)).filter(mail_tokens::used_at.is_null());
    diesel::update(open).set(mail_tokens::used_at.eq(now)).execute(conn).map(|_| ())
}
