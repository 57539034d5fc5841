//! Reports: every figure is what a plain recount of the rows gives, whoever asks, however it is filtered, on random data;
//! every row leads to its leads.

use super::market::{DAY, Made, Market, Producer, STAGES, Signed, first_product, market, seers};
use crate::cases;
use crate::harness::dice::Dice;
use crate::harness::{Actor, Case, TestApp};
use diesel::connection::SimpleConnection;
use ocop_market::db::columns::Key;
use ocop_market::db::{Conn, Day, Failure, Instant};
use ocop_market::leads::source_key;
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

pub fn cases() -> Vec<Case> {
    cases![
        a_report_is_a_recount_of_the_rows,
        every_row_leads_to_its_leads,
        a_contract_counts_once_by_old_district_and_new_commune,
        everybody_reads_counts_that_are_nobodys,
        wrong_parameters_are_told_together,
    ]
}

impl Market {
    /// The lead that goes on for this one.
    fn root(&self, n: usize) -> usize {
        self.leads[n].merged_into.unwrap_or(n)
    }

    fn family(&self, root: usize) -> Vec<&Made> {
        (0..self.leads.len()).filter(|n| self.root(*n) == root).map(|n| &self.leads[n]).collect()
    }

    /// The value of a parameter by which a lead is told apart.
    fn value(&self, one: &Made, parameter: &str, former: bool) -> String {
        let producer = &self.producers[one.producer];
        let or_none = |text: Option<&str>| text.unwrap_or("none").to_owned();
        let only = |values: BTreeSet<String>| match values.len() {
            0 => "none".to_owned(),
            1 => values.into_iter().next().unwrap(),
            _ => "several".to_owned(),
        };
        match parameter {
            "province" if former => or_none(producer.former_province),
            "province" => or_none(producer.province),
            "former_district" => or_none(producer.former_district),
            "commune" if former => "none".to_owned(),
            "commune" => or_none(producer.commune),
            "producer_type" => or_none(producer.form),
            "source" => one.channel.to_owned(),
            "event" => one.event.map_or("none".to_owned(), source_key),
            "campaign" => one.campaign.map_or("none".to_owned(), source_key),
            "group" => only(one.items.iter().filter_map(|(_, group)| group.map(str::to_owned)).collect()),
            "stars" => only(one.items.iter().filter_map(|(stars, _)| stars.map(|n| n.to_string())).collect()),
            "month" => Instant::from_micros(one.created).local_day().as_str()[..7].to_owned(),
            other => panic!("{other}"),
        }
    }

    /// The plain recount: rows by their keys, and the total.
    fn recounted(&self, sees: &dyn Fn(&Made) -> bool, asked: &Asked) -> (BTreeMap<String, Value>, Value) {
        let credit = match (asked.only("event"), asked.only("campaign"), asked.by) {
            (Some(event), ..) => Some(("event", Some(event))),
            (None, Some(campaign), _) => Some(("campaign", Some(campaign))),
            (None, None, Some(by)) if ["event", "campaign"].contains(&by) => Some((by, None)),
            (None, None, Some("province")) if !asked.former => Some(("province", None)),
            _ => None,
        };
        let mut rows: BTreeMap<String, Sum> = BTreeMap::new();
        let mut total = Sum::default();
        for (n, one) in self.leads.iter().enumerate().filter(|(_, one)| one.merged_into.is_none()) {
            let day = Instant::from_micros(one.created).local_day();
            if !sees(one) || day < asked.from || day > asked.to {
                continue;
            }
            let fits = |(name, value): &(&str, String)| self.value(one, name, asked.former) == *value;
            let credited_one =
                |name: &str| credit.as_ref().is_some_and(|(kind, key)| *kind == name && key.is_some());
            if !asked.only.iter().filter(|(name, _)| !credited_one(name)).all(fits) {
                continue;
            }
            let row = asked.by.map(|by| self.value(one, by, asked.former));
            let family = self.family(n);
            if asked.only.iter().all(fits) {
                total.lead(one, &family, self.now);
                if let Some(row) = &row {
                    rows.entry(row.clone()).or_default().lead(one, &family, self.now);
                }
            }
            for signed in family.iter().flat_map(|one| &one.signed).filter(|signed| !signed.voided) {
                let mut parts: BTreeMap<String, (i64, i64)> = BTreeMap::new();
                let amounts = divided(signed);
                for ((kind, name, share), amount) in signed.shares.iter().zip(amounts) {
                    let to = match &credit {
                        None => "all".to_owned(),
                        Some((wanted, _)) if wanted == kind => source_key(name),
                        Some(_) => "none".to_owned(),
                    };
                    let part = parts.entry(to).or_default();
                    *part = (part.0 + amount, part.1 + share);
                }
                if let Some((_, Some(wanted))) = &credit {
                    parts.retain(|to, _| to == wanted);
                }
                if parts.is_empty() {
                    continue;
                }
                total.sign(signed.kind, parts.values().map(|(amount, _)| amount).sum());
                for (to, (amount, _)) in parts {
                    let own = credit.as_ref().is_some_and(|(kind, _)| asked.by == Some(*kind));
                    if let Some(row) = if own { Some(to) } else { row.clone() } {
                        rows.entry(row).or_default().sign(signed.kind, amount);
                    }
                }
            }
        }
        (rows.into_iter().map(|(key, sum)| (key, sum.json())).collect(), total.json())
    }
}

/// The largest remainders, in another way than the service does it.
fn divided(signed: &Signed) -> Vec<i64> {
    let exact: Vec<i128> =
        signed.shares.iter().map(|(.., share)| i128::from(signed.value) * i128::from(*share)).collect();
    let mut amounts: Vec<i64> = exact.iter().map(|due| (due / 10_000) as i64).collect();
    while amounts.iter().sum::<i64>() < signed.value {
        let lost = |n: &usize| exact[*n] - i128::from(amounts[*n]) * 10_000;
        let most = (0..amounts.len()).rev().max_by_key(lost).unwrap();
        amounts[most] += 1;
    }
    amounts
}

#[derive(Default)]
struct Sum {
    counts: BTreeMap<&'static str, i64>,
    waits: Vec<i64>,
    standing: BTreeMap<&'static str, i64>,
    stays: BTreeMap<&'static str, Vec<i64>>,
}

impl Sum {
    fn more(&mut self, name: &'static str, by: i64) {
        *self.counts.entry(name).or_default() += by;
    }

    fn lead(&mut self, one: &Made, family: &[&Made], now: i64) {
        self.more("leads", 1);
        let any = |names: &[&str], stages: &[&str]| {
            let found = family
                .iter()
                .flat_map(|one| &one.events)
                .any(|(kind, to, _)| names.contains(kind) || to.is_some_and(|to| stages.contains(&to)));
            i64::from(found)
        };
        let ordered = any(&["first_order", "repeat_order"], &["first_order", "repeat"]);
        self.more("quoted", any(&["quote"], &["quoted"]));
        self.more("sampled", any(&["sample"], &["sample_sent"]));
        self.more("ordered", ordered);
        let contract = family.iter().flat_map(|one| &one.signed).any(|s| !s.voided && s.kind != "mou");
        self.more("converted", i64::from(contract || ordered == 1));
        if one.recorder != Some("producer") {
            let (since, due) = family.iter().map(|one| (one.created, one.due)).min().unwrap();
            self.more("to_answer", 1);
            match family.iter().filter_map(|one| one.answered).min() {
                Some(at) => {
                    self.more("answered", 1);
                    self.more("answered_in_time", i64::from(at <= due));
                    self.waits.push((at - since).max(0));
                }
                None => self.more("overdue", i64::from(due < now)),
            }
        }
        *self.standing.entry(one.stage).or_default() += 1;
        let path: Vec<_> = one.events.iter().filter_map(|(_, to, at)| to.map(|to| (to, *at))).collect();
        for two in path.windows(2) {
            self.stays.entry(two[0].0).or_default().push((two[1].1 - two[0].1).max(0));
        }
    }

    fn sign(&mut self, kind: &str, value: i64) {
        let (number, sum) = match kind {
            "mou" => ("mous", "mou_value"),
            "contract" => ("contracts", "contract_value"),
            _ => ("principle_contracts", "principle_contract_value"),
        };
        self.more(number, 1);
        self.more(sum, value);
    }

    fn json(mut self) -> Value {
        let median = |values: &mut Vec<i64>, unit: i64| {
            values.sort();
            let n = values.len();
            let middle = (n > 0).then(|| (values[(n - 1) / 2] + values[n / 2]) / 2);
            middle.map(|middle| (middle / (unit / 10)) as f64 / 10.0)
        };
        let mut json = json!({});
        for name in [
            "leads",
            "to_answer",
            "answered",
            "answered_in_time",
            "overdue",
            "quoted",
            "sampled",
            "mous",
            "principle_contracts",
            "contracts",
            "ordered",
            "converted",
            "mou_value",
            "principle_contract_value",
            "contract_value",
        ] {
            json[name] = json!(self.counts.get(name).copied().unwrap_or(0));
        }
        let leads = json["leads"].as_i64().unwrap();
        let rate = (leads > 0).then(|| (json["converted"].as_i64().unwrap() * 1000 / leads) as f64 / 10.0);
        json["conversion"] = json!(rate);
        json["median_first_response_hours"] = json!(median(&mut self.waits, DAY / 24));
        let stages = STAGES.iter().filter_map(|stage| {
            let standing = self.standing.get(stage).copied().unwrap_or(0);
            let stays = self.stays.entry(stage).or_default();
            let moved_on = stays.len();
            let known = standing > 0 || moved_on > 0;
            known.then(|| json!({ "stage": stage, "standing": standing, "moved_on": moved_on, "median_days": median(stays, DAY) }))
        });
        json["stages"] = stages.collect();
        json
    }
}

/// A report that somebody asks for.
#[derive(Debug)]
struct Asked {
    by: Option<&'static str>,
    former: bool,
    from: Day,
    to: Day,
    /// Parameters with the keys that they come to.
    only: Vec<(&'static str, String)>,
}

const BYS: [&str; 10] = [
    "province",
    "former_district",
    "commune",
    "group",
    "stars",
    "event",
    "campaign",
    "source",
    "producer_type",
    "month",
];

impl Asked {
    fn rolled(dice: &mut Dice, market: &Market) -> Self {
        let today = Instant::from_micros(market.now).local_day();
        let to = today.plus_days(-(dice.roll(100) as i64));
        let former = dice.chance(25);
        let mut only: Vec<(&'static str, String)> = Vec::new();
        while dice.chance(45) && only.len() < 3 {
            let name = dice.one(&BYS[..9]);
            let like = &market.leads[dice.roll(market.leads.len())];
            if only.iter().all(|(known, _)| *known != name) {
                only.push((name, market.value(like, name, former)));
            }
        }
        let by = dice.chance(90).then(|| dice.one(&BYS));
        Self { by, former, from: to.plus_days(-(dice.roll(400) as i64)), to, only }
    }

    fn only(&self, name: &str) -> Option<String> {
        self.only.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
    }

    fn path(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("from", self.from.as_str()).append_pair("to", self.to.as_str());
        query.extend_pairs(self.by.map(|by| ("by", by)));
        query.extend_pairs(self.former.then_some(("units", "former")));
        query.extend_pairs(&self.only);
        format!("/v1/reports/leads?{}", query.finish())
    }
}

/// The figures alone.
fn figures(row: &Value) -> Value {
    let mut row = row.clone();
    for other in ["key", "name", "links"] {
        row.as_object_mut().expect("an object").remove(other);
    }
    row
}

async fn a_report_is_a_recount_of_the_rows(app: TestApp) {
    let (market, buyers) = market(&app, 7, 240).await;
    let seers = seers(&app, &market, buyers).await;
    let mut dice = Dice(11);
    let mut rows_seen = 0;
    for round in 0..140 {
        let (actor, sees) = &seers[round % seers.len()];
        let asked = Asked::rolled(&mut dice, &market);
        let (rows, total) = market.recounted(sees, &asked);
        let report = actor.get(&asked.path()).await.expect(StatusCode::OK);
        let told = report["rows"].as_array().expect("rows");
        let by_key: BTreeMap<String, Value> =
            told.iter().map(|row| (row["key"].as_str().expect("a key").to_owned(), figures(row))).collect();
        assert_eq!(by_key.len(), told.len(), "{asked:?}");
        assert_eq!(report["row_count"], told.len());
        assert_eq!(by_key.keys().collect::<Vec<_>>(), rows.keys().collect::<Vec<_>>(), "{asked:?}");
        for (key, row) in &rows {
            assert_eq!(by_key[key], *row, "{key} of {asked:?}");
        }
        assert_eq!(figures(&report["total"]), total, "{asked:?}");
        // Whatever the rows are, they come to the total.
        if asked.by.is_some() {
            for name in
                ["leads", "answered", "converted", "mou_value", "principle_contract_value", "contract_value"]
            {
                let sum: i64 = told.iter().map(|row| row[name].as_i64().expect("a number")).sum();
                assert_eq!(sum, report["total"][name].as_i64().expect("a number"), "{name} of {asked:?}");
            }
        }
        rows_seen += told.len();
    }
    assert!(rows_seen > 200, "only {rows_seen}");
}

/// All leads of a list, page by page.
async fn listed(actor: &Actor, path: &str) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let mut cursor = String::new();
    loop {
        let page = actor.get(&format!("{path}&limit=100{cursor}")).await.expect(StatusCode::OK);
        let items = page["items"].as_array().expect("items");
        all.extend(items.iter().map(|lead| lead["id"].as_str().expect("an id").to_owned()));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return all,
        }
    }
}

async fn every_row_leads_to_its_leads(app: TestApp) {
    let (market, buyers) = market(&app, 23, 160).await;
    let seers = seers(&app, &market, buyers).await;
    let mut dice = Dice(5);
    for round in 0..40 {
        let (actor, _) = &seers[round % seers.len()];
        let asked = Asked::rolled(&mut dice, &market);
        let report = actor.get(&asked.path()).await.expect(StatusCode::OK);
        let rows = report["rows"].as_array().expect("rows");
        for row in rows.iter().chain([&report["total"]]) {
            let leads = match row["links"]["leads"].as_str() {
                Some(link) => listed(actor, link).await.len(),
                None => 0,
            };
            assert_eq!(Some(leads as i64), row["leads"].as_i64(), "{row} of {asked:?}");
            let signed: i64 = ["mous", "principle_contracts", "contracts"]
                .iter()
                .filter_map(|name| row[name].as_i64())
                .sum();
            if let Some(agreements) = row["links"]["agreements"].as_str() {
                let with = listed(actor, agreements).await;
                assert_eq!(with.is_empty(), signed == 0, "{row} of {asked:?}");
                assert!(with.len() as i64 <= signed, "{row} of {asked:?}");
            }
        }
    }
}

async fn a_contract_counts_once_by_old_district_and_new_commune(app: TestApp) {
    let (market, _) = market(&app, 1, 0).await;
    let officer = app.officer("33").await;
    let producer = &market.producers[0];
    let (world, id) = (app.state.world.clone(), app.state.world.id::<Key>());
    let signed =
        |kind, value, voided| Signed {
            kind, value, voided, shares: vec![("event", "Hội chợ Xuân", 10_000)]
        };
    let lead = |id, merged_into, signed| Made {
        id,
        producer: 0,
        sender: 9,
        recorder: Some("organiser"),
        channel: "fair",
        event: Some("Hội chợ Xuân"),
        campaign: None,
        created: market.now,
        due: market.now + 2 * DAY,
        answered: None,
        stage: "contract_signed",
        items: vec![(Some(4), Some("food"))],
        events: vec![("enquiry", Some("enquiry"), market.now)],
        signed,
        merged_into,
    };
    let made = vec![
        lead(id, None, vec![signed("mou", 900, false), signed("contract", 700, true)]),
        lead(world.id(), Some(0), vec![signed("contract", 1_250_000_000, false)]),
    ];
    let (producers, organiser) = (vec![Producer { ..*producer }], market.organiser);
    let write = move |conn: &mut Conn| {
        let mut sql = String::new();
        let product: Key = first_product(conn);
        for one in &made {
            Market::insert(&mut sql, &world, one, &producers, organiser, product, &made, &[]);
        }
        conn.batch_execute(&sql).map_err(Failure::from)
    };
    app.state.db.write(write).await.expect("two leads that are one");
    for (by, key) in
        [("former_district", "344"), ("commune", "13192"), ("event", "hoi cho xuan"), ("group", "food")]
    {
        let report = officer.get(&format!("/v1/reports/leads?by={by}")).await.expect(StatusCode::OK);
        let rows = report["rows"].as_array().expect("rows");
        assert_eq!(rows.len(), 1, "{report}");
        for row in [&rows[0], &report["total"]] {
            for (name, count) in [
                ("leads", 1),
                ("contracts", 1),
                ("contract_value", 1_250_000_000),
                ("mous", 1),
                ("mou_value", 900),
            ] {
                assert_eq!(row[name], count, "{name} by {by}: {row}");
            }
        }
        assert_eq!(rows[0]["key"], key);
        assert_eq!(report["scope"], "province");
        assert_eq!(report["filter"]["from"], "2026-01-01");
        assert_eq!(report["as_of"], "2026-11-23T03:00:00Z");
    }
    let named = officer.get("/v1/reports/leads?by=former_district").await.expect(StatusCode::OK);
    assert_eq!(named["rows"][0]["name"]["vi"], "Huyện Vũ Thư");
}

async fn everybody_reads_counts_that_are_nobodys(app: TestApp) {
    let (market, _) = market(&app, 3, 260).await;
    let nobody = app.anonymous();
    let everything: &dyn Fn(&Made) -> bool = &|_| true;
    let (from, to) = (Day::constant(2026, 1, 1), Day::constant(2026, 11, 22));
    for by in ["province", "group", "stars", "source", "producer_type", "month"] {
        let report = nobody.get(&format!("/v1/reports/leads?by={by}")).await.expect(StatusCode::OK);
        assert_eq!(report["scope"], "public");
        assert_eq!(
            (report["filter"]["from"].as_str(), report["filter"]["to"].as_str()),
            (Some("2026-01-01"), Some("2026-11-22"))
        );
        let asked = Asked { by: Some(by), former: false, from, to, only: Vec::new() };
        let (exact, total) = market.recounted(everything, &asked);
        let mut of_others = 0;
        for row in report["rows"].as_array().expect("rows") {
            let figures = figures(row);
            assert!(row["links"].is_null(), "{row}");
            for (name, count) in figures.as_object().expect("figures") {
                assert!(total[name].is_i64() && !name.ends_with("value"), "{name} is not for everybody");
                let Some(count) = count.as_i64() else { continue };
                assert!(count == 0 || count >= 5, "{name} by {by}: {row}");
                if row["key"] != "others" {
                    assert_eq!(exact[row["key"].as_str().expect("a key")][name], count);
                }
            }
            of_others += i64::from(row["key"] == "others") * row["leads"].as_i64().unwrap_or(0);
        }
        let told: i64 =
            report["rows"].as_array().expect("rows").iter().filter_map(|row| row["leads"].as_i64()).sum();
        assert_eq!(Some(told), total["leads"].as_i64(), "{by}");
        assert!(of_others == 0 || of_others >= 5);
    }
    // A table of few leads tells nothing.
    let few = nobody.get("/v1/reports/leads?from=2020-01-01&by=province").await.expect(StatusCode::OK);
    assert_eq!((&few["rows"], &few["total"]["leads"]), (&json!([]), &json!(0)));
}

async fn wrong_parameters_are_told_together(app: TestApp) {
    let officer = app.officer("33").await;
    let codes = async |actor: &Actor, query: &str| {
        let reply = actor.get(&format!("/v1/reports/leads?{query}")).await.expect(StatusCode::BAD_REQUEST);
        let errors = reply["errors"].as_array().expect("errors").clone();
        let of = |error: &Value| {
            format!(
                "{}:{}",
                error["parameter"].as_str().unwrap_or("?"),
                error["code"].as_str().unwrap_or("?")
            )
        };
        errors.iter().map(of).collect::<Vec<_>>().join(" ")
    };
    for (query, told) in [
        ("by=colour", "by:unknown_value"),
        ("from=2026-02-01&to=2026-01-01", "to:out_of_range"),
        ("province=344&group=weapons", "province:unknown_unit group:unknown_group"),
        ("stars=2", "stars:out_of_range"),
        ("event=", "event:missing"),
        ("colour=red", "colour:unknown_field"),
    ] {
        assert_eq!(codes(&officer, query).await, told, "{query}");
    }
    let nobody = app.anonymous();
    for (query, told) in [
        ("group=food&by=event", "group:sign_in_for_this by:sign_in_for_this"),
        ("units=former&by=province", "units:sign_in_for_this"),
        ("from=2026-02-01", "from:whole_year"),
        ("from=2025-01-01&to=2026-12-31", "to:whole_year"),
    ] {
        assert_eq!(codes(&nobody, query).await, told, "{query}");
    }
}
