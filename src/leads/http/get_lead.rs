//! `GET /v1/leads/{id}`

use super::lead::{Lead, whole};
use super::parts::LeadDuplicate;
use crate::app::App;
use crate::auth::{LeadsRead, Scoped};
use crate::db::Conn;
use crate::http::{Path, Problem, reply};
use crate::leads::{self, LeadError, LeadId};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};

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
        let mut found = leads::possible_duplicates(conn, &reference, &by.caller, &[id.0])?;
        Ok::<_, LeadError>((whole(conn, &known, now)?, found.remove(&id.0).unwrap_or_default()))
    };
    let (lead, duplicates) = app.db.snapshot(read).await?;
    if duplicates.is_empty() {
        return reply::private(&req, &lead);
    }
    let possible_duplicates = duplicates.into_iter().map(LeadDuplicate::from).collect();
    reply::private_with_hints(&req, &lead, &Lead { possible_duplicates, ..lead.clone() })
}
