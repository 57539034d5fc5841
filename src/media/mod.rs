//! Media: pictures that people upload, and what is made of them.

mod model;

pub use model::ImageId;
