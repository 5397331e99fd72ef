//! A disk that is too small: a tmpfs of a few megabytes, given room later. It is there only where mounting is permitted.

use crate::process;
use anyhow::{Result, bail};
use std::path::{Path, PathBuf};
use tokio::process::Command;

/// A mounted tmpfs; it is unmounted when this is dropped.
#[derive(Debug)]
pub(crate) struct SmallDisk {
    folder: PathBuf,
}

impl SmallDisk {
    /// Mounts one over an empty folder.
    pub(crate) async fn mount(folder: &Path, kilobytes: u64) -> Result<Self> {
        let mut command = Command::new("mount");
        command.args(["-t", "tmpfs", "-o", &format!("size={kilobytes}k,mode=0700"), "tmpfs"]).arg(folder);
        run(&mut command).await?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// Gives it room.
    pub(crate) async fn grow(&self, kilobytes: u64) -> Result<()> {
        let mut command = Command::new("mount");
        command.args(["-o", &format!("remount,size={kilobytes}k")]).arg(&self.folder);
        run(&mut command).await
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily, so that a process that has not quite ended does not keep it.
        let mut command = std::process::Command::new("umount");
        let _ = command.arg("--lazy").arg(&self.folder).status();
    }
}

/// Whether this process may mount.
pub(crate) async fn is_permitted() -> bool {
    let Ok(folder) = tempfile::tempdir() else { return false };
    SmallDisk::mount(folder.path(), 64).await.is_ok()
}

async fn run(command: &mut Command) -> Result<()> {
    let output = process::taken(command).await?;
    if !output.status.success() {
        bail!("mount: {}", String::from_utf8_lossy(&output.stderr).trim_end());
    }
    Ok(())
}
