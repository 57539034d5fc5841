//! What came of each row.

use super::header::ImportColumn;
use crate::catalogue::Seq;
use crate::certification::model::{CertificationId, State};
use crate::certification::{Change, Note};
use crate::db::Day;
use crate::products::ProductId;
use crate::say::{Invalid, Language, Say};
use serde::Serialize;
use utoipa::ToSchema;

crate::text_enum! {
    /// What a row did.
    pub enum Outcome {
        Created = "created",
        Unchanged = "unchanged",
        Updated = "updated",
        /// It has faults; nothing of it was written.
        Rejected = "rejected",
        /// Only a person can tell what is meant; nothing of it was written.
        Question = "question",
    }
}

impl From<Change> for Outcome {
    fn from(change: Change) -> Self {
        match change {
            Change::Created => Self::Created,
            Change::Unchanged => Self::Unchanged,
            Change::Updated => Self::Updated,
        }
    }
}

crate::text_enum! {
    /// How what a row states stands today.
    pub enum Standing {
        Valid = "valid",
        Expiring = "expiring",
        Extended = "extended",
        Expired = "expired",
        Revoked = "revoked",
        Superseded = "superseded",
        /// Stars, decision or date are missing: kept, never public.
        Unverified = "unverified",
    }
}

impl From<State> for Standing {
    fn from(state: State) -> Self {
        match state {
            State::Valid => Self::Valid,
            State::Expiring => Self::Expiring,
            State::Extended => Self::Extended,
            State::Expired => Self::Expired,
            State::Revoked => Self::Revoked,
            State::Superseded => Self::Superseded,
        }
    }
}

/// A note or a fault, in both languages.
#[derive(Debug, Clone)]
pub struct Remark {
    pub column: Option<ImportColumn>,
    pub value: Option<String>,
    pub code: &'static str,
    pub say: Say,
    pub product: Option<ProductId>,
    /// Another line of the file it is about.
    pub line: Option<usize>,
}

impl Remark {
    pub fn new(code: &'static str, say: Say) -> Self {
        Self::about(None, None, Invalid::new(code, say))
    }

    pub fn about(column: Option<ImportColumn>, value: Option<&str>, invalid: Invalid) -> Self {
        Self {
            column,
            // Enough to recognise it by.
            value: value.map(|value| value.chars().take(200).collect()),
            code: invalid.code,
            say: invalid.say,
            product: None,
            line: None,
        }
    }

    pub fn in_language(self, language: Language) -> ImportRemark {
        ImportRemark {
            column: self.column,
            value: self.value,
            code: self.code,
            detail: self.say.in_language(language).to_owned(),
            product: self.product,
            line: self.line,
        }
    }
}

impl From<Note> for Remark {
    fn from(note: Note) -> Self {
        Self { product: note.product, ..Self::new(note.code, note.say) }
    }
}

/// What came of one row, in both languages.
#[derive(Debug, Clone)]
pub struct Line {
    pub line: usize,
    pub outcome: Outcome,
    pub standing: Option<Standing>,
    pub in_force_until: Option<Day>,
    pub product_name: String,
    pub product: Option<ProductId>,
    pub certification: Option<CertificationId>,
    pub notes: Vec<Remark>,
    pub faults: Vec<Remark>,
}

/// What came of a file, in both languages.
#[derive(Debug, Clone, Default)]
pub struct Report {
    pub lines: Vec<Line>,
    /// The catalogue's last change then.
    pub catalogue_seq: Seq,
}

impl Report {
    pub fn counts(&self) -> ImportCounts {
        let outcome = |wanted| self.lines.iter().filter(|line| line.outcome == wanted).count();
        let standing = |wanted| self.lines.iter().filter(|line| line.standing == Some(wanted)).count();
        ImportCounts {
            rows: self.lines.len(),
            created: outcome(Outcome::Created),
            unchanged: outcome(Outcome::Unchanged),
            updated: outcome(Outcome::Updated),
            rejected: outcome(Outcome::Rejected),
            questions: outcome(Outcome::Question),
            valid: standing(Standing::Valid),
            expiring: standing(Standing::Expiring),
            extended: standing(Standing::Extended),
            expired: standing(Standing::Expired),
            revoked: standing(Standing::Revoked),
            superseded: standing(Standing::Superseded),
            unverified: standing(Standing::Unverified),
        }
    }

    pub fn in_language(self, language: Language, validated_only: bool) -> ImportReport {
        let remarks =
            |remarks: Vec<Remark>| remarks.into_iter().map(|remark| remark.in_language(language)).collect();
        let counts = self.counts();
        let rows = self.lines.into_iter().map(|line| {
            // The ids of what a rehearsal made name nothing.
            let lasts = !validated_only || line.outcome == Outcome::Unchanged;
            RowReport {
                line: line.line,
                outcome: line.outcome,
                standing: line.standing,
                in_force_until: line.in_force_until,
                product_name: line.product_name,
                product: line.product.filter(|_| lasts),
                certification: line.certification.filter(|_| lasts),
                notes: remarks(line.notes),
                faults: remarks(line.faults),
            }
        });
        ImportReport { validated_only, counts, rows: rows.collect() }
    }
}

/// What came of an imported list.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportReport {
    /// Everything was checked and nothing written.
    #[schema(example = false)]
    pub validated_only: bool,
    pub counts: ImportCounts,
    /// One for each row of the list, in its order.
    pub rows: Vec<RowReport>,
}

/// How many rows did what, and how what they state stands today.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ImportCounts {
    #[schema(example = 154)]
    pub rows: usize,
    #[schema(example = 154)]
    pub created: usize,
    #[schema(example = 0)]
    pub unchanged: usize,
    #[schema(example = 0)]
    pub updated: usize,
    #[schema(example = 0)]
    pub rejected: usize,
    #[schema(example = 0)]
    pub questions: usize,
    #[schema(example = 13)]
    pub valid: usize,
    #[schema(example = 0)]
    pub expiring: usize,
    #[schema(example = 0)]
    pub extended: usize,
    #[schema(example = 4)]
    pub expired: usize,
    #[schema(example = 0)]
    pub revoked: usize,
    #[schema(example = 0)]
    pub superseded: usize,
    /// Kept and not public: stars, decision or date are missing.
    #[schema(example = 137)]
    pub unverified: usize,
}

/// What came of one row.
#[derive(Debug, Serialize, ToSchema)]
pub struct RowReport {
    /// Line of the CSV file or row of the sheet.
    #[schema(example = 2)]
    pub line: usize,
    pub outcome: Outcome,
    /// How what the row states stands today; absent if it was not taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standing: Option<Standing>,
    /// Last day on which the certification is or was in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_force_until: Option<Day>,
    /// As the row has it.
    #[schema(example = "Kẹo lạc")]
    pub product_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<ProductId>,
    /// The certification the row states, or that covers it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certification: Option<CertificationId>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<ImportRemark>,
    /// Why it was rejected, or what it is asked: everything at once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<ImportRemark>,
}

/// A note or a fault.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportRemark {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<ImportColumn>,
    /// What stood there (its first 200 characters).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "6 sao")]
    pub value: Option<String>,
    /// Stable code for programs.
    #[schema(example = "out_of_range")]
    pub code: &'static str,
    /// What it is, and what was expected, in the reader's language.
    pub detail: String,
    /// Another product it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<ProductId>,
    /// Another line of the list it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
}
