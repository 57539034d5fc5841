//! Everybody who may have to do with a lead, and a lead for each of them.

use super::stock::{Stock, organisation, settle};
use super::{ask, one_lead};
use crate::harness::{Actor, TestApp};
use ocop_market::accounts::Role;
use ocop_market::auth::MemberRole;
use ocop_market::leads::{LeadSide, LeadStage};
use reqwest::StatusCode;

/// What somebody may do with a lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum May {
    Write(LeadSide),
    Read(LeadSide),
    Nothing,
}

/// Somebody, and the lead they have to do with.
#[derive(Clone)]
pub struct Player {
    pub name: &'static str,
    pub by: Actor,
    pub path: String,
    pub may: May,
}

pub struct Troupe {
    pub stock: Stock,
    pub players: Vec<Player>,
}

/// Puts all leads at a stage.
pub async fn put_at(app: &TestApp, stage: LeadStage) {
    app.sql(format!("UPDATE leads SET stage = '{}'", stage.as_str())).await;
}

impl Troupe {
    /// Leads about the cake, whose bakers are in Hưng Yên: one that a buyer sent, one that a buyer's machine sent, and one that
    /// an organiser recorded.
    pub async fn gather(app: &TestApp) -> Self {
        const SCOPES: &[&str] = &["leads.read", "leads.write"];
        let stock = Stock::fill(app).await;
        settle(app, stock.bakers, "33").await;
        let member = async |email: &str, of, role| app.member(email, of, role).await;
        let owner = member("chu@lam-banh.example", stock.bakers, MemberRole::Owner).await;
        let editor = member("soan@lam-banh.example", stock.bakers, MemberRole::Editor).await;
        let viewer = member("xem@lam-banh.example", stock.bakers, MemberRole::Viewer).await;
        let weaver = member("chu@det.example", stock.weavers, MemberRole::Owner).await;
        let buyer = app.user("nguoi-mua@example.vn", Role::Member, &[]).await;
        let (shop, fair) =
            (organisation(app, "buyer", "Cửa hàng").await, organisation(app, "organiser", "Hội chợ").await);
        let shopkeeper = member("chu@cua-hang.example", shop, MemberRole::Owner).await;
        let shop_viewer = member("xem@cua-hang.example", shop, MemberRole::Viewer).await;
        let host = member("soan@hoi-cho.example", fair, MemberRole::Editor).await;
        let guest = member("xem@hoi-cho.example", fair, MemberRole::Viewer).await;
        let till = app.as_machine(&app.machine(&shopkeeper, shop, SCOPES).await).await;
        let bakery = app.as_machine(&app.machine(&owner, stock.bakers, SCOPES).await).await;
        let (here, elsewhere) = (app.officer("33").await, app.officer("01").await);
        let admin = app.user("quan-tri@example.vn", Role::Admin, &[]).await;

        let path = |id: String| format!("/v1/leads/{id}");
        let sent = path(one_lead(&buyer, &stock, stock.cake).await);
        let by_machine = path(one_lead(&till, &stock, stock.cake).await);
        let receipt = ask(&app.anonymous(), &stock.enquiry(&[stock.cake])).await.expect(StatusCode::CREATED);
        let recorded = path(receipt["leads"][0]["id"].as_str().expect("an id").to_owned());
        let enquiry = receipt["enquiry_id"].as_str().expect("an id");
        app.sql(format!(
            "UPDATE enquiries SET recorder_side = 'organiser', recorder_organisation_id = '{fair}'
                 WHERE id = '{enquiry}'"
        ))
        .await;

        let player =
            |name, by: &Actor, path: &String, may| Player { name, by: by.clone(), path: path.clone(), may };
        let (write, read) = (May::Write, May::Read);
        let players = vec![
            player("producer's editor", &editor, &sent, write(LeadSide::Producer)),
            player("producer's viewer", &viewer, &sent, read(LeadSide::Producer)),
            player("producer's machine", &bakery, &by_machine, write(LeadSide::Producer)),
            player("buyer", &buyer, &sent, write(LeadSide::Buyer)),
            player("buyer's machine", &till, &by_machine, write(LeadSide::Buyer)),
            player("buyer's viewer", &shop_viewer, &by_machine, read(LeadSide::Buyer)),
            player("organiser", &host, &recorded, write(LeadSide::Organiser)),
            player("organiser's viewer", &guest, &recorded, read(LeadSide::Organiser)),
            player("officer", &here, &sent, write(LeadSide::Office)),
            player("administrator", &admin, &recorded, write(LeadSide::Office)),
            player("officer of elsewhere", &elsewhere, &sent, May::Nothing),
            player("other producer", &weaver, &sent, May::Nothing),
            player("other buyer", &buyer, &recorded, May::Nothing),
        ];
        Self { stock, players }
    }

    pub fn player(&self, name: &str) -> &Player {
        self.players.iter().find(|player| player.name == name).expect("one of them")
    }
}
