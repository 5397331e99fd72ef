//! Keeping an integration.

use crate::{
    Changes,
    credential::{Given, keep_sealed, note},
    grants,
};
use weir_model::{
    AuthMethod, CredentialNote, Deployment, Exclusions, Integration, IntegrationId, IntegrationSettings,
    Message, Millis, Scope, Speed, Transport,
};
use weir_source::{
    Environment,
    jira::{Connected, site_address},
};
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
    /// How many months before now an issue may have been edited last; `None` for any time.
    pub history_months: Option<u32>,
    /// How fast the site is read.
    pub speed: Speed,
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
            speed: Speed::Normal,
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
            speed: changes.speed.unwrap_or(self.speed),
            description: changes.description.unwrap_or(self.description),
            tags: changes.tags.unwrap_or(self.tags),
            owner: changes.owner.unwrap_or(self.owner),
            secondary_owner: changes.secondary_owner.unwrap_or(self.secondary_owner),
        }
    }
}

/// Keeps an integration whose pre-flight ended with `connected`, as somebody has given it; its token is sealed first.
///
/// # Errors
/// `name.taken`, or what the store says. Nothing is kept then.
pub async fn add(
    store: &Store,
    vault: &Vault,
    environment: &Environment,
    choices: Choices,
    connected: Connected,
    by: &str,
) -> Result<Integration, Message> {
    let now = environment.clock.now();
    let credential = Some(note(&connected, Given { by, at: now, expires_on: None }));
    let id = IntegrationId::generate(now, environment.entropy.as_ref());
    let place = Place {
        deployment: connected.deployment,
        site_url: connected.site_url,
        auth: connected.auth,
        account_id: connected.account_id,
        credential,
        timezone: connected.timezone,
    };
    let integration = chosen(id, choices, place, now);
    crash_point("add.before");
    let keep = async |sealed: &str| store.add_integration(&integration, sealed).await;
    let secret = grants::to_keep(store, vault, &integration.settings.auth, &connected.secret).await?;
    keep_sealed(store, vault, &id, &secret, keep).await?;
    grants::kept(store, &integration.settings.auth, &connected.secret).await?;
    crash_point("add.after");
    Ok(integration)
}

/// Keeps an integration that a satellite will read, with a credential of its own.
///
/// # Errors
/// `name.taken`, `url.*`, or what the store says. Nothing is kept then.
pub async fn add_fed(
    store: &Store,
    environment: &Environment,
    choices: Choices,
    address: &str,
) -> Result<Integration, Message> {
    let site_url = site_address(address)?;
    let is_cloud = site_url.ends_with(".atlassian.net");
    let place = Place {
        deployment: if is_cloud { Deployment::Cloud } else { Deployment::DataCenter },
        site_url,
        auth: AuthMethod::Satellite {},
        account_id: String::new(),
        credential: None,
        timezone: None,
    };
    let now = environment.clock.now();
    let id = IntegrationId::generate(now, environment.entropy.as_ref());
    let integration = chosen(id, choices, place, now);
    store.add_integration(&integration, "").await.map_err(|error| error.message().clone())?;
    Ok(integration)
}

/// Keeps the record of an integration that was read as a Connect app, which nobody signs in with any more: it waits for a
/// credential, and what was read of it stays.
///
/// # Errors
/// `name.taken`, `url.*`, `input.bad` for a key that is none, or what the store says. Nothing is kept then.
pub async fn add_retired(
    store: &Store,
    environment: &Environment,
    choices: Choices,
    (address, client_key): (&str, &str),
) -> Result<Integration, Message> {
    let client_key = client_key.trim().to_owned();
    let is_key = !client_key.is_empty()
        && client_key.len() <= 300
        && client_key.bytes().all(|byte| byte.is_ascii_graphic());
    if !is_key {
        let detail = "It is one word of at most 300 characters".to_owned();
        return Err(Message::InputBad { flag: "--client-key".to_owned(), detail });
    }
    let place = Place {
        deployment: Deployment::Cloud,
        site_url: site_address(address)?,
        auth: AuthMethod::ConnectApp { client_key },
        account_id: String::new(),
        credential: None,
        timezone: None,
    };
    let now = environment.clock.now();
    let id = IntegrationId::generate(now, environment.entropy.as_ref());
    let integration = chosen(id, choices, place, now);
    store.add_integration(&integration, "").await.map_err(|error| error.message().clone())?;
    Ok(integration)
}

/// Where an integration leads to, and how it signs in.
struct Place {
    deployment: Deployment,
    site_url: String,
    auth: AuthMethod,
    account_id: String,
    credential: Option<CredentialNote>,
    timezone: Option<String>,
}

fn chosen(id: IntegrationId, choices: Choices, place: Place, now: Millis) -> Integration {
    Integration {
        id,
        name: choices.name,
        kind: "jira".into(),
        settings: IntegrationSettings {
            deployment: place.deployment,
            site_url: place.site_url,
            auth: place.auth,
            account_id: place.account_id,
            credential: place.credential,
            scope: choices.scope,
            exclusions: choices.exclusions,
            transport: choices.transport,
            timezone: choices.timezone.or(place.timezone),
            interval_minutes: choices.interval_minutes,
            cron: choices.cron,
            census_minutes: choices.census_minutes,
            reread_minutes: choices.reread_minutes,
            history_months: choices.history_months,
            cases: None,
            speed: choices.speed,
            description: choices.description,
            tags: choices.tags,
            owner: choices.owner,
            secondary_owner: choices.secondary_owner,
            rhythms: vec![],
        },
        created_at: now,
    }
}
