//! `POST /v1/certification-imports`: a list as a file.

use super::office;
use crate::app::App;
use crate::auth::Officer;
use crate::certification::import::{Claimed, ImportError, ImportReport, Scope, read, run};
use crate::http::extract::{Flag, expect_media_type, read_body};
use crate::http::{Code, Problem, Query, reply};
use crate::input::Faults;
use crate::say::Language;
use actix_web::web::{self, Data, Payload};
use actix_web::{HttpRequest, HttpResponse, post};
use utoipa::IntoParams;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};

const CSV: &str = "text/csv";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// The bytes of a workbook, for the API's description.
enum WorkbookFile {}

impl utoipa::PartialSchema for WorkbookFile {
    fn schema() -> RefOr<Schema> {
        let format = SchemaFormat::KnownFormat(KnownFormat::Binary);
        ObjectBuilder::new().schema_type(Type::String).format(Some(format)).into()
    }
}

impl utoipa::ToSchema for WorkbookFile {}

#[derive(Debug, deserr::Deserr, IntoParams)]
#[deserr(error = Faults, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct CreateCertificationImport {
    /// Check everything and write nothing.
    #[deserr(default)]
    #[param(value_type = Option<bool>)]
    validate_only: Flag,
}

/// Import a list of certified products.
///
/// The body is the file itself: CSV (comma or semicolon, UTF-8) or the first sheet of an XLSX workbook. Columns, in any
/// order: `product_name` and `province` or `commune_code` (required), `producer_name`, `entity_type`, `commune`,
/// `district`, `group`, `set_no`, `stars`, `score`, `decision_no`, `decision_date`, `issuer`, `valid_until`,
/// `criteria_version`, `gtin`, `source_url`; or their Vietnamese names, whatever the marks and case: `Tên sản phẩm`,
/// `Tỉnh` or `Mã xã`, `Chủ thể`, `Loại hình`, `Xã`, `Huyện`, `Nhóm`, `Số bộ tiêu chí`, `Số sao`, `Điểm`,
/// `Số quyết định`, `Ngày quyết định`, `Cơ quan ban hành`, `Có giá trị đến`, `Bộ tiêu chí`, `Mã GTIN`, `Nguồn` and
/// others that lists carry. A column `TT` or `STT` is a line number and is skipped.
///
/// The answer tells of every row what came of it, and every fault at once. Rows without stars, decision or date are kept
/// as unverified and are not public; certificates that have run out are imported and say so. Names of places that do not
/// say one place, and producers that may be one of several, are asked about, not guessed. All in one transaction; the same
/// file again changes nothing. An officer imports rows of the own province of today.
#[utoipa::path(
    tag = "certification",
    params(CreateCertificationImport),
    request_body(content(
        (String = "text/csv"),
        (inline(WorkbookFile) = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    )),
    security(("bearer" = [])),
    responses((status = 200, description = "What came of each row", body = ImportReport))
)]
#[post("/v1/certification-imports")]
pub async fn create_certification_import(
    app: Data<App>,
    req: HttpRequest,
    officer: Officer,
    query: Query<CreateCertificationImport>,
    language: Language,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    expect_media_type(&req, &[CSV, XLSX])?;
    let claimed = match expect_media_type(&req, &[CSV]) {
        Ok(()) => Claimed::Csv,
        Err(_) => Claimed::Xlsx,
    };
    let limit = app.config.max_import;
    let bytes = read_body(payload.into_inner(), limit).await?;
    let rows = web::block(move || read(&*bytes, limit, claimed))
        .await
        .map_err(|error| Problem::new(Code::Internal).cause(error))??;
    let scope = Scope { by: office(officer), dry_run: query.0.validate_only.0 };
    let (state, validated_only) = (app.clone(), scope.dry_run);
    let report = app.db.write(move |conn| run(conn, &state.world, &state.reference, &rows, &scope, |_| {}));
    let report = report.await?;
    let seq = report.catalogue_seq;
    let response = reply::answer(&report.in_language(language, validated_only))?;
    let response = reply::in_language(response, language);
    Ok(if validated_only { response } else { reply::announced(&app, response, seq) })
}

impl From<ImportError> for Problem {
    fn from(error: ImportError) -> Self {
        let say = error.say();
        match error {
            ImportError::Unreadable { invalid, cause } => {
                let problem = Self::new(Code::UnreadableFile).detail(say).with("reason", invalid.code);
                match cause {
                    Some(cause) => problem.cause(cause),
                    None => problem,
                }
            }
            ImportError::TooLarge(_) => Self::new(Code::BodyTooLarge).detail(say),
            ImportError::Io(error) => Self::new(Code::MalformedRequest).detail(say).cause(error),
            ImportError::Db(failure) => failure.into(),
        }
    }
}
