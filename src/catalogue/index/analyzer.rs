//! From text to syllables.
//!
//! Vietnamese is written in syllables with spaces between them, so there is no stemming and no word segmentation to do:
//! the syllable is the term, and neighbours in a name say what a word is. Each syllable has two forms: *exact* (lower
//! case, NFC) and *folded* (without any mark, đ as d). Spellings that differ by habit only are one:
//!
//! * the tone of open oa, oe, uy stands on either letter (`hoà`, `hòa`), but not after qu;
//! * after h, k, l, m, s, t and qu a lone final y is i (`mỳ`, `mì`; `quý`, `quí`; `kỹ`, `kĩ`).
//!
//! Numbers stand apart from letters (`5kg` is `5 kg`, `ST25` is `ST 25`, `34x80` is `34 x 80`), but not where both
//! alternate, as they do in codes.
//!
//! A table answers for each letter, so this costs some nanoseconds a letter: a start reads a million products.

use std::sync::LazyLock;
use unicode_normalization::char::is_combining_mark;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// What a character is to a syllable.
#[derive(Clone, Copy)]
enum Letter {
    /// Its lower case, and that without marks.
    Part(char, char),
    /// A mark that has no letter to join: as if it were not there.
    Nothing,
    End,
}

impl Letter {
    fn of(c: char) -> Self {
        if is_combining_mark(c) {
            return Self::Nothing;
        }
        if !c.is_alphanumeric() {
            return Self::End;
        }
        let lower = c.to_lowercase().next().unwrap_or(c);
        let base = std::iter::once(lower).nfd().find(|c| !is_combining_mark(*c)).unwrap_or(lower);
        Self::Part(lower, if base == 'đ' { 'd' } else { base })
    }
}

/// Latin with all its Vietnamese letters ends before U+1F00.
static LETTERS: LazyLock<Vec<Letter>> =
    LazyLock::new(|| (0..0x1F00_u32).map(|c| char::from_u32(c).map_or(Letter::End, Letter::of)).collect());

/// Calls `each` with the exact and the folded form of every syllable, in order.
pub fn syllables(text: &str, mut each: impl FnMut(&str, &str)) {
    split(text, |exact, folded, _| {
        unify(exact, folded);
        each(exact, folded);
    });
}

/// Hands over both forms of every syllable as written, and whether it is joined to the one before.
fn split(text: &str, each: impl FnMut(&mut String, &mut String, bool)) {
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => split_composed(text.chars(), each),
        _ => split_composed(text.nfc(), each),
    }
}

fn split_composed(
    characters: impl Iterator<Item = char>,
    mut each: impl FnMut(&mut String, &mut String, bool),
) {
    let letters = &*LETTERS;
    let (mut exact, mut folded) = (String::with_capacity(32), String::with_capacity(16));
    for c in characters {
        let letter = usize::try_from(u32::from(c)).ok().and_then(|c| letters.get(c).copied());
        match letter.unwrap_or_else(|| Letter::of(c)) {
            Letter::Part(lower, base) => {
                exact.push(lower);
                folded.push(base);
            }
            Letter::Nothing => {}
            Letter::End => {
                if !exact.is_empty() {
                    apart(&mut exact, &mut folded, &mut each);
                    exact.clear();
                    folded.clear();
                }
            }
        }
    }
    if !exact.is_empty() {
        apart(&mut exact, &mut folded, &mut each);
    }
}

/// Sets numbers apart from letters.
fn apart(exact: &mut String, folded: &mut String, each: &mut impl FnMut(&mut String, &mut String, bool)) {
    let ends = |c: Option<u8>| c.is_some_and(|c| c.is_ascii_digit());
    let (first, last) = (folded.bytes().next(), folded.bytes().next_back());
    if !ends(first) && !ends(last) || folded.bytes().all(|c| c.is_ascii_digit()) {
        return each(exact, folded, false);
    }
    let parts = |text: &str| -> Vec<String> {
        let mut parts: Vec<String> = Vec::new();
        let mut before = None;
        for c in text.chars() {
            let digit = c.is_ascii_digit();
            match parts.last_mut() {
                Some(part) if before == Some(digit) => part.push(c),
                _ => parts.push(c.into()),
            }
            before = Some(digit);
        }
        parts
    };
    let (exact_parts, folded_parts) = (parts(exact), parts(folded));
    let is_size = |parts: &[String]| matches!(parts, [_, x, _] | [_, x, _, _] if x == "x");
    let is_dimensions = |parts: &[String]| matches!(parts, [_, one, _, other, _] | [_, one, _, other, _, _] if one == "x" && other == "x");
    if folded_parts.len() > 2 && !(ends(first) && (is_size(&folded_parts) || is_dimensions(&folded_parts))) {
        return each(exact, folded, false);
    }
    let mut joined = false;
    for (mut exact, mut folded) in exact_parts.into_iter().zip(folded_parts) {
        each(&mut exact, &mut folded, joined);
        joined = true;
    }
}

/// Makes habits of spelling one.
fn unify(exact: &mut String, folded: &mut String) {
    let Some(last) = exact.chars().next_back() else { return };
    let (i, tone_moved) = match last {
        'y' => ('i', None),
        'ỳ' => ('ì', Some(('ù', 'y'))),
        'ý' => ('í', Some(('ú', 'y'))),
        'ỷ' => ('ỉ', Some(('ủ', 'y'))),
        'ỹ' => ('ĩ', Some(('ũ', 'y'))),
        'ỵ' => ('ị', Some(('ụ', 'y'))),
        'à' | 'è' => ('\0', Some(('ò', if last == 'à' { 'a' } else { 'e' }))),
        'á' | 'é' => ('\0', Some(('ó', if last == 'á' { 'a' } else { 'e' }))),
        'ả' | 'ẻ' => ('\0', Some(('ỏ', if last == 'ả' { 'a' } else { 'e' }))),
        'ã' | 'ẽ' => ('\0', Some(('õ', if last == 'ã' { 'a' } else { 'e' }))),
        'ạ' | 'ẹ' => ('\0', Some(('ọ', if last == 'ạ' { 'a' } else { 'e' }))),
        _ => return,
    };
    if i != '\0' && matches!(folded.as_str(), "hy" | "ky" | "ly" | "my" | "sy" | "ty" | "quy") {
        exact.pop();
        exact.push(i);
        folded.pop();
        folded.push('i');
        return;
    }
    if let Some((toned, bare)) = tone_moved
        && !folded.starts_with("qu")
    {
        let glide = if bare == 'y' { 'u' } else { 'o' };
        exact.pop();
        if exact.ends_with(glide) {
            exact.pop();
            exact.extend([toned, bare]);
        } else {
            exact.push(last);
        }
    }
}

/// A syllable that somebody typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typed {
    pub exact: String,
    pub folded: String,
    /// Both forms as typed, where [`unify`] changed one: `quy` may go on to `quyển`, which `qui` does not.
    pub unfinished: Option<(String, String)>,
    /// No space was typed before it: `kg` in `5kg`.
    pub joined: bool,
}

impl Typed {
    pub fn all(text: &str) -> Vec<Self> {
        let mut all = Vec::new();
        split(text, |exact, folded, joined| {
            let (was_exact, was_folded) = (exact.clone(), folded.clone());
            unify(exact, folded);
            let changed = *exact != was_exact;
            all.push(Self {
                exact: exact.clone(),
                folded: folded.clone(),
                unfinished: changed.then_some((was_exact, was_folded)),
                joined,
            });
        });
        all
    }

    /// The forms that a longer syllable may begin with: exact, folded.
    pub fn beginnings(&self) -> impl Iterator<Item = (&str, &str)> {
        let unfinished = self.unfinished.as_ref().map(|(exact, folded)| (exact.as_str(), folded.as_str()));
        std::iter::once((self.exact.as_str(), self.folded.as_str())).chain(unfinished)
    }

    /// As it was typed, in lower case.
    pub fn raw(&self) -> &str {
        self.unfinished.as_ref().map_or(&self.exact, |(exact, _)| exact)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn forms(text: &str) -> (String, String) {
        let (mut all_exact, mut all_folded) = (Vec::new(), Vec::new());
        syllables(text, |exact, folded| {
            all_exact.push(exact.to_owned());
            all_folded.push(folded.to_owned());
        });
        (all_exact.join(" "), all_folded.join(" "))
    }

    #[test]
    fn syllables_have_two_forms() {
        for (text, exact, folded) in [
            ("Bánh  CÁY!", "bánh cáy", "banh cay"),
            ("Ba\u{301}nh ca\u{301}y", "bánh cáy", "banh cay"),
            ("Đường – 40°đạm", "đường 40 đạm", "duong 40 dam"),
            ("🍯 mật ong", "mật ong", "mat ong"),
            ("7K3F9-QXM4T", "7k3f9 qxm4t", "7k3f9 qxm4t"),
            ("5kg 40°Đạm 500ML", "5 kg 40 đạm 500 ml", "5 kg 40 dam 500 ml"),
            ("ST25", "st 25", "st 25"),
            ("34x80 34x80cm 2x3x4m", "34 x 80 34 x 80 cm 2 x 3 x 4 m", "34 x 80 34 x 80 cm 2 x 3 x 4 m"),
            ("1a2b 3x 8930001", "1a2b 3 x 8930001", "1a2b 3 x 8930001"),
            ("", "", ""),
        ] {
            assert_eq!(forms(text), (exact.to_owned(), folded.to_owned()));
        }
    }

    #[test]
    fn habits_of_spelling_are_one() {
        for (one, other) in [
            ("hoà", "hòa"),
            ("khoẻ", "khỏe"),
            ("thuỷ", "thủy"),
            ("mỳ", "mì"),
            ("quý", "quí"),
            ("kỹ", "kĩ"),
            ("Lý", "lí"),
            ("HY", "hi"),
        ] {
            assert_eq!(forms(one), forms(other));
        }
        for (one, other) in [("hoàn", "hòan"), ("quà", "qùa"), ("lụa", "lúa"), ("thúy", "thúi")] {
            assert_ne!(forms(one).0, forms(other).0, "{one} {other}");
        }
        assert_eq!(forms("quà").0, "quà");
        assert_eq!(forms("thuý").0, "thúy");
        assert_eq!(forms("nhà").0, "nhà");
    }

    proptest! {
        /// The folded form is that of [`crate::vietnamese::fold`], habits aside.
        #[test]
        fn folding_agrees_with_the_reference(text in "[ a-zA-Z0-9àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵĐƯƠ,.-]{0,40}") {
            let mut folded = Vec::new();
            split(&text, |_, one, joined| match folded.last_mut().filter(|_| joined) {
                Some(before) => String::push_str(before, one),
                None => folded.push(one.clone()),
            });
            prop_assert_eq!(folded.join(" "), crate::vietnamese::fold(&text));
        }
    }
}
