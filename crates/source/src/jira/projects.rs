//! The projects that an account sees.

use super::{pages, reference, site::Site, wire};
use crate::SourceError;
use std::collections::BTreeMap;
use weir_model::{Deployment, Message, Project, ProjectState, Scope};

/// The projects of a site, by their state.
#[derive(Debug, Default)]
pub(super) struct Listed {
    pub(super) live: Vec<Project>,
    /// Archived ones, and those in the trash.
    pub(super) elsewhere: Vec<Project>,
    /// The site did not tell which projects are archived.
    pub(super) is_short: bool,
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

/// The live projects in scope; an unknown one is an error, not an empty answer.
pub(super) fn in_scope(live: Vec<Project>, scope: &Scope) -> Result<Vec<Project>, Message> {
    let Scope::Projects(keys) = scope else { return Ok(live) };
    let mut by_key: BTreeMap<String, Project> =
        live.into_iter().map(|project| (project.key.to_uppercase(), project)).collect();
    let mut chosen = Vec::with_capacity(keys.len());
    for key in keys {
        match by_key.remove(&key.trim().to_uppercase()) {
            Some(project) => chosen.push(project),
            None if chosen.iter().any(|known: &Project| known.key.eq_ignore_ascii_case(key.trim())) => {}
            None => return Err(Message::ProjectUnknown { key: weir_http::snippet(key.as_bytes()) }),
        }
    }
    Ok(chosen)
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
