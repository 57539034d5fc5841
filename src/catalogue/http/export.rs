//! `/v1/catalogue/export`.

use super::conditional::{Coding, encoded, seq_value};
use super::filters::product_query;
use crate::app::App;
use crate::catalogue::export::body::{self, FileChunks, GzipMember, Made, Ready};
use crate::catalogue::export::{ExportFormat, csv_chunks, xlsx};
use crate::catalogue::{Bucket, BucketNo, Document, Filter, Head, Memory, Position, Snapshot, index};
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
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

product_query! {
    /// The form, and the filters of `GET /v1/products`.
    pub struct GetCatalogueExportQuery {
        /// `ndjson`: a document in a line, as `GET /v1/products/{id}` gives it; `csv`, `xlsx`: a row for each product,
        /// headings in the language of `Accept-Language`.
        #[deserr(default = ExportFormat::Ndjson)]
        #[param(inline, value_type = Option<ExportFormat>)]
        format: ExportFormat,
        /// One part, two hex digits: the products whose id ends in them.
        #[deserr(default)]
        #[param(value_type = Option<String>, example = "3f", pattern = "^[0-9a-f]{2}$")]
        bucket: Option<BucketNo>,
    }
}

/// The catalogue as a file, the whole or what filters leave of it.
///
/// The whole comes in the order of the parts that `/v1/catalogue/digest` counts, in each by id, and its lines (`ndjson`) can
/// be resumed: `Range: bytes=N-` with the `ETag` as `If-Range`. With filters or `sort` the order is that of
/// `/v1/products`. `Catalogue-Seq` tells from where to follow `/v1/catalogue/changes`. Comes compressed if
/// `Accept-Encoding` has `zstd` or `gzip`. How to keep a copy: [SYNC.md](/docs/SYNC.md).
/// The form is chosen by `format`, not by `Accept`.
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
    let mut asked = query.0;
    let filter = asked.filter(&app)?;
    let memory = app.catalogue.current(&app.world, asked.at_least).await?;
    let export = if is_filtered(&req) {
        let head = memory.head();
        let memory = app.catalogue.memory();
        let found = web::block(move || found(&memory, &filter, asked.bucket)).await;
        let found = found.map_err(|error| Problem::new(Code::Internal).cause(error))?;
        Export::found(head, found, language)
    } else {
        let (head, snapshot) = memory.settled();
        Export::parts(head, &snapshot, asked.bucket, language)
    };
    match asked.format {
        ExportFormat::Ndjson => export.ndjson(&req),
        ExportFormat::Csv => Ok(export.csv(&req)),
        ExportFormat::Xlsx => export.xlsx(&req).await,
    }
}

/// Is anything asked for but a form and a part of the whole?
fn is_filtered(req: &HttpRequest) -> bool {
    let mut names = form_urlencoded::parse(req.query_string().as_bytes()).map(|(name, _)| name);
    names.any(|name| !["format", "bucket", "at_least"].contains(&&*name))
}

/// What filters leave, in the order of the list.
fn found(memory: &Memory, filter: &Filter, bucket: Option<BucketNo>) -> Vec<Document> {
    let shelves = memory.shelves();
    let asked = index::Query { filter, limit: shelves.index.len(), after: None, facets: false };
    let rows = shelves.index.find(&asked).rows.into_iter();
    let wanted = |at: &Position| bucket.is_none_or(|bucket| BucketNo::of(at.product) == bucket);
    rows.filter(|(_, at)| wanted(at)).map(|(document, _)| document).collect()
}

/// What is sent.
struct Export {
    head: Head,
    content: Content,
    /// Changes when any of the documents does.
    hash: String,
    language: Language,
}

enum Content {
    /// Parts of the catalogue as they were at one moment.
    Parts(Vec<Arc<Bucket>>),
    Found(Vec<Document>),
}

/// Workbooks are made in whole before they are sent; so many at once.
static WORKBOOKS: Semaphore = Semaphore::const_new(2);
const PATIENCE: Duration = Duration::from_secs(10);

impl Export {
    fn parts(head: Head, snapshot: &Snapshot, bucket: Option<BucketNo>, language: Language) -> Self {
        let (buckets, hash) = match bucket {
            Some(no) => {
                let bucket = snapshot.bucket(no);
                let hash = bucket.hash().to_owned();
                (vec![bucket], hash)
            }
            None => (snapshot.buckets().map(|(_, bucket)| bucket.clone()).collect(), snapshot.root()),
        };
        Self { head, content: Content::Parts(buckets), hash, language }
    }

    fn found(head: Head, found: Vec<Document>, language: Language) -> Self {
        let tags: Vec<&[u8]> = found.iter().map(Document::tag).collect();
        let hash = reply::etag(tags.concat());
        Self { head, content: Content::Found(found), hash, language }
    }

    fn ndjson(self, req: &HttpRequest) -> Result<HttpResponse, Problem> {
        let total = self.content.line_bytes();
        // A range is of the plain lines, whatever else the client would take.
        if req.headers().contains_key(RANGE) {
            let tag = self.tag("ndjson", Coding::Identity);
            if let Wanted::Part(part) = range::wanted(req.headers(), &tag, total)? {
                let mut response = HttpResponse::PartialContent();
                self.heads(&mut response, ExportFormat::Ndjson, &tag);
                response.insert_header((CONTENT_RANGE, part.content_range(total)));
                return Ok(response.body(Ready::new(self.content.part(part), Some(part.length()))));
            }
        }
        let coding = Coding::of(req);
        let tag = self.tag("ndjson", coding);
        let (mut response, known) = self.begin(req, ExportFormat::Ndjson, &tag);
        if known {
            return Ok(response.finish());
        }
        let failed = || io::Error::other("a part of the catalogue could not be compressed");
        encoded(&mut response, coding);
        Ok(match (coding, self.content) {
            (Coding::Identity, content) => response.body(Ready::new(lines(content.documents()), Some(total))),
            (Coding::Gzip, Content::Parts(parts)) => {
                let pieces = parts.into_iter().map(move |bucket| bucket.gzip_piece().ok_or_else(failed));
                response.body(Made::new(GzipMember::new(pieces), None))
            }
            (Coding::Zstd, Content::Parts(parts)) => {
                let frames = parts.into_iter().map(move |bucket| bucket.zstd_frame().ok_or_else(failed));
                response.body(Made::new(body::zstd_frames(frames), None))
            }
            (Coding::Gzip, content) => {
                response.body(Made::new(body::gzip(lines(content.documents()).map(Ok)), None))
            }
            (Coding::Zstd, content) => {
                response.body(Made::new(body::zstd(lines(content.documents()).map(Ok)), None))
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
        let chunks = csv_chunks(self.content.documents(), self.language);
        encoded(&mut response, coding);
        match coding {
            Coding::Identity => response.body(Made::new(chunks, None)),
            Coding::Gzip => response.body(Made::new(body::gzip(chunks), None)),
            Coding::Zstd => response.body(Made::new(body::zstd(chunks), None)),
        }
    }

    async fn xlsx(self, req: &HttpRequest) -> Result<HttpResponse, Problem> {
        if self.content.products() > xlsx::MOST_ROWS {
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
            xlsx::file(self.content.documents(), language, day)
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
}

impl Content {
    fn products(&self) -> usize {
        match self {
            Self::Parts(parts) => parts.iter().map(|bucket| bucket.entries().len()).sum(),
            Self::Found(found) => found.len(),
        }
    }

    fn line_bytes(&self) -> u64 {
        match self {
            Self::Parts(parts) => parts.iter().map(|bucket| bucket.line_bytes()).sum(),
            Self::Found(found) => found.iter().map(line_bytes).sum(),
        }
    }

    fn documents(self) -> impl Iterator<Item = Bytes> + Send {
        let (parts, found) = match self {
            Self::Parts(parts) => (parts, Vec::new()),
            Self::Found(found) => (Vec::new(), found),
        };
        let of_part = |bucket: Arc<Bucket>| {
            let documents: Vec<Document> =
                bucket.entries().iter().map(|(_, document)| document.clone()).collect();
            documents
        };
        parts.into_iter().flat_map(of_part).chain(found).map(|document| document.detail())
    }

    /// The bytes of a part of the lines. What is before it is passed over by its length.
    fn part(self, part: Part) -> impl Iterator<Item = Bytes> {
        let mut before = 0;
        let mut passes = |length: u64| {
            let passes = before + length <= part.first;
            before += if passes { length } else { 0 };
            passes
        };
        let rest = match self {
            Self::Parts(parts) => {
                let first = parts.iter().take_while(|bucket| passes(bucket.line_bytes())).count();
                Self::Parts(parts.into_iter().skip(first).collect())
            }
            Self::Found(found) => {
                let first = found.iter().take_while(|document| passes(line_bytes(document))).count();
                Self::Found(found.into_iter().skip(first).collect())
            }
        };
        body::cut(lines(rest.documents()), Part { first: part.first - before, last: part.last - before })
    }
}

/// Bytes of a document with the end of its line.
fn line_bytes(document: &Document) -> u64 {
    u64::try_from(document.detail_len()).unwrap_or(u64::MAX).saturating_add(1)
}

/// The documents as lines, in chunks.
fn lines(documents: impl Iterator<Item = Bytes> + Send) -> impl Iterator<Item = Bytes> + Send {
    let append = |documents: &[Bytes], out: &mut Vec<u8>| {
        for document in documents {
            out.extend_from_slice(document);
            out.push(b'\n');
        }
        Ok(())
    };
    // Copying does not fail.
    body::Rows::new(Vec::new(), documents, append).map_while(Result::ok)
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
