//! The state of every issue after one sync and one census, whatever happened to it; and of a store that was broken by hand.

use crate::{
    support::{Machine, READER, Ran, order, site_of},
    whole::{issues_are_whole, lists_are_whole},
};
use jira_sim::{
    DcVersion, Edit, EditKind, Fault, FaultKind, Flavor, Sim, SimOptions, Truth, TruthView, WorldSpec,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const PARTIAL: &str = "partial@sim.example";

async fn site(flavor: Flavor) -> Sim {
    let spec = WorldSpec { issues: 240, projects: 6, weight: 20, flavor, ..WorldSpec::default() };
    site_of(spec, SimOptions::default()).await
}

/// A machine that has read the site as one of its accounts.
async fn copy(sim: &Sim, flavor: Flavor, account: &str, more: &[&str]) -> Machine {
    let machine = Machine::near(sim);
    let name = account.split('@').next().expect("a name");
    let file = machine.file("token", &format!("sim-unscoped-{name}"));
    let sign_in: &[&str] = match flavor {
        Flavor::Cloud => &["--email", account, "--token-file", &file],
        Flavor::DataCenter(_) => &["--pat-file", &file],
    };
    let add = ["integration", "add", "jira", sim.url(), "--name", "site"];
    machine.run(&[&add[..], sign_in, more].concat()).await.succeeded();
    machine.run(&["sync"]).await.succeeded();
    machine
}

fn truth(sim: &Sim, account: &str) -> Vec<Value> {
    Truth::for_account(sim.world(), sim.url(), account).expect("an account").rows(TruthView::Issues)
}

fn text(row: &Value, column: &str) -> String {
    row[column].as_str().expect("a text").to_owned()
}

/// Keys of issues that nothing hangs on, a few of a project.
fn single(sim: &Sim, account: &str, project: &str) -> Vec<String> {
    let rows = truth(sim, account);
    let parents: BTreeSet<String> =
        rows.iter().flat_map(|row| [row["parent_key"].to_string(), row["epic_key"].to_string()]).collect();
    let fits = |row: &&Value| {
        row["project_key"] == project
            && row["is_subtask"] == false
            && !parents.contains(&row["key"].to_string())
    };
    rows.iter().filter(fits).map(|row| text(row, "key")).collect()
}

async fn state_by_key(machine: &Machine) -> BTreeMap<String, String> {
    machine.rows("issues").await.iter().map(|row| (text(row, "key"), text(row, "state"))).collect()
}

async fn verify(machine: &Machine) -> Ran {
    machine.run(&["verify", "--format", "json"]).await
}

/// Keys that a report names as missing here.
fn missing(report: &Value) -> BTreeSet<String> {
    let projects = report["projects"].as_array().expect("projects").iter();
    let keys = projects.flat_map(|one| one["missing"].as_array().expect("keys"));
    keys.map(|key| key.as_str().expect("a key").to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn deleted_moved_hidden_and_restored_issues_are_right_after_one_sync_and_one_census() {
    for flavor in [Flavor::Cloud, Flavor::DataCenter(DcVersion::V10_3)] {
        let sim = site(flavor).await;
        let edit = |edit: Edit| sim.edit(&edit).expect("an edit").subject;
        // A project that is away when the copy is made, and one that goes.
        let seen: BTreeSet<String> =
            truth(&sim, PARTIAL).iter().map(|row| text(row, "project_key")).collect();
        let seen: Vec<String> = seen.into_iter().collect();
        assert!(seen.len() >= 3, "{seen:?}");
        let away = seen[2].clone();
        edit(Edit::new(EditKind::ProjectArchive).of(away.as_str()));
        let machine = copy(&sim, flavor, PARTIAL, &[]).await;
        let [deleted, moved, hidden, ..] = &single(&sim, PARTIAL, &seen[0])[..] else {
            panic!("three issues")
        };
        let was = state_by_key(&machine).await;
        assert!(was.values().all(|state| state == "live"));

        edit(Edit::new(EditKind::Delete).of(deleted.as_str()));
        let there = edit(Edit::new(EditKind::Move).of(moved.as_str()).to(seen[1].as_str()));
        edit(Edit::new(EditKind::Restrict).of(hidden.as_str()).to("Internal"));
        edit(Edit::new(EditKind::ProjectRestore).of(away.as_str()));
        machine.run(&["sync"]).await.succeeded();
        assert_eq!(verify(&machine).await.code, Some(1), "{flavor:?}");

        let states = state_by_key(&machine).await;
        assert_eq!(states[deleted], "gone", "{flavor:?}");
        assert_eq!(states[hidden], "gone", "{flavor:?}: Jira tells it from a deleted one to nobody");
        assert_eq!((states.get(moved), states[&there].as_str()), (None, "live"), "{flavor:?}");
        let of_restored = truth(&sim, PARTIAL).into_iter().filter(|row| row["project_key"] == away.as_str());
        let of_restored: Vec<String> = of_restored.map(|row| text(&row, "key")).collect();
        assert!(!of_restored.is_empty() && of_restored.iter().all(|key| states[key] == "live"), "{flavor:?}");
        issues_are_whole(&machine, &sim, PARTIAL).await;

        edit(Edit::new(EditKind::Restrict).of(hidden.as_str()).to(Value::Null));
        machine.run(&["sync"]).await.succeeded();
        verify(&machine).await;
        assert_eq!(state_by_key(&machine).await[hidden], "live", "{flavor:?}");
        let report = verify(&machine).await.succeeded().json();
        assert_eq!(report["verdict"], "equal");
        let certificates = machine.rows("certificates").await;
        assert!(
            certificates
                .iter()
                .any(|row| row["verdict"] == "equal" && row["project_key"] == seen[0].as_str())
        );
        issues_are_whole(&machine, &sim, PARTIAL).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn three_rows_deleted_by_hand_are_named_and_are_back_with_all_that_is_theirs() {
    for flavor in [Flavor::Cloud, Flavor::DataCenter(DcVersion::V9_12)] {
        let sim = site(flavor).await;
        let machine = copy(&sim, flavor, READER, &[]).await;
        let all: BTreeSet<String> = state_by_key(&machine).await.into_keys().collect();
        const THREE: &str = "(SELECT no FROM issue ORDER BY (no * 7919) % 101, no LIMIT 3)";
        for table in ["issue_text", "issue_change", "issue_comment", "issue_worklog", "issue_link"] {
            machine.sql_text(format!("DELETE FROM {table} WHERE issue_no IN {THREE}")).await;
        }
        machine.sql_text(format!("DELETE FROM issue WHERE no IN {THREE}")).await;
        let left: BTreeSet<String> = state_by_key(&machine).await.into_keys().collect();
        let gone: BTreeSet<String> = all.difference(&left).cloned().collect();
        assert_eq!(gone.len(), 3);

        let found = verify(&machine).await;
        assert_eq!(found.code, Some(1), "{found:#?}");
        assert_eq!(missing(&found.json()), gone, "{flavor:?}");
        assert_eq!(verify(&machine).await.succeeded().json()["verdict"], "equal");
        issues_are_whole(&machine, &sim, READER).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_that_takes_others_as_time_goes_by_is_followed_by_a_census() {
    let sim = site(Flavor::Cloud).await;
    let created: BTreeSet<String> = truth(&sim, READER).iter().map(|row| text(row, "created_at")).collect();
    let middle = created.iter().nth(created.len() / 2).expect("an instant").clone();
    let middle = millis(&middle);
    let days = (sim.now() - middle) / 86_400_000;
    let filter = format!("created >= -{days}d");
    let machine = copy(&sim, Flavor::Cloud, READER, &["--jql", &filter]).await;
    let before = state_by_key(&machine).await.len();
    // Nobody edits anything, and fewer issues match.
    sim.advance_clock(std::time::Duration::from_secs(40 * 86_400));
    machine.run(&["sync"]).await.succeeded();
    assert_eq!(verify(&machine).await.code, Some(1));
    verify(&machine).await.succeeded();
    let states = state_by_key(&machine).await;
    let since = sim.now() - days * 86_400_000;
    let expected: BTreeSet<String> = truth(&sim, READER)
        .iter()
        .filter(|row| millis(&text(row, "created_at")) >= since)
        .map(|row| text(row, "key"))
        .collect();
    let live: BTreeSet<String> =
        states.iter().filter(|(_, state)| *state == "live").map(|(key, _)| key.clone()).collect();
    assert_eq!(live, expected);
    assert!(live.len() < before && states.len() == before, "the others are kept, out of scope");
}

/// Epoch milliseconds of an instant as the views write it.
fn millis(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().expect("an instant").as_millisecond()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permission_that_goes_while_a_sync_runs_costs_its_project_alone_until_it_is_back() {
    for flavor in [Flavor::Cloud, Flavor::DataCenter(DcVersion::V10_3)] {
        for after in [4, 12, 20] {
            let sim = site(flavor).await;
            let machine = copy(&sim, flavor, READER, &[]).await;
            let project = text(&truth(&sim, READER)[0], "project_key");
            let gone = json!({ "kind": "permission_revoke", "subject": project, "value": READER, "after_requests": after });
            order(&sim, "/_sim/edit", &gone).await;
            machine.run(&["sync", "--full"]).await;
            let all = state_by_key(&machine).await;
            assert!(all.values().all(|state| state == "live"), "{flavor:?}: a sync takes nothing for lost");
            let back = Edit::new(EditKind::PermissionGrant).of(project.as_str()).to(READER);
            let was_gone = sim.edit(&back).is_ok();
            machine.run(&["sync"]).await.succeeded();
            machine.run(&["verify"]).await.succeeded();
            issues_are_whole(&machine, &sim, READER).await;
            assert!(was_gone || after > 9, "{flavor:?}: it went while the sync ran");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_in_the_middle_takes_nothing_away() {
    for (flavor, kind) in [
        (Flavor::Cloud, FaultKind::Anonymous),
        (Flavor::DataCenter(DcVersion::V9_12), FaultKind::Unauthorized),
    ] {
        let sim = site(flavor).await;
        let machine = copy(&sim, flavor, READER, &[]).await;
        for after in [3, 8, 14, 24] {
            for command in [&["sync", "--full"][..], &["verify", "--accept-loss"]] {
                sim.add_fault(Fault { after, count: None, ..Fault::new(kind) });
                let ran = machine.run(command).await;
                assert!([Some(0), Some(4)].contains(&ran.code), "{flavor:?}, after {after}: {ran:#?}");
                sim.clear_faults();
                issues_are_whole(&machine, &sim, READER).await;
                lists_are_whole(&machine, &sim, READER).await;
            }
        }
    }
}
