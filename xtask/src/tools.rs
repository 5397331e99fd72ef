//! The tools that suites and checks need: which are there, and how the missing ones are installed.
//!
//! Cargo tools go into the workspace's target folder, nothing outside is written. Debian packages need root;
//! without it the missing ones are named and the suites that can run go on.

use crate::{chaos::clock, output, postgres, process, python, workspace::Workspace};
use anyhow::{Result, ensure};
use std::path::PathBuf;
use tokio::process::Command;

/// A cargo tool with the version that is installed when none is there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tool {
    /// The program and the crate it comes from.
    pub(crate) name: &'static str,
    version: &'static str,
}

/// Runs the tests.
pub(crate) const NEXTEST: Tool = Tool { name: "cargo-nextest", version: "0.9.143" };
/// Judges licences, sources and duplicates of dependencies.
pub(crate) const DENY: Tool = Tool { name: "cargo-deny", version: "0.20.2" };
/// Finds dependencies that are not used.
pub(crate) const MACHETE: Tool = Tool { name: "cargo-machete", version: "0.9.2" };

/// A program of a Debian package.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Packaged {
    /// What it may be called; the first is the best.
    names: &'static [&'static str],
    packages: &'static [&'static str],
}

/// A browser, and letters for it. The one without a window draws the same pages in less time.
pub(crate) const CHROMIUM: Packaged = Packaged {
    names: &["chromium-headless-shell", "chromium"],
    packages: &["chromium-headless-shell", "fonts-liberation"],
};
/// Judges rules of alerts.
pub(crate) const PROMTOOL: Packaged = Packaged { names: &["promtool"], packages: &["prometheus"] };

/// Judges units; not installed, for no machine gets systemd by it.
pub(crate) const SYSTEMD: Packaged = Packaged { names: &["systemd-analyze"], packages: &["systemd"] };

const PACKAGED: [Packaged; 2] = [CHROMIUM, PROMTOOL];

impl Packaged {
    /// Where it is.
    pub(crate) fn path(self, workspace: &Workspace) -> Option<PathBuf> {
        let folders = workspace.search_path();
        let of = |name: &&str| folders.iter().map(|folder| folder.join(name)).find(|path| path.is_file());
        self.names.iter().find_map(of)
    }

    /// Why something that needs it cannot run.
    pub(crate) fn absence(self) -> String {
        format!("{} is not installed (Debian package {})", self.names[0], self.packages[0])
    }
}

const ALL: [Tool; 3] = [NEXTEST, DENY, MACHETE];

impl Tool {
    /// Whether it is there, in the workspace's tools or on the machine.
    pub(crate) fn is_there(self, workspace: &Workspace) -> bool {
        workspace.search_path().iter().any(|folder| folder.join(self.name).is_file())
    }

    /// Why something that needs it cannot run.
    pub(crate) fn absence(self) -> String {
        format!("{} is not installed (cargo xtask test --install installs it)", self.name)
    }

    async fn install(self, workspace: &Workspace) -> Result<()> {
        output::step(&format!("installing {} {}", self.name, self.version));
        let root = workspace.tools().display().to_string();
        let build = workspace.tools().join("build").display().to_string();
        let wanted = format!("{}@{}", self.name, self.version);
        let mut command = workspace.cargo(&[
            "install",
            "--locked",
            "--quiet",
            "--root",
            &root,
            "--target-dir",
            &build,
            &wanted,
        ]);
        // They run for seconds: built quickly is better than built well.
        command.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0");
        command.env("CARGO_PROFILE_RELEASE_LTO", "off");
        command.env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
        ensure!(process::succeeds(&mut command).await?, "cargo install {wanted} failed");
        Ok(())
    }
}

/// Installs what is missing, as far as this user may; what stays missing shows as skipped suites.
pub(crate) async fn install(workspace: &Workspace) -> Result<()> {
    let mut missing = Vec::new();
    if postgres::Programs::find().is_none() {
        missing.push("postgresql");
    }
    if clock::library().is_none() {
        missing.push("libfaketime");
    }
    for packaged in PACKAGED.into_iter().filter(|packaged| packaged.path(workspace).is_none()) {
        missing.extend(packaged.packages);
    }
    if !python::can_be_made().await {
        missing.push(python::PACKAGE);
    }
    if !missing.is_empty() {
        if is_root().await? {
            install_packages(&missing).await?;
        } else {
            let names = missing.join(" ");
            output::problem(&format!("missing; as root: apt-get update && apt-get install {names}"));
        }
    }
    for tool in ALL {
        if !tool.is_there(workspace) {
            tool.install(workspace).await?;
        }
    }
    python::Python::install(workspace).await?;
    let build = workspace.tools().join("build");
    if build.exists() {
        std::fs::remove_dir_all(build)?;
    }
    Ok(())
}

async fn install_packages(names: &[&str]) -> Result<()> {
    output::step(&format!("installing Debian packages: {}", names.join(", ")));
    let apt = || {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    ensure!(process::succeeds(apt().args(["-qq", "update"])).await?, "apt-get update failed");
    let install = ["-qq", "install", "-y", "--no-install-recommends"];
    ensure!(process::succeeds(apt().args(install).args(names)).await?, "apt-get install failed");
    Ok(())
}

/// Whether this process may do everything.
pub(crate) async fn is_root() -> Result<bool> {
    Ok(process::text(Command::new("id").arg("-u")).await?.trim() == "0")
}
