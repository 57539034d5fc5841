//! The items of a batch: what a device has recorded.

use super::new_event::NewLeadEvent;
use super::new_lead::{Answerable, NewLead};
use super::tagged::take_type;
use super::update_lead::LeadChanges;
use crate::db::Instant;
use crate::http::extract::read_part;
use crate::input::{Faults, Listed};
use crate::leads::{Act, CaptureId, Captured, EnquiryId, clock};
use crate::organisations::OrganisationId;
use crate::reference::Reference;
use crate::say::Language;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use deserr::{Deserr, IntoValue, ValuePointerRef};
use serde_json::Value;
use sha2::{Digest, Sha256};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AllOfBuilder, ObjectBuilder, OneOfBuilder, Ref, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// What a device has recorded.
#[derive(Debug, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct NewLeadBatch {
    /// 1 to 500 items, in any order.
    #[schema(value_type = Vec<NewLeadBatchItem>, min_items = 1, max_items = 500)]
    pub items: Listed<Value, 1, 500>,
}

crate::text_enum! {
    /// What an item tells.
    pub enum NewLeadBatchItemType {
        Lead = "lead",
        Event = "event",
        Enrichment = "enrichment",
    }
}

/// The document's union of what is read one by one.
#[derive(Debug)]
struct NewLeadBatchItem;

impl PartialSchema for NewLeadBatchItem {
    fn schema() -> RefOr<Schema> {
        let item = |r#type: NewLeadBatchItemType, name: std::borrow::Cow<'static, str>| {
            let tag = ObjectBuilder::new()
                .property(
                    "type",
                    ObjectBuilder::new().schema_type(Type::String).enum_values(Some([r#type.as_str()])),
                )
                .required("type");
            AllOfBuilder::new().item(Ref::from_schema_name(name)).item(tag)
        };
        OneOfBuilder::new()
            .description(Some("One thing that was recorded; `type` tells what."))
            .item(item(NewLeadBatchItemType::Lead, CapturedLead::name()))
            .item(item(NewLeadBatchItemType::Event, CapturedEvent::name()))
            .item(item(NewLeadBatchItemType::Enrichment, CapturedEnrichment::name()))
            .into()
    }
}

impl ToSchema for NewLeadBatchItem {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        for (name, schema) in [
            (CapturedLead::name(), CapturedLead::schema()),
            (CapturedEvent::name(), CapturedEvent::schema()),
            (CapturedEnrichment::name(), CapturedEnrichment::schema()),
        ] {
            schemas.push((name.into_owned(), schema));
        }
        CapturedLead::schemas(schemas);
        CapturedEvent::schemas(schemas);
        CapturedEnrichment::schemas(schemas);
    }
}

/// An enquiry.
#[derive(Debug, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
struct CapturedLead {
    /// Made by the device; it becomes the id of the enquiry.
    id: CaptureId,
    /// When it was recorded, by the device's clock.
    occurred_at: Instant,
    /// As for `POST /v1/leads`. Products must be certified on the day it was recorded, or today.
    #[schema(value_type = NewLead)]
    lead: Answerable,
}

/// Something that happened with a lead.
#[derive(Debug, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
struct CapturedEvent {
    /// Made by the device; it becomes the id of the event.
    id: CaptureId,
    occurred_at: Instant,
    /// The enquiry it is about, by the id it was given or was answered with.
    enquiry_id: EnquiryId,
    /// To which producer's part of the enquiry it belongs; needed if it went to several.
    #[deserr(default)]
    producer_id: Option<OrganisationId>,
    /// As for `POST /v1/leads/{id}/events`; when it happened tells the item.
    event: NewLeadEvent,
}

/// What was completed of an enquiry.
#[derive(Debug, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
struct CapturedEnrichment {
    /// Made by the device.
    id: CaptureId,
    occurred_at: Instant,
    enquiry_id: EnquiryId,
    /// As for `PATCH /v1/leads/{id}`. Of each field that stays which was told last by `occurred_at`, whatever arrives last.
    changes: LeadChanges,
}

/// Reads one item; what is wrong with it is told from its own root.
pub fn read_item(
    mut item: Value,
    now: Instant,
    language: Language,
    reference: &Reference,
) -> Result<Captured, Faults> {
    // Of a clock that is a little fast it is taken for now.
    let when = |told: Instant| {
        let checked = clock::plausible(told, now).map(|()| told.min(now));
        checked.map_err(|invalid| Faults::one(["occurred_at"], invalid))
    };
    item.sort_all_objects();
    let content = item.to_string();
    let hash = URL_SAFE_NO_PAD.encode(Sha256::digest(content.as_bytes()));
    let (r#type, item) = take_type(item.into_value(), ValuePointerRef::Origin)?;
    let item = Value::from(item);
    let (id, occurred_at, act) = match r#type {
        NewLeadBatchItemType::Lead => {
            let CapturedLead { id, occurred_at, lead } = read_part(item)?;
            let (Answerable(lead), occurred_at) = (lead, when(occurred_at)?);
            let (walk_in, on) = (lead.walk_in(), occurred_at.local_day());
            let new = lead.into_enquiry(None, language, reference, on);
            let new = new.map_err(|faults| faults.within(&["lead"]))?;
            (id, occurred_at, Act::Lead { new: Box::new(new), walk_in })
        }
        NewLeadBatchItemType::Event => {
            let CapturedEvent { id, occurred_at, enquiry_id, producer_id, event } = read_part(item)?;
            let event = Box::new(event.into());
            (id, when(occurred_at)?, Act::Event { enquiry: enquiry_id, producer: producer_id, event })
        }
        NewLeadBatchItemType::Enrichment => {
            let CapturedEnrichment { id, occurred_at, enquiry_id, changes } = read_part(item)?;
            (id, when(occurred_at)?, Act::Completion { enquiry: enquiry_id, told: Box::new(changes.into()) })
        }
    };
    Ok(Captured { id, occurred_at, act, content, hash })
}
