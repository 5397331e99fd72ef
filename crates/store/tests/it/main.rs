//! The behaviour of the store, stated once and checked on every database.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "in a test a panic is the report")]

mod backup;
mod commits;
mod content;
mod edits;
mod export;
mod facts;
mod fields;
mod hygiene;
mod integrations;
mod leases;
mod monitoring;
mod notifications;
mod nudges;
mod opening;
mod properties;
mod quarantine;
mod renewals;
mod runs;
mod scim;
mod sealing;
mod sets;
mod setup;
mod states;
