//! `/v1/catalogue/digest`.

use super::conditional;
use crate::app::App;
use crate::catalogue::{BucketNo, Seq};
use crate::http::{Problem, Query, reply};
use crate::input::Faults;
use crate::products::ProductId;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use deserr::Deserr;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

#[derive(Debug, Deserr, IntoParams)]
#[deserr(error = Faults, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DigestQuery {
    /// One part, two hex digits: its products with their tags. Without it, the hashes of all parts.
    #[deserr(default)]
    #[param(value_type = Option<String>, example = "3f", pattern = "^[0-9a-f]{2}$")]
    bucket: Option<BucketNo>,
    /// Wait until the answer holds this change (`Catalogue-Seq` of a write): up to five seconds, then 409.
    #[deserr(default)]
    #[param(value_type = Option<Seq>)]
    at_least: Option<Seq>,
}

/// Hashes of the whole catalogue, or of one part of it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum CatalogueDigest {
    Whole(WholeDigest),
    Bucket(BucketDigest),
}

/// Hashes of the whole catalogue.
#[derive(Debug, Serialize, ToSchema)]
pub struct WholeDigest {
    /// The last change the hashes hold.
    seq: Seq,
    /// Products in the catalogue.
    products: usize,
    /// SHA-256, in hex, over the lines `bucket hash` of all 256 parts.
    root: String,
    buckets: Vec<BucketHash>,
}

/// The hash of one part: the products whose id ends in its two digits.
#[derive(Debug, Serialize, ToSchema)]
pub struct BucketHash {
    #[schema(example = "3f")]
    bucket: String,
    products: usize,
    /// SHA-256, in hex, over the lines `product_id etag` in the order of the ids.
    hash: String,
}

/// The products of one part.
#[derive(Debug, Serialize, ToSchema)]
pub struct BucketDigest {
    /// The last change the hash holds.
    seq: Seq,
    #[schema(example = "3f")]
    bucket: String,
    hash: String,
    /// In the order of their ids.
    products: Vec<ProductTag>,
}

/// A product and the tag of its document.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProductTag {
    product_id: ProductId,
    /// First 20 characters of the base64url of SHA-256 over the document's bytes.
    #[schema(example = "mZ3kq0o2Yx1vT8cR5uWn")]
    etag: String,
}

/// Hashes by which a copy of the catalogue is proved equal.
///
/// The catalogue is cut into 256 parts by the last two hex digits of the product's id. Compute the same hashes over your
/// copy: if `root` is equal, so is the copy. If not, compare the hashes of the parts, and of a part that differs ask for
/// its products (`bucket`); load those that differ, or the whole part by `/v1/catalogue/export?bucket=`.
#[utoipa::path(
    tag = "catalogue",
    params(DigestQuery),
    responses((status = 200, description = "The hashes", body = CatalogueDigest)),
)]
#[get("/v1/catalogue/digest")]
pub async fn get_catalogue_digest(
    req: HttpRequest,
    app: Data<App>,
    query: Query<DigestQuery>,
) -> Result<HttpResponse, Problem> {
    let memory = app.catalogue.current(&app.world, query.0.at_least).await?;
    let (head, snapshot) = memory.settled();
    let tag = conditional::tag_of(&req, head, None);
    conditional::answer(&req, head, &tag, || {
        let digest = match query.0.bucket {
            None => {
                let hash = |(no, bucket): (BucketNo, &std::sync::Arc<crate::catalogue::Bucket>)| BucketHash {
                    bucket: no.to_string(),
                    products: bucket.entries().len(),
                    hash: bucket.hash().to_owned(),
                };
                CatalogueDigest::Whole(WholeDigest {
                    seq: head.seq,
                    products: snapshot.products(),
                    root: snapshot.root(),
                    buckets: snapshot.buckets().map(hash).collect(),
                })
            }
            Some(no) => {
                let bucket = snapshot.bucket(no);
                let tag = |(id, document): &(ProductId, crate::catalogue::Document)| ProductTag {
                    product_id: *id,
                    etag: String::from_utf8_lossy(document.tag()).into_owned(),
                };
                CatalogueDigest::Bucket(BucketDigest {
                    seq: head.seq,
                    bucket: no.to_string(),
                    hash: bucket.hash().to_owned(),
                    products: bucket.entries().iter().map(tag).collect(),
                })
            }
        };
        reply::encode(&digest).map(String::into_bytes)
    })
}
