//! SQL of the demonstration: may it be filled in?

use crate::db::Conn;
use crate::schema::{certifications, enquiries, organisations, products, users};
use diesel::prelude::*;

/// True if the database holds nothing but reference data.
pub fn is_empty(conn: &mut Conn) -> QueryResult<bool> {
    let rows = [
        organisations::table.count().get_result::<i64>(conn)?,
        products::table.count().get_result(conn)?,
        certifications::table.count().get_result(conn)?,
        users::table.count().get_result(conn)?,
        enquiries::table.count().get_result(conn)?,
    ];
    Ok(rows.iter().all(|count| *count == 0))
}
