//! `cargo xtask verify-hygiene`: each number of hygiene against a plain count over the truth of simulated sites.
//!
//! A seed draws the site, the product, the time zone, the database and the questions. The count asks of each issue and each
//! instant anew, from rows that the simulator tells, and shares no code with the program.

mod ask;
mod fields;
mod judge;
mod own;
mod server;
mod site;
mod then;

use crate::chaos::fresh_seed;
use crate::draw::Draw;
use crate::report::Report;
use crate::simulator::{Simulator, World};
use crate::site::{Account, Credential, DcVersion, Flavor};
use crate::store::StoreKind;
use crate::weir::Weir;
use crate::workspace::{Profile, Workspace};
use crate::{output, postgres::Postgres, truth};
use anyhow::{Context as _, Result};
use ask::{Basis, Condition, Filter, Scope};
use fields::{FIELDS, Field};
use judge::Judge;
use serde_json::json;
use server::Server;
use site::Site;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// Zones in which the days of an integration begin.
const ZONES: [&str; 4] = ["UTC", "Asia/Kolkata", "America/New_York", "Pacific/Chatham"];

/// Every so many-th seed is of PostgreSQL.
const POSTGRES_EVERY: u64 = 5;

/// Sites at one time: as many as most machines have cores to spare.
const AT_ONCE: usize = 2;

/// Questions with several filters, over now and as a trend.
const COMBINED: usize = 8;

/// Changes of the site after the questions.
const EDITS: u64 = 100;

/// The numbers of draws for each purpose.
const QUESTIONS: u64 = 1;

/// What to ask.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Options {
    /// Sites, each with a seed of its own
    #[arg(long, default_value_t = 20)]
    pub(crate) sites: u64,
    /// The first seed; another one each time unless it is given
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Issues of each site
    #[arg(long, default_value_t = 2_000)]
    pub(crate) issues: usize,
    /// Where to sync into; the seed draws it unless it is given
    #[arg(long, value_enum)]
    pub(crate) store: Option<StoreKind>,
}

/// Asks; `false` when a number differs.
pub(crate) async fn run(options: Options) -> Result<bool> {
    let workspace = Workspace::find().await?;
    truth::build(&workspace, Profile::Debug).await?;
    let mut report = Report::new(crate::workspace::is_ci());
    prove(options, &mut report).await?;
    Ok(report.finish())
}

/// Asks into a report. The programs have been built.
pub(crate) async fn prove(options: Options, report: &mut Report) -> Result<()> {
    let begun = Instant::now();
    let first = options.seed.unwrap_or_else(fresh_seed);
    let last = first + options.sites.saturating_sub(1);
    output::line(&format!("hygiene: seeds {first} to {last}"));
    let shared = Arc::new(Shared { options, next: AtomicU64::new(first), last });
    let (results, mut received) = mpsc::unbounded_channel();
    let mut workers = JoinSet::new();
    for _ in 0..AT_ONCE {
        workers.spawn(work(Arc::clone(&shared), results.clone()));
    }
    drop(results);
    while let Some((seed, judged)) = received.recv().await {
        let name = format!("cargo xtask verify-hygiene --sites 1 --seed {seed}");
        match judged {
            Ok(Judged::Agrees) => report.record(&name, Ok(())),
            Ok(Judged::NoPostgres) => report.skip(&name, "no PostgreSQL"),
            Err(error) => report.record(&name, Err(error)),
        }
    }
    while let Some(ended) = workers.join_next().await {
        ended.context("a worker")??;
    }
    output::line(&format!("it took {:.0} s", begun.elapsed().as_secs_f64()));
    Ok(())
}

/// What all workers share.
struct Shared {
    options: Options,
    next: AtomicU64,
    last: u64,
}

/// What came of a site.
enum Judged {
    Agrees,
    NoPostgres,
}

/// Asks of one site after the other.
async fn work(shared: Arc<Shared>, results: mpsc::UnboundedSender<(u64, Result<Judged>)>) -> Result<()> {
    let workspace = Workspace::find().await?;
    let mut server: Option<Postgres> = None;
    loop {
        let seed = shared.next.fetch_add(1, Ordering::Relaxed);
        if seed > shared.last {
            return Ok(());
        }
        let kind = if seed.is_multiple_of(POSTGRES_EVERY) { StoreKind::Postgres } else { StoreKind::Sqlite };
        let case = Case { workspace: &workspace, seed, issues: shared.options.issues };
        let store = shared.options.store.unwrap_or(kind);
        if store == StoreKind::Postgres && server.is_none() {
            server = Postgres::start().await?;
        }
        let judged = match (store, &server) {
            (StoreKind::Postgres, None) => Ok(Judged::NoPostgres),
            _ => match store.fresh(server.as_ref(), &format!("hygiene_{seed}")).await {
                Ok(store) => case.judge(store).await.map(|()| Judged::Agrees),
                Err(error) => Err(error),
            },
        };
        if results.send((seed, judged)).is_err() {
            return Ok(());
        }
    }
}

/// A site and the questions about it.
struct Case<'a> {
    workspace: &'a Workspace,
    seed: u64,
    issues: usize,
}

impl Case<'_> {
    async fn judge(&self, store: Option<String>) -> Result<()> {
        let begun = Instant::now();
        let mut draw = Draw::new(self.seed, QUESTIONS);
        let site = crate::site::Site {
            flavor: if draw.chance(50) { Flavor::Cloud } else { Flavor::Dc },
            dc_version: draw.pick(&DcVersion::ALL).copied().unwrap_or_default(),
            ..crate::site::Site::default()
        };
        let zone = draw.pick(&ZONES).copied().unwrap_or("UTC");
        let world = World::new(self.issues, self.seed, site);
        let simulator = Simulator::start(self.workspace, Profile::Debug, &world).await?;
        let credential = Credential::of(Account::Reader, site.usual_token())?;
        let weir = Weir::new(self.workspace, Profile::Debug, store, simulator.gateway())?;
        let mut words = weir.words_of_add(&simulator, &credential)?;
        words.extend(["--timezone".to_owned(), zone.to_owned()]);
        weir.answer(&words.iter().map(String::as_str).collect::<Vec<_>>()).await?;
        weir.sync().await?;
        for field in fields::added() {
            weir.answer(&["fields", "map", field]).await?;
        }
        let imported = begun.elapsed();
        let mut server = Server::start(&weir).await?;
        let mut judge = Judge::new(Site::read(&simulator, &credential.email, zone).await?);
        let mut asked = self.ask(&mut judge, &mut server, &mut draw).await?;
        let now = site::now();
        asked += own::ask(&judge, &mut server, (now, &mut draw)).await?;
        let told = weir.answer(&["hygiene", "report", "--format", "json"]).await?;
        judge.told(&serde_json::from_str(&told)?, &Scope::default()).context("weir hygiene report")?;
        let answered = begun.elapsed();

        let edits = json!({ "seed": self.seed, "count": EDITS, "spread_ms": 1_000 });
        simulator.order("edits", &edits).await?;
        weir.sync().await?;
        weir.census().await?;
        let mut judge = Judge::new(Site::read(&simulator, &credential.email, zone).await?);
        for scope in [Scope::default(), everything()] {
            judge.report(&mut server, &scope).await.context("after edits")?;
            judge.trend(&mut server, &scope).await.context("after edits")?;
        }
        server.end().await?;
        output::echo(&format!(
            "seed {}: {} of {} issues, {zone}: {asked} questions; imported after {imported:.1?}, answered after \
             {answered:.1?}, edited after {:.1?}",
            self.seed,
            if site.flavor == Flavor::Cloud { "Cloud" } else { site.dc_version.word() },
            judge.site.issues.len(),
            begun.elapsed()
        ));
        Ok(())
    }

    /// Every form of a question; says how many there were.
    async fn ask(&self, judge: &mut Judge, server: &mut Server, draw: &mut Draw) -> Result<usize> {
        let now = site::now();
        let mut asked = 0;
        for field in &FIELDS {
            for leaves_out in [false, true] {
                let single = self.filters(field, leaves_out, judge, now, draw);
                for filter in single {
                    judge.report(server, &Scope { basis: None, filters: vec![filter] }).await?;
                    asked += 1;
                }
            }
        }
        let mut scopes: Vec<Scope> = vec![Scope::default()];
        for basis in self.bases(draw) {
            scopes.push(Scope { basis: Some(basis), filters: Vec::new() });
        }
        for _ in 0..COMBINED {
            let bases = self.bases(draw);
            let basis = draw.chance(60).then(|| draw.pick(&bases).copied()).flatten();
            let filters = (0..draw.range(2, 4)).filter_map(|_| {
                let field = draw.pick(&FIELDS)?;
                let leaves_out = draw.chance(50);
                self.filters(field, leaves_out, judge, now, draw).pop()
            });
            let filters = filters.collect();
            scopes.push(Scope { basis, filters });
        }
        for scope in &scopes {
            judge.report(server, scope).await?;
            judge.trend(server, scope).await?;
            let rule = draw.pick(&ask::RULES).copied().filter(|_| draw.chance(80));
            judge.issues(server, scope, rule).await?;
            let days = (draw.range(1, 90) as i64, draw.range(1, 60) as i64);
            judge.issues_then(server, (scope, rule), days).await?;
            asked += 5;
        }
        Ok(asked)
    }

    fn bases(&self, draw: &mut Draw) -> [Basis; 6] {
        let days = |draw: &mut Draw| draw.pick(&[1, 7, 30, 90, 400]).copied().unwrap_or(30);
        let (created, updated) = (Basis::Created(days(draw)), Basis::Updated(days(draw)));
        [Basis::All, Basis::ActiveSprint, Basis::InProgress, Basis::Backlog, created, updated]
    }

    /// The filters on a field that can be said in words: one that asks for none, one that names values.
    fn filters(
        &self,
        field: &Field,
        leaves_out: bool,
        judge: &Judge,
        now: i64,
        draw: &mut Draw,
    ) -> Vec<Filter> {
        let conditions = field.conditions(&judge.site, now, draw).into_iter();
        let mut filters: Vec<Filter> = conditions
            .filter(|condition| matches!(condition.op, "missing" | "equals"))
            .map(|condition| Filter { any: vec![condition], leaves_out })
            .collect();
        if let Some(last) = filters.last_mut().filter(|last| last.any.iter().all(|one| one.op == "equals")) {
            let value = field.known(&judge.site, now, draw);
            last.any.push(Condition { field: field.name, op: "equals", value });
        }
        filters.retain(|filter| filter.words().is_some());
        filters
    }
}

fn everything() -> Scope {
    Scope { basis: Some(Basis::All), filters: Vec::new() }
}
