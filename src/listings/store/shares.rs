//! SQL of the links to papers, and of the log of their openings.

use super::papers::by;
use crate::accounts::UserId;
use crate::auth::Principal;
use crate::clients::ClientId;
use crate::db::{Conn, Instant};
use crate::listings::{Access, AccessId, DocumentId, Share, ShareId, SharePurpose, Via};
use crate::schema::{listing_document_accesses as accesses, listing_document_shares as shares};
use diesel::prelude::*;

#[derive(Queryable, Selectable)]
#[diesel(table_name = shares)]
struct ShareRow {
    id: ShareId,
    document_id: DocumentId,
    purpose: SharePurpose,
    made_at: Instant,
    expires_at: Instant,
    most_openings: Option<i64>,
    openings: i64,
    revoked_at: Option<Instant>,
}

impl From<ShareRow> for Share {
    fn from(row: ShareRow) -> Self {
        Self {
            id: row.id,
            document: row.document_id,
            purpose: row.purpose,
            made_at: row.made_at,
            expires_at: row.expires_at,
            most_openings: row.most_openings,
            openings: row.openings,
            revoked_at: row.revoked_at,
        }
    }
}

pub fn insert(conn: &mut Conn, share: &Share, token_hash: &str, principal: Principal) -> QueryResult<()> {
    let (user, client) = by(principal);
    diesel::insert_into(shares::table)
        .values((
            shares::id.eq(share.id),
            shares::document_id.eq(share.document),
            shares::token_hash.eq(token_hash),
            shares::purpose.eq(&share.purpose),
            shares::made_at.eq(share.made_at),
            shares::expires_at.eq(share.expires_at),
            shares::most_openings.eq(share.most_openings),
            shares::openings.eq(share.openings),
            shares::user_id.eq(user),
            shares::client_id.eq(client),
        ))
        .execute(conn)
        .map(|_| ())
}

/// The links to a paper, the latest first.
pub fn of_document(
    conn: &mut Conn,
    document: DocumentId,
    after: Option<(Instant, ShareId)>,
    rows: i64,
) -> QueryResult<Vec<Share>> {
    let query = shares::table.filter(shares::document_id.eq(document));
    let mut query = query.select(ShareRow::as_select()).into_boxed::<crate::db::MultiBackend>();
    if let Some((at, id)) = after {
        query = query.filter(shares::made_at.lt(at).or(shares::made_at.eq(at).and(shares::id.lt(id))));
    }
    let found: Vec<ShareRow> =
        query.order((shares::made_at.desc(), shares::id.desc())).limit(rows).load(conn)?;
    Ok(found.into_iter().map(Share::from).collect())
}

pub fn count(conn: &mut Conn, document: DocumentId) -> QueryResult<i64> {
    shares::table.filter(shares::document_id.eq(document)).count().get_result(conn)
}

/// The link of a token, good or not.
pub fn find(conn: &mut Conn, token_hash: &str) -> QueryResult<Option<Share>> {
    let row = shares::table.filter(shares::token_hash.eq(token_hash)).select(ShareRow::as_select());
    row.first::<ShareRow>(conn).optional().map(|row| row.map(Share::from))
}

/// Opens by a link; is it still good? Of two who bring the last opening at once, one gets it.
pub fn open(conn: &mut Conn, id: ShareId, now: Instant) -> QueryResult<bool> {
    let left = shares::most_openings
        .is_null()
        .or(shares::most_openings.gt(shares::openings.nullable()).assume_not_null());
    let good = shares::table
        .find(id)
        .filter(shares::revoked_at.is_null())
        .filter(shares::expires_at.gt(now))
        .filter(left.assume_not_null());
    diesel::update(good).set(shares::openings.eq(shares::openings + 1)).execute(conn).map(|rows| rows == 1)
}

/// Ends a link of a paper; false if the paper has no such link, or it was ended before.
pub fn revoke(conn: &mut Conn, document: DocumentId, id: ShareId, now: Instant) -> QueryResult<bool> {
    let open =
        shares::table.find(id).filter(shares::document_id.eq(document)).filter(shares::revoked_at.is_null());
    diesel::update(open).set(shares::revoked_at.eq(now)).execute(conn).map(|rows| rows == 1)
}

pub fn log(
    conn: &mut Conn,
    id: AccessId,
    document: DocumentId,
    at: Instant,
    (via, share, principal): (Via, Option<ShareId>, Option<Principal>),
) -> QueryResult<()> {
    let (user, client) = principal.map_or((None, None), by);
    diesel::insert_into(accesses::table)
        .values((
            accesses::id.eq(id),
            accesses::document_id.eq(document),
            accesses::at.eq(at),
            accesses::via.eq(via),
            accesses::share_id.eq(share),
            accesses::user_id.eq(user),
            accesses::client_id.eq(client),
        ))
        .execute(conn)
        .map(|_| ())
}

type AccessRow = (AccessId, Instant, Via, Option<UserId>, Option<ClientId>, Option<(ShareId, SharePurpose)>);

/// Who has opened a paper, the latest first.
pub fn accesses_of(
    conn: &mut Conn,
    document: DocumentId,
    after: Option<(Instant, AccessId)>,
    rows: i64,
) -> QueryResult<Vec<Access>> {
    let mut query = accesses::table
        .left_join(shares::table)
        .filter(accesses::document_id.eq(document))
        .select((
            accesses::id,
            accesses::at,
            accesses::via,
            accesses::user_id,
            accesses::client_id,
            (shares::id, shares::purpose).nullable(),
        ))
        .into_boxed::<crate::db::MultiBackend>();
    if let Some((at, id)) = after {
        query = query.filter(accesses::at.lt(at).or(accesses::at.eq(at).and(accesses::id.lt(id))));
    }
    let found: Vec<AccessRow> =
        query.order((accesses::at.desc(), accesses::id.desc())).limit(rows).load(conn)?;
    let access = |(id, at, via, user, client, share)| Access { id, at, via, share, user, client };
    Ok(found.into_iter().map(access).collect())
}
