//! What people ask about their data, and by when the law wants it done.
//!
//! Decree 356/2025/NĐ-CP: an answer within **2 working days**; done within **15 days**, or **20** where somebody else must stop
//! too: here the producers to whom an enquiry's contact was passed on; and **one** extension of at most **15 days**.

use super::DataRequestId;
use crate::accounts::{UserId, UserLanguage};
use crate::calendar;
use crate::db::{Day, Instant};
use crate::input::measured;
use crate::say;
use crate::say::Invalid;

crate::text_enum! {
    /// What a person may ask about its data.
    pub enum DataRequestKind {
        /// To know what is held
        Access = "access",
        /// To have it corrected
        Rectification = "rectification",
        /// To have it erased
        Erasure = "erasure",
        /// That it be used for less
        Restriction = "restriction",
        /// That it not be used in a certain way
        Objection = "objection",
        /// To take a consent back
        ConsentWithdrawal = "consent_withdrawal",
    }
}

impl DataRequestKind {
    /// Must those to whom data were passed on stop too?
    pub fn concerns_others(self) -> bool {
        matches!(self, Self::Erasure | Self::Restriction | Self::Objection | Self::ConsentWithdrawal)
    }

    /// May contacts be erased on the strength of it?
    pub fn allows_erasure(self) -> bool {
        matches!(self, Self::Erasure | Self::Objection | Self::ConsentWithdrawal)
    }

    /// In words, for letters.
    pub fn in_words(self, language: UserLanguage) -> &'static str {
        let (vi, en) = match self {
            Self::Access => ("xem dữ liệu", "access"),
            Self::Rectification => ("sửa dữ liệu", "rectification"),
            Self::Erasure => ("xóa dữ liệu", "erasure"),
            Self::Restriction => ("hạn chế xử lý dữ liệu", "restriction"),
            Self::Objection => ("phản đối xử lý dữ liệu", "objection"),
            Self::ConsentWithdrawal => ("rút lại sự đồng ý", "withdrawal of consent"),
        };
        match language {
            UserLanguage::Vi => vi,
            UserLanguage::En => en,
        }
    }
}

crate::text_enum! {
    /// How far a request has come.
    pub enum DataRequestState {
        /// The address has not been shown to be the sender's
        Unconfirmed = "unconfirmed",
        /// It waits for an answer
        Received = "received",
        /// Answered, and not yet done
        Answered = "answered",
        Completed = "completed",
        /// Refused, with the reason as its answer
        Refused = "refused",
    }
}

impl DataRequestState {
    /// Does it wait for us?
    pub fn is_open(self) -> bool {
        matches!(self, Self::Received | Self::Answered)
    }
}

crate::text_enum! {
    /// What an answer makes of a request.
    pub enum Answer {
        /// Answered; what is to be done is still to be done
        Answered = "answered",
        Completed = "completed",
        Refused = "refused",
    }
}

impl Answer {
    pub fn state(self) -> DataRequestState {
        match self {
            Self::Answered => DataRequestState::Answered,
            Self::Completed => DataRequestState::Completed,
            Self::Refused => DataRequestState::Refused,
        }
    }
}

/// A text for the person who asks or who answers: 1 to 4000 characters.
#[derive(Clone, PartialEq, Eq)]
pub struct DataRequestAnswer(String);

impl DataRequestAnswer {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        measured(text.trim(), 4000, |c| matches!(c, '\n' | '\t')).map(|text| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// May hold personal data: never in a log.
impl std::fmt::Debug for DataRequestAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DataRequestAnswer(…)")
    }
}

crate::string_schema!(
    DataRequestAnswer,
    "text",
    "Chúng tôi đã xóa thông tin liên hệ trong các yêu cầu của bạn."
);
crate::parsed_input!(DataRequestAnswer);

/// By how much a term is extended: 1 to 15 days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExtensionDays(i64);

impl ExtensionDays {
    pub const MOST: Self = Self(15);

    pub fn parse(number: i64) -> Result<Self, Invalid> {
        let most = Self::MOST.0;
        (1..=most).contains(&number).then_some(Self(number)).ok_or_else(|| {
            Invalid::new(
                "out_of_range",
                say!("Cần số nguyên từ 1 đến {most}.", "Expected a whole number from 1 to {most}."),
            )
        })
    }

    pub fn days(self) -> i64 {
        self.0
    }
}

/// The law's terms for one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueDates {
    /// Last local day for an answer.
    pub answer: Day,
    /// Last local day for what was asked to be done.
    pub complete: Day,
}

impl DueDates {
    const ANSWER_WORKING_DAYS: u16 = 2;
    const COMPLETE_DAYS: i64 = 15;
    const COMPLETE_DAYS_WITH_OTHERS: i64 = 20;

    /// Of a request received on `day`. `others`: somebody else must stop too.
    pub fn of(day: Day, others: bool) -> Self {
        let days = if others { Self::COMPLETE_DAYS_WITH_OTHERS } else { Self::COMPLETE_DAYS };
        Self {
            answer: calendar::plus_working_days(day, Self::ANSWER_WORKING_DAYS),
            complete: day.plus_days(days),
        }
    }
}

/// A request as those who handle it see it.
#[derive(Clone, PartialEq, Eq)]
pub struct DataRequest {
    pub id: DataRequestId,
    pub kind: DataRequestKind,
    pub user: Option<UserId>,
    pub email: Option<String>,
    pub email_key: Option<String>,
    pub message: Option<String>,
    pub language: UserLanguage,
    pub state: DataRequestState,
    pub received_at: Instant,
    pub due: DueDates,
    pub extended: bool,
    pub extension_reason: Option<String>,
    pub answered_at: Option<Instant>,
    pub completed_at: Option<Instant>,
    pub handled_by: Option<UserId>,
    pub answer: Option<String>,
}

impl DataRequest {
    /// Has a term passed without what was due?
    pub fn is_overdue(&self, today: Day) -> bool {
        self.state.is_open()
            && (self.due.complete < today || (self.answered_at.is_none() && self.due.answer < today))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_the_laws() {
        let friday = Day::constant(2026, 11, 27);
        let alone = DueDates::of(friday, false);
        assert_eq!((alone.answer, alone.complete), (Day::constant(2026, 12, 1), Day::constant(2026, 12, 12)));
        assert_eq!(DueDates::of(friday, true).complete, Day::constant(2026, 12, 17));
        assert!(ExtensionDays::parse(15).is_ok() && ExtensionDays::parse(16).is_err());
        assert!(ExtensionDays::parse(0).is_err());
    }
}
