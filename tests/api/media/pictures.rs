//! Pictures of all kinds, good and bad, made as tests need them.

use image::{DynamicImage, ImageBuffer, ImageFormat, Luma, Rgb, RgbImage, Rgba, RgbaImage};
use jpeg_encoder::{ColorType, Encoder, ImageBuffer as Rows, JpegColorType, SamplingFactor, rgb_to_ycbcr};
use std::io::Cursor;
use std::sync::OnceLock;

pub const RED: [u8; 3] = [210, 30, 40];
pub const BLUE: [u8; 3] = [30, 60, 200];

/// Red on the left, blue on the right.
pub fn halves(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, _| Rgb(if x < width / 2 { RED } else { BLUE }))
}

pub fn jpeg(pixels: &RgbImage) -> Vec<u8> {
    let mut content = Vec::new();
    let (width, height) = (pixels.width() as u16, pixels.height() as u16);
    let encoder = Encoder::new(&mut content, 90);
    encoder.encode(pixels.as_raw(), width, height, ColorType::Rgb).expect("a JPEG");
    content
}

/// A JPEG of one colour, unlike any other of another number.
pub fn plain(number: u8) -> Vec<u8> {
    jpeg(&RgbImage::from_pixel(64, 48, Rgb([number, 255 - number, 77])))
}

/// A small PNG unlike any of another number.
pub fn numbered(number: u32) -> Vec<u8> {
    let [_, r, g, b] = number.to_be_bytes();
    png(&RgbImage::from_pixel(16, 16, Rgb([r, g, b])))
}

pub fn progressive(pixels: &RgbImage) -> Vec<u8> {
    let mut content = Vec::new();
    let (width, height) = (pixels.width() as u16, pixels.height() as u16);
    let mut encoder = Encoder::new(&mut content, 90);
    encoder.set_progressive(true);
    encoder.encode(pixels.as_raw(), width, height, ColorType::Rgb).expect("a JPEG");
    content
}

/// White paper with cyan ink on its left half.
pub fn cmyk() -> Vec<u8> {
    let pixels: Vec<u8> =
        (0..64 * 32).flat_map(|at| if at % 64 < 32 { [255, 0, 0, 0] } else { [0, 0, 0, 0] }).collect();
    let mut content = Vec::new();
    Encoder::new(&mut content, 95).encode(&pixels, 64, 32, ColorType::Cmyk).expect("a JPEG");
    content
}

fn written(pixels: DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut content = Cursor::new(Vec::new());
    pixels.write_to(&mut content, format).expect("a picture");
    content.into_inner()
}

pub fn png(pixels: &RgbImage) -> Vec<u8> {
    written(DynamicImage::ImageRgb8(pixels.clone()), ImageFormat::Png)
}

pub fn webp(pixels: &RgbImage) -> Vec<u8> {
    written(DynamicImage::ImageRgb8(pixels.clone()), ImageFormat::WebP)
}

pub fn deep() -> Vec<u8> {
    let pixels = ImageBuffer::from_pixel(40, 30, Rgb([50_000u16, 20_000, 1_000]));
    written(DynamicImage::ImageRgb16(pixels), ImageFormat::Png)
}

pub fn grey() -> Vec<u8> {
    written(DynamicImage::ImageLuma8(ImageBuffer::from_pixel(40, 30, Luma([90u8]))), ImageFormat::Png)
}

/// Red where it is not transparent: on its left half.
pub fn transparent() -> Vec<u8> {
    let [r, g, b] = RED;
    let pixels = RgbaImage::from_fn(64, 32, |x, _| Rgba([r, g, b, if x < 32 { 255 } else { 0 }]));
    written(DynamicImage::ImageRgba8(pixels), ImageFormat::Png)
}

/// What a telephone writes into a picture: its maker, which way up it was held, and where it was.
fn exif(orientation: u8) -> Vec<u8> {
    let mut tiff: Vec<u8> = b"II*\0\x08\0\0\0".to_vec();
    let entry = |tag: u16, kind: u16, count: u32, value: [u8; 4]| {
        [&tag.to_le_bytes()[..], &kind.to_le_bytes(), &count.to_le_bytes(), &value].concat()
    };
    let gps_at: u32 = 8 + 2 + 3 * 12 + 4;
    let after: u32 = gps_at + 2 + 2 * 12 + 4;
    tiff.extend(3u16.to_le_bytes());
    tiff.extend(entry(0x010f, 2, 12, after.to_le_bytes()));
    tiff.extend(entry(0x0112, 3, 1, [orientation, 0, 0, 0]));
    tiff.extend(entry(0x8825, 4, 1, gps_at.to_le_bytes()));
    tiff.extend([0; 4]);
    tiff.extend(2u16.to_le_bytes());
    tiff.extend(entry(0x0001, 2, 2, *b"N\0\0\0"));
    tiff.extend(entry(0x0002, 5, 3, (after + 12).to_le_bytes()));
    tiff.extend([0; 4]);
    tiff.extend(b"KinDaoPhone\0");
    for number in [20u32, 1, 26, 1, 48, 1] {
        tiff.extend(number.to_le_bytes());
    }
    [b"Exif\0\0", &tiff[..]].concat()
}

const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta><rdf:li>KinDaoOwner</rdf:li></x:xmpmeta>";

/// The halves as a telephone held upright stores them: lying, with a note that says how to turn them, where they were taken, and
/// a comment.
pub fn of_telephone(orientation: u8) -> Vec<u8> {
    let picture = jpeg(&halves(120, 80));
    let mut content = picture[..2].to_vec();
    for (marker, segment) in [(0xe1, &exif(orientation)[..]), (0xe1, XMP), (0xfe, b"KinDaoComment")] {
        content.extend([0xff, marker]);
        content.extend((segment.len() as u16 + 2).to_be_bytes());
        content.extend(segment);
    }
    content.extend(&picture[2..]);
    content
}

/// What [`of_telephone`] tells and nobody else may learn.
pub const SECRETS: [&[u8]; 5] = [b"Exif", b"KinDao", b"xmpmeta", b"GPS", b"http://ns.adobe"];

/// Rows as they are needed, so that no test holds 50 megapixels.
struct Slope {
    width: u16,
    height: u16,
}

impl Rows for Slope {
    fn get_jpeg_color_type(&self) -> JpegColorType {
        JpegColorType::Ycbcr
    }

    fn width(&self) -> u16 {
        self.width
    }

    fn height(&self) -> u16 {
        self.height
    }

    fn fill_buffers(&self, y: u16, buffers: &mut [Vec<u8>; 4]) {
        let shade = |side: u16, of: u16| (u32::from(side) * 255 / u32::from(of)) as u8;
        for x in 0..self.width {
            // Large squares, as there are in photographs, and something that changes slowly.
            let square = if (x / 512 + y / 512).is_multiple_of(2) { 40 } else { 200 };
            let (luma, cb, cr) = rgb_to_ycbcr(shade(x, self.width), square, shade(y, self.height));
            buffers[0].push(luma);
            buffers[1].push(cb);
            buffers[2].push(cr);
        }
    }
}

/// A photograph as large telephones make them.
pub fn fifty_megapixels() -> &'static [u8] {
    static MADE: OnceLock<Vec<u8>> = OnceLock::new();
    MADE.get_or_init(|| {
        let mut content = Vec::new();
        let mut encoder = Encoder::new(&mut content, 85);
        encoder.set_sampling_factor(SamplingFactor::R_4_2_0);
        encoder.encode_image(Slope { width: 8160, height: 6120 }).expect("a JPEG");
        content
    })
}

/// A chunk of a PNG.
fn chunk(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let mut crc = flate2::Crc::new();
    crc.update(kind);
    crc.update(content);
    [&(content.len() as u32).to_be_bytes()[..], kind, content, &crc.sum().to_be_bytes()].concat()
}

/// A PNG of a hundred bytes that promises this size.
pub fn promise(width: u32, height: u32) -> Vec<u8> {
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 6, 0, 0, 0]].concat();
    let nothing = [0x78, 0x9c, 0x03, 0, 0, 0, 0, 1];
    let signature = b"\x89PNG\r\n\x1a\n".to_vec();
    [signature, chunk(b"IHDR", &header), chunk(b"IDAT", &nothing), chunk(b"IEND", b"")].concat()
}

/// The same JPEG with a header that promises a size its data do not have.
pub fn promising(mut content: Vec<u8>, width: u16, height: u16) -> Vec<u8> {
    let is_frame = |two: &[u8]| two[0] == 0xff && matches!(two[1], 0xc0 | 0xc2);
    let frame = content.windows(2).position(is_frame).expect("a frame");
    content[frame + 5..frame + 7].copy_from_slice(&height.to_be_bytes());
    content[frame + 7..frame + 9].copy_from_slice(&width.to_be_bytes());
    content
}

pub const SVG: &[u8] =
    b"<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
pub const GIF: &[u8] = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";

/// A ZIP of ten megabytes of nothing.
pub fn zip() -> Vec<u8> {
    use std::io::Write;
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    zip.start_file("bom.bin", options).expect("a file");
    for _ in 0..160 {
        zip.write_all(&[0; 65_536]).expect("written");
    }
    zip.finish().expect("a ZIP").into_inner()
}
