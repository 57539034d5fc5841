//! Who sends an enquiry, and how well the service knows the company in it.
//!
//! There are two questions. Whose **budget** of enquiries it is and how large depends on the account: an organisation's
//! people and machines share one, and who is verified has more. What **standing** the company has that a lead shows depends
//! on what the enquiry says, too: an organisation stands behind a company only under its own tax code, or its own name if
//! none is given; else anybody with an account could ask in a well-known name and be shown as verified.

use crate::accounts::Role;
use crate::auth::Caller;
use crate::db::{Conn, Failure};
use crate::leads::store::{self, EnquiryRow, Vouching};
use crate::leads::{EnquiryId, SenderStanding};
use crate::organisations::{self, OrganisationId, OrganisationStanding, Party};
use crate::vietnamese::name_key;
use std::collections::HashMap;

/// Whose budget an enquiry counts against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    pub standing: SenderStanding,
    /// A name that no other budget has.
    pub budget: String,
}

impl Sender {
    /// A person for itself.
    fn alone(caller: &Caller) -> Self {
        Self { standing: SenderStanding::SignedIn, budget: caller.key() }
    }

    /// Can it be told without a look at the database?
    pub fn at_once(caller: &Caller) -> Option<Self> {
        match caller.role {
            Role::Officer { .. } | Role::Admin => {
                Some(Self { standing: SenderStanding::Verified, ..Self::alone(caller) })
            }
            Role::Member => own(caller).next().is_none().then(|| Self::alone(caller)),
        }
    }

    /// By the best of the organisations the caller belongs to.
    pub fn of(conn: &mut Conn, caller: &Caller) -> Result<Self, Failure> {
        if let Some(told) = Self::at_once(caller) {
            return Ok(told);
        }
        let own: Vec<OrganisationId> = own(caller).collect();
        let parties = organisations::parties(conn, &own)?.into_iter();
        let best = parties
            .filter_map(|Party { id, standing, .. }| Some((vouched(standing)?, id)))
            .max_by_key(|(standing, id)| (*standing, std::cmp::Reverse(*id)));
        Ok(best
            .map_or_else(|| Self::alone(caller), |(standing, id)| Self { standing, budget: id.to_string() }))
    }
}

/// The organisations a caller belongs to; who acts for one by delegation does not.
fn own(caller: &Caller) -> impl Iterator<Item = OrganisationId> {
    caller.memberships.iter().filter(|membership| !membership.delegated).map(|one| one.organisation)
}

/// What an organisation's standing makes of those who send for it.
fn vouched(standing: OrganisationStanding) -> Option<SenderStanding> {
    match standing {
        OrganisationStanding::Verified => Some(SenderStanding::Verified),
        OrganisationStanding::Unverified => Some(SenderStanding::Registered),
        OrganisationStanding::Refused | OrganisationStanding::Suspended => None,
    }
}

/// The standing of the companies of these enquiries, as things are now.
pub fn standings(
    conn: &mut Conn,
    enquiries: &[&EnquiryRow],
) -> Result<HashMap<EnquiryId, SenderStanding>, Failure> {
    let users: Vec<_> = enquiries.iter().filter_map(|enquiry| enquiry.sender_user_id).collect();
    let clients: Vec<_> = enquiries.iter().filter_map(|enquiry| enquiry.sender_organisation_id).collect();
    let of_users = if users.is_empty() { Vec::new() } else { store::vouching_for_users(conn, &users)? };
    let of_clients = if clients.is_empty() { Vec::new() } else { store::vouching(conn, &clients)? };
    let told = enquiries.iter().map(|enquiry| {
        let behind_user =
            of_users.iter().filter(|(user, _)| enquiry.sender_user_id == Some(*user)).map(|(_, one)| one);
        let behind_client = of_clients.iter().filter(|one| enquiry.sender_organisation_id == Some(one.id));
        (enquiry.id, standing(enquiry, behind_user.chain(behind_client)))
    });
    Ok(told.collect())
}

fn standing<'a>(enquiry: &EnquiryRow, behind: impl Iterator<Item = &'a Vouching>) -> SenderStanding {
    if enquiry.sender_user_id.is_none() && enquiry.sender_organisation_id.is_none() {
        return SenderStanding::Anonymous;
    }
    let same = behind.filter(|one| match &enquiry.company_tax_code {
        Some(stated) => one.tax_code.as_ref().is_some_and(|own| own.as_str() == stated.as_str()),
        None => one.name_key == name_key(enquiry.company_name.as_str()),
    });
    same.filter_map(|one| vouched(one.standing)).max().unwrap_or(SenderStanding::SignedIn)
}
