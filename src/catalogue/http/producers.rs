//! `/v1/producers`.

use super::conditional;
use super::filters::check;
use super::views::{MoreOfProducer, ProducerDetail, ProducerItem, ProducerPage, page_body};
use crate::app::App;
use crate::catalogue::document::products_url;
use crate::catalogue::{self, MakerFilter, PageQuery, Search, Seq};
use crate::http::extract::Many;
use crate::http::page::{Cursor, Limit};
use crate::http::{Path, Problem, Query, reply};
use crate::input::Faults;
use crate::organisations::OrganisationId;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use deserr::Deserr;
use utoipa::IntoParams;

/// Filters of the list. Values of one are alternatives, different ones narrow each other.
#[derive(Debug, Deserr, IntoParams)]
#[deserr(error = Faults, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListProducersQuery {
    /// Admin units the producer is in, as `CODE` or `CODE@YYYY-MM-DD`; old codes work.
    #[deserr(default)]
    #[param(value_type = Option<Vec<String>>, style = Form, explode = false, example = json!(["33"]))]
    unit: Many<String>,
    /// Provinces of today by code.
    #[deserr(default)]
    #[param(value_type = Option<Vec<String>>, style = Form, explode = false, example = json!(["33"]))]
    province: Many<String>,
    /// Product groups by code: producers with a product in force in one of them.
    #[deserr(default)]
    #[param(value_type = Option<Vec<String>>, style = Form, explode = false, example = json!(["food"]))]
    group: Many<String>,
    /// Words to look for in the name, with or without marks; each must begin a word of it.
    #[deserr(default)]
    #[param(value_type = Option<String>, example = "hop tac xa", max_length = 200)]
    q: Option<Search>,
    /// Rows of a page.
    #[deserr(default)]
    #[param(value_type = Option<i64>, minimum = 1, maximum = 100, default = 20)]
    limit: Limit,
    /// `next_cursor` of the page before, with the same filters.
    #[deserr(default)]
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
    /// Wait until the answer holds this change (`Catalogue-Seq` of a write): up to five seconds, then 409.
    #[deserr(default)]
    #[param(value_type = Option<Seq>)]
    at_least: Option<Seq>,
}

impl ListProducersQuery {
    fn check(self, app: &App) -> Result<PageQuery<MakerFilter>, Problem> {
        let mut faults = Faults::default();
        let checked = check(app, self.unit, self.province, self.group, &mut faults);
        faults.into_result().map_err(Problem::invalid_query)?;
        let filter = MakerFilter {
            groups: checked.groups,
            units: checked.units,
            provinces: checked.provinces,
            search: self.q.filter(|search| !search.is_blank()),
        };
        Ok(PageQuery { filter, limit: self.limit, cursor: self.cursor })
    }
}

/// The producers that have a product in force today.
///
/// In the order of their names, as a Vietnamese dictionary orders. A household business without a public name is told
/// by its form and place, because its legal name is a natural person's.
#[utoipa::path(
    tag = "catalogue",
    params(ListProducersQuery),
    responses((status = 200, description = "A page of producers", body = ProducerPage)),
)]
#[get("/v1/producers")]
pub async fn list_producers(
    req: HttpRequest,
    app: Data<App>,
    query: Query<ListProducersQuery>,
) -> Result<HttpResponse, Problem> {
    let memory = app.catalogue.current(&app.world, query.0.at_least).await?;
    let page = catalogue::makers(memory, &query.0.check(&app)?)?;
    let items = page.items.into_iter().map(|listed| ProducerItem::new(&app, listed));
    let page =
        ProducerPage { items: items.collect(), next_cursor: page.next_cursor, as_of: memory.head().day };
    let response = reply::public(&req, &page)?;
    Ok(reply::with_next(&req, response, page.next_cursor.as_deref()))
}

/// One producer with its products in force.
///
/// 404 if it has none today.
#[utoipa::path(
    tag = "catalogue",
    params(("id" = OrganisationId, Path, description = "The producer's id")),
    responses((status = 200, description = "The producer", body = ProducerDetail)),
)]
#[get("/v1/producers/{id}")]
pub async fn get_producer(
    req: HttpRequest,
    app: Data<App>,
    id: Path<OrganisationId>,
) -> Result<HttpResponse, Problem> {
    let memory = app.catalogue.current(&app.world, None).await?;
    let head = memory.head();
    let (listed, products) = catalogue::find_maker(memory, id.0)?;
    let tag = conditional::tag_of(&req, head, None);
    conditional::answer(&req, head, &tag, || {
        let more = MoreOfProducer {
            producer: ProducerItem::new(&app, listed),
            products_url: products_url(id.0),
            as_of: head.day,
        };
        page_body(&products, &more)
    })
}
