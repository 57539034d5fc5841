//! Listings show the images of their producer, and no others.

use super::{Scene, pictures, send};
use crate::cases;
use crate::harness::{Actor, Case, Reply, TestApp};
use crate::seed::Product;
use ocop_market::accounts::MemberRole;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

pub fn cases() -> Vec<Case> {
    cases![a_listing_shows_its_producers_images, what_a_listing_shows_already_it_may_go_on_showing]
}

pub fn shown(ids: &[&Value]) -> Value {
    let picture =
        |id: &&Value| json!({ "image_id": id, "alt": { "vi": "Bánh cáy" }, "licence": "trade_use" });
    json!({ "images": ids.iter().map(picture).collect::<Vec<_>>() })
}

pub async fn set(by: &Actor, product: &Product, query: &str, body: &Value) -> Reply {
    let path = format!("/v1/listings/{}{query}", product.id);
    by.settled(by.request(Method::PATCH, &path).header("If-Match", "*").json(body)).await
}

async fn a_listing_shows_its_producers_images(app: TestApp) {
    let scene = Scene::set(&app).await;
    let weaver = app.member("det@lua.example", scene.other.id, MemberRole::Owner).await;
    let one = send(&scene.editor, pictures::plain(1)).await.expect(StatusCode::CREATED)["id"].clone();
    let two = send(&scene.editor, pictures::plain(2)).await.expect(StatusCode::CREATED)["id"].clone();
    let theirs = send(&weaver, pictures::plain(3)).await.expect(StatusCode::CREATED)["id"].clone();
    let nothing = json!("01999f6e-3c1a-7d55-9a3e-0c0f7a1b2c3d");
    let wrong = shown(&[&one, &theirs, &two, &nothing]);
    for query in ["", "?validate_only=true"] {
        let reply = set(&scene.editor, &scene.cake, query, &wrong).await;
        reply.expect_problem(422, "invalid_body");
        let places = ["/images/1/image_id", "/images/3/image_id"];
        assert_eq!(reply.faults(), places.map(|place| (place.to_owned(), "unknown_image".to_owned())));
        let good = set(&scene.editor, &scene.cake, "?validate_only=true", &shown(&[&two, &one])).await;
        good.expect(StatusCode::OK);
    }
    let before = scene.editor.get(&format!("/v1/listings/{}", scene.cake.id)).await.expect(StatusCode::OK);
    assert_eq!(before["version"], 0);
    let after = set(&scene.editor, &scene.cake, "", &shown(&[&two, &one])).await.expect(StatusCode::OK);
    // Pictures are looked at by an officer before buyers see them.
    assert_eq!((&after["draft"]["images"][0]["image_id"], &after["version"]), (&two, &json!(0)));
    set(&weaver, &scene.silk, "", &shown(&[&theirs])).await.expect(StatusCode::OK);
    // An officer stores for the producer, and shows it.
    let officer = app.officer("33").await;
    let query = format!("?organisation={}", scene.maker.id);
    let made = super::send_as(&officer, &query, "image/jpeg", pictures::plain(4)).await;
    let made = made.expect(StatusCode::CREATED)["id"].clone();
    let after = set(&officer, &scene.cake, "", &shown(&[&made])).await.expect(StatusCode::OK);
    assert_eq!((&after["images"][0]["image_id"], &after["version"]), (&made, &json!(1)));
}

async fn what_a_listing_shows_already_it_may_go_on_showing(app: TestApp) {
    let scene = Scene::set(&app).await;
    let one = send(&scene.editor, pictures::plain(1)).await.expect(StatusCode::CREATED)["id"].clone();
    let two = send(&scene.editor, pictures::plain(2)).await.expect(StatusCode::CREATED)["id"].clone();
    set(&scene.editor, &scene.cake, "", &shown(&[&one])).await.expect(StatusCode::OK);
    // The product has another producer now.
    app.sql(format!("UPDATE products SET producer_id = '{}' WHERE id = '{}'", scene.other.id, scene.cake.id))
        .await;
    let weaver = app.member("det@lua.example", scene.other.id, MemberRole::Owner).await;
    let own = send(&weaver, pictures::plain(3)).await.expect(StatusCode::CREATED)["id"].clone();
    set(&weaver, &scene.cake, "", &shown(&[&own, &one])).await.expect(StatusCode::OK);
    let reply = set(&weaver, &scene.cake, "", &shown(&[&one, &own, &two])).await;
    assert_eq!(reply.faults(), [("/images/2/image_id".to_owned(), "unknown_image".to_owned())]);
    // An organisation that has become one with another has left it its images.
    app.sql(format!(
        "UPDATE organisations SET successor_id = '{}' WHERE id = '{}'",
        scene.other.id, scene.maker.id
    ))
    .await;
    set(&weaver, &scene.cake, "", &shown(&[&one, &own, &two])).await.expect(StatusCode::OK);
    weaver.get(&format!("/v1/images/{}", two.as_str().expect("an id"))).await.expect(StatusCode::OK);
}
