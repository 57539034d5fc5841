//! `GET /v1/listing-schemas` and `GET /v1/listing-schemas/{set_no}`.

use crate::app::App;
use crate::http::{Path, Problem, Query, reply};
use crate::input::Faults;
use crate::listings::Schemas;
use crate::listings::schema::{Holds, Kind, Member, Offered};
use crate::reference::{BilingualName, SetNumber, Taxonomy};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

crate::text_enum! {
    /// What an attribute holds.
    pub enum AttributeType {
        /// A text on one or more lines
        Text = "text",
        /// A number in the unit that is told
        Number = "number",
        /// `true` or `false`
        Boolean = "boolean",
        /// One value of a list
        Choice = "choice",
        /// Several values of a list
        Choices = "choices",
    }
}

/// An attribute that products of a kind have.
#[derive(Debug, Serialize, ToSchema)]
struct AttributeView {
    #[schema(example = "ethanol")]
    key: &'static str,
    name: &'static BilingualName,
    #[serde(rename = "type")]
    holds: AttributeType,
    /// Is a listing incomplete without it? It can be published all the same.
    required: bool,
    /// Of a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    unit: Option<&'static BilingualName>,
    /// Of a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 0.5)]
    minimum: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 80.0)]
    maximum: Option<f64>,
    /// The most decimals of a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 1)]
    decimals: Option<u8>,
    /// The most characters of a text.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 120)]
    max_length: Option<usize>,
    /// Of a list.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    values: Vec<ValueView>,
    /// The act that has it on the label, if one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "43/2017/NĐ-CP")]
    act: Option<&'static str>,
}

/// A value of a list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AttributeChoice)]
struct ValueView {
    #[schema(example = "handmade")]
    key: &'static str,
    name: &'static BilingualName,
    /// It says that none of the others holds, and stands alone.
    alone: bool,
}

/// Criteria sets of one version of the classification.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ListingSchemaSets)]
struct SetsView {
    taxonomy: Taxonomy,
    #[schema(example = json!([5, 6, 7, 8]))]
    set_nos: &'static [i64],
}

/// What products of a kind are asked.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ListingKind)]
struct KindView {
    #[schema(example = "food_processed")]
    kind: &'static str,
    name: &'static BilingualName,
    /// The criteria sets whose products are of this kind.
    sets: Vec<SetsView>,
    /// Its own first, then those of all products.
    attributes: Vec<AttributeView>,
}

/// All attributes there are.
#[derive(Debug, Serialize, ToSchema)]
struct ListingSchemas {
    /// Another one when any attribute changes.
    #[schema(example = "2026-11")]
    version: &'static str,
    kinds: Vec<KindView>,
    /// What a product is asked of which no criteria set is known.
    common: Vec<AttributeView>,
}

/// What products of a criteria set are asked.
#[derive(Debug, Serialize, ToSchema)]
struct ListingSchema {
    /// Another one when any attribute changes.
    #[schema(example = "2026-11")]
    version: &'static str,
    taxonomy: Taxonomy,
    #[schema(example = 6)]
    set_no: i64,
    /// What the set is called.
    set_name: BilingualName,
    #[schema(example = "food_processed")]
    kind: &'static str,
    name: &'static BilingualName,
    /// Those of its kind first, then those of all products.
    attributes: Vec<AttributeView>,
}

#[derive(Debug, deserr::Deserr, IntoParams)]
#[deserr(error = Faults, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SchemaOf {
    /// Version of the classification that the number is of; the one in force today unless told. A product's document carries
    /// both as `taxonomy` and `set.set_no`.
    #[deserr(default)]
    #[param(inline)]
    taxonomy: Option<Taxonomy>,
}

/// All attributes of listings.
///
/// What `attributes` of a listing may hold, by kinds of products, with names in both languages. A product's kind follows from
/// the criteria set of its latest certification. English names are ours, not official.
#[utoipa::path(tag = "listings", responses(
    (status = 200, description = "All kinds with their attributes", body = ListingSchemas),
))]
#[get("/v1/listing-schemas")]
pub async fn list_listing_schemas(req: HttpRequest) -> Result<HttpResponse, Problem> {
    let schemas = Schemas::shipped();
    let answer = ListingSchemas {
        version: &schemas.version,
        kinds: schemas.kinds.iter().map(KindView::new).collect(),
        common: views(&schemas.common),
    };
    reply::public(&req, &answer)
}

/// The attributes of a criteria set.
///
/// What `attributes` of a listing may hold whose product is of this criteria set, with names in both languages. What is
/// `required` makes a listing complete; nothing is refused for lacking it.
#[utoipa::path(tag = "listings", params(
    ("set_no" = u8, Path, description = "Number of the criteria set in its version of the classification", minimum = 1, example = 6),
    SchemaOf,
), responses((status = 200, description = "The attributes", body = ListingSchema)))]
#[get("/v1/listing-schemas/{set_no}")]
pub async fn get_listing_schema(
    req: HttpRequest,
    app: Data<App>,
    Path(set_no): Path<SetNumber>,
    Query(query): Query<SchemaOf>,
) -> Result<HttpResponse, Problem> {
    let taxonomy = query.taxonomy.unwrap_or_else(|| Taxonomy::in_force_on(app.world.today()));
    let (schemas, set_no) = (Schemas::shipped(), set_no.number());
    let kind = schemas.kind((taxonomy, set_no)).ok_or_else(Problem::not_found)?;
    let (vi, en) = app.reference.set_name(taxonomy, set_no).ok_or_else(Problem::not_found)?;
    let answer = ListingSchema {
        version: &schemas.version,
        taxonomy,
        set_no,
        set_name: BilingualName { vi: vi.to_owned(), en: en.to_owned() },
        kind: &kind.key,
        name: &kind.name,
        attributes: views(&kind.members),
    };
    reply::public(&req, &answer)
}

fn views(members: &'static [Member]) -> Vec<AttributeView> {
    members.iter().map(AttributeView::new).collect()
}

impl KindView {
    fn new(kind: &'static Kind) -> Self {
        let sets = kind.sets.iter().map(|(taxonomy, set_nos)| SetsView { taxonomy: *taxonomy, set_nos });
        Self { kind: &kind.key, name: &kind.name, sets: sets.collect(), attributes: views(&kind.members) }
    }
}

impl AttributeView {
    fn new(member: &'static Member) -> Self {
        let definition = &member.definition;
        let mut view = Self {
            key: &definition.key,
            name: &definition.name,
            holds: AttributeType::Boolean,
            required: member.required,
            unit: None,
            minimum: None,
            maximum: None,
            decimals: None,
            max_length: None,
            values: Vec::new(),
            act: definition.act.as_deref(),
        };
        let offered = |values: &'static [Offered]| -> Vec<ValueView> {
            values.iter().map(|Offered { key, name, alone }| ValueView { key, name, alone: *alone }).collect()
        };
        match &definition.holds {
            Holds::Text { most } => (view.holds, view.max_length) = (AttributeType::Text, Some(*most)),
            Holds::Number { unit, least, most, decimals } => {
                view.holds = AttributeType::Number;
                view.unit = Some(unit);
                (view.minimum, view.maximum) = (Some(*least), Some(*most));
                view.decimals = Some(*decimals);
            }
            Holds::Boolean => {}
            Holds::Choice { values } => (view.holds, view.values) = (AttributeType::Choice, offered(values)),
            Holds::Choices { values } => {
                (view.holds, view.values) = (AttributeType::Choices, offered(values))
            }
        }
        view
    }
}
