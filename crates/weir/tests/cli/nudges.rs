//! Nudges as commands tell them: by the rules, thresholds and fields that are kept. That messages arrive is held by
//! `cargo xtask test --suite nudges`.

use crate::support::{Machine, number, site_of};
use jira_sim::{Sim, SimOptions, WorldSpec};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const SEVERITY: &str = "customfield_10033";

async fn synced() -> (Sim, Machine) {
    let spec = WorldSpec { issues: 200, projects: 5, seed: 4, ..WorldSpec::default() };
    let sim = site_of(spec, SimOptions::default()).await;
    let machine = Machine::near(&sim);
    machine.add(&sim, "site", &[]).await.succeeded();
    machine.run(&["sync"]).await.succeeded();
    (sim, machine)
}

async fn told(machine: &Machine, words: &[&str]) -> Value {
    machine.run(&[words, &["--format", "json"]].concat()).await.succeeded().json()
}

/// Adds a nudge for which everything is new, since nobody was told of anything yet.
async fn add(machine: &Machine, name: &str, words: &[&str]) -> Value {
    let usual =
        ["hygiene", "nudges", "add", name, "--channel", "webhook", "--url", "https://hooks.example/x"];
    let made = told(machine, &[&usual[..], words].concat()).await;
    machine.sql("UPDATE nudge SET covered_until = 0").await;
    made
}

async fn preview(machine: &Machine, name: &str) -> Value {
    told(machine, &["hygiene", "nudges", "preview", name, "--public-url", "https://weir.example"]).await
}

/// How many issues each recipient is told of.
fn counts(preview: &Value) -> BTreeMap<String, u64> {
    let messages = preview["messages"].as_array().expect("messages").iter();
    let of =
        |one: &Value| (one["recipient"].as_str().expect("one").to_owned(), number(&one["digest"], "issues"));
    messages.map(of).collect()
}

/// What the names of the rules are that a preview tells of.
fn rules(preview: &Value) -> BTreeSet<String> {
    let messages = preview["messages"].as_array().expect("messages").iter();
    let items = messages.flat_map(|one| one["digest"]["items"].as_array().expect("items"));
    let misses = items.flat_map(|item| item["misses"].as_array().expect("misses"));
    misses.map(|miss| miss["name"].as_str().expect("a name").to_owned()).collect()
}

async fn missing(machine: &Machine, rule: &str, filter: &str) -> u64 {
    let words =
        ["hygiene", "issues", "--basis", "open", "--rule", rule, "--filter", filter, "--limit", "10000"];
    told(machine, &words).await.as_array().expect("rows").len() as u64
}

#[tokio::test]
async fn a_rule_of_the_integrations_own_is_told_of_until_it_is_gone() {
    let (_sim, machine) = synced().await;
    let rule = ["hygiene", "rules", "add", "Without a label", "--when", "labels is missing"];
    machine.run(&rule).await.succeeded();
    let for_apollo = ["--by", "project", "--team", "APOLLO", "--rule", "without a label"];
    add(&machine, "Labels", &for_apollo).await;
    let shown = preview(&machine, "Labels").await;
    let expected = missing(&machine, "Without a label", "project=APOLLO").await;
    assert!(expected > 0);
    assert_eq!(counts(&shown), [("APOLLO".to_owned(), expected)].into(), "{shown}");
    assert_eq!(rules(&shown), ["Without a label".to_owned()].into());
    machine.run(&["hygiene", "rules", "remove", "Without a label"]).await.succeeded();
    let shown = preview(&machine, "Labels").await;
    assert_eq!((counts(&shown), &shown["trouble"]["code"]), ([].into(), &json!("nudge.rules")), "{shown}");
    // It can be changed nevertheless, and says how it stands.
    let changed = told(&machine, &["hygiene", "nudges", "edit", "Labels", "--hour", "9"]).await;
    assert_eq!((&changed["state"], &changed["hour"]), (&json!("blocked"), &json!(9)), "{changed}");
    let refused = ["hygiene", "nudges", "edit", "Labels", "--rule", "Without a label"];
    machine.run(&refused).await.refused(2, "no rule Without a label");
}

#[tokio::test]
async fn a_nudge_of_a_rule_whose_field_is_left_out_says_so() {
    let (_sim, machine) = synced().await;
    add(&machine, "Dates", &["--by", "project", "--team", "APOLLO", "--rule", "no_due_date"]).await;
    assert_eq!(preview(&machine, "Dates").await["trouble"], Value::Null);
    machine.run(&["integration", "edit", "--exclude", "duedate"]).await.succeeded();
    let trouble = preview(&machine, "Dates").await["trouble"].clone();
    assert!(trouble["sentence"].as_str().expect("a sentence").contains("duedate is left out"), "{trouble}");
    machine.run(&["integration", "edit", "--exclude-nothing"]).await.succeeded();
    let trouble = preview(&machine, "Dates").await["trouble"].clone();
    assert!(trouble["sentence"].as_str().expect("a sentence").contains("duedate"), "{trouble}");
    machine.run(&["sync"]).await.succeeded();
    assert_eq!(preview(&machine, "Dates").await["trouble"], Value::Null);
}

#[tokio::test]
async fn thresholds_that_are_kept_hold_for_nudges_too_and_a_rule_that_is_off_is_not_told_of() {
    let (_sim, machine) = synced().await;
    add(&machine, "Words", &["--by", "project", "--team", "APOLLO", "--rule", "poor_description"]).await;
    let before = counts(&preview(&machine, "Words").await);
    machine.run(&["hygiene", "settings", "set", "--description-words", "100000"]).await.succeeded();
    let after = counts(&preview(&machine, "Words").await);
    assert_eq!(after["APOLLO"], missing(&machine, "poor_description", "project=APOLLO").await);
    assert!(before.get("APOLLO") < after.get("APOLLO"), "{before:?} {after:?}");
    // Of a value in any case of letters, as filters take it.
    add(&machine, "All", &["--by", "project", "--team", "Apollo"]).await;
    assert!(rules(&preview(&machine, "All").await).contains("Poor description"));
    machine.run(&["hygiene", "settings", "set", "--off", "poor_description", "--scale"]).await.succeeded();
    assert!(!rules(&preview(&machine, "All").await).contains("Poor description"));
    assert_eq!(preview(&machine, "Words").await["trouble"]["code"], "nudge.rules");
}

#[tokio::test]
async fn a_field_that_is_mapped_as_the_team_makes_recipients() {
    let (_sim, machine) = synced().await;
    let by_team = ["--by", "team", "--rule", "no_due_date", "--team"];
    let usual =
        ["hygiene", "nudges", "add", "Early", "--channel", "webhook", "--url", "https://hooks.example/x"];
    let early = [&usual[..], &by_team, &["Any"]].concat();
    machine.run(&early).await.refused(2, "no field team");
    machine.run(&["fields", "map", SEVERITY, "--role", "team"]).await.succeeded();
    let values = told(&machine, &["fields", "sample", SEVERITY]).await;
    let values = values.as_array().expect("rows").iter();
    let teams: BTreeSet<&str> = values.map(|row| row["value"].as_str().expect("a value")).collect();
    let named: Vec<&str> = teams.iter().flat_map(|team| ["--team", *team]).collect();
    let made = add(&machine, "Teams", &[&by_team[..4], &named].concat()).await;
    assert_eq!(made["by"], "team", "{made}");
    let shown = preview(&machine, "Teams").await;
    let mut expected = BTreeMap::new();
    for team in teams {
        expected.insert(team.to_owned(), missing(&machine, "no_due_date", &format!("team={team}")).await);
    }
    expected.retain(|_, issues| *issues > 0);
    assert!(!expected.is_empty());
    assert_eq!(counts(&shown), expected, "{shown}");
    // The link leads to the same issues, whatever stands in the name of the team.
    let all = shown["messages"][0]["digest"]["all"].as_str().expect("a link");
    assert!(all.contains(&format!("filter=custom%3A{SEVERITY}%3D")), "{all}");
    machine.run(&["fields", "unmap", SEVERITY]).await.succeeded();
    let shown = preview(&machine, "Teams").await;
    assert_eq!((counts(&shown), &shown["trouble"]["code"]), ([].into(), &json!("hygiene.field")), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_webhooks_go_is_kept_sealed_and_only_its_host_is_shown() {
    let (_sim, machine) = synced().await;
    let add = [
        "hygiene",
        "nudges",
        "add",
        "Chat",
        "--channel",
        "webhook",
        "--url",
        "https://hooks.example/CANARY-path",
    ];
    machine.run(&add).await.succeeded();
    let kept = machine.text("SELECT settings FROM nudge").await;
    assert!(kept.contains("https://hooks.example/…") && !kept.contains("CANARY"), "{kept}");
    for more in [&["--hour", "9"][..], &["--url", "https://other.example/CANARY-other"]] {
        machine.run(&[&["hygiene", "nudges", "edit", "Chat"], more].concat()).await.succeeded();
        let kept = machine.text("SELECT settings FROM nudge").await;
        assert!(!kept.contains("CANARY"), "{kept}");
    }
    let shown = machine.run(&["hygiene", "nudges", "list", "--format", "json"]).await.succeeded().stdout;
    assert!(shown.contains("https://other.example/…") && !shown.contains("CANARY"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_was_given_is_not_printed_again() {
    let (_sim, machine) = synced().await;
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let file = machine.file("secret", secret);
    let add =
        ["hygiene", "nudges", "add", "Chat", "--channel", "webhook", "--url", "https://hooks.example/x"];
    let made = machine.run(&[&add[..], &["--secret-file", &file]].concat()).await.succeeded();
    assert!(!made.stdout.contains("whsec_") && !made.stderr.contains("Keep this secret"), "{made:?}");
    let add =
        ["hygiene", "nudges", "add", "Other", "--channel", "webhook", "--url", "https://hooks.example/x"];
    assert!(machine.run(&add).await.succeeded().stdout.contains("whsec_"), "a fresh one is shown this once");
}
