//! The words of keys and backups.

use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum MasterKeys {
    /// Every master key by its id, and how many values are sealed with it; never a key itself
    Show,
    /// Make a new master key, put every sealed value under it, and give up the old one; goes on where one was interrupted
    Rotate,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Backup {
    /// Write a backup; a sync goes on meanwhile
    Create(BackupCreate),
    /// Backups in the folder `backups` of the home, the last first
    List,
    /// Prove a backup; exits with 1 when it is not whole
    Verify(BackupVerify),
    /// Bring a backup back into the store of the settings, of either database
    Restore(BackupRestore),
}

#[derive(Debug, Args)]
#[command(after_help = "\
The secret key is not in a backup: keep a copy of secret.key in another place.
Example: weir backup create -o /backups/weir.tar")]
pub(crate) struct BackupCreate {
    /// Write into this file; it must not be there yet [default: backups/weir-TIME.tar in the home folder]
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct BackupVerify {
    /// The backup
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// How deep: its digests, every row of it, or a real restore into a temporary file
    #[arg(long, value_enum, default_value = "restore")]
    pub(crate) depth: BackupDepth,
}

/// How deep a backup is proved.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum BackupDepth {
    /// Manifest and parts are as they were written
    Checksum,
    /// Every row can be read and fits its table
    Structure,
    /// It was restored, checked and compared
    Restore,
}

#[derive(Debug, Args)]
#[command(after_help = "\
End everything that uses the store first. A store that is there and not empty is refused; --replace puts it aside, and
says where. Credentials open with the secret key that was in use when the backup was made.
Examples:
  weir backup restore weir.tar
  WEIR_STORE=postgres://weir@db/weir weir backup restore weir.tar --replace")]
pub(crate) struct BackupRestore {
    /// The backup
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Put a store that is there aside; it is not deleted
    #[arg(long)]
    pub(crate) replace: bool,
}
