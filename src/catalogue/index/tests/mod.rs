//! The index against the plainest implementation of the same rules, and the ranking rules by example.

mod catalogues;
mod naive;
mod properties;
mod ranking;
