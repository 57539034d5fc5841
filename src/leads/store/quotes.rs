//! SQL of the offers.

use crate::certification::model::CertificationId;
use crate::db::{Conn, Day, Instant, MultiBackend};
use crate::leads::{
    EnquiryId, LeadDays, LeadId, LeadSide, NewQuote, Quantity, QuoteId, QuoteTerms, Tier, UnitPrice,
};
use crate::on_engine;
use crate::products::{ProductId, Unit};
use crate::reference::Taxonomy;
use crate::schema::{certifications, enquiries, leads, products, quote_prices, quotes};
use diesel::dsl::max;
use diesel::prelude::*;
use std::collections::HashMap;

#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = quotes, treat_none_as_default_value = false)]
pub struct QuoteRow {
    pub id: QuoteId,
    pub lead_id: LeadId,
    /// 1, 2, … within the lead.
    pub number: i64,
    pub side: LeadSide,
    /// The last local day on which it stands.
    pub valid_until: Day,
    pub vat_included: bool,
    /// From the order to the delivery.
    pub lead_days: Option<LeadDays>,
    pub terms: Option<QuoteTerms>,
    pub created_at: Instant,
}

#[derive(Insertable)]
#[diesel(table_name = quote_prices)]
struct PriceRow {
    quote_id: QuoteId,
    position: i64,
    product_id: ProductId,
    unit: Unit,
    from_quantity: Quantity,
    price: UnitPrice,
}

/// A price of an offer, with the name of its product.
#[derive(Debug, Clone, Queryable)]
pub struct QuotedPrice {
    pub quote: QuoteId,
    pub product: ProductId,
    pub name: String,
    pub unit: Unit,
    pub from_quantity: Quantity,
    pub price: UnitPrice,
}

impl QuotedPrice {
    pub fn tier(&self) -> Tier {
        Tier { from_quantity: self.from_quantity, price: self.price }
    }
}

/// Stores an offer with its prices, those of a line from the smallest quantity on.
pub fn insert_quote(conn: &mut Conn, row: &QuoteRow, new: &NewQuote) -> QueryResult<()> {
    let prices = new.lines.iter().flat_map(|line| {
        let mut tiers = line.tiers.clone();
        tiers.sort_by_key(|tier| tier.from_quantity);
        tiers.into_iter().map(|tier| (line.product, line.unit, tier))
    });
    let prices = prices.zip(0..).map(|((product_id, unit, tier), position)| PriceRow {
        quote_id: row.id,
        position,
        product_id,
        unit,
        from_quantity: tier.from_quantity,
        price: tier.price,
    });
    let prices: Vec<PriceRow> = prices.collect();
    diesel::insert_into(quotes::table).values(row).execute(conn)?;
    on_engine!(conn, c => diesel::insert_into(quote_prices::table).values(&prices).execute(c)).map(|_| ())
}

/// The number of a lead's last offer; 0 if there is none.
pub fn last_quote_number(conn: &mut Conn, lead: LeadId) -> QueryResult<i64> {
    let of_lead = quotes::table.filter(quotes::lead_id.eq(lead));
    of_lead.select(max(quotes::number)).first::<Option<i64>>(conn).map(Option::unwrap_or_default)
}

/// Offers of some leads, newest first, after the one a cursor names.
pub fn quotes(
    conn: &mut Conn,
    of: &[LeadId],
    after: Option<(Instant, QuoteId)>,
    rows: i64,
) -> QueryResult<Vec<QuoteRow>> {
    let mut query = quotes::table
        .filter(quotes::lead_id.eq_any(of))
        .order((quotes::created_at.desc(), quotes::id.desc()))
        .limit(rows)
        .into_boxed::<MultiBackend>();
    if let Some((at, id)) = after {
        query = query.filter(quotes::created_at.lt(at).or(quotes::created_at.eq(at).and(quotes::id.lt(id))));
    }
    query.load(conn)
}

/// The prices of some offers, in their order.
pub fn prices(conn: &mut Conn, of: &[QuoteId]) -> QueryResult<Vec<QuotedPrice>> {
    quote_prices::table
        .inner_join(products::table)
        .filter(quote_prices::quote_id.eq_any(of))
        .order((quote_prices::quote_id, quote_prices::position))
        .select((
            quote_prices::quote_id,
            quote_prices::product_id,
            products::name,
            quote_prices::unit,
            quote_prices::from_quantity,
            quote_prices::price,
        ))
        .load(conn)
}

diesel::allow_columns_to_appear_in_same_group_by_clause!(
    quotes::side,
    quote_prices::product_id,
    quote_prices::unit,
);

/// When a side last named a price for a product in a unit, in some leads.
pub fn newest_prices(
    conn: &mut Conn,
    of: &[LeadId],
) -> QueryResult<HashMap<(LeadSide, ProductId, Unit), Instant>> {
    let rows: Vec<(LeadSide, ProductId, Unit, Option<Instant>)> = quote_prices::table
        .inner_join(quotes::table)
        .filter(quotes::lead_id.eq_any(of))
        .group_by((quotes::side, quote_prices::product_id, quote_prices::unit))
        .select((quotes::side, quote_prices::product_id, quote_prices::unit, max(quotes::created_at)))
        .load(conn)?;
    Ok(rows.into_iter().filter_map(|(side, product, unit, at)| Some(((side, product, unit), at?))).collect())
}

/// A price that a producer offered.
#[derive(Debug, Queryable)]
pub struct OfferRow {
    pub lead: LeadId,
    /// The lead that goes on for it.
    pub merged_into: Option<LeadId>,
    pub quote: QuoteRow,
    pub product: ProductId,
    pub unit: Unit,
    pub from_quantity: Quantity,
    pub price: UnitPrice,
}

/// What the producers of some leads have offered for some products, newest first; with what was offered in leads that were
/// merged into these.
pub fn offers(conn: &mut Conn, of: &[LeadId], products: &[ProductId]) -> QueryResult<Vec<OfferRow>> {
    quote_prices::table
        .inner_join(quotes::table.inner_join(leads::table))
        .filter(leads::id.eq_any(of).or(leads::merged_into.eq_any(of)))
        .filter(quotes::side.eq(LeadSide::Producer))
        .filter(quote_prices::product_id.eq_any(products))
        .order((quotes::created_at.desc(), quotes::id.desc(), quote_prices::position))
        .select((
            leads::id,
            leads::merged_into,
            quotes::all_columns,
            quote_prices::product_id,
            quote_prices::unit,
            quote_prices::from_quantity,
            quote_prices::price,
        ))
        .load(conn)
}

/// The leads of an enquiry, in the order of their ids.
pub fn of_enquiry(conn: &mut Conn, id: EnquiryId) -> QueryResult<Vec<super::Found>> {
    leads::table
        .inner_join(enquiries::table)
        .filter(leads::enquiry_id.eq(id))
        .order(leads::id)
        .select((leads::all_columns, enquiries::all_columns))
        .load(conn)
}

/// As what products were last certified: the classification and the criteria set.
pub fn criteria_sets(
    conn: &mut Conn,
    of: &[ProductId],
) -> QueryResult<HashMap<ProductId, (Taxonomy, Option<i64>)>> {
    let rows: Vec<(ProductId, Taxonomy, Option<i64>, Day, CertificationId)> = certifications::table
        .filter(certifications::product_id.eq_any(of))
        .order((certifications::decided_on, certifications::id))
        .select((
            certifications::product_id,
            certifications::taxonomy,
            certifications::set_no,
            certifications::decided_on,
            certifications::id,
        ))
        .load(conn)?;
    Ok(rows.into_iter().map(|(product, taxonomy, set_no, ..)| (product, (taxonomy, set_no))).collect())
}
