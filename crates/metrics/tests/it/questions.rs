//! Random questions: rules with thresholds, filters, a basis, instants.

use crate::{
    oracle::MAPPED,
    random::Random,
    site::{LABELS, NAMES, PEOPLE, PRIORITIES, PROJECTS, SPRINTS, Site, TICKS, instant},
};
use weir_metrics::{
    Day, Field, ValueType,
    hygiene::{
        Basis, BuiltIn, Check, Condition, CustomRule, Filter, Goal, Goals, Mode, Operand, Operator,
        OperatorKind, Response, Rule, RuleId, Scope, Window,
    },
};
use weir_model::Millis;

fn days(random: &mut Random) -> f64 {
    *random.pick(&[0.0, 0.5, 1.0, 3.0, 10.0, 30.0])
}

fn fields() -> Vec<Field> {
    let not_asked = [
        Field::Resolution,
        Field::Parent,
        Field::Epic,
        Field::AffectsVersions,
        Field::SecurityLevel,
        Field::Resolved,
    ];
    let standard = Field::standard().filter(|field| !not_asked.contains(field));
    standard.chain(MAPPED.map(|id| Field::Custom(id.into()))).collect()
}

fn operand(random: &mut Random, field: &Field, holds: ValueType) -> Operand {
    let text = |random: &mut Random, of: &[&str]| Operand::Text((*random.pick(of)).into());
    match holds {
        ValueType::Number | ValueType::Count => Operand::Number(random.below(5) as f64),
        ValueType::Elapsed => Operand::Number(days(random)),
        ValueType::Flag => Operand::Flag(random.one_in(2)),
        ValueType::Date | ValueType::Instant => {
            let day = Day::of(instant(random), &jiff::tz::TimeZone::UTC).unwrap();
            Operand::Text(day.to_string())
        }
        ValueType::Person => text(random, PEOPLE),
        ValueType::Text | ValueType::List | ValueType::RichText => match field {
            Field::StatusCategory => text(random, &["todo", "in_progress", "done"]),
            Field::Status => text(random, &["to do", "DONE", "Waiting", "gone"]),
            Field::Priority => text(random, PRIORITIES),
            Field::Labels => text(random, LABELS),
            Field::Sprints => text(random, SPRINTS),
            Field::Project => text(random, PROJECTS),
            Field::Type => text(random, &["bug"]),
            _ => text(random, NAMES),
        },
    }
}

fn condition(random: &mut Random, site: &Site) -> Condition {
    let field = random.pick(&fields()).clone();
    let operator = operator(random, site, &field);
    Condition { field, operator }
}

fn operator(random: &mut Random, site: &Site, field: &Field) -> Operator {
    let types = &site.context.types;
    let holds = types.of(field).unwrap();
    let one = |random: &mut Random| operand(random, field, holds);
    match random.pick(&OperatorKind::of(field, types)) {
        OperatorKind::Missing => Operator::Missing,
        OperatorKind::Equals => Operator::Equals(one(random)),
        OperatorKind::IsNot => Operator::IsNot(one(random)),
        OperatorKind::OneOf => Operator::OneOf(vec![one(random), one(random)]),
        OperatorKind::Contains => Operator::Contains((*random.pick(&["a", "ů", "I", "longer"])).into()),
        OperatorKind::ShorterThan => Operator::ShorterThan(1 + random.below(9) as u64),
        OperatorKind::GreaterThan => Operator::GreaterThan(one(random)),
        OperatorKind::LessThan => Operator::LessThan(one(random)),
        OperatorKind::OlderThan => Operator::OlderThan(days(random)),
        OperatorKind::InLast => Operator::InLast(days(random)),
        OperatorKind::ChangedMoreThan => Operator::ChangedMoreThan(random.below(3) as u64),
        OperatorKind::NotChangedFor => Operator::NotChangedFor(days(random)),
    }
}

fn filter(random: &mut Random, site: &Site) -> Filter {
    let field = random.pick(&fields()).clone();
    let any = (0..1 + random.below(2)).map(|_| operator(random, site, &field)).collect();
    Filter { field, mode: *random.pick(&[Mode::Include, Mode::Exclude]), any }
}

fn goals(random: &mut Random) -> Goals {
    let named = |random: &mut Random, of: &[&str]| random.one_in(2).then(|| (*random.pick(of)).to_owned());
    let mut by: Vec<Goal> = Vec::new();
    for _ in 0..random.below(4) {
        let goal = Goal {
            project: named(random, PROJECTS),
            kind: named(random, &["Bug"]),
            priority: named(random, &["High", "low"]),
            days: days(random),
        };
        let mut with = by.clone();
        with.push(goal);
        if (Goals { days: 1.0, by: with.clone() }).check().is_ok() {
            by = with;
        }
    }
    Goals { days: days(random), by }
}

/// The built-in rules with other thresholds, and some custom ones.
pub(crate) fn rules(random: &mut Random, site: &Site) -> Vec<Rule> {
    let mut rules: Vec<Rule> = BuiltIn::ALL
        .into_iter()
        .map(|rule| {
            let mut rule = rule.by_default();
            match &mut rule.check {
                Check::Idle { days: of } => *of = days(random),
                Check::PoorDescription { words } => *words = 1 + random.below(12) as u64,
                Check::MissedResponseTime { goals: of, by } => {
                    *of = goals(random);
                    let all = [Response::StatusChange, Response::Comment, Response::Assignment];
                    *by = random.some(&all).into_iter().copied().chain([*random.pick(&all)]).collect();
                }
                Check::MissedResolutionTime { goals: of, left_out } => {
                    *of = goals(random);
                    *left_out = random
                        .some(&["waiting", "Doing", "Done"])
                        .into_iter()
                        .map(|it| (*it).into())
                        .collect();
                }
                _ => {}
            }
            rule
        })
        .collect();
    for number in 0..4 {
        let conditions = (0..1 + random.below(3)).map(|_| condition(random, site)).collect();
        let only = (0..random.below(2)).map(|_| filter(random, site)).collect();
        let custom = CustomRule { name: format!("Rule {number}"), conditions, only };
        rules.push(Rule { id: RuleId::Custom(format!("c{number}")), check: Check::Custom(custom) });
    }
    rules
}

pub(crate) fn scope(random: &mut Random, site: &Site) -> Scope {
    let window = |random: &mut Random| match random.below(2) {
        0 => Window::LastDays(days(random)),
        _ => {
            let from = instant(random);
            Window::Between { from, until: Millis(from.0 + 1 + random.below(TICKS) as i64 * 43_200_000) }
        }
    };
    let basis = match random.below(10) {
        0 => Some(*random.pick(&[Basis::All, Basis::Open])),
        1 => Some(Basis::Created(window(random))),
        2 => Some(Basis::Updated(window(random))),
        3 => Some(Basis::ActiveSprint),
        4 => Some(Basis::InProgress),
        5 => Some(Basis::Backlog),
        _ => None,
    };
    Scope { basis, filters: (0..random.below(3)).map(|_| filter(random, site)).collect() }
}

/// Instants in order, the last of them when the report is made.
pub(crate) fn instants(random: &mut Random, site: &Site) -> Vec<Millis> {
    let mut instants: Vec<Millis> = (0..random.below(30)).map(|_| instant(random)).collect();
    instants.push(site.as_of);
    instants.retain(|at| *at <= site.as_of);
    instants.sort_unstable();
    instants.dedup();
    instants
}
