//! How long what is kept. The table is what [`retain`](crate::privacy::retain) carries out and what is published.

use crate::accounts;

/// Text in both languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    pub vi: &'static str,
    pub en: &'static str,
}

crate::text_enum! {
    /// What data are kept for.
    pub enum RetentionPurpose {
        /// How to reach who sent an enquiry, and what it wrote
        LeadContact = "lead_contact",
        /// Files attached to enquiries, evidence of agreements
        LeadFile = "lead_file",
        /// Who got the contact of a buyer, and why
        ContactReveal = "contact_reveal",
        /// What devices recorded offline and handed in
        Capture = "capture",
        /// Links in letters about leads
        LeadLink = "lead_link",
        /// Links to papers of products, and who has opened one
        PaperOpening = "paper_opening",
        /// What retailers answered about products
        ListingAnswer = "listing_answer",
        /// Which letters somebody has switched off
        NotificationChoice = "notification_choice",
        /// An account and what it may do
        Account = "account",
        /// Registrations that were not confirmed
        Registration = "registration",
        /// Sign-ins and their places
        EndedSession = "ended_session",
        /// Tokens that went out by mail
        MailToken = "mail_token",
        /// Invitations that nobody took
        Invitation = "invitation",
        /// Letters that were sent
        Mail = "mail",
        /// Failed sign-ins, counted to slow guessing down
        Throttle = "throttle",
        /// From where something was done
        AuditOrigin = "audit_origin",
        /// Who did what
        AuditEntry = "audit_entry",
        /// Answers kept for a repeated request
        IdempotencyKey = "idempotency_key",
        /// Pictures of products, and who stored them
        Picture = "picture",
        /// Requests about personal data
        DataRequest = "data_request",
        /// Consents as proof
        Consent = "consent",
    }
}

/// How long the data of one purpose are kept, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetentionRule {
    pub purpose: RetentionPurpose,
    pub what: Words,
    /// ISO 8601 duration; `None`: no term, see `until`.
    pub period: Option<&'static str>,
    pub until: Words,
    pub reason: Words,
}

/// Months after the last event of a lead that has ended.
pub const CONTACT_MONTHS_ENDED: i64 = 24;
/// Months after the last event of a lead, whatever its stage.
pub const CONTACT_MONTHS: i64 = 36;
/// Months after what an audit entry tells.
pub const ORIGIN_MONTHS: i64 = 12;
/// Months after the end of a request about personal data.
pub const REQUEST_MONTHS: i64 = 12;
/// Days in which the address of such a request can be confirmed.
pub const CONFIRMATION_DAYS: i64 = 7;
/// Days after the start of a session: as long as we know the place.
pub const SESSION_DAYS: i64 = accounts::PLACE_SECONDS / 86_400;
/// Days after the end of a token that went out by mail, of an invitation; days of a letter.
pub const ENDED_DAYS: i64 = 30;
/// Seconds for which failed attempts count.
pub const THROTTLE_SECONDS: i64 = accounts::throttle::FORGOTTEN_SECONDS;

/// Days for which what a device handed in waits for its enquiry.
pub const CAPTURE_WAITING_DAYS: i64 = 30;
/// Days for which it is known that something was handed in.
pub const CAPTURE_DAYS: i64 = 90;

const fn words(vi: &'static str, en: &'static str) -> Words {
    Words { vi, en }
}

/// The rules, in the order in which people care.
pub static RETENTION_RULES: &[RetentionRule] = &[
    RetentionRule {
        purpose: RetentionPurpose::LeadContact,
        what: words(
            "Tên người liên hệ, email, số điện thoại và nội dung của yêu cầu; ghi chú của bên mua",
            "Name, e-mail address and telephone number of the contact and the text of an enquiry; the buyer's notes",
        ),
        period: Some("P24M"),
        until: words(
            "24 tháng sau sự kiện cuối khi mọi phần của yêu cầu đã kết thúc, 36 tháng sau sự kiện cuối trong mọi trường hợp, hoặc khi \
             người liên hệ yêu cầu xóa; sau đó thay bằng bút danh không thể phục hồi",
            "24 months after the last event once all parts of the enquiry have ended, 36 months after the last event in any case, or \
             when the contact asks for erasure; an irreversible pseudonym takes their place",
        ),
        reason: words(
            "Sự đồng ý của người gửi (mục đích lead_contact), Luật 91/2025/QH15",
            "The sender's consent (purpose lead_contact), Law 91/2025/QH15",
        ),
    },
    RetentionRule {
        purpose: RetentionPurpose::LeadFile,
        what: words(
            "Tệp đính kèm yêu cầu; bản chụp biên bản ghi nhớ, hợp đồng làm bằng chứng",
            "Files attached to enquiries; copies of memoranda and contracts as evidence",
        ),
        period: Some("P24M"),
        until: words(
            "Cùng thời hạn với thông tin liên hệ; tệp đính kèm xóa ngay khi người liên hệ yêu cầu, bằng chứng cũng vậy nếu bên mua là \
             cá nhân hoặc hộ kinh doanh; mã băm còn lại. Tệp không dùng đến: 48 giờ",
            "As long as the contact; attachments go at once when the contact asks for erasure, evidence too if the buyer is a person or a \
             household business; the hash stays. Files that nothing uses: 48 hours",
        ),
        reason: words(
            "Chứng minh thỏa thuận mà chương trình báo cáo",
            "Proof of the agreements that the programme reports",
        ),
    },
    RetentionRule {
        purpose: RetentionPurpose::ContactReveal,
        what: words(
            "Tổ chức hoặc cán bộ nào đã mở thông tin liên hệ của người mua, khi nào, lý do",
            "Which organisation or officer got the contact of a buyer, when, and why",
        ),
        period: None,
        until: words(
            "Lý do xóa cùng thông tin liên hệ; phần còn lại chỉ có mã",
            "The reason goes with the contact; what is left are ids",
        ),
        reason: words(
            "Để người mua biết ai có thông tin của mình và chống thu gom",
            "So that buyers know who has their data, and against collecting them",
        ),
    },
    RetentionRule {
        purpose: RetentionPurpose::Capture,
        what: words(
            "Nội dung ghi ngoại tuyến đang chờ yêu cầu của nó; mã và giá trị băm của nội dung đã nhận",
            "What was recorded offline and waits for its enquiry; ids and hashes of what was handed in",
        ),
        period: Some("P90D"),
        until: words(
            "Nội dung chờ: 30 ngày; mã và giá trị băm: 90 ngày sau khi nhận",
            "Waiting content: 30 days; ids and hashes: 90 days after it was handed in",
        ),
        reason: words(
            "Để thiết bị gửi lại nhiều lần mà không mất và không trùng",
            "So that devices can send again without losing or doubling anything",
        ),
    },
    RetentionRule {
        purpose: RetentionPurpose::LeadLink,
        what: words(
            "Giá trị băm của liên kết trong thư về yêu cầu mua hàng",
            "Hashes of the links in letters about leads",
        ),
        period: Some("P30D"),
        until: words("30 ngày sau khi liên kết hết hạn", "30 days after the link ran out"),
        reason: words(
            "Để trả lời hoặc theo dõi yêu cầu mà không cần đăng nhập",
            "To answer or follow a lead without signing in",
        ),
    },
    RetentionRule {
        purpose: RetentionPurpose::PaperOpening,
        what: words(
            "Liên kết chia sẻ giấy tờ và dành cho ai; ai ngoài chủ thể đã mở giấy tờ, khi nào, bằng cách nào",
            "Links to papers and for whom they are; who outside the producer has opened a paper, when and how",
        ),
        period: Some("P365D"),
        until: words(
            "365 ngày sau lần mở; liên kết 365 ngày sau khi hết hạn, hoặc đến khi giấy tờ bị xóa",
            "365 days after the opening; links 365 days after they ran out, or until the paper is removed",
        ),
        reason: words(
            "Để chủ thể biết ai đã xem giấy tờ của mình",
            "So that a producer knows who has seen its papers",
        ),
    },
    RetentionRule {
        purpose: RetentionPurpose::ListingAnswer,
        what: words(
            "Câu trả lời của nhà bán lẻ về sản phẩm, lời viết kèm và mã người trả lời",
            "Answers of retailers about products, the words with them and the id of who answered",
        ),
        period: None,
        until: words(
            "Giữ cùng sản phẩm; lời viết kèm xóa khi người viết xóa tài khoản",
            "As long as the product; the words go when who wrote them erases the account",
        ),
        reason: words(
            "Để chủ thể và tỉnh biết sản phẩm đã vào kệ nào",
            "So that producer and province know which shelves a product has reached",
        ),
    },
    RetentionRule {
        purpose: RetentionPurpose::NotificationChoice,
        what: words("Loại thư mà người dùng đã tắt", "Which letters a user has switched off"),
        period: None,
        until: words(
            "Đến khi người dùng bật lại hoặc xóa tài khoản",
            "Until the user switches them on again or erases the account",
        ),
        reason: words("Theo lựa chọn của người dùng", "As the user chose"),
    },
    RetentionRule {
        purpose: RetentionPurpose::Account,
        what: words(
            "Email, tên hiển thị, mật khẩu đã băm, xác thực hai lớp, tư cách thành viên",
            "E-mail address, display name, hash of the password, second factor, memberships",
        ),
        period: None,
        until: words("Đến khi người dùng xóa tài khoản", "Until the user erases the account"),
        reason: words(
            "Sự đồng ý của người dùng (mục đích account_terms)",
            "The user's consent (purpose account_terms)",
        ),
    },
    RetentionRule {
        purpose: RetentionPurpose::Registration,
        what: words("Đăng ký chưa xác nhận", "Registrations that were not confirmed"),
        period: None,
        until: words("Đến khi hết hạn của liên kết xác nhận", "Until the link of the confirmation runs out"),
        reason: words(
            "Các bước trước khi có tài khoản, theo yêu cầu của người đăng ký",
            "Steps before an account, as the person asked for",
        ),
    },
    RetentionRule {
        purpose: RetentionPurpose::EndedSession,
        what: words(
            "Thời điểm, địa chỉ mạng và trình duyệt của phiên đăng nhập",
            "Time, network address and browser of sessions",
        ),
        period: Some("P90D"),
        until: words("90 ngày sau khi đăng nhập", "90 days after the sign-in"),
        reason: words(
            "Để báo khi có đăng nhập từ nơi lạ và tìm hiểu khi tài khoản bị lạm dụng",
            "To tell of a sign-in from a new place, and to look into the abuse of an account",
        ),
    },
    RetentionRule {
        purpose: RetentionPurpose::MailToken,
        what: words(
            "Giá trị băm của mã trong thư, địa chỉ mới khi đổi email",
            "Hashes of tokens in letters; the new address of a change of address",
        ),
        period: Some("P30D"),
        until: words(
            "30 ngày sau khi mã được dùng hoặc hết hạn",
            "30 days after the token was used or ran out",
        ),
        reason: words("Để tìm hiểu khi tài khoản bị lạm dụng", "To look into the abuse of an account"),
    },
    RetentionRule {
        purpose: RetentionPurpose::Invitation,
        what: words(
            "Địa chỉ email được mời mà không ai nhận lời",
            "E-mail addresses of invitations that nobody took",
        ),
        period: Some("P30D"),
        until: words(
            "30 ngày sau khi lời mời hết hạn hoặc được rút",
            "30 days after the invitation ran out or was withdrawn",
        ),
        reason: words("Để người mời biết kết quả", "So that who invited learns what came of it"),
    },
    RetentionRule {
        purpose: RetentionPurpose::Mail,
        what: words(
            "Loại thư, người nhận, tiêu đề; nội dung chỉ đến khi thư được gửi đi, nếu thư ghi ra tệp thì cùng thời hạn",
            "Kind, recipient and subject of letters; the text only until it is sent, where letters go into files as long",
        ),
        period: Some("P30D"),
        until: words("30 ngày sau khi viết", "30 days after it was written"),
        reason: words(
            "Để trả lời khi ai đó không nhận được thư",
            "To answer when somebody has not got a letter",
        ),
    },
    RetentionRule {
        purpose: RetentionPurpose::Throttle,
        what: words("Số lần đăng nhập sai, theo giá trị băm", "Numbers of failed sign-ins, by hashes"),
        period: Some("PT24H"),
        until: words("24 giờ sau lần sai cuối", "24 hours after the last failure"),
        reason: words("Làm chậm việc dò mật khẩu", "Slowing down the guessing of passwords"),
    },
    RetentionRule {
        purpose: RetentionPurpose::AuditOrigin,
        what: words(
            "Địa chỉ mạng và trình duyệt trong nhật ký",
            "Network address and browser in the audit log",
        ),
        period: Some("P12M"),
        until: words("12 tháng sau việc được ghi", "12 months after what the entry tells"),
        reason: words("Điều tra khi dữ liệu bị xâm phạm", "Looking into breaches"),
    },
    RetentionRule {
        purpose: RetentionPurpose::AuditEntry,
        what: words(
            "Mã người làm, việc làm, đối tượng, thời điểm; không có tên hay địa chỉ",
            "Id of who did it, what, about what, when; neither names nor addresses",
        ),
        period: None,
        until: words(
            "Không xóa: là chuỗi băm; mã của người đã xóa tài khoản không dẫn tới ai",
            "Not erased: a chain of hashes; the id of an erased account leads to nobody",
        ),
        reason: words(
            "Chứng minh các quyết định trong sổ chứng nhận",
            "Proof of what was decided in the certification ledger",
        ),
    },
    RetentionRule {
        purpose: RetentionPurpose::IdempotencyKey,
        what: words(
            "Câu trả lời của yêu cầu có Idempotency-Key",
            "Answers to requests with an Idempotency-Key",
        ),
        period: Some("PT72H"),
        until: words("72 giờ", "72 hours"),
        reason: words(
            "Để yêu cầu gửi lại chỉ có một tác dụng",
            "So that a request that is sent again has one effect",
        ),
    },
    RetentionRule {
        purpose: RetentionPurpose::Picture,
        what: words(
            "Hình sản phẩm và người gửi hình; vị trí, thời điểm do máy ảnh ghi vào hình được bỏ ngay khi nhận",
            "Pictures of products and who stored them; place and time that cameras write into them are dropped on arrival",
        ),
        period: Some("P30D"),
        until: words(
            "30 ngày nếu không có hồ sơ sản phẩm nào dùng đến, 24 giờ nếu gửi dở; hình đã dùng được giữ cùng hồ sơ sản phẩm",
            "30 days if no listing names it, 24 hours if it did not arrive whole; one that was named stays with the listing",
        ),
        reason: words("Giới thiệu sản phẩm của tổ chức", "To show the organisation's products"),
    },
    RetentionRule {
        purpose: RetentionPurpose::DataRequest,
        what: words(
            "Email, nội dung và câu trả lời của yêu cầu về dữ liệu cá nhân",
            "E-mail address, text and answer of requests about personal data",
        ),
        period: Some("P12M"),
        until: words(
            "12 tháng sau khi hoàn thành hoặc từ chối; 7 ngày nếu không được xác nhận",
            "12 months after it was completed or refused; 7 days if it was not confirmed",
        ),
        reason: words(
            "Chứng minh đã trả lời đúng hạn, Nghị định 356/2025/NĐ-CP",
            "Proof that it was answered in time, Decree 356/2025/NĐ-CP",
        ),
    },
    RetentionRule {
        purpose: RetentionPurpose::Consent,
        what: words(
            "Mục đích, bản văn, thời điểm, kênh và mã tài khoản của sự đồng ý",
            "Purpose, text, time, channel and account id of a consent",
        ),
        period: None,
        until: words(
            "Giữ làm bằng chứng; không có tên hay địa chỉ",
            "Kept as proof; neither names nor addresses",
        ),
        reason: words(
            "Sự đồng ý phải chứng minh được, Luật 91/2025/QH15",
            "Consent must be provable, Law 91/2025/QH15",
        ),
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_purpose_has_one_rule_and_says_the_terms_of_the_job() {
        for purpose in RetentionPurpose::ALL {
            let rules = RETENTION_RULES.iter().filter(|rule| rule.purpose == *purpose);
            assert_eq!(rules.count(), 1, "{purpose:?}");
        }
        let period = |purpose| {
            RETENTION_RULES.iter().find(|rule| rule.purpose == purpose).and_then(|rule| rule.period)
        };
        assert_eq!(period(RetentionPurpose::LeadContact), Some(format!("P{CONTACT_MONTHS_ENDED}M").as_str()));
        assert_eq!(period(RetentionPurpose::AuditOrigin), Some(format!("P{ORIGIN_MONTHS}M").as_str()));
        assert_eq!(period(RetentionPurpose::DataRequest), Some(format!("P{REQUEST_MONTHS}M").as_str()));
        for ended in [RetentionPurpose::MailToken, RetentionPurpose::Invitation, RetentionPurpose::Mail] {
            assert_eq!(period(ended), Some(format!("P{ENDED_DAYS}D").as_str()));
        }
        assert_eq!(period(RetentionPurpose::EndedSession), Some(format!("P{SESSION_DAYS}D").as_str()));
        assert_eq!(period(RetentionPurpose::LeadFile), period(RetentionPurpose::LeadContact));
        assert_eq!(period(RetentionPurpose::Capture), Some(format!("P{CAPTURE_DAYS}D").as_str()));
        assert_eq!(period(RetentionPurpose::LeadLink), Some(format!("P{ENDED_DAYS}D").as_str()));
        let unused = format!("P{}D", crate::media::UNUSED_DAYS);
        assert_eq!(period(RetentionPurpose::Picture), Some(unused.as_str()));
        assert_eq!(
            period(RetentionPurpose::PaperOpening),
            Some(format!("P{}D", crate::listings::ACCESS_LOG_DAYS).as_str())
        );
        assert_eq!(THROTTLE_SECONDS, 24 * 3600);
    }
}
