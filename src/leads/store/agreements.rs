//! SQL of what was signed, and of the files that leads refer to.

use crate::accounts::UserId;
use crate::clients::ClientId;
use crate::db::{Conn, Day, Instant};
use crate::files::{FileId, FileRow, Sha256Hex};
use crate::leads::{
    AgreementId, AgreementKind, AgreementNumber, AgreementValue, AttributionKind, CompanyName,
    CompanyTaxCode, EnquiryId, LeadId, LeadSide, Part, Shares, SourceName, VoidReason,
};
use crate::on_engine;
use crate::organisations::OrganisationId;
use crate::schema::{agreement_files, agreement_shares, agreements, enquiries, enquiry_files, files, leads};
use diesel::prelude::*;
use std::collections::HashMap;

#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = agreements, treat_none_as_default_value = false)]
pub struct AgreementRow {
    pub id: AgreementId,
    pub lead_id: LeadId,
    pub kind: AgreementKind,
    pub number: Option<AgreementNumber>,
    pub buyer_name: CompanyName,
    pub buyer_tax_code: Option<CompanyTaxCode>,
    pub producer_name: CompanyName,
    pub value: AgreementValue,
    pub signed_on: Day,
    pub starts_on: Day,
    pub ends_on: Option<Day>,
    /// The side that recorded it.
    pub side: LeadSide,
    pub recorded_by: Option<UserId>,
    pub recorded_by_client: Option<ClientId>,
    pub recorded_at: Instant,
    pub updated_at: Instant,
    /// It was recorded by mistake, and counts no more.
    pub voided_at: Option<Instant>,
    pub voided_by: Option<UserId>,
    pub void_reason: Option<VoidReason>,
}

pub fn insert_agreement(
    conn: &mut Conn,
    row: &AgreementRow,
    evidence: &[FileRow],
    shares: &Shares,
) -> QueryResult<()> {
    diesel::insert_into(agreements::table).values(row).execute(conn)?;
    let proofs: Vec<_> = evidence
        .iter()
        .map(|file| (agreement_files::agreement_id.eq(row.id), agreement_files::file_id.eq(file.id)))
        .collect();
    on_engine!(conn, c => diesel::insert_into(agreement_files::table).values(&proofs).execute(c))?;
    insert_shares(conn, row.id, shares)
}

fn insert_shares(conn: &mut Conn, of: AgreementId, shares: &Shares) -> QueryResult<()> {
    let rows: Vec<_> = (0_i64..)
        .zip(shares.parts())
        .map(|(position, part)| {
            (
                agreement_shares::agreement_id.eq(of),
                agreement_shares::position.eq(position),
                agreement_shares::kind.eq(part.kind),
                agreement_shares::name.eq(&part.name),
                agreement_shares::name_key.eq(&part.key),
                agreement_shares::share.eq(part.share),
            )
        })
        .collect();
    on_engine!(conn, c => diesel::insert_into(agreement_shares::table).values(&rows).execute(c)).map(|_| ())
}

pub fn replace_shares(conn: &mut Conn, of: AgreementId, shares: &Shares, at: Instant) -> QueryResult<()> {
    let old = agreement_shares::table.filter(agreement_shares::agreement_id.eq(of));
    diesel::delete(old).execute(conn)?;
    insert_shares(conn, of, shares)?;
    diesel::update(agreements::table.find(of)).set(agreements::updated_at.eq(at)).execute(conn).map(|_| ())
}

/// Writes that an agreement is void.
pub fn void_agreement(conn: &mut Conn, row: &AgreementRow) -> QueryResult<()> {
    diesel::update(agreements::table.find(row.id))
        .set((
            agreements::updated_at.eq(row.updated_at),
            agreements::voided_at.eq(row.voided_at),
            agreements::voided_by.eq(row.voided_by),
            agreements::void_reason.eq(&row.void_reason),
        ))
        .execute(conn)
        .map(|_| ())
}

/// The agreements of leads, in the order in which they were recorded.
pub fn agreements(conn: &mut Conn, of: &[LeadId]) -> QueryResult<Vec<AgreementRow>> {
    agreements::table
        .filter(agreements::lead_id.eq_any(of))
        .order((agreements::recorded_at, agreements::id))
        .load(conn)
}

/// Which files prove which agreements, each agreement's in the order in which they were stored.
pub fn proofs(conn: &mut Conn, of: &[AgreementId]) -> QueryResult<Vec<(AgreementId, FileId)>> {
    agreement_files::table
        .filter(agreement_files::agreement_id.eq_any(of))
        .order((agreement_files::agreement_id, agreement_files::file_id))
        .load(conn)
}

/// To whose work agreements are credited.
pub fn shares(conn: &mut Conn, of: &[AgreementId]) -> QueryResult<HashMap<AgreementId, Shares>> {
    let rows: Vec<(AgreementId, AttributionKind, String, String, i64)> = agreement_shares::table
        .filter(agreement_shares::agreement_id.eq_any(of))
        .order((agreement_shares::agreement_id, agreement_shares::position))
        .select((
            agreement_shares::agreement_id,
            agreement_shares::kind,
            agreement_shares::name,
            agreement_shares::name_key,
            agreement_shares::share,
        ))
        .load(conn)?;
    let mut parts: HashMap<AgreementId, Vec<Part>> = HashMap::new();
    for (agreement, kind, name, key, share) in rows {
        parts.entry(agreement).or_default().push(Part { kind, name, key, share });
    }
    Ok(parts.into_iter().map(|(agreement, parts)| (agreement, Shares::stored(parts))).collect())
}

/// From which event and which campaign the enquiries of leads came, the first to happen first.
pub fn sources(conn: &mut Conn, of: &[LeadId]) -> QueryResult<Vec<(Option<SourceName>, Option<SourceName>)>> {
    if of.is_empty() {
        return Ok(Vec::new());
    }
    leads::table
        .inner_join(enquiries::table)
        .filter(leads::id.eq_any(of))
        .order((enquiries::occurred_at, leads::id))
        .select((enquiries::source_event, enquiries::source_campaign))
        .load(conn)
}

/// Other leads of a producer, at most so many, with an agreement that counts and is proved by a file of one of these hashes.
pub fn proved_elsewhere(
    conn: &mut Conn,
    producer: OrganisationId,
    hashes: &[Sha256Hex],
    but: &[LeadId],
    rows: i64,
) -> QueryResult<Vec<LeadId>> {
    agreement_files::table
        .inner_join(files::table)
        .inner_join(agreements::table.inner_join(leads::table))
        .filter(files::sha256.eq_any(hashes))
        .filter(leads::producer_id.eq(producer))
        .filter(agreements::lead_id.ne_all(but))
        .filter(agreements::voided_at.is_null())
        .order(agreements::lead_id)
        .select(agreements::lead_id)
        .distinct()
        .limit(rows)
        .load(conn)
}

/// Attaches files to an enquiry.
pub fn insert_attachments(conn: &mut Conn, enquiry: EnquiryId, attached: &[FileRow]) -> QueryResult<()> {
    let rows: Vec<_> = attached
        .iter()
        .map(|file| (enquiry_files::enquiry_id.eq(enquiry), enquiry_files::file_id.eq(file.id)))
        .collect();
    on_engine!(conn, c => diesel::insert_into(enquiry_files::table).values(&rows).execute(c)).map(|_| ())
}

/// What is attached to an enquiry, in the order in which it was stored.
pub fn attachments(conn: &mut Conn, of: EnquiryId) -> QueryResult<Vec<FileId>> {
    enquiry_files::table
        .filter(enquiry_files::enquiry_id.eq(of))
        .order(enquiry_files::file_id)
        .select(enquiry_files::file_id)
        .load(conn)
}
