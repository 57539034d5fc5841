//! Requests about personal data.

use crate::accounts::{UserId, UserLanguage};
use crate::db::{Conn, Day, Instant, MultiBackend, PortableDsl};
use crate::privacy::{Answer, DataRequest, DataRequestId, DataRequestKind, DataRequestState, DueDates};
use crate::schema::{data_requests as requests, enquiries, leads, users};
use diesel::prelude::*;

#[derive(Queryable)]
struct Row {
    id: DataRequestId,
    kind: DataRequestKind,
    user_id: Option<UserId>,
    email: Option<String>,
    email_key: Option<String>,
    message: Option<String>,
    language: UserLanguage,
    state: DataRequestState,
    _token_hash: Option<String>,
    received_at: Instant,
    answer_due: Day,
    complete_due: Day,
    extended: bool,
    extension_reason: Option<String>,
    answered_at: Option<Instant>,
    completed_at: Option<Instant>,
    handled_by: Option<UserId>,
    answer: Option<String>,
}

impl From<Row> for DataRequest {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            user: row.user_id,
            email: row.email,
            email_key: row.email_key,
            message: row.message,
            language: row.language,
            state: row.state,
            received_at: row.received_at,
            due: DueDates { answer: row.answer_due, complete: row.complete_due },
            extended: row.extended,
            extension_reason: row.extension_reason,
            answered_at: row.answered_at,
            completed_at: row.completed_at,
            handled_by: row.handled_by,
            answer: row.answer,
        }
    }
}

pub fn insert_request(conn: &mut Conn, new: &DataRequest, token_hash: Option<&str>) -> QueryResult<()> {
    diesel::insert_into(requests::table)
        .values((
            requests::id.eq(new.id),
            requests::kind.eq(new.kind),
            requests::user_id.eq(new.user),
            requests::email.eq(&new.email),
            requests::email_key.eq(&new.email_key),
            requests::message.eq(&new.message),
            requests::language.eq(new.language),
            requests::state.eq(new.state),
            requests::token_hash.eq(token_hash),
            requests::received_at.eq(new.received_at),
            requests::answer_due.eq(new.due.answer),
            requests::complete_due.eq(new.due.complete),
            requests::extended.eq(false),
        ))
        .execute(conn)
        .map(|_| ())
}

/// The requests that tell of an address.
pub fn requests_of(conn: &mut Conn, email_key: &str) -> QueryResult<Vec<String>> {
    requests::table.filter(requests::email_key.eq(email_key)).select(requests::id).load(conn)
}

/// When a user has asked since an instant, the latest first.
pub fn asked_since(conn: &mut Conn, user: UserId, since: Instant) -> QueryResult<Vec<Instant>> {
    requests::table
        .filter(requests::user_id.eq(user))
        .filter(requests::received_at.gt(since))
        .order(requests::received_at.desc())
        .select(requests::received_at)
        .load(conn)
}

/// How many requests have come in the name of an address since an instant that nobody has confirmed.
pub fn unconfirmed_since(conn: &mut Conn, email_key: &str, since: Instant) -> QueryResult<i64> {
    requests::table
        .filter(requests::email_key.eq(email_key))
        .filter(requests::state.eq(DataRequestState::Unconfirmed))
        .filter(requests::received_at.gt(since))
        .count()
        .get_result(conn)
}

/// The address of an account.
pub fn address_of(conn: &mut Conn, user: UserId) -> QueryResult<Option<(String, String)>> {
    users::table
        .filter(users::id.eq(user))
        .filter(users::erased_at.is_null())
        .select((users::email, users::email_key))
        .first(conn)
        .optional()
}

/// Has a producer got the contact of this person?
pub fn was_passed_on(conn: &mut Conn, user: Option<UserId>, email_key: &str) -> QueryResult<bool> {
    let has_it = leads::contact_revealed_at.is_not_null().or(leads::contact_seen_by_office_at.is_not_null());
    let all = || leads::table.inner_join(enquiries::table).filter(has_it).select(leads::id).limit(1);
    let by_address: Vec<crate::leads::LeadId> =
        all().filter(enquiries::contact_email_key.eq(email_key)).load(conn)?;
    if !by_address.is_empty() {
        return Ok(true);
    }
    let Some(user) = user else { return Ok(false) };
    let by_sender: Vec<crate::leads::LeadId> = all()
        .filter(enquiries::sender_user_id.eq(user))
        .filter(enquiries::contact_forgotten_at.is_null())
        .load(conn)?;
    Ok(!by_sender.is_empty())
}

/// The request whose address this token confirms, locked until the transaction ends.
pub fn lock_by_token(conn: &mut Conn, token_hash: &str) -> QueryResult<Option<DataRequest>> {
    requests::table
        .filter(requests::token_hash.eq(token_hash))
        .locked()
        .get_result::<Row>(conn)
        .optional()
        .map(|row| row.map(DataRequest::from))
}

pub fn lock_request(conn: &mut Conn, id: DataRequestId) -> QueryResult<Option<DataRequest>> {
    requests::table
        .filter(requests::id.eq(id))
        .locked()
        .get_result::<Row>(conn)
        .optional()
        .map(|row| row.map(DataRequest::from))
}

pub fn find_request(conn: &mut Conn, id: DataRequestId) -> QueryResult<Option<DataRequest>> {
    requests::table.find(id).first::<Row>(conn).optional().map(|row| row.map(DataRequest::from))
}

/// Writes what changes of a request in its life; its token has been used by then.
pub fn update_request(conn: &mut Conn, request: &DataRequest) -> QueryResult<()> {
    diesel::update(requests::table.find(request.id))
        .set((
            requests::state.eq(request.state),
            requests::token_hash.eq(None::<String>),
            requests::received_at.eq(request.received_at),
            requests::answer_due.eq(request.due.answer),
            requests::complete_due.eq(request.due.complete),
            requests::extended.eq(request.extended),
            requests::extension_reason.eq(&request.extension_reason),
            requests::answered_at.eq(request.answered_at),
            requests::completed_at.eq(request.completed_at),
            requests::handled_by.eq(request.handled_by),
            requests::answer.eq(&request.answer),
        ))
        .execute(conn)
        .map(|_| ())
}

/// What a list of requests is narrowed to.
#[derive(Debug, Clone, Default)]
pub struct RequestFilter {
    pub state: Option<DataRequestState>,
    /// Open ones whose last term ends before this day.
    pub due_before: Option<Day>,
}

/// At most `rows` requests by their last term, after the one a cursor names. Unconfirmed ones only if asked for.
pub fn page_of_requests(
    conn: &mut Conn,
    filter: &RequestFilter,
    after: Option<(Day, DataRequestId)>,
    rows: i64,
) -> QueryResult<Vec<DataRequest>> {
    let mut query = requests::table
        .order((requests::complete_due, requests::id))
        .limit(rows)
        .into_boxed::<MultiBackend>();
    query = match filter.state {
        Some(state) => query.filter(requests::state.eq(state)),
        None => query.filter(requests::state.ne(DataRequestState::Unconfirmed)),
    };
    if let Some(day) = filter.due_before {
        let answer_missing = requests::answered_at.is_null().and(requests::answer_due.lt(day));
        query = query
            .filter(requests::state.eq_any([DataRequestState::Received, DataRequestState::Answered]))
            .filter(requests::complete_due.lt(day).or(answer_missing));
    }
    if let Some((day, id)) = after {
        query = query.filter(
            requests::complete_due.gt(day).or(requests::complete_due.eq(day).and(requests::id.gt(id))),
        );
    }
    let found: Vec<Row> = query.load(conn)?;
    Ok(found.into_iter().map(DataRequest::from).collect())
}

impl DataRequest {
    /// Takes an answer down.
    pub fn take(&mut self, answer: Answer, text: &str, by: UserId, now: Instant) {
        self.state = answer.state();
        self.answer = Some(text.to_owned());
        self.answered_at = self.answered_at.or(Some(now));
        self.handled_by = Some(by);
        if answer != Answer::Answered {
            self.completed_at = Some(now);
        }
    }
}
