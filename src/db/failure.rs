//! What can go wrong in the database, as the slices see it.

use super::Unavailable;
use diesel::result::{DatabaseErrorKind, Error};

/// A statement or a commit that failed. Slices wrap it in their own error (see [`db_errors!`](crate::db_errors)).
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    #[error(transparent)]
    Query(#[from] Error),
}

impl Failure {
    /// True if the same request may succeed later without any change: the database is away, busy or gave up a lock.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Unavailable(_) => true,
            Self::Query(Error::BrokenTransactionManager) => true,
            Self::Query(Error::DatabaseError(kind, info)) => {
                matches!(
                    kind,
                    DatabaseErrorKind::ClosedConnection
                        | DatabaseErrorKind::UnableToSendCommand
                        | DatabaseErrorKind::SerializationFailure
                        | DatabaseErrorKind::ReadOnlyTransaction
                ) || TEMPORARY.iter().any(|phrase| info.message().contains(phrase))
            }
            Self::Query(_) => false,
        }
    }
}

/// Conditions diesel reports only as `Unknown` with the engine's words.
const TEMPORARY: [&str; 8] = [
    "database is locked",
    "disk I/O error",
    "database or disk is full",
    "canceling statement due to",
    "terminating connection",
    "server closed the connection",
    "no connection to the server",
    "deadlock detected",
];

/// The name of the unique constraint that an error reports, if it is one.
///
/// PostgreSQL gives the constraint's name, SQLite the columns; [`UNIQUE`] joins the two.
pub fn violated_unique(error: &Error) -> Option<&'static str> {
    let Error::DatabaseError(DatabaseErrorKind::UniqueViolation, info) = error else {
        return None;
    };
    let columns = info.message().strip_prefix("UNIQUE constraint failed: ");
    UNIQUE
        .iter()
        .find(|(name, its_columns)| info.constraint_name() == Some(name) || columns == Some(its_columns))
        .map(|(name, _)| *name)
}

/// Unique constraints that input can break, with the columns SQLite names instead.
const UNIQUE: [(&str, &str); 6] = [
    ("organisations_tax_code_verified", "organisations.tax_code"),
    ("users_email_unique", "users.email_key"),
    ("enquiries_pk", "enquiries.id"),
    ("lead_events_pk", "lead_events.id"),
    ("products_code_unique", "products.code"),
    ("products_name_unique", "products.producer_id, products.name_key"),
];

/// `From<Failure>` and `From<diesel::result::Error>` for a slice's error with a variant `Db(Failure)`.
#[macro_export]
macro_rules! db_errors {
    ($error:ty) => {
        impl From<$crate::db::Failure> for $error {
            fn from(failure: $crate::db::Failure) -> Self {
                Self::Db(failure)
            }
        }
        impl From<diesel::result::Error> for $error {
            fn from(error: diesel::result::Error) -> Self {
                Self::Db($crate::db::Failure::Query(error))
            }
        }
    };
}
