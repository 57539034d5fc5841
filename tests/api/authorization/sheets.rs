//! Requests about workbooks of listings.

use super::cast::{Stage, Who, text};
use super::requests::{Effect, Request};
use crate::sheets::book::{Book, SETS, XLSX, send};
use reqwest::{Method, StatusCode};

pub async fn about_sheets(stage: &Stage, who: Who, operation: &str) -> Option<Request> {
    let (by, owner) = (&stage.person(who).by, &stage.person(Who::Owner).by);
    let product = stage.new_product().await;
    let shown = Effect::View(stage.person(Who::Admin).by.clone(), format!("/v1/listings/{product}"));
    // Nothing was said of it, so that no version is to be told.
    let row =
        [("listing.product_id", product.as_str()), ("listing.version", ""), ("listing.lead_time_days", "5")];
    let book = Book::by_hand(&row).write();
    if operation == "GET /v1/listing-sheets" {
        return Some(Request::new(by, Method::GET, "/v1/listing-sheets"));
    }
    if operation == "POST /v1/listing-change-sets" {
        return Some(Request::new(by, Method::POST, SETS).bytes(XLSX, book).showing_in(shown));
    }
    let set = text(&send(owner, "", book).await.expect(StatusCode::CREATED), "/change_set/id");
    let path = format!("{SETS}/{set}");
    Some(match operation {
        "GET /v1/listing-change-sets" => Request::new(by, Method::GET, SETS).marked(set),
        "GET /v1/listing-change-sets/{id}" => Request::new(by, Method::GET, path).about(&set).marked(&set),
        "POST /v1/listing-change-sets/{id}/reversals" => {
            Request::new(by, Method::POST, format!("{path}/reversals"))
                .about(&set)
                .marked(&set)
                .showing_in(shown)
        }
        _ => return None,
    })
}
