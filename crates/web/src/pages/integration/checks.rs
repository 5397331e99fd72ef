//! The checks of an integration: what came of them last, and a button to run them now.

use super::{may, named, path};
use crate::{
    app::App,
    auth::{policy::Action, principal::Caller},
    http::{Problem, extract::Segments},
    life::{self, KeptCheck},
    pages::{
        checks::{CheckList, Outgoing},
        format::instant,
        forms::{Fields, Trouble, stamped},
        monitoring::head::Head,
        shell::{Shell, rendered},
    },
};
use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse as _, Redirect, Response},
};
use weir_model::Integration;

#[derive(Template)]
#[template(path = "checks.html")]
struct ChecksPage {
    shell: Shell,
    head: Head,
    path: String,
    authentication: Option<String>,
    may_run: bool,
    checks: Option<CheckList>,
    checked: Option<String>,
    trouble: Option<Trouble>,
    outgoing: Option<Outgoing>,
}

/// `GET /integrations/{name}/checks`.
pub(in crate::pages) async fn show(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
) -> Result<Response, Problem> {
    let integration = named(&app, &name).await?;
    page(&app, &caller, &integration, None).await
}

/// `POST /integrations/{name}/checks`.
pub(in crate::pages) async fn run(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    fields.only(&[])?;
    let integration = named(&app, &name).await?;
    match life::check(&app, &caller, &integration).await {
        Ok(done) => match done.outcome {
            Ok(_) => Ok(Redirect::to(&path(&integration, "checks")).into_response()),
            Err(message) => page(&app, &caller, &integration, Some(Trouble::from(&*message))).await,
        },
        Err(problem) => {
            let shown = page(&app, &caller, &integration, Some(Trouble::from(&*problem.message))).await;
            stamped(problem, |_| shown)
        }
    }
}

async fn page(
    app: &App,
    caller: &Caller,
    integration: &Integration,
    trouble: Option<Trouble>,
) -> Result<Response, Problem> {
    let checked = app.store.checked(&integration.id).await?;
    let kept: Vec<KeptCheck> =
        checked.as_ref().and_then(|one| serde_json::from_str(&one.document).ok()).unwrap_or_default();
    let may_connect = may(app, caller, Action::Connect, integration).await?;
    rendered(&ChecksPage {
        shell: Shell::new(app, Some(caller), &format!("{}, Checks", integration.name), "/integrations"),
        head: Head::of(integration).at("Configuration"),
        path: path(integration, "checks"),
        authentication: may_connect.then(|| path(integration, "authentication")),
        may_run: may(app, caller, Action::Change, integration).await?,
        checks: CheckList::of(&kept),
        checked: checked.map(|one| format!("{} by {}", instant(one.at), one.by)),
        outgoing: Outgoing::after(app, trouble.as_ref().map(|trouble| trouble.code)),
        trouble,
    })
}
