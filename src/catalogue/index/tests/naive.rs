//! The rules, with no thought of speed.

use super::catalogues::{Step, id};
use crate::catalogue::index::analyzer::{Typed, syllables};
use crate::catalogue::index::{Facets, Indexed, Matched, telex};
use crate::catalogue::{Filter, PriceBand, ProductSort};
use crate::listings::DocumentKind;
use crate::products::ProductId;
use crate::reference::PlaceColumn;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Default)]
pub struct Naive {
    pub products: BTreeMap<ProductId, Indexed>,
}

/// What one typed syllable may be.
struct Meant {
    folded: BTreeSet<String>,
    exact: Box<dyn Fn(&str) -> bool>,
}

type Syllables = Vec<(String, String)>;

fn read(text: &str) -> Syllables {
    let mut all = Vec::new();
    syllables(text, |exact, folded| all.push((exact.to_owned(), folded.to_owned())));
    all
}

fn anywhere(product: &Indexed) -> BTreeSet<String> {
    let texts = std::iter::once(&product.name).chain(&product.more).chain(&product.phrases);
    texts.flat_map(|text| read(text)).map(|(_, folded)| folded).collect()
}

/// Optimal string alignment, the textbook's.
fn distance(one: &str, other: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let mut d = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            d[i][j] = match (i, j) {
                (0, _) => j,
                (_, 0) => i,
                _ => {
                    let same = usize::from(a[i - 1] != b[j - 1]);
                    let mut least = (d[i - 1][j] + 1).min(d[i][j - 1] + 1).min(d[i - 1][j - 1] + same);
                    if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                        least = least.min(d[i - 2][j - 2] + 1);
                    }
                    least
                }
            };
        }
    }
    d[a.len()][b.len()]
}

impl Naive {
    pub fn apply(&mut self, step: &Step) {
        match step {
            Step::Put(one) => {
                self.products.insert(one.id, (**one).clone());
            }
            Step::Remove(number) => {
                self.products.remove(&id(*number));
            }
        }
    }

    fn vocabulary(&self) -> BTreeSet<String> {
        self.products.values().flat_map(anywhere).collect()
    }

    fn ladder(&self, typed: &[Typed]) -> Vec<(Matched, Vec<Meant>, bool, Vec<Typed>)> {
        let words = self.vocabulary();
        let marked = typed.iter().any(|typed| !typed.exact.is_ascii());
        let whole = |typed: &Typed| {
            let exact = typed.exact.clone();
            Meant {
                folded: words.get(&typed.folded).cloned().into_iter().collect(),
                exact: Box::new(move |its| its == exact),
            }
        };
        let beginning = |typed: &Typed| {
            let begins: Vec<(String, String)> =
                typed.beginnings().map(|(exact, folded)| (exact.to_owned(), folded.to_owned())).collect();
            let folded = words.iter().filter(|word| begins.iter().any(|(_, one)| word.starts_with(one)));
            Meant {
                folded: folded.cloned().collect(),
                exact: Box::new(move |its| begins.iter().any(|(exact, _)| its.starts_with(exact))),
            }
        };
        let last_open = |typed: &[Typed]| -> Vec<Meant> {
            let (last, before) = typed.split_last().expect("some");
            before.iter().map(whole).chain([beginning(last)]).collect()
        };
        let near = |only_unknown: bool| -> Vec<Meant> {
            let one = |typed: &Typed| {
                let long = typed.folded.chars().count() >= 4 && typed.folded.chars().all(char::is_alphabetic);
                if !long || only_unknown && words.contains(&typed.folded) {
                    return whole(typed);
                }
                let (exact, near) = (typed.exact.clone(), |word: &&String| {
                    word.chars().all(char::is_alphabetic) && distance(word, &typed.folded) <= 1
                });
                Meant {
                    folded: words.iter().filter(near).cloned().collect(),
                    exact: Box::new(move |its| its == exact),
                }
            };
            typed.iter().map(one).collect()
        };
        let mut tokens: Vec<Vec<Typed>> = Vec::new();
        for one in typed {
            match tokens.last_mut() {
                Some(token) if one.joined => token.push(one.clone()),
                _ => tokens.push(vec![one.clone()]),
            }
        }
        let decode = |token: &Vec<Typed>| telex::decode(&token.iter().map(Typed::raw).collect::<String>());
        let is_telex = tokens.iter().any(|token| decode(token).is_some());
        let meant: Vec<Typed> = tokens
            .iter()
            .flat_map(|token| decode(token).map_or_else(|| token.clone(), |text| Typed::all(&text)))
            .collect();
        let mut ladder = vec![
            (Matched::Words, typed.iter().map(whole).collect(), marked, typed.to_vec()),
            (Matched::Prefix, last_open(typed), marked, typed.to_vec()),
        ];
        if is_telex {
            ladder.push((Matched::Corrected, meant.iter().map(whole).collect(), true, meant.clone()));
            ladder.push((Matched::Corrected, last_open(&meant), true, meant.clone()));
        }
        ladder.push((Matched::Corrected, near(true), marked || is_telex, typed.to_vec()));
        ladder.push((Matched::Corrected, near(false), marked || is_telex, typed.to_vec()));
        ladder.retain(|(_, meant, ..): &(_, Vec<Meant>, _, _)| meant.iter().all(|one| !one.folded.is_empty()));
        ladder
    }

    /// All that match in order, the counts and how the search was understood.
    pub fn find(&self, filter: &Filter) -> (Vec<ProductId>, Facets, Option<Matched>) {
        let Some(search) = &filter.search else {
            let all: Vec<_> = self.products.values().map(|product| (0, product)).collect();
            let (ids, facets) = answer(all, filter);
            return (ids, facets, None);
        };
        let mut first = None;
        if !search.typed().is_empty() {
            for (matched, meant, marked, typed) in self.ladder(search.typed()) {
                let having = self.products.values().filter(|product| {
                    let words = anywhere(product);
                    meant.iter().all(|one| one.folded.iter().any(|word| words.contains(word)))
                });
                let ranked = having.map(|product| (rank(&meant, marked, &typed, product), product)).collect();
                let (ids, facets) = answer(ranked, filter);
                if !ids.is_empty() {
                    return (ids, facets, Some(matched));
                }
                first.get_or_insert((ids, facets, Some(Matched::Words)));
            }
        }
        first.unwrap_or((Vec::new(), Facets::default(), Some(Matched::Words)))
    }
}

/// Which typed syllables are in a phrase of the product, and which follow another one there.
fn phrased(typed: &[Typed], product: &Indexed) -> (BTreeSet<usize>, BTreeSet<usize>) {
    let (mut placed, mut joined) = (BTreeSet::new(), BTreeSet::new());
    for phrase in product.phrases.iter().map(|text| read(text)).filter(|phrase| (2..=4).contains(&phrase.len())) {
        for (from, run) in typed.windows(phrase.len()).enumerate() {
            let is = |(typed, (exact, folded)): (&Typed, &(String, String))| {
                typed.folded == *folded && (typed.exact.is_ascii() || typed.exact == *exact)
            };
            if run.iter().zip(&phrase).all(is) {
                placed.extend(from..from + phrase.len());
                joined.extend(from + 1..from + phrase.len());
            }
        }
    }
    (placed, joined)
}

/// Smaller is better.
fn rank(meant: &[Meant], marked: bool, typed: &[Typed], product: &Indexed) -> usize {
    let name = read(&product.name);
    let (placed, joined) = phrased(typed, product);
    let is =
        |one: &Meant, place: usize| name.get(place).is_some_and(|(_, folded)| one.folded.contains(folded));
    let named = |one: &Meant| (0..name.len()).any(|place| is(one, place));
    let found = meant.iter().enumerate().filter(|(at, one)| placed.contains(at) || named(one)).count();
    let exact = |(at, one): &(usize, &Meant)| {
        placed.contains(at)
            || name.iter().any(|(exact, folded)| one.folded.contains(folded) && (one.exact)(exact))
    };
    let exact = if marked { meant.iter().enumerate().filter(exact).count() } else { 0 };
    let neighbours = meant.windows(2).enumerate().filter(|(at, pair)| {
        joined.contains(&(at + 1)) || (0..name.len()).any(|at| is(&pair[0], at) && is(&pair[1], at + 1))
    });
    let neighbours = neighbours.count();
    let begins = meant.iter().enumerate().all(|(place, one)| is(one, place));
    let whole = begins && name.len() == meant.len();
    let beginning = usize::from(begins) + usize::from(whole);
    let in_name = meant.iter().filter(|one| named(one)).count();
    let parts = [(10, found), (10, exact), (10, neighbours), (10, in_name), (2, beginning)];
    parts.iter().fold(0, |sum, (most, part)| sum * 100 + most - part) * 100 + name.len()
}

fn fails(product: &Indexed, filter: &Filter) -> [bool; 6] {
    let misses = |wanted: &[String], value: &Option<String>| {
        !wanted.is_empty() && !value.as_ref().is_some_and(|value| wanted.contains(value))
    };
    let band = product.price.map(PriceBand::of);
    [
        !filter.stars.is_empty() && !filter.stars.iter().any(|stars| stars.0 == product.stars),
        misses(&filter.groups, &product.group),
        misses(&filter.provinces, &product.place.province),
        !filter.prices.is_empty() && !band.is_some_and(|band| filter.prices.contains(&band)),
        filter.certificates.0 != 0 && filter.certificates.0 & product.certificates.0 == 0,
        filter.season.0 != 0 && filter.season.0 & product.season.0 == 0,
    ]
}

fn narrows(product: &Indexed, filter: &Filter) -> bool {
    let unit = |column: PlaceColumn| match column {
        PlaceColumn::Province => &product.place.province,
        PlaceColumn::Commune => &product.place.commune,
        PlaceColumn::FormerProvince => &product.place.former_province,
        PlaceColumn::FormerDistrict => &product.place.former_district,
        PlaceColumn::FormerCommune => &product.place.former_commune,
    };
    let ranged = filter.price_min.is_some() || filter.price_max.is_some();
    let (least, most) = (filter.price_min.unwrap_or(i64::MIN), filter.price_max.unwrap_or(i64::MAX));
    (filter.sets.is_empty() || filter.sets.iter().any(|set| Some(set.number()) == product.set))
        && (filter.units.is_empty() || filter.units.iter().any(|(at, code)| unit(*at).as_ref() == Some(code)))
        && filter.producer.is_none_or(|producer| producer == product.producer)
        && filter.has_gtin.is_none_or(|has| has == product.has_gtin)
        && (!ranged || product.price.is_some_and(|price| least <= price && price <= most))
}

fn answer(ranked: Vec<(usize, &Indexed)>, filter: &Filter) -> (Vec<ProductId>, Facets) {
    let ranked: Vec<_> = ranked.into_iter().filter(|(_, product)| narrows(product, filter)).collect();
    let mut counts: [BTreeMap<String, u32>; 6] = Default::default();
    for (_, product) in &ranked {
        let fails = fails(product, filter);
        let bits = |set: u16| (0..16_usize).filter(move |bit| set >> bit & 1 == 1);
        let values: [Vec<String>; 6] = [
            vec![product.stars.number().to_string()],
            product.group.clone().into_iter().collect(),
            product.place.province.clone().into_iter().collect(),
            product.price.map(|price| format!("{}", PriceBand::of(price) as u8)).into_iter().collect(),
            bits(product.certificates.0).map(|bit| format!("{bit:02}")).collect(),
            bits(product.season.0).map(|bit| format!("{:02}", bit + 1)).collect(),
        ];
        for (facet, values) in values.into_iter().enumerate() {
            if (0..6).all(|other| other == facet || !fails[other]) {
                values.into_iter().for_each(|value| *counts[facet].entry(value).or_default() += 1);
            }
        }
    }
    let [stars, groups, provinces, prices, certificates, season] = counts;
    let number = |text: String| text.parse::<u8>().expect("a number");
    let facets = Facets {
        stars: stars.into_iter().map(|(value, n)| (i64::from(number(value)), n)).collect(),
        groups: groups.into_iter().map(|(value, n)| (value.as_str().into(), n)).collect(),
        provinces: provinces.into_iter().map(|(value, n)| (value.as_str().into(), n)).collect(),
        prices: prices.into_iter().map(|(v, n)| (PriceBand::ALL[usize::from(number(v))], n)).collect(),
        certificates: certificates
            .into_iter()
            .map(|(value, n)| (DocumentKind::ALL[usize::from(number(value))], n))
            .collect(),
        season: season.into_iter().map(|(value, n)| (u32::from(number(value)), n)).collect(),
    };
    let mut passing: Vec<_> =
        ranked.into_iter().filter(|(_, product)| fails(product, filter) == [false; 6]).collect();
    passing.sort_by(|(one_rank, one), (other_rank, other)| {
        let by_name = || (&one.sort_key, one.id).cmp(&(&other.sort_key, other.id));
        let by_stars = || Reverse(one.stars.number()).cmp(&Reverse(other.stars.number())).then_with(by_name);
        let price = |product: &Indexed| product.price.map_or((1, 0), |price| (0, price));
        match filter.sort {
            ProductSort::Newest => (Reverse(one.decided_on), Reverse(one.id))
                .cmp(&(Reverse(other.decided_on), Reverse(other.id))),
            ProductSort::Name => by_name(),
            ProductSort::Price => price(one).cmp(&price(other)).then_with(by_name),
            ProductSort::Stars => by_stars(),
            ProductSort::Relevance => one_rank.cmp(other_rank).then_with(by_stars),
        }
    });
    (passing.into_iter().map(|(_, product)| product.id).collect(), facets)
}
