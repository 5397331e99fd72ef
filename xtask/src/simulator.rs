//! The simulated Jira as its own process.

use crate::{
    http,
    site::Site,
    workspace::{Profile, Workspace},
};
use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::{Value, value::RawValue};
use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// What the simulator shall be.
#[derive(Clone, Debug)]
pub(crate) struct World {
    /// How many issues it has.
    pub(crate) issues: usize,
    /// What it is grown from.
    pub(crate) seed: u64,
    /// How long each request waits, as the simulator's flag takes it.
    pub(crate) latency: Option<String>,
    /// Whether it keeps the requests, to be sent again.
    pub(crate) record: bool,
    /// Which product it is.
    pub(crate) site: Site,
    /// Further flags of the simulator.
    pub(crate) more: Vec<String>,
}

impl World {
    /// A plain one.
    pub(crate) fn new(issues: usize, seed: u64, site: Site) -> Self {
        Self { issues, seed, latency: None, record: false, site, more: Vec::new() }
    }
}

/// A running simulator; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Simulator {
    site: Site,
    process: Child,
    ready: Ready,
}

#[derive(Debug, Deserialize)]
struct Ready {
    url: String,
    gateway: String,
    #[serde(default)]
    accounts: Vec<Entry>,
    adfs: Option<Adfs>,
}

/// An account as the simulator introduces it.
#[derive(Debug, Deserialize)]
struct Entry {
    email: String,
    adfs_user: Option<String>,
    adfs_password: Option<String>,
}

/// AD FS beside a site, and how one signs in there.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Adfs {
    /// Its address.
    pub(crate) url: String,
    /// The client that it knows.
    pub(crate) client_id: String,
    /// What tokens are for.
    pub(crate) resource: String,
    /// Who signs in.
    #[serde(default)]
    pub(crate) user: String,
    /// And with what.
    #[serde(default)]
    pub(crate) password: String,
}

impl Simulator {
    /// Starts one and waits until it serves.
    pub(crate) async fn start(workspace: &Workspace, profile: Profile, world: &World) -> Result<Self> {
        let mut command = Command::new(workspace.program(profile, "weir-sim"));
        command.args(["--listen", "127.0.0.1:0"]);
        command.args(["--issues", &world.issues.to_string(), "--seed", &world.seed.to_string()]);
        if let Some(latency) = &world.latency {
            command.args(["--latency", latency]);
        }
        if world.record {
            command.arg("--record");
        }
        command.args(world.site.flags()?).args(&world.more);
        let mut process = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("weir-sim")?;
        let stdout = process.stdout.take().context("weir-sim: no pipe")?;
        let line = BufReader::new(stdout)
            .lines()
            .next_line()
            .await?
            .context("weir-sim ended before it was ready")?;
        let ready = serde_json::from_str(&line).with_context(|| format!("weir-sim's first line: {line}"))?;
        Ok(Self { site: world.site, process, ready })
    }

    /// AD FS beside it, for an account; nothing where there is none.
    pub(crate) fn adfs(&self, email: &str) -> Option<Adfs> {
        let account = self.ready.accounts.iter().find(|account| account.email == email)?;
        let (user, password) = (account.adfs_user.clone()?, account.adfs_password.clone()?);
        self.ready.adfs.clone().map(|adfs| Adfs { user, password, ..adfs })
    }

    /// Which product it is.
    pub(crate) fn site(&self) -> Site {
        self.site
    }

    /// The site's address.
    pub(crate) fn url(&self) -> &str {
        &self.ready.url
    }

    /// The address of the gateway's host, as `WEIR_ATLASSIAN_API` takes it.
    pub(crate) fn gateway(&self) -> &str {
        self.ready.gateway.split("/ex/jira").next().unwrap_or(&self.ready.gateway)
    }

    /// Hands each row of the truth of a view, as the account may see it, to `visit`.
    pub(crate) async fn truth(
        &self,
        view: &str,
        account: &str,
        visit: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        http::lines(self.url(), &format!("/_sim/truth/{view}?account={account}"), visit).await
    }

    /// Tells it to make an edit, which it may refuse because there is nothing to change any more; `false` then.
    pub(crate) async fn offer(&self, edit: &Value) -> Result<bool> {
        http::offer(self.url(), "/_sim/edit", edit.to_string()).await
    }

    /// Tells it what to change: its clock, its zone, its issues.
    pub(crate) async fn order(&self, what: &str, order: &Value) -> Result<()> {
        http::post(self.url(), &format!("/_sim/{what}"), order.to_string()).await
    }

    /// Drops the edits that wait for requests, and switches all faults off.
    pub(crate) async fn calm(&self) -> Result<()> {
        http::delete(self.url(), "/_sim/edits").await?;
        http::delete(self.url(), "/_sim/fault").await
    }

    /// What goes wrong on purpose.
    pub(crate) async fn faults(&self) -> Result<Faults> {
        let body = http::get(self.url(), "/_sim/faults").await?;
        serde_json::from_slice(&body).context("the simulator's faults")
    }

    /// The kinds of edits it knows.
    pub(crate) async fn kinds(&self) -> Result<Vec<Kind>> {
        let body = http::get(self.url(), "/_sim/kinds").await?;
        serde_json::from_slice(&body).context("the simulator's kinds of edits")
    }

    /// The requests so far, each a JSON object, in the order of their arrival.
    pub(crate) async fn recorded(&self) -> Result<Vec<Box<RawValue>>> {
        let body = http::get(self.url(), "/_sim/requests").await?;
        serde_json::from_slice(&body).context("the simulator's recorded requests")
    }

    /// What it counts.
    pub(crate) async fn stats(&self) -> Result<Stats> {
        let body = http::get(self.url(), "/_sim/stats").await?;
        serde_json::from_slice(&body).context("the simulator's statistics")
    }

    /// CPU time it has used so far, user and system.
    pub(crate) fn cpu(&self) -> Result<Duration> {
        let id = self.process.id().context("weir-sim has ended")?;
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat"))?;
        cpu_of_stat(&stat).context("/proc/PID/stat")
    }
}

/// A kind of edit.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Kind {
    /// Its word.
    pub(crate) name: String,
    /// Whether it moves the `updated` of the issue that is edited.
    pub(crate) moves_updated: bool,
}

/// What goes wrong on purpose.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Faults {
    /// Those that are on.
    pub(crate) active: Vec<Value>,
    /// How often each kind was given.
    pub(crate) served: BTreeMap<String, u64>,
}

/// What the simulator counts.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct Stats {
    /// Requests answered.
    pub(crate) requests: u64,
    /// Bytes of bodies sent.
    pub(crate) bytes_out: u64,
    /// Plans of edits that wait for requests.
    pub(crate) edits_waiting: u64,
    /// Requests beyond the limit, each of which was answered with 429.
    pub(crate) over_limit: u64,
}

/// Linux counts in hundredths of a second there.
fn cpu_of_stat(stat: &str) -> Option<Duration> {
    // The second field is the program's name in brackets and may hold spaces.
    let after_name = stat.rsplit_once(')')?.1;
    let mut fields = after_name.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(Duration::from_millis((user + system) * 10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_time_is_read_behind_a_name_with_spaces_and_brackets() {
        let stat = "7 (a (b) c) S 1 7 7 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 3 0 99 0 0";
        assert_eq!(cpu_of_stat(stat), Some(Duration::from_secs(3)));
    }
}
