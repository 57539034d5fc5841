//! Makes catalogues of any size: names from the demo data, places from the admin units, the rest by chance.

use ocop_market::catalogue::index::Indexed;
use ocop_market::catalogue::{Certificates, Months};
use ocop_market::certification::model::Stars;
use ocop_market::db::Day;
use ocop_market::organisations::OrganisationId;
use ocop_market::products::ProductId;
use ocop_market::reference::Place;
use ocop_market::vietnamese::{fold, sort_key};

/// SplitMix64: the same numbers on every machine.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// Small numbers are likelier, about as in Zipf's law.
    fn skewed(&mut self, end: usize) -> usize {
        let uniform = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        (((end as f64 + 1.0).powf(uniform)) as usize).clamp(1, end) - 1
    }

    pub fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

const KINDS: [&str; 40] = [
    "truyền thống",
    "đặc biệt",
    "thượng hạng",
    "hữu cơ",
    "sấy khô",
    "nguyên chất",
    "hộp quà",
    "túi lọc",
    "cao cấp",
    "rim gừng",
    "vị cay",
    "không đường",
    "sấy dẻo",
    "muối ớt",
    "loại một",
    "vụ xuân",
    "lên men",
    "hun khói",
    "sấy thăng hoa",
    "rang mộc",
    "tẩm mật",
    "lá dứa",
    "gấc",
    "nghệ đen",
    "đông trùng",
    "hoa nhãn",
    "rừng tràm",
    "ba khía",
    "chưng cất",
    "thảo dược",
    "tinh dầu",
    "ngũ vị",
    "tươi",
    "khô một nắng",
    "cốt dừa",
    "hạt sen",
    "mè đen",
    "gạo lứt",
    "tía tô",
    "bí đao",
];

const GROUPS: [&str; 6] = ["food", "drinks", "medicinal", "decoration", "textiles", "tourism"];

struct Commune {
    code: String,
    name: String,
    province: usize,
}

pub struct Catalogue {
    size: usize,
    heads: Vec<String>,
    provinces: Vec<(String, String)>,
    communes: Vec<Commune>,
}

/// The fields of a line without quotes in it.
fn fields(line: &str) -> Vec<&str> {
    line.split(',').collect()
}

impl Catalogue {
    pub fn new(size: usize) -> Self {
        let heads = include_str!("../../data/demo/products.csv").lines().skip(1);
        let mut heads: Vec<String> = heads.map(|line| fields(line)[0].to_owned()).collect();
        heads.sort();
        heads.dedup();
        let mut units =
            csv::Reader::from_reader(include_str!("../../data/reference/admin_units.csv").as_bytes());
        let header = units.headers().unwrap().clone();
        let column = |name: &str| header.iter().position(|its| its == name).unwrap();
        let [code, to, level, name, parent] =
            ["code", "valid_to", "level", "name", "parent_code"].map(column);
        let units: Vec<_> = units.records().map(Result::unwrap).filter(|unit| unit[to].is_empty()).collect();
        let of_level = |wanted: &'static str| units.iter().filter(move |unit| &unit[level] == wanted);
        let provinces: Vec<(String, String)> =
            of_level("province").map(|unit| (unit[code].to_owned(), unit[name].to_owned())).collect();
        let communes = of_level("commune").map(|unit| Commune {
            code: unit[code].to_owned(),
            name: unit[name].to_owned(),
            province: provinces.iter().position(|(code, _)| *code == unit[parent]).unwrap_or(0),
        });
        let communes = communes.collect();
        Self { size, heads, provinces, communes }
    }

    pub fn products(&self) -> impl Iterator<Item = Indexed> {
        (0..self.size).map(|number| self.product(number, &mut Random(number as u64)))
    }

    /// One of the products with other contents.
    pub fn changed(&self, random: &mut Random) -> Indexed {
        let number = random.below(self.size);
        self.product(number, random)
    }

    /// A certain product with other contents each round.
    pub fn other(&self, number: usize, round: usize) -> Indexed {
        self.product(number % self.size, &mut Random((round as u64 + 1) << 40 | number as u64))
    }

    fn name(&self, random: &mut Random) -> String {
        let mut name = self.heads[random.skewed(self.heads.len())].clone();
        if random.chance(70) {
            name = format!("{name} {}", random.pick(&KINDS));
        }
        if random.chance(35) {
            let place = &random.pick(&self.communes).name;
            name = format!("{name} {}", place.split_once(' ').map_or("", |(_, bare)| bare));
        }
        if random.chance(10) { format!("Sản phẩm {}", name.to_lowercase()) } else { name }
    }

    fn product(&self, number: usize, random: &mut Random) -> Indexed {
        let id = |number: u128| ocop_id(number << 64 | 0x7000_8000);
        let name = self.name(random);
        let commune = &self.communes[random.skewed(self.communes.len())];
        let (province, province_name) = &self.provinces[commune.province];
        let producer = random.below(self.size / 3 + 1);
        let mut more = vec![
            format!("HTX {} {}", random.pick(&KINDS), self.communes[producer % self.communes.len()].name),
            commune.name.clone(),
            province_name.clone(),
            format!("{:05X} {:05X}", random.below(1 << 20), number),
        ];
        if random.chance(60) {
            more.push(format!("893{:010}", number));
        }
        if random.chance(45) {
            more.push("Sản phẩm tiêu biểu".to_owned());
        }
        let month = random.below(12);
        let price = 10_000.0 * 200_f64.powf(random.below(1_000) as f64 / 1_000.0);
        Indexed {
            id: ProductId::parse(&id(number as u128 + 1)).unwrap(),
            sort_key: sort_key(&name),
            name,
            more,
            phrases: [&commune.name, province_name]
                .into_iter()
                .map(|name| name.split_once(' ').map_or(name.clone(), |(_, bare)| bare.to_owned()))
                .collect(),
            stars: Stars::new([3, 3, 3, 3, 3, 4, 4, 4, 4, 5][random.below(10)]).unwrap(),
            group: Some(GROUPS[random.skewed(GROUPS.len())].to_owned()),
            set: Some(random.below(26) as i64 + 1),
            place: Place {
                province: Some(province.clone()),
                commune: Some(commune.code.clone()),
                former_province: None,
                former_district: Some(format!("{:03}", commune.province * 9 + random.below(9))),
                former_commune: Some(commune.code.clone()),
            },
            producer: OrganisationId::parse(&id(producer as u128 + 1)).unwrap(),
            price: random.chance(80).then_some((price as i64) / 1_000 * 1_000),
            certificates: Certificates(
                (u16::from(random.chance(45))) | (u16::from(random.chance(25)) << random.below(12)),
            ),
            season: Months(if random.chance(40) { 0b111_0000_0000_0111 >> month & 0xfff } else { 0 }),
            has_gtin: random.chance(60),
            decided_on: Day::constant(2023, 11, 24).plus_days(random.below(1_095) as i64),
        }
    }

    pub fn group(&self, random: &mut Random) -> &'static str {
        GROUPS[random.skewed(GROUPS.len())]
    }

    pub fn province(&self, random: &mut Random) -> String {
        self.provinces[self.communes[random.skewed(self.communes.len())].province].0.clone()
    }

    pub fn commune(&self, random: &mut Random) -> String {
        self.communes[random.skewed(self.communes.len())].code.clone()
    }

    /// One to three neighbouring syllables of a name.
    pub fn words(&self, random: &mut Random, marks: bool) -> String {
        let name = self.name(random);
        let name = if marks { name.to_lowercase() } else { fold(&name) };
        let syllables: Vec<&str> = name.split(' ').collect();
        let length = (1 + random.below(3)).min(syllables.len());
        let from = random.below(syllables.len() - length + 1);
        syllables[from..from + length].join(" ")
    }

    /// Two syllables, two letters of the longer swapped.
    pub fn mistyped(&self, random: &mut Random) -> String {
        loop {
            let mut syllables: Vec<Vec<u8>> =
                self.words(random, false).split(' ').map(|syllable| syllable.as_bytes().to_vec()).collect();
            let longest = syllables.iter_mut().max_by_key(|syllable| syllable.len()).unwrap();
            if longest.len() >= 4 && longest[1] != longest[2] {
                longest.swap(1, 2);
                let words: Vec<_> =
                    syllables.into_iter().map(|one| String::from_utf8(one).unwrap()).collect();
                return words.join(" ");
            }
        }
    }

    /// What somebody has typed of a name.
    pub fn beginning(&self, random: &mut Random) -> String {
        let name = self.name(random);
        let name = if random.chance(50) { fold(&name) } else { name };
        let length = 2 + random.below(8);
        name.chars().take(length).collect()
    }
}

fn ocop_id(number: u128) -> String {
    let hex = format!("{number:032x}");
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}
