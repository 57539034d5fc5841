//! The feed of changes: whoever follows it has the catalogue, byte for byte, and misses nothing.

mod breaks;
mod checking;
pub mod copy;
mod counting;
mod following;
mod histories;
mod instances;
mod outage;

use crate::harness::{Case, TestApp};
use crate::seed::{Certified, Seed};
use libtest_mimic::Trial;
use ocop_market::products::ProductId;

pub fn cases() -> Vec<Case> {
    [breaks::cases(), checking::cases(), counting::cases(), following::cases()]
        .into_iter()
        .flatten()
        .collect()
}

pub fn trials() -> Vec<Trial> {
    histories::trials().into_iter().chain(instances::trials()).chain(outage::trials()).collect()
}

/// So many products of one producer.
async fn some_products(app: &TestApp, count: usize) -> Vec<ProductId> {
    let mut seed = Seed::new(app);
    let maker = seed.maker("HTX Ví Dụ");
    let all = (0..count).map(|n| seed.certified(maker, &format!("Sản phẩm {n}"), &Certified::default()).id);
    let all = all.collect();
    seed.insert().await;
    all
}
