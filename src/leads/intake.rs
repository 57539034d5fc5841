//! How an enquiry arrives: it is divided among the producers, and becomes a lead for each of them.

use super::advice::{self, Advice, Ask};
use super::agreements::attach;
use super::store::{self, EnquiryRow, EventRow, ItemRow, LeadRow};
use super::{
    CompanyName, CompanyTaxCode, ConsentVersion, ContactEmail, ContactPhone, ContactSharing, EnquiryId,
    EnquiryLanguage, LeadChannel, LeadError, LeadId, LeadMessage, LeadSide, Period, PersonName, Quantity,
    SourceName, TargetPrice, recording,
};
use crate::auth::Principal;
use crate::catalogue::{self, Memory, Offered};
use crate::certification::model::Stars;
use crate::db::{Conn, Day, Instant};
use crate::files::FileId;
use crate::input::Faults;
use crate::listings::DocumentKind;
use crate::organisations::OrganisationId;
use crate::products::{ProductId, Unit};
use crate::reference::{Reference, Taxonomy};
use crate::say::{Invalid, Say};
use crate::world::World;
use std::collections::HashMap;

/// A product with how much of it is asked for.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub product: ProductId,
    pub quantity: Quantity,
    pub unit: Unit,
    /// What the buyer hopes to pay for one unit.
    pub target_price: Option<TargetPrice>,
}

/// What is wanted, of a product as it is certified on the day.
#[derive(Debug, Clone)]
pub struct Asked {
    pub wanted: Wanted,
    pub name: String,
    pub stars: Stars,
    pub group: Option<(Taxonomy, String)>,
}

/// Who records an enquiry for a buyer that stands before them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorder {
    Producer(OrganisationId),
    Organiser(OrganisationId),
    Office,
}

impl Recorder {
    pub fn side(self) -> LeadSide {
        match self {
            Self::Producer(_) => LeadSide::Producer,
            Self::Organiser(_) => LeadSide::Organiser,
            Self::Office => LeadSide::Office,
        }
    }

    pub fn organisation(self) -> Option<OrganisationId> {
        match self {
            Self::Producer(id) | Self::Organiser(id) => Some(id),
            Self::Office => None,
        }
    }
}

/// An enquiry as its sender wrote it.
#[derive(Debug, Clone)]
pub struct NewEnquiry {
    pub products: Vec<Wanted>,
    pub message: LeadMessage,
    pub company: CompanyName,
    pub tax_code: Option<CompanyTaxCode>,
    pub contact: PersonName,
    pub email: Option<ContactEmail>,
    pub phone: Option<ContactPhone>,
    pub channel: LeadChannel,
    pub event: Option<SourceName>,
    pub campaign: Option<SourceName>,
    pub consent: ConsentVersion,
    pub sharing: ContactSharing,
    pub language: EnquiryLanguage,
    /// Where to: the code of a unit of today; and when.
    pub delivery_unit: Option<String>,
    pub delivery_from: Option<Day>,
    pub delivery_until: Option<Day>,
    /// Kinds of papers, separated by spaces.
    pub needed_certificates: String,
    /// Files that were stored before.
    pub attachments: Vec<FileId>,
    /// Somebody records it for the buyer.
    pub recorder: Option<Recorder>,
    /// The id it was given where it was recorded, and when that was; else both are made on arrival.
    pub id: Option<EnquiryId>,
    pub occurred_at: Option<Instant>,
}

/// The part of an enquiry that goes to one producer.
#[derive(Debug)]
pub struct Share {
    pub producer: OrganisationId,
    pub producer_name: String,
    pub items: Vec<Asked>,
}

/// An enquiry that has become leads.
#[derive(Debug)]
pub struct Received {
    pub enquiry: EnquiryId,
    pub at: Instant,
    pub leads: Vec<(LeadId, Share)>,
}

/// Divides what is wanted among the producers, in the order in which they first appear. Every product must be certified
/// today.
pub fn divide(
    conn: &mut Conn,
    reference: &Reference,
    wanted: &[Wanted],
    today: Day,
) -> Result<Vec<Share>, LeadError> {
    let ids: Vec<ProductId> = wanted.iter().map(|w| w.product).collect();
    let offered = catalogue::offered(conn, reference, &ids, today)?;
    let mut offered: HashMap<ProductId, Offered> = offered.into_iter().map(|o| (o.product, o)).collect();
    let (mut shares, mut faults) = (Vec::<Share>::new(), Faults::default());
    for (index, wanted) in wanted.iter().enumerate() {
        let Some(offer) = offered.remove(&wanted.product) else {
            let index = index.to_string();
            faults.push(["products", &index, "product_id"], not_offered());
            continue;
        };
        let item = Asked {
            wanted: wanted.clone(),
            name: offer.product_name,
            stars: offer.stars,
            group: offer.group,
        };
        match shares.iter_mut().find(|share| share.producer == offer.producer) {
            Some(share) => share.items.push(item),
            None => shares.push(Share {
                producer: offer.producer,
                producer_name: offer.producer_name,
                items: vec![item],
            }),
        }
    }
    faults.into_result().map_err(LeadError::Invalid)?;
    Ok(shares)
}

fn not_offered() -> Invalid {
    Invalid::new(
        "not_offered",
        Say::new(
            "Hôm nay không có sản phẩm này trong danh mục: mã sai, hoặc chứng nhận không còn hiệu lực.",
            "This product is not in the catalogue today: the id is wrong, or its certification is no longer in force.",
        ),
    )
}

/// What was asked for at a stand and arrives later must have been certified when it was asked for, or be so today.
fn divide_in_time(
    conn: &mut Conn,
    reference: &Reference,
    new: &NewEnquiry,
    at: Instant,
) -> Result<Vec<Share>, LeadError> {
    let today = at.local_day();
    let then = new.occurred_at.map_or(today, |then| then.min(at).local_day());
    match divide(conn, reference, &new.products, today) {
        Err(LeadError::Invalid(_)) if then < today => divide(conn, reference, &new.products, then),
        shares => shares,
    }
}

/// Stores an enquiry with one lead for each producer concerned, each with its first event.
pub fn send(
    conn: &mut Conn,
    world: &World,
    reference: &Reference,
    sender: Option<Principal>,
    new: NewEnquiry,
) -> Result<Received, LeadError> {
    let at = world.now();
    let shares = divide_in_time(conn, reference, &new, at)?;
    recording::check_products(new.recorder, &new.products, &shares)?;
    let id = new.id.unwrap_or_else(|| world.id());
    let attachments = new.attachments.clone();
    let enquiry = EnquiryRow::new(id, sender, new, at);
    let rows: Vec<LeadRow> =
        shares.iter().map(|share| LeadRow::new(world.id(), &enquiry, share.producer)).collect();
    let items = rows.iter().zip(&shares).flat_map(|(lead, share)| ItemRow::of(lead.id, &share.items));
    let events = rows.iter().map(|lead| EventRow::arrival(world.id(), lead, &enquiry));
    store::insert_enquiry(conn, &enquiry)?;
    attach(conn, world, sender, enquiry.id, &attachments)?;
    store::insert_leads(conn, &rows)?;
    store::insert_items(conn, &items.collect::<Vec<_>>())?;
    store::insert_events(conn, &events.collect::<Vec<_>>())?;
    let leads = rows.iter().map(|lead| lead.id).zip(shares).collect();
    Ok(Received { enquiry: enquiry.id, at, leads })
}

/// What an enquiry would become, if it may be sent. Nothing is written.
pub fn preview(
    conn: &mut Conn,
    reference: &Reference,
    new: &NewEnquiry,
    today: Day,
) -> Result<Vec<Share>, LeadError> {
    let shares = divide(conn, reference, &new.products, today)?;
    recording::check_products(new.recorder, &new.products, &shares)?;
    Ok(shares)
}

/// What of an enquiry does not go together with what the producers state, as the catalogue in memory has it: the line it
/// is about, and the remark.
pub fn advise(memory: &Memory, new: &NewEnquiry) -> Vec<(usize, ProductId, Advice)> {
    let kinds = new.needed_certificates.split(' ').filter_map(|kind| DocumentKind::parse(kind).ok());
    let certificates: Vec<DocumentKind> = kinds.collect();
    let period = Period::of(new.delivery_from, new.delivery_until);
    let of_line = |(line, wanted): (usize, &Wanted)| {
        let Some(stated) = catalogue::stated(memory, wanted.product) else { return Vec::new() };
        let Wanted { product, quantity, unit, target_price } = *wanted;
        let ask = Ask { quantity, unit, target_price, period, certificates: &certificates };
        let found = advice::of(&ask, &stated).into_iter();
        found.map(|advice| (line, product, advice)).collect::<Vec<_>>()
    };
    new.products.iter().enumerate().flat_map(of_line).collect()
}
