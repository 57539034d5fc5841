//! What `serve --demo` fills in has something for every part of the service.

use crate::cases;
use crate::harness::{Case, TestApp};
use ocop_market::catalogue::{self, Gone, Seq};
use ocop_market::db::Conn;
use ocop_market::demo::{self, DemoError};
use reqwest::StatusCode;
use std::collections::BTreeSet;

pub fn cases() -> Vec<Case> {
    cases![the_demonstration_fills_every_facet_and_every_reason, a_filled_database_is_not_filled_again]
}

/// Fills the demonstration in; the last change of it.
async fn fill(app: &TestApp) -> Result<Seq, DemoError> {
    let (world, reference) = (app.state.world.clone(), app.state.reference.clone());
    let fill = move |conn: &mut Conn| {
        demo::fill(conn, &world, &reference)?;
        Ok(catalogue::announce(conn, &world, &[])?)
    };
    app.state.db.write(fill).await
}

async fn the_demonstration_fills_every_facet_and_every_reason(app: TestApp) {
    let last = fill(&app).await.expect("a demonstration");
    let by = app.anonymous();
    let counted = "stars,group,province,price,certificates,season";
    let page = by.get(&format!("/v1/products?at_least={last}&facets={counted}")).await.expect(StatusCode::OK);
    for facet in counted.split(',') {
        let values = page["facets"][facet].as_array().map(Vec::len).unwrap_or_default();
        assert!(values > 1, "{facet}: {}", page["facets"]);
    }
    let feed = by.get("/v1/catalogue/changes?after=0&limit=1000").await.expect(StatusCode::OK);
    let changes = feed["changes"].as_array().expect("changes");
    let reasons: BTreeSet<&str> = changes.iter().filter_map(|change| change["reason"].as_str()).collect();
    assert_eq!(reasons, Gone::ALL.iter().map(Gone::as_str).collect());
    assert_eq!(feed["has_more"], false);
}

async fn a_filled_database_is_not_filled_again(app: TestApp) {
    fill(&app).await.expect("a demonstration");
    assert!(matches!(fill(&app).await, Err(DemoError::NotEmpty)));
}
