//! JPEG: what the markers of a file promise, looked at before it is decoded; and decoding at a fraction of the size.
//!
//! A sequential JPEG is decoded row of blocks by row of blocks, so that it needs only the memory of what comes out. One in
//! passes (“progressive”) keeps all coefficients of the whole picture until its last pass, whatever comes out, and each pass
//! goes over all of them: of those there is a limit of pixels, and one of passes.

use super::{Decoded, Unreadable, within};
use image::metadata::Orientation;
use image::{DynamicImage, GrayImage, RgbImage};
use jpeg_decoder::{Decoder, PixelFormat};

/// The most passes over a picture; encoders make about ten.
const MOST_PASSES: usize = 64;
/// The most scans of a picture whose pixels are each told once: one for each channel.
const MOST_SCANS: usize = 4;

/// What the markers of a file tell.
#[derive(Debug, PartialEq, Eq)]
struct Header {
    width: u16,
    height: u16,
    in_passes: bool,
    scans: usize,
}

/// The bytes that have not been looked at yet.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], Unreadable> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(Unreadable::CutOff)?;
        self.0 = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, Unreadable> {
        self.take(1).map(|bytes| bytes.first().copied().unwrap_or_default())
    }

    /// The marker that stands here, behind any number of fill bytes.
    fn marker(&mut self) -> Result<u8, Unreadable> {
        if self.byte()? != 0xff {
            return Err(Unreadable::Broken("no marker where one must be".to_owned()));
        }
        loop {
            match self.byte()? {
                0xff => {}
                marker => return Ok(marker),
            }
        }
    }

    fn segment(&mut self) -> Result<&'a [u8], Unreadable> {
        let [high, low] = [self.byte()?, self.byte()?];
        let length = usize::from(u16::from_be_bytes([high, low]));
        self.take(
            length.checked_sub(2).ok_or_else(|| Unreadable::Broken("a segment without length".to_owned()))?,
        )
    }

    /// Goes on to the marker that ends the coded data: restarts, and 0xFF as a value, do not.
    fn skip_coded(&mut self) -> Result<(), Unreadable> {
        loop {
            let at = self.0.iter().position(|byte| *byte == 0xff).ok_or(Unreadable::CutOff)?;
            self.take(at)?;
            match self.0.get(1) {
                None => return Err(Unreadable::CutOff),
                Some(0x00 | 0xd0..=0xd7) => drop(self.take(2)?),
                Some(0xff) => drop(self.take(1)?),
                Some(_) => return Ok(()),
            }
        }
    }
}

/// Walks through the markers to the end of the picture; what stands behind it is not looked at.
fn read_header(content: &[u8]) -> Result<Header, Unreadable> {
    let mut rest = Rest(content);
    rest.take(2)?;
    let (mut header, mut scans) = (None, 0);
    loop {
        match rest.marker()? {
            0xd9 => break,
            0x01 | 0xd0..=0xd7 => {}
            // SOF0, SOF1 and SOF2; the other frames are differential, lossless or arithmetic.
            frame @ 0xc0..=0xc2 => {
                let segment = rest.segment()?;
                let &[8, a, b, c, d, ..] = segment else { return Err(Unreadable::RareKind) };
                let (height, width) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
                let found = Header { width, height, in_passes: frame == 0xc2, scans: 0 };
                if header.replace(found).is_some() || width == 0 || height == 0 {
                    return Err(Unreadable::RareKind);
                }
            }
            0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => return Err(Unreadable::RareKind),
            0xda => {
                scans += 1;
                rest.segment()?;
                rest.skip_coded()?;
            }
            _ => drop(rest.segment()?),
        }
    }
    let header =
        header.filter(|_| scans > 0).ok_or_else(|| Unreadable::Broken("no picture in it".to_owned()))?;
    Ok(Header { scans, ..header })
}

impl Header {
    fn check(&self) -> Result<(), Unreadable> {
        within(u64::from(self.width) * u64::from(self.height), self.in_passes)?;
        let most = if self.in_passes { MOST_PASSES } else { MOST_SCANS };
        if self.scans > most {
            return Err(Unreadable::Broken(format!("{} scans", self.scans)));
        }
        Ok(())
    }
}

fn broken(error: jpeg_decoder::Error) -> Unreadable {
    Unreadable::Broken(error.to_string())
}

/// Decodes a JPEG; of one whose longest side is larger than `longest` a half, quarter or eighth, as far as that is still nearly
/// `longest`.
pub fn decode(content: &[u8], longest: u32) -> Result<Decoded, Unreadable> {
    let header = read_header(content)?;
    header.check()?;
    let mut decoder = Decoder::new(content);
    if u32::from(header.width.max(header.height)) > longest {
        // A quarter of what telephones make is 2040 pixels wide: not worth four times the memory.
        let nearly = u16::try_from(longest - longest / 16).unwrap_or(u16::MAX);
        decoder.scale(nearly, nearly).map_err(broken)?;
    }
    let content = decoder.decode().map_err(broken)?;
    let info = decoder.info().ok_or_else(|| Unreadable::Broken("no header".to_owned()))?;
    let (width, height) = (u32::from(info.width), u32::from(info.height));
    let colours = match info.pixel_format {
        PixelFormat::RGB24 => RgbImage::from_raw(width, height, content).map(DynamicImage::ImageRgb8),
        PixelFormat::L8 => GrayImage::from_raw(width, height, content)
            .map(|grey| DynamicImage::ImageRgb8(DynamicImage::ImageLuma8(grey).into_rgb8())),
        PixelFormat::CMYK32 => {
            RgbImage::from_raw(width, height, out_of_inks(&content)).map(DynamicImage::ImageRgb8)
        }
        PixelFormat::L16 => return Err(Unreadable::RareKind),
    };
    let pixels = colours.ok_or_else(|| Unreadable::Broken("fewer pixels than promised".to_owned()))?;
    let orientation = decoder.exif_data().and_then(Orientation::from_exif_chunk);
    let profile = decoder.icc_profile().filter(|_| info.pixel_format == PixelFormat::RGB24);
    Ok(Decoded { pixels, orientation: orientation.unwrap_or(Orientation::NoTransforms), profile })
}

/// Cyan, magenta, yellow and black as red, green and blue: what an ink leaves of the light.
fn out_of_inks(inks: &[u8]) -> Vec<u8> {
    let left = |ink: u8, black: u8| {
        let light = u16::from(255 - ink) * u16::from(255 - black) / 255;
        u8::try_from(light).unwrap_or(u8::MAX)
    };
    let pixels = inks.as_chunks::<4>().0.iter();
    pixels.flat_map(|&[c, m, y, k]| [left(c, k), left(m, k), left(y, k)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of these segments, each a marker with what follows its length.
    fn file(segments: &[(u8, &[u8])], coded: &[u8], end: &[u8]) -> Vec<u8> {
        let mut all = vec![0xff, 0xd8];
        for (marker, content) in segments {
            let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
            all.extend([0xff, *marker, length[0], length[1]]);
            all.extend_from_slice(content);
        }
        all.extend_from_slice(coded);
        all.extend_from_slice(end);
        all
    }

    const FRAME: &[u8] = &[8, 0x10, 0x00, 0x20, 0x00, 1, 1, 0x11, 0];
    const SCAN: &[u8] = &[1, 1, 0, 0, 63, 0];

    #[test]
    fn markers_tell_size_and_kind_and_whether_the_end_is_there() {
        let coded = [1, 2, 0xff, 0x00, 3, 0xff, 0xd0, 4];
        let whole =
            file(&[(0xe1, b"Exif\0\0\xff\xd9"), (0xc0, FRAME), (0xda, SCAN)], &coded, b"\xff\xd9PK\x03\x04");
        let header = Header { width: 0x2000, height: 0x1000, in_passes: false, scans: 1 };
        assert_eq!(read_header(&whole), Ok(header));
        // Behind the end is whatever is there; ahead of it nothing may be missing.
        for cut in 2..whole.len() - 4 {
            assert!(read_header(&whole[..cut]).is_err(), "{cut}");
        }
        let passes = file(&[(0xc2, FRAME), (0xda, SCAN), (0xda, SCAN)], &coded, b"\xff\xd9");
        assert_eq!(read_header(&passes).map(|header| (header.in_passes, header.scans)), Ok((true, 2)));
        for rare in [0xc1 + 2, 0xc9, 0xcf] {
            assert_eq!(read_header(&file(&[(rare, FRAME)], &[], b"")), Err(Unreadable::RareKind));
        }
        let twelve = [12, 0x10, 0x00, 0x20, 0x00, 1];
        assert_eq!(read_header(&file(&[(0xc1, &twelve)], &[], b"")), Err(Unreadable::RareKind));
        assert!(read_header(&file(&[(0xc0, FRAME)], &[], b"\xff\xd9")).is_err(), "no scan");
    }

    #[test]
    fn pixels_and_passes_are_bounded() {
        let header = |width, height, in_passes, scans| Header { width, height, in_passes, scans };
        for (header, fits) in [
            (header(8160, 6120, false, 1), true),
            (header(16_320, 12_240, false, 3), true),
            (header(65_535, 65_535, false, 1), false),
            (header(5000, 5000, true, 10), true),
            (header(8160, 6120, true, 10), false),
            (header(100, 100, true, 65), false),
            (header(100, 100, false, 5), false),
        ] {
            assert_eq!(header.check().is_ok(), fits, "{header:?}");
        }
    }

    #[test]
    fn inks_take_light_away() {
        assert_eq!(
            out_of_inks(&[0, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 255, 0, 255, 255, 0]),
            [255, 255, 255, 0, 255, 255, 0, 0, 0, 255, 0, 0]
        );
    }
}
