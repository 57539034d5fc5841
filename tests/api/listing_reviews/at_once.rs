//! Many who edit one listing at the same time.

use super::{Scene, patch, path};
use crate::cases;
use crate::harness::{Actor, Case, TestApp};
use reqwest::StatusCode;
use serde_json::{Value, json};

pub fn cases() -> Vec<Case> {
    let cases = cases![a_hundred_editors_lose_nothing, drafts_of_several_editors_lose_nothing];
    cases.into_iter().map(|case| case.with(&["--database-threads=4"])).collect()
}

/// Adds a word to a text of the listing, as often as it takes.
async fn add_word(by: Actor, path: String, field: &'static str, at: &'static str, word: usize) -> usize {
    let mut tries = 0;
    loop {
        tries += 1;
        let read = by.get(&path).await;
        let listing = read.expect(StatusCode::OK);
        let known = listing.pointer(at).and_then(Value::as_str).unwrap_or_default();
        let body = json!({ field: { "vi": format!("{known} {word}") } });
        let written = patch(&by, &path, &read.header("etag"), &body).await;
        if written.status == StatusCode::OK {
            return tries;
        }
        written.expect_problem(412, "precondition_failed");
    }
}

async fn words_of_all(
    editors: &[&Actor],
    path: &str,
    (field, at): (&'static str, &'static str),
    many: usize,
) -> Vec<usize> {
    let at_work: Vec<_> = (1..=many)
        .zip(editors.iter().cycle())
        .map(|(word, by)| tokio::spawn(add_word((*by).clone(), path.to_owned(), field, at, word)))
        .collect();
    for one in at_work {
        one.await.expect("it comes to an end");
    }
    let listing = editors[0].get(path).await.expect(StatusCode::OK);
    let text = listing.pointer(at).and_then(Value::as_str).expect("a text");
    let mut words: Vec<usize> = text.split_whitespace().map(|word| word.parse().expect("a number")).collect();
    words.sort_unstable();
    words
}

async fn a_hundred_editors_lose_nothing(app: TestApp) {
    let scene = Scene::set(&app).await;
    let editors = [&scene.owner, &scene.editor, &scene.officer];
    let at = ("payment_terms", "/payment_terms/vi");
    let words = words_of_all(&editors, &path(&scene.cake), at, 100).await;
    assert_eq!(words, (1..=100).collect::<Vec<_>>(), "no word is lost, none is there twice");
    let versions = scene.owner.all(&format!("{}/versions?limit=100", path(&scene.cake))).await;
    let numbers: Vec<i64> = versions.iter().filter_map(|one| one["version"].as_i64()).collect();
    assert_eq!(numbers, (1..=100).rev().collect::<Vec<_>>());
    assert!(
        versions
            .iter()
            .all(|one| one["fields"] == json!(["payment_terms"]) && one["made_by"]["id"].is_string())
    );
    // Each is the one before with one word more.
    for number in [1, 50, 100] {
        let one =
            scene.owner.get(&format!("{}/versions/{number}", path(&scene.cake))).await.expect(StatusCode::OK);
        let count = |text: &Value| text["vi"].as_str().unwrap_or_default().split_whitespace().count();
        let change = &one["changes"][0];
        assert_eq!((count(&change["before"]), count(&change["after"])), (number - 1, number));
    }
}

async fn drafts_of_several_editors_lose_nothing(app: TestApp) {
    let scene = Scene::set(&app).await;
    let editors = [&scene.owner, &scene.editor];
    let words = words_of_all(&editors, &path(&scene.cake), ("story", "/draft/story/vi"), 12).await;
    assert_eq!(words, (1..=12).collect::<Vec<_>>());
    let versions = scene.owner.get(&format!("{}/versions", path(&scene.cake))).await.expect(StatusCode::OK);
    assert_eq!(versions["items"], json!([]), "buyers have seen nothing of it");
}
