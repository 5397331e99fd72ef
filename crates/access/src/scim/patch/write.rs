//! Changes of the values of one attribute, and what has to hold after them.

use crate::scim::{
    ScimError,
    path::Bound,
    resource::Draft,
    schema::{Attribute, Mutability},
    value::{self, identity, is_primary},
};
use serde_json::{Map, Value};
use std::collections::HashSet;

/// A part of an attribute and what it is set to.
pub(super) type Part<'a> = (&'static Attribute, &'a Value);

/// Lets something be done to the object that holds an attribute. An extension that is not there is made, and one with nothing left goes.
pub(super) fn on_host(
    kept: &mut Draft,
    bound: &Bound,
    work: impl FnOnce(&mut Map<String, Value>) -> Result<(), ScimError>,
) -> Result<(), ScimError> {
    let Some(schema) = bound.extension else { return work(kept) };
    let mut host = match kept.remove(schema.id) {
        Some(Value::Object(host)) => host,
        _ => Map::new(),
    };
    work(&mut host)?;
    if !host.is_empty() {
        kept.insert(schema.id.to_owned(), Value::Object(host));
    }
    Ok(())
}

/// The parts that an object names, but for those of the server and those that no schema has.
pub(super) fn parts_of<'a>(
    attribute: &'static Attribute,
    given: &'a Map<String, Value>,
) -> Result<Vec<Part<'a>>, ScimError> {
    let mut seen = HashSet::new();
    let mut parts = vec![];
    for (name, value) in given {
        let Some(part) = attribute.part(name) else { continue };
        value::once(&mut seen, part.name)?;
        if part.mutability != Mutability::ReadOnly {
            parts.push((part, value));
        }
    }
    if seen.is_empty() {
        value::none_known(attribute, given)?;
    }
    Ok(parts)
}

/// Sets parts of the one object of an attribute; what is not named stays.
pub(super) fn merge(
    host: &mut Map<String, Value>,
    attribute: &'static Attribute,
    parts: &[Part<'_>],
) -> Result<(), ScimError> {
    let object = host.entry(attribute.name).or_insert_with(|| Value::Object(Map::new()));
    parts.iter().try_for_each(|(part, given)| set_part(object, part, given))
}

/// Sets parts of those of several objects that are chosen, by how they were before.
pub(super) fn set_parts(
    all: &mut [Value],
    chosen: impl Fn(&Value) -> bool,
    parts: &[Part<'_>],
) -> Result<(), ScimError> {
    let before: Vec<bool> = all.iter().map(is_primary).collect();
    for object in all.iter_mut().filter(|object| chosen(object)) {
        parts.iter().try_for_each(|(part, given)| set_part(object, part, given))?;
    }
    settle_primary(all, &before)
}

fn set_part(object: &mut Value, part: &'static Attribute, given: &Value) -> Result<(), ScimError> {
    let value = value::of_attribute(part, given)?;
    let Some(object) = object.as_object_mut() else { return Ok(()) };
    match (object.get(part.name), value) {
        (Some(before), Some(value)) if *before == value => {}
        (Some(_), _) if part.mutability == Mutability::Immutable => {
            return Err(ScimError::mutability(format!("{} cannot be changed", part.name)));
        }
        (_, Some(value)) => _ = object.insert(part.name.to_owned(), value),
        (_, None) => _ = object.remove(part.name),
    }
    Ok(())
}

/// Takes a part of an object away.
pub(super) fn take_part(object: &mut Value, part: &'static Attribute) -> Result<(), ScimError> {
    set_part(object, part, &Value::Null)
}

/// Adds values that are not there yet.
pub(super) fn append(
    host: &mut Map<String, Value>,
    attribute: &'static Attribute,
    given: &Value,
) -> Result<(), ScimError> {
    let given = match given {
        Value::Array(all) => value::several(attribute, all)?,
        one => value::several(attribute, std::slice::from_ref(one))?,
    };
    let mut all = match host.remove(attribute.name) {
        Some(Value::Array(all)) => all,
        _ => vec![],
    };
    let mut before: Vec<bool> = all.iter().map(is_primary).collect();
    let seen: HashSet<String> = all.iter().map(|one| identity(attribute, one)).collect();
    for one in given {
        if !seen.contains(&identity(attribute, &one)) {
            all.push(one);
            before.push(false);
        }
    }
    value::check_number(attribute, all.len())?;
    settle_primary(&mut all, &before)?;
    host.insert(attribute.name.to_owned(), Value::Array(all));
    Ok(())
}

/// Keeps the value that was just made the preferred one as the only one that is.
fn settle_primary(all: &mut [Value], before: &[bool]) -> Result<(), ScimError> {
    let marked: Vec<usize> =
        (0..all.len()).filter(|at| is_primary(&all[*at]) && before.get(*at) != Some(&true)).collect();
    let [only] = marked.as_slice() else {
        return match marked.is_empty() {
            true => Ok(()),
            false => Err(ScimError::value("More than one value is made the primary one")),
        };
    };
    for (at, value) in all.iter_mut().enumerate() {
        if at != *only && is_primary(value) {
            value["primary"] = false.into();
        }
    }
    Ok(())
}

/// Takes away what is empty; what has to be there must not be.
pub(super) fn settle(host: &mut Map<String, Value>, attribute: &Attribute) -> Result<(), ScimError> {
    if let Some(Value::Array(all)) = host.get_mut(attribute.name) {
        all.retain(|value| !is_hollow(value));
    }
    if host.get(attribute.name).is_some_and(is_hollow) {
        host.remove(attribute.name);
    }
    if attribute.required && !host.contains_key(attribute.name) {
        return Err(ScimError::mutability(format!("{} has to be there", attribute.name)));
    }
    Ok(())
}

fn is_hollow(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(parts) => parts.is_empty(),
        Value::Array(all) => all.is_empty(),
        _ => false,
    }
}
