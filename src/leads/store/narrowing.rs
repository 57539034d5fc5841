//! Which leads are meant, as conditions of a query.

use super::Chosen;
use crate::certification::model::Stars;
use crate::leads::{About, AttributionKind, Only};
use crate::organisations::EntityType;
use crate::reference::PlaceColumn;
use crate::schema::{agreement_shares, agreements, enquiries, lead_items, leads, organisations};
use diesel::dsl::{exists, not};
use diesel::prelude::*;

diesel::alias!(lead_items as other_items: OtherItems, leads as merged_leads: MergedLeads);

/// Leaves what `about` says.
pub fn narrowed<'a>(mut query: Chosen<'a>, about: &'a About) -> Chosen<'a> {
    for (column, code) in &about.places {
        query = placed(query, *column, code.as_deref());
    }
    if let Some(producer_type) = about.producer_type {
        query = typed(query, producer_type);
    }
    if let Some(group) = &about.group {
        query = grouped(query, group);
    }
    if let Some(stars) = &about.stars {
        query = starred(query, stars);
    }
    if let Some(channel) = about.channel {
        query = query.filter(enquiries::source_channel.eq(channel));
    }
    query = match &about.event {
        None => query,
        Some(None) => query.filter(enquiries::source_event_key.is_null()),
        Some(Some(key)) => query.filter(enquiries::source_event_key.eq(key)),
    };
    query = match &about.campaign {
        None => query,
        Some(None) => query.filter(enquiries::source_campaign_key.is_null()),
        Some(Some(key)) => query.filter(enquiries::source_campaign_key.eq(key)),
    };
    query = match about.merged {
        None => query,
        Some(true) => query.filter(leads::merged_into.is_not_null()),
        Some(false) => query.filter(leads::merged_into.is_null()),
    };
    match &about.credited {
        None => query,
        Some((kind, to)) => credited(query, *kind, to.as_deref()),
    }
}

/// Leads of producers with a code, or with none, in a column of their place.
fn placed<'a>(query: Chosen<'a>, column: PlaceColumn, code: Option<&'a str>) -> Chosen<'a> {
    use organisations::dsl;
    macro_rules! there {
        ($column:expr) => {{
            let all = organisations::table.select(organisations::id);
            match code {
                Some(code) => query.filter(leads::producer_id.eq_any(all.filter($column.eq(code)))),
                None => query.filter(leads::producer_id.eq_any(all.filter($column.is_null()))),
            }
        }};
    }
    match column {
        PlaceColumn::Province => there!(dsl::province),
        PlaceColumn::Commune => there!(dsl::commune),
        PlaceColumn::FormerProvince => there!(dsl::former_province),
        PlaceColumn::FormerDistrict => there!(dsl::former_district),
        PlaceColumn::FormerCommune => there!(dsl::former_commune),
    }
}

fn typed(query: Chosen<'_>, producer_type: Option<EntityType>) -> Chosen<'_> {
    let all = organisations::table.select(organisations::id);
    match producer_type {
        Some(known) => {
            query.filter(leads::producer_id.eq_any(all.filter(organisations::entity_type.eq(known))))
        }
        None => query.filter(leads::producer_id.eq_any(all.filter(organisations::entity_type.is_null()))),
    }
}

fn grouped<'a>(query: Chosen<'a>, group: &'a Only<String>) -> Chosen<'a> {
    let own = || lead_items::table.filter(lead_items::lead_id.eq(leads::id));
    match group {
        Only::Is(code) => query
            .filter(exists(own().filter(lead_items::group_code.eq(code))))
            .filter(not(exists(own().filter(lead_items::group_code.ne(code))))),
        Only::Unknown => query.filter(not(exists(own().filter(lead_items::group_code.is_not_null())))),
        Only::Several => {
            let same_lead = other_items.field(lead_items::lead_id).eq(lead_items::lead_id);
            let other = same_lead.and(other_items.field(lead_items::group_code).lt(lead_items::group_code));
            let of_several = lead_items::table.inner_join(other_items.on(other)).select(lead_items::lead_id);
            query.filter(leads::id.eq_any(of_several))
        }
    }
}

fn starred<'a>(query: Chosen<'a>, stars: &'a Only<Stars>) -> Chosen<'a> {
    let own = || lead_items::table.filter(lead_items::lead_id.eq(leads::id));
    match stars {
        Only::Is(stars) => query
            .filter(exists(own().filter(lead_items::stars.eq(*stars))))
            .filter(not(exists(own().filter(lead_items::stars.ne(*stars))))),
        Only::Unknown => query.filter(not(exists(own().filter(lead_items::stars.is_not_null())))),
        Only::Several => {
            let same_lead = other_items.field(lead_items::lead_id).eq(lead_items::lead_id);
            let other = same_lead.and(other_items.field(lead_items::stars).lt(lead_items::stars));
            let of_several = lead_items::table.inner_join(other_items.on(other)).select(lead_items::lead_id);
            query.filter(leads::id.eq_any(of_several))
        }
    }
}

/// Leads with an agreement in force that is credited so, their own or that of one merged into them.
fn credited<'a>(query: Chosen<'a>, kind: AttributionKind, to: Option<&'a str>) -> Chosen<'a> {
    let in_force = || agreements::table.filter(agreements::voided_at.is_null()).select(agreements::lead_id);
    let shares = || agreement_shares::table.filter(agreement_shares::agreement_id.eq(agreements::id));
    macro_rules! with {
        ($agreements:expr) => {{
            let joined = merged_leads
                .filter(merged_leads.field(leads::id).eq_any($agreements))
                .filter(merged_leads.field(leads::merged_into).is_not_null())
                .select(merged_leads.field(leads::merged_into).assume_not_null());
            query.filter(leads::id.eq_any($agreements).or(leads::id.eq_any(joined)))
        }};
    }
    match to {
        Some(key) => with!(in_force().filter(exists(
            shares().filter(agreement_shares::kind.eq(kind)).filter(agreement_shares::name_key.eq(key))
        ))),
        None => with!(
            in_force().filter(
                exists(shares().filter(agreement_shares::kind.ne(kind)))
                    .or(not(exists(shares().filter(agreement_shares::kind.eq(kind)))))
            )
        ),
    }
}
