//! `GET /v1/organisations/{id}/matches`

use crate::app::App;
use crate::auth::Session;
use crate::db::Conn;
use crate::http::problem::ProblemDocument;
use crate::http::{Path, Problem, reply};
use crate::organisations::claims::{self, Candidate};
use crate::organisations::{EntityType, Likeness, OrganisationId, producer_name};
use crate::reference::{PlaceView, Reference};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;

/// A producer of the ledger for whom nobody acts, and which may be this organisation.
#[derive(Debug, Serialize, ToSchema)]
struct ProducerMatch {
    id: OrganisationId,
    /// The name as everybody may read it.
    #[schema(example = "HTX Bánh cáy Ví Dụ")]
    name: String,
    entity_type: Option<EntityType>,
    place: PlaceView,
    /// What the two have in common.
    because: Vec<Likeness>,
    /// How many products the ledger has of it.
    #[schema(example = 3)]
    products_count: usize,
    /// Names of the first five.
    #[schema(example = json!(["Bánh cáy truyền thống"]))]
    products: Vec<String>,
}

const NAMED_PRODUCTS: usize = 5;

impl ProducerMatch {
    fn new(reference: &Reference, candidate: Candidate) -> Self {
        let Candidate { producer, because, mut products } = candidate;
        let products_count = products.len();
        products.truncate(NAMED_PRODUCTS);
        Self {
            id: producer.id,
            name: producer_name(
                reference,
                producer.public_name.as_deref(),
                producer.entity_type,
                &producer.place,
            ),
            entity_type: producer.entity_type,
            place: reference.view(&producer.place),
            because,
            products_count,
            products,
        }
    }
}

/// Producers that an organisation may be.
#[derive(Debug, Serialize, ToSchema)]
struct ProducerMatches {
    /// The likeliest first, 20 at most.
    items: Vec<ProducerMatch>,
}

/// Find the organisation among the producers of the ledger.
///
/// Certification lists bring producers for whom nobody acts. These have the organisation's tax code, its name or one like it,
/// or are in its commune: `because` says which. Owners claim the right one with `POST /v1/organisations/{id}/claims`. For
/// owners, editors and the officers of the province; of an organisation that is no producer the list is empty.
#[utoipa::path(
    tag = "organisations",
    params(("id" = OrganisationId, Path, description = "The organisation's id")),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "Producers it may be", body = ProducerMatches),
        (status = 410, description = "It has become one with another", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[get("/v1/organisations/{id}/matches")]
pub async fn list_organisation_matches(
    app: Data<App>,
    req: HttpRequest,
    by: Session,
    id: Path<OrganisationId>,
) -> Result<HttpResponse, Problem> {
    let found = app.db.snapshot(move |conn: &mut Conn| claims::candidates(conn, &by, id.0)).await?;
    let items = found.into_iter().map(|candidate| ProducerMatch::new(&app.reference, candidate)).collect();
    reply::private(&req, &ProducerMatches { items })
}
