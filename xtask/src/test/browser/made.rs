//! What stands in the store before anybody looks: integrations in every state, made as they were on days before.

use crate::simulator::Simulator;
use crate::site::{Account, Credential, Site};
use crate::weir::{INTEGRATION, Weir};
use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::json;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// One that does well, one whose scope holds nothing, one whose site refuses it.
pub(super) const WELL: &str = "Acme Jira";
const EMPTY: &str = "Empty";
pub(super) const FAILING: &str = "Failing";
/// Its first run goes on for as long as anybody looks.
const IMPORTING: &str = "Importing";
/// It was connected as a Connect app, which is over.
const RETIRED: &str = "Retired";
/// What is to be deleted: one whose deletion waits, one that has gone.
const LEAVING: &[&str] = &["Leaving", "Gone"];

/// A home in which integrations are made as they were on days before.
pub(super) struct Made<'a> {
    pub(super) weir: &'a Weir,
    pub(super) faketime: PathBuf,
}

impl Made<'_> {
    /// A week of a run a day, one of which failed.
    pub(super) async fn well(&self, simulator: &Simulator) -> Result<()> {
        for days in (0..=6).rev() {
            simulator.order("clock", &json!({ "now": ago(days)?, "runs": true })).await?;
            match days {
                6 => self.add(simulator, WELL, days, &["--interval", "1d"]).await?,
                _ => {
                    simulator
                        .order("edits", &json!({ "seed": days, "count": 12, "spread_ms": 1_000 }))
                        .await?
                }
            }
            if days == 3 {
                self.refused(simulator, WELL, days).await?;
                simulator.calm().await?;
            } else {
                self.sync(WELL, days).await?;
            }
        }
        Ok(())
    }

    /// One without an issue, one that Atlassian has retired, and those that leave.
    pub(super) async fn others(&self, simulator: &Simulator) -> Result<()> {
        self.add(simulator, EMPTY, 0, &["--jql", "created > 4102444800000"]).await?;
        self.sync(EMPTY, 0).await?;
        let retired =
            ["integration", "add", "connect-app", "https://retired.atlassian.net", "--name", RETIRED];
        let key = ["--client-key", "ari:cloud:ecosystem::app/retired"];
        self.weir.answer(&[&retired[..], &key].concat()).await?;
        for name in LEAVING {
            self.add(simulator, name, 0, &["--project", "APOLLO", "--interval", "1d"]).await?;
            self.sync(name, 0).await?;
        }
        Ok(())
    }

    /// One that the server begins to read as soon as it runs, from a site that takes its time.
    pub(super) async fn importing(&self, simulator: &Simulator) -> Result<()> {
        self.add(simulator, IMPORTING, 0, &[]).await?;
        let slow = json!({ "kind": "slow", "ms": 25_000, "count": null });
        simulator.order("fault", &slow).await
    }

    /// One that was read once, and is refused since.
    pub(super) async fn failing(&self, simulator: &Simulator) -> Result<()> {
        self.add(simulator, FAILING, 0, &[]).await?;
        self.sync(FAILING, 0).await?;
        self.refused(simulator, FAILING, 0).await
    }

    /// A run of which the site knows no account any more.
    async fn refused(&self, simulator: &Simulator, name: &str, days: u32) -> Result<()> {
        simulator.order("fault", &json!({ "kind": "anonymous" })).await?;
        let synced = self.sync(name, days).await;
        ensure!(synced.is_err(), "{name} was synced although it was refused");
        Ok(())
    }

    async fn add(&self, simulator: &Simulator, name: &str, days: u32, flags: &[&str]) -> Result<()> {
        let credential = Credential::of(Account::Reader, Site::default().usual_token())?;
        let mut words = self.weir.words_of_add(simulator, &credential)?;
        for word in &mut words {
            if word == INTEGRATION {
                name.clone_into(word);
            }
        }
        words.extend(flags.iter().map(|flag| (*flag).to_owned()));
        self.done(&words, days).await
    }

    async fn sync(&self, name: &str, days: u32) -> Result<()> {
        self.done(&["sync".to_owned(), name.to_owned()], days).await
    }

    /// Runs a command that must succeed, so many days ago.
    async fn done(&self, words: &[String], days: u32) -> Result<()> {
        let preload = ("LD_PRELOAD", self.faketime.display().to_string());
        let fake =
            [preload, ("FAKETIME", format!("-{days}d")), ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned())];
        let ended = self.weir.begin(words, if days == 0 { &[] } else { &fake })?.wait_with_output().await?;
        let said = String::from_utf8_lossy(&ended.stderr);
        ensure!(ended.status.success(), "weir {}: {}\n{said}", words.join(" "), ended.status);
        Ok(())
    }

    pub(super) async fn newest_run(&self, name: &str) -> Result<String> {
        #[derive(Deserialize)]
        struct Run {
            id: String,
        }
        let runs = self.weir.answer(&["runs", "list", "--integration", name, "--format", "json"]).await?;
        let runs: Vec<Run> = serde_json::from_str(&runs)?;
        Ok(runs.into_iter().next().with_context(|| format!("no run of {name}"))?.id)
    }
}

/// A key that is good for everything.
pub(super) async fn key(weir: &Weir) -> Result<String> {
    #[derive(Deserialize)]
    struct Key {
        secret: String,
    }
    let words = ["api-key", "create", "--scope", "admin", "--name", "Provisioning", "--format", "json"];
    let key: Key = serde_json::from_str(&weir.answer(&words).await?)?;
    Ok(key.secret)
}

/// So many days ago, in milliseconds.
#[allow(
    clippy::disallowed_methods,
    reason = "the site's clock has to agree with the machine's, which libfaketime moves"
)]
fn ago(days: u32) -> Result<u64> {
    let at = SystemTime::now().duration_since(UNIX_EPOCH)? - DAY * days;
    Ok(u64::try_from(at.as_millis())?)
}
