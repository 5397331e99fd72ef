//! A partition's position, as it is kept in checkpoints.

use super::walk::Mark;
use serde::{Deserialize, Serialize};
use weir_model::{Checkpoint, Millis, Partition};

/// How far a partition has been read.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Position {
    /// The last id that is stored with all before it.
    #[serde(flatten)]
    pub(super) mark: Mark,
    /// Whether that was the partition's last.
    pub(super) done: bool,
    /// The site's time when the partition was begun: what changed later has to be looked at again.
    pub(super) since: Millis,
    /// Which issues, and what of them, is read.
    pub(super) settings: u64,
    /// Jira warned that the list of ids may be short.
    #[serde(default)]
    pub(super) short: bool,
}

impl Position {
    /// Where a run goes on; a position that cannot be read, or of other settings, means the beginning.
    pub(super) fn from(checkpoint: Option<&Checkpoint>, now: Millis, settings: u64) -> Self {
        let known: Option<Self> =
            checkpoint.and_then(|checkpoint| serde_json::from_str(&checkpoint.position).ok());
        known.filter(|known| known.settings == settings).unwrap_or(Self {
            mark: Mark::default(),
            done: false,
            since: now,
            settings,
            short: false,
        })
    }

    /// The checkpoint for this position.
    pub(super) fn checkpoint(&self, partition: &Partition) -> Checkpoint {
        let position = format!(
            r#"{{"last_id":{},"walked":{},"done":{},"since":{},"settings":{},"short":{}}}"#,
            self.mark.last_id, self.mark.walked, self.done, self.since.0, self.settings, self.short
        );
        Checkpoint { partition: partition.clone(), position }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_survives_the_way_through_the_store() {
        let position = Position {
            mark: Mark { last_id: 42, walked: 9 },
            done: true,
            since: Millis(7),
            settings: 5,
            short: true,
        };
        let kept = position.checkpoint(&Partition("project:1".into()));
        assert_eq!(Position::from(Some(&kept), Millis(9), 5), position);
        let beginning = |settings| Position {
            mark: Mark::default(),
            done: false,
            since: Millis(9),
            settings,
            short: false,
        };
        assert_eq!(Position::from(None, Millis(9), 5), beginning(5));
        assert_eq!(Position::from(Some(&kept), Millis(9), 6), beginning(6));
    }
}
