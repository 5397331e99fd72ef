//! How far an integration has come.

use serde::{Deserialize, Serialize};

/// A part of a source that can be read apart from the others, `project:10001` for example.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Partition(pub String);

/// A partition's position. Its text belongs to the source; a sink keeps it with the rows it speaks of.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The partition.
    pub partition: Partition,
    /// The position, as the source wrote it (JSON).
    pub position: String,
}
