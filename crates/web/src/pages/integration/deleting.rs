//! In place of a page of an integration that is about to be deleted, where nothing can be told or done until somebody takes that back:
//! the same frame, why it is so, when it goes, and the way to keep it.

use super::{may, path, withheld};
use crate::{
    app::App,
    auth::{policy::Action, principal::Caller},
    http::Problem,
    pages::{
        format::instant,
        monitoring::head::Head,
        shell::{Shell, rendered},
    },
};
use askama::Template;
use axum::response::{IntoResponse as _, Response};
use weir_model::Message;

#[derive(Template)]
#[template(path = "deleting.html")]
struct DeletingPage {
    shell: Shell,
    head: Head,
    at: String,
    /// Where its deletion is taken back.
    cancel: String,
    /// Why whoever looks may not do that.
    withheld: Option<String>,
}

/// The answer to a request for a path; where that is the error that the integration is about to be deleted, a page of the
/// integration that says so.
pub(crate) async fn framed(app: &App, caller: &Caller, path: &str, answer: Response) -> Response {
    let Some(problem) = answer.extensions().get::<Problem>().cloned() else { return answer };
    match page(app, caller, path, &problem).await {
        Ok(Some(mut page)) => {
            problem.stamp(&mut page);
            page
        }
        Ok(None) => answer,
        Err(other) => other.into_response(),
    }
}

/// The page; nothing where the problem is another one, or the path is none of an integration that the caller sees.
async fn page(
    app: &App,
    caller: &Caller,
    asked: &str,
    problem: &Problem,
) -> Result<Option<Response>, Problem> {
    let (Message::IntegrationDeleting { name, at }, Some(tab)) = (&*problem.message, tab(asked)) else {
        return Ok(None);
    };
    let Some(integration) = app.store.integration(name).await? else { return Ok(None) };
    if !may(app, caller, Action::Read, &integration).await? {
        return Ok(None);
    }
    let words = ("this integration", "cancel its deletion");
    rendered(&DeletingPage {
        shell: Shell::new(app, Some(caller), &integration.name, "/integrations"),
        head: Head::of(&integration).at(tab),
        at: instant(*at),
        cancel: path(&integration, "delete/cancel"),
        withheld: withheld(app, caller, Action::Connect, &integration, words).await?,
    })
    .map(Some)
}

/// The tab that a path of an integration's pages belongs to.
fn tab(path: &str) -> Option<&'static str> {
    let (_, part) = path.strip_prefix("/integrations/")?.split_once('/')?;
    // A file is no page of it.
    if part.ends_with(".csv") {
        return None;
    }
    Some(match part.split('/').next().unwrap_or_default() {
        "hygiene" => "Hygiene",
        "configuration" | "authentication" | "checks" | "delete" | "complete" => "Configuration",
        "projects" => "Projects",
        "fields" => "Custom fields",
        "salesforce" => "Salesforce",
        "activity" => "Activity",
        _ if part.starts_with("monitoring/runs") => "Logs",
        _ => "Monitoring",
    })
}

#[cfg(test)]
mod tests {
    use super::tab;

    #[test]
    fn a_page_of_an_integration_has_its_tab_and_others_have_none() {
        for (path, name) in [
            ("/integrations/Acme%20Jira/hygiene/issues", Some("Hygiene")),
            ("/integrations/Acme/sync", Some("Monitoring")),
            ("/integrations/Acme/monitoring/runs", Some("Logs")),
            ("/integrations/Acme", None),
            ("/integrations/Acme/hygiene/issues.csv", None),
            ("/hygiene/reports/1", None),
        ] {
            assert_eq!(tab(path), name, "{path}");
        }
    }
}
