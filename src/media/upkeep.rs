//! What is forgotten, hour by hour: uploads that nobody went on with, images that no listing has named, and what lies in the store
//! without a row.

use super::store::{self, uploads};
use super::{Away, UNUSED_DAYS, UPLOAD_HOURS};
use crate::app::App;
use crate::db::{Conn, Failure, Instant};
use crate::files::Sha256Hex;

/// Rows of a kind that go in one transaction.
const SOME: i64 = 200;
/// How long something lies in the store before it is taken for forgotten: longer than anybody needs between bytes and rows.
const AGE_HOURS: i64 = 48;

/// One hour's work. The store is looked through in the course of a day, a twenty-fourth each hour.
pub async fn keep(app: &App) {
    let now = app.world.now();
    if let Err(error) = app.db.write(move |conn| forget(conn, now)).await {
        tracing::warn!(%error, "old uploads and images not forgotten");
    }
    if let Err(error) = sweep(app, now).await {
        tracing::warn!(%error, "the object store not swept");
    }
}

fn forget(conn: &mut Conn, now: Instant) -> Result<(), Failure> {
    let begun_before = now.plus_seconds(-UPLOAD_HOURS * 3600);
    while uploads::delete_before(conn, begun_before, SOME)? == usize::try_from(SOME).unwrap_or_default() {}
    store::delete_unused(conn, now.plus_seconds(-UNUSED_DAYS * 86_400), SOME)?;
    Ok(())
}

async fn sweep(app: &App, now: Instant) -> Result<(), SweepError> {
    let old = now.plus_seconds(-AGE_HOURS * 3600);
    // No upload is waited for so long.
    for part in app.media.shelf.parts().await? {
        if part.since < old {
            app.media.shelf.remove(&part).await?;
        }
    }
    let hour = now.unix_seconds().div_euclid(3600);
    for byte in (0..=u8::MAX).filter(|byte| i64::from(*byte) % 24 == hour.rem_euclid(24)) {
        let lying = app.media.shelf.published_under(byte).await?;
        let aged: Vec<_> = lying.into_iter().filter(|(_, lying)| lying.since < old).collect();
        if aged.is_empty() {
            continue;
        }
        let hashes: Vec<Sha256Hex> = aged.iter().map(|(name, _)| name.sha256.clone()).collect();
        let named = app.db.read(move |conn| store::known(conn, &hashes).map_err(Failure::from)).await?;
        for (name, lying) in aged.iter().filter(|(name, _)| !named.contains(&name.sha256)) {
            tracing::debug!(%name, "nothing names this rendition any more");
            app.media.shelf.remove(lying).await?;
        }
    }
    Ok(())
}

#[derive(Debug, thiserror::Error)]
enum SweepError {
    #[error(transparent)]
    Away(#[from] Away),
    #[error(transparent)]
    Db(#[from] Failure),
}
