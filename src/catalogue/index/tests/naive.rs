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

/// One way to understand a query.
struct Reading {
    matched: Matched,
    meant: Vec<Meant>,
    marked: bool,
    typed: Vec<Typed>,
    products: BTreeSet<ProductId>,
    /// If the last syllable may go on: the products that have it whole.
    whole: Option<BTreeSet<ProductId>>,
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

    /// All that have every syllable.
    fn having(&self, meant: &[Meant]) -> BTreeSet<ProductId> {
        let having = self.products.values().filter(|product| {
            let words = anywhere(product);
            meant.iter().all(|one| one.folded.iter().any(|word| words.contains(word)))
        });
        having.map(|product| product.id).collect()
    }

    fn ladder(&self, typed: &[Typed]) -> Vec<Reading> {
        let words = self.vocabulary();
        let marked = typed.iter().any(|typed| !typed.exact.is_ascii());
        let some_of = |typed: &Typed, folded: BTreeSet<String>| {
            let exact = typed.exact.clone();
            Meant { folded, exact: Box::new(move |its| its == exact) }
        };
        let whole = |typed: &Typed| some_of(typed, words.get(&typed.folded).cloned().into_iter().collect());
        let beginning = |typed: &Typed| {
            let begins: Vec<(String, String)> =
                typed.beginnings().map(|(exact, folded)| (exact.to_owned(), folded.to_owned())).collect();
            let folded = words.iter().filter(|word| begins.iter().any(|(_, one)| word.starts_with(one)));
            Meant {
                folded: folded.cloned().collect(),
                exact: Box::new(move |its| begins.iter().any(|(exact, _)| its.starts_with(exact))),
            }
        };
        let all_whole = |typed: &[Typed]| -> Vec<Meant> { typed.iter().map(whole).collect() };
        let last_open = |typed: &[Typed]| -> Vec<Meant> {
            let (last, before) = typed.split_last().expect("some");
            before.iter().map(whole).chain([beginning(last)]).collect()
        };
        let reading = |matched, meant: Vec<Meant>, marked, typed: &[Typed]| {
            let products = self.having(&meant);
            Reading { matched, meant, marked, typed: typed.to_vec(), products, whole: None }
        };

        let mut ladder = vec![reading(Matched::Words, all_whole(typed), marked, typed)];
        let whole_ones = ladder[0].products.clone();
        if (1..10).contains(&whole_ones.len()) {
            let open = reading(Matched::Prefix, last_open(typed), marked, typed);
            let more = open.products.len() > whole_ones.len();
            let matched = if more { Matched::Prefix } else { Matched::Words };
            ladder[0] = Reading { matched, whole: Some(whole_ones), ..open };
        }
        ladder.push(reading(Matched::Prefix, last_open(typed), marked, typed));

        let mut tokens: Vec<Vec<Typed>> = Vec::new();
        for one in typed {
            match tokens.last_mut() {
                Some(token) if one.joined => token.push(one.clone()),
                _ => tokens.push(vec![one.clone()]),
            }
        }
        let decode = |token: &Vec<Typed>| telex::decode(&token.iter().map(Typed::raw).collect::<String>());
        let is_telex = tokens.iter().any(|token| decode(token).is_some());
        if is_telex {
            let meant: Vec<Typed> = tokens
                .iter()
                .flat_map(|token| decode(token).map_or_else(|| token.clone(), |text| Typed::all(&text)))
                .collect();
            ladder.push(reading(Matched::Corrected, all_whole(&meant), true, &meant));
            ladder.push(reading(Matched::Corrected, last_open(&meant), true, &meant));
            if tokens.iter().filter(|token| token.len() > 1 && decode(token).is_some()).count() > 1 {
                ladder.rotate_left(2);
            }
        }

        let is_word =
            |text: &str, least: usize| text.chars().count() >= least && text.chars().all(char::is_alphabetic);
        let near = |typed: &Typed| -> BTreeSet<String> {
            let near = |word: &&String| is_word(word, 0) && distance(word, &typed.folded) == 1;
            words.iter().filter(near).cloned().collect()
        };
        let unknown: BTreeSet<usize> =
            (0..typed.len()).filter(|place| !words.contains(&typed[*place].folded)).collect();
        // Marks beside a correction are meant.
        let means = |product: &Indexed, meant: &[Meant], corrected: &BTreeSet<usize>| {
            let name = read(&product.name);
            typed.iter().enumerate().filter(|(_, typed)| !typed.exact.is_ascii()).all(|(place, typed)| {
                let mut its =
                    name.iter().filter(|(_, folded)| meant[place].folded.contains(folded)).peekable();
                if corrected.contains(&place) {
                    its.any(|(exact, _)| distance(exact, &typed.exact) <= 1)
                } else {
                    its.peek().is_none() || its.any(|(exact, _)| *exact == typed.exact)
                }
            })
        };
        let beside = |swapped: bool| -> Option<Reading> {
            if typed.len() < 2 || unknown.len() > 1 {
                return None;
            }
            let (mut meant, mut products) = (all_whole(typed), BTreeSet::new());
            for (place, one) in typed.iter().enumerate() {
                if !is_word(&one.folded, 3) || unknown.first().is_some_and(|unknown| *unknown != place) {
                    continue;
                }
                let letters = |word: &str| {
                    word.chars().map(|c| (c, ())).fold(BTreeMap::new(), |mut all, (c, ())| {
                        *all.entry(c).or_insert(0) += 1;
                        all
                    })
                };
                let mut others = near(one);
                others.retain(|word| !swapped || letters(word) == letters(&one.folded));
                if others.is_empty() {
                    continue;
                }
                let mut corrected = all_whole(typed);
                corrected[place] = some_of(one, others.clone());
                let stands_beside = |name: &Syllables| {
                    (0..name.len()).any(|at| {
                        let is = |at: usize, place: usize| {
                            typed
                                .get(place)
                                .zip(name.get(at))
                                .is_some_and(|(typed, its)| typed.folded == its.1)
                        };
                        others.contains(&name[at].1)
                            && (place > 0 && at > 0 && is(at - 1, place - 1) || is(at + 1, place + 1))
                    })
                };
                products.extend(self.having(&corrected).into_iter().filter(|id| {
                    let product = &self.products[id];
                    stands_beside(&read(&product.name)) && means(product, &corrected, &[place].into())
                }));
                meant[place].folded.extend(others);
            }
            let typed = typed.to_vec();
            let marked = marked || is_telex;
            Some(Reading { matched: Matched::Corrected, meant, marked, typed, products, whole: None })
        };
        let near_unknown = || -> Option<Reading> {
            let mut meant = all_whole(typed);
            for place in &unknown {
                if !is_word(&typed[*place].folded, 4) {
                    return None;
                }
                meant[*place].folded = near(&typed[*place]);
            }
            let mut all = reading(Matched::Corrected, meant, marked || is_telex, typed);
            all.products.retain(|id| means(&self.products[id], &all.meant, &unknown));
            Some(all)
        };
        let most = || -> Option<Reading> {
            let least = (typed.len() * 3).div_ceil(5);
            let known: Vec<Typed> =
                typed.iter().filter(|typed| words.contains(&typed.folded)).cloned().collect();
            let has = |product: &&Indexed| {
                let words = anywhere(product);
                known.iter().filter(|typed| words.contains(&typed.folded)).count() >= least
            };
            let products = self.products.values().filter(has).map(|product| product.id).collect();
            let meant = all_whole(&known);
            let all = Reading { matched: Matched::Some, meant, marked, typed: known, products, whole: None };
            (typed.len() >= 6).then_some(all)
        };
        let further = [beside(true), near_unknown(), beside(false), most()];
        ladder.extend(further.into_iter().flatten().filter(|reading| !reading.products.is_empty()));
        ladder.retain(|reading| reading.meant.iter().all(|one| !one.folded.is_empty()));
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
            for reading in self.ladder(search.typed()) {
                let products = reading.products.iter().map(|id| &self.products[id]);
                let ranked = products.map(|product| (rank(&reading, product), product)).collect();
                let (ids, facets) = answer(ranked, filter);
                if !reading.products.is_empty() {
                    return (ids, facets, Some(reading.matched));
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
    for phrase in
        product.phrases.iter().map(|text| read(text)).filter(|phrase| (2..=4).contains(&phrase.len()))
    {
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
fn rank(reading: &Reading, product: &Indexed) -> usize {
    let Reading { meant, marked, typed, whole, .. } = reading;
    let goes_on = whole.as_ref().is_some_and(|whole| !whole.contains(&product.id));
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
    let exact = if *marked { meant.iter().enumerate().filter(exact).count() } else { 0 };
    let neighbours = meant.windows(2).enumerate().filter(|(at, pair)| {
        joined.contains(&(at + 1)) || (0..name.len()).any(|at| is(&pair[0], at) && is(&pair[1], at + 1))
    });
    let neighbours = neighbours.count();
    let begins = meant.iter().enumerate().all(|(place, one)| is(one, place));
    let whole = begins && name.len() == meant.len();
    let beginning = usize::from(begins) + usize::from(whole);
    let in_name = meant.iter().filter(|one| named(one)).count();
    let goes_on = (1, usize::from(!goes_on));
    let parts = [(10, found), (10, exact), goes_on, (10, neighbours), (10, in_name), (2, beginning)];
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
