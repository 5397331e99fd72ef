//! What others read, and what they write.

mod balkan;
mod balkan_in;
mod baton;
mod cells;
mod listing;
mod oaa;
mod relations;

pub use balkan::{ENTITY_COLUMNS, RELATION_COLUMNS};
pub use balkan_in::{Fault, File, Wrong, read_balkan};
pub use listing::{LISTING_COLUMNS, ListingRow, listing_head};

#[cfg(test)]
mod tests;
