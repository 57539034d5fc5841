//! `POST /v1/leads`

use super::intake_parts::{LeadAdvice, LeadDelivery};
use super::new_lead::{Answerable, NewLead};
use super::parts::{LeadDuplicate, LeadItem, LeadProducer};
use crate::app::App;
use crate::auth::{Caller, LeadsWrite, MaybeScoped, Principal};
use crate::db::{Conn, Day, Instant};
use crate::http::extract::Flag;
use crate::http::idempotency::{self, Answer, Need, Prepared, Together};
use crate::http::limits::{Allowance, client_address};
use crate::http::problem::ProblemDocument;
use crate::http::{Json, Problem, Query, reply};
use crate::input::Faults;
use crate::leads::{
    self, Duplicate, EnquiryId, EnquiryRows, LeadError, LeadId, LeadStage, NewEnquiry, Received, Recorder,
    Sender, Share, WalkIn,
};
use crate::reference::Reference;
use crate::say::Language;
use crate::world::World;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use deserr::Deserr;
use diesel::QueryResult;
use serde::Serialize;
use std::collections::HashMap;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

#[derive(Debug, IntoParams, Deserr)]
#[into_params(parameter_in = Query)]
#[deserr(error = Faults, deny_unknown_fields)]
struct CreateLeadQuery {
    /// `true`: run every check, write nothing, answer 200.
    #[deserr(default)]
    #[param(value_type = Option<bool>)]
    validate_only: Flag,
}

/// What an enquiry has become.
#[derive(Debug, Serialize, ToSchema)]
struct LeadReceipt {
    enquiry_id: EnquiryId,
    received_at: Instant,
    /// One for each producer concerned.
    leads: Vec<LeadReceiptPart>,
    #[serde(flatten)]
    told: LeadTold,
}

/// What is told of an enquiry besides.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct LeadTold {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    delivery: Option<LeadDelivery>,
    /// What does not go together with what the producers state: smallest order, monthly capacity, season, certificates,
    /// price. Empty if everything does, or nothing is stated.
    advice: Vec<LeadAdvice>,
}

impl LeadTold {
    fn of(app: &App, enquiry: &NewEnquiry, on: Day) -> Self {
        let NewEnquiry { delivery_unit, delivery_from, delivery_until, .. } = enquiry;
        let period = (*delivery_from, *delivery_until);
        let advice = leads::advise(&app.catalogue.memory(), enquiry);
        Self {
            delivery: LeadDelivery::asked(delivery_unit.as_deref(), period, &app.reference, on),
            advice: advice.into_iter().map(LeadAdvice::from).collect(),
        }
    }
}

/// The part of an enquiry that went to one producer.
#[derive(Debug, Serialize, ToSchema)]
struct LeadReceiptPart {
    id: LeadId,
    producer: LeadProducer,
    products: Vec<LeadItem>,
    stage: LeadStage,
    /// Other leads of the sender's that may be the same; a suggestion only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    possible_duplicates: Vec<LeadDuplicate>,
}

/// What an enquiry would become.
#[derive(Debug, Serialize, ToSchema)]
struct LeadPreview {
    leads: Vec<LeadPreviewPart>,
    #[serde(flatten)]
    told: LeadTold,
}

/// The part of an enquiry that would go to one producer.
#[derive(Debug, Serialize, ToSchema)]
struct LeadPreviewPart {
    producer: LeadProducer,
    products: Vec<LeadItem>,
}

impl From<Share> for LeadPreviewPart {
    fn from(share: Share) -> Self {
        Self {
            producer: LeadProducer { id: share.producer, name: share.producer_name },
            products: share.items.into_iter().map(LeadItem::from).collect(),
        }
    }
}

impl LeadReceipt {
    fn new(received: Received, told: LeadTold) -> Self {
        let leads = received.leads.into_iter().map(|(id, share)| {
            let LeadPreviewPart { producer, products } = share.into();
            LeadReceiptPart {
                id,
                producer,
                products,
                stage: LeadStage::Enquiry,
                possible_duplicates: Vec::new(),
            }
        });
        Self { enquiry_id: received.enquiry, received_at: received.at, leads: leads.collect(), told }
    }

    fn ids(&self) -> Vec<LeadId> {
        self.leads.iter().map(|lead| lead.id).collect()
    }

    /// Adds what may be the same as what has come.
    fn suggest(&mut self, mut found: HashMap<LeadId, Vec<Duplicate>>) {
        for lead in &mut self.leads {
            let found = found.remove(&lead.id).unwrap_or_default();
            lead.possible_duplicates = found.into_iter().map(LeadDuplicate::from).collect();
        }
    }

    /// The lead if there is one, else the list of them.
    fn location(&self) -> String {
        match self.leads.as_slice() {
            [only] => format!("/v1/leads/{}", only.id),
            _ => format!("/v1/leads?enquiry={}", self.enquiry_id),
        }
    }
}

/// Send an enquiry.
///
/// Anybody may ask; a signed-in sender can follow the leads afterwards. The enquiry becomes one lead for each producer
/// concerned, stored before the answer is given. Every product must be certified today. Send an `Idempotency-Key` and
/// the same one when you try again: the enquiry then arrives once, and the answer is the same. The sender must have
/// agreed to the text at `/v1/consent-texts/current`.
///
/// `advice` in the answer names what does not go together with what the producers state (smallest order, monthly capacity,
/// season, certificates, price); it never refuses anything. With `walk_in` an editor of an organiser or of the producer, or
/// an officer, records the enquiry for a buyer who stands before them; the contact may then be a name alone.
#[utoipa::path(
    tag = "leads",
    params(
        CreateLeadQuery,
        ("Idempotency-Key" = String, Header, description = "16 to 255 ASCII characters, for example a UUID; required \
            unless `validate_only` is set", example = "5e0ba9f6-52f2-4f6f-8a35-1a2b7a6d4c11"),
    ),
    request_body(content = NewLead, examples(
        ("enquiry" = (summary = "A buyer asks", value = json!({
            "products": [{ "product_id": "01999f6e-3c1a-7d55-9a3e-0c0f7a1b2c3d", "quantity": 200, "unit": "XBX", "target_price": 40000 }],
            "message": "Xin báo giá 200 hộp, giao trước Tết.",
            "company": { "name": "Chuỗi cửa hàng Ví Dụ", "tax_code": "9900000016" },
            "contact": { "name": "Phòng thu mua", "email": "thumua@example.vn" },
            "delivery": { "unit": "01" },
            "contact_sharing": "with_producers",
            "source": { "channel": "website" },
            "consent": { "text_version": "2026-11", "accepted": true }
        }))),
        ("walk_in" = (summary = "An organiser records it for a buyer at its stand", value = json!({
            "products": [{ "product_id": "01999f6e-3c1a-7d55-9a3e-0c0f7a1b2c3d", "quantity": 20, "unit": "XBX" }],
            "message": "Muốn bán thử tại cửa hàng.",
            "company": { "name": "Cửa hàng Ví Dụ" },
            "contact": { "name": "Khách tại quầy" },
            "source": { "channel": "fair", "event": "Hội chợ OCOP" },
            "walk_in": { "as": "organiser" },
            "consent": { "text_version": "2026-11", "accepted": true }
        }))),
    )),
    security((), ("bearer" = []), ("client" = ["leads.write"])),
    responses(
        (status = 201, description = "The leads it has become; `Location` is the lead, or the list if they are several", body = LeadReceipt),
        (status = 200, description = "With `validate_only`: what it would become", body = LeadPreview),
        (status = 409, description = "A request with the same key is still running", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 429, description = "Too many enquiries of this address or, signed in, of this account or organisation today; see `Retry-After`", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[post("/v1/leads")]
pub async fn create_lead(
    req: HttpRequest,
    app: Data<App>,
    sender: MaybeScoped<LeadsWrite>,
    query: Query<CreateLeadQuery>,
    language: Language,
    body: Json<Answerable>,
) -> Result<HttpResponse, Problem> {
    let Json { value: Answerable(new), raw } = body;
    let check_only = query.0.validate_only.0;
    let by = Sent::by(&app, sender.caller.as_ref(), new.walk_in()).await?;
    let allowance = by.count(&app, &req, check_only)?;
    let today = app.world.today();
    let enquiry = new.into_enquiry(by.recorder, language, &app.reference, today);
    let enquiry = enquiry.map_err(Problem::invalid_body)?;
    let told = LeadTold::of(&app, &enquiry, today);
    let mut response = if check_only {
        preview(&app, sender.caller.map(|caller| caller.principal), enquiry, told).await?
    } else {
        take_in(&app, &req, sender.caller, &raw, Sending { enquiry, told }).await?
    };
    if let Some(allowance) = allowance {
        allowance.describe(&mut response);
    }
    Ok(response)
}

/// Whose budget an enquiry counts against, and who records it.
struct Sent {
    /// Nobody signed in: the address is counted.
    sender: Option<Sender>,
    recorder: Option<Recorder>,
}

impl Sent {
    async fn by(app: &App, caller: Option<&Caller>, walk_in: Option<WalkIn>) -> Result<Self, Problem> {
        let Some(caller) = caller else {
            return match walk_in {
                None => Ok(Self { sender: None, recorder: None }),
                Some(_) => Err(LeadError::SignInNeeded.into()),
            };
        };
        if caller.client().is_some_and(|(_, organisation)| !caller.may_edit(organisation)) {
            return Err(LeadError::ReadOnly.into());
        }
        if let (Some(sender), None) = (Sender::at_once(caller), walk_in) {
            return Ok(Self { sender: Some(sender), recorder: None });
        }
        let caller = caller.clone();
        let look = move |conn: &mut Conn| {
            let recorder = walk_in.map(|walk_in| leads::recorder(conn, &caller, walk_in)).transpose()?;
            Ok::<_, LeadError>(Self { sender: Some(Sender::of(conn, &caller)?), recorder })
        };
        Ok(app.db.read(look).await?)
    }

    /// An enquiry that is only checked is none yet; but whoever did not sign in is counted whatever comes.
    fn count(&self, app: &App, req: &HttpRequest, check_only: bool) -> Result<Option<Allowance>, Problem> {
        match &self.sender {
            None => app.limits.leads.check(&client_address(req)),
            Some(_) if check_only => Ok(None),
            Some(Sender { standing, budget }) => app.limits.enquiries.check(*standing, budget),
        }
    }
}

/// Stores an enquiry: together with others, if it is all there is to it, else by itself.
async fn take_in(
    app: &App,
    req: &HttpRequest,
    caller: Option<Caller>,
    raw: &[u8],
    sending: Sending,
) -> Result<HttpResponse, Problem> {
    let Some(caller) = caller else {
        let anybody = "anonymous";
        return match sending.enquiry.is_plain() {
            true => idempotency::together(app, &app.enquiries, req, anybody, raw, sending).await,
            false => alone(app, req, anybody, raw, sending, None).await,
        };
    };
    let actor = caller.key();
    alone(app, req, &actor, raw, sending, Some(caller)).await
}

async fn alone(
    app: &App,
    req: &HttpRequest,
    actor: &str,
    raw: &[u8],
    Sending { enquiry, told }: Sending,
    caller: Option<Caller>,
) -> Result<HttpResponse, Problem> {
    let (world, reference) = (app.world.clone(), app.reference.clone());
    let sender = caller.as_ref().map(|caller| caller.principal);
    idempotency::once(app, req, Need::Required, actor, raw, move |conn| {
        let received = leads::send(conn, &world, &reference, sender, enquiry)?;
        let mut receipt = LeadReceipt::new(received, told);
        if let Some(caller) = &caller {
            receipt.suggest(leads::possible_duplicates(conn, &reference, caller, &receipt.ids())?);
        }
        Answer::created(receipt.location(), &receipt)
    })
    .await
}

/// An enquiry on its way.
#[derive(Debug, Clone)]
pub struct Sending {
    enquiry: NewEnquiry,
    told: LeadTold,
}

/// Enquiries that arrive at the same time are stored together: it is what the service has to be quick at.
impl Together for Sending {
    type Means = (World, Arc<Reference>);
    type Rows = EnquiryRows;
    type Error = Problem;

    fn prepare(
        (world, reference): &Self::Means,
        conn: &mut Conn,
        sending: Vec<Self>,
    ) -> QueryResult<Vec<Prepared<Self>>> {
        let (sent, told): (Vec<_>, Vec<_>) = sending.into_iter().map(|one| (one.enquiry, one.told)).unzip();
        let prepared = leads::prepare(conn, world, reference, sent)?.into_iter().zip(told);
        let answered = prepared.map(|(one, told)| {
            let (received, rows) = one?;
            let receipt = LeadReceipt::new(received, told);
            Ok((Answer::created(receipt.location(), &receipt)?, rows))
        });
        Ok(answered.collect())
    }

    fn write(conn: &mut Conn, rows: Vec<EnquiryRows>) -> QueryResult<()> {
        leads::store_rows(conn, rows)
    }
}

async fn preview(
    app: &App,
    sender: Option<Principal>,
    enquiry: NewEnquiry,
    told: LeadTold,
) -> Result<HttpResponse, Problem> {
    let (today, reference) = (app.world.today(), app.reference.clone());
    let divided = move |conn: &mut Conn| {
        leads::check_attachments(conn, sender, &enquiry.attachments)?;
        leads::preview(conn, &reference, &enquiry, today)
    };
    let shares = app.db.read(divided).await?;
    let leads = shares.into_iter().map(LeadPreviewPart::from).collect();
    reply::answer(&LeadPreview { leads, told })
}
