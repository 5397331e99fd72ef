//! The suites, each with what it needs.

use crate::postgres::Postgres;
use crate::report::Report;
use crate::simulator::{Simulator, World};
use crate::site::{Account, DcVersion, Flavor, Site, TokenKind};
use crate::store::StoreKind;
use crate::tools::NEXTEST;
use crate::truth::{self, Case, Prover, edits};
use crate::workspace::{Profile, Workspace};
use crate::{chaos, hygiene, output, process, satellite};
use anyhow::{Context, Result, anyhow, ensure};
use serde_json::Value;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::Path;
use tokio::process::Command;

const DEMO_ISSUES: usize = 300;
const TRUTH_ISSUES: usize = 1_000;
const DC_TRUTH_ISSUES: usize = 500;

/// The tests of all crates. Tests that skip themselves say so in the file named by `WEIR_SKIP_LOG`.
pub(super) async fn unit(
    workspace: &Workspace,
    server: Option<&Postgres>,
    require: bool,
    report: &mut Report,
) -> Result<()> {
    if !NEXTEST.is_there(workspace) {
        report.skip("unit", &NEXTEST.absence());
        return Ok(());
    }
    let folder = tempfile::Builder::new().prefix("unit-").tempdir_in(workspace.scratch()?)?;
    let log = folder.path().join("skipped");
    let mut command =
        workspace.cargo(&["nextest", "run", "--workspace", "--no-fail-fast", "--status-level", "fail"]);
    // More at a time than there are processors: much of a test is waiting, for a server, a database or a program.
    let processors = std::thread::available_parallelism().map_or(2, NonZeroUsize::get);
    command.args(["--test-threads", &(processors * 2).to_string()]);
    command.env("WEIR_SKIP_LOG", &log);
    if let Some(server) = server {
        command.env("WEIR_TEST_POSTGRES", server.url());
    }
    if require {
        command.env("WEIR_TEST_REQUIRE", "postgres");
    }
    let mut counts = None;
    let succeeded = process::watched(&mut command, |line| counts = nextest_counts(line).or(counts)).await?;
    let counts = counts.context("the tests could not be built or run")?;
    let skipped = skipped_tests(&log)?;
    for (test, reason) in &skipped {
        report.skip(test, reason);
    }
    report.pass(counts.passed.saturating_sub(skipped.len() as u64));
    report.fail_many("unit", counts.failed);
    if counts.ignored > 0 {
        report.skip("unit", &format!("{} tests are marked as ignored", counts.ignored));
    }
    ensure!(succeeded == (counts.failed == 0), "the test runner's answer does not fit its summary");
    Ok(())
}

/// The examples in doc comments.
pub(super) async fn doc(workspace: &Workspace, report: &mut Report) -> Result<()> {
    let mut counts = Counts::default();
    let mut command = workspace.cargo(&["test", "--doc", "--workspace", "--no-fail-fast", "--quiet"]);
    let succeeded = process::watched(&mut command, |line| {
        if let Some(more) = libtest_counts(line) {
            counts.passed += more.passed;
            counts.failed += more.failed;
        }
    })
    .await?;
    report.pass(counts.passed);
    report.fail_many("doc", counts.failed);
    ensure!(succeeded || counts.failed > 0, "the examples could not be built");
    Ok(())
}

/// `weir demo`, as the README has it but smaller and built for debugging.
pub(super) async fn demo(workspace: &Workspace, report: &mut Report) -> Result<()> {
    truth::build(workspace, Profile::Debug).await?;
    let folder = tempfile::Builder::new().prefix("demo-").tempdir_in(workspace.scratch()?)?;
    let mut command = Command::new(workspace.program(Profile::Debug, "weir"));
    command
        .args(["demo", "--issues", &DEMO_ISSUES.to_string(), "--format", "json"])
        .current_dir(folder.path());
    command.env_remove("WEIR_STORE").env("WEIR_HOME", folder.path().join("home"));
    let ran = async {
        let summary: Value = serde_json::from_str(&process::text(&mut command).await?)?;
        let issues = summary.get("issues").and_then(Value::as_u64).context("the summary has no issues")?;
        output::echo(&summary.to_string());
        ensure!(
            issues > 0 && issues <= DEMO_ISSUES as u64,
            "{issues} issues were stored, {DEMO_ISSUES} asked for"
        );
        Ok(())
    };
    report.record("demo", ran.await);
    Ok(())
}

/// The truth, for each store with tokens and accounts of every kind, and for each version of Data Center.
pub(super) async fn truth(
    workspace: &Workspace,
    server: Option<&Postgres>,
    report: &mut Report,
) -> Result<()> {
    truth::build(workspace, Profile::Debug).await?;
    let mut on_cloud = Vec::new();
    for store in [StoreKind::Sqlite, StoreKind::Postgres] {
        for (token, account) in [
            (TokenKind::Unscoped, Account::Reader),
            (TokenKind::Unscoped, Account::Partial),
            (TokenKind::Scoped, Account::Reader),
            (TokenKind::Scoped, Account::Partial),
            (TokenKind::Unscoped, Account::Admin),
            (TokenKind::Service, Account::Reader),
        ] {
            on_cloud.push(Case { store, account, token });
        }
    }
    truth_of(workspace, server, Site::default(), TRUTH_ISSUES, &on_cloud, report).await?;
    let case = |store, token, account| Case { store, account, token };
    let token = case(StoreKind::Sqlite, TokenKind::Pat, Account::Reader);
    let password = case(StoreKind::Sqlite, TokenKind::Password, Account::Partial);
    let elsewhere = case(StoreKind::Postgres, TokenKind::Pat, Account::Admin);
    for dc_version in DcVersion::ALL {
        let site = Site { flavor: Flavor::Dc, dc_version, ..Site::default() };
        let mut cases = vec![token, password];
        if dc_version == DcVersion::V10_3 {
            cases.push(elsewhere);
        }
        truth_of(workspace, server, site, DC_TRUTH_ISSUES, &cases, report).await?;
    }
    let shuffled = Site { flavor: Flavor::Dc, shuffled_ids: true, ..Site::default() };
    truth_of(workspace, server, shuffled, DC_TRUTH_ISSUES, &[token], report).await
}

/// The truth of one site.
async fn truth_of(
    workspace: &Workspace,
    server: Option<&Postgres>,
    site: Site,
    issues: usize,
    cases: &[Case],
    report: &mut Report,
) -> Result<()> {
    let world = World::new(issues, 1, site);
    let simulator = Simulator::start(workspace, Profile::Debug, &world).await?;
    let prover = Prover { workspace, profile: Profile::Debug, simulator: &simulator, server };
    for case in cases {
        if case.store == StoreKind::Postgres && server.is_none() {
            report.skip(&format!("truth {}", case.name(site)), "no PostgreSQL");
        } else {
            case.prove(&prover, report).await;
        }
    }
    Ok(())
}

/// Edits and syncs in turns: Cloud in every zone, then each version of Data Center in one of them, some with what its
/// switches make harder; on both databases, once with a lagging index and once without.
pub(super) async fn edits(
    workspace: &Workspace,
    server: Option<&Postgres>,
    report: &mut Report,
) -> Result<()> {
    truth::build(workspace, Profile::Debug).await?;
    let on_cloud = DcVersion::ALL.map(|_| Site::default());
    let on_dc = DcVersion::ALL.map(|dc_version| Site {
        flavor: Flavor::Dc,
        dc_version,
        shuffled_ids: dc_version == DcVersion::V9_12,
        two_nodes: dc_version == DcVersion::V10_3,
    });
    for (seed, site) in (1..).zip(on_cloud.into_iter().chain(on_dc)) {
        let store = if matches!(seed, 2 | 7) { StoreKind::Postgres } else { StoreKind::Sqlite };
        if store == StoreKind::Postgres && server.is_none() {
            report.skip(&format!("edits, sequence {seed}"), "no PostgreSQL");
            continue;
        }
        let some = edits::Options { sequences: 1, seed, runs: 3, edits: 50, issues: 200, store, site };
        edits::prove(workspace, server, &some, report).await?;
    }
    Ok(())
}

/// Kills that the suite of chaos has to make, over all of its runs.
const FEWEST_KILLS: u64 = 60;

/// Faults, kills and restarts, into files and into PostgreSQL: seeds that are the same every time, and fresh ones.
pub(super) async fn chaos(workspace: &Workspace, has_postgres: bool, report: &mut Report) -> Result<()> {
    truth::build(workspace, Profile::Debug).await?;
    let mut kills = 0;
    for (store, seed, runs) in [
        (StoreKind::Sqlite, Some(1), 100),
        (StoreKind::Sqlite, None, 60),
        (StoreKind::Postgres, Some(1), 26),
        (StoreKind::Postgres, None, 14),
    ] {
        if store == StoreKind::Postgres && !has_postgres {
            report.skip("chaos on PostgreSQL", "no PostgreSQL");
            continue;
        }
        // Much of a run is waiting; with PostgreSQL each has a server of its own.
        let jobs = if store == StoreKind::Postgres { 4 } else { 8 };
        let some = chaos::Options {
            runs,
            seed,
            jobs,
            store,
            flavor: None,
            census: false,
            release: false,
            built: true,
            verbose: false,
            keep: false,
        };
        kills += chaos::prove(&some, report).await?.kills();
    }
    if has_postgres {
        let outcome = if kills >= FEWEST_KILLS { Ok(()) } else { Err(anyhow!("only {kills} kills")) };
        report.record("enough kills", outcome);
    }
    Ok(())
}

/// Issues of the largest site that a satellite brings in the suite, and how often each side is killed, into each kind of store;
/// `cargo xtask verify-satellite` has more of both.
const SATELLITE: (usize, u64) = (4_000, 12);

/// What may happen to a satellite and its server, with a fresh seed.
pub(super) async fn satellite(workspace: &Workspace, report: &mut Report) -> Result<()> {
    truth::build(workspace, Profile::Debug).await?;
    let (issues, kills) = SATELLITE;
    let some = satellite::Options { issues, kills, seed: None, jobs: 5, built: true, only: None };
    satellite::prove(&some, report).await
}

/// Sites that the suite asks about; `cargo xtask verify-hygiene` asks about twenty.
const HYGIENE_SITES: u64 = 6;

/// Sites with a fresh seed, one of them or two in PostgreSQL.
pub(super) async fn hygiene(workspace: &Workspace, report: &mut Report) -> Result<()> {
    truth::build(workspace, Profile::Debug).await?;
    hygiene::prove(hygiene::Options { sites: HYGIENE_SITES, seed: None, issues: 2_000, store: None }, report)
        .await
}

/// What a test runner counted.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
struct Counts {
    passed: u64,
    failed: u64,
    ignored: u64,
}

/// Reads `Summary [ 1.2s] 10 tests run: 8 passed (1 slow), 1 failed, 1 timed out, 3 skipped`.
fn nextest_counts(line: &str) -> Option<Counts> {
    let line = without_colours(line);
    let rest = line.trim_start().strip_prefix("Summary [")?;
    let (_, rest) = rest.split_once(']')?;
    let (run, parts) = rest.split_once(" run:")?;
    // An interrupted run counts `7/9 tests`.
    let run: u64 = run.split_whitespace().next()?.split('/').next_back()?.parse().ok()?;
    let amount = |word: &str| {
        let found = parts
            .split(',')
            .find_map(|part| part.trim().split_once(' ').filter(|(_, rest)| rest.starts_with(word)));
        found.and_then(|(number, _)| number.parse().ok()).unwrap_or(0)
    };
    let passed = amount("passed");
    Some(Counts { passed, failed: run.saturating_sub(passed), ignored: amount("skipped") })
}

/// Reads `test result: ok. 3 passed; 0 failed; 1 ignored; …`.
fn libtest_counts(line: &str) -> Option<Counts> {
    let line = without_colours(line);
    let (_, parts) = line.trim_start().strip_prefix("test result: ")?.split_once(". ")?;
    let amount = |word: &str| {
        let part = parts.split(';').find(|part| part.trim_end().ends_with(word))?;
        part.split_whitespace().next()?.parse().ok()
    };
    Some(Counts { passed: amount("passed")?, failed: amount("failed")?, ignored: 0 })
}

fn without_colours(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        if character == '\u{1b}' {
            characters.by_ref().find(|end| end.is_ascii_alphabetic());
        } else {
            plain.push(character);
        }
    }
    plain
}

/// The tests that said they skipped something, each once, with the first reason; a line is `suite/test: reason`.
fn skipped_tests(log: &Path) -> Result<BTreeMap<String, String>> {
    if !log.exists() {
        return Ok(BTreeMap::new());
    }
    let text = std::fs::read_to_string(log)?;
    let mut tests = BTreeMap::new();
    for line in text.lines() {
        let (test, reason) =
            line.split_once(": ").with_context(|| format!("a skip without a reason: {line}"))?;
        tests.entry(test.to_owned()).or_insert_with(|| reason.to_owned());
    }
    Ok(tests)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nextests_summary_is_counted_whatever_it_mentions() {
        let counts = |line| nextest_counts(line).unwrap();
        assert_eq!(
            counts("     Summary [   0.512s] 12 tests run: 12 passed, 0 skipped"),
            Counts { passed: 12, failed: 0, ignored: 0 }
        );
        assert_eq!(
            counts(
                "\u{1b}[31;1m     Summary\u{1b}[0m [   9.1s] 10 tests run: 7 passed (1 slow, 1 flaky), 2 failed, 1 timed out, 4 skipped"
            ),
            Counts { passed: 7, failed: 3, ignored: 4 }
        );
        assert_eq!(
            counts("Summary [ 1.0s] 7/9 tests run: 6 passed, 1 failed, 0 skipped"),
            Counts { passed: 6, failed: 3, ignored: 0 }
        );
        assert_eq!(nextest_counts("        PASS [   0.004s] weir-model time::tests::summary"), None);
    }

    #[test]
    fn doc_tests_are_counted_from_their_result_line() {
        let line = "test result: FAILED. 3 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.10s";
        assert_eq!(libtest_counts(line), Some(Counts { passed: 3, failed: 2, ignored: 0 }));
        assert_eq!(libtest_counts("running 3 tests"), None);
    }

    #[test]
    fn a_test_that_skips_twice_counts_once() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        assert!(skipped_tests(&log).unwrap().is_empty());
        std::fs::write(
            &log,
            "store/opens: no PostgreSQL\nstore/opens: no PostgreSQL\nsim/shapes: ../shared: absent\n",
        )
        .unwrap();
        let tests = skipped_tests(&log).unwrap();
        assert_eq!(tests.len(), 2);
        assert_eq!(tests["sim/shapes"], "../shared: absent");
    }
}
