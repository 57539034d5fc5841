//! SQL of the accounts.

mod sessions;
mod users;

pub use sessions::*;
pub use users::*;
