//! What is mapped to several workspaces, and mapping itself: who may, what they are told, and what follows.

use super::{Browser, Server, client::Request, with_server};
use serde_json::json;
use weir_model::{KeyScope, Role, WorkspaceId};

async fn somebody(server: &Server, login: &str, roles: &[(WorkspaceId, Role)]) -> Browser {
    let account = server.account(login, false, None).await;
    for (workspace, role) in roles {
        server.app.store.set_roles(&account.id, workspace, &[*role]).await.expect("a role");
    }
    server.browser(&account).await
}

#[tokio::test]
async fn an_owner_in_one_of_two_workspaces_is_told_why_and_whom_to_ask() {
    with_server(async |server| {
        let (own, other) = (server.workspace("Payments").await, server.workspace("Secret lab").await);
        server.integration("Acme", &[own, other]).await;
        somebody(&server, "Dana K.", &[(own, Role::Owner), (other, Role::Owner)]).await;
        somebody(&server, "Not in both", &[(own, Role::Owner)]).await;
        let owner = somebody(&server, "owner", &[(own, Role::Owner)]).await;
        let reader = somebody(&server, "reader", &[(own, Role::Owner), (other, Role::Viewer)]).await;

        let refused = server.send(owner.api("POST", "/api/v1/integrations/Acme/sync")).await;
        assert_eq!((refused.status, refused.code()), (403, "access.shared".to_owned()));
        let (cause, fix) = (refused.json()["cause"].clone(), refused.json()["fix"].clone());
        assert!(
            cause.as_str().expect("a text").contains("also mapped to a workspace that you do not see"),
            "{cause}"
        );
        assert_eq!(fix, json!("Ask Dana K. or an administrator of this server"));
        let page = server.send(owner.post("/integrations/Acme/sync", &[])).await;
        assert!(page.status == 403 && page.body.contains("also mapped to a workspace that you do not see"));
        assert!(!page.body.contains("Secret lab") && !page.body.contains("Not in both"), "{page:?}");

        for (path, thing) in [
            ("monitoring", "this integration but not change it"),
            ("configuration", "these settings but not change them"),
            ("checks", "these checks but not run them"),
            ("fields", "these fields but not say what they are"),
            ("hygiene/rules", "these rules but not change them"),
            ("projects", "this mapping but not change it"),
        ] {
            let page = server.send(owner.get(&format!("/integrations/Acme/{path}"))).await.body;
            let said = format!("You can view {thing}: ");
            assert!(page.contains(&said) && !page.contains("Secret lab"), "{path}: {page}");
            assert!(
                path == "projects" || page.contains("Ask Dana K. or an administrator of this server."),
                "{path}"
            );
        }
        let page = server.send(reader.get("/integrations/Acme/monitoring")).await.body;
        assert!(page.contains("it is also mapped to Secret lab. Ask Dana K."), "{page}");
    })
    .await;
}

#[tokio::test]
async fn whose_role_does_not_include_it_is_told_that_and_not_of_other_workspaces() {
    with_server(async |server| {
        let (own, other) = (server.workspace("own").await, server.workspace("other").await);
        server.integration("Acme", &[own, other]).await;
        let viewer = somebody(&server, "viewer", &[(own, Role::Viewer)]).await;
        let refused = server.send(viewer.api("POST", "/api/v1/integrations/Acme/sync")).await;
        assert_eq!((refused.status, refused.code()), (403, "access.refused".to_owned()));
        assert_eq!(refused.json()["fix"], json!("Ask an administrator of this server"));
        let page = server.send(viewer.get("/integrations/Acme/monitoring")).await.body;
        assert!(page.contains("not change it: your role here does not include that."), "{page}");
    })
    .await;
}

#[tokio::test]
async fn the_last_workspace_lets_an_integration_go_only_for_who_looks_after_the_server() {
    with_server(async |server| {
        let (own, second) = (server.workspace("own").await, server.workspace("second").await);
        let (id, _) = server.integration("Acme", &[own]).await;
        let admin = somebody(&server, "admin", &[(own, Role::Admin), (second, Role::Admin)]).await;
        let seen = async || server.app.store.workspaces_of(&id).await.expect("the store");

        let page = server.send(admin.post("/integrations/Acme/projects", &[])).await;
        assert!(page.status == 409 && page.body.contains("ask an administrator of this server"), "{page:?}");
        let path = format!("/api/v1/workspaces/{own}/integrations/Acme");
        let refused = server.send(admin.api("DELETE", &path)).await;
        assert_eq!((refused.status, refused.code()), (409, "mapping.last".to_owned()));
        let body = json!({ "integrations": ["Acme"], "workspaces": [own.to_string()], "mapped": false });
        let refused = server.send(admin.api("POST", "/api/v1/mappings").json(&body)).await;
        assert_eq!((refused.status, refused.code()), (409, "mapping.last".to_owned()));
        assert_eq!(seen().await, [own]);

        // From one to another at once, it is never nobody's.
        let to = second.to_string();
        let moved = server.send(admin.post("/integrations/Acme/projects", &[("workspace", &to)])).await;
        assert_eq!((moved.status, seen().await), (303, vec![second]));
        let key = server.key(KeyScope::Admin, None).await.secret;
        let path = format!("/api/v1/workspaces/{second}/integrations/Acme");
        assert_eq!(server.send(Request::new("DELETE", &path).key(&key)).await.status, 204);
        assert_eq!(seen().await, []);
    })
    .await;
}

#[tokio::test]
async fn several_are_mapped_at_once_after_a_look_at_what_follows() {
    with_server(async |server| {
        let (own, other) = (server.workspace("Payments").await, server.workspace("other").await);
        let (one, _) = server.integration("Acme", &[]).await;
        let (two, _) = server.integration("Beta", &[]).await;
        server.integration("Gamma", &[other]).await;
        let root = server.account("root", true, None).await;
        let browser = server.browser(&root).await;
        let page = server.send(browser.get("/mapping")).await.body;
        assert!(
            page.contains("2 integrations feed no workspace") && page.contains("It is also a boundary"),
            "{page}"
        );
        let page = server.send(browser.get("/mapping?only=unmapped&q=AC")).await.body;
        assert!(page.contains("Acme") && !page.contains("Beta") && !page.contains("Gamma"), "{page}");
        let page = server.send(browser.get("/mapping?view=table")).await.body;
        assert!(page.contains("<strong>Mapped</strong>") && page.contains("Payments"), "{page}");

        let (one_id, two_id, own_id) = (one.to_string(), two.to_string(), own.to_string());
        let chosen = [("id", one_id.as_str()), ("id", two_id.as_str()), ("workspace", own_id.as_str())];
        let with = |word| [&chosen[..], &[("do", word)]].concat();
        let preview = server.send(browser.post("/mapping", &with("preview-map"))).await;
        assert!(preview.body.contains("Payments will show 0 more issues of 2 integrations."), "{preview:?}");
        assert_eq!(
            server.app.store.workspaces_of(&one).await.expect("the store"),
            [],
            "nothing is changed yet"
        );
        let done = server.send(browser.post("/mapping", &with("map"))).await;
        assert_eq!(done.header("location"), Some("/mapping?done=mapped"));
        assert_eq!(server.app.store.workspaces_of(&two).await.expect("the store"), [own]);
        for (fields, said) in [
            (&chosen[2..], "Choose at least one integration"),
            (&chosen[..2], "Choose at least one workspace"),
        ] {
            let answer = server.send(browser.post("/mapping", &[fields, &[("do", "map")]].concat())).await;
            assert!(answer.status == 400 && answer.body.contains(said), "{answer:?}");
        }

        let key = server.key(KeyScope::Admin, Some(own)).await.secret;
        let list = server.send(Request::get("/api/v1/mappings?search=e").key(&key)).await.json();
        let mapped = json!([{ "id": own_id, "name": "Payments" }]);
        assert_eq!(
            (&list["items"][0]["name"], &list["items"][0]["workspaces"]),
            (&json!("Acme"), &mapped),
            "{list}"
        );
        let change =
            async |body| server.send(Request::new("POST", "/api/v1/mappings").key(&key).json(&body)).await;
        let hidden = change(json!({ "integrations": ["Gamma"], "workspaces": [own_id] })).await;
        assert_eq!((hidden.status, hidden.code()), (404, "integration.unknown".to_owned()));
        let theirs = change(json!({ "integrations": ["Acme"], "workspaces": [other.to_string()] })).await;
        assert_eq!(theirs.status, 404, "a key of one workspace does not learn of another");
        let same = change(json!({ "integrations": ["Acme"], "workspaces": [own_id], "dry_run": true })).await;
        assert_eq!(same.json()["effects"][0]["integrations"], json!([]));
        let viewer = somebody(&server, "viewer", &[(own, Role::Viewer)]).await;
        let page = server.send(viewer.get("/mapping")).await.body;
        assert!(
            page.contains("Acme") && !page.contains("Gamma") && !page.contains("type=\"checkbox\""),
            "{page}"
        );
        assert_eq!(server.send(viewer.post("/mapping", &with("map"))).await.status, 403);
    })
    .await;
}

#[tokio::test]
async fn five_hundred_integrations_and_fifty_workspaces_are_shown_in_parts() {
    with_server(async |server| {
        let mut workspaces = vec![];
        for number in 0..50 {
            workspaces.push(server.workspace(&format!("team {number:02}")).await);
        }
        for number in 0..120 {
            let id = server.integration_alone(&format!("site {number:03}")).await;
            server.app.store.map_several(&[id], &workspaces[..number % 50], true).await.expect("mapped");
        }
        let root = server.account("root", true, None).await;
        let browser = server.browser(&root).await;
        let page = server.send(browser.get("/mapping?view=table&from=8")).await.body;
        assert_eq!(page.matches("<tr>").count(), 51, "fifty integrations and the head");
        assert!(page.contains("<bdi>team 08</bdi>") && !page.contains("<bdi>team 16</bdi>"), "{page}");
        let next = page.split("href=\"").find(|part| part.contains("after=")).expect("a next page");
        let next = next.split('"').next().expect("an address").replace("&#38;", "&");
        let page = server.send(browser.get(&next)).await.body;
        assert!(page.contains("site 050") && !page.contains("site 049"), "{page}");
    })
    .await;
}
