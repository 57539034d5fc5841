//! Whether a password could be guessed: judged by how many guesses it takes (zxcvbn), not by classes of characters.
//!
//! A guesser tries Vietnamese words without their marks and with no spaces between, and what stands in the account's own
//! address and names; so a password is judged in that form, with a list of such words beside zxcvbn's own.
//!
//! Judging takes a fraction of a millisecond, unless somebody sends all the signs that may stand for letters (`4@8(…`),
//! every combination of which is tried: 70 ms then, on the threads that hash.

use super::password::Password;
use crate::say::{Invalid, Say};
use std::borrow::Cow;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use zxcvbn::feedback::{Suggestion, Warning};
use zxcvbn::matching::patterns::MatchPattern;
use zxcvbn::{Entropy, Score, zxcvbn};

/// Words that many people in this country make passwords of, the commonest first.
static COMMON: &str = include_str!("common_passwords.txt");

/// How much of a password is judged. Forty characters that are weak by themselves are a weak password whatever follows,
/// and the time grows with the square of the length.
const JUDGED: usize = 40;

/// Refuses a password that takes fewer than 10⁸ guesses of somebody who knows these things about its owner: the address,
/// names.
pub fn check(password: &Password, known: &[&str]) -> Result<(), Invalid> {
    let known = words_of(known);
    let words: Vec<&str> = known.iter().map(String::as_str).chain(COMMON.lines()).collect();
    let plain: String = without_marks(password.reveal()).chars().take(JUDGED).collect();
    let weakest = |one: Entropy, other: Entropy| if other.guesses() < one.guesses() { other } else { one };
    let mut judged = zxcvbn(&plain, &words);
    let joined: String = plain.chars().filter(|c| !separates(*c)).collect();
    if joined != plain && !joined.is_empty() {
        judged = weakest(judged, zxcvbn(&joined, &words));
    }
    if judged.score() >= Score::Three { Ok(()) } else { Err(too_weak(&judged)) }
}

/// Each text as it may appear in a password: whole, and any of its words that follow each other, without spaces.
fn words_of(known: &[&str]) -> Vec<String> {
    let mut all = vec!["ocop".to_owned(), "ocopmarket".to_owned()];
    for text in known {
        let text = without_marks(text).to_lowercase();
        let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
        all.extend((1..=words.len().min(8)).flat_map(|length| words.windows(length).map(<[_]>::concat)));
        all.push(text);
    }
    all.retain(|word| word.chars().count() > 2);
    all.truncate(200);
    all
}

fn without_marks(text: &str) -> String {
    let plain = text.nfd().filter(|c| !(is_combining_mark(*c) && ('\u{300}'..='\u{36f}').contains(c)));
    let plain = plain.map(|c| match c {
        'đ' => 'd',
        'Đ' => 'D',
        other => other,
    });
    plain.nfc().collect()
}

/// What people put between words, and guessers leave out.
fn separates(c: char) -> bool {
    c.is_whitespace() || "-_.,".contains(c)
}

fn too_weak(judged: &Entropy) -> Invalid {
    let mut said = vec![Say::new("Mật khẩu này dễ đoán.", "This password is easy to guess.")];
    let feedback = judged.feedback();
    match feedback.and_then(|feedback| feedback.warning()) {
        Some(warning) => said.push(warned(warning)),
        None if is_of_known_words(judged) => said.push(Say::new(
            "Từ quen dùng, tên và địa chỉ email của chính bạn là những thứ được thử trước tiên.",
            "Words in common use and your own names and e-mail address are what is tried first.",
        )),
        None => {}
    }
    said.extend(feedback.iter().flat_map(|feedback| feedback.suggestions()).copied().map(suggested));
    let joined = |part: fn(&Say) -> &str| said.iter().map(part).collect::<Vec<_>>().join(" ");
    let say = Say { vi: Cow::Owned(joined(|say| &say.vi)), en: Cow::Owned(joined(|say| &say.en)) };
    Invalid::new("too_weak", say)
}

/// Is it made of words of our list, of which zxcvbn says nothing?
fn is_of_known_words(judged: &Entropy) -> bool {
    judged.sequence().iter().any(|part| matches!(part.pattern, MatchPattern::Dictionary(_)))
}

fn warned(warning: Warning) -> Say {
    match warning {
        Warning::StraightRowsOfKeysAreEasyToGuess => Say::new(
            "Các phím liền nhau trên một hàng rất dễ đoán.",
            "Straight rows of keys are easy to guess.",
        ),
        Warning::ShortKeyboardPatternsAreEasyToGuess => Say::new(
            "Hình vẽ ngắn trên bàn phím dễ đoán.",
            "Short patterns on the keyboard are easy to guess.",
        ),
        Warning::RepeatsLikeAaaAreEasyToGuess => {
            Say::new("Ký tự lặp lại như “aaa” dễ đoán.", "Repeats like “aaa” are easy to guess.")
        }
        Warning::RepeatsLikeAbcAbcAreOnlySlightlyHarderToGuess => Say::new(
            "“abcabcabc” chỉ khó đoán hơn “abc” một chút.",
            "Repeats like “abcabcabc” are only slightly harder to guess than “abc”.",
        ),
        Warning::ThisIsATop10Password => Say::new(
            "Đây là một trong mười mật khẩu phổ biến nhất.",
            "It is one of the ten most common passwords.",
        ),
        Warning::ThisIsATop100Password => Say::new(
            "Đây là một trong một trăm mật khẩu phổ biến nhất.",
            "It is one of the hundred most common passwords.",
        ),
        Warning::ThisIsACommonPassword => {
            Say::new("Rất nhiều người dùng mật khẩu này.", "It is a very common password.")
        }
        Warning::ThisIsSimilarToACommonlyUsedPassword => Say::new(
            "Nó gần giống một mật khẩu nhiều người dùng.",
            "It is similar to a commonly used password.",
        ),
        Warning::SequencesLikeAbcAreEasyToGuess => Say::new(
            "Dãy liên tiếp như abc hay 6543 dễ đoán.",
            "Sequences like abc or 6543 are easy to guess.",
        ),
        Warning::RecentYearsAreEasyToGuess => {
            Say::new("Những năm gần đây dễ đoán.", "Recent years are easy to guess.")
        }
        Warning::AWordByItselfIsEasyToGuess => {
            Say::new("Chỉ một từ thì dễ đoán.", "A word by itself is easy to guess.")
        }
        Warning::DatesAreOftenEasyToGuess => {
            Say::new("Ngày tháng thường dễ đoán.", "Dates are often easy to guess.")
        }
        Warning::NamesAndSurnamesByThemselvesAreEasyToGuess => {
            Say::new("Chỉ họ hoặc tên thì dễ đoán.", "Names and surnames by themselves are easy to guess.")
        }
        Warning::CommonNamesAndSurnamesAreEasyToGuess => {
            Say::new("Họ và tên thường gặp dễ đoán.", "Common names and surnames are easy to guess.")
        }
    }
}

fn suggested(suggestion: Suggestion) -> Say {
    match suggestion {
        Suggestion::UseAFewWordsAvoidCommonPhrases => {
            Say::new("Hãy dùng vài từ, tránh câu quen thuộc.", "Use a few words, and no common phrase.")
        }
        Suggestion::NoNeedForSymbolsDigitsOrUppercaseLetters => Say::new(
            "Không cần ký hiệu, chữ số hay chữ hoa.",
            "There is no need for symbols, digits or uppercase letters.",
        ),
        Suggestion::AddAnotherWordOrTwo => Say::new(
            "Hãy thêm một hai từ nữa, càng ít gặp càng tốt.",
            "Add another word or two; uncommon words are better.",
        ),
        Suggestion::CapitalizationDoesntHelpVeryMuch => {
            Say::new("Viết hoa chữ đầu không giúp được mấy.", "A capital letter doesn't help very much.")
        }
        Suggestion::AllUppercaseIsAlmostAsEasyToGuessAsAllLowercase => Say::new(
            "Viết hoa tất cả cũng dễ đoán gần như viết thường.",
            "All uppercase is almost as easy to guess as all lowercase.",
        ),
        Suggestion::ReversedWordsArentMuchHarderToGuess => {
            Say::new("Từ viết ngược không khó đoán hơn mấy.", "Reversed words aren't much harder to guess.")
        }
        Suggestion::PredictableSubstitutionsDontHelpVeryMuch => Say::new(
            "Thay chữ bằng ký hiệu, như “@” cho “a”, không giúp được mấy.",
            "Predictable substitutions like “@” instead of “a” don't help very much.",
        ),
        Suggestion::UseALongerKeyboardPatternWithMoreTurns => Say::new(
            "Nếu vẽ hình trên bàn phím, hãy vẽ dài hơn và đổi hướng nhiều hơn.",
            "Use a longer pattern on the keyboard, with more turns.",
        ),
        Suggestion::AvoidRepeatedWordsAndCharacters => {
            Say::new("Tránh lặp lại từ và ký tự.", "Avoid repeated words and characters.")
        }
        Suggestion::AvoidSequences => Say::new("Tránh các dãy liên tiếp.", "Avoid sequences."),
        Suggestion::AvoidRecentYears => Say::new("Tránh những năm gần đây.", "Avoid recent years."),
        Suggestion::AvoidYearsThatAreAssociatedWithYou => {
            Say::new("Tránh năm có liên quan đến bạn.", "Avoid years that are associated with you.")
        }
        Suggestion::AvoidDatesAndYearsThatAreAssociatedWithYou => Say::new(
            "Tránh ngày và năm có liên quan đến bạn.",
            "Avoid dates and years that are associated with you.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::World;

    fn judged(text: &str) -> Result<(), Invalid> {
        let known = ["lan.huong@xuongmay.example", "Xưởng Mây Tre Đồng Chiêm", "Người phụ trách"];
        check(&Password::parse(text).expect("long enough"), &known)
    }

    #[test]
    fn what_is_tried_first_is_refused() {
        for weak in [
            "matkhau123",
            "Matkhau@123",
            "mật khẩu 2026",
            "anhyeuem123",
            "anh yêu em 123",
            "Anh Yêu Em",
            "anhyeuem1990",
            "ocop123456",
            "OCOP-market-2026",
            "lanhuong2026",
            "lan.huong@xuongmay.example",
            "xuongmaytredongchiem",
            "Đồng Chiêm 123",
            "1234567890",
            "qwertyuiop",
            "aaaaaaaaaaaaaa",
            "abcabcabcabc",
            "password123",
            "P@ssw0rd123",
            "19051990190",
            "vietnam2026",
            "vietnamvodich",
            "nguyenvan123",
            "contrau123",
            "hoptacxa2026",
            &"ậ".repeat(200),
        ] {
            let refused = judged(weak).expect_err(weak);
            assert_eq!(refused.code, "too_weak");
            assert!(
                refused.say.vi.contains("Hãy") && refused.say.en.contains("Add another"),
                "{:?}",
                refused.say
            );
        }
    }

    #[test]
    fn what_is_hard_to_guess_passes_whatever_its_characters() {
        for strong in [
            "ba con trâu đi cày ruộng",
            "thuyền thúng gió nồm",
            "chín bậc tình yêu rẽ trái",
            "correct horse battery staple",
            "hjkvqmzbtw",
            "🐃🐄🌾🛖🧺🎋🐓🦆🥮🍵",
            "một hai ba con mực nướng",
        ] {
            assert_eq!(judged(strong), Ok(()), "{strong}");
        }
        let world = World::real();
        for _ in 0..50 {
            let made = Password::generate(&world);
            assert_eq!(check(&made, &["ocop@example.vn"]), Ok(()), "{}", made.reveal());
        }
    }

    #[test]
    fn the_owner_is_told_what_is_wrong_with_it() {
        let refused = judged("lanhuong2026").expect_err("weak");
        assert!(refused.say.en.contains("your own names"), "{}", refused.say.en);
        assert!(refused.say.vi.contains("của chính bạn"), "{}", refused.say.vi);
        let refused = judged("asdfghjkl;").expect_err("weak");
        assert!(refused.say.vi.contains("phím") && refused.say.en.contains("keys"), "{:?}", refused.say);
    }

    #[test]
    fn the_worst_input_takes_no_longer_than_a_few_hashes() {
        let signs = "4@8({[<369#1!|7$5+%20".chars().cycle().take(200).collect::<String>();
        let begin = std::time::Instant::now();
        let _ = judged(&signs);
        // A generous bound, for a build that is not optimised on a machine that is busy.
        assert!(begin.elapsed().as_secs() < 20, "{:?}", begin.elapsed());
    }
}
