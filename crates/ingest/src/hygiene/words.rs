//! Why an issue is behind a number, in words.

use weir_metrics::{
    Value,
    hygiene::{BuiltIn, Check, Missed, Operator, Reason, Rule, RuleId},
};
use weir_model::Millis;

/// What people call a rule.
pub fn name_of(rule: &Rule) -> String {
    match (&rule.check, &rule.id) {
        (Check::Custom(custom), _) => custom.name.clone(),
        (_, RuleId::Custom(id)) => id.clone(),
        (_, RuleId::BuiltIn(built_in)) => built_in_name(*built_in).to_owned(),
    }
}

/// What people call a rule that everybody has.
pub(super) fn built_in_name(rule: BuiltIn) -> &'static str {
    match rule {
        BuiltIn::Idle => "Idle",
        BuiltIn::PoorDescription => "Poor description",
        BuiltIn::NoDueDate => "No due date",
        BuiltIn::NoAssignee => "No assignee",
        BuiltIn::NoComponents => "No components",
        BuiltIn::MissedResponseTime => "Missed response time",
        BuiltIn::MissedResolutionTime => "Missed resolution time",
        BuiltIn::InactiveAssignee => "Inactive assignee",
    }
}

/// What a rule looks for.
pub fn definition(rule: &Rule) -> String {
    match &rule.check {
        Check::Idle { days } => format!("nothing happened for more than {days} days"),
        Check::PoorDescription { words } => format!("fewer than {words} words of description, or none"),
        Check::NoDueDate => "no due date".to_owned(),
        Check::NoAssignee => "no assignee".to_owned(),
        Check::NoComponents => "no components".to_owned(),
        Check::MissedResponseTime { goals, .. } => {
            format!("no response within {} days of its creation", goals.days)
        }
        Check::MissedResolutionTime { goals, .. } => {
            format!("not done within {} days of its creation", goals.days)
        }
        Check::InactiveAssignee => "the account of the assignee is not active".to_owned(),
        Check::Custom(custom) => custom.to_string(),
    }
}

/// Why an issue misses a rule.
pub fn why(missed: &Missed) -> String {
    let reasons: Vec<String> = missed.reasons.iter().map(reason).collect();
    reasons.join("; ")
}

fn reason(reason: &Reason) -> String {
    match reason {
        Reason::Holds { field, operator, value, since } => {
            let field = field.to_string().replace('_', " ");
            let field = field.strip_prefix("custom:").unwrap_or(&field).to_owned();
            let now = match value {
                Some(value) if *operator != Operator::Missing => format!(": {}", shown(value)),
                _ => String::new(),
            };
            // An instant tells by itself since when it holds.
            let since = since.filter(|_| !matches!(value, Some(Value::Instant(_))));
            let since = since.map(|at| format!(", since {}", day(at))).unwrap_or_default();
            format!("{field} {operator}{now}{since}")
        }
        Reason::Late { goal, deadline, came } => {
            let deadline = deadline.map(|at| format!(" by {}", day(at))).unwrap_or_default();
            let came = came.map_or_else(|| "has not come".to_owned(), |at| format!("came on {}", day(at)));
            format!("was to come within {goal} days{deadline}; {came}")
        }
        Reason::Inactive { person, since } => {
            let since = since.map(|at| format!(", theirs since {}", day(at))).unwrap_or_default();
            let person = person.as_ref().map(shown).unwrap_or_default();
            format!("the account of the assignee {person} is not active{since}")
        }
    }
}

fn day(at: Millis) -> String {
    at.rfc3339().chars().take(10).collect()
}

fn shown(value: &Value) -> String {
    match value {
        Value::Text(text) => text.to_string(),
        Value::Named { name, .. } | Value::Status { name, .. } => name.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Day(day) => day.to_string(),
        Value::Instant(at) => day(*at),
        Value::List(entries) => entries.join(", "),
        Value::Flag(flag) => flag.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use weir_metrics::Field;

    #[test]
    fn reasons_say_what_is_and_since_when() {
        let since = Some(Millis(1_700_000_000_000));
        let missed = |reason| Missed { rule: RuleId::from("x"), reasons: vec![reason] };
        let missing =
            Reason::Holds { field: Field::DueDate, operator: Operator::Missing, value: None, since: None };
        assert_eq!(why(&missed(missing)), "due date is missing");
        let idle = Reason::Holds {
            field: Field::Updated,
            operator: Operator::OlderThan(30.0),
            value: Some(Value::Instant(Millis(1_700_000_000_000))),
            since,
        };
        assert_eq!(why(&missed(idle)), "updated is older than 30 days: 2023-11-14");
        let late = Reason::Late { goal: 2.0, deadline: since, came: None };
        assert_eq!(why(&missed(late)), "was to come within 2 days by 2023-11-14; has not come");
        let gone = Reason::Inactive { person: Some(Value::text("ann")), since: None };
        assert_eq!(why(&missed(gone)), "the account of the assignee ann is not active");
    }
}
