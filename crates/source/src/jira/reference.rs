//! Reference data: statuses, types, priorities, resolutions, fields, and each project's versions and components.

use super::{columns, pages, site::Site, wire};
use crate::SourceError;
use serde_json::value::RawValue;
use weir_model::{
    Anomaly, AnomalyKind, Component, Deployment, Field, IssueType, Kind, Message, PlainDate, Priority,
    ReferenceSet, Resolution, Status, Version,
};

/// A list with what could not be read of it.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) set: Option<ReferenceSet>,
    pub(super) anomalies: Vec<Anomaly>,
}

/// Lists that hold for the whole site; each is fetched apart so that one refusal spoils one list.
pub(super) const SITE_WIDE: [Kind; 4] =
    [Kind::Statuses, Kind::IssueTypes, Kind::Priorities, Kind::Resolutions];

/// Fetches one list, of the whole site or of one project.
pub(super) async fn list(site: &Site, kind: Kind, project_key: Option<&str>) -> Result<Listed, SourceError> {
    match project_key {
        None => site_wide(site, kind).await,
        Some(key) => of_project(site, kind, key).await,
    }
}

async fn site_wide(site: &Site, kind: Kind) -> Result<Listed, SourceError> {
    match kind {
        Kind::Statuses => gather(site, kind, &["api/status"], "", status, ReferenceSet::Statuses).await,
        Kind::IssueTypes => {
            let deployment = site.deployment();
            gather(
                site,
                kind,
                &["api/issuetype"],
                "",
                |raw| issue_type(raw, deployment),
                ReferenceSet::IssueTypes,
            )
            .await
        }
        Kind::Priorities => {
            let paths = ["api/priority", "api/priority/search"];
            gather(site, kind, &paths, "", priority, |mut rows: Vec<Priority>| {
                for (position, row) in (0..).zip(&mut rows) {
                    row.position = position;
                }
                ReferenceSet::Priorities(rows)
            })
            .await
        }
        _ => {
            let paths = ["api/resolution", "api/resolution/search"];
            gather(site, Kind::Resolutions, &paths, "", resolution, ReferenceSet::Resolutions).await
        }
    }
}

async fn of_project(site: &Site, kind: Kind, key: &str) -> Result<Listed, SourceError> {
    let path = |name: &str| format!("api/project/{}/{name}", segment(key));
    let project_key = key.to_owned();
    if kind == Kind::Versions {
        let mut paths = [path("version"), path("versions")];
        if site.deployment() == Deployment::DataCenter {
            paths.reverse();
        }
        let read = |raw: &RawValue| version(raw, key);
        gather(site, kind, &[&paths[0], &paths[1]], key, read, |rows| ReferenceSet::Versions {
            project_key,
            rows,
        })
        .await
    } else {
        let mut paths = [path("component"), path("components")];
        if site.deployment() == Deployment::DataCenter {
            paths.reverse();
        }
        let read = |raw: &RawValue| component(raw, key);
        gather(site, kind, &[&paths[0], &paths[1]], key, read, |rows| ReferenceSet::Components {
            project_key,
            rows,
        })
        .await
    }
}

/// The fields of a list, and what is to be said of those that could not be read.
pub(super) fn field_list(text: &str) -> Result<(Vec<wire::Field<'_>>, Vec<Anomaly>), serde_json::Error> {
    let (mut fields, mut odd) = (Vec::new(), Vec::new());
    for raw in wire::read::<wire::List<'_>>(text)? {
        match wire::read(raw.get()) {
            Ok(field) => fields.push(field),
            Err(error) => odd.push(unreadable(Kind::Fields, "", error)),
        }
    }
    Ok((fields, odd))
}

/// Reads the site's fields; without them nothing can be mapped, so a refusal is an error.
pub(super) fn fields(wires: &[wire::Field<'_>]) -> ReferenceSet {
    let text = |text: &Option<wire::Text<'_>>| text.as_ref().map(|text| text.to_string());
    let row = |wire: &wire::Field<'_>| Field {
        id: wire.id.to_string(),
        name: text(&wire.name).unwrap_or_default(),
        custom: wire.custom.unwrap_or_else(|| wire.id.starts_with("customfield_")),
        schema_type: wire.schema.as_ref().and_then(|schema| text(&schema.kind)),
        schema_custom: wire.schema.as_ref().and_then(|schema| text(&schema.custom)),
    };
    ReferenceSet::Fields(wires.iter().map(row).collect())
}

/// Reads a list from the first of `paths` that the site has.
async fn gather<T: Send>(
    site: &Site,
    kind: Kind,
    paths: &[&str],
    subject: &str,
    read: impl Fn(&RawValue) -> Result<T, serde_json::Error> + Send + Sync,
    set: impl FnOnce(Vec<T>) -> ReferenceSet,
) -> Result<Listed, SourceError> {
    let mut refused = None;
    for path in paths {
        let mut rows = Vec::new();
        let mut anomalies = Vec::new();
        let outcome = pages::each(site, kind.as_str(), path, &[], 100, |raw| match read(raw) {
            Ok(row) => rows.push(row),
            Err(error) => anomalies.push(unreadable(kind, subject, error)),
        })
        .await;
        match outcome {
            Ok(()) => return Ok(Listed { set: Some(set(rows)), anomalies }),
            Err(error) if is_refusal(&error) => refused = Some(error),
            Err(error) => return Err(error),
        }
    }
    let anomalies = refused.map(|error| skipped(kind, subject, &error)).into_iter().collect();
    Ok(Listed { set: None, anomalies })
}

/// Whether the site refused this list alone: missing permission, scope or feature.
pub(super) fn is_refusal(error: &SourceError) -> bool {
    matches!(
        *error.message,
        Message::JiraRefused { .. } | Message::JiraForbidden { .. } | Message::AuthScope { .. }
    )
}

/// The anomaly for a row that has another shape than documented.
pub(super) fn unreadable(kind: Kind, subject: &str, error: serde_json::Error) -> Anomaly {
    Anomaly {
        kind: AnomalyKind::Unreadable,
        what: kind,
        subject: subject.to_owned(),
        code: "jira.malformed".to_owned(),
        detail: format!("An entry could not be read: {}.", wire::Fault(error)),
    }
}

/// The anomaly for something that the site would not give.
pub(super) fn skipped(kind: Kind, subject: &str, error: &SourceError) -> Anomaly {
    Anomaly {
        kind: AnomalyKind::Skipped,
        what: kind,
        subject: subject.to_owned(),
        code: error.message.id().to_owned(),
        detail: error.message.to_string(),
    }
}

/// A text as one segment of a path.
pub(super) fn segment(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn name(text: Option<wire::Text<'_>>) -> String {
    text.map(wire::Text::owned).unwrap_or_default()
}

fn scope(scope: Option<wire::Scoped<'_>>) -> Option<String> {
    scope.and_then(|scope| scope.project).and_then(|project| project.id).map(wire::Text::owned)
}

pub(super) fn status(raw: &RawValue) -> Result<Status, serde_json::Error> {
    let wire: wire::Status<'_> = wire::read(raw.get())?;
    Ok(Status {
        category: columns::category(wire.status_category.as_ref()),
        id: wire.id.owned(),
        name: name(wire.name),
        scope_project_id: scope(wire.scope),
    })
}

pub(super) fn issue_type(raw: &RawValue, deployment: Deployment) -> Result<IssueType, serde_json::Error> {
    let wire: wire::IssueType<'_> = wire::read(raw.get())?;
    let subtask = wire.subtask.unwrap_or(wire.hierarchy_level == Some(-1));
    // Data Center knows of sub-tasks alone.
    let level = (deployment == Deployment::DataCenter).then_some(-i64::from(subtask));
    Ok(IssueType {
        id: wire.id.owned(),
        name: name(wire.name),
        subtask,
        hierarchy_level: wire.hierarchy_level.or(level),
        scope_project_id: scope(wire.scope),
    })
}

pub(super) fn priority(raw: &RawValue) -> Result<Priority, serde_json::Error> {
    let wire: wire::Priority<'_> = wire::read(raw.get())?;
    Ok(Priority { id: wire.id.owned(), name: name(wire.name), position: 0 })
}

pub(super) fn resolution(raw: &RawValue) -> Result<Resolution, serde_json::Error> {
    let wire: wire::Resolution<'_> = wire::read(raw.get())?;
    Ok(Resolution {
        id: wire.id.owned(),
        name: name(wire.name),
        description: wire.description.map(wire::Text::owned),
    })
}

pub(super) fn version(raw: &RawValue, key: &str) -> Result<Version, serde_json::Error> {
    let wire: wire::Version<'_> = wire::read(raw.get())?;
    Ok(Version {
        id: wire.id.owned(),
        name: name(wire.name),
        project_key: key.to_owned(),
        description: wire.description.map(wire::Text::owned),
        released: wire.released.unwrap_or(false),
        archived: wire.archived.unwrap_or(false),
        start_date: wire.start_date.and_then(|date| PlainDate::parse(&date)),
        release_date: wire.release_date.and_then(|date| PlainDate::parse(&date)),
    })
}

pub(super) fn component(raw: &RawValue, key: &str) -> Result<Component, serde_json::Error> {
    let wire: wire::Component<'_> = wire::read(raw.get())?;
    Ok(Component {
        id: wire.id.owned(),
        name: name(wire.name),
        project_key: key.to_owned(),
        description: wire.description.map(wire::Text::owned),
        lead_id: wire.lead.and_then(|lead| lead.id().map(str::to_owned)),
    })
}
