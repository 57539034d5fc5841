//! What people agree to (Law 91/2025/QH15 on personal data protection, Decree 356/2025/NĐ-CP).
//!
//! Consent counts only if it is given freely, for one purpose, knowing which data, for what and by whom; nothing is
//! ticked beforehand, and it must be provable later. So whatever is agreed to is kept with the version of the text, and a
//! text once published is never changed: another wording is another version.

use crate::input::{Faults, measured};
use crate::say;
use crate::say::{Invalid, Say};
use deserr::{Deserr, IntoValue, Value, ValuePointerRef};

crate::text_enum! {
    /// What a consent is for.
    pub enum ConsentPurpose {
        /// To have an account; ends with it
        AccountTerms = "account_terms",
        /// That an enquiry and its contact go to the producers asked; given with each enquiry
        LeadContact = "lead_contact",
        /// News of the programme by mail
        NewsMail = "news_mail",
    }
}

crate::text_enum! {
    /// How a consent came to us.
    pub enum ConsentChannel {
        /// With the registration of an account
        Registration = "registration",
        /// With the acceptance of an invitation
        Invitation = "invitation",
        /// By the signed-in person
        Account = "account",
        /// With an enquiry
        Enquiry = "enquiry",
    }
}

/// A published text.
#[derive(Debug, PartialEq, Eq)]
pub struct ConsentText {
    pub purpose: ConsentPurpose,
    pub version: &'static str,
    pub vi: &'static str,
    pub en: &'static str,
}

/// Every text ever published, the current one of each purpose last.
pub static TEXTS: &[ConsentText] = &[ACCOUNT_TERMS, LEAD_CONTACT, NEWS_MAIL];

const ACCOUNT_TERMS: ConsentText = ConsentText {
    purpose: ConsentPurpose::AccountTerms,
    version: "2026-11",
    vi: "Tôi đồng ý để đơn vị vận hành hệ thống này lưu và xử lý: email, tên hiển thị, tổ chức tôi đại diện cùng vai trò của tôi, \
         các lần đăng nhập (thời điểm, địa chỉ mạng, trình duyệt) và nhật ký việc tôi làm trên hệ thống. Mục đích duy nhất: để \
         tôi có tài khoản và để những việc đã làm chứng minh được. Các quy tắc về thời hạn lưu giữ được công bố. Dữ liệu không \
         được bán. Tôi tự nguyện; tôi có quyền xem, tải về, sửa dữ liệu và xóa tài khoản bất cứ lúc nào.",
    en: "I agree that the operator of this service keeps and processes: e-mail address, display name, the organisation I act for \
         and my part in it, my sign-ins (time, network address, browser) and the log of what I do in the service. The only \
         purpose: that I have an account and that what was done can be proved. The rules on how long data are kept are \
         published. The data are not sold. I do so freely; I may see, download and correct the data and erase the account at any \
         time.",
};

const LEAD_CONTACT: ConsentText = ConsentText {
    purpose: ConsentPurpose::LeadContact,
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

const NEWS_MAIL: ConsentText = ConsentText {
    purpose: ConsentPurpose::NewsMail,
    version: "2026-11",
    vi: "Tôi đồng ý để đơn vị vận hành hệ thống này dùng email của tôi gửi tin về chương trình OCOP: sự kiện xúc tiến, sản phẩm mới \
         được công nhận, thay đổi của hệ thống. Mục đích duy nhất là gửi tin. Không đồng ý thì tài khoản vẫn dùng được đầy đủ. \
         Email không được bán và không chuyển cho ai. Tôi tự nguyện và có quyền rút lại sự đồng ý này bất cứ lúc nào.",
    en: "I agree that the operator of this service uses my e-mail address to send news of the OCOP programme: promotion events, \
         newly recognised products, changes of the service. Sending news is the only purpose. Without this consent the \
         account works all the same. The address is not sold and passed on to nobody. I do so freely and may withdraw this \
         consent at any time.",
};

impl ConsentText {
    /// The text that people are shown now.
    pub fn current(purpose: ConsentPurpose) -> &'static Self {
        match purpose {
            ConsentPurpose::AccountTerms => const { &ACCOUNT_TERMS },
            ConsentPurpose::LeadContact => const { &LEAD_CONTACT },
            ConsentPurpose::NewsMail => const { &NEWS_MAIL },
        }
    }

    pub fn find(purpose: ConsentPurpose, version: &str) -> Option<&'static Self> {
        TEXTS.iter().find(|text| text.purpose == purpose && text.version == version)
    }

    pub fn is_current(&self) -> bool {
        self == Self::current(self.purpose)
    }

    /// The fault of naming a version that there is not.
    pub fn unknown(purpose: ConsentPurpose) -> Invalid {
        let (current, purpose) = (Self::current(purpose).version, purpose.as_str());
        Invalid::new(
            "unknown_consent_text",
            say!(
                "Không có bản này; bản hiện hành là {current}, đọc tại /v1/consent-texts/current?purpose={purpose}.",
                "There is no such text; the current one is {current}, see /v1/consent-texts/current?purpose={purpose}."
            ),
        )
    }
}

/// The version of a text as somebody names it; whether there is one depends on the purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextVersion(String);

impl TextVersion {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        measured(text, 50, |_| false).map(|text| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

crate::string_schema!(TextVersion, "consent-version", "2026-11");
crate::parsed_input!(TextVersion);

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
                    "Phải có sự đồng ý (true) của chính người gửi thì dữ liệu mới được lưu và chuyển đi.",
                    "The sender must agree (true) before data may be kept and passed on.",
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
        let versions: BTreeSet<_> = TEXTS.iter().map(|text| (text.purpose, text.version)).collect();
        assert_eq!(versions.len(), TEXTS.len());
        for purpose in ConsentPurpose::ALL {
            let last = TEXTS.iter().rfind(|text| text.purpose == *purpose);
            assert_eq!(last, Some(ConsentText::current(*purpose)));
        }
    }

    #[test]
    fn only_true_is_consent() {
        assert!(crate::input::read::<Accepted>(true.into()).is_ok());
        for wrong in [serde_json::json!(false), serde_json::json!("true"), serde_json::json!(1)] {
            assert!(crate::input::read::<Accepted>(wrong).is_err());
        }
    }
}
