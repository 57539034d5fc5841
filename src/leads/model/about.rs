//! What leads can be told apart by: where they come from, whose they are, what they ask for, and who gets the credit for what
//! was signed. Lists are narrowed by it, and reports counted.

use super::{AttributionKind, LeadChannel};
use crate::certification::model::Stars;
use crate::organisations::EntityType;
use crate::reference::PlaceColumn;

/// One value, or what has none or several. A lead asks for goods of one group, of several, or of none that is known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Only<T> {
    Is(T),
    Several,
    Unknown,
}

impl<T: Ord + Clone> Only<T> {
    /// What distinct values come to.
    pub fn of(values: &[T]) -> Self {
        match values {
            [] => Self::Unknown,
            [one, rest @ ..] if rest.iter().all(|other| other == one) => Self::Is(one.clone()),
            _ => Self::Several,
        }
    }
}

/// What leads are narrowed to, beside the days and stages.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct About {
    /// The producer's place: a column, and the code in it; `None`: not known.
    pub places: Vec<(PlaceColumn, Option<String>)>,
    pub producer_type: Option<Option<EntityType>>,
    pub group: Option<Only<String>>,
    pub stars: Option<Only<Stars>>,
    pub channel: Option<LeadChannel>,
    /// Keys of the names; `None`: from no event, from no campaign.
    pub event: Option<Option<String>>,
    pub campaign: Option<Option<String>>,
    /// Is it one that goes on in another lead?
    pub merged: Option<bool>,
    /// With an agreement, in force, that is credited to this, at least in part; `None`: not in whole to anything of the kind.
    pub credited: Option<(AttributionKind, Option<String>)>,
}
