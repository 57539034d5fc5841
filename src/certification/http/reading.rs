//! `GET /v1/certifications` and `GET /v1/certifications/{id}`.

use super::office;
use super::views::CertificationView;
use crate::app::App;
use crate::auth::Officer;
use crate::certification::LedgerError;
use crate::certification::lists::{self, After, Filter};
use crate::certification::model::{CertificationId, State};
use crate::db::{Conn, Day};
use crate::http::page::{Cursor, Limit, cut, wrong_cursor};
use crate::http::{Path, Problem, Query, reply};
use crate::input::Faults;
use crate::say;
use crate::say::Invalid;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

/// A number of days ahead, up to the longest a certificate can last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct DaysAhead(i64);

impl DaysAhead {
    /// 36 months and 180 days, rounded up.
    const MOST: i64 = 1_280;

    fn parse(text: &str) -> Result<Self, Invalid> {
        let most = Self::MOST;
        let days = text.parse::<i64>().ok().filter(|days| (0..=most).contains(days));
        days.map(Self).ok_or_else(|| {
            Invalid::new(
                "out_of_range",
                say!("Cần số nguyên từ 0 đến {most}.", "Expected a whole number from 0 to {most}."),
            )
        })
    }
}

crate::parsed_input!(DaysAhead);

#[derive(Debug, deserr::Deserr, IntoParams)]
#[deserr(error = Faults, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListCertifications {
    /// Only those in this state today.
    #[param(inline)]
    #[deserr(default)]
    state: Option<State>,
    /// Only those in force today that are no longer in force after so many days.
    #[param(value_type = Option<i64>, minimum = 0, maximum = 1280, example = 90)]
    #[deserr(default)]
    expiring_within: Option<DaysAhead>,
    /// Certifications of a page.
    #[deserr(default)]
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100, example = 20)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[param(value_type = Option<String>)]
    #[deserr(default)]
    cursor: Option<Cursor>,
}

/// A page of certifications.
#[derive(Debug, Serialize, ToSchema)]
struct CertificationPage {
    items: Vec<CertificationView>,
    /// Leads to the next page; `null` on the last.
    #[schema(required = true)]
    next_cursor: Option<String>,
}

/// List the certifications of the officer's province.
///
/// By the end of the term, earliest first: what runs out next, what was revoked, what has expired. An administrator
/// sees all provinces.
#[utoipa::path(
    tag = "certification",
    params(ListCertifications),
    security(("bearer" = [])),
    responses((status = 200, description = "A page of certifications", body = CertificationPage))
)]
#[get("/v1/certifications")]
pub async fn list_certifications(
    app: Data<App>,
    req: HttpRequest,
    officer: Officer,
    query: Query<ListCertifications>,
) -> Result<HttpResponse, Problem> {
    let Query(query) = query;
    let (today, limit) = (app.world.today(), query.limit);
    let filter = Filter {
        today,
        state: query.state,
        expiring_within: query.expiring_within.map(|days| days.0),
        province: office(officer).province,
    };
    let filters = format!("{filter:?}");
    let after = query.cursor.map(|cursor| opened(&cursor, &filters)).transpose()?;
    let page = move |conn: &mut Conn| lists::page(conn, &filter, after, limit.rows() + 1);
    let rows = app.db.snapshot(move |conn| page(conn).map_err(LedgerError::from));
    let (rows, next_cursor) =
        cut(rows.await?, limit, &filters, |row| (row.certification.valid_until, row.certification.id));
    let items = rows.into_iter().map(|row| CertificationView::new(row, &app.reference, today));
    let page = CertificationPage { items: items.collect(), next_cursor };
    let response = reply::private(&req, &page)?;
    Ok(reply::with_next(&req, response, page.next_cursor.as_deref()))
}

fn opened(cursor: &Cursor, filters: &str) -> Result<After, Problem> {
    let (day, id): (String, String) = cursor.open(filters)?;
    match (Day::parse(&day), CertificationId::parse(&id)) {
        (Ok(day), Ok(id)) => Ok((day, id)),
        _ => Err(wrong_cursor()),
    }
}

/// Read a certification.
///
/// What was recognised, by which decision, and how it stands today, with its extension or revocation. Claims nobody has
/// verified are not certifications and are never shown.
#[utoipa::path(
    tag = "certification",
    params(("id" = CertificationId, Path, description = "The certification's id")),
    responses((status = 200, description = "The certification", body = CertificationView))
)]
#[get("/v1/certifications/{id}")]
pub async fn get_certification(
    app: Data<App>,
    req: HttpRequest,
    id: Path<CertificationId>,
) -> Result<HttpResponse, Problem> {
    let Path(id) = id;
    let listed = app.db.snapshot(move |conn| lists::get(conn, id)).await?;
    let view = CertificationView::new(listed, &app.reference, app.world.today());
    reply::public(&req, &view)
}
