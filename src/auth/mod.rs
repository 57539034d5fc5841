//! Who is calling: tokens, passwords, and the extractors that handlers name as parameters.
//!
//! A caller signs in once (see [`accounts`](crate::accounts)) and holds two things. The **access token** is a JWT
//! (RFC 9068) that lasts 15 minutes; any gateway can check it with the public keys at `/.well-known/jwks.json`
//! ([`keys`], [`token`]). The **refresh token** is a random text that only the database knows how to recognise; it
//! gets the next access token and is replaced each time.
//!
//! Authorisation is the type of a parameter: a handler that takes [`Session`] cannot be reached without a sign-in,
//! one that takes [`Officer`] not without that office, and one that takes [`Scoped`] also by machine clients that have the
//! scope ([`extract`]). This service does not stop at the signature: it
//! asks the database whether session or client are still good, so that what has ended is refused at once.

pub mod caller;
pub mod extract;
pub mod keys;
pub mod password;
pub mod secret;
pub mod strength;
pub mod token;

pub use crate::accounts::model::{MemberRole, Membership, Role, Session, SessionId};
pub use caller::{Caller, Principal};
pub use extract::{
    LeadsRead, LeadsWrite, ListingsRead, ListingsWrite, MaybeScoped, Office, Officer, Scoped, origin_of,
    second_factor_required,
};
pub use keys::{KeyError, Keys};
pub use password::{Password, PasswordAttempt};
pub use secret::Secret;
