//! The suite `inert`: texts of sites that mean ill stay texts on every page, in every answer, file and terminal; and secrets,
//! and what is left out, are nowhere.
//!
//! What is looked at stands in `e2e/inert`; here are made two integrations, one that leaves nothing out and one that leaves out
//! every text that can be left out.

use super::pytest;
use crate::python::Python;
use crate::report::Report;
use crate::served::Served;
use crate::simulator::{Simulator, World};
use crate::site::{Account, Credential, Site, TokenKind};
use crate::store::StoreKind;
use crate::truth::{Case, Prover, VIEWS};
use crate::weir::Weir;
use crate::workspace::{Profile, Workspace};
use crate::{tools, truth};
use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::{Value, json};

const ISSUES: usize = 150;

/// What a nudge of each is called.
const NUDGE: &str = "Mornings";

/// What the channel of notifications is called.
const CHANNEL: &str = "Operators";

const OPEN: &str = "open";
const CLOSED: &str = "closed";

/// What the simulator begins every text with.
const HOSTILE: &str =
    "=1+1\"'><script>window.inert=0</script><img/src=x/onerror=window.inert=0>\u{1b}[31m\u{202e}";

/// What somebody here calls things.
const NAME: &str = "=1+1<script>window.inert=0</script>";

/// What the simulator marks texts with that are left out.
const EXCLUDED: [&str; 5] =
    ["CANARY-summary", "CANARY-description", "CANARY-comment", "CANARY-displayName", "CANARY-email"];

/// An issue whose answer is spoilt, so that there is one in quarantine.
const BROKEN: &str = "APOLLO-2";

/// Runs every test of the folder.
pub(super) async fn run(workspace: &Workspace, report: &mut Report) -> Result<()> {
    let Some(python) = Python::find(workspace)? else {
        report.skip("inert", Python::absence());
        return Ok(());
    };
    let Some(chromium) = tools::CHROMIUM.path(workspace) else {
        report.skip("inert", &tools::CHROMIUM.absence());
        return Ok(());
    };
    truth::build(workspace, Profile::Debug).await?;
    let open = hostile(workspace, &[]).await?;
    let closed = hostile(workspace, &["--canary"]).await?;
    let prover = Prover { workspace, profile: Profile::Debug, simulator: &open, server: None };
    let case = Case { store: StoreKind::Sqlite, account: Account::Reader, token: TokenKind::Unscoped };
    case.prove(&prover, report).await;
    let weir = Weir::new(workspace, Profile::Debug, None, open.gateway())?;
    open.order("fault", &json!({ "kind": "malformed", "issue": BROKEN })).await?;
    let words = ["--description", HOSTILE.trim_end_matches("\u{1b}[31m\u{202e}"), "--tag", NAME];
    add(&weir, &open, OPEN, &words).await?;
    add(&weir, &closed, CLOSED, &["--exclude", "summary,description,comment,userDetails"]).await?;
    for name in [OPEN, CLOSED] {
        weir.answer(&["sync", name]).await?;
        weir.answer_or_no(&["verify", name]).await?;
        let whom = [
            "--channel",
            "webhook",
            "--url",
            "https://hooks.example/weir",
            "--by",
            "project",
            "--team",
            "APOLLO",
        ];
        let add = ["hygiene", "nudges", "add", NUDGE, "--integration", name];
        weir.answer(&[&add[..], &whom].concat()).await?;
    }
    let rule = ["hygiene", "rules", "add", NAME, "--when", "labels is missing", "--integration", OPEN];
    weir.answer(&rule).await?;
    weir.answer(&["hygiene", "reports", "add", NAME, "--basis", "open"]).await?;
    weir.answer(&["notifications", "add", CHANNEL, "--kind", "mail", "--to", "ops@example.org"]).await?;
    weir.answer(&["backup", "create"]).await?;
    let key = secret(&weir, &["api-key", "create", "--scope", "admin", "--name", "suite"]).await?;
    let invited = weir.answer(&["user", "add", "bea@example.org", "--format", "json"]).await?;
    let quarantined: Vec<Quarantined> =
        parsed(&weir, &["issues", "quarantined", "--integration", OPEN]).await?;
    let runs: Vec<Named> = parsed(&weir, &["runs", "list"]).await?;
    let served = Served::start(&weir, &["--api-rate", "1000000", "-vv"]).await?;
    let link = served.link().rsplit('=').next().unwrap_or_default().to_owned();
    let master = std::fs::read_to_string(weir.home().join("secret.key")).context("the key file")?;
    let (command, settings) = weir.outside();
    let file = weir.folder().join("world.json");
    let made = json!({
        "url": served.url(), "link": served.link(), "chromium": chromium, "home": weir.home(), "said": served.said(),
        "key": key, "hostile": HOSTILE, "open": OPEN, "closed": CLOSED, "excluded": EXCLUDED,
        "command": command, "settings": settings,
        "views": VIEWS.iter().map(|view| view.name).collect::<Vec<_>>(),
        "runs": runs.iter().map(|run| &run.id).collect::<Vec<_>>(),
        "quarantined": { "integration": OPEN, "issue": quarantined.first().context("nothing is in quarantine")?.issue_id },
        "routes": { "pages": pages(workspace)? },
        "nudge": NUDGE, "channel": CHANNEL, "starts": starts(), "unlinked": [],
        "secrets": {
            "token": Credential::of(Account::Reader, TokenKind::Unscoped)?.secret(),
            "API key": key, "set-up link": link, "invitation": token(&invited)?, "master key": master.trim(),
        },
    });
    std::fs::write(&file, serde_json::to_vec(&made)?)?;
    let mut tests = pytest::tests_of(&python, workspace, "inert");
    pytest::run("inert", tests.env("WEIR_WORLD", &file), report).await?;
    served.end().await
}

/// A site whose people mean ill.
async fn hostile(workspace: &Workspace, more: &[&str]) -> Result<Simulator> {
    let mut world = World::new(ISSUES, 1, Site::default());
    world.more = ["--hostile"].iter().chain(more).map(|flag| (*flag).to_owned()).collect();
    Simulator::start(workspace, Profile::Debug, &world).await
}

async fn add(weir: &Weir, simulator: &Simulator, name: &str, flags: &[&str]) -> Result<()> {
    let credential = Credential::of(Account::Reader, TokenKind::Unscoped)?;
    let mut words = weir.words_of_add_as(simulator, name, &credential)?;
    words.extend(flags.iter().map(|flag| (*flag).to_owned()));
    weir.answer(&words.iter().map(String::as_str).collect::<Vec<_>>()).await.map(drop)
}

/// Pages that are entered without a link, or by a form.
fn starts() -> [String; 10] {
    [
        format!("/integrations/{OPEN}"),
        format!("/integrations/{OPEN}/custom-fields"),
        format!("/integrations/{OPEN}/logs"),
        "/integrations/available".to_owned(),
        "/settings/sessions".to_owned(),
        "/settings/security".to_owned(),
        format!("/integrations/{OPEN}/authentication"),
        format!("/integrations/{OPEN}/delete"),
        format!("/integrations/{OPEN}/checks"),
        "/integrations/deleted".to_owned(),
    ]
}

/// The addresses of pages in the table of who may do what.
fn pages(workspace: &Workspace) -> Result<Vec<String>> {
    let table = std::fs::read_to_string(workspace.root.join("docs/reference/authorization.md"))?;
    let paths = table.lines().filter_map(|line| line.strip_prefix("| `GET ")?.split('`').next());
    let programs = ["/api/", "/scim/", "/healthz", "/livez", "/readyz", "/metrics", "/assets/"];
    Ok(paths.filter(|path| !programs.iter().any(|one| path.starts_with(one))).map(str::to_owned).collect())
}

#[derive(Deserialize)]
struct Quarantined {
    issue_id: String,
}

#[derive(Deserialize)]
struct Named {
    id: String,
}

async fn parsed<T: for<'de> Deserialize<'de>>(weir: &Weir, words: &[&str]) -> Result<T> {
    let answer = weir.answer(&[words, &["--format", "json"]].concat()).await?;
    serde_json::from_str(&answer).with_context(|| words.join(" "))
}

/// The key that a command makes.
async fn secret(weir: &Weir, words: &[&str]) -> Result<String> {
    let made: Value = parsed(weir, words).await?;
    Ok(made["secret"].as_str().context("no key was made")?.to_owned())
}

/// The part of an invitation that lets somebody in.
fn token(invited: &str) -> Result<String> {
    let after = invited.split("token=").nth(1).context("no link was made")?;
    Ok(after.chars().take_while(char::is_ascii_alphanumeric).collect())
}
