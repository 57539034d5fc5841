//! `POST /v1/leads`

use super::parts::{LeadCompany, LeadContact, LeadItem, LeadProducer, LeadSource};
use crate::app::App;
use crate::auth::{Caller, LeadsWrite, MaybeScoped};
use crate::db::{Conn, Instant};
use crate::http::extract::Flag;
use crate::http::idempotency::{self, Answer, Need};
use crate::http::limits::client_address;
use crate::http::problem::ProblemDocument;
use crate::http::{Json, Problem, Query, reply};
use crate::input::Faults;
use crate::leads::{
    self, Accepted, ConsentVersion, ContactSharing, EnquiryId, EnquiryLanguage, LeadError, LeadId,
    LeadMessage, LeadStage, NewEnquiry, Quantity, Received, Share, Wanted,
};
use crate::products::{ProductId, Unit, UnitMeaning};
use crate::say::{Invalid, Language, Say};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use serde::Serialize;
use std::collections::HashSet;
use utoipa::{IntoParams, ToSchema};

/// An enquiry about one or more products.
#[derive(Debug, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
struct NewLead {
    /// What is asked for: 1 to 50 different products.
    #[schema(value_type = Vec<NewLeadProduct>, min_items = 1, max_items = 50)]
    products: Products,
    message: LeadMessage,
    company: LeadCompany,
    contact: LeadContact,
    source: LeadSource,
    consent: NewLeadConsent,
    /// Language of the answer wanted; that of the request unless told.
    #[deserr(default)]
    #[schema(nullable = false)]
    language: Option<EnquiryLanguage>,
}

/// A product with how much of it is asked for.
#[derive(Debug, Clone, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
struct NewLeadProduct {
    product_id: ProductId,
    quantity: Quantity,
    #[schema(value_type = UnitMeaning)]
    unit: Unit,
}

/// The sender's consent to a published text.
#[derive(Debug, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
struct NewLeadConsent {
    /// Version of the text the sender was shown (`GET /v1/consent-texts/current`).
    text_version: ConsentVersion,
    /// Must be `true`, by the sender's own act: nothing may be ticked beforehand.
    #[schema(value_type = bool, example = true)]
    #[expect(dead_code, reason = "its value is its existence")]
    accepted: Accepted,
}

#[derive(Debug)]
struct Products(Vec<NewLeadProduct>);

impl Products {
    const MOST: usize = 50;
}

impl Deserr<Faults> for Products {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, Faults> {
        let lines = Vec::<NewLeadProduct>::deserialize_from_value(value, location)?;
        if !(1..=Self::MOST).contains(&lines.len()) {
            let say = Say::new("Cần từ 1 đến 50 sản phẩm.", "From 1 to 50 products are needed.");
            return Err(Faults::located(location, Invalid::new("wrong_length", say)));
        }
        let (mut seen, mut faults) = (HashSet::new(), Faults::default());
        for (index, line) in lines.iter().enumerate() {
            if !seen.insert(line.product_id) {
                let say = Say::new("Sản phẩm này đã có ở trên.", "This product is already in the list.");
                let line = location.push_index(index);
                let twice = Faults::located(line.push_key("product_id"), Invalid::new("duplicate", say));
                faults.0.extend(twice.0);
            }
        }
        faults.into_result().map(|()| Self(lines))
    }
}

impl NewLead {
    fn into_enquiry(self, language: Language) -> NewEnquiry {
        let wanted = self.products.0.into_iter().map(|line| Wanted {
            product: line.product_id,
            quantity: line.quantity,
            unit: line.unit,
            target_price: None,
        });
        NewEnquiry {
            products: wanted.collect(),
            message: self.message,
            company: self.company.name,
            tax_code: self.company.tax_code,
            contact: self.contact.name,
            email: self.contact.email,
            phone: self.contact.phone,
            channel: self.source.channel,
            event: self.source.event,
            campaign: self.source.campaign,
            consent: self.consent.text_version,
            sharing: ContactSharing::WithProducers,
            delivery_unit: None,
            delivery_from: None,
            delivery_until: None,
            needed_certificates: String::new(),
            recorder: None,
            id: None,
            occurred_at: None,
            language: self.language.unwrap_or_else(|| language.into()),
        }
    }
}

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
}

/// The part of an enquiry that went to one producer.
#[derive(Debug, Serialize, ToSchema)]
struct LeadReceiptPart {
    id: LeadId,
    producer: LeadProducer,
    products: Vec<LeadItem>,
    stage: LeadStage,
}

/// What an enquiry would become.
#[derive(Debug, Serialize, ToSchema)]
struct LeadPreview {
    leads: Vec<LeadPreviewPart>,
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

impl From<Received> for LeadReceipt {
    fn from(received: Received) -> Self {
        let leads = received.leads.into_iter().map(|(id, share)| {
            let LeadPreviewPart { producer, products } = share.into();
            LeadReceiptPart { id, producer, products, stage: LeadStage::Enquiry }
        });
        Self { enquiry_id: received.enquiry, received_at: received.at, leads: leads.collect() }
    }
}

impl LeadReceipt {
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
#[utoipa::path(
    tag = "leads",
    params(
        CreateLeadQuery,
        ("Idempotency-Key" = String, Header, description = "16 to 255 ASCII characters, for example a UUID; required \
            unless `validate_only` is set", example = "5e0ba9f6-52f2-4f6f-8a35-1a2b7a6d4c11"),
    ),
    security((), ("bearer" = []), ("client" = ["leads.write"])),
    responses(
        (status = 201, description = "The leads it has become; `Location` is the lead, or the list if they are several", body = LeadReceipt),
        (status = 200, description = "With `validate_only`: what it would become", body = LeadPreview),
        (status = 409, description = "A request with the same key is still running", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 429, description = "Too many enquiries from this address; see `Retry-After`", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[post("/v1/leads")]
pub async fn create_lead(
    req: HttpRequest,
    app: Data<App>,
    sender: MaybeScoped<LeadsWrite>,
    query: Query<CreateLeadQuery>,
    language: Language,
    body: Json<NewLead>,
) -> Result<HttpResponse, Problem> {
    if let Some((caller, (_, organisation))) = sender.caller.as_ref().and_then(|c| Some((c, c.client()?)))
        && !caller.may_edit(organisation)
    {
        return Err(LeadError::ReadOnly.into());
    }
    let allowance = app.limits.leads.check(&client_address(&req))?;
    let enquiry = body.value.into_enquiry(language);
    let mut response = if query.0.validate_only.0 {
        preview(&app, enquiry).await?
    } else {
        let actor = sender.caller.as_ref().map_or_else(|| "anonymous".to_owned(), Caller::key);
        let sender = sender.caller.map(|caller| caller.principal);
        let (world, reference) = (app.world.clone(), app.reference.clone());
        idempotency::once(&app, &req, Need::Required, &actor, &body.raw, move |conn| {
            let receipt = LeadReceipt::from(leads::send(conn, &world, &reference, sender, enquiry)?);
            Answer::created(receipt.location(), &receipt)
        })
        .await?
    };
    if let Some(allowance) = allowance {
        allowance.describe(&mut response);
    }
    Ok(response)
}

async fn preview(app: &App, enquiry: NewEnquiry) -> Result<HttpResponse, Problem> {
    let (today, reference) = (app.world.today(), app.reference.clone());
    let divided = move |conn: &mut Conn| leads::divide(conn, &reference, &enquiry.products, today);
    let shares = app.db.read(divided).await?;
    reply::answer(&LeadPreview { leads: shares.into_iter().map(LeadPreviewPart::from).collect() })
}
