//! One binary, roles as subcommands. It wires the rooms together and holds no logic of its own.

mod cli;
mod commands;
mod config;
mod consent;
mod context;
mod credentials;
mod failure;
mod home;
mod lifecycle;
mod output;
mod system;
mod telemetry;
mod values;

use crate::{failure::Failure, lifecycle::Lifecycle, output::Output};
use clap::Parser as _;
use std::{process::ExitCode, time::Duration};

/// How long the end of the program waits for tokens that are being renewed.
const LONGEST_RENEWAL: Duration = Duration::from_secs(8);

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = match cli::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return output::usage(&error),
    };
    let output = Output::new(cli.global.format, cli.global.no_color);
    telemetry::start(cli.global.verbose);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return finished(&output, Err(Failure::bug(format!("no worker threads: {error}")))),
    };
    let outcome = runtime.block_on(async {
        let lifecycle = Lifecycle::start();
        let outcome = commands::run(cli, &output, &lifecycle).await;
        weir_ingest::renewals_ended(LONGEST_RENEWAL).await;
        outcome
    });
    runtime.shutdown_background();
    finished(&output, outcome)
}

fn finished(output: &Output, outcome: Result<(), Failure>) -> ExitCode {
    match outcome {
        Ok(()) | Err(Failure::ReaderGone) => ExitCode::SUCCESS,
        Err(Failure::Negative) => ExitCode::from(1),
        Err(Failure::Said(message)) => {
            output.error(&message);
            ExitCode::from(message.exit() as u8)
        }
    }
}
