//! Leads: what comes of a certified product once a buyer has seen it.
//!
//! A buyer sends one **enquiry** about one or more products, or somebody records it for a buyer who stands before them: an
//! organiser, an officer, the producer itself. It becomes one **lead** for each producer concerned: producers see their own
//! lead and nothing of each other. A lead stands at a [`LeadStage`]; who may move it where is the table in
//! [`model::stage`], what events lead where the one in [`model::event`]. Whatever happens is an event of its **timeline**,
//! which is only ever added to: what goes back on a mistake, a void agreement or an undone merger, is an event, too; and
//! where somebody's data are erased, words go, and not events.
//!
//! Who sees what follows from the **side** ([`LeadSide`]) on which somebody stands. A lead is there for the members of its
//! producer, for who sent it (the user, or the members of the client's organisation), for the organisation that recorded it,
//! and for the programme office of the producer's province; for everybody else it does not exist (404). All sides see the
//! stages, the reasons and that something happened. What a side notes it reads alone, and not even that it is there shows to
//! the others; but what the buyer notes, both parties read, and messages go from one party to the other. Prices are the
//! parties' own.
//!
//! Personal data: the buyer's contact is kept and passed on because its owner agreed to a published text, whose version
//! the enquiry keeps ([`model::consent`]). It is hidden until it is revealed, which is an event that both parties see.
//! Nothing of it is logged.
//!
//! Nothing gets lost: enquiry, leads, items, first events and the stored answer of the Idempotency-Key are one
//! transaction, acknowledged when it is durable. Two who move the same lead at once are put in order by a row lock.
//!
//! A use case begins with a lead as its caller may see it, a [`Known`], [`read`] or, to write, [`lock`]ed; it checks by the
//! tables, and ends in an event that it [`record`]s. What stands where, in the order in which a lead comes to it:
//!
//! | | |
//! |---|---|
//! | [`model`] | the words and the rules: stages and events, quantities and prices, terms, shares |
//! | [`access`] | whose leads are whose, and from which side; [`beside`]: what is told of them besides their rows |
//! | [`timeline`] | events, and what follows from them |
//! | [`intake`] | an enquiry arrives and is divided; who records it for a buyer, how well its sender is known |
//! | [`capture`] | what was recorded without a network is handed in later, in any order, and completed |
//! | [`mod@attachments`] | the files that belong to an enquiry |
//! | [`quotes`] | offers and counter-offers, and how those that an enquiry brought compare |
//! | [`contacts`] | the buyer's contact: asked for, agreed to, revealed, taken back |
//! | [`mod@agreements`] | what was signed, with its proof, and to whose work it is credited |
//! | [`merging`] | leads that may be the same, and those that have turned out to be |
//! | [`letters`] | what the people of a lead are written, the links in it, and who wants none |
//! | [`selection`], [`survey`] | which leads a list or a report means, and what has become of them |
//! | [`store`], [`http`] | all SQL; all requests and answers |

mod access;
mod agreements;
mod attachments;
mod beside;
mod capture;
mod contacts;
pub mod http;
mod intake;
pub mod letters;
mod merging;
mod model;
pub mod quotes;
mod selection;
mod store;
mod survey;
mod timeline;

pub use access::*;
pub use agreements::*;
pub use attachments::*;
pub use beside::{Beside, sees_prices};
pub use capture::*;
pub use contacts::*;
pub use http::Sending;
pub use intake::*;
pub use letters::{Errand, LeadLinkId, LeadLinkPurpose, NotificationKind};
pub use merging::*;
pub use model::*;
pub(crate) use selection::leads_query;
pub use selection::{
    CreditAsked, GroupAsked, NONE, OrNone, OrSeveral, SEVERAL, Selection, SourceAsked, UnitAsked, UnitSide,
    in_order,
};
pub use store::{AgreementRow, EnquiryRow, EventRow, Filter, InForce, Item, LeadRow, in_force, source_key};
pub use store::{Deal, Delivery, Met, Proof, deals, deliveries, met, proofs_of};
pub use survey::{facts, facts_of_producer};
pub use timeline::*;

use crate::db::{Conn, Failure};
use crate::files;
use crate::input::Faults;
use crate::organisations::OrganisationId;
use crate::say::Say;
use diesel::QueryResult;

/// What can stand in the way of a use case.
#[derive(Debug, thiserror::Error)]
pub enum LeadError {
    /// There is no such lead, or it is not the caller's to see.
    #[error("no such lead")]
    NotFound,
    /// The caller may read the lead but not write to it.
    #[error("this member may only read")]
    ReadOnly,
    /// Only somebody who has signed in may do this.
    #[error("sign-in is required")]
    SignInNeeded,
    /// An officer who has signed in by password alone.
    #[error("the second factor is required")]
    SecondFactorNeeded,
    /// The act is not the caller's.
    #[error("not the caller's: {}", .0.en)]
    Forbidden(Say),
    /// The content cannot be accepted as things are today.
    #[error("the content is invalid")]
    Invalid(Faults),
    /// Only the two parties exchange prices.
    #[error("not one of the parties")]
    NotAParty,
    #[error("not possible at {:?}", .0.from)]
    Illegal(Illegal),
    /// The token of a letter is unknown, used, or no good any more.
    #[error("this link is not good")]
    InvalidLink,
    /// The link in the letter is for something else.
    #[error("not by this link")]
    NotByThisLink,
    /// What was signed is recorded already.
    #[error("recorded already as {0}")]
    AlreadySigned(AgreementId),
    #[error("the lead has too many agreements")]
    TooManyAgreements,
    /// Whose side it is that does this, the tables tell; the caller's it is not.
    #[error("not for this side of the lead")]
    NotForThisSide,
    /// Only the side that recorded it, or the office, may do this.
    #[error("another side has recorded it")]
    OtherSide,
    #[error("the agreement is void")]
    AgreementVoid,
    #[error(transparent)]
    File(#[from] files::FileError),
    /// It contradicts how things are.
    #[error("not possible: {}", .0.en)]
    NotPossible(Say),
    /// The lead goes on in another.
    #[error("merged into {0}")]
    Merged(LeadId),
    /// The buyer has not agreed that this producer gets the contact.
    #[error("no consent")]
    NoConsent,
    #[error("asked before; again after {0} seconds")]
    AskedBefore(i64),
    #[error("{budget} contacts were revealed; again after {wait} seconds")]
    RevealedTooMany { budget: u32, wait: i64 },
    #[error(transparent)]
    Db(Failure),
}

crate::db_errors!(LeadError);

impl LeadError {
    /// The same of a part, with its faults where they stand in the whole.
    pub fn within(self, place: &[&str]) -> Self {
        match self {
            Self::Invalid(faults) => Self::Invalid(faults.within(place)),
            error => error,
        }
    }
}

/// Gives the leads of one producer to another that has turned out to be the same, unless it has its part of the
/// enquiry already.
pub fn hand_over(conn: &mut Conn, from: OrganisationId, to: OrganisationId) -> QueryResult<()> {
    store::hand_over(conn, from, to)
}
