//! What is taken away from the page of the server: the list of what the program is made of, and a bundle for those who are asked
//! for help, which is shown before it is taken.

use super::{
    super::{
        format,
        shell::{Shell, rendered},
    },
    Tab, frame,
};
use crate::{about::SBOM, api::upkeep::about::made, app::App, auth::principal::Caller, http::Problem};
use askama::Template;
use axum::{
    extract::State,
    http::header,
    response::{IntoResponse as _, Response},
};

#[derive(Template)]
#[template(path = "settings/bundle.html")]
struct BundlePage {
    shell: Shell,
    tabs: Vec<Tab>,
    /// All of it.
    text: String,
    parts: Vec<(&'static str, String)>,
}

/// `GET /settings/about/sbom.json`.
pub(in crate::pages) async fn sbom() -> Response {
    file("weir-sbom.json", "application/vnd.cyclonedx+json", SBOM.to_owned())
}

/// `GET /settings/about/bundle`: what would be taken.
pub(in crate::pages) async fn show(State(app): State<App>, caller: Caller) -> Result<Response, Problem> {
    let bundle = made(&app).await?;
    let number = |of: usize| format::number(of as u64);
    let (shell, tabs) = frame(&app, &caller, "Support bundle", "/settings/about");
    rendered(&BundlePage {
        parts: vec![
            ("Settings", number(bundle.settings.len())),
            ("Integrations", number(bundle.integrations.len())),
            ("Runs", number(bundle.runs.len())),
            ("Lines of logs", number(bundle.log.len())),
        ],
        text: pretty(&bundle)?,
        shell,
        tabs,
    })
}

/// `GET /settings/about/bundle.json`.
pub(in crate::pages) async fn json(State(app): State<App>) -> Result<Response, Problem> {
    Ok(file("weir-support.json", "application/json", pretty(&made(&app).await?)?))
}

fn pretty(bundle: &impl serde::Serialize) -> Result<String, Problem> {
    serde_json::to_string_pretty(bundle).map_err(|error| Problem::bug(&error.to_string()))
}

fn file(name: &str, kind: &'static str, text: String) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers = [(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    (headers, text).into_response()
}
