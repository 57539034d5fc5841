//! SQL of the accounts.

mod addressees;
mod registrations;
mod second_factor;
mod sessions;
mod throttle;
mod tokens;
mod users;

pub use addressees::*;
pub use registrations::*;
pub use second_factor::*;
pub use sessions::*;
pub use throttle::*;
pub use tokens::*;
pub use users::*;
