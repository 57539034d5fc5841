//! Looking through the whole database, whatever tables it has; and recomputing the chain of the audit log.

use crate::harness::{Engine, TestApp};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use ocop_market::db::{Conn, Failure};
use serde_json::json;
use sha2::{Digest, Sha256};

#[derive(QueryableByName)]
struct Value {
    #[diesel(sql_type = Nullable<Text>)]
    value: Option<String>,
}

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    column_name: String,
}

/// The texts of a column that a query calls `value`.
pub async fn column(app: &TestApp, sql: impl Into<String>) -> Vec<String> {
    let sql = sql.into();
    let read = move |conn: &mut Conn| diesel::sql_query(sql).load::<Value>(conn).map_err(Failure::from);
    let rows = app.state.db.read(read).await.expect("valid SQL");
    rows.into_iter().map(|row| row.value.unwrap_or_default()).collect()
}

/// Every place in the database, `table.column: text`, in which one of these texts stands, case aside.
pub async fn places_of(app: &TestApp, texts: &[&str]) -> Vec<String> {
    let (columns, like) = match app.engine {
        Engine::Sqlite => (
            "SELECT m.name AS table_name, c.name AS column_name FROM sqlite_master m, pragma_table_info(m.name) c
             WHERE m.type = 'table' ORDER BY 1, 2",
            "LIKE",
        ),
        Engine::Postgres => (
            "SELECT CAST(table_name AS text) AS table_name, CAST(column_name AS text) AS column_name
             FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2",
            "ILIKE",
        ),
    };
    let texts: Vec<String> = texts.iter().map(|text| text.replace('\'', "''")).collect();
    let read = move |conn: &mut Conn| {
        let mut found = Vec::new();
        let columns: Vec<Column> = diesel::sql_query(columns).load(conn)?;
        assert!(columns.len() > 250, "all columns are looked through: {}", columns.len());
        for Column { table_name, column_name } in columns {
            let text = format!("CAST(\"{column_name}\" AS TEXT)");
            let any: Vec<String> = texts.iter().map(|wanted| format!("{text} {like} '%{wanted}%'")).collect();
            let sql = format!("SELECT {text} AS value FROM \"{table_name}\" WHERE {}", any.join(" OR "));
            let rows: Vec<Value> = diesel::sql_query(sql).load(conn)?;
            found.extend(
                rows.into_iter()
                    .map(|row| format!("{table_name}.{column_name}: {}", row.value.unwrap_or_default())),
            );
        }
        Ok::<_, Failure>(found)
    };
    app.state.db.read(read).await.expect("every column can be read")
}

#[derive(QueryableByName)]
struct Entry {
    #[diesel(sql_type = BigInt)]
    seq: i64,
    #[diesel(sql_type = BigInt)]
    at: i64,
    #[diesel(sql_type = Text)]
    actor_kind: String,
    #[diesel(sql_type = Nullable<Text>)]
    actor_id: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    behalf_id: Option<String>,
    #[diesel(sql_type = Text)]
    action: String,
    #[diesel(sql_type = Text)]
    subject_kind: String,
    #[diesel(sql_type = Nullable<Text>)]
    subject_id: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    organisation_id: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    province: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    request_id: Option<String>,
    #[diesel(sql_type = Text)]
    details: String,
    #[diesel(sql_type = Nullable<Text>)]
    origin: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    origin_hash: Option<String>,
    #[diesel(sql_type = Text)]
    previous_hash: String,
    #[diesel(sql_type = Text)]
    hash: String,
}

fn sha256(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Recomputes every hash of the audit log, and of the origins that are left; returns how many origins are.
pub async fn check_chain(app: &TestApp) -> usize {
    let read = |conn: &mut Conn| {
        diesel::sql_query("SELECT * FROM audit_entries ORDER BY seq")
            .load::<Entry>(conn)
            .map_err(Failure::from)
    };
    let entries = app.state.db.read(read).await.expect("the audit log");
    assert!(!entries.is_empty());
    let mut previous = String::new();
    for (entry, seq) in entries.iter().zip(1..) {
        assert_eq!((entry.seq, &entry.previous_hash), (seq, &previous));
        let fields = json!([
            entry.seq,
            entry.at,
            entry.actor_kind,
            entry.actor_id,
            entry.behalf_id,
            entry.action,
            entry.subject_kind,
            entry.subject_id,
            entry.organisation_id,
            entry.province,
            entry.request_id,
            entry.details,
            entry.origin_hash,
            entry.previous_hash,
        ]);
        assert_eq!(sha256(&fields.to_string()), entry.hash, "entry {seq}");
        if let Some(origin) = &entry.origin {
            assert_eq!(entry.origin_hash.as_ref(), Some(&sha256(origin)));
        }
        previous.clone_from(&entry.hash);
    }
    entries.iter().filter(|entry| entry.origin.is_some()).count()
}
