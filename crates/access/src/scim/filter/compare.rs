//! Comparisons of one value with another, by what the attribute is.

use super::Operator;
use crate::scim::{
    ScimError,
    fold::comparable,
    schema::{Attribute, Type},
};
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use serde_json::Value;
use std::cmp::Ordering;

/// Whether such values can be compared so.
pub(super) fn check(attribute: &Attribute, operator: Operator, expected: &Value) -> Result<(), ScimError> {
    let name = attribute.name;
    let refused = |detail: String| Err(ScimError::filter(detail));
    match attribute.kind {
        Type::Complex => refused(format!("{name} is an object: compare one of its parts")),
        Type::Boolean | Type::Binary if !operator.is_equality() => {
            refused(format!("{name} can be compared with eq and ne alone"))
        }
        _ if expected.is_null() => Ok(()),
        Type::Boolean if flag(expected).is_none() => {
            refused(format!("{name} is compared with true or false"))
        }
        Type::DateTime if !operator.is_about_parts() && moment(expected).is_none() => {
            refused(format!("{name} is compared with a moment, as in \"2026-01-31T12:00:00Z\""))
        }
        Type::String | Type::Reference | Type::Binary | Type::DateTime if !expected.is_string() => {
            refused(format!("{name} is compared with a text in quotes"))
        }
        _ => Ok(()),
    }
}

/// Whether a comparison holds; what is not there is `null`.
pub(super) fn holds(
    attribute: &Attribute,
    actual: Option<&Value>,
    operator: Operator,
    expected: &Value,
) -> bool {
    let Some(actual) = actual.filter(|value| !value.is_null()) else {
        return match operator {
            Operator::Equal => expected.is_null(),
            Operator::NotEqual => !expected.is_null(),
            _ => false,
        };
    };
    if expected.is_null() {
        return operator == Operator::NotEqual;
    }
    let order = match attribute.kind {
        Type::Boolean => flag(actual).zip(flag(expected)).map(|(a, b)| a.cmp(&b)),
        Type::DateTime if operator.is_about_parts() => return false,
        Type::DateTime => moment(actual).zip(moment(expected)).map(|(a, b)| a.cmp(&b)),
        _ => {
            let (Some(a), Some(b)) = (actual.as_str(), expected.as_str()) else {
                return operator == Operator::NotEqual;
            };
            let (a, b) = (comparable(a, attribute.case_exact), comparable(b, attribute.case_exact));
            match operator {
                Operator::Contains => return a.contains(&*b),
                Operator::StartsWith => return a.starts_with(&*b),
                Operator::EndsWith => return a.ends_with(&*b),
                _ => Some(a.cmp(&b)),
            }
        }
    };
    let Some(order) = order else { return operator == Operator::NotEqual };
    match operator {
        Operator::Equal => order == Ordering::Equal,
        Operator::NotEqual => order != Ordering::Equal,
        Operator::Greater => order == Ordering::Greater,
        Operator::GreaterOrEqual => order != Ordering::Less,
        Operator::Less => order == Ordering::Less,
        Operator::LessOrEqual => order != Ordering::Greater,
        Operator::Contains | Operator::StartsWith | Operator::EndsWith => false,
    }
}

/// A flag, also as some clients write it: `"True"`.
fn flag(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// A moment; one without a time zone is taken for UTC.
fn moment(value: &Value) -> Option<Timestamp> {
    let text = value.as_str()?;
    let utc = || text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok().map(|at| at.timestamp());
    text.parse().ok().or_else(utc)
}

/// A moment in a form that sorts.
pub(in crate::scim) fn comparable_moment(value: &Value) -> Option<i128> {
    moment(value).map(Timestamp::as_nanosecond)
}
