//! Completing what was recorded of a buyer: at a stand there is time for a name; the tax code, the telephone number and how
//! much is wanted come later.
//!
//! Who recorded the enquiry completes it, for all its leads at once. What devices hand in arrives in any order; therefore of
//! each field that stays which was *told last*, not which arrived last: the timeline remembers when each was completed.

use crate::auth::Caller;
use crate::db::{Conn, Instant};
use crate::input::{Change, Faults};
use crate::leads::store::{self, EnquiryRow, Sought};
use crate::leads::{
    self, CompanyName, CompanyTaxCode, ContactEmail, ContactPhone, DetailsText, EnquiryId, EventDetails,
    Known, LeadError, LeadEventId, LeadEventKind, LeadId, LeadSide, NewEvent, PersonName, Quantity, timeline,
};
use crate::products::{ProductId, Unit};
use crate::reference::Reference;
use crate::say::{Invalid, Say};
use crate::world::World;
use std::collections::HashMap;

/// How much of a product is wanted after all.
#[derive(Debug, Clone)]
pub struct Requantified {
    pub product: ProductId,
    pub quantity: Quantity,
    pub unit: Unit,
}

/// What is completed or put right.
#[derive(Debug, Clone, Default)]
pub struct Completion {
    pub company: Option<CompanyName>,
    pub tax_code: Change<CompanyTaxCode>,
    pub contact: Option<PersonName>,
    pub email: Change<ContactEmail>,
    pub phone: Change<ContactPhone>,
    pub quantities: Vec<Requantified>,
}

const COMPANY: &str = "company.name";
const TAX_CODE: &str = "company.tax_code";
const CONTACT: &str = "contact.name";
const EMAIL: &str = "contact.email";
const PHONE: &str = "contact.phone";

/// The name of a product's quantity in the timeline.
fn quantity_of(product: ProductId) -> String {
    format!("products.{product}")
}

impl Completion {
    /// The fields it tells of, as the timeline names them.
    fn fields(&self) -> Vec<String> {
        let told = [
            (COMPANY, self.company.is_some()),
            (TAX_CODE, !matches!(self.tax_code, Change::Keep)),
            (CONTACT, self.contact.is_some()),
            (EMAIL, !matches!(self.email, Change::Keep)),
            (PHONE, !matches!(self.phone, Change::Keep)),
        ];
        let fields = told.into_iter().filter(|(_, told)| *told).map(|(field, _)| field.to_owned());
        fields.chain(self.quantities.iter().map(|line| quantity_of(line.product))).collect()
    }

    /// Without the fields of which `keeps` says no.
    fn narrowed(mut self, keeps: impl Fn(&str) -> bool) -> Self {
        if !keeps(COMPANY) {
            self.company = None;
        }
        if !keeps(TAX_CODE) {
            self.tax_code = Change::Keep;
        }
        if !keeps(CONTACT) {
            self.contact = None;
        }
        if !keeps(EMAIL) {
            self.email = Change::Keep;
        }
        if !keeps(PHONE) {
            self.phone = Change::Keep;
        }
        self.quantities.retain(|line| keeps(&quantity_of(line.product)));
        self
    }

    fn apply_to(&self, row: &mut EnquiryRow) {
        if let Some(company) = &self.company {
            row.company_name = company.clone();
        }
        if let Some(contact) = &self.contact {
            row.contact_name = contact.clone();
        }
        change(&mut row.company_tax_code, &self.tax_code);
        change(&mut row.contact_email, &self.email);
        change(&mut row.contact_phone, &self.phone);
        row.contact_email_key = row.contact_email.as_ref().map(ContactEmail::key);
        row.contact_phone_key = row.contact_phone.as_ref().map(|phone| phone.as_str().to_owned());
    }

    /// The fields that differ from what is there.
    fn news(self, enquiry: &EnquiryRow, items: &[store::Item]) -> Self {
        let mut after = enquiry.clone();
        self.apply_to(&mut after);
        let mut differ = vec![
            (COMPANY.to_owned(), after.company_name != enquiry.company_name),
            (TAX_CODE.to_owned(), after.company_tax_code != enquiry.company_tax_code),
            (CONTACT.to_owned(), after.contact_name != enquiry.contact_name),
            (EMAIL.to_owned(), after.contact_email != enquiry.contact_email),
            (PHONE.to_owned(), after.contact_phone != enquiry.contact_phone),
        ];
        differ.extend(self.quantities.iter().map(|line| {
            let asked = items.iter().find(|item| item.product == line.product);
            let same = asked.is_some_and(|item| item.quantity == line.quantity && item.unit == line.unit);
            (quantity_of(line.product), !same)
        }));
        let differ: HashMap<String, bool> = differ.into_iter().collect();
        self.narrowed(|field| differ.get(field).copied().unwrap_or(true))
    }
}

fn change<T: Clone>(present: &mut Option<T>, change: &Change<T>) {
    match change {
        Change::Keep => {}
        Change::Clear => *present = None,
        Change::Set(value) => *present = Some(value.clone()),
    }
}

/// A lead that somebody is about to complete, with the others of its enquiry that are the caller's.
#[derive(Debug)]
pub struct Opened {
    pub known: Known,
    others: Vec<Known>,
}

/// Opens a lead of the caller's to be completed, locked until the transaction ends.
pub fn open(conn: &mut Conn, reference: &Reference, by: &Caller, id: LeadId) -> Result<Opened, LeadError> {
    let known = leads::read(conn, reference, by, id)?;
    let mut others = of_enquiry(conn, reference, by, known.enquiry.id)?;
    let at = others.iter().position(|known| known.lead.id == id).ok_or(LeadError::NotFound)?;
    let known = others.remove(at);
    may_complete(by, &known)?;
    known.not_merged().map(|()| Opened { known, others })
}

/// Completes an enquiry; nothing is written if all is so already.
pub fn complete(
    conn: &mut Conn,
    world: &World,
    by: &Caller,
    opened: Opened,
    told: Completion,
) -> Result<Known, LeadError> {
    let Opened { known, others } = opened;
    let id = known.lead.id;
    let mut leads = others;
    leads.push(known);
    leads.sort_by_key(|known| known.lead.id);
    write(conn, world, by, &mut leads, told, None)?;
    leads.into_iter().find(|known| known.lead.id == id).ok_or(LeadError::NotFound)
}

/// The caller's leads of an enquiry, oldest first, locked until the transaction ends.
pub fn of_enquiry(
    conn: &mut Conn,
    reference: &Reference,
    caller: &Caller,
    id: EnquiryId,
) -> Result<Vec<Known>, LeadError> {
    store::lock_visible(conn, Sought::OfEnquiries(&[id]), caller)?;
    read_of_enquiry(conn, reference, caller, id)
}

/// The same, locked by nobody.
pub fn read_of_enquiry(
    conn: &mut Conn,
    reference: &Reference,
    caller: &Caller,
    id: EnquiryId,
) -> Result<Vec<Known>, LeadError> {
    let found = store::visible(conn, Sought::OfEnquiries(&[id]), caller)?;
    Known::by(conn, reference, caller, found)
}

/// Who recorded an enquiry completes it: members of the organisation, or the office.
pub fn may_complete(caller: &Caller, known: &Known) -> Result<(), LeadError> {
    let Known { enquiry, side, may_write, .. } = known;
    let recorder = enquiry.recorder_organisation_id;
    let (of_recorder, writes) = match enquiry.recorder_side {
        Some(LeadSide::Office) => (*side == LeadSide::Office, *may_write),
        Some(_) => (
            recorder.is_some_and(|id| caller.role_in(id).is_some()),
            recorder.is_some_and(|id| caller.may_edit(id)),
        ),
        None => (false, false),
    };
    match (of_recorder, writes) {
        (true, true) => Ok(()),
        (false, _) if *may_write => Err(LeadError::NotForThisSide),
        _ => Err(LeadError::ReadOnly),
    }
}

/// When a device noted it, and under which id.
#[derive(Debug, Clone, Copy)]
pub struct Noted {
    pub at: Instant,
    pub id: LeadEventId,
}

/// Completes an enquiry, whose leads are locked, and adds an event to the timeline of each: of what is told now, what is new;
/// of what a device has noted, whatever nothing later was told of.
pub fn write(
    conn: &mut Conn,
    world: &World,
    by: &Caller,
    leads: &mut [Known],
    told: Completion,
    noted: Option<Noted>,
) -> Result<(), LeadError> {
    let first = leads.first().ok_or(LeadError::NotFound)?;
    let mut enquiry = first.enquiry.clone();
    if enquiry.contact_forgotten_at.is_some() {
        return Err(LeadError::NotPossible(Say::new(
            "Dữ liệu của người mua đã được xóa theo yêu cầu hoặc theo thời hạn và không được ghi lại.",
            "The buyer's data was erased, on request or because its time was over, and is not written again.",
        )));
    }
    let ids: Vec<LeadId> = leads.iter().map(|known| known.lead.id).collect();
    let items = store::items(conn, &ids)?;
    check_products(&told, &items)?;
    let (fields, effective) = match noted {
        None => {
            let news = told.news(&enquiry, &items);
            (news.fields(), news)
        }
        Some(noted) => {
            let (fields, later) = (told.fields(), told_since(conn, first.lead.id, noted)?);
            (fields, told.narrowed(|field| !later.iter().any(|known| known == field)))
        }
    };
    if fields.is_empty() {
        return Ok(());
    }
    let address = enquiry.contact_email_key.clone();
    effective.apply_to(&mut enquiry);
    store::update_buyer(conn, &enquiry)?;
    if enquiry.contact_email_key != address {
        // Whoever was written to at the other address, perhaps a stranger, follows no more.
        store::links::forget_followers(conn, enquiry.id)?;
    }
    for line in &effective.quantities {
        for item in items.iter().filter(|item| item.product == line.product) {
            store::update_quantity(conn, item.lead_id, line.product, line.quantity, line.unit)?;
        }
    }
    for (index, known) in leads.iter_mut().enumerate() {
        known.enquiry = enquiry.clone();
        let details = EventDetails::Fields { fields: fields.clone() };
        let event = NewEvent {
            // The first of them is known by the id of what was handed in.
            id: noted.filter(|_| index == 0).map(|noted| noted.id),
            occurred_at: noted.map(|noted| noted.at),
            ..NewEvent::of(LeadEventKind::Enriched).with(details)
        };
        timeline::write(conn, world, Some(by), known, None, event)?;
    }
    Ok(())
}

/// The fields that were completed later than this by the timeline of a lead. Of two of the same instant the greater id is
/// the later one.
fn told_since(conn: &mut Conn, lead: LeadId, noted: Noted) -> Result<Vec<String>, LeadError> {
    let events = store::completed(conn, lead)?.into_iter();
    let later = events.filter(|(at, id, _)| (*at, *id) > (noted.at, noted.id));
    let fields = later.filter_map(|(.., details)| match details.as_ref().and_then(DetailsText::read) {
        Some(EventDetails::Fields { fields }) => Some(fields),
        _ => None,
    });
    Ok(fields.flatten().collect())
}

fn check_products(told: &Completion, items: &[store::Item]) -> Result<(), LeadError> {
    let mut faults = Faults::default();
    for (index, line) in told.quantities.iter().enumerate() {
        if items.iter().all(|item| item.product != line.product) {
            let say = Say::new(
                "Yêu cầu này không hỏi về sản phẩm ấy.",
                "The enquiry does not ask for this product.",
            );
            let index = index.to_string();
            faults.push(["products", &index, "product_id"], Invalid::new("not_asked_for", say));
        }
    }
    faults.into_result().map_err(LeadError::Invalid)
}
