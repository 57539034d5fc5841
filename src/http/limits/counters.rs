//! What has been used of each budget, in a bounded table.

use governor::nanos::Nanos;
use governor::state::StateStore;
use governor::state::keyed::ShrinkableKeyedStateStore;
use sha2::{Digest, Sha256};
use std::net::IpAddr;
use std::num::NonZeroU64;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Whose budget: an address, an account, a machine client. A number, so that counting allocates nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Budget(u128);

impl Budget {
    pub fn numbered(number: u128) -> Self {
        Self(number)
    }

    /// Of an address. Whoever has one IPv6 address has at least a /64 of them (RFC 6177): they count as one.
    pub fn of_address(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => Self(u128::from(v4.to_ipv6_mapped())),
            IpAddr::V6(v6) => Self(u128::from(v6) >> 64 << 64),
        }
    }

    /// Of what is named by a text: an address, or anything else.
    pub fn of(name: &str) -> Self {
        name.parse().map(Self::of_address).unwrap_or_else(|_| {
            let digest = Sha256::digest(name.as_bytes());
            Self(u128::from_be_bytes(digest.first_chunk::<16>().copied().unwrap_or_default()))
        })
    }
}

/// Budgets that are kept apart. Somebody with very many addresses could fill the memory otherwise; whoever comes when all
/// are in use shares one of [`SHARED`] with others until the table has been swept.
const MOST: usize = 100_000;
const SHARED: usize = 1_024;

/// The state of each budget as governor writes it: 0 if it has none.
pub struct Counters {
    own: papaya::HashMap<u128, AtomicU64, foldhash::fast::RandomState>,
    shared: Vec<AtomicU64>,
    crowded: AtomicBool,
    most: usize,
}

impl Default for Counters {
    fn default() -> Self {
        Self::of_at_most(MOST)
    }
}

impl Counters {
    pub fn of_at_most(most: usize) -> Self {
        Self {
            own: papaya::HashMap::default(),
            shared: (0..SHARED).map(|_| AtomicU64::new(0)).collect(),
            crowded: AtomicBool::new(false),
            most,
        }
    }

    /// Has somebody had to share since the last sweep?
    pub fn is_crowded(&self) -> bool {
        self.crowded.load(Ordering::Relaxed)
    }

    fn shared(&self, key: u128) -> Option<&AtomicU64> {
        let folded = (key ^ (key >> 64)) as u64;
        let mixed = folded.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
        self.shared.get(usize::try_from(mixed).unwrap_or_default() % SHARED)
    }
}

fn replace<T, E>(state: &AtomicU64, f: impl Fn(Option<Nanos>) -> Result<(T, Nanos), E>) -> Result<T, E> {
    let mut known = state.load(Ordering::Acquire);
    loop {
        let (outcome, next) = f(NonZeroU64::new(known).map(|nanos| nanos.get().into()))?;
        match state.compare_exchange_weak(known, next.into(), Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => return Ok(outcome),
            Err(other) => known = other,
        }
    }
}

/// Shared, so that the limiter that owns it and whoever looks whether it is crowded see the same.
#[derive(Clone)]
pub struct Table(pub std::sync::Arc<Counters>);

impl StateStore for Table {
    type Key = Budget;

    fn measure_and_replace<T, F, E>(&self, budget: &Budget, f: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let counters = &*self.0;
        let own = counters.own.pin();
        if let Some(state) = own.get(&budget.0) {
            return replace(state, f);
        }
        if own.len() < counters.most {
            return replace(own.get_or_insert_with(budget.0, AtomicU64::default), f);
        }
        counters.crowded.store(true, Ordering::Relaxed);
        match counters.shared(budget.0) {
            Some(state) => replace(state, f),
            None => f(None).map(|(outcome, _)| outcome),
        }
    }
}

impl ShrinkableKeyedStateStore<Budget> for Table {
    fn retain_recent(&self, drop_below: Nanos) {
        let recent = |state: &AtomicU64| state.load(Ordering::Acquire) >= drop_below.as_u64();
        self.0.own.pin().retain(|_, state| recent(state));
        self.0.crowded.store(false, Ordering::Relaxed);
    }

    fn len(&self) -> usize {
        self.0.own.len()
    }

    fn is_empty(&self) -> bool {
        self.0.own.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Budget {
        Budget::of(text)
    }

    #[test]
    fn addresses_count_by_what_one_party_has() {
        assert_eq!(of("203.0.113.7"), of("::ffff:203.0.113.7"));
        assert_ne!(of("203.0.113.7"), of("203.0.113.8"));
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff:ffff:ffff:ffff"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_ne!(of("lan@example.vn"), of("lan@example.com"));
    }

    #[test]
    fn a_full_table_is_shared_and_swept() {
        let table = Table(std::sync::Arc::new(Counters::of_at_most(10)));
        let count = |n: u128, at: u64| {
            let counted: Result<(), ()> =
                table.measure_and_replace(&Budget::numbered(n), |_| Ok(((), Nanos::from(at))));
            counted.expect("counted");
        };
        for n in 0..10 {
            count(n, 100);
        }
        assert!(!table.0.is_crowded());
        for n in 10..5_000 {
            count(n, 200);
        }
        assert_eq!(table.len(), 10);
        assert!(table.0.is_crowded());
        count(3, 300);
        table.retain_recent(Nanos::from(250));
        assert_eq!(table.len(), 1);
        assert!(!table.0.is_crowded());
    }
}
