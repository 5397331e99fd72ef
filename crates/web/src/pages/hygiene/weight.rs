//! The weight of a rule of an integration: asked for once it is kept. The other rules share what it leaves.

use super::{done, points, rules_path};
use crate::{
    api::hygiene::{found, rules::found_rule, seen_workspace, settings::keep},
    app::App,
    auth::principal::Caller,
    http::{
        Problem,
        extract::{Params, Segments},
    },
    pages::{
        format::inert,
        forms::{Fields, Trouble, stamped},
        integration::leaving::headed,
        monitoring::head::Head,
        settings::hygiene::may_change,
        shell::{Shell, rendered},
    },
};
use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;
use weir_ingest::hygiene::{Held, OwnRule, giving, settings_of, workspace_for};
use weir_model::{AccessFault, HygieneFault, Integration, Message, Workspace};

/// In whose settings.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::pages) struct Asked {
    /// The id of a workspace; empty for the installation.
    within: Option<String>,
    done: Option<String>,
}

#[derive(Template)]
#[template(path = "hygiene_weight.html")]
struct WeightPage {
    shell: Shell,
    head: Head,
    rules: String,
    path: String,
    rule: String,
    done: Option<&'static str>,
    trouble: Option<Trouble>,
    /// Whose settings can be changed: id, name, and whether it is chosen.
    places: Vec<(String, String, bool)>,
    /// Whose settings these are, and of which revision.
    within: String,
    place: String,
    revision: i64,
    may_change: bool,
    weight: String,
}

/// `GET /integrations/{name}/hygiene/rules/{id}/weight`.
pub(in crate::pages) async fn show(
    State(app): State<App>,
    caller: Caller,
    Segments((name, id)): Segments<(String, String)>,
    Params(asked): Params<Asked>,
) -> Result<Response, Problem> {
    let integration = found(&app, &name).await?;
    let rule = found_rule(&app, &integration, &id).await?;
    let workspace = place(&app, &caller, &integration, asked.within.as_deref()).await?;
    let held = settings_of(&app.store, workspace.as_ref()).await?;
    let weight = held.settings.weights.get(&rule.asked().id).copied().unwrap_or(0.0);
    let done = matches!(asked.done.as_deref(), Some("added")).then_some("The rule is kept.");
    page(&app, &caller, (&integration, &rule), (workspace, &held), (points(weight), done, None)).await
}

/// `POST /integrations/{name}/hygiene/rules/{id}/weight`.
pub(in crate::pages) async fn give(
    State(app): State<App>,
    caller: Caller,
    Segments((name, id)): Segments<(String, String)>,
    fields: Fields,
) -> Result<Response, Problem> {
    fields.only(&["within", "seen", "weight"])?;
    let integration = found(&app, &name).await?;
    let rule = found_rule(&app, &integration, &id).await?;
    let workspace = place(&app, &caller, &integration, Some(fields.text("within"))).await?;
    if !may_change(&caller, workspace.as_ref()) {
        let (action, whom) =
            ("change these settings".to_owned(), "an administrator of the workspace".to_owned());
        return Err(Message::from(AccessFault::Refused { action, whom }).into());
    }
    let held = settings_of(&app.store, workspace.as_ref()).await?;
    let entered = fields.text("weight");
    let outcome = async {
        if fields.text("seen") != held.revision.to_string() {
            return Err(Problem::from(Message::ChangedMeanwhile {}));
        }
        let bad = || HygieneFault::WeightBad {
            rule: rule.rule.name.clone(),
            weight: weir_model::clean(entered, 40),
        };
        let weight = entered.replace(',', ".").parse::<f64>().map_err(|_| Message::from(bad()))?;
        let settings =
            giving(&held.settings, &rule.asked().id, weight).map_err(crate::api::hygiene::refused)?;
        keep(&app, &caller, workspace.as_ref(), (settings, held.revision)).await
    };
    match outcome.await {
        Ok(()) => Ok(done(&rules_path(&integration), "weighed").into_response()),
        Err(problem) => {
            let told = (inert(entered), None, Some(Trouble::from(&*problem.message)));
            let shown = page(&app, &caller, (&integration, &rule), (workspace, &held), told).await;
            stamped(problem, |_| shown)
        }
    }
}

/// The workspace that is asked for; where none is, the one whose settings hold.
async fn place(
    app: &App,
    caller: &Caller,
    integration: &Integration,
    within: Option<&str>,
) -> Result<Option<Workspace>, Problem> {
    let asked = match within {
        None => return Ok(workspace_for(&app.store, integration, None).await?),
        Some("") => return Ok(None),
        Some(id) => seen_workspace(app, caller, id).await?,
    };
    Ok(workspace_for(&app.store, integration, Some(asked)).await?)
}

async fn page(
    app: &App,
    caller: &Caller,
    (integration, rule): (&Integration, &OwnRule),
    (workspace, held): (Option<Workspace>, &Held),
    (weight, done, trouble): (String, Option<&'static str>, Option<Trouble>),
) -> Result<Response, Problem> {
    let chosen = workspace.as_ref().map(|workspace| workspace.id);
    let mut places = vec![];
    for id in app.store.workspaces_of(&integration.id).await? {
        if let Some(one) = app.store.workspace(&id).await?
            && may_change(caller, Some(&one))
        {
            places.push((one.id.to_string(), inert(&one.name), chosen == Some(one.id)));
        }
    }
    if may_change(caller, None) {
        places.push((String::new(), "The installation".to_owned(), chosen.is_none()));
    }
    let rules = rules_path(integration);
    rendered(&WeightPage {
        shell: Shell::new(app, Some(caller), &format!("{}, Weight", rule.rule.name), "/integrations"),
        head: headed(app, caller, integration).await?.at("Hygiene"),
        path: format!("{rules}/{}/weight", rule.id),
        rules,
        rule: inert(&rule.rule.name),
        done,
        trouble,
        places,
        within: chosen.map(|id| id.to_string()).unwrap_or_default(),
        place: workspace.as_ref().map_or_else(
            || "everywhere where a workspace has no settings of its own".to_owned(),
            |workspace| format!("in the workspace {}", inert(&workspace.name)),
        ),
        revision: held.revision,
        may_change: may_change(caller, workspace.as_ref()),
        weight,
    })
}
