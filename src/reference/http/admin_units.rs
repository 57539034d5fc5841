//! `GET /v1/admin-units` and `GET /v1/admin-units/{code}`.

use crate::app::App;
use crate::db::Day;
use crate::http::page::{Cursor, Limit, cut};
use crate::http::{Path, Problem, Query, reply};
use crate::input::Faults;
use crate::reference::directory::Filter;
use crate::reference::model::{Extent, Level, NamedUnit, Side, UnitCode};
use crate::reference::questions;
use crate::reference::units::{Node, Units};
use crate::say;
use crate::say::Invalid;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

/// Words to look for in names.
#[derive(Debug, Clone, PartialEq, Eq)]
struct NameWords(String);

impl NameWords {
    const LONGEST: usize = 100;

    fn parse(text: &str) -> Result<Self, Invalid> {
        let most = Self::LONGEST;
        if text.chars().count() > most {
            return Err(Invalid::new(
                "too_long",
                say!("Dài nhất {most} ký tự.", "At most {most} characters."),
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

crate::parsed_input!(NameWords);

#[derive(Debug, deserr::Deserr, IntoParams)]
#[deserr(error = Faults, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListAdminUnits {
    /// Only units of this level. Districts exist until 30 June 2025.
    #[deserr(default)]
    #[param(inline)]
    level: Option<Level>,
    /// Only units directly under the unit of this code.
    #[deserr(default)]
    #[param(value_type = Option<String>, example = "33")]
    parent: Option<UnitCode>,
    /// The day the units are of; today unless told.
    #[deserr(default)]
    #[param(value_type = Option<String>, format = Date, example = "2025-06-30")]
    on: Option<Day>,
    /// Beginnings of the name's syllables, with or without marks: `vu th` finds Vũ Thư. A kind of unit in front
    /// (`xã`, `phường`, …) limits to that kind.
    #[deserr(default)]
    #[param(value_type = Option<String>, max_length = 100, example = "vu th")]
    q: Option<NameWords>,
    /// Units of a page.
    #[deserr(default)]
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100, example = 20)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[deserr(default)]
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
}

/// An admin unit in a list.
#[derive(Debug, Serialize, ToSchema)]
struct AdminUnitSummary {
    #[schema(example = "13219")]
    code: String,
    #[schema(example = "Xã Vạn Xuân")]
    name: String,
    /// What kind of unit it is, in Vietnamese.
    #[schema(example = "xã")]
    kind: String,
    level: Level,
    /// The unit directly above.
    parent: Option<NamedUnit>,
    /// First day in force; `null` is before January 2025, where our list begins.
    valid_from: Option<Day>,
    /// Last day in force; `null` while it is.
    valid_to: Option<Day>,
}

/// A page of admin units.
#[derive(Debug, Serialize, ToSchema)]
struct AdminUnitPage {
    items: Vec<AdminUnitSummary>,
    /// Leads to the next page; `null` on the last.
    #[schema(required = true)]
    next_cursor: Option<String>,
}

/// An admin unit with its neighbours.
#[derive(Debug, Serialize, ToSchema)]
struct AdminUnit {
    #[schema(example = "12452")]
    code: String,
    #[schema(example = "Phường Trần Hưng Đạo")]
    name: String,
    /// What kind of unit it is, in Vietnamese.
    #[schema(example = "phường")]
    kind: String,
    level: Level,
    /// First day in force; `null` is before January 2025, where our list begins.
    valid_from: Option<Day>,
    /// Last day in force; `null` while it is.
    valid_to: Option<Day>,
    /// The units above, the nearest first.
    parents: Vec<NamedUnit>,
    /// Of a unit until 30 June 2025: what it became. A district became communes.
    successors: Vec<LinkedUnit>,
    /// Of a unit since 1 July 2025: what it was made of.
    predecessors: Vec<LinkedUnit>,
    /// Other units that had the same code at another time.
    also: Vec<OtherUnit>,
}

/// A unit on the other side of 1 July 2025.
#[derive(Debug, Serialize, ToSchema)]
struct LinkedUnit {
    #[schema(example = "12463")]
    code: String,
    #[schema(example = "Xã Phú Xuân")]
    name: String,
    /// The units above, the nearest first.
    parents: Vec<NamedUnit>,
    /// Did the old unit go into the new one as a whole, or in part?
    extent: Extent,
}

/// Another unit of the same code.
#[derive(Debug, Serialize, ToSchema)]
struct OtherUnit {
    #[schema(example = "Phường Trần Hưng Đạo")]
    name: String,
    level: Level,
    /// First day in force; `null` is before January 2025, where our list begins.
    valid_from: Option<Day>,
    /// Last day in force; `null` while it is.
    valid_to: Option<Day>,
}

/// Admin units of a day.
///
/// Provinces and communes of today, or with `on` the provinces, districts and communes of another day: on 1 July 2025
/// 63 provinces became 34, districts ended, and 10,051 communes became 3,321. In the order of the Vietnamese alphabet
/// by name without kind, then by code.
#[utoipa::path(tag = "reference", params(ListAdminUnits), responses(
    (status = 200, description = "A page of units", body = AdminUnitPage),
))]
#[get("/v1/admin-units")]
pub async fn list_admin_units(
    req: HttpRequest,
    app: Data<App>,
    Query(query): Query<ListAdminUnits>,
) -> Result<HttpResponse, Problem> {
    let reference = &app.reference;
    let on = query.on.unwrap_or_else(|| app.world.today());
    let parent = query.parent.as_ref().map(UnitCode::as_str);
    if let Some(code) = parent.filter(|code| reference.units.on(code, on).is_none()) {
        let nobody = questions::no_such_unit(&reference.units, code, on);
        return Err(Problem::invalid_query(Faults::one(["parent"], Invalid::new("unknown_unit", nobody))));
    }
    let filters = format!("{:?} {:?} {:?} {:?}", query.level, parent, query.on, query.q);
    let after = query.cursor.map(|cursor| cursor.open(&filters)).transpose()?;
    let filter =
        Filter { level: query.level, parent: parent.map(str::to_owned), words: query.q.map(|words| words.0) };
    let listed = reference.directory().list(&reference.units, &filter, on, after.as_ref());
    let rows = listed.take(usize::try_from(query.limit.rows()).unwrap_or_default() + 1).collect();
    let (rows, next_cursor) = cut(rows, query.limit, &filters, |(_, place)| place.clone());
    let page = AdminUnitPage {
        items: rows.iter().map(|(node, _)| AdminUnitSummary::new(&reference.units, node)).collect(),
        next_cursor,
    };
    let response = reply::public(&req, &page)?;
    Ok(reply::with_next(&req, response, page.next_cursor.as_deref()))
}

#[derive(Debug, deserr::Deserr, IntoParams)]
#[deserr(error = Faults, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct GetAdminUnit {
    /// The day the code is of; without it today's unit, else the last one that had the code.
    #[deserr(default)]
    #[param(value_type = Option<String>, format = Date, example = "2025-06-30")]
    on: Option<Day>,
}

/// What a code stands for.
///
/// **Codes are re-used**: most communes of 1 July 2025 carry the code of one they absorbed, so 12452 is a ward of
/// Thái Bình city until 30 June 2025 and a larger ward of Hưng Yên province after. A code without a day is half a name:
/// give `on`, the day of the document that has the code. Without it this is today's unit, else the last one that had
/// the code; `also` lists the others. A unit until that day has `successors`, one since then `predecessors`; an old
/// commune of which only a part went into a new one says so in `extent`.
#[utoipa::path(tag = "reference", params(
    ("code" = String, Path, description = "Code of the unit: 2 digits for a province, 3 for a district, 5 for a commune", example = "12452"),
    GetAdminUnit,
), responses((status = 200, description = "The unit", body = AdminUnit)))]
#[get("/v1/admin-units/{code}")]
pub async fn get_admin_unit(
    req: HttpRequest,
    app: Data<App>,
    Path(code): Path<UnitCode>,
    Query(query): Query<GetAdminUnit>,
) -> Result<HttpResponse, Problem> {
    let reference = &app.reference;
    let node = reference.unit(code.as_str(), query.on, app.world.today());
    let node = node.map_err(|nobody| Problem::not_found().detail(nobody))?;
    reply::public(&req, &AdminUnit::new(&reference.units, node))
}

impl AdminUnitSummary {
    fn new(units: &Units, node: &Node) -> Self {
        let unit = node.unit.clone();
        Self {
            code: unit.code,
            name: unit.name,
            kind: unit.kind,
            level: unit.level,
            parent: units.parent(node).map(Node::named),
            valid_from: unit.valid_from,
            valid_to: unit.valid_to,
        }
    }
}

impl AdminUnit {
    fn new(units: &Units, node: &Node) -> Self {
        let links = units.links(node).map(|(linked, extent)| LinkedUnit {
            code: linked.unit.code.clone(),
            name: linked.unit.name.clone(),
            parents: parents(units, linked),
            extent,
        });
        let links: Vec<LinkedUnit> = links.collect();
        let (successors, predecessors) = match node.side() {
            Side::Former => (links, Vec::new()),
            Side::Present => (Vec::new(), links),
        };
        let also = units.with_code(&node.unit.code).filter(|other| *other != node).map(|other| OtherUnit {
            name: units.full_name(other),
            level: other.unit.level,
            valid_from: other.unit.valid_from,
            valid_to: other.unit.valid_to,
        });
        let unit = node.unit.clone();
        Self {
            code: unit.code,
            name: unit.name,
            kind: unit.kind,
            level: unit.level,
            valid_from: unit.valid_from,
            valid_to: unit.valid_to,
            parents: parents(units, node),
            successors,
            predecessors,
            also: also.collect(),
        }
    }
}

fn parents(units: &Units, node: &Node) -> Vec<NamedUnit> {
    units.chain(node).skip(1).map(Node::named).collect()
}
