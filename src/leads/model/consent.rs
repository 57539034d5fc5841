//! What a sender agrees to (Law 91/2025/QH15 on personal data protection, Decree 356/2025/NĐ-CP).
//!
//! Consent counts only if it is given freely, for one purpose, knowing which data, for what and by whom; nothing is
//! ticked beforehand, and it must be provable later. So a lead keeps the version of the text its sender accepted, and
//! a text once published is never changed: another wording is another version.

use crate::input::Faults;
use crate::say;
use crate::say::{Invalid, Say};
use deserr::{Deserr, IntoValue, Value, ValuePointerRef};

/// A published text.
#[derive(Debug, PartialEq, Eq)]
pub struct ConsentText {
    pub version: &'static str,
    pub vi: &'static str,
    pub en: &'static str,
}

/// Every text ever published, the current one last.
pub static TEXTS: &[ConsentText] = &[CURRENT];

const CURRENT: ConsentText = ConsentText {
    version: "2026-11",
    vi: "Tôi đồng ý để đơn vị vận hành hệ thống này lưu và chuyển cho các chủ thể OCOP làm ra những sản phẩm tôi hỏi: tên \
         và mã số thuế của đơn vị, tên người liên hệ, email, số điện thoại và nội dung yêu cầu. Mục đích duy nhất: để các \
         chủ thể ấy trả lời và giao dịch với tôi về yêu cầu này. Các chủ thể ấy và đơn vị vận hành chịu trách nhiệm bảo \
         vệ dữ liệu. Dữ liệu không được bán và không được dùng để quảng cáo. Tôi tự nguyện; tôi có quyền xem, sửa, yêu cầu \
         xóa dữ liệu và rút lại sự đồng ý này bất cứ lúc nào.",
    en: "I agree that the operator of this service keeps, and passes on to the OCOP producers of the products I ask about: \
         the name and tax code of my organisation, the name of the contact, e-mail address, telephone number and the text \
         of the enquiry. The only purpose: that these producers answer and trade with me about this enquiry. These \
         producers and the operator are responsible for protecting the data. The data are not sold and not used for \
         advertising. I do so freely; I may see, correct and have the data erased and withdraw this consent at any time.",
};

impl ConsentText {
    /// The text that senders are shown now.
    pub fn current() -> &'static Self {
        const { &CURRENT }
    }

    fn find(version: &str) -> Option<&'static Self> {
        TEXTS.iter().find(|text| text.version == version)
    }
}

/// A reference to a published text by its version.
#[derive(Clone, Copy, PartialEq, Eq, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub struct ConsentVersion(&'static ConsentText);

impl ConsentVersion {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if let Some(known) = ConsentText::find(text) {
            return Ok(Self(known));
        }
        let current = CURRENT.version;
        Err(Invalid::new(
            "unknown_consent_text",
            say!(
                "Không có bản này; bản hiện hành là {current}, đọc tại /v1/consent-texts/current.",
                "There is no such text; the current one is {current}, see /v1/consent-texts/current."
            ),
        ))
    }

    pub fn as_str(&self) -> &str {
        self.0.version
    }

    pub fn text(self) -> &'static ConsentText {
        self.0
    }
}

crate::text_column!(ConsentVersion, |text: &str| ConsentVersion::parse(text).ok());
crate::string_schema!(ConsentVersion, "consent-version", "2026-11");
crate::parsed_input!(ConsentVersion);

/// `true`, said explicitly. `false` is a fault: without consent nothing may be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepted;

impl Deserr<Faults> for Accepted {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, Faults> {
        if bool::deserialize_from_value(value, location)? {
            return Ok(Self);
        }
        Err(Faults::located(
            location,
            Invalid::new(
                "consent_required",
                Say::new(
                    "Người gửi phải đồng ý thì yêu cầu mới được lưu và chuyển đi.",
                    "The sender must agree before the enquiry may be kept and passed on.",
                ),
            ),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn versions_are_distinct_and_the_current_one_is_last() {
        let versions: BTreeSet<_> = TEXTS.iter().map(|text| text.version).collect();
        assert_eq!(versions.len(), TEXTS.len());
        assert_eq!(TEXTS.last(), Some(ConsentText::current()));
    }

    #[test]
    fn only_true_is_consent() {
        assert!(crate::input::read::<Accepted>(true.into()).is_ok());
        for wrong in [serde_json::json!(false), serde_json::json!("true"), serde_json::json!(1)] {
            assert!(crate::input::read::<Accepted>(wrong).is_err());
        }
    }
}
