//! The words of satellites.

use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum Satellite {
    /// Look over a satellite's file: every fault with its line; exits with 1 when it cannot be run
    Lint(SatelliteLint),
    /// Write a commented file to fill in, for its owner alone; one that is there stays as it is
    Init(SatelliteFile),
    /// Write the file once more, encrypted as a whole; its key is made where there is none
    Encrypt(SatelliteSeal),
    /// Write an encrypted file once more, readable
    Decrypt(SatelliteSeal),
}

#[derive(Debug, Args)]
pub(crate) struct SatelliteFile {
    /// The satellite's file
    #[arg(short, long, value_name = "FILE", default_value = "satellite.yml")]
    pub(crate) config: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct SatelliteLint {
    #[command(flatten)]
    pub(crate) file: SatelliteFile,
    #[command(flatten)]
    pub(crate) key: SatelliteKey,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Both files stay: delete the readable one when the other one is proved with lint.
Example: weir satellite encrypt -c satellite.yml -o satellite.sealed --key-file satellite.key")]
pub(crate) struct SatelliteSeal {
    #[command(flatten)]
    pub(crate) file: SatelliteFile,
    /// Write into this file; it must not be there yet
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    #[command(flatten)]
    pub(crate) key: SatelliteKey,
}

#[derive(Debug, Args)]
pub(crate) struct SatelliteKey {
    /// File with the key that the satellite's file is encrypted with
    #[arg(long, value_name = "F", env = "WEIR_SATELLITE_KEY_FILE")]
    pub(crate) key_file: Option<PathBuf>,
}
