//! `weir demo`: a simulated Jira inside this process, brought into a store by the same path as a real one.

mod place;

use super::sync;
use crate::{
    cli::Demo,
    context::Context,
    failure::Failure,
    output::{self, demo_summary, sync_json, sync_summary},
};
use jira_sim::{DcVersion, Flavor, Sim, SimOptions, World, WorldSpec};
use place::Place;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use weir_ingest::{Choices, SyncReport};
use weir_model::{Exclusions, Integration, IntegrationSettings, Kind, Message, Scope, Transport, Trigger};
use weir_source::{
    Secret,
    jira::{self, Credential, Target},
};
use weir_store::Store;
use weir_vault::Vault;

/// The integration's name.
const NAME: &str = "demo";

/// The simulated account: it sees every live project and administers nothing.
const ACCOUNT: &str = "reader@sim.example";
const LOGIN: &str = "reader";
const TOKEN: &str = "sim-unscoped-reader";

pub(super) async fn run(context: &Context<'_>, flags: Demo) -> Result<(), Failure> {
    context.output.format()?;
    let clock = context.clock();
    let started = clock.now();
    output::note(&format!(
        "Making a simulated Jira with {} issues …",
        output::thousands(u64::from(flags.issues))
    ));

    let place = Place::ready(context, flags.keep || context.store_was_chosen())?;
    let sim = context.lifecycle.droppable(simulator(&flags)).await?;
    let store = context.store_at(place.address()).await?;
    let vault = context.vault_at(&store, place.folder()).await?;
    let integration =
        context.lifecycle.droppable(connect(context, &store, &vault, &sim, flavor(&flags))).await?;
    let how = sync::How { trigger: Trigger::Manual, full: true, census: false };
    let (report, failure) = sync::one(context, &store, &vault, &integration, how).await;
    let counts = store.counts(&integration.id).await?;
    // Its site goes away now; weir sync without a name would look for it in vain.
    store.pause(&integration.id, "", None).await?;
    context.close().await?;
    sim.stop().await;
    let kept = place.finish();
    if let Some(message) = failure {
        return Err(message.into());
    }

    let facts = facts(&report, &counts, clock.now().since(started), kept);
    if !context.output.for_people() {
        return context.output.json(&facts);
    }
    sync_summary(context.output, &report)?;
    demo_summary(context.output, &facts, &next(context, kept))
}

fn flavor(flags: &Demo) -> Flavor {
    match flags.flavor.as_str() {
        "dc" => Flavor::DataCenter(DcVersion::V10_3),
        _ => Flavor::Cloud,
    }
}

async fn simulator(flags: &Demo) -> Result<Sim, Failure> {
    let spec = WorldSpec {
        flavor: flavor(flags),
        seed: flags.seed,
        issues: flags.issues as usize,
        projects: flags.projects.map_or(0, |projects| projects as usize),
        ..WorldSpec::default()
    };
    let world = tokio::task::spawn_blocking(move || World::generate(spec));
    let world = world.await.map_err(|error| Failure::bug(error.to_string()))?;
    Sim::start(world, SimOptions::default()).await.map_err(|error| Failure::bug(error.to_string()))
}

/// Connects the simulated site, in the place of an earlier demo.
async fn connect(
    context: &Context<'_>,
    store: &Store,
    vault: &Vault,
    sim: &Sim,
    flavor: Flavor,
) -> Result<Integration, Failure> {
    let token = Secret::from(TOKEN.to_owned());
    let credential = match flavor {
        Flavor::Cloud => Credential::ApiToken { email: Some(ACCOUNT.into()), token },
        Flavor::DataCenter(_) => Credential::PersonalToken(token),
    };
    let target = Target {
        address: sim.url().to_owned(),
        credential,
        scope: Scope::Everything,
        exclusions: Exclusions::default(),
        transport: Transport::default(),
    };
    let mut environment = context.environment();
    environment.atlassian_api = sim.url().to_owned();
    let connected = jira::preflight(target, &environment, &mut |_| {}).await.outcome?;
    if let Some(earlier) = store.integration(NAME).await? {
        if ![ACCOUNT, LOGIN].contains(&earlier.settings.auth.account()) {
            return Err(Message::NameTaken { name: NAME.into() }.into());
        }
        weir_ingest::delete(store, &earlier, &context.holder(), &context.user()).await?;
    }
    let choices = Choices {
        name: NAME.into(),
        scope: Scope::Everything,
        exclusions: Exclusions::default(),
        transport: Transport::default(),
        timezone: None,
        interval_minutes: 15,
        cron: None,
        census_minutes: Some(IntegrationSettings::DAY),
        reread_minutes: IntegrationSettings::REREAD,
        history_months: None,
        speed: Default::default(),
        description: "A simulated Jira".into(),
        tags: vec![],
        owner: None,
        secondary_owner: None,
    };
    Ok(weir_ingest::add(store, vault, &environment, choices, connected, &context.user()).await?)
}

fn facts(report: &SyncReport, counts: &BTreeMap<Kind, u64>, took_ms: i64, kept: bool) -> Value {
    let mut facts = sync_json(report, None);
    for (name, kind) in [
        ("issues", Kind::Issues),
        ("changes", Kind::IssueChanges),
        ("comments", Kind::IssueComments),
        ("worklogs", Kind::IssueWorklogs),
        ("projects", Kind::Projects),
        ("people", Kind::People),
    ] {
        facts[name] = json!(counts.get(&kind));
    }
    facts["sync_ms"] = json!(report.duration_ms);
    facts["duration_ms"] = json!(took_ms);
    facts["kept"] = json!(kept);
    facts
}

/// Commands to go on with, as they can be typed here.
fn next(context: &Context<'_>, kept: bool) -> Vec<String> {
    let weir = std::env::args().next().filter(|name| name.contains('/')).unwrap_or_else(|| "weir".into());
    let connect = format!("{weir} integration add jira URL --name NAME --email E --token-file F");
    if !kept {
        return vec![
            format!("{weir} demo --keep"),
            format!("{weir} check URL --email E --token-file F"),
            connect,
        ];
    }
    let store = context.same_store();
    vec![
        format!("{weir}{store} status"),
        format!("{weir}{store} export issues --integration {NAME} --format csv -o issues.csv"),
        format!("{weir}{store} export issue_changes --integration {NAME} --since 2026-10-01 | head"),
        format!("{weir}{store} runs show"),
        connect,
    ]
}
