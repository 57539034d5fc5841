//! `GET /v1/leads/{id}`

use super::parts::Lead;
use crate::app::App;
use crate::auth::{LeadsRead, Scoped};
use crate::db::{Conn, Instant};
use crate::http::{Path, Problem, reply};
use crate::leads::{self, Known, LeadError, LeadId};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};

/// The whole of a lead the caller knows of.
pub fn whole(conn: &mut Conn, known: &Known, now: Instant) -> Result<Lead, LeadError> {
    let (items, events) = leads::details(conn, known)?;
    Ok(Lead::new(known, items, events, now))
}

/// Read a lead.
///
/// Everything about one lead of yours: what is asked for, by whom, how to answer, the timeline, and where you may move it.
/// The `ETag` can be sent as `If-Match` with a new event.
#[utoipa::path(
    tag = "leads",
    params(("id" = LeadId, Path)),
    security(("bearer" = []), ("client" = ["leads.read"])),
    responses((status = 200, description = "The lead", body = Lead))
)]
#[get("/v1/leads/{id}")]
pub async fn get_lead(
    req: HttpRequest,
    app: Data<App>,
    by: Scoped<LeadsRead>,
    id: Path<LeadId>,
) -> Result<HttpResponse, Problem> {
    let (now, reference) = (app.world.now(), app.reference.clone());
    let read = move |conn: &mut Conn| {
        let known = leads::read(conn, &reference, &by.caller, id.0)?;
        whole(conn, &known, now)
    };
    let lead = app.db.snapshot(read).await?;
    reply::private(&req, &lead)
}
