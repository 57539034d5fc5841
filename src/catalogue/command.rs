//! `ocop-market reindex`: is what a running service answers from memory what SQL holds, and how to make it so.

use super::{BucketNo, Seq, Snapshot, of_sql, projector};
use crate::db::Conn;
use crate::http::ask::ask;
use crate::products::ProductId;
use crate::reference::Reference;
use crate::world::World;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

/// What `reindex` is told.
#[derive(Debug, Clone, clap::Args)]
pub struct Reindex {
    /// Compare what the service on --listen answers from memory with SQL, product by product, and change nothing; ends
    /// with 1 if they differ. Without it, every instance and every follower of the changes loads everything anew
    #[arg(long)]
    pub check: bool,
}

/// What came of a comparison.
#[derive(Debug, PartialEq, Eq)]
pub struct Comparison {
    pub seq: Seq,
    pub products: usize,
    /// Products whose documents differ, or that only one side has.
    pub different: Vec<ProductId>,
}

type Failed = Box<dyn std::error::Error>;

#[derive(Deserialize)]
struct Whole {
    seq: i64,
    root: String,
    buckets: Vec<Part>,
}

#[derive(Deserialize)]
struct Part {
    hash: String,
}

#[derive(Deserialize)]
struct Products {
    products: Vec<Tagged>,
}

#[derive(Deserialize)]
struct Tagged {
    product_id: ProductId,
    etag: String,
}

/// Makes every instance and every follower load everything anew, as it is today.
pub fn begin_anew(conn: &mut Conn, world: &World) -> Result<Seq, Failed> {
    Ok(projector::begin_anew(conn, world)?)
}

/// Compares the service at an address with SQL.
pub fn check(conn: &mut Conn, reference: &Reference, service: SocketAddr) -> Result<Comparison, Failed> {
    let mut apart = None;
    // While changes come in, the two are seldom at the same one; a few attempts are enough for any calm moment.
    for _ in 0..10 {
        let (head, snapshot) = of_sql(conn, reference)?;
        let whole: Whole = read(service, "")?;
        if whole.seq == head.seq.number() {
            let different = differences(&snapshot, &whole, service)?;
            return Ok(Comparison { seq: head.seq, products: snapshot.products(), different });
        }
        apart = Some((whole.seq, head.seq));
        std::thread::sleep(Duration::from_millis(300));
    }
    let (there, here) = apart.unwrap_or_default();
    Err(format!(
        "the service on {service} is at change {there} and this database at {here}: is it the service's own database? If it \
         is, the catalogue changes too fast to be compared just now"
    )
    .into())
}

fn differences(snapshot: &Snapshot, whole: &Whole, service: SocketAddr) -> Result<Vec<ProductId>, Failed> {
    let mut different = Vec::new();
    if snapshot.root() == whole.root {
        return Ok(different);
    }
    for ((no, bucket), part) in snapshot.buckets().zip(&whole.buckets) {
        if bucket.hash() == part.hash {
            continue;
        }
        let mut there = products_of(service, no)?;
        for (id, document) in bucket.entries() {
            let tag = String::from_utf8_lossy(document.tag());
            if there.remove(id).is_none_or(|there| there != tag) {
                different.push(*id);
            }
        }
        different.extend(there.into_keys());
    }
    Ok(different)
}

fn products_of(service: SocketAddr, no: BucketNo) -> Result<BTreeMap<ProductId, String>, Failed> {
    let products: Products = read(service, &format!("?bucket={no}"))?;
    Ok(products.products.into_iter().map(|tagged| (tagged.product_id, tagged.etag)).collect())
}

fn read<T: for<'a> Deserialize<'a>>(service: SocketAddr, query: &str) -> Result<T, Failed> {
    let path = format!("/v1/catalogue/digest{query}");
    let answer = ask(service, &path, Duration::from_secs(30))
        .map_err(|error| format!("no answer from the service on {service}: {error}"))?;
    match answer.status {
        200 => Ok(serde_json::from_slice(&answer.body)?),
        status => Err(format!("the service on {service} answers {status} to {path}").into()),
    }
}
