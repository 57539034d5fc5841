//! Somebody registers an organisation and owns it.

use super::{
    NewOrganisation, Organisation, OrganisationError, OrganisationId, OrganisationKind, OrganisationStanding,
};
use super::{public_name, store};
use crate::accounts::{self, MemberRole, Membership, UserId};
use crate::audit::{self, Action, Agent, Event};
use crate::db::{Conn, Day};
use crate::input::Faults;
use crate::reference::{Place, Reference};
use crate::say::{Invalid, Say};
use crate::world::World;

/// What only the rest of the service knows to be wrong with an organisation to be, else where it is. `may_be_office`: an
/// administrator registers it.
pub fn check(
    reference: &Reference,
    today: Day,
    new: &NewOrganisation,
    may_be_office: bool,
) -> Result<Place, Faults> {
    let mut faults = Faults::default();
    if new.kind == OrganisationKind::Office && !may_be_office {
        let say = Say::new(
            "Cơ quan nhà nước do quản trị viên đăng ký.",
            "An office is registered by an administrator.",
        );
        faults.push(["kind"], Invalid::new("not_allowed", say));
    }
    let place = commune_of(reference, today, &new.unit);
    if let Err(invalid) = &place {
        faults.push(["unit"], invalid.clone());
    }
    faults.into_result()?;
    place.map_err(|invalid| Faults::one(["unit"], invalid))
}

/// Both sides of the place of a commune of today.
pub fn commune_of(reference: &Reference, today: Day, unit: &str) -> Result<Place, Invalid> {
    let place = reference.place_of(unit, today);
    place.filter(|place| place.commune.as_deref() == Some(unit)).ok_or_else(|| {
        Invalid::new(
            "unknown_unit",
            Say::new(
                "Cần mã của một xã, phường hoặc đặc khu hiện nay; xem /v1/admin-units.",
                "Expected the code of a commune of today; see /v1/admin-units.",
            ),
        )
    })
}

/// Registers an organisation that `owner` will own. Whether it may be an office is the caller's to [`check`].
pub fn register(
    conn: &mut Conn,
    world: &World,
    reference: &Reference,
    by: &Agent,
    new: NewOrganisation,
    owner: UserId,
) -> Result<OrganisationId, OrganisationError> {
    let place = check(reference, world.today(), &new, true).map_err(OrganisationError::Invalid)?;
    let (legal, given) = (new.legal_name.as_str(), new.public_name.as_ref().map(|name| name.as_str()));
    let now = world.now();
    let organisation = Organisation {
        id: world.id(),
        kind: new.kind,
        entity_type: new.entity_type,
        public_name: public_name(new.kind, new.entity_type, legal, given),
        legal_name: Some(legal.to_owned()),
        tax_code: new.tax_code,
        place,
        address: new.address,
        standing: OrganisationStanding::Unverified,
        successor: None,
        created_at: now,
        updated_at: now,
    };
    let id = organisation.id;
    let registered = Event::of_organisation(Action::OrganisationRegistered, id)
        .within(organisation.province())
        .with("kind", organisation.kind);
    store::registered::insert(conn, organisation)?;
    accounts::join(conn, world, owner, Membership::own(id, MemberRole::Owner))?;
    audit::record(conn, world, by, registered)?;
    Ok(id)
}
