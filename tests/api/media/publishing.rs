//! `GET /v1/media/{name}`: for anybody, for ever, in parts.

use super::pictures::{self, halves};
use super::{Scene, bytes, lying, send, urls};
use crate::cases;
use crate::harness::{Case, Reply, TestApp};
use reqwest::{Method, StatusCode};

pub fn cases() -> Vec<Case> {
    cases![
        a_rendition_lasts_for_ever_and_runs_nowhere,
        a_rendition_comes_in_parts,
        what_is_not_published_is_not_there,
        what_was_damaged_is_not_given_out,
    ]
}

async fn a_rendition_lasts_for_ever_and_runs_nowhere(app: TestApp) {
    let scene = Scene::set(&app).await;
    let image = send(&scene.editor, pictures::jpeg(&halves(300, 200))).await.expect(StatusCode::CREATED);
    for (media_type, url) in ["image/webp", "image/jpeg"].map(|kind| (kind, urls(&image, kind)[0].clone())) {
        let content = bytes(&app, &url).await;
        let hash = url["/v1/media/".len()..].split('.').next().expect("a hash");
        let (nobody, tag) = (app.anonymous(), format!("\"{hash}\""));
        for method in [Method::GET, Method::HEAD] {
            // Nothing compresses it again.
            let asked = nobody.request(method.clone(), &url).header("Accept-Encoding", "gzip, zstd");
            let reply = asked.send().await.expect("an answer");
            assert_eq!(reply.status(), StatusCode::OK);
            let header = |name: &str| reply.headers()[name].to_str().expect("ASCII").to_owned();
            assert_eq!(header("content-type"), media_type);
            assert_eq!(header("content-length"), content.len().to_string());
            assert_eq!(header("cache-control"), "public, max-age=31536000, immutable");
            assert_eq!(header("etag"), tag);
            assert_eq!(header("content-security-policy"), "sandbox; default-src 'none'");
            assert_eq!(header("x-content-type-options"), "nosniff");
            assert_eq!(header("accept-ranges"), "bytes");
            let body = reply.bytes().await.expect("a body");
            assert_eq!(body.len(), if method == Method::HEAD { 0 } else { content.len() });
        }
        let known = Reply::of(nobody.request(Method::GET, &url).header("If-None-Match", &tag)).await;
        assert_eq!((known.status, known.text.as_str()), (StatusCode::NOT_MODIFIED, ""));
        assert_eq!(known.header("cache-control"), "public, max-age=31536000, immutable");
        assert_eq!(known.header("etag"), tag);
    }
}

async fn a_rendition_comes_in_parts(app: TestApp) {
    let scene = Scene::set(&app).await;
    let image = send(&scene.editor, pictures::jpeg(&halves(300, 200))).await.expect(StatusCode::CREATED);
    let url = &urls(&image, "image/jpeg")[0];
    let whole = bytes(&app, url).await;
    let part = async |range: &str| {
        let asked = app.anonymous().request(Method::GET, url).header("Range", range);
        let reply = asked.send().await.expect("an answer");
        let told =
            reply.headers().get("content-range").map(|value| value.to_str().expect("ASCII").to_owned());
        (reply.status().as_u16(), told, reply.bytes().await.expect("a body").to_vec())
    };
    let total = whole.len();
    let (status, told, body) = part("bytes=100-199").await;
    assert_eq!((status, told), (206, Some(format!("bytes 100-199/{total}"))));
    assert_eq!(body, whole[100..200]);
    let (status, _, body) = part("bytes=-7").await;
    assert_eq!((status, &body[..]), (206, &whole[total - 7..]));
    let (status, told, _) = part(&format!("bytes={total}-")).await;
    assert_eq!((status, told), (416, Some(format!("bytes */{total}"))));
}

async fn what_is_not_published_is_not_there(app: TestApp) {
    let scene = Scene::set(&app).await;
    let image = send(&scene.editor, pictures::plain(1)).await.expect(StatusCode::CREATED);
    let (webp, jpeg) = (&urls(&image, "image/webp")[0], &urls(&image, "image/jpeg")[0]);
    for path in [
        webp.replace(".webp", ".jpg"),
        jpeg.replace(".jpg", ".webp"),
        jpeg.replace(".jpg", ".jpeg"),
        jpeg.replace(".jpg", ""),
        jpeg.to_uppercase().replace("/V1/MEDIA", "/v1/media").replace(".JPG", ".jpg"),
        format!("/v1/media/{}.webp", "0".repeat(64)),
        "/v1/media/..%2f..%2focop-market.db".to_owned(),
        "/v1/media/%2e%2e%2fkeys.webp".to_owned(),
        "/v1/media/x".to_owned(),
    ] {
        app.anonymous().get(&path).await.expect_problem(404, "not_found");
    }
}

async fn what_was_damaged_is_not_given_out(app: TestApp) {
    let scene = Scene::set(&app).await;
    let image = send(&scene.editor, pictures::plain(1)).await.expect(StatusCode::CREATED);
    for file in lying(&app, "renditions") {
        let mut content = std::fs::read(&file).expect("a file");
        *content.last_mut().expect("a byte") ^= 1;
        std::fs::write(&file, content).expect("written");
    }
    let reply = app.anonymous().get(&urls(&image, "image/webp")[0]).await;
    reply.expect_problem(500, "internal");
    assert!(!reply.header("cache-control").contains("immutable"));
}
