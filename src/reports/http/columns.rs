//! The columns of an export of leads, CSV and XLSX: one table for both.

use crate::catalogue::export::columns::Cell;
use crate::db::Instant;
use crate::leads::{AgreementKind, LeadSide, LeadStage};
use crate::reference::NamedUnit;
use crate::reports::{Exported, channel};
use crate::say::Language;
use std::borrow::Cow;

/// What a column is called, and what of a lead stands in it.
pub struct Column {
    vi: &'static str,
    en: &'static str,
    pub width: u16,
    cell: fn(&Exported, Language) -> Cell<'_>,
}

impl Column {
    pub fn heading(&self, language: Language) -> &'static str {
        match language {
            Language::Vi => self.vi,
            Language::En => self.en,
        }
    }
}

/// The cells of a lead.
pub fn cells(lead: &Exported, language: Language) -> impl Iterator<Item = Cell<'_>> {
    COLUMNS.iter().map(move |column| (column.cell)(lead, language))
}

/// All columns, in order. New ones go to the end, so that a reader by position goes on working.
pub const COLUMNS: &[Column] = &[
    column("Ngày nhận", "Arrived at", 18, |l, _| instant(l.known.lead.created_at)),
    column("Phát sinh lúc", "Made at", 18, |l, _| instant(l.known.lead.occurred_at)),
    column("Giai đoạn", "Stage", 22, |l, language| stage(l.known.lead.stage, language)),
    column("Từ lúc", "At it since", 18, |l, _| instant(l.known.lead.stage_since)),
    column("Hạn trả lời", "Answer due", 18, |l, _| instant(l.known.lead.respond_by)),
    column("Trả lời lúc", "Answered at", 18, |l, _| {
        l.known.lead.answered_at.map_or(Cell::Empty, instant)
    }),
    column("Chủ thể", "Producer", 36, |l, _| text(&l.known.producer_name)),
    column("Tỉnh, thành phố", "Province", 22, |l, _| name(&l.place.province)),
    column("Xã, phường", "Commune", 22, |l, _| name(&l.place.commune)),
    column("Huyện trước 1/7/2025", "District before 1 July 2025", 22, |l, _| {
        name(&l.place.former.district)
    }),
    column("Bên mua", "Buyer", 36, |l, _| of_buyer(l, |l| Some(l.known.enquiry.company_name.as_str()))),
    column("Mã số thuế", "Tax code", 14, |l, _| {
        of_buyer(l, |l| l.known.enquiry.company_tax_code.as_ref().map(|code| code.as_str()))
    }),
    column("Người liên hệ", "Contact", 24, |l, _| {
        of_contact(l, |l| Some(l.known.enquiry.contact_name.as_str()))
    }),
    column("Email", "E-mail", 28, |l, _| {
        of_contact(l, |l| l.known.enquiry.contact_email.as_ref().map(|email| email.as_str()))
    }),
    column("Điện thoại", "Telephone", 16, |l, _| {
        of_contact(l, |l| l.known.enquiry.contact_phone.as_ref().map(|phone| phone.as_str()))
    }),
    column("Sản phẩm", "Products", 44, products),
    column("Nội dung", "Message", 60, |l, _| of_buyer(l, |l| Some(l.known.enquiry.message.as_str()))),
    column("Nguồn", "Source", 18, |l, language| {
        let name = channel(l.known.enquiry.source_channel);
        owned(if language == Language::Vi { name.vi } else { name.en })
    }),
    column("Sự kiện", "Event", 30, |l, _| {
        l.known.enquiry.source_event.as_ref().map_or(Cell::Empty, |event| text(event.as_str()))
    }),
    column("Chiến dịch", "Campaign", 20, |l, _| {
        l.known.enquiry.source_campaign.as_ref().map_or(Cell::Empty, |campaign| text(campaign.as_str()))
    }),
    column("Biên bản ghi nhớ", "Memoranda", 10, |l, _| number_of(l, AgreementKind::Mou)),
    column("Hợp đồng nguyên tắc", "Contracts in principle", 10, |l, _| {
        number_of(l, AgreementKind::PrincipleContract)
    }),
    column("Hợp đồng", "Contracts", 10, |l, _| number_of(l, AgreementKind::Contract)),
    column("Giá trị hợp đồng (đồng)", "Value of contracts (VND)", 20, |l, _| {
        let contracts = l.signed.iter().filter(|signed| signed.kind == AgreementKind::Contract);
        Cell::Whole(contracts.fold(0, |sum: i64, signed| sum.saturating_add(signed.value)))
    }),
    column("Phía của bạn", "Your side", 16, |l, language| side(l.known.side, language)),
    column("Gộp vào", "Merged into", 38, |l, _| {
        l.known.lead.merged_into.map_or(Cell::Empty, |id| owned(id.to_string()))
    }),
    column("ID yêu cầu", "Lead id", 38, |l, _| owned(l.known.lead.id.to_string())),
    column("ID lần hỏi", "Enquiry id", 38, |l, _| owned(l.known.lead.enquiry_id.to_string())),
    column("ID chủ thể", "Producer id", 38, |l, _| owned(l.known.lead.producer_id.to_string())),
];

const fn column(
    vi: &'static str,
    en: &'static str,
    width: u16,
    cell: fn(&Exported, Language) -> Cell<'_>,
) -> Column {
    Column { vi, en, width, cell }
}

fn text(text: &str) -> Cell<'_> {
    Cell::Text(Cow::Borrowed(text))
}

fn owned(text: String) -> Cell<'static> {
    Cell::Text(Cow::Owned(text))
}

fn instant(at: Instant) -> Cell<'static> {
    Cell::Instant(Cow::Owned(at.to_string()))
}

fn name(unit: &Option<NamedUnit>) -> Cell<'_> {
    unit.as_ref().map_or(Cell::Empty, |unit| text(&unit.name))
}

fn of_buyer(lead: &Exported, what: fn(&Exported) -> Option<&str>) -> Cell<'_> {
    what(lead).filter(|_| lead.sees.buyer).map_or(Cell::Empty, text)
}

fn of_contact(lead: &Exported, what: fn(&Exported) -> Option<&str>) -> Cell<'_> {
    what(lead).filter(|_| lead.sees.contact).map_or(Cell::Empty, text)
}

fn number_of(lead: &Exported, kind: AgreementKind) -> Cell<'static> {
    let number = lead.signed.iter().filter(|signed| signed.kind == kind).count();
    Cell::Whole(i64::try_from(number).unwrap_or(i64::MAX))
}

/// `Bánh cáy: 200 hộp; Chiếu cói: 30 đôi`
fn products(lead: &Exported, language: Language) -> Cell<'_> {
    let one = |item: &crate::leads::Item| {
        let (vi, en) = item.unit.meaning();
        let unit = if language == Language::Vi { vi } else { en };
        format!("{}: {} {unit}", item.name, item.quantity.get())
    };
    owned(lead.items.iter().map(one).collect::<Vec<_>>().join("; "))
}

fn stage(stage: LeadStage, language: Language) -> Cell<'static> {
    Cell::Text(Cow::Borrowed(match language {
        Language::Vi => stage.in_vietnamese(),
        Language::En => stage.as_str(),
    }))
}

fn side(side: LeadSide, language: Language) -> Cell<'static> {
    let (vi, en) = match side {
        LeadSide::Buyer => ("bên mua", "buyer"),
        LeadSide::Producer => ("chủ thể", "producer"),
        LeadSide::Organiser => ("ban tổ chức", "organiser"),
        LeadSide::Office => ("cơ quan quản lý", "office"),
        LeadSide::Service => ("hệ thống", "service"),
    };
    Cell::Text(Cow::Borrowed(if language == Language::Vi { vi } else { en }))
}
