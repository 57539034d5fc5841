//! Leads that may be the same as others.

use crate::db::{Conn, Instant, MultiBackend};
use crate::leads::LeadId;
use crate::organisations::OrganisationId;
use crate::schema::{enquiries, leads};
use diesel::prelude::*;

/// By what two enquiries may be of the same buyer, as their columns have it.
#[derive(Debug, Clone, Copy)]
pub enum Sign<'a> {
    TaxCodes(&'a [String]),
    Emails(&'a [String]),
    Phones(&'a [String]),
}

/// Leads of some producers in a span of time that have a sign; each sign has an index of its own.
pub fn alike(
    conn: &mut Conn,
    producers: &[OrganisationId],
    (from, until): (Instant, Instant),
    sign: Sign<'_>,
    rows: i64,
) -> QueryResult<Vec<LeadId>> {
    let mut query = leads::table
        .inner_join(enquiries::table)
        .filter(leads::producer_id.eq_any(producers))
        .filter(leads::merged_into.is_null())
        .filter(leads::occurred_at.between(from, until))
        .select(leads::id)
        .limit(rows)
        .into_boxed::<MultiBackend>();
    query = match sign {
        Sign::TaxCodes(codes) => query.filter(enquiries::company_tax_code.eq_any(codes)),
        Sign::Emails(keys) => query.filter(enquiries::contact_email_key.eq_any(keys)),
        Sign::Phones(keys) => query.filter(enquiries::contact_phone_key.eq_any(keys)),
    };
    query.load(conn)
}

/// The newest leads of some producers with the names of the companies that ask, as they were written.
pub fn newest(
    conn: &mut Conn,
    producers: &[OrganisationId],
    rows: i64,
) -> QueryResult<Vec<(LeadId, OrganisationId, String)>> {
    leads::table
        .inner_join(enquiries::table)
        .filter(leads::producer_id.eq_any(producers))
        .filter(leads::merged_into.is_null())
        .order(leads::id.desc())
        .limit(rows)
        .select((leads::id, leads::producer_id, enquiries::company_name))
        .load(conn)
}
