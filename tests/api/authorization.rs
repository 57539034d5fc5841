//! Who may do what: every operation of the document against every kind of caller.
//!
//! [`MATRIX`] is the specification, one row for each operation (or more, where an operation does different things). An
//! operation without a row fails the test, and so does a row without an operation. Each cell is walked over HTTP from
//! a state in which the request would succeed, so that nothing but the caller decides. Beside the status it is
//! checked that
//!
//! * who is refused has changed nothing, and who is allowed has done what was asked;
//! * a refusal is a problem document, a 401 with its challenge, a hidden thing told exactly like one that is not there;
//! * machine clients may do what [`MACHINES`] says, with the scope and not without;
//! * public answers are the same whoever asks, and private ones are not to be stored;
//! * how to reach the sender of a lead is in no answer but the lead itself and its reveal, read by somebody who may;
//! * the document says of each operation whether a token is needed, and which statuses there are.

mod agreements;
mod captured;
mod cast;
mod clients;
mod contacts;
mod intake;
mod letters;
mod listing_reviews;
mod members;
mod offers;
mod organisations;
mod own_account;
mod papers;
mod reports;
mod requests;
mod sessions;
mod sheets;

use crate::cases;
use crate::harness::{Actor, Case, Reply, TestApp};
use crate::openapi;
use cast::{Stage, Who};
use libtest_mimic::{Failed, Trial};
use requests::Request;
use serde_json::Value;
use std::collections::BTreeSet;

/// What a caller gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// It is done, with this status.
    Allowed(u16),
    /// The request as such is answered, with this status, but nothing of the thing concerned is shown or done: a list
    /// without it, an import that rejected the row.
    Without(u16),
    /// 401: sign in first.
    Unauthenticated,
    /// 403: the thing may be known, the act is not the caller's.
    Forbidden,
    /// 403 with a challenge: the machine client's token lacks the scope.
    Unscoped,
    /// 404: to this caller there is no such thing.
    Hidden,
    /// 422: a workbook names what is not the caller's to change, and so it is wrong.
    Faulty,
}

const A200: Outcome = Outcome::Allowed(200);
const A201: Outcome = Outcome::Allowed(201);
const A202: Outcome = Outcome::Allowed(202);
const A204: Outcome = Outcome::Allowed(204);
const W200: Outcome = Outcome::Without(200);
const U401: Outcome = Outcome::Unauthenticated;
const F403: Outcome = Outcome::Forbidden;
const H404: Outcome = Outcome::Hidden;
const X422: Outcome = Outcome::Faulty;

/// One row of the matrix: an operation as the document names it, which of the things it does, and what each of
/// [`Who::ALL`] gets.
struct Row(&'static str, &'static str, [Outcome; Who::ALL.len()]);

/// Whoever asks; a token is not even looked at.
const PUBLIC: [Outcome; Who::ALL.len()] = [A200; Who::ALL.len()];

// The thing concerned is a lead of a producer (of Hưng Yên, code 33), or a certification of one of its products. Who the
// callers are: see `Who`.
#[rustfmt::skip]
const MATRIX: &[Row] = &[
    // ── anybody ──────────────────────────────────────────────────────────────────────────────────────────────
    Row("GET /livez", "", PUBLIC),
    Row("GET /readyz", "", PUBLIC),
    Row("GET /.well-known/jwks.json", "", PUBLIC),
    Row("GET /.well-known/oauth-authorization-server", "", PUBLIC),
    Row("GET /.well-known/oauth-protected-resource", "", PUBLIC),
    Row("POST /v1/oauth/token", "", PUBLIC),
    Row("POST /v1/oauth/revoke", "", PUBLIC),
    Row("GET /v1/openapi.json", "", PUBLIC),
    Row("GET /v1/admin-units", "", PUBLIC),
    Row("GET /v1/admin-units/{code}", "", PUBLIC),
    Row("GET /v1/product-groups", "", PUBLIC),
    Row("GET /v1/criteria-sets/{set_no}", "", PUBLIC),
    Row("GET /v1/listing-schemas", "", PUBLIC),
    Row("GET /v1/listing-schemas/{set_no}", "", PUBLIC),
    Row("GET /v1/products", "", PUBLIC),
    Row("GET /v1/products/{id}", "", PUBLIC),
    Row("GET /v1/products/suggest", "", PUBLIC),
    Row("GET /v1/catalogue/changes", "", PUBLIC),
    Row("GET /v1/catalogue/digest", "", PUBLIC),
    Row("GET /v1/catalogue/export", "", PUBLIC),
    Row("GET /v1/producers", "", PUBLIC),
    Row("GET /v1/producers/{id}", "", PUBLIC),
    Row("GET /v1/verifications/{code}", "", PUBLIC),
    Row("GET /v1/certifications/{id}", "", PUBLIC),
    Row("GET /v1/consent-texts", "", PUBLIC),
    Row("GET /v1/consent-texts/{version}", "", PUBLIC),
    Row("GET /v1/retention-rules", "", PUBLIC),
    Row("GET /v1/readiness-profiles", "", PUBLIC),
    Row("POST /v1/data-requests/confirmations", "", PUBLIC),
    Row("GET /v1/media/{name}", "", PUBLIC),

    //                                                               nobody stranger viewer editor owner buyer officer officer admin signed forged
    //                                                                                                         elsewh.  here          out   token
    // ── the caller: whoever is signed in, about itself ───────────────────────────────────────────────────────
    Row("POST /v1/sessions",                     "",                 [A201,  A201,   A201,  A201, A201, A201,  A201,   A201,  A201,  A201,  A201]),
    Row("POST /v1/sessions/refresh",             "",                 [A200,  A200,   A200,  A200, A200, A200,  A200,   A200,  A200,  U401,  U401]),
    Row("DELETE /v1/sessions/current",           "",                 [U401,  A204,   A204,  A204, A204, A204,  A204,   A204,  A204,  U401,  U401]),
    Row("GET /v1/sessions",                      "",                 [U401,  A200,   A200,  A200, A200, A200,  A200,   A200,  A200,  U401,  U401]),
    Row("DELETE /v1/sessions",                   "",                 [U401,  A204,   A204,  A204, A204, A204,  A204,   A204,  A204,  U401,  U401]),
    Row("DELETE /v1/sessions/{id}",              "",                 [U401,  A204,   A204,  A204, A204, A204,  A204,   A204,  A204,  U401,  U401]),
    Row("DELETE /v1/sessions/{id}",              "of the owner",     [U401,  H404,   H404,  H404, A204, H404,  H404,   H404,  H404,  U401,  U401]),
    Row("POST /v1/me/second-factor",             "",                 [U401,  A201,   A201,  A201, A201, A201,  A201,   A201,  A201,  U401,  U401]),
    Row("POST /v1/me/second-factor/confirmations", "",               [U401,  A201,   A201,  A201, A201, A201,  A201,   A201,  A201,  U401,  U401]),
    Row("DELETE /v1/me/second-factor",           "",                 [U401,  A204,   A204,  A204, A204, A204,  A204,   A204,  A204,  U401,  U401]),
    Row("POST /v1/me/recovery-codes",            "",                 [U401,  A201,   A201,  A201, A201, A201,  A201,   A201,  A201,  U401,  U401]),
    Row("GET /v1/me",                            "",                 [U401,  A200,   A200,  A200, A200, A200,  A200,   A200,  A200,  U401,  U401]),
    Row("PATCH /v1/me",                          "",                 [U401,  A200,   A200,  A200, A200, A200,  A200,   A200,  A200,  U401,  U401]),

    // ── accounts: whoever reads the mail of an address, and whoever is signed in about its own password and address ──
    Row("POST /v1/registrations",                "",                 [A202; Who::ALL.len()]),
    Row("POST /v1/registrations",                "by invitation",    [A201; Who::ALL.len()]),
    Row("POST /v1/registrations/confirmations",  "",                 [A201; Who::ALL.len()]),
    Row("POST /v1/password-resets",              "",                 [A202; Who::ALL.len()]),
    Row("POST /v1/password-resets/confirmations", "",                [A204; Who::ALL.len()]),
    Row("POST /v1/me/email-changes/confirmations", "",               [A204; Who::ALL.len()]),
    Row("POST /v1/me/password",                  "",                 [U401,  A204,   A204,  A204, A204, A204,  A204,   A204,  A204,  U401,  U401]),
    Row("POST /v1/me/email-changes",             "",                 [U401,  A202,   A202,  A202, A202, A202,  A202,   A202,  A202,  U401,  U401]),

    // ── personal data: everybody's own ───────────────────────────────────────────────────────────────────────
    Row("GET /v1/me/consents",                   "",                 [U401,  A200,   A200,  A200, A200, A200,  A200,   A200,  A200,  U401,  U401]),
    Row("POST /v1/me/consents",                  "",                 [U401,  A201,   A201,  A201, A201, A201,  A201,   A201,  A201,  U401,  U401]),
    Row("DELETE /v1/me/consents/{purpose}",      "",                 [U401,  A204,   A204,  A204, A204, A204,  A204,   A204,  A204,  U401,  U401]),
    Row("GET /v1/me/export",                     "",                 [U401,  A200,   A200,  A200, A200, A200,  A200,   A200,  A200,  U401,  U401]),
    Row("POST /v1/me/erasure",                   "",                 [U401,  A204,   A204,  A204, A204, A204,  A204,   A204,  A204,  U401,  U401]),

    // ── what people ask about their data: anybody asks, administrators handle ────────────────────────────────
    Row("POST /v1/data-requests",                "",                 [A202,  A202,   A202,  A202, A202, A202,  A202,   A202,  A202,  U401,  U401]),
    Row("GET /v1/data-requests",                 "",                 [U401,  F403,   F403,  F403, F403, F403,  F403,   F403,  A200,  U401,  U401]),
    Row("GET /v1/data-requests/{id}",            "",                 [U401,  F403,   F403,  F403, F403, F403,  F403,   F403,  A200,  U401,  U401]),
    Row("POST /v1/data-requests/{id}/answers",   "",                 [U401,  F403,   F403,  F403, F403, F403,  F403,   F403,  A200,  U401,  U401]),
    Row("POST /v1/data-requests/{id}/extensions", "",                [U401,  F403,   F403,  F403, F403, F403,  F403,   F403,  A200,  U401,  U401]),
    Row("POST /v1/data-requests/{id}/erasures",  "",                 [U401,  F403,   F403,  F403, F403, F403,  F403,   F403,  A200,  U401,  U401]),
    Row("POST /v1/data-requests/{id}/exports",   "",                 [U401,  F403,   F403,  F403, F403, F403,  F403,   F403,  A200,  U401,  U401]),

    // ── leads: anybody may ask; the two sides see, and beside them the office of the producer's province ──────────
    Row("POST /v1/leads",                        "",                 [A201,  A201,   A201,  A201, A201, A201,  A201,   A201,  A201,  U401,  U401]),
    Row("POST /v1/leads",                        "validate only",    [A200,  A200,   A200,  A200, A200, A200,  A200,   A200,  A200,  U401,  U401]),
    // ── an enquiry recorded for a buyer: by editors of the producer asked (or of an organiser: nobody here), by officers ──
    Row("POST /v1/leads",                        "as the producer",  [U401,  F403,   F403,  A201, A201, F403,  F403,   F403,  F403,  U401,  U401]),
    Row("POST /v1/leads",                        "as an organiser",  [U401,  F403,   F403,  F403, F403, F403,  F403,   F403,  F403,  U401,  U401]),
    Row("POST /v1/leads",                        "as an office",     [U401,  F403,   F403,  F403, F403, F403,  A201,   A201,  A201,  U401,  U401]),

    Row("GET /v1/leads",                         "",                 [U401,  W200,   A200,  A200, A200, A200,  W200,   A200,  A200,  U401,  U401]),
    Row("GET /v1/leads",                         "of the enquiry",   [U401,  W200,   A200,  A200, A200, A200,  W200,   A200,  A200,  U401,  U401]),
    Row("GET /v1/leads/{id}",                    "",                 [U401,  H404,   A200,  A200, A200, A200,  H404,   A200,  A200,  U401,  U401]),
    Row("POST /v1/leads/{id}/events",            "note",             [U401,  H404,   F403,  A201, A201, A201,  H404,   A201,  A201,  U401,  U401]),
    Row("POST /v1/leads/{id}/events",            "end it as lost",   [U401,  H404,   F403,  A201, A201, A201,  H404,   A201,  A201,  U401,  U401]),

    // ── events and offers of a lead: the parties, and who helped them to meet; prices are the parties' ────────
    Row("POST /v1/leads/{id}/events",            "a call",           [U401,  H404,   F403,  A201, A201, A201,  H404,   A201,  A201,  U401,  U401]),
    Row("POST /v1/leads/{id}/quotes",            "",                 [U401,  H404,   F403,  A201, A201, A201,  H404,   F403,  F403,  U401,  U401]),
    Row("GET /v1/leads/{id}/quotes",             "",                 [U401,  H404,   A200,  A200, A200, A200,  H404,   A200,  A200,  U401,  U401]),
    Row("GET /v1/enquiries/{id}/quotes",         "",                 [U401,  H404,   H404,  H404, H404, A200,  H404,   H404,  H404,  U401,  U401]),
    // ── the buyer's contact: the producer asks and reveals, an office reveals with a reason, the buyer decides ─────────
    Row("GET /v1/leads/{id}",                    "revealed",         [U401,  H404,   A200,  A200, A200, A200,  H404,   A200,  A200,  U401,  U401]),
    Row("POST /v1/leads/{id}/contact-requests",  "",                 [U401,  H404,   F403,  A201, A201, F403,  H404,   F403,  F403,  U401,  U401]),
    Row("POST /v1/leads/{id}/contact-consents",  "",                 [U401,  H404,   F403,  F403, F403, A201,  H404,   F403,  F403,  U401,  U401]),
    Row("DELETE /v1/leads/{id}/contact-consents", "",                [U401,  H404,   F403,  F403, F403, A204,  H404,   F403,  F403,  U401,  U401]),
    Row("POST /v1/leads/{id}/contact-reveals",   "",                 [U401,  H404,   F403,  A201, A201, F403,  H404,   A201,  A201,  U401,  U401]),

    // ── files and what was signed: anybody stores, the sides of the lead read and record; who recorded it, or the office, voids and credits ──
    Row("POST /v1/files",                        "",                 [A201,  A201,   A201,  A201, A201, A201,  A201,   A201,  A201,  U401,  U401]),
    Row("GET /v1/leads/{id}/files/{file_id}",    "a proof",          [U401,  H404,   A200,  A200, A200, A200,  H404,   A200,  A200,  U401,  U401]),
    Row("GET /v1/leads/{id}/files/{file_id}",    "an attachment",    [U401,  H404,   A200,  A200, A200, A200,  H404,   H404,  H404,  U401,  U401]),
    Row("POST /v1/leads/{id}/agreements",        "",                 [U401,  H404,   F403,  A201, A201, A201,  H404,   A201,  A201,  U401,  U401]),
    Row("GET /v1/leads/{id}/agreements",         "",                 [U401,  H404,   A200,  A200, A200, A200,  H404,   A200,  A200,  U401,  U401]),
    Row("GET /v1/leads/{id}/agreements/{agreement_id}", "",          [U401,  H404,   A200,  A200, A200, A200,  H404,   A200,  A200,  U401,  U401]),
    Row("POST /v1/leads/{id}/agreements/{agreement_id}/voidings", "of the producer", [U401, H404, F403, A201, A201, F403, H404, A201, A201, U401, U401]),
    Row("PUT /v1/leads/{id}/agreements/{agreement_id}/attribution", "of the producer", [U401, H404, F403, A200, A200, F403, H404, A200, A200, U401, U401]),

    // ── what was recorded for buyers: who recorded it completes it, who deals with both merges ───────────────────
    Row("POST /v1/leads/batch",                  "",                 [U401,  A200,   A200,  A200, A200, A200,  A200,   A200,  A200,  U401,  U401]),
    Row("POST /v1/leads/batch",                  "walk-in of the producer", [U401, W200, W200, A200, A200, W200, W200, W200,  W200,  U401,  U401]),
    Row("POST /v1/leads/batch",                  "note",             [U401,  W200,   W200,  A200, A200, A200,  W200,   A200,  A200,  U401,  U401]),
    Row("PATCH /v1/leads/{id}",                  "",                 [U401,  H404,   F403,  A200, A200, H404,  H404,   F403,  F403,  U401,  U401]),
    Row("POST /v1/leads/{id}/merges",            "",                 [U401,  H404,   F403,  A201, A201, F403,  H404,   A201,  A201,  U401,  U401]),
    Row("DELETE /v1/leads/{id}/merges/{lead_id}", "",                [U401,  H404,   F403,  A204, A204, F403,  H404,   A204,  A204,  U401,  U401]),

    // ── reports and files of leads: everybody counts, who sees leads has them as a file ──────────────────────
    Row("GET /v1/reports/leads",                 "",                 [A200,  A200,   A200,  A200, A200, A200,  A200,   A200,  A200,  U401,  U401]),
    Row("GET /v1/leads/export",                  "",                 [U401,  W200,   A200,  A200, A200, A200,  W200,   A200,  A200,  U401,  U401]),
    Row("GET /v1/organisations/{id}/promotion-sheet", "",            [U401,  H404,   A200,  A200, A200, H404,  H404,   A200,  A200,  U401,  U401]),
    // ── letters about leads: whoever has got a link may answer; everybody switches the own letters ───────────
    Row("POST /v1/lead-answers/previews",        "",                 [A200; Who::ALL.len()]),
    Row("POST /v1/lead-answers",                 "",                 [A201; Who::ALL.len()]),
    Row("POST /v1/lead-answers",                 "as the contact of a buyer", [A201; Who::ALL.len()]),
    Row("GET /v1/me/notifications",              "",                 [U401,  A200,   A200,  A200, A200, A200,  A200,   A200,  A200,  U401,  U401]),
    Row("PATCH /v1/me/notifications",            "",                 [U401,  A200,   A200,  A200, A200, A200,  A200,   A200,  A200,  U401,  U401]),

    // ── the ledger: officers, each in the own province of today; administrators everywhere ───────────────────
    Row("GET /v1/certifications",                "",                 [U401,  F403,   F403,  F403, F403, F403,  W200,   A200,  A200,  U401,  U401]),
    Row("POST /v1/certifications",               "",                 [U401,  F403,   F403,  F403, F403, F403,  F403,   A201,  A201,  U401,  U401]),
    Row("POST /v1/certifications",               "validate only",    [U401,  F403,   F403,  F403, F403, F403,  F403,   A200,  A200,  U401,  U401]),
    Row("POST /v1/certifications/{id}/revocations", "",              [U401,  F403,   F403,  F403, F403, F403,  F403,   A201,  A201,  U401,  U401]),
    Row("POST /v1/certifications/{id}/extensions",  "",              [U401,  F403,   F403,  F403, F403, F403,  F403,   A201,  A201,  U401,  U401]),
    Row("POST /v1/certification-imports",        "",                 [U401,  F403,   F403,  F403, F403, F403,  W200,   A200,  A200,  U401,  U401]),
    Row("POST /v1/certification-imports",        "validate only",    [U401,  F403,   F403,  F403, F403, F403,  W200,   A200,  A200,  U401,  U401]),

    // ── listings: the producer's members and the officers of its province see them; what an officer recorded is the officers' ──
    Row("GET /v1/listings/{id}",                 "",                 [U401,  H404,   A200,  A200, A200, H404,  H404,   A200,  A200,  U401,  U401]),
    Row("PATCH /v1/listings/{id}",               "",                 [U401,  H404,   F403,  A200, A200, H404,  H404,   A200,  A200,  U401,  U401]),
    Row("PATCH /v1/listings/{id}",               "validate only",    [U401,  H404,   F403,  A200, A200, H404,  H404,   A200,  A200,  U401,  U401]),
    Row("POST /v1/listings/{id}/withdrawals",    "",                 [U401,  H404,   F403,  A201, A201, H404,  H404,   A201,  A201,  U401,  U401]),
    Row("DELETE /v1/listings/{id}/withdrawals/current", "",          [U401,  H404,   F403,  A204, A204, H404,  H404,   A204,  A204,  U401,  U401]),
    Row("POST /v1/listings/{id}/documents",      "",                 [U401,  H404,   F403,  A201, A201, H404,  H404,   A201,  A201,  U401,  U401]),
    Row("GET /v1/listings",                      "",                 [U401,  W200,   A200,  A200, A200, W200,  W200,   A200,  A200,  U401,  U401]),
    // What waits comes first: the list begins with the oldest.
    Row("GET /v1/listing-submissions",           "",                 [U401,  F403,   F403,  F403, F403, F403,  W200,   A200,  A200,  U401,  U401]),
    Row("DELETE /v1/listings/{id}/draft",        "",                 [U401,  H404,   F403,  A204, A204, H404,  H404,   F403,  F403,  U401,  U401]),
    Row("POST /v1/listings/{id}/submissions",    "",                 [U401,  H404,   F403,  A201, A201, H404,  H404,   F403,  F403,  U401,  U401]),
    Row("GET /v1/listings/{id}/submissions",     "",                 [U401,  H404,   A200,  A200, A200, H404,  H404,   A200,  A200,  U401,  U401]),
    Row("GET /v1/listings/{id}/submissions/{submission_id}", "",     [U401,  H404,   A200,  A200, A200, H404,  H404,   A200,  A200,  U401,  U401]),
    Row("DELETE /v1/listings/{id}/submissions/{submission_id}", "",  [U401,  H404,   F403,  A204, A204, H404,  H404,   F403,  F403,  U401,  U401]),
    Row("POST /v1/listings/{id}/reviews",        "",                 [U401,  H404,   F403,  F403, F403, H404,  H404,   A201,  A201,  U401,  U401]),
    Row("GET /v1/listings/{id}/versions",        "",                 [U401,  H404,   A200,  A200, A200, H404,  H404,   A200,  A200,  U401,  U401]),
    Row("GET /v1/listings/{id}/versions/{version}", "",              [U401,  H404,   A200,  A200, A200, H404,  H404,   A200,  A200,  U401,  U401]),
    Row("POST /v1/listings/{id}/restorations",   "",                 [U401,  H404,   F403,  A201, A201, H404,  H404,   A201,  A201,  U401,  U401]),
    Row("POST /v1/listings/{id}/restorations",   "validate only",    [U401,  H404,   F403,  A200, A200, H404,  H404,   A200,  A200,  U401,  U401]),
    Row("DELETE /v1/listings/{id}/documents/{document_id}", "",      [U401,  H404,   F403,  F403, F403, H404,  H404,   A204,  A204,  U401,  U401]),
    // ── papers that the producer handed in: it says who reads them, officers check them ─────────────────────────
    Row("DELETE /v1/listings/{id}/documents/{document_id}", "handed in", [U401, H404, F403, A204, A204, H404, H404, A204, A204, U401, U401]),
    Row("GET /v1/listings/{id}/documents/{document_id}", "",         [U401,  H404,   A200,  A200, A200, H404,  H404,   A200,  A200,  U401,  U401]),
    Row("PATCH /v1/listings/{id}/documents/{document_id}", "",       [U401,  H404,   F403,  A200, A200, H404,  H404,   F403,  F403,  U401,  U401]),
    Row("POST /v1/listings/{id}/documents/{document_id}/checks", "", [U401,  H404,   F403,  F403, F403, H404,  H404,   A201,  A201,  U401,  U401]),
    Row("GET /v1/listings/{id}/documents/{document_id}/content", "on request", [H404, H404, A200, A200, A200, H404, H404, A200, A200, U401, U401]),
    Row("GET /v1/listings/{id}/documents/{document_id}/content", "public", [A200, A200, A200, A200, A200, A200, A200, A200, A200, U401, U401]),
    Row("GET /v1/listings/{id}/documents/{document_id}/accesses", "", [U401, H404,  A200,  A200, A200, H404,  H404,   A200,  A200,  U401,  U401]),
    Row("GET /v1/listings/{id}/documents/{document_id}/shares", "",  [U401,  H404,   A200,  A200, A200, H404,  H404,   A200,  A200,  U401,  U401]),
    Row("POST /v1/listings/{id}/documents/{document_id}/shares", "", [U401,  H404,   F403,  A201, A201, H404,  H404,   F403,  F403,  U401,  U401]),
    Row("DELETE /v1/listings/{id}/documents/{document_id}/shares/{share_id}", "", [U401, H404, F403, A204, A204, H404, H404, F403, F403, U401, U401]),
    Row("POST /v1/shared-documents/previews",    "",                 [A200; Who::ALL.len()]),
    Row("POST /v1/shared-documents/openings",    "",                 [A200; Who::ALL.len()]),
    Row("GET /v1/listings/{id}/readiness",       "",                 [U401,  H404,   A200,  A200, A200, H404,  H404,   A200,  A200,  U401,  U401]),
    // ── answers of retailers: each its own, the producer and the office of its province see them all ─────────────
    Row("PUT /v1/listings/{id}/answers/{organisation_id}", "of another one", [U401, H404, F403, F403, F403, H404, H404, F403, F403, U401, U401]),
    Row("PUT /v1/listings/{id}/answers/{organisation_id}", "of its own organisation", [U401, A200, A200, A200, A200, A200, A200, A200, A200, U401, U401]),
    Row("GET /v1/listings/{id}/answers",         "",                 [U401,  H404,   A200,  A200, A200, H404,  H404,   A200,  A200,  U401,  U401]),
    Row("GET /v1/listings/{id}/answers/{organisation_id}", "",       [U401,  H404,   A200,  A200, A200, H404,  H404,   A200,  A200,  U401,  U401]),

    // ── workbooks of listings: everybody's hold what is theirs to see; rows of others are wrong ones; sets are undone as a whole ──
    Row("GET /v1/listing-sheets",                "",                 [U401,  W200,   A200,  A200, A200, W200,  W200,   A200,  A200,  U401,  U401]),
    Row("POST /v1/listing-change-sets",          "",                 [U401,  X422,   X422,  A201, A201, X422,  X422,   A201,  A201,  U401,  U401]),
    Row("POST /v1/listing-change-sets",          "validate only",    [U401,  X422,   X422,  A200, A200, X422,  X422,   A200,  A200,  U401,  U401]),
    Row("GET /v1/listing-change-sets",           "",                 [U401,  W200,   A200,  A200, A200, W200,  W200,   A200,  A200,  U401,  U401]),
    Row("GET /v1/listing-change-sets/{id}",      "",                 [U401,  H404,   A200,  A200, A200, H404,  H404,   A200,  A200,  U401,  U401]),
    Row("POST /v1/listing-change-sets/{id}/reversals", "",           [U401,  H404,   F403,  A201, A201, H404,  H404,   A201,  A201,  U401,  U401]),

    // ── organisations: their members and the officers of their province see them; what they are, officers decide ──
    Row("POST /v1/organisations",                "",                 [U401,  A201,   A201,  A201, A201, A201,  A201,   A201,  A201,  U401,  U401]),
    Row("GET /v1/organisations",                 "",                 [U401,  F403,   F403,  F403, F403, F403,  W200,   A200,  A200,  U401,  U401]),
    Row("GET /v1/organisations/{id}",            "",                 [U401,  H404,   A200,  A200, A200, H404,  H404,   A200,  A200,  U401,  U401]),
    Row("PATCH /v1/organisations/{id}",          "",                 [U401,  H404,   F403,  F403, A200, H404,  H404,   F403,  F403,  U401,  U401]),
    Row("GET /v1/organisations/{id}/verifications", "",              [U401,  H404,   A200,  A200, A200, H404,  H404,   A200,  A200,  U401,  U401]),
    Row("POST /v1/organisations/{id}/verifications", "",             [U401,  F403,   F403,  F403, F403, F403,  H404,   A201,  A201,  U401,  U401]),
    Row("GET /v1/organisations/{id}/matches",    "",                 [U401,  H404,   F403,  A200, A200, H404,  H404,   A200,  A200,  U401,  U401]),
    Row("GET /v1/organisations/{id}/claims",     "",                 [U401,  H404,   A200,  A200, A200, H404,  H404,   A200,  A200,  U401,  U401]),
    Row("POST /v1/organisations/{id}/claims",    "",                 [U401,  H404,   F403,  F403, A201, H404,  H404,   F403,  F403,  U401,  U401]),
    Row("DELETE /v1/organisations/{id}/claims/{claim_id}", "",       [U401,  H404,   F403,  F403, A204, H404,  H404,   F403,  F403,  U401,  U401]),
    Row("GET /v1/organisation-claims",           "",                 [U401,  F403,   F403,  F403, F403, F403,  W200,   A200,  A200,  U401,  U401]),
    Row("POST /v1/organisations/{id}/claims/{claim_id}/decisions", "", [U401, F403,  F403,  F403, F403, F403,  H404,   A201,  A201,  U401,  U401]),

    // ── members: the organisation's people and the officers of its province see who they are; owners decide ──
    Row("GET /v1/organisations/{id}/members",          "",                 [U401, H404, A200, A200, A200, H404, H404, A200, A200, U401, U401]),
    Row("GET /v1/organisations/{id}/members/{user_id}", "",                 [U401, H404, A200, A200, A200, H404, H404, A200, A200, U401, U401]),
    Row("PATCH /v1/organisations/{id}/members/{user_id}", "",                 [U401, H404, F403, F403, A200, H404, H404, F403, F403, U401, U401]),
    Row("DELETE /v1/organisations/{id}/members/{user_id}", "",                 [U401, H404, F403, F403, A204, H404, H404, F403, F403, U401, U401]),
    Row("DELETE /v1/organisations/{id}/members/{user_id}", "leave",            [U401, H404, A204, A204, A204, H404, H404, H404, H404, U401, U401]),
    Row("POST /v1/organisations/{id}/ownership-transfers", "",                 [U401, H404, F403, F403, A201, H404, H404, F403, F403, U401, U401]),
    Row("POST /v1/organisations/{id}/invitations",     "",                 [U401, H404, F403, F403, A201, H404, H404, F403, F403, U401, U401]),
    Row("GET /v1/organisations/{id}/invitations",      "",                 [U401, H404, F403, F403, A200, H404, H404, F403, F403, U401, U401]),
    Row("DELETE /v1/organisations/{id}/invitations/{invitation_id}", "",                 [U401, H404, F403, F403, A204, H404, H404, F403, F403, U401, U401]),
    Row("POST /v1/invitations/acceptances",            "",                 [U401, A201, A201, A201, A201, A201, A201, A201, A201, U401, U401]),
    Row("POST /v1/invitations/acceptances",            "of another address", [U401, F403, F403, F403, F403, F403, F403, F403, F403, U401, U401]),

    // ── delegations: an owner gives them, an officer of the province asks for them and gives them back ───────
    Row("POST /v1/organisations/{id}/delegations",     "",                 [U401, H404, F403, F403, A201, H404, H404, A201, F403, U401, U401]),
    Row("GET /v1/organisations/{id}/delegations",      "",                 [U401, H404, A200, A200, A200, H404, H404, A200, A200, U401, U401]),
    Row("POST /v1/organisations/{id}/delegations/{delegation_id}/grants", "",                 [U401, H404, F403, F403, A201, H404, H404, F403, F403, U401, U401]),
    Row("DELETE /v1/organisations/{id}/delegations/{delegation_id}", "",                 [U401, H404, F403, F403, A204, H404, H404, A204, F403, U401, U401]),
    Row("GET /v1/me/delegations",                      "",                 [U401, A200, A200, A200, A200, A200, A200, A200, A200, U401, U401]),

    // ── offices: administrators give and end them, officers see their colleagues ─────────────────────────────
    Row("POST /v1/office-invitations",                 "",                 [U401, F403, F403, F403, F403, F403, F403, F403, A201, U401, U401]),
    Row("GET /v1/office-invitations",                  "",                 [U401, F403, F403, F403, F403, F403, F403, F403, A200, U401, U401]),
    Row("DELETE /v1/office-invitations/{id}",          "",                 [U401, F403, F403, F403, F403, F403, F403, F403, A204, U401, U401]),
    Row("GET /v1/officers",                            "",                 [U401, F403, F403, F403, F403, F403, W200, A200, A200, U401, U401]),
    Row("DELETE /v1/officers/{user_id}",               "",                 [U401, F403, F403, F403, F403, F403, F403, F403, A204, U401, U401]),
    // ── machine clients: seen by the members of their organisation, changed by its owners ────────────────────
    Row("GET /v1/organisations/{id}/clients",    "",                 [U401,  H404,   A200,  A200, A200, H404,  H404,   H404,  H404,  U401,  U401]),
    Row("POST /v1/organisations/{id}/clients",   "",                 [U401,  H404,   F403,  F403, A201, H404,  H404,   H404,  H404,  U401,  U401]),
    Row("GET /v1/organisations/{id}/clients/{client_id}", "",        [U401,  H404,   A200,  A200, A200, H404,  H404,   H404,  H404,  U401,  U401]),
    Row("PATCH /v1/organisations/{id}/clients/{client_id}", "",      [U401,  H404,   F403,  F403, A200, H404,  H404,   H404,  H404,  U401,  U401]),
    Row("DELETE /v1/organisations/{id}/clients/{client_id}", "",     [U401,  H404,   F403,  F403, A204, H404,  H404,   H404,  H404,  U401,  U401]),
    Row("POST /v1/organisations/{id}/clients/{client_id}/secrets", "", [U401, H404,  F403,  F403, A201, H404,  H404,   H404,  H404,  U401,  U401]),
    Row("DELETE /v1/organisations/{id}/clients/{client_id}/secrets/{secret_id}", "",
                                                                     [U401,  H404,   F403,  F403, A204, H404,  H404,   H404,  H404,  U401,  U401]),

    // ── pictures: stored by editors of the producer and by the office, read by them and the members; what comes in parts is its sender's ──
    Row("POST /v1/images",                       "",                 [U401,  H404,   F403,  A201, A201, H404,  H404,   A201,  A201,  U401,  U401]),
    Row("GET /v1/images/{id}",                   "",                 [U401,  H404,   A200,  A200, A200, H404,  H404,   A200,  A200,  U401,  U401]),
    Row("POST /v1/image-imports",                "",                 [U401,  H404,   F403,  A201, A201, H404,  H404,   A201,  A201,  U401,  U401]),
    Row("POST /v1/uploads",                      "",                 [U401,  H404,   F403,  A201, A201, H404,  H404,   A201,  A201,  U401,  U401]),
    Row("GET /v1/uploads/{id}",                  "of the editor",    [U401,  H404,   H404,  A200, H404, H404,  H404,   H404,  H404,  U401,  U401]),
    Row("PATCH /v1/uploads/{id}",                "of the editor",    [U401,  H404,   H404,  A201, H404, H404,  H404,   H404,  H404,  U401,  U401]),
    Row("DELETE /v1/uploads/{id}",               "of the editor",    [U401,  H404,   H404,  A204, H404, H404,  H404,   H404,  H404,  U401,  U401]),

    // ── products: what is recorded twice is for the officers of the province ─────────────────────────────────
    Row("POST /v1/products/{id}/successions",    "",                 [U401,  F403,   F403,  F403, F403, F403,  F403,   A201,  A201,  U401,  U401]),
    Row("DELETE /v1/products/{id}/successions/current", "",          [U401,  F403,   F403,  F403, F403, F403,  F403,   A204,  A204,  U401,  U401]),

    // ── the log: of an organisation its owners read what concerns it, officers what lies in their province ──────
    Row("GET /v1/audit",                         "of the organisation", [U401, H404, F403,  F403, A200, H404,  W200,   A200,  A200,  U401,  U401]),
];

/// What a machine client of the producer concerned may do, if it has the scope. Whatever is not in here is for people:
/// 403. What is for anybody is for machines too.
struct Machine(&'static str, &'static str, &'static str, Outcome);

#[rustfmt::skip]
const MACHINES: &[Machine] = &[
    Machine("POST /v1/leads",                    "",                  "leads.write",    A201),
    Machine("POST /v1/leads",                    "validate only",     "leads.write",    A200),
    Machine("POST /v1/leads",                    "as the producer",   "leads.write",    A201),
    Machine("POST /v1/leads",                    "as an organiser",   "leads.write",    F403),
    Machine("POST /v1/leads",                    "as an office",      "leads.write",    F403),
    Machine("GET /v1/leads",                     "",                  "leads.read",     A200),
    Machine("GET /v1/leads",                     "of the enquiry",    "leads.read",     A200),
    Machine("GET /v1/leads/{id}",                "",                  "leads.read",     A200),
    Machine("POST /v1/leads/{id}/events",        "note",              "leads.write",    A201),
    Machine("POST /v1/leads/{id}/events",        "end it as lost",    "leads.write",    A201),
    Machine("POST /v1/leads/{id}/events",        "a call",            "leads.write",    A201),
    Machine("POST /v1/leads/{id}/quotes",        "",                  "leads.write",    A201),
    Machine("GET /v1/leads/{id}/quotes",         "",                  "leads.read",     A200),
    // Of the producer: the comparison is its buyer's.
    Machine("GET /v1/enquiries/{id}/quotes",     "",                  "leads.read",     H404),
    Machine("GET /v1/reports/leads",             "",                  "leads.read",     A200),
    Machine("GET /v1/leads/export",              "",                  "leads.read",     A200),
    Machine("GET /v1/leads/{id}",                "revealed",          "leads.read",     A200),
    Machine("POST /v1/leads/{id}/contact-requests", "",               "leads.write",    A201),
    Machine("POST /v1/leads/{id}/contact-consents", "",               "leads.write",    F403),
    Machine("DELETE /v1/leads/{id}/contact-consents", "",             "leads.write",    F403),
    Machine("POST /v1/leads/{id}/contact-reveals", "",                "leads.write",    A201),
    Machine("POST /v1/files",                    "",                  "leads.write",    A201),
    Machine("GET /v1/leads/{id}/files/{file_id}", "a proof",          "leads.read",     A200),
    Machine("GET /v1/leads/{id}/files/{file_id}", "an attachment",    "leads.read",     A200),
    Machine("POST /v1/leads/{id}/agreements",    "",                  "leads.write",    A201),
    Machine("GET /v1/leads/{id}/agreements",     "",                  "leads.read",     A200),
    Machine("GET /v1/leads/{id}/agreements/{agreement_id}", "",       "leads.read",     A200),
    Machine("POST /v1/leads/{id}/agreements/{agreement_id}/voidings", "of the producer", "leads.write", A201),
    Machine("PUT /v1/leads/{id}/agreements/{agreement_id}/attribution", "of the producer", "leads.write", A200),
    // What was recorded for buyers.
    Machine("POST /v1/leads/batch",              "",                  "leads.write",    A200),
    Machine("POST /v1/leads/batch",              "walk-in of the producer", "leads.write", A200),
    Machine("POST /v1/leads/batch",              "note",              "leads.write",    A200),
    Machine("PATCH /v1/leads/{id}",              "",                  "leads.write",    A200),
    Machine("POST /v1/leads/{id}/merges",        "",                  "leads.write",    A201),
    Machine("DELETE /v1/leads/{id}/merges/{lead_id}", "",             "leads.write",    A204),
    Machine("GET /v1/listings/{id}",             "",                  "listings.read",  A200),
    Machine("PATCH /v1/listings/{id}",           "",                  "listings.write", A200),
    Machine("PATCH /v1/listings/{id}",           "validate only",     "listings.write", A200),
    Machine("POST /v1/listings/{id}/withdrawals", "",                 "listings.write", A201),
    Machine("DELETE /v1/listings/{id}/withdrawals/current", "",       "listings.write", A204),
    // Workbooks of listings.
    Machine("GET /v1/listing-sheets",            "",                  "listings.read",  A200),
    Machine("POST /v1/listing-change-sets",      "",                  "listings.write", A201),
    Machine("POST /v1/listing-change-sets",      "validate only",     "listings.write", A200),
    Machine("GET /v1/listing-change-sets",       "",                  "listings.read",  A200),
    Machine("GET /v1/listing-change-sets/{id}",  "",                  "listings.read",  A200),
    Machine("POST /v1/listing-change-sets/{id}/reversals", "",        "listings.write", A201),
    Machine("POST /v1/images",                   "",                  "listings.write", A201),
    Machine("GET /v1/images/{id}",               "",                  "listings.read",  A200),
    Machine("POST /v1/image-imports",            "",                  "listings.write", A201),
    Machine("POST /v1/uploads",                  "",                  "listings.write", A201),
    Machine("GET /v1/uploads/{id}",              "of the editor",     "listings.write", H404),
    Machine("PATCH /v1/uploads/{id}",            "of the editor",     "listings.write", H404),
    Machine("DELETE /v1/uploads/{id}",           "of the editor",     "listings.write", H404),
    Machine("POST /v1/listings/{id}/documents",  "",                  "listings.write", A201),
    Machine("DELETE /v1/listings/{id}/documents/{document_id}", "",   "listings.write", F403),
    Machine("DELETE /v1/listings/{id}/documents/{document_id}", "handed in", "listings.write", A204),
    Machine("GET /v1/listings/{id}/documents/{document_id}", "",      "listings.read",  A200),
    Machine("PATCH /v1/listings/{id}/documents/{document_id}", "",    "listings.write", A200),
    Machine("GET /v1/listings/{id}/documents/{document_id}/content", "on request", "listings.read", A200),
    Machine("GET /v1/listings/{id}/documents/{document_id}/content", "public", "listings.read", A200),
    Machine("GET /v1/listings/{id}/documents/{document_id}/accesses", "", "listings.read", A200),
    Machine("GET /v1/listings/{id}/documents/{document_id}/shares", "", "listings.read", A200),
    Machine("POST /v1/listings/{id}/documents/{document_id}/shares", "", "listings.write", A201),
    Machine("DELETE /v1/listings/{id}/documents/{document_id}/shares/{share_id}", "", "listings.write", A204),
    Machine("GET /v1/listings/{id}/readiness",   "",                  "listings.read",  A200),
    // Of the producer: answers are given by those who buy.
    Machine("PUT /v1/listings/{id}/answers/{organisation_id}", "of another one", "listings.write", F403),
    Machine("PUT /v1/listings/{id}/answers/{organisation_id}", "of its own organisation", "listings.write", F403),
    Machine("GET /v1/listings/{id}/answers",     "",                  "listings.read",  A200),
    Machine("GET /v1/listings/{id}/answers/{organisation_id}", "",    "listings.read",  A200),
    Machine("GET /v1/listings",                  "",                  "listings.read",  A200),
    Machine("DELETE /v1/listings/{id}/draft",    "",                  "listings.write", A204),
    Machine("POST /v1/listings/{id}/submissions", "",                 "listings.write", A201),
    Machine("GET /v1/listings/{id}/submissions", "",                  "listings.read",  A200),
    Machine("GET /v1/listings/{id}/submissions/{submission_id}", "",  "listings.read",  A200),
    Machine("DELETE /v1/listings/{id}/submissions/{submission_id}", "", "listings.write", A204),
    Machine("GET /v1/listings/{id}/versions",    "",                  "listings.read",  A200),
    Machine("GET /v1/listings/{id}/versions/{version}", "",           "listings.read",  A200),
    Machine("POST /v1/listings/{id}/restorations", "",                "listings.write", A201),
    Machine("POST /v1/listings/{id}/restorations", "validate only",   "listings.write", A200),
];

/// What machines get: one with all scopes, and one of the same organisation that may only read the catalogue.
fn to_machines(operation: &str, case: &str, token: Token) -> Option<[Outcome; 2]> {
    let allowed = MACHINES.iter().find(|Machine(op, its_case, ..)| (*op, *its_case) == (operation, case));
    match (allowed, token) {
        (Some(Machine(.., outcome)), _) => Some([*outcome, Outcome::Unscoped]),
        (None, Token::NotLookedAt) => None,
        (None, Token::Optional | Token::Needed) => Some([F403, F403]),
    }
}

/// Does an answer tell how to reach the sender of a lead? To who sent it, and to the others once it was revealed to them.
fn tells_the_contact(operation: &str, case: &str, who: Option<Who>) -> bool {
    match (operation, case) {
        ("GET /v1/leads/{id}", "revealed") => {
            who.is_none_or(|who| !matches!(who, Who::OfficerHere | Who::Admin))
        }
        ("GET /v1/leads/{id}", _) => who == Some(Who::Buyer),
        ("POST /v1/leads/{id}/contact-reveals", _) => true,
        _ => false,
    }
}

pub fn cases() -> Vec<Case> {
    cases![everybody_gets_what_the_matrix_says, an_office_without_its_second_factor_has_no_powers]
}

pub fn trials() -> Vec<Trial> {
    let trial = |name: &str, run: fn(&Document) -> Vec<String>| {
        Trial::test(format!("authorization::{name}"), move || {
            let faults = run(&Document(openapi::document()));
            if faults.is_empty() { Ok(()) } else { Err(Failed::from(faults.join("\n"))) }
        })
    };
    vec![
        trial("every_operation_has_a_row_and_every_row_an_operation", rows_without_counterpart),
        trial("the_document_says_where_a_token_is_needed", rows_the_document_contradicts),
        trial("the_document_says_what_machines_may_do", machines_the_document_contradicts),
    ]
}

/// The OpenAPI document.
struct Document(Value);

/// What an operation does with the access token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    NotLookedAt,
    Optional,
    Needed,
}

impl Document {
    fn names(&self) -> BTreeSet<String> {
        openapi::operations(&self.0).into_iter().map(|(name, _)| name).collect()
    }

    fn operation(&self, name: &str) -> &Value {
        let mut operations = openapi::operations(&self.0).into_iter();
        operations.find(|(known, _)| known == name).map_or(&Value::Null, |(_, operation)| operation)
    }

    fn token(&self, name: &str) -> Token {
        match self.operation(name)["security"].as_array().map_or(&[][..], Vec::as_slice) {
            [] => Token::NotLookedAt,
            schemes if schemes.contains(&serde_json::json!({})) => Token::Optional,
            _ => Token::Needed,
        }
    }
}

fn rows_without_counterpart(document: &Document) -> Vec<String> {
    let operations = document.names();
    let rows: BTreeSet<String> = MATRIX.iter().map(|Row(operation, ..)| (*operation).to_owned()).collect();
    let unsaid =
        operations.difference(&rows).map(|name| format!("{name}: who may do this? The matrix has no row"));
    let gone = rows.difference(&operations).map(|name| format!("{name}: a row, but no such operation"));
    unsaid.chain(gone).collect()
}

fn rows_the_document_contradicts(document: &Document) -> Vec<String> {
    let contradicts = |Row(operation, case, outcomes): &Row| {
        let of = |who: Who| outcomes[Who::ALL.iter().position(|one| *one == who).expect("one of all")];
        let refused = |who: Who| of(who) == U401;
        let token = document.token(operation);
        let agrees = match token {
            Token::NotLookedAt => !refused(Who::Nobody),
            // Some of what it does may need one.
            Token::Optional => {
                (!refused(Who::Nobody) || !case.is_empty()) && refused(Who::SignedOut) && refused(Who::Forged)
            }
            Token::Needed => refused(Who::Nobody) && refused(Who::SignedOut) && refused(Who::Forged),
        };
        (!agrees)
            .then(|| format!("{operation} {case}: by the document the token is {token:?}; not so by the row"))
    };
    MATRIX.iter().filter_map(contradicts).collect()
}

/// An operation that lists a scope is one that machines may do with it, and the other way round.
fn machines_the_document_contradicts(document: &Document) -> Vec<String> {
    let mut by_document = BTreeSet::new();
    for (name, operation) in openapi::operations(&document.0) {
        for scheme in operation["security"].as_array().into_iter().flatten() {
            for scope in scheme["client"].as_array().into_iter().flatten() {
                by_document.insert((name.clone(), scope.as_str().unwrap_or_default().to_owned()));
            }
        }
    }
    let by_matrix: BTreeSet<(String, String)> = MACHINES
        .iter()
        .map(|Machine(operation, _, scope, _)| ((*operation).to_owned(), (*scope).to_owned()))
        .collect();
    let unknown = MACHINES.iter().filter(|Machine(operation, case, ..)| {
        MATRIX.iter().all(|Row(known, its_case, _)| (known, its_case) != (operation, case))
    });
    let unknown = unknown.map(|Machine(operation, case, ..)| format!("{operation} {case}: no such row"));
    let differ = by_document.symmetric_difference(&by_matrix);
    unknown.chain(differ.map(|it| format!("{it:?} is in one of document and matrix only"))).collect()
}

async fn everybody_gets_what_the_matrix_says(app: TestApp) {
    let document = Document(openapi::document());
    let stage = Stage::set(app).await;
    let mut faults = Vec::new();
    for Row(operation, case, outcomes) in MATRIX {
        let token = document.token(operation);
        let mut to_nobody: Option<Reply> = None;
        for (who, expected) in Who::ALL.into_iter().zip(*outcomes) {
            let request = requests::ready(&stage, who, operation, case).await;
            let (found, reply) =
                walked(&document, &stage, operation, &request, expected, to_nobody.as_ref()).await;
            let due =
                matches!(expected, Outcome::Allowed(_)) && tells_the_contact(operation, case, Some(who));
            faults
                .extend(contact(&reply, due).map(|fault| format!("{operation} {case} by {who:?}: {fault}")));
            faults.extend(found.iter().map(|fault| format!("{operation} {case} by {who:?}: {fault}")));
            to_nobody.get_or_insert(reply);
        }
        let Some(outcomes) = to_machines(operation, case, token) else { continue };
        for (machine, expected) in stage.machines().await.into_iter().zip(outcomes) {
            // Everything is as an owner needs it, but for who comes.
            let request = requests::ready(&stage, Who::Owner, operation, case).await.by(&machine);
            let (found, reply) = walked(&document, &stage, operation, &request, expected, None).await;
            let due = matches!(expected, Outcome::Allowed(_)) && tells_the_contact(operation, case, None);
            faults.extend(
                contact(&reply, due).map(|fault| format!("{operation} {case} by a machine: {fault}")),
            );
            faults.extend(
                found.iter().map(|fault| format!("{operation} {case} by a machine, {expected:?}: {fault}")),
            );
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// Every operation that takes an office, on an instance that wants its second factor.
async fn an_office_without_its_second_factor_has_no_powers(app: TestApp) {
    let stage = Stage::set(app).await;
    let strict = stage.app.beside(&["--second-factor=required"]);
    let there = |by: &Actor| strict.anonymous().with_token(by.token.as_deref().expect("a token"));
    let mut walked = 0;
    let mut faults = Vec::new();
    for Row(operation, case, outcomes) in MATRIX {
        let of = |who: Who| outcomes[Who::ALL.iter().position(|one| *one == who).expect("one of all")];
        let members = [Who::Stranger, Who::Viewer, Who::Editor, Who::Owner, Who::Buyer];
        if members.into_iter().any(|who| of(who) != F403) {
            continue;
        }
        for who in [Who::OfficerHere, Who::Admin] {
            let Outcome::Allowed(status) = of(who) else { continue };
            let office = there(&stage.double(who).await.by);
            let mut request = requests::ready(&stage, who, operation, case).await;
            request.by = office.clone();
            let before = request.look(&stage).await;
            let waits = request.send().await;
            let problem: Value = serde_json::from_str(&waits.text).unwrap_or_default();
            if waits.status != 403 || problem["code"] != "second_factor_required" {
                faults.push(format!("{operation} {case} by {who:?} who waits: {}", waits.text));
            }
            if before != request.look(&stage).await {
                faults.push(format!("{operation} {case} by {who:?} who waits has an effect"));
            }
            strict.enrolled(&office).await;
            let works = request.send().await;
            if works.status != status {
                faults.push(format!("{operation} {case} by {who:?} with it: {}", works.text));
            }
            walked += 1;
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
    assert!(walked >= 10, "only {walked}");
}

/// Sends a request; what is wrong with what comes of it, and the answer.
async fn walked(
    document: &Document,
    stage: &Stage,
    operation: &str,
    request: &Request,
    expected: Outcome,
    to_nobody: Option<&Reply>,
) -> (Vec<String>, Reply) {
    let before = request.look(stage).await;
    let reply = request.send().await;
    let changed = before != request.look(stage).await;
    let mut found = wrong(request, &reply, expected, changed);
    if document.operation(operation)["responses"][reply.status.as_str()].is_null() {
        found.push(format!("the document does not have status {}", reply.status));
    }
    if expected == H404 {
        found.extend(told_from_nothing(&reply, &request.about_nothing().send().await));
    }
    if request.reads() {
        found.extend(match document.token(operation) {
            Token::NotLookedAt => told_differently(&reply, to_nobody),
            Token::Optional | Token::Needed => kept_by_caches(&reply),
        });
    }
    (found, reply)
}

/// What is wrong with an answer, in itself and in what came of the request.
fn wrong(request: &Request, reply: &Reply, expected: Outcome, changed: bool) -> Vec<String> {
    let (status, codes): (u16, &[&str]) = match expected {
        Outcome::Allowed(status) | Outcome::Without(status) => (status, &[]),
        Outcome::Unauthenticated => (401, &["unauthenticated", "invalid_refresh_token"]),
        Outcome::Forbidden => (403, &["forbidden"]),
        Outcome::Unscoped => (403, &["insufficient_scope"]),
        Outcome::Hidden => (404, &["not_found"]),
        Outcome::Faulty => (422, &["invalid_cells"]),
    };
    if reply.status.as_u16() != status {
        return vec![format!("{expected:?} is due, and the answer is {}: {}", reply.status, reply.text)];
    }
    let mut faults = Vec::new();
    let done = matches!(expected, Outcome::Allowed(_));
    match (changed, done && request.writes) {
        (true, false) => faults.push("it has an effect, and should have none".to_owned()),
        (false, true) => faults.push("it has no effect".to_owned()),
        _ => {}
    }
    if let Some(mark) = &request.mark
        && reply.text.contains(mark) != done
    {
        let is = if done { "is not" } else { "is" };
        faults.push(format!("{mark:?} {is} in the answer: {}", reply.text));
    }
    if !reply.header("idempotency-replayed").is_empty() {
        faults.push("somebody else's answer is replayed".to_owned());
    }
    if !codes.is_empty() {
        faults.extend(no_problem_document(reply, codes));
    }
    if expected == U401 {
        faults.extend(no_challenge(request, reply));
    }
    if expected == Outcome::Unscoped {
        let challenge = reply.header("www-authenticate");
        let begin = r#"Bearer realm="ocop-market", error="insufficient_scope", scope=""#;
        if !challenge.starts_with(begin) {
            faults.push(format!("WWW-Authenticate is {challenge:?}"));
        }
    }
    faults
}

fn no_problem_document(reply: &Reply, codes: &[&str]) -> Option<String> {
    let problem: Value = serde_json::from_str(&reply.text).unwrap_or_default();
    let is_one = reply.header("content-type") == "application/problem+json"
        && problem["status"] == reply.status.as_u16()
        && problem["request_id"] == reply.header("x-request-id")
        && problem["title"].is_string()
        && problem["code"].as_str().is_some_and(|code| codes.contains(&code));
    (!is_one).then(|| format!("not a problem document of {codes:?}: {}", reply.text))
}

/// RFC 6750 §3: a token that was sent and is not good is named as the error, one that was not sent is not.
fn no_challenge(request: &Request, reply: &Reply) -> Option<String> {
    let bad_token = request.by.token.is_some() && reply.json()["code"] == "unauthenticated";
    let expected = match bad_token {
        true => r#"Bearer realm="ocop-market", error="invalid_token""#,
        false => r#"Bearer realm="ocop-market""#,
    };
    let challenge = reply.header("www-authenticate");
    (challenge != expected).then(|| format!("WWW-Authenticate is {challenge:?}"))
}

/// What is not the caller's to see must look as if it were not there.
fn told_from_nothing(hidden: &Reply, nothing: &Reply) -> Option<String> {
    let (hidden, nothing) = (requests::without_its_id(hidden), requests::without_its_id(nothing));
    (hidden != nothing).then(|| format!("told from what does not exist: {hidden}, and {nothing}"))
}

/// A public answer is the same to everybody, down to the tag by which caches know it. (Probes have none.)
fn told_differently(reply: &Reply, to_nobody: Option<&Reply>) -> Option<String> {
    let to_nobody = to_nobody.unwrap_or(reply);
    let same = |name: &str| reply.header(name) == to_nobody.header(name);
    let same = reply.text == to_nobody.text && same("etag") && same("cache-control") && same("vary");
    let is_tagged = reply.text.starts_with(r#"{"status":"ok""#) || !reply.header("etag").is_empty();
    (!same || !is_tagged).then(|| format!("not what everybody is told: {:?} {}", reply.headers, reply.text))
}

fn kept_by_caches(reply: &Reply) -> Option<String> {
    let cached = reply.header("cache-control");
    (reply.status.is_success() && cached != "private, no-store")
        .then(|| format!("Cache-Control is {cached:?}"))
}

/// How to reach the sender of a lead is in the answer if it is due, and nowhere else.
fn contact(reply: &Reply, due: bool) -> Option<String> {
    let all = format!("{:?} {}", reply.headers, reply.text);
    let told = cast::CONTACT.iter().any(|secret| all.contains(secret));
    match (told, due) {
        (true, false) => Some(format!("tells how to reach the sender of a lead: {}", reply.text)),
        (false, true) => Some(format!("does not tell how to reach the sender: {}", reply.text)),
        _ => None,
    }
}
