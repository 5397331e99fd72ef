//! A folder of tests in Python, and what became of them.

use crate::process;
use crate::python::Python;
use crate::report::Report;
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use tokio::process::Command;

/// The command that runs every test of a folder of `e2e`; which, may be said in `PYTEST_ADDOPTS`.
pub(super) fn tests_of(python: &Python, workspace: &Workspace, folder: &str) -> Command {
    let mut command = python.command("pytest");
    command.current_dir(workspace.root.join("e2e").join(folder));
    command.args(["-q", "--tb=short", "-p", "no:cacheprovider"]);
    command
}

/// Runs them and reports each.
pub(super) async fn run(name: &str, command: &mut Command, report: &mut Report) -> Result<()> {
    counted(command).await?.tell(name, report);
    Ok(())
}

/// Runs them, and counts what became of them.
pub(super) async fn counted(command: &mut Command) -> Result<Counts> {
    let mut counts = None;
    let succeeded = process::watched(command, |line| counts = Counts::of(line).or(counts)).await?;
    let counts = counts.context("pytest ran nothing")?;
    ensure!(succeeded == (counts.failed == 0), "pytest's answer does not fit its summary");
    Ok(counts)
}

/// What the last line of pytest counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Counts {
    passed: u64,
    failed: u64,
    not_chosen: u64,
}

impl Counts {
    /// Of a line such as `2 failed, 120 passed, 1 error in 61.02s (0:01:01)`.
    fn of(line: &str) -> Option<Self> {
        let (parts, _) = line.trim_matches(|c| c == '=' || c == ' ').rsplit_once(" in ")?;
        let mut counts = Self::default();
        for part in parts.split(", ") {
            let (number, what) = part.split_once(' ')?;
            let number: u64 = number.parse().ok()?;
            match what {
                "passed" => counts.passed += number,
                "failed" | "error" | "errors" => counts.failed += number,
                "deselected" => counts.not_chosen += number,
                "warning" | "warnings" => {}
                // Nothing here may be left out.
                _ => counts.failed += number,
            }
        }
        Some(counts)
    }

    pub(super) fn tell(self, name: &str, report: &mut Report) {
        report.pass(self.passed);
        report.fail_many(name, self.failed);
        if self.not_chosen > 0 {
            report.skip(name, &format!("PYTEST_ADDOPTS leaves {} tests out", self.not_chosen));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pytests_last_line_is_counted_and_what_it_left_out_has_failed() {
        let counts = |passed, failed| Some(Counts { passed, failed, not_chosen: 0 });
        assert_eq!(Counts::of("97 passed in 40.12s"), counts(97, 0));
        assert_eq!(Counts::of("=== 2 failed, 5 passed, 1 error in 1.02s (0:01:01) ==="), counts(5, 3));
        assert_eq!(Counts::of("1 skipped, 5 passed, 3 warnings in 1.0s"), counts(5, 1));
        let some = Counts { passed: 3, failed: 0, not_chosen: 778 };
        assert_eq!(Counts::of("3 passed, 778 deselected in 20.5s"), Some(some));
        assert_eq!(Counts::of("..... [ 40%]"), None);
    }
}
