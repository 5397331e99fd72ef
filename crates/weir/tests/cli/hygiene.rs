//! Hygiene: every number of the commands against a plain count over what is true of the simulated site. The count shares nothing
//! with the program: it asks of each issue and each instant anew.

use crate::{
    support::{Machine, READER, number, order, site_of},
    upright::{Site, Then},
};
use jira_sim::{DcVersion, Flavor, Sim, SimOptions, Truth, TruthView, WorldSpec};
use serde_json::{Value, json};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};

const RULES: [&str; 8] = [
    "idle",
    "poor_description",
    "no_due_date",
    "no_assignee",
    "no_components",
    "missed_response_time",
    "missed_resolution_time",
    "inactive_assignee",
];

/// A fresh seed; failures name it, and with `WEIR_HYGIENE_SEED` it is played again.
fn seed() -> u64 {
    let given = std::env::var("WEIR_HYGIENE_SEED").ok().and_then(|seed| seed.parse().ok());
    given.unwrap_or_else(|| u64::from(RandomState::new().build_hasher().finish() as u32))
}

async fn site(flavor: Flavor, seed: u64, issues: usize) -> Sim {
    let spec = WorldSpec { issues, projects: 5, seed, flavor, ..WorldSpec::default() };
    site_of(spec, SimOptions::default()).await
}

async fn synced(sim: &Sim, flavor: Flavor) -> Machine {
    let machine = Machine::near(sim);
    let file = machine.file("token", "sim-unscoped-reader");
    let sign_in: &[&str] = match flavor {
        Flavor::Cloud => &["--email", READER, "--token-file", &file],
        Flavor::DataCenter(_) => &["--pat-file", &file],
    };
    let add = ["integration", "add", "jira", sim.url(), "--name", "site"];
    machine.run(&[&add[..], sign_in].concat()).await.succeeded();
    machine.run(&["sync"]).await.succeeded();
    machine
}

fn truth(sim: &Sim) -> Site {
    let truth = Truth::for_account(sim.world(), sim.url(), READER).expect("an account");
    Site::new(|view: TruthView| truth.rows(view))
}

/// A filter as the command takes it, and as the count does.
type Question = (&'static [&'static str], fn(&Then<'_>) -> bool);

const QUESTIONS: [Question; 9] = [
    (&[], |then| then.category() != Some("done".to_owned())),
    (&["--basis", "all"], |_| true),
    (&["--basis", "in_progress"], |then| then.category() == Some("in_progress".to_owned())),
    (&["--basis", "backlog"], |then| then.category() == Some("todo".to_owned())),
    (&["--basis", "created:45"], |then| then.created_within(45)),
    (&["--filter", "assignee="], |then| then.assignee().is_none()),
    (&["--filter", "type!=Bug"], |then| then.field("type").as_deref() != Some("Bug")),
    (&["--filter", "priority=High,Highest", "--filter", "due_date="], |then| {
        then.due().is_none() && ["High", "Highest"].map(Some).contains(&then.field("priority").as_deref())
    }),
    (&["--filter", "subtask=true"], |then| then.is_subtask()),
];

/// The counts of a report or of a point of a trend.
fn counts(shown: &Value) -> (u64, Vec<u64>) {
    let rules = shown["rules"].as_array().expect("rules");
    assert_eq!(rules.iter().map(|rule| rule["rule"].as_str().expect("an id")).collect::<Vec<_>>(), RULES);
    let misses = rules.iter().map(|rule| number(rule, "misses")).collect();
    (number(&rules[0], "in_scope"), misses)
}

async fn agrees(machine: &Machine, site: &Site, questions: &[Question], told: &str) {
    for (flags, takes) in questions.iter().copied() {
        let arguments = [&["hygiene", "report", "--format", "json"], flags].concat();
        let report = machine.run(&arguments).await.succeeded().json();
        let at = report["as_of"].as_str().expect("an instant").to_owned();
        let expected = site.counts(&at, takes, &RULES);
        assert_eq!(counts(&report), expected, "{told} {flags:?} at {at}");
        let lost: f64 =
            report["rules"].as_array().expect("rules").iter().filter_map(|r| r["points_lost"].as_f64()).sum();
        match report["score"].as_f64() {
            Some(score) => assert!((score + lost - 100.0).abs() < 1e-6 && (0.0..=100.0).contains(&score)),
            None => assert_eq!(expected.0, 0, "{told} {flags:?}"),
        }
        let arguments = [&["hygiene", "trend", "--count", "90", "--format", "json"], flags].concat();
        let trend = machine.run(&arguments).await.succeeded().json();
        let points = trend["points"].as_array().expect("points");
        assert_eq!(points.len(), 90);
        for point in points {
            let at = point["at"].as_str().expect("an instant");
            assert_eq!(counts(point), site.counts(at, takes, &RULES), "{told} {flags:?} at {at}");
        }
    }
}

async fn rows_are_numbers(machine: &Machine, told: &str) {
    let report = machine.run(&["hygiene", "report", "--format", "json"]).await.succeeded().json();
    let (in_scope, misses) = counts(&report);
    let listed = async |more: &[&str]| {
        let arguments = [&["hygiene", "issues", "--limit", "100000", "--format", "json"], more].concat();
        machine.run(&arguments).await.succeeded().json().as_array().expect("rows").clone()
    };
    assert_eq!(listed(&[]).await.len() as u64, in_scope, "{told}");
    for (rule, misses) in RULES.iter().zip(misses) {
        let rows = listed(&["--rule", rule]).await;
        assert_eq!(rows.len() as u64, misses, "{told} {rule}");
        for row in rows {
            let named = row["misses"].as_str().expect("a text").split(", ").any(|one| one == *rule);
            assert!(named && !row["why"].as_str().unwrap_or_default().is_empty(), "{told} {rule}: {row}");
        }
    }
}

#[tokio::test]
async fn every_number_is_that_of_a_plain_count() {
    let seed = seed();
    for flavor in [Flavor::Cloud, Flavor::DataCenter(DcVersion::V9_12)] {
        let sim = site(flavor, seed, 120).await;
        let machine = synced(&sim, flavor).await;
        let told = format!("{flavor:?} {seed}");
        agrees(&machine, &truth(&sim), &QUESTIONS, &told).await;
        rows_are_numbers(&machine, &told).await;
    }
}

#[tokio::test]
async fn after_edits_the_numbers_are_those_of_a_copy_that_was_made_anew() {
    let seed = seed();
    let sim = site(Flavor::Cloud, seed, 120).await;
    let machine = synced(&sim, Flavor::Cloud).await;
    machine.run(&["hygiene", "report"]).await.succeeded();
    for round in 0..2 {
        let edits = json!({ "seed": seed + round, "count": 40, "spread_ms": 1_000 });
        order(&sim, "/_sim/edits", &edits).await;
        machine.run(&["sync"]).await.succeeded();
        machine.run(&["verify"]).await;
        agrees(&machine, &truth(&sim), &QUESTIONS[..2], &format!("after {round} of {seed}")).await;
    }
    rows_are_numbers(&machine, "after edits").await;
}

#[tokio::test]
async fn what_configuration_leaves_out_is_nobodys_miss() {
    let sim = site(Flavor::Cloud, 9, 150).await;
    let machine = Machine::near(&sim);
    machine.add(&sim, "site", &["--exclude", "duedate"]).await.succeeded();
    machine.run(&["sync"]).await.succeeded();
    let report = machine.run(&["hygiene", "report", "--format", "json"]).await.succeeded().json();
    assert_eq!(
        (&report["rules"][2]["misses"], &report["rules"][2]["blocked_by"]),
        (&json!(0), &json!("duedate"))
    );
    for asked in [["--rule", "no_due_date"], ["--filter", "due_date="]] {
        let refused = machine.run(&[&["hygiene", "issues"][..], &asked].concat()).await;
        refused.refused(2, "left out by configuration");
    }
    // Left out later, what was known of it is forgotten.
    let all = machine
        .run(&["hygiene", "report", "--format", "json", "--filter", "assignee="])
        .await
        .succeeded()
        .json();
    assert!(counts(&all).0 > 0);
    machine.run(&["integration", "edit", "site", "--exclude", "duedate,assignee"]).await.succeeded();
    let report = machine.run(&["hygiene", "report", "--format", "json"]).await.succeeded().json();
    assert_eq!(report["rules"][3]["blocked_by"], "assignee");
}

#[tokio::test]
async fn other_weights_change_the_score_and_no_count() {
    let sim = site(Flavor::Cloud, 7, 200).await;
    let machine = synced(&sim, Flavor::Cloud).await;
    let report = async |more: &[&str]| {
        let arguments = [&["hygiene", "report", "--format", "json"], more].concat();
        machine.run(&arguments).await.succeeded().json()
    };
    let (usual, other) = (report(&[]).await, report(&["--weight", "idle=100"]).await);
    assert_eq!(counts(&usual), counts(&other));
    let (in_scope, misses) = counts(&other);
    let expected = 100.0 - 100.0 * misses[0] as f64 / in_scope as f64;
    assert!((other["score"].as_f64().expect("a score") - expected).abs() < 1e-9);
    let refused = machine.run(&["hygiene", "report", "--weight", "idle=90"]).await;
    refused.refused(2, "add up to 90 and not to 100");
    machine.run(&["hygiene", "issues", "--rule", "speed"]).await.refused(2, "there is no rule speed");
    let nothing = report(&["--filter", "project=NONE"]).await;
    assert_eq!(
        (nothing["score"].clone(), counts(&nothing).0),
        (Value::Null, 0),
        "nothing in scope is no score"
    );
}
