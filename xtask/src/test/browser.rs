//! The suite `browser`: the pages as people meet them, in Debian's Chromium, served by the real program.
//!
//! What is opened, judged and pictured stands in `e2e/browser`; here is made what the pages show.

use crate::chaos::clock;
use crate::python::Python;
use crate::report::Report;
use crate::served::Served;
use crate::simulator::{Simulator, World};
use crate::site::{Account, Credential, Site};
use crate::weir::Weir;
use crate::workspace::{Profile, Workspace};
use crate::{process, tools, truth};
use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::json;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const ISSUES: usize = 300;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The integrations: one that does well, one whose scope holds nothing, one whose site refuses it.
const WELL: &str = "Acme Jira";
const EMPTY: &str = "Empty";
const FAILING: &str = "Failing";

/// Runs every test of the folder.
pub(super) async fn run(workspace: &Workspace, report: &mut Report) -> Result<()> {
    let Some(python) = Python::find(workspace)? else {
        report.skip("browser", Python::absence());
        return Ok(());
    };
    let Some(chromium) = tools::CHROMIUM.path(workspace) else {
        report.skip("browser", &tools::CHROMIUM.absence());
        return Ok(());
    };
    let Some(faketime) = clock::library() else {
        report.skip("browser", "libfaketime is not installed (Debian package libfaketime)");
        return Ok(());
    };
    truth::build(workspace, Profile::Debug).await?;
    let site = Site::default();
    let simulator = Simulator::start(workspace, Profile::Debug, &World::new(ISSUES, 1, site)).await?;
    let refusing = Simulator::start(workspace, Profile::Debug, &World::new(ISSUES, 2, site)).await?;
    let weir = Weir::new(workspace, Profile::Debug, None, simulator.gateway())?;
    let made = Made { weir: &weir, faketime };
    made.well(&simulator).await?;
    made.empty(&simulator).await?;
    made.failing(&refusing).await?;
    let served = Served::start(&weir, &[]).await?;
    let mut pytest = python.command("pytest");
    pytest.current_dir(workspace.root.join("e2e/browser")).args([
        "-q",
        "--tb=short",
        "-p",
        "no:cacheprovider",
    ]);
    pytest.env("WEIR_URL", served.url()).env("WEIR_LINK", served.link()).env("WEIR_CHROMIUM", chromium);
    pytest
        .env("WEIR_RUN", made.newest_run(WELL).await?)
        .env("WEIR_FAILED_RUN", made.newest_run(FAILING).await?);
    pytest
        .env("WEIR_DOCS", workspace.root.join("docs/screenshots"))
        .env("WEIR_PICTURES", pictures(workspace));
    let mut counts = None;
    let succeeded = process::watched(&mut pytest, |line| counts = Counts::of(line).or(counts)).await?;
    let counts = counts.context("pytest ran nothing")?;
    report.pass(counts.passed);
    report.fail_many("browser", counts.failed);
    ensure!(succeeded == (counts.failed == 0), "pytest's answer does not fit its summary");
    served.end().await
}

/// Where pictures are written: into the documents where that is asked for.
fn pictures(workspace: &Workspace) -> PathBuf {
    match std::env::var_os("WEIR_WRITE") {
        Some(_) => workspace.root.join("docs/screenshots"),
        None => workspace.target.join("screenshots"),
    }
}

/// A home in which integrations are made as they were on days before.
struct Made<'a> {
    weir: &'a Weir,
    faketime: PathBuf,
}

impl Made<'_> {
    /// A week of a run a day, one of which failed.
    async fn well(&self, simulator: &Simulator) -> Result<()> {
        for days in (0..=6).rev() {
            simulator.order("clock", &json!({ "now": ago(days)?, "runs": true })).await?;
            match days {
                6 => self.add(simulator, WELL, days, &["--interval", "1d"]).await?,
                _ => {
                    simulator
                        .order("edits", &json!({ "seed": days, "count": 12, "spread_ms": 1_000 }))
                        .await?
                }
            }
            if days == 3 {
                self.refused(simulator, WELL, days).await?;
                simulator.calm().await?;
            } else {
                self.sync(WELL, days).await?;
            }
        }
        Ok(())
    }

    async fn empty(&self, simulator: &Simulator) -> Result<()> {
        self.add(simulator, EMPTY, 0, &["--jql", "created > 4102444800000"]).await?;
        self.sync(EMPTY, 0).await
    }

    async fn failing(&self, simulator: &Simulator) -> Result<()> {
        self.add(simulator, FAILING, 0, &[]).await?;
        self.sync(FAILING, 0).await?;
        self.refused(simulator, FAILING, 0).await
    }

    /// A run of which the site knows no account any more.
    async fn refused(&self, simulator: &Simulator, name: &str, days: u32) -> Result<()> {
        simulator.order("fault", &json!({ "kind": "anonymous" })).await?;
        let synced = self.sync(name, days).await;
        ensure!(synced.is_err(), "{name} was synced although it was refused");
        Ok(())
    }

    async fn add(&self, simulator: &Simulator, name: &str, days: u32, flags: &[&str]) -> Result<()> {
        let credential = Credential::of(Account::Reader, Site::default().usual_token())?;
        let mut words = self.weir.words_of_add(simulator, &credential)?;
        for word in &mut words {
            if word == crate::weir::INTEGRATION {
                name.clone_into(word);
            }
        }
        words.extend(flags.iter().map(|flag| (*flag).to_owned()));
        self.done(&words, days).await
    }

    async fn sync(&self, name: &str, days: u32) -> Result<()> {
        self.done(&["sync".to_owned(), name.to_owned()], days).await
    }

    /// Runs a command that must succeed, so many days ago.
    async fn done(&self, words: &[String], days: u32) -> Result<()> {
        let preload = ("LD_PRELOAD", self.faketime.display().to_string());
        let fake =
            [preload, ("FAKETIME", format!("-{days}d")), ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned())];
        let ended = self.weir.begin(words, if days == 0 { &[] } else { &fake })?.wait_with_output().await?;
        let said = String::from_utf8_lossy(&ended.stderr);
        ensure!(ended.status.success(), "weir {}: {}\n{said}", words.join(" "), ended.status);
        Ok(())
    }

    async fn newest_run(&self, name: &str) -> Result<String> {
        #[derive(Deserialize)]
        struct Run {
            id: String,
        }
        let runs = self.weir.answer(&["runs", "list", "--integration", name, "--format", "json"]).await?;
        let runs: Vec<Run> = serde_json::from_str(&runs)?;
        Ok(runs.into_iter().next().with_context(|| format!("no run of {name}"))?.id)
    }
}

/// So many days ago, in milliseconds.
#[allow(
    clippy::disallowed_methods,
    reason = "the site's clock has to agree with the machine's, which libfaketime moves"
)]
fn ago(days: u32) -> Result<u64> {
    let at = SystemTime::now().duration_since(UNIX_EPOCH)? - DAY * days;
    Ok(u64::try_from(at.as_millis())?)
}

/// What the last line of pytest counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Counts {
    passed: u64,
    failed: u64,
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
                "warning" | "warnings" => {}
                // Nothing here may be left out.
                _ => counts.failed += number,
            }
        }
        Some(counts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pytests_last_line_is_counted_and_what_it_left_out_has_failed() {
        let counts = |passed, failed| Some(Counts { passed, failed });
        assert_eq!(Counts::of("97 passed in 40.12s"), counts(97, 0));
        assert_eq!(Counts::of("=== 2 failed, 5 passed, 1 error in 1.02s (0:01:01) ==="), counts(5, 3));
        assert_eq!(Counts::of("1 skipped, 5 passed, 3 warnings in 1.0s"), counts(5, 1));
        assert_eq!(Counts::of("..... [ 40%]"), None);
    }
}
