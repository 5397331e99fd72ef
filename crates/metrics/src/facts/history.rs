//! What a history item is about, and the value before it. Shapes: Jira's `ChangeDetails`, where a status, a person or a
//! version is named by id and text, labels and sprints are whole lists, and components and versions come one by one.

use super::{MappedField, Mapping, Step, custom::instant};
use crate::{Day, Field, Value, ValueType};
use std::sync::Arc;
use weir_model::Change;

/// The standard field that an item is about. Items of an added field are told by name only where no id contradicts.
pub(super) fn subject(change: &Change) -> Option<Field> {
    let by_name = || added_field(&change.field);
    match change.field_id.as_deref() {
        Some(id) => system_field(id).or_else(by_name),
        None => system_field(&change.field).or_else(by_name),
    }
}

/// By the id of a system field, or by the name that histories without ids give it.
fn system_field(name: &str) -> Option<Field> {
    const NAMES: &[(&str, Field)] = &[
        ("status", Field::Status),
        ("assignee", Field::Assignee),
        ("reporter", Field::Reporter),
        ("duedate", Field::DueDate),
        ("components", Field::Components),
        ("component", Field::Components),
        ("labels", Field::Labels),
        ("fixVersions", Field::FixVersions),
        ("fix version", Field::FixVersions),
        ("versions", Field::AffectsVersions),
        ("version", Field::AffectsVersions),
        ("priority", Field::Priority),
        ("issuetype", Field::Type),
        ("resolution", Field::Resolution),
        ("project", Field::Project),
        ("security", Field::SecurityLevel),
        ("summary", Field::Summary),
        ("description", Field::Description),
        ("key", Field::Key),
    ];
    let known = NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    known.map(|(_, field)| field.clone())
}

/// By the names of fields whose ids differ from site to site.
fn added_field(name: &str) -> Option<Field> {
    const NAMES: &[(&str, Field)] = &[
        ("sprint", Field::Sprints),
        ("epic link", Field::Epic),
        ("parent", Field::Parent),
        ("issueparentassociation", Field::Parent),
        ("story points", Field::StoryPoints),
        ("story point estimate", Field::StoryPoints),
    ];
    let known = NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    known.map(|(_, field)| field.clone())
}

/// Whether an item is about a mapped field.
pub(super) fn is_about(change: &Change, mapped: &MappedField) -> bool {
    match change.field_id.as_deref() {
        Some(id) => *id == *mapped.id,
        None => mapped.history_name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(&change.field)),
    }
}

/// Changes of a field whose items name the whole old value. `before` reads it.
pub(super) fn whole<'a>(
    changes: impl Iterator<Item = &'a Change>,
    before: impl Fn(&Change) -> Option<Value>,
) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut history: Option<&Arc<str>> = None;
    for change in changes {
        if history.replace(&change.history_id) != Some(&change.history_id) {
            steps.push(Step { at: change.changed_at, before: before(change) });
        }
    }
    steps
}

/// Changes of a list whose entries come and go one by one, undone from today's list.
pub(super) fn one_by_one(
    field: &Field,
    now: Option<&Value>,
    changes: &[&Change],
    mapping: &Mapping,
) -> Vec<Step> {
    let mut list = match now {
        Some(Value::List(entries)) => entries.clone(),
        _ => Vec::new(),
    };
    let mut steps = Vec::new();
    for of_history in changes.chunk_by(|a, b| a.history_id == b.history_id).rev() {
        for change in of_history.iter().rev() {
            undo(field, change, mapping, &mut list);
        }
        steps.push(Step { at: of_history[0].changed_at, before: some_list(list.clone()) });
    }
    steps.reverse();
    steps
}

fn undo(field: &Field, change: &Change, mapping: &Mapping, list: &mut Vec<Arc<str>>) {
    let present_name = |id: &Option<Arc<str>>| mapping.name(field, id.as_deref()?);
    if let Some(added) = given(&change.to_text) {
        let present = present_name(&change.to_id);
        let place = list
            .iter()
            .position(|entry| Some(entry) == present)
            .or_else(|| list.iter().position(|entry| entry == added));
        place.map(|at| list.remove(at));
    }
    if let Some(removed) = given(&change.from_text) {
        list.push(present_name(&change.from_id).unwrap_or(removed).clone());
    }
}

fn given(text: &Option<Arc<str>>) -> Option<&Arc<str>> {
    text.as_ref().filter(|text| !text.is_empty())
}

fn some_list(entries: Vec<Arc<str>>) -> Option<Value> {
    (!entries.is_empty()).then_some(Value::List(entries))
}

/// The old value of a standard field whose items name the whole of it.
pub(super) fn old_value(field: &Field, change: &Change) -> Option<Value> {
    let (id, text) = (given(&change.from_id), given(&change.from_text));
    match field {
        Field::Assignee | Field::Reporter => id.or(text).cloned().map(Value::Text),
        Field::DueDate => id.and_then(|id| Day::parse(id)).or_else(|| Day::parse(text?)).map(Value::Day),
        Field::Labels => some_list(text?.split_whitespace().map(Arc::from).collect()),
        Field::Sprints => some_list(ids(id?)),
        Field::StoryPoints => number(text?),
        Field::Summary | Field::Key | Field::Parent | Field::Epic => text.cloned().map(Value::Text),
        Field::Description => words(change.from_text.as_deref()?),
        _ => {
            let name = text.or(id)?.clone();
            Some(Value::Named { id: id.cloned(), name })
        }
    }
}

/// The old value of a mapped field.
pub(super) fn old_custom_value(kind: ValueType, change: &Change) -> Option<Value> {
    let (id, text) = (given(&change.from_id), given(&change.from_text));
    match kind {
        ValueType::Text => text.or(id).cloned().map(Value::Text),
        ValueType::RichText => words(change.from_text.as_deref()?),
        ValueType::Person => id.or(text).cloned().map(Value::Text),
        ValueType::Number => number(text.or(id)?),
        ValueType::Date => id.and_then(|id| Day::parse(id)).or_else(|| Day::parse(text?)).map(Value::Day),
        ValueType::Instant => id.and_then(|id| instant(id)).or_else(|| instant(text?)).map(Value::Instant),
        ValueType::List => some_list(ids(text.or(id)?)),
        ValueType::Flag | ValueType::Count | ValueType::Elapsed => None,
    }
}

/// Entries of a list with commas, in brackets or not.
fn ids(list: &str) -> Vec<Arc<str>> {
    let list = list.strip_prefix('[').and_then(|list| list.strip_suffix(']')).unwrap_or(list);
    list.split(',').map(str::trim).filter(|entry| !entry.is_empty()).map(Arc::from).collect()
}

fn number(text: &str) -> Option<Value> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite()).map(Value::Number)
}

fn words(text: &str) -> Option<Value> {
    Some(Value::Number(text.split_whitespace().count() as f64))
}
