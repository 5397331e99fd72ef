//! What a person needs to choose a scope: the projects that are visible, how many issues a choice takes, and whether the fields
//! that are to be left out are there.

use super::{bounded, count, parse_strictly, refuse_unknown};
use crate::{
    Environment, Secret,
    jira::{
        check_filter,
        complete::refused,
        fields,
        jql::Query,
        projects, reference,
        signing::{self, Signing},
        site,
        site::Site,
        wire,
    },
};
use serde::Deserialize;
use serde_json::json;
use std::time::Duration;
use weir_model::{AuthMethod, Deployment, Exclusions, JqlPlace, Message, Millis, Scope, Transport};

/// Issues that are named as a sample.
const SAMPLE: usize = 6;

/// Somebody is waiting.
const LIMIT: Duration = Duration::from_secs(20);

/// The way into a site with a credential that has proved itself.
#[derive(Clone, Debug)]
pub struct Door {
    /// What stands there.
    pub deployment: Deployment,
    /// The site's address.
    pub site_url: String,
    /// How the credential works.
    pub auth: AuthMethod,
    /// The token or the password.
    pub secret: Secret,
    /// How to get there.
    pub transport: Transport,
}

/// How many issues a scope takes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Counted {
    /// How many; `None` where the site does not tell.
    pub issues: Option<u64>,
    /// Whether that is exact: Cloud estimates.
    pub is_exact: bool,
    /// Keys of the newest.
    pub sample: Vec<String>,
}

impl Door {
    fn open(&self, environment: &Environment) -> Result<Site, Message> {
        let client = site::client(self.deployment, &self.transport, environment)?;
        let base = signing::base(&self.auth, &self.site_url, environment)?;
        let signing = Signing::of(&self.auth, &self.secret, environment)?;
        Ok(Site::new(client, base, signing, self.deployment).impatient())
    }
}

/// The site behind a door.
pub(in crate::jira) fn opened(door: &Door, environment: &Environment) -> Result<Site, Message> {
    door.open(environment)
}

/// Counts what a scope takes, of issues that were edited since an instant where one is given. A query is parsed strictly first, so that none is not mistaken for one that takes nothing.
///
/// # Errors
/// `jql.parse`, `jql.open`, and what stands in the way.
pub async fn count_issues(
    door: &Door,
    (scope, since): (&Scope, Option<Millis>),
    environment: &Environment,
) -> Result<Counted, Message> {
    if let Scope::Jql(text) = scope {
        check_filter(text)?;
    }
    let site = door.open(environment)?;
    in_time(door, counted(&site, &door.site_url, scope, since)).await
}

/// What two scopes both take.
pub fn in_both(one: &Scope, other: &Scope) -> Scope {
    let keys = |keys: &[String]| Query::default().projects(keys.iter().map(String::as_str));
    let query = match (one, other) {
        (Scope::Everything, scope) | (scope, Scope::Everything) => return scope.clone(),
        (Scope::Projects(some), Scope::Projects(others)) => {
            return Scope::Projects(some.iter().filter(|key| others.contains(key)).cloned().collect());
        }
        (Scope::Projects(some), Scope::Jql(text)) | (Scope::Jql(text), Scope::Projects(some)) => {
            keys(some).within_scope(text)
        }
        (Scope::Jql(one), Scope::Jql(other)) => Query::within(Some(one)).within_scope(other),
    };
    Scope::Jql(query.bare())
}

/// Looks whether everything that is to be left out can be.
///
/// # Errors
/// `fields.required`, `fields.unknown`, and what stands in the way.
pub async fn check_exclusions(
    door: &Door,
    exclusions: &Exclusions,
    environment: &Environment,
) -> Result<(), Message> {
    fields::check_exclusions(exclusions)?;
    if exclusions.fields.iter().all(|id| fields::is_always_asked(id)) {
        return Ok(());
    }
    let site = door.open(environment)?;
    let looked = async {
        let said = |error: crate::SourceError| *error.message;
        let reply = site.get("fields", "api/field", &[]).await.and_then(|reply| reply.ok()).map_err(said)?;
        let text = reply.text().map_err(said)?;
        let (listed, _) = reference::field_list(&text).map_err(|error| said(reply.malformed(error)))?;
        refuse_unknown(exclusions, &listed)
    };
    in_time(door, looked).await
}

async fn counted(
    site: &Site,
    site_url: &str,
    scope: &Scope,
    since: Option<Millis>,
) -> Result<Counted, Message> {
    let query = match scope {
        Scope::Jql(text) => {
            if site.deployment() == Deployment::Cloud {
                parse_strictly(site, text).await.map_err(|error| *error.message)?;
            }
            Query::within(Some(text))
        }
        Scope::Projects(keys) => Query::default().projects(keys.iter().map(String::as_str)),
        // Cloud counts only what is bounded.
        Scope::Everything => Query::default().created_since(Millis(0)),
    };
    let query = match since {
        Some(since) => query.updated_since_the_day_before(since),
        None => query,
    };
    let sample = newest(site, &query, scope);
    let sample = match scope {
        // A search blames every key, or none, where one of them is not there; the list of projects tells which.
        Scope::Projects(_) => {
            let (listed, sample) = tokio::join!(projects::live(site, site_url), sample);
            projects::in_scope(listed.map_err(|error| *error.message)?, scope)?;
            sample?
        }
        _ => sample.await?,
    };
    let issues = count(site, &query).await.map_err(|error| *error.message)?;
    Ok(Counted { issues, is_exact: site.deployment() == Deployment::DataCenter, sample })
}

async fn newest(site: &Site, query: &Query, scope: &Scope) -> Result<Vec<String>, Message> {
    #[derive(Deserialize)]
    struct Page {
        #[serde(default)]
        issues: Vec<Keyed>,
    }
    #[derive(Deserialize)]
    struct Keyed {
        #[serde(default)]
        key: String,
    }
    let body = json!({ "jql": query.by_creation_descending(), "fields": ["key"], "maxResults": SAMPLE });
    let path = match site.deployment() {
        Deployment::Cloud => "api/search/jql",
        Deployment::DataCenter => "api/search",
    };
    let reply = site.post("search", path, &body).await.map_err(|error| *error.message)?;
    if reply.status() == 400 {
        return Err(match scope {
            Scope::Projects(keys) => Message::PermBrowse { key: bounded(&keys.join(", ")) },
            _ => refused(site, JqlPlace::unwrapped(&reply.said())).await,
        });
    }
    let reply = reply.ok().map_err(|error| *error.message)?;
    let text = reply.text().map_err(|error| *error.message)?;
    let page: Page = wire::read(&text).map_err(|error| *reply.malformed(error).message)?;
    let keys = page.issues.into_iter().map(|issue| bounded(&issue.key)).filter(|key| !key.is_empty());
    Ok(keys.take(SAMPLE).collect())
}

/// An answer that somebody waits for.
pub(in crate::jira) async fn in_time<T>(
    door: &Door,
    asking: impl Future<Output = Result<T, Message>>,
) -> Result<T, Message> {
    let late = || Message::NetTimeout { host: bounded(&door.site_url), seconds: LIMIT.as_secs() };
    tokio::time::timeout(LIMIT, asking).await.unwrap_or_else(|_| Err(late()))
}
