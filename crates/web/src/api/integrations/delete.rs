//! Deleting: asked for, done after a while by whichever server or worker comes first, and until then taken back at will.

use super::{described_as, named};
use crate::{
    app::App,
    auth::{
        policy::{self, Action},
        principal::Caller,
    },
    http::{
        Problem,
        extract::{Params, Segments},
        paging::{Page, PageQuery},
        tag::{Answer, Conditions},
    },
    life::{self, revision},
};
use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};
use weir_ingest::{WAITS_MINUTES, deletion_delay};
use weir_model::{DeletedIntegration, Message};

/// How long it is to wait.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct Delay {
    /// `0` for at once, or an interval such as `7d`, which is what it is unless given.
    #[serde(rename = "in")]
    #[param(pattern = "^(0|[0-9]+[mhd])$")]
    after: Option<String>,
}

impl Delay {
    /// How long it is to wait.
    ///
    /// # Errors
    /// `deletion.delay`, also for what has the form and is too long.
    fn minutes(&self) -> Result<u32, Problem> {
        let Some(text) = self.after.as_deref() else { return Ok(WAITS_MINUTES) };
        let has_form = text == "0"
            || text.strip_suffix(['m', 'h', 'd']).is_some_and(|number| {
                !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit())
            });
        deletion_delay(text).map_err(|message| match has_form {
            true => Problem::from(message),
            false => Problem::malformed(message),
        })
    }
}

/// A deletion that waits. Nothing is run meanwhile.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Deletion {
    /// The integration's name.
    integration: String,
    asked_at: String,
    asked_by: String,
    /// When it is done.
    due_at: String,
}

impl Deletion {
    fn of(name: &str, deletion: &weir_model::Deletion) -> Self {
        Self {
            integration: name.to_owned(),
            asked_at: deletion.asked_at.rfc3339(),
            asked_by: deletion.asked_by.clone(),
            due_at: deletion.due_at.rfc3339(),
        }
    }
}

/// What is left of an integration that was deleted.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Receipt {
    /// Its id.
    id: String,
    name: String,
    kind: String,
    url: String,
    asked_at: String,
    asked_by: String,
    deleted_at: String,
    /// How much went, by kind. The credential went too; kept are this receipt and the lines of the audit log.
    removed: BTreeMap<String, u64>,
}

impl From<DeletedIntegration> for Receipt {
    fn from(one: DeletedIntegration) -> Self {
        Self {
            id: one.id.to_string(),
            name: one.name,
            kind: one.kind,
            url: one.site_url,
            asked_at: one.asked_at.rfc3339(),
            asked_by: one.asked_by,
            deleted_at: one.deleted_at.rfc3339(),
            removed: one.removed.into_iter().collect(),
        }
    }
}

/// Have an integration deleted
///
/// With its credential and everything that was read from it. It waits a week unless `in` says otherwise; nothing is run
/// meanwhile, and it can be taken back.
#[utoipa::path(delete, path = "/api/v1/integrations/{name}", tag = "integrations", params(Delay,
    ("name" = String, Path, description = "Its name")),
    responses((status = 202, description = "It waits; Location is where to look", body = Deletion)))]
pub(in crate::api) async fn delete_integration(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    Params(delay): Params<Delay>,
    conditions: Conditions,
) -> Result<Response, Problem> {
    let minutes = delay.minutes()?;
    let integration = named(&app, &name).await?;
    conditions.still_at(&revision(&integration)?)?;
    let deletion = life::ask_deletion(&app, &caller, &integration, minutes).await?;
    let mut response = Answer(StatusCode::ACCEPTED, Deletion::of(&name, &deletion)).into_response();
    let place = format!("/api/v1/integrations/{}/deletion", crate::http::body::segment(&name));
    let place = HeaderValue::try_from(place).map_err(|error| Problem::bug(&error.to_string()))?;
    response.headers_mut().insert(header::LOCATION, place);
    Ok(response)
}

/// The deletion that an integration waits for
#[utoipa::path(get, path = "/api/v1/integrations/{name}/deletion", tag = "integrations",
    params(("name" = String, Path, description = "Its name")),
    responses((status = 200, description = "The deletion; 409 where there is none", body = Deletion)))]
pub(in crate::api) async fn show_deletion(
    State(app): State<App>,
    Segments(name): Segments<String>,
    conditions: Conditions,
) -> Result<Response, Problem> {
    let integration = named(&app, &name).await?;
    let deletion = app.store.deletion(&integration.id).await?;
    let deletion = deletion.ok_or_else(|| Message::DeletionNone { name: name.clone() })?;
    conditions.answer(&Deletion::of(&name, &deletion))
}

/// Take a deletion back
#[utoipa::path(post, path = "/api/v1/integrations/{name}/deletion/cancel", tag = "integrations",
    params(("name" = String, Path, description = "Its name")),
    responses((status = 200, description = "It stays", body = super::Integration)))]
pub(in crate::api) async fn cancel_deletion(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
) -> Result<Answer<super::Integration>, Problem> {
    let integration = named(&app, &name).await?;
    life::keep(&app, &caller, &integration).await?;
    Ok(Answer(StatusCode::OK, described_as(&app, &integration).await?))
}

/// Integrations that were deleted, newest first
#[utoipa::path(get, path = "/api/v1/deleted-integrations", tag = "integrations", params(PageQuery),
    responses((status = 200, description = "A page of the receipts within reach", body = Page<Receipt>)))]
pub(in crate::api) async fn list_deleted_integrations(
    State(app): State<App>,
    caller: Caller,
    Params(query): Params<PageQuery>,
) -> Result<Page<Receipt>, Problem> {
    let window = query.window()?;
    let reach = policy::reach(&caller.principal, Action::Connect);
    let found = app.store.deleted_integrations(&reach, window.after_as()?, window.wanted()).await?;
    Ok(window.page(found, |one| one.no.to_string(), Receipt::from))
}
