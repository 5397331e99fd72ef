//! Available integrations: what this build connects, and what it does not.

use super::super::{
    format::{count, inert, moment},
    shell::{Shell, rendered},
};
use super::document::Document;
use crate::{
    app::App,
    auth::{
        policy::{self, Action},
        principal::Caller,
    },
    http::{Problem, extract::Params},
};
use askama::Template;
use axum::{extract::State, response::Response};
use serde::Deserialize;
use weir_model::{Deployment, Reach};

/// Something that can be connected.
struct Source {
    name: &'static str,
    icon: &'static str,
    tags: &'static [&'static str],
    line: &'static str,
    /// Other words that people look for.
    words: &'static str,
    deployment: Deployment,
}

const SOURCES: &[Source] = &[
    Source {
        name: "Jira Cloud",
        icon: "cloud",
        tags: &["Cloud"],
        line: "Issues, history, sprints, people. With an API token, a service account's token, or consent (OAuth 2.0).",
        words: "atlassian jira cloud issues tickets software",
        deployment: Deployment::Cloud,
    },
    Source {
        name: "Jira Data Center",
        icon: "server-2",
        tags: &["Data Center", "Works without internet"],
        line: "Version 8.14 or later that this server can reach. With a personal access token, a password, or through ADFS.",
        words: "atlassian jira data center server self-hosted issues tickets",
        deployment: Deployment::DataCenter,
    },
];

/// Groups in which nothing can be connected yet, and what people look for there.
const NOT_BUILT: &[(&str, &str)] = &[
    ("Source code", "github gitlab bitbucket azure repos git"),
    ("CI/CD", "jenkins github actions harness azure pipelines builds deployments"),
    ("Monitoring & on-call", "pagerduty incidents opsgenie alerts"),
    ("Support/CRM", "servicenow salesforce zendesk cases"),
    ("Custom", "webhook csv table api"),
];

/// A source as the page shows it.
struct Tile {
    name: &'static str,
    icon: &'static str,
    tags: &'static [&'static str],
    line: &'static str,
    connected: Option<String>,
    /// The first one is the next thing to do.
    is_first: bool,
}

/// A set-up that was begun.
struct Begun {
    path: String,
    name: String,
    changed: String,
}

#[derive(Template)]
#[template(path = "catalogue.html")]
struct CataloguePage {
    shell: Shell,
    asked: String,
    tiles: Vec<Tile>,
    /// Whether the Connect app is shown, and how many integrations are still of that kind.
    retired: Option<Option<String>>,
    missing: Vec<&'static str>,
    begun: Vec<Begun>,
    connected: u64,
}

/// What is looked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::pages) struct Search {
    #[serde(default)]
    q: String,
}

/// `GET /integrations/new`.
pub(in crate::pages) async fn show(
    State(app): State<App>,
    caller: Caller,
    Params(search): Params<Search>,
) -> Result<Response, Problem> {
    let signed_in = caller.signed_in().ok_or_else(|| Problem::bug("nobody is signed in"))?;
    let all = within(&app, &caller).await?;
    let asked = search.q.trim().to_lowercase();
    let fits = |name: &str, words: &str| {
        asked.split_whitespace().all(|word| name.to_lowercase().contains(word) || words.contains(word))
    };
    let tiles = SOURCES.iter().filter(|source| fits(source.name, source.words)).enumerate();
    let tiles = tiles.map(|(place, source)| {
        let connected = all.iter().filter(|(found, _)| *found == source.deployment).count() as u64;
        Tile {
            name: source.name,
            icon: source.icon,
            tags: source.tags,
            line: source.line,
            connected: (connected > 0).then(|| count(connected, "connected", "connected")),
            is_first: place == 0,
        }
    });
    let are_retired = all.iter().filter(|(_, is_retired)| *is_retired).count() as u64;
    let retired = fits("Connect app", "atlassian connect marketplace app retired jira cloud").then(|| {
        (are_retired > 0).then(|| count(are_retired, "needs another credential", "need another credential"))
    });
    let drafts = app.store.drafts_of(&signed_in.account.id).await?;
    let begun = drafts.iter().map(|draft| {
        let document = Document::of(draft);
        let name = if document.name.is_empty() { document.address } else { document.name };
        Begun {
            path: format!("/integrations/new/jira?draft={}", draft.id),
            name: inert(&name),
            changed: moment(draft.changed_at),
        }
    });
    rendered(&CataloguePage {
        shell: Shell::new(&app, Some(&caller), "Available integrations", "/integrations"),
        tiles: tiles.collect(),
        retired,
        missing: NOT_BUILT.iter().filter(|(name, words)| fits(name, words)).map(|(name, _)| *name).collect(),
        begun: begun.collect(),
        connected: all.len() as u64,
        asked: search.q,
    })
}

/// What stands at the sites of the integrations within reach, and whether they sign in in a way that is retired.
async fn within(app: &App, caller: &Caller) -> Result<Vec<(Deployment, bool)>, Problem> {
    let reach: Reach = policy::reach(&caller.principal, Action::Read);
    let found = app.store.integrations_within(&reach, None, u32::MAX >> 1).await?;
    Ok(found.into_iter().map(|one| (one.settings.deployment, one.is_retired())).collect())
}
