//! `/v1/products`.

use super::check;
use super::views::{ProductCard, ProductDetail, ProductPage};
use crate::app::App;
use crate::catalogue::{self, Filter, PageQuery, ProductSort, Search, StarsWanted};
use crate::http::extract::Many;
use crate::http::page::{Cursor, Limit};
use crate::http::problem::ProblemDocument;
use crate::http::{Path, Problem, Query, reply};
use crate::input::Faults;
use crate::organisations::OrganisationId;
use crate::products::ProductId;
use crate::reference::SetNumber;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use deserr::Deserr;
use utoipa::IntoParams;

/// Filters of the list. Values of one are alternatives (`stars=4,5`), different ones narrow each other.
#[derive(Debug, Deserr, IntoParams)]
#[deserr(error = Faults, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListProductsQuery {
    /// Stars, 3 to 5; several as `stars=4,5`.
    #[deserr(default)]
    #[param(value_type = Option<Vec<i64>>, style = Form, explode = false, example = json!([4, 5]))]
    stars: Many<StarsWanted>,
    /// Product groups by code, of any taxonomy (`/v1/product-groups`).
    #[deserr(default)]
    #[param(value_type = Option<Vec<String>>, style = Form, explode = false, example = json!(["food"]))]
    group: Many<String>,
    /// Criteria sets, 1 to 26; the number is the one of the certification's own taxonomy.
    #[deserr(default)]
    #[param(value_type = Option<Vec<i64>>, style = Form, explode = false, example = json!([6]))]
    set: Many<SetNumber>,
    /// Admin units as `CODE` or `CODE@YYYY-MM-DD`: province, commune, or district of before 1 July 2025. Codes are
    /// re-used; without a date the unit that has the code today is meant, else the last that had it.
    #[deserr(default)]
    #[param(value_type = Option<Vec<String>>, style = Form, explode = false, example = json!(["33"]))]
    unit: Many<String>,
    /// Provinces of today by code: short for `unit` where no old code is meant.
    #[deserr(default)]
    #[param(value_type = Option<Vec<String>>, style = Form, explode = false, example = json!(["33"]))]
    province: Many<String>,
    /// A producer's id.
    #[deserr(default)]
    #[param(value_type = Option<OrganisationId>)]
    producer: Option<OrganisationId>,
    /// Words to look for in names of products and producers, with or without marks: `banh cay` finds Bánh cáy. Each
    /// must begin a word of the product's; at most 10 syllables, 200 characters.
    #[deserr(default)]
    #[param(value_type = Option<String>, example = "banh cay", max_length = 200)]
    q: Option<Search>,
    /// Order; `relevance` by default with `q`, else `newest`.
    #[deserr(default)]
    #[param(inline, value_type = Option<ProductSort>)]
    sort: Option<ProductSort>,
    /// Rows of a page.
    #[deserr(default)]
    #[param(value_type = Option<i64>, minimum = 1, maximum = 100, default = 20)]
    limit: Limit,
    /// `next_cursor` of the page before, with the same filters.
    #[deserr(default)]
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
}

impl ListProductsQuery {
    fn check(self, app: &App) -> Result<PageQuery<Filter>, Problem> {
        let checked = check(app, self.unit, self.province, self.group)?;
        let search = self.q.filter(|search| !search.is_blank());
        let default = match search {
            Some(_) => ProductSort::Relevance,
            None => ProductSort::Newest,
        };
        let filter = Filter {
            sort: self.sort.unwrap_or(default),
            stars: self.stars.0,
            groups: checked.groups,
            sets: self.set.0,
            units: checked.units,
            provinces: checked.provinces,
            producer: self.producer,
            search,
            ..Filter::default()
        };
        Ok(PageQuery { filter, limit: self.limit, cursor: self.cursor })
    }
}

/// The products whose certification is in force today.
///
/// A product is there from the day of its decision to the end (local time, Asia/Ho_Chi_Minh) of the last day in force;
/// it goes by itself. Every word of `q` must be found; the order `relevance` puts names that have the words as typed
/// (with marks, if any was typed) first, then names that begin with them, then names that hold them.
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
    let page = catalogue::list(&app, query.0.check(&app)?).await?;
    let items = page.items.into_iter().map(|listed| ProductCard::new(&app, listed));
    let page = ProductPage { items: items.collect(), next_cursor: page.next_cursor, as_of: page.as_of };
    let response = reply::public(&req, &page)?;
    Ok(reply::with_next(&req, response, page.next_cursor.as_deref()))
}

/// One product in force.
///
/// Once certified but not in force today is 410, with the `state`, the first day it was not in force (`since`) and
/// where to read more (`verification_url`). Never certified, or never publicly, is 404.
#[utoipa::path(
    tag = "catalogue",
    params(("id" = ProductId, Path, description = "The product's id")),
    responses(
        (status = 200, description = "The product", body = ProductDetail),
        (status = 410, description = "Certified once, but not in force today", body = ProblemDocument,
            content_type = "application/problem+json"),
    ),
)]
#[get("/v1/products/{id}")]
pub async fn get_product(
    req: HttpRequest,
    app: Data<App>,
    id: Path<ProductId>,
) -> Result<HttpResponse, Problem> {
    let detail = catalogue::find(&app, id.0).await?;
    reply::public(&req, &ProductDetail::new(&app, detail))
}
