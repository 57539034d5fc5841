//! The rows of an enquiry, its leads, their items and their timelines.

use crate::accounts::UserId;
use crate::auth::{Caller, Principal};
use crate::certification::model::Stars;
use crate::clients::ClientId;
use crate::db::{Day, Instant};
use crate::leads::clock;
use crate::leads::{
    CompanyName, CompanyTaxCode, ConsentVersion, ContactEmail, ContactPhone, ContactSharing, DetailsText,
    EnquiryId, EnquiryLanguage, EventDetails, Known, LeadChannel, LeadEventId, LeadEventKind, LeadId,
    LeadMessage, LeadNote, LeadReason, LeadSide, LeadStage, NewEnquiry, NewEvent, PersonName, Quantity,
    Recorder, SourceName, TargetPrice, Wanted,
};
use crate::organisations::OrganisationId;
use crate::products::{ProductId, Unit};
use crate::reference::Taxonomy;
use crate::schema::{enquiries, lead_events, lead_items, leads};
use crate::vietnamese;
use diesel::prelude::*;

#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = enquiries, treat_none_as_default_value = false)]
pub struct EnquiryRow {
    pub id: EnquiryId,
    pub sender_user_id: Option<UserId>,
    pub sender_organisation_id: Option<OrganisationId>,
    pub sender_client_id: Option<ClientId>,
    pub recorder_side: Option<LeadSide>,
    pub recorder_user_id: Option<UserId>,
    pub recorder_client_id: Option<ClientId>,
    /// The organiser's or the producer's organisation; none: an office.
    pub recorder_organisation_id: Option<OrganisationId>,
    pub company_name: CompanyName,
    pub company_tax_code: Option<CompanyTaxCode>,
    pub contact_name: PersonName,
    pub contact_email: Option<ContactEmail>,
    pub contact_phone: Option<ContactPhone>,
    /// The address and the number as they are compared.
    pub contact_email_key: Option<String>,
    pub contact_phone_key: Option<String>,
    pub contact_sharing: ContactSharing,
    pub message: LeadMessage,
    pub language: EnquiryLanguage,
    pub source_channel: LeadChannel,
    pub source_event: Option<SourceName>,
    pub source_event_key: Option<String>,
    pub source_campaign: Option<SourceName>,
    pub source_campaign_key: Option<String>,
    /// Code of a unit of today.
    pub delivery_unit: Option<String>,
    pub delivery_from: Option<Day>,
    pub delivery_until: Option<Day>,
    /// Kinds of papers, separated by spaces.
    pub needed_certificates: String,
    pub consent_version: ConsentVersion,
    pub occurred_at: Instant,
    pub received_at: Instant,
    /// When the contact was forgotten: what stands in its place tells nobody's name.
    pub contact_forgotten_at: Option<Instant>,
    pub letters_stopped_at: Option<Instant>,
}

impl EnquiryRow {
    pub fn new(id: EnquiryId, sender: Option<Principal>, new: NewEnquiry, at: Instant) -> Self {
        let (user, client) = by_kind(sender);
        let recorder = new.recorder;
        // Who records for somebody else is not the sender.
        let sent = |own: bool| recorder.is_none() == own;
        Self {
            id,
            sender_user_id: user.filter(|_| sent(true)),
            sender_organisation_id: client.map(|(_, organisation)| organisation).filter(|_| sent(true)),
            sender_client_id: client.map(|(client, _)| client).filter(|_| sent(true)),
            recorder_side: recorder.map(Recorder::side),
            recorder_user_id: user.filter(|_| sent(false)),
            recorder_client_id: client.map(|(client, _)| client).filter(|_| sent(false)),
            recorder_organisation_id: recorder.and_then(Recorder::organisation),
            company_name: new.company,
            company_tax_code: new.tax_code,
            contact_name: new.contact,
            contact_email_key: new.email.as_ref().map(ContactEmail::key),
            contact_phone_key: new.phone.as_ref().map(|phone| phone.as_str().to_owned()),
            contact_email: new.email,
            contact_phone: new.phone,
            contact_sharing: new.sharing,
            message: new.message,
            language: new.language,
            source_channel: new.channel,
            source_event_key: new.event.as_ref().map(|event| source_key(event.as_str())),
            source_event: new.event,
            source_campaign_key: new.campaign.as_ref().map(|campaign| source_key(campaign.as_str())),
            source_campaign: new.campaign,
            delivery_unit: new.delivery_unit,
            delivery_from: new.delivery_from,
            delivery_until: new.delivery_until,
            needed_certificates: new.needed_certificates,
            consent_version: new.consent,
            occurred_at: new.occurred_at.unwrap_or(at).min(at),
            received_at: at,
            contact_forgotten_at: None,
            letters_stopped_at: None,
        }
    }

    /// Was it sent by somebody who had signed in?
    pub fn sender_has_account(&self) -> bool {
        self.sender_user_id.is_some() || self.sender_organisation_id.is_some()
    }

    /// Was it sent by the caller: by this user, or by a client of an organisation the caller belongs to?
    pub fn is_of(&self, caller: &Caller) -> bool {
        let by_organisation =
            self.sender_organisation_id.is_some_and(|sender| caller.role_in(sender).is_some());
        by_organisation || (self.sender_user_id.is_some() && self.sender_user_id == caller.user())
    }
}

/// Names of events and campaigns are one if they differ in case, marks and spaces only.
pub fn source_key(name: &str) -> String {
    vietnamese::fold(name)
}

/// A caller as the columns have it: a user, or a client and its organisation.
pub fn by_kind(by: Option<Principal>) -> (Option<UserId>, Option<(ClientId, OrganisationId)>) {
    match by {
        None => (None, None),
        Some(Principal::User { user, .. }) => (Some(user), None),
        Some(Principal::Client { client, organisation }) => (None, Some((client, organisation))),
    }
}

#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = leads, treat_none_as_default_value = false)]
pub struct LeadRow {
    pub id: LeadId,
    pub enquiry_id: EnquiryId,
    pub producer_id: OrganisationId,
    pub stage: LeadStage,
    pub stage_since: Instant,
    pub occurred_at: Instant,
    pub created_at: Instant,
    /// Instant of the last event that both sides see: of the producer's notes the buyer learns nothing at all.
    pub updated_at: Instant,
    /// By when the producer's first answer is due.
    pub respond_by: Instant,
    pub answered_at: Option<Instant>,
    pub announced_at: Option<Instant>,
    pub reminded_at: Option<Instant>,
    pub escalated_at: Option<Instant>,
    /// The first event of which nobody has been written to yet, though somebody should be.
    pub untold_since: Option<Instant>,
    pub contact_consented_at: Option<Instant>,
    pub contact_asked_at: Option<Instant>,
    pub contact_revealed_at: Option<Instant>,
    pub contact_seen_by_office_at: Option<Instant>,
    /// The lead that goes on for both.
    pub merged_into: Option<LeadId>,
}

impl LeadRow {
    /// A lead that has just arrived. Its clock starts when it reaches the service, however long ago it was captured. What the
    /// producer recorded itself needs no announcement, no answer, and no reveal; what an office recorded, no reveal to it.
    pub fn new(id: LeadId, enquiry: &EnquiryRow, producer_id: OrganisationId) -> Self {
        let at = enquiry.received_at;
        let own = enquiry.recorder_organisation_id == Some(producer_id);
        let shared = enquiry.contact_sharing == ContactSharing::WithProducers;
        Self {
            id,
            enquiry_id: enquiry.id,
            producer_id,
            stage: LeadStage::Enquiry,
            stage_since: enquiry.occurred_at,
            occurred_at: enquiry.occurred_at,
            created_at: at,
            updated_at: at,
            respond_by: clock::respond_by(at),
            answered_at: own.then_some(enquiry.occurred_at),
            announced_at: own.then_some(at),
            reminded_at: None,
            escalated_at: None,
            untold_since: None,
            contact_consented_at: (shared || own).then_some(at),
            contact_asked_at: None,
            contact_revealed_at: own.then_some(at),
            contact_seen_by_office_at: (enquiry.recorder_side == Some(LeadSide::Office)).then_some(at),
            merged_into: None,
        }
    }

    /// Can the parties go on with it?
    pub fn is_under_way(&self) -> bool {
        !self.stage.is_end() && self.merged_into.is_none()
    }

    /// How many working days the first answer took.
    pub fn answered_in_working_days(&self) -> Option<u16> {
        self.answered_at.map(|answered| clock::working_days(self.created_at, answered))
    }

    /// Is the first answer due? To what has moved on, or to an end, none is.
    pub fn is_overdue(&self, now: Instant) -> bool {
        let waits = self.answered_at.is_none() && self.stage == LeadStage::Enquiry;
        waits && self.merged_into.is_none() && now > self.respond_by
    }
}

#[derive(Debug, Insertable)]
#[diesel(table_name = lead_items, treat_none_as_default_value = false)]
pub struct ItemRow {
    lead_id: LeadId,
    position: i64,
    product_id: ProductId,
    quantity: Quantity,
    unit: Unit,
    target_price: Option<TargetPrice>,
    stars: Option<Stars>,
    taxonomy: Option<Taxonomy>,
    group_code: Option<String>,
}

impl ItemRow {
    /// The items of one lead, in the order in which they were asked for.
    pub fn of(lead_id: LeadId, items: &[crate::leads::Asked]) -> impl Iterator<Item = Self> {
        items.iter().zip(0..).map(move |(asked, position)| {
            let Wanted { product, quantity, unit, target_price } = asked.wanted;
            Self {
                lead_id,
                position,
                product_id: product,
                quantity,
                unit,
                target_price,
                stars: Some(asked.stars),
                taxonomy: asked.group.as_ref().map(|(taxonomy, _)| *taxonomy),
                group_code: asked.group.as_ref().map(|(_, code)| code.clone()),
            }
        })
    }
}

#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = lead_events, treat_none_as_default_value = false)]
pub struct EventRow {
    pub id: LeadEventId,
    pub lead_id: LeadId,
    pub kind: LeadEventKind,
    pub side: LeadSide,
    pub actor_id: Option<UserId>,
    pub client_id: Option<ClientId>,
    pub from_stage: Option<LeadStage>,
    pub to_stage: Option<LeadStage>,
    pub reason: Option<LeadReason>,
    pub note: Option<LeadNote>,
    pub details: Option<DetailsText>,
    /// When it happened.
    pub occurred_at: Instant,
    /// When it was recorded.
    pub at: Instant,
}

impl EventRow {
    /// The first event of a lead: the enquiry arrived.
    pub fn arrival(id: LeadEventId, lead: &LeadRow, enquiry: &EnquiryRow) -> Self {
        Self {
            id,
            lead_id: lead.id,
            kind: LeadEventKind::Enquiry,
            side: enquiry.recorder_side.unwrap_or(LeadSide::Buyer),
            actor_id: enquiry.sender_user_id.or(enquiry.recorder_user_id),
            client_id: enquiry.sender_client_id.or(enquiry.recorder_client_id),
            from_stage: None,
            to_stage: Some(LeadStage::Enquiry),
            reason: None,
            note: None,
            details: None,
            occurred_at: lead.occurred_at,
            at: lead.created_at,
        }
    }

    /// An event that somebody adds, and the stage it takes the lead to.
    pub fn new(
        id: LeadEventId,
        known: &Known,
        by: Option<Principal>,
        at: Instant,
        to: Option<LeadStage>,
        new: NewEvent,
    ) -> Self {
        let (user, client) = by_kind(by);
        Self {
            id,
            lead_id: known.lead.id,
            kind: new.kind,
            side: known.side,
            actor_id: user.or(new.actor),
            client_id: client.map(|(client, _)| client),
            from_stage: to.map(|_| known.lead.stage),
            to_stage: to,
            reason: new.reason,
            note: new.note,
            details: new.details.as_ref().map(DetailsText::of),
            occurred_at: new.occurred_at.unwrap_or(at).min(at),
            at,
        }
    }

    /// What it tells besides; `None` also of what a later release has written.
    pub fn details(&self) -> Option<EventDetails> {
        self.details.as_ref().and_then(DetailsText::read)
    }

    /// A note is its own side's, except the buyer's, which both parties read.
    pub fn is_internal(&self) -> bool {
        self.kind == LeadEventKind::Note && self.side != LeadSide::Buyer
    }

    /// The event as `reader` may see it in a lead that another goes on in: the producer and the office stood on their side
    /// in that one as well. What was written to somebody is not shown to whoever has turned out to be the same.
    pub fn seen_after_merger(self, reader: LeadSide) -> Option<Self> {
        match reader {
            LeadSide::Producer | LeadSide::Office => self.seen_by(reader),
            LeadSide::Buyer | LeadSide::Organiser | LeadSide::Service if self.is_internal() => None,
            LeadSide::Buyer | LeadSide::Organiser | LeadSide::Service => {
                Some(Self { actor_id: None, client_id: None, note: None, details: None, ..self })
            }
        }
    }

    /// The event as `reader` may see it: no users of another side; what is written, only the parties' messages and the buyer's
    /// notes go across, and to the buyer why somebody wants the contact; of prices only the parties learn.
    pub fn seen_by(self, reader: LeadSide) -> Option<Self> {
        if self.side == reader {
            return Some(self);
        }
        if self.is_internal() {
            return None;
        }
        let party = reader.is_party();
        let wants_the_contact =
            matches!(self.kind, LeadEventKind::ContactAsked | LeadEventKind::ContactRevealed);
        let crosses = party && (self.kind == LeadEventKind::Message || self.side == LeadSide::Buyer)
            || reader == LeadSide::Buyer && wants_the_contact;
        let priced = matches!(
            self.kind,
            LeadEventKind::Quote
                | LeadEventKind::CounterOffer
                | LeadEventKind::FirstOrder
                | LeadEventKind::RepeatOrder
        );
        Some(Self {
            actor_id: None,
            client_id: None,
            note: self.note.filter(|_| crosses),
            details: self.details.filter(|_| party || !priced),
            ..self
        })
    }
}
