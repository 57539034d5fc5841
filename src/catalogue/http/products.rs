//! `/v1/products`.

use super::conditional;
use super::facets::{FacetName, ProductFacets};
use super::filters::product_query;
use super::views::{MoreOfPage, ProductPage, page_body};
use crate::app::App;
use crate::catalogue::document::ProductDetail;
use crate::catalogue::{self, Catalogue, Filter, Listing, Memory, PageQuery, Seq, linked_data};
use crate::http::accept;
use crate::http::extract::{Many, language_of};
use crate::http::page::{Cursor, Limit};
use crate::http::problem::ProblemDocument;
use crate::http::{Code, Path, Problem, Query, reply};
use crate::input::Faults;
use crate::products::ProductId;
use actix_web::http::Method;
use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse, get};
use deserr::Deserr;
use std::sync::Arc;
use utoipa::IntoParams;

product_query! {
    /// Filters of the list. Values of one are alternatives (`stars=4,5`), different ones narrow each other.
    pub struct ListProductsQuery {
        /// What to count the products found by; without it nothing is counted.
        #[deserr(default)]
        #[param(inline, value_type = Option<Vec<FacetName>>, style = Form, explode = false, example = json!(["stars", "certificates"]))]
        facets: Many<FacetName>,
        /// Rows of a page.
        #[deserr(default)]
        #[param(value_type = Option<i64>, minimum = 1, maximum = 100, default = 20)]
        limit: Limit,
        /// `next_cursor` of the page before, with the same filters.
        #[deserr(default)]
        #[param(value_type = Option<String>)]
        cursor: Option<Cursor>,
    }
}

/// The products whose certification is in force today.
///
/// A product is there from the day of its decision to the end (local time, Asia/Ho_Chi_Minh) of the last day in force; it
/// goes by itself. `matched` tells how `q` was understood:
///
/// * `words`: every word is found, in the name, the producer's name, the places, the kind of product, a code;
/// * `prefix`: the last word is the beginning of one. So it is read if it is found whole nowhere, and if less than ten
///   products have all words, whatever the filters; these come first;
/// * `corrected`: nothing has the words. One keystroke was corrected, or Telex or VNI keystrokes were read as the letters
///   they mean;
/// * `some`: of six words or more, three in five are found.
///
/// The order `relevance` puts products first whose name has the words, as typed if any mark was typed, side by side; the
/// whole name of a place or a kind is as good as a part of the name. `total` counts all pages; `facets` counts values, each
/// facet without its own filter.
#[utoipa::path(
    tag = "catalogue",
    params(ListProductsQuery),
    responses((status = 200, description = "A page of products", body = ProductPage)),
)]
#[get("/v1/products")]
pub async fn list_products(
    req: HttpRequest,
    app: Data<App>,
    query: Query<ListProductsQuery>,
) -> Result<HttpResponse, Problem> {
    let mut asked = query.0;
    let filter = asked.filter(&app)?;
    let query = PageQuery { filter, limit: asked.limit, cursor: asked.cursor };
    let memory = app.catalogue.current(&app.world, asked.at_least).await?;
    let (head, wanted) = (memory.head(), asked.facets.0);
    let tag = conditional::tag_of(&req, head, None);
    if let Some(response) = conditional::not_modified(&req, head, &tag) {
        return Ok(response);
    }
    let found = find(&app.catalogue, memory, query, !wanted.is_empty()).await?;
    let more = MoreOfPage {
        next_cursor: found.next_cursor,
        total: found.total,
        matched: found.matched,
        facets: found.facets.as_ref().map(|facets| ProductFacets::new(&app, facets, &wanted)),
        as_of: head.day,
        catalogue_seq: head.seq,
    };
    let response = conditional::fresh(head, &tag, page_body(&found.items, &more)?);
    Ok(reply::with_next(&req, response, more.next_cursor.as_deref()))
}

/// Catalogues from this size on are searched beside the threads that serve: a broad search takes a millisecond or more
/// there, in which a worker could answer a hundred others.
const SEARCHED_ASIDE: usize = 200_000;

async fn find(
    catalogue: &Catalogue,
    memory: &Memory,
    query: PageQuery<Filter>,
    facets: bool,
) -> Result<Listing, Problem> {
    if query.filter.search.is_none() || memory.shelves().index.len() < SEARCHED_ASIDE {
        return Ok(catalogue::list(memory, &query, facets)?);
    }
    let memory: Arc<Memory> = catalogue.memory();
    let found = web::block(move || catalogue::list(&memory, &query, facets)).await;
    Ok(found.map_err(|error| Problem::new(Code::Internal).cause(error))??)
}

#[derive(Debug, Deserr, IntoParams)]
#[deserr(error = Faults, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct GetProductQuery {
    /// Wait until the answer holds this change (`Catalogue-Seq` of a write): up to five seconds, then 409.
    #[deserr(default)]
    #[param(value_type = Option<Seq>)]
    at_least: Option<Seq>,
}

/// One product in force.
///
/// Once certified but not in the catalogue today is 410, with the `reason` as the feed of changes tells it, the `state` of
/// its certification, the first day it was not in force (`since`), the product that took its place (`successor_id`), and
/// where to read more (`verification_url`). Never certified is 404. With `Accept: application/ld+json` it comes as linked
/// data: a schema.org `Product` with `hasCertification`, in the language of `Accept-Language`.
#[utoipa::path(
    tag = "catalogue",
    params(("id" = ProductId, Path, description = "The product's id"), GetProductQuery),
    responses(
        (status = 200, description = "The product", content(
            (ProductDetail = "application/json"),
            (serde_json::Value = "application/ld+json"),
        )),
        (status = 406, description = "Not to be had in a type that `Accept` takes; `offered` names the types",
            body = ProblemDocument, content_type = "application/problem+json"),
        (status = 410, description = "Certified once, but not in the catalogue today", body = ProblemDocument,
            content_type = "application/problem+json"),
    ),
)]
#[get("/v1/products/{id}")]
pub async fn get_product(
    req: HttpRequest,
    app: Data<App>,
    id: Path<ProductId>,
    query: Query<GetProductQuery>,
) -> Result<HttpResponse, Problem> {
    let memory = app.catalogue.current(&app.world, query.0.at_least).await?;
    let linked =
        accept::negotiate(&req, &["application/json", linked_data::MEDIA_TYPE])? == linked_data::MEDIA_TYPE;
    let found = memory.with_record(id.0, |record| match linked {
        false => conditional::document(&req, record).map(Ok),
        true => conditional::linked_data(&req, record, language_of(&req), &app.config.issuer),
    });
    found.flatten().unwrap_or_else(|| Err(memory.absence(id.0).into()))
}

/// What [`get_product`] answers, if the question is a plain one and the answer lies ready: a product that is shown, as
/// JSON, with nothing to wait for.
pub fn ready_product(req: &HttpRequest, app: &App) -> Option<HttpResponse> {
    let id = req.path().strip_prefix("/v1/products/")?;
    if req.method() != Method::GET || !req.query_string().is_empty() || !accept::takes_anything(req) {
        return None;
    }
    let id = ProductId::parse(id).ok()?;
    let memory = app.catalogue.of_today(&app.world)?;
    memory.with_record(id, |record| conditional::document(req, record))?
}
