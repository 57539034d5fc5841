//! What one party has done is told to the other.

use super::{
    Batch, Desk, EventRow, Found, LeadError, LeadId, LeadSide, MailKind, NotificationKind, SwitchedOff,
    contact_of, has_enough, language_of, readers_of, store, told_to, words,
};
use crate::accounts::{self, Addressee, UserLanguage};
use crate::db::Conn;
use crate::mail::{self, Letter};
use crate::organisations::OrganisationId;
use diesel::QueryResult;
use std::collections::HashMap;

/// The readers of a batch: the people of each producer, and of each organisation whose machine client sent an enquiry.
struct Readers {
    producers: HashMap<OrganisationId, Vec<Addressee>>,
    senders: HashMap<OrganisationId, Vec<Addressee>>,
}

impl Desk {
    pub(super) fn tell(&self, conn: &mut Conn, batch: &Batch) -> Result<(), LeadError> {
        let ids: Vec<LeadId> = batch.found.iter().map(|(lead, _)| lead.id).collect();
        let mut events: HashMap<LeadId, Vec<EventRow>> = HashMap::new();
        for event in store::letters::untold_events(conn, &ids)? {
            events.entry(event.lead_id).or_default().push(event);
        }
        let producers: Vec<OrganisationId> = batch.producers.keys().copied().collect();
        let senders: Vec<_> =
            batch.found.iter().filter_map(|(_, enquiry)| enquiry.sender_organisation_id).collect();
        let readers = Readers {
            producers: readers_of(conn, &producers, NotificationKind::BuyerNews)?,
            senders: readers_of(conn, &senders, NotificationKind::ProducerNews)?,
        };
        for found in &batch.found {
            let of_lead = events.remove(&found.0.id).unwrap_or_default();
            let to = |side: LeadSide| -> Vec<EventRow> {
                let told = of_lead.iter().filter(|event| told_to(event.kind, event.side).contains(&side));
                told.cloned().filter_map(|event| event.seen_by(side)).collect()
            };
            let (for_producer, for_buyer) = (to(LeadSide::Producer), to(LeadSide::Buyer));
            if !for_producer.is_empty() {
                self.to_producer(conn, batch, found, &readers, &for_producer)?;
            }
            if !for_buyer.is_empty() {
                self.to_buyer(conn, batch, found, &readers, &for_buyer)?;
            }
        }
        Ok(())
    }

    fn to_producer(
        &self,
        conn: &mut Conn,
        batch: &Batch,
        (lead, enquiry): &Found,
        readers: &Readers,
        events: &[EventRow],
    ) -> QueryResult<()> {
        for reader in readers.producers.get(&lead.producer_id).into_iter().flatten() {
            // What was merged goes on elsewhere; to an end nobody answers.
            let link =
                if lead.is_under_way() { Some(self.answer_link(conn, lead.id, reader)?) } else { None };
            let values = vec![
                ("producer", batch.producer_name(lead).to_owned()),
                ("company", words::short(enquiry.company_name.as_str())),
                ("goods", batch.goods(lead, reader.language)),
                ("news", words::news(events, LeadSide::Producer, true, reader.language)),
                ("answer", words::answer(link, reader.language)),
            ];
            self.send(conn, MailKind::LeadNewsToProducer, reader, values)?;
        }
        Ok(())
    }

    fn to_buyer(
        &self,
        conn: &mut Conn,
        batch: &Batch,
        found: &Found,
        readers: &Readers,
        events: &[EventRow],
    ) -> QueryResult<()> {
        let (lead, enquiry) = found;
        if let Some(to) = contact_of(enquiry) {
            return self.to_contact(conn, batch, found, to, events);
        }
        if enquiry.letters_stopped_at.is_some() {
            return Ok(());
        }
        let senders = match (enquiry.sender_user_id, enquiry.sender_organisation_id) {
            (Some(user), _) => {
                let off = SwitchedOff::of(conn, &[user])?;
                let sender = accounts::addressee(conn, user)?;
                sender
                    .into_iter()
                    .filter(|sender| off.wants(sender.user, NotificationKind::ProducerNews))
                    .collect()
            }
            (None, Some(organisation)) => readers.senders.get(&organisation).cloned().unwrap_or_default(),
            (None, None) => Vec::new(),
        };
        for sender in &senders {
            let mut values = self.about(batch, lead, events, true, sender.language);
            values.push(("link", format!("{}/v1/leads/{}", self.issuer, lead.id)));
            self.send(conn, MailKind::LeadNewsToBuyer, sender, values)?;
        }
        Ok(())
    }

    /// To the contact of a buyer without an account: that something has happened, in our words alone.
    fn to_contact(
        &self,
        conn: &mut Conn,
        batch: &Batch,
        (lead, enquiry): &Found,
        to: accounts::Email,
        events: &[EventRow],
    ) -> QueryResult<()> {
        if has_enough(conn, &to, MailKind::LeadFollowNews, self.world.now())? {
            return Ok(());
        }
        let language = language_of(enquiry);
        let mut values = self.about(batch, lead, events, false, language);
        values.push(("link", self.follow_link(conn, lead.id)?));
        let letter = Letter { kind: MailKind::LeadFollowNews, to, user: None, language, values };
        mail::send(conn, &self.world, &letter)
    }

    fn about(
        &self,
        batch: &Batch,
        lead: &super::LeadRow,
        events: &[EventRow],
        with_words: bool,
        language: UserLanguage,
    ) -> Vec<(&'static str, String)> {
        vec![
            ("producer", batch.producer_name(lead).to_owned()),
            ("goods", batch.goods(lead, language)),
            ("news", words::news(events, LeadSide::Buyer, with_words, language)),
        ]
    }
}
