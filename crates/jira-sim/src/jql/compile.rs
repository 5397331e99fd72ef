//! Syntax to a predicate for one caller: names are looked up among what the caller sees, dates in the caller's zone.

use super::parse::{Clause, Operand, Operator, Query, Value};
use super::run::{Moment, Order, Part, Predicate};
use super::{Names, Refusal};
use crate::render::View;
use crate::time::{DAY, HOUR, MINUTE, days_of};
use crate::world::LABELS;
use crate::world::access::eyes::Eyes;
use crate::world::catalog::Category;
use crate::world::project::{SprintState, State};

enum Subject {
    Id,
    Key,
    Part(Part),
    Time(Moment),
}

fn subject(name: &str) -> Option<Subject> {
    Some(match name.to_lowercase().as_str() {
        "id" => Subject::Id,
        "key" | "issue" | "issuekey" => Subject::Key,
        "project" => Subject::Part(Part::Project),
        "status" => Subject::Part(Part::Status),
        "statuscategory" => Subject::Part(Part::Category),
        "issuetype" | "type" => Subject::Part(Part::Type),
        "assignee" => Subject::Part(Part::Assignee),
        "reporter" => Subject::Part(Part::Reporter),
        "creator" => Subject::Part(Part::Creator),
        "priority" => Subject::Part(Part::Priority),
        "resolution" => Subject::Part(Part::Resolution),
        "labels" => Subject::Part(Part::Labels),
        "parent" => Subject::Part(Part::Parent),
        "epic link" | "cf[10014]" => Subject::Part(Part::Epic),
        "sprint" | "cf[10020]" => Subject::Part(Part::Sprint),
        "fixversion" => Subject::Part(Part::FixVersion),
        "affectedversion" => Subject::Part(Part::AffectedVersion),
        "component" => Subject::Part(Part::Component),
        "level" => Subject::Part(Part::Level),
        "created" | "createddate" => Subject::Time(Moment::Created),
        "updated" | "updateddate" => Subject::Time(Moment::Updated),
        "resolved" | "resolutiondate" => Subject::Time(Moment::Resolved),
        "due" | "duedate" => Subject::Time(Moment::Due),
        "statuscategorychangeddate" => Subject::Time(Moment::CategoryChanged),
        _ => return None,
    })
}

fn unknown_field(name: &str) -> Refusal {
    Refusal::new(format!("Field '{name}' does not exist or you do not have permission to view it."))
}

fn unknown_value(field: &str, value: &str) -> Refusal {
    Refusal::new(format!("The value '{value}' does not exist for the field '{field}'."))
}

fn unsupported(field: &str, operator: Operator) -> Refusal {
    Refusal::new(format!("The operator '{}' is not supported by the '{field}' field.", operator.sign()))
}

pub(super) fn order(view: &View<'_>, query: &Query) -> Result<Vec<(Order, bool)>, Refusal> {
    query
        .order
        .iter()
        .map(|(name, descending)| {
            let by_id = if view.world.spec.shuffled() { Order::Key } else { Order::Id };
            let order = match subject(name) {
                Some(Subject::Id) => by_id,
                Some(Subject::Key) => Order::Key,
                Some(Subject::Time(moment)) => Order::Time(moment),
                Some(Subject::Part(part)) => Order::By(part),
                None if knows(view, name) => by_id,
                None => return Err(unknown_field(name)),
            };
            Ok((order, *descending))
        })
        .collect()
}

/// Fields that exist but that the evaluator cannot compare: they may be sorted by, which leaves the order by id.
fn knows(view: &View<'_>, name: &str) -> bool {
    view.world.fields.iter().any(|field| field.clauses.iter().any(|clause| clause.eq_ignore_ascii_case(name)))
}

/// What finds nothing.
const NOTHING: Predicate = Predicate::Or(Vec::new());

pub(super) fn compile(view: &View<'_>, query: &Query, names: &mut Names) -> Result<Predicate, Refusal> {
    query.clause.as_ref().map_or(Ok(Predicate::And(Vec::new())), |clause| of(view, clause, names))
}

fn of(view: &View<'_>, clause: &Clause, names: &mut Names) -> Result<Predicate, Refusal> {
    let mut all = |clauses: &[Clause]| {
        clauses.iter().map(|clause| of(view, clause, names)).collect::<Result<Vec<_>, _>>()
    };
    Ok(match clause {
        Clause::And(clauses) => Predicate::And(all(clauses)?),
        Clause::Or(clauses) => Predicate::Or(all(clauses)?),
        Clause::Not(inner) => Predicate::Not(Box::new(of(view, inner, names)?)),
        Clause::Term { field, operator, operand } => match subject(field) {
            Some(Subject::Id) => by_id(view, field, *operator, operand, names)?,
            Some(Subject::Key) => by_key(view, field, *operator, operand, names)?,
            Some(Subject::Part(part)) => by_part(view, field, part, *operator, operand, names)?,
            Some(Subject::Time(moment)) => by_time(view, field, moment, *operator, operand)?,
            None if knows(view, field) => return Err(unsupported(field, *operator)),
            None => {
                names.unknown(unknown_field(field))?;
                NOTHING
            }
        },
    })
}

fn values(operand: &Operand) -> &[Value] {
    match operand {
        Operand::One(value) => std::slice::from_ref(value),
        Operand::List(values) => values,
        Operand::Function { .. } | Operand::Empty => &[],
    }
}

fn is_negated(operator: Operator) -> bool {
    matches!(operator, Operator::NotEqual | Operator::NotIn | Operator::IsNot)
}

fn is_ordering(operator: Operator) -> bool {
    matches!(operator, Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual)
}

/// A site whose ids are shuffled compares the issue behind the id: its key's number, within its project.
fn by_id(
    view: &View<'_>,
    field: &str,
    operator: Operator,
    operand: &Operand,
    names: &mut Names,
) -> Result<Predicate, Refusal> {
    let values = values(operand);
    if is_ordering(operator) && !view.world.spec.shuffled() {
        let [value] = values else { return Err(unsupported(field, operator)) };
        if let Ok(id) = value.text.parse::<i64>() {
            return Ok(Predicate::Id { operator, id });
        }
    }
    by_key(view, field, operator, operand, names)
}

fn by_key(
    view: &View<'_>,
    field: &str,
    operator: Operator,
    operand: &Operand,
    names: &mut Names,
) -> Result<Predicate, Refusal> {
    let values = values(operand);
    if values.is_empty() || operator == Operator::Like {
        return Err(unsupported(field, operator));
    }
    let mut ids = Vec::with_capacity(values.len());
    for value in values {
        let Some((_, issue)) = view.find(&value.text) else {
            let said = format!("An issue with key '{}' does not exist for field '{field}'.", value.text);
            names.unknown(Refusal::new(said))?;
            continue;
        };
        if is_ordering(operator) {
            return Ok(Predicate::Key { operator, project: issue.project, number: issue.number });
        }
        ids.push(issue.id);
    }
    if is_ordering(operator) {
        return Ok(NOTHING);
    }
    ids.sort_unstable();
    Ok(Predicate::Ids { ids, negated: is_negated(operator) })
}

fn by_part(
    view: &View<'_>,
    field: &str,
    part: Part,
    operator: Operator,
    operand: &Operand,
    names: &mut Names,
) -> Result<Predicate, Refusal> {
    if is_ordering(operator) || operator == Operator::Like {
        return Err(unsupported(field, operator));
    }
    let negated = is_negated(operator);
    let values = match operand {
        Operand::Empty => return Ok(Predicate::NoValue { part, negated }),
        Operand::Function { name, .. } => function(view, field, part, name)?,
        Operand::One(value) if part == Part::Resolution && value.text.eq_ignore_ascii_case("unresolved") => {
            return Ok(Predicate::NoValue { part, negated });
        }
        operand => {
            let mut found = Vec::new();
            for value in values(operand) {
                let matches = lookup(view, part, &value.text);
                // Any word may be a label; one that nobody uses finds nothing.
                if matches.is_empty() && part != Part::Labels {
                    names.unknown(unknown_value(field, &value.text))?;
                }
                found.extend(matches);
            }
            found
        }
    };
    Ok(Predicate::OneOf { part, values, negated })
}

fn function(view: &View<'_>, field: &str, part: Part, name: &str) -> Result<Vec<u32>, Refusal> {
    let sprints = |state: SprintState| {
        let all = view.world.sprints.iter().enumerate();
        Ok(all.filter(|(_, sprint)| sprint.state == state).map(|(at, _)| at as u32).collect())
    };
    match (name.to_lowercase().as_str(), part) {
        ("currentuser", Part::Assignee | Part::Reporter | Part::Creator) => Ok(vec![view.account.person]),
        ("opensprints", Part::Sprint) => sprints(SprintState::Active),
        ("closedsprints", Part::Sprint) => sprints(SprintState::Closed),
        ("futuresprints", Part::Sprint) => sprints(SprintState::Future),
        _ => Err(Refusal::new(format!("Unable to find JQL function '{name}()' for the field '{field}'."))),
    }
}

/// Everything of that name or id that the caller sees; names may repeat.
fn lookup(view: &View<'_>, part: Part, text: &str) -> Vec<u32> {
    let world = view.world;
    let is = |id: &str, name: &str| id == text || name.eq_ignore_ascii_case(text);
    let browsed = |project: u16| world.is_live(project) && world.browses(view.account, project);
    let scoped = |scope: Option<u16>| scope.is_none_or(browsed);
    fn places<T>(items: &[T], test: impl Fn(&T) -> bool) -> Vec<u32> {
        items.iter().enumerate().filter(|(_, item)| test(item)).map(|(at, _)| at as u32).collect()
    }
    match part {
        Part::Project => {
            let named = |at: u32| {
                let project = &world.projects[at as usize];
                is(&project.id.to_string(), &project.key) || project.name.eq_ignore_ascii_case(text)
            };
            let of_issues = (0..world.projects.len() as u32).filter(|at| browsed(*at as u16) && named(*at));
            of_issues.chain(without_issues(view, text)).collect()
        }
        Part::Status => places(&world.catalog.statuses, |it| scoped(it.scope) && is(&it.id, &it.name)),
        Part::Category => {
            let named =
                |it: &Category| is(&it.id().to_string(), it.name()) || it.key().eq_ignore_ascii_case(text);
            places(&Category::ALL, named)
        }
        Part::Type => places(&world.catalog.types, |it| scoped(it.scope) && is(&it.id, it.name)),
        Part::Assignee | Part::Reporter | Part::Creator => places(&world.people, |it| {
            it.account_id == text || (world.spec.flavor.is_dc() && it.login == text)
        }),
        Part::Priority => places(&world.catalog.priorities, |it| is(it.id, it.name)),
        Part::Resolution => places(&world.catalog.resolutions, |it| is(it.id, it.name)),
        Part::Labels => places(&LABELS, |it| *it == text),
        Part::Parent | Part::Epic => view.find(text).map(|(at, _)| at).into_iter().collect(),
        Part::Sprint => places(&world.sprints, |it| is(&it.id.to_string(), &it.name)),
        Part::FixVersion | Part::AffectedVersion => {
            places(&world.versions, |it| browsed(it.project) && is(&it.id.to_string(), &it.name))
        }
        Part::Component => {
            places(&world.components, |it| browsed(it.project) && is(&it.id.to_string(), &it.name))
        }
        Part::Level => places(&world.catalog.levels, |it| is(it.id, it.name)),
    }
}

/// The projects of that name that only the access of the site knows: no issue is in them.
fn without_issues(view: &View<'_>, text: &str) -> Option<u32> {
    let (world, account) = (view.world, view.account);
    let access = world.access.as_deref()?;
    let eyes = Eyes { world, access, account, without: &[] };
    let found = access.project(text)?;
    let is_live = access.projects[found as usize].state == State::Live;
    (!access.is_of_issues(found) && is_live && eyes.sees(found)).then_some(found)
}

fn by_time(
    view: &View<'_>,
    field: &str,
    moment: Moment,
    operator: Operator,
    operand: &Operand,
) -> Result<Predicate, Refusal> {
    let zone = &view.account.zone;
    let now = view.now;
    let today = || zone.instant(zone.wall(now).div_euclid(DAY) * DAY);
    let (at, width) = match operand {
        Operand::Empty => return Ok(Predicate::NoTime { moment, negated: is_negated(operator) }),
        Operand::List(_) => return Err(unsupported(field, operator)),
        Operand::Function { name, arguments } => {
            let offset = match arguments.first() {
                Some(argument) => relative(argument).ok_or_else(|| bad_date(field, argument))?,
                None => 0,
            };
            match name.to_lowercase().as_str() {
                "now" => (now + offset, 1),
                "startofday" => (today() + offset, 1),
                _ => return Err(Refusal::new(format!("Unable to find JQL function '{name}()'."))),
            }
        }
        Operand::One(value) => match (value.text.parse::<i64>(), relative(&value.text)) {
            (Ok(epoch), _) if !value.quoted => (epoch, 1),
            (_, Some(offset)) => (now + offset, 1),
            _ => {
                let (wall, width) = literal(&value.text).ok_or_else(|| bad_date(field, &value.text))?;
                // Due dates have no zone.
                (if moment == Moment::Due { wall } else { zone.instant(wall) }, width)
            }
        },
    };
    if matches!(operator, Operator::Like | Operator::In | Operator::NotIn) {
        return Err(unsupported(field, operator));
    }
    Ok(Predicate::Time { moment, operator, at, width })
}

fn bad_date(field: &str, value: &str) -> Refusal {
    Refusal::new(format!(
        "Date value '{value}' for field '{field}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'."
    ))
}

/// `-95m`, `+4h`, `-30d`, `2w`, `-1w 2d` in milliseconds.
fn relative(text: &str) -> Option<i64> {
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut parts = text.split_whitespace().peekable();
    parts.peek()?;
    parts
        .try_fold(0_i64, |sum, part| {
            let (number, unit) = part.split_at(part.char_indices().next_back()?.0);
            let unit = match unit {
                "m" => MINUTE,
                "h" => HOUR,
                "d" => DAY,
                "w" => 7 * DAY,
                _ => return None,
            };
            sum.checked_add(i64::from(number.parse::<u32>().ok()?).checked_mul(unit)?)
        })
        .map(|sum| sum * sign)
}

/// A wall-clock time and how long what it names lasts.
fn literal(text: &str) -> Option<(i64, i64)> {
    let (date, clock) = text.split_once(' ').map_or((text, None), |(date, clock)| (date, Some(clock)));
    let separator = if date.contains('/') { '/' } else { '-' };
    let parts: Vec<i64> = date.split(separator).map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let [year, month, day] = parts[..] else { return None };
    if !(1000..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let midnight = days_of(year, month, day) * DAY;
    let Some(clock) = clock else { return Some((midnight, DAY)) };
    let (hour, minute) = clock.split_once(':')?;
    let (hour, minute): (i64, i64) = (hour.parse().ok()?, minute.parse().ok()?);
    ((0..24).contains(&hour) && (0..60).contains(&minute))
        .then_some((midnight + hour * HOUR + minute * MINUTE, MINUTE))
}
