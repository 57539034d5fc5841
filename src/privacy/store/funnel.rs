//! What people wrote and stored as a lead went on: offers, agreements, files, links, what devices handed in.

use super::answers::Traces;
use crate::accounts::{UserId, UserLanguage};
use crate::db::columns::Key;
use crate::db::{Conn, Instant};
use crate::files::FileId;
use crate::leads::{AgreementId, EnquiryId, LeadEventId, LeadId, LeadSide, QuoteId};
use crate::privacy::redact::{ERASED_FILE, ERASED_TEXT};
use crate::schema::{
    agreement_files, agreements, capture_items, contact_reveals, enquiry_files, files, lead_events,
    lead_links, leads, notifications_off, quotes, users,
};
use diesel::prelude::*;

/// Waiting items looked through at once.
const PAGE: i64 = 200;

/// A text that somebody else wrote on a lead, in which a buyer may be told.
#[derive(Debug)]
pub struct Written {
    pub enquiry: EnquiryId,
    pub place: Place,
    pub text: String,
}

/// Where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    Note(LeadEventId),
    /// The details of an event, as JSON.
    Details(LeadEventId),
    Terms(QuoteId),
    BuyerName(AgreementId),
    VoidReason(AgreementId),
}

/// What all but the buyers wrote on the leads of these enquiries, and the names by which agreements call the buyer.
pub fn written_by_others(conn: &mut Conn, of: &[EnquiryId]) -> QueryResult<Vec<Written>> {
    let events: Vec<(EnquiryId, LeadEventId, Option<String>, Option<String>)> = lead_events::table
        .inner_join(leads::table)
        .filter(leads::enquiry_id.eq_any(of))
        .filter(lead_events::side.ne(LeadSide::Buyer))
        .filter(lead_events::note.is_not_null().or(lead_events::details.is_not_null()))
        .select((leads::enquiry_id, lead_events::id, lead_events::note, lead_events::details))
        .load(conn)?;
    let offers: Vec<(EnquiryId, QuoteId, String)> = quotes::table
        .inner_join(leads::table)
        .filter(leads::enquiry_id.eq_any(of))
        .filter(quotes::side.ne(LeadSide::Buyer))
        .filter(quotes::terms.is_not_null())
        .select((leads::enquiry_id, quotes::id, quotes::terms.assume_not_null()))
        .load(conn)?;
    let signed: Vec<(EnquiryId, AgreementId, String, Option<String>)> = agreements::table
        .inner_join(leads::table)
        .filter(leads::enquiry_id.eq_any(of))
        .select((leads::enquiry_id, agreements::id, agreements::buyer_name, agreements::void_reason))
        .load(conn)?;
    let mut all = Vec::new();
    let mut add = |enquiry, place, text: Option<String>| {
        all.extend(text.map(|text| Written { enquiry, place, text }));
    };
    for (enquiry, id, note, details) in events {
        add(enquiry, Place::Note(id), note);
        add(enquiry, Place::Details(id), details);
    }
    for (enquiry, id, terms) in offers {
        add(enquiry, Place::Terms(id), Some(terms));
    }
    for (enquiry, id, name, reason) in signed {
        add(enquiry, Place::BuyerName(id), Some(name));
        add(enquiry, Place::VoidReason(id), reason);
    }
    all.extend(written_on_kin(conn, of)?);
    Ok(all)
}

diesel::alias!(leads as kin: Kin);

/// The same on the leads in which those of these enquiries go on, and on those that go on in them: since they are one, what is
/// written of either stands there as well.
fn written_on_kin(conn: &mut Conn, of: &[EnquiryId]) -> QueryResult<Vec<Written>> {
    let survivors: Vec<(LeadId, EnquiryId)> = leads::table
        .filter(leads::enquiry_id.eq_any(of))
        .filter(leads::merged_into.is_not_null())
        .select((leads::merged_into.assume_not_null(), leads::enquiry_id))
        .load(conn)?;
    let absorbed: Vec<(LeadId, EnquiryId)> = leads::table
        .inner_join(kin.on(leads::merged_into.eq(kin.field(leads::id).nullable())))
        .filter(kin.field(leads::enquiry_id).eq_any(of))
        .select((leads::id, kin.field(leads::enquiry_id)))
        .load(conn)?;
    let told: Vec<(LeadId, EnquiryId)> = survivors.into_iter().chain(absorbed).collect();
    let ids: Vec<LeadId> = told.iter().map(|(lead, _)| *lead).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let events: Vec<(LeadId, LeadEventId, Option<String>, Option<String>)> = lead_events::table
        .filter(lead_events::lead_id.eq_any(&ids))
        .filter(lead_events::side.ne(LeadSide::Buyer))
        .filter(lead_events::note.is_not_null().or(lead_events::details.is_not_null()))
        .select((lead_events::lead_id, lead_events::id, lead_events::note, lead_events::details))
        .load(conn)?;
    let offers: Vec<(LeadId, QuoteId, Option<String>)> = quotes::table
        .filter(quotes::lead_id.eq_any(&ids))
        .filter(quotes::side.ne(LeadSide::Buyer))
        .select((quotes::lead_id, quotes::id, quotes::terms))
        .load(conn)?;
    let mut all = Vec::new();
    let mut add = |lead: LeadId, place, text: Option<String>| {
        let Some(text) = text else { return };
        for (_, enquiry) in told.iter().filter(|(of, _)| *of == lead) {
            all.push(Written { enquiry: *enquiry, place, text: text.clone() });
        }
    };
    for (lead, id, note, details) in events {
        add(lead, Place::Note(id), note);
        add(lead, Place::Details(id), details);
    }
    for (lead, id, terms) in offers {
        add(lead, Place::Terms(id), terms);
    }
    Ok(all)
}

/// Puts another text there.
pub fn rewrite(conn: &mut Conn, place: Place, text: &str) -> QueryResult<()> {
    match place {
        Place::Note(id) => {
            diesel::update(lead_events::table.find(id)).set(lead_events::note.eq(text)).execute(conn)
        }
        Place::Details(id) => {
            diesel::update(lead_events::table.find(id)).set(lead_events::details.eq(text)).execute(conn)
        }
        Place::Terms(id) => diesel::update(quotes::table.find(id)).set(quotes::terms.eq(text)).execute(conn),
        Place::BuyerName(id) => {
            diesel::update(agreements::table.find(id)).set(agreements::buyer_name.eq(text)).execute(conn)
        }
        Place::VoidReason(id) => {
            diesel::update(agreements::table.find(id)).set(agreements::void_reason.eq(text)).execute(conn)
        }
    }
    .map(|_| ())
}

/// What the buyers of these leads wrote, why somebody wanted their contact, and the links by which they follow.
pub fn forget_words_on(conn: &mut Conn, of: &[LeadId]) -> QueryResult<()> {
    diesel::update(
        lead_events::table
            .filter(lead_events::lead_id.eq_any(of))
            .filter(lead_events::side.eq(LeadSide::Buyer))
            .filter(lead_events::note.is_not_null()),
    )
    .set(lead_events::note.eq(ERASED_TEXT))
    .execute(conn)?;
    diesel::update(
        quotes::table
            .filter(quotes::lead_id.eq_any(of))
            .filter(quotes::side.eq(LeadSide::Buyer))
            .filter(quotes::terms.is_not_null()),
    )
    .set(quotes::terms.eq(ERASED_TEXT))
    .execute(conn)?;
    diesel::update(
        contact_reveals::table
            .filter(contact_reveals::lead_id.eq_any(of))
            .filter(contact_reveals::because.is_not_null()),
    )
    .set(contact_reveals::because.eq(ERASED_TEXT))
    .execute(conn)?;
    diesel::delete(
        lead_links::table.filter(lead_links::lead_id.eq_any(of)).filter(lead_links::user_id.is_null()),
    )
    .execute(conn)
    .map(|_| ())
}

/// The details of what the buyers of these leads recorded.
pub fn buyer_details(conn: &mut Conn, of: &[LeadId]) -> QueryResult<Vec<(LeadEventId, String)>> {
    lead_events::table
        .filter(lead_events::lead_id.eq_any(of))
        .filter(lead_events::side.eq(LeadSide::Buyer))
        .filter(lead_events::details.is_not_null())
        .select((lead_events::id, lead_events::details.assume_not_null()))
        .load(conn)
}

/// The tax codes of buyers who are persons.
pub fn forget_buyer_codes(conn: &mut Conn, of: &[AgreementId]) -> QueryResult<()> {
    diesel::update(agreements::table.filter(agreements::id.eq_any(of)))
        .set(agreements::buyer_tax_code.eq(None::<String>))
        .execute(conn)
        .map(|_| ())
}

/// What was attached to these enquiries: the content and the name; size and hash stay.
pub fn forget_attachments(conn: &mut Conn, of: &[EnquiryId]) -> QueryResult<usize> {
    let attached = enquiry_files::table.filter(enquiry_files::enquiry_id.eq_any(of));
    let ids: Vec<FileId> = attached.select(enquiry_files::file_id).load(conn)?;
    forget_files(conn, &ids)
}

/// The evidence of the agreements of these enquiries; that there was one, and its hash, stays.
pub fn forget_evidence(conn: &mut Conn, of: &[EnquiryId]) -> QueryResult<usize> {
    let evidence = agreement_files::table
        .inner_join(agreements::table.inner_join(leads::table))
        .filter(leads::enquiry_id.eq_any(of));
    let ids: Vec<FileId> = evidence.select(agreement_files::file_id).load(conn)?;
    forget_files(conn, &ids)
}

fn forget_files(conn: &mut Conn, ids: &[FileId]) -> QueryResult<usize> {
    diesel::update(files::table.filter(files::id.eq_any(ids)))
        .set((files::content.eq(None::<Vec<u8>>), files::name.eq(ERASED_FILE)))
        .execute(conn)
}

/// Files of a user: those nothing refers to, and the names of the others, which people choose as they like.
pub fn forget_files_of(conn: &mut Conn, user: UserId) -> QueryResult<()> {
    let own = || files::table.filter(files::user_id.eq(user));
    diesel::delete(own().filter(files::used_at.is_null())).execute(conn)?;
    diesel::update(own()).set(files::name.eq(ERASED_FILE)).execute(conn).map(|_| ())
}

/// What a user wrote where a lead is not its own, the links that were sent to it, and the letters it switched off.
pub fn forget_part_of(conn: &mut Conn, user: UserId) -> QueryResult<()> {
    diesel::update(
        contact_reveals::table
            .filter(contact_reveals::user_id.eq(user))
            .filter(contact_reveals::because.is_not_null()),
    )
    .set(contact_reveals::because.eq(ERASED_TEXT))
    .execute(conn)?;
    diesel::update(
        agreements::table
            .filter(agreements::voided_by.eq(user))
            .filter(agreements::void_reason.is_not_null()),
    )
    .set(agreements::void_reason.eq(ERASED_TEXT))
    .execute(conn)?;
    diesel::delete(lead_links::table.filter(lead_links::user_id.eq(user))).execute(conn)?;
    diesel::delete(notifications_off::table.filter(notifications_off::user_id.eq(user)))
        .execute(conn)
        .map(|_| ())
}

/// What waits for an enquiry that has not come, as far as the person is told in it or handed it in: it waits no more. That it
/// was handed in stays, so that handing it in again brings nothing back.
pub fn close_captures(
    conn: &mut Conn,
    recorder: Option<UserId>,
    traces: &Traces,
    now: Instant,
) -> QueryResult<usize> {
    let mut last: Option<Key> = None;
    let (mut closed, recorder) = (0, recorder.map(|user| user.to_string()));
    loop {
        let mut waiting = capture_items::table
            .filter(capture_items::done_at.is_null())
            .into_boxed::<crate::db::MultiBackend>();
        if let Some(last) = last {
            waiting = waiting.filter(capture_items::id.gt(last));
        }
        let page: Vec<(Key, String, Option<String>)> = waiting
            .order(capture_items::id)
            .limit(PAGE)
            .select((capture_items::id, capture_items::recorder, capture_items::content))
            .load(conn)?;
        let Some((end, ..)) = page.last() else { return Ok(closed) };
        last = Some(*end);
        let theirs = page.iter().filter(|(_, by, content)| {
            recorder.as_ref() == Some(by) || content.as_deref().is_some_and(|content| traces.are_in(content))
        });
        let theirs: Vec<Key> = theirs.map(|(id, ..)| *id).collect();
        closed += set_done(conn, &theirs, now)?;
    }
}

fn set_done(conn: &mut Conn, items: &[Key], now: Instant) -> QueryResult<usize> {
    diesel::update(capture_items::table.filter(capture_items::id.eq_any(items)))
        .set((capture_items::content.eq(None::<String>), capture_items::done_at.eq(now)))
        .execute(conn)
}

/// What has waited too long, and what was handed in long ago.
pub fn retain_captures(
    conn: &mut Conn,
    waiting_before: Instant,
    done_before: Instant,
    now: Instant,
    rows: i64,
) -> QueryResult<usize> {
    let waiting: Vec<Key> = capture_items::table
        .filter(capture_items::done_at.is_null())
        .filter(capture_items::received_at.lt(waiting_before))
        .limit(rows)
        .select(capture_items::id)
        .load(conn)?;
    let closed = set_done(conn, &waiting, now)?;
    let old: Vec<Key> = capture_items::table
        .filter(capture_items::received_at.lt(done_before))
        .limit(rows)
        .select(capture_items::id)
        .load(conn)?;
    let deleted = diesel::delete(capture_items::table.filter(capture_items::id.eq_any(old))).execute(conn)?;
    Ok(closed.max(deleted))
}

/// Links that ran out before an instant.
pub fn delete_lead_links(conn: &mut Conn, before: Instant, rows: i64) -> QueryResult<usize> {
    let old: Vec<String> = lead_links::table
        .filter(lead_links::expires_at.lt(before))
        .limit(rows)
        .select(lead_links::id)
        .load(conn)?;
    if old.is_empty() {
        return Ok(0);
    }
    diesel::delete(lead_links::table.filter(lead_links::id.eq_any(old))).execute(conn)
}

/// An officer who has got the contact of a lead.
#[derive(Debug, Queryable)]
pub struct Informed {
    pub lead: LeadId,
    pub user: UserId,
    pub email: String,
    pub language: UserLanguage,
}

/// The officers who have got the contacts of these leads.
pub fn officers_informed(conn: &mut Conn, of: &[LeadId]) -> QueryResult<Vec<Informed>> {
    contact_reveals::table
        .inner_join(users::table)
        .filter(contact_reveals::lead_id.eq_any(of))
        .filter(contact_reveals::side.eq(LeadSide::Office))
        .filter(users::erased_at.is_null())
        .order((users::id, contact_reveals::lead_id))
        .select((contact_reveals::lead_id, users::id, users::email, users::language))
        .load(conn)
}
