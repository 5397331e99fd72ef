//! The files of the project, and how long a source file may be.

use crate::process;
use crate::workspace::Workspace;
use anyhow::{Result, bail};
use std::path::{Path, PathBuf};
use tokio::process::Command;

const LONGEST: usize = 600;

/// The files that git tracks, or would track, relative to the root.
pub(super) async fn tracked(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    let mut git = Command::new("git");
    git.current_dir(&workspace.root).args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let list = process::text(&mut git).await?;
    let files = list.split('\0').filter(|name| !name.is_empty()).map(PathBuf::from);
    Ok(files.filter(|file| workspace.root.join(file).is_file()).collect())
}

/// Fails on a source file that has grown beyond one subject.
pub(super) fn check(root: &Path, files: &[PathBuf]) -> Result<()> {
    let mut long = Vec::new();
    for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "rs")) {
        let lines = std::fs::read_to_string(root.join(file))?.lines().count();
        if lines > LONGEST {
            long.push(format!("{} has {lines} lines; {LONGEST} are the most", file.display()));
        }
    }
    if !long.is_empty() {
        bail!("{}", long.join("\n"));
    }
    Ok(())
}
