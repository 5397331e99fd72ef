//! Keeping an integration, and giving it a fresh credential.

use crate::{Changes, credential::keep_sealed, password::password_passed};
use std::sync::{Mutex, PoisonError};
use weir_model::{Exclusions, Integration, IntegrationId, IntegrationSettings, Message, Scope, Transport};
use weir_source::{Environment, jira::Connected};
use weir_store::{Store, StoreError, crash_point};
use weir_vault::Vault;

/// How often a fresh credential is kept anew when the integration is changed just then.
const TRIES: usize = 5;

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

impl Choices {
    /// What is chosen for an integration of this name where nothing else is said.
    pub fn named(name: String, transport: Transport) -> Self {
        Self {
            name,
            scope: Scope::Everything,
            exclusions: Exclusions::default(),
            transport,
            timezone: None,
            interval_minutes: 15,
            cron: None,
            census_minutes: Some(IntegrationSettings::DAY),
            reread_minutes: IntegrationSettings::REREAD,
            history_months: None,
            description: String::new(),
            tags: vec![],
            owner: None,
            secondary_owner: None,
        }
    }

    /// With what is to be another way.
    pub fn with(self, changes: Changes) -> Self {
        Self {
            name: changes.name.unwrap_or(self.name),
            scope: changes.scope.unwrap_or(self.scope),
            exclusions: changes.exclusions.unwrap_or(self.exclusions),
            transport: self.transport,
            timezone: changes.timezone.or(self.timezone),
            interval_minutes: changes.interval_minutes.unwrap_or(self.interval_minutes),
            cron: changes.cron.unwrap_or(self.cron),
            census_minutes: changes.census_minutes.unwrap_or(self.census_minutes),
            reread_minutes: changes.reread_minutes.unwrap_or(self.reread_minutes),
            history_months: changes.history_months.unwrap_or(self.history_months),
            description: changes.description.unwrap_or(self.description),
            tags: changes.tags.unwrap_or(self.tags),
            owner: changes.owner.unwrap_or(self.owner),
            secondary_owner: changes.secondary_owner.unwrap_or(self.secondary_owner),
        }
    }
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

/// Gives an integration the credential with which `connected` was reached, and forgets the old one. Whatever else was
/// changed of it meanwhile stays.
///
/// # Errors
/// `auth.account` when the credential belongs to another account: what it sees may differ, and so would every
/// comparison with what is stored. `integration.changed` when it was deleted, or changed again and again meanwhile.
pub async fn reauthenticate(
    store: &Store,
    vault: &Vault,
    integration: &Integration,
    connected: Connected,
) -> Result<Integration, Message> {
    let failed = |error: StoreError| error.message().clone();
    let changed = || Message::IntegrationChanged { name: integration.name.clone() };
    let kept = Mutex::new(None);
    let keep = async |sealed: &str| {
        for _ in 0..TRIES {
            let now = store.integration_of(&integration.id).await?.ok_or_else(changed)?;
            fits(integration, &now, &connected)?;
            match store.replace_credential(&now, &connected.auth, sealed).await {
                // Somebody was quicker with something else.
                Err(error) if matches!(error.message(), Message::IntegrationChanged { .. }) => {}
                outcome => {
                    let after = outcome?;
                    kept.lock().unwrap_or_else(PoisonError::into_inner).replace(after);
                    return Ok(());
                }
            }
        }
        Err(changed().into())
    };
    keep_sealed(store, vault, &integration.id, &connected.secret, keep).await?;
    password_passed(store, &integration.id).await?;
    // What was put off because of the old credential need not wait any longer.
    store.due_at_once(&integration.id).await.map_err(failed)?;
    kept.into_inner().unwrap_or_else(PoisonError::into_inner).ok_or_else(changed)
}

/// Whether a credential that proved itself for an integration as it was `seen` is one for it as it is `now`.
fn fits(seen: &Integration, now: &Integration, connected: &Connected) -> Result<(), Message> {
    if now.settings.account_id != connected.account_id {
        let (expected, found) = (now.settings.account_id.clone(), connected.account_id.clone());
        return Err(Message::AuthOtherAccount { expected, found });
    }
    match now.settings.site_url == seen.settings.site_url {
        true => Ok(()),
        false => Err(Message::IntegrationChanged { name: now.name.clone() }),
    }
}
