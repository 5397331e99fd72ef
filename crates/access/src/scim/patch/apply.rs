//! One operation, done to a resource.

use super::{Operation, Target, Verb, write};
use crate::scim::{
    ScimError, ScimType,
    error::shown,
    filter::{Filter, Operator, selects},
    path::{AttributePath, Bound},
    resource::Draft,
    schema::{ResourceKind, Type},
    value,
};
use serde_json::{Map, Value};

/// Does it.
pub(super) fn apply(kind: ResourceKind, kept: &mut Draft, operation: &Operation) -> Result<(), ScimError> {
    match (operation.verb, &operation.value) {
        (Verb::Remove, given) => remove(kept, &operation.target, given.as_ref()),
        (verb, Some(given)) => set(kind, kept, &operation.target, given, verb),
        // A request without a value was refused when it was read.
        (_, None) => Err(ScimError::value("add and replace need a value")),
    }
}

fn remove(kept: &mut Draft, target: &Target, given: Option<&Value>) -> Result<(), ScimError> {
    let (bound, filter) = match target {
        Target::Resource => return Err(ScimError::path("The resource itself is not removed by a PATCH")),
        Target::Extension(schema) => {
            kept.remove(schema.id);
            return Ok(());
        }
        Target::Attribute(bound, filter) => (bound, filter.as_ref()),
    };
    let listed = given.filter(|value| !value.is_null());
    match (filter, listed) {
        (None, Some(listed)) if bound.attribute.multi_valued && bound.part.is_none() => {
            remove_listed(kept, bound, listed)
        }
        _ => unassign(kept, bound, filter),
    }
}

/// Takes away what a path points at; of a filter that takes nothing, nothing.
fn unassign(kept: &mut Draft, bound: &Bound, filter: Option<&Filter>) -> Result<(), ScimError> {
    let attribute = bound.attribute;
    let takes = |value: &Value| filter.is_none_or(|filter| selects(filter, attribute, value));
    write::on_host(kept, bound, |host| {
        match (host.get_mut(attribute.name), bound.part) {
            (None, _) => return Ok(()),
            (Some(Value::Array(all)), None) => all.retain(|value| !takes(value)),
            (Some(_), None) => _ = host.remove(attribute.name),
            (Some(Value::Array(all)), Some(part)) => {
                for value in all.iter_mut().filter(|value| takes(value)) {
                    write::take_part(value, part)?;
                }
            }
            (Some(value), Some(part)) => write::take_part(value, part)?,
        }
        write::settle(host, attribute)
    })
}

/// Takes away those values of a list that say all that one of the given ones says, as Entra removes members.
fn remove_listed(kept: &mut Draft, bound: &Bound, listed: &Value) -> Result<(), ScimError> {
    let attribute = bound.attribute;
    let given = match listed {
        Value::Array(all) => all.iter().collect(),
        one => vec![one],
    };
    let mut filters = vec![];
    for one in given {
        let parts = one.as_object().filter(|parts| !parts.is_empty());
        let Some(parts) = parts else {
            return Err(ScimError::value(format!("{} are removed by a list of objects", attribute.name)));
        };
        let mut all = vec![];
        for (name, value) in parts {
            let Some(part) = attribute.part(name) else { continue };
            // What is shown beside the id is worked out here, and clients send it back as they saw it.
            if part.name == "$ref" {
                continue;
            }
            let path = AttributePath { urn: None, name: part.name.to_owned(), part: None };
            all.push(Filter::Compare(path, Operator::Equal, value.clone()));
        }
        // A member is known by its id alone.
        if let Some(key) = value::key_of(attribute) {
            all.retain(|one| matches!(one, Filter::Compare(path, ..) if path.name == key.name));
        }
        if all.is_empty() {
            return Err(ScimError::value(format!("{} is known by none of what is given", attribute.name)));
        }
        filters.push(Filter::All(all));
    }
    unassign(kept, bound, Some(&Filter::Any(filters)))
}

fn set(
    kind: ResourceKind,
    kept: &mut Draft,
    target: &Target,
    given: &Value,
    verb: Verb,
) -> Result<(), ScimError> {
    match target {
        Target::Resource => {
            let parts = given.as_object().ok_or_else(|| {
                ScimError::value("Without a path the value is an object with the attributes to change")
            })?;
            parts.iter().try_for_each(|(name, value)| named(kind, kept, name, value, verb))
        }
        Target::Extension(schema) => match given {
            Value::Null => {
                kept.remove(schema.id);
                Ok(())
            }
            Value::Object(parts) => parts.iter().try_for_each(|(name, value)| {
                let path = AttributePath { urn: Some(schema.id.to_owned()), name: name.clone(), part: None };
                match path.bind(kind) {
                    Some(_) => named(kind, kept, &path.to_string(), value, verb),
                    None => Ok(()),
                }
            }),
            _ => Err(ScimError::value(format!("{} is an object", schema.id))),
        },
        Target::Attribute(bound, None) => set_plain(kept, bound, given, verb),
        Target::Attribute(bound, Some(filter)) => set_chosen(kept, bound, filter, given, verb),
    }
}

/// An attribute of the value of an operation without a path. Names that stand for nothing are passed over; so is what this server
/// itself says of the resource, which clients send back as they read it.
fn named(
    kind: ResourceKind,
    kept: &mut Draft,
    name: &str,
    value: &Value,
    verb: Verb,
) -> Result<(), ScimError> {
    let target = match Target::read(kind, name) {
        Err(error) if name.contains('[') => return Err(error),
        Ok(Target::Resource) | Err(_) => return Ok(()),
        Ok(target) => target,
    };
    if target.check_may_change(name).is_err() {
        return Ok(());
    }
    if value.is_null() && verb == Verb::Add {
        return Ok(());
    }
    set(kind, kept, &target, value, verb)
}

/// Sets an attribute, or a part of it, without a filter.
fn set_plain(kept: &mut Draft, bound: &Bound, given: &Value, verb: Verb) -> Result<(), ScimError> {
    let unassigns = is_empty(given) && verb == Verb::Replace && bound.target().multi_valued;
    if given.is_null() || unassigns {
        return unassign(kept, bound, None);
    }
    let attribute = bound.attribute;
    write::on_host(kept, bound, |host| {
        match (bound.part, attribute.multi_valued) {
            (Some(part), true) => {
                let Some(Value::Array(all)) = host.get_mut(attribute.name) else { return Ok(()) };
                write::set_parts(all, |_| true, &[(part, given)])?;
            }
            (Some(part), false) => write::merge(host, attribute, &[(part, given)])?,
            (None, true) if verb == Verb::Add => write::append(host, attribute, given)?,
            (None, true) => {
                let listed = match given {
                    Value::Array(_) => value::of_attribute(attribute, given)?,
                    one => value::of_attribute(attribute, &Value::Array(vec![one.clone()]))?,
                };
                match listed {
                    Some(listed) => _ = host.insert(attribute.name.to_owned(), listed),
                    None => _ = host.remove(attribute.name),
                }
            }
            (None, false) => match (attribute.kind, given) {
                (Type::Complex, Value::Object(parts)) => {
                    write::merge(host, attribute, &write::parts_of(attribute, parts)?)?;
                }
                _ => match value::single(attribute, given)? {
                    Some(value) => _ = host.insert(attribute.name.to_owned(), value),
                    None => _ = host.remove(attribute.name),
                },
            },
        }
        write::settle(host, attribute)
    })
}

/// Sets what a filter takes of an attribute.
fn set_chosen(
    kept: &mut Draft,
    bound: &Bound,
    filter: &Filter,
    given: &Value,
    verb: Verb,
) -> Result<(), ScimError> {
    let attribute = bound.attribute;
    let whole;
    let parts = match (bound.part, given) {
        (Some(part), given) => vec![(part, given)],
        (None, Value::Object(parts)) => write::parts_of(attribute, parts)?,
        (None, Value::Array(all)) if all.len() == 1 && all[0].is_object() => {
            whole = all[0].as_object().cloned().unwrap_or_default();
            write::parts_of(attribute, &whole)?
        }
        // That nothing is chosen is told first.
        (None, Value::Null) => vec![],
        (None, _) => return Err(no_object(bound)),
    };
    let chosen = |value: &Value| selects(filter, attribute, value);
    let is_there = bound.value(kept).and_then(Value::as_array).is_some_and(|all| all.iter().any(chosen));
    if !is_there {
        return match described(filter).filter(|_| verb == Verb::Add) {
            Some(description) => add_described(kept, bound, filter, &description, &parts),
            None => Err(ScimError::of(
                ScimType::NoTarget,
                format!("No value of {} is as the filter of the path has it", attribute.name),
            )),
        };
    }
    if given.is_null() && bound.part.is_none() {
        return Err(no_object(bound));
    }
    write::on_host(kept, bound, |host| {
        if let Some(Value::Array(all)) = host.get_mut(attribute.name) {
            write::set_parts(all, chosen, &parts)?;
        }
        write::settle(host, attribute)
    })
}

fn no_object(bound: &Bound) -> ScimError {
    ScimError::value(format!("A value of {} is an object", bound.attribute.name))
}

/// What a value has to be so that a filter takes it, where the filter says just that: parts that are equal to something.
fn described(filter: &Filter) -> Option<Vec<(&str, &Value)>> {
    match filter {
        Filter::Compare(path, Operator::Equal, value) => Some(vec![(path.name.as_str(), value)]),
        Filter::All(all) => all
            .iter()
            .map(described)
            .collect::<Option<Vec<_>>>()
            .map(|all| all.into_iter().flatten().collect()),
        _ => None,
    }
}

/// Adds the value that a filter describes, as Entra wants it.
fn add_described(
    kept: &mut Draft,
    bound: &Bound,
    filter: &Filter,
    description: &[(&str, &Value)],
    parts: &[write::Part<'_>],
) -> Result<(), ScimError> {
    let attribute = bound.attribute;
    let mut value = Map::new();
    for (name, given) in description {
        value.insert((*name).to_owned(), (*given).clone());
    }
    for (part, given) in parts {
        value.retain(|name, _| !name.eq_ignore_ascii_case(part.name));
        value.insert(part.name.to_owned(), (*given).clone());
    }
    let value = Value::Object(value);
    let is_so = value::single(attribute, &value)?.is_some_and(|value| selects(filter, attribute, &value));
    if !is_so {
        let detail = format!("The value is not as the filter of {} has it", shown(attribute.name));
        return Err(ScimError::value(detail));
    }
    write::on_host(kept, bound, |host| {
        write::append(host, attribute, &value)?;
        write::settle(host, attribute)
    })
}

fn is_empty(value: &Value) -> bool {
    matches!(value, Value::Array(all) if all.is_empty())
}
