//! SQL of the workbooks of listings.

use super::model::{ChangeSet, ChangeSetId, FieldEdit, ListingEdit, Scope, Wish};
use crate::accounts::UserId;
use crate::audit::Actor;
use crate::clients::ClientId;
use crate::db::{Conn, Instant, PortableDsl};
use crate::insert_rows;
use crate::products::ProductId;
use crate::schema::{certifications, listing_change_sets as sets, listing_changes as changes, products};
use diesel::prelude::*;

/// At most so many products whose listings the caller may read and wishes for.
pub fn products_of(conn: &mut Conn, scope: &Scope, wish: &Wish, most: i64) -> QueryResult<Vec<ProductId>> {
    let mut query = products::table.into_boxed();
    if !scope.everything {
        let own = products::producer_id.eq_any(scope.organisations.as_slice());
        query = match &scope.province {
            None => query.filter(own),
            Some(province) => query.filter(own.or(products::province.eq(province).assume_not_null())),
        };
    }
    if let Some(producer) = wish.producer {
        query = query.filter(products::producer_id.eq(producer));
    }
    if let Some(province) = &wish.province {
        query = query.filter(products::province.eq(province).assume_not_null());
    }
    if let Some(set) = wish.set {
        let of_set = certifications::table
            .filter(certifications::set_no.eq(set).assume_not_null())
            .select(certifications::product_id);
        query = query.filter(products::id.eq_any(of_set));
    }
    query
        .order((products::producer_id, products::name_key, products::id))
        .select(products::id)
        .limit(most)
        .load(conn)
}

fn to_json(fields: &[FieldEdit]) -> QueryResult<String> {
    serde_json::to_string(fields).map_err(|error| diesel::result::Error::SerializationError(error.into()))
}

fn of_json(json: &str) -> QueryResult<Vec<FieldEdit>> {
    serde_json::from_str(json).map_err(|error| diesel::result::Error::DeserializationError(error.into()))
}

fn columns_of(by: Actor) -> (Option<UserId>, Option<ClientId>) {
    match by {
        Actor::User(user) => (Some(user), None),
        Actor::Client(client) => (None, Some(client)),
        Actor::Operator | Actor::Service | Actor::Nobody => (None, None),
    }
}

fn by(user: Option<UserId>, client: Option<ClientId>) -> Option<Actor> {
    user.map(Actor::User).or(client.map(Actor::Client))
}

#[derive(Insertable)]
#[diesel(table_name = changes, treat_none_as_default_value = false)]
struct NewRow {
    set_id: ChangeSetId,
    product_id: ProductId,
    version: Option<i64>,
    updated_before: Option<Instant>,
    updated_after: Option<Instant>,
    fields: String,
}

/// Keeps a set with all it does.
pub fn insert(conn: &mut Conn, set: &ChangeSet, rows: &[ListingEdit]) -> QueryResult<()> {
    let (user, client) = columns_of(set.by);
    diesel::insert_into(sets::table)
        .values((
            sets::id.eq(set.id),
            sets::made_at.eq(set.made_at),
            sets::user_id.eq(user),
            sets::client_id.eq(client),
            sets::by_office.eq(set.by_office),
            sets::listings.eq(set.listings),
            sets::fields.eq(set.fields),
            sets::drafted.eq(set.drafted),
        ))
        .execute(conn)?;
    let row = |row: &ListingEdit| {
        Ok(NewRow {
            set_id: set.id,
            product_id: row.product,
            version: row.version,
            updated_before: row.updated_before,
            updated_after: row.updated_after,
            fields: to_json(&row.fields)?,
        })
    };
    let rows: Vec<NewRow> = rows.iter().map(row).collect::<QueryResult<_>>()?;
    insert_rows!(conn, changes::table, &rows)
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = sets)]
struct SetRow {
    id: ChangeSetId,
    made_at: Instant,
    user_id: Option<UserId>,
    client_id: Option<ClientId>,
    by_office: bool,
    listings: i64,
    fields: i64,
    drafted: i64,
    reversed_at: Option<Instant>,
    reversed_user_id: Option<UserId>,
    reversed_client_id: Option<ClientId>,
}

impl SetRow {
    /// The table's CHECKs leave no set without a maker.
    fn into_set(self) -> Option<ChangeSet> {
        Some(ChangeSet {
            id: self.id,
            by: by(self.user_id, self.client_id)?,
            made_at: self.made_at,
            by_office: self.by_office,
            listings: self.listings,
            fields: self.fields,
            drafted: self.drafted,
            reversed: by(self.reversed_user_id, self.reversed_client_id).zip(self.reversed_at),
        })
    }
}

/// A set, its row locked until the transaction ends.
pub fn lock(conn: &mut Conn, id: ChangeSetId) -> QueryResult<Option<ChangeSet>> {
    let row: Option<SetRow> =
        sets::table.find(id).select(SetRow::as_select()).locked().get_result(conn).optional()?;
    Ok(row.and_then(SetRow::into_set))
}

pub fn find(conn: &mut Conn, id: ChangeSetId) -> QueryResult<Option<ChangeSet>> {
    let row: Option<SetRow> = sets::table.find(id).select(SetRow::as_select()).first(conn).optional()?;
    Ok(row.and_then(SetRow::into_set))
}

/// At most so many of the sets that have done something to a listing the caller may read, the latest first.
pub fn page(
    conn: &mut Conn,
    scope: &Scope,
    before: Option<ChangeSetId>,
    most: i64,
) -> QueryResult<Vec<ChangeSet>> {
    let mut query = sets::table.into_boxed();
    if !scope.everything {
        let own = products::producer_id.eq_any(scope.organisations.as_slice());
        let done = changes::table.inner_join(products::table);
        query = match &scope.province {
            None => query.filter(sets::id.eq_any(done.filter(own).select(changes::set_id))),
            Some(province) => {
                let own = own.or(products::province.eq(province).assume_not_null());
                query.filter(sets::id.eq_any(done.filter(own).select(changes::set_id)))
            }
        };
    }
    if let Some(before) = before {
        query = query.filter(sets::id.lt(before));
    }
    let rows: Vec<SetRow> =
        query.order(sets::id.desc()).limit(most).select(SetRow::as_select()).load(conn)?;
    Ok(rows.into_iter().filter_map(SetRow::into_set).collect())
}

/// What a set does, listing by listing in the order of their ids.
pub fn edits(conn: &mut Conn, set: ChangeSetId) -> QueryResult<Vec<ListingEdit>> {
    type Found = (ProductId, String, Option<i64>, Option<Instant>, Option<Instant>, String);
    let found: Vec<Found> = changes::table
        .inner_join(products::table)
        .filter(changes::set_id.eq(set))
        .order(changes::product_id)
        .select((
            changes::product_id,
            products::name,
            changes::version,
            changes::updated_before,
            changes::updated_after,
            changes::fields,
        ))
        .load(conn)?;
    let row = |(product, product_name, version, updated_before, updated_after, fields): Found| {
        let fields = of_json(&fields)?;
        Ok(ListingEdit { product, product_name, version, updated_before, updated_after, fields })
    };
    found.into_iter().map(row).collect()
}

/// Notes that a set was taken back.
pub fn reverse(conn: &mut Conn, set: ChangeSetId, who: Actor, at: Instant) -> QueryResult<()> {
    let (user, client) = columns_of(who);
    diesel::update(sets::table.find(set))
        .set((sets::reversed_at.eq(at), sets::reversed_user_id.eq(user), sets::reversed_client_id.eq(client)))
        .execute(conn)
        .map(|_| ())
}
