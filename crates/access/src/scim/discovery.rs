//! What a server says of itself (RFC 7643 §5, §6, §7).

use super::{LARGEST_PAGE, bulk, list, schema::ResourceKind};
use serde_json::{Value, json};

const CONFIG: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
const TYPE: &str = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";

/// What the server can do; `base` is its address up to SCIM, and `largest_body` how many bytes a request may have.
pub fn service_provider_config(base: &str, largest_body: usize) -> Value {
    json!({
        "schemas": [CONFIG],
        "patch": { "supported": true },
        "bulk": {
            "supported": true,
            "maxOperations": bulk::MOST_OPERATIONS,
            "maxPayloadSize": largest_body,
        },
        "filter": { "supported": true, "maxResults": LARGEST_PAGE },
        "changePassword": { "supported": false },
        "sort": { "supported": true },
        "etag": { "supported": true },
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "API key",
            "description": "A key of this server with the scope scim, as a bearer token",
            "specUri": "https://www.rfc-editor.org/rfc/rfc6750",
            "primary": true,
        }],
        "meta": {
            "resourceType": "ServiceProviderConfig",
            "location": format!("{base}/ServiceProviderConfig"),
        },
    })
}

/// A kind of resources.
pub fn resource_type(base: &str, kind: ResourceKind) -> Value {
    let extensions: Vec<Value> =
        kind.extension().map(|one| json!({ "schema": one.id, "required": false })).into_iter().collect();
    json!({
        "schemas": [TYPE],
        "id": kind.name(),
        "name": kind.name(),
        "endpoint": kind.endpoint(),
        "description": kind.core().description,
        "schema": kind.core().id,
        "schemaExtensions": extensions,
        "meta": {
            "resourceType": "ResourceType",
            "location": format!("{base}/ResourceTypes/{}", kind.name()),
        },
    })
}

/// All kinds of resources.
pub fn resource_types(base: &str) -> Value {
    whole(ResourceKind::ALL.iter().map(|kind| resource_type(base, *kind)).collect())
}

/// The schema with this URN; nothing where there is none.
pub fn schema(base: &str, urn: &str) -> Option<Value> {
    let schema = ResourceKind::ALL.iter().find_map(|kind| kind.schema(urn))?;
    let mut document = schema.document();
    document["meta"] = json!({
        "resourceType": "Schema",
        "location": format!("{base}/Schemas/{}", schema.id),
    });
    Some(document)
}

/// All schemas.
pub fn schemas(base: &str) -> Value {
    let all = ResourceKind::ALL.iter().flat_map(|kind| kind.schemas());
    whole(all.filter_map(|one| schema(base, one.id)).collect())
}

fn whole(all: Vec<Value>) -> Value {
    list::response(all.len() as u64, 1, all)
}
