//! Filters held against resources.

use super::{Filter, Operator, Scope, compare};
use crate::scim::{path::Bound, schema::Attribute};
use serde_json::{Map, Value};

/// Whether what is in the scope is so. A name that stands for nothing there is `false`.
pub(in crate::scim) fn matches(filter: &Filter, scope: Scope, object: &Map<String, Value>) -> bool {
    match filter {
        Filter::All(all) => all.iter().all(|one| matches(one, scope, object)),
        Filter::Any(any) => any.iter().any(|one| matches(one, scope, object)),
        Filter::Not(inner) => !matches(inner, scope, object),
        Filter::Present(path) => scope.bind(path).is_some_and(|bound| is_present(&bound, object)),
        Filter::Compare(path, operator, expected) => {
            scope.bind_compared(path).is_some_and(|bound| compared(&bound, object, *operator, expected))
        }
        Filter::Values(path, inner) => scope.bind(path).is_some_and(|bound| {
            let values = bound.value(object).and_then(Value::as_array);
            values.into_iter().flatten().any(|value| selects(inner, bound.attribute, value))
        }),
    }
}

/// Whether one value of an attribute is so.
pub(in crate::scim) fn selects(filter: &Filter, attribute: &'static Attribute, value: &Value) -> bool {
    value.as_object().is_some_and(|object| matches(filter, Scope::Part(attribute), object))
}

fn compared(bound: &Bound, object: &Map<String, Value>, operator: Operator, expected: &Value) -> bool {
    let target = bound.target();
    let holds = |actual: Option<&Value>| compare::holds(target, actual, operator, expected);
    match bound.value(object) {
        None => holds(None),
        Some(Value::Array(all)) => {
            let mut each = all.iter().map(|value| match bound.part {
                Some(part) => holds(value.get(part.name)),
                None => holds(Some(value)),
            });
            if operator == Operator::NotEqual { each.all(|one| one) } else { each.any(|one| one) }
        }
        Some(value) => match bound.part {
            Some(part) => holds(value.get(part.name)),
            None => holds(Some(value)),
        },
    }
}

fn is_present(bound: &Bound, object: &Map<String, Value>) -> bool {
    let Some(value) = bound.value(object) else { return false };
    match (value, bound.part) {
        (value, None) => is_something(value),
        (Value::Array(all), Some(part)) => all.iter().any(|one| one.get(part.name).is_some_and(is_something)),
        (value, Some(part)) => value.get(part.name).is_some_and(is_something),
    }
}

fn is_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(all) => all.iter().any(is_something),
        Value::Object(parts) => parts.values().any(is_something),
        Value::Bool(_) | Value::Number(_) => true,
    }
}
