//! Listings that are worked on: drafts, what is handed in, what officers decide, versions, and going back to one.

mod at_once;
mod deciding;
mod editing;
mod history;
mod listed;
mod submitting;

use crate::harness::{Actor, Case, Reply, TestApp};
use crate::seed::{Certified, Maker, Product, Seed};
use ocop_market::accounts::MemberRole;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

pub fn cases() -> Vec<Case> {
    [
        editing::cases(),
        submitting::cases(),
        deciding::cases(),
        history::cases(),
        listed::cases(),
        at_once::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

const OWNER: &str = "owner@banh.example";
const OFFICER: &str = "canbo@tinh.example";

/// A producer of Hưng Yên with two products in force, who keeps them, and the office.
struct Scene {
    maker: Maker,
    cake: Product,
    mat: Product,
    owner: Actor,
    editor: Actor,
    viewer: Actor,
    officer: Actor,
    elsewhere: Actor,
}

impl Scene {
    async fn set(app: &TestApp) -> Self {
        let mut seed = Seed::new(app);
        let maker = seed.maker("HTX Bánh Ví Dụ");
        let usual = Certified::default();
        let (cake, mat) =
            (seed.certified(maker, "Bánh cáy", &usual), seed.certified(maker, "Chiếu cói", &usual));
        seed.insert().await;
        let owner = app.member(OWNER, maker.id, MemberRole::Owner).await;
        let editor = app.member("editor@banh.example", maker.id, MemberRole::Editor).await;
        let viewer = app.member("viewer@banh.example", maker.id, MemberRole::Viewer).await;
        let here = ocop_market::accounts::Role::Officer { province: "33".to_owned() };
        let officer = app.user(OFFICER, here, &[]).await;
        Self { maker, cake, mat, owner, editor, viewer, officer, elsewhere: app.officer("01").await }
    }

    async fn verify(&self, app: &TestApp) {
        app.sql(format!("UPDATE organisations SET standing = 'verified' WHERE id = '{}'", self.maker.id))
            .await;
    }

    /// What the owner hands in of the cake.
    async fn hand_in(&self, body: &Value) -> String {
        set(&self.owner, &self.cake, body).await.expect(StatusCode::OK);
        let made = post(&self.owner, &format!("{}/submissions", path(&self.cake)), &json!({})).await;
        id(&made.expect(StatusCode::CREATED))
    }

    async fn review(&self, body: &Value) -> Reply {
        post(&self.officer, &format!("{}/reviews", path(&self.cake)), body).await
    }

    async fn listing(&self) -> Value {
        self.owner.get(&path(&self.cake)).await.expect(StatusCode::OK)
    }
}

fn path(product: &Product) -> String {
    format!("/v1/listings/{}", product.id)
}

fn id(view: &Value) -> String {
    view["id"].as_str().expect("an id").to_owned()
}

/// A change with what was read, or whatever is there.
async fn patch(by: &Actor, path: &str, tag: &str, body: &Value) -> Reply {
    by.settled(by.request(Method::PATCH, path).header("If-Match", tag).json(body)).await
}

async fn set(by: &Actor, product: &Product, body: &Value) -> Reply {
    patch(by, &path(product), "*", body).await
}

async fn post(by: &Actor, path: &str, body: &Value) -> Reply {
    by.settled(by.request(Method::POST, path).header("If-Match", "*").json(body)).await
}

async fn delete(by: &Actor, path: &str) -> Reply {
    Reply::of(by.request(Method::DELETE, path).header("If-Match", "*")).await
}

/// What everybody reads of a product, to the byte.
async fn public(app: &TestApp, product: &Product) -> String {
    let shown = app.anonymous().get(&format!("/v1/products/{}", product.id)).await;
    shown.expect(StatusCode::OK);
    shown.text
}

fn fields(of: &Value) -> Vec<String> {
    let mut names: Vec<String> = of.as_object().map(|of| of.keys().cloned().collect()).unwrap_or_default();
    names.sort();
    names
}

fn has_seq(reply: &Reply) -> bool {
    !reply.header("catalogue-seq").is_empty()
}
