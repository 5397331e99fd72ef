//! An integration as people and programs see it: settings, status, sizes. Never its credential.

use crate::{
    expiry::{ends_on, reminder},
    health, onboarded, schedule,
};
use serde::Serialize;
use weir_model::{AuthMethod, Deployment, Integration, Millis, NextStep, Pause, Scope, StatusFamily};
use weir_store::{HealthFacts, Store, StoreError};

/// Everything there is to say of an integration; the names are those of the commands and of the API.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs, reason = "the names are the documentation: each is a setting of the integration")]
pub struct Description {
    pub id: String,
    pub name: String,
    pub kind: String,
    pub url: String,
    pub deployment: Deployment,
    pub status: &'static str,
    pub reason_code: String,
    pub reason: String,
    pub family: StatusFamily,
    pub next_action: Option<String>,
    #[serde(skip)]
    pub next: Option<NextStep>,
    /// When the run that ended last did.
    pub last_run_at: Option<String>,
    pub last_success_at: Option<String>,
    pub next_run_at: Option<String>,
    /// When it is run, or why not.
    pub schedule: String,
    /// The same as a word.
    pub schedule_state: &'static str,
    /// Due times that nobody has seen to, up to now.
    pub missed_runs: u64,
    pub issues: u64,
    pub projects: u64,
    pub tags: Vec<String>,
    pub description: String,
    pub owner: Option<String>,
    pub secondary_owner: Option<String>,
    pub account: String,
    pub account_id: String,
    pub sign_in: &'static str,
    /// What ADFS is asked with besides the account and its password, where tokens are its.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adfs_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adfs_client_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adfs_resource: Option<String>,
    /// The day on which the credential ends, where whoever gave it said so.
    pub credential_expires_on: Option<String>,
    /// What there is to say of that now.
    pub credential_reminder: Option<String>,
    pub scope: String,
    pub exclude: Vec<String>,
    pub timezone: Option<String>,
    pub interval_minutes: u32,
    pub cron: Option<String>,
    pub census_minutes: Option<u32>,
    pub reread_minutes: u32,
    pub history_months: Option<u32>,
    /// Issues that were edited last before this are not read.
    pub read_since: Option<String>,
    pub speed: &'static str,
    /// May hold a password: shown masked alone.
    #[serde(skip)]
    pub proxy_with_password: Option<String>,
    pub custom_ca: bool,
    pub insecure_tls: bool,
    pub paused: bool,
    /// Who paused it, when, and until when.
    pub pause: Option<PauseDescription>,
    pub created_at: String,
}

/// Who paused an integration, when, and until when.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs, reason = "the names are the documentation")]
pub struct PauseDescription {
    pub by: String,
    pub since: Option<String>,
    pub until: Option<String>,
}

impl From<Pause> for PauseDescription {
    fn from(pause: Pause) -> Self {
        Self {
            by: pause.paused_by,
            since: pause.since.map(Millis::rfc3339),
            until: pause.until.map(Millis::rfc3339),
        }
    }
}

/// Describes an integration as it is at `now`.
pub async fn describe(
    store: &Store,
    integration: &Integration,
    now: Millis,
) -> Result<Description, StoreError> {
    let facts = store.health_facts(&integration.id).await?;
    describe_by(store, integration, &facts, now).await
}

/// The same by facts that were read before.
pub async fn describe_by(
    store: &Store,
    integration: &Integration,
    facts: &HealthFacts,
    now: Millis,
) -> Result<Description, StoreError> {
    let settings = integration.settings.clone();
    let health = health(integration, facts, now);
    let shown = schedule::show(store, integration, now).await?;
    let last = facts.last_successful.as_ref().map(|run| run.ended_at.unwrap_or(run.started_at));
    let place = match &settings.auth {
        AuthMethod::Adfs { url, client_id, resource, .. } => Some([url, client_id, resource]),
        _ => None,
    };
    let adfs = |at: usize| place.and_then(|place| place.get(at).map(|text| (*text).clone()));
    Ok(Description {
        id: integration.id.to_string(),
        name: integration.name.clone(),
        kind: integration.kind.clone(),
        deployment: settings.deployment,
        status: health.status,
        reason_code: health.reason_code,
        reason: health.reason,
        family: health.family,
        next_action: health.next.map(|next| next.command(&integration.name)),
        next: health.next,
        last_run_at: facts.last_finished.as_ref().and_then(|run| run.ended_at).map(Millis::rfc3339),
        last_success_at: last.map(Millis::rfc3339),
        next_run_at: shown.next_at.filter(|_| !integration.is_retired()).map(Millis::rfc3339),
        schedule_state: shown.state.as_str(),
        schedule: match integration.is_retired() {
            true => "It is not run before it has another credential.".to_owned(),
            false => shown.reason,
        },
        missed_runs: shown.missed_now.map_or(0, |missed| missed.runs),
        issues: facts.issues,
        projects: onboarded::shown(store, integration).await?,
        account: settings.auth.account().to_owned(),
        sign_in: method(&settings.auth),
        adfs_url: adfs(0),
        adfs_client_id: adfs(1),
        adfs_resource: adfs(2),
        credential_expires_on: ends_on(integration),
        credential_reminder: reminder(integration, now),
        scope: scope_text(&settings.scope),
        exclude: settings.exclusions.words().into_iter().map(str::to_owned).collect(),
        url: settings.site_url,
        tags: settings.tags,
        description: settings.description,
        owner: settings.owner,
        secondary_owner: settings.secondary_owner,
        account_id: settings.account_id,
        timezone: settings.timezone,
        interval_minutes: settings.interval_minutes,
        cron: settings.cron,
        census_minutes: settings.census_minutes,
        reread_minutes: settings.reread_minutes,
        history_months: settings.history_months,
        read_since: integration.read_since().map(Millis::rfc3339),
        speed: settings.speed.as_str(),
        proxy_with_password: settings.transport.proxy,
        custom_ca: settings.transport.ca_pem.is_some(),
        insecure_tls: settings.transport.insecure_tls,
        paused: facts.paused,
        // What is about to be deleted is passed by too, and nobody has paused it.
        pause: shown.pause.filter(|_| facts.deletion.is_none()).map(PauseDescription::from),
        created_at: integration.created_at.rfc3339(),
    })
}

fn method(auth: &AuthMethod) -> &'static str {
    match auth {
        AuthMethod::SiteToken { .. } => "api_token",
        AuthMethod::GatewayToken { .. } => "scoped_token",
        AuthMethod::GatewayBearer { .. } => "service_account",
        AuthMethod::PersonalToken { .. } => "personal_access_token",
        AuthMethod::Password { .. } => "password",
        AuthMethod::OAuth { .. } => "oauth",
        AuthMethod::ConnectApp { .. } => "connect_app",
        AuthMethod::Satellite {} => "satellite",
        AuthMethod::Adfs { .. } => "adfs",
    }
}

/// Which issues, in few words.
pub fn scope_text(scope: &Scope) -> String {
    match scope {
        Scope::Everything => "everything".to_owned(),
        Scope::Projects(keys) => format!("projects {}", keys.join(", ")),
        Scope::Jql(jql) => format!("jql {jql}"),
    }
}
