//! Live issues that the site did not show, and that stayed live all the same: what changed of them meanwhile is in no list of
//! changes once it shows them again, and no listing lacks them then. So a census remembers them, and the one that finds
//! them shown again has them read.

use super::{Census, Fate, Found, said};
use std::collections::BTreeSet;
use weir_model::{Checkpoint, Integration, IssueId, Message, Partition};
use weir_store::Store;

/// The partition under which they are kept.
pub(crate) const PARTITION: &str = "unseen";

/// Those that an earlier census found.
pub(super) async fn kept(store: &Store, integration: &Integration) -> Result<BTreeSet<IssueId>, Message> {
    let checkpoints = store.checkpoints(&integration.id).await.map_err(said)?;
    let kept = checkpoints.into_iter().find(|one| one.partition.0 == PARTITION);
    Ok(kept.and_then(|kept| serde_json::from_str(&kept.position).ok()).unwrap_or_default())
}

/// Those that this census found: a project as a whole is let be, or what becomes of an issue cannot be told.
pub(super) fn of(found: &[Found]) -> BTreeSet<IssueId> {
    let mut unseen = BTreeSet::new();
    for one in found {
        let fates = one.extra.iter().zip(&one.fates);
        let stay = fates.filter(|(_, fate)| one.held.is_some() || **fate == Fate::Stays);
        unseen.extend(stay.map(|((id, _), _)| id.clone()));
    }
    unseen
}

/// Keeps them for the next census.
pub(super) async fn keep(census: &Census<'_>, unseen: &BTreeSet<IssueId>) -> Result<(), Message> {
    let position = serde_json::to_string(unseen)
        .map_err(|error| Message::Bug { detail: format!("a list has no JSON: {error}") })?;
    let checkpoint = Checkpoint { partition: Partition(PARTITION.to_owned()), position };
    census.store.keep_checkpoint(census.lease, &census.journal.run, &checkpoint).await.map_err(said)
}
