//! `GET /v1/leads`

use super::intake_parts::{LeadDelivery, LeadRecorder, certificates_of};
use super::parts::{AskingCompany, LeadItem, LeadProducer, StageLabel, StageNamed, shown_items};
use crate::app::App;
use crate::auth::{LeadsRead, Scoped};
use crate::db::{Conn, Instant};
use crate::http::extract::{Flag, Many};
use crate::http::page::{self, Cursor, Limit};
use crate::http::{Code, Problem, Query, reply};
use crate::leads::{
    self, About, ContactState, CreditAsked, EnquiryId, Filter, Item, Known, LeadId, LeadSide, LeadStage,
};
use crate::listings::DocumentKind;
use crate::products::ProductId;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;

leads::leads_query! {
    struct ListLeadsQuery {
        /// Only leads in which the caller stands on this side.
        #[deserr(default)]
        side: Option<LeadSide>,
        /// Only leads at these stages, comma-separated.
        #[deserr(default)]
        #[param(value_type = Option<Vec<LeadStage>>, style = Form, explode = false, example = json!(["enquiry", "quoted"]))]
        stage: Many<StageNamed>,
        /// Only leads of this enquiry.
        #[deserr(default)]
        enquiry: Option<EnquiryId>,
        /// Only leads that ask for this product.
        #[deserr(default)]
        product: Option<ProductId>,
        /// `false`: only leads that go on by themselves; `true`: only those that go on in another.
        #[deserr(default)]
        #[param(value_type = Option<bool>)]
        merged: Option<Flag>,
        /// Only leads with an agreement in force that is credited to this, at least in part: `event:NAME`, `campaign:NAME` or
        /// `province:CODE`; `event:none`: that is not in whole credited to events.
        #[deserr(default)]
        #[param(value_type = Option<String>, example = "event:Hội nghị kết nối cung cầu")]
        credited_to: Option<CreditAsked>,
        /// Rows of a page: 1 to 100, 20 unless told.
        #[deserr(default)]
        #[param(value_type = Option<u8>, minimum = 1, maximum = 100)]
        limit: Limit,
        /// `next_cursor` of the page before.
        #[deserr(default)]
        #[param(value_type = Option<String>)]
        cursor: Option<Cursor>,
    }
}

impl ListLeadsQuery {
    fn filter(&mut self, app: &App) -> Result<Filter, Problem> {
        leads::in_order(self.from, self.to).map_err(Problem::invalid_query)?;
        let about =
            self.selection().about(&app.reference, app.world.today()).map_err(Problem::invalid_query)?;
        let credited = self.credited_to.take().map(|CreditAsked(kind, to)| (kind, to));
        Ok(Filter {
            side: self.side,
            stages: self.stage.0.iter().map(|stage| stage.0).collect(),
            enquiry: self.enquiry,
            product: self.product,
            from: self.from,
            to: self.to,
            about: About { merged: self.merged.map(|flag| flag.0), credited, ..about },
        })
    }
}

/// A lead in a list.
#[derive(Debug, Serialize, ToSchema)]
struct LeadCard {
    id: LeadId,
    enquiry_id: EnquiryId,
    /// The side on which the caller stands.
    your_side: LeadSide,
    stage: LeadStage,
    stage_label: StageLabel,
    /// Where the caller may move it now.
    moves: &'static [LeadStage],
    /// Since when it stands there.
    stage_since: Instant,
    /// By when the producer's first answer is due (working days); when it came.
    respond_by: Instant,
    #[schema(required = true)]
    answered_at: Option<Instant>,
    /// The first answer is due, and has not come.
    #[schema(example = false)]
    overdue: bool,
    /// It goes on in this lead of the same producer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    merged_into: Option<LeadId>,
    created_at: Instant,
    /// When something last happened that both sides see.
    updated_at: Instant,
    producer: LeadProducer,
    /// Who asks; told to an office with the contact.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    company: Option<AskingCompany>,
    contact_state: ContactState,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    delivery: Option<LeadDelivery>,
    /// Kinds of certificates the buyer needs.
    certificates: Vec<DocumentKind>,
    /// Somebody recorded it for the buyer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    recorded: Option<LeadRecorder>,
    products: Vec<LeadItem>,
    /// The beginning of the message; told to an office with the contact.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Chúng tôi muốn bán bánh cáy tại 12 cửa hàng…")]
    excerpt: Option<String>,
}

impl LeadCard {
    fn new(known: Known, items: Vec<Item>, now: Instant) -> Self {
        Self {
            delivery: LeadDelivery::of(&known),
            certificates: certificates_of(&known.enquiry),
            recorded: LeadRecorder::of(&known),
            products: shown_items(&known, items),
            id: known.lead.id,
            enquiry_id: known.lead.enquiry_id,
            your_side: known.side,
            stage: known.lead.stage,
            stage_label: StageLabel::of(known.lead.stage, known.side),
            moves: known.moves(),
            stage_since: known.lead.stage_since,
            respond_by: known.lead.respond_by,
            answered_at: known.lead.answered_at,
            overdue: known.lead.is_overdue(now),
            merged_into: known.lead.merged_into,
            created_at: known.lead.created_at,
            updated_at: known.lead.updated_at,
            excerpt: known.tells_the_buyer().then(|| known.enquiry.message.excerpt()),
            company: AskingCompany::told_to(&known),
            contact_state: known.contact_state(),
            producer: LeadProducer { id: known.lead.producer_id, name: known.producer_name },
        }
    }
}

/// A page of leads, newest first.
#[derive(Debug, Serialize, ToSchema)]
struct LeadPage {
    items: Vec<LeadCard>,
    /// Leads to the next page; `null` on the last.
    #[schema(required = true)]
    next_cursor: Option<String>,
}

/// List your leads.
///
/// The leads of the producers you are a member of, those you sent while signed in, and those your organisation recorded for
/// its buyers; to officers those of the producers of their province; newest first. Nobody else's.
#[utoipa::path(
    tag = "leads",
    params(ListLeadsQuery),
    security(("bearer" = []), ("client" = ["leads.read"])),
    responses((status = 200, description = "A page of leads", body = LeadPage))
)]
#[get("/v1/leads")]
pub async fn list_leads(
    req: HttpRequest,
    app: Data<App>,
    by: Scoped<LeadsRead>,
    mut query: Query<ListLeadsQuery>,
) -> Result<HttpResponse, Problem> {
    let (filter, limit) = (query.0.filter(&app)?, query.0.limit);
    let bound_to = format!("{filter:?}");
    let after = query.0.cursor.map(|cursor| after(&cursor, &bound_to)).transpose()?;
    let reference = app.reference.clone();
    let list =
        move |conn: &mut Conn| leads::list(conn, &reference, &by.caller, &filter, after, limit.rows() + 1);
    let rows = app.db.snapshot(list).await?;
    let (rows, next_cursor) = page::cut(rows, limit, &bound_to, |(known, _)| known.lead.id.to_string());
    let now = app.world.now();
    let items = rows.into_iter().map(|(known, items)| LeadCard::new(known, items, now)).collect();
    let page = LeadPage { items, next_cursor };
    let response = reply::private(&req, &page)?;
    Ok(reply::with_next(&req, response, page.next_cursor.as_deref()))
}

/// The last lead of the page before.
fn after(cursor: &Cursor, bound_to: &str) -> Result<LeadId, Problem> {
    let id: String = cursor.open(bound_to)?;
    LeadId::parse(&id).map_err(|_| Problem::new(Code::InvalidCursor))
}
