//! SQL of personal data. It sees the tables of all slices: what is held about a person is exported, erased and forgotten in
//! one place each, which can be read against the register in docs/PRIVACY.md.

mod answers;
mod consents;
mod contacts;
mod erasure;
mod funnel;
mod holdings;
mod media;
mod papers;
mod requests;
mod retention;
mod trade;

pub use answers::*;
pub use consents::*;
pub use contacts::*;
pub use erasure::*;
pub use funnel::*;
pub use holdings::*;
pub use media::*;
pub use papers::*;
pub use requests::*;
pub use retention::*;
pub use trade::*;
