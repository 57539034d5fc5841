//! What the parties signed, as answers show it.

use super::parts::LeadFile;
use crate::accounts::UserId;
use crate::db::{Day, Instant};
use crate::input::Faults;
use crate::leads::{
    Agreement, AgreementId, AgreementKind, AgreementNumber, AgreementRow, AgreementValue, AttributionKind,
    CompanyName, CompanyTaxCode, Known, LeadId, LeadSide, Part, Shares, VoidReason,
};
use crate::reference::Reference;
use deserr::Deserr;
use serde::Serialize;
use utoipa::ToSchema;

/// Who signed it.
#[derive(Debug, Clone, Serialize, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct AgreementParties {
    pub buyer: AgreementBuyer,
    pub producer: AgreementProducer,
}

/// The buyer as the agreement names it.
#[derive(Debug, Clone, Serialize, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct AgreementBuyer {
    pub name: CompanyName,
    #[deserr(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax_code: Option<CompanyTaxCode>,
}

/// The producer as the agreement names it.
#[derive(Debug, Clone, Serialize, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct AgreementProducer {
    #[schema(example = "Hợp tác xã bánh cáy (minh họa)")]
    pub name: CompanyName,
}

/// To what an agreement is credited, in part.
#[derive(Debug, Serialize, ToSchema)]
struct AttributionShare {
    kind: AttributionKind,
    /// The name of the event or campaign; of a province its code of today, or `unknown`.
    #[schema(example = "Hội nghị kết nối cung cầu")]
    name: String,
    /// The name of the province.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Tỉnh Hưng Yên")]
    province_name: Option<String>,
    /// Hundredths of a per cent: all shares are 10000 together.
    #[schema(example = 10_000, minimum = 1, maximum = 10_000)]
    share: i64,
    /// The đồng of the value that fall to it: all are the value together.
    #[schema(example = 480_000_000, minimum = 0)]
    value: i64,
}

impl AttributionShare {
    fn all(reference: &Reference, shares: &Shares, value: AgreementValue) -> Vec<Self> {
        let shown = |(part, value): (&Part, i64)| Self {
            kind: part.kind,
            name: part.name.clone(),
            province_name: (part.kind == AttributionKind::Province)
                .then(|| reference.province_name(&part.name).map(str::to_owned))
                .flatten(),
            share: part.share,
            value,
        };
        shares.parts().iter().zip(shares.split(value.get())).map(shown).collect()
    }
}

/// That an agreement is void.
#[derive(Debug, Serialize, ToSchema)]
struct AgreementVoid {
    at: Instant,
    reason: VoidReason,
}

/// What the parties signed.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeadAgreement {
    id: AgreementId,
    /// The lead it was recorded on; another one if that was merged into this.
    lead_id: LeadId,
    kind: AgreementKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    number: Option<AgreementNumber>,
    parties: AgreementParties,
    /// In đồng.
    value: AgreementValue,
    signed_on: Day,
    starts_on: Day,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    ends_on: Option<Day>,
    evidence: Vec<LeadFile>,
    attribution: Vec<AttributionShare>,
    /// Which side recorded it.
    side: LeadSide,
    /// The user who recorded it; told to their own side only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    user_id: Option<UserId>,
    recorded_at: Instant,
    updated_at: Instant,
    /// It was recorded by mistake, and counts no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    voided: Option<AgreementVoid>,
}

impl LeadAgreement {
    /// An agreement as who stands on a side of the lead may see it.
    pub fn new(reference: &Reference, known: &Known, agreement: Agreement) -> Self {
        let Agreement { row, evidence, shares } = agreement;
        let AgreementRow { voided_at, void_reason, .. } = row;
        let voided = voided_at.zip(void_reason).map(|(at, reason)| AgreementVoid { at, reason });
        Self {
            id: row.id,
            lead_id: row.lead_id,
            kind: row.kind,
            number: row.number,
            parties: AgreementParties {
                buyer: AgreementBuyer { name: row.buyer_name, tax_code: row.buyer_tax_code },
                producer: AgreementProducer { name: row.producer_name },
            },
            value: row.value,
            signed_on: row.signed_on,
            starts_on: row.starts_on,
            ends_on: row.ends_on,
            evidence: evidence.into_iter().map(|file| LeadFile::of(known.lead.id, file)).collect(),
            attribution: AttributionShare::all(reference, &shares, row.value),
            side: row.side,
            user_id: row.recorded_by.filter(|_| row.side == known.side),
            recorded_at: row.recorded_at,
            updated_at: row.updated_at,
            voided,
        }
    }
}
