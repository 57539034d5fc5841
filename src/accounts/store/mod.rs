//! SQL of the accounts.

mod second_factor;
mod sessions;
mod throttle;
mod users;

pub use second_factor::*;
pub use sessions::*;
pub use throttle::*;
pub use users::*;
