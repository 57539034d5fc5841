//! Proactive negotiation of the media type (RFC 9110 §12.5.1): which of those an address offers a client wants.

use super::{Code, Problem};
use crate::say;
use actix_web::HttpRequest;
use actix_web::http::header::ACCEPT;

/// The media type to answer with, out of those offered, the preferred first. 406 if the client takes none of them.
///
/// The answer needs `Vary: Accept`, whichever it is.
pub fn negotiate(req: &HttpRequest, offered: &[&'static str]) -> Result<&'static str, Problem> {
    if takes_anything(req)
        && let Some(preferred) = offered.first()
    {
        return Ok(preferred);
    }
    let values: Vec<&str> = req.headers().get_all(ACCEPT).filter_map(|value| value.to_str().ok()).collect();
    choose(&values.join(","), offered).ok_or_else(|| {
        let list = offered.join(", ");
        Problem::new(Code::NotAcceptable)
            .detail(say!("Địa chỉ này trả về: {list}.", "This address answers with: {list}."))
            .with("offered", offered)
    })
}

/// Is any media type as good as another to the client: no `Accept`, or only `*/*`?
pub fn takes_anything(req: &HttpRequest) -> bool {
    req.headers().get_all(ACCEPT).all(|value| value.as_bytes() == b"*/*")
}

/// What a header says of one media type.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
struct Verdict {
    quality: f32,
    specificity: Specificity,
}

/// How closely a range names a media type; the closest decides its quality.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Specificity {
    /// `*/*`
    Anything,
    /// `application/*`
    Kind,
    /// `application/json`
    Named,
}

/// The offered type of the highest quality; of several equal ones that which is named most closely, then the one
/// offered first. A header without a readable element says as little as none.
///
/// Parameters of a range other than `q` are not compared: who asks for a profile of JSON-LD takes JSON-LD.
fn choose<'a>(header: &str, offered: &[&'a str]) -> Option<&'a str> {
    let ranges: Vec<(&str, f32)> = split(header, ',').filter_map(range).collect();
    if ranges.is_empty() {
        return offered.first().copied();
    }
    let mut best: Option<(Verdict, &str)> = None;
    for media_type in offered {
        let Some(verdict) = verdict(&ranges, media_type) else { continue };
        if verdict.quality > 0.0 && best.is_none_or(|(so_far, _)| verdict > so_far) {
            best = Some((verdict, media_type));
        }
    }
    best.map(|(_, media_type)| media_type)
}

fn verdict(ranges: &[(&str, f32)], media_type: &str) -> Option<Verdict> {
    let matching = ranges.iter().filter_map(|(range, quality)| {
        let specificity = specificity(range, media_type)?;
        Some(Verdict { quality: *quality, specificity })
    });
    matching.max_by_key(|verdict| verdict.specificity)
}

fn specificity(range: &str, media_type: &str) -> Option<Specificity> {
    if range == "*/*" {
        return Some(Specificity::Anything);
    }
    if range.eq_ignore_ascii_case(media_type) {
        return Some(Specificity::Named);
    }
    let kind = range.strip_suffix("/*")?;
    let (kind_offered, _) = media_type.split_once('/')?;
    kind.eq_ignore_ascii_case(kind_offered).then_some(Specificity::Kind)
}

/// `application/json;profile="a,b";q=0.5` as its media range and its quality; `None` if it cannot be read.
fn range(element: &str) -> Option<(&str, f32)> {
    let mut parts = split(element, ';');
    let range = parts.next().filter(|range| range.contains('/'))?;
    let quality = parts.find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("q").then(|| value.trim())
    });
    let quality = quality.map_or(Some(1.0), |text| text.parse().ok());
    quality.filter(|quality| (0.0..=1.0).contains(quality)).map(|quality| (range, quality))
}

/// The trimmed parts between separators that stand outside of quoted strings, without the empty ones.
fn split(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    let parts = text.split(move |c| {
        let ends = c == separator && !quoted;
        match c {
            '"' if !escaped => quoted = !quoted,
            _ => {}
        }
        escaped = quoted && c == '\\' && !escaped;
        ends
    });
    parts.map(str::trim).filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::choose;

    const JSON: &str = "application/json";
    const LD: &str = "application/ld+json";

    #[test]
    fn the_wanted_type_is_chosen() {
        for (header, chosen) in [
            ("", Some(JSON)),
            ("*/*", Some(JSON)),
            ("application/*", Some(JSON)),
            ("application/json", Some(JSON)),
            ("application/ld+json", Some(LD)),
            ("APPLICATION/LD+JSON", Some(LD)),
            // Equal quality: the closest name, then our order.
            ("application/ld+json, */*", Some(LD)),
            ("*/*, application/ld+json", Some(LD)),
            ("application/ld+json, application/json", Some(JSON)),
            // Quality before anything else.
            ("application/ld+json;q=0.9, application/json", Some(JSON)),
            ("application/ld+json, application/json;q=0.9", Some(LD)),
            ("application/*;q=0.2, */*;q=0.1, application/ld+json;q=0.1", Some(JSON)),
            ("text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8", Some(JSON)),
            // The closest range decides, also for the worse.
            ("application/json;q=0, */*", Some(LD)),
            ("application/*;q=0, */*", None),
            ("*/*;q=0", None),
            ("application/json;q=0", None),
            ("application/json;q=0.000", None),
            ("text/html", None),
            ("image/*, text/*", None),
            // Parameters and quoted commas.
            ("application/ld+json;profile=\"http://www.w3.org/ns/json-ld#compacted\"", Some(LD)),
            ("application/ld+json;profile=\"a,b;q=0\\\", c\" ; Q=0.7, text/html", Some(LD)),
            ("application/json; charset=utf-8", Some(JSON)),
            // What cannot be read is passed over; nothing readable is no header.
            ("application/ld+json;q=2, application/json;q=0.1", Some(JSON)),
            ("application/ld+json;q=x", Some(JSON)),
            ("gibberish", Some(JSON)),
            (",,;;,", Some(JSON)),
            ("\"", Some(JSON)),
        ] {
            assert_eq!(choose(header, &[JSON, LD]), chosen, "{header}");
        }
    }

    #[test]
    fn nothing_offered_is_nothing_chosen() {
        assert_eq!(choose("*/*", &[]), None);
    }
}
