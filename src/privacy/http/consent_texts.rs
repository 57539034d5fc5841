//! `GET /v1/consent-texts` and `GET /v1/consent-texts/{version}`

use crate::http::{Path, Problem, Query, reply};
use crate::input::Faults;
use crate::privacy::consent::TEXTS;
use crate::privacy::{ConsentPurpose, ConsentText, TextVersion};
use actix_web::{HttpRequest, HttpResponse, get};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

/// A text that people agree to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConsentText)]
struct ConsentTextView {
    purpose: ConsentPurpose,
    /// What `text_version` of a consent names.
    #[schema(example = "2026-11")]
    version: &'static str,
    /// Is it the one to show to people now?
    is_current: bool,
    /// The text in Vietnamese.
    vi: &'static str,
    /// The text in English.
    en: &'static str,
}

impl From<&'static ConsentText> for ConsentTextView {
    fn from(text: &'static ConsentText) -> Self {
        Self {
            purpose: text.purpose,
            version: text.version,
            is_current: text.is_current(),
            vi: text.vi,
            en: text.en,
        }
    }
}

/// Published texts.
#[derive(Debug, Serialize, ToSchema)]
struct ConsentTexts {
    items: Vec<ConsentTextView>,
}

#[derive(Debug, deserr::Deserr, IntoParams)]
#[deserr(error = Faults, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListConsentTexts {
    /// Only texts for this purpose.
    #[deserr(default)]
    #[param(inline)]
    purpose: Option<ConsentPurpose>,
}

/// List the consent texts.
///
/// Every text ever published, of each purpose the current one last. A purpose has its own consent; none is given by
/// silence.
#[utoipa::path(
    tag = "privacy",
    params(ListConsentTexts),
    responses((status = 200, description = "The texts", body = ConsentTexts))
)]
#[get("/v1/consent-texts")]
pub async fn list_consent_texts(
    req: HttpRequest,
    query: Query<ListConsentTexts>,
) -> Result<HttpResponse, Problem> {
    let of = query.0.purpose;
    let wanted = TEXTS.iter().filter(|text| of.is_none_or(|purpose| text.purpose == purpose));
    reply::public(&req, &ConsentTexts { items: wanted.map(ConsentTextView::from).collect() })
}

#[derive(Debug, deserr::Deserr, IntoParams)]
#[deserr(error = Faults, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct GetConsentText {
    /// The purpose of the text; `lead_contact` unless told.
    #[deserr(default)]
    #[param(inline)]
    purpose: Option<ConsentPurpose>,
}

/// Read a consent text.
///
/// The text of a purpose: `current`, or any version ever published, so that what was agreed to can be read later. A
/// published text never changes.
#[utoipa::path(
    tag = "privacy",
    params(("version" = String, Path, description = "A version, or `current`", example = "current"), GetConsentText),
    responses((status = 200, description = "The text", body = ConsentTextView))
)]
#[get("/v1/consent-texts/{version}")]
pub async fn get_consent_text(
    req: HttpRequest,
    version: Path<TextVersion>,
    query: Query<GetConsentText>,
) -> Result<HttpResponse, Problem> {
    let purpose = query.0.purpose.unwrap_or(ConsentPurpose::LeadContact);
    let text = match version.0.as_str() {
        "current" => ConsentText::current(purpose),
        version => ConsentText::find(purpose, version)
            .ok_or_else(|| Problem::not_found().detail(ConsentText::unknown(purpose).say))?,
    };
    reply::public(&req, &ConsentTextView::from(text))
}
