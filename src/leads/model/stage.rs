//! The funnel: where a lead stands, and who may move it where.
//!
//! A lead goes from the enquiry towards repeated orders. Steps may be skipped, as trade does: a minute of cooperation is
//! signed at the fair where the parties met, a small shop orders without a contract. From what is signed or ordered the only
//! way is on, unless that was a mistake: when an agreement is voided or a merger undone, the lead goes back to where it had
//! come without it. Three stages are ends, and no move leads out of them:
//!
//! * `declined`: the producer does not take the enquiry up;
//! * `lost`: it came to nothing, with the reason;
//! * `closed`: it has run its course.
//!
//! Each side records what it does itself: the producer quotes, sends samples and declines; the buyer opens the negotiation,
//! orders, and withdraws. What was signed is recorded by whoever was there: the parties, the organiser of the fair, the
//! programme office; a move to `mou_signed` or `contract_signed` therefore goes with its evidence and is made by recording
//! the agreement. The office ends what has long been dead.

use LeadStage::*;

crate::text_enum! {
    /// Where a lead stands.
    pub enum LeadStage {
        /// The buyer has asked.
        Enquiry = "enquiry",
        /// The producer has quoted.
        Quoted = "quoted",
        /// The producer has sent samples.
        SampleSent = "sample_sent",
        /// The parties negotiate.
        Negotiating = "negotiating",
        /// A memorandum or minute of cooperation is signed.
        MouSigned = "mou_signed",
        /// A contract is signed.
        ContractSigned = "contract_signed",
        /// The first order is placed.
        FirstOrder = "first_order",
        /// The buyer has ordered again.
        Repeat = "repeat",
        /// The end: the producer did not take it up.
        Declined = "declined",
        /// The end: it came to nothing; the reason is recorded.
        Lost = "lost",
        /// The end: it has run its course.
        Closed = "closed",
    }
}

crate::text_enum! {
    /// From where somebody takes part in a lead: the two parties, and who helps them to meet.
    pub enum LeadSide {
        /// Who sent the enquiry.
        Buyer = "buyer",
        /// Who makes the products asked for.
        Producer = "producer",
        /// Who recorded the enquiry for its buyer, at a fair or a conference.
        Organiser = "organiser",
        /// The programme office of the producer's province.
        Office = "office",
        /// This service itself: reminders and escalations.
        Service = "service",
    }
}

crate::text_enum! {
    /// Why a lead was lost or declined: what buyers and producers of certified goods most often name.
    pub enum LeadReason {
        /// The price, or discounts and fees on top of it.
        Price = "price",
        /// Too much or too little is wanted.
        Quantity = "quantity",
        /// The goods or their packaging do not suit.
        Quality = "quality",
        /// Certificates, invoices, labels or traceability are missing.
        Documents = "documents",
        /// Delivery place, time or conditions.
        Delivery = "delivery",
        /// Terms of payment or consignment.
        Payment = "payment",
        /// Out of season.
        Season = "season",
        /// The other side did not answer.
        NoAnswer = "no_answer",
        /// Something else: the note tells.
        Other = "other",
    }
}

impl LeadSide {
    /// One of the two who trade, and not of those who help them to meet?
    pub fn is_party(self) -> bool {
        matches!(self, Self::Buyer | Self::Producer)
    }
}

/// A stage somebody wants the lead to move to, with why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Move {
    pub to: LeadStage,
    pub reason: Option<LeadReason>,
}

/// What somebody wants is not in the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Illegal {
    pub from: LeadStage,
    /// Whose side it is that wanted it.
    pub side: LeadSide,
    /// Where that side may go from here.
    pub allowed: &'static [LeadStage],
}

/// Who may move from where (first) to where (last). A pair that is not here has no moves.
const MOVES: &[(LeadStage, LeadSide, &[LeadStage])] = &[
    (
        Enquiry,
        LeadSide::Producer,
        &[Quoted, SampleSent, Negotiating, MouSigned, ContractSigned, Declined, Lost],
    ),
    (
        Quoted,
        LeadSide::Producer,
        &[SampleSent, Negotiating, MouSigned, ContractSigned, FirstOrder, Declined, Lost],
    ),
    (
        SampleSent,
        LeadSide::Producer,
        &[Quoted, Negotiating, MouSigned, ContractSigned, FirstOrder, Declined, Lost],
    ),
    (
        Negotiating,
        LeadSide::Producer,
        &[Quoted, SampleSent, MouSigned, ContractSigned, FirstOrder, Declined, Lost],
    ),
    (MouSigned, LeadSide::Producer, &[ContractSigned, FirstOrder, Lost, Closed]),
    (ContractSigned, LeadSide::Producer, &[FirstOrder, Lost, Closed]),
    (FirstOrder, LeadSide::Producer, &[Repeat, Closed]),
    (Repeat, LeadSide::Producer, &[Closed]),
    (Enquiry, LeadSide::Buyer, &[MouSigned, ContractSigned, Lost]),
    (Quoted, LeadSide::Buyer, &[Negotiating, MouSigned, ContractSigned, FirstOrder, Lost]),
    (SampleSent, LeadSide::Buyer, &[Negotiating, MouSigned, ContractSigned, FirstOrder, Lost]),
    (Negotiating, LeadSide::Buyer, &[MouSigned, ContractSigned, FirstOrder, Lost]),
    (MouSigned, LeadSide::Buyer, &[ContractSigned, FirstOrder, Lost]),
    (ContractSigned, LeadSide::Buyer, &[FirstOrder, Lost]),
    (FirstOrder, LeadSide::Buyer, &[Repeat, Closed]),
    (Repeat, LeadSide::Buyer, &[Closed]),
    (Enquiry, LeadSide::Organiser, &[MouSigned, ContractSigned]),
    (Quoted, LeadSide::Organiser, &[MouSigned, ContractSigned]),
    (SampleSent, LeadSide::Organiser, &[MouSigned, ContractSigned]),
    (Negotiating, LeadSide::Organiser, &[MouSigned, ContractSigned]),
    (MouSigned, LeadSide::Organiser, &[ContractSigned]),
    (Enquiry, LeadSide::Office, &[MouSigned, ContractSigned, Lost]),
    (Quoted, LeadSide::Office, &[MouSigned, ContractSigned, Lost]),
    (SampleSent, LeadSide::Office, &[MouSigned, ContractSigned, Lost]),
    (Negotiating, LeadSide::Office, &[MouSigned, ContractSigned, Lost]),
    (MouSigned, LeadSide::Office, &[ContractSigned, Lost, Closed]),
    (ContractSigned, LeadSide::Office, &[Lost, Closed]),
    (FirstOrder, LeadSide::Office, &[Closed]),
    (Repeat, LeadSide::Office, &[Closed]),
];

impl LeadStage {
    /// Where `side` may move a lead that stands here; nowhere from an end.
    pub fn moves(self, side: LeadSide) -> &'static [Self] {
        MOVES.iter().find(|(from, who, _)| *from == self && *who == side).map_or(&[], |(_, _, to)| to)
    }

    /// Is `to` a move of `side` from here?
    pub fn check(self, side: LeadSide, to: Self) -> Result<(), Illegal> {
        if self.moves(side).contains(&to) {
            return Ok(());
        }
        Err(self.illegal(side))
    }

    /// What `side` is told that wants something else than the tables allow from here.
    pub fn illegal(self, side: LeadSide) -> Illegal {
        Illegal { from: self, side, allowed: self.moves(side) }
    }

    /// The stage in Vietnamese, to stand in a sentence.
    pub fn in_vietnamese(self) -> &'static str {
        match self {
            Enquiry => "mới gửi yêu cầu",
            Quoted => "đã báo giá",
            SampleSent => "đã gửi mẫu",
            Negotiating => "đang thương lượng",
            MouSigned => "đã ký biên bản ghi nhớ",
            ContractSigned => "đã ký hợp đồng",
            FirstOrder => "đã có đơn hàng đầu tiên",
            Repeat => "đã đặt hàng lại",
            Declined => "chủ thể từ chối",
            Lost => "không thành",
            Closed => "đã kết thúc",
        }
    }

    /// The stage in the words of a side, in Vietnamese and in English: the same stage is to one side what it waits for, and to
    /// the other what it has to do.
    pub fn label(self, side: LeadSide) -> (&'static str, &'static str) {
        match (self, side) {
            (Enquiry, LeadSide::Buyer) => ("chờ báo giá", "waiting for a quote"),
            (Enquiry, LeadSide::Producer) => ("cần báo giá", "to be quoted"),
            (Quoted, LeadSide::Buyer) => ("đã nhận báo giá", "quote received"),
            (Quoted, LeadSide::Producer) => ("đã báo giá, chờ bên mua", "quoted, waiting for the buyer"),
            (SampleSent, LeadSide::Buyer) => ("đã được gửi mẫu", "sample sent to you"),
            (SampleSent, LeadSide::Producer) => {
                ("đã gửi mẫu, chờ bên mua", "sample sent, waiting for the buyer")
            }
            (Negotiating, LeadSide::Buyer) => {
                ("đang thương lượng với chủ thể", "negotiating with the producer")
            }
            (Negotiating, LeadSide::Producer) => {
                ("đang thương lượng với bên mua", "negotiating with the buyer")
            }
            (MouSigned, LeadSide::Buyer) => {
                ("đã ký biên bản ghi nhớ với chủ thể", "memorandum signed with the producer")
            }
            (MouSigned, LeadSide::Producer) => {
                ("đã ký biên bản ghi nhớ với bên mua", "memorandum signed with the buyer")
            }
            (ContractSigned, LeadSide::Buyer) => {
                ("đã ký hợp đồng, có thể đặt hàng", "contract signed, ready to order")
            }
            (ContractSigned, LeadSide::Producer) => {
                ("đã ký hợp đồng, chờ đơn hàng", "contract signed, waiting for the order")
            }
            (FirstOrder, LeadSide::Buyer) => ("đã đặt hàng lần đầu", "first order placed"),
            (FirstOrder, LeadSide::Producer) => ("đã nhận đơn hàng đầu tiên", "first order received"),
            (Repeat, LeadSide::Buyer) => ("đã đặt hàng lại", "ordered again"),
            (Repeat, LeadSide::Producer) => ("đã nhận đơn hàng tiếp theo", "repeat order received"),
            (Declined, LeadSide::Buyer) => ("chủ thể không nhận", "not taken up by the producer"),
            (Declined, LeadSide::Producer) => ("đã từ chối", "declined"),
            (Enquiry, _) => (self.in_vietnamese(), "enquiry sent"),
            (Quoted, _) => (self.in_vietnamese(), "quoted"),
            (SampleSent, _) => (self.in_vietnamese(), "sample sent"),
            (Negotiating, _) => (self.in_vietnamese(), "negotiating"),
            (MouSigned, _) => (self.in_vietnamese(), "memorandum signed"),
            (ContractSigned, _) => (self.in_vietnamese(), "contract signed"),
            (FirstOrder, _) => (self.in_vietnamese(), "first order placed"),
            (Repeat, _) => (self.in_vietnamese(), "ordered again"),
            (Declined, _) => (self.in_vietnamese(), "declined by the producer"),
            (Lost, _) => (self.in_vietnamese(), "came to nothing"),
            (Closed, _) => (self.in_vietnamese(), "closed"),
        }
    }

    /// How far trade has come; the ends are nowhere on that way.
    pub fn progress(self) -> Option<usize> {
        [Enquiry, Quoted, SampleSent, Negotiating, MouSigned, ContractSigned, FirstOrder, Repeat]
            .iter()
            .position(|stage| *stage == self)
    }

    /// Is it reached only with an agreement and its evidence?
    pub fn needs_agreement(self) -> bool {
        matches!(self, MouSigned | ContractSigned)
    }

    pub fn is_end(self) -> bool {
        matches!(self, Declined | Lost | Closed)
    }

    /// Does a move to this stage need a reason?
    pub fn needs_reason(self) -> bool {
        self == Lost
    }

    /// May a move to this stage carry a reason?
    pub fn takes_reason(self) -> bool {
        matches!(self, Lost | Declined)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const PARTIES: [LeadSide; 2] = [LeadSide::Buyer, LeadSide::Producer];

    /// The rules in words, written without the table.
    fn lawful(from: LeadStage, side: LeadSide, to: LeadStage) -> bool {
        let (Some(before), after) = (from.progress(), to.progress()) else {
            return false;
        };
        let signed = before >= 4;
        let ordered = before >= 6;
        match (side, to) {
            (LeadSide::Service, _) | (_, Enquiry) => false,
            // What was signed, whoever was there records.
            (_, MouSigned) => !signed,
            (_, ContractSigned) => before < 5,
            (LeadSide::Organiser, _) => false,
            (LeadSide::Office, Closed) => signed,
            (LeadSide::Office, to) => to == Lost && !ordered,
            (LeadSide::Producer, Declined) => !signed,
            (LeadSide::Buyer, Declined) => false,
            (_, Lost) => !ordered,
            (LeadSide::Producer, Closed) => signed,
            (LeadSide::Buyer, Closed) => ordered,
            (_, Repeat) => from == FirstOrder,
            // An order follows at least an offer or a sample.
            (_, FirstOrder) => from != Enquiry && !ordered,
            (LeadSide::Buyer, Negotiating) => matches!(from, Quoted | SampleSent),
            (LeadSide::Buyer, _) => false,
            // Before anything is signed an offer, a sample and talks follow each other in any order.
            (LeadSide::Producer, _) => !signed && after != Some(before),
        }
    }

    #[test]
    fn the_table_is_the_rules_for_every_stage_and_side() {
        for from in LeadStage::ALL {
            for side in LeadSide::ALL.iter().copied() {
                for to in LeadStage::ALL {
                    let outcome = from.check(side, *to);
                    assert_eq!(outcome.is_ok(), lawful(*from, side, *to), "{from:?} {side:?} {to:?}");
                    if let Err(illegal) = outcome {
                        assert_eq!((illegal.from, illegal.allowed), (*from, from.moves(side)));
                    }
                }
            }
        }
    }

    #[test]
    fn nothing_leads_out_of_an_end_and_every_other_stage_has_a_way_out() {
        for stage in LeadStage::ALL {
            for side in PARTIES {
                let out = stage.moves(side);
                assert_eq!(out.is_empty(), stage.is_end(), "{stage:?} {side:?}");
                if !stage.is_end() {
                    assert!(out.iter().any(|to| to.is_end()), "{stage:?} {side:?}");
                }
            }
        }
    }

    #[test]
    fn each_pair_stands_once_and_lists_each_move_once() {
        let mut seen = BTreeSet::new();
        for (from, side, to) in MOVES {
            assert!(seen.insert((from, side)), "{from:?} {side:?} twice");
            let distinct: BTreeSet<_> = to.iter().collect();
            assert_eq!(distinct.len(), to.len(), "{from:?} {side:?}");
            assert!(!to.contains(from), "{from:?} to itself");
        }
    }

    #[test]
    fn every_stage_is_reached_from_an_enquiry() {
        let mut reached = BTreeSet::from([Enquiry]);
        while let Some(next) = reached
            .iter()
            .flat_map(|from| PARTIES.iter().flat_map(|side| from.moves(*side)))
            .find(|to| !reached.contains(to))
        {
            reached.insert(*next);
        }
        assert_eq!(reached.len(), LeadStage::ALL.len());
    }

    #[test]
    fn each_side_tells_the_stages_apart() {
        for side in LeadSide::ALL {
            let labels = LeadStage::ALL.iter().map(|stage| stage.label(*side));
            let (vi, en): (BTreeSet<_>, BTreeSet<_>) = labels.unzip();
            assert_eq!((vi.len(), en.len()), (LeadStage::ALL.len(), LeadStage::ALL.len()), "{side:?}");
        }
    }

    #[test]
    fn only_what_ends_badly_has_a_reason() {
        for stage in LeadStage::ALL {
            assert!(!stage.needs_reason() || stage.takes_reason());
            assert!(!stage.takes_reason() || stage.is_end());
        }
    }
}
