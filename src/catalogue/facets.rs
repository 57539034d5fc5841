//! Small closed sets of values that products are filtered and counted by.

use crate::listings::DocumentKind;

/// A set of kinds of certificates, each a bit ([`DocumentKind::bit`]).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Certificates(pub u16);

impl FromIterator<DocumentKind> for Certificates {
    fn from_iter<I: IntoIterator<Item = DocumentKind>>(kinds: I) -> Self {
        Self(kinds.into_iter().fold(0, |bits, kind| bits | kind.bit()))
    }
}

/// Months of the year, January the lowest bit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Months(pub u16);

impl Months {
    /// The set of one month, 1 to 12.
    pub fn month(number: u32) -> Option<Self> {
        (1..=12).contains(&number).then(|| Self(1 << (number - 1)))
    }

    pub fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

crate::text_enum! {
    /// Bands of prices in đồng, each without its upper end.
    pub enum PriceBand {
        Under50k = "under_50k",
        From50k = "50k_100k",
        From100k = "100k_200k",
        From200k = "200k_500k",
        From500k = "500k_1m",
        From1m = "from_1m",
    }
}

impl PriceBand {
    /// The band that a price is in.
    pub fn of(price: i64) -> Self {
        match price {
            ..50_000 => Self::Under50k,
            50_000..100_000 => Self::From50k,
            100_000..200_000 => Self::From100k,
            200_000..500_000 => Self::From200k,
            500_000..1_000_000 => Self::From500k,
            1_000_000.. => Self::From1m,
        }
    }

    /// Its prices in đồng, both ends included. Products without a price are in none.
    pub fn range(self) -> std::ops::RangeInclusive<i64> {
        match self {
            Self::Under50k => i64::MIN..=49_999,
            Self::From50k => 50_000..=99_999,
            Self::From100k => 100_000..=199_999,
            Self::From200k => 200_000..=499_999,
            Self::From500k => 500_000..=999_999,
            Self::From1m => 1_000_000..=i64::MAX - 1,
        }
    }
}
