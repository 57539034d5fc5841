//! SQL of the members: one file for each of the four things.

mod delegations;
mod invitations;
mod members;
mod officers;

pub use delegations::*;
pub use invitations::*;
pub use members::*;
pub use officers::*;
