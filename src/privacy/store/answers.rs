//! The answers that are kept for repeated requests: whoever sent them, they may tell of somebody else.

use crate::accounts::UserId;
use crate::db::Conn;
use crate::schema::{delegations, idempotency_keys as keys, invitations, organisation_claims};
use diesel::prelude::*;
use std::collections::BTreeSet;

/// Answers looked through at once.
const PAGE: i64 = 200;

/// Telephone numbers with fewer digits are parts of too many numbers.
const SHORTEST_NUMBER: usize = 8;

/// What tells, in the text of an answer, that it is about a person; in lower case and as JSON writes it.
#[derive(Debug, Default)]
pub struct Traces(BTreeSet<String>);

impl Traces {
    /// An id or an address, wherever it stands.
    pub fn add(&mut self, text: &str) {
        if !text.is_empty() {
            self.0.insert(in_json(text).trim_matches('"').to_owned());
        }
    }

    /// A name: of several words wherever it stands; a single word may mean anything and counts as a whole value only.
    pub fn add_name(&mut self, name: &str) {
        let name = name.trim();
        if name.contains(char::is_whitespace) {
            self.add(name);
        } else if !name.is_empty() {
            self.0.insert(in_json(name));
        }
    }

    /// A telephone number, as it was written and as its digits alone.
    pub fn add_number(&mut self, number: &str) {
        self.add(number.trim());
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        let significant = digits.strip_prefix("84").unwrap_or(&digits).trim_start_matches('0');
        if significant.len() >= SHORTEST_NUMBER {
            self.add(significant);
        }
    }

    pub fn are_in(&self, body: &str) -> bool {
        let body = body.to_lowercase();
        self.0.iter().any(|trace| body.contains(trace))
    }
}

/// Lower case, with the quotes and what JSON escapes.
fn in_json(text: &str) -> String {
    serde_json::Value::from(text).to_string().to_lowercase()
}

/// The ids and addresses under which answers tell of a user without naming it: claims and delegations it wrote, invitations
/// it took.
pub fn traces_of(conn: &mut Conn, user: UserId, traces: &mut Traces) -> QueryResult<()> {
    let claims = organisation_claims::table.filter(organisation_claims::claimed_by.eq(user));
    let asked = delegations::table.filter(delegations::requested_by.eq(user));
    let taken = invitations::table.filter(invitations::accepted_by.eq(user));
    let mut found: Vec<String> = claims.select(organisation_claims::id).load(conn)?;
    found.extend(asked.select(delegations::id).load::<String>(conn)?);
    found.extend(taken.select(invitations::email).load::<String>(conn)?);
    found.iter().for_each(|text| traces.add(text));
    Ok(())
}

/// Deletes the stored answers, to whomever, in which one of these traces is; returns how many. There are those of 72 hours.
pub fn delete_answers(conn: &mut Conn, traces: &Traces) -> QueryResult<usize> {
    let (mut deleted, mut last) = (0, (String::new(), String::new()));
    loop {
        let page: Vec<(String, String, String)> = keys::table
            .filter(keys::scope.gt(&last.0).or(keys::scope.eq(&last.0).and(keys::key.gt(&last.1))))
            .order((keys::scope, keys::key))
            .limit(PAGE)
            .select((keys::scope, keys::key, keys::body))
            .load(conn)?;
        let Some((scope, key, _)) = page.last() else { return Ok(deleted) };
        last = (scope.clone(), key.clone());
        for (scope, key, _) in page.iter().filter(|(_, _, body)| traces.are_in(body)) {
            deleted += diesel::delete(keys::table.find((scope, key))).execute(conn)?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(fill: impl Fn(&mut Traces), body: &str) -> bool {
        let mut traces = Traces::default();
        fill(&mut traces);
        traces.are_in(body)
    }

    #[test]
    fn a_person_is_found_in_an_answer_case_and_script_aside() {
        assert!(found(|traces| traces.add("ĐÀO@shop.example"), r#"{"email":"Đào@Shop.example"}"#));
        assert!(found(|traces| traces.add_name(r#"Cô "Kín" Đáo"#), r#"{"note":"gọi CÔ \"KÍN\" ĐÁO"}"#));
        assert!(found(|traces| traces.add_name("Lan"), r#"{"name":"lan"}"#));
        assert!(!found(|traces| traces.add_name("Lan"), r#"{"name":"Lan tỏa"}"#));
        assert!(found(|traces| traces.add_number("+84 912 345 678"), r#"{"note":"số 0912345678"}"#));
        assert!(!found(|traces| traces.add_number("113"), r#"{"note":"114"}"#));
        assert!(!found(|traces| traces.add_name(" "), r#"{"note":" "}"#));
    }
}
