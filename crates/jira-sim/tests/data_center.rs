//! Data Center: signing in, searching, and what its bodies look like.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use jira_sim::{DcVersion, Edit, EditKind, Sim, SimOptions, TruthView};
use serde_json::{Value, json};
use support::*;

/// Every issue with its histories, by keyset.
async fn everything(sim: &Sim, email: &str) -> Vec<Value> {
    let client = token(sim, email);
    let (mut all, mut last) = (Vec::new(), "0".to_owned());
    loop {
        let body = json!({ "jql": format!("id > {last} order by id asc"), "maxResults": 500, "fields": ["*all"], "expand": ["changelog"] });
        let page = client.post("/rest/api/2/search", &body).await.good();
        let issues = page["issues"].as_array().unwrap();
        match issues.last() {
            Some(issue) => last = text(&issue["id"]),
            None => return all,
        }
        all.extend(issues.iter().cloned());
    }
}

#[tokio::test]
async fn what_every_version_serves_is_what_is_true() {
    for version in VERSIONS {
        let sim = dc(version, 300, SimOptions::default()).await;
        sim.edits(4, 60, &[], std::time::Duration::ZERO);
        for email in [ADMIN, PARTIAL] {
            let served = everything(&sim, email).await;
            let truth = rows(&sim, email, TruthView::Issues);
            assert_eq!(served.len(), truth.len(), "{version:?} {email}");
            for (row, issue) in truth.iter().zip(&served) {
                let fields = &issue["fields"];
                assert_eq!((&row["id"], &row["key"]), (&issue["id"], &issue["key"]));
                assert_eq!(row["assignee_id"], fields["assignee"]["key"]);
                assert_eq!(row["status"], fields["status"]["name"]);
                assert_eq!(row["description_text"].is_null(), fields["description"].is_null());
                assert!(fields["description"].is_null() || fields["description"].is_string());
            }
            let list = |issue: &Value, at: &str, what: &str| issue[at][what].as_array().unwrap().len();
            let items = |issue: &Value| -> usize {
                let histories = issue["changelog"]["histories"].as_array().unwrap().iter();
                histories.map(|history| history["items"].as_array().unwrap().len()).sum()
            };
            assert_eq!(
                served.iter().map(items).sum::<usize>(),
                rows(&sim, email, TruthView::IssueChanges).len()
            );
            let comments = |issue: &Value| list(&issue["fields"], "comment", "comments");
            assert_eq!(
                served.iter().map(comments).sum::<usize>(),
                rows(&sim, email, TruthView::IssueComments).len()
            );
            assert!(!Value::from(served).to_string().contains("fieldId"));
        }
    }
}

#[tokio::test]
async fn sprints_are_text_before_version_11_and_objects_since() {
    for version in VERSIONS {
        let sim = dc(version, 300, SimOptions::default()).await;
        let served = everything(&sim, ADMIN).await;
        let sprints =
            served.iter().filter_map(|issue| issue["fields"]["customfield_10020"].as_array()).flatten();
        for sprint in sprints {
            match version {
                DcVersion::V11 => assert!(sprint["id"].is_u64()),
                _ => assert!(
                    text(sprint).starts_with("com.atlassian.greenhopper.service.sprint.Sprint@")
                        && text(sprint).contains("[id="),
                    "{sprint}"
                ),
            }
        }
    }
}

#[tokio::test]
async fn tokens_and_passwords_sign_in_and_failures_ask_for_a_captcha() {
    let sim = dc(DcVersion::V9_12, 200, SimOptions::default()).await;
    let me = token(&sim, READER).get("/rest/api/2/myself").await;
    assert_eq!((me.header("x-ausername"), &me.good()["name"]), (Some("reader"), &json!("reader")));
    let with = |password: &str| Client::new(sim.url(), Some(basic("reader", password)));
    assert_eq!(with("sim-password-reader").get("/rest/api/2/myself").await.status, 200);
    for _ in 0..3 {
        let refused = with("wrong").get("/rest/api/2/myself").await;
        assert_eq!(refused.status, 401);
        assert_eq!(refused.header("x-seraph-loginreason"), Some("AUTHENTICATED_FAILED"));
    }
    let denied = with("sim-password-reader").get("/rest/api/2/myself").await;
    assert_eq!((denied.status, denied.header("x-seraph-loginreason")), (403, Some("AUTHENTICATION_DENIED")));
    assert!(
        denied.header("x-authentication-denied-reason").unwrap().starts_with("CAPTCHA_CHALLENGE; login-url=")
    );
    assert_eq!(token(&sim, READER).get("/rest/api/2/myself").await.status, 200);
    assert_eq!(
        Client::new(sim.url(), None).get("/rest/api/2/serverInfo").await.good()["versionNumbers"],
        json!([9, 12, 15])
    );
}

#[tokio::test]
async fn searches_clamp_their_pages_and_version_11_has_a_window() {
    let options = SimOptions { page_clamp: 50, ..SimOptions::default() };
    let sim = dc(DcVersion::V11, 300, options).await;
    let reader = token(&sim, READER);
    let page = reader.get("/rest/api/2/search?jql=&maxResults=1000").await.good();
    assert_eq!((page["issues"].as_array().unwrap().len(), &page["maxResults"]), (50, &json!(50)));
    assert_eq!(page["total"], rows(&sim, READER, TruthView::Issues).len());
    reader.get("/rest/api/2/search?jql=&startAt=9951&maxResults=50").await.refused(500);
    reader.get("/rest/api/2/search?jql=project%3DNOWHERE").await.refused(400);
    let lax = reader.get("/rest/api/2/search?jql=project%3DNOWHERE&validateQuery=false").await.good();
    assert_eq!((&lax["total"], lax["warningMessages"].is_array()), (&json!(0), true));
    for cloud in ["search/jql?jql=id%3E0", "issue/APOLLO-1/changelog", "project/search", "users/search"] {
        assert_eq!(reader.get(&format!("/rest/api/2/{cloud}")).await.status, 404, "{cloud}");
    }
    assert_eq!(reader.get("/rest/api/3/myself").await.status, 404);
}

#[tokio::test]
async fn comments_and_worklogs_of_an_issue_are_complete() {
    let sim = dc(DcVersion::V10_3, 300, SimOptions::default()).await;
    for _ in 0..30 {
        sim.edit(&Edit::new(EditKind::CommentAdd).of("APOLLO-3")).unwrap();
        sim.edit(&Edit::new(EditKind::WorklogAdd).of("APOLLO-3")).unwrap();
    }
    let admin = token(&sim, ADMIN);
    for (path, list) in [("comment", "comments"), ("worklog", "worklogs")] {
        let page = admin.get(&format!("/rest/api/2/issue/APOLLO-3/{path}")).await.good();
        assert!(page[list].as_array().unwrap().len() >= 30, "{list}");
        assert_eq!(page["total"], page[list].as_array().unwrap().len());
    }
    let first = admin.get("/rest/api/2/issue/APOLLO-3/comment?startAt=0&maxResults=10").await.good();
    assert_eq!(first["comments"].as_array().unwrap().len(), 10);
}

#[tokio::test]
async fn users_have_logins_and_keys_and_projects_come_in_one_list() {
    let sim = dc(DcVersion::V8_20, 300, SimOptions::default()).await;
    let reader = token(&sim, READER);
    let query = "username=.&includeInactive=true&maxResults=1000";
    let users = reader.get(&format!("/rest/api/2/user/search?{query}")).await.good();
    let users = users.as_array().unwrap();
    assert!(users.iter().all(|user| user["name"].is_string() && user["accountId"].is_null()));
    assert!(users.iter().any(|user| text(&user["key"]).starts_with("JIRAUSER")));
    assert!(users.iter().any(|user| text(&user["displayName"]).starts_with("user-")));
    let key = text(&users[0]["key"]);
    assert_eq!(reader.get(&format!("/rest/api/2/user?key={key}")).await.good()["key"], json!(key));
    let keys = |list: Value| list.as_array().unwrap().iter().map(|it| text(&it["key"])).collect::<Vec<_>>();
    let live = keys(reader.get("/rest/api/2/project").await.good());
    let all = keys(reader.get("/rest/api/2/project?includeArchived=true&expand=lead").await.good());
    assert_eq!(all.len(), live.len() + 1);
    assert_eq!(all.len(), rows(&sim, READER, TruthView::Projects).len());
}

#[tokio::test]
async fn everything_hangs_beneath_the_context_path() {
    let options = SimOptions { context_path: "/jira".to_owned(), ..SimOptions::default() };
    let sim = dc(DcVersion::V10_3, 200, options).await;
    assert!(sim.url().ends_with("/jira"));
    assert_eq!(token(&sim, READER).get("/rest/agile/1.0/board").await.status, 200);
    let root = Client::new(sim.url().trim_end_matches("/jira"), None);
    assert_eq!(root.get("/rest/api/2/serverInfo").await.status, 404);
    assert_eq!(root.get("/_sim/stats").await.status, 200);
}

/// The README's rules for wiki markup, apart from the simulator.
fn plain(wiki: &str) -> String {
    let mut lines = Vec::new();
    let mut code = false;
    for line in wiki.split('\n') {
        let fence = ["{code", "{quote}", "{panel}"].iter().any(|fence| line.starts_with(fence));
        if fence {
            code ^= line.starts_with("{code");
            continue;
        }
        if line.is_empty() || line == "----" || line == "!screenshot.png!" {
            continue;
        }
        lines.push(if code { line.to_owned() } else { unmarked(line) });
    }
    lines.join("\n")
}

fn unmarked(line: &str) -> String {
    let marks = line.trim_start_matches(['*', '#']);
    let line = if marks.len() < line.len() && marks.starts_with(' ') { &marks[1..] } else { line };
    let line = line.strip_prefix("h2. ").unwrap_or(line);
    let mut out = String::new();
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => out.extend(letters.next()),
            '*' | ']' => {}
            '[' if letters.as_str().starts_with('~') => {
                letters.next();
                out.push('@');
            }
            '[' => {}
            other => out.push(other),
        }
    }
    out.replace('\0', "\u{fffd}")
}

#[tokio::test]
async fn the_plain_text_of_wiki_markup_follows_the_written_rules() {
    let sim = dc(DcVersion::V10_3, 600, SimOptions::default()).await;
    let served = everything(&sim, ADMIN).await;
    let mut rich = 0;
    for (row, issue) in rows(&sim, ADMIN, TruthView::Issues).iter().zip(&served) {
        if let Some(wiki) = issue["fields"]["description"].as_str() {
            assert_eq!(row["description_text"], plain(wiki), "{wiki:?}");
            rich += usize::from(wiki.contains("{code") || wiki.contains("[~") || wiki.contains("** "));
        }
    }
    assert!(rich > 20, "{rich}");
}
