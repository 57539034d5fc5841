//! What stands in letters about leads, in the reader's language.

use crate::accounts::UserLanguage;
use crate::db::Day;
use crate::input::looks_like_a_link;
use crate::leads::{EventRow, Item, LeadEventKind, LeadId, LeadSide, LeadStage};
use crate::products::Unit;
use crate::say;
use crate::say::Say;

/// Products named in one line.
const NAMED: usize = 3;
/// Characters of what somebody wrote that a letter repeats.
const REPEATED: usize = 600;
/// Characters of a name that a letter repeats.
const NAME: usize = 80;

fn told(say: Say, language: UserLanguage) -> String {
    say.in_language(language.into()).to_owned()
}

/// A day as its readers write it.
pub fn day(day: Day, language: UserLanguage) -> String {
    say::date(day, language.into())
}

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default().trim_end()),
    }
}

/// Characters besides the line feed at which mail programs begin a new line.
const SEPARATORS: [char; 2] = ['\u{2028}', '\u{2029}'];

/// A name that somebody wrote, on one line and not longer than it. Anybody may write any name into an enquiry, and it goes out
/// under our address: what mail programs would make a link of is written so that they do not.
pub fn short(name: &str) -> String {
    let line = name.replace(SEPARATORS, " ");
    match looks_like_a_link(&line) {
        None => cut(&line, NAME),
        Some(_) => cut(&line.replace("://", ": // ").replace('.', ". "), NAME),
    }
}

/// The short name of a unit: what explains it stands behind in brackets or after a comma.
pub fn unit_name(unit: Unit, language: UserLanguage) -> &'static str {
    let (vi, en) = unit.meaning();
    let name = match language {
        UserLanguage::Vi => vi,
        UserLanguage::En => en,
    };
    name.split([',', '(']).next().unwrap_or(name).trim()
}

/// What is asked for, in a line.
pub fn goods(items: &[Item], language: UserLanguage) -> String {
    let named = items.iter().take(NAMED).map(|item| {
        let unit = unit_name(item.unit, language);
        format!("{} ({} {unit})", item.name, item.quantity.get())
    });
    let named = named.collect::<Vec<_>>().join(", ");
    match items.len().saturating_sub(NAMED) {
        0 => named,
        more => named + &told(say!(" và {more} sản phẩm khác", " and {more} more"), language),
    }
}

/// A lead in a list for its producer.
pub struct Asked<'a> {
    pub number: usize,
    pub company: &'a str,
    pub goods: String,
    pub until: Day,
    pub link: String,
}

impl Asked<'_> {
    pub fn in_words(&self, language: UserLanguage) -> String {
        let Self { number, goods, link, .. } = self;
        let (company, until) = (short(self.company), day(self.until, language));
        let say = say!(
            "{number}. “{company}” hỏi mua {goods}\n   Hạn trả lời: hết ngày {until}\n   {link}\n\n",
            "{number}. “{company}” asks for {goods}\n   To be answered until the end of {until}\n   {link}\n\n"
        );
        told(say, language)
    }
}

/// A lead in a list for an office.
pub struct Late<'a> {
    pub number: usize,
    pub lead: LeadId,
    pub producer: &'a str,
    pub goods: String,
    pub since: Day,
    pub until: Day,
}

impl Late<'_> {
    pub fn in_words(&self, language: UserLanguage) -> String {
        let Self { number, lead, producer, goods, .. } = self;
        let (since, until) = (day(self.since, language), day(self.until, language));
        let say = say!(
            "{number}. {producer}: {goods}\n   Đến ngày {since}, hạn trả lời {until}; mã {lead}\n\n",
            "{number}. {producer}: {goods}\n   Came on {since}, was due on {until}; id {lead}\n\n"
        );
        told(say, language)
    }
}

/// That there are more than are listed.
pub fn and_more(more: usize, language: UserLanguage) -> String {
    match more {
        0 => String::new(),
        more => told(
            say!(
                "… và {more} yêu cầu khác: đăng nhập để xem (GET /v1/leads).\n\n",
                "… and {more} more: sign in to see them (GET /v1/leads).\n\n"
            ),
            language,
        ),
    }
}

/// How to answer by a link, if that is possible.
pub fn answer(link: Option<String>, language: UserLanguage) -> String {
    match link {
        None => String::new(),
        Some(link) => told(
            say!(
                "Trả lời không cần đăng nhập (một lần, trong 14 ngày; xin đừng chuyển tiếp):\n{link}\n",
                "To answer without signing in (once, within 14 days; please do not forward it):\n{link}\n"
            ),
            language,
        ),
    }
}

/// What has happened, one paragraph for each event; with what was written, or in our words alone.
pub fn news(events: &[EventRow], to: LeadSide, with_words: bool, language: UserLanguage) -> String {
    let paragraphs = events.iter().map(|event| {
        let happened = told(happened(event, to), language);
        match event.note.as_ref().filter(|_| with_words) {
            Some(note) => format!("– {happened}\n{}\n", quoted(note.as_str())),
            None => format!("– {happened}\n"),
        }
    });
    paragraphs.collect()
}

/// What somebody wrote, each line marked as such: nothing in it can be taken for the letter's own words.
fn quoted(text: &str) -> String {
    let text = cut(text, REPEATED).replace(SEPARATORS, "\n");
    text.lines().map(|line| format!("> {line}")).collect::<Vec<_>>().join("\n")
}

fn happened(event: &EventRow, to: LeadSide) -> Say {
    use LeadEventKind::*;
    let (vi, en) = match event.side {
        LeadSide::Producer => ("Chủ thể", "The producer"),
        LeadSide::Buyer => ("Bên mua", "The buyer"),
        LeadSide::Organiser => ("Ban tổ chức", "The organiser"),
        LeadSide::Office | LeadSide::Service => ("Cơ quan quản lý OCOP", "The OCOP office"),
    };
    match event.kind {
        Message | Note => say!("{vi} nhắn:", "{en} wrote:"),
        Sample => say!("{vi} đã gửi mẫu.", "{en} has sent a sample."),
        Quote => say!("{vi} đã báo giá.", "{en} has quoted."),
        CounterOffer => say!("{vi} đề nghị giá khác.", "{en} has made a counter-offer."),
        Mou => say!("{vi} ghi nhận biên bản ghi nhớ đã ký.", "{en} has recorded a signed memorandum."),
        PrincipleContract => {
            say!(
                "{vi} ghi nhận hợp đồng nguyên tắc đã ký.",
                "{en} has recorded a signed contract in principle."
            )
        }
        Contract => say!("{vi} ghi nhận hợp đồng đã ký.", "{en} has recorded a signed contract."),
        AgreementVoided => {
            say!("{vi} hủy một ghi nhận ký kết.", "{en} has voided the record of an agreement.")
        }
        FirstOrder => say!("{vi} ghi nhận đơn hàng đầu tiên.", "{en} has recorded the first order."),
        RepeatOrder => say!("{vi} ghi nhận đơn hàng tiếp theo.", "{en} has recorded another order."),
        DeliveryProblem => {
            say!("{vi} báo có trục trặc khi giao hàng.", "{en} reports a problem of delivery.")
        }
        ContactAsked => match to {
            LeadSide::Buyer => say!(
                "{vi} xin thông tin liên hệ của bạn; bạn quyết định có cho hay không.",
                "{en} asks for your contact; it is for you to decide."
            ),
            _ => say!("{vi} xin thông tin liên hệ.", "{en} asks for the contact."),
        },
        ContactConsented => say!("{vi} đồng ý cho thông tin liên hệ.", "{en} lets you have the contact."),
        ContactWithheld => {
            say!("{vi} không cho thông tin liên hệ.", "{en} does not let you have the contact.")
        }
        Declined => say!("{vi} từ chối.", "{en} has declined."),
        Lost => say!("{vi} ghi nhận là không thành.", "{en} has ended it as lost."),
        Closed => say!("{vi} đã khép lại yêu cầu.", "{en} has closed it."),
        _ => {
            let stage = event.to_stage.unwrap_or(LeadStage::Enquiry);
            let (vi_stage, stage) = (stage.in_vietnamese(), stage.as_str());
            say!("{vi} chuyển yêu cầu sang: {vi_stage}.", "{en} has moved it to: {stage}.")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_wrote_is_marked_line_by_line() {
        assert_eq!(quoted("Chào.\n-- \nOCOP Market"), "> Chào.\n> -- \n> OCOP Market");
        assert_eq!(quoted("Chào.\u{2028}Đăng nhập:\u{2029}x"), "> Chào.\n> Đăng nhập:\n> x");
        assert!(quoted(&"ế".repeat(700)).ends_with('…'));
        assert_eq!(short(&"ế".repeat(81)).chars().count(), 81);
        for (written, told) in [
            ("Co.opmart No.1", "Co.opmart No.1"),
            ("Cửa hàng\u{2028}Trả lời tại đây", "Cửa hàng Trả lời tại đây"),
            ("Nhận quà tại https://evil.example/x", "Nhận quà tại https: // evil. example/x"),
            ("tiki.vn", "tiki. vn"),
        ] {
            assert_eq!(short(written), told);
            assert!(looks_like_a_link(&short(written)).is_none(), "{written}");
        }
        assert_eq!(day(Day::constant(2026, 11, 23), UserLanguage::Vi), "23/11/2026");
    }
}
