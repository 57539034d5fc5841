//! Requests about personal data: received, confirmed, answered, extended once, carried out.
//!
//! Whoever has no account proves by a letter that the address is theirs; until then the request counts for nothing, and
//! whether an address is known shows to nobody. Only administrators handle requests. Each step writes a letter to who asked.

use super::{
    AddressExport, Answer, DataRequest, DataRequestAnswer, DataRequestId, DataRequestKind, DataRequestState,
    DueDates, ErasedAddress, ExtensionDays, PrivacyError, erasure, export, rule, store,
};
use crate::accounts::{Email, UserId, UserLanguage};
use crate::audit::{self, Action, Agent, Event, SubjectKind};
use crate::auth::secret::Secret;
use crate::db::{Conn, Day};
use crate::mail::{self, Letter, MailKind};
use crate::world::World;
use diesel::QueryResult;

/// Requests in a day: of a user, who is told; and of strangers in the name of one address that were not confirmed. What comes of
/// them beyond is answered alike and not kept.
const MOST_A_DAY: usize = 3;
const DAY_SECONDS: i64 = 86_400;

/// A request as somebody makes it.
#[derive(Debug, Clone)]
pub struct NewRequest {
    pub kind: DataRequestKind,
    /// Not needed of who is signed in.
    pub email: Option<Email>,
    pub message: Option<DataRequestAnswer>,
    pub language: UserLanguage,
}

/// Takes a request. `user`: the person who is signed in, whose own address needs no confirmation. `link`: where a letter's
/// token leads to.
pub fn submit(
    conn: &mut Conn,
    world: &World,
    by: &Agent,
    user: Option<UserId>,
    new: NewRequest,
    link: &str,
) -> Result<DataRequestState, PrivacyError> {
    let account = match user {
        Some(user) => store::address_of(conn, user)?.map(|(email, key)| (user, email, key)),
        None => None,
    };
    let given = new.email.as_ref().map(Email::key);
    let own = account.filter(|(_, _, key)| given.is_none() || given.as_ref() == Some(key));
    let (owner, email, key) = match (own, &new.email) {
        (Some((user, email, key)), _) => (Some(user), email, key),
        (None, Some(email)) => (None, email.as_str().to_owned(), email.key()),
        (None, None) => return Err(PrivacyError::NotFound),
    };
    let state = if owner.is_some() { DataRequestState::Received } else { DataRequestState::Unconfirmed };
    let since = world.now().plus_seconds(-DAY_SECONDS);
    match owner {
        Some(user) => {
            let before = store::asked_since(conn, user, since)?;
            if let Some(first) = before.get(MOST_A_DAY - 1) {
                let wait = first.plus_seconds(DAY_SECONDS).unix_seconds() - world.now().unix_seconds();
                return Err(PrivacyError::AskedTooOften(wait.max(1)));
            }
        }
        None => {
            let before = store::unconfirmed_since(conn, &key, since)?;
            if usize::try_from(before).is_ok_and(|before| before >= MOST_A_DAY) {
                return Ok(state);
            }
        }
    }
    let mut request = DataRequest {
        id: world.id(),
        kind: new.kind,
        user: owner,
        email: Some(email),
        email_key: Some(key),
        message: new.message.map(|message| message.as_str().to_owned()),
        language: new.language,
        state,
        received_at: world.now(),
        due: DueDates::of(world.today(), false),
        extended: false,
        extension_reason: None,
        answered_at: None,
        completed_at: None,
        handled_by: None,
        answer: None,
    };
    if owner.is_some() {
        receive(conn, world, &mut request)?;
        store::insert_request(conn, &request, None)?;
        record(conn, world, by, Action::DataRequestReceived, &request)?;
        return Ok(state);
    }
    let token = Secret::random(world);
    store::insert_request(conn, &request, Some(&token.hash()))?;
    let values = vec![("link", format!("{link}#{}", token.reveal())), ("token", token.reveal().to_owned())];
    write(conn, world, MailKind::DataRequestConfirm, &request, values)?;
    Ok(state)
}

/// The address is theirs: the law's terms begin.
pub fn confirm(
    conn: &mut Conn,
    world: &World,
    by: &Agent,
    token: &Secret,
) -> Result<DataRequest, PrivacyError> {
    let found = store::lock_by_token(conn, &token.hash())?;
    let mut request = found
        .filter(|request| request.state == DataRequestState::Unconfirmed)
        .filter(|request| {
            world.now() < request.received_at.plus_seconds(rule::CONFIRMATION_DAYS * DAY_SECONDS)
        })
        .ok_or(PrivacyError::InvalidLink)?;
    request.state = DataRequestState::Received;
    request.received_at = world.now();
    receive(conn, world, &mut request)?;
    store::update_request(conn, &request)?;
    record(conn, world, by, Action::DataRequestReceived, &request)?;
    Ok(request)
}

/// Sets the terms and tells them.
fn receive(conn: &mut Conn, world: &World, request: &mut DataRequest) -> QueryResult<()> {
    let key = request.email_key.clone().unwrap_or_default();
    let others = request.kind.concerns_others() && store::was_passed_on(conn, request.user, &key)?;
    request.due = DueDates::of(world.today(), others);
    let values = vec![
        ("answer_due", request.due.answer.to_string()),
        ("complete_due", request.due.complete.to_string()),
    ];
    write(conn, world, MailKind::DataRequestReceived, request, values)
}

/// A request, if there is one.
pub fn find(conn: &mut Conn, id: DataRequestId) -> Result<DataRequest, PrivacyError> {
    store::find_request(conn, id)?.ok_or(PrivacyError::NotFound)
}

/// At most `rows` requests by their last term, after the one a cursor names.
pub fn list(
    conn: &mut Conn,
    filter: &super::RequestFilter,
    after: Option<(Day, DataRequestId)>,
    rows: i64,
) -> QueryResult<Vec<DataRequest>> {
    store::page_of_requests(conn, filter, after, rows)
}

/// A request that is to be handled, locked until the transaction ends.
fn open(conn: &mut Conn, id: DataRequestId) -> Result<DataRequest, PrivacyError> {
    let request = store::lock_request(conn, id)?.ok_or(PrivacyError::NotFound)?;
    match request.state {
        DataRequestState::Unconfirmed => Err(PrivacyError::Unconfirmed),
        state if state.is_open() => Ok(request),
        _ => Err(PrivacyError::AlreadyDecided),
    }
}

/// Answers a request.
pub fn answer(
    conn: &mut Conn,
    world: &World,
    by: (&Agent, UserId),
    id: DataRequestId,
    outcome: Answer,
    text: &DataRequestAnswer,
) -> Result<DataRequest, PrivacyError> {
    let mut request = open(conn, id)?;
    request.take(outcome, text.as_str(), by.1, world.now());
    store::update_request(conn, &request)?;
    let (kind, action) = match outcome {
        Answer::Answered => (MailKind::DataRequestAnswered, Action::DataRequestAnswered),
        Answer::Completed => (MailKind::DataRequestCompleted, Action::DataRequestCompleted),
        Answer::Refused => (MailKind::DataRequestRefused, Action::DataRequestRefused),
    };
    write(conn, world, kind, &request, vec![("answer", text.as_str().to_owned())])?;
    record(conn, world, by.0, action, &request)?;
    Ok(request)
}

/// Extends the last term, once.
pub fn extend(
    conn: &mut Conn,
    world: &World,
    by: (&Agent, UserId),
    id: DataRequestId,
    days: ExtensionDays,
    reason: &DataRequestAnswer,
) -> Result<DataRequest, PrivacyError> {
    let mut request = open(conn, id)?;
    if request.extended {
        return Err(PrivacyError::AlreadyExtended);
    }
    request.extended = true;
    request.extension_reason = Some(reason.as_str().to_owned());
    request.due.complete = request.due.complete.plus_days(days.days());
    request.handled_by = Some(by.1);
    store::update_request(conn, &request)?;
    let values =
        vec![("reason", reason.as_str().to_owned()), ("complete_due", request.due.complete.to_string())];
    write(conn, world, MailKind::DataRequestExtended, &request, values)?;
    record(conn, world, by.0, Action::DataRequestExtended, &request)?;
    Ok(request)
}

/// Erases the contacts of all enquiries of the address that asks, which completes the request.
pub fn erase(
    conn: &mut Conn,
    world: &World,
    by: (&Agent, UserId),
    id: DataRequestId,
) -> Result<(DataRequest, ErasedAddress), PrivacyError> {
    let mut request = open(conn, id)?;
    if !request.kind.allows_erasure() {
        return Err(PrivacyError::NotAskedFor);
    }
    let key = request.email_key.clone().ok_or(PrivacyError::Forgotten)?;
    let address = erasure::erase_contacts(conn, world, &key)?;
    let erased = address.enquiries;
    let text = match request.language {
        UserLanguage::Vi => format!(
            "Đã xóa thông tin liên hệ trong {erased} yêu cầu; các chủ thể đã nhận được báo phải ngừng dùng."
        ),
        UserLanguage::En => {
            format!(
                "The contact was erased in {erased} enquiries; the producers who had it were told to stop using it."
            )
        }
    };
    request.take(Answer::Completed, &text, by.1, world.now());
    store::update_request(conn, &request)?;
    write(conn, world, MailKind::DataRequestCompleted, &request, vec![("answer", text)])?;
    let event = event(Action::DataRequestCompleted, &request).with("enquiries_erased", erased);
    audit::record(conn, world, by.0, event)?;
    Ok((request, address))
}

/// Gives what is held about the address that asks, to the administrator and by letter to who asked; it completes the request.
pub fn export(
    conn: &mut Conn,
    world: &World,
    by: (&Agent, UserId),
    id: DataRequestId,
) -> Result<AddressExport, PrivacyError> {
    let mut request = open(conn, id)?;
    if request.kind != DataRequestKind::Access {
        return Err(PrivacyError::NotAskedFor);
    }
    let (Some(email), Some(key)) = (request.email.clone(), request.email_key.clone()) else {
        return Err(PrivacyError::Forgotten);
    };
    let held = export::export_address(conn, world, &email, &key)?;
    let text = serde_json::to_string_pretty(&held).unwrap_or_default();
    let done = match request.language {
        UserLanguage::Vi => "Đã gửi bản sao dữ liệu.",
        UserLanguage::En => "A copy of the data was sent.",
    };
    request.take(Answer::Completed, done, by.1, world.now());
    store::update_request(conn, &request)?;
    write(conn, world, MailKind::DataRequestExport, &request, vec![("data", text)])?;
    record(conn, world, by.0, Action::DataRequestCompleted, &request)?;
    Ok(held)
}

/// A letter to who asked, if the address has not been forgotten.
fn write(
    conn: &mut Conn,
    world: &World,
    kind: MailKind,
    request: &DataRequest,
    mut values: Vec<(&'static str, String)>,
) -> QueryResult<()> {
    let Some(to) = request.email.as_deref().and_then(|email| Email::parse(email).ok()) else { return Ok(()) };
    values.push(("id", request.id.to_string()));
    values.push(("kind", request.kind.in_words(request.language).to_owned()));
    mail::send(conn, world, &Letter { kind, to, user: request.user, language: request.language, values })
}

fn event(action: Action, request: &DataRequest) -> Event {
    Event::new(action, SubjectKind::DataRequest, request.id)
        .with("kind", request.kind)
        .with("complete_due", request.due.complete)
}

fn record(
    conn: &mut Conn,
    world: &World,
    by: &Agent,
    action: Action,
    request: &DataRequest,
) -> QueryResult<()> {
    audit::record(conn, world, by, event(action, request))
}
