//! SQL of the organisations.

use super::{EntityType, OrganisationId, OrganisationKind, Producer};
use crate::db::{Conn, Instant};
use crate::reference::Place;
use crate::schema::{leads, memberships, organisations, products};
use diesel::dsl::{exists, not};
use diesel::prelude::*;

#[derive(Queryable)]
struct Row {
    id: OrganisationId,
    entity_type: Option<EntityType>,
    legal_name: Option<String>,
    public_name: Option<String>,
    province: Option<String>,
    commune: Option<String>,
    former_province: Option<String>,
    former_district: Option<String>,
    former_commune: Option<String>,
}

type Columns = (
    organisations::id,
    organisations::entity_type,
    organisations::legal_name,
    organisations::public_name,
    organisations::province,
    organisations::commune,
    organisations::former_province,
    organisations::former_district,
    organisations::former_commune,
);

const COLUMNS: Columns = (
    organisations::id,
    organisations::entity_type,
    organisations::legal_name,
    organisations::public_name,
    organisations::province,
    organisations::commune,
    organisations::former_province,
    organisations::former_district,
    organisations::former_commune,
);

impl From<Row> for Producer {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            entity_type: row.entity_type,
            legal_name: row.legal_name,
            public_name: row.public_name,
            place: Place {
                province: row.province,
                commune: row.commune,
                former_province: row.former_province,
                former_district: row.former_district,
                former_commune: row.former_commune,
            },
        }
    }
}

/// Producers of a name in a province of today, oldest first.
pub fn by_name(conn: &mut Conn, name_key: &str, place: &Place) -> QueryResult<Vec<Producer>> {
    let rows: Vec<Row> = organisations::table
        .filter(organisations::name_key.eq(name_key))
        .filter(organisations::province.eq(&place.province))
        .filter(organisations::kind.eq(OrganisationKind::Producer))
        .order(organisations::id)
        .select(COLUMNS)
        .load(conn)?;
    Ok(rows.into_iter().map(Producer::from).collect())
}

pub fn by_ids(conn: &mut Conn, ids: &[OrganisationId]) -> QueryResult<Vec<Producer>> {
    let rows: Vec<Row> =
        organisations::table.filter(organisations::id.eq_any(ids)).select(COLUMNS).load(conn)?;
    Ok(rows.into_iter().map(Producer::from).collect())
}

pub fn insert(
    conn: &mut Conn,
    kind: OrganisationKind,
    producer: &Producer,
    name_key: &str,
    now: Instant,
) -> QueryResult<()> {
    diesel::insert_into(organisations::table)
        .values((
            organisations::id.eq(producer.id),
            organisations::kind.eq(kind),
            organisations::entity_type.eq(producer.entity_type),
            organisations::legal_name.eq(&producer.legal_name),
            organisations::public_name.eq(&producer.public_name),
            organisations::name_key.eq(name_key),
            organisations::province.eq(&producer.place.province),
            organisations::commune.eq(&producer.place.commune),
            organisations::former_province.eq(&producer.place.former_province),
            organisations::former_district.eq(&producer.place.former_district),
            organisations::former_commune.eq(&producer.place.former_commune),
            organisations::created_at.eq(now),
            organisations::updated_at.eq(now),
        ))
        .execute(conn)
        .map(|_| ())
}

pub fn update(conn: &mut Conn, producer: &Producer, name_key: &str, now: Instant) -> QueryResult<()> {
    diesel::update(organisations::table.find(producer.id))
        .set((
            organisations::entity_type.eq(producer.entity_type),
            organisations::legal_name.eq(&producer.legal_name),
            organisations::public_name.eq(&producer.public_name),
            organisations::name_key.eq(name_key),
            organisations::province.eq(&producer.place.province),
            organisations::commune.eq(&producer.place.commune),
            organisations::former_province.eq(&producer.place.former_province),
            organisations::former_district.eq(&producer.place.former_district),
            organisations::former_commune.eq(&producer.place.former_commune),
            organisations::updated_at.eq(now),
        ))
        .execute(conn)
        .map(|_| ())
}

/// Gives the leads of one producer to another, unless that one has its part of the enquiry already.
pub fn hand_over(conn: &mut Conn, from: OrganisationId, to: OrganisationId) -> QueryResult<()> {
    let already: Vec<String> =
        leads::table.filter(leads::producer_id.eq(to)).select(leads::enquiry_id).load(conn)?;
    diesel::update(leads::table.filter(leads::producer_id.eq(from)).filter(leads::enquiry_id.ne_all(already)))
        .set(leads::producer_id.eq(to))
        .execute(conn)
        .map(|_| ())
}

/// Deletes an organisation nothing refers to.
pub fn delete_empty(conn: &mut Conn, id: OrganisationId) -> QueryResult<()> {
    diesel::delete(
        organisations::table
            .filter(organisations::id.eq(id))
            .filter(not(exists(products::table.filter(products::producer_id.eq(id)))))
            .filter(not(exists(memberships::table.filter(memberships::organisation_id.eq(id)))))
            .filter(not(exists(leads::table.filter(leads::producer_id.eq(id))))),
    )
    .execute(conn)
    .map(|_| ())
}
