//! Editing an integration, and what follows from it.

use crate::support::{Machine, READER, Ran, number, site, site_of, truth};
use jira_sim::{Edit, EditKind, Sim, SimOptions, TruthView, WorldSpec};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use tokio::io::{AsyncBufReadExt as _, BufReader};

/// Every issue, one way or the other.
const ALL: &str = "labels is EMPTY OR labels is not EMPTY";
const DONE: &str = "statusCategory = Done";

async fn edit(machine: &Machine, flags: &[&str]) -> Ran {
    machine.run(&[&["integration", "edit"], flags].concat()).await
}

async fn shown(machine: &Machine) -> Value {
    machine.run(&["integration", "show", "--format", "json"]).await.succeeded().json()
}

/// Issues by project and state.
async fn states(machine: &Machine) -> BTreeMap<(String, String), u64> {
    let mut states = BTreeMap::new();
    for issue in machine.rows("issues").await {
        let text = |name: &str| issue[name].as_str().expect("a text").to_owned();
        *states.entry((text("project_key"), text("state"))).or_default() += 1;
    }
    states
}

async fn sync(machine: &Machine) -> Value {
    machine.run(&["sync", "--format", "json"]).await.succeeded().json()
}

async fn equal(machine: &Machine) {
    machine.run(&["verify"]).await.succeeded();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_read_is_changed_without_the_site() {
    let sim = site().await;
    let machine = Machine::synced(&sim).await;
    let before = shown(&machine).await;
    sim.stop().await;
    let flags = [
        "site",
        "--rename",
        "Acme",
        "--interval",
        "30m",
        "--timezone",
        "Asia/Tokyo",
        "--description",
        "ours",
        "--tag",
        "a",
        "--tag",
        "b",
        "--owner",
        "ann@example.com",
        "--format",
        "json",
    ];
    let ran = edit(&machine, &flags).await.succeeded();
    let after = ran.json();
    assert_eq!(after, shown(&machine).await);
    for (name, value) in [
        ("name", Value::from("Acme")),
        ("interval_minutes", 30.into()),
        ("timezone", "Asia/Tokyo".into()),
        ("description", "ours".into()),
        ("tags", serde_json::json!(["a", "b"])),
        ("owner", "ann@example.com".into()),
    ] {
        assert_eq!(after[name], value, "{name}");
    }
    for name in ["id", "url", "scope", "exclude", "account", "issues", "history_months", "secondary_owner"] {
        assert_eq!(after[name], before[name], "{name}");
    }
    assert!(ran.stderr.contains("the interval from 15 min to 30 min"), "{ran:#?}");
    assert!(ran.stderr.contains("the name from \"site\" to \"Acme\""), "{ran:#?}");

    let ran = edit(&machine, &["Acme", "--no-tags", "--owner", "", "--format", "json"]).await.succeeded();
    assert_eq!((&ran.json()["tags"], &ran.json()["owner"]), (&serde_json::json!([]), &Value::Null));
    assert!(ran.stderr.contains("goes on as before"), "{ran:#?}");
    let ran = edit(&machine, &["--interval", "30m"]).await.succeeded();
    assert!(ran.stderr.contains("Nothing changed"), "{ran:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_changes_nothing() {
    let sim = site().await;
    let machine = Machine::synced(&sim).await;
    machine.add(&sim, "other", &[]).await.succeeded();
    let before = machine.run(&["integration", "list", "--format", "json"]).await.succeeded().json();
    for (flags, code, what) in [
        (&["site"][..], 2, "Nothing was given to change"),
        (&["site", "--project", "APOLLO", "--jql", ALL], 2, "Both --project and --jql"),
        (&["site", "--project", "APOLLO", "--everything"], 2, "command line does not fit"),
        (&["site", "--jql", ALL, "--everything"], 2, "command line does not fit"),
        (&["site", "--exclude", "summary", "--exclude-nothing"], 2, "command line does not fit"),
        (&["site", "--tag", "a", "--no-tags"], 2, "command line does not fit"),
        (&["site", "--exclude", " ,"], 2, "--exclude does not fit"),
        (&["site", "--interval", "5"], 2, "is not an interval"),
        (&["site", "--timezone", "Mars/Olympus"], 2, "is not a time zone"),
        (&["site", "--rename", " x"], 2, "cannot be a name"),
        (&["site", "--rename", "other"], 6, "already called"),
        (&["nobody", "--interval", "5m"], 3, "There is no integration"),
        (&["--interval", "5m"], 2, "more than one integration"),
        (&["site", "--project", "NOSUCH"], 3, "There is no project NOSUCH"),
        (&["site", "--jql", "project in ()"], 2, "does not accept this JQL"),
        (&["site", "--jql", "a = \"1"], 2, "cannot be used as a filter"),
        (&["site", "--exclude", "sumary"], 2, "has no field sumary"),
        (&["site", "--exclude", "updated"], 2, "updated cannot be left out"),
        (&["site", "--interval", "5m", "--jql", "project in ()"], 2, "does not accept this JQL"),
    ] {
        edit(&machine, flags).await.refused(code, what);
    }
    let after = machine.run(&["integration", "list", "--format", "json"]).await.succeeded().json();
    assert_eq!(after, before);
    let report = machine.run(&["sync", "site", "--format", "json"]).await.succeeded().json();
    assert_eq!((number(&report, "written"), &report["incremental"]), (0, &Value::from(true)), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_project_leaves_the_scope_at_once_and_comes_back_whole() {
    let sim = site().await;
    let machine = Machine::synced(&sim).await;
    let whole = states(&machine).await;
    let keys: Vec<String> = whole.keys().map(|(key, _)| key.clone()).collect();
    let (dropped, kept) = keys.split_first().expect("projects");
    let held = whole[&(dropped.clone(), "live".to_owned())];
    let kept: Vec<&str> = kept.iter().flat_map(|key| ["--project", key.as_str()]).collect();

    // With a run in between the source knows what it has; without one it must not be taken for known.
    for runs_between in [true, false] {
        let ran = edit(&machine, &kept).await.succeeded();
        assert!(
            ran.stderr.contains(&format!("{held} issues of project {dropped} are now out of scope.")),
            "{ran:#?}"
        );
        let states_now = states(&machine).await;
        assert_eq!(states_now.get(&(dropped.clone(), "out_of_scope".to_owned())), Some(&held));
        assert_eq!(states_now.len(), whole.len(), "{states_now:?}");
        if runs_between {
            let report = sync(&machine).await;
            assert_eq!(
                (number(&report, "written"), &report["incremental"]),
                (0, &Value::from(true)),
                "{report}"
            );
            equal(&machine).await;
        }
        let all = [&["--project", dropped.as_str()][..], &kept].concat();
        let ran = edit(&machine, &all).await.succeeded();
        let next = match runs_between {
            true => format!("Project {dropped} is brought in by the next sync."),
            false => "The next sync reads everything again, because issues that had left".to_owned(),
        };
        assert!(ran.stderr.contains(&next), "{ran:#?}");
        let report = sync(&machine).await;
        assert_eq!(number(&report["kinds"]["issues"], "written"), held, "{report}");
        assert_eq!(report["incremental"], runs_between, "{report}");
        assert_eq!(states(&machine).await, whole);
        equal(&machine).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn projects_that_were_not_in_scope_are_brought_in_and_nothing_else_is_read_again() {
    let sim = site().await;
    let machine = Machine::near(&sim);
    let everything = Machine::synced(&sim).await;
    let whole = states(&everything).await;
    let first = whole.keys().next().expect("a project").0.clone();
    machine.add(&sim, "site", &["--project", &first]).await.succeeded();
    sync(&machine).await;
    let ran = edit(&machine, &["--everything"]).await.succeeded();
    assert!(
        ran.stderr.contains("Projects that were not in scope are brought in by the next sync."),
        "{ran:#?}"
    );
    let report = sync(&machine).await;
    let others = truth(&sim, TruthView::Issues, READER) - whole[&(first, "live".to_owned())];
    assert_eq!(number(&report["kinds"]["issues"], "read"), others, "{report}");
    assert_eq!(states(&machine).await, whole);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_narrower_filter_puts_out_of_scope_what_the_site_still_shows_and_a_wider_one_takes_it_back() {
    let sim = site().await;
    let machine = Machine::near(&sim);
    machine.add(&sim, "site", &["--jql", ALL]).await.succeeded();
    sync(&machine).await;
    let issues = machine.rows("issues").await;
    let text = |issue: &Value, name: &str| issue[name].as_str().expect("a text").to_owned();
    let open = issues.iter().find(|issue| issue["status_category"] != "done" && issue["is_subtask"] == false);
    let deleted = text(open.expect("an open issue"), "key");
    sim.edit(&Edit::new(EditKind::Delete).of(&deleted)).expect("it is deleted");
    let left: Vec<String> = jira_sim::Truth::for_account(sim.world(), sim.url(), READER)
        .expect("an account")
        .rows(TruthView::Issues)
        .iter()
        .map(|issue| text(issue, "id"))
        .collect();
    let expected =
        |issue: &Value| match issue["status_category"] == "done" || !left.contains(&text(issue, "id")) {
            true => "live",
            false => "out_of_scope",
        };

    let ran = edit(&machine, &["--jql", DONE]).await.succeeded();
    assert!(
        ran.stderr
            .contains("The next sync lists what the filter takes, and reads what is not here yet. Issues"),
        "{ran:#?}"
    );
    assert!(
        machine.rows("issues").await.iter().all(|issue| issue["state"] == "live"),
        "the site has not been asked"
    );
    let report = sync(&machine).await;
    for issue in machine.rows("issues").await {
        assert_eq!(issue["state"], expected(&issue), "{issue}");
    }
    assert_eq!(report["kinds"]["issues"]["read"].as_u64().unwrap_or(0), 0, "all of it was here: {report}");
    assert!(number(&report["kinds"]["issues"], "removed") > 0, "{report}");
    let again = sync(&machine).await;
    assert_eq!((number(&again, "written"), number(&again, "removed")), (0, 0), "{again}");

    edit(&machine, &["--jql", ALL]).await.succeeded();
    let report = sync(&machine).await;
    assert!(machine.rows("issues").await.iter().all(|issue| issue["state"] == "live"));
    // The rest comes back; it is on the site all the same that one of them was deleted.
    let rest = issues.iter().filter(|issue| issue["status_category"] != "done").count() as u64;
    assert_eq!(number(&report["kinds"]["issues"], "read"), rest - 1, "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_that_was_left_and_taken_again_without_a_run_brings_its_issues_back() {
    let sim = site().await;
    let machine = Machine::near(&sim);
    machine.add(&sim, "site", &["--jql", ALL]).await.succeeded();
    sync(&machine).await;
    let whole = states(&machine).await;
    let first = whole.keys().next().expect("a project").0.clone();
    edit(&machine, &["--project", &first]).await.succeeded();
    assert_ne!(states(&machine).await, whole);
    edit(&machine, &["--jql", ALL]).await.succeeded();
    sync(&machine).await;
    assert_eq!(states(&machine).await, whole);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_of_one_project_puts_the_others_out_of_scope_and_full_runs_agree() {
    let sim = site().await;
    let machine = Machine::synced(&sim).await;
    let whole = states(&machine).await;
    let first = whole.keys().next().expect("a project").0.clone();
    edit(&machine, &["--jql", &format!("project = {first}")]).await.succeeded();
    machine.run(&["sync", "--full"]).await.succeeded();
    for ((key, state), _) in states(&machine).await {
        assert_eq!(state, if key == first { "live" } else { "out_of_scope" }, "{key}");
    }
    equal(&machine).await;
}

fn holds(machine: &Machine, word: &str) -> bool {
    machine.kept().values().any(|file| file.windows(word.len()).any(|window| window == word.as_bytes()))
}

async fn canaries() -> Sim {
    let spec = WorldSpec { issues: 200, projects: 3, canary: true, ..WorldSpec::default() };
    site_of(spec, SimOptions::default()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_excluded_later_is_deleted_at_once_and_brought_back_when_it_is_not_any_more() {
    let sim = canaries().await;
    let machine = Machine::synced(&sim).await;
    let before = machine.run(&["export", "issues"]).await.succeeded().stdout;
    let words = ["CANARY-summary", "CANARY-description", "CANARY-comment"];
    for word in words {
        assert!(holds(&machine, word), "{word}");
    }
    let ran = edit(&machine, &["--exclude", "summary,description", "--exclude", "comment"]).await.succeeded();
    assert!(ran.stderr.contains("What was stored of comment, description, summary is deleted."), "{ran:#?}");
    assert!(
        ran.stderr.contains("The next sync reads everything again, because other fields are excluded."),
        "{ran:#?}"
    );
    for word in words {
        assert!(!holds(&machine, word), "{word} at once");
    }
    assert!(holds(&machine, "CANARY-displayName"));
    sync(&machine).await;
    for word in words {
        assert!(!holds(&machine, word), "{word} after the next sync");
    }
    edit(&machine, &["--exclude-nothing"]).await.succeeded();
    let report = sync(&machine).await;
    assert_eq!(report["incremental"], false, "{report}");
    assert_eq!(
        number(&report["kinds"]["issue_comments"], "written"),
        truth(&sim, TruthView::IssueComments, READER)
    );
    for word in words {
        assert!(holds(&machine, word), "{word} is back");
    }
    let without_times = |text: &str| -> Vec<Value> {
        let row = |line: &str| {
            let mut issue: Value = serde_json::from_str(line).expect("JSON");
            issue["last_seen_at"] = Value::Null;
            issue
        };
        text.lines().map(row).collect()
    };
    let after = machine.run(&["export", "issues"]).await.succeeded().stdout;
    assert_eq!(without_times(&after), without_times(&before));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_field_with_a_text_of_its_own_can_be_forgotten() {
    let sim = canaries().await;
    let machine = Machine::synced(&sim).await;
    let fields = machine.run(&["fields", "list", "--format", "json"]).await.succeeded().json();
    let custom: Vec<String> = fields
        .as_array()
        .expect("fields")
        .iter()
        .filter_map(|field| field["id"].as_str())
        .filter(|id| id.starts_with("customfield_") && holds(&machine, &format!("CANARY-{id}-")))
        .map(str::to_owned)
        .collect();
    assert!(!custom.is_empty());
    edit(&machine, &["--exclude", &custom.join(",")]).await.succeeded();
    for id in &custom {
        assert!(!holds(&machine, &format!("CANARY-{id}-")), "{id}");
    }
    sync(&machine).await;
    for id in &custom {
        assert!(!holds(&machine, &format!("CANARY-{id}-")), "{id} after the next sync");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn people_lose_their_names_at_once_and_texts_with_the_next_sync() {
    let sim = canaries().await;
    let machine = Machine::synced(&sim).await;
    let first = states(&machine).await.into_keys().next().expect("a project").0;
    let ran = edit(&machine, &["--project", &first, "--exclude", "userDetails"]).await.succeeded();
    assert!(ran.stderr.contains("Names and addresses of people are deleted"), "{ran:#?}");
    assert!(
        machine
            .rows("people")
            .await
            .iter()
            .all(|person| person["name"].is_null() && person["email"].is_null())
    );
    let names = |issue: &Value| issue.to_string().contains("CANARY-displayName");
    assert!(!machine.rows("issues").await.iter().any(|issue| issue["state"] != "live" && names(issue)));
    sync(&machine).await;

    // What is live is then what it would be had they been excluded from the beginning.
    let fresh = Machine::near(&sim);
    fresh.add(&sim, "site", &["--project", &first, "--exclude", "userDetails"]).await.succeeded();
    sync(&fresh).await;
    let live: BTreeSet<String> =
        fresh.rows("issues").await.iter().map(|issue| issue["id"].to_string()).collect();
    for view in ["issues", "issue_changes", "issue_comments", "issue_worklogs"] {
        let id = if view == "issues" { "id" } else { "issue_id" };
        let mut edited = machine.rows(view).await;
        edited.retain(|row| live.contains(&row[id].to_string()));
        let timeless = |mut rows: Vec<Value>| {
            let of_ours = ["first_seen_at", "last_seen_at", "state_since"];
            rows.iter_mut().for_each(|row| of_ours.iter().for_each(|name| row[*name] = Value::Null));
            rows
        };
        assert_eq!(timeless(edited), timeless(fresh.rows(view).await), "{view}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_sync_is_not_disturbed() {
    let options = SimOptions { latency: Duration::from_millis(150), ..SimOptions::default() };
    let sim = site_of(WorldSpec { issues: 300, projects: 3, ..WorldSpec::default() }, options).await;
    let machine = Machine::connected(&sim).await;
    let mut running = machine.command(&["sync", "--format", "json"]).spawn().expect("it starts");
    let mut lines = BufReader::new(running.stderr.take().expect("a pipe")).lines();
    assert!(lines.next_line().await.expect("text").is_some());
    let begun = async {
        while machine.run(&["runs", "list", "--format", "json"]).await.json() == serde_json::json!([]) {}
    };
    tokio::time::timeout(Duration::from_secs(30), begun).await.expect("the run begins");
    edit(&machine, &["--interval", "30m"]).await.refused(6, "being brought up to date already");
    assert_eq!(shown(&machine).await["interval_minutes"], 15);
    drop(lines);
    assert!(running.wait().await.expect("it ends").success());
    edit(&machine, &["--interval", "30m"]).await.succeeded();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_is_left_out_and_wanted_again_before_a_run_is_read_anew() {
    let sim = site().await;
    let machine = Machine::synced(&sim).await;
    let due = "SELECT count(*) FROM issues WHERE due_date IS NOT NULL";
    let comments = "SELECT count(*) FROM issue_comments";
    let before = (machine.count(due).await, machine.count(comments).await);
    assert!(before.0 > 0 && before.1 > 0, "{before:?}");
    let missing = async |machine: &Machine| {
        let said = machine
            .run(&["hygiene", "report", "--basis", "all", "--format", "json"])
            .await
            .succeeded()
            .json();
        let rules = said["rules"].as_array().expect("rules").clone();
        let rule = rules.into_iter().find(|rule| rule["rule"] == "no_due_date").expect("the rule");
        (rule["misses"].clone(), rule["blocked_by"].clone())
    };
    let whole = missing(&machine).await;
    let field = async |machine: &Machine| {
        let listed = machine.run(&["fields", "list", "--format", "json"]).await.succeeded().json();
        let fields = listed.as_array().expect("fields").clone();
        let found = fields.into_iter().find(|field| field["id"] == "customfield_10031").expect("the field");
        (found["filled"].clone(), found["not_read_yet"].clone())
    };
    let filled = field(&machine).await;
    assert_eq!(filled.1, false, "{filled:?}");
    machine.run(&["integration", "edit", "--exclude", "duedate,comment,customfield_10031"]).await.succeeded();
    machine.run(&["integration", "edit", "--exclude-nothing"]).await.succeeded();
    assert_eq!(
        field(&machine).await,
        (Value::Null, Value::Bool(true)),
        "no share is told of what was not read"
    );
    assert_eq!((machine.count(due).await, machine.count(comments).await), (0, 0));
    assert_eq!(missing(&machine).await.1, "duedate", "nothing is told of what was not read");
    let sample = machine.run(&["fields", "sample", "customfield_10031"]).await;
    sample.refused(6, "has not been read again yet");
    let tried = machine.run(&["fields", "cases", "try", "customfield_10031", "--format", "json"]).await;
    let tried = tried.succeeded().json();
    assert_eq!((&tried["not_read_yet"], &tried["fields"]), (&Value::Bool(true), &serde_json::json!([])));
    machine.run(&["sync"]).await.succeeded();
    assert_eq!((machine.count(due).await, machine.count(comments).await), before);
    assert_eq!(missing(&machine).await, whole);
    assert_eq!(field(&machine).await, filled);
}
