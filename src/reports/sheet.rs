//! What a producer can show of its trade for its next dossier.
//!
//! The criteria sets of Decision 26/2026/QĐ-TTg ask in part B where and how a product is distributed (4.1, 4.2) and promoted
//! (4.3); for tourism (set 26) they ask for links in the value chain and the region (4.1, 4.2), organised selling (4.3) and
//! promotion (4.4). The sheet puts together what was recorded and can be proved: agreements in force with the hashes of
//! their evidence, orders that show they were performed, buyers and where they had goods delivered to, events at which
//! enquiries came. The points are the council's to give, and what this service does not record it does not claim.

use super::{Period, ReportError, Tally};
use crate::auth::Caller;
use crate::db::{Conn, Day, Instant};
use crate::leads::{
    self, AgreementId, AgreementKind, Deal, Delivery, DetailsText, EventDetails, Filter, LeadChannel,
    LeadEventKind, LeadId, Proof,
};
use crate::organisations::{self, OrganisationError, OrganisationId, OrganisationKind, Seen};
use crate::vietnamese;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Where the goods of a buyer go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outlet {
    /// Outside of the producer's commune.
    Outside,
    Inside,
    Unknown,
}

/// An agreement with its proof.
#[derive(Debug)]
pub struct Proved {
    pub deal: Deal,
    pub proofs: Vec<Proof>,
    pub outlet: Outlet,
    /// Orders recorded in the same lead: that it is performed.
    pub orders: usize,
}

/// An order; its value is known to the producer only.
#[derive(Debug)]
pub struct Order {
    pub lead: LeadId,
    pub first: bool,
    pub number: Option<String>,
    pub value: Option<i64>,
    pub at: Instant,
}

/// An event of which enquiries came.
#[derive(Debug)]
pub struct Promotion {
    pub name: String,
    pub channels: BTreeSet<LeadChannel>,
    pub first: Day,
    pub last: Day,
    pub leads: i64,
}

/// Everything that the sheet tells.
#[derive(Debug)]
pub struct Evidence {
    pub seen: Seen,
    pub agreements: Vec<Proved>,
    pub orders: Vec<Order>,
    pub problems: usize,
    pub promotions: Vec<Promotion>,
    /// How enquiries of the period were handled.
    pub handling: Tally,
}

/// Gathers it, for the members of a producer and the officers of its province.
pub fn evidence(
    conn: &mut Conn,
    caller: &Caller,
    id: OrganisationId,
    period: Period,
    now: Instant,
) -> Result<Evidence, ReportError> {
    let seen = organisations::read(conn, caller, id)?;
    if seen.organisation.kind != OrganisationKind::Producer {
        return Err(OrganisationError::NotFound.into());
    }
    let Period { from, to } = period;
    let (deals, deliveries) = (leads::deals(conn, id, from, to)?, leads::deliveries(conn, id, from, to)?);
    let ids: Vec<AgreementId> = deals.iter().map(|deal| deal.id).collect();
    let mut proofs: HashMap<AgreementId, Vec<Proof>> = HashMap::new();
    for proof in leads::proofs_of(conn, &ids)? {
        proofs.entry(proof.agreement).or_default().push(proof);
    }
    let is_order = |delivery: &&Delivery| delivery.kind != LeadEventKind::DeliveryProblem;
    let commune = seen.organisation.place.commune.clone();
    let agreements = deals.into_iter().map(|deal| Proved {
        proofs: proofs.remove(&deal.id).unwrap_or_default(),
        outlet: outlet(deal.delivery_unit.as_deref(), commune.as_deref()),
        orders: deliveries.iter().filter(is_order).filter(|order| order.lead == deal.lead).count(),
        deal,
    });
    let agreements = agreements.collect();
    let prices = seen.role.is_some();
    let orders = deliveries.iter().filter(is_order).map(|delivery| order(delivery, prices)).collect();
    let problems = deliveries.len() - deliveries.iter().filter(is_order).count();
    let promotions = promotions(conn, id, period)?;
    let handling = handling(conn, id, period, now)?;
    Ok(Evidence { seen, agreements, orders, problems, promotions, handling })
}

/// A delivery is told by a unit of today of any level: one that is not the producer's commune is outside of it if it is a
/// commune, and may be anywhere if it is a province.
fn outlet(delivery: Option<&str>, commune: Option<&str>) -> Outlet {
    const COMMUNE: usize = 5;
    match (delivery, commune) {
        (Some(delivery), Some(commune)) if delivery == commune => Outlet::Inside,
        (Some(delivery), Some(_)) if delivery.len() == COMMUNE => Outlet::Outside,
        _ => Outlet::Unknown,
    }
}

fn order(delivery: &Delivery, prices: bool) -> Order {
    let details = delivery.details.as_ref().and_then(DetailsText::read);
    let (value, number) = match details {
        Some(EventDetails::Order { value, number }) => (value, number),
        _ => (None, None),
    };
    Order {
        lead: delivery.lead,
        first: delivery.kind == LeadEventKind::FirstOrder,
        number: number.filter(|_| prices),
        value: value.filter(|_| prices),
        at: delivery.at,
    }
}

fn promotions(
    conn: &mut Conn,
    id: OrganisationId,
    Period { from, to }: Period,
) -> Result<Vec<Promotion>, ReportError> {
    let mut by_key: BTreeMap<String, Promotion> = BTreeMap::new();
    for met in leads::met(conn, id, from, to)? {
        let day = met.at.local_day();
        let known = by_key.entry(met.key).or_insert_with(|| Promotion {
            name: met.name.as_str().to_owned(),
            channels: BTreeSet::new(),
            first: day,
            last: day,
            leads: 0,
        });
        known.channels.insert(met.channel);
        known.last = known.last.max(day);
        known.leads += i64::from(met.merged_into.is_none());
    }
    let mut all: Vec<Promotion> = by_key.into_values().collect();
    all.sort_by(|a, b| (a.first, &a.name).cmp(&(b.first, &b.name)));
    Ok(all)
}

/// Counted among all leads: who reads the sheet may see those of the producer.
fn handling(conn: &mut Conn, id: OrganisationId, period: Period, now: Instant) -> Result<Tally, ReportError> {
    let filter = Filter { from: Some(period.from), to: Some(period.to), ..Filter::default() };
    let mut tally = Tally::default();
    leads::facts_of_producer(conn, id, &filter, &mut |lead| tally.count(&lead, now))?;
    Ok(tally)
}

impl Evidence {
    /// Contracts, also in principle, whose period has not ended on a day.
    pub fn running(&self, on: Day) -> impl Iterator<Item = &Proved> {
        self.agreements.iter().filter(move |proved| {
            proved.deal.kind != AgreementKind::Mou && proved.deal.ends_on.is_none_or(|end| on <= end)
        })
    }

    /// Buyers with such a contract, each once: by tax code, or by name. Where the goods of one go is told by the best that is
    /// known of its contracts.
    pub fn partners(&self, on: Day) -> BTreeMap<String, Outlet> {
        let mut partners = BTreeMap::new();
        for proved in self.running(on) {
            let name = vietnamese::fold(&proved.deal.buyer_name);
            let key = proved.deal.buyer_tax_code.clone().unwrap_or(name);
            let known = partners.entry(key).or_insert(proved.outlet);
            *known = proved.outlet.min(*known);
        }
        partners
    }
}
