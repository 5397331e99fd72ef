//! Where the caller is signed in.

use crate::{
    app::App,
    audit::{self, Deed},
    auth::principal::Caller,
    http::{
        Problem,
        extract::{Params, Segments},
        paging::{Page, PageQuery},
    },
};
use axum::{extract::State, http::StatusCode};
use serde::Serialize;
use utoipa::ToSchema;
use weir_model::{AccountId, Message, Session, SessionId};

/// A browser where somebody is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SignedInPlace {
    id: String,
    created_at: String,
    /// To about a minute.
    seen_at: String,
    /// When it ends in any case.
    expires_at: String,
    address: String,
    /// What the browser says it is.
    agent: String,
    /// Whether this request came from it.
    is_this: bool,
}

impl SignedInPlace {
    fn of(session: Session, this: Option<&SessionId>) -> Self {
        Self {
            is_this: this == Some(&session.id),
            id: session.id.to_string(),
            created_at: session.created_at.rfc3339(),
            seen_at: session.seen_at.rfc3339(),
            expires_at: session.expires_at.rfc3339(),
            address: session.address,
            agent: session.agent,
        }
    }

    /// A page of the sessions of an account, newest first.
    pub(crate) async fn page(
        app: &App,
        account: &AccountId,
        query: &PageQuery,
        this: Option<&SessionId>,
    ) -> Result<Page<Self>, Problem> {
        let window = query.window()?;
        let after: Option<SessionId> = window.after_as()?;
        let mut sessions = app.store.sessions_of(account).await?;
        sessions.sort_by_key(|session| std::cmp::Reverse(session.id));
        sessions.retain(|session| after.is_none_or(|after| session.id < after));
        Ok(window.page(sessions, |session| session.id.to_string(), |session| Self::of(session, this)))
    }
}

/// Where I am signed in, newest first
#[utoipa::path(get, path = "/api/v1/me/sessions", tag = "server", params(PageQuery),
    responses((status = 200, description = "A page of the caller's sessions", body = Page<SignedInPlace>)))]
pub(in crate::api) async fn list_my_sessions(
    State(app): State<App>,
    caller: Caller,
    Params(query): Params<PageQuery>,
) -> Result<Page<SignedInPlace>, Problem> {
    let me = caller.person()?;
    let page = SignedInPlace::page(&app, &me.account.id, &query, Some(&me.session.id)).await?;
    Ok(page)
}

/// Sign me out there
///
/// One that has ended already is fine.
#[utoipa::path(delete, path = "/api/v1/me/sessions/{session}", tag = "server",
    params(("session" = String, Path, description = "Its id")),
    responses((status = 204, description = "It has ended")))]
pub(in crate::api) async fn end_my_session(
    State(app): State<App>,
    caller: Caller,
    Segments(session): Segments<String>,
) -> Result<StatusCode, Problem> {
    end(&app, &caller, &session).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends a session of the caller, and notes it.
pub(crate) async fn end(app: &App, caller: &Caller, session: &str) -> Result<(), Problem> {
    let me = caller.person()?;
    let bad = || Message::RequestBad { detail: "This is no id of a session".into() };
    let id: SessionId = session.parse().map_err(|_| bad())?;
    if app.store.end_session(&me.account.id, &id).await? {
        let deed = Deed::done("session.end", &me.account.login).with("id", id.to_string());
        audit::note(app, caller, deed).await?;
    }
    Ok(())
}
