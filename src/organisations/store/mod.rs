//! SQL of the organisations.

pub mod claims;
pub mod registered;
pub mod verifications;

use super::{EntityType, OrganisationId, OrganisationKind, OrganisationStanding, Producer};
use crate::db::{Conn, Instant};
use crate::reference::Place;
use crate::schema::{memberships, organisations, products};
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = organisations, treat_none_as_default_value = false, treat_none_as_null = true)]
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

impl From<Producer> for Row {
    fn from(producer: Producer) -> Self {
        Self {
            id: producer.id,
            entity_type: producer.entity_type,
            legal_name: producer.legal_name,
            public_name: producer.public_name,
            province: producer.place.province,
            commune: producer.place.commune,
            former_province: producer.place.former_province,
            former_district: producer.place.former_district,
            former_commune: producer.place.former_commune,
        }
    }
}

fn all(rows: Vec<Row>) -> Vec<Producer> {
    rows.into_iter().map(Producer::from).collect()
}

/// Producers of a name in a province of today, oldest first. Not those that somebody has registered and nobody verified
/// yet: what one just calls oneself is not what a list means.
pub fn by_name(conn: &mut Conn, name_key: &str, place: &Place) -> QueryResult<Vec<Producer>> {
    let acted_for = memberships::table.filter(memberships::organisation_id.eq(organisations::id));
    let making = products::table.filter(products::producer_id.eq(organisations::id));
    let verified = organisations::standing.eq(OrganisationStanding::Verified);
    organisations::table
        .filter(organisations::name_key.eq(name_key))
        .filter(organisations::province.eq(&place.province))
        .filter(organisations::kind.eq(OrganisationKind::Producer))
        .filter(organisations::successor_id.is_null())
        .filter(verified.or(not(exists(acted_for))).or(exists(making)))
        .order(organisations::id)
        .select(Row::as_select())
        .load(conn)
        .map(all)
}

/// Organisations by their ids, in no order.
pub fn by_ids(conn: &mut Conn, ids: &[OrganisationId]) -> QueryResult<Vec<Producer>> {
    organisations::table.filter(organisations::id.eq_any(ids)).select(Row::as_select()).load(conn).map(all)
}

/// An organisation by what it is in the programme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = organisations)]
pub struct Party {
    pub id: OrganisationId,
    pub kind: OrganisationKind,
    pub standing: OrganisationStanding,
}

pub fn parties(conn: &mut Conn, ids: &[OrganisationId]) -> QueryResult<Vec<Party>> {
    organisations::table.filter(organisations::id.eq_any(ids)).select(Party::as_select()).load(conn)
}

pub fn insert(
    conn: &mut Conn,
    kind: OrganisationKind,
    organisation: Producer,
    name_key: &str,
    now: Instant,
) -> QueryResult<()> {
    diesel::insert_into(organisations::table)
        .values((
            Row::from(organisation),
            organisations::kind.eq(kind),
            organisations::name_key.eq(name_key),
            organisations::created_at.eq(now),
            organisations::updated_at.eq(now),
        ))
        .execute(conn)
        .map(|_| ())
}

pub fn update(conn: &mut Conn, producer: Producer, name_key: &str, now: Instant) -> QueryResult<()> {
    diesel::update(organisations::table.find(producer.id))
        .set((Row::from(producer), organisations::name_key.eq(name_key), organisations::updated_at.eq(now)))
        .execute(conn)
        .map(|_| ())
}

/// Deletes an organisation, unless something refers to it: the foreign keys know what.
pub fn delete_unless_referred_to(conn: &mut Conn, id: OrganisationId) -> QueryResult<()> {
    let deleted = conn.transaction(|conn| diesel::delete(organisations::table.find(id)).execute(conn));
    match deleted {
        Ok(_) | Err(Error::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _)) => Ok(()),
        Err(error) => Err(error),
    }
}
