//! A retailer's copy of the catalogue, kept as docs/SYNC.md says.

use crate::harness::{Actor, Reply};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Documents by id, byte for byte, and the last change that is in them.
#[derive(Default, Clone)]
pub struct Copy {
    pub documents: BTreeMap<String, String>,
    pub seq: i64,
}

#[derive(serde::Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    changes: Vec<Change<'a>>,
    next_after: i64,
    head: i64,
    has_more: bool,
}

#[derive(serde::Deserialize)]
struct Change<'a> {
    seq: i64,
    op: String,
    product_id: String,
    reason: Option<String>,
    etag: Option<String>,
    #[serde(borrow)]
    document: Option<&'a RawValue>,
}

/// What the changes said, in their order: number, what became of which product.
pub type Told = Vec<(i64, String, String)>;

impl Copy {
    /// Loads everything by the export.
    pub async fn load(by: &Actor) -> Self {
        let reply = by.get("/v1/catalogue/export?format=ndjson").await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        let mut copy = Self { documents: BTreeMap::new(), seq: seq_of(&reply) };
        for line in reply.text.lines() {
            let document: Value = serde_json::from_str(line).expect("a document on each line");
            let id = document["id"].as_str().expect("an id").to_owned();
            assert!(copy.documents.insert(id, line.to_owned()).is_none(), "each product once");
        }
        copy
    }

    /// Takes in one page of changes; false when there is no more. Checks that no number is missing.
    pub async fn step(&mut self, by: &Actor, limit: usize, told: &mut Told) -> bool {
        let reply = by.get(&format!("/v1/catalogue/changes?after={}&limit={limit}", self.seq)).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        let page: Page = serde_json::from_str(&reply.text).expect("a page of changes");
        for change in page.changes {
            assert_eq!(change.seq, self.seq + 1, "the numbers have no gap");
            self.seq = change.seq;
            match change.op.as_str() {
                "upsert" => {
                    let document = change.document.expect("a document").get().to_owned();
                    assert_eq!(change.etag.expect("a tag"), tag(&document));
                    self.documents.insert(change.product_id.clone(), document);
                }
                "remove" => drop(self.documents.remove(&change.product_id)),
                other => assert_eq!(other, "overtaken"),
            }
            let what = change.reason.unwrap_or(change.op);
            told.push((change.seq, what, change.product_id));
        }
        assert_eq!(page.next_after, self.seq);
        assert_eq!(page.has_more, self.seq < page.head);
        page.has_more
    }

    /// Takes in changes until there are no more.
    pub async fn follow(&mut self, by: &Actor) -> Told {
        let mut told = Told::new();
        while self.step(by, 1000, &mut told).await {}
        told
    }

    /// The hash of one part, as the digest defines it.
    pub fn bucket_hash(&self, bucket: &str) -> String {
        let mut hash = Sha256::new();
        for (id, document) in self.documents.iter().filter(|(id, _)| id.ends_with(bucket)) {
            hash.update(format!("{id} {}\n", tag(document)));
        }
        hex(&hash.finalize())
    }

    pub fn root(&self) -> String {
        let mut hash = Sha256::new();
        for bucket in (0..256).map(|n| format!("{n:02x}")) {
            hash.update(format!("{bucket} {}\n", self.bucket_hash(&bucket)));
        }
        hex(&hash.finalize())
    }

    /// Is the copy what the service says the catalogue is?
    pub async fn assert_proved(&self, by: &Actor) {
        let digest = by.get("/v1/catalogue/digest").await.json();
        assert_eq!(digest["seq"], self.seq);
        assert_eq!(digest["products"], self.documents.len());
        assert_eq!(digest["root"], self.root());
    }

    /// Products that differ, found by the digest: the root, the parts, then the products of the parts that differ.
    pub async fn differences(&self, by: &Actor) -> Vec<String> {
        let digest = by.get("/v1/catalogue/digest").await.json();
        let mut found = Vec::new();
        for part in digest["buckets"].as_array().expect("256 parts") {
            let bucket = part["bucket"].as_str().expect("two digits");
            if part["hash"] == self.bucket_hash(bucket) {
                continue;
            }
            let there = by.get(&format!("/v1/catalogue/digest?bucket={bucket}")).await.json();
            let there: BTreeMap<&str, &str> = there["products"]
                .as_array()
                .expect("products")
                .iter()
                .filter_map(|product| Some((product["product_id"].as_str()?, product["etag"].as_str()?)))
                .collect();
            let mine = self.documents.iter().filter(|(id, _)| id.ends_with(bucket));
            let mine: BTreeMap<&str, String> =
                mine.map(|(id, document)| (id.as_str(), tag(document))).collect();
            let ids = there.keys().chain(mine.keys()).collect::<std::collections::BTreeSet<_>>();
            let differ = |id: &&&str| there.get(**id).copied() != mine.get(**id).map(String::as_str);
            found.extend(ids.into_iter().filter(differ).map(|id| (*id).to_owned()));
        }
        found
    }
}

/// The tag of a document, as http clients compute it from its bytes.
pub fn tag(document: &str) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(document.as_bytes())[..15])
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn seq_of(reply: &Reply) -> i64 {
    reply.header("catalogue-seq").parse().expect("a number")
}
