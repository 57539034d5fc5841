//! Measures the search index: `cargo bench --profile dist --bench catalogue`.
//!
//! `OCOP_BENCH_MILLION=1` adds a million products. `OCOP_BENCH_PERCENTILES=` prints, instead of divan's table, how the
//! time is spread over 1,000 different queries of each kind: each runs five times, in rounds, and its best counts, which
//! leaves out what other work on the machine took. A value chooses the kinds that have it in their name.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout,
    reason = "a benchmark may stop at the first surprise, and prints"
)]

mod generator;

use divan::Bencher;
use generator::{Catalogue, Random};
use ocop_market::catalogue::index::{Analysed, Index, Query, analyzer};
use ocop_market::catalogue::{Certificates, Filter, PriceBand, ProductSort, Search, StarsWanted};
use ocop_market::reference::PlaceColumn;
use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::{LazyLock, Mutex};
use std::time::{Duration, Instant};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

static SIZES: LazyLock<Vec<usize>> = LazyLock::new(|| {
    let million = std::env::var_os("OCOP_BENCH_MILLION").map(|_| 1_000_000);
    [20_000, 100_000].into_iter().chain(million).collect()
});

fn sizes() -> impl Iterator<Item = usize> {
    SIZES.iter().copied()
}

struct Subject {
    catalogue: Catalogue,
    index: Mutex<Index<u32>>,
}

/// One catalogue of each size for all benchmarks.
fn subject(size: usize) -> &'static Subject {
    static ALL: Mutex<BTreeMap<usize, &'static Subject>> = Mutex::new(BTreeMap::new());
    ALL.lock().unwrap().entry(size).or_insert_with(|| {
        let catalogue = Catalogue::new(size);
        let start = Instant::now();
        let products: Vec<_> =
            (0..).zip(catalogue.products()).map(|(n, one)| (Analysed::new(one), n)).collect();
        let analysed = start.elapsed();
        let mut index = Index::default();
        index.put_all(products);
        let built = start.elapsed() - analysed;
        println!(
            "# {size} products: made and read in {analysed:.2?}, put in {built:.2?}; memory {} MB",
            memory()
        );
        Box::leak(Box::new(Subject { catalogue, index: Mutex::new(index) }))
    })
}

/// Resident memory of the process.
fn memory() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<usize>().ok()).unwrap_or(0) / 1000
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Text,
    TextMarked,
    Worst,
    Browse,
    BrowsePlain,
    Commune,
    TextByPrice,
    Typo,
    Deep,
}

const KINDS: [(&str, Kind); 9] = [
    ("text, 2 filters, facets", Kind::Text),
    ("text with marks, 2 filters, facets", Kind::TextMarked),
    ("worst text (san pham), 2 filters", Kind::Worst),
    ("browse, 2 filters, facets", Kind::Browse),
    ("browse, no filter, facets", Kind::BrowsePlain),
    ("commune page, facets", Kind::Commune),
    ("text by price, 2 filters, facets", Kind::TextByPrice),
    ("typo, facets", Kind::Typo),
    ("browse 500 pages deep, no facets", Kind::Deep),
];

/// Two different facets, one or two values of each.
fn narrow(filter: &mut Filter, catalogue: &Catalogue, random: &mut Random) {
    let (one, step) = (random.below(5), 1 + random.below(4));
    for facet in [one, (one + step) % 5] {
        match facet {
            0 => {
                let stars: &[&str] = if random.below(2) == 0 { &["4"] } else { &["4", "5"] };
                filter.stars = stars.iter().map(|text| StarsWanted::parse(text).unwrap()).collect();
            }
            1 => filter.groups = vec![catalogue.group(random).to_owned()],
            2 => filter.provinces = (0..=random.below(2)).map(|_| catalogue.province(random)).collect(),
            3 => filter.prices = vec![PriceBand::ALL[random.below(PriceBand::ALL.len())]],
            _ => filter.certificates = Certificates(1 << random.below(5)),
        }
    }
}

fn filters(subject: &Subject, kind: Kind, number: usize) -> Vec<Filter> {
    let (catalogue, mut random) = (&subject.catalogue, Random(7));
    let sorts = [ProductSort::Newest, ProductSort::Price, ProductSort::Stars];
    let one = |_| {
        let mut filter = Filter::default();
        let text = match kind {
            Kind::Text | Kind::TextByPrice => Some(catalogue.words(&mut random, false)),
            Kind::TextMarked => Some(catalogue.words(&mut random, true)),
            Kind::Worst => Some("san pham".to_owned()),
            Kind::Typo => Some(catalogue.mistyped(&mut random)),
            _ => None,
        };
        filter.search = text.map(|text| Search::parse(&text).unwrap());
        filter.sort = match kind {
            Kind::TextByPrice => ProductSort::Price,
            _ if filter.search.is_some() => ProductSort::Relevance,
            Kind::Deep => ProductSort::Newest,
            _ => sorts[random.below(3)],
        };
        match kind {
            Kind::Typo | Kind::BrowsePlain | Kind::Deep => {}
            Kind::Commune => filter.units = vec![(PlaceColumn::Commune, catalogue.commune(&mut random))],
            _ => narrow(&mut filter, catalogue, &mut random),
        }
        filter
    };
    (0..number).map(one).collect()
}

fn find(bencher: Bencher, size: usize, kind: Kind) {
    let subject = subject(size);
    let (filters, index) = (filters(subject, kind, 1_000), subject.index.lock().unwrap());
    let deep = deep(&index, kind);
    let mut next = filters.iter().cycle();
    bencher.bench_local(|| {
        let filter = next.next().unwrap();
        index.find(&Query { filter, limit: 21, after: deep.as_ref(), facets: kind != Kind::Deep }).total
    });
}

/// The place 10,000 rows down.
fn deep(index: &Index<u32>, kind: Kind) -> Option<ocop_market::catalogue::Position> {
    let filter = Filter::default();
    let query = Query { filter: &filter, limit: 10_000, after: None, facets: false };
    (kind == Kind::Deep).then(|| index.find(&query).rows.pop().unwrap().1)
}

macro_rules! finds {
    ($($name:ident: $kind:ident),*) => {$(
        #[divan::bench(args = sizes())]
        fn $name(bencher: Bencher, size: usize) {
            find(bencher, size, Kind::$kind);
        }
    )*};
}

finds!(
    text: Text, text_marked: TextMarked, text_worst: Worst, browse: Browse, browse_unfiltered: BrowsePlain,
    commune: Commune, text_by_price: TextByPrice, typo: Typo, browse_deep: Deep
);

#[divan::bench]
fn analyse(bencher: Bencher) {
    let mut texts =
        subject(20_000).catalogue.products().map(|one| one.name).collect::<Vec<_>>().into_iter().cycle();
    bencher.with_inputs(|| texts.next().unwrap()).bench_local_refs(|text| {
        analyzer::syllables(text, |exact, folded| {
            black_box((exact, folded));
        });
    });
}

#[divan::bench]
fn analyse_product(bencher: Bencher) {
    let products: Vec<_> = subject(20_000).catalogue.products().collect();
    let mut next = products.iter().cycle();
    bencher.with_inputs(|| next.next().unwrap().clone()).bench_local_values(Analysed::new);
}

/// Replaces one product by another: every key, term and tag changes.
#[divan::bench(args = sizes())]
fn put(bencher: Bencher, size: usize) {
    let subject = subject(size);
    let mut index = subject.index.lock().unwrap();
    let mut random = Random(3);
    bencher
        .with_inputs(|| Analysed::new(subject.catalogue.changed(&mut random)))
        .bench_local_values(|one| index.put(one, 1));
}

#[divan::bench(args = sizes())]
fn suggest(bencher: Bencher, size: usize) {
    let subject = subject(size);
    let index = subject.index.lock().unwrap();
    let mut random = Random(5);
    bencher
        .with_inputs(|| subject.catalogue.beginning(&mut random))
        .bench_local_refs(|typed| index.suggest(typed, 10));
}

/// Prints how times are spread over different questions.
fn percentiles() {
    fn spread(size: usize, name: &str, questions: usize, mut ask: impl FnMut(usize, usize)) {
        if !name.contains(&std::env::var("OCOP_BENCH_PERCENTILES").unwrap_or_default()) {
            return;
        }
        let mut best = vec![Duration::MAX; questions];
        for round in 0..5 {
            for (number, best) in best.iter_mut().enumerate() {
                let start = Instant::now();
                ask(round, number);
                *best = start.elapsed().min(*best);
            }
        }
        best.sort_unstable();
        let at = |share: f64| best[((questions - 1) as f64 * share) as usize];
        let mean = best.iter().sum::<Duration>() / questions as u32;
        println!(
            "{size:>8} {name:<36} p50 {:>9.1?} p95 {:>9.1?} p99 {:>9.1?} max {:>9.1?} mean {mean:>9.1?}",
            at(0.5),
            at(0.95),
            at(0.99),
            at(1.0)
        );
    }
    for size in sizes() {
        let subject = subject(size);
        let mut index = subject.index.lock().unwrap();
        for (name, kind) in KINDS {
            let (filters, deep) = (filters(subject, kind, 1_000), deep(&index, kind));
            let mut totals = 0;
            spread(size, name, filters.len(), |_, number| {
                let query = Query {
                    filter: &filters[number],
                    limit: 21,
                    after: deep.as_ref(),
                    facets: kind != Kind::Deep,
                };
                totals += black_box(index.find(&query)).total;
            });
            println!("{:>45} {} matches on average", "", totals / 5 / 1_000);
        }
        let mut random = Random(5);
        let typed: Vec<_> = (0..1_000).map(|_| subject.catalogue.beginning(&mut random)).collect();
        spread(size, "suggest", typed.len(), |_, number| {
            black_box(index.suggest(&typed[number], 10));
        });
        // The same product gets other contents in every round.
        let changed: Vec<Vec<_>> = (0..5)
            .map(|round| (0..1_000).map(|n| subject.catalogue.other(n * 17, round)).collect())
            .collect();
        spread(size, "analyse and put", 1_000, |round, number| {
            index.put(Analysed::new(changed[round][number].clone()), 1);
        });
    }
}

fn main() {
    if std::env::var_os("OCOP_BENCH_PERCENTILES").is_some() {
        return percentiles();
    }
    divan::main();
}
