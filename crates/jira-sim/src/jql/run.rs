//! Predicates over issues.

use std::cmp::Ordering;

use super::parse::Operator;
use crate::render::View;
use crate::world::World;
use crate::world::issue::Issue;

/// A part of an issue that queries compare; values are positions in the world's tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Project,
    Status,
    Category,
    Type,
    Assignee,
    Reporter,
    Creator,
    Priority,
    Resolution,
    Labels,
    Parent,
    Epic,
    Sprint,
    FixVersion,
    AffectedVersion,
    Component,
    Level,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    Created,
    Updated,
    Resolved,
    Due,
    CategoryChanged,
}

#[derive(Debug)]
pub(super) enum Predicate {
    And(Vec<Predicate>),
    Or(Vec<Predicate>),
    Not(Box<Predicate>),
    /// The part has one of these values (or, negated, has a value and none of these).
    OneOf {
        part: Part,
        values: Vec<u32>,
        negated: bool,
    },
    NoValue {
        part: Part,
        negated: bool,
    },
    /// Issue ids, sorted.
    Ids {
        ids: Vec<u32>,
        negated: bool,
    },
    Id {
        operator: Operator,
        id: i64,
    },
    /// Compares key numbers inside one project.
    Key {
        operator: Operator,
        project: u16,
        number: u32,
    },
    /// `width` is how long the named moment lasts: a minute for literals, a day for dates, 1 ms for numbers.
    Time {
        moment: Moment,
        operator: Operator,
        at: i64,
        width: i64,
    },
    NoTime {
        moment: Moment,
        negated: bool,
    },
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Order {
    Id,
    Key,
    Time(Moment),
    By(Part),
}

pub(super) fn run(
    view: &View<'_>,
    predicate: &Predicate,
    order: &[(Order, bool)],
    reconcile: &[u32],
) -> Vec<u32> {
    let world = view.world;
    let seen = |at: u32| match reconcile.binary_search(&at) {
        Ok(_) => Some(&*world.issues[at as usize]),
        Err(_) => view.indexed(at),
    };
    let mut found: Vec<(u32, &Issue)> = (0..world.issues.len() as u32)
        .filter_map(|at| Some((at, seen(at)?)))
        .filter(|(_, issue)| view.sees(issue) && holds(world, predicate, issue))
        .collect();
    match order {
        [] => found.reverse(),
        [(Order::Id, false)] => {}
        [(Order::Id, true)] => found.reverse(),
        _ => found.sort_by(|(_, left), (_, right)| {
            order.iter().fold(Ordering::Equal, |so_far, (order, descending)| {
                let next = compare(world, *order, left, right);
                so_far.then(if *descending { next.reverse() } else { next })
            })
        }),
    }
    found.into_iter().map(|(at, _)| at).collect()
}

fn compare(world: &World, order: Order, left: &Issue, right: &Issue) -> Ordering {
    match order {
        Order::Id => left.id.cmp(&right.id),
        Order::Key => {
            let key = |issue: &Issue| (issue.project, issue.number);
            let name = |issue: &Issue| world.projects[issue.project as usize].key.as_str();
            name(left).cmp(name(right)).then(key(left).cmp(&key(right)))
        }
        Order::Time(moment) => time(moment, left).cmp(&time(moment, right)),
        Order::By(part) => {
            let first = |issue: &Issue| {
                let mut least = u32::MAX;
                any(world, part, issue, |value| {
                    least = least.min(value);
                    false
                });
                least
            };
            first(left).cmp(&first(right))
        }
    }
}

fn time(moment: Moment, issue: &Issue) -> Option<i64> {
    match moment {
        Moment::Created => Some(issue.created),
        Moment::Updated => Some(issue.updated),
        Moment::Resolved => issue.resolved,
        Moment::Due => issue.due.map(|days| i64::from(days) * crate::time::DAY),
        Moment::CategoryChanged => Some(issue.category_changed),
    }
}

/// Whether any of the part's values satisfies the test.
fn any(world: &World, part: Part, issue: &Issue, mut test: impl FnMut(u32) -> bool) -> bool {
    match part {
        Part::Project => test(issue.project.into()),
        Part::Status => test(issue.status.into()),
        Part::Category => test(world.category(issue) as u32),
        Part::Type => test(issue.kind.into()),
        Part::Assignee => issue.assignee.is_some_and(test),
        Part::Reporter => issue.reporter.is_some_and(test),
        Part::Creator => test(issue.creator),
        Part::Priority => issue.priority.is_some_and(|at| test(at.into())),
        Part::Resolution => issue.resolution.is_some_and(|at| test(at.into())),
        Part::Level => issue.level.is_some_and(|at| test(at.into())),
        Part::Labels => issue.labels.iter().any(|at| test((*at).into())),
        Part::Parent => issue.parent.is_some_and(test),
        Part::Epic => issue.epic.is_some_and(test),
        Part::Sprint => issue.sprints.iter().any(|at| test(*at)),
        Part::FixVersion => issue.fix_versions.iter().any(|at| test(*at)),
        Part::AffectedVersion => issue.affects.iter().any(|at| test(*at)),
        Part::Component => issue.components.iter().any(|at| test(*at)),
    }
}

fn holds(world: &World, predicate: &Predicate, issue: &Issue) -> bool {
    match predicate {
        Predicate::And(parts) => parts.iter().all(|part| holds(world, part, issue)),
        Predicate::Or(parts) => parts.iter().any(|part| holds(world, part, issue)),
        Predicate::Not(inner) => !holds(world, inner, issue),
        Predicate::OneOf { part, values, negated: false } => {
            any(world, *part, issue, |value| values.contains(&value))
        }
        Predicate::OneOf { part, values, negated: true } => {
            any(world, *part, issue, |_| true) && !any(world, *part, issue, |value| values.contains(&value))
        }
        Predicate::NoValue { part, negated } => any(world, *part, issue, |_| true) == *negated,
        Predicate::Ids { ids, negated } => ids.binary_search(&issue.id).is_ok() != *negated,
        Predicate::Id { operator, id } => ordered(*operator, i64::from(issue.id), *id, 1),
        Predicate::Key { operator, project, number } => {
            issue.project == *project && ordered(*operator, i64::from(issue.number), i64::from(*number), 1)
        }
        Predicate::Time { moment, operator, at, width } => {
            time(*moment, issue).is_some_and(|value| ordered(*operator, value, *at, *width))
        }
        Predicate::NoTime { moment, negated } => time(*moment, issue).is_some() == *negated,
    }
}

/// Compares with something that reaches from `at` for `width`.
fn ordered(operator: Operator, value: i64, at: i64, width: i64) -> bool {
    match operator {
        Operator::Equal => (at..at + width).contains(&value),
        Operator::NotEqual => !(at..at + width).contains(&value),
        Operator::Less => value < at,
        Operator::LessOrEqual => value <= at,
        Operator::Greater => value > at,
        Operator::GreaterOrEqual => value >= at,
        Operator::In | Operator::NotIn | Operator::Is | Operator::IsNot | Operator::Like => false,
    }
}
