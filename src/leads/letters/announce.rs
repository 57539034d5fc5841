//! What has come is announced.

use super::super::EnquiryId;
use super::{
    Batch, Desk, Found, LISTED, LeadError, MailKind, NotificationKind, contact_of, has_enough, language_of,
    readers_of, words,
};
use crate::accounts::Addressee;
use crate::db::Conn;
use crate::mail::{self, Letter};
use crate::organisations::OrganisationId;
use diesel::QueryResult;
use std::collections::BTreeMap;

impl Desk {
    /// Tells the people of the producers what has come to them, and the contacts of buyers without an account that it has.
    pub(super) fn announce(&self, conn: &mut Conn, batch: &Batch) -> Result<(), LeadError> {
        let kinds = (MailKind::LeadAnnounced, NotificationKind::NewLeads);
        self.list_to_producers(conn, batch, kinds)?;
        let mut by_enquiry: BTreeMap<EnquiryId, Vec<&Found>> = BTreeMap::new();
        for found in &batch.found {
            by_enquiry.entry(found.1.id).or_default().push(found);
        }
        for leads in by_enquiry.values() {
            self.acknowledge(conn, batch, leads)?;
        }
        Ok(())
    }

    /// One letter to each owner and editor of each producer, with its leads and a link for each.
    pub(super) fn list_to_producers(
        &self,
        conn: &mut Conn,
        batch: &Batch,
        (mail, kind): (MailKind, NotificationKind),
    ) -> Result<(), LeadError> {
        let open = batch.open_by_producer();
        let producers: Vec<OrganisationId> = open.keys().copied().collect();
        let mut readers = readers_of(conn, &producers, kind)?;
        for (producer, leads) in open {
            for reader in readers.remove(&producer).unwrap_or_default() {
                let name = batch.producers.get(&producer).map_or("", |producer| producer.name.as_str());
                let values = vec![
                    ("producer", name.to_owned()),
                    ("count", leads.len().to_string()),
                    ("leads", self.listed(conn, batch, &leads, &reader)?),
                ];
                self.send(conn, mail, &reader, values)?;
            }
        }
        Ok(())
    }

    fn listed(
        &self,
        conn: &mut Conn,
        batch: &Batch,
        leads: &[&Found],
        reader: &Addressee,
    ) -> QueryResult<String> {
        let mut text = String::new();
        for (number, (lead, enquiry)) in leads.iter().take(LISTED).enumerate() {
            let asked = words::Asked {
                number: number + 1,
                company: enquiry.company_name.as_str(),
                goods: batch.goods(lead, reader.language),
                until: lead.respond_by.local_day(),
                link: self.answer_link(conn, lead.id, reader)?,
            };
            text.push_str(&asked.in_words(reader.language));
        }
        text.push_str(&words::and_more(leads.len().saturating_sub(LISTED), reader.language));
        Ok(text)
    }

    /// Tells the contact of a buyer without an account to whom its enquiry went. In it stands nothing that the sender wrote:
    /// it may not be the sender's address.
    fn acknowledge(&self, conn: &mut Conn, batch: &Batch, leads: &[&Found]) -> QueryResult<()> {
        let Some((_, enquiry)) = leads.first() else { return Ok(()) };
        let Some(to) = contact_of(enquiry) else { return Ok(()) };
        if has_enough(conn, &to, MailKind::LeadAcknowledged, self.world.now())? {
            return Ok(());
        }
        let language = language_of(enquiry);
        let mut listed = String::new();
        for (lead, _) in leads {
            let link = self.follow_link(conn, lead.id)?;
            let (producer, goods) = (batch.producer_name(lead), batch.goods(lead, language));
            listed.push_str(&format!("– {producer}: {goods}\n  {link}\n\n"));
        }
        let values = vec![("leads", listed)];
        let letter = Letter { kind: MailKind::LeadAcknowledged, to, user: None, language, values };
        mail::send(conn, &self.world, &letter)
    }
}
