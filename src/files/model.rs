//! What a stored file is: its kind by its first bytes, its name, its hash, and whose it is.

use crate::accounts::UserId;
use crate::auth::Principal;
use crate::clients::ClientId;
use crate::db::Instant;
use crate::input::measured;
use crate::say::{Invalid, Say};
use sha2::{Digest, Sha256};

crate::id_type!(
    /// A stored file's id.
    FileId
);

/// The largest file in bytes: a contract of many scanned pages, a photograph as telephones make them.
pub const MOST_BYTES: usize = 10 * 1024 * 1024;
/// How many files of one user or client may wait to be used.
pub const MOST_UNUSED: i64 = 100;
/// How many files that were stored without signing in may wait to be used, of all senders together.
pub const MOST_UNUSED_OF_ANYBODY: i64 = 500;
/// How long a file waits to be used.
pub const UNUSED_HOURS: i64 = 48;

/// Until when a file waits to be used that was stored at an instant.
pub fn unused_until(stored: Instant) -> Instant {
    stored.plus_seconds(UNUSED_HOURS * 3600)
}

/// Before which instant a file must have been stored to be forgotten now.
pub fn unused_since(now: Instant) -> Instant {
    now.plus_seconds(-UNUSED_HOURS * 3600)
}

crate::text_enum! {
    /// Kind of a file that is taken.
    pub enum FileType {
        Pdf = "application/pdf",
        Jpeg = "image/jpeg",
        Png = "image/png",
        Webp = "image/webp",
    }
}

impl FileType {
    /// What a file is by its first bytes, whatever its sender calls it.
    pub fn of(content: &[u8]) -> Option<Self> {
        match content {
            [b'%', b'P', b'D', b'F', b'-', ..] => Some(Self::Pdf),
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Self::Png),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::Webp),
            _ => None,
        }
    }

    /// How names of such files end; the first is the usual one.
    pub fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Pdf => &["pdf"],
            Self::Jpeg => &["jpg", "jpeg"],
            Self::Png => &["png"],
            Self::Webp => &["webp"],
        }
    }
}

/// A file's name: 1 to 200 characters of one line, no path. What people call their files is taken for personal data.
#[derive(Clone, PartialEq, Eq, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub struct FileName(String);

crate::text_column!(personal FileName, |text: &str| Some(FileName(text.to_owned())));
crate::string_schema!(FileName, "file-name", "bien-ban-ghi-nho.pdf");
crate::parsed_input!(FileName);

impl FileName {
    const MOST: usize = 200;

    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let name = measured(text.trim(), Self::MOST, |_| false)?;
        if name.contains(['/', '\\', '"']) || name.starts_with('.') {
            return Err(Invalid::new(
                "invalid_name",
                Say::new(
                    "Tên tệp không được chứa đường dẫn hoặc dấu nháy kép, và không bắt đầu bằng dấu chấm.",
                    "A file's name contains neither a path nor double quotes, and does not begin with a dot.",
                ),
            ));
        }
        Ok(Self(name.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of a file of this kind: it ends as such names do, lest it be opened as something else.
    pub fn of_type(name: Option<Self>, kind: FileType) -> Self {
        let name = name.map_or_else(|| "document".to_owned(), |name| name.0);
        let [usual, ..] = kind.extensions() else { return Self(name) };
        let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_lowercase());
        let fits = ending.is_some_and(|ending| kind.extensions().contains(&ending.as_str()));
        if fits { Self(name) } else { Self(format!("{name}.{usual}")) }
    }
}

/// A SHA-256 in lower-case hexadecimal, as people compare it.
#[derive(
    Clone,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    diesel::expression::AsExpression,
    diesel::deserialize::FromSqlRow,
)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub struct Sha256Hex(String);

crate::text_column!(Sha256Hex, |text: &str| Sha256Hex::parse(text).ok());
crate::string_schema!(
    Sha256Hex,
    "sha256",
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
);
crate::parsed_input!(Sha256Hex);

impl Sha256Hex {
    pub fn of(content: &[u8]) -> Self {
        Self::of_digest(&Sha256::digest(content))
    }

    /// A hash that was reckoned piece by piece.
    pub fn of_digest(digest: &[u8]) -> Self {
        Self(digest.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Reads 64 hexadecimal digits of either case.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Ok(Self(text.to_ascii_lowercase()));
        }
        Err(Invalid::new(
            "invalid_hash",
            Say::new(
                "Mã băm SHA-256 gồm 64 chữ số thập lục phân.",
                "A SHA-256 hash has 64 hexadecimal digits.",
            ),
        ))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Who has stored a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    User(UserId),
    Client(ClientId),
    /// Somebody who had not signed in.
    Anybody,
}

impl Sender {
    pub fn of(by: Option<Principal>) -> Self {
        match by {
            Some(Principal::User { user, .. }) => Self::User(user),
            Some(Principal::Client { client, .. }) => Self::Client(client),
            None => Self::Anybody,
        }
    }
}

/// A file to be stored.
#[derive(Debug, Clone)]
pub struct NewFile {
    pub name: FileName,
    pub kind: FileType,
    pub sha256: Sha256Hex,
    pub content: Vec<u8>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_its_first_bytes_say() {
        for (content, kind) in [
            (b"%PDF-1.7\n".as_slice(), Some(FileType::Pdf)),
            (b"\xff\xd8\xff\xe0\x00\x10JFIF", Some(FileType::Jpeg)),
            (b"\x89PNG\r\n\x1a\n....", Some(FileType::Png)),
            (b"RIFF\x24\x00\x00\x00WEBPVP8 ", Some(FileType::Webp)),
            (b"RIFF\x24\x00\x00\x00WAVEfmt ", None),
            (b"<html>%PDF-1.7", None),
            (b" %PDF-1.7", None),
            (b"MZ\x90\x00", None),
            (b"GIF89a", None),
            (b"%PDF", None),
            (b"\xff\xd8", None),
            (b"", None),
        ] {
            assert_eq!(FileType::of(content), kind, "{content:?}");
        }
    }

    #[test]
    fn names_are_no_paths_and_end_as_they_should() {
        for wrong in ["", " ", "../etc/passwd", "a\\b.pdf", "a\"b.pdf", ".htaccess", "a\nb", "a\0b"] {
            assert!(FileName::parse(wrong).is_err(), "{wrong:?}");
        }
        let named = |name: &str, kind| {
            let name = FileName::parse(name).expect("a name");
            FileName::of_type(Some(name), kind).as_str().to_owned()
        };
        assert_eq!(named(" Hợp đồng.PDF ", FileType::Pdf), "Hợp đồng.PDF");
        assert_eq!(named("hoa-don.pdf.exe", FileType::Pdf), "hoa-don.pdf.exe.pdf");
        assert_eq!(named("ảnh.jpeg", FileType::Jpeg), "ảnh.jpeg");
        assert_eq!(named("ảnh", FileType::Webp), "ảnh.webp");
        assert_eq!(FileName::of_type(None, FileType::Png).as_str(), "document.png");
    }

    #[test]
    fn hashes_have_one_form() {
        let hash = Sha256Hex::of(b"test");
        assert_eq!(hash.as_str(), "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08");
        assert_eq!(Sha256Hex::parse(&hash.as_str().to_uppercase()), Ok(hash));
        for wrong in ["", "9f86", &"g".repeat(64), &"0".repeat(65), &"ế".repeat(32)] {
            assert_eq!(Sha256Hex::parse(wrong).map_err(|i| i.code), Err("invalid_hash"), "{wrong}");
        }
    }
}
