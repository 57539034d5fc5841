//! Decisions on the standing of organisations.

use crate::accounts::UserId;
use crate::db::Conn;
use crate::organisations::{
    OrganisationId, OrganisationStanding, Verification, VerificationDecision, VerificationId,
};
use crate::schema::{organisation_verifications as verifications, organisations};
use diesel::prelude::*;

pub fn insert(conn: &mut Conn, id: OrganisationId, by: UserId, made: &Verification) -> QueryResult<()> {
    diesel::insert_into(verifications::table)
        .values((
            verifications::id.eq(made.id),
            verifications::organisation_id.eq(id),
            verifications::decision.eq(made.decision),
            verifications::reason.eq(made.reason.clone()),
            verifications::decided_by.eq(by),
            verifications::decided_at.eq(made.decided_at),
        ))
        .execute(conn)
        .map(|_| ())
}

/// The standing alone: nothing that everybody reads depends on it.
pub fn set_standing(conn: &mut Conn, id: OrganisationId, standing: OrganisationStanding) -> QueryResult<()> {
    diesel::update(organisations::table.find(id))
        .set(organisations::standing.eq(standing))
        .execute(conn)
        .map(|_| ())
}

/// The decisions on an organisation, latest first, from the one that a cursor names.
pub fn page(
    conn: &mut Conn,
    of: OrganisationId,
    after: Option<VerificationId>,
    rows: i64,
) -> QueryResult<Vec<Verification>> {
    let mut query = verifications::table
        .filter(verifications::organisation_id.eq(of))
        .order(verifications::id.desc())
        .limit(rows)
        .select((
            verifications::id,
            verifications::decision,
            verifications::reason,
            verifications::decided_at,
        ))
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(verifications::id.lt(after));
    }
    let rows: Vec<(VerificationId, VerificationDecision, _, _)> = query.load(conn)?;
    let made = |(id, decision, reason, decided_at)| Verification { id, decision, reason, decided_at };
    Ok(rows.into_iter().map(made).collect())
}
