//! Bringing colours to sRGB, which is what a picture without a profile is taken for everywhere.

use image::{DynamicImage, RgbImage, RgbaImage};
use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};

/// The picture in sRGB. A profile that is not one of red, green and blue, or is broken, is passed over: a slightly wrong red
/// is better than no picture.
pub fn to_srgb(picture: DynamicImage, profile: &[u8]) -> DynamicImage {
    converted(&picture, profile).unwrap_or(picture)
}

fn converted(picture: &DynamicImage, profile: &[u8]) -> Option<DynamicImage> {
    let profile = ColorProfile::new_from_slice(profile).ok()?;
    if profile.color_space != DataColorSpace::Rgb {
        return None;
    }
    let layout = if picture.color().has_alpha() { Layout::Rgba } else { Layout::Rgb };
    let srgb = ColorProfile::new_srgb();
    let transform = profile.create_transform_8bit(layout, &srgb, layout, TransformOptions::default()).ok()?;
    let mut pixels = vec![0; picture.as_bytes().len()];
    transform.transform(picture.as_bytes(), &mut pixels).ok()?;
    let (width, height) = (picture.width(), picture.height());
    match layout {
        Layout::Rgba => RgbaImage::from_raw(width, height, pixels).map(DynamicImage::ImageRgba8),
        _ => RgbImage::from_raw(width, height, pixels).map(DynamicImage::ImageRgb8),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(colour: [u8; 3]) -> DynamicImage {
        DynamicImage::ImageRgb8(RgbImage::from_pixel(2, 2, image::Rgb(colour)))
    }

    #[test]
    fn what_a_profile_says_is_worked_into_the_pixels() {
        let wide = ColorProfile::new_display_p3().encode().expect("a profile");
        let red = to_srgb(of([200, 40, 40]), &wide);
        let [r, g, b] = red.to_rgb8().get_pixel(0, 0).0;
        assert!(
            r > 205 && g < 40 && b < 40,
            "a red of the wider space is redder in the narrower: {r} {g} {b}"
        );
        let same = ColorProfile::new_srgb().encode().expect("a profile");
        let [r, g, b] = to_srgb(of([200, 40, 40]), &same).to_rgb8().get_pixel(0, 0).0;
        assert!(r.abs_diff(200) <= 1 && g.abs_diff(40) <= 1 && b.abs_diff(40) <= 1);
    }

    #[test]
    fn a_profile_of_something_else_is_passed_over() {
        let grey = ColorProfile::new_gray_with_gamma(2.2).encode().expect("a profile");
        for profile in [grey.as_slice(), b"", b"no profile at all"] {
            assert_eq!(to_srgb(of([1, 2, 3]), profile), of([1, 2, 3]));
        }
    }
}
