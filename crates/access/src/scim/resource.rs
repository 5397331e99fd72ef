//! A whole resource: from what a client sends to what is kept, and from there to what is shown.

use super::{
    ScimError,
    error::shown,
    path::AttributePath,
    schema::{Attribute, Mutability, ResourceKind, Schema},
    value::{of_attribute, once},
    version::version_of,
};
use serde_json::{Map, Value, json};
use std::collections::HashSet;

/// What is kept of a resource: its attributes, without those of the server.
pub type Draft = Map<String, Value>;

/// Reads the body of a `POST` or `PUT`. Attributes that no schema has, and those of the server, are left out.
///
/// # Errors
/// `invalidSyntax` for what is no resource of this kind, `invalidValue` for values that do not fit or are missing.
pub fn draft(kind: ResourceKind, body: &Value) -> Result<Draft, ScimError> {
    let body = body.as_object().ok_or_else(|| ScimError::syntax("The body is not a JSON object"))?;
    check_schemas(kind, body)?;
    let mut kept = Map::new();
    let mut seen = HashSet::new();
    for (name, value) in body {
        if let Some(schema) = kind.extension().filter(|one| one.id.eq_ignore_ascii_case(name)) {
            once(&mut seen, schema.id)?;
            extension(schema, value, &mut kept)?;
            continue;
        }
        let Some(bound) = AttributePath::read(name).and_then(|path| path.bind(kind)) else { continue };
        if bound.part.is_some() || bound.extension.is_some() {
            continue;
        }
        once(&mut seen, bound.attribute.name)?;
        put(&mut kept, bound.attribute, value)?;
    }
    check_required(kind, &kept)?;
    Ok(kept)
}

fn check_schemas(kind: ResourceKind, body: &Map<String, Value>) -> Result<(), ScimError> {
    let given = body.iter().find(|(name, _)| name.eq_ignore_ascii_case("schemas")).map(|(_, value)| value);
    let all = given.and_then(Value::as_array).into_iter().flatten();
    let urns: Option<Vec<&str>> = all.map(Value::as_str).collect();
    let is_there = urns.is_some_and(|urns| urns.iter().any(|urn| urn.eq_ignore_ascii_case(kind.core().id)));
    match is_there {
        true => Ok(()),
        false => Err(ScimError::syntax(format!("schemas does not name {}", kind.core().id))),
    }
}

fn extension(schema: &'static Schema, value: &Value, kept: &mut Draft) -> Result<(), ScimError> {
    let given = match value {
        Value::Null => return Ok(()),
        Value::Object(given) => given,
        _ => return Err(ScimError::value(format!("{} is an object", schema.id))),
    };
    let mut inner = Map::new();
    let mut seen = HashSet::new();
    for (name, value) in given {
        let Some(attribute) = schema.attribute(name) else { continue };
        once(&mut seen, attribute.name)?;
        put(&mut inner, attribute, value)?;
    }
    if !inner.is_empty() {
        kept.insert(schema.id.to_owned(), Value::Object(inner));
    }
    Ok(())
}

fn put(kept: &mut Draft, attribute: &Attribute, value: &Value) -> Result<(), ScimError> {
    if attribute.mutability == Mutability::ReadOnly {
        return Ok(());
    }
    if let Some(value) = of_attribute(attribute, value)? {
        kept.insert(attribute.name.to_owned(), value);
    }
    Ok(())
}

fn check_required(kind: ResourceKind, kept: &Draft) -> Result<(), ScimError> {
    match kind.attributes().find(|one| one.required && !kept.contains_key(one.name)) {
        Some(missing) => Err(ScimError::value(format!("{} is missing", shown(missing.name)))),
        None => Ok(()),
    }
}

/// What the server knows of a resource beside its content.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Known {
    /// Its id.
    pub id: String,
    /// When it was added, as RFC 3339 has it.
    pub created: String,
    /// When it was changed last.
    pub last_modified: String,
    /// Where it is.
    pub location: String,
    /// How often it was changed.
    pub revision: i64,
}

/// A resource as it is shown, all of it, with its version.
pub fn shown_whole(kind: ResourceKind, kept: Draft, known: &Known) -> Value {
    let schemas = kind.schemas().filter(|one| std::ptr::eq(*one, kind.core()) || kept.contains_key(one.id));
    let schemas: Vec<&str> = schemas.map(|one| one.id).collect();
    let mut resource = Value::Object(kept);
    resource["schemas"] = json!(schemas);
    resource["id"] = known.id.as_str().into();
    resource["meta"] = json!({
        "resourceType": kind.name(),
        "created": known.created,
        "lastModified": known.last_modified,
        "location": known.location,
    });
    let version = version_of(&resource, known.revision);
    resource["meta"]["version"] = version.into();
    resource
}
