//! How people write the name of a unit: with the kind in front, abbreviated or without it, numbers with and without
//! zeros.

use super::model::Level;
use crate::vietnamese::{fold, name_key};

/// The kinds of unit of a level, as they are written in front of a name.
fn kinds(level: Level) -> &'static [(&'static str, &'static str)] {
    match level {
        Level::Province => &[
            ("tỉnh", "tỉnh"),
            ("thành phố", "thành phố"),
            ("tp", "thành phố"),
            ("t.p", "thành phố"),
            ("t", "tỉnh"),
        ],
        Level::District => &[
            ("huyện", "huyện"),
            ("thị xã", "thị xã"),
            ("thành phố", "thành phố"),
            ("quận", "quận"),
            ("tp", "thành phố"),
            ("t.p", "thành phố"),
            ("tx", "thị xã"),
            ("t.x", "thị xã"),
            ("h", "huyện"),
            ("q", "quận"),
        ],
        Level::Commune => &[
            ("xã", "xã"),
            ("phường", "phường"),
            ("thị trấn", "thị trấn"),
            ("đặc khu", "đặc khu"),
            ("tt", "thị trấn"),
            ("t.t", "thị trấn"),
            ("x", "xã"),
            ("p", "phường"),
            ("đk", "đặc khu"),
        ],
    }
}

/// Other names of provinces: written, official.
pub const PROVINCE_ALIASES: [(&str, &str); 12] = [
    ("HCM", "Hồ Chí Minh"),
    ("TPHCM", "Hồ Chí Minh"),
    ("Sài Gòn", "Hồ Chí Minh"),
    ("Thừa Thiên Huế", "Huế"),
    ("Thừa Thiên - Huế", "Huế"),
    ("BR-VT", "Bà Rịa - Vũng Tàu"),
    ("BRVT", "Bà Rịa - Vũng Tàu"),
    ("Vũng Tàu", "Bà Rịa - Vũng Tàu"),
    ("Đắc Lắc", "Đắk Lắk"),
    ("Đắc Nông", "Đắk Nông"),
    ("Bắc Cạn", "Bắc Kạn"),
    ("Kontum", "Kon Tum"),
];

/// The key a name is looked up by: `P1` is `P. 1`, `Phường 01` is `Phường 1`, `Đăk` is `Đắk`.
pub fn key_of(name: &str) -> String {
    let mut key = String::new();
    for token in name_key(name).split(' ') {
        if !key.is_empty() {
            key.push(' ');
        }
        let (letter, number) =
            token.split_at(token.find(|c: char| c.is_ascii_digit()).unwrap_or(token.len()));
        let is_number = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
        match letter {
            "" | "p" | "q" if is_number => {
                key.push_str(letter);
                if !letter.is_empty() {
                    key.push(' ');
                }
                let significant = number.trim_start_matches('0');
                key.push_str(if significant.is_empty() { number } else { significant });
            }
            "đăk" | "đak" => key.push_str("đăk'"),
            _ => key.push_str(token),
        }
    }
    key
}

/// Kinds of unit, as the data has them.
pub type Kinds = Vec<&'static str>;

/// A key without the kind in front, and the kinds that may be meant by it.
pub fn without_kind(key: &str, level: Level) -> Option<(String, Kinds)> {
    let mut bare: Option<(&str, Kinds)> = None;
    for (form, kind) in kinds(level) {
        let form = name_key(form);
        let Some(rest) = key.strip_prefix(&form).and_then(|rest| rest.strip_prefix(' ')) else {
            continue;
        };
        match &mut bare {
            // The longer form wins: `T.P Vinh` is not a province P Vinh.
            Some((known, _)) if known.len() < rest.len() => {}
            Some((known, kinds)) if known.len() == rest.len() => kinds.push(kind),
            _ => bare = Some((rest, vec![kind])),
        }
    }
    bare.map(|(rest, kinds)| (rest.to_owned(), kinds))
}

/// A name as written, taken apart.
pub struct Written<'t> {
    pub text: &'t str,
    pub key: String,
    /// The key without the kind in front, and the kinds that may be meant by it.
    pub bare: Option<(String, Kinds)>,
}

impl<'t> Written<'t> {
    pub fn new(text: &'t str, level: Level) -> Self {
        let key = key_of(text);
        let bare = without_kind(&key, level);
        Self { text, key, bare }
    }

    /// The name without its kind, folded: for finding what is written alike.
    pub fn folded(&self) -> String {
        fold(self.bare.as_ref().map_or(&self.key, |(bare, _)| bare))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_same_however_it_is_typed() {
        for (written, bare, kind) in [
            ("Xã Minh Tân", "Minh Tân", "xã"),
            ("XÃ  MINH TÂN", "Minh Tân", "xã"),
            ("Xa\u{303} Minh Ta\u{302}n", "Minh Tân", "xã"),
            ("TT. Đông Hưng", "Đông Hưng", "thị trấn"),
            ("tt Đông Hưng", "Đông Hưng", "thị trấn"),
            ("P.1", "1", "phường"),
            ("P1", "1", "phường"),
            ("p 01", "1", "phường"),
            ("Phường 1", "1", "phường"),
            ("Đặc khu Phú Quốc", "Phú Quốc", "đặc khu"),
            ("Xã Hoà Bình", "Hòa Bình", "xã"),
            ("xã Đăk R'Moan", "Đắk R’Moan", "xã"),
        ] {
            let taken = Written::new(written, Level::Commune).bare.expect("a kind");
            assert_eq!(taken, (key_of(bare), vec![kind]), "{written}");
        }
        for plain in ["Minh Tân", "Tân Tiến", "Thái Phương", "Phú Xuân", "Xuân Phổ", "P", "xã"] {
            assert_eq!(Written::new(plain, Level::Commune).bare, None, "{plain}");
        }
        let vinh = Written::new("T.P Vinh", Level::District).bare.expect("a kind");
        assert_eq!(vinh, (key_of("Vinh"), vec!["thành phố"]));
    }
}
