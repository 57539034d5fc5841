//! What people add to a timeline, as requests write it: `type` tells what, and which fields go with it.

use super::parts::StageNamed;
use super::tagged::take_type;
use crate::db::Instant;
use crate::input::Faults;
use crate::leads::{
    Carrier, EventDetails, LeadEventKind, LeadNote, LeadReason, LeadStage, MeetingPlace, Move, NewEvent,
    OrderValue, PaperNumber,
};
use crate::say::{Invalid, Say};
use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use serde::Serialize;
use utoipa::ToSchema;

crate::text_enum! {
    /// What can be added to a timeline as an event. Quotes and agreements are recorded as such, and become events by it.
    pub enum NewLeadEventType {
        /// A note for one's own side; the buyer's is for both parties
        Note = "note",
        /// A message to the other party
        Message = "message",
        /// A move to another stage
        Stage = "stage",
        /// A call
        Call = "call",
        /// A meeting
        Meeting = "meeting",
        /// A sample was sent
        Sample = "sample",
        /// The first order was placed
        FirstOrder = "first_order",
        /// Another order was placed
        RepeatOrder = "repeat_order",
        /// A delivery went wrong
        DeliveryProblem = "delivery_problem",
        /// The producer does not take it up
        Declined = "declined",
        /// It came to nothing
        Lost = "lost",
        /// It has run its course
        Closed = "closed",
    }
}

/// A type as a request names it: one that is recorded in another way is answered with that way.
#[derive(Debug, Clone, Copy)]
struct TypeNamed(NewLeadEventType);

impl TypeNamed {
    fn parse(text: &str) -> Result<Self, Invalid> {
        NewLeadEventType::parse(text).map(Self).map_err(|unknown| {
            let Ok(kind) = LeadEventKind::parse(text) else { return unknown };
            let say = match kind {
                LeadEventKind::Quote | LeadEventKind::CounterOffer => Say::new(
                    "Hãy ghi báo giá với các mức giá: POST /v1/leads/{id}/quotes.",
                    "Record the offer with its prices: POST /v1/leads/{id}/quotes.",
                ),
                LeadEventKind::Mou | LeadEventKind::PrincipleContract | LeadEventKind::Contract => {
                    by_agreement()
                }
                _ => Say::new("Hệ thống tự ghi sự kiện này.", "The service writes this event itself."),
            };
            Invalid::new("recorded_elsewhere", say)
        })
    }
}

crate::parsed_input!(TypeNamed);

fn by_agreement() -> Say {
    Say::new(
        "Hãy ghi biên bản hoặc hợp đồng kèm bằng chứng: POST /v1/leads/{id}/agreements; yêu cầu sẽ chuyển giai đoạn theo.",
        "Record the agreement with its evidence: POST /v1/leads/{id}/agreements; the lead moves with it.",
    )
}

/// Something to add to a timeline; `type` tells what.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum NewLeadEvent {
    Note(NewLeadNote),
    Message(NewLeadMessage),
    Stage(NewLeadMove),
    Call(NewLeadCall),
    Meeting(NewLeadMeeting),
    Sample(NewLeadSample),
    FirstOrder(NewLeadOrder),
    RepeatOrder(NewLeadOrder),
    DeliveryProblem(NewLeadProblem),
    Declined(NewLeadDecline),
    Lost(NewLeadLoss),
    Closed(NewLeadClose),
}

/// A note: the buyer's is read by both parties, those of the others by their own side only.
#[derive(Debug, Serialize, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct NewLeadNote {
    note: LeadNote,
    /// When it happened, if not now: in the past, or as far ahead as a clock may be wrong.
    #[deserr(default)]
    occurred_at: Option<Instant>,
}

/// A message from one party to the other.
#[derive(Debug, Serialize, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct NewLeadMessage {
    /// What is said to the other party.
    note: LeadNote,
    /// When it happened, if not now.
    #[deserr(default)]
    occurred_at: Option<Instant>,
}

/// Most of them have a note and a time behind what is their own.
macro_rules! noted {
    ($(#[$meta:meta])* pub struct $name:ident $(, validate $check:ident)? { $($own:tt)* }) => {
        $(#[$meta])*
        #[derive(Debug, Serialize, ToSchema, Deserr)]
        #[deserr(error = Faults, deny_unknown_fields $(, validate = $check -> Faults)?)]
        pub struct $name {
            $($own)*
            /// A note to go with it, seen like other notes.
            #[deserr(default)]
            note: Option<LeadNote>,
            /// When it happened, if not now.
            #[deserr(default)]
            occurred_at: Option<Instant>,
        }
    };
}

noted! {
    /// A move to another stage.
    pub struct NewLeadMove, validate possible_as_told {
        /// One of the lead's `moves`, but for `mou_signed` and `contract_signed`: those are reached by recording the agreement
        /// with its evidence.
        #[schema(value_type = LeadStage, example = "quoted")]
        to: StageNamed,
        /// Why; required with `lost`, possible with `declined`.
        #[deserr(default)]
        reason: Option<LeadReason>,
    }
}

noted! {
    /// A call.
    pub struct NewLeadCall {
    }
}

noted! {
    /// A meeting.
    pub struct NewLeadMeeting {
        #[deserr(default)]
        place: Option<MeetingPlace>,
    }
}

noted! {
    /// A sample that the producer sent.
    pub struct NewLeadSample {
        /// Who carries it.
        #[deserr(default)]
        carrier: Option<Carrier>,
        /// The number of the parcel.
        #[deserr(default)]
        number: Option<PaperNumber>,
    }
}

noted! {
    /// An order. What it is worth only the two parties read.
    pub struct NewLeadOrder {
        /// Đồng.
        #[deserr(default)]
        value: Option<OrderValue>,
        /// The order's number with the parties.
        #[deserr(default)]
        number: Option<PaperNumber>,
    }
}

/// A delivery that went wrong.
#[derive(Debug, Serialize, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct NewLeadProblem {
    /// What went wrong; seen like other notes.
    note: LeadNote,
    /// The number of the order or the delivery note.
    #[deserr(default)]
    number: Option<PaperNumber>,
    /// When it happened, if not now.
    #[deserr(default)]
    occurred_at: Option<Instant>,
}

noted! {
    /// The producer does not take the enquiry up.
    pub struct NewLeadDecline {
        #[deserr(default)]
        reason: Option<LeadReason>,
    }
}

noted! {
    /// It came to nothing, and why.
    pub struct NewLeadLoss {
        #[deserr(missing_field_error = no_reason)]
        reason: LeadReason,
    }
}

noted! {
    /// It has run its course.
    pub struct NewLeadClose {
    }
}

impl Deserr<Faults> for NewLeadEvent {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, Faults> {
        let (TypeNamed(tag), rest) = take_type(value, location)?;
        use NewLeadEventType as Type;
        match tag {
            Type::Note => Deserr::deserialize_from_value(rest, location).map(Self::Note),
            Type::Message => Deserr::deserialize_from_value(rest, location).map(Self::Message),
            Type::Stage => Deserr::deserialize_from_value(rest, location).map(Self::Stage),
            Type::Call => Deserr::deserialize_from_value(rest, location).map(Self::Call),
            Type::Meeting => Deserr::deserialize_from_value(rest, location).map(Self::Meeting),
            Type::Sample => Deserr::deserialize_from_value(rest, location).map(Self::Sample),
            Type::FirstOrder => Deserr::deserialize_from_value(rest, location).map(Self::FirstOrder),
            Type::RepeatOrder => Deserr::deserialize_from_value(rest, location).map(Self::RepeatOrder),
            Type::DeliveryProblem => {
                Deserr::deserialize_from_value(rest, location).map(Self::DeliveryProblem)
            }
            Type::Declined => Deserr::deserialize_from_value(rest, location).map(Self::Declined),
            Type::Lost => Deserr::deserialize_from_value(rest, location).map(Self::Lost),
            Type::Closed => Deserr::deserialize_from_value(rest, location).map(Self::Closed),
        }
    }
}

fn reason_needed() -> Invalid {
    Invalid::new(
        "missing",
        Say::new("Cần nêu lý do khi yêu cầu không thành (lost).", "A reason is needed when a lead is lost."),
    )
}

fn no_reason(field: &str, location: ValuePointerRef) -> Faults {
    Faults::located(location.push_key(field), reason_needed())
}

/// A move has its reason where one is due, and none where it says nothing; what is signed is not moved to but recorded.
fn possible_as_told(step: NewLeadMove, location: ValuePointerRef) -> Result<NewLeadMove, Faults> {
    let mut faults = Faults::default();
    let mut add = |field: &str, invalid| faults.push_located(location.push_key(field), invalid);
    let to = step.to.0;
    if to.needs_agreement() {
        add("to", Invalid::new("needs_agreement", by_agreement()));
    }
    match step.reason {
        None if to.needs_reason() => add("reason", reason_needed()),
        Some(_) if !to.takes_reason() => add(
            "reason",
            Invalid::new(
                "not_applicable",
                Say::new(
                    "Chỉ nêu lý do khi yêu cầu không thành (lost) hoặc chủ thể từ chối (declined).",
                    "A reason goes only with lost or declined.",
                ),
            ),
        ),
        _ => {}
    }
    faults.into_result().map(|()| step)
}

fn text(number: Option<PaperNumber>) -> Option<String> {
    number.map(|number| number.as_str().to_owned())
}

fn order(kind: LeadEventKind, order: NewLeadOrder) -> NewEvent {
    let NewLeadOrder { value, number, note, occurred_at } = order;
    let (value, number) = (value.map(OrderValue::get), text(number));
    let told = value.is_some() || number.is_some();
    let details = told.then_some(EventDetails::Order { value, number });
    NewEvent { details, occurred_at, ..NewEvent::of(kind).noted(note) }
}

impl From<NewLeadEvent> for NewEvent {
    fn from(event: NewLeadEvent) -> Self {
        let of = |kind, note, occurred_at| Self { occurred_at, ..Self::of(kind).noted(note) };
        match event {
            NewLeadEvent::Note(NewLeadNote { note, occurred_at }) => {
                of(LeadEventKind::Note, Some(note), occurred_at)
            }
            NewLeadEvent::Message(NewLeadMessage { note, occurred_at }) => {
                of(LeadEventKind::Message, Some(note), occurred_at)
            }
            NewLeadEvent::Stage(NewLeadMove { to: StageNamed(to), reason, note, occurred_at }) => {
                Self { occurred_at, ..Self::step(Move { to, reason }).noted(note) }
            }
            NewLeadEvent::Call(NewLeadCall { note, occurred_at }) => {
                of(LeadEventKind::Call, note, occurred_at)
            }
            NewLeadEvent::Meeting(NewLeadMeeting { place, note, occurred_at }) => {
                let place = place.map(|place| place.as_str().to_owned());
                let details = place.map(|place| EventDetails::Meeting { place: Some(place) });
                Self { details, ..of(LeadEventKind::Meeting, note, occurred_at) }
            }
            NewLeadEvent::Sample(NewLeadSample { carrier, number, note, occurred_at }) => {
                let (carrier, number) = (carrier.map(|carrier| carrier.as_str().to_owned()), text(number));
                let told = carrier.is_some() || number.is_some();
                let details = told.then_some(EventDetails::Sample { carrier, number });
                Self { details, ..of(LeadEventKind::Sample, note, occurred_at) }
            }
            NewLeadEvent::FirstOrder(new) => order(LeadEventKind::FirstOrder, new),
            NewLeadEvent::RepeatOrder(new) => order(LeadEventKind::RepeatOrder, new),
            NewLeadEvent::DeliveryProblem(NewLeadProblem { note, number, occurred_at }) => {
                let details =
                    number.map(|number| EventDetails::Order { value: None, number: text(Some(number)) });
                Self { details, ..of(LeadEventKind::DeliveryProblem, Some(note), occurred_at) }
            }
            NewLeadEvent::Declined(NewLeadDecline { reason, note, occurred_at }) => {
                Self { reason, ..of(LeadEventKind::Declined, note, occurred_at) }
            }
            NewLeadEvent::Lost(NewLeadLoss { reason, note, occurred_at }) => {
                Self { reason: Some(reason), ..of(LeadEventKind::Lost, note, occurred_at) }
            }
            NewLeadEvent::Closed(NewLeadClose { note, occurred_at }) => {
                of(LeadEventKind::Closed, note, occurred_at)
            }
        }
    }
}
