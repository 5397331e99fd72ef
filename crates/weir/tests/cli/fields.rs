//! The fields of a site: counted as they are true of it, and shown without people and without what is left out.

use crate::support::{Machine, READER, number, site_of};
use jira_sim::{Sim, SimOptions, Truth, TruthView, WorldSpec};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const REVIEWER: &str = "customfield_10038";
const SEVERITY: &str = "customfield_10033";
const SEVERITY_TEXT: &str = "customfield_10034";
const POINTS: &str = "customfield_10028";
const CASE_FIELD: &str = "customfield_10031";

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
    for filter in [&by_role, &by_id, &format!("Severity equals {value}")] {
        assert_eq!(number(&counted(filter).await.succeeded().json(), "in_scope"), *count, "{filter}");
    }
    assert_eq!(listed(&machine).await[SEVERITY]["mapped_as"], "text, as severity");
    let add = ["hygiene", "rules", "add", "Unsorted", "--when", "severity is missing", "--format", "json"];
    let added = machine.run(&add).await.succeeded().json();
    assert_eq!(added["text"], format!("custom:{SEVERITY} is missing"));
    let second = machine.run(&["fields", "map", SEVERITY_TEXT, "--role", "severity"]).await;
    second.refused(6, "is the severity already");
    machine.run(&["fields", "map", REVIEWER, "--as", "number"]).await.refused(2, "is not read as \"number\"");

    machine.run(&["integration", "edit", "--exclude", SEVERITY]).await.succeeded();
    for filter in [&by_role, &by_id, &format!("Severity equals {value}")] {
        counted(filter).await.refused(2, "left out");
    }
    let preview = ["hygiene", "rules", "preview", "--when", "severity is missing"];
    machine.run(&preview).await.refused(2, "left out");
    machine.run(&["hygiene", "report", "--by", "severity"]).await.refused(2, "left out");

    machine.run(&["fields", "unmap", SEVERITY]).await.succeeded();
    counted(&by_role).await.refused(2, "no field severity");
    machine.run(&["fields", "unmap", SEVERITY]).await.refused(3, "is not mapped");
}

#[tokio::test]
async fn a_rule_on_a_field_that_is_mapped_as_something_else_later_is_alone_in_not_being_asked() {
    let sim = site().await;
    let machine = Machine::near(&sim);
    machine.add(&sim, "site", &[]).await.succeeded();
    machine.run(&["sync"]).await.succeeded();
    machine.run(&["fields", "map", POINTS, "--as", "number"]).await.succeeded();
    let when = format!("custom:{POINTS} is greater than 3");
    machine.run(&["hygiene", "rules", "add", "Big", "--when", &when]).await.succeeded();
    let report = async || machine.run(&["hygiene", "report", "--format", "json"]).await.succeeded().json();
    let before = report().await;
    assert_eq!(before["rules"][8]["blocked_because"], Value::Null);
    assert!(number(&before["rules"][8], "misses") > 0, "{before}");
    let listed = machine.run(&["hygiene", "issues", "--rule", "Big", "--format", "json"]).await.succeeded();
    let why = listed.json()[0]["why"].as_str().expect("a text").to_owned();
    assert!(!why.contains("customfield") && why.contains(" is greater than 3: "), "{why}");

    machine.run(&["fields", "map", POINTS, "--as", "text"]).await.succeeded();
    let now = report().await;
    let line = &now["rules"][8];
    assert_eq!((&line["blocked_because"], &line["misses"]), (&json!("read_differently"), &json!(0)));
    assert_eq!(now["rules"].as_array().map(|all| &all[..8]), before["rules"].as_array().map(|all| &all[..8]));
    machine.run(&["hygiene", "trend", "--count", "2"]).await.succeeded();
    machine.run(&["hygiene", "issues"]).await.succeeded();
    let of_it = ["hygiene", "issues", "--rule", "Big"];
    machine.run(&of_it).await.refused(2, "which is read differently now");
    let table = machine.run(&["hygiene", "report", "--format", "table"]).await.succeeded();
    assert!(table.stdout.contains("is read differently now; change the rule"), "{}", table.stdout);

    machine.run(&["fields", "unmap", POINTS]).await.succeeded();
    assert_eq!(report().await["rules"][8]["blocked_because"], "unmapped");
    let refused = machine.run(&of_it).await.refused(2, "which is not mapped");
    assert!(refused.stderr.contains("weir fields map"), "{}", refused.stderr);
    machine.run(&["integration", "edit", "--exclude", POINTS]).await.succeeded();
    assert_eq!(report().await["rules"][8]["blocked_because"], "left_out");
}

/// Rows of the view of cases, in order.
async fn cases(machine: &Machine) -> Vec<Value> {
    let mut rows = machine.rows("issue_cases").await;
    rows.sort_by_key(Value::to_string);
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn cases_are_read_from_the_field_that_is_chosen_and_by_name_again_without_the_site() {
    let sim = site().await;
    let machine = Machine::synced(&sim).await;
    let by_name = cases(&machine).await;
    assert!(!by_name.is_empty());
    let shown = machine.run(&["fields", "cases", "show", "--format", "json"]).await.succeeded().json();
    assert_eq!((&shown["chosen"], &shown["fields"]), (&json!(false), &json!([CASE_FIELD])), "{shown}");
    let count = |rows: &[Value], name: &str| {
        rows.iter().map(|row| row[name].to_string()).collect::<std::collections::BTreeSet<_>>().len() as u64
    };
    assert_eq!(shown["cases"].as_u64(), Some(count(&by_name, "case_id")));
    assert_eq!(shown["matched"].as_u64(), Some(count(&by_name, "issue_id")));
    let filled = shown["filled"].as_u64().expect("a number");
    assert!(filled > count(&by_name, "issue_id"), "some of what people type is no case: {shown}");
    let unmatched =
        machine.run(&["fields", "cases", "unmatched", "--format", "json"]).await.succeeded().json();
    assert_eq!(unmatched.as_array().map(|rows| rows.len() as u64), shown["unmatched"].as_u64());

    // The same field with a prefix reads at least as much; a trial keeps nothing.
    let flags = ["fields", "cases", "try", CASE_FIELD, "--prefix", "SF-", "--format", "json"];
    let tried = machine.run(&flags).await.succeeded().json();
    assert!(tried["cases"].as_u64() >= shown["cases"].as_u64(), "{tried}");
    assert_eq!(cases(&machine).await, by_name);

    let other = "customfield_10045";
    let kept = machine.run(&["fields", "cases", "map", other, "--format", "json"]).await.succeeded().json();
    assert_eq!((&kept["chosen"], &kept["fields"]), (&json!(true), &json!([other])), "{kept}");
    let chosen = cases(&machine).await;
    assert_ne!(chosen, by_name);
    // A reading of everything finds what was read anew here.
    machine.run(&["sync", "--full"]).await.succeeded();
    assert_eq!(cases(&machine).await, chosen);

    machine.run(&["fields", "cases", "unmap"]).await.succeeded();
    assert_eq!(cases(&machine).await, by_name);
    machine.run(&["sync", "--full"]).await.succeeded();
    assert_eq!(cases(&machine).await, by_name);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_without_texts_holds_no_cases_and_one_that_is_left_out_gives_none() {
    let sim = site().await;
    let machine = Machine::synced(&sim).await;
    let refused = machine.run(&["fields", "cases", "map", "customfield_1"]).await;
    assert!(refused.stderr.contains("has no custom field customfield_1"), "{}", refused.stderr);
    let long = "x".repeat(41);
    let refused = machine.run(&["fields", "cases", "try", CASE_FIELD, "--prefix", &long]).await;
    assert!(refused.stderr.contains("40 printable characters"), "{}", refused.stderr);
    machine.run(&["fields", "cases", "map", CASE_FIELD]).await.succeeded();
    assert!(!cases(&machine).await.is_empty());
    machine.run(&["integration", "edit", "--exclude", CASE_FIELD]).await.succeeded();
    assert!(cases(&machine).await.is_empty(), "what is left out is gone at once");
    let shown = machine.run(&["fields", "cases", "show"]).await.succeeded();
    let told = format!("{CASE_FIELD} is left out by configuration");
    assert!(shown.stdout.contains(&told), "{}", shown.stdout);
    let listed = machine.run(&["fields", "list"]).await.succeeded();
    assert!(listed.stdout.contains(&told), "the list says the same: {}", listed.stdout);
}
