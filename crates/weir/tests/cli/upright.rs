//! A plain count of hygiene over the rows that are true of a site, one issue and one instant at a time.

use jira_sim::TruthView;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap, HashSet};

const DAY: i64 = 86_400_000;

/// What is true of a site.
pub(crate) struct Site {
    issues: Vec<Value>,
    changes: HashMap<String, Vec<Value>>,
    comments: HashMap<String, Vec<Value>>,
    worklogs: HashMap<String, Vec<Value>>,
    inactive: HashSet<String>,
    categories: HashMap<String, Option<String>>,
    by_name: HashMap<String, HashSet<Option<String>>>,
    types: HashMap<String, String>,
    priorities: HashMap<String, String>,
}

/// An issue as it was at an instant.
pub(crate) struct Then<'a> {
    site: &'a Site,
    issue: &'a Value,
    at: i64,
}

fn text(row: &Value, column: &str) -> Option<String> {
    row[column].as_str().map(str::to_owned)
}

fn millis(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().expect("an instant").as_millisecond()
}

fn instant(row: &Value, column: &str) -> Option<i64> {
    row[column].as_str().map(millis)
}

fn by_issue(rows: Vec<Value>) -> HashMap<String, Vec<Value>> {
    let mut all: HashMap<String, Vec<Value>> = HashMap::new();
    for row in rows {
        all.entry(text(&row, "issue_id").expect("an issue")).or_default().push(row);
    }
    all
}

impl Site {
    pub(crate) fn new(rows: impl Fn(TruthView) -> Vec<Value>) -> Self {
        let mut changes = by_issue(rows(TruthView::IssueChanges));
        for of_issue in changes.values_mut() {
            of_issue.sort_by_key(|row| {
                let history: u64 = text(row, "history_id").and_then(|id| id.parse().ok()).unwrap_or(u64::MAX);
                (instant(row, "changed_at"), history, row["item_index"].as_u64())
            });
        }
        let mut by_name: HashMap<String, HashSet<Option<String>>> = HashMap::new();
        let statuses = rows(TruthView::Statuses);
        for status in &statuses {
            let name = text(status, "name").expect("a name").to_lowercase();
            by_name.entry(name).or_default().insert(text(status, "category"));
        }
        let named = |view| {
            let pair = |row: &Value| Some((text(row, "id")?, text(row, "name")?));
            rows(view).iter().filter_map(pair).collect::<HashMap<String, String>>()
        };
        let away = |row: &Value| row["active"] == false;
        Self {
            issues: rows(TruthView::Issues),
            comments: by_issue(rows(TruthView::IssueComments)),
            worklogs: by_issue(rows(TruthView::IssueWorklogs)),
            inactive: rows(TruthView::People)
                .iter()
                .filter(|row| away(row))
                .filter_map(|row| text(row, "id"))
                .collect(),
            categories: statuses
                .iter()
                .filter_map(|row| Some((text(row, "id")?, text(row, "category"))))
                .collect(),
            types: named(TruthView::IssueTypes),
            priorities: named(TruthView::Priorities),
            by_name,
            changes,
        }
    }

    /// How many issues are in scope at an instant, and how many of them miss each rule.
    pub(crate) fn counts(&self, at: &str, takes: fn(&Then<'_>) -> bool, rules: &[&str]) -> (u64, Vec<u64>) {
        let at = millis(at);
        let mut counted = (0, vec![0; rules.len()]);
        for issue in &self.issues {
            let then = Then { site: self, issue, at };
            if then.created().is_none_or(|created| created > at) || !takes(&then) {
                continue;
            }
            counted.0 += 1;
            for (count, rule) in counted.1.iter_mut().zip(rules) {
                *count += u64::from(then.misses(rule));
            }
        }
        counted
    }
}

impl Then<'_> {
    fn rows<'a>(&'a self, of: &'a HashMap<String, Vec<Value>>) -> &'a [Value] {
        of.get(self.issue["id"].as_str().expect("an id")).map_or(&[], Vec::as_slice)
    }

    fn created(&self) -> Option<i64> {
        instant(self.issue, "created_at")
    }

    pub(crate) fn created_within(&self, days: i64) -> bool {
        self.created().is_some_and(|created| created <= self.at && self.at - created <= days * DAY)
    }

    pub(crate) fn is_subtask(&self) -> bool {
        self.issue["is_subtask"] == true
    }

    /// The items of a field's history, oldest first.
    fn items(&self, names: &[&str]) -> impl Iterator<Item = &Value> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        self.rows(&self.site.changes).iter().filter(move |row| {
            // Data Center gives no ids.
            let named = row["field_id"].as_str().or(row["field"].as_str()).unwrap_or_default().to_lowercase();
            names.contains(&named)
        })
    }

    /// The first change of a field after the instant.
    fn next(&self, names: &[&str]) -> Option<&Value> {
        self.items(names).find(|row| instant(row, "changed_at").is_some_and(|at| at > self.at))
    }

    pub(crate) fn assignee(&self) -> Option<String> {
        match self.next(&["assignee"]) {
            Some(change) => text(change, "from_id"),
            None => text(self.issue, "assignee_id"),
        }
        .filter(|id| !id.is_empty())
    }

    pub(crate) fn due(&self) -> Option<String> {
        match self.next(&["duedate"]) {
            Some(change) => text(change, "from_id").or(text(change, "from_text")),
            None => text(self.issue, "due_date"),
        }
        .filter(|day| !day.is_empty())
    }

    fn words(&self) -> usize {
        match self.next(&["description"]) {
            Some(change) => text(change, "from_text"),
            None => text(self.issue, "description_text"),
        }
        .map_or(0, |text| text.split_whitespace().count())
    }

    /// Type or priority by the name that it has today.
    pub(crate) fn field(&self, column: &str) -> Option<String> {
        let (names, known): (&[&str], _) = match column {
            "type" => (&["issuetype"], &self.site.types),
            _ => (&["priority"], &self.site.priorities),
        };
        match self.next(names) {
            Some(change) => {
                text(change, "from_id").and_then(|id| known.get(&id).cloned()).or(text(change, "from_text"))
            }
            None => text(self.issue, column),
        }
    }

    /// How many components it had: from today's backwards, each item undone.
    fn components(&self) -> usize {
        let mut held: BTreeMap<String, i64> = BTreeMap::new();
        for name in self.issue["components"].as_array().expect("a list") {
            *held.entry(name.as_str().expect("a name").to_owned()).or_default() += 1;
        }
        let mut count = held.values().sum::<i64>();
        for change in self.items(&["components", "component"]) {
            if instant(change, "changed_at").is_some_and(|at| at > self.at) {
                count += i64::from(!change["from_id"].is_null()) - i64::from(!change["to_id"].is_null());
            }
        }
        usize::try_from(count).unwrap_or(0)
    }

    /// The category of a status that a history names.
    fn category_of(&self, id: Option<String>, name: Option<String>) -> Option<String> {
        if let Some(category) = id.and_then(|id| self.site.categories.get(&id)) {
            return category.clone();
        }
        let of_name = self.site.by_name.get(&name?.to_lowercase())?;
        if of_name.len() == 1 { of_name.iter().next().cloned().flatten() } else { None }
    }

    pub(crate) fn category(&self) -> Option<String> {
        match self.next(&["status"]) {
            Some(change) => self.category_of(text(change, "from_id"), text(change, "from_text")),
            None => text(self.issue, "status_category"),
        }
    }

    /// The last time until then that it came to be done.
    fn done_since(&self) -> Option<i64> {
        if self.category().as_deref() != Some("done") {
            return None;
        }
        let until = |row: &&Value| instant(row, "changed_at").is_some_and(|at| at <= self.at);
        let before: Vec<&Value> = self.items(&["status"]).filter(until).collect();
        let mut since = self.created();
        for change in before {
            let is_done =
                |id, name| self.category_of(text(change, id), text(change, name)).as_deref() == Some("done");
            if !is_done("from_id", "from_text") {
                since = instant(change, "changed_at");
            }
        }
        since
    }

    fn last_touched(&self) -> Option<i64> {
        if let Some(updated) = instant(self.issue, "updated_at").filter(|at| *at <= self.at) {
            return Some(updated);
        }
        let both = |rows: &[Value]| {
            let each = rows.iter().flat_map(|row| [instant(row, "created_at"), instant(row, "updated_at")]);
            each.flatten().collect::<Vec<i64>>()
        };
        let mut all = both(self.rows(&self.site.comments));
        all.extend(both(self.rows(&self.site.worklogs)));
        all.extend(self.rows(&self.site.changes).iter().filter_map(|row| instant(row, "changed_at")));
        all.extend(self.created());
        all.into_iter().filter(|at| *at <= self.at).max()
    }

    /// The first change of status or comment of somebody else than the reporter.
    fn response(&self) -> Option<i64> {
        let status = self.items(&["status"]).filter_map(|row| instant(row, "changed_at")).min();
        let reporter = text(self.issue, "reporter_id");
        let by_another = |row: &&Value| row["author_id"].is_string() && text(row, "author_id") != reporter;
        let comments = self.rows(&self.site.comments).iter().filter(by_another);
        let comment = comments.filter_map(|row| instant(row, "created_at")).min();
        status.into_iter().chain(comment).min()
    }

    fn is_late(&self, came: Option<i64>, days: i64) -> bool {
        let Some(created) = self.created() else { return false };
        let until = came.filter(|came| *came <= self.at).unwrap_or(self.at);
        until - created > days * DAY
    }

    fn misses(&self, rule: &str) -> bool {
        match rule {
            "idle" => self.last_touched().is_some_and(|last| self.at - last > 30 * DAY),
            "poor_description" => self.words() < 10,
            "no_due_date" => self.due().is_none(),
            "no_assignee" => self.assignee().is_none(),
            "no_components" => self.components() == 0,
            "missed_response_time" => self.is_late(self.response(), 2),
            "missed_resolution_time" => self.is_late(self.done_since(), 14),
            "inactive_assignee" => self.assignee().is_some_and(|id| self.site.inactive.contains(&id)),
            other => panic!("no rule {other}"),
        }
    }
}
