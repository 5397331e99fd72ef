//! Nudges, from an edit on the site to a mail and a webhook on loopback: the real program, `aiosmtpd`, and `e2e/nudges`.

use super::pytest;
use crate::python::Python;
use crate::report::Report;
use crate::simulator::{Simulator, World};
use crate::site::{Account, Credential, Site};
use crate::truth;
use crate::weir::{INTEGRATION, Weir};
use crate::workspace::{Profile, Workspace};
use anyhow::Result;
use serde_json::json;

const ISSUES: usize = 300;

/// Runs every test of the folder.
pub(super) async fn run(workspace: &Workspace, report: &mut Report) -> Result<()> {
    let Some(python) = Python::find(workspace)? else {
        report.skip("nudges", Python::absence());
        return Ok(());
    };
    truth::build(workspace, Profile::Debug).await?;
    let simulator =
        Simulator::start(workspace, Profile::Debug, &World::new(ISSUES, 1, Site::default())).await?;
    let weir = Weir::new(workspace, Profile::Debug, None, simulator.gateway())?;
    let credential = Credential::of(Account::Reader, Site::default().usual_token())?;
    let add = weir.words_of_add(&simulator, &credential)?;
    let (command, settings) = weir.outside();
    let file = weir.folder().join("world.json");
    let made = json!({
        "command": command, "settings": settings, "home": weir.home(),
        "site": simulator.url(), "add": add, "name": INTEGRATION,
    });
    std::fs::write(&file, serde_json::to_vec(&made)?)?;
    let mut tests = pytest::tests_of(&python, workspace, "nudges");
    pytest::run("nudges", tests.env("WEIR_WORLD", &file), report).await
}
