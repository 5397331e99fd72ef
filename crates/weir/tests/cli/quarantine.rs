//! Issues of which no sense can be made: kept aside with their bodies, told, and read once they can be.

use crate::support::{Machine, READER, READER_TOKEN, number, order, site, site_of, truth};
use jira_sim::{DcVersion, Edit, EditKind, Flavor, Sim, SimOptions, TruthView, WorldSpec};
use serde_json::{Value, json};

async fn break_issue(sim: &Sim) -> String {
    let machine = Machine::synced(sim).await;
    let row = machine.rows("issues").await.swap_remove(3);
    let id = row["id"].as_str().expect("an id").to_owned();
    order(sim, "/_sim/fault", &json!({ "kind": "malformed", "issue": id })).await;
    id
}

async fn mend(sim: &Sim) {
    order(sim, "/_sim/fault", &json!({ "kind": "none" })).await;
}

async fn quarantined(machine: &Machine) -> Vec<Value> {
    let shown = machine.run(&["runs", "show", "--format", "json"]).await.succeeded().json();
    shown["quarantined"].as_array().expect("a list").clone()
}

async fn an_issue_is_kept_aside_until_it_can_be_read_on(sim: &Sim, machine: &Machine, id: &str) {
    let theirs = truth(sim, TruthView::Issues, READER);
    let report = machine.run(&["sync", "--format", "json"]).await.succeeded().json();
    assert_eq!(report["result"], "partial", "{report}");
    assert_eq!(number(&report["kinds"]["issues"], "failed"), 1, "{report}");
    assert_eq!(machine.rows("issues").await.len() as u64, theirs - 1);
    let kept = quarantined(machine).await;
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert_eq!(
        (&kept[0]["issue_id"], &kept[0]["code"], &kept[0]["attempts"]),
        (&json!(id), &json!("issue.unreadable"), &json!(1))
    );
    let shown = machine.run(&["runs", "show", "--format", "table"]).await.succeeded().stdout;
    assert!(shown.contains("issue.unreadable") && shown.contains(id), "{shown}");

    // Its body is there for whoever has the key, and for nobody else.
    let raw = machine.run(&["issues", "raw", id, "--format", "json"]).await.succeeded();
    assert_eq!(raw.json()["id"], *id, "{raw:?}");
    let mark = raw.stdout.trim().as_bytes();
    let open = |bytes: &Vec<u8>| bytes.windows(mark.len()).any(|window| window == mark);
    assert!(!machine.kept().values().any(open), "the body lies open in the store");

    // The watermark does not wait for it, and each run tries again.
    let again = machine.run(&["sync", "--format", "json"]).await.succeeded().json();
    assert_eq!(again["incremental"], true, "{again}");
    assert_eq!(number(&again["kinds"]["issues"], "failed"), 1, "{again}");
    assert_eq!(quarantined(machine).await[0]["attempts"], 2);

    mend(sim).await;
    machine.run(&["sync"]).await.succeeded();
    assert_eq!(machine.rows("issues").await.len() as u64, theirs, "it is read once it can be");
    assert!(quarantined(machine).await.is_empty());
    assert!(machine.rows("quarantined_issues").await.is_empty());
    machine.run(&["issues", "raw", id]).await.refused(3, "No body of issue");
    machine.run(&["verify"]).await.succeeded();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_is_kept_aside_until_it_can_be_read() {
    let sim = site().await;
    let id = break_issue(&sim).await;
    an_issue_is_kept_aside_until_it_can_be_read_on(&sim, &Machine::connected(&sim).await, &id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_of_data_center_is_kept_aside_until_it_can_be_read() {
    let flavor = Flavor::DataCenter(DcVersion::V9_12);
    let sim = site_of(WorldSpec { issues: 120, flavor, ..WorldSpec::default() }, SimOptions::default()).await;
    let machine = async || {
        let machine = Machine::new();
        let pat = machine.file("pat", READER_TOKEN);
        let add = ["integration", "add", "jira", sim.url(), "--name", "site", "--pat-file", &pat];
        machine.run(&add).await.succeeded();
        machine
    };
    let first = machine().await;
    first.run(&["sync"]).await.succeeded();
    let id = first.rows("issues").await.swap_remove(3)["id"].as_str().expect("an id").to_owned();
    order(&sim, "/_sim/fault", &json!({ "kind": "malformed", "issue": id })).await;
    an_issue_is_kept_aside_until_it_can_be_read_on(&sim, &machine().await, &id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_that_is_known_keeps_what_is_known_of_it() {
    let sim = site().await;
    let machine = Machine::synced(&sim).await;
    let before = machine.rows("issues").await;
    let id = before[5]["id"].as_str().expect("an id");
    order(&sim, "/_sim/fault", &json!({ "kind": "malformed", "issue": id })).await;
    machine.run(&["sync", "--full"]).await.succeeded();
    assert_eq!(machine.rows("issues").await.len(), before.len());
    let kept = quarantined(&machine).await;
    assert_eq!((kept.len(), &kept[0]["key"]), (1, &before[5]["key"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_excluded_later_is_deleted_from_bodies_too() {
    let sim = site().await;
    let id = break_issue(&sim).await;
    let machine = Machine::connected(&sim).await;
    machine.run(&["sync"]).await.succeeded();
    machine.run(&["issues", "raw", &id]).await.succeeded();
    machine.run(&["integration", "edit", "site", "--exclude", "summary"]).await.succeeded();
    machine.run(&["issues", "raw", &id]).await.refused(3, "No body of issue");
    let listed = machine.run(&["issues", "quarantined", "--format", "json"]).await.succeeded().json();
    assert_eq!((&listed[0]["issue_id"], &listed[0]["raw_bytes"]), (&json!(id), &Value::Null));
}

/// An issue that was edited just now, so that its last change is asked for before its body is, under a fault.
async fn an_edited_issue_costs_only_itself_under(fault: &str) {
    let sim = site().await;
    let machine = Machine::synced(&sim).await;
    let row = machine.rows("issues").await.swap_remove(3);
    let (id, key) = (row["id"].as_str().expect("an id"), row["key"].as_str().expect("a key"));
    sim.edit(&Edit::new(EditKind::Summary).of(key).to("Edited")).expect("an edit");
    order(&sim, "/_sim/fault", &json!({ "kind": fault, "issue": id, "count": null })).await;
    machine.run(&["sync"]).await.succeeded();
    assert_eq!(quarantined(&machine).await.len(), 1);
    mend(&sim).await;
    machine.run(&["sync"]).await.succeeded();
    let rows = machine.rows("issues").await;
    assert_eq!(rows.iter().find(|row| row["id"] == id).expect("the issue")["summary"], "Edited");
    assert!(quarantined(&machine).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_that_was_edited_a_moment_ago_costs_only_itself_too() {
    an_edited_issue_costs_only_itself_under("malformed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_that_was_edited_and_cannot_be_had_costs_only_itself_too() {
    an_edited_issue_costs_only_itself_under("error_500").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_that_is_known_and_could_not_be_read_is_read_by_a_census_too() {
    let sim = site().await;
    let machine = Machine::synced(&sim).await;
    let row = machine.rows("issues").await.swap_remove(3);
    let (id, key) = (row["id"].as_str().expect("an id"), row["key"].as_str().expect("a key"));
    sim.edit(&Edit::new(EditKind::Summary).of(key).to("Edited")).expect("an edit");
    order(&sim, "/_sim/fault", &json!({ "kind": "malformed", "issue": id })).await;
    machine.run(&["sync"]).await.succeeded();
    machine.run(&["verify"]).await.succeeded();
    assert_eq!(machine.rows("quarantined_issues").await[0]["attempts"], 2);
    mend(&sim).await;
    machine.run(&["verify"]).await.succeeded();
    assert!(machine.rows("quarantined_issues").await.is_empty());
    let rows = machine.rows("issues").await;
    assert_eq!(rows.iter().find(|row| row["id"] == id).expect("the issue")["summary"], "Edited");
}

/// Two issues of one batch, each of which makes what names it fail.
async fn two_poisoned_issues_cost_only_themselves_on(flavor: Flavor) {
    let spec = WorldSpec { issues: 120, flavor, ..WorldSpec::default() };
    let sim = site_of(spec, SimOptions::default()).await;
    let machine = Machine::new();
    match flavor {
        Flavor::Cloud => machine.add(&sim, "site", &[]).await.succeeded(),
        Flavor::DataCenter(_) => {
            let pat = machine.file("pat", READER_TOKEN);
            let add = ["integration", "add", "jira", sim.url(), "--name", "site", "--pat-file", &pat];
            machine.run(&add).await.succeeded()
        }
    };
    let rows = jira_sim::Truth::for_account(sim.world(), sim.url(), READER).expect("an account");
    let rows = rows.rows(TruthView::Issues);
    let first = &rows[20];
    let second = rows[21..].iter().find(|row| row["project_key"] == first["project_key"]).expect("another");
    let mut poisoned = [first, second].map(|row| row["id"].as_str().expect("an id").to_owned());
    poisoned.sort();
    for id in &poisoned {
        order(&sim, "/_sim/fault", &json!({ "kind": "poison", "issue": id })).await;
    }
    let report = machine.run(&["sync", "--format", "json"]).await.succeeded().json();
    assert_eq!(number(&report["kinds"]["issues"], "failed"), 2, "{report}");
    assert_eq!(machine.rows("issues").await.len(), rows.len() - 2);
    let kept = quarantined(&machine).await;
    let mut named: Vec<&str> = kept.iter().map(|one| one["issue_id"].as_str().expect("an id")).collect();
    named.sort_unstable();
    assert_eq!(named, poisoned);
    mend(&sim).await;
    machine.run(&["sync"]).await.succeeded();
    assert_eq!(machine.rows("issues").await.len(), rows.len());
    assert!(quarantined(&machine).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_poisoned_issues_of_one_batch_cost_only_themselves() {
    two_poisoned_issues_cost_only_themselves_on(Flavor::Cloud).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_poisoned_issues_of_one_batch_of_data_center_cost_only_themselves() {
    two_poisoned_issues_cost_only_themselves_on(Flavor::DataCenter(DcVersion::V9_12)).await;
}
