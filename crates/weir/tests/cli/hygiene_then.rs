//! Issues behind the numbers of other days, what came and left since, and those behind a report over several integrations.

use crate::{
    hygiene::{RULES, counts, site, synced},
    support::{Machine, number},
};
use jira_sim::{DcVersion, Flavor};
use serde_json::Value;
use std::collections::BTreeSet;

async fn listed(machine: &Machine, more: &[&str]) -> Vec<Value> {
    let arguments = [&["hygiene", "issues", "--limit", "100000", "--format", "json"], more].concat();
    machine.run(&arguments).await.succeeded().json().as_array().expect("rows").clone()
}

fn keys(rows: &[Value], change: Option<&str>) -> BTreeSet<String> {
    let wanted = rows.iter().filter(|row| change.is_none_or(|change| row["change"] == change));
    wanted.map(|row| row["key"].as_str().expect("a key").to_owned()).collect()
}

#[tokio::test]
async fn as_many_issues_are_listed_of_a_day_as_the_trend_says_and_what_came_less_what_left_is_the_change() {
    for (flavor, seed, basis) in
        [(Flavor::Cloud, 21, "open"), (Flavor::DataCenter(DcVersion::V9_12), 22, "active_sprint")]
    {
        let sim = site(flavor, seed, 150).await;
        let machine = synced(&sim, flavor).await;
        let basis = ["--basis", basis];
        let trend = ["hygiene", "trend", "--every", "month", "--count", "4", "--format", "json"];
        let trend = machine.run(&[&trend[..], &basis].concat()).await.succeeded().json();
        let points = trend["points"].as_array().expect("points");
        for point in points {
            let at = ["--at", point["day"].as_str().expect("a day"), basis[0], basis[1]];
            let (in_scope, misses) = counts(point);
            assert_eq!(listed(&machine, &at).await.len() as u64, in_scope, "{flavor:?} {at:?}");
            for (rule, misses) in RULES.iter().zip(misses) {
                let rows = listed(&machine, &[&at[..], &["--rule", rule]].concat()).await;
                assert_eq!(rows.len() as u64, misses, "{flavor:?} {at:?} {rule}");
                assert!(rows.iter().all(|row| row["misses"].as_str().is_some_and(|all| all.contains(rule))));
            }
        }
        let day = |point: &Value| point["day"].as_str().expect("a day").to_owned();
        let (first, second) = (&points[0], &points[2]);
        let (since, at) = (day(first), day(second));
        let (before, after) = (counts(first).1, counts(second).1);
        let mut is_done = false;
        let in_scope = keys(&listed(&machine, &["--at", &at, basis[0], basis[1]]).await, None);
        for ((rule, before), after) in RULES.iter().zip(before).zip(after) {
            let of = ["--rule", rule, basis[0], basis[1]];
            let then = listed(&machine, &[&of[..], &["--at", &since]].concat()).await;
            let now = listed(&machine, &[&of[..], &["--at", &at]].concat()).await;
            let rows = listed(&machine, &[&of[..], &["--at", &at, "--changed-since", &since]].concat()).await;
            let (new, gone) = (keys(&rows, Some("new")), keys(&rows, Some("gone")));
            assert_eq!(new.len() + gone.len(), rows.len());
            assert_eq!(new.len() as i64 - gone.len() as i64, after as i64 - before as i64, "{rule}");
            let (then, now) = (keys(&then, None), keys(&now, None));
            assert_eq!(new, &now - &then, "{rule}");
            assert_eq!(gone, &then - &now, "{rule}");
            for row in &rows {
                let is_in_scope = in_scope.contains(row["key"].as_str().expect("a key"));
                match row["left"].as_str() {
                    None => assert_eq!(row["change"], "new"),
                    Some("no_miss") => assert!(is_in_scope && row["change"] == "gone", "{row}"),
                    Some(left) => {
                        assert!(!is_in_scope && row["change"] == "gone", "{row}");
                        is_done |= left == "done";
                    }
                }
            }
        }
        assert_eq!(is_done, basis[1] == "open", "being done takes an issue out of what is open alone");
    }
}

#[tokio::test]
async fn a_day_that_is_none_is_yet_to_come_or_is_not_before_the_other_is_refused() {
    let sim = site(Flavor::Cloud, 23, 20).await;
    let machine = synced(&sim, Flavor::Cloud).await;
    for (days, what) in [
        (&["--at", "soon"][..], "\"soon\" is no day"),
        (&["--at", "2026-02-30"], "\"2026-02-30\" is no day"),
        (&["--at", "9999-12-31"], "The day 9999-12-31 is yet to come"),
        (&["--at", "2020-01-02", "--changed-since", "2020-01-02"], "2020-01-02 is not before 2020-01-02"),
    ] {
        machine.run(&[&["hygiene", "issues"][..], days].concat()).await.refused(2, what);
    }
    let told = machine.run(&["hygiene", "issues", "--changed-since", "2020-01-01"]).await.succeeded();
    assert!(told.stdout.contains(" new and 0 gone: +"), "{}", told.stdout);
}

#[tokio::test]
async fn a_number_over_several_integrations_has_as_many_issues_as_it_says() {
    let sim = site(Flavor::Cloud, 24, 80).await;
    let machine = synced(&sim, Flavor::Cloud).await;
    machine.add(&sim, "twin", &["--exclude", "duedate"]).await.succeeded();
    machine.run(&["sync", "twin"]).await.succeeded();
    machine.run(&["hygiene", "reports", "add", "Both", "--basis", "open"]).await.succeeded();
    let open = ["hygiene", "reports", "open", "Both", "--format", "json"];
    let report = machine.run(&open).await.succeeded().json();
    let (in_scope, misses) = counts(&report);
    let listed = async |more: &[&str]| {
        let issues = ["hygiene", "reports", "issues", "Both", "--format", "json"];
        machine.run(&[&issues[..], more].concat()).await.succeeded().json().as_array().expect("rows").clone()
    };
    assert_eq!(listed(&[]).await.len() as u64, in_scope);
    assert_eq!(listed(&["--rule", ""]).await.len() as u64, in_scope, "an empty rule is none");
    for (rule, misses) in RULES.iter().zip(misses) {
        let rows = listed(&["--rule", rule]).await;
        assert_eq!(rows.len() as u64, misses, "{rule}");
        let twins = rows.iter().filter(|row| row["integration"] == "twin").count();
        match *rule {
            // It is not asked where its field is left out.
            "no_due_date" => assert_eq!(twins, 0),
            _ => assert_eq!(2 * twins, rows.len(), "{rule}"),
        }
    }
    let table = ["hygiene", "reports", "issues", "Both", "--limit", "3"];
    let table = machine.run(&table).await.succeeded();
    assert!(table.stdout.contains(&format!("{} more are not shown", in_scope - 3)), "{}", table.stdout);
    let unknown = ["hygiene", "reports", "issues", "Both", "--rule", "speed"];
    machine.run(&unknown).await.refused(2, "There is no rule speed");
}

#[tokio::test]
async fn reports_trends_and_previews_are_files_for_spreadsheets_without_formulas() {
    let sim = site(Flavor::Cloud, 25, 40).await;
    let machine = synced(&sim, Flavor::Cloud).await;
    let when = ["--when", "labels is missing"];
    machine.run(&[&["hygiene", "rules", "add", "=1+1"][..], &when].concat()).await.succeeded();
    let csv = async |asked: &[&str]| {
        let told = machine.run(&[&["hygiene"][..], asked, &["--format", "csv"]].concat()).await.succeeded();
        told.stdout.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let report = csv(&["report"]).await;
    assert!(report[0].starts_with("as_of,score,in_scope,rule,name,misses,weight,points_lost"), "{report:?}");
    assert_eq!(report.len(), 1 + 9);
    assert!(report[9].contains(",'=1+1,"), "{}", report[9]);
    let json = machine.run(&["hygiene", "report", "--format", "json"]).await.succeeded().json();
    let told: Vec<&str> = report[4].split(',').collect();
    assert_eq!((told[3], told[5]), ("no_assignee", &*number(&json["rules"][3], "misses").to_string()));
    let parted = csv(&["report", "--by", "type"]).await;
    assert!(parted[0].starts_with("part,value,value_name,as_of") && parted.len() > 10, "{parted:?}");
    let whole = parted.iter().filter(|line| line.starts_with("whole,,,")).count();
    let groups = parted.iter().filter(|line| line.starts_with("group,")).count();
    assert_eq!((whole, groups), (9, parted.len() - 10), "{parted:?}");
    let compared = csv(&["report", "--compare", "30", "--by", "type"]).await;
    assert!(compared[0].ends_with(",compared_at,compared_score,change"), "{compared:?}");
    let json =
        machine.run(&["hygiene", "report", "--compare", "30", "--format", "json"]).await.succeeded().json();
    let day = json["compared"]["at"].as_str().expect("an instant")[..10].to_owned();
    assert!(compared[1].starts_with("whole,") && compared[1].contains(&format!(",{day}T")), "{compared:?}");
    assert!(compared[10].starts_with("group,") && compared[10].ends_with(",,,"), "{compared:?}");
    let trend = csv(&["trend", "--count", "3"]).await;
    assert!(trend[0].starts_with("at,day,score,in_scope,rule,name,misses"), "{trend:?}");
    assert_eq!(trend.len(), 1 + 3 * 9);
    machine.run(&["integration", "edit", "site", "--exclude", "duedate"]).await.succeeded();
    let trend = csv(&["trend", "--count", "1"]).await;
    assert!(trend[0].ends_with("points_lost,blocked_by,blocked_because"), "{trend:?}");
    assert!(trend[3].contains("no_due_date") && trend[3].ends_with(",duedate,left_out"), "{trend:?}");
    let preview = csv(&["rules", "preview", "=1+1"]).await;
    assert_eq!((preview[0].as_str(), preview.len()), ("at,day,misses,in_scope", 1 + 14));
}

#[tokio::test]
async fn the_list_of_rules_says_which_are_not_asked_and_why() {
    let sim = site(Flavor::Cloud, 26, 20).await;
    let machine = synced(&sim, Flavor::Cloud).await;
    machine.run(&["integration", "edit", "site", "--exclude", "duedate"]).await.succeeded();
    let rules = machine.run(&["hygiene", "rules", "list", "--format", "json"]).await.succeeded().json();
    let of = |rule: &str| {
        let found = rules.as_array().expect("rules").iter().find(|one| one["rule"] == rule);
        (found.expect(rule)["blocked_by"].clone(), found.expect(rule)["blocked_because"].clone())
    };
    assert_eq!(of("no_due_date"), ("duedate".into(), "left_out".into()));
    assert_eq!(of("idle"), (Value::Null, Value::Null));
    let table = machine.run(&["hygiene", "rules", "list"]).await.succeeded();
    assert!(table.stdout.contains("not asked: duedate is left out by configuration"), "{}", table.stdout);
}

#[tokio::test]
async fn a_goal_for_a_type_that_no_integration_has_is_kept_and_said_to_be_for_no_issue() {
    let sim = site(Flavor::Cloud, 27, 20).await;
    let machine = synced(&sim, Flavor::Cloud).await;
    let set =
        ["hygiene", "settings", "set", "--response-goal", "type=Bgu:1", "--response-goal", "type=bug:2"];
    let told = machine.run(&set).await.succeeded();
    let remark = "The goal type=Bgu:1 is for no issue: no integration here has a type \"Bgu\".";
    assert!(told.stdout.contains(remark) && !told.stdout.contains("type=bug:2 is for"), "{}", told.stdout);
    let shown = machine.run(&["hygiene", "settings", "show", "--format", "json"]).await.succeeded().json();
    assert_eq!(shown["remarks"], serde_json::json!([remark]));
    machine.run(&["hygiene", "rules", "add", "Mine", "--when", "labels is missing"]).await.succeeded();
    let shown = machine.run(&["hygiene", "settings", "show"]).await.succeeded().stdout;
    let of = |name: &str| shown.lines().find(|line| line.contains(name)).expect(name).to_owned();
    assert!(of("Mine").contains("site") && of("Idle").contains("all"), "{shown}");
    let odd = ["hygiene", "settings", "set", "--description-words", "0"];
    machine.run(&odd).await.refused(2, "0 is too few");
    let odd = ["hygiene", "report", "--weight", "idle=60"];
    let refused = machine.run(&odd).await.refused(2, "Weights add up to 60");
    assert!(!refused.stderr.contains("--scale"), "a report cannot be scaled: {}", refused.stderr);
    let odd = machine.run(&["hygiene", "reports", "add", " "]).await;
    odd.refused(2, "The report has no name");
}
