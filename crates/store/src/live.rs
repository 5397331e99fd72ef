//! How many issues are live, and for how long a number may be told again.
//!
//! Counting reads an entry of an index for each issue. A server that shows the number on many pages may have it remembered: for
//! some seconds, and not beyond the next run that begins or ends.

use crate::{Store, StoreError, value::values};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};
use weir_model::RunId;

/// The runs that tell whether something may have changed: the last ones that ended, and the one under way.
pub(crate) type Runs = [Option<RunId>; 3];

/// Numbers that were counted, and until when they are told again.
#[derive(Debug, Default)]
pub(crate) struct Counted {
    for_ms: i64,
    counts: Mutex<HashMap<i64, Count>>,
}

#[derive(Clone, Copy, Debug)]
struct Count {
    issues: u64,
    at: i64,
    runs: Runs,
}

impl Counted {
    /// For so many milliseconds.
    pub(crate) fn remembered_for(for_ms: i64) -> Self {
        Self { for_ms, ..Self::default() }
    }

    fn again(&self, integration_no: i64, runs: &Runs, now: i64) -> Option<u64> {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.get(&integration_no).filter(|count| count.runs == *runs)?;
        (0..self.for_ms).contains(&(now - count.at)).then_some(count.issues)
    }

    fn remember(&self, integration_no: i64, count: Count) {
        if self.for_ms > 0 {
            self.counts.lock().unwrap_or_else(PoisonError::into_inner).insert(integration_no, count);
        }
    }
}

impl Store {
    /// The live issues of an integration.
    pub(crate) async fn live_issues(&self, integration_no: i64, runs: Runs) -> Result<u64, StoreError> {
        /// All without those that are not live: both are counted in an index.
        const LIVE: &str = "SELECT (SELECT count(*) FROM issue WHERE integration_no = $1) \
            - (SELECT count(*) FROM issue WHERE integration_no = $1 AND state <> 'live')";
        let at = self.now();
        if let Some(issues) = self.counted.again(integration_no, &runs, at) {
            return Ok(issues);
        }
        let issues = match self.db.first(LIVE, values![integration_no]).await? {
            Some(row) => row.count(0)?,
            None => 0,
        };
        self.counted.remember(integration_no, Count { issues, at, runs });
        Ok(issues)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_told_again_for_a_while_and_not_after_another_run() {
        let counted = Counted::remembered_for(10_000);
        let runs: Runs = [None; 3];
        counted.remember(1, Count { issues: 7, at: 1_000, runs });
        assert_eq!(counted.again(1, &runs, 10_999), Some(7));
        assert_eq!(counted.again(1, &runs, 11_000), None, "it is old");
        assert_eq!(counted.again(1, &runs, 999), None, "the clock was set back");
        assert_eq!(counted.again(2, &runs, 1_000), None, "another integration");
        let after =
            [Some(RunId::generate(weir_model::Millis(5), &weir_testkit::SeededEntropy::new(1))), None, None];
        assert_eq!(counted.again(1, &after, 1_001), None, "a run has ended");
        let never = Counted::default();
        never.remember(1, Count { issues: 7, at: 1_000, runs });
        assert_eq!(never.again(1, &runs, 1_000), None, "nobody asked for it to be remembered");
    }
}
