//! How an enquiry arrives: it is divided among the producers, and becomes a lead for each of them.

mod recording;
pub mod sender;

pub use recording::{RecorderRole, WalkIn, recorder};
pub use sender::Sender;

use super::advice::{self, Advice, Ask};
use super::attachments::attach;
use super::store::{self, EnquiryRow, EventRow, ItemRow, LeadRow};
use super::{
    CompanyName, CompanyTaxCode, ConsentVersion, ContactEmail, ContactPhone, ContactSharing, EnquiryId,
    EnquiryLanguage, LeadChannel, LeadError, LeadId, LeadMessage, LeadSide, Period, PersonName, Quantity,
    SourceName, TargetPrice,
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
use diesel::QueryResult;
use std::collections::{BTreeSet, HashMap};

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

impl NewEnquiry {
    /// Are the rows of [`EnquiryRows`] all there is to an enquiry? Such ones are written many at once. Every member is named
    /// here, so that a new one is thought of.
    pub fn is_plain(&self) -> bool {
        let Self {
            attachments,
            recorder,
            id,
            occurred_at,
            products: _,
            message: _,
            company: _,
            tax_code: _,
            contact: _,
            email: _,
            phone: _,
            channel: _,
            event: _,
            campaign: _,
            consent: _,
            sharing: _,
            language: _,
            delivery_unit: _,
            delivery_from: _,
            delivery_until: _,
            needed_certificates: _,
        } = self;
        attachments.is_empty() && recorder.is_none() && id.is_none() && occurred_at.is_none()
    }
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
    Offers::of(conn, reference, wanted.iter(), today)?.divide(wanted)
}

/// What is offered on a day, of the products that somebody wants.
struct Offers(HashMap<ProductId, Offered>);

impl Offers {
    fn of<'a>(
        conn: &mut Conn,
        reference: &Reference,
        wanted: impl Iterator<Item = &'a Wanted>,
        today: Day,
    ) -> QueryResult<Self> {
        let ids: BTreeSet<ProductId> = wanted.map(|wanted| wanted.product).collect();
        let ids: Vec<ProductId> = ids.into_iter().collect();
        let offered = catalogue::offered(conn, reference, &ids, today)?;
        Ok(Self(offered.into_iter().map(|offer| (offer.product, offer)).collect()))
    }

    fn divide(&self, wanted: &[Wanted]) -> Result<Vec<Share>, LeadError> {
        let (mut shares, mut faults) = (Vec::<Share>::new(), Faults::default());
        for (index, wanted) in wanted.iter().enumerate() {
            let Some(offer) = self.0.get(&wanted.product) else {
                let index = index.to_string();
                faults.push(["products", &index, "product_id"], not_offered());
                continue;
            };
            let item = Asked {
                wanted: wanted.clone(),
                name: offer.product_name.clone(),
                stars: offer.stars,
                group: offer.group.clone(),
            };
            match shares.iter_mut().find(|share| share.producer == offer.producer) {
                Some(share) => share.items.push(item),
                None => shares.push(Share {
                    producer: offer.producer,
                    producer_name: offer.producer_name.clone(),
                    items: vec![item],
                }),
            }
        }
        faults.into_result().map_err(LeadError::Invalid)?;
        Ok(shares)
    }
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
    let attachments = new.attachments.clone();
    let (received, rows) = compose(world, shares, sender, new, at)?;
    store_rows(conn, vec![rows])?;
    attach(conn, world, sender, received.enquiry, &attachments)?;
    Ok(received)
}

/// What several plain enquiries of nobody who has signed in become, each by itself, and the rows that [`store_rows`] has to
/// write for that.
pub fn prepare(
    conn: &mut Conn,
    world: &World,
    reference: &Reference,
    sent: Vec<NewEnquiry>,
) -> QueryResult<Vec<Result<(Received, EnquiryRows), LeadError>>> {
    let at = world.now();
    let wanted = sent.iter().flat_map(|new| &new.products);
    let offers = Offers::of(conn, reference, wanted, at.local_day())?;
    let one = |new: NewEnquiry| compose(world, offers.divide(&new.products)?, None, new, at);
    Ok(sent.into_iter().map(one).collect())
}

/// What an enquiry is written as.
#[derive(Debug)]
pub struct EnquiryRows {
    enquiry: EnquiryRow,
    leads: Vec<LeadRow>,
    items: Vec<ItemRow>,
    events: Vec<EventRow>,
}

fn compose(
    world: &World,
    shares: Vec<Share>,
    sender: Option<Principal>,
    new: NewEnquiry,
    at: Instant,
) -> Result<(Received, EnquiryRows), LeadError> {
    recording::check_products(new.recorder, &new.products, &shares)?;
    let id = new.id.unwrap_or_else(|| world.id());
    let enquiry = EnquiryRow::new(id, sender, new, at);
    let leads: Vec<LeadRow> =
        shares.iter().map(|share| LeadRow::new(world.id(), &enquiry, share.producer)).collect();
    let items =
        leads.iter().zip(&shares).flat_map(|(lead, share)| ItemRow::of(lead.id, &share.items)).collect();
    let events = leads.iter().map(|lead| EventRow::arrival(world.id(), lead, &enquiry)).collect();
    let received =
        Received { enquiry: id, at, leads: leads.iter().map(|lead| lead.id).zip(shares).collect() };
    Ok((received, EnquiryRows { enquiry, leads, items, events }))
}

/// Writes what enquiries have become, by as few statements as one of them needs.
pub fn store_rows(conn: &mut Conn, all: Vec<EnquiryRows>) -> QueryResult<()> {
    let (mut enquiries, mut leads) = (Vec::with_capacity(all.len()), Vec::with_capacity(all.len()));
    let (mut items, mut events) = (Vec::with_capacity(all.len()), Vec::with_capacity(all.len()));
    for rows in all {
        enquiries.push(rows.enquiry);
        leads.extend(rows.leads);
        items.extend(rows.items);
        events.extend(rows.events);
    }
    store::insert_enquiries(conn, &enquiries)?;
    store::insert_leads(conn, &leads)?;
    store::insert_items(conn, &items)?;
    store::insert_events(conn, &events)
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
