//! `GET /v1/audit`.

use super::chain::Link;
use super::model::{Action, ActorKind, SubjectKind};
use super::reading::{self, AuditActorId, AuditError, Filter, Shown};
use crate::accounts::Session;
use crate::app::App;
use crate::auth::second_factor_required;
use crate::db::{Conn, Day, Instant};
use crate::http::extract::Many;
use crate::http::page::{self, Cursor, Limit};
use crate::http::{Code, Problem, Query, reply};
use crate::input::Faults;
use crate::organisations::OrganisationId;
use crate::say::{Invalid, Say};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use deserr::Deserr;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

pub fn configure(config: &mut ServiceConfig) {
    config.service(list_audit_entries);
}

impl From<AuditError> for Problem {
    fn from(error: AuditError) -> Self {
        match error {
            AuditError::OrganisationNeeded => {
                let say = Say::new(
                    "Hãy nêu tổ chức mà bạn là chủ sở hữu.",
                    "Please name the organisation that you are an owner of.",
                );
                Self::invalid_query(Faults::one(["organisation"], Invalid::new("missing", say)))
            }
            AuditError::OwnersOnly => Self::new(Code::Forbidden).detail(Say::new(
                "Nhật ký của tổ chức dành cho chủ sở hữu.",
                "The log of an organisation is for its owners.",
            )),
            AuditError::NotFound => Self::not_found(),
            AuditError::OfficeWaits => second_factor_required(),
            AuditError::Db(failure) => failure.into(),
        }
    }
}

/// The id of a thing: of most a UUID.
#[derive(Debug, Clone)]
struct SubjectId(String);

impl SubjectId {
    fn parse(text: &str) -> Result<Self, Invalid> {
        match (1..=100).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            true => Ok(Self(text.to_owned())),
            false => Err(Invalid::new(
                "invalid_id",
                Say::new("Không phải mã định danh.", "This is not the id of anything."),
            )),
        }
    }
}

crate::parsed_input!(SubjectId);

#[derive(Debug, IntoParams, Deserr)]
#[into_params(parameter_in = Query)]
#[deserr(error = Faults, deny_unknown_fields)]
struct ListAuditQuery {
    /// Only what concerns this organisation. Who holds no office must name one.
    #[deserr(default)]
    organisation: Option<OrganisationId>,
    /// Only what this user or machine client did.
    #[deserr(default)]
    actor: Option<AuditActorId>,
    /// Only these actions, comma-separated.
    #[deserr(default)]
    #[param(value_type = Option<Vec<Action>>, style = Form, explode = false, example = json!(["certification.revoked", "listing.withdrawn"]))]
    action: Many<Action>,
    /// Only what was done to the thing with this id.
    #[deserr(default)]
    #[param(value_type = Option<String>, min_length = 1, max_length = 100)]
    subject: Option<SubjectId>,
    /// Only what was done on this local day or later.
    #[deserr(default)]
    from: Option<Day>,
    /// Only what was done on this local day or earlier.
    #[deserr(default)]
    to: Option<Day>,
    /// Rows of a page: 1 to 100, 20 unless told.
    #[deserr(default)]
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[deserr(default)]
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
}

impl ListAuditQuery {
    fn filter(&self) -> Result<Filter, Problem> {
        if self.from.is_some_and(|from| self.to.is_some_and(|to| to < from)) {
            let say = Say::new("Ngày cuối trước ngày đầu.", "The last day is before the first.");
            let faults = Faults::one(["to"], Invalid::new("out_of_range", say));
            return Err(Problem::invalid_query(faults));
        }
        Ok(Filter {
            organisation: self.organisation,
            actor: self.actor,
            actions: self.action.0.clone(),
            subject: self.subject.clone().map(|subject| subject.0),
            from: self.from,
            to: self.to,
        })
    }
}

/// Something that was done.
#[derive(Debug, Serialize, ToSchema)]
struct AuditEntry {
    /// Its number. They have no gaps.
    #[schema(example = 1043, minimum = 1)]
    seq: i64,
    at: Instant,
    actor: AuditActor,
    /// The organisation that had agreed to be acted for by somebody who is not its member.
    on_behalf_of: Option<AuditOrganisation>,
    #[schema(value_type = Action)]
    action: String,
    subject: AuditSubject,
    /// Whom it concerns.
    organisation_id: Option<String>,
    /// Code of the province of that day that it concerns.
    #[schema(example = "33")]
    province: Option<String>,
    /// Where it came from, for who may know: administrators, and owners of what their own members and clients did.
    /// Forgotten after a time.
    #[schema(value_type = Option<AuditOrigin>)]
    origin: Option<Box<RawValue>>,
    request_id: Option<String>,
    /// Facts, by kind of action.
    #[schema(value_type = Object, example = json!({ "stars": 4 }))]
    details: Box<RawValue>,
    /// SHA-256 of `origin` as it was.
    origin_hash: Option<String>,
    /// Hash of the entry before; empty in the first.
    previous_hash: String,
    /// Ties this entry to all before it.
    hash: String,
}

/// Who did it.
#[derive(Debug, Serialize, ToSchema)]
struct AuditActor {
    #[schema(value_type = ActorKind)]
    kind: String,
    /// Of a user or a machine client.
    #[schema(value_type = Option<AuditActorId>)]
    id: Option<String>,
    /// What it is called, for who may know.
    #[schema(example = "Phòng kinh doanh")]
    name: Option<String>,
}

/// An organisation that was acted for.
#[derive(Debug, Serialize, ToSchema)]
struct AuditOrganisation {
    #[schema(value_type = OrganisationId)]
    id: String,
    name: Option<String>,
}

/// What it was done to.
#[derive(Debug, Serialize, ToSchema)]
struct AuditSubject {
    #[schema(value_type = SubjectKind)]
    kind: String,
    id: Option<String>,
}

/// Where something came from.
#[derive(Debug, Serialize, ToSchema)]
struct AuditOrigin {
    /// Random: without it the address could be found from the hash by trying all.
    nonce: String,
    #[schema(example = "203.0.113.7")]
    address: Option<String>,
    user_agent: Option<String>,
}

/// An entry to hold against the chain later.
#[derive(Debug, Serialize, ToSchema)]
struct AuditHead {
    seq: i64,
    hash: String,
}

/// A page of the audit log, newest first.
#[derive(Debug, Serialize, ToSchema)]
struct AuditPage {
    items: Vec<AuditEntry>,
    /// Leads to the next page; `null` on the last.
    #[schema(required = true)]
    next_cursor: Option<String>,
    /// The last entry of the whole log. Who keeps it can prove later that nothing before it was changed.
    head: AuditHead,
}

/// JSON as it is stored, to the byte. What is none (somebody was at the database) is shown as text.
fn as_stored(text: String) -> Option<Box<RawValue>> {
    match RawValue::from_string(text) {
        Ok(raw) => Some(raw),
        Err(_) => RawValue::from_string("\"not JSON\"".to_owned()).ok(),
    }
}

impl From<Shown> for AuditEntry {
    fn from(Shown { entry, actor_name, behalf_name, with_origin }: Shown) -> Self {
        Self {
            seq: entry.seq,
            at: entry.at,
            actor: AuditActor { kind: entry.actor_kind, id: entry.actor_id, name: actor_name },
            on_behalf_of: entry.behalf_id.map(|id| AuditOrganisation { id, name: behalf_name }),
            action: entry.action,
            subject: AuditSubject { kind: entry.subject_kind, id: entry.subject_id },
            organisation_id: entry.organisation_id,
            province: entry.province,
            origin: entry.origin.filter(|_| with_origin).and_then(as_stored),
            request_id: entry.request_id,
            details: as_stored(entry.details).unwrap_or_default(),
            origin_hash: entry.origin_hash,
            previous_hash: entry.previous_hash,
            hash: entry.hash,
        }
    }
}

impl From<Link> for AuditHead {
    fn from(Link { seq, hash }: Link) -> Self {
        Self { seq, hash }
    }
}

/// Read the audit log.
///
/// Who did what, on whose behalf, to what and when; newest first. Administrators read everything, officers what lies in
/// their province and what they did themselves, owners what concerns their `organisation`. Entries are numbered without
/// gaps and chained by their hashes: `head` is the end of the chain, and who notes it can prove later that nothing before
/// it was changed. How the hashes are made stands in the introduction, under "Audit log".
#[utoipa::path(
    tag = "operations",
    params(ListAuditQuery),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "A page of entries", body = AuditPage),
        (status = 404, description = "There is no such organisation, or it is not yours", body = crate::http::problem::ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[get("/v1/audit")]
async fn list_audit_entries(
    req: HttpRequest,
    app: Data<App>,
    caller: Session,
    query: Query<ListAuditQuery>,
) -> Result<HttpResponse, Problem> {
    let (filter, limit) = (query.0.filter()?, query.0.limit);
    let bound_to = format!("{filter:?}");
    let before = query.0.cursor.map(|cursor| cursor.open::<i64>(&bound_to)).transpose()?;
    let read = move |conn: &mut Conn| reading::read(conn, &caller, &filter, before, limit.rows() + 1);
    let (rows, head) = app.db.snapshot(read).await?;
    let (rows, next_cursor) = page::cut(rows, limit, &bound_to, |shown| shown.entry.seq);
    let items = rows.into_iter().map(AuditEntry::from).collect();
    let page = AuditPage { items, next_cursor, head: head.into() };
    let response = reply::private(&req, &page)?;
    Ok(reply::with_next(&req, response, page.next_cursor.as_deref()))
}
