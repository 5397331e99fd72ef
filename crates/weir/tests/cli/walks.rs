//! Walks over many pages: short ones, repeated ones, lost tokens, and edits in between. None of them loses an issue.

use crate::{
    faults::meddling,
    support::{Machine, READER, READER_TOKEN, http, order, site_of, truth},
    whole::{issues_are_whole, lists_are_whole},
};
use jira_sim::{DcVersion, Edit, EditKind, Fault, FaultKind, Flavor, Sim, SimOptions, TruthView, WorldSpec};
use serde_json::{Value, json};
use std::time::Duration;

/// Three projects of more than a page each, where pages are short.
fn spec(flavor: Flavor) -> WorldSpec {
    WorldSpec { issues: 400, projects: 3, weight: 20, flavor, ..WorldSpec::default() }
}

/// A site with pages that are small, however large they are asked for.
async fn small_pages(flavor: Flavor) -> Sim {
    let options = SimOptions { page_clamp: 7, record: true, ..SimOptions::default() };
    let sim = site_of(spec(flavor), options).await;
    if flavor == Flavor::Cloud {
        sim.add_fault(Fault { count: None, ..Fault::new(FaultKind::ShortPage) });
    }
    sim
}

/// A machine that knows the site, whichever product it is.
async fn connected(sim: &Sim, flavor: Flavor) -> Machine {
    match flavor {
        Flavor::Cloud => Machine::connected(sim).await,
        Flavor::DataCenter(_) => {
            let machine = Machine::new();
            let pat = machine.file("pat", READER_TOKEN);
            let add = ["integration", "add", "jira", sim.url(), "--name", "site", "--pat-file", &pat];
            machine.run(&add).await.succeeded();
            machine
        }
    }
}

/// How often a search was asked for.
fn searches(sim: &Sim) -> usize {
    sim.requests().iter().filter(|one| one.path.contains("/search") && one.body.contains("jql")).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_page_is_not_taken_for_the_last() {
    for flavor in [Flavor::Cloud, Flavor::DataCenter(DcVersion::V9_12)] {
        let sim = small_pages(flavor).await;
        let machine = connected(&sim, flavor).await;
        machine.run(&["sync"]).await.succeeded();
        assert!(searches(&sim) > 12, "{flavor:?}: there was more than one page of each project");
        issues_are_whole(&machine, &sim, READER).await;
        machine.run(&["verify"]).await.succeeded();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn issues_that_come_twice_and_tokens_that_expire_lose_and_double_nothing() {
    for flavor in [Flavor::Cloud, Flavor::DataCenter(DcVersion::V10_3)] {
        let sim = small_pages(flavor).await;
        let machine = connected(&sim, flavor).await;
        sim.add_fault(Fault { count: None, ..Fault::new(FaultKind::Duplicates) });
        if flavor == Flavor::Cloud {
            sim.add_fault(Fault { count: Some(4), every: 3, ..Fault::new(FaultKind::TokenExpired) });
        }
        machine.run(&["sync"]).await.succeeded();
        issues_are_whole(&machine, &sim, READER).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_leads_back_to_its_page_is_followed_once_and_not_for_ever() {
    let sim = small_pages(Flavor::Cloud).await;
    let machine = connected(&sim, Flavor::Cloud).await;
    let again = Fault { endpoint: Some("search/jql".into()), ..Fault::new(FaultKind::TokenLoop) };
    sim.add_fault(again.clone());
    machine.run(&["sync"]).await.succeeded();
    issues_are_whole(&machine, &sim, READER).await;

    let other = connected(&sim, Flavor::Cloud).await;
    sim.add_fault(Fault { count: None, ..again });
    other.run(&["sync"]).await.refused(7, "did not come to an end");
    sim.clear_faults();
    other.run(&["sync"]).await.succeeded();
    issues_are_whole(&other, &sim, READER).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_ends_where_no_token_comes_and_a_list_without_end_is_given_up() {
    let sim = site_of(spec(Flavor::Cloud), SimOptions::default()).await;
    let (url, fault) = meddling(&sim).await;
    let machine = Machine::near(&sim);
    machine.add_at(&url, "site", &[]).await.succeeded();
    let id = machine_truth(&sim)[0]["id"].as_str().expect("an id").to_owned();
    let answered = async |body: Value| {
        let answer = http("200 OK", "Content-Type: application/json\r\n", &body.to_string());
        *fault.lock().expect("a lock") = Some(("search/jql".to_owned(), answer, u32::MAX));
        let limit = Duration::from_secs(60);
        tokio::time::timeout(limit, machine.run(&["sync", "--full"])).await.expect("it comes to an end")
    };
    // Neither a token nor a word about the end.
    answered(json!({ "issues": [{ "id": id }] })).await.succeeded();
    assert_eq!(machine.rows("issues").await.len(), 1);
    let endless = json!({ "issues": [], "nextPageToken": "again", "isLast": false });
    answered(endless).await.refused(7, "did not come to an end");
    assert_eq!(machine.rows("issues").await.len(), 1, "what was here stays");
}

fn machine_truth(sim: &Sim) -> Vec<Value> {
    let truth = jira_sim::Truth::for_account(sim.world(), sim.url(), READER).expect("an account");
    truth.rows(jira_sim::TruthView::Issues)
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_in_the_middle_of_a_walk_lose_and_double_nothing() {
    for flavor in [Flavor::Cloud, Flavor::DataCenter(DcVersion::V10_3)] {
        let sim = small_pages(flavor).await;
        let machine = connected(&sim, flavor).await;
        let asked = sim.stats().requests;
        for (number, after) in (1_u64..).zip([8, 14, 22, 32, 45]) {
            let kinds = ["create", "move", "delete", "status", "sprint", "comment_add", "parent"];
            let edits = json!({ "seed": number, "count": 8, "kinds": kinds, "after_requests": after });
            crate::support::order(&sim, "/_sim/edits", &edits).await;
        }
        machine.run(&["sync"]).await.succeeded();
        assert!(sim.stats().requests - asked > 45, "{flavor:?}: the edits came while it ran");
        machine.run(&["sync"]).await.succeeded();
        // What was deleted behind the walk is for the census.
        machine.run(&["verify"]).await;
        machine.run(&["verify"]).await.succeeded();
        issues_are_whole(&machine, &sim, READER).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn data_center_is_never_asked_for_a_page_by_its_offset() {
    for version in [DcVersion::V8_20, DcVersion::V11] {
        let flavor = Flavor::DataCenter(version);
        let sim = small_pages(flavor).await;
        let machine = connected(&sim, flavor).await;
        machine.run(&["sync"]).await.succeeded();
        let mut pages = 0;
        for request in sim.requests().iter().filter(|one| one.body.contains("jql")) {
            let body: Value = serde_json::from_str(&request.body).expect("JSON");
            assert!(body.get("startAt").is_none_or(|start| *start == 0), "{body}");
            pages += usize::from(body["jql"].as_str().is_some_and(|jql| jql.contains("id > ")));
        }
        assert!(pages > 50, "{version:?}: {pages} pages were walked");
        issues_are_whole(&machine, &sim, READER).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_list_of_a_site_with_many_projects_comes_to_its_end() {
    for flavor in [Flavor::Cloud, Flavor::DataCenter(DcVersion::V10_3)] {
        let spec = WorldSpec { issues: 240, projects: 120, weight: 20, flavor, ..WorldSpec::default() };
        let sim = site_of(spec, SimOptions::default()).await;
        let machine = connected(&sim, flavor).await;
        machine.run(&["sync"]).await.succeeded();
        assert!(machine.rows("projects").await.len() > 100, "more than two pages of 50");
        assert!(machine.rows("boards").await.len() > 50, "more than one page");
        lists_are_whole(&machine, &sim, READER).await;
        issues_are_whole(&machine, &sim, READER).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn histories_whose_pages_go_round_in_circles_are_asked_for_in_smaller_parts() {
    let spec = WorldSpec { monsters: true, ..spec(Flavor::Cloud) };
    let sim = site_of(spec, SimOptions { record: true, ..SimOptions::default() }).await;
    let machine = connected(&sim, Flavor::Cloud).await;
    let histories = Some("changelog/bulkfetch".to_owned());
    sim.add_fault(Fault { count: Some(3), endpoint: histories, ..Fault::new(FaultKind::TokenLoop) });
    machine.run(&["sync"]).await.succeeded();
    issues_are_whole(&machine, &sim, READER).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_whose_list_may_have_been_short_is_walked_once_more_and_only_what_it_lacked_is_read() {
    let sim = site_of(spec(Flavor::Cloud), SimOptions::default()).await;
    let machine = Machine::connected(&sim).await;
    let once =
        Fault { endpoint: Some("search/jql".into()), count: Some(1), ..Fault::new(FaultKind::Warnings) };
    sim.add_fault(once);
    let sync = async || machine.run(&["sync", "--format", "json"]).await.succeeded().json();
    let report = sync().await;
    assert_eq!(report["result"], "partial", "{report}");
    let theirs = truth(&sim, TruthView::Issues, READER);
    assert_eq!(machine.rows("issues").await.len() as u64, theirs - 1);
    assert_eq!(sync().await["kinds"]["issues"]["read"], 1);
    issues_are_whole(&machine, &sim, READER).await;
    assert_eq!(sync().await["kinds"]["issues"]["read"].as_u64().unwrap_or(0), 0, "it is whole now");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_warning_on_a_page_without_issues_is_heard_too() {
    let spec = WorldSpec { issues: 150, projects: 4, ..WorldSpec::default() };
    let sim = site_of(spec, SimOptions::default()).await;
    // Of each project one issue, and the warned page lacks it.
    let firsts = "key in (APOLLO-1, BEACON-1, CEDAR-1)";
    let machine = Machine::near(&sim);
    machine.add(&sim, "site", &["--jql", firsts]).await.succeeded();
    let always =
        Fault { endpoint: Some("search/jql".into()), count: None, ..Fault::new(FaultKind::Warnings) };
    sim.add_fault(always);
    let report = machine.run(&["sync", "--no-census", "--format", "json"]).await.succeeded().json();
    assert_eq!(report["result"], "partial", "{report}");
    assert!(machine.rows("issues").await.is_empty());
    sim.clear_faults();
    machine.run(&["sync", "--no-census"]).await.succeeded();
    assert_eq!(machine.rows("issues").await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_search_lacks_that_jira_warns_of_is_not_taken_for_out_of_scope() {
    let sim = site_of(spec(Flavor::Cloud), SimOptions::default()).await;
    let machine = Machine::near(&sim);
    machine.add(&sim, "site", &["--jql", "labels is EMPTY OR labels is not EMPTY"]).await.succeeded();
    machine.run(&["sync"]).await.succeeded();
    for issue in machine.rows("issues").await.iter().take(5) {
        let key = issue["key"].as_str().expect("a key");
        sim.edit(&Edit::new(EditKind::Summary).of(key).to("Edited")).expect("an edit");
    }
    // Of what changed, the whole list comes first; the filtered one lacks its last issue then.
    let warned = Fault {
        endpoint: Some("search/jql".into()),
        after: 1,
        count: Some(1),
        ..Fault::new(FaultKind::Warnings)
    };
    sim.add_fault(warned);
    let report = machine.run(&["sync", "--format", "json"]).await.succeeded().json();
    assert_eq!(report["result"], "partial", "{report}");
    assert!(machine.rows("issues").await.iter().all(|issue| issue["state"] == "live"));
    machine.run(&["sync"]).await.succeeded();
    issues_are_whole(&machine, &sim, READER).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whichever_search_after_a_move_is_short_a_later_run_makes_it_good() {
    let sim = site_of(spec(Flavor::Cloud), SimOptions { record: true, ..SimOptions::default() }).await;
    let machine = Machine::connected(&sim).await;
    machine.run(&["sync"]).await.succeeded();
    // An issue whose key others show, each time another one.
    let move_one = async || {
        let issues = machine.rows("issues").await;
        let is_parent =
            |key: &Value| issues.iter().any(|row| row["parent_key"] == *key || row["epic_key"] == *key);
        let of = |key: &Value| {
            let fits = |row: &&Value| row["key"] == *key && row["is_subtask"] == false && !is_parent(key);
            issues.iter().find(fits)
        };
        let links = machine.rows("issue_links").await;
        let mut shown: Vec<&Value> = links.iter().map(|link| &link["other_key"]).collect();
        shown.dedup();
        let moved = shown.into_iter().filter_map(of).find(|row| {
            let text = |name: &str| row[name].as_str().expect("a text");
            let away = ["APOLLO", "BEACON", "CEDAR"].into_iter().filter(|key| *key != text("project_key"));
            let mut moves = away.map(|project| Edit::new(EditKind::Move).of(text("key")).to(project));
            moves.any(|edit| sim.edit(&edit).is_ok())
        });
        assert!(moved.is_some(), "a linked issue that can move");
    };
    let links = async |machine: &Machine| {
        let mut rows = machine.rows("issue_links").await;
        rows.sort_by_key(Value::to_string);
        rows
    };
    let mut was_stale = false;
    for nth in 0..3 {
        move_one().await;
        // Twice: what moved a moment before a run is read by the next in any case, and what is around it with it.
        for _ in 0..2 {
            let before = searches(&sim);
            let short = Fault {
                endpoint: Some("search/jql".into()),
                after: nth,
                count: Some(1),
                ..Fault::new(FaultKind::Warnings)
            };
            sim.add_fault(short);
            machine.run(&["sync", "--no-census"]).await.succeeded();
            assert!((searches(&sim) - before) as u64 > nth, "search {nth} was asked");
            order(&sim, "/_sim/clock", &json!({ "advance_ms": 60 * 60 * 1_000 })).await;
        }
        let theirs = links(&Machine::synced(&sim).await).await;
        was_stale |= links(&machine).await != theirs;
        for _ in 0..2 {
            machine.run(&["sync", "--no-census"]).await.succeeded();
        }
        issues_are_whole(&machine, &sim, READER).await;
        assert_eq!(links(&machine).await, theirs, "search {nth} was short");
    }
    assert!(was_stale, "the short searches cost nothing");
}
