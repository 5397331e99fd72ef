//! What another scope would do to the issues that are here, as the page of the configuration tells it.

use super::{
    Server,
    connecting::{connected, get, led, owner, post},
    life::site,
    monitoring::record,
    with_server,
};
use weir_model::{Batch, Clock as _, IntegrationId, RunId, Sink as _, Trigger};
use weir_store::{LeaseHolder, Retries, Sealer};

const CONFIGURATION: &str = "/integrations/Acme%20Jira/configuration";

/// Brings in three issues of a project, as a run does.
async fn filled(server: &Server, id: &IntegrationId, project: &str) {
    let store = &server.app.store;
    let run = RunId::generate(server.clock.now(), server.app.environment.entropy.as_ref());
    let holder = LeaseHolder { token: run.to_string(), pid: 1, host: "here".into() };
    let lease = store.take_lease(id, &holder, 60_000).await.expect("an answer").expect("it is free");
    store.begin_run(&lease, &run, (Trigger::Manual, None), 1).await.expect("it begins");
    let sealer = Sealer::new(|_, _, body| Ok(format!("sealed {}", body.len())));
    let sink = store.sink(id, &run, lease.clone(), sealer, Retries::Due).await.expect("a sink");
    let issue = |no: u32| {
        let mut record = record(no, server.clock.now());
        record.issue.project_key = project.into();
        record.issue.key = format!("{project}-{no}");
        record
    };
    let batch = Batch { issues: (1..=3).map(issue).collect(), ..Batch::default() };
    sink.commit(batch).await.expect("it is committed");
    store.release_lease(&lease).await.expect("it is given back");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_leaves_and_what_is_added_are_counted_each() {
    let sim = site().await;
    with_server(async |server| {
        let browser = owner(&server).await;
        let id = connected(&server, &browser, &sim).await.id;
        let send = async |what: &'static str, choice: &str, text: &str| {
            let page = get(&server, &browser, CONFIGURATION).await.body;
            let (_, seen) = page.split_once("name=\"seen\" value=\"").expect("a revision");
            let fields = [
                ("do", what),
                ("seen", seen.split('"').next().expect("a revision")),
                ("name", "Acme Jira"),
                ("choice", choice),
                (if choice == "jql" { "jql" } else { "projects" }, text),
                ("interval", "15m"),
                ("census", "24h"),
                ("reread", "12h"),
            ];
            post(&server, &browser, CONFIGURATION, &fields).await
        };
        led(&send("save", "projects", "APOLLO").await);
        filled(&server, &id, "APOLLO").await;
        let leave = "About 3 of 3 issues that are here leave: they stay stored, out of scope, and no report counts them.";
        let mut added = vec![];
        for (choice, text) in [("projects", "BEACON"), ("jql", "project = BEACON ORDER BY created")] {
            let shown = send("preview", choice, text).await.body;
            let (_, rest) = shown.split_once(leave).unwrap_or_else(|| panic!("{text}: {shown}"));
            added.push(rest.split('<').next().expect("a sentence").to_owned());
        }
        assert!(added[0].contains("added.") && added[0] == added[1], "{added:?}");
        for (choice, text) in
            [("projects", "APOLLO, BEACON"), ("jql", "project in (APOLLO, BEACON)"), ("everything", "")]
        {
            let shown = send("preview", choice, text).await.body;
            assert!(!shown.contains("here leave") && shown.contains(" added."), "{text}: {shown}");
        }
        let same = send("preview", "jql", "project = APOLLO AND created < 0").await.body;
        assert!(same.contains(leave) && !same.contains("added."), "{same}");
    })
    .await;
}
