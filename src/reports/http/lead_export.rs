//! `GET /v1/leads/export`

use super::columns::{COLUMNS, cells};
use super::streamed::Streamed;
use crate::app::App;
use crate::auth::{Caller, LeadsRead, Scoped};
use crate::catalogue::export::xlsx::{MOST_ROWS, Table, XlsxFailure};
use crate::catalogue::export::{body, csv};
use crate::db::Conn;
use crate::http::extract::{Flag, Many};
use crate::http::{Code, Problem, Query, reply};
use crate::input::Faults;
use crate::leads::{self, About, EnquiryId, Filter, LeadId, LeadSide, LeadStage};
use crate::products::ProductId;
use crate::reports::{self, Exported};
use crate::say;
use crate::say::{Invalid, Language, Say};
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, RETRY_AFTER};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpResponse, HttpResponseBuilder, get};
use std::io;
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::spawn_blocking;

crate::text_enum! {
    /// Form of an export of leads.
    pub enum LeadExportFormat {
        /// For programs and a quick look
        Csv = "csv",
        /// An Excel workbook
        Xlsx = "xlsx",
    }
}

leads::leads_query! {
    struct GetLeadExportQuery {
        /// `csv`: UTF-8 with a byte order mark; `xlsx`: a workbook. Headings are in the language of `Accept-Language`.
        #[deserr(default = LeadExportFormat::Csv)]
        #[param(inline, value_type = Option<LeadExportFormat>)]
        format: LeadExportFormat,
        /// Only leads in which the caller stands on this side.
        #[deserr(default)]
        side: Option<LeadSide>,
        /// Only leads at these stages, comma-separated.
        #[deserr(default)]
        #[param(value_type = Option<Vec<LeadStage>>, style = Form, explode = false, example = json!(["enquiry", "quoted"]))]
        stage: Many<LeadStage>,
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
    }
}

impl GetLeadExportQuery {
    fn filter(&mut self, app: &App) -> Result<Filter, Problem> {
        leads::in_order(self.from, self.to).map_err(Problem::invalid_query)?;
        let about =
            self.selection().about(&app.reference, app.world.today()).map_err(Problem::invalid_query)?;
        Ok(Filter {
            side: self.side,
            stages: std::mem::take(&mut self.stage.0),
            from: self.from,
            to: self.to,
            about: About { merged: self.merged.map(|flag| flag.0), ..about },
            enquiry: self.enquiry,
            product: self.product,
        })
    }
}

/// Your leads as a file.
///
/// The leads that `GET /v1/leads` lists for you, newest first, in the same order and with the same filters. The buyer's contact
/// is there where it was revealed to you or you recorded it yourself; an office reads who the buyer is after its reveal. Texts
/// that a spreadsheet program would calculate have an apostrophe in front (CSV) or are text cells (XLSX).
#[utoipa::path(
    tag = "leads",
    params(GetLeadExportQuery),
    security(("bearer" = []), ("client" = ["leads.read"])),
    responses((status = 200, description = "The leads", content(
        (String = "text/csv"),
        (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    )))
)]
#[get("/v1/leads/export")]
pub async fn get_lead_export(
    app: Data<App>,
    language: Language,
    by: Scoped<LeadsRead>,
    mut query: Query<GetLeadExportQuery>,
) -> Result<HttpResponse, Problem> {
    let filter = query.0.filter(&app)?;
    let export = Export { app, caller: by.caller, filter, language };
    match query.0.format {
        LeadExportFormat::Csv => export.csv().await,
        LeadExportFormat::Xlsx => export.xlsx().await,
    }
}

#[derive(Clone)]
struct Export {
    app: Data<App>,
    caller: Caller,
    filter: Filter,
    language: Language,
}

type Page = (Vec<Exported>, Option<LeadId>);

impl Export {
    async fn page(&self, after: Option<LeadId>) -> Result<Page, Problem> {
        let Self { app, caller, filter, .. } = self.clone();
        let reference = app.reference.clone();
        let page = move |conn: &mut Conn| reports::page(conn, &reference, &caller, &filter, after);
        app.db.snapshot(page).await.map_err(Problem::from)
    }

    /// The rows of a page, and what to go on after.
    fn lines(&self, (rows, next): Page, mut out: Vec<u8>) -> (Bytes, Option<LeadId>) {
        for row in &rows {
            csv::row_of(cells(row, self.language), &mut out);
        }
        (out.into(), next)
    }

    /// Sent while it is read: a page at a time, the next one when the client can take it.
    async fn csv(self) -> Result<HttpResponse, Problem> {
        let head = csv::head_of(COLUMNS.iter().map(|column| column.heading(self.language)));
        let (first, next) = self.lines(self.page(None).await?, head);
        let mut response = self.begin("text/csv; charset=utf-8; header=present", "csv");
        let language = self.language;
        let body = Streamed::new(first, next, move |after| {
            let export = self.clone();
            async move {
                let page = export.page(Some(after)).await;
                let page = page.map_err(|problem| io::Error::other(format!("{problem:?}")))?;
                Ok(export.lines(page, Vec::new()))
            }
        });
        Ok(reply::in_language(response.body(body), language))
    }

    /// Made in whole in a temporary file, then sent.
    async fn xlsx(self) -> Result<HttpResponse, Problem> {
        let room = tokio::time::timeout(PATIENCE, WORKBOOKS.acquire()).await;
        let Ok(Ok(room)) = room else { return Err(busy()) };
        let (language, day) = (self.language, self.app.world.today());
        let (send, mut receive) = mpsc::channel::<Vec<Exported>>(1);
        let made = spawn_blocking(move || {
            // Kept until the work is done, also if nobody waits for it any more.
            let _room = room;
            let name = if language == Language::Vi { "Yêu cầu mua hàng" } else { "Leads" };
            let headings = COLUMNS.iter().map(|column| (column.heading(language), column.width));
            let mut table = Table::begin(name, headings, language, day)?;
            while let Some(rows) = receive.blocking_recv() {
                rows.iter().try_for_each(|row| table.row(cells(row, language)))?;
            }
            table.into_file()
        });
        let mut after = None;
        loop {
            let (rows, next) = self.page(after).await?;
            // Whoever received has failed, and says below why.
            if send.send(rows).await.is_err() || next.is_none() {
                break;
            }
            after = next;
        }
        drop(send);
        let made = made.await.map_err(|error| Problem::new(Code::Internal).cause(error))?;
        let (file, length) = made.map_err(|failure| match failure {
            XlsxFailure::TooManyRows => too_many_rows(),
            failure => Problem::new(Code::Internal).cause(failure),
        })?;
        let mut response =
            self.begin("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx");
        let body = body::Made::new(body::FileChunks(file), Some(length));
        Ok(reply::in_language(response.body(body), language))
    }

    fn begin(&self, media_type: &'static str, extension: &str) -> HttpResponseBuilder {
        let name = format!("attachment; filename=\"leads-{}.{extension}\"", self.app.world.today());
        let mut response = HttpResponse::Ok();
        response
            .insert_header((CONTENT_TYPE, media_type))
            .insert_header((CACHE_CONTROL, "private, no-store"))
            .insert_header((CONTENT_DISPOSITION, name));
        response
    }
}

/// Workbooks are made in whole before they are sent; so many at once.
static WORKBOOKS: Semaphore = Semaphore::const_new(2);
const PATIENCE: Duration = Duration::from_secs(10);

fn too_many_rows() -> Problem {
    let most = MOST_ROWS;
    Problem::invalid_query(Faults::one(
        ["format"],
        Invalid::new(
            "too_many_rows",
            say!(
                "Một trang tính chứa nhiều nhất {most} dòng; hãy dùng csv hoặc lọc bớt.",
                "A sheet holds at most {most} rows; take csv, or filter."
            ),
        ),
    ))
}

fn busy() -> Problem {
    Problem::new(Code::Unavailable)
        .detail(Say::new(
            "Đang tạo nhiều bảng tính khác; hãy thử lại sau giây lát, hoặc dùng csv.",
            "Other workbooks are being made; try again in a moment, or take csv.",
        ))
        .header(RETRY_AFTER, "5")
}
