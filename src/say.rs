//! Bilingual words: whatever this service tells a person exists in Vietnamese and in English.

use crate::db::Day;
use std::borrow::Cow;

/// The languages of the service; Vietnamese unless the client asks for English.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    #[default]
    Vi,
    En,
}

impl Language {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Vi => "vi",
            Self::En => "en",
        }
    }

    /// The better of the two for an `Accept-Language` header (RFC 9110 §12.5.4).
    pub fn negotiate(header: &str) -> Self {
        let quality_of = |wanted: &str| {
            header
                .split(',')
                .filter_map(|item| {
                    let (range, parameters) = item.trim().split_once(';').unwrap_or((item.trim(), ""));
                    let primary = range.split('-').next().unwrap_or(range);
                    let quality = parameters.trim().strip_prefix("q=").map_or(Ok(1.0), str::parse::<f32>);
                    let matches = primary.eq_ignore_ascii_case(wanted);
                    matches.then(|| quality.unwrap_or(0.0))
                })
                .fold(None, |best: Option<f32>, quality| Some(best.map_or(quality, |b| b.max(quality))))
        };
        match (quality_of("vi"), quality_of("en")) {
            (None, Some(en)) if en > 0.0 => Self::En,
            (Some(vi), Some(en)) if en > vi => Self::En,
            _ => Self::Vi,
        }
    }
}

/// One sentence in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Say {
    pub vi: Cow<'static, str>,
    pub en: Cow<'static, str>,
}

impl Say {
    pub const fn new(vi: &'static str, en: &'static str) -> Self {
        Self { vi: Cow::Borrowed(vi), en: Cow::Borrowed(en) }
    }

    pub fn in_language(&self, language: Language) -> &str {
        match language {
            Language::Vi => &self.vi,
            Language::En => &self.en,
        }
    }
}

/// `say!("tiếng Việt {x}", "English {x}")`: a [`Say`] with inline arguments.
#[macro_export]
macro_rules! say {
    ($vi:literal, $en:literal) => {
        $crate::say::Say { vi: format!($vi).into(), en: format!($en).into() }
    };
}

/// A day as people read it: `23/11/2026` in Vietnamese, `2026-11-23` in English.
pub fn date(day: Day, language: Language) -> String {
    match language {
        Language::Vi => day.date().strftime("%d/%m/%Y").to_string(),
        Language::En => day.to_string(),
    }
}

/// A whole number as people read it, its digits in groups of three: `1.250.000` in Vietnamese, `1,250,000` in English.
pub fn grouped(number: i64, language: Language) -> String {
    let separator = match language {
        Language::Vi => '.',
        Language::En => ',',
    };
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(separator);
        }
        text.push(digit);
    }
    text
}

/// A span of time as people say it, rather too long than too short: seconds up to two minutes, minutes up to two hours, hours
/// up to two days, else days.
pub fn span(seconds: i64) -> Say {
    let units = [(86_400, "ngày", "days"), (3_600, "giờ", "hours"), (60, "phút", "minutes")];
    let longest = units.into_iter().find(|(unit, _, _)| seconds > 2 * unit);
    let (unit, vi, en) = longest.unwrap_or((1, "giây", if seconds == 1 { "second" } else { "seconds" }));
    let number = (seconds + unit - 1) / unit;
    say!("{number} {vi}", "{number} {en}")
}

/// Why a value could not be parsed: a stable code for programs, a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    pub code: &'static str,
    pub say: Say,
}

impl Invalid {
    pub fn new(code: &'static str, say: Say) -> Self {
        Self { code, say }
    }
}

#[cfg(test)]
mod tests {
    use super::{Language, grouped, span};

    #[test]
    fn spans_are_told_in_the_longest_unit_that_fits() {
        for (seconds, vi, en) in [
            (1, "1 giây", "1 second"),
            (120, "120 giây", "120 seconds"),
            (121, "3 phút", "3 minutes"),
            (7_200, "120 phút", "120 minutes"),
            (86_400, "24 giờ", "24 hours"),
            (1_209_600, "14 ngày", "14 days"),
            (1_209_599, "14 ngày", "14 days"),
        ] {
            let told = span(seconds);
            assert_eq!((told.vi.as_ref(), told.en.as_ref()), (vi, en), "{seconds}");
        }
    }

    #[test]
    fn vietnamese_unless_english_is_preferred() {
        for (header, english) in [
            ("", false),
            ("en", true),
            ("en-GB,en;q=0.9", true),
            ("vi-VN,vi;q=0.9,en;q=0.8", false),
            ("en;q=0.9,vi;q=0.1", true),
            ("fr", false),
            ("fr,en;q=0.1", true),
            ("en;q=0", false),
            ("*", false),
            (";;;q=,,", false),
        ] {
            assert_eq!(Language::negotiate(header) == Language::En, english, "{header}");
        }
    }

    #[test]
    fn numbers_are_grouped_by_thousands() {
        for (number, written) in [(0, "0"), (999, "999"), (1_000, "1.000"), (1_250_000_000, "1.250.000.000")]
        {
            assert_eq!(grouped(number, Language::Vi), written);
            assert_eq!(grouped(number, Language::En), written.replace('.', ","));
        }
    }
}
