//! Counts of a moment ago, kept by a server: who changes weights asks for the same counts again and again. Answers say of which
//! instant they speak.

use std::{
    fmt::{self, Write as _},
    hash::{DefaultHasher, Hasher as _},
    sync::{Arc, Mutex, PoisonError},
};
use weir_metrics::hygiene::Counts;
use weir_model::Millis;
use weir_store::ReportContext;

/// For how long counts are good.
const GOOD_MS: i64 = 10_000;

/// Questions whose counts are kept.
const MOST: usize = 32;

/// Counts of the last few questions.
#[derive(Debug, Default)]
pub struct Recent(Mutex<Vec<Kept>>);

#[derive(Debug)]
struct Kept {
    /// Everything that the counts depend on, but for the instant.
    of: String,
    at: Millis,
    counts: Arc<Counts>,
}

impl Recent {
    /// Counts of this question that are as good as those of `now`, with the instant that they are of.
    pub(super) fn find(&self, of: &str, now: Millis) -> Option<(Millis, Arc<Counts>)> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.iter().find(|one| one.of == of && (0..GOOD_MS).contains(&(now.0 - one.at.0)));
        found.map(|one| (one.at, Arc::clone(&one.counts)))
    }

    pub(super) fn keep(&self, of: String, at: Millis, counts: &Arc<Counts>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST {
            kept.remove(0);
        }
        kept.push(Kept { of, at, counts: Arc::clone(counts) });
    }
}

/// A short stand-in for all that is known besides issues.
pub(super) fn digest(context: &ReportContext) -> u64 {
    struct Into(DefaultHasher);
    impl fmt::Write for Into {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.0.write(text.as_bytes());
            Ok(())
        }
    }
    let mut into = Into(DefaultHasher::new());
    // Hashing does not fail.
    let _ = write!(into, "{context:?}");
    into.0.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_good_for_a_moment_and_for_their_own_question() {
        let recent = Recent::default();
        let counts = Arc::new(Counts::default());
        recent.keep("a".into(), Millis(1_000), &counts);
        let found = |of: &str, at: i64| recent.find(of, Millis(at)).map(|(at, _)| at.0);
        assert_eq!((found("a", 1_000), found("a", 10_999)), (Some(1_000), Some(1_000)));
        assert_eq!((found("a", 11_000), found("a", 999), found("b", 1_000)), (None, None, None));
        for other in 0..MOST {
            recent.keep(format!("{other}"), Millis(1_000), &counts);
        }
        assert_eq!(
            (found("a", 1_000), found("31", 1_000)),
            (None, Some(1_000)),
            "only the last few are kept"
        );
    }

    #[test]
    fn what_is_known_is_told_apart() {
        let one = ReportContext { inactive: vec!["1".into()], ..ReportContext::default() };
        assert_eq!(digest(&one), digest(&one.clone()));
        assert_ne!(digest(&one), digest(&ReportContext::default()));
    }
}
