//! What an enquiry brought: for each product its buyer asked for, what the producer offers for just that quantity, and which
//! of the comparable offers is the cheapest.
//!
//! Only what is like can be compared: prices of the same unit, for products that are certified under the same criteria set
//! ("fish sauce", "rice and cereals"). A price without value-added tax is the cheaper one only if it is so at any rate.

use crate::auth::Caller;
use crate::db::{Conn, Day};
use crate::leads::quote::{Priced, tier_for};
use crate::leads::store::{self, Item, QuoteRow};
use crate::leads::{
    EnquiryId, LeadDays, LeadError, LeadId, LeadRow, LeadStage, OfferAnswer, Quantity, QuoteId, QuoteState,
    Tier, UnitPrice,
};
use crate::organisations::{self, OrganisationId};
use crate::products::{ProductId, Unit};
use crate::reference::{BilingualName, Reference};
use crate::vietnamese::name_key;
use std::collections::{BTreeSet, HashMap};

/// A product that was asked for, with what its producer says.
#[derive(Debug)]
pub struct Compared {
    /// The lead in which the buyer goes on about it, and where that stands.
    pub lead: LeadId,
    pub stage: LeadStage,
    pub producer: OrganisationId,
    pub producer_name: String,
    pub item: Item,
    /// The criteria set it is certified under.
    pub kind: Option<BilingualName>,
    pub answer: OfferAnswer,
    pub offer: Option<Offer>,
    /// From how many on there is a price, if the quantity asked for is too small.
    pub least_quantity: Option<Quantity>,
    /// In which units there is a price, if not in the one asked for.
    pub other_units: Vec<Unit>,
    /// How many other offers this one could be compared with.
    pub compared_with: usize,
    pub is_cheapest: bool,
}

/// The price for the quantity asked for.
#[derive(Debug, Clone)]
pub struct Offer {
    pub quote: QuoteId,
    pub quote_lead: LeadId,
    pub number: i64,
    pub tier: Tier,
    /// `None` if it is more than a number holds.
    pub total: Option<i64>,
    pub vat_included: bool,
    pub lead_days: Option<LeadDays>,
    pub valid_until: Day,
}

/// Compares the offers that came on an enquiry, for its sender.
pub fn compare(
    conn: &mut Conn,
    reference: &Reference,
    caller: &Caller,
    enquiry: EnquiryId,
    today: Day,
) -> Result<Vec<Compared>, LeadError> {
    let mut found = store::of_enquiry(conn, enquiry)?;
    // A buyer is who sent it: what others recorded for somebody has no buyer with an account.
    found.retain(|(_, enquiry)| enquiry.is_of(caller));
    let leads: Vec<LeadRow> = found.into_iter().map(|(lead, _)| lead).collect();
    if leads.is_empty() {
        return Err(LeadError::NotFound);
    }
    let names = producer_names(conn, reference, &leads)?;
    let ids: Vec<LeadId> = leads.iter().map(|lead| lead.id).collect();
    let by_lead: HashMap<LeadId, &LeadRow> = leads.iter().map(|lead| (lead.id, lead)).collect();
    let items = store::items(conn, &ids)?;
    let products: Vec<ProductId> = items.iter().map(|item| item.product).collect();
    let going_on = going_on(conn, &leads)?;
    let survivors: Vec<LeadId> = going_on.values().map(|(id, _)| *id).collect();
    let offered = Offered::load(conn, &survivors, &products)?;
    let sets = store::criteria_sets(conn, &products)?;
    let mut compared = Vec::new();
    for item in items {
        let Some(lead) = by_lead.get(&item.lead_id) else { continue };
        let (id, stage) = going_on.get(&lead.id).copied().unwrap_or((lead.id, lead.stage));
        let set = sets.get(&item.product).and_then(|(taxonomy, set)| reference.set_name(*taxonomy, (*set)?));
        let said = offered.answer(id, stage, &item, today);
        compared.push(Compared {
            lead: id,
            stage,
            producer: lead.producer_id,
            producer_name: names.get(&lead.producer_id).cloned().unwrap_or_default(),
            kind: set.map(|(vi, en)| BilingualName { vi: vi.to_owned(), en: en.to_owned() }),
            answer: said.answer,
            offer: said.offer,
            least_quantity: said.least_quantity,
            other_units: said.other_units,
            compared_with: 0,
            is_cheapest: false,
            item,
        });
    }
    mark_cheapest(&mut compared);
    Ok(compared)
}

fn producer_names(
    conn: &mut Conn,
    reference: &Reference,
    leads: &[LeadRow],
) -> Result<HashMap<OrganisationId, String>, LeadError> {
    let ids: Vec<OrganisationId> = leads.iter().map(|lead| lead.producer_id).collect();
    let producers = organisations::producers(conn, &ids)?.into_iter();
    Ok(producers.map(|producer| (producer.id, producer.shown_name(reference))).collect())
}

/// Of each lead, the one that goes on for it if it was merged, and where that stands.
fn going_on(conn: &mut Conn, leads: &[LeadRow]) -> Result<HashMap<LeadId, (LeadId, LeadStage)>, LeadError> {
    let survivors: Vec<LeadId> = leads.iter().filter_map(|lead| lead.merged_into).collect();
    let survivors = store::by_ids(conn, &survivors)?.into_iter();
    let survivors: HashMap<LeadId, LeadStage> = survivors.map(|(lead, _)| (lead.id, lead.stage)).collect();
    let one = |lead: &LeadRow| {
        let survivor = lead.merged_into.and_then(|id| Some((id, *survivors.get(&id)?)));
        (lead.id, survivor.unwrap_or((lead.id, lead.stage)))
    };
    Ok(leads.iter().map(one).collect())
}

/// The newest offer of a producer for a product in a unit.
struct Newest {
    quote: QuoteRow,
    tiers: Vec<Tier>,
}

/// Those of some leads.
struct Offered(HashMap<(LeadId, ProductId), Vec<(Unit, Newest)>>);

/// What a producer says of a product.
#[derive(Debug)]
struct Said {
    answer: OfferAnswer,
    offer: Option<Offer>,
    least_quantity: Option<Quantity>,
    other_units: Vec<Unit>,
}

impl Said {
    fn only(answer: OfferAnswer) -> Self {
        Self { answer, offer: None, least_quantity: None, other_units: Vec::new() }
    }
}

impl Offered {
    fn load(conn: &mut Conn, leads: &[LeadId], products: &[ProductId]) -> Result<Self, LeadError> {
        let mut all: HashMap<(LeadId, ProductId), Vec<(Unit, Newest)>> = HashMap::new();
        // Newest first: whatever comes after the first one of a unit has been replaced by it.
        for row in store::offers(conn, leads, products)? {
            let lead = row.merged_into.unwrap_or(row.lead);
            let of_product = all.entry((lead, row.product)).or_default();
            let tier = Tier { from_quantity: row.from_quantity, price: row.price };
            match of_product.iter_mut().find(|(known, _)| *known == row.unit) {
                Some((_, newest)) if newest.quote.id == row.quote.id => newest.tiers.push(tier),
                Some(_) => {}
                None => of_product.push((row.unit, Newest { quote: row.quote, tiers: vec![tier] })),
            }
        }
        Ok(Self(all))
    }

    fn answer(&self, lead: LeadId, stage: LeadStage, item: &Item, today: Day) -> Said {
        let Some(newest) = self.0.get(&(lead, item.product)) else {
            let ended = stage.is_end();
            return Said::only(if ended { OfferAnswer::Ended } else { OfferAnswer::NotQuoted });
        };
        let state = |newest: &Newest| QuoteState::on(today, newest.quote.valid_until, false, stage);
        if let Some((_, newest)) = newest.iter().find(|(unit, _)| *unit == item.unit) {
            return match state(newest) {
                QuoteState::Ended => Said::only(OfferAnswer::Ended),
                QuoteState::Lapsed | QuoteState::Replaced => Said::only(OfferAnswer::Lapsed),
                QuoteState::Valid => newest.said_of(item),
            };
        }
        let standing = newest.iter().filter(|(_, newest)| state(newest) == QuoteState::Valid);
        let other_units: BTreeSet<Unit> = standing.map(|(unit, _)| *unit).collect();
        let answer = match (other_units.is_empty(), stage.is_end()) {
            (false, _) => OfferAnswer::OtherUnit,
            (true, true) => OfferAnswer::Ended,
            (true, false) => OfferAnswer::Lapsed,
        };
        Said { other_units: other_units.into_iter().collect(), ..Said::only(answer) }
    }
}

impl Newest {
    /// What an offer that stands says of the quantity asked for.
    fn said_of(&self, item: &Item) -> Said {
        let Some(tier) = tier_for(&self.tiers, item.quantity) else {
            let least_quantity = self.tiers.iter().map(|tier| tier.from_quantity).min();
            return Said { least_quantity, ..Said::only(OfferAnswer::FromMore) };
        };
        let offer = Offer {
            quote: self.quote.id,
            quote_lead: self.quote.lead_id,
            number: self.quote.number,
            tier,
            total: UnitPrice::times(tier.price, item.quantity),
            vat_included: self.quote.vat_included,
            lead_days: self.quote.lead_days,
            valid_until: self.quote.valid_until,
        };
        Said { offer: Some(offer), ..Said::only(OfferAnswer::Offered) }
    }
}

/// Marks the cheapest of what is alike: in the same unit, and of the same criteria set (of the same name, where that is not
/// known).
fn mark_cheapest(all: &mut [Compared]) {
    let alike = |one: &Compared| {
        let kind = one.kind.as_ref().map_or(&one.item.name, |kind| &kind.vi);
        (one.kind.is_some(), name_key(kind), one.item.unit)
    };
    let priced = |one: &Compared| {
        let offer = one.offer.as_ref()?;
        Some(Priced { price: offer.tier.price, vat_included: offer.vat_included })
    };
    let mut by_kind: HashMap<_, Vec<Priced>> = HashMap::new();
    for one in all.iter() {
        by_kind.entry(alike(one)).or_default().extend(priced(one));
    }
    for one in all.iter_mut() {
        let (Some(own), Some(others)) = (priced(one), by_kind.get(&alike(one))) else { continue };
        one.compared_with = others.len().saturating_sub(1);
        one.is_cheapest = own.is_cheapest_of(others);
    }
}
