//! Papers of a product: certificates, and all else that a buyer's file of a product asks for.
//!
//! A paper is **claimed** by its producer, or recorded at once by an officer who has seen it. An officer who looks at a claimed
//! one says that it is **checked**, or **refused** with the reason. Of checked papers those that are [certificates](DocumentKind)
//! stand in the catalogue while they are valid; [who may read a paper](Disclosure) is the producer's to say.

use super::document::{DocumentId, DocumentIssuer, DocumentKind, DocumentNumber};
use super::words::PaperReason;
use crate::db::{Day, Instant};
use crate::files::{FileId, FileName, FileType, Sha256Hex};
use crate::input::Faults;
use crate::say;
use crate::say::{Invalid, Say};

crate::text_enum! {
    /// What a paper is. Those that certificates have as their kinds are certificates.
    pub enum PaperKind {
        /// Eligibility for food safety (Law 55/2010/QH12, Article 34)
        FoodSafety = "food_safety",
        VietGap = "vietgap",
        GlobalGap = "globalgap",
        Organic = "organic",
        Haccp = "haccp",
        Iso22000 = "iso_22000",
        Fssc22000 = "fssc_22000",
        Gmp = "gmp",
        Halal = "halal",
        Brcgs = "brcgs",
        FairTrade = "fair_trade",
        GeographicalIndication = "geographical_indication",
        /// Registration of the business, of the co-operative or of the household
        BusinessRegistration = "business_registration",
        /// The producer's own declaration of the product (Decree 15/2018/NĐ-CP, Chapter II)
        SelfDeclaration = "self_declaration",
        /// A declaration that an authority has registered (the same, Chapter III)
        RegisteredDeclaration = "registered_declaration",
        /// Results of a laboratory
        TestReport = "test_report",
        /// Certificate of a registered trademark
        Trademark = "trademark",
        /// The label as it is printed
        LabelArtwork = "label_artwork",
        /// Registration with a traceability system
        TraceabilityRegistration = "traceability_registration",
        Other = "other",
    }
}

impl PaperKind {
    /// The kind of certificate it is, if it is one.
    pub fn certificate(self) -> Option<DocumentKind> {
        DocumentKind::parse(self.as_str()).ok()
    }

    /// What it is called, in Vietnamese and in English.
    pub fn name(self) -> (&'static str, &'static str) {
        if let Some(certificate) = self.certificate() {
            return certificate.name();
        }
        match self {
            Self::BusinessRegistration => ("Đăng ký kinh doanh", "Business registration"),
            Self::SelfDeclaration => ("Bản tự công bố sản phẩm", "Self-declaration of the product"),
            Self::RegisteredDeclaration => {
                ("Giấy tiếp nhận đăng ký bản công bố sản phẩm", "Registered declaration of the product")
            }
            Self::TestReport => ("Phiếu kết quả thử nghiệm", "Test report"),
            Self::Trademark => ("Giấy chứng nhận đăng ký nhãn hiệu", "Trademark certificate"),
            Self::LabelArtwork => ("Mẫu nhãn", "Label artwork"),
            Self::TraceabilityRegistration => ("Đăng ký truy xuất nguồn gốc", "Traceability registration"),
            _ => ("Giấy tờ khác", "Another paper"),
        }
    }
}

impl From<DocumentKind> for PaperKind {
    fn from(kind: DocumentKind) -> Self {
        Self::parse(kind.as_str()).unwrap_or(Self::Other)
    }
}

crate::text_enum! {
    /// How far a paper has come.
    pub enum PaperState {
        /// Handed in by the producer; no officer has looked at it
        Claimed = "claimed",
        /// An officer has seen it
        Checked = "checked",
        /// An officer did not find it right; see the reason
        Refused = "refused",
    }
}

crate::text_enum! {
    /// Who may read a paper, beside the producer's members and the officers of the province.
    pub enum Disclosure {
        /// Everybody, once it is checked and while the product is in the catalogue
        Public = "public",
        /// Whoever has got a link from the producer
        OnRequest = "on_request",
        /// Nobody; a certificate does not stand in the catalogue either
        Officer = "officer",
    }
}

crate::text_enum! {
    /// Who recorded a paper.
    pub enum PaperSource {
        /// A member or a machine client of the producer
        Producer = "producer",
        /// An officer, from what was shown
        Office = "office",
    }
}

crate::text_enum! {
    /// What an officer decides on a claimed paper.
    pub enum PaperDecision {
        /// It is what it says
        Checked = "checked",
        /// It is not; the reason is told
        Refused = "refused",
    }
}

/// What is stored of a paper's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperFile {
    pub id: FileId,
    pub name: FileName,
    pub media_type: FileType,
    pub size: i64,
    pub sha256: Sha256Hex,
}

/// A paper of a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paper {
    pub id: DocumentId,
    pub kind: PaperKind,
    pub number: DocumentNumber,
    pub issuer: DocumentIssuer,
    pub issued_on: Option<Day>,
    /// Last day of its term; without one it has no end.
    pub valid_until: Option<Day>,
    pub file: Option<PaperFile>,
    pub disclosure: Disclosure,
    pub source: PaperSource,
    pub state: PaperState,
    /// Why it was refused.
    pub refusal: Option<PaperReason>,
    pub recorded_at: Instant,
    /// When an officer decided on it.
    pub checked_at: Option<Instant>,
}

impl Paper {
    /// Where it stands among the papers of its product.
    pub fn place(&self) -> (PaperKind, &str) {
        (self.kind, self.number.as_str())
    }

    pub fn is_checked(&self) -> bool {
        self.state == PaperState::Checked
    }

    /// Is it within its term?
    pub fn is_valid_on(&self, day: Day) -> bool {
        self.valid_until.is_none_or(|last| day <= last)
    }

    /// Does it stand in the catalogue, while it is valid?
    pub fn is_shown(&self) -> bool {
        self.is_checked() && self.kind.certificate().is_some() && self.disclosure != Disclosure::Officer
    }

    /// May a link to it lead anywhere?
    pub fn may_be_shared(&self) -> bool {
        self.file.is_some() && self.disclosure != Disclosure::Officer && self.state != PaperState::Refused
    }
}

/// A paper as it is recorded.
#[derive(Debug, Clone)]
pub struct NewPaper {
    pub kind: PaperKind,
    pub number: DocumentNumber,
    pub issuer: DocumentIssuer,
    pub issued_on: Option<Day>,
    pub valid_until: Option<Day>,
    pub file: Option<FileId>,
    pub disclosure: Disclosure,
}

/// What is wrong with the days of a paper: it was issued by now, and its term has not ended.
pub fn check_days(issued_on: Option<Day>, valid_until: Option<Day>, today: Day) -> Result<(), Faults> {
    let mut faults = Faults::default();
    if issued_on.is_some_and(|day| day > today) {
        let say = say!("Ngày cấp sau hôm nay ({today}).", "It was issued after today ({today}).");
        faults.push(["issued_on"], Invalid::new("in_the_future", say));
    }
    if let Some(last) = valid_until {
        if let Err(invalid) = super::check_term(last, today) {
            faults.push(["valid_until"], invalid);
        } else if issued_on.is_some_and(|day| last < day) {
            let say = Say::new("Ngày hết hạn trước ngày cấp.", "The term ends before it was issued.");
            faults.push(["valid_until"], Invalid::new("out_of_range", say));
        }
    }
    faults.into_result()
}

/// When owners are told that a term ends, in days before its last day; the last step is the day after.
pub const REMINDERS: [i64; 4] = [60, 30, 7, -1];

/// Days for which the last step is made up for, if the service was not running.
const LATEST: i64 = -7;

/// The step that is due with so many days to go, if it was not told before.
pub fn reminder_due(days_left: i64, told: Option<i64>) -> Option<i64> {
    let step = REMINDERS.into_iter().filter(|step| days_left <= *step).min()?;
    (days_left >= LATEST && told.is_none_or(|told| step < told)).then_some(step)
}

/// Of the steps the last one that lay in the past already when a paper was checked: of those nobody is told.
pub fn reminders_passed(days_left: i64) -> Option<i64> {
    REMINDERS.into_iter().filter(|step| days_left < *step).min()
}

/// Days for which the log of openings is kept.
pub const ACCESS_LOG_DAYS: i64 = 365;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_certificates_are_papers_and_some_papers_are_none() {
        for certificate in DocumentKind::ALL {
            assert_eq!(PaperKind::from(*certificate).certificate(), Some(*certificate));
        }
        let others: Vec<_> = PaperKind::ALL.iter().filter(|kind| kind.certificate().is_none()).collect();
        assert_eq!(others.len(), PaperKind::ALL.len() - DocumentKind::ALL.len());
        let names: std::collections::HashSet<_> = PaperKind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!(names.len(), PaperKind::ALL.len(), "no two are called the same");
    }

    #[test]
    fn each_step_is_told_once_and_the_latest_only() {
        for (left, told, due) in [
            (61, None, None),
            (60, None, Some(60)),
            (60, Some(60), None),
            (31, Some(60), None),
            (30, Some(60), Some(30)),
            (5, None, Some(7)),
            (5, Some(7), None),
            (0, Some(7), None),
            (-1, Some(7), Some(-1)),
            (-1, Some(-1), None),
            (-7, Some(7), Some(-1)),
            (-8, None, None),
        ] {
            assert_eq!(reminder_due(left, told), due, "{left} {told:?}");
        }
        for (left, passed) in
            [(61, None), (60, None), (59, Some(60)), (30, Some(60)), (29, Some(30)), (0, Some(7))]
        {
            assert_eq!(reminders_passed(left), passed, "{left}");
        }
    }

    #[test]
    fn days_follow_one_another() {
        let day = Day::constant(2026, 11, 23);
        let codes = |issued: Option<i64>, until: Option<i64>| -> Vec<_> {
            let at = |days: i64| day.plus_days(days);
            let faults = check_days(issued.map(at), until.map(at), day).err().unwrap_or_default();
            faults.0.iter().map(|fault| (fault.pointer(), fault.code)).collect()
        };
        assert!(codes(Some(0), Some(0)).is_empty() && codes(None, None).is_empty());
        assert_eq!(codes(Some(1), None), [("/issued_on".to_owned(), "in_the_future")]);
        assert_eq!(codes(None, Some(-1)), [("/valid_until".to_owned(), "in_the_past")]);
        assert_eq!(codes(Some(2), Some(1)).len(), 2);
    }
}
