//! From the bytes that somebody sent to the pictures that everybody sees.
//!
//! Nothing of what was sent is kept or shown: it is decoded, turned the way up its camera says, brought to sRGB, and encoded
//! anew. So whatever stood beside or behind the picture is gone: place and owner in EXIF and XMP, colour profiles, comments, a
//! second file behind the first.
//!
//! What a picture is, its first bytes say. How much memory it needs, its header says, before anything is decoded: a file of a
//! few bytes may promise a million megapixels. The one large kind that is taken is the JPEG of a telephone: of its blocks of
//! 8 × 8 pixels only the low frequencies are turned into pixels, so that a picture of 50 megapixels needs memory as one of 3.
//!
//! Colours: what a profile says of red, green and blue is worked into the pixels, and the profile dropped. Profiles of grey
//! and of printing inks are dropped alone; inks become colours by the plain rule.

mod colour;
mod jpeg;
mod renditions;

pub use renditions::render;

use super::{MOST_DECODED, MOST_JPEG_PIXELS, MOST_PIXELS};
use crate::files::FileType;
use crate::say;
use crate::say::Say;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::metadata::Orientation;
use image::{ColorType, DynamicImage, ImageDecoder, Limits};
use std::io::Cursor;

/// Why a file is no picture of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    #[error("neither JPEG nor PNG nor WebP")]
    NoPicture,
    /// As telephones keep pictures among themselves: HEIC, AVIF.
    #[error("HEIC or AVIF")]
    OfTelephones,
    #[error("it ends before its end")]
    CutOff,
    #[error("a kind of JPEG that nobody publishes")]
    RareKind,
    #[error("{found} pixels, {most} at most")]
    TooManyPixels { found: u64, most: u64 },
    #[error("broken: {0}")]
    Broken(String),
}

impl Unreadable {
    pub fn say(&self) -> Say {
        match self {
            Self::NoPicture => Say::new(
                "Tệp phải là hình JPEG, PNG hoặc WebP; loại tệp được nhận ra từ những byte đầu, không từ tên tệp.",
                "The file must be a JPEG, PNG or WebP picture; what it is its first bytes tell, not its name.",
            ),
            Self::OfTelephones => Say::new(
                "Đây là hình HEIC hoặc AVIF; hãy gửi hình JPEG (trên điện thoại: chọn định dạng “Tương thích nhất”).",
                "This is a HEIC or AVIF picture; send a JPEG (on a telephone, choose the format “Most compatible”).",
            ),
            Self::CutOff => Say::new(
                "Hình bị thiếu phần cuối; hãy gửi lại cả tệp.",
                "The end of the picture is missing; send the whole file again.",
            ),
            Self::RareKind => Say::new(
                "Loại JPEG này không được hỗ trợ (12 bit, không mất dữ liệu hoặc mã số học).",
                "This kind of JPEG is not supported (12 bits, lossless or arithmetic coding).",
            ),
            Self::TooManyPixels { found, most } => {
                let (found, most) = (found.div_ceil(1_000_000), most / 1_000_000);
                say!(
                    "Hình có {found} megapixel; loại hình này có nhiều nhất {most} megapixel. Hãy thu nhỏ hình.",
                    "The picture has {found} megapixels; one of this kind may have {most} at most. Make it smaller."
                )
            }
            Self::Broken(_) => {
                Say::new("Hình bị hỏng, không giải mã được.", "The picture is broken and cannot be decoded.")
            }
        }
    }
}

impl From<image::ImageError> for Unreadable {
    fn from(error: image::ImageError) -> Self {
        Self::Broken(error.to_string())
    }
}

/// A picture as it comes out of its file: 8 bits, three channels or four, and what is still to be done to it.
struct Decoded {
    pixels: DynamicImage,
    orientation: Orientation,
    profile: Option<Vec<u8>>,
}

/// Decodes a file, at no more than twice the size that is needed where that can be; upright, in sRGB, its longest side at
/// most `longest` pixels.
pub fn decode(content: &[u8], longest: u32) -> Result<DynamicImage, Unreadable> {
    let decoded = match FileType::of(content) {
        Some(FileType::Jpeg) => jpeg::decode(content, longest)?,
        Some(FileType::Png) => {
            let decoder = PngDecoder::with_limits(Cursor::new(content), limits())?;
            if !has_end_of_png(content) {
                return Err(Unreadable::CutOff);
            }
            whole(decoder)?
        }
        Some(FileType::Webp) if is_shorter_than_told(content) => return Err(Unreadable::CutOff),
        Some(FileType::Webp) => whole(WebPDecoder::new(Cursor::new(content))?)?,
        Some(FileType::Pdf) | None if is_of_telephones(content) => return Err(Unreadable::OfTelephones),
        Some(FileType::Pdf) | None => return Err(Unreadable::NoPicture),
    };
    let Decoded { pixels, orientation, profile } = decoded;
    let mut picture = renditions::fitted(pixels, longest)?;
    if let Some(profile) = profile {
        picture = colour::to_srgb(picture, &profile);
    }
    picture.apply_orientation(orientation);
    Ok(picture)
}

/// The brands of ISO base media files that are pictures.
fn is_of_telephones(content: &[u8]) -> bool {
    let brand = content.get(4..12).and_then(|bytes| bytes.split_first_chunk::<4>());
    brand.is_some_and(|(kind, brand)| {
        kind == b"ftyp"
            && [b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif"].iter().any(|known| brand == *known)
    })
}

/// The last chunk of a PNG; of a file that was cut off it is not there.
fn has_end_of_png(content: &[u8]) -> bool {
    content.windows(8).any(|bytes| bytes == b"IEND\xae\x42\x60\x82")
}

/// A WebP says at its beginning how long it is.
fn is_shorter_than_told(content: &[u8]) -> bool {
    let told =
        content.get(4..8).and_then(|bytes| bytes.first_chunk::<4>()).map(|bytes| u32::from_le_bytes(*bytes));
    told.is_none_or(|told| u64::from(told) + 8 > u64::try_from(content.len()).unwrap_or(u64::MAX))
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_alloc = Some(2 * MOST_DECODED);
    limits
}

/// Decodes what can only be decoded whole, if its header promises no more than there is room for.
fn whole(mut decoder: impl ImageDecoder) -> Result<Decoded, Unreadable> {
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    let per_pixel = u64::from(decoder.color_type().bytes_per_pixel()).max(1);
    let most = (MOST_DECODED / per_pixel).min(MOST_PIXELS);
    if pixels > most {
        return Err(Unreadable::TooManyPixels { found: pixels, most });
    }
    decoder.set_limits(limits())?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let in_colour = matches!(
        decoder.color_type(),
        ColorType::Rgb8 | ColorType::Rgba8 | ColorType::Rgb16 | ColorType::Rgba16
    );
    let profile = decoder.icc_profile().ok().flatten().filter(|_| in_colour);
    let pixels = DynamicImage::from_decoder(decoder)?;
    let pixels = match pixels.color().has_alpha() {
        true => DynamicImage::ImageRgba8(pixels.into_rgba8()),
        false => DynamicImage::ImageRgb8(pixels.into_rgb8()),
    };
    Ok(Decoded { pixels, orientation, profile })
}

/// Refuses a JPEG whose header promises too many pixels.
fn within(pixels: u64, in_passes: bool) -> Result<(), Unreadable> {
    let most = if in_passes { MOST_PIXELS } else { MOST_JPEG_PIXELS };
    if pixels > most { Err(Unreadable::TooManyPixels { found: pixels, most }) } else { Ok(()) }
}
