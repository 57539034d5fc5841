//! What people did with the papers of products: handed in, shared, opened; and what they answered for a retailer.

use crate::accounts::UserId;
use crate::db::{Conn, Instant};
use crate::files::FileId;
use crate::listings::{AnswerState, DocumentId, DocumentKind, PaperKind, PaperState, ShareId, Via};
use crate::organisations::OrganisationId;
use crate::privacy::redact::{ERASED_FILE, ERASED_TEXT};
use crate::products::ProductId;
use crate::schema::{
    files, listing_answers as answers, listing_document_accesses as accesses,
    listing_document_shares as shares, listing_documents as documents, products,
};
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

/// A paper the person recorded.
#[derive(Debug, Queryable, Serialize, ToSchema)]
pub struct HeldPaper {
    pub id: DocumentId,
    pub product_id: ProductId,
    pub kind: PaperKind,
    pub number: String,
    pub state: PaperState,
    pub recorded_at: Instant,
}

/// A link to a paper that the person made. What it opens with is held as a hash.
#[derive(Debug, Queryable, Serialize, ToSchema)]
pub struct HeldPaperLink {
    pub document_id: DocumentId,
    /// For whom or what it is.
    #[serde(rename = "for")]
    #[schema(rename = "for")]
    pub purpose: String,
    pub made_at: Instant,
    pub expires_at: Instant,
    pub revoked_at: Option<Instant>,
}

/// A paper that the person opened, signed in and outside its producer.
#[derive(Debug, Queryable, Serialize, ToSchema)]
pub struct HeldPaperOpening {
    pub document_id: DocumentId,
    pub at: Instant,
    pub via: Via,
}

/// An answer about a product that the person gave for a retailer.
#[derive(Debug, Queryable, Serialize, ToSchema)]
pub struct HeldListingAnswer {
    pub product_id: ProductId,
    pub organisation_id: OrganisationId,
    pub state: AnswerState,
    pub text: Option<String>,
    pub answered_at: Instant,
}

/// What is held of an account's doings with papers.
pub struct HeldPapers {
    pub papers: Vec<HeldPaper>,
    pub links: Vec<HeldPaperLink>,
    pub openings: Vec<HeldPaperOpening>,
    pub answers: Vec<HeldListingAnswer>,
}

pub fn papers(conn: &mut Conn, user: UserId) -> QueryResult<HeldPapers> {
    let papers = documents::table
        .filter(documents::recorded_by.eq(user))
        .order((documents::recorded_at, documents::id))
        .select((
            documents::id,
            documents::product_id,
            documents::kind,
            documents::number,
            documents::state,
            documents::recorded_at,
        ))
        .load(conn)?;
    let links = shares::table
        .filter(shares::user_id.eq(user))
        .order((shares::made_at, shares::id))
        .select((
            shares::document_id,
            shares::purpose,
            shares::made_at,
            shares::expires_at,
            shares::revoked_at,
        ))
        .load(conn)?;
    let openings = accesses::table
        .filter(accesses::user_id.eq(user))
        .order((accesses::at, accesses::id))
        .select((accesses::document_id, accesses::at, accesses::via))
        .load(conn)?;
    let answers = answers::table
        .filter(answers::user_id.eq(user))
        .order((answers::answered_at, answers::product_id))
        .select((
            answers::product_id,
            answers::organisation_id,
            answers::state,
            answers::words,
            answers::answered_at,
        ))
        .load(conn)?;
    Ok(HeldPapers { papers, links, openings, answers })
}

/// What a user wrote: for whom links are, and what it answered for a retailer.
pub fn forget_paper_words(conn: &mut Conn, user: UserId) -> QueryResult<()> {
    diesel::update(shares::table.filter(shares::user_id.eq(user)))
        .set(shares::purpose.eq(ERASED_TEXT))
        .execute(conn)?;
    diesel::update(answers::table.filter(answers::user_id.eq(user)).filter(answers::words.is_not_null()))
        .set(answers::words.eq(ERASED_TEXT))
        .execute(conn)
        .map(|_| ())
}

/// Papers that household businesses handed in, whose files tell of a person: certificates lose their files, the rest goes.
pub fn forget_household_papers(conn: &mut Conn, of: &[OrganisationId]) -> QueryResult<()> {
    let made = products::table.filter(products::producer_id.eq_any(of)).select(products::id);
    let handed_in: Vec<(DocumentId, PaperKind, Option<FileId>)> = documents::table
        .filter(documents::product_id.eq_any(made))
        .filter(documents::claimed.eq(true))
        .select((documents::id, documents::kind, documents::file_id))
        .load(conn)?;
    let all: Vec<DocumentId> = handed_in.iter().map(|(id, ..)| *id).collect();
    diesel::delete(accesses::table.filter(accesses::document_id.eq_any(&all))).execute(conn)?;
    diesel::delete(shares::table.filter(shares::document_id.eq_any(&all))).execute(conn)?;
    let files: Vec<FileId> = handed_in.iter().filter_map(|(.., file)| *file).collect();
    diesel::update(files::table.filter(files::id.eq_any(files)))
        .set((files::content.eq(None::<Vec<u8>>), files::name.eq(ERASED_FILE)))
        .execute(conn)?;
    diesel::delete(
        documents::table
            .filter(documents::id.eq_any(&all))
            .filter(documents::kind.ne_all(DocumentKind::ALL.to_vec())),
    )
    .execute(conn)
    .map(|_| ())
}

/// Openings of papers that lie so long ago.
pub fn delete_paper_openings(conn: &mut Conn, before: Instant, rows: i64) -> QueryResult<usize> {
    let old: Vec<String> =
        accesses::table.filter(accesses::at.lt(before)).limit(rows).select(accesses::id).load(conn)?;
    if old.is_empty() {
        return Ok(0);
    }
    diesel::delete(accesses::table.filter(accesses::id.eq_any(old))).execute(conn)
}

/// Links to papers that ended so long ago, and by which nothing was opened that is still known.
pub fn delete_paper_links(conn: &mut Conn, before: Instant, rows: i64) -> QueryResult<usize> {
    let opened = accesses::table.filter(accesses::share_id.eq(shares::id.nullable()));
    let old: Vec<ShareId> = shares::table
        .filter(shares::expires_at.lt(before))
        .filter(not(exists(opened)))
        .limit(rows)
        .select(shares::id)
        .load(conn)?;
    if old.is_empty() {
        return Ok(0);
    }
    diesel::delete(shares::table.filter(shares::id.eq_any(old))).execute(conn)
}
