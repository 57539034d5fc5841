//! Facts about leads, for those who count them.

use super::store::{self, Filter, Joined, Scope, Survivor};
use super::{
    AgreementFacts, AgreementId, AnswerClock, LeadEventKind, LeadFacts, LeadId, LeadStage, Named, SourceName,
    access,
};
use crate::auth::Caller;
use crate::db::Conn;
use crate::organisations::OrganisationId;
use diesel::QueryResult;
use std::collections::{HashMap, HashSet};

/// Leads that are read at once: few enough to hold, enough to make the queries count little.
const CHUNK: i64 = 500;

/// Tells `each` of the facts of every lead that a filter leaves: of those that [`list`](super::list) gives the caller, or, to
/// no caller, of all. Leads that go on in others are told as part of those.
pub fn facts(
    conn: &mut Conn,
    caller: Option<&Caller>,
    filter: &Filter,
    each: &mut dyn FnMut(LeadFacts),
) -> QueryResult<()> {
    let organisations = caller.map(Caller::organisations).unwrap_or_default();
    let scopes = match caller {
        Some(caller) => access::scopes(caller, &organisations, filter.side),
        None => vec![Scope::All],
    };
    told(conn, scopes, filter, each)
}

/// The same of one producer's.
pub fn facts_of_producer(
    conn: &mut Conn,
    producer: OrganisationId,
    filter: &Filter,
    each: &mut dyn FnMut(LeadFacts),
) -> QueryResult<()> {
    told(conn, vec![Scope::Producers(&[producer])], filter, each)
}

fn told(
    conn: &mut Conn,
    scopes: Vec<Scope<'_>>,
    filter: &Filter,
    each: &mut dyn FnMut(LeadFacts),
) -> QueryResult<()> {
    let several = scopes.len() > 1;
    let mut told: HashSet<LeadId> = HashSet::new();
    for scope in scopes {
        let mut after = None;
        loop {
            let mut leads = store::survivors(conn, scope, filter, after, CHUNK)?;
            let Some(last) = leads.last() else { break };
            after = Some(last.id);
            // An officer may have recorded what is of its province as well.
            leads.retain(|lead| !several || told.insert(lead.id));
            completed(conn, leads)?.into_iter().for_each(&mut *each);
        }
    }
    Ok(())
}

/// What came of some leads and of what was merged into them.
fn completed(conn: &mut Conn, leads: Vec<Survivor>) -> QueryResult<Vec<LeadFacts>> {
    let own: Vec<LeadId> = leads.iter().map(|lead| lead.id).collect();
    let joined = store::joined(conn, &own)?;
    let mut root: HashMap<LeadId, LeadId> = own.iter().map(|id| (*id, *id)).collect();
    root.extend(joined.iter().map(|one| (one.id, one.into)));
    let everybody: Vec<LeadId> = root.keys().copied().collect();

    let mut facts: HashMap<LeadId, LeadFacts> =
        leads.into_iter().map(|lead| (lead.id, begun(lead))).collect();
    for one in joined {
        if let Some(of) = root.get(&one.id).and_then(|id| facts.get_mut(id)) {
            of.clock = of.clock.map(|clock| clock.with(&one));
        }
    }
    for (lead, stars, group) in store::grades(conn, &own)? {
        if let Some(of) = facts.get_mut(&lead) {
            of.stars.extend(stars);
            of.groups.extend(group);
        }
    }
    for step in store::steps(conn, &everybody)? {
        let Some(of) = root.get(&step.lead).and_then(|id| facts.get_mut(id)) else { continue };
        of.quoted |= step.kind == LeadEventKind::Quote || step.to == Some(LeadStage::Quoted);
        of.sampled |= step.kind == LeadEventKind::Sample || step.to == Some(LeadStage::SampleSent);
        of.ordered |= matches!(step.kind, LeadEventKind::FirstOrder | LeadEventKind::RepeatOrder)
            || matches!(step.to, Some(LeadStage::FirstOrder | LeadStage::Repeat));
        if let Some(to) = step.to.filter(|_| step.lead == of.id) {
            of.path.push((to, step.occurred_at));
        }
    }
    for (lead, agreement) in agreements(conn, &everybody)? {
        if let Some(of) = root.get(&lead).and_then(|id| facts.get_mut(id)) {
            of.agreements.push(agreement);
        }
    }
    Ok(own.iter().filter_map(|id| facts.remove(id)).collect())
}

fn begun(lead: Survivor) -> LeadFacts {
    let clock = AnswerClock { since: lead.created_at, due: lead.respond_by, answered_at: lead.answered_at };
    LeadFacts {
        id: lead.id,
        producer: lead.producer,
        stage: lead.stage,
        arrived_at: lead.created_at,
        channel: lead.channel,
        event: named(lead.event, lead.event_key),
        campaign: named(lead.campaign, lead.campaign_key),
        groups: Vec::new(),
        stars: Vec::new(),
        clock: (lead.recorder != Some(lead.producer)).then_some(clock),
        path: Vec::new(),
        quoted: false,
        sampled: false,
        ordered: false,
        agreements: Vec::new(),
    }
}

fn named(name: Option<SourceName>, key: Option<String>) -> Option<Named> {
    Some(Named { key: key?, name: name?.as_str().to_owned() })
}

impl AnswerClock {
    /// The clock of two leads that are one: it runs from the first of them, to the first answer in either.
    fn with(self, other: &Joined) -> Self {
        let answered_at = [self.answered_at, other.answered_at].into_iter().flatten().min();
        let (since, due) = (self.since, self.due).min((other.created_at, other.respond_by));
        Self { since, due, answered_at }
    }
}

fn agreements(conn: &mut Conn, of: &[LeadId]) -> QueryResult<Vec<(LeadId, AgreementFacts)>> {
    let signed = store::in_force(conn, of)?;
    let ids: Vec<AgreementId> = signed.iter().map(|agreement| agreement.id).collect();
    let mut shares = store::shares(conn, &ids)?;
    let with_shares = signed.into_iter().map(|agreement| {
        let facts = AgreementFacts {
            id: agreement.id,
            kind: agreement.kind,
            value: agreement.value,
            signed_on: agreement.signed_on,
            shares: shares.remove(&agreement.id).map_or_else(Vec::new, |shares| shares.into_credits()),
        };
        (agreement.lead, facts)
    });
    Ok(with_shares.collect())
}
