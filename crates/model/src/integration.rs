//! One connection to one site of one tool.

use crate::{CaseField, Exclusions, IntegrationId, Millis, PastRhythm, RunId, Scope};
use serde::{Deserialize, Serialize};

/// What stands at the other end.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deployment {
    /// Jira Cloud, REST v3.
    Cloud,
    /// Jira Data Center or Server, REST v2.
    DataCenter,
}

/// How the integration signs in. The secret itself is sealed and kept apart.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "method")]
pub enum AuthMethod {
    /// E-mail and an API token without scopes, at the site's own address.
    SiteToken {
        /// The account's e-mail address.
        email: String,
    },
    /// E-mail and a token with scopes, at Atlassian's gateway.
    GatewayToken {
        /// The account's e-mail address.
        email: String,
        /// The site's id, which the gateway's address carries.
        cloud_id: String,
    },
    /// A service account's token sent as a bearer token, at Atlassian's gateway.
    GatewayBearer {
        /// The account's e-mail address.
        email: String,
        /// The site's id, which the gateway's address carries.
        cloud_id: String,
    },
    /// A personal access token, sent as a bearer token; Data Center.
    PersonalToken {
        /// The account's user name.
        user: String,
    },
    /// User name and password; Data Center.
    Password {
        /// The account's user name.
        user: String,
    },
    /// User name and password at ADFS, whose token is sent as a bearer token; Data Center behind a proxy that takes it.
    Adfs {
        /// The account's user name, as ADFS knows it.
        user: String,
        /// The address of ADFS, without `/adfs`.
        url: String,
        /// The id of the client there.
        client_id: String,
        /// What tokens are for.
        resource: String,
    },
    /// With somebody's consent (OAuth 2.0), as an app of the operator's own, at Atlassian's gateway.
    #[serde(rename = "oauth")]
    OAuth {
        /// The app's id at Atlassian.
        client_id: String,
        /// The site's id, which the gateway's address carries.
        cloud_id: String,
        /// Id of the account that gave consent.
        account: String,
    },
    /// A Connect app, which Atlassian has retired: a record of it is kept and shown, and nobody signs in with it.
    ConnectApp {
        /// The key that the app was installed with.
        client_key: String,
    },
    /// A satellite signs in, with a credential that never leaves it.
    Satellite {},
}

impl AuthMethod {
    /// The account as the operator named it.
    pub fn account(&self) -> &str {
        match self {
            Self::SiteToken { email }
            | Self::GatewayToken { email, .. }
            | Self::GatewayBearer { email, .. } => email,
            Self::PersonalToken { user } | Self::Password { user } | Self::Adfs { user, .. } => user,
            Self::OAuth { account, .. } => account,
            Self::ConnectApp { .. } | Self::Satellite {} => "",
        }
    }

    /// The address of ADFS, where tokens are its.
    pub fn adfs_url(&self) -> Option<&str> {
        match self {
            Self::Adfs { url, .. } => Some(url),
            _ => None,
        }
    }

    /// Atlassian's id of the site, where it is known.
    pub fn cloud_id(&self) -> Option<&str> {
        match self {
            Self::GatewayToken { cloud_id, .. }
            | Self::GatewayBearer { cloud_id, .. }
            | Self::OAuth { cloud_id, .. } => Some(cloud_id),
            Self::SiteToken { .. }
            | Self::PersonalToken { .. }
            | Self::Password { .. }
            | Self::Adfs { .. }
            | Self::ConnectApp { .. }
            | Self::Satellite {} => None,
        }
    }
}

/// What is known of a credential besides itself.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CredentialNote {
    /// Its last characters, to tell it from others; only of a token that is long enough to lose nothing by it.
    #[serde(default)]
    pub ends: Option<String>,
    /// When it was given.
    pub added_at: Millis,
    /// Who gave it, by name.
    pub added_by: String,
    /// The beginning (UTC) of the day on which it ends, where whoever gave it said so.
    #[serde(default)]
    pub expires_on: Option<Millis>,
}

/// How the way there is made.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Transport {
    /// Extra certificate authorities, PEM.
    pub ca_pem: Option<String>,
    /// Certificates are not checked; warned of at every run.
    pub insecure_tls: bool,
    /// Proxy address without credentials.
    pub proxy: Option<String>,
    /// Whether somebody gave the address in a browser or through the API: it must be public then, or be among those that the
    /// operator has opened.
    pub guarded: bool,
}

/// What an operator chose; kept as one document.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct IntegrationSettings {
    /// What stands at the other end.
    pub deployment: Deployment,
    /// The site's address, where people go.
    pub site_url: String,
    /// How to sign in.
    pub auth: AuthMethod,
    /// Id of the account that the credential proved to be.
    pub account_id: String,
    /// What is known of the credential; nothing of one from before that was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<CredentialNote>,
    /// Which issues.
    #[serde(default)]
    pub scope: Scope,
    /// What is never asked for.
    #[serde(default)]
    pub exclusions: Exclusions,
    /// How to get there.
    #[serde(default)]
    pub transport: Transport,
    /// The account's time zone, or the operator's override.
    pub timezone: Option<String>,
    /// Minutes between runs.
    pub interval_minutes: u32,
    /// A cron pattern instead of the interval, in the integration's time zone.
    #[serde(default)]
    pub cron: Option<String>,
    /// Minutes between comparisons of everything with the site; `None` for never by itself.
    #[serde(default = "daily")]
    pub census_minutes: Option<u32>,
    /// How many minutes each run looks back beyond the last one, for changes that the site shows late.
    #[serde(default = "half_a_day")]
    pub reread_minutes: u32,
    /// How many months before it was added an issue may have been edited last; `None` for any time.
    #[serde(default)]
    pub history_months: Option<u32>,
    /// The field that names support cases, in the place of those that are recognised by their names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cases: Option<CaseField>,
    /// How fast the site is read.
    #[serde(default, skip_serializing_if = "Speed::is_normal")]
    pub speed: Speed,
    /// Free text.
    #[serde(default)]
    pub description: String,
    /// Free labels.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Who answers for it.
    #[serde(default)]
    pub owner: Option<String>,
    /// Who stands in for the owner.
    #[serde(default)]
    pub secondary_owner: Option<String>,
    /// The intervals of before, the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rhythms: Vec<PastRhythm>,
}

/// Everything is compared once a day unless somebody wants it otherwise.
fn daily() -> Option<u32> {
    Some(IntegrationSettings::DAY)
}

/// An index that lags more than half a day is looked after by the wide pass of each day.
fn half_a_day() -> u32 {
    IntegrationSettings::REREAD
}

impl IntegrationSettings {
    /// The minutes of a day.
    pub const DAY: u32 = 24 * 60;

    /// How many minutes a run looks back unless somebody wants it otherwise.
    pub const REREAD: u32 = 12 * 60;

    /// Whether something besides the choice of projects decides which issues are in scope.
    pub fn has_filter(&self) -> bool {
        self.scope.filter().is_some() || self.history_months.is_some()
    }

    /// Whether the filter of the other ones takes the same issues.
    pub fn has_filter_of(&self, other: &Self) -> bool {
        self.scope.filter() == other.scope.filter() && self.history_months == other.history_months
    }

    /// Whether everything that is in scope of the other ones is in scope of these.
    pub fn takes_all_of(&self, other: &Self) -> bool {
        let is_as_deep = match (self.history_months, other.history_months) {
            (None, _) => true,
            (Some(mine), Some(theirs)) => mine >= theirs,
            (Some(_), None) => false,
        };
        is_as_deep && self.scope.takes_all_of(&other.scope)
    }
}

/// How fast a site is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speed {
    /// A quarter of what is usual on this installation.
    Gentle,
    /// What is usual on this installation.
    #[default]
    Normal,
    /// Twice of what is usual on this installation.
    Fast,
}

impl Speed {
    /// All of them, the slowest first.
    pub const ALL: [Self; 3] = [Self::Gentle, Self::Normal, Self::Fast];

    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gentle => "gentle",
            Self::Normal => "normal",
            Self::Fast => "fast",
        }
    }

    /// The speed of this word.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|speed| speed.as_str() == word)
    }

    fn is_normal(&self) -> bool {
        *self == Self::Normal
    }

    /// How many requests may be under way at once, where so many are usual.
    pub fn in_flight(self, usual: usize) -> usize {
        match self {
            Self::Gentle => usual.div_ceil(4),
            Self::Normal => usual,
            Self::Fast => usual.saturating_mul(2),
        }
    }
}

/// An integration as it is kept.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Integration {
    /// Its id.
    pub id: IntegrationId,
    /// Its name, unique in the store.
    pub name: String,
    /// The kind of source: `jira`.
    pub kind: String,
    /// What the operator chose.
    pub settings: IntegrationSettings,
    /// When it was added.
    pub created_at: Millis,
}

impl Integration {
    /// Whether a satellite reads it in our place.
    pub fn is_fed(&self) -> bool {
        self.settings.auth == AuthMethod::Satellite {}
    }

    /// Whether it was connected in a way that Atlassian has retired: it is not read before it has another credential.
    pub fn is_retired(&self) -> bool {
        matches!(self.settings.auth, AuthMethod::ConnectApp { .. })
    }

    /// The instant before which an issue must not have been edited last, where there is one: it is counted from when the integration
    /// was added, so that no issue falls out as time passes.
    pub fn read_since(&self) -> Option<Millis> {
        self.settings.history_months.map(|months| self.created_at.months_before(months))
    }
}

/// Who has to act on a status.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatusFamily {
    /// A person.
    NeedsYou,
    /// Weir tries again by itself.
    Healing,
    /// Nobody.
    None,
}

/// The status of an integration.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Health {
    /// `healthy`, `unhealthy`, `pending` or `no_data`.
    pub status: &'static str,
    /// A stable code.
    pub reason_code: String,
    /// One sentence.
    pub reason: String,
    /// Who has to act.
    pub family: StatusFamily,
    /// What to do next, where somebody has to.
    pub next: Option<NextStep>,
}

/// What somebody can do about a status.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NextStep {
    /// Take back its deletion.
    Restore,
    /// Let the schedule run it again.
    Resume,
    /// Bring it up to date.
    Sync,
    /// Compare it with the site.
    Compare,
    /// Look at what the site does not show any more; where that is meant, compare and accept the loss.
    AcceptLoss,
    /// Give it another credential.
    Reauthenticate,
    /// Go through the checks of its connection.
    Check,
    /// Look at the satellites that read it.
    Satellite,
    /// Read the log of a run.
    Read(RunId),
}

impl NextStep {
    /// The command for it.
    pub fn command(self, name: &str) -> String {
        let name = quoted(name);
        match self {
            Self::Restore => format!("weir integration restore {name}"),
            Self::Resume => format!("weir integration resume {name}"),
            Self::Sync => format!("weir sync {name}"),
            Self::Compare => format!("weir verify {name}"),
            Self::AcceptLoss => format!("weir verify {name} --accept-loss"),
            Self::Reauthenticate => format!("weir integration reauth {name}"),
            Self::Check => format!("weir integration check {name}"),
            Self::Satellite => "weir satellite list".to_owned(),
            Self::Read(run) => format!("weir runs logs {run}"),
        }
    }
}

/// A name as a shell takes it.
fn quoted(name: &str) -> String {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    if plain { name.to_owned() } else { format!("'{}'", name.replace('\'', r"'\''")) }
}
