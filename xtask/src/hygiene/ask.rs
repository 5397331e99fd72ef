//! The words of a question, as the program takes them, and what they mean for an issue at an instant.

use super::then::{DAY, Is, Then};
use jiff::civil::Date;
use serde_json::{Value, json};
use std::cmp::Ordering;

/// The rules that everybody has, in the order in which they are told.
pub(super) const RULES: [&str; 8] = [
    "idle",
    "poor_description",
    "no_due_date",
    "no_assignee",
    "no_components",
    "missed_response_time",
    "missed_resolution_time",
    "inactive_assignee",
];

/// A comparison of a field.
#[derive(Clone, Debug)]
pub(super) struct Condition {
    pub(super) field: &'static str,
    pub(super) op: &'static str,
    /// What it is compared with; nothing for `missing`.
    pub(super) value: Value,
}

/// A filter: it finds an issue when one of its comparisons holds.
#[derive(Clone, Debug)]
pub(super) struct Filter {
    pub(super) any: Vec<Condition>,
    pub(super) leaves_out: bool,
}

/// Which time counts.
#[derive(Clone, Copy, Debug)]
pub(super) enum Basis {
    All,
    ActiveSprint,
    InProgress,
    Backlog,
    Created(i64),
    Updated(i64),
}

/// Which issues.
#[derive(Clone, Default, Debug)]
pub(super) struct Scope {
    pub(super) basis: Option<Basis>,
    pub(super) filters: Vec<Filter>,
}

impl Basis {
    fn word(self) -> String {
        match self {
            Self::All => "all".into(),
            Self::ActiveSprint => "active_sprint".into(),
            Self::InProgress => "in_progress".into(),
            Self::Backlog => "backlog".into(),
            Self::Created(days) => format!("created:{days}"),
            Self::Updated(days) => format!("updated:{days}"),
        }
    }
}

impl Filter {
    /// As a rule has it.
    pub(super) fn json(&self) -> Value {
        let any: Vec<Value> = self.any.iter().map(Condition::comparison).collect();
        let mode = if self.leaves_out { "exclude" } else { "include" };
        json!({ "field": self.any.first().map(|one| one.field), "mode": mode, "any": any })
    }

    /// `FIELD=VALUE,VALUE`, `FIELD!=VALUE` or `FIELD=`; nothing where it cannot be said so.
    pub(super) fn words(&self) -> Option<String> {
        let sign = if self.leaves_out { "!=" } else { "=" };
        let field = self.any.first()?.field;
        let value = |condition: &Condition| match (condition.op, &condition.value) {
            ("missing", _) if self.any.len() == 1 => Some(String::new()),
            // What could be taken for something else stands in quotes, as in JSON.
            ("equals", Value::String(text)) => {
                let is_plain = !text.is_empty() && text.trim() == text && !text.contains([',', ';', '"']);
                Some(if is_plain { text.clone() } else { condition.value.to_string() })
            }
            ("equals", other) => Some(other.to_string()),
            _ => None,
        };
        let values: Option<Vec<String>> = self.any.iter().map(value).collect();
        Some(format!("{field}{sign}{}", values?.join(",")))
    }
}

impl Condition {
    pub(super) fn json(&self) -> Value {
        let mut json = self.comparison();
        json["field"] = Value::from(self.field);
        json
    }

    fn comparison(&self) -> Value {
        match self.op {
            "missing" => json!({ "op": self.op }),
            _ => json!({ "op": self.op, "value": self.value }),
        }
    }
}

impl Scope {
    /// The parameters of a request, in their order; nothing where a filter cannot be said.
    pub(super) fn parameters(&self) -> Option<Vec<(&'static str, String)>> {
        let words: Option<Vec<String>> = self.filters.iter().map(Filter::words).collect();
        let filters = Some(words?.join(";")).filter(|words| !words.is_empty());
        let basis = self.basis.map(|basis| ("basis", basis.word()));
        Some(basis.into_iter().chain(filters.map(|words| ("filter", words))).collect())
    }
}

impl Then<'_> {
    /// Whether a question of this scope is about it.
    pub(super) fn is_in(&self, scope: &Scope) -> bool {
        if self.issue.created > self.at {
            return false;
        }
        let within = |field: &str, days: i64| match self.value(field) {
            Is::Instant(at) => at <= self.at && self.at - at <= days * DAY,
            _ => false,
        };
        let by_basis = match scope.basis {
            None => !scope.filters.is_empty() || self.category().as_deref() != Some("done"),
            Some(Basis::All) => true,
            Some(Basis::ActiveSprint) => self.is_in_active_sprint(),
            Some(Basis::InProgress) => self.category().as_deref() == Some("in_progress"),
            Some(Basis::Backlog) => self.category().as_deref() == Some("todo"),
            Some(Basis::Created(days)) => within("created", days),
            Some(Basis::Updated(days)) => within("updated", days),
        };
        by_basis && scope.filters.iter().all(|filter| self.passes(filter))
    }

    pub(super) fn passes(&self, filter: &Filter) -> bool {
        filter.any.iter().any(|condition| self.holds(condition)) != filter.leaves_out
    }

    /// Whether it misses one of the rules that everybody has, by their usual thresholds.
    pub(super) fn misses(&self, rule: &str) -> bool {
        let is_late = |came: Option<i64>, days: i64| {
            let until = came.filter(|came| *came <= self.at).unwrap_or(self.at);
            until - self.issue.created > days * DAY
        };
        match rule {
            "idle" => self.last_touched().is_some_and(|last| self.at - last > 30 * DAY),
            "poor_description" => !matches!(self.value("description"), Is::Number(words) if words >= 10.0),
            "no_due_date" => self.value("due_date") == Is::Nothing,
            "no_assignee" => self.value("assignee") == Is::Nothing,
            "no_components" => self.value("components") == Is::List(Vec::new()),
            "missed_response_time" => is_late(self.response(), 2),
            "missed_resolution_time" => is_late(self.done_since(), 14),
            "inactive_assignee" => {
                matches!(self.value("assignee"), Is::Text(id) if self.site.inactive.contains(&id))
            }
            _ => false,
        }
    }

    pub(super) fn holds(&self, condition: &Condition) -> bool {
        let Condition { field, op, value: wanted } = condition;
        match *op {
            "changed_more_than" => {
                return wanted.as_u64().is_some_and(|times| self.changes(field) as u64 > times);
            }
            "not_changed_for" => {
                let ago = (self.at - self.unchanged_since(field)) as f64 / DAY as f64;
                return wanted.as_f64().is_some_and(|days| ago > days);
            }
            _ => {}
        }
        let value = self.value(field);
        let number = wanted.as_f64().unwrap_or(f64::NAN);
        match *op {
            "missing" => match value {
                Is::Nothing => true,
                Is::Text(text) => text.trim().is_empty(),
                Is::List(entries) => entries.is_empty(),
                Is::Number(words) => *field == "description" && words == 0.0,
                _ => false,
            },
            "equals" => self.is_same(field, &value, wanted),
            "is_not" => !self.is_same(field, &value, wanted),
            "one_of" => wanted.as_array().into_iter().flatten().any(|one| self.is_same(field, &value, one)),
            "contains" => {
                let part = wanted.as_str().unwrap_or_default().to_lowercase();
                match value {
                    Is::Text(text) => text.to_lowercase().contains(&part),
                    Is::List(entries) => entries.iter().any(|entry| entry.to_lowercase().contains(&part)),
                    _ => false,
                }
            }
            "shorter_than" => match value {
                Is::Nothing => true,
                Is::Text(text) => (text.chars().count() as f64) < number,
                Is::List(entries) => (entries.len() as f64) < number,
                Is::Number(words) => words < number,
                _ => false,
            },
            "greater_than" => self.compared(&value, wanted) == Some(Ordering::Greater),
            "less_than" => self.compared(&value, wanted) == Some(Ordering::Less),
            "older_than" => self.days_ago(&value).is_some_and(|ago| ago > number),
            "in_last" => self.days_ago(&value).is_some_and(|ago| ago >= 0.0 && ago <= number),
            _ => false,
        }
    }

    fn is_same(&self, field: &str, value: &Is, wanted: &Value) -> bool {
        let same = |text: &str| {
            wanted.as_str().is_some_and(|wanted| match field {
                "assignee" | "reporter" | "creator" => text == wanted,
                _ => text.to_lowercase() == wanted.to_lowercase(),
            })
        };
        match value {
            Is::Text(text) => same(text),
            Is::List(entries) => entries.iter().any(|entry| same(entry)),
            Is::Number(number) => wanted.as_f64() == Some(*number),
            Is::Flag(flag) => wanted.as_bool() == Some(*flag),
            Is::Date(_) | Is::Instant(_) => self.compared(value, wanted) == Some(Ordering::Equal),
            Is::Nothing => false,
        }
    }

    fn compared(&self, value: &Is, wanted: &Value) -> Option<Ordering> {
        let wanted_day = || wanted.as_str()?.parse::<Date>().ok();
        match value {
            Is::Number(number) => number.partial_cmp(&wanted.as_f64()?),
            Is::Date(day) => Some(day.cmp(&wanted_day()?)),
            Is::Instant(at) => Some(self.site.day(*at).ok()?.cmp(&wanted_day()?)),
            _ => None,
        }
    }

    fn days_ago(&self, value: &Is) -> Option<f64> {
        let begun = match value {
            Is::Instant(at) => *at,
            Is::Date(day) => self.site.begin(*day).ok()?,
            _ => return None,
        };
        Some((self.at - begun) as f64 / DAY as f64)
    }
}
