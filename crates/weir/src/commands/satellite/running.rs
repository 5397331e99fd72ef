//! `weir satellite run`.

use crate::{
    cli::SatelliteRun,
    context::Context,
    failure::Failure,
    output::{self, Rows, fault_lines},
};
use serde_json::{Value, json};
use std::{os::unix::process::CommandExt as _, sync::Arc};
use weir_model::Message;
use weir_satellite::{
    config,
    run::{Brought, Ended, MayBegin, Options, Tell, run as run_satellite, run_once},
};
use weir_vault::KeyFile;

/// Says to a process that another one was here before it.
const AGAIN: &str = "WEIR_SATELLITE_AGAIN";

const HOUR_MS: i64 = 60 * 60 * 1_000;
const MB: u64 = 1024 * 1024;

pub(super) async fn run(context: &Context<'_>, flags: SatelliteRun) -> Result<(), Failure> {
    let path = &flags.file.config;
    let key = flags.key.key_file.as_deref().map(KeyFile::at);
    let reading = config::read_file(path, key.as_ref()).map_err(Message::from)?;
    let was_here = std::env::var_os(AGAIN).is_some();
    for finding in reading.findings.iter().filter(|_| !was_here) {
        output::note(&fault_lines(context.output, path, finding));
    }
    let Some(settings) = reading.settings else { return Err(Failure::Negative) };
    let sites = settings.sites.len();
    let (file, key) = (path.clone(), flags.key.key_file.clone());
    let is_whole = move || {
        let key = key.as_deref().map(KeyFile::at);
        config::read_file(&file, key.as_ref()).is_ok_and(|reading| reading.settings.is_some())
    };
    let options = Options {
        settings,
        state: flags.state,
        spool_bytes: flags.spool_mb * MB,
        spool_ms: i64::from(flags.spool_hours) * HOUR_MS,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        environment: context.environment(),
        tell: Tell(Arc::new(|sentence: &str| output::note(&output::clean(sentence, 1_000)))),
        may_begin: MayBegin(Arc::new(is_whole)),
        stop: context.lifecycle.cancel(),
    };
    if flags.once {
        return once(context, run_once(options).await?);
    }
    if was_here {
        tracing::info!("the satellite has begun anew, to give memory back");
    } else {
        output::note(&format!(
            "The satellite runs, for {sites} integrations. It stops with Ctrl+C or SIGTERM."
        ));
    }
    if run_satellite(options).await? == Ended::Full {
        // Where that fails, whoever looks after the service starts it again, as after any end.
        return Err(again().into());
    }
    output::note(
        "The satellite has stopped. What waits to be sent stays where it is, and is sent by the next start.",
    );
    Ok(())
}

/// Begins anew in the place of this process; comes back only where it could not.
fn again() -> Message {
    let failed = |error: std::io::Error| Message::Bug { detail: format!("it could not begin anew: {error}") };
    match std::env::current_exe() {
        Ok(program) => {
            let mut command = std::process::Command::new(program);
            failed(command.args(std::env::args_os().skip(1)).env(AGAIN, "1").exec())
        }
        Err(error) => failed(error),
    }
}

/// What became of each integration; fails with the first that could not be brought up to date.
fn once(context: &Context<'_>, all: Vec<Brought>) -> Result<(), Failure> {
    let columns = &["named", "integration", "result", "read", "written", "error", "run_id"];
    let mut rows = Rows::new(columns, "The file names no integration.");
    for one in &all {
        rows.push(described(one));
    }
    context.output.rows(&rows)?;
    match all.into_iter().find_map(|one| one.fault) {
        Some(message) => Err(message.into()),
        None => Ok(()),
    }
}

fn described(one: &Brought) -> Value {
    json!({
        "named": one.named, "integration": one.integration, "run_id": one.run_id, "result": one.result,
        "read": one.read, "written": one.written, "error": one.fault.as_ref().map(Message::what),
    })
}
