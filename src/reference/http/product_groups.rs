//! `GET /v1/product-groups` and `GET /v1/criteria-sets/{set_no}`.

use crate::app::App;
use crate::db::Day;
use crate::http::{Path, Problem, Query, reply};
use crate::input::Faults;
use crate::reference::groups::{Agency, BilingualName, Criteria, Group, Groups, Set, agency};
use crate::reference::model::{SetNumber, Taxonomy};
use crate::say;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

#[derive(Debug, deserr::Deserr, IntoParams)]
#[deserr(error = Faults, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct OfTaxonomy {
    /// Version of the classification; the one in force today unless told.
    #[deserr(default)]
    #[param(inline)]
    taxonomy: Option<Taxonomy>,
}

/// The product groups of one version of the classification.
#[derive(Debug, Serialize, ToSchema)]
struct ProductGroups {
    taxonomy: Taxonomy,
    /// The Prime Minister's decision that issued it.
    #[schema(example = "26/2026/QĐ-TTg")]
    act: &'static str,
    in_force_from: Day,
    /// Last day in force; `null` while it is.
    in_force_until: Option<Day>,
    /// In the order of the act.
    groups: Vec<ProductGroup>,
}

/// A product group with its criteria sets.
#[derive(Debug, Serialize, ToSchema)]
struct ProductGroup {
    /// Means something only together with the taxonomy.
    #[schema(example = "food")]
    code: String,
    name: BilingualName,
    sets: Vec<CriteriaSetSummary>,
}

/// A criteria set of a product group.
#[derive(Debug, Serialize, ToSchema)]
struct CriteriaSetSummary {
    /// Means something only together with the taxonomy.
    #[schema(example = 9)]
    set_no: i64,
    name: BilingualName,
    /// The part of the group it is in.
    subgroup: BilingualName,
    /// Managing ministries.
    agencies: Vec<Agency>,
    /// Are its criteria at `/v1/criteria-sets/{set_no}`?
    has_criteria: bool,
}

/// A criteria set with its criteria.
#[derive(Debug, Serialize, ToSchema)]
struct CriteriaSet {
    taxonomy: Taxonomy,
    /// The decision the criteria are in.
    #[schema(example = "26/2026/QĐ-TTg")]
    act: &'static str,
    #[schema(example = 9)]
    set_no: i64,
    name: BilingualName,
    /// Code of the product group.
    #[schema(example = "food")]
    group: String,
    group_name: BilingualName,
    /// The part of the group it is in.
    subgroup: BilingualName,
    /// Managing ministries.
    agencies: Vec<Agency>,
    criteria: Criteria,
}

/// Product groups and their criteria sets.
///
/// The legal classification of OCOP products: six groups and 26 criteria sets in each version. Versions are named after
/// the year of the Prime Minister's decision. A certificate carries the version it was issued under; the same set
/// number is another thing in another version. English names are ours, not official.
#[utoipa::path(tag = "reference", params(OfTaxonomy), responses(
    (status = 200, description = "The groups of one version", body = ProductGroups),
))]
#[get("/v1/product-groups")]
pub async fn list_product_groups(
    req: HttpRequest,
    app: Data<App>,
    Query(query): Query<OfTaxonomy>,
) -> Result<HttpResponse, Problem> {
    let taxonomy = query.taxonomy.unwrap_or_else(|| Taxonomy::in_force_on(app.world.today()));
    let groups = &app.reference.groups;
    let answer = ProductGroups {
        taxonomy,
        act: taxonomy.act(),
        in_force_from: taxonomy.in_force_from(),
        in_force_until: taxonomy.in_force_until(),
        groups: groups.of(taxonomy).map(|group| ProductGroup::new(groups, group)).collect(),
    };
    reply::public(&req, &answer)
}

/// The criteria of a set.
///
/// What a council scores, in the official wording: three parts of 40, 25 and 35 points, their criteria, and the
/// options of each with their points. `minimum_for_stars` marks the option a product needs at least for so many stars,
/// whatever its total. Known for taxonomy `2026` only (Annex II of Decision 26/2026/QĐ-TTg); 404 for the others.
#[utoipa::path(tag = "reference", params(
    ("set_no" = u8, Path, description = "Number of the set in the order of the annex", minimum = 1, example = 9),
    OfTaxonomy,
), responses((status = 200, description = "The set with its criteria", body = CriteriaSet)))]
#[get("/v1/criteria-sets/{set_no}")]
pub async fn get_criteria_set(
    req: HttpRequest,
    app: Data<App>,
    Path(set_no): Path<SetNumber>,
    Query(query): Query<OfTaxonomy>,
) -> Result<HttpResponse, Problem> {
    let taxonomy = query.taxonomy.unwrap_or_else(|| Taxonomy::in_force_on(app.world.today()));
    let set = app.reference.groups.set(taxonomy, set_no.number());
    let set = set.ok_or_else(Problem::not_found)?;
    let criteria = set.criteria.clone().ok_or_else(|| {
        let version = taxonomy.as_str();
        Problem::not_found().detail(say!(
            "Chưa có tiêu chí của danh mục {version}; chỉ có của 2026.",
            "The criteria of taxonomy {version} are not here; those of 2026 are."
        ))
    })?;
    reply::public(&req, &CriteriaSet::new(&app.reference.groups, set, criteria))
}

impl ProductGroup {
    fn new(groups: &Groups, group: &Group) -> Self {
        let sets = groups.sets(group.taxonomy).filter(|set| set.group_code == group.code);
        Self {
            code: group.code.clone(),
            name: group.name.clone(),
            sets: sets.map(CriteriaSetSummary::new).collect(),
        }
    }
}

impl CriteriaSetSummary {
    fn new(set: &Set) -> Self {
        Self {
            set_no: set.set_no,
            name: set.name.clone(),
            subgroup: set.subgroup.clone(),
            agencies: agencies(set),
            has_criteria: set.criteria.is_some(),
        }
    }
}

impl CriteriaSet {
    fn new(groups: &Groups, set: &Set, criteria: Criteria) -> Self {
        let group_name = groups.group(set.taxonomy, &set.group_code).map(|group| group.name.clone());
        Self {
            taxonomy: set.taxonomy,
            act: set.taxonomy.act(),
            set_no: set.set_no,
            name: set.name.clone(),
            group: set.group_code.clone(),
            group_name: group_name
                .unwrap_or_else(|| BilingualName { vi: set.group_code.clone(), en: set.group_code.clone() }),
            subgroup: set.subgroup.clone(),
            agencies: agencies(set),
            criteria,
        }
    }
}

fn agencies(set: &Set) -> Vec<Agency> {
    set.agencies.iter().map(|code| agency(code)).collect()
}
