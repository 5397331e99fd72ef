//! The words of satellites.

use super::people::ServerAddress;
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum Satellite {
    /// Read the sites of the file and push what was read to the server, until it is stopped
    Run(SatelliteRun),
    /// Look over a satellite's file: every fault with its line; exits with 1 when it cannot be run
    Lint(SatelliteLint),
    /// Write a commented file to fill in, for its owner alone; one that is there stays as it is. On the server, with --integration, the
    /// file for that integration
    Init(SatelliteInit),
    /// Write the file once more, encrypted as a whole; its key is made where there is none
    Encrypt(SatelliteSeal),
    /// Write an encrypted file once more, readable
    Decrypt(SatelliteSeal),
    /// On the server: which satellites have reported, when, and what they read
    List,
    /// On the server: everything that is known of a satellite, with its heartbeats of a day and the last lines of what went wrong
    Show {
        /// Its id, or its name where no other one has it
        satellite: String,
    },
    /// On the server: a satellite may not come any more
    Revoke {
        /// Its id, or its name where no other one has it
        satellite: String,
    },
    /// On the server: take a satellite off the list; one that still runs comes back to it
    Forget {
        /// Its id, or its name where no other one has it
        satellite: String,
    },
}

#[derive(Debug, Args)]
#[command(after_help = "\
It needs no way in: it reads the sites of its file, and asks the server what to do. Credentials of the sites stay with it.
While the server is away, what was read waits in its folder of state. Several may run from one file: each integration is read
by one of them, and by another when that is silent for two minutes.
Example: weir satellite run -c satellite.yml --state /var/lib/weir-satellite")]
pub(crate) struct SatelliteRun {
    #[command(flatten)]
    pub(crate) file: SatelliteFile,
    #[command(flatten)]
    pub(crate) key: SatelliteKey,
    /// Folder of its id and of what waits to be sent
    #[arg(long, value_name = "FOLDER", default_value = "./weir-satellite", env = "WEIR_SATELLITE_STATE")]
    pub(crate) state: PathBuf,
    /// Bring every integration up to date and exit
    #[arg(long)]
    pub(crate) once: bool,
    /// How much may wait to be sent, in MB
    #[arg(long, value_name = "N", default_value_t = 1024, value_parser = clap::value_parser!(u64).range(1..=1_048_576))]
    pub(crate) spool_mb: u64,
    /// For how many hours it may wait
    #[arg(long, value_name = "N", default_value_t = 72, value_parser = clap::value_parser!(u32).range(1..=8_760))]
    pub(crate) spool_hours: u32,
}

#[derive(Debug, Args)]
pub(crate) struct SatelliteFile {
    /// The satellite's file
    #[arg(short, long, value_name = "FILE", default_value = "satellite.yml")]
    pub(crate) config: PathBuf,
}

#[derive(Debug, Args)]
#[command(after_help = "\
With --integration, on the server, the file has everything but the two credentials, which are to stand in server.key and jira.token
beside it. The integration is one that a satellite reads: weir integration add jira URL --satellite.
Example: weir satellite init --integration Inside --public-url https://weir.acme.com")]
pub(crate) struct SatelliteInit {
    #[command(flatten)]
    pub(crate) file: SatelliteFile,
    #[command(flatten)]
    pub(crate) server: ServerAddress,
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
