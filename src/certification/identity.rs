//! Whose product is meant? Lists name producers and products by text; this finds the ones of the ledger, or says what
//! to ask. See [`crate::organisations`] for when two producers are the same.
//!
//! Where a list leaves the producer out, the product gets an unnamed producer of its own. A later list may name it: a
//! row with a name, the same product and the same decision. And a list without names that comes again finds what has
//! been named meanwhile, by the decision too.

use super::claims::Sighting;
use super::model::Subject;
use super::{LedgerError, Note, Question, store};
use crate::db::Conn;
use crate::organisations::{self, OrganisationId, Producer, agrees, compatible};
use crate::products::{self, Product, ProductId};
use crate::reference::Reference;
use crate::say;
use crate::vietnamese::name_key;
use crate::world::World;
use diesel::QueryResult;

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

impl Identity {
    pub fn product(&self) -> Option<&Product> {
        self.product.as_ref()
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
            _ => return Err(several_producers(&makers).into()),
        };
        self.product = product;
        if self.producer.is_none() {
            self.producer = Some(maker);
        } else {
            self.absorbed = Some(maker.id);
        }
        Ok(())
    }

    /// Writes what is new: creates producer and product, or adds what the subject knows of them.
    pub fn settle(
        self,
        conn: &mut Conn,
        world: &World,
        reference: &Reference,
        subject: &Subject,
    ) -> QueryResult<Settled> {
        let described = subject.producer();
        let (mut notes, mut changed) = (Vec::new(), false);
        let producer = match self.producer {
            None => {
                if self.elsewhere > 0 {
                    notes.push(Note::same_name_elsewhere());
                }
                organisations::create_producer(conn, world, &described, &self.product_key)?
            }
            Some(known) => match organisations::completed(&known, &described) {
                None => known,
                Some(more) => {
                    changed = true;
                    if known.legal_name != more.legal_name {
                        notes.push(Note::producer_named());
                    }
                    organisations::save(conn, world, &more, &self.product_key)?;
                    if known.public_name != more.public_name {
                        products::refresh_texts(conn, world, reference, &more)?;
                    }
                    more
                }
            },
        };
        if !agrees(producer.entity_type, described.entity_type) {
            notes.push(Note::other_entity_type());
        }
        if described.name.is_some() && producer.entity_type.is_none() {
            notes.push(Note::name_not_public());
        }
        let (product, is_new) = match self.product {
            None => {
                let what = (&subject.product_name, subject.gtin.clone(), &subject.place);
                (products::create(conn, world, reference, &producer, what)?, true)
            }
            Some(known) => {
                let more = Product {
                    producer: producer.id,
                    gtin: subject.gtin.clone().or_else(|| known.gtin.clone()),
                    place: organisations::filled(&known.place, &subject.place),
                    ..known.clone()
                };
                if more != known {
                    changed = true;
                    products::save(conn, world, reference, more, &producer)?;
                }
                (known.id, false)
            }
        };
        if let Some(unnamed) = self.absorbed {
            notes.push(Note::producer_named());
            organisations::absorb(conn, unnamed, producer.id)?;
        }
        if let Some(other) = products::namesake(conn, &self.product_key, &subject.place, producer.id)? {
            notes.push(Note::possible_duplicate(other));
        }
        Ok(Settled { producer: producer.id, product, changed: changed || is_new, is_new, notes })
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
    let stated = stated_of(conn, known.to_vec(), seen)?;
    let question = several_producers(&fitting);
    match stated.as_slice() {
        [one] => fitting
            .into_iter()
            .find(|producer| producer.id == one.producer)
            .ok_or(LedgerError::Question(question)),
        _ => Err(question.into()),
    }
}

fn several_producers(makers: &[Producer]) -> Question {
    let count = makers.len();
    let ids: Vec<&str> = makers.iter().map(|maker| maker.id.as_str()).collect();
    let ids = ids.join(", ");
    Question {
        code: "ambiguous_producer",
        say: say!(
            "Có {count} chủ thể cùng khớp với mô tả này ({ids}); hãy ghi thêm huyện, xã hoặc mã xã.",
            "{count} producers fit this description ({ids}); please add the district, the commune or its code."
        ),
    }
}
