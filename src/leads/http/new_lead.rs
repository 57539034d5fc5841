//! An enquiry as a request writes it.

use super::parts::{LeadCompany, LeadContact, LeadSource};
use crate::db::Day;
use crate::files::FileId;
use crate::input::{Faults, Listed};
use crate::leads::{
    Accepted, ConsentVersion, ContactSharing, EnquiryLanguage, LeadMessage, NewEnquiry, Quantity, Recorder,
    RecorderRole, TargetPrice, WalkIn, Wanted,
};
use crate::listings::DocumentKind;
use crate::organisations::OrganisationId;
use crate::products::{ProductId, Unit, UnitMeaning};
use crate::reference::{Reference, UnitCode};
use crate::say;
use crate::say::{Invalid, Language, Say};
use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use std::collections::{BTreeSet, HashSet};
use utoipa::ToSchema;

/// An enquiry about one or more products.
#[derive(Debug, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct NewLead {
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
    language: Option<EnquiryLanguage>,
    #[deserr(default)]
    delivery: Option<NewLeadDelivery>,
    /// Certificates the products have to have, each kind once.
    #[deserr(default)]
    #[schema(value_type = Vec<DocumentKind>, required = false, max_items = 12, example = json!(["food_safety", "haccp"]))]
    certificates: Certificates,
    /// Files stored before (`POST /v1/files`): 5 at most. They go to every producer asked.
    #[deserr(default)]
    #[schema(value_type = Vec<FileId>, required = false, max_items = 5)]
    attachments: Listed<FileId, 0, 5>,
    /// `with_producers` unless told: every producer asked may have the contact.
    #[deserr(default)]
    contact_sharing: Option<ContactSharing>,
    /// Left out where the buyer sends the enquiry.
    #[deserr(default)]
    walk_in: Option<NewWalkIn>,
}

/// A product with how much of it is asked for.
#[derive(Debug, Clone, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
struct NewLeadProduct {
    product_id: ProductId,
    quantity: Quantity,
    #[schema(value_type = UnitMeaning)]
    unit: Unit,
    /// Đồng for one unit that the buyer hopes for.
    #[deserr(default)]
    target_price: Option<TargetPrice>,
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

/// What is asked for, each product once.
#[derive(Debug)]
struct Products(Vec<NewLeadProduct>);

impl Deserr<Faults> for Products {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, Faults> {
        let Listed::<_, 1, 50>(lines) =
            Listed::<NewLeadProduct, 1, 50>::deserialize_from_value(value, location)?;
        products_once(location, lines.iter().map(|line| line.product_id)).into_result().map(|()| Self(lines))
    }
}

/// Lines about a product that an earlier line is about.
pub fn products_once(list: ValuePointerRef, named: impl Iterator<Item = ProductId>) -> Faults {
    let (mut seen, mut faults) = (HashSet::new(), Faults::default());
    for (index, product) in named.enumerate() {
        if !seen.insert(product) {
            let say = Say::new("Sản phẩm này đã có ở trên.", "This product is already in the list.");
            let line = list.push_index(index);
            faults.push_located(line.push_key("product_id"), Invalid::new("duplicate", say));
        }
    }
    faults
}

/// An enquiry that can be answered, or that somebody records for a buyer who has left no more than a name.
#[derive(Debug)]
pub struct Answerable(pub NewLead);

impl Deserr<Faults> for Answerable {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, Faults> {
        // What goes together is looked at beforehand: afterwards it would be told only where nothing else is wrong.
        let value = serde_json::Value::from(value);
        let out_of_reach = out_of_reach(&value);
        let read = NewLead::deserialize_from_value(value.into_value(), location);
        if !out_of_reach {
            return read.map(Self);
        }
        let mut faults = read.err().unwrap_or_default();
        faults.push_located(location.push_key("contact"), no_way_to_answer());
        Err(faults)
    }
}

/// Does the contact lack both address and number, with nobody who would record it for the buyer?
fn out_of_reach(lead: &serde_json::Value) -> bool {
    let is_there = |value: Option<&serde_json::Value>| value.is_some_and(|value| !value.is_null());
    let reached =
        |contact: &serde_json::Value| is_there(contact.get("email")) || is_there(contact.get("phone"));
    let contact = lead.get("contact").filter(|contact| contact.is_object());
    !is_there(lead.get("walk_in")) && contact.is_some_and(|contact| !reached(contact))
}

fn no_way_to_answer() -> Invalid {
    Invalid::new(
        "no_way_to_answer",
        Say::new(
            "Cần email hoặc số điện thoại để chủ thể trả lời.",
            "An e-mail address or a telephone number is needed for the answer.",
        ),
    )
}

impl NewLead {
    /// As whom somebody records it for the buyer.
    pub fn walk_in(&self) -> Option<WalkIn> {
        self.walk_in.as_ref().map(WalkIn::from)
    }

    /// The enquiry as it was made on a day.
    pub fn into_enquiry(
        self,
        recorder: Option<Recorder>,
        language: Language,
        reference: &Reference,
        on: Day,
    ) -> Result<NewEnquiry, Faults> {
        let delivery = self.delivery.unwrap_or_default();
        let mut faults = Faults::default();
        delivery.check(reference, on, &mut faults);
        faults.into_result()?;
        let wanted = self.products.0.into_iter().map(|line| Wanted {
            product: line.product_id,
            quantity: line.quantity,
            unit: line.unit,
            target_price: line.target_price,
        });
        Ok(NewEnquiry {
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
            sharing: self.contact_sharing.unwrap_or(ContactSharing::WithProducers),
            delivery_unit: delivery.unit.map(|unit| unit.as_str().to_owned()),
            delivery_from: delivery.from,
            delivery_until: delivery.until,
            needed_certificates: self.certificates.joined(),
            attachments: self.attachments.0,
            recorder,
            id: None,
            occurred_at: None,
            language: self.language.unwrap_or_else(|| language.into()),
        })
    }
}

/// Where to and when the goods are wanted. A first or a last day alone means its month.
#[derive(Debug, Clone, Default, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct NewLeadDelivery {
    /// A province or commune of today, by its code (`GET /v1/admin-units`).
    #[deserr(default)]
    #[schema(value_type = Option<String>, example = "01")]
    pub unit: Option<UnitCode>,
    #[deserr(default)]
    #[schema(example = "2026-12-01")]
    pub from: Option<Day>,
    /// Not before `from`, not before the day of the enquiry.
    #[deserr(default)]
    #[schema(example = "2027-01-20")]
    pub until: Option<Day>,
}

/// Further ahead nobody plans a delivery.
const YEARS_AHEAD: i64 = 5;

impl NewLeadDelivery {
    /// Everything that is wrong with it on the day of the enquiry.
    pub fn check(&self, reference: &Reference, on: Day, faults: &mut Faults) {
        let unknown = |unit: &&UnitCode| reference.place_of(unit.as_str(), on).is_none();
        if let Some(unit) = self.unit.as_ref().filter(unknown) {
            faults.push(
                ["delivery", "unit"],
                Invalid::new("unknown_unit", reference.no_such_unit(unit.as_str(), on)),
            );
        }
        let (latest, member) = match (self.from, self.until) {
            (_, Some(until)) => (until, "until"),
            (Some(from), None) => (from, "from"),
            (None, None) => return,
        };
        if self.from.is_some_and(|from| from > latest) {
            let say = Say::new("Ngày cuối trước ngày đầu.", "The last day is before the first.");
            faults.push(["delivery", member], Invalid::new("out_of_range", say));
        } else if latest < on {
            let say = say!(
                "Ngày này đã qua; yêu cầu là của ngày {on}.",
                "This day is over; the enquiry is of {on}."
            );
            faults.push(["delivery", member], Invalid::new("in_the_past", say));
        } else if latest > on.plus_months(12 * YEARS_AHEAD) {
            let say = say!("Không quá {YEARS_AHEAD} năm tới.", "At most {YEARS_AHEAD} years ahead.");
            faults.push(["delivery", member], Invalid::new("out_of_range", say));
        }
    }
}

/// The kinds of certificates a buyer needs, each once.
#[derive(Debug, Clone, Default)]
pub struct Certificates(BTreeSet<DocumentKind>);

impl Certificates {
    /// Separated by spaces, as they are kept.
    pub fn joined(&self) -> String {
        self.0.iter().map(DocumentKind::as_str).collect::<Vec<_>>().join(" ")
    }
}

impl Deserr<Faults> for Certificates {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, Faults> {
        let kinds = Vec::<DocumentKind>::deserialize_from_value(value, location)?;
        let (mut all, mut faults) = (BTreeSet::new(), Faults::default());
        for (index, kind) in kinds.into_iter().enumerate() {
            if !all.insert(kind) {
                let say = Say::new("Loại giấy này đã có ở trên.", "This kind is already in the list.");
                faults.push_located(location.push_index(index), Invalid::new("duplicate", say));
            }
        }
        faults.into_result().map(|()| Self(all))
    }
}

/// Somebody records the enquiry for a buyer that stands before them or is on the telephone.
#[derive(Debug, Clone, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct NewWalkIn {
    #[deserr(rename = "as")]
    #[schema(rename = "as")]
    pub role: RecorderRole,
    /// The organiser or the producer of which the caller is an editor; may be left out where there is only one. An office
    /// has none.
    #[deserr(default)]
    pub organisation_id: Option<OrganisationId>,
}

impl From<&NewWalkIn> for WalkIn {
    fn from(new: &NewWalkIn) -> Self {
        Self { role: new.role, organisation: new.organisation_id }
    }
}
