//! SQL of the papers.

use super::{read_json, to_json};
use crate::accounts::UserId;
use crate::auth::Principal;
use crate::clients::ClientId;
use crate::db::{Conn, Day, Instant};
use crate::files::{self, FileId, FileRow};
use crate::listings::{
    Disclosure, DocumentId, DocumentIssuer, DocumentKind, DocumentNumber, ListingStatus, Paper, PaperFile,
    PaperKind, PaperSource, PaperState,
};
use crate::organisations::OrganisationId;
use crate::products::ProductId;
use crate::schema::{
    listing_document_accesses as accesses, listing_document_shares as shares, listing_documents as documents,
    listings, products,
};
use diesel::prelude::*;
use std::collections::HashMap;

#[derive(Queryable, Selectable)]
#[diesel(table_name = documents)]
struct PaperRow {
    id: DocumentId,
    kind: PaperKind,
    number: DocumentNumber,
    issuer: DocumentIssuer,
    issued_on: Option<Day>,
    valid_until: Option<Day>,
    file_id: Option<FileId>,
    disclosure: Disclosure,
    claimed: bool,
    state: PaperState,
    refusal: Option<String>,
    recorded_at: Instant,
    checked_at: Option<Instant>,
}

impl PaperRow {
    fn with(self, files: &HashMap<FileId, FileRow>) -> QueryResult<Paper> {
        let described = |id: FileId| {
            let row = files.get(&id)?;
            Some(PaperFile {
                id,
                name: row.name.clone(),
                media_type: row.kind,
                size: row.size,
                sha256: row.sha256.clone(),
            })
        };
        let decided = self.checked_at.or_else(|| (!self.claimed).then_some(self.recorded_at));
        Ok(Paper {
            id: self.id,
            kind: self.kind,
            number: self.number,
            issuer: self.issuer,
            issued_on: self.issued_on,
            valid_until: self.valid_until,
            file: self.file_id.and_then(described),
            disclosure: self.disclosure,
            source: if self.claimed { PaperSource::Producer } else { PaperSource::Office },
            state: self.state,
            refusal: self.refusal.as_deref().map(read_json).transpose()?,
            recorded_at: self.recorded_at,
            checked_at: decided.filter(|_| self.state != PaperState::Claimed),
        })
    }
}

/// All papers of a product, by kind and number: in an order of ours, for that of texts in SQL depends on the collation.
pub fn of_product(conn: &mut Conn, product: ProductId) -> QueryResult<Vec<Paper>> {
    Ok(of_products(conn, &[product])?.remove(&product).unwrap_or_default())
}

/// The same of several products.
pub fn of_products(conn: &mut Conn, products: &[ProductId]) -> QueryResult<HashMap<ProductId, Vec<Paper>>> {
    let rows: Vec<(ProductId, PaperRow)> = documents::table
        .filter(documents::product_id.eq_any(products))
        .select((documents::product_id, PaperRow::as_select()))
        .load(conn)?;
    let (owners, rows): (Vec<ProductId>, Vec<PaperRow>) = rows.into_iter().unzip();
    let mut all: HashMap<ProductId, Vec<Paper>> = HashMap::new();
    for (product, paper) in owners.into_iter().zip(with_files(conn, rows)?) {
        all.entry(product).or_default().push(paper);
    }
    for papers in all.values_mut() {
        papers.sort_by(|one, other| one.place().cmp(&other.place()));
    }
    Ok(all)
}

/// A paper, with the product it is of.
pub fn find(conn: &mut Conn, id: DocumentId) -> QueryResult<Option<(ProductId, Paper)>> {
    let found: Option<(ProductId, PaperRow)> = documents::table
        .find(id)
        .select((documents::product_id, PaperRow::as_select()))
        .first(conn)
        .optional()?;
    let Some((product, row)) = found else { return Ok(None) };
    Ok(with_files(conn, vec![row])?.pop().map(|paper| (product, paper)))
}

fn with_files(conn: &mut Conn, rows: Vec<PaperRow>) -> QueryResult<Vec<Paper>> {
    let ids: Vec<FileId> = rows.iter().filter_map(|row| row.file_id).collect();
    let mut files = HashMap::new();
    if !ids.is_empty() {
        files.extend(files::described(conn, &ids)?.into_iter().map(|file| (file.id, file)));
    }
    rows.into_iter().map(|row| row.with(&files)).collect()
}

/// Who recorded something: one of the two columns.
pub fn by(principal: Principal) -> (Option<UserId>, Option<ClientId>) {
    match principal {
        Principal::User { user, .. } => (Some(user), None),
        Principal::Client { client, .. } => (None, Some(client)),
    }
}

pub fn insert(conn: &mut Conn, product: ProductId, paper: &Paper, principal: Principal) -> QueryResult<()> {
    let (user, client) = by(principal);
    diesel::insert_into(documents::table)
        .values((
            documents::id.eq(paper.id),
            documents::product_id.eq(product),
            documents::kind.eq(paper.kind),
            documents::recorded_at.eq(paper.recorded_at),
            documents::recorded_by.eq(user),
            documents::client_id.eq(client),
            documents::claimed.eq(paper.source == PaperSource::Producer),
            documents::number.eq(&paper.number),
            documents::issuer.eq(&paper.issuer),
            documents::issued_on.eq(paper.issued_on),
            documents::valid_until.eq(paper.valid_until),
            documents::file_id.eq(paper.file.as_ref().map(|file| file.id)),
            documents::disclosure.eq(paper.disclosure),
            documents::state.eq(paper.state),
        ))
        .execute(conn)
        .map(|_| ())
}

/// Writes what can change of a paper, but for what an officer decided.
pub fn update(conn: &mut Conn, paper: &Paper) -> QueryResult<()> {
    let refusal = paper.refusal.as_ref().map(to_json).transpose()?;
    diesel::update(documents::table.find(paper.id))
        .set((
            documents::number.eq(&paper.number),
            documents::issuer.eq(&paper.issuer),
            documents::issued_on.eq(paper.issued_on),
            documents::valid_until.eq(paper.valid_until),
            documents::file_id.eq(paper.file.as_ref().map(|file| file.id)),
            documents::disclosure.eq(paper.disclosure),
            documents::state.eq(paper.state),
            documents::refusal.eq(refusal),
        ))
        .execute(conn)
        .map(|_| ())
}

/// Writes what an officer decided.
pub fn decide(conn: &mut Conn, paper: &Paper, officer: UserId, reminded: Option<i64>) -> QueryResult<()> {
    update(conn, paper)?;
    diesel::update(documents::table.find(paper.id))
        .set((
            documents::checked_at.eq(paper.checked_at),
            documents::checked_by.eq(officer),
            documents::reminded.eq(reminded),
        ))
        .execute(conn)
        .map(|_| ())
}

/// Notes up to which step nobody is to be told of the end of a paper.
pub fn skip_reminders(conn: &mut Conn, id: DocumentId, step: Option<i64>) -> QueryResult<()> {
    diesel::update(documents::table.find(id)).set(documents::reminded.eq(step)).execute(conn).map(|_| ())
}

/// Deletes a paper with its links and the log of its openings.
pub fn delete(conn: &mut Conn, id: DocumentId) -> QueryResult<()> {
    diesel::delete(accesses::table.filter(accesses::document_id.eq(id))).execute(conn)?;
    diesel::delete(shares::table.filter(shares::document_id.eq(id))).execute(conn)?;
    diesel::delete(documents::table.find(id)).execute(conn).map(|_| ())
}

/// A checked paper whose term ends, with its product and producer.
#[derive(Debug, Queryable)]
pub struct Ending {
    pub id: DocumentId,
    pub kind: PaperKind,
    pub number: DocumentNumber,
    pub valid_until: Option<Day>,
    pub reminded: Option<i64>,
    pub product: ProductId,
    pub product_name: String,
    pub producer: OrganisationId,
}

/// Checked papers whose last day is from `first` to `last`, but those of withdrawn listings and those whose last step was told.
pub fn ending(conn: &mut Conn, (first, last): (Day, Day), told: i64) -> QueryResult<Vec<Ending>> {
    let term = documents::valid_until.assume_not_null();
    let withdrawn = listings::table
        .filter(listings::product_id.eq(products::id))
        .filter(listings::status.eq(ListingStatus::Withdrawn));
    documents::table
        .inner_join(products::table)
        .filter(documents::state.eq(PaperState::Checked))
        .filter(term.ge(first).and(term.le(last)))
        .filter(documents::reminded.is_null().or(documents::reminded.ne(told).assume_not_null()))
        .filter(diesel::dsl::not(diesel::dsl::exists(withdrawn)))
        .order((documents::valid_until, documents::id))
        .select((
            documents::id,
            documents::kind,
            documents::number,
            documents::valid_until,
            documents::reminded,
            products::id,
            products::name,
            products::producer_id,
        ))
        .load(conn)
}

/// Takes a step of a paper, which one does: false if another instance has taken it.
pub fn take_step(conn: &mut Conn, id: DocumentId, step: i64) -> QueryResult<bool> {
    let open = documents::reminded.is_null().or(documents::reminded.gt(step).assume_not_null());
    diesel::update(documents::table.find(id).filter(open.assume_not_null()))
        .set(documents::reminded.eq(step))
        .execute(conn)
        .map(|rows| rows == 1)
}

/// Of the columns of the table, those that make it a certificate of the catalogue.
#[diesel::dsl::auto_type]
pub fn is_shown() -> _ {
    let kinds: Vec<DocumentKind> = DocumentKind::ALL.to_vec();
    let right: PaperState = PaperState::Checked;
    let hidden: Disclosure = Disclosure::Officer;
    let checked = documents::state.eq(right);
    let told = documents::disclosure.ne(hidden);
    checked.and(told).and(documents::kind.eq_any(kinds))
}
