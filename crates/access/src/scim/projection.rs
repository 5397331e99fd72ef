//! Which attributes of a resource are shown (RFC 7644 §3.9).

use super::{
    LONGEST_EXPRESSION, ScimError,
    path::AttributePath,
    schema::{ResourceKind, Returned},
};
use serde_json::{Map, Value};

/// What a client wants to see.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Projection {
    /// What is shown unless something else is asked for.
    #[default]
    Usual,
    /// These, and what is always shown.
    Only(Vec<String>),
    /// All but these.
    Without(Vec<String>),
}

impl Projection {
    /// From the lists of a request.
    ///
    /// # Errors
    /// `invalidValue` when both are given.
    pub fn of(attributes: Vec<String>, excluded: Vec<String>) -> Result<Self, ScimError> {
        let length = |all: &[String]| all.iter().map(String::len).sum::<usize>();
        if length(&attributes).max(length(&excluded)) > LONGEST_EXPRESSION {
            return Err(ScimError::value("The list of attributes is too long"));
        }
        match (attributes.is_empty(), excluded.is_empty()) {
            (true, true) => Ok(Self::Usual),
            (false, true) => Ok(Self::Only(attributes)),
            (true, false) => Ok(Self::Without(excluded)),
            (false, false) => {
                Err(ScimError::value("Give attributes or excludedAttributes, and not both of them"))
            }
        }
    }

    /// A list as a query has it: names with commas between.
    pub fn names(text: &str) -> Vec<String> {
        text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
    }

    /// Whether an attribute outside of extensions is shown, or a part of it.
    pub fn shows(&self, kind: ResourceKind, name: &str) -> bool {
        let is_it = |path: &AttributePath| {
            let of_core = path.urn.as_ref().is_none_or(|urn| urn.eq_ignore_ascii_case(kind.core().id));
            of_core && path.name.eq_ignore_ascii_case(name)
        };
        let paths =
            |all: &[String]| all.iter().filter_map(|one| AttributePath::read(one)).collect::<Vec<_>>();
        match self {
            Self::Usual => true,
            Self::Only(all) => paths(all).iter().any(is_it),
            Self::Without(all) => !paths(all).iter().any(|path| path.part.is_none() && is_it(path)),
        }
    }

    /// What is shown of a resource. Names that stand for nothing are passed over.
    pub fn apply(&self, kind: ResourceKind, resource: Value) -> Value {
        let Value::Object(whole) = resource else { return resource };
        Value::Object(match self {
            Self::Usual => whole,
            Self::Only(names) => only(kind, &whole, names),
            Self::Without(names) => without(kind, whole, names),
        })
    }
}

fn is_always(kind: ResourceKind, name: &str) -> bool {
    kind.attribute(name).is_some_and(|one| one.returned == Returned::Always)
}

fn only(kind: ResourceKind, whole: &Map<String, Value>, names: &[String]) -> Map<String, Value> {
    let mut shown: Map<String, Value> = whole
        .iter()
        .filter(|(name, _)| is_always(kind, name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    for name in names {
        if let Some(schema) = kind.extension().filter(|one| one.id.eq_ignore_ascii_case(name)) {
            shown.extend(whole.get(schema.id).map(|value| (schema.id.to_owned(), value.clone())));
            continue;
        }
        let Some(bound) = AttributePath::read(name).and_then(|path| path.bind(kind)) else { continue };
        let Some(value) = bound.value(whole) else { continue };
        let name = bound.attribute.name.to_owned();
        let host = match bound.extension {
            None => &mut shown,
            Some(schema) => {
                let host = shown.entry(schema.id).or_insert_with(|| Value::Object(Map::new()));
                let Value::Object(host) = host else { continue };
                host
            }
        };
        match bound.part {
            None => _ = host.insert(name, value.clone()),
            Some(part) => {
                _ = host.entry(name).and_modify(|shown| add_part(shown, value, part.name)).or_insert_with(
                    || {
                        let mut shown = bare(value);
                        add_part(&mut shown, value, part.name);
                        shown
                    },
                )
            }
        }
    }
    shown
}

/// Objects like those of a value, with nothing in them.
fn bare(value: &Value) -> Value {
    match value {
        Value::Array(all) => all.iter().map(bare).collect(),
        _ => Value::Object(Map::new()),
    }
}

fn add_part(shown: &mut Value, value: &Value, part: &str) {
    match (shown, value) {
        (Value::Array(shown), Value::Array(all)) => {
            shown.iter_mut().zip(all).for_each(|(shown, value)| add_part(shown, value, part));
        }
        (Value::Object(shown), value) => {
            shown.extend(value.get(part).map(|value| (part.to_owned(), value.clone())));
        }
        _ => {}
    }
}

fn without(kind: ResourceKind, mut whole: Map<String, Value>, names: &[String]) -> Map<String, Value> {
    for name in names {
        if let Some(schema) = kind.extension().filter(|one| one.id.eq_ignore_ascii_case(name)) {
            whole.remove(schema.id);
            continue;
        }
        let Some(bound) = AttributePath::read(name).and_then(|path| path.bind(kind)) else { continue };
        if bound.target().returned == Returned::Always {
            continue;
        }
        let host = match bound.extension {
            None => Some(&mut whole),
            Some(schema) => whole.get_mut(schema.id).and_then(Value::as_object_mut),
        };
        let Some(host) = host else { continue };
        match bound.part {
            None => _ = host.remove(bound.attribute.name),
            Some(part) => {
                if let Some(value) = host.get_mut(bound.attribute.name) {
                    take_part(value, part.name);
                }
            }
        }
    }
    whole
}

fn take_part(value: &mut Value, part: &str) {
    match value {
        Value::Array(all) => all.iter_mut().for_each(|one| take_part(one, part)),
        Value::Object(parts) => _ = parts.remove(part),
        _ => {}
    }
}
