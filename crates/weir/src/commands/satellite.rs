//! `weir satellite`: the file of an agent beside a site that no server can reach.

use crate::{
    cli::Satellite,
    context::Context,
    failure::Failure,
    home::sentence,
    output::{fault_lines, lint_json, lint_summary},
};
use serde_json::json;
use std::{io, path::Path};
use weir_model::{Message, SatelliteFault};
use weir_satellite::config;

pub(super) fn run(context: &Context<'_>, command: Satellite) -> Result<(), Failure> {
    context.output.format()?;
    match command {
        Satellite::Lint(file) => lint(context, &file.config),
        Satellite::Init(file) => init(context, &file.config),
    }
}

fn lint(context: &Context<'_>, path: &Path) -> Result<(), Failure> {
    let output = context.output;
    let reading = config::read_file(path).map_err(Message::from)?;
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

fn init(context: &Context<'_>, path: &Path) -> Result<(), Failure> {
    let name = path.display().to_string();
    config::write_new(path).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Message::from(SatelliteFault::Exists { path: name.clone() }),
        _ => Message::FileWrite { path: name.clone(), detail: sentence(&error) },
    })?;
    if context.output.for_people() {
        context.output.line(&format!(
            "{name} is written, for you alone to read. Fill it in, and look it over with weir satellite lint."
        ))
    } else {
        context.output.json(&json!({ "file": name }))
    }
}
