//! The log of the catalogue's changes: what every instance, and every retailer, follows.
//!
//! Each change has a number, `seq`. It comes from a one-row clock whose update is the last thing a transaction does: the
//! row's lock is held to the commit, so numbers appear in the order of the commits, a rollback leaves no gap, and whoever
//! has read up to a number has missed nothing before it. (A database sequence gives neither: measured, a reader of one
//! missed a tenth of the rows of 16 writers.)
//!
//! The log says *that* a product's public document may have changed and whether the product is in the catalogue; the
//! document itself is always the latest. The calendar changes documents too: a term that ends, the last 180 days of one.
//! [`announce`] writes those first whenever a new day has begun, under the same lock: each once, whoever comes first.

use super::feed::Entry;
use super::presence::{Absence, Gone, presence};
use super::store::log as store;
use crate::certification;
use crate::certification::ledger::Certification;
use crate::db::{Conn, Day, Instant};
use crate::products::ProductId;
use crate::say;
use crate::say::Invalid;
use crate::world::World;
use diesel::QueryResult;
use std::collections::HashMap;

/// The number of a change; 0 is before the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, serde::Serialize)]
pub struct Seq(i64);

impl Seq {
    pub const fn new(number: i64) -> Self {
        Self(number)
    }

    pub const fn number(self) -> i64 {
        self.0
    }

    pub const fn plus(self, n: i64) -> Self {
        Self(self.0.saturating_add(n))
    }

    /// Reads a number as it was given out: digits, not negative.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        text.parse().ok().filter(|_| digits).map(Self).ok_or_else(|| {
            Invalid::new(
                "wrong_type",
                say!(
                    "Cần số thứ tự thay đổi (seq), ví dụ 0 hoặc 1042.",
                    "Expected the number of a change (seq), for example 0 or 1042."
                ),
            )
        })
    }
}

impl std::fmt::Display for Seq {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl utoipa::PartialSchema for Seq {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
            .minimum(Some(0))
            .examples([1042])
            .into()
    }
}

impl utoipa::ToSchema for Seq {}

crate::parsed_input!(Seq);

/// The clock's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClockRow {
    pub last: Seq,
    /// Changes up to this one are no longer kept.
    pub floor: Seq,
    /// The calendar's changes are announced up to this day.
    pub day: Day,
    pub form: String,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub seq: Seq,
    pub product: ProductId,
    /// `None`: it is in the catalogue.
    pub gone: Option<Gone>,
    pub at: Instant,
}

impl Change {
    /// Is it this one, as memory keeps it?
    pub fn is(&self, seq: Seq, entry: Entry) -> bool {
        self.seq == seq && entry == Entry { product: self.product, gone: self.gone, at: self.at }
    }
}

/// Products looked at by one statement: more of them make the statement long, not the work less.
const AT_ONCE: usize = 1_000;

/// Ends a transaction that may have changed what is public of these products: writes their changes, and before them
/// those of the calendar if a new day has begun. Returns the number of the last change there is then.
pub fn announce(conn: &mut Conn, world: &World, products: &[ProductId]) -> QueryResult<Seq> {
    let clock = store::lock(conn)?;
    let day = world.today().max(clock.day);
    let mut touched = products.to_vec();
    if clock.day < day {
        touched.extend(store::due(conn, clock.day, day)?);
    }
    if touched.is_empty() && clock.day == day {
        return Ok(clock.last);
    }
    touched.sort_unstable();
    touched.dedup();
    let mut last = clock.last;
    for some in touched.chunks(AT_ONCE) {
        let changes = changes(conn, some, day, last, world.now())?;
        last = changes.last().map_or(last, |change| change.seq);
        store::append(conn, &changes)?;
    }
    store::advance(conn, last, day)?;
    Ok(last)
}

fn changes(
    conn: &mut Conn,
    products: &[ProductId],
    day: Day,
    mut last: Seq,
    at: Instant,
) -> QueryResult<Vec<Change>> {
    let mut histories: HashMap<ProductId, Vec<Certification>> = HashMap::new();
    for held in certification::of_products(conn, products)? {
        histories.entry(held.product).or_default().push(held);
    }
    let absences = store::absences(conn, products)?;
    let mut changes = Vec::with_capacity(products.len());
    for product in products {
        let history = histories.get(product).map_or(&[][..], Vec::as_slice);
        let absence: Absence = absences.get(product).copied().unwrap_or_default();
        if let Some(gone) = presence(history, &absence, day).logged() {
            last = last.plus(1);
            changes.push(Change { seq: last, product: *product, gone, at });
        }
    }
    Ok(changes)
}

/// Days changes are kept. Ninety are promised; the rest covers who reads at the last moment.
const KEPT_DAYS: i64 = 100;

/// Forgets changes older than is promised; who has not seen them must load everything anew. Returns the new floor.
pub fn forget_old(conn: &mut Conn, now: Instant) -> QueryResult<Seq> {
    let clock = store::lock(conn)?;
    let before = now.plus_seconds(-KEPT_DAYS * 86_400);
    // Up to the first that is to be kept: one whose instance had its clock wrong must not take later ones with it.
    let floor = store::first_since(conn, before)?.map_or(clock.last, |first| first.plus(-1)).max(clock.floor);
    store::set_floor(conn, floor)?;
    Ok(floor)
}

/// Makes every follower load everything anew, if the documents have taken another form since the last start: the log
/// cannot tell of a change that concerns all.
pub fn begin_anew(conn: &mut Conn, form: &str) -> QueryResult<()> {
    let clock = store::lock(conn)?;
    if clock.form == form {
        return Ok(());
    }
    match clock.form.is_empty() {
        true => store::set_form(conn, form, clock.last, clock.floor),
        false => break_off(conn, form, clock.last),
    }
}

/// Makes every follower load everything anew who has seen no more than `seen`. A number of its own goes on from there, so
/// that who has seen all of the old has seen too little.
pub fn break_off(conn: &mut Conn, form: &str, seen: Seq) -> QueryResult<()> {
    let next = store::lock(conn)?.last.max(seen).plus(1);
    store::set_form(conn, form, next, next)
}
