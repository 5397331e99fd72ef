//! Chores of this workspace: `cargo xtask test`, `check`, `sbom`, `bench`, `verify-truth`, `verify-edits`, `verify-satellite` and
//! `chaos`.
//!
//! It uses no other crate of the workspace: it drives the built programs from outside and judges what they
//! give back, so that a mistake in a shared function cannot hide on both sides.

mod bench;
mod chaos;
mod check;
mod draw;
mod http;
mod hygiene;
mod interrupt;
mod measured;
mod output;
mod person;
mod postgres;
mod process;
mod python;
mod report;
mod satellite;
mod sbom;
mod served;
mod simulator;
mod site;
mod store;
mod test;
mod tools;
mod truth;
mod weir;
mod workspace;

use clap::{Parser, Subcommand};
use std::process::ExitCode;
use std::time::Duration;

/// How long an interrupted chore may take to give back what it owns.
const GIVES_BACK_WITHIN: Duration = Duration::from_secs(10);

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Chores of this workspace")]
struct Cli {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Run every suite of tests
    Test(test::Options),
    /// Run the checks that are not tests: format, lints, documents, crate edges, licences, dependencies, words
    Check,
    /// Write the list of what the program is made of anew
    Sbom,
    /// Measure a full sync against the simulator, and compare it with a bare download of the same pages
    Bench(bench::Options),
    /// Send recorded requests again and throw the answers away (used by `bench`)
    #[command(hide = true)]
    Floor(bench::floor::Options),
    /// Sync from the simulator and compare every field of every view with the simulator's truth
    VerifyTruth(truth::Options),
    /// Edit the simulator's site and sync in turns, and compare with the truth after each
    VerifyEdits(truth::edits::Options),
    /// Sync from a site that breaks on purpose, kill the program, and compare with the truth
    Chaos(chaos::Options),
    /// Have a satellite bring a site while both sides, the network and the clocks give trouble, and compare with the truth
    VerifySatellite(satellite::Options),
    /// Put questions of hygiene to sites of every kind, and hold each number against a plain count over their truth
    VerifyHygiene(hygiene::Options),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            output::problem(&format!("no runtime: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let ended = runtime.block_on(async {
        tokio::select! {
            ended = run(cli.chore) => ended,
            interrupted = interrupt::wait() => interrupted,
        }
    });
    // What runs beside gives back its folders, mounts and servers.
    runtime.shutdown_timeout(GIVES_BACK_WITHIN);
    match ended {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            output::problem(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Runs a chore; `false` when it came to an end with a negative answer.
async fn run(chore: Chore) -> anyhow::Result<bool> {
    match chore {
        Chore::Test(options) => test::run(options).await,
        Chore::Check => check::run().await,
        Chore::Sbom => sbom::write(&workspace::Workspace::find().await?).await,
        Chore::Bench(options) => bench::run(options).await,
        Chore::Floor(options) => bench::floor::run(options).await,
        Chore::VerifyTruth(options) => truth::run(options).await,
        Chore::VerifyEdits(options) => truth::edits::run(options).await,
        Chore::Chaos(options) => chaos::run(options).await,
        Chore::VerifySatellite(options) => satellite::run(options).await,
        Chore::VerifyHygiene(options) => hygiene::run(options).await,
    }
}
