//! Issues that cannot be read.

use super::named;
use crate::{
    app::App,
    http::{
        Problem,
        extract::{Params, Segments},
        paging::{Page, PageQuery},
    },
};
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use weir_model::InQuarantine;

/// An issue that cannot be read.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct QuarantinedIssue {
    issue_id: String,
    /// Where it was read before.
    key: Option<String>,
    code: String,
    detail: String,
    /// How often it was tried.
    attempts: u32,
    first_at: String,
    last_at: String,
    /// The size of its body, where one is kept.
    raw_bytes: Option<u64>,
}

impl From<InQuarantine> for QuarantinedIssue {
    fn from(one: InQuarantine) -> Self {
        Self {
            issue_id: one.issue.0.to_string(),
            key: one.key,
            code: one.code,
            detail: one.detail,
            attempts: one.attempts,
            first_at: one.first_at.rfc3339(),
            last_at: one.last_at.rfc3339(),
            raw_bytes: one.raw_bytes,
        }
    }
}

/// Issues that cannot be read: why, since when, and how often it was tried
#[utoipa::path(get, path = "/api/v1/integrations/{name}/quarantine", tag = "issues",
    params(("name" = String, Path, description = "The integration"), PageQuery),
    responses((status = 200, description = "A page of them, by id", body = Page<QuarantinedIssue>)))]
pub(in crate::api) async fn list_quarantined(
    State(app): State<App>,
    Segments(name): Segments<String>,
    Params(query): Params<PageQuery>,
) -> Result<Page<QuarantinedIssue>, Problem> {
    let window = query.window()?;
    let mut found = app.store.quarantine(&named(&app, &name).await?.id, None).await?;
    if let Some(after) = window.after() {
        found.retain(|one| one.issue.as_str() > after);
    }
    Ok(window.page(found, |one| one.issue.0.to_string(), QuarantinedIssue::from))
}
