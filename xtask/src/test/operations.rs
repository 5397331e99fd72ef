//! The suite `operations`: what `deploy` has for those who run the server fits the server.

use crate::report::Report;
use crate::served::Served;
use crate::weir::Weir;
use crate::workspace::{Profile, Workspace};
use crate::{http, output, process, tools, truth};
use anyhow::{Context, Result, ensure};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use tokio::process::Command;

/// The line of the unit that names the program.
const PROGRAM: &str = "/usr/local/bin/weir";

/// Runs each check.
pub(super) async fn run(workspace: &Workspace, report: &mut Report) -> Result<()> {
    truth::build(workspace, Profile::Debug).await?;
    let deploy = workspace.root.join("deploy");
    report.record("the figures that files name are served", figures(workspace, &deploy).await);
    match tools::PROMTOOL.path(workspace) {
        None => report.skip("alerts", &tools::PROMTOOL.absence()),
        Some(promtool) => {
            for words in [["check", "rules", "alerts.yml"], ["test", "rules", "alerts_test.yml"]] {
                let mut command = Command::new(&promtool);
                command.args(words).current_dir(deploy.join("prometheus"));
                report.record(&format!("promtool {}", words.join(" ")), succeeded(&mut command).await);
            }
        }
    }
    match tools::SYSTEMD.path(workspace) {
        // A machine without systemd runs no units; what is judged is a file that does not change with the code.
        None => output::line("systemd-analyze is not on this machine: the unit was not judged"),
        Some(analyze) => report.record("systemd-analyze verify", unit(workspace, &deploy, &analyze).await),
    }
    Ok(())
}

/// Every figure that a file of the folder names is one that the server has, with nothing brought in yet.
async fn figures(workspace: &Workspace, deploy: &Path) -> Result<()> {
    let weir = Weir::new(workspace, Profile::Debug, None, "http://127.0.0.1:9")?;
    let served = Served::start(&weir, &["--metrics-listen", "127.0.0.1:0"]).await?;
    let text = http::get(served.figures().context("no address of figures")?, "/metrics").await?;
    let text = String::from_utf8(text.to_vec())?;
    let known: BTreeSet<&str> =
        text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    served.end().await?;
    let mut named = BTreeSet::new();
    for file in ["grafana/weir.json", "prometheus/alerts.yml", "prometheus/alerts_test.yml"] {
        let text = std::fs::read_to_string(deploy.join(file)).with_context(|| file.to_owned())?;
        named.extend(names(&text).into_iter().map(|name| (name, file)));
    }
    ensure!(named.len() > 10, "hardly a figure is named: {named:?}");
    let unknown: Vec<String> = named
        .iter()
        .filter(|(name, _)| !known.contains(plain(name, &known)))
        .map(|(name, file)| format!("{file}: {name}"))
        .collect();
    ensure!(unknown.is_empty(), "not served: {}", unknown.join(", "));
    Ok(())
}

/// Words that can only be names of figures.
fn names(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| word.starts_with("weir_")).map(str::to_owned).collect()
}

/// The name of a histogram, of which `name` may be a part.
fn plain<'a>(name: &'a str, known: &BTreeSet<&str>) -> &'a str {
    let parts = ["_bucket", "_sum", "_count"].into_iter();
    parts.filter_map(|part| name.strip_suffix(part)).find(|whole| known.contains(whole)).unwrap_or(name)
}

/// The unit, with the program that was built in place of the installed one.
async fn unit(workspace: &Workspace, deploy: &Path, analyze: &Path) -> Result<()> {
    let text = std::fs::read_to_string(deploy.join("systemd/weir.service"))?;
    ensure!(text.contains(&format!("ExecStart={PROGRAM} ")), "the unit does not start {PROGRAM}");
    let folder = tempfile::Builder::new().prefix("unit-").tempdir_in(workspace.scratch()?)?;
    let program: PathBuf = workspace.program(Profile::Debug, "weir");
    let unit = folder.path().join("weir.service");
    std::fs::write(&unit, text.replace(PROGRAM, &program.display().to_string()))?;
    succeeded(Command::new(analyze).args(["verify", "--man=no"]).arg(&unit)).await
}

async fn succeeded(command: &mut Command) -> Result<()> {
    let ended = process::taken(command).await?;
    let said = [ended.stdout, ended.stderr].concat();
    ensure!(ended.status.success(), "{}\n{}", ended.status, String::from_utf8_lossy(&said).trim_end());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_figures_are_found_wherever_they_stand() {
        let found = names("sum(rate(weir_x_total{a=\"b\"}[5m])) / weir_y_bucket, theweir_z");
        assert_eq!(found.into_iter().collect::<Vec<_>>(), ["weir_x_total", "weir_y_bucket"]);
        let known = BTreeSet::from(["weir_y", "weir_n_count"]);
        assert_eq!(plain("weir_y_bucket", &known), "weir_y");
        assert_eq!(plain("weir_n_count", &known), "weir_n_count");
        assert_eq!(plain("weir_gone_sum", &known), "weir_gone_sum");
    }
}
