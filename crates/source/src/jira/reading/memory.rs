//! What a run learns on its way and must not forget however it ends: kept in the transaction that brings the issues it is about.
//! A run that comes to its end has its mark take it over.
//!
//! Issues of which a list was not given are to be read again. And where no list has a sprint, what issues show of it is all
//! that tells later that it has changed.

use super::{Shared, lock};
use crate::{Emitter, SourceError};
use serde::{Serialize, de::DeserializeOwned};
use std::collections::{BTreeMap, BTreeSet};
use weir_model::{Batch, Checkpoint, Message, Partition};

/// The partitions under which both are kept while a run is under way.
const AGAIN: &str = "again";
const MET: &str = "met";

/// What runs have left that did not come to their end.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Memory {
    /// Issues that are to be read again.
    pub(super) again: BTreeSet<u64>,
    /// Names met in passing, as digests: of each the first, so that whatever shows a later one is found as well.
    pub(super) met: BTreeMap<String, u64>,
}

/// How much of it the store knows.
pub(super) type Told = (usize, usize);

impl Memory {
    pub(super) fn of(checkpoints: &[Checkpoint]) -> Self {
        fn kept<T: DeserializeOwned + Default>(checkpoints: &[Checkpoint], partition: &str) -> T {
            let kept = checkpoints.iter().find(|one| one.partition.0 == partition);
            kept.and_then(|kept| serde_json::from_str(&kept.position).ok()).unwrap_or_default()
        }
        Self { again: kept(checkpoints, AGAIN), met: kept(checkpoints, MET) }
    }

    /// The checkpoints of it.
    pub(super) fn checkpoints(&self) -> Result<[Checkpoint; 2], SourceError> {
        fn checkpoint(partition: &str, what: &impl Serialize) -> Result<Checkpoint, SourceError> {
            let position = serde_json::to_string(what)
                .map_err(|error| Message::Bug { detail: format!("a memory has no JSON: {error}") })?;
            Ok(Checkpoint { partition: Partition(partition.to_owned()), position })
        }
        Ok([checkpoint(AGAIN, &self.again)?, checkpoint(MET, &self.met)?])
    }

    pub(super) fn told(&self) -> Told {
        (self.again.len(), self.met.len())
    }
}

impl Shared {
    /// Emits a batch, and with it what is to be remembered, where that is more than was told.
    pub(super) async fn emit(&self, mut batch: Batch, out: &Emitter) -> Result<(), SourceError> {
        // Held until the batch is on its way: what is told later must be committed later.
        let mut told = self.told.lock().await;
        let memory = self.memory();
        if memory.told() == *told {
            drop(told);
            return out.emit(batch).await;
        }
        *told = memory.told();
        batch.checkpoints.extend(memory.checkpoints()?);
        out.emit(batch).await
    }

    fn memory(&self) -> Memory {
        let mut again = self.next().again.clone();
        again.extend(lock(&self.unfinished).iter().copied());
        Memory { again, met: lock(&self.met).clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_to_be_remembered_survives_the_way_through_the_store() {
        let memory = Memory { again: [7, 9].into(), met: [("sprints:8".to_owned(), u64::MAX)].into() };
        for memory in [memory, Memory::default()] {
            assert_eq!(Memory::of(&memory.checkpoints().unwrap()), memory);
        }
        assert_eq!(Memory::of(&[]), Memory::default());
    }
}
