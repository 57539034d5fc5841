//! What has not been answered: reminders, and the office.

use super::super::{Known, LeadEventKind, LeadSide, NewEvent, write};
use super::{Batch, Desk, LISTED, LeadError, LeadRow, MailKind, NotificationKind, SwitchedOff, words};
use crate::accounts::{self, Addressee, UserLanguage};
use crate::db::Conn;
use std::collections::BTreeMap;

impl Desk {
    /// Reminds the people of producers.
    pub(super) fn remind(&self, conn: &mut Conn, batch: &Batch) -> Result<(), LeadError> {
        self.note(conn, batch, LeadEventKind::Reminded)?;
        let kinds = (MailKind::LeadReminded, NotificationKind::Reminders);
        self.list_to_producers(conn, batch, kinds)
    }

    /// Tells the officers of the provinces; where there is none, the administrators.
    pub(super) fn escalate(&self, conn: &mut Conn, batch: &Batch) -> Result<(), LeadError> {
        self.note(conn, batch, LeadEventKind::Escalated)?;
        let mut by_province: BTreeMap<Option<String>, Vec<&LeadRow>> = BTreeMap::new();
        for (lead, _) in &batch.found {
            let province =
                batch.producers.get(&lead.producer_id).and_then(|producer| producer.province.clone());
            by_province.entry(province).or_default().push(lead);
        }
        let provinces: Vec<String> = by_province.keys().flatten().cloned().collect();
        let mut officers: BTreeMap<Option<String>, Vec<Addressee>> = BTreeMap::new();
        for (province, officer) in accounts::officers_of(conn, &provinces)? {
            officers.entry(Some(province)).or_default().push(officer);
        }
        if by_province.keys().any(|province| !officers.contains_key(province)) {
            let admins = accounts::admins(conn)?;
            for province in by_province.keys() {
                officers.entry(province.clone()).or_insert_with(|| admins.clone());
            }
        }
        let users: Vec<_> = officers.values().flatten().map(|officer| officer.user).collect();
        let off = SwitchedOff::of(conn, &users)?;
        // Who looks after several provinces gets one letter.
        let mut told: BTreeMap<_, (Addressee, Vec<&LeadRow>)> = BTreeMap::new();
        for (province, leads) in &by_province {
            for officer in officers.get(province).into_iter().flatten() {
                if off.wants(officer.user, NotificationKind::Escalations) {
                    let (_, own) = told.entry(officer.user).or_insert_with(|| (officer.clone(), Vec::new()));
                    own.extend(leads);
                }
            }
        }
        for (officer, leads) in told.values() {
            let values =
                vec![("count", leads.len().to_string()), ("leads", late(batch, leads, officer.language))];
            self.send(conn, MailKind::LeadEscalated, officer, values)?;
        }
        Ok(())
    }

    /// Adds to the timelines that it was done.
    fn note(&self, conn: &mut Conn, batch: &Batch, kind: LeadEventKind) -> Result<(), LeadError> {
        let known = Known::from_side(conn, &self.reference, LeadSide::Service, batch.found.clone())?;
        for mut known in known {
            write(conn, &self.world, None, &mut known, None, NewEvent::of(kind))?;
        }
        Ok(())
    }
}

/// An office learns who has not answered what, and not who asked.
fn late(batch: &Batch, leads: &[&LeadRow], language: UserLanguage) -> String {
    let listed = leads.iter().take(LISTED).zip(1..).map(|(lead, number)| {
        let late = words::Late {
            number,
            lead: lead.id,
            producer: batch.producer_name(lead),
            goods: batch.goods(lead, language),
            since: lead.created_at.local_day(),
            until: lead.respond_by.local_day(),
        };
        late.in_words(language)
    });
    let listed: String = listed.collect();
    listed + &words::and_more(leads.len().saturating_sub(LISTED), language)
}
