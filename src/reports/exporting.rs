//! Leads as rows of a file, each with what its reader may see.

use super::ReportError;
use crate::auth::Caller;
use crate::db::Conn;
use crate::leads::{self, ContactState, Filter, InForce, Item, Known, LeadId, LeadSide};
use crate::organisations::{self, OrganisationId};
use crate::reference::{PlaceView, Reference};
use std::collections::HashMap;

/// Leads that are read at once.
const PAGE: i64 = 200;

/// A lead for a file.
#[derive(Debug)]
pub struct Exported {
    pub known: Known,
    pub items: Vec<Item>,
    /// The producer's.
    pub place: PlaceView,
    /// What was signed and is in force.
    pub signed: Vec<InForce>,
    pub sees: Sees,
}

/// What the reader may see of the buyer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sees {
    /// Company, tax code and message.
    pub buyer: bool,
    /// Name, address and number of the person to answer.
    pub contact: bool,
}

impl Sees {
    /// As the lead itself tells them; but their own contact is not repeated to buyers.
    fn of(known: &Known) -> Self {
        let open = known.contact_state() == ContactState::Open;
        Self { buyer: known.tells_the_buyer(), contact: open && known.side != LeadSide::Buyer }
    }
}

/// The next leads of a caller, newest first, after one; and the one to go on after, unless there are none.
pub fn page(
    conn: &mut Conn,
    reference: &Reference,
    caller: &Caller,
    filter: &Filter,
    after: Option<LeadId>,
) -> Result<(Vec<Exported>, Option<LeadId>), ReportError> {
    let found = leads::list(conn, reference, caller, filter, after, PAGE)?;
    let ids: Vec<LeadId> = found.iter().map(|(known, _)| known.lead.id).collect();
    let producers: Vec<OrganisationId> = found.iter().map(|(known, _)| known.lead.producer_id).collect();
    let places = organisations::producers(conn, &producers)?;
    let places: HashMap<OrganisationId, PlaceView> =
        places.into_iter().map(|producer| (producer.id, reference.view(&producer.place))).collect();
    let mut signed: HashMap<LeadId, Vec<InForce>> = HashMap::new();
    for agreement in leads::in_force(conn, &ids)? {
        signed.entry(agreement.lead).or_default().push(agreement);
    }
    // The one after the last is empty.
    let next = ids.last().copied();
    let rows = found.into_iter().filter_map(|(known, items)| {
        let place = places.get(&known.lead.producer_id)?.clone();
        let signed = signed.remove(&known.lead.id).unwrap_or_default();
        Some(Exported { sees: Sees::of(&known), known, items, place, signed })
    });
    Ok((rows.collect(), next))
}
