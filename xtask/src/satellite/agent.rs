//! `weir satellite run` on a machine of its own: begun, killed, stopped in order, and heard.

use super::clock::Clock;
use super::server::log_at;
use crate::weir::Weir;
use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};
use tokio::process::{Child, Command};

/// A satellite, running or not.
#[derive(Debug)]
pub(super) struct Agent {
    weir: Weir,
    clock: Option<Clock>,
    /// Its folder of state.
    state: PathBuf,
    log: PathBuf,
    flags: Vec<String>,
    child: Option<Child>,
}

impl Agent {
    /// One with this file; it does not run yet.
    pub(super) fn new(weir: Weir, file: &str) -> Result<Self> {
        let agent = Self {
            clock: None,
            state: weir.folder().join("weir-satellite"),
            log: weir.folder().join("satellite.log"),
            flags: Vec::new(),
            child: None,
            weir,
        };
        agent.write(file)?;
        Ok(agent)
    }

    /// Writes its file anew; it is read at the next start.
    pub(super) fn write(&self, file: &str) -> Result<()> {
        use std::os::unix::fs::PermissionsExt;
        let path = self.weir.folder().join("satellite.yml");
        std::fs::write(&path, file)?;
        Ok(std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?)
    }

    /// Gives it another clock, from its next start on.
    pub(super) fn has(&mut self, clock: &Clock) {
        self.clock = Some(clock.clone());
    }

    /// Gives it more flags, from its next start on.
    pub(super) fn with(&mut self, flags: &[&str]) {
        self.flags = flags.iter().map(|flag| (*flag).to_owned()).collect();
    }

    /// The folder beside its state.
    pub(super) fn folder(&self) -> PathBuf {
        self.weir.folder()
    }

    /// Its folder of state.
    pub(super) fn state(&self) -> &Path {
        &self.state
    }

    fn command(&self, more: &[&str]) -> Result<Command> {
        let state = self.state.display().to_string();
        let words = ["satellite", "run", "--state", &state];
        let flags = self.flags.iter().map(String::as_str);
        let words: Vec<&str> = words.into_iter().chain(flags).chain(more.iter().copied()).collect();
        let mut command = self.weir.command(&words);
        command.envs(self.clock.iter().flat_map(Clock::settings));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log_at(&self.log)?);
        Ok(command)
    }

    /// Starts it.
    pub(super) fn start(&mut self) -> Result<()> {
        self.child = Some(self.command(&[])?.spawn().context("weir satellite run")?);
        Ok(())
    }

    /// Has it bring everything up to date, once.
    pub(super) async fn once(&self) -> Result<ExitStatus> {
        Ok(self.command(&["--once"])?.status().await?)
    }

    /// Kills it.
    pub(super) async fn kill(&mut self) -> Result<()> {
        let mut child = self.child.take().context("the satellite does not run")?;
        ensure!(child.try_wait()?.is_none(), "the satellite has ended by itself:\n{}", self.log());
        Ok(child.kill().await?)
    }

    /// Asks it to stop, and waits until it has.
    pub(super) async fn stop(&mut self) -> Result<ExitStatus> {
        let child = self.child.as_ref().context("the satellite does not run")?;
        let id = child.id().context("the satellite has ended by itself")?.to_string();
        let told = Command::new("kill").args(["-TERM", &id]).status().await?;
        ensure!(told.success(), "the satellite cannot be told to stop");
        self.ended(Duration::from_secs(20)).await
    }

    /// Waits until it has ended by itself.
    pub(super) async fn ended(&mut self, within: Duration) -> Result<ExitStatus> {
        let mut child = self.child.take().context("the satellite does not run")?;
        let ended = tokio::time::timeout(within, child.wait()).await;
        ended.with_context(|| format!("the satellite does not end:\n{}", self.log()))?.map_err(Into::into)
    }

    /// Fails where it has ended by itself, or panicked.
    pub(super) fn is_well(&mut self) -> Result<()> {
        if let Some(child) = &mut self.child {
            let ended = child.try_wait()?;
            ensure!(ended.is_none(), "the satellite has ended by itself: {ended:?}\n{}", self.log());
        }
        ensure!(!self.log().contains("panicked"), "the satellite panicked:\n{}", self.log());
        Ok(())
    }

    /// What it has said.
    pub(super) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Waits until it has said something.
    pub(super) async fn says(&self, words: &str, within: Duration) -> Result<()> {
        let begun = Instant::now();
        while !self.log().contains(words) {
            ensure!(begun.elapsed() < within, "the satellite does not say \"{words}\":\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    }

    /// Megabytes that it holds besides its own code, and that it held at most with that.
    pub(super) fn memory(&self) -> Result<(u64, u64)> {
        let id = self.child.as_ref().and_then(Child::id).context("the satellite does not run")?;
        let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
        let of = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let kb = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
            kb.map(|kb| kb / 1024).with_context(|| format!("/proc/{id}/status has no {name}"))
        };
        Ok((of("RssAnon:")?, of("VmHWM:")?))
    }

    /// Batches that wait in its folder.
    pub(super) fn waiting(&self) -> usize {
        self.spools().iter().map(|spool| spool.1).sum()
    }

    /// Its spools, each by the name that it has until it is begun anew, with the batches that wait in it.
    pub(super) fn spools(&self) -> Vec<(String, usize)> {
        let entries = |path: &Path| -> Vec<PathBuf> {
            std::fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
        };
        let described = |spool: PathBuf| {
            let head = std::fs::read_to_string(spool.join("head.json")).unwrap_or_default();
            let head: serde_json::Value = serde_json::from_str(&head).unwrap_or_default();
            let name = head["name"].as_str().unwrap_or_default().to_owned();
            let is_batch = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "gz");
            (name, entries(&spool).iter().filter(|path| is_batch(path)).count())
        };
        entries(&self.state.join("spool")).into_iter().map(described).collect()
    }
}
