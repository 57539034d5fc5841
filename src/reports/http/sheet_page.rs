//! The sheet as a page to print. It is one self-contained document: its style stands in it and is allowed by its hash, it has
//! no script and loads nothing.

use super::sheet_views::{
    PromotionSheet, SheetAgreement, SheetCriterion, SheetOrder, SheetOutlet, SheetPromotion, SheetSet,
};
use crate::db::Day;
use crate::leads::AgreementKind;
use crate::reference::{BilingualName, NamedUnit};
use crate::reports::channel;
use crate::say::{self, Language};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use std::fmt::{self, Display, Write};
use std::sync::LazyLock;

const STYLE: &str = include_str!("sheet_page.css");

pub static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
});

/// Text as HTML: whatever people wrote stays text.
struct Escaped<T>(T);

impl<T: Display> Display for Escaped<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.to_string().chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

pub fn page(sheet: &PromotionSheet, language: Language) -> String {
    let mut out = String::with_capacity(16 * 1024);
    // Writing into a string cannot fail.
    let _ = Writer { out: &mut out, language }.page(sheet);
    out
}

struct Writer<'a> {
    out: &'a mut String,
    language: Language,
}

impl Writer<'_> {
    fn say<'b>(&self, vi: &'b str, en: &'b str) -> &'b str {
        match self.language {
            Language::Vi => vi,
            Language::En => en,
        }
    }

    fn name<'b>(&self, name: &'b BilingualName) -> Escaped<&'b str> {
        Escaped(self.say(&name.vi, &name.en))
    }

    fn page(&mut self, sheet: &PromotionSheet) -> fmt::Result {
        let content = &sheet.content;
        let title = self.say("Phiếu minh chứng xúc tiến thương mại", "Sheet of evidence: trade promotion");
        let (language, name) = (self.language.as_str(), Escaped(&content.name));
        let place = [&content.place.commune, &content.place.province];
        let place: Vec<&str> =
            place.into_iter().flatten().map(|unit: &NamedUnit| unit.name.as_str()).collect();
        let place = Escaped(place.join(", "));
        write!(
            self.out,
            "<!DOCTYPE html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"robots\" content=\"noindex\">\n<title>{title}: {name}</title>\n<style>{STYLE}</style>\n\
             </head>\n<body>\n<h1>{title}</h1>\n<p><strong>{name}</strong><br>{place}</p>\n"
        )?;
        let (from, to, act) = (self.day(content.from), self.day(content.to), Escaped(content.act));
        let as_of = self.day(sheet.as_of.local_day());
        let (period, by, made) = (
            self.say("Kỳ", "Period"),
            self.say("Tiêu chí theo Quyết định", "Criteria of Decision"),
            self.say("Lập ngày", "Made on"),
        );
        writeln!(self.out, "<p>{period}: {from} – {to}. {by} {act}. {made} {as_of}.</p>")?;
        for set in &content.sets {
            self.set(set)?;
        }
        self.agreements(&content.agreements)?;
        self.orders(&content.orders)?;
        self.promotions(&content.promotions)?;
        let note = self.say(
            "Điểm do Hội đồng chấm. Mã kiểm tra của nội dung (SHA-256):",
            "The points are given by the council. Hash of the content (SHA-256):",
        );
        let hash = Escaped(&sheet.content_sha256);
        writeln!(
            self.out,
            "<p class=\"note\">{note}<br><span class=\"hash\">{hash}</span></p>\n</body>\n</html>"
        )
    }

    fn set(&mut self, set: &SheetSet) -> fmt::Result {
        let heading = match (set.set_no, &set.name) {
            (Some(set_no), Some(name)) => {
                format!("{} {set_no}: {}", self.say("Bộ tiêu chí", "Criteria set"), self.name(name))
            }
            (Some(set_no), None) => format!("{} {set_no}", self.say("Bộ tiêu chí", "Criteria set")),
            (None, _) => self.say("Tiêu chí chung của phần B", "Criteria of part B").to_owned(),
        };
        writeln!(self.out, "<h2>{heading}</h2>")?;
        if !set.products.is_empty() {
            self.out.push_str("<ul>\n");
            for product in &set.products {
                let (name, stars) = (Escaped(&product.name), product.stars);
                writeln!(self.out, "<li>{name} ({stars}★)</li>")?;
            }
            self.out.push_str("</ul>\n");
        }
        set.criteria.iter().try_for_each(|criterion| self.criterion(criterion))
    }

    fn criterion(&mut self, criterion: &SheetCriterion) -> fmt::Result {
        let (code, label) = (Escaped(&criterion.criterion), Escaped(&criterion.label));
        write!(self.out, "<h3>{code} {label}")?;
        if let Some(points) = criterion.max_points {
            let (most, unit) = (self.say("tối đa", "at most"), self.say("điểm", "points"));
            write!(self.out, " ({most} {points} {unit})")?;
        }
        self.out.push_str("</h3>\n<ul>\n");
        for fact in &criterion.facts {
            let fact = self.name(fact);
            writeln!(self.out, "<li>{fact}</li>")?;
        }
        let lacks = self.say("Cần bổ sung:", "To be added:");
        for more in &criterion.to_be_added {
            let more = self.name(more);
            writeln!(self.out, "<li class=\"note\">{lacks} {more}</li>")?;
        }
        self.out.push_str("</ul>\n");
        Ok(())
    }

    fn table(&mut self, title: &str, headings: &[&str], rows: usize) -> fmt::Result {
        writeln!(self.out, "<h2>{title}</h2>")?;
        if rows == 0 {
            let none = self.say("Chưa ghi nhận.", "None recorded.");
            return writeln!(self.out, "<p>{none}</p>");
        }
        self.out.push_str("<table>\n<thead><tr>");
        for heading in headings {
            write!(self.out, "<th>{heading}</th>")?;
        }
        self.out.push_str("</tr></thead>\n<tbody>\n");
        Ok(())
    }

    fn end(&mut self, rows: usize) {
        if rows > 0 {
            self.out.push_str("</tbody></table>\n");
        }
    }

    fn agreements(&mut self, agreements: &[SheetAgreement]) -> fmt::Result {
        let headings = [
            self.say("Loại, số", "Kind, number"),
            self.say("Bên mua", "Buyer"),
            self.say("Giá trị (đồng)", "Value (VND)"),
            self.say("Ngày ký; thời hạn", "Signed; period"),
            self.say("Giao hàng; đơn hàng", "Delivery; orders"),
            self.say("Minh chứng (SHA-256)", "Evidence (SHA-256)"),
        ];
        let title = self.say("Biên bản ghi nhớ và hợp đồng", "Memoranda and contracts");
        self.table(title, &headings, agreements.len())?;
        for agreement in agreements {
            let (kind, number) =
                (self.kind(agreement.kind), Escaped(agreement.number.as_deref().unwrap_or_default()));
            let (buyer, value) = (Escaped(&agreement.buyer), self.dong(agreement.value));
            let tax = Escaped(agreement.buyer_tax_code.as_deref().unwrap_or_default());
            let (signed, starts) = (self.day(agreement.signed_on), self.day(agreement.starts_on));
            let ends = agreement.ends_on.map(|day| self.day(day)).unwrap_or_default();
            let (delivery, orders) = (self.outlet(agreement.delivery), agreement.orders);
            write!(
                self.out,
                "<tr><td>{kind}<br>{number}</td><td>{buyer}<br>{tax}</td><td class=\"number\">{value}</td>\
                 <td><span class=\"day\">{signed}</span><br><span class=\"day\">{starts} –</span> <span class=\"day\">{ends}</span></td><td>{delivery}; {orders}</td><td>"
            )?;
            for proof in &agreement.evidence {
                let (name, hash) = (Escaped(&proof.name), Escaped(&proof.sha256));
                write!(self.out, "{name}<br><span class=\"hash\">{hash}</span><br>")?;
            }
            self.out.push_str("</td></tr>\n");
        }
        self.end(agreements.len());
        Ok(())
    }

    fn orders(&mut self, orders: &[SheetOrder]) -> fmt::Result {
        let headings = [
            self.say("Ngày", "Day"),
            self.say("Số đơn", "Number"),
            self.say("Giá trị (đồng)", "Value (VND)"),
        ];
        let title = self.say("Đơn hàng", "Orders");
        self.table(title, &headings, orders.len())?;
        for order in orders {
            let (on, number) = (self.day(order.on), Escaped(order.number.as_deref().unwrap_or_default()));
            let value = order.value.map(|value| self.dong(value)).unwrap_or_default();
            writeln!(
                self.out,
                "<tr><td class=\"day\">{on}</td><td>{number}</td><td class=\"number\">{value}</td></tr>"
            )?;
        }
        self.end(orders.len());
        Ok(())
    }

    fn promotions(&mut self, promotions: &[SheetPromotion]) -> fmt::Result {
        let headings = [
            self.say("Sự kiện", "Event"),
            self.say("Hình thức", "Kind"),
            self.say("Thời gian", "Time"),
            self.say("Yêu cầu mua hàng", "Enquiries"),
        ];
        let title = self.say("Hội chợ, hội nghị, sự kiện", "Fairs, conferences, events");
        self.table(title, &headings, promotions.len())?;
        for promotion in promotions {
            let (event, leads) = (Escaped(&promotion.event), promotion.leads);
            let (first, last) = (self.day(promotion.first), self.day(promotion.last));
            let channels: Vec<String> =
                promotion.channels.iter().map(|one| self.name(&channel(*one)).to_string()).collect();
            let channels = channels.join(", ");
            writeln!(
                self.out,
                "<tr><td>{event}</td><td>{channels}</td><td><span class=\"day\">{first} –</span> <span class=\"day\">{last}</span></td><td class=\"number\">{leads}</td></tr>"
            )?;
        }
        self.end(promotions.len());
        Ok(())
    }

    /// As people write days: `23/11/2026` in Vietnamese.
    fn day(&self, day: Day) -> String {
        say::date(day, self.language)
    }

    fn dong(&self, value: i64) -> String {
        say::grouped(value, self.language)
    }

    fn kind(&self, kind: AgreementKind) -> &'static str {
        let (vi, en) = match kind {
            AgreementKind::Mou => ("Biên bản ghi nhớ", "Memorandum"),
            AgreementKind::PrincipleContract => ("Hợp đồng nguyên tắc", "Contract in principle"),
            AgreementKind::Contract => ("Hợp đồng", "Contract"),
        };
        self.say(vi, en)
    }

    fn outlet(&self, outlet: SheetOutlet) -> &'static str {
        let (vi, en) = match outlet {
            SheetOutlet::Outside => ("ngoài xã", "outside the commune"),
            SheetOutlet::Inside => ("trong xã", "in the commune"),
            SheetOutlet::Unknown => ("chưa rõ", "not known"),
        };
        self.say(vi, en)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_wrote_stays_text() {
        assert_eq!(Escaped("<b a='1' & \"2\">").to_string(), "&lt;b a=&#39;1&#39; &amp; &quot;2&quot;&gt;");
    }

    #[test]
    fn the_page_loads_nothing() {
        for sign in ["url(", "import", "</"] {
            assert!(!STYLE.contains(sign), "{sign}");
        }
    }
}
