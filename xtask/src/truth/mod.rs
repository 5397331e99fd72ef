//! `cargo xtask verify-truth`: what a sync stored, compared with the simulator's truth field by field.
//!
//! The truth is computed from the simulated world itself, never from what was served, and shares no code with
//! the program under test.

pub(crate) mod compare;
pub(crate) mod edits;
pub(crate) mod live;
pub(crate) mod views;

use crate::report::Report;
use crate::simulator::{Simulator, World};
use crate::site::{Account, Credential, Site, TokenKind};
use crate::workspace::{Profile, Workspace};
use crate::{output, postgres::Postgres, process, store::StoreKind, weir::Weir};
use anyhow::{Context, Result, bail, ensure};
use compare::Comparison;
use serde_json::Value;
pub(crate) use views::VIEWS;

/// What to compare.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Issues in the simulated world
    #[arg(long, default_value_t = 10_000)]
    issues: usize,
    /// What the world is grown from
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where to sync into
    #[arg(long, value_enum, default_value_t = StoreKind::Sqlite)]
    store: StoreKind,
    /// Who syncs
    #[arg(long, value_enum, default_value_t = Account::Reader)]
    account: Account,
    /// With which kind of credential [default: unscoped, on Data Center pat]
    #[arg(long, value_enum)]
    token: Option<TokenKind>,
    #[command(flatten)]
    site: Site,
    /// Build for speed
    #[arg(long)]
    release: bool,
}

/// Runs one comparison; `false` when something differs.
pub(crate) async fn run(options: Options) -> Result<bool> {
    let workspace = Workspace::find().await?;
    let profile = if options.release { Profile::Release } else { Profile::Debug };
    build(&workspace, profile).await?;
    let server = options.store.server().await?;
    let (issues, seed, site) = (options.issues, options.seed, options.site);
    let world = World::new(issues, seed, site);
    let simulator = Simulator::start(&workspace, profile, &world).await?;
    let token = options.token.unwrap_or(site.usual_token());
    let case = Case { store: options.store, account: options.account, token };
    let mut report = Report::new(true);
    case.prove(
        &Prover { workspace: &workspace, profile, simulator: &simulator, server: server.as_ref() },
        &mut report,
    )
    .await;
    Ok(report.finish())
}

/// Builds `weir` and `weir-sim`, in the way in which most of the work is done already: for debugging as the tests
/// are built, for release as `cargo run --release` does.
pub(crate) async fn build(workspace: &Workspace, profile: Profile) -> Result<()> {
    let arguments: &[&str] = match profile {
        Profile::Debug => &["build", "--workspace", "--exclude", "xtask", "--bins", "--tests"],
        Profile::Release => &["build", "--release", "--package", "weir", "--package", "jira-sim", "--bins"],
    };
    ensure!(process::succeeds(&mut workspace.cargo(arguments)).await?, "the build failed");
    Ok(())
}

/// What a comparison runs with.
#[derive(Clone, Copy)]
pub(crate) struct Prover<'a> {
    /// Where the programs are.
    pub(crate) workspace: &'a Workspace,
    /// How they were built.
    pub(crate) profile: Profile,
    /// The site to sync from.
    pub(crate) simulator: &'a Simulator,
    /// The server for stores of that kind.
    pub(crate) server: Option<&'a Postgres>,
}

/// One way to sync.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case {
    /// Into which store.
    pub(crate) store: StoreKind,
    /// As whom.
    pub(crate) account: Account,
    /// With which token.
    pub(crate) token: TokenKind,
}

impl Case {
    /// Its name in reports.
    pub(crate) fn name(self, site: Site) -> String {
        let place = match site.name() {
            name if name.is_empty() => self.store.word().to_owned(),
            name => format!("{name}-{}", self.store.word()),
        };
        match self.token {
            TokenKind::Service => format!("{place}-service"),
            _ => format!("{place}-{:?}-{:?}", self.token, self.account).to_lowercase(),
        }
    }

    /// Syncs, compares every view, syncs again expecting that nothing is written, and verifies.
    pub(crate) async fn prove(self, prover: &Prover<'_>, report: &mut Report) {
        let name = self.name(prover.simulator.site());
        output::step(&format!("truth: {name}"));
        let database = format!("truth_{}", name.replace(['-', '.'], "_"));
        let weir = match self.synced(prover, &database).await {
            Ok(weir) => weir,
            Err(error) => return report.record(&format!("{name}: sync"), Err(error)),
        };
        report.pass(1);
        let credential = Credential::of(self.account, self.token);
        for view in VIEWS {
            let compared = async {
                let email = &credential.as_ref().map_err(|error| anyhow::anyhow!("{error}"))?.email;
                self.compare_view(prover, &weir, view, email).await
            };
            report.record(&format!("{name}: {}", view.name), compared.await);
        }
        report.record(&format!("{name}: a second sync writes nothing"), second_sync(&weir).await);
        report.record(&format!("{name}: verify"), weir.verify().await);
    }

    /// Compares every view, of issues those that are live; an error names the first that differs.
    pub(crate) async fn compare(self, prover: &Prover<'_>, weir: &Weir) -> Result<()> {
        let email = Credential::of(self.account, self.token)?.email;
        live::compare(prover.simulator, weir, &email).await.1
    }

    pub(crate) async fn compare_view(
        self,
        prover: &Prover<'_>,
        weir: &Weir,
        view: &views::View,
        email: &str,
    ) -> Result<()> {
        let mut comparison = Comparison::new(view.key);
        prover.simulator.truth(view.name, email, |line| comparison.expect(line)).await?;
        weir.export(view.name, |line| comparison.meet(line)).await?;
        comparison.finish()
    }

    async fn synced(self, prover: &Prover<'_>, database: &str) -> Result<Weir> {
        let credential = Credential::of(self.account, self.token)?;
        let store = self.store.fresh(prover.server, database).await?;
        let weir = Weir::new(prover.workspace, prover.profile, store, prover.simulator.gateway())?;
        weir.add(prover.simulator, &credential).await?;
        let answer = weir.sync().await?;
        numbers_add_up(&answer)?;
        Ok(weir)
    }
}

/// Neither a sync of what is new nor one of everything finds anything to write.
async fn second_sync(weir: &Weir) -> Result<()> {
    for answer in [weir.sync().await?, weir.full_sync().await?] {
        numbers_add_up(&answer)?;
        let written = number(&answer, "written")?;
        ensure!(written == 0, "{written} rows were written again: {answer}");
    }
    Ok(())
}

fn numbers_add_up(answer: &Value) -> Result<()> {
    let mut sum = 0;
    for part in ["written", "unchanged", "skipped", "failed"] {
        sum += number(answer, part)?;
    }
    let read = number(answer, "read")?;
    if read != sum {
        bail!("read is {read}, but its parts add up to {sum}: {answer}");
    }
    ensure!(read > 0, "nothing was read: {answer}");
    Ok(())
}

fn number(answer: &Value, name: &str) -> Result<u64> {
    answer
        .get(name)
        .and_then(Value::as_u64)
        .with_context(|| format!("the answer of weir sync has no {name}: {answer}"))
}
