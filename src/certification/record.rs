//! Recording a recognition: the certification of a product by a decision.

use super::claims::Sighting;
use super::identity::Identity;
use super::ledger::{Certification, supersede};
use super::model::{Recognition, SourceUrl, term_end};
use super::{Change, Clerk, LedgerError, Note, store};
use crate::db::Conn;
use crate::organisations::OrganisationId;
use crate::products::ProductId;
use crate::reference::Taxonomy;
use crate::say;
use crate::say::Say;

/// What came of a recognition.
pub struct Recorded {
    pub certification: Certification,
    pub product: ProductId,
    pub producer: OrganisationId,
    pub change: Change,
    pub notes: Vec<Note>,
}

impl Clerk<'_> {
    /// Records a recognition: finds or creates producer, product and decision. The product's earlier certifications
    /// are superseded, claims it covers are removed. Nothing is written if it ends in an error.
    pub fn record(&mut self, conn: &mut Conn, recognition: &Recognition) -> Result<Recorded, LedgerError> {
        self.require_office(&recognition.subject.place)?;
        let seen = Sighting {
            number: Some(&recognition.decision.number),
            decided_on: Some(recognition.decision.decided_on),
            source: Some(recognition.source_url.as_ref().map_or("", SourceUrl::as_str)),
        };
        let identity = Identity::find(conn, &recognition.subject, &seen)?;
        let mut known = match identity.product() {
            Some(product) => store::of_products(conn, &[product.id])?,
            None => Vec::new(),
        };
        let same = known.iter().position(|known| is_by(known, recognition));
        let described = match same.and_then(|at| known.get(at)) {
            Some(held) => Some((held.clone(), agreed(held, recognition)?)),
            None => {
                refuse_second_of_day(&known, recognition)?;
                None
            }
        };

        let mut settled = identity.settle(conn, self.world, self.reference, &recognition.subject)?;
        let (certification, change) = match described {
            Some((held, described)) if held == described => (held, Change::Unchanged),
            Some((_, described)) => {
                store::update(conn, &described, self.world.now())?;
                (described, Change::Updated)
            }
            None => {
                let new = self.new_certification(settled.product, recognition);
                known.push(new.clone());
                let new = self.enter(conn, new, known)?;
                if !settled.is_new {
                    let covered = self.drop_covered(conn, &new)?;
                    settled.notes.extend((covered > 0).then(|| Note::claims_settled(covered)));
                }
                (new, Change::Created)
            }
        };
        Ok(Recorded {
            certification,
            product: settled.product,
            producer: settled.producer,
            change: change.and(settled.changed),
            notes: settled.notes,
        })
    }

    fn new_certification(&self, product: ProductId, recognition: &Recognition) -> Certification {
        let decided_on = recognition.decision.decided_on;
        let version = recognition.criteria_version.unwrap_or_else(|| Taxonomy::in_force_on(decided_on));
        Certification {
            id: self.world.id(),
            product,
            decision: recognition.decision.clone(),
            stars: recognition.stars,
            score: recognition.score,
            criteria_version: version,
            taxonomy: version,
            group_code: recognition.group_code.clone(),
            set_no: recognition.set_no,
            valid_until: recognition.valid_until.unwrap_or_else(|| term_end(decided_on)),
            source_url: recognition.source_url.clone(),
            extension: None,
            revocation: None,
            superseded_on: None,
        }
    }

    /// Inserts a certification among those of its product and brings forward the end of the one it supersedes.
    fn enter(
        &mut self,
        conn: &mut Conn,
        new: Certification,
        mut of_product: Vec<Certification>,
    ) -> Result<Certification, LedgerError> {
        let now = self.world.now();
        let before = of_product.clone();
        supersede(&mut of_product);
        let decision = self.decision(conn, &new.decision)?;
        let mut entered = new;
        for certification in of_product {
            if certification.id == entered.id {
                store::insert(conn, &certification, decision, now)?;
                entered = certification;
            } else if !before.contains(&certification) {
                store::update(conn, &certification, now)?;
            }
        }
        Ok(entered)
    }
}

/// Is this the certification by the recognition's decision?
fn is_by(held: &Certification, recognition: &Recognition) -> bool {
    let (held, stated) = (&held.decision, &recognition.decision);
    held.number == stated.number
        && held.decided_on == stated.decided_on
        && held.issuer.key() == stated.issuer.key()
}

/// What is on file with what the recognition adds, if the two do not contradict each other.
fn agreed(held: &Certification, recognition: &Recognition) -> Result<Certification, LedgerError> {
    let number = &held.decision.number;
    let conflict = |say: Say| LedgerError::Conflict(say);
    if held.stars != recognition.stars {
        let (on_file, stated) = (held.stars.number(), recognition.stars.number());
        return Err(conflict(say!(
            "Sổ chứng nhận đã ghi {on_file} sao theo quyết định {number:?}, không phải {stated} sao.",
            "The ledger has {on_file} stars by decision {number:?}, not {stated}."
        )));
    }
    if let (Some(on_file), Some(stated)) = (held.score, recognition.score)
        && on_file != stated
    {
        return Err(conflict(say!(
            "Sổ chứng nhận đã ghi {on_file} điểm theo quyết định {number:?}, không phải {stated}.",
            "The ledger has a score of {on_file} by decision {number:?}, not {stated}."
        )));
    }
    if let Some(version) = recognition.criteria_version
        && version != held.criteria_version
    {
        let (on_file, stated) = (held.criteria_version.as_str(), version.as_str());
        return Err(conflict(say!(
            "Sổ chứng nhận đã ghi bộ tiêu chí {on_file} cho quyết định {number:?}, không phải {stated}.",
            "The ledger has the criteria of {on_file} for decision {number:?}, not {stated}."
        )));
    }
    if let Some(stated) = recognition.valid_until {
        let on_file = held.valid_until;
        // The legal term was assumed where nothing was said; a term once said is a fact of the decision.
        if stated != on_file && on_file != term_end(held.decision.decided_on) {
            return Err(conflict(say!(
                "Sổ chứng nhận đã ghi hạn {on_file} theo quyết định {number:?}, không phải {stated}.",
                "The ledger has a term to {on_file} by decision {number:?}, not {stated}."
            )));
        }
    }
    Ok(held.described_by(recognition))
}

/// Two decisions of one day on one product: which of them is in force, nobody could tell.
fn refuse_second_of_day(known: &[Certification], recognition: &Recognition) -> Result<(), LedgerError> {
    let day = recognition.decision.decided_on;
    let Some(other) = known.iter().find(|known| known.decision.decided_on == day) else {
        return Ok(());
    };
    let (number, issuer) = (&other.decision.number, other.decision.issuer.as_str());
    Err(LedgerError::Conflict(say!(
        "Sản phẩm này đã có quyết định {number:?} của {issuer} cùng ngày {day}; một ngày chỉ có một quyết định.",
        "This product already has decision {number:?} of {issuer} of the same day {day}; there is one a day at most."
    )))
}
