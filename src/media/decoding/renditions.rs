//! The pictures that are published: three sizes, each as WebP and as JPEG.

use super::Unreadable;
use crate::files::Sha256Hex;
use crate::media::{Made, MediaName, RenditionSize, RenditionType};
use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{PixelType, ResizeOptions, Resizer};
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
    smaller(picture, longest)
}

fn smaller(mut picture: DynamicImage, longest: u32) -> Result<DynamicImage, Unreadable> {
    let failed =
        |error: &dyn std::fmt::Display| Unreadable::Broken(format!("cannot be made smaller: {error}"));
    let (width, height) = (picture.width(), picture.height());
    let side = |side: u32| {
        let scaled = (u64::from(side) * u64::from(longest)).div_ceil(u64::from(width.max(height)));
        u32::try_from(scaled).unwrap_or(longest).clamp(1, longest)
    };
    let (to_width, to_height) = (side(width), side(height));
    // The colour of what is not seen must not run into what is. Done in place: the resizer would make a copy for it, of
    // the whole picture.
    if let DynamicImage::ImageRgba8(pixels) = &mut picture {
        weigh(pixels);
    }
    let kind = if picture.color().has_alpha() { PixelType::U8x4 } else { PixelType::U8x3 };
    let source = ImageRef::new(width, height, picture.as_bytes(), kind).map_err(|error| failed(&error))?;
    let mut target = Image::new(to_width, to_height, kind);
    let options = ResizeOptions::new().use_alpha(false);
    Resizer::new().resize(&source, &mut target, &options).map_err(|error| failed(&error))?;
    let pixels = target.into_vec();
    let made = match kind {
        PixelType::U8x4 => RgbaImage::from_raw(to_width, to_height, pixels).map(|mut pixels| {
            unweigh(&mut pixels);
            DynamicImage::ImageRgba8(pixels)
        }),
        _ => RgbImage::from_raw(to_width, to_height, pixels).map(DynamicImage::ImageRgb8),
    };
    made.ok_or_else(|| Unreadable::Broken("pixels are missing".to_owned()))
}

/// Each colour as much as it is seen.
fn weigh(pixels: &mut RgbaImage) {
    for pixel in pixels.pixels_mut() {
        let [r, g, b, a] = pixel.0;
        let seen = |value: u8| u8::try_from((u16::from(value) * u16::from(a) + 127) / 255).unwrap_or(u8::MAX);
        pixel.0 = [seen(r), seen(g), seen(b), a];
    }
}

/// Takes [`weigh`] back.
fn unweigh(pixels: &mut RgbaImage) {
    for pixel in pixels.pixels_mut() {
        let [r, g, b, a] = pixel.0;
        let full = |value: u8| {
            let full =
                (u16::from(value) * 255 + u16::from(a) / 2).checked_div(u16::from(a)).unwrap_or_default();
            u8::try_from(full).unwrap_or(u8::MAX)
        };
        pixel.0 = [full(r), full(g), full(b), a];
    }
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
    fn what_is_not_seen_does_not_colour_what_is() {
        let pixels = RgbaImage::from_fn(400, 400, |x, _| {
            image::Rgba(if x < 199 { [200, 30, 40, 255] } else { [0, 255, 0, 0] })
        });
        let made = fitted(DynamicImage::ImageRgba8(pixels), 100).unwrap().into_rgba8();
        for pixel in made.pixels().filter(|pixel| pixel.0[3] > 8) {
            let [r, g, _, _] = pixel.0;
            assert!(r > 180 && g < 50, "{pixel:?}");
        }
        assert_eq!(made.get_pixel(10, 10).0, [200, 30, 40, 255]);
        assert_eq!(made.get_pixel(90, 10).0[3], 0);
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
