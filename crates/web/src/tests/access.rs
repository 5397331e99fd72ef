//! What somebody sees and may do, as their page and the API tell it, and as the server then does; and who the audit log says did
//! something.

use super::{client::Request, with_server};
use serde_json::json;
use weir_model::{AuditEvent, Clock as _, KeyScope, Role};

#[tokio::test]
async fn the_page_of_somebody_tells_what_they_see_and_may_do_and_by_which_role() {
    with_server(async |server| {
        let (own, other) = (server.workspace("Payments").await, server.workspace("Others").await);
        server.integration("Acme <b>", &[own]).await;
        server.integration("Elsewhere", &[other]).await;
        let root = server.account("root", true, None).await;
        let ada = server.account("ada", false, Some((own, &[Role::Viewer, Role::Editor]))).await;
        let browser = server.browser(&root).await;
        let key = server.key(KeyScope::Admin, None).await.secret;
        let path = format!("/api/v1/users/{}/access", ada.id);
        let access = server.send(Request::get(&path).key(&key)).await.json();
        let items = access["items"].as_array().expect("a list");
        assert_eq!(items.len(), 1, "{access}");
        assert_eq!(
            (&items[0]["name"], &items[0]["integrations"]),
            (&json!("Payments"), &json!(["Acme <b>"]))
        );
        let by = |action: &str| {
            let may = items[0]["may"].as_array().expect("a list");
            may.iter().find(|one| one["action"] == action).map(|one| one["by"].clone())
        };
        assert_eq!(by("read"), Some(json!(["editor", "viewer"])));
        assert_eq!(by("change"), Some(json!(["editor"])));
        assert_eq!((by("connect"), by("manage"), by("serve")), (None, None, None));

        let page = server.send(browser.get(&format!("/settings/users/{}", ada.id))).await.body;
        assert!(page.contains("Acme &#60;b&#62;") && !page.contains("Elsewhere"), "{page}");
        assert!(
            page.contains("start, pause or change this <span class=\"muted small\">Editor</span>"),
            "{page}"
        );
        // Which is what the server then does.
        let hers = server.browser(&ada).await;
        assert_eq!(server.send(hers.get("/integrations/Elsewhere/monitoring")).await.status, 404);
        assert_eq!(server.send(hers.get("/integrations/Acme%20%3Cb%3E/monitoring")).await.status, 200);

        let page = server.send(browser.get(&format!("/settings/users/{}", root.id))).await.body;
        assert!(page.contains("The whole server") && page.contains("Elsewhere"), "{page}");
        server.app.store.disable_account(&ada.id, true).await.expect("it is closed");
        let access = server.send(Request::get(&path).key(&key)).await.json();
        assert_eq!(access["items"], json!([]));
    })
    .await;
}

#[tokio::test]
async fn the_audit_log_says_what_the_server_did_and_who_was_not_signed_in() {
    with_server(async |server| {
        let root = server.account("root", true, None).await;
        let browser = server.browser(&root).await;
        let event = AuditEvent {
            at: server.clock.now(),
            actor_kind: "scheduler".into(),
            actor_id: None,
            actor: String::new(),
            action: "integration.deleted".into(),
            subject: "Acme".into(),
            workspace: None,
            integration: None,
            outcome: "done".into(),
            address: String::new(),
            request_id: String::new(),
            detail: vec![],
        };
        server.app.store.add_audit_event(&event).await.expect("it is kept");
        let deleted = server.send(browser.get("/settings/audit?action=integration.deleted")).await.body;
        assert!(deleted.contains("<td class=\"named\">the server</td>"), "{deleted}");
        let form = Request::new("POST", "/login").header("sec-fetch-site", "same-origin");
        let wrong = server.send(form.form(&[("login", "eve"), ("password", "x")])).await;
        assert_eq!(wrong.status, 401);
        let tried = server.send(browser.get("/settings/audit?outcome=refused")).await.body;
        assert!(tried.contains("<td class=\"named\">somebody who was not signed in</td>"), "{tried}");
    })
    .await;
}
