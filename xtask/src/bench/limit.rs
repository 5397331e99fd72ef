//! `cargo xtask bench --rate 10`: a sync of a site that answers only so many requests a second, judged by the
//! simulator's own record of when each request came; and what a sync of nothing new costs, by the size of the site.

use crate::output;
use crate::report::Report;
use crate::simulator::{Simulator, World};
use crate::site::{Account, Credential, Flavor, Site};
use crate::weir::Weir;
use crate::workspace::{Profile, Workspace};
use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;

/// Enough that the busiest endpoint of Cloud is asked a few hundred times.
const CLOUD_ISSUES: usize = 20_000;

/// Enough that a user of Data Center asks a few hundred times.
const DC_ISSUES: usize = 2_000;

/// The sizes of sites at which nothing new has to cost the same.
const SIZES: [usize; 2] = [2_000, 20_000];

/// Projects and boards cost requests of their own, so there are equally many everywhere.
const PROJECTS: &str = "5";

/// Of what the limit permits, the part that has to be used.
const USED: f64 = 0.95;

/// Requests that were sent before the first refusal could arrive.
const ON_THE_WAY_MS: u64 = 250;

/// A request as the simulator keeps it.
#[derive(Clone, Debug, Deserialize)]
struct Asked {
    method: String,
    path: String,
    at_ms: u64,
    status: u16,
}

/// Runs the comparisons into a report; both products, or the one that was named.
pub(super) async fn prove(
    workspace: &Workspace,
    rate: u32,
    flavors: &[Flavor],
    report: &mut Report,
) -> Result<()> {
    for flavor in flavors {
        let site = Site { flavor: *flavor, ..Site::default() };
        let name = if *flavor == Flavor::Cloud { "Cloud" } else { "Data Center" };
        output::step(&format!("{name} at {rate} requests a second"));
        let limited = limited(workspace, site, rate).await?;
        output::line(&limited.told());
        let used = limited.used();
        let is_used = if used >= USED { Ok(()) } else { Err(anyhow::anyhow!("{:.1} %", used * 100.0)) };
        report.record(&format!("{name}: at least 95 % of what the limit permits"), is_used);
        report.record(&format!("{name}: after the first refusal never above the limit"), limited.kept());
        let mut costs = Vec::new();
        for issues in SIZES {
            costs.push(nothing_new(workspace, site, issues).await?);
        }
        output::line(&format!("{name}: a sync of nothing new costs {costs:?} requests at {SIZES:?} issues"));
        let is_same = || {
            ensure!(costs.windows(2).all(|pair| pair[0] == pair[1]), "{costs:?} requests");
            Ok(())
        };
        report.record(&format!("{name}: nothing new costs the same at every size"), is_same());
    }
    Ok(())
}

/// What came of a sync under a limit: when requests of each bucket came.
struct Limited {
    rate: f64,
    buckets: BTreeMap<String, Vec<Asked>>,
}

impl Limited {
    fn of(rate: u32, site: Site, all: Vec<Asked>) -> Self {
        let mut buckets: BTreeMap<String, Vec<Asked>> = BTreeMap::new();
        for asked in all {
            // What tells about the server is exempt on Data Center, where a user has one bucket for the rest.
            let bucket = match site.flavor {
                Flavor::Cloud => format!("{} {}", asked.method, route(&asked.path)),
                Flavor::Dc if asked.path.ends_with("/serverInfo") => continue,
                Flavor::Dc => "the user".to_owned(),
            };
            buckets.entry(bucket).or_default().push(asked);
        }
        // They are kept as they end, and may overtake each other.
        buckets.values_mut().for_each(|all| all.sort_by_key(|asked| asked.at_ms));
        Self { rate: f64::from(rate), buckets }
    }

    /// Milliseconds from the first request to the last.
    fn took_ms(&self) -> u64 {
        let times = || self.buckets.values().flatten().map(|asked| asked.at_ms);
        times().max().unwrap_or(0) - times().min().unwrap_or(0)
    }

    /// The bucket whose limit takes longest, with its requests that were answered.
    fn busiest(&self) -> (&str, usize) {
        let answered = |all: &[Asked]| all.iter().filter(|asked| asked.status != 429).count();
        let counted = self.buckets.iter().map(|(name, all)| (name.as_str(), answered(all)));
        counted.max_by_key(|(_, count)| *count).unwrap_or(("nothing", 0))
    }

    /// The time that the limit alone would take, over that of the sync. A full bucket, of as many as come in a second, is
    /// there at the start.
    fn used(&self) -> f64 {
        let needs_s = (self.busiest().1 as f64 - self.rate) / self.rate;
        needs_s / (self.took_ms() as f64 / 1_000.0)
    }

    /// Refusals after the first ones of each bucket, and times at which more came than the bucket could have.
    fn kept(&self) -> Result<()> {
        for (name, all) in &self.buckets {
            let Some(first) = all.iter().find(|asked| asked.status == 429) else { continue };
            let later: Vec<&Asked> =
                all.iter().filter(|asked| asked.at_ms > first.at_ms + ON_THE_WAY_MS).collect();
            let refused = later.iter().filter(|asked| asked.status == 429).count();
            ensure!(refused == 0, "{name}: {refused} refusals after the first");
            for (from, earlier) in later.iter().enumerate() {
                for (to, asked) in later.iter().enumerate().skip(from) {
                    let passed_s = (asked.at_ms - earlier.at_ms + 1) as f64 / 1_000.0;
                    let (came, permitted) = ((to - from + 1) as f64, self.rate + self.rate * passed_s);
                    ensure!(came <= permitted, "{name}: {came} requests in {passed_s:.2} s");
                }
            }
        }
        Ok(())
    }

    fn told(&self) -> String {
        let (busiest, count) = self.busiest();
        let refused = self.buckets.values().flatten().filter(|asked| asked.status == 429).count();
        let all: usize = self.buckets.values().map(Vec::len).sum();
        format!(
            "{all} requests in {:.1} s, {refused} of them refused; {count} of {busiest}; {:.1} % of what the limit permits",
            self.took_ms() as f64 / 1_000.0,
            self.used() * 100.0
        )
    }
}

/// The path with every name and number in it left out, as the simulator counts endpoints.
fn route(path: &str) -> String {
    let mut route = String::new();
    let mut before = "";
    for part in path.split('/').filter(|part| !part.is_empty()) {
        let is_named = ["issue", "project", "board", "sprint", "role"].contains(&before);
        let is_word = part.bytes().all(|byte| byte.is_ascii_lowercase());
        route.push('/');
        route.push_str(if is_named && !is_word { "{id}" } else { part });
        before = part;
    }
    route
}

async fn limited(workspace: &Workspace, site: Site, rate: u32) -> Result<Limited> {
    let issues = if site.flavor == Flavor::Cloud { CLOUD_ISSUES } else { DC_ISSUES };
    let (simulator, weir) = connected(workspace, site, issues).await?;
    let before = simulator.recorded().await?.len();
    simulator.order("rate", &json!({ "limit": format!("{rate}/s") })).await?;
    weir.sync().await?;
    let recorded = simulator.recorded().await?.split_off(before);
    let all = recorded.iter().map(|asked| serde_json::from_str(asked.get()).context("a recorded request"));
    Ok(Limited::of(rate, site, all.collect::<Result<_>>()?))
}

/// How many requests a sync makes that has nothing to read.
async fn nothing_new(workspace: &Workspace, site: Site, issues: usize) -> Result<u64> {
    let (simulator, weir) = connected(workspace, site, issues).await?;
    weir.sync().await?;
    let before = simulator.stats().await?.requests;
    weir.sync().await?;
    Ok(simulator.stats().await?.requests - before)
}

async fn connected(workspace: &Workspace, site: Site, issues: usize) -> Result<(Simulator, Weir)> {
    let more = vec!["--projects".to_owned(), PROJECTS.to_owned()];
    let world = World { record: true, more, ..World::new(issues, 1, site) };
    let simulator = Simulator::start(workspace, Profile::Release, &world).await?;
    let weir = Weir::new(workspace, Profile::Release, None, simulator.gateway())?;
    weir.add(&simulator, &Credential::of(Account::Admin, site.usual_token())?).await?;
    Ok((simulator, weir))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(path: &str, at_ms: u64, status: u16) -> Asked {
        Asked { method: "GET".to_owned(), path: path.to_owned(), at_ms, status }
    }

    #[test]
    fn endpoints_are_told_apart_and_names_are_not() {
        assert_eq!(route("/rest/api/3/issue/10004/comment"), "/rest/api/3/issue/{id}/comment");
        assert_eq!(route("/rest/api/3/project/APOLLO/version"), "/rest/api/3/project/{id}/version");
        assert_eq!(route("/rest/api/3/issue/bulkfetch"), "/rest/api/3/issue/bulkfetch");
        let all = vec![asked("/rest/api/3/field", 0, 200), asked("/rest/api/3/issue/1", 5, 200)];
        assert_eq!(Limited::of(10, Site::default(), all.clone()).buckets.len(), 2);
        let dc = Site { flavor: Flavor::Dc, ..Site::default() };
        assert_eq!(Limited::of(10, dc, all).buckets.len(), 1);
    }

    #[test]
    fn the_limits_own_time_is_compared_with_that_of_the_sync() {
        let all = (0..110).map(|number| asked("/rest/api/3/field", number * 100, 200)).collect();
        let limited = Limited::of(10, Site::default(), all);
        assert_eq!((limited.took_ms(), limited.busiest().1), (10_900, 110));
        assert!((limited.used() - 10.0 / 10.9).abs() < 1e-9);
    }

    #[test]
    fn a_refusal_after_the_first_ones_and_a_burst_are_found() {
        let kept = |times: &[(u64, u16)]| {
            let all = times.iter().map(|(at, status)| asked("/rest/api/3/field", *at, *status)).collect();
            Limited::of(2, Site::default(), all).kept()
        };
        assert!(kept(&[(0, 200), (1, 429), (100, 429), (1_100, 200), (1_600, 200)]).is_ok());
        assert!(kept(&[(0, 200), (1, 429), (900, 429)]).unwrap_err().to_string().contains("1 refusals"));
        let burst = kept(&[(1, 429), (2_000, 200), (2_001, 200), (2_002, 200), (2_003, 200)]);
        assert!(burst.unwrap_err().to_string().contains("requests in"));
    }
}
