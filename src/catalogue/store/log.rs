//! SQL of the log of changes and its clock.

use crate::catalogue::log::{Change, ClockRow, Seq};
use crate::catalogue::presence::{Absence, Gone};
use crate::certification::model::EXPIRING_DAYS;
use crate::db::{Conn, Day, Instant};
use crate::listings::{Disclosure, DocumentKind, ListingStatus, PaperState};
use crate::on_engine;
use crate::products::{self, ProductId};
use crate::schema::{
    catalogue_changes as changes, catalogue_clock as clock, certifications, listing_documents as documents,
    listings,
};
use diesel::prelude::*;
use std::collections::{HashMap, HashSet};

type Row = (i64, i64, Day, String);

fn row((last, floor, day, form): Row) -> ClockRow {
    ClockRow { last: Seq::new(last), floor: Seq::new(floor), day, form }
}

/// The clock, locked until the transaction ends: an update of nothing, which both engines take as a write.
pub fn lock(conn: &mut Conn) -> QueryResult<ClockRow> {
    diesel::update(clock::table)
        .set(clock::last_seq.eq(clock::last_seq))
        .returning((clock::last_seq, clock::floor, clock::day, clock::form))
        .get_result::<Row>(conn)
        .map(row)
}

pub fn read(conn: &mut Conn) -> QueryResult<ClockRow> {
    clock::table.select((clock::last_seq, clock::floor, clock::day, clock::form)).first::<Row>(conn).map(row)
}

pub fn advance(conn: &mut Conn, last: Seq, day: Day) -> QueryResult<()> {
    let set = (clock::last_seq.eq(last.number()), clock::day.eq(day));
    diesel::update(clock::table).set(set).execute(conn).map(|_| ())
}

pub fn set_form(conn: &mut Conn, form: &str, last: Seq, floor: Seq) -> QueryResult<()> {
    let set = (clock::form.eq(form), clock::last_seq.eq(last.number()), clock::floor.eq(floor.number()));
    diesel::update(clock::table).set(set).execute(conn).map(|_| ())
}

/// Sets the floor and deletes what lies at or under it.
pub fn set_floor(conn: &mut Conn, floor: Seq) -> QueryResult<()> {
    diesel::update(clock::table).set(clock::floor.eq(floor.number())).execute(conn)?;
    diesel::delete(changes::table.filter(changes::seq.le(floor.number()))).execute(conn).map(|_| ())
}

/// The first change that is not older than an instant.
pub fn first_since(conn: &mut Conn, at: Instant) -> QueryResult<Option<Seq>> {
    let first = changes::table.filter(changes::at.ge(at)).select(diesel::dsl::min(changes::seq));
    first.first::<Option<i64>>(conn).map(|seq| seq.map(Seq::new))
}

#[derive(Insertable)]
#[diesel(table_name = changes, treat_none_as_default_value = false)]
struct NewChange {
    seq: i64,
    product_id: ProductId,
    gone: Option<Gone>,
    at: Instant,
}

pub fn append(conn: &mut Conn, new: &[Change]) -> QueryResult<()> {
    let rows: Vec<NewChange> = new
        .iter()
        .map(|change| NewChange {
            seq: change.seq.number(),
            product_id: change.product,
            gone: change.gone,
            at: change.at,
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    on_engine!(conn, c => diesel::insert_into(changes::table).values(&rows).execute(c)).map(|_| ())
}

/// The changes after a number, in order, at most so many.
pub fn after(conn: &mut Conn, seq: Seq, limit: i64) -> QueryResult<Vec<Change>> {
    let rows: Vec<(i64, ProductId, Option<Gone>, Instant)> = changes::table
        .filter(changes::seq.gt(seq.number()))
        .order(changes::seq)
        .limit(limit)
        .select((changes::seq, changes::product_id, changes::gone, changes::at))
        .load(conn)?;
    let change = |(seq, product, gone, at)| Change { seq: Seq::new(seq), product, gone, at };
    Ok(rows.into_iter().map(change).collect())
}

/// Products whose public document the calendar may have changed between two days, `from` not included.
pub fn due(conn: &mut Conn, from: Day, to: Day) -> QueryResult<Vec<ProductId>> {
    use certifications::{decided_on, shown_until, valid_until};
    let shown = shown_until.assume_not_null();
    let begins = decided_on.gt(from).and(decided_on.le(to));
    let leaves = shown.ge(from).and(shown.lt(to));
    let is_extended = valid_until.ge(from).and(valid_until.lt(to));
    let (first, last) = (from.plus_days(EXPIRING_DAYS), to.plus_days(EXPIRING_DAYS));
    let is_expiring = valid_until.gt(first).and(valid_until.le(last));
    let mut found: HashSet<ProductId> = certifications::table
        .filter(begins.or(leaves).or(is_extended).or(is_expiring))
        .select(certifications::product_id)
        .load(conn)?
        .into_iter()
        .collect();
    let term = documents::valid_until.assume_not_null();
    let ended = documents::table
        .filter(term.ge(from).and(term.lt(to)))
        .filter(documents::state.eq(PaperState::Checked))
        .filter(documents::disclosure.ne(Disclosure::Officer))
        .filter(documents::kind.eq_any(DocumentKind::ALL))
        .select(documents::product_id);
    found.extend(ended.load::<ProductId>(conn)?);
    Ok(found.into_iter().collect())
}

/// What besides the ledger keeps products out of the catalogue; of those it does.
pub fn absences(conn: &mut Conn, of: &[ProductId]) -> QueryResult<HashMap<ProductId, Absence>> {
    let withdrawn: Vec<ProductId> = listings::table
        .filter(listings::product_id.eq_any(of))
        .filter(listings::status.eq(ListingStatus::Withdrawn))
        .select(listings::product_id)
        .load(conn)?;
    let mut absences: HashMap<ProductId, Absence> =
        withdrawn.into_iter().map(|id| (id, Absence { withdrawn: true, succession: None })).collect();
    for (id, succession) in products::successions(conn, of)? {
        absences.entry(id).or_default().succession = Some(succession.kind);
    }
    Ok(absences)
}
