//! Values of clients as they are kept: of the type that the schema has, with its names, and without what is empty.

use super::{
    LONGEST_BINARY, LONGEST_NAME, LONGEST_TEXT, MOST_MEMBERS, MOST_VALUES, ScimError,
    error::shown,
    fold::comparable,
    schema::{Attribute, Mutability, Type},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value};
use std::collections::HashSet;

/// What a client gives for an attribute, as it is kept; nothing where it is empty or `null`.
pub(super) fn of_attribute(attribute: &Attribute, value: &Value) -> Result<Option<Value>, ScimError> {
    if !attribute.multi_valued {
        return single(attribute, value);
    }
    let all = match value {
        Value::Null => return Ok(None),
        Value::Array(all) => several(attribute, all)?,
        _ => return Err(ScimError::value(format!("{} has several values: give a list", attribute.name))),
    };
    if all.iter().filter(|one| is_primary(one)).count() > 1 {
        return Err(ScimError::value(format!("{} has more than one primary value", attribute.name)));
    }
    Ok((!all.is_empty()).then_some(Value::Array(all)))
}

/// The values of a list, as they are kept; those that are known by one part, as members are, each of them once.
pub(super) fn several(attribute: &Attribute, all: &[Value]) -> Result<Vec<Value>, ScimError> {
    check_number(attribute, all.len())?;
    let mut seen = HashSet::new();
    let mut kept = Vec::with_capacity(all.len());
    for value in all {
        if let Some(value) = single(attribute, value)?
            && (key_of(attribute).is_none() || seen.insert(identity(attribute, &value)))
        {
            kept.push(value);
        }
    }
    Ok(kept)
}

/// The part that values of a list are known by, where there is one.
pub(super) fn key_of(attribute: &Attribute) -> Option<&Attribute> {
    attribute.parts.iter().find(|part| part.required)
}

/// That there are not too many of them.
pub(super) fn check_number(attribute: &Attribute, number: usize) -> Result<(), ScimError> {
    let most = if attribute.name == "members" { MOST_MEMBERS } else { MOST_VALUES };
    if number > most {
        return Err(ScimError::value(format!("{} has more than {most} values", attribute.name)));
    }
    Ok(())
}

/// One value.
pub(super) fn single(attribute: &Attribute, value: &Value) -> Result<Option<Value>, ScimError> {
    let name = attribute.name;
    match (attribute.kind, value) {
        (_, Value::Null) => Ok(None),
        (Type::Complex, Value::Object(given)) => object(attribute, given),
        // As Entra gives a manager.
        (Type::Complex, Value::String(_)) if !attribute.multi_valued && attribute.part("value").is_some() => {
            let given = Map::from_iter([("value".to_owned(), value.clone())]);
            object(attribute, &given)
        }
        (Type::Complex, _) => Err(ScimError::value(format!("{name} is an object"))),
        (Type::Boolean, Value::Bool(_)) => Ok(Some(value.clone())),
        (Type::Boolean, Value::String(text)) if text.eq_ignore_ascii_case("true") => Ok(Some(true.into())),
        (Type::Boolean, Value::String(text)) if text.eq_ignore_ascii_case("false") => Ok(Some(false.into())),
        (Type::Boolean, _) => Err(ScimError::value(format!("{name} is true or false"))),
        (_, Value::String(text)) => {
            check_text(attribute, text)?;
            Ok(Some(value.clone()))
        }
        _ => Err(ScimError::value(format!("{name} is a text"))),
    }
}

fn check_text(attribute: &Attribute, text: &str) -> Result<(), ScimError> {
    let name = attribute.name;
    let longest = match attribute.kind {
        Type::Binary => LONGEST_BINARY,
        _ if attribute.required || attribute.name == "externalId" => LONGEST_NAME,
        _ => LONGEST_TEXT,
    };
    if text.len() > longest {
        return Err(ScimError::value(format!("{name} is longer than {longest} bytes")));
    }
    if text.contains('\0') {
        return Err(ScimError::value(format!("{name} holds a NUL character")));
    }
    if attribute.required && text.trim().is_empty() {
        return Err(ScimError::value(format!("{name} is empty")));
    }
    if attribute.kind == Type::Binary && STANDARD.decode(text).is_err() {
        return Err(ScimError::value(format!("{name} is not base64")));
    }
    Ok(())
}

/// The parts of an object; what the schema does not have, and what clients do not change, is left out.
fn object(attribute: &Attribute, given: &Map<String, Value>) -> Result<Option<Value>, ScimError> {
    let mut kept = Map::new();
    let mut seen = HashSet::new();
    for (name, value) in given {
        let Some(part) = attribute.part(name) else { continue };
        once(&mut seen, part.name)?;
        if part.mutability == Mutability::ReadOnly {
            continue;
        }
        if let Some(value) = of_attribute(part, value)? {
            kept.insert(part.name.to_owned(), value);
        }
    }
    if kept.is_empty() {
        return if seen.is_empty() { none_known(attribute, given).map(|()| None) } else { Ok(None) };
    }
    for part in attribute.parts.iter().filter(|part| part.required) {
        if !kept.contains_key(part.name) {
            return Err(ScimError::value(format!("{} needs {}", attribute.name, part.name)));
        }
    }
    Ok(Some(Value::Object(kept)))
}

/// That an object in which nothing is known is empty: what cannot be taken for anything is not taken for nothing.
pub(super) fn none_known(attribute: &Attribute, given: &Map<String, Value>) -> Result<(), ScimError> {
    match given.is_empty() {
        true => Ok(()),
        false => {
            Err(ScimError::value(format!("The schema knows none of what is given for {}", attribute.name)))
        }
    }
}

/// That a name does not stand twice in one object, in another case say.
pub(super) fn once(seen: &mut HashSet<&'static str>, name: &'static str) -> Result<(), ScimError> {
    match seen.insert(name) {
        true => Ok(()),
        false => Err(ScimError::syntax(format!("{} stands there twice", shown(name)))),
    }
}

/// By what a value of a list is known to be one that is there: a member by its id, others by all that they say.
pub(super) fn identity(attribute: &Attribute, value: &Value) -> String {
    let text = |part: &Attribute, value: &Value| match value {
        Value::String(text) => comparable(text, part.case_exact).into_owned(),
        other => other.to_string(),
    };
    match value {
        Value::Object(parts) => match key_of(attribute) {
            Some(key) => parts.get(key.name).map(|value| text(key, value)).unwrap_or_default(),
            None => {
                let part = |(name, value): (&String, &Value)| {
                    let text = attribute.part(name).map(|part| text(part, value)).unwrap_or_default();
                    Value::Array(vec![Value::String(name.clone()), Value::String(text)]).to_string()
                };
                parts.iter().map(part).collect()
            }
        },
        other => text(attribute, other),
    }
}

/// Whether a value of a list is the one that is preferred.
pub(super) fn is_primary(value: &Value) -> bool {
    value.get("primary") == Some(&Value::Bool(true))
}
