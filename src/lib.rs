//! `ocop-market`: certified OCOP products published to buyers, and the leads that come of it.
//!
//! The map. Each slice is a vertical cut of the domain with the same rooms: `model` (types and rules, no HTTP and no
//! SQL), `store` (all its SQL), `http` (its requests and answers) and `mod` (the concept, the errors, the use cases).
//! A slice calls another slice's `mod`, never its `store` or `http`; only stores see [`schema`].
//!
//! | Slice | Holds |
//! |---|---|
//! | [`mod@reference`] | admin units on both sides of 1 July 2025, product groups, criteria sets |
//! | [`organisations`] | producers and other legal parties |
//! | [`members`] | who belongs to an organisation, invitations, offices, delegations |
//! | [`products`] | what a producer makes; the short code that is printed |
//! | [`certification`] | the ledger: decisions, certifications, extensions, revocations, import of lists |
//! | [`catalogue`] | what the public sees today, in memory: search, changes, export, digest, verification of a code |
//! | [`listings`] | what its producer says of a product, papers, readiness for buyers, what retailers answer; withdrawals |
//! | [`sheets`] | listings as workbooks: downloaded, edited, uploaded as one set of changes, undone |
//! | [`media`] | pictures that people upload, and what is made of them |
//! | [`accounts`] | users, sign-in, sessions |
//! | [`mod@mail`] | the outbox, its postman, what letters say |
//! | [`audit`] | who did what, for whom and when: a chain of entries that proves itself |
//! | [`clients`] | machine clients: scopes, secrets, OAuth tokens |
//! | [`files`] | what people store: evidence of agreements, attachments of enquiries |
//! | [`leads`] | enquiries and the funnel they go through: capture, events, offers, contacts, agreements, letters |
//! | [`reports`] | what came of the leads: figures, exports, evidence for the next dossier |
//! | [`privacy`] | personal data: consents, export, erasure, requests, how long what is kept |
//! | [`demo`] | what `serve --demo` fills an empty database with |
//!
//! Who writes what the public reads ends the transaction with [`catalogue::announce`]; the parts of the catalogue, from
//! the log of changes to the search index, are mapped in [`mod@catalogue`].
//!
//! Shared: [`http`] (problem documents, extractors, negotiation, ranges, paging, idempotency), [`db`] (two engines,
//! lanes), [`auth`] (tokens, passwords, actors), [`input`] (parsing with all faults), [`mod@say`] (two languages),
//! [`vietnamese`] (text keys), [`mod@workbook`] (XLSX files from outside), [`calendar`] (working days), [`world`] (clock and chance). [`api`] lists the slices and the
//! OpenAPI document; [`app`] wires the server; [`hello`] is what it is measured against.

pub mod accounts;
pub mod api;
pub mod app;
pub mod audit;
pub mod auth;
pub mod calendar;
pub mod catalogue;
pub mod certification;
pub mod clients;
pub mod config;
pub mod db;
pub mod demo;
pub mod files;
pub mod hello;
pub mod http;
pub mod input;
pub mod leads;
pub mod listings;
pub mod mail;
pub mod media;
pub mod members;
pub mod organisations;
pub mod privacy;
pub mod products;
pub mod reference;
pub mod reports;
pub mod say;
#[rustfmt::skip]
mod schema;
pub mod sheets;
pub mod vietnamese;
pub mod workbook;
pub mod world;
