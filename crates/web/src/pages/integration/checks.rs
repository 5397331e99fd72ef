//! The checks of an integration: what came of them last, and a button to run them now.

use super::{leaving::headed, may, named, path, withheld};
use crate::{
    app::App,
    auth::{policy::Action, principal::Caller},
    http::{
        Problem,
        extract::{Params, Segments},
    },
    life::{
        self, KeptCheck,
        watch::{Seen, Told, Watches},
    },
    pages::{
        checks::{CheckList, Outgoing},
        format::instant,
        forms::{Fields, Trouble, stamped},
        monitoring::head::Head,
        progress::{Heard, Progress, is_watched, whole},
        shell::{Shell, rendered},
    },
};
use askama::Template;
use axum::{
    extract::State,
    http::HeaderMap,
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;
use weir_model::Integration;

#[derive(Template)]
#[template(path = "checks.html")]
struct ChecksPage {
    shell: Shell,
    head: Head,
    path: String,
    authentication: Option<String>,
    may_run: bool,
    /// Why not, where they may not.
    withheld: Option<String>,
    checks: Option<CheckList>,
    checked: Option<String>,
    done: Option<&'static str>,
    /// Checks that run just now.
    progress: Option<Progress>,
    trouble: Option<Trouble>,
    outgoing: Option<Outgoing>,
}

/// `GET /integrations/{name}/checks`.
pub(in crate::pages) async fn show(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    Params(asked): Params<Asked>,
) -> Result<Response, Problem> {
    let integration = named(&app, &name).await?;
    let done = asked.done.map(|Done::Renewed| {
        "The new credential has passed and is in use. Whatever failed with the old one is run again at once."
    });
    page(&app, &caller, &integration, (done, None)).await
}

/// What was done just now.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::pages) struct Asked {
    done: Option<Done>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Done {
    Renewed,
}

/// `GET /integrations/{name}/checks/progress`: how far checks have come that were begun on the page.
pub(in crate::pages) async fn progress(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    Params(heard): Params<Heard>,
) -> Result<Response, Problem> {
    let integration = named(&app, &name).await?;
    let trouble = match app.watches.look(&key(&integration), app.now()) {
        Seen::Running(standing) => {
            let path = path(&integration, "checks/progress");
            return Progress::of(&standing, &path, heard.messages()).answer();
        }
        Seen::Ended(Err(refused)) => Some(Trouble::from(&*refused.problem.message)),
        Seen::Ended(Ok(())) | Seen::Nothing => None,
    };
    page(&app, &caller, &integration, (None, trouble)).await.map(whole)
}

/// What checks of an integration that run are known by. Everybody who may see it may see them.
fn key(integration: &Integration) -> String {
    format!("checks {}", integration.id)
}

/// `POST /integrations/{name}/checks`.
pub(in crate::pages) async fn run(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Problem> {
    fields.only(&[])?;
    let integration = named(&app, &name).await?;
    if is_watched(&headers) {
        let (behind, of) = (app.clone(), integration.clone());
        let who = caller.clone();
        Watches::begin(&app, key(&integration), async move |told| {
            let done = life::check(&behind, &who, &of, &told).await?;
            done.outcome.map(|_| ()).map_err(|message| (*message).into())
        });
        return progress(State(app), caller, Segments(name), Params(Heard::default())).await;
    }
    match life::check(&app, &caller, &integration, &Told::default()).await {
        Ok(done) => match done.outcome {
            Ok(_) => Ok(Redirect::to(&path(&integration, "checks")).into_response()),
            Err(message) => page(&app, &caller, &integration, (None, Some(Trouble::from(&*message)))).await,
        },
        Err(problem) => {
            let shown =
                page(&app, &caller, &integration, (None, Some(Trouble::from(&*problem.message)))).await;
            stamped(problem, |_| shown)
        }
    }
}

async fn page(
    app: &App,
    caller: &Caller,
    integration: &Integration,
    (done, trouble): (Option<&'static str>, Option<Trouble>),
) -> Result<Response, Problem> {
    let checked = app.store.checked(&integration.id).await?;
    let kept: Vec<KeptCheck> =
        checked.as_ref().and_then(|one| serde_json::from_str(&one.document).ok()).unwrap_or_default();
    let may_connect = may(app, caller, Action::Connect, integration).await?;
    let withheld = withheld(app, caller, Action::Change, integration, ("these checks", "run them")).await?;
    let standing = app.watches.standing(&key(integration), app.now());
    let asked = path(integration, "checks/progress");
    rendered(&ChecksPage {
        shell: Shell::new(app, Some(caller), &format!("{}, Checks", integration.name), "/integrations"),
        head: headed(app, caller, integration).await?.at("Configuration"),
        path: path(integration, "checks"),
        authentication: may_connect.then(|| path(integration, "authentication")),
        may_run: withheld.is_none(),
        withheld,
        checks: CheckList::of(&kept),
        progress: standing.map(|standing| Progress::of(&standing, &asked, 0)),
        checked: checked.map(|one| format!("{} by {}", instant(one.at), one.by)),
        done,
        outgoing: Outgoing::after(app, trouble.as_ref().map(|trouble| trouble.code)),
        trouble,
    })
}
