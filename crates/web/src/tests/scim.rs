//! SCIM as identity providers use it: what they push is kept, found, changed and told of, each directory by itself.

use super::{
    Server,
    client::{Answer, Request},
    with_server,
};
use serde_json::{Value, json};
use weir_model::{KeyScope, WorkspaceId};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// An identity provider with a key.
struct Provider<'a> {
    server: &'a Server,
    key: String,
}

impl<'a> Provider<'a> {
    async fn of(server: &'a Server, workspace: Option<WorkspaceId>) -> Self {
        Self { server, key: server.key(KeyScope::Scim, workspace).await.secret }
    }

    fn request(&self, method: &str, path: &str) -> Request {
        Request::new(method, &format!("/scim/v2{path}")).key(&self.key)
    }

    async fn get(&self, path: &str) -> Answer {
        self.server.send(self.request("GET", path)).await
    }

    async fn send(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.server.send(self.request(method, path).json(body)).await
    }

    async fn delete(&self, path: &str) -> Answer {
        self.server.send(self.request("DELETE", path)).await
    }

    /// A user that is added; gives the id.
    async fn user(&self, name: &str) -> String {
        let made = self.send("POST", "/Users", &json!({"schemas": [USER], "userName": name})).await;
        assert_eq!(made.status, 201, "{made:?}");
        id_of(&made)
    }

    async fn group(&self, name: &str, members: &[&str]) -> String {
        let members: Vec<Value> = members.iter().map(|id| json!({"value": id})).collect();
        let body = json!({"schemas": [GROUP], "displayName": name, "members": members});
        let made = self.send("POST", "/Groups", &body).await;
        assert_eq!(made.status, 201, "{made:?}");
        id_of(&made)
    }

    async fn patch(&self, path: &str, operations: Value) -> Answer {
        let schema = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
        self.send("PATCH", path, &json!({"schemas": [schema], "Operations": operations})).await
    }

    /// The names of those that a query finds.
    async fn found(&self, path: &str) -> Vec<String> {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let list = answer.json();
        let all = list["Resources"].as_array().expect("a list");
        let name = |one: &Value| one.get("userName").or(one.get("displayName")).cloned().unwrap_or_default();
        all.iter().map(|one| name(one).as_str().unwrap_or_default().to_owned()).collect()
    }
}

fn id_of(answer: &Answer) -> String {
    answer.json()["id"].as_str().expect("an id").to_owned()
}

/// The word of an error in SCIM's form.
fn word(answer: &Answer) -> (u16, String) {
    assert_eq!(answer.header("content-type"), Some("application/scim+json"), "{answer:?}");
    let error = answer.json();
    assert_eq!(error["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]), "{error}");
    assert_eq!(error["status"], answer.status.to_string());
    assert!(error["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{error}");
    (answer.status, error["scimType"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn a_user_is_pushed_read_replaced_and_removed() {
    with_server(async |server| {
        let okta = Provider::of(&server, None).await;
        let body = json!({
            "schemas": [USER, ENTERPRISE], "userName": "Ann@example.com", "externalId": "00u1", "active": true,
            "name": {"givenName": "Ann"}, "password": "secret", ENTERPRISE: {"department": "Tours"},
        });
        let made = okta.send("POST", "/Users", &body).await;
        assert_eq!(made.status, 201, "{made:?}");
        let user = made.json();
        let id = id_of(&made);
        assert_eq!(made.header("content-type"), Some("application/scim+json"));
        assert_eq!(made.header("location"), user["meta"]["location"].as_str());
        assert_eq!(made.header("etag"), user["meta"]["version"].as_str());
        assert!(user["meta"]["location"].as_str().is_some_and(|to| to.ends_with(&format!("/scim/v2/Users/{id}"))));
        assert_eq!((&user["meta"]["resourceType"], user.get("password")), (&json!("User"), None));
        assert_eq!(user[ENTERPRISE]["department"], "Tours");
        assert_eq!(okta.get(&format!("/Users/{id}")).await.json(), user);

        server.clock.advance(1_000);
        let other = json!({"schemas": [USER], "id": "mine", "userName": "Ann@example.com", "title": "Guide"});
        let replaced = okta.send("PUT", &format!("/Users/{id}"), &other).await;
        assert_eq!(replaced.status, 200, "{replaced:?}");
        let replaced = replaced.json();
        assert_eq!((&replaced["id"], &replaced["title"], replaced.get("externalId")), (&json!(id), &json!("Guide"), None));
        assert_eq!(replaced["meta"]["created"], user["meta"]["created"]);
        assert_ne!(replaced["meta"]["lastModified"], user["meta"]["lastModified"]);
        assert_ne!(replaced["meta"]["version"], user["meta"]["version"]);
        server.clock.advance(1_000);
        let again = okta.send("PUT", &format!("/Users/{id}"), &other).await.json();
        assert_eq!(again, replaced, "what is so already is left alone");

        assert_eq!(okta.delete(&format!("/Users/{id}")).await.status, 204);
        for answer in [
            okta.get(&format!("/Users/{id}")).await,
            okta.delete(&format!("/Users/{id}")).await,
            okta.send("PUT", &format!("/Users/{id}"), &other).await,
            okta.get("/Users/nobody").await,
        ] {
            assert_eq!(word(&answer), (404, String::new()));
        }
    })
    .await;
}

#[tokio::test]
async fn okta_looks_for_a_user_adds_it_and_deactivates_it_without_a_path() {
    with_server(async |server| {
        let okta = Provider::of(&server, None).await;
        let by_name = "/Users?filter=userName%20eq%20%22ann%40example.com%22&startIndex=1&count=100";
        let none = okta.get(by_name).await.json();
        assert_eq!((&none["totalResults"], &none["Resources"]), (&json!(0), &json!([])));
        let id = okta.user("Ann@Example.com").await;
        assert_eq!(okta.found(by_name).await, ["Ann@Example.com"]);
        let taken = json!({"schemas": [USER], "userName": "ANN@example.com"});
        assert_eq!(word(&okta.send("POST", "/Users", &taken).await), (409, "uniqueness".into()));
        let off =
            okta.patch(&format!("/Users/{id}"), json!([{"op": "replace", "value": {"active": false}}])).await;
        assert_eq!((off.status, &off.json()["active"]), (200, &json!(false)), "{off:?}");
        assert_eq!(
            okta.get(&format!("/Users/{id}")).await.json()["active"],
            false,
            "who has left can still be read"
        );
        let admin = server.key(KeyScope::Admin, None).await.secret;
        let audit = server.send(Request::get("/api/v1/audit?action=scim").key(&admin)).await.json();
        let items = audit["items"].as_array().expect("a list");
        assert_eq!(
            (&items[0]["action"], &items[1]["action"]),
            (&json!("scim.user.change"), &json!("scim.user.add"))
        );
        assert!(audit.to_string().contains("\"active\""), "{audit}");
    })
    .await;
}

#[tokio::test]
async fn entra_adds_what_a_filter_describes_and_takes_members_away_by_their_list() {
    with_server(async |server| {
        let entra = Provider::of(&server, None).await;
        let (ann, bob) = (entra.user("ann").await, entra.user("bob").await);
        let changed = entra
            .patch(
                &format!("/Users/{ann}"),
                json!([
                    {"op": "Add", "path": "emails[type eq \"work\"].value", "value": "ann@example.com"},
                    {"op": "Replace", "path": "active", "value": "False"},
                    {"op": "Add", "path": format!("{ENTERPRISE}:manager"), "value": bob},
                ]),
            )
            .await;
        assert_eq!(changed.status, 200, "{changed:?}");
        let changed = changed.json();
        assert_eq!(changed["emails"], json!([{"type": "work", "value": "ann@example.com"}]));
        assert_eq!(
            (&changed["active"], &changed[ENTERPRISE]["manager"]["value"]),
            (&json!(false), &json!(bob))
        );

        let devs = entra.group("Devs", &[&ann]).await;
        let path = format!("/Groups/{devs}");
        let added = json!([{"op": "Add", "path": "members", "value": [{"value": bob}, {"value": ann}]}]);
        let group = entra.patch(&path, added).await.json();
        let members: Vec<&Value> = group["members"].as_array().expect("a list").iter().collect();
        assert_eq!(members.len(), 2, "{group}");
        assert_eq!(members[1]["type"], "User");
        assert!(
            members[1]["$ref"].as_str().is_some_and(|to| to.ends_with(&format!("/Users/{bob}"))),
            "{group}"
        );
        let user = entra.get(&format!("/Users/{bob}")).await.json();
        assert_eq!(
            (&user["groups"][0]["value"], &user["groups"][0]["display"]),
            (&json!(devs), &json!("Devs"))
        );
        let by_member = format!("/Groups?filter=members.value%20eq%20%22{bob}%22&excludedAttributes=members");
        let found = entra.get(&by_member).await.json();
        assert_eq!((&found["totalResults"], found["Resources"][0].get("members")), (&json!(1), None));

        let gone = json!([{"op": "Remove", "path": "members", "value": [{"value": ann}]}]);
        assert_eq!(entra.patch(&path, gone).await.json()["members"].as_array().map(Vec::len), Some(1));
        let gone = json!([{"op": "Remove", "path": format!("members[value eq \"{bob}\"]")}]);
        assert_eq!(entra.patch(&path, gone).await.json().get("members"), None);
        assert_eq!(entra.get(&format!("/Users/{bob}")).await.json().get("groups"), None);
    })
    .await;
}

#[tokio::test]
async fn whoever_is_removed_is_in_no_group_any_more_and_the_group_is_another_version() {
    with_server(async |server| {
        let scim = Provider::of(&server, None).await;
        let ann = scim.user("ann").await;
        let devs = scim.group("Devs", &[&ann, "nobody-we-know"]).await;
        let before = scim.get(&format!("/Groups/{devs}")).await.json();
        assert_eq!(scim.delete(&format!("/Users/{ann}")).await.status, 204);
        let after = scim.get(&format!("/Groups/{devs}")).await.json();
        assert_eq!(after["members"], json!([{"value": "nobody-we-know"}]));
        assert_ne!(before["meta"]["version"], after["meta"]["version"]);
    })
    .await;
}

#[tokio::test]
async fn a_change_is_made_only_to_what_was_seen() {
    with_server(async |server| {
        let scim = Provider::of(&server, None).await;
        let id = scim.user("ann").await;
        let path = format!("/Users/{id}");
        let seen = scim.get(&path).await.header("etag").expect("a tag").to_owned();
        let with = |method: &str, header: &str, tag: &str| scim.request(method, &path).header(header, tag);
        let unchanged = server.send(with("GET", "if-none-match", &seen)).await;
        assert_eq!((unchanged.status, unchanged.body.as_str()), (304, ""));
        let body = json!({"schemas": [USER], "userName": "ann", "title": "x"});
        let changed = server.send(with("PUT", "if-match", &format!("W/{seen}")).json(&body)).await;
        assert_eq!(changed.status, 200, "{changed:?}");
        for method in ["PUT", "DELETE"] {
            let stale = server.send(with(method, "if-match", &seen).json(&body)).await;
            assert_eq!(word(&stale), (412, String::new()), "{method}");
        }
        assert_eq!(server.send(with("GET", "if-none-match", &seen)).await.status, 200);
        let now = changed.header("etag").expect("a tag");
        assert_eq!(server.send(with("DELETE", "if-match", now)).await.status, 204);
    })
    .await;
}

#[tokio::test]
async fn lists_are_filtered_sorted_paged_and_shown_in_part() {
    with_server(async |server| {
        let scim = Provider::of(&server, None).await;
        for (name, title) in [("bob", "A"), ("ann", "b"), ("cyn", "")] {
            let mut body = json!({"schemas": [USER], "userName": name, "externalId": format!("x-{name}")});
            if !title.is_empty() {
                body["title"] = title.into();
            }
            assert_eq!(scim.send("POST", "/Users", &body).await.status, 201);
        }
        scim.group("devs", &[]).await;
        assert_eq!(scim.found("/Users").await, ["bob", "ann", "cyn"]);
        assert_eq!(scim.found("/Users?sortBy=userName").await, ["ann", "bob", "cyn"]);
        assert_eq!(scim.found("/Users?sortBy=title&sortOrder=descending").await, ["cyn", "ann", "bob"]);
        assert_eq!(scim.found("/Users?startIndex=2&count=1").await, ["ann"]);
        assert_eq!(scim.found("/Users?sortBy=userName&startIndex=2&count=1").await, ["bob"]);
        assert_eq!(
            scim.found("/Users?filter=title%20pr%20and%20not%20(userName%20sw%20%22b%22)").await,
            ["ann"]
        );
        assert_eq!(scim.found("/Users?filter=externalId%20eq%20%22x-cyn%22").await, ["cyn"]);
        assert_eq!(scim.found("/Users?filter=externalId%20eq%20%22X-CYN%22").await, [""; 0]);
        let empty = scim.get("/Users?count=0").await.json();
        assert_eq!(
            (&empty["totalResults"], &empty["itemsPerPage"], &empty["Resources"]),
            (&json!(3), &json!(0), &json!([]))
        );
        let part = scim.get("/Users?attributes=userName&count=1").await.json();
        let names: Vec<&String> = part["Resources"][0].as_object().expect("one").keys().collect();
        assert_eq!(names, ["id", "schemas", "userName"]);
        for bad in ["filter=title%20xx%20%22a%22", "filter=nope%20pr", "filter=userName%20eq%205"] {
            assert_eq!(
                word(&scim.get(&format!("/Users?{bad}")).await),
                (400, "invalidFilter".into()),
                "{bad}"
            );
        }
        assert_eq!(word(&scim.get("/Users?count=x").await), (400, "invalidValue".into()));
        assert_eq!(word(&scim.get("/Users?filter=a%00").await), (400, "invalidValue".into()));

        let search = |filter: &str| {
            json!({
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": filter,
            })
        };
        let everywhere = scim.send("POST", "/.search", &search("meta.created pr")).await.json();
        assert_eq!(everywhere["totalResults"], 4, "{everywhere}");
        let of_groups = scim.send("POST", "/.search", &search("displayName eq \"DEVS\"")).await.json();
        assert_eq!(
            (&of_groups["totalResults"], &of_groups["Resources"][0]["meta"]["resourceType"]),
            (&json!(1), &json!("Group"))
        );
        let of_users = scim.send("POST", "/Users/.search", &search("userName eq \"bob\"")).await.json();
        assert_eq!(of_users["totalResults"], 1);
    })
    .await;
}

#[tokio::test]
async fn a_directory_does_not_know_of_another() {
    with_server(async |server| {
        let (own, other) = (server.workspace("own").await, server.workspace("other").await);
        let own = Provider::of(&server, Some(own)).await;
        let other = Provider::of(&server, Some(other)).await;
        let whole = Provider::of(&server, None).await;
        let id = own.user("ann").await;
        other.user("ann").await;
        for stranger in [&other, &whole] {
            let path = format!("/Users/{id}");
            assert_eq!(word(&stranger.get(&path).await), (404, String::new()));
            assert_eq!(word(&stranger.delete(&path).await), (404, String::new()));
            let off = json!([{"op": "replace", "path": "active", "value": false}]);
            assert_eq!(word(&stranger.patch(&path, off).await), (404, String::new()));
            let group = stranger.group("devs", &[&id]).await;
            let member = stranger.get(&format!("/Groups/{group}")).await.json()["members"][0].clone();
            assert_eq!(member, json!({"value": id}), "it is no one that is known there");
        }
        assert_eq!(own.get(&format!("/Users/{id}")).await.json().get("groups"), None);
        assert_eq!(whole.found("/Users").await, [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_is_said_in_the_form_of_scim() {
    with_server(async |server| {
        let scim = Provider::of(&server, None).await;
        let stranger = server.send(Request::get("/scim/v2/Users")).await;
        assert_eq!(word(&stranger), (401, String::new()));
        assert!(stranger.header("www-authenticate").is_some_and(|how| how.starts_with("Bearer")));
        let wrong = server.send(Request::get("/scim/v2/Users").key("weir_nothing")).await;
        assert_eq!(word(&wrong), (401, String::new()));
        for scope in [KeyScope::Admin, KeyScope::Satellite, KeyScope::Ingest] {
            let key = server.key(scope, None).await.secret;
            let refused = server.send(Request::get("/scim/v2/Users").key(&key)).await;
            assert_eq!(word(&refused), (403, String::new()), "{scope}");
        }
        let elsewhere = server.send(Request::get("/api/v1/integrations").key(&scim.key)).await;
        assert_eq!(elsewhere.status, 403, "a key of this scope opens no other door: {elsewhere:?}");
        assert_eq!(word(&scim.get("/nothing").await), (404, String::new()));
        let method = scim.send("PUT", "/Schemas", &json!({})).await;
        assert_eq!((word(&method), method.header("allow")), ((405, String::new()), Some("GET, HEAD")));
        assert_eq!(word(&scim.get("/Me").await), (501, String::new()));
        assert_eq!(word(&scim.get("/Schemas/urn:nothing").await), (404, String::new()));
        assert_eq!(word(&scim.get("/Schemas?filter=a").await), (403, String::new()));
        let form = scim.request("POST", "/Users").form(&[("userName", "a")]);
        assert_eq!(word(&server.send(form).await), (415, String::new()));
        assert_eq!(word(&scim.send("POST", "/Users", &json!([])).await), (400, "invalidSyntax".into()));
        assert_eq!(
            word(&scim.send("POST", "/Users", &json!({"schemas": [USER]})).await),
            (400, "invalidValue".into())
        );
        let large = json!({"schemas": [USER], "userName": "a", "title": "x".repeat(5 << 20)});
        assert_eq!(scim.send("POST", "/Users", &large).await.status, 413);
        let id = scim.user("ann").await;
        for path in ["id", "meta", "schemas"] {
            let fixed = json!([{"op": "replace", "path": path, "value": "x"}]);
            assert_eq!(word(&scim.patch(&format!("/Users/{id}"), fixed).await), (400, "mutability".into()));
        }
    })
    .await;
}

#[tokio::test]
async fn a_client_does_not_choose_the_id_of_anybody() {
    with_server(async |server| {
        let scim = Provider::of(&server, None).await;
        let first = scim.user("ann").await;
        let body = json!({"schemas": [USER], "userName": "bob", "id": first, "externalId": first});
        let second = scim.send("POST", "/Users", &body).await;
        assert_eq!(second.status, 201, "{second:?}");
        assert_ne!(id_of(&second), first);
        assert_eq!(scim.get(&format!("/Users/{first}")).await.json()["userName"], "ann");
        assert_eq!(word(&scim.get(&format!("/Users/{}", first.to_uppercase())).await), (404, String::new()));
    })
    .await;
}

#[tokio::test]
async fn the_server_describes_what_it_keeps() {
    with_server(async |server| {
        let scim = Provider::of(&server, None).await;
        let config = scim.get("/ServiceProviderConfig").await.json();
        assert_eq!(
            (&config["patch"]["supported"], &config["bulk"]["maxOperations"]),
            (&json!(true), &json!(1_000))
        );
        let types = scim.get("/ResourceTypes").await.json();
        assert_eq!(types["totalResults"], 2);
        assert_eq!(scim.get("/ResourceTypes/User").await.json(), types["Resources"][0]);
        let schemas = scim.get("/Schemas").await.json();
        assert_eq!(schemas["totalResults"], 3);
        assert_eq!(scim.get(&format!("/Schemas/{GROUP}")).await.json()["name"], "Group");
    })
    .await;
}

#[tokio::test]
async fn several_operations_in_one_request_may_name_what_others_of_it_make() {
    with_server(async |server| {
        let scim = Provider::of(&server, None).await;
        let schemas = ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"];
        let add = |name: &str, path: &str, data: Value| json!({"method": "POST", "path": path, "bulkId": name, "data": data});
        let body = json!({"schemas": schemas, "Operations": [
            add("g", "/Groups", json!({"schemas": [GROUP], "displayName": "Devs", "members": [{"value": "bulkId:u"}]})),
            add("u", "/Users", json!({"schemas": [USER], "userName": "ann"})),
            {"method": "PATCH", "path": "/Users/bulkId:u", "data": {
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                "Operations": [{"op": "add", "path": "title", "value": "Guide"}],
            }},
            add("v", "/Users", json!({"schemas": [USER], "userName": "ANN"})),
            {"method": "DELETE", "path": "/Users/nobody"},
            add("w", "/Groups", json!({"schemas": [GROUP], "displayName": "x", "members": [{"value": "bulkId:v"}]})),
            {"method": "PUT", "path": "/Users/bulkId:u", "version": "\"old\"", "data": {"schemas": [USER], "userName": "ann"}},
            add("a", "/Groups", json!({"schemas": [GROUP], "displayName": "a", "members": [{"value": "bulkId:b"}]})),
            add("b", "/Groups", json!({"schemas": [GROUP], "displayName": "b", "members": [{"value": "bulkId:a"}]})),
        ]});
        let answer = scim.send("POST", "/Bulk", &body).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let told = answer.json();
        let lines = told["Operations"].as_array().expect("a list");
        let statuses: Vec<&str> = lines.iter().map(|one| one["status"].as_str().expect("a status")).collect();
        assert_eq!(statuses, ["201", "201", "200", "409", "404", "400", "412", "409", "409"], "{told}");
        assert_eq!(lines[3]["response"]["scimType"], "uniqueness");
        assert_eq!(scim.found("/Groups").await, ["Devs"]);
        let user = scim.get("/Users?filter=userName%20eq%20%22ann%22").await.json()["Resources"][0].clone();
        assert_eq!((&user["title"], &user["groups"][0]["display"]), (&json!("Guide"), &json!("Devs")));
        assert_eq!(lines[1]["location"], user["meta"]["location"]);

        let stops = json!({"schemas": schemas, "failOnErrors": 1, "Operations": [
            {"method": "DELETE", "path": "/Users/nobody"}, add("x", "/Users", json!({"schemas": [USER], "userName": "x"})),
        ]});
        let told = scim.send("POST", "/Bulk", &stops).await.json();
        assert_eq!(told["Operations"].as_array().map(Vec::len), Some(1), "the rest is left: {told}");
        assert_eq!(word(&scim.send("POST", "/Bulk", &json!({"Operations": []})).await), (400, "invalidSyntax".into()));
    })
    .await;
}
