//! A credential that ends in the middle of a run stops its own integration, and nothing else, until a fresh one is there.

use crate::{
    support::{Machine, READER, READER_TOKEN, site_of},
    whole::issues_are_whole,
};
use jira_sim::{
    DcVersion, Edit, EditKind, Fault, FaultKind, Flavor, Sim, SimOptions, Truth, TruthView, WorldSpec,
};
use serde_json::Value;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, BufReader};

async fn small(flavor: Flavor, seed: u64) -> Sim {
    let spec = WorldSpec { issues: 120, projects: 3, weight: 20, seed, flavor, ..WorldSpec::default() };
    site_of(spec, SimOptions::default()).await
}

/// A machine with the integration `first` of one site and `second` of another.
async fn two(first: &Sim, flavor: Flavor, second: &Sim) -> Machine {
    let machine = Machine::near(second);
    let file = machine.file("token", READER_TOKEN);
    let sign_in: &[&str] = match flavor {
        Flavor::Cloud => &["--email", READER, "--token-file", &file],
        Flavor::DataCenter(_) => &["--pat-file", &file],
    };
    let add = ["integration", "add", "jira", first.url(), "--name", "first"];
    machine.run(&[&add[..], sign_in].concat()).await.succeeded();
    machine.add(second, "second", &[]).await.succeeded();
    machine.run(&["sync"]).await.succeeded();
    machine
}

fn some_issue(sim: &Sim) -> String {
    let truth = Truth::for_account(sim.world(), sim.url(), READER).expect("an account");
    truth.rows(TruthView::Issues)[50]["key"].as_str().expect("a key").to_owned()
}

async fn status(machine: &Machine, name: &str) -> Value {
    let all = machine.run(&["status", "--format", "json"]).await.succeeded().json();
    all.as_array().expect("a list").iter().find(|one| one["name"] == name).expect("it is there").clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_that_ends_in_the_middle_of_a_run_stops_only_its_integration_and_loses_no_edit() {
    for (flavor, kind) in [
        (Flavor::Cloud, FaultKind::Anonymous),
        (Flavor::DataCenter(DcVersion::V10_3), FaultKind::Unauthorized),
    ] {
        let (first, second) = (small(flavor, 1).await, small(Flavor::Cloud, 2).await);
        let machine = two(&first, flavor, &second).await;
        for (sim, text) in [(&first, "Of the first"), (&second, "Of the second")] {
            sim.edit(&Edit::new(EditKind::Summary).of(some_issue(sim)).to(text)).expect("an edit");
        }
        let shows = async |text: &str| machine.rows("issues").await.iter().any(|row| row["summary"] == text);

        // The account proves itself, and then the token runs out.
        first.add_fault(Fault { after: 6, count: None, ..Fault::new(kind) });
        let ran = machine.run(&["sync", "--format", "json"]).await.refused(4, "");
        let reports = ran.json();
        let code = reports[0]["error_code"].as_str().expect("why").to_owned();
        assert!(reports[0]["result"] == "failed" && code.starts_with("auth."), "{flavor:?}: {reports}");
        assert_ne!(reports[1]["result"], "failed", "{flavor:?}: {reports}");
        assert!(shows("Of the second").await && !shows("Of the first").await, "{flavor:?}");
        let told = status(&machine, "first").await;
        assert_eq!((&told["status"], &told["family"]), (&"unhealthy".into(), &"needs_you".into()), "{told}");
        let next = told["next_action"].as_str().expect("what to do");
        assert!(next.starts_with("weir integration reauth first"), "{told}");
        assert_eq!(status(&machine, "second").await["status"], "healthy");

        // Nothing was lost by it, and nothing has to be read from the beginning.
        first.clear_faults();
        let file = machine.file("fresh", READER_TOKEN);
        let flag = if flavor == Flavor::Cloud { "--token-file" } else { "--pat-file" };
        machine.run(&["integration", "reauth", "first", flag, &file]).await.succeeded();
        let report = machine.run(&["sync", "first", "--format", "json"]).await.succeeded().json();
        assert_eq!(report["incremental"], true, "{flavor:?}: {report}");
        assert!(shows("Of the first").await, "{flavor:?}: the edit before it is found");
        assert_eq!(status(&machine, "first").await["status"], "healthy");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_import_whose_credential_ends_goes_on_with_the_next_one() {
    for (flavor, kind) in [
        (Flavor::Cloud, FaultKind::Anonymous),
        (Flavor::DataCenter(DcVersion::V9_12), FaultKind::Unauthorized),
    ] {
        let sim = small(flavor, 3).await;
        let machine = Machine::near(&sim);
        let file = machine.file("token", READER_TOKEN);
        let sign_in: &[&str] = match flavor {
            Flavor::Cloud => &["--email", READER, "--token-file", &file],
            Flavor::DataCenter(_) => &["--pat-file", &file],
        };
        let add = ["integration", "add", "jira", sim.url(), "--name", "site"];
        machine.run(&[&add[..], sign_in].concat()).await.succeeded();
        // At every point of the run, from the first request to the last.
        for after in [0, 3, 6, 9, 12, 16, 20, 25, 30, 36] {
            sim.add_fault(Fault { after, count: None, ..Fault::new(kind) });
            let ran = machine.run(&["sync"]).await;
            assert!([Some(0), Some(4)].contains(&ran.code), "{flavor:?}, after {after}: {ran:#?}");
            sim.clear_faults();
            if ran.code == Some(0) {
                break;
            }
        }
        machine.run(&["sync"]).await.succeeded();
        issues_are_whole(&machine, &sim, READER).await;
        machine.run(&["verify"]).await.succeeded();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_that_follows_goes_on_by_itself_as_soon_as_the_credential_is_replaced() {
    let (first, second) = (small(Flavor::Cloud, 1).await, small(Flavor::Cloud, 2).await);
    let machine = two(&first, Flavor::Cloud, &second).await;
    first.add_fault(Fault { count: None, ..Fault::new(FaultKind::Anonymous) });
    let text = "While it was refused";
    first.edit(&Edit::new(EditKind::Summary).of(some_issue(&first)).to(text)).expect("an edit");
    let mut following =
        machine.command(&["sync", "--follow", "--format", "jsonl"]).spawn().expect("it starts");
    let mut lines = BufReader::new(following.stdout.take().expect("a pipe")).lines();
    let mut next = async || -> Value {
        // Far less than the quarter of an hour after which it is due again.
        let line = tokio::time::timeout(Duration::from_secs(60), lines.next_line()).await.expect("in time");
        serde_json::from_str(&line.expect("text").expect("a run")).expect("JSON")
    };
    // They run side by side.
    let mut ran = [next().await, next().await];
    ran.sort_by_key(|report| report["integration"].to_string());
    let [refused, other] = ran;
    assert_eq!(
        (&refused["integration"], &refused["result"]),
        (&"first".into(), &"failed".into()),
        "{refused}"
    );
    assert_eq!(other["integration"], "second");
    first.clear_faults();
    let file = machine.file("fresh", READER_TOKEN);
    machine.run(&["integration", "reauth", "first", "--token-file", &file]).await.succeeded();
    // The other one may come to be due by its schedule just then.
    let after = loop {
        let report = next().await;
        if report["integration"] == "first" {
            break report;
        }
    };
    assert_eq!(after["incremental"], true, "{after}");
    assert!(machine.rows("issues").await.iter().any(|row| row["summary"] == text));
    following.start_kill().expect("it is killed");
}
