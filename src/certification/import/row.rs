//! From a row of text to what it states, or all that is wrong with it at once.

mod subject;

use super::file::Row;
use super::header::ImportColumn as Column;
use super::report::Remark;
use crate::certification::authorities;
use crate::certification::model::{
    Claim, Decision, DecisionNumber, Hearsay, Issuer, Recognition, Score, SourceUrl, Stars, Subject,
    check_day, check_term,
};
use crate::db::Day;
use crate::reference::{Place, Reference, Taxonomy};
use crate::say;
use crate::say::{Invalid, Say};

/// What a row states.
pub enum Statement {
    /// Stars, decision and date are all there.
    Recognition(Recognition),
    /// Something of them is missing.
    Claim(Claim),
}

impl Statement {
    pub fn subject(&self) -> &Subject {
        match self {
            Self::Recognition(recognition) => &recognition.subject,
            Self::Claim(claim) => &claim.subject,
        }
    }
}

/// A row that can be entered, with what is worth telling about it.
pub struct Read {
    pub statement: Statement,
    pub notes: Vec<Remark>,
}

/// A row that cannot.
#[derive(Debug)]
pub struct Refused {
    /// No fault, only something to ask.
    pub is_question: bool,
    pub remarks: Vec<Remark>,
}

/// Reads a row; `province` is the only one that is allowed, if any is.
pub fn read(row: &Row, reference: &Reference, today: Day, province: Option<&str>) -> Result<Read, Refused> {
    let mut reader =
        Reader { row, reference, today, notes: Vec::new(), faults: Vec::new(), questions: Vec::new() };
    for (column, invalid) in &row.malformed {
        reader.faults.push(Remark::about(*column, None, invalid.clone()));
    }
    let statement = reader.statement(province);
    let Reader { notes, mut faults, questions, .. } = reader;
    let is_question = faults.is_empty();
    faults.extend(questions);
    match statement {
        Some(statement) if faults.is_empty() => Ok(Read { statement, notes }),
        _ => Err(Refused { is_question, remarks: faults }),
    }
}

struct Reader<'a> {
    row: &'a Row,
    reference: &'a Reference,
    today: Day,
    notes: Vec<Remark>,
    faults: Vec<Remark>,
    questions: Vec<Remark>,
}

impl Reader<'_> {
    fn fault(&mut self, column: Column, invalid: Invalid) {
        let value = self.row.get(column);
        self.faults.push(Remark::about(Some(column), value, invalid));
    }

    fn note(&mut self, column: Column, code: &'static str, say: Say) {
        let value = self.row.get(column);
        self.notes.push(Remark::about(Some(column), value, Invalid::new(code, say)));
    }

    /// A column's value, if there is one and it is right.
    fn parse<T>(&mut self, column: Column, parse: impl FnOnce(&str) -> Result<T, Invalid>) -> Option<T> {
        match parse(self.row.get(column)?) {
            Ok(value) => Some(value),
            Err(invalid) => {
                self.fault(column, invalid);
                None
            }
        }
    }

    /// Notes a fault of a column if a rule says so.
    fn check(&mut self, column: Column, rule: Result<(), Invalid>) {
        if let Err(invalid) = rule {
            self.fault(column, invalid);
        }
    }

    fn statement(&mut self, province: Option<&str>) -> Option<Statement> {
        let decided_on = self.parse(Column::DecisionDate, parse_day);
        if let Some(day) = decided_on {
            self.check(Column::DecisionDate, check_day(day, self.today));
        }
        let number = self.parse(Column::DecisionNo, DecisionNumber::parse);
        let stars = self.parse(Column::Stars, Stars::parse);
        let score = self.parse(Column::Score, Score::parse);
        if let (Some(score), Some(stars)) = (score, stars) {
            self.check(Column::Score, score.require(stars));
        }
        let issuer = self.parse(Column::Issuer, Issuer::parse);
        let valid_until = self.parse(Column::ValidUntil, parse_day);
        if let (Some(decided_on), Some(valid_until)) = (decided_on, valid_until) {
            self.check(Column::ValidUntil, check_term(decided_on, valid_until));
        }
        let source_url = self.parse(Column::SourceUrl, SourceUrl::parse);
        let criteria_version = self.parse(Column::CriteriaVersion, Taxonomy::parse);
        let taxonomy =
            criteria_version.unwrap_or_else(|| Taxonomy::in_force_on(decided_on.unwrap_or(self.today)));
        let (group_code, set_no) = self.classification(taxonomy);
        let subject = self.subject(decided_on, province);

        let (Some(stars), Some(number), Some(decided_on)) = (stars, number.as_ref(), decided_on) else {
            let said = Hearsay { issuer, number, decided_on, stars, score, group_code, source_url };
            return Some(Statement::Claim(Claim { subject: subject?, said }));
        };
        let subject = subject?;
        let issuer = match issuer {
            Some(issuer) => issuer,
            None => self.derive_issuer(number, stars, decided_on, &subject.place)?,
        };
        Some(Statement::Recognition(Recognition {
            subject,
            decision: Decision { issuer, number: number.clone(), decided_on },
            stars,
            score,
            criteria_version,
            group_code,
            set_no,
            valid_until,
            source_url,
        }))
    }

    /// The issuer that follows from the law, unless one was given and is wrong, which has been said.
    fn derive_issuer(
        &mut self,
        number: &DecisionNumber,
        stars: Stars,
        on: Day,
        place: &Place,
    ) -> Option<Issuer> {
        if self.row.get(Column::Issuer).is_some() {
            return None;
        }
        let authorities = authorities(self.reference, place, on);
        let Some(issuer) = Issuer::derive(number, stars, on, &authorities) else {
            let stars = stars.number();
            let say = match authorities.province {
                None => say!(
                    "Nơi sản xuất chưa cho biết tỉnh nào quyết định vào ngày {on}; hãy ghi cột issuer.",
                    "The place does not tell which province decided on {on}; please fill in the column issuer."
                ),
                Some(_) => say!(
                    "Theo luật ngày {on} không có cơ quan nào ký số này cho {stars} sao; hãy ghi cột issuer nếu \
                     đúng là như vậy.",
                    "By the law of {on} no authority signs this number for {stars} stars; fill in the column issuer \
                     if it is right."
                ),
            };
            self.fault(Column::DecisionNo, Invalid::new("issuer_unclear", say));
            return None;
        };
        let name = issuer.as_str();
        let say = say!(
            "Cơ quan ban hành suy ra từ số quyết định, nơi sản xuất, số sao và luật khi ấy: {name}.",
            "The issuer follows from the number, the place, the stars and the law of the time: {name}."
        );
        self.note(Column::Issuer, "issuer_derived", say);
        Some(issuer)
    }

    /// Group and set by the list of their time.
    fn classification(&mut self, taxonomy: Taxonomy) -> (Option<String>, Option<i64>) {
        let group = self.group(taxonomy);
        let reference = self.reference;
        let set_no = self.parse(Column::SetNo, |text| set_no(reference, taxonomy, text));
        let of_set = set_no.and_then(|set_no| self.reference.set_group(taxonomy, set_no)).map(str::to_owned);
        if let (Some(group), Some(of_set)) = (&group, &of_set)
            && group != of_set
        {
            let say = say!(
                "Bộ tiêu chí này thuộc nhóm {of_set}, không phải {group}.",
                "This criteria set belongs to the group {of_set}, not {group}."
            );
            self.fault(Column::SetNo, Invalid::new("set_of_another_group", say));
        }
        (group.or(of_set), set_no)
    }

    fn group(&mut self, taxonomy: Taxonomy) -> Option<String> {
        let text = self.row.get(Column::Group)?;
        if let Some(code) = self.reference.group_code(taxonomy, text) {
            return Some(code.to_owned());
        }
        if Taxonomy::ALL.iter().any(|other| self.reference.group_code(*other, text).is_some()) {
            let year = taxonomy.as_str();
            let say = say!(
                "Danh mục {year} không có nhóm này; sản phẩm được ghi không kèm nhóm.",
                "The list of {year} has no such group; the product is recorded without one."
            );
            self.note(Column::Group, "group_of_another_list", say);
        } else {
            let say = Say::new(
                "Không có nhóm sản phẩm này; danh mục ở /v1/product-groups.",
                "There is no such product group; the list is at /v1/product-groups.",
            );
            self.fault(Column::Group, Invalid::new("unknown_group", say));
        }
        None
    }
}

fn set_no(reference: &Reference, taxonomy: Taxonomy, text: &str) -> Result<i64, Invalid> {
    let known = |set_no: &i64| reference.set_group(taxonomy, *set_no).is_some();
    text.parse().ok().filter(known).ok_or_else(|| {
        let year = taxonomy.as_str();
        let say = say!(
            "Danh mục {year} không có bộ tiêu chí mang số này.",
            "The list of {year} has no criteria set of this number."
        );
        Invalid::new("unknown_set", say)
    })
}

/// Reads `YYYY-MM-DD`, or `D/M/YYYY` as Vietnam writes it.
fn parse_day(text: &str) -> Result<Day, Invalid> {
    // The count of days behind a date, where a sheet's column is not formatted as one; or just a year.
    if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        let say = Say::new(
            "Đây là một con số, không phải ngày; trong Excel hãy định dạng cột là Ngày (Date), hoặc ghi như 22/5/2026.",
            "This is a number, not a date; in Excel format the column as a date, or write it as 22/5/2026.",
        );
        return Err(Invalid::new("invalid_date", say));
    }
    let written: Vec<&str> = text.split('/').collect();
    let day = match written.as_slice() {
        [day, month, year]
            if year.len() == 4 && (1..=2).contains(&day.len()) && (1..=2).contains(&month.len()) =>
        {
            Day::parse(&format!("{year}-{month:0>2}-{day:0>2}"))
        }
        _ => Day::parse(text),
    };
    day.map_err(|_| {
        Invalid::new(
            "invalid_date",
            Say::new(
                "Ngày phải có dạng NĂM-THÁNG-NGÀY hoặc NGÀY/THÁNG/NĂM, ví dụ 2026-05-22 hoặc 22/5/2026.",
                "A date is written YYYY-MM-DD or D/M/YYYY, for example 2026-05-22 or 22/5/2026.",
            ),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_both_forms() {
        for (text, day) in
            [("2026-05-22", "2026-05-22"), ("22/5/2026", "2026-05-22"), ("05/08/2026", "2026-08-05")]
        {
            assert_eq!(parse_day(text).as_ref().map(Day::as_str), Ok(day), "{text}");
        }
        for wrong in
            ["5/22/2026", "22/5/26", "22-5-2026", "2026/05/22", "29/2/2025", "46239", "1/1/1/2026", "//2026"]
        {
            assert!(parse_day(wrong).is_err(), "{wrong}");
        }
        for number in ["46239", "46239.5", "2026"] {
            let invalid = parse_day(number).expect_err("a number");
            assert_eq!(invalid.code, "invalid_date");
            assert!(invalid.say.en.contains("format the column as a date"), "{number}");
        }
    }
}
