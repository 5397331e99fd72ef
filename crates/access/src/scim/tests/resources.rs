//! Whole resources: what is kept of what clients send, and what is shown of what is kept.

use super::*;
use crate::scim::{Known, MOST_VALUES, Projection, discovery, shown_whole};

#[test]
fn what_is_kept_has_the_names_and_types_of_the_schema() {
    let kept = user(json!({
        "USERNAME": "a",
        "Active": "False",
        "Emails": [{"Value": "a@example.com", "PRIMARY": "True", "nope": 1}, null, {}],
        "nickName": null,
        "roles": [],
        "name": {"formatted": null},
        "id": "mine", "meta": {"version": "x"}, "groups": [{"value": "g"}], "password": "secret",
        "urn:IETF:params:scim:schemas:extension:enterprise:2.0:user": {"Department": "x", "manager": "m1"},
        "urn:example:other": {"a": 1},
    }));
    assert_eq!(
        Value::Object(kept),
        json!({
            "userName": "a",
            "active": false,
            "emails": [{"value": "a@example.com", "primary": true}],
            schema::ENTERPRISE: {"department": "x", "manager": {"value": "m1"}},
        })
    );
}

#[test]
fn what_does_not_fit_is_said() {
    let said = |mut body: Value| {
        body["schemas"] = json!([schema::USER]);
        word(draft(ResourceKind::User, &body).expect_err("a fault"))
    };
    assert_eq!(said(json!({"title": "x"})), "invalidValue");
    assert_eq!(said(json!({"userName": " "})), "invalidValue");
    assert_eq!(said(json!({"userName": 5})), "invalidValue");
    assert_eq!(said(json!({"userName": "a", "username": "b"})), "invalidSyntax");
    assert_eq!(said(json!({"userName": "a", "active": "maybe"})), "invalidValue");
    assert_eq!(said(json!({"userName": "a", "emails": {"value": "x"}})), "invalidValue");
    assert_eq!(said(json!({"userName": "a", "emails": ["x"]})), "invalidValue");
    assert_eq!(said(json!({"userName": "a", "emails": [{"nope": 1}]})), "invalidValue");
    assert_eq!(said(json!({"userName": "a", "name": "x"})), "invalidValue");
    assert_eq!(said(json!({"userName": "a\u{0}"})), "invalidValue");
    assert_eq!(said(json!({"userName": "a", "x509Certificates": [{"value": "?"}]})), "invalidValue");
    let two = json!([{"value": "a", "primary": true}, {"value": "b", "primary": true}]);
    assert_eq!(said(json!({"userName": "a", "emails": two})), "invalidValue");
    let many: Vec<Value> = (0..=MOST_VALUES).map(|n| json!({"value": n.to_string()})).collect();
    assert_eq!(said(json!({"userName": "a", "emails": many})), "invalidValue");
    for body in [json!([]), json!("x"), json!({"userName": "a"}), json!({"schemas": ["x"], "userName": "a"})]
    {
        assert_eq!(word(draft(ResourceKind::User, &body).expect_err("a fault")), "invalidSyntax");
    }
    let nobody = json!({"schemas": [schema::GROUP], "displayName": "g", "members": [{"display": "x"}]});
    assert_eq!(word(draft(ResourceKind::Group, &nobody).expect_err("a fault")), "invalidValue");
}

fn shown() -> Value {
    let known = Known {
        id: "id1".into(),
        created: "2026-01-01T00:00:00Z".into(),
        last_modified: "2026-01-02T00:00:00Z".into(),
        location: "https://weir.example.com/scim/v2/Users/id1".into(),
        revision: 1,
    };
    shown_whole(ResourceKind::User, barbara(), &known)
}

#[test]
fn a_resource_is_shown_with_its_schemas_and_meta() {
    let shown = shown();
    assert_eq!(shown["schemas"], json!([schema::USER, schema::ENTERPRISE]));
    assert_eq!(shown["id"], "id1");
    assert_eq!(shown["meta"]["resourceType"], "User");
    assert!(shown["meta"]["version"].as_str().is_some_and(|tag| tag.starts_with('"')));
}

#[test]
fn what_is_asked_for_is_shown_and_no_more() {
    let only = |names: &str| {
        let projection = Projection::of(Projection::names(names), vec![]).expect("a projection");
        projection.apply(ResourceKind::User, shown())
    };
    let head = json!({"id": "id1", "schemas": [schema::USER, schema::ENTERPRISE]});
    let with = |name: &str, value: Value| {
        let mut all = head.clone();
        all[name] = value;
        all
    };
    assert_eq!(only("nope"), head);
    assert_eq!(only("USERNAME"), with("userName", json!("bjensen@example.com")));
    assert_eq!(only("name.familyName"), with("name", json!({"familyName": "Jensen"})));
    assert_eq!(
        only("emails.type,emails.value"),
        with(
            "emails",
            json!([
                {"type": "work", "value": "bjensen@example.com"},
                {"type": "home", "value": "babs@jensen.org"},
            ])
        )
    );
    let department = format!("{}:department", schema::ENTERPRISE);
    assert_eq!(only(&department), with(schema::ENTERPRISE, json!({"department": "Tours"})));
    assert_eq!(only(schema::ENTERPRISE)[schema::ENTERPRISE]["manager"]["value"], "m1");
}

#[test]
fn what_is_left_out_is_not_shown_but_for_what_always_is() {
    let names = format!("id,schemas,emails,name.givenName,meta,{}:manager", schema::ENTERPRISE);
    let projection = Projection::of(vec![], Projection::names(&names)).expect("a projection");
    let shown = projection.apply(ResourceKind::User, shown());
    assert_eq!(shown["id"], "id1");
    assert!(shown.get("schemas").is_some() && shown.get("emails").is_none() && shown.get("meta").is_none());
    assert_eq!(shown["name"], json!({"familyName": "Jensen"}));
    assert_eq!(shown[schema::ENTERPRISE], json!({"department": "Tours"}));
    assert!(
        projection.shows(ResourceKind::User, "userName") && !projection.shows(ResourceKind::User, "emails")
    );
}

#[test]
fn what_is_announced_is_what_is_kept() {
    let base = "https://weir.example.com/scim/v2";
    let schemas = discovery::schemas(base);
    assert_eq!(schemas["totalResults"], 3);
    let text = schemas.to_string();
    assert!(!text.contains("password"));
    let user = discovery::schema(base, &schema::USER.to_lowercase()).expect("a schema");
    let names: Vec<&str> =
        user["attributes"].as_array().into_iter().flatten().filter_map(|one| one["name"].as_str()).collect();
    assert!(names.contains(&"userName") && !names.contains(&"id"), "{names:?}");
    assert_eq!(discovery::resource_types(base)["totalResults"], 2);
    assert_eq!(discovery::service_provider_config(base, 5)["bulk"]["maxPayloadSize"], 5);
}
