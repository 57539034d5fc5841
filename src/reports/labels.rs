//! What rows are called.

use super::counting::Spellings;
use super::{ReportBy, RowKey, Scheme};
use crate::leads::{LeadChannel, NONE, SEVERAL};
use crate::organisations::EntityType;
use crate::reference::{BilingualName, Place, PlaceColumn, Reference, Taxonomy};

/// A name in both languages.
pub type Label = BilingualName;

/// The key of what was put together because each alone is too few.
const OTHERS: &str = "others";

/// What agreements are credited to instead of a province that is not known.
const UNKNOWN_PROVINCE: &str = "unknown";

impl RowKey {
    /// As reports and filters write it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Is(key) => key,
            Self::Several => SEVERAL,
            Self::Unknown => NONE,
            Self::Others => OTHERS,
        }
    }
}

fn both(vi: &str, en: &str) -> Label {
    Label { vi: vi.to_owned(), en: en.to_owned() }
}

/// The name of a row that is not named by what people typed.
pub fn label(reference: &Reference, scheme: Scheme, key: &RowKey) -> Label {
    spelt(reference, scheme, key, &Spellings::new())
}

/// The name of a row; of several spellings the most frequent.
pub fn spelt(reference: &Reference, scheme: Scheme, key: &RowKey, names: &Spellings) -> Label {
    let by = scheme.by;
    match key {
        RowKey::Others => both("Khác (ít số liệu)", "Others (few each)"),
        RowKey::Several if by == Some(ReportBy::Stars) => both("Nhiều hạng sao", "Several star ratings"),
        RowKey::Several => both("Nhiều nhóm", "Several groups"),
        RowKey::Unknown => match by {
            Some(ReportBy::Event) => both("Không qua sự kiện", "From no event"),
            Some(ReportBy::Campaign) => both("Không qua chiến dịch", "From no campaign"),
            _ => both("Chưa rõ", "Not known"),
        },
        RowKey::Is(key) if by == Some(ReportBy::Province) && key == UNKNOWN_PROVINCE => {
            both("Chưa rõ", "Not known")
        }
        RowKey::Is(key) => named(reference, scheme, key, names).unwrap_or_else(|| both(key, key)),
    }
}

fn named(reference: &Reference, scheme: Scheme, key: &str, names: &Spellings) -> Option<Label> {
    if let Some(column) = scheme.column() {
        return unit(reference, column, key);
    }
    match scheme.by? {
        ReportBy::Group => {
            let mut versions = Taxonomy::ALL.iter().rev();
            let (vi, en) = versions.find_map(|taxonomy| reference.group_name(*taxonomy, key))?;
            Some(both(vi, en))
        }
        ReportBy::Stars => Some(both(&format!("{key} sao"), &format!("{key} stars"))),
        ReportBy::Event | ReportBy::Campaign => {
            let spellings = names.get(key)?.iter();
            let (name, _) =
                spellings.max_by_key(|(name, times)| (**times, std::cmp::Reverse((*name).clone())))?;
            Some(both(name, name))
        }
        ReportBy::Source => LeadChannel::parse(key).ok().map(channel),
        ReportBy::ProducerType => EntityType::parse(key).ok().map(form),
        ReportBy::Month => {
            let (year, month) = key.split_once('-')?;
            Some(both(&format!("Tháng {month}/{year}"), key))
        }
        ReportBy::Province | ReportBy::FormerDistrict | ReportBy::Commune => None,
    }
}

fn unit(reference: &Reference, column: PlaceColumn, code: &str) -> Option<Label> {
    let code = Some(code.to_owned());
    let mut place = Place::default();
    match column {
        PlaceColumn::Province => place.province = code,
        PlaceColumn::Commune => place.commune = code,
        PlaceColumn::FormerProvince => place.former_province = code,
        PlaceColumn::FormerDistrict => place.former_district = code,
        PlaceColumn::FormerCommune => place.former_commune = code,
    }
    let view = reference.view(&place);
    let former = view.former;
    let mut units =
        [view.province, view.commune, former.province, former.district, former.commune].into_iter().flatten();
    units.next().map(|unit| both(&unit.name, &unit.name))
}

/// How an enquiry came about, in words.
pub fn channel(channel: LeadChannel) -> Label {
    match channel {
        LeadChannel::Website => both("Trang web", "Website"),
        LeadChannel::Api => both("Hệ thống của người mua", "Buyer's own system"),
        LeadChannel::Fair => both("Hội chợ", "Trade fair"),
        LeadChannel::Conference => both("Hội nghị kết nối", "Conference or business meeting"),
        LeadChannel::Phone => both("Điện thoại", "Telephone"),
        LeadChannel::Referral => both("Giới thiệu", "Introduction"),
        LeadChannel::Other => both("Khác", "Other"),
    }
}

fn form(form: EntityType) -> Label {
    match form {
        EntityType::Company => both("Doanh nghiệp", "Company"),
        EntityType::Cooperative => both("Hợp tác xã", "Co-operative"),
        EntityType::CooperativeGroup => both("Tổ hợp tác", "Co-operative group"),
        EntityType::Facility => both("Cơ sở sản xuất", "Production facility"),
        EntityType::Household => both("Hộ kinh doanh", "Household business"),
    }
}
