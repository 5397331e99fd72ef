//! The projects that an account sees.

use super::{pages, reference, site::Site, wire};
use crate::SourceError;
use std::collections::BTreeMap;
use weir_model::{
    Anomaly, AnomalyKind, Deployment, Kind, Message, PreflightFault, Project, ProjectState, Scope,
    ShownProjects, same_key,
};

/// The projects of a site, by their state.
#[derive(Debug, Default)]
pub(super) struct Listed {
    pub(super) live: Vec<Project>,
    /// Archived ones, and those in the trash.
    pub(super) elsewhere: Vec<Project>,
    /// The site did not tell which projects are archived.
    pub(super) is_short: bool,
}

impl Listed {
    /// Every project that the site shows, with its state.
    pub(super) fn shown(&self) -> ShownProjects {
        let all = self.live.iter().chain(&self.elsewhere);
        let states = all.map(|project| (project.id.clone(), project.state)).collect();
        ShownProjects { states, is_complete: !self.is_short }
    }
}

/// Every project that the site shows.
pub(super) async fn all(site: &Site, site_url: &str) -> Result<Listed, SourceError> {
    if site.deployment() == Deployment::DataCenter {
        return in_one_list(site, site_url).await;
    }
    let of = |state| list(site, site_url, state);
    let (live, archived, deleted) = tokio::try_join!(
        of(ProjectState::Live),
        optional(of(ProjectState::Archived)),
        optional(of(ProjectState::Deleted))
    )?;
    let is_short = archived.is_none();
    let elsewhere = archived.into_iter().chain(deleted).flatten().collect();
    Ok(Listed { live, elsewhere, is_short })
}

/// The live projects.
pub(super) async fn live(site: &Site, site_url: &str) -> Result<Vec<Project>, SourceError> {
    match site.deployment() {
        Deployment::Cloud => list(site, site_url, ProjectState::Live).await,
        Deployment::DataCenter => Ok(in_one_list(site, site_url).await?.live),
    }
}

/// Lists that only administrators may read, or that are experimental: nothing in them is not an error.
async fn optional<T>(
    list: impl Future<Output = Result<Vec<T>, SourceError>>,
) -> Result<Option<Vec<T>>, SourceError> {
    match list.await {
        Err(error) if reference::is_refusal(&error) => Ok(None),
        other => other.map(Some),
    }
}

/// Data Center gives all of its projects at once. What was deleted there is gone.
async fn in_one_list(site: &Site, site_url: &str) -> Result<Listed, SourceError> {
    let query = [("expand", "lead"), ("includeArchived", "true")];
    let reply = site.get("projects", "api/project", &query).await?.ok()?;
    let text = reply.text()?;
    let wires: Vec<wire::Project<'_>> = wire::read(&text).map_err(|error| reply.malformed(error))?;
    let mut listed = Listed::default();
    for wire in wires {
        match wire.archived {
            Some(true) => listed.elsewhere.push(row(wire, site_url, ProjectState::Archived)),
            _ => listed.live.push(row(wire, site_url, ProjectState::Live)),
        }
    }
    listed.live.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(listed)
}

/// Every project of a state, on Cloud.
async fn list(site: &Site, site_url: &str, state: ProjectState) -> Result<Vec<Project>, SourceError> {
    let query = [("expand", "lead"), ("status", state.as_str()), ("orderBy", "key")];
    let mut projects = Vec::new();
    let mut odd = None;
    pages::each(site, "projects", "api/project/search", &query, 100, |raw| {
        match wire::read::<wire::Project<'_>>(raw.get()) {
            Ok(wire) => projects.push(row(wire, site_url, state)),
            Err(error) => odd = Some(error),
        }
    })
    .await?;
    match odd {
        // A project that cannot be read would be left out without a trace.
        Some(error) => {
            let detail = wire::Fault(error).to_string();
            Err(Message::JiraMalformed { what: "projects".into(), detail }.into())
        }
        None => Ok(projects),
    }
}

/// The live projects in a scope that is new; an unknown one is an error, not an empty answer.
pub(super) fn in_scope(live: Vec<Project>, scope: &Scope) -> Result<Vec<Project>, Message> {
    let Scope::Projects(keys) = scope else { return Ok(live) };
    let mut by_key: BTreeMap<String, Project> =
        live.into_iter().map(|project| (project.key.to_uppercase(), project)).collect();
    let mut chosen: Vec<Project> = Vec::with_capacity(keys.len());
    let mut absent: Vec<&str> = vec![];
    for key in keys.iter().map(|key| key.trim()) {
        match by_key.remove(&key.to_uppercase()) {
            Some(project) => chosen.push(project),
            None if chosen.iter().any(|known| known.key.eq_ignore_ascii_case(key)) => {}
            None => absent.push(key),
        }
    }
    match absent.is_empty() {
        true => Ok(chosen),
        false => Err(unknown(&absent)),
    }
}

/// What is said of keys that no project has that the account can see: these, and no others.
fn unknown(absent: &[&str]) -> Message {
    let keys = weir_http::snippet(absent.join(", ").as_bytes());
    match absent {
        [_] => Message::ProjectUnknown { key: keys },
        _ => PreflightFault::ProjectsUnknown { keys }.into(),
    }
}

/// The live projects of a scope, as far as they are there.
#[derive(Debug, Default)]
pub(super) struct Chosen {
    pub(super) projects: Vec<Project>,
    /// Keys that were named, and that no live project has or had.
    pub(super) absent: Vec<String>,
    /// Keys that were named and are former ones, each with the present one.
    pub(super) former: Vec<(String, String)>,
}

/// The live projects in scope of a run or a census: one that is away must not stop the others.
///
/// # Errors
/// `project.unknown` where none is there.
pub(super) async fn chosen(site: &Site, live: Vec<Project>, scope: &Scope) -> Result<Chosen, SourceError> {
    let Scope::Projects(keys) = scope else { return Ok(Chosen { projects: live, ..Chosen::default() }) };
    let mut chosen = Chosen::default();
    for key in keys.iter().map(|key| key.trim()) {
        let named = live.iter().find(|project| same_key(&project.key, key));
        let found = match named {
            Some(project) => Some(project),
            None => live_now(site, key, &live).await?,
        };
        match found {
            Some(project) => {
                if named.is_none() {
                    chosen.former.push((key.to_owned(), project.key.clone()));
                }
                if chosen.projects.iter().all(|known| known.id != project.id) {
                    chosen.projects.push(project.clone());
                }
            }
            None => chosen.absent.push(weir_http::snippet(key.as_bytes())),
        }
    }
    match chosen.absent.first() {
        Some(key) if chosen.projects.is_empty() => Err(Message::ProjectUnknown { key: key.clone() }.into()),
        _ => Ok(chosen),
    }
}

/// The live project that has another key now: Jira answers to former ones.
async fn live_now<'a>(
    site: &Site,
    key: &str,
    live: &'a [Project],
) -> Result<Option<&'a Project>, SourceError> {
    let path = format!("api/project/{}", reference::segment(key));
    let reply = match site.get("projects", &path, &[]).await?.ok() {
        Ok(reply) => reply,
        Err(error) if reference::is_refusal(&error) => return Ok(None),
        Err(error) => return Err(error),
    };
    let text = reply.text()?;
    let wire: wire::Project<'_> = wire::read(&text).map_err(|error| reply.malformed(error))?;
    Ok(live.iter().find(|project| *project.id == *wire.id))
}

/// What is to be said of projects that were named and are not there.
pub(super) fn absent(keys: &[String]) -> Vec<Anomaly> {
    let skipped = |key: &String| {
        Anomaly {
        kind: AnomalyKind::Skipped,
        what: Kind::Projects,
        subject: key.clone(),
        code: Message::ProjectUnknown { key: key.clone() }.id().to_owned(),
        detail: "It is in the scope, and the site does not show it: it was archived, deleted, or is hidden from the account. \
                 What is here of it stays until a census looks at it; it is read whole once it is shown again."
            .to_owned(),
    }
    };
    keys.iter().map(skipped).collect()
}

/// A project as a row.
pub(super) fn row(wire: wire::Project<'_>, site_url: &str, state: ProjectState) -> Project {
    Project {
        url: format!("{site_url}/browse/{}", &*wire.key),
        id: wire.id.owned(),
        key: wire.key.owned(),
        name: wire.name.map(wire::Text::owned).unwrap_or_default(),
        kind: wire.project_type_key.map(wire::Text::owned),
        style: wire.style.map(wire::Text::owned),
        category: wire.project_category.and_then(|category| category.name).map(wire::Text::owned),
        lead_id: wire.lead.and_then(|lead| lead.id().map(str::to_owned)),
        state,
    }
}
