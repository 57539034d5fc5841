//! Leads that may be the same: suggested to whoever may see both, and never in anybody's way.
//!
//! A buyer writes from the website and is met at the fair a week later; two people at one stand record the same visitor.
//! Of one producer, two leads within [`NEAR_DAYS`] may be one if the tax code, the e-mail address, the telephone number or
//! the company's name is the same; that they ask for the same product is told besides. Nobody learns by it what is hidden:
//! of a contact that the reader has not been given, it is not even said that it equals another.

use crate::auth::Caller;
use crate::db::{Conn, Instant};
use crate::leads::store::{self, Sign};
use crate::leads::{ContactState, Known, LeadError, LeadId, LeadRow, LeadStage};
use crate::organisations::OrganisationId;
use crate::products::ProductId;
use crate::reference::Reference;
use crate::vietnamese;
use std::collections::{BTreeSet, HashMap, HashSet};

/// How many days apart two of one buyer may have been made.
pub const NEAR_DAYS: i64 = 60;
/// So many are suggested of one lead at most.
const MOST: usize = 20;
/// So many leads are looked at for each sign, however many there are.
const LOOKED_AT: i64 = 400;

crate::text_enum! {
    /// By what two leads look like one.
    pub enum DuplicateSign {
        TaxCode = "tax_code",
        Email = "email",
        Phone = "phone",
        /// The company's name, but for case, marks and legal form
        CompanyName = "company_name",
        /// They ask for the same product as well
        Product = "product",
    }
}

/// A lead that may be the same as another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duplicate {
    pub lead: LeadId,
    pub stage: LeadStage,
    pub occurred_at: Instant,
    pub because: Vec<DuplicateSign>,
}

/// To each of these leads the others that may be the same, newest first; of all only what the caller may see.
pub fn possible(
    conn: &mut Conn,
    reference: &Reference,
    caller: &Caller,
    of: &[LeadId],
) -> Result<HashMap<LeadId, Vec<Duplicate>>, LeadError> {
    let found = store::by_ids(conn, of)?;
    let asked = Known::by(conn, reference, caller, found)?;
    let asked: Vec<Known> = asked.into_iter().filter(|known| known.not_merged().is_ok()).collect();
    if asked.is_empty() {
        return Ok(HashMap::new());
    }
    let candidates = candidates(conn, &asked)?;
    let others = store::by_ids(conn, &candidates.into_iter().collect::<Vec<_>>())?;
    let mut others = Known::by(conn, reference, caller, others)?;
    others.sort_by_key(|known| std::cmp::Reverse(known.lead.id));
    let products = products(conn, asked.iter().chain(&others))?;
    let suggested = asked.iter().map(|known| {
        let alike = others.iter().filter_map(|other| {
            let because = signs(known, other, &products)?;
            let LeadRow { id, stage, occurred_at, .. } = other.lead;
            Some(Duplicate { lead: id, stage, occurred_at, because })
        });
        (known.lead.id, alike.take(MOST).collect())
    });
    Ok(suggested.collect())
}

/// Leads of the same producers that have a sign of one of these.
fn candidates(conn: &mut Conn, asked: &[Known]) -> Result<BTreeSet<LeadId>, LeadError> {
    let producers: BTreeSet<OrganisationId> = asked.iter().map(|known| known.lead.producer_id).collect();
    let producers: Vec<_> = producers.into_iter().collect();
    let times = asked.iter().map(|known| known.lead.occurred_at);
    let (Some(first), Some(last)) = (times.clone().min(), times.max()) else { return Ok(BTreeSet::new()) };
    let span = (first.plus_seconds(-NEAR_DAYS * 86_400), last.plus_seconds(NEAR_DAYS * 86_400));
    let distinct = |texts: Vec<Option<&str>>| -> Vec<String> {
        let texts: BTreeSet<&str> = texts.into_iter().flatten().collect();
        texts.into_iter().map(str::to_owned).collect()
    };
    let of = |text: fn(&Known) -> Option<&str>| distinct(asked.iter().map(text).collect());
    let codes = of(|known| known.enquiry.company_tax_code.as_ref().map(|code| code.as_str()));
    let emails = of(|known| known.enquiry.contact_email_key.as_deref());
    let phones = of(|known| known.enquiry.contact_phone_key.as_deref());
    let mut ids = BTreeSet::new();
    for (sign, any) in [
        (Sign::TaxCodes(&codes), !codes.is_empty()),
        (Sign::Emails(&emails), !emails.is_empty()),
        (Sign::Phones(&phones), !phones.is_empty()),
    ] {
        if any {
            ids.extend(store::alike(conn, &producers, span, sign, LOOKED_AT)?);
        }
    }
    let names: HashSet<(OrganisationId, String)> = asked
        .iter()
        .map(|known| (known.lead.producer_id, company_key(known.enquiry.company_name.as_str())))
        .collect();
    let newest = store::newest(conn, &producers, LOOKED_AT)?.into_iter();
    ids.extend(
        newest
            .filter(|(_, producer, name)| names.contains(&(*producer, company_key(name))))
            .map(|(id, ..)| id),
    );
    Ok(ids)
}

/// What the leads ask for.
fn products<'a>(
    conn: &mut Conn,
    leads: impl Iterator<Item = &'a Known>,
) -> Result<HashSet<(LeadId, ProductId)>, LeadError> {
    let ids: Vec<LeadId> = leads.map(|known| known.lead.id).collect();
    Ok(store::items(conn, &ids)?.into_iter().map(|item| (item.lead_id, item.product)).collect())
}

/// Why two leads may be one; `None` if they may not.
fn signs(one: &Known, other: &Known, products: &HashSet<(LeadId, ProductId)>) -> Option<Vec<DuplicateSign>> {
    let (a, b) = (&one.enquiry, &other.enquiry);
    let apart = (one.lead.occurred_at.micros() - other.lead.occurred_at.micros()).abs();
    let near = apart <= NEAR_DAYS * 86_400 * 1_000_000;
    let pair = one.lead.producer_id == other.lead.producer_id && one.lead.id != other.lead.id;
    if !near || !pair || a.contact_forgotten_at.is_some() || b.contact_forgotten_at.is_some() {
        return None;
    }
    let reads_contact = [one, other].iter().all(|known| known.contact_state() == ContactState::Open);
    let reads_names = one.tells_the_buyer() && other.tells_the_buyer();
    let same = |known: bool, equal: bool, sign| (known && equal).then_some(sign);
    let mut because: Vec<DuplicateSign> = [
        same(
            reads_names && a.company_tax_code.is_some(),
            a.company_tax_code == b.company_tax_code,
            DuplicateSign::TaxCode,
        ),
        same(
            reads_contact && a.contact_email_key.is_some(),
            a.contact_email_key == b.contact_email_key,
            DuplicateSign::Email,
        ),
        same(
            reads_contact && a.contact_phone_key.is_some(),
            a.contact_phone_key == b.contact_phone_key,
            DuplicateSign::Phone,
        ),
        same(
            reads_names,
            company_key(a.company_name.as_str()) == company_key(b.company_name.as_str()),
            DuplicateSign::CompanyName,
        ),
    ]
    .into_iter()
    .flatten()
    .collect();
    if because.is_empty() {
        return None;
    }
    let mut of_one = products.iter().filter(|(lead, _)| *lead == one.lead.id);
    if of_one.any(|(_, product)| products.contains(&(other.lead.id, *product))) {
        because.push(DuplicateSign::Product);
    }
    Some(because)
}

/// Legal forms, as they stand before a company's name; the longer ahead of what it begins with.
const FORMS: [&str; 16] = [
    "cong ty trach nhiem huu han mot thanh vien",
    "cong ty trach nhiem huu han",
    "cong ty tnhh mot thanh vien",
    "cong ty tnhh mtv",
    "cong ty tnhh",
    "cong ty co phan",
    "cong ty cp",
    "cong ty",
    "cty tnhh mtv",
    "cty tnhh",
    "cty cp",
    "cty",
    "hop tac xa",
    "htx",
    "ho kinh doanh",
    "doanh nghiep tu nhan",
];

/// Equal for what people take for one company: `CÔNG TY TNHH Ví Dụ` and `Cty Ví dụ`.
fn company_key(name: &str) -> String {
    let folded = vietnamese::fold(name);
    let bare = FORMS.iter().find_map(|form| folded.strip_prefix(form)?.strip_prefix(' '));
    match bare {
        Some(bare) => bare.to_owned(),
        // A name of signs only is its own key.
        None if folded.is_empty() => name.to_owned(),
        None => folded,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_company_is_known_whatever_its_form_is_written_like() {
        let key = company_key("Công ty TNHH Ví Dụ");
        for same in [
            "CÔNG TY TNHH VÍ DỤ",
            "Cty Ví dụ",
            "cong ty cp vi du",
            "Ví Dụ",
            "Công ty Trách nhiệm hữu hạn Ví Dụ",
        ] {
            assert_eq!(company_key(same), key, "{same}");
        }
        for other in ["Công ty", "Ví Dụ Hai", "Công tyVí Dụ", "!!!", "???"] {
            assert_ne!(company_key(other), key, "{other}");
        }
        assert_ne!(company_key("!!!"), company_key("???"));
    }
}
