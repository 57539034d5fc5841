//! What is written to the office when something comes in, and to the producer when it is decided.

use crate::accounts::{self, Addressee, UserLanguage};
use crate::db::Conn;
use crate::listings::{Field, ReviewReason, Submission, SubmissionState};
use crate::mail::{self, Letter, MailKind};
use crate::products::Product;
use crate::say::{Language, Say};
use crate::world::World;
use diesel::QueryResult;

/// An officer gets so many letters about submissions in a day; of the others the list tells.
const MOST_A_DAY: i64 = 20;
const DAY_SECONDS: i64 = 86_400;

/// Tells the officers of the province that something waits; where there is none, the administrators.
pub fn tell_office(
    conn: &mut Conn,
    world: &World,
    product: &Product,
    submission: &Submission,
) -> QueryResult<()> {
    let province: Vec<String> = product.place.province.iter().cloned().collect();
    let mut readers: Vec<Addressee> =
        accounts::officers_of(conn, &province)?.into_iter().map(|(_, officer)| officer).collect();
    if readers.is_empty() {
        readers = accounts::admins(conn)?;
    }
    let since = world.now().plus_seconds(-DAY_SECONDS);
    let producer = accounts::organisation_name(conn, product.producer).ok().flatten().unwrap_or_default();
    for reader in readers {
        if mail::count_since(conn, reader.user, MailKind::ListingSubmitted, since)? >= MOST_A_DAY {
            continue;
        }
        let language = reader.language;
        let values = vec![
            ("product", product.name.clone()),
            ("producer", producer.clone()),
            ("fields", listed(&submission.changes.fields(), language)),
            ("path", path(product, submission)),
        ];
        send(conn, world, MailKind::ListingSubmitted, reader, values)?;
    }
    Ok(())
}

/// Tells the owners and editors of the producer what was decided.
pub fn tell_producer(
    conn: &mut Conn,
    world: &World,
    product: &Product,
    submission: &Submission,
) -> QueryResult<()> {
    for (_, reader) in accounts::editors_of(conn, &[product.producer])? {
        let language = reader.language;
        let values = vec![
            ("product", product.name.clone()),
            ("decision", said(decision(submission), language)),
            ("remarks", remarks(submission, language)),
            ("path", path(product, submission)),
        ];
        send(conn, world, MailKind::ListingReviewed, reader, values)?;
    }
    Ok(())
}

fn send(
    conn: &mut Conn,
    world: &World,
    kind: MailKind,
    to: Addressee,
    values: Vec<(&'static str, String)>,
) -> QueryResult<()> {
    let letter = Letter { kind, to: to.email, user: Some(to.user), language: to.language, values };
    mail::send(conn, world, &letter)
}

fn path(product: &Product, submission: &Submission) -> String {
    format!("/v1/listings/{}/submissions/{}", product.id, submission.id)
}

fn said(say: Say, language: UserLanguage) -> String {
    say.in_language(language.into()).to_owned()
}

fn listed(fields: &[Field], language: UserLanguage) -> String {
    fields.iter().map(|field| format!("– {}\n", said(field.label(), language))).collect()
}

fn decision(submission: &Submission) -> Say {
    match submission.state {
        SubmissionState::Approved if !submission.remarks.0.is_empty() => {
            Say::new("được duyệt một phần", "was approved in part")
        }
        SubmissionState::Approved => Say::new("được duyệt", "was approved"),
        SubmissionState::Asked => Say::new("cần bổ sung", "needs something more"),
        SubmissionState::Refused | SubmissionState::TakenBack | SubmissionState::Waiting => {
            Say::new("không được duyệt", "was not approved")
        }
    }
}

/// In the reader's language if the officer has written it.
fn in_words(reason: &ReviewReason, language: UserLanguage) -> &str {
    match Language::from(language) {
        Language::Vi => &reason.vi,
        Language::En => reason.en.as_deref().unwrap_or(&reason.vi),
    }
}

/// A paragraph with what the officer says, or nothing.
fn remarks(submission: &Submission, language: UserLanguage) -> String {
    let mut text = String::new();
    if let Some(remark) = &submission.remark {
        text.push_str(in_words(remark, language));
        text.push('\n');
    }
    for (field, reason) in &submission.remarks.0 {
        text.push_str(&format!("– {}: {}\n", said(field.label(), language), in_words(reason, language)));
    }
    if text.is_empty() { text } else { format!("{text}\n") }
}
