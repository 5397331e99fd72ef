//! Settings: the profile, people, workspaces, keys, the audit log, notifications and the server. Who may not use a part has no tab for it.

pub(super) mod about;
pub(super) mod api_keys;
pub(super) mod audit;
pub(super) mod bundle;
pub(super) mod hygiene;
pub(super) mod notifications;
pub(super) mod profile;
pub(super) mod scope;
pub(super) mod user;
pub(super) mod users;
pub(super) mod workspace;
pub(super) mod workspaces;

use super::{login::Sentence, shell::Shell};
use crate::{
    app::App,
    auth::{
        policy::{self, Action},
        principal::Caller,
    },
    http::Problem,
};
use axum::{
    http::StatusCode,
    response::{Redirect, Response},
};
use serde::Deserialize;
use weir_model::Message;

/// A tab.
pub(super) struct Tab {
    name: &'static str,
    path: &'static str,
    is_here: bool,
}

/// The frame of a page of settings.
pub(super) fn frame(app: &App, caller: &Caller, title: &str, path: &str) -> (Shell, Vec<Tab>) {
    let may = |action| policy::may_somewhere(&caller.principal, action);
    let all = [
        ("Profile", "/settings/profile", true),
        ("People", "/settings/users", may(Action::Manage)),
        ("Workspaces", "/settings/workspaces", may(Action::Manage)),
        ("API keys", "/settings/api-keys", may(Action::Manage)),
        ("Audit log", "/settings/audit", may(Action::ReadAudit)),
        ("Notifications", "/settings/notifications", policy::looks_after_server(&caller.principal)),
        ("Hygiene", "/settings/hygiene", policy::looks_after_server(&caller.principal)),
        ("Server", "/settings/about", policy::looks_after_server(&caller.principal)),
    ];
    let tab = |(name, to, _): (&'static str, &'static str, bool)| Tab {
        name,
        path: to,
        is_here: path.starts_with(to),
    };
    let tabs = all.into_iter().filter(|(_, _, is_there)| *is_there).map(tab).collect();
    (Shell::new(app, Some(caller), title, "/settings"), tabs)
}

/// What a box offers that somebody may tick.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Yes {
    Yes,
}

/// A form without fields of its own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {
    /// Looked at by the guard already.
    #[serde(rename = "form_token")]
    _form_token: Option<String>,
}

/// What was just done, for a line beside it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Done {
    done: Option<String>,
    after: Option<String>,
}

impl Done {
    /// Whether it is this that was done.
    fn is(&self, what: &str) -> bool {
        self.done.as_deref() == Some(what)
    }

    /// The line; words that nobody of ours wrote say nothing.
    fn line(&self) -> Option<&'static str> {
        Some(match self.done.as_deref()? {
            "saved" => "Saved.",
            "password" => "The password is another one now. Every other session has ended.",
            "session" => "That session has ended.",
            "sessions" => "Every session has ended.",
            "closed" => "The account is closed; its sessions and keys have ended.",
            "opened" => "The account is open again.",
            "unlinked" => "That identity cannot sign in any more.",
            "made" => {
                "The key was made, and is not shown again. Revoke it if nobody has stored it, and make another one."
            }
            "link" => "The link was made, and is not shown again. Where it is lost, make a fresh one.",
            "revoked" => "The key lets nobody in any more.",
            "deleted" => "The workspace is gone; integrations and their data stay.",
            "forgotten" => "Forgotten: others hold from now on.",
            "removed" => "They have no role in it any more.",
            _ => return None,
        })
    }
}

/// Leads back to a page with a line about what was done.
fn done(path: &str, what: &str) -> Redirect {
    Redirect::to(&format!("{path}?done={what}"))
}

/// The page again with what does not fit, where that is for whoever filled a form in; other errors stay errors.
async fn or_told(
    outcome: Result<Response, Problem>,
    page: impl AsyncFnOnce(Sentence) -> Result<Response, Problem>,
) -> Result<Response, Problem> {
    match outcome {
        Err(problem)
            if !problem.status.is_server_error()
                && (!matches!(problem.status, StatusCode::NOT_FOUND | StatusCode::FORBIDDEN)
                    // Somebody who was named in the form, and not the page itself.
                    || matches!(*problem.message, Message::AccountUnknown { .. })) =>
        {
            let mut response = page(Sentence::from(&*problem.message)).await?;
            problem.stamp(&mut response);
            Ok(response)
        }
        outcome => outcome,
    }
}

/// `GET /settings`.
pub(super) async fn show() -> Redirect {
    Redirect::to("/settings/profile")
}
