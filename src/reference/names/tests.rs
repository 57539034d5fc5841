use super::*;
use crate::reference::Reference;

const BEFORE: Option<Day> = Some(Day::constant(2023, 12, 29));
const SINCE: Option<Day> = Some(Day::constant(2026, 8, 5));

fn resolve(
    reference: &Reference,
    [commune, district, province]: [&str; 3],
    on: Option<Day>,
) -> Result<Place, PlaceQuestion> {
    let names = PlaceNames {
        commune: Some(commune.to_owned()),
        district: Some(district.to_owned()),
        province: Some(province.to_owned()),
    };
    reference.resolve(&names, on)
}

/// Former commune and present commune, or the code of the question.
fn communes(
    reference: &Reference,
    names: [&str; 3],
    on: Option<Day>,
) -> Result<(Option<String>, Option<String>), &'static str> {
    resolve(reference, names, on)
        .map(|place| (place.former_commune, place.commune))
        .map_err(|question| question.code)
}

#[test]
fn the_district_tells_communes_of_one_name_apart() {
    let reference = Reference::shipped().expect("the shipped data");
    for (district, former, present) in [
        ("Đông Hưng", "12721", "12754"),
        ("huyện Hưng Hà", "12670", "12676"),
        ("H. Kiến Xương", "13177", "13183"),
    ] {
        let found = communes(&reference, ["Minh Tân", district, "Thái Bình"], None);
        assert_eq!(found, Ok((Some(former.into()), Some(present.into()))), "{district}");
    }
    for on in [BEFORE, None] {
        let question = resolve(&reference, ["Minh Tân", "", "Thái Bình"], on).expect_err("three of them");
        assert_eq!(question.code, "ambiguous_commune");
        let codes: Vec<_> = question.candidates.iter().map(|unit| unit.code.as_str()).collect();
        assert_eq!(codes, ["12670", "12721", "13177"]);
        assert!(question.say.vi.contains("Xã Minh Tân, Huyện Đông Hưng, Tỉnh Thái Bình (12721)"));
    }
}

#[test]
fn names_are_taken_as_people_write_them() {
    let reference = Reference::shipped().expect("the shipped data");
    for names in [
        ["xã Nguyên Xá", "huyện Đông Hưng", "tỉnh Thái Bình"],
        ["NGUYÊN XÁ", "ĐÔNG HƯNG", "THÁI BÌNH"],
        ["X. Nguyên Xá", "H. Đông Hưng", "T. Thái Bình"],
        ["Nguye\u{302}n Xa\u{301}", "\u{110}o\u{302}ng Hu\u{31b}ng", "Tha\u{301}i Bi\u{300}nh"],
        [" Nguyên  Xá ", "Đông Hưng", "Thai Binh"],
        ["Nguyên Xá", "Đông Hưng", "Hưng Yên"],
    ] {
        let found = communes(&reference, names, BEFORE);
        assert_eq!(found, Ok((Some("12730".into()), Some("12688".into()))), "{names:?}");
    }
    for names in
        [["P. 1", "Q. 3", "TP.HCM"], ["P1", "Quận 3", "Tp. Hồ Chí Minh"], ["phường 01", "q3", "TPHCM"]]
    {
        let place = resolve(&reference, names, BEFORE).expect("a place");
        assert_eq!(place.former_district.as_deref(), Some("770"), "{names:?}");
    }
    let hue = resolve(&reference, ["", "", "Thừa Thiên - Huế"], BEFORE).expect("a province");
    assert_eq!(hue.former_province.as_deref(), Some("46"));
}

#[test]
fn the_day_chooses_the_side() {
    let reference = Reference::shipped().expect("the shipped data");
    let tan_tien = |province, on| communes(&reference, ["Tân Tiến", "", province], on);
    // An old commune of Hưng Hà, and a new one where Quỳnh Phụ was.
    assert_eq!(tan_tien("Thái Bình", BEFORE), Ok((Some("12610".into()), Some("12634".into()))));
    assert_eq!(tan_tien("Hưng Yên", SINCE), Ok((None, Some("12583".into()))));
    // Without a day, or under the province of before, it may be either.
    assert_eq!(tan_tien("Thái Bình", None), Err("ambiguous_commune"));
    assert_eq!(tan_tien("Thái Bình", SINCE), Err("ambiguous_commune"));
}

#[test]
fn lists_mix_the_sides() {
    let reference = Reference::shipped().expect("the shipped data");
    // A name of before under the province of today, and after the merger.
    let found = communes(&reference, ["Phú Xuân", "", "Hưng Yên"], SINCE);
    assert_eq!(found, Ok((Some("12463".into()), Some("12452".into()))));
    // A commune of today in a list of before.
    let found = communes(&reference, ["Phường Vũ Phúc", "", "Hưng Yên"], BEFORE);
    assert_eq!(found, Ok((None, Some("12466".into()))));
    // The old and the new unit of a name are one place today; which of them is meant stays open.
    let place = resolve(&reference, ["Trần Hưng Đạo", "", "Thái Bình"], None).expect("one place");
    assert_eq!((place.former_commune, place.commune), (None, Some("12452".into())));
    assert_eq!(place.former_district.as_deref(), Some("336"));
}

#[test]
fn blank_names_leave_the_rest() {
    let reference = Reference::shipped().expect("the shipped data");
    let district = resolve(&reference, ["", "Vũ Thư", "Thái Bình"], None).expect("a district");
    assert_eq!(
        (district.former_district, district.province, district.commune),
        (Some("344".into()), Some("33".into()), None)
    );
    let province =
        |on| resolve(&reference, ["", " ", "Hưng Yên"], on).map(|p| (p.former_province, p.province));
    let hung_yen = || Some("33".to_owned());
    assert_eq!(province(BEFORE), Ok((hung_yen(), hung_yen())));
    assert_eq!(province(SINCE), Ok((None, hung_yen())));
    assert_eq!(province(None), Ok((None, hung_yen())));
    let former = resolve(&reference, ["", "", "Thái Bình"], SINCE).expect("a province");
    assert_eq!((former.former_province, former.province), (Some("34".into()), hung_yen()));
}

#[test]
fn every_commune_is_found_by_its_own_name() {
    let reference = Reference::shipped().expect("the shipped data");
    let units = &reference.units;
    let mut lost = Vec::new();
    for node in units.all().filter(|node| node.unit.level == Level::Commune) {
        let name = |level| units.ancestor(node, level).map(|unit| unit.unit.name.clone());
        let names = PlaceNames {
            commune: name(Level::Commune),
            district: name(Level::District),
            province: name(Level::Province),
        };
        let former = node.side() == Side::Former;
        let found = reference.resolve(&names, if former { BEFORE } else { SINCE });
        let code = found.map(|place| if former { place.former_commune } else { place.commune });
        if code.ok().flatten().as_ref() != Some(&node.unit.code) {
            lost.push(node.unit.code.as_str());
        }
    }
    lost.sort_unstable();
    // Thành phố Thanh Hóa really had two communes Đông Khê in its last half year.
    assert_eq!(lost, ["16387", "16408"]);
}

#[test]
fn what_is_not_there_is_asked_about() {
    let reference = Reference::shipped().expect("the shipped data");
    let ask = |names| resolve(&reference, names, None).expect_err("a question");
    for (names, code) in [
        (["Minh Tân", "Đông Hưng", ""], "unknown_province"),
        (["Minh Tân", "Đông Hưng", "Thái Binhh"], "unknown_province"),
        (["Minh Tân", "Đông Hải", "Thái Bình"], "unknown_district"),
        (["Hồng Nam", "Hưng Yên", "Hưng Yên"], "unknown_commune"),
        (["🍯", "Đông Hưng", "x"], "unknown_province"),
        (["", "Cai Lậy", "Tiền Giang"], "ambiguous_district"),
    ] {
        assert_eq!(ask(names).code, code, "{names:?}");
    }
    // A wrong mark is a question that names the right one.
    let question = ask(["Nguyên Xa", "Đông Hưng", "Thái Bình"]);
    assert_eq!(question.candidates.first().map(|unit| unit.code.as_str()), Some("12730"));
    assert!(question.say.en.contains("Xã Nguyên Xá, Huyện Đông Hưng, Tỉnh Thái Bình (12730)"));
    // The commune settles which of two districts of a name is meant; so does the kind.
    assert!(resolve(&reference, ["Mỹ Phước Tây", "Cai Lậy", "Tiền Giang"], BEFORE).is_ok());
    assert!(resolve(&reference, ["", "TX Cai Lậy", "Tiền Giang"], BEFORE).is_ok());
}
