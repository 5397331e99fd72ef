//! The projects that an account sees.

use super::{pages, site::Site, wire};
use crate::SourceError;
use std::collections::BTreeMap;
use weir_model::{Message, Project, ProjectState, Scope};

/// Every project of a state that the site shows.
pub(super) async fn list(
    site: &Site,
    site_url: &str,
    state: ProjectState,
) -> Result<Vec<Project>, SourceError> {
    let query = [("expand", "lead"), ("status", state.as_str()), ("orderBy", "key")];
    let mut projects = Vec::new();
    let mut odd = None;
    pages::each(site, "projects", "rest/api/3/project/search", &query, 100, |raw| {
        match wire::read::<wire::Project<'_>>(raw.get()) {
            Ok(wire) => projects.push(row(wire, site_url, state)),
            Err(error) => odd = Some(error),
        }
    })
    .await?;
    match odd {
        // A project that cannot be read would be left out without a trace.
        Some(error) => {
            Err(Message::JiraMalformed { what: "projects".into(), detail: error.to_string() }.into())
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
        lead_id: wire.lead.and_then(|lead| lead.account_id).map(wire::Text::owned),
        state,
    }
}
