//! Vietnamese text as the service compares it.
//!
//! A Vietnamese letter is a base letter with a quality mark (ă, â, ê, ô, ơ, ư, đ) and, once in a syllable, a tone.
//! Two spellings put the tone on different letters (`hoà`, `hòa`), and people type without any marks (`banh cay`).
//! Hence three keys of a text:
//!
//! * [`name_key`]: equal for what is the same name: case, spacing, punctuation and tone placement aside.
//! * [`fold`]: without marks, for searching.
//! * [`sort_key`]: orders by the Vietnamese alphabet under any database collation, because it is lower-case hex.

use std::fmt::Write;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Tones in dictionary order: huyền, hỏi, ngã, sắc, nặng; each with a sign that no letter or digit is, for keys.
const TONES: [(char, char); 5] =
    [('\u{300}', '`'), ('\u{309}', '?'), ('\u{303}', '~'), ('\u{301}', '\''), ('\u{323}', '.')];

/// One syllable (or number).
struct Syllable {
    /// Without the tone, in composed form.
    letters: String,
    /// 0 without one, else its place in [`TONES`] from 1.
    tone: usize,
}

/// Splits text into lower-case syllables; everything but letters and digits separates.
fn syllables(text: &str) -> Vec<Syllable> {
    let mut all = Vec::new();
    let mut letters = String::new();
    let mut tone = 0;
    let mut end = |letters: &mut String, tone: &mut usize| {
        if !letters.is_empty() {
            all.push(Syllable { letters: letters.nfc().collect(), tone: *tone });
            letters.clear();
        }
        *tone = 0;
    };
    for c in text.nfd().flat_map(char::to_lowercase) {
        if let Some(place) = TONES.iter().position(|(mark, _)| *mark == c) {
            tone = place + 1;
        } else if c.is_alphanumeric() || is_combining_mark(c) {
            letters.push(c);
        } else {
            end(&mut letters, &mut tone);
        }
    }
    end(&mut letters, &mut tone);
    all
}

/// The key under which two spellings of one name are equal: `Bánh  Cáy` and `bánh cáy`, `hoà` and `hòa`.
pub fn name_key(text: &str) -> String {
    let key = |syllable: Syllable| match syllable.tone.checked_sub(1).and_then(|place| TONES.get(place)) {
        Some((_, sign)) => format!("{}{sign}", syllable.letters),
        None => syllable.letters,
    };
    syllables(text).into_iter().map(key).collect::<Vec<_>>().join(" ")
}

/// Without marks, lower-case, syllables separated by one space: `Nước mắm Diêm Điền` becomes `nuoc mam diem dien`.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for syllable in syllables(text) {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.extend(
            syllable.letters.nfd().filter(|c| !is_combining_mark(*c)).map(|c| if c == 'đ' { 'd' } else { c }),
        );
    }
    folded
}

/// The Vietnamese alphabet in its order, with the four Latin letters it lacks.
const ALPHABET: &str = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz";

/// A key that sorts as a Vietnamese dictionary does: syllable by syllable, letters before tones, digits first.
pub fn sort_key(text: &str) -> String {
    let mut key = String::new();
    for Syllable { letters, tone } in syllables(text) {
        for letter in letters.chars() {
            let rank = match letter {
                '0'..='9' => 0x10 + letter as usize - '0' as usize,
                _ => ALPHABET.chars().position(|known| known == letter).map_or(0xf0, |place| 0x20 + place),
            };
            let _ = write!(key, "{rank:02x}");
        }
        // Ends the syllable, and sorts before any letter.
        let _ = write!(key, "{:02x}", tone + 1);
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_equal_whatever_the_typing() {
        for (one, other) in [
            ("Bánh cáy", "  BÁNH   CÁY "),
            ("Bánh cáy", "Ba\u{301}nh ca\u{301}y"),
            ("hoà", "hòa"),
            ("Thuý", "Thúy"),
            ("Xưởng chế biến thực phẩm, bánh kẹo", "xưởng chế biến thực phẩm bánh kẹo"),
        ] {
            assert_eq!(name_key(one), name_key(other));
        }
        for (one, other) in
            [("lụa", "lúa"), ("chè", "che"), ("Kẹo lạc", "Kẹo lạc vừng"), ("hoa", "hòa"), ("dưa", "đưa")]
        {
            assert_ne!(name_key(one), name_key(other), "{one} {other}");
        }
    }

    #[test]
    fn folding_takes_all_marks_and_the_stroke() {
        assert_eq!(fold("Nước mắm Diêm Điền – 40°đạm"), "nuoc mam diem dien 40 dam");
        assert_eq!(fold("TRÀ THẢO MỘC 7 vị"), "tra thao moc 7 vi");
        assert_eq!(fold("🍯 mật ong"), "mat ong");
        assert_eq!(fold(""), "");
    }

    #[test]
    fn sorting_follows_the_dictionary() {
        let ordered = [
            "9 hồ", "an", "ăn", "ân", "ba", "cam", "chè", "da", "đa", "ma", "mà", "mả", "mã", "má", "mạ",
            "man", "ơi", "ưa",
        ];
        for pair in ordered.windows(2) {
            assert!(sort_key(pair[0]) < sort_key(pair[1]), "{pair:?}");
        }
        assert!(sort_key("bánh cáy").bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)));
    }
}
