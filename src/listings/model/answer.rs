//! What a retailer says of a product.

use super::profile::ProfileCode;
use super::words::Shape;
use crate::db::{Day, Instant};
use crate::organisations::OrganisationId;
use crate::say::Invalid;

crate::text_enum! {
    /// How far a product has come with a retailer.
    pub enum AnswerState {
        /// The retailer looks at it
        InReview = "in_review",
        /// The retailer wants to sell it
        Accepted = "accepted",
        /// The retailer does not take it, for the reason told
        Rejected = "rejected",
        /// It is sold there
        Listed = "listed",
    }
}

impl AnswerState {
    /// What may be answered next; after `None`, first. What was turned down is looked at again before it is sold, and what is
    /// sold is not accepted anew.
    pub fn next(after: Option<Self>) -> &'static [Self] {
        match after {
            None | Some(Self::InReview | Self::Accepted) => Self::ALL,
            Some(Self::Rejected) => &[Self::InReview, Self::Accepted, Self::Rejected],
            Some(Self::Listed) => &[Self::InReview, Self::Rejected, Self::Listed],
        }
    }

    /// What it is called, in Vietnamese and in English.
    pub fn name(self) -> (&'static str, &'static str) {
        match self {
            Self::InReview => ("đang xem xét", "is looking at it"),
            Self::Accepted => ("chấp nhận", "accepts it"),
            Self::Rejected => ("từ chối", "does not take it"),
            Self::Listed => ("đã lên kệ", "sells it"),
        }
    }
}

crate::text_enum! {
    /// Why a retailer does not take a product.
    pub enum AnswerReason {
        Price = "price",
        /// Papers are missing or have run out
        Papers = "papers",
        /// Not enough of it, or not all the time
        Volume = "volume",
        Quality = "quality",
        /// Pack, label or bar code
        Packaging = "packaging",
        Delivery = "delivery",
        /// Nothing for its customers, or it has the like
        Assortment = "assortment",
        Other = "other",
    }
}

impl AnswerReason {
    /// What it is called, in Vietnamese and in English.
    pub fn name(self) -> (&'static str, &'static str) {
        match self {
            Self::Price => ("giá", "the price"),
            Self::Papers => ("giấy tờ", "papers"),
            Self::Volume => ("sản lượng", "the volume"),
            Self::Quality => ("chất lượng", "the quality"),
            Self::Packaging => ("bao bì, nhãn, mã vạch", "pack, label or bar code"),
            Self::Delivery => ("giao hàng", "delivery"),
            Self::Assortment => ("không hợp danh mục hàng", "it does not fit the assortment"),
            Self::Other => ("lý do khác", "something else"),
        }
    }
}

/// What the retailer adds: 1 to 2,000 characters, on as many lines as it needs.
#[derive(Clone, PartialEq, Eq, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub struct AnswerWords(String);

impl AnswerWords {
    pub const MOST: usize = 2000;

    pub fn parse(text: &str) -> Result<Self, Invalid> {
        Shape::Prose.read(text, Self::MOST).map(Self)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

crate::text_column!(personal AnswerWords, |text: &str| Some(AnswerWords(text.to_owned())));
crate::string_schema!(AnswerWords, "answer-words", "Xin bổ sung phiếu thử nghiệm trong 12 tháng gần nhất.");
crate::parsed_input!(AnswerWords);

/// What a retailer answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAnswer {
    pub state: AnswerState,
    /// With `rejected`, and then always.
    pub reason: Option<AnswerReason>,
    pub words: Option<AnswerWords>,
    /// With `listed`, and then always.
    pub listed_since: Option<Day>,
    /// The profile by which it looked.
    pub profile: Option<ProfileCode>,
}

/// An answer as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub organisation: OrganisationId,
    /// From 1 on, without gaps.
    pub number: i64,
    pub said: NewAnswer,
    pub answered_at: Instant,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_answered_can_be_said_again_and_taken_up_again() {
        assert_eq!(AnswerState::next(None), AnswerState::ALL);
        for state in AnswerState::ALL {
            let next = AnswerState::next(Some(*state));
            assert!(next.contains(state) && next.contains(&AnswerState::InReview), "{state:?}");
        }
        assert!(!AnswerState::next(Some(AnswerState::Rejected)).contains(&AnswerState::Listed));
        assert!(!AnswerState::next(Some(AnswerState::Listed)).contains(&AnswerState::Accepted));
    }
}
