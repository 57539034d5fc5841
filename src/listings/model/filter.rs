//! What a list of listings is narrowed to.

use super::ListingStatus;
use crate::organisations::OrganisationId;

crate::text_enum! {
    /// Is somebody at work on a listing?
    pub enum ListingReview {
        /// An officer is to decide on what was handed in
        Waiting = "waiting",
        /// Its producer works on something that is not handed in
        Draft = "draft",
        /// Neither
        None = "none",
    }
}

impl ListingReview {
    pub fn of(drafted: bool, waiting: bool) -> Self {
        match (waiting, drafted) {
            (true, _) => Self::Waiting,
            (false, true) => Self::Draft,
            (false, false) => Self::None,
        }
    }
}

/// What a list of listings is narrowed to.
#[derive(Debug, Clone, Default)]
pub struct ListingFilter {
    pub producer: Option<OrganisationId>,
    pub status: Option<ListingStatus>,
    pub review: Option<ListingReview>,
}
