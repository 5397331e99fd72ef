//! The real binary against a simulated site: what a user types, sees and gets.

mod bad_input;
mod care;
mod export;
mod manners;
mod privacy;
mod scope;
mod support;
mod sync;
mod verify;
