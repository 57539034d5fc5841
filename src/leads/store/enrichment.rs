//! What is completed of an enquiry after it was recorded.

use super::EnquiryRow;
use crate::db::{Conn, Instant};
use crate::leads::{DetailsText, LeadEventId, LeadEventKind, LeadId, Quantity};
use crate::products::{ProductId, Unit};
use crate::schema::{enquiries, lead_events, lead_items};
use diesel::prelude::*;

/// Writes who the buyer is and how to reach it.
pub fn update_buyer(conn: &mut Conn, row: &EnquiryRow) -> QueryResult<()> {
    diesel::update(enquiries::table.find(row.id))
        .set((
            enquiries::company_name.eq(&row.company_name),
            enquiries::company_tax_code.eq(&row.company_tax_code),
            enquiries::contact_name.eq(&row.contact_name),
            enquiries::contact_email.eq(&row.contact_email),
            enquiries::contact_phone.eq(&row.contact_phone),
            enquiries::contact_email_key.eq(&row.contact_email_key),
            enquiries::contact_phone_key.eq(&row.contact_phone_key),
        ))
        .execute(conn)
        .map(|_| ())
}

/// Writes how much of a product is asked for.
pub fn update_quantity(
    conn: &mut Conn,
    of: LeadId,
    product: ProductId,
    quantity: Quantity,
    unit: Unit,
) -> QueryResult<()> {
    let item =
        lead_items::table.filter(lead_items::lead_id.eq(of)).filter(lead_items::product_id.eq(product));
    diesel::update(item)
        .set((lead_items::quantity.eq(quantity), lead_items::unit.eq(unit)))
        .execute(conn)
        .map(|_| ())
}

/// What was completed by the timeline of a lead: when, by which event, and which fields.
pub fn completed(
    conn: &mut Conn,
    of: LeadId,
) -> QueryResult<Vec<(Instant, LeadEventId, Option<DetailsText>)>> {
    lead_events::table
        .filter(lead_events::lead_id.eq(of))
        .filter(lead_events::kind.eq(LeadEventKind::Enriched))
        .select((lead_events::occurred_at, lead_events::id, lead_events::details))
        .load(conn)
}
