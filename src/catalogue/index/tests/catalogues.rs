//! Random catalogues and questions in words that products really have.

use crate::catalogue::index::{Analysed, Index, Indexed};
use crate::catalogue::{Certificates, Filter, Months, PriceBand, ProductSort, Search, StarsWanted};
use crate::certification::model::Stars;
use crate::db::Day;
use crate::db::columns::Key;
use crate::organisations::OrganisationId;
use crate::products::ProductId;
use crate::reference::{Place, PlaceColumn, SetNumber};
use crate::vietnamese::sort_key;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

pub const HEADS: [&str; 12] = [
    "Bánh cáy",
    "Bánh cay",
    "Nước mắm",
    "Mắm tôm",
    "Gạo nếp",
    "Lụa tơ tằm",
    "Lúa rươi",
    "Chè xanh",
    "Che nắng",
    "Mật ong",
    "Mỳ gạo",
    "Miến dong",
];
const TAILS: [&str; 14] = [
    "",
    "cay",
    "truyền thống",
    "hòa bình",
    "hoà tan",
    "nước cốt",
    "Cát Hải",
    "cá cơm",
    "đặc biệt",
    "40 độ",
    "quý",
    "quyển",
    "thủy sản",
    "vừng đen lạc đỏ loại một hộp quà tết",
];
const MORE: [&str; 6] = [
    "HTX Bánh Làng Nguyễn",
    "Xã Đông Hưng",
    "Huyện Thái Thụy",
    "Hộ kinh doanh Mắm Mỹ",
    "Tỉnh Hưng Yên",
    "8930001",
];
const PHRASES: [&str; 7] =
    ["Đông Hưng", "Cát Hải", "Mật Ong", "Hoa Bình", "Hòa Bình", "Bánh Cáy", "Vũng Tàu Bà Rịa"];
const QUERIES: [&str; 60] = [
    "banh cay",
    "bánh cáy",
    "bánh cay",
    "BÁNH  cáy!",
    "banh",
    "nuoc mam",
    "nước mắm cát hải",
    "mam nuoc",
    "lua",
    "lụa",
    "lúa",
    "che",
    "chè",
    "hoà",
    "hoa",
    "my",
    "mỳ",
    "mi gao",
    "quy",
    "quý",
    "quyen",
    "thuy",
    "thuỷ",
    "banh ca",
    "nuoc m",
    "banhs cays",
    "nuowcs mawms",
    "dduwowngf",
    "bnah cay",
    "truyen thongg",
    "dac bietj",
    "dong hung",
    "8930001",
    "khong co gi",
    "🍯",
    "gao nep banh",
    "banh cya",
    "bánh cya",
    "bánh cấy",
    "nuoc mem cat hai",
    "nước mem cát hải",
    "nước mèm cát hải",
    "mat ogn",
    "chè xnah",
    "ga nep cai",
    "gạp nếp",
    "lúa rưoi",
    "lụa rươii",
    "tôi muốn mua nước mắm cát hải ngon",
    "banh cay cat hai loai mot hop qua tet",
    "luas t",
    "nước mắm cat hai",
    "hoa binh",
    "hòa bình",
    "mật ong hòa bình",
    "ba ria vung tau ba",
    "banh1 cay1",
    "nuoc71 mam81",
    "40do",
    "mắm 40",
];
const PROVINCES: [&str; 3] = ["33", "01", "79"];
const COMMUNES: [&str; 4] = ["13192", "12688", "00001", "26734"];
const GROUPS: [&str; 3] = ["food", "drinks", "textiles"];
pub const PRICES: [i64; 8] = [0, 20_000, 49_999, 50_000, 120_000, 300_000, 999_999, 1_000_000];

pub fn id(number: u8) -> ProductId {
    ProductId::from(Key::from(uuid::Uuid::from_u128(u128::from(number) << 97 | u128::from(number))))
}

pub fn producer(number: u8) -> OrganisationId {
    OrganisationId::from(Key::from(uuid::Uuid::from_u128(u128::from(number) + 1)))
}

fn day(number: u8) -> Day {
    Day::constant(2025, 1, 1).plus_days(i64::from(number))
}

fn code(codes: &'static [&'static str]) -> impl Strategy<Value = Option<String>> {
    prop::option::weighted(0.9, select(codes).prop_map(str::to_owned))
}

pub fn indexed(number: u8) -> impl Strategy<Value = Indexed> {
    let words = (
        select(&HEADS[..]),
        select(&TAILS[..]),
        subsequence(&MORE[..], 0..4),
        subsequence(&PHRASES[..], 0..3),
    );
    let kinds = (3..=5_i64, code(&GROUPS), prop::option::of(1..4_i64), prop::option::of(select(&PRICES[..])));
    let place = (code(&PROVINCES), code(&COMMUNES), code(&COMMUNES), 0..4_u8);
    let rest = (prop::bits::u16::masked(0b1011), prop::bits::u16::masked(0b111), any::<bool>(), 0..6_u8);
    (words, kinds, place, rest).prop_map(move |(words, kinds, place, rest)| {
        let name = format!("{} {}", words.0, words.1).trim_end().to_owned();
        Indexed {
            id: id(number),
            sort_key: sort_key(&name),
            name,
            more: words.2.into_iter().map(str::to_owned).collect(),
            phrases: words.3.into_iter().map(str::to_owned).collect(),
            stars: Stars::new(kinds.0).expect("stars"),
            group: kinds.1,
            set: kinds.2,
            price: kinds.3,
            place: Place { province: place.0, commune: place.1, former_commune: place.2, ..Place::default() },
            producer: producer(place.3),
            certificates: Certificates(rest.0),
            season: Months(rest.1),
            has_gtin: rest.2,
            decided_on: day(rest.3),
        }
    })
}

/// A step in the life of a catalogue.
#[derive(Debug, Clone)]
pub enum Step {
    Put(Box<Indexed>),
    Remove(u8),
}

pub fn steps(number: impl Into<prop::collection::SizeRange>) -> impl Strategy<Value = Vec<Step>> {
    let put = any::<u8>().prop_flat_map(indexed).prop_map(|one| Step::Put(Box::new(one)));
    let step = prop_oneof![4 => put, 1 => any::<u8>().prop_map(Step::Remove)];
    prop::collection::vec(step, number)
}

pub fn filter() -> impl Strategy<Value = Filter> {
    fn few<T: Clone + std::fmt::Debug + 'static>(
        values: Vec<T>,
        share: f64,
    ) -> impl Strategy<Value = Vec<T>> {
        prop::option::weighted(share, subsequence(values, 1..3)).prop_map(Option::unwrap_or_default)
    }
    let stars: Vec<_> = ["3", "4", "5"].map(|text| StarsWanted::parse(text).expect("stars")).to_vec();
    let sets: Vec<_> = ["1", "2", "9"].map(|text| SetNumber::parse(text).expect("a set")).to_vec();
    let columns = [PlaceColumn::Commune, PlaceColumn::FormerCommune, PlaceColumn::Province];
    let units: Vec<_> =
        COMMUNES.iter().zip(columns).map(|(code, column)| (column, (*code).to_owned())).collect();
    let owned = |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).chain(["none".into()]).collect();
    let facets = (
        few(stars, 0.3),
        few(owned(&GROUPS), 0.3),
        few(owned(&PROVINCES), 0.3),
        few(PriceBand::ALL.to_vec(), 0.2),
        prop::option::weighted(0.25, 1..8_u16).prop_map(Option::unwrap_or_default),
        prop::option::weighted(0.25, 1..8_u16).prop_map(Option::unwrap_or_default),
    );
    let others = (
        few(sets, 0.15),
        few(units, 0.15),
        prop::option::weighted(0.1, 0..4_u8),
        prop::option::weighted(0.15, select(&PRICES[..])),
        prop::option::weighted(0.15, select(&PRICES[..])),
        prop::option::weighted(0.1, any::<bool>()),
    );
    let search = prop::option::weighted(0.6, select(&QUERIES[..]));
    (facets, others, select(ProductSort::ALL), search).prop_map(|(facets, others, sort, search)| Filter {
        sort,
        stars: facets.0,
        groups: facets.1,
        provinces: facets.2,
        prices: facets.3,
        certificates: Certificates(facets.4),
        season: Months(facets.5),
        sets: others.0,
        units: others.1,
        producer: others.2.map(producer),
        price_min: others.3,
        price_max: others.4,
        has_gtin: others.5,
        search: search.map(|text| Search::parse(text).expect("a search")),
    })
}

/// The index with a product's number as what it hands out.
pub fn apply(index: &mut Index<ProductId>, step: &Step) {
    match step {
        Step::Put(one) => index.put(Analysed::new((**one).clone()), one.id),
        Step::Remove(number) => {
            index.remove(id(*number));
        }
    }
}
