//! `GET /v1/enquiries/{id}/quotes`

use super::parts::{LeadItem, LeadProducer, StageLabel};
use crate::app::App;
use crate::auth::{LeadsRead, Scoped};
use crate::db::{Conn, Day};
use crate::http::{Path, Problem, reply};
use crate::leads::quotes::{self, Compared, Offer};
use crate::leads::{
    EnquiryId, LeadDays, LeadError, LeadId, LeadSide, LeadStage, OfferAnswer, Quantity, QuoteId, UnitPrice,
};
use crate::products::{Unit, UnitMeaning};
use crate::reference::BilingualName;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;

/// The offers that an enquiry brought, side by side.
#[derive(Debug, Serialize, ToSchema)]
struct QuoteComparison {
    enquiry_id: EnquiryId,
    /// The local day on which the offers were looked at.
    as_of: Day,
    /// What was asked for, lead by lead.
    products: Vec<ComparedProduct>,
}

/// A product that was asked for, and what its producer offers for just that quantity.
#[derive(Debug, Serialize, ToSchema)]
struct ComparedProduct {
    #[serde(flatten)]
    asked: LeadItem,
    /// The criteria set under which it is certified: what compares with what.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    kind: Option<BilingualName>,
    producer: LeadProducer,
    /// The lead in which you go on about it.
    lead_id: LeadId,
    stage: LeadStage,
    stage_label: StageLabel,
    answer: OfferAnswer,
    /// The price for the quantity asked for, of the producer's newest offer that stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    offer: Option<ComparedOffer>,
    /// `from_more`: from how many on there is a price.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    least_quantity: Option<Quantity>,
    /// `other_unit`: in which units there is a price.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<UnitMeaning>)]
    other_units: Vec<Unit>,
}

/// A price, and how it compares.
#[derive(Debug, Serialize, ToSchema)]
struct ComparedOffer {
    quote_id: QuoteId,
    /// The lead it was made in, and its number there.
    lead_id: LeadId,
    #[schema(example = 1, minimum = 1)]
    number: i64,
    /// Đồng for one unit, from this quantity on.
    price: UnitPrice,
    from_quantity: Quantity,
    /// Đồng for the quantity asked for; left out where it is more than a 64-bit number holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 8_400_000, minimum = 1)]
    total: Option<i64>,
    vat_included: bool,
    /// Days from the order to the delivery.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    lead_days: Option<LeadDays>,
    /// The last local day on which it stands.
    valid_until: Day,
    /// With how many other offers it was compared: of the same criteria set, in the same unit.
    #[schema(example = 2, minimum = 0)]
    compared_with: usize,
    /// None of them is cheaper, whatever rate of value-added tax is added where it is not in the price.
    cheapest: bool,
}

impl ComparedOffer {
    fn new(offer: Offer, compared_with: usize, cheapest: bool) -> Self {
        Self {
            quote_id: offer.quote,
            lead_id: offer.quote_lead,
            number: offer.number,
            price: offer.tier.price,
            from_quantity: offer.tier.from_quantity,
            total: offer.total,
            vat_included: offer.vat_included,
            lead_days: offer.lead_days,
            valid_until: offer.valid_until,
            compared_with,
            cheapest,
        }
    }
}

impl From<Compared> for ComparedProduct {
    fn from(compared: Compared) -> Self {
        let (others, cheapest) = (compared.compared_with, compared.is_cheapest);
        Self {
            asked: compared.item.into(),
            kind: compared.kind,
            producer: LeadProducer { id: compared.producer, name: compared.producer_name },
            lead_id: compared.lead,
            stage: compared.stage,
            stage_label: StageLabel::of(compared.stage, LeadSide::Buyer),
            answer: compared.answer,
            offer: compared.offer.map(|offer| ComparedOffer::new(offer, others, cheapest)),
            least_quantity: compared.least_quantity,
            other_units: compared.other_units,
        }
    }
}

/// Compare the offers on an enquiry.
///
/// For the sender of the enquiry: of each product asked for, the producer's newest price that stands today for just that
/// quantity, with the total and the days to the delivery; the cheapest of those that can be compared is marked. Where there is
/// no such price, `answer` says why. To everybody else there is no such enquiry.
#[utoipa::path(
    tag = "leads",
    params(("id" = EnquiryId, Path)),
    security(("bearer" = []), ("client" = ["leads.read"])),
    responses((status = 200, description = "The offers side by side", body = QuoteComparison))
)]
#[get("/v1/enquiries/{id}/quotes")]
pub async fn list_enquiry_quotes(
    req: HttpRequest,
    app: Data<App>,
    by: Scoped<LeadsRead>,
    id: Path<EnquiryId>,
) -> Result<HttpResponse, Problem> {
    let (reference, as_of, enquiry_id) = (app.reference.clone(), app.world.today(), id.0);
    let compare = move |conn: &mut Conn| quotes::compare(conn, &reference, &by.caller, enquiry_id, as_of);
    let compared = app.db.snapshot::<_, LeadError, _>(compare).await?;
    let products = compared.into_iter().map(ComparedProduct::from).collect();
    reply::private(&req, &QuoteComparison { enquiry_id, as_of, products })
}
