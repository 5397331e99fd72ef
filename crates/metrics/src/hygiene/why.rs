//! Which issues a number counts, and why each of them is there.

use super::{
    Check, Operator, RuleId,
    bind::Bound,
    matcher::{Facet, Seen, see},
    plan::Plan,
    spans::{Span, hold_first},
};
use crate::{
    DAY, Field, Value,
    columns::{Chunk, ChunkError, Column, ValueRef},
};
use std::collections::BTreeMap;
use weir_model::{Millis, StatusCategory};

/// An issue in scope and what it misses.
#[derive(Clone, PartialEq, Debug)]
pub struct Explained {
    /// Number of the issue.
    pub no: i64,
    /// The rules that it misses, in the order of the plan.
    pub missed: Vec<Missed>,
}

/// A rule that an issue misses.
#[derive(Clone, PartialEq, Debug)]
pub struct Missed {
    /// The rule.
    pub rule: RuleId,
    /// Why: all of these together.
    pub reasons: Vec<Reason>,
}

/// Why an issue misses a rule.
#[derive(Clone, PartialEq, Debug)]
pub enum Reason {
    /// A condition holds.
    Holds {
        /// The field.
        field: Field,
        /// How it is compared, and with what.
        operator: Operator,
        /// Its value: of a derived field the number.
        value: Option<Value>,
        /// Since when it has had this value.
        since: Option<Millis>,
    },
    /// A goal was missed.
    Late {
        /// The goal in days.
        goal: f64,
        /// When it was over; time that does not count is not reckoned with.
        deadline: Option<Millis>,
        /// When what it is for came; `None` where it has not.
        came: Option<Millis>,
    },
    /// The account of the assignee is not active.
    Inactive {
        /// The assignee.
        person: Option<Value>,
        /// Since when the issue has been theirs.
        since: Option<Millis>,
    },
}

/// Numbers of the issues of a chunk that miss a rule at the first instant of the plan, in order; without a rule, of those that
/// are in scope. They are as many as [`super::count`] counts.
///
/// # Errors
/// When the chunk lacks a column that the plan reads.
pub fn members(plan: &Plan, chunk: &Chunk, rule: Option<&RuleId>) -> Result<Vec<i64>, ChunkError> {
    let bound = Bound::new(plan, chunk)?;
    let scope = bound.in_scope();
    let mut numbers = Vec::new();
    let mut add = |place: usize, spans: &[Span]| {
        if hold_first(spans) {
            numbers.push(bound.number(scope.get(place).0));
        }
    };
    match rule {
        None => (0..scope.len()).for_each(|place| add(place, scope.get(place).1)),
        Some(rule) => {
            let known = plan.rules().iter().position(|known| known == rule);
            known.into_iter().for_each(|rule| bound.misses(rule, &scope, &mut add));
        }
    }
    Ok(numbers)
}

/// Of the issues that miss a rule at the first instant of the plan those that were created last, at most so many: when each was
/// created, and its number; the newest first.
///
/// # Errors
/// When the chunk lacks a column that the plan reads.
pub fn newest(
    plan: &Plan,
    chunk: &Chunk,
    rule: &RuleId,
    most: usize,
) -> Result<Vec<(Millis, i64)>, ChunkError> {
    let bound = Bound::new(plan, chunk)?;
    let scope = bound.in_scope();
    let mut found = Vec::new();
    if let Some(rule) = plan.rules().iter().position(|known| known == rule) {
        bound.misses(rule, &scope, |place, spans| {
            let row = scope.get(place).0;
            if let Some(created) = bound.created(row).filter(|_| hold_first(spans)) {
                found.push((created, bound.number(row)));
            }
        });
    }
    found.sort_unstable_by(|a, b| b.cmp(a));
    found.truncate(most);
    Ok(found)
}

/// What the issues of these numbers miss at the first instant of the plan, and why. Numbers of issues that are not in the
/// chunk, or not in scope, are passed over. Reads the columns that [`Plan::columns`] names without a latest instant.
///
/// # Errors
/// When the chunk lacks a column.
pub fn explain(plan: &Plan, chunk: &Chunk, numbers: &[i64]) -> Result<Vec<Explained>, ChunkError> {
    let bound = Bound::new(plan, chunk)?;
    let scope = bound.in_scope();
    let mut found: BTreeMap<usize, Vec<Missed>> = BTreeMap::new();
    for place in 0..scope.len() {
        let (row, spans) = scope.get(place);
        if hold_first(spans) && numbers.contains(&bound.number(row)) {
            found.insert(row, Vec::new());
        }
    }
    for (rule, id) in plan.rules().iter().enumerate() {
        let mut rows = Vec::new();
        bound.misses(rule, &scope, |place, spans| {
            if hold_first(spans) {
                rows.push(scope.get(place).0);
            }
        });
        for row in rows {
            if let Some(missed) = found.get_mut(&row) {
                missed.push(Missed { rule: id.clone(), reasons: reasons(&bound, chunk, rule, row)? });
            }
        }
    }
    Ok(found.into_iter().map(|(row, missed)| Explained { no: bound.number(row), missed }).collect())
}

fn reasons(bound: &Bound<'_>, chunk: &Chunk, rule: usize, row: usize) -> Result<Vec<Reason>, ChunkError> {
    let plan = bound.plan;
    let at = Then { plan, chunk, row, at: plan.samples.first(), created: bound.created(row) };
    if let Some((goal, came)) = bound.lateness(rule, row) {
        let deadline = at.created.map(|created| Millis(created.0.saturating_add(goal)));
        return Ok(vec![Reason::Late { goal: goal as f64 / DAY as f64, deadline, came }]);
    }
    let check = &plan.rules[rule].check;
    if *check == Check::InactiveAssignee {
        let (person, since) = at.kept(&Field::Assignee)?;
        return Ok(vec![Reason::Inactive { person, since }]);
    }
    let reason = |condition: super::Condition| {
        let (value, since) = at.value(&condition.field)?;
        Ok(Reason::Holds { field: condition.field, operator: condition.operator, value, since })
    };
    check.conditions().into_iter().map(reason).collect()
}

type Found = Result<(Option<Value>, Option<Millis>), ChunkError>;

/// An issue at an instant.
#[derive(Debug)]
struct Then<'a> {
    plan: &'a Plan,
    chunk: &'a Chunk,
    row: usize,
    at: Millis,
    created: Option<Millis>,
}

impl Then<'_> {
    /// The value of a field, and since when it has been so.
    fn value(&self, field: &Field) -> Found {
        let number = |count: usize| Some(Value::Number(count as f64));
        let days = |since: Option<Millis>| {
            since.map(|since| Value::Number((self.at.0.saturating_sub(since.0)) as f64 / DAY as f64))
        };
        Ok(match field {
            Field::Created => (self.created.map(Value::Instant), self.created),
            Field::Updated => {
                let last = self.last()?;
                (last.map(Value::Instant), last)
            }
            Field::AgeDays => (days(self.created), self.created),
            Field::DaysInStatus => {
                let since = self.created.max(self.changes(&Field::Status)?.last().copied());
                (days(since), since)
            }
            Field::Hops => {
                let changes = self.changes(&Field::Assignee)?;
                (number(changes.len()), changes.last().copied())
            }
            Field::CommentCount => {
                let comments = self.until(self.chunk.events(&Column::Comments)?.get(self.row));
                (number(comments.len()), comments.last().copied())
            }
            Field::Bounces => self.bounces()?,
            Field::SprintCount => {
                let (sprints, since) = self.kept(&Field::Sprints)?;
                let count = if let Some(Value::List(entries)) = sprints { entries.len() } else { 0 };
                (number(count), since)
            }
            Field::StatusCategory => {
                let (_, since) = self.kept(&Field::Status)?;
                let category = self.plan.known.category(self.present(&Field::Status)?);
                (category.map(|category| Value::text(category.as_str())), since)
            }
            field => self.kept(field)?,
        })
    }

    fn until<'b>(&self, instants: &'b [Millis]) -> &'b [Millis] {
        &instants[..instants.partition_point(|at| *at <= self.at)]
    }

    /// Instants at which a field changed until then.
    fn changes(&self, field: &Field) -> Result<&[Millis], ChunkError> {
        Ok(self.until(self.chunk.values(field)?.steps(self.row).0))
    }

    fn last(&self) -> Result<Option<Millis>, ChunkError> {
        let updated = self.chunk.instants(&Column::Updated)?.get(self.row);
        match updated.filter(|at| *at <= self.at) {
            Some(at) => Ok(Some(at)),
            None => Ok(self.until(&self.chunk.touched(self.at)?.get(self.row)).last().copied()),
        }
    }

    /// The value of a field that is kept, by the name that it has today.
    fn kept(&self, field: &Field) -> Found {
        let value = self.present(field)?;
        let named = match see(field, Facet::Whole, value, &self.plan.known) {
            Seen::Text(name) => Some(Value::text(name)),
            _ => value.map(ValueRef::to_value),
        };
        Ok((named, self.changes(field)?.last().copied().max(self.created)))
    }

    fn present(&self, field: &Field) -> Result<Option<ValueRef<'_>>, ChunkError> {
        let values = self.chunk.values(field)?;
        let been = self.changes(field)?.len();
        let place = values.steps(self.row).1.get(been).copied().unwrap_or_else(|| values.now(self.row));
        Ok(values.distinct.get(place))
    }

    fn bounces(&self) -> Found {
        let values = self.chunk.values(&Field::Status)?;
        let (at, before) = values.steps(self.row);
        let is_done = |step: usize| {
            let place = before.get(step).copied().unwrap_or_else(|| values.now(self.row));
            self.plan.known.category(values.distinct.get(place)) == Some(StatusCategory::Done)
        };
        let left = (0..self.until(at).len()).filter(|step| is_done(*step) && !is_done(step + 1));
        let steps: Vec<usize> = left.collect();
        let last = steps.last().and_then(|step| at.get(*step)).copied();
        Ok((Some(Value::Number(steps.len() as f64)), last))
    }
}
