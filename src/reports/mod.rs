//! Reports: what came of the leads, so that an office can say and prove it.
//!
//! A report is about the leads that **arrived** in a period and what has become of them by the moment it is made (`as_of`): how
//! many were answered and in time, quoted, signed, for how much, how long they stood where. It counts exactly the leads that
//! `GET /v1/leads` lists for whoever asks, and every row leads there, so that each figure can be gone after. Its rows
//! ([`ReportBy`]) divide the leads: no lead stands in two.
//!
//! Nothing counts twice. Leads that were merged are one. What was recorded by mistake and voided does not count. The value of
//! an agreement is divided by the shares to which it is credited ([`model::credit`]), and the rows come to it to the đồng. A
//! memorandum's value and that of the contract which follows it are told apart and never added.
//!
//! Everybody reads counts of whole years ([`model::disclosure`]): few tables that do not overlap, because what is kept back
//! in one table could be computed from another; nothing of the day that has not ended; none by events and campaigns, whose
//! names anybody types.

mod counting;
mod exporting;
pub mod http;
mod labels;
mod model;
mod sheet;

pub use counting::{Asked, Counted, Row, count};
pub use exporting::{Exported, page};
pub use labels::{Label, channel, label};
pub use model::*;
pub use sheet::{Evidence, Outlet, evidence};

use crate::db::Failure;
use crate::leads::LeadError;
use crate::organisations::OrganisationError;

/// What can stand in the way of a use case.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    #[error(transparent)]
    Organisation(#[from] OrganisationError),
    #[error(transparent)]
    Leads(#[from] LeadError),
    #[error(transparent)]
    Db(Failure),
}

crate::db_errors!(ReportError);
