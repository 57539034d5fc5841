//! What `serve --demo` fills an empty database with: a market as it might be on the day of the start.
//!
//! `data/demo/listed.csv` holds real recognitions whose decisions are published and in force; they go in by the same
//! import an officer uses. The rest is made up and says so: producers are called `… (minh họa)`, decisions
//! `MINH HỌA`. Their dates are counted from the day of the start, so that every state of a certification is there on
//! whatever day the demonstration is given. What stands beside the certificates (prices, seasons, quality certificates) is
//! made up too, in `data/demo/listings.csv`; some products say all that a listing can say, in `data/demo/contents.json`.

mod listings;
mod rows;
mod store;

use crate::accounts::{
    self, AccountError, DisplayName, Email, MemberRole, Membership, NewUser, Role, UserId,
};
use crate::auth::password::Password;
use crate::certification::lifecycle::{NewExtension, NewRevocation, StatedDecision};
use crate::certification::model::{
    Decision, DecisionNumber, Ground, Issuer, Recognition, Stars, TERM_MONTHS, extension_limit, term_end,
};
use crate::certification::{self, By, Clerk, Entered, LedgerError, import};
use crate::db::{self, Conn, Day};
use crate::organisations::{self, OrganisationError, OrganisationId, OrganisationKind, OrganisationName};
use crate::products::ProductId;
use crate::reference::{Place, Reference};
use crate::say::Invalid;
use crate::world::World;
use diesel::Connection;
use rows::{Producer, Product, ProductKey, State};
use std::collections::HashMap;

const LISTED: &[u8] = include_bytes!("../../data/demo/listed.csv");

/// Why the demonstration was not filled in. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    #[error(
        "--demo fills only an empty database, and this one holds data: start without --demo to serve what is there (`user reset-password` gives a lost login another password), or name another database by --data-dir or DATABASE_URL"
    )]
    NotEmpty,
    #[error("the demonstration data is wrong: {0}")]
    Data(String),
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error(transparent)]
    Account(#[from] AccountError),
    #[error(transparent)]
    Organisation(#[from] OrganisationError),
    #[error(transparent)]
    Db(db::Failure),
}

crate::db_errors!(DemoError);

impl From<Invalid> for DemoError {
    fn from(invalid: Invalid) -> Self {
        Self::Data(invalid.say.en.into_owned())
    }
}

/// A login of the demonstration; its password is shown once and kept nowhere.
struct Login {
    who: &'static str,
    email: Email,
    password: Password,
}

/// What was filled in.
pub struct Demo {
    products: usize,
    logins: Vec<Login>,
}

type Products = HashMap<ProductKey, ProductId>;
type Producers = HashMap<String, OrganisationId>;

/// Fills an empty database, in one transaction.
pub fn fill(conn: &mut Conn, world: &World, reference: &Reference) -> Result<Demo, DemoError> {
    conn.transaction(|conn| {
        if !store::is_empty(conn)? {
            return Err(DemoError::NotEmpty);
        }
        let listed = import_listed(conn, world, reference)?;
        let (products, producers) = Illustrator::new(world, reference).record_all(conn)?;
        let (logins, officer) = create_logins(conn, world, reference, &producers)?;
        listings::state_all(conn, world, reference, officer, &products)?;
        Ok(Demo { products: listed + products.len(), logins })
    })
}

fn import_listed(conn: &mut Conn, world: &World, reference: &Reference) -> Result<usize, DemoError> {
    let wrong = |error: &dyn std::fmt::Display| DemoError::Data(format!("listed.csv: {error}"));
    let rows = import::read(LISTED, LISTED.len(), import::Claimed::Csv).map_err(|error| wrong(&error))?;
    let scope = import::Scope { by: By::operator(), dry_run: false };
    let report = import::run(conn, world, reference, &rows, &scope, |_| {}).map_err(|error| wrong(&error))?;
    let counts = report.counts();
    match counts.rejected + counts.questions {
        0 => Ok(counts.rows),
        refused => Err(wrong(&format!("{refused} rows are refused"))),
    }
}

/// Records the made-up products.
struct Illustrator<'a> {
    world: &'a World,
    reference: &'a Reference,
    today: Day,
    serial: u32,
}

impl<'a> Illustrator<'a> {
    fn new(world: &'a World, reference: &'a Reference) -> Self {
        Self { world, reference, today: world.today(), serial: 0 }
    }

    /// Returns the products and the producers by their keys in the data.
    fn record_all(mut self, conn: &mut Conn) -> Result<(Products, Producers), DemoError> {
        let producers: HashMap<String, Producer> =
            rows::producers()?.into_iter().map(|producer| (producer.key.clone(), producer)).collect();
        let products = rows::products()?;
        let (mut recorded, mut makers) = (Products::new(), Producers::new());
        let by = By::operator();
        Clerk::at_work(conn, self.world, self.reference, &by, |clerk, conn| {
            for product in &products {
                let key = &product.producer_key;
                let producer =
                    producers.get(key).ok_or_else(|| DemoError::Data(format!("no producer {key}")))?;
                let entered = self.record(conn, clerk, product, producer)?;
                recorded.insert((product.name.as_str().to_owned(), key.clone()), entered.product);
                makers.insert(key.clone(), entered.producer);
            }
            Ok::<_, DemoError>(())
        })?;
        Ok((recorded, makers))
    }

    fn record(
        &mut self,
        conn: &mut Conn,
        clerk: &mut Clerk,
        product: &Product,
        producer: &Producer,
    ) -> Result<Entered, DemoError> {
        let place = self.place(&producer.commune_code)?;
        let decided_on = self.decided_on(product);
        let decision = self.decision(product.stars, &place, decided_on)?;
        let recognition = Recognition {
            subject: producer.subject(product, place.clone()),
            decision,
            stars: product.stars,
            score: product.score,
            criteria_version: None,
            group_code: Some(product.group.clone()),
            set_no: Some(product.set_no),
            valid_until: None,
            source_url: None,
        };
        let recorded = clerk.record(conn, &recognition)?;
        let certification = recorded.certification.id;
        match product.state {
            State::Extended => {
                let asked_on = term_end(decided_on).plus_days(-certification::model::EXPIRING_DAYS);
                let decision = stated(self.decision(product.stars, &place, asked_on)?);
                let until = extension_limit(term_end(decided_on));
                let extension = NewExtension { until, decision: Some(decision) };
                clerk.extend(conn, certification, &extension)?;
            }
            State::Revoked => {
                let revoked_on = self.today.plus_days(-product.days);
                let decision = stated(self.decision(product.stars, &place, revoked_on)?);
                let ground = Ground::CriteriaNotMet;
                let revocation = NewRevocation { ground, decision, effective_on: None };
                clerk.revoke(conn, certification, &revocation)?;
            }
            State::Valid | State::Expiring | State::Expired => {}
        }
        Ok(recorded)
    }

    /// The day of the decision that makes the row's state true today.
    fn decided_on(&self, product: &Product) -> Day {
        const SOME_TIME_BEFORE: i64 = 400;
        match product.state {
            State::Valid | State::Expiring => self.today.plus_days(product.days).plus_months(-TERM_MONTHS),
            State::Expired | State::Extended => self.today.plus_days(-product.days).plus_months(-TERM_MONTHS),
            State::Revoked => self.today.plus_days(-product.days - SOME_TIME_BEFORE),
        }
    }

    fn decision(&mut self, stars: Stars, place: &Place, decided_on: Day) -> Result<Decision, DemoError> {
        self.serial += 1;
        let suffix = match stars {
            // By the ministry's name of the day: agriculture took in the environment on 1 March 2025.
            Stars::FIVE if decided_on < Day::constant(2025, 3, 1) => "BNN-VPĐP",
            Stars::FIVE => "BNNMT-VPĐP",
            _ => "UBND",
        };
        let number = DecisionNumber::illustration(self.serial, suffix);
        let authorities = certification::authorities(self.reference, place, decided_on);
        let issuer = Issuer::derive(&number, stars, decided_on, &authorities)
            .ok_or_else(|| DemoError::Data(format!("nobody decides on {place:?}")))?;
        Ok(Decision { issuer, number, decided_on })
    }

    fn place(&self, commune: &str) -> Result<Place, DemoError> {
        let place = self.reference.place_of(commune, self.today);
        place.ok_or_else(|| DemoError::Data(format!("no commune {commune}")))
    }
}

fn stated(Decision { issuer, number, decided_on }: Decision) -> StatedDecision {
    StatedDecision { issuer: Some(issuer), number, decided_on }
}

/// Creates the users; also tells which of them is the officer.
fn create_logins(
    conn: &mut Conn,
    world: &World,
    reference: &Reference,
    producers: &Producers,
) -> Result<(Vec<Login>, UserId), DemoError> {
    let hanoi = reference.place_of("01", world.today()).unwrap_or_default();
    let mut company = |kind, name| {
        let name = OrganisationName::parse(name)?;
        Ok::<_, DemoError>(organisations::create_company(conn, world, kind, &name, &hanoi)?)
    };
    let buyer = company(OrganisationKind::Buyer, "Siêu thị Minh Họa (minh họa)")?;
    let organiser = company(OrganisationKind::Organiser, "Trung tâm Xúc tiến Minh Họa (minh họa)")?;
    let producer = |key: &str| {
        producers.get(key).copied().ok_or_else(|| DemoError::Data(format!("no producer {key} for its login")))
    };
    let officer = Role::Officer { province: "33".to_owned() };
    let people = [
        (
            "producer",
            "langnguyen@demo.example",
            "Bộ phận bán hàng",
            Role::Member,
            Some(producer("langnguyen")?),
        ),
        (
            "producer-2",
            "diemdien@demo.example",
            "Bộ phận bán hàng",
            Role::Member,
            Some(producer("diemdien")?),
        ),
        ("officer", "officer@demo.example", "Cán bộ OCOP Hưng Yên", officer, None),
        ("buyer", "buyer@demo.example", "Bộ phận thu mua", Role::Member, Some(buyer)),
        ("organiser", "organiser@demo.example", "Ban tổ chức hội chợ", Role::Member, Some(organiser)),
    ];
    let acted_for: Vec<OrganisationId> =
        people.iter().filter_map(|(.., organisation)| *organisation).collect();
    let (mut logins, mut keeper) = (Vec::new(), None);
    for (who, email, display_name, role, organisation) in people {
        let (email, password) = (Email::parse(email)?, Password::generate(world));
        let memberships = organisation.map(|organisation| Membership::own(organisation, MemberRole::Owner));
        let new = NewUser {
            email: email.clone(),
            password: password.clone(),
            display_name: Some(DisplayName::parse(display_name)?),
            role,
            memberships: memberships.into_iter().collect(),
        };
        let is_officer = matches!(new.role, Role::Officer { .. });
        let user = accounts::create_user(conn, world, new)?;
        keeper = keeper.or(is_officer.then_some(user));
        logins.push(Login { who, email, password });
    }
    let keeper = keeper.ok_or_else(|| DemoError::Data("no officer among the logins".to_owned()))?;
    for organisation in acted_for {
        organisations::vouch(conn, world, keeper, organisation)?;
    }
    Ok((logins, keeper))
}

impl Demo {
    /// What to tell the user at the start: the logins, and three lines that work as pasted.
    pub fn welcome(&self, base: &str) -> String {
        let mut text = format!("Demonstration: {} products. Logins, shown this once:\n\n", self.products);
        for Login { who, email, password } in &self.logins {
            text.push_str(&format!("  {who:<11} {:<26} {}\n", email.as_str(), password.reveal()));
        }
        let producer = self.logins.first().map(|login| (login.email.as_str(), login.password.reveal()));
        let (email, password) = producer.unwrap_or_default();
        let id = r#"grep -o '"id":"[^"]*"' | head -1 | cut -d'"' -f4"#;
        let body = r#"{"products":[{"product_id":"'$(curl -s "BASE/v1/products?q=banh+cay+truyen+thong&limit=1" | ID)'","quantity":200,"unit":"XBX"}],"message":"Xin báo giá 200 hộp.","company":{"name":"Siêu thị Minh Họa"},"contact":{"name":"Bộ phận thu mua","email":"thumua@sieuthi.example"},"source":{"channel":"website"},"consent":{"text_version":"2026-11","accepted":true}}"#;
        let body = body.replace("BASE", base).replace("ID)", &format!("{id})"));
        let token = r#"grep -o '"access_token":"[^"]*"' | cut -d'"' -f4"#;
        text.push_str(&format!(
            "\nTry, in another window (a list, an enquiry, the enquiry as its producer sees it):\n\n\
             curl -sw '\\n' \"{base}/v1/products?q=banh+cay&facets=stars,certificates&limit=3\"\n\n\
             curl -sw '\\n' \"{base}/v1/leads\" -H \"Content-Type: application/json\" \
             -H \"Idempotency-Key: demo-$(date +%s%N)\" -d '{body}'\n\n\
             curl -sw '\\n' \"{base}/v1/leads\" -H \"Authorization: Bearer $(curl -s {base}/v1/sessions \
             -H 'Content-Type: application/json' -d '{{\"email\":\"{email}\",\"password\":\"{password}\"}}' | {token})\"\n",
        ));
        text
    }
}
