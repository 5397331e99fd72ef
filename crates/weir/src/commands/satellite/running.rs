//! `weir satellite run`.

use crate::{
    cli::SatelliteRun,
    context::Context,
    failure::Failure,
    output::{self, Rows, fault_lines},
};
use serde_json::{Value, json};
use std::sync::Arc;
use weir_model::Message;
use weir_satellite::{
    config,
    run::{Brought, Options, Tell, run as run_satellite, run_once},
};
use weir_vault::KeyFile;

const HOUR_MS: i64 = 60 * 60 * 1_000;
const MB: u64 = 1024 * 1024;

pub(super) async fn run(context: &Context<'_>, flags: SatelliteRun) -> Result<(), Failure> {
    let path = &flags.file.config;
    let key = flags.key.key_file.as_deref().map(KeyFile::at);
    let reading = config::read_file(path, key.as_ref()).map_err(Message::from)?;
    for finding in &reading.findings {
        output::note(&fault_lines(context.output, path, finding));
    }
    let Some(settings) = reading.settings else { return Err(Failure::Negative) };
    let sites = settings.sites.len();
    let options = Options {
        settings,
        state: flags.state,
        spool_bytes: flags.spool_mb * MB,
        spool_ms: i64::from(flags.spool_hours) * HOUR_MS,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        environment: context.environment(),
        tell: Tell(Arc::new(|sentence: &str| output::note(&output::clean(sentence, 1_000)))),
        stop: context.lifecycle.cancel(),
    };
    if flags.once {
        return once(context, run_once(options).await?);
    }
    output::note(&format!("The satellite runs, for {sites} integrations. It stops with Ctrl+C or SIGTERM."));
    run_satellite(options).await?;
    output::note(
        "The satellite has stopped. What waits to be sent stays where it is, and is sent by the next start.",
    );
    Ok(())
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
