//! What stands in the place of what was erased, and finding a person in somebody else's text.

/// In the place of names and texts.
pub const ERASED_TEXT: &str = "[đã xóa / erased]";

/// In the place of a file's name.
pub const ERASED_FILE: &str = "erased";

/// In the place of a name or a number inside a text.
const GAP: &str = "[…]";

/// Names shorter than this are parts of too many words.
const SHORTEST_NAME: usize = 4;

/// A text without the name, the address and the telephone number of a person; `None` if they are not in it.
pub fn without(text: &str, name: &str, email: Option<&str>, phone: Option<&str>) -> Option<String> {
    let mut changed = text.to_owned();
    if name.chars().count() >= SHORTEST_NAME {
        changed = without_words(&changed, name);
    }
    if let Some(email) = email {
        changed = without_words(&changed, email);
    }
    if let Some(phone) = phone {
        changed = without_number(&changed, phone);
    }
    (changed != text).then_some(changed)
}

/// The texts that people choose in the details of an event; the others are ids, days and numbers.
const CHOSEN: [&str; 3] = ["place", "carrier", "number"];

/// The details of an event (JSON) with the texts in them as `change` wants them: another text, none at all (`None`).
pub fn details_with(details: &str, change: impl Fn(&str) -> Option<String>) -> Option<String> {
    let mut parsed: serde_json::Value = serde_json::from_str(details).ok()?;
    let members = parsed.as_object_mut()?;
    for name in CHOSEN {
        let Some(text) = members.get(name).and_then(serde_json::Value::as_str) else { continue };
        match change(text) {
            Some(text) => members.insert(name.to_owned(), text.into()),
            None => members.remove(name),
        };
    }
    Some(parsed.to_string())
}

/// Case aside. (Lower-casing may change how many characters there are; the rare letters that do are left alone.)
fn without_words(text: &str, words: &str) -> String {
    let lower = |c: char| c.to_lowercase().next().unwrap_or(c);
    let wanted: Vec<char> = words.chars().map(lower).collect();
    let given: Vec<char> = text.chars().collect();
    let mut result = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(one) = given.get(at) {
        let here = given.get(at..at + wanted.len());
        let matches =
            here.is_some_and(|here| here.iter().zip(&wanted).all(|(one, other)| lower(*one) == *other));
        if matches && !wanted.is_empty() {
            result.push_str(GAP);
            at += wanted.len();
        } else {
            result.push(*one);
            at += 1;
        }
    }
    result
}

/// However it is written: a run of digits with spaces, points, hyphens and brackets in between that holds the number; other numbers of the
/// same run go with it.
fn without_number(text: &str, phone: &str) -> String {
    let digits = |text: &str| -> String { text.chars().filter(char::is_ascii_digit).collect() };
    let number = digits(phone);
    let significant = number.strip_prefix("84").unwrap_or(&number);
    let mut result = String::with_capacity(text.len());
    let mut run = String::new();
    let flush = |run: &mut String, result: &mut String| {
        if significant.len() >= 8 && digits(run).contains(significant) {
            let lead = run.len() - run.trim_start_matches([' ', '.', '-']).len();
            let tail = run.trim_end_matches(|c: char| !c.is_ascii_digit()).len();
            result.push_str(run.get(..lead).unwrap_or_default());
            result.push_str(GAP);
            result.push_str(run.get(tail..).unwrap_or_default());
        } else {
            result.push_str(run);
        }
        run.clear();
    };
    for c in text.chars() {
        if c.is_ascii_digit() || matches!(c, '+' | ' ' | '.' | '-' | '(' | ')') {
            run.push(c);
        } else {
            flush(&mut run, &mut result);
            result.push(c);
        }
    }
    flush(&mut run, &mut result);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_found_however_it_is_written() {
        let erased = |text| without(text, "Tổ Thu Mua", Some("thumua@shop.example"), Some("+84912345678"));
        for (text, left) in [
            ("Đã gọi tổ thu mua, số 0912 345 678.", "Đã gọi […], số […]."),
            ("Gọi +84-912-345-678 (sáng)", "Gọi […] (sáng)"),
            ("0912345678 200 hộp", "[…] hộp"),
            ("mail ThuMua@Shop.example", "mail […]"),
            ("(0912)345.678", "[…]"),
        ] {
            assert_eq!(erased(text).as_deref(), Some(left), "{text}");
        }
        for text in ["", "Giá 912 345 đồng", "Hẹn tuần sau", "0912 345 679"] {
            assert_eq!(erased(text), None, "{text}");
        }
        assert_eq!(without("Anh nói vậy", "Anh", None, None), None, "too short to be sure");
    }

    #[test]
    fn only_what_people_chose_is_changed_in_details() {
        let meeting = r#"{"of":"meeting","place":"Nhà chị Kín Đáo"}"#;
        let redacted = details_with(meeting, |text| without(text, "Kín Đáo", None, None));
        assert_eq!(redacted.as_deref(), Some(r#"{"of":"meeting","place":"Nhà chị […]"}"#));
        let order = r#"{"of":"order","value":912345678,"number":"KD-1"}"#;
        assert_eq!(details_with(order, |_| None).as_deref(), Some(r#"{"of":"order","value":912345678}"#));
        let agreement = r#"{"agreement_id":"x","of":"agreement"}"#;
        assert_eq!(details_with(agreement, |_| None).as_deref(), Some(agreement));
        assert_eq!(details_with("no JSON", |_| None), None);
    }
}
