//! `GET /v1/listings`.

use super::{Scene, path, set};
use crate::cases;
use crate::harness::{Actor, Case, TestApp};
use crate::seed::{Certified, Seed};
use ocop_market::accounts::{MemberRole, Role};
use reqwest::StatusCode;
use serde_json::{Value, json};

pub fn cases() -> Vec<Case> {
    cases![everybody_sees_the_own_listings, listings_are_narrowed]
}

async fn ids(by: &Actor, query: &str) -> Vec<Value> {
    let all = by.all(&format!("/v1/listings{query}")).await;
    all.into_iter().map(|row| row["product_id"].clone()).collect()
}

async fn everybody_sees_the_own_listings(app: TestApp) {
    let scene = Scene::set(&app).await;
    let mut seed = Seed::new(&app);
    let other = seed.maker("HTX Dệt Ví Dụ");
    let silk = seed.certified(other, "Lụa", &Certified { on: "2025-07-01", ..Certified::default() });
    let far = seed.product(other, "Cốm", [Some("01"), None, None, None, None]);
    seed.insert().await;
    let mut here = vec![json!(scene.cake.id), json!(scene.mat.id), json!(silk.id)];
    here.sort_by_key(Value::to_string);
    let mut own = vec![json!(scene.cake.id), json!(scene.mat.id)];
    own.sort_by_key(Value::to_string);
    let sorted = |mut ids: Vec<Value>| {
        ids.sort_by_key(Value::to_string);
        ids
    };
    for by in [&scene.owner, &scene.viewer] {
        assert_eq!(sorted(ids(by, "?limit=1").await), own);
    }
    assert_eq!(sorted(ids(&scene.officer, "?limit=2").await), here);
    assert_eq!(ids(&scene.elsewhere, "").await, [json!(far.id)]);
    let admin = app.user("admin@example.vn", Role::Admin, &[]).await;
    assert_eq!(ids(&admin, "").await.len(), 4);
    // An officer who belongs to a producer of another province sees both.
    let officer = Role::Officer { province: "01".to_owned() };
    let both = app.user("hai@tinh.example", officer, &[(scene.maker.id, MemberRole::Viewer)]).await;
    assert_eq!(ids(&both, "").await.len(), 3);
    let nobody = app.user("moi@example.vn", Role::Member, &[]).await;
    assert!(ids(&nobody, "").await.is_empty());
    let machine = app.machine(&scene.owner, scene.maker.id, &["listings.read"]).await;
    assert_eq!(sorted(ids(&app.as_machine(&machine).await, "").await), own);
}

async fn listings_are_narrowed(app: TestApp) {
    let scene = Scene::set(&app).await;
    let (cake, mat) = (json!(scene.cake.id), json!(scene.mat.id));
    assert_eq!(ids(&scene.owner, "?review=none").await.len(), 2);
    set(&scene.owner, &scene.mat, &json!({ "names": { "vi": "Nháp" } })).await.expect(StatusCode::OK);
    scene.hand_in(&json!({ "names": { "vi": "Gửi" } })).await;
    scene
        .owner
        .post(&format!("{}/withdrawals", path(&scene.mat)), &Value::Null)
        .await
        .expect(StatusCode::CREATED);
    for (query, expected) in [
        ("?review=waiting", vec![&cake]),
        ("?review=draft", vec![&mat]),
        ("?review=none", vec![]),
        ("?status=withdrawn", vec![&mat]),
        ("?status=published", vec![&cake]),
        ("?status=published&review=draft", vec![]),
    ] {
        for by in [&scene.owner, &scene.officer] {
            assert_eq!(ids(by, query).await.iter().collect::<Vec<_>>(), expected, "{query}");
        }
    }
    let of_maker = format!("?producer={}", scene.maker.id);
    assert_eq!(ids(&scene.officer, &of_maker).await.len(), 2);
    assert!(ids(&scene.officer, &format!("?producer={}", scene.cake.id)).await.is_empty());
    let rows = scene.owner.all("/v1/listings?review=waiting").await;
    assert_eq!((&rows[0]["review"], &rows[0]["draft_fields"]), (&json!("waiting"), &json!(["names"])));
    assert_eq!((&rows[0]["submission"]["fields"], &rows[0]["version"]), (&json!(["names"]), &json!(0)));
    assert_eq!((&rows[0]["product_name"], &rows[0]["status"]), (&json!("Bánh cáy"), &json!("published")));
    scene.owner.get("/v1/listings?review=open").await.expect_problem(400, "invalid_parameters");
    scene.owner.get("/v1/listings?cursor=x").await.expect_problem(400, "invalid_cursor");
}
