//! `/`: where a person begins. Who has no role anywhere is told so, and whom to ask, wherever they go.

use super::shell::{Shell, rendered};
use crate::{
    app::App,
    auth::{
        policy::{self, Action},
        principal::Caller,
    },
    http::Problem,
};
use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse as _, Redirect, Response},
};

/// What somebody sees who may see nothing yet.
#[derive(Template)]
#[template(path = "no_role.html")]
pub(super) struct NoRolePage {
    shell: Shell,
    login: String,
    /// What people call the provider whose groups may give a role.
    provider: Option<String>,
}

impl NoRolePage {
    /// The page for a person; nothing for whoever has a role somewhere, or is none.
    pub(super) fn of(app: &App, caller: &Caller) -> Option<Self> {
        let signed_in = caller.signed_in()?;
        if policy::may_somewhere(&caller.principal, Action::Read) {
            return None;
        }
        Some(Self {
            shell: Shell::new(app, Some(caller), "No role yet", "/"),
            login: signed_in.account.login.clone(),
            provider: app.provider.as_ref().map(|provider| provider.settings.name.clone()),
        })
    }
}

/// The first page that is worth it.
pub(super) async fn show(State(app): State<App>, caller: Caller) -> Result<Response, Problem> {
    match NoRolePage::of(&app, &caller) {
        Some(page) => rendered(&page),
        None => Ok(Redirect::to("/integrations").into_response()),
    }
}
