//! The pictures that are published: three sizes, each as WebP and as JPEG.

use super::Unreadable;
use crate::files::Sha256Hex;
use crate::media::{Made, MediaName, RenditionSize, RenditionType};
use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{PixelType, Resizer};
use image::{DynamicImage, RgbImage, RgbaImage};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

/// As photographs look good with; half the bytes of 92.
const JPEG_QUALITY: u8 = 82;
const WEBP_QUALITY: f32 = 80.0;

/// The picture with no side longer than this.
pub fn fitted(picture: DynamicImage, longest: u32) -> Result<DynamicImage, Unreadable> {
    if picture.width().max(picture.height()) <= longest {
        return Ok(picture);
    }
    smaller(&picture, longest)
}

fn smaller(picture: &DynamicImage, longest: u32) -> Result<DynamicImage, Unreadable> {
    let failed =
        |error: &dyn std::fmt::Display| Unreadable::Broken(format!("cannot be made smaller: {error}"));
    let (width, height) = (picture.width(), picture.height());
    let side = |side: u32| {
        let scaled = (u64::from(side) * u64::from(longest)).div_ceil(u64::from(width.max(height)));
        u32::try_from(scaled).unwrap_or(longest).clamp(1, longest)
    };
    let (to_width, to_height) = (side(width), side(height));
    let kind = if picture.color().has_alpha() { PixelType::U8x4 } else { PixelType::U8x3 };
    let source = ImageRef::new(width, height, picture.as_bytes(), kind).map_err(|error| failed(&error))?;
    let mut target = Image::new(to_width, to_height, kind);
    Resizer::new().resize(&source, &mut target, None).map_err(|error| failed(&error))?;
    let pixels = target.into_vec();
    let made = match kind {
        PixelType::U8x4 => RgbaImage::from_raw(to_width, to_height, pixels).map(DynamicImage::ImageRgba8),
        _ => RgbImage::from_raw(to_width, to_height, pixels).map(DynamicImage::ImageRgb8),
    };
    made.ok_or_else(|| Unreadable::Broken("pixels are missing".to_owned()))
}

/// All renditions of a picture, from the largest to the smallest. Each is made of the one before.
pub fn render(picture: DynamicImage) -> Result<Vec<Made>, Unreadable> {
    let mut picture = opaque_if_it_is(picture);
    let mut all = Vec::new();
    for size in RenditionSize::ALL {
        picture = fitted(picture, size.longest_side())?;
        for media_type in RenditionType::ALL {
            let content = match media_type {
                RenditionType::Webp => webp(&picture)?,
                RenditionType::Jpeg => jpeg(&picture)?,
            };
            let name = MediaName { sha256: Sha256Hex::of(&content), media_type: *media_type };
            all.push(Made { size: *size, name, width: picture.width(), height: picture.height(), content });
        }
    }
    Ok(all)
}

/// Many programs write a fourth channel that says nothing.
fn opaque_if_it_is(picture: DynamicImage) -> DynamicImage {
    match picture {
        DynamicImage::ImageRgba8(pixels) if pixels.pixels().all(|pixel| pixel.0.last() == Some(&255)) => {
            DynamicImage::ImageRgb8(DynamicImage::ImageRgba8(pixels).into_rgb8())
        }
        other => other,
    }
}

fn webp(picture: &DynamicImage) -> Result<Vec<u8>, Unreadable> {
    let (bytes, width, height) = (picture.as_bytes(), picture.width(), picture.height());
    let encoder = match picture.color().has_alpha() {
        true => webp::Encoder::from_rgba(bytes, width, height),
        false => webp::Encoder::from_rgb(bytes, width, height),
    };
    let made = encoder.encode_simple(false, WEBP_QUALITY);
    made.map(|made| made.to_vec()).map_err(|error| Unreadable::Broken(format!("no WebP: {error:?}")))
}

fn jpeg(picture: &DynamicImage) -> Result<Vec<u8>, Unreadable> {
    let on_white;
    let pixels = match picture {
        DynamicImage::ImageRgb8(pixels) => pixels,
        other => {
            on_white = before_white(other);
            &on_white
        }
    };
    let side = |side: u32| u16::try_from(side).unwrap_or(u16::MAX);
    let mut content = Vec::new();
    let mut encoder = Encoder::new(&mut content, JPEG_QUALITY);
    encoder.set_sampling_factor(SamplingFactor::R_4_2_0);
    encoder.set_optimized_huffman_tables(true);
    encoder
        .encode(pixels.as_raw(), side(pixels.width()), side(pixels.height()), ColorType::Rgb)
        .map_err(|error| Unreadable::Broken(format!("no JPEG: {error}")))?;
    Ok(content)
}

fn before_white(picture: &DynamicImage) -> RgbImage {
    let seen = |value: u8, alpha: u8| {
        let (value, alpha) = (u16::from(value), u16::from(alpha));
        u8::try_from((value * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX)
    };
    let pixels = picture.to_rgba8();
    let flat = pixels.pixels().flat_map(|pixel| {
        let [r, g, b, a] = pixel.0;
        [seen(r, a), seen(g, a), seen(b, a)]
    });
    RgbImage::from_raw(pixels.width(), pixels.height(), flat.collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_stay_in_proportion_and_none_is_lost() {
        for ((width, height), longest, expected) in [
            ((4080, 3060), 2048, (2048, 1536)),
            ((3060, 4080), 240, (180, 240)),
            ((5000, 3), 240, (240, 1)),
            ((200, 100), 240, (200, 100)),
        ] {
            let picture = DynamicImage::ImageRgb8(RgbImage::new(width, height));
            let made = fitted(picture, longest).unwrap();
            assert_eq!((made.width(), made.height()), expected, "{width} × {height}");
        }
    }

    #[test]
    fn what_is_transparent_is_white_in_a_jpeg() {
        let mut picture = RgbaImage::from_pixel(16, 16, image::Rgba([200, 0, 0, 0]));
        picture.get_pixel_mut(0, 0).0 = [10, 20, 30, 255];
        assert_eq!(
            before_white(&DynamicImage::ImageRgba8(picture.clone())).get_pixel(5, 5).0,
            [255, 255, 255]
        );
        assert_eq!(before_white(&DynamicImage::ImageRgba8(picture.clone())).get_pixel(0, 0).0, [10, 20, 30]);
        let made = render(DynamicImage::ImageRgba8(picture)).unwrap();
        let kinds: Vec<_> = made.iter().map(|made| (made.size, made.name.media_type)).collect();
        assert_eq!(kinds.len(), 6);
        assert_eq!(kinds.first(), Some(&(RenditionSize::Full, RenditionType::Webp)));
    }
}
