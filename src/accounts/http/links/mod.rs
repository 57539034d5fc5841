//! The pages that links in letters about accounts lead to; what such a page is, [`link_page`](crate::http::link_page) tells.

use crate::accounts::TermsVersion;
use crate::accounts::links::Purpose;
use crate::http::Path;
use crate::http::extract::language_of;
use crate::http::link_page::LinkPage;
use actix_web::{HttpRequest, HttpResponse, get, web};
use std::sync::LazyLock;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

static PAGE: LazyLock<LinkPage> = LazyLock::new(|| LinkPage::new(include_str!("page.html"), STYLE, SCRIPT));

/// They are for people, and hence not in the document of the API.
pub fn configure_pages(config: &mut web::ServiceConfig) {
    config.service(get_link_page);
}

#[get("/links/{purpose}")]
async fn get_link_page(req: HttpRequest, purpose: Path<Purpose>) -> HttpResponse {
    PAGE.answer(language_of(&req), &places(purpose.0))
}

fn places(purpose: Purpose) -> [(&'static str, &'static str); 2] {
    [("{purpose}", purpose.as_str()), ("{terms}", TermsVersion::current())]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::say::Language;

    #[test]
    fn what_the_policy_allows_is_what_stands_in_the_page() {
        for purpose in Purpose::ALL {
            let page = PAGE.text(Language::Vi, &places(*purpose));
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
