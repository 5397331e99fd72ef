//! One process of the program under test: begun, perhaps killed, perhaps with its database restarted under it, and
//! judged by how it ended.

use super::clock::Jump;
use super::crash::VARIABLE;
use super::plan::Kill;
use super::run::Run;
use crate::output;
use crate::postgres::Postgres;
use anyhow::{Context, Result, bail, ensure};
use std::process::Output;
use std::time::{Duration, Instant};

/// A process that takes longer hangs.
const HANGS_AFTER: Duration = Duration::from_secs(240);

/// Linux's number of the signal with which a process aborts.
const ABORTED: i32 = 6;

/// How a process ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// In order, with 0, or with 1 for a negative answer.
    Done(i32),
    /// In order, with this exit code: it could not do what was asked.
    Refused(i32),
    Killed,
}

/// What happens to processes until it has happened.
#[derive(Debug, Default)]
pub(super) struct Ahead {
    pub(super) kill: Option<Kill>,
    pub(super) restart: Option<(u64, bool)>,
    pub(super) clock: Option<Jump>,
}

impl Ahead {
    /// Only a kill.
    pub(super) fn kill(kill: Option<Kill>) -> Self {
        Self { kill, ..Self::default() }
    }
}

impl Run<'_> {
    /// Runs a command once.
    pub(super) async fn attempt(
        &mut self,
        words: &[String],
        ahead: &mut Ahead,
        server: &mut Option<&mut Postgres>,
    ) -> Result<Ended> {
        let settings = self.settings(ahead)?;
        let begun = Instant::now();
        let mut child = self.weir.begin(words, &settings)?;
        let id = child.id();
        let mut killed = false;
        if let Some(Kill::After(milliseconds)) = ahead.kill {
            tokio::time::sleep(Duration::from_millis(milliseconds)).await;
            killed = child.try_wait()?.is_none();
            // A process that was faster is met by a signal that comes sooner.
            ahead.kill = (!killed).then_some(Kill::After(milliseconds / 2));
            if killed {
                child.start_kill()?;
            }
        }
        if let (Some((after, at_once)), Some(server)) = (ahead.restart.take(), server.as_deref_mut()) {
            tokio::time::sleep(Duration::from_millis(after)).await;
            server.restart(at_once).await?;
            self.met.count("server_restart", 1);
        }
        let all = tokio::time::timeout(HANGS_AFTER, child.wait_with_output())
            .await
            .with_context(|| format!("weir {} (process {id:?}) hangs", words.join(" ")))??;
        let ended = self.judge_end(words, &all, killed, ahead)?;
        if self.stage.verbose {
            let last = match &ended {
                Ended::Refused(_) => self.told.last().cloned().unwrap_or_default(),
                other => format!("{other:?}"),
            };
            let seed = self.seed;
            output::echo(&format!("seed {seed}: weir {}: {last}; {:.1?}", words[0], begun.elapsed()));
        }
        Ok(ended)
    }

    fn settings(&mut self, ahead: &mut Ahead) -> Result<Vec<(&'static str, String)>> {
        let mut settings = Vec::new();
        if let (Some(jump), Some(library)) = (ahead.clock.take(), &self.stage.means.clock) {
            settings.extend(jump.settings(library, &self.weir.folder())?);
            self.met.count("clock_jump", 1);
        }
        if let Some(Kill::At(point, times)) = ahead.kill {
            settings.push((VARIABLE, format!("{}:{times}", point.name)));
        }
        Ok(settings)
    }

    /// Whether a process ended as one may that met a fault.
    fn judge_end(
        &mut self,
        words: &[String],
        ended: &Output,
        killed: bool,
        ahead: &mut Ahead,
    ) -> Result<Ended> {
        let said = String::from_utf8_lossy(&ended.stderr);
        let name = words.join(" ");
        ensure!(!said.contains("panicked"), "weir {name} panicked:\n{}", said.trim_end());
        let signal = std::os::unix::process::ExitStatusExt::signal(&ended.status);
        match (ended.status.code(), ahead.kill) {
            (None, _) if killed => {
                self.met.kill();
                Ok(Ended::Killed)
            }
            (None, Some(Kill::At(point, _))) if signal == Some(ABORTED) => {
                self.met.crash(point.name);
                ahead.kill = None;
                Ok(Ended::Killed)
            }
            (None, _) => bail!("weir {name}: {}\n{}", ended.status, said.trim_end()),
            (Some(code @ (0 | 1)), kill) => {
                if let Some(Kill::At(point, _)) = kill {
                    // It does not come there so often: the first time has to do.
                    ahead.kill = Some(Kill::At(point, 1));
                }
                Ok(Ended::Done(code))
            }
            (Some(code @ (2 | 4 | 5 | 7 | 8)), _) => {
                if said.contains("is full") {
                    self.met.count("disk_full", 1);
                }
                let line = |start: &str| {
                    said.lines().find(|line| line.starts_with(start)).unwrap_or_default().to_owned()
                };
                self.told.push(format!("exit {code}, {} {}", line("error:"), line("cause:")));
                Ok(Ended::Refused(code))
            }
            (Some(code), _) => bail!("weir {name}: exit {code}\n{}", said.trim_end()),
        }
    }
}
