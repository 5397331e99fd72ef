//! What is to be brought in from a site that a satellite will read: nothing is asked of it here, so that keys of projects are typed
//! and nothing is counted.

use super::{
    super::{
        super::forms::{Fields, Said as _, not_offered},
        document::{Choice, Document},
    },
    Frame, Framed,
};
use crate::{
    http::Problem,
    pages::shell::{Shell, rendered},
};
use askama::Template;
use axum::response::Response;

#[derive(Template)]
#[template(path = "wizard_scope_left.html")]
struct ScopePage {
    shell: Shell,
    frame: Frame,
    choice: &'static str,
    keys: String,
    jql: String,
}

/// The step.
pub(in super::super) fn scope(framed: Framed, document: &Document) -> Result<Response, Problem> {
    let Framed { shell, frame } = framed;
    rendered(&ScopePage {
        shell,
        frame,
        choice: document.choice.as_str(),
        keys: document.projects.join(", "),
        jql: document.jql.clone(),
    })
}

/// What was entered in it.
pub(in super::super) fn entered(document: &mut Document, fields: &Fields) -> Result<(), Problem> {
    fields.only(&["step", "draft", "choice", "keys", "jql"])?;
    let chosen = fields.text("choice");
    document.choice = Choice::of(chosen).ok_or_else(|| match chosen {
        "" => Problem::bad("Choose everything, some projects, or a query").at("/choice"),
        other => not_offered("choice", other),
    })?;
    document.jql = fields.raw("jql").trim().replace("\r\n", "\n");
    let keys = fields.raw("keys").split([',', ' ', '\n']).map(str::trim).filter(|key| !key.is_empty());
    let mut keys: Vec<String> = keys.map(str::to_uppercase).collect();
    keys.sort();
    keys.dedup();
    document.projects = keys;
    Ok(())
}
