//! What is told of leads beside their own rows: the standing of who asks, the place of the delivery, who recorded it.

use super::store::{EnquiryRow, Found};
use super::{EnquiryId, LeadError, LeadSide, SenderStanding, intake};
use crate::db::Conn;
use crate::organisations::{OrganisationId, Producer};
use crate::reference::{PlaceView, Reference};
use std::collections::HashMap;

/// What is told of a lead beside its rows.
#[derive(Debug, Clone)]
pub struct Beside {
    /// Of the company that asks.
    pub standing: SenderStanding,
    /// Where the goods are to go.
    pub place: Option<PlaceView>,
    /// The organisation that recorded the enquiry for the buyer.
    pub recorder: Option<(OrganisationId, String)>,
}

/// For all of what was found; `known` holds the organisations that took part.
pub fn beside(
    conn: &mut Conn,
    reference: &Reference,
    found: &[Found],
    known: &HashMap<OrganisationId, Producer>,
) -> Result<HashMap<EnquiryId, Beside>, LeadError> {
    let enquiries: Vec<&EnquiryRow> = found.iter().map(|(_, enquiry)| enquiry).collect();
    let standings = intake::sender::standings(conn, &enquiries)?;
    let told = enquiries.into_iter().map(|enquiry| {
        let recorder = enquiry.recorder_organisation_id.and_then(|id| known.get(&id));
        let beside = Beside {
            standing: standings.get(&enquiry.id).copied().unwrap_or(SenderStanding::Anonymous),
            place: place(reference, enquiry),
            recorder: recorder.map(|organisation| (organisation.id, organisation.shown_name(reference))),
        };
        (enquiry.id, beside)
    });
    Ok(told.collect())
}

/// The unit by which the enquiry names the place was one of the day on which it was made.
fn place(reference: &Reference, enquiry: &EnquiryRow) -> Option<PlaceView> {
    let code = enquiry.delivery_unit.as_deref()?;
    reference.place_of(code, enquiry.occurred_at.local_day()).map(|place| reference.view(&place))
}

/// Does this side see what the buyer hopes to pay? Prices are the parties', and who recorded them knows them.
pub fn sees_prices(enquiry: &EnquiryRow, side: LeadSide) -> bool {
    side.is_party() || enquiry.recorder_side == Some(side)
}
