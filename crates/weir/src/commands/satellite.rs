//! `weir satellite`: an agent beside a site that no server can reach, its file, and those that a server knows.

mod known;
mod running;

use crate::{
    cli::{Satellite, SatelliteInit, SatelliteKey, SatelliteSeal},
    context::Context,
    failure::Failure,
    home::sentence,
    output::{fault_lines, lint_json, lint_summary},
};
use serde_json::json;
use std::{io, path::Path};
use weir_model::{Message, SatelliteFault};
use weir_satellite::config;
use weir_vault::KeyFile;

pub(super) async fn run(context: &Context<'_>, command: Satellite) -> Result<(), Failure> {
    context.output.format()?;
    match command {
        Satellite::Run(flags) => running::run(context, flags).await,
        Satellite::List => known::list(context).await,
        Satellite::Show { satellite } => known::show(context, &satellite).await,
        Satellite::Revoke { satellite } => known::revoke(context, &satellite).await,
        Satellite::Forget { satellite } => known::forget(context, &satellite).await,
        Satellite::Lint(flags) => lint(context, &flags.file.config, &flags.key),
        Satellite::Init(flags) => init(context, flags).await,
        Satellite::Encrypt(flags) => rewritten(context, &flags, config::seal_file),
        Satellite::Decrypt(flags) => rewritten(context, &flags, config::open_file),
    }
}

fn lint(context: &Context<'_>, path: &Path, key: &SatelliteKey) -> Result<(), Failure> {
    let output = context.output;
    let key = key.key_file.as_deref().map(KeyFile::at);
    let reading = config::read_file(path, key.as_ref()).map_err(Message::from)?;
    if output.for_people() {
        for finding in &reading.findings {
            output.line(&fault_lines(output, path, finding))?;
        }
        output.line(&lint_summary(&reading))?;
    } else {
        output.json(&lint_json(path, &reading))?;
    }
    if reading.errors == 0 { Ok(()) } else { Err(Failure::Negative) }
}

async fn init(context: &Context<'_>, flags: SatelliteInit) -> Result<(), Failure> {
    let path = &flags.file.config;
    let name = path.display().to_string();
    let known = match context.global.integration.as_deref() {
        Some(named) => Some(known::file(context, named, &flags.server.public_url).await?),
        None => None,
    };
    config::write_new(path, known.as_deref().unwrap_or(config::TEMPLATE)).map_err(|error| {
        match error.kind() {
            io::ErrorKind::AlreadyExists => Message::from(SatelliteFault::Exists { path: name.clone() }),
            _ => Message::FileWrite { path: name.clone(), detail: sentence(&error) },
        }
    })?;
    if !context.output.for_people() {
        return context.output.json(&json!({ "file": name }));
    }
    if known.is_some() {
        context.output.line(&format!(
            "{name} is written. Put the key of the server and the credential of the site beside it, as server.key and jira.token."
        ))
    } else {
        context.output.line(&format!(
            "{name} is written, for you alone to read. Fill it in, and look it over with weir satellite lint."
        ))
    }
}

/// Writes the file once more, in the other form.
fn rewritten(
    context: &Context<'_>,
    flags: &SatelliteSeal,
    write: fn(&Path, &Path, &KeyFile) -> Result<(), Message>,
) -> Result<(), Failure> {
    let path = &flags.file.config;
    let Some(key) = flags.key.key_file.as_deref() else {
        let path = path.display().to_string();
        return Err(Message::from(SatelliteFault::SealedNoKey { path }).into());
    };
    write(path, &flags.output, &KeyFile::at(key))?;
    let (file, key) = (flags.output.display().to_string(), key.display().to_string());
    if context.output.for_people() {
        context.output.line(&format!("{file} is written, for you alone to read. Its key is in {key}."))
    } else {
        context.output.json(&json!({ "file": file, "key_file": key }))
    }
}
