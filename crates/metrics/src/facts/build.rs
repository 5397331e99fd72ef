//! Facts from the rows that the store keeps of an issue.

use super::{
    IssueFacts, Step, Timeline,
    history::{is_about, old_custom_value, old_value, one_by_one, subject, whole},
};
use crate::{Field, FieldTypes, Value, ValueType};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};
use weir_model::{Change, Comment, Issue, Millis, State, Worklog};

/// A field that people added and somebody mapped.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MappedField {
    /// Its id.
    pub id: Arc<str>,
    /// The type it is mapped to.
    pub kind: ValueType,
    /// Its name in histories that give no ids (Data Center); `None` where another field of the site has the same.
    pub history_name: Option<Arc<str>>,
}

/// What facts are built by besides the rows of the issue.
#[derive(Clone, Default, Debug)]
pub struct Mapping {
    /// Mapped fields.
    pub fields: Vec<MappedField>,
    /// Fields that hold what a standard field is, in the place of what the row has.
    pub in_place: Vec<(Field, MappedField)>,
    /// Ids of sprints by their names in small letters, of those whose name no other has.
    pub sprints: HashMap<String, Arc<str>>,
    /// Present names by id, where histories may have older ones: of components, of fix and affected versions; and of
    /// projects their keys.
    pub names: BTreeMap<Field, HashMap<Arc<str>, Arc<str>>>,
}

impl Mapping {
    /// The types of the mapped fields.
    pub fn types(&self) -> FieldTypes {
        self.fields.iter().map(|field| (field.id.clone(), field.kind)).collect()
    }

    pub(super) fn name(&self, field: &Field, id: &str) -> Option<&Arc<str>> {
        self.names.get(field)?.get(id)
    }
}

/// The rows of an issue.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'a> {
    /// Its number in the store.
    pub no: i64,
    /// Its state.
    pub state: State,
    /// Its row. Of the description only the number of words is used, and `fields` not at all.
    pub issue: &'a Issue,
    /// Its history, in any order.
    pub changes: &'a [Change],
    /// Its comments.
    pub comments: &'a [Comment],
    /// Its worklogs.
    pub worklogs: &'a [Worklog],
    /// Ids of its sprints.
    pub sprints: &'a [Arc<str>],
    /// Today's values of mapped fields, by id (see [`super::custom_value`]).
    pub custom: &'a [(Arc<str>, Value)],
}

/// Why facts cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum FactsError {
    /// A column of names is not a JSON array of texts.
    #[error("{field} is not a JSON array of texts")]
    NotAList {
        /// The field.
        field: Field,
        /// What the reader says.
        source: serde_json::Error,
    },
}

impl IssueFacts {
    /// The facts of an issue.
    ///
    /// # Errors
    /// When a column of names is not a JSON array of texts.
    pub fn build(parts: &Parts<'_>, mapping: &Mapping) -> Result<Self, FactsError> {
        let changes = in_order(parts.changes);
        let mut fields = todays_values(parts)?;
        for (field, timeline) in &mut fields {
            if field.has_history() {
                timeline.steps = steps(field, timeline.now.as_ref(), parts, &changes, mapping);
            }
        }
        resolved_over_time(&mut fields, parts.issue.created_at);
        for mapped in &mapping.fields {
            fields.insert(Field::Custom(mapped.id.clone()), of_mapped(mapped, parts, &changes));
        }
        for (field, mapped) in &mapping.in_place {
            let mut timeline = of_mapped(mapped, parts, &changes);
            if *field == Field::Sprints {
                by_id(&mut timeline, mapping);
            }
            fields.insert(field.clone(), timeline);
        }
        let first = |field| fields.get(&field).and_then(|field: &Timeline| field.steps.first());
        let first_status_change = first(Field::Status).map(|step| step.at);
        let first_assignment =
            fields.get(&Field::Assignee).and_then(|field| first_value(field, parts.issue.created_at));
        let mut comments: Vec<_> = parts.comments.iter().filter_map(|comment| comment.created_at).collect();
        comments.sort_unstable();
        let touched = touched(parts);
        Ok(Self {
            no: parts.no,
            state: parts.state,
            created: parts.issue.created_at,
            updated: parts.issue.updated_at.or(touched.last().copied()),
            touched,
            comments,
            first_status_change,
            first_comment: first_comment_by_another(parts),
            first_assignment,
            fields,
        })
    }
}

/// A mapped field over time.
fn of_mapped(mapped: &MappedField, parts: &Parts<'_>, changes: &[About<'_>]) -> Timeline {
    let about = changes.iter().map(|(_, change)| *change).filter(|change| is_about(change, mapped));
    let now = parts.custom.iter().find(|(id, _)| *id == mapped.id).map(|(_, value)| value.clone());
    Timeline { now, steps: whole(about, |change| old_custom_value(mapped.kind, change)) }
}

/// Sprints are told by their ids; a field that somebody mapped may have their names.
fn by_id(timeline: &mut Timeline, mapping: &Mapping) {
    let values = timeline.steps.iter_mut().map(|step| &mut step.before);
    for value in values.chain([&mut timeline.now]) {
        if let Some(Value::List(sprints)) = value {
            let id =
                |sprint: &Arc<str>| mapping.sprints.get(&sprint.to_lowercase()).unwrap_or(sprint).clone();
            *sprints = sprints.iter().map(id).collect();
        }
    }
}

/// By time, then by history, then by place in it. The ids of histories are numbers that grow.
fn in_order(changes: &[Change]) -> Vec<About<'_>> {
    let mut changes: Vec<_> = changes.iter().collect();
    changes.sort_by_cached_key(|change| {
        let number = change.history_id.parse::<u64>().unwrap_or(u64::MAX);
        (change.changed_at, number, change.history_id.clone(), change.item_index)
    });
    changes.into_iter().map(|change| (subject(change), change)).collect()
}

/// A change, and the standard field that it is about.
type About<'a> = (Option<Field>, &'a Change);

fn todays_values(parts: &Parts<'_>) -> Result<BTreeMap<Field, Timeline>, FactsError> {
    let issue = parts.issue;
    let shared = |text: &Option<Arc<str>>| text.clone().map(Value::Text);
    let owned = |text: &Option<String>| text.as_deref().map(Value::text);
    let mut fields = BTreeMap::new();
    for field in Field::standard().filter(Field::is_kept) {
        let now = match &field {
            Field::Key => Some(Value::text(&issue.key)),
            Field::Project => Some(Value::Text(issue.project_key.clone())),
            Field::Type => shared(&issue.kind),
            Field::Subtask => Some(Value::Flag(issue.is_subtask)),
            Field::Status => match (&issue.status, issue.status_category) {
                (None, None) => None,
                (name, category) => {
                    Some(Value::Status { name: name.clone().unwrap_or_else(|| Arc::from("")), category })
                }
            },
            Field::Priority => shared(&issue.priority),
            Field::Resolution => shared(&issue.resolution),
            Field::Summary => owned(&issue.summary),
            Field::Description => issue.description_words.map(|words| Value::Number(words as f64)),
            Field::Assignee => shared(&issue.assignee_id),
            Field::Reporter => shared(&issue.reporter_id),
            Field::Creator => shared(&issue.creator_id),
            Field::Parent => owned(&issue.parent_key),
            Field::Epic => owned(&issue.epic_key),
            Field::StoryPoints => issue.story_points.map(Value::Number),
            Field::Labels => list(&field, &issue.labels)?,
            Field::Components => list(&field, &issue.components)?,
            Field::FixVersions => list(&field, &issue.fix_versions)?,
            Field::AffectsVersions => list(&field, &issue.affects_versions)?,
            Field::Sprints => {
                Some(parts.sprints).filter(|ids| !ids.is_empty()).map(|ids| Value::List(ids.to_vec()))
            }
            Field::DueDate => {
                issue.due_date.as_ref().and_then(|date| crate::Day::parse(date.as_str())).map(Value::Day)
            }
            Field::SecurityLevel => shared(&issue.security_level),
            Field::Resolved => issue.resolved_at.map(Value::Instant),
            _ => None,
        };
        fields.insert(field, Timeline { now, steps: Vec::new() });
    }
    Ok(fields)
}

fn list(field: &Field, json: &str) -> Result<Option<Value>, FactsError> {
    let entries: Vec<Arc<str>> =
        serde_json::from_str(json).map_err(|source| FactsError::NotAList { field: field.clone(), source })?;
    Ok((!entries.is_empty()).then_some(Value::List(entries)))
}

fn steps(
    field: &Field,
    now: Option<&Value>,
    parts: &Parts<'_>,
    changes: &[About<'_>],
    mapping: &Mapping,
) -> Vec<Step> {
    let about = |wanted: Field| {
        changes.iter().filter(move |(of, _)| of.as_ref() == Some(&wanted)).map(|(_, change)| *change)
    };
    match field {
        Field::Components | Field::FixVersions | Field::AffectsVersions => {
            let items: Vec<_> = about(field.clone()).collect();
            one_by_one(field, now, &items, mapping)
        }
        Field::Project => project_over_time(changes, mapping),
        // The parent of what is no sub-task is an epic.
        Field::Epic if !parts.issue.is_subtask => {
            let of_both = |of: &Option<Field>| matches!(of, Some(Field::Epic | Field::Parent));
            let items = changes.iter().filter(|(of, _)| of_both(of)).map(|(_, change)| *change);
            whole(items, |change| old_value(&Field::Epic, change))
        }
        Field::Resolved => Vec::new(),
        _ => whole(about(field.clone()), |change| old_value(field, change)),
    }
}

/// A move names both keys; the project is the old key's beginning. An item that names a project alone is read by its id.
fn project_over_time(changes: &[About<'_>], mapping: &Mapping) -> Vec<Step> {
    let mut steps = Vec::new();
    for history in changes.chunk_by(|(_, a), (_, b)| a.history_id == b.history_id) {
        let item = |wanted: Field| {
            history.iter().find(|(of, _)| *of == Some(wanted.clone())).map(|(_, change)| *change)
        };
        let by_key = item(Field::Key).and_then(|change| change.from_text.as_deref()?.rsplit_once('-'));
        let by_id = || {
            item(Field::Project).and_then(|change| mapping.name(&Field::Project, change.from_id.as_deref()?))
        };
        let before = match by_key {
            Some((project, _)) => Some(Value::text(project)),
            None => by_id().cloned().map(Value::Text),
        };
        if before.is_some() {
            steps.push(Step { at: history[0].1.changed_at, before });
        }
    }
    steps
}

/// When it was resolved has no history of its own: it was at the last change of the resolution, while there was one.
fn resolved_over_time(fields: &mut BTreeMap<Field, Timeline>, created: Option<Millis>) {
    let Some(resolution) = fields.get(&Field::Resolution) else { return };
    let mut since = created;
    let mut steps: Vec<Step> = Vec::with_capacity(resolution.steps.len());
    for step in &resolution.steps {
        let before = step.before.as_ref().and(since).map(Value::Instant);
        steps.push(Step { at: step.at, before });
        since = Some(step.at);
    }
    let Some(resolved) = fields.get_mut(&Field::Resolved) else { return };
    if let Some(Value::Instant(at)) = resolved.now
        && steps.last().is_none_or(|last| last.at < at)
    {
        steps.push(Step { at, before: None });
    }
    resolved.steps = steps;
}

/// When a field first had a value; the creation of the issue where it was created with one.
fn first_value(field: &Timeline, created: Option<Millis>) -> Option<Millis> {
    let mut begin = created;
    for step in &field.steps {
        if step.before.is_some() {
            return begin;
        }
        begin = Some(step.at);
    }
    field.now.as_ref().and(begin)
}

fn first_comment_by_another(parts: &Parts<'_>) -> Option<Millis> {
    let by_another =
        |comment: &&Comment| comment.author_id.is_some() && comment.author_id != parts.issue.reporter_id;
    parts.comments.iter().filter(by_another).filter_map(|comment| comment.created_at).min()
}

fn touched(parts: &Parts<'_>) -> Vec<Millis> {
    let comments = parts.comments.iter().flat_map(|comment| [comment.created_at, comment.updated_at]);
    let worklogs = parts.worklogs.iter().flat_map(|worklog| [worklog.created_at, worklog.updated_at]);
    let changes = parts.changes.iter().map(|change| Some(change.changed_at));
    let mut touched: Vec<_> =
        comments.chain(worklogs).chain(changes).chain([parts.issue.created_at]).flatten().collect();
    touched.sort_unstable();
    touched.dedup();
    touched
}
