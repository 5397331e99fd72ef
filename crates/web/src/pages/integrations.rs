//! Your integrations: what is connected, and how it does.

use super::shell::{Shell, rendered};
use crate::{
    app::App,
    auth::{
        policy::{self, Action, Place},
        principal::Caller,
    },
    http::{
        Problem,
        body::query,
        extract::Params,
        paging::{Page, PageQuery},
    },
};
use askama::Template;
use axum::{extract::State, response::Response};
use weir_ingest::{Description, describe};

#[derive(Template)]
#[template(path = "integrations.html")]
struct IntegrationsPage {
    shell: Shell,
    page: Page<Row>,
    /// Where the next page is, where there is one.
    next: Option<String>,
    /// Whether this is not the beginning of the list.
    is_further: bool,
    may_connect: bool,
    now: String,
    now_shown: String,
}

/// A line of the list.
struct Row {
    name: String,
    /// Its first page.
    path: String,
    url: String,
    status: Status,
    reason: String,
    issues: u64,
    projects: u64,
    /// As it is kept, and as people read it.
    last_success_at: Option<(String, String)>,
}

/// Shape, word and colour of a status; never the colour alone.
struct Status {
    word: &'static str,
    class: &'static str,
    shape: &'static str,
}

impl Status {
    fn of(status: &str) -> Self {
        let (word, class, shape) = match status {
            "healthy" => ("Healthy", "is-healthy", "healthy"),
            "unhealthy" => ("Unhealthy", "is-unhealthy", "unhealthy"),
            "pending" => ("Pending", "is-pending", "pending"),
            _ => ("No Data", "is-nodata", "nodata"),
        };
        Self { word, class, shape }
    }
}

impl From<Description> for Row {
    fn from(one: Description) -> Self {
        Self {
            status: Status::of(one.status),
            path: format!("/integrations/{}/monitoring", super::format::segment(&one.name)),
            name: super::format::inert(&one.name),
            url: one.url,
            reason: super::format::sentence(&one.reason),
            issues: one.issues,
            projects: one.projects,
            last_success_at: one.last_success_at.map(|at| (at.clone(), super::format::moment_of(&at))),
        }
    }
}

/// `GET /integrations`.
pub(super) async fn show(
    State(app): State<App>,
    caller: Caller,
    Params(asked): Params<PageQuery>,
) -> Result<Response, Problem> {
    let window = asked.window()?;
    let reach = policy::viewed(&caller.principal, Action::Read);
    let mut described = vec![];
    for integration in app.store.integrations_within(&reach, window.after(), window.wanted()).await? {
        described.push(describe(&app.store, &integration, app.now()).await?);
    }
    let page = window.page(described, |one| one.name.clone(), Row::from);
    let next = page.next.as_deref().map(|next| format!("/integrations?{}", query(&[("after", next)])));
    rendered(&IntegrationsPage {
        shell: Shell::new(&app, Some(&caller), "Integrations", "/integrations"),
        is_further: window.after().is_some(),
        may_connect: policy::check(&caller.principal, Action::Connect, &Place::List).is_ok(),
        page,
        next,
        now: app.now().rfc3339(),
        now_shown: super::format::moment(app.now()),
    })
}
