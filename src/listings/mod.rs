//! Listings: what stands beside the certificate.
//!
//! That a product has stars, the [ledger](crate::certification) says. Its **listing** says what a buyer asks next: from
//! what price, in which months, with which other certificates (VietGAP, HACCP, organic, …). The producer keeps price and
//! season; a certificate counts because an officer of the province has seen it, so only officers record
//! [documents](Document). The id of a listing is the id of its product, and every product has one: as long as nothing
//! has been said, it is `published` and empty.
//!
//! A **withdrawal** takes the product out of the catalogue, whatever its certificate; restored, it is shown again as long
//! as the ledger lets it.

mod model;
mod store;

pub use model::*;
pub use store::{of_products, of_range};
