//! PATCH as the standard has it, and as identity providers send it.

use super::*;
use proptest::prelude::*;

fn one(op: &str, path: Option<&str>, value: Value) -> Result<Value, String> {
    let mut operation = json!({"op": op});
    if let Some(path) = path {
        operation["path"] = path.into();
    }
    if value != json!("-") {
        operation["value"] = value;
    }
    patched(ResourceKind::User, &barbara(), json!([operation]))
}

fn set(op: &str, path: &str, value: Value) -> Value {
    one(op, Some(path), value).unwrap_or_else(|word| panic!("{op} {path}: {word}"))
}

fn gone(path: &str) -> Value {
    one("remove", Some(path), json!("-")).unwrap_or_else(|word| panic!("remove {path}: {word}"))
}

#[test]
fn single_values_are_set_and_objects_are_merged() {
    assert_eq!(set("add", "nickName", json!("Babs"))["nickName"], "Babs");
    assert_eq!(set("replace", "TITLE", json!("x"))["title"], "x");
    let name = set("replace", "name", json!({"givenName": "Babs"}));
    assert_eq!(name["name"], json!({"familyName": "Jensen", "givenName": "Babs"}));
    let part = set("add", "name.middleName", json!("Jane"));
    assert_eq!(part["name"]["middleName"], "Jane");
    let department = format!("{}:department", schema::ENTERPRISE);
    assert_eq!(set("replace", &department, json!("Sales"))[schema::ENTERPRISE]["department"], "Sales");
    assert_eq!(set("replace", "nickName", Value::Null).get("nickName"), None);
    assert_eq!(set("replace", "title", Value::Null).get("title"), None);
    assert_eq!(set("replace", "emails", json!([])).get("emails"), None);
}

#[test]
fn values_of_lists_are_added_once_and_one_is_primary() {
    let added = set(
        "add",
        "emails",
        json!([
            {"value": "BABS@jensen.org", "type": "home"},
            {"value": "new@example.com", "type": "other", "primary": true},
        ]),
    );
    assert_eq!(
        added["emails"],
        json!([
            {"value": "bjensen@example.com", "type": "work", "primary": false},
            {"value": "babs@jensen.org", "type": "home"},
            {"value": "new@example.com", "type": "other", "primary": true},
        ])
    );
    let two = json!([{"value": "a", "primary": true}, {"value": "b", "primary": true}]);
    assert_eq!(one("add", Some("emails"), two.clone()), Err("invalidValue".into()));
    assert_eq!(one("replace", Some("emails"), two), Err("invalidValue".into()));
    let primary = set("replace", "emails[type eq \"home\"].primary", json!(true));
    assert_eq!(primary["emails"][0]["primary"], false);
    assert_eq!(primary["emails"][1]["primary"], true);
}

#[test]
fn a_filter_of_a_path_chooses_values() {
    let changed = set("replace", "emails[type eq \"work\"].value", json!("w@example.com"));
    assert_eq!(changed["emails"][0]["value"], "w@example.com");
    assert_eq!(changed["emails"][1]["value"], "babs@jensen.org");
    let merged = set("replace", "emails[type eq \"home\"]", json!({"display": "Babs"}));
    assert_eq!(merged["emails"][1], json!({"value": "babs@jensen.org", "type": "home", "display": "Babs"}));
    let removed = gone("emails[type eq \"work\"]");
    assert_eq!(removed["emails"].as_array().map(Vec::len), Some(1));
    assert_eq!(gone("emails[type eq \"home\" or type eq \"work\"]").get("emails"), None);
    assert_eq!(gone("emails[type eq \"none\"]"), Value::Object(barbara()));
    assert_eq!(gone("emails.type")["emails"][0], json!({"value": "bjensen@example.com", "primary": true}));
    let of_none = one("replace", Some("emails[type eq \"none\"].value"), json!("x"));
    assert_eq!(of_none, Err("noTarget".into()));
}

#[test]
fn what_must_stay_stays() {
    for path in ["id", "meta", "meta.version", "schemas", "groups", "groups.value"] {
        assert_eq!(one("replace", Some(path), json!("x")), Err("mutability".into()), "{path}");
        assert_eq!(one("remove", Some(path), json!("-")), Err("mutability".into()), "{path}");
    }
    assert_eq!(one("remove", Some("userName"), json!("-")), Err("mutability".into()));
    assert_eq!(one("replace", Some("userName"), Value::Null), Err("mutability".into()));
    assert_eq!(one("replace", None, json!({"id": "other"})), Err("mutability".into()));
    let members = group(json!({"displayName": "g", "members": [{"value": "a"}]}));
    let other = json!([{"op": "replace", "path": "members[value eq \"a\"].value", "value": "b"}]);
    assert_eq!(patched(ResourceKind::Group, &members, other), Err("mutability".into()));
}

#[test]
fn what_cannot_be_done_has_its_word() {
    let word = |op: &str, path: Option<&str>, value: Value| one(op, path, value).expect_err("a fault");
    assert_eq!(word("remove", None, json!("-")), "noTarget");
    assert_eq!(word("add", Some("title"), json!("-")), "invalidValue");
    assert_eq!(word("add", Some("title"), Value::Null), "invalidValue");
    assert_eq!(word("replace", Some("title"), json!("-")), "invalidValue");
    assert_eq!(word("replace", Some("title"), json!(5)), "invalidValue");
    assert_eq!(word("replace", None, json!("x")), "invalidValue");
    assert_eq!(word("move", Some("title"), json!("x")), "invalidValue");
    assert_eq!(word("replace", Some("nope"), json!("x")), "invalidPath");
    assert_eq!(word("replace", Some("name.nope"), json!("x")), "invalidPath");
    assert_eq!(word("replace", Some("emails[type eq"), json!("x")), "invalidPath");
    assert_eq!(word("replace", Some("emails[nope eq \"x\"].value"), json!("x")), "invalidFilter");
    assert_eq!(word("replace", Some("emails[type eq \"work\"].nope"), json!("x")), "invalidPath");
    assert_eq!(word("replace", Some("emails[type eq \"work\"]"), json!("x")), "invalidValue");
    assert_eq!(word("remove", Some("emails"), json!(["x"])), "invalidValue");
    assert_eq!(word("replace", Some("emails"), json!({"nope": 1})), "invalidValue");
    assert_eq!(word("replace", Some("name"), json!({"nope": 1})), "invalidValue");
    assert_eq!(word("replace", Some("title"), json!([])), "invalidValue");
    assert_eq!(word("replace", Some(schema::ENTERPRISE), Value::Null), "invalidValue");
    assert_eq!(word("replace", Some(schema::ENTERPRISE), json!({"nope": 1})), "invalidValue");
    assert_eq!(word("replace", Some("emails[type eq \"work\"]"), Value::Null), "invalidValue");
    assert_eq!(patched(ResourceKind::User, &barbara(), json!([])), Err("invalidValue".into()));
}

#[test]
fn okta_changes_a_resource_without_a_path() {
    let off = one("replace", None, json!({"active": false})).expect("a user");
    assert_eq!(off["active"], false);
    let many = one(
        "replace",
        None,
        json!({
            "id": "id1", "schemas": ["x"], "meta": {}, "nope": 1,
            "name.givenName": "Babs",
            format!("{}:department", schema::ENTERPRISE): "Sales",
            schema::ENTERPRISE: {"costCenter": "7", "nope": 1},
        }),
    )
    .expect("a user");
    assert_eq!(many["name"]["givenName"], "Babs");
    assert_eq!(many[schema::ENTERPRISE]["department"], "Sales");
    assert_eq!(many[schema::ENTERPRISE]["costCenter"], "7");
    assert_eq!(many.get("nope"), None);
}

#[test]
fn entra_writes_operations_and_flags_in_its_own_way() {
    assert_eq!(set("Replace", "active", json!("False"))["active"], false);
    assert_eq!(set("Add", "active", json!("True"))["active"], true);
    let added = set("Add", "phoneNumbers[type eq \"work\"].value", json!("+1 5"));
    assert_eq!(added["phoneNumbers"], json!([{"type": "work", "value": "+1 5"}]));
    let primary =
        set("Add", "emails[type eq \"other\" and primary eq \"True\"].value", json!("o@example.com"));
    assert_eq!(primary["emails"][2], json!({"type": "other", "primary": true, "value": "o@example.com"}));
    assert_eq!(primary["emails"][0]["primary"], false);
    let manager = format!("{}:manager", schema::ENTERPRISE);
    assert_eq!(set("Add", &manager, json!("m2"))[schema::ENTERPRISE]["manager"], json!({"value": "m2"}));
    assert_eq!(gone(&manager)[schema::ENTERPRISE], json!({"department": "Tours"}));
    assert_eq!(gone(schema::ENTERPRISE).get(schema::ENTERPRISE), None);
}

#[test]
fn members_come_and_go() {
    let members =
        group(json!({"displayName": "g", "members": [{"value": "a"}, {"value": "b", "type": "User"}]}));
    let of =
        |operations| patched(ResourceKind::Group, &members, operations).map(|group| group["members"].clone());
    let added =
        json!([{"op": "Add", "path": "members", "value": [{"value": "c"}, {"value": "a", "display": "A"}]}]);
    assert_eq!(of(added), Ok(json!([{"value": "a"}, {"value": "b", "type": "User"}, {"value": "c"}])));
    let by_list =
        json!([{"op": "Remove", "path": "members", "value": [{"value": "b", "$ref": "x"}, {"value": "z"}]}]);
    assert_eq!(of(by_list), Ok(json!([{"value": "a"}])));
    let by_filter = json!([{"op": "remove", "path": "members[value eq \"a\"]"}]);
    assert_eq!(of(by_filter), Ok(json!([{"value": "b", "type": "User"}])));
    let all = json!([{"op": "remove", "path": "members"}]);
    assert_eq!(of(all), Ok(Value::Null));
    let others = json!([{"op": "replace", "path": "members", "value": [{"value": "z"}]}]);
    assert_eq!(of(others), Ok(json!([{"value": "z"}])));
}

#[test]
fn all_operations_are_done_or_none() {
    let before = barbara();
    let operations = json!([
        {"op": "replace", "path": "title", "value": "x"},
        {"op": "replace", "path": "emails[type eq \"none\"].value", "value": "x"},
    ]);
    assert_eq!(patched(ResourceKind::User, &before, operations), Err("noTarget".into()));
    assert_eq!(before, barbara());
}

/// Operations that a client might send, many of them wrong.
fn operations() -> impl Strategy<Value = Value> {
    let path = prop::sample::select(vec![
        "userName",
        "title",
        "active",
        "name",
        "name.familyName",
        "emails",
        "emails.type",
        "emails[type eq \"work\"]",
        "emails[type eq \"other\"].value",
        "emails[primary eq true].primary",
        "id",
        "nope",
        "urn:x",
        "",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
    ]);
    let value = prop::sample::select(vec![
        json!(null),
        json!("x"),
        json!(""),
        json!(true),
        json!("True"),
        json!(5),
        json!([]),
        json!({}),
        json!({"value": "a@example.com", "type": "work"}),
        json!([{"value": "b", "primary": true}]),
        json!({"givenName": "G"}),
        json!({"department": "D"}),
        json!(["x"]),
    ]);
    let op = prop::sample::select(vec!["add", "Replace", "remove"]);
    let one = (op, path, value).prop_map(|(op, path, value)| json!({"op": op, "path": path, "value": value}));
    prop::collection::vec(one, 1..5).prop_map(Value::Array)
}

proptest! {
    #[test]
    fn what_a_patch_makes_is_a_resource_that_could_have_been_sent(operations in operations()) {
        if let Ok(Value::Object(mut made)) = patched(ResourceKind::User, &barbara(), operations) {
            let before = made.clone();
            made.insert("schemas".into(), json!([schema::USER]));
            prop_assert_eq!(draft(ResourceKind::User, &Value::Object(made)).map_err(word), Ok(before));
        }
    }

    #[test]
    fn the_same_replacement_twice_is_one(path in prop::sample::select(vec!["title", "name", "emails"]), n in 0..3_usize) {
        let value = match path {
            "title" => json!(format!("t{n}")),
            "name" => json!({"givenName": format!("g{n}")}),
            _ => json!([{"value": format!("v{n}"), "primary": n == 1}]),
        };
        let operation = json!({"op": "replace", "path": path, "value": value});
        let once = patched(ResourceKind::User, &barbara(), json!([operation]));
        let twice = patched(ResourceKind::User, &barbara(), json!([operation, operation]));
        prop_assert_eq!(once, twice);
    }
}
