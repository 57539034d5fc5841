//! Rows as text, written many at once.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use ocop_market::db::Conn;
use std::error::Error;
use std::fmt::Write;

/// The tables and their columns, in the order in which their rows refer to each other.
const TABLES: [&str; 8] = [
    "organisations (id, kind, entity_type, legal_name, public_name, name_key, province, commune, former_province, \
     former_district, former_commune, created_at, updated_at)",
    "products (id, producer_id, name, name_key, code, gtin, province, commune, former_province, \
     former_district, former_commune, created_at, updated_at)",
    "decisions (id, issuer, issuer_key, number, decided_on, recorded_at)",
    "certifications (id, product_id, decision_id, decided_on, stars, score, criteria_version, taxonomy, group_code, \
     set_no, valid_until, shown_until, source_url, recorded_at, updated_at)",
    "certification_events (id, certification_id, kind, effective_on, until, ground, decision_id, recorded_at)",
    "listings (product_id, status, price_from, price_unit, season, created_at, updated_at)",
    "listing_documents (id, product_id, kind, number, issuer, valid_until, recorded_at)",
    "product_successions (product_id, successor_id, kind, recorded_at)",
];

#[derive(Clone, Copy)]
pub enum Table {
    Organisations,
    Products,
    Decisions,
    Certifications,
    CertificationEvents,
    Listings,
    ListingDocuments,
    ProductSuccessions,
}

/// Rows that wait to be written, of each table as the text of its `VALUES`.
#[derive(Default)]
pub struct Rows([String; TABLES.len()]);

impl Rows {
    /// Begins a row; its values follow in the order of the columns above.
    pub fn row(&mut self, table: Table) -> Row<'_> {
        let text = &mut self.0[table as usize];
        text.push_str(if text.is_empty() { "(" } else { ",(" });
        Row { text, first: true }
    }
}

pub struct Row<'a> {
    text: &'a mut String,
    first: bool,
}

impl Row<'_> {
    fn separate(&mut self) {
        if !std::mem::take(&mut self.first) {
            self.text.push(',');
        }
    }

    pub fn text(mut self, value: &str) -> Self {
        self.separate();
        self.text.push('\'');
        for part in value.split_inclusive('\'') {
            self.text.push_str(part);
            if part.ends_with('\'') {
                self.text.push('\'');
            }
        }
        self.text.push('\'');
        self
    }

    pub fn number(mut self, value: i64) -> Self {
        self.separate();
        let _ = write!(self.text, "{value}");
        self
    }

    pub fn null(mut self) -> Self {
        self.separate();
        self.text.push_str("NULL");
        self
    }

    pub fn maybe(self, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.text(value),
            None => self.null(),
        }
    }

    pub fn maybe_number(self, value: Option<i64>) -> Self {
        match value {
            Some(value) => self.number(value),
            None => self.null(),
        }
    }
}

impl Drop for Row<'_> {
    fn drop(&mut self) {
        self.text.push(')');
    }
}

/// A bulk load: in large transactions, and on SQLite without the care that a service takes of every commit.
pub struct Load<'a>(&'a mut Conn);

impl<'a> Load<'a> {
    pub fn start(conn: &'a mut Conn) -> QueryResult<Self> {
        conn.batch_execute(match conn {
            Conn::Pg(_) => "SET synchronous_commit = off; SET statement_timeout = 0",
            Conn::Sqlite(_) => {
                "PRAGMA foreign_keys = OFF; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
                 PRAGMA cache_size = -1048576; PRAGMA locking_mode = EXCLUSIVE"
            }
        })?;
        conn.batch_execute("BEGIN")?;
        Ok(Self(conn))
    }

    /// Writes and forgets the rows.
    pub fn write(&mut self, rows: &mut Rows) -> QueryResult<()> {
        for (table, values) in TABLES.iter().zip(&mut rows.0).filter(|(_, values)| !values.is_empty()) {
            self.0.batch_execute(&format!("INSERT INTO {table} VALUES {values}"))?;
            values.clear();
        }
        Ok(())
    }

    pub fn commit(&mut self) -> QueryResult<()> {
        self.0.batch_execute("COMMIT; BEGIN")
    }

    /// Puts the database back into the state a service expects.
    pub fn end(self) -> Result<(), Box<dyn Error>> {
        self.0.batch_execute("COMMIT")?;
        if let Conn::Sqlite(sqlite) = self.0 {
            sqlite.batch_execute(
                "PRAGMA locking_mode = NORMAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL",
            )?;
            let wrong: Vec<Wrong> = diesel::sql_query("PRAGMA foreign_key_check").load(sqlite)?;
            if let Some(wrong) = wrong.first() {
                return Err(format!("a row of {} refers to nothing in {}", wrong.table, wrong.parent).into());
            }
        }
        Ok(())
    }
}

#[derive(QueryableByName)]
struct Wrong {
    #[diesel(sql_type = Text)]
    table: String,
    #[diesel(sql_type = Text)]
    parent: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

#[derive(QueryableByName)]
struct Code {
    #[diesel(sql_type = Text)]
    code: String,
}

pub fn is_empty(conn: &mut Conn) -> QueryResult<bool> {
    let counts: Vec<Count> = diesel::sql_query("SELECT count(*) AS n FROM products").load(conn)?;
    Ok(counts.iter().all(|count| count.n == 0))
}

/// Codes of the communes of today and of those until 30 June 2025, in the order of their codes.
pub fn communes(conn: &mut Conn) -> QueryResult<[Vec<String>; 2]> {
    let mut of = |which: &str| -> QueryResult<Vec<String>> {
        let sql = format!(
            "SELECT code FROM admin_units WHERE level = 'commune' AND valid_to IS {which} ORDER BY code"
        );
        let rows: Vec<Code> = diesel::sql_query(sql).load(conn)?;
        Ok(rows.into_iter().map(|row| row.code).collect())
    };
    Ok([of("NULL")?, of("NOT NULL")?])
}
