//! The suite `browser`: the pages as people meet them, in Debian's Chromium, served by the real program.
//!
//! What is opened, judged and pictured stands in `e2e/browser`; here are started the servers and sites that it needs.

mod made;

use super::pytest::{self, Counts};
use crate::chaos::clock;
use crate::python::Python;
use crate::report::Report;
use crate::served::Served;
use crate::simulator::{Simulator, World};
use crate::site::{Flavor, Site};
use crate::weir::Weir;
use crate::workspace::{Profile, Workspace};
use crate::{tools, truth};
use anyhow::Result;
use made::Made;
use std::path::PathBuf;

/// Where the simulated sites are; the servers have to be told, for it is no public network.
const HERE: &str = "127.0.0.0/8";

/// An identity provider that is always away.
const NO_PROVIDER: &[&str] =
    &["--oidc-issuer", "http://127.0.0.1:9", "--oidc-client-id", "weir", "--oidc-name", "Acme SSO"];

/// Runs every test of the folder.
pub(super) async fn run(workspace: &Workspace, report: &mut Report) -> Result<()> {
    let Some(python) = Python::find(workspace)? else {
        report.skip("browser", Python::absence());
        return Ok(());
    };
    let Some(chromium) = tools::CHROMIUM.path(workspace) else {
        report.skip("browser", &tools::CHROMIUM.absence());
        return Ok(());
    };
    let Some(faketime) = clock::library() else {
        report.skip("browser", "libfaketime is not installed (Debian package libfaketime)");
        return Ok(());
    };
    truth::build(workspace, Profile::Debug).await?;
    let suite = Suite { workspace, python, chromium, faketime };
    // What is chosen by hand, and what writes documents, is one run.
    if std::env::var_os("PYTEST_ADDOPTS").is_some() || std::env::var_os("WEIR_WRITE").is_some() {
        suite.share("1/1").await?.tell("browser", report);
        return Ok(());
    }
    let (first, second) = tokio::join!(suite.share("1/2"), suite.share("2/2"));
    for counts in [first, second] {
        counts?.tell("browser", report);
    }
    Ok(())
}

/// What every share of the suite needs.
struct Suite<'a> {
    workspace: &'a Workspace,
    python: Python,
    chromium: PathBuf,
    faketime: PathBuf,
}

impl Suite<'_> {
    /// Runs a share of the tests, as `1/2`, on servers of its own: one page at a time leaves processors idle.
    async fn share(&self, share: &str) -> Result<Counts> {
        let workspace = self.workspace;
        let looked_at = LookedAt::start(workspace, self.faketime.clone()).await?;
        let lived_in = LivedIn::start(workspace).await?;
        let untouched = Weir::new(workspace, Profile::Debug, None, lived_in.site.gateway())?;
        let unused = Served::start(&untouched, &[]).await?;
        let mut tests = pytest::tests_of(&self.python, workspace, "browser");
        tests.env("WEIR_SHARE", share);
        tests.env("WEIR_CHROMIUM", &self.chromium);
        tests.env("WEIR_URL", looked_at.served.url()).env("WEIR_LINK", looked_at.served.link());
        tests.env("WEIR_KEY", &looked_at.key).env("WEIR_SITE", looked_at.site.url());
        tests.env("WEIR_HOME_FOLDER", looked_at.weir.home());
        tests.env("WEIR_RUN", &looked_at.run).env("WEIR_FAILED_RUN", &looked_at.failed_run);
        tests.env("WEIR_LIFE_URL", lived_in.served.url()).env("WEIR_LIFE_LINK", lived_in.served.link());
        tests.env("WEIR_LIFE_KEY", &lived_in.key).env("WEIR_LIFE_SITE", lived_in.site.url());
        tests.env("WEIR_ADFS_SITE", lived_in.behind_adfs.url());
        tests.env("WEIR_UNUSED_URL", unused.url()).env("WEIR_UNUSED_LINK", unused.link());
        tests.env("WEIR_DOCS", workspace.root.join("docs/screenshots"));
        tests.env("WEIR_PICTURES", pictures(workspace));
        let counts = pytest::counted(&mut tests).await?;
        unused.end().await?;
        lived_in.served.end().await?;
        looked_at.served.end().await?;
        Ok(counts)
    }
}

/// Where pictures are written: into the documents where that is asked for.
fn pictures(workspace: &Workspace) -> PathBuf {
    match std::env::var_os("WEIR_WRITE") {
        Some(_) => workspace.root.join("docs/screenshots"),
        None => workspace.target.join("screenshots"),
    }
}

/// The server whose pages are looked at, with integrations in every state, and the sites of these.
struct LookedAt {
    served: Served,
    key: String,
    run: String,
    failed_run: String,
    site: Simulator,
    weir: Weir,
    _others: [Simulator; 2],
}

impl LookedAt {
    async fn start(workspace: &Workspace, faketime: PathBuf) -> Result<Self> {
        let world = |seed, issues| World::new(issues, seed, Site::default());
        let site = Simulator::start(workspace, Profile::Debug, &world(1, 300)).await?;
        let refusing = Simulator::start(workspace, Profile::Debug, &world(2, 300)).await?;
        let slow = Simulator::start(workspace, Profile::Debug, &world(3, 5_000)).await?;
        let weir = Weir::new(workspace, Profile::Debug, None, site.gateway())?;
        let made = Made { weir: &weir, faketime };
        made.well(&site).await?;
        made.others(&site).await?;
        made.failing(&refusing).await?;
        made.importing(&slow).await?;
        let (run, failed_run) = (made.newest_run(made::WELL).await?, made.newest_run(made::FAILING).await?);
        let key = made::key(&weir).await?;
        let served = Served::start(&weir, &["--allow-address", HERE]).await?;
        Ok(Self { served, key, run, failed_run, site, weir, _others: [refusing, slow] })
    }
}

/// The server in which integrations, people and keys come and go, and the sites that these integrations read.
struct LivedIn {
    served: Served,
    key: String,
    site: Simulator,
    /// A Data Center that takes tokens of ADFS.
    behind_adfs: Simulator,
    _weir: Weir,
}

impl LivedIn {
    async fn start(workspace: &Workspace) -> Result<Self> {
        let world = World::new(60, 4, Site::default());
        let world = World { more: vec!["--oauth".to_owned(), "3600s".to_owned()], ..world };
        let site = Simulator::start(workspace, Profile::Debug, &world).await?;
        let data_center = World::new(60, 5, Site { flavor: Flavor::Dc, ..Site::default() });
        let data_center = World { more: vec!["--adfs".to_owned(), "3600s".to_owned()], ..data_center };
        let behind_adfs = Simulator::start(workspace, Profile::Debug, &data_center).await?;
        let weir = Weir::new(workspace, Profile::Debug, None, site.gateway())?;
        let key = made::key(&weir).await?;
        let flags = [&["--allow-address", HERE], NO_PROVIDER].concat();
        let served = Served::start(&weir, &flags).await?;
        Ok(Self { served, key, site, behind_adfs, _weir: weir })
    }
}
