//! Where the names of other machines lead in a test: nowhere, unless the test says so.

use ocop_market::world::{Network, Resolving};
use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

/// The names a test has given, and the addresses on this machine that may be spoken to.
#[derive(Clone, Default)]
pub struct Names(Arc<Mutex<Known>>);

#[derive(Default)]
struct Known {
    names: HashMap<String, Vec<SocketAddr>>,
    excepted: Vec<SocketAddr>,
    asked: Vec<String>,
}

impl Names {
    /// From now on the name leads there.
    pub fn lead(&self, name: &str, addresses: &[SocketAddr]) {
        self.0.lock().unwrap().names.insert(name.to_owned(), addresses.to_vec());
    }

    /// Lets this very address be spoken to, as if it were public.
    pub fn except(&self, address: SocketAddr) {
        self.0.lock().unwrap().excepted.push(address);
    }

    /// The names that were asked for so far.
    pub fn asked(&self) -> Vec<String> {
        self.0.lock().unwrap().asked.clone()
    }
}

impl Network for Names {
    fn resolve(&self, host: &str, _: u16) -> Resolving {
        let mut known = self.0.lock().unwrap();
        known.asked.push(host.to_owned());
        let found = known.names.get(host).cloned();
        Box::pin(async move { found.ok_or_else(|| io::Error::other("no such name")) })
    }

    fn is_excepted(&self, address: SocketAddr) -> bool {
        self.0.lock().unwrap().excepted.contains(&address)
    }
}
