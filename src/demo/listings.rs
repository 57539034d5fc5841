//! Contents, prices, seasons, quantities, certificates, withdrawals and successions of the made-up products, through the use cases of their
//! slices.

use super::DemoError;
use super::rows::{self, Certificate, Contents, Listing, ProductKey};
use crate::accounts::{Role, UserId};
use crate::audit::Origin;
use crate::auth::{Caller, Office, Officer, Principal};
use crate::db::Conn;
use crate::input::Change;
use crate::listings::{self, ContentPatch, ListingError, NewDocument, Volume};
use crate::products::{self, NewSuccession, ProductId, SuccessionError};
use crate::reference::Reference;
use crate::world::World;
use std::collections::HashMap;

/// States what stands beside the certificates of the products, as a user who may do so everywhere.
pub fn state_all(
    conn: &mut Conn,
    world: &World,
    reference: &Reference,
    by: UserId,
    products: &HashMap<ProductKey, ProductId>,
) -> Result<(), DemoError> {
    let caller = Caller {
        principal: Principal::User { user: by, session: world.id() },
        role: Role::Admin,
        office_waits: false,
        memberships: Vec::new(),
        origin: Origin::default(),
    };
    let clerk = Clerk { world, reference, user: by, caller: &caller, products };
    let rows = rows::listings()?;
    let mut serial = 0;
    for row in &rows {
        clerk.state(conn, row, &mut serial)?;
    }
    rows::contents()?.iter().try_for_each(|row| clerk.say(conn, row))
}

struct Clerk<'a> {
    world: &'a World,
    reference: &'a Reference,
    user: UserId,
    caller: &'a Caller,
    products: &'a HashMap<ProductKey, ProductId>,
}

impl Clerk<'_> {
    fn product(&self, key: &ProductKey) -> Result<ProductId, DemoError> {
        let found = self.products.get(key).copied();
        found.ok_or_else(|| DemoError::Data(format!("listings.csv: no product {key:?}")))
    }

    /// Has a product say all that a listing can say. Pictures go in here as well, once there are some to show: stored first, then
    /// named by `images` of the content.
    fn say(&self, conn: &mut Conn, row: &Contents) -> Result<(), DemoError> {
        let mut known = listings::open_as_officer(conn, self.caller, self.product(&row.product())?)?;
        let patch =
            ContentPatch::read(row.content.clone(), &known.content()).map_err(ListingError::Invalid)?;
        listings::change(conn, self.world, self.reference, self.caller, &mut known, patch)?;
        Ok(())
    }

    fn state(&self, conn: &mut Conn, row: &Listing, serial: &mut usize) -> Result<(), DemoError> {
        let id = self.product(&row.product)?;
        let mut known = listings::open_as_officer(conn, self.caller, id)?;
        let stated = |volume: Option<Volume>| volume.map_or(Change::Keep, Change::Set);
        let patch = ContentPatch {
            price_from: Change::Set(row.price.0),
            price_unit: Change::Set(row.price.1),
            season_months: Change::Set(row.season),
            min_order: stated(row.min_order),
            monthly_capacity: stated(row.monthly_capacity),
            ..ContentPatch::default()
        };
        listings::change(conn, self.world, self.reference, self.caller, &mut known, patch)?;
        for certificate in &row.certificates {
            *serial += 1;
            let new = NewDocument {
                kind: certificate.kind,
                number: Certificate::number(*serial)?,
                issuer: certificate.issuer()?,
                valid_until: certificate.days.map(|days| self.world.today().plus_days(days)),
            };
            listings::add_document(conn, self.world, self.caller, &mut known, new)?;
        }
        if row.withdrawn {
            listings::withdraw(conn, self.world, self.caller, &mut known)?;
        }
        if let Some((kind, successor)) = &row.successor {
            let new = NewSuccession { successor: self.product(successor)?, kind: *kind };
            let officer = Officer { user: self.user, office: Office::Country, agent: self.caller.agent() };
            products::succeed(conn, self.world, &officer, id, new)?;
        }
        Ok(())
    }
}

impl From<ListingError> for DemoError {
    fn from(error: ListingError) -> Self {
        let ListingError::Invalid(faults) = &error else { return Self::Data(format!("listings: {error}")) };
        let told = faults.0.iter().map(|fault| format!("{}: {}", fault.pointer(), fault.say.en));
        Self::Data(format!("contents.json: {}", told.collect::<Vec<_>>().join("; ")))
    }
}

impl From<SuccessionError> for DemoError {
    fn from(error: SuccessionError) -> Self {
        Self::Data(format!("listings.csv: {error}"))
    }
}
