//! The database: one code base on two engines.
//!
//! * [`Conn`] is the connection of either engine; stores are plain functions that take `&mut Conn`.
//! * [`Database`] owns the connections. Callers post closures to its *lanes* and await the answer; on SQLite
//!   everything that has queued is committed as one group and acknowledged only when that commit is on disk.
//! * [`columns`] holds the portable column types: ids, instants, days and text enums.
//! * [`failure`] tells a database that is away (503) from a constraint (a clear error) from a bug (500).
//!
//! Where diesel's enum connection refuses a construct, `portable()`, `locked()` and `on_engine!` help.

pub mod columns;
mod conn;
mod database;
pub mod failure;
mod migrate;

pub use columns::{Day, Instant};
pub use conn::{Conn, MultiBackend, PortableDsl, ledger_lock, refresh_statistics, snapshot};
pub use database::{Database, Options, Unavailable, connect, ping};
pub use failure::Failure;
pub use migrate::migrate;
