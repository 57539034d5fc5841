//! `/v1/catalogue/export`.

use super::conditional::{Coding, encoded, seq_value};
use crate::app::App;
use crate::catalogue::export::body::{self, FileChunks, GzipMember, Made, Ready};
use crate::catalogue::export::{ExportFormat, csv_chunks, xlsx};
use crate::catalogue::{Bucket, BucketNo, Head, Seq, Snapshot};
use crate::http::range::{self, Part, Wanted};
use crate::http::reply::{self, CATALOGUE_SEQ};
use crate::http::{Code, Problem, Query};
use crate::input::Faults;
use crate::say;
use crate::say::{Invalid, Language, Say};
use actix_web::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_RANGE,
    CONTENT_TYPE, ETAG, RANGE, RETRY_AFTER, VARY,
};
use actix_web::web::{self, Bytes, Data};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, get};
use deserr::Deserr;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use utoipa::IntoParams;

#[derive(Debug, Deserr, IntoParams)]
#[deserr(error = Faults, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct GetCatalogueExportQuery {
    /// `ndjson`: a document in a line, as `GET /v1/products/{id}` gives it; `csv`, `xlsx`: a row for each product, headings
    /// in the language of `Accept-Language`.
    #[deserr(default = ExportFormat::Ndjson)]
    #[param(inline, value_type = Option<ExportFormat>)]
    format: ExportFormat,
    /// One part, two hex digits: the products whose id ends in them.
    #[deserr(default)]
    #[param(value_type = Option<String>, example = "3f", pattern = "^[0-9a-f]{2}$")]
    bucket: Option<BucketNo>,
    /// Wait until the answer holds this change.
    #[deserr(default)]
    #[param(value_type = Option<Seq>)]
    at_least: Option<Seq>,
}

/// The whole catalogue as a file.
///
/// In the order of the parts that `/v1/catalogue/digest` counts, in each by id. `Catalogue-Seq` tells from where to follow
/// `/v1/catalogue/changes`. The lines of `ndjson` can be resumed: `Range: bytes=N-` with the `ETag` as `If-Range`. Comes
/// compressed if `Accept-Encoding` has `zstd` or `gzip`. How to keep a copy: docs/SYNC.md.
#[utoipa::path(
    tag = "catalogue",
    params(GetCatalogueExportQuery),
    responses(
        (status = 200, description = "The catalogue", content(
            (String = "application/x-ndjson"),
            (String = "text/csv"),
            (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        )),
        (status = 206, description = "The part of the lines that `Range` asked for", body = String,
            content_type = "application/x-ndjson"),
        (status = 416, description = "`Range` begins beyond the end; `Content-Range` tells the length",
            body = crate::http::problem::ProblemDocument, content_type = "application/problem+json"),
    ),
)]
#[get("/v1/catalogue/export")]
pub async fn get_catalogue_export(
    req: HttpRequest,
    app: Data<App>,
    language: Language,
    query: Query<GetCatalogueExportQuery>,
) -> Result<HttpResponse, Problem> {
    let GetCatalogueExportQuery { format, bucket, at_least } = query.0;
    let memory = app.catalogue.current(&app.world, at_least).await?;
    let (head, snapshot) = memory.settled();
    let export = Export::new(head, &snapshot, bucket, language);
    match format {
        ExportFormat::Ndjson => export.ndjson(&req),
        ExportFormat::Csv => Ok(export.csv(&req)),
        ExportFormat::Xlsx => export.xlsx(&req).await,
    }
}

/// What is sent: parts of the catalogue as they were at one moment.
struct Export {
    head: Head,
    buckets: Vec<Arc<Bucket>>,
    /// Changes when any of the documents does.
    hash: String,
    language: Language,
}

/// Workbooks are made in whole before they are sent; so many at once.
static WORKBOOKS: Semaphore = Semaphore::const_new(2);
const PATIENCE: Duration = Duration::from_secs(10);

impl Export {
    fn new(head: Head, snapshot: &Snapshot, bucket: Option<BucketNo>, language: Language) -> Self {
        let (buckets, hash) = match bucket {
            Some(no) => {
                let bucket = snapshot.bucket(no);
                let hash = bucket.hash().to_owned();
                (vec![bucket], hash)
            }
            None => (snapshot.buckets().map(|(_, bucket)| bucket.clone()).collect(), snapshot.root()),
        };
        Self { head, buckets, hash, language }
    }

    fn ndjson(self, req: &HttpRequest) -> Result<HttpResponse, Problem> {
        let total = self.buckets.iter().map(|bucket| bucket.line_bytes()).sum();
        // A range is of the plain lines, whatever else the client would take.
        if req.headers().contains_key(RANGE) {
            let tag = self.tag("ndjson", Coding::Identity);
            if let Wanted::Part(part) = range::wanted(req.headers(), &tag, total)? {
                let mut response = HttpResponse::PartialContent();
                self.heads(&mut response, ExportFormat::Ndjson, &tag);
                response.insert_header((CONTENT_RANGE, part.content_range(total)));
                return Ok(response.body(Ready::new(self.part(part), Some(part.length()))));
            }
        }
        let coding = Coding::of(req);
        let tag = self.tag("ndjson", coding);
        let (mut response, known) = self.begin(req, ExportFormat::Ndjson, &tag);
        if known {
            return Ok(response.finish());
        }
        let failed = || io::Error::other("a part of the catalogue could not be compressed");
        Ok(match coding {
            Coding::Identity => response.body(Ready::new(lines(self.buckets), Some(total))),
            Coding::Gzip => {
                let pieces =
                    self.buckets.into_iter().map(move |bucket| bucket.gzip_piece().ok_or_else(failed));
                encoded(&mut response, coding).body(Made::new(GzipMember::new(pieces), None))
            }
            Coding::Zstd => {
                let frames =
                    self.buckets.into_iter().map(move |bucket| bucket.zstd_frame().ok_or_else(failed));
                encoded(&mut response, coding).body(Made::new(body::zstd_frames(frames), None))
            }
        })
    }

    fn csv(self, req: &HttpRequest) -> HttpResponse {
        let coding = Coding::of(req);
        let tag = self.tag("csv", coding);
        let (mut response, known) = self.begin(req, ExportFormat::Csv, &tag);
        if known {
            return response.finish();
        }
        let chunks = csv_chunks(documents(self.buckets), self.language);
        match coding {
            Coding::Identity => response.body(Made::new(chunks, None)),
            Coding::Gzip => encoded(&mut response, coding).body(Made::new(body::gzip(chunks), None)),
            Coding::Zstd => encoded(&mut response, coding).body(Made::new(body::zstd(chunks), None)),
        }
    }

    async fn xlsx(self, req: &HttpRequest) -> Result<HttpResponse, Problem> {
        if self.buckets.iter().map(|bucket| bucket.entries().len()).sum::<usize>() > xlsx::MOST_ROWS {
            return Err(too_many_rows());
        }
        let tag = self.tag("xlsx", Coding::Identity);
        let (mut response, known) = self.begin(req, ExportFormat::Xlsx, &tag);
        if known {
            return Ok(response.finish());
        }
        let room = tokio::time::timeout(PATIENCE, WORKBOOKS.acquire()).await;
        let Ok(Ok(room)) = room else { return Err(busy()) };
        let (language, day) = (self.language, self.head.day);
        let made = web::block(move || {
            // Kept until the work is done, also if nobody waits for it any more.
            let _room = room;
            xlsx::file(documents(self.buckets), language, day)
        });
        let internal = |error: &dyn std::fmt::Display| Problem::new(Code::Internal).cause(error);
        let (file, length) =
            made.await.map_err(|error| internal(&error))?.map_err(|error| internal(&error))?;
        // It is a zip archive: to compress it again is in vain.
        response.insert_header((CONTENT_ENCODING, "identity"));
        Ok(response.body(Made::new(FileChunks(file), Some(length))))
    }

    /// The entity tag of one form of what is sent. Codings have tags of their own: a download that broke off must not be
    /// continued in another.
    fn tag(&self, form: &str, coding: Coding) -> String {
        let language = if form == "ndjson" { "" } else { self.language.as_str() };
        let day = if form == "xlsx" { self.head.day.as_str() } else { "" };
        reply::etag(format!("{} {form} {language} {day} {coding:?}", self.hash))
    }

    /// The answer with its headers: 200, or 304 if the client has what the tag names.
    fn begin(&self, req: &HttpRequest, format: ExportFormat, tag: &str) -> (HttpResponseBuilder, bool) {
        let known = reply::is_known(req, tag);
        let mut response = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
        self.heads(&mut response, format, tag);
        (response, known)
    }

    fn heads(&self, response: &mut HttpResponseBuilder, format: ExportFormat, tag: &str) {
        let (day, extension) = (self.head.day, format.as_str());
        response
            .insert_header((ETAG, tag))
            .insert_header((CACHE_CONTROL, "public, no-cache"))
            .insert_header((CATALOGUE_SEQ, seq_value(self.head.seq)))
            .insert_header((CONTENT_TYPE, format.media_type()))
            .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"ocop-{day}.{extension}\"")));
        match format {
            ExportFormat::Ndjson => {
                response.insert_header((ACCEPT_RANGES, "bytes")).insert_header((VARY, "accept-encoding"));
            }
            ExportFormat::Csv | ExportFormat::Xlsx => {
                response
                    .insert_header((CONTENT_LANGUAGE, self.language.as_str()))
                    .insert_header((VARY, "accept-encoding, accept-language"));
            }
        }
    }

    /// The bytes of a part of the lines. Buckets before it are passed over by their lengths.
    fn part(self, part: Part) -> impl Iterator<Item = Bytes> {
        let mut before = 0;
        let mut rest = self.buckets.into_iter().peekable();
        while let Some(bucket) = rest.next_if(|bucket| before + bucket.line_bytes() <= part.first) {
            before += bucket.line_bytes();
        }
        let within = Part { first: part.first - before, last: part.last - before };
        body::cut(lines(rest), within)
    }
}

fn documents(buckets: impl IntoIterator<Item = Arc<Bucket>>) -> impl Iterator<Item = Bytes> {
    buckets.into_iter().flat_map(|bucket| {
        let documents: Vec<Bytes> = bucket.entries().iter().map(|(_, document)| document.detail()).collect();
        documents
    })
}

/// The documents as lines, in chunks.
fn lines(buckets: impl IntoIterator<Item = Arc<Bucket>>) -> impl Iterator<Item = Bytes> {
    let append = |documents: &[Bytes], out: &mut Vec<u8>| {
        for document in documents {
            out.extend_from_slice(document);
            out.push(b'\n');
        }
        Ok(())
    };
    // Copying does not fail.
    body::Rows::new(Vec::new(), documents(buckets), append).map_while(Result::ok)
}

fn too_many_rows() -> Problem {
    let (most, mut faults) = (xlsx::MOST_ROWS, Faults::default());
    faults.push(
        ["format"],
        Invalid::new(
            "too_many_rows",
            say!(
                "Một trang tính chứa nhiều nhất {most} sản phẩm; hãy dùng csv hoặc ndjson.",
                "A sheet holds at most {most} products; take csv or ndjson."
            ),
        ),
    );
    Problem::invalid_query(faults)
}

fn busy() -> Problem {
    Problem::new(Code::Unavailable)
        .detail(Say::new(
            "Đang tạo nhiều bảng tính khác; hãy thử lại sau giây lát, hoặc dùng csv.",
            "Other workbooks are being made; try again in a moment, or take csv.",
        ))
        .header(RETRY_AFTER, "5")
}
