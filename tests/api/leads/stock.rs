//! Producers, products in force and users: what enquiries are about and who deals with them.

use crate::harness::TestApp;
use diesel::connection::SimpleConnection;
use ocop_market::db::columns::Key;
use ocop_market::db::{Conn, Day, Failure};
use ocop_market::organisations::OrganisationId;
use ocop_market::products::{ProductCode, ProductId};
use ocop_market::world::World;
use serde_json::{Value, json};

/// Two producers with products in force, and the people around them.
pub struct Stock {
    pub weavers: OrganisationId,
    pub bakers: OrganisationId,
    /// Products in force: two of the weavers, one of the bakers.
    pub mat: ProductId,
    pub silk: ProductId,
    pub cake: ProductId,
    /// Of the bakers: certified until yesterday, from tomorrow, never.
    pub expired: ProductId,
    pub future: ProductId,
    pub unproven: ProductId,
}

impl Stock {
    pub async fn fill(app: &TestApp) -> Self {
        let world = app.state.world.clone();
        let written = app.state.db.write(move |conn| Ok::<_, Failure>(Self::written(conn, &world)));
        written.await.expect("producers and products")
    }

    pub fn written(conn: &mut Conn, world: &World) -> Self {
        let today = world.today();
        let weavers = producer(conn, world, "Hợp tác xã dệt (minh họa)");
        let bakers = producer(conn, world, "Cơ sở làm bánh (minh họa)");
        let day = |n| Some(today.plus_days(n));
        Self {
            weavers,
            bakers,
            mat: product(conn, world, weavers, "Chiếu cói", (day(-30), day(900))),
            silk: product(conn, world, weavers, "Lụa tơ tằm", (day(0), day(0))),
            cake: product(conn, world, bakers, "Bánh cáy", (day(-400), day(1))),
            expired: product(conn, world, bakers, "Kẹo lạc", (day(-1200), day(-1))),
            future: product(conn, world, bakers, "Kẹo vừng", (day(1), day(900))),
            unproven: product(conn, world, bakers, "Kẹo dồi", (None, None)),
        }
    }

    /// A body that is accepted, about these products.
    pub fn enquiry(&self, products: &[ProductId]) -> Value {
        let products: Vec<_> =
            products.iter().map(|id| json!({ "product_id": id, "quantity": 200, "unit": "XBX" })).collect();
        json!({
            "products": products,
            "message": "Chúng tôi muốn bán thử tại 12 cửa hàng, xin báo giá.",
            "company": { "name": "Chuỗi cửa hàng Ví Dụ", "tax_code": "9900000016" },
            "contact": { "name": "Phòng thu mua", "email": "thumua@example.vn", "phone": "0900 000 000" },
            "source": { "channel": "conference", "event": "Hội nghị kết nối cung cầu", "campaign": "thu-2026" },
            "consent": { "text_version": "2026-11", "accepted": true },
            "language": "vi",
        })
    }
}

fn execute(conn: &mut Conn, sql: &str) {
    conn.batch_execute(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
}

pub fn producer(conn: &mut Conn, world: &World, name: &str) -> OrganisationId {
    let id: OrganisationId = world.id();
    let at = world.now().micros();
    execute(
        conn,
        &format!(
            "INSERT INTO organisations (id, kind, entity_type, public_name, name_key, created_at, updated_at)
             VALUES ('{id}', 'producer', 'cooperative', '{name}', '{id}', {at}, {at})"
        ),
    );
    id
}

/// Puts a producer into a province of today.
pub async fn settle(app: &TestApp, producer: OrganisationId, province: &'static str) {
    app.sql(format!("UPDATE organisations SET province = '{province}' WHERE id = '{producer}'")).await;
}

/// An organisation of a kind, as nobody has verified it.
pub async fn organisation(app: &TestApp, kind: &str, name: &str) -> OrganisationId {
    let (id, at): (OrganisationId, _) = (app.state.world.id(), app.state.world.now().micros());
    app.sql(format!(
        "INSERT INTO organisations (id, kind, public_name, legal_name, name_key, created_at, updated_at)
         VALUES ('{id}', '{kind}', '{name}', '{name}', '{id}', {at}, {at})"
    ))
    .await;
    id
}

/// A product; certified from the first day to the last if they are given.
pub fn product(
    conn: &mut Conn,
    world: &World,
    producer: OrganisationId,
    name: &str,
    (from, until): (Option<Day>, Option<Day>),
) -> ProductId {
    let id: ProductId = world.id();
    let (at, code) = (world.now().micros(), ProductCode::random(world));
    let code = code.as_str();
    execute(
        conn,
        &format!(
            "INSERT INTO products (id, producer_id, name, name_key, code, created_at, updated_at)
             VALUES ('{id}', '{producer}', '{name}', '{id}', '{code}', {at}, {at})"
        ),
    );
    if let (Some(from), Some(until)) = (from, until) {
        let (decision, certification): (Key, Key) = (world.id(), world.id());
        execute(
            conn,
            &format!(
                "INSERT INTO decisions (id, issuer, issuer_key, number, decided_on, recorded_at)
                 VALUES ('{decision:?}', 'MINH HỌA', '{decision:?}', '1/QĐ-UBND', '{from}', {at});
                 INSERT INTO certifications (id, product_id, decision_id, decided_on, stars, criteria_version, taxonomy,
                     valid_until, shown_until, recorded_at, updated_at)
                 VALUES ('{certification:?}', '{id}', '{decision:?}', '{from}', 4, '2026', '2026',
                     '{until}', '{until}', {at}, {at})"
            ),
        );
    }
    id
}
