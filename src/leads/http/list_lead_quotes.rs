//! `GET /v1/leads/{id}/quotes`

use super::quote_parts::LeadQuote;
use crate::app::App;
use crate::auth::{LeadsRead, Scoped};
use crate::db::{Conn, Instant};
use crate::http::page::{self, Cursor, Limit};
use crate::http::{Path, Problem, Query, reply};
use crate::input::Faults;
use crate::leads::{self, LeadError, LeadId, QuoteId};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use deserr::Deserr;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

#[derive(Debug, IntoParams, Deserr)]
#[into_params(parameter_in = Query)]
#[deserr(error = Faults, deny_unknown_fields)]
struct ListLeadQuotesQuery {
    /// Rows of a page: 1 to 100, 20 unless told.
    #[deserr(default)]
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[deserr(default)]
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
}

/// A page of offers, newest first.
#[derive(Debug, Serialize, ToSchema)]
struct LeadQuotePage {
    items: Vec<LeadQuote>,
    /// Leads to the next page; `null` on the last.
    #[schema(required = true)]
    next_cursor: Option<String>,
}

/// List the offers of a lead.
///
/// Quotes and counter-offers, newest first, with whether they stand today. Prices and terms are the two parties': who helped
/// them to meet, and the programme office, see that there are offers.
#[utoipa::path(
    tag = "leads",
    params(("id" = LeadId, Path), ListLeadQuotesQuery),
    security(("bearer" = []), ("client" = ["leads.read"])),
    responses((status = 200, description = "A page of offers", body = LeadQuotePage))
)]
#[get("/v1/leads/{id}/quotes")]
pub async fn list_lead_quotes(
    req: HttpRequest,
    app: Data<App>,
    by: Scoped<LeadsRead>,
    id: Path<LeadId>,
    query: Query<ListLeadQuotesQuery>,
) -> Result<HttpResponse, Problem> {
    let (reference, today, limit) = (app.reference.clone(), app.world.today(), query.0.limit);
    let bound_to = format!("quotes of {}", id.0);
    let after = query.0.cursor.map(|cursor| after(&cursor, &bound_to)).transpose()?;
    let list = move |conn: &mut Conn| {
        let known = leads::read(conn, &reference, &by.caller, id.0)?;
        leads::quotes::of_lead(conn, &known, today, after, limit.rows() + 1)
    };
    let rows = app.db.snapshot::<_, LeadError, _>(list).await?;
    let key = |quote: &leads::quotes::Quote| (quote.row.created_at.micros(), quote.row.id.to_string());
    let (rows, next_cursor) = page::cut(rows, limit, &bound_to, key);
    let page = LeadQuotePage { items: rows.into_iter().map(LeadQuote::from).collect(), next_cursor };
    let response = reply::private(&req, &page)?;
    Ok(reply::with_next(&req, response, page.next_cursor.as_deref()))
}

/// The last offer of the page before.
fn after(cursor: &Cursor, bound_to: &str) -> Result<(Instant, QuoteId), Problem> {
    let (micros, id): (i64, String) = cursor.open(bound_to)?;
    let id = QuoteId::parse(&id).map_err(|_| page::wrong_cursor())?;
    Ok((Instant::from_micros(micros), id))
}
