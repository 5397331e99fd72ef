//! `cargo xtask test`: every suite from one command.

mod api;
mod browser;
mod inert;
mod nudges;
mod operations;
mod pytest;
mod scim;
mod suites;

use crate::postgres::Postgres;
use crate::report::Report;
use crate::workspace::Workspace;
use crate::{output, tools};
use anyhow::Result;
use std::time::Instant;

/// What to run, and how strict to be.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Install what the suites need and is missing
    #[arg(long)]
    install: bool,
    /// Treat a skipped suite or test as a failure; CI=true does the same
    #[arg(long)]
    require: bool,
    /// Run only these suites (may be repeated)
    #[arg(long, value_enum)]
    suite: Vec<Suite>,
}

/// A part of the tests that can be run alone.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum Suite {
    /// The tests of every crate, on SQLite and PostgreSQL
    Unit,
    /// The examples in the documentation of the code
    Doc,
    /// The main job as a smoke test: `weir demo`
    Demo,
    /// What a sync stores against the simulator's truth, field by field
    Truth,
    /// The same after edits and syncs in turns
    Edits,
    /// The same after faults, kills and restarts
    Chaos,
    /// A satellite between a site and a server, and all that may happen to them
    Satellite,
    /// Each number of hygiene against a plain count over the truth
    Hygiene,
    /// The API against its own document
    Api,
    /// The pages in a browser
    Browser,
    /// Nudges from an edit on the site to a mail and a webhook
    Nudges,
    /// Hostile texts, secrets and what is left out: inert, or nowhere
    Inert,
    /// SCIM by programs of others, and beside another server
    Scim,
    /// What `deploy` has against the server
    Operations,
}

/// What is run unless suites are named.
const USUAL: [Suite; 14] = [
    Suite::Unit,
    Suite::Doc,
    Suite::Demo,
    Suite::Truth,
    Suite::Edits,
    Suite::Chaos,
    Suite::Satellite,
    Suite::Hygiene,
    Suite::Api,
    Suite::Browser,
    Suite::Nudges,
    Suite::Inert,
    Suite::Scim,
    Suite::Operations,
];

/// Runs the suites; `false` when a test failed.
pub(crate) async fn run(options: Options) -> Result<bool> {
    let workspace = Workspace::find().await?;
    let require = options.require || crate::workspace::is_ci();
    let chosen = if options.suite.is_empty() { USUAL.to_vec() } else { options.suite };
    let mut report = Report::new(require);
    if options.install
        && let Err(error) = tools::install(&workspace).await
    {
        report.fail(format!("install: {error:#}"));
    }
    let server =
        if chosen.iter().any(|suite| suite.wants_postgres()) { server(&mut report).await } else { None };
    for suite in chosen {
        output::step(&format!("suite {suite:?}").to_lowercase());
        let began = Instant::now();
        let run = match suite {
            Suite::Unit => suites::unit(&workspace, server.as_ref(), require, &mut report).await,
            Suite::Doc => suites::doc(&workspace, &mut report).await,
            Suite::Demo => suites::demo(&workspace, &mut report).await,
            Suite::Truth => suites::truth(&workspace, server.as_ref(), &mut report).await,
            Suite::Edits => suites::edits(&workspace, server.as_ref(), &mut report).await,
            Suite::Chaos => suites::chaos(&workspace, server.is_some(), &mut report).await,
            Suite::Satellite => suites::satellite(&workspace, &mut report).await,
            Suite::Hygiene => suites::hygiene(&workspace, &mut report).await,
            Suite::Api => api::run(&workspace, &mut report).await,
            Suite::Browser => browser::run(&workspace, &mut report).await,
            Suite::Nudges => nudges::run(&workspace, &mut report).await,
            Suite::Inert => inert::run(&workspace, &mut report).await,
            Suite::Scim => scim::run(&workspace, &mut report).await,
            Suite::Operations => operations::run(&workspace, &mut report).await,
        };
        if let Err(error) = run {
            output::problem(&format!("{error:#}"));
            report.fail(format!("{suite:?}: {error:#}").to_lowercase());
        }
        output::line(&format!("suite {suite:?}: {} s", began.elapsed().as_secs()).to_lowercase());
    }
    drop(server);
    Ok(report.finish())
}

impl Suite {
    fn wants_postgres(self) -> bool {
        matches!(self, Self::Unit | Self::Truth | Self::Edits | Self::Chaos)
    }
}

/// One PostgreSQL for the whole run; where there is none, what needs it is skipped.
async fn server(report: &mut Report) -> Option<Postgres> {
    match Postgres::start().await {
        Ok(Some(server)) => Some(server),
        Ok(None) => {
            report
                .skip("everything on PostgreSQL", "PostgreSQL is not installed (Debian package postgresql)");
            None
        }
        Err(error) => {
            report.fail(format!("PostgreSQL: {error:#}"));
            None
        }
    }
}
