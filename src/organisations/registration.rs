//! Somebody registers an organisation and owns it; its owners change it.

use super::{
    NewOrganisation, Organisation, OrganisationChange, OrganisationError, OrganisationId, OrganisationKind,
    OrganisationStanding, Seen, access, public_name, store,
};
use crate::accounts::{self, MemberRole, Membership, Role, UserId};
use crate::audit::{self, Action, Agent, Event};
use crate::auth::Session;
use crate::catalogue::{self, Seq};
use crate::db::{Conn, Day, Instant, ledger_lock};
use crate::input::Faults;
use crate::products;
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

/// So many organisations a person may own by registering them.
const MOST_OWNED: i64 = 10;

const OWNS_ENOUGH: Say = Say::new(
    "Mỗi tài khoản đăng ký được nhiều nhất 10 tổ chức.",
    "An account registers ten organisations at most.",
);

/// Somebody who has an account already registers an organisation.
pub fn register_another(
    conn: &mut Conn,
    world: &World,
    reference: &Reference,
    by: &Session,
    new: NewOrganisation,
) -> Result<Seen, OrganisationError> {
    let is_admin = by.role == Role::Admin;
    check(reference, world.today(), &new, is_admin).map_err(OrganisationError::Invalid)?;
    if store::registered::owned_by(conn, by.user)? >= MOST_OWNED {
        return Err(OrganisationError::NotPossible(OWNS_ENOUGH));
    }
    let id = register(conn, world, reference, &by.agent(), new, by.user)?;
    let organisation = store::registered::find(conn, id)?.ok_or(OrganisationError::NotFound)?;
    let is_officer = by.is_officer_for(organisation.province());
    Ok(Seen { organisation, role: Some(MemberRole::Owner), is_officer })
}

/// An organisation that the caller owns, locked until the transaction ends. If it is to get another name or place, no list
/// may give it a product meanwhile.
pub fn open(
    conn: &mut Conn,
    by: &Session,
    id: OrganisationId,
    change: &OrganisationChange,
) -> Result<Seen, OrganisationError> {
    if change.is_of_identity() {
        ledger_lock(conn)?;
    }
    access::lock_as_owner(conn, by, id)
}

const PROVINCE_STAYS: Say = Say::new(
    "Tổ chức có sản phẩm trong sổ chứng nhận của tỉnh, nên không đổi được tỉnh.",
    "The organisation has products in the ledger of its province, so it cannot move to another.",
);

/// Changes an organisation that was opened; nothing is written if it is so already. The key by which lists find it stays
/// when it has products.
pub fn change(
    conn: &mut Conn,
    world: &World,
    by: &Session,
    seen: &mut Seen,
    change: OrganisationChange,
) -> Result<Option<Seq>, OrganisationError> {
    let before = &seen.organisation;
    let mut changed = before.changed_by(change).map_err(OrganisationError::Invalid)?;
    if changed == *before {
        return Ok(None);
    }
    let products = products::ids_of_producer(conn, before.id)?;
    if changed.province() != before.province() && !products.is_empty() {
        return Err(OrganisationError::NotPossible(PROVINCE_STAYS));
    }
    let shown_otherwise = changed.shows_otherwise(before);
    if shown_otherwise {
        // Always later than before, whatever the clock says.
        changed.updated_at = world.now().max(Instant::from_micros(before.updated_at.micros() + 1));
    }
    store::registered::update(conn, changed.clone(), products.is_empty())?;
    let event = Event::of_organisation(Action::OrganisationChanged, changed.id)
        .within(changed.province())
        .with("fields", changed.fields_unlike(before))
        .with("standing", changed.standing);
    audit::record(conn, world, &by.agent_for(changed.id), event)?;
    seen.organisation = changed;
    match shown_otherwise && !products.is_empty() {
        true => Ok(Some(catalogue::announce(conn, world, &products)?)),
        false => Ok(None),
    }
}
