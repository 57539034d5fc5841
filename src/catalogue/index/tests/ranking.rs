//! The ranking rules, each by an example.

use super::catalogues::{id, producer};
use crate::catalogue::index::{Analysed, Index, Indexed, Matched, Query};
use crate::catalogue::{Certificates, Filter, Months, ProductSort, Search};
use crate::certification::model::Stars;
use crate::db::Day;
use crate::reference::Place;
use crate::vietnamese::sort_key;

fn index_of(products: &[(&str, &str, Stars)]) -> Index<String> {
    let mut index = Index::default();
    for (number, (name, more, stars)) in (1..).zip(products) {
        let product = Indexed {
            id: id(number),
            name: (*name).to_owned(),
            more: vec![(*more).to_owned()],
            phrases: vec![(*more).to_owned()],
            stars: *stars,
            group: None,
            set: None,
            place: Place::default(),
            producer: producer(1),
            price: None,
            certificates: Certificates::default(),
            season: Months::default(),
            has_gtin: false,
            decided_on: Day::constant(2026, 1, 1),
            sort_key: sort_key(name),
        };
        index.put(Analysed::new(product), (*name).to_owned());
    }
    index
}

fn search(index: &Index<String>, text: &str) -> (Vec<String>, Option<Matched>) {
    let search = Search::parse(text).expect("a search");
    let filter = Filter { search: Some(search), sort: ProductSort::Relevance, ..Filter::default() };
    let found = index.find(&Query { filter: &filter, limit: 100, after: None, facets: false });
    assert_eq!(found.total, found.rows.len() as u64);
    (found.rows.into_iter().map(|(name, _)| name).collect(), found.matched)
}

/// Names are in the order given whatever the order they were put in.
fn ranks(typed: &str, expected: &[(&str, &str)]) {
    let products: Vec<_> = expected.iter().map(|(name, more)| (*name, *more, Stars::FOUR)).collect();
    let reversed: Vec<_> = products.iter().rev().copied().collect();
    for products in [products, reversed] {
        let (names, matched) = search(&index_of(&products), typed);
        let expected: Vec<_> = expected.iter().map(|(name, _)| *name).collect();
        assert_eq!(
            (names, matched),
            (expected.into_iter().map(str::to_owned).collect(), Some(Matched::Words)),
            "{typed}"
        );
    }
}

#[test]
fn the_name_decides_before_all_else() {
    ranks(
        "banh cay",
        &[("Quà quê bánh ngọt cây nhà lá vườn", ""), ("Bánh đậu", "HTX Cây Xanh"), ("Kẹo", "Bánh cáy Làng")],
    );
    // Marks come after the name: all syllables in the name, even with other marks, are better.
    ranks("bánh cáy", &[("Bánh cây", ""), ("Bánh", "cáy")]);
}

#[test]
fn typed_marks_come_next() {
    ranks("bánh cay", &[("Bánh cay", ""), ("Bánh cáy", "")]);
    ranks("bánh cáy", &[("Bánh cáy", ""), ("Bánh cay", "")]);
    ranks("lụa", &[("Lụa tơ tằm Vạn Phúc", ""), ("Lúa", "")]);
    ranks("lúa", &[("Lúa nếp cái hoa vàng", ""), ("Lụa", "")]);
    ranks("chè", &[("Chè xanh Thái Nguyên", ""), ("Che", "")]);
    ranks("NƯỚC MẮM", &[("Ba vị nước uống, mắm", ""), ("Nuoc mam", "")]);
    ranks("dứa", &[("Nước ép dứa", ""), ("Dưa", ""), ("Đũa", "")]);
}

#[test]
fn without_marks_nothing_is_meant_by_their_absence() {
    // Equal but for marks: the dictionary decides.
    ranks("banh cay", &[("Bánh cay", ""), ("Bánh cáy", "")]);
    ranks("banh cay", &[("Bánh cáy", ""), ("Banh hoa cay", "")]);
}

#[test]
fn neighbours_come_before_the_scattered() {
    ranks("nuoc mam", &[("Đặc sản nước mắm Cát Hải", ""), ("Mắm tôm nước cốt", "")]);
    ranks("mat ong rung", &[("Sữa mật ong rừng", ""), ("Rừng mật ong", "")]);
}

#[test]
fn the_beginning_and_the_shorter_come_last() {
    ranks(
        "mat ong",
        &[
            ("Mật ong", ""),
            ("Mật ong rừng", ""),
            ("Mật ong hoa nhãn", ""),
            ("Trà mật ong", ""),
            ("Trà gừng mật ong", ""),
        ],
    );
}

#[test]
fn stars_then_the_dictionary_break_ties() {
    let index = index_of(&[
        ("Mật ong nhãn", "", Stars::THREE),
        ("Mật ong vải", "", Stars::FIVE),
        ("Mật ong bạc", "", Stars::THREE),
    ]);
    assert_eq!(search(&index, "mat ong").0, ["Mật ong vải", "Mật ong bạc", "Mật ong nhãn"]);
}

#[test]
fn spellings_of_habit_find_each_other() {
    let index =
        index_of(&[("Mỳ gạo", "", Stars::FOUR), ("Hoà tan", "", Stars::FOUR), ("Trà quý", "", Stars::FOUR)]);
    for (typed, name) in [
        ("mì gạo", "Mỳ gạo"),
        ("my gao", "Mỳ gạo"),
        ("mi\u{300} ga\u{323}o", "Mỳ gạo"),
        ("hòa tan", "Hoà tan"),
        ("HOA TAN", "Hoà tan"),
        ("trà quí", "Trà quý"),
    ] {
        assert_eq!(search(&index, typed), (vec![name.to_owned()], Some(Matched::Words)), "{typed}");
    }
}

#[test]
fn whole_names_of_places_and_kinds_are_meant() {
    ranks(
        "Ba Chẽ",
        &[("Trà hoa vàng Ba Chẽ", ""), ("Măng khô", "Ba Chẽ"), ("Chè Ba Vì", ""), ("Chè xanh", "Ba Vì")],
    );
    ranks(
        "ba che",
        &[("Ba vị chè", "Ba Chẽ"), ("Măng khô", "Ba Chẽ"), ("Chè Ba Vì", ""), ("Ba kích", "Chè")],
    );
    ranks(
        "nước mắm phú quốc",
        &[("Nước mắm", "Phú Quốc"), ("Nước chấm mắm", "Phú Quốc"), ("Nước mắm Phú", "Quốc Oai")],
    );
}

#[test]
fn the_last_syllable_goes_on_where_few_have_it_whole() {
    let products =
        [("Gạo nếp", ""), ("Bánh gạo", "Nê"), ("Gạo nê", "")].map(|(name, more)| (name, more, Stars::FOUR));
    let index = index_of(&products);
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    assert_eq!(search(&index, "gao ne"), (names(&["Gạo nê", "Gạo nếp", "Bánh gạo"]), Some(Matched::Prefix)));
    assert_eq!(search(&index, "gao nep"), (names(&["Gạo nếp"]), Some(Matched::Words)));
    let mut many = vec![("Gạo nê", "", Stars::FOUR); 10];
    many.push(("Gạo nếp", "", Stars::FOUR));
    let (found, matched) = search(&index_of(&many), "gao ne");
    assert_eq!((found.len(), matched), (10, Some(Matched::Words)));
}

#[test]
fn a_search_without_answer_is_read_again() {
    let index = index_of(&[
        ("Bánh cáy", "", Stars::FOUR),
        ("Đường thốt nốt", "", Stars::FOUR),
        ("Nước mắm", "", Stars::FOUR),
        ("Trà quyển bá", "", Stars::FOUR),
    ]);
    for (typed, name, matched) in [
        ("bánh c", "Bánh cáy", Matched::Prefix),
        ("duong tho", "Đường thốt nốt", Matched::Prefix),
        ("tra quy", "Trà quyển bá", Matched::Prefix),
        ("banhs cays", "Bánh cáy", Matched::Corrected),
        ("dduwowngf", "Đường thốt nốt", Matched::Corrected),
        ("nuowcs mawms", "Nước mắm", Matched::Corrected),
        ("nuowcs ma", "Nước mắm", Matched::Corrected),
        ("nuco mam", "Nước mắm", Matched::Corrected),
        ("bsnh cay", "Bánh cáy", Matched::Corrected),
        ("duongg", "Đường thốt nốt", Matched::Corrected),
        ("nuoc mem", "Nước mắm", Matched::Corrected),
        ("bánh cya", "Bánh cáy", Matched::Corrected),
        ("banh1 ca1y", "Bánh cáy", Matched::Corrected),
        ("banh1 cay1", "Bánh cáy", Matched::Corrected),
        ("mua bánh cáy bánh cáy ngon", "Bánh cáy", Matched::Some),
    ] {
        assert_eq!(search(&index, typed), (vec![name.to_owned()], Some(matched)), "{typed}");
    }
    // Short syllables have too many neighbours; what stands beside them decides. No mark may be wrong besides.
    for nothing in ["mem", "mem nuoc", "nước màn", "nược mem", "🍯", "xyzzy"] {
        assert_eq!(search(&index, nothing), (vec![], Some(Matched::Words)), "{nothing}");
    }
}

#[test]
fn suggestions_complete_what_is_typed() {
    let mut products = vec![("Bánh cáy", "", Stars::FOUR); 3];
    products.push(("Bánh cay", "", Stars::FIVE));
    products.push(("Bánh cam", "", Stars::FIVE));
    products.push(("Set quà bánh cáy", "", Stars::THREE));
    products.push(("Quyển trà", "", Stars::THREE));
    let mut index = index_of(&products);
    let names = |index: &Index<String>, typed: &str| -> Vec<(String, u32, i64)> {
        let suggestions = index.suggest(typed, 10).into_iter();
        suggestions.map(|one| (one.name, one.products, one.best_stars)).collect()
    };
    let row = |name: &str, products, stars| (name.to_owned(), products, stars);
    assert_eq!(
        names(&index, "ban"),
        [row("Bánh cáy", 3, 4), row("Bánh cam", 1, 5), row("Bánh cay", 1, 5), row("Set quà bánh cáy", 1, 3),]
    );
    assert_eq!(names(&index, "bánh cay").first(), Some(&row("Bánh cay", 1, 5)));
    assert_eq!(names(&index, "bánh cá").first(), Some(&row("Bánh cáy", 3, 4)));
    assert_eq!(names(&index, "quy"), [row("Quyển trà", 1, 3)]);
    assert_eq!(names(&index, "cay qua").first(), Some(&row("Set quà bánh cáy", 1, 3)));
    assert_eq!(names(&index, "🍯 "), []);
    assert!(index.remove(id(1)) && !index.remove(id(1)) && index.remove(id(4)));
    assert_eq!(names(&index, "bánh cay"), [row("Bánh cáy", 2, 4), row("Set quà bánh cáy", 1, 3)]);
}
