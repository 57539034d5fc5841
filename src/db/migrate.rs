//! The migrations, built into the binary. The text in `migrations/` runs on both engines as it is.

use super::Conn;
use crate::on_engine;
use diesel::connection::SimpleConnection;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// Brings the schema up to date and returns the names of the migrations that ran. Several instances may start at
/// once on PostgreSQL: an advisory lock lets one of them do it.
pub fn migrate(conn: &mut Conn) -> diesel::migration::Result<Vec<String>> {
    const LOCK: &str = "SELECT pg_advisory_lock(206158430)";
    const UNLOCK: &str = "SELECT pg_advisory_unlock(206158430)";
    if let Conn::Pg(pg) = conn {
        pg.batch_execute("SET lock_timeout = '120s'; SET statement_timeout = 0")?;
        pg.batch_execute(LOCK)?;
    }
    let ran = on_engine!(conn, c => c
        .run_pending_migrations(MIGRATIONS)
        .map(|versions| versions.iter().map(ToString::to_string).collect()));
    if let Conn::Pg(pg) = conn {
        pg.batch_execute(UNLOCK)?;
        pg.batch_execute("SET lock_timeout = '10s'; SET statement_timeout = '30s'")?;
    }
    ran
}
