//! What a set-up holds that was begun: everything that was typed, but the credential.

use super::super::{forms::Faults, pace};
use crate::{http::Problem, life::KeptCheck};
use serde::{Deserialize, Serialize};
use weir_ingest::{
    Changes,
    connect::{Counted, Door},
    values,
};
use weir_model::{AuthMethod, Deployment, Draft, Exclusions, Message, Millis, Scope};

/// How an account proves itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Method {
    #[default]
    ApiToken,
    PersonalToken,
    Password,
    Adfs,
    /// A satellite signs in, with a credential of its own.
    Satellite,
    /// With consent that somebody has given.
    #[serde(rename = "oauth")]
    OAuth,
}

impl Method {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::ApiToken => "api_token",
            Self::PersonalToken => "personal_token",
            Self::Password => "password",
            Self::Adfs => "adfs",
            Self::Satellite => "satellite",
            Self::OAuth => "oauth",
        }
    }

    /// What a form names, where the site knows it; what is usual there where it names none.
    pub(super) fn of(word: &str, deployment: Deployment) -> Option<Self> {
        match (deployment, word) {
            (_, "") => Some(Self::usual(deployment)),
            (_, "satellite") => Some(Self::Satellite),
            (Deployment::Cloud, "api_token") => Some(Self::ApiToken),
            (Deployment::Cloud, "oauth") => Some(Self::OAuth),
            (Deployment::DataCenter, "personal_token") => Some(Self::PersonalToken),
            (Deployment::DataCenter, "password") => Some(Self::Password),
            (Deployment::DataCenter, "adfs") => Some(Self::Adfs),
            _ => None,
        }
    }

    /// What somebody enters for it: what names the account, where something does, and what proves it.
    pub(super) fn parts(self) -> (Option<&'static str>, &'static str) {
        match self {
            Self::ApiToken => (Some("e-mail address"), "API token"),
            Self::PersonalToken => (None, "personal access token"),
            Self::OAuth => (None, "consent"),
            Self::Password | Self::Adfs => (Some("user name"), "password"),
            Self::Satellite => (None, "credential, which is the satellite's"),
        }
    }

    pub(super) fn usual(deployment: Deployment) -> Self {
        match deployment {
            Deployment::Cloud => Self::ApiToken,
            Deployment::DataCenter => Self::PersonalToken,
        }
    }
}

/// Which issues, by the way in which they are chosen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Choice {
    #[default]
    Everything,
    Projects,
    Jql,
}

impl Choice {
    /// What a form names; `None` for anything else, which must not become everything.
    pub(super) fn of(word: &str) -> Option<Self> {
        [Self::Everything, Self::Projects, Self::Jql].into_iter().find(|choice| choice.as_str() == word)
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Everything => "everything",
            Self::Projects => "projects",
            Self::Jql => "jql",
        }
    }
}

/// An account that has proved itself.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Account {
    pub(super) auth: AuthMethod,
    pub(super) timezone: Option<String>,
}

/// How many issues a scope takes, as it was counted.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Size {
    pub(super) of: Scope,
    /// Of issues that were edited in so many months.
    #[serde(default)]
    pub(super) months: Option<u32>,
    pub(super) issues: Option<u64>,
    pub(super) is_exact: bool,
    pub(super) sample: Vec<String>,
    pub(super) at: i64,
}

impl Size {
    pub(super) fn new((of, months): (Scope, Option<u32>), counted: Counted, at: i64) -> Self {
        Self { of, months, issues: counted.issues, is_exact: counted.is_exact, sample: counted.sample, at }
    }
}

/// The document.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Document {
    pub(super) address: String,
    pub(super) name: String,
    pub(super) description: String,
    /// Labels, with commas between them.
    pub(super) tags: String,
    /// What stands at the address.
    pub(super) site_url: String,
    pub(super) deployment: Option<Deployment>,
    pub(super) named: String,
    pub(super) method: Method,
    /// E-mail or user name.
    pub(super) account: String,
    /// What ADFS is asked with besides the account and its password.
    pub(super) adfs_url: String,
    pub(super) adfs_client_id: String,
    pub(super) adfs_resource: String,
    /// The id of the consent that was asked for.
    pub(super) consent: String,
    /// The end of the credential, to tell it from others; nothing of a password.
    pub(super) hint: Option<String>,
    pub(super) ca_pem: String,
    pub(super) checks: Vec<KeptCheck>,
    pub(super) checked_at: Option<i64>,
    /// The code of the check that failed.
    pub(super) failure: Option<String>,
    pub(super) proved: Option<Account>,
    pub(super) choice: Choice,
    pub(super) projects: Vec<String>,
    pub(super) jql: String,
    pub(super) size: Option<Size>,
    pub(super) timezone: String,
    pub(super) exclude: Vec<String>,
    pub(super) interval: String,
    pub(super) cron: String,
    pub(super) census: String,
    pub(super) history: String,
    pub(super) speed: String,
}

impl Document {
    /// Out of the store. One of another version of this program is begun anew.
    pub(super) fn of(draft: &Draft) -> Self {
        serde_json::from_str(&draft.document).unwrap_or_default()
    }

    /// Whether a satellite will read the site, so that nothing is asked of it here.
    pub(super) fn is_left(&self) -> bool {
        self.method == Method::Satellite
    }

    /// The scope that is chosen.
    ///
    /// # Errors
    /// What does not fit.
    pub(super) fn scope(&self) -> Result<Scope, Problem> {
        let at = |field: &'static str| move |message: Message| Problem::from(message).at(field);
        match self.choice {
            Choice::Everything => Ok(Scope::Everything),
            Choice::Projects if self.projects.is_empty() => {
                let none = values::bad("Projects", "none is chosen; choose some, or everything");
                Err(Problem::from(none).at("/choice"))
            }
            Choice::Projects => values::projects("Projects", &self.projects).map_err(at("/choice")),
            Choice::Jql => values::query("JQL", &self.jql).map_err(at("/jql")),
        }
    }

    /// How far back issues are read, in months.
    ///
    /// # Errors
    /// What does not fit.
    pub(super) fn months(&self) -> Result<Option<u32>, Problem> {
        match self.history.as_str() {
            "" => Ok(None),
            text => {
                values::history("How far back", text).map_err(|message| Problem::from(message).at("/history"))
            }
        }
    }

    /// Its size, where what was counted is still what is chosen.
    pub(super) fn counted(&self) -> Option<&Size> {
        let is_chosen = |size: &&Size| {
            self.scope().is_ok_and(|scope| scope == size.of)
                && self.months().is_ok_and(|months| months == size.months)
        };
        self.size.as_ref().filter(is_chosen)
    }

    /// The next due times, in the zone of whoever looks; nothing where the schedule cannot be read.
    pub(super) fn next_runs(&self, now: Millis) -> Option<String> {
        let detected = self.proved.as_ref().and_then(|account| account.timezone.as_deref());
        let zone = Some(self.timezone.as_str()).filter(|zone| !zone.is_empty()).or(detected);
        let cron = Some(self.cron.as_str()).filter(|cron| !cron.is_empty());
        if let Some(pattern) = cron {
            values::cron(pattern).ok()?;
        }
        let interval = if self.interval.is_empty() { "15m" } else { &self.interval };
        let minutes = values::interval(interval).ok().or(cron.map(|_| 15))?;
        Some(pace::next_runs(minutes, cron, zone, now))
    }

    /// What is chosen, each value checked.
    ///
    /// # Errors
    /// Every value that does not fit.
    pub(super) fn changes(&self) -> Result<Changes, Problem> {
        let at = |field: &'static str| move |message: Message| Problem::from(message).at(format!("/{field}"));
        let interval = if self.interval.is_empty() { "15m" } else { &self.interval };
        let census = if self.census.is_empty() { "24h" } else { &self.census };
        let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let zone = given(&self.timezone).map(|zone| values::zone(&zone)).transpose();
        let pattern = given(&self.cron).map(|pattern| values::cron(&pattern)).transpose();
        let speed = given(&self.speed).map(|word| values::speed("Speed", &word)).transpose();
        let census = values::census("Compare every id with the site every", census);
        let mut faults = Faults::default();
        let changes = Changes {
            scope: faults.take(self.scope()),
            exclusions: Some(self.left_out()),
            timezone: faults.take(zone).flatten(),
            interval_minutes: match self.cron.is_empty() {
                true => faults.take(values::interval(interval).map_err(at("interval"))),
                false => None,
            },
            cron: faults.take(pattern).flatten().map(Some),
            census_minutes: faults.take(census.map_err(at("census"))),
            history_months: faults.take(self.months()),
            speed: faults.take(speed.map_err(at("speed"))).flatten(),
            description: faults.take(self.described()),
            tags: faults.take(self.labels()),
            ..Changes::default()
        };
        faults.end()?;
        Ok(changes)
    }

    /// The fields that are left out.
    pub(super) fn left_out(&self) -> Exclusions {
        Exclusions::parse(self.exclude.iter().map(String::as_str))
    }

    /// The description, as it is kept.
    ///
    /// # Errors
    /// Where it is too long, or has characters that cannot be shown.
    pub(super) fn described(&self) -> Result<String, Problem> {
        let wrong = |message: Message| Problem::from(message).at("/description");
        values::text("Description", &self.description).map_err(wrong)
    }

    /// The tags, one by one.
    ///
    /// # Errors
    /// The first that is none, and too many.
    pub(super) fn labels(&self) -> Result<Vec<String>, Problem> {
        let tags = self.tags.split(',').map(str::trim).filter(|tag| !tag.is_empty());
        values::tags("Tags", tags).map_err(|message| Problem::from(message).at("/tags"))
    }

    /// The way into the site, once the account has proved itself.
    pub(super) fn door(&self, secret: weir_http::Secret, transport: weir_model::Transport) -> Option<Door> {
        let account = self.proved.as_ref()?;
        Some(Door {
            deployment: self.deployment?,
            site_url: self.site_url.clone(),
            auth: account.auth.clone(),
            secret,
            transport,
        })
    }

    /// Nothing holds any more that was learnt with another address or credential.
    pub(super) fn unprove(&mut self) {
        self.checks = vec![];
        self.checked_at = None;
        self.failure = None;
        self.proved = None;
        self.size = None;
    }
}
