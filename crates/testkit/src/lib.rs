//! What tests share: a throw-away PostgreSQL, stores in temporary places, a clock that is set by hand and a seeded
//! random source. A dev-dependency only.

#![allow(clippy::expect_used, reason = "in a test a panic is the report")]

mod clock;
mod entropy;
mod pg;
mod stores;

pub use clock::TestClock;
pub use entropy::SeededEntropy;
pub use pg::{Database, Pg};
pub use stores::{Engine, Place, TempStore, for_each_engine, for_each_store};
