//! Where the bytes lie: a directory, or a bucket of something that speaks S3.
//!
//! What is published lies under `renditions/`, by the first two digits of its hash, what comes in parts under `uploads/`. Bytes
//! come first and rows after, so that no row ever names what is not there; what a crash leaves without a row is swept up. The
//! directory is written through to the disk before anybody is told that something is stored.

use super::{MediaName, UploadId};
use crate::db::Instant;
use actix_web::web::Bytes;
use futures_core::Stream;
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{
    BackoffConfig, ClientOptions, Error, ObjectMeta, ObjectStore, ObjectStoreExt, RetryConfig,
};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// Where pictures are kept, as the setting says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MediaPlace {
    Directory(PathBuf),
    S3 { bucket: String, folder: String, region: Option<String>, endpoint: Option<String> },
}

impl MediaPlace {
    /// Reads a directory, or `s3://bucket/folder?region=…&endpoint=…`.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("say a directory or s3://bucket".to_owned());
        }
        let Some((scheme, _)) = text.split_once("://") else {
            return Ok(Self::Directory(PathBuf::from(text)));
        };
        if scheme != "s3" {
            return Err(format!("`{scheme}://` is no place for pictures; say a directory or s3://bucket"));
        }
        let url = Url::parse(text).map_err(|error| format!("not an address: {error}"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err("credentials belong in the environment (AWS_ACCESS_KEY_ID, …)".to_owned());
        }
        let bucket =
            url.host_str().filter(|host| !host.is_empty()).ok_or("the bucket is missing: s3://bucket")?;
        let (mut region, mut endpoint) = (None, None);
        for (name, value) in url.query_pairs() {
            match &*name {
                "region" => region = Some(value.into_owned()),
                "endpoint" => {
                    let address =
                        Url::parse(&value).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
                    address.filter(Url::has_host).ok_or("endpoint must be http://… or https://…")?;
                    endpoint = Some(value.into_owned());
                }
                other => {
                    return Err(format!("there is no `{other}` of a bucket; known are region and endpoint"));
                }
            }
        }
        let folder = url.path().trim_matches('/').to_owned();
        Path::parse(&folder).map_err(|error| error.to_string())?;
        Ok(Self::S3 { bucket: bucket.to_owned(), folder, region, endpoint })
    }
}

/// Why pictures cannot be kept: one line for the operator.
#[derive(Debug, thiserror::Error)]
pub enum ShelfError {
    #[error("OCOP_MEDIA_URL: {0}")]
    Setting(String),
    #[error("the directory of the pictures {path} cannot be used: {source}")]
    Directory { path: String, source: std::io::Error },
    #[error("the pictures' bucket cannot be used: {0}")]
    Bucket(#[from] Error),
}

/// Bytes cannot be stored or read now.
#[derive(Debug, thiserror::Error)]
#[error("the object store does not answer: {0}")]
pub struct Away(pub String);

impl From<Error> for Away {
    fn from(error: Error) -> Self {
        Self(error.to_string())
    }
}

/// The store; cheap to clone.
#[derive(Clone)]
pub struct Shelf(Arc<dyn ObjectStore>);

/// Something that lies in the store.
#[derive(Debug, Clone)]
pub struct Lying {
    path: Path,
    pub since: Instant,
}

impl Shelf {
    pub fn open(place: &MediaPlace) -> Result<Self, ShelfError> {
        match place {
            MediaPlace::Directory(path) => {
                use std::os::unix::fs::DirBuilderExt;
                let failed = |source| ShelfError::Directory { path: path.display().to_string(), source };
                std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(failed)?;
                let store = LocalFileSystem::new_with_prefix(path)?.with_fsync(true);
                Ok(Self(Arc::new(store)))
            }
            MediaPlace::S3 { bucket, folder, region, endpoint } => {
                let plain = endpoint.as_ref().is_some_and(|endpoint| endpoint.starts_with("http://"));
                let waits = RetryConfig {
                    backoff: BackoffConfig::default(),
                    max_retries: 2,
                    retry_timeout: Duration::from_secs(10),
                };
                let client = ClientOptions::new()
                    .with_allow_http(plain)
                    .with_connect_timeout(Duration::from_secs(3))
                    .with_timeout(Duration::from_secs(20));
                let mut builder = AmazonS3Builder::from_env()
                    .with_bucket_name(bucket)
                    .with_retry(waits)
                    .with_client_options(client);
                if let Some(region) = region {
                    builder = builder.with_region(region);
                }
                if let Some(endpoint) = endpoint {
                    builder = builder.with_endpoint(endpoint);
                }
                let store = builder.build()?;
                Ok(Self(Arc::new(PrefixStore::new(store, folder.as_str()))))
            }
        }
    }

    /// Stores bytes under the name of their hash. What lies there already is the same, and becomes young again.
    pub async fn publish(&self, name: &MediaName, content: Bytes) -> Result<(), Away> {
        Ok(self.0.put(&path_of(name), content.into()).await.map(drop)?)
    }

    /// What is published under a name; `None` if nothing is.
    pub async fn published(&self, name: &MediaName) -> Result<Option<Bytes>, Away> {
        self.get(&path_of(name)).await
    }

    pub async fn is_published(&self, name: &MediaName) -> Result<bool, Away> {
        found(self.0.head(&path_of(name)).await).map(|meta| meta.is_some())
    }

    async fn get(&self, path: &Path) -> Result<Option<Bytes>, Away> {
        match found(self.0.get(path).await)? {
            Some(result) => Ok(found(result.bytes().await)?),
            None => Ok(None),
        }
    }

    /// Stores a part of an upload; returns where.
    pub async fn put_part(&self, upload: UploadId, part: &str, content: Bytes) -> Result<String, Away> {
        let path = Path::from(format!("{UPLOADS}/{upload}/{part}"));
        self.0.put(&path, content.into()).await?;
        Ok(path.to_string())
    }

    pub async fn part(&self, object: &str) -> Result<Option<Bytes>, Away> {
        self.get(&Path::from(object)).await
    }

    /// Removes parts that are not needed any more; those that stay are swept up later.
    pub async fn remove_parts(&self, objects: impl IntoIterator<Item = String>) {
        for object in objects {
            if let Err(error) = found(self.0.delete(&Path::from(object.as_str())).await) {
                tracing::debug!(%error, object, "a part stays for now");
            }
        }
    }

    /// All parts of uploads.
    pub async fn parts(&self) -> Result<Vec<Lying>, Away> {
        self.list(&Path::from(UPLOADS)).await
    }

    /// All published files whose hash begins with this byte.
    pub async fn published_under(&self, byte: u8) -> Result<Vec<(MediaName, Lying)>, Away> {
        let lying = self.list(&Path::from(format!("{RENDITIONS}/{byte:02x}"))).await?;
        let named = |lying: Lying| Some((MediaName::parse(lying.path.filename()?).ok()?, lying));
        Ok(lying.into_iter().filter_map(named).collect())
    }

    async fn list(&self, prefix: &Path) -> Result<Vec<Lying>, Away> {
        let (mut all, mut stream) = (Vec::new(), self.0.list(Some(prefix)));
        while let Some(next) = std::future::poll_fn(|cx| Pin::new(&mut stream).poll_next(cx)).await {
            all.extend(found(next)?.map(Lying::from));
        }
        Ok(all)
    }

    /// Removes what still lies there as it was listed; what has become young again meanwhile stays.
    pub async fn remove(&self, lying: &Lying) -> Result<(), Away> {
        let now = found(self.0.head(&lying.path).await)?;
        if now.is_some_and(|now| Lying::from(now).since == lying.since) {
            found(self.0.delete(&lying.path).await)?;
        }
        Ok(())
    }
}

impl From<ObjectMeta> for Lying {
    fn from(meta: ObjectMeta) -> Self {
        Self { path: meta.location, since: Instant::from_micros(meta.last_modified.timestamp_micros()) }
    }
}

const RENDITIONS: &str = "renditions";
const UPLOADS: &str = "uploads";

fn path_of(name: &MediaName) -> Path {
    let folder = name.sha256.as_str().get(..2).unwrap_or_default();
    Path::from(format!("{RENDITIONS}/{folder}/{name}"))
}

/// Nothing is there: that is no failure.
fn found<T>(result: object_store::Result<T>) -> Result<Option<T>, Away> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::Sha256Hex;
    use crate::media::RenditionType;

    #[test]
    fn places_are_read_and_refused() {
        let directory = MediaPlace::Directory(PathBuf::from("/srv/pictures"));
        assert_eq!(MediaPlace::parse("/srv/pictures"), Ok(directory));
        let bucket = MediaPlace::S3 {
            bucket: "hinh".to_owned(),
            folder: "cho/ocop".to_owned(),
            region: Some("ap-southeast-1".to_owned()),
            endpoint: Some("https://s3.example.vn".to_owned()),
        };
        let text = "s3://hinh/cho/ocop/?region=ap-southeast-1&endpoint=https://s3.example.vn";
        assert_eq!(MediaPlace::parse(text), Ok(bucket));
        for wrong in ["", "s3://", "gs://x", "s3://x?endpoint=ftp://y", "s3://x?token=y", "s3://a:b@x"] {
            assert!(MediaPlace::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_published_lies_by_its_hash() {
        let sha256 = Sha256Hex::of(b"test");
        let name = MediaName { sha256, media_type: RenditionType::Jpeg };
        let path = "renditions/9f/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08.jpg";
        assert_eq!(path_of(&name).to_string(), path);
    }
}
