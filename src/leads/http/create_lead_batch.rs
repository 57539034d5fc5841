//! `POST /v1/leads/batch`

use super::batch_items::{NewLeadBatch, read_item};
use super::parts::LeadDuplicate;
use crate::app::App;
use crate::auth::{Caller, LeadsWrite, Scoped};
use crate::db::{Conn, Instant};
use crate::http::extract::JsonParts;
use crate::http::problem::PartProblem;
use crate::http::{Problem, reply};
use crate::input;
use crate::leads::{self, Act, Answered, CaptureId, Captured, Duplicate, LeadError, LeadId, Sender, Taken};
use crate::organisations::OrganisationId;
use crate::say::Language;
use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use serde::Serialize;
use serde_json::Value;
use std::collections::HashMap;
use utoipa::ToSchema;

/// So many items are committed together.
const TOGETHER: usize = 50;

crate::text_enum! {
    /// What has become of an item.
    pub enum LeadBatchResult {
        /// It is stored now
        Created = "created",
        /// It had been stored before
        Unchanged = "unchanged",
        /// It is kept until its enquiry comes from the same recorder; hand it in again with that, to be sure
        Waiting = "waiting",
        /// It is not stored; `problem` tells why. Put right, or later, it may be handed in again under the same id
        Refused = "refused",
    }
}

/// What has become of a batch.
#[derive(Debug, Serialize, ToSchema)]
struct LeadBatchReceipt {
    received_at: Instant,
    /// One for each item, in the order of the request.
    items: Vec<LeadBatchReceiptItem>,
    /// Items of earlier requests that had been waiting for an enquiry of this one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    released: Vec<LeadBatchReceiptItem>,
}

/// What has become of an item.
#[derive(Debug, Serialize, ToSchema)]
struct LeadBatchReceiptItem {
    /// The item's id, if it has a good one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    id: Option<CaptureId>,
    result: LeadBatchResult,
    /// The leads concerned.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    leads: Vec<LeadBatchLead>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    problem: Option<PartProblem>,
}

/// A lead of an item.
#[derive(Debug, Serialize, ToSchema)]
struct LeadBatchLead {
    id: LeadId,
    producer_id: OrganisationId,
    /// Of an enquiry that is new: other leads that may be the same.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    possible_duplicates: Vec<LeadDuplicate>,
}

impl LeadBatchReceiptItem {
    fn refused(id: Option<CaptureId>, problem: &Problem, language: Language) -> Self {
        let problem = Some(problem.of_part(language));
        Self { id, result: LeadBatchResult::Refused, leads: Vec::new(), problem }
    }

    fn new(answered: Answered, place: &[&str], language: Language) -> Self {
        let Answered { id, outcome } = answered;
        let (result, leads) = match outcome {
            Ok(Taken::Created(leads)) => (LeadBatchResult::Created, leads),
            Ok(Taken::Unchanged(leads)) => (LeadBatchResult::Unchanged, leads),
            Ok(Taken::Waiting) => (LeadBatchResult::Waiting, Vec::new()),
            Err(LeadError::Invalid(faults)) => {
                let problem = Problem::invalid_body(faults.within(place));
                return Self::refused(Some(id), &problem, language);
            }
            Err(error) => return Self::refused(Some(id), &error.into(), language),
        };
        let leads = leads.into_iter().map(|(id, producer_id)| LeadBatchLead {
            id,
            producer_id,
            possible_duplicates: Vec::new(),
        });
        Self { id: Some(id), result, leads: leads.collect(), problem: None }
    }

    /// The leads that are new with it.
    fn new_leads(&self) -> &[LeadBatchLead] {
        if self.result == LeadBatchResult::Created { &self.leads } else { &[] }
    }
}

/// Hand in what was recorded offline.
///
/// A device at a fair makes an id for each item itself (UUID version 7), notes when it happened, and hands in what it has
/// when there is a network. Handing in the same again, whole or in parts, in any order, changes nothing and is answered with
/// `unchanged`; so when no answer comes, hand in again. Enquiries are taken ahead of what is about them. What is about an
/// enquiry that has not come waits for it. Each item is stored for itself: one that is refused harms no other, and what is
/// answered is durable. Keep an item on the device until it is `created` or `unchanged`. A body of more than 2 MB is refused
/// (413): hand in fewer items at once.
#[utoipa::path(
    tag = "leads",
    request_body(content = NewLeadBatch, examples(
        ("fair" = (summary = "An enquiry at a stand, what was noted, and what was completed in the evening", value = json!({ "items": [
            { "type": "lead", "id": "019ab3f2-7c1a-7d55-9a3e-0c0f7a1b2c3d", "occurred_at": "2026-11-23T09:30:00+07:00", "lead": {
                "products": [{ "product_id": "01999f6e-3c1a-7d55-9a3e-0c0f7a1b2c3d", "quantity": 20, "unit": "XBX" }],
                "message": "Muốn bán thử tại cửa hàng.",
                "company": { "name": "Cửa hàng Ví Dụ" },
                "contact": { "name": "Khách tại quầy" },
                "source": { "channel": "fair", "event": "Hội chợ OCOP" },
                "walk_in": { "as": "organiser" },
                "consent": { "text_version": "2026-11", "accepted": true }
            } },
            { "type": "event", "id": "019ab3f2-7c1b-7a10-8b1f-3d5e7f901234", "occurred_at": "2026-11-23T09:32:00+07:00",
              "enquiry_id": "019ab3f2-7c1a-7d55-9a3e-0c0f7a1b2c3d", "event": { "type": "note", "note": "Nếm thử, hẹn gửi mẫu." } },
            { "type": "enrichment", "id": "019ab3f2-7c1c-7e42-a6d0-5b7c9d0e1f23", "occurred_at": "2026-11-23T17:05:00+07:00",
              "enquiry_id": "019ab3f2-7c1a-7d55-9a3e-0c0f7a1b2c3d",
              "changes": { "company": { "tax_code": "9900000016" }, "contact": { "phone": "0900 000 000" } } }
        ] }))),
    )),
    security(("bearer" = []), ("client" = ["leads.write"])),
    responses(
        (status = 200, description = "What has become of each item", body = LeadBatchReceipt),
    )
)]
#[post("/v1/leads/batch")]
pub async fn create_lead_batch(
    app: Data<App>,
    by: Scoped<LeadsWrite>,
    language: Language,
    body: JsonParts,
) -> Result<HttpResponse, Problem> {
    let batch: NewLeadBatch = input::read(body.0).map_err(Problem::invalid_body)?;
    let now = app.world.now();
    let mut work =
        Work { app: &app, by: by.caller, now, language, answers: Vec::new(), released: Vec::new() };
    let items = work.read(batch.items.0);
    let items = work.within_budget(items).await?;
    work.take(items).await?;
    let receipt = work.receipt().await?;
    Ok(reply::in_language(reply::answer(&receipt)?, language))
}

/// A batch on its way.
struct Work<'a> {
    app: &'a Data<App>,
    by: Caller,
    now: Instant,
    language: Language,
    /// Of each item, once it is there.
    answers: Vec<Option<LeadBatchReceiptItem>>,
    released: Vec<LeadBatchReceiptItem>,
}

/// Items, each with its place in the request.
type Placed = Vec<(usize, Captured)>;

impl Work<'_> {
    /// The items that can be read, in the order in which they are to be taken; the others are answered.
    fn read(&mut self, items: Vec<Value>) -> Placed {
        let mut readable = Vec::with_capacity(items.len());
        for (place, item) in items.into_iter().enumerate() {
            let id = item.get("id").and_then(Value::as_str).and_then(|id| CaptureId::parse(id).ok());
            match read_item(item, self.now, self.language, &self.app.reference) {
                Ok(item) => {
                    readable.push((place, item));
                    self.answers.push(None);
                }
                Err(faults) => {
                    let problem = Problem::invalid_body(faults.within(&["items", &place.to_string()]));
                    let refused = LeadBatchReceiptItem::refused(id, &problem, self.language);
                    self.answers.push(Some(refused));
                }
            }
        }
        readable.sort_by_key(|(_, item)| item.turn());
        readable
    }

    /// Without the enquiries that are new and beyond what the caller may send today; those are answered.
    async fn within_budget(&mut self, items: Placed) -> Result<Placed, Problem> {
        let opens = |item: &Captured| matches!(item.act, Act::Lead { .. });
        let ids: Vec<CaptureId> =
            items.iter().filter(|(_, item)| opens(item)).map(|(_, item)| item.id).collect();
        if ids.is_empty() {
            return Ok(items);
        }
        let by = self.by.clone();
        let look = move |conn: &mut Conn| {
            Ok::<_, LeadError>((Sender::of(conn, &by)?, leads::handed_in(conn, &ids)?))
        };
        let (Sender { standing, budget }, known) = self.app.db.read(look).await?;
        let mut allowed = Vec::with_capacity(items.len());
        for (place, item) in items {
            let counts = opens(&item) && !known.contains(&item.id);
            match counts.then(|| self.app.limits.enquiries.check(standing, &budget)).transpose() {
                Ok(_) => allowed.push((place, item)),
                Err(problem) => {
                    let refused = LeadBatchReceiptItem::refused(Some(item.id), &problem, self.language);
                    self.answer(place, refused);
                }
            }
        }
        Ok(allowed)
    }

    fn answer(&mut self, place: usize, item: LeadBatchReceiptItem) {
        if let Some(slot) = self.answers.get_mut(place) {
            *slot = Some(item);
        }
    }

    /// Some at once: writers beside it need not wait for a whole batch, nor it for a commit of each item.
    async fn take(&mut self, items: Placed) -> Result<(), Problem> {
        let mut items = items.into_iter().peekable();
        while items.peek().is_some() {
            let (places, group): (Vec<usize>, Vec<Captured>) = items.by_ref().take(TOGETHER).unzip();
            let (world, reference, by) =
                (self.app.world.clone(), self.app.reference.clone(), self.by.clone());
            let (now, language) = (self.now, self.language);
            let taken = move |conn: &mut Conn| {
                let read = |content: &str| {
                    let item = serde_json::from_str(content).unwrap_or_default();
                    read_item(item, now, language, &reference)
                };
                leads::take(conn, &world, &reference, &by, group, read)
            };
            let (answers, released) = self.app.db.write(taken).await?;
            for (place, answer) in places.into_iter().zip(answers) {
                let item = LeadBatchReceiptItem::new(answer, &["items", &place.to_string()], language);
                self.answer(place, item);
            }
            let released = released.into_iter();
            self.released.extend(released.map(|answer| LeadBatchReceiptItem::new(answer, &[], language)));
        }
        Ok(())
    }

    /// All answers, with what may be the same as what is new.
    async fn receipt(self) -> Result<LeadBatchReceipt, Problem> {
        let mut items: Vec<LeadBatchReceiptItem> = self.answers.into_iter().flatten().collect();
        let new: Vec<LeadId> =
            items.iter().flat_map(LeadBatchReceiptItem::new_leads).map(|lead| lead.id).collect();
        let (reference, by) = (self.app.reference.clone(), self.by);
        let look = move |conn: &mut Conn| leads::possible_duplicates(conn, &reference, &by, &new);
        let mut found: HashMap<LeadId, Vec<Duplicate>> = self.app.db.snapshot(look).await?;
        for lead in items.iter_mut().flat_map(|item| &mut item.leads) {
            let found = found.remove(&lead.id).unwrap_or_default();
            lead.possible_duplicates = found.into_iter().map(LeadDuplicate::from).collect();
        }
        Ok(LeadBatchReceipt { received_at: self.now, items, released: self.released })
    }
}
