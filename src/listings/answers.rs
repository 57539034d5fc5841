//! What retailers answer about a product: that they look at it, take it, turn it down, sell it.
//!
//! An answer is an organisation's, of the kind `buyer`, given by one of its editors or by its machine client, about a product of
//! the catalogue. It is seen by the product's producer, by the officers of its province and by that organisation; one retailer
//! does not learn what another has answered, nor whether it has. What was answered before is kept. Which answer may follow
//! which, [`AnswerState::next`] says. The owners of the producer are told by letter.

use super::store::answers as store;
use super::{Answer, AnswerState, ListingError, NewAnswer, Reach};
use crate::accounts::{self, UserLanguage};
use crate::audit::{self, Action, Event, SubjectKind};
use crate::auth::Caller;
use crate::catalogue;
use crate::db::{Conn, Day};
use crate::leads::letters::notifications::{NotificationKind, SwitchedOff};
use crate::mail::{self, Letter, MailKind};
use crate::organisations::{self, OrganisationId, OrganisationKind};
use crate::products::{self, Product, ProductId};
use crate::reference::Reference;
use crate::world::World;
use diesel::QueryResult;

/// All that an organisation has answered about a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answers {
    pub organisation: OrganisationId,
    pub organisation_name: String,
    /// The latest first; empty if it has not answered.
    pub given: Vec<Answer>,
}

impl Answers {
    pub fn state(&self) -> Option<AnswerState> {
        self.given.first().map(|answer| answer.said.state)
    }
}

fn in_catalogue(conn: &mut Conn, reference: &Reference, product: ProductId, today: Day) -> QueryResult<bool> {
    catalogue::offered(conn, reference, &[product], today).map(|found| !found.is_empty())
}

/// Those of the caller's organisations that buy.
fn buyers(conn: &mut Conn, caller: &Caller) -> QueryResult<Vec<OrganisationId>> {
    let parties = organisations::parties(conn, &caller.organisations())?;
    let buys = parties.into_iter().filter(|party| party.kind == OrganisationKind::Buyer);
    Ok(buys.map(|party| party.id).collect())
}

/// The answers about a product that the caller may see, by organisation.
pub fn list(
    conn: &mut Conn,
    reference: &Reference,
    caller: &Caller,
    (product, today): (ProductId, Day),
) -> Result<Vec<Answers>, ListingError> {
    let product = products::by_ids(conn, &[product])?.pop().ok_or(ListingError::NotFound)?;
    if Reach::of(caller, &product).is_ok() {
        let all = store::of_product(conn, product.id, None)?;
        return Ok(grouped(conn, all)?);
    }
    let own = buyers(conn, caller)?;
    let found = store::of_product(conn, product.id, Some(&own))?;
    let knows = !found.is_empty() || (!own.is_empty() && in_catalogue(conn, reference, product.id, today)?);
    if knows { Ok(grouped(conn, found)?) } else { Err(ListingError::NotFound) }
}

/// What one organisation has answered, if the caller may see it.
pub fn get(
    conn: &mut Conn,
    reference: &Reference,
    caller: &Caller,
    (product, organisation, today): (ProductId, OrganisationId, Day),
) -> Result<Answers, ListingError> {
    let all = list(conn, reference, caller, (product, today))?;
    all.into_iter().find(|answers| answers.organisation == organisation).ok_or(ListingError::NotFound)
}

fn grouped(conn: &mut Conn, answers: Vec<Answer>) -> QueryResult<Vec<Answers>> {
    let mut all: Vec<Answers> = Vec::new();
    for answer in answers {
        match all.last_mut().filter(|last| last.organisation == answer.organisation) {
            Some(last) => last.given.push(answer),
            None => all.push(Answers {
                organisation: answer.organisation,
                organisation_name: String::new(),
                given: vec![answer],
            }),
        }
    }
    let ids: Vec<OrganisationId> = all.iter().map(|answers| answers.organisation).collect();
    for (id, name) in store::names(conn, &ids)? {
        for answers in all.iter_mut().filter(|answers| answers.organisation == id) {
            answers.organisation_name = name.clone().unwrap_or_default();
        }
    }
    Ok(all)
}

/// A product an organisation is about to answer on, locked until the transaction ends.
#[derive(Debug)]
pub struct Answering {
    product: Product,
    pub before: Answers,
}

/// Opens a product for the answer of an organisation.
pub fn open(
    conn: &mut Conn,
    reference: &Reference,
    by: &Caller,
    (product, organisation, today): (ProductId, OrganisationId, Day),
) -> Result<Answering, ListingError> {
    let product = products::lock(conn, product)?.ok_or(ListingError::NotFound)?;
    if by.role_in(organisation).is_none() {
        // Who keeps the listing may know of the answers, and does not give them.
        let keeps = Reach::of(by, &product).is_ok();
        return Err(if keeps { ListingError::BuyersOnly } else { ListingError::NotFound });
    }
    if !buyers(conn, by)?.contains(&organisation) {
        return Err(ListingError::BuyersOnly);
    }
    if !in_catalogue(conn, reference, product.id, today)? {
        return Err(ListingError::NotFound);
    }
    if !by.may_edit(organisation) {
        return Err(ListingError::ReadOnly);
    }
    let given = store::of_product(conn, product.id, Some(&[organisation]))?;
    let before = match grouped(conn, given)?.pop() {
        Some(before) => before,
        None => {
            let organisation_name = accounts::organisation_name(conn, organisation).ok().flatten();
            Answers {
                organisation,
                organisation_name: organisation_name.unwrap_or_default(),
                given: Vec::new(),
            }
        }
    };
    Ok(Answering { product, before })
}

/// Answers. The same answer again is no other one.
pub fn give(
    conn: &mut Conn,
    world: &World,
    by: &Caller,
    answering: Answering,
    said: NewAnswer,
) -> Result<Answers, ListingError> {
    let Answering { product, mut before } = answering;
    let allowed = AnswerState::next(before.state());
    if !allowed.contains(&said.state) {
        return Err(ListingError::SenselessAnswer(allowed));
    }
    if before.given.first().is_some_and(|last| last.said == said) {
        return Ok(before);
    }
    let number = before.given.first().map_or(1, |last| last.number + 1);
    let answer = Answer { organisation: before.organisation, number, said, answered_at: world.now() };
    store::insert(conn, product.id, &answer, by.principal)?;
    tell(conn, world, &product, &before.organisation_name, &answer)?;
    let event = Event::new(Action::ListingAnswered, SubjectKind::Product, product.id)
        .concerning(product.producer)
        .within(product.place.province.as_deref())
        .with("organisation", answer.organisation)
        .with("state", answer.said.state)
        .with("reason", answer.said.reason);
    audit::record(conn, world, &by.agent_for(answer.organisation), event)?;
    before.given.insert(0, answer);
    Ok(before)
}

/// Tells the owners of the producer, as far as they want to know.
fn tell(
    conn: &mut Conn,
    world: &World,
    product: &Product,
    retailer: &str,
    answer: &Answer,
) -> QueryResult<()> {
    let owners = accounts::owners_of(conn, product.producer)?;
    let users: Vec<_> = owners.iter().map(|owner| owner.user).collect();
    let off = SwitchedOff::of(conn, &users)?;
    for owner in owners.into_iter().filter(|owner| off.wants(owner.user, NotificationKind::RetailerAnswers)) {
        let said = &answer.said;
        let vi = owner.language == UserLanguage::Vi;
        let word = |(in_vi, in_en): (&'static str, &'static str)| if vi { in_vi } else { in_en };
        let mut details = String::new();
        if let Some(reason) = said.reason {
            let label = if vi { "Lý do" } else { "The reason" };
            details += &format!("{label}: {}.\n\n", word(reason.name()));
        }
        if let Some(since) = said.listed_since {
            let label = if vi { "Bán từ ngày" } else { "Sold since" };
            details += &format!("{label} {since}.\n\n");
        }
        if let Some(words) = &said.words {
            details += &format!("{}\n\n", words.as_str());
        }
        let letter = Letter {
            kind: MailKind::ListingAnswered,
            to: owner.email,
            user: Some(owner.user),
            language: owner.language,
            values: vec![
                ("product", product.name.clone()),
                ("retailer", retailer.to_owned()),
                ("answer", word(said.state.name()).to_owned()),
                ("details", details),
            ],
        };
        mail::send(conn, world, &letter)?;
    }
    Ok(())
}
