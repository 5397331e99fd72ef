//! The certificate: equal, different with every key, or unproven.

use crate::support::{Machine, READER, number, site, truth};
use jira_sim::TruthView;

#[tokio::test(flavor = "multi_thread")]
async fn missing_and_extra_issues_are_named_and_repaired_and_the_exit_code_is_1() {
    let sim = site().await;
    let machine = Machine::synced(&sim).await;
    let mut keys: Vec<String> =
        machine.rows("issues").await.iter().map(|row| row["key"].as_str().expect("a key").into()).collect();
    machine.sql("DELETE FROM issue WHERE id IN (SELECT id FROM issue ORDER BY id LIMIT 2)").await;
    machine.sql("UPDATE issue SET id = '99999999', key = 'GHOST-1' WHERE id = (SELECT id FROM issue ORDER BY id DESC LIMIT 1)").await;
    let left: Vec<String> =
        machine.rows("issues").await.iter().map(|row| row["key"].as_str().expect("a key").into()).collect();
    keys.retain(|key| !left.contains(key));
    keys.sort();
    assert_eq!(keys.len(), 3);

    let ran = machine.run(&["verify", "--format", "json"]).await;
    assert_eq!(ran.code, Some(1), "{ran:#?}");
    let verdict = ran.json();
    assert_eq!(verdict["verdict"], "different");
    let named = |what: &str| -> Vec<String> {
        let projects = verdict["projects"].as_array().expect("projects");
        let mut named: Vec<String> = projects
            .iter()
            .flat_map(|one| one[what].as_array().expect("keys"))
            .map(|key| key.as_str().expect("a key").into())
            .collect();
        named.sort();
        named
    };
    assert_eq!(named("missing"), keys);
    assert_eq!(named("extra"), ["GHOST-1"]);

    let people = machine.run(&["verify"]).await.succeeded();
    assert!(people.stdout.contains("site: equal"), "{people:#?}");
    let again = machine.rows("issues").await;
    let live = again.iter().filter(|row| row["state"] == "live");
    assert_eq!(live.count() as u64, truth(&sim, TruthView::Issues, READER), "what was missing is here");
    let ghost = again.iter().find(|row| row["key"] == "GHOST-1").expect("nothing is thrown away");
    assert_eq!(ghost["state"], "gone");
    for view in [TruthView::IssueChanges, TruthView::IssueComments, TruthView::IssueWorklogs] {
        let rows = machine.rows(view.name()).await.len() as u64;
        assert!(rows >= truth(&sim, view, READER), "{}: issues come with all that is theirs", view.name());
    }
    let certificates = machine.rows("certificates").await;
    assert!(
        certificates
            .iter()
            .any(|row| row["verdict"] == "different"
                && !row["missing"].as_array().expect("an array").is_empty())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn differences_are_named_for_people_with_what_became_of_them() {
    let sim = site().await;
    let machine = Machine::synced(&sim).await;
    let before = machine.rows("issues").await;
    machine.sql("DELETE FROM issue WHERE id IN (SELECT id FROM issue ORDER BY id LIMIT 3)").await;
    let left = machine.rows("issues").await;
    let people = machine.run(&["verify"]).await;
    assert_eq!(people.code, Some(1), "{people:#?}");
    assert!(people.stdout.contains("missing here: ") && people.stdout.contains("fetched, and live: "));
    for row in before.iter().filter(|row| !left.contains(row)) {
        assert!(people.stdout.contains(row["key"].as_str().expect("a key")), "{row}: {people:#?}");
    }
    machine.run(&["verify"]).await.succeeded();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_does_not_answer_proves_nothing() {
    let sim = site().await;
    let machine = Machine::synced(&sim).await;
    sim.stop().await;
    machine.run(&["verify"]).await.refused(7, "could not be reached");
    let runs = machine.run(&["runs", "list", "--format", "json"]).await.succeeded().json();
    assert_eq!((runs[0]["trigger"].as_str(), runs[0]["result"].as_str()), (Some("verify"), Some("failed")));
    let status = machine.run(&["status", "--format", "json"]).await.succeeded().json();
    assert_eq!(status[0]["status"], "healthy", "a failed verification is no failed sync");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scope_is_compared_within_itself() {
    let sim = site().await;
    let machine = Machine::near(&sim);
    machine.add(&sim, "open", &["--jql", "statusCategory != Done order by created"]).await.succeeded();
    machine.run(&["sync"]).await.succeeded();
    let verdict = machine.run(&["verify", "--format", "json"]).await.succeeded().json();
    assert_eq!(verdict["verdict"], "equal");
    let all: u64 =
        verdict["projects"].as_array().expect("projects").iter().map(|one| number(one, "theirs")).sum();
    let rows = machine.rows("issues").await;
    assert_eq!(all, rows.len() as u64);
    assert!(rows.iter().all(|row| row["status_category"] != "done") && !rows.is_empty());
}
