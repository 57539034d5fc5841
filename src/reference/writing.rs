//! How people write the name of a unit: with the kind in front, abbreviated or without it, numbers with and without
//! zeros.

use super::model::Level;
use crate::vietnamese::{fold, name_key};
use std::sync::LazyLock;

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
pub const PROVINCE_ALIASES: [(&str, &str); 13] = [
    ("HCM", "Hồ Chí Minh"),
    ("TP HCM", "Hồ Chí Minh"),
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

/// Other names of a province by which it is searched for, by its name without its kind.
pub fn searched_as(province: &str) -> impl Iterator<Item = &'static str> {
    // Asked of every product: the keys of the table are made once.
    static ALIASES: LazyLock<Vec<(String, &str)>> = LazyLock::new(|| {
        PROVINCE_ALIASES.iter().map(|(alias, official)| (key_of(official), *alias)).collect()
    });
    let key = key_of(province);
    ALIASES.iter().filter(move |(official, _)| *official == key).map(|(_, alias)| *alias)
}

/// The short forms of a producer's kind, with what they stand for.
const PRODUCER_KINDS: [(&str, &str); 8] = [
    ("HTX", "hợp tác xã"),
    ("LHHTX", "liên hiệp hợp tác xã"),
    ("THT", "tổ hợp tác"),
    ("CTCP", "công ty cổ phần"),
    ("DNTN", "doanh nghiệp tư nhân"),
    ("HKD", "hộ kinh doanh"),
    ("CSSX", "cơ sở sản xuất"),
    ("CP", "cổ phần"),
];

/// What stands in a producer's name in short, in full, and the other way round: `HTX Sông Trà` is also a hợp tác xã.
pub fn producer_kinds(name: &str) -> impl Iterator<Item = &'static str> {
    static KEYS: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
        let key = |form: &str| format!(" {} ", name_key(form));
        PRODUCER_KINDS.iter().map(|(short, full)| (key(short), key(full))).collect()
    });
    let name = format!(" {} ", name_key(name));
    PRODUCER_KINDS.iter().zip(KEYS.iter()).filter_map(move |((short, full), (short_key, full_key))| {
        match (name.contains(short_key.as_str()), name.contains(full_key.as_str())) {
            (true, false) => Some(*full),
            (false, true) => Some(*short),
            _ => None,
        }
    })
}

/// What a criteria set's name says of a product, piece by piece: `Mỹ phẩm có thành phần từ dược liệu` is `Mỹ phẩm` and
/// `dược liệu`. A set that only tells what something is made from (`Chế biến từ gạo, ngũ cốc`) says nothing: noodles are
/// no rice.
pub fn set_words(name: &str) -> Vec<String> {
    const FILLERS: [&str; 14] = [
        "chế biến",
        "sản phẩm",
        "thành phần",
        "nông sản",
        "dịch vụ",
        "từ",
        "các",
        "loại",
        "khác",
        "và",
        "có",
        "dạng",
        "điểm",
        "lỏng",
    ];
    let lower = name.to_lowercase();
    if lower.starts_with("chế biến từ") {
        return Vec::new();
    }
    let syllables: Vec<&str> = lower.split(' ').collect();
    let mut pieces = vec![String::new()];
    let mut rest = syllables.as_slice();
    while let Some((first, after)) = rest.split_first() {
        let bare = |text: &str| text.trim_end_matches([',', ';', '–', '-']).to_owned();
        let filler = FILLERS.iter().find(|filler| {
            let parts: Vec<&str> = filler.split(' ').collect();
            let starts = rest.get(..parts.len());
            starts.is_some_and(|starts| starts.iter().zip(&parts).all(|(one, part)| bare(one) == *part))
        });
        if let Some(filler) = filler {
            rest = rest.get(filler.split(' ').count()..).unwrap_or_default();
            pieces.push(String::new());
            continue;
        }
        if let Some(piece) = pieces.last_mut().filter(|_| !bare(first).is_empty()) {
            if !piece.is_empty() {
                piece.push(' ');
            }
            piece.push_str(&bare(first));
        }
        if bare(first) != *first {
            pieces.push(String::new());
        }
        rest = after;
    }
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

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
    fn names_are_searched_in_other_forms() {
        let saigon: Vec<_> = searched_as("Hồ Chí Minh").collect();
        assert!(saigon.contains(&"Sài Gòn") && saigon.contains(&"TPHCM"), "{saigon:?}");
        assert_eq!(searched_as("Hưng Yên").count(), 0);
        for (name, kinds) in [
            ("HTX Nông nghiệp Sông Trà", vec!["hợp tác xã"]),
            ("Hợp tác xã Sông Trà", vec!["HTX"]),
            ("CTCP Thực phẩm Biển Xanh", vec!["công ty cổ phần"]),
            ("Công ty cổ phần Biển Xanh", vec!["CTCP", "CP"]),
            ("Công ty TNHH Đồi Chè", vec![]),
        ] {
            assert_eq!(producer_kinds(name).collect::<Vec<_>>(), kinds, "{name}");
        }
    }

    #[test]
    fn a_set_says_what_a_product_is() {
        for (name, words) in [
            ("Mỹ phẩm có thành phần từ dược liệu", vec!["mỹ phẩm", "dược liệu"]),
            ("Chế biến từ gạo, ngũ cốc", vec![]),
            ("Tương, nước mắm, gia vị dạng lỏng khác", vec!["tương", "nước mắm", "gia vị"]),
            ("Chè tươi, chế biến", vec!["chè tươi"]),
            ("Các sản phẩm khác từ chè, trà", vec!["chè", "trà"]),
            ("Dịch vụ du lịch – truyền thống – lễ hội", vec!["du lịch", "truyền thống", "lễ hội"]),
            ("Rượu trắng", vec!["rượu trắng"]),
        ] {
            assert_eq!(set_words(name), words, "{name}");
        }
    }

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
