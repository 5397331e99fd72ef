//! Hygiene as commands tell it. That the numbers are those of the site is held by `cargo xtask verify-hygiene`.

use crate::support::{Machine, READER, number, site_of};
use jira_sim::{DcVersion, Flavor, Sim, SimOptions, WorldSpec};
use serde_json::{Value, json};

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

/// The counts of a report or of a point of a trend.
fn counts(shown: &Value) -> (u64, Vec<u64>) {
    let rules = shown["rules"].as_array().expect("rules");
    assert_eq!(rules.iter().map(|rule| rule["rule"].as_str().expect("an id")).collect::<Vec<_>>(), RULES);
    let misses = rules.iter().map(|rule| number(rule, "misses")).collect();
    (number(&rules[0], "in_scope"), misses)
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
async fn as_many_issues_are_listed_as_a_number_says() {
    for flavor in [Flavor::Cloud, Flavor::DataCenter(DcVersion::V9_12)] {
        let sim = site(flavor, 5, 120).await;
        let machine = synced(&sim, flavor).await;
        rows_are_numbers(&machine, &format!("{flavor:?}")).await;
    }
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
    refused.refused(2, "Weights add up to 90");
    machine.run(&["hygiene", "issues", "--rule", "speed"]).await.refused(2, "There is no rule speed");
    let nothing = report(&["--filter", "project=NONE"]).await;
    assert_eq!(
        (nothing["score"].clone(), counts(&nothing).0),
        (Value::Null, 0),
        "nothing in scope is no score"
    );
}

#[tokio::test]
async fn a_rule_in_words_and_as_a_file_is_the_same_rule_on_every_surface() {
    let sim = site(Flavor::Cloud, 11, 150).await;
    let machine = synced(&sim, Flavor::Cloud).await;
    let when = ["--when", "due_date is missing and age_days is greater than 30", "--only", "not type is Bug"];
    let tried = [&["hygiene", "rules", "preview", "--format", "json"], &when[..]].concat();
    let tried = machine.run(&tried).await.succeeded().json();
    let added = [&["hygiene", "rules", "add", "Late plans", "--format", "json"], &when[..]].concat();
    let added = machine.run(&added).await.succeeded().json();
    assert_eq!(
        added["text"],
        "due_date is missing and age_days is greater than 30 only for not type equals Bug"
    );

    let report = machine.run(&["hygiene", "report", "--format", "json"]).await.succeeded().json();
    let line = report["rules"].as_array().expect("rules").last().expect("the own rule").clone();
    assert_eq!((&line["name"], &line["weight"]), (&json!("Late plans"), &json!(0.0)));
    // What is right is for the suite `hygiene` to say; here every surface has to say the same.
    let expected = number(&line, "misses");
    assert!(expected > 0, "the site has such issues");
    assert_eq!((&tried["misses"], &tried["in_scope"]), (&line["misses"], &line["in_scope"]));
    assert_eq!(tried["newest"].as_array().map(Vec::len), Some(expected.min(5) as usize));
    let weeks = tried["weeks"].as_array().expect("weeks");
    assert_eq!(weeks.last().map(|week| number(week, "misses")), Some(expected));
    let listed = ["hygiene", "issues", "--rule", "late PLANS", "--limit", "1000", "--format", "json"];
    let listed = machine.run(&listed).await.succeeded().json();
    assert_eq!(listed.as_array().map(|rows| rows.len() as u64), Some(expected));

    // What is written can be read again, as JSON and as YAML.
    let shown = machine.run(&["hygiene", "rules", "show"]).await.succeeded().json();
    machine.run(&["hygiene", "rules", "remove", "Late plans"]).await.succeeded();
    let file = machine.file("rules.json", &shown.to_string());
    machine.run(&["hygiene", "rules", "add", "--file", &file]).await.succeeded();
    let text = shown[0]["text"].as_str().expect("words");
    let yaml = format!("# Ours\n- name: Other plans\n  text: {text}\n");
    let file = machine.file("rules.yaml", &yaml);
    let again = machine
        .run(&["hygiene", "rules", "add", "--file", &file, "--format", "json"])
        .await
        .succeeded()
        .json();
    assert_eq!(again["conditions"], added["conditions"]);
    machine
        .run(&["hygiene", "rules", "add", "--file", &file])
        .await
        .refused(6, "There is a rule \"Other plans\" already");

    let edit = ["hygiene", "rules", "edit", "other plans", "--rename", "Renamed", "--format", "json"];
    let renamed = machine.run(&edit).await.succeeded().json();
    assert_eq!((&renamed["text"], &renamed["revision"]), (&added["text"], &json!(2)));
    let odd = ["hygiene", "rules", "add", "Odd", "--when", "summary is greater than 3"];
    machine.run(&odd).await.refused(2, "\"is greater than\" is not for summary");
    machine.run(&["hygiene", "rules", "remove", "Nobody's"]).await.refused(3, "has no rule \"Nobody's\"");
    let odd = machine.file("odd.yaml", "name: x\ntext: labels is missing\ncolour: red\n");
    let refused = machine.run(&["hygiene", "rules", "add", "--file", &odd]).await.refused(2, "odd.yaml");
    assert!(refused.stderr.contains("colour"), "{refused:#?}");
}

#[tokio::test]
async fn a_rule_whose_field_is_left_out_later_is_not_asked() {
    let sim = site(Flavor::Cloud, 12, 60).await;
    let machine = synced(&sim, Flavor::Cloud).await;
    let add = ["hygiene", "rules", "add", "No labels", "--when", "labels is missing"];
    machine.run(&add).await.succeeded();
    machine.run(&["integration", "edit", "site", "--exclude", "labels"]).await.succeeded();
    let report = machine.run(&["hygiene", "report", "--format", "json"]).await.succeeded().json();
    assert_eq!(
        (&report["rules"][8]["blocked_by"], &report["rules"][8]["misses"]),
        (&json!("labels"), &json!(0))
    );
    let tried = machine.run(&["hygiene", "rules", "preview", "No labels"]).await;
    tried.refused(2, "The rule \"No labels\" looks at the field labels, which is left out");
    let again = ["hygiene", "rules", "add", "Other", "--when", "labels is missing"];
    machine.run(&again).await.refused(2, "left out by configuration");
}
