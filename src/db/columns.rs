//! Portable column types. Each has one implementation for both engines, because it can lend what it stores: ids,
//! days and text enums a `&str`, instants an `i64`.

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::{BigInt, Text};
use jiff::civil::Date;
use std::fmt;
use std::str::FromStr;

use crate::say::{Invalid, Say};

/// A UUIDv7 (RFC 9562) as its 36 ASCII characters: `Copy`, no heap, sorted by time on both engines. Domain ids wrap
/// it (see [`id_type!`](crate::id_type)).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub struct Key([u8; 36]);

impl Key {
    /// A key made at `at` from ten random bytes.
    pub fn new(at: Instant, random: [u8; 10]) -> Self {
        let millis = u64::try_from(at.micros() / 1000).unwrap_or(0);
        Self::from(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
    }

    pub fn as_str(&self) -> &str {
        // Written only by the hyphenated encoder below, hence ASCII.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The same as a number.
    pub fn number(&self) -> u128 {
        uuid::Uuid::try_parse_ascii(&self.0).map(|id| id.as_u128()).unwrap_or_default()
    }

    /// The value of the last two hex digits, which are random.
    pub fn last_byte(&self) -> u8 {
        let tail = self.as_str().get(34..).unwrap_or_default();
        u8::from_str_radix(tail, 16).unwrap_or_default()
    }

    /// Accepts any UUID in the usual hyphenated form, whatever its case.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let unknown =
            || Invalid::new("invalid_id", Say::new("Không phải mã định danh UUID.", "This is not a UUID."));
        if text.len() != 36 {
            return Err(unknown());
        }
        uuid::Uuid::try_parse(text).map(Self::from).map_err(|_| unknown())
    }
}

impl From<uuid::Uuid> for Key {
    fn from(id: uuid::Uuid) -> Self {
        let mut text = [0; 36];
        id.hyphenated().encode_lower(&mut text);
        Self(text)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl<DB: Backend> FromSql<Text, DB> for Key
where
    String: FromSql<Text, DB>,
{
    fn from_sql(value: DB::RawValue<'_>) -> deserialize::Result<Self> {
        let text = String::from_sql(value)?;
        Self::parse(&text).map_err(|_| format!("not an id: {text}").into())
    }
}

impl<DB: Backend> ToSql<Text, DB> for Key
where
    str: ToSql<Text, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.as_str().to_sql(out)
    }
}

/// Declares a domain id around [`Key`]: `id_type!(/// An organisation's id. OrganisationId);`
#[macro_export]
macro_rules! id_type {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord,
            diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
        #[diesel(sql_type = diesel::sql_types::Text)]
        pub struct $name($crate::db::columns::Key);

        impl $name {
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }

            pub fn parse(text: &str) -> Result<Self, $crate::say::Invalid> {
                $crate::db::columns::Key::parse(text).map(Self)
            }
        }

        impl $name {
            pub fn key(&self) -> $crate::db::columns::Key {
                self.0
            }
        }

        impl From<$crate::db::columns::Key> for $name {
            fn from(key: $crate::db::columns::Key) -> Self {
                Self(key)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        $crate::text_column!($name, |text: &str| $name::parse(text).ok());
        $crate::string_schema!($name, "uuid", "01999f6e-3c1a-7d55-9a3e-0c0f7a1b2c3d");
        $crate::parsed_input!($name);
    };
}

/// Diesel, `Debug` and serde for a type that lends its text by `as_str` and is read back by a function. Of personal
/// data (`text_column!(personal Name, …)`) `Debug` shows nothing, lest it end up in a log.
#[macro_export]
macro_rules! text_column {
    (personal $name:ident, $read:expr) => {
        $crate::text_column!(@stored $name, $read);

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    };
    ($name:ident, $read:expr) => {
        $crate::text_column!(@stored $name, $read);

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
    (@stored $name:ident, $read:expr) => {
        impl<DB: diesel::backend::Backend> diesel::deserialize::FromSql<diesel::sql_types::Text, DB> for $name
        where
            String: diesel::deserialize::FromSql<diesel::sql_types::Text, DB>,
        {
            fn from_sql(value: DB::RawValue<'_>) -> diesel::deserialize::Result<Self> {
                let text = String::from_sql(value)?;
                let read: fn(&str) -> Option<$name> = $read;
                read(&text).ok_or_else(|| format!(concat!("not a ", stringify!($name), ": {}"), text).into())
            }
        }

        impl<DB: diesel::backend::Backend> diesel::serialize::ToSql<diesel::sql_types::Text, DB> for $name
        where
            str: diesel::serialize::ToSql<diesel::sql_types::Text, DB>,
        {
            fn to_sql<'b>(
                &'b self,
                out: &mut diesel::serialize::Output<'b, '_, DB>,
            ) -> diesel::serialize::Result {
                self.as_str().to_sql(out)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        /// What this service itself has written; input is read by deserr.
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                let read: fn(&str) -> Option<$name> = $read;
                read(&text).ok_or_else(|| serde::de::Error::custom(concat!("not a ", stringify!($name))))
            }
        }
    };
}

/// Diesel for a newtype over an integer kept as BIGINT, read back by a function that checks it.
#[macro_export]
macro_rules! integer_column {
    ($name:ident, $read:path) => {
        impl<DB: diesel::backend::Backend> diesel::deserialize::FromSql<diesel::sql_types::BigInt, DB>
            for $name
        where
            i64: diesel::deserialize::FromSql<diesel::sql_types::BigInt, DB>,
        {
            fn from_sql(value: DB::RawValue<'_>) -> diesel::deserialize::Result<Self> {
                let number = i64::from_sql(value)?;
                $read(number).map_err(|_| format!(concat!("not ", stringify!($name), ": {}"), number).into())
            }
        }

        impl<DB: diesel::backend::Backend> diesel::serialize::ToSql<diesel::sql_types::BigInt, DB> for $name
        where
            i64: diesel::serialize::ToSql<diesel::sql_types::BigInt, DB>,
        {
            fn to_sql<'b>(
                &'b self,
                out: &mut diesel::serialize::Output<'b, '_, DB>,
            ) -> diesel::serialize::Result {
                self.0.to_sql(out)
            }
        }
    };
}

/// An enum kept as text: `text_enum! { /// Doc. pub enum Level { Province = "province", … } }`.
/// Gives `as_str`, `ALL`, `parse`, diesel, serde, input and OpenAPI.
#[macro_export]
macro_rules! text_enum {
    ($(#[$($meta:tt)*])* pub enum $name:ident { $($(#[$($vmeta:tt)*])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$($meta)*])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord,
            diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
        #[diesel(sql_type = diesel::sql_types::Text)]
        pub enum $name { $($(#[$($vmeta)*])* $variant),+ }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            pub fn as_str(&self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// Reads the exact text of one of the variants.
            pub fn parse(text: &str) -> Result<Self, $crate::say::Invalid> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    _ => {
                        let accepted = [$($text),+].join(", ");
                        Err($crate::say::Invalid::new("unknown_value", $crate::say!(
                            "Giá trị không có trong danh mục; chấp nhận: {accepted}.",
                            "This value is not in the list; accepted are: {accepted}."
                        )))
                    }
                }
            }
        }

        $crate::text_column!($name, |text: &str| $name::parse(text).ok());
        $crate::parsed_input!($name);

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                let head = $crate::doc_text!($([$($meta)*])*);
                let values = [$(($text, $crate::doc_text!($([$($vmeta)*])*))),+];
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .enum_values(Some([$($text),+]))
                    .description(Some($crate::db::columns::description(head, &values)))
                    .into()
            }
        }
        impl utoipa::ToSchema for $name {}
    };
}

/// The doc comment among attributes, as text.
#[macro_export]
macro_rules! doc_text {
    () => { "" };
    ([doc = $line:literal] $($rest:tt)*) => { concat!($line, $crate::doc_text!($($rest)*)) };
    ([$($other:tt)*] $($rest:tt)*) => { $crate::doc_text!($($rest)*) };
}

/// What an enum is and what its values mean, for readers of the OpenAPI document; values that explain themselves are left
/// out.
pub fn description(head: &str, values: &[(&str, &str)]) -> String {
    let explained = values.iter().filter(|(_, meaning)| !meaning.is_empty());
    let lines: Vec<String> =
        explained.map(|(value, meaning)| format!("- `{value}`: {}", meaning.trim())).collect();
    match lines.is_empty() {
        true => head.trim().to_owned(),
        false => format!("{}\n\n{}", head.trim(), lines.join("\n")),
    }
}

/// OpenAPI schema of a type that is a string of some format.
#[macro_export]
macro_rules! string_schema {
    ($name:ident, $format:literal, $example:literal) => {
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .format(Some(utoipa::openapi::schema::SchemaFormat::Custom($format.into())))
                    .examples([$example])
                    .into()
            }
        }
        impl utoipa::ToSchema for $name {}
    };
}

/// An instant in UTC, to the microsecond; RFC 3339 on the wire, BIGINT in the database.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, AsExpression, FromSqlRow)]
#[diesel(sql_type = BigInt)]
pub struct Instant(i64);

impl Instant {
    /// An instant as requests write it (RFC 3339, with its offset); what is finer than a microsecond is left off.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let read: Result<jiff::Timestamp, _> = text.parse();
        read.map(|at| Self(at.as_microsecond())).map_err(|_| {
            Invalid::new(
                "invalid_instant",
                Say::new(
                    "Cần thời điểm theo RFC 3339, ví dụ 2026-11-23T09:30:00+07:00.",
                    "Expected an instant as in RFC 3339, for example 2026-11-23T09:30:00+07:00.",
                ),
            )
        })
    }

    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    pub const fn micros(self) -> i64 {
        self.0
    }

    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }

    /// Whole seconds since 1970, as JWT claims want them.
    pub const fn unix_seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// The local day in Asia/Ho_Chi_Minh (UTC+7 since 1975, no summer time): the day the law counts in.
    pub fn local_day(self) -> Day {
        const SEVEN_HOURS: i64 = 7 * 3600;
        let days = self.plus_seconds(SEVEN_HOURS).unix_seconds().div_euclid(86_400);
        Day::constant(1970, 1, 1).plus_days(days)
    }
}

crate::parsed_input!(Instant);

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        jiff::Timestamp::from_microsecond(self.0).unwrap_or_default().fmt(f)
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl serde::Serialize for Instant {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Instant {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        let at: jiff::Timestamp = text.parse().map_err(serde::de::Error::custom)?;
        Ok(Self(at.as_microsecond()))
    }
}

crate::string_schema!(Instant, "date-time", "2026-11-23T08:15:30.123456Z");

impl<DB: Backend> FromSql<BigInt, DB> for Instant
where
    i64: FromSql<BigInt, DB>,
{
    fn from_sql(value: DB::RawValue<'_>) -> deserialize::Result<Self> {
        i64::from_sql(value).map(Self)
    }
}

impl<DB: Backend> ToSql<BigInt, DB> for Instant
where
    i64: ToSql<BigInt, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.0.to_sql(out)
    }
}

/// A local day of Asia/Ho_Chi_Minh, as the law uses it; `YYYY-MM-DD` on the wire and in the database.
///
/// Keeps its text beside the date, so that it can lend it to both engines.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub struct Day {
    date: Date,
    text: [u8; 10],
}

impl Day {
    pub const fn constant(year: i16, month: i8, day: i8) -> Self {
        Self::written(
            Date::constant(year, month, day),
            year.unsigned_abs(),
            month.unsigned_abs(),
            day.unsigned_abs(),
        )
    }

    pub fn from_date(date: Date) -> Self {
        Self::written(
            date,
            date.year().unsigned_abs(),
            date.month().unsigned_abs(),
            date.day().unsigned_abs(),
        )
    }

    const fn written(date: Date, year: u16, month: u8, day: u8) -> Self {
        const fn digit(number: u16, place: u16) -> u8 {
            b'0' + (number / place % 10) as u8
        }
        let (m, d) = (month as u16, day as u16);
        let (y1, y2, y3, y4) = (digit(year, 1000), digit(year, 100), digit(year, 10), digit(year, 1));
        let text = [y1, y2, y3, y4, b'-', digit(m, 10), digit(m, 1), b'-', digit(d, 10), digit(d, 1)];
        Self { date, text }
    }

    pub const fn date(self) -> Date {
        self.date
    }

    pub fn as_str(&self) -> &str {
        // Written only by `from_date`, hence ASCII.
        std::str::from_utf8(&self.text).unwrap_or_default()
    }

    /// Reads `YYYY-MM-DD`, years 1900 to 2999.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let shaped = text.len() == 10
            && text.bytes().enumerate().all(|(i, b)| match i {
                4 | 7 => b == b'-',
                _ => b.is_ascii_digit(),
            });
        Date::from_str(text)
            .ok()
            .filter(|date| shaped && (1900..3000).contains(&date.year()))
            .map(Self::from_date)
            .ok_or_else(|| {
                Invalid::new(
                    "invalid_date",
                    Say::new(
                        "Ngày có trong lịch, viết dạng NĂM-THÁNG-NGÀY, ví dụ 2026-05-22.",
                        "A day of the calendar, written YYYY-MM-DD, for example 2026-05-22.",
                    ),
                )
            })
    }

    /// `n` days later (earlier if negative), clamped to the calendar's range.
    pub fn plus_days(self, n: i64) -> Self {
        Self::from_date(self.date.saturating_add(jiff::Span::new().try_days(n).unwrap_or_default()))
    }

    /// `n` months later; a day the month does not have becomes its last (29 February + 36 months = 28 February).
    pub fn plus_months(self, n: i64) -> Self {
        Self::from_date(self.date.saturating_add(jiff::Span::new().try_months(n).unwrap_or_default()))
    }

    /// Days from `self` to `other`.
    pub fn days_until(self, other: Self) -> i64 {
        self.date.until(other.date).map(|span| i64::from(span.get_days())).unwrap_or(0)
    }

    /// The first instant of this local day.
    pub fn start(self) -> Instant {
        const SEVEN_HOURS: i64 = 7 * 3600;
        let days = Self::constant(1970, 1, 1).days_until(self);
        Instant::from_micros(0).plus_seconds(days * 86_400 - SEVEN_HOURS)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

crate::text_column!(Day, |text: &str| Day::parse(text).ok());
crate::string_schema!(Day, "date", "2026-05-22");
crate::parsed_input!(Day);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_local_day_is_seven_hours_ahead_of_utc() {
        let day = Day::constant(2026, 11, 23);
        assert_eq!(day.start().to_string(), "2026-11-22T17:00:00Z");
        assert_eq!(day.start().local_day(), day);
        let last_microsecond = Instant::from_micros(day.plus_days(1).start().micros() - 1);
        assert_eq!(last_microsecond.local_day(), day);
        assert_eq!(day.plus_days(1).start().local_day().to_string(), "2026-11-24");
    }

    #[test]
    fn days_are_read_strictly() {
        assert_eq!(Day::parse("2024-02-29").map(|d| d.to_string()).as_deref(), Ok("2024-02-29"));
        for wrong in [
            "2023-02-29",
            "2024-2-29",
            "24-02-29",
            "2024-02-29 ",
            "1899-12-31",
            "20240229",
            "",
            "２024-02-29",
        ] {
            assert!(Day::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn keys_sort_by_time_and_are_version_7() {
        let early = Key::new(Instant::from_micros(1_700_000_000_000_000), [255; 10]);
        let late = Key::new(Instant::from_micros(1_700_000_000_001_000), [0; 10]);
        assert!(early < late);
        assert_eq!(early.as_str().as_bytes().get(14), Some(&b'7'));
        assert!(Key::parse(early.as_str()).is_ok());
        assert!(Key::parse("not-a-uuid").is_err());
    }
}
