//! A condition on a field, and whether it can make sense. Rules state with it what nobody wants, filters what is asked for.

use crate::{Day, Field, FieldTypes, ValueType};
use serde::{Deserialize, Serialize};

/// What a value is compared with.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Operand {
    /// Yes or no.
    Flag(bool),
    /// A number.
    Number(f64),
    /// A text, a name, the id of a person, or a day as `YYYY-MM-DD`.
    Text(String),
}

/// A comparison. Texts are compared as a whole and in any case, ids of persons exactly; on a list it holds when it holds
/// for an entry. What has no value is only missing, shorter, and not something.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "op", content = "value", rename_all = "snake_case")]
pub enum Operator {
    /// No value; of a text also white space alone, of a list no entry, of a rich text no word.
    Missing,
    /// The same. Instants are compared by their day in the zone of the report.
    Equals(Operand),
    /// The contrary of [`Self::Equals`].
    IsNot(Operand),
    /// Equal to one of these.
    OneOf(Vec<Operand>),
    /// The text is part of it.
    Contains(String),
    /// Fewer characters, entries of a list, or words of a rich text.
    ShorterThan(u64),
    /// A greater number, or a later day.
    GreaterThan(Operand),
    /// A smaller number, or an earlier day.
    LessThan(Operand),
    /// More than so many days ago; of a day, since it began.
    OlderThan(f64),
    /// Not in the future, and no more than so many days ago.
    InLast(f64),
    /// Changed more often than so many times.
    ChangedMoreThan(u64),
    /// More than so many days since its last change, or since creation.
    NotChangedFor(f64),
}

/// The name of an operator.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "they are those of `Operator`")]
pub enum OperatorKind {
    Missing,
    Equals,
    IsNot,
    OneOf,
    Contains,
    ShorterThan,
    GreaterThan,
    LessThan,
    OlderThan,
    InLast,
    ChangedMoreThan,
    NotChangedFor,
}

/// A comparison of a field.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Condition {
    /// The field.
    pub field: Field,
    /// The comparison.
    #[serde(flatten)]
    pub operator: Operator,
}

/// Why a rule, filter or group cannot make sense.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the members are what the message names")]
pub enum RuleError {
    /// The field is not mapped.
    #[error("the field {field} is not known")]
    UnknownField { field: Field },
    /// Values of this type are not compared so.
    #[error("{operator:?} is not for {field}, which holds {holds:?}")]
    OperatorNotForField { field: Field, operator: OperatorKind, holds: ValueType },
    /// The value to compare with is not of the field's type.
    #[error("{field} holds {holds:?} and is not compared with {found:?}")]
    WrongOperand { field: Field, holds: ValueType, found: Operand },
    /// It is no category of statuses.
    #[error("{found} is no category of statuses")]
    NotACategory { found: String },
    /// Every issue has a value.
    #[error("{field} is never missing")]
    NeverMissing { field: Field },
    /// Changes of the field are not known.
    #[error("{field} has no history")]
    NoHistory { field: Field },
    /// There is nothing to compare with.
    #[error("{field} is compared with nothing")]
    NoValues { field: Field },
    /// A number of days, words or times that cannot be.
    #[error("{found} is out of range")]
    OutOfRange { found: f64 },
    /// Nothing is counted from 0 on.
    #[error("0 is too few")]
    TooFew,
    /// A rule without a condition.
    #[error("a rule without a condition")]
    NoConditions,
    /// A rule without a name.
    #[error("a rule without a name")]
    NoName,
    /// The name is too long.
    #[error("a name of {length} characters is too long")]
    NameTooLong { length: usize, most: usize },
    /// Two rules have the same name or id.
    #[error("two rules are called {name}")]
    NameTaken { name: String },
    /// Two goals are for the same issues.
    #[error("two goals are for the same issues")]
    GoalTwice { goal: super::Goal },
    /// A goal that is for every issue.
    #[error("a goal names no project, type or priority")]
    GoalForAll,
    /// None of the ways to respond is counted.
    #[error("a response that cannot be")]
    NoResponse,
    /// A window that ends before it begins.
    #[error("a window that ends before it begins")]
    EmptyWindow,
    /// Issues cannot be put into groups by the field.
    #[error("{field} makes no groups")]
    NoGroups { field: Field },
    /// No instant was asked for, or they are not in order.
    #[error("instants have to be given in order, each once")]
    Instants,
}

/// Days that a threshold may have at most: a hundred years.
const MOST_DAYS: f64 = 36_525.0;

impl Operator {
    /// Its name.
    pub fn kind(&self) -> OperatorKind {
        match self {
            Self::Missing => OperatorKind::Missing,
            Self::Equals(_) => OperatorKind::Equals,
            Self::IsNot(_) => OperatorKind::IsNot,
            Self::OneOf(_) => OperatorKind::OneOf,
            Self::Contains(_) => OperatorKind::Contains,
            Self::ShorterThan(_) => OperatorKind::ShorterThan,
            Self::GreaterThan(_) => OperatorKind::GreaterThan,
            Self::LessThan(_) => OperatorKind::LessThan,
            Self::OlderThan(_) => OperatorKind::OlderThan,
            Self::InLast(_) => OperatorKind::InLast,
            Self::ChangedMoreThan(_) => OperatorKind::ChangedMoreThan,
            Self::NotChangedFor(_) => OperatorKind::NotChangedFor,
        }
    }
}

impl OperatorKind {
    /// The operators that make sense for a field, in a settled order; none for a field that is not mapped.
    pub fn of(field: &Field, types: &FieldTypes) -> Vec<Self> {
        let Some(holds) = types.of(field) else { return Vec::new() };
        let mut operators = of_type(holds).to_vec();
        if holds != ValueType::Count && holds != ValueType::Elapsed && !is_always_there(field) {
            operators.insert(0, Self::Missing);
        }
        if field.has_history() {
            operators.extend([Self::ChangedMoreThan, Self::NotChangedFor]);
        }
        operators
    }
}

fn of_type(holds: ValueType) -> &'static [OperatorKind] {
    use OperatorKind as Is;
    match holds {
        ValueType::Text | ValueType::List => {
            &[Is::Equals, Is::IsNot, Is::OneOf, Is::Contains, Is::ShorterThan]
        }
        ValueType::RichText => &[Is::ShorterThan],
        ValueType::Person => &[Is::Equals, Is::IsNot, Is::OneOf],
        ValueType::Number | ValueType::Count => {
            &[Is::Equals, Is::IsNot, Is::OneOf, Is::GreaterThan, Is::LessThan]
        }
        ValueType::Date | ValueType::Instant => {
            &[Is::Equals, Is::IsNot, Is::OneOf, Is::GreaterThan, Is::LessThan, Is::OlderThan, Is::InLast]
        }
        ValueType::Flag => &[Is::Equals, Is::IsNot],
        ValueType::Elapsed => &[Is::GreaterThan, Is::LessThan],
    }
}

fn is_always_there(field: &Field) -> bool {
    matches!(field, Field::Key | Field::Project | Field::Subtask | Field::Created | Field::Updated)
        || is_named_by_the_site(field)
}

/// Jira gives each issue one. Where it is not known all the same, its group is that without a value, which a filter has to find.
fn is_named_by_the_site(field: &Field) -> bool {
    matches!(field, Field::Type | Field::Status | Field::StatusCategory)
}

impl Condition {
    /// The same of a filter, which may ask for what nobody could want.
    pub(super) fn check_of_filter(&self, types: &FieldTypes) -> Result<(), RuleError> {
        match self.operator {
            Operator::Missing if is_named_by_the_site(&self.field) => Ok(()),
            _ => self.check(types),
        }
    }

    /// Whether it can make sense.
    ///
    /// # Errors
    /// The first reason why it cannot.
    pub fn check(&self, types: &FieldTypes) -> Result<(), RuleError> {
        let field = || self.field.clone();
        let holds = types.of(&self.field).ok_or_else(|| RuleError::UnknownField { field: field() })?;
        let operator = self.operator.kind();
        if !OperatorKind::of(&self.field, types).contains(&operator) {
            return Err(match operator {
                OperatorKind::Missing => RuleError::NeverMissing { field: field() },
                OperatorKind::ChangedMoreThan | OperatorKind::NotChangedFor => {
                    RuleError::NoHistory { field: field() }
                }
                _ => RuleError::OperatorNotForField { field: field(), operator, holds },
            });
        }
        match &self.operator {
            Operator::Equals(one) | Operator::IsNot(one) => self.operand(one, holds),
            Operator::GreaterThan(one) | Operator::LessThan(one) => self.operand(one, holds),
            Operator::OneOf(values) if values.is_empty() => Err(RuleError::NoValues { field: field() }),
            Operator::OneOf(values) => values.iter().try_for_each(|one| self.operand(one, holds)),
            Operator::Contains(text) if text.is_empty() => Err(RuleError::NoValues { field: field() }),
            Operator::ShorterThan(0) => Err(RuleError::TooFew),
            Operator::OlderThan(days) | Operator::InLast(days) | Operator::NotChangedFor(days) => {
                check_days(*days)
            }
            _ => Ok(()),
        }
    }

    fn operand(&self, found: &Operand, holds: ValueType) -> Result<(), RuleError> {
        let fits = match (holds, found) {
            (ValueType::Text, Operand::Text(word)) if self.field == Field::StatusCategory => {
                if !["todo", "in_progress", "done"].contains(&word.as_str()) {
                    return Err(RuleError::NotACategory { found: word.clone() });
                }
                true
            }
            (ValueType::Text | ValueType::Person | ValueType::List, Operand::Text(_)) => true,
            (ValueType::Elapsed, Operand::Number(days)) => return check_days(*days),
            (ValueType::Number | ValueType::Count, Operand::Number(number)) => number.is_finite(),
            (ValueType::Date | ValueType::Instant, Operand::Text(day)) => {
                day.len() == 10 && Day::parse(day).is_some()
            }
            (ValueType::Flag, Operand::Flag(_)) => true,
            _ => false,
        };
        let wrong = || RuleError::WrongOperand { field: self.field.clone(), holds, found: found.clone() };
        if fits { Ok(()) } else { Err(wrong()) }
    }
}

/// Whether a threshold in days can be.
pub(super) fn check_days(days: f64) -> Result<(), RuleError> {
    if (0.0..=MOST_DAYS).contains(&days) { Ok(()) } else { Err(RuleError::OutOfRange { found: days }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str) -> Result<(), RuleError> {
        let types = FieldTypes::from_iter([("c1", ValueType::Number), ("c2", ValueType::Flag)]);
        serde_json::from_str::<Condition>(json).unwrap().check(&types)
    }

    #[test]
    fn what_makes_sense_passes() {
        for json in [
            r#"{"field":"priority","op":"one_of","value":["High","Highest"]}"#,
            r#"{"field":"description","op":"shorter_than","value":10}"#,
            r#"{"field":"due_date","op":"missing"}"#,
            r#"{"field":"due_date","op":"less_than","value":"2026-01-01"}"#,
            r#"{"field":"hops","op":"greater_than","value":3}"#,
            r#"{"field":"status","op":"not_changed_for","value":14}"#,
            r#"{"field":"created","op":"older_than","value":0.5}"#,
            r#"{"field":"custom:c1","op":"changed_more_than","value":2}"#,
            r#"{"field":"custom:c2","op":"equals","value":true}"#,
            r#"{"field":"status_category","op":"is_not","value":"done"}"#,
        ] {
            assert_eq!(check(json), Ok(()), "{json}");
        }
    }

    #[test]
    fn what_cannot_make_sense_is_refused_with_the_reason() {
        let refused = |json| format!("{:?}", check(json).unwrap_err());
        for (json, reason) in [
            (r#"{"field":"summary","op":"greater_than","value":3}"#, "OperatorNotForField"),
            (r#"{"field":"summary","op":"equals","value":3}"#, "WrongOperand"),
            (r#"{"field":"story_points","op":"less_than","value":"three"}"#, "WrongOperand"),
            (r#"{"field":"due_date","op":"equals","value":"2026-02-30"}"#, "WrongOperand"),
            (r#"{"field":"description","op":"contains","value":"x"}"#, "OperatorNotForField"),
            (r#"{"field":"status_category","op":"equals","value":"closed"}"#, "NotACategory"),
            (r#"{"field":"project","op":"missing"}"#, "NeverMissing"),
            (r#"{"field":"hops","op":"missing"}"#, "NeverMissing"),
            (r#"{"field":"type","op":"missing"}"#, "NeverMissing"),
            (r#"{"field":"status","op":"missing"}"#, "NeverMissing"),
            (r#"{"field":"status_category","op":"missing"}"#, "NeverMissing"),
            (r#"{"field":"created","op":"missing"}"#, "NeverMissing"),
            (r#"{"field":"updated","op":"missing"}"#, "NeverMissing"),
            (r#"{"field":"creator","op":"changed_more_than","value":1}"#, "NoHistory"),
            (r#"{"field":"custom:c9","op":"missing"}"#, "UnknownField"),
            (r#"{"field":"labels","op":"one_of","value":[]}"#, "NoValues"),
            (r#"{"field":"labels","op":"contains","value":""}"#, "NoValues"),
            (r#"{"field":"summary","op":"shorter_than","value":0}"#, "TooFew"),
            (r#"{"field":"created","op":"older_than","value":-1}"#, "OutOfRange"),
            (r#"{"field":"age_days","op":"greater_than","value":1e300}"#, "OutOfRange"),
            (r#"{"field":"age_days","op":"equals","value":3}"#, "OperatorNotForField"),
        ] {
            assert!(refused(json).starts_with(reason), "{json}: {}", refused(json));
        }
    }

    #[test]
    fn conditions_are_read_as_they_are_written() {
        for json in [
            r#"{"field":"due_date","op":"missing"}"#,
            r#"{"field":"priority","op":"one_of","value":["High","1"]}"#,
            r#"{"field":"story_points","op":"equals","value":2.5}"#,
            r#"{"field":"subtask","op":"equals","value":true}"#,
            r#"{"field":"custom:c1","op":"changed_more_than","value":2}"#,
        ] {
            let condition: Condition = serde_json::from_str(json).unwrap();
            assert_eq!(serde_json::to_string(&condition).unwrap(), json);
        }
    }
}
