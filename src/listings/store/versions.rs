//! SQL of the contents a listing has had.

use super::{By, actor_of, columns_of, read_json, to_json};
use crate::db::{Conn, Instant};
use crate::listings::{Cause, CauseKind, Version};
use crate::products::ProductId;
use crate::schema::listing_versions as versions;
use diesel::prelude::*;

type Row = (i64, String, String, CauseKind, Option<String>, Instant, By);

fn version((number, content, fields, cause, names, made_at, by): Row) -> QueryResult<Version> {
    Ok(Version {
        number,
        content: read_json(&content)?,
        fields: read_json(&fields)?,
        cause: Cause::of_kept(cause, names),
        made_at,
        by: actor_of(by),
    })
}

/// Keeps a content as it was made.
pub fn insert(conn: &mut Conn, product: ProductId, version: &Version) -> QueryResult<()> {
    let (user, client) = columns_of(version.by);
    diesel::insert_into(versions::table)
        .values((
            versions::product_id.eq(product),
            versions::version.eq(version.number),
            versions::content.eq(to_json(&version.content.members())?),
            versions::fields.eq(to_json(&version.fields)?),
            versions::cause.eq(version.cause.kind()),
            versions::cause_ref.eq(version.cause.names()),
            versions::made_at.eq(version.made_at),
            versions::user_id.eq(user),
            versions::client_id.eq(client),
        ))
        .execute(conn)
        .map(|_| ())
}

macro_rules! columns {
    () => {
        (
            versions::version,
            versions::content,
            versions::fields,
            versions::cause,
            versions::cause_ref,
            versions::made_at,
            (versions::user_id, versions::client_id),
        )
    };
}

/// A content by its number.
pub fn find(conn: &mut Conn, of: ProductId, number: i64) -> QueryResult<Option<Version>> {
    let row = versions::table.find((of, number)).select(columns!()).first::<Row>(conn).optional()?;
    row.map(version).transpose()
}

/// The contents of a listing, latest first, from before a number.
pub fn page(conn: &mut Conn, of: ProductId, before: Option<i64>, rows: i64) -> QueryResult<Vec<Version>> {
    let found: Vec<Row> = versions::table
        .filter(versions::product_id.eq(of))
        .filter(versions::version.lt(before.unwrap_or(i64::MAX)))
        .order(versions::version.desc())
        .limit(rows)
        .select(columns!())
        .load(conn)?;
    found.into_iter().map(version).collect()
}
