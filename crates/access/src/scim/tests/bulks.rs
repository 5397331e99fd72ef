//! Several operations in one request.

use super::*;
use crate::scim::bulk::{Bulk, MOST_OPERATIONS, Method, Outcome, line};
use std::collections::{HashMap, HashSet};

fn bulk(operations: Value) -> Result<Bulk, String> {
    let schemas = ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"];
    Bulk::read(&json!({"schemas": schemas, "failOnErrors": 2, "Operations": operations})).map_err(word)
}

fn post(bulk_id: &str, data: Value) -> Value {
    json!({"method": "post", "path": "/Groups", "bulkId": bulk_id, "data": data})
}

#[test]
fn a_name_is_the_id_of_what_was_made() {
    let read = bulk(json!([
        post("g", json!({"displayName": "G", "members": [{"value": "bulkId:u"}, {"value": "bulkId:v"}, {"value": "x"}]})),
        {"method": "PATCH", "path": "/Users/bulkId:u", "data": {}, "version": "v1"},
        {"method": "DELETE", "path": "/Users/a"},
    ]))
    .expect("a request");
    assert_eq!((read.fail_on_errors, read.operations.len()), (Some(2), 3));
    let [group, user, gone] = read.operations.as_slice() else { panic!("three operations") };
    assert_eq!(group.references(), HashSet::from(["u", "v"]));
    assert_eq!(user.references(), HashSet::from(["u"]));
    assert_eq!((user.version.as_deref(), gone.method, gone.id.as_str()), (Some("v1"), Method::Delete, "a"));
    let ids = HashMap::from([("u".to_owned(), "id1".to_owned())]);
    let resolved = group.resolved(&ids);
    assert_eq!(resolved.data["members"], json!([{"value": "id1"}, {"value": "bulkId:v"}, {"value": "x"}]));
    assert_eq!(user.resolved(&ids).id, "id1");
    let failed = line(group, &Outcome::Failed(ScimError::not_found("User", "a")));
    assert_eq!(
        (&failed["bulkId"], &failed["status"], &failed["response"]["status"]),
        (&json!("g"), &json!("404"), &json!("404"))
    );
}

#[test]
fn what_is_no_operation_is_said() {
    let said = |operation: Value| bulk(json!([operation])).expect_err("a fault");
    assert_eq!(said(json!({"method": "GET", "path": "/Users/a"})), "invalidValue");
    assert_eq!(said(json!({"method": "POST", "path": "/Users", "data": {}})), "invalidValue");
    assert_eq!(said(json!({"method": "PUT", "path": "/Users/a"})), "invalidValue");
    for path in ["", "/", "/Users", "/Users/", "/Users/a/b", "/Usersa", "/Me"] {
        assert_eq!(said(json!({"method": "DELETE", "path": path})), "invalidPath", "{path}");
    }
    assert_eq!(said(json!({"method": "POST", "path": "/Users/a", "bulkId": "a", "data": {}})), "invalidPath");
    assert_eq!(said(json!("x")), "invalidSyntax");
    assert_eq!(bulk(json!([post("a", json!({})), post("a", json!({}))])), Err("invalidValue".into()));
    let many: Vec<Value> = (0..=MOST_OPERATIONS).map(|n| post(&n.to_string(), json!({}))).collect();
    assert_eq!(bulk(Value::Array(many)), Err("413".into()));
    assert_eq!(Bulk::read(&json!({"Operations": []})).map_err(word), Err("invalidSyntax".into()));
}
