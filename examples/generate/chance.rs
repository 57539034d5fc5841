//! Chance that can be repeated, and the skews of real life made of it.

use ocop_market::db::{Day, Instant};
use ocop_market::world::{Clock, Entropy, World};
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

/// `SplitMix64`: small, fast, and good enough for made-up products.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// 0 to 1, without 1.
    pub fn part(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// 0 to `n - 1`.
    pub fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next()) * n as u128) >> 64) as usize
    }

    pub fn between(&mut self, least: i64, most: i64) -> i64 {
        least + self.below((most - least + 1) as usize) as i64
    }

    pub fn percent(&mut self, percent: f64) -> bool {
        self.part() * 100.0 < percent
    }

    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// Standard normal (Box–Muller).
    pub fn normal(&mut self) -> f64 {
        let (u, v) = (1.0 - self.part(), self.part());
        (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
    }

    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = self.below(last + 1);
            items.swap(last, other);
        }
    }
}

/// Draws places of a list, each as often as its weight says.
pub struct Weighted(Vec<f64>);

impl Weighted {
    pub fn new(weights: impl IntoIterator<Item = f64>) -> Self {
        let mut sum = 0.0;
        let sums = weights.into_iter().map(|weight| {
            sum += weight;
            sum
        });
        Self(sums.collect())
    }

    /// Zipf's law: the place `n` of the list is `1 / n^exponent` as frequent as the first.
    pub fn zipf(length: usize, exponent: f64) -> Self {
        Self::new((1..=length).map(|place| (place as f64).powf(-exponent)))
    }

    pub fn draw(&self, dice: &mut Dice) -> usize {
        let sum = self.0.last().copied().unwrap_or_default();
        let at = dice.part() * sum;
        self.0.partition_point(|upto| *upto <= at).min(self.0.len() - 1)
    }
}

/// Days over which the rows are recorded, up to the eve of the day given.
const SPAN_DAYS: i64 = 400;

/// A clock that every question advances a little, so that ids grow through the last year, and seeded randomness.
pub fn world(seed: u64, today: Day, products: usize) -> World {
    struct Pace {
        now: AtomicI64,
        step: i64,
    }
    impl Clock for Pace {
        fn now(&self) -> Instant {
            Instant::from_micros(self.now.fetch_add(self.step, Ordering::Relaxed))
        }
    }
    struct Seeded(Mutex<Dice>);
    impl Entropy for Seeded {
        fn fill(&self, bytes: &mut [u8]) {
            let mut dice = self.0.lock().expect("one thread");
            for chunk in bytes.chunks_mut(8) {
                chunk.copy_from_slice(&dice.next().to_le_bytes()[..chunk.len()]);
            }
        }
    }
    // A product asks some eight times.
    let step = (SPAN_DAYS * 86_400_000_000 / (products as i64 * 10).max(1)).max(1);
    let first = today.plus_days(-SPAN_DAYS).start().micros();
    World::new(Pace { now: AtomicI64::new(first), step }, Seeded(Mutex::new(Dice::new(seed ^ 0x0c0b_ca7a))))
}
