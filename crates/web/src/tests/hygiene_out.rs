//! The issues behind a number taken along: a file, searches in Jira, keys; and the question above them in parts.

use super::{client::Request, issues::filled, with_server};
use weir_model::KeyScope;

const PAGE: &str = "/integrations/the%20site/hygiene/issues";

#[tokio::test]
async fn the_file_has_every_issue_and_no_cell_is_a_formula() {
    with_server(async |server| {
        filled(&server).await;
        let root = server.account("root", true, None).await;
        let browser = server.browser(&root).await;
        let file = server.send(browser.get(&format!("{PAGE}.csv?rule=no_assignee"))).await;
        assert_eq!((file.status, file.header("content-type")), (200, Some("text/csv; charset=utf-8")));
        assert!(file.header("content-disposition").is_some_and(|name| name.contains("issues.csv")));
        assert!(file.body.starts_with("key,summary,type,status,assignee,"), "{}", file.body);
        assert!(file.body.contains("ENG-1,") && file.body.contains("ENG-2,"), "{}", file.body);
        assert!(
            file.body.contains("'=HYPERLINK") && !file.body.contains(",=") && !file.body.contains("\"="),
            "{}",
            file.body
        );
        assert!(file.body.contains("assignee is missing"), "{}", file.body);
        let both = "no_assignee, no_components\",\"Poor description, No due date, No assignee, No";
        assert!(file.body.contains(both), "ids for machines, names for people: {}", file.body);
        let refused = server.send(browser.get(&format!("{PAGE}.csv?filter=colour"))).await;
        assert!(refused.status == 400 && refused.body.contains("is no filter"), "{refused:?}");
        let key = server.key(KeyScope::Read, None).await.secret;
        let all = server.send(browser.get(&format!("{PAGE}.csv"))).await;
        let of_no_rule = server.send(browser.get(&format!("{PAGE}.csv?rule="))).await;
        assert_eq!((of_no_rule.status, &of_no_rule.body), (200, &all.body), "an empty rule is none");
        let page = server.send(browser.get(&format!("{PAGE}?rule="))).await;
        assert!(page.status == 200 && page.body.contains("Issues in scope"), "{page:?}");
        let listed = async |asked: &str| {
            server.send(Request::get(&format!("/api/v1{PAGE}{asked}")).key(&key)).await.json()["items"]
                .clone()
        };
        assert_eq!(listed("?rule=").await, listed("").await);
        let program = server.send(Request::get(&format!("{PAGE}.csv")).key(&key)).await;
        assert_eq!(program.status, 403, "pages are for people");
    })
    .await;
}

#[tokio::test]
async fn the_question_stands_above_its_issues_and_each_part_can_be_taken_away() {
    with_server(async |server| {
        filled(&server).await;
        let root = server.account("root", true, None).await;
        let browser = server.browser(&root).await;
        let asked = "?rule=no_assignee&basis=open&filter=project%3DENG;%20labels%3D%22a,b%22";
        let page = server.send(browser.get(&format!("{PAGE}{asked}"))).await.body;
        for words in [
            "Misses No assignee",
            "Everything that is not done",
            "project equals ENG",
            "labels equals &#34;a,b&#34;",
        ] {
            assert!(page.contains(&format!("Ask without: {words}")), "{words}: {page}");
        }
        let links: Vec<&str> =
            page.split("class=\"tag\" href=\"").skip(1).filter_map(|part| part.split('"').next()).collect();
        assert_eq!(links.len(), 4);
        assert!(!links[0].contains("rule=") && links[0].contains("basis=open"), "{}", links[0]);
        assert!(!links[1].contains("basis="), "{}", links[1]);
        assert!(links[2].contains("labels") && !links[2].contains("project"), "{}", links[2]);
        assert!(links[3].contains("project") && !links[3].contains("labels"), "{}", links[3]);
        assert!(
            page.contains("Issues counted as “No assignee”: 0") && !page.contains("Open as JQL"),
            "{page}"
        );

        let page = server.send(browser.get(&format!("{PAGE}?rule=no_assignee"))).await.body;
        assert!(page.contains("https://acme.example/issues/?jql=key+in+%28ENG-1%2C+ENG-2%29"), "{page}");
        assert!(page.contains(">ENG-1, ENG-2</textarea>"), "{page}");
    })
    .await;
}

#[tokio::test]
async fn columns_are_chosen_and_stay_with_the_question() {
    with_server(async |server| {
        filled(&server).await;
        let root = server.account("root", true, None).await;
        let browser = server.browser(&root).await;
        let heading = |name: &str| format!("<th scope=\"col\">{name}</th>");
        let usual = server.send(browser.get(&format!("{PAGE}?rule=no_assignee&limit=1"))).await.body;
        assert!(usual.contains(&heading("Age")) && !usual.contains(&heading("Created")), "{usual}");
        let chosen = server
            .send(browser.get(&format!("{PAGE}?rule=no_assignee&limit=1&columns=created,status")))
            .await
            .body;
        for (name, is_shown) in
            [("Created", true), ("Status", true), ("Age", false), ("Summary", false), ("Key", true)]
        {
            assert_eq!(chosen.contains(&heading(name)), is_shown, "{name}: {chosen}");
        }
        let next = chosen
            .split("class=\"button\" href=\"")
            .find(|part| part.contains("Further issues"))
            .expect("a next page");
        assert!(
            next.contains("columns=status%2Ccreated") || next.contains("columns=status,created"),
            "{next}"
        );
        assert!(chosen.contains("Show </span>Age") && chosen.contains("Hide </span>Status"), "{chosen}");
        assert_eq!(server.send(browser.get(&format!("{PAGE}?columns=colour"))).await.status, 400);
    })
    .await;
}
