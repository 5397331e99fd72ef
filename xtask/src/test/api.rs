//! The suite `api`: the document of the API held against a server that runs, by a program that knows neither.
//!
//! schemathesis makes requests that fit the document and requests that do not, for every operation, and judges every answer.
//! Each run has a store and a server of its own, for it deletes what it can.

use crate::http::Connection;
use crate::person::Person;
use crate::python::Python;
use crate::report::Report;
use crate::served::Served;
use crate::simulator::{Simulator, World};
use crate::site::{Account, Credential, Site};
use crate::weir::{INTEGRATION, Weir};
use crate::workspace::{Profile, Workspace};
use crate::{chaos, output, process, truth};
use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE};
use hyper::http::request::Builder;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const ISSUES: usize = 200;

/// An issue that cannot be read, so that there is one in quarantine.
const BROKEN: &str = "APOLLO-2";

/// The seed that is the same every time.
const FIXED: u64 = 1;

/// What schemathesis is told, in the home's folder.
const CONFIG: &str = "schemathesis.toml";

/// What it is told besides where it is a person.
const AS_A_PERSON: &str = "\n[auth.openapi.session]\napi_key = \"${WEIR_SESSION}\"\n";

/// Addresses of what is a person's own: theirs, and the consent that they give.
const MINE: &str = "/api/v1/me";
const CONSENTS: &str = "/api/v1/consents";

/// The document that it reads.
const DOCUMENT: &str = "openapi.json";

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

/// Runs with a key for everything, one for reading, and as a person for what is for people alone, each with the fixed seed and
/// a fresh one.
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
        let run = |who| one(workspace, &python, &simulator, who, seed);
        // Side by side: most of the time is schemathesis's own, and it has one thread.
        let (admin, others) = tokio::join!(run(Who::Key("admin")), async {
            (run(Who::Key("read")).await, run(Who::Person).await)
        });
        report.record(&format!("api with an admin key, seed {seed}"), admin);
        report.record(&format!("api with a read key, seed {seed}"), others.0);
        report.record(&format!("api as a person, seed {seed}"), others.1);
    }
    Ok(())
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    /// A program, with a key of this scope.
    Key(&'static str),
    /// Somebody with a browser.
    Person,
}

/// One run, with a server of its own.
async fn one(
    workspace: &Workspace,
    python: &Python,
    simulator: &Simulator,
    who: Who,
    seed: u64,
) -> Result<()> {
    let (weir, run) = filled(workspace, simulator).await?;
    let quarantined = &run.quarantined.first().context("nothing is in quarantine")?.issue_id;
    let keeper = key(&weir, "admin").await?;
    let served = Served::start(&weir, &["--api-rate", "1000000"]).await?;
    let workspace_id = made(&served, &keeper, "/api/v1/workspaces", r#"{"name": "Everything"}"#).await?;
    let user = made(&served, &keeper, "/api/v1/users", r#"{"login": "bea"}"#).await?;
    // Of each a second one, which a run may delete.
    let (mut rules, mut reports, mut nudges, mut channels) = (vec![], vec![], vec![], vec![]);
    let beats = key(&weir, "satellite").await?;
    for name in ["Kept", "Spare"] {
        let rule = json!({ "name": name, "text": "labels is missing" }).to_string();
        rules.push(
            made(&served, &keeper, &format!("/api/v1/integrations/{INTEGRATION}/hygiene/rules"), rule)
                .await?,
        );
        let report = json!({ "name": name }).to_string();
        reports.push(made(&served, &keeper, "/api/v1/hygiene/reports", report).await?);
        nudges.push(nudge(&weir, name).await?);
        channels.push(channel(&weir, name).await?);
        let request = Request::post("/satellite/v1/beat").header(CONTENT_TYPE, "application/json");
        let _: Value = asked(&served, &beats, request, beat(name)).await?;
    }
    let left = r#"{"name": "left", "url": "https://jira.left.example", "satellite": true}"#;
    made(&served, &keeper, "/api/v1/integrations", left).await?;
    let mine = [&*keeper.id, &workspace_id, &rules[0], &reports[0], &nudges[0], &channels[0], SATELLITES[0]];
    let mut kept: Vec<String> = mine.into_iter().map(str::to_owned).collect();
    let (mut headers, mut session, mut other) = (Vec::new(), String::new(), String::new());
    let mut consent = "none".to_owned();
    match who {
        Who::Key(scope) => {
            let key = key(&weir, scope).await?;
            headers.push(format!("Authorization: Bearer {}", key.secret));
            kept.push(key.id);
        }
        Who::Person => {
            let mine = Person::first(&served).await?;
            other = Person::again(&served).await?.session(&served).await?;
            kept.push(mine.session(&served).await?);
            let form_token = mine.form_token(&served).await?;
            let app =
                json!({ "url": "https://acme.atlassian.net", "client_id": "app", "client_secret": "s" });
            let asked = mine.post(&served, (CONSENTS, &form_token), app.to_string()).await?;
            consent = serde_json::from_slice::<Named>(&asked)?.id;
            headers.push(format!("X-Form-Token: {form_token}"));
            session = mine.cookie.split_once('=').context("a cookie without a name")?.1.to_owned();
        }
    }
    let folder = workspace.root.join("e2e/api");
    let config = std::fs::read_to_string(folder.join("schemathesis.toml"))?
        .replace("RUN", &run.id)
        .replace("QUARANTINED", quarantined)
        .replace("WORKSPACE", &workspace_id)
        .replace("RULE", &rules[0])
        .replace("REPORT", &reports[0])
        .replace("NUDGE", &nudges[0])
        .replace("CHANNEL", &channels[0])
        .replace("SATELLITE", SATELLITES[0])
        .replace("SESSION", &other)
        .replace("CONSENT", &consent)
        .replace("USER", &user);
    // A session is told of apart, for schemathesis sends some requests without it.
    let config = if session.is_empty() { config } else { config + AS_A_PERSON };
    std::fs::write(weir.folder().join(CONFIG), config)?;
    let document: Value = asked(&served, &keeper, Request::get("/api/openapi.json"), "").await?;
    std::fs::write(weir.folder().join(DOCUMENT), serde_json::to_vec(&document)?)?;
    let mut command = python.command("schemathesis");
    command.current_dir(weir.folder()).env("PYTHONPATH", &folder).env("SCHEMATHESIS_HOOKS", "hooks");
    command.env("WEIR_KEPT", kept.join(" ")).env("WEIR_SESSION", session);
    command
        .env("WEIR_SPARE", [&*rules[1], &*reports[1], &*nudges[1], &*channels[1], SATELLITES[1]].join(" "));
    command.args(["--config-file", CONFIG, "run", DOCUMENT, "--url", served.url()]);
    command.args(["--seed", &seed.to_string(), "--report", "json", "--report-json-path", REPORT]);
    headers.iter().for_each(|header| _ = command.args(["--header", header]));
    if who == Who::Person {
        // The rest is for keys as well, and some of it would end this very session.
        command.args(["--include-path-regex", &format!("^({MINE}|{CONSENTS})")]);
    }
    let ran = process::taken(&mut command).await?;
    let said = String::from_utf8_lossy(&ran.stdout);
    ensure!(ran.status.success(), "{}\n{said}\n{}", ran.status, String::from_utf8_lossy(&ran.stderr));
    let found: Found = serde_json::from_slice(&std::fs::read(weir.folder().join(REPORT))?).context(REPORT)?;
    found.judge(who, &serde_json::from_value(document)?)?;
    let tested = (found.test_cases.generated, found.operations.tested);
    output::echo(&format!("{who:?}: {} requests to {} operations", tested.0, tested.1));
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
    fn judge(&self, who: Who, document: &Document) -> Result<()> {
        let Operations { total, tested } = self.operations;
        let mine = || [MINE, CONSENTS].map(|path| document.under(path)).iter().sum();
        let total = if who == Who::Person { mine() } else { total };
        ensure!(total > 0 && tested == total, "{tested} of {total} operations were tested");
        let reached = |name: &str| {
            let of = self.valid_rates.get(name);
            of.is_some_and(|of| of.values().any(|rates| rates.accepted + rates.conflicts > 0))
        };
        let wanted: Vec<String> = match who {
            Who::Key("admin") => {
                let mut all = document.operations(|security| security.is_none());
                // The run began with its answer.
                all.retain(|name| name != "GET /api/openapi.json");
                all
            }
            Who::Key(_) => vec![],
            Who::Person => document.operations(|security| security.is_some()),
        };
        let unreached: Vec<&str> = wanted.iter().map(String::as_str).filter(|name| !reached(name)).collect();
        ensure!(unreached.is_empty(), "never got through to {}", unreached.join(", "));
        Ok(())
    }
}

/// The document of the API, as far as this asks.
#[derive(Debug, Deserialize)]
struct Document {
    paths: BTreeMap<String, BTreeMap<String, Operation>>,
}

#[derive(Debug, Deserialize)]
struct Operation {
    /// What opens it, where that is not what opens the rest.
    security: Option<Value>,
}

impl Document {
    /// How many operations have such an address.
    fn under(&self, path: &str) -> usize {
        self.paths.iter().filter(|(at, _)| at.starts_with(path)).map(|(_, item)| item.len()).sum()
    }

    fn operations(&self, which: impl Fn(Option<&Value>) -> bool) -> Vec<String> {
        let all = self.paths.iter().flat_map(|(path, item)| item.iter().map(move |of| (path, of)));
        let chosen = all.filter(|(_, (_, operation))| which(operation.security.as_ref()));
        chosen.map(|(path, (method, _))| format!("{} {path}", method.to_uppercase())).collect()
    }
}

/// A home with an integration that was read and compared, a backup, and the run that read it.
async fn filled(workspace: &Workspace, simulator: &Simulator) -> Result<(Weir, Run)> {
    let weir = Weir::new(workspace, Profile::Debug, None, simulator.gateway())?;
    weir.add(simulator, &Credential::of(Account::Reader, Site::default().usual_token())?).await?;
    weir.sync().await?;
    let run = serde_json::from_str(&weir.answer(&["runs", "show", "--format", "json"]).await?)?;
    weir.answer_or_no(&["verify", INTEGRATION]).await?;
    let backups = weir.home().join("backups");
    std::fs::create_dir(&backups)?;
    let backup = backups.join("suite.tar").display().to_string();
    weir.answer(&["backup", "create", "-o", &backup]).await?;
    Ok((weir, run))
}

/// A nudge that tells nobody: no issue is of its team.
async fn nudge(weir: &Weir, name: &str) -> Result<String> {
    let whom =
        ["--channel", "webhook", "--url", "https://hooks.example/weir", "--by", "project", "--team", "NONE"];
    let add = ["hygiene", "nudges", "add", name, "--format", "json"];
    let made = weir.answer(&[&add[..], &whom].concat()).await?;
    Ok(serde_json::from_str::<Named>(&made).context("the nudge")?.id)
}

/// A channel of notifications that sends nothing: this server knows no server of mail.
async fn channel(weir: &Weir, name: &str) -> Result<String> {
    let add = ["notifications", "add", name, "--kind", "mail", "--to", "ops@example.org", "--format", "json"];
    let made = weir.answer(&add).await?;
    Ok(serde_json::from_str::<Named>(&made).context("the channel")?.id)
}

/// Ids of satellites that report once, by the names of their machines: one that is kept, and one that a run may delete.
const SATELLITES: [&str; 2] = ["sat_kept", "sat_spare"];

/// What a satellite reports that reads nothing.
fn beat(name: &str) -> String {
    let id = if name == "Kept" { SATELLITES[0] } else { SATELLITES[1] };
    json!({
        "id": id, "name": name, "tenant": "ACME", "status": { "protocol": 1, "version": "0.1.0" }, "at": 0,
        "feeds": [], "errands": [], "leaves": false,
    })
    .to_string()
}

async fn key(weir: &Weir, scope: &str) -> Result<Key> {
    let made =
        weir.answer(&["api-key", "create", "--scope", scope, "--name", "suite", "--format", "json"]).await?;
    serde_json::from_str(&made).context("the key")
}

/// The id of something that is made for the run.
async fn made(served: &Served, keeper: &Key, path: &str, body: impl Into<Bytes>) -> Result<String> {
    let request = Request::post(path).header(CONTENT_TYPE, "application/json");
    Ok(asked::<Named>(served, keeper, request, body).await?.id)
}

/// What a request with a key is answered.
async fn asked<T: DeserializeOwned>(
    served: &Served,
    key: &Key,
    request: Builder,
    body: impl Into<Bytes>,
) -> Result<T> {
    let request =
        request.header(AUTHORIZATION, format!("Bearer {}", key.secret)).body(Full::new(body.into()))?;
    let response = Connection::open(served.url()).await?.send(request).await?;
    Ok(serde_json::from_slice(&response.into_body().collect().await?.to_bytes())?)
}
