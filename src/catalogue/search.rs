//! What somebody types to find a product or a producer.

use super::index::analyzer::{Typed, syllables};
use crate::say;
use crate::say::Invalid;
use crate::vietnamese;

/// The words of a search. Every one must begin a word of the product's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// The syllables without marks: letters and digits only, so nothing in them has a meaning to `LIKE`.
    words: Vec<String>,
    /// The syllables with their marks, if any has one: whoever types marks means them.
    exact: Option<Vec<String>>,
    /// The syllables as the index has them.
    typed: Vec<Typed>,
    blank: bool,
}

impl Search {
    const MOST_CHARACTERS: usize = 200;
    const MOST_WORDS: usize = 10;

    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let (characters, words) = (Self::MOST_CHARACTERS, Self::MOST_WORDS);
        let split = |text: String| -> Vec<String> { text.split(' ').map(str::to_owned).collect() };
        let (folded, key) = (vietnamese::fold(text), vietnamese::name_key(text));
        let search = Self {
            exact: (key != folded).then(|| split(key)),
            words: if folded.is_empty() { Vec::new() } else { split(folded) },
            typed: Typed::all(text),
            blank: text.trim().is_empty(),
        };
        if text.chars().count() > characters || search.words.len() > words {
            return Err(Invalid::new(
                "too_long",
                say!(
                    "Tối đa {characters} ký tự và {words} âm tiết.",
                    "At most {characters} characters and {words} syllables."
                ),
            ));
        }
        Ok(search)
    }

    /// Nothing was typed: the same as no search.
    pub fn is_blank(&self) -> bool {
        self.blank
    }

    /// Something was typed, but no letter and no digit (`🍯`, `%`): no product has that.
    pub fn is_hopeless(&self) -> bool {
        self.typed.is_empty()
    }

    pub fn words(&self) -> &[String] {
        &self.words
    }

    pub fn exact(&self) -> Option<&[String]> {
        self.exact.as_deref()
    }

    pub fn typed(&self) -> &[Typed] {
        &self.typed
    }

    /// Was any mark typed? Then the marks are meant.
    pub fn is_marked(&self) -> bool {
        self.typed.iter().any(|typed| !typed.exact.is_ascii())
    }

    /// Does a text hold every word at the start of one of its own?
    pub fn matches(&self, text: &str) -> bool {
        let mut found = vec![false; self.typed.len()];
        syllables(text, |_, its| {
            for (found, typed) in found.iter_mut().zip(&self.typed) {
                *found = *found || typed.beginnings().any(|(_, folded)| its.starts_with(folded));
            }
        });
        !self.is_hopeless() && found.into_iter().all(|found| found)
    }
}

crate::parsed_input!(Search);

#[cfg(test)]
mod tests {
    use super::*;

    fn search(text: &str) -> Search {
        Search::parse(text).expect("valid")
    }

    #[test]
    fn a_search_is_its_syllables() {
        assert_eq!(search("Bánh  CÁY!").words(), ["banh", "cay"]);
        assert_eq!(search("Bánh cáy").exact(), Some(&["banh'".to_owned(), "cay'".to_owned()][..]));
        assert_eq!(search("banh cay").exact(), None);
        assert_eq!(search("ba\u{301}nh"), search("bánh"));
        assert_eq!(search("đa").exact(), Some(&["đa".to_owned()][..]));
    }

    #[test]
    fn what_like_would_read_never_reaches_it() {
        for text in ["%", "_", "\\", "🍯", "-- '", "…"] {
            assert!(search(text).is_hopeless() && !search(text).is_blank(), "{text}");
        }
        assert_eq!(search("50%_\\mật 🍯 ong").words(), ["50", "mat", "ong"]);
        assert!(search("  ").is_blank());
    }

    #[test]
    fn a_search_has_limits() {
        assert!(Search::parse(&"a ".repeat(10)).is_ok());
        assert!(Search::parse(&"a ".repeat(11)).is_err());
        assert!(Search::parse(&"ắ".repeat(200)).is_ok());
        assert!(Search::parse(&"ắ".repeat(201)).is_err());
    }

    #[test]
    fn every_word_must_begin_one() {
        for (typed, matches) in [
            ("banh cay", true),
            ("cay banh", true),
            ("ba ca", true),
            ("anh", false),
            ("banh cay long", false),
        ] {
            assert_eq!(search(typed).matches("Bánh cáy Nguyễn"), matches, "{typed}");
        }
    }
}
