//! The suite `api`: the document of the API held against a server that runs, by a program that knows neither.
//!
//! schemathesis makes requests that fit the document and requests that do not, for every operation, and judges every answer.
//! Each run has a store and a server of its own, for it deletes what it can.

use crate::http::Connection;
use crate::python::Python;
use crate::report::Report;
use crate::served::Served;
use crate::simulator::{Simulator, World};
use crate::site::{Account, Credential, Site};
use crate::weir::{INTEGRATION, Weir};
use crate::workspace::{Profile, Workspace};
use crate::{chaos, output, process, truth};
use anyhow::{Context, Result, ensure};
use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;

const ISSUES: usize = 200;

/// An issue that cannot be read, so that there is one in quarantine.
const BROKEN: &str = "APOLLO-2";

/// The seed that is the same every time.
const FIXED: u64 = 1;

/// What schemathesis is told, in the home's folder.
const CONFIG: &str = "schemathesis.toml";

/// Where it writes what it found.
const REPORT: &str = "found.json";

/// A key that was made.
#[derive(Deserialize)]
struct Key {
    id: String,
    secret: String,
}

/// A run as the program tells it.
#[derive(Deserialize)]
struct Run {
    id: String,
    quarantined: Vec<Quarantined>,
}

#[derive(Deserialize)]
struct Quarantined {
    issue_id: String,
}

/// Something that has an id.
#[derive(Deserialize)]
struct Named {
    id: String,
}

/// Runs with a key for everything and one for reading, each with the fixed seed and a fresh one.
pub(super) async fn run(workspace: &Workspace, report: &mut Report) -> Result<()> {
    let Some(python) = Python::find(workspace)? else {
        report.skip("api", Python::absence());
        return Ok(());
    };
    truth::build(workspace, Profile::Debug).await?;
    let world = World::new(ISSUES, 1, Site::default());
    let simulator = Simulator::start(workspace, Profile::Debug, &world).await?;
    simulator.order("fault", &json!({ "kind": "malformed", "issue": BROKEN })).await?;
    let fresh = chaos::fresh_seed();
    output::line(&format!("seeds {FIXED} and {fresh}"));
    for seed in [FIXED, fresh] {
        let run = |scope| one(workspace, &python, &simulator, scope, seed);
        // Side by side: most of the time is schemathesis's own, and it has one thread.
        let (admin, read) = tokio::join!(run("admin"), run("read"));
        report.record(&format!("api with an admin key, seed {seed}"), admin);
        report.record(&format!("api with a read key, seed {seed}"), read);
    }
    Ok(())
}

/// One run, with a server of its own.
async fn one(
    workspace: &Workspace,
    python: &Python,
    simulator: &Simulator,
    scope: &str,
    seed: u64,
) -> Result<()> {
    let (weir, run) = filled(workspace, simulator).await?;
    let quarantined = &run.quarantined.first().context("nothing is in quarantine")?.issue_id;
    let (keeper, key) = (key(&weir, "admin").await?, key(&weir, scope).await?);
    let served = Served::start(&weir, &["--api-rate", "1000000"]).await?;
    let workspace_id = workspace_of(&served, &keeper).await?;
    let folder = workspace.root.join("e2e/api");
    let config = std::fs::read_to_string(folder.join("schemathesis.toml"))?
        .replace("RUN", &run.id)
        .replace("QUARANTINED", quarantined)
        .replace("WORKSPACE", &workspace_id);
    std::fs::write(weir.folder().join(CONFIG), config)?;
    let mut command = python.command("schemathesis");
    command.current_dir(weir.folder()).env("PYTHONPATH", &folder).env("SCHEMATHESIS_HOOKS", "hooks");
    command.env("WEIR_KEY", &key.secret).env("WEIR_KEPT", format!("{} {} {workspace_id}", keeper.id, key.id));
    command.args(["--config-file", CONFIG, "run", &format!("{}/api/openapi.json", served.url())]);
    command.args(["--seed", &seed.to_string(), "--report", "json", "--report-json-path", REPORT]);
    let ran = process::taken(&mut command).await?;
    let said = String::from_utf8_lossy(&ran.stdout);
    ensure!(ran.status.success(), "{}\n{said}\n{}", ran.status, String::from_utf8_lossy(&ran.stderr));
    let found: Found = serde_json::from_slice(&std::fs::read(weir.folder().join(REPORT))?).context(REPORT)?;
    found.judge(scope == "admin")?;
    output::echo(&format!(
        "{scope} key: {} requests to {} operations",
        found.test_cases.generated, found.operations.tested
    ));
    served.end().await
}

/// What schemathesis says of a run.
#[derive(Debug, Deserialize)]
struct Found {
    operations: Operations,
    test_cases: TestCases,
    valid_rates: BTreeMap<String, BTreeMap<String, Rates>>,
}

#[derive(Debug, Deserialize)]
struct Operations {
    total: usize,
    tested: usize,
}

#[derive(Debug, Deserialize)]
struct TestCases {
    generated: u64,
}

/// What became of requests that fit the document.
#[derive(Clone, Copy, Debug, Deserialize)]
struct Rates {
    accepted: u64,
    conflicts: u64,
}

impl Found {
    /// Nothing may have been left out; and where everything is allowed, each operation has to have been got through to, for of
    /// what is always refused nothing is known.
    fn judge(&self, all_is_allowed: bool) -> Result<()> {
        let Operations { total, tested } = self.operations;
        ensure!(total > 0 && tested == total, "{tested} of {total} operations were tested");
        let reached =
            |of: &BTreeMap<String, Rates>| of.values().any(|rates| rates.accepted + rates.conflicts > 0);
        let unreached: Vec<&str> =
            self.valid_rates.iter().filter(|(_, of)| !reached(of)).map(|(name, _)| name.as_str()).collect();
        ensure!(!all_is_allowed || self.valid_rates.len() == total, "not every operation was counted");
        ensure!(!all_is_allowed || unreached.is_empty(), "never got through to {}", unreached.join(", "));
        Ok(())
    }
}

/// A home with an integration that was read and compared, and the run that read it.
async fn filled(workspace: &Workspace, simulator: &Simulator) -> Result<(Weir, Run)> {
    let weir = Weir::new(workspace, Profile::Debug, None, simulator.gateway())?;
    weir.add(simulator, &Credential::of(Account::Reader, Site::default().usual_token())?).await?;
    weir.sync().await?;
    let run = serde_json::from_str(&weir.answer(&["runs", "show", "--format", "json"]).await?)?;
    weir.answer_or_no(&["verify", INTEGRATION]).await?;
    Ok((weir, run))
}

async fn key(weir: &Weir, scope: &str) -> Result<Key> {
    let made =
        weir.answer(&["api-key", "create", "--scope", scope, "--name", "suite", "--format", "json"]).await?;
    serde_json::from_str(&made).context("the key")
}

/// The id of a workspace that is made for the run.
async fn workspace_of(served: &Served, keeper: &Key) -> Result<String> {
    let request = Request::post("/api/v1/workspaces")
        .header(CONTENT_TYPE, "application/json")
        .header(AUTHORIZATION, format!("Bearer {}", keeper.secret))
        .body(Full::from(r#"{"name": "Everything"}"#))?;
    let response = Connection::open(served.url()).await?.send(request).await?;
    let made: Named = serde_json::from_slice(&response.into_body().collect().await?.to_bytes())?;
    Ok(made.id)
}
