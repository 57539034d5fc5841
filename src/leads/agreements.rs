//! What the parties sign: recorded with its proof, credited to whose work it is, void if it was a mistake.
//!
//! An agreement is recorded by whoever was there, on any of the four sides, once it is signed, and with a file that proves it:
//! agreement, proof, shares, event and the lead's move are one transaction. One paper is one agreement: the same file, or the
//! same number of the same day, is not recorded twice on a lead or on leads that were merged into it.
//!
//! What was recorded is not changed. A mistake is **voided** by the side that made it, or by the office, and counts no more; if
//! the lead stood where only that agreement had brought it, it goes back to where it had come without it, which is the one way
//! back there is. To whose work an agreement is credited the same two may change, and who recorded the enquiry for its buyer;
//! until they do, it is the event, else the campaign, from which the enquiry came, else the programme of the producer's
//! province.
//!
//! All four sides see agreements with their values and proofs.

use super::store::{self, AgreementRow};
use super::{
    AgreementId, AgreementKind, AgreementNumber, AttributionKind, EventDetails, Known, LeadError,
    LeadEventKind, LeadId, LeadSide, LeadStage, NewAgreement, NewEvent, Part, Shares, SourceName, VoidReason,
    read, record, write,
};
use crate::audit::{self, Action, Event, SubjectKind};
use crate::auth::{Caller, Principal};
use crate::db::{Conn, Day, Instant};
use crate::files::{self, FileId, FileRow, Sha256Hex, TakeError};
use crate::input::Faults;
use crate::organisations;
use crate::reference::Reference;
use crate::say::{Invalid, Say};
use crate::world::World;
use diesel::QueryResult;
use std::collections::{HashMap, HashSet};

/// More agreements of one lead than trade knows.
pub const MOST_AGREEMENTS: usize = 100;
/// Of so many other leads with the same proof is told.
const MOST_TOLD: i64 = 5;

/// What was signed, with its proof and its shares.
#[derive(Debug, Clone)]
pub struct Agreement {
    pub row: AgreementRow,
    pub evidence: Vec<FileRow>,
    pub shares: Shares,
}

impl Agreement {
    /// Are both in force, and one paper?
    pub(super) fn is_of_one_paper_with(&self, other: &Self) -> bool {
        let counts = self.row.voided_at.is_none() && other.row.voided_at.is_none();
        let proves = |file: &FileRow| other.evidence.iter().any(|one| one.sha256 == file.sha256);
        counts
            && (self.has_number(&other.row.number, other.row.signed_on) || self.evidence.iter().any(proves))
    }

    fn has_number(&self, number: &Option<AgreementNumber>, signed_on: Day) -> bool {
        match (&self.row.number, number) {
            (Some(own), Some(other)) => own.key() == other.key() && self.row.signed_on == signed_on,
            _ => false,
        }
    }
}

/// An agreement that was recorded.
#[derive(Debug)]
pub struct Signed {
    pub agreement: Agreement,
    /// Other leads of the producer, of those the caller sees, that have an agreement with the same proof.
    pub also_on: Vec<LeadId>,
}

/// All that was signed, also on leads that were merged into this one, in the order in which it was recorded.
pub fn agreements(conn: &mut Conn, known: &Known) -> Result<Vec<Agreement>, LeadError> {
    let leads = store::family(conn, known.lead.id)?;
    let rows = store::agreements(conn, &leads)?;
    let ids: Vec<AgreementId> = rows.iter().map(|row| row.id).collect();
    let proofs = store::proofs(conn, &ids)?;
    let mut shares = store::shares(conn, &ids)?;
    let files: Vec<FileId> = proofs.iter().map(|(_, file)| *file).collect();
    let files: HashMap<FileId, FileRow> =
        files::described(conn, &files)?.into_iter().map(|file| (file.id, file)).collect();
    let whole = rows.into_iter().map(|row| {
        let own = proofs.iter().filter(|(agreement, _)| *agreement == row.id);
        let evidence = own.filter_map(|(_, file)| files.get(file).cloned()).collect();
        let shares = shares.remove(&row.id).unwrap_or_else(|| Shares::stored(Vec::new()));
        Agreement { row, evidence, shares }
    });
    Ok(whole.collect())
}

/// One of them.
pub fn agreement(conn: &mut Conn, known: &Known, id: AgreementId) -> Result<Agreement, LeadError> {
    let all = agreements(conn, known)?;
    all.into_iter().find(|agreement| agreement.row.id == id).ok_or(LeadError::NotFound)
}

/// Records what was signed, on a lead that this transaction has locked.
pub fn sign(
    conn: &mut Conn,
    world: &World,
    reference: &Reference,
    by: &Caller,
    known: &mut Known,
    new: NewAgreement,
) -> Result<Signed, LeadError> {
    known.not_merged()?;
    new.kind.event().effect(known.lead.stage, known.side).map_err(LeadError::Illegal)?;
    let present = agreements(conn, known)?;
    // Who sends the same again learns that it is recorded, not that its files are in use.
    let by_name = |held: &FileRow| new.evidence.iter().any(|told| told.file == held.id);
    refuse_recorded(&present, &new, by_name)?;
    let evidence = prove(conn, world, by.principal, &new)?;
    let by_content = |held: &FileRow| evidence.iter().any(|file| file.sha256 == held.sha256);
    refuse_recorded(&present, &new, by_content)?;
    if present.len() >= MOST_AGREEMENTS {
        return Err(LeadError::TooManyAgreements);
    }
    let shares = default_shares(conn, known)?;
    let row = new_row(world, by.principal, known, new);
    store::insert_agreement(conn, &row, &evidence, &shares)?;
    let also_on = proved_elsewhere(conn, reference, by, known, &evidence)?;
    let event = NewEvent {
        occurred_at: Some(signed_at(known, &row)),
        ..NewEvent::of(row.kind.event()).with(EventDetails::Agreement { agreement_id: row.id })
    };
    record(conn, world, Some(by), known, event)?;
    let remembered = remembered(Action::AgreementRecorded, known, &row)
        .with("kind", row.kind)
        .with("value", row.value)
        .with("evidence", evidence.iter().map(|file| &file.sha256).collect::<Vec<_>>());
    audit::record(conn, world, &known.agent(by), remembered)?;
    Ok(Signed { agreement: Agreement { row, evidence, shares }, also_on })
}

/// Takes the files that prove an agreement. All that is wrong with them and with the rest is told at once.
fn prove(
    conn: &mut Conn,
    world: &World,
    by: Principal,
    new: &NewAgreement,
) -> Result<Vec<FileRow>, LeadError> {
    let ids: Vec<FileId> = new.evidence.iter().map(|one| one.file).collect();
    let mut faults = new.check(world.today());
    let mut taken = match files::take(conn, world, Some(by), &ids) {
        Ok(taken) => taken,
        Err(TakeError::Db(failure)) => return Err(failure.into()),
        Err(TakeError::Invalid(more)) => {
            let named = more.0.into_iter().map(|mut fault| {
                fault.path.push("file_id".to_owned());
                fault
            });
            faults.0.extend(Faults(named.collect()).within(&["evidence"]).0);
            return Err(LeadError::Invalid(faults));
        }
    };
    let mut seen: HashSet<&Sha256Hex> = HashSet::new();
    for (index, (file, told)) in taken.iter().zip(&new.evidence).enumerate() {
        let index = index.to_string();
        if told.sha256.as_ref().is_some_and(|told| *told != file.sha256) {
            faults.push(["evidence", &index, "sha256"], other_hash());
        }
        if !seen.insert(&file.sha256) {
            let say =
                Say::new("Nội dung tệp này đã có ở trên.", "The list has a file of this content already.");
            faults.push(["evidence", &index, "file_id"], Invalid::new("duplicate", say));
        }
    }
    faults.into_result().map_err(LeadError::Invalid)?;
    // In the order in which they are read again.
    taken.sort_by_key(|file| file.id);
    Ok(taken)
}

fn other_hash() -> Invalid {
    let say = Say::new("Tệp đã lưu có mã băm khác.", "The stored file has another hash.");
    Invalid::new("hash_mismatch", say)
}

/// Is it recorded already: by the same paper, or under the same number of the same day? What is void does not count.
fn refuse_recorded(
    present: &[Agreement],
    new: &NewAgreement,
    is_new_evidence: impl Fn(&FileRow) -> bool,
) -> Result<(), LeadError> {
    let is_same = |known: &&Agreement| {
        let numbered = known.has_number(&new.number, new.signed_on);
        known.row.voided_at.is_none() && (numbered || known.evidence.iter().any(&is_new_evidence))
    };
    present.iter().find(is_same).map_or(Ok(()), |same| Err(LeadError::AlreadySigned(same.row.id)))
}

fn new_row(world: &World, by: Principal, known: &Known, new: NewAgreement) -> AgreementRow {
    let (user, client) = store::by_kind(Some(by));
    let at = world.now();
    AgreementRow {
        id: world.id(),
        lead_id: known.lead.id,
        kind: new.kind,
        number: new.number,
        buyer_name: new.buyer_name,
        buyer_tax_code: new.buyer_tax_code,
        producer_name: new.producer_name,
        value: new.value,
        signed_on: new.signed_on,
        starts_on: new.starts_on,
        ends_on: new.ends_on,
        side: known.side,
        recorded_by: user,
        recorded_by_client: client.map(|(client, _)| client),
        recorded_at: at,
        updated_at: at,
        voided_at: None,
        voided_by: None,
        void_reason: None,
    }
}

/// When it was signed, as far as a day tells: at its noon, but after what the lead had come to before.
fn signed_at(known: &Known, row: &AgreementRow) -> Instant {
    let noon = row.signed_on.start().plus_seconds(12 * 3600);
    noon.max(known.lead.stage_since).min(row.recorded_at)
}

/// To whom an agreement is credited until somebody says otherwise: to the event from which the enquiry came, or from which one
/// came that was merged into it, for there the parties met; else to a campaign in the same way; else to the province.
fn default_shares(conn: &mut Conn, known: &Known) -> QueryResult<Shares> {
    let mut sources = vec![(known.enquiry.source_event.clone(), known.enquiry.source_campaign.clone())];
    let mut merged = store::family(conn, known.lead.id)?;
    merged.retain(|lead| *lead != known.lead.id);
    sources.extend(store::sources(conn, &merged)?);
    let (events, campaigns): (Vec<_>, Vec<_>) = sources.into_iter().unzip();
    let events = events.into_iter().map(|name| (AttributionKind::Event, name));
    let campaigns = campaigns.into_iter().map(|name| (AttributionKind::Campaign, name));
    let named = events.chain(campaigns).find_map(|(kind, name): (_, Option<SourceName>)| {
        let part = Part::named(kind, name.as_ref()?, 0);
        // A name of signs alone is none.
        (!part.key.is_empty()).then_some(part)
    });
    if let Some(named) = named {
        return Ok(Shares::whole(named));
    }
    let producers = organisations::producers(conn, &[known.lead.producer_id])?;
    let province = producers.into_iter().find_map(|producer| producer.place.province);
    Ok(Shares::whole(Part::province(province.as_deref().unwrap_or(Shares::UNKNOWN_PROVINCE), 0)))
}

/// Other leads of the producer with the same proof. Of those only which the caller sees anyway: nobody learns by a paper what
/// there is besides.
fn proved_elsewhere(
    conn: &mut Conn,
    reference: &Reference,
    by: &Caller,
    known: &Known,
    evidence: &[FileRow],
) -> Result<Vec<LeadId>, LeadError> {
    let family = store::family(conn, known.lead.id)?;
    let hashes: Vec<Sha256Hex> = evidence.iter().map(|file| file.sha256.clone()).collect();
    let others = store::proved_elsewhere(conn, known.lead.producer_id, &hashes, &family, MOST_TOLD)?;
    let mut told = Vec::new();
    for other in others {
        match read(conn, reference, by, other) {
            Ok(_) => told.push(other),
            Err(LeadError::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(told)
}

/// May the caller change what is said of an agreement? The office may, who stands on the side that recorded it, and, of its
/// credits, who recorded the enquiry for its buyer. What was recorded on a lead that goes on in this one is judged by that lead:
/// an organiser has no part in what another one recorded there.
fn may_change(
    conn: &mut Conn,
    reference: &Reference,
    by: &Caller,
    (known, row): (&Known, &AgreementRow),
    credits: bool,
) -> Result<(), LeadError> {
    known.not_merged()?;
    let there = match row.lead_id == known.lead.id {
        true => None,
        false => Some(read(conn, reference, by, row.lead_id).map_err(|error| match error {
            LeadError::NotFound => LeadError::OtherSide,
            error => error,
        })?),
    };
    let there = there.as_ref().unwrap_or(known);
    let recorder = there.enquiry.recorder_side.filter(|_| credits);
    if ![Some(row.side), recorder, Some(LeadSide::Office)].contains(&Some(there.side)) {
        return Err(LeadError::OtherSide);
    }
    if row.voided_at.is_some() { Err(LeadError::AgreementVoid) } else { Ok(()) }
}

/// Says that an agreement was recorded by mistake, on a lead that this transaction has locked.
pub fn void(
    conn: &mut Conn,
    world: &World,
    reference: &Reference,
    by: &Caller,
    known: &mut Known,
    (id, reason): (AgreementId, VoidReason),
) -> Result<Agreement, LeadError> {
    let all = agreements(conn, known)?;
    let (mut found, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|one| one.row.id == id);
    let mut agreement = found.pop().ok_or(LeadError::NotFound)?;
    may_change(conn, reference, by, (known, &agreement.row), false)?;
    let at = world.now();
    agreement.row = AgreementRow {
        updated_at: at,
        voided_at: Some(at),
        voided_by: by.user(),
        void_reason: Some(reason),
        ..agreement.row
    };
    store::void_agreement(conn, &agreement.row)?;
    let left = others.iter().filter(|one| one.row.voided_at.is_none()).map(|one| one.row.kind);
    let back = back_to(conn, known, agreement.row.kind, left)?;
    let event = NewEvent::of(LeadEventKind::AgreementVoided)
        .with(EventDetails::Agreement { agreement_id: agreement.row.id });
    write(conn, world, Some(by), known, back, event)?;
    let remembered = remembered(Action::AgreementVoided, known, &agreement.row);
    audit::record(conn, world, &known.agent(by), remembered)?;
    Ok(agreement)
}

/// Where a lead goes back to that stands where only an agreement of this kind had brought it; `None`: it stays, because
/// something else holds it there, or because it has gone on.
fn back_to(
    conn: &mut Conn,
    known: &Known,
    voided: AgreementKind,
    left: impl Iterator<Item = AgreementKind>,
) -> QueryResult<Option<LeadStage>> {
    let here = known.lead.stage;
    let held: Vec<LeadStage> = left.map(AgreementKind::stage).collect();
    if voided.stage() != here || held.contains(&here) {
        return Ok(None);
    }
    if let Some(furthest) = held.into_iter().max_by_key(|stage| stage.progress()) {
        return Ok(Some(furthest));
    }
    // As the stages were recorded, whenever it was that they happened.
    let mut events = store::timelines(conn, &[known.lead.id])?;
    events.sort_by_key(|event| (event.at, event.id));
    let stages = events.iter().rev().filter_map(|event| event.to_stage);
    let mut before = stages.filter(|stage| !stage.needs_agreement() && !stage.is_end());
    // What was done beyond the stage it leads to has moved nothing, and has been done all the same.
    let done =
        events.iter().filter(|event| event.to_stage.is_none()).filter_map(|event| event.kind.comes_to());
    let stages = done.chain([before.next().unwrap_or(LeadStage::Enquiry)]);
    Ok(stages.max_by_key(|stage| stage.progress()))
}

/// Where a lead goes back to that stands where only an agreement can have brought it, and has none in force: what was signed
/// was voided while it went on in another. `None`: it stays.
pub(super) fn unsupported(conn: &mut Conn, known: &Known) -> Result<Option<LeadStage>, LeadError> {
    let Some(kind) = AgreementKind::ALL.iter().find(|kind| kind.stage() == known.lead.stage) else {
        return Ok(None);
    };
    let signed = agreements(conn, known)?;
    let left = signed.iter().filter(|one| one.row.voided_at.is_none()).map(|one| one.row.kind);
    Ok(back_to(conn, known, *kind, left)?)
}

/// Credits an agreement to other work; nothing is written if it is credited so already.
pub fn attribute(
    conn: &mut Conn,
    world: &World,
    reference: &Reference,
    by: &Caller,
    known: &Known,
    (agreement, shares): (Agreement, Shares),
) -> Result<Agreement, LeadError> {
    may_change(conn, reference, by, (known, &agreement.row), true)?;
    if agreement.shares == shares {
        return Ok(agreement);
    }
    let at = world.now();
    store::replace_shares(conn, agreement.row.id, &shares, at)?;
    let told = |shares: &Shares| -> Vec<_> {
        shares.parts().iter().map(|part| (part.kind, part.name.clone(), part.share)).collect()
    };
    let remembered = remembered(Action::AgreementAttributed, known, &agreement.row)
        .with("before", told(&agreement.shares))
        .with("after", told(&shares));
    audit::record(conn, world, &known.agent(by), remembered)?;
    Ok(Agreement { row: AgreementRow { updated_at: at, ..agreement.row }, shares, ..agreement })
}

/// What the audit log remembers: ids and facts.
fn remembered(action: Action, known: &Known, row: &AgreementRow) -> Event {
    Event::new(action, SubjectKind::Agreement, row.id)
        .with("lead", known.lead.id)
        .concerning(known.lead.producer_id)
}
