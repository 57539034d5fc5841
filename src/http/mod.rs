//! The HTTP vocabulary all slices share.
//!
//! * [`problem`]: errors as RFC 9457 documents with a stable `code`, in Vietnamese or English.
//! * [`accept`]: which of several media types a client wants.
//! * [`range`]: parts of long answers, to resume a download.
//! * [`extract`]: our own `Json`, `Query` and `Path`, which report every fault at once.
//! * [`reply`]: answers with ETag, conditional requests and paging links.
//! * [`page`]: opaque cursors and limits.
//! * [`idempotency`]: a repeated POST has one effect and one answer.
//! * [`limits`]: rate limits and their headers.
//! * [`ask`]: one GET to a service of ours, for the command line.
//! * [`compress`]: compression for those who ask for it.
//! * [`link_page`]: the pages that links in letters lead to.
//! * [`merge_patch`]: how a patch of parts of a resource is described.
//! * [`frame`]: the outermost middleware: request id, HEAD, problem documents, the canonical log line.

pub mod accept;
pub mod ask;
pub mod compress;
pub mod extract;
pub mod frame;
pub mod idempotency;
pub mod limits;
pub mod link_page;
pub mod merge_patch;
pub mod page;
pub mod problem;
pub mod range;
pub mod reply;

pub use extract::{Json, Path, Query};
pub use problem::{Code, Problem};
