//! Pictures: stored, sent in parts, fetched, published, shown by listings, forgotten.

pub mod fetching;
mod keeping;
pub mod pictures;
mod publishing;
mod showing;
mod storing;
pub mod uploading;

use crate::harness::{Actor, Case, Reply, TestApp};
use crate::seed::{Certified, Maker, Product, Seed};
use ocop_market::accounts::MemberRole;
use reqwest::Method;
use serde_json::Value;

pub fn cases() -> Vec<Case> {
    [
        storing::cases(),
        publishing::cases(),
        uploading::cases(),
        fetching::cases(),
        showing::cases(),
        keeping::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Two producers of Hưng Yên, a product of each, and an editor of the first.
pub struct Scene {
    pub maker: Maker,
    pub other: Maker,
    pub cake: Product,
    pub silk: Product,
    pub editor: Actor,
}

impl Scene {
    pub async fn set(app: &TestApp) -> Self {
        let mut seed = Seed::new(app);
        let (maker, other) = (seed.maker("HTX Bánh Ví Dụ"), seed.maker("HTX Dệt Ví Dụ"));
        let cake = seed.certified(maker, "Bánh cáy", &Certified::default());
        let silk = seed.certified(other, "Lụa tơ tằm", &Certified::default());
        seed.insert().await;
        let editor = app.member("bien-tap@banh.example", maker.id, MemberRole::Editor).await;
        Self { maker, other, cake, silk, editor }
    }
}

/// Sends a picture as the body of a request.
pub async fn send(by: &Actor, content: impl Into<Vec<u8>>) -> Reply {
    send_as(by, "", "application/octet-stream", content).await
}

pub async fn send_as(by: &Actor, query: &str, media_type: &str, content: impl Into<Vec<u8>>) -> Reply {
    let request = by.request(Method::POST, &format!("/v1/images{query}"));
    Reply::of(request.header("Content-Type", media_type).body(content.into())).await
}

/// The addresses of an image's renditions of this kind, from the largest to the smallest.
pub fn urls(image: &Value, media_type: &str) -> Vec<String> {
    let renditions = image["renditions"].as_array().expect("renditions").iter();
    let of_kind = renditions.filter(|rendition| rendition["media_type"] == media_type);
    of_kind.map(|rendition| rendition["url"].as_str().expect("a URL").to_owned()).collect()
}

pub fn all_urls(image: &Value) -> Vec<String> {
    [urls(image, "image/webp"), urls(image, "image/jpeg")].concat()
}

/// What stands at an address of this service, as bytes.
pub async fn bytes(app: &TestApp, path: &str) -> Vec<u8> {
    let response = app.anonymous().request(Method::GET, path).send().await.expect("an answer");
    assert_eq!(response.status(), 200, "{path}");
    response.bytes().await.expect("a body").to_vec()
}

/// The pixels of a published picture.
pub async fn seen(app: &TestApp, path: &str) -> image::RgbaImage {
    let content = bytes(app, path).await;
    if path.ends_with(".webp") {
        return image::load_from_memory(&content).expect("a WebP").into_rgba8();
    }
    let mut decoder = jpeg_decoder::Decoder::new(&content[..]);
    let pixels = decoder.decode().expect("a JPEG");
    let info = decoder.info().expect("a header");
    let pixels = image::RgbImage::from_raw(info.width.into(), info.height.into(), pixels).expect("colours");
    image::DynamicImage::ImageRgb8(pixels).into_rgba8()
}

/// Is a pixel nearly of this colour? Neither kind keeps colours exactly.
#[track_caller]
pub fn assert_colour(pixels: &image::RgbaImage, (x, y): (u32, u32), colour: [u8; 3]) {
    let seen = pixels.get_pixel(x, y).0;
    let near = seen.iter().zip(colour).all(|(seen, wanted)| seen.abs_diff(wanted) < 24);
    assert!(near, "{seen:?} at {x}, {y} is not {colour:?}");
}

/// All files in the store of the pictures.
pub fn lying(app: &TestApp, folder: &str) -> Vec<std::path::PathBuf> {
    let (mut folders, mut files) = (vec![app.data_dir().join("media").join(folder)], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.path().is_dir() { folders.push(entry.path()) } else { files.push(entry.path()) }
        }
    }
    files
}
