//! `GET /v1/consent-texts/{version}`

use crate::http::{Path, Problem, reply};
use crate::leads::{ConsentText, ConsentVersion};
use crate::say::Invalid;
use actix_web::{HttpRequest, HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;

/// A version, or `current`.
#[derive(Debug, Clone, Copy)]
struct Asked(ConsentVersion);

impl Asked {
    fn parse(text: &str) -> Result<Self, Invalid> {
        match text {
            "current" => ConsentVersion::parse(ConsentText::current().version),
            version => ConsentVersion::parse(version),
        }
        .map(Self)
    }
}

crate::parsed_input!(Asked);

/// A text that senders of enquiries agree to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConsentText)]
struct ConsentTextView {
    /// What `consent.text_version` of an enquiry names.
    version: ConsentVersion,
    /// Is it the one to show to senders now?
    is_current: bool,
    /// The text in Vietnamese.
    vi: &'static str,
    /// The text in English.
    en: &'static str,
}

/// Read a consent text.
///
/// The text a sender of an enquiry has to agree to: `current`, or any version ever published, so that what was agreed to
/// can be read later. A published text never changes.
#[utoipa::path(
    tag = "leads",
    params(("version" = String, Path, description = "A version, or `current`", example = "current")),
    responses((status = 200, description = "The text", body = ConsentTextView))
)]
#[get("/v1/consent-texts/{version}")]
pub async fn get_consent_text(req: HttpRequest, asked: Path<Asked>) -> Result<HttpResponse, Problem> {
    let text = asked.0.0.text();
    reply::public(
        &req,
        &ConsentTextView {
            version: asked.0.0,
            is_current: text == ConsentText::current(),
            vi: text.vi,
            en: text.en,
        },
    )
}
