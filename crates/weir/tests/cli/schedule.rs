//! Schedules from the command line, and a server that runs integrations: asked for, cancelled, stopped, killed, followed.

use crate::{
    serve::{Serving, send, serving},
    support::{Machine, site_of},
};
use jira_sim::{Sim, SimOptions, WorldSpec};
use serde_json::Value;
use std::time::{Duration, Instant};

/// A site whose first import takes a while.
async fn slow() -> Sim {
    let spec = WorldSpec { issues: 400, projects: 4, weight: 20, ..WorldSpec::default() };
    site_of(spec, SimOptions { latency: Duration::from_millis(600), ..SimOptions::default() }).await
}

async fn quick() -> Sim {
    let spec = WorldSpec { issues: 60, projects: 2, weight: 20, ..WorldSpec::default() };
    site_of(spec, SimOptions::default()).await
}

/// A key that may do everything.
async fn key(machine: &Machine) -> String {
    let made = machine.run(&["api-key", "create", "--scope", "admin", "--name", "k"]).await.succeeded();
    made.stdout.split_whitespace().last().expect("the key").to_owned()
}

async fn runs(machine: &Machine) -> Vec<Value> {
    let runs = machine.run(&["runs", "list", "--format", "json"]).await.succeeded().json();
    runs.as_array().expect("a list").clone()
}

/// Waits until the runs are so.
async fn until(machine: &Machine, what: &str, so: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    let limit = Instant::now() + Duration::from_secs(60);
    loop {
        let runs = runs(machine).await;
        if so(&runs) {
            return runs;
        }
        assert!(Instant::now() < limit, "{what}: {runs:#?}");
    }
}

async fn terminated(mut server: Serving) -> Duration {
    let begun = Instant::now();
    let id = server.child.id().expect("it runs").to_string();
    let killed = tokio::process::Command::new("kill").args(["-TERM", &id]).status().await;
    assert!(killed.expect("kill runs").success());
    let ended = tokio::time::timeout(Duration::from_secs(15), server.child.wait()).await;
    assert!(ended.expect("in time").expect("it ends").success());
    begun.elapsed()
}

#[tokio::test]
async fn a_pattern_stands_in_for_the_interval_until_an_interval_is_named() {
    let sim = quick().await;
    let machine = Machine::connected(&sim).await;
    let edit = async |flags: &[&str]| {
        machine.run(&[&["integration", "edit", "--format", "json"], flags].concat()).await
    };
    let edited = edit(&["--cron", "30 6 * * MON-FRI", "--timezone", "Europe/Berlin"]).await.succeeded();
    assert_eq!(edited.json()["cron"], "30 6 * * MON-FRI");
    assert!(edited.stderr.contains("takes the schedule over at once"), "{edited:#?}");
    for bad in ["61 * * * *", "every day", "* * * * * *", "0 0 30 2 *", ""] {
        edit(&["--cron", bad]).await.refused(2, "is not a schedule");
    }
    edit(&["--cron", "0 * * * *", "--interval", "5m"]).await.refused(2, "does not fit");
    let edited = edit(&["--interval", "30m"]).await.succeeded().json();
    assert_eq!((&edited["cron"], &edited["interval_minutes"]), (&Value::Null, &30.into()));
}

#[tokio::test]
async fn a_pause_says_who_and_until_when() {
    let sim = quick().await;
    let machine = Machine::connected(&sim).await.with("USER", "ann");
    let pause = async |until: &str| {
        machine.run(&["integration", "pause", "--until", until, "--format", "json"]).await
    };
    for bad in ["yesterday", "2020-01-01", "0m", ""] {
        pause(bad).await.refused(2, "pause");
    }
    let paused = pause("2d").await.succeeded().json();
    assert_eq!((&paused["paused"], &paused["schedule_state"]), (&true.into(), &"paused".into()), "{paused}");
    assert!(paused["schedule"].as_str().expect("why").starts_with("Paused by ann at "), "{paused}");
    assert_eq!(paused["pause"]["by"], "ann", "{paused}");
    assert!(paused["pause"]["since"].is_string() && paused["pause"]["until"].is_string(), "{paused}");
    let resumed = machine.run(&["integration", "resume", "--format", "json"]).await.succeeded().json();
    assert_eq!(resumed["paused"], false, "{resumed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_runs_what_is_due_and_what_is_asked_for() {
    let sim = quick().await;
    let machine = Machine::connected(&sim).await;
    let key = key(&machine).await;
    let server = serving(&machine).await;
    let done = |runs: &[Value], trigger: &str| {
        // A board of the site cannot be read.
        let is_good = |run: &Value| run["result"] == "success" || run["result"] == "partial";
        runs.iter().any(|run| run["trigger"] == trigger && is_good(run))
    };
    until(&machine, "the first run", |runs| done(runs, "schedule")).await;
    for (path, trigger) in [("sync", "manual"), ("verify", "verify")] {
        let path = format!("/api/v1/integrations/site/{path}");
        let asked = send(&server.host, "POST", &path, Some(&key)).await;
        assert!(asked.starts_with("HTTP/1.1 202"), "{asked}");
        until(&machine, trigger, |runs| done(runs, trigger)).await;
    }
    let shown = machine.run(&["status", "site", "--format", "json"]).await.succeeded().json();
    assert!(shown["next_run_at"].is_string(), "{shown}");
    assert_eq!(shown["missed_runs"], 0, "{shown}");
    terminated(server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_stopped_in_the_middle_of_a_run_ends_in_time_and_goes_on_where_it_was() {
    let sim = slow().await;
    let machine = Machine::connected(&sim).await;
    let server = serving(&machine).await;
    until(&machine, "a run begins", |runs| !runs.is_empty()).await;
    terminated(server).await;
    let after = runs(&machine).await;
    assert_eq!(after[0]["result"], "cancelled", "it is no failure, and does not stay open: {after:#?}");
    let server = serving(&machine).await;
    let all = until(&machine, "it goes on", |runs| runs.len() > 1).await;
    assert_eq!(all[0]["trigger"], "schedule", "at once, not a quarter of an hour later");
    terminated(server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_cancelled_through_the_api_wherever_it_runs_and_the_next_one_goes_on() {
    let sim = slow().await;
    let machine = Machine::connected(&sim).await;
    machine.run(&["integration", "pause"]).await.succeeded();
    let key = key(&machine).await;
    let server = serving(&machine).await;
    // One at the command line, of which the server knows by the store alone.
    let syncing = machine.command(&["sync", "site"]).spawn().expect("it starts");
    let begun = until(&machine, "a run begins", |runs| !runs.is_empty()).await;
    let path = format!("/api/v1/runs/{}/cancel", begun[0]["id"].as_str().expect("an id"));
    let asked = send(&server.host, "POST", &path, Some(&key)).await;
    assert!(asked.starts_with("HTTP/1.1 202"), "{asked}");
    let ended = tokio::time::timeout(Duration::from_secs(20), syncing.wait_with_output()).await;
    let ended = ended.expect("in time").expect("it ends");
    assert_eq!(ended.status.code(), Some(130), "{ended:?}");
    let all = runs(&machine).await;
    assert_eq!((&all[0]["result"], all.len()), (&"cancelled".into(), 1), "{all:#?}");
    assert!(send(&server.host, "POST", &path, Some(&key)).await.starts_with("HTTP/1.1 409"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_cancelled_from_the_command_line_and_one_that_has_ended_is_not() {
    let sim = slow().await;
    let machine = Machine::connected(&sim).await;
    let syncing = machine.command(&["sync", "site"]).spawn().expect("it starts");
    let begun = until(&machine, "a run begins", |runs| !runs.is_empty()).await;
    let id = begun[0]["id"].as_str().expect("an id");
    machine.run(&["runs", "cancel", id]).await.succeeded();
    let ended = tokio::time::timeout(Duration::from_secs(20), syncing.wait_with_output()).await;
    assert_eq!(ended.expect("in time").expect("it ends").status.code(), Some(130));
    assert_eq!(runs(&machine).await[0]["result"], "cancelled");
    machine.run(&["runs", "cancel", id]).await.refused(6, "is not under way");
    machine.run(&["runs", "cancel", "nothing"]).await.refused(3, "nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_killed_in_the_middle_of_a_run_is_followed_by_a_server_at_once() {
    let sim = slow().await;
    let machine = Machine::connected(&sim).await;
    let mut worker = machine.command(&["worker"]).kill_on_drop(true).spawn().expect("it starts");
    until(&machine, "a run begins", |runs| !runs.is_empty()).await;
    worker.kill().await.expect("it is killed");
    let server = serving(&machine).await;
    let all = until(&machine, "it is followed", |runs| runs.len() > 1).await;
    assert_eq!(all[1]["error_code"], "run.died", "{all:#?}");
    assert_eq!((&all[0]["trigger"], &all[0]["attempt"]), (&"schedule".into(), &2.into()), "{all:#?}");
    terminated(server).await;
}
