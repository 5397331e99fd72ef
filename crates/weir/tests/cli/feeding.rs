//! A server, a satellite and a site that only the satellite reaches, over real sockets.

use crate::{
    serve::{Serving, serving_at, serving_with},
    support::{Machine, READER, READER_TOKEN, Ran, site_of},
    whole::{issues_are_whole, lists_are_whole},
};
use jira_sim::{DcVersion, EditKind, Flavor, Sim, SimOptions, WorldSpec};
use serde_json::Value;
use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    time::{Duration, Instant},
};
use tokio::process::Child;

const LIMIT: Duration = Duration::from_secs(120);

/// A word that is part of the site's credential and may be nowhere but at the satellite.
const CANARY: &str = READER_TOKEN;

/// A server with an integration that a satellite reads, and the satellite's own machine.
pub(crate) struct Fed {
    pub(crate) server: Machine,
    pub(crate) satellite: Machine,
    pub(crate) serving: Serving,
    key: String,
}

/// A Data Center.
async fn inside(issues: usize) -> Sim {
    let flavor = Flavor::DataCenter(DcVersion::V10_3);
    let spec = WorldSpec { issues, projects: 4, weight: 20, flavor, ..WorldSpec::default() };
    site_of(spec, SimOptions { record: true, ..SimOptions::default() }).await
}

impl Fed {
    async fn new(sim: &Sim, flags: &[&str]) -> Self {
        let server = Machine::new();
        server
            .run(&["integration", "add", "jira", sim.url(), "--name", "Inside", "--satellite"])
            .await
            .succeeded();
        let made =
            server.run(&["api-key", "create", "--scope", "satellite", "--name", "sat"]).await.succeeded();
        let key = made.stdout.split_whitespace().last().expect("a key").to_owned();
        let serving = serving_with(&server, flags).await;
        let fed = Self { server, satellite: Machine::new(), serving, key };
        fed.write("satellite.yml", sim, "");
        fed
    }

    /// Writes the satellite's file, with more lines about the integration.
    fn write(&self, name: &str, sim: &Sim, more: &str) {
        let text = format!(
            "satellite:\n  tenant: ACME\n  api_key: {}\n  url: http://{}\nintegrations:\n  - id: Inside\n    \
             application: jira\n    url: {}\n    api_key: {READER_TOKEN}\n{more}",
            self.key,
            self.serving.host,
            sim.url(),
        );
        let path = self.satellite.file(name, &text);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("its mode is set");
    }

    async fn once(&self) -> Ran {
        self.satellite.run(&["satellite", "run", "--once"]).await
    }

    fn begin(&self) -> Child {
        self.begin_as("satellite.yml", "weir-satellite")
    }

    fn begin_as(&self, file: &str, state: &str) -> Child {
        let mut command = self.satellite.command(&["satellite", "run", "-c", file, "--state", state]);
        let log = fs::File::create(self.satellite.folder().join(format!("{state}.log"))).expect("a log");
        command.stderr(log).spawn().expect("it starts")
    }

    /// Waits until a question to the server's store gives at least so many.
    async fn until(&self, sql: &'static str, at_least: i64) {
        let begun = Instant::now();
        while self.server.count(sql).await < at_least {
            assert!(begun.elapsed() < LIMIT, "{sql} gives no {at_least}");
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    /// Waits until a run has come to its end.
    async fn until_success(&self, runs: i64) {
        let sql: &'static str = "SELECT count(*) FROM run WHERE result IN ('success', 'partial')";
        self.until(sql, runs).await;
    }

    async fn satellites(&self) -> Vec<Value> {
        let listed = self.server.run(&["satellite", "list", "--format", "json"]).await.succeeded();
        listed.json().as_array().expect("a list").clone()
    }
}

async fn kill(mut child: Child) {
    child.start_kill().expect("it is killed");
    child.wait().await.expect("it ends");
}

/// Whether a text is in any file of a folder.
fn holds(folder: &Path, text: &str) -> bool {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.into_iter().any(|path| match path.is_dir() {
        true => holds(&path, text),
        false => {
            fs::read(&path).is_ok_and(|bytes| bytes.windows(text.len()).any(|part| part == text.as_bytes()))
        }
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_satellite_brings_everything_and_its_credential_stays_where_it_is() {
    let sim = inside(600).await;
    let fed = Fed::new(&sim, &[]).await;
    let brought = fed.once().await.succeeded();
    assert!(brought.stdout.contains("Inside"), "{brought:#?}");
    issues_are_whole(&fed.server, &sim, READER).await;
    lists_are_whole(&fed.server, &sim, READER).await;

    let shown =
        fed.server.run(&["integration", "show", "Inside", "--format", "json"]).await.succeeded().json();
    assert_eq!(shown["timezone"], "America/Sao_Paulo", "that of the account: {shown}");
    let runs = fed.server.run(&["runs", "list", "--format", "json"]).await.succeeded().json();
    let asked = sim.stats().requests;
    assert!(runs[0]["requests"].as_u64().is_some_and(|told| told > 20 && told <= asked), "{asked}: {runs}");

    // The next run asks for what changed, and the census compares through the satellite.
    let kinds = [EditKind::Summary, EditKind::Status, EditKind::Create];
    assert_eq!(sim.edits(7, 12, &kinds, Duration::from_secs(60)).len(), 12);
    fed.once().await.succeeded();
    issues_are_whole(&fed.server, &sim, READER).await;
    let satellite = fed.begin();
    let verified = fed.server.run(&["verify", "Inside"]).await.succeeded();
    assert!(verified.stdout.contains("equal"), "{verified:#?}");
    let checked = fed.server.run(&["check", "Inside", "--format", "json"]).await.succeeded();
    assert!(checked.stdout.contains("sign_in"), "{checked:#?}");
    kill(satellite).await;

    // What the file leaves out goes here as well, and it is told who had it left out.
    fed.write("satellite.yml", &sim, "    metadata:\n      sensitive_fields: [description]\n");
    fed.once().await.succeeded();
    let left = fed.server.count("SELECT count(*) FROM issues WHERE description_text IS NOT NULL").await;
    assert_eq!(left, 0);
    let audit = fed.server.run(&["audit", "--format", "json"]).await.succeeded();
    assert!(
        audit.stdout.contains("integration.leave_out") && audit.stdout.contains("description"),
        "{audit:#?}"
    );

    assert!(!holds(&fed.server.home(), CANARY), "the server's files hold the credential");
    let satellites = fed.satellites().await;
    assert_eq!((satellites.len(), &satellites[0]["integrations"][0]), (1, &Value::from("Inside")));
}

/// How often each side is killed; `WEIR_KILLS` says otherwise.
fn kills() -> u32 {
    std::env::var("WEIR_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(4)
}

#[tokio::test(flavor = "multi_thread")]
async fn either_side_is_killed_again_and_again_and_nothing_is_lost_or_doubled() {
    let sim = inside(1_500).await;
    let mut fed = Fed::new(&sim, &[]).await;
    let mut satellite = fed.begin();
    for round in 0..kills() {
        // Somewhere in the middle: a while that no other round has.
        tokio::time::sleep(Duration::from_millis(400 + u64::from(round) * 370 % 1_700)).await;
        if round % 2 == 0 {
            kill(satellite).await;
            satellite = fed.begin();
        } else {
            let port = fed.serving.host.clone();
            kill(fed.serving.child).await;
            let listen = ["--listen", &port];
            fed.serving = serving_at(&fed.server, &listen).await;
        }
        sim.edits(u64::from(round), 5, &[EditKind::Summary, EditKind::Status], Duration::from_secs(30));
    }
    fed.until_success(1).await;
    kill(satellite).await;
    fed.once().await.succeeded();
    issues_are_whole(&fed.server, &sim, READER).await;
    lists_are_whole(&fed.server, &sim, READER).await;
    let doubled =
        "SELECT count(*) FROM (SELECT id FROM issue GROUP BY integration_no, id HAVING count(*) > 1)";
    assert_eq!(fed.server.count(doubled).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_satellites_of_one_file_take_turns_and_a_revoked_one_comes_no_more() {
    let sim = inside(200).await;
    let fed = Fed::new(&sim, &[]).await;
    let first = fed.begin_as("satellite.yml", "one");
    fed.until_success(1).await;
    let second = fed.begin_as("satellite.yml", "two");
    let mut listed = vec![];
    let begun = Instant::now();
    while listed.len() < 2 {
        assert!(begun.elapsed() < LIMIT, "{listed:?}");
        listed = fed.satellites().await;
    }
    let turns: usize = listed.iter().map(|one| one["has_turn"].as_array().map_or(0, Vec::len)).sum();
    assert_eq!(turns, 1, "{listed:?}");
    let id = |has_turn: bool| {
        let found = listed
            .iter()
            .find(|one| one["has_turn"].as_array().is_some_and(|all| all.is_empty() != has_turn));
        found.expect("a satellite")["id"].as_str().expect("an id").to_owned()
    };

    // The one whose turn it is may not come any more: it says so and ends, and the other one takes over.
    fed.server.run(&["satellite", "revoke", &id(true)]).await.succeeded();
    let ended = first.wait_with_output();
    let ended =
        tokio::time::timeout(Duration::from_secs(40), ended).await.expect("it ends").expect("it ended");
    assert_eq!(ended.status.code(), Some(5), "{ended:?}");
    let log = fs::read_to_string(fed.satellite.folder().join("one.log")).expect("a log");
    assert!(log.contains("was revoked"), "{log}");
    fed.until(
        "SELECT count(*) FROM satellite_feed f JOIN satellite s ON s.id = f.satellite_id \
        WHERE s.revoked_at IS NULL AND f.turn_until > 0",
        1,
    )
    .await;
    kill(second).await;

    // One folder has one satellite.
    let holder = fed.begin_as("satellite.yml", "two");
    tokio::time::sleep(Duration::from_millis(500)).await;
    let other = fed.satellite.run(&["satellite", "run", "--once", "--state", "two"]).await;
    assert_eq!(other.code, Some(6), "{other:#?}");
    kill(holder).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_is_said() {
    let sim = inside(60).await;
    let fed = Fed::new(&sim, &["--tenant", "OTHER"]).await;
    let tenant = fed.once().await;
    assert!(
        tenant.code == Some(5) && tenant.stderr.contains("is not that of the tenant \"ACME\""),
        "{tenant:#?}"
    );
    drop(fed);

    let fed = Fed::new(&sim, &["--tenant", "ACME"]).await;
    let keys = fed.server.run(&["api-key", "list", "--format", "json"]).await.succeeded();
    let key = keys.json()[0]["id"].as_str().expect("an id").to_owned();
    let good = fs::read_to_string(fed.satellite.folder().join("satellite.yml")).expect("the file");
    for (from, to, what) in [
        ("id: Inside", "id: Elsewhere", "The server has no integration Elsewhere."),
        (sim.url(), "http://127.0.0.1:9", "is another site here"),
    ] {
        fed.satellite.file("other.yml", &good.replace(from, to));
        let said = fed.satellite.run(&["satellite", "run", "--once", "-c", "other.yml"]).await;
        assert!(said.code != Some(0) && said.stderr.contains(what), "{what}: {said:#?}");
    }
    let wrong = fed.satellite.file("wrong.yml", &good.replace(READER_TOKEN, "no-such-token"));
    let said = fed.satellite.run(&["satellite", "run", "--once", "-c", &wrong]).await;
    assert!(said.code != Some(0) && said.stderr.contains("token"), "{said:#?}");

    // What the file leaves out is left out here too, and an integration can be taken back.
    fed.write("less.yml", &sim, "    metadata:\n      sensitive_fields: [summary, userDetails]\n");
    fed.satellite.run(&["satellite", "run", "--once", "-c", "less.yml"]).await.succeeded();
    let shown =
        fed.server.run(&["integration", "show", "Inside", "--format", "json"]).await.succeeded().json();
    assert_eq!(shown["exclude"], serde_json::json!(["summary", "userDetails"]), "{shown}");
    assert!(fed.server.rows("issues").await.iter().all(|issue| issue["summary"].is_null()));
    assert!(fed.server.rows("people").await.iter().all(|person| person["name"].is_null()));
    let before = fed.server.count("SELECT count(*) FROM issue").await;
    let token = fed.server.file("pat", READER_TOKEN);
    fed.server.run(&["integration", "reauth", "Inside", "--pat-file", &token]).await.succeeded();
    let synced = fed.server.run(&["sync", "Inside", "--format", "json"]).await.succeeded().json();
    assert_eq!(
        (fed.server.count("SELECT count(*) FROM issue").await, &synced["incremental"]),
        (before, &Value::Bool(true))
    );
    fed.server.run(&["integration", "reauth", "Inside", "--satellite"]).await.succeeded();
    fed.satellite.run(&["satellite", "run", "--once", "-c", "less.yml"]).await.succeeded();

    fed.server.run(&["api-key", "revoke", &key]).await.succeeded();
    let begun = fed.begin_as("less.yml", "revoked");
    let gone = fed.server.run(&["sync", "Inside"]).await;
    assert_ne!(gone.code, Some(0), "{gone:#?}");
    kill(begun).await;
    let log = fs::read_to_string(fed.satellite.folder().join("revoked.log")).expect("a log");
    assert!(log.contains("does not take the API key"), "{log}");
}

/// The page of the integration, its API and `weir satellite init` give one file, which runs once the credentials are beside it.
#[tokio::test(flavor = "multi_thread")]
async fn the_file_that_the_server_gives_runs_after_only_the_credentials_were_put_beside_it() {
    let sim = inside(80).await;
    let fed = Fed::new(&sim, &["--tenant", "ACME"]).await;
    fs::remove_file(fed.satellite.folder().join("satellite.yml")).expect("the one that was written by hand");
    // The server tries by itself to have it read meanwhile, and then holds it for a moment.
    let begun = Instant::now();
    let edit = ["integration", "edit", "Inside", "--exclude", "description", "--timezone", "Europe/Berlin"];
    while fed.server.run(&edit).await.code != Some(0) {
        assert!(begun.elapsed() < LIMIT, "it cannot be edited");
    }
    let reads =
        fed.server.run(&["api-key", "create", "--scope", "read", "--name", "reads"]).await.succeeded();
    let reads = reads.stdout.split_whitespace().last().expect("a key").to_owned();
    let path = "/api/v1/integrations/Inside/satellite.yml";
    let answer = crate::serve::get(&fed.serving.host, path, Some(&reads)).await;
    let given = answer.split_once("\r\n\r\n").expect("a body").1.to_owned();
    assert!(!given.contains(CANARY) && given.contains("tenant: 'ACME'"), "{given}");

    let path = fed.satellite.file("satellite.yml", &given);
    let missing = fed.satellite.run(&["satellite", "lint"]).await;
    assert_eq!(missing.code, Some(1), "without its credentials it says so: {missing:#?}");
    for (name, secret) in [("server.key", fed.key.as_str()), ("jira.token", READER_TOKEN)] {
        let path = fed.satellite.file(name, secret);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("its mode is set");
    }
    let lint = fed.satellite.run(&["satellite", "lint", "-c", &path]).await.succeeded();
    // The server of this test is at a plain address, which is all that there is to say.
    assert!(lint.stdout.contains("Errors: 0. Warnings: 1."), "{lint:#?}");
    fed.once().await.succeeded();
    assert_eq!(fed.server.rows("issues").await.len(), 80);
    assert!(fed.server.rows("issues").await.iter().all(|issue| issue["description_text"].is_null()));

    // The command says the same, for the address that it is told.
    let address = format!("http://{}", fed.serving.host);
    let init = ["satellite", "init", "-c", "again.yml", "--integration", "Inside", "--public-url", &address];
    fed.server.run(&init).await.succeeded();
    let again = fs::read_to_string(fed.server.folder().join("again.yml")).expect("a file");
    assert_eq!(again.replace("'weir'", "'ACME'"), given);

    // What the satellite complained of stands at the server, and no credential does.
    let id = fed.satellites().await[0]["id"].as_str().expect("an id").to_owned();
    let shown = fed.server.run(&["satellite", "show", &id, "--format", "json"]).await.succeeded().json();
    assert_eq!(
        (&shown["keeps_hours"], shown["heartbeats"].as_array().map(Vec::is_empty)),
        (&Value::from(72), Some(false)),
        "{shown}"
    );
    assert!(!holds(&fed.server.home(), CANARY), "the server's files hold the credential");
}
