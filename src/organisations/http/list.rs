//! `GET /v1/organisations`: the officers' work queue.

use super::views::OrganisationDetails;
use crate::app::App;
use crate::auth::Officer;
use crate::db::Conn;
use crate::http::extract::Flag;
use crate::http::page::{self, Cursor, Limit};
use crate::http::{Code, Problem, Query, reply};
use crate::input::{Faults, measured};
use crate::organisations::{
    self as slice, Filter, OrganisationId, OrganisationKind, OrganisationStanding, TaxCode,
};
use crate::say::Invalid;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

/// Words of a name.
struct Words(String);

impl Words {
    fn parse(text: &str) -> Result<Self, Invalid> {
        measured(text.trim(), 200, |_| false).map(|text| Self(text.to_owned()))
    }
}

crate::parsed_input!(Words);

#[derive(deserr::Deserr, IntoParams)]
#[into_params(parameter_in = Query)]
#[deserr(error = Faults, deny_unknown_fields)]
struct ListOrganisations {
    /// Only organisations of this standing.
    #[deserr(default)]
    standing: Option<OrganisationStanding>,
    /// Only organisations of this kind.
    #[deserr(default)]
    kind: Option<OrganisationKind>,
    /// Words of the legal or public name, with or without marks; each may be the beginning of one.
    #[deserr(default)]
    #[param(value_type = Option<String>, max_length = 200, example = "banh cay")]
    q: Option<Words>,
    /// A tax code, in any way of writing it.
    #[deserr(default)]
    tax_code: Option<TaxCode>,
    /// Code of an admin unit of any level, of today or as it was; `CODE@YYYY-MM-DD` names the unit of that day.
    #[deserr(default)]
    #[param(example = "34")]
    unit: Option<String>,
    /// Has it an owner? Producers that certification lists have brought have none until they are claimed.
    #[deserr(default)]
    #[param(value_type = Option<bool>)]
    has_owner: Option<Flag>,
    /// Rows of a page: 1 to 100, 20 unless told.
    #[deserr(default)]
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[deserr(default)]
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
}

impl ListOrganisations {
    fn filter(&self, app: &App) -> Result<Filter, Problem> {
        let unit = self.unit.as_deref().map(|unit| app.reference.unit_filter(unit, app.world.today()));
        let unit =
            unit.transpose().map_err(|invalid| Problem::invalid_query(Faults::one(["unit"], invalid)))?;
        Ok(Filter {
            standing: self.standing,
            kind: self.kind,
            q: self.q.as_ref().map(|q| q.0.clone()),
            tax_code: self.tax_code.clone(),
            unit,
            has_owner: self.has_owner.map(|flag| flag.0),
        })
    }
}

/// A page of organisations.
#[derive(Debug, Serialize, ToSchema)]
struct OrganisationPage {
    items: Vec<OrganisationDetails>,
    /// Leads to the next page; `null` on the last.
    #[schema(required = true)]
    next_cursor: Option<String>,
}

/// List the organisations of a province.
///
/// For officers, of their province of today, whatever it was before the merger; administrators see all. First come, first
/// listed: `standing=unverified&has_owner=true` is what waits to be looked at. Those that have become one with another are
/// left out.
#[utoipa::path(
    tag = "organisations",
    params(ListOrganisations),
    security(("bearer" = [])),
    responses((status = 200, description = "A page of organisations", body = OrganisationPage))
)]
#[get("/v1/organisations")]
pub async fn list_organisations(
    app: Data<App>,
    req: HttpRequest,
    officer: Officer,
    query: Query<ListOrganisations>,
) -> Result<HttpResponse, Problem> {
    let (filter, limit) = (query.0.filter(&app)?, query.0.limit);
    // A tax code shows nothing of itself in `Debug`, hence by its text.
    let bound_to = format!("{filter:?} {:?}", filter.tax_code.as_ref().map(TaxCode::as_str));
    let after: Option<String> = query.0.cursor.map(|cursor| cursor.open(&bound_to)).transpose()?;
    let after = after.map(|id| OrganisationId::parse(&id)).transpose();
    let after = after.map_err(|_| Problem::new(Code::InvalidCursor))?;
    let read = move |conn: &mut Conn| slice::list(conn, &officer.office, &filter, after, limit.rows() + 1);
    let rows = app.db.snapshot(read).await?;
    let (rows, next_cursor) = page::cut(rows, limit, &bound_to, |row| row.id.to_string());
    let items = rows.iter().map(|row| OrganisationDetails::of(&app.reference, row, None, true)).collect();
    let page = OrganisationPage { items, next_cursor };
    let response = reply::private(&req, &page)?;
    Ok(reply::with_next(&req, response, page.next_cursor.as_deref()))
}
