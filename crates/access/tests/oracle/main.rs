//! The graph against a judge that works every answer out anew from the facts, on random small worlds. The judge is written from
//! the rules alone (`access.md` §7) and shares no code with what it judges. A failure names the seed of its world.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "in a test a panic is the report")]

mod answers;
mod differences;
mod judge;
mod minimal;
mod random;
mod removals;
mod world;
