//! Products that may be enquired about: asked within the transaction of the enquiry, hence in SQL.

use super::{maker, place};
use crate::catalogue::model::Maker;
use crate::certification::model::Stars;
use crate::db::{Conn, Day};
use crate::listings::ListingStatus;
use crate::products::ProductId;
use crate::reference::Taxonomy;
use crate::schema::{certifications, listings, organisations, product_successions as successions, products};
use diesel::dsl::{auto_type, exists, not};
use diesel::prelude::*;
use std::collections::BTreeSet;

/// In force from the day of the decision to the last day shown; what has no such day never was.
#[auto_type]
fn in_force_on(day: Day) -> _ {
    let shown = certifications::shown_until.assume_not_null();
    shown.ge(day).and(certifications::decided_on.le(day))
}

/// What a product is certified as: stars, and its group in a taxonomy.
pub type Certified = (Stars, Taxonomy, Option<String>);

/// Those of the products that a condition names that are in the catalogue, with their makers: in force, neither withdrawn nor
/// succeeded.
macro_rules! offered {
    ($which:expr, $today:expr) => {{
        let withdrawn = listings::table
            .filter(listings::product_id.eq(products::id))
            .filter(listings::status.eq(ListingStatus::Withdrawn));
        let succeeded = successions::table.filter(successions::product_id.eq(products::id));
        certifications::table
            .inner_join(products::table.inner_join(organisations::table))
            .filter(in_force_on($today))
            .filter($which)
            .filter(not(exists(withdrawn)))
            .filter(not(exists(succeeded)))
            .select((
                products::id,
                products::name,
                maker!(),
                (certifications::stars, certifications::taxonomy, certifications::group_code),
            ))
    }};
}

/// A product with its name, its maker, and what it is certified as.
pub type OfferedRow = (ProductId, String, Maker, Certified);

/// Those of the given products that are in the catalogue.
///
/// PostgreSQL takes a list of any length in one statement that it has prepared. SQLite would have to prepare another for each
/// length, which costs more than to look up each product by one that is ready.
pub fn offered(conn: &mut Conn, wanted: &[ProductId], today: Day) -> QueryResult<Vec<OfferedRow>> {
    match conn {
        Conn::Pg(pg) => offered!(products::id.eq_any(wanted), today).load(pg),
        Conn::Sqlite(sqlite) => {
            let mut found = Vec::with_capacity(wanted.len());
            for product in wanted.iter().collect::<BTreeSet<_>>() {
                found.extend(offered!(products::id.eq(product), today).load::<OfferedRow>(sqlite)?);
            }
            Ok(found)
        }
    }
}
