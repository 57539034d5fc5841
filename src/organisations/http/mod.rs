//! Organisations over HTTP: people register them, officers verify them, owners claim what the ledger has of theirs.

mod claims;
mod decisions;
mod list;
mod matches;
mod organisations;
mod verifications;
mod views;

use super::{IllegalDecision, OrganisationError};
use crate::http::{Code, Problem};
use crate::say;
use crate::say::Say;
use utoipa_actix_web::service_config::ServiceConfig;

pub fn configure(config: &mut ServiceConfig) {
    config
        .service(organisations::create_organisation)
        .service(list::list_organisations)
        .service(organisations::get_organisation)
        .service(organisations::update_organisation)
        .service(verifications::create_organisation_verification)
        .service(verifications::list_organisation_verifications)
        .service(matches::list_organisation_matches)
        .service(claims::create_organisation_claim)
        .service(claims::list_organisation_claims)
        .service(claims::delete_organisation_claim)
        .service(decisions::create_claim_decision)
        .service(decisions::list_claims_of_office);
}

impl From<OrganisationError> for Problem {
    fn from(error: OrganisationError) -> Self {
        match error {
            OrganisationError::NotFound => Self::not_found(),
            OrganisationError::Succeeded(successor) => Self::new(Code::Succeeded)
                .detail(say!(
                    "Tổ chức này đã nhập vào tổ chức {successor}.",
                    "This organisation has become one with organisation {successor}."
                ))
                .with("successor_id", successor),
            OrganisationError::OwnersOnly => Self::new(Code::Forbidden).detail(Say::new(
                "Việc này dành cho chủ sở hữu của tổ chức.",
                "This is for the owners of the organisation.",
            )),
            OrganisationError::ReadOnly => Self::new(Code::Forbidden).detail(Say::new(
                "Tài khoản của bạn chỉ được xem trong tổ chức này.",
                "Your account may only read in this organisation.",
            )),
            OrganisationError::OwnCase => Self::new(Code::Forbidden).detail(Say::new(
                "Bạn là thành viên của tổ chức này; hãy để cán bộ khác quyết định.",
                "You act for this organisation yourself; another officer has to decide.",
            )),
            OrganisationError::Invalid(faults) => Self::invalid_body(faults),
            OrganisationError::IllegalDecision(illegal) => no_such_decision(illegal),
            OrganisationError::TaxCodeTaken => Self::new(Code::NotPossibleNow).detail(Say::new(
                "Một tổ chức khác đã được xác minh với mã số thuế này.",
                "Another organisation is verified with this tax code.",
            )),
            OrganisationError::AlreadyClaimed(claim) => Self::new(Code::AlreadyRecorded)
                .detail(Say::new(
                    "Yêu cầu nhận chủ thể này đang chờ quyết định.",
                    "Your claim to this producer waits for a decision.",
                ))
                .with("claim_id", claim),
            OrganisationError::AlreadyDecided(state) => Self::new(Code::AlreadyDecided).with("state", state),
            OrganisationError::NotPossible(why) => Self::new(Code::NotPossibleNow).detail(why),
            OrganisationError::Db(failure) => failure.into(),
        }
    }
}

fn no_such_decision(IllegalDecision { standing, allowed }: IllegalDecision) -> Problem {
    let names: Vec<&str> = allowed.iter().map(|decision| decision.as_str()).collect();
    let (standing_name, names) = (standing.as_str(), names.join(", "));
    Problem::new(Code::IllegalMove)
        .detail(say!(
            "Tổ chức đang ở trạng thái {standing_name}; có thể quyết định: {names}.",
            "The organisation is {standing_name}; what can be decided: {names}."
        ))
        .with("standing", standing)
        .with("allowed", allowed)
}
