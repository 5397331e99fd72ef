//! Integrations: what is connected, and how it does; and their life, from the first check to the receipt.

pub(super) mod change;
pub(super) mod create;
pub(super) mod delete;
pub(super) mod list;
pub(super) mod reauth;
pub(super) mod satellite;
pub(super) mod validate;

use crate::{
    api::next::operation,
    app::App,
    http::{Problem, extract::Segments, tag::Conditions},
    life::revision,
};
use axum::{extract::State, response::Response};
use serde::Serialize;
use utoipa::ToSchema;
use weir_ingest::{Description, describe};
use weir_model::{Deployment, Message, StatusFamily};

/// One connection to one site of one tool; never its credential.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Integration {
    id: String,
    /// Unique on this server.
    name: String,
    kind: String,
    url: String,
    /// `cloud` or `data_center`.
    deployment: &'static str,
    /// `healthy`, `unhealthy`, `pending` or `no_data`.
    pub(crate) status: &'static str,
    /// Why; stays the same from version to version.
    reason_code: String,
    /// Why, as a sentence.
    pub(crate) reason: String,
    /// Who has to act: `needs_you`, `healing` or `none`.
    family: &'static str,
    /// What to do next, as an operation of this API.
    next_action: Option<String>,
    /// When the run that ended last did.
    last_run_at: Option<String>,
    last_success_at: Option<String>,
    next_run_at: Option<String>,
    /// When it is run, or why not.
    schedule: String,
    /// Due times that nobody has seen to, up to now.
    missed_runs: u64,
    issues: u64,
    projects: u64,
    tags: Vec<String>,
    description: String,
    owner: Option<String>,
    secondary_owner: Option<String>,
    account: String,
    account_id: String,
    /// How it signs in.
    sign_in: &'static str,
    /// Where it signs in through ADFS, and with what besides the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    adfs_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    adfs_client_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    adfs_resource: Option<String>,
    /// The day on which the credential ends, where whoever gave it said so.
    credential_expires_on: Option<String>,
    /// What there is to say of that now: something from 30 days before.
    credential_reminder: Option<String>,
    /// Which issues, in few words.
    scope: String,
    exclude: Vec<String>,
    timezone: Option<String>,
    interval_minutes: u32,
    /// Instead of the interval, in the time zone.
    cron: Option<String>,
    census_minutes: Option<u32>,
    reread_minutes: u32,
    history_months: Option<u32>,
    /// Issues that were edited last before this are not read.
    read_since: Option<String>,
    /// `gentle`, `normal` or `fast`.
    speed: &'static str,
    /// Without its password.
    proxy: Option<String>,
    custom_ca: bool,
    insecure_tls: bool,
    paused: bool,
    /// Who paused it, when, and until when.
    pause: Option<PausedBy>,
    created_at: String,
    /// Names the settings as they are; a change may have it in `If-Match`. The entity tag begins with it.
    revision: String,
}

/// Who paused an integration, when, and until when.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PausedBy {
    /// Empty where that is not known.
    by: String,
    since: Option<String>,
    /// Nothing until somebody resumes it.
    until: Option<String>,
}

impl Integration {
    fn new(one: Description, revision: String) -> Self {
        Self {
            id: one.id,
            kind: one.kind,
            url: one.url,
            deployment: match one.deployment {
                Deployment::Cloud => "cloud",
                Deployment::DataCenter => "data_center",
            },
            status: one.status,
            reason_code: one.reason_code,
            reason: one.reason,
            family: match one.family {
                StatusFamily::NeedsYou => "needs_you",
                StatusFamily::Healing => "healing",
                StatusFamily::None => "none",
            },
            next_action: one.next.map(|next| operation(next, &one.name)),
            name: one.name,
            last_run_at: one.last_run_at,
            last_success_at: one.last_success_at,
            next_run_at: one.next_run_at,
            schedule: one.schedule,
            missed_runs: one.missed_runs,
            issues: one.issues,
            projects: one.projects,
            tags: one.tags,
            description: one.description,
            owner: one.owner,
            secondary_owner: one.secondary_owner,
            account: one.account,
            account_id: one.account_id,
            sign_in: one.sign_in,
            adfs_url: one.adfs_url,
            adfs_client_id: one.adfs_client_id,
            adfs_resource: one.adfs_resource,
            credential_expires_on: one.credential_expires_on,
            credential_reminder: one.credential_reminder,
            scope: one.scope,
            exclude: one.exclude,
            timezone: one.timezone,
            interval_minutes: one.interval_minutes,
            cron: one.cron,
            census_minutes: one.census_minutes,
            reread_minutes: one.reread_minutes,
            history_months: one.history_months,
            read_since: one.read_since,
            speed: one.speed,
            proxy: one.proxy_with_password.as_deref().map(weir_http::mask_url),
            custom_ca: one.custom_ca,
            insecure_tls: one.insecure_tls,
            paused: one.paused,
            pause: one.pause.map(|pause| PausedBy { by: pause.by, since: pause.since, until: pause.until }),
            created_at: one.created_at,
            revision,
        }
    }
}

/// One integration
#[utoipa::path(get, path = "/api/v1/integrations/{name}", tag = "integrations",
    params(("name" = String, Path, description = "Its name")),
    responses((status = 200, description = "The integration", body = Integration)))]
pub(super) async fn show_integration(
    State(app): State<App>,
    Segments(name): Segments<String>,
    conditions: Conditions,
) -> Result<Response, Problem> {
    let shown = described_as(&app, &named(&app, &name).await?).await?;
    conditions.answer_of(&shown, &shown.revision)
}

async fn named(app: &App, name: &str) -> Result<weir_model::Integration, Problem> {
    Ok(app.store.integration(name).await?.ok_or(Message::PageUnknown {})?)
}

async fn described_as(app: &App, integration: &weir_model::Integration) -> Result<Integration, Problem> {
    let described = describe(&app.store, integration, app.now()).await?;
    Ok(Integration::new(described, revision(integration)?))
}
