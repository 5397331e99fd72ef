//! The workspace that somebody looks at: lists show what is mapped to it alone. It stays with the session.

use super::super::login::own_path;
use crate::{
    app::App,
    auth::{
        policy::{self, Action, Place},
        principal::Caller,
    },
    http::{Problem, extract::Form},
};
use axum::{extract::State, response::Redirect};
use serde::Deserialize;
use weir_model::{Message, WorkspaceId};

/// What was chosen.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::pages) struct Choice {
    /// Nothing for all of them.
    workspace: String,
    #[serde(default)]
    next: String,
    /// Looked at by the guard already.
    #[serde(rename = "form_token")]
    _form_token: Option<String>,
}

/// `POST /settings/workspace`.
pub(in crate::pages) async fn change(
    State(app): State<App>,
    caller: Caller,
    Form(choice): Form<Choice>,
) -> Result<Redirect, Problem> {
    let me = caller.person()?;
    let chosen = match choice.workspace.as_str() {
        "" => None,
        text => {
            let id: WorkspaceId = text.parse().map_err(|_| Message::PageUnknown {})?;
            policy::check(&caller.principal, Action::Read, &Place::Workspaces(vec![id]))?;
            Some(id)
        }
    };
    app.store.choose_workspace(&me.session.id, chosen.as_ref()).await?;
    Ok(Redirect::to(&own_path(&choice.next)))
}
