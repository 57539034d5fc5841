//! Personal data: what people agree to, what is held about them, how they get it, how it is forgotten (Law 91/2025/QH15,
//! Decree 356/2025/NĐ-CP; the register is docs/PRIVACY.md).
//!
//! * **Consents** ([`give`], [`withdraw`]): one purpose, one published text, one record each, kept as proof.
//! * **Export** ([`export_account`]): all that is held about an account, in one document.
//! * **Erasure** ([`erase_account`], [`erase_contacts`]): what identifies a person is replaced by a pseudonym made of
//!   random bits, from which nobody finds back. What the ledger, the audit log and the leads' counts need stays: ids, acts,
//!   instants. Producers who have got a contact are told by letter to stop using it.
//! * **Requests** ([`requests`]): what people ask for who have no account, or do not want to do it by themselves, with the
//!   law's terms in working days of [`calendar`](crate::calendar).
//! * **Retention** ([`retain`]): a job that forgets what has been kept as long as the table of [`RETENTION_RULES`] says.

mod erasure;
mod export;
pub mod http;
mod model;
pub mod redact;
pub mod requests;
mod retention;
mod store;

pub use erasure::{ErasedAddress, erase_account, erase_contacts, tell_producer, withdraw};
pub use export::{export_account, export_address, record_export};
pub use model::*;
pub use retention::{Retained, retain};
pub use store::{AccountExport, AddressExport, RequestFilter};

use crate::accounts::{AccountError, UserId};
use crate::audit::{self, Action, Agent, Event};
use crate::db::{Conn, Failure, Instant};
use crate::leads::EnquiryId;
use crate::organisations::OrganisationId;
use crate::world::World;
use diesel::QueryResult;
use serde::Serialize;
use utoipa::ToSchema;

/// What can stand in the way of a use case.
#[derive(Debug, thiserror::Error)]
pub enum PrivacyError {
    #[error("no such thing")]
    NotFound,
    #[error("there is no such text for this purpose")]
    UnknownText(ConsentPurpose),
    /// Consents for this purpose are given in another way.
    #[error("this consent is given with each enquiry")]
    GivenWithEnquiries,
    #[error("the account rests on this consent")]
    AccountNeedsIt,
    #[error(transparent)]
    Account(#[from] AccountError),
    #[error("other members would be left without an owner")]
    LastOwner(Vec<OrganisationId>),
    #[error("the installation would be left without an administrator")]
    LastAdmin,
    #[error("exported too often; again after {0} seconds")]
    TooOften(i64),
    #[error("asked too often; again after {0} seconds")]
    AskedTooOften(i64),
    #[error("the token is unknown, used or has run out")]
    InvalidLink,
    #[error("the request has ended")]
    AlreadyDecided,
    #[error("the term was extended before")]
    AlreadyExtended,
    #[error("the address has not been confirmed")]
    Unconfirmed,
    #[error("a request of this kind does not ask for that")]
    NotAskedFor,
    #[error("who asked has been forgotten")]
    Forgotten,
    #[error(transparent)]
    Db(Failure),
}

crate::db_errors!(PrivacyError);

/// A consent as its giver sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Consent {
    pub purpose: ConsentPurpose,
    /// Read it at `/v1/consent-texts/{version}` with the purpose.
    #[schema(example = "2026-11")]
    pub text_version: String,
    pub channel: ConsentChannel,
    pub given_at: Instant,
    pub withdrawn_at: Option<Instant>,
    /// The enquiry it was given with.
    pub enquiry_id: Option<EnquiryId>,
}

/// A user's agreement to a published text.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    pub user: UserId,
    pub purpose: ConsentPurpose,
    pub version: &'a str,
    pub channel: ConsentChannel,
    pub at: Instant,
}

/// Records an agreement. Agreed to before and not withdrawn, it changes nothing.
pub fn give(conn: &mut Conn, world: &World, by: &Agent, given: Given) -> Result<(), PrivacyError> {
    let Given { user, purpose, version, channel, at } = given;
    if purpose == ConsentPurpose::LeadContact {
        return Err(PrivacyError::GivenWithEnquiries);
    }
    let text = ConsentText::find(purpose, version).ok_or(PrivacyError::UnknownText(purpose))?;
    if store::has_consent(conn, user, purpose, text.version)? {
        return Ok(());
    }
    store::insert_consent(conn, world.id(), user, purpose, text.version, channel, at)?;
    let given = Event::of_user(Action::ConsentGiven, user)
        .with("purpose", purpose)
        .with("text_version", text.version)
        .with("channel", channel);
    Ok(audit::record(conn, world, by, given)?)
}

/// All consents of a user, oldest first.
pub fn consents(conn: &mut Conn, user: UserId) -> QueryResult<Vec<Consent>> {
    store::consents_of(conn, user)
}
