//! Media: pictures that people upload, and what is made of them.

mod model;
mod store;

pub use model::*;

use crate::db::{Conn, Instant};
use crate::input::Faults;
use crate::organisations::OrganisationId;
use crate::say::{Invalid, Say};
use diesel::QueryResult;
use std::collections::HashMap;

/// What is wrong with the images that a listing of this producer is to show: each is to be there and the producer's own. Faults
/// stand at the place of the image in the list.
pub fn check(conn: &mut Conn, producer: OrganisationId, ids: &[ImageId]) -> QueryResult<Faults> {
    let mut faults = Faults::default();
    if ids.is_empty() {
        return Ok(faults);
    }
    let owners = store::owners(conn, ids)?;
    for (index, id) in ids.iter().enumerate() {
        if owners.get(id) != Some(&producer) {
            faults.push([index.to_string()], unknown());
        }
    }
    Ok(faults)
}

/// Keeps images for good that a listing names now; whoever stores their ids calls this in the same transaction, drafts too.
pub fn mark_used(conn: &mut Conn, now: Instant, ids: &[ImageId]) -> QueryResult<()> {
    if ids.is_empty() { Ok(()) } else { store::mark_used(conn, ids, now) }
}

/// Images as they are published, for whoever shows them; what is not there is left out.
pub fn views(conn: &mut Conn, ids: &[ImageId]) -> QueryResult<HashMap<ImageId, ImageView>> {
    store::views(conn, ids)
}

fn unknown() -> Invalid {
    Invalid::new(
        "unknown_image",
        Say::new(
            "Không có hình này, hoặc hình thuộc tổ chức khác; hãy tải hình lên trước (POST /v1/images).",
            "There is no such image, or it is another organisation's; store it first (POST /v1/images).",
        ),
    )
}
