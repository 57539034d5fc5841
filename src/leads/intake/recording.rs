//! Who may record an enquiry for a buyer that stands before them.
//!
//! At a fair, a conference or on the telephone it is not the buyer who types. Editors of an **organiser** record for everybody
//! it meets, editors of a **producer** what is asked of its own products, and an **officer** what comes to the office. The
//! buyer has agreed to the text, and may have left no more than a name; the rest is completed later.

use super::{Asked, Recorder, Share, Wanted};
use crate::accounts::Role;
use crate::auth::Caller;
use crate::db::Conn;
use crate::input::Faults;
use crate::leads::LeadError;
use crate::organisations::{self, OrganisationId, OrganisationKind};
use crate::say::{Invalid, Say};

crate::text_enum! {
    /// On whose behalf somebody records an enquiry for a buyer.
    pub enum RecorderRole {
        /// An organiser of fairs and meetings
        Organiser = "organiser",
        /// The producer that is asked
        Producer = "producer",
        /// The programme office
        Office = "office",
    }
}

/// As whom somebody wants to record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WalkIn {
    pub role: RecorderRole,
    /// The organiser or the producer; not needed where only one comes into question.
    pub organisation: Option<OrganisationId>,
}

/// The recorder, if the caller may record so. Faults are placed from the member `walk_in` on.
pub fn recorder(conn: &mut Conn, caller: &Caller, walk_in: WalkIn) -> Result<Recorder, LeadError> {
    match walk_in.role {
        RecorderRole::Office => office(caller, walk_in.organisation),
        RecorderRole::Organiser => {
            organisation(conn, caller, walk_in.organisation, OrganisationKind::Organiser)
                .map(Recorder::Organiser)
        }
        RecorderRole::Producer => {
            organisation(conn, caller, walk_in.organisation, OrganisationKind::Producer)
                .map(Recorder::Producer)
        }
    }
}

fn office(caller: &Caller, organisation: Option<OrganisationId>) -> Result<Recorder, LeadError> {
    if caller.office_waits {
        return Err(LeadError::SecondFactorNeeded);
    }
    if caller.role == Role::Member {
        return Err(LeadError::Forbidden(Say::new(
            "Chỉ cán bộ OCOP mới ghi nhận thay mặt cơ quan.",
            "Only officers of the programme record for the office.",
        )));
    }
    match organisation {
        None => Ok(Recorder::Office),
        Some(_) => Err(fault(
            "not_taken_here",
            Say::new("Cơ quan không có organisation_id.", "An office has no organisation_id."),
        )),
    }
}

/// The organisation of this kind that the caller may record for: the one named, else the only one there is.
fn organisation(
    conn: &mut Conn,
    caller: &Caller,
    named: Option<OrganisationId>,
    kind: OrganisationKind,
) -> Result<OrganisationId, LeadError> {
    let among: Vec<OrganisationId> = match named {
        // Whether there is such an organisation only its own people learn.
        Some(id) => caller.role_in(id).map(|_| id).into_iter().collect(),
        None => caller.organisations(),
    };
    let mut of_kind = organisations::parties(conn, &among)?;
    of_kind.retain(|party| party.kind == kind);
    let editable: Vec<OrganisationId> =
        of_kind.iter().map(|party| party.id).filter(|id| caller.may_edit(*id)).collect();
    match (editable.as_slice(), of_kind.is_empty()) {
        ([only], _) => Ok(*only),
        ([], false) => Err(LeadError::ReadOnly),
        ([], true) => Err(LeadError::Forbidden(Say::new(
            "Bạn không thuộc tổ chức nào thuộc loại nêu ở walk_in.as, hoặc không thuộc tổ chức nêu ở organisation_id.",
            "You belong to no organisation of the kind that walk_in.as names, or not to that of organisation_id.",
        ))),
        _ => Err(fault(
            "missing",
            Say::new(
                "Bạn thuộc nhiều tổ chức như vậy: hãy nêu organisation_id.",
                "You belong to several such organisations: name one by organisation_id.",
            ),
        )),
    }
}

fn fault(code: &'static str, say: Say) -> LeadError {
    LeadError::Invalid(Faults::one(["walk_in", "organisation_id"], Invalid::new(code, say)))
}

/// What a producer records must be asked of itself: to others it is a stranger.
pub fn check_products(
    recorder: Option<Recorder>,
    wanted: &[Wanted],
    shares: &[Share],
) -> Result<(), LeadError> {
    let Some(Recorder::Producer(own)) = recorder else { return Ok(()) };
    let foreign = shares.iter().filter(|share| share.producer != own).flat_map(|share| &share.items);
    let mut faults = Faults::default();
    for Asked { wanted: item, .. } in foreign {
        let place = wanted.iter().position(|line| line.product == item.product).unwrap_or_default();
        let say = Say::new(
            "Chủ thể chỉ ghi nhận được yêu cầu về sản phẩm của mình.",
            "A producer records enquiries about its own products only.",
        );
        let path = ["products".to_owned(), place.to_string(), "product_id".to_owned()];
        faults.push(path, Invalid::new("not_own_product", say));
    }
    faults.into_result().map_err(LeadError::Invalid)
}
