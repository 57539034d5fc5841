//! `/v1/catalogue/changes`.

use super::conditional;
use crate::app::App;
use crate::catalogue::document::ProductDetail;
use crate::catalogue::{CatalogueError, Entry, Gone, Memory, Seq};
use crate::db::Instant;
use crate::http::problem::ProblemDocument;
use crate::http::{Problem, Query, reply};
use crate::input::Faults;
use crate::products::ProductId;
use crate::say;
use crate::say::Invalid;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use deserr::Deserr;
use serde::Serialize;
use std::time::Duration;
use utoipa::{IntoParams, ToSchema};

/// A whole number in a range, of a query.
#[derive(Debug, Clone, Copy)]
struct Within<const LEAST: u32, const MOST: u32>(u32);

impl<const LEAST: u32, const MOST: u32> Within<LEAST, MOST> {
    fn parse(text: &str) -> Result<Self, Invalid> {
        let fits = |n: &u32| (LEAST..=MOST).contains(n) && text.bytes().all(|b| b.is_ascii_digit());
        text.parse().ok().filter(fits).map(Self).ok_or_else(|| {
            let (least, most) = (LEAST, MOST);
            Invalid::new(
                "out_of_range",
                say!(
                    "Cần số nguyên từ {least} đến {most}.",
                    "Expected a whole number from {least} to {most}."
                ),
            )
        })
    }
}

type Rows = Within<1, 1000>;
type Seconds = Within<0, 60>;

crate::parsed_input!(Rows);
crate::parsed_input!(Seconds);

/// From where, how many, and how long to wait for the first.
#[derive(Debug, Deserr, IntoParams)]
#[deserr(error = Faults, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListChangesQuery {
    /// The last change seen: `next_after` of the answer before, or `Catalogue-Seq` of the export.
    #[param(value_type = Seq)]
    after: Seq,
    /// Changes at most.
    #[deserr(default = Within(100))]
    #[param(value_type = Option<i64>, minimum = 1, maximum = 1000, default = 100)]
    limit: Rows,
    /// Seconds to wait if there is no change yet.
    #[deserr(default = Within(0))]
    #[param(value_type = Option<i64>, minimum = 0, maximum = 60, default = 0)]
    wait: Seconds,
}

/// Changes in their order, without a gap.
#[derive(Debug, Serialize, ToSchema)]
pub struct CatalogueChanges<'a> {
    /// Numbered `after + 1`, `after + 2`, …
    changes: Vec<CatalogueChange<'a>>,
    /// What was asked for.
    after: Seq,
    /// What to ask for next.
    next_after: Seq,
    /// The last change there is.
    head: Seq,
    /// Is there more already?
    has_more: bool,
}

/// One change.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum CatalogueChange<'a> {
    /// The product is in the catalogue; this is its document now.
    #[expect(
        dead_code,
        reason = "told by its schema; the bytes of documents are copied, not serialised again"
    )]
    Upsert {
        seq: Seq,
        at: Instant,
        product_id: ProductId,
        /// Of the document: what the digest counts with.
        #[schema(example = "mZ3kq0o2Yx1vT8cR5uWn")]
        etag: &'a str,
        document: Box<ProductDetail<'a>>,
    },
    /// The product is not in the catalogue any more.
    Remove {
        seq: Seq,
        at: Instant,
        product_id: ProductId,
        reason: Gone,
        /// The product that took its place.
        #[serde(skip_serializing_if = "Option::is_none")]
        successor_id: Option<ProductId>,
    },
    /// A later change of the same product is the one to apply; it is in the feed.
    Overtaken { seq: Seq, at: Instant, product_id: ProductId },
}

/// The catalogue's changes.
///
/// For whoever keeps a copy: load the export once, then ask for what came after its `Catalogue-Seq`, then for what came
/// after `next_after`, and so on; with `wait` the answer comes as soon as there is a change. Numbers have no gap, so a
/// client can check that it has missed nothing. Every product of the catalogue whose document changed is an `upsert` with
/// the document of now; one that left it is a `remove` with its reason (`expired`, `revoked`, `withdrawn`, `superseded`,
/// `merged_into`), also of a product the client never had. `overtaken` asks for nothing. Changes are kept for at least 90
/// days; 410 `resync_required` means to load the export again. How to do it all, with a
/// complete client of some eighty lines: [SYNC.md](/docs/SYNC.md).
#[utoipa::path(
    tag = "catalogue",
    params(ListChangesQuery),
    responses(
        (status = 200, description = "Changes after the given one", body = CatalogueChanges),
        (status = 409, description = "The database is away, and this instance has not heard of the change named by `after`",
            body = ProblemDocument, content_type = "application/problem+json"),
        (status = 410, description = "Not known any more, or not of this catalogue: load the export again",
            body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
#[get("/v1/catalogue/changes")]
pub async fn list_catalogue_changes(
    req: HttpRequest,
    app: Data<App>,
    query: Query<ListChangesQuery>,
) -> Result<HttpResponse, Problem> {
    let ListChangesQuery { after, limit: Within(limit), wait: Within(wait) } = query.0;
    let memory = app.catalogue.current(&app.world, None).await?;
    app.catalogue.catch_up(after).await?;
    if wait > 0 && after == memory.head().seq {
        let most = Duration::from_secs(u64::from(wait));
        tokio::select! {
            _ = app.catalogue.reached(most, |head| head.seq > after) => {}
            () = app.ending() => {}
        }
    }
    let head = memory.head();
    let body = page(memory, head.seq, after, usize::try_from(limit).unwrap_or(1))?;
    conditional::answer(&req, head, &conditional::tag_of(&req, head, None), || Ok(body))
}

/// The page as its bytes: documents are copied, not serialised again.
fn page(memory: &Memory, head: Seq, after: Seq, limit: usize) -> Result<Vec<u8>, Problem> {
    let (entries, floor) = {
        let feed = memory.feed();
        let known = feed.reaches_back_to(after) && after <= head;
        (known.then(|| feed.after(after, limit)), feed.floor())
    };
    let Some(mut entries) = entries else {
        return Err(CatalogueError::OutOfReach { after, floor, head }.into());
    };
    // The log may be a step ahead of the head, which promises that everything is in place.
    entries.retain(|(seq, ..)| *seq <= head);
    let next = entries.last().map_or(after, |(seq, ..)| *seq);
    let mut body = Vec::with_capacity(256 + 2_048 * entries.len());
    body.extend_from_slice(b"{\"changes\":[");
    for (place, entry) in entries.into_iter().enumerate() {
        if place > 0 {
            body.push(b',');
        }
        write_change(memory, entry, &mut body)?;
    }
    let tail =
        format!("],\"after\":{after},\"next_after\":{next},\"head\":{head},\"has_more\":{}}}", next < head);
    body.extend_from_slice(tail.as_bytes());
    Ok(body)
}

fn write_change(memory: &Memory, change: (Seq, Entry, bool), body: &mut Vec<u8>) -> Result<(), Problem> {
    let (seq, Entry { product, gone, at }, is_last) = change;
    let plain = match (is_last, gone) {
        (false, _) => CatalogueChange::Overtaken { seq, at, product_id: product },
        (true, Some(reason)) => {
            let successor_id = memory.with_record(product, |record| record.successor).flatten();
            CatalogueChange::Remove { seq, at, product_id: product, reason, successor_id }
        }
        (true, None) => {
            let document = memory.with_record(product, |record| record.document.clone()).flatten();
            let Some(document) = document else {
                // A change that is just being taken in took it out again: that one will be told.
                let overtaken = CatalogueChange::Overtaken { seq, at, product_id: product };
                body.extend_from_slice(reply::encode(&overtaken)?.as_bytes());
                return Ok(());
            };
            let head = format!(
                "{{\"op\":\"upsert\",\"seq\":{seq},\"at\":\"{at}\",\"product_id\":\"{product}\",\"etag\":\""
            );
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(document.tag());
            body.extend_from_slice(b"\",\"document\":");
            body.extend_from_slice(document.bytes());
            body.push(b'}');
            return Ok(());
        }
    };
    body.extend_from_slice(reply::encode(&plain)?.as_bytes());
    Ok(())
}
