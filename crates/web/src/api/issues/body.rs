//! The body of an issue that cannot be read, as the site sent it.

use super::named;
use crate::{
    app::App,
    audit::{self, Deed},
    auth::principal::Caller,
    http::{Problem, extract::Segments},
};
use axum::{
    extract::State,
    http::header,
    response::{IntoResponse as _, Response},
};
use weir_model::Message;
use weir_vault::ExposeSecret as _;

/// The body of an issue that cannot be read
///
/// As the site sent it, without what is excluded; it is sealed in the store.
#[utoipa::path(get, path = "/api/v1/integrations/{name}/quarantine/{issue}/body", tag = "issues",
    params(("name" = String, Path, description = "The integration"), ("issue" = String, Path, description = "The issue's id")),
    responses((status = 200, description = "The body", content_type = "application/octet-stream", body = [u8])))]
pub(in crate::api) async fn show_body(
    State(app): State<App>,
    caller: Caller,
    Segments((name, issue)): Segments<(String, String)>,
) -> Result<Response, Problem> {
    let integration = named(&app, &name).await?;
    let body = weir_ingest::quarantined_body(&app.store, &app.vault, &integration, &issue).await?;
    let unknown = || Message::BodyUnknown { issue: weir_http::snippet(issue.as_bytes()) };
    let body = body.ok_or_else(unknown)?;
    let deed = Deed::done("issues.raw", &integration.name).with("issue", &issue);
    audit::note_of(&app, &caller, deed, &integration).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"issue.json\""),
    ];
    Ok((headers, body.expose_secret().to_owned()).into_response())
}
