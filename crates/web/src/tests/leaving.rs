//! Pages of an integration that waits to be deleted.

use super::{client::Request, issues::filled, with_server};
use weir_model::{KeyScope, Role};
use weir_store::LeaseHolder;

#[tokio::test]
async fn a_page_that_tells_nothing_of_what_is_about_to_go_says_so_in_its_frame() {
    with_server(async |server| {
        let own = server.workspace("own").await;
        server.integration("the site", &[own]).await;
        let key = server.key(KeyScope::Write, Some(own)).await.secret;
        let ada = server.account("ada", false, Some((own, &[Role::Owner]))).await;
        let lee = server.account("lee", false, Some((own, &[Role::Viewer]))).await;
        let (owner, viewer) = (server.browser(&ada).await, server.browser(&lee).await);
        let asked = Request::new("DELETE", "/api/v1/integrations/the%20site").key(&key);
        assert_eq!(server.send(asked).await.status, 202);
        let site = "/integrations/the%20site";
        for path in ["hygiene", "hygiene/issues?rule=idle"] {
            let page = server.send(owner.get(&format!("{site}/{path}"))).await;
            assert_eq!(page.status, 409, "{path}: {}", page.body);
            let here = format!("<a href=\"{site}/hygiene\" aria-current=\"page\">Hygiene</a>");
            assert!(page.body.contains(&here), "the frame stays: {}", page.body);
            assert!(page.body.contains("It will be deleted on"), "why, and when: {}", page.body);
            assert!(page.body.contains(&format!("action=\"{site}/delete/cancel\"")), "{}", page.body);
        }
        let page = server.send(viewer.get(&format!("{site}/hygiene"))).await;
        assert!(page.status == 409 && page.body.contains(">Hygiene</a>"), "{}", page.body);
        assert!(!page.body.contains("delete/cancel"), "no button for who may not: {}", page.body);
        assert!(page.body.contains("but not cancel its deletion"), "{}", page.body);
        let kept = server.send(owner.post(&format!("{site}/delete/cancel"), &[])).await;
        assert_eq!(kept.status, 303, "{kept:?}");
        assert_eq!(server.send(owner.get(&format!("{site}/hygiene"))).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn every_tab_of_what_is_about_to_go_says_so_and_how_to_keep_it() {
    with_server(async |server| {
        let own = server.workspace("own").await;
        let (id, _) = server.integration("the site", &[own]).await;
        let ada = server.account("ada", false, Some((own, &[Role::Owner]))).await;
        let lee = server.account("lee", false, Some((own, &[Role::Viewer]))).await;
        let (owner, viewer) = (server.browser(&ada).await, server.browser(&lee).await);
        let site = "/integrations/the%20site";
        let tabs = [
            "monitoring",
            "configuration",
            "projects",
            "fields",
            "salesforce",
            "activity",
            "monitoring/runs",
            "hygiene/rules",
            "checks",
        ];
        for tab in tabs {
            let page = server.send(owner.get(&format!("{site}/{tab}"))).await;
            assert!(!page.body.contains("It will be deleted on"), "{tab}: {}", page.body);
        }
        let due = weir_model::Millis(server.app.now().0 + 7 * weir_model::DAY_MS);
        server.app.store.ask_deletion(&id, "ada", due).await.expect("it waits");
        let cancel = format!("action=\"{site}/delete/cancel\"");
        for tab in tabs {
            let page = server.send(owner.get(&format!("{site}/{tab}"))).await;
            let said = page.body.matches("It will be deleted on").count();
            assert_eq!((said, page.body.matches(&cancel).count()), (1, 1), "{tab}: {}", page.body);
            let page = server.send(viewer.get(&format!("{site}/{tab}"))).await;
            // Monitoring has the status, which says so in its own words.
            assert!(page.body.contains("ill be deleted"), "{tab}: {}", page.body);
            assert!(!page.body.contains("/delete"), "{tab}: {}", page.body);
        }
        let page = server.send(viewer.get(&format!("{site}/configuration"))).await;
        assert!(page.body.contains("but not cancel its deletion"), "{}", page.body);
        let file = server.send(owner.get(&format!("{site}/hygiene/issues.csv?rule=idle"))).await;
        assert_eq!(file.status, 409, "{}", file.body);
        assert!(!file.body.contains("aria-current=\"page\">Hygiene"), "a file has no tab: {}", file.body);
    })
    .await;
}

#[tokio::test]
async fn what_goes_is_announced_as_its_receipt_lists_it() {
    with_server(async |server| {
        let id = filled(&server).await;
        let store = &server.app.store;
        let root = server.account("root", true, None).await;
        let browser = server.browser(&root).await;
        let holder = LeaseHolder { token: "t".into(), pid: 1, host: "here".into() };
        let lease = store.take_lease(&id, &holder, 60_000).await.expect("an answer").expect("it is free");
        store.put_away(&lease, &["ENG-1".to_owned()]).await.expect("it is put away");
        store.release_lease(&lease).await.expect("it is given back");
        let page = server.send(browser.get("/integrations/the%20site/delete")).await.body;
        let points = page.split("<ul class=\"plain points\">").nth(1).expect("a list");
        let points = points.split("</ul>").next().expect("its end");
        let announced: Vec<String> =
            points.split("<li>").skip(1).map(|one| one.replace("</li>", "")).collect();
        assert_eq!(announced[0], "2 issues, 1 of them put away or gone from the site", "{announced:?}");
        assert!(announced.contains(&"1 unreadable issue".to_owned()), "{announced:?}");
        assert!(page.contains("Counted "), "{page}");
        store.delete_integration(&id, "root").await.expect("it is deleted");
        let receipt = server.send(browser.get("/integrations/deleted")).await.body;
        let mut went = announced;
        went.pop();
        "2 issues".clone_into(&mut went[0]);
        assert!(
            receipt.contains(&format!("<td class=\"why\">{}</td>", went.join(", "))),
            "{went:?} {receipt}"
        );
    })
    .await;
}

#[tokio::test]
async fn an_address_of_a_button_that_is_opened_tells_people_that_it_is_no_page() {
    with_server(async |server| {
        server.integration("the site", &[]).await;
        let root = server.account("root", true, None).await;
        let browser = server.browser(&root).await;
        let page = server.send(browser.get("/integrations/the%20site/sync")).await;
        assert_eq!(page.status, 405, "{}", page.body);
        assert!(
            page.body.contains("This address is no page.") && !page.body.contains("GET"),
            "{}",
            page.body
        );
        assert!(!page.body.contains("openapi"), "{}", page.body);
    })
    .await;
}
