//! The errands that are under way here, each by its number and by how often it was handed out: the same one may be handed out once
//! more while it is under way still, and what is over is never taken for what goes on.

use super::server::Turn;
use std::collections::HashMap;
use weir_model::IntegrationId;
use weir_source::CancellationToken;

/// One of them.
#[derive(Clone, Debug)]
pub(super) struct UnderWay {
    pub(super) integration: IntegrationId,
    pub(super) brings: bool,
    pub(super) stop: CancellationToken,
    pub(super) ended: CancellationToken,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Table(HashMap<Turn, UnderWay>);

impl Table {
    /// Enters one; gives those that have to end first, for the spool of an integration has one user.
    pub(super) fn enter(&mut self, turn: Turn, one: &UnderWay) -> Vec<UnderWay> {
        let is_before =
            |other: &&UnderWay| one.brings && other.brings && other.integration == one.integration;
        let before = self.0.values().filter(is_before).cloned().collect();
        self.0.insert(turn, one.clone());
        before
    }

    /// One is over.
    pub(super) fn leave(&mut self, turn: Turn) {
        self.0.remove(&turn);
    }

    /// Their numbers.
    pub(super) fn errands(&self) -> Vec<i64> {
        self.0.keys().map(|(errand, _)| *errand).collect()
    }

    /// Stops all of them.
    pub(super) fn stop(&self) {
        self.0.values().for_each(|one| one.stop.cancel());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(id: u8, brings: bool) -> UnderWay {
        let integration = format!("0190a0b0-0000-7000-8000-0000000000{id:02}").parse().unwrap();
        let (stop, ended) = (CancellationToken::new(), CancellationToken::new());
        UnderWay { integration, brings, stop, ended }
    }

    #[test]
    fn an_errand_that_is_handed_out_once_more_waits_for_itself_and_stays_known_when_that_is_over() {
        let mut table = Table::default();
        let (first, again) = (one(1, true), one(1, true));
        assert!(table.enter((7, 1), &first).is_empty());
        let before = table.enter((7, 2), &again);
        before.iter().for_each(|other| other.stop.cancel());
        assert!(first.stop.is_cancelled() && !again.stop.is_cancelled());
        table.leave((7, 1));
        assert_eq!(table.errands(), [7]);
        // And whoever comes next has to wait for it.
        assert_eq!(table.enter((7, 3), &one(1, true)).len(), 1);
    }

    #[test]
    fn questions_and_other_integrations_are_beside_each_other() {
        let mut table = Table::default();
        assert!(table.enter((1, 1), &one(1, true)).is_empty());
        assert!(table.enter((2, 1), &one(1, false)).is_empty());
        assert!(table.enter((3, 1), &one(2, true)).is_empty());
        table.stop();
        assert!(table.0.values().all(|one| one.stop.is_cancelled()));
    }
}
