//! Several operations in one request (RFC 7644 §3.7): what is asked for, and names of resources that are yet to be made.
//!
//! A `bulkId` stands for the id of a resource that an operation of the same request makes: as a value `bulkId:NAME` in the data of another
//! one, or behind the kind of resources in its path.

use super::{ResourceKind, ScimError, ScimType, error::shown};
use serde_json::{Map, Value, json};
use std::collections::{HashMap, HashSet};

const REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
const RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";
const REFERENCE: &str = "bulkId:";

/// Most operations of one request.
pub const MOST_OPERATIONS: usize = 1_000;

/// What is done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Method {
    /// A resource is added.
    Post,
    /// It is replaced.
    Put,
    /// It is changed.
    Patch,
    /// It is removed.
    Delete,
}

impl Method {
    /// As HTTP has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    fn named(word: &str) -> Option<Self> {
        let all = [Self::Post, Self::Put, Self::Patch, Self::Delete];
        all.into_iter().find(|one| one.as_str().eq_ignore_ascii_case(word))
    }
}

/// One thing that is done.
#[derive(Clone, PartialEq, Debug)]
pub struct Operation {
    /// What.
    pub method: Method,
    /// The kind of resources.
    pub kind: ResourceKind,
    /// The id behind it; nothing for a resource that is added. It may be a reference.
    pub id: String,
    /// What others call the resource that this makes.
    pub bulk_id: Option<String>,
    /// The version that it is made of.
    pub version: Option<String>,
    /// The body.
    pub data: Value,
}

/// A whole request.
#[derive(Clone, PartialEq, Debug)]
pub struct Bulk {
    /// After so many errors the rest is left.
    pub fail_on_errors: Option<u64>,
    /// What is done, in this order as far as references allow it.
    pub operations: Vec<Operation>,
}

impl Bulk {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// `invalidSyntax`, `invalidValue`, `invalidPath`; 413 for too many operations.
    pub fn read(body: &Value) -> Result<Self, ScimError> {
        let body = body.as_object().ok_or_else(|| ScimError::syntax("The body is not a JSON object"))?;
        let urns = named(body, "schemas").and_then(Value::as_array).into_iter().flatten();
        if !urns.filter_map(Value::as_str).any(|urn| urn.eq_ignore_ascii_case(REQUEST)) {
            return Err(ScimError::syntax(format!("schemas does not name {REQUEST}")));
        }
        let fail_on_errors = match named(body, "failOnErrors").filter(|value| !value.is_null()) {
            None => None,
            Some(value) => {
                let number = value.as_u64().filter(|number| *number > 0);
                Some(number.ok_or_else(|| ScimError::value("failOnErrors is a whole number above 0"))?)
            }
        };
        let Some(Value::Array(all)) = named(body, "Operations") else {
            return Err(ScimError::value("Operations is a list of operations"));
        };
        if all.len() > MOST_OPERATIONS {
            return Err(ScimError::status(413, format!("There are more than {MOST_OPERATIONS} operations")));
        }
        let operations = all.iter().map(operation).collect::<Result<Vec<_>, _>>()?;
        let mut names = HashSet::new();
        for name in operations.iter().filter_map(|one| one.bulk_id.as_deref()) {
            if !names.insert(name) {
                return Err(ScimError::value(format!("The bulkId {} stands there twice", shown(name))));
            }
        }
        Ok(Self { fail_on_errors, operations })
    }
}

fn operation(given: &Value) -> Result<Operation, ScimError> {
    let given = given.as_object().ok_or_else(|| ScimError::syntax("An operation is an object"))?;
    let text = |name: &str| named(given, name).and_then(Value::as_str);
    let word = text("method").unwrap_or_default();
    let method = Method::named(word).ok_or_else(|| {
        ScimError::value(format!("method is POST, PUT, PATCH or DELETE, and not {}", shown(word)))
    })?;
    let path = text("path").unwrap_or_default();
    let unknown =
        || ScimError::path(format!("{} is no path of an operation {}", shown(path), method.as_str()));
    let of_kind = |kind: ResourceKind| path.strip_prefix(kind.endpoint()).map(|rest| (kind, rest));
    let (kind, rest) = ResourceKind::ALL.into_iter().find_map(of_kind).ok_or_else(unknown)?;
    let id = match (method, rest.strip_prefix('/')) {
        (Method::Post, None) if rest.is_empty() => "",
        (Method::Put | Method::Patch | Method::Delete, Some(id)) if !id.is_empty() && !id.contains('/') => id,
        _ => return Err(unknown()),
    };
    let bulk_id = text("bulkId").map(str::to_owned);
    if method == Method::Post && bulk_id.as_deref().is_none_or(str::is_empty) {
        return Err(ScimError::value("An operation POST needs a bulkId"));
    }
    let data = named(given, "data").cloned().unwrap_or_default();
    if method != Method::Delete && !data.is_object() {
        return Err(ScimError::value(format!("An operation {} needs data", method.as_str())));
    }
    let version = text("version").map(str::to_owned);
    Ok(Operation { method, kind, id: id.to_owned(), bulk_id, version, data })
}

impl Operation {
    /// The names of resources that it needs.
    pub fn references(&self) -> HashSet<&str> {
        let mut found = HashSet::new();
        found.extend(self.id.strip_prefix(REFERENCE));
        collect(&self.data, &mut found);
        found
    }

    /// With the ids of resources that were made in the place of their names.
    #[must_use]
    pub fn resolved(&self, ids: &HashMap<String, String>) -> Self {
        let id = match self.id.strip_prefix(REFERENCE).and_then(|name| ids.get(name)) {
            Some(id) => id.clone(),
            None => self.id.clone(),
        };
        Self { id, data: with_ids(&self.data, ids), ..self.clone() }
    }
}

fn collect<'a>(value: &'a Value, found: &mut HashSet<&'a str>) {
    match value {
        Value::String(text) => found.extend(text.strip_prefix(REFERENCE)),
        Value::Array(all) => all.iter().for_each(|one| collect(one, found)),
        Value::Object(parts) => parts.values().for_each(|one| collect(one, found)),
        _ => {}
    }
}

fn with_ids(value: &Value, ids: &HashMap<String, String>) -> Value {
    match value {
        Value::String(text) => match text.strip_prefix(REFERENCE).and_then(|name| ids.get(name)) {
            Some(id) => Value::String(id.clone()),
            None => value.clone(),
        },
        Value::Array(all) => all.iter().map(|one| with_ids(one, ids)).collect(),
        Value::Object(parts) => {
            parts.iter().map(|(name, one)| (name.clone(), with_ids(one, ids))).collect::<Map<_, _>>().into()
        }
        other => other.clone(),
    }
}

/// What became of one operation.
#[derive(Clone, PartialEq, Debug)]
pub enum Outcome {
    /// It was done: the status, and where the resource is, with its version where there still is one.
    Done(u16, String, Option<String>),
    /// It was not.
    Failed(ScimError),
}

/// The line of an operation in the answer.
pub fn line(operation: &Operation, outcome: &Outcome) -> Value {
    let mut line = Map::new();
    line.insert("method".to_owned(), operation.method.as_str().into());
    line.extend(operation.bulk_id.as_ref().map(|id| ("bulkId".to_owned(), Value::from(id.as_str()))));
    match outcome {
        Outcome::Done(status, location, version) => {
            line.insert("status".to_owned(), status.to_string().into());
            line.insert("location".to_owned(), location.as_str().into());
            line.extend(
                version.as_ref().map(|version| ("version".to_owned(), Value::from(version.as_str()))),
            );
        }
        Outcome::Failed(error) => {
            line.insert("status".to_owned(), error.status.to_string().into());
            line.insert("response".to_owned(), error.document());
        }
    }
    Value::Object(line)
}

/// The answer.
pub fn response(lines: Vec<Value>) -> Value {
    json!({ "schemas": [RESPONSE], "Operations": lines })
}

/// Why an operation is not done that needs what nobody makes.
pub fn unresolved(names: &HashSet<&str>) -> ScimError {
    let mut names: Vec<&str> = names.iter().copied().collect();
    names.sort_unstable();
    let detail = format!("Nothing that was made is called {}", shown(&names.join(", ")));
    ScimError::of(ScimType::InvalidValue, detail)
}

fn named<'a>(object: &'a Map<String, Value>, wanted: &str) -> Option<&'a Value> {
    object
        .get(wanted)
        .or_else(|| object.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value))
}
