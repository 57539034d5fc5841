//! SQL of what producers hand in, and of what came of it.

use super::{By, actor_of, columns_of, read_json, to_json};
use crate::accounts::UserId;
use crate::db::{Conn, Instant, MultiBackend};
use crate::listings::{Submission, SubmissionId, SubmissionNote, SubmissionState};
use crate::products::ProductId;
use crate::schema::{listing_submissions as submissions, products};
use diesel::prelude::*;

#[derive(Queryable)]
struct Row {
    id: SubmissionId,
    product_id: ProductId,
    number: i64,
    changes: String,
    note: Option<SubmissionNote>,
    state: SubmissionState,
    submitted_at: Instant,
    by: By,
    ended_at: Option<Instant>,
    decided_by: Option<UserId>,
    remarks: Option<String>,
    remark: Option<String>,
    version: Option<i64>,
}

impl Row {
    fn into_submission(self) -> QueryResult<Submission> {
        Ok(Submission {
            id: self.id,
            product: self.product_id,
            number: self.number,
            changes: read_json(&self.changes)?,
            note: self.note,
            state: self.state,
            submitted_at: self.submitted_at,
            by: actor_of(self.by),
            ended_at: self.ended_at,
            decided_by: self.decided_by,
            remarks: self.remarks.as_deref().map(read_json).transpose()?.unwrap_or_default(),
            remark: self.remark.as_deref().map(read_json).transpose()?,
            version: self.version,
        })
    }
}

fn all(rows: Vec<Row>) -> QueryResult<Vec<Submission>> {
    rows.into_iter().map(Row::into_submission).collect()
}

macro_rules! columns {
    () => {
        (
            submissions::id,
            submissions::product_id,
            submissions::number,
            submissions::changes,
            submissions::note,
            submissions::state,
            submissions::submitted_at,
            (submissions::user_id, submissions::client_id),
            submissions::ended_at,
            submissions::decided_by,
            submissions::remarks,
            submissions::remark,
            submissions::version,
        )
    };
}

/// Those of these listings that wait for a decision.
pub fn waiting_of(conn: &mut Conn, of: &[ProductId]) -> QueryResult<Vec<Submission>> {
    let rows = submissions::table
        .filter(submissions::product_id.eq_any(of))
        .filter(submissions::state.eq(SubmissionState::Waiting))
        .select(columns!())
        .load(conn)?;
    all(rows)
}

pub fn find(conn: &mut Conn, of: ProductId, id: SubmissionId) -> QueryResult<Option<Submission>> {
    let found = submissions::table.filter(submissions::id.eq(id)).filter(submissions::product_id.eq(of));
    let row: Option<Row> = found.select(columns!()).first(conn).optional()?;
    row.map(Row::into_submission).transpose()
}

/// How many there have been of a listing.
pub fn count(conn: &mut Conn, of: ProductId) -> QueryResult<i64> {
    submissions::table.filter(submissions::product_id.eq(of)).count().get_result(conn)
}

/// The submissions of a listing, latest first, from before a number.
pub fn page(conn: &mut Conn, of: ProductId, before: Option<i64>, rows: i64) -> QueryResult<Vec<Submission>> {
    let found = submissions::table
        .filter(submissions::product_id.eq(of))
        .filter(submissions::number.lt(before.unwrap_or(i64::MAX)))
        .order(submissions::number.desc())
        .limit(rows)
        .select(columns!())
        .load(conn)?;
    all(found)
}

/// The submissions of a province of today, or of all, in the order in which they came, from after one.
pub fn page_of_office(
    conn: &mut Conn,
    province: Option<&str>,
    state: Option<SubmissionState>,
    after: Option<SubmissionId>,
    rows: i64,
) -> QueryResult<Vec<Submission>> {
    let mut query =
        submissions::table.order(submissions::id).limit(rows).select(columns!()).into_boxed::<MultiBackend>();
    if let Some(province) = province {
        let here = products::table.filter(products::province.eq(province.to_owned())).select(products::id);
        query = query.filter(submissions::product_id.eq_any(here));
    }
    if let Some(state) = state {
        query = query.filter(submissions::state.eq(state));
    }
    if let Some(after) = after {
        query = query.filter(submissions::id.gt(after));
    }
    all(query.load(conn)?)
}

pub fn insert(conn: &mut Conn, new: &Submission) -> QueryResult<()> {
    let (user, client) = columns_of(new.by);
    diesel::insert_into(submissions::table)
        .values((
            submissions::id.eq(new.id),
            submissions::product_id.eq(new.product),
            submissions::number.eq(new.number),
            submissions::changes.eq(to_json(&new.changes)?),
            submissions::note.eq(&new.note),
            submissions::state.eq(new.state),
            submissions::submitted_at.eq(new.submitted_at),
            submissions::user_id.eq(user),
            submissions::client_id.eq(client),
        ))
        .execute(conn)
        .map(|_| ())
}

/// Writes how a submission has ended.
pub fn end(conn: &mut Conn, ended: &Submission) -> QueryResult<()> {
    let remarks = (!ended.remarks.0.is_empty()).then(|| to_json(&ended.remarks)).transpose()?;
    diesel::update(submissions::table.find(ended.id))
        .set((
            submissions::state.eq(ended.state),
            submissions::ended_at.eq(ended.ended_at),
            submissions::decided_by.eq(ended.decided_by),
            submissions::remarks.eq(remarks),
            submissions::remark.eq(ended.remark.as_ref().map(to_json).transpose()?),
            submissions::version.eq(ended.version),
        ))
        .execute(conn)
        .map(|_| ())
}
