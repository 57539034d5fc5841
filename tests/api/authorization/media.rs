//! Pictures of the producer concerned, and those that come in parts.

use super::super::cast::{Stage, Who, text};
use super::{Effect, Request};
use crate::harness::Reply;
use crate::media::fetching::{Server, ok};
use crate::media::{self, pictures};
use reqwest::Method;
use serde_json::json;
use std::sync::atomic::{AtomicU32, Ordering};

pub fn is_about(path: &str) -> bool {
    ["images", "image-imports", "uploads", "media"].iter().any(|one| path.split('/').nth(2) == Some(one))
}

/// A picture that nobody has stored yet.
fn fresh() -> Vec<u8> {
    static DRAWN: AtomicU32 = AtomicU32::new(1);
    pictures::numbered(DRAWN.fetch_add(1, Ordering::Relaxed))
}

pub async fn about_pictures(stage: &Stage, who: Who, operation: &str) -> Option<Request> {
    let by = &stage.person(who).by;
    let editor = &stage.person(Who::Editor).by;
    let producer = text(&stage.certification, "/producer/id");
    let of = |path: &str| format!("{path}?organisation={producer}");
    let stored = async |picture: Vec<u8>| {
        let reply = media::send_as(editor, &of(""), "image/png", picture).await;
        assert!(reply.status.is_success(), "{}", reply.text);
        reply.json()
    };
    // One is begun at a time, for there is a limit.
    let upload = async |size: usize| {
        stage.app.sql("DELETE FROM upload_parts; DELETE FROM uploads;").await;
        let request = editor.request(Method::POST, &of("/v1/uploads"));
        let reply = Reply::of(request.header("Upload-Length", size.to_string())).await;
        assert!(reply.status.is_success(), "{}", reply.text);
        reply.header("location")
    };
    let id_of = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    Some(match operation {
        "GET /v1/media/{name}" => {
            let image = stored(pictures::numbered(0)).await;
            Request::new(by, Method::GET, &media::urls(&image, "image/webp")[0])
        }
        "POST /v1/images" => Request::new(by, Method::POST, of("/v1/images"))
            .bytes("image/png", fresh())
            .about(producer)
            .marked("renditions")
            .showing_in(Effect::Rows("images")),
        "GET /v1/images/{id}" => {
            let id = text(&stored(fresh()).await, "/id");
            Request::new(by, Method::GET, format!("/v1/images/{id}")).about(&id).marked(id)
        }
        "POST /v1/image-imports" => {
            let server = Server::start(|_| ok(fresh()));
            stage.app.network.except(server.address);
            stage.app.network.lead("anh.example.vn", &[server.address]);
            Request::new(by, Method::POST, of("/v1/image-imports"))
                .json(&json!({ "url": "http://anh.example.vn/moi.png" }))
                .about(producer)
                .marked("renditions")
                .showing_in(Effect::Rows("images"))
        }
        "POST /v1/uploads" => Request::new(by, Method::POST, of("/v1/uploads"))
            .with("Upload-Length", "1000")
            .about(producer)
            .marked("expires_at")
            .showing_in(Effect::Rows("uploads")),
        "GET /v1/uploads/{id}" => {
            let path = upload(1000).await;
            Request::new(by, Method::GET, &path).about(id_of(&path)).marked(id_of(&path))
        }
        "PATCH /v1/uploads/{id}" => {
            let picture = fresh();
            let path = upload(picture.len()).await;
            Request::new(by, Method::PATCH, &path)
                .with("Upload-Offset", "0")
                .bytes("application/offset+octet-stream", picture)
                .about(id_of(&path))
                .marked("renditions")
                .showing_in(Effect::Rows("images"))
        }
        "DELETE /v1/uploads/{id}" => {
            let path = upload(1000).await;
            Request::new(by, Method::DELETE, &path).about(id_of(&path)).showing_in(Effect::Rows("uploads"))
        }
        _ => return None,
    })
}
