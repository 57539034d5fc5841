//! What needs an officer's agreement: handed in by the producer, decided on by the office.
//!
//! A **submission** is the draft as it was when it was handed in, with what each field was before; it never changes, and one
//! waits at a time. The draft may be worked on meanwhile: what is decided is what was handed in.
//!
//! An officer of the province **approves** it, but for fields refused by name; or **refuses** it; or **asks** for something
//! first. What is approved is put on top of what buyers see by then: fields that nobody handed in stay as they are. What is
//! not approved stays in the draft, to be mended and handed in again.
//!
//! Nobody decides in a case of one's own: an officer who belongs to the producer, acts for it or has handed it in, does not
//! review it.

mod deciding;
mod letters;
mod submitting;

pub use deciding::{NewReview, decide, open_to_decide};
pub use submitting::{find, list, list_of_office, submit, take_back};
