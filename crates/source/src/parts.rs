//! Makes a whole reading of one in parts: partitions in parallel, then what changed meanwhile.

use crate::{Emitter, Parts, Phase, Progress, SourceError};
use futures::{StreamExt, stream};
use std::collections::HashMap;
use weir_model::{Checkpoint, Partition};

/// Partitions read at the same time; within each, pages are fetched in parallel too.
const PARTITIONS_AT_ONCE: usize = 4;

/// Reads all parts to their ends, and closes.
pub async fn in_parts(
    reading: &dyn Parts,
    checkpoints: &[Checkpoint],
    progress: &Progress,
    out: &Emitter,
) -> Result<(), SourceError> {
    let known: HashMap<&Partition, &Checkpoint> =
        checkpoints.iter().map(|one| (&one.partition, one)).collect();
    let partitions = reading.partitions();
    // Before the issues: a name that changes while these are read is then known with its former words.
    reading.reference(out).await?;
    let reads: Vec<_> = partitions
        .iter()
        .map(|partition| reading.read(partition, known.get(partition).copied(), out))
        .collect();
    let mut running = stream::iter(reads).buffer_unordered(PARTITIONS_AT_ONCE);
    while let Some(outcome) = running.next().await {
        outcome?;
    }
    progress.enter(Phase::Closing);
    let outdated = out.settle().await?;
    reading.close(&outdated, out).await?;
    // Closing may have met people who changed as well. What is left over then comes with the next run.
    let late = out.settle().await?;
    if late.is_empty() { Ok(()) } else { reading.read_ids(&late, out).await }
}
