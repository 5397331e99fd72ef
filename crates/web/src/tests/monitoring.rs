//! Monitoring: the page, the API and the lists behind them say the same, and other people's text does nothing.

use super::{Browser, Server, client::Answer, with_server};
use serde_json::Value;
use weir_model::{
    Batch, Clock as _, IntegrationId, Issue, IssueId, IssueRecord, KeyScope, Millis, Project, ProjectState,
    ReferenceSet, RunEvent, RunId, RunLevel, RunOutcome, RunResult, Sink as _, Trigger,
};
use weir_store::{LeaseHolder, Retries, Sealer};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const HOSTILE: &str =
    "<script>alert(1)</script><img src=x onerror=alert(1)> \u{202e}evil\u{1b}[31m =cmd|'/c calc'!A0";

pub(super) fn record(id: u32, updated_at: Millis) -> IssueRecord {
    let issue = Issue {
        id: IssueId::from(id.to_string().as_str()),
        key: format!("ENG-{id}"),
        project_key: "ENG".into(),
        kind: None,
        is_subtask: false,
        status: None,
        status_category: None,
        priority: None,
        resolution: None,
        summary: Some(HOSTILE.replace('\0', "")),
        description_text: None,
        description_words: None,
        assignee_id: None,
        reporter_id: None,
        creator_id: None,
        parent_key: None,
        epic_key: None,
        story_points: None,
        labels: "[]".into(),
        components: "[]".into(),
        fix_versions: "[]".into(),
        affects_versions: "[]".into(),
        due_date: None,
        created_at: Some(updated_at),
        updated_at: Some(updated_at),
        resolved_at: None,
        status_changed_at: None,
        security_level: None,
        fields: "{}".into(),
        url: String::new(),
    };
    IssueRecord {
        issue,
        keys: vec![],
        changes: vec![],
        comments: None,
        worklogs: None,
        links: vec![],
        sprints: vec![],
        cases: vec![],
        partly: vec![],
    }
}

/// A run that writes these issues and ends.
async fn run(server: &Server, id: &IntegrationId, issues: std::ops::Range<u32>, result: RunResult) -> RunId {
    let (store, now) = (&server.app.store, server.clock.now());
    let run = RunId::generate(now, server.app.environment.entropy.as_ref());
    let holder = LeaseHolder { token: run.to_string(), pid: 1, host: "here".into() };
    let lease = store.take_lease(id, &holder, HOUR).await.expect("a lease").expect("it is free");
    store.begin_run(&lease, &run, (Trigger::Schedule, None), 1).await.expect("a run begins");
    let sealer = Sealer::new(|_, _, _| Ok(String::new()));
    let sink = store.sink(id, &run, lease.clone(), sealer, Retries::Due).await.expect("a sink");
    let project = Project {
        id: "1".into(),
        key: "ENG".into(),
        name: HOSTILE.into(),
        kind: None,
        style: None,
        category: None,
        lead_id: None,
        state: ProjectState::Live,
        url: String::new(),
    };
    let batch = Batch {
        issues: issues.map(|id| record(id, now)).collect(),
        reference: vec![ReferenceSet::Projects(vec![project])],
        ..Batch::default()
    };
    let tally = sink.commit(batch).await.expect("it commits").tally;
    let error_code = (result == RunResult::Failed).then(|| "net.timeout".to_owned());
    if error_code.is_some() {
        let event = RunEvent {
            at: now,
            level: RunLevel::Error,
            code: "net.timeout".into(),
            what: None,
            subject: HOSTILE.into(),
            message: format!("No answer. {HOSTILE}"),
        };
        store.log(&run, &[event]).await.expect("a line is written");
    }
    server.clock.advance(MINUTE);
    let outcome = RunOutcome { result, tally, requests: 7, waited_ms: 0, error_code };
    store.finish_run(&run, &outcome).await.expect("the run ends");
    store.release_lease(&lease).await.expect("the lease is given back");
    run
}

/// A server with an integration that has had good runs and bad ones over two days.
async fn world(server: &Server) -> (Browser, String, RunId) {
    let id = server.integration_alone("Acme Jira & <b>Co</b>").await;
    let mut failed = None;
    for (issues, result, hours) in [
        (0..5, RunResult::Success, 20),
        (3..9, RunResult::Success, 3),
        (0..0, RunResult::Failed, 3),
        (4..12, RunResult::Success, 4),
        (4..5, RunResult::Partial, 0),
    ] {
        let run = run(server, &id, issues, result).await;
        if result == RunResult::Failed {
            failed = Some(run);
        }
        server.clock.advance(hours * HOUR);
    }
    let admin = server.account("root", true, None).await;
    let key = server.key(KeyScope::Read, None).await.secret;
    (server.browser(&admin).await, key, failed.expect("a run failed"))
}

const PATH: &str = "/integrations/Acme%20Jira%20&%20%3Cb%3ECo%3C%2Fb%3E";

async fn api(server: &Server, key: &str, rest: &str) -> Value {
    let answer = server.send(super::Request::get(&format!("/api/v1{rest}")).key(key)).await;
    assert_eq!(answer.status, 200, "{rest}: {answer:?}");
    answer.json()
}

/// All items of a list, some at a time.
async fn all(server: &Server, key: &str, rest: &str) -> Vec<Value> {
    let (mut items, mut after) = (vec![], String::new());
    loop {
        let page = api(server, key, &format!("{rest}limit=2{after}")).await;
        items.extend(page["items"].as_array().expect("items").iter().cloned());
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => return items,
        }
    }
}

fn is_inert(answer: &Answer) {
    for bad in ["<script>alert", "<img src=x", "\u{202e}", "\u{1b}", "<b>Co", " style=", " onclick="] {
        assert!(!answer.body.contains(bad), "{bad:?} is in a page: {}", answer.body);
    }
    // The scripts are files of ours, and nothing else.
    let scripts = answer.body.matches("<script").count();
    assert_eq!(answer.body.matches("<script src=\"/assets/").count(), scripts);
    assert!(scripts > 0);
}

#[tokio::test]
async fn the_numbers_of_the_api_are_those_of_the_rows_behind_them() {
    with_server(async |server| {
        let (_, key, _) = world(&server).await;
        for range in ["7d", "30d"] {
            let shown = api(&server, &key, &format!("{PATH}/monitoring?range={range}")).await;
            let ingested = &shown["ingested"];
            for what in ["new", "changed"] {
                let rest = format!("{PATH}/ingested?range={range}&what={what}&");
                let rows = all(&server, &key, &rest).await;
                assert_eq!(ingested[what], rows.len(), "{what} in {range}");
                for day in ingested["days"].as_array().expect("days") {
                    let rest = format!("{rest}day={}&", day["day"].as_str().expect("a day"));
                    assert_eq!(day[what], all(&server, &key, &rest).await.len(), "{day}");
                }
            }
            assert_eq!((&ingested["new"], &ingested["total"]), (&12.into(), &12.into()));
            let list = shown["projects"]["list"].as_array().expect("projects");
            assert_eq!((shown["projects"]["total"].as_u64(), list.len()), (Some(1), 1));
            let runs = all(&server, &key, "/runs?").await;
            assert_eq!(shown["speed_limit"]["runs"], runs.len());
            let requests: i64 = runs.iter().filter_map(|run| run["requests"].as_i64()).sum();
            assert_eq!(shown["speed_limit"]["requests"], requests);

            let timeline = api(&server, &key, &format!("{PATH}/availability?range={range}")).await;
            assert_eq!(timeline["figures"], shown["availability"]);
            let segments = timeline["segments"].as_array().expect("segments");
            for state in ["healthy", "unhealthy", "pending", "no_data"] {
                let found = segments.iter().filter(|one| one["state"] == state).count();
                assert_eq!(timeline["figures"][state], found, "{state}");
            }
            assert_eq!(segments.len(), if range == "7d" { 84 } else { 120 });
            assert!(segments.iter().any(|one| one["error_code"] == "net.timeout"), "{timeline}");
            assert!(!timeline["gaps"].as_array().expect("gaps").is_empty());
        }
    })
    .await;
}

#[tokio::test]
async fn the_page_has_the_numbers_of_the_api_and_everything_on_it_can_be_read_without_a_script() {
    with_server(async |server| {
        let (browser, key, _) = world(&server).await;
        let shown = api(&server, &key, &format!("{PATH}/monitoring")).await;
        let page = server.send(browser.get(&format!("{PATH}/monitoring"))).await;
        assert_eq!(page.status, 200, "{page:?}");
        is_inert(&page);
        let (new, changed) = (&shown["ingested"]["new"], &shown["ingested"]["changed"]);
        assert!(page.body.contains(&format!("New <b>{new}</b>")), "{}", page.body);
        assert!(page.body.contains(&format!("Changed <b>{changed}</b>")));
        let healthy = &shown["availability"]["healthy"];
        assert!(page.body.contains(&format!("= {healthy} healthy ÷")));
        // One stop for the tab key a drawing, one button a segment, one table for those who do not look at drawings.
        assert_eq!(page.body.matches("name=\"segment-wide\"").count(), 84);
        assert_eq!(page.body.matches("name=\"segment-narrow\"").count(), 28);
        assert_eq!(page.body.matches(" checked>").count(), 3, "one of each row, and the range");
        assert!(page.body.contains("Show as table"));
        let month = server.send(browser.get(&format!("{PATH}/monitoring?range=30d"))).await;
        assert_eq!(month.body.matches("name=\"segment-wide\"").count(), 120);
        assert_eq!(month.body.matches("name=\"segment-narrow\"").count(), 30);
        let odd = server.send(browser.get(&format!("{PATH}/monitoring?range=8d"))).await;
        assert_eq!(odd.status, 400);
    })
    .await;
}

#[tokio::test]
async fn every_link_of_the_page_leads_to_the_rows_that_it_counts() {
    with_server(async |server| {
        let (browser, _, _) = world(&server).await;
        let page = server.send(browser.get(&format!("{PATH}/monitoring"))).await;
        let links: Vec<String> = page
            .body
            .split("href=\"")
            .skip(1)
            .filter_map(|rest| rest.split_once('"'))
            .map(|(link, _)| link.replace("&amp;", "&").replace("&#38;", "&"))
            .filter(|link| link.starts_with("/integrations/") || link.starts_with("/runs/"))
            .collect();
        assert!(links.len() > 20, "{links:?}");
        for link in &links {
            let answer = server.send(browser.get(link)).await;
            assert_eq!(answer.status, 200, "{link}: {answer:?}");
            is_inert(&answer);
        }
        // A segment's runs are as many as it says.
        for part in page.body.split("ended_from=").skip(1) {
            let (asked, rest) = part.split_once("\">See ").expect("a link to runs");
            let asked = asked.replace("&amp;", "&").replace("&#38;", "&");
            let said = rest.split_once("</a>").expect("its text").0;
            let runs = server.send(browser.get(&format!("{PATH}/monitoring/runs?ended_from={asked}"))).await;
            assert_eq!(
                format!("{} runs", runs.body.matches("<td class=\"tight\"><a href=\"/runs/").count())
                    .replace("1 runs", "1 run"),
                said
            );
        }
    })
    .await;
}

#[tokio::test]
async fn a_run_tells_why_it_failed_and_its_log_can_be_searched_and_taken_along() {
    with_server(async |server| {
        let (browser, key, failed) = world(&server).await;
        let page = server.send(browser.get(&format!("/runs/{failed}"))).await;
        assert_eq!(page.status, 200, "{page:?}");
        is_inert(&page);
        assert!(page.body.contains("<strong>No answer. "), "{}", page.body);
        let none = server.send(browser.get(&format!("/runs/{failed}?text=nowhere"))).await;
        assert!(none.body.contains("No lines match this filter."));
        let errors = api(&server, &key, &format!("/runs/{failed}/events?level=error&text=ANSWER")).await;
        assert_eq!(errors["items"].as_array().map(Vec::len), Some(1));
        assert_eq!(errors["items"][0]["code"], "net.timeout");
        for (odd, code) in [
            ("level=loud", "request.bad"),
            ("limit=0", "request.bad"),
            ("after=zz", "request.cursor"),
            ("colour=red", "request.bad"),
        ] {
            let request = super::Request::get(&format!("/api/v1/runs/{failed}/events?{odd}")).key(&key);
            assert_eq!(server.send(request).await.code(), code, "{odd}");
        }
        let text = server.send(browser.get(&format!("/runs/{failed}/log.txt"))).await;
        assert!(text.header("content-disposition").is_some_and(|how| how.starts_with("attachment")));
        assert_eq!(text.header("content-type"), Some("text/plain; charset=utf-8"));
        assert!(!text.body.contains('\u{1b}') && !text.body.contains('\u{202e}'), "{}", text.body);
        let lines = server.send(browser.get(&format!("/runs/{failed}/log.jsonl"))).await;
        assert!(lines.body.contains("\"code\":\"net.timeout\"") && !lines.body.contains('\u{1b}'));
    })
    .await;
}

#[tokio::test]
async fn an_integration_that_never_ran_says_so_and_draws_no_samples() {
    with_server(async |server| {
        server.integration_alone("new").await;
        let admin = server.account("root", true, None).await;
        let page = server.send(server.browser(&admin).await.get("/integrations/new/monitoring")).await;
        assert_eq!(page.status, 200, "{page:?}");
        assert!(page.body.contains("It has not been brought up to date yet."));
        assert!(page.body.contains("No run yet."));
        assert!(page.body.contains("nothing to judge yet"));
        assert!(page.body.contains("Nothing new or changed came in the last 7 days."));
    })
    .await;
}

#[tokio::test]
async fn a_run_shows_its_projects_and_its_lines_can_be_linked_to() {
    with_server(async |server| {
        let (browser, key, failed) = world(&server).await;
        let page = server.send(browser.get(&format!("/runs/{failed}"))).await;
        let (_, rest) = page.body.split_once(&format!("href=\"/runs/{failed}?line=")).expect("a link");
        let no = rest.split('#').next().expect("a number").to_owned();
        assert!(rest.starts_with(&format!("{no}#L{no}\">First error")), "{rest}");
        let line = server.send(browser.get(&format!("/runs/{failed}?line={no}"))).await;
        assert!(line.body.contains(&format!("id=\"L{no}\"")) && line.body.contains("From the first line"));
        assert_eq!(server.send(browser.get(&format!("/runs/{failed}?line=x"))).await.status, 400);
        assert!(page.body.contains("Logs are kept as long as their integration."));
        let runs = all(&server, &key, "/runs?").await;
        for run in runs {
            let id = run["id"].as_str().expect("an id");
            let shown = api(&server, &key, &format!("/runs/{id}")).await;
            let rows = shown["projects"].as_array().expect("projects");
            let read: u64 = rows.iter().filter_map(|row| row["read"].as_u64()).sum();
            assert_eq!(read, shown["kinds"]["issues"]["read"].as_u64().unwrap_or(0), "{shown}");
            let page = server.send(browser.get(&format!("/runs/{id}"))).await;
            is_inert(&page);
            assert_eq!(page.body.contains("Issues by project"), read > 0);
        }
    })
    .await;
}

#[tokio::test]
async fn the_list_of_integrations_has_its_columns_and_the_last_60_hours_of_each() {
    with_server(async |server| {
        let (browser, _, _) = world(&server).await;
        let page = server.send(browser.get("/integrations")).await;
        is_inert(&page);
        let (_, table) = page.body.split_once("<table").expect("a table");
        let heads: Vec<&str> = table
            .split("<th scope=\"col\"")
            .skip(1)
            .filter_map(|rest| rest.split_once('>')?.1.split_once("</th>"))
            .map(|(head, _)| head)
            .collect();
        let chosen = "<span class=\"visually-hidden\">Chosen</span>";
        let wanted =
            [chosen, "Name", "Status", "60 hours", "Issues", "Projects", "Last update", "Next update"];
        assert_eq!(heads, wanted);
        let (_, strip) = table.split_once("class=\"strip-of\"").expect("a strip");
        let strip = strip.split("</svg>").next().expect("its end");
        assert!(
            strip.contains("aria-label=\"Last 60\u{202f}hours: ")
                || strip.contains("aria-label=\"Last 60 hours: "),
            "{strip}"
        );
        let (bad, none) = (strip.matches("f-unhealthy").count(), strip.matches("<circle").count());
        let others = strip.matches("f-healthy").count() + strip.matches("f-pending").count();
        assert_eq!((bad + none + others, bad > 0), (30, true), "{strip}");
        assert!(table.contains("<td class=\"number\">12</td>"), "{table}");
    })
    .await;
}

#[tokio::test]
async fn another_interval_does_not_rewrite_when_data_came_in() {
    with_server(async |server| {
        world(&server).await;
        server.clock.advance(HOUR);
        let key = server.key(KeyScope::Admin, None).await.secret;
        let path = format!("{PATH}/availability?range=7d");
        let before = api(&server, &key, &path).await;
        assert!(
            before["segments"].as_array().is_some_and(|all| all.iter().any(|one| one["reason"] == "missed"))
        );
        for minutes in [1_440, 5] {
            let change = serde_json::json!({ "interval_minutes": minutes });
            let request = super::Request::new("PATCH", &format!("/api/v1{PATH}")).key(&key).json(&change);
            assert_eq!(server.send(request).await.status, 200);
            let after = api(&server, &key, &path).await;
            assert_eq!(after["segments"], before["segments"], "{minutes}");
            assert_eq!(after["gaps"], before["gaps"], "{minutes}");
        }
    })
    .await;
}

#[tokio::test]
async fn moments_are_there_for_programs_and_exactly_for_people() {
    with_server(async |server| {
        let (browser, _, failed) = world(&server).await;
        for path in
            [format!("{PATH}/monitoring"), format!("{PATH}/monitoring/runs"), format!("/runs/{failed}")]
        {
            let page = server.send(browser.get(&path)).await.body;
            let moments: Vec<&str> = page.split("<time datetime=\"").skip(1).collect();
            assert!(!moments.is_empty(), "{path}");
            for moment in moments {
                let (at, rest) = moment.split_once('"').expect("its end");
                assert!(Millis::parse(at).is_some(), "{path}: {at}");
                assert!(rest.starts_with(" title=\"") && rest.contains(" UTC\">"), "{path}: {rest}");
            }
        }
    })
    .await;
}
