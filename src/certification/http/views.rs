//! A certification as clients see it.

use crate::certification::ledger::{Extension, Revocation};
use crate::certification::lists::Listed;
use crate::certification::model::{CertificationId, Decision, Score, SourceUrl, Stars, State};
use crate::db::Day;
use crate::organisations::OrganisationId;
use crate::products::{ProductCode, ProductId};
use crate::reference::{BilingualName, PlaceView, Reference, Taxonomy};
use serde::Serialize;
use utoipa::ToSchema;

/// A certification: one recognition of one product by one decision.
#[derive(Debug, Serialize, ToSchema)]
pub struct CertificationView {
    pub id: CertificationId,
    pub product: CertifiedProduct,
    pub producer: CertifiedProducer,
    pub place: PlaceView,
    pub stars: Stars,
    /// The council's average, 0 to 100.
    pub score: Option<Score>,
    pub decision: Decision,
    /// The act whose criteria were applied, by its year.
    pub criteria_version: Taxonomy,
    /// By the list of `criteria_version`.
    pub group: Option<CertifiedGroup>,
    pub set: Option<CertifiedSet>,
    /// Last day of the term: 36 months from the decision unless it gives less.
    pub valid_until: Day,
    /// Last day on which it is or was in force, with all entries so far; `null` if it never was.
    pub in_force_until: Option<Day>,
    /// Its state today.
    pub state: State,
    /// Is it in force today?
    #[schema(example = true)]
    pub in_force: bool,
    pub extension: Option<Extension>,
    pub revocation: Option<Revocation>,
    /// Day of the product's next certification, which took its place.
    pub superseded_on: Option<Day>,
    /// Where it was read.
    pub source_url: Option<SourceUrl>,
}

/// The certified product.
#[derive(Debug, Serialize, ToSchema)]
pub struct CertifiedProduct {
    pub id: ProductId,
    /// The short code to print; `GET /v1/verifications/{code}` tells whether it is true.
    pub code: ProductCode,
    #[schema(example = "Bánh cáy truyền thống")]
    pub name: String,
}

/// Who makes it.
#[derive(Debug, Serialize, ToSchema)]
pub struct CertifiedProducer {
    pub id: OrganisationId,
    /// The public name; of a household business its form and place, for its own name is a natural person's.
    #[schema(example = "HTX Bánh cáy Hương Đồng")]
    pub name: String,
}

/// A product group.
#[derive(Debug, Serialize, ToSchema)]
pub struct CertifiedGroup {
    #[schema(example = "food")]
    pub code: String,
    pub name: Option<BilingualName>,
}

/// A criteria set.
#[derive(Debug, Serialize, ToSchema)]
pub struct CertifiedSet {
    #[schema(example = 6)]
    pub set_no: i64,
    pub name: Option<BilingualName>,
}

impl CertificationView {
    pub fn new(listed: Listed, reference: &Reference, today: Day) -> Self {
        let Listed { certification, product, producer } = listed;
        let state = certification.state_on(today);
        let ledger = certification.ledger();
        let taxonomy = certification.taxonomy;
        let bilingual = |name: Option<(&str, &str)>| {
            name.map(|(vi, en)| BilingualName { vi: vi.to_owned(), en: en.to_owned() })
        };
        Self {
            id: certification.id,
            place: reference.view(&product.place),
            product: CertifiedProduct { id: product.id, code: product.code, name: product.name },
            producer: CertifiedProducer { id: producer.id, name: producer.shown_name(reference) },
            stars: certification.stars,
            score: certification.score,
            decision: certification.decision,
            criteria_version: certification.criteria_version,
            group: certification
                .group_code
                .map(|code| CertifiedGroup { name: bilingual(reference.group_name(taxonomy, &code)), code }),
            set: certification
                .set_no
                .map(|set_no| CertifiedSet { name: bilingual(reference.set_name(taxonomy, set_no)), set_no }),
            valid_until: certification.valid_until,
            in_force_until: ledger.shown_until(),
            state,
            in_force: state.is_in_force(),
            extension: certification.extension,
            revocation: certification.revocation,
            superseded_on: certification.superseded_on,
            source_url: certification.source_url,
        }
    }
}
