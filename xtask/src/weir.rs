//! The built `weir`, driven from outside in a home folder of its own.

use crate::measured::{self, Usage};
use crate::simulator::Simulator;
use crate::site::Credential;
use crate::workspace::{Profile, Workspace};
use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Stdio;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// The name of the integration that chores add.
pub(crate) const INTEGRATION: &str = "sim";

/// A home folder with a store; both are removed when this is dropped.
#[derive(Debug)]
pub(crate) struct Weir {
    program: PathBuf,
    folder: TempDir,
    store: Option<String>,
    gateway: String,
}

impl Weir {
    /// An empty home. `store` is an address, or `None` for a file in the home.
    pub(crate) fn new(
        workspace: &Workspace,
        profile: Profile,
        store: Option<String>,
        gateway: &str,
    ) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("home-").tempdir_in(workspace.scratch()?)?;
        Ok(Self { program: workspace.program(profile, "weir"), folder, store, gateway: gateway.to_owned() })
    }

    /// Adds the simulator as an integration, through the pre-flight.
    pub(crate) async fn add(&self, simulator: &Simulator, credential: &Credential) -> Result<()> {
        let words = self.words_of_add(simulator, credential)?;
        self.answer(&words.iter().map(String::as_str).collect::<Vec<_>>()).await.map(drop)
    }

    /// The words of the command that adds the simulator as an integration.
    pub(crate) fn words_of_add(&self, simulator: &Simulator, credential: &Credential) -> Result<Vec<String>> {
        self.words_of_add_as(simulator, INTEGRATION, credential)
    }

    /// The same under another name.
    pub(crate) fn words_of_add_as(
        &self,
        simulator: &Simulator,
        name: &str,
        credential: &Credential,
    ) -> Result<Vec<String>> {
        let words = ["integration", "add", "jira", simulator.url(), "--name", name];
        self.with_credential(&words, credential)
    }

    /// The words of the command that gives the integration its credential once more.
    pub(crate) fn words_of_reauth(&self, credential: &Credential) -> Result<Vec<String>> {
        self.with_credential(&["integration", "reauth", INTEGRATION], credential)
    }

    fn with_credential(&self, words: &[&str], credential: &Credential) -> Result<Vec<String>> {
        let secret = self.folder.path().join("secret");
        std::fs::write(&secret, credential.secret())?;
        let secret = secret.display().to_string();
        let all = words.iter().copied().chain(credential.flags(&secret)).chain(["--no-input"]);
        Ok(all.map(str::to_owned).collect())
    }

    /// A sync of what is new; its answer as JSON.
    pub(crate) async fn sync(&self) -> Result<Value> {
        sync_answer(&self.answer(&["sync", INTEGRATION, "--format", "json"]).await?)
    }

    /// A sync of everything.
    pub(crate) async fn full_sync(&self) -> Result<Value> {
        sync_answer(&self.answer(&["sync", INTEGRATION, "--full", "--format", "json"]).await?)
    }

    /// A sync with what the process used.
    pub(crate) async fn measured_sync(&self) -> Result<(Value, Usage)> {
        let out = self.folder.path().join("sync.json");
        let mut command = self.command(&["sync", INTEGRATION, "--format", "json"]);
        let command = command.as_std_mut();
        command.stdout(std::fs::File::create(&out)?).stderr(Stdio::inherit());
        let usage = measured::run(command).await?;
        ensure!(usage.status.success(), "weir sync: {}", usage.status);
        Ok((sync_answer(&std::fs::read_to_string(&out)?)?, usage))
    }

    /// Compares with the site; an error when they differ.
    pub(crate) async fn verify(&self) -> Result<()> {
        self.answer(&["verify", INTEGRATION, "--format", "json"]).await.map(drop)
    }

    /// Hands each row of a view, as a JSON line, to `visit`.
    pub(crate) async fn export(&self, view: &str, mut visit: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let mut command = self.command(&["export", view, "--format", "jsonl"]);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().context("weir export")?;
        let mut rows =
            BufReader::with_capacity(1 << 16, child.stdout.take().context("weir export: no pipe")?);
        let mut row = Vec::new();
        while rows.read_until(b'\n', &mut row).await? > 0 {
            visit(row.strip_suffix(b"\n").unwrap_or(&row))?;
            row.clear();
        }
        let status = child.wait().await?;
        ensure!(status.success(), "weir export {view}: {status}");
        Ok(())
    }

    /// Leaves the folder where it is when this is dropped, and tells where that is.
    pub(crate) fn keep(&mut self) -> PathBuf {
        self.folder.disable_cleanup(true);
        self.home()
    }

    /// A folder beside its home.
    pub(crate) fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// Its home folder, which the first command makes.
    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// Begins a command, with these settings on top; whoever has it may kill it.
    pub(crate) fn begin(&self, words: &[String], settings: &[(&str, String)]) -> Result<Child> {
        let mut command = self.command(&words.iter().map(String::as_str).collect::<Vec<_>>());
        command.envs(settings.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().with_context(|| format!("weir {}", words.join(" ")))
    }

    /// Compares with the site and repairs; `true` when there was nothing to repair.
    pub(crate) async fn census(&self) -> Result<bool> {
        self.answer_or_no(&["verify", INTEGRATION, "--format", "json"]).await
    }

    /// Runs a command that must succeed or give a negative answer.
    pub(crate) async fn answer_or_no(&self, arguments: &[&str]) -> Result<bool> {
        let output = self.command(arguments).stdin(Stdio::null()).output().await.context("weir")?;
        match output.status.code() {
            Some(0) => Ok(true),
            Some(1) => Ok(false),
            _ => bail!(
                "weir {}: {}\n{}",
                arguments.join(" "),
                output.status,
                String::from_utf8_lossy(&output.stderr).trim_end()
            ),
        }
    }

    /// Runs a command that must succeed, and gives its stdout.
    pub(crate) async fn answer(&self, arguments: &[&str]) -> Result<String> {
        let output = self.command(arguments).stdin(Stdio::null()).output().await.context("weir")?;
        if !output.status.success() {
            bail!(
                "weir {}: {}\n{}",
                arguments.join(" "),
                output.status,
                String::from_utf8_lossy(&output.stderr).trim_end()
            );
        }
        Ok(String::from_utf8(output.stdout)?)
    }

    /// The program, and the variables that lead it to the home, for those who start it themselves.
    pub(crate) fn outside(&self) -> (PathBuf, BTreeMap<&'static str, String>) {
        let mut settings = BTreeMap::from([
            ("WEIR_HOME", self.home().display().to_string()),
            ("WEIR_ATLASSIAN_API", self.gateway.clone()),
            ("WEIR_ATLASSIAN_AUTH", self.gateway.clone()),
        ]);
        settings.extend(self.store.clone().map(|store| ("WEIR_STORE", store)));
        (self.program.clone(), settings)
    }

    /// The command, untouched by settings of whoever runs this.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("WEIR_") {
                command.env_remove(name);
            }
        }
        command.args(arguments).current_dir(self.folder.path()).kill_on_drop(true);
        command.envs(self.outside().1);
        command
    }
}

/// `sync` answers with one object, or with a list that has one for each integration.
fn sync_answer(text: &str) -> Result<Value> {
    let answer: Value =
        serde_json::from_str(text).with_context(|| format!("the answer of weir sync: {text}"))?;
    match answer {
        Value::Array(mut all) if all.len() == 1 => Ok(all.remove(0)),
        Value::Object(_) => Ok(answer),
        _ => bail!("the answer of weir sync is about more than one integration: {text}"),
    }
}
