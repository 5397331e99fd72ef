//! The behaviour of the store, stated once and checked on every database.

mod commits;
mod content;
mod export;
mod integrations;
mod leases;
mod opening;
mod properties;
mod runs;
mod sets;
mod setup;
