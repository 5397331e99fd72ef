//! The engine against an oracle that works everything out anew from the rows, issue by issue and instant by instant, and the
//! laws that every answer keeps. Sites are made of nasty issues, out of a seed that a failure names.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "in a test a panic is the report")]

mod oracle;
mod properties;
mod questions;
mod random;
mod site;
mod storage;
