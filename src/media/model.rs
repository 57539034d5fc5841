//! What an image is, how large a picture may be, and what is made of it.

use crate::accounts::UserId;
use crate::auth::Principal;
use crate::clients::ClientId;
use crate::db::Instant;
use crate::files::Sha256Hex;
use crate::organisations::OrganisationId;
use serde::Serialize;
use utoipa::ToSchema;

crate::id_type!(
    /// The id of a stored image.
    ImageId
);

crate::id_type!(
    /// The id of a picture that comes in parts.
    UploadId
);

/// The largest picture in bytes, as it is sent.
pub const MOST_BYTES: u64 = 25 * 1024 * 1024;
/// The most pixels of a JPEG whose rows follow each other: it is decoded at a fraction of its size.
pub const MOST_JPEG_PIXELS: u64 = 200_000_000;
/// The most pixels of a picture that can only be decoded whole: PNG, WebP, JPEG in passes.
pub const MOST_PIXELS: u64 = 25_000_000;
/// The most memory such a picture may take when it is decoded: 25 megapixels with four channels of 8 bits.
pub const MOST_DECODED: u64 = 4 * MOST_PIXELS;

/// How long a picture in parts is waited for.
pub const UPLOAD_HOURS: i64 = 24;
/// How many pictures in parts a user or client may have begun.
pub const MOST_UPLOADS: i64 = 20;
/// A part is stored when so much of it has come: what is lost when the line breaks is less than that.
pub const PART_BYTES: usize = 2 * 1024 * 1024;
/// The most parts of one picture.
pub const MOST_PARTS: i64 = 1000;
/// How long an image waits to be named by a listing.
pub const UNUSED_DAYS: i64 = 30;

crate::text_enum! {
    /// How large a rendition is at most; a smaller picture is not made larger.
    pub enum RenditionSize {
        /// Longest side 2048 pixels
        Full = "full",
        /// Longest side 800 pixels
        Card = "card",
        /// Longest side 240 pixels
        Thumb = "thumb",
    }
}

impl RenditionSize {
    pub fn longest_side(self) -> u32 {
        match self {
            Self::Full => 2048,
            Self::Card => 800,
            Self::Thumb => 240,
        }
    }
}

crate::text_enum! {
    /// The media type of a rendition.
    pub enum RenditionType {
        /// Half as large; keeps what is transparent
        Webp = "image/webp",
        /// For programs that know no WebP; what is transparent is white
        Jpeg = "image/jpeg",
    }
}

impl RenditionType {
    pub fn extension(self) -> &'static str {
        match self {
            Self::Webp => "webp",
            Self::Jpeg => "jpg",
        }
    }
}

/// The name of a published file: its hash and its kind.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MediaName {
    pub sha256: Sha256Hex,
    pub media_type: RenditionType,
}

crate::string_schema!(
    MediaName,
    "media-name",
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08.webp"
);
crate::parsed_input!(MediaName);

impl MediaName {
    /// Reads `<64 digits>.webp` or `.jpg`, in lower case: each file has one name.
    pub fn parse(text: &str) -> Result<Self, crate::say::Invalid> {
        let unknown = || {
            crate::say::Invalid::new(
                "invalid_name",
                crate::say::Say::new("Không có tệp này.", "No such file."),
            )
        };
        let (hash, extension) = text.split_once('.').ok_or_else(unknown)?;
        let media_type = RenditionType::ALL.iter().find(|kind| kind.extension() == extension);
        let sha256 = Sha256Hex::parse(hash)?;
        match media_type {
            Some(media_type) if sha256.as_str() == hash => Ok(Self { sha256, media_type: *media_type }),
            _ => Err(unknown()),
        }
    }

    /// Where everybody gets it.
    pub fn url(&self) -> String {
        format!("/v1/media/{self}")
    }
}

impl std::fmt::Display for MediaName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.sha256.as_str(), self.media_type.extension())
    }
}

/// One form in which a picture is published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Rendition {
    pub size: RenditionSize,
    pub media_type: RenditionType,
    /// Its content never changes: keep it for ever.
    #[schema(example = "/v1/media/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08.webp")]
    pub url: String,
    #[schema(minimum = 1, example = 2048)]
    pub width: i64,
    #[schema(minimum = 1, example = 1536)]
    pub height: i64,
    #[schema(minimum = 1, example = 214_380)]
    pub bytes: i64,
    pub sha256: Sha256Hex,
}

/// A picture as it is published: the same in every answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ImageView {
    pub id: ImageId,
    /// Of the largest rendition, the way up in which people see it.
    #[schema(minimum = 1, example = 2048)]
    pub width: i64,
    #[schema(minimum = 1, example = 1536)]
    pub height: i64,
    /// From the largest to the smallest, of each size as WebP and as JPEG.
    pub renditions: Vec<Rendition>,
}

/// A rendition with its bytes, before it is stored.
#[derive(Debug, Clone)]
pub struct Made {
    pub size: RenditionSize,
    pub name: MediaName,
    pub width: u32,
    pub height: u32,
    pub content: Vec<u8>,
}

/// Who has sent a picture: a person or a machine client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    User(UserId),
    Client(ClientId),
}

impl Sender {
    pub fn of(by: Principal) -> Self {
        match by {
            Principal::User { user, .. } => Self::User(user),
            Principal::Client { client, .. } => Self::Client(client),
        }
    }

    pub fn user(self) -> Option<UserId> {
        match self {
            Self::User(user) => Some(user),
            Self::Client(_) => None,
        }
    }

    pub fn client(self) -> Option<ClientId> {
        match self {
            Self::User(_) => None,
            Self::Client(client) => Some(client),
        }
    }
}

/// A stored image.
#[derive(Debug, Clone)]
pub struct Image {
    pub view: ImageView,
    /// Whose it is today: an organisation that has become one with another has left it its images.
    pub organisation: OrganisationId,
    pub user: Option<UserId>,
    pub client: Option<ClientId>,
    pub created_at: Instant,
}

impl Image {
    pub fn is_from(&self, sender: Sender) -> bool {
        match sender {
            Sender::User(user) => self.user == Some(user),
            Sender::Client(client) => self.client == Some(client),
        }
    }
}

/// A picture that comes in parts.
#[derive(Debug, Clone)]
pub struct Upload {
    pub id: UploadId,
    pub organisation: OrganisationId,
    pub size: i64,
    /// What its sender says it is.
    pub sha256: Option<Sha256Hex>,
    pub received: i64,
    pub image: Option<ImageId>,
    pub created_at: Instant,
}

impl Upload {
    pub fn is_whole(&self) -> bool {
        self.received == self.size
    }

    /// Until when it is waited for.
    pub fn expires_at(&self) -> Instant {
        self.created_at.plus_seconds(UPLOAD_HOURS * 3600)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_published_file_has_one_name() {
        let hash = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
        for (name, fits) in [
            (format!("{hash}.webp"), true),
            (format!("{hash}.jpg"), true),
            (format!("{}.jpg", hash.to_uppercase()), false),
            (format!("{hash}.jpeg"), false),
            (format!("{hash}.svg"), false),
            (format!("{hash}.webp.jpg"), false),
            (format!("../{hash}.webp"), false),
            (hash.to_owned(), false),
            (String::new(), false),
        ] {
            let read = MediaName::parse(&name);
            assert_eq!(read.is_ok(), fits, "{name}");
            if let Ok(read) = read {
                assert_eq!(read.to_string(), name);
            }
        }
    }
}
