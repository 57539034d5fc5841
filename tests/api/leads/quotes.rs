//! Offers: `…/leads/{id}/quotes` and the comparison of those that an enquiry brought.

use super::stock::{self, Stock};
use super::troupe::{Player, Troupe, put_at};
use super::{ask, count, fresh_key};
use crate::cases;
use crate::harness::{Actor, Case, Reply, TestApp};
use ocop_market::accounts::Role;
use ocop_market::auth::MemberRole;
use ocop_market::db::Failure;
use ocop_market::leads::LeadStage;
use ocop_market::organisations::OrganisationId;
use ocop_market::products::ProductId;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

pub fn cases() -> Vec<Case> {
    cases![
        the_parties_exchange_offers,
        prices_are_the_parties_own,
        offers_lapse_are_replaced_and_end,
        wrong_offers_are_told,
        offers_page_without_gaps,
        an_offer_sent_twice_is_made_once,
        parallel_offers_are_numbered,
        the_buyer_compares_what_came,
        only_like_is_compared_with_like,
        nobody_else_compares,
        a_merged_lead_brings_its_offers,
    ]
}

fn tiers(of: &[(i64, i64)]) -> Value {
    of.iter().map(|(from, price)| json!({ "from_quantity": from, "price": price })).collect()
}

/// An offer of one product, with the tax, until a day.
fn offer(product: ProductId, unit: &str, prices: &[(i64, i64)], until: &str) -> Value {
    json!({
        "lines": [{ "product_id": product, "unit": unit, "tiers": tiers(prices) }],
        "valid_until": until, "vat_included": true,
    })
}

async fn states(by: &Actor, path: &str) -> Vec<(i64, String)> {
    let quotes = by.all(&format!("{path}/quotes")).await;
    let state = |quote: &Value| {
        (quote["number"].as_i64().expect("a number"), quote["state"].as_str().expect("a state").to_owned())
    };
    quotes.iter().map(state).collect()
}

async fn the_parties_exchange_offers(app: TestApp) {
    let troupe = Troupe::gather(&app).await;
    let (editor, buyer) = (troupe.player("producer's editor"), troupe.player("buyer"));
    let path = format!("{}/quotes", editor.path);
    let mut quote = offer(troupe.stock.cake, "XBX", &[(500, 40_000), (1, 45_000)], "2026-12-31");
    quote["lead_days"] = json!(7);
    quote["terms"] = json!("Thanh toán khi nhận hàng.");
    let early = buyer.by.post(&path, &quote).await.expect_problem(409, "illegal_move");
    assert!(!early["allowed_events"].as_array().expect("a list").contains(&json!("counter_offer")));

    let made = editor.by.post(&path, &quote).await;
    assert_eq!(made.header("location"), path);
    let made = made.expect(StatusCode::CREATED);
    let shown = json!({
        "lines": [{
            "product_id": troupe.stock.cake, "name": "Bánh cáy", "unit": "XBX",
            "tiers": tiers(&[(1, 45_000), (500, 40_000)]),
        }],
        "vat_included": true, "lead_days": 7, "terms": "Thanh toán khi nhận hàng.",
    });
    assert_eq!((&made["quote"]["offer"], &made["quote"]["state"]), (&shown, &json!("valid")));
    assert_eq!((&made["quote"]["number"], &made["quote"]["side"]), (&json!(1), &json!("producer")));
    assert_eq!((&made["stage"], &made["event"]["type"]), (&json!("quoted"), &json!("quote")));
    assert_eq!(made["event"]["at"], made["quote"]["created_at"]);

    let counter = offer(troupe.stock.cake, "XBX", &[(200, 41_000)], "2026-11-23");
    let countered = buyer.by.post(&path, &counter).await.expect(StatusCode::CREATED);
    assert_eq!(
        (&countered["stage"], &countered["event"]["type"]),
        (&json!("negotiating"), &json!("counter_offer"))
    );
    assert_eq!((&countered["quote"]["number"], &countered["quote"]["side"]), (&json!(2), &json!("buyer")));
    let again = editor.by.post(&path, &quote).await.expect(StatusCode::CREATED);
    // Once more, and the lead stays where it is.
    assert_eq!((&again["stage"], &again["event"]["to"]), (&json!("negotiating"), &Value::Null));

    for reader in [editor, buyer] {
        let listed = reader.by.all(&path).await;
        let numbers: Vec<_> =
            listed.iter().map(|quote| (&quote["number"], &quote["side"], &quote["state"])).collect();
        assert_eq!(
            numbers,
            [
                (&json!(3), &json!("producer"), &json!("valid")),
                (&json!(2), &json!("buyer"), &json!("valid")),
                (&json!(1), &json!("producer"), &json!("replaced")),
            ]
        );
        assert_eq!(listed[2]["offer"], shown);
        let lead = reader.by.get(&reader.path).await.expect(StatusCode::OK);
        let details = json!({ "of": "quote", "quote_id": listed[1]["id"], "number": 2 });
        assert_eq!(lead["events"][2]["details"], details);
        assert_eq!(lead["answered_at"], "2026-11-23T03:00:00.000001Z");
    }
}

async fn prices_are_the_parties_own(app: TestApp) {
    let troupe = Troupe::gather(&app).await;
    let owner = app.member("chu-hai@lam-banh.example", troupe.stock.bakers, MemberRole::Owner).await;
    for name in ["officer", "organiser", "organiser's viewer", "administrator"] {
        let player = troupe.player(name);
        let path = format!("{}/quotes", player.path);
        let quote = offer(troupe.stock.cake, "XBX", &[(1, 45_017)], "2026-12-31");
        owner.post(&path, &quote).await.expect(StatusCode::CREATED);
        let listed = player.by.get(&path).await;
        assert_eq!(listed.header("cache-control"), "private, no-store");
        let listed = listed.expect(StatusCode::OK);
        assert_eq!(
            (&listed["items"][0]["side"], &listed["items"][0]["state"]),
            (&json!("producer"), &json!("valid"))
        );
        for path in [path, player.path.clone()] {
            let read = player.by.get(&path).await;
            read.expect(StatusCode::OK);
            assert!(
                !read.text.contains("45017") && !read.text.contains("\"offer\""),
                "{name}: {}",
                read.text
            );
        }
        let events = player.by.get(&player.path).await.json()["events"].clone();
        let quoted = events.as_array().expect("a timeline").iter().find(|event| event["type"] == "quote");
        assert!(quoted.expect("the quote").get("details").is_none());
    }
    let stranger = troupe.player("other producer");
    stranger.by.get(&format!("{}/quotes", stranger.path)).await.expect_problem(404, "not_found");
    app.anonymous().get(&format!("{}/quotes", stranger.path)).await.expect_problem(401, "unauthenticated");
}

async fn offers_lapse_are_replaced_and_end(app: TestApp) {
    let troupe = Troupe::gather(&app).await;
    let (editor, stock) = (troupe.player("producer's editor"), &troupe.stock);
    let path = format!("{}/quotes", editor.path);
    let named =
        |state: &[(i64, &str)]| state.iter().map(|(n, state)| (*n, (*state).to_owned())).collect::<Vec<_>>();
    let two = json!({
        "lines": [
            { "product_id": stock.cake, "unit": "XBX", "tiers": tiers(&[(1, 45_000)]) },
            { "product_id": stock.cake, "unit": "KGM", "tiers": tiers(&[(1, 90_000)]) },
        ],
        "valid_until": "2026-12-31", "vat_included": false,
    });
    editor.by.post(&path, &two).await.expect(StatusCode::CREATED);
    let boxes = offer(stock.cake, "XBX", &[(1, 44_000)], "2026-11-25");
    editor.by.post(&path, &boxes).await.expect(StatusCode::CREATED);
    // In kilograms the first one still stands.
    assert_eq!(states(&editor.by, &editor.path).await, named(&[(2, "valid"), (1, "valid")]));
    let kilograms = offer(stock.cake, "KGM", &[(10, 88_000)], "2026-11-24");
    editor.by.post(&path, &kilograms).await.expect(StatusCode::CREATED);
    assert_eq!(states(&editor.by, &editor.path).await, named(&[(3, "valid"), (2, "valid"), (1, "replaced")]));
    // The last instant of a local day, and the first of the next.
    app.clock.set("2026-11-24T16:59:59.999999Z");
    let editor = Player { by: app.again("soan@lam-banh.example").await, ..editor.clone() };
    assert_eq!(states(&editor.by, &editor.path).await, named(&[(3, "valid"), (2, "valid"), (1, "replaced")]));
    app.clock.set("2026-11-24T17:00:00Z");
    let editor = Player { by: app.again("soan@lam-banh.example").await, ..editor };
    assert_eq!(
        states(&editor.by, &editor.path).await,
        named(&[(3, "lapsed"), (2, "valid"), (1, "replaced")])
    );
    put_at(&app, LeadStage::Lost).await;
    assert_eq!(
        states(&editor.by, &editor.path).await,
        named(&[(3, "lapsed"), (2, "ended"), (1, "replaced")])
    );
    editor.by.post(&path, &boxes).await.expect_problem(409, "illegal_move");
}

async fn wrong_offers_are_told(app: TestApp) {
    let troupe = Troupe::gather(&app).await;
    let (editor, stock) = (troupe.player("producer's editor"), &troupe.stock);
    let path = format!("{}/quotes", editor.path);
    let good = offer(stock.cake, "XBX", &[(1, 45_000)], "2026-12-31");
    let with = |pointer: &str, value: Value| {
        let mut body = good.clone();
        *body.pointer_mut(pointer).expect("a place") = value;
        body
    };
    let line = good["lines"][0].clone();
    for (body, faults) in [
        (json!({}), vec![("/lines", "missing"), ("/valid_until", "missing"), ("/vat_included", "missing")]),
        (with("/lines", json!([])), vec![("/lines", "wrong_length")]),
        (with("/lines", json!(vec![line.clone(); 51])), vec![("/lines", "wrong_length")]),
        (with("/lines", json!([line, line])), vec![("/lines/1/product_id", "duplicate")]),
        (with("/lines/0/tiers", json!([])), vec![("/lines/0/tiers", "wrong_length")]),
        (
            with("/lines/0/tiers", tiers(&[(1, 5), (2, 4), (1, 3)])),
            vec![("/lines/0/tiers/2/from_quantity", "duplicate")],
        ),
        (
            with("/lines/0/tiers", tiers(&[(0, 5), (1, 0)])),
            vec![
                ("/lines/0/tiers/0/from_quantity", "out_of_range"),
                ("/lines/0/tiers/1/price", "out_of_range"),
            ],
        ),
        (
            with("/lines/0/tiers", tiers(&[(1, 1_000_000_000_001)])),
            vec![("/lines/0/tiers/0/price", "out_of_range")],
        ),
        (with("/lines/0/unit", json!("kg")), vec![("/lines/0/unit", "unknown_value")]),
        // Certified, but the weavers'; and of nobody.
        (with("/lines/0/product_id", json!(stock.mat)), vec![("/lines/0/product_id", "not_of_this_lead")]),
        (
            with("/lines/0/product_id", json!("01999f6e-3c1a-7d55-9a3e-0c0f7a1b2c3d")),
            vec![("/lines/0/product_id", "not_of_this_lead")],
        ),
        (with("/valid_until", json!("2026-11-22")), vec![("/valid_until", "out_of_range")]),
        (with("/valid_until", json!("2027-11-25")), vec![("/valid_until", "out_of_range")]),
        (with("/valid_until", json!("31/12/2026")), vec![("/valid_until", "invalid_date")]),
        (with("/vat_included", json!("yes")), vec![("/vat_included", "wrong_type")]),
    ] {
        let reply = editor.by.post(&path, &body).await;
        assert_eq!(reply.status.as_u16(), 422, "{body}: {}", reply.text);
        let mut told = reply.faults();
        told.truncate(4);
        let expected: Vec<_> =
            faults.iter().map(|(place, code)| ((*place).to_owned(), (*code).to_owned())).collect();
        assert!(told.starts_with(&expected) && !expected.is_empty(), "{body}: {told:?}");
    }
    let mut more = good.clone();
    more["lead_days"] = json!(366);
    more["terms"] = json!("x".repeat(4001));
    more["price"] = json!(1);
    let faults = editor.by.post(&path, &more).await.faults();
    let codes: Vec<&str> = faults.iter().map(|(_, code)| code.as_str()).collect();
    assert_eq!(codes.len(), 3, "{faults:?}");
    assert_eq!((count(&app, "quotes").await, count(&app, "quote_prices").await), (0, 0));
    // Another product of the same producer may be offered instead, even one that is not certified today.
    let instead = with("/lines/0/product_id", json!(stock.unproven));
    editor.by.post(&path, &instead).await.expect(StatusCode::CREATED);
}

async fn offers_page_without_gaps(app: TestApp) {
    let troupe = Troupe::gather(&app).await;
    let (editor, stock) = (troupe.player("producer's editor"), &troupe.stock);
    let path = format!("{}/quotes", editor.path);
    for price in 1..=7 {
        let quote = offer(stock.cake, "XBX", &[(1, price)], "2026-12-31");
        editor.by.post(&path, &quote).await.expect(StatusCode::CREATED);
    }
    let (mut cursor, mut numbers) = (String::new(), Vec::new());
    loop {
        let page = editor.by.get(&format!("{path}?limit=3{cursor}")).await.expect(StatusCode::OK);
        numbers.extend(page["items"].as_array().expect("a list").iter().map(|quote| quote["number"].clone()));
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(json!(numbers), json!([7, 6, 5, 4, 3, 2, 1]));
    let other = troupe.player("producer's machine");
    let foreign = other.by.get(&format!("{}/quotes?limit=3{cursor}", other.path)).await;
    foreign.expect_problem(400, "invalid_cursor");
}

async fn an_offer_sent_twice_is_made_once(app: TestApp) {
    let troupe = Troupe::gather(&app).await;
    let machine = troupe.player("producer's machine");
    let (key, path) = (fresh_key(), format!("{}/quotes", machine.path));
    let quote = offer(troupe.stock.cake, "XBX", &[(1, 45_000)], "2026-12-31");
    let first = machine.by.post_once(&path, &key, &quote).await;
    first.expect(StatusCode::CREATED);
    let again = machine.by.post_once(&path, &key, &quote).await;
    assert_eq!((again.status, &again.text), (first.status, &first.text));
    assert_eq!(again.header("idempotency-replayed"), "true");
    let dearer = offer(troupe.stock.cake, "XBX", &[(1, 46_000)], "2026-12-31");
    machine.by.post_once(&path, &key, &dearer).await.expect_problem(422, "idempotency_key_reused");
    assert_eq!(count(&app, "quotes").await, 1);
    let stale =
        machine.by.request(Method::POST, &path).header("If-Match", "\"something-else\"").json(&dearer);
    Reply::of(stale).await.expect_problem(412, "precondition_failed");
    assert_eq!(count(&app, "quotes").await, 1);
}

async fn parallel_offers_are_numbered(app: TestApp) {
    let troupe = Troupe::gather(&app).await;
    let editor = troupe.player("producer's editor");
    let sent = (0..20).map(|price| {
        let (actor, path) = (editor.by.clone(), format!("{}/quotes", editor.path));
        let quote = offer(troupe.stock.cake, "XBX", &[(1, 40_000 + price)], "2026-12-31");
        tokio::spawn(async move { actor.post(&path, &quote).await })
    });
    for sent in sent.collect::<Vec<_>>() {
        sent.await.expect("answered").expect(StatusCode::CREATED);
    }
    let states = states(&editor.by, &editor.path).await;
    assert_eq!(
        states.iter().map(|(number, _)| *number).collect::<Vec<_>>(),
        (1..=20).rev().collect::<Vec<_>>()
    );
    assert_eq!(states.iter().filter(|(_, state)| state == "valid").count(), 1);
    assert_eq!(states[0].1, "valid");
}

/// Three producers of the same cake, an enquiry to all of them, and who quotes for each.
struct Market {
    cakes: Vec<ProductId>,
    editors: Vec<Actor>,
    leads: Vec<String>,
    enquiry: String,
    buyer: Actor,
}

impl Market {
    /// With how many boxes are asked of each.
    async fn open(app: &TestApp, quantities: &[i64]) -> Self {
        let stock = Stock::fill(app).await;
        let world = app.state.world.clone();
        let number = quantities.len();
        let made = app.state.db.write(move |conn| {
            let today = world.today();
            let term = (Some(today.plus_days(-30)), Some(today.plus_days(900)));
            let one = |n: usize| {
                let maker = stock::producer(conn, &world, &format!("Lò bánh số {n}"));
                (maker, stock::product(conn, &world, maker, "Bánh cáy", term))
            };
            Ok::<_, Failure>((0..number).map(one).collect::<Vec<_>>())
        });
        let made: Vec<(OrganisationId, ProductId)> = made.await.expect("producers");
        let mut editors = Vec::new();
        for (number, (maker, _)) in made.iter().enumerate() {
            editors.push(app.member(&format!("lo-{number}@banh.example"), *maker, MemberRole::Editor).await);
        }
        let buyer = app.user("nguoi-mua@example.vn", Role::Member, &[]).await;
        let cakes: Vec<ProductId> = made.iter().map(|(_, cake)| *cake).collect();
        let mut enquiry = stock.enquiry(&cakes);
        for (line, quantity) in enquiry["products"].as_array_mut().expect("lines").iter_mut().zip(quantities)
        {
            line["quantity"] = json!(quantity);
        }
        let sent = ask(&buyer, &enquiry).await.expect(StatusCode::CREATED);
        let lead = |lead: &Value| format!("/v1/leads/{}", lead["id"].as_str().expect("an id"));
        Self {
            cakes,
            editors,
            leads: sent["leads"].as_array().expect("leads").iter().map(lead).collect(),
            enquiry: sent["enquiry_id"].as_str().expect("an id").to_owned(),
            buyer,
        }
    }

    async fn quote(&self, of: usize, mut quote: Value, vat_included: bool) {
        quote["vat_included"] = json!(vat_included);
        let path = format!("{}/quotes", self.leads[of]);
        self.editors[of].post(&path, &quote).await.expect(StatusCode::CREATED);
    }

    async fn boxes(&self, of: usize, prices: &[(i64, i64)], vat_included: bool) {
        self.quote(of, offer(self.cakes[of], "XBX", prices, "2026-12-31"), vat_included).await;
    }

    async fn compared(&self) -> Vec<Value> {
        let path = format!("/v1/enquiries/{}/quotes", self.enquiry);
        let compared = self.buyer.get(&path).await.expect(StatusCode::OK);
        assert_eq!(compared["enquiry_id"], json!(self.enquiry));
        // In the order in which they were asked for.
        let products = compared["products"].as_array().expect("a list").clone();
        let of = |cake: &ProductId| products.iter().find(|one| one["product_id"] == json!(cake)).cloned();
        self.cakes.iter().map(|cake| of(cake).expect("asked for")).collect()
    }

    async fn answers(&self) -> Vec<String> {
        let answer = |one: &Value| one["answer"].as_str().expect("an answer").to_owned();
        self.compared().await.iter().map(answer).collect()
    }

    /// The price of each, marked where it is the cheapest.
    async fn prices(&self) -> Vec<(Option<i64>, bool)> {
        let price = |one: &Value| (one["offer"]["price"].as_i64(), one["offer"]["cheapest"] == json!(true));
        self.compared().await.iter().map(price).collect()
    }
}

async fn the_buyer_compares_what_came(app: TestApp) {
    let mut market = Market::open(&app, &[200, 200, 200]).await;
    assert_eq!(market.answers().await, ["not_quoted", "not_quoted", "not_quoted"]);
    market.boxes(0, &[(1, 45_000), (100, 43_000), (500, 39_000)], true).await;
    market.boxes(1, &[(150, 42_500)], true).await;
    market.boxes(2, &[(500, 38_000), (300, 40_000)], true).await;
    assert_eq!(market.prices().await, [(Some(43_000), false), (Some(42_500), true), (None, false)]);
    let compared = market.compared().await;
    assert_eq!(compared[0]["offer"]["total"], 200 * 43_000);
    assert_eq!(compared[0]["offer"]["from_quantity"], 100);
    assert_eq!(compared[0]["offer"]["compared_with"], 1);
    assert_eq!((&compared[0]["quantity"], &compared[0]["unit"]), (&json!(200), &json!("XBX")));
    assert_eq!(compared[0]["producer"]["name"], "Lò bánh số 0");
    assert_eq!(
        (&compared[0]["stage"], &compared[0]["stage_label"]["vi"]),
        (&json!("quoted"), &json!("đã nhận báo giá"))
    );
    assert_eq!((&compared[2]["answer"], &compared[2]["least_quantity"]), (&json!("from_more"), &json!(300)));
    // The first one raises its price: the old one is gone, however long it was to stand.
    market.boxes(1, &[(1, 44_000)], true).await;
    assert_eq!(market.prices().await[..2], [(Some(43_000), true), (Some(44_000), false)]);
    // What the buyer offers is no producer's price.
    let counter = offer(market.cakes[0], "XBX", &[(1, 10)], "2026-12-31");
    market.buyer.post(&format!("{}/quotes", market.leads[0]), &counter).await.expect(StatusCode::CREATED);
    assert_eq!(market.prices().await[0], (Some(43_000), true));
    let short = offer(market.cakes[0], "XBX", &[(1, 1)], "2026-11-23");
    market.quote(0, short, true).await;
    assert_eq!(market.prices().await[0], (Some(1), true));
    app.clock.advance_seconds(24 * 3600);
    market.buyer = app.again("nguoi-mua@example.vn").await;
    market.editors[1] = app.again("lo-1@banh.example").await;
    assert_eq!(market.answers().await, ["lapsed", "offered", "from_more"]);
    assert_eq!(market.prices().await[1], (Some(44_000), false));
    let declined = json!({ "type": "declined", "reason": "season" });
    market.editors[1]
        .post(&format!("{}/events", market.leads[1]), &declined)
        .await
        .expect(StatusCode::CREATED);
    assert_eq!(market.answers().await, ["lapsed", "ended", "from_more"]);
}

async fn only_like_is_compared_with_like(app: TestApp) {
    let market = Market::open(&app, &[1_000_000_000, 10, 10, 10]).await;
    market.boxes(0, &[(1, 1_000_000_000_000)], true).await;
    market.boxes(1, &[(1, 100_000)], true).await;
    market.boxes(2, &[(1, 95_000)], false).await;
    let kilograms = offer(market.cakes[3], "KGM", &[(1, 1)], "2026-12-31");
    market.quote(3, kilograms, true).await;
    let compared = market.compared().await;
    assert!(compared[0]["offer"].get("total").is_none(), "more than a number holds");
    assert_eq!(
        (&compared[3]["answer"], &compared[3]["other_units"]),
        (&json!("other_unit"), &json!(["KGM"]))
    );
    // With ten per cent of tax the third would be dearer than the second: nobody can say.
    let cheapest = async || market.prices().await.iter().map(|(_, cheapest)| *cheapest).collect::<Vec<_>>();
    assert_eq!(cheapest().await, [false, false, false, false]);
    market.boxes(2, &[(1, 90_900)], false).await;
    assert_eq!(cheapest().await, [false, false, true, false]);
    market.boxes(1, &[(1, 90_900)], true).await;
    assert_eq!(cheapest().await, [false, true, false, false]);
    // Certified under another set, it is another kind of thing.
    let set = |cake: ProductId, set: i64| {
        format!("UPDATE certifications SET set_no = {set}, taxonomy = '2026' WHERE product_id = '{cake}'")
    };
    for (index, number) in [(0, 6), (1, 6), (2, 9), (3, 6)] {
        app.sql(set(market.cakes[index], number)).await;
    }
    let compared = market.compared().await;
    assert_eq!(compared[0]["kind"], compared[1]["kind"]);
    assert_ne!(compared[1]["kind"], compared[2]["kind"]);
    let with: Vec<_> = compared.iter().map(|one| one["offer"]["compared_with"].clone()).collect();
    assert_eq!(json!(with), json!([1, 1, 0, null]));
    assert_eq!(cheapest().await, [false, true, false, false]);
}

async fn nobody_else_compares(app: TestApp) {
    let troupe = Troupe::gather(&app).await;
    let enquiry_of = async |name: &str| {
        let player = troupe.player(name);
        let lead = player.by.get(&player.path).await.expect(StatusCode::OK);
        format!("/v1/enquiries/{}/quotes", lead["enquiry_id"].as_str().expect("an id"))
    };
    let (sent, by_machine, recorded) =
        (enquiry_of("buyer").await, enquiry_of("buyer's machine").await, enquiry_of("organiser").await);
    for player in &troupe.players {
        let reads = |path: &str| match player.name {
            "buyer" | "other buyer" => path == sent,
            "buyer's machine" | "buyer's viewer" => path == by_machine,
            _ => false,
        };
        for path in [&sent, &by_machine, &recorded] {
            let reply = player.by.get(path).await;
            if reads(path) {
                reply.expect(StatusCode::OK);
                assert_eq!(reply.header("cache-control"), "private, no-store");
            } else {
                reply.expect_problem(404, "not_found");
            }
        }
    }
    app.anonymous().get(&sent).await.expect_problem(401, "unauthenticated");
    for id in ["x", "00000000-0000-0000-0000-000000000000"] {
        let path = format!("/v1/enquiries/{id}/quotes");
        troupe.player("buyer").by.get(&path).await.expect_problem(404, "not_found");
    }
}

/// Two leads that are one: the survivor shows the offers of both, and the comparison goes on there.
async fn a_merged_lead_brings_its_offers(app: TestApp) {
    let troupe = Troupe::gather(&app).await;
    let (editor, machine, stock) =
        (troupe.player("producer's editor"), troupe.player("producer's machine"), &troupe.stock);
    let id = |path: &str| path.trim_start_matches("/v1/leads/").to_owned();
    let (merged, survivor) = (id(&editor.path), id(&machine.path));
    let quote = |price| offer(stock.cake, "XBX", &[(1, price)], "2026-12-31");
    editor.by.post(&format!("{}/quotes", editor.path), &quote(45_000)).await.expect(StatusCode::CREATED);
    app.sql(format!("UPDATE leads SET merged_into = '{survivor}' WHERE id = '{merged}'")).await;
    let listed = machine.by.all(&format!("{}/quotes", machine.path)).await;
    assert_eq!(
        (listed.len(), &listed[0]["lead_id"], &listed[0]["state"]),
        (1, &json!(merged), &json!("valid"))
    );
    app.clock.advance_seconds(1);
    machine.by.post(&format!("{}/quotes", machine.path), &quote(44_000)).await.expect(StatusCode::CREATED);
    let listed = machine.by.all(&format!("{}/quotes", machine.path)).await;
    let states: Vec<_> = listed.iter().map(|quote| (&quote["lead_id"], &quote["state"])).collect();
    assert_eq!(states, [(&json!(survivor), &json!("valid")), (&json!(merged), &json!("replaced"))]);
    for name in ["buyer", "buyer's machine"] {
        let player = troupe.player(name);
        let lead = player.by.get(&player.path).await.expect(StatusCode::OK);
        let path = format!("/v1/enquiries/{}/quotes", lead["enquiry_id"].as_str().expect("an id"));
        let compared = player.by.get(&path).await.expect(StatusCode::OK);
        let one = &compared["products"][0];
        assert_eq!((&one["lead_id"], &one["offer"]["price"]), (&json!(survivor), &json!(44_000)), "{name}");
    }
}
