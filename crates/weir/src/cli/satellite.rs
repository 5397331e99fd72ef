//! The words of satellites.

use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum Satellite {
    /// Look over a satellite's file: every fault with its line; exits with 1 when it cannot be run
    Lint(SatelliteFile),
    /// Write a commented file to fill in, for its owner alone; one that is there stays as it is
    Init(SatelliteFile),
}

#[derive(Debug, Args)]
pub(crate) struct SatelliteFile {
    /// The satellite's file
    #[arg(short, long, value_name = "FILE", default_value = "satellite.yml")]
    pub(crate) config: PathBuf,
}
