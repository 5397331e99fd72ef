//! Rows that hang on one issue.

use serde_json::{Map, Value, json};

use super::cases::cases;
use super::{TruthView, clean};
use crate::render::View;
use crate::render::field::present;
use crate::time::{date, zulu};
use crate::world::LABELS;
use crate::world::catalog::Category;
use crate::world::fields::Slot;
use crate::world::issue::{Change, Issue, Visibility};
use crate::world::people::{ADMINISTRATORS, DEVELOPERS};

pub(super) fn rows(look: &View<'_>, at: u32, view: TruthView) -> Vec<Value> {
    let issue = &look.world.issues[at as usize];
    match view {
        TruthView::Issues => vec![row(look, at, issue)],
        TruthView::IssueKeys => keys(look, at, issue),
        TruthView::IssueChanges => changes(look, issue),
        TruthView::IssueComments => comments(look, issue),
        TruthView::IssueWorklogs => worklogs(look, issue),
        TruthView::IssueLinks => links(look, issue),
        TruthView::IssueSprints => issue
            .sprints
            .iter()
            .map(|sprint| json!({ "issue_id": id(issue), "sprint_id": look.world.sprints[*sprint as usize].id.to_string() }))
            .collect(),
        TruthView::IssueCases => case_rows(issue),
        _ => Vec::new(),
    }
}

fn id(issue: &Issue) -> String {
    issue.id.to_string()
}

fn person(look: &View<'_>, at: Option<u32>) -> Option<String> {
    at.map(|at| look.world.people[at as usize].account_id.clone())
}

pub(super) fn category(category: Category) -> Option<&'static str> {
    match category {
        Category::Undefined => None,
        Category::New => Some("todo"),
        Category::Indeterminate => Some("in_progress"),
        Category::Done => Some("done"),
    }
}

fn row(look: &View<'_>, at: u32, issue: &Issue) -> Value {
    let world = look.world;
    let kind = &world.catalog.types[issue.kind as usize];
    let text = issue.description.as_ref().map(|body| clean(world.pool.plain(body)));
    let version_names = |which: &[u32]| -> Vec<String> {
        which.iter().map(|at| clean(&world.versions[*at as usize].name)).collect()
    };
    let entered_status = issue
        .histories
        .iter()
        .rev()
        .find(|history| history.items.iter().any(|change| matches!(change, Change::Status { .. })));
    let key = world.key(at);
    json!({
        "id": id(issue),
        "project_key": world.projects[issue.project as usize].key,
        "type": kind.name,
        "is_subtask": kind.level < 0,
        "status": world.catalog.statuses[issue.status as usize].name,
        "status_category": category(world.category(issue)),
        "priority": issue.priority.map(|at| world.catalog.priorities[at as usize].name),
        "resolution": issue.resolution.map(|at| world.catalog.resolutions[at as usize].name),
        "summary": clean(&issue.summary),
        "description_words": text.as_ref().map(|text| text.split_whitespace().count()),
        "description_text": text,
        "assignee_id": person(look, issue.assignee),
        "reporter_id": person(look, issue.reporter),
        "creator_id": person(look, Some(issue.creator)),
        "parent_key": issue.parent.map(|parent| world.key(parent)),
        "epic_key": world.epic_of(issue).map(|epic| world.key(epic)),
        "story_points": world.points(issue),
        "labels": issue.labels.iter().map(|at| LABELS[*at as usize]).collect::<Vec<_>>(),
        "components": issue.components.iter().map(|at| clean(&world.components[*at as usize].name)).collect::<Vec<_>>(),
        "fix_versions": version_names(&issue.fix_versions),
        "affects_versions": version_names(&issue.affects),
        "due_date": issue.due.map(|days| date(days.into())),
        "created_at": zulu(issue.created),
        "updated_at": zulu(issue.updated),
        "resolved_at": issue.resolved.map(zulu),
        "status_changed_at": zulu(entered_status.map_or(issue.created, |history| history.created)),
        "security_level": issue.level.map(|at| world.catalog.levels[at as usize].name),
        "fields": other_fields(look, issue),
        "url": format!("{}/browse/{key}", look.fragments.site),
        "key": key,
    })
}

/// Every non-null field that has no column and no view of its own, with the value Jira gives it.
fn other_fields(look: &View<'_>, issue: &Issue) -> Value {
    let mut fields = Map::new();
    let mut raw = Vec::new();
    for field in &look.world.fields {
        if has_own_place(field.slot) || !present(issue, field.slot) {
            continue;
        }
        raw.clear();
        look.field(&mut raw, issue, field.slot);
        if raw != b"null" {
            let value: Value = serde_json::from_slice(&raw).unwrap_or(Value::Null);
            fields.insert(field.id.clone(), clean_all(value));
        }
    }
    Value::Object(fields)
}

fn has_own_place(slot: Slot) -> bool {
    matches!(
        slot,
        Slot::Summary
            | Slot::Description
            | Slot::IssueType
            | Slot::Project
            | Slot::Status
            | Slot::StatusCategory
            | Slot::Priority
            | Slot::Resolution
            | Slot::Assignee
            | Slot::Reporter
            | Slot::Creator
            | Slot::Parent
            | Slot::Labels
            | Slot::Components
            | Slot::FixVersions
            | Slot::Versions
            | Slot::DueDate
            | Slot::Created
            | Slot::Updated
            | Slot::ResolutionDate
            | Slot::Security
            | Slot::Comment
            | Slot::Worklog
            | Slot::IssueLinks
            | Slot::SubTasks
    )
}

fn clean_all(value: Value) -> Value {
    match value {
        Value::String(text) if text.contains('\0') => Value::String(clean(text)),
        Value::Array(values) => values.into_iter().map(clean_all).collect(),
        Value::Object(members) => {
            Value::Object(members.into_iter().map(|(name, value)| (name, clean_all(value))).collect())
        }
        other => other,
    }
}

fn keys(look: &View<'_>, at: u32, issue: &Issue) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut since = issue.created;
    let mut row =
        |key: &str, since: i64| rows.push(json!({ "issue_id": id(issue), "key": key, "since": zulu(since) }));
    for history in &issue.histories {
        for change in &history.items {
            if let Change::Key { from, .. } = change {
                row(from, since);
                since = history.created;
            }
        }
    }
    row(&look.world.key(at), since);
    rows
}

fn changes(look: &View<'_>, issue: &Issue) -> Vec<Value> {
    let mut rows = Vec::new();
    for history in &issue.histories {
        for (index, change) in history.items.iter().enumerate() {
            let item = change.item(look.world, history.id);
            let text = |text: &Option<std::borrow::Cow<'_, str>>| text.as_deref().map(clean);
            rows.push(json!({
                "issue_id": id(issue),
                "history_id": history.id.to_string(),
                "item_index": index,
                "field": item.field,
                "field_id": item.field_id,
                "from_id": text(&item.from),
                "from_text": text(&item.from_text),
                "to_id": text(&item.to),
                "to_text": text(&item.to_text),
                "author_id": person(look, history.author),
                "changed_at": zulu(history.created),
            }));
        }
    }
    rows
}

fn comments(look: &View<'_>, issue: &Issue) -> Vec<Value> {
    let world = look.world;
    let readable = issue.comments.iter().filter(|comment| world.may_read(look.account, comment.visibility));
    readable
        .map(|comment| {
            json!({
                "issue_id": id(issue),
                "id": comment.id.to_string(),
                "author_id": person(look, comment.author),
                "body_text": clean(world.pool.plain(&comment.body)),
                "visibility": match comment.visibility {
                    Visibility::Everyone => None,
                    Visibility::Administrators => Some(format!("role:{}", world.roles[ADMINISTRATORS].name)),
                    Visibility::Developers => Some(format!("group:{}", world.groups[DEVELOPERS].name)),
                },
                "is_public": comment.public.unwrap_or(true),
                "created_at": zulu(comment.created),
                "updated_at": zulu(comment.updated),
            })
        })
        .collect()
}

fn worklogs(look: &View<'_>, issue: &Issue) -> Vec<Value> {
    let world = look.world;
    let readable = issue.worklogs.iter().filter(|worklog| world.may_read(look.account, worklog.visibility));
    readable
        .map(|worklog| {
            json!({
                "issue_id": id(issue),
                "id": worklog.id.to_string(),
                "author_id": person(look, worklog.author),
                "started_at": zulu(worklog.started),
                "seconds": worklog.seconds,
                "comment_text": worklog.comment.as_ref().map(|body| clean(world.pool.plain(body))),
                "created_at": zulu(worklog.created),
                "updated_at": zulu(worklog.updated),
            })
        })
        .collect()
}

fn links(look: &View<'_>, issue: &Issue) -> Vec<Value> {
    let row = |link: &crate::world::issue::LinkEnd| {
        json!({
            "issue_id": id(issue),
            "id": link.id.to_string(),
            "type": look.world.catalog.link_types[link.kind as usize].name,
            "direction": if link.outward { "outward" } else { "inward" },
            "other_key": look.world.key(link.other),
        })
    };
    issue.links.iter().map(row).collect()
}

fn case_rows(issue: &Issue) -> Vec<Value> {
    let found = issue.custom.case.as_deref().map(clean).map_or_else(Vec::new, |value| cases(&value));
    found
        .into_iter()
        .map(|(case, raw)| json!({ "issue_id": id(issue), "case_id": case, "raw": raw }))
        .collect()
}
