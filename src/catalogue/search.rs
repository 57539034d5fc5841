//! What somebody types to find a product or a producer.

use super::index::analyzer::{Typed, syllables};
use crate::say;
use crate::say::Invalid;
use crate::vietnamese;

/// The words of a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// Its syllables as the index has them: letters and digits only.
    typed: Vec<Typed>,
    blank: bool,
}

impl Search {
    const MOST_CHARACTERS: usize = 200;
    const MOST_WORDS: usize = 10;

    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let (characters, words) = (Self::MOST_CHARACTERS, Self::MOST_WORDS);
        // As typed: that digits and letters are kept apart (`5kg`) makes no word of its own.
        let typed = vietnamese::fold(text).split_whitespace().count();
        if text.chars().count() > characters || typed > words {
            return Err(Invalid::new(
                "too_long",
                say!(
                    "Tối đa {characters} ký tự và {words} âm tiết.",
                    "At most {characters} characters and {words} syllables."
                ),
            ));
        }
        Ok(Self { typed: Typed::all(text), blank: text.trim().is_empty() })
    }

    /// Nothing was typed: the same as no search.
    pub fn is_blank(&self) -> bool {
        self.blank
    }

    /// Something was typed, but no letter and no digit (`🍯`, `%`): no product has that.
    pub fn is_hopeless(&self) -> bool {
        self.typed.is_empty()
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

    fn folded(text: &str) -> Vec<String> {
        search(text).typed().iter().map(|typed| typed.folded.clone()).collect()
    }

    fn exact(text: &str) -> Vec<String> {
        search(text).typed().iter().map(|typed| typed.exact.clone()).collect()
    }

    #[test]
    fn a_search_is_its_syllables() {
        assert_eq!(folded("Bánh  CÁY!"), ["banh", "cay"]);
        assert_eq!(exact("Bánh cáy"), ["bánh", "cáy"]);
        assert!(search("Bánh cáy").is_marked() && !search("banh cay").is_marked());
        assert_eq!(search("ba\u{301}nh"), search("bánh"));
        assert!(exact("đa") == ["đa"] && search("đa").is_marked());
    }

    #[test]
    fn signs_are_no_syllables() {
        for text in ["%", "_", "\\", "🍯", "-- '", "…"] {
            assert!(search(text).is_hopeless() && !search(text).is_blank(), "{text}");
        }
        assert_eq!(folded("50%_\\mật 🍯 ong"), ["50", "mat", "ong"]);
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
