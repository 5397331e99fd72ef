//! What people see when something does not work: what happened, why, what to do, and a name for the report.

use super::{format::sentence, home::NoRolePage, shell::Shell};
use crate::{app::App, auth::principal::Caller, http::Problem};
use askama::Template;
use weir_model::{AccessFault, Message, Surface};

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    shell: Shell,
    what: String,
    why: String,
    fix: String,
    request_id: String,
    is_ours: bool,
}

/// The page of a problem.
pub(crate) fn page(app: &App, problem: &Problem, request_id: &str, caller: Option<&Caller>) -> String {
    let is_by_role = matches!(*problem.message, Message::AccessFault(AccessFault::Refused { .. }));
    let without_role = caller.filter(|_| is_by_role).and_then(|caller| NoRolePage::of(app, caller));
    if let Some(Ok(page)) = without_role.map(|page| page.render()) {
        return page;
    }
    let message = match &*problem.message {
        // Of methods people know nothing.
        Message::MethodWrong { .. } => &Message::PageNone {},
        other => other,
    };
    let page = ErrorPage {
        shell: Shell::new(app, caller, &message.what(), ""),
        what: message.what(),
        why: sentence(&message.why()),
        fix: message.fix(Surface::Page),
        request_id: request_id.to_owned(),
        is_ours: problem.status.is_server_error(),
    };
    page.render().unwrap_or_else(|error| {
        tracing::error!(%error, "the page of an error could not be made");
        problem.message.what()
    })
}
