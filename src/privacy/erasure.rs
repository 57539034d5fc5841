//! Erasure: of an account by its holder, of contacts when consent ends, their time is over or somebody asks.

use super::redact::{self};
use super::store::{Contact, Place, Traces, Written};
use super::{ConsentPurpose, PrivacyError, store};
use crate::accounts::Proven;
use crate::accounts::second_factor::{self, Shown};
use crate::accounts::{Email, MemberRole, RoleName, UserId, UserLanguage, throttle};
use crate::audit::{self, Action, Agent, Event, Origin, SubjectKind};
use crate::db::{Conn, Instant};
use crate::leads::{EnquiryId, LeadId};
use crate::mail::{self, Letter, MailId, MailKind};
use crate::organisations::{EntityType, OrganisationId};
use crate::world::World;
use diesel::QueryResult;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Enquiries handled with one statement.
const SOME: usize = 500;

/// Makes an account an irreversible pseudonym. `by`: its holder, who has shown the password, and the second factor if there
/// is one.
///
/// An organisation with other members keeps an owner, and the installation an administrator; an organisation nobody is left
/// in stays without members, and its machine clients end. Of a household business the tax number and the address go, and its
/// name too unless products of the ledger are its: there the name is whose the certificate is.
///
/// Returns the letters that are gone; their files are to follow, see [`mail::Post::forget_files`].
pub fn erase_account(
    conn: &mut Conn,
    world: &World,
    by: &Proven,
    shown: Option<&Shown>,
) -> Result<Vec<MailId>, PrivacyError> {
    let (now, user) = (world.now(), by.user);
    second_factor::make_sure(conn, world, by, shown)?;
    let person = store::lock_person(conn, user)?.ok_or(PrivacyError::NotFound)?;
    if person.role == RoleName::Admin && store::lock_admins(conn)?.iter().all(|admin| *admin == user) {
        return Err(PrivacyError::LastAdmin);
    }
    let own = store::lock_organisations_of(conn, user)?;
    let empty = left_empty(conn, user, &own)?;
    let pseudonym = pseudonym(world);
    let enquiries = store::contacts_of(conn, Some(user), &person.email_key)?;
    let mut traces = Traces::default();
    traces.add(user.as_str());
    traces.add(&person.email_key);
    traces.add_name(person.display_name.as_deref().unwrap_or_default());
    store::traces_of(conn, user, &mut traces)?;

    store::leave_everything(conn, user, now)?;
    store::close_empty(conn, &empty, user, now)?;
    for household in forget_households(conn, &empty, now)? {
        traces.add(household.as_str());
    }
    let mut letters = store::delete_letters(conn, Some(user), &person.email_key)?;
    let mut forgotten = forget_contacts(conn, world, &enquiries, Cause::Wanted, &mut traces)?;
    letters.append(&mut forgotten.letters);
    tell_producers(conn, world, &forgotten)?;
    store::forget_notes_of(conn, user)?;
    store::forget_part_of(conn, user)?;
    store::forget_files_of(conn, user)?;
    store::forget_uploads_of(conn, user)?;
    store::forget_paper_words(conn, user)?;
    store::close_captures(conn, Some(user), &traces, now)?;
    store::forget_words(conn, user, &pseudonym)?;
    store::forget_address(conn, &person.email_key, &pseudonym, now)?;
    forget_origins(conn, &person.email_key, &forgotten)?;
    store::close_requests(conn, user, &person.email_key, now)?;
    for purpose in ConsentPurpose::ALL {
        store::withdraw_consents(conn, user, *purpose, now)?;
    }
    store::delete_credentials(conn, user)?;
    store::delete_answers(conn, &traces)?;
    store::pseudonymise_user(conn, user, &pseudonym, now)?;
    store::delete_guesses(conn, &throttle::keys_of(user, &person.email_key))?;
    audit::forget_origins_of(conn, user)?;
    let erased = Event::of_user(Action::AccountErased, user)
        .with("enquiries", forgotten.enquiries)
        .with("organisations_left", own.len())
        .with("organisations_without_members", &empty);
    audit::record(conn, world, &without_place(&by.agent), erased)?;
    Ok(letters)
}

/// The same agent from nowhere: the entry must not hold what has just been forgotten.
fn without_place(by: &Agent) -> Agent {
    let origin = Origin { request_id: by.origin.request_id.clone(), ..Origin::default() };
    Agent { origin, ..by.clone() }
}

/// An address that leads nowhere (RFC 2606), of 128 random bits.
fn pseudonym(world: &World) -> String {
    let random: String = world.bytes::<16>().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("erased-{random}@erased.invalid")
}

/// The organisations that have no other member; an error if one that has is left without an owner.
fn left_empty(
    conn: &mut Conn,
    user: UserId,
    own: &[OrganisationId],
) -> Result<Vec<OrganisationId>, PrivacyError> {
    let others: Vec<(OrganisationId, MemberRole)> = store::members_of(conn, own)?
        .into_iter()
        .filter(|(_, member, _)| *member != user)
        .map(|(organisation, _, role)| (organisation, role))
        .collect();
    let has = |organisation: &OrganisationId, fits: fn(MemberRole) -> bool| {
        others.iter().any(|(of, role)| of == organisation && fits(*role))
    };
    let anybody = |organisation: &&OrganisationId| has(organisation, |_| true);
    let ownerless = own.iter().filter(anybody).filter(|one| !has(one, |role| role == MemberRole::Owner));
    let ownerless: Vec<OrganisationId> = ownerless.copied().collect();
    if !ownerless.is_empty() {
        return Err(PrivacyError::LastOwner(ownerless));
    }
    Ok(own.iter().filter(|one| !anybody(one)).copied().collect())
}

/// Returns which of them are household businesses.
fn forget_households(
    conn: &mut Conn,
    empty: &[OrganisationId],
    now: Instant,
) -> QueryResult<Vec<OrganisationId>> {
    let households = store::households(conn, empty)?;
    if households.is_empty() {
        return Ok(households);
    }
    store::forget_households(conn, &households, now)?;
    store::forget_household_papers(conn, &households)?;
    let certified = store::in_ledger(conn, &households)?;
    let nameless: Vec<_> = households.iter().copied().filter(|one| !certified.contains(one)).collect();
    store::forget_names(conn, &nameless)?;
    Ok(households)
}

/// Why contacts are forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// Their owner wants it.
    Wanted,
    /// They have been kept long enough.
    TermOver,
}

/// What came of forgetting contacts.
#[derive(Debug, Default)]
pub(super) struct Forgotten {
    pub enquiries: usize,
    /// All leads of these enquiries.
    pub leads: Vec<LeadId>,
    /// Letters about leads to contacts without an account.
    pub letters: Vec<MailId>,
    /// Those whose producer has got the contact, by the producer.
    pub passed_on: BTreeMap<OrganisationId, Vec<LeadId>>,
}

/// Puts pseudonyms into the place of the contacts of these enquiries, and of what tells them in the words of any side. What
/// the contacts were is added to `traces`.
///
/// Attachments go. The evidence of an agreement goes when its time is over, or if the buyer is a person; what two companies
/// have signed stays until then.
pub(super) fn forget_contacts(
    conn: &mut Conn,
    world: &World,
    of: &[EnquiryId],
    cause: Cause,
    traces: &mut Traces,
) -> QueryResult<Forgotten> {
    let mut all = Forgotten::default();
    for some in of.chunks(SOME) {
        // Ahead of reading: who reveals or completes a contact meanwhile comes before or after.
        let mut leads = store::leads_of(conn, some)?;
        let contacts = store::contacts(conn, some)?;
        let ids: Vec<EnquiryId> = contacts.iter().map(|contact| contact.enquiry).collect();
        let personal = contacts.iter().filter(|contact| is_personal(&contact.company, &contact.name));
        let personal: Vec<EnquiryId> = personal.map(|contact| contact.enquiry).collect();
        for contact in &contacts {
            traces.add_name(&contact.name);
            traces.add(contact.email.as_deref().unwrap_or_default());
            traces.add_number(contact.phone.as_deref().unwrap_or_default());
        }
        leads.retain(|part| ids.contains(&part.enquiry));
        let addresses: Vec<String> = contacts.iter().filter_map(Contact::email_key).collect();
        all.letters.extend(store::delete_follow_letters(conn, &addresses)?);
        forget_in_others_words(conn, &ids, &contacts)?;
        let concerned: Vec<LeadId> = leads.iter().map(|part| part.lead).collect();
        store::forget_words_on(conn, &concerned)?;
        for (event, details) in store::buyer_details(conn, &concerned)? {
            if let Some(left) = redact::details_with(&details, |_| None) {
                store::rewrite(conn, Place::Details(event), &left)?;
            }
        }
        store::forget_attachments(conn, &ids)?;
        let evidence_of = if cause == Cause::TermOver { &ids } else { &personal };
        store::forget_evidence(conn, evidence_of)?;
        store::forget_companies(conn, &personal)?;
        all.enquiries += store::forget_contacts(conn, &ids, world.now())?;
        store::forget_answers(conn, &concerned)?;
        for part in leads.iter().filter(|part| part.revealed_at.is_some()) {
            all.passed_on.entry(part.producer).or_default().push(part.lead);
        }
        all.leads.extend(concerned);
    }
    Ok(all)
}

/// In what others wrote, and in the names that agreements have for the buyer.
fn forget_in_others_words(conn: &mut Conn, of: &[EnquiryId], contacts: &[Contact]) -> QueryResult<()> {
    let mut persons_agreements = Vec::new();
    // One text may tell of several contacts.
    let mut changed: HashMap<Place, String> = HashMap::new();
    for Written { enquiry, place, text } in store::written_by_others(conn, of)? {
        let text = changed.get(&place).cloned().unwrap_or(text);
        let Some(contact) = contacts.iter().find(|contact| contact.enquiry == enquiry) else { continue };
        if let Place::BuyerName(agreement) = place
            && (is_personal(&contact.company, &contact.name) || is_personal(&text, &contact.name))
        {
            store::rewrite(conn, place, redact::ERASED_TEXT)?;
            persons_agreements.push(agreement);
            continue;
        }
        let left = match place {
            Place::Details(_) => redact::details_with(&text, |text| {
                Some(contact.out_of(text).unwrap_or_else(|| text.to_owned()))
            })
            .filter(|left| *left != text),
            _ => contact.out_of(&text),
        };
        if let Some(left) = left {
            store::rewrite(conn, place, &left)?;
            changed.insert(place, left);
        }
    }
    store::forget_buyer_codes(conn, &persons_agreements)
}

impl Contact {
    fn email_key(&self) -> Option<String> {
        let email = Email::parse(self.email.as_deref()?).ok()?;
        Some(email.key())
    }

    /// A text without this contact; `None` if it does not tell of it.
    fn out_of(&self, text: &str) -> Option<String> {
        let (email, phone) = (self.email.as_deref(), self.phone.as_deref());
        let left = redact::without(text, &self.name, email, phone);
        if !is_personal(&self.company, &self.name) {
            return left;
        }
        let without_company = redact::without(left.as_deref().unwrap_or(text), &self.company, None, None);
        without_company.or(left)
    }
}

/// Forgets from where the holder of an address, not signed in, asked about its data, and acted on these leads.
fn forget_origins(conn: &mut Conn, email_key: &str, forgotten: &Forgotten) -> QueryResult<()> {
    let leads: Vec<String> = forgotten.leads.iter().map(LeadId::to_string).collect();
    let requests = store::requests_of(conn, email_key)?;
    audit::forget_origins_about(conn, SubjectKind::Lead, &leads)?;
    audit::forget_origins_about(conn, SubjectKind::DataRequest, &requests).map(|_| ())
}

/// Is the name of a company that of a person: of a household business, or that of the contact?
fn is_personal(company: &str, contact: &str) -> bool {
    EntityType::of_name(company) == Some(EntityType::Household) || company.trim() == contact.trim()
}

/// Tells the owners of the producers, and the officers, who have got these contacts to stop using them: one letter to each.
pub(super) fn tell_producers(conn: &mut Conn, world: &World, forgotten: &Forgotten) -> QueryResult<()> {
    let producers: Vec<OrganisationId> = forgotten.passed_on.keys().copied().collect();
    let mut told = BTreeSet::new();
    for owner in store::owners_of(conn, &producers)? {
        let Some(leads) = forgotten.passed_on.get(&owner.producer) else { continue };
        if told.insert((owner.producer, owner.user)) {
            tell_to_stop(conn, world, (owner.user, &owner.email, owner.language), leads)?;
        }
    }
    let mut officers: BTreeMap<UserId, (String, UserLanguage, Vec<LeadId>)> = BTreeMap::new();
    for some in forgotten.leads.chunks(SOME) {
        for informed in store::officers_informed(conn, some)? {
            let officer =
                officers.entry(informed.user).or_insert((informed.email, informed.language, Vec::new()));
            officer.2.push(informed.lead);
        }
    }
    for (user, (email, language, leads)) in officers {
        tell_to_stop(conn, world, (user, &email, language), &leads)?;
    }
    Ok(())
}

fn tell_to_stop(
    conn: &mut Conn,
    world: &World,
    (user, email, language): (UserId, &str, UserLanguage),
    leads: &[LeadId],
) -> QueryResult<()> {
    let Ok(to) = Email::parse(email) else { return Ok(()) };
    let leads: Vec<&str> = leads.iter().map(LeadId::as_str).collect();
    let values = vec![("leads", leads.join("\n"))];
    let letter = Letter { kind: MailKind::ContactErased, to, user: Some(user), language, values };
    mail::send(conn, world, &letter).map(|_| ())
}

/// Tells the owners of a producer to stop using the contact of one lead: its buyer has taken the consent back.
pub fn tell_producer(
    conn: &mut Conn,
    world: &World,
    producer: OrganisationId,
    lead: LeadId,
) -> QueryResult<()> {
    // What an office has seen it may know on.
    let passed_on = BTreeMap::from([(producer, vec![lead])]);
    tell_producers(conn, world, &Forgotten { passed_on, ..Forgotten::default() })
}

/// What an erasure of an address has come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErasedAddress {
    /// How many enquiries told of it.
    pub enquiries: usize,
    /// Letters to it; their files are to follow, see [`mail::Post::forget_files`].
    pub letters: Vec<MailId>,
}

/// Erases the contacts of all enquiries of an address, and the letters to it.
pub fn erase_contacts(conn: &mut Conn, world: &World, email_key: &str) -> QueryResult<ErasedAddress> {
    let mut letters = store::delete_letters(conn, None, email_key)?;
    let enquiries = store::contacts_of(conn, None, email_key)?;
    let mut traces = Traces::default();
    traces.add(email_key);
    let mut forgotten = forget_contacts(conn, world, &enquiries, Cause::Wanted, &mut traces)?;
    letters.append(&mut forgotten.letters);
    tell_producers(conn, world, &forgotten)?;
    store::forget_address(conn, email_key, &pseudonym(world), world.now())?;
    forget_origins(conn, email_key, &forgotten)?;
    store::close_captures(conn, None, &traces, world.now())?;
    store::delete_answers(conn, &traces)?;
    Ok(ErasedAddress { enquiries: forgotten.enquiries, letters })
}

/// Takes consents for a purpose back, and ends what rested on them: of [`ConsentPurpose::LeadContact`] the contacts of all
/// enquiries the user sent are forgotten.
pub fn withdraw(
    conn: &mut Conn,
    world: &World,
    by: &Agent,
    user: UserId,
    purpose: ConsentPurpose,
) -> Result<(), PrivacyError> {
    let withdrawn = match purpose {
        ConsentPurpose::AccountTerms => return Err(PrivacyError::AccountNeedsIt),
        ConsentPurpose::LeadContact => {
            let enquiries = store::sent_by(conn, user)?;
            let mut traces = Traces::default();
            let forgotten = forget_contacts(conn, world, &enquiries, Cause::Wanted, &mut traces)?;
            tell_producers(conn, world, &forgotten)?;
            store::delete_answers(conn, &traces)?;
            forgotten.enquiries
        }
        ConsentPurpose::NewsMail => store::withdraw_consents(conn, user, purpose, world.now())?,
    };
    if withdrawn == 0 {
        return Err(PrivacyError::NotFound);
    }
    let event =
        Event::of_user(Action::ConsentWithdrawn, user).with("purpose", purpose).with("consents", withdrawn);
    Ok(audit::record(conn, world, by, event)?)
}
