//! Keeping an integration, and giving it a fresh credential.

use crate::{credential::keep_sealed, password::password_passed};
use weir_model::{Exclusions, Integration, IntegrationId, IntegrationSettings, Message, Scope, Transport};
use weir_source::{Environment, jira::Connected};
use weir_store::{Store, crash_point};
use weir_vault::Vault;

/// What an operator chose besides the address and the credential.
#[derive(Clone, Debug)]
pub struct Choices {
    /// The integration's name.
    pub name: String,
    /// Which issues.
    pub scope: Scope,
    /// What is never asked for.
    pub exclusions: Exclusions,
    /// How to get there.
    pub transport: Transport,
    /// A time zone instead of the account's own.
    pub timezone: Option<String>,
    /// Minutes between runs.
    pub interval_minutes: u32,
    /// A cron pattern instead of the interval.
    pub cron: Option<String>,
    /// Minutes between comparisons of everything with the site; `None` for never by itself.
    pub census_minutes: Option<u32>,
    /// Minutes that each run looks back.
    pub reread_minutes: u32,
    /// How far back history is brought in, in months; `None` for all.
    pub history_months: Option<u32>,
    /// Free text.
    pub description: String,
    /// Free labels.
    pub tags: Vec<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Who stands in for the owner.
    pub secondary_owner: Option<String>,
}

/// Keeps an integration whose pre-flight ended with `connected`; its token is sealed first.
///
/// # Errors
/// `name.taken`, or what the store says. Nothing is kept then.
pub async fn add(
    store: &Store,
    vault: &Vault,
    environment: &Environment,
    choices: Choices,
    connected: Connected,
) -> Result<Integration, Message> {
    let now = environment.clock.now();
    let id = IntegrationId::generate(now, environment.entropy.as_ref());
    let integration = Integration {
        id,
        name: choices.name,
        kind: "jira".into(),
        settings: IntegrationSettings {
            deployment: connected.deployment,
            site_url: connected.site_url,
            auth: connected.auth,
            account_id: connected.account_id,
            scope: choices.scope,
            exclusions: choices.exclusions,
            transport: choices.transport,
            timezone: choices.timezone.or(connected.timezone),
            interval_minutes: choices.interval_minutes,
            cron: choices.cron,
            census_minutes: choices.census_minutes,
            reread_minutes: choices.reread_minutes,
            history_months: choices.history_months,
            description: choices.description,
            tags: choices.tags,
            owner: choices.owner,
            secondary_owner: choices.secondary_owner,
        },
        created_at: now,
    };
    crash_point("add.before");
    let keep = async |sealed: &str| store.add_integration(&integration, sealed).await;
    keep_sealed(store, vault, &id, &connected.secret, keep).await?;
    crash_point("add.after");
    Ok(integration)
}

/// Gives an integration the credential with which `connected` was reached, and forgets the old one.
///
/// # Errors
/// `auth.account` when the credential belongs to another account: what it sees may differ, and so would every
/// comparison with what is stored.
pub async fn reauthenticate(
    store: &Store,
    vault: &Vault,
    mut integration: Integration,
    connected: Connected,
) -> Result<Integration, Message> {
    if integration.settings.account_id != connected.account_id {
        return Err(Message::AuthOtherAccount {
            expected: integration.settings.account_id,
            found: connected.account_id,
        });
    }
    let failed = |error: weir_store::StoreError| error.message().clone();
    // It may have been edited since the credential was tried.
    if let Some(now) = store.integration(&integration.name).await.map_err(failed)?
        && now.id == integration.id
    {
        integration = now;
    }
    integration.settings.auth = connected.auth;
    let id = integration.id;
    let keep = async |sealed: &str| store.replace_sealed(&id, sealed).await;
    keep_sealed(store, vault, &id, &connected.secret, keep).await?;
    password_passed(store, &integration.id).await?;
    store.update_integration(&integration).await.map_err(failed)?;
    // What was put off because of the old credential need not wait any longer.
    store.due_at_once(&integration.id).await.map_err(failed)?;
    Ok(integration)
}
