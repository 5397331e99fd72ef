//! Issues of which a list was not given: kept in the transaction that brings them without it, so that whatever ends a run does
//! not end the memory of them. A run that comes to its end has its mark take them over.

use super::{Shared, lock};
use crate::{Emitter, SourceError};
use std::collections::BTreeSet;
use weir_model::{Batch, Checkpoint, Partition};

/// The partition under which they are kept while a run is under way.
const PARTITION: &str = "again";

/// Those that runs have left that did not come to their end.
pub(super) fn kept(checkpoints: &[Checkpoint]) -> BTreeSet<u64> {
    let kept = checkpoints.iter().find(|one| one.partition.0 == PARTITION);
    kept.and_then(|kept| serde_json::from_str(&kept.position).ok()).unwrap_or_default()
}

/// The checkpoint of them.
pub(super) fn checkpoint(ids: &BTreeSet<u64>) -> Checkpoint {
    let ids: Vec<String> = ids.iter().map(u64::to_string).collect();
    Checkpoint { partition: Partition(PARTITION.to_owned()), position: format!("[{}]", ids.join(",")) }
}

impl Shared {
    /// Emits a batch, and with it which issues are to be read again, where that is more than was told.
    pub(super) async fn emit(&self, mut batch: Batch, out: &Emitter) -> Result<(), SourceError> {
        // Held until the batch is on its way: what is told later must be committed later.
        let mut told = self.told.lock().await;
        let mut ids = self.next().again.clone();
        ids.extend(lock(&self.unfinished).iter().copied());
        if ids.len() == *told {
            drop(told);
            return out.emit(batch).await;
        }
        *told = ids.len();
        batch.checkpoints.push(checkpoint(&ids));
        out.emit(batch).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issues_to_be_read_again_survive_the_way_through_the_store() {
        for ids in [BTreeSet::new(), BTreeSet::from([7, 9])] {
            assert_eq!(kept(&[checkpoint(&ids)]), ids);
        }
        assert!(kept(&[]).is_empty());
    }
}
