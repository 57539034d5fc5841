use super::*;
use crate::reference::MERGER;
use crate::reference::Reference;

fn shipped() -> Reference {
    Reference::shipped().expect("the shipped data")
}

/// Codes of a place: province, commune, former province, district, commune.
fn place(reference: &Reference, code: &str, on: Day) -> [Option<String>; 5] {
    let place = reference.place_of(code, on).expect(code);
    [place.province, place.commune, place.former_province, place.former_district, place.former_commune]
}

fn codes(of: [Option<&str>; 5]) -> [Option<String>; 5] {
    of.map(|code| code.map(str::to_owned))
}

const LAST_DAY: Day = Day::constant(2025, 6, 30);

#[test]
fn there_are_as_many_units_as_the_law_made() {
    let reference = shipped();
    let count = |level: Level, on: Day| {
        let units = reference.units.all();
        units.filter(|n| n.unit.level == level && n.unit.is_in_force_on(on)).count()
    };
    assert_eq!(
        [LAST_DAY, MERGER].map(|day| Level::ALL.iter().map(|level| count(*level, day)).collect::<Vec<_>>()),
        [vec![63, 696, 10_051], vec![34, 0, 3_321]]
    );
    let orphans =
        reference.units.all().filter(|node| node.unit.level != Level::Province && node.parent.is_none());
    assert_eq!(orphans.count(), 0);
}

#[test]
fn former_thai_binh_became_65_units_of_hung_yen() {
    let reference = shipped();
    let units = &reference.units;
    let thai_binh = units.on("34", LAST_DAY).expect("a province");
    assert_eq!(units.on("34", MERGER), None);
    let after: Vec<_> = units.links(thai_binh).map(|(node, extent)| (node.named().name, extent)).collect();
    assert_eq!(after, [("Tỉnh Hưng Yên".to_owned(), Extent::Whole)]);
    let of_thai_binh = |node: &&Node| {
        let mut from = units.links(node).map(|(from, _)| units.is_within(from, thai_binh));
        node.side() == Side::Present && node.unit.level == Level::Commune && from.any(|within| within)
    };
    assert_eq!(units.all().filter(of_thai_binh).count(), 65);
}

#[test]
fn one_code_is_two_units_one_after_the_other() {
    let reference = shipped();
    let old = place(&reference, "12452", LAST_DAY);
    assert_eq!(old, codes([Some("33"), Some("12452"), Some("34"), Some("336"), Some("12452")]));
    let new = place(&reference, "12452", MERGER);
    assert_eq!(new, codes([Some("33"), Some("12452"), Some("34"), Some("336"), None]));
    assert_eq!(reference.units.with_code("12452").count(), 2);
}

#[test]
fn a_commune_of_two_districts_has_no_former_district() {
    let reference = shipped();
    // Phường Trần Lãm (city and Kiến Xương), Phường Vũ Phúc (city and Vũ Thư).
    for code in ["12454", "12466"] {
        let expected = codes([Some("33"), Some(code), Some("34"), None, None]);
        assert_eq!(place(&reference, code, MERGER), expected);
    }
}

#[test]
fn what_was_split_has_no_sure_successor() {
    let reference = shipped();
    // Phường Tứ Minh of Hải Dương went into two; its province is sure all the same.
    let expected = codes([Some("31"), None, Some("30"), Some("288"), Some("10540")]);
    assert_eq!(place(&reference, "10540", LAST_DAY), expected);
}

#[test]
fn provinces_districts_and_gaps_are_filled_as_far_as_certain() {
    let reference = shipped();
    for (code, on, expected) in [
        ("34", LAST_DAY, [Some("33"), None, Some("34"), None, None]),
        ("343", LAST_DAY, [Some("33"), None, Some("34"), Some("343"), None]),
        // Two provinces became Hưng Yên; Quảng Ninh is what it was.
        ("33", MERGER, [Some("33"), None, None, None, None]),
        ("22", MERGER, [Some("22"), None, Some("22"), None, None]),
        // Xã Mỹ Hưng: one of the 28 without a row.
        ("01651", LAST_DAY, [Some("04"), None, Some("04"), Some("049"), Some("01651")]),
        // Đặc khu Lý Sơn: a district became a commune; nothing is known of its communes.
        ("21548", MERGER, [Some("51"), Some("21548"), None, None, None]),
    ] {
        assert_eq!(place(&reference, code, on), codes(expected), "{code}");
    }
    assert_eq!(reference.place_of("99999", MERGER), None);
    assert_eq!(reference.place_of("", MERGER), None);
}

#[test]
fn a_unit_filter_takes_old_codes() {
    let reference = shipped();
    let today = Day::constant(2026, 11, 23);
    for (text, expected) in [
        ("33", Some((PlaceColumn::Province, "33"))),
        ("34", Some((PlaceColumn::FormerProvince, "34"))),
        ("33@2025-06-30", Some((PlaceColumn::FormerProvince, "33"))),
        ("343", Some((PlaceColumn::FormerDistrict, "343"))),
        ("12452", Some((PlaceColumn::Commune, "12452"))),
        ("12452@2024-01-01", Some((PlaceColumn::FormerCommune, "12452"))),
        ("12463", Some((PlaceColumn::FormerCommune, "12463"))),
        ("34@2026-01-01", None),
        ("12452@", None),
        ("12452@2024-02-30", None),
        ("99", None),
        ("", None),
    ] {
        let read = reference.unit_filter(text, today).ok();
        assert_eq!(read, expected.map(|(column, code)| (column, code.to_owned())), "{text}");
    }
    assert!(reference.province_of_today("33") && !reference.province_of_today("34"));
    assert!(!reference.province_of_today("12452"));
}

#[test]
fn a_place_is_shown_with_names() {
    let reference = shipped();
    let place = reference.place_of("12463", LAST_DAY).expect("Xã Phú Xuân");
    let view = reference.view(&place);
    let name = |unit: Option<NamedUnit>| unit.map(|unit| unit.name).unwrap_or_default();
    assert_eq!(name(view.commune), "Phường Trần Hưng Đạo");
    assert_eq!(name(view.former.commune), "Xã Phú Xuân");
    assert_eq!(name(view.former.district), "Thành phố Thái Bình");
    assert_eq!(reference.place_name(&place).as_deref(), Some("Phường Trần Hưng Đạo, Tỉnh Hưng Yên"));
    assert_eq!(reference.place_name(&Place::default()), None);
}
