//! The real binary against a simulated site: what a user types, sees and gets.

#![allow(clippy::expect_used, reason = "in a test a panic is the report")]

mod adfs;
mod availability;
mod away;
mod backup;
mod bad_input;
mod care;
mod census;
mod children;
mod clocks;
mod data_center;
mod doctor;
mod edit;
mod expiry;
mod export;
mod faults;
mod feeding;
mod fields;
mod guarded;
mod hygiene;
mod hygiene_then;
mod keys;
mod kills;
mod limited;
mod manners;
mod nudges;
mod odd;
mod outages;
mod people;
mod privacy;
mod quarantine;
mod satellite;
mod schedule;
mod scope;
mod serve;
mod signing_in;
mod states;
mod support;
mod sync;
mod trailing;
mod upkeep;
mod verify;
mod walks;
mod whole;
mod withheld;
