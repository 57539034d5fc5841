//! The callers of the matrix and the things they meet.

use crate::harness::machines::Machine;
use crate::harness::people::PASSWORD;
use crate::harness::{Actor, TestApp};
use crate::leads::fresh_key;
use ocop_market::accounts::{MemberRole, Role};
use ocop_market::organisations::OrganisationId;
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::cell::Cell;
use tokio::sync::OnceCell;

/// A kind of caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Has not signed in.
    Nobody,
    /// Owns another producer, to which the same enquiry went, and has itself sent one to the producer concerned.
    Stranger,
    /// Members of the producer concerned.
    Viewer,
    Editor,
    Owner,
    /// Sent the lead, and belongs to no organisation.
    Buyer,
    /// Officer of Hà Nội.
    OfficerElsewhere,
    /// Officer of Hưng Yên, where the producer is.
    OfficerHere,
    Admin,
    /// Administrator and owner of the producer concerned, with the token of a session that has ended.
    SignedOut,
    /// Administrator and owner of the producer concerned, with a token whose signature was tampered with.
    Forged,
}

impl Who {
    /// The columns of the matrix.
    pub const ALL: [Self; 11] = [
        Self::Nobody,
        Self::Stranger,
        Self::Viewer,
        Self::Editor,
        Self::Owner,
        Self::Buyer,
        Self::OfficerElsewhere,
        Self::OfficerHere,
        Self::Admin,
        Self::SignedOut,
        Self::Forged,
    ];

    pub fn email(self) -> String {
        format!("{self:?}@example.vn").to_lowercase()
    }
}

/// How to reach the sender of a lead: what is kept from all but its two sides. The telephone number as it is typed and as
/// it is kept.
pub const CONTACT: [&str; 4] =
    ["Tổ thu mua Kín Đáo", "kin-dao@nguoi-mua.example", "0912 345 678", "+84912345678"];

/// Somebody with a session.
pub struct Person {
    /// As the person comes to the service.
    pub by: Actor,
    /// The same account with a session that is open: what it has is seen by it.
    pub account: Actor,
    pub refresh_token: String,
}

/// A lead and the enquiry it is part of.
pub struct Lead {
    pub id: String,
    pub enquiry: String,
}

/// A service with two producers in Hưng Yên, a certified product of each, and everybody signed in.
pub struct Stage {
    pub app: TestApp,
    /// In the order of [`Who::ALL`].
    people: Vec<Person>,
    /// The certification of the producer concerned, as the service shows it.
    pub certification: Value,
    /// One of the other producer.
    other: Value,
    machines: OnceCell<[Machine; 2]>,
    drawn: Cell<usize>,
}

const ALL_SCOPES: &[&str] =
    &["catalogue.read", "listings.read", "listings.write", "leads.read", "leads.write"];

impl Stage {
    pub async fn set(app: TestApp) -> Self {
        let admin = app.user(&Who::Admin.email(), Role::Admin, &[]).await;
        let certification = record(&admin, &recognition("HTX Dệt Ví Dụ", "Chiếu cói", "2025-06-18")).await;
        let other = record(&admin, &recognition("HTX Bánh Ví Dụ", "Bánh cáy", "2025-06-18")).await;
        let mut stage = Self {
            app,
            people: Vec::new(),
            certification,
            other,
            machines: OnceCell::new(),
            drawn: Cell::new(0),
        };
        for who in Who::ALL {
            if who != Who::Admin {
                let (role, memberships) = stage.part_of(who);
                stage.app.create_user(&who.email(), role, &memberships).await.expect("a new user");
            }
            let person = stage.sign_in(who).await;
            stage.people.push(person);
        }
        let stranger = &stage.person(Who::Stranger).by;
        let own = stage.enquiry(
            &json!({ "name": "Phòng kinh doanh", "email": "kd@example.vn" }),
            &[&stage.certification],
        );
        stranger.post_once("/v1/leads", &fresh_key(), &own).await.expect(StatusCode::CREATED);
        stage
    }

    fn part_of(&self, who: Who) -> (Role, Vec<(OrganisationId, MemberRole)>) {
        let officer = |province: &str| Role::Officer { province: province.to_owned() };
        let here = |role| vec![(producer(&self.certification), role)];
        match who {
            Who::Nobody | Who::Buyer => (Role::Member, Vec::new()),
            Who::Stranger => (Role::Member, vec![(producer(&self.other), MemberRole::Owner)]),
            Who::Viewer => (Role::Member, here(MemberRole::Viewer)),
            Who::Editor => (Role::Member, here(MemberRole::Editor)),
            Who::Owner => (Role::Member, here(MemberRole::Owner)),
            Who::OfficerElsewhere => (officer("01"), Vec::new()),
            Who::OfficerHere => (officer("33"), Vec::new()),
            Who::Admin => (Role::Admin, Vec::new()),
            Who::SignedOut | Who::Forged => (Role::Admin, here(MemberRole::Owner)),
        }
    }

    pub fn person(&self, who: Who) -> &Person {
        let at = Who::ALL.iter().position(|one| *one == who).expect("one of all");
        &self.people[at]
    }

    /// A new session, in the state in which this kind of caller has one.
    pub async fn sign_in(&self, who: Who) -> Person {
        self.sign_in_as(who, &who.email()).await
    }

    /// The same with a new account that has no part in anything and may come to an end.
    pub async fn throw_away(&self, who: Who) -> Person {
        let number = self.drawn.get() + 1;
        self.drawn.set(number);
        let email = format!("throw-away-{number}@example.vn");
        self.app.create_user(&email, Role::Member, &[]).await.expect("a new user");
        self.sign_in_as(who, &email).await
    }

    async fn sign_in_as(&self, who: Who, email: &str) -> Person {
        let nobody = self.app.anonymous();
        let (account, refresh_token) = self.open_session(email).await;
        let by = account.clone();
        match who {
            Who::Nobody => Person { by: nobody, account, refresh_token },
            Who::SignedOut => {
                by.delete("/v1/sessions/current").await.expect(StatusCode::NO_CONTENT);
                let (account, _) = self.open_session(email).await;
                Person { by, account, refresh_token }
            }
            Who::Forged => {
                let token = tampered(account.token.as_deref().expect("a token"));
                Person { by: nobody.with_token(token), account, refresh_token: tampered(&refresh_token) }
            }
            _ => Person { by, account, refresh_token },
        }
    }

    /// Somebody of the same office with an account that nothing else of the stage needs: `by` as this kind of caller comes,
    /// `account` in another session.
    pub async fn double(&self, who: Who) -> Person {
        let email =
            format!("double-{}@example.vn", self.new_name().replace(|c: char| !c.is_ascii_digit(), ""));
        let (role, _) = self.part_of(who);
        let by = self.app.user(&email, role, &[]).await;
        let tokens = self.app.sign_in(&email).await;
        let text = |member: &str| tokens[member].as_str().expect("a token").to_owned();
        let account = self.app.anonymous().with_token(text("access_token"));
        let by = match who {
            Who::Nobody => self.app.anonymous(),
            Who::SignedOut => {
                by.delete("/v1/sessions/current").await.expect(StatusCode::NO_CONTENT);
                by
            }
            Who::Forged => by.with_token(tampered(by.token.as_deref().expect("a token"))),
            _ => by,
        };
        Person { by, account, refresh_token: text("refresh_token") }
    }

    /// The address of a new account, that of a member of nothing.
    pub async fn new_account(&self) -> String {
        let email =
            format!("account-{}@example.vn", self.new_name().replace(|c: char| !c.is_ascii_digit(), ""));
        self.app.create_user(&email, Role::Member, &[]).await.expect("a new user");
        email
    }

    async fn open_session(&self, email: &str) -> (Actor, String) {
        let tokens = self.app.sign_in(email).await;
        let text = |member: &str| tokens[member].as_str().expect("a token").to_owned();
        (self.app.anonymous().with_token(text("access_token")), text("refresh_token"))
    }

    /// Machine clients of the producer concerned: one with all scopes, one that may only read the catalogue.
    pub async fn machines(&self) -> [Actor; 2] {
        let known = self.machines.get_or_init(|| async {
            [self.machine(ALL_SCOPES).await, self.machine(&["catalogue.read"]).await]
        });
        let [all, without] = known.await;
        [self.app.as_machine(all).await, self.app.as_machine(without).await]
    }

    /// A machine client of the producer concerned.
    pub async fn machine(&self, scopes: &[&str]) -> Machine {
        self.app.machine(&self.person(Who::Owner).by, producer(&self.certification), scopes).await
    }

    /// What signs a caller in.
    pub fn credentials(who: Who) -> Value {
        json!({ "email": who.email(), "password": PASSWORD })
    }

    /// A name nothing has yet.
    pub fn new_name(&self) -> String {
        let number = self.drawn.get() + 1;
        self.drawn.set(number);
        format!("Lụa số {number}")
    }

    /// A recognition of a new product of the producer concerned.
    pub fn new_recognition(&self) -> Value {
        recognition("HTX Dệt Ví Dụ", &self.new_name(), "2024-01-19")
    }

    /// The same as a list to import.
    pub fn new_list(&self) -> String {
        let recognition = self.new_recognition();
        let members = recognition.as_object().expect("an object");
        let value = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let names: Vec<&str> = members.keys().map(String::as_str).collect();
        let values: Vec<String> = members.values().map(value).collect();
        format!("{}\n{}\n", names.join(","), values.join(","))
    }

    /// The id of a certification of the producer concerned, in force and without any entry.
    pub async fn new_certification(&self) -> String {
        let certification = record(&self.person(Who::Admin).by, &self.new_recognition()).await;
        text(&certification, "/id")
    }

    /// The id of a new product of the producer concerned.
    pub async fn new_product(&self) -> String {
        let certification = record(&self.person(Who::Admin).by, &self.new_recognition()).await;
        text(&certification, "/product/id")
    }

    /// An enquiry to both producers.
    pub fn new_enquiry(&self) -> Value {
        let [name, email, phone, _] = CONTACT;
        let contact = json!({ "name": name, "email": email, "phone": phone });
        self.enquiry(&contact, &[&self.certification, &self.other])
    }

    fn enquiry(&self, contact: &Value, about: &[&Value]) -> Value {
        let product = |certification: &&Value| json!({ "product_id": text(certification, "/product/id"), "quantity": 200, "unit": "XBX" });
        json!({
            "products": about.iter().map(product).collect::<Vec<_>>(),
            "message": "Xin báo giá.",
            "company": { "name": "Chuỗi cửa hàng Ví Dụ" },
            "contact": contact,
            "source": { "channel": "website" },
            "consent": { "text_version": "2026-11", "accepted": true },
        })
    }

    /// The part of a new enquiry of the buyer's that went to the producer concerned.
    pub async fn new_lead(&self) -> Lead {
        self.new_lead_with(&json!([])).await
    }

    /// The same with files attached.
    pub async fn new_lead_with(&self, attachments: &Value) -> Lead {
        let buyer = &self.person(Who::Buyer).by;
        let mut enquiry = self.new_enquiry();
        enquiry["attachments"] = attachments.clone();
        let sent = buyer.post_once("/v1/leads", &fresh_key(), &enquiry).await;
        let sent = sent.expect(StatusCode::CREATED);
        let producer = &self.certification["producer"]["id"];
        let leads = sent["leads"].as_array().expect("leads");
        let lead = leads.iter().find(|lead| lead["producer"]["id"] == *producer).expect("one of them");
        Lead { id: text(lead, "/id"), enquiry: text(&sent, "/enquiry_id") }
    }
}

/// A text of an answer.
pub fn text(value: &Value, pointer: &str) -> String {
    let text = value.pointer(pointer).and_then(Value::as_str);
    text.unwrap_or_else(|| panic!("no {pointer} in {value}")).to_owned()
}

fn producer(certification: &Value) -> OrganisationId {
    OrganisationId::parse(&text(certification, "/producer/id")).expect("an id")
}

pub fn recognition(producer: &str, product: &str, decided_on: &str) -> Value {
    json!({
        "product_name": product, "producer_name": producer, "entity_type": "cooperative",
        "district": "Đông Hưng", "province": "Thái Bình", "group": "food", "set_no": 6,
        "stars": 4, "decision_no": "858/QĐ-UBND", "decision_date": decided_on,
    })
}

pub async fn record(admin: &Actor, body: &Value) -> Value {
    let recorded = admin.post("/v1/certifications", body).await.expect(StatusCode::CREATED);
    recorded["certification"].clone()
}

/// A token with another first character in its last part, which of a JWT is the signature.
fn tampered(token: &str) -> String {
    let at = token.rfind('.').map_or(0, |dot| dot + 1);
    let (rest, last) = token.split_at(at);
    let other = if last.starts_with('A') { "B" } else { "A" };
    format!("{rest}{other}{}", &last[1..])
}
