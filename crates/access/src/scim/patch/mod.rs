//! PATCH (RFC 7644 §3.5.2): what is asked for, and what it makes of a resource.
//!
//! Beside what the standard has, it takes what identity providers send: operations in whatever case, `remove` with a list of values,
//! a path with a filter that finds nothing and describes what is to be added, flags as text, a resource without a path in which the
//! id stands, and a manager as a bare id. All operations are done, or none.

mod apply;
mod target;
mod write;

use super::{MOST_OPERATIONS, ResourceKind, ScimError, error::shown, resource::Draft};
use serde_json::{Map, Value};
use target::Target;

const SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// What is done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Verb {
    Add,
    Replace,
    Remove,
}

/// One thing that is done.
#[derive(Clone, Debug)]
struct Operation {
    verb: Verb,
    /// The resource itself without a path.
    target: Target,
    value: Option<Value>,
}

/// What a request asks for.
#[derive(Clone, Debug)]
pub struct Patch {
    kind: ResourceKind,
    operations: Vec<Operation>,
}

impl Patch {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// `invalidSyntax` for what is no PATCH, `invalidPath`, `invalidFilter`, `invalidValue`, `noTarget` for a `remove` without a path.
    pub fn read(kind: ResourceKind, body: &Value) -> Result<Self, ScimError> {
        let body = body.as_object().ok_or_else(|| ScimError::syntax("The body is not a JSON object"))?;
        let urns = named(body, "schemas").and_then(Value::as_array).into_iter().flatten();
        if !urns.filter_map(Value::as_str).any(|urn| urn.eq_ignore_ascii_case(SCHEMA)) {
            return Err(ScimError::syntax(format!("schemas does not name {SCHEMA}")));
        }
        let operations = match named(body, "Operations") {
            Some(Value::Array(all)) if !all.is_empty() => all,
            _ => return Err(ScimError::value("Operations is a list of at least one operation")),
        };
        if operations.len() > MOST_OPERATIONS {
            let detail = format!("There are more than {MOST_OPERATIONS} operations");
            return Err(ScimError::of(super::ScimType::TooMany, detail));
        }
        let operations = operations.iter().map(|one| operation(kind, one)).collect::<Result<_, _>>()?;
        Ok(Self { kind, operations })
    }

    /// What it makes of the resource with an id.
    ///
    /// # Errors
    /// `mutability`, `noTarget`, `invalidValue`.
    pub fn apply(&self, id: &str, kept: &Draft) -> Result<Draft, ScimError> {
        let at_root = |one: &&Operation| matches!(one.target, Target::Resource);
        for value in self.operations.iter().filter(at_root).filter_map(|one| one.value.as_ref()) {
            let given = value.as_object().and_then(|value| named(value, "id"));
            if given.is_some_and(|given| given.as_str() != Some(id)) {
                return Err(ScimError::mutability("id is read-only"));
            }
        }
        let mut changed = kept.clone();
        for operation in &self.operations {
            apply::apply(self.kind, &mut changed, operation)?;
        }
        Ok(changed)
    }
}

fn operation(kind: ResourceKind, given: &Value) -> Result<Operation, ScimError> {
    let given = given.as_object().ok_or_else(|| ScimError::syntax("An operation is an object"))?;
    let word = named(given, "op").and_then(Value::as_str).unwrap_or_default();
    let verb = match word.to_ascii_lowercase().as_str() {
        "add" => Verb::Add,
        "replace" => Verb::Replace,
        "remove" => Verb::Remove,
        _ => return Err(ScimError::value(format!("op is add, replace or remove, and not {}", shown(word)))),
    };
    let path = match named(given, "path") {
        None | Some(Value::Null) => None,
        Some(Value::String(path)) => Some(path.as_str()),
        Some(_) => return Err(ScimError::path("path is a text")),
    };
    let value = named(given, "value").cloned();
    match (verb, path, &value) {
        (Verb::Remove, None, _) => {
            return Err(ScimError::of(super::ScimType::NoTarget, "remove needs a path"));
        }
        (Verb::Add, _, None | Some(Value::Null)) | (Verb::Replace, _, None) => {
            return Err(ScimError::value("add and replace need a value"));
        }
        _ => {}
    }
    let target = path.map_or(Ok(Target::Resource), |path| Target::read(kind, path))?;
    target.check_may_change(path.unwrap_or_default())?;
    if let (Target::Extension(schema), Some(value), Verb::Add | Verb::Replace) = (&target, &value, verb) {
        let parts =
            value.as_object().ok_or_else(|| ScimError::value(format!("{} is an object", schema.id)))?;
        if !parts.is_empty() && !parts.keys().any(|name| schema.attribute(name).is_some()) {
            return Err(ScimError::value(format!("{} has none of what is given", schema.id)));
        }
    }
    Ok(Operation { verb, target, value })
}

/// A member of an object, in whatever case.
fn named<'a>(object: &'a Map<String, Value>, wanted: &str) -> Option<&'a Value> {
    object
        .get(wanted)
        .or_else(|| object.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value))
}
