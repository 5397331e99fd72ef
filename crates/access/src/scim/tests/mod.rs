//! The parts of SCIM together, on resources as clients send them.

mod bulks;
mod filters;
mod patches;
mod resources;

use super::{Draft, Filter, ResourceKind, ScimError, draft, patch::Patch, schema};
use serde_json::{Value, json};

fn user(mut body: Value) -> Draft {
    body["schemas"] = json!([schema::USER]);
    draft(ResourceKind::User, &body).expect("a user")
}

fn group(mut body: Value) -> Draft {
    body["schemas"] = json!([schema::GROUP]);
    draft(ResourceKind::Group, &body).expect("a group")
}

fn barbara() -> Draft {
    user(json!({
        "userName": "bjensen@example.com",
        "externalId": "701984",
        "name": {"familyName": "Jensen", "givenName": "Barbara"},
        "title": "Tour Guide",
        "active": true,
        "emails": [
            {"value": "bjensen@example.com", "type": "work", "primary": true},
            {"value": "babs@jensen.org", "type": "home"},
        ],
        schema::ENTERPRISE: {"department": "Tours", "manager": {"value": "m1"}},
    }))
}

/// What operations make of a resource; the word of the error where they make nothing.
fn patched(kind: ResourceKind, kept: &Draft, operations: Value) -> Result<Value, String> {
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": operations,
    });
    let patched = Patch::read(kind, &body).and_then(|patch| patch.apply("id1", kept));
    patched.map(Value::Object).map_err(word)
}

fn word(error: ScimError) -> String {
    error.scim_type.map_or_else(|| error.status.to_string(), |word| word.as_str().to_owned())
}

fn read(text: &str) -> Result<Filter, ScimError> {
    Filter::read(text, &[ResourceKind::User])
}
