//! How far back a closing pass looks, and what of it is news.
//!
//! Jira's index lags, by seconds as a rule and by hours after bulk edits and imports, so that an issue may show up among what
//! changed long after it did. What changed within the overlap is read in any case; what changed before that, back to the
//! beginning of a trailing window, is only compared by its `updated` with what is kept. Once a day the window is wider.

use super::{Shared, named};
use crate::{Emitter, SourceError};
use std::collections::HashSet;
use weir_model::{IssueId, Millis};

const HOUR: i64 = 60 * 60 * 1_000;

/// How far Jira's index lags as a rule.
const OVERLAP: i64 = 10 * 60 * 1_000;

/// How far the first run of a day looks back at least.
const WIDE: i64 = 48 * HOUR;
const DAY: i64 = 24 * HOUR;

/// How far any run looks back; a store of before there were wide passes begins with this.
const DEEPEST: i64 = 14 * DAY;

/// What a closing pass looks at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Window {
    /// Issues that changed since then are looked at.
    pub(super) since: Millis,
    /// Issues that changed since then are read in any case.
    pub(super) overlap: Millis,
}

impl Window {
    /// The one of a run that began at `started_at` and looks back `reread` milliseconds. Everything before `base` was read by
    /// it, or by the last run; the last wide pass began at `wide_at`, where there was one.
    pub(super) fn of(base: Millis, started_at: Millis, wide_at: Option<Millis>, reread: i64) -> Self {
        // What showed up after the last wide pass looked is at most that much older than it: so no edit that the index shows
        // within two days falls between two wide passes.
        let wide = wide_at.filter(|_| is_wide(started_at, wide_at)).map(|at| at.0.min(base.0) - WIDE);
        let since = (base.0 - reread.max(OVERLAP)).min(wide.unwrap_or(i64::MAX)).max(base.0 - DEEPEST);
        Self { since: Millis(since), overlap: Millis(base.0 - OVERLAP) }
    }
}

/// Whether the wide pass is due. A clock that was put back does not put it off.
pub(super) fn is_wide(started_at: Millis, wide_at: Option<Millis>) -> bool {
    wide_at.is_some_and(|wide_at| !(0..DAY).contains(&(started_at.0 - wide_at.0)))
}

/// Those of these issues that have to be read: they changed since `overlap`, or are not kept as the site shows them. One that
/// the site does not show by its id is among them, so that it is said what became of it.
pub(super) async fn news(
    shared: &Shared,
    overlap: Millis,
    ids: &[u64],
    out: &Emitter,
) -> Result<Vec<u64>, SourceError> {
    let mut older = Vec::new();
    let mut older_ids = HashSet::new();
    for (id, updated) in named::versions(&shared.site, ids).await? {
        if updated.is_some_and(|updated| updated < overlap) {
            older_ids.insert(id);
            older.push((IssueId::from(id.to_string().as_str()), updated));
        }
    }
    if !older.is_empty() {
        for id in out.news(older).await? {
            if let Ok(id) = id.as_str().parse() {
                older_ids.remove(&id);
            }
        }
    }
    Ok(ids.iter().copied().filter(|id| !older_ids.contains(id)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_looks_back_half_a_day_and_once_a_day_two() {
        let (base, now) = (Millis(100 * DAY), Millis(100 * DAY + HOUR));
        let window = |wide_at: Option<i64>, reread| Window::of(base, now, wide_at.map(Millis), reread);
        let depth = |wide_at: Option<i64>| base.since(window(wide_at, 12 * HOUR).since);
        assert_eq!(depth(None), 12 * HOUR);
        assert_eq!(depth(Some(now.0 - DAY + 1)), 12 * HOUR);
        assert_eq!(depth(Some(now.0 - DAY)), WIDE + DAY - HOUR);
        // One that was kept before there were any, and one of a clock that went ahead.
        assert_eq!(depth(Some(0)), DEEPEST);
        assert_eq!(depth(Some(now.0 + 1)), WIDE);
        let narrow = window(None, 1);
        assert_eq!([narrow.since, narrow.overlap].map(|at| base.since(at)), [OVERLAP; 2]);
        assert_eq!(base.since(window(None, 60 * HOUR).since), 60 * HOUR);
    }
}
