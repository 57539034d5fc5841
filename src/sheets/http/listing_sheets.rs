//! `GET /v1/listing-sheets`: listings as a workbook.

use super::XLSX;
use crate::app::App;
use crate::auth::{ListingsRead, Scoped};
use crate::db::Conn;
use crate::http::extract::Flag;
use crate::http::{Code, Problem, Query, reply};
use crate::input::Faults;
use crate::organisations::OrganisationId;
use crate::reference::{SetNumber, Taxonomy, UnitCode};
use crate::say::{Language, Say};
use crate::sheets::{self, Sheeting, Wish};
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_TYPE, ETAG, RETRY_AFTER,
};
use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse, get};
use std::time::Duration;
use tokio::sync::Semaphore;
use utoipa::IntoParams;

#[derive(Debug, deserr::Deserr, IntoParams)]
#[deserr(error = Faults, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct GetListingSheet {
    /// Only listings of this producer.
    #[deserr(default)]
    producer: Option<OrganisationId>,
    /// Only products that were certified by this criteria set, 1 to 26, of the certification's own taxonomy.
    #[deserr(default)]
    #[param(value_type = Option<i64>, minimum = 1, maximum = 26, example = 6)]
    set: Option<SetNumber>,
    /// Only listings of this province of today.
    #[deserr(default)]
    #[param(value_type = Option<String>, example = "33")]
    province: Option<UnitCode>,
    /// An empty workbook with an example in the place of listings; with `set`, what each attribute of that set may hold.
    #[deserr(default)]
    #[param(value_type = Option<bool>)]
    template: Flag,
}

/// Workbooks are made in whole before they are sent; so many at once.
static WORKBOOKS: Semaphore = Semaphore::const_new(2);
const PATIENCE: Duration = Duration::from_secs(10);

/// Download listings as a workbook.
///
/// A row for each listing that the caller may read: those of the own producers, of an officer those of the province, at most
/// 2,000. Packs with their prices, pictures and attributes have sheets of their own. Headings have notes that say what is
/// expected, cells have lists to choose from, and the first sheet holds the instructions; headings are in the language of
/// `Accept-Language`, and the hidden row of machine names above them does not change with it. A producer's sheet holds the draft
/// over what buyers see. Edit it and send it to `POST /v1/listing-change-sets`.
#[utoipa::path(
    tag = "listings",
    params(GetListingSheet),
    security(("bearer" = []), ("client" = ["listings.read"])),
    responses((status = 200, description = "The workbook", content(
        (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    )))
)]
#[get("/v1/listing-sheets")]
pub async fn get_listing_sheet(
    app: Data<App>,
    req: HttpRequest,
    language: Language,
    by: Scoped<ListingsRead>,
    query: Query<GetListingSheet>,
) -> Result<HttpResponse, Problem> {
    let asked = query.0;
    let wish = Wish {
        producer: asked.producer,
        province: asked.province.map(|code| code.as_str().to_owned()),
        set: asked.set.map(SetNumber::number),
    };
    let (day, template) = (app.world.today(), asked.template.0);
    // Attributes to choose from are those of today's sets.
    let set = wish.set.map(|number| (Taxonomy::in_force_on(day), number));
    let room = tokio::time::timeout(PATIENCE, WORKBOOKS.acquire()).await;
    let Ok(Ok(room)) = room else { return Err(busy()) };
    let lines = match template {
        true => vec![sheets::example(set)],
        false => {
            let read = move |conn: &mut Conn| sheets::lines(conn, &by.caller, &wish);
            app.db.snapshot(read).await.map_err(|error| error.problem(language))?
        }
    };
    let made = web::block(move || {
        // Kept until the work is done, also if nobody waits for it any more.
        let _room = room;
        sheets::write(&lines, Sheeting { template, set, language, day })
    });
    let internal = |error: &dyn std::fmt::Display| Problem::new(Code::Internal).cause(error);
    let bytes = made.await.map_err(|error| internal(&error))?.map_err(|error| internal(&error))?;
    let tag = reply::etag(&bytes);
    let known = reply::is_known(&req, &tag);
    let mut response = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    let name = if template { "listings-template".to_owned() } else { format!("listings-{day}") };
    response
        .insert_header((ETAG, tag))
        .insert_header((CACHE_CONTROL, "private, no-store"))
        .insert_header((CONTENT_TYPE, XLSX))
        // It is a zip archive: to compress it again is in vain.
        .insert_header((CONTENT_ENCODING, "identity"))
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.xlsx\"")));
    let response = if known { response.finish() } else { response.body(bytes) };
    Ok(reply::in_language(response, language))
}

fn busy() -> Problem {
    Problem::new(Code::Unavailable)
        .detail(Say::new(
            "Đang tạo nhiều bảng tính khác; hãy thử lại sau giây lát.",
            "Other workbooks are being made; try again in a moment.",
        ))
        .header(RETRY_AFTER, "5")
}
