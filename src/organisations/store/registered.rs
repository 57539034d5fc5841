//! Organisations with all that is known of them.

use crate::db::{Conn, Instant};
use crate::organisations::{
    EntityType, Organisation, OrganisationId, OrganisationKind, OrganisationStanding, StreetAddress, TaxCode,
};
use crate::reference::Place;
use crate::schema::organisations;
use crate::vietnamese::name_key;
use diesel::prelude::*;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = organisations, treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct Row {
    id: OrganisationId,
    kind: OrganisationKind,
    entity_type: Option<EntityType>,
    legal_name: Option<String>,
    public_name: Option<String>,
    tax_code: Option<TaxCode>,
    address: Option<StreetAddress>,
    province: Option<String>,
    commune: Option<String>,
    former_province: Option<String>,
    former_district: Option<String>,
    former_commune: Option<String>,
    standing: OrganisationStanding,
    successor_id: Option<OrganisationId>,
    created_at: Instant,
    updated_at: Instant,
}

impl From<Row> for Organisation {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            entity_type: row.entity_type,
            legal_name: row.legal_name,
            public_name: row.public_name,
            tax_code: row.tax_code,
            place: Place {
                province: row.province,
                commune: row.commune,
                former_province: row.former_province,
                former_district: row.former_district,
                former_commune: row.former_commune,
            },
            address: row.address,
            standing: row.standing,
            successor: row.successor_id,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

impl From<Organisation> for Row {
    fn from(known: Organisation) -> Self {
        Self {
            id: known.id,
            kind: known.kind,
            entity_type: known.entity_type,
            legal_name: known.legal_name,
            public_name: known.public_name,
            tax_code: known.tax_code,
            address: known.address,
            province: known.place.province,
            commune: known.place.commune,
            former_province: known.place.former_province,
            former_district: known.place.former_district,
            former_commune: known.place.former_commune,
            standing: known.standing,
            successor_id: known.successor,
            created_at: known.created_at,
            updated_at: known.updated_at,
        }
    }
}

/// The key of a registered organisation: that of its legal name, by which lists name a producer.
fn key_of(organisation: &Organisation) -> String {
    name_key(organisation.legal_name.as_deref().unwrap_or_default())
}

pub fn insert(conn: &mut Conn, organisation: Organisation) -> QueryResult<()> {
    let key = key_of(&organisation);
    diesel::insert_into(organisations::table)
        .values((Row::from(organisation), organisations::name_key.eq(key)))
        .execute(conn)
        .map(|_| ())
}
