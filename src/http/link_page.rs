//! Pages that links in letters lead to.
//!
//! A page is one self-contained document: its style and its script stand in it and are allowed by their hashes, and it
//! loads nothing else. The token is in the part of the address behind `#`, which browsers keep to themselves; only the
//! script reads it, and sends it when somebody presses the button: programs that look into every link of a letter must
//! not use it up. Words are there in both languages; `Accept-Language` decides which are shown first.

use super::reply;
use crate::say::Language;
use actix_web::HttpResponse;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, X_FRAME_OPTIONS,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// A page as it is written: `{style}`, `{script}` and `{language}` stand for what its name says.
#[derive(Debug)]
pub struct LinkPage {
    page: String,
    policy: String,
}

impl LinkPage {
    pub fn new(page: &str, style: &str, script: &str) -> Self {
        let hash = |text: &str| STANDARD.encode(Sha256::digest(text.as_bytes()));
        // The page may do what its own script does: speak to us.
        let policy = format!(
            "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; connect-src 'self'; base-uri 'none'; \
             form-action 'none'; frame-ancestors 'none'",
            hash(script),
            hash(style)
        );
        Self { page: page.replace("{style}", style).replace("{script}", script), policy }
    }

    /// The page, with what stands in its places.
    pub fn text(&self, language: Language, places: &[(&str, &str)]) -> String {
        let page = self.page.replace("{language}", language.as_str());
        places.iter().fold(page, |page, (place, text)| page.replace(place, text))
    }

    pub fn answer(&self, language: Language, places: &[(&str, &str)]) -> HttpResponse {
        let page = HttpResponse::Ok()
            .content_type("text/html; charset=utf-8")
            .insert_header((CONTENT_SECURITY_POLICY, self.policy.as_str()))
            .insert_header((REFERRER_POLICY, "no-referrer"))
            .insert_header((CACHE_CONTROL, "no-store"))
            .insert_header((X_FRAME_OPTIONS, "DENY"))
            .insert_header((HeaderName::from_static("cross-origin-opener-policy"), "same-origin"))
            .body(self.text(language, places));
        reply::in_language(page, language)
    }
}
