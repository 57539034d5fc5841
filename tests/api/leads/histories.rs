//! Whatever becomes of a tablet's network, the same rows come of what it recorded: random days at a fair, handed in well and
//! badly.

use super::captured::{Fair, completion, device_id, hand_in, hand_in_raw, lead_item, note, results};
use super::count;
use crate::cases;
use crate::harness::dice::Dice;
use crate::harness::{Actor, Case, TestApp};
use diesel::prelude::*;
use diesel::sql_types::Text;
use ocop_market::db::Failure;
use serde_json::{Value, json};
use std::time::Duration;

pub fn cases() -> Vec<Case> {
    cases![every_history_ends_with_the_same_rows]
}

/// What a day at a fair brings, made twice with other ids: the same enquiries, notes and completions.
fn a_day(fair: &Fair, seed: u64) -> Vec<Value> {
    let mut dice = Dice(seed);
    let at = |minute: usize| format!("2026-11-22T{:02}:{:02}:00Z", 1 + minute / 60, minute % 60);
    let mut items = Vec::new();
    for visitor in 0..6 {
        let enquiry = device_id();
        let products: &[_] = match dice.roll(3) {
            0 => &[fair.stock.cake],
            1 => &[fair.stock.mat],
            _ => &[fair.stock.cake, fair.stock.mat],
        };
        let mut lead = fair.visitor(products);
        lead["company"]["name"] = format!("Cửa hàng số {visitor}").into();
        items.push(lead_item(&enquiry, &at(visitor), lead));
        for step in 0..dice.roll(6) {
            let when = at(10 + dice.roll(20));
            let producer =
                if products[0] == fair.stock.cake { fair.stock.bakers } else { fair.stock.weavers };
            items.push(match dice.roll(3) {
                0 => note(&enquiry, Some(producer), &when, &format!("Ghi chú {visitor}-{step}")),
                1 => completion(
                    &enquiry,
                    &when,
                    json!({ "contact": { "phone": format!("090000{visitor}{step}00") } }),
                ),
                _ => {
                    let quantity =
                        json!([{ "product_id": products[0], "quantity": 1 + dice.roll(9), "unit": "XBX" }]);
                    completion(
                        &enquiry,
                        &when,
                        json!({ "company": { "name": format!("Tên {step}") }, "products": quantity }),
                    )
                }
            });
        }
    }
    items
}

/// Everything that came of some items, told without the ids that the service made and the instants of arrival.
async fn what_came(app: &TestApp, items: &[Value]) -> Vec<String> {
    #[derive(QueryableByName)]
    struct Line {
        #[diesel(sql_type = Text)]
        line: String,
    }
    let number_of = |id: &str| items.iter().position(|item| item["id"] == id);
    let queries = [
        "SELECT id || '|' || company_name || '|' || contact_name || '|' || coalesce(contact_phone, '-') || '|'
            || coalesce(contact_phone_key, '-') || '|' || occurred_at AS line FROM enquiries",
        "SELECT enquiry_id || '|' || producer_id || '|' || stage || '|' || occurred_at || '|' || stage_since || '|'
            || coalesce(answered_at, 0) AS line FROM leads",
        "SELECT enquiry_id || '|' || producer_id || '|' || position || '|' || product_id || '|' || quantity || '|' || unit AS line
            FROM lead_items JOIN leads ON leads.id = lead_id",
        "SELECT enquiry_id || '|' || producer_id || '|' || kind || '|' || side || '|' || coalesce(note, '-') || '|'
            || coalesce(details, '-') || '|' || e.occurred_at AS line FROM lead_events e JOIN leads ON leads.id = lead_id",
        "SELECT id || '|' || enquiry_id || '|' || (done_at IS NULL) || '|' || (content IS NULL) AS line FROM capture_items",
    ];
    let rows = app.state.db.read(move |conn| {
        let mut rows = Vec::new();
        for query in queries {
            rows.push(diesel::sql_query(query).load::<Line>(conn)?);
        }
        Ok::<_, Failure>(rows)
    });
    let mut told = Vec::new();
    for (table, lines) in rows.await.expect("rows").into_iter().enumerate() {
        for Line { line } in lines {
            let parts: Vec<&str> = line.split('|').collect();
            // Of the other day.
            if number_of(parts[0]).is_none() {
                continue;
            }
            let known =
                |part: &&str| number_of(part).map_or_else(|| (*part).to_owned(), |n| format!("item {n}"));
            told.push(format!("{table}: {}", parts.iter().map(known).collect::<Vec<_>>().join("|")));
        }
    }
    told.sort();
    told
}

/// Hands in as a bad network has it: in parts, again, at once, cut off; until every item is there.
async fn hand_in_badly(app: &TestApp, tablet: &Actor, items: &[Value], dice: &mut Dice) {
    let mut left: Vec<Value> = items.to_vec();
    let mut rounds = 0;
    while !left.is_empty() {
        rounds += 1;
        assert!(rounds < 400, "{} items do not arrive", left.len());
        // What is there already may come again.
        let mut sent: Vec<Value> = left.clone();
        sent.extend(items.iter().filter(|_| dice.roll(4) == 0).cloned());
        dice.shuffle(&mut sent);
        sent.truncate(1 + dice.roll(12));
        match dice.roll(5) {
            // The device goes off before the answer comes, at any point of it.
            0 => {
                let cut = Duration::from_micros(dice.roll(12_000) as u64);
                let _ = tokio::time::timeout(cut, hand_in_raw(tablet, &sent)).await;
            }
            // It asks again while the first is still on its way.
            1 => {
                let (first, second) = (tablet.clone(), tablet.clone());
                let (again, body) = (sent.clone(), sent.clone());
                let first = tokio::spawn(async move { hand_in_raw(&first, &body).await });
                let second = tokio::spawn(async move { hand_in_raw(&second, &again).await });
                for reply in [first.await.expect("answered"), second.await.expect("answered")] {
                    assert!(matches!(reply.status.as_u16(), 200 | 503), "{}", reply.text);
                }
            }
            _ => {
                let receipt = hand_in(tablet, &sent).await;
                for item in receipt["items"].as_array().expect("items") {
                    assert_ne!(item["result"], "refused", "{item}");
                    if item["result"] != "waiting" {
                        left.retain(|one| one["id"] != item["id"]);
                    }
                }
            }
        }
    }
    // What was cut off may still be running.
    let waiting = || count(app, "capture_items WHERE done_at IS NULL");
    for _ in 0..50 {
        if waiting().await == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn every_history_ends_with_the_same_rows(app: TestApp) {
    let fair = Fair::open(&app).await;
    for seed in 0..12 {
        let (well, badly) = (a_day(&fair, seed), a_day(&fair, seed));
        let receipt = hand_in(&fair.tablet, &well).await;
        assert!(results(&receipt).iter().all(|result| *result == "created"), "{receipt}");
        hand_in_badly(&app, &fair.tablet, &badly, &mut Dice(seed ^ 0xBAD)).await;
        let (expected, found) = (what_came(&app, &well).await, what_came(&app, &badly).await);
        assert!(expected.len() > 20);
        assert_eq!(found, expected, "seed {seed}");
    }
}
