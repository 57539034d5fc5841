//! What the parties sign: kinds, and what must be right about one.

use super::event::LeadEventKind;
use super::goods::AgreementValue;
use super::stage::LeadStage;
use super::words::{AgreementNumber, CompanyName, CompanyTaxCode};
use crate::db::Day;
use crate::files::{FileId, Sha256Hex};
use crate::input::Faults;
use crate::say::{Invalid, Say};

crate::text_enum! {
    /// What was signed.
    pub enum AgreementKind {
        /// A memorandum or minute of cooperation
        Mou = "mou",
        /// A contract in principle: terms without quantities
        PrincipleContract = "principle_contract",
        /// A contract with goods and value
        Contract = "contract",
    }
}

impl AgreementKind {
    /// What the timeline tells of it.
    pub fn event(self) -> LeadEventKind {
        match self {
            Self::Mou => LeadEventKind::Mou,
            Self::PrincipleContract => LeadEventKind::PrincipleContract,
            Self::Contract => LeadEventKind::Contract,
        }
    }

    /// Where a lead stands of which this is the furthest that was signed.
    pub fn stage(self) -> LeadStage {
        match self {
            Self::Mou => LeadStage::MouSigned,
            Self::PrincipleContract | Self::Contract => LeadStage::ContractSigned,
        }
    }
}

/// A file that proves an agreement, and the hash that its sender knows it by.
#[derive(Debug, Clone)]
pub struct Evidence {
    pub file: FileId,
    pub sha256: Option<Sha256Hex>,
}

/// An agreement as somebody records it.
#[derive(Debug, Clone)]
pub struct NewAgreement {
    pub kind: AgreementKind,
    pub number: Option<AgreementNumber>,
    pub buyer_name: CompanyName,
    pub buyer_tax_code: Option<CompanyTaxCode>,
    pub producer_name: CompanyName,
    pub value: AgreementValue,
    pub signed_on: Day,
    pub starts_on: Day,
    /// None: until somebody ends it.
    pub ends_on: Option<Day>,
    pub evidence: Vec<Evidence>,
}

impl NewAgreement {
    /// What is wrong with it, as its members are named in the API.
    pub fn check(&self, today: Day) -> Faults {
        let mut faults = Faults::default();
        if self.signed_on > today {
            let say = Say::new(
                "Ngày ký không thể ở tương lai; chỉ ghi nhận khi đã ký.",
                "It cannot have been signed in the future; record it once it is signed.",
            );
            faults.push(["signed_on"], Invalid::new("in_future", say));
        }
        if self.ends_on.is_some_and(|end| end < self.starts_on) {
            let say = Say::new("Ngày kết thúc trước ngày bắt đầu.", "It ends before it begins.");
            faults.push(["ends_on"], Invalid::new("before_start", say));
        }
        if self.kind == AgreementKind::Contract && self.value.get() == 0 {
            let say = Say::new(
                "Hợp đồng phải có giá trị; nếu chưa có số lượng, hãy ghi hợp đồng nguyên tắc (principle_contract).",
                "A contract has a value; one without quantities is a contract in principle (principle_contract).",
            );
            faults.push(["value"], Invalid::new("missing", say));
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leads::LeadSide;

    #[test]
    fn an_agreement_leads_where_its_event_does() {
        for kind in AgreementKind::ALL {
            for side in [LeadSide::Buyer, LeadSide::Producer, LeadSide::Organiser, LeadSide::Office] {
                let effect = kind.event().effect(LeadStage::Enquiry, side).map_err(|illegal| illegal.from);
                assert_eq!(effect, Ok(Some(kind.stage())), "{kind:?} {side:?}");
            }
            assert!(kind.stage().needs_agreement());
        }
    }
}
