//! Putting issues away, and bringing them back.

use super::named;
use crate::{
    app::App,
    audit::{self, Deed},
    auth::principal::Caller,
    http::{
        Problem,
        extract::{Json, Segments},
        name::Name,
        tag::Answer,
    },
};
use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use weir_model::State as IssueState;
use weir_store::{LeaseHolder, NamedIssue};

/// Keys in one request.
const MOST_KEYS: usize = 100;

/// Which issues.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct IssueKeys {
    /// Their keys as the site shows them, also former ones.
    #[schema(min_items = 1, max_items = 100)]
    keys: Vec<Name>,
}

impl IssueKeys {
    fn checked(self) -> Result<Vec<String>, Problem> {
        if !(1..=MOST_KEYS).contains(&self.keys.len()) {
            return Err(Problem::bad("keys are 1 to 100 keys of issues, such as OPS-17"));
        }
        Ok(self.keys.iter().map(|key| key.0.to_uppercase()).collect())
    }
}

/// What became of an issue.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct PutAway {
    /// Its present key.
    key: String,
    /// What it is now.
    state: &'static str,
    /// What it was.
    before: &'static str,
}

/// Put issues away
///
/// They stay in the store and count nowhere; neither a sync nor a census brings them back.
#[utoipa::path(post, path = "/api/v1/integrations/{name}/issues/remove", tag = "issues", request_body = IssueKeys,
    params(("name" = String, Path, description = "The integration")),
    responses((status = 200, description = "What became of each", body = Vec<PutAway>)))]
pub(in crate::api) async fn remove_issues(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    Json(wish): Json<IssueKeys>,
) -> Result<Answer<Vec<PutAway>>, Problem> {
    decided(&app, &caller, &name, wish, true).await
}

/// Bring issues back that were put away
#[utoipa::path(post, path = "/api/v1/integrations/{name}/issues/restore", tag = "issues", request_body = IssueKeys,
    params(("name" = String, Path, description = "The integration")),
    responses((status = 200, description = "What became of each", body = Vec<PutAway>)))]
pub(in crate::api) async fn restore_issues(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    Json(wish): Json<IssueKeys>,
) -> Result<Answer<Vec<PutAway>>, Problem> {
    decided(&app, &caller, &name, wish, false).await
}

async fn decided(
    app: &App,
    caller: &Caller,
    name: &str,
    wish: IssueKeys,
    is_removal: bool,
) -> Result<Answer<Vec<PutAway>>, Problem> {
    let integration = named(app, name).await?;
    let keys = wish.checked()?;
    let holder = LeaseHolder::this_process(app.environment.entropy.as_ref());
    let (issues, action) = match is_removal {
        true => {
            let done = weir_ingest::remove_issues(&app.store, &integration, &keys, &holder).await?;
            (done, "issues.remove")
        }
        false => {
            let done = weir_ingest::restore_issues(&app.store, &integration, &keys, &holder).await?;
            (done, "issues.restore")
        }
    };
    let named: Vec<&str> = issues.iter().map(|issue| issue.key.as_str()).collect();
    let deed = Deed::done(action, &integration.name).with("keys", named.join(" "));
    audit::note_of(app, caller, deed, &integration).await?;
    Ok(Answer(StatusCode::OK, issues.into_iter().map(|issue| shown(issue, is_removal)).collect()))
}

fn shown(issue: NamedIssue, is_removal: bool) -> PutAway {
    let after = match issue.before {
        _ if is_removal => IssueState::Removed,
        IssueState::Removed => IssueState::Live,
        before => before,
    };
    PutAway { key: issue.key, state: after.as_str(), before: issue.before.as_str() }
}
