//! The real binary against a simulated site: what a user types, sees and gets.

#![allow(clippy::expect_used, reason = "in a test a panic is the report")]

mod backup;
mod bad_input;
mod care;
mod census;
mod data_center;
mod doctor;
mod edit;
mod export;
mod faults;
mod keys;
mod manners;
mod privacy;
mod scope;
mod support;
mod sync;
mod verify;
