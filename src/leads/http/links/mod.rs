//! The pages that links in letters about leads lead to; what such a page is, [`link_page`](crate::http::link_page) tells. It first
//! shows what the link is about, which uses nothing up.

use crate::accounts::UserLanguage;
use crate::http::extract::language_of;
use crate::http::link_page::LinkPage;
use crate::leads::letters::unit_name;
use crate::products::Unit;
use actix_web::{HttpRequest, HttpResponse, get, web};
use serde_json::{Map, Value};
use std::sync::LazyLock;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

static PAGE: LazyLock<LinkPage> =
    LazyLock::new(|| LinkPage::new(include_str!("page.html"), STYLE, &script()));

/// The script, with the names of the units in it.
fn script() -> String {
    let names = |unit: &Unit| [UserLanguage::Vi, UserLanguage::En].map(|language| unit_name(*unit, language));
    let units: Map<String, Value> =
        Unit::ALL.iter().map(|unit| (unit.as_str().to_owned(), names(unit).as_slice().into())).collect();
    SCRIPT.replace("{units}", &Value::Object(units).to_string())
}

/// They are for people, and hence not in the document of the API.
pub fn configure_pages(config: &mut web::ServiceConfig) {
    config.service(get_answer_page).service(get_follow_page);
}

#[get("/links/lead-answer")]
async fn get_answer_page(req: HttpRequest) -> HttpResponse {
    PAGE.answer(language_of(&req), &[("{purpose}", "answer")])
}

#[get("/links/lead-follow")]
async fn get_follow_page(req: HttpRequest) -> HttpResponse {
    PAGE.answer(language_of(&req), &[("{purpose}", "follow")])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leads::{LeadReason, LeadStage};
    use crate::say::Language;

    #[test]
    fn what_the_policy_allows_is_what_stands_in_the_page() {
        let page = PAGE.text(Language::En, &[("{purpose}", "answer")]);
        assert!(page.contains(&format!("<style>{STYLE}</style>")), "{page}");
        assert!(page.contains(&format!("<script>{}</script>", script())), "{page}");
        assert!(page.contains(r#"<html lang="en" data-purpose="answer">"#));
        for sign in ["src=", "href=", "url(", "@import", "import(", "innerHTML"] {
            assert!(!page.contains(sign), "{sign}");
        }
        assert!(!script().contains("</") && !STYLE.contains("</"));
        assert!(script().contains(r#""XBX":["hộp","box"]"#), "{}", script());
    }

    /// What others wrote is put in as text; and every stage and reason has its words.
    #[test]
    fn the_page_has_words_for_everything() {
        for stage in LeadStage::ALL {
            assert!(SCRIPT.contains(&format!("{}: [", stage.as_str())), "{stage:?}");
        }
        for reason in LeadReason::ALL {
            assert!(SCRIPT.contains(&format!("{}: [", reason.as_str())), "{reason:?}");
        }
    }
}
