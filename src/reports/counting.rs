//! How a report is counted.

use super::model::by::Slot;
use super::{Crediting, Label, Period, ReportBy, ReportError, RowKey, Scheme, Tally, labels};
use crate::auth::Caller;
use crate::db::{Conn, Instant};
use crate::leads::{self, About, AttributionKind, Filter, LeadFacts, Named};
use crate::organisations::{self, OrganisationId};
use crate::reference::Reference;
use std::collections::{BTreeMap, HashMap};

/// What a report is to tell.
#[derive(Debug, Clone)]
pub struct Asked {
    pub scheme: Scheme,
    pub period: Period,
    pub about: About,
}

/// A row with its figures.
#[derive(Debug)]
pub struct Row {
    pub key: RowKey,
    pub label: Label,
    pub tally: Tally,
}

/// A report.
#[derive(Debug)]
pub struct Counted {
    /// In the order in which they are shown.
    pub rows: Vec<Row>,
    pub total: Tally,
}

/// Counts the leads of a caller, or, for nobody, all.
pub fn count(
    conn: &mut Conn,
    reference: &Reference,
    caller: Option<&Caller>,
    asked: &Asked,
    now: Instant,
) -> Result<Counted, ReportError> {
    let mut counting = Counting::new(asked, now);
    leads::facts(conn, caller, &asked.filter(), &mut |lead| counting.take(&lead))?;
    let Counting { slots, total, names, .. } = counting;
    let rows = rows(conn, asked.scheme, slots)?;
    let mut rows: Vec<Row> = rows
        .into_iter()
        .map(|(key, tally)| Row { label: labels::spelt(reference, asked.scheme, &key, &names), key, tally })
        .collect();
    let by_key = asked.scheme.by == Some(ReportBy::Month);
    rows.sort_by_cached_key(|row| {
        let named = matches!(row.key, RowKey::Is(_));
        let size = if by_key { (0, 0) } else { (row.tally.leads, row.tally.contracts.value) };
        (!named, std::cmp::Reverse(size), row.key.clone())
    });
    Ok(Counted { rows, total })
}

impl Asked {
    pub fn crediting(&self) -> Crediting {
        Crediting::of(&self.about, self.scheme.credit())
    }

    /// The leads to read. What is credited to an event may have come of a lead from another: of those all are read.
    fn filter(&self) -> Filter {
        let mut about = self.about.clone();
        match self.crediting() {
            Crediting::Only(AttributionKind::Event, _) => about.event = None,
            Crediting::Only(AttributionKind::Campaign, _) => about.campaign = None,
            Crediting::Only(AttributionKind::Province, _) | Crediting::ByLead | Crediting::ByRow(_) => {}
        }
        Filter { from: Some(self.period.from), to: Some(self.period.to), about, ..Filter::default() }
    }
}

/// How often each spelling of a name is used, by the key that they share.
pub type Spellings = HashMap<String, BTreeMap<String, usize>>;

struct Counting<'a> {
    asked: &'a Asked,
    crediting: Crediting,
    now: Instant,
    slots: HashMap<Slot, Tally>,
    total: Tally,
    names: Spellings,
}

impl<'a> Counting<'a> {
    fn new(asked: &'a Asked, now: Instant) -> Self {
        Self {
            asked,
            crediting: asked.crediting(),
            now,
            slots: HashMap::new(),
            total: Tally::default(),
            names: Spellings::new(),
        }
    }

    fn take(&mut self, lead: &LeadFacts) {
        let slot = self.asked.scheme.slot(lead);
        if self.is_meant(lead) {
            self.total.count(lead, self.now);
            if let Some(slot) = &slot {
                self.slots.entry(slot.clone()).or_default().count(lead, self.now);
            }
            self.learn(self.source_of(lead));
        }
        for agreement in &lead.agreements {
            let parts = self.crediting.parts(agreement);
            if parts.is_empty() {
                continue;
            }
            self.total.sign(agreement.kind, parts.iter().map(|(_, value)| value).sum());
            for (row, value) in parts {
                let own = row.filter(|_| self.names_rows()).map(Slot::Row);
                if let Some(slot) = own.or_else(|| slot.clone()) {
                    self.slots.entry(slot).or_default().sign(agreement.kind, value);
                }
            }
            for credit in
                agreement.shares.iter().filter(|credit| Some(credit.kind) == self.asked.scheme.credit())
            {
                self.learn(Some(&credit.to));
            }
        }
    }

    /// Is the lead itself, and not only something credited, what the report is about?
    fn is_meant(&self, lead: &LeadFacts) -> bool {
        match &self.crediting {
            Crediting::Only(AttributionKind::Event, wanted) => key(&lead.event) == wanted.as_deref(),
            Crediting::Only(AttributionKind::Campaign, wanted) => key(&lead.campaign) == wanted.as_deref(),
            Crediting::Only(AttributionKind::Province, _) | Crediting::ByLead | Crediting::ByRow(_) => true,
        }
    }

    /// Are the rows what shares name?
    fn names_rows(&self) -> bool {
        match &self.crediting {
            Crediting::ByLead => false,
            Crediting::ByRow(_) => true,
            Crediting::Only(kind, _) => self.asked.scheme.credit() == Some(*kind),
        }
    }

    /// What names the row of a lead, where that is a name.
    fn source_of<'b>(&self, lead: &'b LeadFacts) -> Option<&'b Named> {
        match self.asked.scheme.by? {
            ReportBy::Event => lead.event.as_ref(),
            ReportBy::Campaign => lead.campaign.as_ref(),
            _ => None,
        }
    }

    fn learn(&mut self, name: Option<&Named>) {
        if let Some(Named { key, name }) = name {
            *self.names.entry(key.clone()).or_default().entry(name.clone()).or_default() += 1;
        }
    }
}

fn key(name: &Option<Named>) -> Option<&str> {
    name.as_ref().map(|name| name.key.as_str())
}

/// Producers that are looked up at once.
const PRODUCERS: usize = 1000;

/// The rows of what was counted: what was counted by producer goes where the producer belongs.
fn rows(
    conn: &mut Conn,
    scheme: Scheme,
    slots: HashMap<Slot, Tally>,
) -> Result<HashMap<RowKey, Tally>, ReportError> {
    let (mut rows, mut of_producers) = (HashMap::<RowKey, Tally>::new(), Vec::new());
    for (slot, tally) in slots {
        match slot {
            Slot::Row(key) => rows.entry(key).or_default().add(tally),
            Slot::Of(producer) => of_producers.push((producer, tally)),
        }
    }
    let mut keys: HashMap<OrganisationId, RowKey> = HashMap::new();
    let ids: Vec<OrganisationId> = of_producers.iter().map(|(producer, _)| *producer).collect();
    for ids in ids.chunks(PRODUCERS) {
        let found = organisations::producers(conn, ids)?;
        keys.extend(found.iter().map(|producer| (producer.id, scheme.row_of(producer))));
    }
    for (producer, tally) in of_producers {
        let key = keys.get(&producer).cloned().unwrap_or(RowKey::Unknown);
        rows.entry(key).or_default().add(tally);
    }
    Ok(rows)
}
