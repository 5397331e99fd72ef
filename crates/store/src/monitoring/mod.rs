//! What monitoring shows. Every number is a count of rows that a list here gives one by one.

mod events;
mod feed;
mod freshness;
mod ingested;
mod runs;

pub use events::EventFilter;
pub use feed::{Happening, Moment, Rank as MomentRank, What, Which as MomentWhich};
pub use ingested::IngestedList;
pub(crate) use ingested::note_ingested;
pub use runs::{PAST_RUNS, RunFilter, RunLine};
