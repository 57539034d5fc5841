//! From a figure to the leads that it counts.

use crate::leads::AttributionKind;
use crate::reports::{Crediting, Period, ReportBy, RowKey};
use form_urlencoded::Serializer;

/// The parameters of a report that narrow it, as a list of leads takes them too.
pub type Parameters = Vec<(&'static str, String)>;

/// What a row adds to them.
pub struct Narrowing<'a> {
    pub by: Option<ReportBy>,
    pub key: Option<&'a RowKey>,
    pub period: Period,
}

impl Narrowing<'_> {
    /// The list of the leads of the row.
    pub fn leads(&self, asked: &Parameters) -> String {
        self.list(self.narrowed(asked.clone()))
    }

    /// The list of the leads with an agreement that is credited to what the row, or the report, names.
    pub fn agreements(&self, asked: &Parameters, crediting: &Crediting) -> Option<String> {
        let (kind, to) = match (crediting, self.key) {
            (Crediting::ByLead, _) | (Crediting::ByRow(_), None) => return None,
            (Crediting::ByRow(kind), Some(key)) => (*kind, key.as_str().to_owned()),
            (Crediting::Only(kind, to), _) => (*kind, RowKey::from(to.clone()).as_str().to_owned()),
        };
        let credited = match kind {
            AttributionKind::Event => "event",
            AttributionKind::Campaign => "campaign",
            AttributionKind::Province => "",
        };
        let mut pairs: Parameters = asked.iter().filter(|(name, _)| *name != credited).cloned().collect();
        if matches!(crediting, Crediting::Only(..)) && self.by.is_none_or(|by| by.as_str() != credited) {
            pairs = self.narrowed(pairs);
        }
        pairs.push(("credited_to", format!("{}:{to}", kind.as_str())));
        Some(self.list(pairs))
    }

    /// The parameters with that by which the row is told apart; months are told by their days.
    fn narrowed(&self, mut pairs: Parameters) -> Parameters {
        if let (Some(by), Some(key)) = (self.by.filter(|by| *by != ReportBy::Month), self.key) {
            pairs.retain(|(name, _)| *name != by.as_str());
            pairs.push((by.as_str(), key.as_str().to_owned()));
        }
        pairs
    }

    fn list(&self, pairs: Parameters) -> String {
        let month = match (self.by, self.key) {
            (Some(ReportBy::Month), Some(RowKey::Is(month))) => self.period.within(month),
            _ => None,
        };
        let period = month.unwrap_or(self.period);
        let mut query = Serializer::new(String::new());
        query.append_pair("from", period.from.as_str()).append_pair("to", period.to.as_str());
        query.append_pair("merged", "false").extend_pairs(pairs);
        format!("/v1/leads?{}", query.finish())
    }
}
