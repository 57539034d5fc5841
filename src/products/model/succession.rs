//! Products that another has taken the place of.

use super::ProductId;
use crate::db::Instant;

crate::text_enum! {
    /// Why one product has taken the place of another.
    pub enum SuccessionKind {
        /// The same product was recorded twice
        MergedInto = "merged_into",
        /// It was renewed under another name, or by another producer
        Superseded = "superseded",
    }
}

/// What has taken the place of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Succession {
    pub successor: ProductId,
    pub kind: SuccessionKind,
    pub recorded_at: Instant,
}
