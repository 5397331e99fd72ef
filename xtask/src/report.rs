//! What passed, failed and was skipped, and the line that says so at the very end.

use crate::output;

/// The results of a chore.
#[derive(Debug)]
pub(crate) struct Report {
    require: bool,
    passed: u64,
    failures: Vec<String>,
    uncounted_failures: u64,
    skipped: Vec<String>,
    excused: Vec<String>,
}

impl Report {
    /// An empty report; `require` makes a skip a failure.
    pub(crate) fn new(require: bool) -> Self {
        Self {
            require,
            passed: 0,
            failures: Vec::new(),
            uncounted_failures: 0,
            skipped: Vec::new(),
            excused: Vec::new(),
        }
    }

    /// So many passed.
    pub(crate) fn pass(&mut self, count: u64) {
        self.passed += count;
    }

    /// This failed.
    pub(crate) fn fail(&mut self, what: impl Into<String>) {
        self.failures.push(what.into());
    }

    /// So many failed; their program has named them.
    pub(crate) fn fail_many(&mut self, what: &str, count: u64) {
        if count > 0 {
            self.uncounted_failures += count - 1;
            self.fail(format!("{what}: {count} failed"));
        }
    }

    /// This could not be run. The absence of the folder `../shared` beside the project is excused.
    pub(crate) fn skip(&mut self, what: &str, reason: &str) {
        let text = format!("{what}: {reason}");
        if reason.contains("../shared") {
            self.excused.push(text);
        } else if self.require {
            self.fail(format!("skipped although everything is required: {text}"));
        } else {
            self.skipped.push(text);
        }
    }

    /// Counts a result and names it.
    pub(crate) fn record(&mut self, what: &str, result: anyhow::Result<()>) {
        match result {
            Ok(()) => {
                output::echo(&format!("ok: {what}"));
                self.pass(1);
            }
            Err(error) => {
                output::problem(&format!("{what}: {error:#}"));
                self.fail(what);
            }
        }
    }

    /// Prints what failed and what was skipped, then the totals alone on the last line; `true` when nothing failed.
    pub(crate) fn finish(&self) -> bool {
        for text in self.skipped.iter().chain(&self.excused) {
            output::line(&format!("SKIPPED: {text}"));
        }
        for text in &self.failures {
            output::line(&format!("FAILED: {text}"));
        }
        output::line(&self.totals());
        self.failures.is_empty()
    }

    fn totals(&self) -> String {
        let failed = self.failures.len() as u64 + self.uncounted_failures;
        let skipped = self.skipped.len() + if self.require { 0 } else { self.excused.len() };
        let mut text = format!("{} passed, {failed} failed", self.passed);
        if skipped > 0 {
            text.push_str(&format!(", {skipped} skipped"));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_skip_is_counted_and_a_required_one_fails() {
        let mut lenient = Report::new(false);
        lenient.pass(3);
        lenient.skip("truth", "no PostgreSQL");
        assert_eq!(lenient.totals(), "3 passed, 0 failed, 1 skipped");

        let mut strict = Report::new(true);
        strict.skip("truth", "no PostgreSQL");
        assert_eq!(strict.totals(), "0 passed, 1 failed");
        assert!(!strict.finish());
    }

    #[test]
    fn the_absent_shared_folder_is_excused_where_everything_is_required() {
        let mut strict = Report::new(true);
        strict.pass(1);
        strict.skip("shapes", "../shared/openapi is not there");
        assert_eq!(strict.totals(), "1 passed, 0 failed");
        assert!(strict.finish());
    }

    #[test]
    fn failures_of_a_suite_are_counted_one_by_one() {
        let mut report = Report::new(false);
        report.fail_many("unit", 4);
        report.fail_many("doc", 0);
        report.fail("demo");
        assert_eq!(report.totals(), "0 passed, 5 failed");
    }
}
