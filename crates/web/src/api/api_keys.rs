//! API keys: made, listed, revoked. A key is shown once, when it is made.

use crate::{
    app::App,
    audit::{self, Deed},
    auth::{
        keys::{self, MadeKey, NewKey},
        policy::{self, Action, Place},
        principal::{Caller, Principal},
    },
    http::{
        Problem,
        extract::{Json, Params, Segments},
        name::Name,
        number::whole,
        paging::{Page, PageQuery},
        repeat::KeptInstead,
        tag::Answer,
        words::some_words,
    },
};
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::{ToSchema, openapi::Array};
use weir_model::{KeyScope, Message, Millis, WorkspaceId};

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// How long a key is good for unless somebody wants it otherwise.
pub(crate) const USUAL_DAYS: u32 = 90;

/// A key for programs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApiKey {
    id: String,
    name: String,
    scopes: Vec<&'static str>,
    /// The workspace that it stays in; nothing for the whole server.
    workspace: Option<String>,
    created_at: String,
    expires_at: Option<String>,
    used_at: Option<String>,
    revoked_at: Option<String>,
    /// The end of the key, to tell keys apart.
    hint: String,
}

impl From<weir_model::ApiKey> for ApiKey {
    fn from(key: weir_model::ApiKey) -> Self {
        Self {
            id: key.id.to_string(),
            name: key.name,
            scopes: key.scopes.iter().map(|scope| scope.as_str()).collect(),
            workspace: key.workspace.map(|id| id.to_string()),
            created_at: key.created_at.rfc3339(),
            expires_at: key.expires_at.map(Millis::rfc3339),
            used_at: key.used_at.map(Millis::rfc3339),
            revoked_at: key.revoked_at.map(Millis::rfc3339),
            hint: key.hint,
        }
    }
}

/// A key that was just made.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CreatedKey {
    #[serde(flatten)]
    key: ApiKey,
    /// The key itself, for this once. A repeated request with the same Idempotency-Key gets nothing here.
    secret: Option<String>,
}

/// A key to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Wish {
    #[schema(inline)]
    name: Name,
    /// At least one.
    #[schema(schema_with = scope_words)]
    scopes: Vec<KeyScope>,
    /// The workspace that it stays in; nothing for the whole server.
    workspace: Option<String>,
    /// After how many days it ends; 90 unless said otherwise.
    #[serde(default, deserialize_with = "whole")]
    #[schema(minimum = 1, maximum = 3650)]
    expires_in_days: Option<u32>,
}

fn scope_words() -> Array {
    some_words(KeyScope::ALL.iter().map(|scope| scope.as_str()))
}

/// API keys, newest first
#[utoipa::path(get, path = "/api/v1/api-keys", tag = "api-keys", params(PageQuery),
    responses((status = 200, description = "A page of those within reach", body = Page<ApiKey>)))]
pub(super) async fn list_api_keys(
    State(app): State<App>,
    caller: Caller,
    Params(query): Params<PageQuery>,
) -> Result<Page<ApiKey>, Problem> {
    let window = query.window()?;
    let reach = policy::reach(&caller.principal, Action::Manage);
    let after = window.after_as()?;
    let found = app.store.api_keys(&reach, after.as_ref(), window.wanted()).await?;
    Ok(window.page(found, |key| key.id.to_string(), ApiKey::from))
}

/// Make an API key
#[utoipa::path(post, path = "/api/v1/api-keys", tag = "api-keys", request_body = Wish,
    responses((status = 201, description = "It was made", body = CreatedKey)))]
pub(super) async fn create_api_key(
    State(app): State<App>,
    caller: Caller,
    Json(wish): Json<Wish>,
) -> Result<Response, Problem> {
    let days = wish.expires_in_days.unwrap_or(USUAL_DAYS);
    if wish.scopes.is_empty() {
        return Err(Problem::bad("A key needs at least one scope").at("/scopes"));
    }
    let made = make(&app, &caller, wish.name.0, wish.scopes, wish.workspace.as_deref(), days).await?;
    let mut created = CreatedKey { key: made.key.into(), secret: None };
    let kept = serde_json::to_string(&created).map_err(|error| Problem::bug(&error.to_string()))?;
    created.secret = Some(made.secret);
    let mut response = Answer(StatusCode::CREATED, created).into_response();
    response.extensions_mut().insert(KeptInstead(kept));
    Ok(response)
}

/// Makes a key within a workspace, or for the whole server, and notes it.
pub(crate) async fn make(
    app: &App,
    caller: &Caller,
    name: String,
    scopes: Vec<KeyScope>,
    workspace: Option<&str>,
    days: u32,
) -> Result<MadeKey, Problem> {
    let workspace = within(caller, workspace)?;
    if !(1..=3650).contains(&days) {
        return Err(Problem::bad("A key is good for 1 to 3650 days").at("/expires_in_days"));
    }
    let created_by = match &caller.principal {
        Principal::Session(signed_in) => Some(signed_in.account.id),
        // A key that a key makes goes with whoever made that one.
        Principal::ApiKey(key) => key.created_by,
        Principal::Stranger => return Err(Problem::bug("a stranger was let in")),
    };
    let expires_at = Some(Millis(app.now().0 + i64::from(days) * DAY_MS));
    let new = NewKey { name, scopes, workspace, created_by, expires_at };
    let (clock, entropy) = (app.environment.clock.as_ref(), app.environment.entropy.as_ref());
    let made = keys::make_key(&app.store, clock, entropy, new).await?;
    let scopes: Vec<&str> = made.key.scopes.iter().map(|scope| scope.as_str()).collect();
    let deed = Deed::done("key.create", &made.key.name)
        .within(workspace)
        .with("id", made.key.id.to_string())
        .with("scopes", scopes.join(" "));
    audit::note(app, caller, deed).await?;
    Ok(made)
}

/// The workspace of a key to be: one that the caller may make keys for, or the whole server.
fn within(caller: &Caller, workspace: Option<&str>) -> Result<Option<WorkspaceId>, Problem> {
    let unknown = |text: &str| Message::WorkspaceUnknown { name: text.chars().take(100).collect() };
    let id = match workspace {
        Some(text) => Some(text.parse::<WorkspaceId>().map_err(|_| unknown(text))?),
        None => None,
    };
    let place = id.map_or(Place::Server, |id| Place::Workspaces(vec![id]));
    policy::check(&caller.principal, Action::Manage, &place)?;
    Ok(id)
}

/// Revoke an API key
#[utoipa::path(delete, path = "/api/v1/api-keys/{id}", tag = "api-keys",
    params(("id" = String, Path, description = "Its id")),
    responses((status = 204, description = "It lets nobody in any more")))]
pub(super) async fn revoke_api_key(
    State(app): State<App>,
    caller: Caller,
    Segments(id): Segments<String>,
) -> Result<StatusCode, Problem> {
    revoke(&app, &caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Revokes a key, and notes it.
pub(crate) async fn revoke(app: &App, caller: &Caller, id: &str) -> Result<(), Problem> {
    let unknown = || Message::ApiKeyUnknown { id: id.chars().take(60).collect() };
    let parsed = id.parse().map_err(|_| unknown())?;
    let key = app.store.api_key(&parsed).await?.ok_or_else(unknown)?;
    if !app.store.revoke_api_key(&key.id).await? {
        return Err(unknown().into());
    }
    let deed = Deed::done("key.revoke", &key.name).within(key.workspace).with("id", key.id.to_string());
    audit::note(app, caller, deed).await
}
