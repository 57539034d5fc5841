//! A report as JSON.

use super::links::{Narrowing, Parameters};
use crate::db::{Day, Instant};
use crate::leads::{LeadStage, UnitSide};
use crate::reference::BilingualName;
use crate::reports::{Counted, Crediting, Disclosed, Period, ReportBy, RowKey, Tally, disclosed};
use serde::Serialize;
use utoipa::ToSchema;

crate::text_enum! {
    /// Whose leads a report counts.
    pub enum ReportScope {
        /// All; to everybody, counts only
        Public = "public",
        /// Those in which the caller or its organisations take part
        Own = "own",
        /// Those of the producers of the officer's province, besides its own
        Province = "province",
        /// All
        Country = "country",
    }
}

/// What came of the leads that arrived in a period.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeadReport {
    /// The moment of which the figures are.
    pub as_of: Instant,
    pub scope: ReportScope,
    pub filter: LeadReportFilter,
    pub row_count: usize,
    /// The largest first; months by date. Rows divide the leads, so that they come to the total.
    pub rows: Vec<LeadReportRow>,
    pub total: LeadReportTotal,
}

/// What was asked for, with what was left out filled in.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LeadReportFilter {
    pub from: Day,
    pub to: Day,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub by: Option<ReportBy>,
    pub units: UnitSide,
    /// The other parameters, as they were sent.
    #[schema(value_type = std::collections::BTreeMap<String, String>, example = json!({ "group": "food" }))]
    pub only: serde_json::Map<String, serde_json::Value>,
}

/// What the leads of one kind come to.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeadReportRow {
    /// The value of the parameter that leads here: a code, a name without marks, `several`, `none`; to everybody also
    /// `others`: rows of one to four leads each.
    #[schema(example = "33")]
    pub key: String,
    pub name: BilingualName,
    #[serde(flatten)]
    pub figures: LeadFigures,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub links: Option<LeadReportLinks>,
}

/// What all leads come to. What is credited to several rows counts once.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeadReportTotal {
    #[serde(flatten)]
    pub figures: LeadFigures,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub links: Option<LeadReportLinks>,
}

/// From the figures to what they count.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeadReportLinks {
    /// The leads; left out of a row that has none, but a part in what was signed elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "/v1/leads?from=2026-01-01&to=2026-11-23&merged=false&province=33")]
    pub leads: Option<String>,
    /// The leads of the agreements, where these go by what they are credited to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(
        nullable = false,
        example = "/v1/leads?from=2026-01-01&to=2026-11-23&merged=false&credited_to=province%3A33"
    )]
    pub agreements: Option<String>,
}

/// The figures of a row. A count that is `null` is kept back: it, or one that could be computed from it, is below five.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeadFigures {
    pub leads: Option<i64>,
    /// Leads that a producer has to answer; those that it recorded itself are none.
    pub to_answer: Option<i64>,
    pub answered: Option<i64>,
    /// Answered within the term, which is of working days.
    pub answered_in_time: Option<i64>,
    /// Not answered, and the term is over.
    pub overdue: Option<i64>,
    /// Leads with a quote.
    pub quoted: Option<i64>,
    /// Leads with a sample sent.
    pub sampled: Option<i64>,
    /// Memoranda in force; one that is credited to several rows counts in each.
    pub mous: Option<i64>,
    /// Contracts in principle in force.
    pub principle_contracts: Option<i64>,
    /// Contracts in force.
    pub contracts: Option<i64>,
    /// Leads with an order.
    pub ordered: Option<i64>,
    /// Leads with a contract, a contract in principle, or an order.
    pub converted: Option<i64>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub more: Option<LeadFiguresInside>,
}

/// Figures that are not for everybody: all of them are absent without a token.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeadFiguresInside {
    /// Đồng, by the shares to which the agreements are credited. Never to be added to the value of contracts: what is agreed
    /// in a memorandum is signed again in its contract.
    #[schema(required = false, example = 500_000_000)]
    pub mou_value: i64,
    /// Đồng.
    #[schema(required = false, example = 0)]
    pub principle_contract_value: i64,
    /// Đồng.
    #[schema(required = false, example = 1_250_000_000)]
    pub contract_value: i64,
    /// Per cent of the leads that are converted.
    #[schema(required = false, example = 12.5)]
    pub conversion: Option<f64>,
    /// From the arrival to the first answer, the median.
    #[schema(required = false, example = 5.5)]
    pub median_first_response_hours: Option<f64>,
    /// In the order of the stages; those at which no lead stands or has stood are left out.
    #[schema(required = false)]
    pub stages: Vec<LeadStageFigures>,
}

/// Leads at a stage.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeadStageFigures {
    pub stage: LeadStage,
    /// Leads that stand there now.
    pub standing: i64,
    /// How often one has moved on.
    pub moved_on: usize,
    /// Days until it did, the median.
    #[schema(required = true, example = 3.5)]
    pub median_days: Option<f64>,
}

impl LeadFigures {
    fn new(counts: Disclosed, more: Option<LeadFiguresInside>) -> Self {
        let [
            leads,
            to_answer,
            answered,
            answered_in_time,
            overdue,
            quoted,
            sampled,
            mous,
            principle_contracts,
            contracts,
            ordered,
            converted,
        ] = counts;
        Self {
            leads,
            to_answer,
            answered,
            answered_in_time,
            overdue,
            quoted,
            sampled,
            mous,
            principle_contracts,
            contracts,
            ordered,
            converted,
            more,
        }
    }
}

impl From<&Tally> for LeadFigures {
    fn from(tally: &Tally) -> Self {
        let stages = tally.stays.iter().map(|(stage, stays)| LeadStageFigures {
            stage: *stage,
            standing: stays.standing,
            moved_on: stays.past.len(),
            median_days: stays.median_days(),
        });
        let more = LeadFiguresInside {
            mou_value: tally.mous.value,
            principle_contract_value: tally.principle_contracts.value,
            contract_value: tally.contracts.value,
            conversion: tally.conversion(),
            median_first_response_hours: tally.median_first_response_hours(),
            stages: stages.collect(),
        };
        Self::new(tally.counts().map(Some), Some(more))
    }
}

/// A report to somebody who has a part in its leads.
pub fn inside(
    counted: Counted,
    parameters: &Parameters,
    crediting: &Crediting,
    (by, period): (Option<ReportBy>, Period),
) -> (Vec<LeadReportRow>, LeadReportTotal) {
    let links = |key: Option<&RowKey>, tally: &Tally| {
        let narrowing = Narrowing { by, key, period };
        let agreements = narrowing.agreements(parameters, crediting);
        let has_leads = key.is_none() || tally.leads > 0;
        LeadReportLinks { leads: has_leads.then(|| narrowing.leads(parameters)), agreements }
    };
    let rows = counted.rows.into_iter().map(|row| LeadReportRow {
        key: row.key.as_str().to_owned(),
        name: row.label,
        figures: LeadFigures::from(&row.tally),
        links: Some(links(Some(&row.key), &row.tally)),
    });
    let total = LeadReportTotal {
        figures: LeadFigures::from(&counted.total),
        links: Some(links(None, &counted.total)),
    };
    (rows.collect(), total)
}

/// A report to everybody.
pub fn public(
    counted: Counted,
    label: impl Fn(&RowKey) -> BilingualName,
) -> (Vec<LeadReportRow>, LeadReportTotal) {
    let order: Vec<RowKey> = counted.rows.iter().map(|row| row.key.clone()).collect();
    let counts = counted.rows.iter().map(|row| (row.key.clone(), row.tally.counts()));
    let (mut rows, total) = disclosed(counts.collect(), counted.total.counts());
    rows.sort_by_key(|(key, _)| order.iter().position(|known| known == key).unwrap_or(usize::MAX));
    let rows = rows.into_iter().map(|(key, counts)| LeadReportRow {
        key: key.as_str().to_owned(),
        name: label(&key),
        figures: LeadFigures::new(counts, None),
        links: None,
    });
    (rows.collect(), LeadReportTotal { figures: LeadFigures::new(total, None), links: None })
}
