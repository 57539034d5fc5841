//! What is worth knowing about an entry that was taken.

use crate::products::ProductId;
use crate::say;
use crate::say::Say;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    pub code: &'static str,
    pub say: Say,
    /// Another product the note is about.
    pub product: Option<ProductId>,
}

pub const SAME_NAME_ELSEWHERE: Note = note(
    "producer_name_elsewhere",
    "Trong tỉnh đã có chủ thể cùng tên ở nơi khác; đây được ghi là một chủ thể khác.",
    "There is a producer of the same name elsewhere in the province; this is recorded as another one.",
);

pub const PRODUCER_NAMED: Note = note(
    "producer_named",
    "Chủ thể trước đây chưa rõ tên nay đã có tên, theo cùng quyết định.",
    "A producer that had no name so far has one now, by the same decision.",
);

pub const OTHER_ENTITY_TYPE: Note = note(
    "entity_type_differs",
    "Loại hình chủ thể khác với sổ; sổ giữ nguyên.",
    "The legal form differs from the one on record, which stays.",
);

pub const OTHER_ISSUER: Note = note(
    "issuer_differs",
    "Cơ quan ban hành của quyết định này khác với sổ; sổ giữ nguyên.",
    "The issuer of this decision differs from the one on record, which stays.",
);

pub const NAME_NOT_PUBLIC: Note = note(
    "producer_name_not_public",
    "Chưa rõ loại hình chủ thể: tên có thể là tên cá nhân nên không công khai.",
    "The legal form is not known: the name may be a natural person's and is not published.",
);

const POSSIBLE_DUPLICATE: Note = note(
    "possible_duplicate",
    "Cùng nơi này có sản phẩm cùng tên của chủ thể khác; hai sản phẩm được giữ riêng.",
    "Another producer of the same place has a product of the same name; the two are kept apart.",
);

const fn note(code: &'static str, vi: &'static str, en: &'static str) -> Note {
    Note { code, say: Say::new(vi, en), product: None }
}

impl Note {
    pub fn possible_duplicate(of: ProductId) -> Self {
        Self { product: Some(of), ..POSSIBLE_DUPLICATE }
    }

    pub fn claims_settled(count: usize) -> Self {
        Self {
            code: "claims_settled",
            say: say!(
                "{count} thông tin chưa xác minh về sản phẩm này nay đã được xác minh.",
                "{count} unverified claim(s) about this product are verified by it."
            ),
            product: None,
        }
    }
}
