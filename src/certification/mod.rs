pub mod http;
pub mod model;
mod store;

pub use store::{Entry, history};
