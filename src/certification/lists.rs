//! Reading the ledger: one certification, or those of a province by state and by the end of their term.

use super::ledger::Certification;
use super::model::{CertificationId, State};
use super::{LedgerError, store};
use crate::db::{Conn, Day};
use crate::organisations::{self, OrganisationId, Producer};
use crate::products::{self, Product, ProductId};
use diesel::QueryResult;
use std::collections::HashMap;

/// Which certifications to list.
#[derive(Debug, Clone)]
pub struct Filter {
    pub today: Day,
    /// State today.
    pub state: Option<State>,
    /// In force today and no longer after so many days.
    pub expiring_within: Option<i64>,
    /// Province of today.
    pub province: Option<String>,
}

/// Where the list goes on: the last row's end of term and id.
pub type After = (Day, CertificationId);

/// A certification with whose it is.
#[derive(Debug, Clone)]
pub struct Listed {
    pub certification: Certification,
    pub product: Product,
    pub producer: Producer,
}

/// Certifications by the end of their term, earliest first.
pub fn page(conn: &mut Conn, filter: &Filter, after: Option<After>, limit: i64) -> QueryResult<Vec<Listed>> {
    let rows = store::lists::page(conn, filter, after, limit)?;
    let products: Vec<ProductId> = rows.iter().map(|(_, product)| *product).collect();
    let mut certifications: HashMap<CertificationId, Certification> = store::of_products(conn, &products)?
        .into_iter()
        .map(|certification| (certification.id, certification))
        .collect();
    let in_order = rows.iter().filter_map(|(id, _)| certifications.remove(id)).collect();
    with_makers(conn, in_order)
}

/// One certification.
pub fn get(conn: &mut Conn, id: CertificationId) -> Result<Listed, LedgerError> {
    let found = store::find(conn, id)?;
    let listed = with_makers(conn, found.into_iter().collect())?.pop();
    listed.ok_or(LedgerError::NotFound)
}

fn with_makers(conn: &mut Conn, certifications: Vec<Certification>) -> QueryResult<Vec<Listed>> {
    let ids: Vec<ProductId> = certifications.iter().map(|certification| certification.product).collect();
    let products: HashMap<ProductId, Product> =
        products::by_ids(conn, &ids)?.into_iter().map(|product| (product.id, product)).collect();
    let ids: Vec<OrganisationId> = products.values().map(|product| product.producer).collect();
    let producers: HashMap<OrganisationId, Producer> =
        organisations::producers(conn, &ids)?.into_iter().map(|producer| (producer.id, producer)).collect();
    let listed = certifications.into_iter().filter_map(|certification| {
        let product = products.get(&certification.product)?.clone();
        let producer = producers.get(&product.producer)?.clone();
        Some(Listed { certification, product, producer })
    });
    Ok(listed.collect())
}
