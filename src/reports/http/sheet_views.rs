//! The sheet as JSON.

use crate::db::{Day, Instant};
use crate::http::{Problem, reply};
use crate::leads::{AgreementId, AgreementKind, LeadChannel, LeadId};
use crate::organisations::{EntityType, OrganisationId};
use crate::reference::{BilingualName, Criteria, CriterionOption, PlaceView, Reference, Taxonomy};
use crate::reports::{Evidence, Outlet, Period};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// What a producer can show of its trade for its next dossier.
#[derive(Debug, Serialize, ToSchema)]
pub struct PromotionSheet {
    pub as_of: Instant,
    /// SHA-256 of `content` as it stands here, without spaces: a page that was printed from it has the same.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    pub content_sha256: String,
    pub content: PromotionSheetContent,
}

/// What the sheet tells.
#[derive(Debug, Serialize, ToSchema)]
pub struct PromotionSheetContent {
    pub organisation_id: OrganisationId,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub entity_type: Option<EntityType>,
    pub place: PlaceView,
    pub from: Day,
    pub to: Day,
    /// The decision whose criteria these are.
    #[schema(example = "26/2026/QĐ-TTg")]
    pub act: &'static str,
    /// One for each criteria set that the dossier may go by.
    pub sets: Vec<SheetSet>,
    /// In force, the oldest first.
    pub agreements: Vec<SheetAgreement>,
    /// The oldest first.
    pub orders: Vec<SheetOrder>,
    /// Events of which enquiries came, the oldest first.
    pub promotions: Vec<SheetPromotion>,
}

/// A criteria set with what there is for it.
#[derive(Debug, Serialize, ToSchema)]
pub struct SheetSet {
    /// `null`: by which set the products go under this decision is not known; name it with `set`.
    #[schema(required = true, example = 6)]
    pub set_no: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub name: Option<BilingualName>,
    /// The producer's products of the set that are in the catalogue.
    pub products: Vec<SheetProduct>,
    pub criteria: Vec<SheetCriterion>,
}

/// A product of the producer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SheetProduct {
    #[schema(value_type = crate::products::ProductId)]
    pub id: String,
    #[schema(example = "Bánh cáy")]
    pub name: String,
    #[schema(example = 4)]
    pub stars: u8,
    /// The day on which its certificate's term ends.
    #[schema(value_type = Day)]
    pub certificate_until: String,
    #[serde(skip)]
    pub set_no: Option<i64>,
}

/// A criterion with what was recorded for it.
#[derive(Debug, Serialize, ToSchema)]
pub struct SheetCriterion {
    #[schema(example = "4.1")]
    pub criterion: String,
    #[schema(example = "Khu vực phân phối chính")]
    pub label: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 5)]
    pub max_points: Option<i64>,
    /// What the council chooses among.
    pub options: Vec<CriterionOption>,
    /// What was recorded, in sentences.
    pub facts: Vec<BilingualName>,
    /// What the criterion asks for and this service does not record: to be proved otherwise.
    pub to_be_added: Vec<BilingualName>,
}

crate::text_enum! {
    /// Where the goods of a buyer go.
    pub enum SheetOutlet {
        /// To another commune than the producer's
        Outside = "outside",
        /// To the producer's commune
        Inside = "inside",
        /// It was not said, or only the province
        Unknown = "unknown",
    }
}

/// An agreement with its proof.
#[derive(Debug, Serialize, ToSchema)]
pub struct SheetAgreement {
    pub id: AgreementId,
    pub lead_id: LeadId,
    pub kind: AgreementKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "12/2026/HĐMB")]
    pub number: Option<String>,
    #[schema(example = "Chuỗi cửa hàng Ví Dụ")]
    pub buyer: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "9900000016")]
    pub buyer_tax_code: Option<String>,
    /// Đồng.
    #[schema(example = 1_250_000_000)]
    pub value: i64,
    pub signed_on: Day,
    pub starts_on: Day,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub ends_on: Option<Day>,
    pub delivery: SheetOutlet,
    /// Orders recorded in the same lead: that it is performed.
    pub orders: usize,
    pub evidence: Vec<SheetEvidence>,
}

/// A file that proves an agreement.
#[derive(Debug, Serialize, ToSchema)]
pub struct SheetEvidence {
    #[schema(example = "hop-dong.pdf")]
    pub name: String,
    pub sha256: String,
}

/// An order.
#[derive(Debug, Serialize, ToSchema)]
pub struct SheetOrder {
    pub lead_id: LeadId,
    pub first: bool,
    pub on: Day,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub number: Option<String>,
    /// Đồng; for the producer's members only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 45_000_000)]
    pub value: Option<i64>,
}

/// An event of which enquiries came.
#[derive(Debug, Serialize, ToSchema)]
pub struct SheetPromotion {
    #[schema(example = "Hội nghị kết nối cung cầu")]
    pub event: String,
    pub channels: Vec<LeadChannel>,
    /// Day of the first and of the last enquiry.
    pub first: Day,
    pub last: Day,
    pub leads: i64,
}

impl PromotionSheet {
    pub fn new(as_of: Instant, content: PromotionSheetContent) -> Result<Self, Problem> {
        let digest = Sha256::digest(reply::encode(&content)?);
        let content_sha256 = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { as_of, content_sha256, content })
    }
}

impl From<Outlet> for SheetOutlet {
    fn from(outlet: Outlet) -> Self {
        match outlet {
            Outlet::Outside => Self::Outside,
            Outlet::Inside => Self::Inside,
            Outlet::Unknown => Self::Unknown,
        }
    }
}

impl PromotionSheetContent {
    pub fn new(
        reference: &Reference,
        evidence: Evidence,
        Period { from, to }: Period,
        today: Day,
        products: Vec<SheetProduct>,
        set: Option<i64>,
    ) -> Self {
        let facts = Facts::new(&evidence, today);
        let sets = sets(reference, products, set, &facts);
        let organisation = &evidence.seen.organisation;
        let agreements = evidence.agreements.iter().map(|proved| SheetAgreement {
            id: proved.deal.id,
            lead_id: proved.deal.lead,
            kind: proved.deal.kind,
            number: proved.deal.number.clone(),
            buyer: proved.deal.buyer_name.clone(),
            buyer_tax_code: proved.deal.buyer_tax_code.clone(),
            value: proved.deal.value,
            signed_on: proved.deal.signed_on,
            starts_on: proved.deal.starts_on,
            ends_on: proved.deal.ends_on,
            delivery: proved.outlet.into(),
            orders: proved.orders,
            evidence: proved
                .proofs
                .iter()
                .map(|proof| SheetEvidence { name: proof.name.clone(), sha256: proof.sha256.clone() })
                .collect(),
        });
        let orders = evidence.orders.iter().map(|order| SheetOrder {
            lead_id: order.lead,
            first: order.first,
            on: order.at.local_day(),
            number: order.number.clone(),
            value: order.value,
        });
        let promotions = evidence.promotions.iter().map(|promotion| SheetPromotion {
            event: promotion.name.clone(),
            channels: promotion.channels.iter().copied().collect(),
            first: promotion.first,
            last: promotion.last,
            leads: promotion.leads,
        });
        Self {
            organisation_id: organisation.id,
            name: organisation.inner_name(),
            entity_type: organisation.entity_type,
            place: reference.view(&organisation.place),
            from,
            to,
            act: Taxonomy::Y2026.act(),
            sets,
            agreements: agreements.collect(),
            orders: orders.collect(),
            promotions: promotions.collect(),
        }
    }
}

fn both(vi: String, en: String) -> BilingualName {
    BilingualName { vi, en }
}

/// What the facts come to, by what they bear on.
struct Facts {
    distribution: Vec<BilingualName>,
    handling: Vec<BilingualName>,
    promotion: Vec<BilingualName>,
}

impl Facts {
    fn new(evidence: &Evidence, today: Day) -> Self {
        let running: Vec<_> = evidence.running(today).collect();
        let performed = running.iter().filter(|proved| proved.orders > 0).count();
        let proved = running.iter().filter(|proved| !proved.proofs.is_empty()).count();
        let partners = evidence.partners(today);
        let outside = partners.values().filter(|outlet| **outlet == Outlet::Outside).count();
        let (all, contracts) = (partners.len(), running.len());
        let orders = evidence.orders.len();
        let problems = evidence.problems;
        let distribution = vec![
            both(
                format!(
                    "{all} bên mua có hợp đồng còn hiệu lực, trong đó {outside} nhận hàng ngoài địa bàn xã."
                ),
                format!(
                    "Buyers with a contract in force: {all}; of these with goods delivered outside the commune: {outside}."
                ),
            ),
            both(
                format!(
                    "{contracts} hợp đồng còn hiệu lực: {proved} có tệp minh chứng, {performed} có đơn hàng thực hiện."
                ),
                format!(
                    "Contracts in force: {contracts}; with evidence on file: {proved}; performed by orders: {performed}."
                ),
            ),
            both(
                format!("{orders} đơn hàng được ghi nhận, {problems} lần giao hàng có vấn đề."),
                format!("Orders recorded: {orders}; deliveries with a problem: {problems}."),
            ),
        ];
        let counted = &evidence.handling;
        let (leads, due, answered, in_time) =
            (counted.leads, counted.to_answer, counted.answered, counted.answered_in_time);
        let handling = vec![both(
            format!(
                "{leads} yêu cầu mua hàng được quản lý trên hệ thống; {answered}/{due} được trả lời, {in_time} đúng hạn."
            ),
            format!(
                "Enquiries handled in this system: {leads}; answered: {answered} of {due}; in time: {in_time}."
            ),
        )];
        let events = evidence.promotions.len();
        let met: i64 = evidence.promotions.iter().map(|promotion| promotion.leads).sum();
        let promotion = vec![both(
            format!("{events} hội chợ, hội nghị hoặc sự kiện mang lại {met} yêu cầu mua hàng."),
            format!("Fairs, conferences and events that brought enquiries: {events}; enquiries: {met}."),
        )];
        Self { distribution, handling, promotion }
    }

    /// What bears on a criterion of a set, and what it asks for besides.
    fn of(&self, set_no: Option<i64>, criterion: &str) -> (Vec<BilingualName>, Vec<BilingualName>) {
        let tourism = set_no == Some(TOURISM);
        let lacks = |vi: &str, en: &str| vec![both(vi.to_owned(), en.to_owned())];
        match criterion {
            "4.1" | "4.2" if tourism => (
                self.distribution.clone(),
                lacks(
                    "Văn bản liên kết chuỗi, liên kết vùng ngoài hệ thống này.",
                    "Papers on links in the value chain and the region that are not in this system.",
                ),
            ),
            "4.3" if tourism => (
                [self.handling.clone(), self.distribution.clone()].concat(),
                lacks("Bộ phận quảng bá, bán hàng.", "Who promotes and sells."),
            ),
            "4.1" => (
                self.distribution.clone(),
                lacks(
                    "Đại lý, kênh bán hàng hiện đại, đường dẫn gian hàng điện tử, hợp đồng xuất khẩu ngoài hệ thống này.",
                    "Agents, modern channels, links of shops online, export contracts that are not in this system.",
                ),
            ),
            "4.2" => (
                self.handling.clone(),
                lacks("Người hoặc bộ phận quản lý phân phối.", "Who manages the distribution."),
            ),
            "4.3" | "4.4" => (
                self.promotion.clone(),
                lacks(
                    "Cấp của sự kiện (trong tỉnh, ngoài tỉnh, quốc tế), trang web hoặc mạng xã hội, hoạt động quảng bá khác.",
                    "The level of each event (in the province, outside, abroad), website or social media, other promotion.",
                ),
            ),
            _ => (Vec::new(), lacks("Hệ thống này không ghi nhận.", "This system does not record it.")),
        }
    }
}

/// Community tourism has criteria of its own.
const TOURISM: i64 = 26;

fn sets(
    reference: &Reference,
    products: Vec<SheetProduct>,
    asked: Option<i64>,
    facts: &Facts,
) -> Vec<SheetSet> {
    let known: BTreeSet<i64> = products.iter().filter_map(|product| product.set_no).collect();
    let wanted: Vec<Option<i64>> = match asked {
        Some(set) => vec![Some(set)],
        None if known.is_empty() => vec![None],
        None => known.into_iter().map(Some).collect(),
    };
    let set = |set_no: Option<i64>| {
        let of_set = |product: &&SheetProduct| set_no.is_none() || product.set_no == set_no;
        let name = set_no.and_then(|set_no| reference.set_name(Taxonomy::Y2026, set_no));
        SheetSet {
            set_no,
            name: name.map(|(vi, en)| both(vi.to_owned(), en.to_owned())),
            products: products.iter().filter(of_set).cloned().collect(),
            criteria: criteria(reference, set_no, facts),
        }
    };
    wanted.into_iter().map(set).collect()
}

/// Criteria of part B from 4.1 on. All sets but tourism call them the same; what they are worth only a set tells.
fn criteria(reference: &Reference, set_no: Option<i64>, facts: &Facts) -> Vec<SheetCriterion> {
    const ANY: i64 = 1;
    let criteria: Option<&Criteria> = reference.criteria(Taxonomy::Y2026, set_no.unwrap_or(ANY));
    let of_marketing = criteria.into_iter().flat_map(|criteria| &criteria.parts);
    let of_marketing = of_marketing.filter(|part| part.code == "B").flat_map(|part| &part.criteria);
    let shown = of_marketing.filter(|criterion| criterion.code.starts_with("4.")).map(|criterion| {
        let (facts, to_be_added) = facts.of(set_no, &criterion.code);
        SheetCriterion {
            criterion: criterion.code.clone(),
            label: criterion.label.clone(),
            max_points: set_no.map(|_| criterion.max_points),
            options: if set_no.is_some() { criterion.options.clone() } else { Vec::new() },
            facts,
            to_be_added,
        }
    });
    shown.collect()
}
