//! Links to papers, and the log of who has opened them.

use super::document::{DocumentId, one_line};
use crate::accounts::UserId;
use crate::clients::ClientId;
use crate::db::Instant;
use crate::say::Invalid;
use serde::{Deserialize, Serialize};

crate::id_type!(
    /// The id of a link to a paper.
    ShareId
);

crate::id_type!(
    /// The id of an entry of the log of openings.
    AccessId
);

/// For whom or what a link is, in the producer's words: 1 to 200 characters.
#[derive(Clone, PartialEq, Eq, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub struct SharePurpose(String);

impl SharePurpose {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        one_line(text, 200).map(Self)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

crate::text_column!(personal SharePurpose, |text: &str| Some(SharePurpose(text.to_owned())));
crate::string_schema!(SharePurpose, "share-purpose", "Phòng thu mua siêu thị Ví Dụ");
crate::parsed_input!(SharePurpose);

crate::whole_number! {
    /// For how many days a link is good.
    #[derive(Serialize, Deserialize)]
    #[serde(transparent)]
    pub struct ShareDays: 1..=90, "Số ngày là số nguyên", "A number of days is a whole number"
}

crate::whole_number! {
    /// How often a link may be opened.
    #[derive(Serialize, Deserialize)]
    #[serde(transparent)]
    pub struct Openings: 1..=1_000, "Số lần mở là số nguyên", "A number of openings is a whole number"
}

crate::text_enum! {
    /// Is a link good?
    pub enum ShareState {
        Open = "open",
        Expired = "expired",
        /// The producer has taken it back
        Revoked = "revoked",
        /// It was opened as often as it may be
        UsedUp = "used_up",
    }
}

/// A link to a paper. Its token is not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    pub id: ShareId,
    pub document: DocumentId,
    pub purpose: SharePurpose,
    pub made_at: Instant,
    pub expires_at: Instant,
    pub most_openings: Option<i64>,
    pub openings: i64,
    pub revoked_at: Option<Instant>,
}

impl Share {
    pub fn state(&self, now: Instant) -> ShareState {
        if self.revoked_at.is_some() {
            ShareState::Revoked
        } else if self.most_openings.is_some_and(|most| self.openings >= most) {
            ShareState::UsedUp
        } else if self.expires_at <= now {
            ShareState::Expired
        } else {
            ShareState::Open
        }
    }
}

/// A link to be made.
#[derive(Debug, Clone)]
pub struct NewShare {
    pub days: ShareDays,
    pub purpose: SharePurpose,
    pub most_openings: Option<Openings>,
}

crate::text_enum! {
    /// How a paper was opened.
    pub enum Via {
        /// As a public paper of a product of the catalogue
        Public = "public",
        /// By a link of the producer
        Share = "share",
        /// By an officer of the province, or an administrator
        Office = "office",
    }
}

/// An opening of a paper by somebody outside the producer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    pub id: AccessId,
    pub at: Instant,
    pub via: Via,
    /// By which link, and what it is for.
    pub share: Option<(ShareId, SharePurpose)>,
    /// Who had signed in.
    pub user: Option<UserId>,
    pub client: Option<ClientId>,
}
