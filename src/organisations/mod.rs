//! Legal parties: producers now; buyers, organisers and offices as they come.
//!
//! Lists of recognised products name producers by text only, so a producer is the **same** if its name is the same
//! (case, spacing and tone placement aside), it is in the same province of today, and its places do not contradict
//! each other: district and commune are equal wherever both are known. Two that fit are a question for the person who
//! brought the list, never a guess.
//!
//! Where a list leaves the producer out, each product gets an unnamed producer of its own, until a list names it.
//!
//! People [`register`] organisations, too. Officers of the province [`verify`] them; until then no list gives them
//! products, lest somebody gets at a producer by taking its name. Whoever registers a producer that the ledger has
//! already [`claims`] it. What is known of a registered organisation (legal name, tax code, address) is for its members and
//! the officers of its province: of a household business it is a person's. Everybody reads a producer's public name and
//! place alone, and only while it has a product in the catalogue.

mod access;
pub mod claims;
pub mod http;
mod model;
mod registration;
mod store;
mod verification;

use crate::auth::Office;
use crate::db::failure::violated_unique;
use crate::db::{self, Conn};
use crate::input::Faults;
use crate::reference::{Place, Reference};
use crate::say::Say;
use crate::vietnamese::name_key;
use crate::world::World;
pub use access::{Seen, read};
use diesel::QueryResult;
pub use model::*;
pub use registration::{change, check, commune_of, open, register, register_another};
pub use store::by_ids as producers;
pub use store::registered::Filter;
pub use store::{Party, parties};
pub use verification::{history, verify, vouch};

/// What can stand in the way of a use case. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum OrganisationError {
    /// There is none, or it is not the caller's to see.
    #[error("no such organisation, decision or claim")]
    NotFound,
    #[error("it has become one with {0}")]
    Succeeded(OrganisationId),
    #[error("only its owners may do this")]
    OwnersOnly,
    #[error("this member may only read")]
    ReadOnly,
    #[error("the officer acts for it")]
    OwnCase,
    #[error("what is said of the organisation is wrong")]
    Invalid(Faults),
    #[error("this decision does not follow on the standing")]
    IllegalDecision(IllegalDecision),
    #[error("another organisation is verified with this tax code")]
    TaxCodeTaken,
    #[error("the claim {0} is open already")]
    AlreadyClaimed(ClaimId),
    #[error("the claim is {} already", .0.as_str())]
    AlreadyDecided(ClaimState),
    #[error("not as things are: {}", .0.en)]
    NotPossible(Say),
    #[error(transparent)]
    Db(db::Failure),
}

crate::db_errors!(OrganisationError);

impl OrganisationError {
    /// Of a statement that makes an organisation verified.
    fn of_write(error: diesel::result::Error) -> Self {
        match violated_unique(&error) {
            Some("organisations_tax_code_verified") => Self::TaxCodeTaken,
            _ => error.into(),
        }
    }
}

/// A page of the organisations of an office, in the order in which they came.
pub fn list(
    conn: &mut Conn,
    office: &Office,
    filter: &Filter,
    after: Option<OrganisationId>,
    rows: i64,
) -> Result<Vec<Organisation>, OrganisationError> {
    Ok(store::registered::page(conn, office.province(), filter, after, rows)?)
}

/// What the officers say of an organisation; its row is locked until the transaction ends, so that nobody counts what it
/// does beside.
pub fn lock_standing(conn: &mut Conn, id: OrganisationId) -> QueryResult<Option<OrganisationStanding>> {
    store::registered::lock_standing(conn, id)
}

/// What the officers say of an organisation, as it is now.
pub fn standing(conn: &mut Conn, id: OrganisationId) -> QueryResult<Option<OrganisationStanding>> {
    store::registered::standing(conn, id)
}

/// A producer as the ledger knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Producer {
    pub id: OrganisationId,
    pub entity_type: Option<EntityType>,
    pub legal_name: Option<String>,
    pub public_name: Option<String>,
    pub place: Place,
}

impl Producer {
    /// The name as everybody may read it.
    pub fn shown_name(&self, reference: &Reference) -> String {
        producer_name(reference, self.public_name.as_deref(), self.entity_type, &self.place)
    }
}

/// A producer's name as everybody may read it: one without a public name is told by its form and place.
pub fn producer_name(
    reference: &Reference,
    public_name: Option<&str>,
    entity_type: Option<EntityType>,
    place: &Place,
) -> String {
    let place = match public_name {
        Some(_) => None,
        None => reference.place_name(place),
    };
    display_name(public_name, entity_type, place.as_deref())
}

/// How somebody describes the producer of a product.
#[derive(Debug, Clone)]
pub struct Described<'a> {
    pub name: Option<&'a OrganisationName>,
    pub entity_type: Option<EntityType>,
    pub place: &'a Place,
}

impl Described<'_> {
    /// The key of the name; of an unnamed producer, that of its one product behind a sign no name begins with.
    fn key(&self, product_key: &str) -> String {
        self.name.map_or_else(|| unnamed_key(product_key), |name| name_key(name.as_str()))
    }

    fn legal_name(&self) -> Option<String> {
        self.name.map(|name| name.as_str().to_owned())
    }

    fn public_name(&self, entity_type: Option<EntityType>) -> Option<String> {
        self.legal_name().filter(|_| entity_type.is_some_and(EntityType::has_public_name))
    }
}

fn unnamed_key(product_key: &str) -> String {
    format!("? {product_key}")
}

/// All producers the description fits, and how many others in the province bear the name.
pub fn matching(
    conn: &mut Conn,
    described: &Described,
    product_key: &str,
) -> QueryResult<(Vec<Producer>, usize)> {
    let same_name = store::by_name(conn, &described.key(product_key), described.place)?;
    let all = same_name.len();
    let fitting: Vec<Producer> = same_name
        .into_iter()
        .filter(|producer| compatible(&producer.place, described.place))
        // An unnamed household and an unnamed co-operative are two makers.
        .filter(|producer| described.name.is_some() || agrees(producer.entity_type, described.entity_type))
        .collect();
    let elsewhere = all - fitting.len();
    Ok((fitting, elsewhere))
}

/// Unnamed producers of a product of that name which a now named one may be.
pub fn unnamed_matching(
    conn: &mut Conn,
    described: &Described,
    product_key: &str,
) -> QueryResult<Vec<Producer>> {
    let unnamed = Described { name: None, ..described.clone() };
    matching(conn, &unnamed, product_key).map(|(fitting, _)| fitting)
}

pub fn create_producer(
    conn: &mut Conn,
    world: &World,
    described: &Described,
    product_key: &str,
) -> QueryResult<Producer> {
    let producer = Producer {
        id: world.id(),
        entity_type: described.entity_type,
        legal_name: described.legal_name(),
        public_name: described.public_name(described.entity_type),
        place: described.place.clone(),
    };
    let key = described.key(product_key);
    store::insert(conn, OrganisationKind::Producer, producer.clone(), &key, world.now())?;
    Ok(producer)
}

/// A new buyer or organiser. Its name is a company's, hence public.
pub fn create_company(
    conn: &mut Conn,
    world: &World,
    kind: OrganisationKind,
    name: &OrganisationName,
    place: &Place,
) -> QueryResult<OrganisationId> {
    let named = Some(name.as_str().to_owned());
    let company = Producer {
        id: world.id(),
        entity_type: None,
        legal_name: named.clone(),
        public_name: named,
        place: place.clone(),
    };
    let id = company.id;
    store::insert(conn, kind, company, &name_key(name.as_str()), world.now())?;
    Ok(id)
}

/// Adds what the description knows and the producer's record does not: place, legal form, the name of an unnamed one.
/// `None` if there is nothing to add.
pub fn completed(producer: &Producer, described: &Described) -> Option<Producer> {
    let entity_type = producer.entity_type.or(described.entity_type);
    let naming = producer.legal_name.is_none() && described.name.is_some();
    let more = Producer {
        id: producer.id,
        entity_type,
        legal_name: producer.legal_name.clone().or_else(|| described.legal_name()),
        public_name: match naming || producer.entity_type != entity_type {
            true => described.public_name(entity_type).or_else(|| producer.public_name.clone()),
            false => producer.public_name.clone(),
        },
        place: filled(&producer.place, described.place),
    };
    (more != *producer).then_some(more)
}

/// Writes a producer completed by [`completed`].
pub fn save(conn: &mut Conn, world: &World, producer: &Producer, product_key: &str) -> QueryResult<()> {
    let key = producer.legal_name.as_deref().map_or_else(|| unnamed_key(product_key), name_key);
    store::update(conn, producer.clone(), &key, world.now())
}

/// Removes an unnamed producer whose one product has been found to be another's. It stays if anything refers to it:
/// somebody may sign in for it.
pub fn remove_if_unused(conn: &mut Conn, unnamed: OrganisationId) -> QueryResult<()> {
    store::delete_unless_referred_to(conn, unnamed)
}
