//! SQL of the lists: the states of `certification::model` as conditions on a day.
//!
//! What ended a certification is told by its entries: a later certification of the product, or a revocation before
//! that. Whatever else is in force to `shown_until`. A test holds this against the model.

use crate::certification::lists::{After, Filter};
use crate::certification::model::{CertificationId, EXPIRING_DAYS, State};
use crate::certification::store::EventKind;
use crate::db::Conn;
use crate::products::ProductId;
use crate::schema::{certification_events as events, certifications, products};
use diesel::dsl::{exists, not};
use diesel::prelude::*;

diesel::alias!(certifications as next: Next, certifications as between: Between);

pub fn page(
    conn: &mut Conn,
    filter: &Filter,
    after: Option<After>,
    limit: i64,
) -> QueryResult<Vec<(CertificationId, ProductId)>> {
    let today = filter.today;
    let superseded = || {
        exists(
            next.filter(next.field(certifications::product_id).eq(certifications::product_id))
                .filter(next.field(certifications::decided_on).gt(certifications::decided_on)),
        )
    };
    // A revocation that a later certification did not come before.
    let revoked = || {
        exists(
            events::table
                .filter(events::certification_id.eq(certifications::id))
                .filter(events::kind.eq(EventKind::Revoked))
                .filter(not(exists(
                    between
                        .filter(between.field(certifications::product_id).eq(certifications::product_id))
                        .filter(between.field(certifications::decided_on).gt(certifications::decided_on))
                        .filter(between.field(certifications::decided_on).lt(events::effective_on)),
                ))),
        )
    };
    let in_force = || certifications::shown_until.ge(today).assume_not_null();
    let mut rows = certifications::table
        .inner_join(products::table)
        .filter(certifications::decided_on.le(today))
        .select((certifications::id, certifications::product_id))
        .order((certifications::valid_until, certifications::id))
        .limit(limit)
        .into_boxed();
    let soon = today.plus_days(EXPIRING_DAYS);
    rows = match filter.state {
        None => rows,
        Some(State::Valid) => rows.filter(in_force()).filter(certifications::valid_until.gt(soon)),
        Some(State::Expiring) => {
            rows.filter(in_force()).filter(certifications::valid_until.between(today, soon))
        }
        Some(State::Extended) => rows.filter(in_force()).filter(certifications::valid_until.lt(today)),
        Some(State::Expired) => rows
            .filter(certifications::shown_until.lt(today).assume_not_null())
            .filter(not(superseded()))
            .filter(not(revoked())),
        Some(State::Revoked) => rows.filter(revoked()),
        Some(State::Superseded) => rows.filter(superseded()).filter(not(revoked())),
    };
    if let Some(days) = filter.expiring_within {
        rows = rows
            .filter(in_force())
            .filter(certifications::shown_until.le(today.plus_days(days)).assume_not_null());
    }
    if let Some(province) = &filter.province {
        rows = rows.filter(products::province.eq(province));
    }
    if let Some((valid_until, id)) = after {
        rows = rows.filter(
            certifications::valid_until
                .gt(valid_until)
                .or(certifications::valid_until.eq(valid_until).and(certifications::id.gt(id))),
        );
    }
    rows.load(conn)
}
