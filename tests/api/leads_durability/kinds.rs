//! What the service acknowledges in the storm, and by which rows it is found again.

/// A kind of thing that is acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Enquiry,
    Event,
    Captured,
    CapturedEvent,
    Completion,
    File,
    Quote,
    Agreement,
    Credit,
    Voiding,
    Merger,
}

impl Kind {
    pub const ALL: [Self; 11] = [
        Self::Enquiry,
        Self::Event,
        Self::Captured,
        Self::CapturedEvent,
        Self::Completion,
        Self::File,
        Self::Quote,
        Self::Agreement,
        Self::Credit,
        Self::Voiding,
        Self::Merger,
    ];

    /// All rows of the kind that the storm has made: what marks each, and its id.
    pub fn rows(self) -> &'static str {
        match self {
            Self::Enquiry => "SELECT message AS mark, id FROM enquiries WHERE message LIKE 'enquiry %'",
            Self::Captured => "SELECT message AS mark, id FROM enquiries WHERE message LIKE 'captured %'",
            Self::Event => "SELECT note AS mark, id FROM lead_events WHERE note LIKE 'event %'",
            Self::CapturedEvent => "SELECT note AS mark, id FROM lead_events WHERE note LIKE 'captured %'",
            Self::Completion => {
                "SELECT id AS mark, contact_phone AS id FROM enquiries WHERE message LIKE 'captured %'"
            }
            Self::File => "SELECT name AS mark, id FROM files",
            Self::Quote => "SELECT terms AS mark, id FROM quotes",
            Self::Agreement => "SELECT number AS mark, id FROM agreements",
            Self::Credit => {
                "SELECT agreement_id AS mark, name AS id FROM agreement_shares WHERE name LIKE 'Hội chợ %'"
            }
            Self::Voiding => {
                "SELECT id AS mark, void_reason AS id FROM agreements WHERE voided_at IS NOT NULL"
            }
            Self::Merger => "SELECT id AS mark, id FROM leads WHERE merged_into IS NOT NULL",
        }
    }

    /// The operations it takes.
    pub fn needs(self) -> &'static [&'static str] {
        match self {
            Self::Enquiry => &["POST /v1/leads"],
            Self::Event => &["POST /v1/leads/{id}/events"],
            Self::Captured | Self::CapturedEvent | Self::Completion => &["POST /v1/leads/batch"],
            Self::File => &["POST /v1/files"],
            Self::Quote => &["POST /v1/leads/{id}/quotes"],
            Self::Agreement => &["POST /v1/files", "POST /v1/leads/{id}/agreements"],
            Self::Credit => &["PUT /v1/leads/{id}/agreements/{agreement_id}/attribution"],
            Self::Voiding => &["POST /v1/leads/{id}/agreements/{agreement_id}/voidings"],
            Self::Merger => &["POST /v1/leads/{id}/merges"],
        }
    }
}

/// Something that was acknowledged.
#[derive(Debug, Clone)]
pub struct Told {
    pub kind: Kind,
    pub mark: String,
    pub id: String,
}
