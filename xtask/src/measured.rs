//! A process with what it used: wall time, CPU time, peak memory.

use anyhow::{Context, Result};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use wait4::Wait4;

const LOOK_EVERY: Duration = Duration::from_millis(2);

/// What a process used from its start to its end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage {
    /// How it ended.
    pub(crate) status: ExitStatus,
    /// From start to end.
    pub(crate) wall: Duration,
    /// User and system time together.
    pub(crate) cpu: Duration,
    /// The largest resident set, in bytes.
    pub(crate) peak_bytes: u64,
}

/// Runs the command to its end.
pub(crate) async fn run(command: &mut Command) -> Result<Usage> {
    let started = Instant::now();
    let mut running = Running(Some(command.stdin(Stdio::null()).spawn().context("the measured program")?));
    loop {
        if let Some(used) = running.ended()? {
            let wall = started.elapsed();
            let cpu = used.rusage.utime + used.rusage.stime;
            return Ok(Usage { status: used.status, wall, cpu, peak_bytes: used.rusage.maxrss });
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// A child that does not outlive its owner, and is not touched once it has been reaped.
struct Running(Option<Child>);

impl Running {
    fn ended(&mut self) -> Result<Option<wait4::ResUse>> {
        let Some(child) = &mut self.0 else { return Ok(None) };
        let used = child.try_wait4()?;
        if used.is_some() {
            self.0 = None;
        }
        Ok(used)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            // An error means that it has ended, which is what is wanted.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_process_is_measured_with_its_status() {
        let usage = run(Command::new("sh").args(["-c", "exit 3"])).await.unwrap();
        assert_eq!(usage.status.code(), Some(3));
        assert!(usage.peak_bytes > 0);
        assert!(usage.wall > Duration::ZERO);
    }
}
