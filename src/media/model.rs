//! What an image is.

use serde::Serialize;
use utoipa::ToSchema;

crate::id_type!(
    /// The id of a stored image.
    ImageId
);

/// A stored image as everybody may see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ImageView {
    pub id: ImageId,
    /// Of the picture as it was uploaded, turned upright.
    #[schema(example = 3000)]
    pub width: u32,
    #[schema(example = 2000)]
    pub height: u32,
    /// What was made of it, the largest first.
    pub renditions: Vec<Rendition>,
}

/// A file made of an image. Its address holds its content's hash: behind it there is always the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Rendition {
    #[schema(example = "thumbnail")]
    pub name: String,
    #[schema(example = "/v1/media/3f0c…e1.webp")]
    pub url: String,
    #[schema(example = "image/webp")]
    pub media_type: String,
    #[schema(example = 320)]
    pub width: u32,
    #[schema(example = 213)]
    pub height: u32,
    /// Its length.
    #[schema(example = 14_210)]
    pub bytes: u64,
    /// Hexadecimal SHA-256 of its bytes.
    #[schema(example = "3f0c5a1e9b0d4c6f8a7b2d1e0f9c8b7a6d5e4f3c2b1a09f8e7d6c5b4a3928170")]
    pub sha256: String,
}
