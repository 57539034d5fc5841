//! `POST /v1/listing-change-sets`: a workbook that was edited.

use super::views::ListingSheetReport;
use super::{Failed, XLSX};
use crate::app::App;
use crate::auth::{ListingsWrite, Scoped};
use crate::db::Conn;
use crate::http::extract::{Flag, expect_media_type, read_body};
use crate::http::idempotency::{self, Answer, Need};
use crate::http::problem::ProblemDocument;
use crate::http::{Code, Problem, Query, reply};
use crate::input::Faults;
use crate::say::Language;
use crate::sheets;
use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Payload};
use actix_web::{HttpRequest, HttpResponse, post};
use utoipa::IntoParams;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};

/// The bytes of a workbook, for the API's description.
enum ListingWorkbook {}

impl utoipa::PartialSchema for ListingWorkbook {
    fn schema() -> RefOr<Schema> {
        let format = SchemaFormat::KnownFormat(KnownFormat::Binary);
        ObjectBuilder::new().schema_type(Type::String).format(Some(format)).into()
    }
}

impl utoipa::ToSchema for ListingWorkbook {}

#[derive(Debug, deserr::Deserr, IntoParams)]
#[deserr(error = Faults, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct CreateListingChangeSet {
    /// Check everything and write nothing: the answer is what would change.
    #[deserr(default)]
    #[param(value_type = Option<bool>)]
    validate_only: Flag,
}

/// Upload a workbook of listings.
///
/// The body is the workbook of `GET /v1/listing-sheets`, edited. It is checked cell by cell; if anything is wrong, nothing is
/// written, and `cells` tells every fault by sheet and cell. What a cell may hold is what `PATCH /v1/listings/{id}` takes. An empty
/// cell clears; a column or a sheet that was removed leaves what is there. A listing that somebody else has changed since the
/// download is the fault `changed_meanwhile` of its version, one that is not the caller's to change `unknown_product` of its id.
///
/// All changes are one set, made in one transaction: `GET /v1/listing-change-sets/{id}` tells it again, `…/reversals` undoes it.
/// Fields that an officer has to agree to go into the draft, as `outcome` says.
#[utoipa::path(
    tag = "listings",
    params(
        CreateListingChangeSet,
        ("Idempotency-Key" = Option<String>, Header, description = "16 to 255 ASCII characters: sent again with the \
            same key, it is applied once"),
    ),
    request_body(content(
        (inline(ListingWorkbook) = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    )),
    security(("bearer" = []), ("client" = ["listings.write"])),
    responses(
        (status = 200, description = "Nothing changes, or with `validate_only` what would", body = ListingSheetReport),
        (status = 201, description = "Applied; `Location` is the set, `Catalogue-Seq` the change that shows it to buyers", body = ListingSheetReport),
        (status = 409, description = "A request with the same key is still running", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "Cells are wrong (`invalid_cells`: `cells_total` tells how many, `cells` the \
            first 5,000, each with `sheet`, `cell`, `field`, `product_id`, `code`, `detail` and `value`), the file is no such workbook (`unreadable_file`), or the \
            key was used for another request", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[post("/v1/listing-change-sets")]
pub async fn create_listing_change_set(
    app: Data<App>,
    req: HttpRequest,
    language: Language,
    by: Scoped<ListingsWrite>,
    query: Query<CreateListingChangeSet>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    expect_media_type(&req, &[XLSX])?;
    let bytes = read_body(payload.into_inner(), app.config.max_import).await?;
    let (world, actor, raw) = (app.world.clone(), by.caller.key(), bytes.clone());
    let reference = app.reference.clone();
    let tables = web::block(move || sheets::read_book(&bytes)).await;
    let tables = tables.map_err(|error| Problem::new(Code::Internal).cause(error))?;
    let tables = tables.map_err(|error| sheets::SheetError::from(error).problem(language))?;
    if query.0.validate_only.0 {
        let rehearse = move |conn: &mut Conn| sheets::rehearse(conn, &world, &reference, &by.caller, &tables);
        let applied = app.db.write(rehearse).await.map_err(|error| error.problem(language))?;
        return reply::answer(&ListingSheetReport::new(applied, true));
    }
    let effect = move |conn: &mut Conn| {
        let applied = sheets::apply(conn, &world, &reference, &by.caller, &tables)
            .map_err(|error| Failed::Sheet(error, language))?;
        let (location, seq) = (applied.set.as_ref().map(|set| location(set.id)), applied.seq);
        let report = ListingSheetReport::new(applied, false);
        let answer = match location {
            Some(location) => Answer::created(location, &report)?,
            None => Answer {
                status: StatusCode::OK.as_u16(),
                location: None,
                body: reply::encode(&report)?,
                catalogue_seq: None,
            },
        };
        Ok::<_, Failed>(match seq {
            Some(seq) => answer.announced(seq),
            None => answer,
        })
    };
    idempotency::once(&app, &req, Need::Optional, &actor, &raw, effect).await
}

/// Where a set is.
pub fn location(set: sheets::ChangeSetId) -> String {
    format!("/v1/listing-change-sets/{set}")
}
