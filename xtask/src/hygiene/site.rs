//! What is true of a site, as the simulator tells it, in the shape in which questions about a moment are answered by looking.

use super::fields::{CASE, NOTE};
use crate::simulator::Simulator;
use anyhow::{Context as _, Result};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde_json::Value;
use std::collections::{HashMap, HashSet};

/// A site as an account sees it.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) issues: Vec<Issue>,
    pub(super) inactive: HashSet<String>,
    pub(super) sprints: HashMap<String, Sprint>,
    /// Names of today by id.
    pub(super) names: HashMap<&'static str, HashMap<String, String>>,
    /// Categories of statuses by id.
    pub(super) categories: HashMap<String, Option<String>>,
    /// And by name, in lower case: all that statuses of this name have.
    pub(super) categories_by_name: HashMap<String, HashSet<Option<String>>>,
    pub(super) zone: TimeZone,
}

/// An issue with all that hangs on it.
#[derive(Debug)]
pub(super) struct Issue {
    pub(super) row: Value,
    /// Words of today's description.
    pub(super) words: Option<usize>,
    pub(super) created: i64,
    pub(super) updated: Option<i64>,
    /// Oldest first.
    pub(super) items: Vec<Item>,
    pub(super) comments: Vec<Comment>,
    /// Every instant at which anything happened.
    pub(super) touched: Vec<i64>,
    pub(super) sprints: Vec<String>,
}

/// An item of a history.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) at: i64,
    pub(super) history: u64,
    /// The field that it is about, as questions call it; empty for what no question is about.
    pub(super) about: &'static str,
    pub(super) from_id: Option<String>,
    pub(super) from_text: Option<String>,
    pub(super) to_id: Option<String>,
    pub(super) to_text: Option<String>,
    /// Words of the old text.
    pub(super) from_words: Option<usize>,
}

#[derive(Debug)]
pub(super) struct Comment {
    pub(super) author: Option<String>,
    pub(super) created: i64,
}

#[derive(Debug)]
pub(super) struct Sprint {
    pub(super) state: String,
    pub(super) start: Option<i64>,
    pub(super) end: Option<i64>,
    pub(super) completed: Option<i64>,
}

impl Site {
    /// Asks the simulator for everything that the account sees.
    pub(super) async fn read(simulator: &Simulator, account: &str, zone: &str) -> Result<Self> {
        let rows = async |view: &str| {
            let mut rows: Vec<Value> = Vec::new();
            let keep = |line: &[u8]| {
                rows.push(serde_json::from_slice(line)?);
                Ok(())
            };
            simulator.truth(view, account, keep).await?;
            anyhow::Ok(rows)
        };
        let mut changes = by_issue(rows("issue_changes").await?);
        let mut comments = by_issue(rows("issue_comments").await?);
        let mut worklogs = by_issue(rows("issue_worklogs").await?);
        let mut sprints_of = by_issue(rows("issue_sprints").await?);
        let issues = rows("issues").await?.into_iter().map(|row| {
            let id = text(&row, "id").unwrap_or_default();
            let of = |all: &mut HashMap<String, Vec<Value>>| all.remove(&id).unwrap_or_default();
            let rows = (of(&mut changes), of(&mut comments), of(&mut worklogs), of(&mut sprints_of));
            Issue::new(row, rows)
        });
        let issues = issues.collect::<Result<_>>()?;
        let statuses = rows("statuses").await?;
        let mut categories_by_name: HashMap<String, HashSet<Option<String>>> = HashMap::new();
        for status in &statuses {
            let name = text(status, "name").unwrap_or_default().to_lowercase();
            categories_by_name.entry(name).or_default().insert(text(status, "category"));
        }
        let mut names = HashMap::new();
        for (field, view, column) in [
            ("type", "issue_types", "name"),
            ("status", "statuses", "name"),
            ("priority", "priorities", "name"),
            ("resolution", "resolutions", "name"),
            ("components", "components", "name"),
            ("fix_versions", "versions", "name"),
            ("affects_versions", "versions", "name"),
            ("project", "projects", "key"),
        ] {
            let pair = |row: &Value| Some((text(row, "id")?, text(row, column)?));
            names.insert(field, rows(view).await?.iter().filter_map(pair).collect());
        }
        let away = |row: &&Value| row.get("active") == Some(&Value::Bool(false));
        let sprint = |row: &Value| {
            let sprint = Sprint {
                state: text(row, "state")?,
                start: instant(row, "start_at"),
                end: instant(row, "end_at"),
                completed: instant(row, "completed_at"),
            };
            Some((text(row, "id")?, sprint))
        };
        Ok(Self {
            issues,
            inactive: rows("people").await?.iter().filter(away).filter_map(|row| text(row, "id")).collect(),
            sprints: rows("sprints").await?.iter().filter_map(sprint).collect(),
            categories: statuses
                .iter()
                .filter_map(|row| Some((text(row, "id")?, text(row, "category"))))
                .collect(),
            names,
            categories_by_name,
            zone: TimeZone::get(zone)?,
        })
    }

    /// The day of an instant.
    pub(super) fn day(&self, at: i64) -> Result<Date> {
        Ok(Timestamp::from_millisecond(at)?.to_zoned(self.zone.clone()).date())
    }

    /// When a day begins.
    pub(super) fn begin(&self, day: Date) -> Result<i64> {
        Ok(day.to_zoned(self.zone.clone())?.timestamp().as_millisecond())
    }
}

impl Issue {
    fn new(
        row: Value,
        (changes, comments, worklogs, sprints): (Vec<Value>, Vec<Value>, Vec<Value>, Vec<Value>),
    ) -> Result<Self> {
        let created = instant(&row, "created_at").context("an issue that was never created")?;
        let mut items: Vec<(u64, Item)> = changes.iter().filter_map(item).collect();
        items.sort_by_key(|(place, item)| (item.at, item.history, *place));
        let items: Vec<Item> = items.into_iter().map(|(_, item)| item).collect();
        let mut touched = vec![created];
        touched.extend(items.iter().map(|item| item.at));
        for row in comments.iter().chain(&worklogs) {
            touched.extend(["created_at", "updated_at"].into_iter().filter_map(|at| instant(row, at)));
        }
        let comment = |row: &Value| {
            Some(Comment { author: text(row, "author_id"), created: instant(row, "created_at")? })
        };
        Ok(Self {
            updated: instant(&row, "updated_at"),
            comments: comments.iter().filter_map(comment).collect(),
            words: text(&row, "description_text").map(|text| words(&text)),
            sprints: sprints.iter().filter_map(|row| text(row, "sprint_id")).collect(),
            row,
            created,
            items,
            touched,
        })
    }
}

fn words(text: &str) -> usize {
    text.split_whitespace().count()
}

fn by_issue(rows: Vec<Value>) -> HashMap<String, Vec<Value>> {
    let mut all: HashMap<String, Vec<Value>> = HashMap::new();
    for row in rows {
        all.entry(text(&row, "issue_id").unwrap_or_default()).or_default().push(row);
    }
    all
}

fn item(row: &Value) -> Option<(u64, Item)> {
    let given = |column| text(row, column).filter(|text: &String| !text.is_empty());
    let from_text = text(row, "from_text");
    let item = Item {
        from_words: from_text.as_deref().map(words),
        at: instant(row, "changed_at")?,
        history: text(row, "history_id")?.parse().ok()?,
        about: about(row.get("field_id").and_then(Value::as_str), &text(row, "field")?),
        from_id: given("from_id"),
        // An empty text is a text, of which a description is told from none.
        from_text,
        to_id: given("to_id"),
        to_text: given("to_text"),
    };
    Some((row.get("item_index")?.as_u64()?, item))
}

/// What an item is about. Data Center gives no ids, and fields that were added have another id on every site.
fn about(id: Option<&str>, name: &str) -> &'static str {
    match id.unwrap_or(name).to_lowercase().as_str() {
        "status" => "status",
        "assignee" => "assignee",
        "reporter" => "reporter",
        "duedate" => "due_date",
        "component" | "components" => "components",
        "labels" => "labels",
        "fix version" | "fixversions" => "fix_versions",
        "version" | "versions" => "affects_versions",
        "priority" => "priority",
        "issuetype" => "type",
        "resolution" => "resolution",
        "project" => "project",
        "security" => "security_level",
        "summary" => "summary",
        "description" => "description",
        "key" => "key",
        _ => match name.to_lowercase().as_str() {
            "sprint" => "sprints",
            "epic link" => "epic",
            "parent" | "issueparentassociation" => "parent",
            "story points" | "story point estimate" => "story_points",
            "salesforce case id" => CASE,
            "customer note" => NOTE,
            _ => "",
        },
    }
}

pub(super) fn text(row: &Value, column: &str) -> Option<String> {
    row.get(column).and_then(Value::as_str).map(str::to_owned)
}

fn instant(row: &Value, column: &str) -> Option<i64> {
    millis(row.get(column)?.as_str()?).ok()
}

/// The present, by the clock that the program under test has too.
#[allow(clippy::disallowed_methods, reason = "the chores run beside the program and share its real clock")]
pub(super) fn now() -> i64 {
    Timestamp::now().as_millisecond()
}

/// An instant as rows and answers write it.
pub(super) fn millis(text: &str) -> Result<i64> {
    Ok(text.parse::<Timestamp>().with_context(|| format!("{text} is no instant"))?.as_millisecond())
}
