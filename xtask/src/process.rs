//! Running other programs: watched line by line, or taken as a whole.

use crate::output;
use anyhow::{Context, Result, bail};
use std::process::{Output, Stdio};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::Command;

/// Runs it with its output on ours; `true` when it succeeded.
pub(crate) async fn succeeds(command: &mut Command) -> Result<bool> {
    let name = name(command);
    let status = command.stdin(Stdio::null()).kill_on_drop(true).status().await.context(name)?;
    Ok(status.success())
}

/// Runs it, shows each line it prints, and hands each to `visit`; `true` when it succeeded.
pub(crate) async fn watched(command: &mut Command, mut visit: impl FnMut(&str)) -> Result<bool> {
    let name = name(command);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| name.clone())?;
    let (Some(out), Some(err)) = (child.stdout.take(), child.stderr.take()) else {
        bail!("{name}: no pipes")
    };
    let (mut out, mut err) = (lines(out), lines(err));
    let (mut out_open, mut err_open) = (true, true);
    while out_open || err_open {
        let line = tokio::select! {
            line = out.next_line(), if out_open => { let line = line?; out_open = line.is_some(); line }
            line = err.next_line(), if err_open => { let line = line?; err_open = line.is_some(); line }
        };
        if let Some(line) = line {
            output::echo(&line);
            visit(&line);
        }
    }
    Ok(child.wait().await.context(name)?.success())
}

/// Runs it and takes all it printed, whether it succeeded or not.
pub(crate) async fn taken(command: &mut Command) -> Result<Output> {
    let name = name(command);
    command.stdin(Stdio::null()).kill_on_drop(true).output().await.context(name)
}

/// Runs it, expects success, and gives its stdout as text.
pub(crate) async fn text(command: &mut Command) -> Result<String> {
    let name = name(command);
    let output = taken(command).await?;
    if !output.status.success() {
        bail!("{name}: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr).trim_end());
    }
    String::from_utf8(output.stdout).with_context(|| format!("{name}: its output"))
}

fn lines<R: AsyncRead + Unpin>(reader: R) -> tokio::io::Lines<BufReader<R>> {
    BufReader::new(reader).lines()
}

/// The program and its first word, for errors.
fn name(command: &Command) -> String {
    let command = command.as_std();
    let program = std::path::Path::new(command.get_program());
    let program = program.file_name().unwrap_or(command.get_program()).to_string_lossy().into_owned();
    match command.get_args().next() {
        Some(first) => format!("{program} {}", first.to_string_lossy()),
        None => program,
    }
}
