//! Letters about leads: what the service tells the people of a lead without being asked.
//!
//! The requests that make leads and move them write no letters: they leave behind that somebody is to be told, in columns of
//! the lead. A job, of which every instance has one, comes round every few seconds and has four errands:
//!
//! * **announce**: leads that have come (`announced_at` is empty) are told to the owners and editors of their producer, all of
//!   a minute in one letter, with a link by which each can be answered; to the contact of a buyer without an account it is
//!   told that the enquiry was passed on;
//! * **tell**: what has happened since `untold_since` is told to the other party, again all of a minute in one letter. Which
//!   events are news, and to whom, is the table [`told_to`];
//! * **remind**: a producer that has not answered is reminded, on the morning of [`clock::remind_at`];
//! * **escalate**: a working day after the term the officers of its province are told.
//!
//! What was done is noted in the transaction that puts the letter into the outbox: a letter is written once, whichever
//! instance dies when. Leads that somebody is just writing to are left for the next round; nobody waits for the job.
//!
//! Who has an account can switch each kind of letter off ([`NotificationKind`]). To the contact of a buyer without one goes
//! nothing that somebody else has written, for anybody may type any address into an enquiry; only a few letters a day;
//! and every letter has a link by which they are stopped.

mod announce;
pub mod links;
pub mod notifications;
mod overdue;
mod tell;
mod words;

pub use links::{LeadLinkId, LeadLinkPurpose};
pub use notifications::NotificationKind;
pub use words::unit_name;

use self::notifications::SwitchedOff;
use super::model::clock;
use super::store::{self, EnquiryRow, EventRow, Found, Item, LeadRow};
use super::{EnquiryLanguage, LeadError, LeadEventKind, LeadId, LeadSide, LeadStage};
use crate::accounts::{self, Addressee, Email, UserLanguage};
use crate::app::App;
use crate::db::{Conn, Instant};
use crate::mail::{self, Letter, MailKind};
use crate::organisations::{self, OrganisationId};
use crate::reference::Reference;
use crate::world::World;
use actix_web::web::Data;
use diesel::QueryResult;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// How often the job comes round.
const ROUND: Duration = Duration::from_secs(5);
/// So long it waits for more of the same before it writes.
const GATHERS_SECONDS: i64 = 60;
/// Leads handled in one transaction.
const SOME: usize = 200;
/// Leads listed in one letter.
const LISTED: usize = 20;
/// Letters a day to an address that no account has confirmed: acknowledgements, and all together.
const ACKNOWLEDGED_A_DAY: i64 = 3;
const FOLLOWED_A_DAY: i64 = 8;

/// What the job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Errand {
    Announce,
    Tell,
    Remind,
    Escalate,
}

impl Errand {
    const ALL: [Self; 4] = [Self::Announce, Self::Tell, Self::Remind, Self::Escalate];

    /// What came, happened, or was due until then is to be told now.
    fn up_to(self, now: Instant) -> Instant {
        match self {
            Self::Announce | Self::Tell => now.plus_seconds(-GATHERS_SECONDS),
            Self::Remind => clock::remind_up_to(now),
            Self::Escalate => clock::escalate_up_to(now),
        }
    }

    /// Is it still to be done? Asked with the lead locked.
    fn is_open(self, lead: &LeadRow) -> bool {
        let waits = || {
            let unanswered = lead.answered_at.is_none() && lead.escalated_at.is_none();
            unanswered && lead.stage == LeadStage::Enquiry && lead.merged_into.is_none()
        };
        match self {
            Self::Announce => lead.announced_at.is_none(),
            Self::Tell => lead.untold_since.is_some(),
            Self::Remind => waits() && lead.reminded_at.is_none(),
            Self::Escalate => waits(),
        }
    }
}

/// Who is told of an event.
pub fn told_to(kind: LeadEventKind, by: LeadSide) -> &'static [LeadSide] {
    use LeadEventKind::*;
    const BOTH: &[LeadSide] = &[LeadSide::Buyer, LeadSide::Producer];
    match (kind, by) {
        (Message | Stage | Sample | Quote | CounterOffer | Declined | Lost | Closed, LeadSide::Producer)
        | (FirstOrder | RepeatOrder | DeliveryProblem | ContactAsked, LeadSide::Producer)
        | (Mou | PrincipleContract | Contract | AgreementVoided, LeadSide::Producer) => &[LeadSide::Buyer],
        (
            Message | Note | Stage | CounterOffer | Lost | Closed | FirstOrder | RepeatOrder,
            LeadSide::Buyer,
        )
        | (DeliveryProblem | ContactConsented | ContactWithheld, LeadSide::Buyer)
        | (Mou | PrincipleContract | Contract | AgreementVoided, LeadSide::Buyer) => &[LeadSide::Producer],
        (
            Stage | Lost | Closed | Mou | PrincipleContract | Contract | AgreementVoided,
            LeadSide::Organiser | LeadSide::Office,
        ) => BOTH,
        _ => &[],
    }
}

/// Is somebody to be told of an event?
pub fn is_news(event: &EventRow) -> bool {
    !told_to(event.kind, event.side).is_empty()
}

/// Comes round until the server ends.
pub async fn carry(app: Data<App>) {
    let mut rounds = tokio::time::interval(ROUND);
    rounds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut lost = false;
    loop {
        rounds.tick().await;
        match round(&app).await {
            Ok(leads) => {
                lost = false;
                if leads > 0 {
                    tracing::debug!(leads, "letters about leads written");
                }
            }
            Err(error) => {
                if !lost {
                    tracing::warn!(%error, "letters about leads cannot be written now; they wait");
                }
                lost = true;
            }
        }
    }
}

/// Does all errands that are due; returns for how many leads.
pub async fn round(app: &App) -> Result<usize, LeadError> {
    let mut leads = 0;
    for errand in Errand::ALL {
        loop {
            let up_to = errand.up_to(app.world.now());
            let waits =
                app.db.read(move |conn| store::letters::due(conn, errand, up_to, 1).map_err(LeadError::from));
            if waits.await?.is_empty() {
                break;
            }
            let (world, reference) = (app.world.clone(), app.reference.clone());
            let issuer = app.config.issuer.clone();
            let some = move |conn: &mut Conn| Desk::new(world, reference, issuer).run(conn, errand);
            let done = app.db.write(some).await?;
            leads += done;
            app.post.wake();
            // Another instance has its turn, or somebody is writing to what is left.
            if done == 0 {
                break;
            }
        }
    }
    Ok(leads)
}

/// Where letters are written: what all errands need.
struct Desk {
    world: World,
    reference: Arc<Reference>,
    issuer: String,
}

impl Desk {
    fn new(world: World, reference: Arc<Reference>, issuer: String) -> Self {
        Self { world, reference, issuer }
    }

    /// Does an errand for some of the leads for which it is due; returns for how many.
    fn run(&self, conn: &mut Conn, errand: Errand) -> Result<usize, LeadError> {
        if !store::letters::take_turn(conn)? {
            return Ok(0);
        }
        let now = self.world.now();
        let rows = i64::try_from(SOME).unwrap_or(i64::MAX);
        let mut ids = store::letters::due(conn, errand, errand.up_to(now), rows)?;
        if errand == Errand::Announce {
            // What has come meanwhile to the same producers goes along.
            let producers = store::letters::producers_of(conn, &ids)?;
            ids.extend(store::letters::unannounced_of(conn, &producers, rows)?);
            ids.sort_unstable();
            ids.dedup();
        }
        let mut found = store::letters::take(conn, &ids)?;
        found.retain(|(lead, _)| errand.is_open(lead));
        let ids: Vec<LeadId> = found.iter().map(|(lead, _)| lead.id).collect();
        if ids.is_empty() {
            return Ok(0);
        }
        let batch = Batch::new(conn, &self.reference, found)?;
        match errand {
            Errand::Announce => self.announce(conn, &batch)?,
            Errand::Tell => self.tell(conn, &batch)?,
            Errand::Remind => self.remind(conn, &batch)?,
            Errand::Escalate => self.escalate(conn, &batch)?,
        }
        store::letters::done(conn, errand, &ids, now)?;
        Ok(ids.len())
    }

    fn send(
        &self,
        conn: &mut Conn,
        kind: MailKind,
        to: &Addressee,
        values: Vec<(&'static str, String)>,
    ) -> QueryResult<()> {
        let Addressee { user, email, language } = to.clone();
        mail::send(conn, &self.world, &Letter { kind, to: email, user: Some(user), language, values })
    }

    /// A link for somebody to answer a lead.
    fn answer_link(&self, conn: &mut Conn, lead: LeadId, to: &Addressee) -> QueryResult<String> {
        let token = links::make(conn, &self.world, lead, LeadLinkPurpose::Answer, Some(to.user))?;
        Ok(format!("{}/links/lead-answer#{}", self.issuer, token.reveal()))
    }

    /// A link for a buyer's contact to follow a lead.
    fn follow_link(&self, conn: &mut Conn, lead: LeadId) -> QueryResult<String> {
        let token = links::make(conn, &self.world, lead, LeadLinkPurpose::Follow, None)?;
        Ok(format!("{}/links/lead-follow#{}", self.issuer, token.reveal()))
    }
}

/// Leads with what letters tell of them.
struct Batch {
    found: Vec<Found>,
    items: HashMap<LeadId, Vec<Item>>,
    producers: HashMap<OrganisationId, Producer>,
}

struct Producer {
    name: String,
    province: Option<String>,
}

impl Batch {
    fn new(conn: &mut Conn, reference: &Reference, found: Vec<Found>) -> QueryResult<Self> {
        let ids: Vec<LeadId> = found.iter().map(|(lead, _)| lead.id).collect();
        let items = store::items_by_lead(conn, &ids)?;
        let mut producers: Vec<OrganisationId> = found.iter().map(|(lead, _)| lead.producer_id).collect();
        producers.sort_unstable();
        producers.dedup();
        let producers = organisations::producers(conn, &producers)?.into_iter().map(|producer| {
            let name = producer.shown_name(reference);
            (producer.id, Producer { name, province: producer.place.province })
        });
        Ok(Self { found, items, producers: producers.collect() })
    }

    fn producer_name(&self, lead: &LeadRow) -> &str {
        self.producers.get(&lead.producer_id).map_or("", |producer| producer.name.as_str())
    }

    fn goods(&self, lead: &LeadRow, language: UserLanguage) -> String {
        words::goods(self.items.get(&lead.id).map_or(&[], Vec::as_slice), language)
    }

    /// The leads of each producer that are still to be answered.
    fn open_by_producer(&self) -> HashMap<OrganisationId, Vec<&Found>> {
        let mut by_producer: HashMap<OrganisationId, Vec<&Found>> = HashMap::new();
        for found in self.found.iter().filter(|(lead, _)| lead.is_under_way()) {
            by_producer.entry(found.0.producer_id).or_default().push(found);
        }
        by_producer
    }
}

/// Owners and editors of producers, as far as they want letters of a kind, by producer.
fn readers_of(
    conn: &mut Conn,
    producers: &[OrganisationId],
    kind: NotificationKind,
) -> QueryResult<HashMap<OrganisationId, Vec<Addressee>>> {
    let editors = accounts::editors_of(conn, producers)?;
    let users: Vec<_> = editors.iter().map(|(_, editor)| editor.user).collect();
    let off = SwitchedOff::of(conn, &users)?;
    let mut readers: HashMap<OrganisationId, Vec<Addressee>> = HashMap::new();
    for (organisation, editor) in editors.into_iter().filter(|(_, editor)| off.wants(editor.user, kind)) {
        readers.entry(organisation).or_default().push(editor);
    }
    Ok(readers)
}

/// The address of a buyer without an account, if letters may go there.
fn contact_of(enquiry: &EnquiryRow) -> Option<Email> {
    let silent = enquiry.letters_stopped_at.is_some() || enquiry.contact_forgotten_at.is_some();
    if enquiry.sender_has_account() || silent {
        return None;
    }
    Email::parse(enquiry.contact_email.as_ref()?.as_str()).ok()
}

/// Has an address that no account has confirmed got enough letters for a day?
fn has_enough(conn: &mut Conn, to: &Email, kind: MailKind, now: Instant) -> QueryResult<bool> {
    let since = now.plus_seconds(-24 * 3600);
    let (kinds, most): (&[MailKind], i64) = match kind {
        MailKind::LeadAcknowledged => (&[MailKind::LeadAcknowledged], ACKNOWLEDGED_A_DAY),
        _ => (&[MailKind::LeadAcknowledged, MailKind::LeadFollowNews], FOLLOWED_A_DAY),
    };
    Ok(mail::count_to(conn, &to.key(), kinds, since)? >= most)
}

/// The language in which the buyer wants to be answered.
fn language_of(enquiry: &EnquiryRow) -> UserLanguage {
    match enquiry.language {
        EnquiryLanguage::Vi => UserLanguage::Vi,
        EnquiryLanguage::En => UserLanguage::En,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_told_of_what_is_not_theirs_to_know() {
        for kind in LeadEventKind::ALL {
            for side in LeadSide::ALL {
                let told = told_to(*kind, *side);
                assert!(!told.contains(side), "{kind:?} by {side:?} is told to itself");
                assert!(told.iter().all(|to| matches!(to, LeadSide::Buyer | LeadSide::Producer)));
            }
            assert!(told_to(*kind, LeadSide::Service).is_empty(), "{kind:?}");
        }
        assert!(told_to(LeadEventKind::Note, LeadSide::Producer).is_empty());
        assert!(told_to(LeadEventKind::Enquiry, LeadSide::Buyer).is_empty());
        assert_eq!(told_to(LeadEventKind::Note, LeadSide::Buyer), [LeadSide::Producer]);
        assert_eq!(told_to(LeadEventKind::Mou, LeadSide::Organiser).len(), 2);
    }
}
