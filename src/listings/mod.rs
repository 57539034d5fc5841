//! Listings: what stands beside the certificate.
//!
//! That a product has stars, the [ledger](crate::certification) says. Its **listing** says what a buyer asks next: from
//! what price, in which months, how much at least, how much a month, with which other certificates (VietGAP, HACCP,
//! organic, …). The producer keeps price, season and quantities, and hands in [`papers`]; one counts because an officer of the
//! province has checked it. The id of a listing is the id of its product, and every product has one: as long as nothing has been
//! said, it is `published` and empty.
//!
//! Beside the content: [`shares`] are links to papers, [`reminders`] go out before one ends, [`ready`] tells what a kind of buyer
//! still misses, and [`answers`] are what retailers say.
//!
//! A member of the producer **edits** without fear: what is its own word (prices, quantities, season) is shown at once, and
//! so is what does little harm if its producer is verified; the rest is gathered in a **draft**, beside which the listing stays
//! as it is ([`Hand`] is the rule, [`edit`] follows it). Handed in, a draft is frozen as a **submission**; an officer of the
//! province decides on it in a **review**, field by field if need be ([`reviews`]). Whatever a listing has told is kept as a
//! [`Version`], and can be set back to ([`history`]).
//!
//! A **withdrawal** takes the product out of the catalogue, whatever its certificate; restored, it is shown again as long
//! as the ledger lets it.
//!
//! Who sees what: a listing is seen by the members of the product's producer and by the officers of its province of
//! today; to everybody else it does not exist (404), and what is public of it stands in the catalogue.
//!
//! Writers hold the lock of the product's row, and end their transaction with an entry in the [audit log](crate::audit) and
//! with [`announce`](crate::catalogue::announce), so that the catalogue and all who follow it learn of the change.

pub mod answers;
mod checks;
mod editing;
pub mod history;
pub mod http;
mod many;
mod model;
pub mod overview;
pub mod papers;
pub mod ready;
pub mod reminders;
pub mod reviews;
pub mod shares;
mod store;

pub use checks::{Checked, check, check_change, set_of};
pub use editing::{Edited, change, discard_draft, edit, open_as_producer, preview, publish};
pub use many::{Many, TakenBack, open_many, read_many, take_back};
pub use model::*;
pub use store::{of_products, of_range};

use crate::audit::{self, Action, Actor, Event, SubjectKind};
use crate::auth::Caller;
use crate::catalogue::{self, Seq};
use crate::db::columns::Key;
use crate::db::{self, Conn, Day, Instant};
use crate::files::FileError;
use crate::input::Faults;
use crate::products::{self, Product, ProductId};
use crate::world::World;
use diesel::QueryResult;
use std::collections::HashMap;

/// What can stand in the way of a use case. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum ListingError {
    /// There is no such product, or its listing is not the caller's to see.
    #[error("no such listing")]
    NotFound,
    /// The caller may read the listing but not write to it.
    #[error("this member may only read")]
    ReadOnly,
    /// What an officer has to have seen.
    #[error("only an officer of the province may do this")]
    OfficersOnly,
    /// What is handed in, officers of the province decide on.
    #[error("only an officer of the province may decide")]
    ReviewersOnly,
    /// What an office does not do for a producer.
    #[error("only the producer's own people may do this")]
    ProducersOnly,
    #[error("the officer acts for the producer")]
    OwnCase,
    #[error("there is nothing in the draft")]
    NothingDrafted,
    #[error("the submission {0} waits already")]
    AlreadySubmitted(SubmissionId),
    #[error("the submission has ended: {}", .0.as_str())]
    AlreadyDecided(SubmissionState),
    #[error("it is withdrawn already")]
    AlreadyWithdrawn,
    #[error("it is not withdrawn")]
    NotWithdrawn,
    #[error("the listing has this document already: {0}")]
    AlreadyRecorded(DocumentId),
    #[error("the listing has no such document")]
    NoSuchDocument,
    #[error("an officer has decided on this paper")]
    PaperDecided,
    #[error("there are too many papers, or too many links to one")]
    TooManyPapers,
    #[error("the paper has no file")]
    NoFile,
    #[error("nobody else is to read this paper")]
    NotShareable,
    #[error("the link is unknown or no good any more")]
    InvalidLink,
    /// What is for an organisation that buys to say.
    #[error("only an editor of an organisation that buys may answer")]
    BuyersOnly,
    #[error("this answer does not follow the one before")]
    SenselessAnswer(&'static [AnswerState]),
    #[error(transparent)]
    File(#[from] FileError),
    #[error("what is said of the product is wrong")]
    Invalid(Faults),
    #[error(transparent)]
    Db(db::Failure),
}

crate::db_errors!(ListingError);

/// How far a caller reaches into a listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    Reads,
    Edits,
    Certifies,
}

impl Reach {
    fn of(caller: &Caller, product: &Product) -> Result<Self, ListingError> {
        if caller.is_officer_for(product.place.province.as_deref()) {
            return Ok(Self::Certifies);
        }
        match caller.role_in(product.producer) {
            Some(_) if caller.may_edit(product.producer) => Ok(Self::Edits),
            Some(_) => Ok(Self::Reads),
            None => Err(ListingError::NotFound),
        }
    }
}

/// A listing that its reader may see, with its product.
#[derive(Debug)]
pub struct Known {
    pub product: Product,
    /// Nothing if nothing has been said yet.
    pub listing: Option<Listing>,
    /// What its producer is working on: fields that are to be other than buyers see them.
    pub draft: ContentPatch,
    /// What waits for an officer.
    pub waiting: Option<Submission>,
    /// All papers, by kind and number.
    pub papers: Vec<Paper>,
}

impl Known {
    fn of(conn: &mut Conn, product: Product) -> QueryResult<Self> {
        let id = product.id;
        let listing = of_products(conn, &[id])?.remove(&id);
        let draft = store::drafts::of_products(conn, &[id])?.remove(&id).unwrap_or_default();
        let waiting = store::submissions::waiting_of(conn, &[id])?.pop();
        let papers = store::papers::of_product(conn, id)?;
        Ok(Self { product, listing, draft, waiting, papers })
    }

    /// What buyers see.
    pub fn content(&self) -> Content {
        self.listing.as_ref().map(|listing| listing.content.clone()).unwrap_or_default()
    }

    /// The listing, be it that nothing has been said yet.
    pub fn or_new(&self, now: Instant) -> Listing {
        self.listing.clone().unwrap_or_else(|| Listing::new(now))
    }

    /// What those who did something with it are called, as far as the caller may know.
    pub fn names(
        &self,
        conn: &mut Conn,
        caller: &Caller,
        actors: &[Actor],
    ) -> QueryResult<HashMap<Key, String>> {
        let concerned = (self.product.producer, self.product.place.province.as_deref());
        audit::names_for(conn, caller, concerned, actors)
    }

    /// One of its papers.
    pub fn paper(&self, id: DocumentId) -> Result<&Paper, ListingError> {
        self.papers.iter().find(|paper| paper.id == id).ok_or(ListingError::NoSuchDocument)
    }

    /// What the audit log remembers of it. A listing is its product's.
    fn event(&self, action: Action) -> Event {
        Event::new(action, SubjectKind::Product, self.product.id)
            .concerning(self.product.producer)
            .within(self.product.place.province.as_deref())
    }

    /// Writes the listing as it is to be, has the audit log remember why, and announces it.
    fn save(
        &mut self,
        conn: &mut Conn,
        world: &World,
        by: &Caller,
        (listing, event): (Listing, Event),
    ) -> Result<Seq, ListingError> {
        self.save_with(conn, world, by, (listing, vec![event]))
    }

    /// The same where several things were done at once.
    fn save_with(
        &mut self,
        conn: &mut Conn,
        world: &World,
        by: &Caller,
        (listing, events): (Listing, Vec<Event>),
    ) -> Result<Seq, ListingError> {
        let listing = Listing { updated_at: world.now(), ..listing };
        store::save(conn, self.product.id, &listing)?;
        self.listing = Some(listing);
        self.record(conn, world, by, events)?;
        Ok(catalogue::announce(conn, world, &[self.product.id])?)
    }

    fn record(&self, conn: &mut Conn, world: &World, by: &Caller, events: Vec<Event>) -> QueryResult<()> {
        audit::record_all(conn, world, &by.agent_for(self.product.producer), events)
    }
}

impl Known {
    /// Has the audit log remember what was done to a paper. What the catalogue shows is announced, and counts as a change of the
    /// listing; the rest is nobody else's business.
    fn noted(
        &mut self,
        conn: &mut Conn,
        world: &World,
        by: &Caller,
        event: Event,
        shown: bool,
    ) -> Result<Option<Seq>, ListingError> {
        *self = Self::of(conn, self.product.clone())?;
        if shown {
            let listing = self.or_new(world.now());
            return self.save(conn, world, by, (listing, event)).map(Some);
        }
        audit::record(conn, world, &by.agent_for(self.product.producer), event)?;
        Ok(None)
    }
}

/// A listing the caller may see.
pub fn read(conn: &mut Conn, caller: &Caller, id: ProductId) -> Result<Known, ListingError> {
    let product = products::by_ids(conn, &[id])?.pop().ok_or(ListingError::NotFound)?;
    Reach::of(caller, &product)?;
    Ok(Known::of(conn, product)?)
}

/// A listing the caller may change, locked until the transaction ends.
pub fn open(conn: &mut Conn, caller: &Caller, id: ProductId) -> Result<Known, ListingError> {
    lock(conn, caller, id, Reach::Edits)
}

/// A listing whose documents the caller may record, locked until the transaction ends.
pub fn open_as_officer(conn: &mut Conn, caller: &Caller, id: ProductId) -> Result<Known, ListingError> {
    lock(conn, caller, id, Reach::Certifies)
}

fn lock(conn: &mut Conn, caller: &Caller, id: ProductId, needed: Reach) -> Result<Known, ListingError> {
    let product = products::lock(conn, id)?.ok_or(ListingError::NotFound)?;
    match Reach::of(caller, &product)? {
        reach if reach >= needed => Ok(Known::of(conn, product)?),
        Reach::Reads if needed == Reach::Edits => Err(ListingError::ReadOnly),
        _ => Err(ListingError::OfficersOnly),
    }
}

/// Takes the product out of the catalogue.
pub fn withdraw(conn: &mut Conn, world: &World, by: &Caller, known: &mut Known) -> Result<Seq, ListingError> {
    let listing = known.or_new(world.now());
    match listing.status {
        ListingStatus::Withdrawn => Err(ListingError::AlreadyWithdrawn),
        ListingStatus::Published => {
            let withdrawn = Listing { status: ListingStatus::Withdrawn, ..listing };
            let event = known.event(Action::ListingWithdrawn);
            known.save(conn, world, by, (withdrawn, event))
        }
    }
}

/// Takes a withdrawal back.
pub fn restore(conn: &mut Conn, world: &World, by: &Caller, known: &mut Known) -> Result<Seq, ListingError> {
    let listing = known.or_new(world.now());
    match listing.status {
        ListingStatus::Published => Err(ListingError::NotWithdrawn),
        ListingStatus::Withdrawn => {
            let restored = Listing { status: ListingStatus::Published, ..listing };
            let event = known.event(Action::ListingRestored);
            known.save(conn, world, by, (restored, event))
        }
    }
}

/// A certificate as an officer has seen it.
#[derive(Debug, Clone)]
pub struct NewDocument {
    pub kind: DocumentKind,
    pub number: DocumentNumber,
    pub issuer: DocumentIssuer,
    pub valid_until: Option<Day>,
}

/// Adds a certificate without a file to a listing that was opened as an officer; see [`papers::record`].
pub fn add_document(
    conn: &mut Conn,
    world: &World,
    by: &Caller,
    known: &mut Known,
    new: NewDocument,
) -> Result<(Paper, Option<Seq>), ListingError> {
    let NewDocument { kind, number, issuer, valid_until } = new;
    let disclosure = Disclosure::Public;
    let new =
        NewPaper { kind: kind.into(), number, issuer, issued_on: None, valid_until, file: None, disclosure };
    papers::record(conn, world, by, known, new)
}
