//! Reports: every figure is what a plain recount of the rows gives, whoever asks, however it is filtered, on random data;
//! every row leads to its leads.

use crate::cases;
use crate::harness::{Actor, Case, TestApp};
use diesel::connection::SimpleConnection;
use ocop_market::accounts::{MemberRole, Role};
use ocop_market::db::columns::Key;
use ocop_market::db::{Conn, Day, Failure, Instant};
use ocop_market::leads::source_key;
use ocop_market::organisations::OrganisationId;
use ocop_market::world::World;
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

pub fn cases() -> Vec<Case> {
    cases![
        a_report_is_a_recount_of_the_rows,
        every_row_leads_to_its_leads,
        a_contract_counts_once_by_old_district_and_new_commune,
        everybody_reads_counts_that_are_nobodys,
        wrong_parameters_are_told_together,
    ]
}

/// A small generator: the same data in every run.
pub struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % sides
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.roll(100) < percent
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.roll(of.len())]
    }
}

const DAY: i64 = 86_400_000_000;

#[derive(Debug)]
pub struct Producer {
    pub id: OrganisationId,
    form: Option<&'static str>,
    province: Option<&'static str>,
    commune: Option<&'static str>,
    former_province: Option<&'static str>,
    former_district: Option<&'static str>,
}

#[derive(Debug)]
pub struct Signed {
    pub kind: &'static str,
    pub value: i64,
    pub voided: bool,
    /// Kind, name, hundredths of a per cent.
    shares: Vec<(&'static str, &'static str, i64)>,
}

#[derive(Debug)]
pub struct Made {
    pub id: Key,
    pub producer: usize,
    sender: usize,
    pub recorder: Option<&'static str>,
    channel: &'static str,
    event: Option<&'static str>,
    campaign: Option<&'static str>,
    created: i64,
    due: i64,
    answered: Option<i64>,
    stage: &'static str,
    pub items: Vec<(Option<i64>, Option<&'static str>)>,
    /// Kind, stage it leads to, when.
    events: Vec<(&'static str, Option<&'static str>, i64)>,
    pub signed: Vec<Signed>,
    merged_into: Option<usize>,
}

/// Producers and leads at random, the people around them, and the rows as they were made.
pub struct Market {
    pub producers: Vec<Producer>,
    organiser: OrganisationId,
    pub leads: Vec<Made>,
    pub now: i64,
}

const EVENTS: [Option<&str>; 4] =
    [None, Some("Hội chợ Xuân"), Some("hội chợ  xuân"), Some("Tuần lễ OCOP, \"miền Bắc\" & Nam")];
const CAMPAIGNS: [Option<&str>; 3] = [None, Some("thu-2026"), Some("Tết=50%")];
const GROUPS: [Option<&str>; 4] = [None, Some("food"), Some("drinks"), Some("handicrafts")];
const STAGES: [&str; 11] = [
    "enquiry",
    "quoted",
    "sample_sent",
    "negotiating",
    "mou_signed",
    "contract_signed",
    "first_order",
    "repeat",
    "declined",
    "lost",
    "closed",
];

fn quoted(text: Option<&str>) -> String {
    text.map_or_else(|| "NULL".to_owned(), |text| format!("'{}'", text.replace('\'', "''")))
}

fn number(value: Option<i64>) -> String {
    value.map_or_else(|| "NULL".to_owned(), |value| value.to_string())
}

impl Market {
    /// The buyers are the users 0, 1, …; `leads` rows at most.
    fn written(conn: &mut Conn, world: &World, seed: u64, leads: usize, buyers: &[String]) -> Self {
        let mut dice = Dice(seed);
        let now = world.now().micros();
        let places = [
            (Some("cooperative"), Some("33"), Some("13192"), Some("34"), Some("344")),
            (Some("household"), Some("33"), Some("12688"), Some("34"), Some("340")),
            (Some("company"), Some("33"), None, Some("34"), Some("344")),
            (Some("cooperative"), Some("01"), None, Some("01"), None),
            (None, None, None, None, None),
        ];
        let mut sql = String::new();
        let mut producers = Vec::new();
        for (form, province, commune, former_province, former_district) in places {
            let id: OrganisationId = world.id();
            let (f, p, c, fp, fd) = (
                quoted(form),
                quoted(province),
                quoted(commune),
                quoted(former_province),
                quoted(former_district),
            );
            writeln!(
                sql,
                "INSERT INTO organisations (id, kind, entity_type, public_name, name_key, province, commune,
                    former_province, former_district, created_at, updated_at)
                 VALUES ('{id}', 'producer', {f}, 'Chủ thể {id}', '{id}', {p}, {c}, {fp}, {fd}, {now}, {now});"
            )
            .unwrap();
            producers.push(Producer { id, form, province, commune, former_province, former_district });
        }
        let organiser: OrganisationId = world.id();
        let product: Key = world.id();
        let maker = producers[0].id;
        writeln!(
            sql,
            "INSERT INTO organisations (id, kind, public_name, name_key, created_at, updated_at)
             VALUES ('{organiser}', 'organiser', 'Ban tổ chức (minh họa)', '{organiser}', {now}, {now});
             INSERT INTO products (id, producer_id, name, name_key, code, created_at, updated_at)
             VALUES ('{product:?}', '{maker}', 'Bánh cáy', 'banh cay', '2222222222', {now}, {now});"
        )
        .unwrap();
        let mut made: Vec<Made> = Vec::new();
        for _ in 0..leads {
            let one = Self::lead(&mut dice, world, producers.len(), now, &made);
            Self::insert(&mut sql, world, &one, &producers, organiser, product, &made, buyers);
            made.push(one);
        }
        conn.batch_execute(&sql).unwrap_or_else(|error| panic!("{error}"));
        Self { producers, organiser, leads: made, now }
    }

    fn lead(dice: &mut Dice, world: &World, producers: usize, now: i64, made: &[Made]) -> Made {
        let created = now - dice.roll(500) as i64 * DAY - dice.roll(86_400) as i64 * 1_000_000;
        let due = created + dice.roll(6) as i64 * DAY;
        let producer = dice.roll(producers);
        // Another of the same producer, whatever has become of that one.
        let other = dice.roll(made.len().max(1));
        let merged_into =
            made.get(other).filter(|other| other.producer == producer && dice.chance(60)).map(|_| other);
        let mut events = vec![("enquiry", Some("enquiry"), created)];
        let mut stage = "enquiry";
        for _ in 0..dice.roll(5) {
            let at = events.last().unwrap().2 + (dice.roll(30) as i64 - 2) * DAY / 2;
            let (kind, to) = dice.one(&[
                ("quote", Some("quoted")),
                ("quote", None),
                ("sample", None),
                ("sample", Some("sample_sent")),
                ("stage", Some("negotiating")),
                ("stage", Some("quoted")),
                ("note", None),
                ("first_order", Some("first_order")),
                ("repeat_order", None),
                ("lost", Some("lost")),
            ]);
            stage = to.unwrap_or(stage);
            events.push((kind, to, at));
        }
        let mut signed = Vec::new();
        while dice.chance(35) && signed.len() < 3 {
            let all: [(&str, &str); 6] = [
                ("event", "Hội chợ Xuân"),
                ("event", "Hội nghị khác"),
                ("province", "33"),
                ("province", "01"),
                ("campaign", "thu-2026"),
                ("campaign", "Tết=50%"),
            ];
            let mut chosen: Vec<_> = all.into_iter().filter(|_| dice.chance(45)).collect();
            if chosen.is_empty() {
                chosen.push(all[dice.roll(6)]);
            }
            let mut left = 10_000;
            let last = chosen.len() - 1;
            let shares = chosen.iter().enumerate().map(|(n, (kind, name))| {
                let share = if n == last { left } else { 1 + dice.roll((left as usize / 2).max(1)) as i64 };
                left -= share;
                (*kind, *name, share)
            });
            let shares: Vec<_> = shares.collect();
            signed.push(Signed {
                kind: dice.one(&["mou", "principle_contract", "contract"]),
                value: dice.roll(2_000_000_000) as i64,
                voided: dice.chance(20),
                shares,
            });
        }
        Made {
            id: world.id(),
            producer,
            sender: dice.roll(3),
            recorder: dice.one(&[None, None, None, Some("producer"), Some("organiser"), Some("office")]),
            channel: dice.one(&["website", "fair", "conference", "api"]),
            event: dice.one(&EVENTS),
            campaign: dice.one(&CAMPAIGNS),
            created,
            due,
            answered: dice.chance(60).then(|| created + dice.roll(8 * 24) as i64 * DAY / 24),
            stage,
            items: (0..1 + dice.roll(2))
                .map(|_| (dice.one(&[None, Some(3), Some(4)]), dice.one(&GROUPS)))
                .collect(),
            events,
            signed,
            merged_into,
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one statement for everything a lead is made of")]
    fn insert(
        sql: &mut String,
        world: &World,
        one: &Made,
        producers: &[Producer],
        organiser: OrganisationId,
        product: Key,
        made: &[Made],
        buyers: &[String],
    ) {
        let (enquiry, id): (Key, Key) = (world.id(), one.id);
        let producer = producers[one.producer].id;
        let recorder = match one.recorder {
            Some("producer") => Some(producer.to_string()),
            Some("organiser") => Some(organiser.to_string()),
            _ => None,
        };
        let sender = buyers.get(one.sender).filter(|_| one.recorder.is_none());
        let key = |name: Option<&str>| quoted(name.map(source_key).as_deref());
        let Made { created, due, stage, channel, .. } = one;
        writeln!(
            sql,
            "INSERT INTO enquiries (id, sender_user_id, recorder_side, recorder_organisation_id, company_name, contact_name,
                contact_email, contact_sharing, message, language, source_channel, source_event, source_event_key,
                source_campaign, source_campaign_key, needed_certificates, consent_version, occurred_at, received_at)
             VALUES ('{enquiry:?}', {}, {}, {}, '=Chuỗi Ví Dụ, {id:?}', 'Tổ thu mua', 'kin-dao@nguoi-mua.example',
                'on_request', 'Xin báo giá.', 'vi', '{channel}', {}, {}, {}, {}, '', '2026-11', {created}, {created});
             INSERT INTO leads (id, enquiry_id, producer_id, stage, stage_since, occurred_at, created_at, updated_at, respond_by,
                answered_at, merged_into)
             VALUES ('{id:?}', '{enquiry:?}', '{producer}', '{stage}', {created}, {created}, {created}, {created}, {due}, {}, {});",
            quoted(sender.map(String::as_str)),
            quoted(one.recorder),
            quoted(recorder.as_deref()),
            quoted(one.event),
            key(one.event),
            quoted(one.campaign),
            key(one.campaign),
            number(one.answered),
            quoted(one.merged_into.map(|n| format!("{:?}", made[n].id)).as_deref()),
        )
        .unwrap();
        for (position, (stars, group)) in one.items.iter().enumerate() {
            let (stars, group) = (number(*stars), quoted(*group));
            writeln!(
                sql,
                "INSERT INTO lead_items (lead_id, position, product_id, quantity, unit, stars, taxonomy, group_code)
                 VALUES ('{id:?}', {position}, '{product:?}', 200, 'XBX', {stars}, '2026', {group});"
            )
            .unwrap();
        }
        let mut stage = None;
        for (n, (kind, to, occurred)) in one.events.iter().enumerate() {
            let (event, at): (Key, i64) = (world.id(), created + n as i64);
            let from = quoted(to.and(stage));
            stage = to.or(stage);
            let (to, note) = (quoted(*to), quoted((*kind == "note").then_some("Đã gọi.")));
            writeln!(
                sql,
                "INSERT INTO lead_events (id, lead_id, kind, side, from_stage, to_stage, note, occurred_at, at)
                 VALUES ('{event:?}', '{id:?}', '{kind}', 'producer', {from}, {to}, {note}, {occurred}, {at});"
            )
            .unwrap();
        }
        for signed in &one.signed {
            let agreement: Key = world.id();
            let Signed { kind, value, .. } = signed;
            let (voided, reason) = match signed.voided {
                true => (created.to_string(), "'nhầm'"),
                false => ("NULL".to_owned(), "NULL"),
            };
            writeln!(
                sql,
                "INSERT INTO agreements (id, lead_id, kind, number, buyer_name, producer_name, value, signed_on, starts_on, side,
                    recorded_at, updated_at, voided_at, void_reason)
                 VALUES ('{agreement:?}', '{id:?}', '{kind}', '12/HĐ', 'Chuỗi Ví Dụ', 'Chủ thể', {value}, '2026-11-01',
                    '2026-11-01', 'producer', {created}, {created}, {voided}, {reason});"
            )
            .unwrap();
            for (position, (kind, name, share)) in signed.shares.iter().enumerate() {
                let key = source_key(name);
                writeln!(
                    sql,
                    "INSERT INTO agreement_shares (agreement_id, position, kind, name, name_key, share)
                     VALUES ('{agreement:?}', {position}, '{kind}', '{name}', '{key}', {share});"
                )
                .unwrap();
            }
        }
    }

    /// The lead that goes on for this one.
    fn root(&self, mut n: usize) -> usize {
        while let Some(next) = self.leads[n].merged_into {
            n = next;
        }
        n
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

pub async fn market(app: &TestApp, seed: u64, leads: usize) -> (Market, Vec<Actor>) {
    let mut buyers = Vec::new();
    let mut actors = Vec::new();
    for n in 0..2 {
        let actor = app.user(&format!("buyer-{n}@example.vn"), Role::Member, &[]).await;
        let me = actor.get("/v1/me").await.expect(StatusCode::OK);
        buyers.push(me["id"].as_str().expect("an id").to_owned());
        actors.push(actor);
    }
    let world = app.state.world.clone();
    let written =
        app.state.db.write(move |conn| Ok::<_, Failure>(Market::written(conn, &world, seed, leads, &buyers)));
    (written.await.expect("a market"), actors)
}

/// Everybody who sees leads, with what they see.
pub type Seer<'a> = (Actor, Box<dyn Fn(&Made) -> bool + 'a>);

pub async fn seers<'a>(app: &TestApp, market: &'a Market, buyers: Vec<Actor>) -> Vec<Seer<'a>> {
    let admin = app.user("admin@example.vn", Role::Admin, &[]).await;
    let officer = app.officer("33").await;
    let member = app.member("member@example.vn", market.producers[0].id, MemberRole::Viewer).await;
    let organiser = app.member("organiser@example.vn", market.organiser, MemberRole::Editor).await;
    let both = [(market.producers[1].id, MemberRole::Owner), (market.organiser, MemberRole::Editor)];
    let both_sides = app.user("both@example.vn", Role::Officer { province: "01".into() }, &both).await;
    let mut seers: Vec<Seer<'a>> = vec![
        (admin, Box::new(|_| true)),
        (officer, Box::new(|one| market.producers[one.producer].province == Some("33"))),
        (member, Box::new(|one| one.producer == 0)),
        (organiser, Box::new(|one| one.recorder == Some("organiser"))),
        (
            both_sides,
            Box::new(|one| {
                let here = market.producers[one.producer].province == Some("01");
                one.producer == 1 || one.recorder == Some("organiser") || here
            }),
        ),
    ];
    for (n, buyer) in buyers.into_iter().enumerate() {
        seers.push((buyer, Box::new(move |one| one.recorder.is_none() && one.sender == n)));
    }
    seers
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

fn first_product(conn: &mut Conn) -> Key {
    use diesel::prelude::*;
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = diesel::sql_types::Text)]
        id: Key,
    }
    diesel::sql_query("SELECT id FROM products").get_result::<Found>(conn).expect("the product").id
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
