//! What somebody states: a recognition by a decision, or only a claim of one; and the rules both must keep.

use super::{DecisionNumber, Issuer, Score, Stars, term_end};
use crate::db::Day;
use crate::organisations::{Described, EntityType, OrganisationName};
use crate::products::{Gtin, ProductName};
use crate::reference::{Place, Taxonomy};
use crate::say;
use crate::say::{Invalid, Say};
use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// First day of the programme's first criteria: no decision on stars is older (Decision 1048/QĐ-TTg).
const PROGRAMME_SINCE: Day = Day::constant(2019, 8, 21);

/// A decision as the ledger's key has it: the number alone restarts every year at every issuer.
#[derive(Debug, Clone, PartialEq, Eq, Hash, diesel::Queryable, Serialize, Deserialize, ToSchema)]
pub struct Decision {
    pub issuer: Issuer,
    pub number: DecisionNumber,
    pub decided_on: Day,
}

/// Which product of which producer is meant.
#[derive(Debug, Clone)]
pub struct Subject {
    pub product_name: ProductName,
    pub gtin: Option<Gtin>,
    pub producer_name: Option<OrganisationName>,
    pub entity_type: Option<EntityType>,
    /// With a known province of today.
    pub place: Place,
}

impl Subject {
    pub fn producer(&self) -> Described<'_> {
        Described { name: self.producer_name.as_ref(), entity_type: self.entity_type, place: &self.place }
    }
}

/// A recognition: a product got stars by a decision. Whoever builds one has applied [`check_day`], [`check_term`] and
/// [`Score::require`].
#[derive(Debug, Clone)]
pub struct Recognition {
    pub subject: Subject,
    pub decision: Decision,
    pub stars: Stars,
    pub score: Option<Score>,
    /// The act whose criteria were applied, if it is not the one in force on the day of the decision: dossiers filed
    /// before a new act were finished under the old one.
    pub criteria_version: Option<Taxonomy>,
    pub group_code: Option<String>,
    pub set_no: Option<i64>,
    /// Last day of the term, if the decision gives less than 36 months.
    pub valid_until: Option<Day>,
    pub source_url: Option<SourceUrl>,
}

impl Recognition {
    /// The act whose criteria were applied, and whose list group and set are of.
    pub fn taxonomy(&self) -> Taxonomy {
        self.criteria_version.unwrap_or_else(|| Taxonomy::in_force_on(self.decision.decided_on))
    }
}

/// A claim: a source says a product is recognised, but its stars, decision or date were not seen.
#[derive(Debug, Clone)]
pub struct Claim {
    pub subject: Subject,
    pub said: Hearsay,
}

/// What a source says of a recognition, as far as it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hearsay {
    pub issuer: Option<Issuer>,
    pub number: Option<DecisionNumber>,
    pub decided_on: Option<Day>,
    pub stars: Option<Stars>,
    pub score: Option<Score>,
    pub group_code: Option<String>,
    pub source_url: Option<SourceUrl>,
}

/// A decision has been made: since the programme began, and not after today.
pub fn check_day(decided_on: Day, today: Day) -> Result<(), Invalid> {
    if decided_on > today {
        return Err(Invalid::new(
            "in_the_future",
            say!(
                "Ngày quyết định sau hôm nay ({today}).",
                "The day of the decision is after today ({today})."
            ),
        ));
    }
    if decided_on < PROGRAMME_SINCE {
        return Err(Invalid::new(
            "before_the_programme",
            say!(
                "Trước {PROGRAMME_SINCE} chưa có bộ tiêu chí OCOP nào (Quyết định 1048/QĐ-TTg).",
                "There were no OCOP criteria before {PROGRAMME_SINCE} (Decision 1048/QĐ-TTg)."
            ),
        ));
    }
    Ok(())
}

/// A term begins on the day of the decision and lasts 36 months at most.
pub fn check_term(decided_on: Day, valid_until: Day) -> Result<(), Invalid> {
    let longest = term_end(decided_on);
    if (decided_on..=longest).contains(&valid_until) {
        return Ok(());
    }
    Err(Invalid::new(
        "term_out_of_range",
        say!(
            "Giấy chứng nhận có hạn trong khoảng từ {decided_on} đến {longest} (36 tháng).",
            "A certificate ends between {decided_on} and {longest} (36 months)."
        ),
    ))
}

/// Where a statement was read: an address of the web, at most 2,000 characters.
#[derive(Clone, PartialEq, Eq, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub struct SourceUrl(String);

impl SourceUrl {
    const LONGEST: usize = 2_000;

    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let fits = text.chars().count() <= Self::LONGEST
            && !text.contains(|c: char| c.is_control() || c.is_whitespace());
        match rest {
            Some(rest) if fits && !rest.is_empty() && !rest.starts_with('/') => Ok(Self(text.to_owned())),
            _ => Err(Invalid::new(
                "invalid_url",
                Say::new(
                    "Địa chỉ nguồn bắt đầu bằng https:// hoặc http://, không có khoảng trắng, dài nhất 2.000 ký tự.",
                    "A source begins with https:// or http://, has no spaces and at most 2,000 characters.",
                ),
            )),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

crate::text_column!(SourceUrl, |text: &str| SourceUrl::parse(text).ok());
crate::string_schema!(SourceUrl, "uri", "https://ocop.example.vn/quyet-dinh/3981.pdf");
crate::parsed_input!(SourceUrl);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_lies_between_the_first_criteria_and_today() {
        let today = Day::constant(2026, 11, 23);
        assert_eq!(check_day(PROGRAMME_SINCE, today), Ok(()));
        assert_eq!(check_day(today, today), Ok(()));
        assert!(check_day(today.plus_days(1), today).is_err());
        assert!(check_day(PROGRAMME_SINCE.plus_days(-1), today).is_err());
    }

    #[test]
    fn a_term_may_be_shorter_than_the_law_gives_but_not_longer() {
        let decided_on = Day::constant(2024, 2, 29);
        for (until, right) in
            [("2024-02-28", false), ("2024-02-29", true), ("2027-02-28", true), ("2027-03-01", false)]
        {
            let until = Day::parse(until).expect("a day");
            assert_eq!(check_term(decided_on, until).is_ok(), right, "{until}");
        }
    }

    #[test]
    fn a_source_is_an_address() {
        for right in
            ["https://x.vn/a?b=%C4%90#c", "http://thaibinhtv.vn/news/64", "https://vietnam24h.vn:443/m"]
        {
            assert!(SourceUrl::parse(right).is_ok(), "{right}");
        }
        for wrong in [
            "",
            "https://",
            "https:///x",
            "ftp://x.vn",
            "báo Thái Bình",
            "javascript:alert(1)",
            "https://x .vn",
        ] {
            assert!(SourceUrl::parse(wrong).is_err(), "{wrong}");
        }
    }
}
