//! `cargo xtask check`: what is judged without running the program. Nothing here needs a network.

mod edges;
mod files;
mod links;
mod proofs;
mod words;

use crate::report::Report;
use crate::sbom;
use crate::tools::{DENY, MACHETE, Tool};
use crate::workspace::{Workspace, is_ci};
use crate::{output, process};
use anyhow::{Result, ensure};
use std::io::Write;
use tokio::process::Command;

/// Runs every check; `false` when one of them failed.
pub(crate) async fn run() -> Result<bool> {
    let workspace = Workspace::find().await?;
    let mut report = Report::new(is_ci());
    let files = files::tracked(&workspace).await?;
    report.record("crate edges", edges::check(&workspace));
    report.record("words", words::check(&workspace.root, &files));
    report.record("file sizes", files::check(&workspace.root, &files));
    report.record("links", links::check(&workspace.root, &files));
    report.record("named proofs", proofs::check(&workspace.root, &files));
    report.record("list of parts", sbom::check(&workspace).await);
    cargo(&workspace, &mut report, "format", None, &["fmt", "--all", "--check"]).await;
    let clippy =
        ["clippy", "--workspace", "--all-targets", "--quiet", "--keep-going", "--", "-D", "warnings"];
    cargo(&workspace, &mut report, "clippy", None, &clippy).await;
    let mut doc = workspace.cargo(&["doc", "--workspace", "--no-deps", "--quiet"]);
    doc.env("RUSTDOCFLAGS", "-D warnings");
    judge(&mut report, "documentation", &mut doc).await;
    if DENY.is_there(&workspace) {
        report.record("licences and sources", licences(&workspace).await);
    } else {
        report.skip("licences and sources", &DENY.absence());
    }
    cargo(&workspace, &mut report, "unused dependencies", Some(MACHETE), &["machete"]).await;
    Ok(report.finish())
}

/// Judges the crates of this platform only: those of others are not on a machine that builds without a network.
async fn licences(workspace: &Workspace) -> Result<()> {
    output::step("licences and sources");
    let mut metadata = workspace.cargo(&["metadata", "--offline", "--locked", "--format-version", "1"]);
    let metadata = process::text(metadata.args(["--filter-platform", "host-tuple"])).await?;
    let mut file = tempfile::NamedTempFile::new_in(workspace.scratch()?)?;
    file.write_all(metadata.as_bytes())?;
    let mut deny = workspace.cargo(&["deny", "--offline", "--metadata-path"]);
    deny.arg(file.path()).args(["check", "--hide-inclusion-graph", "bans", "licenses", "sources"]);
    let judged = process::taken(&mut deny).await?;
    ensure!(judged.status.success(), "{}", String::from_utf8_lossy(&judged.stderr));
    Ok(())
}

async fn cargo(
    workspace: &Workspace,
    report: &mut Report,
    what: &str,
    tool: Option<Tool>,
    arguments: &[&str],
) {
    match tool {
        Some(tool) if !tool.is_there(workspace) => report.skip(what, &tool.absence()),
        _ => judge(report, what, &mut workspace.cargo(arguments)).await,
    }
}

async fn judge(report: &mut Report, what: &str, command: &mut Command) {
    output::step(what);
    let judged = async {
        ensure!(process::succeeds(command).await?, "see above");
        Ok(())
    };
    report.record(what, judged.await);
}
