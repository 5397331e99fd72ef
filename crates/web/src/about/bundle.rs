//! A bundle for those who are asked for help: what is installed and how it does, without a secret, an address, a name of anybody or
//! a text of a site. Only what is named here gets into it: of settings the values that are numbers, of lines of logs when they were
//! written and which sentence it is.

use super::{Build, health, ran::Ran};
use serde::Serialize;
use utoipa::ToSchema;
use weir_ingest::{health as fares, schedule};
use weir_model::{Deployment, Integration, Kind, Millis, Run, RunEvent, RunLevel};
use weir_store::{EventFilter, Store, StoreAddress, StoreError};
use weir_vault::KeyFile;

/// Runs that it tells of, of each integration, the newest.
const RUNS: u32 = 10;

/// Lines of the log of each of them that warn or tell of a failure.
const LINES: u32 = 50;

/// Settings whose values say nothing of anybody.
const SHOWN: [&str; 3] = ["max_in_flight", "api_rate", "workers"];

/// What stands for the value of a setting that is not shown.
const LEFT_OUT: &str = "(left out)";

/// The bundle.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SupportBundle {
    /// Names this form of it.
    pub format: String,
    /// When it was made.
    pub made_at: String,
    /// The version of the program.
    pub version: String,
    /// How the program was built.
    pub build: Build,
    /// The store.
    pub store: StoreShown,
    /// What `/readyz` asks.
    pub health: Vec<CheckShown>,
    /// Settings in force.
    pub settings: Vec<SettingShown>,
    /// Integrations, by id.
    pub integrations: Vec<IntegrationShown>,
    /// The newest runs of each.
    pub runs: Vec<RunShown>,
    /// Lines of their logs that warn or tell of a failure.
    pub log: Vec<LineShown>,
}

/// Something that was looked at, without its sentence, which may name a file.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CheckShown {
    /// `store`, `schema` or `key`.
    pub name: String,
    /// Whether it is as it has to be.
    pub ok: bool,
    /// The stable code of what is wrong.
    pub code: Option<String>,
}

/// Where the rows are.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StoreShown {
    /// `sqlite` or `postgres`.
    pub kind: String,
    /// The version of its schema.
    pub schema: i64,
    /// What it takes.
    pub size_bytes: u64,
}

/// A setting. Its value is shown where it is a number; whoever asks for more is told it by hand.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SettingShown {
    /// Its name.
    pub setting: String,
    /// The value, `none`, or that it is left out.
    pub value: String,
    /// A flag, a variable, `weir.toml`, or the default.
    pub from: String,
}

/// An integration.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct IntegrationShown {
    /// Its id.
    pub id: String,
    /// The tool that it reads.
    pub kind: String,
    /// `cloud` or `data_center`.
    pub deployment: String,
    /// `healthy`, `unhealthy`, `pending` or `no_data`.
    pub status: String,
    /// Why, as a stable code.
    pub reason_code: String,
    /// Minutes between two runs.
    pub interval_minutes: u32,
    /// Whether a pattern says when it runs.
    pub has_pattern: bool,
    /// How its schedule stands.
    pub schedule: String,
    /// When it is run next.
    pub next_at: Option<String>,
    /// Runs that have failed in a row.
    pub failures: u32,
    /// The code of the last of them.
    pub failure_code: Option<String>,
}

/// A run.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RunShown {
    /// Its id.
    pub id: String,
    /// The id of its integration.
    pub integration: String,
    /// How it began and ended, and its counts.
    #[serde(flatten)]
    pub ran: Ran,
}

/// A line of a run's log, without its sentence and without what it is about: both may hold text of a site.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LineShown {
    /// The id of the run.
    pub run: String,
    /// When it was written.
    pub at: String,
    /// `warning` or `error`.
    pub level: String,
    /// Names its sentence.
    pub code: String,
    /// The kind of record that it is about.
    pub what: Option<String>,
}

/// What a bundle is made of.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// The rows.
    pub store: &'a Store,
    /// The file with the master keys; only whether it opens what is sealed is told.
    pub key_file: &'a KeyFile,
    /// Every setting, its value as it may be shown, and where it comes from.
    pub explained: &'a [(&'static str, String, String)],
    /// The version of the program.
    pub version: &'a str,
    /// When it is made.
    pub now: Millis,
}

/// Makes one.
///
/// # Errors
/// When the store cannot be read.
pub async fn support_bundle(told: Told<'_>) -> Result<SupportBundle, StoreError> {
    let Told { store, now, .. } = told;
    let (mut integrations, mut runs, mut log) = (vec![], vec![], vec![]);
    for integration in store.integrations().await? {
        integrations.push(shown(store, &integration, now).await?);
        for run in store.runs(Some(&integration.id), RUNS).await? {
            let filter = EventFilter { level: Some(RunLevel::Warning), ..EventFilter::default() };
            let lines = store.run_events_page(&run.id, &filter, None, LINES).await?;
            log.extend(lines.iter().map(|(_, line)| LineShown::of(&run, line)));
            runs.push(RunShown::of(&integration, run));
        }
    }
    Ok(SupportBundle {
        format: "weir-support/1".to_owned(),
        made_at: now.rfc3339(),
        version: told.version.to_owned(),
        build: Build::this(),
        store: StoreShown {
            kind: match store.address() {
                StoreAddress::Sqlite(_) => "sqlite".to_owned(),
                StoreAddress::Postgres(_) => "postgres".to_owned(),
            },
            schema: store.schema_version(),
            size_bytes: store.size().await?,
        },
        health: health::judged(store, told.key_file).await.into_iter().map(CheckShown::from).collect(),
        settings: told.explained.iter().map(SettingShown::of).collect(),
        integrations,
        runs,
        log,
    })
}

async fn shown(
    store: &Store,
    integration: &Integration,
    now: Millis,
) -> Result<IntegrationShown, StoreError> {
    let facts = store.health_facts(&integration.id).await?;
    let stands = fares(integration, &facts, now);
    let plan = schedule::show(store, integration, now).await?;
    let settings = &integration.settings;
    Ok(IntegrationShown {
        id: integration.id.to_string(),
        kind: integration.kind.clone(),
        deployment: match settings.deployment {
            Deployment::Cloud => "cloud".to_owned(),
            Deployment::DataCenter => "data_center".to_owned(),
        },
        status: stands.status.to_owned(),
        reason_code: stands.reason_code,
        interval_minutes: settings.interval_minutes,
        has_pattern: settings.cron.is_some(),
        schedule: plan.state.as_str().to_owned(),
        next_at: plan.next_at.map(Millis::rfc3339),
        failures: plan.failures,
        failure_code: plan.failure_code,
    })
}

impl From<health::HealthCheck> for CheckShown {
    fn from(check: health::HealthCheck) -> Self {
        Self { name: check.name, ok: check.ok, code: check.code }
    }
}

impl SettingShown {
    fn of((setting, value, from): &(&'static str, String, String)) -> Self {
        let is_shown = SHOWN.contains(setting) || value == "none";
        Self {
            setting: (*setting).to_owned(),
            value: if is_shown { value.clone() } else { LEFT_OUT.to_owned() },
            from: from.clone(),
        }
    }
}

impl RunShown {
    fn of(integration: &Integration, run: Run) -> Self {
        Self { id: run.id.to_string(), integration: integration.id.to_string(), ran: Ran::from(&run) }
    }
}

impl LineShown {
    fn of(run: &Run, line: &RunEvent) -> Self {
        Self {
            run: run.id.to_string(),
            at: line.at.rfc3339(),
            level: line.level.as_str().to_owned(),
            code: line.code.clone(),
            what: line.what.map(Kind::as_str).map(str::to_owned),
        }
    }
}
