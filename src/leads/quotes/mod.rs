//! Offers within a lead, and the comparison of those that an enquiry brought.
//!
//! The producer quotes and the buyer makes counter-offers; each is an event of the timeline as well, and moves the lead by the
//! tables. Prices are the two parties': who helped them to meet learns that there is an offer, and no more.

mod comparison;

pub use comparison::{Compared, Offer, compare};

use super::store::{self, QuoteRow, QuotedPrice};
use super::timeline::check;
use super::{
    EventDetails, EventRow, Known, LeadError, LeadEventKind, LeadId, LeadSide, NewEvent, NewQuote, QuoteId,
    QuoteState, Tier,
};
use crate::auth::Caller;
use crate::db::{Conn, Day, Instant};
use crate::input::Faults;
use crate::products::{self, ProductId, Unit};
use crate::say::{Invalid, Say};
use crate::world::World;
use std::collections::{HashMap, HashSet};

/// An offer as its reader may see it.
#[derive(Debug, Clone)]
pub struct Quote {
    pub row: QuoteRow,
    pub state: QuoteState,
    /// Its prices; for the two parties only.
    pub lines: Option<Vec<QuotedLine>>,
}

/// The prices of a product in a unit.
#[derive(Debug, Clone)]
pub struct QuotedLine {
    pub product: ProductId,
    pub name: String,
    pub unit: Unit,
    /// From the smallest quantity on.
    pub tiers: Vec<Tier>,
}

/// Makes an offer in a lead that this transaction has locked: of the producer a quote, of the buyer a counter-offer. Without
/// a caller `known.side` tells whose it is, and `new.actor` who made it.
pub fn make(
    conn: &mut Conn,
    world: &World,
    by: Option<&Caller>,
    known: &mut Known,
    new: NewQuote,
) -> Result<(Quote, EventRow), LeadError> {
    let kind = kind_of(known.side).ok_or(LeadError::NotAParty)?;
    check(known, kind)?;
    let today = world.today();
    let mut faults = new.faults(today);
    faults.0.extend(strangers(conn, known, &new)?.0);
    faults.into_result().map_err(LeadError::Invalid)?;
    let id = world.id();
    let number = store::last_quote_number(conn, known.lead.id)? + 1;
    let row = QuoteRow {
        id,
        lead_id: known.lead.id,
        number,
        side: known.side,
        valid_until: new.valid_until,
        vat_included: new.vat_included,
        lead_days: new.lead_days,
        terms: new.terms.clone(),
        created_at: super::timeline::next_instant(conn, world, known)?,
    };
    store::insert_quote(conn, &row, &new)?;
    let details = EventDetails::Quote { quote_id: id, number };
    let event = NewEvent { actor: new.actor, ..NewEvent::of(kind).with(details) };
    let event = super::record(conn, world, by, known, event)?;
    let family = store::family(conn, known.lead.id)?;
    let made = views(conn, known, &family, today, vec![row])?.pop().ok_or(LeadError::NotFound)?;
    Ok((made, event))
}

fn kind_of(side: LeadSide) -> Option<LeadEventKind> {
    match side {
        LeadSide::Producer => Some(LeadEventKind::Quote),
        LeadSide::Buyer => Some(LeadEventKind::CounterOffer),
        LeadSide::Organiser | LeadSide::Office | LeadSide::Service => None,
    }
}

/// Products that neither were asked for nor are this producer's.
fn strangers(conn: &mut Conn, known: &Known, new: &NewQuote) -> Result<Faults, LeadError> {
    let named: Vec<ProductId> =
        new.lines.iter().take(NewQuote::MOST_LINES).map(|line| line.product).collect();
    let asked = store::items(conn, &[known.lead.id])?.into_iter().map(|item| item.product);
    let own = products::by_ids(conn, &named)?.into_iter();
    let own = own.filter(|product| product.producer == known.lead.producer_id).map(|product| product.id);
    let good: HashSet<ProductId> = asked.chain(own).collect();
    let mut faults = Faults::default();
    for (index, _) in named.iter().enumerate().filter(|(_, product)| !good.contains(product)) {
        let say = Say::new(
            "Sản phẩm này không có trong yêu cầu và không phải của chủ thể này.",
            "This product was not asked for and is not of this producer.",
        );
        faults.push(["lines", &index.to_string(), "product_id"], Invalid::new("not_of_this_lead", say));
    }
    Ok(faults)
}

/// The offers of a lead, newest first, after the one a cursor names; with those of the leads that were merged into it.
pub fn of_lead(
    conn: &mut Conn,
    known: &Known,
    today: Day,
    after: Option<(Instant, QuoteId)>,
    rows: i64,
) -> Result<Vec<Quote>, LeadError> {
    let family = store::family(conn, known.lead.id)?;
    let found = store::quotes(conn, &family, after, rows)?;
    views(conn, known, &family, today, found)
}

/// Offers of a lead's family as its reader may see them.
fn views(
    conn: &mut Conn,
    known: &Known,
    family: &[LeadId],
    today: Day,
    rows: Vec<QuoteRow>,
) -> Result<Vec<Quote>, LeadError> {
    let newest = store::newest_prices(conn, family)?;
    let ids: Vec<QuoteId> = rows.iter().map(|row| row.id).collect();
    let mut prices: HashMap<QuoteId, Vec<QuotedPrice>> = HashMap::new();
    for price in store::prices(conn, &ids)? {
        prices.entry(price.quote).or_default().push(price);
    }
    let views = rows.into_iter().map(|mut row| {
        if known.side == LeadSide::Buyer && row.lead_id != known.lead.id {
            // What was written to, or by, who has turned out to be the same is not shown, as on the timeline.
            row.terms = None;
        }
        let lines = lines(prices.remove(&row.id).unwrap_or_default());
        let replaced = lines.iter().all(|line| {
            newest.get(&(row.side, line.product, line.unit)).is_some_and(|newest| *newest > row.created_at)
        });
        let state = QuoteState::on(today, row.valid_until, replaced, known.lead.stage);
        Quote { state, lines: known.side.is_party().then_some(lines), row }
    });
    Ok(views.collect())
}

/// Prices of one offer, in their order, as its lines.
fn lines(prices: Vec<QuotedPrice>) -> Vec<QuotedLine> {
    let mut lines: Vec<QuotedLine> = Vec::new();
    for price in prices {
        let tier = price.tier();
        match lines.last_mut() {
            Some(line) if (line.product, line.unit) == (price.product, price.unit) => line.tiers.push(tier),
            _ => lines.push(QuotedLine {
                product: price.product,
                name: price.name,
                unit: price.unit,
                tiers: vec![tier],
            }),
        }
    }
    lines
}
