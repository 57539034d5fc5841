//! What the service takes from the world around it, injected so that tests can hold it still: the time, chance, and where the names
//! of other machines lead.

use crate::db::columns::Key;
use crate::db::{Day, Instant};
use std::cell::RefCell;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

pub trait Clock: Send + Sync {
    fn now(&self) -> Instant;
}

pub trait Entropy: Send + Sync {
    fn fill(&self, bytes: &mut [u8]);
}

/// Addresses to come.
pub type Resolving = Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send>>;

/// Where the names of other machines lead.
pub trait Network: Send + Sync {
    /// The addresses of a host, with the port to speak to.
    fn resolve(&self, host: &str, port: u16) -> Resolving;

    /// May this address be spoken to although it is no public one? Only tests have such.
    fn is_excepted(&self, _: SocketAddr) -> bool {
        false
    }
}

/// A handle on clock, entropy and network; cheap to clone.
#[derive(Clone)]
pub struct World {
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    network: Arc<dyn Network>,
}

impl World {
    pub fn new(clock: impl Clock + 'static, entropy: impl Entropy + 'static) -> Self {
        Self { clock: Arc::new(clock), entropy: Arc::new(entropy), network: Arc::new(SystemNetwork) }
    }

    /// The same with other names for other machines.
    pub fn with_network(self, network: Arc<dyn Network>) -> Self {
        Self { network, ..self }
    }

    pub fn network(&self) -> &dyn Network {
        &*self.network
    }

    /// The machine's clock and the operating system's random numbers.
    pub fn real() -> Self {
        Self::new(SystemClock, SystemEntropy)
    }

    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Today in Asia/Ho_Chi_Minh.
    pub fn today(&self) -> Day {
        self.now().local_day()
    }

    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.entropy.fill(&mut bytes);
        bytes
    }

    /// A new UUIDv7 as whichever id is asked for.
    pub fn id<T: From<Key>>(&self) -> T {
        Key::new(self.now(), self.bytes()).into()
    }
}

struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    fn now(&self) -> Instant {
        Instant::from_micros(jiff::Timestamp::now().as_microsecond())
    }
}

struct SystemNetwork;

impl Network for SystemNetwork {
    fn resolve(&self, host: &str, port: u16) -> Resolving {
        let host = host.to_owned();
        Box::pin(async move { Ok(tokio::net::lookup_host((host, port)).await?.collect()) })
    }
}

struct SystemEntropy;

/// Bytes fetched from the operating system at once.
const POOL: usize = 512;
/// The longest wish that is met from the pool: ids and printed codes. Secrets are longer and come straight from the
/// system.
const SMALL: usize = 16;

/// Random bytes in store, of each thread its own: every request needs an id, and a system call for each costs more than
/// all else of it. What was given away is wiped.
struct Pool {
    bytes: [u8; POOL],
    used: usize,
}

thread_local! {
    static STORE: RefCell<Pool> = const { RefCell::new(Pool { bytes: [0; POOL], used: POOL }) };
}

impl Pool {
    fn fill(&mut self, wanted: &mut [u8]) {
        if POOL - self.used < wanted.len() {
            ask_system(&mut self.bytes);
            self.used = 0;
        }
        for (to, from) in wanted.iter_mut().zip(self.bytes.iter_mut().skip(self.used)) {
            *to = std::mem::take(from);
        }
        self.used += wanted.len();
    }
}

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        let small = bytes.len() <= SMALL;
        if !small || STORE.try_with(|store| store.borrow_mut().fill(bytes)).is_err() {
            ask_system(bytes);
        }
    }
}

fn ask_system(bytes: &mut [u8]) {
    if let Err(error) = getrandom::fill(bytes) {
        // Without randomness neither ids nor secrets are safe: better no service than a guessable one.
        tracing::error!(%error, "the operating system gives no random numbers");
        std::process::abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn bytes_from_the_store_never_repeat() {
        let world = World::real();
        let of_thread = || -> Vec<[u8; 10]> { (0..1000).map(|_| world.bytes()).collect() };
        let (here, there) = std::thread::scope(|scope| {
            let there = scope.spawn(of_thread);
            (of_thread(), there.join().expect("a thread's bytes"))
        });
        let all: HashSet<_> = here.into_iter().chain(there).collect();
        assert_eq!(all.len(), 2000);
        assert!(world.bytes::<64>().iter().any(|byte| *byte != 0));
    }
}
