//! The page that links to papers lead to; what such a page is, [`link_page`](crate::http::link_page) tells. It first shows what
//! the paper is, which uses nothing up, and opens it when the button is pressed.

use crate::http::extract::language_of;
use crate::http::link_page::LinkPage;
use actix_web::{HttpRequest, HttpResponse, get, web};
use std::sync::LazyLock;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

static PAGE: LazyLock<LinkPage> = LazyLock::new(|| LinkPage::new(include_str!("page.html"), STYLE, SCRIPT));

/// It is for people, and hence not in the document of the API.
pub fn configure_pages(config: &mut web::ServiceConfig) {
    config.service(get_shared_document_page);
}

#[get("/links/shared-document")]
async fn get_shared_document_page(req: HttpRequest) -> HttpResponse {
    PAGE.answer(language_of(&req), &[])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listings::PaperState;
    use crate::say::Language;

    #[test]
    fn what_the_policy_allows_is_what_stands_in_the_page() {
        let page = PAGE.text(Language::Vi, &[]);
        assert!(page.contains(&format!("<style>{STYLE}</style>")), "{page}");
        assert!(page.contains(&format!("<script>{SCRIPT}</script>")), "{page}");
        assert!(page.contains(r#"<html lang="vi">"#));
        for sign in ["src=", "href=", "url(", "@import", "import(", "innerHTML"] {
            assert!(!page.contains(sign), "{sign}");
        }
        assert!(!SCRIPT.contains("</") && !STYLE.contains("</"));
        for state in PaperState::ALL {
            assert!(SCRIPT.contains(&format!("{}: [", state.as_str())), "{state:?}");
        }
    }
}
