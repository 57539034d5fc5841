//! Products that may be enquired about: asked within the transaction of the enquiry, hence in SQL.

use super::{maker, place};
use crate::catalogue::model::Maker;
use crate::db::{Conn, Day};
use crate::products::ProductId;
use crate::schema::{certifications, organisations, products};
use diesel::dsl::auto_type;
use diesel::prelude::*;

/// In force from the day of the decision to the last day shown; what has no such day never was.
#[auto_type]
fn in_force_on(day: Day) -> _ {
    let shown = certifications::shown_until.assume_not_null();
    shown.ge(day).and(certifications::decided_on.le(day))
}

/// Those of the given products that are in the catalogue, with their makers.
pub fn offered(
    conn: &mut Conn,
    wanted: &[ProductId],
    today: Day,
) -> QueryResult<Vec<(ProductId, String, Maker)>> {
    certifications::table
        .inner_join(products::table.inner_join(organisations::table))
        .filter(in_force_on(today))
        .filter(products::id.eq_any(wanted))
        .select((products::id, products::name, maker!()))
        .load(conn)
}
