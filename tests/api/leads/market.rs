//! Random producers, leads and what was signed, and the people who see them: what reports are counted of.

use crate::harness::dice::Dice;
use crate::harness::{Actor, TestApp};
use diesel::connection::SimpleConnection;
use ocop_market::accounts::{MemberRole, Role};
use ocop_market::db::columns::Key;
use ocop_market::db::{Conn, Failure};
use ocop_market::leads::source_key;
use ocop_market::organisations::OrganisationId;
use ocop_market::world::World;
use reqwest::StatusCode;
use std::fmt::Write;

pub const DAY: i64 = 86_400_000_000;

#[derive(Debug)]
pub struct Producer {
    pub id: OrganisationId,
    pub form: Option<&'static str>,
    pub province: Option<&'static str>,
    pub commune: Option<&'static str>,
    pub former_province: Option<&'static str>,
    pub former_district: Option<&'static str>,
}

#[derive(Debug)]
pub struct Signed {
    pub kind: &'static str,
    pub value: i64,
    pub voided: bool,
    /// Kind, name, hundredths of a per cent.
    pub shares: Vec<(&'static str, &'static str, i64)>,
}

#[derive(Debug)]
pub struct Made {
    pub id: Key,
    pub producer: usize,
    pub sender: usize,
    pub recorder: Option<&'static str>,
    pub channel: &'static str,
    pub event: Option<&'static str>,
    pub campaign: Option<&'static str>,
    pub created: i64,
    pub due: i64,
    pub answered: Option<i64>,
    pub stage: &'static str,
    pub items: Vec<(Option<i64>, Option<&'static str>)>,
    /// Kind, stage it leads to, when.
    pub events: Vec<(&'static str, Option<&'static str>, i64)>,
    pub signed: Vec<Signed>,
    pub merged_into: Option<usize>,
}

/// Producers and leads at random, the people around them, and the rows as they were made.
pub struct Market {
    pub producers: Vec<Producer>,
    pub organiser: OrganisationId,
    pub leads: Vec<Made>,
    pub now: i64,
}

const EVENTS: [Option<&str>; 4] =
    [None, Some("Hội chợ Xuân"), Some("hội chợ  xuân"), Some("Tuần lễ OCOP, \"miền Bắc\" & Nam")];
const CAMPAIGNS: [Option<&str>; 3] = [None, Some("thu-2026"), Some("Tết=50%")];
const GROUPS: [Option<&str>; 4] = [None, Some("food"), Some("drinks"), Some("handicrafts")];
pub const STAGES: [&str; 11] = [
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
        // Another of the same producer, whatever has become of that one, unless it goes on elsewhere: none goes on by the way
        // of another.
        let other = dice.roll(made.len().max(1));
        let fits = |other: &&Made| other.producer == producer && other.merged_into.is_none();
        let merged_into = made.get(other).filter(fits).filter(|_| dice.chance(60)).map(|_| other);
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
    pub fn insert(
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

pub fn first_product(conn: &mut Conn) -> Key {
    use diesel::prelude::*;
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = diesel::sql_types::Text)]
        id: Key,
    }
    diesel::sql_query("SELECT id FROM products").get_result::<Found>(conn).expect("the product").id
}
