//! A connection to either engine, and the three small nodes where diesel's enum connection is not enough.

use diesel::connection::SimpleConnection;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::BigInt;
use diesel::sqlite::Sqlite;

/// A connection to PostgreSQL or SQLite. `MultiBackend`, its backend, is generated beside it.
#[derive(diesel::MultiConnection)]
pub enum Conn {
    Pg(PgConnection),
    Sqlite(SqliteConnection),
}

/// Runs one expression on whichever engine is connected, with the concrete connection bound to a name.
#[macro_export]
macro_rules! on_engine {
    ($conn:expr, $c:ident => $body:expr) => {
        match $conn {
            $crate::db::Conn::Pg($c) => $body,
            $crate::db::Conn::Sqlite($c) => $body,
        }
    };
}

/// Inserts rows, however many, by statements that either engine prepares once for good: a list of any length would be another
/// statement for each length, whose parsing costs several times what its rows do. SQLite takes row by row, for no way to it is
/// shorter; PostgreSQL, where a way is a message there and back, thirty-two and four at once.
///
/// `insert_rows!(conn, leads::table, &rows)`, where a reference to a row is `Insertable` without defaults.
#[macro_export]
macro_rules! insert_rows {
    ($conn:expr, $table:expr, $rows:expr) => {{
        let rows = $rows;
        match $conn {
            $crate::db::Conn::Sqlite(sqlite) => rows
                .iter()
                .try_for_each(|row| diesel::insert_into($table).values(row).execute(sqlite).map(|_| ())),
            $crate::db::Conn::Pg(pg) => {
                let (many, rest) = rows.as_chunks::<32>();
                let (some, rest) = rest.as_chunks::<4>();
                many.iter()
                    .try_for_each(|rows| diesel::insert_into($table).values(rows).execute(pg).map(|_| ()))
                    .and_then(|()| {
                        some.iter().try_for_each(|rows| {
                            diesel::insert_into($table).values(rows).execute(pg).map(|_| ())
                        })
                    })
                    .and_then(|()| {
                        rest.iter().try_for_each(|row| {
                            diesel::insert_into($table).values(row).execute(pg).map(|_| ())
                        })
                    })
            }
        }
    }};
}

/// A statement both engines accept but the enum's query builder does not (upserts, unions).
#[derive(Clone, Copy, QueryId)]
pub struct Portable<Q>(Q);

impl<Q: QueryFragment<Pg> + QueryFragment<Sqlite>> QueryFragment<MultiBackend> for Portable<Q> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        MultiBackend::walk_variant_ast(&self.0, out)
    }
}

impl<Q: Query> Query for Portable<Q> {
    type SqlType = Q::SqlType;
}

impl<Q> RunQueryDsl<Conn> for Portable<Q> {}

/// `FOR NO KEY UPDATE` on PostgreSQL; nothing on SQLite, whose one writer already holds the lock. Unlike `FOR UPDATE` it
/// lets others insert rows that refer to the locked ones: who holds the catalogue's clock does so, while who holds a
/// product waits for the clock.
#[derive(Clone, Copy, QueryId)]
pub struct Locked<Q>(Q);

#[derive(Clone, Copy, QueryId)]
struct LockClause;

impl QueryFragment<Pg> for LockClause {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(" FOR NO KEY UPDATE");
        Ok(())
    }
}

impl QueryFragment<Sqlite> for LockClause {
    fn walk_ast<'b>(&'b self, _: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        Ok(())
    }
}

impl<Q: QueryFragment<MultiBackend>> QueryFragment<MultiBackend> for Locked<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        self.0.walk_ast(out.reborrow())?;
        MultiBackend::walk_variant_ast(&LockClause, out)
    }
}

impl<Q: Query> Query for Locked<Q> {
    type SqlType = Q::SqlType;
}

impl<Q> RunQueryDsl<Conn> for Locked<Q> {}

/// `.portable()` and `.locked()` on any query.
pub trait PortableDsl: Sized {
    /// Hands the statement to each engine's own builder; see [`Portable`].
    fn portable(self) -> Portable<Self> {
        Portable(self)
    }

    /// Locks the rows read until the transaction ends; see [`Locked`].
    fn locked(self) -> Locked<Self> {
        Locked(self)
    }
}

impl<Q: QueryId> PortableDsl for Q {}

/// Key of the PostgreSQL advisory lock that serialises writers of the certification ledger.
const LEDGER_LOCK: i64 = 0x0C0B_1ED6;

/// Makes this transaction the only one that writes the ledger until it ends: matching a row of a list to a
/// producer it may have to create is only right if nobody creates the same producer meanwhile.
///
/// On SQLite an update of no rows takes the one write lock now: a transaction that read first could not get it any
/// more once another process (the service, beside an import on the command line) has written.
pub fn ledger_lock(conn: &mut Conn) -> QueryResult<()> {
    match conn {
        Conn::Pg(pg) => diesel::sql_query("SELECT pg_advisory_xact_lock($1)")
            .bind::<BigInt, _>(LEDGER_LOCK)
            .execute(pg)
            .map(|_| ()),
        Conn::Sqlite(sqlite) => {
            diesel::sql_query("UPDATE decisions SET number = number WHERE 0").execute(sqlite).map(|_| ())
        }
    }
}

/// Runs reads that must agree with each other: all of them see the database as it was at the first one.
pub fn snapshot<T, E>(conn: &mut Conn, f: impl FnOnce(&mut Conn) -> Result<T, E>) -> Result<T, E>
where
    E: From<diesel::result::Error>,
{
    conn.transaction(|conn| {
        if let Conn::Pg(pg) = conn {
            pg.batch_execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")?;
        }
        f(conn)
    })
}

/// Lets the engine estimate its tables anew. Plans made for the few rows there were before a bulk load are slower by a
/// factor of five to fifty. PostgreSQL also does it by itself, within minutes; SQLite never does.
pub fn refresh_statistics(conn: &mut Conn) -> QueryResult<()> {
    conn.batch_execute(match conn {
        Conn::Pg(_) => "ANALYZE organisations, products, decisions, certifications, certification_claims",
        // Looks at some hundred rows of each index, so that the one writer is not held up.
        Conn::Sqlite(_) => "PRAGMA analysis_limit = 400; ANALYZE",
    })
}
