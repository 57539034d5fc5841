//! `POST /v1/organisations`, `GET` and `PATCH /v1/organisations/{id}`.

use super::views::OrganisationDetails;
use crate::app::App;
use crate::auth::Session;
use crate::db::{Conn, Day};
use crate::http::idempotency::{self, Answer, Need};
use crate::http::problem::ProblemDocument;
use crate::http::reply::IfMatch;
use crate::http::{Json, Path, Problem, reply};
use crate::input::{Change, Faults};
use crate::organisations::{
    self as slice, EntityType, NewOrganisation, OrganisationChange, OrganisationId, OrganisationName,
    StreetAddress, TaxCode,
};
use crate::reference::Reference;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, patch, post};
use utoipa::ToSchema;

/// Register another organisation.
///
/// Whoever is signed in registers an organisation and owns it, ten at most. It is `unverified` until an officer of its
/// province has looked at it. If certification lists have brought the producer already, its matches show it, and a claim
/// makes the two one.
#[utoipa::path(
    tag = "organisations",
    params(("Idempotency-Key" = Option<String>, Header, description = "16 to 255 ASCII characters: sent again with the \
        same key, one organisation is registered")),
    request_body = NewOrganisation,
    security(("bearer" = [])),
    responses(
        (status = 201, description = "Registered", body = OrganisationDetails),
        (status = 409, description = "The account owns ten already (`not_possible_now`), or a request with the same key is \
            still running", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[post("/v1/organisations")]
pub async fn create_organisation(
    app: Data<App>,
    req: HttpRequest,
    by: Session,
    body: Json<NewOrganisation>,
) -> Result<HttpResponse, Problem> {
    let Json { value: new, raw } = body;
    let (world, reference, actor) = (app.world.clone(), app.reference.clone(), by.user.to_string());
    let effect = move |conn: &mut Conn| {
        let seen = slice::register_another(conn, &world, &reference, &by, new)?;
        let location = format!("/v1/organisations/{}", seen.organisation.id);
        Answer::created(location, &OrganisationDetails::new(&reference, &seen))
    };
    idempotency::once(&app, &req, Need::Optional, &actor, &raw, effect).await
}

/// Read an organisation.
///
/// For its members, those it has agreed to be acted for by, and the officers of its province of today; to everybody else
/// there is none (404). One that has become one with another is `succeeded` (410), with `successor_id`, to those who
/// acted for it. The `ETag` is what `If-Match` of a change needs.
#[utoipa::path(
    tag = "organisations",
    params(("id" = OrganisationId, Path, description = "The organisation's id")),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The organisation", body = OrganisationDetails),
        (status = 410, description = "It has become one with another", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[get("/v1/organisations/{id}")]
pub async fn get_organisation(
    app: Data<App>,
    req: HttpRequest,
    by: Session,
    id: Path<OrganisationId>,
) -> Result<HttpResponse, Problem> {
    let seen = app.db.read(move |conn| slice::read(conn, &by, id.0)).await?;
    reply::private(&req, &OrganisationDetails::new(&app.reference, &seen))
}

/// What of an organisation changes; a field that is left out stays, `null` clears it.
#[derive(deserr::Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
struct OrganisationPatch {
    /// Legal form; a producer keeps one.
    #[deserr(default)]
    #[schema(value_type = Option<EntityType>, required = false)]
    entity_type: Change<EntityType>,
    /// The name of the business registration; not `null`.
    #[deserr(default)]
    #[schema(value_type = OrganisationName, required = false)]
    legal_name: Change<OrganisationName>,
    /// `null`: the legal name, or of a household business its form and place.
    #[deserr(default)]
    #[schema(value_type = Option<OrganisationName>, required = false)]
    public_name: Change<OrganisationName>,
    #[deserr(default)]
    #[schema(value_type = Option<TaxCode>, required = false)]
    tax_code: Change<TaxCode>,
    /// Code of a commune of today; not `null`.
    #[deserr(default)]
    #[schema(value_type = String, required = false, example = "13192")]
    unit: Change<String>,
    #[deserr(default)]
    #[schema(value_type = Option<StreetAddress>, required = false)]
    address: Change<StreetAddress>,
}

impl OrganisationPatch {
    fn read(self, reference: &Reference, today: Day) -> OrganisationChange {
        let place = match self.unit {
            Change::Keep => None,
            Change::Clear => Some(Err(slice::not_null())),
            Change::Set(unit) => Some(slice::commune_of(reference, today, &unit)),
        };
        OrganisationChange {
            entity_type: self.entity_type,
            legal_name: self.legal_name,
            public_name: self.public_name,
            tax_code: self.tax_code,
            place,
            address: self.address,
        }
    }
}

/// Change an organisation.
///
/// JSON merge patch (RFC 7396) by its owners. `If-Match` must carry the ETag of what was read. Another legal name, legal
/// form or tax code has to be looked at again: the organisation becomes `unverified`. Public name, address and commune
/// change freely, but a producer with products stays in its province. `Catalogue-Seq` is the change from which buyers see
/// it; it is absent if they see nothing else than before.
#[utoipa::path(
    tag = "organisations",
    params(
        ("id" = OrganisationId, Path, description = "The organisation's id"),
        ("If-Match" = String, Header, description = "`ETag` of the organisation as the caller last read it"),
    ),
    request_body = OrganisationPatch,
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The organisation as it is now", body = OrganisationDetails),
        (status = 409, description = "It has products, so it cannot move to another province", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 410, description = "It has become one with another", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 412, description = "It has changed since it was read", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 428, description = "`If-Match` is missing", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[patch("/v1/organisations/{id}")]
pub async fn update_organisation(
    app: Data<App>,
    req: HttpRequest,
    by: Session,
    id: Path<OrganisationId>,
    body: Json<OrganisationPatch>,
) -> Result<HttpResponse, Problem> {
    let present = IfMatch::of(&req).required()?;
    let change = body.value.read(&app.reference, app.world.today());
    let (world, reference) = (app.world.clone(), app.reference.clone());
    let make = move |conn: &mut Conn| {
        let mut seen = slice::open(conn, &by, id.0, &change)?;
        present.check(&OrganisationDetails::new(&reference, &seen))?;
        let seq = slice::change(conn, &world, &by, &mut seen, change)?;
        Ok::<_, Problem>((OrganisationDetails::new(&reference, &seen), seq))
    };
    let (view, seq) = app.db.write(make).await?;
    let response = reply::private(&req, &view)?;
    Ok(match seq {
        Some(seq) => reply::announced(&app, response, seq),
        None => response,
    })
}
