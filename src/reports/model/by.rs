//! What the rows of a report tell apart.
//!
//! Every lead stands in exactly one row, so that the rows come to the total: one with goods of two groups is in the row
//! `several`, one from no event in the row `none`.

use crate::db::{Day, Instant};
use crate::leads::{AttributionKind, LeadFacts, Only, UnitSide};
use crate::organisations::{OrganisationId, Producer};
use crate::reference::PlaceColumn;

crate::text_enum! {
    /// What the rows of a report tell apart.
    pub enum ReportBy {
        /// Provinces: of today, or until 30 June 2025 with `units=former`
        Province = "province",
        /// Districts of before 1 July 2025
        FormerDistrict = "former_district",
        /// Communes: of today, or until 30 June 2025 with `units=former`
        Commune = "commune",
        /// Product groups
        Group = "group",
        /// Stars on the day of the enquiry
        Stars = "stars",
        /// Fairs, conferences, meetings
        Event = "event",
        /// Campaigns
        Campaign = "campaign",
        /// How the enquiries came about
        Source = "source",
        /// Legal forms of the producers
        ProducerType = "producer_type",
        /// Months of arrival
        Month = "month",
    }
}

/// What distinguishes a row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RowKey {
    Is(String),
    Several,
    Unknown,
    /// What was put together because each alone is too few for everybody to read.
    Others,
}

impl From<Option<String>> for RowKey {
    fn from(key: Option<String>) -> Self {
        key.map_or(Self::Unknown, Self::Is)
    }
}

impl<T: ToString> From<Only<T>> for RowKey {
    fn from(only: Only<T>) -> Self {
        match only {
            Only::Is(value) => Self::Is(value.to_string()),
            Only::Several => Self::Several,
            Only::Unknown => Self::Unknown,
        }
    }
}

/// How a report tells leads apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scheme {
    pub by: Option<ReportBy>,
    pub units: UnitSide,
}

/// Where a lead belongs, as far as it can be told before its producer is looked up.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Slot {
    Row(RowKey),
    Of(OrganisationId),
}

impl Scheme {
    /// The column of places that the rows are the codes of.
    pub fn column(self) -> Option<PlaceColumn> {
        let (province, commune) = self.units.columns();
        match self.by? {
            ReportBy::Province => Some(province),
            ReportBy::FormerDistrict => Some(PlaceColumn::FormerDistrict),
            ReportBy::Commune => Some(commune),
            _ => None,
        }
    }

    /// To what agreements are credited in rows like these. The provinces of credits are those of today.
    pub fn credit(self) -> Option<AttributionKind> {
        match (self.by?, self.units) {
            (ReportBy::Event, _) => Some(AttributionKind::Event),
            (ReportBy::Campaign, _) => Some(AttributionKind::Campaign),
            (ReportBy::Province, UnitSide::Current) => Some(AttributionKind::Province),
            _ => None,
        }
    }

    /// Where a lead belongs; `None` without rows.
    pub fn slot(self, lead: &LeadFacts) -> Option<Slot> {
        let key = match self.by? {
            ReportBy::Province | ReportBy::FormerDistrict | ReportBy::Commune | ReportBy::ProducerType => {
                return Some(Slot::Of(lead.producer));
            }
            ReportBy::Group => Only::of(&lead.groups).into(),
            ReportBy::Stars => match Only::of(&lead.stars) {
                Only::Is(stars) => RowKey::Is(stars.number().to_string()),
                Only::Several => RowKey::Several,
                Only::Unknown => RowKey::Unknown,
            },
            ReportBy::Event => lead.event.as_ref().map(|event| event.key.clone()).into(),
            ReportBy::Campaign => lead.campaign.as_ref().map(|campaign| campaign.key.clone()).into(),
            ReportBy::Source => RowKey::Is(lead.channel.as_str().to_owned()),
            ReportBy::Month => RowKey::Is(month_of(lead.arrived_at)),
        };
        Some(Slot::Row(key))
    }

    /// The row of a producer's leads.
    pub fn row_of(self, producer: &Producer) -> RowKey {
        match self.column() {
            Some(column) => producer.place.code(column).map(str::to_owned).into(),
            None => producer.entity_type.map(|form| form.as_str().to_owned()).into(),
        }
    }
}

/// `2026-11`
fn month_of(at: Instant) -> String {
    at.local_day().as_str().chars().take(7).collect()
}

/// Local days of arrival, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    pub from: Day,
    pub to: Day,
}

impl Period {
    /// The part of it in a month, `2026-11`.
    pub fn within(self, month: &str) -> Option<Self> {
        let first = Day::parse(&format!("{month}-01")).ok()?;
        let last = first.plus_months(1).plus_days(-1);
        Some(Self { from: self.from.max(first), to: self.to.min(last) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_ends_with_its_last_day_or_the_period() {
        let day = |text| Day::parse(text).expect("a day");
        let period = Period { from: day("2026-01-15"), to: day("2026-03-10") };
        for (month, from, to) in [
            ("2026-01", "2026-01-15", "2026-01-31"),
            ("2026-02", "2026-02-01", "2026-02-28"),
            ("2026-03", "2026-03-01", "2026-03-10"),
        ] {
            assert_eq!(period.within(month), Some(Period { from: day(from), to: day(to) }));
        }
        assert_eq!(period.within("2026-13"), None);
    }

    #[test]
    fn the_eve_of_a_month_is_local() {
        assert_eq!(month_of(Day::constant(2026, 11, 1).start()), "2026-11");
        assert_eq!(
            month_of(Instant::from_micros(Day::constant(2026, 11, 1).start().micros() - 1)),
            "2026-10"
        );
    }
}
