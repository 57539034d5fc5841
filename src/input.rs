//! Input from outside, parsed into types with **every fault reported at once**.
//!
//! `deserr` walks the JSON value and goes on after a fault; each fault keeps where it stood. Newtypes join in with
//! [`parsed_input!`](crate::parsed_input): one `parse(&str) -> Result<Self, Invalid>` is all they write.

use crate::say;
use crate::say::{Invalid, Language, Say, grouped};
use deserr::{
    DeserializeError, ErrorKind, IntoValue, MergeWithError, ValueKind, ValuePointerRef, take_cf_content,
};
use std::ops::ControlFlow;
use unicode_normalization::UnicodeNormalization;

/// Text of 1 to `most` characters, without control characters but those allowed.
pub fn measured(text: &str, most: usize, allowed: fn(char) -> bool) -> Result<&str, Invalid> {
    if text.is_empty() {
        return Err(Invalid::new("missing", Say::new("Không được để trống.", "This must not be empty.")));
    }
    if text.chars().count() > most {
        return Err(Invalid::new("too_long", say!("Dài nhất {most} ký tự.", "At most {most} characters.")));
    }
    if text.chars().any(|c| c.is_control() && !allowed(c)) {
        return Err(Invalid::new(
            "control_character",
            Say::new("Không được chứa ký tự điều khiển.", "Must not contain control characters."),
        ));
    }
    Ok(text)
}

/// One fault in the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Keys and indices from the root to the faulty value.
    pub path: Vec<String>,
    pub code: &'static str,
    pub say: Say,
}

impl Fault {
    /// A fault at a field named by hand: `Fault::at(["contact", "email"], invalid)`.
    pub fn at<P: Into<String>>(path: impl IntoIterator<Item = P>, invalid: Invalid) -> Self {
        Self { path: path.into_iter().map(Into::into).collect(), code: invalid.code, say: invalid.say }
    }

    /// The path as a JSON pointer (RFC 6901).
    pub fn pointer(&self) -> String {
        self.path.iter().map(|key| format!("/{}", key.replace('~', "~0").replace('/', "~1"))).collect()
    }
}

/// All faults of one input; never empty when returned as an error.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Faults(pub Vec<Fault>);

/// A list longer than this says enough.
const MOST: usize = 100;

impl Faults {
    pub fn one<P: Into<String>>(path: impl IntoIterator<Item = P>, invalid: Invalid) -> Self {
        Self(vec![Fault::at(path, invalid)])
    }

    pub fn push<P: Into<String>>(&mut self, path: impl IntoIterator<Item = P>, invalid: Invalid) {
        self.0.push(Fault::at(path, invalid));
    }

    /// `Ok` if nothing is wrong.
    pub fn into_result(self) -> Result<(), Self> {
        if self.0.is_empty() { Ok(()) } else { Err(self) }
    }

    /// A fault found at deserr's own location.
    pub fn located(location: ValuePointerRef, invalid: Invalid) -> Self {
        Self(vec![Fault { path: path_of(location), code: invalid.code, say: invalid.say }])
    }

    /// Adds a fault found at deserr's own location.
    pub fn push_located(&mut self, location: ValuePointerRef, invalid: Invalid) {
        self.0.extend(Self::located(location, invalid).0);
    }

    /// The faults of a part as faults of the whole, in which it stands at `place`.
    pub fn within(mut self, place: &[&str]) -> Self {
        for fault in &mut self.0 {
            fault.path.splice(0..0, place.iter().map(|step| (*step).to_owned()));
        }
        self
    }
}

fn path_of(location: ValuePointerRef) -> Vec<String> {
    let mut path = match location {
        ValuePointerRef::Origin => return Vec::new(),
        ValuePointerRef::Key { prev, .. } | ValuePointerRef::Index { prev, .. } => path_of(*prev),
    };
    path.push(match location {
        ValuePointerRef::Key { key, .. } => key.to_owned(),
        ValuePointerRef::Index { index, .. } => index.to_string(),
        ValuePointerRef::Origin => String::new(),
    });
    path
}

impl MergeWithError<Faults> for Faults {
    fn merge(known: Option<Self>, other: Faults, _: ValuePointerRef) -> ControlFlow<Self, Self> {
        let mut all = known.unwrap_or_default();
        all.0.extend(other.0);
        if all.0.len() < MOST { ControlFlow::Continue(all) } else { ControlFlow::Break(all) }
    }
}

impl DeserializeError for Faults {
    fn error<V: IntoValue>(
        known: Option<Self>,
        error: ErrorKind<V>,
        location: ValuePointerRef,
    ) -> ControlFlow<Self, Self> {
        let mut path = path_of(location);
        let invalid = match error {
            ErrorKind::IncorrectValueKind { actual, accepted } => wrong_kind(actual.kind(), accepted),
            ErrorKind::MissingField { field } => {
                path.push(field.to_owned());
                Invalid::new("missing", Say::new("Trường này bắt buộc phải có.", "This field is required."))
            }
            ErrorKind::UnknownKey { key, accepted } => {
                path.push(key.to_owned());
                let accepted = accepted.join(", ");
                Invalid::new(
                    "unknown_field",
                    say!(
                        "Không có trường này; các trường được nhận: {accepted}.",
                        "There is no such field; accepted are: {accepted}."
                    ),
                )
            }
            ErrorKind::UnknownValue { value: _, accepted } => {
                let accepted = accepted.join(", ");
                Invalid::new(
                    "unknown_value",
                    say!(
                        "Giá trị không có trong danh mục; chấp nhận: {accepted}.",
                        "This value is not in the list; accepted are: {accepted}."
                    ),
                )
            }
            ErrorKind::BadSequenceLen { expected, .. } => Invalid::new(
                "wrong_length",
                say!(
                    "Danh sách phải có đúng {expected} phần tử.",
                    "The list must have exactly {expected} items."
                ),
            ),
            // Numbers that do not fit the target type arrive here.
            ErrorKind::Unexpected { .. } => Invalid::new(
                "out_of_range",
                Say::new("Giá trị nằm ngoài khoảng cho phép.", "This value is outside the allowed range."),
            ),
        };
        Self::merge(known, Self(vec![Fault { path, code: invalid.code, say: invalid.say }]), location)
    }
}

fn wrong_kind(actual: ValueKind, accepted: &[ValueKind]) -> Invalid {
    fn names(kind: &ValueKind) -> (&'static str, &'static str) {
        match kind {
            ValueKind::Null => ("null", "null"),
            ValueKind::Boolean => ("đúng/sai", "a boolean"),
            ValueKind::Integer => ("số nguyên không âm", "a non-negative integer"),
            ValueKind::NegativeInteger => ("số nguyên âm", "a negative integer"),
            ValueKind::Float => ("số thập phân", "a decimal number"),
            ValueKind::String => ("chuỗi ký tự", "a string"),
            ValueKind::Sequence => ("danh sách", "an array"),
            ValueKind::Map => ("đối tượng", "an object"),
        }
    }
    let (got_vi, got_en) = names(&actual);
    // Also of a parameter that was given twice: query strings have no arrays.
    if let (ValueKind::Sequence, [ValueKind::String]) = (&actual, accepted) {
        let say = Say::new("Cần một giá trị, nhận được nhiều giá trị.", "Expected one value, got several.");
        return Invalid::new("wrong_type", say);
    }
    let whole = accepted.contains(&ValueKind::Integer) && accepted.contains(&ValueKind::NegativeInteger);
    let listed = accepted.iter().filter(|kind| !(whole && **kind == ValueKind::NegativeInteger));
    let named = listed.map(|kind| match kind {
        ValueKind::Integer if whole => ("số nguyên", "a whole number"),
        kind => names(kind),
    });
    let (vi, en): (Vec<_>, Vec<_>) = named.unzip();
    let (vi, en) = (vi.join(" / "), en.join(" / "));
    Invalid::new("wrong_type", say!("Cần {vi}, nhận được {got_vi}.", "Expected {en}, got {got_en}."))
}

/// Characters that show nothing and make two texts look alike, or turn the direction of what follows. The joiners of
/// emoji and of some scripts (U+200C, U+200D) are none of them.
pub fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// What is wrong with a name that people would follow as a link: names of people and organisations go into letters to
/// strangers, under our address. Only what mail programs make links of is refused, for `A.B.C`, `Co.opmart` and `No.1` are
/// names.
pub fn looks_like_a_link(name: &str) -> Option<Invalid> {
    let name: String = name.nfkc().filter(|c| !is_invisible(*c)).flat_map(char::to_lowercase).collect();
    let mut words = name.split(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '/')));
    (name.contains("://") || words.any(leads_somewhere)).then(|| {
        Invalid::new(
            "looks_like_a_link",
            Say::new(
                "Tên không được chứa liên kết hoặc tên miền.",
                "A name must not contain a link or a domain name.",
            ),
        )
    })
}

fn leads_somewhere(word: &str) -> bool {
    const DOMAINS: [&str; 11] =
        ["vn", "com", "net", "org", "info", "io", "xyz", "top", "shop", "online", "site"];
    let (host, path) = word.split_once('/').map_or((word, None), |(host, path)| (host, Some(path)));
    let Some((own, domain)) = host.trim_matches(['.', '-', '_']).rsplit_once('.') else { return false };
    let may_be_one = domain.len() >= 2 && domain.chars().all(|c| c.is_ascii_lowercase());
    own == "www" || own.starts_with("www.") || DOMAINS.contains(&domain) || (path.is_some() && may_be_one)
}

/// Makes a type with `parse(&str) -> Result<Self, Invalid>` readable from a JSON string or a query parameter.
#[macro_export]
macro_rules! parsed_input {
    ($name:ty) => {
        impl deserr::Deserr<$crate::input::Faults> for $name {
            fn deserialize_from_value<V: deserr::IntoValue>(
                value: deserr::Value<V>,
                location: deserr::ValuePointerRef,
            ) -> Result<Self, $crate::input::Faults> {
                let text = <String as deserr::Deserr<$crate::input::Faults>>::deserialize_from_value(
                    value, location,
                )?;
                <$name>::parse(&text).map_err(|invalid| $crate::input::Faults::located(location, invalid))
            }
        }
    };
}

/// A whole number within bounds: `whole_number! { /// Doc. pub struct Amount: 1..=1_000, "Giá là số nguyên", "A price is a whole
/// number" }`. The sentences go on with the bounds. Gives `new`, `get` and input.
#[macro_export]
macro_rules! whole_number {
    ($(#[$meta:meta])* pub struct $name:ident: $least:literal..=$most:literal, $vi:literal, $en:literal $(,)?) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $name(i64);

        impl $name {
            pub const MOST: i64 = $most;

            pub fn new(number: i64) -> Result<Self, $crate::say::Invalid> {
                $crate::input::bounded(number, ($least, Self::MOST), ($vi, $en)).map(Self)
            }

            pub fn get(self) -> i64 {
                self.0
            }
        }

        impl deserr::Deserr<$crate::input::Faults> for $name {
            fn deserialize_from_value<V: deserr::IntoValue>(
                value: deserr::Value<V>,
                location: deserr::ValuePointerRef,
            ) -> Result<Self, $crate::input::Faults> {
                let number = <i64 as deserr::Deserr<$crate::input::Faults>>::deserialize_from_value(value, location)?;
                Self::new(number).map_err(|invalid| $crate::input::Faults::located(location, invalid))
            }
        }
    };
}

/// What [`whole_number!`](crate::whole_number) checks.
pub fn bounded(number: i64, (least, most): (i64, i64), (vi, en): (&str, &str)) -> Result<i64, Invalid> {
    if (least..=most).contains(&number) {
        return Ok(number);
    }
    let [vi_least, vi_most] = [least, most].map(|bound| grouped(bound, Language::Vi));
    let [least, most] = [least, most].map(|bound| grouped(bound, Language::En));
    let say = say!("{vi} từ {vi_least} đến {vi_most}.", "{en} from {least} to {most}.");
    Err(Invalid::new("out_of_range", say))
}

/// A list of so many entries.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Listed<T, const LEAST: usize, const MOST: usize>(pub Vec<T>);

impl<T, const MOST: usize> Default for Listed<T, 0, MOST> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: deserr::Deserr<Faults>, const LEAST: usize, const MOST: usize> deserr::Deserr<Faults>
    for Listed<T, LEAST, MOST>
{
    fn deserialize_from_value<V: IntoValue>(
        value: deserr::Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, Faults> {
        let entries = Vec::<T>::deserialize_from_value(value, location)?;
        if (LEAST..=MOST).contains(&entries.len()) {
            return Ok(Self(entries));
        }
        let say =
            say!("Danh sách có từ {LEAST} đến {MOST} mục.", "The list has from {LEAST} to {MOST} entries.");
        Err(Faults::located(location, Invalid::new("wrong_length", say)))
    }
}

/// The members of an object whose names are not known beforehand, with the faults of all. (deserr's own maps leave out what is
/// faulty, without a word.)
pub fn members<T: deserr::Deserr<Faults>, V: IntoValue>(
    value: deserr::Value<V>,
    location: ValuePointerRef,
) -> Result<Vec<(String, T)>, Faults> {
    let deserr::Value::Map(map) = value else {
        return Err(take_cf_content(Faults::error(
            None,
            ErrorKind::IncorrectValueKind { actual: value, accepted: &[ValueKind::Map] },
            location,
        )));
    };
    let (mut members, mut faults) = (Vec::new(), Faults::default());
    for (name, value) in deserr::Map::into_iter(map) {
        match T::deserialize_from_value(value.into_value(), location.push_key(&name)) {
            Ok(member) => members.push((name, member)),
            Err(wrong) => faults.0.extend(wrong.0),
        }
    }
    faults.into_result().map(|()| members)
}

/// Reads a JSON value into `T`, or says everything that is wrong with it.
pub fn read<T: deserr::Deserr<Faults>>(value: serde_json::Value) -> Result<T, Faults> {
    deserr::deserialize::<T, _, Faults>(value)
}

/// A field of a JSON merge patch (RFC 7396): absent, `null` and a value are three different things. Use it with
/// `#[deserr(default)]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Change<T> {
    #[default]
    Keep,
    Clear,
    Set(T),
}

impl<T> Change<T> {
    /// What the change leaves of what is there.
    pub fn of(self, before: Option<T>) -> Option<T> {
        match self {
            Self::Keep => before,
            Self::Clear => None,
            Self::Set(value) => Some(value),
        }
    }
}

impl<T: deserr::Deserr<Faults>> deserr::Deserr<Faults> for Change<T> {
    fn deserialize_from_value<V: IntoValue>(
        value: deserr::Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, Faults> {
        match value {
            deserr::Value::Null => Ok(Self::Clear),
            value => T::deserialize_from_value(value, location).map(Self::Set),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_told_from_names() {
        for link in [
            "Nhận thưởng tại https://evil.example/x",
            "ftp://a",
            "WWW.evil.example",
            "Nhận quà (evil.vn)",
            "Xem evil.example/qua ngay",
            "Quà: qua-tang.Evil.COM.",
            "ai@evil.top",
            "evil．shop",
            "ev\u{200b}il.on\u{ad}line",
            "evil.com:8080",
        ] {
            assert_eq!(
                looks_like_a_link(link).map(|invalid| invalid.code),
                Some("looks_like_a_link"),
                "{link}"
            );
        }
        for name in [
            "TNHH A.B.C",
            "Co.opmart",
            "No.1",
            "HTX Bánh cáy Hương Đồng",
            "Công ty TNHH MTV S.X & T.M Ví Dụ",
            "Cơ sở 24/7",
            "HTX 19.5/Ví Dụ",
            "Hộ P.1/Q.3",
            "Công ty Vn. Ví Dụ",
            "Topshop .vn",
            "www",
        ] {
            assert_eq!(looks_like_a_link(name), None, "{name}");
        }
    }
}
