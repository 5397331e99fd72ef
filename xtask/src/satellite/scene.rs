//! A server, a satellite, a site that only the satellite reaches, and the wire between.

use super::Stage;
use super::agent::Agent;
use super::clock::Clock;
use super::server::Server;
use super::wire::Wire;
use crate::simulator::{Simulator, World};
use crate::site::{Account, Credential, Flavor, Site, TokenKind};
use crate::truth::edits::UNNOTICED;
use crate::truth::live;
use crate::weir::{INTEGRATION, Weir};
use crate::workspace::Profile;
use anyhow::{Context, Result, ensure};
use hyper::StatusCode;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::path::Path;
use std::time::{Duration, Instant};

/// Who reads the site.
pub(super) const EMAIL: &str = "reader@sim.example";

/// The name of the account at the server.
pub(super) const TENANT: &str = "ACME";

/// How long anything may take.
pub(super) const LIMIT: Duration = Duration::from_secs(150);

/// How often it is looked whether something has come about.
const LOOKED_EVERY: Duration = Duration::from_millis(150);

/// Nothing that was asked for is waited with for longer.
const SETTLED_AFTER: Duration = Duration::from_secs(3);

/// What a scene is set with.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) issues: usize,
    /// How long the site takes for an answer.
    pub(super) latency: Option<&'static str>,
    /// More flags of the simulator, and of the server.
    pub(super) site: Vec<&'static str>,
    pub(super) server: Vec<&'static str>,
    /// How the satellite signs in.
    pub(super) login: Login,
    /// Into a database of this name, and not into a file.
    pub(super) database: Option<&'static str>,
    /// By how much the clocks of the server and of the satellite are wrong.
    pub(super) server_clock: Option<&'static str>,
    pub(super) agent_clock: Option<&'static str>,
    /// Whether what goes over the wire is kept.
    pub(super) keeps: bool,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            issues: 400,
            latency: None,
            site: Vec::new(),
            server: Vec::new(),
            login: Login::Token,
            database: None,
            server_clock: None,
            agent_clock: None,
            keeps: false,
        }
    }
}

/// A way to sign in to a site.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Login {
    Token,
    Adfs,
}

/// All of it.
#[derive(Debug)]
pub(super) struct Scene {
    pub(super) simulator: Simulator,
    pub(super) server: Server,
    pub(super) wire: Wire,
    pub(super) agent: Agent,
    /// The satellite's key, and one for everything.
    pub(super) key: String,
    pub(super) admin: String,
    pub(super) server_clock: Option<Clock>,
    pub(super) agent_clock: Option<Clock>,
    login: Login,
}

/// That an import was over before it could be disturbed: nothing was shown.
#[derive(Clone, Copy, Debug)]
pub(super) struct Undisturbed;

impl std::fmt::Display for Undisturbed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the import was over before it could be disturbed")
    }
}

impl std::error::Error for Undisturbed {}

impl Scene {
    /// Sets one: the server runs, and the satellite does not yet.
    pub(super) async fn set(stage: &Stage, plan: Plan) -> Result<Self> {
        let site = Site { flavor: Flavor::Dc, ..Site::default() };
        let mut world = World::new(plan.issues, stage.seed, site);
        world.latency = plan.latency.map(str::to_owned);
        world.more = plan.site.iter().map(|flag| (*flag).to_owned()).collect();
        let simulator = Simulator::start(&stage.workspace, Profile::Debug, &world).await?;
        let store = match plan.database {
            None => None,
            Some(name) => {
                Some(stage.postgres.as_ref().context("no PostgreSQL is running")?.database(name).await?)
            }
        };
        let home = |store| Weir::new(&stage.workspace, Profile::Debug, store, simulator.gateway());
        let mut server = Server::new(home(store)?, &plan.server)?;
        let add = ["integration", "add", "jira", simulator.url(), "--name", INTEGRATION, "--satellite"];
        server.answer(&add).await?;
        let (key, admin) = (server.key("satellite", "sat").await?, server.key("admin", "suite").await?);
        let clock = |by: Option<&str>, folder: &Path| {
            by.map(|by| Clock::new(stage.clock.as_deref().context("no libfaketime")?, folder, by)).transpose()
        };
        let server_clock = clock(plan.server_clock, &server.weir.folder())?;
        server_clock.iter().for_each(|clock| server.has(clock));
        server.start().await?;
        let wire = Wire::to(server.address(), plan.keeps).await?;
        let mut agent = Agent::new(home(None)?, "")?;
        let agent_clock = clock(plan.agent_clock, &agent.folder())?;
        agent_clock.iter().for_each(|clock| agent.has(clock));
        let scene =
            Self { simulator, server, wire, agent, key, admin, server_clock, agent_clock, login: plan.login };
        scene.agent.write(&scene.file(TENANT)?)?;
        Ok(scene)
    }

    /// The satellite's file.
    pub(super) fn file(&self, tenant: &str) -> Result<String> {
        let login = match self.login {
            Login::Token => {
                format!("    api_key: {}\n", Credential::of(Account::Reader, TokenKind::Pat)?.secret())
            }
            Login::Adfs => {
                let adfs = self.simulator.adfs(EMAIL).context("the site has no AD FS")?;
                format!(
                    "    authentication: adfs\n    adfs_url: {}\n    adfs_client_id: {}\n    adfs_resource: {}\n    \
                     adfs_username: {}\n    adfs_password: {}\n",
                    adfs.url, adfs.client_id, adfs.resource, adfs.user, adfs.password
                )
            }
        };
        Ok(format!(
            "satellite:\n  tenant: {tenant}\n  api_key: {}\n  url: http://{}\nintegrations:\n  - id: {INTEGRATION}\n    \
             application: jira\n    url: {}\n{login}",
            self.key,
            self.wire.address(),
            self.simulator.url(),
        ))
    }

    /// What may be nowhere but in the satellite's file.
    pub(super) fn secrets(&self) -> Result<Vec<String>> {
        use base64::Engine;
        let mut all: Vec<String> = Vec::new();
        for kind in [TokenKind::Pat, TokenKind::Password] {
            all.push(Credential::of(Account::Reader, kind)?.secret().to_owned());
        }
        all.extend(self.simulator.adfs(EMAIL).map(|adfs| adfs.password));
        let pairs = all.iter().map(|secret| format!("reader:{secret}"));
        let packed: Vec<String> =
            pairs.map(|pair| base64::engine::general_purpose::STANDARD.encode(pair)).collect();
        all.extend(packed);
        Ok(all)
    }

    /// The newest runs, the latest first.
    pub(super) async fn runs(&self) -> Result<Vec<Value>> {
        let listed = self.server.json(&["runs", "list", "--limit", "1000"]).await?;
        Ok(listed.as_array().context("runs are a list")?.clone())
    }

    /// Whether a run is under way.
    pub(super) async fn is_under_way(&self) -> Result<bool> {
        Ok(self.runs().await?.first().is_some_and(|run| run["result"].is_null()))
    }

    /// The ids of all runs.
    pub(super) async fn known(&self) -> Result<HashSet<String>> {
        Ok(self.runs().await?.iter().map(|run| run["id"].to_string()).collect())
    }

    /// Waits until a run that is not among these has ended well, and gives it.
    pub(super) async fn through(&mut self, known: &HashSet<String>) -> Result<Value> {
        let begun = Instant::now();
        loop {
            let runs = self.runs().await?;
            let is_well = |run: &&Value| {
                !known.contains(&run["id"].to_string())
                    && matches!(run["result"].as_str(), Some("success" | "partial"))
            };
            if let Some(run) = runs.iter().find(is_well) {
                return Ok(run.clone());
            }
            self.is_well()?;
            ensure!(
                begun.elapsed() < LIMIT,
                "no run ends well: {}\nserver:\n{}\nsatellite:\n{}",
                json!(runs.iter().take(4).collect::<Vec<_>>()),
                self.server.log(),
                self.agent.log()
            );
            tokio::time::sleep(LOOKED_EVERY).await;
        }
    }

    /// Waits until the first run has ended well.
    pub(super) async fn imported(&mut self) -> Result<Value> {
        self.through(&HashSet::new()).await
    }

    /// Asks for a run.
    pub(super) async fn ask(&self, full: bool) -> Result<()> {
        let path = format!("/api/v1/integrations/{INTEGRATION}/sync");
        let (status, said) = self.server.post(&path, &self.admin, &json!({ "full": full })).await?;
        ensure!(status == StatusCode::ACCEPTED, "{path}: HTTP {status}: {said}");
        Ok(())
    }

    /// Asks for a run and waits until it has ended well.
    pub(super) async fn sync(&mut self, full: bool) -> Result<Value> {
        let known = self.known().await?;
        self.ask(full).await?;
        self.through(&known).await
    }

    /// Edits the site.
    pub(super) async fn edit(&self, seed: u64, count: u64) -> Result<()> {
        let known = self.simulator.kinds().await?;
        let kinds: Vec<&str> =
            known.iter().map(|kind| kind.name.as_str()).filter(|name| !UNNOTICED.contains(name)).collect();
        let order = json!({ "seed": seed, "count": count, "kinds": kinds, "spread_ms": 60_000 });
        self.simulator.order("edits", &order).await
    }

    /// Issues that are stored.
    pub(super) async fn stored(&self) -> Result<usize> {
        let mut count = 0;
        let visit = |_: &[u8]| {
            count += 1;
            Ok(())
        };
        self.server.weir.export("issues", visit).await?;
        Ok(count)
    }

    /// Waits until an import is under way of which the server has committed something.
    pub(super) async fn amid_import(&mut self) -> Result<()> {
        let begun = Instant::now();
        while self.stored().await? == 0 {
            self.is_well()?;
            ensure!(begun.elapsed() < LIMIT, "no import begins:\n{}", self.agent.log());
            tokio::time::sleep(LOOKED_EVERY).await;
        }
        ensure!(self.is_under_way().await?, Undisturbed);
        Ok(())
    }

    /// Waits until the newest run has ended, however.
    pub(super) async fn at_rest(&self) -> Result<Value> {
        let begun = Instant::now();
        while self.is_under_way().await? {
            ensure!(begun.elapsed() < LIMIT, "a run does not end:\n{}", self.agent.log());
            tokio::time::sleep(LOOKED_EVERY).await;
        }
        self.runs().await?.into_iter().next().context("there is no run")
    }

    /// Waits until nothing has been under way for a while: what was asked for before a kill is done as well.
    pub(super) async fn settled(&self) -> Result<()> {
        let mut since = Instant::now();
        let begun = since;
        while since.elapsed() < SETTLED_AFTER {
            if self.is_under_way().await? {
                since = Instant::now();
            }
            ensure!(begun.elapsed() < LIMIT, "it does not come to rest:\n{}", self.agent.log());
            tokio::time::sleep(LOOKED_EVERY).await;
        }
        Ok(())
    }

    /// The satellites that the server knows.
    pub(super) async fn satellites(&self) -> Result<Vec<Value>> {
        let listed = self.server.json(&["satellite", "list"]).await?;
        Ok(listed.as_array().context("satellites are a list")?.clone())
    }

    /// The only satellite.
    pub(super) async fn satellite(&self) -> Result<Value> {
        let all = self.satellites().await?;
        ensure!(all.len() == 1, "one satellite is expected: {}", json!(all));
        all.into_iter().next().context("a satellite")
    }

    /// Fails where a process has ended by itself.
    pub(super) fn is_well(&mut self) -> Result<()> {
        self.server.is_well()?;
        self.agent.is_well()
    }

    /// The store is the truth, each row once; what ended was counted rightly; and nothing waits any more.
    pub(super) async fn is_true(&self) -> Result<()> {
        self.stored_is_true().await?;
        let begun = Instant::now();
        while self.agent.waiting() > 0 {
            ensure!(
                begun.elapsed() < Duration::from_secs(5),
                "{} batches wait still; runs: {}; satellites: {}",
                self.agent.waiting(),
                json!(self.runs().await?.iter().take(3).collect::<Vec<_>>()),
                json!(self.satellites().await?),
            );
            tokio::time::sleep(LOOKED_EVERY).await;
        }
        Ok(())
    }

    /// The same, whatever waits at this satellite.
    pub(super) async fn stored_is_true(&self) -> Result<()> {
        let (standing, compared) = live::compare(&self.simulator, &self.server.weir, EMAIL).await;
        compared?;
        ensure!(standing.duplicates == 0, "{} issues are doubled", standing.duplicates);
        ensure!(standing.out_of_live == 0, "{} issues are hidden", standing.out_of_live);
        for run in self.runs().await?.iter().filter(|run| !run["result"].is_null()) {
            let of = |name: &str| run[name].as_u64().with_context(|| format!("a run has no {name}: {run}"));
            let sum = of("written")? + of("unchanged")? + of("skipped")? + of("failed")?;
            ensure!(of("read")? == sum, "the parts of a run do not add up: {run}");
        }
        Ok(())
    }
}
