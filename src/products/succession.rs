//! One product takes the place of another: the two were recorded for one and the same, or the product was renewed under
//! another name. From then on the catalogue shows only the successor and tells followers where the old one went.
//! Entries of the ledger stay where they were made, so taking the succession back restores everything.
//!
//! Chains may grow at their end (old → new → newer), never in the middle: a product with a successor becomes nobody's
//! successor any more. Hence no circle can close, for its last link would have to lead to a product that has one.

use super::store::{self, successions};
use super::{Product, ProductId, Succession, SuccessionKind};
use crate::audit::{self, Action, Event, SubjectKind};
use crate::auth::Officer;
use crate::catalogue::{self, Seq};
use crate::db::{self, Conn, ledger_lock};
use crate::input::Faults;
use crate::say;
use crate::say::{Invalid, Say};
use crate::world::World;

/// Why a succession is not recorded, or not taken back.
#[derive(Debug, thiserror::Error)]
pub enum SuccessionError {
    #[error("there is no such product")]
    NotFound,
    #[error("nothing has taken the place of this product")]
    NotSucceeded,
    /// The product or its successor.
    #[error("it is outside the officer's province")]
    OutsideProvince,
    #[error("{0} has taken its place already")]
    AlreadySucceeded(ProductId),
    #[error("this product cannot be the successor")]
    Invalid(Faults),
    #[error(transparent)]
    Db(db::Failure),
}

crate::db_errors!(SuccessionError);

/// A succession as an officer states it.
#[derive(Debug, Clone, Copy)]
pub struct NewSuccession {
    pub successor: ProductId,
    pub kind: SuccessionKind,
}

/// Records that another product has taken the place of this one.
pub fn succeed(
    conn: &mut Conn,
    world: &World,
    officer: &Officer,
    id: ProductId,
    new: NewSuccession,
) -> Result<(Succession, Seq), SuccessionError> {
    // Two that are recorded at once could close a circle.
    ledger_lock(conn)?;
    let product = within_office(conn, officer, id)?;
    let known = successions::of_products(conn, &[id, new.successor])?;
    if let Some(earlier) = known.get(&id) {
        return Err(SuccessionError::AlreadySucceeded(earlier.successor));
    }
    if new.successor == id {
        return Err(refused("same_product", ITSELF));
    }
    match within_office(conn, officer, new.successor) {
        Err(SuccessionError::NotFound) => return Err(refused("unknown_product", UNKNOWN)),
        other => other?,
    };
    if let Some(Succession { successor, .. }) = known.get(&new.successor) {
        let say = say!(
            "Sản phẩm này đã được sản phẩm {successor} thay thế; hãy ghi sản phẩm ấy.",
            "This product has itself a successor, {successor}; please name that one."
        );
        return Err(refused("has_successor", say));
    }
    let succession = Succession { successor: new.successor, kind: new.kind, recorded_at: world.now() };
    successions::insert(conn, id, &succession, officer.user)?;
    let succeeded =
        about(Action::ProductSucceeded, &product).with("successor", new.successor).with("kind", new.kind);
    audit::record(conn, world, &officer.agent, succeeded)?;
    Ok((succession, catalogue::announce(conn, world, &[id])?))
}

const ITSELF: Say =
    Say::new("Một sản phẩm không thể thay thế chính nó.", "A product cannot take its own place.");

const UNKNOWN: Say = Say::new("Không có sản phẩm này.", "There is no such product.");

fn refused(code: &'static str, say: Say) -> SuccessionError {
    SuccessionError::Invalid(Faults::one(["successor_id"], Invalid::new(code, say)))
}

/// Takes back that another product has taken the place of this one.
pub fn delete_succession(
    conn: &mut Conn,
    world: &World,
    officer: &Officer,
    id: ProductId,
) -> Result<Seq, SuccessionError> {
    ledger_lock(conn)?;
    let product = within_office(conn, officer, id)?;
    if !successions::delete(conn, id)? {
        return Err(SuccessionError::NotSucceeded);
    }
    audit::record(conn, world, &officer.agent, about(Action::ProductSuccessionUndone, &product))?;
    Ok(catalogue::announce(conn, world, &[id])?)
}

/// What the audit log remembers of a product.
fn about(action: Action, product: &Product) -> Event {
    Event::new(action, SubjectKind::Product, product.id)
        .concerning(product.producer)
        .within(product.place.province.as_deref())
}

fn within_office(conn: &mut Conn, officer: &Officer, id: ProductId) -> Result<Product, SuccessionError> {
    let product = store::by_ids(conn, &[id])?.pop().ok_or(SuccessionError::NotFound)?;
    match officer.office.reaches(product.place.province.as_deref()) {
        true => Ok(product),
        false => Err(SuccessionError::OutsideProvince),
    }
}
