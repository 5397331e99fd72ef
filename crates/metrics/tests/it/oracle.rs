//! Every answer anew, from the rows of one issue at one instant. Nothing of the engine is used here but the words that a
//! question is made of.

use crate::site::{Raw, SIZE, START, STATUSES, Site, TEAM};
use jiff::{civil::Date, tz::TimeZone};
use std::sync::Arc;
use weir_metrics::{
    Field, Value,
    hygiene::{
        Basis, Check, Condition, Filter, Goal, Goals, Mode, Operand, Operator, Response, Rule, Scope, Window,
    },
};
use weir_model::{Change, Millis, State, StatusCategory};

const DAY: f64 = 86_400_000.0;

#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Is {
    Nothing,
    Text(String),
    Number(f64),
    Date(Date),
    Instant(i64),
    List(Vec<String>),
    Flag(bool),
}

pub(crate) struct Oracle<'a> {
    site: &'a Site,
    raw: &'a Raw,
    at: i64,
    changes: Vec<&'a Change>,
}

impl<'a> Oracle<'a> {
    pub(crate) fn new(site: &'a Site, raw: &'a Raw, at: Millis) -> Self {
        let mut changes: Vec<&Change> = raw.changes.iter().collect();
        changes.sort_by_key(|change| {
            (change.changed_at, change.history_id.parse::<i64>().unwrap(), change.item_index)
        });
        Self { site, raw, at: at.0, changes }
    }

    fn created(&self) -> Option<i64> {
        self.raw.issue.created_at.map(|at| at.0)
    }

    fn of(&self, names: &[&str]) -> Vec<&'a Change> {
        let is = |change: &&&Change| names.iter().any(|name| name.eq_ignore_ascii_case(&change.field));
        self.changes.iter().filter(is).copied().collect()
    }

    fn names(field: &Field) -> &'static [&'static str] {
        match field {
            Field::Status => &["status"],
            Field::Assignee => &["assignee"],
            Field::Components => &["component"],
            Field::Labels => &["labels"],
            Field::Sprints => &["sprint"],
            Field::DueDate => &["duedate"],
            Field::Description => &["description"],
            Field::Priority => &["priority"],
            Field::Type => &["issuetype"],
            Field::Project | Field::Key => &["key"],
            Field::StoryPoints => &["story points"],
            Field::Custom(id) if **id == *TEAM => &["team"],
            _ => &[],
        }
    }

    /// Changes that are one history each, until now.
    fn edits(&self, field: &Field) -> Vec<i64> {
        let mut edits: Vec<(i64, Arc<str>)> = Vec::new();
        for change in self.of(Self::names(field)) {
            let edit = (change.changed_at.0, change.history_id.clone());
            if !edits.contains(&edit) {
                edits.push(edit);
            }
        }
        edits.into_iter().map(|(at, _)| at).filter(|at| *at <= self.at).collect()
    }

    fn status_after(&self, change: Option<&Change>) -> (Option<StatusCategory>, String) {
        let by_name = |name: &str| {
            STATUSES
                .iter()
                .find(|(_, known, _)| known.eq_ignore_ascii_case(name))
                .map(|(_, _, category)| *category)
        };
        match change {
            None => {
                let name = self.raw.issue.status.as_deref().unwrap_or_default();
                (self.raw.issue.status_category.or_else(|| by_name(name)), name.to_owned())
            }
            Some(change) => {
                let known = STATUSES.iter().find(|(id, _, _)| Some(*id) == change.from_id.as_deref());
                let text = change.from_text.as_deref().unwrap();
                match known {
                    Some((_, name, category)) => (Some(*category), (*name).to_owned()),
                    None => (by_name(text), text.to_owned()),
                }
            }
        }
    }

    fn status_at(&self, at: i64) -> (Option<StatusCategory>, String) {
        let changes = self.of(&["status"]);
        self.status_after(changes.into_iter().find(|change| change.changed_at.0 > at))
    }

    fn last_touch(&self) -> Option<i64> {
        if let Some(updated) = self.raw.issue.updated_at.filter(|updated| updated.0 <= self.at) {
            return Some(updated.0);
        }
        let raw = self.raw;
        let mut all: Vec<i64> = self.created().into_iter().collect();
        all.extend(raw.changes.iter().map(|change| change.changed_at.0));
        all.extend(
            raw.comments.iter().flat_map(|it| [it.created_at, it.updated_at]).flatten().map(|at| at.0),
        );
        all.extend(
            raw.worklogs.iter().flat_map(|it| [it.created_at, it.updated_at]).flatten().map(|at| at.0),
        );
        all.into_iter().filter(|at| *at <= self.at).max()
    }

    pub(crate) fn value(&self, field: &Field) -> Is {
        let issue = &self.raw.issue;
        let text = |text: Option<&str>| text.map_or(Is::Nothing, |text| Is::Text(text.to_owned()));
        let next = self.of(Self::names(field)).into_iter().find(|change| change.changed_at.0 > self.at);
        let given = |text: &Option<Arc<str>>| text.clone().filter(|text| !text.is_empty());
        let list = |json: &str| Is::List(serde_json::from_str(json).unwrap());
        match field {
            Field::Status => Is::Text(self.status_at(self.at).1),
            Field::StatusCategory => text(self.status_at(self.at).0.map(StatusCategory::as_str)),
            Field::Assignee => match next {
                Some(change) => text(given(&change.from_id).as_deref()),
                None => text(issue.assignee_id.as_deref()),
            },
            Field::Priority => match next {
                Some(change) if change.from_id.is_some() => text(Some("High")),
                Some(change) => text(given(&change.from_text).as_deref()),
                None => text(issue.priority.as_deref()),
            },
            Field::Type => match next {
                Some(change) => text(given(&change.from_text).as_deref()),
                None => text(issue.kind.as_deref()),
            },
            Field::Key => match next {
                Some(change) => text(change.from_text.as_deref()),
                None => text(Some(&issue.key)),
            },
            Field::Project => match next {
                Some(change) => text(change.from_text.as_deref().map(|key| &key[..key.rfind('-').unwrap()])),
                None => text(Some(&issue.project_key)),
            },
            Field::Summary => text(issue.summary.as_deref()),
            Field::Reporter => text(issue.reporter_id.as_deref()),
            Field::Creator => text(issue.creator_id.as_deref()),
            Field::Description => match next {
                Some(change) => match &change.from_text {
                    Some(text) => Is::Number(text.split_whitespace().count() as f64),
                    None => Is::Nothing,
                },
                None => issue.description_words.map_or(Is::Nothing, |words| Is::Number(words as f64)),
            },
            Field::StoryPoints => match next {
                Some(change) => change
                    .from_text
                    .as_deref()
                    .and_then(|text| text.parse().ok())
                    .map_or(Is::Nothing, Is::Number),
                None => issue.story_points.map_or(Is::Nothing, Is::Number),
            },
            Field::DueDate => match next {
                Some(change) => {
                    change.from_id.as_deref().map_or(Is::Nothing, |day| Is::Date(day.parse().unwrap()))
                }
                None => {
                    issue.due_date.as_ref().map_or(Is::Nothing, |day| Is::Date(day.as_str().parse().unwrap()))
                }
            },
            Field::Labels => match next {
                Some(change) => Is::List(
                    change.from_text.as_deref().unwrap().split_whitespace().map(str::to_owned).collect(),
                ),
                None => list(&issue.labels),
            },
            Field::FixVersions => list(&issue.fix_versions),
            Field::Components => {
                let Is::List(mut names) = list(&issue.components) else { unreachable!() };
                let later = self.of(&["component"]).into_iter().rev().filter(|it| it.changed_at.0 > self.at);
                for change in later {
                    if let Some(added) = &change.to_text
                        && let Some(place) = names.iter().position(|name| **name == **added)
                    {
                        names.remove(place);
                    }
                    names.extend(change.from_text.as_deref().map(str::to_owned));
                }
                Is::List(names)
            }
            Field::Sprints => Is::List(match next {
                Some(change) => {
                    let ids = change.from_id.as_deref().unwrap().split(", ");
                    ids.filter(|id| !id.is_empty()).map(str::to_owned).collect()
                }
                None => self.raw.sprints.iter().map(|id| id.to_string()).collect(),
            }),
            Field::Subtask => Is::Flag(issue.is_subtask),
            Field::Created => self.created().map_or(Is::Nothing, Is::Instant),
            Field::Updated => self.last_touch().map_or(Is::Nothing, Is::Instant),
            Field::Resolved => match issue.resolved_at.filter(|at| at.0 <= self.at) {
                Some(at) => Is::Instant(at.0),
                None => Is::Nothing,
            },
            Field::Hops => Is::Number(self.edits(&Field::Assignee).len() as f64),
            Field::Bounces => Is::Number(self.bounces() as f64),
            Field::SprintCount => match self.value(&Field::Sprints) {
                Is::List(ids) => Is::Number(ids.len() as f64),
                _ => unreachable!(),
            },
            Field::CommentCount => {
                let comments = self.raw.comments.iter().filter_map(|comment| comment.created_at);
                Is::Number(comments.filter(|at| at.0 <= self.at).count() as f64)
            }
            Field::AgeDays => {
                self.created().map_or(Is::Nothing, |at| Is::Number((self.at - at) as f64 / DAY))
            }
            Field::DaysInStatus => self
                .unchanged_since(&Field::Status)
                .map_or(Is::Nothing, |at| Is::Number((self.at - at) as f64 / DAY)),
            Field::Custom(id) if **id == *TEAM && next.is_some() => text(next.unwrap().from_text.as_deref()),
            Field::Custom(id) => match self.raw.custom.iter().find(|(known, _)| known == id) {
                None => Is::Nothing,
                Some((_, Value::Text(value))) => text(Some(value)),
                Some((_, Value::Number(number))) => Is::Number(*number),
                Some((_, Value::Day(day))) => Is::Date(day.date().unwrap()),
                Some(other) => panic!("{other:?}"),
            },
            other => panic!("{other} is not asked about"),
        }
    }

    fn bounces(&self) -> usize {
        let changes = self.of(&["status"]);
        let done = |change: Option<&Change>| self.status_after(change).0 == Some(StatusCategory::Done);
        (0..changes.len())
            .filter(|place| changes[*place].changed_at.0 <= self.at)
            .filter(|place| done(Some(changes[*place])) && !done(changes.get(place + 1).copied()))
            .count()
    }

    fn unchanged_since(&self, field: &Field) -> Option<i64> {
        self.edits(field).into_iter().chain(self.created()).max()
    }

    fn begin(&self, day: Date) -> i64 {
        let zone: &TimeZone = &self.site.context.zone;
        day.to_zoned(zone.clone()).unwrap().timestamp().as_millisecond()
    }

    pub(crate) fn holds(&self, condition: &Condition) -> bool {
        let value = self.value(&condition.field);
        let is_person = matches!(condition.field, Field::Assignee | Field::Reporter | Field::Creator);
        let same = |text: &str, wanted: &Operand| {
            let Operand::Text(wanted) = wanted else { return false };
            if is_person { text == wanted } else { text.to_lowercase() == wanted.to_lowercase() }
        };
        let day = |value: &Is| match value {
            Is::Date(day) => Some(*day),
            Is::Instant(at) => Some(
                jiff::Timestamp::from_millisecond(*at)
                    .unwrap()
                    .to_zoned(self.site.context.zone.clone())
                    .date(),
            ),
            _ => None,
        };
        let equals = |wanted: &Operand| match (&value, wanted) {
            (Is::Text(text), _) => same(text, wanted),
            (Is::List(entries), _) => entries.iter().any(|entry| same(entry, wanted)),
            (Is::Number(number), Operand::Number(wanted)) => number == wanted,
            (Is::Flag(flag), Operand::Flag(wanted)) => flag == wanted,
            (Is::Date(_) | Is::Instant(_), Operand::Text(wanted)) => day(&value) == wanted.parse().ok(),
            _ => false,
        };
        let compared = |wanted: &Operand| match wanted {
            Operand::Number(wanted) => match value {
                Is::Number(number) => number.partial_cmp(wanted),
                _ => None,
            },
            Operand::Text(wanted) => day(&value).map(|day| day.cmp(&wanted.parse::<Date>().unwrap())),
            Operand::Flag(_) => None,
        };
        let ago = || match value {
            Is::Instant(at) => Some((self.at - at) as f64 / DAY),
            Is::Date(day) => Some((self.at - self.begin(day)) as f64 / DAY),
            _ => None,
        };
        match &condition.operator {
            Operator::Missing => match &value {
                Is::Nothing => true,
                Is::Text(text) => text.trim().is_empty(),
                Is::List(entries) => entries.is_empty(),
                Is::Number(words) => condition.field == Field::Description && *words == 0.0,
                _ => false,
            },
            Operator::Equals(wanted) => equals(wanted),
            Operator::IsNot(wanted) => !equals(wanted),
            Operator::OneOf(wanted) => wanted.iter().any(equals),
            Operator::Contains(part) => match &value {
                Is::Text(text) => text.to_lowercase().contains(&part.to_lowercase()),
                Is::List(entries) => {
                    entries.iter().any(|entry| entry.to_lowercase().contains(&part.to_lowercase()))
                }
                _ => false,
            },
            Operator::ShorterThan(length) => match &value {
                Is::Nothing => true,
                Is::Text(text) => text.chars().count() < *length as usize,
                Is::List(entries) => entries.len() < *length as usize,
                Is::Number(words) => *words < *length as f64,
                _ => false,
            },
            Operator::GreaterThan(wanted) => compared(wanted) == Some(std::cmp::Ordering::Greater),
            Operator::LessThan(wanted) => compared(wanted) == Some(std::cmp::Ordering::Less),
            Operator::OlderThan(days) => ago().is_some_and(|ago| ago > *days),
            Operator::InLast(days) => ago().is_some_and(|ago| ago >= 0.0 && ago <= *days),
            Operator::ChangedMoreThan(times) => self.edits(&condition.field).len() > *times as usize,
            Operator::NotChangedFor(days) => {
                self.unchanged_since(&condition.field).is_some_and(|at| (self.at - at) as f64 / DAY > *days)
            }
        }
    }

    fn lets_through(&self, filter: &Filter) -> bool {
        let field = &filter.field;
        let found = filter
            .any
            .iter()
            .any(|operator| self.holds(&Condition { field: field.clone(), operator: operator.clone() }));
        found == (filter.mode == Mode::Include)
    }

    fn is_within(&self, field: Field, window: &Window) -> bool {
        match (window, self.value(&field)) {
            (Window::LastDays(days), Is::Instant(at)) => {
                at <= self.at && (self.at - at) as f64 / DAY <= *days
            }
            (Window::Between { from, until }, Is::Instant(at)) => from.0 <= at && at < until.0,
            _ => false,
        }
    }

    fn is_in_active_sprint(&self) -> bool {
        let Is::List(ids) = self.value(&Field::Sprints) else { unreachable!() };
        self.site.context.sprints.iter().filter(|sprint| ids.contains(&sprint.id)).any(|sprint| {
            let start = sprint.start_at.map(|at| at.0);
            match sprint.state.as_deref() {
                Some("active") => self.at == self.site.as_of.0 || start.is_none_or(|start| start <= self.at),
                Some("closed") => {
                    let end = sprint.completed_at.or(sprint.end_at);
                    start.is_none_or(|start| start <= self.at) && end.is_some_and(|end| self.at < end.0)
                }
                _ => false,
            }
        })
    }

    pub(crate) fn is_in_scope(&self, scope: &Scope) -> bool {
        if self.raw.state != State::Live || self.created().is_some_and(|created| created > self.at) {
            return false;
        }
        let category = self.status_at(self.at).0;
        let by_basis = match &scope.basis {
            None => !scope.filters.is_empty() || category != Some(StatusCategory::Done),
            Some(Basis::All) => true,
            Some(Basis::Open) => category != Some(StatusCategory::Done),
            Some(Basis::Created(window)) => self.is_within(Field::Created, window),
            Some(Basis::Updated(window)) => self.is_within(Field::Updated, window),
            Some(Basis::ActiveSprint) => self.is_in_active_sprint(),
            Some(Basis::InProgress) => category == Some(StatusCategory::InProgress),
            Some(Basis::Backlog) => category == Some(StatusCategory::Todo),
        };
        by_basis && scope.filters.iter().all(|filter| self.lets_through(filter))
    }

    fn goal(&self, goals: &Goals) -> f64 {
        let fits = |field: Field, name: &Option<String>| {
            let operator = |name: &String| Operator::Equals(Operand::Text(name.clone()));
            name.as_ref().is_none_or(|name| self.holds(&Condition { field, operator: operator(name) }))
        };
        let rank = |goal: &&Goal| {
            let named = [&goal.project, &goal.kind, &goal.priority].map(Option::is_some);
            (named.iter().filter(|named| **named).count(), named)
        };
        let by = goals.by.iter().filter(|goal| {
            fits(Field::Project, &goal.project)
                && fits(Field::Type, &goal.kind)
                && fits(Field::Priority, &goal.priority)
        });
        by.max_by_key(rank).map_or(goals.days, |goal| goal.days) * DAY
    }

    fn responded(&self, by: Response) -> Option<i64> {
        match by {
            Response::StatusChange => self.of(&["status"]).first().map(|change| change.changed_at.0),
            Response::Comment => {
                let by_other = self.raw.comments.iter().filter(|comment| {
                    comment.author_id.is_some() && comment.author_id != self.raw.issue.reporter_id
                });
                by_other.filter_map(|comment| comment.created_at).map(|at| at.0).min()
            }
            Response::Assignment => {
                let changes = self.of(&["assignee"]);
                let has = |place: usize| match changes.get(place) {
                    Some(change) => change.from_id.is_some(),
                    None => self.raw.issue.assignee_id.is_some(),
                };
                let first = (0..=changes.len()).find(|place| has(*place))?;
                if first == 0 { self.created() } else { Some(changes[first - 1].changed_at.0) }
            }
        }
    }

    /// Milliseconds from creation until an instant that do not fall into the statuses that are left out.
    fn taken(&self, until: i64, left_out: &[String]) -> i64 {
        let Some(created) = self.created() else { return 0 };
        let mut cuts: Vec<i64> = self.of(&["status"]).iter().map(|change| change.changed_at.0).collect();
        cuts.extend([created, until]);
        cuts.retain(|at| (created..=until).contains(at));
        cuts.sort_unstable();
        let counts = |at: i64| {
            let name = self.status_at(at).1;
            !left_out.iter().any(|left_out| left_out.eq_ignore_ascii_case(&name))
        };
        cuts.windows(2).filter(|pair| counts(pair[0])).map(|pair| pair[1] - pair[0]).sum()
    }

    fn is_resolved_late(&self, goal: f64, left_out: &[String]) -> bool {
        if self.status_at(self.at).0 != Some(StatusCategory::Done) {
            return self.taken(self.at, left_out) as f64 > goal;
        }
        let changes = self.of(&["status"]);
        let been = changes.iter().filter(|change| change.changed_at.0 <= self.at).count();
        let done =
            |place: usize| self.status_after(changes.get(place).copied()).0 == Some(StatusCategory::Done);
        let mut entry = been;
        while entry > 0 && done(entry - 1) {
            entry -= 1;
        }
        let entered = if entry == 0 { i64::MIN } else { changes[entry - 1].changed_at.0 };
        self.created().is_some_and(|created| self.taken(entered.max(created), left_out) as f64 > goal)
    }

    pub(crate) fn misses(&self, rule: &Rule) -> bool {
        let missing = |field: Field| self.holds(&Condition { field, operator: Operator::Missing });
        match &rule.check {
            Check::Idle { days } => self.last_touch().is_some_and(|at| (self.at - at) as f64 > days * DAY),
            Check::PoorDescription { words } => match self.value(&Field::Description) {
                Is::Number(number) => number < *words as f64,
                _ => true,
            },
            Check::NoDueDate => missing(Field::DueDate),
            Check::NoAssignee => missing(Field::Assignee),
            Check::NoComponents => missing(Field::Components),
            Check::InactiveAssignee => self.value(&Field::Assignee) == Is::Text("bob".into()),
            Check::MissedResponseTime { goals, by } => {
                let Some(created) = self.created() else { return false };
                let came = by.iter().filter_map(|by| self.responded(*by)).min();
                let goal = self.goal(goals);
                match came.filter(|came| *came <= self.at) {
                    Some(came) => (came - created) as f64 > goal,
                    None => (self.at - created) as f64 > goal,
                }
            }
            Check::MissedResolutionTime { goals, left_out } => {
                self.created().is_some() && self.is_resolved_late(self.goal(goals), left_out)
            }
            Check::Custom(custom) => {
                custom.conditions.iter().all(|condition| self.holds(condition))
                    && custom.only.iter().all(|filter| self.lets_through(filter))
            }
        }
    }
}

/// What the mapped fields are called; the questions name them too.
pub(crate) const MAPPED: [&str; 3] = [TEAM, SIZE, START];
