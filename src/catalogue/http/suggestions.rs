//! `/v1/products/suggest`.

use super::conditional;
use crate::app::App;
use crate::http::{Problem, Query, reply};
use crate::input::Faults;
use crate::say;
use crate::say::Invalid;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use deserr::Deserr;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

/// What somebody has typed so far.
#[derive(Debug)]
struct Typed(String);

impl Typed {
    const MOST: usize = 100;

    fn parse(text: &str) -> Result<Self, Invalid> {
        let most = Self::MOST;
        if text.chars().count() <= most {
            return Ok(Self(text.to_owned()));
        }
        Err(Invalid::new("too_long", say!("Tối đa {most} ký tự.", "At most {most} characters.")))
    }
}

crate::parsed_input!(Typed);

/// Suggestions of an answer: 1 to 20, 8 unless told.
#[derive(Debug, Clone, Copy)]
struct Few(usize);

impl Few {
    fn parse(text: &str) -> Result<Self, Invalid> {
        text.parse().ok().filter(|n| (1..=20).contains(n)).map(Self).ok_or_else(|| {
            Invalid::new(
                "out_of_range",
                say!("Cần số nguyên từ 1 đến 20.", "Expected a whole number from 1 to 20."),
            )
        })
    }
}

crate::parsed_input!(Few);

#[derive(Debug, Deserr, IntoParams)]
#[deserr(error = Faults, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SuggestProductsQuery {
    /// What has been typed so far, with or without marks.
    #[param(value_type = String, example = "banh c", max_length = 100)]
    q: Typed,
    /// Names at most.
    #[deserr(default = Few(8))]
    #[param(value_type = Option<i64>, minimum = 1, maximum = 20, default = 8)]
    limit: Few,
}

/// Names of products.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProductSuggestions {
    /// The likeliest first; empty if nothing was typed.
    items: Vec<ProductSuggestion>,
}

/// A name that was perhaps meant.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProductSuggestion {
    #[schema(example = "Bánh cáy truyền thống")]
    name: String,
    /// Products of this name in the catalogue.
    #[schema(example = 2)]
    products: u32,
    /// The most stars one of them has.
    #[schema(example = 4, minimum = 3, maximum = 5)]
    best_stars: i64,
}

/// Names of products while somebody types.
///
/// Names that begin with what was typed first, then names that hold its words and a word that begins with the last. Marks
/// may be left out; where they are typed, names that have them come first.
#[utoipa::path(
    tag = "catalogue",
    params(SuggestProductsQuery),
    responses((status = 200, description = "Names", body = ProductSuggestions)),
)]
#[get("/v1/products/suggest")]
pub async fn list_product_suggestions(
    req: HttpRequest,
    app: Data<App>,
    query: Query<SuggestProductsQuery>,
) -> Result<HttpResponse, Problem> {
    let memory = app.catalogue.current(&app.world, None).await?;
    let head = memory.head();
    let tag = conditional::tag_of(&req, head, None);
    conditional::answer(&req, head, &tag, || {
        let found = memory.shelves().index.suggest(&query.0.q.0, query.0.limit.0);
        let suggestion = |found: crate::catalogue::index::Suggestion| ProductSuggestion {
            name: found.name,
            products: found.products,
            best_stars: found.best_stars,
        };
        let answer = ProductSuggestions { items: found.into_iter().map(suggestion).collect() };
        reply::encode(&answer).map(String::into_bytes)
    })
}
