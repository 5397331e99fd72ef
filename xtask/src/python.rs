//! The Python of the outer tests: a folder of its own in the workspace's tools, with what `e2e/requirements.txt` names.

use crate::{output, process, workspace::Workspace};
use anyhow::{Context, Result, ensure};
use std::path::PathBuf;
use tokio::process::Command;

/// The Debian package that brings what is missing to make the folder.
pub(crate) const PACKAGE: &str = "python3-venv";

/// An installed one, of the versions that are wanted.
#[derive(Clone, Debug)]
pub(crate) struct Python {
    programs: PathBuf,
}

impl Python {
    /// It, where it is installed as it is wanted now.
    pub(crate) fn find(workspace: &Workspace) -> Result<Option<Self>> {
        let installed = std::fs::read(stamp(workspace)).ok();
        Ok((installed == Some(wanted(workspace)?)).then(|| Self { programs: folder(workspace).join("bin") }))
    }

    /// Why something that needs it cannot run.
    pub(crate) fn absence() -> &'static str {
        "what e2e/requirements.txt names is not installed (cargo xtask test --install installs it)"
    }

    /// Installs it anew, unless it is there.
    pub(crate) async fn install(workspace: &Workspace) -> Result<()> {
        if Self::find(workspace)?.is_some() {
            return Ok(());
        }
        output::step("installing what e2e/requirements.txt names");
        let folder = folder(workspace);
        let mut venv = Command::new("python3");
        venv.args(["-m", "venv", "--clear"]).arg(&folder);
        ensure!(process::succeeds(&mut venv).await?, "python3 -m venv failed");
        let mut pip = Command::new(folder.join("bin/python"));
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]);
        pip.arg(requirements(workspace));
        ensure!(process::succeeds(&mut pip).await?, "pip install failed");
        std::fs::write(stamp(workspace), wanted(workspace)?)?;
        Ok(())
    }

    /// One of its programs.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.env("PYTHONDONTWRITEBYTECODE", "1").kill_on_drop(true);
        command
    }
}

/// Whether this machine can make such a folder.
pub(crate) async fn can_be_made() -> bool {
    let mut asked = Command::new("python3");
    asked.args(["-c", "import ensurepip, venv"]);
    process::taken(&mut asked).await.is_ok_and(|ended| ended.status.success())
}

fn folder(workspace: &Workspace) -> PathBuf {
    workspace.tools().join("python")
}

fn requirements(workspace: &Workspace) -> PathBuf {
    workspace.root.join("e2e/requirements.txt")
}

fn wanted(workspace: &Workspace) -> Result<Vec<u8>> {
    let file = requirements(workspace);
    std::fs::read(&file).with_context(|| file.display().to_string())
}

/// The list as it was when it was installed.
fn stamp(workspace: &Workspace) -> PathBuf {
    folder(workspace).join("installed.txt")
}
