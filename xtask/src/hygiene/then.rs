//! An issue as it was at an instant: the value of a field is what the first change after the instant calls the old one, and
//! today's where nothing was changed since.

use super::fields::{CASE, FIELDS, Holds, NOTE};
use super::site::{Issue, Item, Site, millis, text};
use jiff::civil::Date;
use serde_json::Value;
use std::collections::HashSet;

pub(super) const DAY: i64 = 86_400_000;

/// A value.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Is {
    Nothing,
    Text(String),
    Number(f64),
    Date(Date),
    Instant(i64),
    List(Vec<String>),
    Flag(bool),
}

/// An issue and an instant. What is active today is so at `as_of`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Then<'a> {
    pub(super) site: &'a Site,
    pub(super) issue: &'a Issue,
    pub(super) at: i64,
    pub(super) as_of: i64,
}

fn some(text: Option<String>) -> Is {
    text.map_or(Is::Nothing, Is::Text)
}

fn number(text: &str) -> Is {
    text.trim().parse().map_or(Is::Nothing, Is::Number)
}

fn day(text: Option<&str>) -> Option<Date> {
    text?.get(..10)?.parse().ok()
}

fn given(text: &Option<String>) -> Option<&String> {
    text.as_ref().filter(|text| !text.is_empty())
}

impl<'a> Then<'a> {
    fn items(&self, about: &[&str]) -> impl Iterator<Item = &'a Item> {
        self.issue.items.iter().filter(move |item| about.contains(&item.about))
    }

    fn next(&self, about: &[&str]) -> Option<&'a Item> {
        self.items(about).find(|item| item.at > self.at)
    }

    /// The items that tell of a field.
    fn sources(&self, field: &str) -> &'static [&'static str] {
        match field {
            "key" => &["key"],
            "project" => &["key", "project"],
            // The parent of what is no sub-task is an epic.
            "epic" if !self.is_subtask() => &["epic", "parent"],
            "epic" => &["epic"],
            "parent" => &["parent"],
            "type" => &["type"],
            "status" | "status_category" => &["status"],
            "priority" => &["priority"],
            "resolution" => &["resolution"],
            "summary" => &["summary"],
            "description" => &["description"],
            "assignee" => &["assignee"],
            "reporter" => &["reporter"],
            "story_points" => &["story_points"],
            "labels" => &["labels"],
            "components" => &["components"],
            "fix_versions" => &["fix_versions"],
            "affects_versions" => &["affects_versions"],
            "sprints" => &["sprints"],
            "due_date" => &["due_date"],
            "security_level" => &["security_level"],
            CASE => &[CASE],
            NOTE => &[NOTE],
            _ => &[],
        }
    }

    fn is_subtask(&self) -> bool {
        self.issue.row.get("is_subtask") == Some(&Value::Bool(true))
    }

    fn today(&self, column: &str) -> Option<String> {
        text(&self.issue.row, column)
    }

    fn names(&self, column: &str) -> Vec<String> {
        let entries = self.issue.row.get(column).and_then(Value::as_array).into_iter().flatten();
        entries.filter_map(Value::as_str).map(str::to_owned).collect()
    }

    pub(super) fn value(&self, field: &str) -> Is {
        let next = self.next(self.sources(field));
        match field {
            "assignee" | "reporter" => some(match next {
                Some(item) => item.from_id.clone().or(given(&item.from_text).cloned()),
                None => self.today(if field == "assignee" { "assignee_id" } else { "reporter_id" }),
            }),
            "creator" => some(self.today("creator_id")),
            "key" | "summary" => some(match next {
                Some(item) => given(&item.from_text).cloned(),
                None => self.today(field),
            }),
            "parent" | "epic" => some(match next {
                Some(item) => given(&item.from_text).cloned(),
                None => self.today(if field == "parent" { "parent_key" } else { "epic_key" }),
            }),
            "project" => self.project(),
            "type" | "priority" | "resolution" | "status" | "security_level" => some(match next {
                Some(item) => {
                    let known = item.from_id.as_ref().and_then(|id| self.site.names.get(field)?.get(id));
                    known.or(given(&item.from_text)).or(item.from_id.as_ref()).cloned()
                }
                None => self.today(field),
            }),
            "status_category" => some(self.category()),
            "description" => {
                let words = match next {
                    Some(item) => item.from_words,
                    None => self.issue.words,
                };
                words.map_or(Is::Nothing, |words| Is::Number(words as f64))
            }
            "story_points" => match next {
                Some(item) => item.from_text.as_deref().map_or(Is::Nothing, number),
                None => {
                    self.issue.row.get("story_points").and_then(Value::as_f64).map_or(Is::Nothing, Is::Number)
                }
            },
            "due_date" => match next {
                Some(item) => day(item.from_id.as_deref()).or_else(|| day(item.from_text.as_deref())),
                None => day(self.today("due_date").as_deref()),
            }
            .map_or(Is::Nothing, Is::Date),
            "labels" => Is::List(match next {
                Some(item) => {
                    let text = item.from_text.as_deref().unwrap_or_default();
                    text.split_whitespace().map(str::to_owned).collect()
                }
                None => self.names("labels"),
            }),
            "sprints" => Is::List(match next {
                Some(item) => {
                    let ids = item.from_id.as_deref().unwrap_or_default().split(',');
                    ids.map(str::trim).filter(|id| !id.is_empty()).map(str::to_owned).collect()
                }
                None => self.issue.sprints.clone(),
            }),
            "components" | "fix_versions" | "affects_versions" => Is::List(self.undone(field)),
            "subtask" => Is::Flag(self.is_subtask()),
            "created" => Is::Instant(self.issue.created),
            "updated" => self.last_touched().map_or(Is::Nothing, Is::Instant),
            "resolved" => self.resolved().map_or(Is::Nothing, Is::Instant),
            "hops" => Is::Number(self.edits("assignee").len() as f64),
            "bounces" => Is::Number(self.bounces() as f64),
            "sprint_count" => match self.value("sprints") {
                Is::List(ids) => Is::Number(ids.len() as f64),
                _ => Is::Nothing,
            },
            "comment_count" => {
                let comments = self.issue.comments.iter().filter(|comment| comment.created <= self.at);
                Is::Number(comments.count() as f64)
            }
            "age_days" => Is::Number((self.at - self.issue.created) as f64 / DAY as f64),
            "days_in_status" => Is::Number((self.at - self.unchanged_since("status")) as f64 / DAY as f64),
            // All of those that have a history are texts.
            CASE | NOTE if next.is_some() => {
                some(next.and_then(|item| given(&item.from_text).or(item.from_id.as_ref()).cloned()))
            }
            _ => self.added(field),
        }
    }

    /// Today's value of an added field, by the shapes that Jira gives.
    fn added(&self, field: &str) -> Is {
        let value = field.strip_prefix("custom:").and_then(|id| self.issue.row.get("fields")?.get(id));
        let (Some(value), Some(field)) = (value, FIELDS.iter().find(|known| known.name == field)) else {
            return Is::Nothing;
        };
        let word = |value: &Value| match (value, value.get("value").and_then(Value::as_str)) {
            (Value::String(text), _) => Some(text.clone()),
            (_, Some(option)) => Some(match value.pointer("/child/value").and_then(Value::as_str) {
                Some(child) => format!("{option} / {child}"),
                None => option.to_owned(),
            }),
            _ => None,
        };
        match field.holds {
            Holds::Number => value.as_f64().map_or(Is::Nothing, Is::Number),
            Holds::Date => day(value.as_str()).map_or(Is::Nothing, Is::Date),
            Holds::Instant => {
                value.as_str().and_then(|text| millis(text).ok()).map_or(Is::Nothing, Is::Instant)
            }
            Holds::List => Is::List(value.as_array().into_iter().flatten().filter_map(word).collect()),
            Holds::Person => some(text(value, "accountId").or_else(|| text(value, "key"))),
            _ => some(word(value)),
        }
    }

    /// A move names the key that the issue had; an item that names a project alone is read by its id.
    fn project(&self) -> Is {
        let moves: Vec<&Item> = self.items(&["key", "project"]).filter(|item| item.at > self.at).collect();
        for first in &moves {
            let of_history = || moves.iter().filter(|item| item.history == first.history);
            let by_key = of_history().find(|item| item.about == "key");
            if let Some((project, _)) = by_key.and_then(|item| item.from_text.as_deref()?.rsplit_once('-')) {
                return Is::Text(project.to_owned());
            }
            let by_id = of_history().find(|item| item.about == "project");
            let known = by_id.and_then(|item| self.site.names.get("project")?.get(item.from_id.as_ref()?));
            if let Some(project) = known {
                return Is::Text(project.clone());
            }
        }
        some(self.today("project_key"))
    }

    /// A list whose entries come and go one by one: today's, each later item undone.
    fn undone(&self, field: &str) -> Vec<String> {
        let mut held = self.names(field);
        let known = |id: &Option<String>| self.site.names.get(field)?.get(id.as_ref()?);
        let items: Vec<&Item> = self.items(self.sources(field)).filter(|item| item.at > self.at).collect();
        for item in items.into_iter().rev() {
            if let Some(added) = &item.to_text {
                let present = known(&item.to_id);
                let place = held.iter().position(|name| Some(name) == present);
                if let Some(place) = place.or_else(|| held.iter().position(|name| name == added)) {
                    held.remove(place);
                }
            }
            if let Some(removed) = given(&item.from_text) {
                held.push(known(&item.from_id).unwrap_or(removed).clone());
            }
        }
        held
    }

    /// When the histories of a field came, until then.
    fn edits(&self, field: &str) -> Vec<i64> {
        let mut seen = HashSet::new();
        let until = self.items(self.sources(field)).filter(|item| item.at <= self.at);
        until.filter(|item| seen.insert(item.history)).map(|item| item.at).collect()
    }

    /// How often a field was changed until then.
    pub(super) fn changes(&self, field: &str) -> usize {
        match field {
            "resolved" => {
                let edits = self.edits("resolution");
                let came_alone = self.resolved_today().is_some_and(|resolved| {
                    resolved <= self.at && self.items(&["resolution"]).all(|item| item.at < resolved)
                });
                edits.len() + usize::from(came_alone)
            }
            _ => self.edits(field).len(),
        }
    }

    pub(super) fn unchanged_since(&self, field: &str) -> i64 {
        let edits = match field {
            "resolved" => {
                let alone = self.resolved_today().filter(|resolved| {
                    *resolved <= self.at && self.items(&["resolution"]).all(|item| item.at < *resolved)
                });
                self.edits("resolution").into_iter().chain(alone).collect()
            }
            _ => self.edits(field),
        };
        edits.into_iter().max().map_or(self.issue.created, |at| at.max(self.issue.created))
    }

    fn resolved_today(&self) -> Option<i64> {
        millis(self.issue.row.get("resolved_at")?.as_str()?).ok()
    }

    /// When it was resolved has no history of its own: it was at the last change of the resolution, while there was one.
    fn resolved(&self) -> Option<i64> {
        let last = self.items(&["resolution"]).take_while(|item| item.at <= self.at).last();
        if let Some(next) = self.next(&["resolution"]) {
            let had_one = next.from_id.is_some() || given(&next.from_text).is_some();
            return had_one.then(|| last.map_or(self.issue.created, |item| item.at));
        }
        let resolved = self.resolved_today()?;
        (resolved <= self.at || last.is_some_and(|item| item.at >= resolved)).then_some(resolved)
    }

    /// The category of the status before an item, or of today's.
    fn category_before(&self, item: Option<&Item>) -> Option<String> {
        let by_name = |name: &str| {
            let all = self.site.categories_by_name.get(&name.to_lowercase())?;
            if all.len() == 1 { all.iter().next().cloned().flatten() } else { None }
        };
        match item {
            Some(item) => match item.from_id.as_ref().and_then(|id| self.site.categories.get(id)) {
                Some(category) => category.clone(),
                None => by_name(given(&item.from_text).or(item.from_id.as_ref())?),
            },
            None => self.today("status_category").or_else(|| by_name(&self.today("status")?)),
        }
    }

    pub(super) fn category(&self) -> Option<String> {
        self.category_before(self.next(&["status"]))
    }

    /// Histories of the status, each with whether it was done before.
    fn done_before(&self) -> Vec<(i64, bool)> {
        let mut seen = HashSet::new();
        let first = self.items(&["status"]).filter(|item| seen.insert(item.history));
        first.map(|item| (item.at, self.category_before(Some(item)).as_deref() == Some("done"))).collect()
    }

    fn is_done_today(&self) -> bool {
        self.category_before(None).as_deref() == Some("done")
    }

    /// How often it left a status of the category done.
    fn bounces(&self) -> usize {
        let steps = self.done_before();
        let after = |place: usize| steps.get(place + 1).map_or_else(|| self.is_done_today(), |step| step.1);
        (0..steps.len())
            .filter(|place| steps[*place].0 <= self.at && steps[*place].1 && !after(*place))
            .count()
    }

    /// When it last came to be done, where it is.
    pub(super) fn done_since(&self) -> Option<i64> {
        if self.category().as_deref() != Some("done") {
            return None;
        }
        let mut since = self.issue.created;
        for (at, was_done) in self.done_before().into_iter().take_while(|(at, _)| *at <= self.at) {
            if !was_done {
                since = at;
            }
        }
        Some(since)
    }

    pub(super) fn last_touched(&self) -> Option<i64> {
        if let Some(updated) = self.issue.updated.filter(|at| *at <= self.at) {
            return Some(updated);
        }
        self.issue.touched.iter().copied().filter(|at| *at <= self.at).max()
    }

    /// The first change of status or comment of somebody else than the reporter.
    pub(super) fn response(&self) -> Option<i64> {
        let status = self.items(&["status"]).map(|item| item.at).min();
        let reporter = self.today("reporter_id");
        let by_another =
            self.issue.comments.iter().filter(|one| one.author.is_some() && one.author != reporter);
        status.into_iter().chain(by_another.map(|comment| comment.created)).min()
    }

    pub(super) fn is_in_active_sprint(&self) -> bool {
        let Is::List(ids) = self.value("sprints") else { return false };
        ids.iter().filter_map(|id| self.site.sprints.get(id)).any(|sprint| {
            let begun = sprint.start.is_none_or(|start| start <= self.at);
            match sprint.state.to_lowercase().as_str() {
                "active" => begun || self.at == self.as_of,
                "closed" => begun && sprint.completed.or(sprint.end).is_some_and(|end| self.at < end),
                _ => false,
            }
        })
    }
}
