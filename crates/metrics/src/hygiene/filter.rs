//! Which issues are asked about.

use super::{Condition, Operand, Operator, RuleError, condition::check_days};
use crate::{Field, FieldTypes};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use weir_model::Millis;

/// Whether a filter takes what it finds, or leaves it out.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Issues that it finds are asked about.
    #[default]
    Include,
    /// The others are.
    Exclude,
}

/// A filter on a field: it finds an issue when one of its comparisons holds.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// The field.
    pub field: Field,
    /// What becomes of the issues that it finds.
    #[serde(default)]
    pub mode: Mode,
    /// The comparisons.
    pub any: Vec<Operator>,
}

impl Filter {
    /// Issues whose field is one of these.
    pub fn one_of<'a>(field: Field, values: impl IntoIterator<Item = &'a str>) -> Self {
        let values = values.into_iter().map(|value| Operand::Text(value.to_owned())).collect();
        Self { field, mode: Mode::Include, any: vec![Operator::OneOf(values)] }
    }

    /// Whether it can make sense.
    ///
    /// # Errors
    /// The first reason why it cannot.
    pub fn check(&self, types: &FieldTypes) -> Result<(), RuleError> {
        if self.any.is_empty() {
            return Err(RuleError::NoValues { field: self.field.clone() });
        }
        self.conditions().try_for_each(|condition| condition.check_of_filter(types))
    }

    pub(super) fn conditions(&self) -> impl Iterator<Item = Condition> {
        let field = &self.field;
        self.any.iter().map(|operator| Condition { field: field.clone(), operator: operator.clone() })
    }
}

/// A window of time.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// The last so many days before the instant that is asked about.
    LastDays(f64),
    /// From an instant on, until before another.
    Between {
        /// The first instant within.
        from: Millis,
        /// The first instant after it.
        until: Millis,
    },
}

/// Which time counts.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// All issues, done ones too.
    All,
    /// Those that are not done.
    Open,
    /// Those created within a window.
    Created(Window),
    /// Those to which something last happened within a window.
    Updated(Window),
    /// Those in a sprint that is active.
    ActiveSprint,
    /// Those whose status is of the category `in_progress`.
    InProgress,
    /// Those whose status is of the category `todo`.
    Backlog,
}

/// Which live issues are asked about. Without a basis and without a filter: those that are not done.
#[derive(Clone, PartialEq, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// Which time counts; none is [`Basis::All`] where there are filters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<Basis>,
    /// All of them have to let an issue through.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<Filter>,
}

impl Scope {
    /// Whether it can make sense.
    ///
    /// # Errors
    /// The first reason why it cannot.
    pub fn check(&self, types: &FieldTypes) -> Result<(), RuleError> {
        if let Some(Basis::Created(window) | Basis::Updated(window)) = &self.basis {
            match window {
                Window::LastDays(days) => check_days(*days)?,
                Window::Between { from, until } if until <= from => return Err(RuleError::EmptyWindow),
                Window::Between { .. } => {}
            }
        }
        self.filters.iter().try_for_each(|filter| filter.check(types))
    }

    /// The fields that it looks at: where one of them is left out by configuration, it finds nothing.
    pub fn fields(&self) -> BTreeSet<Field> {
        let of_basis = match &self.basis {
            Some(Basis::Created(_)) => Some(Field::Created),
            Some(Basis::Updated(_)) => Some(Field::Updated),
            Some(Basis::ActiveSprint) => Some(Field::Sprints),
            Some(Basis::Open | Basis::InProgress | Basis::Backlog) => Some(Field::Status),
            Some(Basis::All) => None,
            None => self.is_default().then_some(Field::Status),
        };
        self.filters.iter().map(|filter| filter.field.clone()).chain(of_basis).collect()
    }

    /// Whether it is that of a report that was asked for nothing.
    pub(super) fn is_default(&self) -> bool {
        self.basis.is_none() && self.filters.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_read_as_it_is_written() {
        for json in [
            "{}",
            r#"{"basis":"active_sprint"}"#,
            r#"{"basis":{"created":{"last_days":30.0}}}"#,
            r#"{"basis":{"updated":{"between":{"from":1,"until":2}}}}"#,
            r#"{"filters":[{"field":"labels","mode":"exclude","any":[{"op":"one_of","value":["x"]},{"op":"missing"}]}]}"#,
        ] {
            let scope: Scope = serde_json::from_str(json).unwrap();
            assert_eq!(serde_json::to_string(&scope).unwrap(), json);
            scope.check(&FieldTypes::default()).unwrap();
        }
    }

    #[test]
    fn a_scope_names_the_fields_that_it_looks_at() {
        let fields = |json: &str| serde_json::from_str::<Scope>(json).unwrap().fields();
        assert_eq!(fields("{}"), [Field::Status].into());
        let json = r#"{"basis":"active_sprint","filters":[{"field":"labels","any":[{"op":"missing"}]}]}"#;
        assert_eq!(fields(json), [Field::Labels, Field::Sprints].into());
    }

    #[test]
    fn a_group_without_a_value_can_be_asked_for() {
        let check = |field: &str| {
            let json = format!(r#"{{"filters":[{{"field":"{field}","any":[{{"op":"missing"}}]}}]}}"#);
            serde_json::from_str::<Scope>(&json).unwrap().check(&FieldTypes::default())
        };
        for field in ["type", "status", "status_category", "priority"] {
            assert_eq!(check(field), Ok(()), "{field}");
        }
        for field in ["key", "project", "subtask", "created", "updated"] {
            assert!(matches!(check(field), Err(RuleError::NeverMissing { .. })), "{field}");
        }
    }

    #[test]
    fn what_finds_nothing_by_its_form_is_refused() {
        let scope = |json: &str| serde_json::from_str::<Scope>(json).unwrap().check(&FieldTypes::default());
        assert!(scope(r#"{"filters":[{"field":"labels","any":[]}]}"#).is_err());
        assert!(scope(r#"{"basis":{"created":{"between":{"from":2,"until":2}}}}"#).is_err());
        assert!(scope(r#"{"basis":{"created":{"last_days":-1}}}"#).is_err());
    }
}
