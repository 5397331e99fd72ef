//! Whether a store holds what a site knows to be true: every issue with everything that is its own, field by field.

use crate::support::Machine;
use jira_sim::{Sim, Truth, TruthView};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// The views of issues, with the columns that tell their rows apart.
const OF_ISSUES: [(TruthView, &[&str]); 8] = [
    (TruthView::Issues, &["id"]),
    (TruthView::IssueKeys, &["issue_id", "key"]),
    (TruthView::IssueChanges, &["issue_id", "history_id", "item_index"]),
    (TruthView::IssueComments, &["issue_id", "id"]),
    (TruthView::IssueWorklogs, &["issue_id", "id"]),
    (TruthView::IssueLinks, &["issue_id", "id"]),
    (TruthView::IssueSprints, &["issue_id", "sprint_id"]),
    (TruthView::IssueCases, &["issue_id", "case_id"]),
];

/// The site's own lists.
const LISTS: [TruthView; 9] = [
    TruthView::Projects,
    TruthView::Boards,
    TruthView::Sprints,
    TruthView::Versions,
    TruthView::Components,
    TruthView::Statuses,
    TruthView::IssueTypes,
    TruthView::Fields,
    TruthView::People,
];

/// Every live issue is what it is in truth, and no other is live.
#[track_caller]
pub(crate) fn issues_are_whole<'a>(
    machine: &'a Machine,
    sim: &'a Sim,
    account: &'a str,
) -> impl Future<Output = ()> + 'a {
    let from = std::panic::Location::caller();
    async move {
        let issues = machine.rows("issues").await;
        let live: BTreeSet<String> =
            issues.iter().filter(|row| row["state"] == "live").map(|row| row["id"].to_string()).collect();
        assert!(!live.is_empty(), "{from}: nothing is live");
        for (view, key) in OF_ISSUES {
            let id = if view == TruthView::Issues { "id" } else { "issue_id" };
            let mut ours = machine.rows(view.name()).await;
            ours.retain(|row| live.contains(&row[id].to_string()));
            compare(view, key, ours, sim, account, from);
        }
    }
}

/// The site's lists are here to their ends.
#[track_caller]
pub(crate) fn lists_are_whole<'a>(
    machine: &'a Machine,
    sim: &'a Sim,
    account: &'a str,
) -> impl Future<Output = ()> + 'a {
    let from = std::panic::Location::caller();
    async move {
        for view in LISTS {
            compare(view, &["id"], machine.rows(view.name()).await, sim, account, from);
        }
    }
}

fn compare(
    view: TruthView,
    key: &[&str],
    ours: Vec<Value>,
    sim: &Sim,
    account: &str,
    from: &std::panic::Location<'_>,
) {
    let truth = Truth::for_account(sim.world(), sim.url(), account).expect("an account");
    let theirs = truth.rows(view);
    let name_of =
        |row: &Value| key.iter().map(|column| row[*column].to_string()).collect::<Vec<_>>().join(" ");
    let mut held = BTreeMap::new();
    for row in ours {
        let name = name_of(&row);
        assert!(held.insert(name.clone(), row).is_none(), "{from}: {} has {name} twice", view.name());
    }
    for row in theirs {
        let name = name_of(&row);
        let Some(found) = held.remove(&name) else { panic!("{from}: {} lacks {name}", view.name()) };
        for (column, value) in row.as_object().expect("a row") {
            let (value, found) = (plain(value), plain(&found[column]));
            assert!(value == found, "{from}: {} {name} {column}: truth {value}, store {found}", view.name());
        }
    }
    let more: Vec<&String> = held.keys().collect();
    assert!(more.is_empty(), "{from}: {} has rows that are not true: {more:?}", view.name());
}

/// Equal numbers are spelled alike.
fn plain(value: &Value) -> Value {
    match value {
        Value::Number(number) => number.as_f64().map_or(Value::Null, Value::from),
        Value::Array(values) => values.iter().map(plain).collect(),
        Value::Object(members) => Value::Object(
            members.iter().map(|(name, value)| (name.clone(), plain(value))).collect::<Map<_, _>>(),
        ),
        other => other.clone(),
    }
}
