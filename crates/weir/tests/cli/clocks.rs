//! Time zones, changes of their clocks, and clocks that are wrong: no edit is missed because of any.

use crate::{
    support::{Machine, READER, order, site_of},
    whole::issues_are_whole,
};
use jira_sim::{DcVersion, Edit, EditKind, Flavor, Sim, SimOptions, Truth, TruthView, WorldSpec};
use serde_json::{Value, json};
use std::time::Duration;

/// In the year 2030.
const LONG_AFTER: i64 = 1_893_456_000_000;

async fn small(flavor: Flavor) -> Sim {
    let spec = WorldSpec { issues: 60, projects: 3, weight: 20, flavor, ..WorldSpec::default() };
    site_of(spec, SimOptions { record: true, ..SimOptions::default() }).await
}

/// Key of some issue.
fn some_issue(sim: &Sim) -> String {
    let truth = Truth::for_account(sim.world(), sim.url(), READER).expect("an account");
    truth.rows(TruthView::Issues)[30]["key"].as_str().expect("a key").to_owned()
}

async fn summary(machine: &Machine, key: &str) -> Value {
    let issues = machine.rows("issues").await;
    issues.iter().find(|row| row["key"] == key).expect("the issue")["summary"].clone()
}

/// Edits an issue and syncs, several times, `apart` by the site's clock; each edit must come with the run after it.
async fn every_edit_comes(sim: &Sim, machine: &Machine, apart: Duration, times: usize) {
    let key = some_issue(sim);
    for number in 0..times {
        sim.advance_clock(apart);
        let text = format!("Edit {number} of {key}");
        sim.edit(&Edit::new(EditKind::Summary).of(&key).to(text.clone())).expect("an edit");
        let report = machine.run(&["sync", "--format", "json"]).await.succeeded().json();
        assert_eq!(report["incremental"], true, "{report}");
        assert_eq!(summary(machine, &key).await, text.as_str(), "{number}");
    }
}

/// What JQL was asked for, of all kinds.
fn asked(sim: &Sim) -> Vec<String> {
    let bodies = sim.requests().into_iter().filter_map(|one| serde_json::from_str::<Value>(&one.body).ok());
    bodies.filter_map(|body| Some(body["jql"].as_str()?.to_owned())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_is_found_wherever_the_account_lives_and_while_its_clocks_change() {
    // Each begins half an hour before an hour that comes twice or not at all, or in a zone far from Greenwich.
    for (zone, start) in [
        ("America/New_York", 1_793_510_000_000_i64), // 2026-11-01, back at 06:00 UTC
        ("Europe/Berlin", 1_806_193_800_000),        // 2027-03-28, forward at 01:00 UTC
        ("Pacific/Kiritimati", 1_795_000_000_000),   // 14 hours ahead
        ("Pacific/Pago_Pago", 1_795_000_000_000),    // 11 hours behind
    ] {
        let sim = small(Flavor::Cloud).await;
        sim.set_zone(READER, zone).expect("a zone");
        sim.set_clock(start);
        let machine = Machine::near(&sim);
        // Looking back half a day would make up for most mistakes.
        machine.add(&sim, "site", &["--reread", "1m"]).await.succeeded();
        machine.run(&["sync"]).await.succeeded();
        every_edit_comes(&sim, &machine, Duration::from_secs(13 * 60), 6).await;
        machine.run(&["verify"]).await.succeeded();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn our_own_clock_does_not_decide_what_changed() {
    for flavor in [Flavor::Cloud, Flavor::DataCenter(DcVersion::V9_12)] {
        // The site lives an hour after its world was made, weeks ago; then three years from now.
        for site_time in [WorldSpec::default().base_ms + 3_600_000, LONG_AFTER] {
            let sim = small(flavor).await;
            sim.set_clock(site_time);
            let machine = match flavor {
                Flavor::Cloud => {
                    let machine = Machine::near(&sim);
                    machine.add(&sim, "site", &["--reread", "1m"]).await.succeeded();
                    machine.run(&["sync"]).await.succeeded();
                    machine
                }
                Flavor::DataCenter(_) => {
                    let machine = Machine::new();
                    let pat = machine.file("pat", crate::support::READER_TOKEN);
                    let add = ["integration", "add", "jira", sim.url(), "--name", "site", "--pat-file", &pat];
                    machine.run(&add).await.succeeded();
                    machine.run(&["sync"]).await.succeeded();
                    machine
                }
            };
            every_edit_comes(&sim, &machine, Duration::from_secs(3_600), 2).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_is_asked_for_by_instants_and_without_an_upper_bound() {
    for flavor in [Flavor::Cloud, Flavor::DataCenter(DcVersion::V10_3)] {
        let sim = small(flavor).await;
        let machine = Machine::near(&sim);
        let file = machine.file("token", crate::support::READER_TOKEN);
        let sign_in: &[&str] = match flavor {
            Flavor::Cloud => &["--email", READER, "--token-file", &file],
            Flavor::DataCenter(_) => &["--pat-file", &file],
        };
        let add = ["integration", "add", "jira", sim.url(), "--name", "site"];
        machine.run(&[&add[..], sign_in].concat()).await.succeeded();
        for _ in 0..2 {
            machine.run(&["sync"]).await.succeeded();
        }
        let other = match flavor {
            Flavor::Cloud => "/search",
            Flavor::DataCenter(_) => "/search/jql",
        };
        let of_the_other = |path: &str| {
            path.ends_with(other)
                && path.contains("/rest/api/")
                && !path.contains("/project/")
                && !path.contains("/user")
        };
        assert!(
            sim.requests().iter().all(|one| !of_the_other(&one.path)),
            "{flavor:?}: each product has its own search"
        );
        let asked = asked(&sim);
        let dated: Vec<&String> = asked.iter().filter(|jql| jql.contains("updated")).collect();
        assert!(dated.len() >= 2, "{asked:?}");
        for jql in &dated {
            let after: Vec<&str> = jql.split("updated").skip(1).collect();
            for bound in after {
                let instant = bound.trim_start().strip_prefix(">= ").and_then(|rest| rest.split(' ').next());
                let is_instant = instant.is_some_and(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
                assert!(is_instant, "epoch milliseconds, and from there on: {jql}");
            }
        }
        for jql in &asked {
            assert!(
                jql.contains("project") || jql.contains("id in") || jql.contains("id ="),
                "every query is bounded: {jql}"
            );
            assert!(!jql.contains("project = A") && !jql.contains("project in (A"), "keys are quoted: {jql}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_that_never_rests_is_stored_with_every_run() {
    let sim = small(Flavor::Cloud).await;
    let machine = Machine::connected(&sim).await;
    let key = some_issue(&sim);
    for run in 0..3 {
        for after in 0..40 {
            let text = format!("Run {run}, edit {after}");
            let edit = json!({ "kind": "summary", "subject": key, "value": text, "after_requests": after });
            order(&sim, "/_sim/edit", &edit).await;
        }
        machine.run(&["sync"]).await.succeeded();
        let summary = summary(&machine, &key).await;
        assert!(summary.as_str().is_some_and(|text| text.starts_with(&format!("Run {run},"))), "{summary}");
    }
    // What still waits is done by the requests of a last run or two.
    for _ in 0..3 {
        machine.run(&["sync"]).await.succeeded();
    }
    issues_are_whole(&machine, &sim, READER).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_census_that_seems_to_lie_in_the_future_is_done_again() {
    let sim = small(Flavor::Cloud).await;
    let machine = Machine::synced(&sim).await;
    machine.run(&["verify"]).await.succeeded();
    machine.sql("UPDATE run SET started_at = started_at + 31536000000 WHERE reason = 'verify'").await;
    machine.sql("UPDATE run SET ended_at = ended_at - 90000000 WHERE reason <> 'verify'").await;
    let report = machine.run(&["sync", "--format", "json"]).await.succeeded().json();
    assert_eq!(report["census"]["verdict"], "equal", "{report}");
    let again = machine.run(&["sync", "--format", "json"]).await.succeeded().json();
    assert_eq!(again["census"], Value::Null, "once is enough: {again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_success_that_seems_to_lie_in_the_future_does_not_hide_a_failure() {
    let sim = small(Flavor::Cloud).await;
    let machine = Machine::synced(&sim).await;
    machine
        .sql("UPDATE run SET started_at = started_at + 31536000000, ended_at = ended_at + 31536000000")
        .await;
    sim.stop().await;
    machine.run(&["sync"]).await.refused(7, "could not be reached");
    let status = machine.run(&["status", "--format", "json"]).await.succeeded().json();
    assert_eq!(
        (&status[0]["status"], &status[0]["reason_code"]),
        (&"unhealthy".into(), &"net.connect".into())
    );
}
