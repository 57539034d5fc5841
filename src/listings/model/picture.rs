//! Pictures of a listing: which stored image, what it shows, and who may use it for what.

use super::{AltText, Label};
use crate::input::Faults;
use crate::media::ImageId;
use deserr::Deserr;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

crate::text_enum! {
    /// What others may do with a picture.
    pub enum Licence {
        /// Show it where the product is offered or written about, as long as it is in the catalogue
        TradeUse = "trade_use",
        /// Creative Commons Attribution 4.0
        CcBy = "cc_by",
        /// Creative Commons Attribution-ShareAlike 4.0
        CcBySa = "cc_by_sa",
        /// No rights reserved
        Cc0 = "cc0",
    }
}

/// A picture of the product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct Picture {
    /// A stored image; the first one is the product's face.
    pub image_id: ImageId,
    pub alt: AltText,
    pub licence: Licence,
    /// Whom to name beside it.
    #[deserr(default)]
    #[serde(default)]
    pub credit: Option<Label>,
}
