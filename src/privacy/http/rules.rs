//! `GET /v1/retention-rules`

use crate::http::{Problem, reply};
use crate::privacy::{RETENTION_RULES, RetentionPurpose, RetentionRule, Words};
use actix_web::{HttpRequest, HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;

/// A text in Vietnamese and in English.
#[derive(Debug, Serialize, ToSchema)]
struct BothLanguages {
    vi: &'static str,
    en: &'static str,
}

impl From<Words> for BothLanguages {
    fn from(words: Words) -> Self {
        Self { vi: words.vi, en: words.en }
    }
}

/// How long the data of one purpose are kept.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RetentionRule)]
struct RetentionRuleView {
    purpose: RetentionPurpose,
    /// Which data.
    what: BothLanguages,
    /// ISO 8601 duration; `null` where no term is set.
    #[schema(required = true, example = "P24M")]
    period: Option<&'static str>,
    /// Until when, in words.
    until: BothLanguages,
    /// On what grounds.
    reason: BothLanguages,
}

impl From<&RetentionRule> for RetentionRuleView {
    fn from(rule: &RetentionRule) -> Self {
        Self {
            purpose: rule.purpose,
            what: rule.what.into(),
            period: rule.period,
            until: rule.until.into(),
            reason: rule.reason.into(),
        }
    }
}

/// The rules.
#[derive(Debug, Serialize, ToSchema)]
struct RetentionRules {
    items: Vec<RetentionRuleView>,
}

/// List how long which data are kept.
///
/// One rule for each purpose, with its grounds. A job applies them every hour.
#[utoipa::path(tag = "privacy", responses((status = 200, description = "The rules", body = RetentionRules)))]
#[get("/v1/retention-rules")]
pub async fn list_retention_rules(req: HttpRequest) -> Result<HttpResponse, Problem> {
    reply::public(
        &req,
        &RetentionRules { items: RETENTION_RULES.iter().map(RetentionRuleView::from).collect() },
    )
}
