//! A site that says "not so fast" in every way it knows: the run waits as long as it is told, and loses nothing by it.

use crate::{
    support::{Machine, READER, READER_TOKEN, number, site_of},
    whole::issues_are_whole,
};
use jira_sim::{DcVersion, Fault, FaultKind, Flavor, Rate, Sim, SimOptions, WorldSpec};

async fn small(flavor: Flavor) -> Sim {
    let spec = WorldSpec { issues: 120, projects: 3, weight: 20, flavor, ..WorldSpec::default() };
    site_of(spec, SimOptions::default()).await
}

async fn connected(sim: &Sim, flavor: Flavor) -> Machine {
    let machine = Machine::near(sim);
    let file = machine.file("token", READER_TOKEN);
    let sign_in: &[&str] = match flavor {
        Flavor::Cloud => &["--email", READER, "--token-file", &file],
        Flavor::DataCenter(_) => &["--pat-file", &file],
    };
    let add = ["integration", "add", "jira", sim.url(), "--name", "site"];
    machine.run(&[&add[..], sign_in].concat()).await.succeeded();
    machine
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_for_whatever_reason_is_waited_out_and_is_no_failure() {
    use FaultKind::{Error503, RateBare, RateBurst, RateCost, RateDc, RateGlobal, RateTenant};
    let cloud = [RateBurst, RateTenant, RateGlobal, RateCost, RateBare, Error503].as_slice();
    for (flavor, kinds) in
        [(Flavor::Cloud, cloud), (Flavor::DataCenter(DcVersion::V10_3), &[RateDc, RateBare])]
    {
        let sim = small(flavor).await;
        let machine = connected(&sim, flavor).await;
        for kind in kinds {
            let soon = (*kind != RateBare).then_some(1);
            let twice = Fault { after: 9, count: Some(2), retry_after: soon, ..Fault::new(*kind) };
            sim.add_fault(Fault { reset_after: soon, ..twice });
            let report = machine.run(&["sync", "--full", "--format", "json"]).await.succeeded().json();
            assert_ne!(report["result"], "failed", "{kind:?}: {report}");
            assert!(number(&report, "waited_ms") >= 500, "{kind:?}: {report}");
            assert_eq!(number(&report, "failed"), 0, "{kind:?}: {report}");
            issues_are_whole(&machine, &sim, READER).await;
        }
        assert_eq!(sim.stats().early, 0, "{flavor:?}: nothing was asked before its time");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_that_is_told_is_kept_from_the_first_refusal_on() {
    for flavor in [Flavor::Cloud, Flavor::DataCenter(DcVersion::V10_3)] {
        let sim = small(flavor).await;
        let machine = connected(&sim, flavor).await;
        sim.set_rate(Some(Rate::parse("20/s").expect("a rate")));
        let report = machine.run(&["sync", "--format", "json"]).await.succeeded().json();
        let stats = sim.stats();
        let requests = number(&report, "requests");
        assert!(requests > 25, "{flavor:?}: {report}");
        // Some thirty requests at 20 a second; not the minute in which Cloud names the end of a second.
        assert!(number(&report, "duration_ms") < 15_000, "{flavor:?}: {report}");
        // What was under way together when the first one was refused.
        assert!(stats.over_limit <= 8 && stats.early == 0, "{flavor:?}: {stats:?}");
        issues_are_whole(&machine, &sim, READER).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_too_slow_is_asked_for_in_smaller_ones() {
    let sim = small(Flavor::Cloud).await;
    let machine = connected(&sim, Flavor::Cloud).await;
    let bodies = Some("issue/bulkfetch".to_owned());
    sim.add_fault(Fault { count: Some(1), endpoint: bodies, ..Fault::new(FaultKind::Error504) });
    let before = sim.stats();
    let report = machine.run(&["sync", "--format", "json"]).await.succeeded().json();
    assert_eq!(number(&report, "failed"), 0, "{report}");
    let asked = |stats: &jira_sim::StatsSnapshot| {
        stats
            .by_endpoint
            .iter()
            .filter(|(name, _)| name.contains("issue/bulkfetch"))
            .map(|(_, times)| *times)
            .sum::<u64>()
    };
    // One for each project, and one of them once more in two halves.
    assert_eq!(asked(&sim.stats()) - asked(&before), 3 + 2, "{:?}", sim.stats().by_endpoint);
    issues_are_whole(&machine, &sim, READER).await;
}
