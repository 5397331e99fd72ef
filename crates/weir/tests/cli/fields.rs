//! The fields of a site: counted as they are true of it, and shown without people and without what is left out.

use crate::support::{Machine, READER, number, site_of};
use jira_sim::{Sim, SimOptions, Truth, TruthView, WorldSpec};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const REVIEWER: &str = "customfield_10038";
const SEVERITY: &str = "customfield_10033";
const SEVERITY_TEXT: &str = "customfield_10034";
const POINTS: &str = "customfield_10028";

async fn site() -> Sim {
    let spec = WorldSpec { issues: 300, projects: 5, seed: 3, ..WorldSpec::default() };
    site_of(spec, SimOptions::default()).await
}

async fn listed(machine: &Machine) -> BTreeMap<String, Value> {
    let listed = machine.run(&["fields", "list", "--format", "json"]).await.succeeded().json();
    let rows = listed.as_array().expect("rows").iter();
    rows.map(|row| (row["id"].as_str().expect("an id").to_owned(), row.clone())).collect()
}

/// By field and project.
fn filled(sim: &Sim) -> BTreeMap<String, BTreeMap<String, u64>> {
    let truth = Truth::for_account(sim.world(), sim.url(), READER).expect("an account");
    let mut filled: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
    for issue in truth.rows(TruthView::Issues) {
        for (id, value) in issue["fields"].as_object().expect("fields") {
            if ![json!([]), json!({}), json!("")].contains(value) {
                let project = issue["project_key"].as_str().expect("a project").to_owned();
                *filled.entry(id.clone()).or_default().entry(project).or_default() += 1;
            }
        }
    }
    filled
}

#[tokio::test]
async fn fields_are_counted_as_they_are_filled_in() {
    let sim = site().await;
    let machine = Machine::near(&sim);
    machine.add(&sim, "site", &[]).await.succeeded();
    machine.run(&["sync"]).await.succeeded();
    let (listed, filled) = (listed(&machine).await, filled(&sim));
    let all = filled.len();
    assert!(all > 10, "{all} fields are filled in");
    for (id, row) in listed.iter().filter(|(_, row)| row["custom"] == true) {
        let expected = filled.get(id).cloned().unwrap_or_default();
        assert_eq!(row["projects"], json!(expected), "{id}");
        assert_eq!(number(row, "issues"), expected.values().sum::<u64>(), "{id}");
        let samples = row["samples"].as_array().expect("samples");
        assert_eq!(samples.is_empty(), expected.is_empty(), "{id}: {row}");
    }
    let shares = |row: &&Value| row["shares_name"] == true;
    let named: Vec<_> = listed.values().filter(shares).filter_map(|row| row["name"].as_str()).collect();
    assert_eq!(named.iter().filter(|name| **name == "Team").count(), 2, "{named:?}");
    assert_eq!(listed[REVIEWER]["samples"], json!(["(a person)"]));
    let values = machine.run(&["fields", "sample", POINTS, "--format", "json"]).await.succeeded().json();
    let values: Vec<f64> = values
        .as_array()
        .expect("rows")
        .iter()
        .filter_map(|row| row["value"].as_str()?.parse().ok())
        .collect();
    assert!(!values.is_empty());
    machine.run(&["fields", "sample", "customfield_1"]).await.refused(3, "no custom field customfield_1");
}

#[tokio::test]
async fn of_a_field_that_is_left_out_later_nothing_is_told_any_more() {
    let sim = site().await;
    let machine = Machine::near(&sim);
    machine.add(&sim, "site", &[]).await.succeeded();
    machine.run(&["sync"]).await.succeeded();
    assert!(number(&listed(&machine).await[POINTS], "issues") > 0);
    machine.run(&["integration", "edit", "site", "--exclude", POINTS]).await.succeeded();
    let row = &listed(&machine).await[POINTS];
    assert_eq!((&row["issues"], &row["samples"], &row["left_out"]), (&json!(0), &json!([]), &json!(true)));
    machine.run(&["fields", "sample", POINTS]).await.refused(6, "left out of");
}

#[tokio::test]
async fn after_a_run_fields_are_counted_anew() {
    let sim = site().await;
    let machine = Machine::near(&sim);
    machine.add(&sim, "site", &["--project", "APOLLO"]).await.succeeded();
    machine.run(&["sync"]).await.succeeded();
    let before = listed(&machine).await[POINTS]["of_issues"].as_u64().expect("a number");
    machine.run(&["integration", "edit", "site", "--everything"]).await.succeeded();
    machine.run(&["sync"]).await.succeeded();
    assert!(listed(&machine).await[POINTS]["of_issues"].as_u64().expect("a number") > before);
}

#[tokio::test]
async fn a_mapped_field_is_asked_for_by_its_role_and_its_id() {
    let sim = site().await;
    let machine = Machine::near(&sim);
    machine.add(&sim, "site", &[]).await.succeeded();
    machine.run(&["sync"]).await.succeeded();
    let truth = Truth::for_account(sim.world(), sim.url(), READER).expect("an account");
    let mut by_severity: BTreeMap<String, u64> = BTreeMap::new();
    for issue in truth.rows(TruthView::Issues) {
        if let Some(value) = issue["fields"][SEVERITY]["value"].as_str() {
            *by_severity.entry(value.to_owned()).or_default() += 1;
        }
    }
    let (value, count) = by_severity.iter().next().expect("an issue with a severity");
    let counted = async |filter: &str| {
        machine.run(&["hygiene", "report", "--format", "json", "--basis", "all", "--filter", filter]).await
    };
    let (by_role, by_id) = (format!("severity={value}"), format!("custom:{SEVERITY}={value}"));
    counted(&by_role).await.refused(2, "no field severity");
    counted(&by_id).await.refused(2, "is not mapped");

    machine.run(&["fields", "map", SEVERITY, "--role", "severity"]).await.succeeded();
    for filter in [&by_role, &by_id] {
        assert_eq!(number(&counted(filter).await.succeeded().json(), "in_scope"), *count, "{filter}");
    }
    assert_eq!(listed(&machine).await[SEVERITY]["mapped_as"], "text, as severity");
    let second = machine.run(&["fields", "map", SEVERITY_TEXT, "--role", "severity"]).await;
    second.refused(6, "is the severity already");
    machine.run(&["fields", "map", REVIEWER, "--as", "number"]).await.refused(2, "is not read as \"number\"");

    machine.run(&["fields", "unmap", SEVERITY]).await.succeeded();
    counted(&by_role).await.refused(2, "no field severity");
    machine.run(&["fields", "unmap", SEVERITY]).await.refused(3, "is not mapped");
}
