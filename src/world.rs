//! What the service takes from the world around it, injected so that tests can hold it still: the time and chance.

use crate::db::columns::Key;
use crate::db::{Day, Instant};
use std::sync::Arc;

pub trait Clock: Send + Sync {
    fn now(&self) -> Instant;
}

pub trait Entropy: Send + Sync {
    fn fill(&self, bytes: &mut [u8]);
}

/// A handle on clock and entropy; cheap to clone.
#[derive(Clone)]
pub struct World {
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl World {
    pub fn new(clock: impl Clock + 'static, entropy: impl Entropy + 'static) -> Self {
        Self { clock: Arc::new(clock), entropy: Arc::new(entropy) }
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

struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        if let Err(error) = getrandom::fill(bytes) {
            // Without randomness neither ids nor secrets are safe: better no service than a guessable one.
            tracing::error!(%error, "the operating system gives no random numbers");
            std::process::abort();
        }
    }
}
