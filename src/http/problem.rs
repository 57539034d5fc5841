//! Errors as problem documents (RFC 9457). [`Code`] is the table of everything that can go wrong; a slice's error
//! enum is turned into a [`Problem`] in its `http.rs`, in one place.
//!
//! The body is rendered by [`frame`](super::frame), which alone knows the language and the request id.

use crate::db;
use crate::input::{Fault, Faults};
use crate::say::{Language, Say};
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

macro_rules! codes {
    ($($(#[$meta:meta])* $name:ident = $slug:literal, $status:ident, $vi:literal, $en:literal;)+) => {
        /// Every problem this API can answer with. The text of a code never changes meaning.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Code { $($(#[$meta])* $name),+ }

        impl Code {
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $slug),+ }
            }

            pub fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status),+ }
            }

            pub fn title(self) -> Say {
                match self { $(Self::$name => Say::new($vi, $en)),+ }
            }
        }
    };
}

codes! {
    MalformedRequest = "malformed_request", BAD_REQUEST, "Yêu cầu không đọc được", "The request cannot be read";
    InvalidParameters = "invalid_parameters", BAD_REQUEST, "Tham số không hợp lệ", "Invalid parameters";
    InvalidCursor = "invalid_cursor", BAD_REQUEST, "Con trỏ trang không hợp lệ", "Invalid page cursor";
    InvalidHeader = "invalid_header", BAD_REQUEST, "Tiêu đề yêu cầu không hợp lệ", "Invalid request header";
    Unauthenticated = "unauthenticated", UNAUTHORIZED, "Cần đăng nhập", "Sign-in required";
    InvalidCredentials = "invalid_credentials", UNAUTHORIZED, "Email hoặc mật khẩu không đúng", "Wrong e-mail or password";
    InvalidRefreshToken = "invalid_refresh_token", UNAUTHORIZED, "Mã làm mới không còn hiệu lực", "The refresh token is not valid";
    SecondFactorNeeded = "second_factor_needed", UNAUTHORIZED, "Cần mã xác thực hai lớp", "The second factor is needed";
    InvalidCode = "invalid_code", UNAUTHORIZED, "Mã xác thực không đúng", "The code is wrong";
    Forbidden = "forbidden", FORBIDDEN, "Không có quyền", "Not allowed";
    SecondFactorRequired = "second_factor_required", FORBIDDEN, "Cần đăng nhập với mã xác thực hai lớp", "A sign-in with the second factor is required";
    InsufficientScope = "insufficient_scope", FORBIDDEN, "Mã truy cập không có phạm vi này", "The access token lacks the scope";
    NotFound = "not_found", NOT_FOUND, "Không tìm thấy", "Not found";
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED, "Phương thức không được hỗ trợ", "Method not allowed";
    NotAcceptable = "not_acceptable", NOT_ACCEPTABLE, "Không có dạng dữ liệu được yêu cầu", "Not available in the form asked for";
    RequestTimeout = "request_timeout", REQUEST_TIMEOUT, "Nội dung đến quá chậm", "The body came too slowly";
    RequestInProgress = "request_in_progress", CONFLICT, "Yêu cầu cùng khóa đang được xử lý", "A request with this key is still running";
    IllegalMove = "illegal_move", CONFLICT, "Không thể chuyển sang giai đoạn này", "This move is not allowed";
    LeadMerged = "lead_merged", CONFLICT, "Yêu cầu đã gộp vào yêu cầu khác", "The lead goes on in another";
    ConsentNeeded = "consent_needed", CONFLICT, "Cần bên mua đồng ý", "The buyer has not agreed yet";
    ChangeNotReached = "change_not_reached", CONFLICT, "Thay đổi chưa đến", "The change has not come yet";
    LedgerConflict = "ledger_conflict", CONFLICT, "Trái với sổ chứng nhận", "Contradicts the certification ledger";
    AlreadyWithdrawn = "already_withdrawn", CONFLICT, "Sản phẩm đã được rút", "Withdrawn already";
    AlreadyRecorded = "already_recorded", CONFLICT, "Đã được ghi nhận", "Recorded already";
    AlreadySucceeded = "already_succeeded", CONFLICT, "Sản phẩm đã được thay thế", "Succeeded already";
    LastOwner = "last_owner", CONFLICT, "Tổ chức phải còn một chủ sở hữu", "An organisation keeps an owner";
    AlreadyMember = "already_member", CONFLICT, "Đã là thành viên", "A member already";
    AlreadyDecided = "already_decided", CONFLICT, "Đã có quyết định", "Decided already";
    ChangedSince = "changed_since", CONFLICT, "Đã được sửa sau đó", "Changed since";
    AlreadyUndone = "already_undone", CONFLICT, "Đã được hoàn tác", "Undone already";
    NotPossibleNow = "not_possible_now", CONFLICT, "Hiện không thể thực hiện", "Not possible as things are";
    WrongOffset = "wrong_offset", CONFLICT, "Phần này không nối tiếp phần đã nhận", "The part does not begin where the others end";
    InvalidLink = "invalid_link", GONE, "Liên kết không còn hiệu lực", "The link is no longer good";
    Succeeded = "succeeded", GONE, "Đã được thay thế", "Another one has taken its place";
    NotInForce = "not_in_force", GONE, "Không còn trong danh mục", "Not in the catalogue any more";
    PreconditionFailed = "precondition_failed", PRECONDITION_FAILED, "Dữ liệu đã thay đổi", "The resource has changed";
    BodyTooLarge = "body_too_large", PAYLOAD_TOO_LARGE, "Nội dung quá lớn", "The body is too large";
    RangeNotSatisfiable = "range_not_satisfiable", RANGE_NOT_SATISFIABLE, "Khoảng byte nằm ngoài nội dung", "The byte range is outside the content";
    UnsupportedMediaType = "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE, "Kiểu nội dung không được hỗ trợ", "Unsupported media type";
    InvalidBody = "invalid_body", UNPROCESSABLE_ENTITY, "Nội dung không hợp lệ", "Invalid content";
    InvalidCells = "invalid_cells", UNPROCESSABLE_ENTITY, "Sổ tính có ô sai", "Cells of the workbook are wrong";
    UnreadableFile = "unreadable_file", UNPROCESSABLE_ENTITY, "Tệp không đọc được", "The file cannot be read";
    IdempotencyKeyReused = "idempotency_key_reused", UNPROCESSABLE_ENTITY, "Khóa đã dùng cho yêu cầu khác", "The key was used for another request";
    PreconditionRequired = "precondition_required", PRECONDITION_REQUIRED, "Thiếu tiêu đề If-Match", "If-Match required";
    IdempotencyKeyRequired = "idempotency_key_required", BAD_REQUEST, "Thiếu tiêu đề Idempotency-Key", "Idempotency-Key required";
    TooManyRequests = "too_many_requests", TOO_MANY_REQUESTS, "Quá nhiều yêu cầu", "Too many requests";
    Erased = "erased", GONE, "Nội dung đã được xóa", "The content was erased";
    ResyncRequired = "resync_required", GONE, "Cần tải lại toàn bộ", "Load everything again";
    Unavailable = "unavailable", SERVICE_UNAVAILABLE, "Tạm thời không phục vụ được", "Temporarily unavailable";
    /// A bug of ours: the cause is in the log under the request id, never in the answer.
    Internal = "internal", INTERNAL_SERVER_ERROR, "Lỗi của hệ thống", "An error of ours";
}

/// Where the faulty input stood, which decides how the document points at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Body,
    Query,
}

/// An error on its way to the client.
#[derive(Debug, Clone)]
pub struct Problem {
    pub code: Code,
    /// Boxed: every handler's `Result` carries room for a problem, few carry one.
    more: Box<More>,
}

#[derive(Debug, Clone)]
struct More {
    detail: Option<Say>,
    faults: Vec<Fault>,
    source: Source,
    /// Members of this problem's own (RFC 9457 §3.2), such as the moves that are allowed.
    members: Map<String, Value>,
    headers: Vec<(HeaderName, HeaderValue)>,
    /// For the log only.
    cause: Option<String>,
}

impl Problem {
    pub fn new(code: Code) -> Self {
        let more = More {
            detail: None,
            faults: Vec::new(),
            source: Source::Body,
            members: Map::new(),
            headers: Vec::new(),
            cause: None,
        };
        Self { code, more: Box::new(more) }
    }

    pub fn detail(mut self, say: Say) -> Self {
        self.more.detail = Some(say);
        self
    }

    /// Adds a member of this problem's own.
    pub fn with(mut self, member: &str, value: impl Serialize) -> Self {
        if let Ok(value) = serde_json::to_value(value) {
            self.more.members.insert(member.to_owned(), value);
        }
        self
    }

    pub fn header(mut self, name: HeaderName, value: impl AsRef<str>) -> Self {
        if let Ok(value) = HeaderValue::from_str(value.as_ref()) {
            self.more.headers.push((name, value));
        }
        self
    }

    /// Notes for the log what the client is not told.
    pub fn cause(mut self, cause: impl ToString) -> Self {
        self.more.cause = Some(cause.to_string());
        self
    }

    pub fn logged_cause(&self) -> Option<&str> {
        self.more.cause.as_deref()
    }

    /// 422 with every fault of the body.
    pub fn invalid_body(faults: Faults) -> Self {
        Self::with_faults(Code::InvalidBody, Source::Body, faults)
    }

    /// 400 with every fault of the query string.
    pub fn invalid_query(faults: Faults) -> Self {
        Self::with_faults(Code::InvalidParameters, Source::Query, faults)
    }

    fn with_faults(code: Code, source: Source, faults: Faults) -> Self {
        let mut problem = Self::new(code);
        problem.more.faults = faults.0;
        problem.more.source = source;
        problem
    }

    pub fn not_found() -> Self {
        Self::new(Code::NotFound)
    }

    /// The problem as OAuth tells errors (RFC 6749 §5.2), for the addresses that speak it.
    pub fn oauth_error(&self) -> OAuthErrorBody {
        let error = match self.code.status().as_u16() {
            429 | 503 => "temporarily_unavailable",
            500.. => "server_error",
            _ => "invalid_request",
        };
        OAuthErrorBody { error, error_description: self.code.title().en.into_owned() }
    }

    /// The same of one among several things that were asked for at once.
    pub fn of_part(&self, language: Language) -> PartProblem {
        let ProblemDocument { r#type: _, title, status, detail, code, request_id: _, errors, members } =
            self.document(language, "");
        PartProblem { code, title, status, detail, errors, members }
    }

    /// The document in one language.
    pub fn document(&self, language: Language, request_id: &str) -> ProblemDocument {
        let More { detail, faults, source, members, .. } = &*self.more;
        let errors = faults.iter().map(|fault| ProblemFault {
            pointer: (*source == Source::Body).then(|| fault.pointer()),
            parameter: (*source == Source::Query).then(|| fault.path.first().cloned().unwrap_or_default()),
            code: fault.code.to_owned(),
            detail: fault.say.in_language(language).to_owned(),
        });
        ProblemDocument {
            r#type: format!("urn:ocop-market:problem:{}", self.code.as_str()),
            title: self.code.title().in_language(language).to_owned(),
            status: self.code.status().as_u16(),
            detail: detail.as_ref().map(|say| say.in_language(language).to_owned()),
            code: self.code.as_str().to_owned(),
            request_id: request_id.to_owned(),
            errors: errors.collect(),
            members: members.clone(),
        }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code.as_str())
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.code.status()
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::new(self.status_code());
        for (name, value) in &self.more.headers {
            response.headers_mut().append(name.clone(), value.clone());
        }
        response.extensions_mut().insert(self.clone());
        response
    }
}

impl From<db::Failure> for Problem {
    fn from(failure: db::Failure) -> Self {
        if !failure.is_temporary() {
            return Self::new(Code::Internal).cause(failure);
        }
        let detail = match failure {
            db::Failure::Unavailable(db::Unavailable::Busy) => Say::new(
                "Hệ thống đang quá tải; yêu cầu này chưa được thực hiện. Hãy gửi lại sau giây lát.",
                "The service is overloaded; this request was not carried out. Please send it again in a moment.",
            ),
            // A connection may be lost after the commit and before the answer: then only a key makes a retry safe.
            _ => Say::new(
                "Cơ sở dữ liệu không trả lời nên yêu cầu chưa được xác nhận. Hãy gửi lại với cùng Idempotency-Key.",
                "The database did not answer, so this request is not confirmed. Please send it again, with the same \
                 Idempotency-Key.",
            ),
        };
        Self::new(Code::Unavailable)
            .detail(detail)
            .header(actix_web::http::header::RETRY_AFTER, "2")
            .cause(failure)
    }
}

impl From<diesel::result::Error> for Problem {
    fn from(error: diesel::result::Error) -> Self {
        db::Failure::Query(error).into()
    }
}

/// An error (RFC 9457 problem details).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemDocument {
    /// URI that names the kind of problem.
    #[schema(example = "urn:ocop-market:problem:invalid_body")]
    r#type: String,
    /// The kind of problem in the reader's language.
    #[schema(example = "Nội dung không hợp lệ")]
    title: String,
    /// The HTTP status, repeated.
    #[schema(example = 422)]
    status: u16,
    /// What is wrong this time, in the reader's language.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// Stable code for programs; all of them stand in the introduction, under "Errors".
    #[schema(example = "invalid_body")]
    code: String,
    /// The id of the request, as in the header `X-Request-Id`; quote it when you ask for help.
    request_id: String,
    /// Every fault of the input.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<ProblemFault>,
    /// Members of particular problems, such as `allowed` of `illegal_move`.
    #[serde(flatten)]
    #[schema(ignore)]
    members: Map<String, Value>,
}

/// What is wrong with one among several things that were asked for at once.
#[derive(Debug, Serialize, ToSchema)]
pub struct PartProblem {
    /// Stable code for programs, as of problem documents.
    #[schema(example = "invalid_body")]
    code: String,
    /// The kind of problem in the reader's language.
    #[schema(example = "Nội dung không hợp lệ")]
    title: String,
    /// The HTTP status that it would have alone.
    #[schema(example = 422)]
    status: u16,
    /// What is wrong this time, in the reader's language.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    detail: Option<String>,
    /// Every fault of the input; pointers are of the whole body.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<ProblemFault>,
    /// Members of particular problems, such as `allowed` of `illegal_move`.
    #[serde(flatten)]
    #[schema(ignore)]
    members: Map<String, Value>,
}

/// One fault of the input.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemFault {
    /// JSON pointer (RFC 6901) to the faulty value of the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "/products/0/quantity")]
    pointer: Option<String>,
    /// The faulty query parameter.
    #[serde(skip_serializing_if = "Option::is_none")]
    parameter: Option<String>,
    /// Stable code of the fault.
    #[schema(example = "out_of_range")]
    code: String,
    /// What is wrong and what is expected, in the reader's language.
    detail: String,
}

/// An error of the OAuth addresses (RFC 6749 §5.2).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OAuthError)]
pub struct OAuthErrorBody {
    /// `invalid_request`, `invalid_client`, `unsupported_grant_type`, `invalid_scope`, `invalid_target`, `invalid_grant`, or of a
    /// server in trouble `temporarily_unavailable`, `server_error`.
    #[schema(example = "invalid_client")]
    pub error: &'static str,
    /// For the people who run the client.
    #[schema(example = "unknown client, wrong secret, or an address it may not come from")]
    pub error_description: String,
}
