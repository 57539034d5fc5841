//! Whose product is meant? Lists name producers and products by text; this finds the ones of the ledger, or says what
//! to ask. See [`crate::organisations`] for when two producers are the same.
//!
//! Where a list leaves the producer out, the product gets an unnamed producer of its own. A later list may name it: a
//! row with a name, the same product and the same decision. And a list without names that comes again finds what has
//! been named meanwhile, by the decision too.

use super::ledger::Certification;
use super::model::{DecisionNumber, Hearsay, Recognition, SourceUrl, Subject};
use super::notes::{self, Note};
use super::{Change, Clerk, Entered, LedgerError, store};
use crate::db::{Conn, Day};
use crate::leads;
use crate::organisations::{self, Described, OrganisationId, Producer, agrees, compatible};
use crate::products::{self, Product, ProductId};
use crate::say;
use crate::say::Invalid;
use crate::vietnamese::name_key;
use diesel::QueryResult;

/// How a statement was seen: what tells it from another one about a product of the same name.
#[derive(Clone, Copy)]
pub struct Sighting<'a> {
    pub number: Option<&'a DecisionNumber>,
    pub decided_on: Option<Day>,
    /// `None` if it does not matter, empty if none is known.
    pub source: Option<&'a str>,
}

impl Sighting<'_> {
    /// Number and date are known: that is a decision, whoever issued it.
    fn is_decision(&self) -> bool {
        self.number.is_some() && self.decided_on.is_some()
    }
}

fn source(url: &Option<SourceUrl>) -> Option<&str> {
    Some(url.as_ref().map_or("", SourceUrl::as_str))
}

impl<'a> From<&'a Recognition> for Sighting<'a> {
    fn from(Recognition { decision, source_url, .. }: &'a Recognition) -> Self {
        Self {
            number: Some(&decision.number),
            decided_on: Some(decision.decided_on),
            source: source(source_url),
        }
    }
}

impl<'a> From<&'a Hearsay> for Sighting<'a> {
    fn from(said: &'a Hearsay) -> Self {
        Self { number: said.number.as_ref(), decided_on: said.decided_on, source: source(&said.source_url) }
    }
}

/// What the ledger has of a subject, before anything is written.
pub struct Identity {
    product_key: String,
    producer: Option<Producer>,
    product: Option<Product>,
    /// The unnamed producer whose product turned out to be the named one's.
    absorbed: Option<OrganisationId>,
    /// Producers of that name elsewhere in the province.
    elsewhere: usize,
}

/// A subject with its rows in place.
pub struct Settled {
    pub producer: OrganisationId,
    pub product: ProductId,
    /// Something of producer or product was written.
    pub changed: bool,
    pub is_new: bool,
    pub notes: Vec<Note>,
}

impl Settled {
    pub fn with<C>(self, certification: C, change: Change) -> Entered<C> {
        let Self { producer, product, changed, notes, .. } = self;
        Entered { certification, product, producer, change: change.and(changed), notes }
    }
}

impl Identity {
    /// What the ledger has of the product.
    pub fn certifications(&self, conn: &mut Conn) -> QueryResult<Vec<Certification>> {
        match &self.product {
            Some(product) => store::of_products(conn, &[product.id]),
            None => Ok(Vec::new()),
        }
    }

    pub fn find(conn: &mut Conn, subject: &Subject, seen: &Sighting) -> Result<Self, LedgerError> {
        let product_key = name_key(subject.product_name.as_str());
        let (fitting, elsewhere) = organisations::matching(conn, &subject.producer(), &product_key)?;
        let mut known = products_of(conn, &fitting, &product_key)?;
        let producer = match fitting.len() {
            0 | 1 => fitting.into_iter().next(),
            _ => Some(the_one_seen(conn, fitting, &known, seen)?),
        };
        known.retain(|product| Some(product.producer) == producer.as_ref().map(|producer| producer.id));
        let mut identity =
            Self { product_key, producer, product: known.into_iter().next(), absorbed: None, elsewhere };
        if identity.product.is_none() && seen.is_decision() {
            identity.look_under_the_decision(conn, subject, seen)?;
        }
        Ok(identity)
    }

    /// The product of the same decision on the other side of the naming: of an unnamed producer if the subject names
    /// one, of a named one if it does not.
    fn look_under_the_decision(
        &mut self,
        conn: &mut Conn,
        subject: &Subject,
        seen: &Sighting,
    ) -> Result<(), LedgerError> {
        let described = subject.producer();
        let candidates = match described.name {
            Some(_) => {
                let unnamed = organisations::unnamed_matching(conn, &described, &self.product_key)?;
                products_of(conn, &unnamed, &self.product_key)?
            }
            None => {
                let mut same_name = products::of_province(conn, &self.product_key, described.place)?;
                same_name.retain(|product| compatible(&product.place, described.place));
                same_name
            }
        };
        if candidates.is_empty() {
            return Ok(());
        }
        let under_decision = Sighting { source: None, ..*seen };
        let found = stated_of(conn, candidates, &under_decision)?;
        let ids: Vec<OrganisationId> = found.iter().map(|product| product.producer).collect();
        let mut makers = organisations::producers(conn, &ids)?;
        makers.retain(|maker| agrees(maker.entity_type, described.entity_type));
        let (maker, product) = match makers.as_slice() {
            [] => return Ok(()),
            [maker] => (maker.clone(), found.into_iter().find(|product| product.producer == maker.id)),
            _ => return Err(several_producers(&makers)),
        };
        self.product = product;
        if self.producer.is_none() {
            self.producer = Some(maker);
        } else {
            self.absorbed = Some(maker.id);
        }
        Ok(())
    }
}

impl Clerk<'_> {
    /// Writes what is new: creates producer and product, or adds what the subject knows of them.
    pub(super) fn settle(
        &mut self,
        conn: &mut Conn,
        identity: Identity,
        subject: &Subject,
    ) -> QueryResult<Settled> {
        let described = subject.producer();
        let mut notes = Vec::new();
        let (producer, mut changed) = self.settle_producer(conn, &identity, &described, &mut notes)?;
        if !agrees(producer.entity_type, described.entity_type) {
            notes.push(notes::OTHER_ENTITY_TYPE);
        }
        if described.name.is_some() && producer.entity_type.is_none() {
            notes.push(notes::NAME_NOT_PUBLIC);
        }
        let is_new = identity.product.is_none();
        let product = match identity.product {
            None => {
                let what = (&subject.product_name, subject.gtin.clone(), &subject.place);
                products::create(conn, self.world, producer.id, what)?
            }
            Some(known) => {
                changed |= self.complete_product(conn, &known, subject, &producer)?;
                known.id
            }
        };
        if let Some(unnamed) = identity.absorbed {
            notes.push(notes::PRODUCER_NAMED);
            leads::hand_over(conn, unnamed, producer.id)?;
            organisations::remove_if_unused(conn, unnamed)?;
        }
        let namesake = products::namesake(conn, &identity.product_key, &subject.place, producer.id)?;
        notes.extend(namesake.map(Note::possible_duplicate));
        let changed = changed || is_new;
        if changed {
            self.touched.insert(product);
        }
        Ok(Settled { producer: producer.id, product, changed, is_new, notes })
    }

    /// The producer as it is then, and whether one on file has changed.
    fn settle_producer(
        &mut self,
        conn: &mut Conn,
        identity: &Identity,
        described: &Described,
        notes: &mut Vec<Note>,
    ) -> QueryResult<(Producer, bool)> {
        let Some(known) = &identity.producer else {
            if identity.elsewhere > 0 && described.name.is_some() {
                notes.push(notes::SAME_NAME_ELSEWHERE);
            }
            let created = organisations::create_producer(conn, self.world, described, &identity.product_key)?;
            return Ok((created, false));
        };
        let Some(more) = organisations::completed(known, described) else {
            return Ok((known.clone(), false));
        };
        if known.legal_name != more.legal_name {
            notes.push(notes::PRODUCER_NAMED);
        }
        organisations::save(conn, self.world, &more, &identity.product_key)?;
        self.touched.extend(products::ids_of_producer(conn, more.id)?);
        Ok((more, true))
    }

    /// Adds what the subject knows of a product on file; false if that is nothing.
    fn complete_product(
        &self,
        conn: &mut Conn,
        known: &Product,
        subject: &Subject,
        producer: &Producer,
    ) -> QueryResult<bool> {
        let more = Product {
            producer: producer.id,
            gtin: subject.gtin.clone().or_else(|| known.gtin.clone()),
            place: organisations::filled(&known.place, &subject.place),
            ..known.clone()
        };
        let changed = more != *known;
        if changed {
            products::save(conn, self.world, more)?;
        }
        Ok(changed)
    }
}

fn products_of(conn: &mut Conn, producers: &[Producer], product_key: &str) -> QueryResult<Vec<Product>> {
    let ids: Vec<OrganisationId> = producers.iter().map(|producer| producer.id).collect();
    match ids.is_empty() {
        true => Ok(Vec::new()),
        false => products::of_producers(conn, &ids, product_key),
    }
}

/// Of the candidates, those the ledger already has as seen.
fn stated_of(conn: &mut Conn, mut candidates: Vec<Product>, seen: &Sighting) -> QueryResult<Vec<Product>> {
    let ids: Vec<ProductId> = candidates.iter().map(|product| product.id).collect();
    let stated = store::claims::stated(conn, &ids, seen)?;
    candidates.retain(|product| stated.contains(&product.id));
    Ok(candidates)
}

/// Of several producers the description fits: the one whose product of that name is already stated just so. If there
/// is none, or more than one, only a person can tell.
fn the_one_seen(
    conn: &mut Conn,
    fitting: Vec<Producer>,
    known: &[Product],
    seen: &Sighting,
) -> Result<Producer, LedgerError> {
    let question = several_producers(&fitting);
    let stated = stated_of(conn, known.to_vec(), seen)?;
    let one = match stated.as_slice() {
        [one] => fitting.into_iter().find(|producer| producer.id == one.producer),
        _ => None,
    };
    one.ok_or(question)
}

fn several_producers(makers: &[Producer]) -> LedgerError {
    let count = makers.len();
    let ids: Vec<&str> = makers.iter().map(|maker| maker.id.as_str()).collect();
    let ids = ids.join(", ");
    LedgerError::Question(Invalid::new(
        "ambiguous_producer",
        say!(
            "Có {count} chủ thể cùng khớp với mô tả này ({ids}); hãy ghi thêm huyện, xã hoặc mã xã.",
            "{count} producers fit this description ({ids}); please add the district, the commune or its code."
        ),
    ))
}
