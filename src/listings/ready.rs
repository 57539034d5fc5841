//! What a listing still lacks for a kind of buyer: [`evaluate`] looks, this gathers what it looks at.

use super::{Inspected, Known, Listing, Profile, Profiles, Readiness, evaluate};
use crate::certification;
use crate::db::{Conn, Day, Instant};
use crate::products::ProductId;
use diesel::QueryResult;

/// What the ledger says of a product today: the last day it is in force, and its group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Certified {
    pub until: Option<Day>,
    pub group: Option<String>,
}

/// See [`Certified`]; of a product that is not in force the group is that of its latest certification.
pub fn certified(conn: &mut Conn, product: ProductId, today: Day) -> QueryResult<Certified> {
    let all = certification::of_products(conn, &[product])?;
    let state = |held: &certification::ledger::Certification| held.ledger().state_on(today);
    let in_force = all.iter().find(|held| state(held).is_some_and(certification::model::State::is_in_force));
    let until = in_force.and_then(|held| held.ledger().shown_until());
    let group = in_force.or(all.first()).and_then(|held| held.group_code.clone());
    Ok(Certified { until, group })
}

/// Looks at a listing with the eyes of a profile.
pub fn readiness<'a>(
    known: &Known,
    certified: &Certified,
    profile: &'a Profile,
    (today, now): (Day, Instant),
) -> Readiness<'a> {
    let listing: Listing = known.or_new(now);
    let inspected = Inspected {
        content: &listing.content,
        papers: &known.papers,
        certified_until: certified.until,
        group: certified.group.as_deref(),
    };
    evaluate(Profiles::shipped(), profile, &inspected, today)
}
