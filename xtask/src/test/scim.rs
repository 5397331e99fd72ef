//! The suite `scim`: what identity providers push, judged by programs of others, and compared with another server.
//!
//! `scim2-tester` and `scim-sanity` look at every operation; `scim2-server` is asked the same as ours, by chance: filters, orders, pages
//! and changes, with a seed that is the same every time and a fresh one.

use super::pytest;
use crate::python::Python;
use crate::report::Report;
use crate::served::Served;
use crate::weir::Weir;
use crate::workspace::{Profile, Workspace};
use crate::{chaos, output, truth};
use anyhow::{Context, Result};
use serde::Deserialize;

/// The seed that is the same every time.
const FIXED: u64 = 1;

/// A key that was made.
#[derive(Deserialize)]
struct Key {
    secret: String,
}

/// Runs every test of the folder, with a server over a store of its own.
pub(super) async fn run(workspace: &Workspace, report: &mut Report) -> Result<()> {
    let Some(python) = Python::find(workspace)? else {
        report.skip("scim", Python::absence());
        return Ok(());
    };
    truth::build(workspace, Profile::Debug).await?;
    let weir = Weir::new(workspace, Profile::Debug, None, "http://127.0.0.1:9")?;
    let served = Served::start(&weir, &["--api-rate", "1000000"]).await?;
    let words = ["api-key", "create", "--scope", "scim", "--name", "suite", "--format", "json"];
    let key: Key = serde_json::from_str(&weir.answer(&words).await?).context("the key")?;
    let fresh = chaos::fresh_seed();
    output::line(&format!("seeds {FIXED} and {fresh}"));
    let mut tests = pytest::tests_of(&python, workspace, "scim");
    tests.env("WEIR_SCIM_URL", format!("{}/scim/v2", served.url()));
    tests.env("WEIR_SCIM_KEY", key.secret).env("WEIR_SCIM_SEEDS", format!("{FIXED} {fresh}"));
    pytest::run("scim", &mut tests, report).await?;
    served.end().await
}
