//! What to ask about names that do not say one place.

use super::model::{Level, NamedUnit, PlaceQuestion, Side};
use super::names::Province;
use super::units::{Node, Units};
use super::writing::Written;
use crate::db::Day;
use crate::say;
use crate::say::Say;
use crate::vietnamese::fold;

/// More candidates than this help nobody.
const MOST: usize = 8;

pub fn no_province() -> PlaceQuestion {
    PlaceQuestion {
        code: "unknown_province",
        column: "province",
        say: Say::new(
            "Thiếu tên tỉnh hoặc thành phố trực thuộc Trung ương.",
            "The province or centrally run city is missing.",
        ),
        candidates: Vec::new(),
    }
}

pub fn unknown_province(units: &Units, written: &Written) -> PlaceQuestion {
    let name = written.text;
    let places = units.all().filter(|node| node.unit.level != Level::Province);
    let found = alike(written, places);
    unknown(
        units,
        Level::Province,
        &found,
        say!(
            "Không có tỉnh hoặc thành phố trực thuộc Trung ương nào tên “{name}”.",
            "There is no province or centrally run city named “{name}”."
        ),
    )
}

pub fn unknown_district(units: &Units, written: &Written, province: &Province) -> PlaceQuestion {
    let name = written.text;
    let scope: Vec<&Node> = province.former.into_iter().chain(province.present).collect();
    let places = units.all().filter(|node| node.unit.level != Level::Province);
    let found = alike(written, places.filter(|node| is_in(units, node, &scope)));
    let within = names(&scope);
    unknown(
        units,
        Level::District,
        &found,
        say!(
            "Không có huyện, quận, thị xã hay thành phố nào tên “{name}” trong {within}.",
            "There is no district named “{name}” in {within}."
        ),
    )
}

/// Nothing in the scope has this name: what is written alike there, else what has the name nearby.
pub fn unknown_commune(units: &Units, written: &Written, scope: &[&Node]) -> PlaceQuestion {
    let name = written.text;
    let communes = || units.all().filter(|node| node.unit.level == Level::Commune);
    let mut found = alike(written, communes().filter(|node| is_in(units, node, scope)));
    if found.is_empty() {
        let provinces: Vec<&Node> =
            scope.iter().filter_map(|unit| units.ancestor(unit, Level::Province)).collect();
        found = alike(written, communes().filter(|node| is_in(units, node, &provinces)));
    }
    let within = names(scope);
    unknown(
        units,
        Level::Commune,
        &found,
        say!(
            "Không có xã, phường, thị trấn nào tên “{name}” trong {within} từ tháng 1 năm 2025; nếu đã sáp nhập trước đó, hãy ghi tên đơn vị nhận.",
            "There has been no commune named “{name}” in {within} since January 2025; if it was merged before, please write the one it went into."
        ),
    )
}

pub fn ambiguous(units: &Units, written: &Written, level: Level, found: &[&Node]) -> PlaceQuestion {
    let name = written.text;
    let candidates = candidates(units, found);
    let list = listed(&candidates);
    let (code, column, say) = if level == Level::District {
        (
            "ambiguous_district",
            "district",
            say!(
                "“{name}” có thể là: {list}. Hãy ghi rõ là huyện, thị xã hay thành phố.",
                "“{name}” may be: {list}. Please write which kind of district it is."
            ),
        )
    } else {
        (
            "ambiguous_commune",
            "commune",
            say!(
                "“{name}” có thể là: {list}. Hãy ghi thêm huyện hoặc mã đơn vị hành chính.",
                "“{name}” may be: {list}. Please add the district or the code of the unit."
            ),
        )
    };
    PlaceQuestion { code, column, say, candidates }
}

/// Says that a code names nothing on a day, and when it does.
pub fn no_such_unit(units: &Units, code: &str, on: Day) -> Say {
    let known: Vec<(String, String)> = units
        .with_code(code)
        .map(|node| {
            let name = units.full_name(node);
            match (node.unit.valid_from, node.unit.valid_to) {
                (_, Some(to)) => (format!("{name} (đến {to})"), format!("{name} (until {to})")),
                (Some(from), None) => (format!("{name} (từ {from})"), format!("{name} (since {from})")),
                (None, None) => (name.clone(), name),
            }
        })
        .collect();
    if known.is_empty() {
        return say!(
            "Không có đơn vị hành chính nào mang mã {code}; danh mục ở /v1/admin-units.",
            "There is no admin unit of code {code}; the list is at /v1/admin-units."
        );
    }
    let (vi, en): (Vec<String>, Vec<String>) = known.into_iter().unzip();
    let (vi, en) = (vi.join("; "), en.join("; "));
    say!(
        "Ngày {on} không có đơn vị hành chính nào mang mã {code}. Mã này là của: {vi}.",
        "No admin unit has the code {code} on {on}. The code is that of: {en}."
    )
}

fn unknown(units: &Units, level: Level, found: &[&Node], mut say: Say) -> PlaceQuestion {
    let candidates = candidates(units, found);
    if !candidates.is_empty() {
        let list = listed(&candidates);
        say.vi.to_mut().push_str(&format!(" Có phải là: {list}?"));
        say.en.to_mut().push_str(&format!(" Is it: {list}?"));
    }
    let (code, column) = match level {
        Level::Province => ("unknown_province", "province"),
        Level::District => ("unknown_district", "district"),
        Level::Commune => ("unknown_commune", "commune"),
    };
    PlaceQuestion { code, column, say, candidates }
}

/// Units that differ from what is written only in marks or kind.
fn alike<'u>(written: &Written, among: impl Iterator<Item = &'u Node>) -> Vec<&'u Node> {
    let folded = written.folded();
    among.filter(|node| fold(node.unit.bare_name()) == folded).collect()
}

/// Is the unit within one of these, or was it?
fn is_in(units: &Units, node: &Node, scope: &[&Node]) -> bool {
    let within = |node: &Node| scope.iter().any(|unit| units.is_within(node, unit));
    within(node) || node.side() == Side::Present && units.links(node).any(|(from, _)| within(from))
}

fn candidates(units: &Units, found: &[&Node]) -> Vec<NamedUnit> {
    let named = |node: &&Node| NamedUnit { code: node.unit.code.clone(), name: units.full_name(node) };
    found.iter().take(MOST).map(named).collect()
}

fn listed(candidates: &[NamedUnit]) -> String {
    let each: Vec<String> = candidates.iter().map(|unit| format!("{} ({})", unit.name, unit.code)).collect();
    each.join("; ")
}

/// Where was looked: each name once.
fn names(scope: &[&Node]) -> String {
    let mut names: Vec<&str> = scope.iter().map(|node| node.unit.name.as_str()).collect();
    names.dedup();
    names.join(" / ")
}
