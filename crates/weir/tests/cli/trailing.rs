//! Changes that a site's index shows late: found as long as they are not older than the trailing window, and read once.

use crate::{
    faults::meddling,
    support::{Machine, READER, http, order, site},
};
use jira_sim::{Edit, EditKind, Sim, Truth, TruthView};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const HOUR: i64 = 60 * 60 * 1_000;

async fn summary_of(machine: &Machine, key: &str) -> String {
    let rows = machine.rows("issues").await;
    let row = rows.into_iter().find(|row| row["key"] == key).expect("the issue");
    row["summary"].as_str().expect("a summary").to_owned()
}

/// Syncs; says how many issues were read.
async fn sync(machine: &Machine) -> u64 {
    let report = machine.run(&["sync", "--no-census", "--format", "json"]).await.succeeded().json();
    report["kinds"]["issues"]["read"].as_u64().unwrap_or(0)
}

/// Moves the site's time on.
async fn later(sim: &Sim, ms: i64) {
    order(sim, "/_sim/clock", &json!({ "advance_ms": ms })).await;
}

/// An edit that the index shows only `lag` later; meanwhile a run goes by, and another one every six hours.
async fn an_edit_shown_late(lag: i64, runs: i64) -> (Sim, Machine, String) {
    let sim = site().await;
    let machine = Machine::synced(&sim).await;
    let key = machine.rows("issues").await[7]["key"].as_str().expect("a key").to_owned();
    order(&sim, "/_sim/lag", &json!({ "ms": lag })).await;
    sim.edit(&Edit::new(EditKind::Summary).of(&key).to("Shown late")).expect("an edit");
    for _ in 0..runs {
        later(&sim, lag / (runs + 1)).await;
        sync(&machine).await;
        assert_ne!(summary_of(&machine, &key).await, "Shown late", "the index does not show it yet");
    }
    later(&sim, lag / (runs + 1) + HOUR / 60).await;
    (sim, machine, key)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_index_shows_hours_later_is_read_and_only_once() {
    let (_sim, machine, key) = an_edit_shown_late(6 * HOUR, 2).await;
    assert_eq!(sync(&machine).await, 1);
    assert_eq!(summary_of(&machine, &key).await, "Shown late");
    assert_eq!(sync(&machine).await, 0, "it is known by now");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_index_shows_a_day_later_is_read_by_the_wide_pass() {
    let (_sim, machine, key) = an_edit_shown_late(26 * HOUR, 4).await;
    sync(&machine).await;
    assert_eq!(summary_of(&machine, &key).await, "Shown late");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sprint_that_is_renamed_after_its_list_was_refused_is_another_one_in_its_issues() {
    let sim = site().await;
    // The first run sees sprints in issues alone.
    order(&sim, "/_sim/fault", &json!({ "kind": "board_403", "count": null })).await;
    let machine = Machine::connected(&sim).await;
    sync(&machine).await;
    order(&sim, "/_sim/fault", &json!({ "kind": "none" })).await;
    let issues = machine.rows("issues").await;
    let sprints = machine.rows("sprints").await;
    let shows = |row: &Value, name: &str| row["fields"].to_string().contains(&format!("\"{name}\""));
    let names = sprints.iter().filter_map(|sprint| sprint["name"].as_str());
    let mut names = names.filter(|name| issues.iter().any(|row| shows(row, name)));
    let name = names.next().expect("a sprint that issues show").to_owned();
    sim.edit(&Edit::new(EditKind::SprintRename).of(&name).to("Another name")).expect("an edit");
    sync(&machine).await;
    assert!(!machine.rows("issues").await.iter().any(|row| shows(row, &name)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sprint_that_an_interrupted_run_met_in_passing_is_known_to_be_another_by_the_next() {
    let sim = site().await;
    order(&sim, "/_sim/fault", &json!({ "kind": "board_403", "count": null })).await;
    let machine = Machine::connected(&sim).await;
    let shows = |row: &Value, name: &str| row["fields"].to_string().contains(&format!("\"{name}\""));
    let theirs = Truth::for_account(sim.world(), sim.url(), READER).expect("an account");
    for n in 1.. {
        let point = format!("batch.after_commit:{n}");
        let ended = machine.command(&["sync", "--no-census"]).env("WEIR_CRASH_AT", point).output().await;
        assert!(!ended.expect("it starts").status.success(), "it was interrupted");
        if machine.rows("issues").await.len() > 100 {
            break;
        }
    }
    order(&sim, "/_sim/fault", &json!({ "kind": "none" })).await;
    let issues = machine.rows("issues").await;
    let sprints = theirs.rows(TruthView::Sprints);
    // One board's list is never given; what most issues show stands in another's.
    let names = sprints.iter().filter_map(|sprint| sprint["name"].as_str());
    let name =
        names.max_by_key(|name| issues.iter().filter(|row| shows(row, name)).count()).expect("a sprint");
    assert!(issues.iter().any(|row| shows(row, name)));
    sim.edit(&Edit::new(EditKind::SprintRename).of(name).to("Another name")).expect("an edit");
    sync(&machine).await;
    assert!(!machine.rows("issues").await.iter().any(|row| shows(row, name)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_index_shows_almost_two_days_later_falls_between_no_two_wide_passes() {
    let (sim, machine, key) = an_edit_shown_late(40 * HOUR, 6).await;
    for _ in 0..5 {
        sync(&machine).await;
        later(&sim, 6 * HOUR).await;
    }
    assert_eq!(summary_of(&machine, &key).await, "Shown late");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_is_refused_is_asked_for_again_however_the_run_ends() {
    let sim = site().await;
    let (url, fault) = meddling(&sim).await;
    let machine = Machine::near(&sim);
    machine.add_at(&url, "site", &[]).await.succeeded();
    sync(&machine).await;
    let comments = machine.rows("issue_comments").await;
    let mut of: BTreeMap<String, usize> = BTreeMap::new();
    comments
        .iter()
        .for_each(|row| *of.entry(row["issue_id"].as_str().expect("an id").to_owned()).or_default() += 1);
    let (id, before) = of.into_iter().max_by_key(|(_, count)| *count).expect("comments");
    assert!(before > 20, "Jira cuts its list short");
    let issues = machine.rows("issues").await;
    let key = issues.iter().find(|row| row["id"] == *id).expect("the issue")["key"]
        .as_str()
        .expect("a key")
        .to_owned();
    order(&sim, "/_sim/lag", &json!({ "ms": 2 * HOUR })).await;
    sim.edit(&Edit::new(EditKind::CommentAdd).of(&key)).expect("an edit");
    later(&sim, HOUR).await;
    sync(&machine).await;
    later(&sim, 2 * HOUR).await;

    let refusal = http("403 Forbidden", "Content-Type: application/json\r\n", r#"{"errorMessages":["No"]}"#);
    *fault.lock().expect("a lock") = Some((format!("/issue/{id}/comment"), refusal, u32::MAX));
    // Ends behind each batch in turn, until there are no more.
    for n in 1.. {
        let point = format!("batch.after_commit:{n}");
        let ended = machine.command(&["sync", "--no-census"]).env("WEIR_CRASH_AT", point).output().await;
        if ended.expect("it starts").status.success() {
            break;
        }
    }
    *fault.lock().expect("a lock") = None;
    later(&sim, 25 * HOUR).await;
    sync(&machine).await;
    let comments = machine.rows("issue_comments").await;
    assert_eq!(comments.iter().filter(|row| row["issue_id"] == *id).count(), before + 1);
}
