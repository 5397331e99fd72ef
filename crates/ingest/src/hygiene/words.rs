//! Rules and reasons in the words of the catalogue.

use super::KnownFields;
use weir_metrics::{
    Value,
    hygiene::{BuiltIn, Check, Goals, Missed, Operator, Reason, Rule, RuleId},
};
use weir_model::{HygieneWords as Words, Millis};

/// What people call a rule.
pub fn name_of(rule: &Rule) -> String {
    match (&rule.check, &rule.id) {
        (Check::Custom(custom), _) => custom.name.clone(),
        (_, RuleId::Custom(id)) => id.clone(),
        (_, RuleId::BuiltIn(built_in)) => built_in_name(*built_in),
    }
}

/// What people call a rule that everybody has.
pub(super) fn built_in_name(rule: BuiltIn) -> String {
    let name = match rule {
        BuiltIn::Idle => Words::Idle {},
        BuiltIn::PoorDescription => Words::PoorDescription {},
        BuiltIn::NoDueDate => Words::NoDueDate {},
        BuiltIn::NoAssignee => Words::NoAssignee {},
        BuiltIn::NoComponents => Words::NoComponents {},
        BuiltIn::MissedResponseTime => Words::MissedResponseTime {},
        BuiltIn::MissedResolutionTime => Words::MissedResolutionTime {},
        BuiltIn::InactiveAssignee => Words::InactiveAssignee {},
    };
    name.to_string()
}

/// What a rule looks for.
pub fn definition(rule: &Rule) -> String {
    let with_goals = |words: Words, goals: &Goals| match goals.by.is_empty() {
        true => words.to_string(),
        false => format!("{words}{}", Words::OrOwnGoal {}),
    };
    match &rule.check {
        Check::Idle { days } => Words::IdleFor { days: *days }.to_string(),
        Check::PoorDescription { words } => Words::FewWords { words: *words }.to_string(),
        Check::NoDueDate => Words::WithoutDueDate {}.to_string(),
        Check::NoAssignee => Words::WithoutAssignee {}.to_string(),
        Check::NoComponents => Words::WithoutComponents {}.to_string(),
        Check::MissedResponseTime { goals, .. } => {
            with_goals(Words::NoResponseWithin { days: goals.days }, goals)
        }
        Check::MissedResolutionTime { goals, .. } => {
            with_goals(Words::NotDoneWithin { days: goals.days }, goals)
        }
        Check::InactiveAssignee => Words::AssigneeNotActive {}.to_string(),
        Check::Custom(custom) => custom.to_string(),
    }
}

/// Why an issue misses a rule.
pub fn why(missed: &Missed, fields: &KnownFields) -> String {
    let reasons: Vec<String> = missed.reasons.iter().map(|one| reason(one, fields).to_string()).collect();
    reasons.join("; ")
}

fn reason(reason: &Reason, fields: &KnownFields) -> Words {
    let or_nothing = |words: Option<Words>| words.map(|words| words.to_string()).unwrap_or_default();
    match reason {
        Reason::Holds { field, operator, value, since } => {
            let now = value.as_ref().filter(|_| *operator != Operator::Missing);
            // An instant tells by itself since when it holds.
            let since = since.filter(|_| !matches!(value, Some(Value::Instant(_))));
            Words::Holds {
                field: fields.name_of(field),
                comparison: operator.to_string(),
                now: or_nothing(now.map(|value| Words::Now { value: shown(value) })),
                since: or_nothing(since.map(|at| Words::Since { day: day(at) })),
            }
        }
        Reason::Late { goal, deadline, came } => Words::Late {
            goal: *goal,
            by: or_nothing(deadline.map(|at| Words::By { day: day(at) })),
            came: came.map_or(Words::HasNotCome {}, |at| Words::CameOn { day: day(at) }).to_string(),
        },
        Reason::Inactive { person, since } => Words::AccountNotActive {
            person: person.as_ref().map(shown).unwrap_or_default(),
            since: or_nothing(since.map(|at| Words::TheirsSince { day: day(at) })),
        },
    }
}

pub(super) fn day(at: Millis) -> String {
    at.rfc3339().chars().take(10).collect()
}

fn shown(value: &Value) -> String {
    match value {
        Value::Text(text) => text.to_string(),
        Value::Named { name, .. } | Value::Status { name, .. } => name.to_string(),
        Value::Number(number) => rounded(*number),
        Value::Day(day) => day.to_string(),
        Value::Instant(at) => day(*at),
        Value::List(entries) => entries.join(", "),
        Value::Flag(flag) => flag.to_string(),
    }
}

/// A number with two decimals at most.
fn rounded(number: f64) -> String {
    let near = (number * 100.0).round() / 100.0;
    // Nothing is taken from one that is too big for decimals; and zero has no sign.
    if near.is_finite() { (near + 0.0).to_string() } else { number.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use weir_metrics::{Field, hygiene::Operand};

    #[test]
    fn reasons_say_what_is_and_since_when() {
        let since = Some(Millis(1_700_000_000_000));
        let told = |missed: &Missed| why(missed, &KnownFields::default());
        let missed = |reason| Missed { rule: RuleId::from("x"), reasons: vec![reason] };
        let missing =
            Reason::Holds { field: Field::DueDate, operator: Operator::Missing, value: None, since: None };
        assert_eq!(told(&missed(missing)), "due date is missing");
        let idle = Reason::Holds {
            field: Field::Updated,
            operator: Operator::OlderThan(30.0),
            value: Some(Value::Instant(Millis(1_700_000_000_000))),
            since,
        };
        assert_eq!(told(&missed(idle)), "updated is older than 30 days: 2023-11-14");
        let days = |value| Reason::Holds {
            field: Field::DaysInStatus,
            operator: Operator::GreaterThan(Operand::Number(100.0)),
            value: Some(Value::Number(value)),
            since: None,
        };
        for (value, shown) in
            [(715.6540574189814, "715.65"), (101.0, "101"), (-0.001, "0"), (0.1 + 0.2, "0.3")]
        {
            let expected = format!("days in status is greater than 100: {shown}");
            assert_eq!(told(&missed(days(value))), expected);
        }
        let late = Reason::Late { goal: 2.0, deadline: since, came: None };
        assert_eq!(told(&missed(late)), "was to come within 2 days by 2023-11-14; has not come");
        let gone = Reason::Inactive { person: Some(Value::text("ann")), since: None };
        assert_eq!(told(&missed(gone)), "the account of the assignee ann is not active");
    }
}
