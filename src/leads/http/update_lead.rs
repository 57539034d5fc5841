//! `PATCH /v1/leads/{id}`

use super::lead::{Lead, whole};
use super::new_lead::products_once;
use crate::app::App;
use crate::auth::{LeadsWrite, Scoped};
use crate::db::Conn;
use crate::http::problem::ProblemDocument;
use crate::http::reply::IfMatch;
use crate::http::{Json, Path, Problem, reply};
use crate::input::{Change, Faults};
use crate::leads::{
    self, CompanyName, CompanyTaxCode, Completion, ContactEmail, ContactPhone, LeadId, PersonName, Quantity,
    Requantified,
};
use crate::products::{ProductId, Unit, UnitMeaning};
use crate::say::{Invalid, Say};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, patch};
use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use utoipa::ToSchema;

/// What is completed of a buyer; a field that is left out stays, `null` clears it.
#[derive(Debug, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields, validate = something_told -> Faults)]
pub(super) struct LeadChanges {
    #[deserr(default)]
    #[schema(required = false)]
    company: LeadCompanyChanges,
    #[deserr(default)]
    #[schema(required = false)]
    contact: LeadContactChanges,
    /// How much of products that are asked for is wanted after all.
    #[deserr(default)]
    #[schema(required = false, max_items = 50)]
    products: Vec<LeadQuantityChange>,
}

/// What is completed of the company that asks.
#[derive(Debug, Default, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
struct LeadCompanyChanges {
    #[deserr(default)]
    #[schema(value_type = CompanyName, required = false)]
    name: Told<CompanyName>,
    #[deserr(default)]
    #[schema(value_type = Option<CompanyTaxCode>, required = false)]
    tax_code: Change<CompanyTaxCode>,
}

/// What is completed of the person to answer.
#[derive(Debug, Default, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
struct LeadContactChanges {
    #[deserr(default)]
    #[schema(value_type = PersonName, required = false)]
    name: Told<PersonName>,
    #[deserr(default)]
    #[schema(value_type = Option<ContactEmail>, required = false)]
    email: Change<ContactEmail>,
    #[deserr(default)]
    #[schema(value_type = Option<ContactPhone>, required = false)]
    phone: Change<ContactPhone>,
}

/// A member that may be left out, and not cleared.
#[derive(Debug)]
struct Told<T>(Option<T>);

impl<T> Default for Told<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: Deserr<Faults>> Deserr<Faults> for Told<T> {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, Faults> {
        T::deserialize_from_value(value, location).map(|told| Self(Some(told)))
    }
}

/// How much of a product is wanted after all.
#[derive(Debug, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
struct LeadQuantityChange {
    product_id: ProductId,
    quantity: Quantity,
    #[schema(value_type = UnitMeaning)]
    unit: Unit,
}

fn something_told(changes: LeadChanges, location: ValuePointerRef) -> Result<LeadChanges, Faults> {
    let list = location.push_key("products");
    let mut faults = products_once(list, changes.products.iter().map(|line| line.product_id));
    let LeadCompanyChanges { name: company, tax_code } = &changes.company;
    let LeadContactChanges { name: contact, email, phone } = &changes.contact;
    let kept = matches!((tax_code, email, phone), (Change::Keep, Change::Keep, Change::Keep));
    if kept && company.0.is_none() && contact.0.is_none() && changes.products.is_empty() {
        let say = Say::new("Không có gì để bổ sung.", "There is nothing to complete.");
        faults.push_located(location, Invalid::new("nothing_told", say));
    }
    faults.into_result().map(|()| changes)
}

impl From<LeadChanges> for Completion {
    fn from(LeadChanges { company, contact, products }: LeadChanges) -> Self {
        let quantities = products.into_iter().map(|LeadQuantityChange { product_id, quantity, unit }| {
            Requantified { product: product_id, quantity, unit }
        });
        Self {
            company: company.name.0,
            tax_code: company.tax_code,
            contact: contact.name.0,
            email: contact.email,
            phone: contact.phone,
            quantities: quantities.collect(),
        }
    }
}

/// Complete what was recorded of a buyer.
///
/// JSON merge patch (RFC 7396) of the company, the contact and the quantities, by the side that recorded the enquiry for its
/// buyer: at a stand there is time for a name, the rest comes later. It holds for all leads of the enquiry; each timeline
/// tells which fields were completed (`enriched`). `If-Match` must carry the ETag of what was read. Data that was erased is not
/// written again (409).
#[utoipa::path(
    tag = "leads",
    params(
        ("id" = LeadId, Path),
        ("If-Match" = String, Header, description = "`ETag` of the lead as the caller last read it"),
    ),
    request_body(content = LeadChanges, examples(
        ("completed" = (summary = "The evening after the fair", value = json!({ "company": { "tax_code": "9900000016" }, "contact": { "email": "thumua@example.vn", "phone": "0900 000 000" } }))),
    )),
    security(("bearer" = []), ("client" = ["leads.write"])),
    responses(
        (status = 200, description = "The lead as it is now", body = Lead),
        (status = 409, description = "It goes on in another lead (`lead_merged`), or the buyer's data was erased (`not_possible_now`)", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 412, description = "The lead has changed meanwhile", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 428, description = "`If-Match` is missing", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[patch("/v1/leads/{id}")]
pub async fn update_lead(
    req: HttpRequest,
    app: Data<App>,
    by: Scoped<LeadsWrite>,
    id: Path<LeadId>,
    body: Json<LeadChanges>,
) -> Result<HttpResponse, Problem> {
    let seen = IfMatch::of(&req).required()?;
    let (world, reference) = (app.world.clone(), app.reference.clone());
    let write = move |conn: &mut Conn| {
        let opened = leads::open_to_complete(conn, &reference, &by.caller, id.0)?;
        seen.check(&whole(conn, &opened.known, world.now())?)?;
        let known = leads::complete(conn, &world, &by.caller, opened, body.value.into())?;
        Ok::<_, Problem>(whole(conn, &known, world.now())?)
    };
    let lead = app.db.write(write).await?;
    reply::private(&req, &lead)
}
