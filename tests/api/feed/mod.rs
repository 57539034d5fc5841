//! The feed of changes: whoever follows it has the catalogue, byte for byte, and misses nothing.

mod breaks;
mod checking;
pub mod copy;
mod counting;
mod following;
mod histories;
mod instances;
mod outage;

use crate::harness::Case;
use libtest_mimic::Trial;

pub fn cases() -> Vec<Case> {
    [breaks::cases(), checking::cases(), counting::cases(), following::cases()]
        .into_iter()
        .flatten()
        .collect()
}

pub fn trials() -> Vec<Trial> {
    histories::trials().into_iter().chain(instances::trials()).chain(outage::trials()).collect()
}
