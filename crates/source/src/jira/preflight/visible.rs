//! The projects that somebody may choose from, with what helps to choose. None of it is kept.

use super::{
    bounded,
    scoping::{Door, in_time, opened},
};
use crate::{
    Environment, SourceError,
    jira::{pages, site::Site, stamp, wire},
};
use serde::Deserialize;
use weir_model::{Deployment, Message, Millis};

/// A live project as the account sees it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VisibleProject {
    /// The present key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// `software`, `business`, `service_desk` …
    pub kind: String,
    /// The name of whoever leads it.
    pub lead: Option<String>,
    /// How many issues the account sees there; Cloud alone tells it.
    pub issues: Option<u64>,
    /// When the last of them was edited; Cloud alone tells it.
    pub edited_at: Option<Millis>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    key: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    project_type_key: String,
    lead: Option<Lead>,
    insight: Option<Insight>,
    #[serde(default)]
    archived: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Lead {
    display_name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Insight {
    total_issue_count: Option<u64>,
    last_issue_update_time: Option<String>,
}

/// The live projects that the account sees, by key.
///
/// # Errors
/// What stands in the way.
pub async fn visible_projects(
    door: &Door,
    environment: &Environment,
) -> Result<Vec<VisibleProject>, Message> {
    let site = opened(door, environment)?;
    let listed = async { listed(&site).await.map_err(|error| *error.message) };
    let mut projects = in_time(door, listed).await?;
    projects.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(projects)
}

async fn listed(site: &Site) -> Result<Vec<VisibleProject>, SourceError> {
    if site.deployment() == Deployment::DataCenter {
        let reply = site.get("projects", "api/project", &[("expand", "lead")]).await?.ok()?;
        let wires: Vec<Wire> = reply.read()?;
        return Ok(wires.into_iter().filter(|wire| !wire.archived).map(VisibleProject::from).collect());
    }
    let query = [("expand", "lead,insight"), ("status", "live"), ("orderBy", "key")];
    let mut projects = Vec::new();
    let mut odd = None;
    pages::each(site, "projects", "api/project/search", &query, 100, |raw| {
        match wire::read::<Wire>(raw.get()) {
            Ok(wire) => projects.push(VisibleProject::from(wire)),
            Err(error) => odd = Some(error),
        }
    })
    .await?;
    match odd {
        Some(error) => {
            let detail = wire::Fault(error).to_string();
            Err(Message::JiraMalformed { what: "projects".into(), detail }.into())
        }
        None => Ok(projects),
    }
}

impl From<Wire> for VisibleProject {
    fn from(wire: Wire) -> Self {
        let (issues, edited) = wire
            .insight
            .map_or((None, None), |insight| (insight.total_issue_count, insight.last_issue_update_time));
        Self {
            key: bounded(&wire.key),
            name: bounded(&wire.name),
            kind: bounded(&wire.project_type_key),
            lead: wire.lead.and_then(|lead| lead.display_name).map(|name| bounded(&name)),
            issues,
            edited_at: edited.as_deref().and_then(stamp::parse),
        }
    }
}
