//! Which letters about leads somebody wants. All are on until they are switched off.

use crate::accounts::UserId;
use crate::db::Conn;
use crate::leads::store;
use crate::world::World;
use diesel::QueryResult;
use std::collections::HashSet;

crate::text_enum! {
    /// A kind of letter about leads.
    pub enum NotificationKind {
        /// To a producer's owners and editors: enquiries have come
        NewLeads = "new_leads",
        /// To the same: answers are due
        Reminders = "reminders",
        /// To the same: the buyer wrote, made a counter-offer, agreed, ordered, ended it
        BuyerNews = "buyer_news",
        /// To a buyer: the producer wrote, quoted, sent a sample, declined, asked for the contact
        ProducerNews = "producer_news",
        /// To officers: producers of the province have not answered in time
        Escalations = "escalations",
        /// To a producer's owners: papers of their products run out
        PaperReminders = "paper_reminders",
        /// To the same: retailers have answered about their products
        RetailerAnswers = "retailer_answers",
    }
}

/// What users have switched off.
#[derive(Debug, Default)]
pub struct SwitchedOff(HashSet<(UserId, NotificationKind)>);

impl SwitchedOff {
    pub fn of(conn: &mut Conn, users: &[UserId]) -> QueryResult<Self> {
        store::letters::switched_off(conn, users).map(|off| Self(off.into_iter().collect()))
    }

    pub fn wants(&self, user: UserId, kind: NotificationKind) -> bool {
        !self.0.contains(&(user, kind))
    }
}

/// Switches kinds of letters on (`true`) or off; returns what is off then.
pub fn switch(
    conn: &mut Conn,
    world: &World,
    user: UserId,
    changes: &[(NotificationKind, bool)],
) -> QueryResult<SwitchedOff> {
    let those = |on: bool| changes.iter().filter(move |change| change.1 == on).map(|change| change.0);
    let (on, off): (Vec<_>, Vec<_>) = (those(true).collect(), those(false).collect());
    if !on.is_empty() {
        store::letters::switch_on(conn, user, &on)?;
    }
    if !off.is_empty() {
        store::letters::switch_off(conn, user, &off, world.now())?;
    }
    SwitchedOff::of(conn, &[user])
}
