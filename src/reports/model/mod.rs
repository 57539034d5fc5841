//! What a report is made of.
//!
//! * [`by`]: what the rows tell apart;
//! * [`tally`]: the figures of a row, counted lead by lead;
//! * [`credit`]: whose an agreement's value is, to the đồng;
//! * [`disclosure`]: what of a table of counts everybody may read.

pub mod by;
pub mod credit;
pub mod disclosure;
pub mod tally;

pub use by::{Period, ReportBy, RowKey, Scheme};
pub use credit::Crediting;
pub use disclosure::{Disclosed, THRESHOLD, disclosed};
pub use tally::{COUNTS, Counts, Stays, Tally};
