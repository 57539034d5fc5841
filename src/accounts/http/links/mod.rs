//! The pages that links in letters lead to.
//!
//! A page is one self-contained document: its style and its script stand in it and are allowed by their hashes, and it
//! loads nothing else. The token is in the part of the address behind `#`, which browsers keep to themselves; only the
//! script reads it, and sends it when somebody presses the button: programs that look into every link of a letter must
//! not use it up. Words are there in both languages; `Accept-Language` decides which are shown first.

use crate::accounts::TermsVersion;
use crate::accounts::links::Purpose;
use crate::http::extract::language_of;
use crate::http::{Path, reply};
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, X_FRAME_OPTIONS,
};
use actix_web::{HttpRequest, HttpResponse, get, web};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// They are for people, and hence not in the document of the API.
pub fn configure_pages(config: &mut web::ServiceConfig) {
    config.service(get_link_page);
}

#[get("/links/{purpose}")]
async fn get_link_page(req: HttpRequest, purpose: Path<Purpose>) -> HttpResponse {
    let language = language_of(&req);
    let page = HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((CONTENT_SECURITY_POLICY, POLICY.as_str()))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((X_FRAME_OPTIONS, "DENY"))
        .insert_header((HeaderName::from_static("cross-origin-opener-policy"), "same-origin"))
        .body(page(purpose.0, language.as_str()));
    reply::in_language(page, language)
}

fn page(purpose: Purpose, language: &str) -> String {
    PAGE.replace("{language}", language)
        .replace("{purpose}", purpose.as_str())
        .replace("{terms}", TermsVersion::current())
        .replace("{style}", STYLE)
        .replace("{script}", SCRIPT)
}

/// The page may do what its own script does: speak to us.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text.as_bytes()));
    format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; connect-src 'self'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'",
        hash(SCRIPT),
        hash(STYLE)
    )
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_policy_allows_is_what_stands_in_the_page() {
        for purpose in Purpose::ALL {
            let page = page(*purpose, "vi");
            assert!(page.contains(&format!("<style>{STYLE}</style>")), "{page}");
            assert!(page.contains(&format!("<script>{SCRIPT}</script>")), "{page}");
            assert!(page.contains(&format!(
                r#"<html lang="vi" data-purpose="{}" data-terms="2026-11">"#,
                purpose.as_str()
            )));
            // Nothing from anywhere else.
            for sign in ["src=", "href=", "url(", "import"] {
                assert!(!page.contains(sign), "{sign}");
            }
        }
        assert!(!SCRIPT.contains("</") && !STYLE.contains("</"));
    }
}
