//! What is known besides issues, as it is today.

use crate::{Field, FieldTypes, columns::ValueRef};
use foldhash::fast::RandomState;
use jiff::tz::TimeZone;
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};
use weir_model::{Millis, Sprint, Status, StatusCategory};

/// What is known of people, statuses, sprints, names and the calendar.
#[derive(Clone, Debug)]
pub struct Context {
    /// Ids of people whose account is inactive or deleted.
    pub inactive: HashSet<Arc<str>>,
    /// Statuses with their categories and present names.
    pub statuses: Vec<Status>,
    /// Sprints with their states and dates.
    pub sprints: Vec<Sprint>,
    /// Present names by id of types, priorities, resolutions and security levels; histories may have older ones.
    pub names: BTreeMap<Field, HashMap<Arc<str>, Arc<str>>>,
    /// Types of the mapped fields.
    pub types: FieldTypes,
    /// The zone in which days begin.
    pub zone: TimeZone,
}

impl Default for Context {
    /// Nothing known, days of UTC.
    fn default() -> Self {
        Self {
            inactive: HashSet::new(),
            statuses: Vec::new(),
            sprints: Vec::new(),
            names: BTreeMap::new(),
            types: FieldTypes::default(),
            zone: TimeZone::UTC,
        }
    }
}

/// The same, arranged for look-ups.
#[derive(Debug)]
pub(super) struct Known {
    statuses: HashMap<String, (Arc<str>, Option<StatusCategory>)>,
    categories: HashMap<String, Option<StatusCategory>>,
    sprints: HashMap<String, (i64, i64)>,
    names: BTreeMap<Field, HashMap<Arc<str>, Arc<str>>>,
    pub(super) inactive: HashSet<Arc<str>, RandomState>,
    pub(super) zone: TimeZone,
}

impl Known {
    /// `as_of` is the last instant that is asked about.
    pub(super) fn new(context: &Context, as_of: Millis) -> Self {
        let mut categories = HashMap::new();
        for status in &context.statuses {
            // Projects may have statuses of one name; where their categories differ, the name tells none.
            categories
                .entry(status.name.to_lowercase())
                .and_modify(|known| {
                    if *known != status.category {
                        *known = None;
                    }
                })
                .or_insert(status.category);
        }
        let statuses = context.statuses.iter();
        Self {
            statuses: statuses
                .map(|status| (status.id.clone(), (Arc::from(status.name.as_str()), status.category)))
                .collect(),
            categories,
            sprints: context
                .sprints
                .iter()
                .filter_map(|sprint| Some((sprint.id.clone(), activity(sprint, as_of)?)))
                .collect(),
            names: context.names.clone(),
            inactive: context.inactive.iter().cloned().collect(),
            zone: context.zone.clone(),
        }
    }

    /// The category of a status: what the tool says of the issue's own; else by id, else by name.
    pub(super) fn category(&self, value: Option<ValueRef<'_>>) -> Option<StatusCategory> {
        let by_name = |name: &str| self.categories.get(&name.to_lowercase()).copied().flatten();
        match value? {
            ValueRef::Status { name, category } => category.or_else(|| by_name(name)),
            ValueRef::Named { id, name } => match id.and_then(|id| self.statuses.get(id)) {
                Some((_, category)) => *category,
                None => by_name(name),
            },
            _ => None,
        }
    }

    /// The present name of what a history names.
    pub(super) fn name<'a>(&'a self, field: &Field, id: Option<&str>, name: &'a str) -> &'a str {
        let present = id.and_then(|id| match field {
            Field::Status => self.statuses.get(id).map(|(name, _)| name),
            _ => self.names.get(field)?.get(id),
        });
        present.map_or(name, |name| name)
    }

    /// When a sprint is active.
    pub(super) fn activity(&self, sprint: &str) -> Option<(i64, i64)> {
        self.sprints.get(sprint).copied()
    }
}

/// A sprint is active from its start until it was closed. One that is active today is so at the last instant that is
/// asked about, whatever its start says; one that was closed and does not say when ended as planned.
fn activity(sprint: &Sprint, as_of: Millis) -> Option<(i64, i64)> {
    let start = sprint.start_at.map_or(i64::MIN, |at| at.0);
    match sprint.state.as_deref()?.to_lowercase().as_str() {
        "active" => Some((start.min(as_of.0), i64::MAX)),
        "closed" => {
            Some((start, sprint.completed_at.or(sprint.end_at)?.0)).filter(|(start, end)| start < end)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_has_the_category_of_today() {
        let status = |id: &str, name: &str, category| Status {
            id: id.into(),
            name: name.into(),
            category: Some(category),
            scope_project_id: None,
        };
        let statuses = vec![
            status("1", "Open", StatusCategory::Todo),
            status("2", "Review", StatusCategory::InProgress),
            status("3", "review", StatusCategory::Done),
        ];
        let known = Known::new(&Context { statuses, ..Context::default() }, Millis(0));
        let named = |id: Option<&str>, name: &str| known.category(Some(ValueRef::Named { id, name }));
        assert_eq!(named(Some("1"), "an old name"), Some(StatusCategory::Todo));
        assert_eq!(named(Some("9"), "OPEN"), Some(StatusCategory::Todo), "deleted since, by its name");
        assert_eq!(named(None, "Review"), None, "two of one name");
        assert_eq!(known.category(None), None);
        let own = ValueRef::Status { name: "Open", category: Some(StatusCategory::Done) };
        assert_eq!(known.category(Some(own)), Some(StatusCategory::Done), "the issue's own row tells");
        assert_eq!(known.name(&Field::Status, Some("1"), "old"), "Open");
    }

    #[test]
    fn a_sprint_is_active_until_it_is_closed() {
        let sprint = |state: &str, start: Option<i64>, end: Option<i64>, completed: Option<i64>| Sprint {
            id: "1".into(),
            board_id: None,
            name: String::new(),
            state: Some(state.into()),
            goal: None,
            start_at: start.map(Millis),
            end_at: end.map(Millis),
            completed_at: completed.map(Millis),
        };
        let of = |sprint| activity(&sprint, Millis(50));
        assert_eq!(of(sprint("active", Some(10), Some(20), None)), Some((10, i64::MAX)));
        assert_eq!(of(sprint("ACTIVE", Some(60), None, None)), Some((50, i64::MAX)));
        assert_eq!(of(sprint("closed", Some(10), Some(20), Some(30))), Some((10, 30)));
        assert_eq!(of(sprint("closed", Some(10), Some(20), None)), Some((10, 20)));
        assert_eq!(of(sprint("closed", Some(10), None, None)), None);
        assert_eq!(of(sprint("future", Some(10), None, None)), None);
    }
}
