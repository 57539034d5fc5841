//! The contents a listing has had, one after the other.

use super::content::{Content, Field};
use crate::audit::Actor;
use crate::db::Instant;

crate::text_enum! {
    /// Why a listing got another content.
    pub enum CauseKind {
        /// Somebody who may has changed it, and nobody else had to agree
        Edited = "edited",
        /// An officer has agreed to what its producer handed in
        Reviewed = "reviewed",
        /// It was set back to an earlier version
        Restored = "restored",
        /// It came with others in a sheet
        Imported = "imported",
        /// What came in a sheet was taken back
        Undone = "undone",
    }
}

/// Why a listing got another content, with what that names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    Edited,
    /// By the id of the submission.
    Reviewed(String),
    /// By the number of the version it was set back to.
    Restored(i64),
    /// By the id of the set of changes.
    Imported(String),
    Undone(String),
}

impl Cause {
    pub fn kind(&self) -> CauseKind {
        match self {
            Self::Edited => CauseKind::Edited,
            Self::Reviewed(_) => CauseKind::Reviewed,
            Self::Restored(_) => CauseKind::Restored,
            Self::Imported(_) => CauseKind::Imported,
            Self::Undone(_) => CauseKind::Undone,
        }
    }

    /// As it is kept: its kind, and what it names.
    pub fn of_kept(kind: CauseKind, names: Option<String>) -> Self {
        let names = names.unwrap_or_default();
        match kind {
            CauseKind::Edited => Self::Edited,
            CauseKind::Reviewed => Self::Reviewed(names),
            CauseKind::Restored => Self::Restored(names.parse().unwrap_or_default()),
            CauseKind::Imported => Self::Imported(names),
            CauseKind::Undone => Self::Undone(names),
        }
    }

    /// What it names.
    pub fn names(&self) -> Option<String> {
        match self {
            Self::Edited => None,
            Self::Restored(version) => Some(version.to_string()),
            Self::Reviewed(id) | Self::Imported(id) | Self::Undone(id) => Some(id.clone()),
        }
    }
}

/// A content as it was made.
#[derive(Debug, Clone)]
pub struct Version {
    /// From 1 on, without gaps.
    pub number: i64,
    pub content: Content,
    /// In which it is unlike the one before.
    pub fields: Vec<Field>,
    pub cause: Cause,
    pub made_at: Instant,
    pub by: Actor,
}
