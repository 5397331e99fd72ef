//! What Data Center does otherwise than Cloud: one search for everything, by offset, and no bulk readings.
//!
//! Offsets over a live index lose and repeat rows, and version 11 gives nothing beyond its window of 10,000; so ids are
//! walked by the last one that came ([`keyset`]), and swept by time of creation where that does not bring all
//! ([`sweep`]). Bodies come with their histories from searches by id ([`bodies`]). `jira-api` §3.3.

pub(super) mod bodies;
pub(super) mod keyset;
mod search;
pub(super) mod sprint;
mod sweep;
pub(super) mod wiki;

pub(super) use search::total;
